//! Which messages of a sensor are valid.

use alloc::vec::Vec;
use core::ops::Range;

use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;
use sp_core::{ed25519, ConstU32, H256};
use sp_runtime::BoundedVec;

use crate::{KeyError, KeyHistory, Sequence};

/// How many numbers of a sensor can be void. One more conflict revokes it.
pub const MAX_VOID: u32 = 3;

/// Tells apart what the chain knew of the sources of a window, at different times and on different branches.
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
	/// The hash of all that decides which messages the window holds and which of these are valid.
	pub facts: H256,
}

impl SourceVersion {
	/// A version of so many changes that no window has: a constant for tests and for refusals.
	pub const fn bare(changes: u32) -> Self {
		let facts = H256([0; 32]);
		Self { changes, facts }
	}
}

/// What the chain knows of some messages of a sensor, by their numbers: all that decides which of them are
/// valid, and nothing that is about others.
#[derive(Clone, PartialEq, Eq, Debug, Encode)]
pub struct Validity {
	/// How often something has become known of them. It grows whenever one of them turns out to be void, or
	/// to be signed with another key than was thought.
	pub changes: u32,
	/// Their keys, each with the first number that it signs; none if that is not after the first of them.
	pub keys: Vec<(Option<Sequence>, ed25519::Public)>,
	/// Those that count as never sent, in ascending order.
	pub void: Vec<Sequence>,
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
pub struct Void<Block> {
	/// The number.
	pub sequence: Sequence,
	/// The block in which the chain learnt of it.
	pub since: Block,
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

/// The keys of a sensor by sequence number, and what the chain holds against it.
///
/// A second signature under one number may be malice, or a device that lost power before it wrote down
/// that the number was used. The number is void, and the sensor is *suspended*: no new messages are
/// accepted until the owner gives it a new key, from a number on that it states. Only a sensor to which that
/// happens again and again is revoked.
#[derive(
	Clone, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub struct SensorKeys<Block> {
	/// The keys.
	pub history: KeyHistory<ed25519::Public, Sequence, Block>,
	void: BoundedVec<Void<Block>, ConstU32<MAX_VOID>>,
	suspended: Option<Block>,
	/// The lowest number for which the sensor answers, see [`Self::can_convict`].
	answers_from: Sequence,
}

impl<Block: Copy + Ord> SensorKeys<Block> {
	/// The keys of a sensor that is registered in block `since`.
	pub fn new(since: Block, key: ed25519::Public) -> Self {
		Self {
			history: KeyHistory::new(0, since, key),
			void: BoundedVec::new(),
			suspended: None,
			answers_from: 0,
		}
	}

	/// The key that signs the message with a number; none if the number is void, or not valid any more.
	pub fn key(&self, sequence: Sequence) -> Option<&ed25519::Public> {
		let key = self.history.at(sequence);
		key.filter(|_| !self.is_void(sequence))
	}

	/// The key that the chain took, at the end of `block`, for the one that signs the message with a number.
	pub fn key_at(&self, sequence: Sequence, block: Block) -> Option<&ed25519::Public> {
		let void = |void: &Void<Block>| void.sequence == sequence && void.since <= block;
		let key = self.history.known_at(sequence, block);
		key.filter(|_| !self.void.iter().any(void))
	}

	/// Whether a number counts as never sent.
	pub fn is_void(&self, sequence: Sequence) -> bool {
		self.void.iter().any(|void| void.sequence == sequence)
	}

	/// Whether a number counted as never sent at the end of `block`.
	pub fn was_void(&self, sequence: Sequence, block: Block) -> bool {
		let void = |void: &Void<Block>| void.sequence == sequence && void.since <= block;
		self.void.iter().any(void)
	}

	/// The numbers that count as never sent.
	pub fn void(&self) -> &[Void<Block>] {
		&self.void
	}

	/// Since which block the sensor is suspended, if it is.
	pub fn suspended(&self) -> Option<Block> {
		self.suspended
	}

	/// Whether new messages are accepted: it is neither suspended nor revoked.
	pub fn is_live(&self) -> bool {
		self.suspended.is_none() && !self.history.is_revoked()
	}

	/// What is known of the messages with these numbers. None if one of them is not valid any more, because
	/// the sensor is revoked from an earlier number on or its key was forgotten: nothing that needs it can
	/// settle.
	pub fn validity(&self, range: &Range<Sequence>) -> Option<Validity> {
		let revoked = self.history.revoked();
		if self.has_forgotten(range) || revoked.is_some_and(|end| end.from < range.end) {
			return None;
		}
		let void = self.void.iter().map(|void| void.sequence);
		let mut void: Vec<_> = void.filter(|number| range.contains(number)).collect();
		void.sort_unstable();
		let periods = self.history.begun_before(range.end);
		Some(Validity {
			changes: periods.saturating_add(void.len() as u32),
			keys: self.keys_of(range),
			void,
		})
	}

