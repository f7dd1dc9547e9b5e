//! # Channels
//!
//! Paid access to devices that are not on the chain: a deposit from which an access server is paid by
//! off-chain receipts, and a single transaction at the end.
//!
//! A *depositor* opens a channel for a *payee*, the account of the access server. Its *payer* signs
//! [receipts](syngraph_primitives::Receipt) over the amount that it owes in all:
//!
//! - *direct*: the depositor itself;
//! - *delegated*: a client, whose key needs neither an account nor funds;
//! - *group*: clients whose keys are the leaves of a Merkle tree, of which the chain keeps the root. They
//!   share one amount: each signs on top of the last receipt of any of them.
//!
//! In every block either receipts count or, once the channel has expired, the depositor can claim what
//! is left: never both. The depositor can make the channel expire early, and change the payer, but only
//! so many blocks later, so that the payee has time to redeem the receipts that it has. Until a change
//! takes effect, the old payer's receipts count; from then on, the new one's.
//!
//! Amounts only grow. An older receipt is worth less and does no harm; one for more than was put in is
//! refused. Anyone may *redeem* a receipt for the payee, who may be offline: the channel stays open, so
//! that nobody is robbed by one that is not the last. Only the payee *closes*, with the last. Shortly before
//! a receipt would stop counting, a *watchtower* that has no account *rescues* it: nobody signs, and
//! the fee comes out of what the payee gets.
#![cfg_attr(not(feature = "std"), no_std)]

extern crate alloc;

#[cfg(feature = "runtime-benchmarks")]
mod benchmarking;
mod deposits;
#[cfg(test)]
mod mock;
mod money;
mod payouts;
mod rescue;
#[cfg(test)]
mod tests;
mod try_state;
mod types;
pub mod weights;

pub use pallet::*;
pub use rescue::MIN_FEES;
pub use types::*;
pub use weights::WeightInfo;

/// The most channels that one call closes.
pub const MAX_BATCH: u32 = 64;

#[frame_support::pallet]
pub mod pallet {
	use super::*;
	use frame_support::{
		pallet_prelude::*,
		traits::{fungible::Balanced, Currency, OnUnbalanced},
		weights::WeightToFee,
	};
	use frame_system::{ensure_authorized, pallet_prelude::*};
	use sp_core::{ConstU32, H256};
	use sp_runtime::AccountId32;
	use syngraph_primitives::{ChannelId, Payer};

	/// The version of the form of what is stored.
	const STORAGE_VERSION: StorageVersion = StorageVersion::new(1);

	#[pallet::pallet]
	#[pallet::storage_version(STORAGE_VERSION)]
	pub struct Pallet<T>(_);

	/// What channels need of the runtime.
	#[pallet::config]
	pub trait Config:
		frame_system::Config<AccountId = AccountId32, Hash = H256, RuntimeEvent: From<Event<Self>>>
	{
		/// The currency in which channels pay.
		type Currency: Balanced<Self::AccountId>
			+ Currency<Self::AccountId, Balance = BalanceOf<Self>>;
		/// The deposit for a channel. Not less than an account holds at least, so that a depositor can
		/// always receive what comes back, even without an account.
		#[pallet::constant]
		type ChannelDeposit: Get<BalanceOf<Self>>;
		/// How many blocks a payee has to bring its last receipt after the depositor asked to close.
		#[pallet::constant]
		type ClosePeriod: Get<BlockNumberFor<Self>>;
		/// After how many blocks a change of payer takes effect.
		#[pallet::constant]
		type ChangePeriod: Get<BlockNumberFor<Self>>;
		/// Where the fees of rescues go.
		type Fees: OnUnbalanced<CreditOf<Self>>;
		/// What weight costs, as for any transaction.
		type WeightToFee: WeightToFee<Balance = BalanceOf<Self>>;
		/// What length costs, as for any transaction.
		type LengthToFee: WeightToFee<Balance = BalanceOf<Self>>;
		/// How many blocks before it stops counting a receipt can be rescued. Somewhat less than
		/// `ClosePeriod`, so that the payee can be faster and save the fee.
		#[pallet::constant]
		type TowerPeriod: Get<BlockNumberFor<Self>>;
		/// The priority of a rescue in the transaction pool. One that is worth more has a little more.
		type RescuePriority: Get<TransactionPriority>;
		/// After how many blocks a rescue that waits in the pool is examined anew.
		type RescueLongevity: Get<TransactionLongevity>;
		/// The weights of the calls.
		type WeightInfo: WeightInfo;
	}

	/// The open channels, those included that have expired and were not claimed.
	#[pallet::storage]
	pub type Channels<T: Config> = StorageMap<_, Identity, ChannelId, ChannelOf<T>>;

