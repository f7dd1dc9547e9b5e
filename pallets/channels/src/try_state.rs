//! What must be true of the storage after every call.

use alloc::collections::BTreeMap;
use frame_support::{ensure, traits::fungible::InspectHold};
use sp_runtime::{traits::Saturating, TryRuntimeError};

use crate::{BalanceOf, Channels, Config, HoldReason, Pallet};

impl<T: Config> Pallet<T> {
	/// Checks the storage's invariants:
	///
	/// - what is held from an account is what is left in its channels, and their deposits;
	/// - no channel has paid more than was put in;
	/// - somebody can sign receipts of every channel.
	pub fn do_try_state() -> Result<(), TryRuntimeError> {
		let mut due = BTreeMap::<T::AccountId, BalanceOf<T>>::new();
		for channel in Channels::<T>::iter_values() {
			ensure!(channel.paid <= channel.funds, "more paid than put in");
			let changed = channel.change.as_ref();
			let sound = channel.payer.is_sound() && changed.is_none_or(|to| to.payer.is_sound());
			ensure!(sound, "nobody can sign");
			let held = channel.held();
			due.entry(channel.depositor)
				.or_default()
				.saturating_accrue(held);
		}
		let reason = HoldReason::Channel.into();
		for (depositor, amount) in due {
			let held = T::Currency::balance_on_hold(&reason, &depositor);
			ensure!(held == amount, "not held what is in channels");
		}
		Ok(())
	}
}
