//! What each phase allows, and when.

use super::*;

const LIMITS: TimeLimits<u64> = TimeLimits {
	sign_by: 10,
	starts_at: 5,
	ends_at: 100,
	notice: 20,
	retention: 9,
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
		consented: Default::default(),
		roster: Default::default(),
		former: None,
		passed: None,
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
		results: 0,
		dispute: None,
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
	assert_eq!(phase.consent(1, 2, 100), Ok(true));
}

#[test]
fn it_can_be_closed_once_its_time_has_run_out() {
	let proposed = Phase::default();
	assert_eq!(proposed.close(&LIMITS, 10), Err(PhaseError::NotOver));
	assert_eq!(proposed.close(&LIMITS, 11), Ok(EndReason::Unsigned));
	assert_eq!(active().close(&LIMITS, 100), Err(PhaseError::NotOver));
	assert_eq!(active().close(&LIMITS, 101), Ok(EndReason::Expired));
	let mut noticed = active();
	noticed.give_notice(&LIMITS, 30).unwrap();
	assert_eq!(noticed.close(&LIMITS, 51), Ok(EndReason::Notice));
	assert_eq!(ended().close(&LIMITS, 101), Err(PhaseError::Ended));
}

#[test]
fn it_is_over_when_nothing_can_settle_any_more() {
	assert!(!Phase::<u64>::default().is_over(1_000));
	assert!(!active().is_over(100));
	assert!(active().is_over(101));
	assert!(ended().is_over(0));
}

#[test]
fn it_is_forgotten_only_when_no_signature_can_be_used_again() {
	let mut agreement = agreement(ended());
	assert!(!agreement.is_removable(&LIMITS, 10));
	assert!(agreement.is_removable(&LIMITS, 11));
	agreement.dispute = Some(OpenDispute {
		window: 1,
		frozen: true,
	});
	assert!(!agreement.is_removable(&LIMITS, 11));
	agreement.dispute = None;
	agreement.results = 1;
	assert!(!agreement.is_removable(&LIMITS, 11));
	agreement.results = 0;
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
