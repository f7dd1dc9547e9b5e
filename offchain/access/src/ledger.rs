//! What the server must not forget, on disk.
//!
//! One thread writes. It takes all entries that wait, makes them one after the other in a single
//! transaction, commits it to the disk, and only then answers each: an entry costs a share of a disk
//! access, and nobody is told of one that could still be lost. When the disk fails, nobody is told anything,
//! and the ledger stays broken until it is opened anew.

use std::{
	path::Path,
	sync::{mpsc, Arc},
	thread,
	time::{Duration, Instant},
};

use anyhow::{ensure, Context};
use codec::{Decode, DecodeAll, Encode};
use redb::{
	Builder, Database, ReadableDatabase, ReadableTable, StorageBackend, Table, TableDefinition,
	WriteTransaction,
};
use sp_core::{crypto::AccountId32, H256};
use syngraph_primitives::{BlockNumber, ChannelId, ClientId, GenesisHash};
use tokio::sync::{oneshot, watch};

use crate::{Metrics, Receipt};

/// The file in the data folder.
const FILE: &str = "access.redb";
/// How many entries one transaction holds at most.
const BATCH: usize = 4096;
/// How long the writer lets entries gather when several wait at a time: a transaction costs as much as
/// the checks of several signatures, however fast the disk is.
const GATHER: Duration = Duration::from_millis(4);

const ABOUT: TableDefinition<&str, &[u8]> = TableDefinition::new("about");
const CHANNELS: TableDefinition<[u8; 32], &[u8]> = TableDefinition::new("channels");
const COUNTERS: TableDefinition<(&str, &str), u64> = TableDefinition::new("counters");
const QUOTAS: TableDefinition<[u8; 32], (u64, u32)> = TableDefinition::new("quotas");

/// What a ledger belongs to: one chain and one payee.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
pub struct Identity {
	/// The chain.
	pub genesis: GenesisHash,
	/// The account that the channels pay.
	pub payee: AccountId32,
}

/// What is remembered of a channel.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
pub struct Entry {
	/// The receipt over the most.
	pub receipt: Receipt,
	/// What it bought, unless it only caught up with receipts that this ledger does not know.
	pub purchase: Option<Purchase>,
	/// When the channel was to expire when the receipt was accepted: if it now expires earlier, its
	/// depositor has asked to close.
	pub expires: BlockNumber,
	/// A final block in which the channel was open: if it is not there in a later one, it is closed for
	/// good.
	pub seen: BlockNumber,
	/// The server closes the channel with this receipt, and accepts no other.
	pub closing: bool,
}

/// A slot that was bought.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
pub struct Purchase {
	/// The device.
	pub device: String,
	/// Its service.
	pub service: String,
	/// The number of the password.
	pub counter: u64,
	/// The hash of what must be shown to be told the password again, if anything.
	pub key: Option<H256>,
}

/// The disk has failed.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("the ledger cannot be read or written")]
pub struct Broken;

impl<E: Into<redb::Error>> From<E> for Broken {
	fn from(error: E) -> Self {
		tracing::error!("the ledger cannot be read or written: {}", error.into());
		Self
	}
}

/// Tells what came of an entry, once it is on disk. Dropped if that fails.
type Answer = Box<dyn FnOnce() + Send>;
/// Makes an entry.
type Job = Box<dyn FnOnce(&mut Books) -> Result<Answer, Broken> + Send>;

/// What the server must not forget. Clones share it.
#[derive(Clone)]
pub struct Ledger {
	database: Arc<Database>,
	jobs: mpsc::Sender<Job>,
	broken: watch::Sender<bool>,
}

impl Ledger {
	/// Opens the ledger in a folder, or begins one. Fails if it is open already, or belongs to something
	/// else.
	pub fn open(folder: &Path, identity: &Identity, metrics: Arc<Metrics>) -> anyhow::Result<Self> {
		let path = folder.join(FILE);
		let database =
			Database::create(&path).with_context(|| format!("cannot open {}", path.display()))?;
		Self::start(database, identity, metrics)
	}

