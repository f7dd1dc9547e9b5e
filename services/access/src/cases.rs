//! In which order the collector looks after channels.

use std::{cmp::Reverse, collections::HashMap, mem};

use syngraph_primitives::{BlockNumber, ChannelId};

use crate::{
	batch::{self, Batch},
	case::Case,
	duty::Duty,
	plan::{Closing, Plan},
	Balance, Costs, Entry, News, Seen,
};

/// A channel with what is to be done about it.
type Due<'a> = (ChannelId, Duty, &'a Case);

/// How things are with all channels.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct State {
	/// When there is room for another closing.
	pub plan: Plan,
	/// How many channels owe something that is worth closing for.
	pub owed: usize,
	/// How many are to be collected from now.
	pub due: usize,
	/// Of how many that is overdue: a quarter of the time for it, as it was planned, is over.
	pub overdue: usize,
}

/// All channels with receipts.
pub(crate) struct Cases {
	margin: BlockNumber,
	closing: Closing,
	all: HashMap<ChannelId, Case>,
	/// Those whose depositors asked to close, and when they expire by that.
	asked: HashMap<ChannelId, BlockNumber>,
	/// Those that were topped up, until all states of the chain agree on when they expire; and whether that took a
	/// request to close back, so that they may expire earlier than before the request.
	topped_up: HashMap<ChannelId, bool>,
	/// How many were found to be lost, and are not told of yet.
	lost: u64,
}

impl Cases {
	pub(crate) fn new(margin: BlockNumber, closing: Closing) -> Self {
		Self {
			margin,
			closing,
			all: HashMap::new(),
			asked: HashMap::new(),
			topped_up: HashMap::new(),
			lost: 0,
		}
	}

	pub(crate) fn len(&self) -> usize {
		self.all.len()
	}

	/// Takes in what is new in the ledger, and leaves out what is not there any more.
	pub(crate) fn update(&mut self, entries: &HashMap<ChannelId, Entry>) {
		self.all.retain(|id, _| entries.contains_key(id));
		self.asked.retain(|id, _| entries.contains_key(id));
		self.topped_up.retain(|id, _| entries.contains_key(id));
		for (id, entry) in entries {
			let case = self.all.entry(*id);
			let case = case.or_insert_with(|| Case::new(entry, self.margin));
			case.renew(entry.receipt.receipt.amount, self.closing.at_loss);
		}
	}

	/// Takes in what happened to a channel.
	pub(crate) fn hear(&mut self, news: News) {
		let id = match news {
			News::CloseRequested(id, expires) => {
				self.asked.insert(id, expires);
				self.topped_up.remove(&id);
				id
			},
			News::ToppedUp(id, expires) => {
				self.top_up(id, expires);
				id
			},
			News::Changed(id) => id,
			News::Missed => return self.miss(),
		};
		if let Some(case) = self.all.get_mut(&id) {
			case.has_news = true;
		}
	}

	/// Takes in that a channel was topped up. The same as on chain, a request to close stands unless the channel
	/// expires later than by that.
	fn top_up(&mut self, id: ChannelId, expires: BlockNumber) {
		let asked = self.asked.get(&id);
		if asked.is_some_and(|asked| expires <= *asked) {
			return;
		}
		let is_taken_back = self.asked.remove(&id).is_some();
		*self.topped_up.entry(id).or_default() |= is_taken_back;
	}

	/// Takes in that anything may have happened to any channel: all are looked at. What expires earlier may do so by a
	/// request to close, also if it was topped up before.
	fn miss(&mut self) {
		self.topped_up.clear();
		for case in self.all.values_mut() {
			case.has_news = true;
		}
	}

	/// When a channel expires that was topped up: from then on an earlier block means a new request to close. If it is
	/// earlier than `before` already, that means one that was not heard of, unless one was taken back.
	pub(crate) fn expires_anew(
		&mut self,
		id: ChannelId,
		before: BlockNumber,
		seen: &Seen,
	) -> Option<BlockNumber> {
		let is_taken_back = *self.topped_up.get(&id)?;
		// While an upgrade is not final, what is told as final may be retracted.
		if seen.heads.finalized == 0 {
			return None;
		}
		let (finalized, best) = (seen.finalized.as_ref()?, seen.best.as_ref()?);
		if finalized.expires == best.expires {
			self.topped_up.remove(&id);
		}
		let now = finalized.expires.min(best.expires);
		Some(if is_taken_back { now } else { now.max(before) })
	}

