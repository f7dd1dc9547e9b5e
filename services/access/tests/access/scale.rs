//! A server with very many channels, and with anybody asking for others all the time.
//!
//! It takes minutes; `CROWD` says how many channels there are:
//! `CROWD=100000 scripts/beside.sh cargo test --workspace --test access -- --ignored --test-threads 1 scale`
//! keeps as many of a pretended chain, then of a development chain, which takes a quarter of an hour more.

use std::{
	env,
	fs::{self, Permissions},
	io::{Read, Write},
	net::{SocketAddr, TcpListener, TcpStream},
	os::unix::fs::PermissionsExt,
	path::Path,
	process::{Child, Command, Stdio},
	sync::{
		atomic::{AtomicBool, AtomicUsize, Ordering},
		Arc,
	},
	thread,
	time::{Duration, Instant},
};

use pallet_channels::{Call, Event};
use sp_core::{sr25519, Pair, H256};
use syngraph_access::{Balance, Channel, Entry, Identity, Ledger, Metrics, SignedReceipt};
use syngraph_client::{account, Client, Head};
use syngraph_primitives::{BlockNumber, ChannelId, Payer, Payload};
use syngraph_runtime::{Runtime, RuntimeCall, RuntimeEvent, SYN};
use tempfile::TempDir;

use crate::common::{self, key};
use crate::pretended::{self, Node};

/// What each channel owes.
const OWED: Balance = SYN / 10;
const MARGIN: BlockNumber = 50;
/// How many closings a block is given.
const PER_BLOCK: u32 = 1000;
/// How many requests come per second.
const FLOOD: u64 = 1000;
const BLOCK: Duration = Duration::from_secs(2);

fn crowd(default: usize) -> usize {
	env::var("CROWD").map_or(default, |text| text.parse().unwrap())
}

fn payee() -> sr25519::Pair {
	sr25519::Pair::from_string("//Bob", None).unwrap()
}

fn receipt(key: &sr25519::Pair, channel: ChannelId, genesis: &H256) -> SignedReceipt {
	let receipt = syngraph_primitives::Receipt {
		channel,
		amount: OWED,
	};
	SignedReceipt {
		signature: key.sign(&receipt.signing_bytes(genesis)).into(),
		receipt,
		membership: None,
	}
}

/// A server's folder, as if it had sold out of each of these channels.
async fn sold(folder: &Path, genesis: H256, channels: &[(ChannelId, BlockNumber)]) {
	let metrics = Arc::new(Metrics::new().unwrap());
	let identity = Identity {
		genesis,
		payee: account(&payee()),
	};
	let ledger = Ledger::create(folder, &identity, metrics).unwrap();
	let key = key(1);
	for channels in channels.chunks(2000) {
		let entries: Vec<_> = channels
			.iter()
			.map(|(id, expires)| Entry {
				receipt: receipt(&key, *id, &genesis),
				payer: Payer::Delegated(common::client(&key)),
				expires: *expires,
				seen: 0,
				closing: false,
			})
			.collect();
		let written =
			ledger.write(move |ledger| entries.iter().try_for_each(|one| ledger.put(one)));
		written.await.unwrap();
	}
}

/// Writes a file that only its owner can read.
fn private(path: &Path, content: &str) {
	fs::write(path, content).unwrap();
	fs::set_permissions(path, Permissions::from_mode(0o600)).unwrap();
}

/// The daemon, with anybody who asks.
struct Daemon {
	process: Child,
	address: SocketAddr,
	stop: Arc<AtomicBool>,
	answered: Arc<AtomicUsize>,
}

impl Drop for Daemon {
	fn drop(&mut self) {
		self.stop.store(true, Ordering::Relaxed);
		self.process.kill().ok();
		self.process.wait().ok();
	}
}

