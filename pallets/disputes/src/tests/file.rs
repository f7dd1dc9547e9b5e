//! `file`: what is put on file, what follows from it, and what is refused.

use frame_support::assert_noop;
use sp_core::H256;
use sp_runtime::DispatchError;
use syngraph_primitives::Statement;
use syngraph_protocol::{Fault, Stage};

use super::*;
use crate::Event;

#[test]
fn when_all_have_committed_all_must_reveal() {
	run(|| {
		open_complaint();
		let complaint = spent();
		wait(4);
		let first = applied(file(&honest(BOB).commit()));
		assert_eq!(waits_for(), (Stage::Commitments, START + ANSWER));
		wait(4);
		let second = applied(file(&honest(CID).commit()));
		let deadline = START + 8 + ANSWER;
		assert_eq!(waits_for(), (Stage::Reveals, deadline));
		System::assert_has_event(
			Event::Advanced {
				agreement: AGREEMENT,
				window: WINDOW,
				stage: Stage::Reveals,
				deadline,
			}
			.into(),
		);
		System::assert_has_event(
			Event::Filed {
				agreement: AGREEMENT,
				window: WINDOW,
				intermediary: CID,
			}
			.into(),
		);
		assert_eq!(spent(), complaint + first + second);
		for stance in all_honest() {
			assert_applied(file_reveal(&stance.revealed(&all_honest())));
		}
		assert_eq!(waits_for(), (Stage::Reveals, deadline));
		assert_eq!(
			read(|books| books.open),
			Some((WINDOW, false)),
			"it can still settle"
		);
	});
}

#[test]
fn a_contradiction_freezes_the_window() {
	run(|| {
		open_complaint();
		wait(4);
		assert_applied(file(&honest(BOB).seeing(2).commit()));
		assert_eq!(waits_for(), (Stage::Evidence, START + 4 + ANSWER));
		assert_eq!(read(|books| books.open), Some((WINDOW, true)));
		// It is frozen once.
		assert_applied(file(&honest(CID).seeing(3).commit()));
	});
}

#[test]
fn a_member_that_contradicts_itself_is_at_fault() {
	run(|| {
		open_complaint();
		assert_applied(file(&honest(BOB).commit()));
		assert_applied(file(&honest(BOB).claiming(None).commit()));
		assert_eq!(docket().testimonies[1].fault, Some(Fault::Equivocation));
		// Then nothing it says counts.
		let other = honest(BOB).claiming(Some(7)).commit();
		assert_refused(file(&other), ValidityError::NothingNew);
	});
}

#[test]
fn a_false_reveal_needs_no_assent() {
	run(|| {
		open_complaint();
		let all = all_honest();
		assert_applied(file(&honest(BOB).commit()));
		let liar = honest(BOB).claiming(Some(9));
		assert_applied(file(&liar.revealed(&all).statement));
		assert_eq!(docket().testimonies[1].fault, Some(Fault::FalseReveal));
	});
	run(|| {
		// Nor does it matter if it has one.
		open_complaint();
		assert_applied(file(&honest(BOB).commit()));
		let liar = honest(BOB).claiming(Some(9));
		assert_applied(file_reveal(&liar.revealed(&all_honest())));
		assert_eq!(docket().testimonies[1].fault, Some(Fault::FalseReveal));
	});
}

#[test]
fn a_false_assent_is_equivocation() {
	run(|| {
		open_complaint();
		let all = all_honest();
		assert_applied(file(&honest(BOB).commit()));
		assert_refused(file(&honest(BOB).assent(&all)), ValidityError::NothingNew);
		assert_applied(file(&honest(BOB).seeing(2).assent(&all)));
		assert_eq!(docket().testimonies[1].fault, Some(Fault::Equivocation));
	});
}

#[test]
fn a_reveal_comes_with_the_assent_that_follows_from_it() {
	run(|| {
		let all = all_honest();
		open_complaint();
		let whole = honest(BOB).revealed(&all);
		// Without a commitment on file, nobody can tell what it must assent to.
		assert_refused(file_reveal(&whole), ValidityError::WrongAssent);
		assert_applied(file(&honest(BOB).commit()));
		assert_refused(file(&whole.statement), ValidityError::WrongAssent);
		let mut others = whole.clone();
		others.settlement = honest(CID).revealed(&all).settlement;
		assert_refused(file_reveal(&others), ValidityError::BadSignature);
		let mut another = whole.clone();
		another.settlement = honest(BOB).seeing(2).revealed(&all).settlement;
		assert_refused(file_reveal(&another), ValidityError::BadSignature);
		assert_applied(file_reveal(&whole));
		assert_eq!(docket().testimonies[1].said.reveal, Some(whole.clone()));
		assert_refused(file_reveal(&whole), ValidityError::NothingNew);
	});
}

