//! Everything at once: loss, delay, crashes, retracted blocks, silence and lies of many kinds. Only liars are
//! convicted, only those that are silent are absent, what settles is right, and everything settles.

use std::collections::BTreeSet;

use proptest::prelude::*;
use sp_core::H256;
use syngraph_primitives::{WindowIndex, MAX_ROUND_RESULTS};
use syngraph_protocol::{Bundle, Computed, LISTEN};

use crate::{
	chain::{Transaction, ANSWER},
	world::{made_up, signed, Weather, World},
};

/// What a liar does.
#[derive(Clone, Debug)]
enum Vice {
	/// It gives one window another result.
	WrongResult(WindowIndex),
	/// It makes one window up, or all of them from that on.
	MadeUp(WindowIndex, bool),
	/// It copies the root of one window.
	Copied(WindowIndex),
	/// It says to some members other things than to the others, with so many windows fewer.
	TwoFaced(WindowIndex),
	/// It dies in this block.
	Dead(u32),
	/// It has the messages of more windows than others, and keeps them for itself.
	Miserly,
	/// It has fewer windows at a time than others, and never follows them.
	Stubborn,
	/// It begins rounds that are longer than they can be.
	Greedy,
	/// It makes a second commitment in every bundle out of so many.
	Babbling(u64),
	/// It has blocks judged, and complains, whenever it likes.
	Litigious,
	/// It commits, and never reveals.
	Coy,
	/// It gives no share of a joint signature.
	Withholding,
	/// It gives bad ones.
	Spoiling,
}

fn vice() -> impl Strategy<Value = Vice> {
	prop_oneof![
		(0u64..30).prop_map(Vice::WrongResult),
		(0u64..30, any::<bool>()).prop_map(|(window, all)| Vice::MadeUp(window, all)),
		(0u64..30).prop_map(Vice::Copied),
		(0u64..4).prop_map(Vice::TwoFaced),
		(0u32..40).prop_map(Vice::Dead),
		Just(Vice::Miserly),
		Just(Vice::Stubborn),
		Just(Vice::Greedy),
		(1u64..5).prop_map(Vice::Babbling),
		Just(Vice::Litigious),
		Just(Vice::Coy),
		Just(Vice::Withholding),
		Just(Vice::Spoiling),
	]
}

impl Vice {
	/// Makes a liar of a node.
	fn seize(&self, world: &mut World, node: usize) {
		world.nodes[node].honest = false;
		match self.clone() {
			Self::WrongResult(of) => {
				world.nodes[node].lies(move |computed| match computed.window == of {
					true => Computed {
						result: computed.result.map_or(Some(1), |_| None),
						..computed
					},
					false => computed,
				})
			},
			Self::MadeUp(of, all) => world.nodes[node].lies(move |computed| {
				match computed.window == of || (all && computed.window > of) {
					true => made_up(computed),
					false => computed,
				}
			}),
			Self::Copied(of) => {
				world.nodes[node].lies(move |computed| match computed.window == of {
					true => Computed {
						digest: H256::zero(),
						..computed
					},
					false => computed,
				})
			},
			Self::TwoFaced(_) => {
				let count = world.nodes.len();
				let second: Vec<_> = (0..count).filter(|other| other % 2 == 1).collect();
				world.add_face(node, &second);
			},
			Self::Stubborn => world.nodes[node].sees(|standing| {
				standing.rounds.most = 1;
				let count = standing.roster.members.len() as u32;
				let place = (1 + count - standing.roster.number % count) % count;
				standing.rounds.leader = Some(place as u8);
			}),
			Self::Greedy => world.nodes[node].sees(|standing| {
				standing.rounds.most = MAX_ROUND_RESULTS;
			}),
			Self::Babbling(often) => {
				let turns = std::cell::Cell::new(0u64);
				let twist = move |bundle: &mut Bundle, pair: &sp_core::sr25519::Pair| {
					turns.set(turns.get() + 1);
					if turns.get().is_multiple_of(often) {
						for said in &mut bundle.utterances {
							let mut commitment = said.commitment().clone();
							commitment.seal = H256::repeat_byte(turns.get() as u8);
							said.commit = signed(pair, commitment);
							said.reveal = None;
						}
					}
				};
				world.twists.insert(node, Box::new(twist));
			},
			Self::Coy => {
				let twist = |bundle: &mut Bundle, _: &sp_core::sr25519::Pair| {
					bundle
						.utterances
						.iter_mut()
						.for_each(|said| said.reveal = None);
				};
				world.twists.insert(node, Box::new(twist));
			},
			Self::Withholding => {
				let twist = |bundle: &mut Bundle, _: &sp_core::sr25519::Pair| {
					for said in &mut bundle.utterances {
						said.reveal = said.reveal.take().filter(|it| it.assent.is_single());
					}
				};
				world.twists.insert(node, Box::new(twist));
			},
			Self::Spoiling => {
				let purse = world.nodes[node].purse.as_mut();
				purse.into_iter().for_each(|purse| purse.spoils = true);
			},
			Self::Miserly => world.nodes[node].withholds = true,
			Self::Dead(_) | Self::Litigious => (),
		}
	}

