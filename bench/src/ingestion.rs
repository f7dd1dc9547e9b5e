//! How fast a node accepts messages, against what its machine can verify.

use std::{
	hint::black_box,
	time::{Duration, Instant},
};

use anyhow::{ensure, Context, Result};
use codec::Encode;
use futures::future::try_join_all;
use serde::Serialize;
use sp_core::{ed25519, Bytes, Pair};
use syngraph_client::{Answer, Connection, Device, Error, Status};
use syngraph_primitives::{Payload, SignedMessage, Value};

use crate::testbed::{Plan, Testbed, PLAIN};

/// How many messages each sensor sends, over a connection of its own.
const EACH: usize = 4_000;
/// How many messages are handed over at a time.
pub const BATCH: usize = 200;
/// The most messages that can be handed over.
pub const MOST_MESSAGES: u32 = 100_000;
/// For how long a node may take no message.
const PATIENCE: Duration = Duration::from_secs(20);
/// How long to wait if it has no time for any.
const PAUSE: Duration = Duration::from_millis(20);
/// How long plain verification is timed.
const TIMED: Duration = Duration::from_secs(2);

/// How fast messages were accepted.
#[derive(Debug, Serialize)]
pub struct Ingestion {
	/// How many messages were handed over and accepted.
	pub messages: usize,
	/// How long that took.
	pub seconds: f64,
	/// How many messages were accepted per second.
	pub accepted_per_second: f64,
	/// How many ed25519 signatures of such messages one core verifies per second.
	pub verified_per_second: f64,
	/// The first of these against the second.
	pub ratio: f64,
	/// Over how many connections.
	pub connections: usize,
	/// How many messages were handed over at a time.
	pub batch: usize,
}

/// Hands messages over that were signed before, and times it.
pub async fn measure(testbed: &Testbed, messages: u32) -> Result<Ingestion> {
	let devices = devices(testbed, messages).await?;
	let each = (messages as usize).div_ceil(devices.len());
	let key = devices.first().context("there are no sensors")?.key();
	let traces: Vec<Vec<SignedMessage>> = devices
		.into_iter()
		.map(|mut device| trace(&mut device, each))
		.collect::<Option<_>>()
		.context("no more sequence numbers")?;
	let verified_per_second = time_verification(testbed, &key, &traces[0])?;
	let lanes: Vec<_> = traces.iter().map(|trace| encode(trace)).collect();
	let seconds = time_acceptance(testbed, &lanes).await?.as_secs_f64();
	let messages = lanes.iter().map(Vec::len).sum();
	let accepted_per_second = messages as f64 / seconds;
	Ok(Ingestion {
		messages,
		seconds,
		accepted_per_second,
		verified_per_second,
		ratio: accepted_per_second / verified_per_second,
		connections: lanes.len(),
		batch: BATCH,
	})
}

/// Sensors enough for so many messages, each with an agreement that needs its messages.
async fn devices(testbed: &Testbed, messages: u32) -> Result<Vec<Device>> {
	// No window is filled, so that nothing but the receiving of messages is measured.
	let plan = Plan {
		size: EACH as u32 + 1,
		..PLAIN
	};
	let plans = vec![plan; (messages as usize).div_ceil(EACH)];
	let deals = testbed.conclude(&plans).await?;
	Ok(deals.into_iter().flat_map(|deal| deal.devices).collect())
}

/// How long it takes to hand messages over, over as many connections as there are lists of them.
async fn time_acceptance(testbed: &Testbed, lanes: &[Vec<Bytes>]) -> Result<Duration> {
	let connections = connections(testbed, lanes.len()).await?;
	let begun = Instant::now();
	let all = connections.iter().zip(lanes);
	try_join_all(all.map(|(connection, lane)| hand_over(connection, lane))).await?;
	Ok(begun.elapsed())
}

/// So many more connections to the node.
pub async fn connections(testbed: &Testbed, count: usize) -> Result<Vec<Connection>> {
	let mut connections = Vec::new();
	for _ in 0..count {
		let connection = Connection::new(testbed.client.connection().url(), PATIENCE);
		connection.open().await?;
		connections.push(connection);
	}
	Ok(connections)
}

/// The next messages of a sensor.
pub fn trace(device: &mut Device, length: usize) -> Option<Vec<SignedMessage>> {
	(0..length as u64)
		.map(|i| device.say(i, vec![Value::Bool(i % 2 == 1)]))
		.collect()
}

/// The messages as they are handed over.
pub fn encode(trace: &[SignedMessage]) -> Vec<Bytes> {
	trace
		.iter()
		.map(|message| message.encode().into())
		.collect()
}

/// Hands messages of one sensor over, batch by batch, and again what the node has no time for.
pub async fn hand_over(connection: &Connection, messages: &[Bytes]) -> Result<()> {
	let mut rest = messages;
	let mut progress = Instant::now();
	while !rest.is_empty() {
		let batch: Vec<_> = rest.iter().take(BATCH).collect();
		let answers = match connection.sensor_submit(&batch).await {
			Err(Error::Refused { .. }) => Vec::new(),
			answers => answers?,
		};
		let is_accepted = |answer: &&Answer| answer.status == Status::Accepted;
		let accepted = answers.iter().take_while(is_accepted).count();
		if accepted > 0 {
			progress = Instant::now();
		} else {
			ensure!(
				progress.elapsed() < PATIENCE,
				"no message is accepted any more: {:?}",
				answers.first()
			);
			tokio::time::sleep(PAUSE).await;
		}
		rest = &rest[accepted..];
	}
	Ok(())
}

impl Testbed {
	/// Hands messages over that must be accepted.
	pub async fn hand_over(&self, messages: &[&Bytes]) -> Result<()> {
		for receipt in self.client.connection().sensor_submit(messages).await? {
			ensure!(
				receipt.status == Status::Accepted,
				"a message was not accepted: {receipt:?}"
			);
		}
		Ok(())
	}
}

/// How many signatures one core verifies per second, with nothing else to do.
fn time_verification(
	testbed: &Testbed,
	key: &ed25519::Public,
	trace: &[SignedMessage],
) -> Result<f64> {
	let genesis = testbed.client.genesis();
	let signed: Vec<_> = trace
		.iter()
		.map(|signed| (signed.message.signing_bytes(&genesis), signed.signature))
		.collect();
	let begun = Instant::now();
	let mut verified = 0;
	for (bytes, signature) in signed.iter().cycle() {
		ensure!(
			ed25519::Pair::verify(black_box(signature), bytes, key),
			"a signature is not valid"
		);
		verified += 1;
		if begun.elapsed() >= TIMED {
			break;
		}
	}
	Ok(f64::from(verified) / begun.elapsed().as_secs_f64())
}
