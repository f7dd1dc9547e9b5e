//! Agreements from their signing to their end.

use syngraph_runtime::{Balances, Runtime, RuntimeEvent, SYN};
use syngraph_tests::{
	actors::{account, agreement_terms, proof, sign_terms, Actors},
	chain::general,
	Chain,
};

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
fn a_result_settles_pays_and_is_stored() {
	let (mut chain, actors, id) = active();
	let (rental, insurer) = (account(&actors.rental), account(&actors.insurer));
	let before = chain.balance(&insurer);
	let operators = actors.operators.each_ref().map(account);
	let unrewarded = operators.each_ref().map(|operator| chain.balance(operator));
	let issuance = chain.read(Balances::total_issuance);

	let call = Call::settle {
		agreement: id,
		window: 0,
		proof: proof(&mut chain, &actors, id, 0, 90),
	};
	let results = chain.block(vec![general(call)]);
	assert_eq!(results, vec![Ok(Ok(()))]);

	let paid = chain.balance(&insurer) - before;
	for (operator, before) in operators.iter().zip(unrewarded) {
		assert_eq!(chain.balance(operator), before + SYN / 100);
	}
	let settled =
		chain.read(|| pallet_agreements::Results::<Runtime>::get(id, 0).map(|r| r.result));
	assert_eq!(settled, Some(90));
	assert_eq!(
		paid,
		90 * SYN / 1_000,
		"its share of the cost comes out of its escrow"
	);
	let events = chain.events();
	assert!(events.iter().any(|event| matches!(
		event,
		RuntimeEvent::Agreements(pallet_agreements::Event::Paid { from, to, amount, .. })
			if *from == rental && *to == insurer && *amount == 90 * SYN / 1_000
	)));
	assert_eq!(chain.read(Balances::total_issuance), issuance);
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
	let sign_by = terms.limits.sign_by;
	chain
		.call(&actors.rental, Call::propose { terms })
		.expect("the rental proposes");
	chain
		.call(&actors.insurer, Call::sign { agreement: id })
		.expect("the insurer signs");
	let call = Call::settle {
		agreement: id,
		window: 3,
		proof: proof(&mut chain, &actors, id, 3, 1),
	};
	assert_eq!(chain.block(vec![general(call)]), vec![Ok(Ok(()))]);

	chain
		.call(&actors.insurer, Call::give_notice { agreement: id })
		.expect("notice is given");
	let end = chain.number() + 6;
	chain.run_to(end);
	chain
		.call(&actors.operators[0], Call::close { agreement: id })
		.expect("anybody closes it");
	chain.run_to(sign_by + 1);
	let windows = vec![3].try_into().expect("one");
	chain
		.call(
			&actors.operators[0],
			Call::prune {
				agreement: id,
				windows,
			},
		)
		.expect("pruned");
	assert!(!chain.read(|| pallet_agreements::Agreements::<Runtime>::contains_key(id)));
	assert!(!chain.read(|| pallet_agreements::Results::<Runtime>::contains_key(id, 3)));
	assert_eq!(reserved(&mut chain), registered);
}

#[test]
fn a_settlement_is_known_before_it_is_paid_for() {
	let (mut chain, actors, id) = active();
	let call = Call::settle {
		agreement: id,
		window: 0,
		proof: proof(&mut chain, &actors, id, 0, 90),
	};
	let validity = chain.validate(general(call.clone())).expect("it is valid");
	assert!(validity.propagate);
	assert_eq!(validity.provides.len(), 1);
	let other = Call::settle {
		agreement: id,
		window: 0,
		proof: proof(&mut chain, &actors, id, 0, 91),
	};
	let other = chain.validate(general(other)).expect("it is valid");
	assert_eq!(
		validity.provides, other.provides,
		"one settlement of a window displaces another"
	);
}
