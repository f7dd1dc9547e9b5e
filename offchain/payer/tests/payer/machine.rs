//! An access server, a device and a chain that can be stopped at any step.

use std::{
	cell::{Cell, RefCell},
	fs::File,
	num::NonZeroU64,
	path::Path,
	sync::{Arc, Mutex},
	time::Duration,
};

use sp_core::crypto::Ss58AddressFormat;
use syngraph_access::{
	config::{Offer, Terms},
	desk::Rules,
	http, listen, Chain, Heads, Identity, Ledger, Metrics, Seen, Watch,
};
use syngraph_device::{Config, CounterStore, Digits, Refusal, Secret, State, Verifier};
use syngraph_payer::{
	Answer, Channel, Error, Info, Key, Order, Password, Purse, Receipt, Record, Server, Signer,
	Standing, View, Wallet, World,
};
use syngraph_primitives::{ChannelId, GenesisHash, Payer};
use syngraph_runtime::{AccountId, Balance};
use tempfile::TempDir;
use tokio::{net::TcpListener, runtime::Runtime, sync::oneshot};

pub const PRICE: Balance = 10;
pub const FUNDS: Balance = 10_000;
pub const GENESIS: GenesisHash = GenesisHash::repeat_byte(9);
const BLOCK: u32 = 100;

/// A chain that stands still.
#[derive(Clone)]
struct Still(Arc<Mutex<Channel>>);

impl Chain for Still {
	fn genesis(&self) -> GenesisHash {
		GENESIS
	}

	async fn heads(&self) -> anyhow::Result<Heads> {
		Ok(heads())
	}

	async fn channel(&self, id: ChannelId) -> anyhow::Result<Seen> {
		let channel = (id == channel()).then(|| self.0.lock().unwrap().clone());
		Ok(Seen {
			heads: heads(),
			finalized: channel.clone(),
			best: channel,
		})
	}

	async fn close(&self, _: Vec<Receipt>) -> anyhow::Result<()> {
		Ok(())
	}

	async fn redeem(&self, _: Receipt) -> anyhow::Result<()> {
		Ok(())
	}
}

fn heads() -> Heads {
	Heads {
		finalized: BLOCK,
		best: BLOCK,
	}
}

pub fn channel() -> ChannelId {
	ChannelId::repeat_byte(7)
}

pub fn payee() -> AccountId {
	AccountId::new([2; 32])
}

pub fn key(secret: &str) -> Key {
	format!("ed25519 //{secret}").parse().unwrap()
}

/// A channel of the client's own.
pub fn on_chain(payer: Payer) -> Channel {
	Channel {
		depositor: key("Client").client(),
		payee: payee(),
		payer,
		change: None,
		funds: FUNDS,
		paid: 0,
		expires: 10_000,
		deposit: 5,
	}
}

fn secret() -> Secret {
	Secret::new(&[1; 20]).unwrap()
}

/// The memory of a device, which outlives its every death.
#[derive(Clone, Default)]
struct Memory(Arc<Mutex<State>>);

impl CounterStore for Memory {
	type Error = std::convert::Infallible;

	fn load(&mut self) -> Result<State, Self::Error> {
		Ok(*self.0.lock().unwrap())
	}

	fn store(&mut self, state: &State) -> Result<(), Self::Error> {
		*self.0.lock().unwrap() = *state;
		Ok(())
	}
}

/// An access server that is running.
struct Running {
	url: String,
	stop: Option<oneshot::Sender<()>>,
	runtime: Option<Runtime>,
}

impl Running {
	/// The server whose records are in a folder, in a runtime of its own, so that nothing outlives it.
	fn start(folder: &Path, chain: Still) -> Self {
		let runtime = tokio::runtime::Builder::new_multi_thread()
			.worker_threads(1)
			.enable_all()
			.build()
			.unwrap();
		let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
		let url = format!("http://{}", listener.local_addr().unwrap());
		let metrics = Arc::new(Metrics::new().unwrap());
		let identity = Identity {
			genesis: GENESIS,
			payee: payee(),
		};
		let ledger = Ledger::open(folder, &identity, metrics.clone()).unwrap();
		let watch = Watch::new(chain, Duration::from_secs(600));
		runtime.block_on(watch.look()).unwrap();
		let ss58 = Ss58AddressFormat::custom(42);
		let server =
			syngraph_access::Server::new(terms(), payee(), ss58, watch, ledger, metrics).unwrap();
		let (stop, stopped) = oneshot::channel();
		runtime.spawn(listen::serve(
			listener,
			None,
			http::router(Arc::new(server)),
			64,
			async { stopped.await.unwrap_or_default() },
		));
		Self {
			url,
			stop: Some(stop),
			runtime: Some(runtime),
		}
	}
}

impl Drop for Running {
	fn drop(&mut self) {
		drop(self.stop.take());
		if let Some(runtime) = self.runtime.take() {
			runtime.shutdown_timeout(Duration::from_secs(5));
		}
	}
}

fn terms() -> Terms {
	let offer = Offer {
		device: "charger".into(),
		service: "fast".into(),
		price: PRICE,
		slot_seconds: 5,
		secret: secret(),
		digits: Digits::Six,
	};
	Terms {
		rules: Rules {
			margin: 10,
			quota: 1_000,
		},
		period: NonZeroU64::new(3600).unwrap(),
		offers: vec![Arc::new(offer)],
	}
}

