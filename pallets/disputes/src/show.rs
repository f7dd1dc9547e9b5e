//! `show`: the messages of a window.

use alloc::vec::Vec;
use codec::Encode;
use frame_support::{dispatch::DispatchResult, ensure, pallet_prelude::*};
use frame_system::pallet_prelude::BlockNumberFor;
use sp_core::{ed25519, sr25519};
use syngraph_primitives::{
	Agreements, Directory, Fate, Schema, SensorKeys, SignedMessage, WindowIndex,
};
use syngraph_protocol::{
	shown_key, Docket, Effect, Fold, Part, Showing, Shown, Subject, Trial, TrialError,
};

use crate::{
	authorize::Tag, costs::bytes, Config, DisputeOf, Error, Event, Exposure, Hearing, Pallet,
	TermsOf, Trials, ValidityError,
};

/// Where a chunk of a window belongs.
struct Stand<T: Config> {
	terms: TermsOf<T>,
	dispute: DisputeOf<T>,
	/// The place of the member that shows it.
	place: usize,
	/// What was shown before.
	trial: Trial,
	/// Which messages make up the window.
	sources: Sources<BlockNumberFor<T>>,
	fee: T::Balance,
}

/// What is known of the sensors of a window, in the order of the terms.
struct Sources<BlockNumber> {
	parts: Vec<Part>,
	keys: Vec<SensorKeys<BlockNumber>>,
}

impl<T: Config> Pallet<T> {
	/// The signatures of the messages are left to the block: there can be many. If one is wrong, whoever showed
	/// it pays for having them checked, as far as it is liable, and shows nothing more in the dispute. So
	/// nobody needs money to be right, and who has none left can be wrong at the validators' cost only once.
	pub(crate) fn authorize_show(
		showing: &Showing,
		messages: &[SignedMessage],
		signature: &sr25519::Signature,
	) -> TransactionValidityWithRefund {
		let stand = Self::stand(showing, messages)?;
		let (agreement, member) = (showing.round.agreement, showing.intermediary);
		let opened = stand.dispute.docket.opened;
		Self::verify_payload(showing, signature, member, opened)?;
		Self::valid(Tag::Chunk(
			agreement,
			showing.root,
			showing.position,
			member,
		))
	}

	/// Where a chunk belongs, if it can be shown at all. Looks at no single message.
	fn stand(showing: &Showing, messages: &[SignedMessage]) -> Result<Stand<T>, ValidityError> {
		let (agreement, root) = (showing.round.agreement, showing.root);
		let dispute = Self::unsettled(&agreement)?;
		let docket = &dispute.docket;
		let place = Self::place(docket, showing)?;
		let hearing = Trials::<T>::get(agreement, root);
		let trial = hearing.map_or_else(Trial::new, |hearing| hearing.trial);
		ensure!(
			showing.position == trial.position(),
			ValidityError::WrongPosition
		);
		// What is known of the sensors has changed: nobody has to show anything any more.
		ensure!(!Self::is_stale(docket), ValidityError::OtherVersion);
		let terms = Self::terms(&agreement)?;
		let sources = Self::sources(docket, showing.window, &terms);
		let sources = sources.ok_or(ValidityError::WrongMessages)?;
		// Nobody can have computed it, so that nobody has to bear out what was said of it.
		ensure!(!sources.is_waiting(), ValidityError::NothingToShow);
		let next = sources.chunk(showing.position, T::MaxShown::get());
		let announced =
			messages.len() as u32 == next && Showing::hash(messages) == showing.messages;
		ensure!(announced, ValidityError::WrongMessages);
		let signature = sr25519::Signature::max_encoded_len();
		let length = bytes(&(showing, messages)).saturating_add(signature);
		Ok(Stand {
			fee: Self::show_fee(next, length),
			terms,
			dispute,
			place,
			trial,
			sources,
		})
	}

	/// The place of the member that shows something, if it may show that now.
	fn place(
		docket: &Docket<BlockNumberFor<T>>,
		showing: &Showing,
	) -> Result<usize, ValidityError> {
		Self::check_version(docket, &showing.round)?;
		let same = showing.round == docket.round();
		ensure!(same, ValidityError::OtherRound);
		let place = docket.roster.place(showing.intermediary);
		let place = place.ok_or(ValidityError::NotIntermediary)?;
		let now = Self::now();
		ensure!(now <= docket.deadline, ValidityError::TooLate);
		ensure!(!docket.has_misled(place), ValidityError::Misled);
		let asked = docket.window() == Some(showing.window);
		let may_show = asked && docket.may_show(&showing.root, &showing.path, place, now);
		may_show
			.then_some(place)
			.ok_or(ValidityError::NothingToShow)
	}

	/// Which messages make up the window in question, as far as was known when the dispute was opened.
	fn sources(
		docket: &Docket<BlockNumberFor<T>>,
		window: WindowIndex,
		terms: &TermsOf<T>,
	) -> Option<Sources<BlockNumberFor<T>>> {
		let feeds = T::Agreements::feeds(&docket.agreement)?;
		let (mut parts, mut all) = (Vec::new(), Vec::new());
		for feed in &feeds {
			let keys = T::Directory::sensor_keys(feed.sensor)?;
			let (shape, opened) = (&terms.window, docket.opened);
			parts.push(Part::new(feed, shape, window, &keys, opened)?);
			all.push(keys);
		}
		Some(Sources { parts, keys: all })
	}

