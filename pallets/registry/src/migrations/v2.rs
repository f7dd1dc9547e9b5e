//! From version 1 to version 2: the record of an intermediary says since when it is registered.
//!
//! There can be any number of records, so they are migrated over as many blocks as that takes. Meanwhile the storage
//! has a version that no code has: neither that of before nor this one may take it for its own.

use core::marker::PhantomData;

use codec::DecodeAll;
use frame_support::{
	migrations::{MigrationId, SteppedMigration, SteppedMigrationError},
	storage::unhashed,
	traits::{GetStorageVersion, StorageVersion},
	weights::{Weight, WeightMeter},
};
use sp_core::Get;
use syngraph_primitives::IntermediaryId;

use crate::{Config, Intermediaries, IntermediaryOf, Pallet};

/// The version that is migrated from.
const FROM: u16 = 1;
/// The version that is migrated to.
const TO: u16 = 2;
/// The version while some records have the one form and some the other.
const UNDER_WAY: u16 = 1 << 15 | TO;

/// What version 1 stored.
pub(crate) mod v1 {
	use codec::{Decode, Encode};
	use frame_support::{pallet_prelude::OptionQuery, storage_alias, Twox64Concat};
	use frame_system::pallet_prelude::BlockNumberFor;
	use sp_core::{sr25519, ConstU32};
	use sp_runtime::BoundedVec;
	use syngraph_primitives::{IntermediaryId, KeyHistory};

	use crate::{BalanceOf, Config, Endpoint, Pallet, Unbonding, MAX_UNBONDING};

	/// An intermediary, see [`crate::Intermediary`].
	#[derive(Encode, Decode)]
	pub(crate) struct Intermediary<AccountId, Balance, BlockNumber> {
		pub(crate) operator: AccountId,
		pub(crate) keys: KeyHistory<sr25519::Public, BlockNumber>,
		pub(crate) endpoint: Endpoint,
		pub(crate) uses: u32,
		pub(crate) deposit: Balance,
		pub(crate) bond: Balance,
		pub(crate) liable: Balance,
		pub(crate) unbonding: BoundedVec<Unbonding<Balance, BlockNumber>, ConstU32<MAX_UNBONDING>>,
		pub(crate) lies: u32,
		pub(crate) absences: u32,
	}

	pub(crate) type IntermediaryOf<T> =
		Intermediary<<T as frame_system::Config>::AccountId, BalanceOf<T>, BlockNumberFor<T>>;

	/// The intermediaries.
	#[storage_alias]
	pub(crate) type Intermediaries<T: Config> =
		StorageMap<Pallet<T>, Twox64Concat, IntermediaryId, IntermediaryOf<T>, OptionQuery>;
}

/// Migrates the intermediaries.
pub struct Migrate<T>(PhantomData<T>);

impl<T: Config> Migrate<T> {
	/// The weight of migrating one record.
	fn weight() -> Weight {
		// Both the key and the value are read.
		T::DbWeight::get().reads_writes(2, 1)
	}

	/// Whether there is something to migrate, which is noted: a new chain begins with the new form.
	fn begin() -> bool {
		let version = Pallet::<T>::on_chain_storage_version();
		if version == StorageVersion::new(FROM) {
			StorageVersion::new(UNDER_WAY).put::<Pallet<T>>();
			return true;
		}
		version == StorageVersion::new(UNDER_WAY)
	}

	/// How many there are. None may be lost.
	#[cfg(any(test, feature = "try-runtime"))]
	fn count_before() -> u64 {
		v1::Intermediaries::<T>::iter_keys().count() as u64
	}

	/// Fails if there are not as many any more, or if they do not fit each other.
	#[cfg(any(test, feature = "try-runtime"))]
	fn check_after(before: u64) -> Result<(), sp_runtime::TryRuntimeError> {
		// Only what can be decoded is counted.
		let after = Intermediaries::<T>::iter_values().count() as u64;
		frame_support::ensure!(after == before, "an intermediary was lost");
		Pallet::<T>::do_try_state()
	}

	/// A record as it was, in the form that it has now.
	fn migrated(old: v1::IntermediaryOf<T>) -> IntermediaryOf<T> {
		let v1::Intermediary {
			operator,
			keys,
			endpoint,
			uses,
			deposit,
			bond,
			liable,
			unbonding,
			lies,
			absences,
		} = old;
		// A history is never empty. If keys were forgotten, nothing tells any more when the first of them came.
		let first = keys.periods().first();
		let registered = first.map_or_else(Pallet::<T>::now, |first| first.since);
		IntermediaryOf::<T> {
			operator,
			keys,
			endpoint,
			uses,
			deposit,
			bond,
			liable,
			unbonding,
			lies,
			absences,
			registered,
		}
	}

	/// Migrates the record after that of the last intermediary that was migrated, and returns whose it is. None if
	/// there is none. One that has the new form already, of an attempt that did not come to its end, stays as it is.
	fn next(last: Option<IntermediaryId>) -> Option<IntermediaryId> {
		let mut rest = match last {
			Some(last) => v1::Intermediaries::<T>::iter_keys_from(
				v1::Intermediaries::<T>::hashed_key_for(last),
			),
			None => v1::Intermediaries::<T>::iter_keys(),
		};
		let id = rest.next()?;
		let bytes = unhashed::get_raw(&Intermediaries::<T>::hashed_key_for(id))?;
		if let Ok(old) = v1::IntermediaryOf::<T>::decode_all(&mut &bytes[..]) {
			Intermediaries::<T>::insert(id, Self::migrated(old));
		}
		Some(id)
	}
}

impl<T: Config> SteppedMigration for Migrate<T> {
	/// The last intermediary that was migrated.
	type Cursor = IntermediaryId;
	type Identifier = MigrationId<15>;

	fn id() -> Self::Identifier {
		MigrationId {
			pallet_id: *b"pallet-registry",
			version_from: FROM as u8,
			version_to: TO as u8,
		}
	}

	fn step(
		mut cursor: Option<Self::Cursor>,
		meter: &mut WeightMeter,
	) -> Result<Option<Self::Cursor>, SteppedMigrationError> {
		let required = Self::weight();
		if !meter.can_consume(required) {
			return Err(SteppedMigrationError::InsufficientWeight { required });
		}
		if !Self::begin() {
			return Ok(None);
		}
		while meter.try_consume(required).is_ok() {
			cursor = Self::next(cursor);
			if cursor.is_none() {
				StorageVersion::new(TO).put::<Pallet<T>>();
				break;
			}
		}
		Ok(cursor)
	}

	#[cfg(feature = "try-runtime")]
	fn pre_upgrade() -> Result<alloc::vec::Vec<u8>, sp_runtime::TryRuntimeError> {
		use codec::Encode;
		Ok(Self::count_before().encode())
	}

	#[cfg(feature = "try-runtime")]
	fn post_upgrade(state: alloc::vec::Vec<u8>) -> Result<(), sp_runtime::TryRuntimeError> {
		use codec::Decode;
		let before = u64::decode(&mut &state[..]).map_err(|_| "not a number")?;
		Self::check_after(before)
	}
}

#[cfg(test)]
mod tests;
