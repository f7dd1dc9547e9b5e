//! A ledger that was restored from a backup: what it lacks is all that its owner can lose, and its clients
//! lose nothing.

use std::{convert::Infallible, fs, path::Path};

use syngraph_access::{decision::MOST_LEFT_OUT, Balance, Ledger, Metrics, SignedReceipt};
use syngraph_device::{Config, CounterStore, Secret, State, Verifier};
use tempfile::TempDir;

use crate::common::*;

/// Sells slots up to `last`, with a backup of the ledger at `backup`; then restores it.
async fn restored(backup: Balance, last: Balance) -> (Scene, Vec<SignedReceipt>, TempDir) {
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
		if let Ok(ledger) = ledger(folder, &metrics) {
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
	let (status, slot) = buy(&scene, &receipts[7]).await;
	assert_eq!((status, slot["counter"].as_u64()), (200, Some(7)));
	// The next slot costs one price, and its password was never told before.
	let (status, slot) = scene.buy(&receipt(&key(1), id(1), 9 * PRICE)).await;
	assert_eq!((status, slot["counter"].as_u64()), (200, Some(8)));
}

#[tokio::test]
async fn who_pays_at_once_gets_its_slot_as_well() {
	let (scene, ..) = restored(3, 8).await;
	let (status, slot) = buy(&scene, &receipt(&key(1), id(1), 9 * PRICE)).await;
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

/// Receipts that are never shown leave out what was paid for and no more, and the device does not mind.
#[tokio::test]
async fn no_receipts_put_a_device_out_of_reach() {
	let folder = TempDir::new().unwrap();
	let scene = Scene::new(folder.path()).await;
	let mut channel = delegated(&key(1));
	channel.funds = Balance::MAX;
	scene.chain.open(id(1), channel);
	let mut device = device();
	let mut next = 0;
	for number in 1..=4 {
		let amount = number * 1_000_000 * PRICE;
		let (status, slot) = buy(&scene, &receipt(&key(1), id(1), amount)).await;
		next += MOST_LEFT_OUT;
		assert_eq!((status, slot["counter"].as_u64()), (200, Some(next)));
		next += 1;
	}
	let amount = 4_000_000 * PRICE + PRICE;
	let (_, slot) = buy(&scene, &receipt(&key(1), id(1), amount)).await;
	let (counter, password) = (slot["counter"].as_u64(), slot["password"].as_str());
	assert_eq!(device.check(counter.unwrap(), password.unwrap(), 0), Ok(()));
	assert_eq!(counter, Some(next));
}

/// Ten passwords that nobody shows, or three hundred, are nothing to whoever comes next.
#[tokio::test]
async fn unused_passwords_do_not_keep_a_device_from_others() {
	let folder = TempDir::new().unwrap();
	let scene = Scene::with(folder.path(), Fake::default(), u32::MAX).await;
	for (number, funds) in [(1, 1_000 * PRICE), (2, 2 * PRICE)] {
		let mut channel = delegated(&key(number as u8));
		channel.funds = funds;
		scene.chain.open(id(number), channel);
	}
	let mut device = device();
	let mut amount = 0;
	for (unused, turn) in [(10, 1), (300, 2)] {
		for _ in 0..unused {
			amount += PRICE;
			assert_eq!(scene.buy(&receipt(&key(1), id(1), amount)).await.0, 200);
		}
		let (_, slot) = scene.buy(&receipt(&key(2), id(2), turn * PRICE)).await;
		let (counter, password) = (slot["counter"].as_u64(), slot["password"].as_str());
		assert_eq!(device.check(counter.unwrap(), password.unwrap(), 0), Ok(()));
	}
}

/// Who does not say what it takes for the price cannot be known to be ahead: it is told where the server is, and
/// no password is lost.
#[tokio::test]
async fn who_adds_too_much_without_a_price_loses_no_passwords() {
	let folder = TempDir::new().unwrap();
	let scene = Scene::new(folder.path()).await;
	scene.chain.open(id(1), delegated(&key(1)));
	assert_eq!(scene.buy(&receipt(&key(1), id(1), PRICE)).await.0, 200);
	let (status, problem) = scene.buy(&receipt(&key(1), id(1), 13 * PRICE)).await;
	assert_eq!((status, name(&problem)), (422, "wrong-price"));
	assert_eq!(
		(&problem["amount"], &problem["price"]),
		(&"10".into(), &"10".into())
	);
	let (status, slot) = scene.buy(&receipt(&key(1), id(1), 2 * PRICE)).await;
	assert_eq!((status, slot["counter"].as_u64()), (200, Some(1)));
}

/// A client that says what it takes for the price, as ours does.
async fn buy(scene: &Scene, receipt: &SignedReceipt) -> (u16, serde_json::Value) {
	scene.post(&priced("open", receipt, PRICE), None).await
}

/// The door, as far as passwords go.
fn device() -> Verifier<Memory> {
	let secret = Secret::new(SECRET).unwrap();
	Verifier::open(secret, Config::default(), Memory::default(), 0).unwrap()
}

#[derive(Default)]
struct Memory(State);

impl CounterStore for Memory {
	type Error = Infallible;

	fn load(&mut self) -> Result<State, Infallible> {
		Ok(self.0)
	}

	fn store(&mut self, state: &State) -> Result<(), Infallible> {
		self.0 = *state;
		Ok(())
	}
}

#[tokio::test]
async fn the_operator_leaves_passwords_out() {
	let (scene, ..) = restored(3, 8).await;
	let skip = scene
		.server
		.ledger()
		.write(|entries| entries.skip("door", "open", 5));
	assert_eq!(skip.await, Ok(8));
	let (status, slot) = scene.buy(&receipt(&key(1), id(1), 4 * PRICE)).await;
	assert_eq!((status, slot["counter"].as_u64()), (200, Some(8)));
}

#[tokio::test]
async fn more_passwords_than_there_are_cannot_be_left_out() {
	let (scene, ..) = restored(3, 8).await;
	let ledger = scene.server.ledger();
	let skip = ledger.write(|entries| entries.skip("door", "open", u64::MAX));
	assert!(skip.await.is_err());
}

/// Passwords that were sold would be sold again.
#[tokio::test]
async fn a_ledger_that_is_gone_is_not_begun_anew() {
	let folder = TempDir::new().unwrap();
	let metrics = || std::sync::Arc::new(Metrics::new().unwrap());
	let open = |folder: &Path| Ledger::open(folder, &identity(), metrics());
	let complaint = |error: anyhow::Error| format!("{error:#}");
	for gone in [folder.path().to_path_buf(), folder.path().join("nothing")] {
		let error = complaint(open(&gone).err().unwrap());
		assert!(error.contains("syngraph-access init"), "{error}");
		assert!(!path(&gone).exists());
	}
	fs::write(path(folder.path()), "").unwrap();
	assert!(open(folder.path()).is_err());
	assert_eq!(fs::read(path(folder.path())).unwrap(), b"");
	fs::remove_file(path(folder.path())).unwrap();
	let ledger = Ledger::create(folder.path(), &identity(), metrics()).unwrap();
	let error = complaint(open(folder.path()).err().unwrap());
	assert!(error.contains("another server runs on it"), "{error}");
	let again = Ledger::create(folder.path(), &identity(), metrics());
	assert!(complaint(again.err().unwrap()).contains("exists already"));
	// It is the same one whenever it is opened.
	let instance = ledger.instance();
	drop(ledger);
	fs::File::open(path(folder.path())).unwrap().lock().unwrap();
	assert_eq!(open(folder.path()).unwrap().instance(), instance);
	let other = TempDir::new().unwrap();
	let other = Ledger::create(other.path(), &identity(), metrics()).unwrap();
	assert_ne!(other.instance(), instance);
}

/// Somebody else sells for the same payee, or the ledger is older than it should be.
#[tokio::test]
async fn what_the_chain_paid_and_nobody_sold_here_is_noticed() {
	let folder = TempDir::new().unwrap();
	let scene = Scene::new(folder.path()).await;
	scene.chain.open(id(1), delegated(&key(1)));
	assert_eq!(scene.buy(&receipt(&key(1), id(1), PRICE)).await.0, 200);
	// What was accepted here, redeemed by anyone, is nothing unknown.
	scene.chain.change(id(1), |channel| channel.paid = PRICE);
	scene.reach(11).await;
	assert_eq!(scene.buy(&receipt(&key(1), id(1), 2 * PRICE)).await.0, 200);
	assert_eq!(scene.get("/healthz").await.1, "ok\n");
	scene
		.chain
		.change(id(1), |channel| channel.paid = 7 * PRICE);
	scene.reach(12).await;
	assert_eq!(scene.buy(&receipt(&key(1), id(1), 8 * PRICE)).await.0, 200);
	let (_, health) = scene.get("/healthz").await;
	let health = health.as_str().unwrap();
	assert!(
		health.contains("warning:") && health.contains("has paid 50"),
		"{health}"
	);
	let (_, metrics) = scene.get("/metrics").await;
	let metrics = metrics.as_str().unwrap();
	assert!(
		metrics.contains("access_unknown_receipts_total 1"),
		"{metrics}"
	);
	let (_, info) = scene.get("/v1/info").await;
	let instance = info["instance"].as_str().unwrap();
	assert_eq!(instance, format!("{:?}", scene.server.ledger().instance()));
	assert!(
		metrics.contains(&format!("instance=\"{instance}\"")),
		"{metrics}"
	);
}

#[tokio::test]
async fn a_ledger_belongs_to_one_chain_and_payee() {
	let folder = TempDir::new().unwrap();
	let metrics = || std::sync::Arc::new(Metrics::new().unwrap());
	let mut other = identity();
	other.payee = depositor();
	drop(Ledger::create(folder.path(), &other, metrics()).unwrap());
	let error = loop {
		let opened = Ledger::open(folder.path(), &identity(), metrics());
		let error = format!("{:#}", opened.err().unwrap());
		if !error.contains("in use") {
			break error;
		}
	};
	let complaint = "access.redb: this ledger belongs to another chain or another payee";
	assert!(error.ends_with(complaint), "{error}");
}
