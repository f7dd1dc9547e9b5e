//! The keeper collects in time, whatever happens.

mod common;

use common::*;
use pallet_channels::PayerChange;
use syngraph_access::{Balance, Funds, Keeper};
use syngraph_primitives::{BlockNumber, Payer};
use tempfile::TempDir;

/// A scene with a channel of key 1, of which one slot is sold, and its keeper.
async fn scene() -> (Scene, Keeper<Fake>, TempDir) {
	let folder = TempDir::new().unwrap();
	let scene = Scene::new(folder.path()).await;
	scene.chain.open(id(1), delegated(&key(1)));
	buy(&scene, 1).await;
	let keeper = Keeper::new(scene.server.clone());
	(scene, keeper, folder)
}

async fn buy(scene: &Scene, number: Balance) {
	let (status, _) = scene.buy(&receipt(&key(1), id(1), number * PRICE)).await;
	assert_eq!(status, 200);
}

/// Goes on to a block and looks after the channels there.
async fn round(scene: &Scene, keeper: &mut Keeper<Fake>, block: BlockNumber) {
	scene.reach(block).await;
	let heads = scene.server.watch().heads().unwrap();
	keeper.round(heads).await.unwrap();
}

fn closed(scene: &Scene) -> Vec<Balance> {
	let state = scene.chain.0.lock();
	state
		.closed
		.iter()
		.map(|receipt| receipt.receipt.amount)
		.collect()
}

fn attempts(scene: &Scene) -> usize {
	scene.chain.0.lock().attempts
}

#[tokio::test]
async fn it_closes_before_the_channel_expires() {
	let (scene, mut keeper, _folder) = scene().await;
	round(&scene, &mut keeper, EXPIRES - MARGIN - 1).await;
	assert_eq!(attempts(&scene), 0);
	buy(&scene, 2).await;
	round(&scene, &mut keeper, EXPIRES - MARGIN).await;
	assert_eq!(closed(&scene), [2 * PRICE]);
	// When that is final, the channel is forgotten, and not closed again.
	assert_eq!(scene.server.ledger().entries().unwrap().len(), 1);
	round(&scene, &mut keeper, EXPIRES - MARGIN + 1).await;
	assert!(scene.server.ledger().entries().unwrap().is_empty());
	assert_eq!(attempts(&scene), 1);
}

#[tokio::test]
async fn it_closes_at_once_when_the_depositor_asks() {
	let (scene, mut keeper, _folder) = scene().await;
	scene.chain.change(id(1), |channel| channel.expires = 90);
	round(&scene, &mut keeper, 11).await;
	assert_eq!(closed(&scene), [PRICE]);
}

#[tokio::test]
async fn it_redeems_before_the_payer_changes() {
	let (scene, mut keeper, _folder) = scene().await;
	let change = PayerChange {
		payer: Payer::Delegated(client(&key(2))),
		from: 60,
	};
	scene
		.chain
		.change(id(1), |channel| channel.change = Some(change));
	round(&scene, &mut keeper, 39).await;
	assert_eq!(attempts(&scene), 0);
	round(&scene, &mut keeper, 40).await;
	assert_eq!(scene.chain.0.lock().redeemed.len(), 1);
	round(&scene, &mut keeper, 50).await;
	assert_eq!(attempts(&scene), 1);
	// The channel stays open for the new payer.
	round(&scene, &mut keeper, 60).await;
	let (status, _) = scene.buy(&receipt(&key(2), id(1), 2 * PRICE)).await;
	assert_eq!(status, 200);
	round(&scene, &mut keeper, EXPIRES - MARGIN).await;
	assert_eq!(closed(&scene), [2 * PRICE]);
}

#[tokio::test]
async fn it_tries_again_ever_less_often() {
	let (scene, mut keeper, _folder) = scene().await;
	scene.chain.0.lock().refuses = true;
	let mut tried = Vec::new();
	for block in 80..EXPIRES {
		let before = attempts(&scene);
		round(&scene, &mut keeper, block).await;
		tried.extend((attempts(&scene) > before).then_some(block));
	}
	assert_eq!(tried, [80, 81, 83, 87, 92, 97]);
	// Too late: an attempt would cost a fee for nothing.
	round(&scene, &mut keeper, EXPIRES + 10).await;
	assert_eq!(attempts(&scene), tried.len());
}

