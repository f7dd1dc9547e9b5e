//! Agreements from their signing to their end.

use syngraph_protocol::{prove_round, round_leaf, verify_round};
use syngraph_runtime::{Agreements, Balances, Runtime, RuntimeEvent, HOURS, SYN};
use syngraph_tests::{
	actors::{account, agreement_terms, enter, proof, sign_terms, Actors},
	chain::general,
	Chain,
};

use crate::cast::outcomes;

type Call = pallet_agreements::Call<Runtime>;

/// A chain with an agreement in force.
pub fn active() -> (Chain, Actors, sp_core::H256) {
	let mut chain = Chain::new();
	let actors = Actors::register(&mut chain);
	let terms = agreement_terms(&chain, &actors);
	let id = terms.id(&chain.genesis());
	chain
		.call(&actors.rental, Call::propose { terms })
		.expect("the rental proposes");
	chain
		.call(&actors.insurer, Call::sign { agreement: id })
		.expect("the insurer signs");
	(chain, actors, id)
}

#[test]
fn a_round_settles_pays_and_is_stored() {
	let (mut chain, actors, id) = active();
	let (rental, insurer) = (account(&actors.rental), account(&actors.insurer));
	let before = chain.balance(&insurer);
	let operators = actors.operators.each_ref().map(account);
	let unrewarded = operators.each_ref().map(|operator| chain.balance(operator));
	let issuance = chain.read(Balances::total_issuance);

	let call = Call::settle {
		agreement: id,
		first: 0,
		proof: proof(&mut chain, &actors, id, 0, &[Some(90), None, Some(60)]),
	};
	let results = chain.block(vec![general(call)]);
	assert_eq!(results, vec![Ok(Ok(()))]);

	let paid = chain.balance(&insurer) - before;
	for (operator, before) in operators.iter().zip(unrewarded) {
		assert_eq!(chain.balance(operator), before + 2 * SYN / 100);
	}
	assert_eq!(outcomes(&mut chain, id), [Some(90), None, Some(60)]);
	assert_eq!(
		paid,
		150 * SYN / 1_000,
		"its share of the cost comes out of its escrow"
	);
	let events = chain.events();
	assert!(events.iter().any(|event| matches!(
		event,
		RuntimeEvent::Agreements(pallet_agreements::Event::Paid { from, to, amount, .. })
			if *from == rental && *to == insurer && *amount == 150 * SYN / 1_000
	)));
	assert_eq!(chain.read(Balances::total_issuance), issuance);
}

/// Its heartbeats do not get in.
#[test]
fn a_member_that_settles_keeps_its_place() {
	let mut chain = Chain::new();
	let actors = Actors::register(&mut chain);
	let mut terms = agreement_terms(&chain, &actors);
	terms.limits.ends_at = chain.number() + 5 * HOURS;
	let id = enter(&mut chain, &actors, terms);
	let vacate = Call::vacate {
		agreement: id,
		intermediary: actors.intermediaries[0],
	};
	chain.skip(2 * HOURS);
	let settle = Call::settle {
		agreement: id,
		first: 0,
		proof: proof(&mut chain, &actors, id, 0, &[Some(1)]),
	};
	assert_eq!(chain.block(vec![general(settle)]), vec![Ok(Ok(()))]);
	let refused = pallet_agreements::Error::<Runtime>::Alive;
	assert_eq!(
		chain.call(&actors.rental, vacate.clone()),
		Err(refused.into())
	);
	chain.skip(2 * HOURS);
	let events = chain.call(&actors.rental, vacate).expect("it is silent");
	assert!(events.iter().any(|event| matches!(
		event,
		RuntimeEvent::Agreements(pallet_agreements::Event::WindsUp { .. })
	)));
}

#[test]
fn both_ways_of_signing_lead_to_the_same_agreement() {
	let mut chain = Chain::new();
	let actors = Actors::register(&mut chain);
	let terms = agreement_terms(&chain, &actors);
	let id = terms.id(&chain.genesis());
	let signatures = vec![
		sign_terms(&chain, &terms, &actors.rental),
		sign_terms(&chain, &terms, &actors.insurer),
	];
	// Anybody may bring the signatures, and nobody twice.
	let call = Call::create {
		terms,
		signatures: signatures.try_into().expect("two"),
		consents: Default::default(),
	};
	chain
		.call(&actors.operators[0], call.clone())
		.expect("it is created");
	assert!(chain.read(|| pallet_agreements::Agreements::<Runtime>::contains_key(id)));
	let again = chain.call(&actors.operators[0], call);
	assert_eq!(
		again,
		Err(pallet_agreements::Error::<Runtime>::AlreadyExists.into())
	);
}

