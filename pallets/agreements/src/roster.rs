//! Who is bound to an agreement, who computes for it, what they get for being bound, and how they leave.

use alloc::vec::Vec;
use frame_support::{ensure, traits::Get};
use frame_system::pallet_prelude::BlockNumberFor;
use sp_runtime::{
	traits::{Saturating, Zero},
	DispatchResult,
};
use syngraph_primitives::{
	AgreementId, Directory, Failure, IntermediaryId, OnFailure, Roster, MAX_ABSENCES,
};

use crate::{
	AgreementOf, AgreementsOf, BalanceOf, Config, EndReason, Error, Event, Pallet, Phase,
	Resignation, TermsOf,
};

/// What became of the place of a member that left.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Place {
	/// A spare of the same user has taken it.
	Taken,
	/// It is gone: the user has other members.
	Gone,
	/// Its user would have nobody left.
	Needed,
}

impl<T: Config> Pallet<T> {
	pub(crate) fn do_resign(
		operator: T::AccountId,
		id: AgreementId,
		intermediary: IntermediaryId,
	) -> DispatchResult {
		Self::ensure_operator(&operator, intermediary)?;
		let due = Self::with_agreement(&id, |terms, agreement| {
			let in_force = agreement.phase.check_in_force(Self::now());
			in_force.map_err(Error::<T>::from)?;
			ensure!(
				is_bound::<T>(terms, agreement, intermediary),
				Error::<T>::NotBound
			);
			let mut known = agreement.resignations.iter();
			ensure!(
				known.all(|known| known.intermediary != intermediary),
				Error::<T>::AlreadyResigned
			);
			let due = Self::now().saturating_add(terms.limits.notice);
			let resignation = Resignation { intermediary, due };
			let noted = agreement.resignations.try_push(resignation);
			noted.map_err(|_| Error::<T>::AlreadyResigned)?;
			Ok(due)
		})?;
		Self::deposit_event(Event::Resigned {
			agreement: id,
			intermediary,
			due,
		});
		Ok(())
	}

	pub(crate) fn do_release(id: AgreementId, intermediary: IntermediaryId) -> DispatchResult {
		Self::with_agreement(&id, |terms, agreement| {
			let mut known = agreement.resignations.iter();
			let resignation = known.find(|known| known.intermediary == intermediary);
			let due = resignation.ok_or(Error::<T>::NotResigned)?.due;
			ensure!(Self::now() >= due, Error::<T>::NoticeRunning);
			Self::dismiss(id, terms, agreement, intermediary)
		})
	}

	pub(crate) fn do_vacate(id: AgreementId, intermediary: IntermediaryId) -> DispatchResult {
		Self::with_agreement(&id, |terms, agreement| {
			ensure!(
				is_bound::<T>(terms, agreement, intermediary),
				Error::<T>::NotBound
			);
			ensure!(!T::Directory::is_alive(intermediary), Error::<T>::Alive);
			Self::dismiss(id, terms, agreement, intermediary)?;
			T::Directory::record_failure(intermediary, Failure::Absence);
			Ok(())
		})
	}

	/// Lets one go that is bound to an agreement in force, without a dispute.
	fn dismiss(
		id: AgreementId,
		terms: &TermsOf<T>,
		agreement: &mut AgreementOf<T>,
		intermediary: IntermediaryId,
	) -> DispatchResult {
		let active = matches!(agreement.phase, Phase::Active { .. });
		ensure!(active, Error::<T>::NotActive);
		// What the members signed under this roster is still heard.
		ensure!(agreement.dispute.is_none(), Error::<T>::Disputed);
		Self::change_roster(id, terms, agreement, &[intermediary])
	}

	/// Lets those go that failed in a dispute. Tells whether none of them is a member any more.
	pub(crate) fn remove_failed(
		id: AgreementId,
		terms: &TermsOf<T>,
		agreement: &mut AgreementOf<T>,
		convicted: &[IntermediaryId],
		absent: &[IntermediaryId],
	) -> Result<bool, sp_runtime::DispatchError> {
		let mut leaving = convicted.to_vec();
		let mut staying = false;
		for intermediary in absent {
			// Those before it take spares of their user away from it.
			let user = terms.named_by(*intermediary);
			let before = leaving.iter().filter(|other| {
				terms.named_by(**other) == user && agreement.roster.place(**other).is_some()
			});
			let spared = Self::spares(terms, agreement, *intermediary)
				.nth(before.count())
				.is_none() && terms.on_failure == OnFailure::GoOn
				&& Self::may_stay(agreement, *intermediary);
			match spared {
				true => staying = true,
				false => leaving.push(*intermediary),
			}
		}
		Self::change_roster(id, terms, agreement, &leaving)?;
		Ok(!staying)
	}

