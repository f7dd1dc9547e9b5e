//! Who is bound to an agreement, who computes for it, what they get for being bound, and how they leave.

use alloc::vec::Vec;
use frame_support::{ensure, traits::Get};
use frame_system::pallet_prelude::BlockNumberFor;
use sp_runtime::{
	traits::{Saturating, Zero},
	DispatchError, DispatchResult,
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
	/// A spare of the same user takes it.
	Taken(IntermediaryId),
	/// It is gone: the user has other members.
	Gone,
	/// Its user would have nobody left.
	Needed,
}

impl Place {
	/// Whether the agreement ends for it.
	fn ends(self, on_failure: OnFailure) -> bool {
		match self {
			Self::Taken(_) => false,
			Self::Gone => on_failure == OnFailure::End,
			Self::Needed => true,
		}
	}
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

	/// Lets one go that is bound to an agreement in force, without a dispute. If the agreement cannot go on without it,
	/// this is its last block, and it stays until then: what was begun may settle, whoever chose the block. For the
	/// same reason nobody leaves afterwards. If this is the last block already, it is refused, since it would do
	/// nothing but count one absence again.
	fn dismiss(
		id: AgreementId,
		terms: &TermsOf<T>,
		agreement: &mut AgreementOf<T>,
		intermediary: IntermediaryId,
	) -> DispatchResult {
		let in_force = agreement.phase.check_in_force(Self::now());
		in_force.map_err(Error::<T>::from)?;
		// What the members signed under this roster is still heard.
		ensure!(!agreement.disputed, Error::<T>::Disputed);
		if agreement.roster.place(intermediary).is_none() {
			return Self::release_all(id, terms, agreement, &[intermediary]).map(|_| ());
		}
		if Self::place_after(terms, agreement, intermediary).ends(terms.on_failure) {
			let ends = Self::now();
			agreement.phase.wind_up(ends).map_err(Error::<T>::from)?;
			Self::deposit_event(Event::WindsUp {
				agreement: id,
				intermediary,
				ends,
			});
			return Ok(());
		}
		if Self::release_all(id, terms, agreement, &[intermediary])? {
			Self::renew_roster(id, agreement);
		}
		Ok(())
	}

	/// Lets those go that failed in a dispute. If the agreement goes on, all commit anew to what has not settled, with
	/// other secrets than those that the dispute may have brought to light.
	pub(crate) fn remove_failed(
		id: AgreementId,
		terms: &TermsOf<T>,
		agreement: &mut AgreementOf<T>,
		convicted: &[IntermediaryId],
		absent: &[IntermediaryId],
	) -> DispatchResult {
		let mut leaving = convicted.to_vec();
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
			if !spared {
				leaving.push(*intermediary);
			}
		}
		if Self::release_all(id, terms, agreement, &leaving)? {
			Self::renew_roster(id, agreement);
		}
		Ok(())
	}

	/// Whether a silent member without a spare has not been so often enough to leave.
	fn may_stay(agreement: &mut AgreementOf<T>, intermediary: IntermediaryId) -> bool {
		let count = agreement.count_absence(intermediary, Self::now(), T::Day::get());
		count < MAX_ABSENCES
	}

	/// Releases intermediaries, lets spares take the places of those that were members, and ends the agreement
	/// if it cannot go on without them. Tells whether it goes on.
	fn release_all(
		id: AgreementId,
		terms: &TermsOf<T>,
		agreement: &mut AgreementOf<T>,
		leaving: &[IntermediaryId],
	) -> Result<bool, DispatchError> {
		if leaving.is_empty() {
			return Ok(true);
		}
		Self::pay_all(id, terms, agreement)?;
		let mut ends = false;
		for intermediary in leaving {
			if agreement.roster.place(*intermediary).is_none() {
				Self::let_go(id, agreement, *intermediary);
				continue;
			}
			let place = Self::vacate_place(id, terms, agreement, *intermediary);
			ends |= place.ends(terms.on_failure);
		}
		if ends {
			Self::end(id, terms, agreement, EndReason::Failure)?;
		}
		Ok(!ends)
	}

	/// Has everybody commit anew to what has not settled: whoever computes from now on does so under another number,
	/// and with another joint key.
	fn renew_roster(id: AgreementId, agreement: &mut AgreementOf<T>) {
		Self::drop_joint_key(&id);
		agreement.roster.number.saturating_inc();
		agreement.roster.since = agreement.progress.base;
		Self::deposit_event(Event::RosterChanged {
			agreement: id,
			roster: agreement.roster.clone(),
		});
	}

	/// Takes a member off the roster, unless its user would have nobody left.
	fn vacate_place(
		id: AgreementId,
		terms: &TermsOf<T>,
		agreement: &mut AgreementOf<T>,
		member: IntermediaryId,
	) -> Place {
		let Some(at) = agreement.roster.place(member) else {
			return Place::Needed;
		};
		let place = Self::place_after(terms, agreement, member);
		match place {
			Place::Taken(spare) => {
				if let Some(taken) = agreement.roster.members.get_mut(at) {
					*taken = spare;
				}
			},
			Place::Gone => {
				agreement.roster.members.remove(at);
			},
			Place::Needed => return place,
		}
		Self::let_go(id, agreement, member);
		place
	}

	/// What becomes of the place of a member that leaves.
	fn place_after(
		terms: &TermsOf<T>,
		agreement: &AgreementOf<T>,
		member: IntermediaryId,
	) -> Place {
		let user = terms.named_by(member);
		let mut others = agreement.roster.members.iter();
		let others = others.any(|other| *other != member && terms.named_by(*other) == user);
		match Self::spares(terms, agreement, member).next() {
			Some(spare) => Place::Taken(spare),
			None if others => Place::Gone,
			None => Place::Needed,
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
