//! What is done with agreements.

use pallet_agreements::{Pallet, Phase};
use pallet_registry::{Intermediaries, Sensors, Users};
use sp_runtime::BoundedVec;
use syngraph_primitives::{
	blinding, Amount, Directory, Function, IntermediaryId, OnFailure, Outcomes, Party,
	QualityOfService, RoundTerms, Schema, Source, Span, Step, Terms, TimeLimits, WindowShape,
};
use syngraph_protocol::Proof;
use syngraph_runtime::{
	AccountId, BlockNumber, Registry, Runtime, Signature, HOURS, MILLI_SYN, SYN,
};
use syngraph_test_kit::proofs::{singles, singly};
use syngraph_tests::actors::ChainTerms;

use crate::{
	bound::{consents, unasked},
	cast::{general, now, signed, Act, Cast, Deal, Move},
	round::{Demand, Round},
};

type Call = pallet_agreements::Call<Runtime>;

/// How many agreements there are at a time.
const ENOUGH: usize = 6;

/// What can be computed from a window.
const FUNCTIONS: [&str; 3] = [
	r#"{"take": {"values": "v"}, "aggregate": "sum", "emit_if": {"at_least": 4}}"#,
	r#"{"take": {"values": "v"}, "keep": {"at_least": 3}, "aggregate": "max"}"#,
	r#"{"take": "messages", "aggregate": "count"}"#,
];

/// What is done, and how often.
pub const ACTS: &[Act] = &[
	(18, propose),
	(20, sign),
	(10, create),
	(1, cancel),
	(3, top_up),
	(1, give_notice),
	(3, consent_to_end),
	(6, close),
	(30, settle),
	(10, payout),
	(10, forget),
];

/// Terms that make sense, as far as there is anybody to agree.
fn terms(cast: &mut Cast) -> Option<ChainTerms> {
	let users = Users::<Runtime>::iter().filter(|(_, user)| !user.signer.is_revoked());
	let mut users = cast.rng.shuffled(users.map(|(who, _)| who));
	users.truncate(cast.rng.between(2, 3) as usize);
	(users.len() > 1).then_some(())?;
	let sensors = sensors(cast, &users);
	cast.only_if(!sensors.is_empty())?;
	let parties = parties(cast, &users)?;
	let start = now() + cast.rng.between(0, 2);
	let mut terms = Terms {
		users: parties.try_into().ok()?,
		sensors: sensors.try_into().ok()?,
		window: WindowShape {
			size: cast.rng.between(1, 3),
			slide: cast.rng.between(1, 3),
		},
		function: function(cast),
		quality_of_service: QualityOfService::NoProof,
		reaction: BoundedVec::new(),
		reward: MILLI_SYN * u128::from(cast.rng.between(8, 20)),
		retainer: MILLI_SYN * u128::from(cast.rng.between(50, 2_000)),
		spare_retainer: MILLI_SYN * u128::from(cast.rng.between(50, 500)),
		penalty: SYN * u128::from(cast.rng.below(20)),
		absence_fee: MILLI_SYN * u128::from(cast.rng.below(100)),
		// Where the chain rules all else is as where the agreement goes on.
		on_failure: match cast.rng.below(4) {
			0 => OnFailure::GoOn,
			1 => OnFailure::End,
			_ => OnFailure::Judge,
		},
		rounds: RoundTerms::default(),
		limits: TimeLimits {
			sign_by: now() + cast.rng.between(2, 20),
			starts_at: start,
			ends_at: start + lasting(cast),
			notice: cast.rng.between(0, 10),
			payout: cast.rng.between(0, 60),
			answer: cast.rng.between(24, 28),
			drift: match cast.rng.one_in(3) {
				true => cast.rng.below(1_000_000),
				false => u64::MAX,
			},
		},
		nonce: cast.rng.next(),
	};
	terms.rounds = rounds(cast, terms.intermediaries().count());
	react(cast, &mut terms);
	fund(cast, &mut terms)?;
	Some(terms)
}

/// For how long an agreement is in force: some outlast members that are not heard of any more.
fn lasting(cast: &mut Cast) -> BlockNumber {
	match cast.rng.one_in(3) {
		true => cast.rng.between(4 * HOURS, 12 * HOURS),
		false => cast.rng.between(40, 300),
	}
}

/// How many windows settle at once, led by one of so many members or by all in turns.
fn rounds(cast: &mut Cast, members: usize) -> RoundTerms<BlockNumber> {
	RoundTerms {
		most: cast.rng.pick([1, 2, 8, 100]).expect("there are some"),
		patience: cast.rng.between(0, 5),
		leader: match cast.rng.one_in(3) {
			true => Some(cast.rng.below(members as u64) as u8),
			false => None,
		},
		kept: cast.rng.between(1, 8),
	}
}

