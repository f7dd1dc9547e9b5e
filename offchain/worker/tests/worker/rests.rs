//! A machine that gives turns only to agreements that need one says what it would say if it looked at all of them all
//! the time.

use std::collections::{BTreeMap, VecDeque};

use codec::Decode;
use syngraph_primitives::{Assent, Progress, ResultValue, Utterance, WindowIndex};
use syngraph_protocol::{Publication, KEEP_UNTIL_FINAL};
use syngraph_test_kit::{bounded, people::sr25519_key};
use syngraph_worker::{store::LocalStore, FINAL_KEY};

use crate::{
	machine::{advance, advance_until, machines, message, signed_by, Machine},
	runs::results,
	world::{sensor_key, Transaction, World, ANSWER},
	Shared,
};

/// Numbers that follow from a seed.
struct Chance(u64);

impl Chance {
	/// One below a bound.
	fn below(&mut self, bound: u64) -> u64 {
		let next = self.0.wrapping_mul(6_364_136_223_846_793_005);
		self.0 = next.wrapping_add(1_442_695_040_888_963_407);
		(self.0 >> 33) % bound
	}

	/// Whether something happens that does so once in a number of times.
	fn once_in(&mut self, times: u64) -> bool {
		self.below(times) == 0
	}
}

/// What has settled by a block.
type Past = (Progress, BTreeMap<WindowIndex, ResultValue>);

/// Two worlds in which the same happens. The machines of the second one look at everything in every run.
struct Both([(Shared, Vec<Machine>); 2]);

impl Both {
	fn new(count: u8) -> Self {
		let sighted = machines(count);
		let mut blind = machines(count);
		let all = blind.1.iter_mut();
		all.for_each(|machine| machine.chain.is_blind = true);
		Self([sighted, blind])
	}

	fn worlds(&self, change: impl Fn(&mut World)) {
		for (world, _) in &self.0 {
			change(&mut world.borrow_mut());
		}
	}

	fn each(&mut self, place: usize, change: impl Fn(&Shared, &mut Machine)) {
		for (world, machines) in &mut self.0 {
			change(world, &mut machines[place]);
		}
	}

	/// What has settled.
	fn past(&self) -> Past {
		let (world, _) = &self.0[0];
		let world = world.borrow();
		(world.progress, world.settled.clone())
	}

	/// Checks that all that can be seen is the same in both.
	fn compare(&self, when: &str) {
		let [sighted, blind] = [0, 1].map(|it: usize| seen(&self.0[it].0.borrow()));
		assert_eq!(sighted, blind, "{when}");
	}

	/// Makes a block, and lets all machines run but one.
	fn block(&self, away: Option<usize>) {
		for (world, machines) in &self.0 {
			world.borrow_mut().make_block();
			let clock = world.borrow().clock;
			for (place, machine) in machines.iter().enumerate() {
				if Some(place) != away {
					world.borrow_mut().clock = clock;
					machine.run();
					machine.take_repairs();
				}
			}
		}
	}
}

/// What was said, whatever it is signed with: signatures are never the same twice.
fn unsigned(said: &Utterance) -> String {
	let reveal = said.reveal.as_ref();
	let reveal = reveal.map(|reveal| {
		let form = match reveal.assent {
			Assent::Single { key, .. } => format!("asks for {key:?}"),
			Assent::Joint(share) => format!("{share:?}"),
		};
		(reveal.outcomes, reveal.secret, reveal.commitments, form)
	});
	format!("{:?} {reveal:?}", said.commitment())
}

fn submitted(transaction: &Transaction) -> String {
	match transaction {
		Transaction::Settle(first, proof) => {
			let singles = proof.singles().map(|singles| singles.key);
			let (outcomes, blindings) = (&proof.outcomes, &proof.blindings);
			format!("settle {first} {outcomes:?} {blindings:?} {singles:?}")
		},
		Transaction::Report(both) => format!("report {:?}", both.each_ref().map(unsigned)),
		Transaction::Complain(said, heads) => {
			let heads = heads.iter().map(|head| head.message.sequence);
			let said: Vec<_> = said.iter().map(unsigned).collect();
			format!("complain {said:?} {:?}", heads.collect::<Vec<_>>())
		},
		Transaction::File(said) => format!("file {}", unsigned(said)),
		Transaction::Lack(lack) => format!("lack {lack:?}"),
		Transaction::Challenge(challenge) => format!("challenge {challenge:?}"),
		Transaction::Open(place, hashes) => format!("open {place} {hashes:?}"),
		Transaction::Show(showing, _) => format!("show {showing:?}"),
		Transaction::Judge => "judge".into(),
	}
}

