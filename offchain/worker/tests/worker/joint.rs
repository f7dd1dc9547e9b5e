//! Machines that sign jointly: whatever becomes of them, no nonce signs twice.

use syngraph_protocol::{KEEP, KEEP_UNTIL_FINAL};
use syngraph_worker::{store::LocalStore, FINAL_KEY};

use crate::{
	machine::{advance, machines, Machine},
	runs::{dies_at_any_write, results},
	Shared,
};

/// Machines whose nodes keep in memory only what has to be.
fn started(count: u8) -> (Shared, Vec<Machine>) {
	let (world, machines) = machines(count);
	machines.iter().for_each(Machine::start);
	advance(&world, &machines, 4);
	(world, machines)
}

/// Has the messages of one window after the other come, up to a last one, some blocks apart.
fn go_on(world: &Shared, machines: &[Machine], windows: std::ops::Range<u64>, blocks: u64) {
	for window in windows {
		let end = 2 * (window + 1);
		machines.iter().for_each(|machine| machine.receive(end));
		advance(world, machines, blocks);
	}
}

/// The same, where each block is final at once.
fn go_on_for_good(
	world: &Shared,
	machines: &[Machine],
	windows: std::ops::Range<u64>,
	blocks: u64,
) {
	for window in windows {
		let end = 2 * (window + 1);
		machines.iter().for_each(|machine| machine.receive(end));
		for _ in 0..blocks {
			let next = world.borrow().number + 1;
			let all = machines.iter();
			all.for_each(|machine| machine.set(FINAL_KEY, &next.to_le_bytes()));
			advance(world, machines, 1);
		}
	}
}

/// How many rounds were signed jointly so far.
fn jointly(world: &Shared) -> u32 {
	world.borrow().jointly
}

#[test]
fn all_but_the_first_round_are_signed_jointly() {
	for count in [2, 3] {
		let (world, machines) = started(count);
		go_on(&world, &machines, 0..12, 4);
		let world = world.borrow();
		assert_eq!(world.settled, results(12));
		assert_eq!(world.singly, 1);
		assert!(world.jointly >= 4, "{}", world.jointly);
		assert!(world.is_peaceful() && world.shares() > 0);
	}
}

/// By its own bundle it hears again what it said about a round that was decided long ago, and that it has forgotten.
/// That does not mean that somebody else has its key.
#[test]
fn rounds_that_lie_far_apart_are_signed_jointly() {
	let [short, long] = [KEEP, 2 * KEEP_UNTIL_FINAL].map(u64::from);
	for blocks in (short..=short + 4).chain([long]) {
		let (world, machines) = started(2);
		go_on(&world, &machines, 0..4, 4);
		go_on_for_good(&world, &machines, 4..8, blocks);
		let world = world.borrow();
		assert_eq!(world.settled, results(8), "{blocks} blocks apart");
		assert_eq!(world.singly, 1, "{blocks} blocks apart");
	}
}

/// What it had said before its state was lost it says again, and forgets it, too, once that is decided.
#[test]
fn one_whose_state_was_lost_signs_jointly_again_also_if_rounds_lie_far_apart() {
	let (world, machines) = started(2);
	go_on(&world, &machines, 0..3, 4);
	let old = machines[0].store.0.borrow().clone();
	go_on(&world, &machines, 3..5, 4);
	machines[0].store.0.replace(old);
	machines[0].start();
	let blocks = 2 * u64::from(KEEP);
	go_on_for_good(&world, &machines, 5..8, blocks);
	let before = jointly(&world);
	go_on_for_good(&world, &machines, 8..11, blocks);
	assert_eq!(jointly(&world), before + 3);
	assert_eq!(world.borrow().settled, results(11));
}

/// An older node would write it to its disk.
#[test]
fn where_the_node_does_not_say_so_nothing_is_kept_in_memory_or_signed_jointly() {
	let (world, machines) = machines(2);
	go_on(&world, &machines, 0..8, 4);
	assert_eq!(world.borrow().settled, results(8));
	assert_eq!((jointly(&world), world.borrow().shares()), (0, 0));
	assert!(machines.iter().all(|it| it.memory.0.borrow().is_empty()));
}

