//! How null windows are passed over.

use frame_support::{assert_noop, assert_ok, assert_storage_noop, traits::Authorize};
use frame_system::RawOrigin;
use sp_core::Pair;
use sp_runtime::{
	traits::Dispatchable,
	transaction_validity::{TransactionSource, TransactionValidityError, ValidTransaction},
};
use syngraph_primitives::{
	AgreementId, Agreements as _, Closing, Done, IntermediaryId, Payload, RosterNumber, SignedDone,
	WindowIndex, PROGRESS_REACH,
};

use crate::{mock::*, passing::PASS_LEAST, Declarations, EndReason, Event, Phase, ValidityError};

fn declared(
	id: AgreementId,
	roster: RosterNumber,
	all: &[(IntermediaryId, WindowIndex)],
) -> Declarations {
	let declare = |(intermediary, below): &(IntermediaryId, WindowIndex)| {
		let done = Done {
			agreement: id,
			roster,
			intermediary: *intermediary,
			below: *below,
			at: 0,
			replaced: 0,
		};
		let bytes = done.signing_bytes(&Agreements::genesis());
		SignedDone {
			signature: intermediary_key(*intermediary).sign(&bytes),
			done,
		}
	};
	let all: Vec<_> = all.iter().map(declare).collect();
	all.try_into().expect("few")
}

fn call(id: AgreementId, declarations: Declarations) -> RuntimeCall {
	RuntimeCall::Agreements(crate::Call::pass {
		agreement: id,
		declarations,
	})
}

/// Passes as a block does: authorises, then dispatches.
fn pass(
	id: AgreementId,
	declarations: Declarations,
) -> Result<ValidTransaction, TransactionValidityError> {
	let call = call(id, declarations);
	let authorized = call.authorize(TransactionSource::External);
	let (valid, _) = authorized.expect("it is authorised")?;
	assert_ok!(call.dispatch(RawOrigin::Authorized.into()));
	Ok(valid)
}

fn is_refused(declarations: Declarations, error: ValidityError) {
	assert_storage_noop!(assert_eq!(pass(id(), declarations), refused(error)));
}

#[test]
fn what_all_have_done_with_is_passed_over_at_a_price() {
	run(|| {
		let id = activate(&terms());
		let all = [(10, 50), (20, 40), (21, 45)];
		let before = agreement().funds;
		assert_ok!(pass(id, declared(id, 0, &all)));
		assert_eq!(agreement().progress.base(), 40);
		let fee = prices(&terms()).pass;
		let after = agreement().funds;
		assert_eq!(before[0] + before[1] - after[0] - after[1], fee);
		assert_eq!(
			super::last_event(),
			Event::Passed {
				agreement: id,
				below: 40
			}
		);
		is_refused(declared(id, 0, &all), ValidityError::AlreadyDecided);
	});
}

#[test]
fn it_takes_everybodys_signature() {
	run(|| {
		let id = activate(&terms());
		let all = [(10, 50), (20, 50), (21, 50)];
		is_refused(declared(id, 0, &all[..2]), ValidityError::WrongCount);
		is_refused(declared(id, 0, &[]), ValidityError::WrongCount);
		let swapped = [all[1], all[0], all[2]];
		is_refused(declared(id, 0, &swapped), ValidityError::WrongRoster);
		is_refused(declared(id, 1, &all), ValidityError::WrongRoster);
		is_refused(
			declared(sp_core::H256::zero(), 0, &all),
			ValidityError::WrongRoster,
		);
		let mut forged = declared(id, 0, &all);
		forged[1].done.below = 60;
		is_refused(forged, ValidityError::BadSignature);
	});
}

#[test]
fn many_windows_are_passed_over_at_once() {
	run(|| {
		let id = activate(&terms());
		let all = |below| declared(id, 0, &[(10, below), (20, below), (21, below)]);
		is_refused(all(PASS_LEAST - 1), ValidityError::AlreadyDecided);
		is_refused(all(129), ValidityError::TooFarAhead);
		assert_ok!(pass(id, all(PASS_LEAST)));
		assert_ok!(settle(id, PASS_LEAST, proof(&id, PASS_LEAST, 1)));
	});
}

