//! Which messages of a sensor are valid.

use alloc::vec::Vec;
use core::ops::Range;

use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;
use sp_core::{ed25519, ConstU32, H256};
use sp_runtime::BoundedVec;

use crate::{KeyError, KeyHistory, Sequence, MAX_KEYS};

/// How many numbers of a sensor can be void. One more conflict revokes it.
pub const MAX_VOID: u32 = 3;

/// Tells apart what the chain knew of the messages of an agreement's sensors, at different times and on different
/// branches.
///
/// On one branch it only grows. Two branches may have seen as many changes, and other ones: whatever was
/// signed about the one must not be taken for said about the other, so that a version is more than a count.
#[derive(
	Clone,
	Copy,
	Default,
	PartialEq,
	Eq,
	PartialOrd,
	Ord,
	Debug,
	Encode,
	Decode,
	DecodeWithMemTracking,
	MaxEncodedLen,
	TypeInfo,
)]
pub struct SourceVersion {
	/// How often something has become known of them.
	pub changes: u32,
	/// The hash of all that decides which messages windows hold and which of these are valid.
	pub facts: H256,
}

impl SourceVersion {
	/// A version of so many changes that no round has: a constant for tests and for what is refused.
	pub const fn bare(changes: u32) -> Self {
		let facts = H256([0; 32]);
		Self { changes, facts }
	}
}

/// What the chain knows of the messages of a sensor: all that decides which of them are valid.
#[derive(Clone, PartialEq, Eq, Debug, Encode, TypeInfo)]
pub struct Outlook {
	/// How often something has become known of them. It grows whenever one of them turns out to be void, or
	/// to be signed with another key than was thought.
	pub changes: u32,
	/// Their keys, each with the first number that it signs.
	pub keys: Vec<(Sequence, ed25519::Public)>,
	/// Those that count as never sent: runs in ascending order, each with its first number and the one after its
	/// last.
	pub void: Vec<(Sequence, Sequence)>,
	/// From which number on nobody knows which of them are valid, until the sensor has another key.
	pub suspended: Option<Sequence>,
	/// From which number on none is valid any more.
	pub revoked: Option<Sequence>,
}

/// Whether messages with some numbers can be told to be valid.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Fate {
	/// Each of them counts or is void.
	Live,
	/// None counts, or nobody knows, until the sensor has another key, or another sensor has its place: it is suspended
	/// or revoked.
	Waiting,
	/// One of them lacks a key for good.
	Dead,
}

/// A number under which a sensor signed two different messages: it counts as never sent.
#[derive(
	Clone,
	Copy,
	PartialEq,
	Eq,
	Debug,
	Encode,
	Decode,
	DecodeWithMemTracking,
	MaxEncodedLen,
	TypeInfo,
)]
struct Void<Block> {
	/// The number.
	sequence: Sequence,
	/// The block in which the chain learnt of it.
	since: Block,
}

/// Why no message of a sensor counts now, from a number on.
#[derive(
	Clone,
	Copy,
	PartialEq,
	Eq,
	Debug,
	Encode,
	Decode,
	DecodeWithMemTracking,
	MaxEncodedLen,
	TypeInfo,
)]
struct Suspension<Block> {
	/// The first number after the one that it signed twice; or, if nobody knows which, the first of those
	/// among which that is.
	from: Sequence,
	/// The block in which the chain learnt of it.
	since: Block,
}

/// The numbers between one that a sensor signed twice and the first of the key that it got for that: whatever
/// was signed under them, they count as never sent.
#[derive(
	Clone,
	Copy,
	PartialEq,
	Eq,
	Debug,
	Encode,
	Decode,
	DecodeWithMemTracking,
	MaxEncodedLen,
	TypeInfo,
)]
struct Gap<Block> {
	/// The first of them.
	from: Sequence,
	/// The first number of the new key.
	to: Sequence,
	/// The block in which the chain learnt of it.
	since: Block,
}

impl<Block> Gap<Block> {
	/// Whether all numbers of another one are of this one, too.
	fn covers(&self, other: &Self) -> bool {
		self.from <= other.from && other.to <= self.to
	}
}

/// What became of a sensor that signed two messages with one number.
#[derive(
	Clone,
	Copy,
	PartialEq,
	Eq,
	Debug,
	Encode,
	Decode,
	DecodeWithMemTracking,
	MaxEncodedLen,
	TypeInfo,
)]
pub enum Conviction {
	/// It is suspended until its owner rotates the key.
	Suspended,
	/// It did so again and again: no message from that number on is valid any more.
	Revoked,
}

/// The most runs of numbers that count as never sent, apart from single ones, of which none covers another. Each ends
/// where a key begins, or where the sensor began to answer when it got one; and it got a new key for each that it got
/// for a suspension.
const MAX_GAPS: u32 = 2 * MAX_KEYS;

