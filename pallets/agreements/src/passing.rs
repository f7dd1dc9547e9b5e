//! How null windows are passed over: nothing of them settles, so all members' declarations tell.
//!
//! The members of a former roster may have dropped the messages of what they were done with, each as much as it had
//! heard of. So their declarations count however few windows they pass over, more than once, but only for what was
//! within reach when they were replaced; and the agreement pays once for all of it, so that nobody who was removed
//! uses up its escrow window by window.

use frame_support::{ensure, traits::Get, weights::Weight};
use sp_runtime::{
	traits::{Saturating, Verify},
	transaction_validity::TransactionValidityWithRefund,
	DispatchResult,
};
use syngraph_primitives::{
	unsigned::{self, Sort},
	AgreementId, Directory, IntermediaryId, Payload, Roster, SignedDone, WindowIndex,
	PROGRESS_REACH,
};

use crate::{
	Agreement, AgreementOf, Agreements, Config, Error, Event, Pallet, Phase, Terms, TermsOf,
	ValidityError,
};

/// How many windows at least are passed over at once, so that nobody pays for each of them. A quarter of what
/// is within reach, so that the members have the time to agree on it before they run out of reach.
pub const PASS_LEAST: u64 = PROGRESS_REACH / 4;

impl<T: Config> Pallet<T> {
	pub(crate) fn authorize_pass(
		id: &AgreementId,
		declarations: &[SignedDone],
	) -> TransactionValidityWithRefund {
		let agreement = Agreements::<T>::get(id).ok_or(ValidityError::NotFound)?;
		let terms = Terms::<T>::get(id).ok_or(ValidityError::NotFound)?;
		let below = Self::passed(id, &terms, &agreement, declarations)?;
		ensure!(
			declarations.iter().all(Self::is_declared),
			ValidityError::BadSignature
		);
		// One that goes further takes the place of one that does not.
		let priority = T::SettlementPriority::get().saturating_add(agreement.step_to(below));
		let longevity = T::SettlementLongevity::get();
		unsigned::accept(Sort::Pass, id, priority, longevity, Weight::zero())
	}

	/// The lowest window that is not passed over by these declarations, if they pass over enough. Looks at no
	/// signature.
	fn passed(
		id: &AgreementId,
		terms: &TermsOf<T>,
		agreement: &AgreementOf<T>,
		declarations: &[SignedDone],
	) -> Result<WindowIndex, ValidityError> {
		let active = matches!(agreement.phase, Phase::Active { .. });
		ensure!(active, ValidityError::NotActive);
		let roster = agreement.declaring(declarations)?;
		let mut below = lowest(id, roster, declarations)?;
		let mut least = PASS_LEAST;
		if roster.number != agreement.roster.number {
			(below, least) = (below.min(agreement.former_end()), 1);
		}
		let step = agreement.step_to(below);
		ensure!(step >= least, ValidityError::AlreadyDecided);
		ensure!(step <= PROGRESS_REACH, ValidityError::TooFarAhead);
		let disputed = agreement.dispute.is_some_and(|open| open.window < below);
		ensure!(!disputed, ValidityError::Disputed);
		ensure!(
			Self::covers_settlement(terms, agreement),
			ValidityError::EscrowExhausted
		);
		Ok(below)
	}

	/// Whether the author signed the declaration, by the key it has or had lately.
	fn is_declared(signed: &SignedDone) -> bool {
		let bytes = signed.done.signing_bytes(&Self::genesis());
		let since = Self::now().saturating_sub(T::Lookback::get());
		let keys = T::Directory::intermediary_keys(signed.done.intermediary, since);
		let mut keys = keys.iter();
		keys.any(|key| signed.signature.verify(&bytes[..], key))
	}

	pub(crate) fn do_pass(id: AgreementId, declarations: &[SignedDone]) -> DispatchResult {
		Self::with_agreement(&id, |terms, agreement| {
			let below = Self::passed(&id, terms, agreement, declarations);
			let below = below.map_err(|_| Error::<T>::NothingToPass)?;
			agreement.progress.pass(below).map_err(Error::<T>::from)?;
			if agreement.must_pay(declarations) {
				Self::charge_escrows(terms, agreement, agreement.prices.pass)?;
			}
			Self::deposit_event(Event::Passed {
				agreement: id,
				below,
			});
			Self::end_if_exhausted(id, terms, agreement)?;
			Ok(())
		})
	}
}

impl<AccountId, Balance, BlockNumber> Agreement<AccountId, Balance, BlockNumber> {
	/// The roster whose members make declarations: the present or the former one.
	fn declaring(&self, declarations: &[SignedDone]) -> Result<&Roster, ValidityError> {
		let first = declarations.first().ok_or(ValidityError::WrongCount)?;
		let mut known = [Some(&self.roster), self.former.as_ref()]
			.into_iter()
			.flatten();
		let declaring = known.find(|roster| roster.number == first.done.roster);
		declaring.ok_or(ValidityError::WrongRoster)
	}

	/// The lowest window that was not within reach of the former roster when it was replaced.
	fn former_end(&self) -> WindowIndex {
		self.roster.since.saturating_add(PROGRESS_REACH)
	}

	/// How many windows are passed over, if all below one are.
	fn step_to(&self, below: WindowIndex) -> u64 {
		below.saturating_sub(self.progress.base())
	}

	/// Whether it is to be paid for that windows are passed over by these declarations. Notes that it is.
	fn must_pay(&mut self, declarations: &[SignedDone]) -> bool {
		let number = declarations.first().map(|first| first.done.roster);
		let former = number.filter(|number| *number != self.roster.number);
		former.is_none() || core::mem::replace(&mut self.passed, former) != former
	}
}

/// The lowest window with which some member of the roster is not done, if there is one declaration of each.
fn lowest(
	id: &AgreementId,
	roster: &Roster,
	declarations: &[SignedDone],
) -> Result<WindowIndex, ValidityError> {
	ensure!(
		declarations.len() == roster.members.len(),
		ValidityError::WrongCount
	);
	let mut pairs = roster.members.iter().zip(declarations);
	let declares = |(member, signed): (&IntermediaryId, &SignedDone)| {
		let done = &signed.done;
		done.agreement == *id && done.roster == roster.number && done.intermediary == *member
	};
	ensure!(pairs.all(declares), ValidityError::WrongRoster);
	let below = declarations.iter().map(|signed| signed.done.below).min();
	below.ok_or(ValidityError::WrongCount)
}
