//! A chain of this pallet alone, with a directory and an agreement made up for tests.

use std::collections::BTreeSet;

use frame_support::{
	derive_impl, parameter_types,
	weights::{ConstantMultiplier, IdentityFee},
};
use sp_core::{ed25519, sr25519, ConstU64, Pair, H256};
use sp_runtime::{
	traits::BlakeTwo256, transaction_validity::TransactionValidityError, BuildStorage,
	DispatchError, DispatchResult,
};
use syngraph_primitives::{
	AgreementId, Agreements, Commitment, Directory, Entity, IntermediaryId, Payload, Reveal,
	Schema, SensorId, Sequence, SignedStatement, Statement, WindowIndex,
};

use crate::{self as pallet_disputes, Call, Config};

type Extension = frame_system::AuthorizeCall<Test>;
pub type Extrinsic = sp_runtime::testing::TestXt<RuntimeCall, Extension>;
type Header = sp_runtime::generic::Header<u64, BlakeTwo256>;
type Block = sp_runtime::generic::Block<Header, Extrinsic>;

#[frame_support::runtime]
mod runtime {
	#[runtime::runtime]
	#[runtime::derive(RuntimeCall, RuntimeEvent, RuntimeError, RuntimeOrigin, RuntimeTask)]
	pub struct Test;

	#[runtime::pallet_index(0)]
	pub type System = frame_system::Pallet<Test>;
	#[runtime::pallet_index(1)]
	pub type Disputes = pallet_disputes::Pallet<Test>;
}

#[derive_impl(frame_system::config_preludes::TestDefaultConfig)]
impl frame_system::Config for Test {
	type Block = Block;
}

/// For how many blocks a dispute stays open.
pub const PERIOD: u64 = 10;

impl Config for Test {
	type Balance = u64;
	type Directory = World;
	type Agreements = World;
	type WeightToFee = IdentityFee<u64>;
	type LengthToFee = ConstantMultiplier<u64, ConstU64<1>>;
	type DisputePeriod = ConstU64<PERIOD>;
	type ReportPriority = ConstU64<7>;
	type ReportLongevity = ConstU64<8>;
	type WeightInfo = ();
	#[cfg(feature = "runtime-benchmarks")]
	type BenchmarkHelper = World;
}

impl<LocalCall> frame_system::offchain::CreateTransactionBase<LocalCall> for Test
where
	RuntimeCall: From<LocalCall>,
{
	type RuntimeCall = RuntimeCall;
	type Extrinsic = Extrinsic;
}

impl<LocalCall> frame_system::offchain::CreateTransaction<LocalCall> for Test
where
	RuntimeCall: From<LocalCall>,
{
	type Extension = Extension;

	fn create_transaction(call: RuntimeCall, extension: Extension) -> Extrinsic {
		Extrinsic::new_transaction(call, extension)
	}
}

impl<LocalCall> frame_system::offchain::CreateAuthorizedTransaction<LocalCall> for Test
where
	RuntimeCall: From<LocalCall>,
{
	fn create_extension() -> Extension {
		Extension::new()
	}
}

parameter_types! {
	/// The keys of the registered intermediaries, by their ids.
	pub static Keys: Vec<Option<sr25519::Public>> = vec![];
	/// Whether the agreement has ended.
	pub static Ended: bool = false;
	/// What is left of the agreement's escrow.
	pub static Escrow: u64 = u64::MAX;
	/// Which windows are frozen.
	pub static Frozen: BTreeSet<WindowIndex> = BTreeSet::new();
	/// How many deposits for frozen windows were given back.
	pub static Forgotten: usize = 0;
}

/// The only agreement there is.
pub const AGREEMENT: AgreementId = H256::repeat_byte(7);
/// An intermediary of the agreement.
pub const ANN: IntermediaryId = 0;
/// Another intermediary of the agreement.
pub const BOB: IntermediaryId = 1;
/// A registered intermediary that is none of the agreement's.
pub const EVE: IntermediaryId = 2;

/// Everything that the pallet knows of the world.
pub struct World;

impl Agreements<u64> for World {
	fn is_intermediary(agreement: &AgreementId, intermediary: IntermediaryId) -> bool {
		*agreement == AGREEMENT && !Ended::get() && [ANN, BOB].contains(&intermediary)
	}

	fn can_freeze(agreement: &AgreementId, window: WindowIndex, fee: u64) -> bool {
		*agreement == AGREEMENT && !Frozen::get().contains(&window) && fee <= Escrow::get()
	}

	fn freeze(agreement: &AgreementId, window: WindowIndex, fee: u64) -> DispatchResult {
		if !Self::can_freeze(agreement, window, fee) {
			return Err(DispatchError::Other("cannot freeze"));
		}
		Frozen::mutate(|frozen| frozen.insert(window));
		Escrow::mutate(|escrow| *escrow -= fee);
		Ok(())
	}

	fn forget(agreement: &AgreementId) {
		assert_eq!(*agreement, AGREEMENT);
		Forgotten::mutate(|count| *count += 1);
	}

	fn has_ended(agreement: &AgreementId) -> bool {
		*agreement == AGREEMENT && Ended::get()
	}
}

