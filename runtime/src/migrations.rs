//! What changes the state when the runtime is upgraded.
//!
//! The storage of each of our pallets has a version, one in the code and one on chain. A new chain begins with those
//! of its code. Whoever changes the form of what a pallet stores
//!
//! 1. raises the pallet's `STORAGE_VERSION` by one;
//! 2. writes the migration in the pallet, with `pre_upgrade` and `post_upgrade`, and lets nothing out of its module
//!    but a [`VersionedMigration`](frame_support::migrations::VersionedMigration) from the last version to the new
//!    one: it runs on state of that version only, and sets the other one;
//! 3. adds it at the end of [`Steps`], and raises [`VERSION`](crate::VERSION)'s `spec_version`;
//! 4. tests it, as an example is tested in `tests/tests/runtime/migrations.rs`.
//!
//! A step runs within one block, and its weight must fit into one. It stays here for as long as there may be a chain
//! that has not taken it.
//!
//! State of a version from which no step leads cannot be read. The chain goes on, since a runtime that panics could
//! not even be replaced; but every node says so in every block, and lets its worker rest.

use alloc::vec::Vec;
use core::fmt;
use frame_support::{
	traits::{GetStorageVersion, OnRuntimeUpgrade, PalletInfoAccess, StorageVersion},
	weights::Weight,
};

use crate::{Agreements, Channels, Disputes, Registry, Runtime};

/// The migrations of this runtime, the oldest first.
pub type Steps = ();

/// What runs when the runtime is upgraded, before anything else.
pub type Migrations = Checked<Steps>;

/// Migrations, and then a look at what they have left.
pub type Checked<M> = (M, Check);

/// Says so if migrations have left state that the code cannot read. With `try-runtime` the pallets themselves fail
/// then.
pub struct Check;

impl OnRuntimeUpgrade for Check {
	fn on_runtime_upgrade() -> Weight {
		is_readable();
		<Runtime as frame_system::Config>::DbWeight::get().reads(PALLETS)
	}
}

/// How many pallets have a version.
const PALLETS: u64 = 4;

/// A pallet whose storage has another version than its code.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Mismatch {
	/// What the pallet is called in this runtime.
	pub pallet: &'static str,
	/// The version of its storage.
	pub on_chain: StorageVersion,
	/// The version that its code reads and writes.
	pub in_code: StorageVersion,
}

impl fmt::Display for Mismatch {
	fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
		let Self {
			pallet,
			on_chain,
			in_code,
		} = self;
		write!(
			f,
			"pallet {pallet}: the chain has {on_chain:?}, this runtime needs {in_code:?}"
		)
	}
}

/// The pallets whose storage has another version than their code.
pub fn mismatches() -> Vec<Mismatch> {
	let all: [_; PALLETS as usize] = [
		mismatch::<Registry>(),
		mismatch::<Agreements>(),
		mismatch::<Disputes>(),
		mismatch::<Channels>(),
	];
	all.into_iter().flatten().collect()
}

/// Where one of our pallets, by its name in this runtime, notes the version of its storage, and the version that its
/// code reads and writes. For programs that read the storage.
pub fn storage_version(pallet: &str) -> Option<([u8; 32], StorageVersion)> {
	let of = [
		of::<Registry>(),
		of::<Agreements>(),
		of::<Disputes>(),
		of::<Channels>(),
	];
	let found = of.into_iter().find(|(name, ..)| *name == pallet)?;
	Some((found.1, found.2))
}

fn of<P>() -> (&'static str, [u8; 32], StorageVersion)
where
	P: GetStorageVersion<InCodeStorageVersion = StorageVersion> + PalletInfoAccess,
{
	let place = StorageVersion::storage_key::<P>();
	(P::name(), place, P::in_code_storage_version())
}

fn mismatch<P>() -> Option<Mismatch>
where
	P: GetStorageVersion<InCodeStorageVersion = StorageVersion> + PalletInfoAccess,
{
	let (on_chain, in_code) = (P::on_chain_storage_version(), P::in_code_storage_version());
	let mismatch = Mismatch {
		pallet: P::name(),
		on_chain,
		in_code,
	};
	(on_chain != in_code).then_some(mismatch)
}

/// Whether the code can read all that our pallets have stored. If it cannot, the log says so.
///
/// In the block that brings another runtime, its code stands beside state that is migrated only in the next one.
pub fn is_readable() -> bool {
	let mismatches = mismatches();
	for mismatch in &mismatches {
		log::error!(
			target: syngraph_worker::LOG,
			"{mismatch}. Off-chain workers rest until that is so. If the next block does not change it, install a \
			 runtime that migrates from there, or begin a new chain",
		);
	}
	mismatches.is_empty()
}
