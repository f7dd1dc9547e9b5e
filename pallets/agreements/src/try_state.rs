//! What is always true of the pallet's storage.

use alloc::{collections::BTreeMap, vec::Vec};
use frame_support::{ensure, traits::fungible::InspectHold};
use sp_runtime::{traits::Saturating, TryRuntimeError};
use syngraph_primitives::{AgreementId, Directory};
use syngraph_protocol::grounds;

use crate::{
	roster::bound, AgreementOf, Agreements, AgreementsOf, AgreementsOfSensor, BalanceOf, Config,
	HoldReason, Pallet, Phase, Results, Terms, TermsOf,
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
				Self::check_indexed(id, &terms, &agreement)?;
				Self::check_roster(&terms, &agreement)?;
				Self::check_grounds(&agreement)?;
				Self::check_passed(&agreement)?;
				needed_intermediaries.saturating_accrue(bound::<T>(&terms, &agreement).len());
				needed_sensors.saturating_accrue(agreement.feeds.len());
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

	/// Users have in escrow what they signed for, and nothing once the agreement has ended. An agreement in
	/// force can afford its next settlement and, unless one is open, its next dispute.
	fn check_funds(terms: &TermsOf<T>, agreement: &AgreementOf<T>) -> Result<(), TryRuntimeError> {
		ensure!(
			agreement.funds.len() == terms.users.len(),
			"not one escrow for each user"
		);
		if let Phase::Active { .. } = agreement.phase {
			let exhausted = Self::is_exhausted(terms, agreement);
			ensure!(!exhausted, "an agreement in force that is exhausted");
		}
		let nothing = BalanceOf::<T>::from(0u32);
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

	/// What the sensors of an agreement declared is what they did when it came into force: what was signed of its
	/// windows says so.
	fn check_grounds(agreement: &AgreementOf<T>) -> Result<(), TryRuntimeError> {
		let schemas = Self::schemas_of(agreement.feeds.iter().map(|feed| feed.sensor));
		let schemas = schemas.map_err(|_| "a sensor that is not registered")?;
		ensure!(
			agreement.grounds == grounds(agreement.times, &schemas),
			"a sensor declares something else"
		);
		Ok(())
	}

	/// Only a roster that was replaced has passed windows over as a former one.
	fn check_passed(agreement: &AgreementOf<T>) -> Result<(), TryRuntimeError> {
		let former = agreement.former.as_ref().map(|former| former.number);
		ensure!(
			agreement.passed <= former && former < Some(agreement.roster.number),
			"a roster that is none of the former ones has passed windows over"
		);
		Ok(())
	}

	/// Every user has a member, and every member is bound, in the order of the users.
	fn check_roster(terms: &TermsOf<T>, agreement: &AgreementOf<T>) -> Result<(), TryRuntimeError> {
		let members = &agreement.roster.members;
		let bound = bound::<T>(terms, agreement);
		ensure!(
			members.iter().all(|member| bound.contains(member)),
			"a member that is not bound"
		);
		let users: Option<Vec<usize>> = members
			.iter()
			.map(|member| terms.named_by(*member))
			.collect();
		let users = users.ok_or("a member that nobody named")?;
		ensure!(
			(0..terms.users.len()).all(|user| users.contains(&user)),
			"a user without a member"
		);
		ensure!(users.is_sorted(), "members are not in the users' order");
		Ok(())
	}

	/// An agreement that needs its intermediaries, spares and sensors is found by them, and those
	/// intermediaries are liable for no more than its penalty.
	fn check_indexed(
		id: AgreementId,
		terms: &TermsOf<T>,
		agreement: &AgreementOf<T>,
	) -> Result<(), TryRuntimeError> {
		let bound = bound::<T>(terms, agreement);
		let by_intermediary = bound
			.iter()
			.all(|intermediary| AgreementsOf::<T>::contains_key(intermediary, id));
		let by_sensor = agreement
			.feeds
			.iter()
			.all(|feed| AgreementsOfSensor::<T>::get(feed.sensor, id) == Some(feed.start));
		ensure!(by_intermediary && by_sensor, "an agreement is not indexed");
		let mut bound = bound.into_iter();
		ensure!(
			bound.all(|member| T::Directory::liability(&id, member) <= terms.penalty),
			"somebody is liable for more than the penalty"
		);
		Ok(())
	}

	fn add_holds(holds: &mut HoldsByAccount<T>, terms: &TermsOf<T>, agreement: &AgreementOf<T>) {
		let prices = &agreement.prices;
		let results = prices
			.storage_share
			.saturating_mul(agreement.results.into());
		let open = agreement.dispute.map(|_| prices);
		let deposit = open.map_or_else(Default::default, |prices| prices.dispute_share);
		let reserved = open.map_or_else(Default::default, |prices| prices.dispute);
		for (party, funds) in terms.users.iter().zip(&agreement.funds) {
			let user = holds.entry(party.user.clone()).or_default();
			user.escrow.saturating_accrue(*funds);
			user.escrow.saturating_accrue(reserved);
			user.storage.saturating_accrue(results);
			user.storage.saturating_accrue(deposit);
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
