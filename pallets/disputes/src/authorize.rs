//! What the checks of all transactions that nobody signs have in common.

use alloc::vec::Vec;
use codec::Encode;
use frame_support::{
	ensure,
	storage::{with_transaction, TransactionOutcome},
	traits::Get,
};
use frame_system::pallet_prelude::BlockNumberFor;
use sp_core::{sr25519, H256};
use sp_runtime::{
	traits::{Saturating, Verify},
	transaction_validity::{TransactionValidityWithRefund, ValidTransaction},
	Weight,
};
use syngraph_primitives::{
	AgreementId, Agreements, Directory, IntermediaryId, Payload, SensorId, SignedMessage,
	SignedStatement, Statement, WindowIndex,
};

use crate::{Config, Pallet, Refusal};

/// What a transaction brings about. The pool keeps one of each.
#[derive(Encode)]
pub(crate) enum Tag {
	/// A dispute about a window.
	Dispute(AgreementId, WindowIndex),
	/// A complaint of an agreement.
	Complaint(AgreementId),
	/// The proof that a member contradicts itself.
	Fault(AgreementId, WindowIndex, IntermediaryId),
	/// A statement on file: its author, its sort and its hash.
	File(AgreementId, WindowIndex, IntermediaryId, u8, H256),
	/// A chunk of a window: who shows it, and where it begins.
	Chunk(AgreementId, WindowIndex, IntermediaryId, u32),
	/// A verdict.
	Verdict(AgreementId, WindowIndex),
	/// A dismissal.
	Dismissal(AgreementId, WindowIndex),
	/// The proof that a sensor contradicts itself.
	Sensor(SensorId),
}

impl Tag {
	/// The tag of a statement that is put on file. Its signature is left out: there can be any number
	/// of valid ones.
	pub(crate) fn of(statement: &Statement) -> Self {
		let sort = match statement {
			Statement::Commit(_) => 0,
			Statement::Reveal(_) => 1,
			Statement::Assent(_) => 2,
		};
		Self::File(
			statement.agreement(),
			statement.window(),
			statement.intermediary(),
			sort,
			H256(statement.using_encoded(sp_io::hashing::blake2_256)),
		)
	}
}

impl<T: Config> Pallet<T> {
	/// Lets a transaction into the pool that brings about these things.
	pub(crate) fn valid(tags: &[Tag]) -> TransactionValidityWithRefund {
		let valid = ValidTransaction::with_tag_prefix("syngraph/dispute")
			.priority(T::Priority::get())
			.longevity(T::Longevity::get())
			.propagate(true);
		tags.iter()
			.fold(valid, |valid, tag| valid.and_provides(tag))
			.build()
			.map(|validity| (validity, Weight::zero()))
	}

	/// Whether the agreement can pay a fee: else a transaction could fail again and again at no cost.
	pub(crate) fn check_pay(agreement: &AgreementId, fee: T::Balance) -> Result<(), Refusal> {
		with_transaction(|| {
			let charged = T::Agreements::charge(agreement, fee);
			TransactionOutcome::Rollback(charged)
		})
		.map_err(|_| Refusal::CannotPay)
	}

	/// The first block whose keys count in a dispute that was opened in block `opened`.
	fn since(opened: BlockNumberFor<T>) -> BlockNumberFor<T> {
		opened.saturating_sub(T::Lookback::get())
	}

	/// The keys by which an intermediary may have signed what matters to a dispute.
	pub(crate) fn keys(
		intermediary: IntermediaryId,
		opened: BlockNumberFor<T>,
	) -> Result<Vec<sr25519::Public>, Refusal> {
		let keys = T::Directory::intermediary_keys(intermediary, Self::since(opened));
		ensure!(!keys.is_empty(), Refusal::UnknownKey);
		Ok(keys)
	}

	/// Whether the author signed the statement.
	pub(crate) fn verify_statement(
		signed: &SignedStatement,
		opened: BlockNumberFor<T>,
	) -> Result<(), Refusal> {
		let keys = Self::keys(signed.statement.intermediary(), opened)?;
		let genesis = Self::genesis();
		let good = keys.iter().any(|key| signed.verify(&genesis, key));
		good.then_some(()).ok_or(Refusal::BadSignature)
	}

	/// Whether the intermediary signed the payload.
	pub(crate) fn verify_payload(
		payload: &impl Payload,
		signature: &sr25519::Signature,
		intermediary: IntermediaryId,
		opened: BlockNumberFor<T>,
	) -> Result<(), Refusal> {
		let bytes = payload.signing_bytes(&Self::genesis());
		let keys = Self::keys(intermediary, opened)?;
		let good = keys.iter().any(|key| signature.verify(&bytes[..], key));
		good.then_some(()).ok_or(Refusal::BadSignature)
	}

	/// Whether the sensor signed the message.
	pub(crate) fn is_signed(signed: &SignedMessage, opened: BlockNumberFor<T>) -> bool {
		let message = &signed.message;
		let since = Self::since(opened);
		let keys = T::Directory::sensor_keys(message.sensor, message.sequence, since);
		let genesis = Self::genesis();
		keys.iter().any(|key| signed.verify(&genesis, key))
	}
}
