//! Whoever rotates its key takes nothing back, and loses nothing.

use frame_support::dispatch::DispatchClass;
use pallet_registry::KeyRotation as _;
use sp_core::{ed25519, sr25519, Pair, H256};
use syngraph_primitives::{
	AgreementId, Assent, BlockNumber, Conviction, ResultValue, Role, Sequence, Utterance,
	WindowIndex, MAX_AGREEMENTS,
};
use syngraph_protocol::Proof;
use syngraph_runtime::{worker::BestBlock, Runtime, RuntimeEvent, System};
use syngraph_test_kit::{
	bounded,
	claims::Claim,
	people::{ed25519_key, key_proof, sr25519_key},
	proofs::{singles, singly},
};
use syngraph_tests::{
	actors::{account, agreement_terms, enter, proof},
	chain::general,
	Actors, Chain, Network,
};
use syngraph_worker::{Chain as _, Keys};

use crate::cast::{
	apply, both, code, complain, file, judge, lock_key, message, message_of, outcomes, revealed,
	settled,
};

type Call = pallet_agreements::Call<Runtime>;

/// The operator of the second member gives it a new key, good from the second block on from now.
fn rotate(chain: &mut Chain, actors: &Actors) -> sr25519::Pair {
	let (fresh, owner) = (sr25519_key(77), account(&actors.operators[1]));
	let call = pallet_registry::Call::<Runtime>::rotate_intermediary_key {
		intermediary: actors.intermediaries[1],
		from_block: chain.number() + 2,
		key: fresh.public(),
		proof: key_proof(&fresh, &chain.genesis(), Role::Intermediary, &owner),
	};
	chain
		.call(&actors.operators[1], call)
		.expect("it is its own");
	fresh
}

/// The proof that the lock signed two messages with one number.
fn accuse(
	chain: &Chain,
	actors: &Actors,
	key: &ed25519::Pair,
	number: Sequence,
) -> pallet_disputes::Call<Runtime> {
	let genesis = chain.genesis();
	let [left, right] =
		[0, 1].map(|late| Box::new(message_of(genesis, actors.lock, key, number, late)));
	pallet_disputes::Call::accuse { left, right }
}

/// The lock's owner gives it a new key from a number on.
fn rotate_lock(chain: &mut Chain, actors: &Actors, from_sequence: Sequence) -> ed25519::Pair {
	let (fresh, owner) = (
		ed25519_key(100 + from_sequence as u8),
		account(&actors.rental),
	);
	let call = pallet_registry::Call::<Runtime>::rotate_sensor_key {
		sensor: actors.lock,
		from_sequence,
		key: fresh.public(),
		proof: key_proof(&fresh, &chain.genesis(), Role::Sensor, &owner),
	};
	chain.call(&actors.rental, call).expect("it is its own");
	fresh
}

/// The settlement of a round by what is known of its sources now.
fn settlement(
	chain: &mut Chain,
	actors: &Actors,
	agreement: H256,
	first: WindowIndex,
	outcomes: &[Option<ResultValue>],
) -> Call {
	Call::settle {
		agreement,
		first,
		proof: proof(chain, actors, agreement, first, outcomes),
	}
}

/// How a settlement is refused, if it is.
fn refusal(chain: &mut Chain, call: &Call) -> Option<u8> {
	code(&chain.validate(general(call.clone())))
}

const NOT_VALID: Option<u8> = Some(pallet_agreements::ValidityError::SensorRevoked as u8);
const OTHER_SOURCES: Option<u8> = Some(pallet_agreements::ValidityError::BadSignature as u8);
const RESULT: Option<ResultValue> = Some(60);

