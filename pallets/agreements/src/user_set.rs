//! Some of an agreement's users.

use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;
use syngraph_primitives::MAX_USERS;

/// A set of users of one agreement, by their indices in its terms.
#[derive(
	Clone,
	Copy,
	Default,
	PartialEq,
	Eq,
	Debug,
	Encode,
	Decode,
	DecodeWithMemTracking,
	MaxEncodedLen,
	TypeInfo,
)]
pub struct UserSet(u8);

// One bit for every user.
const _: () = assert!(MAX_USERS <= u8::BITS);

impl UserSet {
	/// Whether the user at `index` is in the set.
	pub fn contains(&self, index: usize) -> bool {
		self.0 & Self::bit(index) != 0
	}

	/// Puts the user at `index` into the set. Tells whether it was not in it before.
	pub fn insert(&mut self, index: usize) -> bool {
		let before = self.0;
		self.0 |= Self::bit(index);
		self.0 != before
	}

	/// Whether all of so many users are in the set.
	pub fn is_complete(&self, users: usize) -> bool {
		(0..users).all(|index| self.contains(index))
	}

	fn bit(index: usize) -> u8 {
		u32::try_from(index)
			.ok()
			.and_then(|index| 1u8.checked_shl(index))
			.unwrap_or(0)
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn a_set_holds_as_many_users_as_terms_can_name() {
		let mut set = UserSet::default();
		for index in 0..MAX_USERS as usize {
			assert!(!set.is_complete(MAX_USERS as usize));
			assert!(set.insert(index));
			assert!(!set.insert(index));
		}
		assert!(set.is_complete(MAX_USERS as usize));
		assert!(!set.insert(MAX_USERS as usize));
		assert!(!set.contains(MAX_USERS as usize));
	}
}
