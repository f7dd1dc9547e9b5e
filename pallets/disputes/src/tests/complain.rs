//! `complain`: who may complain of what, and how often.

use frame_support::assert_noop;
use sp_core::Pair;
use sp_runtime::DispatchError;
use syngraph_primitives::Complaint;
use syngraph_protocol::{Fault, Stage};

use super::*;
use crate::{Cause, Event};

fn complaint() -> Vec<Utterance> {
	vec![honest(ANN).commit()]
}

#[test]
fn a_complaint_opens_a_dispute_about_the_next_round() {
	run(|| {
		open_complaint();
		assert_eq!(waits_for(), (Stage::Commitments, START + ANSWER));
		assert_eq!(dispute().unwrap().cause, Cause::Silence { by: ANN });
		assert!(docket().commitment(0).is_some() && docket().commitment(1).is_none());
		assert_eq!((docket().round(), docket().leader), (round(), 0));
		assert!(read(|books| books.disputed));
		assert_eq!(spent(), fee(&complain(complaint(), heads(WINDOW))));
		assert_eq!(read(|books| books.fees), 0);
		System::assert_has_event(
			Event::Opened {
				agreement: AGREEMENT,
				first: FIRST,
				cause: Cause::Silence { by: ANN },
				stage: Stage::Commitments,
				deadline: START + ANSWER,
			}
			.into(),
		);
	});
}

#[test]
fn nobody_complains_in_anothers_name() {
	run(|| {
		let own = honest(ANN).commit();
		let refused = |signature| {
			let call = complain_signed(complaint(), heads(WINDOW), signature);
			assert_refused(call, ValidityError::BadSignature);
		};
		let of = |key, complaint: &Complaint| sign(&key, &genesis(), complaint);
		let complaint = Complaint::of(&own);
		refused(own.commit.signature);
		refused(of(pair(BOB), &complaint));
		let mut other = complaint;
		other.round.first += 1;
		refused(of(pair(ANN), &other));
		let other = Complaint {
			intermediary: BOB,
			..complaint
		};
		refused(of(pair(ANN), &other));
		let signature = of(pair(ANN), &complaint);
		assert_applied(complain_signed(self::complaint(), heads(WINDOW), signature));
	});
}

#[test]
fn what_was_heard_of_others_is_put_on_file_at_once() {
	run(|| {
		let all = all_honest();
		let heard = vec![all[1].commit(), all[2].commit()];
		let call = complain(heard, heads(WINDOW));
		let fee = applied(call);
		assert_eq!(dispute().unwrap().cause, Cause::Silence { by: BOB });
		assert_eq!(spent(), fee);
		assert!(docket().commitment(0).is_none() && docket().commitment(2).is_some());
		miss_deadline();
		assert_applied(judge());
		assert_eq!(closed().absent, [ANN]);
	});
}

#[test]
fn if_all_were_heard_reveals_are_waited_for() {
	run(|| {
		let all = all_honest();
		let heard = all.map(|stance| stance.reveal(&all)).to_vec();
		assert_applied(complain(heard, heads(WINDOW)));
		assert_eq!(waits_for(), (Stage::Reveals, START + ANSWER));
		// Those that came before the last commitment are to be put on file once more.
		let revealed = [0, 1, 2].map(|place| docket().reveal(place).is_some());
		assert_eq!(revealed, [false, false, true]);
	});
}

#[test]
fn who_complains_with_what_contradicts_others_may_be_the_one_who_lied() {
	run(|| {
		let [ann, bob, _] = all_honest();
		let liar = ann.seeing(2);
		let call = complain(vec![liar.commit(), bob.commit()], heads(WINDOW));
		assert_applied(call);
		narrow(&[liar, bob]);
		show_all(bob);
		miss_deadline();
		assert_applied(judge());
		assert_eq!(closed().convicted, [ANN]);
	});
}

