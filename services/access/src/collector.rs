//! Collects what channels owe before it is too late.

use std::{
	collections::{HashMap, HashSet},
	sync::Arc,
	time::Duration,
};

use codec::Encode;
use syngraph_primitives::{BlockNumber, ChannelId};

use crate::{
	batch::Batch,
	cases::Cases,
	duty::Duty,
	flights::{Flights, Landed},
	Balance, Broken, Chain, Costs, Entry, Heads, Lane, Seen, Server, SignedReceipt,
};

/// How many channels are looked at per block, besides those that are due and those of which something was
/// heard: all of a hundred thousand have had their turn after 50 blocks, in case that nothing was heard.
const LOOKS: usize = 2048;
/// How many are read with one request. What is due among them is collected before the next are read.
const PAGE: usize = 1024;
/// For how many blocks it is taken for granted what closing costs.
const COSTS_KNOWN: BlockNumber = 100;
/// How often the collector looks whether a transaction has come to an end, while no block comes.
const PAUSE: Duration = Duration::from_secs(1);

/// What is known of the costs of closing, by kinds of receipts.
#[derive(Default)]
struct Prices {
	known: HashMap<Kind, Costs>,
	/// When they were asked for.
	since: BlockNumber,
}

impl Prices {
	/// Forgets what is out of date, and what could not be learnt.
	fn refresh(&mut self, now: BlockNumber) {
		if now.saturating_sub(self.since) >= COSTS_KNOWN {
			self.since = now;
			self.known.clear();
		}
		self.known.retain(|_, costs| *costs != Costs::default());
	}
}

/// The signature's scheme, and how many levels the group's tree has.
type Kind = (u8, usize);

fn kind(receipt: &SignedReceipt) -> Kind {
	let scheme = receipt.signature.encode().first().copied();
	let membership = receipt.membership.as_ref();
	let levels = membership.map_or(0, |membership| 1 + membership.siblings.len());
	(scheme.unwrap_or_default(), levels)
}

/// Looks after all channels with receipts, in every block.
///
/// It remembers nothing that matters: what there is to do follows from the ledger and the chain. So it
/// goes on where it was after a restart, and tries again what failed or was retracted.
pub struct Collector<C> {
	server: Arc<Server<C>>,
	cases: Cases,
	prices: Prices,
	flights: Flights,
	/// What there is for tips until the payee's funds are read again: what is left is for fees.
	budget: Balance,
}

impl<C: Chain> Collector<C> {
	/// A collector of a server's channels.
	pub fn new(server: Arc<Server<C>>) -> Self {
		let terms = server.terms();
		Self {
			cases: Cases::new(terms.rules.margin, terms.closing),
			prices: Prices::default(),
			flights: Flights::new(terms.rules.margin, terms.closing.per_block),
			budget: 0,
			server,
		}
	}

	/// Keeps until the server ends.
	pub async fn run(mut self) {
		let mut heads = self.server.watch().subscribe();
		// The first round may take as long as any other.
		self.server.note_life();
		let mut is_done = true;
		loop {
			tokio::select! {
				changed = heads.changed() => match changed {
					Ok(()) => {
						let now = *heads.borrow_and_update();
						is_done = self.tend(now).await;
					},
					Err(_) => return,
				},
				landed = self.flights.next() => {
					let now = *heads.borrow();
					self.note(landed, now);
				},
				() = tokio::time::sleep(PAUSE) => {
					let now = *heads.borrow();
					is_done = is_done || self.tend(now).await;
				},
			}
			// Who runs and gets nothing done does not live.
			if is_done {
				self.server.note_life();
			}
		}
	}

	/// Goes a round, and tells whether it came to its end.
	async fn tend(&mut self, now: Heads) -> bool {
		let done = self.round(now).await;
		if let Err(error) = &done {
			tracing::warn!("the channels could not all be looked after: {error:#}");
		}
		done.is_ok()
	}

