//! A node that speaks to clients as a real one does, and can be stopped, upgraded and robbed of its pool.
//!
//! It has one state, that of its best block, which is final at once unless a test says otherwise. Of calls it knows
//! those that close channels; all others do nothing.

#![allow(dead_code, reason = "no test uses all of it")]

use std::{
	collections::{BTreeMap, HashMap},
	net::SocketAddr,
	sync::Arc,
};

use codec::{Decode, Encode};
use frame_support::{
	dispatch::DispatchClass,
	storage::{storage_prefix, StorageMap},
	weights::Weight,
};
use frame_system::{AccountInfo, EventRecord, Phase};
use jsonrpsee::{
	core::SubscriptionResult,
	server::{Server, ServerHandle, SubscriptionMessage},
	types::ErrorObjectOwned,
	PendingSubscriptionSink, RpcModule,
};
use pallet_channels::{Call, Event};
use parking_lot::Mutex;
use serde_json::{json, Value};
use sp_core::{Bytes, H256};
use sp_runtime::{generic::Preamble, traits::Header as _, DispatchError, MultiAddress};
use syngraph_primitives::{ChannelId, SignedReceipt};
use syngraph_runtime::{
	migrations::storage_version, AccountId, Balance, BlockNumber, Hash, Header, Nonce, Runtime,
	RuntimeCall, RuntimeEvent, UncheckedExtrinsic, VERSION,
};
use tokio::sync::mpsc::{unbounded_channel, UnboundedSender};

type Channels = pallet_channels::Channels<Runtime>;
type Account = frame_system::Account<Runtime>;
type Info = AccountInfo<Nonce, <Runtime as frame_system::Config>::AccountData>;
type Record = EventRecord<RuntimeEvent, Hash>;

/// The fee of a transaction, whatever it does.
pub const FEE: Balance = 7;

/// A node, with what it stands for.
pub struct Node {
	pub address: SocketAddr,
	pub state: Arc<Mutex<State>>,
	server: Option<ServerHandle>,
}

/// A chain and a pool.
pub struct State {
	/// The hash of the first block.
	pub genesis: Hash,
	/// By number.
	blocks: Vec<Block>,
	/// What lies where.
	pub storage: HashMap<Vec<u8>, Vec<u8>>,
	/// What lies elsewhere in the blocks before the best one.
	pub before: HashMap<Vec<u8>, Vec<u8>>,
	/// Whether blocks have events that no program knows.
	pub has_strange_events: bool,
	/// What some blocks have in place of their events.
	pub other_events: HashMap<BlockNumber, Vec<u8>>,
	/// By account and number.
	pub pool: BTreeMap<(AccountId, Nonce), Transaction>,
	pub spec_version: u32,
	pub transaction_version: u32,
	/// How many closings a block takes.
	pub capacity: usize,
	/// What was paid, by channel.
	pub paid: HashMap<ChannelId, Balance>,
	/// How many closings were paid for that could do nothing.
	pub in_vain: usize,
	/// How many requests came, by method.
	pub requests: HashMap<&'static str, usize>,
	/// Whether transactions are swallowed: taken, and forgotten.
	pub swallows: bool,
	/// How many blocks behind the best one the last final one is.
	pub lag: BlockNumber,
	/// The blocks that it does not have.
	pub lacks: Vec<BlockNumber>,
}

#[derive(Default)]
struct Block {
	extrinsics: Vec<Vec<u8>>,
	events: Vec<Record>,
}

/// A transaction in the pool, and who watches it.
pub struct Transaction {
	bytes: Vec<u8>,
	call: RuntimeCall,
	tell: UnboundedSender<Value>,
}

/// Where our pallets note the version of their storage, and what is noted there.
fn versions() -> impl Iterator<Item = (Vec<u8>, Vec<u8>)> {
	let pallets = ["Registry", "Agreements", "Disputes", "Channels"];
	let known = pallets.into_iter().filter_map(storage_version);
	known.map(|(place, version)| (place.to_vec(), version.encode()))
}