	pub(crate) fn remove(&mut self, id: ChannelId) {
		self.all.remove(&id);
	}

	/// The channels to look at in a block.
	///
	/// Of those that are due by plan or because their depositors asked to close, as many as there is `room` to
	/// do something about: those first that bring in more than they cost whatever the others do, that have
	/// little time left, and that owe most. Nothing else takes their place.
	///
	/// What was looked at in this block already is left out, unless something was heard of it since.
	///
	/// And so many `others`, among them what there was no room for. Half of them may be those of which something
	/// was heard: anybody can make something happen to channels of one's own, in every block. Those come first
	/// that were looked at least recently.
	pub(crate) fn to_look_at(
		&self,
		now: BlockNumber,
		room: usize,
		others: usize,
	) -> Vec<ChannelId> {
		let is_seen = |case: &Case| !case.has_news && case.looked.is_some_and(|at| at >= now);
		let idle = self.all.iter();
		let idle = idle.filter(|(_, case)| !case.is_aloft && !is_seen(case));
		let (mut due, mut rest): (Vec<_>, Vec<_>) =
			idle.partition(|(id, case)| self.is_due(id, case, now));
		due.sort_unstable_by_key(|(_, case)| (!self.is_sure(case), self.rank(case, now)));
		rest.extend(due.split_off(room.min(due.len())));
		rest.sort_unstable_by_key(|(_, case)| (case.looked, case.deadline));
		let (mut news, quiet): (Vec<_>, Vec<_>) =
			rest.into_iter().partition(|(_, case)| case.has_news);
		let more = news.split_off(news.len().min(others / 2));
		let quiet = quiet.into_iter().chain(more).take(others - news.len());
		let all = due.into_iter().chain(news).chain(quiet);
		all.map(|(id, _)| *id).collect()
	}

	/// Whether it is time to collect.
	fn is_due(&self, id: &ChannelId, case: &Case, now: BlockNumber) -> bool {
		let is_time = case.start <= now || self.asked.contains_key(id);
		case.owed > 0 && is_time && case.not_before <= now
	}

	/// Whether it is collected from whatever else is.
	fn is_sure(&self, case: &Case) -> bool {
		self.closing.at_loss || case.pays_alone()
	}

	/// What has little time left comes first, and of that what is worth most.
	fn rank(&self, case: &Case, now: BlockNumber) -> (bool, Reverse<Balance>) {
		(!self.is_soon(case, now), Reverse(case.owed))
	}

	/// Whether half of the time for it is over.
	fn is_soon(&self, case: &Case, now: BlockNumber) -> bool {
		case.deadline <= now.saturating_add(self.margin / 2)
	}

	/// What there is to do about a channel, which has just been looked at.
	pub(crate) fn duty(&mut self, id: ChannelId, entry: &Entry, seen: &Seen, costs: Costs) -> Duty {
		let Some(case) = self.all.get_mut(&id) else {
			return Duty::Wait;
		};
		let now = seen.heads.best;
		let was_lost = case.is_lost();
		case.note(entry, seen, costs, self.margin, self.closing.at_loss);
		self.lost += u64::from(case.is_lost() && !was_lost);
		let duty = Duty::of(entry, seen, case.margin(), self.asked.contains_key(&id));
		let is_to_be_done = matches!(duty, Duty::Close | Duty::Redeem) && case.owed > 0;
		if is_to_be_done {
			case.due.get_or_insert(now);
		} else {
			case.due = None;
		}
		match duty {
			Duty::Close | Duty::Redeem if !is_to_be_done || now < case.not_before => Duty::Wait,
			duty => duty,
		}
	}

