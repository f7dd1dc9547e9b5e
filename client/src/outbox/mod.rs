//! How a device hands its messages over to several nodes.
//!
//! Every node is served by a task of its own: it asks the node which message of a sensor it expects,
//! hands over batches from there on, and keeps every message until the node has accepted it. A node
//! that is away, or was killed and lost what it had just accepted, gets everything once it is back.
//! Memory is bounded: when a node is too far behind, [`Outbox::send`] waits for it.

use std::{
	sync::Arc,
	time::{Duration, Instant},
};

use codec::Encode;
use futures::future::select_all;
use jsonrpsee::rpc_params;
use sp_core::Bytes;
use syngraph_primitives::{SensorId, Sequence, SignedMessage};
use tokio::sync::{mpsc, watch};

use crate::{Connection, Error};

mod queue;

use queue::{Entry, Lost, Queue, Refusal};
pub use queue::{Receipt, Status};

/// How many messages may wait for a node before [`Outbox::send`] waits as well.
const CAPACITY: usize = 8192;
/// How long one attempt to reach a node lasts.
const ATTEMPT: Duration = Duration::from_secs(5);
/// The first pause after a failure; each further one is twice as long.
const FIRST_PAUSE: Duration = Duration::from_millis(100);
/// The longest pause between two attempts.
const LONGEST_PAUSE: Duration = Duration::from_secs(2);
/// How often a node that has everything is looked after.
const IDLE: Duration = Duration::from_secs(2);

impl Connection {
	/// Hands messages over to the node, and returns what it says of each.
	pub async fn sensor_submit(&self, messages: &[&Bytes]) -> Result<Vec<Receipt>, Error> {
		self.request("sensor_submit", rpc_params![messages]).await
	}

	/// The number of the message that the node expects next of a sensor.
	pub async fn sensor_head(&self, sensor: SensorId) -> Result<Sequence, Error> {
		self.request("sensor_head", rpc_params![sensor]).await
	}
}

/// How one node is doing.
#[derive(Clone, Debug, Default)]
pub struct Delivery {
	/// How many messages were taken up for the node.
	pub taken: u64,
	/// How many of them it does not have yet.
	pub waiting: u64,
	/// What the last failure said, while it lasts.
	pub trouble: Option<String>,
}

/// Hands the messages of any number of sensors over to all of some nodes.
///
/// Its tasks end with it. It is of no use any more once it has failed.
pub struct Outbox {
	lanes: Vec<Lane>,
	sent: u64,
}

struct Lane {
	url: String,
	sender: mpsc::Sender<Arc<Entry>>,
	delivery: watch::Receiver<Delivery>,
	task: tokio::task::JoinHandle<Error>,
}

impl Drop for Lane {
	fn drop(&mut self) {
		self.task.abort();
	}
}

impl Outbox {
	/// An outbox for the nodes at these addresses. A node that refuses one message for longer than
	/// `patience` is given up.
	pub fn new<U: Into<String>>(urls: impl IntoIterator<Item = U>, patience: Duration) -> Self {
		let lanes = urls
			.into_iter()
			.map(|url| Lane::new(url.into(), patience))
			.collect();
		Self { lanes, sent: 0 }
	}

	/// Puts a message in for every node. The messages of one sensor must come in their order.
	///
	/// Waits while a node is too far behind. Fails once a node was given up.
	pub async fn send(&mut self, message: &SignedMessage) -> Result<(), Error> {
		let entry = Arc::new(Entry {
			sensor: message.message.sensor,
			sequence: message.message.sequence,
			bytes: message.encode().into(),
		});
		for lane in &mut self.lanes {
			if lane.sender.send(entry.clone()).await.is_err() {
				return Err(lane.end().await);
			}
		}
		self.sent += 1;
		Ok(())
	}

	/// How every node is doing, in the order in which they were given.
	pub fn deliveries(&self) -> Vec<(&str, Delivery)> {
		self.lanes
			.iter()
			.map(|lane| (lane.url.as_str(), lane.delivery.borrow().clone()))
			.collect()
	}

	/// Waits until every node has every message. Fails once a node was given up.
	pub async fn flush(&mut self) -> Result<(), Error> {
		for lane in &mut self.lanes {
			let has_all =
				|delivery: &Delivery| delivery.taken == self.sent && delivery.waiting == 0;
			if lane.delivery.wait_for(has_all).await.is_err() {
				return Err(lane.end().await);
			}
		}
		Ok(())
	}

	/// Waits until a node is given up, and says why.
	pub async fn failure(&mut self) -> Error {
		if self.lanes.is_empty() {
			return std::future::pending().await;
		}
		let ends = self.lanes.iter_mut().map(|lane| Box::pin(lane.end()));
		select_all(ends).await.0
	}
}