impl Default for State {
	fn default() -> Self {
		Self {
			genesis: hash(0),
			blocks: vec![Block::default()],
			storage: versions().collect(),
			before: HashMap::new(),
			has_strange_events: false,
			other_events: HashMap::new(),
			pool: BTreeMap::new(),
			spec_version: VERSION.spec_version,
			transaction_version: VERSION.transaction_version,
			capacity: 1050,
			paid: HashMap::new(),
			in_vain: 0,
			requests: HashMap::new(),
			swallows: false,
			lag: 0,
			lacks: vec![],
		}
	}
}

impl State {
	pub fn best(&self) -> BlockNumber {
		(self.blocks.len() - 1) as BlockNumber
	}

	pub fn put(&mut self, id: ChannelId, channel: &pallet_channels::ChannelOf<Runtime>) {
		let place = <Channels as StorageMap<_, _>>::hashed_key_for(id);
		self.storage.insert(place, channel.encode());
	}

	pub fn nonce(&self, from: &AccountId) -> Nonce {
		let place = <Account as StorageMap<_, _>>::hashed_key_for(from);
		let found = self.storage.get(&place);
		found.map_or(0, |bytes| Info::decode(&mut &bytes[..]).unwrap().nonce)
	}

	/// Gives an account a number, and more than it needs.
	pub fn set_nonce(&mut self, from: &AccountId, nonce: Nonce) {
		let mut info = Info {
			nonce,
			..Default::default()
		};
		info.data.free = Balance::MAX / 2;
		let place = <Account as StorageMap<_, _>>::hashed_key_for(from);
		self.storage.insert(place, info.encode());
	}

	/// The next number of an account, what is ready in the pool included.
	fn next_index(&self, from: &AccountId) -> Nonce {
		let mut next = self.nonce(from);
		while self.pool.contains_key(&(from.clone(), next)) {
			next += 1;
		}
		next
	}

	/// Puts empty blocks on top.
	pub fn skip(&mut self, blocks: BlockNumber) {
		for _ in 0..blocks {
			self.blocks.push(Block::default());
		}
	}

	/// Says something in the next block.
	pub fn announce(&mut self, event: Event<Runtime>) {
		let mut block = Block::default();
		block.events.push(record(0, event));
		self.blocks.push(block);
	}

	/// Makes a block of what is ready in the pool, as far as it fits.
	pub fn produce(&mut self) {
		let number = self.best() + 1;
		let mut block = Block::default();
		let mut room = self.capacity;
		let mut told = Vec::new();
		loop {
			let mut all = self.pool.keys();
			let ready = all
				.find(|(from, nonce)| *nonce == self.nonce(from))
				.cloned();
			let Some(key) = ready else { break };
			let size = closings(&self.pool[&key].call).len();
			if size > room {
				break;
			}
			room -= size;
			let transaction = self.pool.remove(&key).unwrap();
			let index = block.extrinsics.len() as u32;
			self.set_nonce(&key.0, key.1 + 1);
			for receipt in closings(&transaction.call) {
				let event = self.close(receipt, number);
				block.events.push(record(index, event));
			}
			block.extrinsics.push(transaction.bytes.clone());
			told.push(transaction.tell);
		}
		self.blocks.push(block);
		let hash = hash(number);
		for tell in told {
			tell.send(json!({ "inBlock": hash })).ok();
			tell.send(json!({ "finalized": hash })).ok();
		}
	}

	fn close(&mut self, receipt: &SignedReceipt<Balance>, now: BlockNumber) -> Event<Runtime> {
		let id = receipt.receipt.channel;
		let place = <Channels as StorageMap<_, _>>::hashed_key_for(id);
		let channel = self
			.storage
			.get(&place)
			.map(|bytes| pallet_channels::ChannelOf::<Runtime>::decode(&mut &bytes[..]).unwrap());
		if channel.is_none_or(|channel| now >= channel.expires) {
			self.in_vain += 1;
			return Event::NotClosed {
				channel: id,
				error: DispatchError::Other("gone"),
			};
		}
		self.storage.remove(&place);
		self.paid.insert(id, receipt.receipt.amount);
		Event::Closed {
			channel: id,
			paid: receipt.receipt.amount,
			returned: 0,
		}
	}