/// The keys of a sensor by sequence number, and what the chain holds against it.
///
/// A second signature under one number may be malice, or a device that lost power before it wrote down
/// that the number was used. The number is void, and the sensor is *suspended*: no new messages are
/// accepted, and nothing settles that holds a later number, until the owner gives it a new key, from a number on
/// that it states. What the old key signed between the two counts as never sent: nobody can tell who held that key
/// by then. Only a sensor to which that happens again and again is revoked.
#[derive(
	Clone, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub struct SensorKeys<Block> {
	/// The keys.
	pub history: KeyHistory<ed25519::Public, Sequence, Block>,
	void: BoundedVec<Void<Block>, ConstU32<MAX_VOID>>,
	gaps: BoundedVec<Gap<Block>, ConstU32<MAX_GAPS>>,
	suspended: Option<Suspension<Block>>,
	/// The lowest number for which the sensor answers, see [`Self::can_convict`].
	answers_from: Sequence,
	/// How often something has become known of its messages.
	changes: u32,
}

impl<Block: Copy + Ord> SensorKeys<Block> {
	/// The keys of a sensor that is registered in block `since`.
	pub fn new(since: Block, key: ed25519::Public) -> Self {
		Self {
			history: KeyHistory::new(0, since, key),
			void: BoundedVec::new(),
			gaps: BoundedVec::new(),
			suspended: None,
			answers_from: 0,
			changes: 0,
		}
	}

	/// The key that signs the message with a number; none if the number is void, or not valid any more.
	pub fn key(&self, sequence: Sequence) -> Option<&ed25519::Public> {
		let key = self.history.at(sequence);
		key.filter(|_| !self.is_void(sequence))
	}

	/// The key that the chain took, at the end of `block`, for the one that signs the message with a number.
	pub fn key_at(&self, sequence: Sequence, block: Block) -> Option<&ed25519::Public> {
		let key = self.history.known_at(sequence, block);
		key.filter(|_| !self.was_void(sequence, block))
	}

	/// Whether a number counts as never sent.
	pub fn is_void(&self, sequence: Sequence) -> bool {
		self.unsent(|_| true).any(|run| run.contains(&sequence))
	}

	/// Whether a number counted as never sent at the end of `block`.
	pub fn was_void(&self, sequence: Sequence, block: Block) -> bool {
		let mut runs = self.unsent(|since| since <= block);
		runs.any(|run| run.contains(&sequence))
	}

