//! The smart lock: from real bicycle trips to settled and paid rental seconds. See the README beside it.

use std::{fs::File, process::ExitCode};

use anyhow::{bail, ensure, Context, Result};
use clap::Parser;
use tokio::sync::watch;

mod args;
mod audit;
mod deals;
mod figures;
mod follow;
mod network;
mod play;
mod report;
mod trips;

use args::Args;
use audit::{Books, Snapshot};
use deals::Deal;
use follow::Settlements;
use network::Network;
use play::Played;
use report::Report;
use trips::Bike;

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
	let bikes = read_trips(&args)?;
	if let Some(path) = &args.out {
		// Better now than when everything is done.
		File::create(path).with_context(|| format!("cannot write {}", path.display()))?;
	}
	let mut network = Network::prepare(&args, bikes).await?;
	let mut deals = deals::conclude(&network, args.shape(), args.rate).await?;
	while !network.agree_on_starts().await? {
		println!("the nodes have messages of an earlier run: the locks go on after them");
		deals = deals::conclude(&network, args.shape(), args.rate).await?;
	}
	let before = Snapshot::take(&network).await?;
	before.ensure_active(&deals)?;
	let settlements = stream(&args, &network, &deals, &before).await?;
	let after = Snapshot::after(&network, settlements.last).await?;
	let books = Books {
		network: &network,
		deals: &deals,
		settlements: &settlements,
		before: &before,
		after: &after,
		stored: audit::stored_results(&network, &deals, &after).await?,
	};
	let report = Report::new(&books, args.rate);
	report.print();
	if let Some(path) = &args.out {
		report.write(path)?;
		println!("\nwritten to {}", path.display());
	}
	ensure!(
		report.is_ok(),
		"the chain and the trip file differ, see above"
	);
	println!("\nEvery figure on chain is what the trip file says.");
	Ok(())
}

/// Reads the trips of the busiest bicycles.
fn read_trips(args: &Args) -> Result<Vec<Bike>> {
	let name = args.trips.display();
	let file = File::open(&args.trips).with_context(|| format!("cannot open {name}"))?;
	let mut bikes = trips::read(file).with_context(|| format!("{name}"))?;
	let wanted = args.bikes as usize;
	if bikes.len() < wanted {
		println!("{name} holds the trips of {} bicycles only", bikes.len());
	}
	bikes.truncate(wanted);
	ensure!(
		bikes.len() <= network::most_locks(),
		"at most {} bicycles can be streamed at a time",
		network::most_locks()
	);
	for trip in bikes.iter().flat_map(|bike| &bike.trips) {
		if trip.elapsed() != trip.seconds {
			println!(
				"{name}, line {}: the trip took {} s, not {} s as the file says",
				trip.line,
				trip.elapsed(),
				trip.seconds
			);
		}
	}
	let trips: usize = bikes.iter().map(|bike| bike.trips.len()).sum();
	println!("{trips} trips of {} bicycles from {name}", bikes.len());
	Ok(bikes)
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
