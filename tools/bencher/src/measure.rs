//! Runs benchmarks, and fits lines to what they measure.

use std::collections::BTreeMap;

use anyhow::{anyhow, Context, Result};
use frame_benchmarking::{
	BenchmarkBatch, BenchmarkConfig, BenchmarkList, BenchmarkParameter, BenchmarkResult,
	BenchmarkSelector,
};
use frame_support::traits::StorageInfo;
use microlp::{ComparisonOp, OptimizationDirection, Problem};

use crate::{
	machine::{Machine, State},
	proof::Proofs,
};

/// In a nanosecond: benchmarks tell times in those, weights are in these.
const PICOSECONDS: u128 = 1_000;

/// What a benchmark's cost may depend on: for example, how many sensors there are.
#[derive(Clone, Copy)]
pub struct Component {
	/// Its name, a letter.
	pub name: BenchmarkParameter,
	/// Its least value.
	pub least: u32,
	/// Its greatest value.
	pub most: u32,
}

/// A benchmark of the runtime.
pub struct Benchmark {
	/// Whose it is: the name of the pallet's crate.
	pub pallet: String,
	/// What the runtime calls the pallet.
	instance: String,
	/// Its name, usually that of a call.
	pub name: String,
	/// What it depends on.
	pub components: Vec<Component>,
}

impl Benchmark {
	/// Its name and whose it is.
	fn full_name(&self) -> String {
		format!("{}::{}", self.pallet, self.name)
	}
}

/// How thoroughly to measure.
#[derive(Clone, Copy)]
pub struct Effort {
	/// At how many points of its range each component is measured.
	pub steps: u32,
	/// How often each point is measured.
	pub repeat: u32,
}

/// A quantity that grows with a benchmark's components.
pub struct Line {
	/// What it is without them.
	pub base: u128,
	/// How much it grows with each of them, in their order.
	pub slopes: Vec<u128>,
}

impl Line {
	/// What it comes to at a point.
	fn at(&self, point: &[u32]) -> u128 {
		let parts = self.slopes.iter().zip(point);
		self.base
			+ parts
				.map(|(slope, count)| slope * u128::from(*count))
				.sum::<u128>()
	}
}

/// What a benchmark weighs.
pub struct Weight {
	/// Its name.
	pub name: String,
	/// What it depends on.
	pub components: Vec<Component>,
	/// The time it takes, in picoseconds.
	pub time: Line,
	/// How many bytes prove what it reads, at most.
	pub proof: Line,
	/// How many values it reads.
	pub reads: Line,
	/// How many values it writes.
	pub writes: Line,
}

/// The runtime's benchmarks, and its storage.
pub fn list(machine: &Machine) -> Result<(Vec<Benchmark>, Proofs)> {
	let (pallets, storage): (Vec<BenchmarkList>, Vec<StorageInfo>) =
		machine.call(State::Timing, "Benchmark_benchmark_metadata", false)?;
	let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
	let benchmarks = pallets.iter().flat_map(|list| {
		list.benchmarks.iter().map(move |benchmark| Benchmark {
			pallet: text(&list.pallet),
			instance: text(&list.instance),
			name: text(&benchmark.name),
			components: benchmark
				.components
				.iter()
				.map(|&(name, least, most)| Component { name, least, most })
				.collect(),
		})
	});
	Ok((benchmarks.collect(), Proofs::new(storage)))
}

/// What was measured of a benchmark.
pub struct Sample<'a> {
	benchmark: &'a Benchmark,
	points: Vec<Vec<(BenchmarkParameter, u32)>>,
	/// What is read and written at each point, and how large the proof of it is.
	counts: Vec<BenchmarkResult>,
	times: Vec<BenchmarkResult>,
}

impl<'a> Sample<'a> {
	/// Runs a benchmark once at each point, and sees to it that it does what it should.
	pub fn new(
		machine: &Machine,
		benchmark: &'a Benchmark,
		proofs: &Proofs,
		steps: u32,
	) -> Result<Self> {
		let points = points(&benchmark.components, steps);
		let mut counts = Vec::new();
		for point in &points {
			run(machine, benchmark, State::Timing, point, true)?;
			counts.extend(run(machine, benchmark, State::Counting, point, false)?);
		}
		for result in &mut counts {
			result.proof_size = proofs.size(result);
		}
		Ok(Self {
			benchmark,
			points,
			counts,
			times: Vec::new(),
		})
	}

	/// Takes the time at each point once.
	pub fn time(&mut self, machine: &Machine) -> Result<()> {
		for point in &self.points {
			let results = run(machine, self.benchmark, State::Timing, point, false)?;
			self.times.extend(results);
		}
		self.times = fastest(&self.times, BenchmarkSelector::ExtrinsicTime);
		Ok(())
	}

	/// Tells the time of the fastest run at each point.
	pub fn tell(&self) {
		println!("{}", self.benchmark.full_name());
		for result in &self.times {
			let micros = result.extrinsic_time / 1_000;
			println!("  {:?}: {micros} us", point(result));
		}
	}

