//! How a dispute comes about, how it goes on, and what is left of it.

use frame_support::{dispatch::DispatchResult, ensure, traits::ConstU32, BoundedVec};
use frame_system::pallet_prelude::BlockNumberFor;
use syngraph_primitives::{
	AgreementId, Agreements, Directory, Fate, RoundId, Utterance, MAX_SENSORS,
};
use syngraph_protocol::{Docket, Effect, Shown};

use crate::{
	Cause, Config, Dispute, DisputeOf, Disputes, Event, Halted, Pallet, TermsOf, Trials,
	ValidityError,
};

impl<T: Config> Pallet<T> {
	/// The open dispute of an agreement, with the deadline that it has in this block.
	pub fn of(agreement: &AgreementId) -> Option<DisputeOf<T>> {
		let mut dispute = Disputes::<T>::get(agreement)?;
		dispute.docket.put_off(Halted::<T>::get());
		Some(dispute)
	}

	/// The same, or why there is none.
	pub(crate) fn dispute_of(agreement: &AgreementId) -> Result<DisputeOf<T>, ValidityError> {
		Self::of(agreement).ok_or(ValidityError::NotOpen)
	}

	/// The open dispute of an agreement, if its round has not settled. Once it has, there is nothing to prove.
	pub(crate) fn unsettled(agreement: &AgreementId) -> Result<DisputeOf<T>, ValidityError> {
		let dispute = Self::dispute_of(agreement)?;
		ensure!(!Self::is_settled(&dispute.docket), ValidityError::Settled);
		Ok(dispute)
	}

	/// Whether the round of a dispute has settled.
	pub(crate) fn is_settled(docket: &Docket<BlockNumberFor<T>>) -> bool {
		let progress = T::Agreements::progress(&docket.agreement);
		progress.is_some_and(|progress| progress.base > docket.first)
	}

	/// Whether something else is known of the sensors than when a dispute was opened, so that nobody has to answer any
	/// more; or the roster is another.
	pub(crate) fn is_stale(docket: &Docket<BlockNumberFor<T>>) -> bool {
		let agreement = &docket.agreement;
		let roster = T::Agreements::roster(agreement).map(|roster| roster.number);
		T::Agreements::version(agreement) != Some(docket.version)
			|| roster != Some(docket.roster.number)
	}

	/// A dispute about the round of an agreement that is to settle next, as it is before anything is on file.
	pub(crate) fn fresh(
		agreement: AgreementId,
		terms: &TermsOf<T>,
		cause: Cause,
	) -> Result<DisputeOf<T>, ValidityError> {
		// Nothing could settle before, and what a member said twice until then can be reported as long as the round is
		// open.
		let begun = Self::now() >= terms.limits.starts_at;
		ensure!(
			begun && T::Agreements::can_open(&agreement),
			ValidityError::CannotOpen
		);
		let roster = T::Agreements::roster(&agreement).ok_or(ValidityError::NotIntermediary)?;
		let progress = T::Agreements::progress(&agreement).ok_or(ValidityError::CannotOpen)?;
		let version = T::Agreements::version(&agreement).ok_or(ValidityError::CannotOpen)?;
		let leader = roster.leader(&terms.rounds, progress.rounds);
		let (now, answer) = (Self::now(), terms.limits.answer);
		let leader = leader as u8;
		let docket = Docket {
			halted: Halted::<T>::get(),
			..Docket::new(agreement, roster, &progress, version, leader, now, answer)
		};
		let changes = Self::changes(&agreement);
		Ok(Dispute::new(docket, cause, changes))
	}

	/// How often something has become known of the messages of each sensor of an agreement, in the order of its feeds.
	pub(crate) fn changes(agreement: &AgreementId) -> BoundedVec<u32, ConstU32<MAX_SENSORS>> {
		let feeds = T::Agreements::feeds(agreement).unwrap_or_default();
		let keys = feeds
			.iter()
			.map(|feed| T::Directory::sensor_keys(feed.sensor));
		let changes = keys.map(|keys| keys.map_or(0, |keys| keys.changes()));
		BoundedVec::truncate_from(changes.collect())
	}