	/// What happened to channels.
	#[pallet::event]
	#[pallet::generate_deposit(pub(super) fn deposit_event)]
	pub enum Event<T: Config> {
		/// A channel was opened.
		Opened {
			/// The channel.
			channel: ChannelId,
			/// Who put funds in.
			depositor: T::AccountId,
			/// Who is paid from them.
			payee: T::AccountId,
		},
		/// More was put into a channel, or it will expire later.
		ToppedUp {
			/// The channel.
			channel: ChannelId,
			/// All that was put in so far.
			funds: BalanceOf<T>,
			/// The first block in which no receipt counts any more.
			expires: BlockNumberFor<T>,
		},
		/// The depositor wants a channel closed: the payee has to bring its last receipt.
		CloseRequested {
			/// The channel.
			channel: ChannelId,
			/// The first block in which no receipt counts any more.
			expires: BlockNumberFor<T>,
		},
		/// Other receipts of a channel will count.
		PayerChanged {
			/// The channel.
			channel: ChannelId,
			/// The first block in which receipts of the new payer count, and those of the old do not.
			from: BlockNumberFor<T>,
		},
		/// A receipt was redeemed, and the channel stays open.
		Redeemed {
			/// The channel.
			channel: ChannelId,
			/// What the payee has been paid in all: the amount of the receipt.
			paid: BalanceOf<T>,
		},
		/// A channel was closed by its payee, or what was left was claimed.
		Closed {
			/// The channel.
			channel: ChannelId,
			/// What the payee has been paid in all.
			paid: BalanceOf<T>,
			/// What the depositor got back, its deposit included.
			returned: BalanceOf<T>,
		},
		/// One of many channels could not be closed, and nothing about it changed.
		NotClosed {
			/// The channel.
			channel: ChannelId,
			/// Why not.
			error: DispatchError,
		},
		/// The fee of a rescue was taken from what the payee got.
		Charged {
			/// The channel.
			channel: ChannelId,
			/// The fee.
			fee: BalanceOf<T>,
		},
	}

	/// Why something about a channel is refused.
	#[pallet::error]
	#[derive(PartialEq, Eq)]
	pub enum Error<T> {
		/// There is no such channel. Perhaps it is closed already.
		UnknownChannel,
		/// Only the account that opened the channel can do this.
		NotDepositor,
		/// Only the account that the channel pays can close it.
		NotPayee,
		/// The channel would expire at once, or earlier than was promised.
		ExpiresTooSoon,
		/// The channel has expired: what is left can only be claimed.
		Expired,
		/// The channel has not expired: receipts still count.
		NotExpired,
		/// The group has no members, or too many.
		InvalidGroup,
		/// A change of payer has been announced that has not taken effect.
		ChangePending,
		/// The receipt is for more than was put in.
		Overdrawn,
		/// As much as the receipt is for, or more, has been paid.
		Stale,
		/// The proof that the client is a member of the group is missing, wrong, or out of place.
		InvalidMembership,
		/// The receipt was not signed by the client whose receipts count now, for this channel and chain.
		InvalidSignature,
		/// The receipt goes on counting for long enough: it need not be rescued.
		TooEarly,
		/// The receipt adds too little to what has been paid: too much of it would go into the fee.
		TooLittle,
		/// The payee's account cannot receive what the receipt adds.
		CannotReceive,
		/// A channel is opened with nothing in it: no receipt could ever count.
		ZeroAmount,
	}

	#[pallet::hooks]
	impl<T: Config> Hooks<BlockNumberFor<T>> for Pallet<T> {
		fn integrity_test() {
			use frame_support::traits::fungible::Inspect;
			assert!(
				T::ChannelDeposit::get() >= <T::Currency as Inspect<_>>::minimum_balance(),
				"a depositor could not receive what comes back"
			);
		}

		#[cfg(feature = "try-runtime")]
		fn try_state(_: BlockNumberFor<T>) -> Result<(), sp_runtime::TryRuntimeError> {
			Self::do_try_state()
		}
	}

	#[pallet::call]
	impl<T: Config> Pallet<T> {
		/// Opens a channel: takes `funds` from the caller, out of which `payee` is paid by receipts of
		/// `payer` until block `expires`. On top of it a deposit is taken.
		///
		/// The channel's id, over which receipts are signed, is in the event: it should be final before a
		/// receipt is worth anything to the payee.
		///
		/// Emits `Opened`.
		#[pallet::call_index(0)]
		#[pallet::weight(T::WeightInfo::open())]
		pub fn open(
			origin: OriginFor<T>,
			payee: T::AccountId,
			payer: Payer,
			#[pallet::compact] funds: BalanceOf<T>,
			expires: BlockNumberFor<T>,
		) -> DispatchResult {
			Self::do_open(ensure_signed(origin)?, payee, payer, funds, expires)
		}

