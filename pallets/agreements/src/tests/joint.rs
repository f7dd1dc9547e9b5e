use frame_support::{assert_ok, assert_storage_noop};
use sp_core::{ed25519, Pair};
use syngraph_primitives::{Agreements as _, Closing, ResultValue};
use syngraph_protocol::{Assents, Proof};
use syngraph_test_kit::people::ed25519_key;

use crate::{mock::*, ValidityError};

/// The key in force.
fn key() -> Option<ed25519::Public> {
	Agreements::joint_key(&id())
}

/// Brings an agreement into force, and with its first round a joint key.
fn active() {
	let id = activate(&terms());
	let proof = renewing(&joint_key());
	assert_ok!(settle(id, 0, proof));
	assert_eq!(key(), Some(joint_key().public()));
}

/// The next round of one window, by which all members bring this key into force.
fn renewing(key: &ed25519::Pair) -> Proof {
	let stored = agreement();
	let (roster, first) = (&stored.roster, stored.progress.base);
	let key = Some(key.public());
	proof_for(
		key,
		roster.number,
		&roster.members,
		&id(),
		first,
		&[Some(5)],
	)
}

/// The next round, signed by this key.
fn jointly(key: &ed25519::Pair, all: &[Option<ResultValue>]) -> Proof {
	let stored = agreement();
	joint_proof(key, stored.roster.number, &id(), stored.progress.base, all)
}

#[track_caller]
fn is_refused(proof: Proof, error: ValidityError) {
	let first = agreement().progress.base;
	assert_storage_noop!(assert_eq!(settle(id(), first, proof), refused(error)));
}

#[test]
fn one_signature_settles_for_less() {
	run(|| {
		active();
		let before = agreement();
		let all = [Some(5), None, Some(30)];
		assert_ok!(settle(id(), 1, jointly(&joint_key(), &all)));
		let after = agreement();
		assert_eq!((after.progress.base, after.progress.rounds), (4, 2));
		let prices = prices(&terms());
		let fees = after.accrued.fees - before.accrued.fees;
		assert_eq!(fees, prices.joint + further(&prices, 2));
		assert!(prices.joint < prices.settlement);
		assert_eq!(key(), Some(joint_key().public()), "it stays");
	});
}

/// Whichever of the two costs more, by the weights of the day: what is authorised must not fail for want of money.
#[test]
fn the_escrows_cover_a_round_however_it_is_signed() {
	run(|| {
		active();
		let usual = agreement().prices.joint;
		let costs = |price: u64| {
			crate::Agreements::<Test>::mutate(id(), |agreement| {
				agreement.as_mut().unwrap().prices.joint = price;
			});
		};
		costs(2 * ESCROW);
		is_refused(
			jointly(&joint_key(), &[Some(5)]),
			ValidityError::EscrowExhausted,
		);
		costs(usual);
		assert_ok!(settle(id(), 1, jointly(&joint_key(), &[Some(5)])));
	});
}

#[test]
fn it_is_the_signature_of_the_key_over_all_that_is_settled() {
	run(|| {
		active();
		let bad = ValidityError::BadJointSignature;
		let good = || jointly(&joint_key(), &[Some(5)]);
		for spoil in [
			|it: &mut Proof| it.attempt = 1,
			|it: &mut Proof| it.outcomes = outcomes(&[Some(6)]),
			|it: &mut Proof| it.data_root = Default::default(),
			|it: &mut Proof| it.blindings[1] = [0; 12],
			|it: &mut Proof| it.assents = Assents::Joint(Default::default()),
		] {
			let mut spoilt = good();
			spoil(&mut spoilt);
			is_refused(spoilt, bad);
		}
		let mut short = good();
		short.blindings.pop();
		is_refused(short, ValidityError::WrongCount);
		is_refused(jointly(&ed25519_key(1), &[Some(5)]), bad);
		let stale = joint_proof(&joint_key(), 1, &id(), 1, &[Some(5)]);
		is_refused(stale, bad);
		assert_ok!(settle(id(), 1, good()));
	});
}