#[test]
fn everything_goes_back_in_the_end() {
	let mut chain = Chain::new();
	let actors = Actors::register(&mut chain);
	let users = [account(&actors.rental), account(&actors.insurer)];
	let reserved = |chain: &mut Chain| {
		users
			.clone()
			.map(|user| chain.read(|| Balances::reserved_balance(&user)))
	};
	let registered = reserved(&mut chain);
	let terms = agreement_terms(&chain, &actors);
	let id = terms.id(&chain.genesis());
	let limits = &terms.limits;
	let (sign_by, notice, answer) = (limits.sign_by, limits.notice, limits.answer);
	chain
		.call(&actors.rental, Call::propose { terms })
		.expect("the rental proposes");
	chain
		.call(&actors.insurer, Call::sign { agreement: id })
		.expect("the insurer signs");
	let call = Call::settle {
		agreement: id,
		first: 0,
		proof: proof(&mut chain, &actors, id, 0, &[Some(1)]),
	};
	assert_eq!(chain.block(vec![general(call)]), vec![Ok(Ok(()))]);

	chain
		.call(&actors.insurer, Call::give_notice { agreement: id })
		.expect("notice is given");
	let end = chain.number() + notice;
	chain.run_to(end);
	// What was begun by then still settles.
	let call = Call::settle {
		agreement: id,
		first: 1,
		proof: proof(&mut chain, &actors, id, 1, &[Some(1)]),
	};
	assert_eq!(chain.block(vec![general(call)]), vec![Ok(Ok(()))]);
	let close = Call::close { agreement: id };
	let early = chain.call(&actors.operators[0], close.clone());
	let error = pallet_agreements::Error::<Runtime>::NotOver;
	assert_eq!(early, Err(error.into()));
	chain.run_to(end + answer);
	chain
		.call(&actors.operators[0], close)
		.expect("anybody closes it");
	let root = chain.agreement(&id).expect("it is known").history.root();
	chain.run_to(sign_by + 1);
	chain
		.call(&actors.operators[0], Call::forget { agreement: id })
		.expect("anybody forgets it");
	assert!(!chain.read(|| pallet_agreements::Agreements::<Runtime>::contains_key(id)));
	let rounds = chain.read(|| pallet_agreements::Rounds::<Runtime>::iter().count());
	assert_eq!(rounds, 0);
	assert_eq!(reserved(&mut chain), registered);
	// But for the root by which each of them can be shown.
	let kept = chain.read(|| pallet_agreements::Finals::<Runtime>::get(id));
	assert_eq!(kept, Some((root, 2)));
}

#[test]
fn a_settlement_is_known_before_it_is_paid_for() {
	let (mut chain, actors, id) = active();
	let call = Call::settle {
		agreement: id,
		first: 0,
		proof: proof(&mut chain, &actors, id, 0, &[Some(90)]),
	};
	let validity = chain.validate(general(call.clone())).expect("it is valid");
	assert!(validity.propagate);
	assert_eq!(validity.provides.len(), 1);
	let other = Call::settle {
		agreement: id,
		first: 0,
		proof: proof(&mut chain, &actors, id, 0, &[Some(91), Some(92)]),
	};
	let other = chain.validate(general(other)).expect("it is valid");
	assert_eq!(
		validity.provides, other.provides,
		"one settlement of a round displaces another"
	);
}

#[test]
fn what_is_owed_is_asked_of_the_runtime_and_paid_by_whoever_asks_for_it() {
	let mut chain = Chain::new();
	let actors = Actors::register(&mut chain);
	let mut terms = agreement_terms(&chain, &actors);
	terms.limits.payout = 1_000;
	let id = enter(&mut chain, &actors, terms);
	let (operators, insurer) = (&actors.operators, account(&actors.insurer));
	let before = chain.balance(&insurer);
	for (first, outcomes) in [
		(0, &[Some(90), None][..]),
		(2, &[Some(90)]),
		(3, &[Some(90)]),
	] {
		let call = Call::settle {
			agreement: id,
			first,
			proof: proof(&mut chain, &actors, id, first, outcomes),
		};
		assert_eq!(chain.block(vec![general(call)]), vec![Ok(Ok(()))]);
	}
	let accounts = |chain: &mut Chain| chain.read(|| Agreements::accounts(&id).expect("known"));
	let owing = accounts(&mut chain);
	assert_eq!((owing.windows, owing.rounds, owing.base), (3, 3, 4));
	assert_eq!(chain.balance(&insurer), before);
	chain
		.call(&operators[0], Call::payout { agreement: id })
		.expect("anybody may");
	let paid = accounts(&mut chain);
	assert_eq!((paid.paid, paid.owed), (owing.owed, vec![0, 0]));
	assert_eq!(chain.balance(&insurer), before + 270 * SYN / 1_000);
}

#[test]
fn what_a_window_came_to_is_asked_of_the_runtime_and_shown_by_its_history() {
	let mut chain = Chain::new();
	let actors = Actors::register(&mut chain);
	let mut terms = agreement_terms(&chain, &actors);
	terms.rounds.kept = 2;
	let id = enter(&mut chain, &actors, terms);
	let mut leaves = Vec::new();
	for first in [0, 3, 6] {
		let call = Call::settle {
			agreement: id,
			first,
			proof: proof(
				&mut chain,
				&actors,
				id,
				first,
				&[None, Some(first as i128), None],
			),
		};
		assert_eq!(chain.block(vec![general(call)]), vec![Ok(Ok(()))]);
		let last = chain.read(|| Agreements::last_rounds(&id)).pop();
		leaves.push(round_leaf(&id, &last.expect("it has settled")));
	}
	let of = |chain: &mut Chain, window| chain.read(|| Agreements::outcome(&id, window));
	let known = of(&mut chain, 4).expect("its round is kept");
	assert_eq!(
		(known.result, known.number, known.round.first),
		(Some(3), 1, 3)
	);
	assert_eq!(of(&mut chain, 5).expect("so is its").result, None);
	// That of the first round is not any more, and the last one is not there yet.
	assert_eq!([1, 9].map(|window| of(&mut chain, window)), [None, None]);
	let accounts = chain
		.read(|| Agreements::accounts(&id))
		.expect("it is known");
	let proof = prove_round(&leaves, 0).expect("it is one of them");
	assert!(verify_round(&accounts.root, 3, 0, leaves[0], &proof));
}
