//! The weights of the calls, measured by benchmarks of the worst case.
//!
//! Written by `scripts/weights.sh` on 2026-11-30, on AMD EPYC, with 4 steps and 4
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
		Weight::from_parts(4_376_050_000, 206_293)
			.saturating_add(db.reads_writes(51, 18))
	}
	pub fn authorize_report(db: RuntimeDbWeight) -> Weight {
		Weight::from_parts(1_890_479_000, 173_204)
			.saturating_add(db.reads_writes(38, 0))
	}
	pub fn complain(db: RuntimeDbWeight, _u: u32) -> Weight {
		Weight::from_parts(6_627_712_850, 206_293)
			.saturating_add(db.reads_writes(51, 18))
	}
	pub fn authorize_complain(db: RuntimeDbWeight, u: u32) -> Weight {
		Weight::from_parts(5_518_078_670, 166_788)
			.saturating_add(db.reads_writes(36, 0))
			.saturating_add(Weight::from_parts(274_982_480, 3_208).saturating_add(db.reads_writes(1, 0)).saturating_mul(u.into()))
	}
	pub fn file(db: RuntimeDbWeight) -> Weight {
		Weight::from_parts(302_655_000, 115_857)
			.saturating_add(db.reads_writes(19, 17))
	}
	pub fn authorize_file(db: RuntimeDbWeight) -> Weight {
		Weight::from_parts(605_581_000, 45_134)
			.saturating_add(db.reads_writes(5, 0))
	}
	pub fn show(db: RuntimeDbWeight, m: u32) -> Weight {
		Weight::from_parts(2_386_622_761, 253_908)
			.saturating_add(db.reads_writes(54, 18))
			.saturating_add(Weight::from_parts(105_725_738, 0).saturating_mul(m.into()))
	}
	pub fn authorize_show(db: RuntimeDbWeight, m: u32) -> Weight {
		Weight::from_parts(1_026_536_914, 175_826)
			.saturating_add(db.reads_writes(38, 0))
			.saturating_add(Weight::from_parts(4_457_685, 0).saturating_mul(m.into()))
	}
	pub fn judge(db: RuntimeDbWeight) -> Weight {
		Weight::from_parts(41_146_069_000, 731_746)
			.saturating_add(db.reads_writes(230, 311))
	}
	pub fn judge_with_ruling(db: RuntimeDbWeight) -> Weight {
		Weight::from_parts(47_388_000_000, 904_734)
			.saturating_add(db.reads_writes(282, 346))
	}
	pub fn authorize_judge(db: RuntimeDbWeight) -> Weight {
		Weight::from_parts(673_127_000, 162_289)
			.saturating_add(db.reads_writes(35, 0))
	}
	pub fn reconcile(db: RuntimeDbWeight) -> Weight {
		Weight::from_parts(18_562_436_000, 699_946)
			.saturating_add(db.reads_writes(218, 299))
	}
	pub fn accuse(db: RuntimeDbWeight) -> Weight {
		Weight::from_parts(252_662_000, 12_094)
			.saturating_add(db.reads_writes(3, 3))
	}
	pub fn authorize_accuse(db: RuntimeDbWeight) -> Weight {
		Weight::from_parts(366_284_000, 15_603)
			.saturating_add(db.reads_writes(4, 0))
	}
	pub fn lack(db: RuntimeDbWeight) -> Weight {
		Weight::from_parts(1_141_031_000, 240_719)
			.saturating_add(db.reads_writes(51, 17))
	}
	pub fn authorize_lack(db: RuntimeDbWeight) -> Weight {
		Weight::from_parts(233_756_000, 45_134)
			.saturating_add(db.reads_writes(5, 0))
	}
	pub fn challenge(db: RuntimeDbWeight) -> Weight {
		Weight::from_parts(335_356_000, 37_427)
			.saturating_add(db.reads_writes(3, 1))
	}
	pub fn authorize_challenge(db: RuntimeDbWeight) -> Weight {
		Weight::from_parts(375_891_000, 45_134)
			.saturating_add(db.reads_writes(5, 0))
	}
	pub fn open(db: RuntimeDbWeight) -> Weight {
		Weight::from_parts(2_018_929_000, 162_289)
			.saturating_add(db.reads_writes(35, 1))
	}
	pub fn authorize_open(db: RuntimeDbWeight) -> Weight {
		Weight::from_parts(469_888_000, 37_427)
			.saturating_add(db.reads_writes(3, 0))
	}
}
