//! When what has accrued is paid out, to whom, and at whose cost.

use frame_support::{assert_noop, assert_ok, weights::Weight};
use sp_core::H256;
use sp_runtime::{AccountId32, DispatchError};
use syngraph_primitives::{api::Accounts, AgreementId, Agreements as _, Closing, IntermediaryId};

use super::{settle::searched, Error};
use crate::{mock::*, EndReason, Event, HoldReason, Phase, TermsOf, WeightInfo};

/// Settles so many rounds of one window, each with the result 30.
fn settle_rounds(id: AgreementId, rounds: usize) {
	for _ in 0..rounds {
		decide(id, &[Some(30)]);
	}
}

fn stored(id: AgreementId) -> crate::AgreementOf<Test> {
	crate::Agreements::<Test>::get(id).expect("it exists")
}

/// The members that were rewarded since the last reset, and how much for.
fn rewarded() -> Vec<(IntermediaryId, u64)> {
	let rewarded = events().into_iter().filter_map(|event| match event {
		Event::Rewarded {
			intermediary,
			amount,
			..
		} => Some((intermediary, amount)),
		_ => None,
	});
	rewarded.collect()
}

/// How many payouts there were since the last reset.
fn payouts() -> usize {
	let is_payout = |event: &Event<Test>| matches!(event, Event::PaidOut { .. });
	events().iter().filter(|event| is_payout(event)).count()
}

/// What a round of one window weighs under [`terms`].
fn settlement() -> Weight {
	<() as WeightInfo>::settle(3, 2, 1)
}

#[test]
fn all_that_has_accrued_is_paid_once() {
	run(|| {
		let id = activate(&terms());
		settle_rounds(id, 3);
		let fees = 3 * prices(&terms()).settlement;
		let owed_before = owed(id);
		System::reset_events();
		assert_ok!(pay_out(id));
		let spent = [fees - fees / 2 + 3 * REWARD + 180, fees / 2 + 6 * REWARD];
		assert_eq!(owed_before, spent);
		assert_eq!(agreement().funds.to_vec(), spent.map(|spent| FUNDS - spent));
		assert_eq!(free(&bob()), ENDOWMENT - ESCROW + 180);
		assert_eq!(free(&operator()), ENDOWMENT + 9 * REWARD);
		assert_eq!(free(&pot()), ENDOWMENT + fees);
		let rewarded = |intermediary| Event::Rewarded {
			agreement: id,
			intermediary,
			operator: operator(),
			amount: 3 * REWARD,
		};
		let [first, second, third] = INTERMEDIARIES.map(rewarded);
		let paid = Event::Paid {
			agreement: id,
			from: alice(),
			to: bob(),
			amount: 180,
		};
		let paid_out = Event::PaidOut {
			agreement: id,
			windows: 3,
			rewards: 9 * REWARD,
			transfers: 180,
			fees,
		};
		assert_eq!(events(), [first, second, third, paid, paid_out]);
		assert_eq!(owed(id), [0, 0]);
		assert_noop!(pay_out(id), Error::NothingAccrued);
	});
}

#[test]
fn users_see_what_they_owe_and_what_they_have_paid() {
	run(|| {
		assert_eq!(Agreements::accounts(&id()), None);
		let id = activate(&terms());
		let before = Accounts {
			escrows: vec![FUNDS, FUNDS],
			owed: vec![0, 0],
			paid: vec![0, 0],
			windows: 0,
			paid_at: 1,
			rounds: 0,
			base: 0,
			root: H256::zero(),
		};
		assert_eq!(Agreements::accounts(&id), Some(before));
		settle_rounds(id, 2);
		let accounts = Agreements::accounts(&id).unwrap();
		assert_eq!(accounts.escrows, [FUNDS, FUNDS]);
		assert_eq!((accounts.windows, accounts.rounds), (2, 2));
		assert_ne!(accounts.root, H256::zero());
		at_block(9);
		assert_ok!(pay_out(id));
		settle_rounds(id, 1);
		let paid = accounts.owed;
		let accounts = Agreements::accounts(&id).unwrap();
		assert_eq!(accounts.paid, paid);
		assert_eq!(accounts.escrows, [FUNDS - paid[0], FUNDS - paid[1]]);
		assert_eq!((accounts.windows, accounts.rounds), (1, 3));
		assert_eq!(accounts.paid_at, 9);
	});
}

