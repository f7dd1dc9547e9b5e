//! The depositors ask to close while the access server hangs: its watchtower brings the last receipts in time,
//! and the server closes the channels when it goes on.

use std::time::{Duration, Instant};

use anyhow::{ensure, Context, Result};
use syngraph_payer::Chain;
use syngraph_runtime::Balance;
use tokio::time::sleep;

use crate::{args::Args, parties::Party, perils::signal};

/// Within which time the access server hands its receipts to the watchtower, and then some.
const HANDOVER: Duration = Duration::from_secs(15);
/// How often to look whether a receipt was redeemed.
const PAUSE: Duration = Duration::from_millis(500);

/// Every depositor asks for its channel to be closed. So many slots of each channel were used.
pub async fn close(args: &Args, chain: &Chain, parties: &[Party], used: &[u32]) -> Result<()> {
	let Some(folder) = &args.processes else {
		return ask_to_close(chain, parties).await;
	};
	sleep(HANDOVER).await;
	signal(folder, "access", "-STOP")?.wait()?;
	let asked = ask_to_close(chain, parties).await;
	let rescued = match asked {
		Ok(()) => is_rescued(args, chain, parties, used).await,
		Err(error) => Err(error),
	};
	signal(folder, "access", "-CONT")?.wait()?;
	rescued
}

async fn ask_to_close(chain: &Chain, parties: &[Party]) -> Result<()> {
	for party in parties {
		let requested = chain.request_close(&party.depositor, party.channel);
		let context = || format!("the {} channel", party.kind);
		requested.await.with_context(context)?;
	}
	println!("the depositors have asked to close");
	Ok(())
}

/// Waits until somebody has redeemed the receipt over the greatest amount. Others may be too small for that.
async fn is_rescued(args: &Args, chain: &Chain, parties: &[Party], used: &[u32]) -> Result<()> {
	let all = parties.iter().zip(used).map(|(party, slots)| {
		let owed = party.service.price * Balance::from(*slots);
		(owed, party.channel, party.kind)
	});
	let (owed, channel, kind) = all.max().context("there are no channels")?;
	let begun = Instant::now();
	while chain.view(channel).await?.channel.paid < owed {
		ensure!(
			begun.elapsed() < args.patience(),
			"no watchtower redeems the receipt of the {kind} channel"
		);
		sleep(PAUSE).await;
	}
	println!("the access server hung: a watchtower redeemed its receipt of the {kind} channel");
	Ok(())
}
