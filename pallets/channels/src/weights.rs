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
	/// Of `open`.
	fn open() -> Weight;
	/// Of `top_up`.
	fn top_up() -> Weight;
	/// Of `request_close`.
	fn request_close() -> Weight;
	/// Of `change_payer`.
	fn change_payer() -> Weight;
	/// Of `redeem_ed25519`, `h` from 0 to 21.
	fn redeem_ed25519(h: u32) -> Weight;
	/// Of `redeem_sr25519`, `h` from 0 to 21.
	fn redeem_sr25519(h: u32) -> Weight;
	/// Of `redeem_ecdsa`, `h` from 0 to 21.
	fn redeem_ecdsa(h: u32) -> Weight;
	/// Of `close_ed25519`, `h` from 0 to 21.
	fn close_ed25519(h: u32) -> Weight;
	/// Of `close_sr25519`, `h` from 0 to 21.
	fn close_sr25519(h: u32) -> Weight;
	/// Of `close_ecdsa`, `h` from 0 to 21.
	fn close_ecdsa(h: u32) -> Weight;
	/// Of `claim`.
	fn claim() -> Weight;
	/// Of `authorize_rescue_ed25519`, `h` from 0 to 21.
	fn authorize_rescue_ed25519(h: u32) -> Weight;
	/// Of `authorize_rescue_sr25519`, `h` from 0 to 21.
	fn authorize_rescue_sr25519(h: u32) -> Weight;
	/// Of `authorize_rescue_ecdsa`, `h` from 0 to 21.
	fn authorize_rescue_ecdsa(h: u32) -> Weight;
	/// Of `rescue`.
	fn rescue() -> Weight;
}

/// For a runtime.
pub struct SubstrateWeight<T>(PhantomData<T>);

impl<T: frame_system::Config> WeightInfo for SubstrateWeight<T> {
	fn open() -> Weight {
		measured::open(T::DbWeight::get())
	}
	fn top_up() -> Weight {
		measured::top_up(T::DbWeight::get())
	}
	fn request_close() -> Weight {
		measured::request_close(T::DbWeight::get())
	}
	fn change_payer() -> Weight {
		measured::change_payer(T::DbWeight::get())
	}
	fn redeem_ed25519(h: u32) -> Weight {
		measured::redeem_ed25519(T::DbWeight::get(), h)
	}
	fn redeem_sr25519(h: u32) -> Weight {
		measured::redeem_sr25519(T::DbWeight::get(), h)
	}
	fn redeem_ecdsa(h: u32) -> Weight {
		measured::redeem_ecdsa(T::DbWeight::get(), h)
	}
	fn close_ed25519(h: u32) -> Weight {
		measured::close_ed25519(T::DbWeight::get(), h)
	}
	fn close_sr25519(h: u32) -> Weight {
		measured::close_sr25519(T::DbWeight::get(), h)
	}
	fn close_ecdsa(h: u32) -> Weight {
		measured::close_ecdsa(T::DbWeight::get(), h)
	}
	fn claim() -> Weight {
		measured::claim(T::DbWeight::get())
	}
	fn authorize_rescue_ed25519(h: u32) -> Weight {
		measured::authorize_rescue_ed25519(T::DbWeight::get(), h)
	}
	fn authorize_rescue_sr25519(h: u32) -> Weight {
		measured::authorize_rescue_sr25519(T::DbWeight::get(), h)
	}
	fn authorize_rescue_ecdsa(h: u32) -> Weight {
		measured::authorize_rescue_ecdsa(T::DbWeight::get(), h)
	}
	fn rescue() -> Weight {
		measured::rescue(T::DbWeight::get())
	}
}

/// For tests.
impl WeightInfo for () {
	fn open() -> Weight {
		measured::open(ParityDbWeight::get())
	}
	fn top_up() -> Weight {
		measured::top_up(ParityDbWeight::get())
	}
	fn request_close() -> Weight {
		measured::request_close(ParityDbWeight::get())
	}
	fn change_payer() -> Weight {
		measured::change_payer(ParityDbWeight::get())
	}
	fn redeem_ed25519(h: u32) -> Weight {
		measured::redeem_ed25519(ParityDbWeight::get(), h)
	}
	fn redeem_sr25519(h: u32) -> Weight {
		measured::redeem_sr25519(ParityDbWeight::get(), h)
	}
	fn redeem_ecdsa(h: u32) -> Weight {
		measured::redeem_ecdsa(ParityDbWeight::get(), h)
	}
	fn close_ed25519(h: u32) -> Weight {
		measured::close_ed25519(ParityDbWeight::get(), h)
	}
	fn close_sr25519(h: u32) -> Weight {
		measured::close_sr25519(ParityDbWeight::get(), h)
	}
	fn close_ecdsa(h: u32) -> Weight {
		measured::close_ecdsa(ParityDbWeight::get(), h)
	}
	fn claim() -> Weight {
		measured::claim(ParityDbWeight::get())
	}
	fn authorize_rescue_ed25519(h: u32) -> Weight {
		measured::authorize_rescue_ed25519(ParityDbWeight::get(), h)
	}
	fn authorize_rescue_sr25519(h: u32) -> Weight {
		measured::authorize_rescue_sr25519(ParityDbWeight::get(), h)
	}
	fn authorize_rescue_ecdsa(h: u32) -> Weight {
		measured::authorize_rescue_ecdsa(ParityDbWeight::get(), h)
	}
	fn rescue() -> Weight {
		measured::rescue(ParityDbWeight::get())
	}
}

