//! No deadline runs in a block that has no room for an answer.

use frame_support::{
	dispatch::DispatchClass,
	traits::{Get, Hooks},
	weights::Weight,
};
use frame_system::limits::{BlockLength, BlockWeights};
use syngraph_primitives::longest_stage;

use super::{judge::assert_judged, *};
use crate::{Halted, Outcome, Room, Used};

/// By how many blocks a stage is prolonged at most.
const MORE: u64 = ANSWER / 2;

/// The weight that all answers and signed calls of a block can have together.
fn most() -> Weight {
	let weights: BlockWeights = <Test as frame_system::Config>::BlockWeights::get();
	weights.get(DispatchClass::Normal).max_total.unwrap()
}

/// The bytes that they can have.
fn most_bytes() -> u32 {
	let length: BlockLength = <Test as frame_system::Config>::BlockLength::get();
	*length.max.get(DispatchClass::Normal)
}

/// The present block ends, with so much in it, and the next one begins.
fn end_block(weight: Weight, bytes: u32) {
	System::set_block_consumed_resources(weight, bytes as usize);
	let now = System::block_number();
	Disputes::on_finalize(now);
	System::set_block_number(now + 1);
	System::set_block_consumed_resources(Weight::zero(), 0);
	Disputes::on_initialize(now + 1);
}

/// So many blocks pass that have no room for an answer.
fn fill(blocks: u64) {
	(0..blocks).for_each(|_| end_block(most(), 0));
}

/// So many empty blocks pass.
fn pass(blocks: u64) {
	(0..blocks).for_each(|_| end_block(Weight::zero(), 0));
}

#[test]
fn a_block_counts_if_it_has_no_room_for_the_largest_answer() {
	run(|| {
		let (most, bytes, enough) = (most(), most_bytes(), EnoughRoom::get());
		let last = most - enough.weight;
		let last_bytes = bytes - enough.bytes;
		for (weight, bytes, halts) in [
			(Weight::zero(), 0, false),
			(last, last_bytes, false),
			(last.add_ref_time(1), 0, true),
			(last.add_proof_size(1), 0, true),
			(Weight::zero(), last_bytes + 1, true),
			(most, bytes, true),
		] {
			let before = Halted::<Test>::get();
			end_block(weight, bytes);
			assert_eq!(Halted::<Test>::get() - before, u64::from(halts));
		}
	});
}

#[test]
fn a_block_counts_if_answers_take_all_that_they_may() {
	run(|| {
		let (limit, enough) = (AnswerLimit::get(), EnoughRoom::get());
		let last = limit.saturating_sub(enough);
		let byte = Room {
			bytes: 1,
			..Default::default()
		};
		for (used, halts) in [(last, false), (last.saturating_add(byte), true)] {
			let before = Halted::<Test>::get();
			Disputes::note_used(used);
			assert_eq!(Disputes::has_room_for(enough), !halts);
			end_block(used.weight, used.bytes);
			assert_eq!(Halted::<Test>::get() - before, u64::from(halts));
		}
	});
}

#[test]
fn what_answers_take_up_is_counted_in_each_block_anew() {
	run(|| {
		let all = AnswerRoom::get();
		assert_eq!(Disputes::room_left(), all);
		let part = Room {
			weight: Weight::from_parts(600_000, 10),
			bytes: 70_000,
		};
		Disputes::note_used(part);
		assert_eq!(Disputes::room_left(), all.saturating_sub(part));
		// What goes beyond it takes nothing from others that is not theirs.
		Disputes::note_used(part);
		let left = Disputes::room_left();
		assert_eq!((left.weight.ref_time(), left.bytes), (0, 0));
		assert_eq!(left.weight.proof_size(), 980);
		end_block(Weight::zero(), 0);
		assert_eq!(Used::<Test>::get(), Room::default());
		assert_eq!(Disputes::room_left(), all);
	});
}

