//! A chain of this pallet alone, with a directory and one agreement made up for tests.

mod chain;
mod people;
mod state;

use frame_support::{
	derive_impl, parameter_types,
	weights::{ConstantMultiplier, IdentityFee, Weight},
};
use sp_core::ConstU64;
use sp_runtime::{
	traits::BlakeTwo256, transaction_validity::TransactionValidityError, DispatchResult,
};
use syngraph_primitives::DISPUTE_ANSWERS;

use crate::{self as pallet_disputes, Config, Room};

pub use chain::MockChain;
pub use people::*;
pub use state::{reserve, Closed, MockState};

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

/// For how many blocks before a dispute old keys count.
pub const LOOKBACK: u64 = DISPUTE_ANSWERS as u64 * ANSWER;

impl Config for Test {
	type Balance = u64;
	type Directory = MockChain;
	type Agreements = MockChain;
	type WeightToFee = IdentityFee<u64>;
	type LengthToFee = ConstantMultiplier<u64, ConstU64<1>>;
	type MaxShown = MaxShown;
	type AnswerRoom = AnswerRoom;
	type AnswerLimit = AnswerLimit;
	type EnoughRoom = EnoughRoom;
	type Priority = ConstU64<7>;
	type Longevity = ConstU64<8>;
	type WeightInfo = ();
	#[cfg(feature = "runtime-benchmarks")]
	type BenchmarkHelper = MockChain;
}

parameter_types! {
	/// What the rest of the chain knows and owns. In storage, so that what fails is undone.
	pub storage Books: MockState = MockState::default();
	/// The most messages that are shown at once: a window takes two chunks.
	pub storage MaxShown: u32 = 4;
	/// What is kept for answers of each block.
	pub AnswerRoom: Room = Room {
		weight: Weight::from_parts(1_000_000, 1_000),
		bytes: 100_000,
	};
	/// The most that they take.
	pub AnswerLimit: Room = Room {
		weight: Weight::from_parts(2_000_000, 2_000),
		bytes: 200_000,
	};
	/// What the largest of them takes.
	pub EnoughRoom: Room = Room {
		weight: Weight::from_parts(400_000, 400),
		bytes: 40_000,
	};
}

/// Looks something up in the state.
pub fn read<R>(look: impl FnOnce(&MockState) -> R) -> R {
	look(&Books::get())
}

/// Changes the state.
pub fn alter<R>(change: impl FnOnce(&mut MockState) -> R) -> R {
	let mut state = Books::get();
	let result = change(&mut state);
	Books::set(&state);
	result
}

/// Applies a call as a block would apply a general transaction of it: authorises, then dispatches.
pub fn apply(call: impl Into<RuntimeCall>) -> Result<DispatchResult, TransactionValidityError> {
	use frame_support::dispatch::GetDispatchInfo;
	use sp_runtime::{
		generic::{CheckedExtrinsic, ExtrinsicFormat},
		traits::{Applyable, ExtensionVariant},
	};
	let call = call.into();
	let (info, length) = (call.get_dispatch_info(), 0);
	let extrinsic = CheckedExtrinsic::<u64, RuntimeCall, Extension> {
		format: ExtrinsicFormat::General(ExtensionVariant::V0(Extension::new())),
		function: call,
	};
	extrinsic
		.apply::<Test>(&info, length)
		.map(|outcome| outcome.map(|_| ()).map_err(|failed| failed.error))
}

/// The externalities of block [`START`], in which everybody has a key and a bond.
pub fn externalities() -> sp_io::TestExternalities {
	let genesis = frame_system::GenesisConfig::<Test>::default();
	let mut externalities = syngraph_test_kit::mock::externalities(&genesis);
	externalities.execute_with(|| {
		System::set_block_number(START);
		Books::set(&MockState::new());
	});
	externalities
}

/// Runs a test in block [`START`], and checks the pallet's state after it.
pub fn run(test: impl FnOnce()) {
	externalities().execute_with(|| {
		test();
		Disputes::do_try_state().unwrap();
	})
}