impl Daemon {
	fn start(folder: &Path, node: &str) -> Self {
		let free = || TcpListener::bind("127.0.0.1:0").unwrap();
		let (public, admin) = (free(), free());
		let address = public.local_addr().unwrap();
		let operators = admin.local_addr().unwrap();
		drop((public, admin));
		private(&folder.join("payee"), "//Bob\n");
		private(
			&folder.join("secret"),
			"0x9f2e65e1b7704d5f0f4ab1f1d1c3b2a09c8d7e6f\n",
		);
		let config = format!(
			"node = \"{node}\"\nlisten = \"{address}\"\nadmin = \"{operators}\"\n\
			 payee = \"payee\"\ndev_keys = true\ndata = \"data\"\n\
			 margin = {MARGIN}\nclosings_per_block = {PER_BLOCK}\n\
			 [[devices]]\nname = \"door\"\n[[devices.services]]\nname = \"open\"\n\
			 secret = \"secret\"\nprice = \"10\"\nslot_seconds = 30\n"
		);
		let path = folder.join("access.toml");
		fs::write(&path, config).unwrap();
		let process = Command::new(env!("CARGO_BIN_EXE_syngraph-access"))
			.args(["serve", "--config", path.to_str().unwrap()])
			.env("RUST_LOG", "warn")
			.stdout(Stdio::null())
			.spawn()
			.unwrap();
		let mut daemon = Self {
			process,
			address,
			stop: Default::default(),
			answered: Default::default(),
		};
		// Its ports are open before it has found the node.
		while TcpStream::connect(address).is_err() || !daemon.serves() {
			thread::sleep(Duration::from_millis(200));
		}
		daemon
	}

	/// Lets as many threads as need be ask for channels that do not exist.
	fn flood(&self) {
		const THREADS: u64 = 20;
		for _ in 0..THREADS {
			let (address, stop, answered) =
				(self.address, self.stop.clone(), self.answered.clone());
			thread::spawn(move || {
				let pause = Duration::from_micros(1_000_000 * THREADS / FLOOD);
				let mut stream = TcpStream::connect(address).unwrap();
				stream.set_nodelay(true).unwrap();
				let mut next = Instant::now();
				let mut bytes = [0; 4096];
				while !stop.load(Ordering::Relaxed) {
					let id = H256::random();
					let request = format!("GET /v1/channels/{id:?} HTTP/1.1\r\nhost: a\r\n\r\n");
					let asked = stream.write_all(request.as_bytes());
					if asked.and_then(|()| stream.read(&mut bytes)).unwrap_or(0) == 0 {
						thread::sleep(pause);
						match TcpStream::connect(address) {
							Ok(again) => stream = again,
							Err(_) => continue,
						}
					}
					answered.fetch_add(1, Ordering::Relaxed);
					next += pause;
					thread::sleep(next.saturating_duration_since(Instant::now()));
				}
			});
		}
	}

	fn serves(&mut self) -> bool {
		self.get("/metrics").starts_with("HTTP/1.1 200")
	}

	fn get(&mut self, path: &str) -> String {
		let ended = self.process.try_wait().unwrap();
		assert_eq!(ended, None, "the daemon has ended");
		let mut stream = TcpStream::connect(self.address).unwrap();
		let request = format!("GET {path} HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n");
		stream.write_all(request.as_bytes()).unwrap();
		let mut text = String::new();
		stream.read_to_string(&mut text).unwrap();
		text
	}

	fn metric(&mut self, name: &str) -> u64 {
		let text = self.get("/metrics");
		let line = text
			.lines()
			.find(|line| line.starts_with(&format!("access_{name} ")));
		line.unwrap().split(' ').nth(1).unwrap().parse().unwrap()
	}
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "takes minutes"]
async fn nothing_expires_unredeemed() {
	let count = crowd(2_000);
	let node = Node::start().await;
	// All at once, as early as they can be closed: they are read, closed as the plan says, and there is the
	// margin.
	let blocks = (count as u32).div_ceil(PER_BLOCK) + 15;
	let expires = blocks + MARGIN;
	let ids: Vec<_> = (0..count).map(|_| (H256::random(), expires)).collect();
	{
		let (payee, client) = (account(&payee()), common::client(&key(1)));
		let mut state = node.state.lock();
		state.set_nonce(&payee, 0);
		for (id, _) in &ids {
			let channel = Channel {
				depositor: common::depositor(),
				payee: payee.clone(),
				payer: Payer::Delegated(client.clone()),
				change: None,
				funds: SYN,
				paid: 0,
				expires,
				deposit: 1,
			};
			state.put(*id, &channel);
		}
	}
	let folder = TempDir::new().unwrap();
	sold(&folder.path().join("data"), pretended::hash(0), &ids).await;
	println!("{count} channels expire in block {expires}; a block every {BLOCK:?}");
	let clock = node.state.clone();
	tokio::spawn(async move {
		let mut ticks = tokio::time::interval(BLOCK);
		loop {
			ticks.tick().await;
			clock.lock().produce();
		}
	});
	let mut daemon = Daemon::start(folder.path(), &node.url());
	daemon.flood();
	let begun = Instant::now();
	loop {
		tokio::time::sleep(5 * BLOCK).await;
		let (best, closed) = {
			let state = node.state.lock();
			(state.best(), state.paid.len())
		};
		let asked = daemon.answered.load(Ordering::Relaxed) as f64;
		println!(
			"block {best}: {closed} closed, {} due, {} overdue; {:.0} requests a second answered",
			daemon.metric("channels_due"),
			daemon.metric("channels_overdue"),
			asked / begun.elapsed().as_secs_f64(),
		);
		if closed == count || best > expires {
			break;
		}
	}
	let state = node.state.lock();
	assert_eq!(state.paid.len(), count, "some expired");
	assert!(state.paid.values().all(|paid| *paid == OWED));
	assert_eq!(state.in_vain, 0, "closings were paid for twice");
	println!("all closed by block {}", state.best());
	assert_eq!(daemon.metric("channels_lost_total"), 0);
}

