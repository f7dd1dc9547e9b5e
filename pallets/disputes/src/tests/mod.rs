//! One file per call, and one each for what several of them have in common.

mod accomplices;
mod accuse;
mod bad_chunks;
mod complain;
mod costs;
mod dismiss;
mod file;
mod heads;
mod judge;
mod lack;
mod money;
mod needless;
mod pool;
mod reconcile;
mod replace;
mod report;
mod show;
mod sources;
mod stale;
mod try_state;

use codec::Encode;
use frame_support::traits::Authorize;
use sp_runtime::{
	transaction_validity::{
		InvalidTransaction, TransactionSource, TransactionValidityError, ValidTransaction,
	},
	StateVersion,
};
use syngraph_primitives::{Entity, IntermediaryId, SignedStatement, Statement, WindowIndex};
use syngraph_protocol::{Docket, Stage};

use crate::{mock::*, Call, DisputeOf, Event, ValidityError};

/// The root of all storage.
fn root() -> Vec<u8> {
	sp_io::storage::root(StateVersion::V1)
}

/// That something is refused, by the pool and by a block, and changes nothing and costs nobody anything.
#[track_caller]
fn assert_refused(call: RuntimeCall, error: ValidityError) {
	let before = root();
	let code = InvalidTransaction::Custom(error as u8);
	assert_eq!(apply(call), Err(TransactionValidityError::Invalid(code)));
	assert_eq!(root(), before);
}

/// That something is accepted and takes effect.
#[track_caller]
fn assert_applied(call: RuntimeCall) {
	assert_eq!(apply(call), Ok(Ok(())));
}

/// That something is accepted and takes effect. Returns its fee, by its actual length.
#[track_caller]
fn applied(call: RuntimeCall) -> u64 {
	let fee = fee(&call);
	assert_applied(call);
	fee
}

/// The fee for a call, by its actual length.
fn fee(call: &RuntimeCall) -> u64 {
	let RuntimeCall::Disputes(call) = call else {
		panic!("it is a call of this pallet");
	};
	// The first byte tells which call it is.
	let length = call.encoded_size() - 1;
	match call {
		Call::report { .. } => Disputes::report_fee(length),
		Call::complain { .. } => Disputes::complain_fee(length),
		Call::file { .. } => Disputes::file_fee(length),
		Call::lack { .. } => Disputes::lack_fee(),
		Call::show { messages, .. } => Disputes::show_fee(messages.len() as u32, length),
		Call::judge { .. } => Disputes::judge_fee(),
		Call::dismiss { declarations, .. } => Disputes::dismiss_fee(declarations.encoded_size()),
		Call::accuse { .. } => Disputes::accuse_fee(length),
		_ => panic!("it has no fee of its own"),
	}
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

/// The dispute, if one is open.
fn dispute() -> Option<DisputeOf<Test>> {
	crate::Disputes::<Test>::get(AGREEMENT)
}

/// What the open dispute has cost so far.
fn spent() -> u64 {
	dispute().expect("a dispute is open").spent
}

/// How the only dispute that was closed was.
#[track_caller]
fn closed() -> Closed {
	let closed = read(|books| books.closed.clone());
	assert_eq!(closed.len(), 1);
	closed[0].clone()
}

/// What a bond has lost.
fn lost(member: IntermediaryId) -> u64 {
	BOND - read(|books| books.bonds[&member])
}

/// What can still be taken from a bond.
fn liable(member: IntermediaryId) -> u64 {
	read(|books| books.liable[&member])
}

/// What an account was paid.
fn paid(who: u64) -> u64 {
	read(|books| books.paid.get(&who).copied().unwrap_or(0))
}

/// The events of this pallet.
fn events() -> Vec<Event<Test>> {
	let events = System::events().into_iter();
	events
		.filter_map(|record| match record.event {
			RuntimeEvent::Disputes(event) => Some(event),
			_ => None,
		})
		.collect()
}

/// Who bore how much, as the last event about it says.
fn borne() -> Vec<(Entity<u64>, u64)> {
	let found = events().into_iter().rev().find_map(|event| match event {
		Event::Borne { shares, .. } => Some(shares),
		_ => None,
	});
	found.expect("a dispute is paid for")
}

/// The commitment of someone, as if its window were another.
fn commit_to(stance: Stance, window: WindowIndex) -> SignedStatement {
	let mut commitment = stance.commitment();
	commitment.window = window;
	signed(Statement::Commit(commitment))
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
	assert_eq!(read(MockState::total), MockState::new().total());
	assert_eq!(read(|books| (books.open, books.reserved)), (None, 0));
}

/// Puts on file what all of them say, and shows the window of those in `show`.
fn answer(stances: &[Stance], show: &[Stance]) {
	for stance in stances {
		let _ = apply(file(&stance.commit()));
	}
	for stance in stances {
		let _ = apply(file_reveal(&stance.revealed(stances)));
	}
	for stance in show {
		show_all(*stance);
	}
}

/// Shows the whole window in two chunks.
fn show_all(stance: Stance) {
	assert_applied(show_first(stance));
	assert_applied(show_last(stance));
}

/// Opens a dispute by a conflict of commitments.
fn open_by_inputs(left: Stance, right: Stance) {
	assert_applied(report(&left.commit(), &right.commit()));
}

/// Opens a dispute by a conflict of reveals.
fn open_by_results(left: Stance, right: Stance, all: &[Stance]) {
	let reveal = |stance: Stance| stance.revealed(all).statement;
	assert_applied(report(&reveal(left), &reveal(right)));
}

/// Opens a complaint of Ann's, who is honest.
fn open_complaint() {
	assert_applied(complain(honest(ANN).utterance(None), heads(WINDOW)));
}

/// That a chunk enters a block, that the member pays for it out of its bond as far as that is liable, and shows
/// nothing more, while all else stays as it was.
#[track_caller]
fn assert_charged(author: u64, call: RuntimeCall) {
	let (mut open, trials) = (dispute().unwrap(), crate::Trials::<Test>::iter().count());
	let (before, due) = (lost(author), fee(&call).min(liable(author)));
	assert_applied(call.clone());
	assert_eq!(lost(author), before + due);
	open.docket.mislead(author as usize);
	assert_eq!(dispute(), Some(open));
	assert_eq!(crate::Trials::<Test>::iter().count(), trials);
	System::assert_last_event(
		Event::ShowingFailed {
			agreement: AGREEMENT,
			window: WINDOW,
			intermediary: author,
			fee: due,
		}
		.into(),
	);
	assert_refused(call, ValidityError::Misled);
}

/// Two commitments to different windows.
fn inputs() -> (SignedStatement, SignedStatement) {
	(honest(ANN).commit(), honest(BOB).seeing(2).commit())
}

/// Two commitments of one member.
fn equivocation(author: u64) -> (SignedStatement, SignedStatement) {
	(
		honest(author).commit(),
		honest(author).claiming(Some(9)).commit(),
	)
}
