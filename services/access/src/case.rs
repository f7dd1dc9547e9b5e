//! What the collector knows of one channel.

use syngraph_primitives::BlockNumber;

use crate::{Balance, Costs, Entry, Seen};

/// What is known of a channel.
#[derive(Clone, Debug)]
pub(crate) struct Case {
	/// The best block in which it was looked at. None if never, or if a transaction has come to an end since.
	pub(crate) looked: Option<BlockNumber>,
	/// The first block in which its receipt does not count, as far as is known.
	pub(crate) deadline: BlockNumber,
	/// When collecting is to begin.
	pub(crate) start: BlockNumber,
	/// What its receipt is over.
	pub(crate) amount: Balance,
	/// What was paid of it.
	paid: Balance,
	/// What the receipt adds to that. Zero if collecting it is not worth the fee, or too late.
	pub(crate) owed: Balance,
	/// What collecting it costs.
	pub(crate) costs: Costs,
	/// Whether something has happened to it since it was looked at.
	pub(crate) has_news: bool,
	/// Since when something is to be done about it.
	pub(crate) due: Option<BlockNumber>,
	/// Whether its receipt does not count any more.
	is_over: bool,
	/// Whether a transaction is under way.
	pub(crate) is_aloft: bool,
	/// Before which block no other is to be sent: the chain may not show yet what the last one did.
	pub(crate) not_before: BlockNumber,
	/// How many blocks to wait after the next one.
	pause: BlockNumber,
}

impl Case {
	/// What is known of a channel before it is looked at.
	pub(crate) fn new(entry: &Entry, margin: BlockNumber) -> Self {
		Self {
			looked: None,
			deadline: entry.expires,
			start: entry.expires.saturating_sub(margin),
			amount: entry.receipt.receipt.amount,
			paid: 0,
			owed: entry.receipt.receipt.amount,
			costs: Costs::default(),
			has_news: false,
			due: None,
			is_over: false,
			is_aloft: false,
			not_before: 0,
			pause: 1,
		}
	}

	/// Takes in what its receipt is over now: one that was accepted meanwhile counts.
	pub(crate) fn renew(&mut self, amount: Balance, at_loss: bool) {
		if self.amount != amount {
			self.amount = amount;
			self.is_over = false;
			self.value(at_loss);
		}
	}

	/// Takes down what was seen of the channel.
	pub(crate) fn note(
		&mut self,
		entry: &Entry,
		seen: &Seen,
		costs: Costs,
		margin: BlockNumber,
		at_loss: bool,
	) {
		self.looked = Some(seen.heads.best);
		self.has_news = false;
		self.costs = costs;
		self.amount = entry.receipt.receipt.amount;
		self.is_over = false;
		match seen.safe_state() {
			Some(state) => {
				// If it was to begin earlier, there was more to do.
				let margin = self.margin().max(margin);
				self.paid = state.paid;
				self.deadline = state.deadline();
				self.start = self.deadline.saturating_sub(margin);
				self.is_over = seen.heads.best >= state.expires || state.payer != entry.payer;
			},
			// It is closed, as far as is known.
			None => self.paid = self.amount,
		}
		self.value(at_loss);
	}

	/// How long before the deadline collecting is to begin.
	pub(crate) fn margin(&self) -> BlockNumber {
		self.deadline.saturating_sub(self.start)
	}

	/// Whether its receipt stopped counting before it was collected.
	pub(crate) fn is_lost(&self) -> bool {
		self.is_over && self.adds() > self.costs.share
	}

	/// Whether collecting it by itself brings in more than that costs.
	pub(crate) fn pays_alone(&self) -> bool {
		self.owed > self.costs.alone
	}

	/// A transaction has come to an end in this block. The longest pause before the next one is given.
	pub(crate) fn land(&mut self, block: BlockNumber, longest: BlockNumber) {
		self.is_aloft = false;
		self.looked = None;
		self.not_before = block.saturating_add(self.pause);
		self.pause = self.pause.saturating_mul(2).min(longest);
	}

	/// What the receipt adds to what was paid.
	fn adds(&self) -> Balance {
		self.amount.saturating_sub(self.paid)
	}

	fn value(&mut self, at_loss: bool) {
		let is_worth_it = at_loss || self.adds() > self.costs.share;
		self.owed = match is_worth_it && !self.is_over {
			true => self.adds(),
			false => 0,
		};
	}
}