#[tokio::test]
async fn it_closes_again_when_the_block_is_retracted() {
	let (scene, mut keeper, _folder) = scene().await;
	scene.reach(80).await;
	let channel = scene.chain.0.lock().best[&id(1)].clone();
	round(&scene, &mut keeper, 80).await;
	assert_eq!(closed(&scene), [PRICE]);
	scene.chain.open(id(1), channel);
	round(&scene, &mut keeper, 81).await;
	assert_eq!(closed(&scene), [PRICE, PRICE]);
}

#[tokio::test]
async fn it_goes_on_after_a_restart() {
	let (scene, mut keeper, folder) = scene().await;
	scene.chain.0.lock().refuses = true;
	round(&scene, &mut keeper, 80).await;
	let chain = scene.chain.clone();
	drop((scene, keeper));
	chain.0.lock().refuses = false;
	let scene = loop {
		let metrics = std::sync::Arc::new(syngraph_access::Metrics::new().unwrap());
		let opened = syngraph_access::Ledger::open(folder.path(), &identity(), metrics.clone());
		match opened {
			Ok(ledger) => break Scene::on(ledger, chain.clone(), 100, metrics).await,
			Err(_) => tokio::time::sleep(std::time::Duration::from_millis(1)).await,
		}
	};
	// It had decided to close: nothing is sold meanwhile.
	let (_, answer) = scene.buy(&receipt(&key(1), id(1), 2 * PRICE)).await;
	assert_eq!(name(&answer), "closing");
	round(&scene, &mut Keeper::new(scene.server.clone()), 81).await;
	assert_eq!(closed(&scene), [PRICE]);
}

#[tokio::test]
async fn it_forgets_nothing_while_the_node_is_behind() {
	let (scene, mut keeper, _folder) = scene().await;
	let channel = scene.chain.0.lock().best.remove(&id(1)).unwrap();
	round(&scene, &mut keeper, 9).await;
	assert_eq!(scene.server.ledger().entries().unwrap().len(), 1);
	scene.chain.open(id(1), channel);
	round(&scene, &mut keeper, 80).await;
	assert_eq!(closed(&scene), [PRICE]);
}

#[tokio::test]
async fn it_closes_many_in_batches() {
	let folder = TempDir::new().unwrap();
	let scene = Scene::new(folder.path()).await;
	for number in 1..=100 {
		scene.chain.open(id(number), delegated(&key(1)));
		let (status, _) = scene.buy(&receipt(&key(1), id(number), PRICE)).await;
		assert_eq!(status, 200);
	}
	let mut keeper = Keeper::new(scene.server.clone());
	round(&scene, &mut keeper, 80).await;
	assert_eq!((closed(&scene).len(), attempts(&scene)), (100, 2));
}

/// What the server says in a block when its payee has so much, and a closing costs 7.
async fn health(
	scene: &Scene,
	keeper: &mut Keeper<Fake>,
	spendable: Balance,
	block: BlockNumber,
) -> serde_json::Value {
	scene.chain.0.lock().funds = Funds { spendable, fee: 7 };
	round(scene, keeper, block).await;
	scene.get("/healthz").await.1
}

#[tokio::test]
async fn it_warns_when_the_payee_cannot_pay_for_closing() {
	let (scene, mut keeper, _folder) = scene().await;
	scene.chain.open(id(2), delegated(&key(1)));
	let (status, _) = scene.buy(&receipt(&key(1), id(2), PRICE)).await;
	assert_eq!(status, 200);
	// Two channels at seven each.
	assert_eq!(health(&scene, &mut keeper, 14, 11).await, "ok\n");
	let warning = health(&scene, &mut keeper, 13, 12).await;
	let warning = warning.as_str().unwrap();
	assert!(warning.contains("can spend 13"), "{warning}");
	assert!(warning.contains("takes 14"), "{warning}");
	let metrics = String::from_utf8(scene.metrics.render().unwrap()).unwrap();
	assert!(metrics.contains("access_payee_funds 13"), "{metrics}");
	assert!(
		metrics.contains("access_payee_funds_needed 14"),
		"{metrics}"
	);
	assert_eq!(health(&scene, &mut keeper, 14, 13).await, "ok\n");
}
