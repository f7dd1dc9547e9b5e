//! `report`: what is accepted, what it leaves behind, and what is refused.

use frame_support::assert_noop;
use frame_system::RawOrigin;
use sp_core::{Pair, H256};
use sp_runtime::DispatchError;
use syngraph_primitives::{KeyHistory, SourceVersion};
use syngraph_protocol::{Conflict, Fault, Stage};

use super::*;
use crate::{Cause, Error, Event};

/// The trees of two that committed to different data are opened.
const OPENING: Stage = Stage::Opening {
	kind: Kind::Data,
	level: Level::Leaves { block: 0 },
};

#[track_caller]
fn assert_opens(left: &Utterance, right: &Utterance, conflict: Conflict, stage: Stage) {
	externalities().execute_with(|| {
		assert_applied(report(left, right));
		let authors = [left.author(), right.author()];
		let cause = Cause::Conflict { conflict, authors };
		assert_eq!(dispute().unwrap().cause, cause);
		assert_eq!(waits_for(), (stage, START + ANSWER));
		Disputes::do_try_state().unwrap();
	});
}

#[test]
fn a_conflict_opens_a_dispute() {
	run(|| {
		let (left, right) = inputs();
		assert_applied(report(&left, &right));
		let docket = docket();
		assert_eq!((docket.opened, docket.round()), (START, round()));
		assert_eq!(docket.testimonies[0].said, Some(left));
		assert_eq!(docket.testimonies[1].said, Some(right));
		assert!(read(|books| books.disputed));
		System::assert_has_event(
			Event::Opened {
				agreement: AGREEMENT,
				first: FIRST,
				cause: Cause::Conflict {
					conflict: Conflict::InputMismatch,
					authors: [ANN, BOB],
				},
				stage: OPENING,
				deadline: START + ANSWER,
			}
			.into(),
		);
	});
}

#[test]
fn every_sort_of_conflict_opens_a_dispute() {
	externalities().execute_with(|| {
		let all = all_honest();
		let [ann, bob, _] = all;
		let (left, right) = inputs();
		assert_opens(&left, &right, Conflict::InputMismatch, OPENING);
		let liar = bob.claiming(Some(7));
		let (left, right) = (ann.reveal(&all), liar.reveal(&all));
		// What was revealed is known once all have committed.
		let commitments = Stage::Commitments;
		assert_opens(&left, &right, Conflict::ResultMismatch, commitments);
		let other = bob.reveal(&[bob, ann]);

		let author = BOB;
		let equivocation = Conflict::Equivocation { author };
		assert_opens(&bob.commit(), &liar.commit(), equivocation, commitments);
		assert_opens(&bob.reveal(&all), &other, equivocation, commitments);
		assert_opens(
			&bob.commit(),
			&bob.until(9).commit(),
			equivocation,
			commitments,
		);
	});
}

#[test]
fn a_report_is_paid_when_the_dispute_closes() {
	run(|| {
		let (left, right) = inputs();
		let fee = applied(report(&left, &right));
		assert_eq!(spent(), fee);
		// Until then, what the dispute can cost is set aside for each user.
		let reserve = reserve();
		assert_eq!(read(|books| books.escrows.clone()), [ESCROW - reserve; 3]);
		assert_eq!(read(|books| (books.reserved, books.fees)), (reserve, 0));
	});
}

#[test]
fn who_contradicts_itself_is_judged_at_once() {
	run(|| {
		let (left, right) = equivocation(BOB);
		assert_applied(report(&left, &right));
		assert_eq!(docket().testimonies[1].fault, Some(Fault::Equivocation));
		// It may have told others what is not on file: nobody can be held to anything.
		assert_applied(judge());
		let closed = closed();
		assert_eq!((closed.convicted, closed.absent), (vec![BOB], vec![]));
		assert_all_gone();
	});
}

#[test]
fn a_member_is_reported_once() {
	run(|| {
		let (left, right) = equivocation(BOB);
		assert_applied(report(&left, &right));
		assert_refused(report(&right, &left), ValidityError::NothingNew);
		let other = honest(BOB).claiming(None).commit();
		assert_refused(report(&left, &other), ValidityError::NothingNew);
	});
}

#[test]
fn utterances_without_conflict_are_refused() {
	run(|| {
		let all = all_honest();
		let [ann, bob, _] = all;
		for (left, right) in [
			(ann.commit(), ann.commit()),
			(ann.commit(), bob.commit()),
			(ann.commit(), bob.claiming(None).reveal(&all)),
			(ann.reveal(&all), bob.reveal(&all)),
			// What each has heard is the doing of whoever told them different things.
			(ann.reveal(&all), bob.reveal(&[bob, ann])),
			(ann.commit(), ann.reveal(&all)),
			// Ranges that end elsewhere are no contradiction.
			(ann.commit(), bob.seeing(2).until(9).commit()),
		] {
			assert_refused(report(&left, &right), ValidityError::NoConflict);
		}
		let one = ann.commit();
		let again = ann.commit();
		assert_ne!(one.commit.signature, again.commit.signature);
		assert_refused(report(&one, &again), ValidityError::NoConflict);
	});
}

