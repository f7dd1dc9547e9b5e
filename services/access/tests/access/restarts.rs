//! A real node that is killed while a close is in its pool.
//!
//! Needs the program of a node, in `SYNGRAPH_NODE_BIN`, and a free port, in `SYNGRAPH_NODE_PORT`:
//! `scripts/beside.sh cargo test --workspace --test access -- --ignored restarts::`

use std::{
	env, fs,
	path::Path,
	process::{Child, Command, Stdio},
	sync::Arc,
	time::Duration,
};

use jsonrpsee::rpc_params;
use pallet_channels::{Call, Event};
use sp_core::{sr25519, Bytes, Pair};
use syngraph_access::{
	Balance, Chain, Collector, Identity, Ledger, Metrics, Node, Problem, Request, Server, Watch,
};
use syngraph_client::{account, Client, Head};
use syngraph_primitives::{ChannelId, Payer, Payload, SignedReceipt};
use syngraph_runtime::{Runtime, RuntimeEvent};
use tempfile::TempDir;

use crate::common::{self, key, terms, MARGIN, PRICE};

/// A node that can be killed and started again, with its chain but without its pool.
struct Process {
	child: Child,
	folder: TempDir,
	port: String,
}

impl Drop for Process {
	fn drop(&mut self) {
		self.kill();
	}
}

impl Process {
	fn start() -> Self {
		let port = env::var("SYNGRAPH_NODE_PORT").unwrap_or_else(|_| "21944".into());
		let folder = TempDir::new().unwrap();
		Self {
			child: spawn(folder.path(), &port),
			folder,
			port,
		}
	}

	fn kill(&mut self) {
		self.child.kill().ok();
		self.child.wait().ok();
	}

	fn start_again(&mut self) {
		self.child = spawn(self.folder.path(), &self.port);
	}

	fn url(&self) -> String {
		format!("ws://127.0.0.1:{}", self.port)
	}
}

fn spawn(folder: &Path, port: &str) -> Child {
	let program = env::var("SYNGRAPH_NODE_BIN").expect("the program of a node");
	let log = fs::File::options()
		.create(true)
		.append(true)
		.open(folder.join("log"))
		.unwrap();
	Command::new(program)
		.args(["--dev", "--base-path"])
		.arg(folder)
		.args([
			"--rpc-port",
			port,
			"--port",
			"0",
			"--no-prometheus",
			"--no-telemetry",
		])
		.stdout(Stdio::null())
		.stderr(log)
		.spawn()
		.unwrap()
}

async fn server(node: &Process, folder: &Path) -> Arc<Server<Node>> {
	let payee = sr25519::Pair::from_string("//Bob", None).unwrap();
	let patience = Duration::from_secs(20);
	let chain = Node::connect(&node.url(), patience, payee.clone())
		.await
		.unwrap();
	let metrics = Arc::new(Metrics::new().unwrap());
	let identity = Identity {
		genesis: chain.genesis(),
		payee: account(&payee),
	};
	let ledger = Ledger::create(folder, &identity, metrics.clone()).unwrap();
	let watch = Watch::new(chain, Duration::from_secs(30));
	let mut terms = terms(100);
	terms.closing.at_loss = true;
	let server = Server::new(terms, account(&payee), 42u16.into(), watch, ledger, metrics);
	let server = Arc::new(server.unwrap());
	let followed = server.clone();
	tokio::spawn(async move { followed.watch().follow().await });
	tokio::spawn(Collector::new(server.clone()).run());
	server
}

async fn open(client: &Client, blocks: u32) -> ChannelId {
	let depositor = sr25519::Pair::from_string("//Alice", None).unwrap();
	let payee = sr25519::Pair::from_string("//Bob", None).unwrap();
	let (best, _) = client.head(Head::Best).await.unwrap();
	let call = Call::<Runtime>::open {
		payee: account(&payee),
		payer: Payer::Delegated(common::client(&key(1))),
		funds: 100 * PRICE,
		expires: best + blocks,
	};
	let pending = client.submit(&depositor, call).await.unwrap();
	let opened = pending.finalized().await.unwrap();
	let opened = opened.events.iter().find_map(|event| match event {
		RuntimeEvent::Channels(Event::Opened { channel, .. }) => Some(*channel),
		_ => None,
	});
	opened.unwrap()
}

async fn buy(server: &Server<Node>, client: &Client, channel: ChannelId, amount: Balance) {
	let receipt = syngraph_primitives::Receipt { channel, amount };
	let signature = key(1)
		.sign(&receipt.signing_bytes(&client.genesis()))
		.into();
	let request = Request {
		device: "door".into(),
		service: "open".into(),
		receipt: SignedReceipt {
			receipt,
			signature,
			membership: None,
		},
		price: Some(amount),
		key: None,
	};
	loop {
		match server.sell(request.clone()).await {
			Ok(_) => return,
			Err(Problem::UnknownChannel | Problem::Unavailable(_)) => {},
			Err(problem) => panic!("{problem}"),
		}
		tokio::time::sleep(Duration::from_millis(300)).await;
	}
}

/// Waits until there is a transaction in the node's pool.
async fn until_submitted(client: &Client) {
	loop {
		let pool: Vec<Bytes> = client
			.connection()
			.request("author_pendingExtrinsics", rpc_params![])
			.await
			.unwrap();
		if !pool.is_empty() {
			return;
		}
		tokio::time::sleep(Duration::from_millis(5)).await;
	}
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs the program of a node"]
async fn a_close_that_was_lost_with_the_pool_is_made_again_in_time() {
	let mut node = Process::start();
	let client = Client::connect(node.url(), Duration::from_secs(240))
		.await
		.unwrap();
	let folder = TempDir::new().unwrap();
	let server = server(&node, folder.path()).await;
	let soon = open(&client, MARGIN + 15).await;
	let later = open(&client, MARGIN + 25).await;
	buy(&server, &client, soon, PRICE).await;
	buy(&server, &client, later, 2 * PRICE).await;
	let (from, _) = client.head(Head::Best).await.unwrap();
	until_submitted(&client).await;
	node.kill();
	println!("killed while a close is in the pool");
	node.start_again();
	let closing = async {
		while !server.ledger().entries().unwrap().is_empty() {
			tokio::time::sleep(Duration::from_millis(300)).await;
		}
	};
	tokio::time::timeout(Duration::from_secs(180), closing)
		.await
		.unwrap();
	let (last, _) = client.head(Head::Finalized).await.unwrap();
	let mut blocks = client.blocks(Head::Finalized, from);
	let mut paid = Vec::new();
	for _ in from..=last {
		for record in blocks.next().await.unwrap().events {
			if let RuntimeEvent::Channels(Event::Closed {
				channel,
				paid: amount,
				..
			}) = record.event
			{
				paid.push((channel, amount));
			}
		}
	}
	assert_eq!(paid, [(soon, PRICE), (later, 2 * PRICE)]);
}
