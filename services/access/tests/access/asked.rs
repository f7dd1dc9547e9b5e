//! A depositor asks to close, and perhaps takes it back.

use syngraph_access::{Collector, News};
use syngraph_primitives::BlockNumber;
use tempfile::TempDir;

use crate::common::{keeping::*, *};

/// What is told of a request to close by which the channel expires in a block, and of a top-up by which it does in
/// another.
fn taken_back(requested: BlockNumber, topped_up: BlockNumber) -> Vec<News> {
	vec![
		News::CloseRequested(id(1), requested),
		News::ToppedUp(id(1), topped_up),
	]
}

#[tokio::test]
async fn it_closes_at_once_when_the_depositor_asks() {
	let (scene, mut collector, _folder) = scene().await;
	scene.chain.change(id(1), |channel| channel.expires = 90);
	round(&scene, &mut collector, 11).await;
	assert_eq!(closed(&scene), [PRICE]);
}

#[tokio::test]
async fn it_answers_a_request_to_close_at_once_however_soon_the_channel_expires() {
	let (scene, mut collector, _folder) = scene().await;
	// The channel expires when it would have, so that its state says nothing of the request.
	let requested = [1, 9].map(|number| News::CloseRequested(id(number), EXPIRES));
	scene.chain.0.lock().news = requested.to_vec();
	round(&scene, &mut collector, 11).await;
	assert_eq!(closed(&scene), [PRICE]);
	let (_, answer) = scene.buy(&receipt(&key(1), id(1), 2 * PRICE)).await;
	assert_eq!(name(&answer), "unknown-channel");
}

#[tokio::test]
async fn a_request_that_was_taken_back_is_not_answered() {
	let (scene, mut collector, _folder) = scene().await;
	// As it is told after a restart.
	scene.chain.0.lock().news = taken_back(90, EXPIRES);
	round(&scene, &mut collector, 11).await;
	assert_eq!(attempts(&scene), 0);
	buy(&scene, 2).await;
}

#[tokio::test]
async fn a_request_that_was_taken_back_is_not_answered_although_the_channel_expires_earlier() {
	let (scene, mut collector, _folder) = scene().await;
	scene.chain.change(id(1), |channel| channel.expires = 90);
	scene.chain.0.lock().news = taken_back(85, 90);
	round(&scene, &mut collector, 11).await;
	assert_eq!(attempts(&scene), 0);
	assert_eq!(scene.server.ledger().entries().unwrap()[0].1.expires, 90);
	let path = format!("/v1/channels/{:?}", id(1));
	assert_eq!(scene.get(&path).await.1["closing"], serde_json::Value::Null);
	buy(&scene, 2).await;
	// It is closed before it expires, and at once if there is another request, heard of or not.
	round(&scene, &mut collector, 69).await;
	assert_eq!(attempts(&scene), 0);
	scene.chain.change(id(1), |channel| channel.expires = 89);
	round(&scene, &mut collector, 70).await;
	assert_eq!(closed(&scene), [2 * PRICE]);
}

#[tokio::test]
async fn a_top_up_by_which_the_channel_expires_no_later_takes_no_request_back() {
	// The request was heard of, or was not.
	for news in [taken_back(90, 90), vec![News::ToppedUp(id(1), 90)]] {
		let (scene, mut collector, _folder) = scene().await;
		scene.chain.change(id(1), |channel| channel.expires = 90);
		scene.chain.0.lock().news = news;
		round(&scene, &mut collector, 11).await;
		assert_eq!(closed(&scene), [PRICE]);
	}
}

#[tokio::test]
async fn what_only_the_best_block_says_of_a_request_and_the_contrary_does_not_close() {
	let (scene, mut collector, _folder) = scene().await;
	// The request is final, that it was taken back is not: the channel expires later than before the request.
	scene.chain.change(id(1), |channel| channel.expires = 90);
	scene.reach(11).await;
	scene.chain.change(id(1), |channel| channel.expires = 200);
	scene.chain.0.lock().news = taken_back(90, 200);
	let heads = scene.server.watch().heads().unwrap();
	collector.round(heads).await.unwrap();
	collector.drain(heads).await;
	round(&scene, &mut collector, 12).await;
	assert_eq!(attempts(&scene), 0);
	assert_eq!(scene.server.ledger().entries().unwrap()[0].1.expires, 200);
	buy(&scene, 2).await;
}

/// However many ask at once, so that not all can be answered at once: nothing is at stake before closing would have
/// begun anyway.
#[tokio::test]
async fn a_request_that_waits_ends_no_sales_before_the_channel_would_be_closed_anyway() {
	let folder = TempDir::new().unwrap();
	let scene = Scene::new(folder.path()).await;
	for number in [1, 2] {
		let mut channel = delegated(&key(number));
		channel.expires = 1000;
		scene.chain.open(id(number.into()), channel);
	}
	buy(&scene, 1).await;
	let mut collector = Collector::new(scene.server.clone());
	scene.chain.change(id(1), |channel| channel.expires = 500);
	scene.chain.0.lock().refuses = true;
	for (block, slots) in [11, 12, 40, 300, 480, 484].into_iter().zip(1..) {
		round(&scene, &mut collector, block).await;
		assert_eq!(scene.get("/healthz").await.0, 200, "in block {block}");
		let next = receipt(&key(2), id(2), slots * PRICE);
		assert_eq!(scene.buy(&next).await.0, 200, "in block {block}");
	}
	assert!(attempts(&scene) >= 4);
	round(&scene, &mut collector, 485).await;
	assert_eq!(scene.get("/healthz").await.0, 503);
	assert_eq!(metric(&scene, "channels_overdue"), 1);
}
