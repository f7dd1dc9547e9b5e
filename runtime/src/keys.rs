//! The keys that a node of this chain holds.

use alloc::vec::Vec;
use sp_runtime::impl_opaque_keys;

use crate::{Aura, Grandpa};

mod intermediary {
	use sp_application_crypto::{app_crypto, sr25519};
	use syngraph_primitives::INTERMEDIARY_KEY_TYPE;

	app_crypto!(sr25519, INTERMEDIARY_KEY_TYPE);
}

/// The key with which an intermediary signs.
pub type IntermediaryKey = intermediary::Public;

impl_opaque_keys! {
	/// The keys of a node. `author_rotateKeys` makes a new set of them, and `--alice` and the like bring
	/// those of the development accounts.
	///
	/// Blocks are made and finalised with the first two by those who are validators. The third is for
	/// intermediaries, who need not be validators: it becomes theirs when they register it.
	pub struct SessionKeys {
		/// Signs blocks.
		pub aura: Aura,
		/// Votes for the finality of blocks.
		pub grandpa: Grandpa,
		/// Signs what an intermediary says.
		pub intermediary: IntermediaryKey,
	}
}