/// One or two sensors of the users.
fn sensors(cast: &mut Cast, users: &[AccountId]) -> Vec<Source> {
	let own = Sensors::<Runtime>::iter()
		.filter(|(_, record)| users.contains(&record.owner) && record.keys.is_live());
	let mut sensors = cast.rng.shuffled(own.map(|(id, _)| id));
	sensors.truncate(cast.rng.between(1, 2) as usize);
	let source = |sensor| Source {
		sensor,
		start: cast.rng.below(4),
	};
	sensors.into_iter().map(source).collect()
}

/// The users' parts, with one or two intermediaries for each, and perhaps a spare.
fn parties(cast: &mut Cast, users: &[AccountId]) -> Option<Vec<Party<AccountId, u128>>> {
	let careless = cast.is_careless();
	let able = Intermediaries::<Runtime>::iter().filter(|(id, record)| {
		let free = record.bond - record.liable;
		!record.keys.is_revoked() && (careless || free > SYN && Registry::is_alive(*id))
	});
	let mut able: Vec<IntermediaryId> = cast.rng.shuffled(able.map(|(id, _)| id));
	let mut parties = Vec::new();
	for (index, user) in users.iter().enumerate() {
		// Every later user needs one, too.
		let free = able.len().checked_sub(users.len() - index)?;
		let more = free.min(cast.rng.one_in(3).into());
		let spares = (free - more).min(cast.rng.one_in(2).into());
		let intermediaries: Vec<_> = able.drain(..1 + more).collect();
		let spares: Vec<_> = able.drain(..spares).collect();
		parties.push(Party {
			user: user.clone(),
			intermediaries: intermediaries.try_into().ok()?,
			spares: spares.try_into().ok()?,
			escrow: 0,
		});
	}
	Some(parties)
}

fn function(cast: &mut Cast) -> Function {
	let text = cast.rng.pick(FUNCTIONS).expect("there are some");
	Function::Pipeline(text.as_bytes().to_vec().try_into().expect("it is short"))
}

/// Adds steps to the reaction.
fn react(cast: &mut Cast, terms: &mut ChainTerms) {
	let users = terms.users.len() as u64;
	for _ in 0..cast.rng.below(4) {
		let from = cast.rng.below(users) as u8;
		let amount = match cast.rng.one_in(2) {
			true => Amount::Fixed(MILLI_SYN * u128::from(cast.rng.below(3_000))),
			false => Amount::PerUnit {
				rate: MILLI_SYN * u128::from(cast.rng.below(200)),
				at_most: SYN,
			},
		};
		let text = || b"text".to_vec().try_into().expect("it is short");
		let step = match (cast.rng.below(4), terms.sensors.first()) {
			(0, _) => Step::Log { label: text() },
			(1, Some(source)) => Step::Actuate {
				sensor: source.sensor,
				command: text(),
			},
			_ => Step::Transfer {
				from,
				to: (from + 1) % users as u8,
				amount,
			},
		};
		terms.reaction.try_push(step).expect("so many are allowed");
	}
}

/// Sets penalty and escrows to what they must be at least, or somewhat more.
fn fund(cast: &mut Cast, terms: &mut ChainTerms) -> Option<()> {
	let schemas: Option<Vec<Schema>> = terms
		.sensors
		.iter()
		.map(|source| Some(Sensors::<Runtime>::get(source.sensor)?.schema))
		.collect();
	let prices = Pallet::<Runtime>::prices(terms, &schemas?);
	terms.penalty = terms.penalty.max(prices.dispute);
	for index in 0..terms.users.len() {
		let least = Pallet::<Runtime>::least_escrow(terms, &prices, index, now());
		let escrow = least + cast.rng.amount(4 * least);
		let party = terms.users.get_mut(index)?;
		party.escrow = match cast.rng.one_in(40) {
			true => least - 1,
			false => escrow,
		};
	}
	Some(())
}

/// Terms, if there is room for another agreement.
fn new_terms(cast: &mut Cast) -> Option<ChainTerms> {
	let count = pallet_agreements::Agreements::<Runtime>::iter_keys().count();
	(count < ENOUGH).then(|| terms(cast)).flatten()
}

fn propose(cast: &mut Cast) -> Option<Move> {
	let terms = new_terms(cast)?;
	signed(cast.user(&terms), Call::propose { terms })
}

fn sign(cast: &mut Cast) -> Option<Move> {
	let careless = cast.is_careless();
	let open = |deal: &Deal| careless || now() <= deal.terms.limits.sign_by;
	let deal = cast.deal(|deal| deal.is_proposed() && open(deal))?;
	let Phase::Proposed { signed: set } = deal.state.phase else {
		return None;
	};
	// Nobody is bound who neither offers nor accepted it.
	cast.only_if(unasked(&deal).next().is_none())?;
	let users = deal.terms.users.iter().enumerate();
	let unsigned = users.filter(|(index, _)| !set.contains(*index));
	let (_, party) = cast.rng.pick(unsigned)?;
	let agreement = deal.id;
	signed(cast.usually(party.user.clone()), Call::sign { agreement })
}

