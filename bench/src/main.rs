//! Measures a Syngraph node against the limits of its machine.

use std::{path::PathBuf, process::ExitCode, time::Duration};

use anyhow::{ensure, Context, Result};
use clap::{value_parser, Parser};
use syngraph_output::Output;

mod channels;
mod computed;
mod cost;
mod crowd;
mod disputes;
mod fees;
mod fleet;
mod goals;
mod ingestion;
mod latency;
mod payout;
mod rates;
mod report;
mod rush;
mod settlement;
mod statistics;
mod testbed;
mod watcher;

use rates::Rates;
use report::Report;
use testbed::Testbed;

/// Measures a Syngraph node: what a settlement, a payment channel and a dispute cost against a plain transfer, how many
/// sensor messages it accepts per second against what the machine can verify, how many of them end in settled results
/// against how many it puts on chain, how many blocks pass from a window's last message to its settlement, and how all
/// that grows with agreements. In the end it says which goals are met.
///
/// The node must be one of a development chain (`syngraph-node --dev`) that allows unsafe calls: the keys
/// of several intermediaries are put into its keystore.
#[derive(Parser, Debug)]
#[command(name = "syngraph-bench", version)]
struct Args {
	/// The node's WebSocket address.
	#[arg(long, value_name = "URL", default_value = "ws://127.0.0.1:9944")]
	node: String,

	/// The secret of an account with money.
	#[arg(long, value_name = "SECRET", default_value = "//Alice")]
	suri: String,

	/// How many messages to hand over. A node takes no more in a second than its --sensor-rate says.
	#[arg(long, value_name = "N", default_value_t = 20_000, value_parser = value_parser!(u32).range(1..=ingestion::MOST_MESSAGES as i64))]
	messages: u32,

	/// How many windows to time.
	#[arg(long, value_name = "N", default_value_t = 40, value_parser = value_parser!(u32).range(30..=1_000))]
	windows: u32,

	/// For how many seconds nothing may happen.
	#[arg(long, value_name = "SECONDS", default_value_t = 120, value_parser = value_parser!(u64).range(1..=86_400))]
	patience: u64,

	/// Where to write all figures as JSON.
	#[arg(long, value_name = "FILE")]
	out: Option<PathBuf>,

	/// Fail in the end if a goal is missed.
	#[arg(long)]
	check_goals: bool,

	/// Only check what was given. Connects to nothing and writes nothing.
	#[arg(long)]
	check: bool,
}

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
	testbed::key(&args.suri).context("--suri")?;
	let output = args.out.map(|path| Output::new(path, &[])).transpose()?;
	if args.check {
		return Ok(());
	}
	let patience = Duration::from_secs(args.patience);
	let testbed = Testbed::prepare(&args.node, &args.suri).await?;
	println!("measuring what settlements cost ...");
	let costs = settlement::measure(&testbed, patience).await?;
	println!("measuring what payment channels cost ...");
	let channels = channels::measure(&testbed).await?;
	let disputes = disputes::measure(&costs.transfer);
	println!("measuring how fast messages are accepted ...");
	let ingestion = ingestion::measure(&testbed, args.messages).await?;
	println!("measuring how fast messages settle, and are put on chain ...");
	// Should it fail, it does not take the other figures with it.
	let rates = rates::measure(&testbed, patience).await;
	println!("measuring how soon windows settle ...");
	let latency = latency::measure(&testbed, args.windows, patience).await?;
	println!("measuring how long the worker's runs take ...");
	let idle_runs = fleet::measure();
	println!("measuring how many windows settle when all are ready ...");
	let ready_windows = rush::measure();
	println!("measuring how long a settlement takes among very many agreements ...");
	let executions = crowd::measure();
	let goals = [
		costs.goals(),
		Rates::goals(rates.as_ref().ok()),
		latency.goals(),
		fleet::goals(&idle_runs),
		rush::goals(&ready_windows),
		crowd::goals(&executions),
	];
	let report = Report {
		transfer: costs.transfer,
		settlements: costs.settlements,
		payouts: costs.payouts,
		channels,
		disputes,
		ingestion,
		rates: rates.as_ref().ok(),
		latency,
		idle_runs,
		ready_windows,
		executions,
		goals: goals.concat(),
	};
	report.print();
	if let Some(output) = output {
		output.write(serde_json::to_string_pretty(&report)? + "\n")?;
		println!("\nwritten to {}", output.path().display());
	}
	let goals = report.goals;
	rates.context("how fast messages settle, and are put on chain")?;
	let missed = goals.iter().filter(|goal| !goal.met).count();
	ensure!(
		!args.check_goals || missed == 0,
		"{missed} goals are missed"
	);
	Ok(())
}

#[cfg(test)]
mod tests {
	use super::*;
	use clap::CommandFactory;

	#[test]
	fn the_command_line_is_sound() {
		Args::command().debug_assert();
	}
}