impl Lane {
	fn new(url: String, patience: Duration) -> Self {
		let (sender, incoming) = mpsc::channel(CAPACITY);
		let (report, delivery) = watch::channel(Delivery::default());
		let courier = Courier {
			connection: Connection::new(url.clone(), ATTEMPT),
			patience,
			incoming,
			queue: Queue::default(),
			report,
			known: 0,
			refused: None,
		};
		Self {
			url,
			sender,
			delivery,
			task: tokio::spawn(courier.run()),
		}
	}

	/// Why the lane's task ended.
	async fn end(&mut self) -> Error {
		match (&mut self.task).await {
			Ok(error) => error,
			Err(panic) => std::panic::resume_unwind(panic.into_panic()),
		}
	}
}

/// Serves one node.
struct Courier {
	connection: Connection,
	patience: Duration,
	incoming: mpsc::Receiver<Arc<Entry>>,
	queue: Queue,
	report: watch::Sender<Delivery>,
	/// The generation of the connection for which the node's heads are known.
	known: u64,
	/// What is refused, and since when.
	refused: Option<(Refusal, Instant)>,
}

impl Courier {
	/// Runs until the node is given up.
	async fn run(mut self) -> Error {
		let mut pause = FIRST_PAUSE;
		loop {
			if self.queue.len() == 0 {
				let _ = tokio::time::timeout(IDLE, self.receive()).await;
			}
			while self.queue.has_room() {
				let Ok(entry) = self.incoming.try_recv() else {
					break;
				};
				self.push(entry);
			}
			let (accepted, trouble) = match self.deliver().await {
				Ok(outcome) => outcome,
				Err(error @ (Error::Lost { .. } | Error::MessageRefused { .. })) => return error,
				Err(error) => (0, Some(error.to_string())),
			};
			let stuck = trouble.is_some() && accepted == 0;
			self.report.send_modify(|delivery| {
				delivery.waiting = self.queue.len() as u64;
				delivery.trouble = trouble;
			});
			if stuck {
				tokio::time::sleep(pause).await;
			}
			pause = if stuck {
				LONGEST_PAUSE.min(pause * 2)
			} else {
				FIRST_PAUSE
			};
		}
	}

	/// Waits for the next message.
	async fn receive(&mut self) {
		match self.incoming.recv().await {
			Some(entry) => self.push(entry),
			// The outbox is gone and aborts this task.
			None => std::future::pending().await,
		}
	}

	fn push(&mut self, entry: Arc<Entry>) {
		self.queue.push(entry);
		self.report.send_modify(|delivery| {
			delivery.taken += 1;
			delivery.waiting = self.queue.len() as u64;
		});
	}

	/// Hands a batch over. Returns how many messages the node accepted, and what keeps it from
	/// accepting all of them.
	async fn deliver(&mut self) -> Result<(usize, Option<String>), Error> {
		self.connection.open().await?;
		self.resume().await?;
		let batch = self.queue.batch();
		if batch.is_empty() {
			return Ok((0, None));
		}
		let receipts = self.connection.sensor_submit(&batch).await?;
		let outcome = self.queue.take(&receipts).map_err(|lost| self.lost(lost))?;
		let trouble = match outcome.refusal {
			Some(refusal) if !self.has(&refusal).await? => self.judge(refusal)?,
			_ => {
				self.refused = None;
				None
			},
		};
		Ok((outcome.accepted, trouble))
	}

	/// Asks a node that may have been restarted what it has, and goes on from there.
	async fn resume(&mut self) -> Result<(), Error> {
		let generation = self.connection.generation();
		if generation == self.known {
			return Ok(());
		}
		for sensor in self.queue.sensors() {
			let head = self.connection.sensor_head(sensor).await?;
			self.queue
				.resume(sensor, head)
				.map_err(|lost| self.lost(lost))?;
		}
		self.known = generation;
		Ok(())
	}

	/// Whether the node had a message that it refused, and does not want it for that reason.
	async fn has(&mut self, refusal: &Refusal) -> Result<bool, Error> {
		let head = self.connection.sensor_head(refusal.sensor).await?;
		self.queue
			.resume(refusal.sensor, head)
			.map_err(|lost| self.lost(lost))?;
		Ok(refusal.sequence < head)
	}

	/// Gives the node up if it has refused the same message for too long; until then says why it does.
	fn judge(&mut self, refusal: Refusal) -> Result<Option<String>, Error> {
		let since = match &self.refused {
			Some((before, since))
				if (before.sensor, before.sequence) == (refusal.sensor, refusal.sequence) =>
			{
				*since
			},
			_ => Instant::now(),
		};
		if since.elapsed() < self.patience {
			let trouble = refusal.reason.clone();
			self.refused = Some((refusal, since));
			return Ok(Some(trouble));
		}
		Err(Error::MessageRefused {
			url: self.connection.url().into(),
			sensor: refusal.sensor,
			sequence: refusal.sequence,
			reason: refusal.reason,
		})
	}

	fn lost(&self, lost: Lost) -> Error {
		Error::Lost {
			url: self.connection.url().into(),
			sensor: lost.sensor,
			head: lost.head,
		}
	}
}
