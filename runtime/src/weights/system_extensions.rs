//! The weights of the calls, measured by benchmarks of the worst case.
//!
//! Written by `scripts/weights.sh` on 2026-12-01, on Intel(R) Xeon(R) Processor, with 4 steps and 14
//! repetitions. Times are of a runtime in wasm and a host built for development, which is slower than a
//! release.
#![cfg_attr(rustfmt, rustfmt_skip)]

use core::marker::PhantomData;
use frame_support::{traits::Get, weights::Weight};

/// For a runtime.
pub struct SubstrateWeight<T>(PhantomData<T>);

impl<T: frame_system::Config> frame_system::ExtensionsWeightInfo for SubstrateWeight<T> {
	fn check_genesis() -> Weight {
		measured::check_genesis(T::DbWeight::get())
	}
	fn check_mortality_mortal_transaction() -> Weight {
		measured::check_mortality_mortal_transaction(T::DbWeight::get())
	}
	fn check_mortality_immortal_transaction() -> Weight {
		measured::check_mortality_immortal_transaction(T::DbWeight::get())
	}
	fn check_non_zero_sender() -> Weight {
		measured::check_non_zero_sender(T::DbWeight::get())
	}
	fn check_nonce() -> Weight {
		measured::check_nonce(T::DbWeight::get())
	}
	fn check_spec_version() -> Weight {
		measured::check_spec_version(T::DbWeight::get())
	}
	fn check_tx_version() -> Weight {
		measured::check_tx_version(T::DbWeight::get())
	}
	fn check_weight() -> Weight {
		measured::check_weight(T::DbWeight::get())
	}
	fn weight_reclaim() -> Weight {
		measured::weight_reclaim(T::DbWeight::get())
	}
}

mod measured {
	use frame_support::weights::{RuntimeDbWeight, Weight};

	pub fn check_genesis(db: RuntimeDbWeight) -> Weight {
		Weight::from_parts(12_994_000, 0)
			.saturating_add(db.reads_writes(0, 0))
	}
	pub fn check_mortality_mortal_transaction(db: RuntimeDbWeight) -> Weight {
		Weight::from_parts(20_201_000, 0)
			.saturating_add(db.reads_writes(0, 0))
	}
	pub fn check_mortality_immortal_transaction(db: RuntimeDbWeight) -> Weight {
		Weight::from_parts(21_267_000, 0)
			.saturating_add(db.reads_writes(0, 0))
	}
	pub fn check_non_zero_sender(db: RuntimeDbWeight) -> Weight {
		Weight::from_parts(8_772_000, 0)
			.saturating_add(db.reads_writes(0, 0))
	}
	pub fn check_nonce(db: RuntimeDbWeight) -> Weight {
		Weight::from_parts(34_744_000, 3_593)
			.saturating_add(db.reads_writes(1, 1))
	}
	pub fn check_spec_version(db: RuntimeDbWeight) -> Weight {
		Weight::from_parts(8_155_000, 0)
			.saturating_add(db.reads_writes(0, 0))
	}
	pub fn check_tx_version(db: RuntimeDbWeight) -> Weight {
		Weight::from_parts(7_737_000, 0)
			.saturating_add(db.reads_writes(0, 0))
	}
	pub fn check_weight(db: RuntimeDbWeight) -> Weight {
		Weight::from_parts(26_117_000, 0)
			.saturating_add(db.reads_writes(0, 0))
	}
	pub fn weight_reclaim(db: RuntimeDbWeight) -> Weight {
		Weight::from_parts(16_657_000, 0)
			.saturating_add(db.reads_writes(0, 0))
	}
}
