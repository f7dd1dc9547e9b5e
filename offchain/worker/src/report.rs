//! What the last run came to, for operators.

use codec::{Decode, Encode};
use syngraph_primitives::BlockNumber;

use crate::{state, store::LocalStore};

/// Where it is noted.
const KEY: &[u8] = b"syngraph/run";

/// What a run came to.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Encode, Decode)]
pub struct RunReport {
	/// The block to which it belonged.
	pub block: BlockNumber,
	/// How many agreements there were.
	pub agreements: u32,
	/// How many turns they had together.
	pub turns: u32,
	/// For how many milliseconds it worked. The rest of its time it waited.
	pub millis: u64,
}

impl RunReport {
	/// That of the last run, if there was any.
	pub fn last(store: &impl LocalStore) -> Option<Self> {
		state::read(store, KEY)
	}

	/// Notes it.
	pub(crate) fn note(&self, store: &impl LocalStore) {
		state::write(store, KEY, self);
	}
}
