use super::{peers::Rates, *};
use jsonrpsee::{
	core::client::{BatchResponse, ClientT},
	rpc_params,
	ws_client::WsClientBuilder,
	Extensions, RpcModule,
};
use std::num::NonZeroU32;
use tokio::{
	io::{AsyncReadExt, AsyncWriteExt},
	net::TcpStream,
};

/// How many calls an address has.
const ALLOWED: u32 = 10;

/// A server whose one method counts as a message of whoever calls it, and its address.
fn start(proxy: Option<IpAddr>) -> SocketAddr {
	let allowed = NonZeroU32::new(ALLOWED).expect("not zero");
	// One more only after an hour: the limit holds for as long as a test lasts.
	let rates = Rates::new(NonZeroU32::MIN, allowed);
	let mut module = RpcModule::new(rates);
	let method = |_: jsonrpsee::types::Params<'_>, rates: &Rates, from: &Extensions| {
		let peer = from.get::<Peer>().expect("the server knows its peers");
		match rates.allow(*peer, NonZeroU32::MIN) {
			true => Ok("taken"),
			false => Err(jsonrpsee::types::ErrorObject::borrowed(
				7001, "too many", None,
			)),
		}
	};
	module
		.register_method("send", method)
		.expect("there is no other");
	let listener = listen("127.0.0.1:0".parse().expect("an address")).expect("a port is free");
	let address = listener.local_addr().expect("it has one");
	tokio::spawn(serve(listener, module, proxy));
	address
}

/// The bodies of the answers to HTTP requests over one connection.
async fn post(address: SocketAddr, headers: &str, bodies: &[&str]) -> Vec<String> {
	let mut socket = TcpStream::connect(address).await.expect("it listens");
	let mut answers = Vec::new();
	for body in bodies {
		let request = format!(
			"POST / HTTP/1.1\r\nhost: node\r\ncontent-type: application/json\r\n{headers}\
			 content-length: {}\r\n\r\n{body}",
			body.len()
		);
		socket
			.write_all(request.as_bytes())
			.await
			.expect("it reads");
		answers.push(answer(&mut socket).await);
	}
	answers
}

/// The body of the next answer.
async fn answer(socket: &mut TcpStream) -> String {
	let mut bytes = Vec::new();
	loop {
		let text = String::from_utf8_lossy(&bytes).to_lowercase();
		if let Some((head, body)) = text.split_once("\r\n\r\n") {
			let length = head
				.lines()
				.find_map(|line| line.strip_prefix("content-length: "));
			if body.len() == length.and_then(|length| length.parse().ok()).unwrap_or(0) {
				return body.into();
			}
		}
		assert_ne!(
			socket.read_buf(&mut bytes).await.expect("it answers"),
			0,
			"{text}"
		);
	}
}

const CALL: &str = r#"{"jsonrpc":"2.0","id":1,"method":"send"}"#;

fn count(answers: &[String], what: &str) -> usize {
	answers
		.iter()
		.map(|answer| answer.matches(what).count())
		.sum()
}

#[tokio::test]
async fn the_limit_holds_over_the_requests_of_a_connection() {
	let answers = post(start(None), "", &[CALL; 25]).await;
	assert_eq!(count(&answers, "taken"), ALLOWED as usize);
	assert_eq!(count(&answers, "7001"), 25 - ALLOWED as usize);
}

#[tokio::test]
async fn the_limit_holds_over_all_connections_of_an_address() {
	let address = start(None);
	let mut answers = Vec::new();
	for _ in 0..25 {
		answers.extend(post(address, "", &[CALL]).await);
	}
	assert_eq!(count(&answers, "taken"), ALLOWED as usize);
	let client = WsClientBuilder::new()
		.build(format!("ws://{address}"))
		.await
		.expect("it listens");
	let error = client
		.request::<String, _>("send", rpc_params![])
		.await
		.unwrap_err();
	assert!(error.to_string().contains("too many"), "{error}");
}

#[tokio::test]
async fn the_limit_holds_over_a_websocket_and_its_batches() {
	let address = start(None);
	let client = WsClientBuilder::new()
		.build(format!("ws://{address}"))
		.await
		.expect("it listens");
	let mut batch = jsonrpsee::core::params::BatchRequestBuilder::new();
	for _ in 0..30 {
		batch.insert("send", rpc_params![]).expect("no parameters");
	}
	let answers: BatchResponse<'_, String> = client.batch_request(batch).await.expect("at once");
	assert_eq!(answers.num_successful_calls(), ALLOWED as usize);
	assert_eq!(answers.num_failed_calls(), 30 - ALLOWED as usize);
	assert!(client
		.request::<String, _>("send", rpc_params![])
		.await
		.is_err());
}

#[tokio::test]
async fn the_limit_holds_over_a_batch_by_http() {
	let batch = format!("[{}]", [CALL; 30].join(","));
	let too_long = format!("[{}]", [CALL; MAX_CALLS as usize + 1].join(","));
	let answers = post(start(None), "", &[&batch, &too_long]).await;
	assert_eq!(count(&answers[..1], "taken"), ALLOWED as usize);
	assert_eq!(count(&answers[..1], "7001"), 30 - ALLOWED as usize);
	assert_eq!(count(&answers[1..], "taken"), 0);
	assert_eq!(count(&answers[1..], "-32010"), 1, "{answers:?}");
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
async fn nobody_holds_all_connections() {
	let address = start(None);
	let mut idle = Vec::new();
	for _ in 0..80 {
		idle.push(TcpStream::connect(address).await.expect("it listens"));
	}
	// Those beyond the limit are closed at once.
	let mut closed = 0;
	for socket in &mut idle {
		let mut byte = [0];
		let read = tokio::time::timeout(Duration::from_millis(50), socket.read(&mut byte)).await;
		closed += usize::from(matches!(read, Ok(Ok(0) | Err(_))));
	}
	assert_eq!(closed, 80 - 64);
	drop(idle);
	tokio::time::sleep(Duration::from_millis(100)).await;
	assert_eq!(count(&post(address, "", &[CALL]).await, "taken"), 1);
}

#[test]
fn a_network_of_ipv6_is_one_peer() {
	let peer = |text: &str| Peer::new(text.parse().expect("an address"));
	assert_eq!(peer("2001:db8::1"), peer("2001:db8::ffff:1:2:3"));
	assert_ne!(peer("2001:db8::1"), peer("2001:db8:0:1::1"));
	assert_eq!(peer("::ffff:1.2.3.4"), peer("1.2.3.4"));
	assert_ne!(peer("1.2.3.4"), peer("1.2.3.5"));
}
