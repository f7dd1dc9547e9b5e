//! What becomes of a machine whose store is damaged, and of repairs.

use codec::{Decode, Encode};
use sp_core::Pair;
use syngraph_primitives::SignedMessage;
use syngraph_protocol::{Ask, Publication, Repair};
use syngraph_worker::{
	session_key,
	state::{aside_key, unreadable, VERSION},
	store::LocalStore,
	traces::Traces,
	Channel, NEWEST_KEY,
};

use crate::{
	machine::{advance, agreement, another, expected, genesis, machines, message, Machine, SENSOR},
	Shared,
};

/// Whether the last of the first windows that give a result is settled, and nobody was blamed.
fn assert_goes_on(world: &Shared, windows: u64) {
	let world = world.borrow();
	let last = (0..windows)
		.rev()
		.find(|window| expected(*window).is_some());
	let settled = world.settled.keys().next_back().copied();
	assert_eq!(settled, last);
	let mut verdicts = world.verdicts.iter();
	assert!(verdicts.all(|verdict| verdict.faults.is_empty()));
}

/// The keys of a machine's store that begin so.
fn keys(machine: &Machine, start: &str) -> Vec<Vec<u8>> {
	let store = machine.store.0.borrow();
	let keys = store.keys().filter(|key| key.starts_with(start.as_bytes()));
	keys.cloned().collect()
}

#[test]
fn a_machine_whose_state_is_damaged_goes_on_like_one_that_lost_it() {
	let damages: [fn(Vec<u8>) -> Vec<u8>; 4] = [
		|mut bytes| {
			bytes[0] = VERSION + 1;
			bytes
		},
		|bytes| bytes[..bytes.len() / 2].to_vec(),
		|bytes| [&bytes[..], &[0]].concat(),
		|_| vec![],
	];
	for damage in damages {
		let (world, machines) = machines(2);
		machines.iter().for_each(|machine| machine.receive(7));
		advance(&world, &machines, 5);
		let key = session_key(0, &agreement());
		let damaged = damage(machines[0].get(&key).unwrap());
		machines[0].set(&key, &damaged);
		machines[0].start();
		// The world itself fails when a machine says two things about a window.
		for end in 8..40 {
			machines.iter().for_each(|machine| machine.receive(2 * end));
			advance(&world, &machines, 1);
		}
		advance(&world, &machines, 40);
		assert_goes_on(&world, 39);
		assert_eq!(
			machines[0].get(&aside_key(&key)),
			Some(damaged),
			"for people to look at"
		);
		let counts: Vec<_> = machines.iter().map(unreadable).collect();
		assert_eq!(counts, [1, 0]);
	}
}

#[test]
fn whatever_is_damaged_the_machine_goes_on() {
	let paths = [
		"head/",
		"tail/",
		"need/",
		"agreements/",
		"session/",
		"message/",
		"presence",
	];
	for path in paths {
		let (world, machines) = machines(3);
		machines.iter().for_each(|machine| machine.receive(9));
		advance(&world, &machines, 6);
		let found = keys(&machines[0], &format!("syngraph/{path}"));
		assert!(!found.is_empty(), "{path}");
		for key in found {
			machines[0].set(&key, &[VERSION, 1, 2, 3]);
		}
		machines[0].start();
		machines.iter().for_each(|machine| machine.receive(10));
		advance(&world, &machines, 30);
		machines.iter().for_each(|machine| machine.receive(60));
		advance(&world, &machines, 60);
		assert_goes_on(&world, 30);
		assert!(
			!keys(&machines[0], "syngraph/unreadable/").is_empty(),
			"{path}"
		);
	}
}

#[test]
fn a_message_that_is_damaged_is_asked_for_again_and_nothing_after_it() {
	let (world, machines) = machines(2);
	machines[0].receive(12);
	let key = keys(&machines[0], "syngraph/message/").remove(3);
	machines[0].set(&key, b"x");
	advance(&world, &machines[..1], 6);
	let traces = Traces::new(&machines[0]);
	assert_eq!(
		traces.head(SENSOR),
		Some(3),
		"the device is told to send it again"
	);
	machines[0].append(&message(3)).unwrap();
	assert_eq!(traces.head(SENSOR), Some(12), "the others are there still");
	machines[1].receive(12);
	advance(&world, &machines, 20);
	assert_goes_on(&world, 6);
}

