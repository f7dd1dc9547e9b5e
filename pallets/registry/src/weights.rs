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
	/// Of `register_user`.
	fn register_user() -> Weight;
	/// Of `update_user`.
	fn update_user() -> Weight;
	/// Of `rotate_user_key`.
	fn rotate_user_key() -> Weight;
	/// Of `revoke_user`.
	fn revoke_user() -> Weight;
	/// Of `deregister_user`.
	fn deregister_user() -> Weight;
	/// Of `register_sensors`, `n` from 1 to 64.
	fn register_sensors(n: u32) -> Weight;
	/// Of `update_sensor`.
	fn update_sensor() -> Weight;
	/// Of `rotate_sensor_key`.
	fn rotate_sensor_key() -> Weight;
	/// Of `revoke_sensor`.
	fn revoke_sensor() -> Weight;
	/// Of `deregister_sensor`.
	fn deregister_sensor() -> Weight;
	/// Of `register_intermediary`.
	fn register_intermediary() -> Weight;
	/// Of `update_intermediary`.
	fn update_intermediary() -> Weight;
	/// Of `rotate_intermediary_key`.
	fn rotate_intermediary_key() -> Weight;
	/// Of `revoke_intermediary`.
	fn revoke_intermediary() -> Weight;
	/// Of `deregister_intermediary`.
	fn deregister_intermediary() -> Weight;
	/// Of `bond`.
	fn bond() -> Weight;
	/// Of `unbond`.
	fn unbond() -> Weight;
	/// Of `withdraw`.
	fn withdraw() -> Weight;
	/// Of `publish_offer`.
	fn publish_offer() -> Weight;
	/// Of `withdraw_offer`.
	fn withdraw_offer() -> Weight;
	/// Of `heartbeat`.
	fn heartbeat() -> Weight;
	/// Of `authorize_heartbeat`.
	fn authorize_heartbeat() -> Weight;
}

/// For a runtime.
pub struct SubstrateWeight<T>(PhantomData<T>);

impl<T: frame_system::Config> WeightInfo for SubstrateWeight<T> {
	fn register_user() -> Weight {
		measured::register_user(T::DbWeight::get())
	}
	fn update_user() -> Weight {
		measured::update_user(T::DbWeight::get())
	}
	fn rotate_user_key() -> Weight {
		measured::rotate_user_key(T::DbWeight::get())
	}
	fn revoke_user() -> Weight {
		measured::revoke_user(T::DbWeight::get())
	}
	fn deregister_user() -> Weight {
		measured::deregister_user(T::DbWeight::get())
	}
	fn register_sensors(n: u32) -> Weight {
		measured::register_sensors(T::DbWeight::get(), n)
	}
	fn update_sensor() -> Weight {
		measured::update_sensor(T::DbWeight::get())
	}
	fn rotate_sensor_key() -> Weight {
		measured::rotate_sensor_key(T::DbWeight::get())
	}
	fn revoke_sensor() -> Weight {
		measured::revoke_sensor(T::DbWeight::get())
	}
	fn deregister_sensor() -> Weight {
		measured::deregister_sensor(T::DbWeight::get())
	}
	fn register_intermediary() -> Weight {
		measured::register_intermediary(T::DbWeight::get())
	}
	fn update_intermediary() -> Weight {
		measured::update_intermediary(T::DbWeight::get())
	}
	fn rotate_intermediary_key() -> Weight {
		measured::rotate_intermediary_key(T::DbWeight::get())
	}
	fn revoke_intermediary() -> Weight {
		measured::revoke_intermediary(T::DbWeight::get())
	}
	fn deregister_intermediary() -> Weight {
		measured::deregister_intermediary(T::DbWeight::get())
	}
	fn bond() -> Weight {
		measured::bond(T::DbWeight::get())
	}
	fn unbond() -> Weight {
		measured::unbond(T::DbWeight::get())
	}
	fn withdraw() -> Weight {
		measured::withdraw(T::DbWeight::get())
	}
	fn publish_offer() -> Weight {
		measured::publish_offer(T::DbWeight::get())
	}
	fn withdraw_offer() -> Weight {
		measured::withdraw_offer(T::DbWeight::get())
	}
	fn heartbeat() -> Weight {
		measured::heartbeat(T::DbWeight::get())
	}
	fn authorize_heartbeat() -> Weight {
		measured::authorize_heartbeat(T::DbWeight::get())
	}
}

/// For tests.
impl WeightInfo for () {
	fn register_user() -> Weight {
		measured::register_user(ParityDbWeight::get())
	}
	fn update_user() -> Weight {
		measured::update_user(ParityDbWeight::get())
	}
	fn rotate_user_key() -> Weight {
		measured::rotate_user_key(ParityDbWeight::get())
	}
	fn revoke_user() -> Weight {
		measured::revoke_user(ParityDbWeight::get())
	}
	fn deregister_user() -> Weight {
		measured::deregister_user(ParityDbWeight::get())
	}
	fn register_sensors(n: u32) -> Weight {
		measured::register_sensors(ParityDbWeight::get(), n)
	}
	fn update_sensor() -> Weight {
		measured::update_sensor(ParityDbWeight::get())
	}
	fn rotate_sensor_key() -> Weight {
		measured::rotate_sensor_key(ParityDbWeight::get())
	}
	fn revoke_sensor() -> Weight {
		measured::revoke_sensor(ParityDbWeight::get())
	}
	fn deregister_sensor() -> Weight {
		measured::deregister_sensor(ParityDbWeight::get())
	}
	fn register_intermediary() -> Weight {
		measured::register_intermediary(ParityDbWeight::get())
	}
	fn update_intermediary() -> Weight {
		measured::update_intermediary(ParityDbWeight::get())
	}
	fn rotate_intermediary_key() -> Weight {
		measured::rotate_intermediary_key(ParityDbWeight::get())
	}
	fn revoke_intermediary() -> Weight {
		measured::revoke_intermediary(ParityDbWeight::get())
	}
	fn deregister_intermediary() -> Weight {
		measured::deregister_intermediary(ParityDbWeight::get())
	}
	fn bond() -> Weight {
		measured::bond(ParityDbWeight::get())
	}
	fn unbond() -> Weight {
		measured::unbond(ParityDbWeight::get())
	}
	fn withdraw() -> Weight {
		measured::withdraw(ParityDbWeight::get())
	}
	fn publish_offer() -> Weight {
		measured::publish_offer(ParityDbWeight::get())
	}
	fn withdraw_offer() -> Weight {
		measured::withdraw_offer(ParityDbWeight::get())
	}
	fn heartbeat() -> Weight {
		measured::heartbeat(ParityDbWeight::get())
	}
	fn authorize_heartbeat() -> Weight {
		measured::authorize_heartbeat(ParityDbWeight::get())
	}
}

