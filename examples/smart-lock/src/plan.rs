//! What is to be done, found to be possible as far as that can be told without a network.

use std::fs::File;

use anyhow::{ensure, Context, Result};
use sp_runtime::BoundedVec;
use syngraph_output::Output;
use syngraph_primitives::{Function, WindowShape, MAX_WINDOW_MESSAGES};
use syngraph_protocol::{warnings, Fold};

use crate::{
	args::Args,
	deals::{FUNCTION, JOINT},
	figures, network,
	trips::{self, Bike, LeftOut, Trips},
};

/// How many rows that are left out are named. The JSON names them all.
const NAMED: usize = 20;

/// What is to be done.
pub struct Plan {
	/// The bicycles to stream.
	pub bikes: Vec<Bike>,
	/// The rows of the trip file that are not trips.
	pub left_out: Vec<LeftOut>,
	/// Where all figures are to be written.
	pub output: Option<Output>,
}

impl Plan {
	/// Checks all that was given, the trip file included, and says what there is to be said about it.
	pub fn make(args: &Args) -> Result<Self> {
		args.check_secrets()?;
		let output = args.out.as_ref();
		let output = output.map(|path| Output::new(path, &[&args.trips]));
		let output = output.transpose()?;
		let Trips { bikes, left_out } = read(args)?;
		check_size(args.shape(), bikes.len())?;
		warn(args.shape(), bikes.len())?;
		Ok(Self {
			bikes,
			left_out,
			output,
		})
	}
}

/// Reads the trips of the busiest bicycles.
fn read(args: &Args) -> Result<Trips> {
	let name = args.trips.display();
	let file = File::open(&args.trips).with_context(|| format!("--trips: cannot open {name}"))?;
	let mut read = trips::read(file).with_context(|| format!("--trips: {name}"))?;
	for row in read.left_out.iter().take(NAMED) {
		println!("{name}, {row}: left out");
	}
	if read.left_out.len() > NAMED {
		let more = read.left_out.len() - NAMED;
		println!("{name}: {more} more rows are left out");
	}
	let wanted = args.bikes as usize;
	if read.bikes.len() < wanted {
		println!(
			"{name} holds the trips of {} bicycles only",
			read.bikes.len()
		);
	}
	read.bikes.truncate(wanted);
	let count = |bike: &Bike| bike.trips.len();
	let windows = |bike: &Bike| figures::full_windows(args.shape(), count(bike));
	println!(
		"{} trips of {} bicycles from {name}; lock by lock they fill {} windows",
		read.bikes.iter().map(count).sum::<usize>(),
		read.bikes.len(),
		read.bikes.iter().map(windows).sum::<u64>()
	);
	Ok(read)
}

/// Whether the agreement about the most locks can have windows of this shape.
fn check_size(shape: WindowShape, locks: usize) -> Result<()> {
	let most = if locks < JOINT { 1 } else { JOINT as u32 };
	ensure!(
		shape.size.saturating_mul(most) <= MAX_WINDOW_MESSAGES,
		"--size: {} messages of each of {most} locks are more than the {MAX_WINDOW_MESSAGES} that a window holds",
		shape.size
	);
	Ok(())
}

/// Says what the users should know about the function on windows of this shape before they sign.
fn warn(shape: WindowShape, locks: usize) -> Result<()> {
	let schemas = vec![network::schema(); locks.min(JOINT)];
	let function = Function::Pipeline(BoundedVec::truncate_from(FUNCTION.into()));
	let Fold::Pipeline(pipeline) =
		Fold::prepare(&function, &schemas).context("the function of the agreements")?;
	for warning in warnings(&pipeline, &schemas, &shape) {
		println!("warning: {warning}");
	}
	Ok(())
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn several_locks_share_a_window() {
		let check = |size, locks| check_size(WindowShape { size, slide: size }, locks);
		assert!(check(4096, 1).is_ok());
		assert!(check(4096, 2).is_ok());
		assert!(check(1365, 3).is_ok());
		let error = check(1366, 3).unwrap_err().to_string();
		assert!(
			error.starts_with("--size: 1366 messages of each of 3 locks"),
			"{error}"
		);
	}
}
