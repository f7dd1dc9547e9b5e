//! Public keys over time.

use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use curve25519_dalek::edwards::CompressedEdwardsY;
use scale_info::TypeInfo;
use sp_core::{ed25519, ConstU32};
use sp_runtime::BoundedVec;

use crate::Payload;

/// How many keys of one owner are remembered. Evidence older than the oldest no longer verifies.
pub const MAX_KEYS: u32 = 8;

/// What a key is registered for.
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
pub enum Role {
	/// Signs terms off-chain for a user.
	User,
	/// Signs the messages of a sensor.
	Sensor,
	/// Signs what an intermediary says.
	Intermediary,
}

/// What a key signs to show that whoever registers it holds its secret.
///
/// It names the account that registers the key, so that nobody else can register it first.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, TypeInfo)]
pub struct KeyProof<AccountId> {
	/// What the key is for.
	pub role: Role,
	/// The account that registers the key.
	pub owner: AccountId,
}

impl<AccountId: Encode> Payload for KeyProof<AccountId> {
	const TAG: &'static [u8] = b"syngraph/key/1";
}

/// The key that is valid from a position on, until the next period begins.
#[derive(
	Clone, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub struct KeyPeriod<Key, Position, Block> {
	/// The first position (block or sequence number) of the period.
	pub from: Position,
	/// The block in which the chain learnt of it.
	pub since: Block,
	/// The key of the period.
	pub key: Key,
}

/// Where the validity of all keys of an owner ends.
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
pub struct Revocation<Position, Block> {
	/// The first position without a key.
	pub from: Position,
	/// The block in which the chain learnt of it.
	pub since: Block,
}

/// The keys of one owner in the order of the positions from which they are valid.
///
/// A position is a block number for users and intermediaries, and a sequence number for sensors. Old
/// keys stay, so that what was signed with them can still be verified. A sensor's owner may state a
/// sequence number that lies in the past; so that nobody is blamed for what was right when it was said,
/// the block in which the chain learnt of each key is remembered too, see [`Self::known_at`].
#[derive(
	Clone, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub struct KeyHistory<Key, Position, Block = Position> {
	periods: BoundedVec<KeyPeriod<Key, Position, Block>, ConstU32<MAX_KEYS>>,
	revoked: Option<Revocation<Position, Block>>,
}

/// Why a key cannot be rotated or revoked.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum KeyError {
	/// The stated position does not lie after the beginning of the last period, or of the first one if
	/// all keys are revoked.
	NotAhead,
	/// The keys are revoked, from that position on or an earlier one.
	Revoked,
}

impl<Key: Clone, Position: Copy + Ord, Block: Copy + Ord> KeyHistory<Key, Position, Block> {
	/// A history that begins with `key` at position `from`, as the chain learns in block `since`.
	pub fn new(from: Position, since: Block, key: Key) -> Self {
		let mut periods = BoundedVec::new();
		periods.force_push(KeyPeriod { from, since, key });
		Self {
			periods,
			revoked: None,
		}
	}

	/// The key that is valid at `position`, if any.
	pub fn at(&self, position: Position) -> Option<&Key> {
		let ended = self.revoked.is_some_and(|end| end.from <= position);
		let mut begun = self.periods.iter().rev().filter(|_| !ended);
		Some(&begun.find(|period| period.from <= position)?.key)
	}

	/// All keys that were valid at any position from `first` to `last`, latest first.
	pub fn between(&self, first: Position, last: Position) -> impl Iterator<Item = &Key> {
		let mut end = self.revoked.map(|end| end.from);
		let overlapping = self.periods.iter().rev().filter(move |period| {
			let overlaps =
				period.from <= last && end.is_none_or(|end| end > first && end > period.from);
			end = end.map_or(Some(period.from), |end| Some(end.min(period.from)));
			overlaps
		});
		overlapping.map(|period| &period.key)
	}

	/// The key that the chain took for the one valid at `position` at the end of `block`, if any.
	pub fn known_at(&self, position: Position, block: Block) -> Option<&Key> {
		let ended = self
			.revoked
			.is_some_and(|end| end.from <= position && end.since <= block);
		let mut known = self.periods.iter().rev().filter(|_| !ended);
		let period = known.find(|period| period.from <= position && period.since <= block)?;
		Some(&period.key)
	}

