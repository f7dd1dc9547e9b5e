//! What the parts of the pallet refuse, as errors of the pallet.

use syngraph_primitives::{Misfit, TermsError};
use syngraph_protocol::FunctionError;

use crate::{lifecycle::PhaseError, Config, Error};

impl<T: Config> From<TermsError> for Error<T> {
	fn from(error: TermsError) -> Self {
		match error {
			TermsError::TooFewUsers => Error::TooFewUsers,
			TermsError::DuplicateUser => Error::DuplicateUser,
			TermsError::NoIntermediary => Error::NoIntermediary,
			TermsError::DuplicateIntermediary => Error::DuplicateIntermediary,
			TermsError::TooManyIntermediaries => Error::TooManyIntermediaries,
			TermsError::NoSensors => Error::NoSensors,
			TermsError::DuplicateSensor => Error::DuplicateSensor,
			TermsError::ZeroSize => Error::ZeroSize,
			TermsError::ZeroSlide => Error::ZeroSlide,
			TermsError::WindowTooLarge => Error::WindowTooLarge,
			TermsError::InvalidTransfer => Error::InvalidTransfer,
			TermsError::InvalidActuation => Error::InvalidActuation,
			TermsError::InvalidLimits => Error::InvalidLimits,
			TermsError::InvalidRounds => Error::InvalidRounds,
		}
	}
}

impl<T: Config> From<FunctionError> for Error<T> {
	fn from(error: FunctionError) -> Self {
		match error {
			FunctionError::NotJson(_) => Error::FunctionNotJson,
			FunctionError::Unknown(_) => Error::FunctionUnknown,
			FunctionError::Malformed(_) => Error::FunctionMalformed,
			FunctionError::NoSuchSensor(_) => Error::FunctionNoSuchSensor,
			FunctionError::DuplicateSensor(_) => Error::FunctionDuplicateSensor,
			FunctionError::NothingSelected => Error::FunctionNothingSelected,
			FunctionError::NoSuchVariable(_) => Error::FunctionNoSuchVariable,
			FunctionError::WrongType(_) => Error::FunctionWrongType,
			FunctionError::CrossedBounds => Error::FunctionCrossedBounds,
			FunctionError::SameEnds => Error::FunctionSameEnds,
		}
	}
}

impl<T: Config> From<PhaseError> for Error<T> {
	fn from(error: PhaseError) -> Self {
		match error {
			PhaseError::NotProposed => Error::NotProposed,
			PhaseError::NotActive => Error::NotActive,
			PhaseError::Ended => Error::AlreadyEnded,
			PhaseError::SigningOver => Error::SigningOver,
			PhaseError::AlreadySigned => Error::AlreadySigned,
			PhaseError::Over => Error::Over,
			PhaseError::NotOver => Error::NotOver,
			PhaseError::NoEarlierEnd => Error::NoEarlierEnd,
			PhaseError::AlreadyConsented => Error::AlreadyConsented,
		}
	}
}

impl<T: Config> From<Misfit> for Error<T> {
	fn from(misfit: Misfit) -> Self {
		match misfit {
			Misfit::Reward => Error::RewardTooLow,
			Misfit::Retainer => Error::RetainerTooLow,
			Misfit::Penalty => Error::PenaltyTooHigh,
			Misfit::AbsenceFee => Error::AbsenceFeeTooHigh,
			Misfit::WindowMessages => Error::WindowNotOffered,
			Misfit::Duration => Error::DurationNotOffered,
			Misfit::Notice => Error::NoticeNotOffered,
			Misfit::Answer => Error::AnswerNotOffered,
			Misfit::Quality => Error::QualityNotOffered,
			Misfit::User => Error::UserNotWelcome,
		}
	}
}
