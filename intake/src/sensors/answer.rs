//! What a device is told about a message.

use serde::{ser::SerializeStruct, Serialize, Serializer};
use std::fmt;
use syngraph_primitives::{SchemaError, Sequence, MAX_BACKLOG};

use crate::codes::{Retry, TOO_FAST};

/// What became of a message.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(tag = "status", rename_all = "lowercase")]
pub enum Answer {
	/// It is stored. The device learns of it once it is on disk.
	Accepted,
	/// It was stored before.
	Duplicate,
	/// Messages before it are missing; or the node has no time for it, after it had for others of the batch.
	Gap {
		/// The sequence number of the first that is to be sent again.
		expected: Sequence,
	},
	/// It is not stored.
	#[serde(serialize_with = "in_words")]
	Refused {
		/// Why.
		reason: Refusal,
	},
}

impl Answer {
	/// Whether the message is stored.
	pub fn is_stored(&self) -> bool {
		matches!(self, Answer::Accepted | Answer::Duplicate)
	}

	/// The name of the status.
	pub fn status(&self) -> &'static str {
		match self {
			Answer::Accepted => "accepted",
			Answer::Duplicate => "duplicate",
			Answer::Gap { .. } => "gap",
			Answer::Refused { .. } => "refused",
		}
	}
}

impl From<Refusal> for Answer {
	fn from(reason: Refusal) -> Self {
		Answer::Refused { reason }
	}
}

/// Why a message is refused.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Refusal {
	/// It has more bytes than any message.
	TooLarge,
	/// Its bytes are not those of a message.
	NotAMessage,
	/// The node has checked as many messages in this second as it does. The device may try again.
	TooFast,
	/// The node could not read the chain's state. The device may try again.
	Unavailable,
	/// Nobody registered the sensor.
	UnknownSensor,
	/// No agreement in force is about the sensor, or needs a message with so low a number. The device may try again.
	Unneeded,
	/// It is not what the sensor declared, as far as this node knows. The device may try again, unless no sensor can
	/// declare it.
	Schema(SchemaError),
	/// Another message has its sequence number.
	Conflict,
	/// The trace went on without it, or has been used and dropped up to there.
	Old,
	/// The agreements are behind. The device may try again.
	BacklogFull,
	/// Two messages were signed with its number, which counts as never sent: the sensor goes on with the next.
	Void,
	/// The sensor signed two messages with one number. No new ones are accepted until its owner gives it
	/// another key. The device may try again then.
	Suspended,
	/// The sensor's owner revoked the key that would sign it, or the sensor signed two messages with one number
	/// again and again.
	Revoked,
	/// The key that would sign it has been forgotten.
	NoKey,
	/// Its signature is not by the key of its number, which no other can replace any more, or is for another message or
	/// chain.
	BadSignature,
	/// The same, but another key may come for its number, and be known elsewhere. The device may try again.
	UnknownKey,
	/// No message can follow it.
	LastSequence,
}

impl Refusal {
	/// The code of the reason.
	pub fn code(&self) -> i32 {
		match self {
			Refusal::TooFast => TOO_FAST,
			Refusal::UnknownSensor => 7003,
			Refusal::Unneeded => 7004,
			Refusal::Unavailable => 7005,
			Refusal::Suspended => 7007,
			Refusal::Revoked => 7008,
			Refusal::BacklogFull => 7009,
			Refusal::TooLarge => 7010,
			Refusal::NotAMessage => 7011,
			Refusal::Schema(error) => match error {
				SchemaError::WrongKind => 7020,
				SchemaError::WrongCount => 7021,
				SchemaError::WrongType => 7022,
				SchemaError::InvalidText => 7023,
				SchemaError::InvalidName
				| SchemaError::DuplicateVariable
				| SchemaError::NoVariables => 7024,
			},
			Refusal::BadSignature | Refusal::UnknownKey => 7012,
			Refusal::NoKey => 7013,
			Refusal::Conflict => 7014,
			Refusal::Void => 7015,
			Refusal::Old => 7016,
			Refusal::LastSequence => 7017,
		}
	}

	/// What to do with the message. Never is only what no block that is yet to come can change: the best block of
	/// this node may be older than that of another.
	pub fn retry(&self) -> Retry {
		match self {
			Refusal::TooFast | Refusal::Unavailable | Refusal::BacklogFull => Retry::Soon,
			Refusal::Schema(SchemaError::InvalidText) => Retry::Never,
			Refusal::UnknownSensor
			| Refusal::Unneeded
			| Refusal::Suspended
			| Refusal::Schema(_)
			| Refusal::UnknownKey => Retry::Later,
			Refusal::TooLarge
			| Refusal::NotAMessage
			| Refusal::Conflict
			| Refusal::Old
			| Refusal::Void
			| Refusal::Revoked
			| Refusal::NoKey
			| Refusal::BadSignature
			| Refusal::LastSequence => Retry::Never,
		}
	}
}

impl fmt::Display for Refusal {
	fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
		f.write_str(match self {
			Refusal::TooLarge => "larger than any message",
			Refusal::NotAMessage => "not the encoding of a signed message",
			Refusal::TooFast => "too many messages in a second, try again",
			Refusal::Unavailable => "the state of the chain is not available, try again",
			Refusal::UnknownSensor => "the sensor is not registered",
			Refusal::Unneeded => "no agreement in force needs it",
			Refusal::Schema(error) => schema(error),
			Refusal::Conflict => "conflicts with the stored message",
			Refusal::Old => "older than the messages that are kept",
			Refusal::BacklogFull => {
				return write!(
					f,
					"{MAX_BACKLOG} messages of the sensor wait for use, try again"
				)
			},
			Refusal::Void => "two messages were signed with this number, which counts as never sent",
			Refusal::Suspended => {
				"the sensor is suspended, since it signed two messages with one number: its owner has to rotate \
				 its key"
			},
			Refusal::Revoked => "the sensor's key was revoked",
			Refusal::NoKey => "no key of the sensor is known for this sequence number",
			Refusal::BadSignature => "the signature does not verify",
			Refusal::UnknownKey => "the signature does not verify with the newest key that this node knows",
			Refusal::LastSequence => "the last sequence number cannot be used",
		})
	}
}

fn schema(error: &SchemaError) -> &'static str {
	match error {
		SchemaError::WrongKind => "the kind is not the sensor's",
		SchemaError::WrongCount => "more or fewer values than the sensor has variables",
		SchemaError::WrongType => "a value is not of its variable's type",
		SchemaError::InvalidText => "a text is not UTF-8",
		SchemaError::InvalidName | SchemaError::DuplicateVariable | SchemaError::NoVariables => {
			"the sensor's schema is broken"
		},
	}
}

/// A refusal with its code, what to do, and the reason in words.
fn in_words<S: Serializer>(reason: &Refusal, serializer: S) -> Result<S::Ok, S::Error> {
	let mut words = serializer.serialize_struct("Refused", 3)?;
	words.serialize_field("code", &reason.code())?;
	words.serialize_field("retry", &reason.retry())?;
	words.serialize_field("reason", &reason.to_string())?;
	words.end()
}
