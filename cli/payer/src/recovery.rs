//! What came of a transaction of which only the chain's state as it is now can tell.

use std::collections::HashSet;

use codec::DecodeAll;
use pallet_channels::{Call, Channels};
use syngraph_client::Head;
use syngraph_primitives::ChannelId;
use syngraph_runtime::{Balance, BlockNumber, Runtime, RuntimeCall, UncheckedExtrinsic};

use crate::{Chain, Channel, Error, Intent};

/// More events than any block has.
const MAX_EVENTS: u32 = 1 << 16;

/// A transaction that another version of the program has signed.
fn unknown(block: BlockNumber, reason: String) -> Error {
	Error::Forgotten {
		block,
		reason,
		found: "this program cannot read the transaction",
	}
}

impl Chain {
	/// The channel that was opened by a transaction in this block.
	///
	/// Its id follows from what it was opened with, from the block and from how many events the block had before:
	/// so it is found whatever became of it later, unless it is closed, and no other is taken for it.
	pub(crate) async fn find_opened(
		&self,
		intent: &Intent,
		block: BlockNumber,
		reason: String,
	) -> Result<ChannelId, Error> {
		let Some(Call::open {
			payee,
			payer,
			funds,
			expires,
		}) = call(intent)
		else {
			return Err(unknown(block, reason));
		};
		let (_, now) = self.client().head(Head::Finalized).await?;
		let mut there = self.client().list::<Channels<Runtime>>(Some(now)).await?;
		there.retain(|(_, one)| one.depositor == intent.account && one.payee == payee);
		let opened = |deposit: Balance| Channel {
			depositor: intent.account.clone(),
			payee: payee.clone(),
			payer: payer.clone(),
			change: None,
			funds,
			paid: 0,
			expires,
			deposit,
		};
		let deposits: HashSet<_> = there.iter().map(|(_, one)| one.deposit).collect();
		let ids: HashSet<_> = deposits
			.into_iter()
			.flat_map(|deposit| ids(opened(deposit), block))
			.collect();
		let mut found = there.iter().filter(|(id, _)| ids.contains(id));
		match (found.next(), found.next()) {
			(Some((channel, _)), None) => Ok(*channel),
			_ => Err(Error::Forgotten {
				block,
				reason,
				found: "it opened no channel that is still there, or one of several",
			}),
		}
	}

	/// What a channel holds, and when it expires, after a transaction in this block that put more into it.
	pub(crate) async fn find_topped_up(
		&self,
		intent: &Intent,
		block: BlockNumber,
		reason: String,
	) -> Result<(Balance, BlockNumber), Error> {
		let Some(Call::top_up {
			channel,
			amount,
			expires,
		}) = call(intent)
		else {
			return Err(unknown(block, reason));
		};
		let (_, now) = self.client().head(Head::Finalized).await?;
		let now = self
			.client()
			.map::<Channels<Runtime>, _, _>(&channel, Some(now))
			.await?;
		let held = intent.known.held.as_ref().map(|held| held.0);
		let is_done = |now: &Channel| {
			// Funds only grow. When nothing was put in, only the time can tell.
			let has_more = held.is_some_and(|held| now.funds >= held.saturating_add(amount));
			let is_longer = expires.is_some_and(|expires| now.expires >= expires);
			has_more && (amount > 0 || is_longer)
		};
		match now.filter(is_done) {
			Some(now) => Ok((now.funds, now.expires)),
			None => Err(Error::Forgotten {
				block,
				reason,
				found: "the channel does not show that it took effect",
			}),
		}
	}
}

/// The call of the channels that was sent.
pub(crate) fn call(intent: &Intent) -> Option<Call<Runtime>> {
	let sent = UncheckedExtrinsic::decode_all(&mut &intent.transaction[..]).ok()?;
	match sent.function {
		RuntimeCall::Channels(call) => Some(call),
		_ => None,
	}
}

/// All ids that a channel can have that was opened like this in a block, as the pallet makes them.
fn ids(opened: Channel, block: BlockNumber) -> impl Iterator<Item = ChannelId> {
	(0..MAX_EVENTS).map(move |events| opened.id(block, events))
}