mod measured {
	use frame_support::weights::{RuntimeDbWeight, Weight};

	pub fn open(db: RuntimeDbWeight) -> Weight {
		Weight::from_parts(107_590_000, 0)
			.saturating_add(db.reads_writes(0, 1))
	}
	pub fn top_up(db: RuntimeDbWeight) -> Weight {
		Weight::from_parts(107_657_000, 3_692)
			.saturating_add(db.reads_writes(1, 1))
	}
	pub fn request_close(db: RuntimeDbWeight) -> Weight {
		Weight::from_parts(65_158_000, 3_692)
			.saturating_add(db.reads_writes(1, 1))
	}
	pub fn change_payer(db: RuntimeDbWeight) -> Weight {
		Weight::from_parts(65_848_000, 3_692)
			.saturating_add(db.reads_writes(1, 1))
	}
	pub fn redeem_ed25519(db: RuntimeDbWeight, h: u32) -> Weight {
		Weight::from_parts(168_268_506, 7_285)
			.saturating_add(db.reads_writes(2, 2))
			.saturating_add(Weight::from_parts(197_214, 0).saturating_mul(h.into()))
	}
	pub fn redeem_sr25519(db: RuntimeDbWeight, h: u32) -> Weight {
		Weight::from_parts(158_683_004, 7_285)
			.saturating_add(db.reads_writes(2, 2))
			.saturating_add(Weight::from_parts(937_714, 0).saturating_mul(h.into()))
	}
	pub fn redeem_ecdsa(db: RuntimeDbWeight, h: u32) -> Weight {
		Weight::from_parts(156_470_000, 7_285)
			.saturating_add(db.reads_writes(2, 2))
			.saturating_add(Weight::from_parts(1_817_929, 0).saturating_mul(h.into()))
	}
	pub fn close_ed25519(db: RuntimeDbWeight, _h: u32) -> Weight {
		Weight::from_parts(191_563_000, 7_285)
			.saturating_add(db.reads_writes(2, 2))
	}
	pub fn close_sr25519(db: RuntimeDbWeight, h: u32) -> Weight {
		Weight::from_parts(183_333_500, 7_285)
			.saturating_add(db.reads_writes(2, 2))
			.saturating_add(Weight::from_parts(22_929, 0).saturating_mul(h.into()))
	}
	pub fn close_ecdsa(db: RuntimeDbWeight, h: u32) -> Weight {
		Weight::from_parts(187_303_002, 7_285)
			.saturating_add(db.reads_writes(2, 2))
			.saturating_add(Weight::from_parts(765_357, 0).saturating_mul(h.into()))
	}
	pub fn claim(db: RuntimeDbWeight) -> Weight {
		Weight::from_parts(86_242_000, 7_285)
			.saturating_add(db.reads_writes(2, 2))
	}
	pub fn authorize_rescue_ed25519(db: RuntimeDbWeight, h: u32) -> Weight {
		Weight::from_parts(110_171_000, 7_285)
			.saturating_add(db.reads_writes(2, 0))
			.saturating_add(Weight::from_parts(932_381, 0).saturating_mul(h.into()))
	}
	pub fn authorize_rescue_sr25519(db: RuntimeDbWeight, h: u32) -> Weight {
		Weight::from_parts(110_037_506, 7_285)
			.saturating_add(db.reads_writes(2, 0))
			.saturating_add(Weight::from_parts(1_114_214, 0).saturating_mul(h.into()))
	}
	pub fn authorize_rescue_ecdsa(db: RuntimeDbWeight, h: u32) -> Weight {
		Weight::from_parts(104_145_002, 7_285)
			.saturating_add(db.reads_writes(2, 0))
			.saturating_add(Weight::from_parts(1_075_238, 0).saturating_mul(h.into()))
	}
	pub fn rescue(db: RuntimeDbWeight) -> Weight {
		Weight::from_parts(133_858_000, 7_285)
			.saturating_add(db.reads_writes(2, 2))
	}
}
