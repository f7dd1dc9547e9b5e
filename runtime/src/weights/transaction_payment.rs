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

impl<T: frame_system::Config> pallet_transaction_payment::WeightInfo for SubstrateWeight<T> {
	fn charge_transaction_payment() -> Weight {
		measured::charge_transaction_payment(T::DbWeight::get())
	}
}

mod measured {
	use frame_support::weights::{RuntimeDbWeight, Weight};

	pub fn charge_transaction_payment(db: RuntimeDbWeight) -> Weight {
		Weight::from_parts(137_903_000, 3_593)
			.saturating_add(db.reads_writes(1, 1))
	}
}
