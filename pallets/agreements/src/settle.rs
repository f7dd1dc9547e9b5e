//! Settlements: what they must prove, and what they bring about.

use alloc::vec::Vec;
use core::cmp::Ordering;
use frame_support::{
	dispatch::{DispatchResultWithPostInfo, PostDispatchInfo},
	ensure,
	traits::Get,
	weights::Weight,
};
use sp_core::sr25519;
use sp_runtime::{
	traits::Saturating,
	transaction_validity::{
		TransactionSource, TransactionValidityError, TransactionValidityWithRefund,
	},
	DispatchError,
};
use syngraph_primitives::{
	unsigned::{self, CallKind},
	AgreementId, Directory, Fate, IntermediaryId, Outcomes, RoundId, SettledRound, WindowIndex,
	MAX_SENSORS,
};
use syngraph_protocol::{Assents, Proof, ProofError, Singles, Sources};

use crate::{
	joint, lifecycle::PhaseError, reaction::SettledResult, AgreementOf, Agreements, Config, Error,
	Event, JointKeys, Pallet, Terms, TermsOf, WeightInfo,
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
	/// The first block in which a round may settle has not come.
	TooEarly = 3,
	/// The last block in which a round may settle has passed.
	TooLate = 4,
	// 5 was that no trace is long enough for a window, 6 that it lies too far behind those that are settled.
	/// The first window of the round is decided already: for example, because this is a replay.
	AlreadyDecided = 7,
	/// There is not exactly one blinding and one signature for each member of the roster.
	WrongCount = 8,
	/// A signature occurs twice.
	RepeatedSignature = 9,
	/// An escrow does not cover a settlement.
	EscrowExhausted = 10,
	/// The key of an intermediary was revoked.
	MissingKey = 11,
	/// A signature is not the intermediary's over this agreement, roster, range of windows, outcomes, root and set of
	/// commitments, or over what is known of the sensors: one of them is wrong, or a blinding does not open its
	/// commitment to the outcomes.
	BadSignature = 12,
	/// A message of a window with a result is not valid any more: its sensor was revoked from an earlier number on. Or
	/// nobody knows whether one of a window is: its sensor is suspended for an earlier number.
	SensorRevoked = 13,
	/// There are windows before the first of the round that are not decided.
	TooFarAhead = 14,
	// 15 was that declarations are not those of a roster's members, 16 that a dispute must be closed first.
	/// There are no windows, more than a round of the agreement can have, or they are not written in the one way there
	/// is.
	WrongOutcomes = 17,
	/// There are more results than the terms allow in a round.
	TooManyResults = 18,
	/// It is signed jointly, and there is no joint key: it fell with the roster, or with a member's key.
	NoJointKey = 19,
	/// The joint signature is not that of the joint key over this agreement, roster, range of windows, outcomes, root
	/// and set of commitments, or over what is known of the sensors: one of them is wrong, the key is another one, or a
	/// blinding does not open its commitment to the outcomes.
	BadJointSignature = 20,
}

impl From<ValidityError> for TransactionValidityError {
	fn from(error: ValidityError) -> Self {
		unsigned::invalid(error as u8)
	}
}

impl From<PhaseError> for ValidityError {
	fn from(error: PhaseError) -> Self {
		match error {
			PhaseError::Over => ValidityError::TooLate,
			_ => ValidityError::NotActive,
		}
	}
}

impl From<ProofError> for ValidityError {
	fn from(error: ProofError) -> Self {
		match error {
			ProofError::WrongCount => ValidityError::WrongCount,
			ProofError::WrongOutcomes => ValidityError::WrongOutcomes,
			ProofError::RepeatedSignature { .. } => ValidityError::RepeatedSignature,
			ProofError::BadSignature { .. } => ValidityError::BadSignature,
			ProofError::BadJointSignature => ValidityError::BadJointSignature,
		}
	}
}

impl<T: Config> Pallet<T> {
	pub(crate) fn authorize_settle(
		_source: TransactionSource,
		agreement: &AgreementId,
		first: &WindowIndex,
		proof: &Proof,
	) -> TransactionValidityWithRefund {
		let sensors = Self::check_settlement(agreement, *first, proof)?;
		// Nobody could tell how many sensors there are before.
		let weight = |sensors| authorization_weight::<T>(proof, sensors);
		let unspent = weight(MAX_SENSORS).saturating_sub(weight(sensors));
		let (priority, longevity) = (T::SettlementPriority::get(), T::SettlementLongevity::get());
		// Rounds settle in order: of an agreement, one waits for a block.
		let provides = (agreement, first);
		unsigned::accept(CallKind::Settle, provides, priority, longevity, unspent)
	}

