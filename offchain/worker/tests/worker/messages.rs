//! Messages that do not count, or not yet, or that are missing.

use codec::Encode;
use sp_core::{Pair, H256};
use syngraph_primitives::{
	Commitment, Payload, ResultValue, SignedCommitment, SignedMessage, Span, Utterance, WindowIndex,
};
use syngraph_worker::{state, traces::Traces};

use crate::{
	machine::{
		advance, advance_until, another, expected, genesis, load, machines, message, signed_by,
		Machine, SENSOR,
	},
	runs::{dies_at_any_write, results},
	world::{sensor_key, ANSWER},
	Shared,
};

/// The chain learns that a number of the sensor is void, and that another key signs from a number on.
fn convict(world: &Shared, number: u64, from: u64) {
	let mut world = world.borrow_mut();
	let now = world.number;
	let keys = &mut world.sources.keys[0];
	keys.convict(number, now);
	keys.rotate(from, now, sensor_key(10)).unwrap();
}

/// Lets a machine's node find that the sensor signed two messages.
fn contradict(world: &Shared, machine: &Machine, left: &SignedMessage, right: &SignedMessage) {
	let keys = &world.borrow().sources.keys[0];
	Traces::new(machine).contradict(left, right, &genesis(), keys);
}

/// Puts a message in a machine's store as if it had come so.
fn store(machine: &Machine, signed: &SignedMessage) {
	let key = (b"syngraph/message/", SENSOR, signed.message.sequence).encode();
	assert!(machine.store.0.borrow().contains_key(&key));
	state::write(machine, &key, signed);
}

#[test]
fn a_void_number_is_left_out_whenever_the_chain_learns_of_it() {
	let after: ResultValue = load(2).into();
	assert!(after >= 1 && Some(after) != expected(1));
	for blocks in 0..8 {
		let (world, machines) = machines(2);
		advance(&world, &machines, 3);
		machines.iter().for_each(|machine| machine.receive(4));
		advance(&world, &machines, blocks);
		let before = world.borrow().settled.get(&1).copied();
		convict(&world, 3, 100);
		advance(&world, &machines, 10);
		let settled = world.borrow().settled.get(&1).copied();
		assert_eq!(settled, before.or(Some(after)), "after {blocks}");
		assert!(world.borrow().verdicts.is_empty());
	}
}

#[test]
fn a_machine_that_dies_at_any_write_when_a_version_moves_never_contradicts_itself() {
	dies_at_any_write(2, |fuse, world, machines| {
		advance(world, machines, 3);
		machines.iter().for_each(|machine| machine.receive(3));
		advance(world, machines, 1);
		machines.iter().for_each(|machine| machine.receive(9));
		advance(world, machines, 1);
		convict(world, 7, 100);
		advance(world, machines, 2);
		world.borrow_mut().sources.keys[0]
			.rotate(200, 5, sensor_key(11))
			.unwrap();
		machines.iter().for_each(|machine| machine.receive(13));
		advance(world, machines, 40);
		let world = world.borrow();
		// The world itself fails when a machine says two things about a version.
		assert!(world.verdicts.is_empty(), "died at write {fuse}");
		for window in 0..3 {
			assert_eq!(
				world.settled.get(&window).copied(),
				expected(window),
				"{fuse}"
			);
		}
		// Of these, nothing counts that was signed before there was another key.
		assert!(world.settled.range(4..).next().is_none(), "{fuse}");
		let without = ResultValue::from(load(6));
		let either = [expected(3), (without >= 1).then_some(without)];
		assert!(either.contains(&world.settled.get(&3).copied()));
	});
}

#[test]
fn a_message_that_a_replaced_key_signed_does_not_count() {
	let (world, machines) = machines(2);
	advance(&world, &machines, 3);
	machines.iter().for_each(|machine| machine.receive(4));
	// In the block in which the messages come the owner says that number 3 is signed with another key.
	world.borrow_mut().sources.keys[0]
		.rotate(3, 3, sensor_key(10))
		.unwrap();
	advance(&world, &machines, 8);
	assert_eq!(
		world.borrow().settled,
		results(1),
		"window 1 waits for the right message"
	);
	for machine in &machines {
		assert_eq!(Traces::new(machine).head(SENSOR), Some(3));
		machine.receive_one(&signed_by(10, 3));
	}
	advance(&world, &machines, 8);
	assert_eq!(world.borrow().settled, results(2));
}

#[test]
fn peers_pass_on_what_the_present_key_signed() {
	let (world, machines) = machines(3);
	advance(&world, &machines, 3);
	machines.iter().for_each(|machine| machine.receive(6));
	let rotated = world.borrow_mut().sources.keys[0].rotate(3, 3, sensor_key(10));
	assert_eq!(rotated, Ok(None));
	for machine in &machines[1..] {
		(3..6).for_each(|number| machine.receive_one(&signed_by(10, number)));
	}
	advance(&world, &machines, 40);
	assert_eq!(world.borrow().settled, results(3));
	assert!(world.borrow().verdicts.is_empty());
	let stored = Traces::new(&machines[0]).message(SENSOR, 5);
	assert!(stored.is_none_or(|stored| stored == signed_by(10, 5)));
}

