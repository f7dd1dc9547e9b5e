//! What the chain computed settles with the verdict, if the terms let it.

use syngraph_primitives::Ruling;
use syngraph_protocol::root_of;

use super::{judge::convicted, money::judged, *};

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

#[test]
fn what_proves_a_member_wrong_settles_at_its_cost() {
	run(|| {
		bob_lies_about(FIRST);
		let before = spent();
		let judging = applied(judge());
		assert_all_gone();
		let closed = closed();
		let ruling = Ruling {
			outcome: Some(RESULT),
			data_root: root_of([honest(ANN).root_of(FIRST)]),
		};
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
