//! An access server, a device and a chain that can be stopped at any step.

use std::{
	cell::{Cell, RefCell},
	fs::File,
	path::{Path, PathBuf},
	sync::{Arc, Mutex},
};

use syngraph_access::listen::Tls;
use syngraph_client::secret::WellKnown;
use syngraph_device::{Config, CounterStore, Secret, State, Verifier, VerifyError};
use syngraph_payer::{
	Answer, Channel, ChannelInfo, ChannelState, Environment, Error, Info, Key, Order, Password,
	Payments, Pending, Record, Records, Server, SignedReceipt, Signer,
};
use syngraph_primitives::{ChannelId, GenesisHash, Payer};
use syngraph_runtime::{AccountId, Balance};
use tempfile::TempDir;

use crate::running::{Running, Still};

pub const SERVICE: &str = "fast";
pub const PRICE: Balance = 10;
pub const FUNDS: Balance = 10_000;
pub const GENESIS: GenesisHash = GenesisHash::repeat_byte(9);
pub const BLOCK: u32 = 100;

pub fn channel() -> ChannelId {
	ChannelId::repeat_byte(7)
}

pub fn payee() -> AccountId {
	AccountId::new([2; 32])
}

pub fn key(secret: &str) -> Key {
	Key::parse(&format!("ed25519 //{secret}"), WellKnown::Accepted).unwrap()
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

pub fn secret() -> Secret {
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
	/// How far ahead of the last password the device takes one alone.
	pub reach: Cell<u32>,
	/// What a slot costs from the server's next start on,
	pub price: Cell<Balance>,
	/// and of what service.
	pub service: Cell<&'static str>,
	tls: Option<Tls>,
	/// The file with the authorities that clients believe, if not the system's.
	pub authorities: Option<PathBuf>,
}

impl Machine {
	pub fn new(payer: Payer) -> Self {
		Self::with(payer, None)
	}

	/// A machine that speaks HTTPS as `localhost`.
	pub fn over_tls(payer: Payer, tls: Tls) -> Self {
		Self::with(payer, Some(tls))
	}

	fn with(payer: Payer, tls: Option<Tls>) -> Self {
		let chain = Still(Arc::new(Mutex::new(Some(on_chain(payer)))));
		let machine = Self {
			folder: tempfile::tempdir().unwrap(),
			chain,
			running: RefCell::default(),
			memory: Memory::default(),
			served: Cell::new(0),
			fuse: Cell::new(None),
			reach: Cell::new(Config::default().reach),
			price: Cell::new(PRICE),
			service: Cell::new(SERVICE),
			tls,
			authorities: None,
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
		let (chain, sold) = (self.chain.clone(), (self.service.get(), self.price.get()));
		let running = Running::start(self.folder(), chain, sold, self.tls.as_ref());
		self.running.replace(Some(running));
	}

	/// Takes the channel from the chain. The server hears of it when it is started anew.
	pub fn close(&self) {
		*self.chain.0.lock().unwrap() = None;
		self.restart();
	}

	/// A client with records in the server's folder.
	pub fn client(&self, signer: &Signer, records: &str) -> Payments<Client<'_>> {
		let records = Records::open(&self.folder.path().join(records)).unwrap();
		let record = records.load(channel()).unwrap();
		Payments::new(self.environment(records), signer.clone(), record)
	}

	/// Somebody who has a client's key and record, but keeps nothing.
	pub fn imposter(&self, signer: &Signer, record: Record) -> Payments<Client<'_>> {
		let records = Records::open(&self.folder().join("imposter")).unwrap();
		Payments::new(self.environment(records), signer.clone(), record)
	}

	/// Where everybody keeps what must not be forgotten.
	pub fn folder(&self) -> &Path {
		self.folder.path()
	}

	fn environment(&self, records: Records) -> Client<'_> {
		Client {
			machine: self,
			server: self.server(),
			records,
		}
	}

	fn server(&self) -> Server {
		let running = self.running.borrow();
		let url = &running.as_ref().unwrap().url;
		Server::new(url, self.authorities.as_deref()).unwrap()
	}

	/// The number of the next password that the device takes.
	pub fn next(&self) -> u64 {
		self.memory.0.lock().unwrap().counter
	}

	/// Turns the device to another number, as somebody with a lucky guess would.
	pub fn turn(&self, counter: u64) {
		self.memory.0.lock().unwrap().counter = counter;
	}

	/// What the server's best receipt is over.
	pub fn owed(&self) -> Balance {
		block_on(self.server().channel_info(channel()))
			.unwrap()
			.amount
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

	fn show(&self, password: &Password, following: Option<&Password>) -> Answer {
		let config = Config {
			reach: self.reach.get(),
			..Config::default()
		};
		let store = self.memory.clone();
		let mut verifier = Verifier::open(secret(), config, store, 0).unwrap();
		let (first, counter) = (&*password.password, password.counter);
		let (checked, slots) = match following {
			None => (verifier.check(counter, first, 0), 1),
			Some(second) => (
				verifier.check_pair(counter, [first, &second.password], 0),
				2,
			),
		};
		match checked {
			Ok(()) => {
				self.served.set(self.served.get() + slots);
				Answer::Accepted(5 * u64::from(slots))
			},
			Err(VerifyError::Wrong) => Answer::Wrong,
			Err(VerifyError::Passed(next)) => Answer::Passed(next),
			Err(VerifyError::TooFar(next)) => Answer::TooFar(next),
			Err(other) => Answer::NotNow(other.to_string()),
		}
	}
}