fn create(cast: &mut Cast) -> Option<Move> {
	let terms = new_terms(cast)?;
	let signatures: Option<Vec<Signature>> = terms
		.users
		.iter()
		.map(|party| {
			let user = Users::<Runtime>::get(&party.user)?;
			let signer: &[u8; 32] = user.signer.at(now())?.as_ref();
			Some(cast.sign(signer, &terms).into())
		})
		.collect();
	let mut signatures = signatures?;
	if cast.is_careless() {
		signatures.swap(0, 1);
	}
	let call = Call::create {
		consents: consents(cast, &terms)?,
		signatures: signatures.try_into().ok()?,
		terms,
	};
	signed(cast.person(), call)
}

fn cancel(cast: &mut Cast) -> Option<Move> {
	let deal = cast.deal(Deal::is_proposed)?;
	let agreement = deal.id;
	signed(cast.user(&deal.terms), Call::cancel { agreement })
}

fn top_up(cast: &mut Cast) -> Option<Move> {
	let deal = cast.deal(Deal::is_in_force)?;
	let call = Call::top_up {
		agreement: deal.id,
		amount: cast.rng.amount(10 * SYN),
	};
	signed(cast.user(&deal.terms), call)
}

fn give_notice(cast: &mut Cast) -> Option<Move> {
	let deal = cast.deal(Deal::is_in_force)?;
	let agreement = deal.id;
	signed(cast.user(&deal.terms), Call::give_notice { agreement })
}

fn consent_to_end(cast: &mut Cast) -> Option<Move> {
	let deal = cast.deal(Deal::is_in_force)?;
	let agreement = deal.id;
	signed(cast.user(&deal.terms), Call::consent_to_end { agreement })
}

fn close(cast: &mut Cast) -> Option<Move> {
	let careless = cast.is_careless();
	let over = |deal: &Deal| careless || deal.state.phase.close(&deal.terms.limits, now()).is_ok();
	let agreement = cast.deal(over)?.id;
	signed(cast.person(), Call::close { agreement })
}

fn settle(cast: &mut Cast) -> Option<Move> {
	let careless = cast.is_careless();
	let ready = |deal: &Deal| careless || deal.terms.limits.starts_at <= now();
	let deal = cast.deal(|deal| deal.is_settling() && ready(deal))?;
	let round = match cast.rng.one_in(20) {
		true => Round::far_of(&deal, cast)?,
		false => Round::of(&deal)?,
	};
	let demand = Demand::chosen(cast);
	let end = round.end(&demand)?;
	let members = round.roster.members.clone();
	let lookback = deal.terms.limits.lookback();
	let mut outcomes: Vec<_> = round.outcomes(end)?;
	if careless {
		outcomes.pop();
	}
	let span = Span {
		round: round.id(),
		attempt: demand.attempt,
		end,
	};
	let mut proof = Proof {
		attempt: demand.attempt,
		data_root: round.data_root(end)?,
		outcomes: Outcomes::new(round.outcomes(end)?)?,
		blindings: BoundedVec::truncate_from(
			members
				.iter()
				.map(|id| blinding(&span, &round.secret(*id, &demand), &None))
				.collect(),
		),
		assents: singly(Vec::new()),
	};
	let settlement = proof.settlement(&round.id(), &members);
	for (place, member) in members.iter().enumerate() {
		let former = cast.former_key_of(*member, lookback);
		let former = former.filter(|_| cast.rng.one_in(2));
		singles(&mut proof).former |= u16::from(former.is_some()) << place;
		let key = former.or(cast.key_of(*member))?;
		let signature = cast.sign(&key, &settlement);
		singles(&mut proof).signatures.try_push(signature).ok()?;
	}
	// By mistake, others than were signed.
	proof.outcomes = Outcomes::new(outcomes)?;
	let (agreement, first) = (deal.id, round.first);
	general(Call::settle {
		agreement,
		first,
		proof,
	})
}

fn payout(cast: &mut Cast) -> Option<Move> {
	let careless = cast.is_careless();
	let owes = |deal: &Deal| careless || !deal.state.accrued.is_nothing();
	let agreement = cast.deal(owes)?.id;
	signed(cast.person(), Call::payout { agreement })
}

fn forget(cast: &mut Cast) -> Option<Move> {
	let careless = cast.is_careless();
	let removable = |deal: &Deal| deal.state.is_removable(&deal.terms.limits, now());
	let agreement = cast.deal(|deal| careless || removable(deal))?.id;
	signed(cast.person(), Call::forget { agreement })
}
