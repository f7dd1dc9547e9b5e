//! How much an address may send.

use super::*;

#[tokio::test]
async fn the_limit_holds_over_the_requests_of_a_connection() {
	let answers = post(start(None), "", &[CALL; 25]).await;
	assert_eq!(count(&answers, "taken"), ALLOWED as usize);
	assert_eq!(count(&answers, "7001"), 25 - ALLOWED as usize);
}

#[tokio::test]
async fn the_limit_holds_over_all_connections_of_an_address() {
	let address = start(None);
	// To open a WebSocket counts, too.
	let client = web_socket(address).await;
	let mut answers = Vec::new();
	for _ in 0..25 {
		answers.extend(post(address, "", &[CALL]).await);
	}
	assert_eq!(count(&answers, "taken"), ALLOWED as usize - 1);
	let another = WsClientBuilder::new().build(format!("ws://{address}"));
	let error = another.await.expect_err("it may not");
	assert!(error.to_string().contains("429"), "{error}");
	let error = client
		.request::<String, _>("send", rpc_params![])
		.await
		.unwrap_err();
	assert!(error.to_string().contains("too many"), "{error}");
}

#[tokio::test]
async fn the_limit_holds_over_a_websocket_and_its_batches() {
	let address = start(None);
	let client = web_socket(address).await;
	let mut batch = jsonrpsee::core::params::BatchRequestBuilder::new();
	for _ in 0..30 {
		batch.insert("send", rpc_params![]).expect("no parameters");
	}
	let answers: BatchResponse<'_, String> = client.batch_request(batch).await.expect("at once");
	// To open it counted, too.
	let allowed = ALLOWED as usize - 1;
	assert_eq!(answers.num_successful_calls(), allowed);
	assert_eq!(answers.num_failed_calls(), 30 - allowed);
	assert!(client
		.request::<String, _>("send", rpc_params![])
		.await
		.is_err());
}

#[tokio::test]
async fn the_limit_holds_over_a_batch_by_http() {
	let batch = format!("[{}]", [CALL; 30].join(","));
	let too_long = format!("[{}]", [CALL; MAX_CALLS as usize + 1].join(","));
	let answers = post(start(None), "", &[&too_long]).await;
	assert_eq!(count(&answers, "taken"), 0);
	assert_eq!(count(&answers, "-32010"), 1, "{answers:?}");
	let answers = post(start(None), "", &[&batch, CALL]).await;
	assert_eq!(count(&answers[..1], "taken"), ALLOWED as usize);
	assert_eq!(count(&answers[..1], "7001"), 30 - ALLOWED as usize);
	assert_eq!(count(&answers[1..], "7001"), 1, "{answers:?}");
}

#[tokio::test]
async fn whom_a_proxy_forwards_for_counts_if_it_is_the_operators() {
	let local = IpAddr::from([127, 0, 0, 1]);
	let address = start(Some(local));
	// What the client says about itself comes first, what the proxy adds last.
	let one = "x-forwarded-for: 9.9.9.9, 1.2.3.4\r\n";
	let other = "x-forwarded-for: 1.2.3.4, 5.6.7.8\r\n";
	let answers = post(address, one, &[CALL; 12]).await;
	assert_eq!(count(&answers, "taken"), ALLOWED as usize);
	let answers = post(address, other, &[CALL; 12]).await;
	assert_eq!(count(&answers, "taken"), ALLOWED as usize);
	// Anybody can say so without a proxy, and gains nothing.
	let address = start(None);
	let answers = [
		post(address, one, &[CALL; 8]).await,
		post(address, other, &[CALL; 8]).await,
	];
	assert_eq!(count(&answers.concat(), "taken"), ALLOWED as usize);
}

#[tokio::test]
async fn what_fails_counts_as_well() {
	let too_long = format!("[{}]", [CALL; MAX_CALLS as usize + 1].join(","));
	for failing in [
		r#"{"jsonrpc":"2.0","id":1,"method":"unknown"}"#,
		r#"{"jsonrpc":"2.0","method":"send"}"#,
		"[]",
		"[1]",
		"{",
		"nonsense",
		&too_long,
	] {
		let bodies = [&[failing; ALLOWED as usize][..], &[CALL]].concat();
		let answers = post(start(None), "", &bodies).await;
		assert_eq!(count(&answers, "7001"), 1, "{failing}: {answers:?}");
		assert_eq!(count(&answers[ALLOWED as usize..], "7001"), 1);
	}
}

#[tokio::test]
async fn what_fails_by_websocket_counts_as_well() {
	let client = web_socket(start(None)).await;
	// To open it counted, too.
	for _ in 1..ALLOWED {
		let error = client.request::<String, _>("unknown", rpc_params![]).await;
		assert!(error.unwrap_err().to_string().contains("not found"));
	}
	let error = client.request::<String, _>("send", rpc_params![]).await;
	assert!(error.unwrap_err().to_string().contains("too many"));
}

#[tokio::test]
async fn what_is_large_counts_by_its_bytes() {
	// As many as would hold so many of the largest messages.
	let most = (MAX_REQUEST_BYTES / 256) as usize;
	let nonsense = format!("{{{}", " ".repeat(most * (ALLOWED as usize - 1) - 1));
	let answers = post(start(None), "", &[&nonsense, CALL, CALL]).await;
	assert_eq!(count(&answers[..1], "-32700"), 1, "{answers:?}");
	assert_eq!(count(&answers[1..2], "taken"), 1, "{answers:?}");
	assert_eq!(count(&answers[2..], "7001"), 1, "{answers:?}");
}
