//! What comes out of a channel: what receipts are worth to the payee, and the rest to the depositor.
//!
//! Nobody can keep another from its money. What is in a channel is on no account, so that nothing about the
//! depositor's matters to the payee. The depositor gets back its deposit together with the rest, which is
//! always enough for an account to receive, and to come into being. Should the payee's account be unable to
//! receive, nothing changes, and when the channel has expired, all that is left goes to the depositor.

use frame_support::{ensure, storage::with_storage_layer, weights::Weight};
use frame_system::{pallet_prelude::BlockNumberFor, Pallet as System};
use sp_runtime::{
	traits::{CheckedSub, Saturating, Zero},
	DispatchResult, MultiSignature,
};
use syngraph_primitives::{ChannelId, ReceiptError};

use crate::{BalanceOf, ChannelOf, Channels, Config, Error, Event, Pallet, ReceiptOf, WeightInfo};

impl<T: Config> Pallet<T> {
	pub(crate) fn do_redeem(receipt: ReceiptOf<T>) -> DispatchResult {
		let (id, mut channel) = Self::charged(&receipt)?;
		let due = Self::due(&channel, &receipt)?;
		ensure!(!due.is_zero(), Error::<T>::Stale);
		Self::pay(&mut channel, due)?;
		let paid = channel.paid;
		Channels::<T>::insert(id, channel);
		Self::deposit_event(Event::Redeemed { channel: id, paid });
		Ok(())
	}

	pub(crate) fn do_close(payee: &T::AccountId, receipt: ReceiptOf<T>) -> DispatchResult {
		let (id, mut channel) = Self::charged(&receipt)?;
		ensure!(channel.payee == *payee, Error::<T>::NotPayee);
		let due = Self::due(&channel, &receipt)?;
		Self::pay(&mut channel, due)?;
		Self::remove(id, channel)
	}

	/// Closes what it can. One receipt that does not count, perhaps because the channel has changed since
	/// it was sent, does not keep the others from being paid.
	pub(crate) fn do_close_batch(
		payee: &T::AccountId,
		receipts: impl IntoIterator<Item = ReceiptOf<T>>,
	) {
		for receipt in receipts {
			let channel = receipt.receipt.channel;
			let closed = with_storage_layer(|| Self::do_close(payee, receipt));
			if let Err(error) = closed {
				Self::deposit_event(Event::NotClosed { channel, error });
			}
		}
	}

	pub(crate) fn do_claim(id: ChannelId) -> DispatchResult {
		let channel = Self::channel(&id)?;
		ensure!(Self::has_expired(&channel), Error::<T>::NotExpired);
		Self::remove(id, channel)
	}

	pub(crate) fn channel(id: &ChannelId) -> Result<ChannelOf<T>, Error<T>> {
		Channels::<T>::get(id).ok_or(Error::UnknownChannel)
	}

	/// Whether receipts do not count any more.
	pub(crate) fn has_expired(channel: &ChannelOf<T>) -> bool {
		System::<T>::block_number() >= channel.expires
	}

	/// The channel that a receipt charges.
	pub(crate) fn charged(receipt: &ReceiptOf<T>) -> Result<(ChannelId, ChannelOf<T>), Error<T>> {
		let id = receipt.receipt.channel;
		Ok((id, Self::channel(&id)?))
	}

	/// What a receipt is worth now, on top of what has been paid. Only what is cheap to check is checked
	/// before the signature.
	fn due(channel: &ChannelOf<T>, receipt: &ReceiptOf<T>) -> Result<BalanceOf<T>, Error<T>> {
		let due = Self::claimed(channel, receipt)?;
		Self::verify(channel, receipt)?;
		Ok(due)
	}

	/// What a receipt would be worth now if its payer signed it.
	pub(crate) fn claimed(
		channel: &ChannelOf<T>,
		receipt: &ReceiptOf<T>,
	) -> Result<BalanceOf<T>, Error<T>> {
		ensure!(!Self::has_expired(channel), Error::Expired);
		let amount = receipt.receipt.amount;
		ensure!(amount <= channel.funds, Error::Overdrawn);
		amount.checked_sub(&channel.paid).ok_or(Error::Stale)
	}

	/// Whether the payer whose receipts count now signed a receipt.
	pub(crate) fn verify(channel: &ChannelOf<T>, receipt: &ReceiptOf<T>) -> Result<(), Error<T>> {
		let payer = channel.payer_at(System::<T>::block_number());
		let genesis = System::<T>::block_hash(BlockNumberFor::<T>::zero());
		Ok(receipt.verify(payer, &channel.depositor, &genesis)?)
	}

	pub(crate) fn pay(channel: &mut ChannelOf<T>, due: BalanceOf<T>) -> DispatchResult {
		channel.paid = channel.paid.saturating_add(due);
		Self::give(&channel.payee, due)
	}

	/// Forgets a channel and gives its depositor what is left.
	fn remove(id: ChannelId, channel: ChannelOf<T>) -> DispatchResult {
		Channels::<T>::remove(id);
		let returned = channel.held();
		Self::give(&channel.depositor, returned)?;
		Self::deposit_event(Event::Closed {
			channel: id,
			paid: channel.paid,
			returned,
		});
		Ok(())
	}

	/// How many hashes show that a receipt's client is a member: none if no group pays, else of its leaf, and
	/// one for each level of the tree.
	fn hashes(receipt: &ReceiptOf<T>) -> u32 {
		let membership = u32::from(receipt.membership.is_some());
		membership.saturating_add(receipt.levels())
	}

	/// What it weighs to redeem a receipt.
	pub(crate) fn redeem_weight(receipt: &ReceiptOf<T>) -> Weight {
		Self::weight_by_key(
			receipt,
			[
				T::WeightInfo::redeem_ed25519,
				T::WeightInfo::redeem_sr25519,
				T::WeightInfo::redeem_ecdsa,
			],
		)
	}

	/// What it weighs to close a channel with a receipt.
	pub(crate) fn close_weight(receipt: &ReceiptOf<T>) -> Weight {
		Self::weight_by_key(
			receipt,
			[
				T::WeightInfo::close_ed25519,
				T::WeightInfo::close_sr25519,
				T::WeightInfo::close_ecdsa,
			],
		)
	}

	/// What it weighs to check a receipt and do something with it: it depends on the key that signed it, for
	/// ed25519, sr25519 and ECDSA in this order, and on the group.
	pub(crate) fn weight_by_key(
		receipt: &ReceiptOf<T>,
		[ed25519, sr25519, ecdsa]: [fn(u32) -> Weight; 3],
	) -> Weight {
		let weight = match receipt.signature {
			MultiSignature::Ed25519(_) => ed25519,
			MultiSignature::Sr25519(_) => sr25519,
			MultiSignature::Ecdsa(_) | MultiSignature::Eth(_) => ecdsa,
		};
		weight(Self::hashes(receipt))
	}
}

impl<T> From<ReceiptError> for Error<T> {
	fn from(error: ReceiptError) -> Self {
		match error {
			ReceiptError::InvalidMembership => Error::InvalidMembership,
			ReceiptError::InvalidSignature => Error::InvalidSignature,
		}
	}
}
