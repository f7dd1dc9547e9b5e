//! The weights of the calls, measured by benchmarks of the worst case.
//!
//! Written by `scripts/weights.sh` on 2026-11-28, on AMD EPYC, with 6 steps and 6
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
	/// Of `authorize_settle`, `n` from 2 to 16, `s` from 1 to 32, `w` from 1 to 256.
	fn authorize_settle(n: u32, s: u32, w: u32) -> Weight;
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
	/// Of `payout`, `m` from 8 to 16, `u` from 4 to 8, `s` from 0 to 8.
	fn payout(m: u32, u: u32, s: u32) -> Weight;
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
	fn authorize_settle(n: u32, s: u32, w: u32) -> Weight {
		measured::authorize_settle(T::DbWeight::get(), n, s, w)
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
	fn payout(m: u32, u: u32, s: u32) -> Weight {
		measured::payout(T::DbWeight::get(), m, u, s)
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
	fn authorize_settle(n: u32, s: u32, w: u32) -> Weight {
		measured::authorize_settle(ParityDbWeight::get(), n, s, w)
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
	fn payout(m: u32, u: u32, s: u32) -> Weight {
		measured::payout(ParityDbWeight::get(), m, u, s)
	}
	fn forget(r: u32) -> Weight {
		measured::forget(ParityDbWeight::get(), r)
	}
}

mod measured {
	use frame_support::weights::{RuntimeDbWeight, Weight};

	pub fn propose(db: RuntimeDbWeight) -> Weight {
		Weight::from_parts(4_304_371_000, 264_465)
			.saturating_add(db.reads_writes(76, 4))
	}
	// To be measured anew, with the deposits for results: until then a top-up of each user stands for them.
	pub fn sign(db: RuntimeDbWeight) -> Weight {
		Weight::from_parts(11_368_868_000, 619_249)
			.saturating_add(db.reads_writes(206, 235))
			.saturating_add(top_up(db).saturating_mul(8))
	}
	// To be measured anew, as `sign`.
	pub fn create(db: RuntimeDbWeight) -> Weight {
		Weight::from_parts(19_945_681_000, 552_332)
			.saturating_add(db.reads_writes(189, 251))
			.saturating_add(top_up(db).saturating_mul(8))
	}
	pub fn cancel(db: RuntimeDbWeight) -> Weight {
		Weight::from_parts(1_734_592_000, 54_057)
			.saturating_add(db.reads_writes(16, 15))
	}
	pub fn top_up(db: RuntimeDbWeight) -> Weight {
		Weight::from_parts(521_909_000, 22_539)
			.saturating_add(db.reads_writes(4, 3))
	}
	pub fn give_notice(db: RuntimeDbWeight) -> Weight {
		Weight::from_parts(204_874_000, 15_306)
			.saturating_add(db.reads_writes(2, 1))
	}
	// placeholder
	pub fn consent_to_end(db: RuntimeDbWeight) -> Weight {
		Weight::from_parts(204_874_000, 15_306)
			.saturating_add(db.reads_writes(2, 1))
	}
	// To be measured anew, with a payout: until then that is added.
	pub fn close(db: RuntimeDbWeight) -> Weight {
		Weight::from_parts(15_357_658_000, 475_199)
			.saturating_add(db.reads_writes(155, 250))
			.saturating_add(payout(db, 16, 8, 8))
	}
	// placeholder
	pub fn settle(db: RuntimeDbWeight, m: u32, u: u32, w: u32) -> Weight {
		Weight::from_parts(490_749_125, 40_516)
			.saturating_add(db.reads_writes(7, 6))
			.saturating_add(Weight::from_parts(55_252_000, 2_211).saturating_add(db.reads_writes(1, 1)).saturating_mul(m.into()))
			.saturating_add(Weight::from_parts(10_000_000, 0).saturating_mul(u.into()))
			.saturating_add(Weight::from_parts(15_000_000, 0).saturating_mul(w.into()))
	}
	// placeholder
	pub fn react(_db: RuntimeDbWeight, e: u32) -> Weight {
		Weight::from_parts(5_000_000, 0)
			.saturating_add(Weight::from_parts(40_000_000, 0).saturating_mul(e.into()))
	}
	// placeholder
	pub fn authorize_settle(db: RuntimeDbWeight, n: u32, s: u32, w: u32) -> Weight {
		Weight::from_parts(950_963_000, 20_795)
			.saturating_add(db.reads_writes(3, 0))
			.saturating_add(Weight::from_parts(92_886_952, 3_208).saturating_add(db.reads_writes(1, 0)).saturating_mul(n.into()))
			.saturating_add(Weight::from_parts(11_048_132, 3_711).saturating_add(db.reads_writes(1, 0)).saturating_mul(s.into()))
			.saturating_add(Weight::from_parts(20_000_000, 0).saturating_mul(w.into()))
	}
	// placeholder, to be measured with the roots of the rounds. A payout comes on top of it.
	pub fn end(db: RuntimeDbWeight, n: u32, s: u32) -> Weight {
		Weight::from_parts(1_919_935_420, 57_546)
			.saturating_add(db.reads_writes(15, 14))
			.saturating_add(Weight::from_parts(325_014_942, 9_281).saturating_add(db.reads_writes(3, 5)).saturating_mul(n.into()))
			.saturating_add(Weight::from_parts(43_000_781, 3_920).saturating_add(db.reads_writes(1, 2)).saturating_mul(s.into()))
	}
	pub fn accept(db: RuntimeDbWeight) -> Weight {
		Weight::from_parts(217_948_000, 19_504)
			.saturating_add(db.reads_writes(3, 1))
	}
	// placeholder
	pub fn withdraw_consent(db: RuntimeDbWeight) -> Weight {
		Weight::from_parts(217_948_000, 19_504)
			.saturating_add(db.reads_writes(3, 1))
	}
	pub fn resign(db: RuntimeDbWeight) -> Weight {
		Weight::from_parts(248_777_000, 19_504)
			.saturating_add(db.reads_writes(3, 1))
	}
	// To be measured anew, with a payout: until then that is added.
	pub fn release(db: RuntimeDbWeight) -> Weight {
		Weight::from_parts(13_474_306_000, 475_199)
			.saturating_add(db.reads_writes(155, 250))
			.saturating_add(payout(db, 16, 8, 8))
	}
	// placeholder
	pub fn vacate(db: RuntimeDbWeight) -> Weight {
		release(db)
			.saturating_add(Weight::from_parts(50_000_000, 0))
			.saturating_add(db.reads_writes(1, 0))
	}
	pub fn pay_retainers(db: RuntimeDbWeight) -> Weight {
		Weight::from_parts(5_049_940_000, 165_559)
			.saturating_add(db.reads_writes(51, 18))
	}
	pub fn replace_sensor(db: RuntimeDbWeight) -> Weight {
		Weight::from_parts(305_764_000, 23_718)
			.saturating_add(db.reads_writes(4, 5))
	}
	// placeholder: each agreement takes about half of what it takes to load one and store it.
	pub fn needed_of(db: RuntimeDbWeight, a: u32) -> Weight {
		Weight::from_parts(20_000_000, 1_000)
			.saturating_add(db.reads_writes(1, 0))
			.saturating_add(Weight::from_parts(100_000_000, 15_306).saturating_add(db.reads_writes(3, 0)).saturating_mul(a.into()))
	}
	// To be measured: until then that of the `settle` of before, whose members stood for its users, too.
	pub fn payout(db: RuntimeDbWeight, m: u32, _u: u32, s: u32) -> Weight {
		Weight::from_parts(2_312_056_558, 31_247)
			.saturating_add(db.reads_writes(7, 7))
			.saturating_add(Weight::from_parts(368_958_497, 5_119).saturating_add(db.reads_writes(2, 1)).saturating_mul(m.into()))
			.saturating_add(Weight::from_parts(197_278_741, 561).saturating_mul(s.into()))
	}
	// placeholder
	pub fn forget(db: RuntimeDbWeight, r: u32) -> Weight {
		Weight::from_parts(1_370_907_808, 40_919)
			.saturating_add(db.reads_writes(12, 13))
			.saturating_add(Weight::from_parts(51_426_216, 3_020).saturating_add(db.reads_writes(1, 1)).saturating_mul(r.into()))
	}
}