/// Whatever was computed, and agreed on, before the chain knew that number 8 was signed twice.
#[test]
fn nothing_after_a_number_that_was_signed_twice_is_paid_for() {
	let mut chain = Chain::new();
	let actors = Actors::register(&mut chain);
	let mut terms = agreement_terms(&chain, &actors);
	terms.limits.ends_at = chain.number() + 400;
	let agreement = enter(&mut chain, &actors, terms);
	// What has settled stands.
	let settled_before = settlement(&mut chain, &actors, agreement, 0, &[RESULT; 2]);
	apply(&mut chain, settled_before);
	let of = |chain: &mut Chain, outcomes: &[_]| settlement(chain, &actors, agreement, 2, outcomes);
	let long = of(&mut chain, &[RESULT; 10]);
	let short = of(&mut chain, &[RESULT; 2]);
	assert_eq!(
		[&long, &short].map(|call| refusal(&mut chain, call)),
		[None; 2]
	);

	let call = accuse(&chain, &actors, &lock_key(), 8);
	apply(&mut chain, call);
	assert_eq!(refusal(&mut chain, &long), NOT_VALID);
	// What comes before the number settles once all have signed that anew, and nothing else.
	assert_eq!(refusal(&mut chain, &short), OTHER_SOURCES);
	for (outcomes, refused) in [
		(&[RESULT; 2][..], None),
		(&[RESULT; 3], NOT_VALID),
		(&[RESULT, RESULT, None], NOT_VALID),
		(&[None; 10], NOT_VALID),
	] {
		let anew = of(&mut chain, outcomes);
		assert_eq!(refusal(&mut chain, &anew), refused, "{outcomes:?}");
	}

	// The new key counts from the middle on: nothing of what was computed before does.
	let before = of(&mut chain, &[RESULT; 2]);
	rotate_lock(&mut chain, &actors, 30);
	let anew = of(&mut chain, &[RESULT; 16]);
	for (call, refused) in [
		(long, OTHER_SOURCES),
		(short, OTHER_SOURCES),
		(before, OTHER_SOURCES),
		(anew, None),
	] {
		assert_eq!(refusal(&mut chain, &call), refused);
	}
	assert_eq!(settled(&mut chain, agreement), 2);
}

#[test]
fn nothing_settles_any_more_from_the_number_of_the_revoking_conviction_on() {
	let mut chain = Chain::new();
	let actors = Actors::register(&mut chain);
	let mut terms = agreement_terms(&chain, &actors);
	terms.limits.ends_at = chain.number() + 400;
	let agreement = enter(&mut chain, &actors, terms);
	let mut key = lock_key();
	for number in [8, 16, 20] {
		let call = accuse(&chain, &actors, &key, number);
		apply(&mut chain, call);
		key = rotate_lock(&mut chain, &actors, number + 2);
	}
	let of = |chain: &mut Chain, outcomes: &[_]| settlement(chain, &actors, agreement, 0, outcomes);
	let before = of(&mut chain, &[RESULT; 16]);
	assert_eq!(refusal(&mut chain, &before), None);
	let call = accuse(&chain, &actors, &key, 24);
	apply(&mut chain, call);
	let revoked = chain.events().into_iter().any(|event| {
		let RuntimeEvent::Disputes(pallet_disputes::Event::SensorConvicted { conviction, .. }) =
			event
		else {
			return false;
		};
		conviction == Conviction::Revoked
	});
	assert!(revoked);
	assert_eq!(refusal(&mut chain, &before), NOT_VALID);
	// Window 12 begins with number 24.
	let up_to_there = [RESULT; 12];
	let beyond = [&up_to_there[..], &[None]].concat();
	for (outcomes, refused) in [
		(&up_to_there[..], None),
		(&[RESULT; 13], NOT_VALID),
		(&beyond, NOT_VALID),
	] {
		let anew = of(&mut chain, outcomes);
		assert_eq!(refusal(&mut chain, &anew), refused, "{outcomes:?}");
	}
}

/// An agreement that goes on for long, and the machines of its members.
fn working() -> (Network, Actors, H256) {
	let mut chain = Chain::new();
	let actors = Actors::register(&mut chain);
	let mut terms = agreement_terms(&chain, &actors);
	terms.limits.ends_at = chain.number() + 1_000;
	let agreement = enter(&mut chain, &actors, terms);
	let members = actors.intermediaries.into_iter().zip(actors.keys.clone());
	let network = Network::new(chain, &members.collect::<Vec<_>>());
	(network, actors, agreement)
}

/// The windows whose messages do not count any more hold nothing, and those after them what the new key signs.
#[test]
fn an_agreement_goes_on_after_its_sensor_was_suspended() {
	let (mut network, actors, agreement) = working();
	let genesis = network.chain.genesis();
	let signed = |key: &ed25519::Pair, numbers: std::ops::Range<u64>| -> Vec<_> {
		let message = |number| message_of(genesis, actors.lock, key, number, 0);
		numbers.map(message).collect()
	};
	let call = accuse(&network.chain, &actors, &lock_key(), 8);
	for member in &network.members {
		member.machine.receive(&signed(&lock_key(), 0..20));
	}
	network.submit(call);
	network.blocks(20);
	assert_eq!(settled(&mut network.chain, agreement), 4);
	let fresh = rotate_lock(&mut network.chain, &actors, 14);
	// The members learn of it.
	network.block();
	for member in &network.members {
		member.machine.receive(&signed(&fresh, 14..24));
	}
	for _ in 0..60 {
		network.block();
		for event in network.chain.events() {
			assert!(!matches!(event, RuntimeEvent::Disputes(_)), "{event:?}");
		}
	}
	let outcomes = outcomes(&mut network.chain, agreement);
	let null = outcomes.iter().map(Option::is_none);
	let expected = (0..12).map(|window| (4..7).contains(&window));
	assert!(null.eq(expected), "{outcomes:?}");
}

