//! A server of its own for devices.
//!
//! The node's server for JSON-RPC does not let a method see from where a request comes, and its rate limit
//! begins anew with every HTTP request. So devices, which may be anywhere, have a server that knows their
//! addresses: what one address may take up is bounded, over all its connections and requests, whether they
//! come by HTTP, by WebSocket or in batches, so that no device gets in the way of others.

mod peers;

pub use peers::{Peer, Rates};

use hyper::body::Incoming;
use jsonrpsee::{
	server::{
		serve_with_graceful_shutdown, stop_channel, BatchRequestConfig, HttpRequest, PingConfig,
		ServerBuilder, StopHandle,
	},
	Methods,
};
use std::{
	net::{IpAddr, SocketAddr},
	sync::Arc,
	time::Duration,
};
use tokio::{net::TcpListener, sync::Semaphore, time::sleep};
use tower::Service;

use super::sensors::MAX_REQUEST_BYTES;
use peers::{Connections, Held};

/// The most connections of all devices together.
const MAX_CONNECTIONS: u32 = 2048;
/// The most calls of a batch.
const MAX_CALLS: u32 = 32;
/// The most bytes of an answer: it is to a batch of messages, or to a batch of such batches.
const MAX_ANSWER_BYTES: u32 = 4 * 1024 * 1024;
/// After how long a WebSocket is asked whether anybody is there still.
const PING_INTERVAL: Duration = Duration::from_secs(30);
/// After how long without an answer it is closed.
const PING_PATIENCE: Duration = Duration::from_secs(60);
/// How long to wait after a connection could not be accepted: most likely there are no more file handles.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// Opens the address at which devices find the node.
pub fn listen(address: SocketAddr) -> std::io::Result<std::net::TcpListener> {
	let listener = std::net::TcpListener::bind(address)?;
	listener.set_nonblocking(true)?;
	Ok(listener)
}

/// Answers devices at an address, for ever. A request from `proxy` counts as one from the address that it
/// names last in the header `X-Forwarded-For`.
pub async fn serve(
	listener: std::net::TcpListener,
	methods: impl Into<Methods>,
	proxy: Option<IpAddr>,
) -> std::io::Result<()> {
	let listener = TcpListener::from_std(listener)?;
	let methods = methods.into();
	// The handle is kept: the server stops when it is dropped.
	let (stop, _handle) = stop_channel();
	let all = Arc::new(Semaphore::new(MAX_CONNECTIONS as usize));
	let connections = Connections::default();
	loop {
		let Ok((socket, address)) = listener.accept().await else {
			sleep(ACCEPT_PAUSE).await;
			continue;
		};
		// An answer does not wait for more to send. Should that fail, it is but slower.
		let _ = socket.set_nodelay(true);
		let address = address.ip().to_canonical();
		// Whoever has too many is told nothing: that would cost more than to close the connection.
		let Ok(place) = all.clone().try_acquire_owned() else {
			continue;
		};
		let from_proxy = proxy == Some(address);
		let own = (!from_proxy).then(|| connections.hold(Peer::new(address)));
		if own.as_ref().is_some_and(Option::is_none) {
			continue;
		}
		let held = Arc::new((place, own.flatten()));
		let answerer = Answerer {
			methods: methods.clone(),
			stop: stop.clone(),
			address,
			from_proxy,
			held,
		};
		let service = tower::service_fn(move |request| answerer.clone().answer(request));
		tokio::spawn(serve_with_graceful_shutdown(
			socket,
			service,
			stop.clone().shutdown(),
		));
	}
}

/// Answers the requests of one connection.
#[derive(Clone)]
struct Answerer {
	methods: Methods,
	stop: StopHandle,
	address: IpAddr,
	from_proxy: bool,
	/// What the connection takes up, for as long as it, or a WebSocket that came of it, is open.
	held: Arc<(tokio::sync::OwnedSemaphorePermit, Option<Held>)>,
}

impl Answerer {
	async fn answer(
		self,
		mut request: HttpRequest<Incoming>,
	) -> Result<jsonrpsee::server::HttpResponse, jsonrpsee::core::BoxError> {
		let forwarded = self.from_proxy.then(|| peers::forwarded_for(&request));
		let peer = Peer::new(forwarded.flatten().unwrap_or(self.address));
		let extensions = request.extensions_mut();
		extensions.insert(peer);
		extensions.insert(self.held.clone());
		let mut service = ServerBuilder::new()
			.max_request_body_size(MAX_REQUEST_BYTES)
			.max_response_body_size(MAX_ANSWER_BYTES)
			.max_connections(MAX_CONNECTIONS)
			.max_subscriptions_per_connection(0)
			.set_message_buffer_capacity(MAX_CALLS)
			.set_batch_request_config(BatchRequestConfig::Limit(MAX_CALLS))
			.enable_ws_ping(
				PingConfig::new()
					.ping_interval(PING_INTERVAL)
					.inactive_limit(PING_PATIENCE),
			)
			.to_service_builder()
			.build(self.methods, self.stop);
		service.call(request).await
	}
}

#[cfg(test)]
mod tests;
