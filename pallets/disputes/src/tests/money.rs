//! Who bears and gets what, to the last unit. The rule itself is tested beside it, in `bearing.rs`.

use sp_core::Pair;

use super::*;
use crate::Event;

/// Bob claims a wrong result, everything is on file, and Ann shows the window.
fn bob_lies() {
	let [ann, bob, cid] = all_honest();
	open_by_results(&[ann, bob.claiming(Some(9)), cid]);
	show_all(ann);
}

/// Judges the dispute, and returns what it cost in all.
pub fn judged() -> u64 {
	let before = spent();
	let cost = before + applied(judge());
	assert_all_gone();
	let bonds: u64 = borne().iter().map(|(_, share)| share).sum();
	assert_eq!(bonds, cost, "everything is borne by somebody");
	cost
}

/// What was taken from a member that was convicted, as an event says.
fn taken(member: u64) -> u64 {
	let found = events().into_iter().find_map(|event| match event {
		Event::Convicted {
			intermediary,
			taken,
			..
		} if intermediary == member => Some(taken),
		_ => None,
	});
	found.expect("it was convicted")
}

#[test]
fn who_lied_pays_for_the_dispute_the_witnesses_and_the_harmed() {
	run(|| {
		bob_lies();
		let cost = judged();
		let penalty = LIABILITY - cost;
		let witness = penalty / 10 / 2;
		let left = penalty - 2 * witness;
		let harmed = left / 2;
		assert_eq!(
			[ANN, CID].map(|member| paid(operator(member))),
			[witness; 2]
		);
		assert_eq!([paid(1), paid(3)], [left - harmed, harmed]);
		assert_eq!((paid(2), paid(operator(BOB))), (0, 0));
		assert_eq!((lost(BOB), taken(BOB)), (LIABILITY, LIABILITY));
		// Being right costs nothing, and nobody gets its bond paid out.
		assert_eq!([lost(ANN), lost(CID)], [0; 2]);
		assert_eq!(closed().bears, [0; 3]);
		assert_eq!(borne(), [(Entity::Intermediary(BOB), cost)]);
		assert_eq!(read(|books| books.escrows.clone()), [ESCROW; 3]);
	});
}

#[test]
fn never_more_is_taken_than_a_bond_is_liable_for() {
	run(|| {
		bob_lies();
		let cost = spent() + fee(&judge());
		alter(|books| books.liable.insert(BOB, cost + 21));
		assert_eq!(judged(), cost);
		assert_eq!((lost(BOB), taken(BOB)), (cost + 21, cost + 21));
		// A tenth of what is left for the witnesses, the rest for the harmed.
		assert_eq!([ANN, CID].map(|member| paid(operator(member))), [1; 2]);
		assert_eq!([paid(1), paid(3)], [10, 9]);
	});
	run(|| {
		bob_lies();
		alter(|books| books.liable.insert(BOB, 5));
		let cost = judged();
		// What it cannot pay falls on who named it.
		assert_eq!(closed().bears, [0, cost - 5, 0]);
		assert_eq!((lost(BOB), taken(BOB)), (5, 5));
	});
}

#[test]
fn nor_more_than_the_penalty() {
	run(|| {
		bob_lies();
		alter(|books| books.liable.insert(BOB, 3 * PENALTY));
		let cost = judged();
		assert_eq!(lost(BOB), cost + PENALTY);
		assert_eq!(read(|books| books.liable[&BOB]), 2 * PENALTY - cost);
	});
}

#[test]
fn one_liar_after_the_other_pays_for_the_dispute() {
	run(|| {
		let [ann, bob, cid] = all_honest();
		let all = [ann, bob.seeing(2), cid];
		assert_applied(report(&all[0].commit(), &all[1].commit()));
		narrow(&all);
		let (left, right) = contradiction(cid);
		assert_applied(report(&left, &right));
		show_all(ann);
		miss_deadline();
		alter(|books| books.liable.insert(BOB, 7));
		let cost = judged();
		assert_eq!(
			borne(),
			[
				(Entity::Intermediary(BOB), 7),
				(Entity::Intermediary(CID), cost - 7)
			]
		);
		let penalty = LIABILITY - (cost - 7);
		let witness = penalty / 10;
		assert_eq!(paid(operator(ANN)), witness);
		let left = penalty - witness;
		assert_eq!([paid(1), paid(2), paid(3)], [left - left / 2, left / 2, 0]);
		assert_eq!([lost(BOB), lost(CID)], [7, LIABILITY]);
	});
}

#[test]
fn liars_pay_also_for_what_they_showed() {
	run(|| {
		let [ann, bob, cid] = all_honest();
		let liar = bob.claiming(Some(9));
		open_by_results(&[ann, liar, cid]);
		show_all(liar);
		let cost = judged();
		assert_eq!(borne(), [(Entity::Intermediary(BOB), cost)]);
		assert_eq!(lost(BOB), LIABILITY);
		assert_eq!(paid(operator(BOB)), 0);
	});
}

