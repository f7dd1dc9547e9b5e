//! What the last run came to, for operators.

use codec::{Decode, Encode};

use crate::{state, store::LocalStore};

/// Where it is noted.
const KEY: &[u8] = b"syngraph/run";

/// What a run came to.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Encode, Decode)]
pub struct RunReport {
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

	/// Notes it, if it is another one than that of the run before.
	pub(crate) fn note(&self, store: &impl LocalStore) {
		if Self::last(store).as_ref() != Some(self) {
			state::write(store, KEY, self);
		}
	}
}