/// All that can be seen of a world.
fn seen(world: &World) -> Vec<String> {
	let published = world.gossip.iter().map(|((author, channel), data)| {
		let said = match Publication::decode(&mut &data[..]) {
			Ok(Publication::Bundle(signed)) => {
				let bundle = signed.bundle;
				let said: Vec<_> = bundle.utterances.iter().map(unsigned).collect();
				format!("{} {said:?} {:?}", bundle.ready, bundle.asks)
			},
			Ok(Publication::Repair(repair)) => {
				let numbers = repair.messages.iter().map(|it| it.message.sequence);
				format!("{:?}", numbers.collect::<Vec<_>>())
			},
			Err(_) => "nonsense".into(),
		};
		format!("{} {channel:?}: {said}", author[0])
	});
	let chain = (world.progress, &world.settled, world.verdicts.len());
	published
		.chain(world.pool.iter().map(submitted))
		.chain([format!("{chain:?} {}", world.accusations.len())])
		.collect()
}

/// A history of so many blocks.
fn play(seed: u64, blocks: u64) {
	let mut chance = Chance(seed);
	let count = 2 + chance.below(3);
	let mut both = Both::new(count as u8);
	let (most, patience) = (1 + chance.below(12) as u32, chance.below(12) as u32);
	both.worlds(|world| (world.terms.most, world.terms.patience) = (most, patience));
	let liar = chance.once_in(4);
	both.each(1, |_, machine| machine.chain.wrong = liar);
	if seed.is_multiple_of(2) {
		// They sign jointly.
		(0..count as usize).for_each(|place| both.each(place, |_, machine| machine.start()));
	}
	let mut heads = vec![0; count as usize];
	// No more blocks are retracted than that.
	let mut past = VecDeque::<Past>::from(vec![Past::default(); 5]);
	// From which number on another key signs.
	let mut from = u64::MAX;
	for block in 1..=blocks {
		let place = chance.below(count) as usize;
		if chance.once_in(3) {
			let end = heads[place] + chance.below(7);
			for number in heads[place]..end {
				let signed = match number < from {
					true => message(number),
					false => signed_by(10, number),
				};
				both.each(place, |_, machine| machine.receive_one(&signed));
			}
			heads[place] = end;
		}
		if chance.once_in(25) {
			both.worlds(|world| {
				if !world.cut_off.remove(&place) {
					world.cut_off.insert(place);
				}
			});
		}
		if chance.once_in(20) {
			both.worlds(World::lose_pool);
		}
		if chance.once_in(40) {
			both.worlds(|world| world.withheld = !world.withheld);
		}
		if chance.once_in(30) {
			both.worlds(|world| world.is_full = !world.is_full);
		}
		if chance.once_in(60) {
			both.each(place, |_, machine| machine.start());
		}
		if chance.once_in(80) {
			let (progress, settled) = past[0].clone();
			both.worlds(|world| {
				(world.progress, world.settled) = (progress, settled.clone());
				world.lose_pool();
			});
		}
		if chance.once_in(100) && from == u64::MAX {
			from = heads.iter().copied().max().unwrap_or(0).max(1);
			both.worlds(|world| {
				let now = world.number;
				let rotated = world.sources.keys[0].rotate(from, now, sensor_key(10));
				assert_eq!(rotated, Ok(None));
			});
		}
		if chance.once_in(120) {
			both.each(place, |world, machine| {
				let fresh = sr25519_key(100 + (block % 100) as u8);
				machine.pair = fresh.clone();
				world.borrow_mut().rotate(place as u64, fresh);
			});
		}
		if chance.once_in(150) {
			both.worlds(|world| world.in_force = false);
		}
		if !seed.is_multiple_of(3) {
			// Blocks are final soon after no more can be retracted, so that what was said is forgotten early.
			let last = block.saturating_sub(6 + seed % 5) as u32;
			let all = 0..count as usize;
			all.for_each(|place| {
				both.each(place, |_, machine| {
					machine.set(FINAL_KEY, &last.to_le_bytes())
				})
			});
		}
		let away = chance.once_in(15).then_some(place);
		past.pop_front();
		past.push_back(both.past());
		both.block(away);
		both.compare(&format!("seed {seed}, block {block}"));
	}
}

#[test]
fn who_rests_says_what_it_would_say_if_it_did_not() {
	(0..24).for_each(|seed| play(seed, 160));
}

/// What a round hears may be what the next one waited for, whose messages came long since: nothing tells of them again.
#[test]
fn what_is_wanted_after_something_was_heard_is_computed_in_the_same_block() {
	let mut both = Both::new(2);
	both.worlds(|world| (world.terms.most, world.terms.patience) = (1, 0));
	(0..2).for_each(|place| both.each(place, |_, machine| machine.receive(40)));
	for block in 1..=40 {
		both.block(None);
		both.compare(&format!("block {block}"));
	}
	let (_, settled) = both.past();
	assert!(settled.len() > 4, "{settled:?}");
}

