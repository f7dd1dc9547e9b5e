//! Answers in disputes have a quarter of each block to themselves, and no deadline runs in a block that has no room
//! left for them.

use frame_support::{
	dispatch::DispatchClass,
	weights::{constants::WEIGHT_REF_TIME_PER_MILLIS, Weight},
};
use pallet_disputes::{Halted, Room, Used, ValidityError};
use sp_core::H256;
use sp_keyring::Sr25519Keyring;
use sp_runtime::{
	transaction_validity::{InvalidTransaction, TransactionValidityError},
	ApplyExtrinsicResult,
};
use syngraph_primitives::longest_stage;
use syngraph_runtime::{
	configs::{open_room, AnswerLimit, AnswerRoom, EnoughRoom},
	shares::{ordinary_room, room_left},
	worker::BestBlock,
	Disputes, Runtime, RuntimeCall, System, UncheckedExtrinsic,
};
use syngraph_test_kit::claims::Claim;
use syngraph_tests::{chain::general, Actors, Chain};
use syngraph_worker::Chain as _;

use crate::{
	agreements::active,
	cast::{apply, both, code, complain, dispute, file},
	pool::{payment, use_up},
};

type Call = pallet_disputes::Call<Runtime>;

fn no_room() -> TransactionValidityError {
	InvalidTransaction::ExhaustsResources.into()
}

/// What becomes of what finds no room.
fn full() -> ApplyExtrinsicResult {
	Err(no_room())
}

/// A chain with an agreement in force, and what both members claim of its first window.
fn scene() -> (Chain, Actors, H256, [Claim; 2]) {
	let (mut chain, actors, agreement) = active();
	let claims = both(&mut chain, &actors, agreement, 0, Some(60));
	(chain, actors, agreement, claims)
}

/// The block that was begun has so much in it that belongs to a class.
fn weigh(chain: &mut Chain, class: DispatchClass, weight: Weight) {
	chain.read(|| System::register_extra_weight_unchecked(weight, class));
}

/// Fills all of a block that is open to payments, the last of it with some. Tells how many.
fn pay_until_full(chain: &mut Chain) -> u32 {
	chain.read(|| use_up(5 * WEIGHT_REF_TIME_PER_MILLIS));
	let mut paid = 0;
	loop {
		let pays = payment(chain, 0);
		let result = chain.apply(pays);
		if result == full() {
			return paid;
		}
		assert_eq!(result, Ok(Ok(())));
		paid += 1;
	}
}

/// A remark of so many bytes, by somebody who has plenty.
fn remark(chain: &mut Chain, who: Sr25519Keyring, bytes: u32) -> UncheckedExtrinsic {
	let remark = vec![0; bytes as usize];
	let call = RuntimeCall::System(frame_system::Call::remark { remark });
	chain.sign(&who.pair(), call)
}

/// A call of so many bytes that nobody but the administrator may make: whoever else does pays for having it refused.
fn refused(chain: &mut Chain, who: Sr25519Keyring, bytes: u32) -> UncheckedExtrinsic {
	let items = vec![(vec![0], vec![0; bytes as usize])];
	let call = RuntimeCall::System(frame_system::Call::set_storage { items });
	chain.sign(&who.pair(), call)
}

/// How many blocks have had no room for answers.
fn halted(chain: &mut Chain) -> u32 {
	chain.read(Halted::<Runtime>::get)
}

#[test]
fn whoever_fills_blocks_by_money_keeps_no_answer_out() {
	let (mut chain, actors, _, [ann, _]) = scene();
	let complaint = general(complain(&chain, &actors, &ann));
	chain.begin();
	assert!(pay_until_full(&mut chain) > 1);
	let filled = chain.read(Disputes::filled);
	assert!(filled.fits_into(ordinary_room()), "{filled:?}");
	assert_eq!(chain.apply(complaint), Ok(Ok(())));
	// There is no more room for others after it than before.
	let pays = payment(&mut chain, 0);
	assert_eq!(chain.apply(pays), full());
	chain.finish();
	assert_eq!(halted(&mut chain), 0);
}

/// No more than three quarters of a block are open to all that is no answer, whatever it is.
#[test]
fn nor_does_whoever_fills_all_classes() {
	let (mut chain, actors, _, [ann, _]) = scene();
	let complaint = general(complain(&chain, &actors, &ann));
	chain.begin();
	let weights = <Runtime as frame_system::Config>::BlockWeights::get();
	let operational = weights.get(DispatchClass::Operational).max_total;
	let operational = operational.expect("there is a limit");
	weigh(&mut chain, DispatchClass::Operational, operational);
	pay_until_full(&mut chain);
	let others = chain.read(System::block_weight);
	let quarter = AnswerRoom::get().weight;
	let three = weights.max_block.ref_time() - quarter.ref_time();
	let sum = others.get(DispatchClass::Normal).ref_time() + operational.ref_time();
	assert!(sum <= three, "{sum} of {three}");
	// Nor does it matter how long what every block must hold takes.
	weigh(&mut chain, DispatchClass::Mandatory, quarter);
	assert_eq!(chain.apply(complaint), Ok(Ok(())));
	chain.finish();
}

