//! `challenge`: a member copied what it committed to.

use frame_support::assert_noop;
use sp_core::H256;
use sp_runtime::DispatchError;
use syngraph_protocol::{Challenge, Fault, Stage};

use super::{judge::convicted, *};
use crate::Event;

/// Bob copied the root of the window that tests are about, and all have committed.
fn committed() -> [Stance; 3] {
	let [ann, bob, cid] = all_honest();
	let all = [ann, bob.copying(), cid];
	open_complaint();
	for stance in &all[1..] {
		assert_applied(file(&stance.commit()));
	}
	all
}

const OPENING: Stage = Stage::Opening {
	kind: Kind::Digests,
	level: Level::Leaves { block: 0 },
};

#[test]
fn who_copied_a_root_is_convicted_and_pays() {
	run(|| {
		let all = committed();
		// As far as anybody can see who has not got the windows, it committed to what the others did.
		assert_eq!(waits_for().0, Stage::Reveals);
		wait(2);
		let before = spent();
		let fee = applied(challenge(all[0], BOB));
		assert_eq!(spent(), before + fee);
		assert_eq!(waits_for(), (OPENING, START + 2 + ANSWER));
		System::assert_has_event(
			Event::Challenged {
				agreement: AGREEMENT,
				first: FIRST,
				intermediary: ANN,
				accused: BOB,
			}
			.into(),
		);
		narrow(&all);
		assert_eq!(waits_for().0, evidence(Kind::Digests));
		show_all(all[0]);
		// Only one window has that root: no other can be shown.
		let cost = spent() + applied(judge());
		assert_eq!(convicted(), [(BOB, Fault::FalsePossession)]);
		assert_eq!(borne(), [(Entity::Intermediary(BOB), cost)]);
		assert_all_gone();
	});
}

#[test]
fn who_challenges_must_bear_it_out() {
	run(|| {
		let all = committed();
		assert_applied(challenge(all[0], BOB));
		assert_applied(lay_open(
			0,
			all[0].hashes(Kind::Digests, Level::Leaves { block: 0 }),
		));
		// Bob has nothing to open that it would not be convicted by.
		miss_deadline();
		assert_applied(judge());
		assert_eq!(closed().absent, [BOB]);
	});
	run(|| {
		let all = committed();
		assert_applied(challenge(all[0], BOB));
		narrow(&all);
		miss_deadline();
		assert_applied(judge());
		assert_eq!(closed().absent, [ANN, BOB]);
	});
}

#[test]
fn who_challenges_with_what_it_made_up_is_the_one_who_is_convicted() {
	run(|| {
		let [ann, bob, cid] = all_honest();
		let all = [ann, bob.copying(), cid];
		open_complaint();
		for stance in &all[1..] {
			assert_applied(file(&stance.commit()));
		}
		assert_applied(challenge(all[1], ANN));
		narrow(&all);
		show_all(ann);
		assert_applied(judge());
		assert_eq!(convicted(), [(BOB, Fault::FalsePossession)]);
	});
}

#[test]
fn nobody_is_challenged_for_nothing() {
	run(|| {
		let ann = honest(ANN);
		assert_refused(challenge(ann, BOB), ValidityError::NotOpen);
		let all = committed();
		let changed = |change: fn(&mut Challenge)| {
			let mut other = challenging(all[0], BOB);
			change(&mut other);
			challenge_by(&pair(ANN), other)
		};
		for (change, error) in [
			(
				(|it| it.span.round.agreement = H256::zero()) as fn(&mut Challenge),
				ValidityError::NotOpen,
			),
			(|it| it.span.round.first += 1, ValidityError::OtherRound),
			(
				|it| it.span.round.version.changes += 1,
				ValidityError::OtherVersion,
			),
			(|it| it.span.attempt = 1, ValidityError::OtherAttempt),
			(|it| it.accused = CID, ValidityError::NoConflict),
			(|it| it.accused = EVE, ValidityError::NotIntermediary),
			(|it| it.digests = H256::zero(), ValidityError::NoConflict),
		] {
			assert_refused(changed(change), error);
		}
		let forged = challenge_by(&pair(CID), challenging(all[0], BOB));
		assert_refused(forged, ValidityError::BadSignature);
		miss_deadline();
		assert_refused(challenge(all[0], BOB), ValidityError::TooLate);
	});
}

#[test]
fn it_is_heard_between_commitments_and_what_two_differ_in() {
	run(|| {
		open_complaint();
		let bob = honest(BOB).copying();
		assert_applied(file(&bob.commit()));
		let call = challenge(honest(ANN), BOB);
		assert_refused(call, ValidityError::NotAwaited);
	});
	run(|| {
		let all = committed();
		assert_applied(challenge(all[0], BOB));
		assert_refused(challenge(all[2], BOB), ValidityError::NotAwaited);
	});
	run(|| {
		let all = committed();
		let call = challenge(all[0], BOB);
		settle();
		assert_refused(call, ValidityError::Settled);
	});
}

#[test]
fn only_an_authorised_transaction_challenges() {
	run(|| {
		let all = committed();
		let challenge = challenging(all[0], BOB);
		assert_noop!(
			Disputes::challenge(RuntimeOrigin::signed(1), challenge, Default::default()),
			DispatchError::BadOrigin
		);
	});
}
