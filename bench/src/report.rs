//! What is shown and written at the end.

use serde::Serialize;
use syngraph_runtime::MICRO_SYN;

use crate::{
	channels::Channel,
	cost::Cost,
	crowd::Execution,
	disputes::DisputeCost,
	fees::{EVM, PAPER},
	fleet::IdleRuns,
	goals::Goal,
	ingestion::Ingestion,
	latency::Latency,
	payout::Payout,
	rates::Rates,
	rush::ReadyWindows,
	settlement::SettlementCost,
};

/// All figures of a run. Amounts are in the smallest unit (10^-12 SYN), as decimal text.
#[derive(Debug, Serialize)]
pub struct Report<'a> {
	/// A plain transfer.
	pub transfer: Cost,
	/// Settlements of different numbers of windows by different numbers of intermediaries.
	pub settlements: Vec<SettlementCost>,
	/// Payouts by different numbers of intermediaries.
	pub payouts: Vec<Payout>,
	/// Payment channels of each kind.
	pub channels: Vec<Channel>,
	/// What it costs to have a window judged.
	pub disputes: DisputeCost,
	/// How fast messages are accepted.
	pub ingestion: Ingestion,
	/// How fast messages settle, and are put on chain, if that could be measured.
	pub rates: Option<&'a Rates>,
	/// How soon windows settle.
	pub latency: Latency,
	/// How long runs of the worker take in which nothing comes.
	pub idle_runs: Vec<IdleRuns>,
	/// How many windows settle when all agreements have one ready.
	pub ready_windows: Vec<ReadyWindows>,
	/// How long a settlement takes, alone and among very many agreements.
	pub executions: [Execution; 2],
	/// What is wanted, and whether it is so.
	pub goals: Vec<Goal>,
}

