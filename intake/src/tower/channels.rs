//! Which payment channels there are.

use sp_runtime::AccountId32;
use syngraph_primitives::{BlockNumber, ChannelId};
use syngraph_worker::tower::SignedReceipt;

use super::refusal::Refusal;

/// A channel.
pub type Channel = pallet_channels::Channel<AccountId32, u128, BlockNumber>;

/// A block whose state is looked at.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Head {
	/// The best block.
	Best,
	/// The last final block.
	Finalized,
}

/// Knows the channels.
pub trait Channels: Send + Sync + 'static {
	/// A channel as a block left it, and the number of that block.
	fn channel(
		&self,
		id: &ChannelId,
		head: Head,
	) -> Result<Option<(BlockNumber, Channel)>, Refusal>;

	/// What a receipt must add to what has been paid, at least, so that it can be rescued: by the rule of the
	/// chain.
	fn least_rescued(&self, receipt: &SignedReceipt) -> u128;
}