/// Opens channels, all of which expire in the same block.
async fn open(client: &Client, count: usize, blocks: BlockNumber) -> Vec<(ChannelId, BlockNumber)> {
	let depositor = sr25519::Pair::from_string("//Alice", None).unwrap();
	let (best, _) = client.head(Head::Best).await.unwrap();
	let expires = best + blocks;
	let (payee, client_id) = (account(&payee()), common::client(&key(1)));
	let call = |_| {
		RuntimeCall::Channels(Call::open {
			payee: payee.clone(),
			payer: Payer::Delegated(client_id.clone()),
			funds: SYN,
			expires,
		})
	};
	let calls: Vec<_> = (0..count).map(call).collect();
	let batches: Vec<_> = calls.chunks(200).collect();
	let mut ids = Vec::new();
	// So many fill a block or two.
	for batches in batches.chunks(10) {
		let mut pending = Vec::new();
		for calls in batches {
			let calls = calls.to_vec();
			let batch = pallet_utility::Call::<Runtime>::batch_all { calls };
			pending.push(client.submit(&depositor, batch).await.unwrap());
		}
		for one in pending {
			let included = one.in_block().await.unwrap();
			ids.extend(included.events.iter().filter_map(|event| match event {
				RuntimeEvent::Channels(Event::Opened { channel, .. }) => Some((*channel, expires)),
				_ => None,
			}));
		}
		println!("{} of {count} channels are open", ids.len());
	}
	ids
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs a node"]
async fn nothing_expires_unredeemed_on_a_real_chain() {
	let count = crowd(1_000);
	let url = env::var("SYNGRAPH_NODE").expect("the address of a node");
	let client = Client::connect(&url, Duration::from_secs(10))
		.await
		.unwrap();
	// Four blocks for a thousand are enough to open and close them.
	let blocks = MARGIN + 40 + 4 * (count as u32).div_ceil(PER_BLOCK);
	let ids = open(&client, count, blocks).await;
	assert_eq!(ids.len(), count);
	let (from, _) = client.head(Head::Best).await.unwrap();
	let folder = TempDir::new().unwrap();
	sold(&folder.path().join("data"), client.genesis(), &ids).await;
	let expires = ids[0].1;
	println!("{count} channels expire in block {expires}, this is block {from}");
	let mut daemon = Daemon::start(folder.path(), &url);
	daemon.flood();
	let begun = Instant::now();
	let mut blocks = client.blocks(Head::Best, from);
	let (mut closed, mut in_vain) = (0, 0);
	while closed < count {
		let block = blocks.next().await.unwrap();
		for record in &block.events {
			match &record.event {
				RuntimeEvent::Channels(Event::Closed { paid, .. }) => {
					assert_eq!(*paid, OWED, "one expired");
					closed += 1;
				},
				RuntimeEvent::Channels(Event::NotClosed { .. }) => in_vain += 1,
				_ => {},
			}
		}
		let asked = daemon.answered.load(Ordering::Relaxed) as f64;
		println!(
			"block {}: {closed} closed; {:.0} requests a second answered",
			block.number,
			asked / begun.elapsed().as_secs_f64()
		);
		assert!(block.number < expires, "some expired");
	}
	assert_eq!(in_vain, 0, "closings were paid for twice");
	assert_eq!(daemon.metric("channels_lost_total"), 0);
}