#[test]
fn what_a_sensor_says_when_it_does_not_know_the_time_is_left_out() {
	let (world, machines) = machines(2);
	world.borrow_mut().times = (1_000, 8_000);
	machines.iter().for_each(|machine| machine.receive(10));
	advance(&world, &machines, 12);
	let counts = |number: &u64| (1..=8).contains(number);
	let windows = (0..5).map(|window| [2 * window, 2 * window + 1]);
	let sums = windows.map(|numbers| {
		let counted = numbers.into_iter().filter(counts);
		counted.map(|number| ResultValue::from(load(number))).sum()
	});
	let sums: Vec<ResultValue> = sums.collect();
	let settled = world.borrow().settled.clone();
	for (window, sum) in sums.into_iter().enumerate() {
		let result = (sum >= 1).then_some(sum);
		assert_eq!(settled.get(&(window as u64)).copied(), result, "{window}");
	}
	assert_ne!(settled, results(5), "it makes a difference");
}

#[test]
fn messages_that_are_withheld_are_found_where_they_were_shown() {
	let (world, machines) = machines(3);
	world.borrow_mut().withheld = true;
	advance(&world, &machines, 3);
	machines[1..].iter().for_each(|machine| machine.receive(4));
	advance(&world, &machines, 12 * u64::from(ANSWER));
	let world = world.borrow();
	assert!(!world.shown.is_empty());
	assert_eq!(world.settled, results(2));
	assert!(world.is_peaceful());
	assert_eq!(
		Traces::new(&machines[0]).head(SENSOR),
		Some(4),
		"its node has them, too"
	);
}

#[test]
fn a_machine_that_dies_at_any_write_while_it_lacks_messages_is_not_absent() {
	dies_at_any_write(2, |fuse, world, machines| {
		world.borrow_mut().withheld = true;
		advance(world, machines, 3);
		machines[1].receive(4);
		advance_until(world, machines, |world| world.settled == results(2));
		let world = world.borrow();
		assert_eq!(world.settled, results(2), "died at write {fuse}");
		assert!(world.is_peaceful());
	});
}

#[test]
fn a_complaint_comes_with_a_message_that_counts() {
	let (world, machines) = machines(2);
	advance(&world, &machines, 3);
	machines[0].receive(5);
	convict(&world, 3, 4);
	store(&machines[0], &signed_by(10, 4));
	assert!(expected(0).is_none() && load(2) >= 1);
	// The chain of the machines fails if the message is void, or none that came last or later.
	advance_until(&world, &machines[..1], |world| world.docket.is_some());
	assert!(world.borrow().docket.is_some());
}

#[test]
fn a_sensor_is_accused_only_of_what_proves_something() {
	type Change = fn(&Shared);
	let cases: [(&str, Change); 4] = [
		("suspended", |world| {
			world.borrow_mut().sources.keys[0].convict(30, 1);
		}),
		("replaced long since", |world| {
			let keys = &mut world.borrow_mut().sources.keys[0];
			keys.rotate(3, 1, sensor_key(10)).unwrap();
			keys.rotate(4, 2, sensor_key(11)).unwrap();
		}),
		("void", |world| convict(world, 2, 3)),
		("revoked", |world| {
			world.borrow_mut().sources.keys[0].revoke(2, 1).unwrap();
		}),
	];
	for (name, change) in cases {
		let (world, machines) = machines(1);
		contradict(&world, &machines[0], &message(2), &another(9, 2, 1));
		change(&world);
		advance(&world, &machines, 12);
		assert!(world.borrow().accusations.is_empty(), "{name}");
	}
}

#[test]
fn a_revocation_far_ahead_shields_no_sensor() {
	let (world, machines) = machines(1);
	contradict(&world, &machines[0], &message(2), &another(9, 2, 1));
	world.borrow_mut().sources.keys[0].revoke(50, 1).unwrap();
	advance(&world, &machines, 12);
	assert!(!world.borrow().accusations.is_empty());
}

#[test]
fn a_sensor_that_was_convicted_is_accused_of_the_next_number() {
	let (world, machines) = machines(1);
	contradict(&world, &machines[0], &message(2), &another(9, 2, 1));
	advance(&world, &machines, 12);
	assert_eq!(
		world.borrow().accusations,
		[(message(2), another(9, 2, 1))],
		"it is suspended"
	);
	let rotated = world.borrow_mut().sources.keys[0].rotate(3, 13, sensor_key(10));
	assert_eq!(rotated, Ok(None));
	let next = (signed_by(10, 3), another(10, 3, 1));
	contradict(&world, &machines[0], &next.0, &next.1);
	advance(&world, &machines, 12);
	assert_eq!(world.borrow().accusations[1..], [next]);
}

