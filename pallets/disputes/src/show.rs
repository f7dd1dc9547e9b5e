//! `show`: the messages of a window.

use alloc::vec::Vec;
use codec::Encode;
use frame_support::{dispatch::DispatchResult, ensure, pallet_prelude::*};
use sp_core::{sr25519, H256};
use sp_runtime::traits::{Saturating, Zero};
use syngraph_primitives::{Directory, Schema, SignedMessage};
use syngraph_protocol::{prepare, Showing, Shown, Subject, Trial, TrialError};

use crate::{authorize::Tag, Config, DisputeOf, Error, Event, Hearing, Pallet, Refusal, Trials};

/// The dispute that a chunk of a window belongs to, and what was shown before.
struct Stand<T: Config> {
	dispute: DisputeOf<T>,
	hearing: Hearing<T::Balance>,
	place: u8,
	/// The root that the member committed to.
	root: H256,
	fee: T::Balance,
}

impl<T: Config> Pallet<T> {
	pub(crate) fn authorize_show(
		showing: &Showing,
		messages: &[SignedMessage],
		signature: &sr25519::Signature,
	) -> TransactionValidityWithRefund {
		let stand = Self::stand(showing, messages)?;
		let member = showing.intermediary;
		let covered = T::Directory::can_charge(member, stand.fee);
		ensure!(covered, Refusal::CannotAdvance);
		// The member's signature comes first: nobody else can make the chain check so many others.
		let opened = stand.dispute.docket.opened;
		Self::verify_payload(showing, signature, member, opened)?;
		Self::hear(&stand, messages, |message| Self::is_signed(message, opened))?;
		Self::valid(&[Tag::Chunk(
			showing.agreement,
			showing.window,
			member,
			showing.position,
		)])
	}

	/// Where a chunk belongs, if it can be shown at all. Looks at no single message.
	fn stand(showing: &Showing, messages: &[SignedMessage]) -> Result<Stand<T>, Refusal> {
		let (agreement, window) = (showing.agreement, showing.window);
		let dispute = Self::unsettled(&agreement, window)?;
		let docket = &dispute.docket;
		ensure!(showing.roster == docket.roster.number, Refusal::OtherRound);
		let place = docket.roster.place(showing.intermediary);
		let place = place.ok_or(Refusal::NotIntermediary)?;
		ensure!(Self::now() <= docket.deadline, Refusal::TooLate);
		let root = docket.may_show(place, Self::now());
		let root = root.ok_or(Refusal::NothingToShow)?;
		let place = u8::try_from(place).map_err(|_| Refusal::NotIntermediary)?;
		let hearing = Trials::<T>::get((agreement, window), place).unwrap_or(Hearing {
			trial: Trial::new(),
			advance: Zero::zero(),
			complete: false,
		});
		let next = hearing.trial.position();
		ensure!(showing.position == next, Refusal::WrongPosition);
		let announced = !messages.is_empty() && Showing::hash(messages) == showing.messages;
		ensure!(announced, Refusal::WrongMessages);
		let bytes = messages.iter().fold(0u32, |sum, message| {
			sum.saturating_add(message.encoded_size() as u32)
		});
		Ok(Stand {
			fee: Self::show_fee(messages.len() as u32, bytes),
			dispute,
			hearing,
			place,
			root,
		})
	}

	/// The trial after the messages, and what it has shown if they are the last.
	fn hear(
		stand: &Stand<T>,
		messages: &[SignedMessage],
		verify: impl Fn(&SignedMessage) -> bool,
	) -> Result<(Trial, Option<Shown>), Refusal> {
		let docket = &stand.dispute.docket;
		let terms = Self::terms(&docket.agreement)?;
		let schemas: Option<Vec<Schema>> = terms
			.sensors
			.iter()
			.map(|source| T::Directory::sensor_schema(source.sensor))
			.collect();
		let schemas = schemas.ok_or(Refusal::WrongMessages)?;
		let pipeline = prepare(&terms.function, &schemas).map_err(|_| Refusal::WrongMessages)?;
		let subject = Subject {
			pipeline: &pipeline,
			sources: &terms.sensors,
			schemas: &schemas,
			shape: terms.window,
			window: docket.window,
		};
		let trial = stand.hearing.trial.step(&subject, messages, verify)?;
		if !trial.is_complete(&subject) {
			return Ok((trial, None));
		}
		let shown = trial.finish(&pipeline);
		ensure!(shown.root == stand.root, Refusal::WrongRoot);
		Ok((trial, Some(shown)))
	}

	/// Takes in a chunk whose signatures were verified when it was authorised.
	pub(crate) fn do_show(showing: &Showing, messages: &[SignedMessage]) -> DispatchResult {
		let stand = Self::stand(showing, messages).map_err(Error::<T>::from)?;
		let (trial, shown) = Self::hear(&stand, messages, |_| true).map_err(Error::<T>::from)?;
		let (agreement, window) = (showing.agreement, showing.window);
		let intermediary = showing.intermediary;
		T::Directory::charge(intermediary, stand.fee)?;
		let hearing = Hearing {
			trial,
			advance: stand.hearing.advance.saturating_add(stand.fee),
			complete: shown.is_some(),
		};
		Trials::<T>::insert((agreement, window), stand.place, hearing);
		let Some(shown) = shown else {
			return Ok(());
		};
		Self::deposit_event(Event::Shown {
			agreement,
			window,
			intermediary,
			result: shown.result,
		});
		let answer = Self::terms(&agreement)
			.map_err(Error::<T>::from)?
			.limits
			.answer;
		let mut dispute = stand.dispute;
		let effect = dispute.docket.show(shown, Self::now(), answer);
		Self::update(dispute, effect)
	}
}

impl From<TrialError> for Refusal {
	fn from(error: TrialError) -> Self {
		match error {
			TrialError::BadSignature => Self::BadSignature,
			TrialError::WrongSensor
			| TrialError::WrongSequence
			| TrialError::WrongSchema
			| TrialError::TooMany => Self::WrongMessages,
		}
	}
}
