//! Rulings: what the chain itself computed of a window in a dispute settles, where the terms say [`OnFailure::Judge`].
//!
//! It is a round of one window that nobody signed. Which windows may settle so is for disputes to tell. What it costs
//! is a part of what the dispute costs, and reserved with that; so no fee accrues. What follows from the outcome is
//! paid at once, since somebody leaves who has no part in it: the escrows of an agreement in force cover a window at
//! its highest price whether a dispute is open or not.

use alloc::vec::Vec;
use frame_support::weights::WeightToFee;
use sp_runtime::{traits::Zero, DispatchResult};
use syngraph_primitives::{AgreementId, IntermediaryId, OnFailure, Ruling};

use crate::{AgreementOf, BalanceOf, Config, Event, Pallet, TermsOf};

impl<T: Config> Pallet<T> {
	/// Whether a ruling settles by which these members are proven wrong: the terms say so, a round could settle when
	/// the dispute was opened, and now none could that others sign, be it that there is no spare for one of them.
	///
	/// If it were not for the block of the opening, whoever was wrong would only have to be late with its answers.
	pub(crate) fn can_rule(
		terms: &TermsOf<T>,
		agreement: &AgreementOf<T>,
		convicted: &[IntermediaryId],
	) -> bool {
		let now = Self::now();
		let opened = agreement.disputed.unwrap_or(now);
		let settles = |at| agreement.phase.check_settling(&terms.limits, at).is_ok();
		terms.on_failure == OnFailure::Judge
			&& settles(opened)
			&& (!settles(now) || Self::lacks_spare(terms, agreement, convicted))
	}

	/// What a ruling under these terms costs: a settlement that needs no signatures, and another payout. Nothing if
	/// they know none.
	pub(crate) fn price_of_ruling(terms: &TermsOf<T>) -> BalanceOf<T> {
		if terms.on_failure != OnFailure::Judge {
			return Zero::zero();
		}
		let weight = Self::settlement_weight(terms, 1).saturating_add(Self::payout_weight(terms));
		T::WeightToFee::weight_to_fee(&weight)
	}

	/// Has a ruling settle as the next round. All members are paid for what settled before, and all but the convicted
	/// for this.
	pub(crate) fn settle_ruling(
		id: AgreementId,
		terms: &TermsOf<T>,
		agreement: &mut AgreementOf<T>,
		ruling: &Ruling,
		convicted: &[IntermediaryId],
	) -> DispatchResult {
		Self::pay_out(id, terms, agreement)?;
		let settled = ruling.settled(agreement.progress.base, Self::now());
		let (first, outcomes) = (settled.first, settled.outcomes.clone());
		if let Some(result) = ruling.outcome {
			agreement.accrued.settle(&terms.reaction, result);
		}
		Self::tell(id, first, terms, agreement, &outcomes);
		agreement.progress.decide(settled.end());
		let number = Self::keep_round(id, terms, agreement, settled);
		Self::deposit_event(Event::Settled {
			agreement: id,
			number,
			first,
			outcomes,
			cost: Zero::zero(),
		});
		let members = agreement.roster.members.iter().copied();
		let right: Vec<_> = members
			.filter(|member| !convicted.contains(member))
			.collect();
		Self::pay_out_to(id, terms, agreement, &right)
	}
}
