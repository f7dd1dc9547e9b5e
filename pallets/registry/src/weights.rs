//! What the calls weigh.

use core::marker::PhantomData;
use frame_support::{
	traits::Get,
	weights::{constants::RocksDbWeight, Weight},
};

/// The weights of the registry's calls, in the worst case.
pub trait WeightInfo {
	/// Of [`Pallet::register_user`](crate::Pallet::register_user).
	fn register_user() -> Weight;
	/// Of [`Pallet::update_user`](crate::Pallet::update_user).
	fn update_user() -> Weight;
	/// Of [`Pallet::rotate_user_key`](crate::Pallet::rotate_user_key).
	fn rotate_user_key() -> Weight;
	/// Of [`Pallet::revoke_user`](crate::Pallet::revoke_user).
	fn revoke_user() -> Weight;
	/// Of [`Pallet::deregister_user`](crate::Pallet::deregister_user).
	fn deregister_user() -> Weight;
	/// Of [`Pallet::register_sensors`](crate::Pallet::register_sensors) with `n` sensors.
	fn register_sensors(n: u32) -> Weight;
	/// Of [`Pallet::update_sensor`](crate::Pallet::update_sensor).
	fn update_sensor() -> Weight;
	/// Of [`Pallet::rotate_sensor_key`](crate::Pallet::rotate_sensor_key).
	fn rotate_sensor_key() -> Weight;
	/// Of [`Pallet::revoke_sensor`](crate::Pallet::revoke_sensor).
	fn revoke_sensor() -> Weight;
	/// Of [`Pallet::deregister_sensor`](crate::Pallet::deregister_sensor).
	fn deregister_sensor() -> Weight;
	/// Of [`Pallet::register_intermediary`](crate::Pallet::register_intermediary).
	fn register_intermediary() -> Weight;
	/// Of [`Pallet::update_intermediary`](crate::Pallet::update_intermediary).
	fn update_intermediary() -> Weight;
	/// Of [`Pallet::rotate_intermediary_key`](crate::Pallet::rotate_intermediary_key).
	fn rotate_intermediary_key() -> Weight;
	/// Of [`Pallet::revoke_intermediary`](crate::Pallet::revoke_intermediary).
	fn revoke_intermediary() -> Weight;
	/// Of [`Pallet::deregister_intermediary`](crate::Pallet::deregister_intermediary).
	fn deregister_intermediary() -> Weight;
}

/// Weights for a runtime with the database weights of `T`.
pub struct SubstrateWeight<T>(PhantomData<T>);

impl<T: frame_system::Config> WeightInfo for SubstrateWeight<T> {
	fn register_user() -> Weight {
		Weight::from_parts(150_000_000, 14_560)
			.saturating_add(T::DbWeight::get().reads_writes(4, 4))
	}

	fn update_user() -> Weight {
		Weight::from_parts(60_000_000, 7_280).saturating_add(T::DbWeight::get().reads_writes(2, 2))
	}

	fn rotate_user_key() -> Weight {
		Weight::from_parts(140_000_000, 10_920)
			.saturating_add(T::DbWeight::get().reads_writes(3, 3))
	}

	fn revoke_user() -> Weight {
		Weight::from_parts(25_000_000, 3_640).saturating_add(T::DbWeight::get().reads_writes(1, 1))
	}

	fn deregister_user() -> Weight {
		Weight::from_parts(90_000_000, 36_400)
			.saturating_add(T::DbWeight::get().reads_writes(10, 10))
	}

	fn register_sensors(n: u32) -> Weight {
		let each = Weight::from_parts(100_000_000, 3_640)
			.saturating_add(T::DbWeight::get().reads_writes(2, 2));
		Weight::from_parts(40_000_000, 3_640)
			.saturating_add(T::DbWeight::get().reads_writes(2, 2))
			.saturating_add(each.saturating_mul(n.into()))
	}

	fn update_sensor() -> Weight {
		Weight::from_parts(90_000_000, 7_280).saturating_add(T::DbWeight::get().reads_writes(2, 2))
	}

	fn rotate_sensor_key() -> Weight {
		Weight::from_parts(140_000_000, 10_920)
			.saturating_add(T::DbWeight::get().reads_writes(3, 3))
	}

