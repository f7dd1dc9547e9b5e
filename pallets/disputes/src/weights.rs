//! The weights of the calls, measured by benchmarks of the worst case.
//!
//! Written by `scripts/weights.sh` on 2026-12-01, on Intel(R) Xeon(R) Processor, with 4 steps and 14
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
	/// Of `judge_with_ruling`.
	fn judge_with_ruling() -> Weight;
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
	fn judge_with_ruling() -> Weight {
		measured::judge_with_ruling(T::DbWeight::get())
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
	fn judge_with_ruling() -> Weight {
		measured::judge_with_ruling(ParityDbWeight::get())
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

	pub fn report(db: RuntimeDbWeight) -> Weight {
		Weight::from_parts(2_146_682_000, 212_166)
			.saturating_add(db.reads_writes(51, 18))
	}
	pub fn authorize_report(db: RuntimeDbWeight) -> Weight {
		Weight::from_parts(1_475_856_000, 179_077)
			.saturating_add(db.reads_writes(38, 0))
	}
	pub fn complain(db: RuntimeDbWeight, _u: u32) -> Weight {
		Weight::from_parts(3_410_735_000, 212_166)
			.saturating_add(db.reads_writes(51, 18))
	}
	pub fn authorize_complain(db: RuntimeDbWeight, u: u32) -> Weight {
		Weight::from_parts(4_036_446_200, 172_661)
			.saturating_add(db.reads_writes(36, 0))
			.saturating_add(Weight::from_parts(238_608_300, 3_208).saturating_add(db.reads_writes(1, 0)).saturating_mul(u.into()))
	}
	pub fn file(db: RuntimeDbWeight) -> Weight {
		Weight::from_parts(300_730_000, 121_730)
			.saturating_add(db.reads_writes(19, 17))
	}
	pub fn authorize_file(db: RuntimeDbWeight) -> Weight {
		Weight::from_parts(416_420_000, 51_007)
			.saturating_add(db.reads_writes(5, 0))
	}
	pub fn show(db: RuntimeDbWeight, m: u32) -> Weight {
		Weight::from_parts(1_792_172_864, 259_781)
			.saturating_add(db.reads_writes(54, 18))
			.saturating_add(Weight::from_parts(77_490_208, 0).saturating_mul(m.into()))
	}
	pub fn authorize_show(db: RuntimeDbWeight, m: u32) -> Weight {
		Weight::from_parts(1_080_817_912, 181_699)
			.saturating_add(db.reads_writes(38, 0))
			.saturating_add(Weight::from_parts(3_349_088, 0).saturating_mul(m.into()))
	}
	pub fn judge(db: RuntimeDbWeight) -> Weight {
		Weight::from_parts(19_053_111_000, 737_619)
			.saturating_add(db.reads_writes(230, 312))
	}
	pub fn judge_with_ruling(db: RuntimeDbWeight) -> Weight {
		Weight::from_parts(20_942_731_000, 740_114)
			.saturating_add(db.reads_writes(231, 313))
	}
	pub fn authorize_judge(db: RuntimeDbWeight) -> Weight {
		Weight::from_parts(578_904_000, 168_162)
			.saturating_add(db.reads_writes(35, 0))
	}
	pub fn reconcile(db: RuntimeDbWeight) -> Weight {
		Weight::from_parts(9_156_021_000, 705_819)
			.saturating_add(db.reads_writes(218, 300))
	}
	pub fn accuse(db: RuntimeDbWeight) -> Weight {
		Weight::from_parts(199_237_000, 12_094)
			.saturating_add(db.reads_writes(3, 3))
	}
	pub fn authorize_accuse(db: RuntimeDbWeight) -> Weight {
		Weight::from_parts(327_948_000, 15_603)
			.saturating_add(db.reads_writes(4, 0))
	}
	pub fn lack(db: RuntimeDbWeight) -> Weight {
		Weight::from_parts(994_005_000, 246_592)
			.saturating_add(db.reads_writes(51, 17))
	}
	pub fn authorize_lack(db: RuntimeDbWeight) -> Weight {
		Weight::from_parts(269_355_000, 51_007)
			.saturating_add(db.reads_writes(5, 0))
	}
	pub fn challenge(db: RuntimeDbWeight) -> Weight {
		Weight::from_parts(239_544_000, 43_300)
			.saturating_add(db.reads_writes(3, 1))
	}
	pub fn authorize_challenge(db: RuntimeDbWeight) -> Weight {
		Weight::from_parts(280_076_000, 51_007)
			.saturating_add(db.reads_writes(5, 0))
	}
	pub fn open(db: RuntimeDbWeight) -> Weight {
		Weight::from_parts(1_170_058_000, 168_162)
			.saturating_add(db.reads_writes(35, 1))
	}
	pub fn authorize_open(db: RuntimeDbWeight) -> Weight {
		Weight::from_parts(284_692_000, 43_300)
			.saturating_add(db.reads_writes(3, 0))
	}
}