impl Report<'_> {
	/// Prints the figures as tables.
	pub fn print(&self) {
		self.print_costs();
		self.print_channels();
		self.print_disputes();
		self.print_ingestion();
		self.print_rates();
		self.print_latency();
		self.print_idle_runs();
		self.print_ready_windows();
		self.print_executions();
		self.print_goals();
	}

	fn print_goals(&self) {
		println!("\ngoals; fees against a plain transfer's");
		for goal in &self.goals {
			println!("  {goal}");
		}
	}

	fn print_rates(&self) {
		let Some(Rates {
			settled,
			written,
			ratio,
		}) = self.rates
		else {
			return;
		};
		println!("\nmessages per second, two members on one node");
		for (what, rate) in [
			("ending in settled results", settled),
			("put on chain in transactions", written),
		] {
			println!(
				"  {what:<32}{:>12.0}  ({} in {:.1} s)",
				rate.per_second, rate.messages, rate.seconds
			);
		}
		println!("  {:<32}{ratio:>12.1}", "ratio");
	}

	fn print_ready_windows(&self) {
		println!("\nwindows that settle when every agreement has one ready, in memory");
		println!(
			"  {:>10}{:>10}{:>18}{:>20}{:>20}{:>20}",
			"agreements",
			"blocks",
			"in the fullest",
			"worker, each (ms)",
			"chain, each (ms)",
			"fit into a slot"
		);
		for ready in &self.ready_windows {
			println!(
				"  {:>10}{:>10}{:>18}{:>20.2}{:>20.2}{:>20.0}",
				ready.agreements,
				ready.blocks,
				ready.most,
				ready.worker_millis,
				ready.chain_millis,
				ready.per_block,
			);
		}
	}

	fn print_executions(&self) {
		println!("\nexecution of a settlement, measured, on a trie in memory (us)");
		println!(
			"  {:>10}{:>12}{:>18}",
			"agreements", "executed", "with the root"
		);
		for execution in &self.executions {
			println!(
				"  {:>10}{:>12.0}{:>18.0}",
				execution.agreements, execution.executed, execution.with_root
			);
		}
	}

	fn print_idle_runs(&self) {
		println!("\nruns of the worker in which nothing comes, in memory (ms)");
		println!(
			"  {:>10}{:>10}{:>10}{:>10}{:>16}{:>20}",
			"agreements", "the first", "median", "95 %", "of 100 alone", "looking at all"
		);
		let hundred = self.idle_runs.iter().find(|runs| runs.agreements == 100);
		let hundred = hundred.map_or(1.0, |runs| runs.idle);
		for runs in &self.idle_runs {
			println!(
				"  {:>10}{:>10.2}{:>10.2}{:>10.2}{:>16.2}{:>20.2}",
				runs.agreements,
				runs.first,
				runs.idle,
				runs.idle_p95,
				runs.idle / hundred,
				runs.blind,
			);
		}
	}

	fn print_ingestion(&self) {
		let Ingestion {
			messages,
			seconds,
			connections,
			batch,
			..
		} = &self.ingestion;
		println!("\nmessages into one node ({messages} in {seconds:.1} s, {connections} connections, {batch} at a time)");
		println!(
			"  accepted per second               {:>10.0}",
			self.ingestion.accepted_per_second
		);
		println!(
			"  plain verifications per second    {:>10.0}  (ed25519, one core)",
			self.ingestion.verified_per_second
		);
		println!(
			"  ratio                             {:>10.2}",
			self.ingestion.ratio
		);
	}

	fn print_latency(&self) {
		let latency = &self.latency;
		println!(
			"\nfrom a window's last message to its settlement ({} windows)",
			latency.windows
		);
		println!("  {:<16}{:>10}{:>10}", "", "median", "95 %");
		println!(
			"  {:<16}{:>10}{:>10}",
			"blocks", latency.blocks_median, latency.blocks_p95
		);
		println!(
			"  {:<16}{:>10.1}{:>10.1}",
			"seconds", latency.seconds_median, latency.seconds_p95
		);
		let first = latency.first_blocks.iter().max().unwrap_or(&0);
		println!("  the first window of a new agreement: up to {first} blocks");
	}

	fn print_channels(&self) {
		println!("\npayment channels, against a plain transfer; in brackets: a smart contract's");
		println!(
			"  {:<22}{:>10}{:>12}{:>14}{:>12}{:>12}{:>14}{:>15}",
			"",
			"open (us)",
			"fee (uSYN)",
			"fee x",
			"close (us)",
			"fee (uSYN)",
			"fee x",
			"without proof"
		);
		for channel in &self.channels {
			let line = |cost: &Cost, to_beat: f64| {
				let (fee, ratio) = (cost.fee as f64, cost.fee_ratio(&self.transfer));
				format!(
					"{:>10.0}{:>12.0}{ratio:>7.2} ({to_beat:.2})",
					cost.microseconds,
					fee / MICRO_SYN as f64
				)
			};
			println!(
				"  {:<22}{}  {}{:>15.2}",
				channel.kind,
				line(&channel.open, channel.to_beat[0]),
				line(&channel.close, channel.to_beat[1]),
				channel.close_ratio_without_proof(&self.transfer),
			);
		}
	}

	fn print_disputes(&self) {
		let disputes = &self.disputes;
		println!(
			"\nshowing a window of a lock's messages to the chain, which runs the function again"
		);
		println!(
			"  {:>10}{:>10}{:>14}{:>14}{:>10}",
			"messages", "blocks", "weight (us)", "fee (uSYN)", "fee x"
		);
		for showing in &disputes.showings {
			println!(
				"  {:>10}{:>10}{:>14.0}{:>14.0}{:>10.1}",
				showing.messages,
				showing.blocks,
				showing.microseconds,
				showing.fee as f64 / MICRO_SYN as f64,
				showing.fee_ratio,
			);
		}
		println!(
			"  the largest window that one block can check: {} messages of a lock, {} of the longest there are",
			disputes.largest, disputes.largest_of_longest
		);
		for (members, ratio) in &disputes.whole {
			println!("  a dispute of {members:>2} members, at most: {ratio:.1} x a transfer");
		}
	}

	fn print_costs(&self) {
		println!(
			"\nsettlements, as included in a block; for each window and message, against a plain transfer"
		);
		println!(
			"  {:<45}{:>12}{:>12}{:>10}{:>14}{:>10}{:>10}{:>16}",
			"",
			"weight (us)",
			"proof (B)",
			"bytes",
			"fee (uSYN)",
			"weight x",
			"fee x",
			"fee x, message"
		);
		let line = |name: &str, cost: &Cost, ratios: String| {
			println!(
				"  {name:<45}{:>12.0}{:>12}{:>10}{:>14.0}{ratios}",
				cost.microseconds,
				cost.proof_size,
				cost.length,
				cost.fee as f64 / MICRO_SYN as f64
			);
		};
		line(
			"transfer",
			&self.transfer,
			format!("{:>10.4}{:>10.4}", 1.0, 1.0),
		);
		for settlement in &self.settlements {
			let SettlementCost {
				intermediaries,
				windows,
				messages,
				jointly,
				weight_ratio,
				fee_ratio,
				..
			} = settlement;
			let how = if *jointly { ", jointly" } else { "" };
			let name =
				format!("{intermediaries:>2} members, {windows:>3} windows of {messages:>5}{how}");
			let per_message = settlement.fee_per_message();
			let ratios = format!("{weight_ratio:>10.4}{fee_ratio:>10.4}{per_message:>16.2e}");
			line(&name, &settlement.included, ratios);
		}
		for payout in &self.payouts {
			let name = format!("{:>2} members, payout", payout.intermediaries);
			let weight = payout.included.microseconds / self.transfer.microseconds;
			let ratios = format!("{weight:>10.4}{:>10.4}", payout.fee_ratio);
			line(&name, &payout.included, ratios);
		}
		println!(
			"  a window by the founding paper, of one signer and with nothing checked: {PAPER}"
		);
		let [fewest, most] = EVM;
		println!("  a window as a contract on an EVM chain that checks all signatures: {fewest} to {most}");
	}
}