		/// Puts `amount` more into a channel of the caller, and makes it expire in block `expires` if that is
		/// given: not before it would anyway.
		///
		/// With an `expires` that is later than the block in which the channel expires since the caller asked to
		/// close it, this takes that request back. Without one the request stands: the channel expires as early
		/// as before.
		///
		/// Emits `ToppedUp`.
		#[pallet::call_index(1)]
		#[pallet::weight(T::WeightInfo::top_up())]
		pub fn top_up(
			origin: OriginFor<T>,
			channel: ChannelId,
			#[pallet::compact] amount: BalanceOf<T>,
			expires: Option<BlockNumberFor<T>>,
		) -> DispatchResult {
			Self::do_top_up(ensure_signed(origin)?, channel, amount, expires)
		}

		/// Makes a channel of the caller expire early: as soon as its payee has had
		/// `ClosePeriod` blocks to bring its last receipt.
		///
		/// Emits `CloseRequested`.
		#[pallet::call_index(2)]
		#[pallet::weight(T::WeightInfo::request_close())]
		pub fn request_close(origin: OriginFor<T>, channel: ChannelId) -> DispatchResult {
			Self::do_request_close(ensure_signed(origin)?, channel)
		}

		/// Revokes a client's key or replaces a group's root: lets only receipts of `payer` count, from
		/// `ChangePeriod` blocks later on. Until then only those of the old payer count: the
		/// payee redeems what it has, or obtains a receipt of the new payer over no less.
		///
		/// An announced change stands: another can only follow when it has taken effect.
		///
		/// Emits `PayerChanged`.
		#[pallet::call_index(3)]
		#[pallet::weight(T::WeightInfo::change_payer())]
		pub fn change_payer(
			origin: OriginFor<T>,
			channel: ChannelId,
			payer: Payer,
		) -> DispatchResult {
			Self::do_change_payer(ensure_signed(origin)?, channel, payer)
		}

		/// Pays the payee what a receipt is worth on top of what has been paid, and leaves the channel
		/// open. Anyone can do it, for example who watches over the channel while the payee is offline.
		///
		/// Emits `Redeemed`.
		#[pallet::call_index(4)]
		#[pallet::weight(Pallet::<T>::redeem_weight(receipt))]
		pub fn redeem(origin: OriginFor<T>, receipt: ReceiptOf<T>) -> DispatchResult {
			ensure_signed(origin)?;
			Self::do_redeem(receipt)
		}

		/// Closes a channel of which the caller is the payee: pays it what the receipt is worth on top of
		/// what has been paid, and gives everything else back to the depositor.
		///
		/// Emits `Closed`.
		#[pallet::call_index(5)]
		#[pallet::weight(Pallet::<T>::close_weight(receipt))]
		pub fn close(origin: OriginFor<T>, receipt: ReceiptOf<T>) -> DispatchResult {
			Self::do_close(&ensure_signed(origin)?, receipt)
		}

		/// Closes channels of which the caller is the payee, each as `close` does, and passes
		/// over those that cannot be closed.
		///
		/// Emits `Closed` or `NotClosed` for each.
		#[pallet::call_index(6)]
		#[pallet::weight(receipts.iter().map(Pallet::<T>::close_weight).fold(Weight::zero(), Weight::saturating_add))]
		pub fn close_batch(
			origin: OriginFor<T>,
			receipts: BoundedVec<ReceiptOf<T>, ConstU32<MAX_BATCH>>,
		) -> DispatchResult {
			Self::do_close_batch(&ensure_signed(origin)?, receipts);
			Ok(())
		}

		/// Gives the depositor of an expired channel all that is left. Anyone can do it.
		///
		/// Emits `Closed`.
		#[pallet::call_index(7)]
		#[pallet::weight(T::WeightInfo::claim())]
		pub fn claim(origin: OriginFor<T>, channel: ChannelId) -> DispatchResult {
			ensure_signed(origin)?;
			Self::do_claim(channel)
		}

		/// Redeems a receipt for a payee that seems to be away, less than `TowerPeriod` blocks
		/// before the receipt stops counting: because the channel expires, because the depositor asked to
		/// close it, or because the payer changes.
		///
		/// Nobody signs this transaction. What it costs is taken from what the payee gets, of which it is at
		/// most a tenth. What is refused costs nobody anything, and is refused with a code, see `docs/errors.md`.
		///
		/// Emits `Redeemed` and `Charged`.
		#[pallet::call_index(8)]
		#[pallet::weight(T::WeightInfo::rescue())]
		#[pallet::weight_of_authorize(Pallet::<T>::authorize_weight(receipt))]
		#[pallet::authorize(Self::authorize_rescue)]
		pub fn rescue(origin: OriginFor<T>, receipt: ReceiptOf<T>) -> DispatchResult {
			ensure_authorized(origin)?;
			Self::do_rescue(receipt)
		}
	}
}