#[test]
fn a_key_that_was_just_replaced_accuses_its_sensor() {
	let (world, machines) = machines(1);
	let other = another(9, 2, 1);
	contradict(&world, &machines[0], &message(2), &other);
	let rotated = world.borrow_mut().sources.keys[0].rotate(3, 1, sensor_key(10));
	assert_eq!(rotated, Ok(None));
	advance(&world, &machines, 12);
	assert_eq!(world.borrow().accusations, [(message(2), other)]);
}

#[test]
fn what_a_stranger_signed_accuses_nobody() {
	let (world, machines) = machines(1);
	contradict(&world, &machines[0], &message(2), &signed_by(66, 2));
	advance(&world, &machines, 12);
	assert!(world.borrow().accusations.is_empty());
}

#[test]
fn a_spare_that_steps_in_has_kept_the_messages() {
	let (world, machines) = machines(3);
	world.borrow_mut().roster.members = vec![0, 1].try_into().unwrap();
	machines.iter().for_each(|machine| machine.receive(21));
	advance(&world, &machines, 20);
	let base = world.borrow().progress.base;
	assert_eq!(base, 10);
	let tails = machines
		.iter()
		.map(|machine| Traces::new(machine).tail(SENSOR));
	assert!(tails.into_iter().all(|tail| tail == Some(20)));
	machines.iter().for_each(|machine| machine.receive(31));
	{
		let mut world = world.borrow_mut();
		world.roster.number = 1;
		world.roster.since = base;
		world.roster.members = vec![0, 2].try_into().unwrap();
	}
	advance(&world, &machines, 12);
	let world = world.borrow();
	assert_eq!(world.settled, results(15));
	assert!(world.verdicts.is_empty() && world.docket.is_none());
}

/// Puts into gossip that machine 1 has committed to a range that ends with a window, whatever it has.
fn commit(world: &Shared, machine: &Machine, end: WindowIndex) {
	let round = world.borrow().next_round();
	let commitment = Commitment {
		span: Span {
			round,
			attempt: 0,
			end,
		},
		intermediary: 1,
		seal: H256::zero(),
		data_root: H256::zero(),
		possession: H256::zero(),
		before: None,
		contribution: None,
	};
	let signature = machine.pair.sign(&commitment.signing_bytes(&genesis()));
	let commit = SignedCommitment {
		commitment,
		signature,
	};
	let said = Utterance {
		commit,
		reveal: None,
	};
	machine.say(1, vec![said], vec![]);
}

/// One that commits early and far ahead has others look for what they lack. That must neither keep them from other
/// agreements, nor cost anything again and again.
#[test]
fn a_backlog_is_looked_through_once() {
	let (world, machines) = machines(2);
	machines[0].receive(4_000);
	let longest = world.borrow().sources.shape.longest_round();
	commit(&world, &machines[1], longest.into());
	let mut reads = Vec::new();
	for _ in 0..9 {
		let before = machines[0].reads.get();
		advance(&world, &machines[..1], 1);
		reads.push(machines[0].reads.get() - before);
	}
	let all: usize = reads.iter().sum();
	assert!((4_000..4_200).contains(&all), "{reads:?}");
	assert_eq!(reads[7..], [0, 0], "{reads:?}");
}

#[test]
fn nobody_waits_for_a_number_that_is_void() {
	let (world, machines) = machines(3);
	advance(&world, &machines, 3);
	machines.iter().for_each(|machine| machine.receive(3));
	convict(&world, 3, 4);
	// Nobody has number 3, and machine 0 has nothing after it but what its peers pass on.
	for machine in &machines[1..] {
		machine.take_repairs();
		for number in 4..8 {
			machine.receive_one(&signed_by(10, number));
		}
	}
	advance(&world, &machines, 20);
	let without = ResultValue::from(load(2));
	let settled = world.borrow().settled.clone();
	assert_eq!(settled.get(&1), Some(&without));
	for window in [0, 2, 3] {
		assert_eq!(settled.get(&window).copied(), expected(window));
	}
	assert!(world.borrow().verdicts.is_empty());
}

#[test]
fn a_window_that_cannot_settle_is_not_computed() {
	let (world, machines) = machines(2);
	advance(&world, &machines, 3);
	world.borrow_mut().sources.keys[0].revoke(5, 1).unwrap();
	machines.iter().for_each(|machine| machine.receive(12));
	advance(&world, &machines, 3 * u64::from(ANSWER));
	let world = world.borrow();
	assert_eq!(world.settled, results(2));
	assert_eq!(
		world.progress.base, 2,
		"the third one waits for another sensor"
	);
	assert!(world.verdicts.is_empty() && world.docket.is_none());
}
