//! A client that is cut off while it opens a channel, against a node that says what a chain would.

use std::{
	path::PathBuf,
	sync::{Arc, Mutex},
	time::Duration,
};

use codec::{Decode, Encode};
use frame_support::storage::StoragePrefixedMap;
use frame_system::{EventRecord, Phase};
use jsonrpsee::{
	core::RpcResult,
	server::{Server, ServerHandle},
	types::{ErrorObjectOwned, Params},
	RpcModule,
};
use pallet_channels::Channels;
use serde_json::{json, Value};
use sp_core::{Bytes, H256};
use sp_runtime::{
	traits::{BlakeTwo256, Dispatchable, Hash, Header as _},
	transaction_validity::InvalidTransaction,
	BuildStorage,
};
use syngraph_client::secret::WellKnown;
use syngraph_payer::{Asked, Chain, Channel, Error, Key, Opening, Records};
use syngraph_primitives::{ChannelId, Payer};
use syngraph_runtime::{
	migrations::storage_version, AccountId, Balance, Header, Runtime, RuntimeEvent,
	RuntimeGenesisConfig, RuntimeOrigin, UncheckedExtrinsic, VERSION,
};
use tempfile::TempDir;

use crate::machine::{block_on, payee};

const FUNDS: Balance = 1_000;
/// Where the access server is.
const SERVER: &str = "http://one";

