//! Gives one node its messages.

use std::{
	collections::{BTreeMap, BTreeSet},
	sync::Arc,
	time::{Duration, Instant},
};

use jsonrpsee::core::ClientError;
use parking_lot::Mutex;
use sp_core::Bytes;
use syngraph_primitives::{SensorId, Sequence};
use tokio::{
	sync::{watch, Notify},
	time::{sleep, timeout},
};

use super::{
	queue::{short, Handover, Hole, Queue, Refusal},
	Delivery,
};
use crate::{Connection, Error};

/// The first pause after a failure; each further one is twice as long.
const FIRST_PAUSE: Duration = Duration::from_millis(100);
/// The longest pause between two attempts.
const LONGEST_PAUSE: Duration = Duration::from_secs(2);
/// How often a node that has everything is looked after.
const IDLE: Duration = Duration::from_secs(2);
/// After how long a sensor is tried again of which a node did not take a message.
const RETRY: Duration = Duration::from_secs(1);
/// What a node says that has no time now: nothing about the sensor.
const LATER: [i32; 2] = [7001, 7002];

/// What the outbox and the courier of a node share.
#[derive(Default)]
pub(super) struct Shared {
	queue: Mutex<Queue>,
	report: watch::Sender<Delivery>,
	/// Rung when there is something new.
	news: Notify,
}

impl Shared {
	/// Changes what the node is to be given, and says how it is doing then.
	fn change<T>(&self, change: impl FnOnce(&mut Queue) -> T) -> T {
		let mut queue = self.queue.lock();
		let done = change(&mut queue);
		self.report.send_modify(|delivery| {
			delivery.waiting = queue.len();
			delivery.lost = queue.lost();
		});
		done
	}

	/// Puts a message in.
	pub(super) fn push(&self, entry: Arc<super::Entry>) {
		self.change(|queue| queue.push(entry));
		self.news.notify_one();
	}

	/// How the node is doing.
	pub(super) fn watch(&self) -> watch::Receiver<Delivery> {
		self.report.subscribe()
	}

	fn give_up(&self, reason: String) {
		self.change(Queue::clear);
		self.report.send_modify(|delivery| {
			delivery.trouble = None;
			delivery.given_up.get_or_insert(reason);
		});
	}
}

/// A sensor of which the node does not take the next message.
struct Stuck {
	/// The number of the message.
	next: Sequence,
	reason: String,
	since: Instant,
	/// When to try again.
	retry: Instant,
}

/// What came of an attempt.
enum Step {
	/// There is nothing to hand over now.
	Rest,
	/// The node has more than before.
	Advance,
	/// The node has no more than before, as far as is known.
	Stand(Option<String>),
}

/// Why an attempt came to nothing.
enum Failure {
	/// The node cannot be reached, or cannot answer.
	Away(Error),
	/// It is of no use to go on.
	GivenUp(String),
}

impl From<Error> for Failure {
	fn from(error: Error) -> Self {
		Failure::Away(error)
	}
}

/// Serves one node.
pub(super) struct Courier {
	connection: Connection,
	patience: Duration,
	shared: Arc<Shared>,
	/// The generation of the connection to which the rest refers.
	known: u64,
	/// The sensors of which it is not known yet what the node has.
	unasked: BTreeSet<SensorId>,
	stuck: BTreeMap<SensorId, Stuck>,
}

impl Drop for Courier {
	/// Whatever ended it, nobody waits for the node any more.
	fn drop(&mut self) {
		self.shared
			.give_up("its messages are no longer handed over".into());
	}
}

impl Courier {
	/// Serves the node of a connection, and gives it up when it takes the next message of a sensor for longer
	/// than `patience` not.
	pub(super) fn new(connection: Connection, patience: Duration, shared: Arc<Shared>) -> Self {
		Self {
			connection,
			patience,
			shared,
			known: 0,
			unasked: BTreeSet::new(),
			stuck: BTreeMap::new(),
		}
	}

	/// Runs until the node is given up.
	pub(super) async fn run(mut self) {
		let mut pause = FIRST_PAUSE;
		loop {
			let (trouble, is_resting, has_advanced) = match self.deliver().await {
				Ok(Step::Rest) => (None, true, true),
				Ok(Step::Advance) => (None, false, true),
				Ok(Step::Stand(trouble)) => (trouble, false, false),
				Err(Failure::Away(error)) => (Some(short(&error.to_string())), false, false),
				Err(Failure::GivenUp(reason)) => return self.shared.give_up(reason),
			};
			let first_stuck = || self.stuck.values().next().map(|stuck| stuck.reason.clone());
			let trouble = trouble.or_else(first_stuck);
			self.shared
				.report
				.send_modify(|delivery| delivery.trouble = trouble);
			if is_resting {
				let _ = timeout(self.rest(), self.shared.news.notified()).await;
			}
			// Whatever a node answers, it is not asked over and over without a pause.
			if has_advanced {
				pause = FIRST_PAUSE;
			} else {
				sleep(pause).await;
				pause = LONGEST_PAUSE.min(pause * 2);
			}
		}
	}