#[test]
fn anybody_may_ask_and_pays_for_it() {
	run(|| {
		assert_noop!(pay_out(id()), Error::NotFound);
		assert_ok!(Agreements::propose(origin(alice()), terms()));
		assert_noop!(pay_out(id()), Error::NotActive);
		assert_ok!(Agreements::sign(origin(bob()), id()));
		assert_noop!(pay_out(id()), Error::NothingAccrued);
		at_block(5);
		settle_rounds(id(), 1);
		let unsigned = Agreements::payout(frame_system::RawOrigin::None.into(), id());
		assert_eq!(unsigned.unwrap_err().error, DispatchError::BadOrigin);
		// What the caller pays is the weight of the agreement at hand. The escrows pay no more than was owed.
		let paid = Agreements::payout(origin(charlie()), id()).unwrap();
		assert_eq!(
			paid.actual_weight,
			Some(<() as WeightInfo>::payout(3, 2, 1))
		);
		assert_eq!(free(&pot()), ENDOWMENT + prices(&terms()).settlement);
	});
}

#[test]
fn a_settlement_pays_out_at_the_interval_at_the_users_cost() {
	run(|| {
		let id = activate(&terms());
		at_block(30);
		settle_rounds(id, 1);
		assert_eq!(payouts(), 0);
		// Thirty blocks after the agreement came into force.
		at_block(31);
		let before = owed(id);
		let weight = settle(id, 1, proof(&id, 1, 30)).unwrap();
		assert_eq!(weight, settlement() + <() as WeightInfo>::payout(3, 2, 1));
		assert_eq!((payouts(), owed(id)), (1, vec![0, 0]));
		let prices = prices(&terms());
		assert_eq!(
			free(&pot()),
			ENDOWMENT + 2 * prices.settlement + prices.payout
		);
		let paid: u64 = agreement().paid.iter().sum();
		let once: u64 = before.iter().sum();
		assert_eq!(paid, 2 * once + prices.payout);
		// Then after thirty more, however it was paid out.
		at_block(50);
		settle_rounds(id, 1);
		assert_ok!(pay_out(id));
		at_block(79);
		settle_rounds(id, 1);
		assert_eq!(payouts(), 2);
		at_block(80);
		settle_rounds(id, 1);
		assert_eq!(payouts(), 3);
	});
}

#[test]
fn terms_may_have_every_settlement_pay_out() {
	run(|| {
		let mut prompt = terms();
		prompt.limits.payout = 0;
		let id = activate(&prompt);
		settle_rounds(id, 3);
		assert_eq!(payouts(), 3);
		assert_eq!(owed(id), [0, 0]);
	});
}

#[test]
fn what_was_earned_goes_to_those_who_earned_it() {
	run(|| {
		let id = activate(&terms());
		settle_rounds(id, 2);
		at_block(5 + RECENT + 1);
		MockDirectory::set_alive(20, false);
		System::reset_events();
		assert_ok!(Agreements::vacate(origin(charlie()), id, 20));
		let earned = 2 * REWARD;
		assert_eq!(rewarded(), [(10, earned), (20, earned), (21, earned)]);
		let members = [10, 22, 21];
		assert_eq!(agreement().roster.members.to_vec(), members);
		settle_rounds(id, 1);
		System::reset_events();
		assert_ok!(pay_out(id));
		assert_eq!(rewarded(), members.map(|member| (member, REWARD)));
	});
}

#[test]
fn one_that_leaves_without_a_spare_is_paid_for_what_settled_before_only() {
	run(|| {
		let mut spareless = terms();
		spareless.users[1].spares.clear();
		let id = activate(&spareless);
		settle_rounds(id, 1);
		at_block(5 + RECENT + 1);
		MockDirectory::set_alive(21, false);
		System::reset_events();
		assert_ok!(Agreements::vacate(origin(charlie()), id, 21));
		assert_eq!(rewarded(), INTERMEDIARIES.map(|member| (member, REWARD)));
		assert_eq!(stored(id).roster.members.to_vec(), [10, 20]);
		decide(id, &[Some(0)]);
		let fee = prices(&spareless).settlement;
		assert_eq!(owed(id), [fee - fee / 2 + REWARD, fee / 2 + REWARD]);
	});
}

