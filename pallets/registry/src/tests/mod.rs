//! One file per call, some for what other pallets see and do, and one for the invariants themselves.

mod bind;
mod bond;
mod convict_sensor;
mod deregister_intermediary;
mod deregister_sensor;
mod deregister_user;
mod directory;
mod heartbeat;
mod publish_offer;
mod register_intermediary;
mod register_sensors;
mod register_user;
mod revoke_intermediary;
mod revoke_sensor;
mod revoke_user;
mod rotate_intermediary_key;
mod rotate_sensor_key;
mod rotate_user_key;
mod slash;
mod try_state;
mod unbond;
mod update_intermediary;
mod update_sensor;
mod update_user;
mod withdraw;
mod withdraw_offer;

use frame_support::{assert_noop, assert_ok};
use sp_core::{ed25519, sr25519, Pair};
use sp_keyring::Sr25519Keyring;
use syngraph_primitives::{Binding, Conviction, Directory, Entity, Failure, Offer, MAX_KEYS};

use crate::{mock::*, *};

type Error = crate::Error<Test>;
type Event = crate::Event<Test>;

/// The key that signs the message of a sensor with a number.
fn sensor_key_at(sensor: u64, sequence: u64) -> Option<ed25519::Public> {
	Registry::sensor_keys(sensor)?.key(sequence).copied()
}

/// What is held from an account for a reason.
fn held(reason: HoldReason, who: &sp_runtime::AccountId32) -> u64 {
	use frame_support::traits::fungible::InspectHold;
	Balances::balance_on_hold(&reason.into(), who)
}