	/// What the benchmark weighs.
	pub fn weight(&self) -> Result<Weight> {
		let line =
			|results, selector| fit(results, selector).with_context(|| self.benchmark.full_name());
		Ok(Weight {
			time: line(&self.times, BenchmarkSelector::ExtrinsicTime)?,
			proof: line(&self.counts, BenchmarkSelector::ProofSize)?,
			reads: line(&self.counts, BenchmarkSelector::Reads)?,
			writes: line(&self.counts, BenchmarkSelector::Writes)?,
			name: self.benchmark.name.clone(),
			components: self.benchmark.components.clone(),
		})
	}
}

/// Where to measure: each component in turn takes values over its range, once with all others at their most, and once
/// with all others at their least. With the former alone, a slope that is a little off shows up in what is paid for
/// nothing.
fn points(components: &[Component], steps: u32) -> Vec<Vec<(BenchmarkParameter, u32)>> {
	if components.is_empty() {
		return vec![Vec::new()];
	}
	let at = |Component { least, most, .. }: Component, step: u32| {
		let part = u64::from(most - least) * u64::from(step) / u64::from(steps - 1);
		least + part as u32
	};
	let most = |component: &Component| component.most;
	let least = |component: &Component| component.least;
	let mut points = Vec::new();
	for others in [most, least] {
		for varied in 0..components.len() {
			for step in 0..steps {
				let value = |(index, component): (usize, &Component)| match index == varied {
					true => (component.name, at(*component, step)),
					false => (component.name, others(component)),
				};
				let point: Vec<_> = components.iter().enumerate().map(value).collect();
				if !points.contains(&point) {
					points.push(point);
				}
			}
		}
	}
	points
}

/// Runs a benchmark at one point.
fn run(
	machine: &Machine,
	benchmark: &Benchmark,
	state: State,
	point: &[(BenchmarkParameter, u32)],
	verify: bool,
) -> Result<Vec<BenchmarkResult>> {
	let config = BenchmarkConfig {
		pallet: benchmark.pallet.clone().into(),
		instance: benchmark.instance.clone().into(),
		benchmark: benchmark.name.clone().into(),
		selected_components: point.to_vec(),
		verify,
		internal_repeats: 1,
	};
	let outcome: Result<Result<Vec<BenchmarkBatch>, String>> =
		machine.call(state, "Benchmark_dispatch_benchmark", config);
	let batches = outcome
		.and_then(|batches| batches.map_err(|error| anyhow!(error)))
		.with_context(|| format!("{} at {point:?}", benchmark.full_name()))?;
	Ok(batches
		.into_iter()
		.flat_map(|batch| batch.results)
		.collect())
}

/// The lowest line that passes below none of the fastest runs at each point: what is no line costs nowhere more than is
/// paid for it.
///
/// The lowest is the one that lies above them by the least parts of them, all added up, so that small ones count as
/// much as large ones. A line through all of them, lifted, has the small ones pay for what the largest are off.
fn fit(results: &[BenchmarkResult], selector: BenchmarkSelector) -> Result<Line> {
	let measured = fastest(results, selector).into_iter();
	let measured: Vec<_> = measured
		.map(|result| (point(&result), value(&result, selector)))
		.collect();
	let mut line = lowest(&measured)?;
	// What rounding took away.
	let shortfalls = measured
		.iter()
		.map(|(point, value)| value.saturating_sub(line.at(point)));
	line.base += shortfalls.max().unwrap_or(0);
	Ok(line)
}

/// The lowest line above these values, found by linear programming: of numbers no greater than one, which solvers like.
fn lowest(measured: &[(Vec<u32>, u128)]) -> Result<Line> {
	let highest = measured.iter().map(|(_, value)| *value).max();
	let unit = highest.unwrap_or(0).max(1) as f64;
	let components = measured.first().map_or(0, |(point, _)| point.len());
	let most = |at: usize| measured.iter().map(move |(point, _)| point[at]).max();
	// The base, and then each component, count in units of these.
	let units: Vec<_> = [1.0]
		.into_iter()
		.chain((0..components).map(|at| f64::from(most(at).unwrap_or(0).max(1))))
		.collect();
	let rows = measured.iter().map(|(point, value)| {
		let parts = [1.0]
			.into_iter()
			.chain(point.iter().map(|part| f64::from(*part)));
		let row: Vec<_> = parts.zip(&units).map(|(part, unit)| part / unit).collect();
		(row, *value as f64 / unit)
	});
	let rows: Vec<_> = rows.collect();
	let mut problem = Problem::new(OptimizationDirection::Minimize);
	let variables: Vec<_> = (0..=components)
		.map(|at| {
			let parts = rows
				.iter()
				.map(|(row, value)| row[at] / value.max(1.0 / unit));
			problem.add_var(parts.sum(), (0.0, f64::INFINITY))
		})
		.collect();
	for (row, value) in &rows {
		let terms: Vec<_> = variables.iter().copied().zip(row.iter().copied()).collect();
		problem.add_constraint(terms, ComparisonOp::Ge, *value);
	}
	let outcome = problem.solve()?;
	let solution = outcome.solution().context("no limit was set")?;
	let mut values = variables
		.iter()
		.zip(&units)
		.map(|(variable, part)| (solution[*variable] * unit / part).round() as u128);
	Ok(Line {
		base: values.next().unwrap_or(0),
		slopes: values.collect(),
	})
}

