//! One file per call, one for what all verdicts have in common, one for the costs.

mod accuse;
mod complain;
mod costs;
mod dismiss;
mod file;
mod judge;
mod money;
mod reconcile;
mod report;
mod show;
mod try_state;

use codec::Encode;
use frame_support::traits::Authorize;
use sp_runtime::{
	transaction_validity::{
		InvalidTransaction, TransactionSource, TransactionValidityError, ValidTransaction,
	},
	StateVersion,
};
use syngraph_protocol::{Docket, Stage};

use crate::{mock::*, DisputeOf, Refusal};

/// The root of all storage.
fn root() -> Vec<u8> {
	sp_io::storage::root(StateVersion::V1)
}

/// That something is refused, by the pool and by a block, and changes nothing and costs nobody anything.
#[track_caller]
fn assert_refused(call: RuntimeCall, refusal: Refusal) {
	let before = root();
	let code = InvalidTransaction::Custom(refusal as u8);
	assert_eq!(apply(call), Err(TransactionValidityError::Invalid(code)));
	assert_eq!(root(), before);
}

/// That something is accepted and takes effect.
#[track_caller]
fn assert_applied(call: RuntimeCall) {
	assert_eq!(apply(call), Ok(Ok(())));
}

/// What the pool knows of something that is accepted.
#[track_caller]
fn validity(call: &RuntimeCall) -> ValidTransaction {
	let (validity, _) = call
		.authorize(TransactionSource::External)
		.unwrap()
		.unwrap();
	validity
}

/// That two things keep each other out of the pool, or not.
#[track_caller]
fn assert_exclusive(left: &RuntimeCall, right: &RuntimeCall, exclusive: bool) {
	let (left, right) = (validity(left).provides, validity(right).provides);
	assert_eq!(left.iter().any(|tag| right.contains(tag)), exclusive);
}

/// The tag by which the pool knows something.
fn tag(tag: crate::authorize::Tag) -> Vec<u8> {
	("syngraph/dispute", tag).encode()
}

/// The dispute about the window, if it is open.
fn dispute() -> Option<DisputeOf<Test>> {
	crate::Disputes::<Test>::get(AGREEMENT, WINDOW)
}

fn docket() -> Docket<u64> {
	dispute().expect("a dispute is open").docket
}

/// What the dispute waits for, and until when.
fn waits_for() -> (Stage, u64) {
	(docket().stage, docket().deadline)
}

/// So many blocks pass.
fn wait(blocks: u64) {
	System::set_block_number(System::block_number() + blocks);
}

/// The deadline passes.
fn miss_deadline() {
	System::set_block_number(docket().deadline + 1);
}

/// Nothing is stored any more, and everything that was there at first is somebody's.
#[track_caller]
fn assert_all_gone() {
	assert_eq!(crate::Disputes::<Test>::iter().count(), 0);
	assert_eq!(crate::Trials::<Test>::iter().count(), 0);
	assert_eq!(crate::Complaints::<Test>::iter().count(), 0);
	assert_eq!(read(Ledger::total), Ledger::new().total());
	assert!(read(|books| books.open.is_empty()));
}

/// Puts on file what all of them say, and shows the window of those in `show`.
fn answer(views: &[View], show: &[View]) {
	for view in views {
		let _ = apply(file(&view.commit()));
	}
	for view in views {
		let _ = apply(file_reveal(&view.revealed(views)));
	}
	for view in show {
		show_all(*view);
	}
}

/// Shows the whole window in two chunks.
fn show_all(view: View) {
	let all = messages(WINDOW, view.level);
	assert_applied(show(view.author, 0, &all[..4]));
	assert_applied(show(view.author, 4, &all[4..]));
}

/// Opens a dispute by a conflict of commitments.
fn open_by_inputs(left: View, right: View) {
	assert_applied(report(&left.commit(), &right.commit()));
}

/// Opens a dispute by a conflict of reveals.
fn open_by_results(left: View, right: View, all: &[View]) {
	let reveal = |view: View| view.revealed(all).statement;
	assert_applied(report(&reveal(left), &reveal(right)));
}

/// Opens a complaint of Ann's, who is honest.
fn open_complaint() {
	assert_applied(complain(honest(ANN).utterance(None), heads(WINDOW)));
}