	/// Whether a settlement would be accepted now, and of how many sensors it tells. Everything that could make it
	/// fail later is found here, the cheapest first.
	pub fn check_settlement(
		id: &AgreementId,
		first: WindowIndex,
		proof: &Proof,
	) -> Result<u32, ValidityError> {
		let agreement = Agreements::<T>::get(id).ok_or(ValidityError::NotFound)?;
		let terms = Terms::<T>::get(id).ok_or(ValidityError::NotFound)?;
		let now = Self::now();
		agreement.phase.check_settling(&terms.limits, now)?;
		ensure!(now >= terms.limits.starts_at, ValidityError::TooEarly);
		match first.cmp(&agreement.progress.base) {
			Ordering::Less => return Err(ValidityError::AlreadyDecided),
			Ordering::Equal => (),
			Ordering::Greater => return Err(ValidityError::TooFarAhead),
		}
		let roster = &agreement.roster;
		proof.check_form(roster.members.len())?;
		let short = proof.outcomes.len() <= terms.window.longest_round();
		ensure!(short, ValidityError::WrongOutcomes);
		let few = count(&proof.outcomes) <= terms.rounds.most;
		ensure!(few, ValidityError::TooManyResults);
		let sources = Self::sources_of(&terms, &agreement).ok_or(ValidityError::SensorRevoked)?;
		let told = can_be_told(&sources, first, &proof.outcomes);
		ensure!(told, ValidityError::SensorRevoked);
		let exhausted = Self::is_exhausted(&terms, &agreement);
		ensure!(!exhausted, ValidityError::EscrowExhausted);
		// It begins at the base.
		let round = RoundId::new(*id, roster, &agreement.progress, sources.version());
		Self::check_assents(&round, &terms, &agreement, proof)?;
		Ok(agreement.feeds.len() as u32)
	}

	/// Whether all members of the roster have signed what a proof says of a round: each by itself, or all together.
	fn check_assents(
		round: &RoundId,
		terms: &TermsOf<T>,
		agreement: &AgreementOf<T>,
		proof: &Proof,
	) -> Result<(), ValidityError> {
		let genesis = Self::genesis();
		match &proof.assents {
			Assents::Single(singles) => {
				let keys = Self::keys(terms, agreement, singles);
				let keys = keys.ok_or(ValidityError::MissingKey)?;
				proof.verify(&genesis, round, &keys)?;
			},
			Assents::Joint(_) => {
				let key = JointKeys::<T>::get(round.agreement);
				let key = key.ok_or(ValidityError::NoJointKey)?;
				proof.verify_jointly(&genesis, round, &agreement.roster.members, &key)?;
			},
		}
		Ok(())
	}

