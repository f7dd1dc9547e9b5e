//! The outbox against nodes that come and go.

use std::{
	collections::BTreeMap,
	net::SocketAddr,
	sync::{Arc, Mutex},
	time::Duration,
};

use codec::DecodeAll;
use jsonrpsee::{
	server::{Server, ServerHandle},
	types::ErrorObjectOwned,
	RpcModule,
};
use serde_json::{json, Value as Json};
use sp_core::{ed25519, Bytes, Pair, H256};
use syngraph_client::{Device, Error, Outbox};
use syngraph_primitives::{Kind, SensorId, Sequence, SignedMessage, Value};

const PATIENCE: Duration = Duration::from_secs(2);

/// What a node has stored: the messages of each sensor, in sequence.
type Traces = Arc<Mutex<BTreeMap<SensorId, Vec<SignedMessage>>>>;

/// A node that stores messages as a real one does, and can be stopped and started.
struct Node {
	address: SocketAddr,
	traces: Traces,
	server: Option<ServerHandle>,
}

impl Node {
	async fn start() -> Self {
		let mut node = Self {
			address: ([127, 0, 0, 1], 0).into(),
			traces: Default::default(),
			server: None,
		};
		node.restart().await;
		node
	}

	fn url(&self) -> String {
		format!("ws://{}", self.address)
	}

	async fn restart(&mut self) {
		let server = Server::builder().build(self.address).await.unwrap();
		self.address = server.local_addr().unwrap();
		self.server = Some(server.start(module(self.traces.clone())));
	}

	async fn stop(&mut self) {
		let server = self.server.take().unwrap();
		server.stop().unwrap();
		server.stopped().await;
	}

	/// The numbers of a sensor's messages.
	fn sequences(&self, sensor: SensorId) -> Vec<Sequence> {
		let traces = self.traces.lock().unwrap();
		let trace = traces.get(&sensor).into_iter().flatten();
		trace.map(|signed| signed.message.sequence).collect()
	}

	/// Loses what it accepted last, as a crash may do.
	fn lose(&self, sensor: SensorId, count: usize) {
		let mut traces = self.traces.lock().unwrap();
		let trace = traces.get_mut(&sensor).unwrap();
		trace.truncate(trace.len() - count);
	}
}

fn module(traces: Traces) -> RpcModule<Traces> {
	let mut module = RpcModule::new(traces);
	module
		.register_method("sensor_head", |params, traces, _| {
			let sensor: SensorId = params.one()?;
			let traces = traces.lock().unwrap();
			Ok::<_, ErrorObjectOwned>(traces.get(&sensor).map_or(0, Vec::len) as Sequence)
		})
		.unwrap();
	module
		.register_method("sensor_submit", |params, traces, _| {
			let messages: Vec<Bytes> = params.one()?;
			let mut traces = traces.lock().unwrap();
			let receive = |bytes: &Bytes| receive(&mut traces, bytes);
			Ok::<Vec<Json>, ErrorObjectOwned>(messages.iter().map(receive).collect())
		})
		.unwrap();
	module
}

fn receive(traces: &mut BTreeMap<SensorId, Vec<SignedMessage>>, bytes: &Bytes) -> Json {
	let signed = SignedMessage::decode_all(&mut &bytes[..]).unwrap();
	let trace = traces.entry(signed.message.sensor).or_default();
	let (found, expected) = (signed.message.sequence, trace.len() as Sequence);
	if signed.message.values.is_empty() {
		return json!({"status": "refused", "reason": "it says nothing"});
	}
	match found.cmp(&expected) {
		std::cmp::Ordering::Less => json!({"status": "duplicate", "expected": expected}),
		std::cmp::Ordering::Greater => json!({"status": "gap", "expected": expected}),
		std::cmp::Ordering::Equal => {
			trace.push(signed);
			json!({"status": "accepted", "expected": expected + 1})
		},
	}
}

fn device(sensor: SensorId) -> Device {
	let key = ed25519::Pair::from_seed(&[1; 32]);
	Device::new(sensor, Kind::default(), H256::zero(), key, 0)
}

async fn send(outbox: &mut Outbox, device: &mut Device, count: u64) {
	for i in 0..count {
		let message = device.say(i, vec![Value::Bool(true)]).unwrap();
		outbox.send(&message).await.unwrap();
	}
}

async fn flush(outbox: &mut Outbox) {
	let flushed = tokio::time::timeout(Duration::from_secs(30), outbox.flush());
	flushed.await.expect("everything arrives").unwrap();
}

#[tokio::test]
async fn every_node_gets_everything() {
	let nodes = [Node::start().await, Node::start().await];
	let mut outbox = Outbox::new(nodes.iter().map(Node::url), PATIENCE);
	let mut devices = [device(1), device(2)];
	for device in &mut devices {
		send(&mut outbox, device, 200).await;
	}
	flush(&mut outbox).await;
	for node in &nodes {
		for sensor in [1, 2] {
			assert_eq!(node.sequences(sensor), (0..200).collect::<Vec<_>>());
		}
	}
}

#[tokio::test]
async fn a_node_that_was_away_gets_what_it_missed() {
	let (there, mut away) = (Node::start().await, Node::start().await);
	let mut outbox = Outbox::new([there.url(), away.url()], PATIENCE);
	let mut device = device(1);
	send(&mut outbox, &mut device, 50).await;
	flush(&mut outbox).await;
	away.stop().await;
	send(&mut outbox, &mut device, 500).await;
	tokio::time::sleep(Duration::from_secs(1)).await;
	assert_eq!(there.sequences(1).len(), 550);
	let deliveries = outbox.deliveries();
	assert!(
		deliveries[1].1.waiting > 0 && deliveries[1].1.trouble.is_some()
			|| deliveries[1].1.taken < 550
	);
	away.restart().await;
	flush(&mut outbox).await;
	assert_eq!(away.sequences(1), (0..550).collect::<Vec<_>>());
}

#[tokio::test]
async fn what_a_node_lost_in_a_crash_is_sent_again() {
	let mut node = Node::start().await;
	let mut outbox = Outbox::new([node.url()], PATIENCE);
	let mut device = device(1);
	send(&mut outbox, &mut device, 100).await;
	flush(&mut outbox).await;
	node.stop().await;
	node.lose(1, 30);
	node.restart().await;
	// Nothing new has to be said for it.
	for _ in 0..100 {
		tokio::time::sleep(Duration::from_millis(100)).await;
		if node.sequences(1).len() == 100 {
			return;
		}
	}
	panic!("the node has {} messages", node.sequences(1).len());
}

#[tokio::test]
async fn a_node_that_keeps_refusing_a_message_is_given_up() {
	let node = Node::start().await;
	let mut outbox = Outbox::new([node.url()], PATIENCE);
	let message = device(1).say(0, vec![]).unwrap();
	outbox.send(&message).await.unwrap();
	let failure = tokio::time::timeout(Duration::from_secs(20), outbox.failure()).await;
	assert!(matches!(
		failure.expect("it is given up"),
		Error::MessageRefused { sensor: 1, sequence: 0, reason, .. } if reason == "it says nothing"
	));
}
