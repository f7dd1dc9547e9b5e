//! What is done about disputes.

use pallet_disputes::{DisputeOf, Disputes, Trials};
use pallet_registry::Sensors;
use sp_core::{ed25519, Get};
use syngraph_primitives::{
	Agreements as _, Assent, Done, IntermediaryId, Lack, Message, SignedDone, SignedMessage,
	SignedStatement, Statement,
};
use syngraph_protocol::{conflict, Revealed, Showing, Stage, Utterance, Window};
use syngraph_runtime::{AccountId, Agreements, Runtime};

use crate::{
	cast::{general, now, signed, Act, Cast, Deal, Move},
	round::{contradiction, message, Manner, Round},
};

type Call = pallet_disputes::Call<Runtime>;

/// What is done, and how often.
pub const ACTS: &[Act] = &[
	(7, report),
	(12, complain),
	(60, file),
	(8, lack),
	(24, show),
	(10, judge),
	(3, reconcile),
	(2, dismiss),
	(2, accuse),
];

/// An open dispute, and the round that it is about.
struct Case {
	dispute: DisputeOf<Runtime>,
	round: Round,
}

/// A dispute of which this holds.
fn case(cast: &mut Cast, fits: impl Fn(&DisputeOf<Runtime>) -> bool) -> Option<Case> {
	let careless = cast.is_careless();
	let all = Disputes::<Runtime>::iter_values().filter(|dispute| careless || fits(dispute));
	let dispute = cast.rng.pick(all)?;
	let round = Round::disputed(&dispute)?;
	Some(Case { dispute, round })
}

/// The round about some window of an agreement in force.
fn round(cast: &mut Cast) -> Option<Round> {
	let deal = cast.deal(Deal::is_in_force)?;
	let window = cast.window(&deal);
	Some(Round::of(&deal, window))
}

fn member(cast: &mut Cast, round: &Round) -> Option<IntermediaryId> {
	cast.rng.pick(round.roster.members.clone())
}

/// Something that a member says.
fn statement(cast: &mut Cast, round: &Round, author: IntermediaryId) -> Option<Statement> {
	match cast.rng.below(3) {
		0 => Some(Statement::Commit(round.commitment(author)?)),
		1 => Some(Statement::Reveal(round.reveal(author)?)),
		_ => Some(Statement::Assent(Assent {
			intermediary: author,
			settlement: round.settlement(author)?,
		})),
	}
}

/// Two statements that contradict each other, unless by mistake.
fn report(cast: &mut Cast) -> Option<Move> {
	let round = match cast.rng.one_in(2) {
		true => round(cast)?,
		false => case(cast, |_| true)?.round,
	};
	let author = member(cast, &round)?;
	let left = statement(cast, &round, author)?;
	let right = match cast.rng.one_in(3) {
		true => contradiction(&left),
		false => {
			let other = member(cast, &round)?;
			statement(cast, &round, other)?
		},
	};
	cast.only_if(conflict(&left, &right).is_some())?;
	let heads = match left.intermediary() == right.intermediary() {
		true => vec![],
		false => sign_messages(cast, &round, round.heads()?)?,
	};
	general(Call::report {
		left: Box::new(cast.state(left)?),
		right: Box::new(cast.state(right)?),
		heads: heads.try_into().ok()?,
	})
}

/// A member's commitment and perhaps its reveal, and the last message of each sensor.
fn complain(cast: &mut Cast) -> Option<Move> {
	let round = round(cast)?;
	let taken = Disputes::<Runtime>::contains_key(round.agreement);
	cast.only_if(!taken)?;
	let author = member(cast, &round)?;
	let reveal = match cast.rng.one_in(3) {
		true => Some(revealed(cast, &round, author)?),
		false => None,
	};
	let utterance = Utterance {
		commit: cast.state(Statement::Commit(round.commitment(author)?))?,
		reveal,
	};
	let heads = sign_messages(cast, &round, round.heads()?)?;
	general(Call::complain {
		utterance: Box::new(utterance),
		heads: heads.try_into().ok()?,
	})
}