/// Everything there is, but for the client.
pub struct Machine {
	folder: TempDir,
	chain: Still,
	running: RefCell<Option<Running>>,
	memory: Memory,
	/// How many slots the device has served.
	pub served: Cell<u32>,
	/// After how many steps the client dies.
	pub fuse: Cell<Option<u32>>,
}

impl Machine {
	pub fn new(payer: Payer) -> Self {
		let chain = Still(Arc::new(Mutex::new(on_chain(payer))));
		let machine = Self {
			folder: tempfile::tempdir().unwrap(),
			chain,
			running: RefCell::default(),
			memory: Memory::default(),
			served: Cell::new(0),
			fuse: Cell::new(None),
		};
		machine.restart();
		machine
	}

	/// Kills the server and starts it anew.
	pub fn restart(&self) {
		self.tamper(|_| {});
	}

	/// Kills the server, does something to its records, and starts it anew.
	pub fn tamper(&self, change: impl FnOnce(&Path)) {
		let records = self.folder().join("access.redb");
		if self.running.take().is_some() {
			// Its threads take a moment to end.
			File::open(&records).unwrap().lock().unwrap();
			change(&records);
		}
		let running = Running::start(self.folder(), self.chain.clone());
		self.running.replace(Some(running));
	}

	/// A client with a wallet in the server's folder.
	pub fn client(&self, signer: &Signer, wallet: &str) -> Purse<Client<'_>> {
		let wallet = Wallet::open(&self.folder.path().join(wallet)).unwrap();
		let record = wallet.load(channel()).unwrap();
		Purse::new(self.world(wallet), signer.clone(), record)
	}

	/// Somebody who has a client's key and record, but keeps nothing.
	pub fn imposter(&self, signer: &Signer, record: Record) -> Purse<Client<'_>> {
		let wallet = Wallet::open(&self.folder().join("imposter")).unwrap();
		Purse::new(self.world(wallet), signer.clone(), record)
	}

	/// Where everybody keeps what must not be forgotten.
	pub fn folder(&self) -> &Path {
		self.folder.path()
	}

	fn world(&self, wallet: Wallet) -> Client<'_> {
		Client {
			machine: self,
			server: self.server(),
			wallet,
		}
	}

	fn server(&self) -> Server {
		Server::new(&self.running.borrow().as_ref().unwrap().url).unwrap()
	}

	/// What the server's best receipt is over.
	pub fn owed(&self) -> Balance {
		block_on(self.server().standing(channel())).unwrap().amount
	}

	/// Dies if it is time to.
	fn step(&self, what: &str) -> Result<(), Error> {
		let left = self.fuse.get();
		self.fuse.set(left.map(|left| left.saturating_sub(1)));
		match left {
			Some(0) => Err(Error::Unreachable {
				url: "death".into(),
				reason: what.into(),
			}),
			_ => Ok(()),
		}
	}

	fn show(&self, password: &str) -> Answer {
		let store = self.memory.clone();
		let mut verifier = Verifier::open(secret(), Config::default(), store, 0).unwrap();
		match verifier.check(password, 0) {
			Ok(_) => {
				self.served.set(self.served.get() + 1);
				Answer::Accepted(5)
			},
			Err(Refusal::Wrong) => Answer::Wrong,
			Err(other) => Answer::NotNow(other.to_string()),
		}
	}
}

/// A client that dies before or after any of its steps, when the fuse has burnt down: then nothing it does has
/// any effect any more.
pub struct Client<'a> {
	machine: &'a Machine,
	server: Server,
	wallet: Wallet,
}

impl World for Client<'_> {
	async fn info(&self) -> Result<Info, Error> {
		self.machine.step("before info")?;
		self.server.info().await
	}

	async fn standing(&self, channel: ChannelId) -> Result<Standing, Error> {
		self.machine.step("before standing")?;
		self.server.standing(channel).await
	}

	async fn channel(&self, _: ChannelId) -> Result<View, Error> {
		self.machine.step("before channel")?;
		Ok(View {
			genesis: GENESIS,
			block: BLOCK,
			channel: self.machine.chain.0.lock().unwrap().clone(),
		})
	}

	async fn buy(
		&self,
		order: &Order,
		receipt: &Receipt,
		key: Option<sp_core::H256>,
	) -> Result<Password, Error> {
		self.machine.step("before buy")?;
		let answer = self.server.buy(order, receipt, key).await;
		self.machine.step("after buy")?;
		answer
	}

	async fn show(&self, _: &str, _: &str, password: &str) -> Result<Answer, Error> {
		self.machine.step("before show")?;
		let answer = self.machine.show(password);
		self.machine.step("after show")?;
		Ok(answer)
	}

	fn save(&self, record: &Record) -> Result<(), Error> {
		self.machine.step("before save")?;
		self.wallet.save(record)?;
		self.machine.step("after save")
	}
}

/// A slot of the machine's one service. The server's address changes with every restart.
pub fn order() -> Order {
	Order {
		server: "http://access".into(),
		device: "charger".into(),
		service: "fast".into(),
	}
}

pub fn block_on<T>(future: impl std::future::Future<Output = T>) -> T {
	tokio::runtime::Builder::new_current_thread()
		.enable_all()
		.build()
		.unwrap()
		.block_on(future)
}

/// Buys and uses one slot.
pub fn pay(purse: &mut Purse<Client<'_>>) -> Result<(), Error> {
	block_on(async {
		purse.buy(&order(), PRICE).await?;
		purse.hand_over("device").await.map(drop)
	})
}
