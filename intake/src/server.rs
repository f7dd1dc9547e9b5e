//! A server of its own for devices.
//!
//! The node's server for JSON-RPC does not let a method see from where a request comes, and its rate limit
//! begins anew with every HTTP request. So devices, which may be anywhere, have a server that knows their
//! addresses: what one address may take up is bounded, over all its connections and requests, whether they
//! come by HTTP, by WebSocket or in batches, so that no device gets in the way of others.

mod bytes;
mod connection;
mod socket;
mod times;

use jsonrpsee::{server::stop_channel, Methods};
use parking_lot::Mutex;
use std::{
	net::{IpAddr, SocketAddr},
	sync::Arc,
	time::Duration,
};
use tokio::{
	net::TcpListener,
	sync::Semaphore,
	task::JoinSet,
	time::{sleep, Instant},
};

use syngraph_net::{Connections, Limits, SITE_TIMES};

use crate::{limits::MAX_REQUEST_BYTES, peers::Rates, sensors::Metrics};
use bytes::Bytes;
use connection::Connection;
use times::Times;

/// The most connections of one address, and of one site: whoever has one has as many addresses as anybody could
/// want.
const EACH: Limits = Limits {
	per_address: 64,
	per_site: 64 * SITE_TIMES.get(),
};
/// The most connections of all devices together.
const MAX_CONNECTIONS: usize = 2048;
/// How long to wait after a connection could not be accepted: most likely there are no more file handles.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// What devices find, and within which limits.
pub struct Endpoint {
	methods: Methods,
	rates: Arc<Rates>,
	metrics: Arc<Metrics>,
	/// A request from this address counts as one from the address that it names last in the header
	/// `X-Forwarded-For`.
	proxy: Option<IpAddr>,
	bytes: Bytes,
	connections: Connections,
	times: Times,
}

impl Endpoint {
	/// These methods, of which each peer may make use within the `rates`. A request from `proxy` counts as one
	/// from the address that it names last in the header `X-Forwarded-For`.
	pub fn new(
		methods: impl Into<Methods>,
		rates: Rates,
		metrics: Arc<Metrics>,
		proxy: Option<IpAddr>,
	) -> Self {
		Self {
			methods: methods.into(),
			rates: Arc::new(rates),
			metrics,
			proxy,
			bytes: Bytes::default(),
			connections: Connections::default(),
			times: Times::USUAL,
		}
	}
}

/// Opens the address at which devices find the node.
pub fn listen(address: SocketAddr) -> std::io::Result<std::net::TcpListener> {
	let listener = std::net::TcpListener::bind(address)?;
	listener.set_nonblocking(true)?;
	Ok(listener)
}

/// Answers devices at an address, for ever.
pub async fn serve(listener: std::net::TcpListener, endpoint: Endpoint) -> std::io::Result<()> {
	let listener = TcpListener::from_std(listener)?;
	let endpoint = Arc::new(endpoint);
	// The handle is kept: the server stops when it is dropped.
	let (stop, _handle) = stop_channel();
	let all = Arc::new(Semaphore::new(MAX_CONNECTIONS));
	let mut open = JoinSet::new();
	loop {
		while open.try_join_next().is_some() {}
		let Ok((stream, address)) = listener.accept().await else {
			sleep(ACCEPT_PAUSE).await;
			continue;
		};
		// An answer does not wait for more to send. Should that fail, it is but slower.
		let _ = stream.set_nodelay(true);
		let address = address.ip().to_canonical();
		// Whoever has too many is told nothing: that would cost more than to close the connection.
		let Ok(place) = all.clone().try_acquire_owned() else {
			continue;
		};
		let from_proxy = endpoint.proxy == Some(address);
		let own = (!from_proxy).then(|| endpoint.connections.hold(address, &EACH));
		if own.as_ref().is_some_and(Option::is_none) {
			continue;
		}
		let connection = Arc::new(Connection {
			endpoint: endpoint.clone(),
			stop: stop.clone(),
			address,
			from_proxy,
			begun: Instant::now(),
			unsent: Mutex::default(),
			socket: Mutex::default(),
		});
		open.spawn(async move {
			connection.serve(stream).await;
			drop((place, own));
		});
	}
}

#[cfg(test)]
mod tests;
