//! An intermediary that computes for many agreements: what a run of its worker costs in which nothing comes.

use std::{
	ops::Range,
	time::{Duration, Instant},
};

use sp_core::{sr25519, H256};
use sp_io::hashing::blake2_256;
use syngraph_primitives::{AgreementId, SensorId, SignedMessage, WindowIndex};
use syngraph_runtime::{worker::BestBlock, Runtime};
use syngraph_test_kit::people::{ed25519_key, signed_message};
use syngraph_worker::run;

use crate::{
	actors::{agreement_terms, enter, lock_message},
	Actors, Chain, Machine,
};

/// For how many blocks the agreements last, and nothing is paid out.
pub(crate) const BLOCKS: u32 = 20_000;
/// For how many blocks something may follow from the beginning.
pub(crate) const SETTLED: u32 = 20;
/// Milliseconds by the machine's clock between two blocks: so many that it has listened by its clock when all has
/// settled.
pub(crate) const PACE: u64 = 10_000;
/// Milliseconds by a lock's clock between two of its messages.
const RENTAL: u64 = 5_000;
/// From what the key of all locks comes.
const LOCK_KEY: u8 = 9;

/// An intermediary and its agreements, each about a lock of its own.
pub struct Fleet {
	/// The chain.
	pub chain: Chain,
	/// The intermediary's machine.
	pub machine: Machine,
	/// The keys of all members of the agreements, the intermediary's first.
	pub keys: [sr25519::Pair; 2],
	/// How many agreements there are.
	pub agreements: u32,
	/// The first lock. The others have the numbers after it.
	first: SensorId,
}

impl Fleet {
	/// One with so many agreements.
	pub fn new(agreements: u32) -> Self {
		let mut chain = Chain::new();
		let actors = Actors::register(&mut chain);
		let mut terms = agreement_terms(&chain, &actors);
		terms.limits.ends_at = chain.number() + BLOCKS;
		terms.limits.payout = BLOCKS;
		let agreement = enter(&mut chain, &actors, terms);
		chain.read(|| copy(agreement, &actors, 1..agreements));
		let key = actors.keys[0].clone();
		let mut machine = Machine::new(key, chain.genesis(), chain.index());
		machine.sensors = chain.read(|| {
			let known = pallet_registry::Sensors::<Runtime>::iter();
			let known = known.map(|(id, sensor)| (id, (sensor.keys, sensor.schema)));
			known.collect()
		});
		Self {
			chain,
			machine,
			keys: actors.keys,
			agreements,
			first: actors.lock,
		}
	}

	/// Makes a block in which nothing happens, and tells how long the worker's run takes.
	pub fn run(&mut self) -> Duration {
		let Self { chain, machine, .. } = self;
		machine.clock.set(machine.clock.get() + PACE);
		chain.begin();
		chain.finish();
		let block = BestBlock(chain.number(), chain.hash());
		let begun = Instant::now();
		chain.offchain(|| run(&block, &*machine));
		begun.elapsed()
	}

	/// Makes blocks until nothing more follows from the beginning.
	pub fn settle(&mut self) {
		for _ in 0..SETTLED {
			self.run();
		}
	}

	/// Hands over the first message of the lock at a place.
	pub fn send(&self, place: u32) {
		self.machine.receive(&[self.message(place, 0)]);
	}

	/// All messages of a window of each agreement, whose result is not null.
	pub fn window(&self, number: WindowIndex) -> Vec<SignedMessage> {
		let numbers = [2 * number, 2 * number + 1];
		let places = 0..self.agreements;
		places
			.flat_map(|place| numbers.map(|number| self.message(place, number)))
			.collect()
	}

	/// A message of the lock at a place.
	fn message(&self, place: u32, number: u64) -> SignedMessage {
		let lock = self.first + SensorId::from(place);
		let message = lock_message(lock, number, number * RENTAL);
		signed_message(&ed25519_key(LOCK_KEY), &self.chain.genesis(), message)
	}
}

/// Puts further agreements with these numbers on the chain, all like one, each about a lock of its own with the same
/// key. To conclude very many would take very long.
pub(crate) fn copy(agreement: AgreementId, actors: &Actors, numbers: Range<u32>) {
	use pallet_agreements::{
		Agreements, AgreementsOf, AgreementsOfSensor, JointKeys, Rounds, Terms,
	};
	use pallet_registry::Sensors;
	let state = Agreements::<Runtime>::get(agreement).expect("it is there");
	let terms = Terms::<Runtime>::get(agreement).expect("they are there");
	let sensor = Sensors::<Runtime>::get(actors.lock).expect("it is registered");
	let key = JointKeys::<Runtime>::get(agreement);
	let rounds: Vec<_> = Rounds::<Runtime>::iter_prefix(agreement).collect();
	for number in numbers {
		// Spread over the state as real ones are.
		let id = H256(blake2_256(&number.to_le_bytes()));
		let lock = actors.lock + SensorId::from(number);
		let (mut state, mut terms) = (state.clone(), terms.clone());
		state.feeds.iter_mut().for_each(|feed| feed.sensor = lock);
		terms.sensors.iter_mut().for_each(|it| it.sensor = lock);
		Sensors::<Runtime>::insert(lock, sensor.clone());
		Agreements::<Runtime>::insert(id, state);
		Terms::<Runtime>::insert(id, terms);
		if let Some(key) = key {
			JointKeys::<Runtime>::insert(id, key);
		}
		for (slot, round) in &rounds {
			Rounds::<Runtime>::insert(id, slot, round);
		}
		AgreementsOfSensor::<Runtime>::insert(lock, id, 0);
		for intermediary in actors.intermediaries {
			AgreementsOf::<Runtime>::insert(intermediary, id, ());
		}
	}
}