#[test]
fn who_shows_half_a_window_pays_nothing() {
	run(|| {
		let [ann, bob, cid] = all_honest();
		open_by_inputs(ann, bob.seeing(2));
		assert_applied(show_first(ann));
		let (left, right) = contradiction(bob);
		assert_applied(report(&left, &right));
		// Nothing that Ann could show would matter any more.
		assert_refused(show_last(ann), ValidityError::NothingToShow);
		let cost = judged();
		assert_eq!(borne(), [(Entity::Intermediary(BOB), cost)]);
		assert_eq!([ANN, cid.author].map(lost), [0; 2]);
	});
}

#[test]
fn what_something_on_file_called_for_is_paid_by_the_dispute() {
	run(|| {
		open_by_inputs(honest(ANN), honest(BOB).seeing(2));
		assert_applied(show_first(honest(ANN)));
		all_consent();
		let cost = read(|books| books.fees);
		assert_eq!(MEMBERS.map(lost), [0; 3]);
		let third = cost / 3;
		assert_eq!(closed().bears, [cost - 2 * third, third, third]);
	});
}

#[test]
fn a_sensor_at_fault_costs_its_owner_alone() {
	run(|| {
		let [ann, bob, _] = all_honest();
		open_by_inputs(ann, bob.seeing(2));
		show_all(ann);
		assert_applied(show_first(bob.seeing(2)));
		let cost = judged();
		assert_eq!(closed().bears, [cost, 0, 0]);
		assert_eq!(MEMBERS.map(lost), [0; 3]);
		// It is suspended, but its deposit is for accusations.
		assert_eq!(read(|books| books.deposits[&SENSORS[0]]), DEPOSIT);
	});
}

/// The first sensor was suspended, and answers for no number before this one any more.
fn first_sensor_answers_from(number: u64) {
	alter(|books| {
		let keys = books.sensors.get_mut(&SENSORS[0]).unwrap();
		keys.convict(500, 1);
		let needed = Some(number..number + 100);
		let fresh = sensor_pair(SECOND_KEY).public();
		keys.rotate_in_use(1_000, 2, fresh, needed).unwrap();
		assert_eq!((keys.answers_from(), keys.is_live()), (number, true));
	});
}

/// Windows are shown that differ in what the first sensor signed. Returns what the dispute cost.
fn two_windows_are_shown() -> u64 {
	let [ann, bob, _] = all_honest();
	open_by_inputs(ann, bob.seeing(2));
	show_all(ann);
	assert_applied(show_first(bob.seeing(2)));
	judged()
}

#[test]
fn what_a_sensor_does_not_answer_for_costs_all_users_and_counts_as_never_sent() {
	let (first, end) = (10 + 3 * WINDOW, 13 + 3 * WINDOW);
	for number in [first + 1, end] {
		run(|| {
			first_sensor_answers_from(number);
			let cost = two_windows_are_shown();
			let third = cost / 3;
			assert_eq!(closed().bears, [cost - 2 * third, third, third]);
			assert_eq!((MEMBERS.map(lost), closed().convicted), ([0; 3], vec![]));
			let keys = read(|books| books.sensors[&SENSORS[0]].clone());
			assert!(keys.is_live());
			// So that nobody differs about it again.
			assert!((first..number).all(|void| keys.is_void(void)));
			assert!(!keys.is_void(first - 1) && !keys.is_void(number));
			let told = |event| matches!(event, Event::SensorAtFault { .. });
			assert!(!events().into_iter().any(told));
		});
	}
	run(|| {
		first_sensor_answers_from(first);
		let cost = two_windows_are_shown();
		assert_eq!(closed().bears, [cost, 0, 0]);
		assert!(!read(|books| books.sensors[&SENSORS[0]].is_live()));
	});
}

#[test]
fn what_another_dispute_disowned_is_nobodys_doing() {
	let (first, end) = (10 + 3 * WINDOW, 13 + 3 * WINDOW);
	run(|| {
		first_sensor_answers_from(end);
		open_complaint();
		wait(1);
		let now = System::block_number();
		alter(|books| {
			let keys = books.sensors.get_mut(&SENSORS[0]).unwrap();
			keys.disown(first, now);
		});
		let cost = judged();
		let third = cost / 3;
		assert_eq!(closed().bears, [cost - 2 * third, third, third]);
	});
}

#[test]
fn an_answered_complaint_is_paid_half_and_half() {
	run(|| {
		open_complaint();
		answer(&all_honest());
		settle();
		miss_deadline();
		let cost = judged();
		let (half, quarter) = (cost / 2, cost / 2 / 2);
		assert_eq!(closed().bears, [cost - half, half - quarter, quarter]);
		assert_eq!(MEMBERS.map(lost), [0; 3]);
		assert_eq!(read(|books| books.failures.clone()), []);
	});
}

