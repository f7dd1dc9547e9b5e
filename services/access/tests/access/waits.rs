//! How long the collector waits for a close that a node took and lost.

use std::time::Duration;

use pallet_channels::Call;
use sp_core::{sr25519, Pair};
use syngraph_access::{Collector, Metrics};
use syngraph_client::{Client, Postage};
use syngraph_primitives::BlockNumber;
use syngraph_runtime::Runtime;
use tempfile::TempDir;

use crate::common::*;
use crate::pretended;

/// After how many blocks' time the pool's silence is noticed: the chain is asked every eight seconds.
const SILENCE: BlockNumber = 4;
/// How many blocks a close takes that is not lost.
const TIME_TO_CLOSE: BlockNumber = 6;
/// How far finality may lag, and more: what is deeper changes nothing any more.
const LAGS: std::ops::RangeInclusive<BlockNumber> = 0..=12;

/// How a server with this margin sends the close of a channel that is due.
async fn sent(margin: BlockNumber) -> Postage {
	let folder = TempDir::new().unwrap();
	let metrics = std::sync::Arc::new(Metrics::new().unwrap());
	let ledger = ledger(folder.path(), &metrics).unwrap();
	let mut terms = terms(100);
	terms.rules.margin = margin;
	let scene = Scene::under(terms, ledger, Fake::default(), metrics, Duration::MAX).await;
	let expires = 10 + margin + 5;
	scene.chain.open(id(1), delegated(&key(1)));
	scene
		.chain
		.change(id(1), |channel| channel.expires = expires);
	scene.reach(10).await;
	let (status, _) = scene.buy(&receipt(&key(1), id(1), PRICE)).await;
	assert_eq!(status, 200);
	let mut collector = Collector::new(scene.server.clone());
	for block in [expires - margin - 1, expires - margin] {
		assert!(scene.chain.0.lock().sent.is_empty());
		keeping::round(&scene, &mut collector, block).await;
	}
	let sent = &scene.chain.0.lock().sent;
	assert_eq!(sent.len(), 1);
	sent[0].1
}

#[tokio::test]
async fn what_a_node_has_lost_is_known_in_time_for_another() {
	let node = pretended::Node::start().await;
	let payee = sr25519::Pair::from_seed(&[5; 32]);
	let client = Client::connect(node.url(), Duration::from_secs(20))
		.await
		.unwrap();
	// The least that a configuration may have, those for which the lifetime is just above a power of two, the default,
	// and the most.
	for margin in [36, 37, 40, 50, 64, 68, 100, 1799] {
		let postage = sent(margin).await;
		assert_eq!(postage.blocks, margin / 4);
		for lag in LAGS {
			let best = {
				let mut state = node.state.lock();
				state.lag = lag;
				let more = 20u32.saturating_sub(state.best());
				state.skip(more);
				state.best()
			};
			let call = Call::<Runtime>::close {
				receipt: receipt(&key(1), id(1), PRICE),
			};
			let signed = client.sign_next(&payee, call, postage).await.unwrap();
			// It is known in the block before that none can include it.
			let waits = signed.dies() - 1 - best + SILENCE;
			let left = margin.checked_sub(waits);
			assert!(
				left.is_some_and(|left| left >= TIME_TO_CLOSE),
				"margin {margin}, lag {lag}: waits for {waits} blocks"
			);
		}
	}
}
