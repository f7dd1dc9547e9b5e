//! An intermediary that computes for many agreements: what a run of its worker costs in which nothing comes.

use std::time::{Duration, Instant};

use sp_core::{sr25519, H256};
use syngraph_primitives::{AgreementId, SensorId, SignedMessage};
use syngraph_runtime::{worker::BestBlock, Runtime};
use syngraph_test_kit::people::{ed25519_key, signed_message};
use syngraph_worker::run;

use crate::{
	actors::{agreement_terms, enter, lock_message},
	Actors, Chain, Machine,
};

/// For how many blocks the agreements last.
const BLOCKS: u32 = 20_000;
/// For how many blocks something may follow from the beginning.
const SETTLED: u32 = 20;
/// Milliseconds by the machine's clock between two blocks: so many that it has listened by its clock when all has
/// settled.
const PACE: u64 = 10_000;

/// An intermediary and its agreements, each about a lock of its own.
pub struct Fleet {
	/// The chain.
	pub chain: Chain,
	/// The intermediary's machine.
	pub machine: Machine,
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
		let agreement = enter(&mut chain, &actors, terms);
		chain.read(|| copy(agreement, &actors, agreements));
		let [key, _]: &[sr25519::Pair; 2] = &actors.keys;
		let mut machine = Machine::new(key.clone(), chain.genesis(), chain.index());
		machine.sensors = chain.read(|| {
			let known = pallet_registry::Sensors::<Runtime>::iter();
			let known = known.map(|(id, sensor)| (id, (sensor.keys, sensor.schema)));
			known.collect()
		});
		Self {
			chain,
			machine,
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
		let lock = self.first + SensorId::from(place);
		// All of them were registered with the same key.
		let message: SignedMessage = signed_message(
			&ed25519_key(9),
			&self.chain.genesis(),
			lock_message(lock, 0, 0),
		);
		self.machine.receive(&[message]);
	}
}

/// Puts as many agreements on the chain as are lacking, all like one, each about a lock of its own. To conclude very
/// many would take very long.
fn copy(agreement: AgreementId, actors: &Actors, agreements: u32) {
	use pallet_agreements::{Agreements, AgreementsOf, AgreementsOfSensor, Terms};
	use pallet_registry::Sensors;
	let state = Agreements::<Runtime>::get(agreement).expect("it is there");
	let terms = Terms::<Runtime>::get(agreement).expect("they are there");
	let sensor = Sensors::<Runtime>::get(actors.lock).expect("it is registered");
	for number in 1..agreements {
		let id = H256::from_low_u64_be(number.into());
		let lock = actors.lock + SensorId::from(number);
		let mut state = state.clone();
		state.feeds.iter_mut().for_each(|feed| feed.sensor = lock);
		Sensors::<Runtime>::insert(lock, sensor.clone());
		Agreements::<Runtime>::insert(id, state);
		Terms::<Runtime>::insert(id, terms.clone());
		AgreementsOfSensor::<Runtime>::insert(lock, id, 0);
		for intermediary in actors.intermediaries {
			AgreementsOf::<Runtime>::insert(intermediary, id, ());
		}
	}
}
