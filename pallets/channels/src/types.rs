//! What is remembered of each channel.

use codec::{Decode, Encode, MaxEncodedLen};
use frame_support::traits::fungible::{Credit, Inspect};
use frame_system::pallet_prelude::BlockNumberFor;
use scale_info::TypeInfo;
use sp_core::H256;
use sp_io::hashing::blake2_256;
use sp_runtime::traits::Saturating;
use syngraph_primitives::{ChannelId, Payer, SignedReceipt};

use crate::Config;

/// The balance of the currency in which channels pay.
pub type BalanceOf<T> =
	<<T as Config>::Currency as Inspect<<T as frame_system::Config>::AccountId>>::Balance;
/// A channel of the runtime `T`.
pub type ChannelOf<T> =
	Channel<<T as frame_system::Config>::AccountId, BalanceOf<T>, BlockNumberFor<T>>;
/// What has been taken from a channel to pay a fee.
pub type CreditOf<T> = Credit<<T as frame_system::Config>::AccountId, <T as Config>::Currency>;
/// A receipt of the runtime `T`.
pub type ReceiptOf<T> = SignedReceipt<BalanceOf<T>>;

/// What an account has put in for another, to be paid out by receipts.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub struct Channel<AccountId, Balance, BlockNumber> {
	/// The account that put it in, and gets back what is left.
	pub depositor: AccountId,
	/// The account that is paid: the access server's.
	pub payee: AccountId,
	/// Whose receipts count, until a change of it takes effect.
	pub payer: Payer,
	/// The last change of payer, if there was any.
	pub change: Option<PayerChange<BlockNumber>>,
	/// What receipts can be paid from: all that was put in since the channel was opened.
	pub funds: Balance,
	/// What has been paid of it: the amount of the highest receipt that was shown.
	pub paid: Balance,
	/// The first block in which no receipt counts any more.
	pub expires: BlockNumber,
	/// What was put in for this record, on top of the funds.
	pub deposit: Balance,
}

/// That others' receipts will count.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub struct PayerChange<BlockNumber> {
	/// The new payer.
	pub payer: Payer,
	/// The first block in which its receipts count, and the old payer's do not.
	pub from: BlockNumber,
}

impl<AccountId, Balance: Saturating + Copy, BlockNumber: Ord + Copy>
	Channel<AccountId, Balance, BlockNumber>
{
	/// The id of the channel that is opened like this in a block, after so many events of that block.
	///
	/// No other channel had or will have it: it is a hash of the channel itself, so that receipts mean nothing
	/// for a channel between others, should the block be retracted; and of the place in the chain at which it
	/// is opened.
	pub fn id(&self, block: BlockNumber, events: u32) -> ChannelId
	where
		Self: Encode,
		BlockNumber: Encode,
	{
		let tag: &[u8] = b"syngraph/channel/1";
		H256(blake2_256(&(tag, self, block, events).encode()))
	}

	/// Whose receipts count in block `at`.
	pub fn payer_at(&self, at: BlockNumber) -> &Payer {
		match &self.change {
			Some(change) if change.from <= at => &change.payer,
			_ => &self.payer,
		}
	}

	/// The first block in which the receipts that count in block `at` do not count any more.
	pub fn deadline(&self, at: BlockNumber) -> BlockNumber {
		match &self.change {
			Some(change) if change.from > at => change.from.min(self.expires),
			_ => self.expires,
		}
	}

	/// What is in the channel: what is left of the funds, and the deposit.
	pub fn held(&self) -> Balance {
		let left = self.funds.saturating_sub(self.paid);
		left.saturating_add(self.deposit)
	}
}
