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
		Weight::from_parts(1_859_491_000, 271_778)
			.saturating_add(db.reads_writes(76, 4))
	}
	pub fn sign(db: RuntimeDbWeight) -> Weight {
		Weight::from_parts(5_758_435_000, 663_347)
			.saturating_add(db.reads_writes(220, 249))
	}
	pub fn create(db: RuntimeDbWeight) -> Weight {
		Weight::from_parts(11_442_393_000, 559_645)
			.saturating_add(db.reads_writes(189, 251))
	}
	pub fn cancel(db: RuntimeDbWeight) -> Weight {
		Weight::from_parts(718_771_000, 56_296)
			.saturating_add(db.reads_writes(16, 16))
	}
	pub fn top_up(db: RuntimeDbWeight) -> Weight {
		Weight::from_parts(298_595_000, 24_778)
			.saturating_add(db.reads_writes(4, 3))
	}
	pub fn give_notice(db: RuntimeDbWeight) -> Weight {
		Weight::from_parts(166_660_000, 17_545)
			.saturating_add(db.reads_writes(2, 1))
	}
	pub fn consent_to_end(db: RuntimeDbWeight) -> Weight {
		Weight::from_parts(163_745_000, 17_545)
			.saturating_add(db.reads_writes(2, 1))
	}
	pub fn close(db: RuntimeDbWeight) -> Weight {
		Weight::from_parts(8_364_157_000, 563_219)
			.saturating_add(db.reads_writes(186, 282))
	}
	pub fn settle(db: RuntimeDbWeight, m: u32, u: u32, w: u32) -> Weight {
		Weight::from_parts(211_482_624, 8_290)
			.saturating_add(db.reads_writes(1, 2))
			.saturating_add(Weight::from_parts(3_458_280, 0).saturating_mul(m.into()))
			.saturating_add(Weight::from_parts(4_717_091, 0).saturating_mul(u.into()))
			.saturating_add(Weight::from_parts(773_668, 0).saturating_mul(w.into()))
	}
	pub fn react(db: RuntimeDbWeight, e: u32) -> Weight {
		Weight::from_parts(58_316_928, 0)
			.saturating_add(db.reads_writes(0, 0))
			.saturating_add(Weight::from_parts(4_540_314, 0).saturating_mul(e.into()))
	}
	pub fn payout(db: RuntimeDbWeight, m: u32, u: u32, s: u32) -> Weight {
		Weight::from_parts(320_613_208, 20_515)
			.saturating_add(db.reads_writes(2, 1))
			.saturating_add(Weight::from_parts(89_612_522, 5_811).saturating_add(db.reads_writes(2, 1)).saturating_mul(m.into()))
			.saturating_add(Weight::from_parts(50_480_227, 5_253).saturating_add(db.reads_writes(2, 2)).saturating_mul(u.into()))
			.saturating_add(Weight::from_parts(83_660_953, 0).saturating_mul(s.into()))
	}
	pub fn authorize_settle(db: RuntimeDbWeight, n: u32, s: u32, w: u32) -> Weight {
		Weight::from_parts(192_602_283, 19_525)
			.saturating_add(db.reads_writes(2, 0))
			.saturating_add(Weight::from_parts(71_748_529, 3_208).saturating_add(db.reads_writes(1, 0)).saturating_mul(n.into()))
			.saturating_add(Weight::from_parts(14_577_630, 3_871).saturating_add(db.reads_writes(1, 0)).saturating_mul(s.into()))
			.saturating_add(Weight::from_parts(1_020_913, 0).saturating_mul(w.into()))
	}
	pub fn authorize_joint(db: RuntimeDbWeight, n: u32, s: u32, w: u32) -> Weight {
		Weight::from_parts(302_561_702, 22_064)
			.saturating_add(db.reads_writes(3, 0))
			.saturating_add(Weight::from_parts(7_415_209, 0).saturating_mul(n.into()))
			.saturating_add(Weight::from_parts(16_017_335, 3_871).saturating_add(db.reads_writes(1, 0)).saturating_mul(s.into()))
			.saturating_add(Weight::from_parts(988_647, 0).saturating_mul(w.into()))
	}
	pub fn drop_joint_keys(db: RuntimeDbWeight, a: u32) -> Weight {
		Weight::from_parts(2_285_696_072, 4_503)
			.saturating_add(db.reads_writes(1, 0))
			.saturating_add(Weight::from_parts(18_247_186, 5_062).saturating_add(db.reads_writes(2, 1)).saturating_mul(a.into()))
	}
	pub fn end(db: RuntimeDbWeight, n: u32, s: u32) -> Weight {
		Weight::from_parts(863_886_204, 71_187)
			.saturating_add(db.reads_writes(14, 14))
			.saturating_add(Weight::from_parts(144_447_994, 12_471).saturating_add(db.reads_writes(5, 7)).saturating_mul(n.into()))
			.saturating_add(Weight::from_parts(21_224_868, 3_879).saturating_add(db.reads_writes(1, 2)).saturating_mul(s.into()))
	}
	pub fn accept(db: RuntimeDbWeight) -> Weight {
		Weight::from_parts(161_559_000, 21_743)
			.saturating_add(db.reads_writes(3, 1))
	}
	pub fn withdraw_consent(db: RuntimeDbWeight) -> Weight {
		Weight::from_parts(164_007_000, 21_743)
			.saturating_add(db.reads_writes(3, 1))
	}
	pub fn resign(db: RuntimeDbWeight) -> Weight {
		Weight::from_parts(176_020_000, 21_743)
			.saturating_add(db.reads_writes(3, 1))
	}
	pub fn release(db: RuntimeDbWeight) -> Weight {
		Weight::from_parts(6_721_379_000, 296_495)
			.saturating_add(db.reads_writes(100, 55))
	}
	pub fn vacate(db: RuntimeDbWeight) -> Weight {
		Weight::from_parts(6_822_470_000, 311_815)
			.saturating_add(db.reads_writes(102, 55))
	}
	pub fn pay_retainers(db: RuntimeDbWeight) -> Weight {
		Weight::from_parts(3_685_256_000, 248_491)
			.saturating_add(db.reads_writes(82, 49))
	}
	pub fn replace_sensor(db: RuntimeDbWeight) -> Weight {
		Weight::from_parts(306_037_000, 26_277)
			.saturating_add(db.reads_writes(4, 5))
	}
	pub fn needed_of(db: RuntimeDbWeight, a: u32) -> Weight {
		Weight::from_parts(137_716_888, 4_906)
			.saturating_add(db.reads_writes(1, 0))
			.saturating_add(Weight::from_parts(38_058_102, 18_103).saturating_add(db.reads_writes(3, 0)).saturating_mul(a.into()))
	}
	pub fn forget(db: RuntimeDbWeight, r: u32) -> Weight {
		Weight::from_parts(1_581_633_590, 61_549)
			.saturating_add(db.reads_writes(18, 19))
			.saturating_add(Weight::from_parts(8_170_173, 0).saturating_add(db.reads_writes(0, 1)).saturating_mul(r.into()))
	}
}
