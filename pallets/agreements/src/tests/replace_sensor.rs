//! How the users replace a sensor.

use frame_support::{assert_noop, assert_ok, assert_storage_noop};
use syngraph_primitives::{Agreements as _, Fate, Feed, SensorId, Source, Step};

use super::{last_event, Error};
use crate::{mock::*, AgreementsOfSensor, Event, ValidityError};

fn new(start: u64) -> Source {
	Source { sensor: 3, start }
}

fn replace(who: sp_runtime::AccountId32, old: SensorId, new: Source) -> sp_runtime::DispatchResult {
	Agreements::replace_sensor(origin(who), id(), old, new)
}

#[test]
fn a_sensor_is_replaced_when_all_users_consent() {
	run(|| {
		let agreement_id = activate(&terms());
		MockDirectory::set_sensor(3, &bob(), lock_schema());
		assert_ok!(settle(agreement_id, 0, proof(&agreement_id, 0, 1)));
		let before = (version(&agreement_id), proof(&agreement_id, 1, 1));
		assert_ok!(replace(alice(), 1, new(100)));
		assert_eq!(agreement().feeds[0].sensor, 1);
		assert_noop!(replace(alice(), 1, new(100)), Error::AlreadyConsented);
		assert_ok!(replace(bob(), 1, new(100)));
		let feed = Feed {
			sensor: 3,
			since: 1,
			start: 100,
		};
		assert_eq!(agreement().feeds[0], feed);
		assert_eq!(
			last_event(),
			Event::SensorReplaced {
				agreement: agreement_id,
				sensor: 1,
				replacement: 3,
				since: 1
			}
		);
		assert!(!AgreementsOfSensor::<Test>::contains_key(1, agreement_id));
		assert_eq!(AgreementsOfSensor::<Test>::get(3, agreement_id), Some(100));
		// What was computed from the old one's messages does not settle, and no window is lost.
		let (version_before, proof_before) = before;
		assert!(version(&agreement_id) > version_before);
		assert_storage_noop!(assert_eq!(
			settle(agreement_id, 1, proof_before),
			refused(ValidityError::BadSignature)
		));
		assert_eq!(Agreements::fate(&agreement_id, 0), Fate::Dead);
		assert_eq!(Agreements::fate(&agreement_id, 1), Fate::Live);
		assert_ok!(settle(agreement_id, 1, proof(&agreement_id, 1, 1)));
	});
}

#[test]
fn who_wants_something_else_begins_anew() {
	run(|| {
		activate(&terms());
		MockDirectory::set_sensor(3, &bob(), lock_schema());
		assert_ok!(replace(alice(), 1, new(100)));
		assert_ok!(replace(bob(), 1, new(101)));
		assert_eq!(agreement().feeds[0].sensor, 1);
		assert_ok!(replace(alice(), 1, new(101)));
		assert_eq!(agreement().feeds[0].start, 101);
		assert_eq!(agreement().replacing, None);
	});
}

#[test]
fn only_what_fits_takes_a_sensors_place() {
	run(|| {
		assert_noop!(replace(alice(), 1, new(0)), Error::NotFound);
		activate(&terms());
		assert_noop!(replace(charlie(), 1, new(0)), Error::NotAUser);
		assert_noop!(replace(alice(), 1, new(0)), Error::UnknownSensor);
		MockDirectory::set_sensor(3, &charlie(), lock_schema());
		assert_noop!(replace(alice(), 1, new(0)), Error::ForeignSensor);
		MockDirectory::set_sensor(3, &bob(), lock_schema());
		assert_noop!(replace(alice(), 9, new(0)), Error::UnknownSensor);
		let same = Source {
			sensor: 2,
			start: 0,
		};
		assert_noop!(replace(alice(), 1, same), Error::DuplicateSensor);
		let mut other = lock_schema();
		other.kind = b"door".to_vec().try_into().unwrap();
		MockDirectory::set_sensor(3, &bob(), other);
		assert_noop!(replace(alice(), 1, new(0)), Error::OtherSchema);
		MockDirectory::set_sensor(3, &bob(), lock_schema());
		assert_ok!(Agreements::open_dispute(&id()));
		assert_noop!(replace(alice(), 1, new(0)), Error::Disputed);
		assert_ok!(Agreements::close_dispute(&id(), &closing()));
		at_block(101);
		assert_noop!(replace(alice(), 1, new(0)), Error::Over);
	});
}

