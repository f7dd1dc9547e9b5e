//! What users may ask about an agreement, by runtime APIs.

use sp_runtime::SaturatedConversion;
use syngraph_primitives::{
	api::{Accounts, WindowOutcome},
	AgreementId, SettledRound, WindowIndex,
};

use crate::{Agreements, BalanceOf, Config, Pallet, Terms};

impl<T: Config> Pallet<T> {
	/// What the users of an agreement have in escrow, owe and have paid.
	pub fn accounts(id: &AgreementId) -> Option<Accounts<BalanceOf<T>>> {
		let (terms, agreement) = (Terms::<T>::get(id)?, Agreements::<T>::get(id)?);
		Some(Accounts {
			owed: Self::owed(&terms, &agreement),
			windows: agreement.accrued.windows,
			paid_at: agreement.paid_at.saturated_into(),
			rounds: agreement.history.count(),
			base: agreement.progress.base,
			root: agreement.history.root(),
			escrows: agreement.funds.into_inner(),
			paid: agreement.paid.into_inner(),
		})
	}

	/// What a window came to, if its round is one of those that are kept.
	pub fn outcome(id: &AgreementId, window: WindowIndex) -> Option<WindowOutcome> {
		let (terms, agreement) = (Terms::<T>::get(id)?, Agreements::<T>::get(id)?);
		let mut latest_first = Self::kept_numbers(&terms, &agreement).rev();
		latest_first.find_map(|number| {
			let round = Self::kept_round(id, &terms, number)?;
			let result = round.outcomes.at(round.place(window)?)?;
			Some(WindowOutcome {
				result,
				number,
				round: SettledRound {
					first: round.first,
					outcomes: round.outcomes,
					data_root: round.data_root,
					signed: round.signed,
					proof: round.proof,
					at: round.at.saturated_into(),
				},
			})
		})
	}
}