/// A client that dies before or after any of its steps, when the fuse has burnt down: then nothing it does has
/// any effect any more.
pub struct Client<'a> {
	machine: &'a Machine,
	server: Server,
	records: Records,
}

impl Environment for Client<'_> {
	async fn info(&self) -> Result<Info, Error> {
		self.machine.step("before info")?;
		self.server.info().await
	}

	async fn channel_info(&self, channel: ChannelId) -> Result<ChannelInfo, Error> {
		self.machine.step("before channel info")?;
		self.server.channel_info(channel).await
	}

	async fn channel(&self, id: ChannelId) -> Result<ChannelState, Error> {
		self.machine.step("before channel")?;
		let there = self.machine.chain.0.lock().unwrap().clone();
		Ok(ChannelState {
			genesis: GENESIS,
			block: BLOCK,
			channel: there.ok_or(Error::UnknownChannel(id))?,
		})
	}

	async fn buy(&self, pending: &Pending) -> Result<Password, Error> {
		self.machine.step("before buy")?;
		let answer = self.server.buy(pending).await;
		self.machine.step("after buy")?;
		answer
	}

	async fn remind(
		&self,
		order: &Order,
		receipt: &SignedReceipt,
		price: Balance,
	) -> Result<(), Error> {
		self.machine.step("before remind")?;
		let answer = self.server.remind(order, receipt, price).await;
		self.machine.step("after remind")?;
		answer
	}

	async fn show(
		&self,
		_: &str,
		_: &str,
		password: &Password,
		following: Option<&Password>,
	) -> Result<Answer, Error> {
		self.machine.step("before show")?;
		let answer = self.machine.show(password, following);
		self.machine.step("after show")?;
		Ok(answer)
	}

	fn save(&self, record: &Record) -> Result<(), Error> {
		self.machine.step("before save")?;
		self.records.save(record)?;
		self.machine.step("after save")
	}
}

/// A slot of the machine's one service. The server's address changes with every restart.
pub fn order() -> Order {
	Order {
		server: "http://access".into(),
		device: "charger".into(),
		service: SERVICE.into(),
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
pub fn pay(payments: &mut Payments<Client<'_>>) -> Result<(), Error> {
	pay_up_to(payments, PRICE)
}

/// The same for not more than `at_most`.
pub fn pay_up_to(payments: &mut Payments<Client<'_>>, at_most: Balance) -> Result<(), Error> {
	block_on(async {
		payments.buy(&order(), at_most).await?;
		payments.hand_over("device").await.map(drop)
	})
}