/// A member's reveal, with its assent.
fn revealed(cast: &Cast, round: &Round, author: IntermediaryId) -> Option<Revealed> {
	let key = cast.key_of(author)?;
	let settlement = round.settlement(author);
	Some(Revealed {
		statement: cast.state(Statement::Reveal(round.reveal(author)?))?,
		settlement: settlement.map(|settlement| cast.sign(&key, &settlement)),
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
	let open = |dispute: &DisputeOf<Runtime>| now() <= dispute.docket.deadline;
	let Case { dispute, round } = case(cast, open)?;
	let author = member(cast, &round)?;
	let place = round.roster.place(author)?;
	let docket = &dispute.docket;
	if cast.rng.one_in(20) {
		let said = statement(cast, &round, author)?;
		let signed = cast.state(contradiction(&said))?;
		return file_one(signed, None);
	}
	if docket.commitment(place).is_none() {
		return file_one(
			cast.state(Statement::Commit(round.commitment(author)?))?,
			None,
		);
	}
	let early = docket.stage == Stage::Commitments || docket.reveal(place).is_some();
	cast.only_if(!early)?;
	let Revealed {
		statement,
		settlement,
	} = revealed(cast, &round, author)?;
	let lost = cast.is_careless();
	file_one(statement, settlement.filter(|_| !lost))
}

fn file_one(
	statement: SignedStatement,
	assent: Option<sp_core::sr25519::Signature>,
) -> Option<Move> {
	let statement = Box::new(statement);
	general(Call::file { statement, assent })
}

/// A member that has not committed says that it lacks messages.
fn lack(cast: &mut Cast) -> Option<Move> {
	let waits = |dispute: &DisputeOf<Runtime>| {
		let docket = &dispute.docket;
		matches!(docket.stage, Stage::Commitments | Stage::Messages) && now() <= docket.deadline
	};
	let Case { dispute, round } = case(cast, waits)?;
	let docket = &dispute.docket;
	let says = |intermediary| Lack {
		agreement: round.agreement,
		window: round.window,
		roster: round.roster.number,
		intermediary,
	};
	let careless = cast.is_careless();
	let members = round.roster.members.iter();
	let able = members.map(|member| says(*member));
	let able = able.filter(|lack| careless || docket.check_lack(lack, now()).is_ok());
	let lack = cast.rng.pick(able)?;
	let key = cast.key_of(lack.intermediary)?;
	let signature = cast.sign(&key, &lack);
	general(Call::lack { lack, signature })
}

/// The next messages of the window that a member committed to.
fn show(cast: &mut Cast) -> Option<Move> {
	let owed = |dispute: &DisputeOf<Runtime>, place: usize| {
		let docket = &dispute.docket;
		let root = docket.commitment(place).map(|said| said.root);
		root.filter(|root| docket.may_show(root, place, now()))
	};
	let open = |dispute: &DisputeOf<Runtime>| {
		let mut places = 0..dispute.docket.testimonies.len();
		places.any(|place| owed(dispute, place).is_some())
	};
	let Case { dispute, round } = case(cast, open)?;
	let members = round.roster.members.iter().enumerate();
	let able = members.filter_map(|(place, member)| Some((*member, owed(&dispute, place)?)));
	let (intermediary, root) = cast.rng.pick(able)?;
	// Whoever invented its window has nothing to show.
	cast.only_if(round.manner(intermediary) != Manner::Inventor)?;
	let ear = match cast.is_careless() {
		true => 1,
		false => round.ear(intermediary),
	};
	let trial = Trials::<Runtime>::get(round.agreement, root);
	let position = trial.map_or(0, |hearing| hearing.trial.position());
	let whole = round.messages(ear)?;
	let most: u32 = <Runtime as pallet_disputes::Config>::MaxShown::get();
	let count = (whole.len() as u32).saturating_sub(position).min(most);
	let rest = Window::new(&whole).rest(position + count);
	let next = whole.into_iter().skip(position as usize);
	let mut messages = sign_messages(cast, &round, next.take(count as usize))?;
	spoil(cast, &mut messages);
	let showing = Showing {
		agreement: round.agreement,
		window: round.window,
		roster: round.roster.number,
		version: dispute.docket.version,
		intermediary,
		root,
		position,
		messages: Showing::hash(&messages),
		rest: rest.try_into().ok()?,
	};
	let key = cast.key_of(intermediary)?;
	general(Call::show {
		signature: cast.sign(&key, &showing),
		showing,
		messages: messages.try_into().ok()?,
	})
}

/// By mistake, a message is left out, or has another's signature.
fn spoil(cast: &mut Cast, messages: &mut Vec<SignedMessage>) {
	if cast.is_careless() {
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
	let (agreement, window) = (docket.agreement, docket.window);
	let stale = Agreements::version(&agreement, window) != Some(docket.version);
	docket.is_ripe(now(), stale || Agreements::is_settled(&agreement, window))
}

fn judge(cast: &mut Cast) -> Option<Move> {
	let docket = case(cast, is_ripe)?.dispute.docket;
	let call = Call::judge {
		agreement: docket.agreement,
		window: docket.window,
	};
	match cast.rng.one_in(3) {
		true => signed(cast.person(), call),
		false => general(call),
	}
}

fn reconcile(cast: &mut Cast) -> Option<Move> {
	let Case { dispute, round } = case(cast, |_| true)?;
	let consents = dispute.consents;
	let users = round.terms.users.iter().enumerate();
	let others: Vec<AccountId> = users
		.filter(|(index, _)| consents & (1 << index) == 0)
		.map(|(_, party)| party.user.clone())
		.collect();
	let user = cast.rng.pick(others)?;
	let call = Call::reconcile {
		agreement: round.agreement,
		window: round.window,
	};
	signed(cast.usually(user), call)
}

/// All members declare that they are done with the window, unless one by mistake declares less.
fn dismiss(cast: &mut Cast) -> Option<Move> {
	let round = case(cast, |_| true)?.round;
	let mut declarations = Vec::new();
	for member in &round.roster.members {
		let done = Done {
			agreement: round.agreement,
			roster: round.roster.number,
			intermediary: *member,
			below: round.window + u64::from(!cast.is_careless()),
			at: syngraph_runtime::System::block_number(),
			replaced: syngraph_protocol::replacements(round.version),
		};
		let signature = cast.sign(&cast.key_of(*member)?, &done);
		declarations.push(SignedDone { done, signature });
	}
	general(Call::dismiss {
		agreement: round.agreement,
		window: round.window,
		declarations: declarations.try_into().ok()?,
	})
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
