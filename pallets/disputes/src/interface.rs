//! How an off-chain worker reports a conflict.

use alloc::boxed::Box;
use frame_system::offchain::{CreateAuthorizedTransaction, SubmitTransaction};
use syngraph_primitives::{Conflicts, SignedStatement};

use crate::{Call, Config, Pallet};

impl<T: Config + CreateAuthorizedTransaction<Call<T>>> Conflicts for Pallet<T> {
	fn report(left: SignedStatement, right: SignedStatement) {
		let (left, right) = (Box::new(left), Box::new(right));
		let call = Call::<T>::report { left, right };
		let transaction = T::create_authorized_transaction(call.into());
		// The pool may say yes to what it later refuses, and no to what a peer reported first. The
		// worker looks at the chain's state and tries again while the window is not frozen.
		let _ = SubmitTransaction::<T, Call<T>>::submit_transaction(transaction);
	}
}
