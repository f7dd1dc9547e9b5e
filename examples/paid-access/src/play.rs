//! Paying for slots and using them.

use std::time::{Duration, Instant};

use anyhow::{ensure, Context, Result};
use syngraph_payer::{Error, Handover, Live, Order, Payments, Records, Server};
use tokio::time::sleep;

use crate::{
	args::Args,
	parties::{Party, PayingClient},
	perils::{Peril, Perilous},
};

/// How long to wait before something is tried again.
const PAUSE: Duration = Duration::from_millis(250);
/// Members of a group take turns in steps of so many, so that they are not all neighbours.
const STRIDE: usize = 37;

/// Pays for all slots, one of each channel in turn. Returns how many slots of each channel were used.
pub async fn play(args: &Args, parties: &[Party]) -> Result<Vec<u32>> {
	let mut used = vec![0; parties.len()];
	for round in 0..args.slots {
		for (party, used) in parties.iter().zip(&mut used) {
			let turn = (round as usize).wrapping_mul(STRIDE) % party.clients.len();
			let client = party
				.clients
				.get(turn)
				.context("a channel without clients")?;
			let handover = pay(args, party, client, None).await?;
			ensure!(
				matches!(handover, Handover::Accepted(_)),
				"{}: the device had the password already",
				client.name
			);
			*used += 1;
		}
		println!(
			"round {} of {}: a slot of each channel was used",
			round + 1,
			args.slots
		);
	}
	Ok(used)
}

/// Pays for one slot and uses it, whatever dies meanwhile.
pub async fn pay(
	args: &Args,
	party: &Party,
	client: &PayingClient,
	peril: Option<&Peril>,
) -> Result<Handover> {
	let begun = Instant::now();
	loop {
		match attempt(args, party, client, peril).await {
			Ok(handover) => return Ok(handover),
			Err(error) if passes(&error) && begun.elapsed() < args.patience() => {
				sleep(PAUSE).await;
			},
			Err(error) => return Err(error).with_context(|| client.name.clone()),
		}
	}
}

/// Tries once. Every attempt begins with what is on disk, like a new process.
async fn attempt(
	args: &Args,
	party: &Party,
	client: &PayingClient,
	peril: Option<&Peril>,
) -> Result<Handover, Error> {
	let records = Records::open(&args.records.join(&client.name))?;
	let record = records.load(party.channel)?;
	let server = Server::new(&args.server, None)?;
	let order = Order {
		server: server.url().into(),
		device: party.service.device.clone(),
		service: party.service.service.clone(),
	};
	let environment = Live {
		server,
		node: args.node.clone(),
		records,
		is_well_known: client.signer.is_well_known(),
	};
	let environment = Perilous { environment, peril };
	let mut payments = Payments::new(environment, client.signer.clone(), record);
	payments.buy(&order, party.service.price).await?;
	payments.hand_over(&party.device).await
}

/// Whether it may be better in a moment.
fn passes(error: &Error) -> bool {
	match error {
		Error::Unreachable { .. } | Error::Node(_) => true,
		Error::DeviceAway { .. } | Error::DeviceSilent { .. } | Error::DeviceRefuses(_) => true,
		// A server that was just started, or has not seen the newest block.
		Error::Refused(problem) => matches!(problem.name(), "unavailable" | "unknown-channel"),
		_ => false,
	}
}
