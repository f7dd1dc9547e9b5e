//! Benchmarks of the worst cases: two authors, and the longer sort of statement.

use alloc::boxed::Box;
use frame_benchmarking::v2::*;
use frame_support::traits::Authorize;
use frame_system::{pallet_prelude::BlockNumberFor, RawOrigin};
use sp_core::{crypto::KeyTypeId, sr25519, H256};
use sp_runtime::{
	traits::{One, Saturating, Zero},
	transaction_validity::TransactionSource,
};
use syngraph_primitives::{
	AgreementId, Commitment, IntermediaryId, Payload, SignedStatement, Statement, WindowIndex,
};

use crate::*;

/// Brings an agreement into being that benchmarks can dispute about.
pub trait BenchmarkHelper {
	/// An agreement in force, two of whose intermediaries sign with these keys.
	///
	/// For the worst case it has as many users, intermediaries and sensors as there may be, and escrows
	/// that the first dispute exhausts, so that it ends the agreement.
	fn agreement(
		left: sr25519::Public,
		right: sr25519::Public,
	) -> (AgreementId, IntermediaryId, IntermediaryId);
}

const KEY_TYPE: KeyTypeId = KeyTypeId(*b"benc");
const WINDOW: WindowIndex = 0;

/// A signed commitment to the window.
fn commitment<T: Config>(
	agreement: AgreementId,
	intermediary: IntermediaryId,
	root: u8,
	key: &sr25519::Public,
) -> Result<SignedStatement, BenchmarkError> {
	let statement = Statement::Commit(Commitment {
		agreement,
		window: WINDOW,
		intermediary,
		seal: H256::repeat_byte(root),
		root: H256::repeat_byte(root),
		possession: H256::repeat_byte(root),
	});
	let genesis = frame_system::Pallet::<T>::block_hash(BlockNumberFor::<T>::zero());
	let bytes = statement.signing_bytes(&genesis);
	let signature = sp_io::crypto::sr25519_sign(KEY_TYPE, key, &bytes).ok_or("no such key")?;
	Ok(SignedStatement {
		statement,
		signature,
	})
}

/// Commitments of two intermediaries of one agreement to different data.
fn conflicting<T: Config>() -> Result<(Box<SignedStatement>, Box<SignedStatement>), BenchmarkError>
{
	let key = || sp_io::crypto::sr25519_generate(KEY_TYPE, None);
	let (first, second) = (key(), key());
	let (agreement, left, right) = T::BenchmarkHelper::agreement(first, second);
	Ok((
		Box::new(commitment::<T>(agreement, left, 1, &first)?),
		Box::new(commitment::<T>(agreement, right, 2, &second)?),
	))
}

#[benchmarks(where <T as frame_system::Config>::RuntimeCall: From<Call<T>>)]
mod benchmarks {
	use super::*;

	#[benchmark]
	fn report() -> Result<(), BenchmarkError> {
		let (left, right) = conflicting::<T>()?;
		let agreement = left.statement.agreement();

		#[extrinsic_call]
		_(RawOrigin::Authorized, left, right);

		assert!(Disputes::<T>::contains_key(agreement, WINDOW));
		Ok(())
	}

	#[benchmark]
	fn authorize_report() -> Result<(), BenchmarkError> {
		let (left, right) = conflicting::<T>()?;
		let call: <T as frame_system::Config>::RuntimeCall = Call::report { left, right }.into();

		#[block]
		{
			call.authorize(TransactionSource::External)
				.ok_or("a report is authorised")?
				.map_err(|_| "the report was refused")?;
		}

		Ok(())
	}

	#[benchmark]
	fn expire() -> Result<(), BenchmarkError> {
		let (left, right) = conflicting::<T>()?;
		let agreement = left.statement.agreement();
		Pallet::<T>::report(RawOrigin::Authorized.into(), left, right)?;
		let late = frame_system::Pallet::<T>::block_number()
			.saturating_add(T::DisputePeriod::get())
			.saturating_add(One::one());
		frame_system::Pallet::<T>::set_block_number(late);

		#[extrinsic_call]
		_(RawOrigin::Signed(whitelisted_caller()), agreement, WINDOW);

		assert!(!Disputes::<T>::contains_key(agreement, WINDOW));
		Ok(())
	}

	impl_benchmark_test_suite!(Pallet, mock::externalities(), mock::Test);
}
