//! How a device hands its messages over to several nodes.
//!
//! Every node is served by a task of its own: it asks the node which message of a sensor it expects,
//! hands over batches from there on, and keeps every message until the node has accepted it. A node
//! that is away, or was killed and lost what it had just accepted, gets everything once it is back.
//!
//! No node can keep the messages from the others, be it dead, slow or hostile. Memory is bounded: a node
//! that is too far behind loses the oldest messages, which its peers give it, and one that does not take what it
//! should is given up. [`Outbox::deliveries`] says of each how it is doing.

use std::{
	sync::Arc,
	time::{Duration, Instant},
};

use codec::Encode;
use futures::future::select_all;
use jsonrpsee::rpc_params;
use sp_core::Bytes;
use syngraph_primitives::{SensorId, Sequence, SignedMessage};
use tokio::{sync::watch, time::timeout};

use crate::{Connection, Error};

mod courier;
mod queue;

use courier::{Courier, Shared};
pub use queue::{Answer, Status};
use queue::{Entry, CAPACITY};

/// How long one attempt to reach a node lasts.
const ATTEMPT: Duration = Duration::from_secs(5);
/// How long is waited at most for a node for which too many messages wait while another has room.
const GRACE: Duration = Duration::from_secs(5);
/// How much longer is waited for a node with every message for which it made room: so one is waited for that
/// takes 50 in a second, and one that is slower falls behind.
const EARNED: Duration = Duration::from_millis(20);

impl Connection {
	/// Hands messages over to the node, and returns what it says of each.
	pub async fn sensor_submit(&self, messages: &[&Bytes]) -> Result<Vec<Answer>, Error> {
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
	/// How many messages wait for it.
	pub waiting: usize,
	/// How many messages it did not get, and will not, because too many waited for it. Only its peers can give
	/// them to it.
	pub lost: u64,
	/// What the last failure said, while it lasts.
	pub trouble: Option<String>,
	/// Why it was given up, if it was: it gets nothing any more.
	pub given_up: Option<String>,
}

impl Delivery {
	/// Whether another message can wait for it; or none will.
	fn has_room(&self) -> bool {
		self.waiting < CAPACITY || self.given_up.is_some()
	}
}

/// Hands the messages of any number of sensors over to all of some nodes.
///
/// Its tasks end with it. It has failed once every node was given up.
pub struct Outbox {
	lanes: Vec<Lane>,
}

struct Lane {
	url: String,
	shared: Arc<Shared>,
	delivery: watch::Receiver<Delivery>,
	/// How long the node is waited for at most.
	grace: Duration,
	task: tokio::task::JoinHandle<()>,
}

impl Drop for Lane {
	fn drop(&mut self) {
		self.task.abort();
	}
}

impl Outbox {
	/// An outbox for the nodes at these addresses. A node that for longer than `patience` refuses one message,
	/// or lacks one that is no longer kept, is given up.
	pub fn new<U: Into<String>>(urls: impl IntoIterator<Item = U>, patience: Duration) -> Self {
		let lanes = urls
			.into_iter()
			.map(|url| Lane::new(url.into(), patience))
			.collect();
		Self { lanes }
	}

	/// Puts a message in for every node that was not given up. The messages of one sensor must come in their
	/// order.
	///
	/// Waits while too many messages wait for each node, and for a moment if they do for some; from these the
	/// oldest are lost then. Fails once every node was given up.
	pub async fn send(&mut self, message: &SignedMessage) -> Result<(), Error> {
		let entry = Arc::new(Entry {
			sensor: message.message.sensor,
			sequence: message.message.sequence,
			bytes: message.encode().into(),
		});
		self.wait_for_room().await;
		self.ensure_any_left()?;
		// Without a pause in between: all of them get it, or none.
		for lane in self.lanes.iter_mut().filter(|lane| lane.is_left()) {
			lane.put(entry.clone());
		}
		Ok(())
	}

	/// How every node is doing, in the order in which they were given.
	pub fn deliveries(&self) -> Vec<(&str, Delivery)> {
		self.lanes
			.iter()
			.map(|lane| (lane.url.as_str(), lane.delivery.borrow().clone()))
			.collect()
	}

	/// Waits until every node that was not given up has every message that was not lost to it. Fails once
	/// every node was given up.
	pub async fn flush(&mut self) -> Result<(), Error> {
		for lane in &mut self.lanes {
			let is_done =
				|delivery: &Delivery| delivery.waiting == 0 || delivery.given_up.is_some();
			// It never ends without having been given up.
			let _ = lane.delivery.wait_for(is_done).await;
		}
		self.ensure_any_left()
	}

	/// Waits until every node was given up, and says why.
	pub async fn failure(&mut self) -> Error {
		loop {
			for lane in &mut self.lanes {
				let is_over = |delivery: &Delivery| delivery.given_up.is_some();
				let _ = lane.delivery.wait_for(is_over).await;
			}
			match self.ensure_any_left() {
				Err(error) => return error,
				Ok(()) => std::future::pending().await,
			}
		}
	}

	/// Waits until a node has room, and then a moment for those that have none.
	async fn wait_for_room(&mut self) {
		if self
			.lanes
			.iter()
			.all(|lane| lane.delivery.borrow().has_room())
		{
			return;
		}
		let left: Vec<_> = self
			.lanes
			.iter_mut()
			.filter(|lane| lane.is_left())
			.map(|lane| Box::pin(lane.delivery.wait_for(Delivery::has_room)))
			.collect();
		if left.is_empty() {
			return;
		}
		let _ = select_all(left).await.0;
		for lane in &mut self.lanes {
			lane.wait_for_room().await;
		}
	}

	/// Fails if every node was given up.
	fn ensure_any_left(&self) -> Result<(), Error> {
		if self.lanes.is_empty() || self.lanes.iter().any(Lane::is_left) {
			return Ok(());
		}
		let reason = |lane: &Lane| {
			let reason = lane.delivery.borrow().given_up.clone();
			format!("{}: {}", lane.url, reason.unwrap_or_default())
		};
		Err(Error::NoNodeLeft(self.lanes.iter().map(reason).collect()))
	}
}

impl Lane {
	fn new(url: String, patience: Duration) -> Self {
		let shared = Arc::new(Shared::default());
		let connection = Connection::new(url.clone(), ATTEMPT);
		let courier = Courier::new(connection, patience, shared.clone());
		Self {
			url,
			delivery: shared.watch(),
			shared,
			grace: GRACE,
			task: tokio::spawn(courier.run()),
		}
	}

	/// Whether the node was not given up.
	fn is_left(&self) -> bool {
		self.delivery.borrow().given_up.is_none()
	}

	/// Waits until there is room for a message, for as long as the node is waited for.
	async fn wait_for_room(&mut self) {
		let begun = Instant::now();
		let room = self.delivery.wait_for(Delivery::has_room);
		if !matches!(timeout(self.grace, room).await, Ok(Ok(_))) {
			self.grace = Duration::ZERO;
			return;
		}
		self.grace = self.grace.saturating_sub(begun.elapsed());
	}

	/// Puts a message in.
	fn put(&mut self, entry: Arc<Entry>) {
		if self.delivery.borrow().has_room() {
			self.grace = GRACE.min(self.grace + EARNED);
		}
		self.shared.push(entry);
	}
}
