//! Who gets what, to the last unit.

use super::*;

/// What an account was paid.
fn paid(who: u64) -> u64 {
	read(|books| books.paid.get(&who).copied().unwrap_or(0))
}

fn bond(intermediary: u64) -> u64 {
	read(|books| books.bonds[&intermediary])
}

/// What a member has advanced.
fn advance(place: u8) -> u64 {
	crate::Trials::<Test>::get((AGREEMENT, WINDOW), place).map_or(0, |hearing| hearing.advance)
}

/// Bob claims a wrong result, everything is on file, and Ann shows the window. Returns her advance.
fn bob_lies() -> u64 {
	let [ann, bob, cid] = all_honest();
	let liar = bob.claiming(Some(9));
	let all = [ann, liar, cid];
	open_by_results(ann, liar, &all);
	answer(&all, &[ann]);
	advance(0)
}

#[test]
fn a_penalty_pays_the_advance_the_witnesses_and_the_harmed() {
	run(|| {
		let advance = bob_lies();
		assert_applied(judge());
		let left = PENALTY - advance;
		let witness = left / 10 / 2;
		let left = left - 2 * witness;
		let harmed = left / 2;
		assert_eq!(paid(operator(ANN)), advance + witness);
		assert_eq!(paid(operator(CID)), witness);
		assert_eq!(paid(1), left - harmed);
		assert_eq!(paid(3), harmed);
		assert_eq!((paid(2), paid(operator(BOB))), (0, 0));
		assert_eq!(bond(BOB), BOND - PENALTY);
		assert_eq!(bond(ANN), BOND - advance);
		assert_all_gone();
	});
}

#[test]
fn never_more_than_the_bond_is_taken() {
	run(|| {
		let advance = bob_lies();
		alter(|books| {
			books.fees += BOND - advance - 5;
			books.bonds.insert(BOB, advance + 5);
		});
		assert_applied(judge());
		// In order: the advance in full, then the first witness gets what there is.
		assert_eq!(paid(operator(ANN)), advance + 5);
		let others: Vec<_> = [1, 2, 3, operator(CID)].map(paid).to_vec();
		assert_eq!(others, [0; 4]);
		assert_eq!(bond(BOB), 0);
		System::assert_has_event(
			crate::Event::Convicted {
				agreement: AGREEMENT,
				window: WINDOW,
				intermediary: BOB,
				fault: syngraph_protocol::Fault::WrongResult,
				taken: advance + 5,
			}
			.into(),
		);
		assert_all_gone();
	});
}

#[test]
fn an_advance_is_paid_back_once_by_whoever_has_something() {
	run(|| {
		let [ann, bob, cid] = all_honest();
		let all = [ann, bob.claiming(Some(9)), cid.claiming(Some(8))];
		open_by_results(ann, all[1], &all);
		answer(&all, &[ann]);
		let advance = advance(0);
		alter(|books| {
			books.fees += BOND - 7;
			books.bonds.insert(BOB, 7);
		});
		assert_applied(judge());
		let left = PENALTY - (advance - 7);
		let witness = left / 10;
		assert_eq!(paid(operator(ANN)), advance + witness);
		let left = left - witness;
		assert_eq!(paid(1), left - left / 2);
		assert_eq!(paid(2), left / 2);
		assert_eq!(paid(3), 0);
		assert_eq!(bond(CID), BOND - PENALTY);
		assert_all_gone();
	});
}

#[test]
fn liars_get_no_advance_back() {
	run(|| {
		let [ann, bob, cid] = all_honest();
		let liar = bob.claiming(Some(9));
		let all = [ann, liar, cid];
		open_by_results(ann, liar, &all);
		answer(&all, &[liar]);
		let advance = advance(1);
		assert_applied(judge());
		assert_eq!(paid(operator(BOB)), 0);
		assert_eq!(bond(BOB), BOND - advance - PENALTY);
		assert_all_gone();
	});
}

#[test]
fn who_shows_half_a_window_gets_that_back() {
	run(|| {
		let [ann, bob, cid] = all_honest();
		let (left, right) = (bob.commit(), bob.claiming(None).commit());
		assert_applied(report(&left, &right));
		assert_applied(file(&ann.commit()));
		assert_applied(file(&cid.commit()));
		assert_applied(show(ANN, 0, &messages(WINDOW, 1)[..4]));
		let advance = advance(0);
		assert_applied(judge());
		let witness = (PENALTY - advance) / 10 / 2;
		assert_eq!(paid(operator(ANN)), advance + witness);
		assert_all_gone();
	});
}

#[test]
fn without_a_culprit_the_sensors_owner_pays_the_advances() {
	run(|| {
		let [ann, bob, _] = all_honest();
		open_by_inputs(ann, bob.seeing(2));
		show_all(ann);
		show_all(bob.seeing(2));
		let advances = [advance(0), advance(1)];
		miss_deadline();
		assert_applied(judge());
		assert_eq!([paid(operator(ANN)), paid(operator(BOB))], advances);
		assert_eq!(bond(ANN) + bond(BOB), 2 * BOND - advances[0] - advances[1]);
		assert_all_gone();
	});
}

#[test]
fn if_all_lie_the_users_of_others_share_each_penalty() {
	run(|| {
		open_complaint();
		for view in all_honest() {
			let _ = apply(file(&view.commit()));
			assert_applied(file(&view.claiming(None).commit()));
		}
		assert_applied(judge());
		let half = PENALTY / 2;
		let rest = PENALTY - 2 * half;
		// User one gets the odd unit of two penalties, user two that of the third.
		assert_eq!(paid(1), 2 * (half + rest));
		assert_eq!(paid(2), 2 * half + rest);
		assert_eq!(paid(3), 2 * half);
		assert_all_gone();
	});
}

#[test]
fn who_is_absent_is_no_witness() {
	run(|| {
		let [ann, bob, _] = all_honest();
		open_complaint();
		assert_applied(file(&bob.commit()));
		assert_applied(file(&bob.claiming(None).commit()));
		assert_applied(file(&ann.seeing(1).claiming(None).commit()));
		// Ann has contradicted herself, too; Cid has said nothing, but nobody waits for commitments now.
		miss_deadline();
		assert_applied(judge());
		assert_eq!(paid(operator(CID)), 2 * (PENALTY / 10));
		assert_all_gone();
	});
}
