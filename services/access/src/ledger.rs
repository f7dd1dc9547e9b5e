//! What the server must not forget, on disk.
//!
//! One thread writes. It takes all entries that wait, makes them one after the other in a single
//! transaction, commits it to the disk, and only then answers each: an entry costs a share of a disk
//! access, and nobody is told of one that could still be lost. When the disk fails, nobody is told anything,
//! and the ledger stays broken until it is opened anew.

use std::{
	fs,
	future::Future,
	path::{Path, PathBuf},
	sync::{
		atomic::{AtomicUsize, Ordering},
		mpsc, Arc,
	},
	thread,
	time::{Duration, Instant},
};

use anyhow::{anyhow, ensure, Context};
use codec::{Decode, DecodeAll, Encode};
use parking_lot::RwLock;
use redb::{
	Builder, Database, DatabaseError, ReadableTable, ReadableTableMetadata, StorageBackend,
	TableDefinition,
};
use sp_core::{crypto::AccountId32, H256};
use syngraph_primitives::{ChannelId, ClientId, GenesisHash};
use tokio::sync::{oneshot, watch};

use crate::{
	entries::{Entries, Entry, Page, Snapshot},
	Broken, Metrics, Purchase,
};

/// The file in the data folder.
const FILE: &str = "access.redb";
/// How many entries one transaction holds at most.
const BATCH: usize = 4096;
/// How long the writer waits for entries that are about to come: a transaction costs as much as the checks
/// of several signatures, however fast the disk is.
const GATHER: Duration = Duration::from_millis(2);
/// How often it looks whether they have.
const LOOK: Duration = Duration::from_micros(200);

/// How entries are written. A ledger of another format is not opened.
const FORMAT: u32 = 2;
const ABOUT: TableDefinition<&str, &[u8]> = TableDefinition::new("about");

/// What a ledger belongs to: one chain and one payee.
#[derive(Clone, PartialEq, Eq, Debug, Encode)]
pub struct Identity {
	/// The chain.
	pub genesis: GenesisHash,
	/// The account that the channels pay.
	pub payee: AccountId32,
}

/// Tells what came of an entry, once it is on disk. Dropped if that fails.
type Answer = Box<dyn FnOnce() + Send>;
/// Makes an entry.
type Job = Box<dyn FnOnce(&mut Entries) -> Result<Answer, Broken> + Send>;

/// What the server must not forget. Clones share it.
#[derive(Clone)]
pub struct Ledger {
	/// What is on disk.
	snapshot: Arc<RwLock<Snapshot>>,
	jobs: mpsc::Sender<Job>,
	/// How many entries are about to come.
	coming: Arc<AtomicUsize>,
	broken: watch::Sender<bool>,
	instance: H256,
}

/// An entry that is about to come, until this is dropped.
pub struct Coming(Arc<AtomicUsize>);

impl Drop for Coming {
	fn drop(&mut self) {
		self.0.fetch_sub(1, Ordering::Relaxed);
	}
}

impl Ledger {
	/// Opens the ledger in a folder. Fails if there is none, which would sell passwords again that were sold
	/// before; if it is open already; or if it belongs to something else.
	pub fn open(folder: &Path, identity: &Identity, metrics: Arc<Metrics>) -> anyhow::Result<Self> {
		let path = Self::ensure_there(folder)?;
		let database = Database::open(&path).map_err(|error| explain(&path, error))?;
		Self::start(database, identity, metrics)
			.with_context(|| format!("cannot open {}", path.display()))
	}

	/// Begins a ledger in a folder, for a server that has not sold anything. Fails if there is one.
	pub fn create(
		folder: &Path,
		identity: &Identity,
		metrics: Arc<Metrics>,
	) -> anyhow::Result<Self> {
		let path = folder.join(FILE);
		ensure!(
			!path.try_exists()?,
			"{} exists already: this is not a new server",
			path.display()
		);
		fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
		let database = Database::create(&path).map_err(|error| explain(&path, error))?;
		Self::start(database, identity, metrics)
	}

	/// Fails if there is no ledger in a folder, and says what to do.
	pub fn ensure_there(folder: &Path) -> anyhow::Result<PathBuf> {
		let path = folder.join(FILE);
		ensure!(
			path.try_exists()
				.with_context(|| format!("cannot look for {}", path.display()))?,
			"there is no {}: restore it from a backup; `syngraph-access init` begins with nothing, for a server \
			 that has not sold anything",
			path.display()
		);
		Ok(path)
	}

