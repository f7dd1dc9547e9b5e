//! A connection to a node that mends itself.

use std::{
	sync::{
		atomic::{AtomicU64, Ordering},
		Arc, OnceLock,
	},
	time::Duration,
};

use jsonrpsee::{
	core::{
		client::{ClientT, Subscription, SubscriptionClientT},
		params::ArrayParams,
		ClientError,
	},
	rpc_params,
	ws_client::{PingConfig, WsClient, WsClientBuilder},
};
use serde::de::DeserializeOwned;
use syngraph_runtime::Hash;
use tokio::{
	sync::Mutex,
	time::{sleep_until, timeout, Instant},
};
use url::Url;

use crate::{stream::Prompt, Error};

/// The pause after a first failure, at most; after each further one in a row it is twice as long.
const FIRST_PAUSE: Duration = Duration::from_millis(100);
/// The longest pause.
const LONGEST_PAUSE: Duration = Duration::from_secs(5);
/// How long a node may take to let this side in, the handshakes included.
const CONNECT: Duration = Duration::from_secs(10);
/// How long a node may take to answer. The connection of one that takes longer is given up: it may hang.
const TIMEOUT: Duration = Duration::from_secs(20);
/// How often a node is asked for a sign of life.
const PING: Duration = Duration::from_secs(5);
/// How long a node may give none, whatever it is asked for: at twice this time, its connection is given up.
const SILENCE: Duration = Duration::from_secs(10);
/// The largest answer in bytes, since a larger one breaks the connection. A node sends 15 MiB at most unless it is told
/// to send more, and refuses what would be larger. The events of a full block in hexadecimal can be as much.
const LARGEST_ANSWER: u32 = 64 * 1024 * 1024;

/// A JSON-RPC connection over a WebSocket.
///
/// When the node goes away, or hangs, the next request connects anew and is made again, for as long as the
/// connection's patience lasts. Attempts become ever rarer, down to one in [`LONGEST_PAUSE`], until the node
/// has answered something.
pub struct Connection {
	/// Where the node is.
	url: String,
	/// For how long a request is made again.
	patience: Duration,
	/// The way to the node. Who connects anew has others wait.
	link: Mutex<Link>,
	/// How often the connection was made.
	generation: AtomicU64,
	/// The first block of the chain that the node must have, once that is known.
	genesis: OnceLock<Hash>,
}

/// The way to the node as it is now.
#[derive(Default)]
struct Link {
	/// The connection, as long as it is not known to be broken.
	socket: Option<Arc<WsClient>>,
	/// What went wrong since the node last answered.
	trouble: Option<Trouble>,
}

/// Failures in a row.
struct Trouble {
	/// How many they are.
	failures: u32,
	/// What the last one was.
	reason: String,
	/// When to try again.
	until: Instant,
}

impl Connection {
	/// A connection to the node at `url`, a `ws://` or `wss://` address. It is made with the first
	/// request.
	pub fn new(url: impl Into<String>, patience: Duration) -> Self {
		Self {
			url: url.into(),
			patience,
			link: Mutex::default(),
			generation: AtomicU64::new(0),
			genesis: OnceLock::new(),
		}
	}

	/// Takes no nodes from now on but those of the chain with this first block. An address may lead to another chain
	/// some day.
	pub(crate) fn keep_to(&self, genesis: Hash) {
		self.genesis.get_or_init(|| genesis);
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
		self.open_until(Instant::now() + self.patience).await
	}