/// The signature by which somebody assents singly.
fn signature(assent: &Assent) -> Option<sr25519::Signature> {
	match assent {
		Assent::Single { signature, .. } => Some(*signature),
		Assent::Joint(_) => None,
	}
}

/// The proof of what two members claim, the second of which signs with the key that it had before.
fn proof_by_former(claims: &[Claim; 2], revealed: &[Utterance]) -> Proof {
	let reveals = revealed.iter().flat_map(|said| &said.reveal);
	let mut proof = Proof {
		attempt: 0,
		outcomes: claims[0].outcomes(),
		data_root: claims[0].commitment().data_root,
		blindings: bounded(claims.each_ref().map(|claim| claim.blinding()).to_vec()),
		assents: singly(
			reveals
				.filter_map(|reveal| signature(&reveal.assent))
				.collect(),
		),
	};
	singles(&mut proof).former = 0b10;
	proof
}

/// An agreement that lasts for longer than a former key counts in it; and for how many blocks that is.
fn enter_for_long(chain: &mut Chain, actors: &Actors) -> (AgreementId, BlockNumber) {
	let mut terms = agreement_terms(chain, actors);
	terms.limits.ends_at = chain.number() + 4_000;
	let lookback = terms.limits.lookback();
	(enter(chain, actors, terms), lookback)
}

/// Else a member that has rotated its key could answer in a dispute, and nothing would come of it.
#[test]
fn what_a_dispute_hears_by_a_former_key_settles() {
	for is_disputed in [true, false] {
		let mut chain = Chain::new();
		let actors = Actors::register(&mut chain);
		let genesis = chain.genesis();
		let (agreement, lookback) = enter_for_long(&mut chain, &actors);
		let replaced = chain.number() + 2;
		rotate(&mut chain, &actors);
		chain.run_to(replaced + lookback - 2);
		let [now, before] = &actors.keys;
		let claims = both(&mut chain, &actors, agreement, 0, RESULT);
		let revealed = revealed(genesis, &claims, [now, before]);
		if is_disputed {
			let complaint = complain(&chain, &actors, &claims[0]);
			apply(&mut chain, complaint);
			apply(&mut chain, file(claims[1].committed(before, &genesis)));
			for said in &revealed {
				apply(&mut chain, file(said.clone()));
			}
		}
		chain.run_to(replaced + lookback + 3);
		let (first, proof) = (0, proof_by_former(&claims, &revealed));
		let settle = Call::settle {
			agreement,
			first,
			proof,
		};
		let valid = chain.validate(general(settle));
		assert_eq!(valid.is_ok(), is_disputed, "{valid:?}");
	}
}

/// Who stole a key that was replaced can open a dispute later: that does not make it count for longer.
#[test]
fn no_dispute_makes_a_former_key_count_that_did_not_when_it_was_opened() {
	let mut chain = Chain::new();
	let actors = Actors::register(&mut chain);
	let genesis = chain.genesis();
	let (agreement, lookback) = enter_for_long(&mut chain, &actors);
	let replaced = chain.number() + 2;
	let fresh = rotate(&mut chain, &actors);
	chain.run_to(replaced + lookback + 3);
	let [now, before] = &actors.keys;
	let claims = both(&mut chain, &actors, agreement, 0, RESULT);
	let complaint = complain(&chain, &actors, &claims[0]);
	apply(&mut chain, complaint);
	let settle = |chain: &mut Chain, key: &sr25519::Pair, is_former: bool| {
		let revealed = revealed(genesis, &claims, [now, key]);
		let mut proof = proof_by_former(&claims, &revealed);
		singles(&mut proof).former = u16::from(is_former) << 1;
		chain.validate(general(Call::settle {
			agreement,
			first: 0,
			proof,
		}))
	};
	assert!(settle(&mut chain, before, true).is_err());
	assert!(settle(&mut chain, &fresh, false).is_ok());
}