	/// As [`Ledger::open`], on something else than a file.
	pub fn open_on(
		disk: impl StorageBackend,
		identity: &Identity,
		metrics: Arc<Metrics>,
	) -> anyhow::Result<Self> {
		Self::start(Builder::new().create_with_backend(disk)?, identity, metrics)
	}

	fn start(
		database: Database,
		identity: &Identity,
		metrics: Arc<Metrics>,
	) -> anyhow::Result<Self> {
		prepare(&database, identity)?;
		let database = Arc::new(database);
		let broken = watch::Sender::new(false);
		let (jobs, waiting) = mpsc::channel();
		let writer = Writer {
			database: database.clone(),
			broken: broken.clone(),
			metrics,
		};
		thread::Builder::new()
			.name("ledger".into())
			.spawn(move || writer.run(waiting))?;
		Ok(Self {
			database,
			jobs,
			broken,
		})
	}

	/// Makes an entry and waits until it is safely on disk.
	pub async fn write<R: Send + 'static>(
		&self,
		entry: impl FnOnce(&mut Books) -> Result<R, Broken> + Send + 'static,
	) -> Result<R, Broken> {
		let (tell, told) = oneshot::channel();
		let job: Job = Box::new(move |books| {
			let made = entry(books)?;
			// Who asked may have gone: the entry stands all the same.
			Ok(Box::new(move || drop(tell.send(made))))
		});
		self.jobs.send(job).map_err(|_| Broken)?;
		told.await.map_err(|_| Broken)
	}

	/// What is on disk about a channel.
	pub fn entry(&self, id: ChannelId) -> Result<Option<Entry>, Broken> {
		let table = self.database.begin_read()?.open_table(CHANNELS)?;
		let found = table.get(id.0)?;
		found.map(|bytes| decode(bytes.value())).transpose()
	}

	/// All channels on disk.
	pub fn entries(&self) -> Result<Vec<(ChannelId, Entry)>, Broken> {
		let table = self.database.begin_read()?.open_table(CHANNELS)?;
		let all = table.iter()?.map(|row| {
			let (id, bytes) = row?;
			Ok((H256(id.value()), decode(bytes.value())?))
		});
		all.collect()
	}

	/// How many slots a client has bought in a period.
	pub fn bought(&self, client: &ClientId, period: u64) -> Result<u32, Broken> {
		let table = self.database.begin_read()?.open_table(QUOTAS)?;
		bought(&table, client, period)
	}

	/// Fails if the disk has.
	pub fn ensure_whole(&self) -> Result<(), Broken> {
		match *self.broken.borrow() {
			true => Err(Broken),
			false => Ok(()),
		}
	}

	/// Waits for the disk to fail.
	pub async fn failed(&self) {
		// The sender is here, so that this waits for nothing else.
		let _ = self.broken.subscribe().wait_for(|broken| *broken).await;
	}
}

/// Makes the tables, and sees to it that they are those of this server.
fn prepare(database: &Database, identity: &Identity) -> anyhow::Result<()> {
	let transaction = database.begin_write()?;
	{
		Books::open(&transaction)?;
		let mut about = transaction.open_table(ABOUT)?;
		let known = about.get("identity")?.map(|known| known.value().to_vec());
		match known {
			None => drop(about.insert("identity", &identity.encode()[..])?),
			Some(known) => ensure!(
				known == identity.encode(),
				"this ledger belongs to another chain or another payee"
			),
		}
	}
	transaction.commit()?;
	Ok(())
}

/// The thread that writes.
struct Writer {
	database: Arc<Database>,
	broken: watch::Sender<bool>,
	metrics: Arc<Metrics>,
}

