//! Whoever rotates its key takes nothing back, and loses nothing.

use sp_core::{sr25519, Pair};
use syngraph_primitives::{KeyProof, Payload, Role, Statement};
use syngraph_protocol::Proof;
use syngraph_runtime::{Runtime, RuntimeEvent};
use syngraph_tests::{
	actors::{account, agreement_terms},
	chain::general,
	Actors, Chain, Network,
};

use crate::cast::{apply, both, code, complain, enter, file, judge, message, settled, sign};

type Call = pallet_agreements::Call<Runtime>;

/// The operator of the second member gives it a new key, good from the second block on from now.
fn rotate(chain: &mut Chain, actors: &Actors) -> sr25519::Pair {
	let fresh = sr25519::Pair::from_seed(&[77; 32]);
	let claim = KeyProof {
		role: Role::Intermediary,
		owner: account(&actors.operators[1]),
	};
	let call = pallet_registry::Call::<Runtime>::rotate_intermediary_key {
		intermediary: actors.intermediaries[1],
		from_block: chain.number() + 2,
		key: fresh.public(),
		proof: fresh.sign(&claim.signing_bytes(&chain.genesis())),
	};
	chain
		.call(&actors.operators[1], call)
		.expect("it is its own");
	fresh
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
	let mut chain = Chain::new();
	let actors = Actors::register(&mut chain);
	let genesis = chain.genesis();
	let mut terms = agreement_terms(&chain, &actors);
	terms.limits.ends_at = chain.number() + 1_000;
	let agreement = enter(&mut chain, &actors, terms);
	let members = actors.intermediaries.into_iter().zip(actors.keys.clone());
	let mut network = Network::new(chain, &members.collect::<Vec<_>>());
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