	/// Whether something is about the same version of the sources as a dispute, if it is about the same windows and
	/// roster.
	pub(crate) fn check_version(
		docket: &Docket<BlockNumberFor<T>>,
		round: &RoundId,
	) -> Result<(), ValidityError> {
		let same = RoundId {
			version: docket.version,
			..*round
		};
		let other = same == docket.round() && *round != same;
		ensure!(!other, ValidityError::OtherVersion);
		Ok(())
	}

	/// Whether an utterance is about no more windows than a round of the agreement has: nobody can be asked to keep the
	/// messages of more, see [`WindowShape::longest_round`](syngraph_primitives::WindowShape::longest_round).
	pub(crate) fn check_length(said: &Utterance, terms: &TermsOf<T>) -> Result<(), ValidityError> {
		let fits = said.span().len() <= terms.window.longest_round();
		fits.then_some(()).ok_or(ValidityError::Malformed)
	}

	/// Begins a dispute with what is on file at first, for a fee.
	pub(crate) fn begin(mut dispute: DisputeOf<T>, fee: T::Balance) -> DispatchResult {
		let docket = &dispute.docket;
		let agreement = docket.agreement;
		T::Agreements::open_dispute(&agreement)?;
		Self::deposit_event(Event::Opened {
			agreement,
			first: docket.first,
			cause: dispute.cause,
			stage: docket.stage,
			deadline: docket.deadline,
		});
		Self::spend(&mut dispute, fee);
		Disputes::<T>::insert(agreement, dispute);
		Ok(())
	}

	/// Adds a fee to what an open dispute costs, see [`Dispute::spend`].
	pub(crate) fn spend(dispute: &mut DisputeOf<T>, fee: T::Balance) {
		let reserve = T::Agreements::reserve(&dispute.docket.agreement);
		dispute.spend(fee, reserve);
	}

	/// Stores a dispute after something had an effect on it.
	pub(crate) fn update(mut dispute: DisputeOf<T>, effect: Effect) {
		let docket = &mut dispute.docket;
		let agreement = docket.agreement;
		if effect == Effect::Questioned {
			Self::pass_over_dead(docket);
		}
		if effect != Effect::None {
			if effect == Effect::Questioned || docket.window().is_none() {
				Self::drop_trials(docket);
			}
			Self::deposit_event(Event::Advanced {
				agreement,
				first: docket.first,
				attempt: docket.attempt,
				end: docket.end,
				stage: docket.stage,
				deadline: docket.deadline,
			});
		}
		Disputes::<T>::insert(agreement, dispute);
	}

	/// Nobody has to show the window in question if it lacks messages for good. It does if they are known to be lacking
	/// now, and the same is known as when the dispute was opened.
	fn pass_over_dead(docket: &mut Docket<BlockNumberFor<T>>) {
		let agreement = docket.agreement;
		let (Some(window), Some(terms)) = (docket.window(), T::Agreements::terms(&agreement))
		else {
			return;
		};
		if T::Agreements::fate(&agreement, window) == Fate::Dead && !Self::is_stale(docket) {
			docket.show(Shown::dead(), Self::now(), terms.limits.answer);
		}
	}

	/// Forgets what was shown of a window that is not in question any more: all of it, or it would be taken for a part
	/// of another window. Each member has begun to show one at most.
	fn drop_trials(docket: &Docket<BlockNumberFor<T>>) {
		let _ = Trials::<T>::clear_prefix(docket.agreement, u32::MAX, None);
	}

	/// Forgets everything about a dispute.
	pub(crate) fn forget(dispute: &DisputeOf<T>) {
		Disputes::<T>::remove(dispute.docket.agreement);
		Self::drop_trials(&dispute.docket);
	}
}