	/// The members of a roster, each with the key that it signed the proof with: the one it has now, or
	/// the one that it had lately, so that whoever rotates its key takes nothing back.
	fn keys(
		terms: &TermsOf<T>,
		agreement: &AgreementOf<T>,
		singles: &Singles,
	) -> Option<Vec<(IntermediaryId, sr25519::Public)>> {
		let (roster, now) = (&agreement.roster, Self::now());
		// What a dispute hears settles as well: it looks back from its opening.
		let from = agreement.disputed.unwrap_or(now);
		let since = from.saturating_sub(terms.limits.lookback());
		let key = |(place, id): (usize, IntermediaryId)| {
			let key = match singles.former_at(place) {
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

	/// Settles a round that [`Self::check_settlement`] found acceptable, as far as the escrows cover it. Nothing is
	/// transferred unless a payout is due.
	pub(crate) fn do_settle(
		id: AgreementId,
		first: WindowIndex,
		proof: Proof,
	) -> DispatchResultWithPostInfo {
		let weight = Self::with_agreement(&id, |terms, agreement| {
			let next = first == agreement.progress.base;
			ensure!(next, Error::<T>::OutOfOrder);
			let fees = agreement.accrued.fees;
			let front = Self::accrue_front(terms, agreement, &proof);
			ensure!(!front.is_empty(), Error::<T>::EscrowExhausted);
			let cost = agreement.accrued.fees.saturating_sub(fees);
			Self::tell(id, first, terms, agreement, &front);
			let settled = settled(first, front.clone(), &proof, Self::now());
			agreement.progress.decide(settled.end());
			let number = Self::keep_round(id, terms, agreement, settled);
			Self::install_joint_key(&id, &agreement.roster.members, &proof);
			let whole = front.len() == proof.outcomes.len();
			Self::deposit_event(Event::Settled {
				agreement: id,
				number,
				first,
				outcomes: front,
				cost,
			});
			let weight = Self::settlement_weight(terms, count(&proof.outcomes))
				.saturating_add(joint::installation_weight::<T>(&proof));
			let sequel = Self::conclude(id, terms, agreement, whole)?;
			Ok(weight.saturating_add(sequel))
		})?;
		Ok(PostDispatchInfo::from(Some(weight)))
	}

	/// Tells what the reaction tells of each result.
	pub(crate) fn tell(
		id: AgreementId,
		first: WindowIndex,
		terms: &TermsOf<T>,
		agreement: &AgreementOf<T>,
		outcomes: &Outcomes,
	) {
		for (place, result) in outcomes.results() {
			let outcome = SettledResult::<T> {
				id,
				window: first.saturating_add(place.into()),
				result,
				terms,
				agreement,
			};
			outcome.react();
		}
	}

	/// Pays out if that is due, and ends the agreement if it could not pay for the `whole` round, or cannot pay for
	/// another window and another dispute. Returns the weight of it all.
	fn conclude(
		id: AgreementId,
		terms: &TermsOf<T>,
		agreement: &mut AgreementOf<T>,
		whole: bool,
	) -> Result<Weight, DispatchError> {
		let paid = Self::pay_out_if_due(id, terms, agreement)?;
		let ends = !whole || Self::is_exhausted(terms, agreement);
		if ends {
			Self::exhaust(id, terms, agreement)?;
		}
		let mut weight = Weight::zero();
		// Whatever asks for it, there is one payout at most.
		if paid || ends {
			weight.saturating_accrue(Self::payout_weight(terms));
		}
		if ends {
			weight.saturating_accrue(Self::ending_weight(terms));
		}
		Ok(weight)
	}
}

/// What it weighs to look at a proof in an agreement of so many sensors.
pub(crate) fn authorization_weight<T: Config>(proof: &Proof, sensors: u32) -> Weight {
	let (members, windows) = (proof.blindings.len(), count(&proof.outcomes));
	authorization_by::<T>(&proof.assents, members, sensors, windows)
}

/// The same, of one by so many members that has so many results.
pub(crate) fn authorization_by<T: Config>(
	assents: &Assents,
	members: usize,
	sensors: u32,
	windows: u32,
) -> Weight {
	match assents {
		Assents::Single(_) => T::WeightInfo::authorize_settle(members as u32, sensors, windows),
		Assents::Joint(_) => T::WeightInfo::authorize_joint(members as u32, sensors, windows),
	}
}

/// How many results there are.
pub(crate) fn count(outcomes: &Outcomes) -> u32 {
	outcomes.results().count() as u32
}

/// Whether it is known of all windows of a round, as far as the chain can tell without all members' word, whether their
/// messages are valid: those that have results lack none, and none of them waits.
fn can_be_told<Block: Copy + Ord>(
	sources: &Sources<Block>,
	first: WindowIndex,
	outcomes: &Outcomes,
) -> bool {
	let fate = |place: u32| sources.fate(first.saturating_add(place.into()));
	let places = || outcomes.results().map(|(place, _)| place);
	// Those between two live ones are live.
	let mut ends = [places().next(), places().last()].into_iter().flatten();
	let last = outcomes.len().saturating_sub(1);
	ends.all(|place| fate(place) == Fate::Live) && fate(last) != Fate::Waiting
}

/// What is kept of a round, of which so much settles.
fn settled<BlockNumber>(
	first: WindowIndex,
	front: Outcomes,
	proof: &Proof,
	at: BlockNumber,
) -> SettledRound<BlockNumber> {
	SettledRound {
		first,
		outcomes: front,
		data_root: proof.data_root,
		signed: proof.outcomes.len(),
		proof: proof.hash(),
		at,
	}
}
