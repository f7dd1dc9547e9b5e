//! Paid access: a charger and a lock that take one-time passwords, paid for out of channels. See the
//! README beside it.

use std::process::ExitCode;

use anyhow::{ensure, Context, Result};
use clap::Parser;
use pallet_channels::Config;
use sp_core::Get;
use syngraph_client::secret::ensure_development;
use syngraph_output::Output;
use syngraph_payer::{Chain, Info, Server};
use syngraph_runtime::{Balance, Runtime};
use tokio::time::{sleep, Duration, Instant};

mod args;
mod audit;
mod command;
mod expiry;
mod parties;
mod perils;
mod play;
mod report;
mod rescue;

use args::Args;
use audit::{wealth, Audit};
use expiry::Expiring;
use parties::{Depositors, Party};
use report::{Check, Report, Row};

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
	ensure!(
		!args.records.exists(),
		"the records exist already, in {}",
		args.records.display()
	);
	parties::funder(&args)?;
	let output = args.out.as_ref().map(|path| Output::new(path, &[]));
	let output = output.transpose()?;
	if args.check {
		return Ok(());
	}
	// The access server answers once its node does.
	let info = server_info(&args).await?;
	let chain = Chain::connect(&args.node).await?;
	let client = chain.client();
	ensure!(
		info.genesis == client.genesis(),
		"the access server belongs to a different chain from the node"
	);
	// The depositors' keys, at least, are known to everybody.
	ensure_development(client).await?;
	let depositors = Depositors::new()?;
	// The access server comes last.
	let mut accounts = depositors.accounts().to_vec();
	accounts.push(info.payee.clone());
	let funded = parties::fund(&args, client, &accounts).await?;
	let parties = parties::open_channels(&args, depositors, &chain, &info).await?;
	let expiring = Expiring::open(&args, &info.payee)?;
	let mut used = play::play(&args, &parties).await?;
	for (party, used) in parties.iter().zip(&mut used) {
		*used += perils::suffer(&args, party, *used).await?;
	}
	expiring.claim(&chain).await?;
	ask_to_close(&chain, &parties).await?;
	let first = client.header(funded).await?.number + 1;
	let channels: Vec<_> = parties.iter().map(|party| party.channel).collect();
	let audit = Audit::follow(client, first, &channels, args.patience()).await?;
	let before = wealth(client, &accounts, funded).await?;
	let after = wealth(client, &accounts, audit.last).await?;
	let report = report(&parties, &used, &audit, &Wealth { before, after })?;
	report.print();
	if let Some(output) = output {
		output.write(report.to_json()?)?;
		println!("\nwritten to {}", output.path().display());
	}
	ensure!(report.is_ok(), "the figures do not add up, see above");
	println!("\nEvery figure adds up with the chain.");
	rescue::show(&args, &chain, &info).await
}

/// Every depositor asks for its channel to be closed.
async fn ask_to_close(chain: &Chain, parties: &[Party]) -> Result<()> {
	for party in parties {
		let requested = chain.request_close(&party.depositor, party.channel);
		let context = || format!("the {} channel", party.kind);
		requested.await.with_context(context)?;
	}
	println!("the depositors have asked to close");
	Ok(())
}

/// What the access server says of itself, once it runs.
async fn server_info(args: &Args) -> Result<Info> {
	let server = Server::new(&args.server, None)?;
	let begun = Instant::now();
	loop {
		match server.info().await {
			Ok(info) => return Ok(info),
			Err(error) if begun.elapsed() >= args.patience() => return Err(error.into()),
			Err(_) => sleep(Duration::from_millis(500)).await,
		}
	}
}

/// What the depositors and the access server own before and after everything.
struct Wealth {
	before: Vec<Balance>,
	after: Vec<Balance>,
}

/// Draws up the table, and compares what clients and devices say with what the chain says.
fn report(parties: &[Party], used: &[u32], audit: &Audit, wealth: &Wealth) -> Result<Report> {
	let (mut rows, mut checks) = (Vec::new(), Vec::new());
	for (party, slots) in parties.iter().zip(used) {
		let closing = audit.closings.get(&party.channel);
		let closing = closing.context("a channel is not closed")?;
		let owed = party.service.price * Balance::from(*slots);
		let kept: Balance = <Runtime as Config>::ChannelDeposit::get();
		let kind = party.kind;
		checks.push(Check::new(
			format!("{kind}: the access server was paid for the slots that the device served"),
			owed,
			closing.paid,
		));
		checks.push(Check::new(
			format!("{kind}: everything else came back"),
			party.funds + kept - owed,
			closing.returned,
		));
		rows.push(Row {
			kind,
			deposit: party.funds,
			slots: *slots,
			paid: closing.paid,
			refunded: closing.returned - kept,
			depositor_cost: audit.fees(&party.depositor.client()),
			payee_cost: closing.fee,
		});
	}
	checks.extend(wealth.checks(&rows));
	Ok(Report { rows, checks })
}

impl Wealth {
	/// Nobody has lost or won anything but what is in the table.
	fn checks(&self, rows: &[Row]) -> Vec<Check> {
		let paid: Balance = rows.iter().map(|row| row.paid).sum();
		let costs: Balance = rows.iter().map(|row| row.payee_cost).sum();
		let depositors = rows.iter().map(|row| {
			let claim = format!(
				"{}: the depositor has paid that and its fees, no more",
				row.kind
			);
			(claim, 0, row.paid + row.depositor_cost)
		});
		let payee = (
			"the access server has received it all, but for the fees of closing".into(),
			paid,
			costs,
		);
		let changes = self.before.iter().zip(&self.after);
		let checks = depositors.chain([payee]).zip(changes);
		checks
			.map(|((claim, won, lost), (before, after))| {
				Check::new(claim, before + won, after + lost)
			})
			.collect()
	}
}
