//! How the users of an agreement replace one of its sensors.

use core::ops::Range;
use frame_support::ensure;
use frame_system::pallet_prelude::BlockNumberFor;
use sp_runtime::{
	traits::{Get, Saturating},
	DispatchResult,
};
use syngraph_primitives::{AgreementId, Directory, Entity, Feed, SensorId, Sequence, Source};
use syngraph_protocol::Sources;

use crate::{
	AgreementOf, Agreements, AgreementsOfSensor, Config, Error, Event, Pallet, Replacement, Terms,
	TermsOf, UserSet,
};

impl<T: Config> Pallet<T> {
	pub(crate) fn do_replace_sensor(
		user: T::AccountId,
		id: AgreementId,
		sensor: SensorId,
		replacement: Source,
	) -> DispatchResult {
		Self::with_agreement(&id, |terms, agreement| {
			let index = Self::index_of(terms, &user)?;
			let in_force = agreement.phase.check_in_force(Self::now());
			in_force.map_err(Error::<T>::from)?;
			Self::check_replacement(terms, agreement, sensor, replacement)?;
			let now = Self::now();
			let pending = agreement.replacing.filter(|pending| {
				let same = pending.sensor == sensor && pending.source == replacement;
				same && now <= pending.until
			});
			let mut pending = pending.unwrap_or(Replacement {
				sensor,
				source: replacement,
				consents: UserSet::default(),
				until: now.saturating_add(T::Day::get()),
			});
			ensure!(pending.consents.insert(index), Error::<T>::AlreadyConsented);
			let all = pending.consents.is_complete(terms.users.len());
			agreement.replacing = Some(pending).filter(|_| !all);
			Self::deposit_event(Event::SensorReplacementConsented {
				agreement: id,
				user,
				sensor,
				replacement,
				until: pending.until,
			});
			match all {
				true => Self::replace(id, agreement, sensor, replacement),
				false => Ok(()),
			}
		})
	}

	fn check_replacement(
		terms: &TermsOf<T>,
		agreement: &AgreementOf<T>,
		sensor: SensorId,
		replacement: Source,
	) -> DispatchResult {
		ensure!(!agreement.is_disputed(), Error::<T>::Disputed);
		let mut feeds = agreement.feeds.iter();
		ensure!(
			feeds.any(|feed| feed.sensor == sensor),
			Error::<T>::UnknownSensor
		);
		let mut feeds = agreement.feeds.iter();
		ensure!(
			feeds.all(|feed| feed.sensor != replacement.sensor),
			Error::<T>::DuplicateSensor
		);
		let owner =
			T::Directory::sensor_owner(replacement.sensor).ok_or(Error::<T>::UnknownSensor)?;
		ensure!(
			terms.user_index(&owner).is_some(),
			Error::<T>::ForeignSensor
		);
		// The function and the prices were made for what the old one sends.
		let same =
			T::Directory::sensor_schema(sensor) == T::Directory::sensor_schema(replacement.sensor);
		ensure!(same, Error::<T>::OtherSchema);
		Self::check_answers(&replacement)?;
		Ok(())
	}

	/// Lets a sensor take another's place in all windows that are not decided. It begins with the first of them: none
	/// lacks messages for that reason, and whatever members committed to before is about other sources.
	fn replace(
		id: AgreementId,
		agreement: &mut AgreementOf<T>,
		sensor: SensorId,
		replacement: Source,
	) -> DispatchResult {
		T::Directory::acquire(&Entity::Sensor(replacement.sensor))?;
		T::Directory::relinquish(&Entity::Sensor(sensor));
		AgreementsOfSensor::<T>::remove(sensor, id);
		AgreementsOfSensor::<T>::insert(replacement.sensor, id, replacement.start);
		let since = agreement.progress.base;
		let mut feeds = agreement.feeds.iter_mut();
		if let Some(feed) = feeds.find(|feed| feed.sensor == sensor) {
			*feed = Feed {
				sensor: replacement.sensor,
				since,
				start: replacement.start,
			};
		}
		agreement.replaced.saturating_inc();
		Self::deposit_event(Event::SensorReplaced {
			agreement: id,
			sensor,
			replacement: replacement.sensor,
			since,
		});
		Ok(())
	}

	/// Refuses a sensor that does not answer for the first of its messages, since the keys of these were disowned
	/// or one is announced that is not in use yet: it could sign them twice without anybody to prove it. Nor does it
	/// for one that counts as never sent.
	pub(crate) fn check_answers(source: &Source) -> Result<(), Error<T>> {
		let keys = T::Directory::sensor_keys(source.sensor).ok_or(Error::UnknownSensor)?;
		let answers = keys.answers_from() <= source.start && !keys.is_void(source.start);
		ensure!(answers, Error::NotAnswered);
		Ok(())
	}

	/// Which numbers of a sensor agreements need: from the lowest in a window that is not decided to the first that
	/// lies beyond the longest next round of one agreement. None if no agreement needs it.
	pub fn needed_of(sensor: SensorId) -> Option<Range<Sequence>> {
		let all = AgreementsOfSensor::<T>::iter_key_prefix(sensor);
		let needed = all.filter_map(|id| {
			let (terms, agreement) = (Terms::<T>::get(id)?, Agreements::<T>::get(id)?);
			let mut feeds = agreement.feeds.iter();
			let feed = feeds.find(|feed| feed.sensor == sensor)?;
			let range = |window| feed.range(&terms.window, window);
			let base = agreement.progress.base;
			let longest = terms.window.longest_round();
			let last = base.saturating_add(longest.into()).saturating_sub(1);
			let start = range(base).map_or(Sequence::MAX, |first| first.start);
			Some(start..range(last).map_or(Sequence::MAX, |last| last.end))
		});
		needed.reduce(|one, other| one.start.min(other.start)..one.end.min(other.end))
	}

	/// What is known of the messages of an agreement's sensors, if it is known itself.
	pub(crate) fn sources(id: &AgreementId) -> Option<Sources<BlockNumberFor<T>>> {
		Self::sources_of(&Terms::<T>::get(id)?, &Agreements::<T>::get(id)?)
	}

	/// What is known of the messages of the agreement's sensors. None only if one of them were not registered.
	pub(crate) fn sources_of(
		terms: &TermsOf<T>,
		agreement: &AgreementOf<T>,
	) -> Option<Sources<BlockNumberFor<T>>> {
		let keys = agreement.feeds.iter();
		let keys = keys.map(|feed| T::Directory::sensor_keys(feed.sensor));
		Some(Sources {
			keys: keys.collect::<Option<_>>()?,
			feeds: agreement.feeds.to_vec(),
			shape: terms.window,
			replaced: agreement.replaced,
			grounds: agreement.grounds,
		})
	}
}
