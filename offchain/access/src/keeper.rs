//! Collects what channels owe before it is too late.

use std::{collections::HashMap, sync::Arc, time::Duration};

use anyhow::Context;
use syngraph_primitives::{BlockNumber, ChannelId};
use tokio::time::timeout;

use crate::{desk, Broken, Chain, Channel, Entry, Heads, Receipt, Seen, Server};

/// How many channels are closed at a time.
const BATCH: usize = pallet_channels::MAX_BATCH as usize;
/// How long a transaction may take to get into a block.
const PATIENCE: Duration = Duration::from_secs(120);

/// What there is to do about a channel.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Duty {
	/// Nothing for now.
	Wait,
	/// Redeem its receipt: the payer changes, and this one's will not count any more.
	Redeem,
	/// Close it: it expires, or its depositor has asked to.
	Close,
	/// Forget it: it is closed for good.
	Forget,
}

impl Duty {
	/// What there is to do about a channel with a receipt, `margin` blocks before it stops counting.
	pub fn of(entry: &Entry, seen: &Seen, margin: BlockNumber) -> Self {
		let Some(best) = &seen.best else {
			let gone = seen.finalized.is_none() && seen.heads.finalized >= entry.seen;
			return if gone { Self::Forget } else { Self::Wait };
		};
		let Some(view) = seen.view() else {
			return Self::Wait;
		};
		let now = seen.heads.best;
		if !is_owed(entry, best) || now >= view.expires {
			Self::Wait
		} else if desk::is_closing(&view, Some(entry)) || view.expires <= now.saturating_add(margin)
		{
			Self::Close
		} else if view
			.changes
			.is_some_and(|from| from <= now.saturating_add(margin))
		{
			Self::Redeem
		} else {
			Self::Wait
		}
	}
}

/// Whether a channel owes more than was paid.
fn is_owed(entry: &Entry, channel: &Channel) -> bool {
	entry.receipt.receipt.amount > channel.paid
}

/// A channel for which something failed.
struct Retry {
	/// How many blocks to wait after the next failure.
	pause: BlockNumber,
	/// When to try again.
	at: BlockNumber,
}

/// Looks after all channels with receipts, in every block.
///
/// It remembers nothing that matters: what there is to do follows from the ledger and the chain. So it
/// goes on where it was after a restart, and tries again what failed or was retracted.
pub struct Keeper<C> {
	server: Arc<Server<C>>,
	retries: HashMap<ChannelId, Retry>,
}

impl<C: Chain> Keeper<C> {
	/// A keeper of a server's channels.
	pub fn new(server: Arc<Server<C>>) -> Self {
		Self {
			server,
			retries: HashMap::new(),
		}
	}

	/// Keeps until the server ends.
	pub async fn run(mut self) {
		let mut heads = self.server.watch().subscribe();
		while heads.changed().await.is_ok() {
			let now = *heads.borrow_and_update();
			if let Err(error) = self.round(now).await {
				tracing::warn!("the channels could not all be looked after: {error:#}");
			}
		}
	}

	/// Looks after every channel once.
	pub async fn round(&mut self, now: Heads) -> anyhow::Result<()> {
		let entries = self.server.ledger().entries()?;
		self.server.metrics().block.set(now.best.into());
		self.server.metrics().channels.set(entries.len() as i64);
		let mut to_close = Vec::new();
		let mut owed = 0;
		for (id, entry) in entries {
			let seen = self.server.watch().channel(id).await?;
			let channel = seen.best.as_ref();
			owed += u32::from(channel.is_some_and(|channel| is_owed(&entry, channel)));
			match Duty::of(&entry, &seen, self.server.terms().rules.margin) {
				Duty::Wait => {},
				Duty::Forget => self.forget(id).await?,
				Duty::Redeem if self.is_due(id, now) => self.redeem(id, entry, now).await,
				Duty::Close if self.is_due(id, now) => to_close.extend(self.last(id).await?),
				Duty::Redeem | Duty::Close => {},
			}
		}
		// Before it is spent.
		let funds = self.server.watch().chain().funds().await;
		for batch in to_close.chunks(BATCH) {
			self.close(batch, now).await;
		}
		self.server.note_funds(funds?, owed);
		Ok(())
	}

	/// The last receipt of a channel: from now on none is accepted, so that none comes too late.
	async fn last(&self, id: ChannelId) -> Result<Option<Receipt>, Broken> {
		let closing = self.server.ledger().write(move |books| {
			let Some(mut entry) = books.entry(id)? else {
				return Ok(None);
			};
			entry.closing = true;
			books.put(&entry)?;
			Ok(Some(entry.receipt))
		});
		closing.await
	}

	async fn forget(&mut self, id: ChannelId) -> Result<(), Broken> {
		self.retries.remove(&id);
		tracing::info!("channel {id:?} is closed");
		let ledger = self.server.ledger();
		ledger.write(move |books| books.forget(id)).await
	}

	async fn close(&mut self, receipts: &[Receipt], now: Heads) {
		let ids: Vec<_> = receipts.iter().map(desk::channel).collect();
		let closing = self.server.watch().chain().close(receipts.to_vec());
		let closed = timeout(PATIENCE, closing).await;
		self.note(&ids, now, closed.context("no block took it").flatten());
	}

	async fn redeem(&mut self, id: ChannelId, entry: Entry, now: Heads) {
		let redeeming = self.server.watch().chain().redeem(entry.receipt);
		let redeemed = timeout(PATIENCE, redeeming).await;
		self.note(&[id], now, redeemed.context("no block took it").flatten());
	}

	fn is_due(&self, id: ChannelId, now: Heads) -> bool {
		let retry = self.retries.get(&id);
		retry.is_none_or(|retry| now.best >= retry.at)
	}

	/// Notes what was tried. If the chain does not show it soon, whatever the reason, it is tried again,
	/// each time after a longer pause: an attempt costs a fee.
	fn note(&mut self, ids: &[ChannelId], now: Heads, result: anyhow::Result<()>) {
		let metrics = self.server.metrics();
		match result {
			Ok(()) => {
				tracing::info!("collected from channels {ids:?}");
				metrics.collected.inc_by(ids.len() as u64);
			},
			Err(error) => {
				tracing::warn!("could not collect from channels {ids:?}: {error:#}");
				metrics.failed.inc();
			},
		}
		let longest = (self.server.terms().rules.margin / 4).max(1);
		for id in ids {
			let retry = self.retries.entry(*id).or_insert(Retry { pause: 1, at: 0 });
			retry.at = now.best.saturating_add(retry.pause);
			retry.pause = retry.pause.saturating_mul(2).min(longest);
		}
	}
}
