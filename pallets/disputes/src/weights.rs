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
	/// Of `complain`.
	fn complain() -> Weight;
	/// Of `authorize_complain`.
	fn authorize_complain() -> Weight;
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
	/// Of `dismiss`.
	fn dismiss() -> Weight;
	/// Of `authorize_dismiss`.
	fn authorize_dismiss() -> Weight;
	/// Of `lack`.
	fn lack() -> Weight;
	/// Of `authorize_lack`.
	fn authorize_lack() -> Weight;
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
	fn complain() -> Weight {
		measured::complain(T::DbWeight::get())
	}
	fn authorize_complain() -> Weight {
		measured::authorize_complain(T::DbWeight::get())
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
	fn dismiss() -> Weight {
		measured::dismiss(T::DbWeight::get())
	}
	fn authorize_dismiss() -> Weight {
		measured::authorize_dismiss(T::DbWeight::get())
	}
	fn lack() -> Weight {
		measured::lack(T::DbWeight::get())
	}
	fn authorize_lack() -> Weight {
		measured::authorize_lack(T::DbWeight::get())
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
	fn complain() -> Weight {
		measured::complain(ParityDbWeight::get())
	}
	fn authorize_complain() -> Weight {
		measured::authorize_complain(ParityDbWeight::get())
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
	fn dismiss() -> Weight {
		measured::dismiss(ParityDbWeight::get())
	}
	fn authorize_dismiss() -> Weight {
		measured::authorize_dismiss(ParityDbWeight::get())
	}
	fn lack() -> Weight {
		measured::lack(ParityDbWeight::get())
	}
	fn authorize_lack() -> Weight {
		measured::authorize_lack(ParityDbWeight::get())
	}
}

mod measured {
	use frame_support::weights::{RuntimeDbWeight, Weight};

	pub fn report(db: RuntimeDbWeight) -> Weight {
		Weight::from_parts(1_032_370_750, 68_965)
			.saturating_add(db.reads_writes(14, 7))
			.saturating_add(Weight::from_parts(514_155_046, 7_567).saturating_add(db.reads_writes(2, 1)).saturating_mul(32))
	}
	pub fn authorize_report(db: RuntimeDbWeight) -> Weight {
		Weight::from_parts(1_736_017_333, 59_086)
			.saturating_add(db.reads_writes(12, 0))
			.saturating_add(Weight::from_parts(348_894_406, 5_407).saturating_add(db.reads_writes(2, 0)).saturating_mul(32))
	}
	pub fn complain(db: RuntimeDbWeight) -> Weight {
		Weight::from_parts(7_804_034_000, 192_354)
			.saturating_add(db.reads_writes(51, 18))
	}
	pub fn authorize_complain(db: RuntimeDbWeight) -> Weight {
		Weight::from_parts(7_818_951_000, 156_057)
			.saturating_add(db.reads_writes(37, 0))
	}
	pub fn file(db: RuntimeDbWeight) -> Weight {
		Weight::from_parts(610_335_000, 32_205)
			.saturating_add(db.reads_writes(4, 2))
	}
	pub fn authorize_file(db: RuntimeDbWeight) -> Weight {
		Weight::from_parts(664_816_000, 33_847)
			.saturating_add(db.reads_writes(5, 0))
	}
	pub fn show(db: RuntimeDbWeight, m: u32) -> Weight {
		Weight::from_parts(4_735_515_068, 243_530)
			.saturating_add(db.reads_writes(55, 3))
			.saturating_add(Weight::from_parts(134_581_361, 0).saturating_mul(m.into()))
	}
	pub fn authorize_show(db: RuntimeDbWeight, m: u32) -> Weight {
		Weight::from_parts(2_038_355_796, 165_482)
			.saturating_add(db.reads_writes(39, 0))
			.saturating_add(Weight::from_parts(4_005_539, 0).saturating_mul(m.into()))
	}
	pub fn judge(db: RuntimeDbWeight) -> Weight {
		Weight::from_parts(50_448_397_000, 609_066)
			.saturating_add(db.reads_writes(188, 269))
	}
	pub fn authorize_judge(db: RuntimeDbWeight) -> Weight {
		Weight::from_parts(1_933_886_000, 151_947)
			.saturating_add(db.reads_writes(36, 0))
	}
	pub fn reconcile(db: RuntimeDbWeight) -> Weight {
		Weight::from_parts(5_501_165_000, 245_454)
			.saturating_add(db.reads_writes(67, 34))
	}
	pub fn accuse(db: RuntimeDbWeight) -> Weight {
		Weight::from_parts(295_684_000, 11_934)
			.saturating_add(db.reads_writes(3, 3))
	}
	pub fn authorize_accuse(db: RuntimeDbWeight) -> Weight {
		Weight::from_parts(734_878_000, 15_443)
			.saturating_add(db.reads_writes(4, 0))
	}
	pub fn dismiss(db: RuntimeDbWeight) -> Weight {
		Weight::from_parts(48_217_234_000, 609_066)
			.saturating_add(db.reads_writes(188, 269))
	}
	pub fn authorize_dismiss(db: RuntimeDbWeight) -> Weight {
		Weight::from_parts(4_413_636_000, 207_774)
			.saturating_add(db.reads_writes(53, 0))
	}
	pub fn lack(db: RuntimeDbWeight) -> Weight {
		Weight::from_parts(391_434_000, 32_205)
			.saturating_add(db.reads_writes(4, 1))
	}
	pub fn authorize_lack(db: RuntimeDbWeight) -> Weight {
		Weight::from_parts(426_770_000, 33_847)
			.saturating_add(db.reads_writes(5, 0))
	}
}
