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
	/// Of `authorize_settle`, `n` from 2 to 16, `s` from 1 to 32, `w` from 1 to 256.
	fn authorize_settle(n: u32, s: u32, w: u32) -> Weight;
	/// Of `authorize_joint`, `n` from 2 to 16, `s` from 1 to 32, `w` from 1 to 256.
	fn authorize_joint(n: u32, s: u32, w: u32) -> Weight;
	/// Of `drop_joint_keys`, `a` from 0 to 4096.
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
		Weight::from_parts(3_541_061_000, 271_742)
			.saturating_add(db.reads_writes(76, 4))
	}
	pub fn sign(db: RuntimeDbWeight) -> Weight {
		Weight::from_parts(6_441_416_000, 663_311)
			.saturating_add(db.reads_writes(220, 249))
	}
	pub fn create(db: RuntimeDbWeight) -> Weight {
		Weight::from_parts(19_886_047_000, 559_609)
			.saturating_add(db.reads_writes(189, 251))
	}
	pub fn cancel(db: RuntimeDbWeight) -> Weight {
		Weight::from_parts(1_234_084_000, 56_260)
			.saturating_add(db.reads_writes(16, 15))
	}
	pub fn top_up(db: RuntimeDbWeight) -> Weight {
		Weight::from_parts(341_527_000, 24_742)
			.saturating_add(db.reads_writes(4, 3))
	}
	pub fn give_notice(db: RuntimeDbWeight) -> Weight {
		Weight::from_parts(153_527_000, 17_509)
			.saturating_add(db.reads_writes(2, 1))
	}
	pub fn consent_to_end(db: RuntimeDbWeight) -> Weight {
		Weight::from_parts(138_078_000, 17_509)
			.saturating_add(db.reads_writes(2, 1))
	}
	pub fn close(db: RuntimeDbWeight) -> Weight {
		Weight::from_parts(19_038_815_000, 563_183)
			.saturating_add(db.reads_writes(186, 281))
	}
	pub fn settle(db: RuntimeDbWeight, _m: u32, u: u32, w: u32) -> Weight {
		Weight::from_parts(223_347_000, 17_509)
			.saturating_add(db.reads_writes(2, 2))
			.saturating_add(Weight::from_parts(42_549_085, 0).saturating_mul(u.into()))
			.saturating_add(Weight::from_parts(2_545_959, 0).saturating_mul(w.into()))
	}
	pub fn react(db: RuntimeDbWeight, e: u32) -> Weight {
		Weight::from_parts(1_823_000, 0)
			.saturating_add(db.reads_writes(0, 0))
			.saturating_add(Weight::from_parts(9_536_185, 0).saturating_mul(e.into()))
	}
	pub fn payout(db: RuntimeDbWeight, m: u32, u: u32, s: u32) -> Weight {
		Weight::from_parts(968_266_341, 20_479)
			.saturating_add(db.reads_writes(2, 1))
			.saturating_add(Weight::from_parts(149_932_397, 5_811).saturating_add(db.reads_writes(2, 1)).saturating_mul(m.into()))
			.saturating_add(Weight::from_parts(0, 5_253).saturating_add(db.reads_writes(2, 2)).saturating_mul(u.into()))
			.saturating_add(Weight::from_parts(288_629_351, 0).saturating_mul(s.into()))
	}
	pub fn authorize_settle(db: RuntimeDbWeight, n: u32, s: u32, w: u32) -> Weight {
		Weight::from_parts(2_449_803_000, 22_998)
			.saturating_add(db.reads_writes(3, 0))
			.saturating_add(Weight::from_parts(34_510_809, 3_208).saturating_add(db.reads_writes(1, 0)).saturating_mul(n.into()))
			.saturating_add(Weight::from_parts(3_725_712, 3_871).saturating_add(db.reads_writes(1, 0)).saturating_mul(s.into()))
			.saturating_add(Weight::from_parts(14_552_943, 0).saturating_mul(w.into()))
	}
	pub fn authorize_joint(db: RuntimeDbWeight, n: u32, s: u32, w: u32) -> Weight {
		Weight::from_parts(2_560_000_000, 25_525)
			.saturating_add(db.reads_writes(4, 0))
			.saturating_add(Weight::from_parts(4_000_000, 0).saturating_mul(n.into()))
			.saturating_add(Weight::from_parts(0, 3_871).saturating_add(db.reads_writes(1, 0)).saturating_mul(s.into()))
			.saturating_add(Weight::from_parts(10_952_895, 0).saturating_mul(w.into()))
	}
	pub fn drop_joint_keys(db: RuntimeDbWeight, a: u32) -> Weight {
		Weight::from_parts(20_000_000, 1_493)
			.saturating_add(db.reads_writes(1, 0))
			.saturating_add(Weight::from_parts(6_000_000, 2_527).saturating_add(db.reads_writes(1, 1)).saturating_mul(a.into()))
	}
	pub fn end(db: RuntimeDbWeight, n: u32, s: u32) -> Weight {
		Weight::from_parts(3_568_000_561, 47_742)
			.saturating_add(db.reads_writes(11, 10))
			.saturating_add(Weight::from_parts(173_370_171, 12_186).saturating_add(db.reads_writes(4, 6)).saturating_mul(n.into()))
			.saturating_add(Weight::from_parts(0, 4_076).saturating_add(db.reads_writes(1, 2)).saturating_mul(s.into()))
	}
	pub fn accept(db: RuntimeDbWeight) -> Weight {
		Weight::from_parts(96_900_000, 21_707)
			.saturating_add(db.reads_writes(3, 1))
	}
	pub fn withdraw_consent(db: RuntimeDbWeight) -> Weight {
		Weight::from_parts(87_893_000, 21_707)
			.saturating_add(db.reads_writes(3, 1))
	}
	pub fn resign(db: RuntimeDbWeight) -> Weight {
		Weight::from_parts(156_703_000, 21_707)
			.saturating_add(db.reads_writes(3, 1))
	}
	pub fn release(db: RuntimeDbWeight) -> Weight {
		Weight::from_parts(11_846_677_000, 296_459)
			.saturating_add(db.reads_writes(100, 54))
	}
	pub fn vacate(db: RuntimeDbWeight) -> Weight {
		Weight::from_parts(13_924_326_000, 311_266)
			.saturating_add(db.reads_writes(102, 54))
	}
	pub fn pay_retainers(db: RuntimeDbWeight) -> Weight {
		Weight::from_parts(8_023_780_000, 248_455)
			.saturating_add(db.reads_writes(82, 49))
	}
	pub fn replace_sensor(db: RuntimeDbWeight) -> Weight {
		Weight::from_parts(410_346_000, 26_241)
			.saturating_add(db.reads_writes(4, 5))
	}
	pub fn needed_of(db: RuntimeDbWeight, a: u32) -> Weight {
		Weight::from_parts(43_592_000, 4_118)
			.saturating_add(db.reads_writes(1, 0))
			.saturating_add(Weight::from_parts(59_839_437, 18_067).saturating_add(db.reads_writes(3, 0)).saturating_mul(a.into()))
	}
	pub fn forget(db: RuntimeDbWeight, r: u32) -> Weight {
		Weight::from_parts(1_401_857_941, 61_513)
			.saturating_add(db.reads_writes(18, 18))
			.saturating_add(Weight::from_parts(2_615_415, 0).saturating_add(db.reads_writes(0, 1)).saturating_mul(r.into()))
	}
}
