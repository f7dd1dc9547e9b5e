//! The worst cases of all calls: the largest terms, and everybody's signature.

mod scene;

use frame_benchmarking::v2::*;
use frame_support::traits::fungible::{Inspect, Mutate};
use frame_system::{pallet_prelude::BlockNumberFor, RawOrigin};
use sp_core::sr25519;
use sp_runtime::{traits::Saturating, transaction_validity::TransactionSource};
use syngraph_primitives::{
	AgreementId, IntermediaryId, MAX_AGREEMENTS, MAX_INTERMEDIARIES, MAX_KEPT, MAX_ROUND_RESULTS,
	MAX_SENSORS, MAX_SPAN, MAX_STEPS, MAX_USERS,
};
use syngraph_protocol::BLOCK;

use crate::*;
pub use scene::{disputable, judging, Disputable, KEYS};
use scene::{riches, silence, wait, Scene, Size, DURATION};

/// How many blocks the outcomes of a round have.
const MAX_BLOCKS: u32 = MAX_SPAN / BLOCK;

/// Every block reads the hash of the first one, whoever asks for it: it is not counted, as in the SDK's own benchmarks.
fn know_genesis<T: Config>() {
	let key = frame_system::BlockHash::<T>::hashed_key_for(BlockNumberFor::<T>::default());
	frame_benchmarking::benchmarking::add_to_whitelist(key.into());
}

fn phase<T: Config>(id: &AgreementId) -> Option<Phase<BlockNumberFor<T>>> {
	Agreements::<T>::get(id).map(|agreement| agreement.phase)
}

fn is_active<T: Config>(id: &AgreementId) -> bool {
	matches!(phase::<T>(id), Some(Phase::Active { .. }))
}

fn has_ended<T: Config>(id: &AgreementId) -> bool {
	matches!(phase::<T>(id), Some(Phase::Ended { .. }))
}