/// How often each machine reads its state in so many blocks.
fn turns(world: &Shared, machines: &[Machine], blocks: u64) -> Vec<usize> {
	let before: Vec<_> = machines.iter().map(|it| it.states_read.get()).collect();
	advance(world, machines, blocks);
	let after = machines.iter().map(|it| it.states_read.get());
	after
		.zip(before)
		.map(|(after, before)| after - before)
		.collect()
}

#[test]
fn an_agreement_for_which_nothing_comes_is_not_read() {
	let (world, machines) = machines(3);
	machines.iter().for_each(|machine| machine.receive(20));
	// Nobody says that any block is final.
	let settles = 10 + u64::from(KEEP_UNTIL_FINAL);
	advance(&world, &machines, settles);
	assert_eq!(world.borrow().settled, results(10));
	assert_eq!(turns(&world, &machines, 100), [0, 0, 0]);
	machines[1].receive(21);
	assert_eq!(turns(&world, &machines, 1)[0], 0, "nothing came to it");
	machines.iter().for_each(|machine| machine.receive(24));
	advance(&world, &machines, settles);
	assert_eq!(world.borrow().settled, results(12));
	assert_eq!(turns(&world, &machines, 100), [0, 0, 0]);
}

/// Else all that has settled anything lately would have a turn in each block, as long as none becomes final.
#[test]
fn an_agreement_rests_also_if_no_block_becomes_final() {
	let (world, machines) = machines(3);
	machines.iter().for_each(|machine| machine.receive(20));
	advance(&world, &machines, 24);
	assert_eq!(world.borrow().settled, results(10));
	assert_eq!(turns(&world, &machines, 40), [0, 0, 0]);
}

#[test]
fn what_a_stranger_publishes_about_an_agreement_wakes_nobody() {
	let (world, machines) = machines(3);
	world.borrow_mut().roster.members = bounded(vec![0u64, 1]);
	let (members, stranger) = machines.split_at(2);
	advance(&world, members, 20);
	stranger[0].say(2, vec![], vec![]);
	assert_eq!(turns(&world, members, 20), [0, 0]);
	members[1].say(1, vec![], vec![]);
	assert!(turns(&world, members, 1)[0] > 0, "it is heard");
}

#[test]
fn what_waits_for_its_time_wakes_in_time() {
	let (world, machines) = machines(2);
	world.borrow_mut().terms.patience = 200;
	advance(&world, &machines, 5);
	machines.iter().for_each(|machine| machine.receive(4));
	let read = turns(&world, &machines, 180);
	assert!(read.iter().all(|turns| *turns < 12), "{read:?}");
	assert!(world.borrow().settled.is_empty());
	advance(&world, &machines, 30);
	assert_eq!(world.borrow().settled, results(2));
}

#[test]
fn a_silence_is_complained_of_in_time_by_one_that_rests() {
	let (world, machines) = machines(2);
	machines.iter().for_each(|machine| machine.receive(4));
	advance(&world, &machines[..1], 3 * u64::from(ANSWER));
	assert!(world.borrow().docket.is_some());
}

/// It may have to say or to submit again what it did in it.
#[test]
fn who_did_something_in_a_block_that_is_retracted_has_a_turn() {
	let (world, machines) = machines(2);
	world.borrow_mut().terms.patience = 200;
	advance(&world, &machines, 20);
	machines.iter().for_each(|machine| machine.receive(4));
	advance(&world, &machines, 1);
	{
		let mut world = world.borrow_mut();
		world.number -= 1;
		world.branch += 1;
	}
	let read = turns(&world, &machines, 1);
	assert!(read.iter().all(|turns| *turns > 0), "{read:?}");
}

/// What happened in blocks that are retracted is undone, and on their branch things may have been otherwise.
#[test]
fn what_settled_on_another_branch_settles_again_for_those_that_rest() {
	for back in 1..6 {
		let (world, machines) = machines(3);
		machines.iter().for_each(|machine| machine.receive(21));
		advance_until(&world, &machines, |world| world.settled == results(10));
		advance(&world, &machines, u64::from(back) - 1);
		{
			let mut world = world.borrow_mut();
			world.number -= back;
			world.branch += 1;
			world.settled.clear();
			world.progress = Default::default();
			world.lose_pool();
		}
		advance(&world, &machines, 12);
		assert_eq!(world.borrow().settled, results(10), "{back} blocks back");
		assert!(world.borrow().verdicts.is_empty());
	}
}
