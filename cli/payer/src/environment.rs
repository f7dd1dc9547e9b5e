//! All that paying does outside of the process.

use std::future::Future;

use syngraph_client::secret;
use syngraph_primitives::ChannelId;
use syngraph_runtime::Balance;

use crate::{
	device, Answer, Chain, ChannelInfo, ChannelState, Error, Info, Order, Password, Pending,
	Record, Records, Server, SignedReceipt,
};

/// What is outside of the process, by each thing that is done in it.
///
/// Whoever stops between any two of these finds the same slot again.
pub trait Environment {
	/// What the access server sells.
	fn info(&self) -> impl Future<Output = Result<Info, Error>>;

	/// How a channel stands with the access server.
	fn channel_info(&self, channel: ChannelId) -> impl Future<Output = Result<ChannelInfo, Error>>;

	/// The channel on the chain.
	fn channel(&self, channel: ChannelId) -> impl Future<Output = Result<ChannelState, Error>>;

	/// Sends the access server the receipt of a slot. However often this is done, it is the same slot.
	fn buy(&self, pending: &Pending) -> impl Future<Output = Result<Password, Error>>;

	/// Shows the access server a receipt that has bought a slot already, of which one costs `price` now.
	fn remind(
		&self,
		order: &Order,
		receipt: &SignedReceipt,
		price: Balance,
	) -> impl Future<Output = Result<(), Error>>;

	/// Shows the device at this address a password, or with the one that follows it as well.
	fn show(
		&self,
		address: &str,
		service: &str,
		password: &Password,
		following: Option<&Password>,
	) -> impl Future<Output = Result<Answer, Error>>;

	/// Writes a record to disk.
	fn save(&self, record: &Record) -> Result<(), Error>;
}

/// The environment as it is.
pub struct Live {
	/// The access server.
	pub server: Server,
	/// The chain, by the address of a node: it is needed only to sign something new.
	pub node: String,
	/// The folder of records.
	pub records: Records,
	/// Whether everybody knows the key that signs, so that the chain has to be one for development.
	pub is_well_known: bool,
}

impl Environment for Live {
	async fn info(&self) -> Result<Info, Error> {
		self.server.info().await
	}

	async fn channel_info(&self, channel: ChannelId) -> Result<ChannelInfo, Error> {
		self.server.channel_info(channel).await
	}

	async fn channel(&self, channel: ChannelId) -> Result<ChannelState, Error> {
		let chain = Chain::connect(&self.node).await?;
		if self.is_well_known {
			secret::ensure_development(chain.client()).await?;
		}
		chain.state(channel).await
	}

	async fn buy(&self, pending: &Pending) -> Result<Password, Error> {
		self.server.buy(pending).await
	}

	async fn remind(
		&self,
		order: &Order,
		receipt: &SignedReceipt,
		price: Balance,
	) -> Result<(), Error> {
		self.server.remind(order, receipt, price).await
	}

	async fn show(
		&self,
		address: &str,
		service: &str,
		password: &Password,
		following: Option<&Password>,
	) -> Result<Answer, Error> {
		device::show(address, service, password, following).await
	}

	fn save(&self, record: &Record) -> Result<(), Error> {
		self.records.save(record)
	}
}
