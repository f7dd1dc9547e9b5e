//! What the checks of all transactions that nobody signs have in common.

use alloc::vec::Vec;
use codec::Encode;
use frame_support::{ensure, traits::Get};
use frame_system::pallet_prelude::BlockNumberFor;
use sp_core::{sr25519, H256};
use sp_runtime::{
	traits::{Saturating, Verify},
	transaction_validity::TransactionValidityWithRefund,
	Weight,
};
use syngraph_primitives::{
	unsigned, AgreementId, Directory, IntermediaryId, Payload, SensorId, Utterance,
};
use syngraph_protocol::{Docket, Stage};

use crate::{Config, Pallet, ValidityError};

/// What a transaction brings about. The pool keeps one of each, so that no more of them wait for a block
/// than can take effect.
#[derive(Encode)]
pub(crate) enum Tag {
	/// A dispute of an agreement.
	Dispute(AgreementId),
	/// The proof that a member contradicts itself.
	Fault(AgreementId, IntermediaryId),
	/// Something of a member that is put on file, by attempt and sort.
	File(AgreementId, IntermediaryId, u8, Item),
	/// What is wrong with another's possession, as this member says.
	Challenge(AgreementId, IntermediaryId),
	/// The hashes of the side at a place, at a stage. Nobody can have others.
	Hashes(AgreementId, u8, Stage),
	/// A part of the window with this root: where it begins, and who shows it. A member with the same root could
	/// keep the place with a bad one.
	Chunk(AgreementId, H256, u32, IntermediaryId),
	/// The end of a dispute.
	Verdict(AgreementId),
	/// The proof that a sensor contradicts itself.
	Sensor(SensorId),
}

/// What is put on file.
#[derive(Encode)]
pub(crate) enum Item {
	/// A commitment, be it with a reveal.
	Commitment,
	/// A reveal, or another commitment than that on file.
	Reveal,
	/// That messages are missing.
	Lack,
}

impl<T: Config> Pallet<T> {
	/// Lets a transaction into the pool that brings something about.
	pub(crate) fn valid(tag: Tag) -> TransactionValidityWithRefund {
		let (priority, longevity) = (T::Priority::get(), T::Longevity::get());
		unsigned::accept(
			unsigned::CallKind::Dispute,
			tag,
			priority,
			longevity,
			Weight::zero(),
		)
	}

	/// The block from which on keys count for what matters to a dispute.
	pub(crate) fn looks_back(
		docket: &Docket<BlockNumberFor<T>>,
	) -> Result<BlockNumberFor<T>, ValidityError> {
		let limits = Self::terms(&docket.agreement)?.limits;
		Ok(docket.opened.saturating_sub(limits.lookback()))
	}

	/// The keys by which an intermediary may have signed what matters to a dispute for which those since a block count.
	fn keys(
		intermediary: IntermediaryId,
		since: BlockNumberFor<T>,
	) -> Result<Vec<sr25519::Public>, ValidityError> {
		let keys = T::Directory::intermediary_keys(intermediary, since);
		ensure!(!keys.is_empty(), ValidityError::UnknownKey);
		Ok(keys)
	}

	/// Whether the author signed all of an utterance. It may have rotated its key between commitment and reveal.
	pub(crate) fn verify_utterance(
		said: &Utterance,
		since: BlockNumberFor<T>,
	) -> Result<(), ValidityError> {
		let keys = Self::keys(said.author(), since)?;
		let genesis = Self::genesis();
		let committed = keys.iter().any(|key| said.commit.verify(&genesis, key));
		let good = committed && keys.iter().any(|key| said.is_assented(&genesis, key));
		good.then_some(()).ok_or(ValidityError::BadSignature)
	}

	/// Whether the intermediary signed the payload.
	pub(crate) fn verify_payload(
		payload: &impl Payload,
		signature: &sr25519::Signature,
		intermediary: IntermediaryId,
		since: BlockNumberFor<T>,
	) -> Result<(), ValidityError> {
		let bytes = payload.signing_bytes(&Self::genesis());
		let keys = Self::keys(intermediary, since)?;
		let good = keys.iter().any(|key| signature.verify(&bytes[..], key));
		good.then_some(()).ok_or(ValidityError::BadSignature)
	}
}
