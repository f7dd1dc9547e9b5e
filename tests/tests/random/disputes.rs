//! What is done about disputes.

use pallet_disputes::{DisputeOf, Disputes, Trials};
use pallet_registry::Sensors;
use sp_core::{ed25519, Get, H256};
use syngraph_primitives::{
	Agreements as _, Complaint, IntermediaryId, Lack, Message, SignedMessage, Utterance,
	WindowIndex,
};
use syngraph_protocol::{
	conflict, outcome_leaf, Challenge, Hashes, Kind, Path, Showing, Stage, Window,
};
use syngraph_runtime::{AccountId, Agreements, Runtime};
use syngraph_test_kit::claims::WindowClaim;

use crate::{
	cast::{general, now, signed, Act, Cast, Deal, Move},
	round::{contradiction, message, Demand, Manner, Round},
};

type Call = pallet_disputes::Call<Runtime>;

/// What is done, and how often.
pub const ACTS: &[Act] = &[
	(9, report),
	(20, complain),
	(100, file),
	(12, lack),
	(24, challenge),
	(40, open),
	(80, show),
	(20, judge),
	(3, reconcile),
	(2, accuse),
];

/// An open dispute, and the round that it is about.
struct Case {
	dispute: DisputeOf<Runtime>,
	round: Round,
	/// The attempt that it waits for.
	demand: Demand,
}

impl Case {
	/// The members, each with its place.
	fn members(&self) -> impl Iterator<Item = (usize, IntermediaryId)> + '_ {
		self.round.roster.members.iter().copied().enumerate()
	}
}

/// A dispute of which this holds.
fn case(cast: &mut Cast, fits: impl Fn(&DisputeOf<Runtime>) -> bool) -> Option<Case> {
	let careless = cast.is_careless();
	let all = Disputes::<Runtime>::iter_values().filter(|dispute| careless || fits(dispute));
	let dispute = cast.rng.pick(all)?;
	let (round, demand) = (Round::disputed(&dispute)?, Demand::of(&dispute.docket));
	Some(Case {
		dispute,
		round,
		demand,
	})
}

/// Whether a dispute waits for something.
fn is_open(dispute: &DisputeOf<Runtime>) -> bool {
	now() <= dispute.docket.deadline
}

/// The next round of an agreement, now and then another one.
fn round(cast: &mut Cast) -> Option<Round> {
	let deal = cast.deal(Deal::is_settling)?;
	match cast.rng.one_in(12) {
		true => Round::far_of(&deal, cast),
		false => Round::of(&deal),
	}
}

fn member(cast: &mut Cast, round: &Round) -> Option<IntermediaryId> {
	cast.rng.pick(round.roster.members.clone())
}

/// What a member says, perhaps with its reveal.
fn utterance(
	cast: &mut Cast,
	round: &Round,
	author: IntermediaryId,
	demand: &Demand,
) -> Option<Utterance> {
	let set = cast.rng.one_in(2).then(|| round.commitments(demand));
	round.utterance(cast, author, demand, set)
}

/// Two utterances that contradict each other, unless by mistake.
fn report(cast: &mut Cast) -> Option<Move> {
	let (round, demand) = match cast.rng.one_in(2) {
		true => (round(cast)?, Demand::chosen(cast)),
		false => {
			let case = case(cast, |_| true)?;
			(case.round, case.demand)
		},
	};
	let author = member(cast, &round)?;
	let left = utterance(cast, &round, author, &demand)?;
	let right = match cast.rng.one_in(3) {
		true => contradiction(cast, &left)?,
		false => {
			let other = member(cast, &round)?;
			utterance(cast, &round, other, &demand)?
		},
	};
	cast.only_if(conflict(&left, &right).is_some())?;
	general(Call::report {
		left: Box::new(left),
		right: Box::new(right),
	})
}

/// What a member said and what it heard of some others, and the last message of each sensor.
fn complain(cast: &mut Cast) -> Option<Move> {
	let round = round(cast)?;
	let taken = Disputes::<Runtime>::contains_key(round.agreement);
	cast.only_if(!taken)?;
	let author = member(cast, &round)?;
	let others = round.roster.members.iter().copied();
	let mut others = cast.rng.shuffled(others.filter(|other| *other != author));
	others.truncate(cast.rng.below(3) as usize);
	let demand = Demand::first();
	let own = utterance(cast, &round, author, &demand)?;
	let end = own.span().end;
	let mut utterances = vec![own];
	for other in others {
		utterances.push(utterance(cast, &round, other, &demand)?);
	}
	if cast.is_careless() {
		utterances.reverse();
	}
	let heads = sign_messages(cast, &round, round.heads(end)?)?;
	let complaint = Complaint::of(utterances.first()?);
	let key = cast.key_of(author)?;
	general(Call::complain {
		signature: cast.sign(&key, &complaint),
		utterances: utterances.try_into().ok()?,
		heads: heads.try_into().ok()?,
	})
}

