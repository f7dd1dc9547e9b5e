use super::*;
use sp_core::H256;

const CHAIN: GenesisHash = H256::repeat_byte(7);

fn open(folder: &Path) -> Store {
	Store::open(folder, CHAIN).expect("the folder is there")
}

fn get(store: &Store, key: &[u8]) -> Option<Vec<u8>> {
	OffchainStorage::get(store, b"p/", key)
}

fn set(store: &Store, key: &[u8], value: &[u8]) {
	store.clone().set(b"p/", key, value)
}

#[tokio::test]
async fn what_was_written_is_there_at_once_and_after_a_restart() {
	let folder = tempfile::tempdir().unwrap();
	let store = open(folder.path());
	set(&store, b"one", b"1");
	set(&store, b"two", b"2");
	assert_eq!(get(&store, b"one"), Some(b"1".to_vec()));
	store.durable().await.unwrap();
	store.clone().remove(b"p/", b"two");
	assert_eq!(get(&store, b"two"), None);
	drop(store);
	let store = open(folder.path());
	assert_eq!(get(&store, b"one"), Some(b"1".to_vec()));
	assert_eq!(get(&store, b"two"), None);
}

#[tokio::test]
async fn a_value_is_replaced_only_if_it_is_the_one_expected() {
	let folder = tempfile::tempdir().unwrap();
	let mut store = open(folder.path());
	let mut replace = |old: Option<&[u8]>, new: &[u8]| store.compare_and_set(b"p/", b"k", old, new);
	assert!(!replace(Some(b"x"), b"1"));
	assert!(replace(None, b"1"));
	assert!(!replace(None, b"2"));
	drop(store);
	// What is on disk counts like what waits.
	let mut store = open(folder.path());
	assert!(!store.compare_and_set(b"p/", b"k", None, b"2"));
	assert!(store.compare_and_set(b"p/", b"k", Some(b"1"), b"2"));
	assert_eq!(get(&store, b"k"), Some(b"2".to_vec()));
}

#[tokio::test]
async fn once_the_disk_has_failed_nothing_is_overwritten_any_more() {
	let folder = tempfile::tempdir().unwrap();
	let store = open(folder.path());
	set(&store, b"one", b"1");
	store.durable().await.unwrap();
	let error = std::io::Error::other("no space left");
	store.0.shared.fail(&redb::Error::Io(error));
	store.failed().await;
	// Whoever could not read it took it for lost.
	set(&store, b"one", b"2");
	let replaced = store
		.clone()
		.compare_and_set(b"p/", b"one", Some(b"1"), b"2");
	assert!(!replaced);
	assert_eq!(store.durable().await, Err(Broken));
	drop(store);
	assert_eq!(get(&open(folder.path()), b"one"), Some(b"1".to_vec()));
}

#[tokio::test(flavor = "multi_thread")]
async fn many_threads_write_and_read_what_they_wrote() {
	let folder = tempfile::tempdir().unwrap();
	let store = open(folder.path());
	let work = (0..8u8).map(|thread| {
		let store = store.clone();
		tokio::spawn(async move {
			for round in 0..200u8 {
				let key = [thread, round % 16];
				set(&store, &key, &[round]);
				assert_eq!(get(&store, &key), Some(vec![round]));
				if round % 50 == 0 {
					store.durable().await.unwrap();
				}
			}
		})
	});
	for done in futures::future::join_all(work).await {
		done.unwrap();
	}
	drop(store);
	let store = open(folder.path());
	for thread in 0..8u8 {
		for place in 0..16u8 {
			let last = (0..200u8).rev().find(|round| round % 16 == place).unwrap();
			assert_eq!(get(&store, &[thread, place]), Some(vec![last]));
		}
	}
}

#[test]
fn the_worker_reads_what_blocks_wrote_and_writes_elsewhere() {
	use sp_core::offchain::testing::TestPersistentOffchainDB;
	let folder = tempfile::tempdir().unwrap();
	let mut indexed = TestPersistentOffchainDB::new();
	OffchainStorage::set(&mut indexed, b"p/", b"shown", b"1");
	let own = open(folder.path());
	let mut worker = WorkerStorage {
		own: own.clone(),
		indexed: indexed.clone(),
	};
	assert_eq!(worker.get(b"p/", b"shown"), Some(b"1".to_vec()));
	assert_eq!(worker.get(b"p/", b"nothing"), None);
	assert!(worker.compare_and_set(b"p/", b"shown", None, b"2"));
	worker.set(b"p/", b"own", b"3");
	assert_eq!(worker.get(b"p/", b"shown"), Some(b"2".to_vec()));
	assert_eq!(get(&own, b"own"), Some(b"3".to_vec()));
	worker.remove(b"p/", b"shown");
	assert_eq!(worker.get(b"p/", b"shown"), Some(b"1".to_vec()));
	assert_eq!(OffchainStorage::get(&indexed, b"p/", b"own"), None);
}