#[test]
fn whoever_complains_need_not_know_that_others_differ() {
	run(|| {
		let [ann, bob, cid] = all_honest();
		let liar = bob.seeing(2);
		let heard = |third: Utterance| vec![ann.commit(), liar.commit(), third];
		// What comes after it is looked at all the same.
		let elsewhere = cid.spanning(|span| span.round.first += 1).commit();
		let call = complain(heard(elsewhere), heads(WINDOW));
		assert_refused(call, ValidityError::OtherRound);
		let mut forged = cid.commit();
		forged.commit.signature = ann.commit().commit.signature;
		let call = complain(heard(forged), heads(WINDOW));
		assert_refused(call, ValidityError::BadSignature);
		assert_applied(complain(heard(cid.commit()), heads(WINDOW)));
		assert_eq!(docket().commitment(2), None);
		narrow(&[ann, liar]);
	});
}

#[test]
fn each_member_is_heard_once() {
	run(|| {
		let [ann, bob, cid] = all_honest();
		for utterances in [
			vec![],
			vec![ann.commit(), ann.commit()],
			vec![ann.commit(), bob.commit(), cid.commit(), bob.commit()],
			// Not even with something else.
			vec![ann.commit(), ann.sealing(9).commit()],
		] {
			let call = complain(utterances, heads(WINDOW));
			assert_refused(call, ValidityError::Malformed);
		}
	});
}

#[test]
fn an_agreement_has_one_dispute_at_a_time() {
	run(|| {
		open_complaint();
		let again = complain(complaint(), heads(WINDOW));
		assert_refused(again, ValidityError::AlreadyOpen);
		// As soon as the first is judged, the next can be opened.
		answer(&all_honest());
		settle();
		wait(ANSWER + 1);
		assert_applied(judge());
		let next = honest(BOB).until(END + 1);
		assert_applied(complain(vec![next.commit()], heads(END)));
		assert_eq!(docket().first, END);
	});
	run(|| {
		open_by_inputs(honest(ANN), honest(BOB).seeing(2));
		let call = complain(vec![honest(CID).commit()], heads(WINDOW));
		assert_refused(call, ValidityError::AlreadyOpen);
	});
}

#[test]
fn later_messages_show_that_the_range_exists_too() {
	run(|| {
		assert_applied(complain(complaint(), heads(WINDOW + 7)));
	});
	// If the last one is void, nobody can show it.
	run(|| {
		alter(|books| {
			let keys = books.sensors.get_mut(&SENSORS[0]).unwrap();
			keys.convict(12 + 3 * WINDOW, START);
			let fresh = sensor_pair(SECOND_KEY).public();
			keys.rotate(13 + 3 * WINDOW, START, fresh).unwrap();
		});
		let call = |first| complain(complaint(), vec![first, message(SENSORS[1], 24, 1)]);
		let void = message(SENSORS[0], 12 + 3 * WINDOW, 1);
		assert_refused(call(void), ValidityError::BadSignature);
		let later = message_by(&sensor_pair(SECOND_KEY), SENSORS[0], 13 + 3 * WINDOW, 1);
		assert_applied(call(later));
	});
}

#[test]
fn a_complaint_is_about_what_is_known_of_the_sensors_now() {
	run(|| {
		let before = complaint();
		alter(|books| books.replaced = 1);
		let call = complain(before, heads(WINDOW));
		assert_refused(call, ValidityError::OtherVersion);
		assert_applied(complain(complaint(), heads(WINDOW)));
	});
}

#[test]
fn nobody_complains_of_windows_of_which_nobody_knows_what_counts() {
	let waits = |change: fn(&mut syngraph_primitives::SensorKeys<u64>)| {
		run(|| {
			alter(|books| change(books.sensors.get_mut(&SENSORS[0]).unwrap()));
			assert_refused(
				complain(complaint(), vec![heads(WINDOW).swap_remove(1)]),
				ValidityError::CannotOpen,
			);
			let shorter = vec![honest(ANN).until(WINDOW).commit()];
			assert_applied(complain(shorter, heads(FIRST)));
		})
	};
	waits(|keys| keys.suspend(12 + 3 * WINDOW, START));
	waits(|keys| keys.revoke(12 + 3 * WINDOW, START).unwrap());
}

