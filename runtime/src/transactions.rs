//! How transactions are built.
//!
//! The off-chain worker builds general transactions only: their calls carry their own authorisation, so
//! that no account has to sign or to pay for them.

use codec::{DecodeLimit, Encode};
use frame_support::{traits::Contains, MAX_EXTRINSIC_DEPTH};
use frame_system::offchain::{
	CreateAuthorizedTransaction, CreateTransaction, CreateTransactionBase,
};
use pallet_transaction_payment::ChargeTransactionPayment;
use sp_core::H256;
use sp_runtime::{
	generic::Era,
	transaction_validity::{
		InvalidTransaction, TransactionSource, TransactionValidity, UnknownTransaction,
	},
	OpaqueExtrinsic,
};

use crate::{
	migrations::OnlyReadable, shares::CheckShares, Balance, Executive, Nonce, Runtime, RuntimeCall,
	TxExtension, UncheckedExtrinsic,
};

impl<LocalCall> CreateTransactionBase<LocalCall> for Runtime
where
	RuntimeCall: From<LocalCall>,
{
	type Extrinsic = UncheckedExtrinsic;
	type RuntimeCall = RuntimeCall;
}

impl<LocalCall> CreateTransaction<LocalCall> for Runtime
where
	RuntimeCall: From<LocalCall>,
{
	type Extension = TxExtension;

	fn create_transaction(call: RuntimeCall, extension: TxExtension) -> UncheckedExtrinsic {
		UncheckedExtrinsic::new_transaction(call, extension)
	}
}

impl<LocalCall> CreateAuthorizedTransaction<LocalCall> for Runtime
where
	RuntimeCall: From<LocalCall>,
{
	fn create_extension() -> TxExtension {
		extension(Era::Immortal, 0, 0)
	}
}

/// What the transaction pool is told of a transaction.
///
/// A call that would misread what is stored is not looked at, which would misread it, too: nothing is said of it, and
/// it stays in the pool until what is stored is migrated.
pub fn validate(
	source: TransactionSource,
	transaction: UncheckedExtrinsic,
	block: H256,
) -> TransactionValidity {
	if !OnlyReadable::contains(&transaction.function) {
		return Err(UnknownTransaction::CannotLookup.into());
	}
	Executive::validate_transaction(source, transaction, block)
}

/// What a transaction says about itself: for how long it is valid, how many its account has sent before,
/// and what it adds to the fee.
pub fn extension(era: Era, nonce: Nonce, tip: Balance) -> TxExtension {
	(
		frame_system::AuthorizeCall::new(),
		frame_system::CheckNonZeroSender::new(),
		frame_system::CheckSpecVersion::new(),
		frame_system::CheckTxVersion::new(),
		frame_system::CheckGenesis::new(),
		frame_system::CheckEra::from(era),
		frame_system::CheckNonce::from(nonce),
		CheckShares::default(),
		ChargeTransactionPayment::from(tip),
		frame_system::WeightReclaim::new(),
	)
}

/// A transaction, as the runtime knows it. What cannot be decoded, such as one of whose call's parameters one
/// is beyond its bound, is not valid, as [`InvalidTransaction::Call`].
pub fn decode(transaction: &OpaqueExtrinsic) -> Result<UncheckedExtrinsic, InvalidTransaction> {
	let mut bytes = &transaction.encode()[..];
	UncheckedExtrinsic::decode_all_with_depth_limit(MAX_EXTRINSIC_DEPTH, &mut bytes)
		.map_err(|_| InvalidTransaction::Call)
}

#[cfg(test)]
mod tests {
	use alloc::{vec, vec::Vec};
	use codec::{Compact, Decode, Encode};
	use frame_support::traits::GetStorageVersion;
	use sp_core::Get;
	use sp_io::TestExternalities;
	use sp_runtime::{
		transaction_validity::{
			TransactionSource, TransactionValidity, TransactionValidityError, UnknownTransaction,
		},
		OpaqueExtrinsic,
	};
	use syngraph_primitives::{MessageEncoding, VariableType, MAX_NAME, MAX_VARIABLES};

