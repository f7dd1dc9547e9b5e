//! What runtimes for the tests of pallets have in common.

use sp_io::TestExternalities;
use sp_keystore::{testing::MemoryKeystore, KeystoreExt};
use sp_runtime::BuildStorage;

/// The chain before its first block, with a keystore for the benchmarks.
pub fn externalities(genesis: &impl BuildStorage) -> TestExternalities {
	let storage = genesis.build_storage().expect("genesis is valid");
	let mut externalities = TestExternalities::new(storage);
	externalities.register_extension(KeystoreExt::new(MemoryKeystore::new()));
	externalities
}

/// A runtime `Test` of one pallet and what it needs: `System`, and `Balances` with amounts of 64 bits.
///
/// It is made in the pallet's crate, which depends on what it is made of, and must know itself by its own name there.
/// At first, those who are `endowed` have so much each; all fees go to `pot`.
#[macro_export]
macro_rules! mock_runtime {
	(
		pallet: $pallet:ident as $name:ident,
		endowed: $endowed:expr,
		pot: $pot:expr,
		system: { $($system:tt)* },
		balances: { $($balances:tt)* },
	) => {
		// What the attribute expands to names it without a path.
		use frame_support::derive_impl;

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
			pub struct Test;

			#[runtime::pallet_index(0)]
			pub type System = frame_system::Pallet<Test>;
			#[runtime::pallet_index(1)]
			pub type Balances = pallet_balances::Pallet<Test>;
			#[runtime::pallet_index(2)]
			pub type $name = $pallet::Pallet<Test>;
		}

		#[derive_impl(frame_system::config_preludes::TestDefaultConfig)]
		impl frame_system::Config for Test {
			type Block = frame_system::mocking::MockBlock<Test>;
			type AccountId = sp_runtime::AccountId32;
			type Lookup = sp_runtime::traits::IdentityLookup<sp_runtime::AccountId32>;
			type AccountData = pallet_balances::AccountData<u64>;
			$($system)*
		}

		#[derive_impl(pallet_balances::config_preludes::TestDefaultConfig)]
		impl pallet_balances::Config for Test {
			type AccountStore = System;
			$($balances)*
		}

		/// Keeps all fees on one account, so that no money is lost.
		pub struct Pot;

		impl frame_support::traits::OnUnbalanced<$pallet::CreditOf<Test>> for Pot {
			fn on_nonzero_unbalanced(fees: $pallet::CreditOf<Test>) {
				use frame_support::traits::fungible::Balanced;
				Balances::resolve(&pot(), fees).expect("the pot exists");
			}
		}

		/// Where all fees go.
		pub fn pot() -> sp_runtime::AccountId32 {
			$pot
		}

		/// The chain before its first block, with a keystore for the benchmarks.
		pub fn new_test_ext() -> sp_io::TestExternalities {
			$crate::mock::externalities(&RuntimeGenesisConfig {
				balances: pallet_balances::GenesisConfig {
					balances: $endowed,
					..Default::default()
				},
				..Default::default()
			})
		}

		pub fn origin(who: sp_runtime::AccountId32) -> RuntimeOrigin {
			RuntimeOrigin::signed(who)
		}

		/// The events of the pallet since the last reset.
		pub fn events() -> Vec<$pallet::Event<Test>> {
			System::read_events_for_pallet::<$pallet::Event<Test>>()
		}

		/// The last event of the pallet.
		pub fn last_event() -> $pallet::Event<Test> {
			events().pop().expect("an event was emitted")
		}
	};
}