	/// Those of some numbers that do not count as never sent.
	pub fn sent(&self, numbers: Range<Sequence>) -> impl Iterator<Item = Sequence> + '_ {
		let mut next = numbers.start;
		core::iter::from_fn(move || {
			// A gap can be long: nobody goes through it number by number.
			while let Some(run) = self.unsent(|_| true).find(|run| run.contains(&next)) {
				next = run.end;
			}
			let found = next;
			next = next.saturating_add(1);
			(found < numbers.end).then_some(found)
		})
	}

	/// Those of some numbers that counted as never sent at the end of `block`: runs in ascending order that do
	/// not touch each other.
	pub fn void_within(&self, numbers: &Range<Sequence>, block: Block) -> Vec<Range<Sequence>> {
		joined(self.unsent(|since| since <= block), numbers)
	}

	/// Runs of numbers that count as never sent, of what the chain learnt in blocks that `known` tells.
	fn unsent<'a>(
		&'a self,
		known: impl Fn(Block) -> bool + 'a,
	) -> impl Iterator<Item = Range<Sequence>> + 'a {
		let runs = self.learnt();
		runs.filter_map(move |(run, since)| known(since).then_some(run))
	}

	/// Runs of numbers that count as never sent, and the blocks in which the chain learnt it.
	fn learnt(&self) -> impl Iterator<Item = (Range<Sequence>, Block)> + '_ {
		let void = self.void.iter();
		let void = void.map(|void| (void.sequence..void.sequence.saturating_add(1), void.since));
		let gaps = self.gaps.iter();
		void.chain(gaps.map(|gap| (gap.from..gap.to, gap.since)))
	}

	/// Since which block the sensor is suspended, if it is.
	pub fn suspended(&self) -> Option<Block> {
		self.suspended.map(|suspension| suspension.since)
	}

	/// Whether new messages are accepted: it is neither suspended nor revoked.
	pub fn is_live(&self) -> bool {
		self.suspended.is_none() && !self.history.is_revoked()
	}

	/// What is known of the messages.
	pub fn outlook(&self) -> Outlook {
		let suspended = self.suspended.map(|it| it.from);
		let revoked = self.history.revoked().map(|end| end.from);
		let periods = self.history.periods().iter();
		let void = joined(self.unsent(|_| true), &(0..Sequence::MAX));
		Outlook {
			changes: self.changes,
			keys: periods.map(|period| (period.from, period.key)).collect(),
			void: void.into_iter().map(|run| (run.start, run.end)).collect(),
			suspended,
			revoked,
		}
	}

	/// Whether the messages with these numbers can be told to be valid.
	pub fn fate(&self, range: &Range<Sequence>) -> Fate {
		if self.has_forgotten(range) {
			return Fate::Dead;
		}
		let suspended = self.suspended.map(|it| it.from);
		let revoked = self.history.revoked().map(|end| end.from);
		match suspended
			.into_iter()
			.chain(revoked)
			.any(|from| from < range.end)
		{
			true => Fate::Waiting,
			false => Fate::Live,
		}
	}

	/// Whether the key of one of these numbers was forgotten.
	fn has_forgotten(&self, range: &Range<Sequence>) -> bool {
		let first = self.history.periods().first();
		first.is_none_or(|first| range.start < first.from)
	}

	/// Whether what is known of the messages with these numbers, whose keys were all remembered then, has
	/// changed since the end of `block`.
	pub fn altered_since(&self, range: &Range<Sequence>, block: Block) -> bool {
		self.has_forgotten(range) || self.altered(range).is_some_and(|altered| altered > block)
	}

	/// Whether the sensor, or its owner, has changed since the end of `block` what is known of any of its messages.
	/// Numbers for which it does not answer may have been disowned since then: that is nobody's doing.
	pub fn changed_since(&self, block: Block) -> bool {
		let periods = self.history.periods().iter().map(|period| period.since);
		let void = self.void.iter().map(|void| void.since);
		let ends = self.suspended.map(|it| it.since).into_iter();
		let ends = ends.chain(self.history.revoked().map(|end| end.since));
		// Gaps come with a key, or are disowned.
		periods.chain(void).chain(ends).any(|since| since > block)
	}

	/// How often something has become known of its messages.
	pub fn changes(&self) -> u32 {
		self.changes
	}

	/// The block in which something last became known of the messages with these numbers, as far as their keys are
	/// remembered.
	fn altered(&self, range: &Range<Sequence>) -> Option<Block> {
		let unsent = self.learnt().filter(|(run, _)| meet(run, range));
		let periods = self.history.periods().iter();
		let periods = periods.filter(|period| period.from < range.end);
		let suspended = self.suspended.filter(|it| it.from < range.end);
		let revoked = self.history.revoked();
		let revoked = revoked.filter(|end| end.from < range.end);
		let known = unsent.map(|(_, since)| since);
		let known = known.chain(periods.map(|period| period.since));
		let known = known.chain(suspended.map(|it| it.since));
		known.chain(revoked.map(|end| end.since)).max()
	}

	/// The lowest number for which the sensor answers.
	///
	/// A key is replaced from a number on that is yet to come: until then, the sensor answers for what the old
	/// one signs, however soon or far ahead its owner announced the new one. But whoever got hold of a key that
	/// was replaced for that reason must not be able to convict the sensor with it, see
	/// [`Self::rotate_in_use`]. For no number does it answer with a key that is not that number's.
	pub fn answers_from(&self) -> Sequence {
		self.answers_from
	}

	/// Whether two messages with this number prove anything that is not known: the sensor answers for the number, which
	/// is neither void nor beyond a revocation, and the sensor is not suspended. A revocation from a later number on
	/// shields nothing.
	pub fn can_convict(&self, sequence: Sequence) -> bool {
		let counts = self.suspended.is_none() && self.key(sequence).is_some();
		counts && self.answers_from <= sequence
	}

	/// Takes in that two messages with one number were signed. A sensor that is to be revoked anyhow has no key to
	/// come: it is revoked from that number on, be it the first of all. Else the same would be proven again and again.
	pub fn convict(&mut self, sequence: Sequence, now: Block) -> Conviction {
		self.note_change();
		let void = Void {
			sequence,
			since: now,
		};
		if !self.history.is_revoked() && self.void.try_push(void).is_ok() {
			self.hold_back(sequence.saturating_add(1), now);
			return Conviction::Suspended;
		}
		self.history.end_at(sequence, now);
		Conviction::Revoked
	}

	/// Lets no message from number `from` on count until the owner gives the sensor another key: it signed twice
	/// under one of these numbers, and nobody knows which. None can come for one that is to be revoked: it is, from
	/// there on.
	pub fn suspend(&mut self, from: Sequence, now: Block) {
		self.note_change();
		self.hold_back(from, now);
	}

	fn hold_back(&mut self, from: Sequence, now: Block) {
		if self.history.is_revoked() {
			self.history.end_at(from, now);
		} else if self.suspended.is_none_or(|known| from < known.from) {
			self.suspended = Some(Suspension { from, since: now });
		}
	}

	/// Has all numbers from one on for which the sensor does not answer any more count as never sent: two messages were
	/// signed with one of them, by the sensor or with a key that was stolen and replaced, and nobody knows which is
	/// right. Else those who hold the one and those who hold the other would differ again and again.
	pub fn disown(&mut self, from: Sequence, now: Block) {
		if from < self.answers_from {
			self.note_change();
			self.leave_gap(from, self.answers_from, now);
		}
	}

	/// Makes `key` valid from number `from` on, which ends a suspension. Returns the oldest key if it had to
	/// be forgotten to make room.
	///
	/// This is for a sensor of which no agreement needs anything.
	pub fn rotate(
		&mut self,
		from: Sequence,
		now: Block,
		key: ed25519::Public,
	) -> Result<Option<ed25519::Public>, KeyError> {
		self.rotate_in_use(from, now, key, None)
	}

	/// The same, for a sensor of which agreements need the numbers `needed`: from the lowest that any of them does
	/// to the first that is beyond the reach of one.
	///
	/// From then on the sensor answers for the numbers of the key that is replaced, and of none before it; but if
	/// it was suspended for what that key signed, and the new one begins within reach, only for those of the new
	/// one. It goes on to answer for what is needed all the same if the last key, or one that should end a
	/// suspension, is none that can be in use: its owner cannot escape by announcing it, once or twice.
	pub fn rotate_in_use(
		&mut self,
		from: Sequence,
		now: Block,
		key: ed25519::Public,
		needed: Option<Range<Sequence>>,
	) -> Result<Option<ed25519::Public>, KeyError> {
		let replaced = self.history.periods().last().map_or(0, |last| last.from);
		let forgotten = self.history.rotate(from, now, key)?;
		self.note_change();
		let suspension = self.suspended.take();
		if let Some(suspension) = suspension {
			self.leave_gap(suspension.from, from, now);
		}
		let disowned = match (suspension, needed) {
			(None, needed) => needed.map_or(replaced, |needed| replaced.min(needed.start)),
			(Some(_), Some(needed)) if from > needed.end => needed.start,
			(Some(_), _) => from,
		};
		self.answers_from = self.answers_from.max(disowned);
		Ok(forgotten)
	}

	/// Has the numbers from one on, up to another, count as never sent.
	fn leave_gap(&mut self, from: Sequence, to: Sequence, since: Block) {
		// Of windows whose keys are forgotten, nothing is known anyway.
		let begun = self.history.periods().first().map_or(0, |first| first.from);
		self.gaps.retain(|gap| begun < gap.to);
		let gap = Gap { from, to, since };
		if from >= to || self.gaps.iter().any(|known| known.covers(&gap)) {
			return;
		}
		// One that a later one covers still tells what was known before that. It goes only to make room.
		if self.gaps.len() >= MAX_GAPS as usize {
			let mut all = self.gaps.to_vec();
			all.push(gap);
			let is_larger =
				|one: &Gap<Block>, other: &Gap<Block>| one.covers(other) && !other.covers(one);
			self.gaps
				.retain(|gap| !all.iter().any(|other| is_larger(other, gap)));
		}
		// There is room, see `MAX_GAPS`.
		let _ = self.gaps.try_push(gap);
	}

	/// Ends the validity of the messages from number `from` on, for good.
	pub fn revoke(&mut self, from: Sequence, now: Block) -> Result<(), KeyError> {
		self.history.revoke(from, now)?;
		self.note_change();
		Ok(())
	}

	fn note_change(&mut self) {
		self.changes = self.changes.saturating_add(1);
	}
}

/// Whether two runs of numbers have one in common.
fn meet(one: &Range<Sequence>, other: &Range<Sequence>) -> bool {
	one.start.max(other.start) < one.end.min(other.end)
}

/// The parts of these runs that lie within some numbers, in ascending order; those that touch are one.
fn joined(
	runs: impl Iterator<Item = Range<Sequence>>,
	within: &Range<Sequence>,
) -> Vec<Range<Sequence>> {
	let clipped = runs.map(|run| run.start.max(within.start)..run.end.min(within.end));
	let mut clipped: Vec<_> = clipped.filter(|run| run.start < run.end).collect();
	clipped.sort_unstable_by_key(|run| run.start);
	let mut joined = Vec::<Range<Sequence>>::new();
	for run in clipped {
		match joined.last_mut() {
			Some(last) if run.start <= last.end => last.end = last.end.max(run.end),
			_ => joined.push(run),
		}
	}
	joined
}

#[cfg(test)]
mod tests;