/// A chain, whose blocks come when a test says so and are final at once.
#[derive(Clone, Default)]
struct Node(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
	/// The transactions of each block.
	blocks: Vec<Vec<Bytes>>,
	pool: Vec<Bytes>,
	/// Whatever was ever handed over.
	seen: Vec<Bytes>,
	/// Whether transactions vanish from the pool.
	loses: bool,
	/// Whether it does not have the blocks after the tenth but the last.
	lacks_blocks: bool,
	/// How the pool refuses everything, and why.
	refuses: Option<(i32, &'static str)>,
	/// Whether it has only the newest block's state.
	is_pruned: bool,
	/// Whether every block has an event that nobody knows.
	has_strange_events: bool,
	/// Whether every block has more events than a client takes at once.
	has_too_many_events: bool,
	/// The channels that there are, other than by events.
	channels: Vec<(ChannelId, Channel)>,
}

impl State {
	fn header(&self, number: usize) -> Header {
		let parent = match number {
			0 => H256::zero(),
			_ => BlakeTwo256::hash_of(&(number as u32 - 1)),
		};
		Header::new(
			number as u32,
			H256::zero(),
			H256::zero(),
			parent,
			Default::default(),
		)
	}

	fn hash(&self, number: usize) -> H256 {
		BlakeTwo256::hash_of(&(number as u32))
	}

	fn number(&self, hash: H256) -> Option<usize> {
		(0..self.blocks.len()).find(|number| self.hash(*number) == hash)
	}

	/// How many transactions blocks up to this one have.
	fn nonce(&self, number: usize) -> u32 {
		let blocks = self.blocks.iter().take(number + 1);
		blocks.map(|block| block.len() as u32).sum()
	}

	/// What is in storage after a block.
	fn storage(&self, place: &[u8], number: usize) -> Option<Vec<u8>> {
		let events = frame_support::storage::storage_prefix(b"System", b"Events");
		if place == events && self.has_strange_events {
			return Some(vec![4, 0, 255, 255, 255, 255, 255]);
		}
		if place == events && self.has_too_many_events {
			// In hexadecimal it is twice as much.
			return Some(vec![0; 33 * 1024 * 1024]);
		}
		if place == events {
			return Some(self.events(number).encode());
		}
		let channels = self.channels.iter();
		let mut channels = channels.map(|(id, channel)| (channel_place(id), channel));
		if let Some((_, channel)) = channels.find(|(at, _)| at == place) {
			return Some(channel.encode());
		}
		if place.starts_with(&Channels::<Runtime>::final_prefix()) {
			return None;
		}
		let (version_at, version) = storage_version("Channels").unwrap();
		if place == version_at {
			return Some(version.encode());
		}
		let account = frame_system::AccountInfo::<u32, pallet_balances::AccountData<Balance>> {
			nonce: self.nonce(number),
			..Default::default()
		};
		Some(account.encode())
	}

	fn events(&self, number: usize) -> Vec<EventRecord<RuntimeEvent, H256>> {
		let numbered = self.blocks[number].iter().zip(0..);
		let opened = numbered.map(|(bytes, index)| EventRecord {
			phase: Phase::ApplyExtrinsic(index),
			event: pallet_channels::Event::<Runtime>::Opened {
				channel: channel_of(bytes),
				depositor: depositor().client(),
				payee: payee(),
			}
			.into(),
			topics: Vec::new(),
		});
		opened.collect()
	}

	fn submit(&mut self, bytes: Bytes) -> RpcResult<H256> {
		let refuse = |code, why| Err(ErrorObjectOwned::owned(code, "no", Some(why)));
		UncheckedExtrinsic::decode(&mut &bytes[..]).expect("a transaction");
		if let Some((code, why)) = self.refuses {
			return refuse(code, why);
		}
		if self.blocks.iter().flatten().any(|one| *one == bytes) {
			return refuse(1010, "stale");
		}
		if self.pool.contains(&bytes) {
			return refuse(1013, "known");
		}
		self.seen.push(bytes.clone());
		if !self.loses {
			self.pool.push(bytes);
		}
		Ok(H256::zero())
	}
}

/// What a node says whose state of a block is gone.
fn discarded(block: H256) -> ErrorObjectOwned {
	let reason = format!("Client error: UnknownBlock: State already discarded for {block:?}");
	ErrorObjectOwned::owned(4003, reason, None::<()>)
}

/// Where a channel is in storage.
fn channel_place(id: &ChannelId) -> Vec<u8> {
	Channels::<Runtime>::hashed_key_for(id)
}

fn channel_of(bytes: &Bytes) -> ChannelId {
	BlakeTwo256::hash(bytes)
}

impl Node {
	/// A node that runs, at block 10.
	async fn start(&self) -> (ServerHandle, String) {
		self.0.lock().unwrap().blocks = vec![Vec::new(); 11];
		let mut module = RpcModule::new(self.clone());
		method(&mut module, "state_getRuntimeVersion", |_, _| {
			json!({
				"specName": VERSION.spec_name,
				"implName": VERSION.impl_name,
				"authoringVersion": VERSION.authoring_version,
				"specVersion": VERSION.spec_version,
				"implVersion": VERSION.impl_version,
				"apis": [],
				"transactionVersion": VERSION.transaction_version,
				"stateVersion": 1,
			})
		});
		method(&mut module, "chain_getBlockHash", |state, params| {
			let number: Option<usize> = params.sequence().optional_next().unwrap();
			let newest = state.blocks.len() - 1;
			let number = number.unwrap_or(newest);
			let is_lacking = state.lacks_blocks && number > 10 && number < newest;
			json!((number <= newest && !is_lacking).then(|| state.hash(number)))
		});
		method(&mut module, "chain_getFinalizedHead", |state, _| {
			json!(state.hash(state.blocks.len() - 1))
		});
		method(&mut module, "chain_getHeader", |state, params| {
			let number = state.number(params.one().unwrap());
			json!(number.map(|number| state.header(number)))
		});
		method(&mut module, "chain_getBlock", |state, params| {
			let number = state.number(params.one().unwrap()).unwrap();
			let header = state.header(number);
			json!({ "block": { "header": header, "extrinsics": state.blocks[number] } })
		});
		// What lies at some places, each with its place.
		let get = |places: Vec<Bytes>, at: Option<H256>, node: &Node| {
			let state = node.0.lock().unwrap();
			let newest = state.blocks.len() - 1;
			let number = at.and_then(|at| state.number(at)).unwrap_or(newest);
			if state.is_pruned && number < newest {
				return Err(discarded(state.hash(number)));
			}
			let found = |place: &Bytes| state.storage(place, number).map(Bytes);
			let found = places.into_iter().map(|place| (found(&place), place));
			Ok(found.collect::<Vec<_>>())
		};
		module
			.register_method("state_getStorage", move |params, node, _| {
				let (place, at) = params.parse().unwrap();
				let mut found = get(vec![place], at, node)?;
				Ok::<_, ErrorObjectOwned>(found.pop().unwrap().0)
			})
			.unwrap();
		method(&mut module, "state_getKeysPaged", |state, _| {
			let places = state.channels.iter().map(|(id, _)| channel_place(id));
			json!(places.map(Bytes).collect::<Vec<_>>())
		});
		module
			.register_method("state_queryStorageAt", move |params, node, _| {
				let (places, at) = params.parse().unwrap();
				let found = get(places, at, node)?.into_iter();
				let changes: Vec<_> = found.map(|(value, place)| (place, value)).collect();
				let block = at.unwrap_or_default();
				Ok::<_, ErrorObjectOwned>(json!([{ "block": block, "changes": changes }]))
			})
			.unwrap();
		method(&mut module, "system_accountNextIndex", |state, _| {
			let newest = state.blocks.len() - 1;
			json!(state.nonce(newest) + state.pool.len() as u32)
		});
		module
			.register_method("author_submitExtrinsic", |params, node, _| {
				node.0.lock().unwrap().submit(params.one()?)
			})
			.unwrap();
		let server = Server::builder().max_response_body_size(u32::MAX);
		let server = server.build("127.0.0.1:0").await.unwrap();
		let url = format!("ws://{}", server.local_addr().unwrap());
		(server.start(module), url)
	}

	/// Makes so many blocks, of which the first takes what is in the pool.
	fn build(&self, blocks: usize) {
		let mut state = self.0.lock().unwrap();
		for _ in 0..blocks {
			let pool = std::mem::take(&mut state.pool);
			state.blocks.push(pool);
		}
	}

	fn included(&self) -> usize {
		self.0.lock().unwrap().blocks.iter().flatten().count()
	}

	fn seen(&self) -> Vec<Bytes> {
		self.0.lock().unwrap().seen.clone()
	}
}

fn method(
	module: &mut RpcModule<Node>,
	name: &'static str,
	answer: impl Fn(&State, Params<'_>) -> Value + Send + Sync + 'static,
) {
	let register = module.register_method(name, move |params, node, _| {
		answer(&node.0.lock().unwrap(), params)
	});
	register.unwrap();
}

fn depositor() -> Key {
	Key::parse("sr25519 //Depositor", WellKnown::Accepted).unwrap()
}

/// A channel that is to pay somebody, as an access server has said of which nothing is sold in so many last blocks.
fn opening(payee: AccountId, asked: Option<(&str, u32)>) -> Opening {
	Opening {
		payee,
		payer: Payer::Direct,
		funds: FUNDS,
		blocks: 50,
		asked: asked.map(|(server, margin)| Asked {
			server: server.into(),
			margin,
		}),
	}
}

/// Opens the channel, and forgets that it did if it is told to.
async fn open(url: &str, folder: &TempDir, tells: bool) -> Result<ChannelId, Error> {
	open_for(url, folder, FUNDS, tells).await
}

async fn open_for(
	url: &str,
	folder: &TempDir,
	funds: Balance,
	tells: bool,
) -> Result<ChannelId, Error> {
	let chain = Chain::connect(url).await?;
	let records = Records::open(folder.path())?;
	let opening = Opening {
		funds,
		..opening(payee(), Some((SERVER, 1)))
	};
	let opened = chain.open(&records, &depositor(), &opening).await?;
	match tells {
		true => opened.told(),
		false => Ok(*opened.result()),
	}
}

/// Asks for a channel and is cut off after it was submitted.
async fn cut_off(node: &Node, url: &str, folder: &TempDir) {
	let before = node.seen().len();
	tokio::select! {
		opened = open(url, folder, true) => panic!("not cut off: {opened:?}"),
		() = async {
			while node.seen().len() == before {
				tokio::time::sleep(Duration::from_millis(5)).await;
			}
		} => {},
	}
}

/// Makes blocks for as long as something is under way.
async fn with_blocks<T>(node: &Node, work: impl std::future::Future<Output = T>) -> T {
	let blocks = async {
		loop {
			tokio::time::sleep(Duration::from_millis(30)).await;
			node.build(1);
		}
	};
	tokio::select! {
		done = work => done,
		() = blocks => unreachable!("there is no last block"),
	}
}

#[test]
fn whoever_is_cut_off_opens_one_channel() {
	block_on(async {
		let (node, folder) = (Node::default(), TempDir::new().unwrap());
		let (_handle, url) = node.start().await;
		cut_off(&node, &url, &folder).await;
		// While it waits, when it is in a block, and when that was long ago.
		cut_off_again(&node, &url, &folder).await;
		node.build(1);
		let channel = open(&url, &folder, false).await.unwrap();
		node.build(300);
		assert_eq!(open(&url, &folder, true).await.unwrap(), channel);
		assert_eq!((node.included(), node.seen().len()), (1, 1));
		// Once it is told, the same command means another.
		let other = with_blocks(&node, open(&url, &folder, true)).await.unwrap();
		assert_ne!(other, channel);
		assert_eq!(node.included(), 2);
	});
}

/// The same while the transaction is in the pool still.
async fn cut_off_again(node: &Node, url: &str, folder: &TempDir) {
	let again = open(url, folder, true);
	let waited = tokio::time::timeout(Duration::from_millis(700), again).await;
	assert!(waited.is_err(), "{waited:?}");
	assert_eq!(node.seen().len(), 1);
}

#[test]
fn what_a_node_has_lost_is_sent_again_and_not_made_anew() {
	block_on(async {
		let (node, folder) = (Node::default(), TempDir::new().unwrap());
		let (_handle, url) = node.start().await;
		node.0.lock().unwrap().loses = true;
		cut_off(&node, &url, &folder).await;
		node.0.lock().unwrap().loses = false;
		let channel = with_blocks(&node, open(&url, &folder, true)).await.unwrap();
		let seen = node.seen();
		assert_eq!(seen.len(), 2);
		assert!(seen.iter().all(|bytes| channel_of(bytes) == channel));
		assert_eq!(node.included(), 1);
	});
}

#[test]
fn what_can_not_come_any_more_is_made_anew() {
	block_on(async {
		let (node, folder) = (Node::default(), TempDir::new().unwrap());
		let (_handle, url) = node.start().await;
		node.0.lock().unwrap().loses = true;
		cut_off(&node, &url, &folder).await;
		node.0.lock().unwrap().loses = false;
		// All the blocks that it could get into.
		node.build(64);
		let channel = with_blocks(&node, open(&url, &folder, true)).await.unwrap();
		let seen = node.seen();
		assert_eq!((seen.len(), node.included()), (2, 1));
		assert_ne!(channel_of(&seen[0]), channel);
		assert_eq!(channel_of(&seen[1]), channel);
	});
}

#[test]
fn what_may_be_in_a_block_that_the_node_lacks_is_not_made_anew() {
	block_on(async {
		let (node, folder) = (Node::default(), TempDir::new().unwrap());
		let (_handle, url) = node.start().await;
		cut_off(&node, &url, &folder).await;
		// It is in a block, and that was long ago.
		node.build(100);
		node.0.lock().unwrap().lacks_blocks = true;
		let unknown = open(&url, &folder, true).await;
		assert!(matches!(unknown, Err(Error::Node(_))), "{unknown:?}");
		node.0.lock().unwrap().lacks_blocks = false;
		let channel = open(&url, &folder, true).await.unwrap();
		assert_eq!((node.included(), node.seen().len()), (1, 1));
		assert_eq!(channel, channel_of(&node.seen()[0]));
	});
}

#[test]
fn something_else_is_another_channel() {
	block_on(async {
		let (node, folder) = (Node::default(), TempDir::new().unwrap());
		let (_handle, url) = node.start().await;
		cut_off(&node, &url, &folder).await;
		let other = open_for(&url, &folder, 2 * FUNDS, true);
		let other = with_blocks(&node, other).await.unwrap();
		let channel = with_blocks(&node, open(&url, &folder, true)).await.unwrap();
		assert_ne!(other, channel);
		assert_eq!((node.included(), node.seen().len()), (2, 2));
	});
}

/// The files of the transactions that are under way.
fn kept(folder: &TempDir) -> Vec<PathBuf> {
	let files = std::fs::read_dir(folder.path()).unwrap();
	let paths = files.map(|file| file.unwrap().path());
	paths
		.filter(|path| {
			let name = path.file_name().unwrap();
			name.to_string_lossy().starts_with("intent-")
		})
		.collect()
}

#[test]
fn what_another_version_has_noted_is_not_made_anew() {
	block_on(async {
		let (node, folder) = (Node::default(), TempDir::new().unwrap());
		let (_handle, url) = node.start().await;
		cut_off(&node, &url, &folder).await;
		let noted = kept(&folder).remove(0);
		let written = std::fs::read(&noted).unwrap();
		let mut intent: Value = serde_json::from_slice(&written).unwrap();
		assert_eq!(
			(&intent["version"], &intent["server"]),
			(&json!(2), &json!(SERVER))
		);
		for version in [json!(null), json!(0), json!(3)] {
			intent["version"] = version;
			std::fs::write(&noted, intent.to_string()).unwrap();
			let refused = open(&url, &folder, true).await;
			assert!(
				matches!(&refused, Err(Error::OtherVersion { path, .. }) if *path == noted),
				"{refused:?}"
			);
		}
		assert_eq!((kept(&folder), node.seen().len()), (vec![noted.clone()], 1));
		// The first one lacked something that matters to nobody here.
		intent["version"] = json!(1);
		intent.as_object_mut().unwrap().remove("server").unwrap();
		std::fs::write(&noted, intent.to_string()).unwrap();
		with_blocks(&node, open(&url, &folder, true)).await.unwrap();
		assert_eq!((node.included(), node.seen().len()), (1, 1));
	});
}

#[test]
fn a_refusal_is_told_at_once_and_nothing_is_made_anew() {
	block_on(async {
		let (node, folder) = (Node::default(), TempDir::new().unwrap());
		let (_handle, url) = node.start().await;
		node.0.lock().unwrap().refuses = Some((1010, "Transaction is outdated"));
		let refused = open(&url, &folder, true).await;
		assert!(matches!(refused, Err(Error::Node(_))), "{refused:?}");
		let poor = InvalidTransaction::Payment.into();
		node.0.lock().unwrap().refuses = Some((1010, poor));
		let refused = open(&url, &folder, true).await.unwrap_err().to_string();
		let account = depositor().client().to_string();
		assert!(refused.contains(&account), "{refused}");
		assert!(refused.contains("can spend 0"), "{refused}");
		node.0.lock().unwrap().refuses = None;
		assert_eq!(kept(&folder).len(), 1);
		with_blocks(&node, open(&url, &folder, true)).await.unwrap();
		assert_eq!((node.included(), node.seen().len()), (1, 1));
	});
}

/// Executes what was sent as the runtime does, in a block in which so much has happened before. Returns the
/// channels that there are then.
fn execute(bytes: &Bytes, block: u32, before: usize) -> Vec<(ChannelId, Channel)> {
	let genesis = RuntimeGenesisConfig {
		balances: pallet_balances::GenesisConfig {
			balances: vec![(depositor().client(), 1 << 100)],
			..Default::default()
		},
		..Default::default()
	};
	let storage = genesis.build_storage().unwrap();
	sp_io::TestExternalities::new(storage).execute_with(|| {
		frame_system::Pallet::<Runtime>::set_block_number(block);
		let event = frame_system::Event::<Runtime>::NewAccount { account: payee() };
		for _ in 0..before {
			frame_system::Pallet::<Runtime>::deposit_event(event.clone());
		}
		let sent = UncheckedExtrinsic::decode(&mut &bytes[..]).unwrap();
		let origin = RuntimeOrigin::signed(depositor().client());
		sent.function.dispatch(origin).expect("it takes effect");
		Channels::<Runtime>::iter().collect()
	})
}

#[test]
fn a_channel_is_found_when_the_state_of_its_block_is_gone() {
	block_on(async {
		let (node, folder) = (Node::default(), TempDir::new().unwrap());
		let (_handle, url) = node.start().await;
		cut_off(&node, &url, &folder).await;
		node.build(300);
		let sent = node.seen()[0].clone();
		// Opened with the same, but in another block; and the one that it opened, with more in it since.
		let mut others = execute(&sent, 12, 40);
		let (channel, mut opened) = execute(&sent, 11, 40).remove(0);
		opened.funds += 5;
		opened.expires += 100;
		// Its events are gone, or are none that are known.
		for is_pruned in [false, true] {
			node.0.lock().unwrap().is_pruned = is_pruned;
			node.0.lock().unwrap().has_strange_events = !is_pruned;
			let unclear = open(&url, &folder, true).await;
			assert!(
				matches!(unclear, Err(Error::Forgotten { block: 11, .. })),
				"{unclear:?}"
			);
		}
		node.0.lock().unwrap().channels = others.clone();
		let unclear = open(&url, &folder, true).await;
		assert!(
			matches!(unclear, Err(Error::Forgotten { .. })),
			"{unclear:?}"
		);
		others.push((channel, opened));
		node.0.lock().unwrap().channels = others;
		assert_eq!(open(&url, &folder, false).await.unwrap(), channel);
		node.0.lock().unwrap().is_pruned = false;
		node.0.lock().unwrap().has_strange_events = true;
		assert_eq!(open(&url, &folder, true).await.unwrap(), channel);
		assert_eq!((node.included(), node.seen().len()), (1, 1));
	});
}

#[test]
fn what_is_in_a_block_with_too_many_events_is_found_or_given_up() {
	block_on(async {
		let (node, folder) = (Node::default(), TempDir::new().unwrap());
		let (_handle, url) = node.start().await;
		cut_off(&node, &url, &folder).await;
		node.build(300);
		node.0.lock().unwrap().has_too_many_events = true;
		let opened = execute(&node.seen()[0], 11, 40);
		node.0.lock().unwrap().channels = opened.clone();
		assert_eq!(open(&url, &folder, false).await.unwrap(), opened[0].0);
		// As if it was closed since.
		node.0.lock().unwrap().channels.clear();
		let asked = Some((SERVER, 1));
		let given_up = prepare(&url, &folder, payee(), asked, true).await;
		given_up.unwrap();
		assert_eq!((kept(&folder).len(), node.seen().len()), (0, 1));
	});
}

#[test]
fn what_cannot_be_found_out_is_given_up_only_on_purpose() {
	block_on(async {
		let (node, folder) = (Node::default(), TempDir::new().unwrap());
		let (_handle, url) = node.start().await;
		let asked = Some((SERVER, 1));
		let give_up = async || prepare(&url, &folder, payee(), asked, true).await;
		give_up().await.expect("there is nothing to give up");
		cut_off(&node, &url, &folder).await;
		// It may still come, for all that is known.
		let early = give_up().await;
		assert!(matches!(early, Err(Error::StillComing(73))), "{early:?}");
		// Once it has come it is told.
		node.build(1);
		give_up().await.unwrap();
		assert_eq!(kept(&folder).len(), 1);
		node.build(300);
		node.0.lock().unwrap().is_pruned = true;
		let unclear = open(&url, &folder, true).await.unwrap_err().to_string();
		for hint in [
			"State already discarded",
			"--state-pruning archive",
			"--write-off",
		] {
			assert!(unclear.contains(hint), "{unclear}");
		}
		assert_eq!(node.seen().len(), 1);
		give_up().await.unwrap();
		node.0.lock().unwrap().is_pruned = false;
		with_blocks(&node, open(&url, &folder, true)).await.unwrap();
		assert_eq!((node.included(), node.seen().len()), (2, 2));
	});
}

/// What is said before the same channel is opened.
async fn prepare(
	url: &str,
	folder: &TempDir,
	payee: AccountId,
	asked: Option<(&str, u32)>,
	write_off: bool,
) -> Result<(), Error> {
	let chain = Chain::connect(url).await?;
	let records = Records::open(folder.path())?;
	let opening = opening(payee, asked);
	let depositor = depositor();
	let prepared = chain.prepare_open(&records, &depositor, &opening, write_off);
	prepared.await
}

#[test]
fn a_new_channel_lasts_long_enough_and_one_that_was_begun_is_finished() {
	block_on(async {
		let (node, folder) = (Node::default(), TempDir::new().unwrap());
		let (_handle, url) = node.start().await;
		let short = Some(50 - 16);
		let prepare = async |margin: Option<u32>, write_off| {
			let asked = margin.map(|margin| (SERVER, margin));
			let prepared = prepare(&url, &folder, payee(), asked, write_off).await;
			match prepared {
				Err(Error::TooShort { .. }) => "too short",
				Err(Error::StillComing(_)) => "still coming",
				prepared => prepared.map(|()| "well").unwrap(),
			}
		};
		for write_off in [false, true] {
			assert_eq!(prepare(short, write_off).await, "too short");
			assert_eq!(prepare(Some(50 - 17), write_off).await, "well");
			assert_eq!(prepare(None, write_off).await, "well");
		}
		cut_off(&node, &url, &folder).await;
		assert_eq!(prepare(short, false).await, "well");
		for margin in [short, None] {
			assert_eq!(prepare(margin, true).await, "still coming");
		}
		node.build(300);
		assert_eq!(prepare(short, true).await, "well");
		assert_eq!(kept(&folder).len(), 1);
		// What is given up is opened anew.
		node.0.lock().unwrap().is_pruned = true;
		assert_eq!(prepare(short, true).await, "too short");
		assert_eq!(kept(&folder).len(), 1);
		assert_eq!(prepare(Some(1), true).await, "well");
		assert_eq!(kept(&folder).len(), 0);
	});
}

#[test]
fn a_channel_that_was_begun_for_another_payee_is_not_opened_twice() {
	block_on(async {
		let (node, folder) = (Node::default(), TempDir::new().unwrap());
		let (_handle, url) = node.start().await;
		cut_off(&node, &url, &folder).await;
		let (other, asked) = (AccountId::new([3; 32]), Some((SERVER, 1)));
		let prepare = async |payee: &AccountId, asked, write_off| {
			prepare(&url, &folder, payee.clone(), asked, write_off).await
		};
		let refused = prepare(&other, asked, false).await.unwrap_err();
		assert!(
			matches!(&refused, Error::BegunForAnother { begun, told } if *begun == payee() && *told == other),
			"{refused:?}"
		);
		let text = refused.to_string();
		let finish = format!("`--payee {}` in place of `--server`", payee());
		for told in [&*finish, &other.to_string(), "`--write-off`"] {
			assert!(text.contains(told), "{text}");
		}
		assert!(!text.contains('\t'), "{text}");
		// Who names the payee, asks another server, or tells of the one that it was begun for, goes on.
		prepare(&other, None, false).await.unwrap();
		prepare(&other, Some(("http://two", 1)), false)
			.await
			.unwrap();
		prepare(&payee(), asked, false).await.unwrap();
		// It is given up only when it cannot come any more, and is not there.
		let early = prepare(&other, asked, true).await;
		assert!(matches!(early, Err(Error::StillComing(_))), "{early:?}");
		node.build(300);
		let opened = prepare(&other, asked, true).await.unwrap_err();
		let channel = channel_of(&node.seen()[0]);
		assert!(
			matches!(&opened, Error::OpenForAnother { channel: one, begun } if *one == channel && *begun == payee()),
			"{opened:?}"
		);
		node.0.lock().unwrap().is_pruned = true;
		for asked in [None, Some(("http://two", 1))] {
			prepare(&other, asked, true).await.unwrap();
			assert_eq!(kept(&folder).len(), 1);
		}
		prepare(&other, asked, true).await.unwrap();
		assert_eq!(kept(&folder).len(), 0);
		assert_eq!(node.seen().len(), 1);
	});
}

#[test]
fn what_differs_in_more_than_the_payee_is_another_channel() {
	block_on(async {
		let (node, folder) = (Node::default(), TempDir::new().unwrap());
		let (_handle, url) = node.start().await;
		let before = node.seen().len();
		tokio::select! {
			opened = open_for(&url, &folder, 2 * FUNDS, true) => panic!("not cut off: {opened:?}"),
			() = async {
				while node.seen().len() == before {
					tokio::time::sleep(Duration::from_millis(5)).await;
				}
			} => {},
		}
		let other = AccountId::new([3; 32]);
		prepare(&url, &folder, other, Some((SERVER, 1)), false)
			.await
			.unwrap();
		assert_eq!(kept(&folder).len(), 1);
	});
}

/// Puts so much more into a channel, and is not told.
async fn top_up(
	url: &str,
	folder: &TempDir,
	channel: ChannelId,
	amount: Balance,
) -> Result<(Balance, u32), Error> {
	let chain = Chain::connect(url).await?;
	let records = Records::open(folder.path())?;
	let key = depositor();
	let topped_up = chain.top_up(&records, &key, channel, amount, None).await?;
	Ok(*topped_up.result())
}

#[test]
fn a_top_up_is_found_in_the_channel_when_the_state_of_its_block_is_gone() {
	block_on(async {
		let (node, folder) = (Node::default(), TempDir::new().unwrap());
		let (_handle, url) = node.start().await;
		let channel = ChannelId::repeat_byte(5);
		let there = crate::machine::on_chain(Payer::Direct);
		let set = |funds| {
			let state = &mut node.0.lock().unwrap();
			state.channels = vec![(
				channel,
				Channel {
					funds,
					..there.clone()
				},
			)];
		};
		set(FUNDS);
		tokio::select! {
			done = top_up(&url, &folder, channel, 10) => panic!("not cut off: {done:?}"),
			() = async {
				while node.seen().is_empty() {
					tokio::time::sleep(Duration::from_millis(5)).await;
				}
			} => {},
		}
		node.build(300);
		node.0.lock().unwrap().is_pruned = true;
		for funds in [FUNDS, FUNDS + 9] {
			set(funds);
			let unclear = top_up(&url, &folder, channel, 10).await;
			assert!(
				matches!(unclear, Err(Error::Forgotten { block: 11, .. })),
				"{unclear:?}"
			);
		}
		// What shows in the channel is not given up.
		for (funds, left) in [(FUNDS + 10, 1), (FUNDS, 0)] {
			let intent = kept(&folder);
			let written = std::fs::read(&intent[0]).unwrap();
			set(funds);
			let chain = Chain::connect(&url).await.unwrap();
			let records = Records::open(folder.path()).unwrap();
			let key = depositor();
			let given_up = chain.give_up_top_up(&records, &key, channel, 10, None);
			given_up.await.unwrap();
			assert_eq!(kept(&folder).len(), left);
			std::fs::write(&intent[0], written).unwrap();
		}
		for funds in [FUNDS + 10, FUNDS + 25] {
			set(funds);
			let found = top_up(&url, &folder, channel, 10).await.unwrap();
			assert_eq!(found, (funds, there.expires));
		}
		assert_eq!(node.seen().len(), 1);
	});
}
