//! A node that is started again has the time to answer; and what one that stays away loses is bounded.

use codec::Decode;
use sp_core::{sr25519, H256};
use syngraph_primitives::{IntermediaryId, Utterance, MAX_WINDOW_MESSAGES};
use syngraph_protocol::{Fault, Publication};
use syngraph_runtime::{Agreements, Balance, Runtime, RuntimeEvent, SYN};
use syngraph_tests::{
	actors::{agreement_terms, enter},
	Actors, Chain, Network,
};

use crate::cast::{bond, dispute, lock_key, made_up, message, message_of, open, report, Claimant};

/// A member whose users, peer and sensor are in league against it.
struct Plot {
	network: Network,
	victim: IntermediaryId,
	agreement: H256,
}

impl Plot {
	/// The sensor tells each member something else about so many windows.
	fn new(penalty: Balance, windows: u64) -> Self {
		let mut chain = Chain::new();
		let actors = Actors::register(&mut chain);
		let genesis = chain.genesis();
		let mut terms = agreement_terms(&chain, &actors);
		terms.reaction = Default::default();
		terms.penalty = penalty;
		terms.users[1].escrow = 100 * SYN;
		terms.limits.ends_at = chain.number() + 1_000;
		let agreement = enter(&mut chain, &actors, terms);
		let members: Vec<(u64, sr25519::Pair)> = actors
			.intermediaries
			.into_iter()
			.zip(actors.keys.clone())
			.collect();
		let network = Network::new(chain, &members);
		for (place, member) in network.members.iter().enumerate() {
			let all: Vec<_> = (0..2 * windows)
				.map(|number| message_of(genesis, actors.lock, &lock_key(), number, place as u64))
				.collect();
			member.machine.receive(&all);
		}
		Self {
			network,
			victim: actors.intermediaries[0],
			agreement,
		}
	}

	/// The victim goes down as soon as its peer has heard what it says, and a dispute is open, and for so many
	/// blocks. Returns how it was at fault, if it was, and what it lost.
	fn play(mut self, down: u32) -> (Vec<Fault>, Balance) {
		let before = bond(&mut self.network.chain, self.victim);
		let (mut missed, mut faults) = (0, Vec::new());
		for _ in 0..240 {
			self.network.block();
			for event in self.network.chain.events() {
				if let RuntimeEvent::Disputes(pallet_disputes::Event::Convicted {
					intermediary,
					fault,
					..
				}) = event
				{
					assert_eq!(intermediary, self.victim, "its peer knows better");
					faults.push(fault);
				}
			}
			let away = self.has_spoken() && missed < down;
			missed += u32::from(away && self.is_disputed());
			self.network.members[0].is_up = !away;
		}
		assert!(missed == down || down > 200, "it was to be down for {down}");
		let after = bond(&mut self.network.chain, self.victim);
		(faults, before - after)
	}

	fn is_disputed(&mut self) -> bool {
		let open = || pallet_disputes::Disputes::<Runtime>::contains_key(self.agreement);
		self.network.chain.read(open)
	}

	/// Whether the peer has heard what the victim says about windows.
	fn has_spoken(&self) -> bool {
		let heard = self.network.members[1].machine.heard().into_iter();
		heard
			.filter_map(|data| Publication::decode(&mut &data[..]).ok())
			.any(|publication| match publication {
				Publication::Bundle(signed) => {
					let bundle = signed.bundle;
					bundle.intermediary == self.victim && !bundle.utterances.is_empty()
				},
				Publication::Repair(_) => false,
			})
	}
}

#[test]
fn a_restart_of_twenty_seconds_costs_no_bond() {
	let (faults, lost) = Plot::new(100 * SYN, 1).play(10);
	assert_eq!((faults, lost), (vec![], 0));
}

#[test]
fn neither_does_one_for_each_of_many_windows() {
	let (faults, lost) = Plot::new(10 * SYN, 10).play(10);
	assert_eq!((faults, lost), (vec![], 0));
}

#[test]
fn who_stays_away_loses_no_more_than_what_it_is_liable_for() {
	let (faults, lost) = Plot::new(10 * SYN, 10).play(1_000);
	assert!(faults.len() <= 1, "it leaves: {faults:?}");
	assert!(lost <= 10 * SYN, "{lost}");
	assert!(lost > 0, "it was away");
}

/// What a member has committed to, as far as another one has heard.
fn commitment(network: &Network, of: IntermediaryId, by: usize) -> Option<Utterance> {
	let heard = network.members[by].machine.heard().into_iter();
	heard
		.filter_map(|data| Publication::decode(&mut &data[..]).ok())
		.find_map(|publication| match publication {
			Publication::Bundle(signed) if signed.bundle.intermediary == of => {
				signed.bundle.utterances.into_iter().next()
			},
			_ => None,
		})
}

/// The largest window that there can be takes several transactions to show.
#[test]
fn after_a_restart_there_is_time_to_show_the_largest_window() {
	let mut chain = Chain::new();
	let actors = Actors::register(&mut chain);
	let genesis = chain.genesis();
	let mut terms = agreement_terms(&chain, &actors);
	terms.reaction = Default::default();
	terms.window.size = MAX_WINDOW_MESSAGES;
	terms.window.slide = MAX_WINDOW_MESSAGES;
	terms.penalty = 100 * SYN;
	terms.users[1].escrow = 500 * SYN;
	terms.limits.ends_at = chain.number() + 1_000;
	let least = Agreements::least_answer(&terms);
	terms.limits.answer = least - 1;
	let propose = pallet_agreements::Call::<Runtime>::propose {
		terms: terms.clone(),
	};
	let refused = chain.call(&actors.rental, propose);
	let error = pallet_agreements::Error::<Runtime>::InvalidAnswer;
	assert_eq!(refused, Err(error.into()));
	terms.limits.answer = least;
	let agreement = enter(&mut chain, &actors, terms);

	let [honest, liar] = actors.intermediaries;
	let members = actors.intermediaries.into_iter().zip(actors.keys.clone());
	let mut network = Network::new(chain, &members.collect::<Vec<_>>());
	let numbers = 0..u64::from(MAX_WINDOW_MESSAGES);
	let all: Vec<_> = numbers
		.map(|number| message(genesis, actors.lock, number))
		.collect();
	network.members[0].machine.receive(&all);
	let said = loop {
		network.block();
		if let Some(said) = commitment(&network, honest, 1) {
			break said;
		}
	};
	// Its peer contradicts it, and lays open what it claims; and the user of the peer knows when its node is down.
	network.members[1].is_up = false;
	let lie = Claimant {
		member: liar,
		secret: 7,
	};
	let lie = lie.claims(&mut network.chain, agreement, 0, &[made_up(7)]);
	let contrary = lie.committed(&actors.keys[1], &genesis);
	network.submit(report(said, contrary));
	network.block();
	network.submit(open(&lie, 1));
	loop {
		network.block();
		let open = dispute(&mut network.chain, agreement).expect("it is open");
		if open.docket.window().is_some() {
			break;
		}
	}
	network.members[0].is_up = false;
	network.blocks(10);
	network.members[0].is_up = true;

	let (mut shown, mut convicted) = (0, Vec::new());
	for _ in 0..least {
		network.block();
		for event in network.chain.events() {
			match event {
				RuntimeEvent::Disputes(pallet_disputes::Event::Shown { .. }) => shown += 1,
				RuntimeEvent::Disputes(pallet_disputes::Event::Convicted {
					intermediary, ..
				}) => convicted.push(intermediary),
				_ => (),
			}
		}
	}
	// That is told once all chunks are.
	assert_eq!((shown, convicted), (1, vec![liar]));
}
