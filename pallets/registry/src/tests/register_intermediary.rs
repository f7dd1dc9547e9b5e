use super::*;
use frame_support::traits::fungible::Mutate;
use sp_runtime::{ArithmeticError, DispatchResult, TokenError};

fn register(key: sr25519::Public, proof: sr25519::Signature) -> DispatchResult {
	Registry::register_intermediary(origin(alice()), key, proof, endpoint("http://a"), 50)
}

#[test]
fn an_intermediary_is_there_but_publishes_nothing_yet() {
	run(|| {
		let (key, proof) = (
			intermediary_key(1).public(),
			intermediary_proof(1, &alice()),
		);
		assert_ok!(register(key, proof));
		let record = Intermediaries::<Test>::get(0).unwrap();
		assert_eq!(
			(record.operator, record.endpoint),
			(alice(), endpoint("http://a"))
		);
		assert_eq!((record.uses, record.deposit), (0, 308));
		assert_eq!(record.keys.at(1), Some(&key));
		assert_eq!((record.bond, record.liable), (50, 0));
		assert_eq!(held(HoldReason::Intermediary, &alice()), 308);
		assert_eq!(held(HoldReason::Bond, &alice()), 50);
		assert_eq!(Grants::all(), [].into());
		let event = Event::IntermediaryRegistered {
			intermediary: 0,
			operator: alice(),
			key,
			bond: 50,
		};
		assert_eq!(last_event(), event);
	});
}

#[test]
fn each_fault_has_its_error() {
	run(|| {
		let key = intermediary_key(1).public();
		assert_noop!(
			register(key, intermediary_proof(1, &bob())),
			Error::InvalidProof
		);
		assert_noop!(
			register(key, intermediary_proof(2, &alice())),
			Error::InvalidProof
		);
		let weak = sr25519::Public::from_raw([0; 32]);
		assert_noop!(
			register(weak, intermediary_proof(1, &alice())),
			Error::WeakKey
		);
		let bad = vec![0xff].try_into().unwrap();
		let proof = intermediary_proof(1, &alice());
		assert_noop!(
			Registry::register_intermediary(origin(alice()), key, proof, bad, 0),
			Error::InvalidEndpoint
		);
		register_intermediary();
		assert_noop!(register(key, proof), Error::KeyTaken);
	});
}

#[test]
fn deposit_and_bond_must_be_there_and_ids_do_not_wrap() {
	run(|| {
		let register = || {
			register(
				intermediary_key(1).public(),
				intermediary_proof(1, &alice()),
			)
		};
		for too_little in [300, 350] {
			Balances::set_balance(&alice(), too_little);
			assert_noop!(register(), TokenError::FundsUnavailable);
		}
		Balances::set_balance(&alice(), ENDOWMENT);
		NextIntermediary::<Test>::put(u64::MAX);
		assert_noop!(register(), ArithmeticError::Overflow);
	});
}
