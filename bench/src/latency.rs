//! How many blocks pass from a window's last message to its settlement.

use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use codec::Encode;
use futures::future::try_join_all;
use serde::Serialize;
use sp_core::Bytes;
use syngraph_client::Head;
use syngraph_primitives::Value;

use crate::{
	goals::Goal,
	statistics::percentile,
	testbed::{Deal, Plan, Testbed, PLAIN, WINDOW},
	watcher::Watcher,
};

/// How many agreements are timed at once.
const AGREEMENTS: u32 = 4;
/// How many windows a round of theirs can have. None waits for another.
const ROUND: u32 = 64;
/// The slots' length, over which the windows' last messages are spread.
const SLOT_MILLIS: u32 = 2_000;

/// How soon windows settled.
#[derive(Debug, Serialize)]
pub struct Latency {
	/// How many windows were timed.
	pub windows: usize,
	/// The median number of blocks.
	pub blocks_median: u32,
	/// The 95th percentile of the number of blocks.
	pub blocks_p95: u32,
	/// The median time until the settlement was seen in a block, in seconds.
	pub seconds_median: f64,
	/// The 95th percentile of that time.
	pub seconds_p95: f64,
	/// The number of blocks of every window.
	pub blocks: Vec<u32>,
	/// The number of blocks of the first window of each agreement, which came right after the agreement
	/// did. They are not among the others.
	pub first_blocks: Vec<u32>,
}

impl Latency {
	/// What is wanted.
	pub fn goals(&self) -> Vec<Goal> {
		let what = "blocks from a window's last message to its settlement, patience 0";
		let (median, p95) = (self.blocks_median.into(), self.blocks_p95.into());
		vec![
			Goal::at_most(format!("{what}: median"), median, 1.0),
			Goal::at_most(format!("{what}: 95 %"), p95, 2.0),
		]
	}
}

/// The time from a window's last message to its settlement.
#[derive(Clone, Copy, Debug)]
struct Timed {
	blocks: u32,
	seconds: f64,
}

/// Times so many windows of agreements of two intermediaries.
pub async fn measure(testbed: &Testbed, windows: u32, patience: Duration) -> Result<Latency> {
	let watcher = Watcher::start(&testbed.client).await?;
	let each = windows.div_ceil(AGREEMENTS) + 1;
	let plan = Plan {
		windows: each,
		round: ROUND,
		patience: 0,
		..PLAIN
	};
	let mut deals = testbed.conclude(&[plan; AGREEMENTS as usize]).await?;
	let timed = deals.iter_mut().zip(0..).map(|(deal, index)| {
		let offset = index * SLOT_MILLIS / AGREEMENTS;
		time_windows(testbed, &watcher, deal, each, offset, patience)
	});
	let timed = try_join_all(timed).await?;
	let first_blocks = timed.iter().flatten().step_by(each as usize);
	let first_blocks = first_blocks.map(|timed| timed.blocks).collect();
	let others: Vec<_> = timed
		.iter()
		.flat_map(|timed| timed.iter().skip(1))
		.collect();
	let blocks: Vec<_> = others.iter().map(|timed| timed.blocks).collect();
	let seconds: Vec<_> = others.iter().map(|timed| timed.seconds).collect();
	Ok(Latency {
		windows: blocks.len(),
		blocks_median: percentile(&blocks, 50).unwrap_or(0),
		blocks_p95: percentile(&blocks, 95).unwrap_or(0),
		seconds_median: percentile(&seconds, 50).unwrap_or(0.0),
		seconds_p95: percentile(&seconds, 95).unwrap_or(0.0),
		blocks,
		first_blocks,
	})
}

/// Times the windows of one agreement, one after the other.
async fn time_windows(
	testbed: &Testbed,
	watcher: &Watcher,
	deal: &mut Deal,
	windows: u32,
	offset: u32,
	patience: Duration,
) -> Result<Vec<Timed>> {
	let mut timed = Vec::new();
	for window in 0..windows {
		// Each window's last message comes at another moment of the slot.
		let pause = (offset + window * SLOT_MILLIS / windows.max(1)) % SLOT_MILLIS;
		tokio::time::sleep(Duration::from_millis(pause.into())).await;
		let mut messages = Vec::new();
		for _ in 0..WINDOW {
			let device = deal.devices.first_mut().context("there is no sensor")?;
			let message = device.say(0, vec![Value::Bool(true)]);
			messages.push(Bytes(message.context("no more sequence numbers")?.encode()));
		}
		let (last, first) = messages.split_last().context("a window has messages")?;
		for message in first {
			testbed.hand_over(&[message]).await?;
		}
		let (before, _) = testbed.client.head(Head::Best).await?;
		let begun = Instant::now();
		testbed.hand_over(&[last]).await?;
		let place = watcher.settled(deal.id, window.into(), patience).await?;
		timed.push(Timed {
			blocks: place.number.saturating_sub(before),
			seconds: begun.elapsed().as_secs_f64(),
		});
	}
	Ok(timed)
}
