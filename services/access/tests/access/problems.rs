//! Every problem, as a client sees it, and that nothing has changed because of it.

use axum::{body::Body, http::Request};
use serde_json::Value;
use sp_core::H256;
use syngraph_access::{Problem, SignedReceipt};
use syngraph_primitives::{Group, Membership, Payer};
use tempfile::TempDir;

use crate::common::{self, *};

/// A scene with a channel of key 1, of which one slot is sold.
async fn scene() -> (Scene, TempDir) {
	let folder = TempDir::new().unwrap();
	let scene = Scene::new(folder.path()).await;
	scene.chain.open(id(1), delegated(&key(1)));
	let (status, slot) = scene.buy(&receipt(&key(1), id(1), PRICE)).await;
	assert_eq!((status, &slot["password"]), (200, &PASSWORDS[0].into()));
	(scene, folder)
}

/// Refused so, and what comes next is as if it had never been asked.
async fn refused(scene: &Scene, receipt: &SignedReceipt, status: u16, problem: &str) -> Value {
	let (found, answer) = scene.buy(receipt).await;
	assert_eq!((found, name(&answer)), (status, problem));
	assert_eq!(answer["status"], status);
	answer
}

async fn sells_next(scene: &Scene) {
	let (status, slot) = scene.buy(&receipt(&key(1), id(1), 2 * PRICE)).await;
	assert_eq!((status, &slot["password"]), (200, &PASSWORDS[1].into()));
	assert_eq!(slot["counter"], 1);
	assert_eq!(slot["amount"], "20");
	assert_eq!(slot["slot_seconds"], 60);
}

#[tokio::test]
async fn malformed() {
	let (scene, _folder) = scene().await;
	let good = body("open", &receipt(&key(1), id(1), 2 * PRICE));
	let longer = good.replace("\",\"service", "00\",\"service");
	let extra = good.replace("{\"", "{\"more\":1,\"");
	for bad in [
		"",
		"{}",
		"[]",
		"{\"device\":1}",
		&good.replace("{\"", "{\"price\":10,\""),
		&good.replace("{\"", "{\"price\":\"ten\",\""),
		&good[1..],
		&longer,
		&extra,
	] {
		let (status, answer) = scene.post(bad, None).await;
		assert_eq!((status, name(&answer)), (400, "malformed"), "{bad}");
	}
	let (status, answer) = scene.get("/v1/channels/0x12").await;
	assert_eq!((status, name(&answer)), (400, "malformed"));
	sells_next(&scene).await;
}

#[tokio::test]
async fn too_large() {
	let (scene, _folder) = scene().await;
	let (status, answer) = scene.post(&" ".repeat(4097), None).await;
	assert_eq!((status, name(&answer)), (413, "too-large"));
	sells_next(&scene).await;
}

#[tokio::test]
async fn unknown_channel() {
	let (scene, _folder) = scene().await;
	refused(
		&scene,
		&receipt(&key(1), id(2), PRICE),
		404,
		"unknown-channel",
	)
	.await;
	// Opened in a block that is not final.
	scene.chain.0.lock().best.insert(id(3), delegated(&key(1)));
	refused(
		&scene,
		&receipt(&key(1), id(3), PRICE),
		404,
		"unknown-channel",
	)
	.await;
	sells_next(&scene).await;
}

#[tokio::test]
async fn foreign_payee() {
	let (scene, _folder) = scene().await;
	let mut other = delegated(&key(1));
	other.payee = depositor();
	scene.chain.open(id(2), other);
	refused(
		&scene,
		&receipt(&key(1), id(2), PRICE),
		422,
		"foreign-payee",
	)
	.await;
	sells_next(&scene).await;
}

#[tokio::test]
async fn unknown_service() {
	let (scene, _folder) = scene().await;
	let body = body("explode", &receipt(&key(1), id(1), 2 * PRICE));
	let (status, answer) = scene.post(&body, None).await;
	assert_eq!((status, name(&answer)), (404, "unknown-service"));
	sells_next(&scene).await;
}

#[tokio::test]
async fn bad_signature() {
	let (scene, _folder) = scene().await;
	scene.chain.open(id(2), delegated(&key(1)));
	let mut foreign_channel = receipt(&key(1), id(2), 2 * PRICE);
	foreign_channel.receipt.channel = id(1);
	let mut raised = receipt(&key(1), id(1), PRICE + 1);
	raised.receipt.amount = 2 * PRICE;
	let mut foreign_chain = receipt(&key(1), id(1), 2 * PRICE);
	let bytes = syngraph_primitives::Payload::signing_bytes(&foreign_chain.receipt, &H256::zero());
	foreign_chain.signature = sp_core::Pair::sign(&key(1), &bytes).into();
	let another_key = receipt(&key(9), id(1), 2 * PRICE);
	for forged in [foreign_channel, raised, foreign_chain, another_key] {
		refused(&scene, &forged, 422, "bad-signature").await;
	}
	sells_next(&scene).await;
}