/// Whether a spare has taken the first member's place.
fn has_stepped_in<T: Config>(id: &AgreementId, spare: IntermediaryId) -> bool {
	let roster = Agreements::<T>::get(id).map(|agreement| agreement.roster);
	roster.is_some_and(|roster| roster.number == 1 && roster.members.first() == Some(&spare))
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
		let funds = || Agreements::<T>::get(id).map(|agreement| agreement.funds[0]);
		let before = funds();

		#[extrinsic_call]
		_(scene.user(0), id, T::Currency::minimum_balance());

		assert!(funds() > before);
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

		let now = Pallet::<T>::now();
		let ends = phase::<T>(&id).map(|phase| phase.check_in_force(now));
		assert_eq!(ends, Some(Ok(now)));
		Ok(())
	}

	#[benchmark]
	fn close() {
		let scene = Scene::<T>::largest();
		let id = scene.accrued();
		scene.wait_out();

		#[extrinsic_call]
		_(RawOrigin::Signed(whitelisted_caller()), id);

		assert!(has_ended::<T>(&id));
	}

	// Members and users are counted apart, so there are never fewer of those than of these. Every step is a transfer,
	// and every result has null windows before it. The terms were read when it was authorised. What a reaction tells is
	// measured by itself, since that is the product of windows and steps; that a joint key comes into force is counted
	// apart.
	#[benchmark]
	fn settle(
		m: Linear<MAX_USERS, MAX_INTERMEDIARIES>,
		u: Linear<4, MAX_USERS>,
		w: Linear<1, MAX_ROUND_RESULTS>,
	) {
		let scene = Scene::<T>::new(Size {
			users: u,
			intermediaries: m,
			..Size::LARGEST
		});
		let id = scene.accrued();
		let proof = scene.joint_proof(w);
		frame_benchmarking::benchmarking::add_to_whitelist(Terms::<T>::hashed_key_for(id).into());

		#[extrinsic_call]
		_(RawOrigin::Authorized, id, 0, proof);

		let settled = Rounds::<T>::iter_prefix_values(id).next();
		let settled = settled.map(|round| crate::settle::count(&round.outcomes));
		assert_eq!(settled, Some(w));
		assert!(is_active::<T>(&id));
	}

	// Steps of the longest events, each about the last sensor.
	#[benchmark]
	fn react(e: Linear<0, { MAX_STEPS * MAX_ROUND_RESULTS }>) -> Result<(), BenchmarkError> {
		let scene = Scene::<T>::telling();
		let id = scene.active();
		let agreement = Agreements::<T>::get(id).ok_or(BenchmarkError::Stop("no agreement"))?;
		let before = frame_system::Pallet::<T>::event_count();

		#[block]
		{
			for window in 0..e {
				let outcome = reaction::SettledResult::<T> {
					id,
					window: window.into(),
					result: 1,
					terms: &scene.terms,
					agreement: &agreement,
				};
				outcome.react();
			}
		}

		assert_eq!(frame_system::Pallet::<T>::event_count(), before + e);
		Ok(())
	}

	#[benchmark]
	fn payout(
		m: Linear<MAX_USERS, MAX_INTERMEDIARIES>,
		u: Linear<4, MAX_USERS>,
		s: Linear<0, MAX_STEPS>,
	) {
		let scene = Scene::<T>::new(Size {
			users: u,
			intermediaries: m,
			steps: s,
			..Size::LARGEST
		});
		let id = scene.accrued();

		#[extrinsic_call]
		_(RawOrigin::Signed(whitelisted_caller()), id);

		let agreement = Agreements::<T>::get(id);
		assert!(agreement.is_some_and(|agreement| agreement.accrued.is_nothing()));
	}

	// Each result is in a block of its own. Where there are more of them than blocks, they cost less.
	#[benchmark]
	fn authorize_settle(
		n: Linear<2, MAX_INTERMEDIARIES>,
		s: Linear<1, MAX_SENSORS>,
		w: Linear<1, MAX_BLOCKS>,
	) {
		let scene = Scene::<T>::new(Size {
			intermediaries: n,
			sensors: s,
			..Size::LARGEST
		});
		let id = scene.accrued();
		let proof = scene.proof(w);
		know_genesis::<T>();
		let authorized;

		#[block]
		{
			let source = TransactionSource::External;
			authorized = Pallet::<T>::authorize_settle(source, &id, &0, &proof);
		}

		assert!(authorized.is_ok());
	}

	// No member's key is looked up, and one signature is verified.
	#[benchmark]
	fn authorize_joint(
		n: Linear<2, MAX_INTERMEDIARIES>,
		s: Linear<1, MAX_SENSORS>,
		w: Linear<1, MAX_BLOCKS>,
	) {
		let scene = Scene::<T>::new(Size {
			intermediaries: n,
			sensors: s,
			..Size::LARGEST
		});
		let id = scene.accrued();
		let proof = scene.joint_proof(w);
		know_genesis::<T>();
		let authorized;

		#[block]
		{
			let source = TransactionSource::External;
			authorized = Pallet::<T>::authorize_settle(source, &id, &0, &proof);
		}

		assert!(authorized.is_ok());
	}

	// What a rotation takes of the key of an intermediary that is bound to so many agreements, each of which has a
	// joint key: up to as many as it can be bound to, so that what the largest state costs is measured.
	#[benchmark]
	fn drop_joint_keys(a: Linear<0, MAX_AGREEMENTS>) {
		let scene = Scene::<T>::largest();
		let intermediary = scene.joint_keys(a);

		#[block]
		{
			Pallet::<T>::drop_joint_keys_of(intermediary);
		}

		assert_eq!(JointKeys::<T>::iter_keys().count(), 0);
	}

	#[benchmark]
	fn end(
		n: Linear<2, { 2 * MAX_INTERMEDIARIES }>,
		s: Linear<1, MAX_SENSORS>,
	) -> Result<(), BenchmarkError> {
		// Intermediaries and spares together: an end costs the same for both. All are paid a retainer.
		let intermediaries = n.min(MAX_INTERMEDIARIES);
		let scene = Scene::<T>::new(Size {
			intermediaries,
			spares: n - intermediaries,
			sensors: s,
			..Size::LARGEST
		});
		// What has accrued is paid by a payout, which is measured by itself.
		let id = scene.lasting();
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
	fn withdraw_consent() {
		let scene = Scene::<T>::largest();
		let id = scene.accepted();
		let (intermediary, operator) = scene.operated();

		#[extrinsic_call]
		_(RawOrigin::Signed(operator), id, intermediary);

		let agreement = Agreements::<T>::get(id);
		assert!(agreement.is_some_and(|agreement| !agreement.consented.contains(&intermediary)));
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

	// Everybody is paid, and the last spare of all that are looked at steps in. If nobody can, the agreement only
	// begins to wind up: it ends by `close`.
	#[benchmark]
	fn release() -> Result<(), BenchmarkError> {
		let scene = Scene::<T>::spared();
		let id = scene.accrued();
		let (intermediary, operator) = scene.operated();
		Pallet::<T>::do_resign(operator, id, intermediary)?;
		let spare = scene.last_spare();
		wait::<T>(DURATION / 2);

		#[extrinsic_call]
		_(RawOrigin::Signed(whitelisted_caller()), id, intermediary);

		assert!(has_stepped_in::<T>(&id, spare));
		Ok(())
	}

	// As `release`, of one of which it has to be looked up that it is not alive, and which has failed by that. The last
	// round that it signed is as large as can be, and too old.
	#[benchmark]
	fn vacate() -> Result<(), BenchmarkError> {
		let scene = Scene::<T>::spared();
		let id = scene.accrued();
		let (intermediary, _) = scene.operated();
		let settled = scene.settled();
		Pallet::<T>::with_agreement(&id, |terms, agreement| {
			Pallet::<T>::keep_round(id, terms, agreement, settled);
			Ok(())
		})?;
		silence::<T>(intermediary);
		let spare = scene.last_spare();
		scene.outlast();

		#[extrinsic_call]
		_(RawOrigin::Signed(whitelisted_caller()), id, intermediary);

		assert!(has_stepped_in::<T>(&id, spare));
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

	// What a call takes that has to know which numbers of a sensor so many agreements need: as many as one can be in.
	#[benchmark]
	fn needed_of(a: Linear<0, 256>) {
		let sensor = Scene::<T>::largest().copies(a);
		let found;

		#[block]
		{
			found = Pallet::<T>::needed_of(sensor);
		}

		assert_eq!(found.is_some(), a > 0);
	}

	// The last ones of many rounds. If there is none, there is no root to be kept.
	#[benchmark]
	fn forget(r: Linear<0, MAX_KEPT>) -> Result<(), BenchmarkError> {
		let mut scene = Scene::<T>::largest();
		scene.terms.rounds.kept = r.max(1);
		let id = match r {
			0 => scene.active(),
			_ => scene.lasting(),
		};
		let settled = scene.settled();
		Pallet::<T>::with_agreement(&id, |terms, agreement| {
			for _ in 0..r {
				Pallet::<T>::keep_round(id, terms, agreement, settled.clone());
			}
			Ok(())
		})?;
		scene.wait_out();
		Pallet::<T>::do_close(id)?;

		#[extrinsic_call]
		_(RawOrigin::Signed(whitelisted_caller()), id);

		assert!(!Agreements::<T>::contains_key(id));
		assert_eq!(Rounds::<T>::iter_key_prefix(id).count(), 0);
		assert_eq!(Finals::<T>::contains_key(id), r > 0);
		Ok(())
	}

	impl_benchmark_test_suite!(Pallet, crate::mock::new_test_ext(), crate::mock::Test);
}
