//! Disputes: the escrow pays for them, a round can settle all the while, and all of it goes away again.

use sp_core::H256;
use sp_runtime::transaction_validity::{InvalidTransaction, TransactionValidityError};
use syngraph_primitives::Utterance;
use syngraph_protocol::{Conflict, Kind, Stage};
use syngraph_runtime::{Balances, Runtime, RuntimeEvent};
use syngraph_tests::{
	actors::{account, proof},
	chain::general,
	Actors, Chain,
};

use crate::{
	agreements::active,
	cast::{apply, dispute, made_up, open, report, settled, Claimant},
};

type AgreementsCall = pallet_agreements::Call<Runtime>;
type Call = pallet_disputes::Call<Runtime>;

/// What one of the members commits to, whose first window has this root, with no end but that of so many windows.
fn claim(
	chain: &mut Chain,
	actors: &Actors,
	id: H256,
	who: usize,
	roots: &[u8],
) -> syngraph_test_kit::claims::Claim {
	let claimant = Claimant {
		member: actors.intermediaries[who],
		secret: who as u8,
	};
	let windows: Vec<_> = roots.iter().map(|root| made_up(*root)).collect();
	claimant.claims(chain, id, 0, &windows)
}

/// The same, signed.
fn committed(chain: &mut Chain, actors: &Actors, id: H256, who: usize, roots: &[u8]) -> Utterance {
	let genesis = chain.genesis();
	claim(chain, actors, id, who, roots).committed(&actors.keys[who], &genesis)
}

#[test]
fn a_conflict_opens_one_dispute_in_which_the_round_can_still_settle() {
	let (mut chain, actors, id) = active();
	let left = committed(&mut chain, &actors, id, 0, &[1]);
	let right = committed(&mut chain, &actors, id, 1, &[2]);
	let call = report(left, right);
	apply(&mut chain, call.clone());
	let open = dispute(&mut chain, id).expect("open");
	let cause = pallet_disputes::Cause::Conflict {
		conflict: Conflict::InputMismatch,
		authors: actors.intermediaries,
	};
	assert_eq!(open.cause, cause);
	assert!(
		chain.block(vec![general(call)]).remove(0).is_err(),
		"a dispute opens once"
	);

	// Whatever they said before: this has the signatures of all.
	let settle = AgreementsCall::settle {
		agreement: id,
		first: 0,
		proof: proof(&mut chain, &actors, id, 0, &[Some(5)]),
	};
	apply(&mut chain, settle);
	// It came to nothing, and stays open for as long as they had to answer.
	chain.run_to(open.docket.deadline);
	apply(&mut chain, Call::judge { agreement: id });
	assert!(dispute(&mut chain, id).is_none());
	assert_eq!(settled(&mut chain, id), 1);
	let roster = chain.agreement(&id).expect("it goes on").roster;
	assert_eq!((roster.number, roster.since), (1, 1));
}

/// Whoever opens the next one, be it in the same block.
#[test]
fn who_may_leave_by_then_does_so_when_a_dispute_closes() {
	let (mut chain, actors, id) = active();
	let (operator, intermediary) = (&actors.operators[0], actors.intermediaries[0]);
	let resign = AgreementsCall::resign {
		agreement: id,
		intermediary,
	};
	chain.call(operator, resign).expect("it gives notice");
	let left = committed(&mut chain, &actors, id, 0, &[1]);
	let right = committed(&mut chain, &actors, id, 1, &[2]);
	apply(&mut chain, report(left, right));
	let settle = AgreementsCall::settle {
		agreement: id,
		first: 0,
		proof: proof(&mut chain, &actors, id, 0, &[Some(5)]),
	};
	apply(&mut chain, settle);
	let open = dispute(&mut chain, id).expect("open");
	chain.run_to(open.docket.deadline);
	let release = AgreementsCall::release {
		agreement: id,
		intermediary,
	};
	let refused = pallet_agreements::Error::<Runtime>::Disputed;
	assert_eq!(chain.call(operator, release), Err(refused.into()));
	apply(&mut chain, Call::judge { agreement: id });
	// Its user has nobody else.
	let winds_up = pallet_agreements::Event::<Runtime>::WindsUp {
		agreement: id,
		intermediary,
		ends: chain.number(),
	};
	assert!(chain.events().contains(&RuntimeEvent::from(winds_up)));
}

