//! The access server, as its clients see it.

use std::path::Path;

use serde::{Deserialize, Serialize};
use sp_core::H256;
use sp_runtime::AccountId32;
use syngraph_primitives::{ChannelId, GenesisHash};
use syngraph_runtime::{Balance, BlockNumber};

use crate::{decimal, http::Http, Error, Hex, Order, Password, Pending, SignedReceipt};

/// How many of the services are told to whoever asks for one that there is not.
const SHOWN: usize = 8;

/// An access server.
pub struct Server(Http);

/// What an access server sells, and to whom it belongs.
#[derive(Clone, Debug, Deserialize)]
pub struct Info {
	/// The chain that it is paid on.
	pub genesis: GenesisHash,
	/// The account that channels must pay.
	pub payee: AccountId32,
	/// In the last blocks of a channel it sells nothing for it: so many.
	#[serde(default)]
	pub margin: BlockNumber,
	/// What it sells.
	pub services: Vec<Service>,
}

/// A service of a device.
#[derive(Clone, Debug, Deserialize)]
pub struct Service {
	/// The device.
	pub device: String,
	/// The service.
	pub service: String,
	/// What a slot costs.
	#[serde(with = "decimal")]
	pub price: Balance,
	/// How long a slot is.
	pub slot_seconds: u64,
}

/// What an access server says of a channel: what it calls `ChannelInfo`, as far as a client needs it.
#[derive(Clone, Debug, Deserialize)]
pub struct ChannelInfo {
	/// The amount of the best receipt that it has.
	#[serde(with = "decimal")]
	pub amount: Balance,
	/// That receipt.
	pub receipt: Option<Hex<SignedReceipt>>,
	/// The first block in which no receipt counts any more.
	pub expires: BlockNumber,
	/// The same, and none unless the channel is being closed.
	pub closing: Option<BlockNumber>,
	/// The first block in which it takes no receipt any more.
	pub accepts_until: BlockNumber,
}

/// What is sent to buy a slot.
#[derive(Serialize)]
struct Purchase<'a> {
	device: &'a str,
	service: &'a str,
	receipt: Hex<&'a SignedReceipt>,
	/// What the client was told that it costs, and has signed.
	price: String,
}

impl Info {
	/// What a slot costs.
	pub fn price(&self, order: &Order) -> Result<Balance, Error> {
		let offered = self
			.services
			.iter()
			.find(|one| one.device == order.device && one.service == order.service);
		offered
			.map(|one| one.price)
			.ok_or_else(|| Error::NotOffered {
				device: order.device.clone(),
				service: order.service.clone(),
				offered: self.offered(),
			})
	}

	/// What is offered, as text. Names are the server's: nothing in them is left to the terminal to interpret.
	fn offered(&self) -> String {
		let name = |one: &Service| {
			let (service, device) = (one.service.escape_debug(), one.device.escape_debug());
			format!("`{service}` at `{device}`")
		};
		let names: Vec<_> = self.services.iter().take(SHOWN).map(name).collect();
		match self.services.len() {
			0 => "nothing".into(),
			more if more > SHOWN => format!("{} and {} more", names.join(", "), more - SHOWN),
			_ => names.join(", "),
		}
	}
}

impl Server {
	/// The access server at an `http://` or `https://` address. Its certificate is vouched for by one of
	/// those in a file, in PEM, or else by one that the system trusts.
	pub fn new(url: &str, authorities: Option<&Path>) -> Result<Self, Error> {
		Http::new(url, authorities).map(Self)
	}

	/// Where the access server is.
	pub fn url(&self) -> &str {
		self.0.base()
	}

	/// What it sells.
	pub async fn info(&self) -> Result<Info, Error> {
		self.0.get("/v1/info").await
	}

	/// How a channel stands.
	pub async fn channel_info(&self, channel: ChannelId) -> Result<ChannelInfo, Error> {
		self.0.get(&format!("/v1/channels/{channel:?}")).await
	}

	/// Buys a slot. The same receipt with the same key buys the same slot, however often it is sent.
	pub async fn buy(&self, pending: &Pending) -> Result<Password, Error> {
		let Pending {
			order,
			receipt: Hex(receipt),
			..
		} = pending;
		let purchase = Purchase::new(order, receipt, pending.price);
		let bought = self.0.post("/v1/slots", pending.key, &purchase);
		let password: Password = bought.await?;
		let digits = &password.password;
		let sound = (6..=8).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit());
		if !sound || password.amount != receipt.receipt.amount {
			return Err(Error::Unreachable {
				url: self.url().into(),
				reason: "the answer is not a password for the receipt that was sent".into(),
			});
		}
		Ok(password)
	}

	/// Shows a receipt that has bought a slot already, to a server that may have forgotten it.
	pub async fn remind(
		&self,
		order: &Order,
		receipt: &SignedReceipt,
		price: Balance,
	) -> Result<(), Error> {
		let purchase = Purchase::new(order, receipt, price);
		// The password that it gives, if it has forgotten the receipt, is left unused.
		let bought = self.0.post("/v1/slots", H256::random(), &purchase);
		let _: Password = bought.await?;
		Ok(())
	}
}

impl<'a> Purchase<'a> {
	fn new(order: &'a Order, receipt: &'a SignedReceipt, price: Balance) -> Self {
		Self {
			device: &order.device,
			service: &order.service,
			receipt: Hex(receipt),
			price: price.to_string(),
		}
	}
}