impl Writer {
	fn run(self, waiting: mpsc::Receiver<Job>) {
		let mut is_busy = false;
		while let Ok(first) = waiting.recv() {
			if is_busy {
				thread::sleep(GATHER);
			}
			let rest = waiting.try_iter().take(BATCH - 1);
			let jobs: Vec<Job> = std::iter::once(first).chain(rest).collect();
			is_busy = jobs.len() > 1;
			if *self.broken.borrow() {
				continue;
			}
			let begun = Instant::now();
			self.metrics.batch.observe(jobs.len() as f64);
			match self.commit(jobs) {
				Ok(answers) => answers.into_iter().for_each(|answer| answer()),
				Err(Broken) => drop(self.broken.send_replace(true)),
			}
			self.metrics.commit.observe(begun.elapsed().as_secs_f64());
		}
	}

	fn commit(&self, jobs: Vec<Job>) -> Result<Vec<Answer>, Broken> {
		let transaction = self.database.begin_write()?;
		let mut books = Books::open(&transaction)?;
		let made = jobs.into_iter().map(|job| job(&mut books));
		let answers = made.collect::<Result<_, _>>()?;
		drop(books);
		transaction.commit()?;
		Ok(answers)
	}
}

/// The tables while entries are made.
pub struct Books<'a> {
	channels: Table<'a, [u8; 32], &'static [u8]>,
	counters: Table<'a, (&'static str, &'static str), u64>,
	quotas: Table<'a, [u8; 32], (u64, u32)>,
}

impl<'a> Books<'a> {
	fn open(transaction: &'a WriteTransaction) -> Result<Self, Broken> {
		Ok(Self {
			channels: transaction.open_table(CHANNELS)?,
			counters: transaction.open_table(COUNTERS)?,
			quotas: transaction.open_table(QUOTAS)?,
		})
	}

	/// What is remembered of a channel.
	pub fn entry(&self, id: ChannelId) -> Result<Option<Entry>, Broken> {
		let found = self.channels.get(id.0)?;
		found.map(|bytes| decode(bytes.value())).transpose()
	}

	/// Remembers a channel.
	pub fn put(&mut self, entry: &Entry) -> Result<(), Broken> {
		let id = entry.receipt.receipt.channel;
		self.channels.insert(id.0, &entry.encode()[..])?;
		Ok(())
	}

	/// Forgets a channel.
	pub fn forget(&mut self, id: ChannelId) -> Result<(), Broken> {
		self.channels.remove(id.0)?;
		Ok(())
	}

	/// The number of the next password of a service. It is never given out again.
	pub fn next(&mut self, device: &str, service: &str) -> Result<u64, Broken> {
		let next = self.skip(device, service, 0)?;
		self.skip(device, service, 1)?;
		Ok(next)
	}

	/// Leaves so many passwords of a service out, and tells the number of the next.
	pub fn skip(&mut self, device: &str, service: &str, slots: u64) -> Result<u64, Broken> {
		let next = self.counters.get((device, service))?;
		let next = next.map_or(0, |next| next.value()).saturating_add(slots);
		if slots > 0 {
			self.counters.insert((device, service), next)?;
		}
		Ok(next)
	}

	/// How many slots a client has bought in a period.
	pub fn bought(&self, client: &ClientId, period: u64) -> Result<u32, Broken> {
		bought(&self.quotas, client, period)
	}

	/// Counts a slot that a client has bought in a period.
	pub fn count(&mut self, client: &ClientId, period: u64) -> Result<(), Broken> {
		let count = self.bought(client, period)?.saturating_add(1);
		self.quotas.insert(to_bytes(client), (period, count))?;
		Ok(())
	}
}

fn bought(
	quotas: &impl ReadableTable<[u8; 32], (u64, u32)>,
	client: &ClientId,
	period: u64,
) -> Result<u32, Broken> {
	let last = quotas.get(to_bytes(client))?.map(|last| last.value());
	Ok(last
		.filter(|last| last.0 == period)
		.map_or(0, |last| last.1))
}

fn to_bytes(client: &ClientId) -> [u8; 32] {
	client.clone().into()
}

fn decode(bytes: &[u8]) -> Result<Entry, Broken> {
	Entry::decode_all(&mut &*bytes).map_err(|error| {
		tracing::error!("an entry of the ledger cannot be read: {error}");
		Broken
	})
}