fn sign_messages(
	cast: &Cast,
	round: &Round,
	messages: impl IntoIterator<Item = Message>,
) -> Option<Vec<SignedMessage>> {
	let messages = messages.into_iter();
	messages
		.map(|message| cast.sign_message(message, round.known))
		.collect()
}

/// What a member has not put on file yet; now and then, something else than it said before.
fn file(cast: &mut Cast) -> Option<Move> {
	let case = case(cast, is_open)?;
	let Case {
		dispute,
		round,
		demand,
	} = &case;
	let author = member(cast, round)?;
	let place = round.roster.place(author)?;
	let docket = &dispute.docket;
	let said = match docket.commitment(place) {
		None => utterance(cast, round, author, demand)?,
		Some(_) => round.utterance(cast, author, demand, Some(docket.commitments()))?,
	};
	let said = match cast.rng.one_in(20) {
		true => contradiction(cast, &said)?,
		false => said,
	};
	let answer = round.terms.limits.answer;
	let filed = docket.clone().file(said.clone(), now(), answer);
	cast.only_if(filed.is_ok())?;
	general(Call::file {
		utterance: Box::new(said),
	})
}

/// A member that has not committed says that it lacks messages: who does, or whoever likes.
fn lack(cast: &mut Cast) -> Option<Move> {
	let waits = |dispute: &DisputeOf<Runtime>| {
		let asks = matches!(
			dispute.docket.stage,
			Stage::Commitments | Stage::Messages { .. }
		);
		asks && is_open(dispute)
	};
	let case = case(cast, waits)?;
	let (docket, round) = (&case.dispute.docket, &case.round);
	let careless = cast.is_careless();
	let says = |intermediary, window| Lack {
		round: round.id(),
		window,
		intermediary,
	};
	let windows = |intermediary| {
		let poor = round.manner(intermediary) == Manner::Poor;
		let first = round.first + WindowIndex::from(poor);
		let last = if poor { first } else { first + 4 };
		(first..=last).map(move |window| says(intermediary, window))
	};
	let able = case.members().flat_map(|(_, member)| windows(member));
	let able = able.filter(|lack| careless || docket.check_lack(lack, now()).is_ok());
	let lack = cast.rng.pick(able)?;
	let key = cast.key_of(lack.intermediary)?;
	let signature = cast.sign(&key, &lack);
	general(Call::lack { lack, signature })
}

/// A member challenges another that copied the root of a window, unless by mistake.
fn challenge(cast: &mut Cast) -> Option<Move> {
	let reveals = |dispute: &DisputeOf<Runtime>| {
		let copied = dispute.docket.stage == Stage::Reveals;
		copied && is_open(dispute)
	};
	let case = case(cast, reveals)?;
	let (docket, round) = (&case.dispute.docket, &case.round);
	let intermediary = member(cast, round)?;
	let claim = round.claim(intermediary, &case.demand)?;
	let says = |accused| Challenge {
		span: claim.span,
		intermediary,
		accused,
		digests: claim.digests(),
	};
	let answer = round.terms.limits.answer;
	let sound = |challenge: &Challenge| {
		let mut docket = docket.clone();
		docket.challenge(challenge, now(), answer).is_ok()
	};
	let careless = cast.is_careless();
	let all = case.members().map(|(_, accused)| says(accused));
	let challenge = cast.rng.pick(all.filter(|it| careless || sound(it)))?;
	let key = cast.key_of(intermediary)?;
	let signature = cast.sign(&key, &challenge);
	general(Call::challenge {
		challenge,
		signature,
	})
}

/// The tree of one of two members that differ; by mistake, as it is not.
fn open(cast: &mut Cast) -> Option<Move> {
	let differ = |dispute: &DisputeOf<Runtime>| {
		let opening = matches!(dispute.docket.stage, Stage::Opening { .. });
		opening && is_open(dispute)
	};
	let case = case(cast, differ)?;
	let docket = &case.dispute.docket;
	let sides = docket.sides.iter().flatten();
	let closed = sides.filter(|side| side.hashes.is_none());
	let place = cast.rng.pick(closed.map(|side| side.place))?;
	let member = *case.round.roster.members.get(usize::from(place))?;
	let claim = case.round.claim(member, &case.demand)?;
	let mut hashes = hashes(docket.stage, &claim.windows)?;
	if cast.is_careless() {
		hashes.iter_mut().for_each(|hash| *hash = H256::zero());
	}
	general(Call::open {
		agreement: case.round.agreement,
		place,
		hashes,
	})
}

/// The hashes of these windows that are to be opened at a stage.
fn hashes(stage: Stage, windows: &[WindowClaim]) -> Option<Hashes> {
	let Stage::Opening { kind, level } = stage else {
		return Some(Hashes::default());
	};
	let leaf = |window: &WindowClaim| match kind {
		Kind::Data => window.root,
		Kind::Digests => window.digest,
		Kind::Outcomes => outcome_leaf(window.result),
	};
	let leaves: Vec<H256> = windows.iter().map(leaf).collect();
	kind.hashes(level, &leaves)
}