impl Directory<u64, u64, u64> for World {
	fn intermediary_key(intermediary: IntermediaryId, at: u64) -> Option<sr25519::Public> {
		assert_eq!(at, System::block_number());
		*Keys::get().get(intermediary as usize)?
	}

	fn is_user(_: &u64) -> bool {
		unimplemented!()
	}

	fn user_signer(_: &u64, _: u64) -> Option<u64> {
		unimplemented!()
	}

	fn sensor_owner(_: SensorId) -> Option<u64> {
		unimplemented!()
	}

	fn sensor_schema(_: SensorId) -> Option<Schema> {
		unimplemented!()
	}

	fn sensor_key(_: SensorId, _: Sequence) -> Option<ed25519::Public> {
		unimplemented!()
	}

	fn operator(_: IntermediaryId) -> Option<u64> {
		unimplemented!()
	}

	fn asked_reward(_: IntermediaryId) -> Option<u64> {
		unimplemented!()
	}

	fn intermediary_by_key(_: &sr25519::Public) -> Option<IntermediaryId> {
		unimplemented!()
	}

	fn acquire(_: &Entity<u64>) -> DispatchResult {
		unimplemented!()
	}

	fn release(_: &Entity<u64>) {
		unimplemented!()
	}
}

#[cfg(feature = "runtime-benchmarks")]
impl crate::BenchmarkHelper for World {
	fn agreement(
		left: sr25519::Public,
		right: sr25519::Public,
	) -> (AgreementId, IntermediaryId, IntermediaryId) {
		Keys::set(vec![Some(left), Some(right)]);
		(AGREEMENT, ANN, BOB)
	}
}

/// The key pair of an intermediary.
pub fn pair(intermediary: IntermediaryId) -> sr25519::Pair {
	sr25519::Pair::from_seed(&[intermediary as u8 + 1; 32])
}

/// The hash that everything signed names the chain by.
pub fn genesis() -> H256 {
	System::block_hash(0)
}

/// What the author says about a window, signed for `genesis`.
pub fn signed_for(genesis: &H256, author: IntermediaryId, statement: Statement) -> SignedStatement {
	let signature = pair(author).sign(&statement.signing_bytes(genesis));
	SignedStatement {
		statement,
		signature,
	}
}

/// A commitment of the author to a window with this root.
pub fn commit(author: IntermediaryId, window: WindowIndex, root: u8) -> SignedStatement {
	let statement = Statement::Commit(Commitment {
		agreement: AGREEMENT,
		window,
		intermediary: author,
		seal: H256::zero(),
		root: H256::repeat_byte(root),
		possession: H256::zero(),
	});
	signed_for(&genesis(), author, statement)
}

/// A reveal of the author for a window with this result and set of commitments.
pub fn reveal(
	author: IntermediaryId,
	window: WindowIndex,
	result: Option<i128>,
	commitments: u8,
) -> SignedStatement {
	let statement = Statement::Reveal(Reveal {
		agreement: AGREEMENT,
		window,
		intermediary: author,
		result,
		secret: [author as u8; 32],
		commitments: H256::repeat_byte(commitments),
	});
	signed_for(&genesis(), author, statement)
}

/// The report of two statements.
pub fn report(left: &SignedStatement, right: &SignedStatement) -> RuntimeCall {
	RuntimeCall::Disputes(Call::report {
		left: Box::new(left.clone()),
		right: Box::new(right.clone()),
	})
}

/// Applies a call as a block would apply a general transaction of it: authorises, then dispatches.
pub fn apply(call: RuntimeCall) -> Result<DispatchResult, TransactionValidityError> {
	use frame_support::dispatch::GetDispatchInfo;
	use sp_runtime::{
		generic::{CheckedExtrinsic, ExtrinsicFormat},
		traits::{Applyable, ExtensionVariant},
	};
	let (info, length) = (call.get_dispatch_info(), 0);
	let extrinsic = CheckedExtrinsic::<u64, RuntimeCall, Extension> {
		format: ExtrinsicFormat::General(ExtensionVariant::V0(Extension::new())),
		function: call,
	};
	extrinsic
		.apply::<Test>(&info, length)
		.map(|outcome| outcome.map(|_| ()).map_err(|failed| failed.error))
}

/// The externalities of block one, in which all intermediaries have their keys.
pub fn externalities() -> sp_io::TestExternalities {
	let storage = frame_system::GenesisConfig::<Test>::default()
		.build_storage()
		.unwrap();
	let mut externalities = sp_io::TestExternalities::new(storage);
	let keystore = sp_keystore::testing::MemoryKeystore::new();
	externalities.register_extension(sp_keystore::KeystoreExt::new(keystore));
	externalities.execute_with(|| {
		System::set_block_number(1);
		Keys::set([ANN, BOB, EVE].map(|id| Some(pair(id).public())).to_vec());
		Ended::set(false);
		Escrow::set(u64::MAX);
		Frozen::set(BTreeSet::new());
		Forgotten::set(0);
	});
	externalities
}

/// Runs a test in block one, and checks the pallet's state after it.
pub fn run(test: impl FnOnce()) {
	externalities().execute_with(|| {
		test();
		Disputes::do_try_state().unwrap();
	})
}
