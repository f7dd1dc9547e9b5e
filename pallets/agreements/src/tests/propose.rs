use codec::{Decode, Encode};
use frame_support::{assert_noop, assert_ok};
use syngraph_primitives::{
	Amount, QualityOfService, Source, Step, Variable, VariableType, MAX_FUNCTION,
	MAX_INTERMEDIARIES, MAX_KEPT, MAX_ROUND_RESULTS, MAX_USERS, MAX_WINDOW_MESSAGES,
};

use super::Error;
use crate::{mock::*, Event, HoldReason, Phase, Terms, TermsOf, UserSet};

/// Proposing [`terms`] after `change` fails with `error` and changes nothing.
fn refused(change: impl FnOnce(&mut TermsOf<Test>), error: Error) {
	let mut changed = terms();
	change(&mut changed);
	assert_noop!(Agreements::propose(origin(alice()), changed), error);
}

/// Proposing [`terms`] with another function fails with `error`.
fn function_refused(json: &str, error: Error) {
	refused(|t| t.function = pipeline(json), error);
}

#[test]
fn the_proposer_signs_and_pays_the_deposit() {
	run(|| {
		assert_ok!(Agreements::propose(origin(alice()), terms()));
		let mut signed = UserSet::default();
		signed.insert(0);
		let agreement = agreement();
		assert_eq!(agreement.phase, Phase::Proposed { signed });
		assert_eq!(agreement.proposer, alice());
		assert_eq!(agreement.funds.to_vec(), [ESCROW, 0]);
		assert_eq!(Terms::<Test>::get(id()), Some(terms()));
		assert_eq!(held(HoldReason::Escrow, &alice()), ESCROW);
		assert_eq!(held(HoldReason::Proposal, &alice()), deposit_for(&terms()));
		assert_eq!(held(HoldReason::Escrow, &bob()), 0);
		assert_eq!(
			events(),
			[
				Event::Proposed {
					agreement: id(),
					proposer: alice()
				},
				Event::Signed {
					agreement: id(),
					user: alice()
				}
			]
		);
	});
}

#[test]
fn any_user_may_propose() {
	run(|| {
		assert_ok!(Agreements::propose(origin(bob()), terms()));
		assert_eq!(agreement().funds.to_vec(), [0, ESCROW]);
	});
}

#[test]
fn terms_are_proposed_by_one_of_their_users_and_once() {
	run(|| {
		assert_noop!(
			Agreements::propose(origin(charlie()), terms()),
			Error::NotAUser
		);
		assert_ok!(Agreements::propose(origin(alice()), terms()));
		assert_noop!(
			Agreements::propose(origin(bob()), terms()),
			Error::AlreadyExists
		);
		let mut again = terms();
		again.nonce = 1;
		assert_ok!(Agreements::propose(origin(bob()), again));
	});
}

#[test]
fn meaningless_users_are_refused() {
	run(|| {
		refused(|t| drop(t.users.pop()), Error::TooFewUsers);
		refused(|t| t.users[1].user = alice(), Error::DuplicateUser);
		refused(|t| t.users[1].intermediaries.clear(), Error::NoIntermediary);
		refused(
			|t| t.users[1].intermediaries[0] = 10,
			Error::DuplicateIntermediary,
		);
		refused(|t| t.users[1].spares[0] = 10, Error::DuplicateIntermediary);
		let many: Vec<_> = (100..100 + u64::from(MAX_INTERMEDIARIES)).collect();
		refused(
			|t| t.users[1].intermediaries = many.try_into().unwrap(),
			Error::TooManyIntermediaries,
		);
	});
}

#[test]
fn meaningless_windows_are_refused() {
	run(|| {
		refused(|t| t.sensors.clear(), Error::NoSensors);
		refused(|t| t.sensors[1].sensor = 1, Error::DuplicateSensor);
		refused(|t| t.window.size = 0, Error::ZeroSize);
		refused(|t| t.window.slide = 0, Error::ZeroSlide);
		refused(
			|t| t.window.size = MAX_WINDOW_MESSAGES,
			Error::WindowTooLarge,
		);
	});
}

