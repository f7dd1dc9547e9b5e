//! Nobody can lock up an operator's bond: it is bound by its offer or its consent alone, and can leave.

use sp_core::Pair;
use sp_runtime::MultiSignature;
use syngraph_primitives::{Consent, Payload};
use syngraph_runtime::{Runtime, RuntimeEvent, DAYS, SYN};
use syngraph_tests::{
	actors::{agreement_terms, offer, sign_terms, ChainTerms},
	Actors, Chain,
};

type Call = pallet_agreements::Call<Runtime>;
type Error = pallet_agreements::Error<Runtime>;
type RegistryCall = pallet_registry::Call<Runtime>;

/// Terms that bind for years, and cost their users nearly nothing.
fn long_terms(chain: &Chain, actors: &Actors) -> ChainTerms {
	let mut terms = agreement_terms(chain, actors);
	terms.reaction = Default::default();
	terms.limits.ends_at = chain.number() + 3 * 365 * DAYS;
	terms.limits.starts_at = terms.limits.ends_at;
	terms
}

/// What keeps an agreement on these terms from coming into force.
fn refused(change: impl Fn(&mut ChainTerms)) -> Option<sp_runtime::DispatchError> {
	let mut chain = Chain::new();
	let actors = Actors::register(&mut chain);
	let mut terms = agreement_terms(&chain, &actors);
	terms.reaction = Default::default();
	terms.users[1].escrow = 500 * SYN;
	change(&mut terms);
	let agreement = terms.id(&chain.genesis());
	let proposed = chain.call(&actors.rental, Call::propose { terms });
	let signed = proposed.and_then(|_| chain.call(&actors.insurer, Call::sign { agreement }));
	// Its bond is as free as before.
	for (operator, intermediary) in actors.operators.iter().zip(actors.intermediaries) {
		let amount = 100 * SYN;
		let unbond = RegistryCall::unbond {
			intermediary,
			amount,
		};
		assert_eq!(chain.call(operator, unbond).is_ok(), signed.is_err());
	}
	signed.err()
}

#[test]
fn terms_that_an_operator_did_not_offer_bind_nobody() {
	assert_eq!(refused(|_| ()), None);
	type Case = (fn(&mut ChainTerms), Error);
	let cases: [Case; 6] = [
		(|terms| terms.penalty = 101 * SYN, Error::PenaltyTooHigh),
		(
			|terms| terms.absence_fee = 2 * SYN,
			Error::AbsenceFeeTooHigh,
		),
		(|terms| terms.reward = 0, Error::RewardTooLow),
		(
			|terms| terms.limits.ends_at += DAYS,
			Error::DurationNotOffered,
		),
		(
			|terms| terms.limits.notice = DAYS + 1,
			Error::NoticeNotOffered,
		),
		(|terms| terms.limits.answer = 1, Error::InvalidAnswer),
	];
	for (change, error) in cases {
		assert_eq!(refused(change), Some(error.into()));
	}
}

#[test]
fn an_offer_has_no_less_time_to_answer_than_it_asks_for() {
	let mut chain = Chain::new();
	let actors = Actors::register(&mut chain);
	let call = RegistryCall::publish_offer {
		intermediary: actors.intermediaries[0],
		offer: syngraph_primitives::Offer {
			answer: 25,
			..offer()
		},
	};
	chain.call(&actors.operators[0], call).expect("it is sound");
	let terms = agreement_terms(&chain, &actors);
	let agreement = terms.id(&chain.genesis());
	let proposed = chain.call(&actors.rental, Call::propose { terms });
	let signed = proposed.and_then(|_| chain.call(&actors.insurer, Call::sign { agreement }));
	assert_eq!(signed, Err(Error::AnswerNotOffered.into()));
}

/// An agreement for years, created with the consent of these operators.
fn create(
	chain: &mut Chain,
	actors: &Actors,
	consenting: &[usize],
) -> Result<sp_core::H256, sp_runtime::DispatchError> {
	let terms = long_terms(chain, actors);
	let agreement = terms.id(&chain.genesis());
	let users = [&actors.rental, &actors.insurer];
	let signatures: Vec<MultiSignature> =
		users.map(|user| sign_terms(chain, &terms, user)).to_vec();
	let consents: Vec<_> = consenting
		.iter()
		.map(|place| {
			let intermediary = actors.intermediaries[*place];
			let consent = Consent {
				agreement,
				intermediary,
			};
			let signed = consent.signing_bytes(&chain.genesis());
			let signature = actors.operators[*place].sign(&signed);
			(intermediary, MultiSignature::from(signature))
		})
		.collect();
	let call = Call::create {
		terms,
		signatures: signatures.try_into().expect("two are allowed"),
		consents: consents.try_into().expect("two are allowed"),
	};
	chain.call(&actors.rental, call)?;
	Ok(agreement)
}

#[test]
fn an_operator_that_consented_is_bound_and_can_resign() {
	let mut chain = Chain::new();
	let actors = Actors::register(&mut chain);
	let one = create(&mut chain, &actors, &[0]);
	assert_eq!(one, Err(Error::DurationNotOffered.into()));
	let agreement = create(&mut chain, &actors, &[0, 1]).expect("both consented");

	let (operator, intermediary) = (&actors.operators[0], actors.intermediaries[0]);
	let unbond = RegistryCall::unbond {
		intermediary,
		amount: 100 * SYN,
	};
	assert!(
		chain.call(operator, unbond.clone()).is_err(),
		"it is liable"
	);
	let resign = Call::resign {
		agreement,
		intermediary,
	};
	assert_eq!(
		chain.call(&actors.rental, resign.clone()),
		Err(Error::NotOperator.into())
	);
	chain.call(operator, resign).expect("it gives notice");
	let release = Call::release {
		agreement,
		intermediary,
	};
	assert_eq!(
		chain.call(operator, release.clone()),
		Err(Error::NoticeRunning.into())
	);
	chain.run_to(chain.number() + 5);
	let events = chain.call(operator, release).expect("it is over");
	assert!(events.iter().any(|event| matches!(
		event,
		RuntimeEvent::Agreements(pallet_agreements::Event::WindsUp { .. })
	)));
	// The agreement cannot go on without it. What was begun has the time to settle.
	assert!(
		chain.call(operator, unbond.clone()).is_err(),
		"it is still liable"
	);
	chain.run_to(chain.number() + 24);
	chain
		.call(operator, Call::close { agreement })
		.expect("its last block has passed");
	chain.call(operator, unbond).expect("it is free");
}