	/// Makes a request that can be made twice without harm, again if the connection broke meanwhile.
	pub async fn request<R: DeserializeOwned>(
		&self,
		method: &str,
		params: ArrayParams,
	) -> Result<R, Error> {
		let end = Instant::now() + self.patience;
		loop {
			let socket = self.open_until(end).await?;
			match socket.request(method, params.clone()).await {
				Ok(answer) => {
					self.note_answer().await;
					return Ok(answer);
				},
				Err(reason) if is_broken(&reason) => self.give_up(&socket, &reason).await,
				Err(reason) => return Err(refused(method, reason)),
			}
			if Instant::now() >= end {
				return Err(self.unreachable().await);
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
		let socket = self.open().await?;
		match socket.subscribe(method, params, unsubscribe).await {
			Ok(subscription) => Ok(subscription),
			Err(reason) if is_broken(&reason) => {
				self.give_up(&socket, &reason).await;
				Err(self.unreachable().await)
			},
			Err(reason) => Err(refused(method, reason)),
		}
	}

	async fn open_until(&self, end: Instant) -> Result<Arc<WsClient>, Error> {
		loop {
			let mut link = self.link.lock().await;
			if let Some(open) = link.socket.as_ref().filter(|open| open.is_connected()) {
				return Ok(open.clone());
			}
			let next = link.trouble.as_ref().map(|trouble| trouble.until);
			if let Some(next) = next.filter(|next| *next > Instant::now()) {
				drop(link);
				sleep_until(next.min(end)).await;
				if next > end {
					return Err(self.unreachable().await);
				}
				continue;
			}
			match self.connect().await {
				Ok((_, Some(other))) => {
					link.fail(other.to_string());
					return Err(other);
				},
				Ok((open, None)) => {
					self.generation.fetch_add(1, Ordering::Relaxed);
					return Ok(link.socket.insert(Arc::new(open)).clone());
				},
				Err(reason) => link.fail(reason.to_string()),
			}
			if Instant::now() >= end {
				drop(link);
				return Err(self.unreachable().await);
			}
		}
	}

	/// Connects anew, and tells if that leads to another chain.
	async fn connect(&self) -> Result<(WsClient, Option<Error>), ClientError> {
		let open = connect(&self.url).await?;
		let Some(ours) = self.genesis.get().copied() else {
			return Ok((open, None));
		};
		let params = rpc_params![0];
		let theirs: Option<Hash> = open.request("chain_getBlockHash", params).await?;
		let other = (theirs != Some(ours)).then(|| Error::OtherChain {
			url: self.url.clone(),
			theirs: theirs.unwrap_or_default(),
			ours,
		});
		Ok((open, other))
	}

	/// The node is well.
	async fn note_answer(&self) {
		self.link.lock().await.trouble = None;
	}

	/// Gives up a broken socket, unless another request has replaced it already.
	async fn give_up(&self, broken: &Arc<WsClient>, reason: &ClientError) {
		let mut link = self.link.lock().await;
		let is_it = |open: &Arc<WsClient>| Arc::ptr_eq(open, broken);
		if link.socket.as_ref().is_some_and(is_it) {
			link.socket = None;
			link.fail(reason.to_string());
		}
	}

	async fn unreachable(&self) -> Error {
		let link = self.link.lock().await;
		let trouble = link.trouble.as_ref();
		let reason = trouble.map(|trouble| trouble.reason.clone());
		Error::Unreachable {
			url: self.url.clone(),
			reason: reason.unwrap_or_else(|| "the connection broke".into()),
		}
	}
}

impl Link {
	/// Lets some time pass until the next attempt: not always the same, so that many clients of a node that
	/// was restarted do not all come at once.
	fn fail(&mut self, reason: String) {
		let before = self.trouble.as_ref().map_or(0, |trouble| trouble.failures);
		let longest = FIRST_PAUSE.saturating_mul(1 << before.min(10));
		let pause = longest
			.min(LONGEST_PAUSE)
			.mul_f64(0.5 + fastrand::f64() / 2.0);
		self.trouble = Some(Trouble {
			failures: before.saturating_add(1),
			reason,
			until: Instant::now() + pause,
		});
	}
}

async fn connect(url: &str) -> Result<WsClient, ClientError> {
	timeout(CONNECT, shake_hands(url))
		.await
		.unwrap_or_else(|_| {
			let seconds = CONNECT.as_secs();
			Err(ClientError::Custom(format!(
				"no connection within {seconds} s"
			)))
		})
}

async fn shake_hands(url: &str) -> Result<WsClient, ClientError> {
	let ping = PingConfig::new()
		.ping_interval(PING)
		.inactive_limit(SILENCE)
		.max_failures(1);
	let builder = WsClientBuilder::default()
		.request_timeout(TIMEOUT)
		.connection_timeout(CONNECT)
		.enable_ws_ping(ping)
		.max_response_size(LARGEST_ANSWER)
		.max_buffer_capacity_per_subscription(1024);
	let address = Url::parse(url).map_err(|error| ClientError::Transport(error.into()))?;
	match (address.scheme(), address.host_str()) {
		("ws", Some(host)) => {
			let port = address.port_or_known_default().unwrap_or(80);
			let stream = Prompt::connect(host.trim_matches(['[', ']']), port).await;
			let stream = stream.map_err(|error| ClientError::Transport(error.into()))?;
			builder.build_with_stream(url, stream).await
		},
		// Behind TLS there is a proxy, which does not wait for acknowledgements.
		_ => builder.build(url).await,
	}
}

fn refused(method: &str, reason: ClientError) -> Error {
	Error::Refused {
		method: method.into(),
		reason,
	}
}

/// Whether the connection, and not the request, is at fault.
fn is_broken(reason: &ClientError) -> bool {
	matches!(
		reason,
		ClientError::Transport(_) | ClientError::RestartNeeded(_) | ClientError::RequestTimeout
	)
}
