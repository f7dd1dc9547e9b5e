//! Settlements and reports that are not valid: each for its own reason, and without a trace.

use codec::{Decode, Encode};
use pallet_agreements::ValidityError;
use sp_core::{Pair, H256};
use sp_runtime::transaction_validity::{InvalidTransaction, TransactionValidityError};
use syngraph_primitives::{Outcomes, Payload, Run, WindowIndex};
use syngraph_protocol::Proof;
use syngraph_runtime::{Runtime, RuntimeEvent};
use syngraph_test_kit::{
	people::{sign, sr25519_key},
	proofs::{singles, singly},
};
use syngraph_tests::{
	actors::{proof, round},
	chain::general,
	Actors, Chain,
};

use crate::agreements::active;

type Call = pallet_agreements::Call<Runtime>;

/// Settles, and tells what became of it. One that is not valid must leave the state as it was.
fn settle(chain: &mut Chain, agreement: H256, first: WindowIndex, proof: Proof) -> Option<u8> {
	let transaction = general(Call::settle {
		agreement,
		first,
		proof,
	});
	let pool = chain.validate(transaction.clone());
	let before = chain.agreement(&agreement);
	let applied = chain.block(vec![transaction]).remove(0);
	let refused = |error: &TransactionValidityError| match error {
		TransactionValidityError::Invalid(InvalidTransaction::Custom(code)) => Some(*code),
		other => panic!("unexpected: {other:?}"),
	};
	let code = match &applied {
		Ok(outcome) => {
			assert_eq!(*outcome, Ok(()));
			None
		},
		Err(error) => refused(error),
	};
	assert_eq!(
		code,
		pool.as_ref().err().and_then(refused),
		"pool and block must agree"
	);
	if code.is_some() {
		assert_eq!(
			chain.agreement(&agreement),
			before,
			"what is not valid leaves no trace"
		);
		assert!(chain
			.events()
			.iter()
			.all(|event| !matches!(event, RuntimeEvent::Agreements(_))));
	}
	code
}

/// The code with which what `change` makes of a good proof for the first round is refused.
fn refused_with(change: impl Fn(&mut Proof, &mut Chain, &Actors, H256)) -> Option<u8> {
	let (mut chain, actors, id) = active();
	let mut changed = proof(&mut chain, &actors, id, 0, &[Some(90), None]);
	change(&mut changed, &mut chain, &actors, id);
	settle(&mut chain, id, 0, changed)
}

fn code(error: ValidityError) -> Option<u8> {
	Some(error as u8)
}

#[test]
fn a_good_proof_is_not_refused() {
	assert_eq!(refused_with(|_, _, _, _| ()), None);
}

#[test]
fn a_signature_is_missing() {
	let missing = refused_with(|proof, _, _, _| {
		singles(proof).signatures.pop();
	});
	assert_eq!(missing, code(ValidityError::WrongCount));
}

#[test]
fn a_signature_is_a_strangers() {
	let wrong = refused_with(|proof, chain, actors, id| {
		let settlement = proof.settlement(&round(chain, id, 0), &actors.intermediaries);
		let signature = sign(&sr25519_key(99), &chain.genesis(), &settlement);
		let signatures = &mut singles(proof).signatures;
		signatures.pop();
		signatures.try_push(signature).expect("there is room");
	});
	assert_eq!(wrong, code(ValidityError::BadSignature));
}

#[test]
fn a_signature_is_repeated() {
	let repeated = refused_with(|proof, _, _, _| {
		let signatures = &mut singles(proof).signatures;
		let first = signatures[0];
		signatures.pop();
		signatures.try_push(first).expect("there is room");
	});
	assert_eq!(repeated, code(ValidityError::RepeatedSignature));
}

#[test]
fn the_outcomes_are_not_what_was_committed_to() {
	for other in [&[Some(91), None][..], &[Some(90)], &[None, Some(90)]] {
		let wrong = refused_with(|proof, _, _, _| {
			proof.outcomes = Outcomes::new(other.iter().copied()).expect("they are few");
		});
		assert_eq!(wrong, code(ValidityError::BadSignature));
	}
}

#[test]
fn the_outcomes_are_not_written_in_the_one_way_there_is() {
	let wrong = refused_with(|proof, _, _, _| {
		let runs = [Run::Result(90), Run::Nulls(1), Run::Nulls(1)];
		proof.outcomes = Decode::decode(&mut &runs.to_vec().encode()[..]).expect("it decodes");
	});
	assert_eq!(wrong, code(ValidityError::WrongOutcomes));
	let empty = refused_with(|proof, _, _, _| proof.outcomes = Outcomes::default());
	assert_eq!(empty, code(ValidityError::WrongOutcomes));
}

#[test]
fn the_attempt_is_another() {
	assert_eq!(
		refused_with(|proof, _, _, _| proof.attempt = 1),
		code(ValidityError::BadSignature)
	);
}

#[test]
fn a_secret_does_not_open_its_commitment() {
	let wrong = refused_with(|proof, _, _, _| {
		proof.blindings = vec![[1; 12], [3; 12]].try_into().expect("two");
	});
	assert_eq!(wrong, code(ValidityError::BadSignature));
}

#[test]
fn the_first_window_is_another() {
	let (mut chain, actors, id) = active();
	let proof = proof(&mut chain, &actors, id, 1, &[Some(90)]);
	assert_eq!(
		settle(&mut chain, id, 0, proof.clone()),
		code(ValidityError::BadSignature)
	);
	assert_eq!(
		settle(&mut chain, id, 1, proof),
		code(ValidityError::TooFarAhead)
	);
}

#[test]
fn the_agreement_is_another() {
	let (mut chain, actors, id) = active();
	let proof = proof(&mut chain, &actors, id, 0, &[Some(90)]);
	assert_eq!(
		settle(&mut chain, H256::zero(), 0, proof),
		code(ValidityError::NotFound)
	);
}

#[test]
fn it_is_a_replay() {
	let (mut chain, actors, id) = active();
	let proof = proof(&mut chain, &actors, id, 0, &[Some(90)]);
	assert_eq!(settle(&mut chain, id, 0, proof.clone()), None);
	assert_eq!(
		settle(&mut chain, id, 0, proof),
		code(ValidityError::AlreadyDecided)
	);
}

#[test]
fn it_comes_after_the_end() {
	let (mut chain, actors, id) = active();
	let proof = proof(&mut chain, &actors, id, 0, &[Some(90)]);
	chain.run_to(200);
	assert_eq!(
		settle(&mut chain, id, 0, proof),
		code(ValidityError::TooLate)
	);
}

#[test]
fn it_is_for_another_chain() {
	let (mut chain, actors, id) = active();
	let mut foreign = proof(&mut chain, &actors, id, 0, &[Some(90)]);
	let settlement = foreign.settlement(&round(&mut chain, id, 0), &actors.intermediaries);
	let bytes = settlement.signing_bytes(&H256::repeat_byte(0x66));
	let signatures: Vec<_> = actors.keys.iter().map(|key| key.sign(&bytes)).collect();
	foreign.assents = singly(signatures);
	assert_eq!(
		settle(&mut chain, id, 0, foreign),
		code(ValidityError::BadSignature)
	);
}
