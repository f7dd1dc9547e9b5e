//! `report`: what is accepted, what it leaves behind, and what is refused.

use codec::Encode;
use frame_support::{
	assert_noop, assert_ok,
	dispatch::{DispatchClass, GetDispatchInfo},
	traits::{Authorize, Get},
};
use frame_system::{limits::BlockWeights, offchain::CreateAuthorizedTransaction, RawOrigin};
use sp_core::H256;
use sp_io::hashing::blake2_256;
use sp_runtime::{
	transaction_validity::{InvalidTransaction, TransactionSource, TransactionValidityError},
	DispatchError, DispatchResult, StateVersion,
};
use syngraph_primitives::{seal, IntermediaryId, SignedStatement, Statement};
use syngraph_protocol::Conflict;

use crate::{mock::*, Call, Dispute, Error, Event, Evidence, Refusal};

/// A report as a worker sends it.
fn transaction(left: &SignedStatement, right: &SignedStatement) -> Extrinsic {
	<Test as CreateAuthorizedTransaction<Call<Test>>>::create_authorized_transaction(report(
		left, right,
	))
}

/// The root of all storage.
fn root() -> Vec<u8> {
	sp_io::storage::root(StateVersion::V1)
}

/// That a report is refused, by the pool and by a block, and changes nothing.
fn assert_refused(left: &SignedStatement, right: &SignedStatement, refusal: Refusal) {
	let before = root();
	let code = InvalidTransaction::Custom(refusal as u8);
	for (left, right) in [(left, right), (right, left)] {
		assert_eq!(
			apply(report(left, right)),
			Err(TransactionValidityError::Invalid(code))
		);
	}
	assert_eq!(root(), before);
}

/// That a report opens a dispute for this reason.
fn assert_opens(left: &SignedStatement, right: &SignedStatement, conflict: Conflict) {
	let window = left.statement.window();
	assert_eq!(apply(report(left, right)), Ok(Ok(())));
	let dispute = crate::Disputes::<Test>::get(AGREEMENT, window).unwrap();
	assert_eq!(dispute.conflict, conflict);
}

/// A commitment with a seal that the author's reveal for the window opens.
fn sealed(author: IntermediaryId, window: u64, result: Option<i128>) -> SignedStatement {
	let Statement::Commit(mut commitment) = commit(author, window, 1).statement else {
		unreachable!()
	};
	commitment.seal = seal(&AGREEMENT, window, author, result, &[author as u8; 32]);
	signed_for(&genesis(), author, Statement::Commit(commitment))
}

#[test]
fn a_dispute_is_opened_with_both_statements() {
	run(|| {
		System::set_block_number(5);
		let (left, right) = (commit(ANN, 3, 1), commit(BOB, 3, 2));
		assert_eq!(apply(report(&left, &right)), Ok(Ok(())));

		let hash = |signed: &SignedStatement| H256(blake2_256(&signed.encode()));
		let dispute = Dispute {
			conflict: Conflict::InputMismatch,
			left: Evidence {
				author: ANN,
				hash: hash(&left),
			},
			right: Evidence {
				author: BOB,
				hash: hash(&right),
			},
			opened: 5,
			deadline: 5 + PERIOD,
		};
		assert_eq!(crate::Disputes::<Test>::get(AGREEMENT, 3), Some(dispute));
		System::assert_has_event(
			Event::Opened {
				agreement: AGREEMENT,
				window: 3,
				conflict: Conflict::InputMismatch,
				left: ANN,
				right: BOB,
				deadline: 5 + PERIOD,
			}
			.into(),
		);
	});
}

