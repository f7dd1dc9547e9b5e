//! A fleet all of whose agreements have a window ready at once: both members' machines work on the real runtime.

use std::{
	collections::BTreeMap,
	time::{Duration, Instant},
};

use pallet_agreements::{Call, Event};
use syngraph_primitives::{AgreementId, WindowIndex};
use syngraph_runtime::{worker::BestBlock, RuntimeCall, RuntimeEvent, UncheckedExtrinsic};
use syngraph_worker::run;

use crate::{
	fleet::{Fleet, PACE, SETTLED},
	Machine,
};

/// How many blocks all may take to settle.
const PATIENCE: usize = 200;

/// A fleet with the machine of the other member.
pub struct Rush {
	fleet: Fleet,
	other: Machine,
	/// The settlements that wait for a block, one for each round, as a pool holds them.
	waiting: BTreeMap<(AgreementId, WindowIndex), UncheckedExtrinsic>,
}

/// What a block brought, and how long it took.
#[derive(Clone, Copy, Debug)]
pub struct Tick {
	/// How many windows settled.
	pub settled: u32,
	/// The execution of the transactions.
	pub chain: Duration,
	/// The runs of the two workers together.
	pub workers: Duration,
}

impl Rush {
	/// One with so many agreements, of which nothing is to be done.
	pub fn new(agreements: u32) -> Self {
		let fleet = Fleet::new(agreements);
		let [_, key] = fleet.keys.clone();
		let mut other = Machine::new(key, fleet.chain.genesis(), fleet.chain.index());
		other.sensors = fleet.machine.sensors.clone();
		let mut rush = Self {
			fleet,
			other,
			waiting: BTreeMap::new(),
		};
		for _ in 0..SETTLED {
			rush.block();
		}
		rush
	}

	/// Hands over all messages of the next window of each agreement, and makes blocks until all have settled.
	pub fn settle(&mut self, window: WindowIndex) -> Vec<Tick> {
		let messages = self.fleet.window(window);
		self.fleet.machine.receive(&messages);
		self.other.receive(&messages);
		let mut left = self.fleet.agreements;
		let mut ticks = Vec::new();
		while left > 0 {
			assert!(ticks.len() < PATIENCE, "{left} windows do not settle");
			let tick = self.block();
			left = left.saturating_sub(tick.settled);
			ticks.push(tick);
		}
		ticks
	}

	/// Makes a block of what waits, and has both machines work on it.
	fn block(&mut self) -> Tick {
		self.fleet.chain.begin();
		let begun = Instant::now();
		self.apply();
		let chain = begun.elapsed();
		self.fleet.chain.finish();
		let events = self.fleet.chain.events();
		let settled = events.iter().map(windows).sum();
		let begun = Instant::now();
		self.work();
		Tick {
			settled,
			chain,
			workers: begun.elapsed(),
		}
	}

	/// Applies what waits, until the block is full.
	fn apply(&mut self) {
		while let Some((round, settlement)) = self.waiting.pop_first() {
			let applied = self.fleet.chain.apply(settlement.clone());
			if applied.is_err_and(|error| error.exhausted_resources()) {
				self.waiting.insert(round, settlement);
				break;
			}
		}
	}

	/// Each machine has its run, hears what the other one says, and submits settlements.
	fn work(&mut self) {
		let Self {
			fleet,
			other,
			waiting,
		} = self;
		let Fleet { chain, machine, .. } = fleet;
		let (one, two) = (&*machine, &*other);
		let block = BestBlock(chain.number(), chain.hash());
		for (own, peer) in [(one, two), (two, one)] {
			own.clock.set(own.clock.get() + PACE);
			for transaction in chain.offchain(|| run(&block, own)) {
				if let Some(round) = round(&transaction) {
					waiting.entry(round).or_insert(transaction);
				}
			}
			for (slot, data) in own.said() {
				own.hear_itself(slot, data.clone());
				peer.hear(slot, data);
			}
		}
	}
}

/// Which round a transaction settles, if it settles any.
fn round(transaction: &UncheckedExtrinsic) -> Option<(AgreementId, WindowIndex)> {
	match &transaction.function {
		RuntimeCall::Agreements(Call::settle {
			agreement, first, ..
		}) => Some((*agreement, *first)),
		_ => None,
	}
}

/// How many windows settled by what happened.
fn windows(event: &RuntimeEvent) -> u32 {
	match event {
		RuntimeEvent::Agreements(Event::Settled { outcomes, .. }) => outcomes.len(),
		_ => 0,
	}
}
