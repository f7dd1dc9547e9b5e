//! What the keeper knows of each channel, and in which order it looks after them.

use std::{cmp::Reverse, collections::HashMap, mem};

use syngraph_primitives::{BlockNumber, ChannelId, GenesisHash};

use crate::{
	duty::Duty,
	plan::{Closing, Plan},
	Balance, Costs, Entry, Seen,
};

/// What is known of a channel.
#[derive(Clone, Debug)]
pub(crate) struct Case {
	/// The best block in which it was looked at. None if never, or if a transaction has come to an end since.
	looked: Option<BlockNumber>,
	/// The first block in which its receipt does not count, as far as is known.
	deadline: BlockNumber,
	/// When collecting is to begin.
	start: BlockNumber,
	/// What its receipt is over.
	amount: Balance,
	/// What was paid of it.
	paid: Balance,
	/// What the receipt adds to that. Zero if collecting it is not worth the fee, or too late.
	owed: Balance,
	/// What collecting it costs.
	costs: Costs,
	/// Whether it is to be looked at at once: something has happened.
	is_urgent: bool,
	/// Since when something is to be done about it.
	due: Option<BlockNumber>,
	/// Whether its receipt stopped counting before it was collected.
	is_lost: bool,
	/// Whether a transaction is under way.
	is_aloft: bool,
	/// Before which block no other is to be sent: the chain may not show yet what the last one did.
	not_before: BlockNumber,
	/// How many blocks to wait after the next one.
	pause: BlockNumber,
}

impl Case {
	/// What is known of a channel before it is looked at.
	fn new(entry: &Entry, margin: BlockNumber) -> Self {
		Self {
			looked: None,
			deadline: entry.expires,
			start: entry.expires.saturating_sub(margin),
			amount: entry.receipt.receipt.amount,
			paid: 0,
			owed: entry.receipt.receipt.amount,
			costs: Costs::default(),
			is_urgent: false,
			due: None,
			is_lost: false,
			is_aloft: false,
			not_before: 0,
			pause: 1,
		}
	}

	/// Takes down what was seen of the channel. Tells whether its receipt was lost before.
	fn note(&mut self, entry: &Entry, seen: &Seen, costs: Costs, margin: BlockNumber) -> bool {
		self.looked = Some(seen.heads.best);
		self.is_urgent = false;
		self.costs = costs;
		self.amount = entry.receipt.receipt.amount;
		let was_lost = mem::take(&mut self.is_lost);
		match seen.view() {
			Some(view) => {
				// If it was to begin earlier, there was more to do.
				let margin = self.deadline.saturating_sub(self.start).max(margin);
				self.paid = view.paid;
				self.deadline = view.deadline();
				self.start = self.deadline.saturating_sub(margin);
				let is_over = seen.heads.best >= view.expires;
				let adds = self.amount.saturating_sub(self.paid);
				self.is_lost = is_over && adds > costs.share;
			},
			// It is closed, as far as is known.
			None => self.paid = self.amount,
		}
		was_lost
	}

	/// Whether it is time to collect.
	fn is_due(&self, now: BlockNumber) -> bool {
		self.owed > 0 && self.start <= now && self.not_before <= now
	}

	/// Values what the receipt adds.
	fn value(&mut self, at_loss: bool) {
		let adds = self.amount.saturating_sub(self.paid);
		let is_worth_it = at_loss || adds > self.costs.share;
		self.owed = if is_worth_it && !self.is_lost {
			adds
		} else {
			0
		};
	}
}

/// Something to be done about a channel.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Due {
	/// The channel.
	pub(crate) id: ChannelId,
	/// What is to be done.
	pub(crate) duty: Duty,
}

/// How things are with all channels.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct State {
	/// When there is room for another closing.
	pub plan: Plan,
	/// How many channels owe something that is worth closing for.
	pub owed: usize,
	/// How many are to be collected from now.
	pub due: usize,
	/// Of how many that is overdue: a quarter of the time for it is over.
	pub overdue: usize,
}

/// All channels with receipts.
pub(crate) struct Cases {
	margin: BlockNumber,
	closing: Closing,
	all: HashMap<ChannelId, Case>,
	/// How many were found to be lost, and are not told of yet.
	lost: u64,
}

impl Cases {
	pub(crate) fn new(margin: BlockNumber, closing: Closing) -> Self {
		Self {
			margin,
			closing,
			all: HashMap::new(),
			lost: 0,
		}
	}

	pub(crate) fn len(&self) -> usize {
		self.all.len()
	}

	/// Takes in what is new in the ledger, and leaves out what is not there any more.
	pub(crate) fn update(&mut self, entries: &HashMap<ChannelId, Entry>) {
		self.all.retain(|id, _| entries.contains_key(id));
		let Self {
			margin,
			closing,
			all,
			..
		} = self;
		for (id, entry) in entries {
			let case = all.entry(*id).or_insert_with(|| Case::new(entry, *margin));
			let amount = entry.receipt.receipt.amount;
			if case.amount != amount {
				case.amount = amount;
				case.value(closing.at_loss);
			}
		}
	}

	/// Something happened to a channel: it is to be looked at anew.
	pub(crate) fn forget_look(&mut self, id: ChannelId) {
		if let Some(case) = self.all.get_mut(&id) {
			case.is_urgent = true;
		}
	}

	pub(crate) fn remove(&mut self, id: ChannelId) {
		self.all.remove(&id);
	}

