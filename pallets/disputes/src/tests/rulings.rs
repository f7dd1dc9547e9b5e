//! What the chain computed settles with the verdict, if the terms let it.

use syngraph_primitives::Ruling;
use syngraph_protocol::{root_of, Fault};

use super::{judge::convicted, money::judged, *};
use crate::WeightInfo;

/// What it costs here.
const FEE: u64 = 1_000_001;

/// Bob claims a wrong result of a window, and Ann shows that. The terms let rulings settle.
fn bob_lies_about(window: WindowIndex) {
	alter(|books| books.ruling = Some(FEE));
	let [ann, bob, cid] = all_honest();
	let all = [ann, bob.claiming(Some(9)).about(window), cid];
	assert_applied(complain(vec![ann.commit()], heads(WINDOW)));
	answer(&all);
	narrow(&all);
	show_window(ann, window);
}

/// What the chain computes of the first window.
fn ruled() -> Ruling {
	Ruling {
		outcome: Some(RESULT),
		data_root: root_of([honest(ANN).root_of(FIRST)]),
	}
}

/// Ann and Bob committed to different data of the first window, and Ann shows hers. The terms let rulings settle.
fn bob_makes_up_what_happened(open: impl FnOnce([Stance; 3])) {
	alter(|books| books.ruling = Some(FEE));
	let [ann, bob, cid] = all_honest();
	let bob = bob.seeing(2).about(FIRST);
	open([ann, bob, cid]);
	narrow(&[ann, bob]);
	show_window(ann, FIRST);
}

#[test]
fn what_proves_a_member_wrong_settles_at_its_cost() {
	run(|| {
		bob_lies_about(FIRST);
		let (before, ruling) = (spent(), ruled());
		let judging = applied(judge());
		assert_all_gone();
		let closed = closed();
		assert_eq!((closed.convicted, closed.ruling), (vec![BOB], Some(ruling)));
		let cost = before + judging + FEE;
		assert_eq!(borne(), [(Entity::Intermediary(BOB), cost)]);
		assert_eq!(read(|books| books.progress.base), FIRST + 1);
	});
}

#[test]
fn without_a_bond_its_user_pays() {
	run(|| {
		bob_lies_about(FIRST);
		alter(|books| books.liable.insert(BOB, 0));
		let before = spent();
		let judging = applied(judge());
		assert_eq!(closed().bears, [0, before + judging + FEE, 0]);
	});
}

#[test]
fn nothing_settles_where_the_terms_do_not_say_so() {
	run(|| {
		bob_lies_about(FIRST);
		alter(|books| books.ruling = None);
		judged();
		assert_eq!((closed().convicted, closed().ruling), (vec![BOB], None));
		assert_eq!(read(|books| books.progress.base), FIRST);
	});
}

#[test]
fn a_later_window_does_not_settle() {
	run(|| {
		bob_lies_about(WINDOW);
		judged();
		assert_eq!((closed().convicted, closed().ruling), (vec![BOB], None));
	});
}

/// The chain computed it out of what was known when the dispute was opened.
#[test]
fn nothing_settles_once_something_else_is_known_of_the_sensors() {
	run(|| {
		bob_lies_about(FIRST);
		let now = System::block_number();
		alter(|books| {
			let keys = books.sensors.get_mut(&SENSORS[0]).unwrap();
			keys.convict(1_000, now)
		});
		judged();
		assert_eq!((closed().convicted, closed().ruling), (vec![BOB], None));
	});
}

#[test]
fn nothing_settles_twice() {
	run(|| {
		bob_lies_about(FIRST);
		settle();
		judged();
		assert_eq!(closed().ruling, None);
		assert_eq!(read(|books| books.progress.base), END);
		assert_eq!(convicted().len(), 1);
	});
}

#[test]
fn so_does_what_proves_that_a_root_was_copied() {
	run(|| {
		alter(|books| books.ruling = Some(FEE));
		let [ann, bob, cid] = all_honest();
		let all = [ann, bob.copying().about(FIRST), cid];
		open_complaint();
		for stance in &all[1..] {
			assert_applied(file(&stance.commit()));
		}
		assert_applied(challenge(ann, BOB));
		narrow(&all);
		show_window(ann, FIRST);
		let ruling = ruled();
		assert_applied(judge());
		assert_eq!(convicted(), [(BOB, Fault::FalsePossession)]);
		assert_eq!(closed().ruling, Some(ruling));
	});
}

#[test]
fn of_data_it_takes_that_all_others_have_committed_to_the_window() {
	// Cid has not been heard: it may have another one.
	run(|| {
		bob_makes_up_what_happened(|[ann, bob, _]| {
			assert_applied(report(&ann.commit(), &bob.commit()));
		});
		miss_deadline();
		judged();
		assert_eq!(convicted(), [(BOB, Fault::WrongWindow)]);
		assert_eq!(closed().ruling, None);
		assert_eq!(read(|books| books.progress.base), FIRST);
	});
	run(|| {
		bob_makes_up_what_happened(|[ann, bob, cid]| {
			let heard = [ann, cid, bob].map(|stance| stance.commit());
			assert_applied(complain(heard.to_vec(), heads(WINDOW)));
		});
		// Bob could still show what it committed to.
		assert_refused(judge(), ValidityError::NotRipe);
		miss_deadline();
		let (before, ruling) = (spent(), ruled());
		let cost = before + applied(judge()) + FEE;
		assert_eq!(convicted(), [(BOB, Fault::WrongWindow)]);
		assert_eq!(closed().ruling, Some(ruling));
		assert_eq!(borne(), [(Entity::Intermediary(BOB), cost)]);
	});
}

/// Who owns the sensor, and has it sign another window for its own member, gets no ruling by that.
#[test]
fn nothing_settles_of_which_a_sensor_signed_two() {
	run(|| {
		bob_makes_up_what_happened(|[ann, bob, cid]| {
			let heard = [ann, cid, bob].map(|stance| stance.commit());
			assert_applied(complain(heard.to_vec(), heads(WINDOW)));
		});
		let other = chunks(honest(BOB).seeing(2).about(FIRST), FIRST);
		assert_applied(other[0].clone());
		judged();
		assert_eq!((closed().convicted, closed().ruling), (vec![], None));
	});
}

#[test]
fn nothing_settles_if_the_users_void_the_dispute() {
	run(|| {
		bob_lies_about(FIRST);
		all_consent();
		assert_eq!((closed().convicted, closed().ruling), (vec![], None));
		assert_all_gone();
	});
}

/// A price that has risen meanwhile is nobody's fault.
#[test]
fn it_costs_no_more_than_is_reserved() {
	run(|| {
		bob_lies_about(FIRST);
		alter(|books| books.ruling = Some(u64::MAX));
		let reserved = read(|books| books.reserved);
		let ruling = ruled();
		assert_applied(judge());
		assert_eq!(borne(), [(Entity::Intermediary(BOB), reserved)]);
		assert_eq!(closed().ruling, Some(ruling));
		assert_all_gone();
	});
}

#[test]
fn what_a_verdict_without_it_weighs_less_is_given_back() {
	let weights = [
		<() as WeightInfo>::judge(),
		<() as WeightInfo>::judge_with_ruling(),
	];
	for (ruling, weight) in [None, Some(FEE)].into_iter().zip(weights) {
		run(|| {
			bob_lies_about(FIRST);
			alter(|books| books.ruling = ruling);
			let origin = RuntimeOrigin::signed(9);
			let judged = Disputes::judge(origin, AGREEMENT).unwrap();
			assert_eq!(judged.actual_weight, Some(weight));
		});
	}
}
