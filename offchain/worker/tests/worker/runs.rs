//! Runs of the worker, good and bad.

use std::collections::BTreeMap;

use sp_core::{sr25519, Pair};
use syngraph_primitives::{ResultValue, WindowIndex};
use syngraph_worker::{
	session_key,
	traces::{LocalStore, Traces},
};

use crate::machine::{advance, agreement, expected, World, SENSOR};

/// What should be settled of the first windows.
fn results(windows: u64) -> BTreeMap<WindowIndex, ResultValue> {
	(0..windows)
		.filter_map(|window| Some((window, expected(window)?)))
		.collect()
}

#[test]
fn machines_settle_what_the_function_gives() {
	let (world, machines) = World::new(3);
	advance(&world, &machines, 3);
	machines.iter().for_each(|machine| machine.receive(21));
	advance(&world, &machines, 10);
	assert!(results(10).len() < 10, "some windows must be null");
	assert_eq!(world.borrow().settled, results(10));
	assert!(world.borrow().reports.is_empty());
}

#[test]
fn data_is_dropped_once_its_windows_are_done_with() {
	let (world, machines) = World::new(2);
	machines.iter().for_each(|machine| machine.receive(21));
	advance(&world, &machines, 14);
	for machine in &machines {
		let traces = Traces::new(machine);
		assert_eq!(traces.tail(SENSOR), Some(20));
		assert!(traces.message(SENSOR, 19).is_none());
		assert!(traces.message(SENSOR, 20).is_some());
	}
}

#[test]
fn state_is_removed_when_the_agreement_has_left_the_chain() {
	let (world, machines) = World::new(2);
	machines[0].receive(21);
	advance(&world, &machines, 6);
	let key = session_key(0, &agreement());
	world.borrow_mut().in_force = false;
	advance(&world, &machines, 2);
	assert!(
		machines[0].get(&key).is_some(),
		"the end may still be retracted"
	);
	world.borrow_mut().forgotten = true;
	advance(&world, &machines, 1);
	assert!(machines[0].get(&key).is_none());
	assert_eq!(
		Traces::new(&machines[0]).tail(SENSOR),
		Some(21),
		"nobody needs the messages"
	);
}

#[test]
fn a_machine_that_dies_at_any_write_goes_on_and_never_contradicts_itself() {
	let mut died = true;
	for fuse in 0.. {
		let (world, machines) = World::new(2);
		machines[0].fuse.set(Some(fuse));
		for end in [3, 9, 13] {
			machines.iter().for_each(|machine| machine.receive(end));
			advance(&world, &machines, 3);
		}
		advance(&world, &machines, 30);
		assert_eq!(world.borrow().settled, results(6), "died at write {fuse}");
		assert!(world.borrow().reports.is_empty());
		if machines[0].deaths.get() == 0 {
			died = fuse > 20;
			break;
		}
	}
	assert!(died, "the machine must have died at many a write");
}

#[test]
fn a_machine_that_is_away_delays_and_loses_nothing() {
	let (world, machines) = World::new(3);
	machines.iter().for_each(|machine| machine.receive(12));
	advance(&world, &machines[..2], 20);
	assert!(world.borrow().settled.is_empty());
	advance(&world, &machines, 12);
	assert_eq!(world.borrow().settled, results(6));
}

#[test]
fn rubbish_and_strangers_are_ignored() {
	let (world, machines) = World::new(2);
	let stranger = sr25519::Pair::from_seed(&[77; 32]).public().0;
	world.borrow_mut().gossip.insert(stranger, vec![0xff; 200]);
	world.borrow_mut().gossip.insert([1; 32], vec![0; 1 << 20]);
	machines.iter().for_each(|machine| machine.receive(12));
	advance(&world, &machines, 8);
	// A bundle of an author, published again by a stranger after one byte was changed.
	let mut forged = world
		.borrow()
		.gossip
		.values()
		.find(|data| data.len() > 300)
		.cloned()
		.unwrap();
	let last = forged.len() - 1;
	forged[last] ^= 1;
	world.borrow_mut().gossip.insert([2; 32], forged);
	machines.iter().for_each(|machine| machine.receive(24));
	advance(&world, &machines, 8);
	assert_eq!(world.borrow().settled, results(12));
}

#[test]
fn a_key_that_is_rotated_in_the_middle_signs_again() {
	let (world, mut machines) = World::new(2);
	machines.iter().for_each(|machine| machine.receive(8));
	advance(&world, &machines[..1], 5);
	let fresh = sr25519::Pair::from_seed(&[55; 32]);
	let old = machines[0].pair.public();
	machines[0].pair = fresh.clone();
	world.borrow_mut().keys[0] = fresh;
	world.borrow_mut().gossip.remove(&old.0);
	advance(&world, &machines, 20);
	assert_eq!(world.borrow().settled, results(4));
}

#[test]
fn a_machine_without_its_key_says_nothing() {
	let (world, mut machines) = World::new(2);
	machines[0].pair = sr25519::Pair::from_seed(&[66; 32]);
	machines.iter().for_each(|machine| machine.receive(8));
	advance(&world, &machines[..1], 8);
	assert!(world.borrow().gossip.is_empty());
}
