//! `judge`: the verdict, and who gets what.

use alloc::{vec, vec::Vec};
use frame_support::{dispatch::DispatchResult, ensure, pallet_prelude::*};
use frame_system::pallet_prelude::BlockNumberFor;
use sp_runtime::traits::{AtLeast32BitUnsigned, CheckedDiv, Saturating, Zero};
use syngraph_primitives::{
	AgreementId, Agreements, Directory, Failure, IntermediaryId, WindowIndex,
};
use syngraph_protocol::{Docket, Fault, Verdict};

use crate::{
	authorize::Tag, Cause, Config, DisputeOf, Disputes, Error, Event, Outcome, Pallet, Refusal,
	TermsOf, Trials,
};

/// The share of a penalty, as a divisor, that goes to the operators of those who computed honestly.
const WITNESSES: u32 = 10;

/// An amount, and who is to get it.
type Payee<T> = (
	<T as frame_system::Config>::AccountId,
	<T as Config>::Balance,
);

impl<T: Config> Pallet<T> {
	pub(crate) fn authorize_judge(
		agreement: &AgreementId,
		window: &WindowIndex,
	) -> TransactionValidityWithRefund {
		Self::verdict(agreement, *window)?;
		Self::check_pay(agreement, Self::judge_fee())?;
		Self::valid(&[Tag::Verdict(*agreement, *window)])
	}

	/// A dispute that waits for nothing more, and the verdict about it.
	fn verdict(
		agreement: &AgreementId,
		window: WindowIndex,
	) -> Result<(DisputeOf<T>, Verdict, Outcome), Refusal> {
		let dispute = Disputes::<T>::get(agreement, window).ok_or(Refusal::NotOpen)?;
		let docket = &dispute.docket;
		let settled = T::Agreements::is_settled(agreement, window);
		ensure!(docket.is_ripe(Self::now(), settled), Refusal::NotRipe);
		let verdict = docket.judge(Self::now(), settled);
		let outcome = match verdict.faults.is_empty() && verdict.absent.is_empty() {
			false => Outcome::Failed,
			true if settled => Outcome::Settled,
			true if is_null(docket) => Outcome::Null,
			true => Outcome::Unproven,
		};
		ensure!(!Self::is_held(&dispute, outcome)?, Refusal::NotRipe);
		Ok((dispute, verdict, outcome))
	}

	/// Whether a dispute must stay open although there is nothing more to wait for.
	///
	/// A complaint that was answered takes up its agreement's only place for complaints until its first
	/// deadline could have passed: else a member could complain of every window, at the users' expense.
	fn is_held(dispute: &DisputeOf<T>, outcome: Outcome) -> Result<bool, Refusal> {
		let docket = &dispute.docket;
		let complaint = matches!(dispute.cause, Cause::Silence { .. });
		let answer = Self::terms(&docket.agreement)?.limits.answer;
		let over = Self::now() > docket.opened.saturating_add(answer)
			|| T::Agreements::has_ended(&docket.agreement);
		Ok(complaint && outcome != Outcome::Failed && !over)
	}

	pub(crate) fn do_judge(
		agreement: AgreementId,
		window: WindowIndex,
		authorized: bool,
	) -> DispatchResult {
		let (dispute, verdict, outcome) =
			Self::verdict(&agreement, window).map_err(Error::<T>::from)?;
		if authorized {
			T::Agreements::charge(&agreement, Self::judge_fee())?;
		}
		Self::carry_out(&dispute, &verdict, outcome)
	}

	/// Carries out a verdict, and closes the dispute.
	pub(crate) fn carry_out(
		dispute: &DisputeOf<T>,
		verdict: &Verdict,
		outcome: Outcome,
	) -> DispatchResult {
		let (agreement, window) = (dispute.docket.agreement, dispute.docket.window);
		let due = Self::convict(&dispute.docket, verdict)?;
		for intermediary in verdict.absent.iter().copied() {
			T::Directory::record_failure(intermediary, Failure::Absence);
			Self::deposit_event(Event::Absent {
				agreement,
				window,
				intermediary,
			});
		}
		if verdict.sensor_at_fault {
			Self::convict_sensor(&dispute.docket, &due)?;
		}
		let proven = verdict.faults.iter().map(|(member, _)| *member);
		let failed: Vec<_> = proven.chain(verdict.absent.iter().copied()).collect();
		Self::close(dispute, &failed, verdict.reopen)?;
		Self::deposit_event(Event::Judged {
			agreement,
			window,
			outcome,
		});
		Ok(())
	}

	/// Takes the penalty from everyone who is proven wrong. Returns the advances that it did not cover.
	fn convict(
		docket: &Docket<BlockNumberFor<T>>,
		verdict: &Verdict,
	) -> Result<Vec<Payee<T>>, DispatchError> {
		let (agreement, window) = (docket.agreement, docket.window);
		let terms = Self::terms(&agreement).map_err(Error::<T>::from)?;
		let mut due = Self::advances(docket, verdict);
		let witnesses = Self::witnesses(docket, verdict);
		for (intermediary, fault) in verdict.faults.iter().copied() {
			let place = docket.roster.place(intermediary);
			let harmed = harmed::<T>(&terms, place);
			due.retain(|(_, amount)| !amount.is_zero());
			let payees = payees::<T>(terms.penalty, &due, &witnesses, &harmed);
			let paid = T::Directory::slash(intermediary, &payees);
			for ((_, amount), paid) in due.iter_mut().zip(&paid) {
				*amount = amount.saturating_sub(*paid);
			}
			let taken = paid
				.into_iter()
				.fold(T::Balance::zero(), |sum, part| sum.saturating_add(part));
			T::Directory::record_failure(intermediary, Failure::Lie);
			Self::deposit_event(Event::Convicted {
				agreement,
				window,
				intermediary,
				fault,
				taken,
			});
		}
		Ok(due)
	}