	/// The channels to look at in a block: of those that are due, as many as there is `room` to do something
	/// about, those first that have little time left and that owe most; and so many `others`, those first
	/// that were looked at least recently.
	pub(crate) fn to_look_at(
		&self,
		now: BlockNumber,
		room: usize,
		others: usize,
	) -> Vec<ChannelId> {
		let idle = self.all.iter().filter(|(_, case)| !case.is_aloft);
		let (mut due, mut rest): (Vec<_>, Vec<_>) =
			idle.partition(|(_, case)| case.is_urgent || case.is_due(now));
		due.sort_unstable_by_key(|(_, case)| (!case.is_urgent, self.rank(case, now)));
		due.truncate(room);
		rest.sort_unstable_by_key(|(_, case)| (case.looked, case.deadline));
		rest.truncate(others);
		due.into_iter().chain(rest).map(|(id, _)| *id).collect()
	}

	/// What has little time left comes first, and of that what is worth most.
	fn rank(&self, case: &Case, now: BlockNumber) -> (bool, Reverse<Balance>) {
		let soon = now.saturating_add(self.margin / 2);
		(case.deadline > soon, Reverse(case.owed))
	}

	/// What there is to do about a channel, which has just been looked at.
	pub(crate) fn judge(
		&mut self,
		id: ChannelId,
		entry: &Entry,
		seen: &Seen,
		costs: Costs,
		asked: bool,
		genesis: &GenesisHash,
	) -> Duty {
		let Some(case) = self.all.get_mut(&id) else {
			return Duty::Wait;
		};
		let now = seen.heads.best;
		let was_lost = case.note(entry, seen, costs, self.margin);
		let margin = case.deadline.saturating_sub(case.start);
		let mut duty = Duty::of(entry, seen, margin, asked);
		if matches!(duty, Duty::Close | Duty::Redeem) && !counts(entry, seen, genesis) {
			// It was another payer's, and was not redeemed before the change.
			case.is_lost = true;
		}
		case.value(self.closing.at_loss);
		let is_worth_it = match duty {
			Duty::Redeem => self.closing.at_loss || case.owed > costs.alone,
			_ => case.owed > 0,
		};
		if matches!(duty, Duty::Close | Duty::Redeem) && !is_worth_it {
			duty = Duty::Wait;
		}
		self.lost += u64::from(case.is_lost && !was_lost);
		match duty {
			Duty::Close | Duty::Redeem => drop(case.due.get_or_insert(now)),
			_ => case.due = None,
		}
		match duty {
			Duty::Close | Duty::Redeem if now < case.not_before => Duty::Wait,
			duty => duty,
		}
	}

	/// Puts what is to be done into order.
	pub(crate) fn in_order(&self, due: Vec<(ChannelId, Duty)>, now: BlockNumber) -> Vec<Due> {
		let mut due: Vec<_> = due.into_iter().map(|(id, duty)| Due { id, duty }).collect();
		due.sort_by_key(|due| self.all.get(&due.id).map(|case| self.rank(case, now)));
		due
	}

	/// Whether channels owe more together than closing them together costs.
	pub(crate) fn is_worth_it(&self, batch: &[Due]) -> bool {
		let cases = || batch.iter().filter_map(|due| self.all.get(&due.id));
		let owed = cases().fold(0, |sum: Balance, case| sum.saturating_add(case.owed));
		let shares = cases().fold(0, |sum: Balance, case| sum.saturating_add(case.costs.share));
		let base = cases().map(|case| case.costs.alone.saturating_sub(case.costs.share));
		let costs = shares.saturating_add(base.max().unwrap_or(0));
		self.closing.at_loss || owed > costs
	}

	/// How many more have receipts that were not collected in time.
	pub(crate) fn take_lost(&mut self) -> u64 {
		mem::take(&mut self.lost)
	}

	/// A transaction is under way for these.
	pub(crate) fn take_off(&mut self, ids: &[ChannelId]) {
		for id in ids {
			if let Some(case) = self.all.get_mut(id) {
				case.is_aloft = true;
			}
		}
	}

	/// A transaction has come to an end in this block. Until a later one shows what came of it, there is not to
	/// be another.
	pub(crate) fn land(&mut self, ids: &[ChannelId], block: BlockNumber) {
		let longest = (self.margin / 4).max(1);
		for id in ids {
			let Some(case) = self.all.get_mut(id) else {
				continue;
			};
			case.is_aloft = false;
			case.looked = None;
			case.not_before = block.saturating_add(case.pause);
			case.pause = case.pause.saturating_mul(2).min(longest);
		}
	}

	/// Plans when to begin with each channel.
	pub(crate) fn plan(&mut self, now: BlockNumber) -> State {
		let margin = self.margin;
		let owing = self.all.values_mut().filter(|case| case.owed > 0);
		let mut owing: Vec<_> = owing.collect();
		// Within a block, what is worth more begins earlier.
		owing.sort_unstable_by_key(|case| (Reverse(case.deadline), case.owed));
		let latest = owing
			.iter()
			.map(|case| case.deadline.saturating_sub(margin));
		let (plan, starts) = Plan::new(latest, self.closing.per_block);
		for (case, start) in owing.iter_mut().zip(starts) {
			case.start = start;
			if start <= now {
				case.due.get_or_insert(now);
			}
		}
		let owed = owing.len();
		let (mut due, mut overdue) = (0, 0);
		let patience = (margin / 4).max(1);
		for case in self.all.values() {
			let Some(since) = case.due else {
				continue;
			};
			due += 1;
			let is_sure = self.closing.at_loss || case.owed > case.costs.alone;
			let is_late = now >= since.saturating_add(patience);
			overdue += usize::from(is_sure && is_late);
		}
		State {
			plan,
			owed,
			due,
			overdue,
		}
	}
}

/// Whether a channel's receipt counts now.
fn counts(entry: &Entry, seen: &Seen, genesis: &GenesisHash) -> bool {
	let Some(view) = seen.view() else {
		return false;
	};
	let verified = entry.receipt.verify(&view.payer, &view.depositor, genesis);
	verified.is_ok()
}
