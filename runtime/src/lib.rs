//! The Syngraph chain: what it is made of.
//!
//! The pallets and their order stand here; their limits and prices in [`configs`], and nowhere else.
#![cfg_attr(not(feature = "std"), no_std)]
// The macros that make up a runtime generate items without documentation.
#![allow(missing_docs)]
// A runtime of this many pallets expands deeply.
#![recursion_limit = "256"]

extern crate alloc;

#[cfg(feature = "std")]
include!(concat!(env!("OUT_DIR"), "/wasm_binary.rs"));

pub mod apis;
pub mod configs;
pub mod genesis_config_presets;
mod happened;
pub mod keys;
pub mod migrations;
pub mod shares;
pub mod transactions;
pub mod weights;
pub mod worker;

#[cfg(feature = "runtime-benchmarks")]
mod benchmarks;

use alloc::{borrow::Cow, vec::Vec};
use sp_runtime::{
	generic,
	traits::{BlakeTwo256, IdentifyAccount, Verify},
	MultiAddress, MultiSignature, OpaqueExtrinsic,
};
#[cfg(feature = "std")]
pub use sp_version;
use sp_version::RuntimeVersion;

pub use apis::{RuntimeApi, RUNTIME_API_VERSIONS};
pub use keys::{IntermediaryKey, SessionKeys};

/// A signature by any of the schemes that accounts may use.
pub type Signature = MultiSignature;
/// Names an account: its public key, or the hash of it.
pub type AccountId = <<Signature as Verify>::Signer as IdentifyAccount>::AccountId;
/// How transactions name accounts.
pub type Address = MultiAddress<AccountId, ()>;
/// An amount of money, in the smallest unit: 10^12 of them are one [`SYN`].
pub type Balance = u128;
/// The number of a block.
pub type BlockNumber = u32;
/// How many transactions an account has sent.
pub type Nonce = u32;
/// A hash as the chain uses it.
pub type Hash = sp_core::H256;
/// The head of a block.
pub type Header = generic::Header<BlockNumber, BlakeTwo256>;
/// A block.
pub type Block = generic::Block<Header, UncheckedExtrinsic>;
/// A block as a node handles it, which knows nothing of transactions but their bytes. So the RPC shows
/// them as hex, and a node serves chains whose transactions it could not decode.
pub type OpaqueBlock = generic::Block<Header, OpaqueExtrinsic>;
/// A transaction as it stands in a block.
pub type UncheckedExtrinsic =
	generic::UncheckedExtrinsic<Address, RuntimeCall, Signature, TxExtension>;

/// What is checked about a transaction before it is executed, in this order.
pub type TxExtension = (
	// First, so that calls which bring their own authorisation become authorised at all.
	frame_system::AuthorizeCall<Runtime>,
	frame_system::CheckNonZeroSender<Runtime>,
	frame_system::CheckSpecVersion<Runtime>,
	frame_system::CheckTxVersion<Runtime>,
	frame_system::CheckGenesis<Runtime>,
	frame_system::CheckEra<Runtime>,
	frame_system::CheckNonce<Runtime>,
	// Clients take it for `frame_system::CheckWeight`, which it is as well.
	shares::CheckShares,
	pallet_transaction_payment::ChargeTransactionPayment<Runtime>,
	frame_system::WeightReclaim<Runtime>,
);

/// Executes blocks.
pub type Executive = frame_executive::Executive<
	Runtime,
	Block,
	frame_system::ChainContext<Runtime>,
	Runtime,
	AllPalletsWithSystem,
>;

/// The token: 10^12 of the smallest unit.
pub const SYN: Balance = 1_000_000_000_000;
/// A thousandth of a [`SYN`].
pub const MILLI_SYN: Balance = SYN / 1_000;
/// A millionth of a [`SYN`].
pub const MICRO_SYN: Balance = SYN / 1_000_000;

/// How many blocks there are in a minute, as long as no slot stays empty.
pub const MINUTES: BlockNumber = 30;
/// How many blocks there are in an hour, as long as no slot stays empty.
pub const HOURS: BlockNumber = 60 * MINUTES;
/// How many blocks there are in a day, as long as no slot stays empty.
pub const DAYS: BlockNumber = 24 * HOURS;

/// The version of the runtime.
///
/// `spec_version` grows with every change of its behaviour, `transaction_version` with every change of what a call or
/// an event that there was before looks like: programs go on as long as it stays the same. A new event leaves it as it
/// is: a program of before cannot read what happened in a block that has one, and goes by the state instead.
#[sp_version::runtime_version]
pub const VERSION: RuntimeVersion = RuntimeVersion {
	spec_name: Cow::Borrowed("syngraph"),
	impl_name: Cow::Borrowed("syngraph"),
	authoring_version: 1,
	spec_version: 2,
	impl_version: 1,
	apis: RUNTIME_API_VERSIONS,
	transaction_version: 2,
	system_version: 1,
};

/// The pallets of the chain. Their indices are part of every encoded call: never reuse one.
#[frame_support::runtime]
mod runtime {
	#[runtime::runtime]
	#[runtime::derive(
		RuntimeCall,
		RuntimeEvent,
		RuntimeError,
		RuntimeOrigin,
		RuntimeFreezeReason,
		RuntimeHoldReason,
		RuntimeSlashReason,
		RuntimeLockId,
		RuntimeTask,
		RuntimeViewFunction
	)]
	pub struct Runtime;

	#[runtime::pallet_index(0)]
	pub type System = frame_system;

	#[runtime::pallet_index(1)]
	pub type Timestamp = pallet_timestamp;

	#[runtime::pallet_index(2)]
	pub type Aura = pallet_aura;

	#[runtime::pallet_index(3)]
	pub type Grandpa = pallet_grandpa;

	#[runtime::pallet_index(4)]
	pub type Authorship = pallet_authorship;

	#[runtime::pallet_index(5)]
	pub type Balances = pallet_balances;

	#[runtime::pallet_index(6)]
	pub type TransactionPayment = pallet_transaction_payment;

	#[runtime::pallet_index(7)]
	pub type Sudo = pallet_sudo;

	#[runtime::pallet_index(8)]
	pub type Utility = pallet_utility;

	#[runtime::pallet_index(9)]
	pub type MultiBlockMigrations = pallet_migrations;

	#[runtime::pallet_index(10)]
	pub type Registry = pallet_registry;

	#[runtime::pallet_index(11)]
	pub type Agreements = pallet_agreements;

	#[runtime::pallet_index(12)]
	pub type Disputes = pallet_disputes;

	#[runtime::pallet_index(13)]
	pub type Channels = pallet_channels;
}