	/// From which position on there is no key, and since which block the chain knows.
	pub fn revoked(&self) -> Option<&Revocation<Position, Block>> {
		self.revoked.as_ref()
	}

	/// All keys that are remembered, oldest first.
	pub fn keys(&self) -> impl Iterator<Item = &Key> {
		self.periods.iter().map(|period| &period.key)
	}

	/// All periods, oldest first.
	pub fn periods(&self) -> &[KeyPeriod<Key, Position, Block>] {
		&self.periods
	}

	/// Makes `key` valid from position `from` on, as the chain learns in block `since`.
	///
	/// Returns the oldest key if it had to be forgotten to make room, see [`Self::is_full`].
	pub fn rotate(
		&mut self,
		from: Position,
		since: Block,
		key: Key,
	) -> Result<Option<Key>, KeyError> {
		if self.is_revoked() {
			return Err(KeyError::Revoked);
		}
		if self.periods.last().is_some_and(|last| from <= last.from) {
			return Err(KeyError::NotAhead);
		}
		let forgotten = self.is_full().then(|| self.periods.remove(0).key);
		self.periods.force_push(KeyPeriod { from, since, key });
		Ok(forgotten)
	}

	/// Leaves the owner without a key from position `from` on, for good, as the chain learns in block
	/// `since`. Forgets no key. A later revocation can only bring the end nearer, also to before a
	/// rotation that was announced.
	pub fn revoke(&mut self, from: Position, since: Block) -> Result<(), KeyError> {
		if self.revoked.is_some_and(|end| end.from <= from) {
			return Err(KeyError::Revoked);
		}
		if self.periods.first().is_some_and(|first| from <= first.from) {
			return Err(KeyError::NotAhead);
		}
		self.end_at(from, since);
		Ok(())
	}

	/// The same, be it so early that no position is left: who is convicted of what the oldest key signed first has
	/// nothing that counts. If the end is as near already, that stands.
	pub(crate) fn end_at(&mut self, from: Position, since: Block) {
		if self.revoked.is_none_or(|end| from < end.from) {
			self.revoked = Some(Revocation { from, since });
		}
	}

	/// Whether [`MAX_KEYS`] keys are remembered, so that the next rotation forgets the oldest.
	pub fn is_full(&self) -> bool {
		self.periods.is_full()
	}

	/// Whether there is a position from which on there is no key, so that none can follow.
	pub fn is_revoked(&self) -> bool {
		self.revoked.is_some()
	}
}

/// Whether an ed25519 public key is a canonical encoding of a point that is not of small order.
///
/// Verification by ZIP-215 accepts small-order keys, under which one signature fits every message.
pub fn is_sound_ed25519(key: &ed25519::Public) -> bool {
	let compressed = CompressedEdwardsY(key.0);
	compressed
		.decompress()
		.is_some_and(|point| !point.is_small_order() && point.compress() == compressed)
}

#[cfg(test)]
mod tests {
	use super::*;
	use sp_core::Pair;

	#[test]
	fn the_key_of_a_position_is_the_last_that_began_before_it() {
		let mut keys = KeyHistory::new(0u64, 0u32, 'a');
		assert_eq!(keys.rotate(10, 1, 'b'), Ok(None));
		assert_eq!(keys.revoke(20, 2), Ok(()));
		let at = |position| keys.at(position).copied();
		assert_eq!(
			[at(0), at(9), at(10), at(19), at(20)],
			[Some('a'), Some('a'), Some('b'), Some('b'), None]
		);
		assert!(keys.is_revoked());
	}

	#[test]
	fn nothing_is_valid_before_the_first_period() {
		assert_eq!(KeyHistory::new(5u64, 0u32, 'a').at(4), None);
	}

	#[test]
	fn periods_only_move_forward_and_end_with_a_revocation() {
		let mut keys = KeyHistory::new(5u64, 0u32, 'a');
		assert_eq!(keys.rotate(5, 1, 'b'), Err(KeyError::NotAhead));
		assert_eq!(keys.revoke(5, 1), Err(KeyError::NotAhead));
		keys.revoke(6, 1).unwrap();
		assert_eq!(keys.rotate(7, 2, 'b'), Err(KeyError::Revoked));
		assert_eq!(keys.revoke(6, 2), Err(KeyError::Revoked));
	}

