//! What always holds of the pallet's storage.

use frame_support::ensure;
use frame_system::pallet_prelude::BlockNumberFor;
use sp_runtime::{traits::Saturating, TryRuntimeError};
use syngraph_primitives::{longest_stage, Agreements};
use syngraph_protocol::{Docket, Stage};

use crate::{Config, DisputeOf, Disputes, Halted, Hearing, Pallet, Trials};

/// How many stages a dispute of so many members can have: two of commitments, messages and other commitments for all
/// members but one, reveals, three for two that differ.
pub(crate) fn stages(members: u32) -> u32 {
	let lacks = members.saturating_sub(1);
	lacks.saturating_mul(2).saturating_add(6)
}

impl<T: Config> Pallet<T> {
	/// Whether all that is stored makes sense.
	pub fn do_try_state() -> Result<(), TryRuntimeError> {
		for (agreement, dispute) in Disputes::<T>::iter() {
			ensure!(
				dispute.docket.agreement == agreement,
				"a dispute is stored in another's place"
			);
			Self::check_dispute(&dispute)?;
			Self::check_times(&dispute)?;
			Self::check_file(&dispute.docket)?;
			Self::check_stage(&dispute.docket)?;
			let trials = Trials::<T>::iter_prefix(agreement).count();
			ensure!(
				trials <= dispute.docket.roster.members.len(),
				"more windows are shown than members can have committed to"
			);
		}
		for (agreement, root, hearing) in Trials::<T>::iter() {
			let dispute = Disputes::<T>::get(agreement);
			let docket = dispute.ok_or("a trial without a dispute")?.docket;
			Self::check_trial(&docket, root, &hearing)?;
		}
		Ok(())
	}

	fn check_dispute(dispute: &DisputeOf<T>) -> Result<(), TryRuntimeError> {
		let docket = &dispute.docket;
		let terms = T::Agreements::terms(&docket.agreement).ok_or("a dispute without terms")?;
		ensure!(
			(dispute.consents.count_ones() as usize) < terms.users.len(),
			"a dispute is open although all users consent to close it"
		);
		ensure!(
			dispute.spent <= T::Agreements::reserve(&docket.agreement),
			"a dispute has cost more than is reserved"
		);
		ensure!(
			dispute.exposed.is_none() || docket.sensor.is_some(),
			"a sensor is exposed of which the docket knows nothing"
		);
		Ok(())
	}

	fn check_times(dispute: &DisputeOf<T>) -> Result<(), TryRuntimeError> {
		let docket = &dispute.docket;
		let terms = T::Agreements::terms(&docket.agreement).ok_or("a dispute without terms")?;
		let members = docket.roster.members.len() as u32;
		let stage = longest_stage(terms.limits.answer);
		let longest = stage.saturating_mul(stages(members).into());
		ensure!(
			docket.opened <= Self::now()
				&& docket.opened <= docket.deadline
				&& docket.deadline <= docket.latest
				&& docket.latest <= docket.opened.saturating_add(longest),
			"a dispute's blocks are not in order"
		);
		ensure!(
			dispute.halted <= docket.halted && docket.halted <= Halted::<T>::get(),
			"a dispute has counted more blocks without room than there were"
		);
		Ok(())
	}

	/// What is on file is about the attempt, and its author's.
	fn check_file(docket: &Docket<BlockNumberFor<T>>) -> Result<(), TryRuntimeError> {
		let members = docket.roster.members.len();
		ensure!(
			docket.testimonies.len() == members && usize::from(docket.leader) < members,
			"a dispute's docket does not fit its roster"
		);
		let first = docket.attempt == 0;
		ensure!(
			first == docket.end.is_none() && first == docket.before.is_none(),
			"the first attempt, and no other, is one in which all choose their ranges"
		);
		for (place, testimony) in docket.testimonies.iter().enumerate() {
			ensure!(
				!first || testimony.first.is_none(),
				"what was said in the first attempt is kept before another begins"
			);
			let Some(said) = &testimony.said else {
				continue;
			};
			ensure!(
				docket.check(said, docket.opened) == Ok(place),
				"something is on file that is of elsewhere"
			);
			let pledged = testimony.pledge.is_some_and(|it| it.end >= said.span().end);
			ensure!(pledged, "a member pledged less than it committed to");
		}
		let mut all = docket.testimonies.iter();
		ensure!(
			all.any(|testimony| testimony.pledge.is_some() || testimony.fault.is_some()),
			"a dispute was opened by nothing"
		);
		Ok(())
	}

	/// What the docket waits for follows from what is on file.
	fn check_stage(docket: &Docket<BlockNumberFor<T>>) -> Result<(), TryRuntimeError> {
		let differ = matches!(docket.stage, Stage::Opening { .. } | Stage::Evidence { .. });
		ensure!(
			docket.sides.is_some() == differ,
			"two sides are opened, or shown, if and only if they differ"
		);
		let asks = matches!(docket.stage, Stage::Messages { .. });
		let lacked = docket.lackers().next().is_some() && docket.asked().next().is_some();
		ensure!(!asks || lacked, "nobody asked for messages, or was asked");
		let all = matches!(docket.stage, Stage::Reveals | Stage::Settlement);
		let mut places = 0..docket.roster.members.len();
		ensure!(
			!all || places.all(|place| docket.commitment(place).is_some()),
			"reveals come before commitments"
		);
		Ok(())
	}

	fn check_trial(
		docket: &Docket<BlockNumberFor<T>>,
		root: sp_core::H256,
		hearing: &Hearing,
	) -> Result<(), TryRuntimeError> {
		ensure!(
			docket.window().is_some(),
			"a trial of a window that is not in question"
		);
		let mut all = docket.testimonies.iter();
		ensure!(
			all.any(|testimony| testimony.shows == Some(root)),
			"a trial that nobody has begun"
		);
		ensure!(
			hearing.complete == docket.shown.iter().any(|shown| shown.root == root),
			"the docket and a trial differ about whether a window was shown"
		);
		Ok(())
	}
}
