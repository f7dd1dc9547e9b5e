//! What is done to the ledger while no server runs on it.

use std::sync::Arc;

use anyhow::{bail, Context};
use clap::Args;
use sp_core::sr25519;
use syngraph_access::{
	config::{Config, Offer},
	Ledger, Metrics, Node,
};
use syngraph_client::secret::Key;
use syngraph_device::hotp;

use crate::{connect, identity, Checked, TIMEOUT};

/// The greatest number to which passwords can be skipped. No service sells so many, and to whoever reads JSON with
/// floating-point numbers two greater ones may be the same.
const LAST: u64 = (1 << 53) - 1;

/// Which services.
#[derive(Args)]
pub struct Services {
	/// Of this device only
	#[arg(long)]
	device: Option<String>,
	/// This service only
	#[arg(long, requires = "device")]
	service: Option<String>,
}

impl Services {
	fn include(&self, offer: &Offer) -> bool {
		let is = |asked: &Option<String>, name| asked.as_ref().is_none_or(|asked| asked == name);
		is(&self.device, &offer.device) && is(&self.service, &offer.service)
	}
}

/// Begins the ledger of a new server.
pub async fn init(config: &Config) -> anyhow::Result<()> {
	let Checked { payee, .. } = Checked::new(config)?;
	let node = ask(config, &payee).await?;
	let metrics = Arc::new(Metrics::new()?);
	let ledger = Ledger::create(&config.data, &identity(&node, &payee), metrics)?;
	println!(
		"{:?} begins in {}: every service with password number 0",
		ledger.instance(),
		config.data.display()
	);
	Ok(())
}

/// Leaves passwords out: so many, or up to a number.
pub async fn skip(
	config: &Config,
	services: &Services,
	slots: Option<u64>,
	to: Option<u64>,
) -> anyhow::Result<()> {
	let Checked { terms, payee, .. } = Checked::new(config)?;
	let ledger = open(config, &payee).await?;
	let offers = terms.offers.iter();
	let mut chosen = offers.filter(|offer| services.include(offer)).peekable();
	chosen
		.peek()
		.context("there is no such device, or it has no such service")?;
	for offer in chosen {
		let (device, service) = (offer.device.clone(), offer.service.clone());
		let skipped = ledger.write(move |entries| {
			let next = entries.skip(&device, &service, 0)?;
			let slots = to.map_or(slots.unwrap_or(0), |to| to.saturating_sub(next));
			if slots > LAST.saturating_sub(next) {
				return Ok(None);
			}
			entries.skip(&device, &service, slots).map(Some)
		});
		let next = skipped.await?.with_context(|| {
			let Offer {
				device, service, ..
			} = &**offer;
			format!("{device} {service}: no passwords after number {LAST} can be skipped to")
		})?;
		if to.is_some_and(|to| next > to) {
			bail!("the next password is number {next} already");
		}
		println!(
			"{} {}: the next password is number {next}",
			offer.device, offer.service
		);
	}
	Ok(())
}

/// Prints two passwords that follow each other, which nobody else is told.
pub async fn pair(config: &Config, device: &str, service: &str) -> anyhow::Result<()> {
	let Checked { terms, payee, .. } = Checked::new(config)?;
	let mut offers = terms.offers.iter();
	let offer = offers
		.find(|offer| offer.device == device && offer.service == service)
		.context("there is no such device, or it has no such service")?;
	let ledger = open(config, &payee).await?;
	let (device, service) = (device.to_string(), service.to_string());
	let next = ledger
		.write(move |entries| entries.skip(&device, &service, 2))
		.await?;
	let first = next.saturating_sub(2);
	let password = |counter| hotp(&offer.secret, counter, offer.digits);
	println!(
		"{first} {} {}",
		password(first),
		password(first.saturating_add(1))
	);
	Ok(())
}

async fn open(config: &Config, payee: &Key<sr25519::Pair>) -> anyhow::Result<Ledger> {
	Ledger::ensure_there(&config.data)?;
	let node = ask(config, payee).await?;
	let metrics = Arc::new(Metrics::new()?);
	Ledger::open(&config.data, &identity(&node, payee), metrics)
}

/// The node, which tells which chain it is of. Whoever waits for it is told so.
async fn ask(config: &Config, payee: &Key<sr25519::Pair>) -> anyhow::Result<Node> {
	let seconds = TIMEOUT.as_secs();
	eprintln!(
		"asking the node at {} which chain it is of, for up to {seconds} s",
		config.node
	);
	connect(config, payee).await
}
