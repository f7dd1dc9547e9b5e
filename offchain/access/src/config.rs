//! What the operator decides, in a file.

use std::{
	collections::HashSet,
	fs,
	net::SocketAddr,
	num::{NonZeroU32, NonZeroU64},
	path::{Path, PathBuf},
	sync::Arc,
	time::Duration,
};

use anyhow::{anyhow, ensure, Context};
use serde::{Deserialize, Deserializer};
use sp_core::{sr25519, Pair};
use syngraph_device::{Digits, Secret};
use syngraph_primitives::BlockNumber;
use syngraph_worker::tower::LAST_BLOCKS;
use zeroize::Zeroizing;

use crate::{desk::Rules, Balance, Closing};

/// The most bytes that the name of a device or service has.
const MAX_NAME: usize = 64;

/// The configuration as it is written, in TOML. Files are named relative to it.
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
	/// The file with the payee's seed: a phrase, or 32 bytes in hexadecimal.
	pub payee: PathBuf,
	/// The folder for what must not be forgotten.
	pub data: PathBuf,
	/// How many blocks before a channel expires no receipt is accepted any more and it is closed. With a
	/// watchtower, more than [`LAST_BLOCKS`].
	#[serde(default = "default_margin")]
	pub margin: BlockNumber,
	/// How many channels are closed per block at most, from 1 to [`Closing::MOST_PER_BLOCK`]: if more are to be
	/// closed at the same time, that begins earlier.
	#[serde(default = "default_closings_per_block")]
	pub closings_per_block: u32,
	/// Whether also channels are closed that owe less than the fee.
	#[serde(default)]
	pub close_at_loss: bool,
	/// How long the chain may stand still before receipts are refused.
	#[serde(default = "default_stale_seconds")]
	pub stale_seconds: u64,
	/// How many connections are served at a time.
	#[serde(default = "default_connections")]
	pub connections: u32,
	/// With what to serve HTTPS. Without, a proxy should.
	pub tls: Option<Tls>,
	/// How much a client may buy.
	#[serde(default)]
	pub quota: Quota,
	/// What is sold.
	pub devices: Vec<Device>,
}

/// A certificate and its key, in PEM.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tls {
	/// The file with the certificate, followed by those that certify it.
	pub certificate: PathBuf,
	/// The file with its key.
	pub key: PathBuf,
}

/// How much every client may buy.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Quota {
	/// So many slots,
	pub slots: NonZeroU32,
	/// in every period of so many seconds.
	pub seconds: NonZeroU64,
}

impl Default for Quota {
	/// One slot per second on average.
	fn default() -> Self {
		Self {
			slots: NonZeroU32::MIN.saturating_add(3599),
			seconds: NonZeroU64::MIN.saturating_add(3599),
		}
	}
}

/// A device that is not on the chain.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Device {
	/// Its name, which clients use.
	pub name: String,
	/// What it does.
	pub services: Vec<Service>,
}

/// One of the things that a device does.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Service {
	/// Its name, which clients use.
	pub name: String,
	/// The file with the secret that is shared with the device, in hexadecimal.
	pub secret: PathBuf,
	/// What a slot costs, as text, for it may be more than TOML's numbers hold.
	#[serde(deserialize_with = "price")]
	pub price: Balance,
	/// How long a slot lasts.
	pub slot_seconds: u32,
	/// How many digits a password has: 6, 7 or 8.
	#[serde(default = "default_digits")]
	pub digits: u8,
}

/// A service with its secret.
#[derive(Debug)]
pub struct Offer {
	/// The device.
	pub device: String,
	/// Its service.
	pub service: String,
	/// What a slot costs.
	pub price: Balance,
	/// How long it lasts.
	pub slot_seconds: u32,
	/// What is shared with the device.
	pub secret: Secret,
	/// How long passwords are.
	pub digits: Digits,
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
	/// Reads a configuration.
	pub fn load(path: &Path) -> anyhow::Result<Self> {
		let text =
			fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
		let mut config: Self =
			toml::from_str(&text).with_context(|| format!("in {}", path.display()))?;
		config.resolve(path.parent().unwrap_or(Path::new("")));
		Ok(config)
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
	pub fn payee(&self) -> anyhow::Result<sr25519::Pair> {
		let seed = read_secret(&self.payee)?;
		sr25519::Pair::from_string(seed.trim(), None)
			.map_err(|_| anyhow!("{} holds no seed", self.payee.display()))
	}

	/// How long the chain may stand still.
	pub fn patience(&self) -> Duration {
		Duration::from_secs(self.stale_seconds)
	}

	/// Reads the secrets and checks that everything makes sense.
	pub fn terms(&self) -> anyhow::Result<Terms> {
		let mut names = HashSet::new();
		let mut offers = Vec::new();
		for device in &self.devices {
			for service in &device.services {
				let what = format!("service {:?} of device {:?}", service.name, device.name);
				let offer = service.offer(&device.name).with_context(|| what.clone())?;
				ensure!(
					names.insert((&device.name, &service.name)),
					"{what} is there twice"
				);
				offers.push(Arc::new(offer));
			}
		}
		ensure!(!offers.is_empty(), "nothing is sold");
		ensure!(self.margin > 0, "the margin must be at least one block");
		ensure!(
			self.tower.is_none() || self.margin > LAST_BLOCKS,
			"with a watchtower the margin must be more than {LAST_BLOCKS} blocks: it would be faster than the server"
		);
		let per_block = 1..=Closing::MOST_PER_BLOCK;
		ensure!(
			per_block.contains(&self.closings_per_block),
			"closings_per_block must be from 1 to {}",
			per_block.end()
		);
		let rules = Rules {
			margin: self.margin,
			quota: self.quota.slots.get(),
		};
		Ok(Terms {
			rules,
			period: self.quota.seconds,
			closing: Closing {
				per_block: self.closings_per_block,
				at_loss: self.close_at_loss,
			},
			offers,
		})
	}
}

impl Service {
	fn offer(&self, device: &str) -> anyhow::Result<Offer> {
		for name in [device, &self.name] {
			ensure!(
				(1..=MAX_NAME).contains(&name.len()),
				"a name has 1 to {MAX_NAME} bytes"
			);
		}
		ensure!(self.price > 0, "the price must not be zero");
		let text = read_secret(&self.secret)?;
		let bytes = array_bytes::hex2bytes(text.trim()).map(Zeroizing::new);
		let secret = bytes.ok().and_then(|bytes| Secret::new(&bytes));
		let digits = match self.digits {
			6 => Digits::Six,
			7 => Digits::Seven,
			8 => Digits::Eight,
			other => return Err(anyhow!("a password cannot have {other} digits")),
		};
		Ok(Offer {
			device: device.into(),
			service: self.name.clone(),
			price: self.price,
			slot_seconds: self.slot_seconds,
			secret: secret.with_context(|| {
				let range = syngraph_device::SECRET_BYTES;
				format!("{} does not hold {range:?} bytes", self.secret.display())
			})?,
			digits,
		})
	}
}

fn read_secret(path: &Path) -> anyhow::Result<Zeroizing<String>> {
	let text =
		fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
	Ok(Zeroizing::new(text))
}

fn price<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Balance, D::Error> {
	let text = String::deserialize(deserializer)?;
	text.parse().map_err(serde::de::Error::custom)
}

/// A hundred seconds at two seconds a block, and somewhat more than a watchtower waits.
fn default_margin() -> BlockNumber {
	50
}

fn default_closings_per_block() -> u32 {
	Closing::default().per_block
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
