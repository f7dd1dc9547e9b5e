//! What changes the state when the runtime is upgraded.
//!
//! The storage of each of our pallets has a version, one in the code and one on chain. A new chain begins with those
//! of its code. Whoever changes the form of what a pallet stores
//!
//! 1. raises the pallet's `STORAGE_VERSION` by one;
//! 2. writes the migration in the pallet, as a [`SteppedMigration`](frame_support::migrations::SteppedMigration) with
//!    `pre_upgrade` and `post_upgrade`: it runs on state of the last version only, item by item, sets a version that no
//!    code has with the first one, and the new version with the last;
//! 3. adds it at the end of [`Steps`], and raises [`VERSION`](crate::VERSION)'s `spec_version`;
//! 4. tests it, as `pallets/registry/src/migrations/v2` is tested there and in `tests/tests/runtime/migrations.rs`.
//!
//! Migrations take as many blocks as they need, each up to `MaxServiceWeight`. Until
//! they are done blocks hold no transactions but inherents, while deadlines go on: one that would take more than a few
//! blocks has to be done in another way. A migration stays here for as long as there may be a chain that has not taken
//! it.
//!
//! State of a version from which no step leads cannot be read. The chain goes on, since a runtime that panics could
//! not even be replaced; but no call of a pallet is let through that would misread what it finds ([`OnlyReadable`]),
//! every node says so in every block, and its worker rests.

use alloc::vec::Vec;
use core::fmt;
use frame_support::{
	migrations::{FailedMigrationHandler, FailedMigrationHandling},
	traits::{Contains, GetStorageVersion, PalletInfoAccess, StorageVersion},
};

use crate::{Agreements, Channels, Disputes, Registry, Runtime, RuntimeCall, System};

/// The migrations of this runtime, the oldest first.
pub type Steps = (pallet_registry::migrations::v2::Migrate<Runtime>,);

/// What is done should a migration fail: the chain goes on, and every node says in every block that there is state that
/// it cannot read. Were it stuck, no block could bring the runtime that mends it.
pub struct GoOn;

impl FailedMigrationHandler for GoOn {
	fn failed(_: Option<u32>) -> FailedMigrationHandling {
		FailedMigrationHandling::ForceUnstuck
	}
}

/// Lets no call of our pallets through while the storage that it reads has another version than the code. To misread is
/// to destroy: a record that cannot be decoded looks as if there were none, and is gone once it is written back,
/// together with what it says of somebody's bond. Whoever would answer in a dispute could not, and would be judged
/// absent.
///
/// Registry, agreements and disputes read each other. Channels stand alone. The root origin is asked by nobody. A call
/// that brings its own authorisation is refused like all others, but pays nothing then, since it would pay by what it
/// does.
pub struct OnlyReadable;

impl Contains<RuntimeCall> for OnlyReadable {
	fn contains(call: &RuntimeCall) -> bool {
		match call {
			RuntimeCall::Registry(_) | RuntimeCall::Agreements(_) | RuntimeCall::Disputes(_) => {
				fits::<Registry>() && fits::<Agreements>() && fits::<Disputes>()
			},
			RuntimeCall::Channels(_) => are_channels_readable(),
			_ => true,
		}
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

fn fits<P>() -> bool
where
	P: GetStorageVersion<InCodeStorageVersion = StorageVersion> + PalletInfoAccess,
{
	mismatch::<P>().is_none()
}

/// Whether the code can read the channels, whatever else it cannot.
pub fn are_channels_readable() -> bool {
	fits::<Channels>()
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
/// In the block that brings another runtime, its code stands beside state that is migrated only in the next one. The
/// log names the block, since a node that has to compile that code first says so when it has long imported later ones.
pub fn is_readable() -> bool {
	let mismatches = mismatches();
	let block = System::block_number();
	for mismatch in &mismatches {
		log::error!(
			target: syngraph_worker::LOG,
			"block {block}: {mismatch}. Until that is so off-chain workers rest, and calls that would read it are \
			 refused. If the next block does not change it, install a runtime that migrates from there, or begin a new \
			 chain",
		);
	}
	mismatches.is_empty()
}
