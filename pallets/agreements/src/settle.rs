//! Settlements: what they must prove, and what they bring about.

use alloc::vec::Vec;
use frame_support::{
	dispatch::{DispatchResultWithPostInfo, PostDispatchInfo},
	ensure,
	traits::Get,
	weights::Weight,
};
use frame_system::pallet_prelude::BlockNumberFor;
use sp_core::sr25519;
use sp_runtime::{
	traits::Saturating,
	transaction_validity::{
		TransactionSource, TransactionValidityError, TransactionValidityWithRefund,
	},
	DispatchError,
};
use syngraph_primitives::{
	unsigned::{self, Sort},
	AgreementId, Directory, IntermediaryId, ProgressError, Roster, WindowIndex, MAX_SENSORS,
};
use syngraph_protocol::{Proof, ProofError};

use crate::{
	reaction::Outcome, Agreements, BalanceOf, Config, Error, Event, Pallet, Phase, Results,
	SettledResult, Terms, WeightInfo,
};

/// Why a settlement was refused, before it cost anybody anything.
///
/// The code reaches the submitter, see [`unsigned::invalid`].
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum ValidityError {
	/// There is no such agreement.
	NotFound = 1,
	/// Not all users have signed the agreement, or it has ended.
	NotActive = 2,
	/// The first block in which a result may settle has not come.
	TooEarly = 3,
	/// The last block in which a result may settle has passed.
	TooLate = 4,
	/// No trace can be long enough for a window of this index.
	NoSuchWindow = 5,
	// 6 was that a window lies too far behind those that are settled: it counts as decided.
	/// The window is settled, frozen or passed over already: for example, because this is a replay.
	AlreadyDecided = 7,
	/// There is not exactly one secret and one signature for each member of the roster.
	WrongCount = 8,
	/// A signature occurs twice.
	RepeatedSignature = 9,
	/// An escrow does not cover a settlement.
	EscrowExhausted = 10,
	/// The key of an intermediary was revoked.
	MissingKey = 11,
	/// A signature is not the intermediary's over this agreement, window, roster, result, root and set of
	/// commitments: one of them is wrong, or a secret does not open its commitment to the result.
	BadSignature = 12,
	/// A message of the window is not valid any more: its sensor was revoked from an earlier number on. Or nobody
	/// knows whether it is: its sensor is suspended for an earlier number.
	SensorRevoked = 13,
	/// The window lies beyond reach of the lowest one that is not decided.
	TooFarAhead = 14,
	/// The declarations are not those of all members of the present or the former roster, in their order.
	WrongRoster = 15,
	/// The dispute about the agreement must be closed first.
	Disputed = 16,
}

impl From<ValidityError> for TransactionValidityError {
	fn from(error: ValidityError) -> Self {
		unsigned::invalid(error as u8)
	}
}

impl From<ProgressError> for ValidityError {
	fn from(error: ProgressError) -> Self {
		match error {
			ProgressError::Decided => ValidityError::AlreadyDecided,
			ProgressError::TooFarAhead => ValidityError::TooFarAhead,
		}
	}
}

impl From<ProofError> for ValidityError {
	fn from(error: ProofError) -> Self {
		match error {
			ProofError::WrongCount => ValidityError::WrongCount,
			ProofError::RepeatedSignature { .. } => ValidityError::RepeatedSignature,
			ProofError::BadSignature { .. } => ValidityError::BadSignature,
		}
	}
}

impl<T: Config> Pallet<T> {
	pub(crate) fn authorize_settle(
		_source: TransactionSource,
		agreement: &AgreementId,
		window: &WindowIndex,
		proof: &Proof,
	) -> TransactionValidityWithRefund {
		let (slot, sensors) = Self::check_settlement(agreement, *window, proof)?;
		// Nobody could tell how many sensors there are before.
		let weight =
			|sensors| T::WeightInfo::authorize_settle(proof.signatures.len() as u32, sensors);
		let unspent = weight(MAX_SENSORS).saturating_sub(weight(sensors));
		let (priority, longevity) = (T::SettlementPriority::get(), T::SettlementLongevity::get());
		// As many settlements wait for a block as the escrows can pay for.
		let provides = (agreement, slot);
		unsigned::accept(Sort::Settle, provides, priority, longevity, unspent)
	}

