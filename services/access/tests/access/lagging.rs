//! A node that lags: what it is told of others, and how old its blocks are, is for sales alone, and what is due does
//! not wait until everything is heard.

use std::{sync::Arc, time::Duration};

use codec::Encode;
use frame_support::storage::storage_prefix;
use jsonrpsee::{
	server::{Server, ServerHandle},
	types::ErrorObjectOwned,
	RpcModule,
};
use pallet_channels::Event;
use parking_lot::Mutex;
use serde_json::{json, Value};
use sp_core::{sr25519, Bytes, Pair, H256};
use sp_runtime::traits::Header as _;
use syngraph_access::{Chain, Lane, News, Node, Problem, Watch};
use syngraph_primitives::ChannelId;
use syngraph_runtime::{migrations::storage_version, Header, Runtime, VERSION};

use crate::common::{delegated, id, keeping::*, key, EXPIRES, MARGIN, PRICE};
use crate::pretended;

const TIMEOUT: Duration = Duration::from_secs(20);

fn payee() -> sr25519::Pair {
	sr25519::Pair::from_seed(&[5; 32])
}

/// A node whose peers claim to be far ahead, with block 7, which was made so many milliseconds after 1970.
async fn behind(time: Arc<Mutex<Option<u64>>>) -> (ServerHandle, String) {
	let mut module = RpcModule::new(time);
	let hash = json!(H256::repeat_byte(7));
	let zero = H256::zero();
	let header = json!(Header::new(7, zero, zero, zero, Default::default()));
	let version = json!({
		"specName": VERSION.spec_name,
		"specVersion": VERSION.spec_version,
		"transactionVersion": VERSION.transaction_version,
	});
	let (place, storage) = storage_version("Channels").unwrap();
	let channels = (Bytes(place.to_vec()), Bytes(storage.encode()));
	let health = json!({ "peers": 3, "isSyncing": true, "shouldHavePeers": true });
	for (method, answer) in [
		("system_health", health),
		("state_getRuntimeVersion", version),
		("chain_getBlockHash", hash.clone()),
		("chain_getFinalizedHead", hash.clone()),
		("chain_getHeader", header),
		(
			"state_queryStorageAt",
			json!([{ "block": hash, "changes": [channels] }]),
		),
	] {
		let answer = move |_: jsonrpsee::types::Params, _: &_, _: &_| {
			Ok::<Value, ErrorObjectOwned>(answer.clone())
		};
		module.register_method(method, answer).unwrap();
	}
	let storage = |params: jsonrpsee::types::Params, time: &Arc<Mutex<Option<u64>>>, _: &_| {
		let (place, at): (Bytes, H256) = params.parse()?;
		assert_eq!(at, H256::repeat_byte(7));
		let now = storage_prefix(b"Timestamp", b"Now");
		let found = time.lock().filter(|_| place.0 == now);
		Ok::<_, ErrorObjectOwned>(found.map(|millis| Bytes(millis.encode())))
	};
	module.register_method("state_getStorage", storage).unwrap();
	let server = Server::builder().build("127.0.0.1:0").await.unwrap();
	let url = format!("ws://{}", server.local_addr().unwrap());
	(server.start(module), url)
}

#[tokio::test]
async fn what_a_node_that_takes_itself_to_be_behind_knows_is_read() {
	let time = Arc::new(Mutex::new(None));
	let (_handle, url) = behind(time.clone()).await;
	let node = Node::connect(&url, TIMEOUT, payee()).await.unwrap();
	let seen = node.channels(Lane::Collector, &[id(1)]).await.unwrap();
	assert_eq!((seen[0].heads.best, &seen[0].best), (7, &None));
	for millis in [None, Some(1_700_000_000_123)] {
		*time.lock() = millis;
		let heads = node.heads().await.unwrap();
		assert_eq!((heads.finalized, heads.best), (7, 7));
		let lag = node.lag().await.unwrap();
		assert_eq!(lag.time, millis.map(Duration::from_millis));
		assert!(lag.is_catching_up);
	}
}

#[tokio::test]
async fn until_an_upgrade_is_final_what_is_due_is_collected_and_nothing_is_sold() {
	let real = pretended::Node::start().await;
	{
		let mut state = real.state.lock();
		state.skip(20);
		state.lag = 5;
		state.put(id(1), &delegated(&key(1)));
		let (place, version) = storage_version("Channels").unwrap();
		state.before.insert(place.to_vec(), (version + 1).encode());
	}
	let chain = Node::connect(&real.url(), TIMEOUT, payee()).await.unwrap();
	let ids = [id(1), id(2)];
	let [open, gone] = &chain.channels(Lane::Collector, &ids).await.unwrap()[..] else {
		panic!("each has its answer");
	};
	assert_eq!(open.best, Some(delegated(&key(1))));
	assert_eq!(open.finalized, open.best);
	assert_eq!((gone.heads.finalized, gone.heads.best), (0, 20));
	assert_eq!(gone.best, None);
	assert!(chain.lag().await.unwrap().is_upgrading);
	let watch = Watch::new(chain, TIMEOUT);
	assert!(watch.look().await.is_ok());
	let refused = Problem::Unavailable("the chain was upgraded, and that is not final yet");
	assert_eq!(watch.heads(), Err(refused.clone()));
	real.state.lock().lag = 0;
	assert!(watch.look().await.is_ok());
	assert!(watch.heads().is_ok());
	real.state.lock().skip(5);
	real.state.lock().lag = 5;
	// Also whoever asks before that is seen.
	watch.chain().heads().await.unwrap();
	assert!(watch.heads().is_ok());
	assert_eq!(watch.channel(id(1)).await, Err(refused));
}

