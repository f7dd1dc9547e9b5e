//! `report`: what is accepted, what it leaves behind, and what is refused.

use frame_support::assert_noop;
use frame_system::RawOrigin;
use sp_core::{Pair, H256};
use sp_runtime::DispatchError;
use syngraph_primitives::{KeyHistory, SignedStatement, SourceVersion, Statement};
use syngraph_protocol::{Conflict, Fault, Stage};

use super::*;
use crate::{Cause, Error, Event};

#[track_caller]
fn assert_opens(left: &SignedStatement, right: &SignedStatement, conflict: Conflict) {
	externalities().execute_with(|| {
		assert_applied(report(left, right));
		assert_eq!(dispute().unwrap().cause, Cause::Conflict(conflict));
		assert_eq!(waits_for(), (Stage::Evidence, START + ANSWER));
		Disputes::do_try_state().unwrap();
	});
}

#[test]
fn a_conflict_opens_a_dispute_and_freezes_the_window() {
	run(|| {
		let (left, right) = inputs();
		assert_applied(report(&left, &right));
		let docket = docket();
		assert_eq!((docket.opened, docket.roster.number), (START, ROSTER));
		assert_eq!(docket.testimonies[0].said.commit, Some(left));
		assert_eq!(docket.testimonies[1].said.commit, Some(right));
		assert_eq!(read(|books| books.open), Some((WINDOW, true)));
		System::assert_has_event(
			Event::Opened {
				agreement: AGREEMENT,
				window: WINDOW,
				cause: Cause::Conflict(Conflict::InputMismatch),
				stage: Stage::Evidence,
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
		let reveal = |stance: Stance, all: &[Stance]| stance.revealed(all).statement;
		let (left, right) = inputs();
		assert_opens(&left, &right, Conflict::InputMismatch);
		let liar = bob.claiming(Some(7));
		let (left, right) = (reveal(ann, &all), reveal(liar, &all));
		assert_opens(&left, &right, Conflict::ResultMismatch);
		let other = reveal(bob, &[bob, ann]);
		assert_opens(&left, &other, Conflict::CommitmentMismatch);

		let author = BOB;
		let equivocation = Conflict::Equivocation { author };
		assert_opens(&bob.commit(), &liar.commit(), equivocation);
		assert_opens(&reveal(bob, &all), &other, equivocation);
		assert_opens(&reveal(bob, &all), &liar.assent(&all), equivocation);
		assert_opens(&bob.commit(), &bob.seeing(2).assent(&all), equivocation);
		let false_reveal = Conflict::FalseReveal { author };
		assert_opens(&bob.commit(), &right, false_reveal);
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
fn an_open_dispute_learns_that_a_member_contradicts_itself() {
	run(|| {
		open_complaint();
		let complaint = spent();
		wait(3);
		let (left, right) = equivocation(CID);
		let first = applied(report(&left, &right));
		assert_eq!(docket().testimonies[2].fault, Some(Fault::Equivocation));
		assert_eq!(waits_for(), (Stage::Evidence, START + 3 + ANSWER));
		assert_eq!(
			read(|books| books.open),
			Some((WINDOW, true)),
			"it is frozen now"
		);
		let (left, right) = equivocation(BOB);
		wait(1);
		let second = applied(report(&left, &right));
		assert_eq!(waits_for(), (Stage::Evidence, START + 3 + ANSWER));
		assert_eq!(spent(), complaint + first + second);
	});
}

#[test]
fn a_member_is_reported_once() {
	run(|| {
		let (left, right) = equivocation(BOB);
		assert_applied(report(&left, &right));
		assert_refused(report(&right, &left), ValidityError::NothingNew);
		let all = all_honest();
		let other = honest(BOB).claiming(None).revealed(&all).statement;
		assert_refused(report(&left, &other), ValidityError::NothingNew);
	});
}

#[test]
fn what_several_say_is_filed_once_a_dispute_is_open() {
	run(|| {
		let (left, right) = inputs();
		assert_applied(report(&left, &right));
		let third = honest(CID).seeing(5).commit();
		assert_refused(report(&left, &third), ValidityError::AlreadyOpen);
		assert_refused(report(&left, &right), ValidityError::AlreadyOpen);
	});
}

#[test]
fn statements_without_conflict_are_refused() {
	run(|| {
		let all = all_honest();
		let [ann, bob, _] = all;
		for (left, right) in [
			(ann.commit(), ann.commit()),
			(ann.commit(), bob.commit()),
			(ann.commit(), bob.claiming(None).revealed(&all).statement),
			(ann.revealed(&all).statement, bob.revealed(&all).statement),
			(ann.commit(), ann.revealed(&all).statement),
			(ann.revealed(&all).statement, ann.assent(&all)),
			(ann.assent(&all), bob.seeing(2).assent(&all)),
		] {
			assert_refused(report(&left, &right), ValidityError::NoConflict);
		}
		let one = ann.commit();
		let again = ann.commit();
		assert_ne!(one.signature, again.signature);
		assert_refused(report(&one, &again), ValidityError::NoConflict);
	});
}

/// A commitment of Bob's to another window, changed.
fn changed(change: impl Fn(&mut syngraph_primitives::Commitment)) -> SignedStatement {
	let mut commitment = honest(BOB).seeing(2).commitment();
	change(&mut commitment);
	signed(Statement::Commit(commitment))
}

#[test]
fn statements_of_elsewhere_are_refused() {
	run(|| {
		let (left, _) = inputs();
		for right in [
			changed(|commitment| commitment.agreement = H256::repeat_byte(8)),
			changed(|commitment| commitment.window = WINDOW + 1),
			changed(|commitment| commitment.roster = ROSTER - 1),
		] {
			assert_refused(report(&left, &right), ValidityError::NoConflict);
		}
		let elsewhere = |author, level: i64| {
			let mut commitment = honest(author).seeing(level).commitment();
			commitment.agreement = H256::repeat_byte(8);
			signed(Statement::Commit(commitment))
		};
		let call = report(&elsewhere(ANN, 1), &elsewhere(BOB, 2));
		assert_refused(call, ValidityError::NotIntermediary);
		let old = |author, level: i64| {
			let mut commitment = honest(author).seeing(level).commitment();
			commitment.roster = ROSTER - 1;
			signed(Statement::Commit(commitment))
		};
		let call = report(&old(ANN, 1), &old(BOB, 2));
		assert_refused(call, ValidityError::OtherRound);
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
fn a_window_that_cannot_be_disputed_is_refused() {
	let cannot = |change: fn(&mut MockState)| {
		run(|| {
			alter(change);
			let (left, right) = inputs();
			assert_refused(report(&left, &right), ValidityError::CannotOpen);
		})
	};
	cannot(|books| books.ended = true);
	cannot(|books| books.escrows[2] = 1_000);
	cannot(|books| books.base = WINDOW + 1);
	cannot(|books| {
		books.frozen.insert(WINDOW);
	});
	cannot(|books| {
		books.settled.insert(WINDOW);
	});
}

#[test]
fn only_windows_within_reach_are_disputed() {
	run(|| {
		let reach = syngraph_primitives::PROGRESS_REACH;
		let of = |window| {
			let [ann, bob, _] = all_honest();
			report(&commit_to(ann, window), &commit_to(bob.seeing(2), window))
		};
		for window in [reach, u64::MAX / 8] {
			assert_refused(of(window), ValidityError::CannotOpen);
			// Nor by what one member alone said.
			let alone = [1, 2].map(|level| commit_to(honest(BOB).seeing(level), window));
			assert_refused(report(&alone[0], &alone[1]), ValidityError::CannotOpen);
		}
		assert_applied(of(reach - 1));
	});
}

#[test]
fn what_is_said_of_another_version_contradicts_nothing_of_this_one() {
	run(|| {
		let of = |versions: [SourceVersion; 2]| {
			let stances = [honest(ANN), honest(BOB).seeing(2)];
			let [left, right] = [0, 1].map(|index| {
				let mut commitment = stances[index].commitment();
				commitment.version = versions[index];
				signed(Statement::Commit(commitment))
			});
			report(&left, &right)
		};
		assert_refused(of([VERSION, LATER]), ValidityError::NoConflict);
		assert_refused(of([LATER; 2]), ValidityError::OtherVersion);
		assert_refused(of([VERSION, FORKED]), ValidityError::NoConflict);
		assert_refused(of([FORKED; 2]), ValidityError::OtherVersion);
		assert_applied(of([VERSION; 2]));
	});
}

#[test]
fn a_window_with_messages_that_are_not_valid_any_more_is_not_disputed() {
	run(|| {
		let (left, right) = inputs();
		// The last of its messages.
		alter(|books| {
			let keys = books.sensors.get_mut(&SENSORS[1]).unwrap();
			keys.revoke(12 + 3 * WINDOW, START).unwrap();
		});
		assert_refused(report(&left, &right), ValidityError::CannotOpen);
	});
}

#[test]
fn nothing_is_proven_about_a_window_that_settled() {
	run(|| {
		open_complaint();
		alter(|books| books.settled.insert(WINDOW));
		let (left, right) = equivocation(BOB);
		assert_refused(report(&left, &right), ValidityError::Settled);
	});
}

#[test]
fn the_deadline_is_the_last_block_for_a_report() {
	run(|| {
		open_complaint();
		let (left, right) = equivocation(BOB);
		miss_deadline();
		assert_refused(report(&left, &right), ValidityError::TooLate);
		wait(0);
		System::set_block_number(docket().deadline);
		assert_applied(report(&left, &right));
	});
}

#[test]
fn signatures_must_be_the_authors_for_this_chain() {
	run(|| {
		let (left, right) = inputs();
		let forged = signed_by(&pair(EVE), &genesis(), right.statement.clone());
		assert_refused(report(&left, &forged), ValidityError::BadSignature);
		assert_refused(report(&forged, &left), ValidityError::BadSignature);
		let elsewhere = signed_by(&pair(BOB), &H256::zero(), right.statement.clone());
		assert_refused(report(&left, &elsewhere), ValidityError::BadSignature);
		let mut copied = right;
		copied.signature = left.signature;
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
		let dispatch = |origin, left: &SignedStatement, right: &SignedStatement| {
			let heads = heads(WINDOW).try_into().unwrap();
			Disputes::report(
				origin,
				Box::new(left.clone()),
				Box::new(right.clone()),
				heads,
			)
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
		ValidityError::AlreadyComplained,
		ValidityError::OtherRound,
		ValidityError::NothingNew,
		ValidityError::TooLate,
		ValidityError::Settled,
		ValidityError::WrongAssent,
		ValidityError::Malformed,
		ValidityError::WrongHeads,
		ValidityError::NothingToShow,
		ValidityError::WrongPosition,
		ValidityError::WrongMessages,
		ValidityError::WrongRoot,
		ValidityError::NotRipe,
		ValidityError::NotValid,
		ValidityError::CannotPay,
		ValidityError::NotDone,
		ValidityError::OtherVersion,
		ValidityError::NothingToLack,
		ValidityError::CommitmentMissing,
		ValidityError::Misled,
	]
	.map(|error| error as u8);
	// One is not used any more.
	let all: Vec<u8> = (100..128).filter(|code| *code != 119).collect();
	assert_eq!(codes.to_vec(), all);
}
