//! One dispute of an agreement at a time: what joins it, and what has to wait.

use syngraph_primitives::Span;
use syngraph_protocol::{Fault, Stage};

use super::*;

/// Someone committed twice to something about another round than that in dispute.
fn contradiction_elsewhere(author: u64, first: WindowIndex) -> RuntimeCall {
	let (left, right) = contradiction(honest(author).spanning(|span: &mut Span| {
		span.round.first = first;
		span.end = first + 2;
	}));
	report(&left, &right)
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
		// There is nothing to wait for any more.
		assert_eq!(waits_for(), (Stage::Commitments, START + ANSWER));
		let (left, right) = equivocation(BOB);
		wait(1);
		let second = applied(report(&left, &right));
		assert_eq!(spent(), complaint + first + second);
		assert_applied(judge());
		assert_eq!(closed().convicted, [BOB, CID]);
		assert_all_gone();
	});
}

#[test]
fn a_contradiction_about_any_round_joins_the_open_dispute() {
	run(|| {
		open_by_inputs(honest(ANN), honest(CID).seeing(2));
		// Be it one that is decided, or that nobody can have reached.
		for (author, first) in [(BOB, 0), (CID, u64::MAX / 8)] {
			let before = spent();
			let call = contradiction_elsewhere(author, first);
			let fee = applied(call.clone());
			assert_eq!(spent(), before + fee);
			let fault = docket().testimonies[author as usize].fault;
			assert_eq!(fault, Some(Fault::Equivocation));
			assert_refused(call, ValidityError::NothingNew);
		}
		// What it said about the other round is not taken for what it said about this one.
		assert_eq!(docket().commitment(1), None);
		assert_applied(judge());
		assert_eq!(closed().convicted, [BOB, CID]);
		assert_all_gone();
	});
}

/// Nobody can tell what the others have heard from it; but what differs is on file.
#[test]
fn who_contradicts_itself_apart_from_two_that_differ_ends_nothing() {
	run(|| {
		open_by_inputs(honest(ANN), honest(BOB).seeing(2));
		let (left, right) = equivocation(CID);
		assert_applied(report(&left, &right));
		assert_refused(judge(), ValidityError::NotRipe);
		show_all(honest(ANN));
		miss_deadline();
		assert_applied(judge());
		assert_eq!(closed().convicted, [BOB, CID]);
	});
}

#[test]
fn a_contradiction_joins_also_while_a_complaint_waits_for_its_end() {
	run(|| {
		open_complaint();
		let call = contradiction_elsewhere(BOB, END);
		settle();
		assert_applied(call);
		assert_applied(judge());
		assert_eq!(closed().convicted, [BOB]);
		assert_all_gone();
	});
}

/// Two can contradict each other by what they never told the others, with whom they settle the round.
#[test]
fn a_contradiction_joins_also_if_it_is_about_a_round_that_has_settled() {
	run(|| {
		open_complaint();
		let (left, right) = equivocation(BOB);
		let late = honest(CID).commit();
		settle();
		// Nothing else is put on file.
		assert_refused(file(&late), ValidityError::Settled);
		assert_applied(report(&left, &right));
		assert_applied(judge());
		assert_eq!(closed().convicted, [BOB]);
		assert_all_gone();
	});
}

#[test]
fn what_several_say_is_put_on_file_once_a_dispute_is_open() {
	run(|| {
		open_complaint();
		let (left, right) = inputs();
		assert_refused(report(&left, &right), ValidityError::AlreadyOpen);
		assert_applied(file(&right));
		let third = honest(CID).seeing(5).commit();
		assert_refused(report(&left, &third), ValidityError::AlreadyOpen);
		assert_refused(report(&left, &right), ValidityError::AlreadyOpen);
	});
}

#[test]
fn after_every_dispute_the_roster_has_another_number() {
	let renewed = |dispute: fn()| {
		run(|| {
			let before = round();
			dispute();
			assert_all_gone();
			let after = round();
			assert_eq!(after.roster, before.roster + 1);
			let roster = read(|books| books.roster.clone());
			assert_eq!(roster.since, after.first);
			// What was said before counts no more.
			let old = |stance: Stance| stance.spanning(|span| span.round = before).commit();
			let call = complain(vec![old(honest(ANN))], heads(WINDOW));
			assert_refused(call, ValidityError::OtherRound);
			// All commit anew, and can dispute that.
			let next = honest(ANN).until(after.first + 2).commit();
			assert_applied(complain(vec![next], heads(after.first + 1)));
			assert_eq!(docket().round(), round());
		})
	};
	renewed(|| {
		open_complaint();
		miss_deadline();
		assert_applied(judge());
	});
	renewed(|| {
		open_complaint();
		answer(&all_honest());
		settle();
		miss_deadline();
		assert_applied(judge());
	});
	renewed(|| {
		let (left, right) = equivocation(BOB);
		assert_applied(report(&left, &right));
		assert_applied(judge());
	});
	renewed(|| {
		open_complaint();
		all_consent();
	});
	renewed(|| {
		open_complaint();
		alter(|books| books.replaced += 1);
		assert_applied(judge());
	});
}
