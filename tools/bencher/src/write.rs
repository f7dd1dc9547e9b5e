//! Writes a pallet's `weights.rs`.

use std::fmt::Write;

use chrono::Utc;

use crate::measure::{Component, Effort, Line, Weight};

/// The file with these weights, and a trait for them.
pub fn declared(weights: &[Weight], effort: Effort) -> String {
	let for_tests = each(weights, |weight| {
		implementation(weight, "ParityDbWeight::get()")
	});
	format!(
		"{heading}
use core::marker::PhantomData;
use frame_support::{{
	traits::Get,
	weights::{{constants::ParityDbWeight, Weight}},
}};

/// What the calls weigh, and the parts of them that are measured by themselves.
pub trait WeightInfo {{
{declarations}}}

{for_runtime}
/// For tests.
impl WeightInfo for () {{
{for_tests}}}

{measured}",
		heading = heading(effort),
		declarations = each(weights, declaration),
		for_runtime = for_runtime("WeightInfo", weights),
		measured = all_measured(weights),
	)
}

/// The file with these weights, for a trait that is declared elsewhere.
pub fn implemented(declared: &str, weights: &[Weight], effort: Effort) -> String {
	format!(
		"{heading}
use core::marker::PhantomData;
use frame_support::{{traits::Get, weights::Weight}};

{for_runtime}
{measured}",
		heading = heading(effort),
		for_runtime = for_runtime(declared, weights),
		measured = all_measured(weights),
	)
}

fn each(weights: &[Weight], part: impl Fn(&Weight) -> String) -> String {
	weights.iter().map(part).collect()
}

fn heading(Effort { steps, repeat, .. }: Effort) -> String {
	format!(
		"//! The weights of the calls, measured by benchmarks of the worst case.
//!
//! Written by `scripts/weights.sh` on {date}, on {processor}, with {steps} steps and {repeat}
//! repetitions. Times are of a runtime in wasm and a host built for development, which is slower than a
//! release.
#![cfg_attr(rustfmt, rustfmt_skip)]
",
		date = Utc::now().format("%Y-%m-%d"),
		processor = processor(),
	)
}

fn for_runtime(declared: &str, weights: &[Weight]) -> String {
	let each = each(weights, |weight| {
		implementation(weight, "T::DbWeight::get()")
	});
	format!(
		"/// For a runtime.
pub struct SubstrateWeight<T>(PhantomData<T>);

impl<T: frame_system::Config> {declared} for SubstrateWeight<T> {{
{each}}}
"
	)
}

fn all_measured(weights: &[Weight]) -> String {
	let each = each(weights, measured);
	format!(
		"mod measured {{
	use frame_support::weights::{{RuntimeDbWeight, Weight}};

{each}}}
"
	)
}

/// The components as parameters of a function.
fn parameters(weight: &Weight) -> Vec<String> {
	let parameter = |component: &Component| format!("{}: u32", component.name);
	weight.components.iter().map(parameter).collect()
}

fn declaration(weight: &Weight) -> String {
	let ranges: String = weight
		.components
		.iter()
		.map(|Component { name, least, most }| format!(", `{name}` from {least} to {most}"))
		.collect();
	let (name, parameters) = (&weight.name, parameters(weight).join(", "));
	format!("\t/// Of `{name}`{ranges}.\n\tfn {name}({parameters}) -> Weight;\n")
}

fn implementation(weight: &Weight, db: &str) -> String {
	let (name, parameters) = (&weight.name, parameters(weight).join(", "));
	let arguments = weight
		.components
		.iter()
		.fold(db.to_owned(), |list, component| {
			format!("{list}, {}", component.name)
		});
	format!("\tfn {name}({parameters}) -> Weight {{\n\t\tmeasured::{name}({arguments})\n\t}}\n")
}

