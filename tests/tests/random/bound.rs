//! What is done with intermediaries that an agreement names, and with its sensors.

use pallet_agreements::MaxNamed;
use pallet_registry::{Intermediaries, Sensors};
use sp_runtime::BoundedVec;
use syngraph_primitives::{Consent, Directory, IntermediaryId, SensorId, Source};
use syngraph_runtime::{AccountId, Agreements, Registry, Runtime, Signature};
use syngraph_tests::actors::ChainTerms;

use crate::cast::{now, signed, Act, Cast, Deal, Move};

type Call = pallet_agreements::Call<Runtime>;

/// What is done, and how often.
pub const ACTS: &[Act] = &[
	(20, accept),
	(3, withdraw_consent),
	(5, resign),
	(8, release),
	(30, vacate),
	(3, pay_retainers),
	(16, replace_sensor),
];

fn operator(intermediary: IntermediaryId) -> Option<AccountId> {
	Some(Intermediaries::<Runtime>::get(intermediary)?.operator)
}

/// Whether an intermediary offers terms, as a spare or as a member.
fn offers(terms: &ChainTerms, intermediary: IntermediaryId) -> bool {
	let is_spare = terms.spares().any(|spare| spare == intermediary);
	let offer = Registry::offer(intermediary);
	offer.is_some_and(|offer| offer.check(terms, is_spare, now()).is_ok())
}

/// Those whom proposed terms name that neither offer such terms nor accepted these.
pub fn unasked(deal: &Deal) -> impl Iterator<Item = IntermediaryId> + '_ {
	let accepted = &deal.state.consented;
	deal.bound()
		.filter(|id| !accepted.contains(id) && !offers(&deal.terms, *id))
}

/// The consents of the operators of those that do not offer the terms, unless one forgets to ask or somebody
/// else signs.
pub fn consents(
	cast: &mut Cast,
	terms: &ChainTerms,
) -> Option<BoundedVec<(IntermediaryId, Signature), MaxNamed>> {
	let agreement = terms.id(&cast.genesis);
	let mut consents = Vec::new();
	for intermediary in terms.intermediaries().chain(terms.spares()) {
		if offers(terms, intermediary) || cast.is_careless() {
			continue;
		}
		let signer = cast.usually(operator(intermediary)?);
		let consent = Consent {
			agreement,
			intermediary,
		};
		consents.push((intermediary, cast.sign(signer.as_ref(), &consent).into()));
	}
	consents.try_into().ok()
}

fn accept(cast: &mut Cast) -> Option<Move> {
	let careless = cast.is_careless();
	let deal =
		cast.deal(|deal| deal.is_proposed() && (careless || unasked(deal).next().is_some()))?;
	let intermediary = match careless {
		true => cast.rng.pick(Intermediaries::<Runtime>::iter_keys())?,
		false => cast.rng.pick(unasked(&deal))?,
	};
	let agreement = deal.id;
	signed(
		cast.usually(operator(intermediary)?),
		Call::accept {
			agreement,
			intermediary,
		},
	)
}

/// An operator takes back what it accepted.
fn withdraw_consent(cast: &mut Cast) -> Option<Move> {
	let careless = cast.is_careless();
	let fits = |deal: &Deal| {
		let accepted = !deal.state.consented.is_empty();
		careless || (deal.is_proposed() && accepted)
	};
	let deal = cast.deal(fits)?;
	let intermediary = match careless {
		true => cast.rng.pick(deal.bound())?,
		false => cast.rng.pick(deal.state.consented.clone())?,
	};
	let agreement = deal.id;
	signed(
		cast.usually(operator(intermediary)?),
		Call::withdraw_consent {
			agreement,
			intermediary,
		},
	)
}

fn resign(cast: &mut Cast) -> Option<Move> {
	let deal = cast.deal(Deal::is_in_force)?;
	let intermediary = cast.rng.pick(deal.bound())?;
	let agreement = deal.id;
	signed(
		cast.usually(operator(intermediary)?),
		Call::resign {
			agreement,
			intermediary,
		},
	)
}

