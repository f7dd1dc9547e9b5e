use super::*;
use crate::{
	limits::{MAX_BATCH, MAX_MESSAGE_BYTES},
	peers::{Guest, Peer, Rates, WASTE},
	sensors::{Metrics, SensorApiServer, SensorRpc, EACH, MAX_CONCURRENT},
};
use codec::MaxEncodedLen;
use governor::{Quota, RateLimiter};
use jsonrpsee::{Extensions, RpcModule};
use std::{future::Future, num::NonZeroU32, time::Duration};
use syngraph_primitives::MAX_VARIABLES;
use syngraph_worker::store::LocalStore;
use tokio::{sync::watch, time::timeout};

type TestRpc = SensorRpc<FakeChain, Persistent<TestPersistentOffchainDB>>;

fn rpc(rate: u32) -> TestRpc {
	rpc_on(setup().0, rate)
}

fn rpc_on<S>(intake: Intake<FakeChain, S>, rate: u32) -> SensorRpc<FakeChain, S>
where
	S: LocalStore + Durable + Send + Sync + 'static,
{
	let rate = NonZeroU32::new(rate).expect("not zero");
	let metrics = Metrics::register(None).expect("the names are good");
	SensorRpc::new(Arc::new(intake), rate, metrics)
}

/// What the module answers to a method called with `params`.
async fn call<T: Send + Sync + 'static>(
	module: &RpcModule<T>,
	method: &str,
	params: &str,
) -> String {
	let request = format!(r#"{{"jsonrpc":"2.0","id":0,"method":"{method}","params":{params}}}"#);
	let (answer, _) = module
		.raw_json_request(&request, 1)
		.await
		.expect("a request in JSON");
	answer.to_string()
}

fn hex(message: &SignedMessage) -> String {
	format!("\"{}\"", sp_core::bytes::to_hex(&message.encode(), false))
}

/// The parameters of a batch.
fn batch(messages: &[SignedMessage]) -> String {
	format!(
		"[[{}]]",
		messages.iter().map(hex).collect::<Vec<_>>().join(",")
	)
}

#[tokio::test]
async fn a_device_is_told_what_became_of_each_message() {
	let module = rpc(1000).into_rpc();
	let params = batch(&[good(LOCK, 0), good(LOCK, 0), good(LOCK, 5), good(9, 0)]);
	let answer = call(&module, "sensor_submit", &params).await;
	let answers = concat!(
		r#"[{"status":"accepted"},{"status":"duplicate"},{"status":"gap","expected":1},"#,
		r#"{"status":"refused","code":7003,"retry":"later","reason":"the sensor is not registered"}]"#
	);
	assert!(answer.contains(answers), "{answer}");
	let head = call(&module, "sensor_head", "[3]").await;
	assert!(head.contains(r#""result":1"#), "{head}");
}

#[tokio::test]
async fn what_is_not_a_batch_is_refused_as_a_whole() {
	let module = rpc(1000).into_rpc();
	let too_many = batch(&vec![good(LOCK, 0); 257]);
	for params in [
		r#"["0x00"]"#,
		r#"[["xyz"]]"#,
		r#"[[1]]"#,
		"[]",
		"[null]",
		"{}",
		r#"[[{}]]"#,
		&too_many,
	] {
		let answer = call(&module, "sensor_submit", params).await;
		assert!(
			answer.contains(r#""code":-32602"#) && answer.contains(r#""data":{"retry":"never"}"#),
			"{answer}"
		);
	}
	for params in ["[]", "[-1]", r#"["3"]"#, "{}", r#"{"sensor":null}"#] {
		let answer = call(&module, "sensor_head", params).await;
		assert!(
			answer.contains(r#""code":-32602"#) && answer.contains(r#""data":{"retry":"never"}"#),
			"{answer}"
		);
	}
	let named = call(&module, "sensor_head", r#"{"sensor":3}"#).await;
	assert!(named.contains(r#""result":0"#), "{named}");
	assert!(module.raw_json_request("not JSON", 1).await.is_err());
	let empty = call(&module, "sensor_submit", "[[]]").await;
	assert!(empty.contains(r#""result":[]"#), "{empty}");
	let head = call(&module, "sensor_head", "[3]").await;
	assert!(head.contains(r#""result":0"#), "{head}");
}

#[tokio::test]
async fn the_head_of_an_unknown_sensor_is_an_error() {
	let answer = call(&rpc(1000).into_rpc(), "sensor_head", "[9]").await;
	assert!(
		answer.contains("7003") && answer.contains("not registered"),
		"{answer}"
	);
}

/// A node that checks 256 signatures, and no more while a test lasts.
fn rpc_of_256() -> TestRpc {
	let mut rpc = rpc(1000);
	let quota = Quota::with_period(std::time::Duration::from_secs(3600)).expect("not zero");
	rpc.rate = Arc::new(RateLimiter::direct(quota.allow_burst(MAX_BATCH)));
	rpc
}

fn numbered(numbers: std::ops::Range<Sequence>) -> Vec<SignedMessage> {
	numbers.map(|sequence| good(LOCK, sequence)).collect()
}

#[tokio::test]
async fn too_many_messages_in_a_second_are_turned_away() {
	let module = rpc_of_256().into_rpc();
	let first = call(&module, "sensor_submit", &batch(&numbered(0..200))).await;
	assert_eq!(first.matches("accepted").count(), 200, "{first}");
	// Some of them still fit: it is said from where on the others are to be sent again.
	let second = call(&module, "sensor_submit", &batch(&numbered(200..300))).await;
	assert_eq!(second.matches("accepted").count(), 56, "{second}");
	assert_eq!(
		second.matches(r#"{"status":"gap","expected":256}"#).count(),
		44,
		"{second}"
	);
	let third = call(&module, "sensor_submit", &batch(&numbered(256..300))).await;
	assert!(third.contains("7001"), "{third}");
	let head = call(&module, "sensor_head", "[3]").await;
	assert!(
		head.contains(r#""result":256"#),
		"a question costs nothing: {head}"
	);
	// Another message with a number that is taken needs to be checked as well.
	let other = changed(7, |message| message.timestamp += 1);
	let both = [good(LOCK, 6), other];
	let answer = call(&module, "sensor_submit", &batch(&both)).await;
	assert!(
		answer.contains(
			r#"[{"status":"duplicate"},{"status":"refused","code":7001,"retry":"soon","reason":"too many"#
		),
		"{answer}"
	);
}

#[tokio::test]
async fn junk_does_not_use_up_what_all_may_send() {
	let rpc = rpc_of_256();
	let nobody = Extensions::new();
	let encoded = |message: SignedMessage| sp_core::Bytes(message.encode());
	let junk = [
		sp_core::Bytes(vec![7; 100]),
		encoded(good(9, 0)),
		encoded(good(LOCK, 1)),
		encoded(changed(0, |message| message.values.clear())),
	];
	for one in junk {
		let answers = rpc
			.take(&nobody, vec![one; 256])
			.await
			.expect("it is looked at");
		assert!(!answers.iter().any(Answer::is_stored), "{answers:?}");
	}
	// Of what has the number that is expected, and is forged, one is checked: nothing can follow it.
	let forged = |sequence| sign(message(LOCK, sequence), &key(99));
	let answers = rpc
		.take(&nobody, (0..256).map(forged).map(encoded).collect())
		.await
		.expect("it is looked at");
	assert_eq!(answers[0], refused(Refusal::BadSignature));
	assert_eq!(answers[255], Answer::Gap { expected: 0 });
	let good = numbered(0..256).into_iter().map(encoded).collect();
	let answers = rpc.take(&nobody, good).await.expect("it is looked at");
	let accepted = answers.iter().filter(|answer| answer.is_stored()).count();
	assert_eq!(accepted, 255);
}

#[tokio::test]
async fn the_head_of_a_convicted_sensor_is_an_error() {
	let (intake, chain) = setup();
	let module = rpc_on(intake, 1000).into_rpc();
	chain.change(LOCK, |info| {
		info.keys.convict(0, 1);
	});
	let answer = call(&module, "sensor_head", "[3]").await;
	assert!(
		answer.contains(r#""code":7007"#) && answer.contains("its owner has to rotate its key"),
		"{answer}"
	);
	let answer = call(&module, "sensor_submit", &batch(&[good(LOCK, 1)])).await;
	assert!(
		answer.contains(
			r#"{"status":"refused","code":7007,"retry":"later","reason":"the sensor is suspended"#
		),
		"{answer}"
	);
	// What comes next can be learnt all the same: the owner needs it to end the suspension.
	let answer = call(&module, "sensor_submit", &batch(&[good(LOCK, 1_000)])).await;
	assert!(
		answer.contains(r#"{"status":"gap","expected":1}"#),
		"{answer}"
	);
	chain.change(4, |info| {
		info.keys.revoke(1, 0).expect("later than the first")
	});
	call(&module, "sensor_submit", &batch(&[good(4, 0)])).await;
	let answer = call(&module, "sensor_head", "[4]").await;
	assert!(
		answer.contains(r#""code":7008"#) && answer.contains("the sensor's key was revoked"),
		"{answer}"
	);
}

#[tokio::test]
async fn a_message_with_too_many_values_is_no_message() {
	let message = good(LOCK, 0);
	let values = message.message.values.len();
	let with = |count: usize| {
		let filler = vec![Value::Bool(true); count - values];
		let values = [message.message.values.to_vec(), filler].concat();
		let Message {
			sensor,
			kind,
			sequence,
			timestamp,
			..
		} = message.message.clone();
		let bytes = (sensor, kind, sequence, timestamp, values, message.signature).encode();
		format!("[[\"{}\"]]", sp_core::bytes::to_hex(&bytes, false))
	};
	let module = rpc(1000).into_rpc();
	let answer = call(&module, "sensor_submit", &with(MAX_VARIABLES as usize + 1)).await;
	assert!(
		answer
			.contains(r#"[{"status":"refused","code":7011,"retry":"never","reason":"not the encoding of a signed message"}]"#),
		"{answer}"
	);
	// One less is a message, if not one of this sensor.
	let answer = call(&module, "sensor_submit", &with(MAX_VARIABLES as usize)).await;
	assert!(answer.contains("more or fewer values than"), "{answer}");
	let answer = call(&module, "sensor_submit", &with(values)).await;
	assert!(answer.contains("accepted"), "{answer}");
}

#[tokio::test]
async fn too_many_batches_at_a_time_are_turned_away() {
	let rpc = rpc(1000);
	let held = rpc
		.admission
		.clone()
		.try_acquire_many_owned(MAX_CONCURRENT as u32);
	let module = rpc.into_rpc();
	let answer = call(&module, "sensor_submit", &batch(&[good(LOCK, 0)])).await;
	assert!(answer.contains("7002"), "{answer}");
	drop(held);
	let answer = call(&module, "sensor_submit", &batch(&[good(LOCK, 0)])).await;
	assert!(answer.contains("accepted"), "{answer}");
}

/// A store whose disk is slow: nothing is on it until the test says what came of it.
struct Disk {
	memory: Persistent<TestPersistentOffchainDB>,
	written: watch::Receiver<Option<Result<(), Broken>>>,
}

impl LocalStore for Disk {
	fn get(&self, key: &[u8]) -> Option<Vec<u8>> {
		self.memory.get(key)
	}

	fn set(&self, key: &[u8], value: &[u8]) {
		self.memory.set(key, value)
	}

	fn remove(&self, key: &[u8]) {
		self.memory.remove(key)
	}

	fn replace(&self, key: &[u8], old: Option<&[u8]>, new: &[u8]) -> bool {
		self.memory.replace(key, old, new)
	}
}

impl Durable for Disk {
	fn durable(&self) -> BoxFuture<'static, Result<(), Broken>> {
		let mut written = self.written.clone();
		async move {
			let written = written.wait_for(Option::is_some).await;
			written.map_or(Err(Broken), |written| written.unwrap_or(Err(Broken)))
		}
		.boxed()
	}
}

#[tokio::test]
async fn nothing_is_accepted_that_is_not_on_disk() {
	let (_, chain, memory) = setup_with_store();
	let (tell, written) = watch::channel(None);
	let disk = Disk {
		memory: Persistent::new(memory),
		written,
	};
	let module = rpc_on(Intake::new(GENESIS, chain, disk), 1000).into_rpc();
	let params = batch(&[good(LOCK, 0)]);
	// A duplicate may be on its way to the disk like what it is a duplicate of.
	for status in ["accepted", "duplicate"] {
		tell.send_replace(None);
		let mut answer = Box::pin(call(&module, "sensor_submit", &params));
		let early = std::time::Duration::from_millis(50);
		assert!(
			tokio::time::timeout(early, &mut answer).await.is_err(),
			"too early"
		);
		tell.send_replace(Some(Ok(())));
		assert!(answer.await.contains(status));
	}
	tell.send_replace(Some(Err(Broken)));
	let answer = call(&module, "sensor_submit", &batch(&[good(LOCK, 1)])).await;
	assert!(
		answer.contains("7006") && !answer.contains("accepted"),
		"{answer}"
	);
	// What is not stored needs no disk.
	let answer = call(&module, "sensor_submit", &batch(&[good(9, 1)])).await;
	assert!(answer.contains("not registered"), "{answer}");
}

/// Whether an answer still does not come after some time.
async fn is_pending(answer: impl Future) -> bool {
	timeout(Duration::from_millis(20), answer).await.is_err()
}

/// What is stored can be read by anybody, who can send it again and again.
#[tokio::test]
async fn what_waits_for_the_disk_keeps_nobody_out() {
	let (_, chain, memory) = setup_with_store();
	let (tell, written) = watch::channel(Some(Ok(())));
	let disk = Disk {
		memory: Persistent::new(memory),
		written,
	};
	let rpc = rpc_on(Intake::new(GENESIS, chain, disk), 1000);
	let nobody = Extensions::new();
	let batch = |message: SignedMessage| vec![sp_core::Bytes(message.encode())];
	let first = rpc.take(&nobody, batch(good(LOCK, 0))).await;
	assert_eq!(first.expect("it may"), [Answer::Accepted]);
	tell.send_replace(None);
	let mut waiting = Vec::new();
	for _ in 0..=MAX_CONCURRENT {
		let mut answer = Box::pin(rpc.take(&nobody, batch(good(LOCK, 0))));
		assert!(is_pending(&mut answer).await, "it is not on disk yet");
		waiting.push(answer);
	}
	let mut answer = Box::pin(rpc.take(&nobody, batch(good(LOCK, 1))));
	assert!(is_pending(&mut answer).await, "it is not on disk yet");
	tell.send_replace(Some(Ok(())));
	assert_eq!(answer.await.expect("it may"), [Answer::Accepted]);
	for answer in waiting {
		assert_eq!(answer.await.expect("it may"), [Answer::Duplicate]);
	}
}

#[tokio::test]
async fn one_address_does_not_take_all_places() {
	let rpc = rpc(1000);
	let rates = Arc::new(Rates::new(NonZeroU32::MIN, MAX_BATCH));
	let from = |address: [u8; 4]| {
		let mut from = Extensions::new();
		from.insert(Guest::admit(Peer::new(address.into()), &rates, 0).expect("it is the first"));
		from
	};
	let (one, other) = (from([1, 2, 3, 4]), from([1, 2, 3, 5]));
	let all = rpc.processors.available_permits() as u32;
	let busy = rpc.processors.clone().acquire_many_owned(all).await;
	let mut waiting = Vec::new();
	for _ in 0..EACH.per_address {
		let mut answer = Box::pin(rpc.ask_head(&one, LOCK));
		assert!(is_pending(&mut answer).await, "there is no processor");
		waiting.push(answer);
	}
	assert_eq!(rpc.ask_head(&one, LOCK).await.unwrap_err().code(), 7002);
	let mut answer = Box::pin(rpc.ask_head(&other, LOCK));
	assert!(is_pending(&mut answer).await, "others have their own");
	waiting.push(answer);
	drop(busy);
	for answer in waiting {
		assert_eq!(answer.await.expect("it may"), 0);
	}
	assert!(rpc.held.is_empty());
	assert_eq!(rpc.ask_head(&one, LOCK).await.expect("it may"), 0);
}

#[tokio::test]
async fn one_address_does_not_use_up_what_all_may_send() {
	let rpc = rpc(1000);
	let rates = Arc::new(Rates::new(NonZeroU32::MIN, MAX_BATCH));
	let from = |address: [u8; 4]| {
		let mut from = Extensions::new();
		from.insert(Guest::admit(Peer::new(address.into()), &rates, 0).expect("it is the first"));
		from
	};
	let messages = |count| vec![sp_core::Bytes(vec![]); count];
	let (one, other) = (from([1, 2, 3, 4]), from([1, 2, 3, 5]));
	assert!(rpc.take(&one, messages(256)).await.is_ok());
	let error = rpc.take(&one, messages(1)).await.unwrap_err();
	assert_eq!(error.code(), 7001);
	assert!(error.message().contains("this address"), "{error}");
	assert!(
		rpc.ask_head(&one, LOCK).await.is_err(),
		"questions count, too"
	);
	assert!(rpc.take(&other, messages(256)).await.is_ok());
	// Who comes by the node's own RPC is not known.
	assert!(rpc.take(&Extensions::new(), messages(256)).await.is_ok());
}

/// What counts for its sender twenty times more leaves nothing to use up what is checked for all.
#[tokio::test]
async fn bad_signatures_and_unknown_sensors_count_for_their_sender_many_times() {
	let rates = Arc::new(Rates::new(
		NonZeroU32::MIN,
		NonZeroU32::new(512).expect("not zero"),
	));
	let from = |address: &str| {
		let peer = Peer::new(address.parse().expect("an address"));
		let mut from = Extensions::new();
		from.insert(Guest::admit(peer, &rates, 0).expect("it may send one"));
		from
	};
	let encoded = |message: SignedMessage| sp_core::Bytes(message.encode());
	let forged = || encoded(sign(message(4, 0), &key(99)));
	let rpc = rpc(1_000_000);
	let refusals = |answers: Vec<Answer>, reason| {
		let refused = refused(reason);
		answers.into_iter().filter(|one| *one == refused).count() as u32
	};
	// Of the 512 that it may send, 256 are those of the batch; what is left is used up by so many that are bad.
	let most = 256 / WASTE + 1;
	let one = from("192.0.2.1");
	let mut batch = vec![forged(); 256];
	batch[0] = encoded(good(LOCK, 0));
	let answers = rpc.take(&one, batch).await.expect("it may");
	assert_eq!(refusals(answers, Refusal::BadSignature), most);
	let error = rpc.take(&one, vec![forged()]).await.unwrap_err();
	assert_eq!(error.code(), 7001);
	let two = from("192.0.2.2");
	let unknown = (1_000..1_256).map(|sensor| good(sensor, 0));
	let batch = unknown.map(encoded).collect();
	let answers = rpc.take(&two, batch).await.expect("it may");
	assert_eq!(refusals(answers, Refusal::UnknownSensor), most);
	assert_eq!(rpc.ask_head(&two, LOCK).await.unwrap_err().code(), 7001);
	let three = from("192.0.2.3");
	let mut asked = 0;
	while rpc.ask_head(&three, 1_000).await.unwrap_err().code() == 7003 {
		asked += 1;
	}
	assert_eq!(asked, 512 / (WASTE + 1) + 1);
	// Others send what they like.
	let good = numbered(0..256).into_iter().map(encoded).collect();
	let answers = rpc.take(&from("192.0.2.4"), good).await.expect("it may");
	assert!(answers.iter().all(Answer::is_stored));
}

#[test]
fn a_batch_of_the_longest_messages_fits_into_a_request() {
	assert!(SignedMessage::max_encoded_len() <= MAX_MESSAGE_BYTES as usize);
}
