//! The worst cases of all calls: the largest terms, and everybody's signature.

mod scene;

use frame_benchmarking::v2::*;
use frame_support::traits::{
	fungible::{Inspect, Mutate},
	Get,
};
use frame_system::{pallet_prelude::BlockNumberFor, RawOrigin};
use sp_core::sr25519;
use sp_runtime::{traits::Saturating, transaction_validity::TransactionSource};
use syngraph_primitives::{
	AgreementId, Directory, WindowIndex, MAX_INTERMEDIARIES, MAX_SENSORS, MAX_STEPS, PROGRESS_REACH,
};

use crate::*;
pub use scene::{disputable, Disputable, KEYS};
use scene::{riches, wait, Scene, DURATION};

fn phase<T: Config>(id: &AgreementId) -> Option<Phase<BlockNumberFor<T>>> {
	Agreements::<T>::get(id).map(|agreement| agreement.phase)
}

fn is_active<T: Config>(id: &AgreementId) -> bool {
	matches!(phase::<T>(id), Some(Phase::Active { .. }))
}

fn has_ended<T: Config>(id: &AgreementId) -> bool {
	matches!(phase::<T>(id), Some(Phase::Ended { .. }))
}

#[benchmarks(
	where
		T::Signature: From<sr25519::Signature>,
		T::SigningKey: From<sr25519::Public>,
)]
mod benchmarks {
	use super::*;

	#[benchmark]
	fn propose() {
		let scene = Scene::<T>::largest();

		#[extrinsic_call]
		_(scene.user(0), scene.terms.clone());

		assert!(Agreements::<T>::contains_key(scene.id()));
	}

	#[benchmark]
	fn sign() {
		let scene = Scene::<T>::largest();
		let last = scene.users() - 1;
		let id = scene.signed_by(last);

		#[extrinsic_call]
		_(scene.user(last), id);

		assert!(is_active::<T>(&id));
	}

	#[benchmark]
	fn create() {
		let scene = Scene::<T>::largest();
		let signatures = scene.signatures().try_into().expect("one for each user");
		let caller: T::AccountId = whitelisted_caller();
		T::Currency::set_balance(&caller, riches::<T>());
		let consents = scene.consents().try_into().expect("one for each");

		#[extrinsic_call]
		_(
			RawOrigin::Signed(caller),
			scene.terms.clone(),
			signatures,
			consents,
		);

		assert!(is_active::<T>(&scene.id()));
	}

	#[benchmark]
	fn cancel() {
		let scene = Scene::<T>::largest();
		let id = scene.signed_by(scene.users() - 1);

		#[extrinsic_call]
		_(scene.user(0), id);

		assert!(has_ended::<T>(&id));
	}

	#[benchmark]
	fn top_up() {
		let scene = Scene::<T>::largest();
		let id = scene.active();

		#[extrinsic_call]
		_(scene.user(0), id, T::Currency::minimum_balance());

		let funds = Agreements::<T>::get(id).map(|agreement| agreement.funds[0]);
		assert!(funds > Some(scene.terms.users[0].escrow));
	}

	#[benchmark]
	fn give_notice() {
		let scene = Scene::<T>::largest();
		let id = scene.active();

		#[extrinsic_call]
		_(scene.user(0), id);

		let now = Pallet::<T>::now();
		let ends = phase::<T>(&id).map(|phase| phase.check_in_force(now));
		let expected = now.saturating_add(scene.terms.limits.notice);
		assert_eq!(ends, Some(Ok(expected)));
	}

	#[benchmark]
	fn consent_to_end() -> Result<(), BenchmarkError> {
		let scene = Scene::<T>::largest();
		let id = scene.active();
		let last = scene.users() - 1;
		for party in scene.terms.users.iter().take(last) {
			Pallet::<T>::do_consent_to_end(party.user.clone(), id)?;
		}

		#[extrinsic_call]
		_(scene.user(last), id);

		assert!(has_ended::<T>(&id));
		Ok(())
	}

	#[benchmark]
	fn close() {
		let id = Scene::<T>::largest().active();
		wait::<T>(DURATION + 1);

		#[extrinsic_call]
		_(RawOrigin::Signed(whitelisted_caller()), id);

		assert!(has_ended::<T>(&id));
	}

	#[benchmark]
	fn settle(n: Linear<2, MAX_INTERMEDIARIES>, s: Linear<0, MAX_STEPS>) {
		let scene = Scene::<T>::new(n, MAX_INTERMEDIARIES, MAX_SENSORS, s);
		let id = scene.active();
		let proof = scene.proof(0);

		#[extrinsic_call]
		_(RawOrigin::Authorized, id, 0, proof);

		assert!(Results::<T>::contains_key(id, 0));
		assert!(is_active::<T>(&id));
	}

	#[benchmark]
	fn authorize_settle(n: Linear<2, MAX_INTERMEDIARIES>, s: Linear<1, MAX_SENSORS>) {
		let scene = Scene::<T>::new(n, MAX_INTERMEDIARIES, s, MAX_STEPS);
		let id = scene.active();
		let proof = scene.proof(0);
		let authorized;

		#[block]
		{
			let source = TransactionSource::External;
			authorized = Pallet::<T>::authorize_settle(source, &id, &0, &proof);
		}

		assert!(authorized.is_ok());
	}

