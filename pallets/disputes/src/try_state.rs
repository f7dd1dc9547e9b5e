//! What always holds of the pallet's storage.

use frame_support::ensure;
use sp_runtime::{traits::Saturating, TryRuntimeError};
use syngraph_primitives::Agreements;
use syngraph_protocol::Stage;

use crate::{Cause, Complaints, Config, DisputeOf, Disputes, Pallet, Trials};

impl<T: Config> Pallet<T> {
	/// Whether all that is stored makes sense.
	pub fn do_try_state() -> Result<(), TryRuntimeError> {
		for (agreement, window, dispute) in Disputes::<T>::iter() {
			let docket = &dispute.docket;
			ensure!(
				(docket.agreement, docket.window) == (agreement, window),
				"a dispute is stored in another's place"
			);
			Self::check_dispute(&dispute)?;
		}
		for ((agreement, window), place, hearing) in Trials::<T>::iter() {
			let dispute = Disputes::<T>::get(agreement, window);
			let docket = dispute.ok_or("a trial without a dispute")?.docket;
			let commitment = docket.commitment(place.into());
			let root = commitment.ok_or("a trial without a commitment")?.root;
			let known = docket.shown.iter().any(|shown| shown.root == root);
			ensure!(
				known || !hearing.complete,
				"a window that was shown is not on the docket"
			);
		}
		for (agreement, window) in Complaints::<T>::iter() {
			let dispute = Disputes::<T>::get(agreement, window);
			ensure!(
				dispute.is_some_and(|dispute| is_complaint::<T>(&dispute)),
				"a complaint without a dispute"
			);
		}
		Ok(())
	}

	fn check_dispute(dispute: &DisputeOf<T>) -> Result<(), TryRuntimeError> {
		let docket = &dispute.docket;
		let terms = T::Agreements::terms(&docket.agreement).ok_or("a dispute without terms")?;
		let longest = terms.limits.answer.saturating_mul(3u32.into());
		ensure!(
			docket.opened <= Self::now()
				&& docket.opened <= docket.deadline
				&& docket.deadline <= docket.opened.saturating_add(longest),
			"a dispute's blocks are not in order"
		);
		ensure!(
			docket.testimonies.len() == docket.roster.members.len()
				&& docket.shown.len() <= docket.roster.members.len(),
			"a dispute's docket does not fit its roster"
		);
		ensure!(
			(dispute.consents.count_ones() as usize) < terms.users.len(),
			"a dispute is open although all users consent to close it"
		);
		let complaint = is_complaint::<T>(dispute);
		let first = Complaints::<T>::get(docket.agreement) == Some(docket.window);
		ensure!(
			complaint == first,
			"an agreement has two complaints, or a conflict is taken for one"
		);
		ensure!(
			complaint || docket.stage == Stage::Evidence,
			"a conflict is not contested"
		);
		Ok(())
	}
}

fn is_complaint<T: Config>(dispute: &DisputeOf<T>) -> bool {
	matches!(dispute.cause, Cause::Silence { .. })
}
