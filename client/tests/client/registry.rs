//! Whether intermediaries are alive.

use std::time::Duration;

use codec::Encode;
use frame_support::{storage::StorageMap, traits::Get};
use pallet_registry::{Config, LastSeen};
use syngraph_client::{Client, Error};
use syngraph_primitives::IntermediaryId;
use syngraph_runtime::{BlockNumber, Runtime};

use crate::node::Node;

const TIMEOUT: Duration = Duration::from_secs(1);

async fn client(node: &Node) -> Client {
	let patience = Duration::from_secs(20);
	Client::connect(node.url(), patience).await.unwrap()
}

fn see(node: &Node, intermediary: IntermediaryId, block: BlockNumber) {
	let place = <LastSeen<Runtime> as StorageMap<_, _>>::hashed_key_for(intermediary);
	let mut state = node.state.lock();
	state.storage.insert(place, block.encode());
}

#[tokio::test(flavor = "multi_thread")]
async fn one_that_shows_no_sign_of_life_is_named_when_patience_ends() {
	let node = Node::start().await;
	let client = client(&node).await;
	see(&node, 6, 0);
	let error = client.wait_alive(7, TIMEOUT).await.unwrap_err();
	assert!(
		matches!(
			error,
			Error::NotAlive {
				intermediary: 7,
				patience: TIMEOUT
			}
		),
		"{error:?}"
	);
	let text = error.to_string();
	assert!(
		text.starts_with("intermediary 7 has not shown within 1 s that it is alive"),
		"{text}"
	);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_that_shows_it_is_waited_for() {
	let node = Node::start().await;
	let client = client(&node).await;
	let waiting = client.wait_alive(7, Duration::from_secs(60));
	let (waited, ()) = futures::join!(waiting, async {
		tokio::time::sleep(TIMEOUT).await;
		see(&node, 7, 0);
	});
	waited.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn one_that_was_seen_too_long_ago_is_dead() {
	let node = Node::start().await;
	let client = client(&node).await;
	see(&node, 7, 0);
	let interval: BlockNumber = <Runtime as Config>::HeartbeatInterval::get();
	node.state.lock().skip(2 * interval);
	assert!(client.is_alive(7).await.unwrap());
	node.state.lock().skip(1);
	assert!(!client.is_alive(7).await.unwrap());
}
