//! How an agreement is forgotten.

use frame_support::{assert_noop, assert_ok};

use super::Error;
use crate::{mock::*, Event, Finals, Rounds, Terms, WeightInfo};

/// Lets six rounds of the agreement on [`terms`] settle, of which four are kept.
fn settle_six() {
	let id = activate(&terms());
	for _ in 0..6 {
		decide(id, &[Some(1), None]);
	}
}

/// Ends it by consent in this block.
fn end() {
	for user in [alice(), bob()] {
		assert_ok!(Agreements::consent_to_end(origin(user), id()));
	}
	at_block(System::block_number() + ANSWER + 1);
	assert_ok!(Agreements::close(origin(charlie()), id()));
}

#[test]
fn an_agreement_is_forgotten_with_its_rounds_but_for_their_root() {
	run(|| {
		settle_six();
		end();
		assert_eq!(Rounds::<Test>::iter_prefix(id()).count(), 4);
		let history = agreement().history;
		let before = [alice(), bob(), pot()].map(|who| free(&who));
		let forgotten = Agreements::forget(origin(charlie()), id()).unwrap();
		assert_eq!(forgotten.actual_weight, Some(<() as WeightInfo>::forget(4)));
		assert_eq!(super::last_event(), Event::Removed { agreement: id() });
		assert_eq!(crate::Agreements::<Test>::iter().count(), 0);
		assert_eq!(Terms::<Test>::iter().count(), 0);
		assert_eq!(Rounds::<Test>::iter().count(), 0);
		let expected = (history.root(), history.count());
		assert_eq!(Finals::<Test>::get(id()), Some(expected));
		let proposer = deposit_for(&terms()) - FINAL_DEPOSIT + ROUNDS_DEPOSIT;
		let returned = [proposer, ROUNDS_DEPOSIT, FINAL_DEPOSIT];
		for (index, who) in [alice(), bob(), pot()].into_iter().enumerate() {
			assert_eq!(free(&who), before[index] + returned[index]);
			let account = frame_system::Account::<Test>::get(&who);
			assert_eq!(account.data.reserved, 0);
		}
		assert_noop!(forget(id()), Error::NotFound);
	});
}

#[test]
fn of_an_agreement_in_which_nothing_settled_nothing_is_left() {
	run(|| {
		activate(&terms());
		end();
		assert_ok!(forget(id()));
		assert_eq!(Finals::<Test>::iter().count(), 0);
		assert_eq!([alice(), bob()].map(|who| free(&who)), [ENDOWMENT; 2]);
	});
}

#[test]
fn only_what_has_ended_and_cannot_be_signed_again_is_forgotten() {
	run(|| {
		assert_noop!(forget(id()), Error::NotFound);
		settle_six();
		at_block(20);
		assert_noop!(forget(id()), Error::StillNeeded);
		end();
		at_block(10);
		assert_noop!(forget(id()), Error::StillNeeded);
		at_block(11);
		assert_ok!(forget(id()));
	});
}

#[test]
fn what_never_came_into_force_has_deposited_nothing_for_rounds() {
	run(|| {
		assert_ok!(Agreements::propose(origin(alice()), terms()));
		assert_noop!(forget(id()), Error::StillNeeded);
		assert_ok!(Agreements::cancel(origin(bob()), id()));
		at_block(10);
		assert_noop!(forget(id()), Error::StillNeeded);
		at_block(11);
		let forgotten = Agreements::forget(origin(charlie()), id()).unwrap();
		assert_eq!(forgotten.actual_weight, Some(<() as WeightInfo>::forget(0)));
		assert_eq!(free(&alice()), ENDOWMENT);
	});
}
