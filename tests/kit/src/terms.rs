//! Terms of agreements.

use syngraph_primitives::{
	Amount, IntermediaryId, OnFailure, Party, QualityOfService, RoundTerms, Source, Step, Terms,
	TimeLimits, WindowShape,
};

use crate::bounded::{bounded, pipeline};

/// A user's part: who computes on its behalf, who steps in for them, and what it puts into escrow.
pub fn party<AccountId, Balance>(
	user: AccountId,
	intermediaries: &[IntermediaryId],
	spares: &[IntermediaryId],
	escrow: Balance,
) -> Party<AccountId, Balance> {
	Party {
		user,
		intermediaries: bounded(intermediaries.to_vec()),
		spares: bounded(spares.to_vec()),
		escrow,
	}
}

/// The first user pays the second.
pub fn transfer<Balance>(amount: Amount<Balance>) -> Step<Balance> {
	Step::Transfer {
		from: 0,
		to: 1,
		amount,
	}
}

/// Limits in order, with which nothing has to be soon after block 0.
pub fn limits<BlockNumber: From<u32>>() -> TimeLimits<BlockNumber> {
	TimeLimits {
		sign_by: 10u32.into(),
		starts_at: 5u32.into(),
		ends_at: 100u32.into(),
		notice: 5u32.into(),
		payout: 10u32.into(),
		answer: 10u32.into(),
		drift: u64::MAX,
	}
}

/// Rounds that begin as soon as there is a window, of 16 results at most, led by one after the other.
pub fn rounds<BlockNumber: From<u32>>() -> RoundTerms<BlockNumber> {
	RoundTerms {
		most: 16,
		patience: 0u32.into(),
		leader: None,
		kept: 4,
	}
}

/// Terms by which the messages in windows of two are counted, for nothing. A test names what it needs otherwise.
pub fn terms<AccountId, Balance: From<u32>, BlockNumber: From<u32>>(
	users: Vec<Party<AccountId, Balance>>,
	sensors: Vec<Source>,
) -> Terms<AccountId, Balance, BlockNumber> {
	Terms {
		users: bounded(users),
		sensors: bounded(sensors),
		window: WindowShape { size: 2, slide: 2 },
		function: pipeline(r#"{"take": "messages", "aggregate": "count"}"#),
		quality_of_service: QualityOfService::NoProof,
		reaction: Default::default(),
		reward: 0u32.into(),
		retainer: 0u32.into(),
		spare_retainer: 0u32.into(),
		penalty: 0u32.into(),
		absence_fee: 0u32.into(),
		on_failure: OnFailure::GoOn,
		rounds: rounds(),
		limits: limits(),
		nonce: 0,
	}
}
