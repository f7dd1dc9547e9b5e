//! Whoever rotates its key takes nothing back, and loses nothing.

use std::collections::BTreeSet;

use sp_core::{ed25519, sr25519, Pair, H256};
use syngraph_primitives::{Conviction, Role, Sequence, Statement, WindowIndex};
use syngraph_protocol::Proof;
use syngraph_runtime::{Runtime, RuntimeEvent};
use syngraph_test_kit::people::{ed25519_key, key_proof, sr25519_key};
use syngraph_tests::{
	actors::{account, agreement_terms, enter, proof},
	chain::general,
	Actors, Chain, Network,
};

use crate::cast::{
	apply, both, code, complain, file, judge, lock_key, message, message_of, settled, sign,
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

/// Settlements of windows by what is known of their sources now.
fn settlements(
	chain: &mut Chain,
	actors: &Actors,
	agreement: H256,
	windows: impl Iterator<Item = WindowIndex>,
) -> Vec<Call> {
	let settle = |window| Call::settle {
		agreement,
		window,
		proof: proof(chain, actors, agreement, window, 60),
	};
	windows.map(settle).collect()
}

/// How settlements are refused, if they are.
fn codes(chain: &mut Chain, calls: &[Call]) -> Vec<Option<u8>> {
	let refused = |call: &Call| code(&chain.validate(general(call.clone())));
	calls.iter().map(refused).collect()
}

const NOT_VALID: Option<u8> = Some(pallet_agreements::ValidityError::SensorRevoked as u8);
const OTHER_SOURCES: Option<u8> = Some(pallet_agreements::ValidityError::BadSignature as u8);

/// Whatever was computed, and agreed on, before the chain knew that number 8 was signed twice.
#[test]
fn nothing_after_a_number_that_was_signed_twice_is_paid_for() {
	let mut chain = Chain::new();
	let actors = Actors::register(&mut chain);
	let mut terms = agreement_terms(&chain, &actors);
	terms.limits.ends_at = chain.number() + 400;
	let agreement = enter(&mut chain, &actors, terms);
	let mut before = settlements(&mut chain, &actors, agreement, 3..18);
	let after = before.split_off(1);
	assert_eq!(codes(&mut chain, &after), [None; 14]);
	// What has settled stands.
	apply(&mut chain, after[7].clone());

	let call = accuse(&chain, &actors, &lock_key(), 8);
	apply(&mut chain, call);
	let mut expected = [NOT_VALID; 14];
	expected[7] = Some(pallet_agreements::ValidityError::AlreadyDecided as u8);
	assert_eq!(codes(&mut chain, &after), expected);
	// Nor is anything that is made of the same messages anew. What comes before the number settles.
	let anew = settlements(&mut chain, &actors, agreement, 12..18);
	assert_eq!(codes(&mut chain, &anew), [NOT_VALID; 6]);
	assert_eq!(codes(&mut chain, &before), [None]);

	// The new key counts from the middle on: nothing of what was computed before does, on either side.
	rotate_lock(&mut chain, &actors, 30);
	let anew = settlements(&mut chain, &actors, agreement, 12..18);
	assert_eq!(codes(&mut chain, &after[8..]), [OTHER_SOURCES; 6]);
	assert_eq!(codes(&mut chain, &anew), [None; 6]);
	assert_eq!(codes(&mut chain, &before), [None]);
	assert_eq!(settled(&mut chain, agreement), 1);
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
	let before = settlements(&mut chain, &actors, agreement, 10..18);
	assert_eq!(codes(&mut chain, &before), [None; 8]);
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
	// Window 12 begins with number 24.
	assert_eq!(codes(&mut chain, &before[..2]), [None; 2]);
	assert_eq!(codes(&mut chain, &before[2..]), [NOT_VALID; 6]);
	let anew = settlements(&mut chain, &actors, agreement, 12..18);
	assert_eq!(codes(&mut chain, &anew), [NOT_VALID; 6]);
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
	let windows = network.chain.read(|| {
		let all = pallet_agreements::Results::<Runtime>::iter_key_prefix(agreement);
		all.collect::<BTreeSet<_>>()
	});
	assert_eq!(windows, (0..4).chain(7..12).collect());
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
		let [ann, bob] = both(&mut chain, &actors, agreement, window, Some(60));
		let complaint = complain(&chain, &actors, window, &ann);
		apply(&mut chain, complaint);
		let commit = Statement::Commit(bob.commit.clone());
		apply(&mut chain, file(sign(genesis, before, commit), None));
		let revealed = [ann.revealed(genesis, now), bob.revealed(genesis, before)];
		for said in &revealed {
			apply(&mut chain, file(said.statement.clone(), said.settlement));
		}
		let signatures: Vec<_> = revealed.iter().flat_map(|said| said.settlement).collect();
		let proof = Proof {
			result: 60,
			root: ann.commit.root,
			secrets: vec![ann.reveal.secret, bob.reveal.secret]
				.try_into()
				.expect("two are allowed"),
			signatures: signatures.try_into().expect("two are allowed"),
			former: 0b10,
		};
		let settle = |former| Call::settle {
			agreement,
			window,
			proof: Proof {
				former,
				..proof.clone()
			},
		};
		for former in [0, 0b1, 0b11] {
			let refused = chain.validate(general(settle(former)));
			assert!(code(&refused).is_some(), "{former}");
		}
		apply(&mut chain, settle(0b10));
		judge(&mut chain, agreement, window);
	}
	assert_eq!(settled(&mut chain, agreement), 3);
	let record = chain.read(|| {
		let record = pallet_registry::Intermediaries::<Runtime>::get(actors.intermediaries[1]);
		record.expect("it is registered")
	});
	assert_eq!((record.absences, record.lies), (0, 0));
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
