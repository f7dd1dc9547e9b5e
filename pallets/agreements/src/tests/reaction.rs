use frame_support::assert_ok;
use sp_runtime::AccountId32;
use syngraph_primitives::{Amount, ResultValue, Step};

use crate::{mock::*, Event, HoldReason};

/// The agreement on [`terms`] with another reaction.
fn activate_with(reaction: Vec<Step<u64>>) -> syngraph_primitives::AgreementId {
	let mut changed = terms();
	changed.reaction = reaction.try_into().unwrap();
	activate(&changed)
}

/// What Bob is paid for a result.
fn paid_to_bob(result: ResultValue) -> u64 {
	let mut paid = 0;
	run(|| {
		let id = activate(&terms());
		let before = free(&bob());
		assert_ok!(settle(id, 0, proof(&id, 0, result)));
		paid = free(&bob()) - before;
	});
	paid
}

#[test]
fn an_amount_per_unit_is_capped_and_never_negative() {
	assert_eq!(
		[-5, 0, 1, 49, 50, 51, ResultValue::MAX, ResultValue::MIN].map(paid_to_bob),
		[0, 0, 2, 98, 100, 100, 100, 0]
	);
}

#[test]
fn all_steps_are_taken_in_order() {
	run(|| {
		let fixed = Step::Transfer {
			from: 1,
			to: 0,
			amount: Amount::Fixed(33),
		};
		let log = Step::Log {
			label: text("rides"),
		};
		let actuate = Step::Actuate {
			sensor: 2,
			command: text("lock"),
		};
		let agreement = activate_with(vec![actuate, fixed, log, alice_pays_bob()]);
		System::reset_events();
		assert_ok!(settle(agreement, 0, proof(&agreement, 0, 10)));
		let window = 0;
		let expected = [
			Event::ActuationRequested {
				agreement,
				window,
				sensor: 2,
				command: text("lock"),
			},
			Event::Paid {
				agreement,
				window,
				from: bob(),
				to: alice(),
				amount: 33,
			},
			Event::Logged {
				agreement,
				window,
				label: text("rides"),
				result: 10,
			},
			Event::Paid {
				agreement,
				window,
				from: alice(),
				to: bob(),
				amount: 20,
			},
		];
		assert_eq!(events()[3..7], expected);
		assert_eq!(free(&alice()), ENDOWMENT - ESCROW - held_deposit() + 33);
		assert_eq!(free(&bob()), ENDOWMENT - ESCROW + 20);
	});
}

/// What Alice has on hold as a proposer.
fn held_deposit() -> u64 {
	held(HoldReason::Proposal, &alice())
}

#[test]
fn no_steps_are_fine() {
	run(|| {
		let id = activate_with(vec![]);
		assert_ok!(settle(id, 0, proof(&id, 0, 10)));
		assert_eq!(free(&bob()), ENDOWMENT - ESCROW);
	});
}

#[test]
fn a_reward_that_cannot_be_received_stays_in_escrow() {
	run(|| {
		let mut meagre = terms();
		meagre.reward = 9;
		let dead = AccountId32::new([99; 32]);
		MockDirectory::set_operator(10, &dead);
		let id = activate(&meagre);
		assert_ok!(settle(id, 0, proof(&id, 0, 0)));
		assert_eq!(free(&dead), 0);
		assert_eq!(free(&operator()), ENDOWMENT + 18);
		assert!(events().contains(&Event::Unpaid {
			agreement: id,
			window: 0,
			from: alice(),
			to: dead.clone(),
			amount: 9
		}));
		// As if Alice had to pay no reward.
		let agreement = crate::Agreements::<Test>::get(id).unwrap();
		let fee = prices(&meagre).settlement;
		assert_eq!(agreement.funds[0], ESCROW - (fee - fee / 2) - 151);

		// Once the account exists, it is rewarded again.
		assert_ok!(Balances::transfer_keep_alive(
			origin(charlie()),
			dead.clone(),
			10
		));
		assert_ok!(settle(id, 1, proof(&id, 1, 0)));
		assert_eq!(free(&dead), 19);
	});
}

#[test]
fn a_reward_can_bring_its_account_into_existence() {
	run(|| {
		let fresh = AccountId32::new([99; 32]);
		MockDirectory::set_operator(10, &fresh);
		let id = activate(&terms());
		assert_ok!(settle(id, 0, proof(&id, 0, 0)));
		assert_eq!(free(&fresh), REWARD);
	});
}

#[test]
fn a_user_may_operate_its_own_intermediary() {
	run(|| {
		MockDirectory::set_operator(10, &alice());
		let id = activate(&terms());
		let before = free(&alice());
		assert_ok!(settle(id, 0, proof(&id, 0, 0)));
		assert_eq!(free(&alice()), before + REWARD);
	});
}
