use super::*;
use crate::tower::{TowerApiServer, TowerRpc, MAX_CONCURRENT};
use jsonrpsee::RpcModule;

type TestRpc = TowerRpc<FakeChain, Persistent<TestPersistentOffchainDB>>;

/// What the module answers when it is given a receipt.
async fn watch(module: &RpcModule<TestRpc>, params: &str) -> String {
	let request =
		format!(r#"{{"jsonrpc":"2.0","id":0,"method":"channels_watch","params":{params}}}"#);
	let (answer, _) = module
		.raw_json_request(&request, 1)
		.await
		.expect("a request in JSON");
	answer.to_string()
}

fn params(receipt: &tower::SignedReceipt) -> String {
	let hex = sp_core::bytes::to_hex(&receipt.encode(), false);
	format!(r#"["{hex}"]"#)
}

#[tokio::test]
async fn an_access_server_learns_until_when_its_receipt_counts() {
	let (intake, _, store) = setup();
	let module = TowerRpc::new(Arc::new(intake)).into_rpc();
	let answer = watch(&module, &params(&receipt(1, id(1), 5))).await;
	assert!(answer.contains(r#""result":100"#), "{answer}");
	assert_eq!(kept(&store, id(1)), Some(5));
}

#[tokio::test]
async fn an_access_server_learns_why_its_receipt_is_refused() {
	let (intake, ..) = setup();
	let module = TowerRpc::new(Arc::new(intake)).into_rpc();
	let answer = watch(&module, &params(&receipt(2, id(1), 5))).await;
	assert!(
		answer.contains("7109") && answer.contains("does not verify"),
		"{answer}"
	);
	for params in [r#"["0x00"]"#, r#"["xyz"]"#, "[1]", "[]", "{}"] {
		let answer = watch(&module, params).await;
		assert!(
			answer.contains("-32602") && answer.contains(r#""data":{"retry":"never"}"#),
			"{answer}"
		);
	}
}

#[tokio::test]
async fn too_many_receipts_at_a_time_are_turned_away() {
	let rpc = TowerRpc::new(Arc::new(setup().0));
	let held = rpc
		.admission
		.clone()
		.try_acquire_many_owned(MAX_CONCURRENT as u32);
	let module = rpc.into_rpc();
	let params = params(&receipt(1, id(1), 5));
	assert!(watch(&module, &params).await.contains("7101"));
	drop(held);
	assert!(watch(&module, &params).await.contains("result"));
}
