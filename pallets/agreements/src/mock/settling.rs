//! Proofs of computation, and settling as a block does it.

use frame_support::{assert_ok, traits::Authorize, weights::Weight};
use frame_system::RawOrigin;
use sp_core::{ed25519, Pair, H256};
use sp_runtime::{
	traits::Dispatchable,
	transaction_validity::{
		InvalidTransaction, TransactionSource, TransactionValidityError, ValidTransaction,
	},
	DispatchErrorWithPostInfo,
};
use syngraph_primitives::{
	AgreementId, IntermediaryId, Outcomes, Payload, Progress, ResultValue, Roster, RosterNumber,
	RoundId, SettledRound, Settlement, SourceVersion, WindowIndex,
};
use syngraph_protocol::{Assents, Proof, Singles};
use syngraph_test_kit::{
	bounded,
	people::{ed25519_key, sign},
};

use super::{intermediary_key, Agreements, RuntimeCall, System, Test, INTERMEDIARIES};
use crate::{pallet, Prices, ValidityError};

/// The outcomes of successive windows.
pub fn outcomes(all: &[Option<ResultValue>]) -> Outcomes {
	Outcomes::new(all.iter().copied()).expect("a round can have them")
}

/// What a further window costs whose result takes so many bytes, with the null windows after it.
pub fn further(prices: &Prices<u64>, bytes: u64) -> u64 {
	prices.window - (21 - bytes)
}

/// The proof of [`INTERMEDIARIES`] that a round of one window has this result.
pub fn proof(id: &AgreementId, first: WindowIndex, result: ResultValue) -> Proof {
	proof_by(&INTERMEDIARIES, id, first, result)
}

/// The proof of [`INTERMEDIARIES`] that the windows of a round came to this.
pub fn proof_of(id: &AgreementId, first: WindowIndex, all: &[Option<ResultValue>]) -> Proof {
	proof_under(0, &INTERMEDIARIES, id, first, all)
}

/// The proof of these intermediaries, as members of the first roster, that a round of one window has this result.
pub fn proof_by(
	intermediaries: &[IntermediaryId],
	id: &AgreementId,
	first: WindowIndex,
	result: ResultValue,
) -> Proof {
	proof_under(0, intermediaries, id, first, &[Some(result)])
}

/// The proof of these intermediaries, as members of the roster with this number, that the windows of a round
/// came to this.
pub fn proof_under(
	roster: RosterNumber,
	intermediaries: &[IntermediaryId],
	id: &AgreementId,
	first: WindowIndex,
	all: &[Option<ResultValue>],
) -> Proof {
	proof_for(None, roster, intermediaries, id, first, all)
}

/// The same, by which a joint key comes into force.
pub fn proof_for(
	key: Option<ed25519::Public>,
	roster: RosterNumber,
	intermediaries: &[IntermediaryId],
	id: &AgreementId,
	first: WindowIndex,
	all: &[Option<ResultValue>],
) -> Proof {
	let mut singles = Singles {
		key,
		..Default::default()
	};
	let mut proof = unsigned(Assents::Single(singles.clone()), intermediaries, all);
	let settlement = settlement(&proof, roster, intermediaries, id, first);
	let genesis = Agreements::genesis();
	let signature = |id: &IntermediaryId| sign(&intermediary_key(*id), &genesis, &settlement);
	singles.signatures = bounded(intermediaries.iter().map(signature).collect());
	proof.assents = Assents::Single(singles);
	proof
}

/// A key that stands for those of all members together.
pub fn joint_key() -> ed25519::Pair {
	ed25519_key(77)
}

