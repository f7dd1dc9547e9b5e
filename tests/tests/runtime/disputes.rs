//! Disputes: evidence freezes a window, the escrow pays for it, and all of it goes away again.

use sp_core::H256;
use sp_runtime::transaction_validity::{InvalidTransaction, TransactionValidityError};
use syngraph_primitives::{Commitment, SignedStatement, Statement};
use syngraph_protocol::Conflict;
use syngraph_runtime::{Balances, Runtime, RuntimeEvent};
use syngraph_test_kit::people::signed_statement;
use syngraph_tests::{
	actors::{account, proof, version},
	chain::general,
	Actors, Chain,
};

use crate::{agreements::active, cast::message};

type AgreementsCall = pallet_agreements::Call<Runtime>;
type Call = pallet_disputes::Call<Runtime>;

/// A commitment of one of the intermediaries to a window with this root.
fn commitment(
	chain: &mut Chain,
	actors: &Actors,
	id: H256,
	who: usize,
	root: u8,
) -> SignedStatement {
	let statement = Statement::Commit(Commitment {
		agreement: id,
		window: 0,
		roster: 0,
		version: version(chain, id, 0),
		intermediary: actors.intermediaries[who],
		seal: H256::repeat_byte(who as u8),
		root: H256::repeat_byte(root),
		possession: H256::zero(),
	});
	signed_statement(&actors.keys[who], &chain.genesis(), statement)
}

/// A report about the first window, with its last message.
fn report(chain: &Chain, actors: &Actors, left: SignedStatement, right: SignedStatement) -> Call {
	let head = message(chain.genesis(), actors.lock, 1);
	Call::report {
		left: Box::new(left),
		right: Box::new(right),
		heads: vec![head].try_into().expect("one is allowed"),
	}
}

#[test]
fn a_conflict_freezes_its_window_and_no_other() {
	let (mut chain, actors, id) = active();
	let left = commitment(&mut chain, &actors, id, 0, 1);
	let right = commitment(&mut chain, &actors, id, 1, 2);
	let call = report(&chain, &actors, left, right);
	assert_eq!(chain.block(vec![general(call.clone())]), vec![Ok(Ok(()))]);
	let dispute = chain
		.read(|| pallet_disputes::Disputes::<Runtime>::get(id))
		.expect("open");
	let cause = pallet_disputes::Cause::Conflict(Conflict::InputMismatch);
	assert_eq!(dispute.cause, cause);

	let settle = |chain: &mut Chain, window| {
		let proof = proof(chain, &actors, id, window, 5);
		general(AgreementsCall::settle {
			agreement: id,
			window,
			proof,
		})
	};
	let frozen = InvalidTransaction::Custom(pallet_agreements::ValidityError::Disputed as u8);
	let transaction = settle(&mut chain, 0);
	let refused = Err(TransactionValidityError::Invalid(frozen));
	assert_eq!(chain.block(vec![transaction]), vec![refused]);
	let transaction = settle(&mut chain, 1);
	assert_eq!(chain.block(vec![transaction]), vec![Ok(Ok(()))]);
	assert!(
		chain.block(vec![general(call)]).remove(0).is_err(),
		"a dispute opens once"
	);
}

#[test]
fn statements_that_agree_are_no_evidence() {
	let (mut chain, actors, id) = active();
	let left = commitment(&mut chain, &actors, id, 0, 1);
	let right = commitment(&mut chain, &actors, id, 1, 1);
	let code = pallet_disputes::ValidityError::NoConflict as u8;
	let refused = TransactionValidityError::Invalid(InvalidTransaction::Custom(code));
	let call = report(&chain, &actors, left, right);
	assert_eq!(chain.block(vec![general(call)]), vec![Err(refused)]);
}

#[test]
fn a_forged_statement_is_no_evidence() {
	let (mut chain, actors, id) = active();
	let left = commitment(&mut chain, &actors, id, 0, 1);
	let mut right = commitment(&mut chain, &actors, id, 1, 1);
	let Statement::Commit(commit) = &mut right.statement else {
		unreachable!()
	};
	commit.root = H256::repeat_byte(2);
	let code = pallet_disputes::ValidityError::BadSignature as u8;
	let refused = TransactionValidityError::Invalid(InvalidTransaction::Custom(code));
	let call = report(&chain, &actors, left, right);
	assert_eq!(chain.block(vec![general(call)]), vec![Err(refused)]);
	assert!(chain
		.events()
		.iter()
		.all(|event| !matches!(event, RuntimeEvent::Disputes(_))));
}

#[test]
fn a_dispute_outlives_its_agreement_and_then_leaves_nothing() {
	let (mut chain, actors, id) = active();
	let left = commitment(&mut chain, &actors, id, 0, 1);
	let right = commitment(&mut chain, &actors, id, 1, 2);
	let call = report(&chain, &actors, left, right);
	assert_eq!(chain.block(vec![general(call)]), vec![Ok(Ok(()))]);
	for user in [&actors.rental, &actors.insurer] {
		let consent = AgreementsCall::consent_to_end { agreement: id };
		chain.call(user, consent).expect("consented");
	}
	let held =
		|chain: &mut Chain| chain.read(|| Balances::reserved_balance(account(&actors.insurer)));
	let registration =
		chain.read(|| pallet_registry::Users::<Runtime>::get(account(&actors.insurer)));
	let deposit = registration.expect("still registered").deposit;
	assert!(
		held(&mut chain) > deposit,
		"the reserve stays until the verdict"
	);
	let judge = Call::judge {
		agreement: id,
		window: 0,
	};
	let early = chain.call(&actors.operators[0], judge.clone());
	assert!(early.is_err(), "it is too early");
	let answer = chain.read(|| pallet_agreements::Terms::<Runtime>::get(id));
	chain.run_to(chain.number() + answer.expect("known").limits.answer);
	chain
		.call(&actors.operators[0], judge)
		.expect("the deadline has passed");
	chain.run_to(40);
	let prune = AgreementsCall::prune {
		agreement: id,
		windows: Default::default(),
	};
	chain
		.call(&actors.operators[0], prune)
		.expect("nothing is stored for it");
	assert!(chain.agreement(&id).is_none());
	assert_eq!(held(&mut chain), deposit);
}
