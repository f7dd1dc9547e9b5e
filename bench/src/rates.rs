//! How many messages a second end in settled results, against how many the same machine puts on chain.
//!
//! One node is both members, and author of the blocks: it checks each message once, as it does with a transaction that
//! carries one, and does everything after that for each of the two.

use std::time::{Duration, Instant};

use anyhow::{ensure, Context, Result};
use codec::Encode;
use futures::{future::try_join_all, try_join};
use jsonrpsee::rpc_params;
use serde::Serialize;
use sp_core::{ed25519, sr25519, Bytes, Pair};
use sp_runtime::traits::{BlakeTwo256, Hash as _};
use syngraph_client::{account, Blocks, Connection, Device, Event, Head, Lifetime};
use syngraph_primitives::SignedMessage;
use syngraph_runtime::{Balance, BlockNumber, Hash, Nonce, Runtime, RuntimeEvent, SYN};

use crate::{
	goals::Goal,
	ingestion::{connections, encode, hand_over, trace},
	testbed::{nonce, schema, Plan, Testbed, PLAIN},
	watcher::Watcher,
};

/// The agreements whose messages settle: so many of two members each, with windows of a thousand messages.
const AGREEMENTS: usize = 64;
/// How many messages a window has.
const WINDOW: u32 = 1_000;
/// How many windows settle at once: a round holds no more messages of one sensor.
const ROUND: u32 = 4;
/// How many windows each agreement settles. A node keeps no more messages of a sensor than these at a time.
const WINDOWS: u32 = 8;
/// Over how many connections messages and transactions come.
const LANES: usize = 4;
/// How many transactions come over each: together they fit into the node's pool.
const TRANSACTIONS: Nonce = 1_500;
/// How many of them are on their way at a time.
const AT_ONCE: usize = 32;
/// In how many blocks they can be included.
const LIFETIME: BlockNumber = 512;
/// What each writer is given for their fees.
const FUNDS: Balance = 100 * SYN;

/// How fast something went.
#[derive(Debug, Serialize)]
pub struct Rate {
	/// How many messages it was.
	pub messages: u32,
	/// How long it took from the first until the last had settled, or was in a block.
	pub seconds: f64,
	/// How many it was in a second.
	pub per_second: f64,
}

/// Both rates.
#[derive(Debug, Serialize)]
pub struct Rates {
	/// Of messages that end in settled results.
	pub settled: Rate,
	/// Of messages that transactions carry.
	pub written: Rate,
	/// The first against the second.
	pub ratio: f64,
}

impl Rate {
	fn new(messages: u32, since: Instant) -> Self {
		let seconds = since.elapsed().as_secs_f64();
		Self {
			messages,
			seconds,
			per_second: f64::from(messages) / seconds,
		}
	}
}

impl Rates {
	/// What is wanted, and not met by what could not be measured.
	pub fn goals(rates: Option<&Self>) -> Vec<Goal> {
		let what = "messages per second that settle, against messages per second put on chain";
		let ratio = rates.map_or(f64::NAN, |rates| rates.ratio);
		vec![Goal::at_least(what, ratio, 20.0)]
	}
}

/// Measures both, one after the other.
pub async fn measure(testbed: &Testbed, patience: Duration) -> Result<Rates> {
	let settled = settle(testbed, patience).await?;
	let written = write(testbed, patience).await?;
	Ok(Rates {
		ratio: settled.per_second / written.per_second,
		settled,
		written,
	})
}

/// Hands over messages that were signed before, until all of their windows have settled.
async fn settle(testbed: &Testbed, patience: Duration) -> Result<Rate> {
	let plan = Plan {
		windows: WINDOWS,
		round: ROUND,
		size: WINDOW,
		..PLAIN
	};
	let mut deals = testbed.conclude(&[plan; AGREEMENTS]).await?;
	let mut traces = Vec::new();
	for device in deals.iter_mut().flat_map(|deal| &mut deal.devices) {
		let trace = trace(device, (WINDOWS * WINDOW) as usize);
		traces.push(encode(&trace.context("no more sequence numbers")?));
	}
	let watcher = Watcher::start(&testbed.client).await?;
	let connections = connections(testbed, LANES).await?;
	let begun = Instant::now();
	let lanes = connections.iter().zip(traces.chunks(AGREEMENTS / LANES));
	try_join_all(lanes.map(|(connection, traces)| hand_over_all(connection, traces))).await?;
	for deal in &deals {
		let last = WINDOWS - 1;
		watcher.settled(deal.id, last.into(), patience).await?;
	}
	Ok(Rate::new(AGREEMENTS as u32 * WINDOWS * WINDOW, begun))
}

