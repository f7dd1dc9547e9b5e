//! `open`: two trees that differ are opened, until it is known in which window.

use frame_support::assert_noop;
use sp_core::H256;
use sp_runtime::DispatchError;
use syngraph_primitives::WindowIndex;
use syngraph_protocol::{Fault, Hashes, Stage};

use super::{judge::convicted, *};
use crate::Event;

/// How many windows it takes so that blocks of them are opened first.
const MANY: u64 = 130;
/// A window in the last block.
const FAR: WindowIndex = FIRST + 129;

/// Two that differ in what they say of a window far away.
fn far_apart() -> [Stance; 2] {
	let ann = honest(ANN).about(FAR).until(FIRST + MANY);
	[ann, honest(BOB).about(FAR).until(FIRST + MANY).seeing(2)]
}

fn opening(level: Level) -> Stage {
	let kind = Kind::Data;
	Stage::Opening { kind, level }
}

#[test]
fn many_windows_are_narrowed_in_two_steps() {
	run(|| {
		let sides = far_apart();
		let mut cost = applied(report(&sides[0].commit(), &sides[1].commit()));
		assert_eq!(waits_for().0, opening(Level::Blocks));
		let steps = [Level::Blocks, Level::Leaves { block: 2 }];
		for (index, level) in (1..).zip(steps) {
			wait(1);
			assert_eq!(waits_for().0, opening(level));
			cost += applied(open_side(&sides, 1, Kind::Data, level));
			System::assert_last_event(
				Event::LaidOpen {
					agreement: AGREEMENT,
					first: FIRST,
					intermediary: BOB,
				}
				.into(),
			);
			// It takes both.
			assert_eq!(waits_for(), (opening(level), START + index - 1 + ANSWER));
			cost += applied(open_side(&sides, 0, Kind::Data, level));
			assert_eq!(waits_for().1, START + index + ANSWER);
		}
		assert_eq!(spent(), cost);
		let (kind, window) = (Kind::Data, FAR);
		let stage = Stage::Evidence { kind, window };
		assert_eq!(waits_for().0, stage);
		System::assert_last_event(
			Event::Advanced {
				agreement: AGREEMENT,
				first: FIRST,
				attempt: 0,
				end: None,
				stage,
				deadline: START + 2 + ANSWER,
			}
			.into(),
		);
		Disputes::do_try_state().unwrap();
		show_window(sides[0], FAR);
		miss_deadline();
		let cost = spent() + applied(judge());
		assert_eq!(convicted(), [(BOB, Fault::WrongWindow)]);
		assert_eq!(borne(), [(Entity::Intermediary(BOB), cost)]);
		assert_all_gone();
	});
}

#[test]
fn outcomes_that_differ_far_away_are_found_too() {
	run(|| {
		let [ann, _] = far_apart();
		let of = |author: u64| Stance {
			author,
			secret: author as u8,
			..ann
		};
		let all = [ann, of(BOB).claiming(None), of(CID)];
		let heard = all.map(|stance| stance.commit()).to_vec();
		assert_applied(complain(heard, heads(FAR)));
		answer(&all);
		narrow(&all);
		let (kind, window) = (Kind::Outcomes, FAR);
		assert_eq!(waits_for().0, Stage::Evidence { kind, window });
		show_window(of(CID), FAR);
		assert_applied(judge());
		assert_eq!(convicted(), [(BOB, Fault::WrongResult)]);
		assert_all_gone();
	});
}

#[test]
fn few_windows_are_opened_at_once() {
	run(|| {
		let (left, right) = inputs();
		assert_applied(report(&left, &right));
		assert_eq!(waits_for().0, opening(Level::Leaves { block: 0 }));
	});
}

#[test]
fn only_the_hashes_of_the_tree_are_put_on_file() {
	run(|| {
		let sides = [honest(ANN), honest(BOB).seeing(2)];
		let level = Level::Leaves { block: 0 };
		let good = |place: usize| sides[place].hashes(Kind::Data, level);
		assert_refused(lay_open(0, good(0)), ValidityError::NotOpen);
		assert_applied(report(&sides[0].commit(), &sides[1].commit()));
		let mut changed = good(0);
		changed[0] = H256::zero();
		for wrong in [
			changed,
			good(1),
			Hashes::default(),
			sides[0].hashes(Kind::Digests, level),
		] {
			assert_refused(lay_open(0, wrong), ValidityError::WrongHashes);
		}
		// Who is no side has nothing to open.
		for place in [2, 3, u8::MAX] {
			assert_refused(lay_open(place, good(0)), ValidityError::NotAwaited);
		}
		assert_applied(lay_open(0, good(0)));
		assert_refused(lay_open(0, good(0)), ValidityError::NothingNew);
		assert_applied(lay_open(1, good(1)));
		assert_refused(lay_open(1, good(1)), ValidityError::NotAwaited);
	});
}

#[test]
fn who_does_not_open_its_tree_is_absent() {
	run(|| {
		let sides = [honest(ANN), honest(BOB).seeing(2)];
		assert_applied(report(&sides[0].commit(), &sides[1].commit()));
		let level = Level::Leaves { block: 0 };
		assert_applied(open_side(&sides, 0, Kind::Data, level));
		wait(ANSWER);
		assert_refused(judge(), ValidityError::NotRipe);
		wait(1);
		let call = open_side(&sides, 1, Kind::Data, level);
		assert_refused(call, ValidityError::TooLate);
		assert_applied(judge());
		assert_eq!((closed().convicted, closed().absent), (vec![], vec![BOB]));
		assert_eq!(MEMBERS.map(lost), [0, ABSENCE_FEE, 0]);
	});
}

#[test]
fn a_settled_round_is_not_opened() {
	run(|| {
		let sides = [honest(ANN), honest(BOB).seeing(2)];
		assert_applied(report(&sides[0].commit(), &sides[1].commit()));
		let call = open_side(&sides, 0, Kind::Data, Level::Leaves { block: 0 });
		settle();
		assert_refused(call, ValidityError::Settled);
	});
}

#[test]
fn only_an_authorised_transaction_opens() {
	run(|| {
		let (left, right) = inputs();
		assert_applied(report(&left, &right));
		let hashes = honest(ANN).hashes(Kind::Data, Level::Leaves { block: 0 });
		assert_noop!(
			Disputes::open(RuntimeOrigin::signed(1), AGREEMENT, 0, hashes),
			DispatchError::BadOrigin
		);
	});
}
