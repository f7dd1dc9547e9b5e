//! The chain that transactions are thrown at: an agreement is in force, its first round has settled, and the next one
//! is in dispute.

use codec::Encode;
use frame_support::{
	storage::{
		storage_prefix, transactional::with_transaction_unchecked, unhashed, TransactionOutcome,
	},
	traits::OnFinalize,
};
use sp_consensus_aura::{Slot, AURA_ENGINE_ID};
use sp_core::H256;
use sp_io::hashing::twox_128;
use sp_runtime::{
	generic::{Digest, DigestItem, Preamble},
	traits::Header as _,
	transaction_validity::TransactionSource,
};
use syngraph_runtime::{
	AllPalletsWithSystem, BlockNumber, Executive, Header, System, UncheckedExtrinsic,
};
use syngraph_tests::{
	chain::{check_invariants, general},
	Chain,
};

use crate::{
	cast::Cast,
	step::{Claim, Said, Step},
};

/// The most steps of a game.
const MAX_STEPS: usize = 24;
/// The most blocks that are waited for at a time: enough for a bond to be paid out.
const MAX_WAIT: BlockNumber = 100_000;
/// Milliseconds between two blocks.
const SLOT_MILLIS: u64 = 2_000;

/// A chain, and who takes part.
pub struct World {
	chain: Chain,
	/// Who takes part.
	pub cast: Cast,
}

impl Default for World {
	fn default() -> Self {
		Self::new()
	}
}

impl World {
	/// A world in which window 0 has settled, and two members differ about the two windows after it.
	pub fn new() -> Self {
		let mut chain = Chain::new();
		let cast = Cast::introduce(&mut chain);
		let said = |who, trace| Said {
			claim: Claim {
				who,
				trace,
				more: 1,
				..Default::default()
			},
			reveals: 0,
		};
		let opening = [
			Step::Settle(Claim::default()),
			Step::Report(said(0, 0), said(1, 1)),
		];
		for step in opening {
			let call = chain.read(|| step.call(&cast)).expect("it is a call");
			assert_eq!(chain.block(vec![general(call)]), [Ok(Ok(()))]);
		}
		Self { chain, cast }
	}

	/// Takes steps, one block for each, and then takes back all of them.
	pub fn play(&mut self, steps: impl Iterator<Item = Step>) {
		let cast = &self.cast;
		self.chain.read(|| {
			with_transaction_unchecked(|| {
				for step in steps.take(MAX_STEPS) {
					match step {
						Step::Wait(blocks) => block(1 + blocks % MAX_WAIT, None),
						step => block(1, step.transaction(cast)),
					}
				}
				TransactionOutcome::Rollback(())
			})
		});
	}
}

/// Makes the block that comes so many later, and throws a transaction at it.
fn block(later: BlockNumber, transaction: Option<UncheckedExtrinsic>) {
	let number = System::block_number() + later;
	// As if the blocks in between had been empty.
	System::set_block_number(number - 1);
	let parent = H256::from_low_u64_be(number.into());
	let digest = Digest {
		logs: vec![DigestItem::PreRuntime(
			AURA_ENGINE_ID,
			Slot::from(u64::from(number)).encode(),
		)],
	};
	let header = Header::new(number, H256::zero(), H256::zero(), parent, digest);
	// The pool looks at what the block before has left.
	let accepted = transaction
		.as_ref()
		.is_some_and(|transaction| pool_accepts(transaction, parent));

	Executive::initialize_block(&header);
	let now = u64::from(number) * SLOT_MILLIS;
	let set = pallet_timestamp::Call::set { now }.into();
	Executive::apply_extrinsic(UncheckedExtrinsic::new_bare(set))
		.expect("the inherent is valid")
		.expect("the inherent succeeds");
	if let Some(transaction) = transaction {
		apply(transaction, accepted);
	}
	// All there is to the end of a block but the root of the state, which takes longest.
	AllPalletsWithSystem::on_finalize(number);
}

fn pool_accepts(transaction: &UncheckedExtrinsic, parent: H256) -> bool {
	with_transaction_unchecked(|| {
		let source = TransactionSource::External;
		let validity = Executive::validate_transaction(source, transaction.clone(), parent);
		TransactionOutcome::Rollback(validity.is_ok())
	})
}

/// Applies a transaction, and checks what must hold whatever it is.
fn apply(transaction: UncheckedExtrinsic, accepted: bool) {
	let unsigned = matches!(transaction.preamble, Preamble::General(..));
	let before = (!accepted).then(state);
	match Executive::apply_extrinsic(transaction) {
		Err(_) => {
			assert!(!accepted || !unsigned, "a block takes what the pool takes");
			assert!(
				before.is_none_or(|before| before == state()),
				"what is refused changes nothing"
			);
		},
		Ok(result) => {
			assert!(accepted, "a block takes only what the pool takes");
			// Nobody would have paid for it.
			assert!(!unsigned || result.is_ok(), "in vain: {result:?}");
			check_invariants();
		},
	}
}

/// The state of the chain, without what the system notes of the block.
fn state() -> Vec<(Vec<u8>, Vec<u8>)> {
	let system = twox_128(b"System");
	let accounts = storage_prefix(b"System", b"Account");
	let next = |key: &Vec<u8>| sp_io::storage::next_key(key);
	std::iter::successors(next(&Vec::new()), next)
		.filter(|key| !key.starts_with(&system) || key.starts_with(&accounts))
		.map(|key| (unhashed::get_raw(&key).unwrap_or_default(), key))
		.collect()
}
