//! Measures what the calls of a runtime weigh, and writes the pallets' `weights.rs`.
//!
//! `scripts/weights.sh` builds a runtime with its benchmarks and calls this. The SDK's own tool for it
//! brings most of Polkadot with it; all that this one needs is in the node already.

mod machine;
mod measure;
mod proof;
mod write;

use std::{fs, path::PathBuf, str::FromStr};

use anyhow::{ensure, Context, Result};
use clap::{value_parser, Parser};

use machine::Machine;
use measure::Effort;

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

fn main() -> Result<()> {
	let args = Args::parse();
	let code = fs::read(&args.runtime)
		.with_context(|| format!("cannot read {}", args.runtime.display()))?;
	let machine = Machine::new(code, &args.preset)?;
	let effort = Effort {
		steps: args.steps,
		repeat: args.repeat,
	};
	let (benchmarks, proofs) = measure::list(&machine)?;
	for Order {
		pallet,
		file,
		declared,
	} in &args.pallets
	{
		let chosen: Vec<_> = benchmarks
			.iter()
			.filter(|benchmark| benchmark.pallet == *pallet)
			.collect();
		ensure!(
			!chosen.is_empty(),
			"the runtime has no benchmarks of {pallet}"
		);
		let weights = chosen
			.into_iter()
			.map(|benchmark| measure::measure(&machine, benchmark, &proofs, effort))
			.collect::<Result<Vec<_>>>()?;
		let text = match declared {
			Some(declared) => write::implemented(declared, &weights, effort),
			None => write::declared(&weights, effort),
		};
		fs::write(file, text).with_context(|| format!("cannot write {}", file.display()))?;
		println!("{pallet}: written to {}", file.display());
	}
	Ok(())
}
