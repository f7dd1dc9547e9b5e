//! Heartbeats, by which intermediaries show that they are alive.
//!
//! They cost nothing, so there is one per intermediary and half an interval at most, and only of those that
//! somebody may rely on. All that is cheap is looked at before the signature.

use frame_support::{ensure, traits::Get};
use frame_system::pallet_prelude::BlockNumberFor;
use sp_core::sr25519;
use sp_runtime::{
	traits::{Saturating, Verify},
	transaction_validity::TransactionValidityWithRefund,
	DispatchResult, SaturatedConversion, Weight,
};
use syngraph_primitives::{
	unsigned::{self, CallKind},
	Heartbeat, IntermediaryId, Payload,
};

use crate::{Config, Intermediaries, LastSeen, Offers, Pallet, ValidityError};

/// How many blocks back a heartbeat can tell of.
pub const HEARTBEAT_REACH: u32 = 64;

impl<T: Config> Pallet<T> {
	/// Whether an intermediary was seen within the last two intervals.
	pub(crate) fn was_seen(intermediary: IntermediaryId) -> bool {
		LastSeen::<T>::get(intermediary).is_some_and(Self::still_counts)
	}

	/// Whether a block lies within the last two intervals.
	pub(crate) fn still_counts(block: BlockNumberFor<T>) -> bool {
		let reach = T::HeartbeatInterval::get().saturating_mul(2u32.into());
		Self::now().saturating_sub(block) <= reach
	}

	/// Whether a heartbeat of an intermediary that tells of this block would be accepted: from half an
	/// interval after the last one on, so that who sends it then is never late.
	pub fn heartbeat_is_due(intermediary: IntermediaryId) -> bool {
		Self::check_heartbeat(intermediary, Self::now()).is_ok()
	}

	pub(crate) fn authorize_heartbeat(
		intermediary: IntermediaryId,
		at: BlockNumberFor<T>,
		signature: &sr25519::Signature,
	) -> TransactionValidityWithRefund {
		let key = Self::check_heartbeat(intermediary, at)?;
		let bytes = Heartbeat { intermediary, at }.signing_bytes(&Self::genesis());
		ensure!(
			signature.verify(&bytes[..], &key),
			ValidityError::BadSignature
		);
		let left = Self::last_block_for(at).saturating_sub(Self::now());
		let (priority, longevity) = (
			T::HeartbeatPriority::get(),
			left.saturated_into::<u64>().max(1),
		);
		unsigned::accept(
			CallKind::Heartbeat,
			intermediary,
			priority,
			longevity,
			Weight::zero(),
		)
	}

	pub(crate) fn do_heartbeat(
		intermediary: IntermediaryId,
		at: BlockNumberFor<T>,
	) -> DispatchResult {
		LastSeen::<T>::insert(intermediary, at);
		Ok(())
	}

	/// Refuses a heartbeat that is not due, whoever signed it. Returns the key that must have.
	fn check_heartbeat(
		intermediary: IntermediaryId,
		at: BlockNumberFor<T>,
	) -> Result<sr25519::Public, ValidityError> {
		let now = Self::now();
		ensure!(
			at <= now && now <= Self::last_block_for(at),
			ValidityError::OutOfTime
		);
		let record = Intermediaries::<T>::get(intermediary).ok_or(ValidityError::NotRegistered)?;
		let needed = record.uses > 0 || Offers::<T>::contains_key(intermediary);
		ensure!(needed, ValidityError::NotNeeded);
		let half = T::HeartbeatInterval::get() / 2u32.into();
		let seen = LastSeen::<T>::get(intermediary);
		let due = seen.is_none_or(|seen| at >= seen.saturating_add(half));
		ensure!(due, ValidityError::TooSoon);
		record.keys.at(now).copied().ok_or(ValidityError::NoKey)
	}

	/// The last block for which a heartbeat that tells of block `at` is recent enough.
	fn last_block_for(at: BlockNumberFor<T>) -> BlockNumberFor<T> {
		at.saturating_add(HEARTBEAT_REACH.into())
	}
}
