//! The smart lock: from real bicycle trips to settled and paid rental seconds. See the README beside it.

use std::process::ExitCode;

use anyhow::{bail, ensure, Result};
use clap::Parser;
use tokio::sync::watch;

mod args;
mod audit;
mod check;
mod deals;
mod figures;
mod follow;
mod incidents;
mod network;
mod plan;
mod play;
mod report;
mod settled;
mod trips;

use args::Args;
use audit::{Audit, Snapshot};
use deals::Deal;
use network::Network;
use plan::Plan;
use play::Played;
use report::Report;
use settled::Settlements;

#[tokio::main]
async fn main() -> ExitCode {
	match run(Args::parse()).await {
		Ok(()) => ExitCode::SUCCESS,
		Err(error) => {
			eprintln!("error: {error:#}");
			ExitCode::FAILURE
		},
	}
}

async fn run(args: Args) -> Result<()> {
	let plan = Plan::make(&args)?;
	if args.check {
		return Ok(());
	}
	let mut network = Network::prepare(&args, plan.bikes).await?;
	let mut deals = deals::conclude(&network, args.shape(), args.rate).await?;
	while !network.agree_on_starts().await? {
		println!("the nodes have messages of an earlier run: the locks go on after them");
		deals = deals::conclude(&network, args.shape(), args.rate).await?;
	}
	let before = Snapshot::take(&network).await?;
	before.ensure_active(&deals)?;
	let mut settlements = stream(&args, &network, &deals, &before).await?;
	let paid = deals::pay_out(&network, &deals).await?;
	follow::catch_up(&network, &deals, &mut settlements, paid).await?;
	let after = Snapshot::after(&network, settlements.last).await?;
	let audit = Audit {
		network: &network,
		deals: &deals,
		settlements: &settlements,
		before: &before,
		after: &after,
		stored: audit::stored_outcomes(&network, &deals, &after).await?,
	};
	let report = Report::new(&audit, args.rate, plan.left_out);
	report.print();
	if let Some(output) = plan.output {
		output.write(report.to_json()?)?;
		println!("\nwritten to {}", output.path().display());
	}
	report.conclude();
	ensure!(
		report.is_ok(),
		"the chain and the trip file differ, see above"
	);
	println!("Every figure on chain is what the trip file says.");
	Ok(())
}

/// Sends the messages and follows the chain until every full window is settled.
async fn stream(
	args: &Args,
	network: &Network,
	deals: &[Deal],
	before: &Snapshot,
) -> Result<Settlements> {
	let (report, played) = watch::channel(Played::before(&network.locks));
	let playing = play::play(network, args.speed, args.patience(), report);
	let following = follow::follow(network, deals, before.block + 1, args.patience(), played);
	tokio::select! {
		settlements = following => settlements,
		failure = playing => match failure {
			Ok(never) => match never {},
			Err(error) => bail!(error.context("the locks' messages cannot be delivered")),
		},
	}
}
