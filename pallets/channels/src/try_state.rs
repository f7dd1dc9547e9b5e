//! What must be true of the storage after every call.

use frame_support::{ensure, traits::fungible::Inspect};
use sp_runtime::{
	traits::{Saturating, Zero},
	TryRuntimeError,
};

use crate::{BalanceOf, Channels, Config, Pallet};

impl<T: Config> Pallet<T> {
	/// Checks the storage's invariants:
	///
	/// - there is no more in channels than there is money;
	/// - no channel has paid more than was put in;
	/// - somebody can sign receipts of every channel.
	///
	/// That accounts and channels together own all the money there is, only the runtime can see.
	pub fn do_try_state() -> Result<(), TryRuntimeError> {
		let mut held = BalanceOf::<T>::zero();
		for channel in Channels::<T>::iter_values() {
			ensure!(channel.paid <= channel.funds, "more paid than put in");
			let changed = channel.change.as_ref();
			let sound = channel.payer.is_sound() && changed.is_none_or(|to| to.payer.is_sound());
			ensure!(sound, "nobody can sign");
			held.saturating_accrue(channel.held());
		}
		let issued = <T::Currency as Inspect<_>>::total_issuance();
		ensure!(held <= issued, "more in channels than there is");
		Ok(())
	}
}
