//! What is always true of the pallet's storage.

use alloc::collections::BTreeMap;
use frame_support::{ensure, traits::fungible::InspectHold};
use sp_runtime::{traits::Saturating, TryRuntimeError};
use syngraph_primitives::{AgreementId, IntermediaryId};

use crate::{
	escrow::equal_share, AgreementOf, Agreements, AgreementsOf, AgreementsOfSensor, BalanceOf,
	Config, HoldReason, Pallet, Phase, Results, Terms, TermsOf,
};

/// What an account should have on hold.
struct Holds<Balance> {
	proposal: Balance,
	escrow: Balance,
	storage: Balance,
}

type HoldsByAccount<T> = BTreeMap<<T as frame_system::Config>::AccountId, Holds<BalanceOf<T>>>;

impl<T: Config> Pallet<T> {
	/// Whether the storage is as it should be: every agreement has its terms and is found by what it
	/// involves exactly while it needs it, every place of its roster is filled by the user it belongs to,
	/// results are counted and belong to decided windows, and every account has on hold just what its
	/// agreements account for.
	pub fn do_try_state() -> Result<(), TryRuntimeError> {
		let mut holds = HoldsByAccount::<T>::new();
		let (mut needed_intermediaries, mut needed_sensors) = (0usize, 0usize);
		for (id, agreement) in Agreements::<T>::iter() {
			let terms = Terms::<T>::get(id).ok_or("an agreement without terms")?;
			ensure!(terms.id(&Self::genesis()) == id, "terms under another id");
			Self::check_funds(&terms, &agreement)?;
			Self::check_results(id, &agreement)?;
			if agreement.is_bound() {
				Self::check_indexed(id, &terms)?;
				Self::check_roster(&terms, &agreement)?;
				let intermediaries = terms.intermediaries().chain(terms.spares());
				needed_intermediaries.saturating_accrue(intermediaries.count());
				needed_sensors.saturating_accrue(terms.sensors.len());
			}
			Self::add_holds(&mut holds, &terms, &agreement);
		}
		let terms = Terms::<T>::iter_keys().count();
		ensure!(
			terms == Agreements::<T>::iter_keys().count(),
			"terms without an agreement"
		);
		ensure!(
			AgreementsOf::<T>::iter_keys().count() == needed_intermediaries
				&& AgreementsOfSensor::<T>::iter_keys().count() == needed_sensors,
			"an agreement that needs nothing is indexed"
		);
		ensure!(
			Results::<T>::iter_keys().all(|(id, _)| Agreements::<T>::contains_key(id)),
			"a result without an agreement"
		);
		Self::check_holds(&holds)
	}

	/// Users have in escrow what they signed for, and nothing once the agreement has ended. Something is
	/// reserved only for open disputes.
	fn check_funds(terms: &TermsOf<T>, agreement: &AgreementOf<T>) -> Result<(), TryRuntimeError> {
		ensure!(
			agreement.funds.len() == terms.users.len(),
			"not one escrow for each user"
		);
		let nothing = BalanceOf::<T>::from(0u32);
		ensure!(
			agreement.disputes > 0 || agreement.reserved == nothing,
			"something is reserved for no dispute"
		);
		for (index, (party, funds)) in terms.users.iter().zip(&agreement.funds).enumerate() {
			let expected = match &agreement.phase {
				Phase::Proposed { signed } if signed.contains(index) => party.escrow,
				Phase::Active { .. } => continue,
				_ => nothing,
			};
			ensure!(
				*funds == expected,
				"an escrow that the phase does not allow"
			);
		}
		Ok(())
	}

	/// Results are counted, and no window of a result can be settled again.
	fn check_results(id: AgreementId, agreement: &AgreementOf<T>) -> Result<(), TryRuntimeError> {
		let mut count = 0u32;
		for window in Results::<T>::iter_key_prefix(id) {
			ensure!(
				agreement.progress.is_decided(window),
				"a result of a window that is not decided"
			);
			count.saturating_inc();
		}
		ensure!(count == agreement.results, "results are miscounted");
		Ok(())
	}

	/// Every place of the roster is filled by an intermediary or a used spare of the user it belongs to.
	fn check_roster(terms: &TermsOf<T>, agreement: &AgreementOf<T>) -> Result<(), TryRuntimeError> {
		let members = &agreement.roster.members;
		ensure!(
			members.len() == terms.intermediaries().count(),
			"a roster without a member in every place"
		);
		let belongs = |(place, member): (usize, &IntermediaryId)| {
			let user = terms.user_of_place(place)?;
			let (party, used) = (terms.users.get(user)?, agreement.spares_used.get(user)?);
			let mut spares = party.spares.iter().take((*used).into());
			Some(party.intermediaries.contains(member) || spares.any(|spare| spare == member))
		};
		ensure!(
			members
				.iter()
				.enumerate()
				.all(|entry| belongs(entry) == Some(true)),
			"a member in another user's place"
		);
		Ok(())
	}

	/// An agreement that needs its intermediaries, spares and sensors is found by them.
	fn check_indexed(id: AgreementId, terms: &TermsOf<T>) -> Result<(), TryRuntimeError> {
		let by_intermediary = terms
			.intermediaries()
			.chain(terms.spares())
			.all(|intermediary| AgreementsOf::<T>::contains_key(intermediary, id));
		let by_sensor = terms
			.sensors
			.iter()
			.all(|source| AgreementsOfSensor::<T>::get(source.sensor, id) == Some(source.start));
		ensure!(by_intermediary && by_sensor, "an agreement is not indexed");
		Ok(())
	}

	fn add_holds(holds: &mut HoldsByAccount<T>, terms: &TermsOf<T>, agreement: &AgreementOf<T>) {
		let shares = [
			(agreement.storage_share, agreement.results),
			(agreement.dispute_share, agreement.disputes),
		];
		let stored = shares
			.iter()
			.map(|(share, count)| share.saturating_mul((*count).into()))
			.fold(BalanceOf::<T>::from(0u32), Saturating::saturating_add);
		for (index, (party, funds)) in terms.users.iter().zip(&agreement.funds).enumerate() {
			let reserved = equal_share(agreement.reserved, terms.users.len(), index);
			let user = holds.entry(party.user.clone()).or_default();
			user.escrow.saturating_accrue(*funds);
			user.escrow.saturating_accrue(reserved);
			user.storage.saturating_accrue(stored);
		}
		let proposer = holds.entry(agreement.proposer.clone()).or_default();
		proposer.proposal.saturating_accrue(agreement.deposit);
	}

	/// Every account has on hold what its agreements account for, and no other account has anything.
	fn check_holds(holds: &HoldsByAccount<T>) -> Result<(), TryRuntimeError> {
		let nothing = Holds::default();
		for account in frame_system::Account::<T>::iter_keys() {
			let expected = holds.get(&account).unwrap_or(&nothing);
			let on_hold =
				|reason: HoldReason| T::Currency::balance_on_hold(&reason.into(), &account);
			ensure!(
				on_hold(HoldReason::Proposal) == expected.proposal
					&& on_hold(HoldReason::Escrow) == expected.escrow
					&& on_hold(HoldReason::Storage) == expected.storage,
				"a hold that agreements do not account for"
			);
		}
		Ok(())
	}
}

impl<Balance: From<u32>> Default for Holds<Balance> {
	fn default() -> Self {
		Self {
			proposal: 0u32.into(),
			escrow: 0u32.into(),
			storage: 0u32.into(),
		}
	}
}
