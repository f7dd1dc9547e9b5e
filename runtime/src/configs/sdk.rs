//! The pallets that come with the Polkadot SDK.

use frame_support::{
	derive_impl,
	dispatch::DispatchClass,
	parameter_types,
	traits::FindAuthor,
	weights::{
		constants::{ParityDbWeight, WEIGHT_REF_TIME_PER_MILLIS},
		Weight,
	},
};
use frame_system::limits::{BlockLength, BlockWeights};
use pallet_disputes::Room;
use sp_consensus_aura::sr25519::AuthorityId as AuraId;
use sp_core::{ConstBool, ConstU128, ConstU16, ConstU32, ConstU64};
use sp_runtime::{ConsensusEngineId, Perbill};
use sp_version::RuntimeVersion;

use crate::{
	migrations::{GoOn, OnlyReadable},
	weights, AccountId, Aura, Balance, Block, Hash, MultiBlockMigrations, Nonce, OriginCaller,
	PalletInfo, Runtime, RuntimeCall, RuntimeEvent, RuntimeFreezeReason, RuntimeHoldReason,
	RuntimeOrigin, RuntimeTask, System, HOURS, MILLI_SYN, VERSION,
};

/// How addresses are written: begins every account's text form.
pub const SS58_PREFIX: u16 = 42;
/// The most validators.
pub const MAX_AUTHORITIES: u32 = 32;
/// The least an account holds. What has less is removed, so that dust does not fill the state.
pub const EXISTENTIAL_DEPOSIT: Balance = 10 * MILLI_SYN;

/// Half of a slot goes to executing a block. The other half is for sending it, and for the off-chain
/// workers, who run on the same machines.
const BLOCK_TIME: u64 = WEIGHT_REF_TIME_PER_MILLIS.saturating_mul(1_000);
/// All that a block may do. Nodes of this chain hold its state, so that no proof of it limits a block.
const BLOCK: Weight = Weight::from_parts(BLOCK_TIME, u64::MAX);
/// The most bytes of a block.
const BLOCK_BYTES: u32 = 5 * 1024 * 1024;
/// The share of a block that is open to what anybody may send: to answers in disputes, and to all else. What is left is
/// for heartbeats, and for replacing the runtime, which needs most of it.
const NORMAL_SHARE: Perbill = Perbill::from_percent(80);
/// The share of a block that answers in disputes have to themselves, see `CheckShares`.
const ANSWERS_SHARE: Perbill = Perbill::from_percent(25);
/// The share of a block that answers take at most. They come before everything that anybody may send, so that whoever
/// has many to send would keep out what else has a last block: the last round of an agreement, or the close of a
/// channel.
const ANSWERS_LIMIT: Perbill = Perbill::from_percent(50);
/// The share of a block's bytes that is open to operational calls, too, which take no more than what answers leave of
/// it. The rest is for answers beside their quarter: were it open to anything else, whoever fills it by calls that are
/// refused would have the clock of all disputes stand still with a single answer.
const OPERATIONAL_BYTES_SHARE: Perbill = Perbill::from_percent(90);

/// The share of a block that migrations may take.
const MIGRATION_SHARE: Perbill = Perbill::from_percent(50);

parameter_types! {
	/// How much of a block migrations may take. Nothing but inherents runs beside them.
	pub MaxServiceWeight: Weight = MIGRATION_SHARE * Weights::get().max_block;
	/// For how many blocks the hash of a block is known: so long a transaction can be valid.
	pub const BlockHashCount: u32 = 2 * HOURS;
	/// The version of the runtime.
	pub const Version: RuntimeVersion = VERSION;
	/// How much a block may do.
	pub Weights: BlockWeights = block_weights();
	/// How long a block may be. There is one count for all classes: what each may take of it is up to
	/// `CheckShares`.
	pub Length: BlockLength = BlockLength::builder().max_length(BLOCK_BYTES).build();
	/// The room in each block that answers in disputes have to themselves.
	pub AnswerRoom: Room = Room {
		weight: ANSWERS_SHARE * BLOCK,
		bytes: ANSWERS_SHARE * BLOCK_BYTES,
	};
	/// The room that answers take at most.
	pub AnswerLimit: Room = Room {
		weight: ANSWERS_LIMIT * BLOCK,
		bytes: ANSWERS_LIMIT * BLOCK_BYTES,
	};
	/// As much room as any answer needs.
	pub EnoughRoom: Room = Room {
		weight: (ANSWERS_SHARE * BLOCK).saturating_div(2),
		bytes: ANSWERS_SHARE * BLOCK_BYTES,
	};
	/// Half of a slot, in milliseconds.
	///
	/// In storage, so that a chain specification can set other slots without another runtime. It must
	/// not change on a chain that runs.
	pub storage MinimumPeriod: u64 = 1_000;
}

/// What is open in each block to all that anybody may send, answers in disputes among it.
pub fn open_room() -> Room {
	Room {
		weight: NORMAL_SHARE * BLOCK,
		bytes: NORMAL_SHARE * BLOCK_BYTES,
	}
}

/// The bytes of each block that are open to operational calls, to what anybody may send, and to answers in disputes.
pub fn operational_bytes() -> u32 {
	OPERATIONAL_BYTES_SHARE * BLOCK_BYTES
}

