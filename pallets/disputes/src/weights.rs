//! The weights of the calls, measured by benchmarks of the worst case.
//!
//! Written by `scripts/weights.sh` on 2026-11-28, on AMD EPYC, with 3 steps and 4
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
	/// Of `complain`, `u` from 1 to 16.
	fn complain(u: u32) -> Weight;
	/// Of `authorize_complain`, `u` from 1 to 16.
	fn authorize_complain(u: u32) -> Weight;
	/// Of `file`.
	fn file() -> Weight;
	/// Of `authorize_file`.
	fn authorize_file() -> Weight;
	/// Of `show`, `m` from 1 to 1024.
	fn show(m: u32) -> Weight;
	/// Of `authorize_show`, `m` from 1 to 1024.
	fn authorize_show(m: u32) -> Weight;
	/// Of `judge`.
	fn judge() -> Weight;
	/// Of `authorize_judge`.
	fn authorize_judge() -> Weight;
	/// Of `reconcile`.
	fn reconcile() -> Weight;
	/// Of `accuse`.
	fn accuse() -> Weight;
	/// Of `authorize_accuse`.
	fn authorize_accuse() -> Weight;
	/// Of `lack`.
	fn lack() -> Weight;
	/// Of `authorize_lack`.
	fn authorize_lack() -> Weight;
	/// Of `challenge`.
	fn challenge() -> Weight;
	/// Of `authorize_challenge`.
	fn authorize_challenge() -> Weight;
	/// Of `open`.
	fn open() -> Weight;
	/// Of `authorize_open`.
	fn authorize_open() -> Weight;
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
	fn complain(u: u32) -> Weight {
		measured::complain(T::DbWeight::get(), u)
	}
	fn authorize_complain(u: u32) -> Weight {
		measured::authorize_complain(T::DbWeight::get(), u)
	}
	fn file() -> Weight {
		measured::file(T::DbWeight::get())
	}
	fn authorize_file() -> Weight {
		measured::authorize_file(T::DbWeight::get())
	}
	fn show(m: u32) -> Weight {
		measured::show(T::DbWeight::get(), m)
	}
	fn authorize_show(m: u32) -> Weight {
		measured::authorize_show(T::DbWeight::get(), m)
	}
	fn judge() -> Weight {
		measured::judge(T::DbWeight::get())
	}
	fn authorize_judge() -> Weight {
		measured::authorize_judge(T::DbWeight::get())
	}
	fn reconcile() -> Weight {
		measured::reconcile(T::DbWeight::get())
	}
	fn accuse() -> Weight {
		measured::accuse(T::DbWeight::get())
	}
	fn authorize_accuse() -> Weight {
		measured::authorize_accuse(T::DbWeight::get())
	}
	fn lack() -> Weight {
		measured::lack(T::DbWeight::get())
	}
	fn authorize_lack() -> Weight {
		measured::authorize_lack(T::DbWeight::get())
	}
	fn challenge() -> Weight {
		measured::challenge(T::DbWeight::get())
	}
	fn authorize_challenge() -> Weight {
		measured::authorize_challenge(T::DbWeight::get())
	}
	fn open() -> Weight {
		measured::open(T::DbWeight::get())
	}
	fn authorize_open() -> Weight {
		measured::authorize_open(T::DbWeight::get())
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
	fn complain(u: u32) -> Weight {
		measured::complain(ParityDbWeight::get(), u)
	}
	fn authorize_complain(u: u32) -> Weight {
		measured::authorize_complain(ParityDbWeight::get(), u)
	}
	fn file() -> Weight {
		measured::file(ParityDbWeight::get())
	}
	fn authorize_file() -> Weight {
		measured::authorize_file(ParityDbWeight::get())
	}
	fn show(m: u32) -> Weight {
		measured::show(ParityDbWeight::get(), m)
	}
	fn authorize_show(m: u32) -> Weight {
		measured::authorize_show(ParityDbWeight::get(), m)
	}
	fn judge() -> Weight {
		measured::judge(ParityDbWeight::get())
	}
	fn authorize_judge() -> Weight {
		measured::authorize_judge(ParityDbWeight::get())
	}
	fn reconcile() -> Weight {
		measured::reconcile(ParityDbWeight::get())
	}
	fn accuse() -> Weight {
		measured::accuse(ParityDbWeight::get())
	}
	fn authorize_accuse() -> Weight {
		measured::authorize_accuse(ParityDbWeight::get())
	}
	fn lack() -> Weight {
		measured::lack(ParityDbWeight::get())
	}
	fn authorize_lack() -> Weight {
		measured::authorize_lack(ParityDbWeight::get())
	}
	fn challenge() -> Weight {
		measured::challenge(ParityDbWeight::get())
	}
	fn authorize_challenge() -> Weight {
		measured::authorize_challenge(ParityDbWeight::get())
	}
	fn open() -> Weight {
		measured::open(ParityDbWeight::get())
	}
	fn authorize_open() -> Weight {
		measured::authorize_open(ParityDbWeight::get())
	}
}

