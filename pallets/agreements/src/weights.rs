//! The weights of the pallet's calls.
//!
//! Estimates, until `scripts/weights.sh` has measured them.

use core::marker::PhantomData;
use frame_support::{
	traits::Get,
	weights::{constants::RocksDbWeight, Weight},
};

/// What the calls of the pallet weigh.
pub trait WeightInfo {
	/// Proposing the largest terms.
	fn propose() -> Weight;
	/// Signing the largest terms as the last user.
	fn sign() -> Weight;
	/// Creating an agreement of the largest terms, with wrapped signatures.
	fn create() -> Weight;
	/// Cancelling a proposal that all but one have signed.
	fn cancel() -> Weight;
	/// Adding to an escrow.
	fn top_up() -> Weight;
	/// Giving notice.
	fn give_notice() -> Weight;
	/// Consenting to the end as the last user.
	fn consent_to_end() -> Weight;
	/// Closing an agreement that was active.
	fn close() -> Weight;
	/// Settling a result by `n` intermediaries, with a reaction of `s` transfers.
	fn settle(n: u32, s: u32) -> Weight;
	/// Checking a proof by `n` intermediaries.
	fn authorize_settle(n: u32) -> Weight;
	/// Ending an agreement with `n` intermediaries and `s` sensors.
	fn end(n: u32, s: u32) -> Weight;
	/// Dropping `w` results, and the agreement.
	fn prune(w: u32) -> Weight;
}

/// For a runtime.
pub struct SubstrateWeight<T>(PhantomData<T>);

impl<T: frame_system::Config> WeightInfo for SubstrateWeight<T> {
	fn propose() -> Weight {
		Weight::from_parts(700_000_000, 0)
			.saturating_add(T::DbWeight::get().reads(140))
			.saturating_add(T::DbWeight::get().writes(8))
	}
	fn sign() -> Weight {
		Weight::from_parts(1_200_000_000, 0)
			.saturating_add(T::DbWeight::get().reads(200))
			.saturating_add(T::DbWeight::get().writes(140))
	}
	fn create() -> Weight {
		Weight::from_parts(2_200_000_000, 0)
			.saturating_add(T::DbWeight::get().reads(220))
			.saturating_add(T::DbWeight::get().writes(160))
	}
	fn cancel() -> Weight {
		Weight::from_parts(250_000_000, 0)
			.saturating_add(T::DbWeight::get().reads(20))
			.saturating_add(T::DbWeight::get().writes(18))
	}
	fn top_up() -> Weight {
		Weight::from_parts(60_000_000, 0)
			.saturating_add(T::DbWeight::get().reads(5))
			.saturating_add(T::DbWeight::get().writes(4))
	}
	fn give_notice() -> Weight {
		Weight::from_parts(30_000_000, 0)
			.saturating_add(T::DbWeight::get().reads(3))
			.saturating_add(T::DbWeight::get().writes(1))
	}
	fn consent_to_end() -> Weight {
		Weight::from_parts(700_000_000, 0)
			.saturating_add(T::DbWeight::get().reads(140))
			.saturating_add(T::DbWeight::get().writes(130))
	}
	fn close() -> Weight {
		Weight::from_parts(700_000_000, 0)
			.saturating_add(T::DbWeight::get().reads(140))
			.saturating_add(T::DbWeight::get().writes(130))
	}
	fn settle(n: u32, s: u32) -> Weight {
		Weight::from_parts(150_000_000, 0)
			.saturating_add(T::DbWeight::get().reads(8))
			.saturating_add(T::DbWeight::get().writes(4))
			.saturating_add(Weight::from_parts(60_000_000, 0).saturating_mul(n.into()))
			.saturating_add(
				T::DbWeight::get()
					.reads_writes(5, 4)
					.saturating_mul(n.into()),
			)
			.saturating_add(Weight::from_parts(60_000_000, 0).saturating_mul(s.into()))
			.saturating_add(
				T::DbWeight::get()
					.reads_writes(4, 4)
					.saturating_mul(s.into()),
			)
	}
	fn authorize_settle(n: u32) -> Weight {
		Weight::from_parts(60_000_000, 0)
			.saturating_add(T::DbWeight::get().reads(4))
			.saturating_add(Weight::from_parts(55_000_000, 0).saturating_mul(n.into()))
			.saturating_add(
				T::DbWeight::get()
					.reads_writes(2, 0)
					.saturating_mul(n.into()),
			)
	}
	fn end(n: u32, s: u32) -> Weight {
		Weight::from_parts(60_000_000, 0)
			.saturating_add(T::DbWeight::get().reads(3))
			.saturating_add(T::DbWeight::get().writes(2))
			.saturating_add(Weight::from_parts(30_000_000, 0).saturating_mul(n.into()))
			.saturating_add(
				T::DbWeight::get()
					.reads_writes(4, 4)
					.saturating_mul(n.into()),
			)
			.saturating_add(Weight::from_parts(10_000_000, 0).saturating_mul(s.into()))
			.saturating_add(
				T::DbWeight::get()
					.reads_writes(2, 2)
					.saturating_mul(s.into()),
			)
	}
	fn prune(w: u32) -> Weight {
		Weight::from_parts(200_000_000, 0)
			.saturating_add(T::DbWeight::get().reads(20))
			.saturating_add(T::DbWeight::get().writes(20))
			.saturating_add(Weight::from_parts(12_000_000, 0).saturating_mul(w.into()))
			.saturating_add(
				T::DbWeight::get()
					.reads_writes(1, 1)
					.saturating_mul(w.into()),
			)
	}
}