fn release(cast: &mut Cast) -> Option<Move> {
	let careless = cast.is_careless();
	let due = |deal: &Deal| {
		let notices = deal.state.resignations.iter();
		let due = notices.filter(|notice| careless || notice.due <= now());
		due.map(|notice| notice.intermediary).collect::<Vec<_>>()
	};
	let possible = |deal: &Deal| careless || !deal.state.is_disputed();
	let deal = cast.deal(|deal| possible(deal) && !due(deal).is_empty())?;
	let intermediary = cast.rng.pick(due(&deal))?;
	let agreement = deal.id;
	signed(
		cast.person(),
		Call::release {
			agreement,
			intermediary,
		},
	)
}

/// Whether a member may have settled something so lately that it counts as alive.
fn may_settle(deal: &Deal, intermediary: IntermediaryId) -> bool {
	let member = deal.state.roster.place(intermediary).is_some();
	let mut rounds = Agreements::last_rounds(&deal.id).into_iter();
	member && rounds.any(|round| Registry::is_recent(round.at))
}

fn vacate(cast: &mut Cast) -> Option<Move> {
	let careless = cast.is_careless();
	let is_alive = |deal: &Deal, id| Registry::is_alive(id) || may_settle(deal, id);
	let dead = |deal: &Deal| {
		let bound = deal.bound();
		bound
			.filter(|id| careless || !is_alive(deal, *id))
			.collect::<Vec<_>>()
	};
	let possible = |deal: &Deal| careless || !deal.state.is_disputed();
	let fits = |deal: &Deal| deal.is_in_force() && possible(deal) && !dead(deal).is_empty();
	let deal = cast.deal(fits)?;
	let intermediary = cast.rng.pick(dead(&deal))?;
	let agreement = deal.id;
	signed(
		cast.person(),
		Call::vacate {
			agreement,
			intermediary,
		},
	)
}

fn pay_retainers(cast: &mut Cast) -> Option<Move> {
	let agreement = cast.deal(Deal::is_active)?.id;
	signed(cast.person(), Call::pay_retainers { agreement })
}

/// A user consents to what others want, or wants something itself.
fn replace_sensor(cast: &mut Cast) -> Option<Move> {
	let careless = cast.is_careless();
	let deal = cast.deal(|deal| deal.is_in_force() && (careless || !deal.state.is_disputed()))?;
	let pending = deal.state.replacing.filter(|_| !careless);
	let users = deal.terms.users.iter().enumerate();
	let others =
		users.filter(|(index, _)| pending.is_none_or(|pending| !pending.consents.contains(*index)));
	let users: Vec<_> = others.map(|(_, party)| party.user.clone()).collect();
	let user = cast.rng.pick(users)?;
	let (sensor, replacement) = match pending {
		Some(pending) => (pending.sensor, pending.source),
		None => another(cast, &deal, careless)?,
	};
	let agreement = deal.id;
	signed(
		cast.usually(user),
		Call::replace_sensor {
			agreement,
			sensor,
			replacement,
		},
	)
}

/// A sensor of an agreement, and one that can take its place.
fn another(cast: &mut Cast, deal: &Deal, careless: bool) -> Option<(SensorId, Source)> {
	let old = cast.rng.pick(deal.state.feeds.clone())?.sensor;
	let schema = Registry::sensor_schema(old)?;
	let all = Sensors::<Runtime>::iter().filter(|(id, record)| {
		let taken = deal.state.feeds.iter().any(|feed| feed.sensor == *id);
		let foreign = deal.terms.user_index(&record.owner).is_none();
		careless || (!taken && !foreign && record.schema == schema && record.keys.is_live())
	});
	let sensor = cast.rng.pick(all.map(|(id, _)| id))?;
	let start = cast.rng.below(8);
	Some((old, Source { sensor, start }))
}
