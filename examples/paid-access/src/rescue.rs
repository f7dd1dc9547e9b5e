//! The access server hangs when a depositor asks to close, and its watchtower redeems its last receipt.

use std::time::{Duration, Instant};

use anyhow::{ensure, Context, Result};
use syngraph_payer::{Chain, Info};
use syngraph_runtime::Balance;
use tokio::time::sleep;

use crate::{
	args::Args,
	parties::{self, Party},
	perils::signal,
	play::pay,
};

/// How many slots are used: a receipt over less is not worth the fee.
const SLOTS: u32 = 5;
/// Within which time the access server hands its receipts to the watchtower, and then some.
const HANDOVER: Duration = Duration::from_secs(15);
/// How often to look whether the receipt was redeemed.
const PAUSE: Duration = Duration::from_millis(500);

/// Lets a watchtower redeem the last receipt of one more channel, if the access server can be made to hang.
pub async fn show(args: &Args, chain: &Chain, info: &Info) -> Result<()> {
	let Some(folder) = &args.processes else {
		return Ok(());
	};
	let party = parties::open_another(args, chain, info).await?;
	let client = party.clients.first().context("nobody pays")?;
	for _ in 0..SLOTS {
		pay(args, &party, client, None).await?;
	}
	sleep(HANDOVER).await;
	signal(folder, "access", "-STOP")?.wait()?;
	let rescued = is_rescued(args, chain, &party).await;
	signal(folder, "access", "-CONT")?.wait()?;
	rescued?;
	println!("the access server hung when it had to close a channel: its watchtower redeemed the last receipt");
	Ok(())
}

/// Has the depositor ask to close, and waits until somebody has redeemed the receipt over all slots.
async fn is_rescued(args: &Args, chain: &Chain, party: &Party) -> Result<()> {
	chain.request_close(&party.depositor, party.channel).await?;
	let owed = party.service.price * Balance::from(SLOTS);
	let begun = Instant::now();
	while chain.state(party.channel).await?.channel.paid < owed {
		ensure!(
			begun.elapsed() < args.patience(),
			"no watchtower redeemed the last receipt"
		);
		sleep(PAUSE).await;
	}
	Ok(())
}
