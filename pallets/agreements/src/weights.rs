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
	/// Of `propose`.
	fn propose() -> Weight;
	/// Of `sign`.
	fn sign() -> Weight;
	/// Of `create`.
	fn create() -> Weight;
	/// Of `cancel`.
	fn cancel() -> Weight;
	/// Of `top_up`.
	fn top_up() -> Weight;
	/// Of `give_notice`.
	fn give_notice() -> Weight;
	/// Of `consent_to_end`.
	fn consent_to_end() -> Weight;
	/// Of `close`.
	fn close() -> Weight;
	/// Of `settle`, `m` from 8 to 16, `u` from 4 to 8, `w` from 1 to 256.
	fn settle(m: u32, u: u32, w: u32) -> Weight;
	/// Of `react`, `e` from 0 to 2048.
	fn react(e: u32) -> Weight;
	/// Of `payout`, `m` from 8 to 16, `u` from 4 to 8, `s` from 0 to 8.
	fn payout(m: u32, u: u32, s: u32) -> Weight;
	/// Of `authorize_settle`, `n` from 2 to 16, `s` from 1 to 32, `w` from 1 to 64.
	fn authorize_settle(n: u32, s: u32, w: u32) -> Weight;
	/// Of `authorize_joint`, `n` from 2 to 16, `s` from 1 to 32, `w` from 1 to 64.
	fn authorize_joint(n: u32, s: u32, w: u32) -> Weight;
	/// Of `drop_joint_keys`, `a` from 0 to 2048.
	fn drop_joint_keys(a: u32) -> Weight;
	/// Of `end`, `n` from 2 to 32, `s` from 1 to 32.
	fn end(n: u32, s: u32) -> Weight;
	/// Of `accept`.
	fn accept() -> Weight;
	/// Of `withdraw_consent`.
	fn withdraw_consent() -> Weight;
	/// Of `resign`.
	fn resign() -> Weight;
	/// Of `release`.
	fn release() -> Weight;
	/// Of `vacate`.
	fn vacate() -> Weight;
	/// Of `pay_retainers`.
	fn pay_retainers() -> Weight;
	/// Of `replace_sensor`.
	fn replace_sensor() -> Weight;
	/// Of `needed_of`, `a` from 0 to 256.
	fn needed_of(a: u32) -> Weight;
	/// Of `forget`, `r` from 0 to 256.
	fn forget(r: u32) -> Weight;
}

/// For a runtime.
pub struct SubstrateWeight<T>(PhantomData<T>);

impl<T: frame_system::Config> WeightInfo for SubstrateWeight<T> {
	fn propose() -> Weight {
		measured::propose(T::DbWeight::get())
	}
	fn sign() -> Weight {
		measured::sign(T::DbWeight::get())
	}
	fn create() -> Weight {
		measured::create(T::DbWeight::get())
	}
	fn cancel() -> Weight {
		measured::cancel(T::DbWeight::get())
	}
	fn top_up() -> Weight {
		measured::top_up(T::DbWeight::get())
	}
	fn give_notice() -> Weight {
		measured::give_notice(T::DbWeight::get())
	}
	fn consent_to_end() -> Weight {
		measured::consent_to_end(T::DbWeight::get())
	}
	fn close() -> Weight {
		measured::close(T::DbWeight::get())
	}
	fn settle(m: u32, u: u32, w: u32) -> Weight {
		measured::settle(T::DbWeight::get(), m, u, w)
	}
	fn react(e: u32) -> Weight {
		measured::react(T::DbWeight::get(), e)
	}
	fn payout(m: u32, u: u32, s: u32) -> Weight {
		measured::payout(T::DbWeight::get(), m, u, s)
	}
	fn authorize_settle(n: u32, s: u32, w: u32) -> Weight {
		measured::authorize_settle(T::DbWeight::get(), n, s, w)
	}
	fn authorize_joint(n: u32, s: u32, w: u32) -> Weight {
		measured::authorize_joint(T::DbWeight::get(), n, s, w)
	}
	fn drop_joint_keys(a: u32) -> Weight {
		measured::drop_joint_keys(T::DbWeight::get(), a)
	}
	fn end(n: u32, s: u32) -> Weight {
		measured::end(T::DbWeight::get(), n, s)
	}
	fn accept() -> Weight {
		measured::accept(T::DbWeight::get())
	}
	fn withdraw_consent() -> Weight {
		measured::withdraw_consent(T::DbWeight::get())
	}
	fn resign() -> Weight {
		measured::resign(T::DbWeight::get())
	}
	fn release() -> Weight {
		measured::release(T::DbWeight::get())
	}
	fn vacate() -> Weight {
		measured::vacate(T::DbWeight::get())
	}
	fn pay_retainers() -> Weight {
		measured::pay_retainers(T::DbWeight::get())
	}
	fn replace_sensor() -> Weight {
		measured::replace_sensor(T::DbWeight::get())
	}
	fn needed_of(a: u32) -> Weight {
		measured::needed_of(T::DbWeight::get(), a)
	}
	fn forget(r: u32) -> Weight {
		measured::forget(T::DbWeight::get(), r)
	}
}

