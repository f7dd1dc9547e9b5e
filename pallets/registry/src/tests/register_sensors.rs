use super::*;
use frame_support::traits::fungible::Mutate;
use sp_runtime::{ArithmeticError, DispatchResult, TokenError};

fn register(sensors: Vec<NewSensor>) -> DispatchResult {
	Registry::register_sensors(origin(alice()), sensors.try_into().unwrap())
}

/// A sensor of Alice's after `change`.
fn changed(change: impl Fn(&mut NewSensor)) -> NewSensor {
	let mut sensor = new_sensor(2, &alice());
	change(&mut sensor);
	sensor
}

#[test]
fn a_batch_gets_ids_in_its_order() {
	run(|| {
		let batch: Vec<_> = (1..=64).map(|n| new_sensor(n, &alice())).collect();
		assert_ok!(register(batch.clone()));
		for (id, sensor) in batch.iter().enumerate() {
			let record = Sensors::<Test>::get(id as u64).unwrap();
			assert_eq!((record.owner, &record.schema), (alice(), &sensor.schema));
			assert_eq!(record.keys.key(0), Some(&sensor.key));
			assert_eq!(record.deposit, sensor_deposit(&sensor.schema));
			System::assert_has_event(
				Event::SensorRegistered {
					sensor: id as u64,
					owner: alice(),
					key: sensor.key,
				}
				.into(),
			);
		}
		assert_eq!(NextSensor::<Test>::get(), 64);
		let deposit = 64 * sensor_deposit(&batch[0].schema);
		assert_eq!(held(HoldReason::Sensor, &alice()), deposit);
	});
}

#[test]
fn one_bad_sensor_refuses_the_batch() {
	run(|| {
		type Change = fn(&mut NewSensor);
		let faults: [(Change, Error); 11] = [
			(|new| new.schema = schema(&[]), Error::NoVariables),
			(
				|new| new.schema = schema(&["open", "open"]),
				Error::DuplicateVariable,
			),
			(|new| new.schema = schema(&[""]), Error::InvalidName),
			(|new| new.schema.kind = name(""), Error::InvalidName),
			// Twins: the accent of one is a letter of its own, and the other looks like "open".
			(
				|new| new.schema = schema(&["caf\u{e9}"]),
				Error::InvalidName,
			),
			(
				|new| new.schema = schema(&["cafe\u{301}"]),
				Error::InvalidName,
			),
			(
				|new| new.schema = schema(&["\u{43e}pen"]),
				Error::InvalidName,
			),
			(|new| new.schema.kind = name("Lock"), Error::InvalidName),
			(|new| new.key = sensor_key(1).public(), Error::KeyTaken),
			(
				|new| new.key = ed25519::Public::from_raw([0; 32]),
				Error::WeakKey,
			),
			(
				|new| new.proof = sensor_proof(2, &bob()),
				Error::InvalidProof,
			),
		];
		for (fault, error) in faults {
			assert_noop!(
				register(vec![new_sensor(1, &alice()), changed(fault)]),
				error
			);
		}
		assert_noop!(register(vec![]), Error::EmptyBatch);
	});
}

#[test]
fn a_signature_that_fits_every_message_proves_nothing() {
	run(|| {
		// Under a small-order key, ZIP-215 accepts the neutral element and zero for any message.
		let neutral = {
			let mut bytes = [0; 32];
			bytes[0] = 1;
			bytes
		};
		let mut signature = [0; 64];
		signature[..32].copy_from_slice(&neutral);
		let (key, proof) = (
			ed25519::Public::from_raw(neutral),
			ed25519::Signature::from_raw(signature),
		);
		assert!(ed25519::Pair::verify(&proof, b"anything", &key));
		let schema = schema(&["open"]);
		assert_noop!(
			register(vec![NewSensor { schema, key, proof }]),
			Error::WeakKey
		);
	});
}

#[test]
fn a_key_belongs_to_one_sensor() {
	run(|| {
		register_lock();
		assert_noop!(register(vec![new_sensor(1, &alice())]), Error::KeyTaken);
	});
}

#[test]
fn the_deposit_must_be_there_and_ids_do_not_wrap() {
	run(|| {
		Balances::set_balance(&alice(), 200);
		let new = || vec![new_sensor(1, &alice())];
		assert_noop!(register(new()), TokenError::FundsUnavailable);
		Balances::set_balance(&alice(), ENDOWMENT);
		NextSensor::<Test>::put(u64::MAX);
		assert_noop!(register(new()), ArithmeticError::Overflow);
	});
}
