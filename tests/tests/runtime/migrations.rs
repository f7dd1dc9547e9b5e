//! What our pallets store has a version, which migrations move, and nothing else.

use std::collections::BTreeMap;

use codec::Encode;
use frame_support::{
	migrations::MultiStepMigrator,
	storage::unhashed,
	traits::{GetStorageVersion, PalletInfoAccess, StorageVersion},
};
use frame_system::LastRuntimeUpgrade;
use pallet_registry::Intermediaries;
use sp_core::{sr25519, Pair, H256};
use sp_keyring::Sr25519Keyring;
use sp_runtime::{
	traits::Header as _,
	transaction_validity::{TransactionValidityError, UnknownTransaction},
	DispatchError,
};
use syngraph_primitives::{KeyProof, Payer, Payload, Receipt, Role, SignedReceipt};
use syngraph_runtime::{
	migrations::mismatches, worker, Agreements, Balance, Balances, BlockNumber, Channels, Disputes,
	Header, MultiBlockMigrations, Registry, Runtime, RuntimeCall, RuntimeOrigin, HOURS, SYN,
};
use syngraph_tests::{actors::account, chain::general, Actors, Chain};
use syngraph_worker::{
	tower::{Tower, Watched},
	Node,
};

#[test]
fn a_new_chain_has_the_versions_of_its_code() {
	let on_chain = Chain::new().read(|| {
		[
			Registry::on_chain_storage_version(),
			Agreements::on_chain_storage_version(),
			Disputes::on_chain_storage_version(),
			Channels::on_chain_storage_version(),
		]
	});
	assert_eq!(on_chain, [2, 4, 4, 1].map(StorageVersion::new));
}

/// The registry as a chain of version 1 has it, whose records of intermediaries end before `registered`.
fn take_back(chain: &mut Chain) {
	chain.read(|| {
		let records: Vec<_> = Intermediaries::<Runtime>::iter().collect();
		for (id, record) in records {
			let key = Intermediaries::<Runtime>::hashed_key_for(id);
			let (now, last) = (record.encode(), record.registered.encode());
			unhashed::put_raw(&key, &now[..now.len() - last.len()]);
		}
		StorageVersion::new(1).put::<Registry>();
		// As if the last block had brought the runtime.
		LastRuntimeUpgrade::<Runtime>::kill();
	});
}

#[test]
fn a_chain_of_the_last_version_is_migrated_and_goes_on() {
	let mut chain = Chain::new();
	Actors::register(&mut chain);
	let all =
		|chain: &mut Chain| chain.read(|| Intermediaries::<Runtime>::iter().collect::<Vec<_>>());
	let before = all(&mut chain);
	assert!(!before.is_empty());
	take_back(&mut chain);
	chain.read(|| assert_eq!(mismatches().len(), 1));
	chain.begin();
	chain.finish();
	assert_eq!(all(&mut chain), before);
	chain.read(|| {
		assert_eq!(mismatches(), vec![]);
		assert!(!MultiBlockMigrations::ongoing());
	});
	// Everything is as if the chain had begun so.
	chain.block(Vec::new());
}

#[test]
fn the_pool_does_not_look_at_what_would_misread_the_state() {
	let mut chain = Chain::new();
	Actors::register(&mut chain);
	let heartbeat = || {
		general(pallet_registry::Call::<Runtime>::heartbeat {
			intermediary: 0,
			at: 0,
			signature: Default::default(),
		})
	};
	let bad = chain.validate(heartbeat());
	assert!(matches!(bad, Err(TransactionValidityError::Invalid(_))));
	take_back(&mut chain);
	let unknown = Err(UnknownTransaction::CannotLookup.into());
	assert_eq!(chain.validate(heartbeat()), unknown);
}

/// Registers so many intermediaries of one operator, who has the money for it.
fn register_many(chain: &mut Chain, count: u32) {
	const BOND: Balance = 100 * SYN;
	let operator = account(&Sr25519Keyring::Ferdie.pair());
	let claim = KeyProof {
		role: Role::Intermediary,
		owner: operator.clone(),
	};
	let claim = claim.signing_bytes(&chain.genesis());
	chain.read(|| {
		let funds = Balance::from(count) * 2 * BOND;
		Balances::force_set_balance(RuntimeOrigin::root(), operator.clone().into(), funds)
			.expect("root may");
		for number in 0..count {
			let key = sr25519::Pair::from_seed(&H256::from_low_u64_be(number.into()).0);
			let origin = RuntimeOrigin::signed(operator.clone());
			let (public, proof) = (key.public(), key.sign(&claim));
			Registry::register_intermediary(origin, public, proof, Default::default(), BOND)
				.expect("it registers");
		}
	});
}

#[test]
fn a_migration_goes_on_over_as_many_blocks_as_it_needs() {
	let mut chain = Chain::new();
	register_many(&mut chain, 8_000);
	let all = |chain: &mut Chain| {
		chain.read(|| Intermediaries::<Runtime>::iter().collect::<BTreeMap<_, _>>())
	};
	let before = all(&mut chain);
	take_back(&mut chain);
	let mut blocks = 0;
	loop {
		chain.begin();
		chain.finish();
		blocks += 1;
		if !chain.read(MultiBlockMigrations::ongoing) {
			break;
		}
		// Nothing can be read before everything can.
		assert_eq!(chain.read(mismatches).len(), 1);
		assert!(blocks < 10, "it ends");
	}
	assert!(blocks > 1, "one block is not enough");
	assert_eq!(chain.read(mismatches), vec![]);
	assert!(all(&mut chain) == before);
}