#[test]
fn the_window_is_frozen_and_the_escrow_pays_the_fee() {
	run(|| {
		let (left, right) = (commit(ANN, 3, 1), commit(BOB, 3, 2));
		let fee = Disputes::fee(&left, &right);
		let limits: BlockWeights = <Test as frame_system::Config>::BlockWeights::get();
		let base = limits.get(DispatchClass::Normal).base_extrinsic;
		let call = report(&left, &right);
		let weight = base + call.weight_of_authorize() + call.get_dispatch_info().call_weight;
		let length = transaction(&left, &right).encoded_size() as u64;
		let exact = weight.ref_time() + length;
		assert!((exact..exact + 16).contains(&fee));
		Escrow::set(fee + 1);
		assert_eq!(apply(report(&left, &right)), Ok(Ok(())));
		assert_eq!(Escrow::get(), 1);
		assert_eq!(Frozen::get(), [3].into());
	});
}

#[test]
fn every_sort_of_conflict_opens_a_dispute() {
	run(|| {
		assert_opens(
			&commit(ANN, 0, 1),
			&commit(BOB, 0, 2),
			Conflict::InputMismatch,
		);
		assert_opens(
			&reveal(ANN, 1, Some(1), 0),
			&reveal(BOB, 1, Some(2), 0),
			Conflict::ResultMismatch,
		);
		assert_opens(
			&reveal(ANN, 2, Some(1), 0),
			&reveal(BOB, 2, Some(1), 9),
			Conflict::CommitmentMismatch,
		);
		let author = BOB;
		assert_opens(
			&commit(BOB, 3, 1),
			&commit(BOB, 3, 2),
			Conflict::Equivocation { author },
		);
		assert_opens(
			&reveal(BOB, 4, None, 0),
			&reveal(BOB, 4, None, 9),
			Conflict::Equivocation { author },
		);
		assert_opens(
			&sealed(BOB, 5, Some(1)),
			&reveal(BOB, 5, Some(2), 0),
			Conflict::FalseReveal { author },
		);
	});
}

#[test]
fn a_report_is_tagged_by_agreement_and_window_and_passed_on() {
	run(|| {
		let validity = |left, right| {
			let call = report(&left, &right);
			let (validity, _) = call
				.authorize(TransactionSource::External)
				.unwrap()
				.unwrap();
			validity
		};
		let first = validity(commit(ANN, 3, 1), commit(BOB, 3, 2));
		assert!(first.propagate);
		assert_eq!((first.priority, first.longevity), (7, 8));
		assert!(first.requires.is_empty());
		let tag = ("syngraph/dispute", (AGREEMENT, 3u64));
		assert_eq!(first.provides, vec![tag.encode()]);
		let turned = validity(reveal(BOB, 3, None, 0), reveal(ANN, 3, Some(0), 0));
		assert_eq!(turned.provides, first.provides);
		let other = validity(commit(ANN, 4, 1), commit(BOB, 4, 2));
		assert_ne!(other.provides, first.provides);
	});
}

#[test]
fn statements_without_conflict_are_refused() {
	run(|| {
		for (left, right) in [
			(commit(ANN, 3, 1), commit(ANN, 3, 1)),
			(commit(ANN, 3, 1), commit(BOB, 3, 1)),
			(commit(ANN, 3, 1), commit(BOB, 4, 2)),
			(commit(ANN, 3, 1), reveal(BOB, 3, None, 0)),
			(reveal(ANN, 3, Some(1), 0), reveal(BOB, 3, Some(1), 0)),
			(sealed(BOB, 3, Some(1)), reveal(BOB, 3, Some(1), 0)),
		] {
			assert_refused(&left, &right, Refusal::NoConflict);
		}
	});
}

#[test]
fn one_statement_with_two_signatures_is_no_conflict() {
	run(|| {
		let (left, right) = (commit(ANN, 3, 1), commit(ANN, 3, 1));
		assert_ne!(left.signature, right.signature);
		assert_refused(&left, &right, Refusal::NoConflict);
	});
}