	/// What a liar does in a block.
	fn act(&self, world: &mut World, node: usize, windows: WindowIndex) {
		match self {
			Self::Dead(at) if world.chain.number >= *at => world.nodes[node].dead = true,
			Self::Miserly => world.nodes[node].data = windows + 3,
			Self::TwoFaced(fewer) => {
				let id = world.nodes[node].id;
				let second = world.nodes.iter().rposition(|other| other.id == id);
				world.nodes[second.unwrap()].data = windows.saturating_sub(*fewer);
			},
			Self::Litigious => {
				let own = world.nodes[node].session.open_rounds().next();
				let round = own.map(|round| round.id());
				let complaint = syngraph_protocol::Output::Complain;
				let complaint = round.map(complaint);
				let complaint = complaint.and_then(|it| world.nodes[node].submits(&it));
				if world.random.chance(20) {
					complaint.into_iter().for_each(|it| world.submit(it));
				}
				world.submit(Transaction::Judge);
			},
			_ => (),
		}
	}
}

/// Runs a world with liars in the places that are told, each of which is replaced when it fails.
fn survives(
	count: usize,
	vices: &[Vice],
	windows: WindowIndex,
	seed: u64,
	weather: Weather,
	most: u32,
) {
	let mut world = World::with_spares(count, vices.len(), seed, weather);
	world.chain.terms.most = most;
	if seed.is_multiple_of(2) {
		world.sign_jointly();
	}
	// The first liars lead the first rounds.
	let places: Vec<usize> = (0..vices.len()).collect();
	for (node, vice) in places.iter().zip(vices) {
		vice.seize(&mut world, *node);
	}
	world.run(LISTEN);
	let mut blocks = 0;
	let mut come = 0;
	while (come < windows || !world.missing().is_empty()) && blocks < 300 * ANSWER {
		blocks += 1;
		come = (come + world.random.below(4)).min(windows);
		for node in 0..world.nodes.len() {
			let lag = world.random.below(3);
			let data = &mut world.nodes[node].data;
			let known = if come == windows {
				come
			} else {
				come.saturating_sub(lag)
			};
			*data = known.max(*data);
		}
		for (node, vice) in places.iter().zip(vices) {
			vice.act(&mut world, *node, come);
		}
		world.run(1);
	}
	world.assert_sound();
	let liars: BTreeSet<_> = places.iter().map(|node| world.nodes[*node].id).collect();
	for (round, verdict) in &world.chain.verdicts {
		let innocent = verdict.absent.iter().find(|id| !liars.contains(id));
		assert_eq!(innocent, None, "absent in {round:?}: {verdict:?}");
	}
	let missing = world.missing();
	assert!(
		missing.is_empty(),
		"not settled: {missing:?} after {:?}",
		world.chain.verdicts
	);
}

proptest! {
	#![proptest_config(crate::cases())]

	#[test]
	fn nobody_but_liars_suffers_and_everything_settles(
		others in 1usize..4,
		vices in prop::collection::vec(vice(), 1..4),
		windows in 1u64..40,
		seed in any::<u64>(),
		loss in 0u64..20,
		delay in 0u64..15,
		crash in 0u64..4,
		most in prop_oneof![Just(1u32), Just(4), Just(16), Just(100)],
	) {
		let weather = Weather { loss, delay, crash, ..Default::default() };
		survives(others + vices.len(), &vices, windows, seed, weather, most);
	}

	/// In blocks that are retracted a deadline can pass that nobody saw coming, and what was found twice is found once.
	#[test]
	fn retracted_blocks_make_nobody_a_liar(
		others in 1usize..4,
		vices in prop::collection::vec(vice(), 1..3),
		windows in 1u64..40,
		seed in any::<u64>(),
		delay in 0u64..10,
		retract in 1u64..10,
	) {
		let weather = Weather { delay, retract, ..Default::default() };
		survives(others + vices.len(), &vices, windows, seed, weather, 16);
	}
}