	/// Ends the validity of the sensor of which different messages were shown, from the window's first on,
	/// and has its owner pay those who showed them for what they advanced.
	fn convict_sensor(docket: &Docket<BlockNumberFor<T>>, due: &[Payee<T>]) -> DispatchResult {
		let (agreement, window) = (docket.agreement, docket.window);
		let terms = Self::terms(&agreement).map_err(Error::<T>::from)?;
		let found = Self::sensor_at_fault(docket).and_then(|index| terms.sensors.get(index));
		let Some(source) = found else { return Ok(()) };
		if let Some(owner) = T::Directory::sensor_owner(source.sensor) {
			T::Agreements::compensate(&agreement, &owner, due);
		}
		if let Some(range) = terms.window.range(source.start, window) {
			T::Directory::convict_sensor(source.sensor, range.start);
		}
		Self::deposit_event(Event::SensorAtFault {
			agreement,
			window,
			sensor: source.sensor,
		});
		Ok(())
	}

	/// The index of the first sensor of which different messages were shown.
	fn sensor_at_fault(docket: &Docket<BlockNumberFor<T>>) -> Option<usize> {
		let key = (docket.agreement, docket.window);
		let places = (0u8..).take(docket.roster.members.len());
		let shown: Vec<_> = places
			.filter_map(|place| Trials::<T>::get(key, place))
			.filter(|hearing| hearing.complete)
			.map(|hearing| hearing.trial)
			.collect();
		let (first, others) = shown.split_first()?;
		others.iter().find_map(|other| first.differs_at(other))
	}

	/// What those who are not at fault have advanced to show the window, be it only a part of it: the
	/// verdict may have come while they did.
	fn advances(docket: &Docket<BlockNumberFor<T>>, verdict: &Verdict) -> Vec<Payee<T>> {
		let members = docket.roster.members.iter().enumerate();
		members
			.filter(|(_, member)| !is_faulty(&verdict.faults, **member))
			.filter_map(|(place, member)| {
				let key = (docket.agreement, docket.window);
				let hearing = Trials::<T>::get(key, u8::try_from(place).ok()?)?;
				let operator = T::Directory::operator(*member)?;
				Some((operator, hearing.advance))
			})
			.collect()
	}

	/// The operators of those who did not fail.
	fn witnesses(docket: &Docket<BlockNumberFor<T>>, verdict: &Verdict) -> Vec<T::AccountId> {
		let members = docket.roster.members.iter();
		members
			.filter(|member| !is_faulty(&verdict.faults, **member))
			.filter(|member| !verdict.absent.contains(member))
			.filter_map(|member| T::Directory::operator(*member))
			.collect()
	}
}

/// Whether all members revealed null.
fn is_null<BlockNumber: AtLeast32BitUnsigned + Copy>(docket: &Docket<BlockNumber>) -> bool {
	(0..docket.roster.members.len()).all(|place| {
		docket
			.reveal(place)
			.is_some_and(|reveal| reveal.result.is_none())
	})
}

fn is_faulty(faults: &[(IntermediaryId, Fault)], member: IntermediaryId) -> bool {
	faults.iter().any(|(faulty, _)| *faulty == member)
}

/// The users who did not name the intermediary at `place`.
fn harmed<T: Config>(terms: &TermsOf<T>, place: Option<usize>) -> Vec<T::AccountId> {
	let named_by = place.and_then(|place| terms.user_of_place(place));
	let users = terms.users.iter().enumerate();
	users
		.filter(|(index, _)| Some(*index) != named_by)
		.map(|(_, party)| party.user.clone())
		.collect()
}

/// Divides a penalty: first what is due for advances, then a tenth of the rest to the witnesses, and what
/// is left to the users who were harmed. The first of these gets what cannot be divided.
fn payees<T: Config>(
	penalty: T::Balance,
	due: &[Payee<T>],
	witnesses: &[T::AccountId],
	harmed: &[T::AccountId],
) -> Vec<Payee<T>> {
	let mut left = penalty;
	let mut payees = vec![];
	for (who, amount) in due {
		let part = left.min(*amount);
		left = left.saturating_sub(part);
		payees.push((who.clone(), part));
	}
	let share = left / WITNESSES.into();
	let each = share
		.checked_div(&(witnesses.len() as u32).into())
		.unwrap_or_default();
	for who in witnesses {
		left = left.saturating_sub(each);
		payees.push((who.clone(), each));
	}
	let each = left
		.checked_div(&(harmed.len() as u32).into())
		.unwrap_or_default();
	let rest = left.saturating_sub(each.saturating_mul((harmed.len() as u32).into()));
	for (index, who) in harmed.iter().enumerate() {
		let extra = if index == 0 { rest } else { Zero::zero() };
		payees.push((who.clone(), each.saturating_add(extra)));
	}
	payees
}
