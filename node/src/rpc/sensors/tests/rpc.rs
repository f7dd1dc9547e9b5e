use super::*;
use crate::rpc::sensors::{Metrics, SensorApiServer, SensorRpc, MAX_CONCURRENT};
use jsonrpsee::RpcModule;
use std::num::NonZeroU32;

type TestRpc = SensorRpc<FakeChain, Shelf<TestPersistentOffchainDB>>;

fn rpc(rate: u32) -> TestRpc {
	let rate = NonZeroU32::new(rate).expect("not zero");
	let metrics = Metrics::register(None).expect("the names are good");
	SensorRpc::new(Arc::new(setup().0), rate, metrics)
}

/// What the module answers to a method called with `params`.
async fn call(module: &RpcModule<TestRpc>, method: &str, params: &str) -> String {
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
	let receipts = concat!(
		r#"[{"status":"accepted"},{"status":"duplicate"},{"status":"gap","expected":1},"#,
		r#"{"status":"refused","reason":"the sensor is not registered"}]"#
	);
	assert!(answer.contains(receipts), "{answer}");
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
		r#"[[{}]]"#,
		&too_many,
	] {
		let answer = call(&module, "sensor_submit", params).await;
		assert!(answer.contains(r#""code":-32602"#), "{answer}");
	}
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

#[tokio::test]
async fn too_many_messages_in_a_second_are_turned_away() {
	let module = rpc(1).into_rpc();
	let messages: Vec<_> = (0..256).map(|sequence| good(LOCK, sequence)).collect();
	let first = call(&module, "sensor_submit", &batch(&messages)).await;
	assert!(
		first.contains("accepted") && !first.contains("refused"),
		"{first}"
	);
	let second = call(&module, "sensor_submit", &batch(&messages[..9])).await;
	assert!(second.contains("7001"), "{second}");
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
