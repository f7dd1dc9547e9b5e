//! Receipts reach the watchtower, and nothing waits for it.

use std::{collections::HashMap, sync::Arc};

use codec::Decode;
use jsonrpsee::{
	server::{Server, ServerHandle},
	types::ErrorObjectOwned,
	RpcModule,
};
use parking_lot::Mutex;
use sp_core::Bytes;
use syngraph_access::{Balance, SignedReceipt, Tower};
use syngraph_primitives::ChannelId;
use tempfile::TempDir;

use crate::common::{delegated, id, key, receipt, Scene, EXPIRES, PRICE};

/// A node that takes what it is given.
#[derive(Clone, Default)]
struct Node(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
	/// The receipts of each channel in the order in which they came.
	received: HashMap<ChannelId, Vec<Balance>>,
	/// With what it refuses them, if it does.
	refuses: Option<i32>,
}

impl Node {
	async fn start(&self, address: &str) -> (ServerHandle, String) {
		let mut module = RpcModule::new(self.clone());
		module
			.register_method("channels_watch", |params, node, _| {
				let bytes: Bytes = params.one()?;
				let receipt = SignedReceipt::decode(&mut &bytes[..]).unwrap().receipt;
				let mut state = node.0.lock();
				let received = state.received.entry(receipt.channel).or_default();
				received.push(receipt.amount);
				match state.refuses {
					Some(code) => Err(ErrorObjectOwned::owned(code, "no", None::<()>)),
					None => Ok(EXPIRES),
				}
			})
			.unwrap();
		let server = Server::builder().build(address).await.unwrap();
		let url = format!("ws://{}", server.local_addr().unwrap());
		(server.start(module), url)
	}

	fn received(&self, channel: u64) -> Vec<Balance> {
		let state = self.0.lock();
		state
			.received
			.get(&id(channel))
			.cloned()
			.unwrap_or_default()
	}
}

/// A server that has sold a slot for each of two channels.
async fn scene() -> (Scene, TempDir) {
	let folder = TempDir::new().unwrap();
	let scene = Scene::new(folder.path()).await;
	for number in [1, 2] {
		scene.chain.open(id(number), delegated(&key(1)));
		buy(&scene, number, PRICE).await;
	}
	(scene, folder)
}

async fn buy(scene: &Scene, channel: u64, amount: Balance) {
	let (status, _) = scene.buy(&receipt(&key(1), id(channel), amount)).await;
	assert_eq!(status, 200);
}

#[tokio::test]
async fn each_last_receipt_is_handed_over_once() {
	let (scene, _folder) = scene().await;
	let node = Node::default();
	let (_handle, url) = node.start("127.0.0.1:0").await;
	let mut tower = Tower::new(scene.server.clone(), &url);
	for _ in 0..2 {
		tower.round().await.unwrap();
	}
	assert_eq!(
		(node.received(1), node.received(2)),
		(vec![PRICE], vec![PRICE])
	);
	buy(&scene, 1, 2 * PRICE).await;
	buy(&scene, 1, 3 * PRICE).await;
	tower.round().await.unwrap();
	assert_eq!(node.received(1), [PRICE, 3 * PRICE]);
	assert_eq!(node.received(2), [PRICE]);
	// After a restart, everything once more.
	let mut tower = Tower::new(scene.server.clone(), &url);
	tower.round().await.unwrap();
	assert_eq!(node.received(2), [PRICE, PRICE]);
	assert_eq!(counts(&scene), (5, 0));
}

#[tokio::test]
async fn what_is_paid_is_not_handed_over() {
	let (scene, _folder) = scene().await;
	let node = Node::default();
	let (_handle, url) = node.start("127.0.0.1:0").await;
	scene.chain.change(id(1), |channel| channel.paid = PRICE);
	scene.reach(11).await;
	let mut tower = Tower::new(scene.server.clone(), &url);
	tower.round().await.unwrap();
	assert_eq!((node.received(1), node.received(2)), (vec![], vec![PRICE]));
}

