//! A chain and a server for tests.

#![allow(dead_code, reason = "no test uses all of it")]

mod fake;
pub mod keeping;

use std::{num::NonZeroU64, path::Path, sync::Arc, time::Duration};

use axum::{body::Body, http::Request, Router};
use codec::Encode;
use http_body_util::BodyExt;
use serde_json::{json, Value};
use sp_core::{crypto::AccountId32, sr25519, Pair, H256};
use sp_runtime::{traits::IdentifyAccount, MultiSigner};
use syngraph_access::{
	config::{Offer, Rules, Terms},
	http, Balance, Channel, Closing, Heads, Identity, Ledger, Metrics, Server, SignedReceipt,
	Watch,
};
use syngraph_device::{Digits, Secret};
use syngraph_primitives::{BlockNumber, ChannelId, Membership, Payer, Payload};
use tower::ServiceExt;

pub use fake::Fake;

pub const GENESIS: H256 = H256::repeat_byte(7);
pub const PRICE: Balance = 10;
pub const FUNDS: Balance = 1000;
pub const EXPIRES: BlockNumber = 100;
pub const MARGIN: BlockNumber = 20;
/// No test takes so long, on whatever machine.
const TIMEOUT: Duration = Duration::from_secs(24 * 3600);
/// The secret of RFC 4226, appendix D, and its first passwords.
pub const SECRET: &[u8] = b"12345678901234567890";
pub const PASSWORDS: [&str; 5] = ["755224", "287082", "359152", "969429", "338314"];

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
		Self::under(terms, ledger, Fake::default(), metrics, TIMEOUT).await
	}

	/// The same with a server that gives up on the chain, and on its collector, after so long.
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
		Self::under(terms(quota), ledger, chain, metrics, TIMEOUT).await
	}

	pub async fn under(
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
	pub async fn buy(&self, receipt: &SignedReceipt) -> (u16, Value) {
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
pub fn priced(service: &str, receipt: &SignedReceipt, price: Balance) -> String {
	let body = body(service, receipt);
	body.replacen('{', &format!("{{\"price\":\"{price}\","), 1)
}

pub fn body(service: &str, receipt: &SignedReceipt) -> String {
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

pub fn receipt(key: &sr25519::Pair, channel: ChannelId, amount: Balance) -> SignedReceipt {
	signed(key, channel, amount, None)
}

pub fn signed(
	key: &sr25519::Pair,
	channel: ChannelId,
	amount: Balance,
	membership: Option<Membership>,
) -> SignedReceipt {
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
