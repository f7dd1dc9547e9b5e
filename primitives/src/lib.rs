//! The vocabulary of Syngraph.
//!
//! Everything that two parts of the system must agree on to the last byte lives here: identifiers,
//! what a sensor signs ([`Message`]), what users sign ([`Terms`]), what intermediaries sign
//! ([`Commitment`], [`Settlement`]), and the traits through which pallets meet. The words are those of
//! `docs/glossary.md`.
//!
//! The bounds in this crate are limits of the protocol, not of one chain's configuration: a worker, a
//! device and a runtime that disagree about them could not understand each other's signed bytes.
#![cfg_attr(not(feature = "std"), no_std)]

extern crate alloc;

pub mod api;
mod argument;
mod channel;
mod keys;
mod message;
mod offer;
mod outcomes;
mod payload;
mod progress;
mod roster;
mod round;
mod sensor_keys;
mod settled;
mod terms;
mod traits;
pub mod unsigned;

pub use api::SensorInfo;
pub use argument::Argument;
pub use channel::{
	ChannelId, ClientId, Group, Membership, Payer, Receipt, ReceiptError, SignedReceipt,
	MAX_GROUP_LEVELS, MAX_GROUP_MEMBERS,
};
pub use keys::{
	is_sound_ed25519, KeyError, KeyHistory, KeyPeriod, KeyProof, Revocation, Role, MAX_KEYS,
};
pub use message::{
	is_name, Kind, Message, MessageEncoding, Schema, SchemaError, SignedMessage, Text, Value,
	Variable, VariableType, MAX_NAME, MAX_TEXT, MAX_VARIABLES,
};
pub use offer::{Consent, Heartbeat, Misfit, Offer, MAX_OFFER_USERS, MAX_QUALITIES};
pub use outcomes::{Outcomes, Run, MAX_RESULT_BYTES, MAX_ROUND_RESULTS, MAX_SPAN};
pub use payload::{verify_wrapped, Payload};
pub use progress::Progress;
pub use roster::{Roster, RosterNumber};
pub use round::{
	blinding, commitment_set, lineup, seal, sealed, seals, Assent, Blinding, Commitment, Complaint,
	Contribution, Lack, Reveal, RoundId, Secret, Settlement, SignedCommitment, Span, Utterance,
};
pub use sensor_keys::{Conviction, Fate, Outlook, SensorKeys, SourceVersion, MAX_VOID};
pub use settled::{Ruling, SettledRound};
pub use terms::{
	longest_stage, Amount, Feed, Function, OnFailure, Party, QualityOfService, RoundTerms, Source,
	Step, Terms, TermsError, TimeLimits, WindowShape, DISPUTE_ANSWERS, DISPUTE_STAGES, HEARING,
	MAX_ABSENCES, MAX_AGREEMENTS, MAX_BACKLOG, MAX_FUNCTION, MAX_INTERMEDIARIES, MAX_KEPT,
	MAX_SENSORS, MAX_STEPS, MAX_USERS, MAX_WINDOW_MESSAGES, PROLONGATION,
};
pub use traits::{
	Agreements, Binding, Closing, Directory, DisputeCosts, DisputeSize, Entity, Failure, Feeds,
};

#[cfg(feature = "runtime-benchmarks")]
pub use traits::DirectoryBenchmarkHelper;

use sp_core::{crypto::KeyTypeId, H256};

/// Names a registered sensor; given out in ascending order by the registry.
pub type SensorId = u64;

/// Names a registered intermediary; given out in ascending order by the registry.
pub type IntermediaryId = u64;

/// Names an agreement: the hash of its terms on this chain, see [`Terms::id`].
///
/// A payload that carries the id therefore carries the terms and the genesis hash as well.
pub type AgreementId = H256;

/// The index `t` of a window, counted from zero at the agreement's starting points.
pub type WindowIndex = u64;

/// The number of a block, as off-chain code counts them.
pub type BlockNumber = u32;

/// A position in a sensor's trace, counted from zero at its first message.
pub type Sequence = u64;

/// Milliseconds since the Unix epoch, as the sensor's own clock says.
pub type Timestamp = u64;

/// What a function computes from a window. Wide enough that a sum of `i64` values cannot overflow.
pub type ResultValue = i128;

/// The hash of the chain's first block: names the chain in everything that is signed.
pub type GenesisHash = H256;

/// The keystore's type of an intermediary's sr25519 protocol key.
pub const INTERMEDIARY_KEY_TYPE: KeyTypeId = KeyTypeId(*b"syng");
