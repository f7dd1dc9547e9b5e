//! The weights of the calls, measured by benchmarks of the worst case.
//!
//! Written by `scripts/weights.sh` on 2026-11-21, on AMD EPYC, with 8 steps and 8
//! repetitions. Times are of a runtime in wasm and a host built for development, which is slower than a
//! release.
#![cfg_attr(rustfmt, rustfmt_skip)]

use core::marker::PhantomData;
use frame_support::{
	traits::Get,
	weights::{constants::ParityDbWeight, Weight},
};

/// What the calls weigh, and the parts of them that are measured by themselves.
pub trait WeightInfo {
	/// Of `report`.
	fn report() -> Weight;
	/// Of `authorize_report`.
	fn authorize_report() -> Weight;
	/// Of `expire`.
	fn expire() -> Weight;
}

/// For a runtime.
pub struct SubstrateWeight<T>(PhantomData<T>);

impl<T: frame_system::Config> WeightInfo for SubstrateWeight<T> {
	fn report() -> Weight {
		measured::report(T::DbWeight::get())
	}
	fn authorize_report() -> Weight {
		measured::authorize_report(T::DbWeight::get())
	}
	fn expire() -> Weight {
		measured::expire(T::DbWeight::get())
	}
}

/// For tests.
impl WeightInfo for () {
	fn report() -> Weight {
		measured::report(ParityDbWeight::get())
	}
	fn authorize_report() -> Weight {
		measured::authorize_report(ParityDbWeight::get())
	}
	fn expire() -> Weight {
		measured::expire(ParityDbWeight::get())
	}
}

mod measured {
	use frame_support::weights::{RuntimeDbWeight, Weight};

	pub fn report(db: RuntimeDbWeight) -> Weight {
		Weight::from_parts(4_286_182_000, 242_203)
			.saturating_add(db.reads_writes(74, 122))
	}
	pub fn authorize_report(db: RuntimeDbWeight) -> Weight {
		Weight::from_parts(209_672_000, 28_562)
			.saturating_add(db.reads_writes(7, 0))
	}
	pub fn expire(db: RuntimeDbWeight) -> Weight {
		Weight::from_parts(823_596_000, 59_451)
			.saturating_add(db.reads_writes(19, 18))
	}
}
