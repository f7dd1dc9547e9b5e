//! What the operator decides, in a file.

mod offers;
mod ranges;

use std::{
	fs,
	net::{Ipv4Addr, SocketAddr},
	num::NonZeroU64,
	path::{Path, PathBuf},
	sync::Arc,
	time::Duration,
};

use anyhow::{ensure, Context};
use serde::{Deserialize, Deserializer};
use sp_core::sr25519;
use syngraph_client::secret::{self, Key, Scheme, WellKnown};
use syngraph_primitives::BlockNumber;

pub use offers::Offer;

use crate::{
	listen::{Limits, Tls},
	Balance, Closing,
};

/// The configuration as it is written, in TOML. Files are named relative to it. Every field has a range, which
/// [`Config::load`] checks.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
	/// The node to use: a `ws://` or `wss://` address. The server believes what it says.
	pub node: String,
	/// A node that watches over the channels of this payee while the server is away: a `ws://` or `wss://`
	/// address.
	pub tower: Option<String>,
	/// The address to listen on.
	pub listen: SocketAddr,
	/// The address to listen on for `/healthz` and `/metrics` alone, which are answered there whatever
	/// happens at the other one. By default, that of this machine alone with the port after that of
	/// `listen`.
	pub admin: Option<SocketAddr>,
	/// The file with the payee's key.
	pub payee: PathBuf,
	/// Whether the payee's key may be one that everybody knows, such as `//Alice`: on development chains.
	#[serde(default)]
	pub dev_keys: bool,
	/// The folder for what must not be forgotten.
	pub data: PathBuf,
	/// How many blocks before a channel expires no receipt is accepted any more and it is closed: 36 or more,
	/// fewer than a depositor waits that asks to close, and with a watchtower more than it leaves the server.
	#[serde(default = "default_margin")]
	pub margin: BlockNumber,
	/// How many channels are closed per block at most, 1 to 1,000: if more are to be closed at the same time, that
	/// begins earlier.
	#[serde(default = "default_closings_per_block")]
	pub closings_per_block: u32,
	/// Whether also channels are closed that owe less than the fee.
	#[serde(default)]
	pub close_at_loss: bool,
	/// How many percent of what a closing brings in beyond its fee are offered as a tip at most, when less than half
	/// of `margin` is left: 0 to 50.
	#[serde(default = "default_tip_percent")]
	pub tip_percent: u8,
	/// How many seconds the chain, or its finality, may stand still before receipts are refused: 6 to 3,600.
	#[serde(default = "default_stale_seconds")]
	pub stale_seconds: u64,
	/// How many connections are served at a time: 1 to 65,536.
	#[serde(default = "default_connections")]
	pub connections: u32,
	/// How many of them come from one address, or one network of IPv6 of 64 bits, at most: 1 to all. By default
	/// 64. Behind a proxy all come from one.
	pub connections_per_address: Option<u32>,
	/// With what to serve HTTPS. Without, a proxy should.
	pub tls: Option<Tls>,
	/// How much a client may buy.
	#[serde(default)]
	pub quota: Quota,
	/// What is sold.
	pub devices: Vec<Device>,
}

/// How much every client may buy.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Quota {
	/// So many slots, 1 to 1,000,000,
	pub slots: u32,
	/// in every period of so many seconds, 1 to 2,678,400: a month.
	pub seconds: u64,
}

impl Default for Quota {
	/// One slot per second on average.
	fn default() -> Self {
		Self {
			slots: 3600,
			seconds: 3600,
		}
	}
}

/// A device that is not on the chain.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Device {
	/// Its name, which clients use: 1 to 64 letters, digits, `-`, `_` and `.`.
	pub name: String,
	/// What it does.
	pub services: Vec<Service>,
}

/// One of the things that a device does.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Service {
	/// Its name, which clients use, of the same form.
	pub name: String,
	/// The file with the secret that is shared with the device: 16 to 64 bytes in hexadecimal, which no other
	/// service has.
	pub secret: PathBuf,
	/// What a slot costs, 1 to 10^27, as text, for it may be more than TOML's numbers hold.
	#[serde(deserialize_with = "price")]
	pub price: Balance,
	/// How long a slot lasts, in seconds: 1 to 604,800, a week.
	pub slot_seconds: u32,
	/// How many digits a password has: 6, 7 or 8.
	#[serde(default = "default_digits")]
	pub digits: u8,
}

