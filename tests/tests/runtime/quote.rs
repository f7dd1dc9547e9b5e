//! Quotes, as whoever asks for one has them: the runtime answers bytes.

use codec::{Decode, Encode};
use sp_runtime::DispatchError;
use syngraph_primitives::{
	api::Quote, Function, OnFailure, QualityOfService, RoundTerms, Source, TimeLimits, WindowShape,
	MAX_FUNCTION, MAX_INTERMEDIARIES, MAX_SENSORS, MAX_STEPS, MAX_TEXT, MAX_USERS,
};
use syngraph_runtime::{apis::api, AccountId, Balance, BlockNumber, Runtime};
use syngraph_tests::{
	actors::{agreement_terms, Actors, ChainTerms},
	Chain,
};

type Error = pallet_agreements::Error<Runtime>;
type Answer = Result<Quote<Balance>, DispatchError>;

/// What the runtime answers to whoever asks what these bytes would cost.
fn quote(chain: &mut Chain, terms: &[u8]) -> Answer {
	let answer = chain.read(|| api::dispatch("AgreementsApi_quote", terms));
	let answer = answer.expect("there is such a method");
	Answer::decode(&mut &answer[..]).expect("it answers so")
}

/// Terms whose lists and texts are as long as one likes. They are encoded as terms are.
#[derive(Clone, Encode)]
struct Unbounded {
	users: Vec<(AccountId, Vec<u64>, Vec<u64>, Balance)>,
	sensors: Vec<Source>,
	window: WindowShape,
	/// A pipeline.
	function: (u8, Vec<u8>),
	quality_of_service: QualityOfService,
	/// Steps that log something under a label.
	reaction: Vec<(u8, Vec<u8>)>,
	amounts: [Balance; 5],
	on_failure: OnFailure,
	rounds: RoundTerms<BlockNumber>,
	limits: TimeLimits<BlockNumber>,
	nonce: u64,
}

/// The number of a step that logs something.
const LOG: u8 = 1;

impl Unbounded {
	/// The terms, with a reaction that only logs results.
	fn new(terms: ChainTerms) -> Self {
		let users = terms.users.into_iter().map(|party| {
			let (members, spares) = (party.intermediaries, party.spares);
			let (members, spares) = (members.into_inner(), spares.into_inner());
			(party.user, members, spares, party.escrow)
		});
		let Function::Pipeline(function) = terms.function;
		Self {
			users: users.collect(),
			sensors: terms.sensors.into_inner(),
			window: terms.window,
			function: (0, function.into_inner()),
			quality_of_service: terms.quality_of_service,
			reaction: vec![(LOG, b"seconds".to_vec())],
			amounts: [
				terms.reward,
				terms.retainer,
				terms.spare_retainer,
				terms.penalty,
				terms.absence_fee,
			],
			on_failure: terms.on_failure,
			rounds: terms.rounds,
			limits: terms.limits,
			nonce: terms.nonce,
		}
	}
}

/// A chain, and terms that make sense on it.
fn scene() -> (Chain, Unbounded) {
	let mut chain = Chain::new();
	let actors = Actors::register(&mut chain);
	let terms = agreement_terms(&chain, &actors);
	(chain, Unbounded::new(terms))
}

#[test]
fn terms_within_their_bounds_have_a_quote() {
	let (mut chain, mut terms) = scene();
	let quoted = quote(&mut chain, &terms.encode()).expect("they make sense");
	assert_eq!(quoted.escrows.len(), 2);
	// What is as long as it may be is read.
	terms.reaction = vec![(LOG, vec![b'a'; MAX_TEXT as usize]); MAX_STEPS as usize];
	assert!(quote(&mut chain, &terms.encode()).is_ok());
	terms.function.1.resize(MAX_FUNCTION as usize, b' ');
	assert!(quote(&mut chain, &terms.encode()).is_ok());
	terms.window.size = 0;
	let refused = quote(&mut chain, &terms.encode());
	assert_eq!(refused, Err(Error::ZeroSize.into()));
}

#[test]
fn terms_beyond_a_bound_are_refused_by_what_is_beyond_it() {
	let (mut chain, terms) = scene();
	let mut check = |change: fn(&mut Unbounded), error: Error| {
		let mut changed = terms.clone();
		change(&mut changed);
		let refused = quote(&mut chain, &changed.encode());
		assert_eq!(refused, Err(error.into()));
	};
	check(
		|terms| terms.users = vec![terms.users[0].clone(); MAX_USERS as usize + 1],
		Error::TooManyUsers,
	);
	check(
		|terms| terms.users[1].1 = vec![1; MAX_INTERMEDIARIES as usize + 1],
		Error::TooManyUsers,
	);
	check(
		|terms| terms.users[0].2 = vec![1; MAX_INTERMEDIARIES as usize + 1],
		Error::TooManyUsers,
	);
	check(
		|terms| terms.sensors = vec![terms.sensors[0]; MAX_SENSORS as usize + 1],
		Error::TooManySensors,
	);
	check(
		|terms| terms.function.1.resize(MAX_FUNCTION as usize + 1, b' '),
		Error::FunctionTooLong,
	);
	check(
		|terms| terms.reaction = vec![terms.reaction[0].clone(); MAX_STEPS as usize + 1],
		Error::ReactionTooLong,
	);
	check(
		|terms| terms.reaction[0].1 = vec![b'a'; MAX_TEXT as usize + 1],
		Error::ReactionTooLong,
	);
}

#[test]
fn what_encodes_no_terms_is_refused() {
	let (mut chain, terms) = scene();
	let good = terms.encode();
	let longer = [&good[..], &[0]].concat();
	for bad in [&good[..good.len() - 1], &longer] {
		assert_eq!(quote(&mut chain, bad), Err(Error::NotTerms.into()));
	}
	for bad in [&b""[..], &[0xff; 100]] {
		assert_eq!(quote(&mut chain, bad), Err(Error::TooManyUsers.into()));
	}
}