#[test]
fn utterances_must_be_sound() {
	run(|| {
		let all = all_honest();
		let whole = honest(ANN).reveal(&all);
		let mut others = whole.clone();
		others.reveal = honest(BOB).reveal(&all).reveal;
		let mut later = honest(ANN);
		later.before = Some(set_of(&all));
		let mut wide = honest(ANN).commit();
		wide.commit.commitment.span.end = FIRST + LONGEST + 1;
		let mut empty = honest(ANN).commit();
		empty.commit.commitment.span.end = FIRST;
		for utterance in [others, later.commit(), wide, empty] {
			let call = complain(vec![utterance], heads(WINDOW));
			assert_refused(call, ValidityError::Malformed);
		}
	});
}

#[test]
fn rounds_may_be_as_long_as_windows_allow() {
	run(|| {
		let said = |author, windows| committed_to(honest(author), windows);
		let last = FIRST + LONGEST - 1;
		let call = complain(vec![said(ANN, LONGEST + 1)], heads(last + 1));
		assert_refused(call, ValidityError::Malformed);
		assert_applied(complain(vec![said(ANN, LONGEST)], heads(last)));
		assert_refused(file(&said(BOB, LONGEST + 1)), ValidityError::Malformed);
		assert_applied(file(&said(BOB, LONGEST)));
	});
}

#[test]
fn utterances_must_be_signed() {
	run(|| {
		let all = all_honest();
		let whole = honest(ANN).reveal(&all);
		let bob = honest(BOB).reveal(&all);
		let mut committed = whole.clone();
		committed.commit.signature = bob.commit.signature;
		let mut assented = whole.clone();
		let reveal = assented.reveal.as_mut().unwrap();
		reveal.assent = bob.reveal.as_ref().unwrap().assent.clone();
		for forged in [
			vec![committed.clone()],
			vec![assented],
			vec![bob, committed],
		] {
			let call = complain(forged, heads(WINDOW));
			assert_refused(call, ValidityError::BadSignature);
		}
	});
}

#[test]
fn only_the_first_attempt_at_the_next_round_is_complained_of() {
	run(|| {
		let ann = honest(ANN);
		let refused = |stance: Stance, error| {
			assert_refused(complain(vec![stance.commit()], heads(WINDOW)), error)
		};
		let second = ann.again(1, set_of(&all_honest()), END);
		refused(second, ValidityError::OtherAttempt);
		let other = ann.spanning(|span| span.round.first += 1);
		refused(other, ValidityError::OtherRound);
		let other = ann.spanning(|span| span.round.roster += 1);
		refused(other, ValidityError::OtherRound);
		let unknown = ann.spanning(|span| span.round.agreement.0[0] += 1);
		refused(unknown, ValidityError::NotIntermediary);
		settle();
		refused(ann, ValidityError::OtherRound);
	});
}

#[test]
fn the_range_must_exist() {
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
fn only_members_complain_of_agreements_that_can_be_disputed() {
	run(|| {
		let eve = vec![honest(EVE).commit()];
		assert_refused(complain(eve, heads(WINDOW)), ValidityError::NotIntermediary);
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
		let utterances = crate::Utterances::try_from(complaint()).unwrap();
		let signature = Default::default();
		let call = Disputes::complain(RuntimeOrigin::signed(1), utterances, heads, signature);
		assert_noop!(call, DispatchError::BadOrigin);
	});
}

#[test]
fn a_complaint_convicts_nobody_by_itself() {
	run(|| {
		let [ann, bob, _] = all_honest();
		assert_applied(complain(vec![ann.commit(), bob.commit()], heads(WINDOW)));
		assert_applied(file(&bob.sealing(9).commit()));
		assert_eq!(docket().testimonies[1].fault, Some(Fault::Equivocation));
	});
}