#[test]
fn whoever_is_convicted_is_paid_for_what_settled_before() {
	run(|| {
		let id = activate(&terms());
		settle_rounds(id, 1);
		assert_ok!(Agreements::open_dispute(&id));
		System::reset_events();
		let closing = Closing {
			convicted: vec![20],
			bears: vec![0, DISPUTE],
			..closing()
		};
		assert_ok!(Agreements::close_dispute(&id, &closing));
		assert_eq!(rewarded(), INTERMEDIARIES.map(|member| (member, REWARD)));
		assert_eq!(payouts(), 1);
	});
}

#[test]
fn a_dispute_after_which_nobody_leaves_pays_nothing_out() {
	run(|| {
		let id = activate(&terms());
		settle_rounds(id, 1);
		let before = owed(id);
		assert_ok!(Agreements::open_dispute(&id));
		assert_ok!(Agreements::close_dispute(&id, &closing()));
		assert_eq!(owed(id), before);
		assert_eq!(payouts(), 0);
	});
}

#[test]
fn what_is_owed_is_paid_whatever_a_dispute_sets_aside_and_costs() {
	run(|| {
		let mut scant = terms();
		let prices = prices(&scant);
		// Enough for two more windows with the result 30, but not for another dispute.
		let twice = 2 * prices.settlement.div_ceil(2) + 4 * REWARD + 120;
		for index in [0, 1] {
			scant.users[index].escrow = least_escrow(&scant, index) + twice;
		}
		let id = activate(&scant);
		settle_rounds(id, 1);
		assert_ok!(Agreements::open_dispute(&id));
		let before = stored(id).funds;
		let spent = owed(id);
		assert_ok!(pay_out(id));
		let after = [0usize, 1].map(|index| before[index] - spent[index]);
		assert_eq!(stored(id).funds.to_vec(), after);
		// One more settles while the dispute is open, and the dispute costs both all that was set aside.
		settle_rounds(id, 1);
		let closing = Closing {
			bears: vec![DISPUTE; 2],
			..closing()
		};
		assert_ok!(Agreements::close_dispute(&id, &closing));
		let reason = EndReason::EscrowExhausted;
		assert_eq!(stored(id).phase, Phase::Ended { reason, at: 5 });
		assert_eq!(free(&operator()), ENDOWMENT + 6 * REWARD);
		let fees = 2 * (prices.settlement / 2) + (prices.payout + prices.ending) / 2;
		let spent = ROUNDS_DEPOSIT + fees + DISPUTE + 4 * REWARD;
		assert_eq!(free(&bob()), ENDOWMENT - spent + 120);
	});
}

#[test]
fn whoever_operates_an_intermediary_now_is_paid() {
	run(|| {
		let id = activate(&terms());
		settle_rounds(id, 1);
		MockDirectory::set_operator(10, &charlie());
		let before = free(&charlie());
		assert_ok!(pay_out(id));
		assert_eq!(free(&charlie()), before + REWARD);
	});
}

#[test]
fn everything_is_paid_at_the_end() {
	run(|| {
		let id = activate(&terms());
		settle_rounds(id, 2);
		let spent = owed(id);
		for user in [alice(), bob()] {
			assert_ok!(Agreements::consent_to_end(origin(user), id));
		}
		assert_eq!(payouts(), 0);
		at_block(5 + ANSWER + 1);
		assert_ok!(Agreements::close(origin(charlie()), id));
		assert_eq!(payouts(), 1);
		assert_eq!(agreement().paid.to_vec(), spent);
		assert_eq!(free(&bob()), ENDOWMENT - ROUNDS_DEPOSIT - spent[1] + 120);
		assert_eq!(free(&operator()), ENDOWMENT + 6 * REWARD);
		assert_noop!(pay_out(id), Error::NotActive);
	});
	// Nor does a dispute that is still open keep anything back.
	run(|| {
		let id = activate(&terms());
		settle_rounds(id, 1);
		assert_ok!(Agreements::open_dispute(&id));
		at_block(100 + ANSWER + 1);
		assert_ok!(Agreements::close(origin(charlie()), id));
		assert_eq!(free(&operator()), ENDOWMENT + 3 * REWARD);
		assert_ok!(Agreements::close_dispute(&id, &closing()));
		assert_eq!(held(HoldReason::Escrow, &bob()), 0);
	});
}

#[test]
fn fees_alone_are_paid_out_as_well() {
	run(|| {
		let id = activate(&terms());
		crate::Agreements::<Test>::mutate(id, |agreement| {
			agreement.as_mut().unwrap().accrued.charge(7);
		});
		assert_eq!(owed(id), [4, 3]);
		assert_ok!(pay_out(id));
		assert_eq!(free(&pot()), ENDOWMENT + 7);
		assert_eq!(agreement().paid.to_vec(), [4, 3]);
	});
}