/// What a member can show of the window in question: its root, as the member committed to it.
struct Shows {
	member: IntermediaryId,
	window: WindowIndex,
	root: H256,
	path: Path,
}

/// What members can show now.
fn shows(case: &Case) -> Vec<Shows> {
	let docket = &case.dispute.docket;
	let Some(window) = docket.window() else {
		return vec![];
	};
	let shows = |(place, member)| {
		let end = docket.pledged(place)?.end;
		let (root, path) = case.round.pledged(member, end, window)?;
		let may = docket.may_show(&root, &path, place, now());
		may.then_some(Shows {
			member,
			window,
			root,
			path,
		})
	};
	case.members().filter_map(shows).collect()
}

/// The next messages of the window that a member committed to.
fn show(cast: &mut Cast) -> Option<Move> {
	let asked = |dispute: &DisputeOf<Runtime>| dispute.docket.window().is_some();
	let case = case(cast, asked)?;
	let round = &case.round;
	let Shows {
		member,
		window,
		root,
		path,
	} = cast.rng.pick(shows(&case))?;
	let ear = match cast.is_careless() {
		true => 1,
		false => round.ear(member),
	};
	let whole = round.messages(window, ear)?;
	let contents = Window::new(&whole);
	// Whoever invented its window has nothing to show.
	cast.only_if(contents.root() == root)?;
	let trial = Trials::<Runtime>::get(round.agreement, root);
	let position = trial.map_or(0, |hearing| hearing.trial.position());
	let most: u32 = <Runtime as pallet_disputes::Config>::MaxShown::get();
	let count = (whole.len() as u32).saturating_sub(position).min(most);
	let rest = contents.rest(position + count);
	let next = whole.into_iter().skip(position as usize);
	let mut messages = sign_messages(cast, round, next.take(count as usize))?;
	spoil(cast, &mut messages);
	let showing = Showing {
		round: round.id(),
		window,
		intermediary: member,
		root,
		path,
		position,
		messages: Showing::hash(&messages),
		rest: rest.try_into().ok()?,
	};
	let key = cast.key_of(member)?;
	general(Call::show {
		signature: cast.sign(&key, &showing),
		showing,
		messages: messages.try_into().ok()?,
	})
}

/// By mistake, a message is left out, or has another's signature.
fn spoil(cast: &mut Cast, messages: &mut Vec<SignedMessage>) {
	if cast.rng.one_in(4) {
		match cast.rng.one_in(3) {
			true => drop(messages.pop()),
			false => messages
				.iter_mut()
				.for_each(|signed| signed.signature = ed25519::Signature::default()),
		}
	}
}

/// Whether a dispute can be judged now.
fn is_ripe(dispute: &DisputeOf<Runtime>) -> bool {
	let docket = &dispute.docket;
	let stale = Agreements::version(&docket.agreement) != Some(docket.version);
	let progress = Agreements::progress(&docket.agreement);
	let settled = progress.is_some_and(|progress| progress.base > docket.first);
	docket.is_ripe(now(), stale || settled)
}

fn judge(cast: &mut Cast) -> Option<Move> {
	let agreement = case(cast, is_ripe)?.round.agreement;
	let call = Call::judge { agreement };
	match cast.rng.one_in(3) {
		true => signed(cast.person(), call),
		false => general(call),
	}
}

fn reconcile(cast: &mut Cast) -> Option<Move> {
	let Case { dispute, round, .. } = case(cast, |_| true)?;
	let consents = dispute.consents;
	let users = round.terms.users.iter().enumerate();
	let others: Vec<AccountId> = users
		.filter(|(index, _)| consents & (1 << index) == 0)
		.map(|(_, party)| party.user.clone())
		.collect();
	let user = cast.rng.pick(others)?;
	let mistaken = u32::from(cast.is_careless());
	let call = Call::reconcile {
		agreement: round.agreement,
		roster: round.roster.number + mistaken,
	};
	signed(cast.usually(user), call)
}

/// Two messages of a sensor with one number.
fn accuse(cast: &mut Cast) -> Option<Move> {
	let careless = cast.is_careless();
	let all = Sensors::<Runtime>::iter();
	let live = all.filter(|(_, record)| careless || record.keys.is_live());
	let (sensor, record) = cast.rng.pick(live)?;
	let from = record.keys.history.periods().last()?.from;
	let sequence = (from + cast.rng.below(8)) | 1;
	let left = message(sensor, &record.schema, sequence, 0);
	let right = message(sensor, &record.schema, sequence, u8::from(!careless));
	general(Call::accuse {
		left: Box::new(cast.sign_message(left, now())?),
		right: Box::new(cast.sign_message(right, now())?),
	})
}
