//! The weights of the calls, measured by benchmarks of the worst case.
//!
//! Written by `scripts/weights.sh` on 2026-11-21, on AMD EPYC, with 6 steps and 6
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
	/// Of `redeem_ed25519`, `l` from 0 to 20.
	fn redeem_ed25519(l: u32) -> Weight;
	/// Of `redeem_sr25519`, `l` from 0 to 20.
	fn redeem_sr25519(l: u32) -> Weight;
	/// Of `redeem_ecdsa`, `l` from 0 to 20.
	fn redeem_ecdsa(l: u32) -> Weight;
	/// Of `close_ed25519`, `l` from 0 to 20.
	fn close_ed25519(l: u32) -> Weight;
	/// Of `close_sr25519`, `l` from 0 to 20.
	fn close_sr25519(l: u32) -> Weight;
	/// Of `close_ecdsa`, `l` from 0 to 20.
	fn close_ecdsa(l: u32) -> Weight;
	/// Of `claim`.
	fn claim() -> Weight;
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
	fn redeem_ed25519(l: u32) -> Weight {
		measured::redeem_ed25519(T::DbWeight::get(), l)
	}
	fn redeem_sr25519(l: u32) -> Weight {
		measured::redeem_sr25519(T::DbWeight::get(), l)
	}
	fn redeem_ecdsa(l: u32) -> Weight {
		measured::redeem_ecdsa(T::DbWeight::get(), l)
	}
	fn close_ed25519(l: u32) -> Weight {
		measured::close_ed25519(T::DbWeight::get(), l)
	}
	fn close_sr25519(l: u32) -> Weight {
		measured::close_sr25519(T::DbWeight::get(), l)
	}
	fn close_ecdsa(l: u32) -> Weight {
		measured::close_ecdsa(T::DbWeight::get(), l)
	}
	fn claim() -> Weight {
		measured::claim(T::DbWeight::get())
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
	fn redeem_ed25519(l: u32) -> Weight {
		measured::redeem_ed25519(ParityDbWeight::get(), l)
	}
	fn redeem_sr25519(l: u32) -> Weight {
		measured::redeem_sr25519(ParityDbWeight::get(), l)
	}
	fn redeem_ecdsa(l: u32) -> Weight {
		measured::redeem_ecdsa(ParityDbWeight::get(), l)
	}
	fn close_ed25519(l: u32) -> Weight {
		measured::close_ed25519(ParityDbWeight::get(), l)
	}
	fn close_sr25519(l: u32) -> Weight {
		measured::close_sr25519(ParityDbWeight::get(), l)
	}
	fn close_ecdsa(l: u32) -> Weight {
		measured::close_ecdsa(ParityDbWeight::get(), l)
	}
	fn claim() -> Weight {
		measured::claim(ParityDbWeight::get())
	}
}

mod measured {
	use frame_support::weights::{RuntimeDbWeight, Weight};

	pub fn open(db: RuntimeDbWeight) -> Weight {
		Weight::from_parts(119_508_000, 3_658)
			.saturating_add(db.reads_writes(1, 2))
	}
	pub fn top_up(db: RuntimeDbWeight) -> Weight {
		Weight::from_parts(124_305_000, 7_350)
			.saturating_add(db.reads_writes(2, 2))
	}
	pub fn request_close(db: RuntimeDbWeight) -> Weight {
		Weight::from_parts(26_169_000, 3_692)
			.saturating_add(db.reads_writes(1, 1))
	}
	pub fn change_payer(db: RuntimeDbWeight) -> Weight {
		Weight::from_parts(26_770_000, 3_692)
			.saturating_add(db.reads_writes(1, 1))
	}
	pub fn redeem_ed25519(db: RuntimeDbWeight, l: u32) -> Weight {
		Weight::from_parts(228_271_642, 13_546)
			.saturating_add(db.reads_writes(4, 4))
			.saturating_add(Weight::from_parts(367_873, 0).saturating_mul(l.into()))
	}
	pub fn redeem_sr25519(db: RuntimeDbWeight, l: u32) -> Weight {
		Weight::from_parts(222_371_226, 13_546)
			.saturating_add(db.reads_writes(4, 4))
			.saturating_add(Weight::from_parts(828_860, 0).saturating_mul(l.into()))
	}
	pub fn redeem_ecdsa(db: RuntimeDbWeight, l: u32) -> Weight {
		Weight::from_parts(461_371_321, 13_546)
			.saturating_add(db.reads_writes(4, 4))
			.saturating_add(Weight::from_parts(530_230, 0).saturating_mul(l.into()))
	}
	pub fn close_ed25519(db: RuntimeDbWeight, l: u32) -> Weight {
		Weight::from_parts(291_448_654, 10_943)
			.saturating_add(db.reads_writes(3, 3))
			.saturating_add(Weight::from_parts(882_655, 0).saturating_mul(l.into()))
	}
	pub fn close_sr25519(db: RuntimeDbWeight, l: u32) -> Weight {
		Weight::from_parts(297_589_297, 10_943)
			.saturating_add(db.reads_writes(3, 3))
			.saturating_add(Weight::from_parts(676_553, 0).saturating_mul(l.into()))
	}
	pub fn close_ecdsa(db: RuntimeDbWeight, _l: u32) -> Weight {
		Weight::from_parts(526_120_773, 10_943)
			.saturating_add(db.reads_writes(3, 3))
	}
	pub fn claim(db: RuntimeDbWeight) -> Weight {
		Weight::from_parts(104_426_000, 10_943)
			.saturating_add(db.reads_writes(3, 3))
	}
}