/// For tests.
impl WeightInfo for () {
	fn propose() -> Weight {
		Weight::from_parts(700_000_000, 0)
			.saturating_add(RocksDbWeight::get().reads(140))
			.saturating_add(RocksDbWeight::get().writes(8))
	}
	fn sign() -> Weight {
		Weight::from_parts(1_200_000_000, 0)
			.saturating_add(RocksDbWeight::get().reads(200))
			.saturating_add(RocksDbWeight::get().writes(140))
	}
	fn create() -> Weight {
		Weight::from_parts(2_200_000_000, 0)
			.saturating_add(RocksDbWeight::get().reads(220))
			.saturating_add(RocksDbWeight::get().writes(160))
	}
	fn cancel() -> Weight {
		Weight::from_parts(250_000_000, 0)
			.saturating_add(RocksDbWeight::get().reads(20))
			.saturating_add(RocksDbWeight::get().writes(18))
	}
	fn top_up() -> Weight {
		Weight::from_parts(60_000_000, 0)
			.saturating_add(RocksDbWeight::get().reads(5))
			.saturating_add(RocksDbWeight::get().writes(4))
	}
	fn give_notice() -> Weight {
		Weight::from_parts(30_000_000, 0)
			.saturating_add(RocksDbWeight::get().reads(3))
			.saturating_add(RocksDbWeight::get().writes(1))
	}
	fn consent_to_end() -> Weight {
		Weight::from_parts(700_000_000, 0)
			.saturating_add(RocksDbWeight::get().reads(140))
			.saturating_add(RocksDbWeight::get().writes(130))
	}
	fn close() -> Weight {
		Weight::from_parts(700_000_000, 0)
			.saturating_add(RocksDbWeight::get().reads(140))
			.saturating_add(RocksDbWeight::get().writes(130))
	}
	fn settle(n: u32, s: u32) -> Weight {
		Weight::from_parts(150_000_000, 0)
			.saturating_add(RocksDbWeight::get().reads(8))
			.saturating_add(RocksDbWeight::get().writes(4))
			.saturating_add(Weight::from_parts(60_000_000, 0).saturating_mul(n.into()))
			.saturating_add(
				RocksDbWeight::get()
					.reads_writes(5, 4)
					.saturating_mul(n.into()),
			)
			.saturating_add(Weight::from_parts(60_000_000, 0).saturating_mul(s.into()))
			.saturating_add(
				RocksDbWeight::get()
					.reads_writes(4, 4)
					.saturating_mul(s.into()),
			)
	}
	fn authorize_settle(n: u32) -> Weight {
		Weight::from_parts(60_000_000, 0)
			.saturating_add(RocksDbWeight::get().reads(4))
			.saturating_add(Weight::from_parts(55_000_000, 0).saturating_mul(n.into()))
			.saturating_add(
				RocksDbWeight::get()
					.reads_writes(2, 0)
					.saturating_mul(n.into()),
			)
	}
	fn end(n: u32, s: u32) -> Weight {
		Weight::from_parts(60_000_000, 0)
			.saturating_add(RocksDbWeight::get().reads(3))
			.saturating_add(RocksDbWeight::get().writes(2))
			.saturating_add(Weight::from_parts(30_000_000, 0).saturating_mul(n.into()))
			.saturating_add(
				RocksDbWeight::get()
					.reads_writes(4, 4)
					.saturating_mul(n.into()),
			)
			.saturating_add(Weight::from_parts(10_000_000, 0).saturating_mul(s.into()))
			.saturating_add(
				RocksDbWeight::get()
					.reads_writes(2, 2)
					.saturating_mul(s.into()),
			)
	}
	fn prune(w: u32) -> Weight {
		Weight::from_parts(200_000_000, 0)
			.saturating_add(RocksDbWeight::get().reads(20))
			.saturating_add(RocksDbWeight::get().writes(20))
			.saturating_add(Weight::from_parts(12_000_000, 0).saturating_mul(w.into()))
			.saturating_add(
				RocksDbWeight::get()
					.reads_writes(1, 1)
					.saturating_mul(w.into()),
			)
	}
}
