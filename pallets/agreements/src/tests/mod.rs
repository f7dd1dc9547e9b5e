//! What each call does and refuses, and what holds whatever is called.

mod accept;
mod cancel;
mod close;
mod consent_to_end;
mod create;
mod disputes;
mod forget;
mod give_notice;
mod joint;
mod money;
mod notices;
mod payout;
mod propose;
mod reaction;
mod replace_sensor;
mod resign;
mod retainers;
mod rounds;
mod rulings;
mod settle;
mod sign;
mod spares;
mod top_up;
mod try_state;

use crate::{
	mock::{last_event, Test},
	Error as PalletError,
};

type Error = PalletError<Test>;

#[cfg(feature = "runtime-benchmarks")]
#[test]
fn the_benchmarks_of_disputes_have_the_worst_case() {
	for all_fail in [true, false] {
		crate::mock::new_test_ext().execute_with(|| assert_worst_case(all_fail));
	}
}

/// All that can leave does, whether all members but the last fail or none does, and the agreement ends.
#[cfg(feature = "runtime-benchmarks")]
fn assert_worst_case(all_fail: bool) {
	use crate::{benchmarking::disputable, mock::*, EndReason, Event, Phase};
	use syngraph_primitives::{Agreements as _, Closing};

	System::set_block_number(1);
	let scene = disputable::<Test>();
	let id = scene.agreement;
	let members: Vec<_> = scene.members.iter().map(|(id, _)| *id).collect();
	assert_eq!(Agreements::roster(&id).unwrap().members, members);
	let sensors: Vec<_> = scene.sensors.iter().map(|(id, _)| *id).collect();
	let terms = Agreements::terms(&id).unwrap();
	assert!(terms.sensors.iter().map(|source| source.sensor).eq(sensors));
	let before = crate::Agreements::<Test>::get(id).unwrap();
	assert!(!before.accrued.is_nothing());
	frame_support::assert_ok!(Agreements::open_dispute(&id));
	let (last, others) = members.split_last().unwrap();
	let closing = Closing {
		convicted: if all_fail { others.to_vec() } else { vec![] },
		..closing()
	};
	frame_support::assert_ok!(Agreements::close_dispute(&id, &closing));
	let ended = crate::Agreements::<Test>::get(id).unwrap();
	let reason = EndReason::EscrowExhausted;
	assert_eq!(ended.phase, Phase::Ended { reason, at: 1 });
	assert!(ended.accrued.is_nothing());
	let after = ended.roster.members;
	let replaced = after.iter().zip(&members).filter(|(now, then)| now != then);
	assert_eq!(replaced.count(), others.len());
	// And the spare for which there is no place.
	assert_eq!(ended.left.len(), others.len() + 1);
	let winds_up = Event::WindsUp {
		agreement: id,
		intermediary: *last,
		ends: 1,
	};
	assert!(events().contains(&winds_up));
}

/// So many leave as can when a ruling settles, too: one of those that are proven wrong without a spare in its place,
/// which does not end the agreement. What it owes is paid twice.
#[cfg(feature = "runtime-benchmarks")]
#[test]
fn the_benchmark_of_rulings_has_the_worst_case() {
	use crate::{benchmarking::judging, mock::*, EndReason, Event, Phase};
	use syngraph_primitives::{Agreements as _, Closing, Ruling};

	crate::mock::new_test_ext().execute_with(|| {
		System::set_block_number(1);
		let scene = judging::<Test>();
		let id = scene.agreement;
		let members: Vec<_> = scene.members.iter().map(|(id, _)| *id).collect();
		let (convicted, right) = members.split_at(members.len() * 3 / 4);
		frame_support::assert_ok!(Agreements::open_dispute(&id));
		assert!(Agreements::ruling_fee(&id, convicted).is_some());
		let ruling = Ruling {
			outcome: Some(i128::MAX),
			data_root: sp_core::H256::zero(),
		};
		let closing = Closing {
			convicted: convicted.to_vec(),
			ruling: Some(ruling),
			..closing()
		};
		System::reset_events();
		frame_support::assert_ok!(Agreements::close_dispute(&id, &closing));
		let ended = crate::Agreements::<Test>::get(id).unwrap();
		let reason = EndReason::EscrowExhausted;
		assert_eq!(ended.phase, Phase::Ended { reason, at: 1 });
		assert_eq!(ended.progress.base, 1);
		let of = |is: fn(&Event<Test>) -> bool| events().iter().filter(|event| is(event)).count();
		assert_eq!(of(|event| matches!(event, Event::PaidOut { .. })), 2);
		let rewards = of(|event| matches!(event, Event::Rewarded { .. }));
		assert_eq!(rewards, members.len() + right.len());
		assert_eq!(ended.roster.members.len(), members.len() - 1);
		// All but the last one, whose user has no spare, and the spare for which there is no place.
		assert_eq!(ended.left.len(), members.len());
	});
}
