//! Connections that hang, break and are refused.

use std::{
	net::SocketAddr,
	sync::{
		atomic::{AtomicBool, AtomicUsize, Ordering},
		Arc,
	},
	time::{Duration, Instant},
};

use futures::try_join;
use jsonrpsee::rpc_params;
use sp_core::{Bytes, H256};
use syngraph_client::{Client, Connection, Error, Head};
use tokio::{
	io::{AsyncReadExt, AsyncWriteExt},
	net::{
		tcp::{OwnedReadHalf, OwnedWriteHalf},
		TcpListener, TcpStream,
	},
};

use crate::node::Node;

/// Stands between a client and a node.
struct Proxy {
	address: SocketAddr,
	/// How many connections came.
	connections: Arc<AtomicUsize>,
	/// Whether connections end with the first request: after the handshake.
	hangs_up: Arc<AtomicBool>,
	/// Whether what comes on those that are open is swallowed.
	swallows: Arc<AtomicBool>,
}

impl Proxy {
	async fn start(node: SocketAddr) -> Self {
		let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
		let proxy = Self {
			address: listener.local_addr().unwrap(),
			connections: Default::default(),
			hangs_up: Default::default(),
			swallows: Default::default(),
		};
		let (connections, swallows) = (proxy.connections.clone(), proxy.swallows.clone());
		let hangs_up = proxy.hangs_up.clone();
		tokio::spawn(async move {
			while let Ok((client, _)) = listener.accept().await {
				connections.fetch_add(1, Ordering::Relaxed);
				let node = TcpStream::connect(node).await.unwrap();
				let (from_client, to_client) = client.into_split();
				let (from_node, to_node) = node.into_split();
				let requests = match hangs_up.load(Ordering::Relaxed) {
					// The handshake.
					true => 1,
					false => usize::MAX,
				};
				tokio::spawn(pass(from_client, to_node, swallows.clone(), requests));
				tokio::spawn(pass(from_node, to_client, swallows.clone(), usize::MAX));
			}
		});
		proxy
	}

	fn url(&self) -> String {
		format!("ws://{}", self.address)
	}
}

/// Passes so many portions of bytes on. What was swallowed once stays so: the connection hangs for good.
async fn pass(
	mut from: OwnedReadHalf,
	mut to: OwnedWriteHalf,
	swallows: Arc<AtomicBool>,
	portions: usize,
) {
	let mut bytes = vec![0; 65536];
	let mut hangs = false;
	for _ in 0..portions {
		let Ok(count @ 1..) = from.read(&mut bytes).await else {
			return;
		};
		hangs |= swallows.load(Ordering::Relaxed);
		if !hangs && to.write_all(&bytes[..count]).await.is_err() {
			return;
		}
	}
}

