//! A slot that was paid for is told again, whatever has become of its channel and of the chain since.

use std::time::Duration;

use redb::{Database, TableDefinition};
use serde_json::Value;
use syngraph_access::{Channel, Collector, SignedReceipt, KEPT};
use syngraph_primitives::{ChannelId, Group, Membership, Payer};
use tempfile::TempDir;

use crate::common::{keeping::*, *};

/// Channels of a depositor, of a client that it names, and of a group, all of key 1; and a receipt of each.
fn channels() -> [(Channel, SignedReceipt); 3] {
	let members = [client(&key(1)), client(&key(2))];
	let mut direct = channel(Payer::Direct);
	direct.depositor = client(&key(1));
	let group = channel(Payer::Group(Group::new(&members).unwrap()));
	let membership = Membership::new(&members, 0);
	[
		(direct, receipt(&key(1), id(1), PRICE)),
		(delegated(&key(1)), receipt(&key(1), id(2), PRICE)),
		(group, signed(&key(1), id(3), PRICE, membership)),
	]
}

/// A scene in which a slot was bought out of each, and what was answered.
async fn scene() -> (Scene, Collector<Fake>, Vec<(SignedReceipt, Value)>, TempDir) {
	let folder = TempDir::new().unwrap();
	let scene = Scene::new(folder.path()).await;
	let mut bought = Vec::new();
	for (channel, receipt) in channels() {
		scene.chain.open(channel_of(&receipt), channel);
		let (status, slot) = scene.buy(&receipt).await;
		assert_eq!(status, 200, "{slot}");
		bought.push((receipt, slot));
	}
	let collector = Collector::new(scene.server.clone());
	(scene, collector, bought, folder)
}

fn channel_of(receipt: &SignedReceipt) -> ChannelId {
	receipt.receipt.channel
}

async fn all_are_told_again(scene: &Scene, bought: &[(SignedReceipt, Value)]) {
	for (receipt, slot) in bought {
		assert_eq!(scene.buy(receipt).await, (200, slot.clone()));
	}
}

#[tokio::test]
async fn for_some_time_after_the_channel_was_closed() {
	let (scene, mut collector, bought, _folder) = scene().await;
	// From the block on in which nothing is sold any more, to when the channels are forgotten.
	for block in EXPIRES - MARGIN - 1..=EXPIRES - MARGIN + 1 {
		round(&scene, &mut collector, block).await;
		all_are_told_again(&scene, &bought).await;
	}
	assert_eq!(closed(&scene).len(), 3);
	assert!(scene.server.ledger().entries().unwrap().is_empty());
	let path = format!("/v1/channels/{:?}", id(1));
	assert_eq!(scene.get(&path).await.0, 404);
	// To whoever shows the key of the purchase, and for the same service.
	for (receipt, _) in &bought {
		let (status, answer) = scene.post(&body("open", receipt), Some("other")).await;
		assert_eq!((status, name(&answer)), (404, "unknown-channel"));
		let (status, answer) = scene.post(&body("lock", receipt), None).await;
		assert_eq!((status, name(&answer)), (404, "unknown-channel"));
	}
	assert_eq!(metric(&scene, "slots_sold_total"), 3);
	assert_eq!(metric(&scene, "slots_repeated_total"), 9);
}

#[tokio::test]
async fn it_is_forgotten_a_day_later_when_another_channel_is() {
	let (scene, mut collector, bought, _folder) = scene().await;
	let mut later = delegated(&key(4));
	later.expires = 81 + KEPT + MARGIN;
	scene.chain.open(id(4), later);
	let last = receipt(&key(4), id(4), PRICE);
	let (status, slot) = scene.buy(&last).await;
	assert_eq!(status, 200);
	for block in [80, 81, 80 + KEPT] {
		round(&scene, &mut collector, block).await;
		all_are_told_again(&scene, &bought).await;
	}
	// This one is closed, and forgotten in the block after.
	for block in [81 + KEPT, 82 + KEPT] {
		round(&scene, &mut collector, block).await;
	}
	assert!(scene.server.ledger().entries().unwrap().is_empty());
	for (receipt, _) in &bought {
		assert_eq!(name(&scene.buy(receipt).await.1), "unknown-channel");
	}
	assert_eq!(scene.buy(&last).await, (200, slot));
}

#[tokio::test]
async fn what_was_bought_from_a_server_that_did_not_note_receipts() {
	let (scene, collector, bought, folder) = scene().await;
	let chain = scene.chain.clone();
	drop((scene, collector));
	let path = folder.path().join("access.redb");
	let database = loop {
		// The thread that writes takes a moment to end.
		match Database::open(&path) {
			Ok(database) => break database,
			Err(_) => tokio::time::sleep(Duration::from_millis(5)).await,
		}
	};
	let transaction = database.begin_write().unwrap();
	let receipts: TableDefinition<([u8; 32], [u8; 32]), [u8; 32]> =
		TableDefinition::new("receipts");
	assert!(transaction.delete_table(receipts).unwrap());
	transaction.commit().unwrap();
	drop(database);
	let scene = Scene::with(folder.path(), chain, 100).await;
	let mut collector = Collector::new(scene.server.clone());
	for block in [80, 81] {
		round(&scene, &mut collector, block).await;
	}
	assert!(scene.server.ledger().entries().unwrap().is_empty());
	all_are_told_again(&scene, &bought).await;
}

#[tokio::test]
async fn while_nothing_is_sold() {
	let (scene, _collector, bought, _folder) = scene().await;
	scene.chain.0.lock().is_strange = true;
	assert!(scene.server.watch().look().await.is_err());
	let next = receipt(&key(1), id(2), 2 * PRICE);
	assert_eq!(name(&scene.buy(&next).await.1), "unavailable");
	all_are_told_again(&scene, &bought).await;
}

#[tokio::test]
async fn what_was_bought_last_and_nothing_before() {
	let (scene, mut collector, mut bought, _folder) = scene().await;
	let next = receipt(&key(1), id(2), 2 * PRICE);
	let (status, slot) = scene.buy(&next).await;
	assert_eq!(status, 200);
	let (before, _) = std::mem::replace(&mut bought[1], (next, slot));
	for block in [80, 81] {
		round(&scene, &mut collector, block).await;
	}
	all_are_told_again(&scene, &bought).await;
	assert_eq!(name(&scene.buy(&before).await.1), "unknown-channel");
}
