//! What always holds of the pallet's storage.

use frame_support::ensure;
use sp_runtime::TryRuntimeError;
use syngraph_protocol::Conflict;

use crate::{Config, Dispute, Disputes, Pallet};

impl<T: Config> Pallet<T> {
	/// Whether all stored disputes make sense.
	pub fn do_try_state() -> Result<(), TryRuntimeError> {
		let now = frame_system::Pallet::<T>::block_number();
		for dispute in Disputes::<T>::iter_values() {
			ensure!(dispute.opened <= now, "a dispute was opened in the future");
			ensure!(
				dispute.opened <= dispute.deadline,
				"a dispute's deadline lies before its beginning"
			);
			ensure!(
				dispute.left.hash != dispute.right.hash,
				"a dispute's two statements are one"
			);
			ensure!(
				authors_fit(&dispute),
				"a dispute's conflict does not fit its authors"
			);
		}
		Ok(())
	}
}

/// Whether the conflict is between as many authors as there are.
fn authors_fit<BlockNumber>(dispute: &Dispute<BlockNumber>) -> bool {
	let (left, right) = (dispute.left.author, dispute.right.author);
	match dispute.conflict {
		Conflict::Equivocation { author } | Conflict::FalseReveal { author } => {
			left == author && right == author
		},
		Conflict::InputMismatch | Conflict::ResultMismatch | Conflict::CommitmentMismatch => {
			left != right
		},
	}
}
