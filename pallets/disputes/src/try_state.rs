//! What always holds of the pallet's storage.

use frame_support::ensure;
use sp_runtime::{
	traits::{Saturating, Zero},
	TryRuntimeError,
};
use syngraph_primitives::Agreements;
use syngraph_protocol::Stage;

use crate::{Cause, Config, DisputeOf, Disputes, Pallet, Trials};

/// How many times as long as members have to answer a dispute can last: commitments, messages, commitments
/// again, reveals, evidence.
const STAGES: u32 = 5;

impl<T: Config> Pallet<T> {
	/// Whether all that is stored makes sense.
	pub fn do_try_state() -> Result<(), TryRuntimeError> {
		for (agreement, dispute) in Disputes::<T>::iter() {
			ensure!(
				dispute.docket.agreement == agreement,
				"a dispute is stored in another's place"
			);
			Self::check_docket(&dispute)?;
			Self::check_cost(&dispute)?;
		}
		for (agreement, root, hearing) in Trials::<T>::iter() {
			let dispute = Disputes::<T>::get(agreement);
			let docket = dispute.ok_or("a trial without a dispute")?.docket;
			let mut places = 0..docket.roster.members.len();
			ensure!(
				places.any(|place| docket
					.commitment(place)
					.is_some_and(|said| said.root == root)),
				"a trial of a window to which nobody committed"
			);
			ensure!(
				hearing.complete == docket.shown.iter().any(|shown| shown.root == root),
				"the docket and a trial differ about whether a window was shown"
			);
		}
		Ok(())
	}

	fn check_docket(dispute: &DisputeOf<T>) -> Result<(), TryRuntimeError> {
		let docket = &dispute.docket;
		let terms = T::Agreements::terms(&docket.agreement).ok_or("a dispute without terms")?;
		let longest = terms.limits.answer.saturating_mul(STAGES.into());
		ensure!(
			docket.opened <= Self::now()
				&& docket.opened <= docket.deadline
				&& docket.deadline <= docket.opened.saturating_add(longest),
			"a dispute's blocks are not in order"
		);
		ensure!(
			docket.testimonies.len() == docket.roster.members.len(),
			"a dispute's docket does not fit its roster"
		);
		ensure!(
			(dispute.consents.count_ones() as usize) < terms.users.len(),
			"a dispute is open although all users consent to close it"
		);
		ensure!(
			matches!(dispute.cause, Cause::Silence { .. }) || docket.stage == Stage::Evidence,
			"a conflict is not contested"
		);
		Ok(())
	}

	fn check_cost(dispute: &DisputeOf<T>) -> Result<(), TryRuntimeError> {
		ensure!(
			dispute.spent <= T::Agreements::reserve(&dispute.docket.agreement),
			"a dispute has cost more than is reserved"
		);
		ensure!(
			dispute.shown_by.len() == dispute.docket.roster.members.len(),
			"a dispute's costs do not fit its roster"
		);
		let shown = dispute.shown_by.iter();
		let shown = shown.fold(T::Balance::zero(), |sum, part| sum.saturating_add(*part));
		ensure!(
			shown <= dispute.spent,
			"showing has cost more than the whole dispute"
		);
		Ok(())
	}
}
