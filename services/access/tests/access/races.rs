//! Many at once, and who is told a password.

use std::collections::BTreeSet;

use axum::{body::Body, http::Request};
use futures::{future::join_all, FutureExt};
use syngraph_access::KEPT;
use syngraph_primitives::{Group, Membership, Payer};
use tempfile::TempDir;

use crate::common::*;

#[tokio::test(flavor = "multi_thread")]
async fn of_two_members_at_once_one_buys_and_the_other_goes_on_from_there() {
	let folder = TempDir::new().unwrap();
	let scene = Scene::new(folder.path()).await;
	let members = [client(&key(1)), client(&key(2))];
	let group = channel(Payer::Group(Group::new(&members).unwrap()));
	scene.chain.open(id(1), group);
	let of = |member: u8, amount| {
		let membership = Membership::new(&members, member.into());
		signed(&key(member + 1), id(1), amount, membership)
	};
	for round in 1..=20 {
		let (zero, one) = (
			of(0, round * 2 * PRICE - PRICE),
			of(1, round * 2 * PRICE - PRICE),
		);
		let answers = join_all([scene.buy(&zero), scene.buy(&one)]).await;
		let winner = answers
			.iter()
			.position(|(status, _)| *status == 200)
			.unwrap();
		let (_, problem) = &answers[1 - winner];
		assert_eq!(name(problem), "stale-amount");
		let amount = (round * 2 * PRICE - PRICE).to_string();
		assert_eq!(problem["amount"], amount);
		// The loser is shown the winner's receipt, and signs on top of it.
		let (_, channel) = scene.get(&format!("/v1/channels/{:?}", id(1))).await;
		assert_eq!(channel["amount"], amount);
		let loser = 1 - winner as u8;
		assert_eq!(scene.buy(&of(loser, round * 2 * PRICE)).await.0, 200);
	}
}

#[tokio::test]
async fn a_member_that_is_overtaken_is_told_its_password_again() {
	let folder = TempDir::new().unwrap();
	let scene = Scene::new(folder.path()).await;
	let members = [client(&key(1)), client(&key(2)), client(&key(3))];
	let group = channel(Payer::Group(Group::new(&members).unwrap()));
	scene.chain.open(id(1), group);
	let of = |member: u8, slots: u128| {
		let membership = Membership::new(&members, member.into());
		body(
			"open",
			&signed(&key(member + 1), id(1), slots * PRICE, membership),
		)
	};
	let bought = [of(0, 1), of(1, 2), of(2, 3)];
	let keys = ["zero", "one", "two"];
	let mut slots = Vec::new();
	for (body, key) in bought.iter().zip(keys) {
		slots.push(scene.post(body, Some(key)).await);
	}
	// However often, and in whatever order, they ask again.
	for member in [0, 2, 1, 0] {
		let again = scene.post(&bought[member], Some(keys[member])).await;
		assert_eq!((again.0, &again), (200, &slots[member]));
		// Others saw the receipt, but not the key.
		let (_, problem) = scene.post(&bought[member], Some("guess")).await;
		assert_eq!(name(&problem), "stale-amount");
	}
	let (_, channel) = scene.get(&format!("/v1/channels/{:?}", id(1))).await;
	assert_eq!(channel["amount"], (3 * PRICE).to_string());
	// A member's next purchase takes the place of its last.
	let (status, slot) = scene.post(&of(0, 4), Some("zero")).await;
	assert_eq!((status, slot["counter"].as_u64()), (200, Some(3)));
	let (_, problem) = scene.post(&bought[0], Some("zero")).await;
	assert_eq!(name(&problem), "stale-amount");
	assert_eq!(scene.post(&bought[1], Some("one")).await, slots[1]);
	// And everything ends some time after the channel.
	let ledger = scene.server.ledger();
	let page = || ledger.page(id(1), &members[1], 0).unwrap();
	let forget = |now| ledger.write(move |entries| entries.forget(id(1), now));
	forget(100).await.unwrap();
	assert!(page().purchase.is_some());
	forget(100 + KEPT).await.unwrap();
	assert_eq!(page().purchase, None);
}

