//! The rounds that the chain keeps: a ring of the last ones, and a history of all, by which older ones are shown.

use alloc::vec::Vec;
use core::ops::Range;
use frame_support::traits::Get;
use frame_system::pallet_prelude::BlockNumberFor;
use sp_runtime::{traits::Saturating, DispatchError, DispatchResult, SaturatedConversion};
use syngraph_primitives::{AgreementId, SettledRound, MAX_RESULT_BYTES};
use syngraph_protocol::round_leaf;

use crate::{AgreementOf, Agreements, BalanceOf, Config, Finals, Pallet, Rounds, Terms, TermsOf};

impl<T: Config> Pallet<T> {
	/// Keeps a round, in the place of the oldest one if all places are taken. Returns its number among all rounds.
	pub(crate) fn keep_round(
		id: AgreementId,
		terms: &TermsOf<T>,
		agreement: &mut AgreementOf<T>,
		settled: SettledRound<BlockNumberFor<T>>,
	) -> u64 {
		let number = agreement.history.count();
		agreement.history.append(round_leaf(&id, &settled));
		Rounds::<T>::insert(id, slot(number, terms.rounds.kept), settled);
		number
	}

	/// The rounds that are kept, in the order in which they settled. It is for runtime APIs only.
	pub fn last_rounds(id: &AgreementId) -> Vec<SettledRound<BlockNumberFor<T>>> {
		let (Some(terms), Some(agreement)) = (Terms::<T>::get(id), Agreements::<T>::get(id)) else {
			return Vec::new();
		};
		let kept = Self::kept_numbers(&terms, &agreement);
		kept.filter_map(|number| Self::kept_round(id, &terms, number))
			.collect()
	}

	/// The round that has settled last.
	pub(crate) fn latest_round(
		id: &AgreementId,
		terms: &TermsOf<T>,
		agreement: &AgreementOf<T>,
	) -> Option<SettledRound<BlockNumberFor<T>>> {
		let number = agreement.history.count().checked_sub(1)?;
		Self::kept_round(id, terms, number)
	}

	/// The round with a number, if it is kept.
	pub(crate) fn kept_round(
		id: &AgreementId,
		terms: &TermsOf<T>,
		number: u64,
	) -> Option<SettledRound<BlockNumberFor<T>>> {
		Rounds::<T>::get(id, slot(number, terms.rounds.kept))
	}

	/// The numbers of the rounds that are kept.
	pub(crate) fn kept_numbers(terms: &TermsOf<T>, agreement: &AgreementOf<T>) -> Range<u64> {
		let count = agreement.history.count();
		count.saturating_sub(Self::kept(terms, agreement).into())..count
	}

	/// How many rounds are kept.
	pub(crate) fn kept(terms: &TermsOf<T>, agreement: &AgreementOf<T>) -> u32 {
		let count = agreement.history.count();
		count.min(terms.rounds.kept.into()).saturated_into()
	}

	/// The deposit, of all users together, for the rounds that are kept at a time, if each is as large as it can be.
	pub(crate) fn rounds_deposit(terms: &TermsOf<T>) -> BalanceOf<T> {
		let bytes = MAX_RESULT_BYTES.saturating_mul(terms.rounds.most);
		let results = T::ByteDeposit::get().saturating_mul(bytes.into());
		let each = T::RoundDeposit::get().saturating_add(results);
		each.saturating_mul(terms.rounds.kept.into())
	}

	/// Holds the deposit for all rounds that are kept at a time, out of the escrows.
	pub(crate) fn deposit_rounds(
		terms: &TermsOf<T>,
		agreement: &mut AgreementOf<T>,
	) -> DispatchResult {
		Self::deposit_storage(terms, agreement, agreement.prices.storage_share)
	}

	/// Forgets the rounds that are kept, and gives the deposit for them back to the users.
	pub(crate) fn forget_rounds(
		id: AgreementId,
		terms: &TermsOf<T>,
		agreement: &AgreementOf<T>,
	) -> DispatchResult {
		for slot in 0..Self::kept(terms, agreement) {
			Rounds::<T>::remove(id, slot);
		}
		match agreement.came_into_force() {
			true => Self::release_storage(terms, agreement.prices.storage_share),
			false => Ok(()),
		}
	}

	/// Keeps the root of the history for good, if any round has settled, at the cost of the proposer's deposit. What is
	/// left of that is returned.
	pub(crate) fn keep_root(
		id: AgreementId,
		agreement: &AgreementOf<T>,
	) -> Result<BalanceOf<T>, DispatchError> {
		let (root, rounds) = (agreement.history.root(), agreement.history.count());
		if rounds == 0 {
			return Ok(agreement.deposit);
		}
		let price = T::FinalDeposit::get().min(agreement.deposit);
		Self::charge_deposit(&agreement.proposer, price)?;
		Finals::<T>::insert(id, (root, rounds));
		Ok(agreement.deposit.saturating_sub(price))
	}
}

/// Where the round with this number is kept, of which so many are.
fn slot(number: u64, kept: u32) -> u32 {
	let slot = number.checked_rem(kept.into()).unwrap_or(0);
	slot.saturated_into()
}