/// Of the runs at each point the fastest: whatever else a machine does makes it slower.
fn fastest(results: &[BenchmarkResult], selector: BenchmarkSelector) -> Vec<BenchmarkResult> {
	let mut points = BTreeMap::<Vec<u32>, &BenchmarkResult>::new();
	for result in results {
		let fastest = points.entry(point(result)).or_insert(result);
		if value(result, selector) < value(fastest, selector) {
			*fastest = result;
		}
	}
	points.into_values().cloned().collect()
}

fn point(result: &BenchmarkResult) -> Vec<u32> {
	result.components.iter().map(|(_, value)| *value).collect()
}

/// What was measured, in the unit of weights.
fn value(result: &BenchmarkResult, selector: BenchmarkSelector) -> u128 {
	match selector {
		BenchmarkSelector::ExtrinsicTime => result.extrinsic_time * PICOSECONDS,
		BenchmarkSelector::StorageRootTime => result.storage_root_time * PICOSECONDS,
		BenchmarkSelector::Reads => result.reads.into(),
		BenchmarkSelector::Writes => result.writes.into(),
		BenchmarkSelector::ProofSize => result.proof_size.into(),
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use BenchmarkParameter::{n, s};

	fn component(name: BenchmarkParameter, least: u32, most: u32) -> Component {
		Component { name, least, most }
	}

	#[test]
	fn without_components_there_is_one_point() {
		assert_eq!(points(&[], 5), [[]]);
	}

	#[test]
	fn each_component_takes_its_range_while_the_others_are_at_one_end_of_theirs() {
		assert_eq!(
			points(&[component(n, 2, 16), component(s, 0, 8)], 3),
			[
				[(n, 2), (s, 8)],
				[(n, 9), (s, 8)],
				[(n, 16), (s, 8)],
				[(n, 16), (s, 0)],
				[(n, 16), (s, 4)],
				[(n, 2), (s, 0)],
				[(n, 9), (s, 0)],
				[(n, 2), (s, 4)],
			]
		);
	}

	fn result(count: u32, time: u128) -> BenchmarkResult {
		BenchmarkResult {
			components: vec![(n, count)],
			extrinsic_time: time,
			..Default::default()
		}
	}

	#[test]
	fn no_point_lies_above_the_line() {
		// A curve, and an outlier.
		let curve =
			(0..10).flat_map(|count| [0, 0, 0].map(|_| result(count, u128::from(count * count))));
		let results: Vec<_> = curve.chain([result(5, 1_000)]).collect();
		let line = fit(&results, BenchmarkSelector::ExtrinsicTime).unwrap();
		let fastest = fastest(&results, BenchmarkSelector::ExtrinsicTime);
		assert_eq!(fastest.len(), 10);
		for result in fastest {
			let (point, least) = (
				point(&result),
				value(&result, BenchmarkSelector::ExtrinsicTime),
			);
			assert_eq!(least, u128::from(point[0] * point[0]) * PICOSECONDS);
			assert!(line.at(&point) >= least, "{point:?}");
		}
	}

	/// One that is far off its line costs more where it is, and hardly anything at the other end.
	#[test]
	fn small_ones_do_not_pay_for_what_large_ones_are_off() {
		let values = (0..10).map(|count| (vec![count], 100 + 10 * u128::from(count)));
		let measured: Vec<_> = values.chain([(vec![10], 400)]).collect();
		let line = lowest(&measured).unwrap();
		assert_eq!((line.base, line.slopes), (100, vec![30]));
	}

	#[test]
	fn what_is_on_a_line_is_paid_to_the_unit() {
		let at = |members: u32, sensors: u32| {
			let value = 7_000 + 41 * u128::from(members) + 3 * u128::from(sensors);
			(vec![members, sensors], value)
		};
		let measured = [at(2, 0), at(16, 0), at(2, 8), at(16, 8), at(9, 8)];
		let line = lowest(&measured).unwrap();
		assert_eq!((line.base, line.slopes), (7_000, vec![41, 3]));
		assert_eq!(lowest(&[(Vec::new(), 5)]).unwrap().base, 5);
	}

	#[test]
	fn a_short_range_is_not_measured_over_and_over() {
		assert_eq!(points(&[component(n, 1, 2)], 5), [[(n, 1)], [(n, 2)]]);
	}
}
