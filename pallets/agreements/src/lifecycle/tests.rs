//! What each phase allows, and when.

use super::*;

const LIMITS: TimeLimits<u64> = TimeLimits {
	sign_by: 10,
	starts_at: 5,
	ends_at: 100,
	notice: 20,
	payout: 9,
	answer: 4,
	drift: 0,
};

fn active() -> Phase<u64> {
	Phase::active(&LIMITS)
}

/// An agreement of which nothing is known but its phase.
fn agreement(phase: Phase<u64>) -> Agreement<u64, u64, u64> {
	Agreement {
		proposer: 1,
		deposit: 0,
		prices: Default::default(),
		phase,
		funds: Default::default(),
		accrued: Accrued::nothing(0),
		paid: Default::default(),
		paid_at: 0,
		consented: Default::default(),
		roster: Default::default(),
		left: Default::default(),
		resignations: Default::default(),
		absences: Default::default(),
		retained: 0,
		feeds: Default::default(),
		replaced: 0,
		replacing: None,
		times: (0, 0),
		grounds: Default::default(),
		progress: Default::default(),
		history: Default::default(),
		disputed: None,
	}
}

fn ended() -> Phase<u64> {
	Phase::Ended {
		reason: EndReason::Consent,
		at: 1,
	}
}

#[test]
fn it_becomes_active_when_the_last_user_signs() {
	let mut phase = Phase::default();
	assert_eq!(phase.sign(1, 2, &LIMITS, 10), Ok(false));
	assert_eq!(
		phase.sign(1, 2, &LIMITS, 10),
		Err(PhaseError::AlreadySigned)
	);
	assert_eq!(phase.sign(0, 2, &LIMITS, 11), Err(PhaseError::SigningOver));
	assert_eq!(phase.sign(0, 2, &LIMITS, 10), Ok(true));
	assert_eq!(phase, active());
	assert_eq!(phase.sign(0, 2, &LIMITS, 10), Err(PhaseError::NotProposed));
}

#[test]
fn only_a_proposal_can_be_cancelled() {
	assert_eq!(Phase::<u64>::default().cancel(), Ok(EndReason::Cancelled));
	assert_eq!(active().cancel(), Err(PhaseError::NotProposed));
	assert_eq!(ended().cancel(), Err(PhaseError::NotProposed));
}

#[test]
fn it_is_in_force_up_to_its_last_block() {
	assert_eq!(active().check_in_force(100), Ok(100));
	assert_eq!(active().check_in_force(101), Err(PhaseError::Over));
	assert_eq!(
		Phase::<u64>::default().check_in_force(1),
		Err(PhaseError::NotActive)
	);
	assert_eq!(ended().check_in_force(1), Err(PhaseError::NotActive));
}

#[test]
fn what_was_begun_may_settle_while_intermediaries_have_to_answer() {
	let settling = |phase: Phase<u64>, now| phase.check_settling(&LIMITS, now);
	assert_eq!(settling(active(), 1), Ok(()));
	assert_eq!(settling(active(), 104), Ok(()));
	assert_eq!(settling(active(), 105), Err(PhaseError::Over));
	assert_eq!(settling(Phase::default(), 1), Err(PhaseError::NotActive));
	assert_eq!(settling(ended(), 1), Err(PhaseError::NotActive));
	let mut noticed = active();
	noticed.give_notice(&LIMITS, 50).unwrap();
	assert_eq!(settling(noticed.clone(), 74), Ok(()));
	assert_eq!(settling(noticed, 75), Err(PhaseError::Over));
}

#[test]
fn a_notice_only_brings_the_end_nearer() {
	let mut phase = active();
	assert_eq!(phase.give_notice(&LIMITS, 50), Ok(70));
	assert_eq!(
		phase.give_notice(&LIMITS, 50),
		Err(PhaseError::NoEarlierEnd)
	);
	assert_eq!(phase.give_notice(&LIMITS, 71), Err(PhaseError::Over));
	assert_eq!(
		active().give_notice(&LIMITS, 80),
		Err(PhaseError::NoEarlierEnd)
	);
	assert_eq!(ended().give_notice(&LIMITS, 50), Err(PhaseError::NotActive));
}

