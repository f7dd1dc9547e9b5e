//! A connection to a node that mends itself.

use std::{
	sync::{
		atomic::{AtomicU64, Ordering},
		Arc,
	},
	time::{Duration, Instant},
};

use jsonrpsee::{
	core::{
		client::{ClientT, Subscription, SubscriptionClientT},
		params::ArrayParams,
		ClientError,
	},
	ws_client::{WsClient, WsClientBuilder},
};
use serde::de::DeserializeOwned;
use tokio::sync::Mutex;

use crate::Error;

/// The first pause between two attempts to connect; each further one is twice as long.
const FIRST_PAUSE: Duration = Duration::from_millis(100);
/// The longest pause between two attempts to connect.
const LONGEST_PAUSE: Duration = Duration::from_secs(2);
/// How long a node may take to answer.
const TIMEOUT: Duration = Duration::from_secs(30);

/// A JSON-RPC connection over a WebSocket.
///
/// When the node goes away, the next request connects anew and is made again, for as long as the
/// connection's patience lasts.
pub struct Connection {
	url: String,
	patience: Duration,
	socket: Mutex<Option<Arc<WsClient>>>,
	generation: AtomicU64,
}

impl Connection {
	/// A connection to the node at `url`, a `ws://` or `wss://` address. It is made with the first
	/// request.
	pub fn new(url: impl Into<String>, patience: Duration) -> Self {
		Self {
			url: url.into(),
			patience,
			socket: Mutex::new(None),
			generation: AtomicU64::new(0),
		}
	}

	/// Where the node is.
	pub fn url(&self) -> &str {
		&self.url
	}

	/// How often the connection was made: a change says that the node may have been restarted.
	pub fn generation(&self) -> u64 {
		self.generation.load(Ordering::Relaxed)
	}

	/// Connects if there is no connection, and retries until the patience is over.
	pub async fn open(&self) -> Result<Arc<WsClient>, Error> {
		let mut socket = self.socket.lock().await;
		if let Some(open) = socket.as_ref().filter(|open| open.is_connected()) {
			return Ok(open.clone());
		}
		let begun = Instant::now();
		let mut pause = FIRST_PAUSE;
		loop {
			match connect(&self.url).await {
				Ok(open) => {
					let open = Arc::new(open);
					self.generation.fetch_add(1, Ordering::Relaxed);
					*socket = Some(open.clone());
					return Ok(open);
				},
				Err(reason) if begun.elapsed() >= self.patience => {
					return Err(Error::Unreachable {
						url: self.url.clone(),
						reason,
					})
				},
				Err(_) => tokio::time::sleep(pause).await,
			}
			pause = LONGEST_PAUSE.min(pause * 2);
		}
	}

	/// Makes a request that can be made twice without harm, again if the connection broke meanwhile.
	pub async fn request<R: DeserializeOwned>(
		&self,
		method: &str,
		params: ArrayParams,
	) -> Result<R, Error> {
		let begun = Instant::now();
		loop {
			let socket = self.open().await?;
			match socket.request(method, params.clone()).await {
				Ok(answer) => return Ok(answer),
				Err(reason) if is_broken(&reason) && begun.elapsed() < self.patience => {
					self.drop_if(&socket).await;
				},
				Err(reason) => return Err(self.refused(method, reason)),
			}
		}
	}

	/// Subscribes to what a node reports. The subscription ends with the connection.
	pub async fn subscribe<R: DeserializeOwned>(
		&self,
		method: &str,
		params: ArrayParams,
		unsubscribe: &str,
	) -> Result<Subscription<R>, Error> {
		self.open()
			.await?
			.subscribe(method, params, unsubscribe)
			.await
			.map_err(|reason| self.refused(method, reason))
	}

	/// Gives up a broken socket, unless another request has replaced it already.
	async fn drop_if(&self, broken: &Arc<WsClient>) {
		let mut socket = self.socket.lock().await;
		if socket
			.as_ref()
			.is_some_and(|open| Arc::ptr_eq(open, broken))
		{
			*socket = None;
		}
	}

	fn refused(&self, method: &str, reason: ClientError) -> Error {
		if is_broken(&reason) {
			return Error::Unreachable {
				url: self.url.clone(),
				reason,
			};
		}
		Error::Refused {
			method: method.into(),
			reason,
		}
	}
}

async fn connect(url: &str) -> Result<WsClient, ClientError> {
	WsClientBuilder::default()
		.request_timeout(TIMEOUT)
		.connection_timeout(TIMEOUT)
		.max_buffer_capacity_per_subscription(1024)
		.build(url)
		.await
}

/// Whether the connection, and not the request, is at fault.
fn is_broken(reason: &ClientError) -> bool {
	matches!(
		reason,
		ClientError::Transport(_) | ClientError::RestartNeeded(_) | ClientError::RequestTimeout
	)
}
