//! A collector at work, block by block.

use syngraph_access::{Balance, Collector};
use syngraph_primitives::BlockNumber;
use tempfile::TempDir;

use super::{delegated, id, key, receipt, Fake, Scene, PRICE};

/// A scene with a channel of key 1, of which one slot is sold, and its collector.
pub async fn scene() -> (Scene, Collector<Fake>, TempDir) {
	let folder = TempDir::new().unwrap();
	let scene = Scene::new(folder.path()).await;
	scene.chain.open(id(1), delegated(&key(1)));
	buy(&scene, 1).await;
	let collector = Collector::new(scene.server.clone());
	(scene, collector, folder)
}

pub async fn buy(scene: &Scene, number: Balance) {
	let (status, _) = scene.buy(&receipt(&key(1), id(1), number * PRICE)).await;
	assert_eq!(status, 200);
}

/// Goes on to a block and looks after the channels there.
pub async fn round(scene: &Scene, collector: &mut Collector<Fake>, block: BlockNumber) {
	scene.reach(block).await;
	let heads = scene.server.watch().heads().unwrap();
	collector.round(heads).await.unwrap();
	collector.drain(heads).await;
}

pub fn closed(scene: &Scene) -> Vec<Balance> {
	let state = scene.chain.0.lock();
	state
		.closed
		.iter()
		.map(|receipt| receipt.receipt.amount)
		.collect()
}

pub fn attempts(scene: &Scene) -> usize {
	scene.chain.0.lock().attempts
}

pub fn metric(scene: &Scene, name: &str) -> i64 {
	let text = String::from_utf8(scene.metrics.render().unwrap()).unwrap();
	let mut lines = text.lines();
	let line = lines.find(|line| line.starts_with(&format!("access_{name} ")));
	line.unwrap().split(' ').nth(1).unwrap().parse().unwrap()
}
