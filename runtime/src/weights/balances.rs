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

impl<T: frame_system::Config> pallet_balances::WeightInfo for SubstrateWeight<T> {
	fn transfer_allow_death() -> Weight {
		measured::transfer_allow_death(T::DbWeight::get())
	}
	fn transfer_keep_alive() -> Weight {
		measured::transfer_keep_alive(T::DbWeight::get())
	}
	fn force_set_balance_creating() -> Weight {
		measured::force_set_balance_creating(T::DbWeight::get())
	}
	fn force_set_balance_killing() -> Weight {
		measured::force_set_balance_killing(T::DbWeight::get())
	}
	fn force_transfer() -> Weight {
		measured::force_transfer(T::DbWeight::get())
	}
	fn transfer_all() -> Weight {
		measured::transfer_all(T::DbWeight::get())
	}
	fn force_unreserve() -> Weight {
		measured::force_unreserve(T::DbWeight::get())
	}
	fn upgrade_accounts(u: u32) -> Weight {
		measured::upgrade_accounts(T::DbWeight::get(), u)
	}
	fn force_adjust_total_issuance() -> Weight {
		measured::force_adjust_total_issuance(T::DbWeight::get())
	}
	fn burn_allow_death() -> Weight {
		measured::burn_allow_death(T::DbWeight::get())
	}
	fn burn_keep_alive() -> Weight {
		measured::burn_keep_alive(T::DbWeight::get())
	}
}

mod measured {
	use frame_support::weights::{RuntimeDbWeight, Weight};

	pub fn transfer_allow_death(db: RuntimeDbWeight) -> Weight {
		Weight::from_parts(153_739_000, 3_593)
			.saturating_add(db.reads_writes(1, 1))
	}
	pub fn transfer_keep_alive(db: RuntimeDbWeight) -> Weight {
		Weight::from_parts(124_332_000, 3_593)
			.saturating_add(db.reads_writes(1, 1))
	}
	pub fn force_set_balance_creating(db: RuntimeDbWeight) -> Weight {
		Weight::from_parts(93_371_000, 3_593)
			.saturating_add(db.reads_writes(1, 1))
	}
	pub fn force_set_balance_killing(db: RuntimeDbWeight) -> Weight {
		Weight::from_parts(97_250_000, 3_593)
			.saturating_add(db.reads_writes(1, 1))
	}
	pub fn force_transfer(db: RuntimeDbWeight) -> Weight {
		Weight::from_parts(168_119_000, 6_196)
			.saturating_add(db.reads_writes(2, 2))
	}
	pub fn transfer_all(db: RuntimeDbWeight) -> Weight {
		Weight::from_parts(145_806_000, 3_593)
			.saturating_add(db.reads_writes(1, 1))
	}
	pub fn force_unreserve(db: RuntimeDbWeight) -> Weight {
		Weight::from_parts(72_129_000, 3_593)
			.saturating_add(db.reads_writes(1, 1))
	}
	pub fn upgrade_accounts(db: RuntimeDbWeight, u: u32) -> Weight {
		Weight::from_parts(43_223_415, 990)
			.saturating_add(db.reads_writes(0, 0))
			.saturating_add(Weight::from_parts(27_725_585, 2_603).saturating_add(db.reads_writes(1, 1)).saturating_mul(u.into()))
	}
	pub fn force_adjust_total_issuance(db: RuntimeDbWeight) -> Weight {
		Weight::from_parts(56_033_000, 0)
			.saturating_add(db.reads_writes(0, 0))
	}
	pub fn burn_allow_death(db: RuntimeDbWeight) -> Weight {
		Weight::from_parts(117_259_000, 0)
			.saturating_add(db.reads_writes(0, 0))
	}
	pub fn burn_keep_alive(db: RuntimeDbWeight) -> Weight {
		Weight::from_parts(100_331_000, 0)
			.saturating_add(db.reads_writes(0, 0))
	}
}