	use super::*;
	use crate::{Agreements, Disputes, Hash, Registry};

	/// A call to register a user whose name has so many bytes, in a transaction without a signature.
	fn registration(name: u32) -> Vec<u8> {
		let call = pallet_registry::Call::<Runtime>::register_user {
			name: Default::default(),
			signer: [7; 32].into(),
			proof: None,
		};
		let call = RuntimeCall::from(call).encode();
		// The name comes after the version and the indices of pallet and call.
		let (head, rest) = ([&[5], &call[..2]].concat(), &call[3..]);
		let name = [Compact(name).encode(), vec![b'a'; name as usize]].concat();
		[&head, &name[..], rest].concat()
	}

	/// A call to register sensors, whose kind has so many bytes, with so many variables, of which each has a name
	/// of so many bytes, in a transaction without a signature.
	fn sensors(count: u32, kind: u32, variables: u32, name: u32) -> Vec<u8> {
		let call = pallet_registry::Call::<Runtime>::register_sensors {
			sensors: Default::default(),
		};
		let call = RuntimeCall::from(call).encode();
		let text = |length: u32| vec![b'a'; length as usize];
		let variable = (text(name), VariableType::Bool);
		let sensor = (
			(text(kind), vec![variable; variables as usize]),
			MessageEncoding::Scale,
			([7u8; 32], [7u8; 64]),
		);
		// The list comes after the version and the indices of pallet and call.
		[&[5], &call[..2], &vec![sensor; count as usize].encode()].concat()
	}

	/// What is stored has the versions of this code.
	fn set_versions() {
		Registry::in_code_storage_version().put::<Registry>();
		Agreements::in_code_storage_version().put::<Agreements>();
		Disputes::in_code_storage_version().put::<Disputes>();
	}

	/// What a node is told about a transaction.
	fn validate(transaction: Vec<u8>) -> TransactionValidity {
		let transaction = OpaqueExtrinsic::from_blob(transaction);
		let input = (TransactionSource::External, transaction, Hash::zero()).encode();
		let method = "TaggedTransactionQueue_validate_transaction";
		let mut chain = TestExternalities::default();
		chain.execute_with(set_versions);
		let answer = chain
			.execute_with(|| crate::apis::api::dispatch(method, &input))
			.expect("there is such a method");
		Decode::decode(&mut &answer[..]).expect("it answers so")
	}

	#[test]
	fn what_is_beyond_a_bound_is_refused_like_what_is_not_valid() {
		let refused: TransactionValidity = Err(InvalidTransaction::Call.into());
		let good = registration(32);
		for bad in [
			registration(33),
			good[..good.len() - 1].to_vec(),
			[&good[..], &[0]].concat(),
			vec![],
			vec![0xff; 100],
		] {
			assert_eq!(validate(bad), refused);
		}
		assert!(decode(&OpaqueExtrinsic::from_blob(good)).is_ok());
	}

	#[test]
	fn a_sensor_beyond_a_bound_is_refused_like_what_is_not_valid() {
		let refused: TransactionValidity = Err(InvalidTransaction::Call.into());
		let batch = <Runtime as pallet_registry::Config>::MaxBatch::get();
		let (name, variables) = (MAX_NAME, MAX_VARIABLES);
		for bad in [
			sensors(1, name + 1, variables, name),
			sensors(1, name, variables, name + 1),
			sensors(1, name, variables + 1, name),
			sensors(batch + 1, name, 1, name),
		] {
			assert_eq!(validate(bad), refused);
		}
		// One of these that is not beyond it is looked at.
		for good in [
			sensors(1, name, variables, name),
			sensors(batch, name, 1, name),
		] {
			assert_eq!(validate(good), Err(unsigned()));
		}
	}

	/// What is said of a call that somebody has to sign, and nobody did.
	fn unsigned() -> TransactionValidityError {
		TransactionValidityError::Unknown(UnknownTransaction::NoUnsignedValidator)
	}

	#[test]
	fn what_can_be_decoded_is_looked_at() {
		assert_eq!(validate(registration(32)), Err(unsigned()));
	}
}