/// Hands over the messages of one sensor after the other.
async fn hand_over_all(connection: &Connection, traces: &[Vec<Bytes>]) -> Result<()> {
	for trace in traces {
		hand_over(connection, trace).await?;
	}
	Ok(())
}

/// Submits transactions that were signed before and each carry a message, until all of them are in blocks.
async fn write(testbed: &Testbed, patience: Duration) -> Result<Rate> {
	let lanes = transactions(testbed).await?;
	let connections = connections(testbed, LANES).await?;
	let (now, _) = testbed.client.head(Head::Best).await?;
	let blocks = testbed.client.blocks(Head::Best, now + 1);
	let all = LANES as u32 * TRANSACTIONS;
	let begun = Instant::now();
	let submitted = connections.iter().zip(&lanes);
	let submitted = submitted.map(|(connection, lane)| submit(connection, lane));
	try_join!(try_join_all(submitted), wait_for(all, blocks, patience))?;
	Ok(Rate::new(all, begun))
}

/// The transactions of writers that nobody has heard of before, each of which has a connection.
async fn transactions(testbed: &Testbed) -> Result<Vec<Vec<Bytes>>> {
	let run = nonce();
	let writers: Vec<_> = (0..LANES as u64)
		.map(|lane| sr25519::Pair::from_seed(&BlakeTwo256::hash_of(&(run, lane)).0))
		.collect();
	let fund = |writer: &sr25519::Pair| {
		let call = pallet_balances::Call::<Runtime>::transfer_keep_alive {
			dest: account(writer).into(),
			value: FUNDS,
		};
		call.into()
	};
	testbed
		.execute_all(writers.iter().map(fund).collect())
		.await?;
	let runtime = testbed.client.runtime().await?;
	let (born, hash) = testbed.client.head(Head::Finalized).await?;
	let lifetime = Lifetime::after(born, hash, LIFETIME);
	let key = ed25519::Pair::from_seed(&[1; 32]);
	let mut device = Device::new(0, schema().kind, testbed.client.genesis(), key, 0);
	let mut lanes = Vec::new();
	for writer in &writers {
		let trace = trace(&mut device, TRANSACTIONS as usize);
		let trace = trace.context("no more sequence numbers")?;
		let sign = |(signed, nonce): (&SignedMessage, Nonce)| {
			// The writer's signature takes the place of the sensor's.
			let remark = signed.message.encode();
			let call = frame_system::Call::<Runtime>::remark_with_event { remark }.into();
			let transaction = testbed
				.client
				.sign(runtime, writer, call, nonce, &lifetime, 0);
			Bytes(transaction.encode())
		};
		lanes.push(trace.iter().zip(0..).map(sign).collect::<Vec<_>>());
	}
	Ok(lanes)
}

/// Hands transactions to the node's pool.
async fn submit(connection: &Connection, transactions: &[Bytes]) -> Result<()> {
	for some in transactions.chunks(AT_ONCE) {
		let submit = |transaction: &Bytes| {
			let params = rpc_params![transaction];
			connection.request::<Hash>("author_submitExtrinsic", params)
		};
		try_join_all(some.iter().map(submit)).await?;
	}
	Ok(())
}

/// Waits until so many of them are in blocks.
async fn wait_for(all: u32, mut blocks: Blocks, patience: Duration) -> Result<()> {
	let (mut left, mut progress) = (all as usize, Instant::now());
	while left > 0 {
		let block = blocks.next().await?;
		let written = block.events.iter().filter(|event| is_written(event));
		let written = written.count();
		if written > 0 {
			progress = Instant::now();
		}
		let waited = progress.elapsed();
		ensure!(waited < patience, "{left} transactions are in no block");
		left = left.saturating_sub(written);
	}
	Ok(())
}

fn is_written(event: &Event) -> bool {
	matches!(
		event.event,
		RuntimeEvent::System(frame_system::Event::Remarked { .. })
	)
}