mod measured {
	use frame_support::weights::{RuntimeDbWeight, Weight};

	// placeholder
	pub fn report(db: RuntimeDbWeight) -> Weight {
		Weight::from_parts(3_000_000_000, 200_000)
			.saturating_add(db.reads_writes(50, 20))
	}
	// placeholder
	pub fn authorize_report(db: RuntimeDbWeight) -> Weight {
		Weight::from_parts(3_500_000_000, 200_000)
			.saturating_add(db.reads_writes(50, 0))
	}
	// placeholder
	pub fn complain(db: RuntimeDbWeight, u: u32) -> Weight {
		Weight::from_parts(7_875_267_000, 192_354)
			.saturating_add(db.reads_writes(51, 18))
			.saturating_add(Weight::from_parts(60_000_000, 0).saturating_mul(u.into()))
	}
	// placeholder
	pub fn authorize_complain(db: RuntimeDbWeight, u: u32) -> Weight {
		Weight::from_parts(7_819_453_000, 156_057)
			.saturating_add(db.reads_writes(37, 0))
			.saturating_add(Weight::from_parts(500_000_000, 2_500).saturating_mul(u.into()))
			.saturating_add(db.reads(u.into()))
	}
	// placeholder
	pub fn file(db: RuntimeDbWeight) -> Weight {
		Weight::from_parts(421_020_000, 32_205)
			.saturating_add(db.reads_writes(6, 2))
	}
	// placeholder
	pub fn authorize_file(db: RuntimeDbWeight) -> Weight {
		Weight::from_parts(800_000_000, 33_847)
			.saturating_add(db.reads_writes(5, 0))
	}
	// placeholder
	pub fn show(db: RuntimeDbWeight, m: u32) -> Weight {
		Weight::from_parts(10_742_006_697, 243_530)
			.saturating_add(db.reads_writes(55, 19))
			.saturating_add(Weight::from_parts(99_325_830, 0).saturating_mul(m.into()))
	}
	// placeholder
	pub fn authorize_show(db: RuntimeDbWeight, m: u32) -> Weight {
		Weight::from_parts(1_734_147_302, 165_482)
			.saturating_add(db.reads_writes(39, 0))
			.saturating_add(Weight::from_parts(3_361_940, 0).saturating_mul(m.into()))
	}
	// placeholder
	pub fn judge(db: RuntimeDbWeight) -> Weight {
		Weight::from_parts(57_085_340_438, 726_705)
			.saturating_add(db.reads_writes(227, 292))
	}
	// placeholder
	pub fn authorize_judge(db: RuntimeDbWeight) -> Weight {
		Weight::from_parts(1_838_287_000, 151_947)
			.saturating_add(db.reads_writes(36, 0))
	}
	// placeholder
	pub fn reconcile(db: RuntimeDbWeight) -> Weight {
		Weight::from_parts(3_256_817_000, 245_454)
			.saturating_add(db.reads_writes(67, 34))
	}
	// placeholder
	pub fn accuse(db: RuntimeDbWeight) -> Weight {
		Weight::from_parts(261_310_000, 11_934)
			.saturating_add(db.reads_writes(3, 3))
	}
	// placeholder
	pub fn authorize_accuse(db: RuntimeDbWeight) -> Weight {
		Weight::from_parts(486_903_000, 15_443)
			.saturating_add(db.reads_writes(4, 0))
	}
	// placeholder
	pub fn lack(db: RuntimeDbWeight) -> Weight {
		Weight::from_parts(2_000_000_000, 150_000)
			.saturating_add(db.reads_writes(40, 18))
	}
	// placeholder
	pub fn authorize_lack(db: RuntimeDbWeight) -> Weight {
		Weight::from_parts(390_733_000, 33_847)
			.saturating_add(db.reads_writes(5, 0))
	}
	// placeholder
	pub fn challenge(db: RuntimeDbWeight) -> Weight {
		Weight::from_parts(421_020_000, 32_205)
			.saturating_add(db.reads_writes(6, 2))
	}
	// placeholder
	pub fn authorize_challenge(db: RuntimeDbWeight) -> Weight {
		Weight::from_parts(600_000_000, 33_847)
			.saturating_add(db.reads_writes(5, 0))
	}
	// placeholder
	pub fn open(db: RuntimeDbWeight) -> Weight {
		Weight::from_parts(2_000_000_000, 150_000)
			.saturating_add(db.reads_writes(40, 2))
	}
	// placeholder
	pub fn authorize_open(db: RuntimeDbWeight) -> Weight {
		Weight::from_parts(500_000_000, 33_847)
			.saturating_add(db.reads_writes(5, 0))
	}
}
