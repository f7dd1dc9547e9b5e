//! Agreements: how long they last, and what it costs to store them.

use frame_support::traits::Get;
use sp_core::{ConstU128, ConstU32, ConstU64};
use sp_runtime::traits::Verify;

use super::{
	LengthToFee, ToAuthor, WeightToFee, ANSWER_PER_CHUNK, BYTE_DEPOSIT, MAX_ANSWER, MIN_ANSWER,
};
use crate::{
	Aura, Balances, Disputes, Registry, Runtime, RuntimeHoldReason, Signature, Timestamp, DAYS,
	MILLI_SYN, MINUTES,
};

/// The priority of what nobody signs and the escrow pays for: above ordinary transactions, which bid
/// with their fees. Answers in disputes have it; settlements come after them, since they can wait. Heartbeats come
/// before all of it.
pub const UNSIGNED_PRIORITY: u64 = u64::MAX / 2;
/// After how many blocks what waits in the pool is examined anew.
pub const UNSIGNED_LONGEVITY: u64 = MINUTES as u64;

/// How long a slot lasts, in milliseconds.
pub struct SlotMillis;

impl Get<u64> for SlotMillis {
	fn get() -> u64 {
		Aura::slot_duration()
	}
}

impl pallet_agreements::Config for Runtime {
	type Currency = Balances;
	type RuntimeHoldReason = RuntimeHoldReason;
	type Fees = ToAuthor;
	type WeightToFee = WeightToFee;
	type LengthToFee = LengthToFee;
	type Directory = Registry;
	type Signature = Signature;
	type SigningKey = <Signature as Verify>::Signer;
	type ProposalDeposit = ConstU128<{ 100 * MILLI_SYN }>;
	type ByteDeposit = ConstU128<BYTE_DEPOSIT>;
	type RoundDeposit = ConstU128<{ 20 * MILLI_SYN }>;
	type FinalDeposit = ConstU128<{ 20 * MILLI_SYN }>;
	type DisputeDeposit = ConstU128<{ 500 * MILLI_SYN }>;
	type Time = Timestamp;
	type SlotMillis = SlotMillis;
	type Day = ConstU32<DAYS>;
	type MinAnswer = ConstU32<MIN_ANSWER>;
	type AnswerPerChunk = ConstU32<ANSWER_PER_CHUNK>;
	type MaxAnswer = ConstU32<MAX_ANSWER>;
	type Disputes = Disputes;
	type MaxDuration = ConstU32<{ 3 * 365 * DAYS }>;
	type SettlementPriority = ConstU64<{ UNSIGNED_PRIORITY / 2 }>;
	type SettlementLongevity = ConstU64<UNSIGNED_LONGEVITY>;
	type WeightInfo = pallet_agreements::weights::SubstrateWeight<Runtime>;
	#[cfg(feature = "runtime-benchmarks")]
	type BenchmarkHelper = Registry;
}
