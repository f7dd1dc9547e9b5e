//! What happened in a block, by its events: for those who need not look again at what is as it was.

use alloc::{collections::BTreeSet, vec::Vec};

use pallet_agreements::{
	Agreements as AgreementStates, AgreementsOf, EndReason, Event as AgreementEvent,
};
use pallet_disputes::Event as DisputeEvent;
use pallet_registry::Event as RegistryEvent;
use syngraph_primitives::{AgreementId, SensorId};
use syngraph_worker::Happened;

use crate::{Runtime, RuntimeEvent, System};

/// What workers have to know of the block. None if anything may be other than before.
pub fn happened() -> Option<Happened> {
	let mut happened = Happened::default();
	for record in System::read_events_no_consensus() {
		match &record.event {
			event if is_anything(event) => return None,
			RuntimeEvent::Agreements(event) => {
				happened.bindings |= bound_by(event).is_some();
				happened.agreements.extend(changed_by(event));
			},
			RuntimeEvent::Disputes(event) => {
				let disputed = disputed_in(event);
				happened.agreements.extend(disputed);
				let sensors = disputed.and_then(sensors_of);
				happened.sensors.extend(sensors.into_iter().flatten());
			},
			RuntimeEvent::Registry(event) => {
				happened.sensors.extend(sensor_of(event));
				happened.agreements.extend(stripped_by(event));
			},
			_ => (),
		}
	}
	Some(happened)
}

/// The sensors of which the block may have changed what nodes know of them. None if it may be any.
pub fn changed_sensors() -> Option<Vec<SensorId>> {
	let mut changed = BTreeSet::new();
	for record in System::read_events_no_consensus() {
		match &record.event {
			event if is_anything(event) => return None,
			RuntimeEvent::Registry(event) => changed.extend(sensor_of(event)),
			RuntimeEvent::Agreements(AgreementEvent::SensorReplaced {
				sensor,
				replacement,
				..
			}) => changed.extend([*sensor, *replacement]),
			// One that is forgotten needs no sensors since it ended, and one that never came into force never did: else
			// a stranger could have all be looked up anew for the price of a proposal.
			RuntimeEvent::Agreements(
				AgreementEvent::Removed { .. }
				| AgreementEvent::Ended {
					reason: EndReason::Cancelled | EndReason::Unsigned,
					..
				},
			) => (),
			RuntimeEvent::Agreements(event) => {
				if let Some(agreement) = bound_by(event) {
					changed.extend(sensors_of(agreement)?);
				}
			},
			RuntimeEvent::Disputes(event) => {
				if let Some(agreement) = disputed_in(event) {
					changed.extend(sensors_of(agreement)?);
				}
			},
			_ => (),
		}
	}
	Some(changed.into_iter().collect())
}

/// Whether an event tells of something that has no event for each thing that it changes: other code may read other
/// things out of the same state, and whoever is root may do anything.
fn is_anything(event: &RuntimeEvent) -> bool {
	matches!(
		event,
		RuntimeEvent::System(frame_system::Event::CodeUpdated { .. })
			| RuntimeEvent::MultiBlockMigrations(_)
			| RuntimeEvent::Sudo(_)
	)
}

/// The agreement that may bind others than before since an event, or need other sensors, or have left the chain.
fn bound_by(event: &AgreementEvent<Runtime>) -> Option<AgreementId> {
	use AgreementEvent::*;
	match event {
		Activated { agreement }
		| Ended { agreement, .. }
		| Removed { agreement }
		| Released { agreement, .. }
		// Of one that has ended, the last dispute may be closed.
		| Charged { agreement, .. } => Some(*agreement),
		_ => None,
	}
}

/// The agreement that may stand otherwise than before since an event. All that changes how one stands has its event,
/// but for what happens in a dispute.
fn changed_by(event: &AgreementEvent<Runtime>) -> Option<AgreementId> {
	use AgreementEvent::*;
	match event {
		NoticeGiven { agreement, .. }
		| Consented { agreement, .. }
		| Settled { agreement, .. }
		| RosterChanged { agreement, .. }
		| WindsUp { agreement, .. }
		| SensorReplaced { agreement, .. } => Some(*agreement),
		_ => bound_by(event),
	}
}

/// The agreement of whose dispute an event tells. What is shown in it, and which of its sensors' messages do not count
/// any more, also concerns others that are about the same sensors.
fn disputed_in(event: &DisputeEvent<Runtime>) -> Option<AgreementId> {
	use DisputeEvent::*;
	match event {
		Opened { agreement, .. }
		| Filed { agreement, .. }
		| Advanced { agreement, .. }
		| Lacked { agreement, .. }
		| Challenged { agreement, .. }
		| LaidOpen { agreement, .. }
		| Shown { agreement, .. }
		| ShowingFailed { agreement, .. }
		| Convicted { agreement, .. }
		| Absent { agreement, .. }
		| SensorAtFault { agreement, .. }
		| Judged { agreement, .. }
		| Borne { agreement, .. }
		| Consented { agreement, .. }
		| Reconciled { agreement, .. } => Some(*agreement),
		_ => None,
	}
}

/// The sensor that is registered otherwise than before since an event. Who is convicted is suspended or revoked, or
/// disowned, which have their own.
fn sensor_of(event: &RegistryEvent<Runtime>) -> Option<SensorId> {
	use RegistryEvent::*;
	match event {
		SensorRegistered { sensor, .. }
		| SensorUpdated { sensor }
		| SensorKeyRotated { sensor, .. }
		| SensorSuspended { sensor, .. }
		| SensorDisowned { sensor, .. }
		| SensorRevoked { sensor, .. }
		| SensorDeregistered { sensor } => Some(*sensor),
		_ => None,
	}
}

/// The agreements whose joint keys have fallen by an event of the registry. Each of them could have an event of its
/// own: that would be stored thousands of times, for what is told once.
fn stripped_by(event: &RegistryEvent<Runtime>) -> Vec<AgreementId> {
	match event {
		RegistryEvent::IntermediaryKeyRotated { intermediary, .. } => {
			AgreementsOf::<Runtime>::iter_key_prefix(intermediary).collect()
		},
		_ => Vec::new(),
	}
}

/// The sensors of an agreement, if it is still there.
fn sensors_of(agreement: AgreementId) -> Option<Vec<SensorId>> {
	let state = AgreementStates::<Runtime>::get(agreement)?;
	Some(state.feeds.iter().map(|feed| feed.sensor).collect())
}