#[test]
fn meaningless_reactions_are_refused() {
	run(|| {
		let pays_itself = Step::Transfer {
			from: 0,
			to: 0,
			amount: Amount::Fixed(1),
		};
		refused(|t| t.reaction[0] = pays_itself, Error::InvalidTransfer);
		let unknown = Step::Actuate {
			sensor: 99,
			command: text("lock"),
		};
		refused(|t| t.reaction[0] = unknown, Error::InvalidActuation);
	});
}

#[test]
fn unreasonable_time_limits_are_refused() {
	run(|| {
		refused(|t| t.limits.starts_at = 101, Error::InvalidLimits);
		refused(|t| t.limits.ends_at = 9, Error::InvalidLimits);
		refused(|t| t.limits.ends_at = 1_002, Error::TooLong);
		refused(|t| t.rounds.kept = 0, Error::InvalidRounds);
		refused(|t| t.rounds.kept = MAX_KEPT + 1, Error::InvalidRounds);
		refused(|t| t.rounds.most = 0, Error::InvalidRounds);
		refused(
			|t| t.rounds.most = MAX_ROUND_RESULTS + 1,
			Error::InvalidRounds,
		);
		refused(|t| t.rounds.leader = Some(3), Error::InvalidRounds);
		at_block(10);
		assert_ok!(Agreements::propose(origin(alice()), terms()));
		at_block(11);
		refused(|t| t.nonce = 1, Error::SigningOver);
	});
}

#[test]
fn intermediaries_must_have_neither_too_little_nor_too_much_time_to_answer() {
	run(|| {
		for answer in [0, 1, 21, u64::MAX] {
			refused(|t| t.limits.answer = answer, Error::InvalidAnswer);
		}
		for answer in [2, 20] {
			let mut reasonable = terms();
			reasonable.limits.answer = answer;
			assert_ok!(Agreements::propose(origin(alice()), reasonable));
		}
		// The more transactions it takes to show a window, the more time there must be.
		let large = |answer| {
			move |t: &mut TermsOf<Test>| {
				t.window.size = 750;
				t.penalty = 20_000;
				t.limits.answer = answer;
			}
		};
		refused(large(7), Error::InvalidAnswer);
		let mut enough = terms();
		large(8)(&mut enough);
		assert_ok!(Agreements::propose(origin(alice()), enough));
	});
}

#[test]
fn only_one_quality_of_service_is_offered() {
	run(|| {
		for other in [
			QualityOfService::OffChainProof,
			QualityOfService::OnChainProof,
		] {
			refused(
				|t| t.quality_of_service = other,
				Error::UnsupportedQualityOfService,
			);
		}
	});
}

#[test]
fn everybody_and_everything_must_be_registered() {
	run(|| {
		refused(|t| t.users[0].user = operator(), Error::UnregisteredUser);
		refused(|t| t.sensors[0].sensor = 99, Error::UnknownSensor);
		MockDirectory::set_sensor(3, &charlie(), lock_schema());
		refused(|t| t.sensors[0].sensor = 3, Error::ForeignSensor);
		refused(
			|t| t.users[0].intermediaries[0] = 99,
			Error::UnknownIntermediary,
		);
		refused(|t| t.users[0].spares[1] = 99, Error::UnknownIntermediary);
	});
}

#[test]
fn the_penalty_must_cover_what_a_lie_can_cost() {
	run(|| {
		assert_eq!(prices(&terms()).dispute, DISPUTE);
		refused(|t| t.penalty = DISPUTE - 1, Error::PenaltyTooLow);
		let mut enough = terms();
		enough.penalty = DISPUTE;
		assert_ok!(Agreements::propose(origin(alice()), enough));
		let high = |t: &mut TermsOf<Test>| t.absence_fee = PENALTY + 1;
		refused(high, Error::AbsenceFeeTooHigh);
	});
}