/// Terms with so small a reward that no account comes into existence by one of it.
fn meagre() -> TermsOf<Test> {
	let mut meagre = terms();
	meagre.reward = 9;
	meagre
}

#[test]
fn what_cannot_be_received_stays_in_escrow_and_blocks_nobody() {
	run(|| {
		let dead = AccountId32::new([99; 32]);
		MockDirectory::set_operator(10, &dead);
		let id = activate(&meagre());
		settle_rounds(id, 1);
		System::reset_events();
		assert_ok!(pay_out(id));
		assert_eq!(free(&dead), 0);
		assert_eq!(free(&operator()), ENDOWMENT + 18);
		assert_eq!(rewarded(), [(20, 9), (21, 9)]);
		let fee = prices(&meagre()).settlement;
		assert_eq!(
			events()[0],
			Event::Unpaid {
				agreement: id,
				from: alice(),
				to: dead.clone(),
				amount: 9
			}
		);
		assert!(events().contains(&Event::PaidOut {
			agreement: id,
			windows: 1,
			rewards: 18,
			transfers: 60,
			fees: fee,
		}));
		// As if Alice had to pay no reward.
		let spent = fee - fee / 2 + 60;
		assert_eq!(stored(id).funds[0], FUNDS - spent);
		assert_eq!(stored(id).paid[0], spent);
		assert_eq!(owed(id), [0, 0]);
		// Two rewards at once bring the account into existence.
		settle_rounds(id, 2);
		assert_ok!(pay_out(id));
		assert_eq!(free(&dead), 18);
	});
}

#[test]
fn escrows_cover_what_is_owed_and_one_more_window() {
	run(|| {
		let mut scant = terms();
		let least = least_escrow(&scant, 0);
		let prices = prices(&scant);
		// What Alice owes at most for a window with the result 30.
		let once = prices.settlement.div_ceil(2) + REWARD + 60;
		scant.users[0].escrow = least + 2 * once;
		let id = activate(&scant);
		settle_rounds(id, 2);
		let active = |id| matches!(stored(id).phase, Phase::Active { .. });
		assert!(active(id));
		settle_rounds(id, 1);
		let reason = EndReason::EscrowExhausted;
		assert_eq!(stored(id).phase, Phase::Ended { reason, at: 5 });
		// All three windows are paid.
		assert_eq!(free(&operator()), ENDOWMENT + 9 * REWARD);
		let fees = 3 * prices.settlement + prices.payout + prices.ending;
		assert_eq!(free(&pot()), ENDOWMENT + fees);
	});
}

#[test]
fn a_settlement_that_pays_out_and_exhausts_an_escrow_costs_one_payout() {
	run(|| {
		let mut scant = terms();
		scant.limits.payout = 0;
		scant.users[0].escrow = least_escrow(&scant, 0);
		let id = activate(&scant);
		let weight = settle(id, 0, proof(&id, 0, 30)).unwrap();
		assert!(matches!(stored(id).phase, Phase::Ended { .. }));
		assert_eq!(payouts(), 1);
		let prices = prices(&scant);
		let fees = prices.settlement + prices.payout + prices.ending;
		assert_eq!(free(&pot()), ENDOWMENT + fees);
		let payout = <() as WeightInfo>::payout(3, 2, 1);
		let end = <() as WeightInfo>::end(6, 2);
		assert_eq!(weight, settlement() + payout + end + searched());
	});
}

#[test]
fn no_dispute_is_opened_with_money_that_is_owed() {
	run(|| {
		let mut scant = terms();
		scant.users[1].escrow = least_escrow(&scant, 1);
		let id = activate(&scant);
		crate::Agreements::<Test>::mutate(id, |agreement| {
			let agreement = agreement.as_mut().unwrap();
			let all_but_a_dispute = agreement.funds[1] - DISPUTE - DISPUTE_DEPOSIT;
			agreement.accrued.charge(2 * all_but_a_dispute);
			assert_ok!(Agreements::check_open(&scant, agreement));
			agreement.accrued.charge(2);
			let refused = Agreements::check_open(&scant, agreement);
			assert_eq!(refused, Err(Error::EscrowExhausted.into()));
			agreement.accrued.take();
		});
	});
}