#[test]
fn a_complaint_that_something_contradicts_is_no_complaint_any_more() {
	run(|| {
		let [ann, bob, cid] = all_honest();
		assert_applied(complain(vec![ann.commit(), cid.commit()], heads(WINDOW)));
		let bob = bob.seeing(2);
		assert_applied(file(&bob.commit()));
		narrow(&[ann, bob]);
		show_all(ann);
		miss_deadline();
		let cost = judged();
		assert_eq!(closed().convicted, [BOB]);
		assert_eq!(borne(), [(Entity::Intermediary(BOB), cost)]);
	});
}

#[test]
fn an_absence_falls_on_who_named_the_absent() {
	run(|| {
		open_complaint();
		assert_applied(file(&honest(BOB).commit()));
		miss_deadline();
		let cost = judged();
		assert_eq!(MEMBERS.map(lost), [0, 0, ABSENCE_FEE]);
		assert_eq!(closed().bears, [0, 0, cost - ABSENCE_FEE]);
		assert_eq!(closed().absent, [CID]);
		assert_eq!(read(|books| books.liable[&CID]), LIABILITY - ABSENCE_FEE);
	});
	run(|| {
		open_complaint();
		miss_deadline();
		let cost = judged();
		assert_eq!(MEMBERS.map(lost), [0, ABSENCE_FEE, ABSENCE_FEE]);
		let rest = cost - 2 * ABSENCE_FEE;
		assert_eq!(closed().bears, [0, rest - rest / 2, rest / 2]);
	});
}

#[test]
fn who_is_absent_pays_its_fee_as_far_as_it_is_liable() {
	run(|| {
		open_complaint();
		assert_applied(file(&honest(BOB).commit()));
		alter(|books| books.liable.insert(CID, 4));
		miss_deadline();
		let cost = judged();
		assert_eq!(lost(CID), 4);
		assert_eq!(closed().bears, [0, 0, cost - 4]);
	});
}

#[test]
fn if_all_lie_the_first_pays_and_the_users_of_others_share_each_penalty() {
	run(|| {
		open_complaint();
		for stance in all_honest() {
			let (left, right) = contradiction(stance);
			assert_applied(report(&left, &right));
		}
		let cost = judged();
		assert_eq!(borne(), [(Entity::Intermediary(ANN), cost)]);
		// No witnesses: all of it goes to the harmed, the odd unit to the first of them.
		let divided = |amount: u64| [amount - amount / 2, amount / 2];
		let [first, second] = divided(LIABILITY - cost);
		let [odd, even] = divided(LIABILITY);
		assert_eq!(paid(1), 2 * odd);
		assert_eq!(paid(2), first + even);
		assert_eq!(paid(3), second + even);
	});
}

#[test]
fn who_is_absent_is_no_witness() {
	run(|| {
		let [ann, bob, _] = all_honest();
		let bob = bob.seeing(2);
		assert_applied(report(&ann.commit(), &bob.commit()));
		assert_applied(open_side(&[bob], 1, Kind::Data, Level::Leaves { block: 0 }));
		let (left, right) = equivocation(CID);
		assert_applied(report(&left, &right));
		// Ann does not open her tree.
		miss_deadline();
		let cost = judged();
		assert_eq!(
			(closed().convicted, closed().absent),
			(vec![CID], vec![ANN])
		);
		let penalty = LIABILITY - cost;
		assert_eq!(
			[ANN, BOB].map(|member| paid(operator(member))),
			[0, penalty / 10]
		);
	});
}

#[test]
fn a_bad_chunk_is_paid_at_once_and_not_by_the_dispute() {
	run(|| {
		let [ann, cid] = open_with_cid();
		let before = spent();
		let mut forged = messages(WINDOW, 1);
		forged[3].signature = Default::default();
		let fee = applied(show(cid, 0, &forged[..4]));
		assert_eq!((lost(CID), read(|books| books.fees)), (fee, fee));
		assert_eq!(spent(), before);
		show_all(ann);
		miss_deadline();
		let cost = judged();
		assert_eq!(borne(), [(Entity::Intermediary(BOB), cost)]);
		assert_eq!(lost(CID), fee);
	});
}

#[test]
fn who_contradicts_itself_pays_for_a_complaint_of_another() {
	run(|| {
		open_complaint();
		assert_applied(lack(CID));
		let (left, right) = equivocation(BOB);
		assert_applied(report(&left, &right));
		let cost = judged();
		assert_eq!(borne(), [(Entity::Intermediary(BOB), cost)]);
		assert_eq!(closed().bears, [0; 3]);
	});
}

#[test]
fn who_lacked_messages_pays_nothing_if_nobody_shows_them() {
	run(|| {
		open_complaint();
		assert_applied(file(&honest(CID).commit()));
		assert_applied(lack(BOB));
		miss_deadline();
		let cost = judged();
		let rest = cost - 2 * ABSENCE_FEE;
		assert_eq!(closed().bears, [rest - rest / 2, 0, rest / 2]);
		assert_eq!(MEMBERS.map(lost), [ABSENCE_FEE, 0, ABSENCE_FEE]);
	});
}
