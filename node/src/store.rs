//! The node's own database: the messages of sensors, the receipts of a watchtower, and the state of the
//! off-chain worker.
//!
//! What is written is seen at once by whoever reads, and is on disk soon after. One thread writes to the
//! disk: it takes all changes that wait, in the order in which they were made or a later one, and makes them
//! in one transaction. So a change costs a share of a disk access, and a crash at any moment leaves what some
//! moment before left. Whoever needs to know that its changes are on disk waits for that, see
//! [`Durable::durable`]; the chain's own database cannot tell.

use std::{
	collections::BTreeMap,
	future::Future,
	path::Path,
	sync::Arc,
	thread,
	time::{Duration, Instant},
};

use codec::{Decode, DecodeAll, Encode};
use futures::{future::BoxFuture, FutureExt};
use parking_lot::{Condvar, Mutex};
use redb::{Builder, Database, ReadableDatabase, ReadableTable, TableDefinition};
use sp_core::offchain::OffchainStorage;
use syngraph_intake::store::{Broken, Durable};
use syngraph_primitives::GenesisHash;
use syngraph_worker::{Arrival, Bulletin};
use tokio::sync::{oneshot, watch};

mod volatile;
mod worker;

pub use volatile::{Kept, Volatile};
pub use worker::WorkerStorage;

/// The file in the folder of the chain's database, so that both are removed together.
pub const FILE: &str = "syngraph.redb";
/// The version of the database's form. Another one is refused.
const VERSION: u32 = 1;
/// The most bytes of the database that are kept in memory.
const CACHE_BYTES: usize = 64 * 1024 * 1024;
/// How long changes wait for others at most, if nobody waits for them.
const LINGER: Duration = Duration::from_millis(50);
/// The most bytes of changes that may wait. Whoever makes more has to wait, too.
const MAX_WAITING_BYTES: usize = 32 * 1024 * 1024;

const ABOUT: TableDefinition<&str, &[u8]> = TableDefinition::new("about");
const DATA: TableDefinition<&[u8], &[u8]> = TableDefinition::new("data");

/// What can be done about a database that the node cannot use.
const BEGIN_ANEW: &str =
	"to begin without the messages and states in it, move it out of the folder of the chain's database";

/// Why a database cannot be opened.
#[derive(Debug)]
pub enum OpenError {
	/// It cannot be read or written.
	Database(redb::Error),
	/// It belongs to another chain.
	OtherChain,
	/// It has another form, of the version given.
	OtherVersion(u32),
	/// What says to which chain it belongs is not readable.
	Unreadable,
	/// The thread that writes could not be started.
	Thread(std::io::Error),
}

impl std::fmt::Display for OpenError {
	fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
		match self {
			Self::Database(error) => write!(f, "{FILE}: {error}"),
			Self::OtherChain => {
				write!(
					f,
					"{FILE} belongs to another chain: start the node for that chain, or, {BEGIN_ANEW}"
				)
			},
			Self::OtherVersion(version) => {
				write!(
					f,
					"{FILE} has version {version}, this node needs {VERSION}: start the node that wrote it, or, {BEGIN_ANEW}"
				)
			},
			Self::Unreadable => write!(f, "{FILE}: what it says about itself cannot be read"),
			Self::Thread(error) => write!(
				f,
				"{FILE}: the thread that writes cannot be started: {error}"
			),
		}
	}
}

impl std::error::Error for OpenError {}

impl<E: Into<redb::Error>> From<E> for OpenError {
	fn from(error: E) -> Self {
		Self::Database(error.into())
	}
}

/// Values by key; none for what is removed.
type Changes = BTreeMap<Vec<u8>, Option<Vec<u8>>>;

/// The node's database. Clones share it; when the last is dropped, all that waits is on disk.
#[derive(Clone)]
pub struct Store(Arc<Handle>);

struct Handle {
	shared: Arc<Shared>,
	writer: Option<thread::JoinHandle<()>>,
}

impl Drop for Handle {
	fn drop(&mut self) {
		self.shared.waiting.lock().closed = true;
		self.shared.work.notify_one();
		if let Some(writer) = self.writer.take() {
			// Should it have panicked, there is nothing left to write with.
			let _ = writer.join();
		}
	}
}

struct Shared {
	database: Database,
	waiting: Mutex<Waiting>,
	/// Signals that something waits.
	work: Condvar,
	/// Signals that there is room for more.
	room: Condvar,
	broken: watch::Sender<bool>,
	/// What came in, for the worker.
	bulletin: Mutex<Bulletin>,
}

