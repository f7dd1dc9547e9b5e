//! Devices, good and bad, at a server with real sockets.

mod limits;
mod patience;

use super::{bytes::PEER_BYTES, connection::MAX_CALLS, *};
use crate::peers::Guest;
use jsonrpsee::{
	core::client::{BatchResponse, ClientT},
	rpc_params,
	ws_client::{WsClient, WsClientBuilder},
	Extensions, RpcModule,
};
use std::num::NonZeroU32;
use tokio::{
	io::{AsyncReadExt, AsyncWriteExt},
	net::TcpStream,
	time::timeout,
};

/// How many calls an address has.
const ALLOWED: u32 = 10;

/// The times of most tests: they end before anything takes so long.
const LONG: Times = Times::USUAL;
/// So little that a test can wait for it.
const SHORT: Duration = Duration::from_millis(300);

/// A server whose one method counts as a message of whoever calls it, and its address.
fn start(proxy: Option<IpAddr>) -> SocketAddr {
	start_with(proxy, ALLOWED, LONG)
}

fn start_with(proxy: Option<IpAddr>, allowed: u32, times: Times) -> SocketAddr {
	let allowed = NonZeroU32::new(allowed).expect("not zero");
	// One more only after a second: the limit holds for about as long as a test lasts.
	let rates = Rates::new(NonZeroU32::MIN, allowed);
	let mut module = RpcModule::new(());
	let method = |_: jsonrpsee::types::Params<'_>, (): &(), from: &Extensions| {
		let guest = from.get::<Guest>().expect("the server knows its peers");
		match guest.pay(NonZeroU32::MIN) {
			true => Ok("taken"),
			false => Err(jsonrpsee::types::ErrorObject::borrowed(
				7001, "too many", None,
			)),
		}
	};
	module
		.register_method("send", method)
		.expect("there is no other");
	let metrics = Metrics::register(None).expect("the names are good");
	let mut endpoint = Endpoint::new(module, rates, Arc::new(metrics), proxy);
	endpoint.times = times;
	let listener = listen("127.0.0.1:0".parse().expect("an address")).expect("a port is free");
	let address = listener.local_addr().expect("it has one");
	tokio::spawn(serve(listener, endpoint));
	address
}

async fn web_socket(address: SocketAddr) -> WsClient {
	WsClientBuilder::new()
		.build(format!("ws://{address}"))
		.await
		.expect("it listens")
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