	/// What is to be done with each transaction, as far as there is `room`: first what has little time left, and
	/// of that what is worth most. What costs more than it brings in is left out.
	pub(crate) fn batches(
		&self,
		due: &[(ChannelId, Duty)],
		now: BlockNumber,
		room: usize,
	) -> Vec<Batch> {
		let cases = due.iter().filter_map(|(id, duty)| {
			let case = self.all.get(id)?;
			Some((*id, *duty, case))
		});
		let mut all: Vec<_> = cases.collect();
		all.sort_unstable_by_key(|(_, _, case)| self.rank(case, now));
		let (redeem, close): (Vec<_>, Vec<_>) = all
			.into_iter()
			.partition(|(_, duty, _)| *duty == Duty::Redeem);
		let mut batches = self.divide(redeem, now);
		batches.extend(self.divide(close, now));
		batches.sort_by_key(|batch| (!batch.is_pressing, Reverse(batch.worth)));
		let mut room = room;
		batches.retain(|batch| {
			let left = room.checked_sub(batch::size(batch.ids.len()));
			room = left.unwrap_or(room);
			left.is_some()
		});
		batches
	}

	/// These, of which the same is to be done, with as few transactions as there may be.
	fn divide(&self, all: Vec<Due>, now: BlockNumber) -> Vec<Batch> {
		let (pressing, rest): (Vec<_>, Vec<_>) = all
			.into_iter()
			.partition(|(_, _, case)| self.is_soon(case, now) && self.is_sure(case));
		let chunks = pressing.chunks(batch::PRESSING);
		let chunks = chunks.chain(rest.chunks(batch::MOST));
		chunks.filter_map(|chunk| self.batch(chunk, now)).collect()
	}

	/// These with one transaction, if that brings in more than it costs.
	fn batch(&self, chunk: &[Due], now: BlockNumber) -> Option<Batch> {
		let cases = || chunk.iter().map(|(_, _, case)| case);
		let sum = |sum: Balance, one: Balance| sum.saturating_add(one);
		let owed = cases().map(|case| case.owed).fold(0, sum);
		let shares = cases().map(|case| case.costs.share).fold(0, sum);
		let base = cases().map(|case| case.costs.alone.saturating_sub(case.costs.share));
		let costs = shares.saturating_add(base.max().unwrap_or(0));
		let worth = match self.closing.at_loss {
			true => owed,
			false => owed.checked_sub(costs).filter(|worth| *worth > 0)?,
		};
		let deadline = cases().map(|case| case.deadline).min()?;
		let left = deadline.saturating_sub(now);
		Some(Batch {
			duty: chunk.first()?.1,
			ids: chunk.iter().map(|(id, _, _)| *id).collect(),
			is_pressing: cases().any(|case| self.is_soon(case, now) && self.is_sure(case)),
			worth,
			tip: batch::tip(left, self.margin, worth, self.closing.tip_percent),
		})
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
			if let Some(case) = self.all.get_mut(id) {
				case.land(block, longest);
			}
		}
	}

	/// Plans when to begin with each channel.
	pub(crate) fn plan(&mut self, now: BlockNumber) -> State {
		let margin = self.margin;
		let owing = self.all.iter_mut().filter(|(_, case)| case.owed > 0);
		let mut owing: Vec<_> = owing.collect();
		// Within a block, what is worth more begins earlier. Of what is worth the same, always the same does: what was
		// collected and is not seen to be yet keeps its own place, and nobody else's.
		owing.sort_unstable_by_key(|(id, case)| (Reverse(case.deadline), case.owed, **id));
		let latest = owing
			.iter()
			.map(|(_, case)| case.deadline.saturating_sub(margin));
		let (plan, starts) = Plan::new(latest, self.closing.per_block);
		for ((_, case), start) in owing.iter_mut().zip(starts) {
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
			// What is due because its depositor asked has time until it would begin by plan: however many ask at once.
			let is_late = now >= since.max(case.start).saturating_add(patience);
			overdue += usize::from(self.is_sure(case) && is_late);
		}
		State {
			plan,
			owed,
			due,
			overdue,
		}
	}
}

#[cfg(test)]
mod tests;
