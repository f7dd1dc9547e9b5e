//! The pool holds as many transactions that nobody signs as can be paid for, and answers come first.

use std::collections::BTreeSet;

use frame_support::{
	dispatch::DispatchClass,
	weights::{constants::WEIGHT_REF_TIME_PER_MILLIS, Weight},
};
use sp_core::H256;
use sp_runtime::{transaction_validity::InvalidTransaction, Perbill};
use syngraph_primitives::{ResultValue, WindowIndex, WindowShape, MAX_ROUND_RESULTS, MAX_SPAN};
use syngraph_runtime::{
	shares, worker::BestBlock, Balance, Runtime, System, UncheckedExtrinsic, HOURS, SYN,
};
use syngraph_tests::{
	actors::{agreement_terms, enter, heartbeat, ChainTerms},
	chain::general,
	proof, Actors, Chain,
};
use syngraph_worker::Chain as _;

use crate::cast::{apply, code, complain, made_up, outcomes, report, Claimant};

type Call = pallet_agreements::Call<Runtime>;

/// Gives every user the least escrow.
pub fn least(chain: &mut Chain, terms: &mut ChainTerms) {
	type Pallet = pallet_agreements::Pallet<Runtime>;
	terms.reaction = Default::default();
	let schemas = [syngraph_tests::actors::lock_schema()];
	// By the block in which it comes into force, nothing has become dearer.
	let now = chain.number();
	for index in 0..terms.users.len() {
		let escrow = chain.read(|| {
			let prices = Pallet::prices(terms, &schemas);
			Pallet::least_escrow(terms, &prices, index, now)
		});
		terms.users[index].escrow = escrow;
	}
}

fn poor() -> (Chain, Actors, H256) {
	let mut chain = Chain::new();
	let actors = Actors::register(&mut chain);
	let mut terms = agreement_terms(&chain, &actors);
	least(&mut chain, &mut terms);
	let agreement = enter(&mut chain, &actors, terms);
	(chain, actors, agreement)
}

/// What the pool takes these for: no two of the same are in it together.
fn kinds(chain: &mut Chain, all: Vec<UncheckedExtrinsic>) -> BTreeSet<Vec<Vec<u8>>> {
	let valid = all.into_iter().map(|it| chain.validate(it));
	valid.flatten().map(|validity| validity.provides).collect()
}

/// The settlement of a round.
fn settle(
	chain: &mut Chain,
	actors: &Actors,
	agreement: H256,
	first: WindowIndex,
	outcomes: &[Option<ResultValue>],
) -> UncheckedExtrinsic {
	let proof = proof(chain, actors, agreement, first, outcomes);
	general(Call::settle {
		agreement,
		first,
		proof,
	})
}

#[test]
fn one_settlement_of_an_agreement_waits() {
	let (mut chain, actors, agreement) = poor();
	let all: Vec<_> = (1..=16)
		.map(|windows| settle(&mut chain, &actors, agreement, 0, &vec![Some(1); windows]))
		.collect();
	assert_eq!(kinds(&mut chain, all.clone()).len(), 1);
	let ahead = settle(&mut chain, &actors, agreement, 1, &[Some(1)]);
	let too_far = pallet_agreements::ValidityError::TooFarAhead as u8;
	assert_eq!(code(&chain.validate(ahead)), Some(too_far));
	let too_many = settle(&mut chain, &actors, agreement, 0, &[Some(1); 17]);
	let refused = pallet_agreements::ValidityError::TooManyResults as u8;
	assert_eq!(code(&chain.validate(too_many)), Some(refused));
	let results = chain.block(all[..3].to_vec());
	let paid = results.iter().filter(|result| **result == Ok(Ok(())));
	assert_eq!(paid.count(), 1);
}

#[test]
fn a_round_settles_as_far_as_the_escrows_go() {
	let (mut chain, actors, agreement) = poor();
	let settle = settle(&mut chain, &actors, agreement, 0, &[Some(1), None, Some(2)]);
	assert_eq!(chain.block(vec![settle]), vec![Ok(Ok(()))]);
	assert_eq!(outcomes(&mut chain, agreement), [Some(1), None]);
	let phase = chain.agreement(&agreement).expect("it is known").phase;
	let exhausted = pallet_agreements::EndReason::EscrowExhausted;
	assert!(
		matches!(phase, pallet_agreements::Phase::Ended { reason, .. } if reason == exhausted),
		"{phase:?}"
	);
}

#[test]
fn an_agreement_that_can_pay_for_many_settles_many_in_a_block() {
	let mut chain = Chain::new();
	let actors = Actors::register(&mut chain);
	let mut terms = agreement_terms(&chain, &actors);
	terms.reaction = Default::default();
	terms.rounds.most = MAX_ROUND_RESULTS;
	terms.window = WindowShape { size: 1, slide: 1 };
	let agreement = enter(&mut chain, &actors, terms);
	// As many windows as a round can have, with as many results; rounds of null windows alone; and small ones.
	let mut longest = vec![Some(1); MAX_ROUND_RESULTS as usize];
	longest.resize(MAX_SPAN as usize, None);
	let rounds = [
		longest,
		vec![None; MAX_SPAN as usize],
		vec![Some(1)],
		vec![None],
	];
	let mut first = 0;
	chain.begin();
	for round in &rounds {
		let settle = settle(&mut chain, &actors, agreement, first, round);
		assert_eq!(chain.apply(settle), Ok(Ok(())));
		first += round.len() as u64;
	}
	chain.finish();
	assert_eq!(outcomes(&mut chain, agreement), rounds.concat());
}