	/// Whether a silent member without a spare has not been so often enough to leave.
	fn may_stay(agreement: &mut AgreementOf<T>, intermediary: IntermediaryId) -> bool {
		let count = agreement.count_absence(intermediary, Self::now(), T::Day::get());
		count < MAX_ABSENCES
	}

	/// Releases intermediaries, lets spares take the places of those that were members, and ends the agreement
	/// if it cannot go on without them.
	fn change_roster(
		id: AgreementId,
		terms: &TermsOf<T>,
		agreement: &mut AgreementOf<T>,
		leaving: &[IntermediaryId],
	) -> DispatchResult {
		if leaving.is_empty() {
			return Ok(());
		}
		Self::pay_all_retainers(id, terms, agreement);
		let former = agreement.roster.clone();
		let mut ends = false;
		for intermediary in leaving {
			if agreement.roster.place(*intermediary).is_none() {
				Self::let_go(id, agreement, *intermediary);
				continue;
			}
			match Self::vacate_place(id, terms, agreement, *intermediary) {
				Place::Taken => (),
				Place::Gone => ends |= terms.on_failure == OnFailure::End,
				Place::Needed => ends = true,
			}
		}
		if ends {
			return Self::end(id, terms, agreement, EndReason::Failure);
		}
		if agreement.roster.members != former.members {
			agreement.roster.number = former.number.saturating_add(1);
			agreement.roster.since = agreement.progress.base();
			agreement.former = Some(former);
			Self::deposit_event(Event::RosterChanged {
				agreement: id,
				roster: agreement.roster.clone(),
			});
		}
		Ok(())
	}

	/// Takes a member off the roster, unless its user would have nobody left.
	fn vacate_place(
		id: AgreementId,
		terms: &TermsOf<T>,
		agreement: &mut AgreementOf<T>,
		member: IntermediaryId,
	) -> Place {
		let spare = Self::spares(terms, agreement, member).next();
		let user = terms.named_by(member);
		let mut others = agreement.roster.members.iter();
		let others = others.any(|other| *other != member && terms.named_by(*other) == user);
		let place = agreement.roster.place(member);
		match (spare, place) {
			(Some(spare), Some(place)) => {
				if let Some(taken) = agreement.roster.members.get_mut(place) {
					*taken = spare;
				}
				Self::let_go(id, agreement, member);
				Place::Taken
			},
			(None, Some(place)) if others => {
				agreement.roster.members.remove(place);
				Self::let_go(id, agreement, member);
				Place::Gone
			},
			_ => Place::Needed,
		}
	}

