//! What intermediaries send one another.
//!
//! An intermediary does not send single messages: it publishes, for each agreement, one bundle that
//! holds everything it has to say about the rounds it works on, and replaces it by a new one whenever
//! that changes. A bundle that is lost, doubled or overtaken by a later one does no harm, and a peer
//! that comes back needs only the last.
//!
//! Messages that a member lacks travel apart from that, in [`Repair`]s.

use alloc::vec::Vec;
use codec::{Decode, Encode};
use scale_info::TypeInfo;
use sp_core::sr25519;
use sp_runtime::traits::Verify;
use syngraph_primitives::{
	AgreementId, GenesisHash, IntermediaryId, Payload, RosterNumber, SensorId, Sequence,
	SignedMessage, Utterance, WindowIndex, MAX_SENSORS,
};

/// The most utterances of a bundle: of the round that is to settle next and of the one after it, in every attempt that
/// there can be without a dispute.
pub const MAX_UTTERANCES: usize = 4;
/// The most [`Ask`]s of a bundle: one for each sensor.
pub const MAX_ASKS: usize = MAX_SENSORS as usize;
/// The most bytes of a [`Repair`].
pub const MAX_REPAIR_BYTES: usize = 48 * 1024;

/// Messages of a sensor that an intermediary lacks.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Encode, Decode, TypeInfo)]
pub struct Ask {
	/// The sensor.
	pub sensor: SensorId,
	/// The number of the first message that is missing.
	pub from: Sequence,
	/// The number of the first message after it that is not asked for.
	pub to: Sequence,
}

/// All that an intermediary has to say about an agreement at one time.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, TypeInfo)]
pub struct Bundle {
	/// The agreement.
	pub agreement: AgreementId,
	/// Who says it.
	pub intermediary: IntermediaryId,
	/// The number of the roster as a member of which it says so.
	pub roster: RosterNumber,
	/// The lowest window that it has not computed yet. Others see by it that it makes progress.
	pub ready: WindowIndex,
	/// What it says about the rounds it works on, at most [`MAX_UTTERANCES`].
	pub utterances: Vec<Utterance>,
	/// What it needs to go on, at most [`MAX_ASKS`] of them. Whoever has it may publish a [`Repair`].
	pub asks: Vec<Ask>,
}

impl Payload for Bundle {
	const TAG: &'static [u8] = b"syngraph/bundle/9";
}

impl Bundle {
	/// Whether all that it says is its author's, about rounds of its roster, and makes sense.
	pub fn is_sound(&self) -> bool {
		let fits = self.utterances.len() <= MAX_UTTERANCES && self.asks.len() <= MAX_ASKS;
		fits && self.utterances.iter().all(|utterance| {
			let round = &utterance.span().round;
			round.agreement == self.agreement
				&& round.roster == self.roster
				&& utterance.author() == self.intermediary
				&& utterance.is_sound()
		})
	}
}

/// A bundle with its author's signature, without which anybody could say what another asks for and how far it has come.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
pub struct SignedBundle {
	/// What is said.
	pub bundle: Bundle,
	/// The author's signature.
	pub signature: sr25519::Signature,
}

impl SignedBundle {
	/// Whether the holder of `key` signed the bundle. What it says in it is signed apart ([`Utterance::verify`]).
	pub fn verify(&self, genesis: &GenesisHash, key: &sr25519::Public) -> bool {
		let bytes = self.bundle.signing_bytes(genesis);
		self.signature.verify(&bytes[..], key)
	}
}

/// Messages that another member asked for. They are signed by their sensors: it does not matter who
/// passes them on.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
pub struct Repair {
	/// The agreement whose members need them.
	pub agreement: AgreementId,
	/// The messages of each sensor in sequence.
	pub messages: Vec<SignedMessage>,
}

/// What intermediaries publish.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
// It is decoded, looked at and taken apart: nothing keeps many of them.
#[allow(clippy::large_enum_variant)]
pub enum Publication {
	/// What one has to say.
	Bundle(SignedBundle),
	/// What another needs.
	Repair(Repair),
}