/// Two machines that have computed 270 windows, and wait for more before they begin a round.
fn waiting_machines() -> (Shared, Vec<Machine>) {
	let (world, machines) = machines(2);
	world.borrow_mut().terms.most = 256;
	world.borrow_mut().terms.patience = 20;
	// None of them fills a round.
	let results = |windows: u64| (0..windows).filter(|at| expected(*at).is_some()).count();
	assert!(results(270) < 256);
	machines.iter().for_each(|machine| machine.receive(540));
	advance(&world, &machines, 6);
	(world, machines)
}

#[test]
fn windows_are_stored_once_and_apart_from_the_state() {
	let (world, machines) = waiting_machines();
	let key = session_key(0, &agreement());
	let size = |machine: &Machine| machine.get(&key).unwrap().len();
	assert!(size(&machines[0]) < 10_000, "{}", size(&machines[0]));
	let chunks = keys(&machines[0], "syngraph/windows/");
	assert_eq!(chunks.len(), 4, "of 64 windows each");
	let before: Vec<_> = chunks.iter().map(|key| machines[0].get(key)).collect();
	advance(&world, &machines, 5);
	let after: Vec<_> = chunks.iter().map(|key| machines[0].get(key)).collect();
	assert_eq!(before, after);
	// When they have settled they are needed no more.
	advance(&world, &machines, 40);
	assert_goes_on(&world, 270);
	assert!(keys(&machines[0], "syngraph/windows/").is_empty());
}

#[test]
fn windows_that_are_lost_are_computed_again() {
	for lost in 0..4 {
		let (world, machines) = waiting_machines();
		let key = keys(&machines[0], "syngraph/windows/").remove(lost);
		match lost % 2 {
			0 => machines[0].set(&key, &[VERSION, 0]),
			_ => machines[0].remove(&key),
		}
		advance(&world, &machines, 40);
		assert_goes_on(&world, 270);
	}
}

/// Puts messages into gossip, as if a member had published them.
fn publish(world: &Shared, author: &Machine, messages: Vec<SignedMessage>) {
	let repair = Publication::Repair(Repair {
		agreement: agreement(),
		messages,
	});
	let channel = (author.pair.public().0, Channel::Repairs);
	world.borrow_mut().gossip.insert(channel, repair.encode());
}

/// A message of the sensor that somebody else signed.
fn forged(sequence: u64) -> SignedMessage {
	another(1, sequence, 7)
}

#[test]
fn nobody_keeps_others_repairs_out() {
	let nonsense: [fn(u64) -> Vec<SignedMessage>; 4] = [
		|from| (from..from + 30).map(forged).collect(),
		// Signed well, but not those that come next.
		|from| (from + 1..from + 20).map(message).collect(),
		|_| (900..930).map(message).collect(),
		|_| (0..4).map(forged).collect(),
	];
	for (nonsense, hostile) in nonsense.into_iter().flat_map(|it| [(it, 1), (it, 2)]) {
		let (world, machines) = machines(3);
		machines.iter().for_each(|machine| machine.receive(4));
		advance(&world, &machines, 8);
		machines[1..].iter().for_each(|machine| machine.receive(40));
		for _ in 0..40 {
			let head = Traces::new(&machines[0]).head(SENSOR).unwrap();
			publish(&world, &machines[hostile], nonsense(head));
			advance(&world, &machines, 1);
		}
		assert_eq!(Traces::new(&machines[0]).head(SENSOR), Some(40));
		assert_goes_on(&world, 20);
	}
}

/// Two machines, of which the first only asks and the second has so many messages. Nobody begins a round.
fn asker_and_helper(messages: u64) -> (Shared, Vec<Machine>) {
	let (world, machines) = machines(2);
	world.borrow_mut().terms.patience = 1_000;
	machines[1].receive(messages);
	(world, machines)
}

/// Has the first machine ask for messages.
fn ask(machines: &[Machine], from: u64, to: u64) {
	let ask = Ask {
		sensor: SENSOR,
		from,
		to,
	};
	machines[0].say(0, vec![], vec![ask]);
}

/// The numbers of the messages that the second machine publishes in the next block. They get lost.
fn repaired(world: &Shared, machines: &[Machine]) -> Vec<u64> {
	advance(world, &machines[1..], 1);
	let channel = (machines[1].pair.public().0, Channel::Repairs);
	let Some(data) = world.borrow_mut().gossip.remove(&channel) else {
		return vec![];
	};
	let Ok(Publication::Repair(repair)) = Publication::decode(&mut &data[..]) else {
		panic!("not a repair");
	};
	let numbers = repair.messages.iter();
	numbers.map(|signed| signed.message.sequence).collect()
}