	/// The spares that can take the place of `member`, the next one first: those of the user that named it that are
	/// alive and have a key. Any other would be silent at once, at the cost of its user; it stays bound and can take a
	/// place that falls vacant once it is alive again.
	fn spares<'a>(
		terms: &'a TermsOf<T>,
		agreement: &'a AgreementOf<T>,
		member: IntermediaryId,
	) -> impl Iterator<Item = IntermediaryId> + 'a {
		let user = terms.named_by(member);
		let party = user.and_then(|user| terms.users.get(user));
		let spares = party.into_iter().flat_map(|party| party.spares.iter());
		spares.copied().filter(|spare| {
			!agreement.left.contains(spare)
				&& agreement.roster.place(*spare).is_none()
				&& T::Directory::is_alive(*spare)
				&& T::Directory::intermediary_key(*spare, Self::now()).is_some()
		})
	}

	/// Releases an intermediary from the agreement for good.
	fn let_go(id: AgreementId, agreement: &mut AgreementOf<T>, intermediary: IntermediaryId) {
		if agreement.left.contains(&intermediary) {
			return;
		}
		// There is room for all that the terms name.
		let _ = agreement.left.try_push(intermediary);
		agreement
			.resignations
			.retain(|known| known.intermediary != intermediary);
		agreement
			.absences
			.retain(|known| known.intermediary != intermediary);
		T::Directory::release(&id, intermediary);
		AgreementsOf::<T>::remove(intermediary, id);
		Self::deposit_event(Event::Released {
			agreement: id,
			intermediary,
		});
	}

	/// Brings the first members to work.
	pub(crate) fn first_roster(terms: &TermsOf<T>) -> Roster {
		Roster {
			members: terms
				.intermediaries()
				.collect::<Vec<_>>()
				.try_into()
				.unwrap_or_default(),
			..Default::default()
		}
	}

	pub(crate) fn do_pay_retainers(id: AgreementId) -> DispatchResult {
		Self::with_agreement(&id, |terms, agreement| {
			let active = matches!(agreement.phase, Phase::Active { .. });
			ensure!(active, Error::<T>::NotActive);
			Self::pay_all_retainers(id, terms, agreement);
			Ok(())
		})
	}

	/// Pays members and spares for having been bound since they were last paid.
	pub(crate) fn pay_all_retainers(
		id: AgreementId,
		terms: &TermsOf<T>,
		agreement: &mut AgreementOf<T>,
	) {
		let until = match agreement.phase {
			Phase::Active { ends, .. } => Self::now().min(ends),
			_ => return,
		};
		let blocks = until.saturating_sub(agreement.retained);
		agreement.retained = agreement.retained.max(until);
		for intermediary in bound::<T>(terms, agreement) {
			let amount = Self::retainer(terms, agreement, intermediary, blocks);
			let (Some(index), Some(operator)) = (
				terms.named_by(intermediary),
				T::Directory::operator(intermediary),
			) else {
				continue;
			};
			// What the operator cannot receive stays in escrow.
			if !amount.is_zero() && Self::pay(terms, agreement, index, &operator, amount) {
				Self::deposit_event(Event::Retained {
					agreement: id,
					intermediary,
					operator,
					amount,
				});
			}
		}
	}

	/// What the user at `index` will owe its intermediaries for being bound, until the agreement's last block.
	pub(crate) fn outstanding(
		terms: &TermsOf<T>,
		agreement: &AgreementOf<T>,
		index: usize,
	) -> BalanceOf<T> {
		let Phase::Active { ends, .. } = agreement.phase else {
			return Zero::zero();
		};
		let blocks = ends.saturating_sub(agreement.retained);
		let own = |intermediary: &IntermediaryId| terms.named_by(*intermediary) == Some(index);
		bound::<T>(terms, agreement)
			.into_iter()
			.filter(own)
			.map(|intermediary| Self::retainer(terms, agreement, intermediary, blocks))
			.fold(Zero::zero(), Saturating::saturating_add)
	}

	/// What one that is bound gets for so many blocks.
	fn retainer(
		terms: &TermsOf<T>,
		agreement: &AgreementOf<T>,
		intermediary: IntermediaryId,
		blocks: BlockNumberFor<T>,
	) -> BalanceOf<T> {
		let per_day = match agreement.roster.place(intermediary) {
			Some(_) => terms.retainer,
			None => terms.spare_retainer,
		};
		Self::for_blocks(per_day, blocks)
	}

	pub(crate) fn ensure_operator(
		operator: &T::AccountId,
		intermediary: IntermediaryId,
	) -> DispatchResult {
		let known = T::Directory::operator(intermediary);
		ensure!(known.as_ref() == Some(operator), Error::<T>::NotOperator);
		Ok(())
	}
}

/// The members and spares that are bound.
pub(crate) fn bound<T: Config>(
	terms: &TermsOf<T>,
	agreement: &AgreementOf<T>,
) -> Vec<IntermediaryId> {
	let all = terms.intermediaries().chain(terms.spares());
	all.filter(|intermediary| !agreement.left.contains(intermediary))
		.collect()
}

fn is_bound<T: Config>(
	terms: &TermsOf<T>,
	agreement: &AgreementOf<T>,
	intermediary: IntermediaryId,
) -> bool {
	terms.named_by(intermediary).is_some() && !agreement.left.contains(&intermediary)
}