#[test]
fn utterances_of_elsewhere_are_refused() {
	run(|| {
		let (ann, bob) = (honest(ANN), honest(BOB).seeing(2));
		let changes: [fn(&mut syngraph_primitives::Span); 4] = [
			|span| span.round.agreement = H256::repeat_byte(8),
			|span| span.round.first -= 1,
			|span| span.round.roster = ROSTER - 1,
			|span| span.attempt = 1,
		];
		for change in changes {
			let right = bob.spanning(change).commit();
			assert_refused(report(&ann.commit(), &right), ValidityError::NoConflict);
		}
		let refused = |change: fn(&mut syngraph_primitives::Span), error| {
			let both = [ann, bob].map(|stance| stance.spanning(change).commit());
			assert_refused(report(&both[0], &both[1]), error);
		};
		let [elsewhere, earlier, old, _] = changes;
		refused(elsewhere, ValidityError::NotIntermediary);
		refused(earlier, ValidityError::CannotOpen);
		refused(old, ValidityError::OtherRound);
		// What is to come has to wait.
		refused(|span| span.round.first += 1, ValidityError::OtherRound);
	});
}

#[test]
fn who_contradicts_itself_does_so_about_any_round_that_is_not_decided() {
	let contradict = |change: fn(&mut syngraph_primitives::Span)| {
		let (left, right) = contradiction(honest(BOB).spanning(change));
		report(&left, &right)
	};
	run(|| {
		let far = contradict(|span| {
			span.round.first = u64::MAX / 8;
			span.end = span.round.first + 2;
		});
		assert_applied(far);
		assert_eq!(docket().first, FIRST);
		// What it said about another round is not taken for what it said about this one.
		assert_eq!(docket().commitment(1), None);
	});
	run(|| {
		let decided = contradict(|span| span.round.first = FIRST - 1);
		assert_refused(decided, ValidityError::CannotOpen);
		let of_old_roster = contradict(|span| span.round.roster = ROSTER - 1);
		assert_refused(of_old_roster, ValidityError::OtherRound);
		// Whatever was known of the sensors.
		let otherwise = contradict(|span| span.round.version = SourceVersion::bare(9));
		assert_applied(otherwise);
	});
}

#[test]
fn strangers_are_refused() {
	run(|| {
		let eve = honest(EVE).seeing(2).commit();
		let call = report(&honest(ANN).commit(), &eve);
		assert_refused(call, ValidityError::NotIntermediary);
		let (left, right) = equivocation(EVE);
		assert_refused(report(&left, &right), ValidityError::NotIntermediary);
	});
}

#[test]
fn utterances_must_be_sound() {
	run(|| {
		let all = all_honest();
		let mut unopened = all[1].claiming(Some(9)).reveal(&all);
		unopened.reveal.as_mut().unwrap().secret = [9; 32];
		let call = report(&all[0].reveal(&all), &unopened);
		assert_refused(call, ValidityError::Malformed);
		// Nor is anything heard of more windows than a round has, whoever said it.
		let (ann, bob) = (all[0], all[1]);
		let both = |windows, left: Stance, right: Stance| {
			let [left, right] = [left, right].map(|stance| committed_to(stance, windows));
			report(&left, &right)
		};
		for [left, right] in [[ann, bob.seeing(2)], [bob, bob.sealing(99)]] {
			let call = both(LONGEST + 1, left, right);
			assert_refused(call, ValidityError::Malformed);
		}
		assert_applied(both(LONGEST, bob, bob.sealing(99)));
	});
}

#[test]
fn an_agreement_that_cannot_be_disputed_is_refused() {
	let cannot = |change: fn(&mut MockState)| {
		run(|| {
			alter(change);
			let (left, right) = inputs();
			assert_refused(report(&left, &right), ValidityError::CannotOpen);
			let (left, right) = equivocation(BOB);
			assert_refused(report(&left, &right), ValidityError::CannotOpen);
		})
	};
	cannot(|books| books.ended = true);
	cannot(|books| books.escrows[2] = 1_000);
	run(|| {
		let (left, right) = inputs();
		settle();
		assert_refused(report(&left, &right), ValidityError::CannotOpen);
	});
	run(|| {
		System::set_block_number(START - 1);
		for (left, right) in [inputs(), equivocation(BOB)] {
			assert_refused(report(&left, &right), ValidityError::CannotOpen);
		}
		wait(1);
		let (left, right) = equivocation(BOB);
		assert_applied(report(&left, &right));
	});
}