#[test]
fn reactions_address_whichever_sensor_is_in_place() {
	run(|| {
		let mut acting = terms();
		let command: syngraph_primitives::Text = text("lock");
		acting.reaction = vec![Step::Actuate {
			sensor: 1,
			command: command.clone(),
		}]
		.try_into()
		.unwrap();
		let id = activate(&acting);
		MockDirectory::set_sensor(3, &bob(), lock_schema());
		for user in [alice(), bob()] {
			assert_ok!(Agreements::replace_sensor(origin(user), id, 1, new(0)));
		}
		System::reset_events();
		assert_ok!(settle(id, 0, proof(&id, 0, 1)));
		assert!(events().contains(&Event::ActuationRequested {
			agreement: id,
			window: 0,
			sensor: 3,
			command
		}));
	});
}

#[test]
fn a_consent_to_replace_a_sensor_lapses_after_a_day() {
	run(|| {
		let id = activate(&terms());
		MockDirectory::set_sensor(3, &bob(), lock_schema());
		assert_ok!(replace(alice(), 1, new(100)));
		let until = System::block_number() + DAY;
		assert_eq!(
			last_event(),
			Event::SensorReplacementConsented {
				agreement: id,
				user: alice(),
				sensor: 1,
				replacement: new(100),
				until,
			}
		);
		System::set_block_number(until + 1);
		// It is the first to consent again, not the second.
		assert_ok!(replace(bob(), 1, new(100)));
		assert_eq!(agreement().feeds[0].sensor, 1);
		assert_ok!(replace(alice(), 1, new(100)));
		assert_eq!(agreement().feeds[0].sensor, 3);
	});
}

#[test]
fn a_sensor_that_does_not_answer_for_its_first_messages_takes_no_place() {
	run(|| {
		activate(&terms());
		MockDirectory::set_sensor(3, &bob(), lock_schema());
		// A key was replaced for what it had signed: nothing is said of numbers below 100 any more.
		MockDirectory::change_sensor(3, |keys| {
			keys.convict(5, 1);
			keys.rotate(100, 1, sp_core::ed25519::Public::from_raw([7; 32]))
				.unwrap();
		});
		assert_noop!(replace(alice(), 1, new(99)), Error::NotAnswered);
		assert_ok!(replace(alice(), 1, new(100)));
	});
	// It answers for what agreements need, but all that comes before the new key counts as never sent.
	run(|| {
		activate(&terms());
		MockDirectory::set_sensor(3, &bob(), lock_schema());
		MockDirectory::change_sensor(3, |keys| {
			keys.convict(5, 1);
			let fresh = sp_core::ed25519::Public::from_raw([7; 32]);
			keys.rotate_in_use(1_000, 1, fresh, Some(20..120)).unwrap();
			assert!(keys.answers_from() <= 50);
		});
		assert_noop!(replace(alice(), 1, new(50)), Error::NotAnswered);
		assert_ok!(replace(alice(), 1, new(1_000)));
	});
}

#[test]
fn what_agreements_need_of_a_sensor_is_what_they_can_reach() {
	run(|| {
		assert_eq!(Agreements::needed_of(1), None);
		let agreement_id = activate(&terms());
		let (feed, shape) = (agreement().feeds[0], terms().window);
		let reach = |base: u64| {
			let range = |window| feed.range(&shape, window).unwrap();
			let last = base + u64::from(shape.longest_round()) - 1;
			Some(range(base).start..range(last).end)
		};
		assert_eq!(Agreements::needed_of(1), reach(0));
		assert_ok!(settle(agreement_id, 0, proof(&agreement_id, 0, 1)));
		assert_eq!(Agreements::needed_of(1), reach(1));
	});
}