#[test]
fn whoever_fills_blocks_by_long_transactions_keeps_no_answer_out() {
	let (mut chain, actors, _, [ann, _]) = scene();
	let complaint = general(complain(&chain, &actors, &ann));
	let most = ordinary_room().bytes;
	let too_long = remark(&mut chain, Sr25519Keyring::Alice, most);
	assert_eq!(chain.validate(too_long), Err(no_room()));
	let long = remark(&mut chain, Sr25519Keyring::Alice, most - 1_000);
	assert!(chain.validate(long).is_ok());
	chain.begin();
	let half = remark(&mut chain, Sr25519Keyring::Alice, most / 2);
	assert_eq!(chain.apply(half), Ok(Ok(())));
	let other = remark(&mut chain, Sr25519Keyring::Bob, most / 2);
	assert_eq!(chain.apply(other), full());
	assert_eq!(chain.apply(complaint), Ok(Ok(())));
	chain.finish();
	assert_eq!(halted(&mut chain), 0);
}

/// It takes many bytes of answers to stop the clock, whatever else fills the block.
#[test]
fn whoever_fills_blocks_by_long_operational_calls_stops_no_clock() {
	let (mut chain, actors, _, [ann, _]) = scene();
	let complaint = general(complain(&chain, &actors, &ann));
	chain.begin();
	let mut bytes = ordinary_room().bytes;
	while bytes > 0 {
		let long = refused(&mut chain, Sr25519Keyring::Alice, bytes);
		match chain.apply(long) {
			Ok(done) => assert!(done.is_err(), "she is not the administrator"),
			result => {
				assert_eq!(result, full());
				bytes /= 2;
			},
		}
	}
	assert!(chain.read(Disputes::filled).bytes > ordinary_room().bytes);
	assert_eq!(chain.apply(complaint), Ok(Ok(())));
	chain.finish();
	assert_eq!(halted(&mut chain), 0);
}

/// Nodes refuse it as they refuse any block that is too heavy or too long.
#[test]
#[should_panic(expected = "Transaction would exhaust the block limits")]
fn a_block_in_which_others_take_it_is_not_valid() {
	let mut chain = Chain::new();
	let half = ordinary_room().bytes / 2;
	let all = [Sr25519Keyring::Alice, Sr25519Keyring::Bob];
	let all = all.map(|who| remark(&mut chain, who, half));
	chain.execute(all.to_vec());
}

#[test]
fn answers_compete_with_others_for_all_beyond_the_quarter() {
	let (mut chain, actors, _, [ann, _]) = scene();
	let complaint = general(complain(&chain, &actors, &ann));
	chain.begin();
	let quarter = AnswerRoom::get();
	chain.read(|| Disputes::note_used(quarter));
	weigh(&mut chain, DispatchClass::Normal, quarter.weight);
	// Others have what they always have, and no more.
	assert_eq!(chain.read(room_left).weight, ordinary_room().weight);
	assert!(pay_until_full(&mut chain) > 1);
	assert_eq!(chain.apply(complaint), full());
	chain.finish();
	assert_eq!(halted(&mut chain), 1);
}

/// Rounds have a last block in which they settle, too, and so have channels in which they close.
#[test]
fn answers_leave_room_for_others() {
	let (mut chain, actors, _, [ann, _]) = scene();
	let complaint = general(complain(&chain, &actors, &ann));
	chain.begin();
	let limit = AnswerLimit::get();
	chain.read(|| Disputes::note_used(limit));
	weigh(&mut chain, DispatchClass::Normal, limit.weight);
	assert_eq!(chain.apply(complaint), full());
	let left = ordinary_room()
		.weight
		.saturating_add(AnswerRoom::get().weight);
	assert_eq!(
		chain.read(room_left).weight,
		left.saturating_sub(limit.weight)
	);
	assert!(pay_until_full(&mut chain) > 1);
	chain.finish();
	assert_eq!(halted(&mut chain), 1);
}