#[test]
fn null_and_commitments_have_no_assent() {
	run(|| {
		let all = all_honest().map(|stance| stance.claiming(None));
		open_complaint();
		let assent = honest(BOB).revealed(&all_honest()).settlement;
		let with_assent = |statement| {
			file_reveal(&syngraph_protocol::Revealed {
				statement,
				settlement: assent,
			})
		};
		let [_, bob, _] = all;
		assert_refused(with_assent(bob.commit()), ValidityError::WrongAssent);
		assert_applied(file(&bob.commit()));
		let null = bob.revealed(&all);
		assert_refused(
			with_assent(null.statement.clone()),
			ValidityError::WrongAssent,
		);
		assert_applied(file_reveal(&null));
	});
}

#[test]
fn a_reported_reveal_gets_its_assent_later() {
	run(|| {
		let [ann, bob, cid] = all_honest();
		let liar = bob.claiming(Some(9));
		let all = [ann, liar, cid];
		open_by_results(ann, liar, &all);
		assert_applied(file(&ann.commit()));
		assert_applied(file_reveal(&ann.revealed(&all)));
		let said = &docket().testimonies[0].said;
		assert!(said.reveal.as_ref().unwrap().settlement.is_some());
	});
}

#[test]
fn what_is_on_file_or_of_elsewhere_is_refused() {
	run(|| {
		assert_refused(file(&honest(BOB).commit()), ValidityError::NotOpen);
		open_complaint();
		assert_refused(file(&honest(ANN).commit()), ValidityError::NothingNew);
		assert_refused(file(&honest(EVE).commit()), ValidityError::NotIntermediary);
		let changed = |change: fn(&mut syngraph_primitives::Commitment)| {
			let mut commitment = honest(BOB).commitment();
			change(&mut commitment);
			file(&signed(Statement::Commit(commitment)))
		};
		let other = changed(|commitment| commitment.agreement = H256::repeat_byte(8));
		assert_refused(other, ValidityError::NotOpen);
		let other = changed(|commitment| commitment.window += 1);
		assert_refused(other, ValidityError::NotOpen);
		let other = changed(|commitment| commitment.roster += 1);
		assert_refused(other, ValidityError::OtherRound);
		let other = changed(|commitment| commitment.version = LATER);
		assert_refused(other, ValidityError::OtherVersion);
		let other = changed(|commitment| commitment.version = FORKED);
		assert_refused(other, ValidityError::OtherVersion);
	});
}

#[test]
fn signatures_are_checked() {
	run(|| {
		open_complaint();
		let statement = honest(BOB).commit().statement;
		let forged = signed_by(&pair(CID), &genesis(), statement.clone());
		assert_refused(file(&forged), ValidityError::BadSignature);
		let elsewhere = signed_by(&pair(BOB), &H256::zero(), statement);
		assert_refused(file(&elsewhere), ValidityError::BadSignature);
		alter(|books| books.keys.remove(&BOB));
		assert_refused(file(&honest(BOB).commit()), ValidityError::UnknownKey);
	});
}

#[test]
fn the_deadline_is_the_last_block_for_an_answer() {
	run(|| {
		open_complaint();
		wait(ANSWER);
		assert_applied(file(&honest(BOB).commit()));
		wait(1);
		assert_refused(file(&honest(CID).commit()), ValidityError::TooLate);
	});
}

#[test]
fn a_settled_window_needs_no_answer() {
	run(|| {
		open_complaint();
		alter(|books| books.settled.insert(WINDOW));
		assert_refused(file(&honest(BOB).commit()), ValidityError::Settled);
	});
}

#[test]
fn only_an_authorised_transaction_files() {
	run(|| {
		open_complaint();
		let statement = Box::new(honest(BOB).commit());
		assert_noop!(
			Disputes::file(RuntimeOrigin::signed(1), statement, None),
			DispatchError::BadOrigin
		);
	});
}

#[test]
fn what_is_on_file_never_costs_more_than_was_reserved() {
	run(|| {
		open_complaint();
		let complaint = spent();
		// As if weights had grown since the agreement was made.
		let reserve = complaint + 7;
		alter(|books| {
			let less = books.reserved - reserve;
			books.reserved = reserve;
			books.escrows.iter_mut().for_each(|escrow| *escrow += less);
		});
		assert_applied(file(&honest(BOB).commit()));
		assert_eq!(spent(), reserve);
		assert_applied(file(&honest(CID).commit()));
		assert_eq!(spent(), reserve);
		Disputes::do_try_state().unwrap();
		miss_deadline();
		assert_applied(judge());
		assert_all_gone();
	});
}

#[test]
fn an_exhausted_escrow_hinders_no_answer() {
	run(|| {
		open_complaint();
		alter(|books| {
			books.fees += books.escrows.iter().sum::<u64>();
			books.escrows = vec![0; 3];
		});
		assert_applied(file(&honest(BOB).commit()));
		let (left, right) = (honest(CID).commit(), honest(CID).claiming(None).commit());
		assert_applied(report(&left, &right));
		show_all(honest(ANN));
		miss_deadline();
		assert_applied(judge());
		assert_all_gone();
	});
}