/// Both lay open their trees, until it is known of which window they say different things.
#[test]
fn two_that_differ_are_asked_for_the_first_window_in_which_they_do() {
	let (mut chain, actors, id) = active();
	let claims = [&[1, 2, 3, 4][..], &[1, 2, 5, 6]];
	let mut said = Vec::new();
	for (place, roots) in claims.into_iter().enumerate() {
		said.push(claim(&mut chain, &actors, id, place, roots));
	}
	let genesis = chain.genesis();
	let [left, right] = [0, 1].map(|place| said[place].committed(&actors.keys[place], &genesis));
	apply(&mut chain, report(left, right));
	// Nobody can have other hashes that give the root to which a member is held.
	let forged = general(open(&said[0], 1));
	let code = pallet_disputes::ValidityError::WrongHashes as u8;
	let refused = TransactionValidityError::Invalid(InvalidTransaction::Custom(code));
	assert_eq!(chain.block(vec![forged]), vec![Err(refused)]);
	for place in [1, 0] {
		apply(&mut chain, open(&said[place], place as u8));
	}
	let stage = dispute(&mut chain, id).expect("it goes on").docket.stage;
	let kind = Kind::Data;
	assert_eq!(stage, Stage::Evidence { kind, window: 2 });
}

#[test]
fn utterances_that_agree_are_no_evidence() {
	let (mut chain, actors, id) = active();
	let left = committed(&mut chain, &actors, id, 0, &[1]);
	let right = committed(&mut chain, &actors, id, 1, &[1]);
	let code = pallet_disputes::ValidityError::NoConflict as u8;
	let refused = TransactionValidityError::Invalid(InvalidTransaction::Custom(code));
	let call = report(left, right);
	assert_eq!(chain.block(vec![general(call)]), vec![Err(refused)]);
}

#[test]
fn a_forged_utterance_is_no_evidence() {
	let (mut chain, actors, id) = active();
	let left = committed(&mut chain, &actors, id, 0, &[1]);
	let mut right = committed(&mut chain, &actors, id, 1, &[1]);
	right.commit.commitment.data_root = H256::repeat_byte(2);
	let code = pallet_disputes::ValidityError::BadSignature as u8;
	let refused = TransactionValidityError::Invalid(InvalidTransaction::Custom(code));
	let call = report(left, right);
	assert_eq!(chain.block(vec![general(call)]), vec![Err(refused)]);
	assert!(chain
		.events()
		.iter()
		.all(|event| !matches!(event, RuntimeEvent::Disputes(_))));
}

#[test]
fn a_dispute_outlives_its_agreement_and_then_leaves_nothing() {
	let (mut chain, actors, id) = active();
	let left = committed(&mut chain, &actors, id, 0, &[1]);
	let right = committed(&mut chain, &actors, id, 1, &[2]);
	for user in [&actors.rental, &actors.insurer] {
		let consent = AgreementsCall::consent_to_end { agreement: id };
		chain.call(user, consent).expect("consented");
	}
	let terms = chain.read(|| pallet_agreements::Terms::<Runtime>::get(id));
	let (ends, answer) = (chain.number(), terms.expect("known").limits.answer);
	// In the last block in which anything can settle.
	chain.run_to(ends + answer - 1);
	apply(&mut chain, report(left, right));
	let operator = &actors.operators[0];
	chain
		.call(operator, AgreementsCall::close { agreement: id })
		.expect("it is over");
	let held =
		|chain: &mut Chain| chain.read(|| Balances::reserved_balance(account(&actors.insurer)));
	let registration =
		chain.read(|| pallet_registry::Users::<Runtime>::get(account(&actors.insurer)));
	let deposit = registration.expect("still registered").deposit;
	assert!(
		held(&mut chain) > deposit,
		"the reserve stays until the verdict"
	);
	let judge = Call::judge { agreement: id };
	let early = chain.call(operator, judge.clone());
	assert!(early.is_err(), "it is too early");
	let forget = AgreementsCall::forget { agreement: id };
	let early = chain.call(operator, forget.clone());
	assert!(early.is_err(), "the dispute needs it");
	chain.run_to(chain.number() + answer);
	chain
		.call(operator, judge)
		.expect("the deadline has passed");
	chain.call(operator, forget).expect("nothing needs it");
	assert!(chain.agreement(&id).is_none());
	assert_eq!(held(&mut chain), deposit);
}
