//! The weights of the pallet's calls.
//!
//! Estimates, until `scripts/weights.sh` has measured them.

use core::marker::PhantomData;
use frame_support::{
	traits::Get,
	weights::{constants::ParityDbWeight, Weight},
};

/// What the calls of the pallet weigh.
pub trait WeightInfo {
	/// Opening a dispute between two authors that exhausts the agreement.
	fn report() -> Weight;
	/// Checking the evidence of two authors.
	fn authorize_report() -> Weight;
	/// Forgetting a dispute.
	fn expire() -> Weight;
}

/// For a runtime.
pub struct SubstrateWeight<T>(PhantomData<T>);

impl<T: frame_system::Config> WeightInfo for SubstrateWeight<T> {
	fn report() -> Weight {
		estimated::report(T::DbWeight::get())
	}
	fn authorize_report() -> Weight {
		estimated::authorize_report(T::DbWeight::get())
	}
	fn expire() -> Weight {
		estimated::expire(T::DbWeight::get())
	}
}

/// For tests.
impl WeightInfo for () {
	fn report() -> Weight {
		estimated::report(ParityDbWeight::get())
	}
	fn authorize_report() -> Weight {
		estimated::authorize_report(ParityDbWeight::get())
	}
	fn expire() -> Weight {
		estimated::expire(ParityDbWeight::get())
	}
}

mod estimated {
	use frame_support::weights::{RuntimeDbWeight, Weight};

	pub fn report(db: RuntimeDbWeight) -> Weight {
		Weight::from_parts(1_000_000_000, 0).saturating_add(db.reads_writes(150, 140))
	}

	pub fn authorize_report(db: RuntimeDbWeight) -> Weight {
		Weight::from_parts(150_000_000, 0).saturating_add(db.reads(8))
	}

	pub fn expire(db: RuntimeDbWeight) -> Weight {
		Weight::from_parts(200_000_000, 0).saturating_add(db.reads_writes(12, 10))
	}
}