#[test]
fn each_escrow_must_cover_a_settlement_and_a_dispute() {
	run(|| {
		assert_eq!(prices(&terms()).storage_share, ROUNDS_DEPOSIT);
		assert_eq!(prices(&terms()).dispute_share, DISPUTE_DEPOSIT);
		for index in [0, 1] {
			let least = least_escrow(&terms(), index);
			refused(|t| t.users[index].escrow = least - 1, Error::EscrowTooSmall);
			refused(|t| t.users[index].escrow = 0, Error::EscrowTooSmall);
			let mut enough = terms();
			enough.users[index].escrow = least;
			assert_ok!(Agreements::propose(origin(alice()), enough));
		}
	});
}

#[test]
fn each_escrow_must_cover_what_being_served_until_the_end_costs() {
	run(|| {
		let mut retained = terms();
		(retained.retainer, retained.spare_retainer) = (80, 20);
		// From block 1 to block 100, of forty a day: Alice has one member and two spares.
		let fees = [198 + 2 * 49, 2 * 198 + 49];
		for (index, fees) in fees.into_iter().enumerate() {
			let least = least_escrow(&retained, index);
			assert_eq!(least, least_escrow(&terms(), index) + fees);
		}
	});
}

#[test]
fn a_quote_says_what_the_terms_must_state_at_least() {
	run(|| {
		let mut modest = terms();
		(modest.retainer, modest.penalty, modest.absence_fee) = (80, 0, 0);
		modest.users.iter_mut().for_each(|party| party.escrow = 0);
		modest.limits.answer = 0;
		let quote = Agreements::quote(&modest).expect("nothing else is wrong");
		assert_eq!(quote.settlement, prices(&modest).settlement);
		assert_eq!(quote.window, prices(&modest).window);
		assert_eq!(quote.payout, prices(&modest).payout);
		(modest.penalty, modest.limits.answer) = (quote.penalty, quote.answer.into());
		for (party, escrow) in modest.users.iter_mut().zip(&quote.escrows) {
			party.escrow = *escrow;
		}
		let propose = |change: fn(&mut TermsOf<Test>)| {
			let mut changed = modest.clone();
			change(&mut changed);
			Agreements::propose(origin(alice()), changed)
		};
		assert_noop!(propose(|t| t.penalty -= 1), Error::PenaltyTooLow);
		assert_noop!(propose(|t| t.limits.answer -= 1), Error::InvalidAnswer);
		assert_noop!(propose(|t| t.users[0].escrow -= 1), Error::EscrowTooSmall);
		assert_noop!(propose(|t| t.users[1].escrow -= 1), Error::EscrowTooSmall);
		assert_ok!(propose(|_| ()));
		let mut wrong = modest.clone();
		wrong.sensors[0].sensor = 3;
		let wrong = Agreements::quote(&wrong);
		assert_eq!(wrong, Err(Error::UnknownSensor.into()));
	});
}

#[test]
fn an_escrow_that_no_balance_can_cover_is_too_small() {
	run(|| {
		let endless = Step::Transfer {
			from: 0,
			to: 1,
			amount: Amount::Fixed(u64::MAX),
		};
		refused(|t| t.reaction[0] = endless, Error::EscrowTooSmall);
		refused(|t| t.reward = u64::MAX, Error::EscrowTooSmall);
	});
}

#[test]
fn the_proposer_must_have_the_money() {
	run(|| {
		refused(|t| t.users[0].escrow = ENDOWMENT, Error::InsufficientFunds);
		let rest = deposit_for(&terms());
		let all_but_deposit = ENDOWMENT - rest;
		assert_ok!(Balances::transfer_keep_alive(
			origin(alice()),
			operator(),
			all_but_deposit
		));
		refused(|_| (), Error::CannotPayDeposit);
	});
}

