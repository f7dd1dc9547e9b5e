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
	lifecycle::PhaseError, AgreementOf, AgreementsOf, BalanceOf, Config, EndReason, Error, Event,
	Pallet, Phase, TermsOf,
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
	pub(crate) fn do_vacate(id: AgreementId, intermediary: IntermediaryId) -> DispatchResult {
		Self::with_agreement(&id, |terms, agreement| {
			ensure!(
				is_bound::<T>(terms, agreement, intermediary),
				Error::<T>::NotBound
			);
			let alive = T::Directory::is_alive(intermediary)
				|| Self::signed_lately(&id, terms, agreement, intermediary);
			ensure!(!alive, Error::<T>::Alive);
			Self::dismiss(id, terms, agreement, intermediary)?;
			T::Directory::record_failure(intermediary, Failure::Absence);
			Ok(())
		})
	}

	/// Whether an intermediary signed, as a member, the round that settled last, and that was so lately that a
	/// heartbeat of the same block would count. Whoever settles is alive, be it that its heartbeats do not get in.
	///
	/// Nothing is written for it when a round settles: that takes the signatures of all members. Those with which the
	/// agreement began have signed every round; one that has stepped in, at least those under the present roster; a
	/// ruling nobody has signed, but all had committed in its dispute.
	///
	/// What settles may have been signed long before. But two rounds are open at a time at most, and after those
	/// nothing settles without a member that has died: others can have it look alive for no more than two intervals
	/// after each.
	fn signed_lately(
		id: &AgreementId,
		terms: &TermsOf<T>,
		agreement: &AgreementOf<T>,
		intermediary: IntermediaryId,
	) -> bool {
		if agreement.roster.place(intermediary).is_none() {
			return false;
		}
		let Some(round) = Self::latest_round(id, terms, agreement) else {
			return false;
		};
		let from_the_beginning = terms.intermediaries().any(|first| first == intermediary);
		let signed = from_the_beginning || round.first >= agreement.roster.since;
		signed && T::Directory::is_recent(round.at)
	}

	/// Lets one go that is bound to an agreement in force, without a dispute.
	pub(crate) fn dismiss(
		id: AgreementId,
		terms: &TermsOf<T>,
		agreement: &mut AgreementOf<T>,
		intermediary: IntermediaryId,
	) -> DispatchResult {
		let in_force = agreement.phase.check_in_force(Self::now());
		in_force.map_err(Error::<T>::from)?;
		// What the members signed under this roster is still heard.
		ensure!(!agreement.is_disputed(), Error::<T>::Disputed);
		if Self::is_needed(terms, agreement, intermediary) {
			let winds_up = Self::wind_up(id, agreement, intermediary);
			winds_up.map_err(Error::<T>::from)?;
			return Ok(());
		}
		let member = agreement.roster.place(intermediary).is_some();
		if Self::release_all(id, terms, agreement, &[intermediary])? && member {
			Self::renew_roster(id, agreement);
		}
		Ok(())
	}

	/// Whether an agreement cannot go on without an intermediary.
	pub(crate) fn is_needed(
		terms: &TermsOf<T>,
		agreement: &AgreementOf<T>,
		intermediary: IntermediaryId,
	) -> bool {
		agreement.roster.place(intermediary).is_some()
			&& Self::place_after(terms, agreement, intermediary).ends(terms.on_failure)
	}

	/// Makes this the last block of an agreement that cannot go on without one that leaves. It stays until then: what
	/// was begun may settle, whoever chose the block. For the same reason nobody leaves afterwards. If this is the last
	/// block already, it is refused, since it would do nothing but count one absence again.
	pub(crate) fn wind_up(
		id: AgreementId,
		agreement: &mut AgreementOf<T>,
		intermediary: IntermediaryId,
	) -> Result<(), PhaseError> {
		let ends = Self::now();
		agreement.phase.wind_up(ends)?;
		Self::deposit_event(Event::WindsUp {
			agreement: id,
			intermediary,
			ends,
		});
		Ok(())
	}

	/// Lets those go that failed in a dispute. Tells whether the agreement goes on.
	pub(crate) fn remove_failed(
		id: AgreementId,
		terms: &TermsOf<T>,
		agreement: &mut AgreementOf<T>,
		convicted: &[IntermediaryId],
		absent: &[IntermediaryId],
	) -> Result<bool, DispatchError> {
		let mut leaving = convicted.to_vec();
		for intermediary in absent {
			let spared = !Self::has_spare(terms, agreement, &leaving, *intermediary)
				&& terms.on_failure != OnFailure::End
				&& Self::may_stay(agreement, *intermediary);
			if !spared {
				leaving.push(*intermediary);
			}
		}
		Self::release_all(id, terms, agreement, &leaving)
	}

	/// Whether for one of these members, which leave together, there is no spare.
	pub(crate) fn lacks_spare(
		terms: &TermsOf<T>,
		agreement: &AgreementOf<T>,
		leaving: &[IntermediaryId],
	) -> bool {
		let mut before: Vec<IntermediaryId> = Vec::new();
		leaving.iter().any(|member| {
			let lacks = !Self::has_spare(terms, agreement, &before, *member);
			before.push(*member);
			lacks
		})
	}

	/// Whether there is a spare for a member that leaves after these in a dispute: members of the same user take spares
	/// away from it, and those whose notice has run out leave before all others.
	fn has_spare(
		terms: &TermsOf<T>,
		agreement: &AgreementOf<T>,
		before: &[IntermediaryId],
		member: IntermediaryId,
	) -> bool {
		let user = terms.named_by(member);
		let before = before.iter().filter(|other| {
			terms.named_by(**other) == user && agreement.roster.place(**other).is_some()
		});
		let due = Self::due(agreement);
		Self::spares(terms, agreement, member)
			.filter(|spare| !due.contains(spare))
			.nth(before.count())
			.is_some()
	}

	/// Whether a silent member without a spare has not been so often enough to leave.
	fn may_stay(agreement: &mut AgreementOf<T>, intermediary: IntermediaryId) -> bool {
		let count = agreement.count_absence(intermediary, Self::now(), T::Day::get());
		count < MAX_ABSENCES
	}

	/// Releases intermediaries, lets spares take the places of those that were members, and ends the agreement
	/// if it cannot go on without them. Tells whether it goes on.
	pub(crate) fn release_all(
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
	pub(crate) fn renew_roster(id: AgreementId, agreement: &mut AgreementOf<T>) {
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
		// Of several that leave at once, the first had all paid.
		if blocks.is_zero() {
			return;
		}
		agreement.retained = until;
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

/// Whether an intermediary is one of them.
pub(crate) fn is_bound<T: Config>(
	terms: &TermsOf<T>,
	agreement: &AgreementOf<T>,
	intermediary: IntermediaryId,
) -> bool {
	terms.named_by(intermediary).is_some() && !agreement.left.contains(&intermediary)
}