	#[benchmark]
	fn end(
		n: Linear<2, { 2 * MAX_INTERMEDIARIES }>,
		s: Linear<1, MAX_SENSORS>,
	) -> Result<(), BenchmarkError> {
		// Intermediaries and spares together: an end costs the same for both. All are paid a retainer.
		let intermediaries = n.min(MAX_INTERMEDIARIES);
		let id = Scene::<T>::new(intermediaries, n - intermediaries, s, MAX_STEPS).active();
		wait::<T>(DURATION / 2);

		#[block]
		{
			Pallet::<T>::with_agreement(&id, |terms, agreement| {
				agreement.prices.dispute = agreement.funds[0];
				Pallet::<T>::end_if_exhausted(id, terms, agreement)
			})?;
		}

		assert!(has_ended::<T>(&id));
		Ok(())
	}

	#[benchmark]
	fn accept() {
		let scene = Scene::<T>::largest();
		let id = scene.signed_by(1);
		let (intermediary, operator) = scene.operated();

		#[extrinsic_call]
		_(RawOrigin::Signed(operator), id, intermediary);

		let agreement = Agreements::<T>::get(id);
		assert!(agreement.is_some_and(|agreement| !agreement.consented.is_empty()));
	}

	#[benchmark]
	fn resign() {
		let scene = Scene::<T>::largest();
		let id = scene.active();
		let (intermediary, operator) = scene.operated();

		#[extrinsic_call]
		_(RawOrigin::Signed(operator), id, intermediary);

		let agreement = Agreements::<T>::get(id);
		assert!(agreement.is_some_and(|agreement| !agreement.resignations.is_empty()));
	}

	#[benchmark]
	fn release() -> Result<(), BenchmarkError> {
		// The last one of its user, so that everything ends.
		let scene = Scene::<T>::largest();
		let id = scene.active();
		let last = scene.users() - 1;
		let intermediary = scene.terms.users[last].intermediaries[0];
		let operator = T::Directory::operator(intermediary);
		let operator = operator.ok_or(BenchmarkError::Stop("no operator"))?;
		Pallet::<T>::do_resign(operator, id, intermediary)?;
		wait::<T>(DURATION / 2);

		#[extrinsic_call]
		_(RawOrigin::Signed(whitelisted_caller()), id, intermediary);

		assert!(has_ended::<T>(&id));
		Ok(())
	}

	#[benchmark]
	fn pay_retainers() {
		let id = Scene::<T>::largest().active();
		wait::<T>(DURATION / 2);

		#[extrinsic_call]
		_(RawOrigin::Signed(whitelisted_caller()), id);

		let agreement = Agreements::<T>::get(id);
		let retained = agreement.map(|agreement| agreement.retained);
		assert_eq!(retained, Some(Pallet::<T>::now()));
	}

	#[benchmark]
	fn replace_sensor() -> Result<(), BenchmarkError> {
		let scene = Scene::<T>::largest();
		let id = scene.active();
		let (old, new) = scene.another_sensor();
		let last = scene.users() - 1;
		for party in scene.terms.users.iter().take(last) {
			Pallet::<T>::do_replace_sensor(party.user.clone(), id, old, new)?;
		}

		#[extrinsic_call]
		_(scene.user(last), id, old, new);

		let agreement = Agreements::<T>::get(id);
		assert!(agreement.is_some_and(|agreement| agreement.replaced == 1));
		Ok(())
	}

	#[benchmark]
	fn pass(n: Linear<2, MAX_INTERMEDIARIES>) {
		let scene = Scene::<T>::new(n, MAX_INTERMEDIARIES, MAX_SENSORS, MAX_STEPS);
		let id = scene.active();
		let declarations = scene.declarations(PROGRESS_REACH);

		#[extrinsic_call]
		_(RawOrigin::Authorized, id, declarations);

		assert!(is_active::<T>(&id));
	}

	#[benchmark]
	fn authorize_pass(n: Linear<2, MAX_INTERMEDIARIES>) {
		let scene = Scene::<T>::new(n, MAX_INTERMEDIARIES, MAX_SENSORS, MAX_STEPS);
		let id = scene.active();
		let declarations = scene.declarations(PROGRESS_REACH);
		let authorized;

		#[block]
		{
			authorized = Pallet::<T>::authorize_pass(&id, &declarations);
		}

		assert!(authorized.is_ok());
	}

	#[benchmark]
	fn prune(w: Linear<0, { T::MaxPrune::get() }>) -> Result<(), BenchmarkError> {
		let scene = Scene::<T>::largest();
		let id = scene.active();
		let proof = scene.proof(0);
		for window in 0..WindowIndex::from(w) {
			Pallet::<T>::do_settle(id, window, proof.clone()).map_err(|error| error.error)?;
		}
		wait::<T>(DURATION + 1);
		Pallet::<T>::do_close(id)?;
		let windows: alloc::vec::Vec<_> = (0..w.into()).collect();

		#[extrinsic_call]
		_(
			RawOrigin::Signed(whitelisted_caller()),
			id,
			windows.try_into().expect("as many as allowed"),
		);

		assert!(!Agreements::<T>::contains_key(id));
		Ok(())
	}

	impl_benchmark_test_suite!(Pallet, crate::mock::new_test_ext(), crate::mock::Test);
}