/// It is neither what was declared nor what is given back to it later.
#[test]
fn an_answer_uses_up_what_it_takes_of_the_block() {
	let (mut chain, actors, agreement, [ann, bob]) = scene();
	let genesis = chain.genesis();
	let complaint = complain(&chain, &actors, &ann);
	let answers = [complaint, file(bob.committed(&actors.keys[1], &genesis))];
	for answer in answers {
		chain.begin();
		let before = chain.read(Disputes::filled);
		assert_eq!(chain.read(Used::<Runtime>::get), Room::default());
		assert_eq!(chain.apply(general(answer)), Ok(Ok(())));
		let taken = chain.read(Disputes::filled).saturating_sub(before);
		assert!(taken.weight.ref_time() > 0 && taken.bytes > 0);
		assert_eq!(chain.read(Used::<Runtime>::get), taken);
		chain.finish();
	}
	// So does a verdict that nobody signs. What is not settled with it is given back.
	let open = dispute(&mut chain, agreement).expect("it is open").docket;
	chain.run_to(open.deadline);
	chain.begin();
	let before = chain.read(Disputes::filled);
	let judge = general(Call::judge { agreement });
	assert_eq!(chain.apply(judge), Ok(Ok(())));
	let taken = chain.read(Disputes::filled).saturating_sub(before);
	assert_eq!(chain.read(Used::<Runtime>::get), taken);
	chain.finish();
}

#[test]
fn what_is_signed_is_no_answer() {
	let (mut chain, actors, agreement, [ann, _]) = scene();
	let complaint = complain(&chain, &actors, &ann);
	apply(&mut chain, complaint);
	let open = dispute(&mut chain, agreement).expect("it is open").docket;
	chain.run_to(open.deadline);
	let judge = RuntimeCall::Disputes(Call::judge { agreement });
	let judge = chain.sign(&actors.operators[0], judge);
	chain.begin();
	assert_eq!(chain.apply(judge), Ok(Ok(())));
	assert_eq!(chain.read(Used::<Runtime>::get), Room::default());
	chain.finish();
}

#[test]
fn a_block_halts_if_answers_fill_it_and_no_other_does() {
	let mut chain = Chain::new();
	let mut halts = |weight: Weight| {
		let before = halted(&mut chain);
		chain.begin();
		weigh(&mut chain, DispatchClass::Normal, weight);
		chain.finish();
		halted(&mut chain) > before
	};
	let last = open_room().weight.saturating_sub(EnoughRoom::get().weight);
	assert!(!halts(Weight::zero()));
	assert!(!halts(ordinary_room().weight));
	assert!(!halts(last));
	assert!(halts(last.saturating_add(Weight::from_parts(1, 0))));
	assert!(halts(open_room().weight));
}

#[test]
fn who_finds_no_room_has_more_time_and_its_worker_knows() {
	let (mut chain, actors, agreement, [ann, bob]) = scene();
	let genesis = chain.genesis();
	let complaint = complain(&chain, &actors, &ann);
	apply(&mut chain, complaint);
	let docket = dispute(&mut chain, agreement).expect("it is open").docket;
	let answer = docket.deadline - docket.opened;
	let last = docket.opened + longest_stage(answer);
	while chain.number() < last - 1 {
		chain.begin();
		weigh(&mut chain, DispatchClass::Normal, open_room().weight);
		chain.finish();
	}
	let (number, hash) = (chain.number(), chain.hash());
	let known = chain.read(|| BestBlock(number, hash).agreement(&agreement));
	let seen = known.expect("it is in force").standing.dispute;
	assert_eq!(seen.expect("it is open").docket.deadline, last);
	let judge = general(Call::judge { agreement });
	let refused = chain.validate(judge.clone());
	assert_eq!(code(&refused), Some(ValidityError::NotRipe as u8));
	apply(&mut chain, file(bob.committed(&actors.keys[1], &genesis)));
	let docket = dispute(&mut chain, agreement).expect("it is open").docket;
	assert_eq!(docket.deadline, chain.number() + answer);
}

/// The bound on what whoever fills blocks can delay.
#[test]
fn the_longest_stage_ends_in_full_blocks_too() {
	let (mut chain, actors, agreement, [ann, _]) = scene();
	let complaint = complain(&chain, &actors, &ann);
	apply(&mut chain, complaint);
	let docket = dispute(&mut chain, agreement).expect("it is open").docket;
	let answer = docket.deadline - docket.opened;
	let last = docket.opened + longest_stage(answer);
	while chain.number() < last {
		chain.begin();
		weigh(&mut chain, DispatchClass::Normal, open_room().weight);
		chain.finish();
	}
	apply(&mut chain, Call::judge { agreement });
	assert!(dispute(&mut chain, agreement).is_none());
}
