//! What the depositor of a channel does with it.

use frame_support::{ensure, traits::Get};
use frame_system::{pallet_prelude::BlockNumberFor, Pallet as System};
use sp_runtime::{
	traits::{CheckedAdd, Saturating, Zero},
	ArithmeticError, DispatchResult,
};
use syngraph_primitives::{ChannelId, Payer};

use crate::{BalanceOf, Channel, ChannelOf, Channels, Config, Error, Event, Pallet, PayerChange};

impl<T: Config> Pallet<T> {
	pub(crate) fn do_open(
		depositor: T::AccountId,
		payee: T::AccountId,
		payer: Payer,
		funds: BalanceOf<T>,
		expires: BlockNumberFor<T>,
	) -> DispatchResult {
		ensure!(payer.is_sound(), Error::<T>::InvalidGroup);
		ensure!(!funds.is_zero(), Error::<T>::ZeroAmount);
		ensure!(
			expires > System::<T>::block_number(),
			Error::<T>::ExpiresTooSoon
		);
		let channel = Channel {
			depositor,
			payee,
			payer,
			change: None,
			funds,
			paid: Zero::zero(),
			expires,
			deposit: T::ChannelDeposit::get(),
		};
		// A channel's opening is itself an event, so that no two are opened after equally many events of one
		// block.
		let id = channel.id(System::<T>::block_number(), System::<T>::event_count());
		let amount = funds.checked_add(&channel.deposit);
		Self::take(&channel.depositor, amount.ok_or(ArithmeticError::Overflow)?)?;
		Channels::<T>::insert(id, &channel);
		Self::deposit_event(Event::Opened {
			channel: id,
			depositor: channel.depositor,
			payee: channel.payee,
		});
		Ok(())
	}

	pub(crate) fn do_top_up(
		depositor: T::AccountId,
		id: ChannelId,
		amount: BalanceOf<T>,
		expires: Option<BlockNumberFor<T>>,
	) -> DispatchResult {
		let mut channel = Self::own_channel(&depositor, &id)?;
		let expires = expires.unwrap_or(channel.expires);
		ensure!(expires >= channel.expires, Error::<T>::ExpiresTooSoon);
		channel.expires = expires;
		let funds = channel.funds.checked_add(&amount);
		channel.funds = funds.ok_or(ArithmeticError::Overflow)?;
		Self::take(&depositor, amount)?;
		Channels::<T>::insert(id, &channel);
		Self::deposit_event(Event::ToppedUp {
			channel: id,
			funds: channel.funds,
			expires,
		});
		Ok(())
	}

	pub(crate) fn do_request_close(depositor: T::AccountId, id: ChannelId) -> DispatchResult {
		let mut channel = Self::own_channel(&depositor, &id)?;
		let soon = System::<T>::block_number().saturating_add(T::ClosePeriod::get());
		channel.expires = channel.expires.min(soon);
		let expires = channel.expires;
		Channels::<T>::insert(id, channel);
		Self::deposit_event(Event::CloseRequested {
			channel: id,
			expires,
		});
		Ok(())
	}

	pub(crate) fn do_change_payer(
		depositor: T::AccountId,
		id: ChannelId,
		payer: Payer,
	) -> DispatchResult {
		ensure!(payer.is_sound(), Error::<T>::InvalidGroup);
		let mut channel = Self::own_channel(&depositor, &id)?;
		let now = System::<T>::block_number();
		if let Some(change) = channel.change.take() {
			ensure!(change.from <= now, Error::<T>::ChangePending);
			channel.payer = change.payer;
		}
		let from = now.saturating_add(T::ChangePeriod::get());
		channel.change = Some(PayerChange { payer, from });
		Channels::<T>::insert(id, channel);
		Self::deposit_event(Event::PayerChanged { channel: id, from });
		Ok(())
	}

	/// The depositor's channel, if it has not expired.
	fn own_channel(depositor: &T::AccountId, id: &ChannelId) -> Result<ChannelOf<T>, Error<T>> {
		let channel = Self::channel(id)?;
		ensure!(channel.depositor == *depositor, Error::NotDepositor);
		ensure!(!Self::has_expired(&channel), Error::Expired);
		Ok(channel)
	}
}