	/// Whether a settlement would be accepted now, which of the agreement's places in the pool it takes, and of
	/// how many sensors it tells. Everything that could make it fail later is found here, the cheapest first.
	pub fn check_settlement(
		id: &AgreementId,
		window: WindowIndex,
		proof: &Proof,
	) -> Result<(WindowIndex, u32), ValidityError> {
		let agreement = Agreements::<T>::get(id).ok_or(ValidityError::NotFound)?;
		let now = Self::now();
		match agreement.phase {
			Phase::Active { ends, .. } => ensure!(now <= ends, ValidityError::TooLate),
			_ => return Err(ValidityError::NotActive),
		}
		agreement.progress.check(window)?;
		let frozen = agreement.dispute.is_some_and(|open| open.freezes(window));
		ensure!(!frozen, ValidityError::Disputed);
		let terms = Terms::<T>::get(id).ok_or(ValidityError::NotFound)?;
		ensure!(now >= terms.limits.starts_at, ValidityError::TooEarly);
		let mut feeds = agreement.feeds.iter();
		ensure!(
			feeds.all(|feed| feed.range(&terms.window, window).is_some()),
			ValidityError::NoSuchWindow
		);
		proof.check_form(agreement.roster.members.len())?;
		ensure!(
			Self::covers_settlement(&terms, &agreement),
			ValidityError::EscrowExhausted
		);
		let version = Self::version_of(&terms, &agreement, window);
		let version = version.ok_or(ValidityError::SensorRevoked)?;
		let roster = &agreement.roster;
		let keys = Self::keys(roster, proof).ok_or(ValidityError::MissingKey)?;
		proof.verify(&Self::genesis(), id, window, roster.number, version, &keys)?;
		let places = Self::affordable(&terms, &agreement);
		let slot = window.checked_rem(places.into()).unwrap_or(window);
		Ok((slot, agreement.feeds.len() as u32))
	}

	/// The members of a roster, each with the key that it signed the proof with: the one it has now, or
	/// the one that it had lately, so that whoever rotates its key takes nothing back.
	fn keys(roster: &Roster, proof: &Proof) -> Option<Vec<(IntermediaryId, sr25519::Public)>> {
		let now = Self::now();
		let since = now.saturating_sub(T::Lookback::get());
		let key = |(place, id): (usize, IntermediaryId)| {
			let key = match proof.former_at(place) {
				false => T::Directory::intermediary_key(id, now)?,
				true => *T::Directory::intermediary_keys(id, since).get(1)?,
			};
			Some((id, key))
		};
		roster
			.members
			.iter()
			.copied()
			.enumerate()
			.map(key)
			.collect()
	}

	/// Settles a result that [`Self::check_settlement`] found acceptable.
	pub(crate) fn do_settle(
		id: AgreementId,
		window: WindowIndex,
		proof: Proof,
	) -> DispatchResultWithPostInfo {
		let weight = Self::with_agreement(&id, |terms, agreement| {
			let frozen = agreement.dispute.is_some_and(|open| open.freezes(window));
			ensure!(!frozen, Error::<T>::Disputed);
			let decided = agreement.progress.decide(window);
			decided.map_err(Error::<T>::from)?;
			let fee = agreement.prices.settlement;
			Self::charge_escrows(terms, agreement, fee)?;
			Self::deposit_storage(terms, agreement, agreement.prices.storage_share)?;
			agreement.results = agreement.results.saturating_add(1);
			Results::<T>::insert(id, window, Self::record(&proof));
			let mut outcome = Outcome {
				id,
				window,
				result: proof.result,
				terms,
				agreement,
			};
			outcome.reward();
			outcome.react();
			Self::conclude(outcome, fee)
		})?;
		Ok(PostDispatchInfo::from(Some(weight)))
	}

	/// What the chain remembers of a settled result.
	fn record(proof: &Proof) -> SettledResult<BlockNumberFor<T>> {
		SettledResult {
			result: proof.result,
			root: proof.root,
			proof: proof.hash(),
			at: Self::now(),
		}
	}

	/// Ends the agreement if it cannot pay for another settlement and another dispute. Returns the weight
	/// of it all.
	fn conclude(outcome: Outcome<'_, T>, fee: BalanceOf<T>) -> Result<Weight, DispatchError> {
		let (terms, agreement) = (outcome.terms, outcome.agreement);
		let intermediaries = terms.intermediaries().count() as u32;
		let mut weight = T::WeightInfo::settle(intermediaries, terms.reaction.len() as u32);
		Self::deposit_event(Event::Settled {
			agreement: outcome.id,
			window: outcome.window,
			result: outcome.result,
			cost: fee,
		});
		if Self::end_if_exhausted(outcome.id, terms, agreement)? {
			weight.saturating_accrue(Self::ending_weight(terms));
		}
		Ok(weight)
	}
}
