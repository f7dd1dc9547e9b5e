//! Channels: as the chain knows them, and as they are to be opened.

use syngraph_primitives::{GenesisHash, Payer};
use syngraph_runtime::{AccountId, Balance, BlockNumber};

use crate::{Error, SignedReceipt};

/// How many blocks it may take until a channel that was opened is final, and is worth something.
const UNTIL_FINAL: BlockNumber = 16;

/// A channel as the chain knows it.
pub type Channel = pallet_channels::Channel<AccountId, Balance, BlockNumber>;

/// A channel at one point in time.
#[derive(Clone, Debug)]
pub struct ChannelState {
	/// The chain.
	pub genesis: GenesisHash,
	/// The newest block.
	pub block: BlockNumber,
	/// The channel after it.
	pub channel: Channel,
}

impl ChannelState {
	/// Whose receipts will count in the next block.
	pub fn payer(&self) -> &Payer {
		self.channel.payer_at(self.block.saturating_add(1))
	}

	/// Whether a receipt would count in the next block, as far as its signature goes.
	pub fn counts(&self, receipt: &SignedReceipt) -> bool {
		let depositor = &self.channel.depositor;
		let checked = receipt.verify(self.payer(), depositor, &self.genesis);
		checked.is_ok()
	}
}

/// A channel that is to be opened.
pub struct Opening {
	/// Whom it is to pay.
	pub payee: AccountId,
	/// Whose receipts are to count.
	pub payer: Payer,
	/// What is to be put in.
	pub funds: Balance,
	/// After how many blocks it is to expire.
	pub blocks: BlockNumber,
	/// The access server that was asked for the payee, if one was.
	pub asked: Option<Asked>,
}

/// What an access server said of the channels that pay it.
pub struct Asked {
	/// Where it is.
	pub server: String,
	/// In how many of a channel's last blocks it sells nothing for it.
	pub margin: BlockNumber,
}

impl Opening {
	/// The address of the access server that named the payee.
	pub(crate) fn server(&self) -> Option<&String> {
		self.asked.as_ref().map(|asked| &asked.server)
	}

	/// Fails if the access server would sell nothing for a channel that is opened now.
	pub(crate) fn ensure_long_enough(&self) -> Result<(), Error> {
		let blocks = self.blocks;
		match self.asked.as_ref().map(|asked| asked.margin) {
			Some(margin) if blocks <= margin.saturating_add(UNTIL_FINAL) => {
				Err(Error::TooShort { blocks, margin })
			},
			_ => Ok(()),
		}
	}
}
