//! A chain and a server for tests.

#![allow(dead_code, reason = "no test uses all of it")]

pub mod keeping;

use std::{collections::HashMap, num::NonZeroU64, path::Path, sync::Arc, time::Duration};

use anyhow::{bail, ensure};
use axum::{body::Body, http::Request, Router};
use codec::Encode;
use http_body_util::BodyExt;
use parking_lot::Mutex;
use serde_json::{json, Value};
use sp_core::{crypto::AccountId32, sr25519, Pair, H256};
use sp_runtime::{traits::IdentifyAccount, MultiSigner};
use syngraph_access::{
	config::{Offer, Terms},
	desk::Rules,
	http, Balance, CatchingUp, Chain, Channel, Closing, Collected, Costs, Funds, Heads, Identity,
	Lane, Ledger, Metrics, News, Receipt, Seen, Server, Watch,
};
use syngraph_client::Postage;
use syngraph_device::{Digits, Secret};
use syngraph_primitives::{BlockNumber, ChannelId, Membership, Payer, Payload, SignedReceipt};
use tokio::sync::RwLock;
use tower::ServiceExt;

pub const GENESIS: H256 = H256::repeat_byte(7);
pub const PRICE: Balance = 10;
pub const FUNDS: Balance = 1000;
pub const EXPIRES: BlockNumber = 100;
pub const MARGIN: BlockNumber = 20;
/// No test takes so long, on whatever machine.
const PATIENCE: Duration = Duration::from_secs(24 * 3600);
/// The secret of RFC 4226, appendix D, and its first passwords.
pub const SECRET: &[u8] = b"12345678901234567890";
pub const PASSWORDS: [&str; 5] = ["755224", "287082", "359152", "969429", "338314"];

/// A chain that does what a test says.
#[derive(Clone, Default)]
pub struct Fake(pub Arc<Mutex<State>>, pub Arc<Gates>);

/// What a test can hold up.
pub struct Gates {
	/// Transactions.
	pub transactions: RwLock<()>,
	/// What the public asks for.
	pub public: RwLock<()>,
}

impl Default for Gates {
	fn default() -> Self {
		Self {
			transactions: RwLock::new(()),
			public: RwLock::new(()),
		}
	}
}

#[derive(Default)]
pub struct State {
	pub heads: Heads,
	pub finalized: HashMap<ChannelId, Channel>,
	pub best: HashMap<ChannelId, Channel>,
	/// Whether it cannot be reached.
	pub is_away: bool,
	/// Whether it refuses transactions.
	pub refuses: bool,
	/// How many transactions it was given.
	pub attempts: usize,
	/// What channels were closed with.
	pub closed: Vec<Receipt>,
	/// What was redeemed.
	pub redeemed: Vec<Receipt>,
	/// What the payee has.
	pub funds: Funds,
	/// What closing costs.
	pub costs: Costs,
	/// What has happened to channels and was not told yet.
	pub news: Vec<News>,
	/// So many blocks later does a block include a transaction.
	pub lag: BlockNumber,
	/// What closes when.
	pub coming: Vec<(BlockNumber, Receipt)>,
	/// How many channels each lane was asked for, by request.
	pub read: Vec<(Lane, usize)>,
	/// Whether it was upgraded.
	pub is_strange: bool,
	/// Whether its node is catching up.
	pub is_syncing: bool,
	/// About how many channels each transaction was, and its tip.
	pub sent: Vec<(usize, Balance)>,
	/// Whether channels cannot be read, while blocks come.
	pub hides_channels: bool,
}

impl Fake {
	/// Puts a channel into a final block.
	pub fn open(&self, id: ChannelId, channel: Channel) {
		let mut state = self.0.lock();
		state.finalized.insert(id, channel.clone());
		state.best.insert(id, channel);
	}

	/// Changes a channel in the best block.
	pub fn change(&self, id: ChannelId, change: impl FnOnce(&mut Channel)) {
		change(self.0.lock().best.get_mut(&id).unwrap());
	}

	/// Makes the best block the one with this number, and everything in it final.
	pub fn reach(&self, block: BlockNumber) {
		let mut state = self.0.lock();
		let coming = std::mem::take(&mut state.coming);
		for (at, receipt) in coming {
			match at <= block {
				true => drop(state.best.remove(&receipt.receipt.channel)),
				false => state.coming.push((at, receipt)),
			}
		}
		state.finalized = state.best.clone();
		state.heads = Heads {
			finalized: block,
			best: block,
		};
	}