/// For tests.
impl WeightInfo for () {
	fn propose() -> Weight {
		measured::propose(ParityDbWeight::get())
	}
	fn sign() -> Weight {
		measured::sign(ParityDbWeight::get())
	}
	fn create() -> Weight {
		measured::create(ParityDbWeight::get())
	}
	fn cancel() -> Weight {
		measured::cancel(ParityDbWeight::get())
	}
	fn top_up() -> Weight {
		measured::top_up(ParityDbWeight::get())
	}
	fn give_notice() -> Weight {
		measured::give_notice(ParityDbWeight::get())
	}
	fn consent_to_end() -> Weight {
		measured::consent_to_end(ParityDbWeight::get())
	}
	fn close() -> Weight {
		measured::close(ParityDbWeight::get())
	}
	fn settle(m: u32, u: u32, w: u32) -> Weight {
		measured::settle(ParityDbWeight::get(), m, u, w)
	}
	fn react(e: u32) -> Weight {
		measured::react(ParityDbWeight::get(), e)
	}
	fn payout(m: u32, u: u32, s: u32) -> Weight {
		measured::payout(ParityDbWeight::get(), m, u, s)
	}
	fn authorize_settle(n: u32, s: u32, w: u32) -> Weight {
		measured::authorize_settle(ParityDbWeight::get(), n, s, w)
	}
	fn authorize_joint(n: u32, s: u32, w: u32) -> Weight {
		measured::authorize_joint(ParityDbWeight::get(), n, s, w)
	}
	fn drop_joint_keys(a: u32) -> Weight {
		measured::drop_joint_keys(ParityDbWeight::get(), a)
	}
	fn end(n: u32, s: u32) -> Weight {
		measured::end(ParityDbWeight::get(), n, s)
	}
	fn accept() -> Weight {
		measured::accept(ParityDbWeight::get())
	}
	fn withdraw_consent() -> Weight {
		measured::withdraw_consent(ParityDbWeight::get())
	}
	fn resign() -> Weight {
		measured::resign(ParityDbWeight::get())
	}
	fn release() -> Weight {
		measured::release(ParityDbWeight::get())
	}
	fn vacate() -> Weight {
		measured::vacate(ParityDbWeight::get())
	}
	fn pay_retainers() -> Weight {
		measured::pay_retainers(ParityDbWeight::get())
	}
	fn replace_sensor() -> Weight {
		measured::replace_sensor(ParityDbWeight::get())
	}
	fn needed_of(a: u32) -> Weight {
		measured::needed_of(ParityDbWeight::get(), a)
	}
	fn forget(r: u32) -> Weight {
		measured::forget(ParityDbWeight::get(), r)
	}
}

mod measured {
	use frame_support::weights::{RuntimeDbWeight, Weight};