/// What waits for the disk.
#[derive(Default)]
struct Waiting {
	/// What was changed since the transaction that is under way began.
	fresh: Changes,
	/// What that transaction changes.
	under_way: Arc<Changes>,
	/// About how many bytes `fresh` has.
	bytes: usize,
	/// Those who want to know when what is fresh is on disk.
	waiters: Vec<oneshot::Sender<()>>,
	/// Whether the last handle is gone.
	closed: bool,
}

impl Waiting {
	/// What is to be under a key once all that waits is on disk; none if nothing that waits is about it.
	fn get(&self, key: &[u8]) -> Option<Option<Vec<u8>>> {
		let found = self.fresh.get(key).or_else(|| self.under_way.get(key));
		found.cloned()
	}
}

impl Store {
	/// Opens the database of a chain in a folder, or begins one.
	pub fn open(folder: &Path, genesis: GenesisHash) -> Result<Self, OpenError> {
		// The chain's database makes the folder, but not every kind of it.
		std::fs::create_dir_all(folder).map_err(redb::Error::Io)?;
		let database = Builder::new()
			.set_cache_size(CACHE_BYTES)
			.create(folder.join(FILE))?;
		prepare(&database, genesis)?;
		let shared = Arc::new(Shared {
			database,
			waiting: Mutex::default(),
			work: Condvar::new(),
			room: Condvar::new(),
			broken: watch::Sender::new(false),
			bulletin: Mutex::default(),
		});
		let own = shared.clone();
		let writer = thread::Builder::new()
			.name("syngraph-store".into())
			.spawn(move || own.write())
			.map_err(OpenError::Thread)?;
		Ok(Self(Arc::new(Handle {
			shared,
			writer: Some(writer),
		})))
	}

	/// Notes that something has come in, so that the worker looks at it.
	pub fn note(&self, arrival: Arrival) {
		self.0.shared.bulletin.lock().note(arrival);
	}

	/// What came in, if the worker asks for that by a key.
	fn news(&self, key: &[u8]) -> Option<Vec<u8>> {
		self.0.shared.bulletin.lock().answer(key)
	}

	/// Ends when the disk has failed. The node must not go on then: it could not keep what it promises.
	pub fn failed(&self) -> impl Future<Output = ()> + Send + 'static {
		let mut broken = self.0.shared.broken.subscribe();
		async move {
			if broken.wait_for(|broken| *broken).await.is_err() {
				// It was closed as it should be.
				std::future::pending().await
			}
		}
	}
}

impl Shared {
	fn get(&self, key: &[u8]) -> Option<Vec<u8>> {
		let waiting = self.waiting.lock().get(key);
		// What does not wait is on disk, as it was a moment ago or as it has become since.
		waiting.unwrap_or_else(|| {
			self.on_disk(key).unwrap_or_else(|error| {
				self.fail(&error);
				None
			})
		})
	}

	fn on_disk(&self, key: &[u8]) -> Result<Option<Vec<u8>>, redb::Error> {
		let table = self.database.begin_read()?.open_table(DATA)?;
		let found = table.get(key)?;
		Ok(found.map(|value| value.value().to_vec()))
	}

	fn change(&self, waiting: &mut Waiting, key: Vec<u8>, value: Option<Vec<u8>>) {
		// Nothing may overwrite what could not be read.
		if *self.broken.borrow() {
			return;
		}
		let value_bytes = value.as_ref().map_or(0, Vec::len);
		waiting.bytes = waiting.bytes.saturating_add(key.len() + value_bytes);
		waiting.fresh.insert(key, value);
		// Those that come later find the writer awake.
		if waiting.fresh.len() == 1 || waiting.bytes > MAX_WAITING_BYTES {
			self.work.notify_one();
		}
	}