#[test]
fn an_assent_by_a_rotated_key_settles() {
	let mut chain = Chain::new();
	let actors = Actors::register(&mut chain);
	let genesis = chain.genesis();
	let mut terms = agreement_terms(&chain, &actors);
	terms.limits.ends_at = chain.number() + 400;
	let agreement = enter(&mut chain, &actors, terms);
	rotate(&mut chain, &actors);
	chain.run_to(chain.number() + 5);
	let [now, before] = &actors.keys;
	for window in 0..3 {
		let claims = both(&mut chain, &actors, agreement, window, RESULT);
		let complaint = complain(&chain, &actors, &claims[0]);
		apply(&mut chain, complaint);
		apply(&mut chain, file(claims[1].committed(before, &genesis)));
		let revealed = revealed(genesis, &claims, [now, before]);
		for said in &revealed {
			apply(&mut chain, file(said.clone()));
		}
		let proof = proof_by_former(&claims, &revealed);
		let settle = |former| {
			let mut proof = proof.clone();
			singles(&mut proof).former = former;
			Call::settle {
				agreement,
				first: window,
				proof,
			}
		};
		for former in [0, 0b1, 0b11] {
			let refused = chain.validate(general(settle(former)));
			assert!(code(&refused).is_some(), "{former}");
		}
		apply(&mut chain, settle(0b10));
		judge(&mut chain, agreement);
	}
	assert_eq!(settled(&mut chain, agreement), 3);
	let record = chain.read(|| {
		let record = pallet_registry::Intermediaries::<Runtime>::get(actors.intermediaries[1]);
		record.expect("it is registered")
	});
	assert_eq!((record.absences, record.lies), (0, 0));
}

/// What a member answers must be held against its author later: it is not heard until the last block in which it
/// counts.
#[test]
fn a_former_key_is_heard_for_a_third_of_the_time_for_which_it_counts() {
	let mut chain = Chain::new();
	let actors = Actors::register(&mut chain);
	let intermediary = actors.intermediaries[1];
	let from = chain.number() + 2;
	let now = rotate(&mut chain, &actors).public();
	let lookback = 90;
	let mut keys = |after: u32| {
		chain.read(|| {
			System::set_block_number(from + after);
			BestBlock(from + after, H256::zero()).keys(intermediary, lookback)
		})
	};
	let former = Some(actors.keys[1].public());
	for (after, former, is_recent) in [
		(0, former, true),
		(lookback / 3 - 1, former, true),
		(lookback / 3, former, false),
		(lookback - 1, former, false),
		(lookback, None, false),
	] {
		let expected = Keys {
			now,
			former,
			is_recent,
		};
		assert_eq!(keys(after), Some(expected), "{after}");
	}
}

/// It removes all joint keys in which its owner has a part at once.
#[test]
fn whoever_is_bound_to_as_many_agreements_as_can_be_finds_room_for_a_rotation() {
	type Rotation = <Runtime as pallet_registry::Config>::KeyRotation;
	let limits = <Runtime as frame_system::Config>::BlockWeights::get();
	let most = limits.get(DispatchClass::Normal).max_extrinsic;
	let most = most.expect("there is a limit").ref_time();
	let weight = Rotation::weight(MAX_AGREEMENTS).ref_time();
	assert!(weight > 0 && weight < most / 2, "{weight} of {most}");
}

#[test]
fn a_rotation_while_members_do_not_hear_each_other_loses_nothing() {
	let (mut network, actors, agreement) = working();
	let genesis = network.chain.genesis();
	let all: Vec<_> = (0..12)
		.map(|sequence| message(genesis, actors.lock, sequence))
		.collect();
	for member in &network.members {
		member.machine.receive(&all[..4]);
	}
	network.blocks(1);
	// They have committed to two windows when they are cut off, and to others meanwhile.
	network.sides = vec![0, 1];
	network.blocks(2);
	let fresh = rotate(&mut network.chain, &actors);
	network.members[1].machine.keys.push(fresh);
	for member in &network.members {
		member.machine.receive(&all[4..]);
	}
	network.blocks(12);
	network.sides = vec![0, 0];
	for _ in 0..60 {
		network.block();
		for event in network.chain.events() {
			let failed = matches!(
				event,
				RuntimeEvent::Disputes(
					pallet_disputes::Event::Absent { .. }
						| pallet_disputes::Event::Convicted { .. }
				)
			);
			assert!(!failed, "{event:?}");
		}
	}
	assert_eq!(settled(&mut network.chain, agreement), 6);
}