#[test]
fn a_function_must_be_written_in_the_language() {
	run(|| {
		function_refused("count the messages", Error::FunctionNotJson);
		function_refused("", Error::FunctionNotJson);
		function_refused(
			r#"{"take": "messages", "aggregate": "median"}"#,
			Error::FunctionUnknown,
		);
		function_refused(r#"{"take": "messages"}"#, Error::FunctionMalformed);
		function_refused(
			r#"{"take": "messages", "aggregate": "count", "keep": {"at_least": 2, "at_most": 1}}"#,
			Error::FunctionCrossedBounds,
		);
		let from_true_to_true = r#"{"take": {"durations": {"variable": "locked", "from": true,
			"to": true, "unit": "second"}}, "aggregate": "sum"}"#;
		function_refused(from_true_to_true, Error::FunctionSameEnds);
	});
}

#[test]
fn a_function_must_fit_the_sensors() {
	run(|| {
		function_refused(
			r#"{"take": {"values": "weight"}, "aggregate": "sum"}"#,
			Error::FunctionNoSuchVariable,
		);
		function_refused(
			r#"{"take": {"values": "locked"}, "aggregate": "sum"}"#,
			Error::FunctionWrongType,
		);
		let select = |sensors: &str| {
			format!(
				r#"{{"select": {{"sensors": {sensors}}}, "take": "messages", "aggregate": "count"}}"#
			)
		};
		function_refused(&select("[2]"), Error::FunctionNoSuchSensor);
		function_refused(&select("[1, 1]"), Error::FunctionDuplicateSensor);
		function_refused(&select("[]"), Error::FunctionNothingSelected);
	});
}

#[test]
fn oversized_terms_do_not_even_decode() {
	fn decodes<Oversized: Encode>(change: impl Fn(TermsOf<Test>) -> Oversized) -> bool {
		TermsOf::<Test>::decode(&mut &change(terms()).encode()[..]).is_ok()
	}
	let tail = |t: &TermsOf<Test>| {
		(
			t.quality_of_service,
			t.reaction.clone(),
			(
				(t.reward, t.retainer, t.spare_retainer),
				(t.penalty, t.absence_fee, t.on_failure, t.rounds),
			),
			t.limits.clone(),
			t.nonce,
		)
	};
	let with_function = |length: u32| {
		move |t: TermsOf<Test>| {
			let rest = tail(&t);
			let code = vec![b' '; length as usize];
			(t.users, t.sensors, t.window, (0u8, code), rest)
		}
	};
	assert!(decodes(with_function(MAX_FUNCTION)));
	assert!(!decodes(with_function(MAX_FUNCTION + 1)));
	let with_users = |count: u32| {
		move |t: TermsOf<Test>| {
			let rest = tail(&t);
			let users = vec![t.users[0].clone(); count as usize];
			(users, t.sensors, t.window, t.function, rest)
		}
	};
	assert!(decodes(with_users(MAX_USERS)));
	assert!(!decodes(with_users(MAX_USERS + 1)));
	assert!(!decodes(|t| {
		let sensors = vec![
			Source {
				sensor: 1,
				start: 0
			};
			33
		];
		let rest = tail(&t);
		(t.users, sensors, t.window, t.function, rest)
	}));
}

#[test]
fn a_sensor_may_declare_more_than_the_function_needs() {
	run(|| {
		let mut schema = lock_schema();
		let weight = Variable {
			name: b"weight".to_vec().try_into().unwrap(),
			ty: VariableType::Integer,
		};
		schema.variables.try_push(weight).unwrap();
		MockDirectory::set_sensor(1, &alice(), schema.clone());
		MockDirectory::set_sensor(2, &bob(), schema);
		let mut sum = terms();
		sum.function = pipeline(r#"{"take": {"values": "weight"}, "aggregate": "sum"}"#);
		assert_ok!(Agreements::propose(origin(alice()), sum));
	});
}
