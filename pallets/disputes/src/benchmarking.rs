//! Benchmarks of the worst cases: everything about everybody is on file, the window is large, and the range is long.

mod scene;

use frame_benchmarking::v2::*;
use frame_support::traits::Authorize;
use frame_system::RawOrigin;
use sp_runtime::transaction_validity::TransactionSource;

use crate::*;

use scene::Scene;
pub use scene::{BenchmarkHelper, Disputable};

/// Lets a call be authorised as it would be for the pool.
fn authorize<T: Config>(
	call: &<T as frame_system::Config>::RuntimeCall,
) -> Result<(), BenchmarkError> {
	call.authorize(TransactionSource::External)
		.ok_or("anyone can authorise it")?
		.map_err(|_| "the call was refused")?;
	Ok(())
}

#[benchmarks(where <T as frame_system::Config>::RuntimeCall: From<Call<T>>)]
mod benchmarks {
	use super::*;

	/// It opens a dispute, in which two differ.
	#[benchmark]
	fn report() -> Result<(), BenchmarkError> {
		let scene = Scene::<T>::new();
		let (left, right) = scene.contradiction();

		#[extrinsic_call]
		_(RawOrigin::Authorized, left, right);

		assert!(scene.docket().sides.is_some());
		Ok(())
	}

	#[benchmark]
	fn authorize_report() -> Result<(), BenchmarkError> {
		let (left, right) = Scene::<T>::new().contradiction();
		let call = Call::report { left, right }.into();

		#[block]
		{
			authorize::<T>(&call)?;
		}

		Ok(())
	}

	#[benchmark]
	fn complain(u: Linear<1, 16>) -> Result<(), BenchmarkError> {
		let scene = Scene::<T>::new();
		let (utterances, heads, signature) = scene.complaint(u);

		#[extrinsic_call]
		_(RawOrigin::Authorized, utterances, heads, signature);

		assert!(scene.docket().commitment(0).is_some());
		Ok(())
	}

	#[benchmark]
	fn authorize_complain(u: Linear<1, 16>) -> Result<(), BenchmarkError> {
		let (utterances, heads, signature) = Scene::<T>::new().complaint(u);
		let call = Call::complain {
			utterances,
			heads,
			signature,
		};
		let call = call.into();

		#[block]
		{
			authorize::<T>(&call)?;
		}

		Ok(())
	}

	/// The last commitment that was missing, with the first reveal, while all other members have begun to show a
	/// window: that is forgotten.
	#[benchmark]
	fn file() -> Result<(), BenchmarkError> {
		let scene = Scene::<T>::new();
		let utterance = scene.last_utterance();

		#[extrinsic_call]
		_(RawOrigin::Authorized, utterance);

		assert!(scene.docket().stage == Stage::Reveals);
		assert!(Trials::<T>::iter_prefix(scene.agreement()).next().is_none());
		Ok(())
	}

	#[benchmark]
	fn authorize_file() -> Result<(), BenchmarkError> {
		let utterance = Scene::<T>::new().last_utterance();
		let call = Call::file { utterance }.into();

		#[block]
		{
			authorize::<T>(&call)?;
		}

		Ok(())
	}

	/// The last messages of a window that somebody lacked, while as many others are shown as there are members: all
	/// that is forgotten.
	#[benchmark]
	fn show(m: Linear<1, 1024>) -> Result<(), BenchmarkError> {
		let scene = Scene::<T>::new();
		let (showing, messages, signature) = scene.last_chunk(m);

		#[extrinsic_call]
		_(RawOrigin::Authorized, showing, messages, signature);

		assert!(scene.docket().attempt > 0);
		assert!(Trials::<T>::iter_prefix(scene.agreement()).next().is_none());
		Ok(())
	}

	#[benchmark]
	fn authorize_show(m: Linear<1, 1024>) -> Result<(), BenchmarkError> {
		let (showing, messages, signature) = Scene::<T>::new().last_chunk(m);
		let call = Call::show {
			showing,
			messages,
			signature,
		}
		.into();

		#[block]
		{
			authorize::<T>(&call)?;
		}

		Ok(())
	}

	/// Most members are convicted, and a sensor is at fault. What the agreement owes is paid, spares step in for these
	/// and for those that may leave, and it ends.
	#[benchmark]
	fn judge() -> Result<(), BenchmarkError> {
		let scene = Scene::<T>::new();
		scene.all_proven();

		#[extrinsic_call]
		_(RawOrigin::Authorized, scene.agreement());

		assert!(!Disputes::<T>::contains_key(scene.agreement()));
		Ok(())
	}