	/// Waits until there is room for changes.
	fn wait_for_room(&self) -> parking_lot::MutexGuard<'_, Waiting> {
		let mut waiting = self.waiting.lock();
		while waiting.bytes > MAX_WAITING_BYTES && !*self.broken.borrow() {
			self.room.wait(&mut waiting);
		}
		waiting
	}

	/// Writes what waits, again and again, until the disk fails or nobody has the store any more.
	fn write(&self) {
		while let Some((changes, waiters)) = self.gather() {
			if let Err(error) = self.commit(&changes) {
				self.fail(&error);
				return;
			}
			self.waiting.lock().under_way = Arc::default();
			for waiter in waiters {
				// Who asked may have gone.
				let _ = waiter.send(());
			}
		}
	}

	/// Waits for changes, and for others that come soon after. None once there will be no more, or the disk has failed.
	fn gather(&self) -> Option<(Arc<Changes>, Vec<oneshot::Sender<()>>)> {
		let mut waiting = self.waiting.lock();
		while waiting.fresh.is_empty() && waiting.waiters.is_empty() {
			if waiting.closed || *self.broken.borrow() {
				return None;
			}
			self.work.wait(&mut waiting);
		}
		let until = Instant::now() + LINGER;
		while waiting.waiters.is_empty() && waiting.bytes <= MAX_WAITING_BYTES && !waiting.closed {
			if self.work.wait_until(&mut waiting, until).timed_out() {
				break;
			}
		}
		let changes = Arc::new(std::mem::take(&mut waiting.fresh));
		waiting.under_way = changes.clone();
		waiting.bytes = 0;
		self.room.notify_all();
		Some((changes, std::mem::take(&mut waiting.waiters)))
	}

	fn commit(&self, changes: &Changes) -> Result<(), redb::Error> {
		if changes.is_empty() {
			return Ok(());
		}
		// As it is unless told otherwise, a commit returns once all is on disk.
		let transaction = self.database.begin_write()?;
		let mut table = transaction.open_table(DATA)?;
		for (key, value) in changes {
			match value {
				Some(value) => table.insert(&key[..], &value[..])?,
				None => table.remove(&key[..])?,
			};
		}
		drop(table);
		Ok(transaction.commit()?)
	}

	fn fail(&self, error: &redb::Error) {
		log::error!(target: "syngraph", "{FILE} cannot be read or written: {error}");
		let mut waiting = self.waiting.lock();
		self.broken.send_replace(true);
		waiting.waiters.clear();
		waiting.fresh.clear();
		self.work.notify_all();
		self.room.notify_all();
	}
}

impl Durable for Store {
	fn durable(&self) -> BoxFuture<'static, Result<(), Broken>> {
		let (tell, told) = oneshot::channel();
		let mut waiting = self.0.shared.waiting.lock();
		// Dropped if the disk has failed, and with it the hope of an answer.
		if !*self.0.shared.broken.borrow() {
			waiting.waiters.push(tell);
			self.0.shared.work.notify_one();
		}
		drop(waiting);
		async move { told.await.map_err(|_| Broken) }.boxed()
	}
}

impl OffchainStorage for Store {
	fn set(&mut self, prefix: &[u8], key: &[u8], value: &[u8]) {
		let shared = &self.0.shared;
		let place = [prefix, key].concat();
		shared.change(&mut shared.wait_for_room(), place, Some(value.to_vec()));
		// Only now does whoever looks find it.
		if let Some(arrival) = Arrival::written(key) {
			self.note(arrival);
		}
	}

	fn remove(&mut self, prefix: &[u8], key: &[u8]) {
		let shared = &self.0.shared;
		let key = [prefix, key].concat();
		shared.change(&mut shared.wait_for_room(), key, None);
	}

	fn get(&self, prefix: &[u8], key: &[u8]) -> Option<Vec<u8>> {
		self.0.shared.get(&[prefix, key].concat())
	}

	fn compare_and_set(
		&mut self,
		prefix: &[u8],
		key: &[u8],
		old: Option<&[u8]>,
		new: &[u8],
	) -> bool {
		let shared = &self.0.shared;
		let key = [prefix, key].concat();
		let mut waiting = shared.wait_for_room();
		// Nobody changes anything meanwhile: what does not wait stays on disk as it is.
		let found = match waiting.get(&key) {
			Some(found) => found,
			None => match shared.on_disk(&key) {
				Ok(found) => found,
				Err(error) => {
					drop(waiting);
					shared.fail(&error);
					return false;
				},
			},
		};
		let same = found.as_deref() == old && !*shared.broken.borrow();
		if same {
			shared.change(&mut waiting, key, Some(new.to_vec()));
		}
		same
	}
}

/// Makes the tables of a new database, and checks that an old one is of this chain and form.
fn prepare(database: &Database, genesis: GenesisHash) -> Result<(), OpenError> {
	let own = (VERSION, genesis).encode();
	let transaction = database.begin_write()?;
	let mut about = transaction.open_table(ABOUT)?;
	let found = about.get("identity")?.map(|value| value.value().to_vec());
	match found {
		None => {
			about.insert("identity", &own[..])?;
		},
		Some(bytes) => {
			let rest = &mut &bytes[..];
			let version = u32::decode(rest).map_err(|_| OpenError::Unreadable)?;
			if version != VERSION {
				return Err(OpenError::OtherVersion(version));
			}
			let chain = GenesisHash::decode_all(rest).map_err(|_| OpenError::Unreadable)?;
			if chain != genesis {
				return Err(OpenError::OtherChain);
			}
		},
	}
	drop(about);
	transaction.open_table(DATA)?;
	transaction.commit()?;
	Ok(())
}

#[cfg(test)]
mod tests;
