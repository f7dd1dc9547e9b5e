//! What devices hand to `sensor_submit` and peers pass on, while the worker uses it up.
#![no_main]

use std::sync::Arc;

use codec::{Decode, DecodeAll};
use libfuzzer_sys::fuzz_target;
use syngraph_fuzz::{
	device::{info, Event, Letter},
	GENESIS,
};
use syngraph_intake::sensors::{Account, Answer, Intake, Sensors, Unavailable};
use syngraph_primitives::{SensorId, SensorInfo, Sequence, SignedMessage};
use syngraph_test_kit::Memory;
use syngraph_worker::traces::Traces;

/// The sensors that the chain knows.
struct Known;

impl Sensors for Known {
	fn sensor(&self, id: SensorId) -> Result<Option<Arc<SensorInfo>>, Unavailable> {
		Ok(info(id).map(Arc::new))
	}
}

fuzz_target!(|data: &[u8]| {
	let (mut data, store) = (data, Memory::default());
	let intake = Intake::new(GENESIS, Known, &store);
	let mut heads = [None; 4];
	while let Ok(event) = Event::decode(&mut data) {
		happen(&intake, &Traces::new(&store), event);
		for sensor in 1..4 {
			check(
				&intake,
				&Traces::new(&store),
				sensor,
				&mut heads[sensor as usize],
			);
		}
	}
});

fn happen(intake: &Intake<Known, &Memory>, traces: &Traces<&Memory>, event: Event) {
	match event {
		Event::Submit(letters) => submit(intake, &letters),
		Event::Repair(letters) => {
			let letters = letters.iter().map(Letter::bytes);
			let messages: Vec<_> = letters
				.filter_map(|bytes| SignedMessage::decode(&mut &bytes[..]).ok())
				.collect();
			traces.hand_over(&messages);
			assert!(intake.take_repairs() <= messages.len());
			assert_eq!(traces.handed_over(), None);
		},
		Event::Drop(sensor, before) => traces.drop_before(sensor.into(), before.into()),
		Event::Need(sensor, first) => traces.need(sensor.into(), first.map(Sequence::from)),
		Event::Forget(sensor) => traces.forget(sensor.into()),
	}
}

/// Bears whatever is sent.
struct Endless;

impl Account for Endless {
	fn allow(&self) -> bool {
		true
	}

	fn owes(&self) -> bool {
		false
	}

	fn waste(&self) {}
}

fn submit(intake: &Intake<Known, &Memory>, letters: &[Letter]) {
	let batch: Vec<_> = letters.iter().map(Letter::bytes).collect();
	let answers = intake.take(batch.iter().map(|bytes| &bytes[..]), &Endless);
	assert_eq!(answers.len(), batch.len());
	for (answer, bytes) in answers.iter().zip(&batch) {
		if matches!(answer, Answer::Accepted | Answer::Duplicate) {
			let signed = SignedMessage::decode_all(&mut &bytes[..]).expect("it was decoded");
			assert!(is_genuine(&signed));
		}
	}
}

/// What is kept of a sensor is one unbroken piece of genuine messages, and never begins anew before its end.
fn check(
	intake: &Intake<Known, &Memory>,
	traces: &Traces<&Memory>,
	sensor: SensorId,
	head: &mut Option<Sequence>,
) {
	let before = std::mem::replace(head, traces.head(sensor));
	assert!(before <= *head);
	if let (Ok(next), Some(head)) = (intake.head(sensor, &Endless), *head) {
		assert!(next >= head);
	}
	for sequence in traces.tail(sensor).unwrap_or(0)..head.unwrap_or(0) {
		let kept = traces.message(sensor, sequence).expect("none is missing");
		assert_eq!(
			(kept.message.sensor, kept.message.sequence),
			(sensor, sequence)
		);
		assert!(is_genuine(&kept));
	}
	if let Some((left, right)) = traces.contradiction(sensor) {
		assert!(is_genuine(&left) && is_genuine(&right) && left.message != right.message);
		assert_eq!(left.message.sequence, right.message.sequence);
	}
}

fn is_genuine(signed: &SignedMessage) -> bool {
	let message = &signed.message;
	let Some(info) = info(message.sensor) else {
		return false;
	};
	let key = info.keys.key(message.sequence);
	info.schema.check_message(message).is_ok()
		&& key.is_some_and(|key| signed.verify(&GENESIS, key))
}