/// How much a block may do, by class. No class takes anything from another one: operational calls are open to everybody
/// as well, who pays for having them refused.
fn block_weights() -> BlockWeights {
	let normal = open_room().weight;
	let ordinary = normal.saturating_sub(AnswerRoom::get().weight);
	let operational = BLOCK.saturating_sub(normal);
	let weights = BlockWeights::builder()
		.for_class(DispatchClass::Normal, |class| {
			class.max_total = Some(normal);
			class.reserved = Some(normal);
			// What is no answer never finds more room.
			class.max_extrinsic = Some(ordinary.saturating_sub(class.base_extrinsic));
		})
		.for_class(DispatchClass::Operational, |class| {
			class.max_total = Some(operational);
			class.reserved = Some(operational);
			class.max_extrinsic = Some(operational.saturating_sub(class.base_extrinsic));
		})
		.build_or_panic();
	BlockWeights {
		max_block: BLOCK,
		..weights
	}
}

#[derive_impl(frame_system::config_preludes::SolochainDefaultConfig)]
impl frame_system::Config for Runtime {
	type Block = Block;
	type BlockWeights = Weights;
	type BlockLength = Length;
	type BlockHashCount = BlockHashCount;
	type DbWeight = ParityDbWeight;
	type AccountId = AccountId;
	type AccountData = pallet_balances::AccountData<Balance>;
	type Nonce = Nonce;
	type Hash = Hash;
	type Version = Version;
	type SS58Prefix = ConstU16<SS58_PREFIX>;
	type MaxConsumers = ConstU32<128>;
	type BaseCallFilter = OnlyReadable;
	type MultiBlockMigrator = MultiBlockMigrations;
	type SystemWeightInfo = frame_system::weights::SubstrateWeight<Runtime>;
	type ExtensionsWeightInfo = weights::system_extensions::SubstrateWeight<Runtime>;
}

impl pallet_timestamp::Config for Runtime {
	type Moment = u64;
	type OnTimestampSet = Aura;
	type MinimumPeriod = MinimumPeriod;
	type WeightInfo = pallet_timestamp::weights::SubstrateWeight<Runtime>;
}

impl pallet_aura::Config for Runtime {
	type AuthorityId = AuraId;
	type DisabledValidators = ();
	type MaxAuthorities = ConstU32<MAX_AUTHORITIES>;
	type AllowMultipleBlocksPerSlot = ConstBool<false>;
	type SlotDuration = pallet_aura::MinimumPeriodTimesTwo<Runtime>;
}

impl pallet_grandpa::Config for Runtime {
	type RuntimeEvent = RuntimeEvent;
	type WeightInfo = ();
	type MaxAuthorities = ConstU32<MAX_AUTHORITIES>;
	type MaxNominators = ConstU32<0>;
	type MaxSetIdSessionEntries = ConstU64<0>;
	type KeyOwnerProof = sp_core::Void;
	type EquivocationReportSystem = ();
}

/// Finds the account whose Aura key made a block.
pub struct AuthorAccount;

impl FindAuthor<AccountId> for AuthorAccount {
	fn find_author<'a, I>(digests: I) -> Option<AccountId>
	where
		I: 'a + IntoIterator<Item = (ConsensusEngineId, &'a [u8])>,
	{
		let index = Aura::find_author(digests)?;
		let authorities = pallet_aura::Authorities::<Runtime>::get();
		let key: sp_core::sr25519::Public = authorities.get(index as usize)?.clone().into();
		Some(AccountId::from(key.0))
	}
}

impl pallet_authorship::Config for Runtime {
	type FindAuthor = AuthorAccount;
	type EventHandler = ();
}

impl pallet_balances::Config for Runtime {
	type RuntimeEvent = RuntimeEvent;
	type RuntimeHoldReason = RuntimeHoldReason;
	type RuntimeFreezeReason = RuntimeFreezeReason;
	type WeightInfo = weights::balances::SubstrateWeight<Runtime>;
	type Balance = Balance;
	type DustRemoval = ();
	type ExistentialDeposit = ConstU128<EXISTENTIAL_DEPOSIT>;
	type AccountStore = System;
	type ReserveIdentifier = [u8; 8];
	type FreezeIdentifier = RuntimeFreezeReason;
	type MaxLocks = ConstU32<50>;
	type MaxReserves = ConstU32<0>;
	type MaxFreezes = ConstU32<0>;
	type DoneSlashHandler = ();
}

impl pallet_sudo::Config for Runtime {
	type RuntimeEvent = RuntimeEvent;
	type RuntimeCall = RuntimeCall;
	type WeightInfo = pallet_sudo::weights::SubstrateWeight<Runtime>;
}

impl pallet_utility::Config for Runtime {
	type RuntimeEvent = RuntimeEvent;
	type RuntimeCall = RuntimeCall;
	type PalletsOrigin = OriginCaller;
	type WeightInfo = pallet_utility::weights::SubstrateWeight<Runtime>;
}

impl pallet_migrations::Config for Runtime {
	type RuntimeEvent = RuntimeEvent;
	#[cfg(not(feature = "runtime-benchmarks"))]
	type Migrations = crate::migrations::Steps;
	#[cfg(feature = "runtime-benchmarks")]
	type Migrations = pallet_migrations::mock_helpers::MockedMigrations;
	type CursorMaxLen = ConstU32<65_536>;
	type IdentifierMaxLen = ConstU32<256>;
	type MigrationStatusHandler = ();
	type FailedMigrationHandler = GoOn;
	type MaxServiceWeight = MaxServiceWeight;
	type WeightInfo = pallet_migrations::weights::SubstrateWeight<Runtime>;
}