	#[test]
	fn a_full_history_forgets_its_oldest_key() {
		let mut keys = KeyHistory::new(0u32, 0u32, 0);
		for i in 1..MAX_KEYS {
			assert_eq!(keys.rotate(i, i, i), Ok(None));
		}
		assert_eq!(keys.rotate(100, 100, 100), Ok(Some(0)));
		assert_eq!(keys.keys().count() as u32, MAX_KEYS);
		assert_eq!(keys.at(0), None);
	}

	#[test]
	fn a_revocation_forgets_no_key() {
		let mut keys = KeyHistory::new(0u32, 0u32, 0);
		for i in 1..MAX_KEYS {
			keys.rotate(i, i, i).unwrap();
		}
		assert!(keys.is_full());
		assert_eq!(keys.revoke(100, 100), Ok(()));
		assert_eq!(keys.keys().count() as u32, MAX_KEYS);
		assert_eq!((keys.at(0), keys.at(100)), (Some(&0), None));
	}

	#[test]
	fn a_revocation_overtakes_an_announced_rotation_and_one_before_it() {
		let mut keys = KeyHistory::new(0u64, 0u32, 'a');
		keys.rotate(100, 1, 'b').unwrap();
		keys.revoke(1_000, 2).unwrap();
		keys.revoke(10, 3).unwrap();
		let at = |position| keys.at(position).copied();
		assert_eq!([at(9), at(10), at(100)], [Some('a'), None, None]);
		assert_eq!(keys.between(0, 2_000).collect::<String>(), "a");
		// What was right before the chain knew of it stays right in disputes. Of two revocations only the
		// last is remembered, which came first in position.
		assert_eq!(keys.known_at(100, 2), Some(&'b'));
		assert_eq!(keys.known_at(100, 3), None);
	}

	#[test]
	fn an_end_may_leave_no_position() {
		let mut keys = KeyHistory::new(5u64, 0u32, 'a');
		keys.revoke(6, 1).unwrap();
		keys.end_at(5, 2);
		assert_eq!(
			[1, 2].map(|block| keys.known_at(5, block)),
			[Some(&'a'), None]
		);
		assert_eq!((keys.at(5), keys.between(0, 9).next()), (None, None));
		// It never comes later again.
		keys.end_at(6, 3);
		let end = Revocation { from: 5, since: 2 };
		assert_eq!(keys.revoked(), Some(&end));
	}

	#[test]
	fn keys_between_two_positions_are_those_of_any_position_there() {
		let mut keys = KeyHistory::new(0u64, 0u32, 'a');
		keys.rotate(10, 1, 'b').unwrap();
		keys.revoke(20, 2).unwrap();
		let between = |first, last| keys.between(first, last).collect::<String>();
		assert_eq!(between(0, 9), "a");
		assert_eq!(between(9, 10), "ba");
		assert_eq!(between(10, 19), "b");
		assert_eq!(between(0, 30), "ba");
		assert_eq!(between(20, 30), "");
	}

	#[test]
	fn a_key_counts_until_the_chain_knows_that_it_was_replaced() {
		let mut keys = KeyHistory::new(0u64, 0u32, 'a');
		// In block 7 the owner says that message 10 and all after it are signed with another key.
		keys.rotate(10, 7, 'b').unwrap();
		keys.revoke(20, 9).unwrap();
		let known = |position, block| keys.known_at(position, block).copied();
		assert_eq!([known(9, 0), known(9, 9)], [Some('a'); 2]);
		assert_eq!([known(10, 6), known(10, 7)], [Some('a'), Some('b')]);
		assert_eq!([known(20, 6), known(20, 8)], [Some('a'), Some('b')]);
		assert_eq!(known(20, 9), None);
	}

	#[test]
	fn small_order_and_non_canonical_keys_are_unsound() {
		// The identity, the point of order two, and y = p + 1: another spelling of the identity.
		let identity = {
			let mut k = [0u8; 32];
			k[0] = 1;
			k
		};
		let order_two = {
			let mut k = [0xff; 32];
			k[0] = 0xec;
			k[31] = 0x7f;
			k
		};
		let non_canonical = {
			let mut k = [0xff; 32];
			k[0] = 0xee;
			k[31] = 0x7f;
			k
		};
		for key in [identity, order_two, non_canonical, [0u8; 32]] {
			assert!(!is_sound_ed25519(&ed25519::Public::from_raw(key)));
		}
		assert!(is_sound_ed25519(
			&ed25519::Pair::from_seed(&[7; 32]).public()
		));
	}
}
