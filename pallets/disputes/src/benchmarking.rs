//! Benchmarks of the worst cases: everything about everybody is on file, and the window is large.

mod scene;

use alloc::boxed::Box;
use frame_benchmarking::v2::*;
use frame_support::traits::Authorize;
use frame_system::RawOrigin;
use sp_runtime::transaction_validity::TransactionSource;

use crate::*;

pub use scene::{BenchmarkHelper, Disputable};
use scene::{Scene, WINDOW};

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

	#[benchmark]
	fn report() -> Result<(), BenchmarkError> {
		let scene = Scene::<T>::new();
		let (left, right) = scene.contradiction();

		#[extrinsic_call]
		_(RawOrigin::Authorized, Box::new(left), Box::new(right));

		assert!(Disputes::<T>::contains_key(scene.agreement(), WINDOW));
		Ok(())
	}

	#[benchmark]
	fn authorize_report() -> Result<(), BenchmarkError> {
		let (left, right) = Scene::<T>::new().contradiction();
		let (left, right) = (Box::new(left), Box::new(right));
		let call = Call::report { left, right }.into();

		#[block]
		{
			authorize::<T>(&call)?;
		}

		Ok(())
	}

	#[benchmark]
	fn complain() -> Result<(), BenchmarkError> {
		let scene = Scene::<T>::new();
		let (utterance, heads) = scene.complaint();

		#[extrinsic_call]
		_(RawOrigin::Authorized, Box::new(utterance), heads);

		assert!(Complaints::<T>::contains_key(scene.agreement()));
		Ok(())
	}

	#[benchmark]
	fn authorize_complain() -> Result<(), BenchmarkError> {
		let (utterance, heads) = Scene::<T>::new().complaint();
		let utterance = Box::new(utterance);
		let call = Call::complain { utterance, heads }.into();

		#[block]
		{
			authorize::<T>(&call)?;
		}

		Ok(())
	}

	/// The last statement that was missing, which contradicts all others.
	#[benchmark]
	fn file() -> Result<(), BenchmarkError> {
		let scene = Scene::<T>::new();
		let (statement, assent) = scene.last_statement();

		#[extrinsic_call]
		_(RawOrigin::Authorized, Box::new(statement), assent);

		assert!(scene.docket().stage == Stage::Evidence);
		Ok(())
	}

	#[benchmark]
	fn authorize_file() -> Result<(), BenchmarkError> {
		let (statement, assent) = Scene::<T>::new().last_statement();
		let statement = Box::new(statement);
		let call = Call::file { statement, assent }.into();

		#[block]
		{
			authorize::<T>(&call)?;
		}

		Ok(())
	}

	/// The last messages of the window, which convict somebody.
	#[benchmark]
	fn show(m: Linear<1, 1024>) -> Result<(), BenchmarkError> {
		let scene = Scene::<T>::new();
		let (showing, messages, signature) = scene.last_chunk(m);

		#[extrinsic_call]
		_(RawOrigin::Authorized, showing, messages, signature);

		assert!(scene.docket().shown.len() == 1);
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

	/// Two thirds of the members are convicted, and all others have shown the window.
	#[benchmark]
	fn judge() -> Result<(), BenchmarkError> {
		let scene = Scene::<T>::new();
		scene.all_proven();

		#[extrinsic_call]
		_(RawOrigin::Authorized, scene.agreement(), WINDOW);

		assert!(!Disputes::<T>::contains_key(scene.agreement(), WINDOW));
		Ok(())
	}

	#[benchmark]
	fn authorize_judge() -> Result<(), BenchmarkError> {
		let scene = Scene::<T>::new();
		scene.all_proven();
		let (agreement, window) = (scene.agreement(), WINDOW);
		let call = Call::judge { agreement, window }.into();

		#[block]
		{
			authorize::<T>(&call)?;
		}

		Ok(())
	}

	/// The last user consents.
	#[benchmark]
	fn reconcile() -> Result<(), BenchmarkError> {
		let scene = Scene::<T>::new();
		scene.all_proven();
		let user = scene.all_but_one_consent();

		#[extrinsic_call]
		_(RawOrigin::Signed(user), scene.agreement(), WINDOW);

		assert!(!Disputes::<T>::contains_key(scene.agreement(), WINDOW));
		Ok(())
	}

	#[benchmark]
	fn accuse() -> Result<(), BenchmarkError> {
		let scene = Scene::<T>::new();
		let (left, right) = scene.contradictory_messages();
		let sensor = left.message.sensor;

		#[extrinsic_call]
		_(
			RawOrigin::Authorized,
			scene.agreement(),
			Box::new(left),
			Box::new(right),
		);

		assert!(T::Directory::sensor_key(sensor, Sequence::MAX).is_none());
		Ok(())
	}

	#[benchmark]
	fn authorize_accuse() -> Result<(), BenchmarkError> {
		let scene = Scene::<T>::new();
		let agreement = scene.agreement();
		let (left, right) = scene.contradictory_messages();
		let (left, right) = (Box::new(left), Box::new(right));
		let call = Call::accuse {
			agreement,
			left,
			right,
		}
		.into();

		#[block]
		{
			authorize::<T>(&call)?;
		}

		Ok(())
	}

	/// Two thirds of the members are convicted, and all others have shown the window.
	#[benchmark]
	fn dismiss() -> Result<(), BenchmarkError> {
		let scene = Scene::<T>::new();
		scene.all_proven();
		let declarations = scene.declarations();

		#[extrinsic_call]
		_(
			RawOrigin::Authorized,
			scene.agreement(),
			WINDOW,
			declarations,
		);

		assert!(!Disputes::<T>::contains_key(scene.agreement(), WINDOW));
		Ok(())
	}

	#[benchmark]
	fn authorize_dismiss() -> Result<(), BenchmarkError> {
		let scene = Scene::<T>::new();
		scene.all_proven();
		let (agreement, window) = (scene.agreement(), WINDOW);
		let declarations = scene.declarations();
		let call = Call::dismiss {
			agreement,
			window,
			declarations,
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