	/// The trial after a chunk, and what it has shown if that was the last.
	fn hear(
		stand: &Stand<T>,
		showing: &Showing,
		messages: &[SignedMessage],
	) -> Result<(Trial, Option<Shown>), ValidityError> {
		let (parts, docket) = (&stand.sources.parts, &stand.dispute.docket);
		let sensors = parts.iter();
		let schemas: Option<Vec<Schema>> = sensors
			.map(|part| T::Directory::sensor_schema(part.sensor))
			.collect();
		let schemas = schemas.ok_or(ValidityError::WrongMessages)?;
		let fold = Fold::prepare(&stand.terms.function, &schemas);
		let fold = fold.map_err(|_| ValidityError::WrongMessages)?;
		let subject = Subject {
			fold: &fold,
			parts,
			schemas: &schemas,
			times: T::Agreements::times(&docket.agreement),
		};
		let genesis = Self::genesis();
		let is_signed = |signed: &SignedMessage| {
			let key = stand.sources.key(signed, docket.opened);
			key.is_some_and(|key| signed.verify(&genesis, key))
		};
		let (root, rest) = (&showing.root, &showing.rest);
		let trial = stand
			.trial
			.step(&subject, root, rest, messages, is_signed)?;
		let shown = trial.is_complete(&subject).then(|| trial.finish(&fold));
		Ok((trial, shown))
	}

	pub(crate) fn do_show(showing: &Showing, messages: &[SignedMessage]) -> DispatchResult {
		let stand = Self::stand(showing, messages).map_err(Error::<T>::from)?;
		match Self::hear(&stand, showing, messages) {
			Ok((trial, shown)) => {
				messages.iter().for_each(publish);
				Self::take_in(stand, showing, trial, shown);
			},
			Err(_) => Self::charge_for_failing(stand, showing),
		}
		Ok(())
	}

	/// Takes in a chunk that is what the member said.
	fn take_in(stand: Stand<T>, showing: &Showing, trial: Trial, shown: Option<Shown>) {
		let mut dispute = stand.dispute;
		Self::spend(&mut dispute, stand.fee);
		dispute.docket.begin_showing(stand.place, showing.root);
		let (agreement, window) = (showing.round.agreement, showing.window);
		let mut others = Trials::<T>::iter_prefix(agreement);
		let differs = others.find_map(|(root, other)| match root == showing.root {
			true => None,
			false => trial.differs_at(&other.trial),
		});
		if let Some(index) = differs {
			dispute.docket.expose(index);
			let exposed = stand.sources.exposed(index, window);
			dispute.exposed = dispute.exposed.or(exposed);
		}
		let complete = shown.is_some();
		Trials::<T>::insert(agreement, showing.root, Hearing { trial, complete });
		let effect = match shown {
			None => Effect::None,
			Some(shown) => {
				Self::deposit_event(Event::Shown {
					agreement,
					first: dispute.docket.first,
					window,
					intermediary: showing.intermediary,
					result: shown.result,
				});
				let answer = stand.terms.limits.answer;
				dispute.docket.show(shown, Self::now(), answer)
			},
		};
		Self::update(dispute, effect);
	}

	/// Has a member pay for a chunk that is not what it said, and hears no other from it. All else stays as it was.
	fn charge_for_failing(stand: Stand<T>, showing: &Showing) {
		let (agreement, intermediary) = (showing.round.agreement, showing.intermediary);
		let fee = T::Directory::charge(&agreement, intermediary, stand.fee);
		Self::deposit_event(Event::ShowingFailed {
			agreement,
			first: stand.dispute.docket.first,
			window: showing.window,
			intermediary,
			fee,
		});
		let mut dispute = stand.dispute;
		dispute.docket.mislead(stand.place);
		Self::update(dispute, Effect::None);
	}
}

impl<BlockNumber: Copy + Ord> Sources<BlockNumber> {
	/// How many messages the chunk has that begins at `position`, if none has more than `most`.
	fn chunk(&self, position: u32, most: u32) -> u32 {
		let parts = self.parts.iter();
		let count = parts.fold(0u32, |sum, part| sum.saturating_add(part.count()));
		count.saturating_sub(position).min(most)
	}

	/// Whether nobody knows yet which of the messages are valid.
	fn is_waiting(&self) -> bool {
		let mut all = self.parts.iter().zip(&self.keys);
		all.any(|(part, keys)| keys.fate(part.range()) == Fate::Waiting)
	}

	/// The sensor at an index, of which different messages were shown. For what was signed with numbers for which it
	/// does not answer, perhaps with a key that was stolen and replaced, neither it nor its owner can be blamed.
	fn exposed(&self, index: usize, window: WindowIndex) -> Option<Exposure> {
		let (part, keys) = (self.parts.get(index)?, self.keys.get(index)?);
		let mut numbers = part.numbers();
		Some(Exposure {
			sensor: part.sensor,
			window,
			answers: numbers.all(|number| keys.answers_from() <= number),
		})
	}

	/// The key that the chain took, at the end of `block`, for the one that signs a message.
	fn key(&self, signed: &SignedMessage, block: BlockNumber) -> Option<&ed25519::Public> {
		let message = &signed.message;
		let mut sensors = self.parts.iter().zip(&self.keys);
		let (_, keys) = sensors.find(|(part, _)| part.sensor == message.sensor)?;
		keys.key_at(message.sequence, block)
	}
}

/// Has nodes that keep what blocks publish remember a message, for members that lack it.
fn publish(signed: &SignedMessage) {
	let message = &signed.message;
	let key = shown_key(message.sensor, message.sequence);
	sp_io::offchain_index::set(&key, &signed.encode());
}

impl From<TrialError> for ValidityError {
	fn from(error: TrialError) -> Self {
		match error {
			TrialError::BadSignature => Self::BadSignature,
			TrialError::WrongRoot => Self::WrongRoot,
			TrialError::WrongSensor
			| TrialError::WrongSequence
			| TrialError::WrongSchema
			| TrialError::TooMany => Self::WrongMessages,
		}
	}
}