#[test]
fn one_that_is_started_again_signs_singly_until_the_key_is_renewed() {
	let (world, machines) = started(2);
	go_on(&world, &machines, 0..6, 4);
	let (before, key) = (jointly(&world), world.borrow().joint_key());
	assert!(before > 0);
	machines[0].start();
	advance(&world, &machines, 4);
	go_on(&world, &machines, 6..12, 4);
	assert!(jointly(&world) > before);
	assert_ne!(world.borrow().joint_key(), key);
	assert_eq!(world.borrow().settled, results(12));
	assert!(world.borrow().is_peaceful());
}

#[test]
fn one_that_dies_at_any_write_or_before_it_sends_uses_no_nonce_twice() {
	dies_at_any_write(2, |fuse, world, machines| {
		machines.iter().for_each(Machine::start);
		go_on(world, machines, 0..7, 3);
		advance(world, machines, 20);
		assert_eq!(world.borrow().settled, results(7), "died at {fuse}");
		assert!(world.borrow().is_peaceful(), "died at {fuse}");
	});
}

/// What was taken out of memory is not there again for the next run.
#[test]
fn a_run_that_dies_leaves_no_nonce_to_the_next_one_that_it_has_used() {
	for fuse in 0..80 {
		let (world, machines) = started(2);
		machines[0].survives.set(true);
		machines[0].fuse.set(Some(fuse));
		go_on(&world, &machines, 0..7, 3);
		advance(&world, &machines, 20);
		assert_eq!(world.borrow().settled, results(7), "died at {fuse}");
		assert!(world.borrow().is_peaceful(), "died at {fuse}");
	}
}

#[test]
fn a_disk_that_is_copied_and_put_back_at_any_time_has_no_nonce() {
	for copied in 0..8 {
		for later in 1..6 {
			let (world, machines) = started(2);
			go_on(&world, &machines, 0..3, 3);
			let restored = |block: u64, copy: &mut Option<_>| {
				if block == copied {
					*copy = Some(machines[0].store.0.borrow().clone());
				}
				if block == copied + later {
					let copy = copy.take().expect("it was copied");
					machines[0].store.0.replace(copy);
					machines[0].start();
				}
			};
			let mut copy = None;
			for block in 0..14 {
				restored(block, &mut copy);
				go_on(&world, &machines, block / 2 + 3..block / 2 + 4, 1);
			}
			advance(&world, &machines, 30);
			assert_eq!(world.borrow().settled, results(10), "{copied} {later}");
			let world = world.borrow();
			assert!(world
				.verdicts
				.iter()
				.all(|verdict| verdict.faults.is_empty()));
		}
	}
}

/// Nothing can keep two machines with one memory from signing with one nonce. But whoever hears of the other draws
/// anew.
#[test]
fn a_machine_that_hears_its_copy_draws_another_share() {
	let (world, mut machines) = started(2);
	go_on(&world, &machines, 0..4, 4);
	assert!(jointly(&world) > 0);
	let memory = |machine: &Machine| machine.memory.0.borrow().clone();
	let before = memory(&machines[0]);
	world.borrow_mut().lenient.insert(0);
	machines.push(machines[0].duplicate());
	go_on(&world, &machines, 4..12, 4);
	advance(&world, &machines, 20);
	let [first, second] = [0, 2].map(|place: usize| memory(&machines[place]));
	assert!(first != before && second != before && first != second);
}

#[test]
fn what_was_kept_for_an_agreement_is_gone_with_it() {
	let (world, machines) = started(2);
	go_on(&world, &machines, 0..4, 4);
	advance(&world, &machines, KEEP_UNTIL_FINAL.into());
	assert_eq!(machines[0].memory.0.borrow().len(), 2);
	world.borrow_mut().in_force = false;
	world.borrow_mut().forgotten = true;
	advance(&world, &machines, 2);
	assert_eq!(machines[0].memory.0.borrow().len(), 1);
}