#[test]
fn a_window_in_dispute_is_not_passed_over() {
	run(|| {
		let id = activate(&terms());
		let all = |below| declared(id, 0, &[(10, below), (20, below), (21, below)]);
		assert_ok!(Agreements::open_dispute(&id, 40));
		is_refused(all(41), ValidityError::Disputed);
		assert_ok!(pass(id, all(40)));
	});
}

/// An agreement whose second member was convicted, so that a spare has taken its place.
fn with_a_former_roster() -> AgreementId {
	let id = activate(&terms());
	assert_ok!(Agreements::open_dispute(&id, 9));
	let closing = Closing {
		convicted: vec![20],
		reopen: true,
		..closing(9)
	};
	assert_ok!(Agreements::close_dispute(&id, &closing));
	assert_eq!(agreement().roster.since, 0);
	id
}

fn by_former(id: AgreementId, below: WindowIndex) -> Declarations {
	declared(id, 0, &[(10, below), (20, below), (21, below)])
}

#[test]
fn the_former_members_word_counts_as_well() {
	run(|| {
		let id = with_a_former_roster();
		is_refused(
			declared(id, 0, &[(10, 8), (22, 8), (21, 8)]),
			ValidityError::WrongRoster,
		);
		assert_ok!(pass(id, by_former(id, 8)));
		assert_eq!(agreement().progress.base(), 8);
		let present = declared(id, 1, &[(10, 40), (22, 40), (21, 40)]);
		assert_ok!(pass(id, present));
	});
}

/// Who was removed declares itself done with one window more at a time, by what the others declared.
#[test]
fn an_agreement_pays_once_for_all_that_its_former_members_declare() {
	run(|| {
		let id = with_a_former_roster();
		let fee = prices(&terms()).pass;
		let paid = |declarations| {
			let sum = || agreement().funds.iter().sum::<u64>();
			let before = sum();
			assert_ok!(pass(id, declarations));
			before - sum()
		};
		let less = |by| declared(id, 0, &[(10, 8), (20, by), (21, 8)]);
		assert_eq!(paid(less(1)), fee);
		for below in 2..8 {
			assert_eq!(paid(less(below)), 0);
		}
		assert_eq!(paid(by_former(id, 8)), 0);
		assert_eq!(agreement().progress.base(), 8);
		let present = |below| declared(id, 1, &[(10, below), (22, below), (21, below)]);
		assert_eq!(paid(present(40)), fee);
		assert_eq!(paid(by_former(id, 42)), 0);
		assert_eq!(paid(present(80)), fee);
	});
}

#[test]
fn former_members_have_done_with_nothing_that_was_beyond_their_reach() {
	run(|| {
		let id = with_a_former_roster();
		assert_ok!(pass(id, by_former(id, 100)));
		assert_ok!(pass(id, by_former(id, 200)));
		assert_eq!(agreement().progress.base(), PROGRESS_REACH);
		is_refused(by_former(id, 200), ValidityError::AlreadyDecided);
	});
}

#[test]
fn an_agreement_that_cannot_afford_more_ends() {
	run(|| {
		let mut scant = terms();
		for index in [0, 1] {
			scant.users[index].escrow = least_escrow(&scant, index);
		}
		let id = activate(&scant);
		let all = declared(id, 0, &[(10, 50), (20, 50), (21, 50)]);
		assert_ok!(pass(id, all.clone()));
		let reason = EndReason::EscrowExhausted;
		let ended = crate::Agreements::<Test>::get(id).unwrap();
		assert_eq!(ended.phase, Phase::Ended { reason, at: 5 });
		assert_storage_noop!(assert_eq!(pass(id, all), refused(ValidityError::NotActive)));
	});
}

#[test]
fn the_pool_keeps_the_one_of_an_agreement_that_goes_furthest() {
	run(|| {
		let id = activate(&terms());
		let all = |below| declared(id, 0, &[(10, below), (20, below), (21, below)]);
		let valid = |declarations| {
			let authorized = call(id, declarations).authorize(TransactionSource::External);
			authorized.unwrap().unwrap().0
		};
		let (less, more) = (valid(all(40)), valid(all(41)));
		assert_eq!(less.provides, more.provides);
		assert!(less.priority < more.priority);
		let signed = Agreements::pass(RawOrigin::Signed(alice()).into(), id, all(40));
		assert_noop!(signed, sp_runtime::DispatchError::BadOrigin);
	});
}