	/// Looks after every channel that is due, and after some more.
	pub async fn round(&mut self, now: Heads) -> anyhow::Result<()> {
		let ledger = self.server.ledger().clone();
		let entries = tokio::task::spawn_blocking(move || ledger.entries()).await??;
		let mut entries: HashMap<_, _> = entries.into_iter().collect();
		self.cases.update(&entries);
		self.prices.refresh(now.best);
		// What is due follows from what was known before: it is not to wait for all else to be read or heard.
		self.cases.plan(now.best);
		let looked = self.look_at_all(&mut entries, now, 0).await;
		// What is overdue is told also if nothing can be read: then most of all.
		self.sum_up(now);
		looked?;
		if let Err(error) = self.hear().await {
			tracing::warn!("what happened to channels is not known: {error:#}");
		}
		let looked = self.look_at_all(&mut entries, now, LOOKS).await;
		let owed = u32::try_from(self.sum_up(now)).unwrap_or(u32::MAX);
		looked?;
		let funds = self.server.watch().chain().funds().await?;
		self.budget = funds.spendable / 2;
		self.server.note_funds(funds, owed);
		Ok(())
	}

	/// Looks at what is due, and at so many others.
	async fn look_at_all(
		&mut self,
		entries: &mut HashMap<ChannelId, Entry>,
		now: Heads,
		others: usize,
	) -> anyhow::Result<()> {
		let room = self.flights.room();
		for page in self.cases.to_look_at(now.best, room, others).chunks(PAGE) {
			self.look(page, entries, now).await?;
			while let Some(landed) = self.flights.try_next() {
				self.note(landed, now);
			}
		}
		Ok(())
	}

	/// Waits for all transactions under way.
	pub async fn drain(&mut self, now: Heads) {
		while !self.flights.is_empty() {
			let landed = self.flights.next().await;
			self.note(landed, now);
		}
	}

	/// Learns what depositors did.
	async fn hear(&mut self) -> anyhow::Result<()> {
		for news in self.server.watch().chain().news().await? {
			self.cases.hear(news);
		}
		Ok(())
	}

	/// Looks at channels, and does what there is to do.
	async fn look(
		&mut self,
		ids: &[ChannelId],
		entries: &mut HashMap<ChannelId, Entry>,
		now: Heads,
	) -> anyhow::Result<()> {
		let chain = self.server.watch().chain();
		let all = chain.channels(Lane::Collector, ids).await?;
		self.follow(ids, &all, entries).await?;
		let (mut due, mut gone) = (Vec::new(), Vec::new());
		for (id, seen) in ids.iter().zip(&all) {
			let Some(entry) = entries.get(id) else {
				continue;
			};
			let costs = self.costs(&entry.receipt).await;
			match self.cases.duty(*id, entry, seen, costs) {
				Duty::Wait => {},
				Duty::Forget => gone.push(*id),
				duty => due.push((*id, duty)),
			}
		}
		self.forget(gone, now).await?;
		Ok(self.act(due, entries, now).await?)
	}

	/// Takes down when channels expire whose requests to close were taken back, as far as that is new: it may be
	/// earlier than it was when their receipts were accepted.
	async fn follow(
		&mut self,
		ids: &[ChannelId],
		all: &[Seen],
		entries: &mut HashMap<ChannelId, Entry>,
	) -> Result<(), Broken> {
		let mut moved = Vec::new();
		for (id, seen) in ids.iter().zip(all) {
			let Some(entry) = entries.get_mut(id) else {
				continue;
			};
			let anew = self.cases.expires_anew(*id, entry.expires, seen);
			let Some(expires) = anew else {
				continue;
			};
			if entry.expires != expires {
				entry.expires = expires;
				moved.push((*id, expires));
			}
		}
		if moved.is_empty() {
			return Ok(());
		}
		let written = self.server.ledger().write(move |entries| {
			for (id, expires) in moved {
				if let Some(entry) = entries.entry(id)? {
					entries.put(&Entry { expires, ..entry })?;
				}
			}
			Ok(())
		});
		written.await
	}

	/// What closing a channel with such a receipt costs. Nothing, if that cannot be learnt: better to pay too
	/// much than to lose what is owed.
	async fn costs(&mut self, receipt: &SignedReceipt) -> Costs {
		let kind = kind(receipt);
		if let Some(known) = self.prices.known.get(&kind) {
			return *known;
		}
		match self.server.watch().chain().costs(receipt).await {
			Ok(costs) => {
				self.prices.known.insert(kind, costs);
				costs
			},
			Err(error) => {
				tracing::warn!("it is not known what closing costs: {error:#}");
				self.prices.known.insert(kind, Costs::default());
				Costs::default()
			},
		}
	}

