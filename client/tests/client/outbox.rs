//! The outbox against nodes that come and go.

use std::{
	collections::BTreeMap,
	net::SocketAddr,
	sync::{
		atomic::{AtomicUsize, Ordering::Relaxed},
		Arc, Mutex,
	},
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

const TIMEOUT: Duration = Duration::from_secs(2);

/// What a node has stored: the messages of each sensor, in sequence.
type Traces = Arc<Mutex<BTreeMap<SensorId, Vec<SignedMessage>>>>;

/// How a node answers.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Manner {
	/// As a real one does.
	Honest,
	/// With answers for none of the messages.
	NoReceipts,
	/// That it lacks earlier messages, but not which.
	Gap,
	/// That it lacks all messages that it ever accepted.
	Forgetful,
	/// That it accepts the first of a batch, and lacks it when it gets the others.
	Fickle,
}

/// A node that stores messages as a real one does, and can be stopped and started.
struct Node {
	address: SocketAddr,
	manner: Manner,
	traces: Traces,
	/// How often messages were handed over.
	submissions: Arc<AtomicUsize>,
	server: Option<ServerHandle>,
}

impl Node {
	async fn start() -> Self {
		Self::start_as(Manner::Honest).await
	}

	async fn start_as(manner: Manner) -> Self {
		let mut node = Self {
			address: ([127, 0, 0, 1], 0).into(),
			manner,
			traces: Default::default(),
			submissions: Default::default(),
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
		let context = Context {
			manner: self.manner,
			traces: self.traces.clone(),
			submissions: self.submissions.clone(),
		};
		self.server = Some(server.start(module(context)));
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

struct Context {
	manner: Manner,
	traces: Traces,
	submissions: Arc<AtomicUsize>,
}

/// The sensor that nodes say is suspended.
const SUSPENDED: SensorId = 66;

fn module(context: Context) -> RpcModule<Context> {
	let mut module = RpcModule::new(context);
	module
		.register_method("sensor_head", |params, node, _| {
			let sensor: SensorId = params.one()?;
			if sensor == SUSPENDED {
				return Err(ErrorObjectOwned::owned(7007, "suspended", None::<()>));
			}
			let traces = node.traces.lock().unwrap();
			let head = traces.get(&sensor).map_or(0, Vec::len) as Sequence;
			Ok(if node.manner == Manner::Forgetful {
				0
			} else {
				head
			})
		})
		.unwrap();
	module
		.register_method("sensor_submit", |params, node, _| {
			let messages: Vec<Bytes> = params.one()?;
			node.submissions.fetch_add(1, Relaxed);
			let mut traces = node.traces.lock().unwrap();
			let receive = |bytes: &Bytes| receive(&mut traces, bytes);
			let gap = json!({"status": "gap", "expected": 0});
			let mut answers: Vec<Json> = match node.manner {
				Manner::Honest | Manner::Forgetful => messages.iter().map(receive).collect(),
				Manner::NoReceipts => vec![],
				Manner::Gap => vec![json!({"status": "gap"}); messages.len()],
				Manner::Fickle => vec![gap.clone(); messages.len()],
			};
			if node.manner == Manner::Fickle {
				answers[0] = json!({"status": "accepted"});
			}
			// From the 300th message on, it wants the first ones again.
			if node.manner == Manner::Forgetful && traces.values().flatten().count() > 300 {
				answers.fill(gap);
			}
			Ok::<Vec<Json>, ErrorObjectOwned>(answers)
		})
		.unwrap();
	module
}

fn receive(traces: &mut BTreeMap<SensorId, Vec<SignedMessage>>, bytes: &Bytes) -> Json {
	let signed = SignedMessage::decode_all(&mut &bytes[..]).unwrap();
	let trace = traces.entry(signed.message.sensor).or_default();
	let (found, expected) = (signed.message.sequence, trace.len() as Sequence);
	if signed.message.sensor == SUSPENDED {
		return json!({"status": "refused", "reason": "the sensor is suspended"});
	}
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
	let mut outbox = Outbox::new(nodes.iter().map(Node::url), TIMEOUT);
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
	let mut outbox = Outbox::new([there.url(), away.url()], TIMEOUT);
	let mut device = device(1);
	send(&mut outbox, &mut device, 50).await;
	flush(&mut outbox).await;
	away.stop().await;
	send(&mut outbox, &mut device, 500).await;
	tokio::time::sleep(Duration::from_secs(1)).await;
	assert_eq!(there.sequences(1).len(), 550);
	let deliveries = outbox.deliveries();
	assert_eq!(deliveries[1].1.waiting, 500);
	away.restart().await;
	flush(&mut outbox).await;
	assert_eq!(away.sequences(1), (0..550).collect::<Vec<_>>());
}

#[tokio::test]
async fn what_a_node_lost_in_a_crash_is_sent_again() {
	let mut node = Node::start().await;
	let mut outbox = Outbox::new([node.url()], TIMEOUT);
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
	let mut outbox = Outbox::new([node.url()], TIMEOUT);
	let message = device(1).say(0, vec![]).unwrap();
	outbox.send(&message).await.unwrap();
	let failure = tokio::time::timeout(Duration::from_secs(20), outbox.failure()).await;
	let failure = failure.expect("it is given up");
	assert!(matches!(&failure, Error::NoNodeLeft(reasons) if reasons.len() == 1));
	let says = failure.to_string();
	assert!(
		says.contains(&node.url()) && says.contains("message 0 of sensor 1: it says nothing"),
		"{says}"
	);
	// It says so again, and takes nothing any more.
	assert_eq!(outbox.failure().await.to_string(), says);
	assert!(outbox.send(&message).await.is_err());
	assert!(outbox.flush().await.is_err());
}

#[tokio::test]
async fn a_node_that_was_given_up_does_not_keep_messages_from_the_others() {
	let (good, liar) = (Node::start().await, Node::start_as(Manner::Forgetful).await);
	let mut outbox = Outbox::new([liar.url(), good.url()], TIMEOUT);
	let mut device = device(1);
	for _ in 0..40 {
		send(&mut outbox, &mut device, 50).await;
		flush_to(&good, 1, device.next()).await;
		tokio::time::sleep(Duration::from_millis(100)).await;
	}
	flush(&mut outbox).await;
	assert_eq!(good.sequences(1), (0..2_000).collect::<Vec<_>>());
	let deliveries = outbox.deliveries();
	let reason = deliveries[0].1.given_up.as_deref().expect("it is given up");
	assert!(
		reason.contains("lacks messages of sensor 1 from number 0 on"),
		"{reason}"
	);
	assert!(deliveries[1].1.given_up.is_none() && deliveries[1].1.trouble.is_none());
}

/// Waits until a node has so many messages of a sensor, however the others are doing.
async fn flush_to(node: &Node, sensor: SensorId, count: u64) {
	for _ in 0..1_000 {
		if node.sequences(sensor).len() as u64 == count {
			return;
		}
		tokio::time::sleep(Duration::from_millis(10)).await;
	}
	panic!(
		"{} of {count} messages arrived",
		node.sequences(sensor).len()
	);
}

#[tokio::test]
async fn a_sensor_that_is_refused_does_not_hold_up_another() {
	let node = Node::start().await;
	let mut outbox = Outbox::new([node.url()], Duration::from_secs(600));
	let (mut suspended, mut well) = (device(SUSPENDED), device(1));
	send(&mut outbox, &mut suspended, 200).await;
	send(&mut outbox, &mut well, 200).await;
	flush_to(&node, 1, 200).await;
	let deliveries = outbox.deliveries();
	let trouble = deliveries[0].1.trouble.as_deref().expect("one is refused");
	assert!(trouble.contains("the sensor is suspended"), "{trouble}");
	assert_eq!(deliveries[0].1.waiting, 200);
}

#[tokio::test]
async fn a_node_that_stays_away_loses_the_oldest_and_gets_the_rest_later() {
	const MANY: usize = 8_192 + 300;
	let (there, mut away) = (Node::start().await, Node::start().await);
	let mut outbox = Outbox::new([away.url(), there.url()], Duration::from_secs(600));
	let mut device = device(1);
	away.stop().await;
	send(&mut outbox, &mut device, MANY as u64).await;
	flush_to(&there, 1, MANY as u64).await;
	let delivery = |outbox: &Outbox| outbox.deliveries()[0].1.clone();
	assert_eq!(
		(delivery(&outbox).waiting, delivery(&outbox).lost),
		(8_192, 300)
	);
	away.restart().await;
	tokio::time::sleep(Duration::from_secs(8)).await;
	let trouble = delivery(&outbox).trouble.expect("it lacks some");
	assert!(
		trouble.contains("lacks messages of sensor 1 from number 0 on"),
		"{trouble}"
	);
	// Its peer gives it what it lacks, and a little more.
	let repairs = there.traces.lock().unwrap()[&1][..310].to_vec();
	away.traces.lock().unwrap().insert(1, repairs);
	flush(&mut outbox).await;
	assert_eq!(away.sequences(1), (0..MANY as Sequence).collect::<Vec<_>>());
	assert!(delivery(&outbox).given_up.is_none());
}

#[tokio::test]
async fn no_answer_makes_a_device_ask_without_a_pause() {
	for manner in [Manner::NoReceipts, Manner::Gap, Manner::Fickle] {
		let node = Node::start_as(manner).await;
		let mut outbox = Outbox::new([node.url()], TIMEOUT);
		send(&mut outbox, &mut device(1), 10).await;
		tokio::time::sleep(Duration::from_secs(1)).await;
		let submissions = node.submissions.load(Relaxed);
		assert!((2..=10).contains(&submissions), "{manner:?}: {submissions}");
	}
}
