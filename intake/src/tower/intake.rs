//! Decides what becomes of a receipt.

use codec::DecodeAll;
use parking_lot::Mutex;
use sp_runtime::AccountId32;
use std::collections::BTreeMap;
use syngraph_primitives::{BlockNumber, ChannelId, GenesisHash};
use syngraph_worker::{
	store::LocalStore,
	tower::{Full, SignedReceipt, Tower, Watched, MAX_WATCHED},
};

use crate::store::{Broken, Durable};

use super::{
	channels::{Channel, Channels, Head},
	metrics::Metrics,
	refusal::Refusal,
};

/// No receipt has more bytes.
const MAX_BYTES: usize = 1024;

/// Takes in receipts: checks and stores them, and drops those of channels that are over.
pub struct Intake<C, S> {
	genesis: GenesisHash,
	/// For whom the node watches.
	payees: Vec<AccountId32>,
	channels: C,
	/// Nobody else writes there.
	tower: Mutex<Tower<S>>,
	metrics: Metrics,
}

impl<C, S: LocalStore + Durable> Intake<C, S> {
	/// Waits until everything that was taken in before is on disk.
	pub async fn durable(&self) -> Result<(), Refusal> {
		let durable = self.tower.lock().store().durable();
		durable.await.map_err(|Broken| Refusal::NotStored)
	}
}

impl<C: Channels, S: LocalStore> Intake<C, S> {
	/// An intake for receipts of one chain that pay these accounts.
	pub fn new(
		genesis: GenesisHash,
		payees: Vec<AccountId32>,
		channels: C,
		store: S,
		metrics: Metrics,
	) -> Self {
		Self {
			genesis,
			payees,
			channels,
			tower: Mutex::new(Tower::new(store)),
			metrics,
		}
	}

	/// Takes in a receipt. Returns the first block in which it will not count any more.
	pub fn take(&self, bytes: &[u8]) -> Result<BlockNumber, Refusal> {
		let taken = self.decide(bytes);
		self.metrics.count(taken.is_ok());
		taken
	}

	/// Drops the receipts of channels that have been closed or have expired, and those that cannot be rescued
	/// any more because too much has been paid, for good.
	pub fn drop_ended(&self) {
		let tower = self.tower.lock();
		tower.retain(|id| {
			let Some(watched) = tower.watched(id) else {
				return false;
			};
			[Head::Best, Head::Finalized].into_iter().any(|head| {
				match self.channels.channel(id, head) {
					Ok(Some((number, channel))) => {
						let amount = watched.receipt.receipt.amount;
						let worth = amount.saturating_sub(channel.paid);
						number < channel.expires
							&& worth >= self.channels.least_rescued(&watched.receipt)
					},
					Ok(None) => false,
					Err(_) => true,
				}
			})
		});
		self.metrics.watch(tower.channels().len());
	}

	/// Decides on one receipt, the cheap questions first.
	fn decide(&self, bytes: &[u8]) -> Result<BlockNumber, Refusal> {
		let receipt = decode(bytes)?;
		let id = receipt.receipt.channel;
		let (number, channel) = self.open_channel(&id)?;
		// The first block that could include it.
		let next = number.saturating_add(1);
		let amount = receipt.receipt.amount;
		if next >= channel.expires {
			return Err(Refusal::Expired);
		}
		if amount > channel.funds {
			return Err(Refusal::Overdrawn);
		}
		if amount <= channel.paid {
			return Err(Refusal::Stale);
		}
		let worth = amount.saturating_sub(channel.paid);
		if worth < self.channels.least_rescued(&receipt) {
			return Err(Refusal::TooSmall);
		}
		let verify = |receipt: &SignedReceipt| {
			receipt.verify(channel.payer_at(next), &channel.depositor, &self.genesis)
		};
		// First: if the payer has changed, and this node does not know that yet, one over more of the former payer's
		// does not make it worthless.
		verify(&receipt)?;
		let tower = self.tower.lock();
		// One of a former payer is worth nothing any more, whatever it is over.
		let better = |old: &Watched| old.receipt.receipt.amount > amount;
		let old = tower.watched(&id).filter(better);
		if old.is_some_and(|old| verify(&old.receipt).is_ok()) {
			return Err(Refusal::Stale);
		}
		let watched = Watched {
			receipt,
			until: channel.deadline(next),
			payee: channel.payee.into(),
			worth,
		};
		self.make_room(&tower, &watched)?;
		let kept = tower.watch(&watched);
		kept.map_err(|Full| Refusal::Full)?;
		self.metrics.watch(tower.channels().len());
		Ok(watched.until)
	}

	/// Makes room for a receipt of another channel. If its payee has its share of the tower, the one of the payee that
	/// is worth least goes, unless the new one is worth no more. Else it is one that has a place in which others have
	/// more right: of a payee that is not named any more, or has more than its share since there are more payees.
	fn make_room(&self, tower: &Tower<S>, new: &Watched) -> Result<(), Refusal> {
		let channels = tower.channels();
		let share = (MAX_WATCHED / self.payees.len().max(1)).max(1);
		if channels.len() < share || channels.contains(&new.receipt.receipt.channel) {
			return Ok(());
		}
		let is_full = channels.len() >= MAX_WATCHED;
		let watched = channels.into_iter().filter_map(|id| tower.watched(&id));
		let mut by_payee = BTreeMap::<[u8; 32], Vec<(u128, ChannelId)>>::new();
		for other in watched {
			let kept = (other.worth, other.receipt.receipt.channel);
			by_payee.entry(other.payee).or_default().push(kept);
		}
		let own = by_payee.remove(&new.payee).unwrap_or_default();
		let least = if own.len() >= share {
			own.into_iter()
				.min()
				.filter(|(worth, _)| *worth < new.worth)
		} else if is_full {
			self.least_entitled(by_payee, share)
		} else {
			return Ok(());
		};
		let (_, least) = least.ok_or(Refusal::Full)?;
		tower.retain(|other| *other != least);
		Ok(())
	}

	/// The receipt that is worth least of those of payees that are not named, or else of those that have more than
	/// their share.
	fn least_entitled(
		&self,
		by_payee: BTreeMap<[u8; 32], Vec<(u128, ChannelId)>>,
		share: usize,
	) -> Option<(u128, ChannelId)> {
		let is_named = |payee: &[u8; 32]| self.payees.contains(&AccountId32::new(*payee));
		let (named, others): (Vec<_>, Vec<_>) =
			by_payee.into_iter().partition(|(payee, _)| is_named(payee));
		let greedy = named.into_iter().filter(|(_, kept)| kept.len() > share);
		let least = others.into_iter().flat_map(|(_, kept)| kept).min();
		least.or_else(|| greedy.flat_map(|(_, kept)| kept).min())
	}

	fn open_channel(&self, id: &ChannelId) -> Result<(BlockNumber, Channel), Refusal> {
		let found = self.channels.channel(id, Head::Best)?;
		let (number, channel) = found.ok_or(Refusal::UnknownChannel)?;
		if !self.payees.contains(&channel.payee) {
			return Err(Refusal::OtherPayee);
		}
		Ok((number, channel))
	}
}

fn decode(bytes: &[u8]) -> Result<SignedReceipt, Refusal> {
	if bytes.len() > MAX_BYTES {
		return Err(Refusal::NotAReceipt);
	}
	SignedReceipt::decode_all(&mut &bytes[..]).map_err(|_| Refusal::NotAReceipt)
}
