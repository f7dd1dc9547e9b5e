//! The server dies at every step of a sale.

use std::{
	collections::HashMap,
	env, fs,
	io::{self, BufRead, BufReader},
	process::{Command, Stdio},
	sync::{
		atomic::{AtomicBool, Ordering},
		Arc,
	},
	time::Duration,
};

use codec::{DecodeAll, Encode};
use redb::{backends::InMemoryBackend, StorageBackend};
use syngraph_access::{Ledger, Metrics, SignedReceipt};
use tempfile::TempDir;

use crate::common::*;

/// A disk that stops working when it is told to.
#[derive(Debug)]
struct Disk {
	memory: InMemoryBackend,
	fails: Arc<AtomicBool>,
}

impl Disk {
	fn work(&self) -> io::Result<()> {
		match self.fails.load(Ordering::SeqCst) {
			true => Err(io::Error::other("the disk has failed")),
			false => Ok(()),
		}
	}
}

impl StorageBackend for Disk {
	fn len(&self) -> io::Result<u64> {
		self.memory.len()
	}

	fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
		self.memory.read(offset, out)
	}

	fn set_len(&self, len: u64) -> io::Result<()> {
		self.memory.set_len(len)
	}

	fn sync_data(&self) -> io::Result<()> {
		self.work()?;
		self.memory.sync_data()
	}

	fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
		self.memory.write(offset, data)
	}
}

#[tokio::test]
async fn nothing_is_told_that_is_not_on_disk() {
	let fails = Arc::new(AtomicBool::new(false));
	let disk = Disk {
		memory: InMemoryBackend::new(),
		fails: fails.clone(),
	};
	let metrics = Arc::new(Metrics::new().unwrap());
	let ledger = Ledger::open_on(disk, &identity(), metrics.clone()).unwrap();
	let scene = Scene::on(ledger.clone(), Fake::default(), 100, metrics).await;
	scene.chain.open(id(1), delegated(&key(1)));
	assert_eq!(scene.buy(&receipt(&key(1), id(1), PRICE)).await.0, 200);
	fails.store(true, Ordering::SeqCst);
	for _ in 0..2 {
		let (status, answer) = scene.buy(&receipt(&key(1), id(1), 2 * PRICE)).await;
		assert_eq!((status, name(&answer)), (503, "unavailable"));
	}
	assert_eq!(scene.get("/healthz").await.0, 503);
	tokio::time::timeout(Duration::from_secs(5), ledger.failed())
		.await
		.unwrap();
}

/// How many channels the process that is killed sells slots of at the same time.
const CHANNELS: u64 = 4;
/// Tells this test, run as a process of its own, where its ledger is.
const FOLDER: &str = "ACCESS_CRASH_FOLDER";

/// Not a test by itself: sells slots until it is killed, and says each password that it hands out.
#[test]
fn sells_until_it_is_killed() {
	let Ok(folder) = env::var(FOLDER) else {
		return;
	};
	let runtime = tokio::runtime::Runtime::new().unwrap();
	runtime.block_on(async {
		let scene = Scene::with(folder.as_ref(), chain(), u32::MAX).await;
		let clients = (1..=CHANNELS).map(|number| client_of(&scene, number, &folder));
		futures::future::join_all(clients).await;
	});
}

fn chain() -> Fake {
	let chain = Fake::default();
	for number in 1..=CHANNELS {
		let mut channel = delegated(&key(1));
		channel.funds = u128::MAX;
		chain.open(id(number), channel);
	}
	chain
}

/// A client that keeps its receipt on disk before it sends it, as it must, and resumes with it.
async fn client_of(scene: &Scene, number: u64, folder: &str) {
	let file = format!("{folder}/client-{number}");
	let mut next = match fs::read(&file) {
		Ok(kept) => SignedReceipt::decode_all(&mut &kept[..]).unwrap(),
		Err(_) => receipt(&key(1), id(number), PRICE),
	};
	loop {
		fs::write(format!("{file}.new"), next.encode()).unwrap();
		fs::rename(format!("{file}.new"), &file).unwrap();
		let (status, slot) = scene.buy(&next).await;
		assert_eq!(status, 200, "{slot}");
		println!("sold {number} {} {}", next.receipt.amount, slot["counter"]);
		next = receipt(&key(1), id(number), next.receipt.amount + PRICE);
	}
}

/// Which amount of which channel got which password.
type Sold = HashMap<(String, String), String>;

/// Runs the process until some time after it has sold so many slots, and notes what it sold.
fn run_and_kill(folder: &TempDir, slots: usize, later: Duration, sold: &mut Sold) {
	let mut process = Command::new(env::current_exe().unwrap())
		.args(["--exact", "crash::sells_until_it_is_killed", "--nocapture"])
		.env(FOLDER, folder.path())
		.stdout(Stdio::piped())
		.spawn()
		.unwrap();
	let lines = BufReader::new(process.stdout.take().unwrap()).lines();
	let mut seen = 0;
	for line in lines.map_while(Result::ok) {
		let words: Vec<_> = line.split(' ').map(str::to_string).collect();
		// The test's own output may be on the same line, before.
		let Some([_, channel, amount, counter]) = words.last_chunk() else {
			continue;
		};
		if !line.contains("sold ") {
			continue;
		}
		let known = sold.insert((channel.clone(), amount.clone()), counter.clone());
		let is_same = known.is_none_or(|known| known == *counter);
		assert!(is_same, "the same receipt, the same password");
		seen += 1;
		if seen == slots {
			std::thread::sleep(later);
			process.kill().unwrap();
		}
	}
	process.wait().unwrap();
	assert!(seen >= slots, "it goes on after every crash");
}

#[test]
fn killed_at_any_moment_it_goes_on_as_if_nothing_had_happened() {
	const ROUNDS: u64 = 12;
	let folder = TempDir::new().unwrap();
	let mut sold = Sold::new();
	for round in 0..ROUNDS {
		let later = Duration::from_micros(round * 700);
		run_and_kill(&folder, 5 + round as usize * 3, later, &mut sold);
	}
	let mut counters: Vec<u64> = sold
		.values()
		.map(|counter| counter.parse().unwrap())
		.collect();
	counters.sort_unstable();
	let all = counters.len();
	counters.dedup();
	assert_eq!(counters.len(), all, "no password is sold twice");
	// Some were told to a client that was killed before it could say so, each at most once.
	let untold = counters.last().unwrap() + 1 - all as u64;
	assert!(untold <= ROUNDS * CHANNELS, "{untold}");
}