	/// As [`Ledger::create`], or [`Ledger::open`] if it holds a ledger, on something else than a file.
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
		let instance = prepare(&database, identity)?;
		let snapshot = Arc::new(RwLock::new(Snapshot::open(&database)?));
		let broken = watch::Sender::new(false);
		let (jobs, waiting) = mpsc::channel();
		let coming = Arc::new(AtomicUsize::new(0));
		let writer = Writer {
			database,
			snapshot: snapshot.clone(),
			coming: coming.clone(),
			broken: broken.clone(),
			metrics,
		};
		thread::Builder::new()
			.name("ledger".into())
			.spawn(move || writer.run(waiting))?;
		Ok(Self {
			snapshot,
			jobs,
			coming,
			broken,
			instance,
		})
	}

	/// Names this ledger: drawn when it was begun, and no other has the same but a copy.
	pub fn instance(&self) -> H256 {
		self.instance
	}

	/// Announces an entry: those that come soon after one another share a transaction.
	pub fn announce(&self) -> Coming {
		self.coming.fetch_add(1, Ordering::Relaxed);
		Coming(self.coming.clone())
	}

	/// Makes an entry and waits until it is safely on disk.
	pub fn write<R: Send + 'static>(
		&self,
		entry: impl FnOnce(&mut Entries) -> Result<R, Broken> + Send + 'static,
	) -> impl Future<Output = Result<R, Broken>> + Send {
		let (tell, told) = oneshot::channel();
		let job: Job = Box::new(move |entries| {
			let made = entry(entries)?;
			// Who asked may have gone: the entry stands all the same.
			Ok(Box::new(move || drop(tell.send(made))))
		});
		let sent = self.jobs.send(job).map_err(|_| Broken);
		async move {
			sent?;
			told.await.map_err(|_| Broken)
		}
	}

	/// What is on disk about a channel.
	pub fn entry(&self, id: ChannelId) -> Result<Option<Entry>, Broken> {
		self.read(|snapshot| snapshot.entry(id))
	}

	/// What is on disk when a client comes with a receipt of a channel.
	pub fn page(&self, id: ChannelId, client: &ClientId, period: u64) -> Result<Page, Broken> {
		self.read(|snapshot| snapshot.page(id, client, period))
	}

	/// What was bought out of a channel with the receipt of this [hash](Purchase::hash), as it is on disk: the
	/// channel may be closed.
	pub fn purchase(&self, id: ChannelId, receipt: H256) -> Result<Option<Purchase>, Broken> {
		self.read(|snapshot| snapshot.purchase(id, receipt))
	}

	/// All channels on disk.
	pub fn entries(&self) -> Result<Vec<(ChannelId, Entry)>, Broken> {
		self.read(Snapshot::entries)
	}

	/// A ledger that cannot be read is as broken as one that cannot be written.
	fn read<R>(&self, read: impl FnOnce(&Snapshot) -> Result<R, Broken>) -> Result<R, Broken> {
		let read = read(&self.snapshot.read());
		if read.is_err() {
			self.broken.send_replace(true);
		}
		read
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

/// What went wrong when a file was to be opened.
fn explain(path: &Path, error: DatabaseError) -> anyhow::Error {
	match error {
		DatabaseError::DatabaseAlreadyOpen => {
			anyhow!("{} is in use: another server runs on it", path.display())
		},
		error => anyhow::Error::new(error).context(format!("cannot open {}", path.display())),
	}
}

/// Makes the tables, sees to it that they are those of this server, and names them.
fn prepare(database: &Database, identity: &Identity) -> anyhow::Result<H256> {
	let transaction = database.begin_write()?;
	let instance = {
		let mut about = transaction.open_table(ABOUT)?;
		// Whatever another format has, it is not empty.
		if about.is_empty()? {
			about.insert("format", &FORMAT.encode()[..])?;
			about.insert("identity", &identity.encode()[..])?;
			about.insert("instance", &H256::random().encode()[..])?;
		}
		let known = |key| -> anyhow::Result<Vec<u8>> {
			let known = about.get(key)?.map(|known| known.value().to_vec());
			Ok(known.unwrap_or_default())
		};
		ensure_format(&known("format")?)?;
		ensure!(
			known("identity")? == identity.encode(),
			"this ledger belongs to another chain or another payee"
		);
		Entries::open(&transaction)?.take_over()?;
		H256::decode(&mut &known("instance")?[..])?
	};
	transaction.commit()?;
	Ok(instance)
}

/// Fails if the entries are not written as this server writes them.
fn ensure_format(known: &[u8]) -> anyhow::Result<()> {
	let found = match u32::decode_all(&mut &known[..]) {
		Ok(FORMAT) => return Ok(()),
		Ok(other) => format!("in format {other}"),
		Err(_) => "in a format that this server does not know".into(),
	};
	Err(anyhow!(
		"this ledger is {found}, but this syngraph-access needs format {FORMAT}: serve with the version that wrote \
		 it until its channels are closed; then begin as if it were lost, with `init`, and with `skip --to` for \
		 every service"
	))
}

/// The thread that writes.
struct Writer {
	database: Database,
	snapshot: Arc<RwLock<Snapshot>>,
	coming: Arc<AtomicUsize>,
	broken: watch::Sender<bool>,
	metrics: Arc<Metrics>,
}

impl Drop for Writer {
	fn drop(&mut self) {
		// Without this thread nothing can be written, as if the disk had failed.
		if thread::panicking() {
			self.broken.send_replace(true);
		}
	}
}

impl Writer {
	fn run(self, waiting: mpsc::Receiver<Job>) {
		while let Ok(first) = waiting.recv() {
			self.gather();
			let rest = waiting.try_iter().take(BATCH - 1);
			let jobs: Vec<Job> = std::iter::once(first).chain(rest).collect();
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

	/// Waits for what is about to come.
	fn gather(&self) {
		let begun = Instant::now();
		while self.coming.load(Ordering::Relaxed) > 0 && begun.elapsed() < GATHER {
			thread::sleep(LOOK);
		}
	}

	fn commit(&self, jobs: Vec<Job>) -> Result<Vec<Answer>, Broken> {
		let transaction = self.database.begin_write()?;
		let mut entries = Entries::open(&transaction)?;
		let made = jobs.into_iter().map(|job| job(&mut entries));
		let answers = made.collect::<Result<_, _>>()?;
		drop(entries);
		transaction.commit()?;
		*self.snapshot.write() = Snapshot::open(&self.database)?;
		Ok(answers)
	}
}
