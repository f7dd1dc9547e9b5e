//! Registration: what it costs to be known, and what intermediaries may publish.

use core::ops::Range;
use frame_support::{storage::unhashed, weights::Weight};
use pallet_agreements::WeightInfo;
use sp_core::{sr25519, ConstU128, ConstU32, ConstU64};
use sp_runtime::{traits::Verify, transaction_validity::TransactionPriority};
use sp_statement_store::{statement_allowance_key, StatementAllowance};
use syngraph_primitives::{IntermediaryId, SensorId, Sequence, MAX_AGREEMENTS};

use super::{ToAuthor, BYTE_DEPOSIT, LONGEST_DISPUTE};
use crate::{
	Agreements, Balances, Runtime, RuntimeHoldReason, Signature, DAYS, HOURS, MILLI_SYN, SYN,
};

/// The most agreements that can be about a sensor at a time: its messages are kept for all of them, and a rotation of
/// its key goes through all of them.
const MAX_AGREEMENTS_OF_SENSOR: u32 = 256;

/// How many statements the key of an intermediary may have in the statement store for each agreement that it is bound
/// to: a bundle, and messages that others lack.
pub const STATEMENTS: u32 = 2;
/// How many bytes these may have together.
pub const STATEMENT_BYTES: u32 = (16 + 48) * 1024;

/// Lets the keys of intermediaries that are bound to agreements, and nobody else, publish statements.
pub struct Publication;

impl pallet_registry::StatementAllowance for Publication {
	fn set(key: &sr25519::Public, agreements: u32) {
		let at = statement_allowance_key(key);
		if agreements == 0 {
			return unhashed::kill(&at);
		}
		let allowance = StatementAllowance {
			max_count: STATEMENTS.saturating_mul(agreements),
			max_size: STATEMENT_BYTES.saturating_mul(agreements),
		};
		unhashed::put(&at, &allowance);
	}
}

/// What agreements need of sensors.
pub struct Needs;

impl pallet_registry::SensorUse for Needs {
	fn needed(sensor: SensorId) -> Option<Range<Sequence>> {
		Agreements::needed_of(sensor)
	}

	fn weight(agreements: u32) -> Weight {
		type Weights = <Runtime as pallet_agreements::Config>::WeightInfo;
		Weights::needed_of(agreements)
	}
}

/// The joint keys of agreements.
pub struct JointKeys;

impl pallet_registry::KeyRotation for JointKeys {
	fn rotates(intermediary: IntermediaryId) {
		Agreements::drop_joint_keys_of(intermediary);
	}

	fn weight(agreements: u32) -> Weight {
		type Weights = <Runtime as pallet_agreements::Config>::WeightInfo;
		Weights::drop_joint_keys(agreements)
	}
}

impl pallet_registry::Config for Runtime {
	type Currency = Balances;
	type RuntimeHoldReason = RuntimeHoldReason;
	type Signature = Signature;
	type SigningKey = <Signature as Verify>::Signer;
	type Fees = ToAuthor;
	type Allowance = Publication;
	type SensorUse = Needs;
	type KeyRotation = JointKeys;
	type UserDeposit = ConstU128<{ 100 * MILLI_SYN }>;
	// Evidence made during the longest dispute is looked up as far back as one more can last.
	type RotationPeriod = ConstU32<{ 2 * LONGEST_DISPUTE + HOURS }>;
	type SensorRotationPeriod = ConstU32<HOURS>;
	type KeyRetention = ConstU32<{ 90 * DAYS }>;
	type UnbondingPeriod = ConstU32<DAYS>;
	type HeartbeatInterval = ConstU32<HOURS>;
	// Whoever fills blocks must not make others look dead, by whatever it fills them with: heartbeats have a share
	// of their own, and an author that finds no room for much that comes first would not look at them. They do not keep
	// out answers: there are few of them, and each intermediary that has one to send has a deposit.
	type HeartbeatPriority = ConstU64<{ TransactionPriority::MAX }>;
	type SensorDeposit = ConstU128<{ 100 * MILLI_SYN }>;
	type IntermediaryDeposit = ConstU128<{ 10 * SYN }>;
	type ByteDeposit = ConstU128<BYTE_DEPOSIT>;
	type MaxBatch = ConstU32<64>;
	type MaxAgreements = ConstU32<MAX_AGREEMENTS>;
	type MaxAgreementsOfSensor = ConstU32<MAX_AGREEMENTS_OF_SENSOR>;
	type WeightInfo = pallet_registry::weights::SubstrateWeight<Runtime>;
}