#[test]
fn one_of_another_chain_is_refused() {
	let folder = tempfile::tempdir().unwrap();
	drop(open(folder.path()));
	let other = Store::open(folder.path(), H256::repeat_byte(8));
	let error = other.err().unwrap();
	assert!(matches!(error, OpenError::OtherChain));
	let error = error.to_string();
	for told in [FILE, "another chain", "move it out of the folder"] {
		assert!(error.contains(told), "{error}");
	}
	// And one that is in use.
	let _store = open(folder.path());
	let again = Store::open(folder.path(), CHAIN);
	assert!(matches!(again, Err(OpenError::Database(_))));
}

#[test]
fn one_of_another_version_is_refused_by_name() {
	let folder = tempfile::tempdir().unwrap();
	drop(open(folder.path()));
	let database = Database::create(folder.path().join(FILE)).unwrap();
	let transaction = database.begin_write().unwrap();
	let identity = (VERSION + 1, "whatever comes then").encode();
	let mut about = transaction.open_table(ABOUT).unwrap();
	about.insert("identity", &identity[..]).unwrap();
	drop(about);
	transaction.commit().unwrap();
	drop(database);
	let error = Store::open(folder.path(), CHAIN).err().unwrap().to_string();
	for told in [FILE, "version 2", "needs 1", "start the node that wrote it"] {
		assert!(error.contains(told), "{error}");
	}
}

/// The environment variable that makes a test the process that is killed.
const VICTIM: &str = "SYNGRAPH_STORE_VICTIM";

/// Writes to the folder named by the variable, and says of each value when it is on disk, until it is killed.
fn be_killed(folder: &str) {
	use std::io::Write;
	let store = open(Path::new(folder));
	let mut out = std::io::stderr().lock();
	for number in 0u64.. {
		set(&store, &number.to_be_bytes(), &[number as u8; 200]);
		if number % 3 == 0 {
			futures::executor::block_on(store.durable()).unwrap();
			writeln!(out, "durable {number}").unwrap();
		}
	}
}

#[test]
fn what_was_said_to_be_on_disk_survives_a_kill() {
	use std::io::{BufRead, BufReader};
	if let Ok(folder) = std::env::var(VICTIM) {
		return be_killed(&folder);
	}
	let folder = tempfile::tempdir().unwrap();
	let name = "store::tests::what_was_said_to_be_on_disk_survives_a_kill";
	for round in 0..10 {
		let mut child = std::process::Command::new(std::env::current_exe().unwrap())
			.args([name, "--exact", "--nocapture"])
			.env(VICTIM, folder.path())
			.stdout(std::process::Stdio::null())
			.stderr(std::process::Stdio::piped())
			.spawn()
			.unwrap();
		let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
		let said = lines
			.by_ref()
			.map_while(Result::ok)
			.filter_map(|line| line.strip_prefix("durable ")?.parse::<u64>().ok())
			.nth(5 + 3 * round)
			.expect("it writes until it is killed");
		child.kill().unwrap();
		child.wait().unwrap();
		let store = open(folder.path());
		for number in 0..=said {
			let found = get(&store, &number.to_be_bytes());
			assert_eq!(found, Some(vec![number as u8; 200]), "round {round}");
		}
	}
}

#[test]
fn what_came_in_is_told_to_whoever_asks_for_it() {
	use syngraph_worker::{News, NEWS_KEY};
	let folder = tempfile::tempdir().unwrap();
	let store = open(folder.path());
	let since = |moment: u64| -> News {
		let key = [NEWS_KEY, &moment.to_le_bytes()].concat();
		let answer = store.news(&key).expect("it is asked for");
		News::decode_all(&mut &answer[..]).unwrap()
	};
	let before = since(0);
	assert_eq!(before.arrivals, Some(vec![]));
	set(&store, &(b"syngraph/tail/", 7u64).encode(), b"1");
	set(&store, &(b"syngraph/head/", 7u64).encode(), b"1");
	let publication = Arrival::Publication {
		agreement: CHAIN,
		author: [1; 32],
		is_own: false,
	};
	store.note(publication);
	let arrivals = since(before.moment).arrivals;
	assert_eq!(arrivals, Some(vec![Arrival::Messages(7), publication]));
	assert_eq!(store.news(b"syngraph/head/"), None);
}