#[test]
fn what_is_said_of_another_version_contradicts_nothing_of_this_one() {
	run(|| {
		let now = version();
		let (later, forked) = (
			SourceVersion {
				changes: now.changes + 1,
				..now
			},
			SourceVersion {
				facts: H256::repeat_byte(1),
				..now
			},
		);
		let of = |versions: [SourceVersion; 2]| {
			let stances = [honest(ANN), honest(BOB).seeing(2)];
			let [left, right] = [0, 1].map(|index| {
				let with = |span: &mut syngraph_primitives::Span| {
					span.round.version = versions[index];
				};
				stances[index].spanning(with).commit()
			});
			report(&left, &right)
		};
		assert_refused(of([now, later]), ValidityError::NoConflict);
		assert_refused(of([later; 2]), ValidityError::OtherVersion);
		assert_refused(of([now, forked]), ValidityError::NoConflict);
		assert_refused(of([forked; 2]), ValidityError::OtherVersion);
		assert_applied(of([now; 2]));
	});
}

#[test]
fn the_deadline_is_the_last_block_for_a_report() {
	run(|| {
		open_complaint();
		let (left, right) = equivocation(BOB);
		miss_deadline();
		assert_refused(report(&left, &right), ValidityError::TooLate);
		System::set_block_number(docket().deadline);
		assert_applied(report(&left, &right));
	});
}

#[test]
fn signatures_must_be_the_authors_for_this_chain() {
	run(|| {
		let (left, right) = inputs();
		let signed_by = |signer, genesis| {
			let mut other = right.clone();
			other.commit.signature = sign(&pair(signer), &genesis, right.commitment());
			other
		};
		let forged = signed_by(EVE, genesis());
		assert_refused(report(&left, &forged), ValidityError::BadSignature);
		assert_refused(report(&forged, &left), ValidityError::BadSignature);
		let elsewhere = signed_by(BOB, H256::zero());
		assert_refused(report(&left, &elsewhere), ValidityError::BadSignature);
		let mut copied = right.clone();
		copied.commit.signature = left.commit.signature;
		assert_refused(report(&left, &copied), ValidityError::BadSignature);
	});
}

#[test]
fn an_author_without_a_key_is_refused() {
	run(|| {
		alter(|books| books.keys.remove(&BOB));
		let (left, right) = inputs();
		assert_refused(report(&left, &right), ValidityError::UnknownKey);
	});
}

#[test]
fn nobody_escapes_by_rotating_its_key() {
	let rotated = |at: u64| {
		alter(|books| {
			let mut keys = KeyHistory::new(0, 0, pair(BOB).public());
			keys.rotate(at, at, pair(EVE).public()).unwrap();
			books.keys.insert(BOB, keys)
		})
	};
	run(|| {
		// The last block in which the key was valid is the first that counts.
		rotated(START - LOOKBACK + 1);
		let (left, right) = inputs();
		assert_applied(report(&left, &right));
	});
	run(|| {
		rotated(START - LOOKBACK);
		let (left, right) = inputs();
		assert_refused(report(&left, &right), ValidityError::BadSignature);
	});
}

#[test]
fn only_an_authorised_transaction_reports() {
	run(|| {
		let (left, right) = inputs();
		let dispatch = |origin, left: &Utterance, right: &Utterance| {
			Disputes::report(origin, Box::new(left.clone()), Box::new(right.clone()))
		};
		for origin in [
			RuntimeOrigin::signed(1),
			RuntimeOrigin::none(),
			RuntimeOrigin::root(),
		] {
			assert_noop!(dispatch(origin, &left, &right), DispatchError::BadOrigin);
		}
		let authorised = RuntimeOrigin::from(RawOrigin::Authorized);
		assert_noop!(dispatch(authorised, &left, &left), Error::<Test>::Refused);
	});
}

#[test]
fn each_refusal_has_a_code_of_its_own() {
	let codes = [
		ValidityError::NoConflict,
		ValidityError::NotIntermediary,
		ValidityError::CannotOpen,
		ValidityError::UnknownKey,
		ValidityError::BadSignature,
		ValidityError::NotOpen,
		ValidityError::AlreadyOpen,
		ValidityError::OtherRound,
		ValidityError::NothingNew,
		ValidityError::TooLate,
		ValidityError::Settled,
		ValidityError::Malformed,
		ValidityError::WrongHeads,
		ValidityError::NothingToShow,
		ValidityError::WrongPosition,
		ValidityError::WrongMessages,
		ValidityError::WrongRoot,
		ValidityError::NotRipe,
		ValidityError::NotValid,
		ValidityError::CannotPay,
		ValidityError::OtherVersion,
		ValidityError::NothingToLack,
		ValidityError::Misled,
		ValidityError::OtherAttempt,
		ValidityError::NotAwaited,
		ValidityError::WrongSet,
		ValidityError::WrongHashes,
	]
	.map(|error| error as u8);
	// Some are not used any more.
	let unused = [107, 112, 119, 123, 126];
	let all: Vec<u8> = (100..132).filter(|code| !unused.contains(code)).collect();
	assert_eq!(codes.to_vec(), all);
}