async fn ask(connection: &Connection) -> Result<serde_json::Value, Error> {
	connection.request("system_health", rpc_params![]).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_that_hangs_is_replaced() {
	let node = Node::start().await;
	let proxy = Proxy::start(node.address).await;
	let connection = Connection::new(proxy.url(), Duration::from_secs(60));
	ask(&connection).await.unwrap();
	proxy.swallows.store(true, Ordering::Relaxed);
	let begun = Instant::now();
	let asking = ask(&connection);
	let heal = async {
		tokio::time::sleep(Duration::from_secs(2)).await;
		proxy.swallows.store(false, Ordering::Relaxed);
		Ok(())
	};
	// The connection that swallowed something swallows all that follows.
	try_join!(asking, heal).unwrap();
	assert_eq!(connection.generation(), 2);
	assert!(begun.elapsed() < Duration::from_secs(40));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_idle_connection_that_hangs_is_replaced_before_it_is_needed() {
	let node = Node::start().await;
	let proxy = Proxy::start(node.address).await;
	let connection = Connection::new(proxy.url(), Duration::from_secs(60));
	ask(&connection).await.unwrap();
	proxy.swallows.store(true, Ordering::Relaxed);
	tokio::time::sleep(Duration::from_secs(25)).await;
	proxy.swallows.store(false, Ordering::Relaxed);
	let begun = Instant::now();
	ask(&connection).await.unwrap();
	assert!(begun.elapsed() < Duration::from_secs(3), "{begun:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_largest_answer_that_a_node_gives_by_itself_is_taken() {
	let node = Node::start().await;
	// About 15 MiB in hexadecimal.
	let (place, value) = (vec![1], vec![1; 15 * 512 * 1024 - 100]);
	let bytes = value.len();
	node.state.lock().storage.insert(place.clone(), value);
	let connection = Connection::new(node.url(), Duration::from_secs(60));
	let params = rpc_params![Bytes(place)];
	let answer = connection.request::<Bytes>("state_getStorage", params);
	assert_eq!(answer.await.unwrap().len(), bytes);
	assert_eq!(connection.generation(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_of_another_chain_at_the_same_address_is_refused() {
	let mut node = Node::start().await;
	let client = Client::connect(node.url(), Duration::from_secs(60));
	let client = client.await.unwrap();
	let other = H256::repeat_byte(9);
	for genesis in [other, client.genesis(), other] {
		node.stop().await;
		node.state.lock().genesis = genesis;
		node.state.lock().skip(1);
		node.restart().await;
		match client.head(Head::Best).await {
			Err(Error::OtherChain { theirs, ours, .. }) => {
				assert_eq!((theirs, ours), (other, client.genesis()));
				assert_eq!(genesis, other);
			},
			head => assert_eq!((head.is_ok(), genesis), (true, client.genesis())),
		}
	}
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_that_never_shakes_hands_is_given_up() {
	let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
	let url = format!("ws://{}", listener.local_addr().unwrap());
	tokio::spawn(async move {
		let mut all = Vec::new();
		while let Ok((stream, _)) = listener.accept().await {
			all.push(stream);
		}
	});
	let connection = Connection::new(url, Duration::from_secs(1));
	let asked = tokio::time::timeout(Duration::from_secs(15), ask(&connection));
	let asked = asked.await.expect("it does not wait for ever");
	assert!(matches!(asked, Err(Error::Unreachable { .. })), "{asked:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn one_that_closes_at_once_is_asked_ever_less_often() {
	let node = Node::start().await;
	let proxy = Proxy::start(node.address).await;
	proxy.hangs_up.store(true, Ordering::Relaxed);
	let connection = Connection::new(proxy.url(), Duration::from_secs(10));
	assert!(ask(&connection).await.is_err());
	let first = proxy.connections.load(Ordering::Relaxed);
	assert!((4..=14).contains(&first), "{first} attempts in 10 s");
	// The next request goes on at the pace that was reached.
	assert!(ask(&connection).await.is_err());
	let more = proxy.connections.load(Ordering::Relaxed) - first;
	assert!((1..=5).contains(&more), "{more} attempts in 10 s more");
}

/// A connection by way of somebody who sends what a node says without TCP_NODELAY, as nodes do, or with it.
async fn through(node: SocketAddr, nodelay: bool) -> Connection {
	let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
	let url = format!("ws://{}", listener.local_addr().unwrap());
	tokio::spawn(async move {
		while let Ok((mut client, _)) = listener.accept().await {
			client.set_nodelay(nodelay).unwrap();
			let mut node = TcpStream::connect(node).await.unwrap();
			node.set_nodelay(true).unwrap();
			tokio::spawn(async move {
				tokio::io::copy_bidirectional(&mut client, &mut node)
					.await
					.ok();
			});
		}
	});
	let connection = Connection::new(url, Duration::from_secs(60));
	ask(&connection).await.unwrap();
	connection
}

/// Whether asking three times at once takes as long as an acknowledgement is put off, 40 ms.
async fn stalls(connection: &Connection) -> bool {
	let begun = Instant::now();
	try_join!(ask(connection), ask(connection), ask(connection)).unwrap();
	begun.elapsed() >= Duration::from_millis(38)
}

/// Whoever sends without TCP_NODELAY waits for acknowledgements, every few times if they are put off. How busy the
/// machine is does not matter: both ways are taken in turn.
#[tokio::test(flavor = "multi_thread")]
async fn several_requests_at_a_time_do_not_wait_for_acknowledgements() {
	let node = Node::start().await;
	let waits = through(node.address, false).await;
	let goes_on = through(node.address, true).await;
	let (mut with, mut without) = (0, 0);
	for _ in 0..400 {
		with += usize::from(stalls(&waits).await);
		without += usize::from(stalls(&goes_on).await);
	}
	assert!(with <= without + 10, "{with} times, else {without} times");
}