fn requested(channel: ChannelId) -> Event<Runtime> {
	Event::CloseRequested {
		channel,
		expires: 1,
	}
}

/// How often the chain was asked for a block's events.
fn heard(node: &pretended::Node) -> usize {
	let state = node.state.lock();
	let asked = state.requests.get("state_getStorage").copied();
	asked.unwrap_or(0)
}

#[tokio::test]
async fn after_an_outage_some_blocks_are_heard_at_a_time_and_nothing_is_told_before_the_last() {
	let real = pretended::Node::start().await;
	let topped_up = |channel| Event::ToppedUp {
		channel,
		funds: 1,
		expires: 1,
	};
	{
		let mut state = real.state.lock();
		state.skip(100);
		// Too long ago.
		state.announce(requested(id(1)));
		state.skip(120);
		state.announce(requested(id(2)));
		state.skip(70);
		state.announce(topped_up(id(2)));
		state.skip(9);
	}
	let chain = Node::connect(&real.url(), TIMEOUT, payee()).await.unwrap();
	let expected = [News::CloseRequested(id(2), 1), News::ToppedUp(id(2), 1)];
	let mut rounds = 0;
	loop {
		let before = heard(&real);
		let news = chain.news().await.unwrap();
		let read = heard(&real) - before;
		assert!(read <= 32, "{read} blocks at a time");
		rounds += 1;
		if !news.is_empty() {
			assert_eq!(news, expected);
			break;
		}
		assert!(rounds < 10, "it is never told");
	}
	// Another outage, which is longer than the memory of a node.
	{
		let mut state = real.state.lock();
		state.announce(requested(id(3)));
		state.skip(300);
		state.announce(requested(id(4)));
	}
	chain.heads().await.unwrap();
	let before = heard(&real);
	let mut told = Vec::new();
	while told.is_empty() {
		told = chain.news().await.unwrap();
	}
	// Of what is passed over nobody knows what it says.
	assert_eq!(told, [News::Missed, News::CloseRequested(id(4), 1)]);
	assert!(heard(&real) - before <= 202);
}

#[tokio::test]
async fn a_block_that_cannot_be_heard_is_left_out_and_no_other() {
	// What nobody can decode, and what is in hexadecimal more than a client takes at once.
	for events in [vec![255], vec![0; 33 * 1024 * 1024]] {
		let real = pretended::Node::start().await;
		{
			let mut state = real.state.lock();
			state.announce(requested(id(1)));
			state.announce(requested(id(2)));
			state.announce(requested(id(3)));
			state.other_events.insert(2, events);
		}
		let patience = Duration::from_secs(2);
		let chain = Node::connect(&real.url(), patience, payee()).await.unwrap();
		let mut rounds = 0;
		let news = loop {
			match chain.news().await {
				Ok(news) => break news,
				Err(error) => assert!(rounds < 20, "it is never heard: {error}"),
			}
			rounds += 1;
		};
		let expected = [1, 3].map(|number| News::CloseRequested(id(number), 1));
		assert_eq!(news, [expected[0], News::Missed, expected[1]]);
	}
}

#[tokio::test]
async fn a_node_that_takes_itself_to_be_behind_is_closed_through() {
	let (scene, collector, _folder) = scene().await;
	scene.chain.0.lock().is_syncing = true;
	scene.chain.0.lock().time = Some(Duration::ZERO);
	let keeping = tokio::spawn(collector.run());
	let mut block = EXPIRES - MARGIN;
	while closed(&scene).is_empty() {
		scene.reach(block).await;
		block = (block + 1).min(EXPIRES - 1);
		tokio::time::sleep(Duration::from_millis(20)).await;
	}
	assert_eq!(closed(&scene), [PRICE]);
	// Sales have ended all the same.
	assert_eq!(scene.get("/healthz").await.0, 503);
	keeping.abort();
}

#[tokio::test]
async fn what_is_overdue_through_a_node_that_takes_itself_to_be_behind_is_told() {
	let (scene, collector, _folder) = scene().await;
	scene.chain.0.lock().is_syncing = true;
	scene.chain.0.lock().refuses = true;
	let keeping = tokio::spawn(collector.run());
	let mut block = EXPIRES - MARGIN;
	while metric(&scene, "channels_overdue") == 0 {
		block = (block + 1).min(EXPIRES - 1);
		scene.reach(block).await;
		tokio::time::sleep(Duration::from_millis(20)).await;
	}
	keeping.abort();
}

#[tokio::test]
async fn what_is_due_does_not_wait_for_news() {
	let (scene, mut collector, _folder) = scene().await;
	scene.chain.open(id(2), delegated(&key(1)));
	scene.chain.0.lock().refuses = true;
	round(&scene, &mut collector, EXPIRES - MARGIN).await;
	scene.chain.0.lock().refuses = false;
	let gates = scene.chain.1.clone();
	let deaf = gates.news.write().await;
	// A quarter of the margin is over.
	scene.reach(EXPIRES - MARGIN + MARGIN / 4).await;
	let heads = scene.server.watch().heads().unwrap();
	let keeping = tokio::spawn(async move { collector.round(heads).await });
	while closed(&scene).is_empty() || metric(&scene, "channels_overdue") == 0 {
		tokio::time::sleep(Duration::from_millis(5)).await;
	}
	assert!(!keeping.is_finished());
	drop(deaf);
	keeping.await.unwrap().unwrap();
}