#[test]
fn strangers_are_refused() {
	run(|| {
		assert_refused(
			&commit(ANN, 3, 1),
			&commit(EVE, 3, 2),
			Refusal::NotIntermediary,
		);
		assert_refused(
			&commit(EVE, 3, 1),
			&commit(EVE, 3, 2),
			Refusal::NotIntermediary,
		);
	});
}

#[test]
fn an_ended_agreement_is_not_disputed() {
	run(|| {
		Ended::set(true);
		assert_refused(
			&commit(ANN, 3, 1),
			&commit(BOB, 3, 2),
			Refusal::NotIntermediary,
		);
	});
}

#[test]
fn a_window_is_disputed_once() {
	run(|| {
		let (left, right) = (commit(ANN, 3, 1), commit(BOB, 3, 2));
		assert_eq!(apply(report(&left, &right)), Ok(Ok(())));
		assert_refused(&left, &right, Refusal::CannotFreeze);
		assert_refused(
			&reveal(ANN, 3, Some(1), 0),
			&reveal(BOB, 3, Some(2), 0),
			Refusal::CannotFreeze,
		);
	});
}

#[test]
fn a_dispute_must_be_paid_for() {
	run(|| {
		let (left, right) = (commit(ANN, 3, 1), commit(BOB, 3, 2));
		Escrow::set(Disputes::fee(&left, &right) - 1);
		assert_refused(&left, &right, Refusal::CannotFreeze);
	});
}

#[test]
fn an_author_without_a_key_is_refused() {
	run(|| {
		Keys::mutate(|keys| keys[BOB as usize] = None);
		assert_refused(&commit(ANN, 3, 1), &commit(BOB, 3, 2), Refusal::UnknownKey);
	});
}

#[test]
fn signatures_must_be_the_authors_for_this_chain() {
	run(|| {
		let (left, right) = (commit(ANN, 3, 1), commit(BOB, 3, 2));
		let forged = signed_for(&genesis(), EVE, right.statement.clone());
		assert_refused(&left, &forged, Refusal::BadSignature);
		let elsewhere = signed_for(&H256::zero(), BOB, right.statement.clone());
		assert_refused(&left, &elsewhere, Refusal::BadSignature);
		let mut copied = right.clone();
		copied.signature = left.signature;
		assert_refused(&left, &copied, Refusal::BadSignature);
	});
}

/// Dispatches a report without asking whether it is authorised.
fn dispatch(
	origin: RuntimeOrigin,
	left: &SignedStatement,
	right: &SignedStatement,
) -> DispatchResult {
	Disputes::report(origin, Box::new(left.clone()), Box::new(right.clone()))
}

#[test]
fn only_an_authorised_transaction_reports() {
	run(|| {
		let (left, right) = (commit(ANN, 3, 1), commit(BOB, 3, 2));
		for origin in [
			RuntimeOrigin::signed(1),
			RuntimeOrigin::none(),
			RuntimeOrigin::root(),
		] {
			assert_noop!(dispatch(origin, &left, &right), DispatchError::BadOrigin);
		}
	});
}

#[test]
fn dispatch_without_cause_changes_nothing() {
	run(|| {
		let authorised = || RuntimeOrigin::from(RawOrigin::Authorized);
		let (left, right) = (commit(ANN, 3, 1), commit(BOB, 3, 2));
		assert_noop!(
			dispatch(authorised(), &left, &left),
			Error::<Test>::NoConflict
		);
		assert_ok!(dispatch(authorised(), &left, &right));
		assert_noop!(
			dispatch(authorised(), &left, &right),
			DispatchError::Other("cannot freeze")
		);
	});
}

#[test]
fn each_refusal_has_a_code_of_its_own() {
	let codes = [
		Refusal::NoConflict,
		Refusal::NotIntermediary,
		Refusal::CannotFreeze,
		Refusal::UnknownKey,
		Refusal::BadSignature,
	]
	.map(|refusal| refusal as u8);
	assert_eq!(codes, [100, 101, 102, 103, 104]);
}