/// Has the chain upgraded, as if the last block had brought the runtime, with the version of a pallet's storage being
/// one from which no migration leads.
fn break_off<P: PalletInfoAccess>(chain: &mut Chain) {
	chain.read(|| {
		StorageVersion::new(0).put::<P>();
		LastRuntimeUpgrade::<Runtime>::kill();
	});
	chain.begin();
	chain.finish();
	chain.read(|| {
		assert!(LastRuntimeUpgrade::<Runtime>::exists(), "it was upgraded");
		assert!(!MultiBlockMigrations::ongoing());
	});
}

#[test]
fn state_of_a_version_from_which_no_migration_leads_is_refused_by_name() {
	let mut chain = Chain::new();
	break_off::<Agreements>(&mut chain);
	let number = chain.number();
	chain.read(|| {
		let said: Vec<_> = mismatches().iter().map(ToString::to_string).collect();
		let expected = "pallet Agreements: the chain has StorageVersion(0), this runtime needs \
			StorageVersion(4)";
		assert_eq!(said, [expected]);
		// There is no keystore here: the worker would panic if it looked for a key.
		worker::run(&header(number));
	});
}

/// The header of a block, as far as a worker needs it here.
fn header(number: BlockNumber) -> Header {
	let none = H256::zero();
	Header::new(number, none, none, none, Default::default())
}

/// Gives all storage the version that it really has.
fn mend(chain: &mut Chain) {
	chain.read(|| {
		Registry::in_code_storage_version().put::<Registry>();
		Agreements::in_code_storage_version().put::<Agreements>();
		Disputes::in_code_storage_version().put::<Disputes>();
		Channels::in_code_storage_version().put::<Channels>();
	});
}

/// What becomes of a call in a block, signed by a user.
fn outcome(chain: &mut Chain, call: impl Into<RuntimeCall>) -> Result<(), DispatchError> {
	let signed = chain.sign(&Sr25519Keyring::Dave.pair(), call.into());
	chain.begin();
	let outcome = chain.apply(signed).expect("the transaction is valid");
	chain.finish();
	outcome
}

/// A record that cannot be decoded looks as if there were none, and whoever wrote that back would erase it.
#[test]
fn no_call_reads_what_the_code_would_misread() {
	let mut chain = Chain::new();
	Actors::register(&mut chain);
	let filtered = Err(frame_system::Error::<Runtime>::CallFiltered.into());
	let id = H256::zero();
	let leave: RuntimeCall = pallet_registry::Call::<Runtime>::deregister_user {}.into();
	let pay = pallet_agreements::Call::<Runtime>::pay_retainers { agreement: id }.into();
	let judge = pallet_disputes::Call::<Runtime>::judge { agreement: id }.into();
	let close: RuntimeCall = pallet_channels::Call::<Runtime>::request_close { channel: id }.into();
	let unknown = Err(pallet_channels::Error::<Runtime>::UnknownChannel.into());
	let remark: RuntimeCall = frame_system::Call::<Runtime>::remark { remark: vec![1] }.into();

	// These three read each other, and channels none of them.
	let breaks = [
		break_off::<Registry>,
		break_off::<Agreements>,
		break_off::<Disputes>,
	];
	for break_off in breaks {
		break_off(&mut chain);
		for call in [&leave, &pay, &judge] {
			assert_eq!(outcome(&mut chain, call.clone()), filtered, "{call:?}");
			// Nor within another call.
			let calls = vec![remark.clone(), call.clone()];
			let batch = pallet_utility::Call::<Runtime>::batch_all { calls };
			assert_eq!(outcome(&mut chain, batch), filtered, "{call:?}");
		}
		assert_eq!(outcome(&mut chain, close.clone()), unknown);
		assert_eq!(outcome(&mut chain, remark.clone()), Ok(()));
		mend(&mut chain);
	}
	break_off::<Channels>(&mut chain);
	assert_eq!(outcome(&mut chain, close), filtered);
	assert_eq!(outcome(&mut chain, leave), Ok(()), "it is as it was");
}

/// An absent payee must not lose what it earned because of what only agreements store.
#[test]
fn the_watchtower_goes_on_as_long_as_the_code_can_read_the_channels() {
	let mut chain = Chain::new();
	let depositor = Sr25519Keyring::Dave.pair();
	let expires = chain.number() + 2 * HOURS;
	let open = pallet_channels::Call::<Runtime>::open {
		payee: account(&Sr25519Keyring::Eve.pair()),
		payer: Payer::Direct,
		funds: 10 * SYN,
		expires,
	};
	chain.call(&depositor, open).expect("it opens");
	let channel = chain.read(|| pallet_channels::Channels::<Runtime>::iter_keys().next());
	let receipt = Receipt {
		channel: channel.expect("it is open"),
		amount: 5 * SYN,
	};
	let signature = depositor.sign(&receipt.signing_bytes(&chain.genesis()));
	let watched = Watched {
		receipt: SignedReceipt {
			receipt,
			signature: signature.into(),
			membership: None,
		},
		until: expires,
		payee: [1; 32],
		worth: 5 * SYN,
	};
	chain.read(|| Tower::new(Node).watch(&watched).expect("there is room"));
	let left = expires - chain.number();
	chain.skip(left - 20);
	let rescues = |chain: &mut Chain| {
		let number = chain.number();
		chain.offchain(|| worker::run(&header(number))).len()
	};
	break_off::<Channels>(&mut chain);
	assert_eq!(rescues(&mut chain), 0);
	mend(&mut chain);
	break_off::<Agreements>(&mut chain);
	assert_eq!(rescues(&mut chain), 1);
}
