use frame_support::assert_ok;
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
		decide(id, &[Some(result)]);
		assert_ok!(pay_out(id));
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
fn all_steps_are_taken_in_order_and_transfers_accrue() {
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
		decide(agreement, &[None, Some(10), Some(5)]);
		let told = |window, result| {
			[
				Event::ActuationRequested {
					agreement,
					window,
					sensor: 2,
					command: text("lock"),
				},
				Event::Logged {
					agreement,
					window,
					label: text("rides"),
					result,
				},
			]
		};
		// Of each window that is not null.
		assert_eq!(events()[..4], [told(1, 10), told(2, 5)].concat());
		assert_eq!(events().len(), 5);
		let stored = crate::Agreements::<Test>::get(agreement).unwrap();
		assert_eq!(stored.accrued.steps.to_vec(), [0, 66, 0, 30]);
		System::reset_events();
		assert_ok!(pay_out(agreement));
		let paid = |from, to, amount| Event::Paid {
			agreement,
			from,
			to,
			amount,
		};
		let expected = [paid(bob(), alice(), 66), paid(alice(), bob(), 30)];
		assert_eq!(events()[3..5], expected);
		assert_eq!(free(&alice()), ENDOWMENT - ESCROW - held_deposit() + 66);
		assert_eq!(free(&bob()), ENDOWMENT - ESCROW + 30);
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
		decide(id, &[Some(10)]);
		assert_ok!(pay_out(id));
		assert_eq!(free(&bob()), ENDOWMENT - ESCROW);
	});
}

#[test]
fn a_user_may_operate_its_own_intermediary() {
	run(|| {
		MockDirectory::set_operator(10, &alice());
		let id = activate(&terms());
		let before = free(&alice());
		decide(id, &[Some(0)]);
		assert_ok!(pay_out(id));
		assert_eq!(free(&alice()), before + REWARD);
	});
}