#[test]
fn a_key_comes_into_force_if_all_have_signed_that() {
	run(|| {
		let id = activate(&terms());
		is_refused(jointly(&joint_key(), &[Some(5)]), ValidityError::NoJointKey);
		let mut smuggled = proof(&id, 0, 5);
		singles(&mut smuggled).key = Some(joint_key().public());
		is_refused(smuggled, ValidityError::BadSignature);
		let mut left_out = renewing(&joint_key());
		singles(&mut left_out).key = None;
		is_refused(left_out, ValidityError::BadSignature);
		assert_ok!(settle(id, 0, proof(&id, 0, 5)));
		assert_eq!(key(), None);
		assert_ok!(settle(id, 1, renewing(&joint_key())));
		assert_eq!(key(), Some(joint_key().public()));
		// Another one takes its place.
		let other = ed25519_key(1);
		assert_ok!(settle(id, 2, renewing(&other)));
		is_refused(
			jointly(&joint_key(), &[Some(5)]),
			ValidityError::BadJointSignature,
		);
		assert_ok!(settle(id, 3, jointly(&other, &[Some(5)])));
		// Who signs by itself and asks for nothing leaves it as it is.
		assert_ok!(settle(id, 4, proof(&id, 4, 5)));
		assert_eq!(key(), Some(other.public()));
	});
}

#[test]
fn a_key_falls_with_the_roster() {
	run(|| {
		active();
		assert_ok!(Agreements::open_dispute(&id()));
		let before = jointly(&joint_key(), &[Some(5)]);
		assert_ok!(Agreements::close_dispute(&id(), &closing()));
		assert_eq!((agreement().roster.number, key()), (1, None));
		is_refused(before, ValidityError::NoJointKey);
		is_refused(jointly(&joint_key(), &[Some(5)]), ValidityError::NoJointKey);
		assert_ok!(settle(id(), 1, renewing(&joint_key())));
		assert_eq!(key(), Some(joint_key().public()));
		assert_ok!(Agreements::open_dispute(&id()));
		let closing = Closing {
			absent: vec![INTERMEDIARIES[0]],
			..closing()
		};
		assert_ok!(Agreements::close_dispute(&id(), &closing));
		assert_eq!(key(), None);
	});
}

#[test]
fn a_key_falls_with_the_key_of_a_member() {
	run(|| {
		active();
		Agreements::drop_joint_keys_of(99);
		assert_eq!(key(), Some(joint_key().public()), "of somebody else");
		Agreements::drop_joint_keys_of(INTERMEDIARIES[2]);
		assert_eq!(key(), None);
		is_refused(jointly(&joint_key(), &[Some(5)]), ValidityError::NoJointKey);
	});
}

/// Otherwise a thief could ask for a joint key by the key that it stole, and would be part of it long after that one
/// has ceased to count: nobody looks at members' keys when a round is signed jointly.
#[test]
fn no_key_comes_into_force_in_which_a_key_has_a_part_that_is_replaced() {
	run(|| {
		let id = activate(&terms());
		let (member, fresh) = (INTERMEDIARIES[2], intermediary_key(99).public());
		let own = intermediary_key(member).public();
		MockDirectory::set_keys(member, &[fresh, own]);
		let mut lately = renewing(&joint_key());
		singles(&mut lately).former = 0b100;
		assert_ok!(settle(id, 0, lately));
		assert_eq!(key(), None, "it was replaced");
		MockDirectory::set_keys(member, &[own]);
		assert_ok!(settle(id, 1, renewing(&joint_key())));
		assert_eq!(key(), Some(joint_key().public()));
		// As the registry has it done when another key is announced.
		Agreements::drop_joint_keys_of(member);
		MockDirectory::announce(member, System::block_number() + 5, &fresh);
		assert_ok!(settle(id, 2, renewing(&joint_key())));
		assert_eq!(key(), None, "it is about to be");
	});
}

#[test]
fn a_key_falls_with_the_agreement() {
	run(|| {
		active();
		for user in [alice(), bob()] {
			assert_ok!(Agreements::consent_to_end(origin(user), id()));
		}
		at_block(System::block_number() + ANSWER + 1);
		assert_ok!(Agreements::close(origin(charlie()), id()));
		assert_eq!(key(), None);
	});
}