	/// The keys of the messages with these numbers, see [`Validity::keys`].
	fn keys_of(&self, range: &Range<Sequence>) -> Vec<(Option<Sequence>, ed25519::Public)> {
		let periods = self.history.periods();
		let begun = periods.partition_point(|period| period.from <= range.start);
		let periods = periods.get(begun.saturating_sub(1)..).unwrap_or_default();
		let periods = periods.iter().take_while(|period| period.from < range.end);
		periods
			.map(|period| {
				let within = period.from > range.start;
				(within.then_some(period.from), period.key)
			})
			.collect()
	}

	/// Whether what is known of its messages has changed since the end of `block`.
	pub fn changed_since(&self, block: Block) -> bool {
		let mut periods = self.history.periods().iter();
		let revoked = self.history.revoked();
		self.void.iter().any(|void| void.since > block)
			|| periods.any(|period| period.since > block)
			|| revoked.is_some_and(|end| end.since > block)
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

	/// The block in which something last became known of the messages with these numbers, as far as their keys are
	/// remembered.
	pub fn altered(&self, range: &Range<Sequence>) -> Option<Block> {
		let void = self.void.iter();
		let void = void.filter(|void| range.contains(&void.sequence));
		let periods = self.history.periods().iter();
		let periods = periods.filter(|period| period.from < range.end);
		let revoked = self.history.revoked();
		let revoked = revoked.filter(|end| end.from < range.end);
		let known = void.map(|void| void.since);
		let known = known.chain(periods.map(|period| period.since));
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

	/// Whether two messages with this number prove anything that is not known: the sensor answers for the number,
	/// and neither is the number void nor the sensor suspended or revoked.
	pub fn can_convict(&self, sequence: Sequence) -> bool {
		self.is_live() && !self.is_void(sequence) && self.answers_from <= sequence
	}

	/// Takes in that two messages with one number were signed, or, without a number, that the sensor signed
	/// twice under one of those of a window that is void as a whole.
	pub fn convict(&mut self, sequence: Option<Sequence>, now: Block) -> Conviction {
		let Some(sequence) = sequence else {
			self.suspended.get_or_insert(now);
			return Conviction::Suspended;
		};
		let void = Void {
			sequence,
			since: now,
		};
		if self.void.try_push(void).is_ok() {
			self.suspended.get_or_insert(now);
			return Conviction::Suspended;
		}
		let begun = self.history.periods().first().map_or(0, |first| first.from);
		let from = sequence.max(begun.saturating_add(1));
		// It cannot be revoked from an earlier number on already: then it would not be live.
		let _ = self.history.revoke(from, now);
		Conviction::Revoked
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
		let disowned = match (self.suspended.take(), needed) {
			(None, needed) => needed.map_or(replaced, |needed| replaced.min(needed.start)),
			(Some(_), Some(needed)) if from > needed.end => needed.start,
			(Some(_), _) => from,
		};
		self.answers_from = self.answers_from.max(disowned);
		Ok(forgotten)
	}

	/// Ends the validity of the messages from number `from` on, for good.
	pub fn revoke(&mut self, from: Sequence, now: Block) -> Result<(), KeyError> {
		self.history.revoke(from, now)
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use alloc::vec;

	fn key(n: u8) -> ed25519::Public {
		ed25519::Public::from_raw([n; 32])
	}

	#[test]
	fn a_number_that_was_signed_twice_counts_as_never_sent() {
		let mut keys = SensorKeys::new(0u32, key(1));
		assert!(keys.can_convict(5));
		assert_eq!(keys.convict(Some(5), 10), Conviction::Suspended);
		assert_eq!(keys.key(5), None);
		assert_eq!([keys.key(4), keys.key(6)], [Some(&key(1)); 2]);
		assert_eq!(
			[keys.key_at(5, 9), keys.key_at(5, 10)],
			[Some(&key(1)), None]
		);
		assert!(!keys.is_live() && !keys.can_convict(6));
	}

	#[test]
	fn a_rotation_ends_a_suspension_and_the_old_key_convicts_nobody() {
		let mut keys = SensorKeys::new(0u32, key(1));
		keys.convict(Some(5), 10);
		keys.rotate(8, 11, key(2)).unwrap();
		assert!(keys.is_live());
		assert!(!keys.can_convict(7) && keys.can_convict(8));
		assert_eq!([keys.key(7), keys.key(8)], [Some(&key(1)), Some(&key(2))]);
	}

	#[test]
	fn a_rotation_does_not_shield_what_the_key_before_signs() {
		let mut keys = SensorKeys::new(0u32, key(1));
		// Signed twice, and rotated right after.
		keys.rotate_in_use(8, 1, key(2), Some(5..100)).unwrap();
		assert!([0, 7, 8].into_iter().all(|number| keys.can_convict(number)));
		// The key before that one is out of use, and may have been stolen.
		keys.rotate_in_use(20, 2, key(3), Some(12..100)).unwrap();
		assert!(!keys.can_convict(7) && keys.can_convict(8) && keys.can_convict(20));
	}

	#[test]
	fn keys_that_are_announced_far_ahead_shield_nothing_that_is_needed() {
		let mut keys = SensorKeys::new(0u32, key(1));
		keys.rotate_in_use(1 << 60, 1, key(2), Some(5..100))
			.unwrap();
		keys.rotate_in_use(1 << 61, 2, key(3), Some(5..100))
			.unwrap();
		assert!(keys.can_convict(5) && !keys.can_convict(4));
		// Nor does one that ends a suspension.
		for n in 0..MAX_VOID {
			let number = 6 + u64::from(n);
			assert_eq!(keys.convict(Some(number), 3), Conviction::Suspended);
			let from = (1 << 61) + number;
			keys.rotate_in_use(from, 4, key(4 + n as u8), Some(5..100))
				.unwrap();
			assert!(keys.can_convict(number + 1));
		}
		assert_eq!(keys.convict(Some(9), 5), Conviction::Revoked);
	}

	#[test]
	fn a_key_within_reach_ends_a_suspension_and_what_the_stolen_one_signs() {
		let mut keys = SensorKeys::new(0u32, key(1));
		keys.convict(Some(6), 1);
		keys.rotate_in_use(100, 2, key(2), Some(5..100)).unwrap();
		assert_eq!(keys.answers_from(), 100);
		// It never answers again for what it does not any more.
		keys.rotate_in_use(200, 3, key(3), Some(50..150)).unwrap();
		assert_eq!(keys.answers_from(), 100);
	}

	#[test]
	fn who_does_it_again_and_again_is_revoked() {
		let mut keys = SensorKeys::new(0u32, key(1));
		for n in 0..MAX_VOID {
			let at = 10 * u64::from(n);
			assert_eq!(keys.convict(Some(at), n), Conviction::Suspended);
			keys.rotate(at + 5, n, key(n as u8 + 2)).unwrap();
		}
		assert_eq!(keys.convict(Some(100), 50), Conviction::Revoked);
		assert_eq!((keys.key(99).is_some(), keys.key(100)), (true, None));
	}

	#[test]
	fn what_is_known_of_a_window_changes_with_what_concerns_it() {
		let mut keys = SensorKeys::new(0u32, key(1));
		let known = |keys: &SensorKeys<u32>| {
			let validity = |range| {
				keys.validity(&range)
					.map(|known| (known.changes, known.keys, known.void))
			};
			[0..4, 4..8, 8..12].map(validity)
		};
		let first = || Some((1, vec![(None, key(1))], vec![]));
		assert_eq!(known(&keys), [first(), first(), first()]);
		keys.convict(Some(5), 1);
		let void = Some((2, vec![(None, key(1))], vec![5]));
		assert_eq!(known(&keys), [first(), void, first()]);
		keys.rotate(6, 2, key(2)).unwrap();
		let within = || Some((3, vec![(None, key(1)), (Some(6), key(2))], vec![5]));
		let after = Some((2, vec![(None, key(2))], vec![]));
		assert_eq!(known(&keys), [first(), within(), after]);
		keys.revoke(8, 3).unwrap();
		assert_eq!(known(&keys), [first(), within(), None]);
		assert!(keys.changed_since(2) && !keys.changed_since(3));
	}

	#[test]
	fn of_a_window_whose_key_was_forgotten_nothing_is_known() {
		let mut keys = SensorKeys::new(0u32, key(1));
		for n in 1..crate::MAX_KEYS {
			keys.rotate(10 * u64::from(n), n, key(1 + n as u8)).unwrap();
		}
		let changes =
			|keys: &SensorKeys<u32>, range| keys.validity(&range).map(|known| known.changes);
		assert_eq!(changes(&keys, 9..11), Some(2));
		let before = keys.validity(&(10..11));
		assert_eq!(keys.rotate(1_000, 50, key(100)), Ok(Some(key(1))));
		assert_eq!(changes(&keys, 9..11), None);
		assert_eq!(keys.validity(&(10..11)), before);
		let altered = [9..11, 10..11].map(|range| keys.altered_since(&range, 49));
		assert_eq!(altered, [true, false]);
	}

	#[test]
	fn only_what_concerns_a_window_alters_it() {
		let mut keys = SensorKeys::new(0u32, key(1));
		let altered = |keys: &SensorKeys<u32>, block| {
			[0..4, 4..8, 8..12].map(|range| keys.altered_since(&range, block))
		};
		keys.convict(Some(5), 1);
		assert_eq!(altered(&keys, 0), [false, true, false]);
		keys.rotate(6, 2, key(2)).unwrap();
		assert_eq!(altered(&keys, 1), [false, true, true]);
		keys.revoke(8, 3).unwrap();
		assert_eq!(altered(&keys, 2), [false, false, true]);
		assert_eq!(altered(&keys, 3), [false; 3]);
	}
}
