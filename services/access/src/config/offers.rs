//! What is sold, with the secrets that its passwords are made of.

use std::{collections::HashMap, sync::Arc};

use anyhow::{anyhow, bail, Context};
use sp_core::{sr25519, Pair, H256};
use sp_runtime::traits::{BlakeTwo256, Hash};
use syngraph_client::secret;
use syngraph_device::{Digits, Secret, SECRET_BYTES};
use zeroize::Zeroizing;

use super::{Config, Service};
use crate::Balance;

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

/// How many hexadecimal digits the key of HMAC has.
const KEY_DIGITS: usize = 2 * *SECRET_BYTES.end();

/// Whose each secret is, by the hash of the key that HMAC makes of it.
type Owners = HashMap<H256, String>;

impl Config {
	/// All services with their secrets, of which no two are the same: a password of one would open the other.
	pub(super) fn read_offers(&self) -> anyhow::Result<Vec<Arc<Offer>>> {
		let mut owners = Owners::new();
		// A device would have what signs for the payee.
		let payee = secret::read_line(&self.payee).context("payee")?;
		for key in keys(&payee) {
			owners.insert(key, "the payee".into());
		}
		let mut offers = Vec::new();
		for device in &self.devices {
			for service in &device.services {
				let what = format!("service {:?} of device {:?}", service.name, device.name);
				let offer = service.read(&device.name, &what, &mut owners);
				offers.push(Arc::new(offer.with_context(|| what)?));
			}
		}
		Ok(offers)
	}
}

impl Service {
	fn read(&self, device: &str, what: &str, owners: &mut Owners) -> anyhow::Result<Offer> {
		let line = secret::read_line(&self.secret).context("secret")?;
		let secret = Secret::from_hex(&line)
			.map_err(|reason| anyhow!("secret: {} {reason}", self.secret.display()))?;
		if let Some(owner) = owners.insert(hash(&line), what.into()) {
			bail!("secret: {} is also that of {owner}", self.secret.display());
		}
		Ok(Offer {
			device: device.into(),
			service: self.name.clone(),
			price: self.price,
			slot_seconds: self.slot_seconds,
			secret,
			digits: match self.digits {
				8 => Digits::Eight,
				7 => Digits::Seven,
				_ => Digits::Six,
			},
		})
	}
}

/// The hashes of all that the payee's key can be made of: what is written, the path left out, and the seed of a phrase.
fn keys(payee: &str) -> Vec<H256> {
	let (_, secret) = secret::scheme(payee);
	let root = secret.split('/').next().unwrap_or_default();
	let seed = |secret: &str| sr25519::Pair::from_string_with_seed(secret, None).ok()?.1;
	// Without a root, it is the one that everybody knows.
	let secrets = [root, secret].into_iter().filter(|_| !root.is_empty());
	let seeds = secrets.filter_map(seed);
	let seeds = seeds.map(|seed| hash(&Zeroizing::new(array_bytes::bytes2hex("", seed))));
	seeds.chain([hash(root)]).collect()
}

/// The hash of a secret in hexadecimal, however it is written: with zeros after it, as HMAC fills its key up, so that
/// two secrets have the same hash that make the same passwords.
fn hash(secret: &str) -> H256 {
	let digits = secret.strip_prefix("0x").unwrap_or(secret);
	let key = Zeroizing::new(format!("{:0<KEY_DIGITS$}", digits.to_ascii_lowercase()));
	BlakeTwo256::hash(key.as_bytes())
}