/// The proof of [`INTERMEDIARIES`], as members of the roster with this number, signed with a joint key.
pub fn joint_proof(
	key: &ed25519::Pair,
	roster: RosterNumber,
	id: &AgreementId,
	first: WindowIndex,
	all: &[Option<ResultValue>],
) -> Proof {
	let mut proof = unsigned(Assents::Joint(Default::default()), &INTERMEDIARIES, all);
	let settlement = settlement(&proof, roster, &INTERMEDIARIES, id, first);
	let bytes = settlement.signing_bytes(&Agreements::genesis());
	proof.assents = Assents::Joint(key.sign(&bytes));
	proof
}

fn unsigned(
	assents: Assents,
	intermediaries: &[IntermediaryId],
	all: &[Option<ResultValue>],
) -> Proof {
	let blindings = intermediaries.iter().map(|id| [*id as u8; 12]);
	Proof {
		attempt: 0,
		outcomes: outcomes(all),
		data_root: H256::repeat_byte(7),
		blindings: bounded(blindings.collect()),
		assents,
	}
}

/// What all members sign.
fn settlement(
	proof: &Proof,
	roster: RosterNumber,
	intermediaries: &[IntermediaryId],
	id: &AgreementId,
	first: WindowIndex,
) -> Settlement {
	let stored = pallet::Agreements::<Test>::get(id);
	let (known, progress) = stored.map_or_else(Default::default, |it| (it.roster, it.progress));
	let roster = Roster {
		number: roster,
		members: bounded(intermediaries.to_vec()),
		..known
	};
	let progress = Progress {
		base: first,
		..progress
	};
	let round = RoundId::new(*id, &roster, &progress, version(id));
	proof.settlement(&round, intermediaries)
}

/// What is known of the sensors; of an agreement that is not known, as good as nothing.
pub fn version(id: &AgreementId) -> SourceVersion {
	<Agreements as syngraph_primitives::Agreements<_, _, _>>::version(id)
		.unwrap_or(SourceVersion::bare(0))
}

fn settle_call(id: AgreementId, first: WindowIndex, proof: Proof) -> RuntimeCall {
	RuntimeCall::Agreements(crate::Call::settle {
		agreement: id,
		first,
		proof,
	})
}

/// What the transaction pool learns of a settlement.
pub fn authorize(
	id: AgreementId,
	first: WindowIndex,
	proof: Proof,
) -> Result<ValidTransaction, TransactionValidityError> {
	let call = settle_call(id, first, proof);
	let authorized = call.authorize(TransactionSource::External);
	authorized
		.expect("settlements are authorised")
		.map(|(valid, _)| valid)
}

/// Settles as a block does: authorises, then dispatches. Returns the weight.
pub fn settle(
	id: AgreementId,
	first: WindowIndex,
	proof: Proof,
) -> Result<Weight, TransactionValidityError> {
	authorize(id, first, proof.clone())?;
	let call = settle_call(id, first, proof);
	let info = call
		.dispatch(RawOrigin::Authorized.into())
		.map_err(|DispatchErrorWithPostInfo { error, .. }| error)
		.expect("what is authorised does not fail");
	Ok(info.actual_weight.expect("the weight is refunded"))
}

/// Settles the next round, to which the members of the present roster agree. Returns its first window.
pub fn decide(id: AgreementId, all: &[Option<ResultValue>]) -> WindowIndex {
	let agreement = crate::Agreements::<super::Test>::get(id).expect("it exists");
	let (first, roster) = (agreement.progress.base, agreement.roster);
	let proof = proof_under(roster.number, &roster.members, &id, first, all);
	assert_ok!(settle(id, first, proof));
	first
}

/// What is kept of a round that settles now as a whole.
pub fn settled(first: WindowIndex, proof: &Proof) -> SettledRound<u64> {
	SettledRound {
		first,
		outcomes: proof.outcomes.clone(),
		data_root: proof.data_root,
		signed: proof.outcomes.len(),
		proof: proof.hash(),
		at: System::block_number(),
	}
}

/// The code by which an error reaches the submitter.
pub fn refused<R>(error: ValidityError) -> Result<R, TransactionValidityError> {
	Err(InvalidTransaction::Custom(error as u8).into())
}