#[tokio::test]
async fn bad_membership() {
	let (scene, _folder) = scene().await;
	let members = [client(&key(1)), client(&key(2)), client(&key(3))];
	let group = channel(Payer::Group(Group::new(&members).unwrap()));
	scene.chain.open(id(2), group);
	let with = |membership| signed(&key(2), id(2), PRICE, membership);
	let mut moved = Membership::new(&members, 1).unwrap();
	moved.index = 0;
	refused(&scene, &with(None), 422, "bad-membership").await;
	refused(&scene, &with(Some(moved)), 422, "bad-membership").await;
	// Out of place: the channel is no group's.
	let membership = Membership::new(&members, 0);
	let out_of_place = signed(&key(1), id(1), 2 * PRICE, membership);
	refused(&scene, &out_of_place, 422, "bad-membership").await;
	let other = with(Membership::new(&members, 2));
	refused(&scene, &other, 422, "bad-signature").await;
	let (status, _) = scene.buy(&with(Membership::new(&members, 1))).await;
	assert_eq!(status, 200);
}

#[tokio::test]
async fn stale_amount() {
	let (scene, _folder) = scene().await;
	for amount in [0, 1, PRICE] {
		let stale = receipt(&key(1), id(1), amount);
		let answer = refused(&scene, &stale, 409, "stale-amount").await;
		assert_eq!(answer["amount"], PRICE.to_string());
	}
	sells_next(&scene).await;
	// As much has been paid on the chain, by a receipt that somebody else redeemed.
	scene
		.chain
		.change(id(1), |channel| channel.paid = 5 * PRICE);
	scene.reach(11).await;
	let answer = refused(
		&scene,
		&receipt(&key(1), id(1), 3 * PRICE),
		409,
		"stale-amount",
	)
	.await;
	assert_eq!(answer["amount"], "50");
}

#[tokio::test]
async fn wrong_price() {
	let (scene, _folder) = scene().await;
	let answer = refused(&scene, &receipt(&key(1), id(1), 19), 422, "wrong-price").await;
	assert_eq!(
		(&answer["amount"], &answer["price"]),
		(&"10".into(), &"10".into())
	);
	// Less than the price now, or more than the receipt adds.
	for price in ["9", "11"] {
		let next = body("open", &receipt(&key(1), id(1), 2 * PRICE));
		let next = next.replace("{\"", &format!("{{\"price\":\"{price}\",\""));
		let (status, answer) = scene.post(&next, None).await;
		assert_eq!((status, name(&answer)), (422, "wrong-price"));
	}
	sells_next(&scene).await;
}

#[tokio::test]
async fn overdrawn() {
	let (scene, _folder) = scene().await;
	let over = receipt(&key(1), id(1), FUNDS + 1);
	let answer = refused(&scene, &over, 402, "overdrawn").await;
	assert_eq!(answer["deposit"], "1000");
	// Put in by a block that is not final.
	scene
		.chain
		.change(id(1), |channel| channel.funds = 2 * FUNDS);
	refused(&scene, &over, 402, "overdrawn").await;
	sells_next(&scene).await;
}

#[tokio::test]
async fn closing() {
	let (scene, _folder) = scene().await;
	scene.chain.change(id(1), |channel| channel.expires = 60);
	scene.server.watch().look().await.unwrap();
	// The request to close is not final, but it counts: the stricter state does.
	scene.chain.0.lock().heads.best = 11;
	scene.server.watch().look().await.unwrap();
	refused(&scene, &receipt(&key(1), id(1), 2 * PRICE), 409, "closing").await;
	let (_, channel) = scene.get(&format!("/v1/channels/{:?}", id(1))).await;
	assert_eq!(
		(&channel["closing"], &channel["accepts_until"]),
		(&60.into(), &40.into())
	);
}

#[tokio::test]
async fn expiring() {
	let (scene, _folder) = scene().await;
	scene.reach(EXPIRES - MARGIN).await;
	let next = receipt(&key(1), id(1), 2 * PRICE);
	let answer = refused(&scene, &next, 409, "expiring").await;
	assert_eq!(answer["accepts_until"], 80);
	// Put off in a final block.
	scene.chain.change(id(1), |channel| channel.expires = 200);
	scene.reach(EXPIRES).await;
	sells_next(&scene).await;
}

#[tokio::test]
async fn a_change_of_payer_is_an_expiry() {
	let (scene, _folder) = scene().await;
	let change = pallet_channels::PayerChange {
		payer: Payer::Delegated(client(&key(2))),
		from: 50,
	};
	scene
		.chain
		.change(id(1), |channel| channel.change = Some(change));
	scene.reach(29).await;
	sells_next(&scene).await;
	scene.reach(30).await;
	refused(&scene, &receipt(&key(1), id(1), 3 * PRICE), 409, "expiring").await;
	scene.reach(50).await;
	// What the former payer owed is not asked of this one.
	refused(
		&scene,
		&receipt(&key(1), id(1), PRICE),
		422,
		"bad-signature",
	)
	.await;
	let (status, _) = scene.buy(&receipt(&key(2), id(1), PRICE)).await;
	assert_eq!(status, 200);
}