#[test]
fn what_is_asked_for_again_is_published_ever_more_rarely() {
	let (world, machines) = asker_and_helper(20);
	ask(&machines, 0, 20);
	let is_published = |_: &u32| !repaired(&world, &machines).is_empty();
	let blocks: Vec<_> = (1..150).filter(is_published).collect();
	assert_eq!(blocks, [1, 5, 13, 29, 61, 125]);
}

/// Else a member could keep all others busy, in every agreement that it has a part in, by one bundle for each.
#[test]
fn who_asks_for_what_is_not_here_keeps_nobody_busy() {
	let (world, machines) = asker_and_helper(20);
	advance(&world, &machines[1..], 5);
	for (from, to) in [(20, 30), (3_000, 4_000)] {
		ask(&machines, from, to);
		advance(&world, &machines[1..], 3);
		let before = machines[1].states_read.get();
		for _ in 0..30 {
			assert!(repaired(&world, &machines).is_empty());
		}
		assert!(machines[1].states_read.get() < before + 3);
	}
	// Once it is there it is published.
	ask(&machines, 20, 30);
	advance(&world, &machines[1..], 10);
	machines[1].receive(24);
	assert_eq!(repaired(&world, &machines), (20..24).collect::<Vec<_>>());
}

#[test]
fn who_moves_on_gets_more_at_once() {
	let (world, machines) = asker_and_helper(20);
	ask(&machines, 0, 10);
	assert_eq!(repaired(&world, &machines), (0..10).collect::<Vec<_>>());
	ask(&machines, 5, 20);
	assert!(repaired(&world, &machines).is_empty(), "it was just sent");
	ask(&machines, 10, 20);
	assert_eq!(repaired(&world, &machines), (10..20).collect::<Vec<_>>());
}

#[test]
fn what_no_open_round_needs_is_not_published() {
	let (world, machines) = asker_and_helper(4_200);
	// A round has 2,048 windows at most.
	ask(&machines, 4_096, 4_200);
	for _ in 0..3 {
		assert!(repaired(&world, &machines).is_empty());
	}
	ask(&machines, 4_000, 4_200);
	let numbers = repaired(&world, &machines);
	assert_eq!(numbers, (4_000..4_096).collect::<Vec<_>>());
}

#[test]
fn what_is_not_asked_for_is_not_handed_over() {
	let (world, machines) = machines(2);
	machines.iter().for_each(|machine| machine.receive(4));
	advance(&world, &machines, 8);
	publish(&world, &machines[1], (4..30).map(message).collect());
	for _ in 0..8 {
		world.borrow_mut().make_block();
		machines[0].run();
		assert_eq!(Traces::new(&machines[0]).handed_over(), None);
	}
}

#[test]
fn a_contradiction_that_a_peer_shows_is_handed_over_once_if_the_sensor_signed_it() {
	let (world, machines) = machines(2);
	machines.iter().for_each(|machine| machine.receive(5));
	world.borrow_mut().make_block();
	let other = another(9, 4, 1);
	let traces = Traces::new(&machines[0]);
	publish(&world, &machines[1], vec![forged(4)]);
	machines[0].run();
	assert_eq!(traces.handed_over(), None);
	// Something that proves nothing is not kept.
	let keys = world.borrow().sources.keys[0].clone();
	traces.contradict(&message(3), &forged(3), &genesis(), &keys);
	assert_eq!(traces.contradiction(SENSOR), None);
	publish(&world, &machines[1], vec![other.clone(), other.clone()]);
	machines[0].run();
	assert_eq!(traces.handed_over(), Some(vec![other]));
}

#[test]
fn a_run_hands_over_when_a_newer_block_has_come() {
	let (world, machines) = machines(2);
	machines.iter().for_each(|machine| machine.receive(4));
	advance(&world, &machines, 3);
	world.borrow_mut().make_block();
	let (number, begun) = (world.borrow().number, world.borrow().clock);
	let key = session_key(0, &agreement());
	let before = machines[0].get(&key);
	machines[0].set(NEWEST_KEY, &(number + 1).to_le_bytes());
	machines[0].run();
	assert_eq!(world.borrow().clock, begun, "it does not wait");
	assert_ne!(machines[0].get(&key), before, "what it did counts");
	machines[0].set(NEWEST_KEY, &number.to_le_bytes());
	world.borrow_mut().clock = begun;
	machines[0].run();
	assert!(
		world.borrow().clock > begun + 1_500,
		"it has the slot for itself"
	);
}
