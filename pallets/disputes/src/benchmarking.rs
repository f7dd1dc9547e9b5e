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

	/// It takes the place of a complaint for which all members have shown something, with the heads of all sensors. That
	/// costs as much whether heads are needed or not, since all sensors are looked at.
	#[benchmark]
	fn report() -> Result<(), BenchmarkError> {
		let scene = Scene::<T>::new();
		let (left, right, heads) = scene.contradiction();

		#[extrinsic_call]
		_(
			RawOrigin::Authorized,
			Box::new(left),
			Box::new(right),
			heads,
		);

		assert!(scene.docket().window != WINDOW);
		Ok(())
	}

	#[benchmark]
	fn authorize_report() -> Result<(), BenchmarkError> {
		let (left, right, heads) = Scene::<T>::new().contradiction();
		let (left, right) = (Box::new(left), Box::new(right));
		let call = Call::report { left, right, heads }.into();

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

		assert!(scene.docket().stage == Stage::Commitments);
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

	/// The last messages of the window, while as many others are shown as there are members.
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

	/// All members but one are convicted, and a sensor is at fault.
	#[benchmark]
	fn judge() -> Result<(), BenchmarkError> {
		let scene = Scene::<T>::new();
		scene.all_proven();

		#[extrinsic_call]
		_(RawOrigin::Authorized, scene.agreement(), WINDOW);

		assert!(!Disputes::<T>::contains_key(scene.agreement()));
		Ok(())
	}

	/// Everything is known before the deadline: whether others agree has to be looked at, too.
	#[benchmark]
	fn authorize_judge() -> Result<(), BenchmarkError> {
		let scene = Scene::<T>::new();
		scene.all_known();
		let (agreement, window) = (scene.agreement(), WINDOW);
		let call = Call::judge { agreement, window }.into();

		#[block]
		{
			authorize::<T>(&call)?;
		}

		Ok(())
	}

	/// The last user consents, when all members have shown something.
	#[benchmark]
	fn reconcile() -> Result<(), BenchmarkError> {
		let scene = Scene::<T>::new();
		scene.all_showing();
		let user = scene.all_but_one_consent();

		#[extrinsic_call]
		_(RawOrigin::Signed(user), scene.agreement(), WINDOW);

		assert!(!Disputes::<T>::contains_key(scene.agreement()));
		Ok(())
	}

	#[benchmark]
	fn accuse() -> Result<(), BenchmarkError> {
		let scene = Scene::<T>::new();
		let (left, right) = scene.contradictory_messages();
		let sensor = left.message.sensor;

		#[extrinsic_call]
		_(RawOrigin::Authorized, Box::new(left), Box::new(right));

		let keys = T::Directory::sensor_keys(sensor).ok_or("it is registered")?;
		assert!(!keys.is_live());
		Ok(())
	}

	#[benchmark]
	fn authorize_accuse() -> Result<(), BenchmarkError> {
		let scene = Scene::<T>::new();
		let (left, right) = scene.contradictory_messages();
		let (left, right) = (Box::new(left), Box::new(right));
		let call = Call::accuse { left, right }.into();

		#[block]
		{
			authorize::<T>(&call)?;
		}

		Ok(())
	}

	/// All members but one are convicted, and a sensor is at fault.
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

		assert!(!Disputes::<T>::contains_key(scene.agreement()));
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

	/// The members that have committed have to show the window from now on.
	#[benchmark]
	fn lack() -> Result<(), BenchmarkError> {
		let scene = Scene::<T>::new();
		let (said, signature) = scene.missing_messages();

		#[extrinsic_call]
		_(RawOrigin::Authorized, said, signature);

		assert!(scene.docket().stage == Stage::Messages);
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

	impl_benchmark_test_suite!(Pallet, mock::externalities(), mock::Test);
}
