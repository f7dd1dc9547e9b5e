//! A settlement on a chain with very many other agreements, and how long it takes to execute it.
//!
//! The runtime is the real one, compiled natively. The state is a Merkle trie in memory, without a cache: every read
//! goes down from the root, which takes longer the more there is.

use std::time::{Duration, Instant};

use frame_support::storage::with_transaction;
use sp_core::{ed25519, storage::StateVersion, Pair};
use sp_io::storage::root;
use sp_runtime::{DispatchError, TransactionOutcome};
use syngraph_primitives::{AgreementId, ResultValue, WindowIndex};
use syngraph_protocol::{Assents, Proof, Singles};
use syngraph_runtime::{Executive, Runtime, UncheckedExtrinsic};
use syngraph_test_kit::{bounded, people::sign};

use crate::{
	actors::{agreement_terms, enter, proof, round},
	chain::general,
	fleet::{copy, BLOCKS},
	Actors, Chain,
};

/// How many agreements are put into the state at a time: fewer take less memory.
const BATCH: u32 = 10_000;
/// What the windows come to.
const OUTCOMES: [Option<ResultValue>; 1] = [Some(5)];

/// A chain with very many agreements, of which one settles a window.
pub struct Crowd {
	chain: Chain,
	settlement: UncheckedExtrinsic,
}

/// How long it took to execute the settlement.
#[derive(Clone, Copy, Debug)]
pub struct Timed {
	/// As a block executes it.
	pub executed: Duration,
	/// With the computation of the state's root after it, which a block makes once for all that it holds.
	pub with_root: Duration,
}

impl Crowd {
	/// One with so many agreements, in a block that was begun.
	pub fn new(agreements: u32) -> Self {
		let mut chain = Chain::new();
		let actors = Actors::register(&mut chain);
		let mut terms = agreement_terms(&chain, &actors);
		terms.limits.ends_at = chain.number() + BLOCKS;
		terms.limits.payout = BLOCKS;
		let agreement = enter(&mut chain, &actors, terms);
		// It stands for the sum of the shares of all.
		let joint = ed25519::Pair::from_seed(&[1; 32]);
		let single = single(&mut chain, &actors, agreement, &joint);
		let settled = chain.block(vec![settle(agreement, 0, single)]);
		assert_eq!(settled, vec![Ok(Ok(()))]);
		for from in (1..agreements).step_by(BATCH as usize) {
			let to = agreements.min(from + BATCH);
			chain.read(|| copy(agreement, &actors, from..to));
			chain.commit();
		}
		let jointly = jointly(&mut chain, &actors, agreement, &joint);
		chain.begin();
		chain.commit();
		Self {
			chain,
			settlement: settle(agreement, 1, jointly),
		}
	}

	/// Executes the settlement, and undoes it, so that the next time finds the same state.
	pub fn time(&mut self) -> Timed {
		let settlement = self.settlement.clone();
		let timed = self.chain.read(|| {
			with_transaction(|| {
				let begun = Instant::now();
				let applied = Executive::apply_extrinsic(settlement);
				let executed = begun.elapsed();
				root(StateVersion::V1);
				let with_root = begun.elapsed();
				assert_eq!(applied, Ok(Ok(())));
				let timed = Timed {
					executed,
					with_root,
				};
				TransactionOutcome::Rollback(Ok::<_, DispatchError>(timed))
			})
		});
		timed.expect("it is the only layer")
	}
}

/// The transaction that settles a round.
fn settle(agreement: AgreementId, first: WindowIndex, proof: Proof) -> UncheckedExtrinsic {
	general(pallet_agreements::Call::<Runtime>::settle {
		agreement,
		first,
		proof,
	})
}

/// The proof about the first window, which all sign by themselves, and by which they bring a joint key into force.
fn single(
	chain: &mut Chain,
	actors: &Actors,
	agreement: AgreementId,
	joint: &ed25519::Pair,
) -> Proof {
	let mut proof = proof(chain, actors, agreement, 0, &OUTCOMES);
	let mut singles = Singles {
		key: Some(joint.public()),
		..Default::default()
	};
	proof.assents = Assents::Single(singles.clone());
	let settlement = proof.settlement(&round(chain, agreement, 0), &actors.intermediaries);
	let signatures = actors.keys.iter();
	let signatures = signatures.map(|key| sign(key, &chain.genesis(), &settlement));
	singles.signatures = bounded(signatures.collect());
	proof.assents = Assents::Single(singles);
	proof
}

/// The proof about the second window, which all sign jointly.
fn jointly(
	chain: &mut Chain,
	actors: &Actors,
	agreement: AgreementId,
	joint: &ed25519::Pair,
) -> Proof {
	let mut proof = proof(chain, actors, agreement, 1, &OUTCOMES);
	proof.assents = Assents::Joint(Default::default());
	let settlement = proof.settlement(&round(chain, agreement, 1), &actors.intermediaries);
	proof.assents = Assents::Joint(sign(joint, &chain.genesis(), &settlement));
	proof
}