	fn submit(&mut self, bytes: Vec<u8>, tell: UnboundedSender<Value>) -> Result<(), &'static str> {
		if self.swallows {
			// Kept, so that the subscription stays open, and never looked at again.
			std::mem::forget(tell);
			return Ok(());
		}
		let extrinsic = UncheckedExtrinsic::decode(&mut &bytes[..]).map_err(|_| "unreadable")?;
		let Preamble::Signed(MultiAddress::Id(from), _, extension) = extrinsic.preamble else {
			return Err("not signed");
		};
		let nonce = extension.6 .0;
		if nonce < self.nonce(&from) {
			return Err("stale");
		}
		if self.pool.contains_key(&(from.clone(), nonce)) {
			return Err("priority is too low");
		}
		tell.send(json!("ready")).ok();
		let transaction = Transaction {
			bytes,
			call: extrinsic.function,
			tell,
		};
		self.pool.insert((from, nonce), transaction);
		Ok(())
	}
}

fn record(index: u32, event: Event<Runtime>) -> Record {
	EventRecord {
		phase: Phase::ApplyExtrinsic(index),
		event: RuntimeEvent::Channels(event),
		topics: vec![],
	}
}

fn closings(call: &RuntimeCall) -> Vec<&SignedReceipt<Balance>> {
	match call {
		RuntimeCall::Channels(Call::close { receipt }) => vec![receipt],
		RuntimeCall::Channels(Call::close_batch { receipts }) => receipts.iter().collect(),
		_ => vec![],
	}
}

pub fn hash(number: BlockNumber) -> Hash {
	H256::from_low_u64_be(u64::from(number) + 1)
}

fn number(hash: &Hash) -> usize {
	hash.to_low_u64_be() as usize - 1
}

impl Node {
	pub async fn start() -> Self {
		let mut node = Self {
			address: ([127, 0, 0, 1], 0).into(),
			state: Default::default(),
			server: None,
		};
		node.restart().await;
		node
	}

	pub fn url(&self) -> String {
		format!("ws://{}", self.address)
	}

	pub async fn restart(&mut self) {
		let server = Server::builder()
			.max_request_body_size(u32::MAX)
			.max_response_body_size(u32::MAX)
			.max_connections(1000)
			.build(self.address)
			.await
			.unwrap();
		self.address = server.local_addr().unwrap();
		self.server = Some(server.start(module(self.state.clone())));
	}

	pub async fn stop(&mut self) {
		let server = self.server.take().unwrap();
		server.stop().unwrap();
		server.stopped().await;
	}

	/// Restarts it, which loses the pool.
	pub async fn lose_pool(&mut self) {
		self.stop().await;
		self.state.lock().pool.clear();
		self.restart().await;
	}
}

type Shared = Arc<Mutex<State>>;

fn module(state: Shared) -> RpcModule<Shared> {
	let mut module = RpcModule::new(state);
	chain_methods(&mut module);
	state_methods(&mut module);
	module
		.register_subscription(
			"author_submitAndWatchExtrinsic",
			"author_extrinsicUpdate",
			"author_unwatchExtrinsic",
			|params, pending, state, _| async move {
				let bytes: Bytes = params.one()?;
				watch(bytes.0, pending, &state).await
			},
		)
		.unwrap();
	module
}

async fn watch(
	bytes: Vec<u8>,
	pending: PendingSubscriptionSink,
	state: &Shared,
) -> SubscriptionResult {
	let (tell, mut told) = unbounded_channel();
	let submitted = state.lock().submit(bytes, tell);
	if let Err(reason) = submitted {
		let error = ErrorObjectOwned::owned(1010, reason, None::<()>);
		pending.reject(error).await;
		return Ok(());
	}
	let sink = pending.accept().await?;
	while let Some(status) = told.recv().await {
		sink.send(SubscriptionMessage::from_json(&status)?).await?;
	}
	Ok(())
}

