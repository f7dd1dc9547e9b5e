use frame_support::{assert_noop, assert_ok, traits::Get};
use syngraph_primitives::WindowIndex;

use super::Error;
use crate::{mock::*, Config, Event, HoldReason, Results, Terms};

fn prune(windows: &[WindowIndex]) -> sp_runtime::DispatchResult {
	let windows = windows.to_vec().try_into().unwrap();
	Agreements::prune(origin(charlie()), id(), windows)
}

/// The agreement on [`terms`] with windows 0 to 2 settled in blocks 5 to 7.
fn settled() {
	let id = activate(&terms());
	for window in 0..3 {
		at_block(5 + window);
		assert_ok!(settle(id, window, proof(&id, window, 1)));
	}
}

fn end() {
	for user in [alice(), bob()] {
		assert_ok!(Agreements::consent_to_end(origin(user), id()));
	}
}

#[test]
fn results_are_dropped_when_they_were_retained_long_enough() {
	run(|| {
		settled();
		at_block(34);
		assert_noop!(prune(&[0]), Error::Retained);
		at_block(36);
		assert_noop!(prune(&[1, 2]), Error::Retained);
		let before = free(&bob());
		assert_ok!(prune(&[0, 1]));
		assert_eq!(free(&bob()), before + 2 * 151);
		assert_eq!(held(HoldReason::Storage, &bob()), 151);
		assert_eq!(agreement().results, 1);
		assert!(!Results::<Test>::contains_key(id(), 1));
		assert!(Results::<Test>::contains_key(id(), 2));
		let pruned = |window| Event::Pruned {
			agreement: id(),
			window,
		};
		assert!(events().ends_with(&[pruned(0), pruned(1)]));
		// A dropped result does not settle again.
		assert_eq!(
			settle(id(), 0, proof(&id(), 0, 1)),
			refused(crate::ValidityError::AlreadyDecided)
		);
	});
}

#[test]
fn only_what_is_stored_is_dropped_and_once() {
	run(|| {
		assert_noop!(prune(&[0]), Error::NotFound);
		settled();
		at_block(40);
		assert_noop!(prune(&[3]), Error::NoResult);
		assert_noop!(prune(&[0, 0]), Error::NoResult);
		assert_noop!(prune(&[]), Error::NothingToPrune);
		let max: u32 = <Test as Config>::MaxPrune::get();
		assert_eq!(max, 8);
	});
}

#[test]
fn results_outlive_their_agreement() {
	run(|| {
		settled();
		end();
		assert_noop!(prune(&[0]), Error::Retained);
		assert_noop!(prune(&[]), Error::NothingToPrune);
		at_block(37);
		assert_ok!(prune(&[2, 0]));
		assert!(Terms::<Test>::contains_key(id()));
		assert_ok!(prune(&[1]));
		assert!(!Terms::<Test>::contains_key(id()));
	});
}

#[test]
fn an_agreement_is_forgotten_with_its_last_result() {
	run(|| {
		settled();
		end();
		let before = free(&alice());
		at_block(40);
		assert_ok!(prune(&[0, 1, 2]));
		assert_eq!(free(&alice()), before + deposit_for(&terms()) + 3 * 151);
		assert_eq!(crate::Agreements::<Test>::iter().count(), 0);
		assert_eq!(Terms::<Test>::iter().count(), 0);
		assert_eq!(super::last_event(), Event::Removed { agreement: id() });
		for user in [alice(), bob()] {
			let account = frame_system::Account::<Test>::get(&user);
			assert_eq!(account.data.reserved, 0);
		}
		assert_noop!(prune(&[]), Error::NotFound);
	});
}

#[test]
fn an_agreement_without_results_is_forgotten_when_it_can_no_longer_be_signed() {
	run(|| {
		assert_ok!(Agreements::propose(origin(alice()), terms()));
		assert_noop!(prune(&[]), Error::NothingToPrune);
		assert_ok!(Agreements::cancel(origin(bob()), id()));
		at_block(10);
		assert_noop!(prune(&[]), Error::NothingToPrune);
		at_block(11);
		assert_ok!(prune(&[]));
		assert_eq!(free(&alice()), ENDOWMENT);
	});
}
