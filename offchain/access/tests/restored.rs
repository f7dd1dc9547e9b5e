//! A ledger that was restored from a backup: what it lacks is all that its owner can lose, and its clients
//! lose nothing.

mod common;

use std::{fs, path::Path};

use common::*;
use syngraph_access::{desk::MOST_LEFT_OUT, Balance, Ledger, Metrics, Receipt};
use tempfile::TempDir;

/// Sells slots up to `last`, with a backup of the ledger at `backup`; then restores it.
async fn restored(backup: Balance, last: Balance) -> (Scene, Vec<Receipt>, TempDir) {
	let (folder, copy) = (TempDir::new().unwrap(), TempDir::new().unwrap());
	let chain = Fake::default();
	chain.open(id(1), delegated(&key(1)));
	let mut receipts = Vec::new();
	for (from, to, folder) in [(1, backup, folder.path()), (backup + 1, last, copy.path())] {
		let scene = open(folder, &chain).await;
		for number in from..=to {
			receipts.push(receipt(&key(1), id(1), number * PRICE));
			let (status, slot) = scene.buy(receipts.last().unwrap()).await;
			assert_eq!(
				(status, slot["counter"].as_u64()),
				(200, Some(number as u64 - 1))
			);
		}
		drop(scene);
		// Its writer takes a moment to close it.
		fs::File::open(path(folder)).unwrap().lock().unwrap();
		fs::copy(path(folder), path(copy.path())).ok();
	}
	(open(folder.path(), &chain).await, receipts, folder)
}

/// Opens the ledger in a folder as soon as its writer, if there was one, has closed it.
async fn open(folder: &Path, chain: &Fake) -> Scene {
	loop {
		let metrics = std::sync::Arc::new(Metrics::new().unwrap());
		if let Ok(ledger) = Ledger::open(folder, &identity(), metrics.clone()) {
			return Scene::on(ledger, chain.clone(), 1000, metrics).await;
		}
		tokio::time::sleep(std::time::Duration::from_millis(1)).await;
	}
}

fn path(folder: &Path) -> std::path::PathBuf {
	folder.join("access.redb")
}

#[tokio::test]
async fn a_client_that_shows_its_last_receipt_goes_on_without_a_loss() {
	let (scene, receipts, _folder) = restored(3, 8).await;
	// It sees that the server is behind, and shows what it has.
	let (_, channel) = scene.get(&format!("/v1/channels/{:?}", id(1))).await;
	assert_eq!(channel["amount"], "30");
	let (status, slot) = scene.buy(&receipts[7]).await;
	assert_eq!((status, slot["counter"].as_u64()), (200, Some(7)));
	// The next slot costs one price, and its password was never told before.
	let (status, slot) = scene.buy(&receipt(&key(1), id(1), 9 * PRICE)).await;
	assert_eq!((status, slot["counter"].as_u64()), (200, Some(8)));
}

#[tokio::test]
async fn who_pays_at_once_gets_its_slot_as_well() {
	let (scene, ..) = restored(3, 8).await;
	let (status, slot) = scene.buy(&receipt(&key(1), id(1), 9 * PRICE)).await;
	assert_eq!((status, slot["counter"].as_u64()), (200, Some(8)));
	let (status, slot) = scene.buy(&receipt(&key(1), id(1), 10 * PRICE)).await;
	assert_eq!((status, slot["counter"].as_u64()), (200, Some(9)));
}

#[tokio::test]
async fn the_owner_loses_at_most_the_slots_that_are_lacking() {
	let (scene, receipts, _folder) = restored(3, 8).await;
	// A client that is not honest buys again, with the receipts it has, what the server forgot.
	for receipt in &receipts[3..] {
		assert_eq!(scene.buy(receipt).await.0, 200);
	}
	for receipt in &receipts {
		let (_, answer) = scene.buy(receipt).await;
		assert!(name(&answer) == "stale-amount" || *receipt == receipts[7]);
	}
}

#[tokio::test]
async fn what_was_paid_on_the_chain_is_not_forgotten() {
	let (scene, receipts, _folder) = restored(3, 8).await;
	scene
		.chain
		.change(id(1), |channel| channel.paid = 8 * PRICE);
	scene.reach(11).await;
	for receipt in &receipts {
		let (status, answer) = scene.buy(receipt).await;
		match status {
			// The one that the server remembers, whose password it tells again.
			200 => assert_eq!(answer["counter"], 2),
			_ => assert_eq!(answer["amount"], "80"),
		}
	}
	let (status, slot) = scene.buy(&receipt(&key(1), id(1), 9 * PRICE)).await;
	assert_eq!((status, slot["counter"].as_u64()), (200, Some(8)));
}

#[tokio::test]
async fn no_receipt_puts_a_device_out_of_reach() {
	let folder = TempDir::new().unwrap();
	let scene = Scene::new(folder.path()).await;
	let mut channel = delegated(&key(1));
	channel.funds = Balance::MAX;
	scene.chain.open(id(1), channel);
	let (status, slot) = scene.buy(&receipt(&key(1), id(1), Balance::MAX)).await;
	assert_eq!(
		(status, slot["counter"].as_u64()),
		(200, Some(MOST_LEFT_OUT))
	);
}

#[tokio::test]
async fn the_operator_leaves_passwords_out() {
	let (scene, ..) = restored(3, 8).await;
	let skip = scene
		.server
		.ledger()
		.write(|books| books.skip("door", "open", 5));
	assert_eq!(skip.await, Ok(8));
	let (status, slot) = scene.buy(&receipt(&key(1), id(1), 4 * PRICE)).await;
	assert_eq!((status, slot["counter"].as_u64()), (200, Some(8)));
}

#[tokio::test]
async fn a_ledger_belongs_to_one_chain_and_payee() {
	let folder = TempDir::new().unwrap();
	let metrics = || std::sync::Arc::new(Metrics::new().unwrap());
	let mut other = identity();
	other.payee = depositor();
	drop(Ledger::open(folder.path(), &other, metrics()).unwrap());
	let error = loop {
		let opened = Ledger::open(folder.path(), &identity(), metrics());
		let error = format!("{:#}", opened.err().unwrap());
		if !error.contains("cannot open") {
			break error;
		}
	};
	assert_eq!(
		error,
		"this ledger belongs to another chain or another payee"
	);
}
