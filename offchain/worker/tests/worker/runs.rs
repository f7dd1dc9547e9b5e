//! Runs of the worker, good and bad.

use std::collections::BTreeMap;

use codec::Decode;
use sp_core::Pair;
use syngraph_primitives::{ResultValue, WindowIndex};
use syngraph_protocol::{Fault, Publication, KEEP_UNTIL_FINAL, LISTEN};
use syngraph_test_kit::people::sr25519_key;
use syngraph_worker::{
	session_key, store::LocalStore, traces::Traces, Channel, Host, ABSENCE, BRIEF, LISTEN_MILLIS,
};

use crate::{
	machine::{
		advance, advance_until, agreement, another, expected, genesis, machines, message, Machine,
		SENSOR,
	},
	world::ANSWER,
};

/// What should be settled of the first windows.
pub fn results(windows: u64) -> BTreeMap<WindowIndex, ResultValue> {
	(0..windows)
		.filter_map(|window| Some((window, expected(window)?)))
		.collect()
}

#[test]
fn machines_settle_what_the_function_gives() {
	let (world, machines) = machines(3);
	advance(&world, &machines, 3);
	machines.iter().for_each(|machine| machine.receive(21));
	advance(&world, &machines, 10);
	assert!(results(10).len() < 10, "some windows must be null");
	assert_eq!(world.borrow().settled, results(10));
	assert!(world.borrow().verdicts.is_empty());
}

#[test]
fn a_round_that_is_agreed_and_does_not_settle_is_complained_of_unless_blocks_are_full() {
	for is_full in [true, false] {
		let (world, machines) = machines(2);
		world.borrow_mut().settles_nothing = true;
		world.borrow_mut().is_full = is_full;
		machines.iter().for_each(|machine| machine.receive(5));
		advance(&world, &machines, 3 * u64::from(ANSWER));
		let world = world.borrow();
		let is_disputed = world.docket.is_some() || !world.verdicts.is_empty();
		assert_eq!(is_disputed, !is_full);
		assert!(world.settled.is_empty());
	}
}

#[test]
fn once_there_is_room_what_was_agreed_settles_or_is_complained_of() {
	let (world, machines) = machines(2);
	world.borrow_mut().settles_nothing = true;
	world.borrow_mut().is_full = true;
	machines.iter().for_each(|machine| machine.receive(5));
	advance(&world, &machines, 3 * u64::from(ANSWER));
	world.borrow_mut().is_full = false;
	advance(&world, &machines, u64::from(ANSWER) / 2);
	assert!(
		world.borrow().docket.is_none(),
		"it is as long as if it had just been agreed"
	);
	advance_until(&world, &machines, |world| world.docket.is_some());
	world.borrow_mut().settles_nothing = false;
	advance(&world, &machines, 3 * u64::from(ANSWER));
	assert_eq!(world.borrow().settled, results(2));
}

#[test]
fn a_key_that_is_named_twice_is_worked_for_once() {
	let (world, machines) = machines(2);
	machines.iter().for_each(|machine| machine.receive(21));
	advance(&world, &machines, 20);
	assert_eq!(world.borrow().settled, results(10));
	for machine in &machines {
		assert!(machine.keys().len() > 1);
		assert_eq!(machine.outrun.get(), 0, "its runs get in each other's way");
	}
}

#[test]
fn data_is_dropped_once_its_windows_are_done_with() {
	let (world, machines) = machines(2);
	machines.iter().for_each(|machine| machine.receive(21));
	advance(&world, &machines, 20);
	for machine in &machines {
		let traces = Traces::new(machine);
		assert_eq!(traces.tail(SENSOR), Some(20));
		assert!(traces.message(SENSOR, 19).is_none());
		assert!(traces.message(SENSOR, 20).is_some());
	}
}

