//! The weights of the calls. Estimates, until `scripts/weights.sh` has measured the benchmarks.
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
		Weight::from_parts(160_000_000, 3_800)
			.saturating_add(db.reads_writes(1, 2))
	}
	pub fn top_up(db: RuntimeDbWeight) -> Weight {
		Weight::from_parts(170_000_000, 7_600)
			.saturating_add(db.reads_writes(2, 2))
	}
	pub fn request_close(db: RuntimeDbWeight) -> Weight {
		Weight::from_parts(50_000_000, 3_700)
			.saturating_add(db.reads_writes(1, 1))
	}
	pub fn change_payer(db: RuntimeDbWeight) -> Weight {
		Weight::from_parts(50_000_000, 3_700)
			.saturating_add(db.reads_writes(1, 1))
	}
	pub fn redeem_ed25519(db: RuntimeDbWeight, l: u32) -> Weight {
		Weight::from_parts(300_000_000, 14_600)
			.saturating_add(db.reads_writes(4, 4))
			.saturating_add(Weight::from_parts(2_000_000, 0).saturating_mul(l.into()))
	}
	pub fn redeem_sr25519(db: RuntimeDbWeight, l: u32) -> Weight {
		Weight::from_parts(305_000_000, 14_600)
			.saturating_add(db.reads_writes(4, 4))
			.saturating_add(Weight::from_parts(2_000_000, 0).saturating_mul(l.into()))
	}
	pub fn redeem_ecdsa(db: RuntimeDbWeight, l: u32) -> Weight {
		Weight::from_parts(360_000_000, 14_600)
			.saturating_add(db.reads_writes(4, 4))
			.saturating_add(Weight::from_parts(2_000_000, 0).saturating_mul(l.into()))
	}
	pub fn close_ed25519(db: RuntimeDbWeight, l: u32) -> Weight {
		Weight::from_parts(340_000_000, 11_000)
			.saturating_add(db.reads_writes(3, 3))
			.saturating_add(Weight::from_parts(2_000_000, 0).saturating_mul(l.into()))
	}
	pub fn close_sr25519(db: RuntimeDbWeight, l: u32) -> Weight {
		Weight::from_parts(345_000_000, 11_000)
			.saturating_add(db.reads_writes(3, 3))
			.saturating_add(Weight::from_parts(2_000_000, 0).saturating_mul(l.into()))
	}
	pub fn close_ecdsa(db: RuntimeDbWeight, l: u32) -> Weight {
		Weight::from_parts(400_000_000, 11_000)
			.saturating_add(db.reads_writes(3, 3))
			.saturating_add(Weight::from_parts(2_000_000, 0).saturating_mul(l.into()))
	}
	pub fn claim(db: RuntimeDbWeight) -> Weight {
		Weight::from_parts(190_000_000, 11_000)
			.saturating_add(db.reads_writes(3, 3))
	}
}
