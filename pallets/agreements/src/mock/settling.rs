//! Proofs of computation, and settling as a block does it.

use frame_support::{traits::Authorize, weights::Weight};
use frame_system::RawOrigin;
use sp_core::H256;
use sp_runtime::{
	traits::Dispatchable,
	transaction_validity::{
		InvalidTransaction, TransactionSource, TransactionValidityError, ValidTransaction,
	},
	DispatchErrorWithPostInfo,
};
use syngraph_primitives::{
	AgreementId, IntermediaryId, ResultValue, RosterNumber, SourceVersion, WindowIndex,
};
use syngraph_protocol::Proof;
use syngraph_test_kit::{bounded, people::sign};

use super::{intermediary_key, Agreements, RuntimeCall, INTERMEDIARIES, SENSORS};
use crate::ValidityError;

/// The proof of [`INTERMEDIARIES`] that a window's result is `result`.
pub fn proof(id: &AgreementId, window: WindowIndex, result: ResultValue) -> Proof {
	proof_by(&INTERMEDIARIES, id, window, result)
}

/// The proof of these intermediaries, as members of the first roster, that a window's result is `result`.
pub fn proof_by(
	intermediaries: &[IntermediaryId],
	id: &AgreementId,
	window: WindowIndex,
	result: ResultValue,
) -> Proof {
	proof_under(0, intermediaries, id, window, result)
}

/// The proof of these intermediaries, as members of the roster with this number, that a window's result
/// is `result`.
pub fn proof_under(
	roster: RosterNumber,
	intermediaries: &[IntermediaryId],
	id: &AgreementId,
	window: WindowIndex,
	result: ResultValue,
) -> Proof {
	let secrets = intermediaries.iter().map(|id| [*id as u8; 32]);
	let mut proof = Proof {
		result,
		root: H256::repeat_byte(7),
		secrets: bounded(secrets.collect()),
		signatures: Default::default(),
		former: 0,
	};
	let version = version(id, window);
	let settlement = proof.settlement(id, window, roster, version, intermediaries);
	let genesis = Agreements::genesis();
	let signature = |id: &IntermediaryId| sign(&intermediary_key(*id), &genesis, &settlement);
	proof.signatures = bounded(intermediaries.iter().map(signature).collect());
	proof
}

/// The version of a window's sources; of one that cannot settle, the last that it had.
pub fn version(id: &AgreementId, window: WindowIndex) -> SourceVersion {
	<Agreements as syngraph_primitives::Agreements<_, _, _>>::version(id, window)
		.unwrap_or(SourceVersion::bare(SENSORS.len() as u32))
}

fn settle_call(id: AgreementId, window: WindowIndex, proof: Proof) -> RuntimeCall {
	RuntimeCall::Agreements(crate::Call::settle {
		agreement: id,
		window,
		proof,
	})
}

/// What the transaction pool learns of a settlement.
pub fn authorize(
	id: AgreementId,
	window: WindowIndex,
	proof: Proof,
) -> Result<ValidTransaction, TransactionValidityError> {
	let call = settle_call(id, window, proof);
	let authorized = call.authorize(TransactionSource::External);
	authorized
		.expect("settlements are authorised")
		.map(|(valid, _)| valid)
}

/// Settles as a block does: authorises, then dispatches. Returns the weight.
pub fn settle(
	id: AgreementId,
	window: WindowIndex,
	proof: Proof,
) -> Result<Weight, TransactionValidityError> {
	authorize(id, window, proof.clone())?;
	let call = settle_call(id, window, proof);
	let info = call
		.dispatch(RawOrigin::Authorized.into())
		.map_err(|DispatchErrorWithPostInfo { error, .. }| error)
		.expect("what is authorised does not fail");
	Ok(info.actual_weight.expect("the weight is refunded"))
}

/// The code by which an error reaches the submitter.
pub fn refused<R>(error: ValidityError) -> Result<R, TransactionValidityError> {
	Err(InvalidTransaction::Custom(error as u8).into())
}