#[test]
fn state_is_removed_when_the_agreement_has_left_the_chain() {
	let (world, machines) = machines(2);
	advance(&world, &machines, KEEP_UNTIL_FINAL.into());
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

/// It is not on the chain any more, since it is not there yet. Messages that were accepted do not come once more.
#[test]
fn what_came_for_an_agreement_whose_beginning_is_retracted_is_kept() {
	let (world, machines) = machines(2);
	advance(&world, &machines, 2);
	machines.iter().for_each(|machine| machine.receive(4));
	{
		let mut world = world.borrow_mut();
		world.number -= 1;
		world.branch += 1;
		(world.in_force, world.forgotten) = (false, true);
	}
	advance(&world, &machines, 2);
	{
		let mut world = world.borrow_mut();
		(world.in_force, world.forgotten) = (true, false);
	}
	advance(&world, &machines, 12);
	assert_eq!(world.borrow().settled, results(2));
	assert!(world.borrow().verdicts.is_empty());
}

/// Plays a scene again and again, with machine 0 dying at its first write, at its second, and so on until
/// it does not die any more. Each time once as if all that it wrote were on disk at once, and once as if nothing were
/// for which it did not wait.
pub fn dies_at_any_write(count: u8, scene: impl Fn(u32, &crate::Shared, &mut [Machine])) {
	for forgets in [false, true] {
		for fuse in 0.. {
			let (world, mut machines) = machines(count);
			machines[0].fuse.set(Some(fuse));
			machines[0].forgets.set(forgets);
			scene(fuse, &world, &mut machines);
			if machines[0].deaths.get() == 0 {
				assert!(fuse > 20, "the machine must have died at many a write");
				break;
			}
		}
	}
}

/// Whoever does not offer its terms is not bound, so that a worker needs to know no offers.
#[test]
fn a_machine_says_nothing_in_an_agreement_that_does_not_bind_it() {
	let (world, machines) = machines(2);
	world.borrow_mut().strangers.insert(1);
	machines.iter().for_each(|machine| machine.receive(4));
	advance(&world, &machines, 20);
	let authors = |world: &crate::world::World| -> Vec<_> {
		world.gossip.keys().map(|(author, _)| *author).collect()
	};
	let [first, second] = [0, 1].map(|place: usize| machines[place].pair.public().0);
	assert_eq!(authors(&world.borrow()), [first]);
	assert!(world.borrow().settled.is_empty());
	world.borrow_mut().strangers.clear();
	advance(&world, &machines, 20);
	assert!(authors(&world.borrow()).contains(&second));
	assert!(!world.borrow().settled.is_empty());
}

#[test]
fn a_machine_whose_disk_has_failed_says_nothing() {
	// Whatever it was about to say: `Machine::run` looks.
	let mut held_back = 0;
	for moment in 0..8 {
		let (world, machines) = machines(2);
		machines.iter().for_each(|machine| machine.receive(4));
		advance(&world, &machines, moment);
		machines[0].is_broken.set(true);
		advance(&world, &machines, 5);
		held_back += u32::from(world.borrow().settled != results(2));
		machines[0].is_broken.set(false);
		advance(&world, &machines, 10);
		assert_eq!(world.borrow().settled, results(2), "failed at {moment}");
	}
	assert!(held_back > 1, "it had something to say");
}

#[test]
fn a_machine_that_dies_at_any_write_goes_on_and_never_contradicts_itself() {
	dies_at_any_write(2, |fuse, world, machines| {
		for end in [3, 9, 13] {
			machines.iter().for_each(|machine| machine.receive(end));
			advance(world, machines, 3);
		}
		advance(world, machines, 30);
		assert_eq!(world.borrow().settled, results(6), "died at write {fuse}");
		assert!(world.borrow().verdicts.is_empty());
	});
}

/// Each turn reads what the last one wrote, also in the same run.
#[test]
fn machines_without_room_for_states_do_the_same() {
	let (world, machines) = machines(3);
	machines.iter().for_each(|machine| machine.room.set(0));
	machines[1..].iter().for_each(|machine| machine.receive(21));
	advance(&world, &machines, 30);
	assert_eq!(world.borrow().settled, results(10));
	assert!(world.borrow().verdicts.is_empty());
	for machine in &machines {
		assert_eq!(machine.outrun.get(), 0);
		assert_eq!(Traces::new(machine).tail(SENSOR), Some(20));
	}
}

#[test]
fn a_machine_without_room_that_dies_at_any_write_never_contradicts_itself() {
	dies_at_any_write(2, |fuse, world, machines| {
		machines.iter().for_each(|machine| machine.room.set(0));
		for end in [3, 9] {
			machines.iter().for_each(|machine| machine.receive(end));
			advance(world, machines, 3);
		}
		advance(world, machines, 30);
		assert_eq!(world.borrow().settled, results(4), "died at write {fuse}");
	});
}

#[test]
fn a_state_that_has_heard_of_nothing_but_a_block_is_not_written_again() {
	let (world, machines) = machines(2);
	advance(&world, &machines, 5);
	let key = session_key(0, &agreement());
	let before = machines[0].get(&key);
	advance(&world, &machines, 5);
	assert!(before.is_some() && machines[0].get(&key) == before);
}

#[test]
fn a_machine_that_comes_back_with_an_old_disk_never_contradicts_itself() {
	// The world itself fails when a machine says two things about a window.
	for age in 0..12 {
		let (world, machines) = machines(2);
		machines.iter().for_each(|machine| machine.receive(5));
		advance(&world, &machines, 3);
		let mut old = machines[0].store.0.borrow().clone();
		for block in 0..12 {
			if block == age {
				old = machines[0].store.0.borrow().clone();
			}
			machines
				.iter()
				.for_each(|machine| machine.receive(6 + block));
			advance(&world, &machines, 1);
		}
		*machines[0].store.0.borrow_mut() = old;
		machines[0].start();
		machines.iter().for_each(|machine| machine.receive(80));
		advance(&world, &machines, 60);
		let world = world.borrow();
		let mut verdicts = world.verdicts.iter();
		assert!(verdicts.all(|verdict| verdict.faults.is_empty()), "{age}");
		let last = results(40).into_iter().next_back();
		assert_eq!(world.settled.clone().into_iter().next_back(), last);
	}
}

#[test]
fn a_machine_that_dies_at_any_write_of_a_complaint_still_answers() {
	dies_at_any_write(2, |fuse, world, machines| {
		world.borrow_mut().cut_off.insert(0);
		machines.iter().for_each(|machine| machine.receive(4));
		advance_until(world, machines, |world| {
			world.settled == results(2) && world.docket.is_none()
		});
		let world = world.borrow();
		assert_eq!(world.settled, results(2), "died at write {fuse}");
		assert!(world.docket.is_none());
		assert_eq!(world.verdicts.len(), 1, "one about both windows");
		assert!(world.is_peaceful());
	});
}

#[test]
fn a_machine_that_dies_at_any_write_of_a_dispute_still_shows_its_window() {
	dies_at_any_write(2, |fuse, world, machines| {
		machines[1].chain.wrong = true;
		machines.iter().for_each(|machine| machine.receive(2));
		advance(world, machines, 4 * u64::from(ANSWER));
		let world = world.borrow();
		assert!(world.settled.is_empty());
		assert!(world.docket.is_none());
		let verdict = &world.verdicts[0];
		assert_eq!(
			verdict.faults,
			[(1, Fault::WrongResult)],
			"died at write {fuse}"
		);
	});
}

#[test]
fn machines_that_stood_still_listen_before_they_speak() {
	for (away, listen) in [(ABSENCE, false), (ABSENCE + 1, true)] {
		let (world, machines) = machines(2);
		advance(&world, &machines, 5);
		(1..away).for_each(|_| world.borrow_mut().make_block());
		machines.iter().for_each(|machine| machine.receive(4));
		advance(&world, &machines, 1);
		let reveals = world.borrow().reveals(1);
		assert_eq!(reveals, usize::from(!listen), "{away}");
		advance(&world, &machines, LISTEN.into());
		assert!(world.borrow().reveals(1) > 0);
	}
}

/// Blocks come all at once, and what it said before comes from its peers only later.
#[test]
fn a_machine_that_was_given_an_old_disk_listens_by_its_clock() {
	let (world, machines) = machines(2);
	advance(&world, &machines, 5);
	let old = machines[0].store.0.borrow().clone();
	machines[0].receive(4);
	advance(&world, &machines[..1], 1);
	let own = (machines[0].pair.public().0, Channel::Bundles);
	let said = world.borrow_mut().gossip.remove(&own);
	let said = said.expect("it has begun a round");
	*machines[0].store.0.borrow_mut() = old;
	advance(&world, &machines[1..], u64::from(BRIEF) + 1);
	machines[0].start();
	machines[0].receive(8);
	world.borrow_mut().pace = 1;
	advance(&world, &machines[..1], 10);
	assert_eq!(world.borrow().gossip.get(&own), None);
	world.borrow_mut().gossip.insert(own, said);
	world.borrow_mut().pace = LISTEN_MILLIS;
	// The world itself fails when a machine says two things about a window.
	machines[1].receive(8);
	advance(&world, &machines, 6 * u64::from(ANSWER));
	assert_eq!(world.borrow().settled, results(4));
}

#[test]
fn a_machine_that_is_started_again_at_once_speaks_whatever_its_clock_shows() {
	let (world, machines) = machines(2);
	advance(&world, &machines, 5);
	world.borrow_mut().pace = 1;
	machines[0].start();
	machines.iter().for_each(|machine| machine.receive(4));
	advance(&world, &machines, u64::from(LISTEN) + 3);
	assert!(world.borrow().reveals(1) > 0);
}

#[test]
fn of_an_agreement_that_is_younger_a_machine_speaks_whatever_its_clock_shows() {
	for is_younger in [true, false] {
		let (world, machines) = machines(2);
		world.borrow_mut().pace = 1;
		if is_younger {
			world.borrow_mut().strangers.extend([0, 1]);
		}
		advance(&world, &machines, 2);
		world.borrow_mut().strangers.clear();
		machines.iter().for_each(|machine| machine.receive(4));
		advance(&world, &machines, u64::from(LISTEN) + 1);
		let reveals = world.borrow().reveals(1);
		assert_eq!(reveals > 0, is_younger);
	}
}

#[test]
fn machines_that_got_two_messages_with_one_number_both_show_theirs() {
	let (world, machines) = machines(2);
	advance(&world, &machines, 3);
	machines[0].receive(4);
	machines[1].receive(1);
	machines[1].receive_one(&another(9, 1, 1));
	machines[1].receive(4);
	advance_until(&world, &machines, |world| !world.verdicts.is_empty());
	let world = world.borrow();
	assert!(world.is_peaceful());
	assert!(world.verdicts[0].sensor_at_fault);
}

#[test]
fn what_settled_in_a_block_that_is_retracted_settles_again() {
	for blocks in 1..8 {
		let (world, machines) = machines(3);
		machines.iter().for_each(|machine| machine.receive(21));
		advance_until(&world, &machines, |world| world.settled == results(10));
		advance(&world, &machines, blocks);
		{
			let mut world = world.borrow_mut();
			world.settled.clear();
			world.progress = Default::default();
			world.lose_pool();
		}
		advance(&world, &machines, 12);
		assert_eq!(world.borrow().settled, results(10), "after {blocks}");
		assert!(world.borrow().verdicts.is_empty());
	}
}

#[test]
fn a_backlog_settles_in_the_rounds_that_it_takes() {
	let (world, machines) = machines(3);
	world.borrow_mut().terms.most = 256;
	advance(&world, &machines, 3);
	machines.iter().for_each(|machine| machine.receive(4000));
	advance_until(&world, &machines, |world| world.settled == results(2000));
	let world = world.borrow();
	assert_eq!(world.settled, results(2000));
	let rounds = results(2000).len().div_ceil(256);
	assert_eq!(world.progress.rounds, rounds as u64);
	assert!(world.number < 3 + 4 * rounds as u32, "{}", world.number);
}

#[test]
fn a_dispute_is_seen_to_its_end_after_the_agreement_has_ended() {
	let (world, mut machines) = machines(2);
	machines[1].chain.wrong = true;
	machines.iter().for_each(|machine| machine.receive(2));
	while world.borrow().docket.is_none() {
		advance(&world, &machines, 1);
	}
	world.borrow_mut().in_force = false;
	machines.iter().for_each(|machine| machine.receive(8));
	advance(&world, &machines, 3 * u64::from(ANSWER));
	let verdict = &world.borrow().verdicts[0];
	assert_eq!(verdict.faults, [(1, Fault::WrongResult)]);
	assert!(world.borrow().settled.is_empty());
}

#[test]
fn messages_that_a_machine_lacks_come_from_its_peers() {
	let (world, machines) = machines(3);
	machines.iter().for_each(|machine| machine.receive(4));
	advance(&world, &machines, 8);
	// The device does not reach machine 0 any more.
	machines[1..].iter().for_each(|machine| machine.receive(40));
	advance(&world, &machines, 40);
	assert_eq!(Traces::new(&machines[0]).head(SENSOR), Some(40));
	assert_eq!(world.borrow().settled, results(20));
}

#[test]
fn a_sensor_that_signs_twice_is_accused_once() {
	let (world, machines) = machines(2);
	machines.iter().for_each(|machine| machine.receive(4));
	let other = another(9, 2, 1);
	let keys = world.borrow().sources.keys[0].clone();
	Traces::new(&machines[0]).contradict(&message(2), &other, &genesis(), &keys);
	advance(&world, &machines, 12);
	assert_eq!(world.borrow().accusations, [(message(2), other)]);
}

#[test]
fn a_machine_that_is_away_delays_and_loses_nothing() {
	let (world, machines) = machines(3);
	machines.iter().for_each(|machine| machine.receive(12));
	advance(&world, &machines[..2], u64::from(ANSWER));
	assert!(world.borrow().settled.is_empty());
	advance(&world, &machines, 12);
	assert_eq!(world.borrow().settled, results(6));
}

#[test]
fn rubbish_and_strangers_are_ignored() {
	let (world, machines) = machines(2);
	let publish = |author: [u8; 32], channel, data| {
		world.borrow_mut().gossip.insert((author, channel), data);
	};
	let (stranger, peer) = (sr25519_key(77).public().0, machines[1].pair.public().0);
	for author in [stranger, peer] {
		publish(author, Channel::Bundles, vec![0xff; 200]);
		publish(author, Channel::Repairs, vec![0; 1 << 20]);
	}
	machines.iter().for_each(|machine| machine.receive(12));
	advance(&world, &machines, 8);
	// The peer's bundle once more, after one byte was changed; and one's own, which another one publishes.
	let own = machines[0].pair.public().0;
	let [own, mut forged] =
		[own, peer].map(|author| world.borrow().gossip[&(author, Channel::Bundles)].clone());
	let last = forged.len() - 1;
	forged[last] ^= 1;
	publish(stranger, Channel::Bundles, own.clone());
	for (data, messages) in [(forged, 24), (own, 36)] {
		publish(peer, Channel::Repairs, data);
		machines
			.iter()
			.for_each(|machine| machine.receive(messages));
		advance(&world, &machines, 8);
		assert_eq!(world.borrow().settled, results(messages / 2));
	}
}

#[test]
fn a_machine_without_its_key_says_nothing() {
	let (world, mut machines) = machines(2);
	machines[0].pair = sr25519_key(66);
	machines.iter().for_each(|machine| machine.receive(8));
	advance(&world, &machines[..1], 8);
	assert!(world.borrow().gossip.is_empty());
}

/// Whoever has verified it knows it again.
#[test]
fn what_is_said_again_is_signed_by_the_same_bytes() {
	let (world, machines) = machines(2);
	machines.iter().for_each(|machine| machine.receive(4));
	let said = || {
		let slot = (machines[0].pair.public().0, Channel::Bundles);
		let data = world.borrow().gossip[&slot].clone();
		match Publication::decode(&mut &data[..]) {
			Ok(Publication::Bundle(signed)) => signed.bundle.utterances,
			other => panic!("not a bundle: {other:?}"),
		}
	};
	advance(&world, &machines[..1], 5);
	let before = said().remove(0);
	assert_eq!(before.reveal, None);
	// The other one is new, and listens before it speaks.
	advance(&world, &machines, u64::from(LISTEN) + 2);
	let mut after = said().into_iter();
	let after = after.find(|said| said.commitment() == before.commitment());
	let after = after.expect("it says it again");
	assert!(after.reveal.is_some());
	assert_eq!(after.commit, before.commit);
}

/// What another one publishes in its own name hides nothing, though it be the same bytes.
#[test]
fn a_copy_of_a_bundle_hides_nothing() {
	let (world, mut machines) = machines(3);
	let [copier, copied] = [0, 1].map(|place: usize| machines[place].pair.public().0);
	// The one that reads has its runs before the one whose bundles are copied, and finds the copy first.
	machines.swap(1, 2);
	machines.iter().for_each(|machine| machine.receive(12));
	for _ in 0..20 {
		advance(&world, &machines, 1);
		let mut world = world.borrow_mut();
		let bundle = world.gossip.get(&(copied, Channel::Bundles)).cloned();
		let copy = bundle.map(|data| ((copier, Channel::Repairs), data));
		world.gossip.extend(copy);
	}
	assert_eq!(world.borrow().settled, results(6));
	assert!(world.borrow().verdicts.is_empty());
}