	/// Makes a transaction, and tells in which block it will be.
	async fn transact(
		&self,
		channels: usize,
		tip: Balance,
		apply: impl FnOnce(&mut State, BlockNumber),
	) -> anyhow::Result<Collected> {
		self.0.lock().attempts += 1;
		self.0.lock().sent.push((channels, tip));
		let _open = self.1.transactions.read().await;
		let mut state = self.0.lock();
		ensure!(!state.refuses, "refused");
		let block = state.heads.best + state.lag;
		apply(&mut state, block);
		Ok(Collected {
			block,
			refused: vec![],
		})
	}
}

impl Chain for Fake {
	fn genesis(&self) -> H256 {
		GENESIS
	}

	async fn heads(&self) -> anyhow::Result<Heads> {
		let state = self.0.lock();
		ensure!(!state.is_away, "away");
		if state.is_syncing {
			bail!(CatchingUp);
		}
		if state.is_strange {
			bail!(syngraph_client::Error::OtherRuntime {
				theirs: "new".into(),
				ours: "old".into()
			});
		}
		Ok(state.heads)
	}

	async fn channels(&self, lane: Lane, ids: &[ChannelId]) -> anyhow::Result<Vec<Seen>> {
		if lane == Lane::Public {
			drop(self.1.public.read().await);
		}
		let mut state = self.0.lock();
		ensure!(!state.is_away && !state.hides_channels, "away");
		state.read.push((lane, ids.len()));
		let seen = ids.iter().map(|id| Seen {
			heads: state.heads,
			finalized: state.finalized.get(id).cloned(),
			best: state.best.get(id).cloned(),
		});
		Ok(seen.collect())
	}

	async fn news(&self) -> anyhow::Result<Vec<News>> {
		Ok(std::mem::take(&mut self.0.lock().news))
	}

	async fn funds(&self) -> anyhow::Result<Funds> {
		Ok(self.0.lock().funds)
	}

	async fn costs(&self, _: &Receipt) -> anyhow::Result<Costs> {
		Ok(self.0.lock().costs)
	}

	async fn close(&self, receipts: Vec<Receipt>, postage: Postage) -> anyhow::Result<Collected> {
		let closing = self.transact(receipts.len(), postage.tip, |state, block| {
			for receipt in receipts {
				match state.lag {
					0 => drop(state.best.remove(&receipt.receipt.channel)),
					_ => state.coming.push((block, receipt.clone())),
				}
				state.closed.push(receipt);
			}
		});
		closing.await
	}

	async fn redeem(&self, receipt: Receipt, postage: Postage) -> anyhow::Result<Collected> {
		let redeeming = self.transact(1, postage.tip, |state, _| {
			let channel = state.best.get_mut(&receipt.receipt.channel).unwrap();
			channel.paid = receipt.receipt.amount;
			state.redeemed.push(receipt);
		});
		redeeming.await
	}
}

/// A server with one device that has two services, and its chain.
pub struct Scene {
	pub chain: Fake,
	pub server: Arc<Server<Fake>>,
	pub app: Router,
	pub metrics: Arc<Metrics>,
}

impl Scene {
	/// Everything in place, in block 10.
	pub async fn new(folder: &Path) -> Self {
		Self::with(folder, Fake::default(), 100).await
	}

	/// The same with other rules for closing.
	pub async fn closing(folder: &Path, closing: Closing) -> Self {
		let metrics = Arc::new(Metrics::new().unwrap());
		let ledger = ledger(folder, &metrics).unwrap();
		let mut terms = terms(100);
		terms.closing = closing;
		Self::under(terms, ledger, Fake::default(), metrics, PATIENCE).await
	}

	/// The same with a server that gives up on the chain, and on its keeper, after so long.
	pub async fn patient(folder: &Path, patience: Duration) -> Self {
		let metrics = Arc::new(Metrics::new().unwrap());
		let ledger = ledger(folder, &metrics).unwrap();
		Self::under(terms(100), ledger, Fake::default(), metrics, patience).await
	}

	/// A server on this chain that sells every client so many slots.
	pub async fn with(folder: &Path, chain: Fake, quota: u32) -> Self {
		let metrics = Arc::new(Metrics::new().unwrap());
		let ledger = ledger(folder, &metrics).unwrap();
		Self::on(ledger, chain, quota, metrics).await
	}

	pub async fn on(ledger: Ledger, chain: Fake, quota: u32, metrics: Arc<Metrics>) -> Self {
		Self::under(terms(quota), ledger, chain, metrics, PATIENCE).await
	}

	async fn under(
		terms: Terms,
		ledger: Ledger,
		chain: Fake,
		metrics: Arc<Metrics>,
		patience: Duration,
	) -> Self {
		if chain.0.lock().heads == Heads::default() {
			chain.reach(10);
		}
		let watch = Watch::new(chain.clone(), patience);
		watch.look().await.unwrap();
		let server = Server::new(terms, payee(), 42u16.into(), watch, ledger, metrics.clone());
		let server = Arc::new(server.unwrap());
		Self {
			chain,
			app: http::router(server.clone()),
			server,
			metrics,
		}
	}