/// Receipts are no secret: a password is told again to who shows what it showed with the purchase, and who
/// showed nothing, or what anyone would guess, buys nothing.
#[tokio::test]
async fn nothing_is_sold_without_a_key_that_nobody_guesses() {
	let folder = TempDir::new().unwrap();
	let scene = Scene::new(folder.path()).await;
	scene.chain.open(id(1), delegated(&key(1)));
	let first = receipt(&key(1), id(1), PRICE);
	let body = body("open", &first);
	let (short, long) = ("k".repeat(15), "k".repeat(129));
	for keys in [
		&[][..],
		&[""],
		&["1"],
		&[&*short],
		&[&*long],
		&["0123456789abcdef", "0123456789abcdef"],
	] {
		let request = keys
			.iter()
			.fold(Request::post("/v1/slots"), |request, key| {
				request.header("idempotency-key", *key)
			});
		let request = request.body(Body::from(body.clone())).unwrap();
		let (status, answer) = scene.ask(request).await;
		assert_eq!((status, name(&answer)), (400, "malformed"), "{keys:?}");
	}
	let (status, slot) = scene.buy(&first).await;
	assert_eq!((status, slot["counter"].as_u64()), (200, Some(0)));
}

#[tokio::test(flavor = "multi_thread")]
async fn every_password_is_sold_once() {
	let folder = TempDir::new().unwrap();
	let scene = Scene::new(folder.path()).await;
	let channels: Vec<_> = (1..=50).map(id).collect();
	for id in &channels {
		scene.chain.open(*id, delegated(&key(1)));
	}
	let receipts = channels.iter().map(|id| receipt(&key(1), *id, PRICE));
	// Each is asked for three times at once, as by an impatient client.
	let receipts: Vec<_> = receipts
		.flat_map(|receipt| [receipt.clone(), receipt.clone(), receipt])
		.collect();
	let answers = join_all(receipts.iter().map(|receipt| scene.buy(receipt))).await;
	let counters: Vec<_> = answers
		.iter()
		.map(|(_, slot)| slot["counter"].as_u64().unwrap())
		.collect();
	assert!(counters
		.chunks(3)
		.all(|same| same[0] == same[1] && same[1] == same[2]));
	let distinct: BTreeSet<_> = counters.into_iter().collect();
	assert_eq!(distinct, (0..50).collect());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flood_of_forgeries_changes_nothing_and_does_not_stop_others() {
	let folder = TempDir::new().unwrap();
	let scene = Scene::new(folder.path()).await;
	scene.chain.open(id(1), delegated(&key(1)));
	let forged = receipt(&key(9), id(1), PRICE);
	let flood = join_all((0..5000).map(|_| scene.buy(&forged)));
	let good = receipt(&key(1), id(1), PRICE);
	let honest = async {
		loop {
			let (status, slot) = scene.buy(&good).await;
			// Told to come back: there is a queue, and it has an end.
			if status != 503 {
				return (status, slot);
			}
			tokio::task::yield_now().await;
		}
	};
	let (flood, (status, slot)) = futures::join!(flood, honest);
	assert_eq!((status, slot["counter"].as_u64()), (200, Some(0)));
	let problems: BTreeSet<_> = flood.iter().map(|(_, problem)| name(problem)).collect();
	assert!(problems.contains("bad-signature") || problems.contains("stale-amount"));
	let expected = BTreeSet::from(["bad-signature", "stale-amount", "unavailable"]);
	assert!(problems.is_subset(&expected), "{problems:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flood_of_unknown_channels_is_turned_away() {
	let folder = TempDir::new().unwrap();
	let scene = Scene::new(folder.path()).await;
	scene.chain.open(id(1), delegated(&key(1)));
	let receipts: Vec<_> = (2..3000)
		.map(|number| receipt(&key(1), id(number), PRICE))
		.collect();
	let answers = join_all(receipts.iter().map(|receipt| scene.buy(receipt))).await;
	assert!(answers
		.iter()
		.all(|(status, _)| [404, 503].contains(status)));
	assert_eq!(scene.buy(&receipt(&key(1), id(1), PRICE)).await.0, 200);
}

#[tokio::test]
async fn who_asks_for_channels_and_goes_away_while_the_node_hangs_keeps_nobody_out() {
	let folder = TempDir::new().unwrap();
	let scene = Scene::new(folder.path()).await;
	scene.chain.open(id(1), delegated(&key(1)));
	let watch = scene.server.watch();
	let gates = scene.chain.1.clone();
	let hanging = gates.public.write().await;
	let mut first = Box::pin(watch.channel(id(1)));
	assert!(first.as_mut().now_or_never().is_none());
	// More than may wait at a time.
	for number in 2..=10_000 {
		let asked = watch.channel(id(number)).now_or_never();
		assert!(asked.is_none(), "{asked:?}");
	}
	// That one has gone away as well.
	drop(first);
	drop(hanging);
	let seen = watch.channel(id(1)).await.unwrap();
	assert_eq!(seen.best, Some(delegated(&key(1))));
}
