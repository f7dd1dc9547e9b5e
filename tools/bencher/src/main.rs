//! Measures what the calls of a runtime weigh, and writes the pallets' `weights.rs`.
//!
//! `scripts/weights.sh` builds a runtime with its benchmarks and calls this. The SDK's own tool for it
//! brings most of Polkadot with it; all that this one needs is in the node already.

mod machine;
mod measure;
mod proof;
mod write;

use std::{
	collections::BTreeSet,
	fs,
	path::{Path, PathBuf},
	process::ExitCode,
	str::FromStr,
};

use anyhow::{ensure, Context, Result};
use clap::{value_parser, Parser};
use syngraph_output::Output;

use machine::Machine;
use measure::{Effort, Sample};

/// Measures what the calls of a runtime weigh.
#[derive(Parser, Debug)]
#[command(name = "syngraph-bencher")]
struct Args {
	/// The runtime: wasm that was built with the feature `runtime-benchmarks`.
	#[arg(long, value_name = "FILE")]
	runtime: PathBuf,

	/// The genesis preset of the chain on which it is measured.
	#[arg(long, value_name = "NAME", default_value = "dev")]
	preset: String,

	/// A pallet to measure, and the file for its weights. Can be given several times. The file declares a
	/// trait for the weights, or implements the one that is given.
	#[arg(long = "pallet", value_name = "PALLET=FILE[=TRAIT]", required = true)]
	pallets: Vec<Order>,

	/// At how many points of its range each component of a benchmark is measured.
	#[arg(long, default_value_t = 20, value_parser = value_parser!(u32).range(2..))]
	steps: u32,

	/// How often each point is measured.
	#[arg(long, default_value_t = 20, value_parser = value_parser!(u32).range(1..))]
	repeat: u32,

	/// Tell the time of the fastest run at each point.
	#[arg(long)]
	verbose: bool,
}

/// A pallet to measure, and the file for its weights.
#[derive(Clone, Debug)]
struct Order {
	pallet: String,
	file: PathBuf,
	/// The trait that the weights implement, if they do not declare their own.
	declared: Option<String>,
}

impl FromStr for Order {
	type Err = String;

	fn from_str(text: &str) -> Result<Self, String> {
		let mut parts = text.split('=').map(str::to_owned);
		let (pallet, file) = parts.next().zip(parts.next()).ok_or("no file is given")?;
		Ok(Self {
			pallet,
			file: file.into(),
			declared: parts.next(),
		})
	}
}

fn main() -> ExitCode {
	match run(Args::parse()) {
		Ok(()) => ExitCode::SUCCESS,
		Err(error) => {
			eprintln!("error: {error:#}");
			ExitCode::FAILURE
		},
	}
}

fn run(args: Args) -> Result<()> {
	let outputs = outputs(&args.pallets, &args.runtime)?;
	let code = fs::read(&args.runtime)
		.with_context(|| format!("cannot read {}", args.runtime.display()))?;
	let machine = Machine::new(code, &args.preset)?;
	let effort = Effort {
		steps: args.steps,
		repeat: args.repeat,
	};
	let (benchmarks, proofs) = measure::list(&machine)?;
	for Order { pallet, .. } in &args.pallets {
		ensure!(
			benchmarks
				.iter()
				.any(|benchmark| benchmark.pallet == *pallet),
			"the runtime has no benchmarks of {pallet}"
		);
	}
	let mut samples = Vec::new();
	for Order { pallet, .. } in &args.pallets {
		println!("trying the benchmarks of {pallet}");
		let own: Vec<_> = benchmarks
			.iter()
			.filter(|benchmark| benchmark.pallet == *pallet)
			.map(|benchmark| Sample::new(&machine, benchmark, &proofs, effort.steps))
			.collect::<Result<_>>()?;
		samples.push(own);
	}
	// All in turn, and that over and over: else what disturbs the machine for a while hits every run of one.
	for turn in 1..=effort.repeat {
		println!("measuring, {turn} of {}", effort.repeat);
		for sample in samples.iter_mut().flatten() {
			sample.time(&machine)?;
		}
	}
	for ((order, output), samples) in args.pallets.iter().zip(outputs).zip(samples) {
		if args.verbose {
			samples.iter().for_each(Sample::tell);
		}
		let weights: Vec<_> = samples.iter().map(Sample::weight).collect::<Result<_>>()?;
		let text = match &order.declared {
			Some(declared) => write::implemented(declared, &weights, effort),
			None => write::declared(&weights, effort),
		};
		output.write(text)?;
		println!("{}: written to {}", order.pallet, output.path().display());
	}
	Ok(())
}

/// The files for the weights, before the long work: each can be written, none is the runtime, and none is
/// another's.
fn outputs(orders: &[Order], runtime: &Path) -> Result<Vec<Output>> {
	let mut files = BTreeSet::new();
	for Order { file, .. } in orders {
		ensure!(
			files.insert(std::path::absolute(file)?),
			"{} is given for two pallets",
			file.display()
		);
	}
	orders
		.iter()
		.map(|order| Output::new(&order.file, &[runtime]))
		.collect()
}

#[cfg(test)]
mod tests {
	use super::*;
	use clap::CommandFactory;

	#[test]
	fn the_command_line_is_sound() {
		Args::command().debug_assert();
	}

	#[test]
	fn the_runtime_and_other_weights_are_not_written_over() {
		let orders = |files: &[&str]| -> Vec<Order> {
			let order = |file| format!("pallet={file}").parse().unwrap();
			files.iter().map(order).collect()
		};
		let folder = std::env::temp_dir();
		let file = |name: &str| folder.join(name).display().to_string();
		let runtime = Path::new("src/main.rs");
		assert!(runtime.exists(), "tests run in the crate's folder");
		let error = |files: &[&str]| outputs(&orders(files), runtime).unwrap_err().to_string();
		assert!(error(&["src/../src/main.rs"]).contains("it is the input src/main.rs"));
		let (one, other) = (file("one.rs"), file("other.rs"));
		assert!(error(&[&one, &other, &one]).ends_with("one.rs is given for two pallets"));
		assert_eq!(outputs(&orders(&[&one, &other]), runtime).unwrap().len(), 2);
		assert!(!Path::new(&one).exists() && !Path::new(&other).exists());
	}
}
