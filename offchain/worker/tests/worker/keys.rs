//! Keys of intermediaries that are rotated, and signs of life.

use sp_core::Pair;
use syngraph_test_kit::people::sr25519_key;
use syngraph_worker::Channel;

use crate::{
	machine::{advance, advance_until, expected, machines, Machine},
	runs::results,
	Shared,
};

/// Gives the first machine a fresh key. What it published with the old one is kept.
fn rotate(world: &Shared, machines: &mut [Machine]) {
	let fresh = sr25519_key(55);
	machines[0].pair = fresh.clone();
	world.borrow_mut().rotate(0, fresh);
}

#[test]
fn a_key_that_is_rotated_in_the_middle_signs_again() {
	let (world, mut machines) = machines(2);
	machines.iter().for_each(|machine| machine.receive(8));
	advance(&world, &machines[..1], 5);
	let old = machines[0].pair.public();
	rotate(&world, &mut machines);
	world.borrow_mut().former.clear();
	world.borrow_mut().gossip.remove(&(old.0, Channel::Bundles));
	advance(&world, &machines, 20);
	assert_eq!(world.borrow().settled, results(4));
	assert_eq!(world.borrow().former_signatures, 0);
}

#[test]
fn what_was_signed_before_a_rotation_settles() {
	let (world, mut machines) = machines(2);
	machines.iter().for_each(|machine| machine.receive(4));
	assert!(expected(1).is_some());
	// Machine 0 has revealed, rotates its key, and says nothing any more.
	while world.borrow().reveals(1) < 2 {
		advance(&world, &machines, 1);
		assert!(world.borrow().settled.is_empty());
	}
	world.borrow_mut().lose_pool();
	rotate(&world, &mut machines);
	advance(&world, &machines[1..], 20);
	assert_eq!(world.borrow().settled, results(2));
	assert_eq!(world.borrow().former_signatures, 1);
	assert!(world.borrow().verdicts.is_empty());
}

#[test]
fn what_is_signed_with_the_present_key_counts_before_what_is_not() {
	let (world, mut machines) = machines(2);
	machines.iter().for_each(|machine| machine.receive(4));
	advance(&world, &machines, 8);
	// What it published with the old key stays in gossip, as old as it is.
	rotate(&world, &mut machines);
	machines.iter().for_each(|machine| machine.receive(20));
	advance(&world, &machines, 12);
	assert_eq!(world.borrow().gossip.len(), 3);
	assert_eq!(world.borrow().settled, results(10));
	assert_eq!(world.borrow().former_signatures, 0);
}

#[test]
fn what_a_former_key_signed_is_heard_only_while_it_counts_for_long_enough() {
	for is_recent in [true, false] {
		let (world, mut machines) = machines(2);
		machines.iter().for_each(|machine| machine.receive(4));
		advance(&world, &machines[..1], 5);
		rotate(&world, &mut machines);
		world.borrow_mut().is_recent = is_recent;
		advance(&world, &machines[1..], 6);
		// The second machine reveals as soon as it has heard the first one's commitment.
		assert_eq!(world.borrow().reveals(1), usize::from(is_recent));
	}
}

#[test]
fn what_a_key_signed_that_counts_no_longer_is_left_out_of_a_complaint() {
	let (world, mut machines) = machines(3);
	machines.iter().for_each(|machine| machine.receive(4));
	// The last one is away. The first one has committed, rotates its key, and says nothing any more.
	advance(&world, &machines[..2], 6);
	rotate(&world, &mut machines);
	world.borrow_mut().former.clear();
	advance_until(&world, &machines[1..2], |world| world.docket.is_some());
	let world = world.borrow();
	let docket = world.docket.as_ref().expect("they are complained of");
	let said = docket.testimonies.iter().map(|it| it.said.is_some());
	assert_eq!(said.collect::<Vec<_>>(), [false, true, false]);
}

#[test]
fn a_machine_shows_that_it_is_alive_when_it_has_to_whatever_it_is_in() {
	let (world, machines) = machines(2);
	world.borrow_mut().in_force = false;
	advance(&world, &machines, 3);
	assert_eq!(world.borrow().heartbeats, [(0, 1), (1, 1)]);
	world.borrow_mut().heartbeats.clear();
	advance(&world, &machines, 1);
	assert_eq!(world.borrow().heartbeats, [(0, 4), (1, 4)]);
}