#[test]
fn all_that_is_sent_in_a_dispute_is_an_answer_but_not_what_a_sensor_is_accused_of() {
	run(|| {
		let (left, right) = inputs();
		for call in [report(&left, &right), judge(), lack_of(CID, WINDOW)] {
			let RuntimeCall::Disputes(call) = call else {
				panic!("it is a call of this pallet");
			};
			assert!(Disputes::is_answer(&call));
		}
		let message = Box::new(message(SENSORS[0], 10, 1));
		let accusation = Call::accuse {
			left: message.clone(),
			right: message,
		};
		assert!(!Disputes::is_answer(&accusation));
	});
}

#[test]
fn who_cannot_answer_in_full_blocks_is_not_absent() {
	run(|| {
		open_complaint();
		assert_applied(file(&honest(BOB).commit()));
		pass(ANSWER - 1);
		fill(3);
		// Three blocks ago it would have been the last one.
		assert_eq!(System::block_number(), START + ANSWER + 2);
		assert_refused(judge(), ValidityError::NotRipe);
		assert_applied(file(&honest(CID).commit()));
		assert_eq!(docket().stage, Stage::Reveals);
		assert_eq!(
			waits_for().1,
			System::block_number() + ANSWER,
			"the next stage has the whole time"
		);
	});
}

#[test]
fn the_deadline_is_put_off_by_as_many_blocks_as_are_full() {
	for full in 0..=MORE {
		run(|| {
			open_complaint();
			fill(full);
			pass(ANSWER);
			assert_eq!(System::block_number(), START + ANSWER + full);
			assert_refused(judge(), ValidityError::NotRipe);
			pass(1);
			assert_judged(Outcome::Failed, &[BOB, CID]);
		});
	}
}

/// Whoever fills blocks with answers delays a dispute by so much, and no more.
#[test]
fn it_is_put_off_by_half_of_the_time_at_most() {
	run(|| {
		open_complaint();
		fill(longest_stage(ANSWER));
		assert_refused(judge(), ValidityError::NotRipe);
		assert_applied(file(&honest(BOB).commit()));
		fill(1);
		assert_refused(file(&honest(CID).commit()), ValidityError::TooLate);
		assert_judged(Outcome::Failed, &[CID]);
	});
}

#[test]
fn what_was_full_before_does_not_count() {
	run(|| {
		fill(MORE);
		open_complaint();
		pass(ANSWER);
		assert_refused(judge(), ValidityError::NotRipe);
		pass(1);
		assert_applied(judge());
	});
}

/// It waits for what others hold that one of its members contradicted itself, and that can be kept out as well.
#[test]
fn what_came_to_nothing_stays_open_for_longer_as_well() {
	run(|| {
		open_complaint();
		let (left, right) = equivocation(BOB);
		settle();
		fill(MORE + 1);
		pass(ANSWER - 1);
		assert_eq!(System::block_number(), START + longest_stage(ANSWER));
		assert_refused(judge(), ValidityError::NotRipe);
		assert_applied(report(&left, &right));
		assert_judged(Outcome::Failed, &[BOB]);
	});
	run(|| {
		open_complaint();
		settle();
		fill(2);
		pass(ANSWER);
		assert_refused(judge(), ValidityError::NotRipe);
		pass(1);
		assert_judged(Outcome::Settled, &[]);
	});
}

#[test]
fn the_stored_deadline_is_that_of_the_last_answer() {
	run(|| {
		open_complaint();
		fill(2);
		let stored = docket();
		assert_eq!((stored.deadline, stored.halted), (START + ANSWER, 0));
		let now = Disputes::of(&AGREEMENT).unwrap().docket;
		assert_eq!((now.deadline, now.halted), (START + ANSWER + 2, 2));
		assert_applied(file(&honest(BOB).commit()));
		assert_eq!(docket().deadline, START + ANSWER + 2);
		// What users say of it changes nothing of that.
		fill(1);
		Disputes::reconcile(RuntimeOrigin::signed(1), AGREEMENT, ROSTER).unwrap();
		assert_eq!(docket().deadline, START + ANSWER + 3);
	});
}