	fn revoke_sensor() -> Weight {
		Weight::from_parts(40_000_000, 3_640).saturating_add(T::DbWeight::get().reads_writes(1, 1))
	}

	fn deregister_sensor() -> Weight {
		Weight::from_parts(100_000_000, 36_400)
			.saturating_add(T::DbWeight::get().reads_writes(10, 10))
	}

	fn register_intermediary() -> Weight {
		Weight::from_parts(130_000_000, 18_200)
			.saturating_add(T::DbWeight::get().reads_writes(5, 5))
	}

	fn update_intermediary() -> Weight {
		Weight::from_parts(60_000_000, 7_280).saturating_add(T::DbWeight::get().reads_writes(2, 2))
	}

	fn rotate_intermediary_key() -> Weight {
		Weight::from_parts(110_000_000, 18_200)
			.saturating_add(T::DbWeight::get().reads_writes(5, 5))
	}

	fn revoke_intermediary() -> Weight {
		Weight::from_parts(25_000_000, 3_640).saturating_add(T::DbWeight::get().reads_writes(1, 1))
	}

	fn deregister_intermediary() -> Weight {
		Weight::from_parts(120_000_000, 65_520)
			.saturating_add(T::DbWeight::get().reads_writes(18, 18))
	}
}

/// For tests.
impl WeightInfo for () {
	fn register_user() -> Weight {
		Weight::from_parts(150_000_000, 14_560)
			.saturating_add(RocksDbWeight::get().reads_writes(4, 4))
	}

	fn update_user() -> Weight {
		Weight::from_parts(60_000_000, 7_280)
			.saturating_add(RocksDbWeight::get().reads_writes(2, 2))
	}

	fn rotate_user_key() -> Weight {
		Weight::from_parts(140_000_000, 10_920)
			.saturating_add(RocksDbWeight::get().reads_writes(3, 3))
	}

	fn revoke_user() -> Weight {
		Weight::from_parts(25_000_000, 3_640)
			.saturating_add(RocksDbWeight::get().reads_writes(1, 1))
	}

	fn deregister_user() -> Weight {
		Weight::from_parts(90_000_000, 36_400)
			.saturating_add(RocksDbWeight::get().reads_writes(10, 10))
	}

	fn register_sensors(n: u32) -> Weight {
		let each = Weight::from_parts(100_000_000, 3_640)
			.saturating_add(RocksDbWeight::get().reads_writes(2, 2));
		Weight::from_parts(40_000_000, 3_640)
			.saturating_add(RocksDbWeight::get().reads_writes(2, 2))
			.saturating_add(each.saturating_mul(n.into()))
	}

	fn update_sensor() -> Weight {
		Weight::from_parts(90_000_000, 7_280)
			.saturating_add(RocksDbWeight::get().reads_writes(2, 2))
	}

	fn rotate_sensor_key() -> Weight {
		Weight::from_parts(140_000_000, 10_920)
			.saturating_add(RocksDbWeight::get().reads_writes(3, 3))
	}

	fn revoke_sensor() -> Weight {
		Weight::from_parts(40_000_000, 3_640)
			.saturating_add(RocksDbWeight::get().reads_writes(1, 1))
	}

	fn deregister_sensor() -> Weight {
		Weight::from_parts(100_000_000, 36_400)
			.saturating_add(RocksDbWeight::get().reads_writes(10, 10))
	}

	fn register_intermediary() -> Weight {
		Weight::from_parts(130_000_000, 18_200)
			.saturating_add(RocksDbWeight::get().reads_writes(5, 5))
	}

	fn update_intermediary() -> Weight {
		Weight::from_parts(60_000_000, 7_280)
			.saturating_add(RocksDbWeight::get().reads_writes(2, 2))
	}

	fn rotate_intermediary_key() -> Weight {
		Weight::from_parts(110_000_000, 18_200)
			.saturating_add(RocksDbWeight::get().reads_writes(5, 5))
	}

	fn revoke_intermediary() -> Weight {
		Weight::from_parts(25_000_000, 3_640)
			.saturating_add(RocksDbWeight::get().reads_writes(1, 1))
	}

	fn deregister_intermediary() -> Weight {
		Weight::from_parts(120_000_000, 65_520)
			.saturating_add(RocksDbWeight::get().reads_writes(18, 18))
	}
}
