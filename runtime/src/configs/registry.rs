//! Registration: what it costs to be known, and what intermediaries may publish.

use sp_core::{sr25519, ConstU128, ConstU32};
use sp_runtime::traits::Verify;
use sp_statement_store::{decrease_allowance_by, increase_allowance_by, StatementAllowance};

use super::{ToAuthor, BYTE_DEPOSIT, LONGEST_DISPUTE};
use crate::{Balances, Runtime, RuntimeHoldReason, Signature, HOURS, MILLI_SYN, SYN};

/// The most agreements that a user, a sensor or an intermediary can be part of at a time.
pub const MAX_AGREEMENTS: u32 = 256;

/// What the key of an intermediary may have in the statement store: for each agreement, a bundle, and
/// messages that others lack.
const ALLOWANCE: StatementAllowance = StatementAllowance {
	max_count: 2 * MAX_AGREEMENTS,
	max_size: MAX_AGREEMENTS * (16 + 48) * 1024,
};

/// Lets the keys of intermediaries, and nobody else, publish statements.
pub struct Publication;

impl pallet_registry::StatementAllowance for Publication {
	fn grant(key: &sr25519::Public) {
		increase_allowance_by(key, ALLOWANCE);
	}

	fn withdraw(key: &sr25519::Public) {
		decrease_allowance_by(key, ALLOWANCE);
	}
}

impl pallet_registry::Config for Runtime {
	type Currency = Balances;
	type RuntimeHoldReason = RuntimeHoldReason;
	type Signature = Signature;
	type SigningKey = <Signature as Verify>::Signer;
	type Fees = ToAuthor;
	type Allowance = Publication;
	type UserDeposit = ConstU128<{ 100 * MILLI_SYN }>;
	// Evidence made during the longest dispute is looked up as far back as one more can last.
	type RotationPeriod = ConstU32<{ 2 * LONGEST_DISPUTE + HOURS }>;
	type UnbondingPeriod = ConstU32<{ 2 * LONGEST_DISPUTE + HOURS }>;
	type SensorDeposit = ConstU128<{ 100 * MILLI_SYN }>;
	type IntermediaryDeposit = ConstU128<{ 10 * SYN }>;
	type ByteDeposit = ConstU128<BYTE_DEPOSIT>;
	type MaxBatch = ConstU32<64>;
	type MaxAgreements = ConstU32<MAX_AGREEMENTS>;
	type WeightInfo = pallet_registry::weights::SubstrateWeight<Runtime>;
}
