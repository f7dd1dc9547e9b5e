//! How money gets into channels and out of them.
//!
//! What is in a channel is on no account: the channel's record says how much it is ([`Channel::held`]).
//! It goes on counting towards the total issuance, which is therefore what is on all accounts and in all
//! channels together. So opening and closing touch nothing but the record and the accounts, and whatever
//! befalls these, such as locks, nobody reaches the money in a channel but by this pallet.
//!
//! Withdrawing leaves a credit, and depositing a debt. They are not settled: the record stands for them.
//!
//! [`Channel::held`]: crate::Channel::held

use frame_support::{
	ensure,
	traits::{
		fungible::Balanced,
		tokens::{
			Fortitude::{Force, Polite},
			Precision::Exact,
			Preservation::{Expendable, Preserve},
		},
		Currency, Imbalance, NoDrop, OnUnbalanced, SuppressedDrop,
	},
};
use sp_runtime::{traits::Zero, DispatchResult, TokenError};

use crate::{BalanceOf, Config, Pallet};

impl<T: Config> Pallet<T> {
	/// Takes an amount from an account, for a channel. The account stays in being.
	pub(crate) fn take(from: &T::AccountId, amount: BalanceOf<T>) -> DispatchResult {
		if amount.is_zero() {
			return Ok(());
		}
		let credit = <T::Currency as Balanced<_>>::withdraw(from, amount, Exact, Preserve, Polite)?;
		let _ = NoDrop::new(credit);
		Ok(())
	}

	/// Gives an account an amount that has been in a channel. Fails if that is too little for an account to
	/// come into being.
	pub(crate) fn give(to: &T::AccountId, amount: BalanceOf<T>) -> DispatchResult {
		// The older of the two interfaces to currencies reads an account half as often.
		let debt = T::Currency::deposit_creating(to, amount);
		ensure!(debt.peek() == amount, TokenError::CannotCreate);
		let _ = NoDrop::new(debt);
		Ok(())
	}

	/// Charges an account a fee out of what it was just given, whatever locks it has.
	pub(crate) fn charge(who: &T::AccountId, fee: BalanceOf<T>) -> DispatchResult {
		let credit = <T::Currency as Balanced<_>>::withdraw(who, fee, Exact, Expendable, Force)?;
		T::Fees::on_unbalanced(credit);
		Ok(())
	}
}
