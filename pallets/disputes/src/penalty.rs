//! What failing costs a member, and who gets it.

use alloc::{vec, vec::Vec};
use frame_system::pallet_prelude::BlockNumberFor;
use sp_runtime::traits::{CheckedDiv, Saturating, Zero};
use syngraph_primitives::{Directory, Failure, IntermediaryId};
use syngraph_protocol::{Docket, Fault, Verdict};

use crate::{Config, Event, Pallet, TermsOf};

/// The share of a penalty, as a divisor, that goes to the operators of those who computed honestly.
const WITNESSES: u32 = 10;

/// An amount, and who is to get it.
type Payee<T> = (
	<T as frame_system::Config>::AccountId,
	<T as Config>::Balance,
);

impl<T: Config> Pallet<T> {
	/// Takes the penalty from everyone who is proven wrong, and remembers who failed. `charged` is what each
	/// member has paid already, of what the dispute cost.
	pub(crate) fn punish(
		docket: &Docket<BlockNumberFor<T>>,
		verdict: &Verdict,
		terms: &TermsOf<T>,
		charged: &[(IntermediaryId, T::Balance)],
	) {
		let (agreement, first) = (docket.agreement, docket.first);
		let paid = |member| {
			let paid = charged.iter().find(|(other, _)| *other == member);
			paid.map_or_else(Zero::zero, |(_, amount)| *amount)
		};
		let witnesses = Self::witnesses(docket, verdict);
		for (intermediary, fault) in verdict.faults.iter().copied() {
			let slashed = Self::slash(docket, terms, intermediary, &witnesses);
			T::Directory::record_failure(intermediary, Failure::Lie);
			Self::deposit_event(Event::Convicted {
				agreement,
				first,
				intermediary,
				fault,
				taken: slashed.saturating_add(paid(intermediary)),
			});
		}
		for intermediary in verdict.absent.iter().copied() {
			T::Directory::record_failure(intermediary, Failure::Absence);
			Self::deposit_event(Event::Absent {
				agreement,
				first,
				intermediary,
				fee: paid(intermediary),
			});
		}
	}

	/// Takes from a member what it is still liable for, at most the penalty. Returns how much.
	fn slash(
		docket: &Docket<BlockNumberFor<T>>,
		terms: &TermsOf<T>,
		member: IntermediaryId,
		witnesses: &[T::AccountId],
	) -> T::Balance {
		let agreement = &docket.agreement;
		let penalty = T::Directory::liability(agreement, member).min(terms.penalty);
		let payees = payees::<T>(penalty, witnesses, &harmed::<T>(terms, member));
		let paid = T::Directory::slash(agreement, member, &payees);
		paid.into_iter()
			.fold(Zero::zero(), |sum: T::Balance, part| {
				sum.saturating_add(part)
			})
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

fn is_faulty(faults: &[(IntermediaryId, Fault)], member: IntermediaryId) -> bool {
	faults.iter().any(|(faulty, _)| *faulty == member)
}

/// The users who did not name the member.
fn harmed<T: Config>(terms: &TermsOf<T>, member: IntermediaryId) -> Vec<T::AccountId> {
	let named_by = terms.named_by(member);
	let users = terms.users.iter().enumerate();
	users
		.filter(|(index, _)| Some(*index) != named_by)
		.map(|(_, party)| party.user.clone())
		.collect()
}

/// Divides a penalty: a tenth to the witnesses, and what is left to the users who were harmed. The first of
/// these gets what cannot be divided.
fn payees<T: Config>(
	penalty: T::Balance,
	witnesses: &[T::AccountId],
	harmed: &[T::AccountId],
) -> Vec<Payee<T>> {
	let mut left = penalty;
	let mut payees = vec![];
	let share = penalty / WITNESSES.into();
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
