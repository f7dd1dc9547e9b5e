//! Receipts that are redeemed without a signer, for a payee that seems to be away.
//!
//! A watchtower is a node, and has no account that could pay. The fee is taken from what the payee gets,
//! and whoever hands a receipt in risks nothing. So that nobody can turn what a payee earned into fees, a
//! receipt must add at least [`MIN_FEES`] fees to what has been paid, and must stop counting soon.

use codec::Encode;
use frame_support::{
	dispatch::DispatchClass,
	ensure,
	traits::{fungible::Inspect, tokens::Provenance, Get},
	weights::Weight,
};
use frame_system::Pallet as System;
use sp_runtime::{
	traits::{CheckedDiv, Saturating, UniqueSaturatedInto, Zero},
	transaction_validity::{
		TransactionSource, TransactionValidityError, TransactionValidityWithRefund,
	},
	DispatchResult,
};
use syngraph_primitives::unsigned::{self, CallKind};

use crate::{BalanceOf, ChannelOf, Channels, Config, Error, Event, Pallet, ReceiptOf, WeightInfo};

/// How many times its fee a rescued receipt adds to what has been paid, at least.
pub const MIN_FEES: u32 = 10;

impl<T: Config> Pallet<T> {
	pub(crate) fn authorize_rescue(
		_source: TransactionSource,
		receipt: &ReceiptOf<T>,
	) -> TransactionValidityWithRefund {
		let worth = Self::check_rescue(receipt).map_err(invalid)?;
		let fees = worth.checked_div(&Self::rescue_fee(receipt));
		// A receipt over more takes the place of one over less: else an old one could keep the last out of
		// the pool. The bound keeps the priority far from others'.
		let advantage: u32 = fees.map_or(u32::MAX, UniqueSaturatedInto::unique_saturated_into);
		let priority = T::RescuePriority::get().saturating_add(advantage.into());
		let (channel, longevity) = (receipt.receipt.channel, T::RescueLongevity::get());
		unsigned::accept(
			CallKind::Rescue,
			channel,
			priority,
			longevity,
			Weight::zero(),
		)
	}

	/// Whether a receipt could be rescued now. Returns what it adds to what has been paid.
	///
	/// Everything that could make it fail later is found here, the cheapest first.
	pub fn check_rescue(receipt: &ReceiptOf<T>) -> Result<BalanceOf<T>, Error<T>> {
		let (_, channel) = Self::charged(receipt)?;
		let worth = Self::claimed(&channel, receipt)?;
		ensure!(!worth.is_zero(), Error::Stale);
		ensure!(Self::ends_soon(&channel), Error::TooEarly);
		ensure!(worth >= Self::least_rescued(receipt), Error::TooLittle);
		let rest = worth.saturating_sub(Self::rescue_fee(receipt));
		let received = T::Currency::can_deposit(&channel.payee, rest, Provenance::Extant);
		received.into_result().map_err(|_| Error::CannotReceive)?;
		Self::verify(&channel, receipt)?;
		Ok(worth)
	}

	/// Redeems a receipt that [`Self::check_rescue`] found acceptable.
	pub(crate) fn do_rescue(receipt: ReceiptOf<T>) -> DispatchResult {
		let (id, mut channel) = Self::charged(&receipt)?;
		let worth = Self::claimed(&channel, &receipt)?;
		let fee = Self::rescue_fee(&receipt);
		Self::pay(&mut channel, worth)?;
		Self::charge(&channel.payee, fee)?;
		let paid = channel.paid;
		Channels::<T>::insert(id, channel);
		Self::deposit_event(Event::Redeemed { channel: id, paid });
		Self::deposit_event(Event::Charged { channel: id, fee });
		Ok(())
	}

	/// What a receipt must add to what has been paid, at least, so that it can be rescued. The state does
	/// not matter.
	pub fn least_rescued(receipt: &ReceiptOf<T>) -> BalanceOf<T> {
		Self::rescue_fee(receipt).saturating_mul(MIN_FEES.into())
	}

	/// What a rescue costs: as much as a transaction that somebody signs.
	pub fn rescue_fee(receipt: &ReceiptOf<T>) -> BalanceOf<T> {
		let base = T::BlockWeights::get()
			.get(DispatchClass::Normal)
			.base_extrinsic;
		let weight = Self::authorize_weight(receipt).saturating_add(T::WeightInfo::rescue());
		unsigned::fee::<T::WeightToFee, T::LengthToFee>(base, weight, receipt.encoded_size())
	}

	/// What it weighs to find out whether a receipt can be rescued.
	pub(crate) fn authorize_weight(receipt: &ReceiptOf<T>) -> Weight {
		Self::weight_by_key(
			receipt,
			[
				T::WeightInfo::authorize_rescue_ed25519,
				T::WeightInfo::authorize_rescue_sr25519,
				T::WeightInfo::authorize_rescue_ecdsa,
			],
		)
	}

	/// Whether the receipts that count now will soon not count any more.
	fn ends_soon(channel: &ChannelOf<T>) -> bool {
		let now = System::<T>::block_number();
		channel.deadline(now) <= now.saturating_add(T::TowerPeriod::get())
	}
}

/// An error as the submitter learns of it: by a code that never changes its meaning.
fn invalid<T>(error: Error<T>) -> TransactionValidityError {
	unsigned::invalid(code(&error))
}

/// The code with which a rescue is refused.
pub(crate) fn code<T>(error: &Error<T>) -> u8 {
	match error {
		Error::UnknownChannel => 200,
		Error::NotDepositor => 201,
		Error::NotPayee => 202,
		Error::ExpiresTooSoon => 203,
		Error::Expired => 204,
		Error::NotExpired => 205,
		Error::InvalidGroup => 206,
		Error::ChangePending => 207,
		Error::Overdrawn => 208,
		Error::Stale => 209,
		Error::InvalidMembership => 210,
		Error::InvalidSignature => 211,
		Error::TooEarly => 212,
		Error::TooLittle => 213,
		Error::CannotReceive => 214,
		Error::ZeroAmount => 215,
		Error::__Ignore(_, never) => match *never {},
	}
}