/// What the operator allows.
#[derive(Clone, Debug)]
pub struct Rules {
	/// How many blocks before receipts stop counting none is accepted any more, so that there is time to
	/// redeem the last.
	pub margin: BlockNumber,
	/// How many slots a client may buy in a period.
	pub quota: u32,
}

/// Everything that serving needs to know.
pub struct Terms {
	/// What the operator allows.
	pub rules: Rules,
	/// The length of a quota's period in seconds.
	pub period: NonZeroU64,
	/// How channels are closed.
	pub closing: Closing,
	/// What is sold.
	pub offers: Vec<Arc<Offer>>,
}

impl Config {
	/// Reads a configuration, and checks that every field is in its range.
	pub fn load(path: &Path) -> anyhow::Result<Self> {
		let text =
			fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
		let read = || -> anyhow::Result<Self> {
			let mut config: Self = toml::from_str(&text)?;
			config.ensure_in_range()?;
			config.resolve(path.parent().unwrap_or(Path::new("")));
			Ok(config)
		};
		read().with_context(|| format!("in {}", path.display()))
	}

	/// Takes the files for relative to a folder.
	fn resolve(&mut self, folder: &Path) {
		let services = self
			.devices
			.iter_mut()
			.flat_map(|device| &mut device.services);
		let tls = self
			.tls
			.iter_mut()
			.flat_map(|tls| [&mut tls.certificate, &mut tls.key]);
		let files = [&mut self.payee, &mut self.data].into_iter().chain(tls);
		for file in files.chain(services.map(|service| &mut service.secret)) {
			*file = folder.join(&file);
		}
	}

	/// The payee's key.
	pub fn payee(&self) -> anyhow::Result<Key<sr25519::Pair>> {
		let well_known = WellKnown::accepted_if(self.dev_keys);
		let key = secret::read_key(&self.payee, |scheme, secret| match scheme {
			Scheme::Sr25519 => secret::key(secret, well_known),
			_ => Err("the payee signs transactions, which needs an sr25519 key".into()),
		});
		key.context("payee")
	}

	/// How long the chain may stand still.
	pub fn patience(&self) -> Duration {
		Duration::from_secs(self.stale_seconds)
	}

	/// Where `/healthz` and `/metrics` are answered whatever happens.
	pub fn admin(&self) -> SocketAddr {
		let beside = self.listen.port().wrapping_add(1);
		self.admin
			.unwrap_or_else(|| (Ipv4Addr::LOCALHOST, beside).into())
	}

	/// How many connections are served at a time.
	pub fn limits(&self) -> Limits {
		let usual = self.connections.min(CONNECTIONS_PER_ADDRESS);
		Limits {
			connections: self.connections,
			per_address: self.connections_per_address.unwrap_or(usual),
		}
	}

	/// Reads the secrets, and checks that no two are the same.
	pub fn terms(&self) -> anyhow::Result<Terms> {
		let rules = Rules {
			margin: self.margin,
			quota: self.quota.slots,
		};
		let offers = self.read_offers()?;
		ensure!(!offers.is_empty(), "devices: nothing is sold");
		Ok(Terms {
			rules,
			period: NonZeroU64::new(self.quota.seconds).unwrap_or(NonZeroU64::MIN),
			closing: Closing {
				per_block: self.closings_per_block,
				at_loss: self.close_at_loss,
				tip_percent: self.tip_percent,
			},
			offers,
		})
	}
}

fn price<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Balance, D::Error> {
	let text = String::deserialize(deserializer)?;
	let is_plain = text.bytes().all(|byte| byte.is_ascii_digit());
	let price = is_plain.then(|| text.parse().ok()).flatten();
	price.ok_or_else(|| {
		serde::de::Error::custom(format!("price = {text:?}: must be decimal digits"))
	})
}

/// How many connections one address has by default.
const CONNECTIONS_PER_ADDRESS: u32 = 64;

/// A hundred seconds at two seconds a block, and somewhat more than a watchtower waits.
fn default_margin() -> BlockNumber {
	50
}

fn default_closings_per_block() -> u32 {
	Closing::default().per_block
}

fn default_tip_percent() -> u8 {
	Closing::default().tip_percent
}

fn default_stale_seconds() -> u64 {
	60
}

fn default_connections() -> u32 {
	1024
}

fn default_digits() -> u8 {
	6
}