#[tokio::test]
async fn what_a_former_payer_owed_is_not_handed_over() {
	let (scene, _folder) = scene().await;
	let node = Node::default();
	let (_handle, url) = node.start("127.0.0.1:0").await;
	scene.chain.change(id(1), |channel| {
		channel.payer = delegated(&key(2)).payer;
	});
	scene.reach(11).await;
	let mut tower = Tower::new(scene.server.clone(), &url);
	tower.round().await.unwrap();
	assert_eq!((node.received(1), node.received(2)), (vec![], vec![PRICE]));
}

#[tokio::test]
async fn a_refusal_for_good_is_counted_and_not_repeated() {
	for code in [-32602, 7104, 7105, 7107, 7110, 7112] {
		let (scene, _folder) = scene().await;
		let node = Node::default();
		node.0.lock().refuses = Some(code);
		let (_handle, url) = node.start("127.0.0.1:0").await;
		let mut tower = Tower::new(scene.server.clone(), &url);
		for _ in 0..2 {
			tower.round().await.unwrap();
		}
		assert_eq!(
			(node.received(1), node.received(2)),
			(vec![PRICE], vec![PRICE]),
			"{code}"
		);
		assert_eq!(counts(&scene), (0, 2));
	}
}

/// That the watchtower lacks the channel yet, what was put into it last, or its new payer.
#[tokio::test]
async fn what_a_watchtower_may_take_soon_is_handed_over_again() {
	for code in [7103, 7106, 7108, 7109] {
		let (scene, _folder) = scene().await;
		let node = Node::default();
		node.0.lock().refuses = Some(code);
		let (_handle, url) = node.start("127.0.0.1:0").await;
		let mut tower = Tower::new(scene.server.clone(), &url);
		tower.round().await.unwrap();
		assert_eq!(counts(&scene), (0, 2));
		node.0.lock().refuses = None;
		for _ in 0..2 {
			tower.round().await.unwrap();
		}
		assert_eq!(
			(node.received(1), node.received(2)),
			(vec![PRICE; 2], vec![PRICE; 2]),
			"{code}"
		);
		assert_eq!(counts(&scene), (2, 2));
	}
}

/// That it is busy, cannot read or write, or is no watchtower yet: then the others are not tried in this round.
#[tokio::test]
async fn a_watchtower_that_can_take_nothing_now_is_asked_again() {
	for code in [7101, 7102, 7111, -32601, -32009] {
		let (scene, _folder) = scene().await;
		let node = Node::default();
		node.0.lock().refuses = Some(code);
		let (_handle, url) = node.start("127.0.0.1:0").await;
		let mut tower = Tower::new(scene.server.clone(), &url);
		assert!(tower.round().await.is_err());
		assert_eq!(node.received(1).len() + node.received(2).len(), 1, "{code}");
		node.0.lock().refuses = None;
		tower.round().await.unwrap();
		assert_eq!(node.received(1).len() + node.received(2).len(), 3, "{code}");
		assert_eq!(counts(&scene), (2, 0));
	}
}

#[tokio::test]
async fn a_watchtower_that_was_away_gets_everything_when_it_is_back() {
	let (scene, _folder) = scene().await;
	let node = Node::default();
	let (handle, url) = node.start("127.0.0.1:0").await;
	handle.stop().unwrap();
	handle.stopped().await;
	let mut tower = Tower::new(scene.server.clone(), &url);
	assert!(tower.round().await.is_err());
	buy(&scene, 1, 2 * PRICE).await;
	let (_handle, _) = node.start(url.strip_prefix("ws://").unwrap()).await;
	tower.round().await.unwrap();
	assert_eq!(
		(node.received(1), node.received(2)),
		(vec![2 * PRICE], vec![PRICE])
	);
}

/// How many receipts were handed over, and how many were not.
fn counts(scene: &Scene) -> (u64, u64) {
	let text = String::from_utf8(scene.metrics.render().unwrap()).unwrap();
	let count = |name: &str| {
		let line = text.lines().find(|line| line.starts_with(name)).unwrap();
		line.split(' ').nth(1).unwrap().parse().unwrap()
	};
	(
		count("access_tower_receipts_total"),
		count("access_tower_failures_total"),
	)
}