#[test]
fn all_must_consent() {
	let mut phase = active();
	assert_eq!(phase.consent(0, 2, 50), Ok(false));
	assert_eq!(phase.consent(0, 2, 50), Err(PhaseError::AlreadyConsented));
	assert_eq!(phase.consent(1, 2, 101), Err(PhaseError::Over));
	assert_eq!(phase.check_in_force(51), Ok(100));
	assert_eq!(phase.consent(1, 2, 60), Ok(true));
	assert_eq!(phase.check_in_force(60), Ok(60));
	assert_eq!(phase.check_in_force(61), Err(PhaseError::Over));
	assert_eq!(phase.check_settling(&LIMITS, 64), Ok(()));
	assert_eq!(
		phase.give_notice(&LIMITS, 60),
		Err(PhaseError::NoEarlierEnd)
	);
}

#[test]
fn who_is_needed_winds_it_up_once_by_leaving() {
	let mut phase = active();
	assert_eq!(phase.wind_up(50), Ok(()));
	assert_eq!(phase.check_in_force(50), Ok(50));
	assert_eq!(phase.wind_up(50), Err(PhaseError::NoEarlierEnd));
	assert_eq!(phase.wind_up(51), Err(PhaseError::Over));
	assert_eq!(phase.close(&LIMITS, 55), Ok(EndReason::Failure));
	// Nor does it bring the last block of the terms any nearer.
	let mut expiring = active();
	assert_eq!(expiring.wind_up(100), Err(PhaseError::NoEarlierEnd));
	assert_eq!(expiring, active());
}

#[test]
fn it_can_be_closed_once_its_time_has_run_out() {
	let proposed = Phase::default();
	assert_eq!(proposed.close(&LIMITS, 10), Err(PhaseError::NotOver));
	assert_eq!(proposed.close(&LIMITS, 11), Ok(EndReason::Unsigned));
	assert_eq!(active().close(&LIMITS, 104), Err(PhaseError::NotOver));
	assert_eq!(active().close(&LIMITS, 105), Ok(EndReason::Expired));
	let mut noticed = active();
	noticed.give_notice(&LIMITS, 30).unwrap();
	assert_eq!(noticed.close(&LIMITS, 54), Err(PhaseError::NotOver));
	assert_eq!(noticed.close(&LIMITS, 55), Ok(EndReason::Notice));
	// Whoever agrees with it, and when, is the last reason.
	for user in [0, 1] {
		noticed.consent(user, 2, 50).unwrap();
	}
	assert_eq!(noticed.close(&LIMITS, 54), Err(PhaseError::NotOver));
	assert_eq!(noticed.close(&LIMITS, 55), Ok(EndReason::Consent));
	assert_eq!(ended().close(&LIMITS, 101), Err(PhaseError::Ended));
}

#[test]
fn it_is_over_when_nothing_can_settle_any_more() {
	assert!(!Phase::<u64>::default().is_over(&LIMITS, 1_000));
	assert!(!active().is_over(&LIMITS, 104));
	assert!(active().is_over(&LIMITS, 105));
	assert!(ended().is_over(&LIMITS, 0));
}

#[test]
fn it_is_forgotten_only_when_no_signature_can_be_used_again() {
	let mut agreement = agreement(ended());
	assert!(!agreement.is_removable(&LIMITS, 10));
	assert!(agreement.is_removable(&LIMITS, 11));
	agreement.disputed = Some(1);
	assert!(!agreement.is_removable(&LIMITS, 11));
	agreement.disputed = None;
	agreement.phase = active();
	assert!(!agreement.is_removable(&LIMITS, 11));
}

#[test]
fn absences_are_counted_as_long_as_they_follow_one_another() {
	let mut agreement = agreement(active());
	let mut count = |who, now| agreement.count_absence(who, now, 10);
	assert_eq!([count(1, 5), count(2, 6), count(1, 15)], [1, 1, 2]);
	assert_eq!([count(1, 25), count(1, 36), count(2, 36)], [3, 1, 1]);
}