#[tokio::test]
async fn quota_exceeded() {
	let folder = TempDir::new().unwrap();
	let scene = Scene::with(folder.path(), Fake::default(), 2).await;
	scene.chain.open(id(1), delegated(&key(1)));
	scene.chain.open(id(2), delegated(&key(1)));
	scene.chain.open(id(3), delegated(&key(2)));
	let first = receipt(&key(1), id(1), PRICE);
	assert_eq!(scene.buy(&first).await.0, 200);
	assert_eq!(scene.buy(&receipt(&key(1), id(2), PRICE)).await.0, 200);
	// Whatever the channel.
	refused(
		&scene,
		&receipt(&key(1), id(1), 2 * PRICE),
		429,
		"quota-exceeded",
	)
	.await;
	refused(
		&scene,
		&receipt(&key(1), id(2), 2 * PRICE),
		429,
		"quota-exceeded",
	)
	.await;
	// What was bought can be asked for again, and others are not concerned.
	assert_eq!(scene.buy(&first).await.0, 200);
	assert_eq!(scene.buy(&receipt(&key(2), id(3), PRICE)).await.0, 200);
}

#[tokio::test]
async fn unavailable() {
	let (scene, _folder) = scene().await;
	assert_eq!(scene.get("/healthz").await.0, 200);
	scene.chain.open(id(2), delegated(&key(1)));
	scene.chain.0.lock().is_away = true;
	refused(&scene, &receipt(&key(1), id(2), PRICE), 503, "unavailable").await;
	scene.chain.0.lock().is_away = false;
	sells_next(&scene).await;
	// The node was replaced by one that does not know the block in which the channel was seen.
	scene.reach(9).await;
	refused(
		&scene,
		&receipt(&key(1), id(1), 3 * PRICE),
		503,
		"unavailable",
	)
	.await;
}

#[tokio::test]
async fn a_chain_that_stands_still_is_not_believed() {
	let (scene, _folder) = scene().await;
	let watch = syngraph_access::Watch::new(scene.chain.clone(), std::time::Duration::ZERO);
	assert!(watch.heads().is_err());
	watch.look().await.unwrap();
	std::thread::sleep(std::time::Duration::from_millis(2));
	assert!(matches!(watch.heads(), Err(Problem::Unavailable(_))));
}

#[tokio::test]
async fn retry_after_and_problem_json() {
	let (scene, _folder) = scene().await;
	scene.chain.0.lock().is_away = true;
	let request = Request::get(format!("/v1/channels/{:?}", id(5)));
	let request = request.body(Body::empty()).unwrap();
	let response = tower::ServiceExt::oneshot(scene.app.clone(), request)
		.await
		.unwrap();
	assert_eq!(
		response.headers()["content-type"],
		"application/problem+json"
	);
	assert!(response.headers().contains_key("retry-after"));
	assert_eq!(scene.get("/nothing").await.0, 404);
	assert_eq!(scene.get("/v1/slots").await.0, 405);
}

#[tokio::test]
async fn the_same_receipt_gets_the_same_password() {
	let (scene, _folder) = scene().await;
	let next = receipt(&key(1), id(1), 2 * PRICE);
	let body = body("open", &next);
	let first = scene.post(&body, Some("mine")).await;
	assert_eq!(first.0, 200);
	assert_eq!(scene.post(&body, Some("mine")).await, first);
	// Whoever saw the receipt is told nothing.
	for key in [None, Some("other")] {
		let (status, answer) = scene.post(&body, key).await;
		assert_eq!((status, name(&answer)), (409, "stale-amount"));
	}
	// It bought a slot of one service only.
	let other = common::body("lock", &next);
	assert_eq!(
		name(&scene.post(&other, Some("mine")).await.1),
		"stale-amount"
	);
}

#[tokio::test]
async fn what_is_told_of_a_channel() {
	let (scene, _folder) = scene().await;
	let (status, info) = scene.get("/v1/info").await;
	assert_eq!(
		(status, info["services"].as_array().unwrap().len()),
		(200, 2)
	);
	assert_eq!(info["services"][0]["price"], "10");
	assert_eq!(info["genesis"], format!("{GENESIS:?}"));
	let (status, channel) = scene.get(&format!("/v1/channels/{:?}", id(1))).await;
	assert_eq!(status, 200);
	assert_eq!(channel["payer"], "delegated");
	assert_eq!(
		(&channel["deposit"], &channel["amount"]),
		(&"1000".into(), &"10".into())
	);
	assert_eq!(
		(&channel["expires"], &channel["closing"]),
		(&100.into(), &Value::Null)
	);
	assert_eq!(channel["accepts_until"], 80);
	assert!(channel["receipt"].as_str().unwrap().starts_with("0x"));
	scene.chain.open(id(2), delegated(&key(2)));
	let (_, fresh) = scene.get(&format!("/v1/channels/{:?}", id(2))).await;
	assert_eq!(
		(&fresh["amount"], &fresh["receipt"]),
		(&"0".into(), &Value::Null)
	);
}