#[test]
fn one_dispute_of_an_agreement_waits_to_be_opened() {
	let (mut chain, actors, agreement) = poor();
	let genesis = chain.genesis();
	let lies = |chain: &mut Chain, first| {
		let [left, right] = [1, 2].map(|secret| {
			let claimant = Claimant {
				member: actors.intermediaries[1],
				secret,
			};
			let claim = claimant.claims(chain, agreement, first, &[made_up(0)]);
			claim.committed(&actors.keys[1], &genesis)
		});
		general(report(left, right))
	};
	let all: Vec<_> = (0..100).map(|first| lies(&mut chain, first)).collect();
	assert_eq!(kinds(&mut chain, all.clone()).len(), 1);
	assert_eq!(chain.block(all[..1].to_vec()), vec![Ok(Ok(()))]);
	// The next ones can only prove once more that the same member contradicts itself.
	assert_eq!(kinds(&mut chain, all[1..].to_vec()).len(), 0);
}

#[test]
fn answers_come_before_settlements() {
	let mut chain = Chain::new();
	let actors = Actors::register(&mut chain);
	let terms = agreement_terms(&chain, &actors);
	let agreement = enter(&mut chain, &actors, terms);
	let [ann, bob] = crate::cast::both(&mut chain, &actors, agreement, 0, Some(60));
	let complaint = complain(&chain, &actors, &ann);
	let complaining = chain.validate(general(complaint.clone())).expect("valid");
	apply(&mut chain, complaint);
	let signed = bob.committed(&actors.keys[1], &chain.genesis());
	let answer = general(crate::cast::file(signed));
	let answering = chain.validate(answer).expect("it is valid");
	let proof = proof(&mut chain, &actors, agreement, 0, &[Some(1)]);
	let settle = general(Call::settle {
		agreement,
		first: 0,
		proof,
	});
	let settling = chain.validate(settle).expect("it is valid");
	assert!(answering.priority > settling.priority);
	assert_eq!(answering.priority, complaining.priority);
}

/// An intermediary whose heartbeat is due, on a chain with an agreement.
fn due() -> (Chain, Actors, H256, UncheckedExtrinsic) {
	let mut chain = Chain::new();
	let actors = Actors::register(&mut chain);
	let mut terms = agreement_terms(&chain, &actors);
	terms.limits.ends_at = chain.number() + 2 * HOURS;
	let agreement = enter(&mut chain, &actors, terms);
	chain.skip(HOURS);
	chain.block(Vec::new());
	let beat = heartbeat(&chain, actors.intermediaries[0], &actors.keys[0]);
	(chain, actors, agreement, beat)
}

/// A payment of somebody who has plenty.
pub fn payment(chain: &mut Chain, tip: Balance) -> UncheckedExtrinsic {
	let rich = sp_keyring::Sr25519Keyring::Alice.pair();
	let pays = pallet_balances::Call::<Runtime>::transfer_keep_alive {
		dest: syngraph_tests::actors::account(&rich).into(),
		value: SYN,
	};
	chain.sign_with_tip(&rich, pays.into(), tip)
}

/// Uses up what a block has room for of ordinary transactions, but for so much time.
pub fn use_up(left: u64) {
	let rest = shares::room_left().weight;
	let more = rest.ref_time().saturating_sub(left);
	System::register_extra_weight_unchecked(Weight::from_parts(more, 0), DispatchClass::Normal);
}

/// Whoever fills blocks, by money or by agreements of its own, does not keep heartbeats out, and so cannot make
/// others look dead.
#[test]
fn heartbeats_come_before_everything_else() {
	let (mut chain, actors, agreement, beat) = due();
	let beating = chain.validate(beat).expect("it is due");
	let pays = payment(&mut chain, 1_000 * SYN);
	let paying = chain.validate(pays).expect("it is valid");
	assert!(beating.priority > paying.priority);
	let [ann, _] = crate::cast::both(&mut chain, &actors, agreement, 0, Some(60));
	let complaint = general(complain(&chain, &actors, &ann));
	let answering = chain.validate(complaint).expect("it is valid");
	assert!(beating.priority > answering.priority);
	let proof = proof(&mut chain, &actors, agreement, 0, &[Some(1)]);
	let settle = general(Call::settle {
		agreement,
		first: 0,
		proof,
	});
	let settling = chain.validate(settle).expect("it is valid");
	assert!(answering.priority > settling.priority);
}

#[test]
fn a_full_block_has_room_for_heartbeats() {
	let (mut chain, actors, agreement, beat) = due();
	let proof = proof(&mut chain, &actors, agreement, 0, &[Some(1)]);
	let settle = general(Call::settle {
		agreement,
		first: 0,
		proof,
	});
	let full = Err(InvalidTransaction::ExhaustsResources.into());
	chain.begin();
	chain.read(|| use_up(WEIGHT_REF_TIME_PER_MILLIS * 5));
	let mut paid = 0;
	loop {
		let pays = payment(&mut chain, 0);
		let result = chain.apply(pays);
		if result == full {
			break;
		}
		assert_eq!(result, Ok(Ok(())));
		paid += 1;
	}
	assert!(paid > 1);
	chain.read(|| use_up(0));
	assert_eq!(chain.apply(settle), full);
	assert_eq!(chain.apply(beat), Ok(Ok(())));
	chain.finish();
}

#[test]
fn a_block_is_full_when_a_large_settlement_has_no_room_in_it() {
	let mut chain = Chain::new();
	let most = shares::ordinary_room().weight;
	let mut is_full = |percent| {
		let used = Perbill::from_percent(percent) * most;
		chain.read(|| {
			System::set_block_consumed_resources(used, 0);
			BestBlock(1, H256::zero()).is_full()
		})
	};
	assert!(!is_full(0));
	assert!(!is_full(79));
	assert!(is_full(81));
}
