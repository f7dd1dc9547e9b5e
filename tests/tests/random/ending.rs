//! How everything comes to an end: whatever has happened, all of this must be possible.

use pallet_agreements::{Agreements, Finals, Phase, Terms};
use pallet_channels::Channels;
use pallet_disputes::Disputes;
use pallet_registry::{Intermediaries, Sensors, Users};
use sp_core::Get;
use syngraph_primitives::{AgreementId, IntermediaryId, RosterNumber};
use syngraph_runtime::{AccountId, BlockNumber, Runtime, SYN};

use crate::{
	cast::{Cast, Deal},
	world::World,
};

type Agreement = pallet_agreements::Call<Runtime>;
type Channel = pallet_channels::Call<Runtime>;
type Dispute = pallet_disputes::Call<Runtime>;
type Money = pallet_balances::Call<Runtime>;
type Registry = pallet_registry::Call<Runtime>;

/// Closes all disputes, agreements and channels, and lets everybody leave.
pub fn wind_up(world: &mut World<'_>) {
	fund(world);
	close_disputes(world);
	for id in world
		.chain
		.read(|| Agreements::<Runtime>::iter_keys().collect::<Vec<_>>())
	{
		end(world, id);
		forget(world, id);
	}
	close_channels(world);
	leave_intermediaries(world);
	leave(world);
}

/// Gives everybody enough to pay the fees for what follows.
fn fund(world: &mut World<'_>) {
	for who in world.cast.people.clone() {
		let (dest, value) = (who.into(), 100 * SYN);
		world.must(Cast::rich(), Money::transfer_allow_death { dest, value });
	}
}

/// Reconciles users about some of the disputes, and judges the others when there is nothing to wait for.
fn close_disputes(world: &mut World<'_>) {
	for (agreement, roster, users) in world.chain.read(open_disputes) {
		if world.cast.rng.one_in(3) {
			for user in users {
				world.must(user, Dispute::reconcile { agreement, roster });
			}
		}
	}
	let last = world.chain.read(|| {
		let disputes = Disputes::<Runtime>::iter_values();
		disputes.map(|dispute| dispute.docket.deadline).max()
	});
	world.reach(last.map_or(0, |last| last + 1));
	for (agreement, ..) in world.chain.read(open_disputes) {
		let call = Dispute::judge { agreement };
		match world.cast.rng.one_in(2) {
			true => world.must(world.cast.people[0].clone(), call),
			false => world.must_go(call),
		}
	}
}

/// The open disputes, by agreement and roster, with those users who do not consent to close them.
fn open_disputes() -> Vec<(AgreementId, RosterNumber, Vec<AccountId>)> {
	let open = Disputes::<Runtime>::iter().map(|(agreement, dispute)| {
		let terms = Terms::<Runtime>::get(agreement).expect("it is known");
		let users = terms.users.into_iter().enumerate();
		let others = users.filter(|(index, _)| dispute.consents & (1 << index) == 0);
		let others = others.map(|(_, party)| party.user).collect();
		(agreement, dispute.docket.roster.number, others)
	});
	open.collect()
}

fn deal(world: &mut World<'_>, id: AgreementId) -> Deal {
	world.chain.read(|| Deal {
		id,
		terms: Terms::<Runtime>::get(id).expect("it is known"),
		state: Agreements::<Runtime>::get(id).expect("it is known"),
	})
}

/// Ends an agreement: its users do, or its time passes. What its members have begun had the time to settle then.
fn end(world: &mut World<'_>, agreement: AgreementId) {
	let Deal { terms, state, .. } = deal(world, agreement);
	let users = terms.users.iter().map(|party| party.user.clone());
	let now = world.chain.number();
	let early = world.cast.rng.one_in(2);
	let answer = terms.limits.answer;
	let last = match state.phase {
		Phase::Ended { .. } => return,
		Phase::Proposed { .. } if early => {
			let user = users.into_iter().next().expect("there are users");
			return world.must(user, Agreement::cancel { agreement });
		},
		Phase::Active { consents, ends, .. } if early && now <= ends => {
			let others = users
				.enumerate()
				.filter(|(index, _)| !consents.contains(*index));
			for (_, user) in others {
				world.must(user, Agreement::consent_to_end { agreement });
			}
			now + answer
		},
		Phase::Proposed { .. } => terms.limits.sign_by,
		Phase::Active { ends, .. } => ends + answer,
	};
	world.reach(last + 1);
	world.must(world.cast.people[0].clone(), Agreement::close { agreement });
}

/// Forgets an agreement, with its rounds, of which nothing but the root of their history is left.
fn forget(world: &mut World<'_>, agreement: AgreementId) {
	let Deal { terms, state, .. } = deal(world, agreement);
	world.reach(terms.limits.sign_by + 1);
	world.must(
		world.cast.people[0].clone(),
		Agreement::forget { agreement },
	);
	let known = world
		.chain
		.read(|| Agreements::<Runtime>::contains_key(agreement));
	assert!(!known, "an agreement that has ended is forgotten");
	let (root, count) = (state.history.root(), state.history.count());
	let left = world.chain.read(|| Finals::<Runtime>::get(agreement));
	assert_eq!(left, (count > 0).then_some((root, count)));
}

fn close_channels(world: &mut World<'_>) {
	let channels: Vec<_> = world.chain.read(|| Channels::<Runtime>::iter().collect());
	for (channel, record) in channels {
		world.reach(record.expires);
		world.must(world.cast.people[0].clone(), Channel::claim { channel });
	}
}

fn intermediaries(
	world: &mut World<'_>,
) -> Vec<(IntermediaryId, pallet_registry::IntermediaryOf<Runtime>)> {
	world
		.chain
		.read(|| Intermediaries::<Runtime>::iter().collect())
}

/// Withdraws everything that has been unbonded, when it is due.
fn withdraw(world: &mut World<'_>) {
	let period: BlockNumber = <Runtime as pallet_registry::Config>::UnbondingPeriod::get();
	world.reach(world.chain.number() + period);
	for (intermediary, record) in intermediaries(world) {
		if !record.unbonding.is_empty() {
			world.must(record.operator, Registry::withdraw { intermediary });
		}
	}
}

fn leave_intermediaries(world: &mut World<'_>) {
	// There may be no room for another part that is being unbonded.
	withdraw(world);
	for (intermediary, record) in intermediaries(world) {
		let amount = record.bond;
		if amount > 0 {
			let call = Registry::unbond {
				intermediary,
				amount,
			};
			world.must(record.operator, call);
		}
	}
	withdraw(world);
	for (intermediary, record) in intermediaries(world) {
		world.must(
			record.operator,
			Registry::deregister_intermediary { intermediary },
		);
	}
}

/// Lets sensors and users leave.
fn leave(world: &mut World<'_>) {
	let sensors: Vec<_> = world.chain.read(|| {
		let sensors = Sensors::<Runtime>::iter();
		sensors.map(|(id, record)| (id, record.owner)).collect()
	});
	for (sensor, owner) in sensors {
		world.must(owner, Registry::deregister_sensor { sensor });
	}
	let users: Vec<_> = world.chain.read(|| Users::<Runtime>::iter_keys().collect());
	for user in users {
		world.must(user, Registry::deregister_user {});
	}
}
