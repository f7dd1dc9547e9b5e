//! `complain`: who may complain of what, and how often.

use frame_support::assert_noop;
use sp_runtime::DispatchError;
use syngraph_primitives::Statement;
use syngraph_protocol::{Fault, Stage, Utterance};

use super::*;
use crate::{Cause, Event};

fn complaint() -> Utterance {
	honest(ANN).utterance(None)
}

#[test]
fn a_complaint_opens_a_dispute_and_leaves_the_window_open() {
	run(|| {
		open_complaint();
		assert_eq!(waits_for(), (Stage::Commitments, START + ANSWER));
		assert_eq!(dispute().unwrap().cause, Cause::Silence { by: ANN });
		assert!(docket().commitment(0).is_some() && docket().commitment(1).is_none());
		assert_eq!(read(|books| books.open), Some((WINDOW, false)));
		assert_eq!(spent(), fee(&complain(complaint(), heads(WINDOW))));
		assert_eq!(read(|books| books.fees), 0);
		System::assert_has_event(
			Event::Opened {
				agreement: AGREEMENT,
				window: WINDOW,
				cause: Cause::Silence { by: ANN },
				stage: Stage::Commitments,
				deadline: START + ANSWER,
			}
			.into(),
		);
	});
}

#[test]
fn the_reveal_is_put_on_file_with_its_assent() {
	run(|| {
		let utterance = honest(ANN).utterance(Some(&all_honest()));
		assert_applied(complain(utterance.clone(), heads(WINDOW)));
		assert_eq!(docket().testimonies[0].said.reveal, utterance.reveal);
		assert_eq!(waits_for().0, Stage::Commitments);
	});
}

#[test]
fn who_complains_with_a_lie_convicts_itself() {
	run(|| {
		let liar = honest(ANN).claiming(Some(9));
		let utterance = Utterance {
			commit: honest(ANN).commit(),
			reveal: Some(liar.revealed(&all_honest())),
		};
		assert_applied(complain(utterance, heads(WINDOW)));
		assert_eq!(docket().testimonies[0].fault, Some(Fault::FalseReveal));
		assert_eq!(waits_for().0, Stage::Evidence);
		assert_eq!(read(|books| books.open), Some((WINDOW, true)));
	});
}

#[test]
fn an_agreement_has_one_complaint_at_a_time() {
	run(|| {
		open_complaint();
		assert_refused(
			complain(complaint(), heads(WINDOW)),
			ValidityError::AlreadyOpen,
		);
		let other = Utterance {
			commit: commit_to(honest(BOB), WINDOW + 1),
			reveal: None,
		};
		let call = complain(other.clone(), heads(WINDOW + 1));
		assert_refused(call.clone(), ValidityError::AlreadyComplained);
		// As soon as the first is judged, the next can be opened.
		answer(&all_honest(), &[]);
		miss_deadline();
		assert_applied(judge());
		assert_applied(call);
		assert_eq!(docket().window, WINDOW + 1);
	});
}

#[test]
fn nobody_complains_while_a_conflict_is_open() {
	run(|| {
		open_by_inputs(honest(ANN), honest(BOB).seeing(2));
		let other = Utterance {
			commit: commit_to(honest(CID), WINDOW + 1),
			reveal: None,
		};
		let call = complain(other, heads(WINDOW + 1));
		assert_refused(call, ValidityError::AlreadyOpen);
		assert_refused(
			complain(complaint(), heads(WINDOW)),
			ValidityError::AlreadyOpen,
		);
	});
}

#[test]
fn later_messages_show_that_the_window_exists_too() {
	run(|| {
		assert_applied(complain(complaint(), heads(WINDOW + 7)));
	});
	// If the last one is void, nobody can show it.
	run(|| {
		alter(|books| {
			let keys = books.sensors.get_mut(&SENSORS[0]).unwrap();
			keys.convict(12 + 3 * WINDOW, START);
		});
		let mut commitment = honest(ANN).commitment();
		commitment.version = LATER;
		let commit = signed(Statement::Commit(commitment));
		let utterance = Utterance {
			commit,
			reveal: None,
		};
		let call = |heads| complain(utterance.clone(), heads);
		let first = |number| {
			let mut all = heads(WINDOW);
			all[0] = message(SENSORS[0], number, 1);
			all
		};
		assert_refused(call(first(12 + 3 * WINDOW)), ValidityError::BadSignature);
		assert_applied(call(first(13 + 3 * WINDOW)));
	});
}

