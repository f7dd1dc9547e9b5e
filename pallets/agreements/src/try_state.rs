//! What is always true of the pallet's storage.

use alloc::{collections::BTreeMap, vec::Vec};
use frame_support::{ensure, traits::fungible::InspectHold};
use sp_runtime::{traits::Saturating, TryRuntimeError};
use syngraph_primitives::{AgreementId, Directory, OnFailure, Step, WindowIndex};
use syngraph_protocol::grounds;

use crate::{
	roster::bound, AgreementOf, Agreements, AgreementsOf, AgreementsOfSensor, BalanceOf, Config,
	Finals, HoldReason, JointKeys, Pallet, Phase, Rounds, Terms, TermsOf,
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
	/// as many rounds are kept as there must be, and make up the last windows that are decided, and every account has
	/// on hold just what its agreements account for.
	pub fn do_try_state() -> Result<(), TryRuntimeError> {
		let mut holds = HoldsByAccount::<T>::new();
		let (mut needed_intermediaries, mut needed_sensors) = (0usize, 0usize);
		for (id, agreement) in Agreements::<T>::iter() {
			let terms = Terms::<T>::get(id).ok_or("an agreement without terms")?;
			ensure!(terms.id(&Self::genesis()) == id, "terms under another id");
			Self::check_funds(&terms, &agreement)?;
			Self::check_accrued(&terms, &agreement)?;
			Self::check_rounds(id, &terms, &agreement)?;
			if agreement.is_bound() {
				Self::check_indexed(id, &terms, &agreement)?;
				Self::check_roster(&terms, &agreement)?;
				Self::check_grounds(&agreement)?;
				needed_intermediaries.saturating_accrue(bound::<T>(&terms, &agreement).len());
				needed_sensors.saturating_accrue(agreement.feeds.len());
			}
			Self::add_holds(&mut holds, &terms, &agreement);
		}
		JointKeys::<T>::iter_keys().try_for_each(Self::check_joint_key)?;
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
			Rounds::<T>::iter_keys().all(|(id, _)| Agreements::<T>::contains_key(id)),
			"a round without an agreement"
		);
		ensure!(
			Finals::<T>::iter_keys().all(|id| !Agreements::<T>::contains_key(id)),
			"a final root of an agreement that is not forgotten"
		);
		Self::check_holds(&holds)
	}

	/// Users have in escrow what they signed for, and nothing once the agreement has ended. An agreement in
	/// force can afford its next window and, unless one is open, its next dispute.
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

	/// What has accrued fits the terms and what has settled; nothing is left of it but in an agreement in force,
	/// whose escrows [`Self::check_funds`] finds to cover it.
	fn check_accrued(
		terms: &TermsOf<T>,
		agreement: &AgreementOf<T>,
	) -> Result<(), TryRuntimeError> {
		ensure!(
			agreement.accrued.steps.len() == terms.reaction.len()
				&& agreement.paid.len() == terms.users.len(),
			"not one sum for each step and user"
		);
		let windows = BalanceOf::<T>::from(agreement.accrued.windows);
		let most = |step: &Step<BalanceOf<T>>| match step {
			Step::Transfer { amount, .. } => amount.most().saturating_mul(windows),
			_ => 0u32.into(),
		};
		let mut steps = agreement.accrued.steps.iter().zip(&terms.reaction);
		let rounds = agreement.history.count();
		let results = rounds.saturating_mul(terms.rounds.most.into());
		ensure!(
			u64::from(agreement.accrued.windows) <= results.min(agreement.progress.base)
				&& steps.all(|(sum, step)| *sum <= most(step)),
			"more is owed than can have accrued"
		);
		let active = matches!(agreement.phase, Phase::Active { .. });
		ensure!(
			active || agreement.accrued.is_nothing(),
			"something is owed in an agreement that is not in force"
		);
		Ok(())
	}

	/// As many rounds are kept as the terms say, in the places that are theirs, each as the terms allow, and with a
	/// proof unless the chain rules; and they follow one another up to the lowest window that is not decided.
	fn check_rounds(
		id: AgreementId,
		terms: &TermsOf<T>,
		agreement: &AgreementOf<T>,
	) -> Result<(), TryRuntimeError> {
		let count = Rounds::<T>::iter_key_prefix(id).count();
		let kept = Self::kept(terms, agreement);
		ensure!(count == kept as usize, "rounds are miscounted");
		let mut end: Option<WindowIndex> = None;
		for number in Self::kept_numbers(terms, agreement) {
			let settled = Self::kept_round(&id, terms, number);
			let settled = settled.ok_or("a round in a place that is not its own")?;
			let follows = end.is_none_or(|end| end == settled.first);
			ensure!(follows, "a round that does not follow the one before");
			let outcomes = &settled.outcomes;
			ensure!(
				outcomes.is_sound()
					&& (1..=settled.signed).contains(&outcomes.len())
					&& outcomes.results().count() <= terms.rounds.most as usize,
				"a round that nobody can have signed"
			);
			let ruled = terms.on_failure == OnFailure::Judge && settled.signed == 1;
			ensure!(
				ruled || !settled.proof.is_zero(),
				"a round that nobody has signed"
			);
			end = Some(settled.end());
		}
		let (progress, history) = (&agreement.progress, &agreement.history);
		ensure!(
			progress.base == end.unwrap_or_default() && progress.rounds == history.count(),
			"rounds do not make up what is decided"
		);
		ensure!(
			agreement.history.is_sound(),
			"a history with other peaks than it must have"
		);
		Ok(())
	}

	/// A joint key is one of an agreement in force, no member of which is about to sign with another key.
	fn check_joint_key(id: AgreementId) -> Result<(), TryRuntimeError> {
		let agreement = Agreements::<T>::get(id);
		let active = agreement.filter(|it| matches!(it.phase, Phase::Active { .. }));
		let active = active.ok_or("a joint key of an agreement that is not in force")?;
		let mut members = active.roster.members.iter();
		ensure!(
			members.all(|member| Self::keeps_key(*member)),
			"a joint key in which a key has a part that is about to be replaced"
		);
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
		let results = match agreement.came_into_force() {
			true => prices.storage_share,
			false => 0u32.into(),
		};
		let open = agreement.is_disputed().then_some(prices);
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