	/// Goes on to a block in which everything is final.
	pub async fn reach(&self, block: BlockNumber) {
		self.chain.reach(block);
		self.server.watch().look().await.unwrap();
	}

	/// Asks for a slot of the door.
	pub async fn buy(&self, receipt: &Receipt) -> (u16, Value) {
		self.post(&body("open", receipt), None).await
	}

	/// Asks for a slot with any body, as a client with this name: no other knows its key.
	pub async fn post(&self, body: &str, client: Option<&str>) -> (u16, Value) {
		let key = format!("the key of {:>16}", client.unwrap_or("the one client"));
		let request = Request::post("/v1/slots").header(http::KEY_HEADER, key);
		self.ask(request.body(Body::from(body.to_string())).unwrap())
			.await
	}

	pub async fn get(&self, path: &str) -> (u16, Value) {
		self.ask(Request::get(path).body(Body::empty()).unwrap())
			.await
	}

	pub async fn ask(&self, request: Request<Body>) -> (u16, Value) {
		let response = self.app.clone().oneshot(request).await.unwrap();
		let status = response.status().as_u16();
		let body = response.into_body().collect().await.unwrap().to_bytes();
		let text = || String::from_utf8_lossy(&body).into();
		(
			status,
			serde_json::from_slice(&body).unwrap_or_else(|_| text()),
		)
	}
}

/// The ledger in a folder, which is begun if there is none.
pub fn ledger(folder: &Path, metrics: &Arc<Metrics>) -> anyhow::Result<Ledger> {
	match Ledger::ensure_there(folder) {
		Ok(_) => Ledger::open(folder, &identity(), metrics.clone()),
		Err(_) => Ledger::create(folder, &identity(), metrics.clone()),
	}
}

/// The same with what the client takes for the price.
pub fn priced(service: &str, receipt: &Receipt, price: Balance) -> String {
	let body = body(service, receipt);
	body.replacen('{', &format!("{{\"price\":\"{price}\","), 1)
}

pub fn body(service: &str, receipt: &Receipt) -> String {
	let receipt = array_bytes::bytes2hex("0x", receipt.encode());
	json!({ "device": "door", "service": service, "receipt": receipt }).to_string()
}

pub fn identity() -> Identity {
	Identity {
		genesis: GENESIS,
		payee: payee(),
	}
}

pub fn terms(quota: u32) -> Terms {
	let offer = |service: &str| {
		Arc::new(Offer {
			device: "door".into(),
			service: service.into(),
			price: PRICE,
			slot_seconds: 60,
			secret: Secret::new(SECRET).unwrap(),
			digits: Digits::Six,
		})
	};
	Terms {
		rules: Rules {
			margin: MARGIN,
			quota,
		},
		period: NonZeroU64::new(u64::MAX).unwrap(),
		closing: Closing::default(),
		offers: vec![offer("open"), offer("lock")],
	}
}

pub fn payee() -> AccountId32 {
	[1; 32].into()
}

pub fn depositor() -> AccountId32 {
	[2; 32].into()
}

pub fn id(number: u64) -> ChannelId {
	H256::from_low_u64_be(number)
}

pub fn key(number: u8) -> sr25519::Pair {
	sr25519::Pair::from_seed(&[number; 32])
}

pub fn client(key: &sr25519::Pair) -> AccountId32 {
	MultiSigner::from(key.public()).into_account()
}

pub fn channel(payer: Payer) -> Channel {
	Channel {
		depositor: depositor(),
		payee: payee(),
		payer,
		change: None,
		funds: FUNDS,
		paid: 0,
		expires: EXPIRES,
		deposit: 1,
	}
}

/// A channel of the client with this key.
pub fn delegated(key: &sr25519::Pair) -> Channel {
	channel(Payer::Delegated(client(key)))
}

pub fn receipt(key: &sr25519::Pair, channel: ChannelId, amount: Balance) -> Receipt {
	signed(key, channel, amount, None)
}

pub fn signed(
	key: &sr25519::Pair,
	channel: ChannelId,
	amount: Balance,
	membership: Option<Membership>,
) -> Receipt {
	let receipt = syngraph_primitives::Receipt { channel, amount };
	let signature = key.sign(&receipt.signing_bytes(&GENESIS)).into();
	SignedReceipt {
		receipt,
		signature,
		membership,
	}
}

/// The name of a problem.
pub fn name(problem: &Value) -> &str {
	let ty = problem["type"].as_str().unwrap_or_default();
	ty.strip_prefix("/problems/").unwrap_or(ty)
}