fn method(
	module: &mut RpcModule<Shared>,
	name: &'static str,
	answer: impl Fn(&mut State, Vec<Value>) -> Value + Send + Sync + 'static,
) {
	module
		.register_method(name, move |params, state, _| {
			let params: Vec<Value> = params.parse().unwrap_or_default();
			let mut state = state.lock();
			*state.requests.entry(name).or_default() += 1;
			Ok::<_, ErrorObjectOwned>(answer(&mut state, params))
		})
		.unwrap();
}

fn param<T: serde::de::DeserializeOwned>(params: &[Value], index: usize) -> Option<T> {
	let param = params.get(index)?;
	serde_json::from_value(param.clone()).ok()
}

fn chain_methods(module: &mut RpcModule<Shared>) {
	method(
		module,
		"system_health",
		|_, _| json!({ "peers": 1, "isSyncing": false, "shouldHavePeers": true }),
	);
	method(module, "system_chainType", |_, _| json!("Development"));
	method(module, "state_getRuntimeVersion", |state, _| {
		json!({
			"specName": VERSION.spec_name,
			"specVersion": state.spec_version,
			"transactionVersion": state.transaction_version,
		})
	});
	method(module, "chain_getBlockHash", |state, params| {
		let number = param(&params, 0).unwrap_or(state.best());
		if number == 0 {
			return json!(state.genesis);
		}
		let is_there = number <= state.best() && !state.lacks.contains(&number);
		json!(is_there.then(|| hash(number)))
	});
	method(module, "chain_getFinalizedHead", |state, _| {
		json!(hash(state.best().saturating_sub(state.lag)))
	});
	method(module, "chain_getHeader", |_, params| {
		let number = number(&param(&params, 0).unwrap()) as BlockNumber;
		let parent = hash(number.saturating_sub(1));
		let zero = H256::zero();
		json!(Header::new(number, zero, zero, parent, Default::default()))
	});
	method(module, "chain_getBlock", |state, params| {
		let block = &state.blocks[number(&param(&params, 0).unwrap())];
		let extrinsics: Vec<_> = block.extrinsics.iter().cloned().map(Bytes).collect();
		json!({ "block": { "extrinsics": extrinsics } })
	});
	method(module, "system_accountNextIndex", |state, params| {
		let account: AccountId = param(&params, 0).unwrap();
		json!(state.next_index(&account))
	});
}

fn state_methods(module: &mut RpcModule<Shared>) {
	method(module, "state_getStorage", |state, params| {
		let place: Bytes = param(&params, 0).unwrap();
		let events = storage_prefix(b"System", b"Events");
		if place.0 == events && state.has_strange_events {
			return json!(Bytes(vec![4, 0, 255, 255, 255, 255, 255]));
		}
		if place.0 == events {
			let block = param(&params, 1).map_or(state.blocks.len() - 1, |hash| number(&hash));
			let other = state.other_events.get(&(block as BlockNumber)).cloned();
			return json!(Bytes(
				other.unwrap_or_else(|| state.blocks[block].events.encode())
			));
		}
		json!(state.storage.get(&place.0).cloned().map(Bytes))
	});
	method(module, "state_queryStorageAt", |state, params| {
		let places: Vec<Bytes> = param(&params, 0).unwrap();
		let is_best = param(&params, 1).is_none_or(|at| number(&at) == state.best() as usize);
		let found = places.into_iter().filter_map(|place| {
			let before = state.before.get(&place.0).filter(|_| !is_best);
			let value = before.or(state.storage.get(&place.0))?.clone();
			Some((place, Some(Bytes(value))))
		});
		let changes: Vec<_> = found.collect();
		json!([{ "block": hash(state.best()), "changes": changes }])
	});
	method(module, "state_getKeysPaged", |state, params| {
		let prefix: Bytes = param(&params, 0).unwrap();
		let places = state.storage.keys();
		let places = places.filter(|place| place.starts_with(&prefix.0));
		json!(places.cloned().map(Bytes).collect::<Vec<_>>())
	});
	method(module, "state_call", |_, _| {
		json!(Bytes((Weight::zero(), DispatchClass::Normal, FEE).encode()))
	});
}