	/// How long there is nothing to do, unless something new comes.
	fn rest(&self) -> Duration {
		let now = Instant::now();
		let retries = self.stuck.values().map(|stuck| stuck.retry);
		retries
			.map(|retry| retry.saturating_duration_since(now))
			.fold(IDLE, Duration::min)
	}

	/// Hands a batch over.
	async fn deliver(&mut self) -> Result<Step, Failure> {
		self.connection.open().await?;
		self.resume().await?;
		let now = Instant::now();
		// Of a sensor that is stuck, one message shows whether it still is.
		let allowed = |sensor| match self.stuck.get(&sensor) {
			None => usize::MAX,
			Some(stuck) => (stuck.retry <= now).into(),
		};
		let batch = self.shared.queue.lock().batch(allowed);
		if batch.is_empty() {
			// Nothing waits of those that were to be tried again.
			self.stuck.retain(|_, stuck| stuck.retry > now);
			return Ok(Step::Rest);
		}
		let messages: Vec<&Bytes> = batch.iter().map(|entry| &entry.bytes).collect();
		let answers = self.connection.sensor_submit(&messages).await?;
		let handover = self.shared.change(|queue| queue.take(&batch, &answers));
		let step = match (handover.advanced, handover.is_unclear) {
			(true, _) => Step::Advance,
			(false, true) => Step::Stand(Some(
				"the node does not say what became of the messages".into(),
			)),
			(false, false) => Step::Stand(None),
		};
		self.note_handover(handover).await?;
		Ok(step)
	}

	/// Asks a node that may have been restarted what it has, and goes on from there.
	async fn resume(&mut self) -> Result<(), Failure> {
		let generation = self.connection.generation();
		if generation != self.known {
			self.known = generation;
			self.stuck.clear();
			self.unasked = self.shared.queue.lock().sensors();
		}
		while let Some(sensor) = self.unasked.first().copied() {
			// If it says nothing of the sensor, it will say why when it gets the next message.
			if let Some(head) = self.head(sensor).await? {
				self.go_on(sensor, head)?;
			}
			self.unasked.remove(&sensor);
		}
		Ok(())
	}

	/// The number of the message that the node expects next of a sensor, if it expects any.
	async fn head(&self, sensor: SensorId) -> Result<Option<Sequence>, Error> {
		match self.connection.sensor_head(sensor).await {
			Ok(head) => Ok(Some(head)),
			Err(Error::Refused {
				reason: ClientError::Call(error),
				..
			}) if !LATER.contains(&error.code()) => Ok(None),
			Err(error) => Err(error),
		}
	}

	/// Goes on from the message that the node expects next of a sensor.
	fn go_on(&mut self, sensor: SensorId, head: Sequence) -> Result<(), Failure> {
		match self.shared.change(|queue| queue.resume(sensor, head)) {
			Ok(()) => Ok(()),
			Err(hole) => self.note_hole(sensor, hole),
		}
	}

	/// Finds out which sensors are stuck after a batch.
	async fn note_handover(&mut self, handover: Handover) -> Result<(), Failure> {
		for sensor in &handover.accepted {
			self.stuck.remove(sensor);
		}
		for (sensor, hole) in handover.holes {
			self.note_hole(sensor, hole)?;
		}
		for (sensor, refusal) in handover.refused {
			match self.head(sensor).await? {
				// It has the message, and does not want it for that reason.
				Some(head) if refusal.sequence < head => self.go_on(sensor, head)?,
				_ => self.note_refusal(sensor, refusal)?,
			}
		}
		Ok(())
	}

	fn note_hole(&mut self, sensor: SensorId, Hole(head): Hole) -> Result<(), Failure> {
		let reason = format!(
			"it lacks messages of sensor {sensor} from number {head} on, which are no longer kept"
		);
		self.note(sensor, head, reason)
	}

	fn note_refusal(&mut self, sensor: SensorId, refusal: Refusal) -> Result<(), Failure> {
		let Refusal { sequence, reason } = refusal;
		let reason = format!("it refuses message {sequence} of sensor {sensor}: {reason}");
		self.note(sensor, sequence, reason)
	}

	/// Takes note of a sensor that is stuck. Gives the node up if it has been for too long.
	fn note(&mut self, sensor: SensorId, next: Sequence, reason: String) -> Result<(), Failure> {
		let now = Instant::now();
		let before = self.stuck.get(&sensor).filter(|stuck| stuck.next == next);
		let since = before.map_or(now, |stuck| stuck.since);
		if now.duration_since(since) >= self.patience {
			return Err(Failure::GivenUp(reason));
		}
		let stuck = Stuck {
			next,
			reason,
			since,
			retry: now + RETRY,
		};
		self.stuck.insert(sensor, stuck);
		Ok(())
	}
}