	/// Sends transactions, as many as may be under way. The rest is due in the next block as well.
	async fn act(
		&mut self,
		due: Vec<(ChannelId, Duty)>,
		entries: &HashMap<ChannelId, Entry>,
		now: Heads,
	) -> Result<(), Broken> {
		let batches = self.cases.batches(&due, now.best, self.flights.room());
		for batch in &batches {
			self.cases.take_off(&batch.ids);
		}
		let close = batches.iter().filter(|batch| batch.duty == Duty::Close);
		let ids = close.flat_map(|batch| batch.ids.iter().copied()).collect();
		let last = self.last(ids).await?;
		for Batch { duty, ids, tip, .. } in batches {
			let receipts: Vec<SignedReceipt> = match duty {
				Duty::Close => ids.iter().filter_map(|id| last.get(id).cloned()).collect(),
				_ => ids
					.iter()
					.filter_map(|id| Some(entries.get(id)?.receipt.clone()))
					.collect(),
			};
			let tip = tip.min(self.budget);
			self.budget = self.budget.saturating_sub(tip);
			self.flights.start(&self.server, duty, receipts, tip);
		}
		Ok(())
	}

	/// The last receipts of channels: from now on none is accepted, so that none comes too late.
	async fn last(&self, ids: Vec<ChannelId>) -> Result<HashMap<ChannelId, SignedReceipt>, Broken> {
		if ids.is_empty() {
			return Ok(HashMap::new());
		}
		let closing = self.server.ledger().write(move |entries| {
			let mut receipts = HashMap::new();
			for id in ids {
				let Some(mut entry) = entries.entry(id)? else {
					continue;
				};
				entry.closing = true;
				entries.put(&entry)?;
				receipts.insert(id, entry.receipt);
			}
			Ok(receipts)
		});
		closing.await
	}

	async fn forget(&mut self, gone: Vec<ChannelId>, now: Heads) -> Result<(), Broken> {
		if gone.is_empty() {
			return Ok(());
		}
		for id in &gone {
			self.cases.remove(*id);
			tracing::debug!("channel {id:?} is closed");
		}
		let ledger = self.server.ledger();
		let forgotten = ledger.write(move |entries| {
			let mut gone = gone.into_iter();
			gone.try_for_each(|id| entries.forget(id, now.finalized))
		});
		forgotten.await
	}

	/// Notes what came of a transaction. If the chain does not show it soon, whatever the reason, it is tried
	/// again, each time after a longer pause: an attempt costs a fee.
	fn note(&mut self, landed: Landed, now: Heads) {
		let metrics = self.server.metrics();
		let Landed { ids, result } = landed;
		match result {
			Ok(collected) => {
				let mut refused = HashSet::new();
				for (id, reason) in &collected.refused {
					tracing::warn!("channel {id:?} was not collected from: {reason}");
					refused.insert(*id);
				}
				metrics.failed.inc_by(u64::from(!refused.is_empty()));
				let done = ids.len().saturating_sub(refused.len());
				metrics.collected.inc_by(done as u64);
				tracing::info!("collected from {done} channels");
				self.cases.land(&ids, collected.block.max(now.best));
			},
			Err(error) => {
				tracing::warn!("could not collect from channels {ids:?}: {error:#}");
				metrics.failed.inc();
				self.cases.land(&ids, now.best);
			},
		}
	}

	/// Plans what is to be closed when, and tells how things are. Gives how many channels owe something.
	fn sum_up(&mut self, now: Heads) -> usize {
		let state = self.cases.plan(now.best);
		let metrics = self.server.metrics();
		metrics.block.set(now.best.into());
		metrics.final_block.set(now.finalized.into());
		metrics.channels.set(self.cases.len() as i64);
		metrics.due.set(state.due as i64);
		metrics.overdue.set(state.overdue as i64);
		metrics.lost.inc_by(self.cases.take_lost());
		let owed = state.owed;
		self.server.note_plan(state);
		owed
	}
}