	pub fn propose(db: RuntimeDbWeight) -> Weight {
		Weight::from_parts(1_668_900_000, 271_778)
			.saturating_add(db.reads_writes(76, 4))
	}
	pub fn sign(db: RuntimeDbWeight) -> Weight {
		Weight::from_parts(4_894_465_000, 663_347)
			.saturating_add(db.reads_writes(220, 249))
	}
	pub fn create(db: RuntimeDbWeight) -> Weight {
		Weight::from_parts(9_920_261_000, 559_645)
			.saturating_add(db.reads_writes(189, 251))
	}
	pub fn cancel(db: RuntimeDbWeight) -> Weight {
		Weight::from_parts(615_972_000, 56_296)
			.saturating_add(db.reads_writes(16, 16))
	}
	pub fn top_up(db: RuntimeDbWeight) -> Weight {
		Weight::from_parts(225_934_000, 24_778)
			.saturating_add(db.reads_writes(4, 3))
	}
	pub fn give_notice(db: RuntimeDbWeight) -> Weight {
		Weight::from_parts(105_958_000, 17_545)
			.saturating_add(db.reads_writes(2, 1))
	}
	pub fn consent_to_end(db: RuntimeDbWeight) -> Weight {
		Weight::from_parts(109_812_000, 17_545)
			.saturating_add(db.reads_writes(2, 1))
	}
	pub fn close(db: RuntimeDbWeight) -> Weight {
		Weight::from_parts(7_023_975_000, 563_219)
			.saturating_add(db.reads_writes(186, 282))
	}
	pub fn settle(db: RuntimeDbWeight, m: u32, u: u32, w: u32) -> Weight {
		Weight::from_parts(150_991_680, 8_290)
			.saturating_add(db.reads_writes(1, 2))
			.saturating_add(Weight::from_parts(1_327_300, 0).saturating_mul(m.into()))
			.saturating_add(Weight::from_parts(5_735_200, 0).saturating_mul(u.into()))
			.saturating_add(Weight::from_parts(717_720, 0).saturating_mul(w.into()))
	}
	pub fn react(db: RuntimeDbWeight, e: u32) -> Weight {
		Weight::from_parts(1_923_150, 0)
			.saturating_add(db.reads_writes(0, 0))
			.saturating_add(Weight::from_parts(4_203_425, 0).saturating_mul(e.into()))
	}
	pub fn payout(db: RuntimeDbWeight, m: u32, u: u32, s: u32) -> Weight {
		Weight::from_parts(56_038_143, 20_515)
			.saturating_add(db.reads_writes(2, 1))
			.saturating_add(Weight::from_parts(87_874_929, 5_811).saturating_add(db.reads_writes(2, 1)).saturating_mul(m.into()))
			.saturating_add(Weight::from_parts(63_008_143, 5_253).saturating_add(db.reads_writes(2, 2)).saturating_mul(u.into()))
			.saturating_add(Weight::from_parts(71_819_429, 0).saturating_mul(s.into()))
	}
	pub fn authorize_settle(db: RuntimeDbWeight, n: u32, s: u32, w: u32) -> Weight {
		Weight::from_parts(136_387_961, 19_525)
			.saturating_add(db.reads_writes(2, 0))
			.saturating_add(Weight::from_parts(66_724_043, 3_208).saturating_add(db.reads_writes(1, 0)).saturating_mul(n.into()))
			.saturating_add(Weight::from_parts(13_416_017, 3_871).saturating_add(db.reads_writes(1, 0)).saturating_mul(s.into()))
			.saturating_add(Weight::from_parts(748_766, 0).saturating_mul(w.into()))
	}
	pub fn authorize_joint(db: RuntimeDbWeight, n: u32, s: u32, w: u32) -> Weight {
		Weight::from_parts(187_848_009, 22_064)
			.saturating_add(db.reads_writes(3, 0))
			.saturating_add(Weight::from_parts(3_990_600, 0).saturating_mul(n.into()))
			.saturating_add(Weight::from_parts(13_885_723, 3_871).saturating_add(db.reads_writes(1, 0)).saturating_mul(s.into()))
			.saturating_add(Weight::from_parts(707_676, 0).saturating_mul(w.into()))
	}
	pub fn drop_joint_keys(db: RuntimeDbWeight, a: u32) -> Weight {
		Weight::from_parts(28_844_000, 3_821)
			.saturating_add(db.reads_writes(1, 0))
			.saturating_add(Weight::from_parts(14_007_628, 5_063).saturating_add(db.reads_writes(2, 1)).saturating_mul(a.into()))
	}
	pub fn end(db: RuntimeDbWeight, n: u32, s: u32) -> Weight {
		Weight::from_parts(227_247_144, 31_007)
			.saturating_add(db.reads_writes(4, 4))
			.saturating_add(Weight::from_parts(175_106_300, 15_820).saturating_add(db.reads_writes(6, 8)).saturating_mul(n.into()))
			.saturating_add(Weight::from_parts(18_497_258, 3_871).saturating_add(db.reads_writes(1, 2)).saturating_mul(s.into()))
	}
	pub fn accept(db: RuntimeDbWeight) -> Weight {
		Weight::from_parts(121_089_000, 21_743)
			.saturating_add(db.reads_writes(3, 1))
	}
	pub fn withdraw_consent(db: RuntimeDbWeight) -> Weight {
		Weight::from_parts(116_232_000, 21_743)
			.saturating_add(db.reads_writes(3, 1))
	}
	pub fn resign(db: RuntimeDbWeight) -> Weight {
		Weight::from_parts(122_720_000, 21_743)
			.saturating_add(db.reads_writes(3, 1))
	}
	pub fn release(db: RuntimeDbWeight) -> Weight {
		Weight::from_parts(5_276_619_000, 296_495)
			.saturating_add(db.reads_writes(100, 55))
	}
	pub fn vacate(db: RuntimeDbWeight) -> Weight {
		Weight::from_parts(5_322_244_000, 311_815)
			.saturating_add(db.reads_writes(102, 55))
	}
	pub fn pay_retainers(db: RuntimeDbWeight) -> Weight {
		Weight::from_parts(2_995_629_000, 248_491)
			.saturating_add(db.reads_writes(82, 49))
	}
	pub fn replace_sensor(db: RuntimeDbWeight) -> Weight {
		Weight::from_parts(207_146_000, 26_277)
			.saturating_add(db.reads_writes(4, 5))
	}
	pub fn needed_of(db: RuntimeDbWeight, a: u32) -> Weight {
		Weight::from_parts(34_338_056, 3_546)
			.saturating_add(db.reads_writes(1, 0))
			.saturating_add(Weight::from_parts(27_768_699, 18_119).saturating_add(db.reads_writes(3, 0)).saturating_mul(a.into()))
	}
	pub fn forget(db: RuntimeDbWeight, r: u32) -> Weight {
		Weight::from_parts(761_174_181, 61_549)
			.saturating_add(db.reads_writes(18, 19))
			.saturating_add(Weight::from_parts(3_220_363, 0).saturating_add(db.reads_writes(0, 1)).saturating_mul(r.into()))
	}
}