#[test]
fn a_complaint_is_about_what_is_known_of_the_sources_now() {
	run(|| {
		alter(|books| books.replaced = 1);
		assert_refused(
			complain(complaint(), heads(WINDOW)),
			ValidityError::OtherVersion,
		);
	});
	run(|| {
		alter(|books| {
			let keys = books.sensors.get_mut(&SENSORS[0]).unwrap();
			keys.revoke(1, START).unwrap();
		});
		assert_refused(
			complain(complaint(), heads(WINDOW)),
			ValidityError::CannotOpen,
		);
	});
}

#[test]
fn utterances_must_be_whole() {
	run(|| {
		let all = all_honest();
		let whole = honest(ANN).utterance(Some(&all));
		let mut others = whole.clone();
		others.reveal = Some(honest(BOB).revealed(&all));
		let mut reveal = whole.clone();
		reveal.commit = honest(ANN).revealed(&all).statement;
		let mut withheld = whole.clone();
		withheld.reveal.as_mut().unwrap().settlement = None;
		for utterance in [others, reveal, withheld] {
			assert_refused(complain(utterance, heads(WINDOW)), ValidityError::Malformed);
		}
	});
}

#[test]
fn utterances_must_be_signed() {
	run(|| {
		let all = all_honest();
		let whole = honest(ANN).utterance(Some(&all));
		let bob = honest(BOB).utterance(Some(&all));
		let mut forged = [whole.clone(), whole.clone(), whole];
		forged[0].commit.signature = bob.commit.signature;
		let theirs = bob.reveal.unwrap();
		let reveal = |utterance: &mut Utterance| utterance.reveal.clone().unwrap();
		let mut first = reveal(&mut forged[1]);
		first.statement.signature = theirs.statement.signature;
		forged[1].reveal = Some(first);
		let mut second = reveal(&mut forged[2]);
		second.settlement = theirs.settlement;
		forged[2].reveal = Some(second);
		for utterance in forged {
			assert_refused(
				complain(utterance, heads(WINDOW)),
				ValidityError::BadSignature,
			);
		}
	});
}

#[test]
fn the_window_must_exist() {
	run(|| {
		let refused =
			|heads| assert_refused(complain(complaint(), heads), ValidityError::WrongHeads);
		refused(vec![]);
		refused(heads(WINDOW)[..1].to_vec());
		refused(heads(WINDOW).into_iter().rev().collect());
		refused(heads(WINDOW - 1));
		let [first, _] = SENSORS;
		let mut wrong = heads(WINDOW);
		wrong[1] = message(first, 12 + 3 * WINDOW, 1);
		refused(wrong);
		let mut wrong = heads(WINDOW);
		wrong[0].message.values = Default::default();
		refused(wrong);
		let mut forged = heads(WINDOW);
		forged[1].signature = forged[0].signature;
		assert_refused(complain(complaint(), forged), ValidityError::BadSignature);
	});
}

#[test]
fn only_members_complain_of_windows_that_can_be_disputed() {
	run(|| {
		let eve = honest(EVE).utterance(None);
		assert_refused(complain(eve, heads(WINDOW)), ValidityError::NotIntermediary);
		alter(|books| books.roster.number += 1);
		assert_refused(
			complain(complaint(), heads(WINDOW)),
			ValidityError::OtherRound,
		);
	});
	let cannot = |change: fn(&mut MockState)| {
		run(|| {
			alter(change);
			assert_refused(
				complain(complaint(), heads(WINDOW)),
				ValidityError::CannotOpen,
			);
		})
	};
	cannot(|books| books.ended = true);
	cannot(|books| books.escrows[0] = 1_000);
	cannot(|books| books.base = WINDOW + 1);
	cannot(|books| {
		books.settled.insert(WINDOW);
	});
	run(|| {
		System::set_block_number(START - 1);
		assert_refused(
			complain(complaint(), heads(WINDOW)),
			ValidityError::CannotOpen,
		);
	});
}

#[test]
fn only_an_authorised_transaction_complains() {
	run(|| {
		let heads = crate::Heads::try_from(heads(WINDOW)).unwrap();
		let call = Disputes::complain(RuntimeOrigin::signed(1), Box::new(complaint()), heads);
		assert_noop!(call, DispatchError::BadOrigin);
	});
}