	/// Most members are convicted, one of them by what the chain computed, which settles. No sensor is at fault then.
	/// All else is as in `judge`, but that what the agreement owes is paid once more, for this.
	#[benchmark]
	fn judge_with_ruling() -> Result<(), BenchmarkError> {
		let scene = Scene::<T>::judging();
		scene.all_refuted();
		let first = scene.docket().first;

		#[extrinsic_call]
		judge(RawOrigin::Authorized, scene.agreement());

		assert!(!Disputes::<T>::contains_key(scene.agreement()));
		let progress = T::Agreements::progress(&scene.agreement());
		assert!(progress.is_some_and(|progress| progress.base > first));
		Ok(())
	}

	#[benchmark]
	fn authorize_judge() -> Result<(), BenchmarkError> {
		let scene = Scene::<T>::new();
		scene.all_proven();
		let agreement = scene.agreement();
		let call = Call::judge { agreement }.into();

		#[block]
		{
			authorize::<T>(&call)?;
		}

		Ok(())
	}

	/// The last user consents, when all members have shown something. What the agreement owes is paid, spares step in
	/// for those that may leave, and it ends.
	#[benchmark]
	fn reconcile() -> Result<(), BenchmarkError> {
		let scene = Scene::<T>::new();
		let user = scene.all_but_one_consent();
		let roster = scene.docket().roster.number;

		#[extrinsic_call]
		_(RawOrigin::Signed(user), scene.agreement(), roster);

		assert!(!Disputes::<T>::contains_key(scene.agreement()));
		Ok(())
	}

	#[benchmark]
	fn accuse() -> Result<(), BenchmarkError> {
		let scene = Scene::<T>::new();
		let (left, right) = scene.contradictory_messages();
		let sensor = left.message.sensor;

		#[extrinsic_call]
		_(RawOrigin::Authorized, left, right);

		let keys = T::Directory::sensor_keys(sensor).ok_or("it is registered")?;
		assert!(!keys.is_live());
		Ok(())
	}

	#[benchmark]
	fn authorize_accuse() -> Result<(), BenchmarkError> {
		let (left, right) = Scene::<T>::new().contradictory_messages();
		let call = Call::accuse { left, right }.into();

		#[block]
		{
			authorize::<T>(&call)?;
		}

		Ok(())
	}

	/// A lower window takes the place of one that all other members have begun to show. It lacks messages for good,
	/// which is found out, so that all commit anew.
	#[benchmark]
	fn lack() -> Result<(), BenchmarkError> {
		let scene = Scene::<T>::dead();
		let (said, signature) = scene.missing_messages();

		#[extrinsic_call]
		_(RawOrigin::Authorized, said, signature);

		assert!(scene.docket().attempt > 0);
		assert!(Trials::<T>::iter_prefix(scene.agreement()).next().is_none());
		Ok(())
	}

	#[benchmark]
	fn authorize_lack() -> Result<(), BenchmarkError> {
		let (said, signature) = Scene::<T>::new().missing_messages();
		let call = Call::lack {
			lack: said,
			signature,
		}
		.into();

		#[block]
		{
			authorize::<T>(&call)?;
		}

		Ok(())
	}

	#[benchmark]
	fn challenge() -> Result<(), BenchmarkError> {
		let scene = Scene::<T>::new();
		let (said, signature) = scene.copied();

		#[extrinsic_call]
		_(RawOrigin::Authorized, said, signature);

		assert!(scene.docket().sides.is_some());
		Ok(())
	}

	#[benchmark]
	fn authorize_challenge() -> Result<(), BenchmarkError> {
		let (said, signature) = Scene::<T>::new().copied();
		let call = Call::challenge {
			challenge: said,
			signature,
		}
		.into();

		#[block]
		{
			authorize::<T>(&call)?;
		}

		Ok(())
	}

	/// The last hashes, by which it is known in which window two differ: in one that lacks messages for good, which is
	/// found out.
	#[benchmark]
	fn open() -> Result<(), BenchmarkError> {
		let scene = Scene::<T>::dead();
		let (place, hashes) = scene.last_hashes();

		#[extrinsic_call]
		_(RawOrigin::Authorized, scene.agreement(), place, hashes);

		assert!(scene.docket().shown.len() == 1);
		Ok(())
	}

	#[benchmark]
	fn authorize_open() -> Result<(), BenchmarkError> {
		let scene = Scene::<T>::new();
		let (place, hashes) = scene.last_hashes();
		let call = Call::open {
			agreement: scene.agreement(),
			place,
			hashes,
		}
		.into();

		#[block]
		{
			authorize::<T>(&call)?;
		}

		Ok(())
	}

	impl_benchmark_test_suite!(Pallet, mock::externalities(), mock::Test);
}