mod measured {
	use frame_support::weights::{RuntimeDbWeight, Weight};

	pub fn register_user(db: RuntimeDbWeight) -> Weight {
		Weight::from_parts(310_396_000, 14_592)
			.saturating_add(db.reads_writes(4, 3))
	}
	pub fn update_user(db: RuntimeDbWeight) -> Weight {
		Weight::from_parts(166_223_000, 7_536)
			.saturating_add(db.reads_writes(2, 2))
	}
	pub fn rotate_user_key(db: RuntimeDbWeight) -> Weight {
		Weight::from_parts(207_573_000, 10_952)
			.saturating_add(db.reads_writes(3, 3))
	}
	pub fn revoke_user(db: RuntimeDbWeight) -> Weight {
		Weight::from_parts(74_462_000, 3_896)
			.saturating_add(db.reads_writes(1, 1))
	}
	pub fn deregister_user(db: RuntimeDbWeight) -> Weight {
		Weight::from_parts(182_394_000, 7_536)
			.saturating_add(db.reads_writes(2, 10))
	}
	pub fn register_sensors(db: RuntimeDbWeight, n: u32) -> Weight {
		Weight::from_parts(195_571_438, 9_137)
			.saturating_add(db.reads_writes(3, 2))
			.saturating_add(Weight::from_parts(106_688_571, 2_557).saturating_add(db.reads_writes(1, 2)).saturating_mul(n.into()))
	}
	pub fn update_sensor(db: RuntimeDbWeight) -> Weight {
		Weight::from_parts(153_621_000, 8_501)
			.saturating_add(db.reads_writes(2, 2))
	}
	pub fn rotate_sensor_key(db: RuntimeDbWeight) -> Weight {
		Weight::from_parts(294_984_000, 19_078)
			.saturating_add(db.reads_writes(5, 4))
	}
	pub fn revoke_sensor(db: RuntimeDbWeight) -> Weight {
		Weight::from_parts(58_237_000, 4_861)
			.saturating_add(db.reads_writes(1, 1))
	}
	pub fn deregister_sensor(db: RuntimeDbWeight) -> Weight {
		Weight::from_parts(160_520_000, 8_501)
			.saturating_add(db.reads_writes(2, 10))
	}
	pub fn register_intermediary(db: RuntimeDbWeight) -> Weight {
		Weight::from_parts(309_724_000, 11_694)
			.saturating_add(db.reads_writes(4, 4))
	}
	pub fn update_intermediary(db: RuntimeDbWeight) -> Weight {
		Weight::from_parts(146_976_000, 11_941)
			.saturating_add(db.reads_writes(3, 2))
	}
	pub fn rotate_intermediary_key(db: RuntimeDbWeight) -> Weight {
		Weight::from_parts(183_769_000, 14_767)
			.saturating_add(db.reads_writes(4, 7))
	}
	pub fn revoke_intermediary(db: RuntimeDbWeight) -> Weight {
		Weight::from_parts(68_870_000, 4_198)
			.saturating_add(db.reads_writes(1, 1))
	}
	pub fn deregister_intermediary(db: RuntimeDbWeight) -> Weight {
		Weight::from_parts(182_263_000, 7_838)
			.saturating_add(db.reads_writes(2, 20))
	}
	pub fn bond(db: RuntimeDbWeight) -> Weight {
		Weight::from_parts(170_950_000, 7_838)
			.saturating_add(db.reads_writes(2, 2))
	}
	pub fn unbond(db: RuntimeDbWeight) -> Weight {
		Weight::from_parts(69_707_000, 4_198)
			.saturating_add(db.reads_writes(1, 1))
	}
	pub fn withdraw(db: RuntimeDbWeight) -> Weight {
		Weight::from_parts(163_326_000, 7_838)
			.saturating_add(db.reads_writes(2, 2))
	}
	pub fn publish_offer(db: RuntimeDbWeight) -> Weight {
		Weight::from_parts(157_247_000, 7_838)
			.saturating_add(db.reads_writes(2, 3))
	}
	pub fn withdraw_offer(db: RuntimeDbWeight) -> Weight {
		Weight::from_parts(139_723_000, 11_941)
			.saturating_add(db.reads_writes(3, 3))
	}
	pub fn heartbeat(db: RuntimeDbWeight) -> Weight {
		Weight::from_parts(38_630_000, 0)
			.saturating_add(db.reads_writes(0, 1))
	}
	pub fn authorize_heartbeat(db: RuntimeDbWeight) -> Weight {
		Weight::from_parts(104_428_000, 15_295)
			.saturating_add(db.reads_writes(4, 0))
	}
}