fn measured(weight: &Weight) -> String {
	let mut sum = format!(
		"Weight::from_parts({}, {})\n\t\t\t.saturating_add(db.reads_writes({}, {}))",
		grouped(weight.time.base),
		grouped(weight.proof.base),
		weight.reads.base,
		weight.writes.base,
	);
	let mut parameters = vec!["db: RuntimeDbWeight".to_owned()];
	for (index, Component { name, .. }) in weight.components.iter().enumerate() {
		let slope = slope(weight, index);
		if let Some(slope) = &slope {
			let term = format!("{slope}.saturating_mul({name}.into())");
			let _ = write!(sum, "\n\t\t\t.saturating_add({term})");
		}
		// What has no influence is a parameter all the same.
		let unused = if slope.is_some() { "" } else { "_" };
		parameters.push(format!("{unused}{name}: u32"));
	}
	let (name, parameters) = (&weight.name, parameters.join(", "));
	format!("\tpub fn {name}({parameters}) -> Weight {{\n\t\t{sum}\n\t}}\n")
}

/// What one more of a component weighs, if anything.
fn slope(weight: &Weight, component: usize) -> Option<String> {
	let slope = |line: &Line| line.slopes.get(component).copied().unwrap_or(0);
	let (time, proof) = (slope(&weight.time), slope(&weight.proof));
	let (reads, writes) = (slope(&weight.reads), slope(&weight.writes));
	let execution = format!("Weight::from_parts({}, {})", grouped(time), grouped(proof));
	let storage = format!("db.reads_writes({reads}, {writes})");
	match ((time, proof) != (0, 0), (reads, writes) != (0, 0)) {
		(true, true) => Some(format!("{execution}.saturating_add({storage})")),
		(true, false) => Some(execution),
		(false, true) => Some(storage),
		(false, false) => None,
	}
}

/// A number with its digits in groups of three.
fn grouped(number: u128) -> String {
	let digits = number.to_string();
	let first = digits.len() % 3;
	let (head, tail) = digits.split_at(first);
	let groups = tail.as_bytes().chunks(3).map(String::from_utf8_lossy);
	let head = (!head.is_empty()).then(|| head.into());
	head.into_iter().chain(groups).collect::<Vec<_>>().join("_")
}

/// What this machine calls its processor.
fn processor() -> String {
	let name = std::fs::read_to_string("/proc/cpuinfo")
		.ok()
		.and_then(|info| {
			let line = info.lines().find(|line| line.starts_with("model name"))?;
			Some(line.split_once(':')?.1.trim().to_owned())
		});
	name.unwrap_or_else(|| "an unknown processor".into())
}

#[cfg(test)]
mod tests {
	use super::*;
	use frame_benchmarking::BenchmarkParameter::{n, s};

	fn line(base: u128, slopes: [u128; 2]) -> Line {
		Line {
			base,
			slopes: slopes.into(),
		}
	}

	#[test]
	fn digits_come_in_groups() {
		assert_eq!(
			[0, 999, 1_000, 1_234_567].map(grouped),
			["0", "999", "1_000", "1_234_567"]
		);
	}

	#[test]
	fn a_weight_grows_with_what_it_depends_on() {
		let weight = Weight {
			name: "settle".into(),
			components: vec![
				Component {
					name: n,
					least: 2,
					most: 16,
				},
				Component {
					name: s,
					least: 0,
					most: 8,
				},
			],
			time: line(5_000, [70, 0]),
			proof: line(300, [0, 0]),
			reads: line(4, [1, 0]),
			writes: line(2, [0, 0]),
		};
		assert_eq!(
			declaration(&weight),
			"\t/// Of `settle`, `n` from 2 to 16, `s` from 0 to 8.\n\
			 \tfn settle(n: u32, s: u32) -> Weight;\n"
		);
		assert_eq!(
			implementation(&weight, "db"),
			"\tfn settle(n: u32, s: u32) -> Weight {\n\t\tmeasured::settle(db, n, s)\n\t}\n"
		);
		assert_eq!(
			measured(&weight),
			"\tpub fn settle(db: RuntimeDbWeight, n: u32, _s: u32) -> Weight {\n\
			 \t\tWeight::from_parts(5_000, 300)\n\
			 \t\t\t.saturating_add(db.reads_writes(4, 2))\n\
			 \t\t\t.saturating_add(Weight::from_parts(70, 0).saturating_add(db.reads_writes(1, 0))\
			 .saturating_mul(n.into()))\n\t}\n"
		);
	}
}
