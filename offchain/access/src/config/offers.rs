//! What is sold, with the secrets that its passwords are made of.

use std::{collections::HashMap, sync::Arc};

use anyhow::{anyhow, bail, Context};
use sp_core::H256;
use sp_runtime::traits::{BlakeTwo256, Hash};
use syngraph_client::secret;
use syngraph_device::{Digits, Secret};
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

/// Whose each secret is, by its hash.
type Owners = HashMap<H256, String>;

impl Config {
	/// All services with their secrets, of which no two are the same: a password of one would open the other.
	pub(super) fn read_offers(&self) -> anyhow::Result<Vec<Arc<Offer>>> {
		let mut owners = Owners::new();
		// A device would have what signs for the payee.
		let payee = secret::read_line(&self.payee).context("payee")?;
		owners.insert(digest(&payee), "the payee".into());
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
		if let Some(owner) = owners.insert(digest(&line), what.into()) {
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

/// The hash of a secret's digits, however they are written.
fn digest(line: &str) -> H256 {
	let (_, secret) = secret::scheme(line);
	let digits = secret.trim_start_matches("0x").to_ascii_lowercase();
	BlakeTwo256::hash(Zeroizing::new(digits).as_bytes())
}
