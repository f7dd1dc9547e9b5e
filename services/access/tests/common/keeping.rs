//! A keeper at work, block by block.

use syngraph_access::{Balance, Keeper};
use syngraph_primitives::BlockNumber;
use tempfile::TempDir;

use super::{delegated, id, key, receipt, Fake, Scene, PRICE};

/// A scene with a channel of key 1, of which one slot is sold, and its keeper.
pub async fn scene() -> (Scene, Keeper<Fake>, TempDir) {
	let folder = TempDir::new().unwrap();
	let scene = Scene::new(folder.path()).await;
	scene.chain.open(id(1), delegated(&key(1)));
	buy(&scene, 1).await;
	let keeper = Keeper::new(scene.server.clone());
	(scene, keeper, folder)
}

pub async fn buy(scene: &Scene, number: Balance) {
	let (status, _) = scene.buy(&receipt(&key(1), id(1), number * PRICE)).await;
	assert_eq!(status, 200);
}

/// Goes on to a block and looks after the channels there.
pub async fn round(scene: &Scene, keeper: &mut Keeper<Fake>, block: BlockNumber) {
	scene.reach(block).await;
	let heads = scene.server.watch().heads().unwrap();
	keeper.round(heads).await.unwrap();
	keeper.settle(heads).await;
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
