//! One file per call, and one each for what several of them have in common.

mod accomplices;
mod accuse;
mod attempts;
mod bad_chunks;
mod challenge;
mod complain;
mod costs;
mod dead;
mod file;
mod halts;
mod heads;
mod join;
mod judge;
mod lack;
mod money;
mod open;
mod pool;
mod reconcile;
mod report;
mod rulings;
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
use syngraph_primitives::{Entity, IntermediaryId, Utterance, WindowIndex};
use syngraph_protocol::{Docket, Kind, Level, Stage};
use syngraph_test_kit::people::sign;

use crate::{mock::*, Call, DisputeOf, Event, Exposure, ValidityError};

/// What is known of the first sensor once two windows were shown.
fn exposure() -> Exposure {
	Exposure {
		sensor: SENSORS[0],
		window: WINDOW,
		answers: true,
	}
}

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
		Call::complain { utterances, .. } => {
			Disputes::complain_fee(utterances.len() as u32, length)
		},
		Call::file { .. } => Disputes::file_fee(length),
		Call::lack { .. } => Disputes::lack_fee(),
		Call::show { messages, .. } => Disputes::show_fee(messages.len() as u32, length),
		Call::judge { .. } => Disputes::judge_fee(),
		Call::challenge { .. } => Disputes::challenge_fee(),
		Call::open { .. } => Disputes::open_fee(length),
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
	assert_eq!(read(|books| (books.disputed, books.reserved)), (false, 0));
}

/// The round settles.
fn settle() {
	alter(|books| books.progress.decide(END));
}

/// Puts on file what all of them say, as far as it is waited for.
fn answer(stances: &[Stance]) {
	for stance in stances {
		let _ = apply(file(&stance.commit()));
	}
	for stance in stances {
		let _ = apply(file(&stance.reveal(stances)));
	}
}

/// Opens the trees of the two that differ, whose stances are among these, until it is known in which window.
fn narrow(stances: &[Stance]) {
	while let Stage::Opening { kind, level } = docket().stage {
		for side in docket().sides.into_iter().flatten() {
			assert_applied(open_side(stances, side.place, kind, level));
		}
	}
}

/// The tree of the member at a place, whose stance is among these, is opened.
fn open_side(stances: &[Stance], place: u8, kind: Kind, level: Level) -> RuntimeCall {
	let member = MEMBERS[usize::from(place)];
	let mut all = stances.iter();
	let stance = all.find(|stance| stance.author == member).unwrap();
	lay_open(place, stance.hashes(kind, level))
}

/// Shows the whole window that tests are about, in two chunks.
fn show_all(stance: Stance) {
	show_window(stance, WINDOW);
}

/// Shows a whole window.
fn show_window(stance: Stance, window: WindowIndex) {
	for chunk in chunks(stance, window) {
		assert_applied(chunk);
	}
}

/// Two committed to different data, and it is known in which window.
fn open_by_inputs(left: Stance, right: Stance) {
	assert_applied(report(&left.commit(), &right.commit()));
	narrow(&[left, right]);
	assert_eq!(waits_for().0, evidence(Kind::Data));
}

/// Ann and Bob committed to different data, it is known in which window, and Cid committed to what Ann did. Gives
/// those two.
fn open_with_cid() -> [Stance; 2] {
	let [ann, bob, cid] = all_honest();
	let bob = bob.seeing(2);
	let heard = [ann, cid, bob].map(|stance| stance.commit());
	assert_applied(complain(heard.to_vec(), heads(WINDOW)));
	narrow(&[ann, bob]);
	[ann, cid]
}

/// Members revealed different outcomes, and it is known in which window.
fn open_by_results(all: &[Stance]) {
	assert_applied(complain(vec![all[0].commit()], heads(WINDOW)));
	answer(all);
	narrow(all);
	assert_eq!(waits_for().0, evidence(Kind::Outcomes));
}

/// The window that tests are about is in question.
fn evidence(kind: Kind) -> Stage {
	Stage::Evidence {
		kind,
		window: WINDOW,
	}
}

/// Opens a complaint of Ann's, who is honest.
fn open_complaint() {
	assert_applied(complain(vec![honest(ANN).commit()], heads(WINDOW)));
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
			first: FIRST,
			window: WINDOW,
			intermediary: author,
			fee: due,
		}
		.into(),
	);
	assert_refused(call, ValidityError::Misled);
}

/// Two commitments to different windows.
fn inputs() -> (Utterance, Utterance) {
	(honest(ANN).commit(), honest(BOB).seeing(2).commit())
}

/// Two commitments of one member.
fn equivocation(author: u64) -> (Utterance, Utterance) {
	contradiction(honest(author))
}

/// Two commitments of one member, about one range.
fn contradiction(stance: Stance) -> (Utterance, Utterance) {
	(stance.commit(), stance.sealing(99).commit())
}

/// The commitment of a member as if it were to so many windows. Its roots are those of fewer: nobody looks at that
/// before they are opened.
fn committed_to(stance: Stance, windows: u64) -> Utterance {
	let mut said = stance.commit();
	said.commit.commitment.span.end = FIRST + windows;
	said.commit.signature = sign(&pair(stance.author), &genesis(), said.commitment());
	said
}

/// All users consent to close the dispute.
fn all_consent() {
	let roster = docket().roster.number;
	for user in [1, 2, 3] {
		let origin = RuntimeOrigin::signed(user);
		Disputes::reconcile(origin, AGREEMENT, roster).unwrap();
	}
}
