//! What a client remembers: of channels, and of transactions that are under way.

use std::fmt;

use serde::{Deserialize, Serialize};
use sp_core::{Bytes, H256};
use syngraph_primitives::{ChannelId, GenesisHash};
use syngraph_runtime::{AccountId, Balance, BlockNumber, Nonce};

use crate::{decimal, Hex, SignedReceipt};

/// What a client remembers of a channel.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Record {
	/// The channel.
	pub channel: ChannelId,
	/// The highest receipt of these records that bought a slot.
	pub last: Option<Hex<SignedReceipt>>,
	/// A slot that is being paid for.
	pub pending: Option<Pending>,
	/// Passwords that were paid for and that their devices do not take alone, at most one of each service.
	pub kept: Vec<Kept>,
}

/// A password that is good together with the one that follows it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Kept {
	/// What it was bought for.
	pub order: Order,
	/// The password.
	pub password: Password,
}

/// A slot that is being paid for.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Pending {
	/// What is bought.
	pub order: Order,
	/// What was known to be owed before it.
	#[serde(with = "decimal")]
	pub base: Balance,
	/// What the slot costs.
	#[serde(with = "decimal")]
	pub price: Balance,
	/// The receipt.
	pub receipt: Hex<SignedReceipt>,
	/// What only this client knows, to be told the password again: receipts of groups are no secret.
	pub key: H256,
	/// How far it has come.
	pub stage: Stage,
}

/// A slot of a service of a device, from an access server.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Order {
	/// Where the access server is.
	pub server: String,
	/// The device.
	pub device: String,
	/// The service.
	pub service: String,
}

impl fmt::Display for Order {
	fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
		let Self {
			server,
			device,
			service,
		} = self;
		write!(f, "`{service}` at `{device}` from {server}")
	}
}

/// How far the purchase of a slot has come.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Stage {
	/// The receipt is signed, and may have been sent.
	Signed,
	/// The access server refused the receipt. It may have kept it.
	Refused,
	/// The password is here.
	Bought(Password),
	/// The password may have been shown to the device.
	Shown(Password),
}

/// A one-time password that was paid for.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Password {
	/// The digits.
	pub password: String,
	/// Which of the service's passwords it is.
	pub counter: u64,
	/// The amount of the receipt that it was given for.
	#[serde(with = "decimal")]
	pub amount: Balance,
	/// How long the slot is.
	pub slot_seconds: u64,
}

impl Record {
	/// What is remembered of a channel that nothing was paid from.
	pub fn new(channel: ChannelId) -> Self {
		Self {
			channel,
			..Default::default()
		}
	}

	/// What the channel owes by this record.
	pub fn paid(&self) -> Balance {
		self.last.as_ref().map_or(0, |last| last.0.receipt.amount)
	}
}

/// A transaction that may have been sent.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Intent {
	/// The chain.
	pub genesis: GenesisHash,
	/// The account that signed it.
	pub account: AccountId,
	/// How many it had sent before.
	pub nonce: Nonce,
	/// The block after which it can get into one.
	pub after: BlockNumber,
	/// The last block that it can get into.
	pub until: BlockNumber,
	/// The signed transaction.
	pub transaction: Bytes,
	/// What was known then.
	#[serde(flatten)]
	pub known: Known,
}

/// What a transaction does not say of what it was signed for.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Known {
	/// What the channel held before, if it is one that there was.
	pub held: Option<Hex<Balance>>,
	/// The address of the access server that named the payee. None if none was asked, or if the program that wrote it
	/// did not note it yet.
	pub server: Option<String>,
}
