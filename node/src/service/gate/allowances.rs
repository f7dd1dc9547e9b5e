//! What authors may have in the store as of the best block.
//!
//! The store itself looks that up only after it has checked a signature. Whoever may publish nothing would have every
//! node check as many as it likes: a key costs nothing.

use parking_lot::Mutex;
use sp_statement_store::{AccountId, StatementAllowance};
use std::collections::HashMap;
use syngraph_runtime::Hash;

/// Of how many authors it is remembered. Those who may publish nothing are not among them: there is no end to them.
const MANY: usize = 32_768;

/// What some authors may have.
#[derive(Default)]
pub struct Allowances(Mutex<Known>);

#[derive(Default)]
struct Known {
	/// The block after which they may.
	block: Hash,
	authors: HashMap<AccountId, StatementAllowance>,
}

impl Allowances {
	/// What an author may have after a block, which is looked up once for each block. None if it may have nothing.
	pub fn of(
		&self,
		author: &AccountId,
		block: Hash,
		look_up: impl FnOnce() -> Option<StatementAllowance>,
	) -> Option<StatementAllowance> {
		if let Some(known) = self.known(author, block) {
			return Some(known);
		}
		// Nobody else waits for the database meanwhile.
		let allowance = look_up().filter(|allowance| !allowance.is_depleted())?;
		let mut known = self.0.lock();
		if known.block == block && known.authors.len() < MANY {
			known.authors.insert(*author, allowance.clone());
		}
		Some(allowance)
	}

	/// The same if it was looked up. What was true after another block is forgotten.
	fn known(&self, author: &AccountId, block: Hash) -> Option<StatementAllowance> {
		let mut known = self.0.lock();
		if known.block != block {
			known.block = block;
			known.authors.clear();
		}
		known.authors.get(author).cloned()
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	const BLOCK: Hash = Hash::repeat_byte(1);

	fn author(number: u32) -> AccountId {
		let mut author = [0; 32];
		author[..4].copy_from_slice(&number.to_le_bytes());
		author
	}

	#[test]
	fn who_may_publish_is_looked_up_once_for_each_block() {
		let allowances = Allowances::default();
		for block in [BLOCK, Hash::repeat_byte(2), BLOCK] {
			let allowed = StatementAllowance::new(2, 100);
			let found = allowances.of(&author(1), block, || Some(allowed.clone()));
			assert_eq!(found, Some(allowed.clone()));
			let again = allowances.of(&author(1), block, || panic!("it is known"));
			assert_eq!(again, Some(allowed));
		}
		// It may not any more.
		let other = Hash::repeat_byte(3);
		assert_eq!(allowances.of(&author(1), other, || None), None);
	}

	#[test]
	fn very_many_who_may_publish_nothing_take_no_room_of_others() {
		let allowances = Allowances::default();
		for number in 0..100_000 {
			let nothing = (number % 2 == 0).then(|| StatementAllowance::new(0, 100));
			assert_eq!(allowances.of(&author(number), BLOCK, || nothing), None);
		}
		assert!(allowances.0.lock().authors.is_empty());
	}

	#[test]
	fn very_many_who_may_publish_do_not_fill_the_memory() {
		let allowances = Allowances::default();
		let allowed = StatementAllowance::new(2, 100);
		for number in 0..100_000 {
			let found = allowances.of(&author(number), BLOCK, || Some(allowed.clone()));
			assert_eq!(found.as_ref(), Some(&allowed));
		}
		assert_eq!(allowances.0.lock().authors.len(), MANY);
	}
}
