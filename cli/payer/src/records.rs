//! What a client must not forget, on disk.
//!
//! One file for each channel, and one for each transaction that is under way. A file is replaced as a whole and is on
//! disk, its name included, before anything is done that depends on it. Each says which version of their form it
//! has.

use std::{
	ffi::OsStr,
	fs::{self, DirBuilder, File, OpenOptions, TryLockError},
	io::{self, Write},
	os::unix::fs::{DirBuilderExt, OpenOptionsExt},
	path::{Path, PathBuf},
	time::Duration,
};

use serde::{de::DeserializeOwned, Deserialize, Serialize};
use serde_json::Value;
use sp_core::H256;
use syngraph_primitives::ChannelId;

use crate::{Error, Intent, Record};

/// The version of the form of all files, as they are written.
const VERSION: u64 = 2;
/// The first one that is read. It is the same but for transactions under way, which did not say which access server
/// had named the payee. Another one is refused: what it means is not guessed.
const FIRST: u64 = 1;

/// How often, and after how long each time, a folder that seems to be in use is tried again: a program that
/// is just being started holds, for a moment, whatever locks its parent had.
const TRIES: u32 = 10;
const MOMENT: Duration = Duration::from_millis(20);

/// A folder of records, used by one process at a time.
pub struct Records {
	folder: PathBuf,
	/// Locked for as long as it is open.
	_lock: File,
}

impl Records {
	/// Takes the records of a folder, which is made if there is none.
	pub fn open(folder: &Path) -> Result<Self, Error> {
		let lock = prepare(folder).map_err(|reason| disk(folder, reason))?;
		for _ in 0..TRIES {
			match lock.try_lock() {
				Ok(()) => {
					return Ok(Self {
						folder: folder.into(),
						_lock: lock,
					})
				},
				Err(TryLockError::WouldBlock) => std::thread::sleep(MOMENT),
				Err(TryLockError::Error(reason)) => return Err(disk(folder, reason)),
			}
		}
		Err(Error::RecordsInUse(folder.into()))
	}

	/// What is remembered of a channel.
	pub fn load(&self, channel: ChannelId) -> Result<Record, Error> {
		Self::peek(&self.folder, channel)
	}

	/// The same from a folder that another process may be using.
	pub fn peek(folder: &Path, channel: ChannelId) -> Result<Record, Error> {
		let path = path(folder, channel);
		let Some(record) = read::<Record>(&path)? else {
			return Ok(Record::new(channel));
		};
		match record.channel == channel {
			true => Ok(record),
			false => Err(malformed(&path, "the record of another channel".into())),
		}
	}

	/// Remembers a channel's record in place of what was remembered.
	pub fn save(&self, record: &Record) -> Result<(), Error> {
		self.replace(&path(&self.folder, record.channel), record)
	}

	/// The transaction that was about to be sent for this purpose, if its end is not known.
	pub fn intent(&self, purpose: H256) -> Result<Option<Intent>, Error> {
		read(&self.intent_path(purpose))
	}

	/// All transactions whose ends are not known, with the purposes that they are for.
	pub fn intents(&self) -> Result<Vec<(H256, Intent)>, Error> {
		let files = fs::read_dir(&self.folder).and_then(Iterator::collect::<io::Result<Vec<_>>>);
		let files = files.map_err(|reason| disk(&self.folder, reason))?;
		let purposes = files.iter().map(|file| purpose_of(&file.file_name()));
		let mut all = Vec::new();
		for purpose in purposes.flatten() {
			all.extend(self.intent(purpose)?.map(|intent| (purpose, intent)));
		}
		Ok(all)
	}

	/// Remembers a transaction before it is sent for a purpose.
	pub fn intend(&self, purpose: H256, intent: &Intent) -> Result<(), Error> {
		self.replace(&self.intent_path(purpose), intent)
	}

	/// Forgets a transaction when its end is known, and told.
	pub fn forget(&self, purpose: H256) -> Result<(), Error> {
		let path = self.intent_path(purpose);
		match fs::remove_file(&path) {
			Err(reason) if reason.kind() != io::ErrorKind::NotFound => Err(disk(&path, reason)),
			_ => Ok(()),
		}
	}

	fn intent_path(&self, purpose: H256) -> PathBuf {
		self.folder.join(format!("intent-{purpose:?}.json"))
	}

	fn replace(&self, path: &Path, content: &impl Serialize) -> Result<(), Error> {
		self.try_replace(path, content)
			.map_err(|reason| disk(path, reason))
	}

	/// Writes beside and renames at the end, so that the old content or the new is there, whole.
	fn try_replace(&self, path: &Path, content: &impl Serialize) -> io::Result<()> {
		let draft = path.with_extension("draft");
		let mut file = private(&draft)?;
		let json = serde_json::to_vec_pretty(&Written {
			version: VERSION,
			content,
		})?;
		file.write_all(&json)?;
		file.sync_all()?;
		fs::rename(&draft, path)?;
		File::open(&self.folder)?.sync_all()
	}
}

/// A file as it is written.
#[derive(Serialize)]
struct Written<'a, T> {
	version: u64,
	#[serde(flatten)]
	content: &'a T,
}

/// What is looked at in a file before anything else.
#[derive(Deserialize)]
struct Form {
	version: Option<Value>,
}

/// What is in a file, if there is one.
fn read<T: DeserializeOwned>(path: &Path) -> Result<Option<T>, Error> {
	let json = match fs::read(path) {
		Ok(json) => json,
		Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
		Err(reason) => return Err(disk(path, reason)),
	};
	let unreadable = |error: serde_json::Error| malformed(path, error.to_string());
	let Form { version } = serde_json::from_slice(&json).map_err(unreadable)?;
	let number = version.as_ref().and_then(Value::as_u64);
	if !number.is_some_and(|number| (FIRST..=VERSION).contains(&number)) {
		return Err(Error::OtherVersion {
			path: path.into(),
			found: version.map_or("no version".into(), |found| format!("version {found}")),
			first: FIRST,
			last: VERSION,
		});
	}
	serde_json::from_slice(&json).map(Some).map_err(unreadable)
}

fn malformed(path: &Path, reason: String) -> Error {
	Error::Malformed {
		path: path.into(),
		reason,
	}
}

fn path(folder: &Path, channel: ChannelId) -> PathBuf {
	folder.join(format!("{channel:?}.json"))
}

/// What the transaction is for that is kept in a file of this name, if one is.
fn purpose_of(name: &OsStr) -> Option<H256> {
	let name = name.to_str()?.strip_prefix("intent-")?;
	name.strip_suffix(".json")?.parse().ok()
}

/// Makes the folder, and the file that its users lock.
fn prepare(folder: &Path) -> io::Result<File> {
	DirBuilder::new()
		.recursive(true)
		.mode(0o700)
		.create(folder)?;
	private(&folder.join("lock"))
}

/// An empty file that only its owner can read: passwords are in it.
fn private(path: &Path) -> io::Result<File> {
	OpenOptions::new()
		.write(true)
		.create(true)
		.truncate(true)
		.mode(0o600)
		.open(path)
}

fn disk(path: &Path, reason: io::Error) -> Error {
	Error::Disk {
		path: path.into(),
		reason,
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::{Hex, Key, Order, Password, Pending, Signer, Stage};
	use syngraph_client::secret::WellKnown;

	fn record() -> Record {
		let channel = ChannelId::repeat_byte(1);
		let key = Key::parse("ed25519 //Client", WellKnown::Accepted).unwrap();
		let receipt = Hex(Signer::alone(key).sign(&ChannelId::zero(), channel, u128::MAX));
		Record {
			channel,
			last: Some(receipt.clone()),
			pending: Some(Pending {
				order: Order {
					server: "http://a".into(),
					device: "charger".into(),
					service: "fast".into(),
				},
				base: u128::MAX,
				price: u128::MAX,
				receipt,
				key: H256::repeat_byte(2),
				stage: Stage::Bought(Password {
					password: "000001".into(),
					counter: 7,
					amount: 5,
					slot_seconds: 3,
				}),
			}),
			kept: Vec::new(),
		}
	}

	#[test]
	fn what_is_saved_is_found_again() {
		let folder = tempfile::tempdir().unwrap();
		let record = record();
		let records = Records::open(folder.path()).unwrap();
		assert_eq!(
			records.load(record.channel).unwrap(),
			Record::new(record.channel)
		);
		records.save(&record).unwrap();
		assert_eq!(records.load(record.channel).unwrap(), record);
		assert_eq!(record.paid(), u128::MAX);
	}

	#[test]
	fn a_wallet_has_one_user_at_a_time() {
		let folder = tempfile::tempdir().unwrap();
		let records = Records::open(folder.path()).unwrap();
		assert!(matches!(
			Records::open(folder.path()),
			Err(Error::RecordsInUse(_))
		));
		drop(records);
		assert!(Records::open(folder.path()).is_ok());
	}

	#[test]
	fn a_half_written_record_does_not_count_and_a_damaged_one_is_not_ignored() {
		let folder = tempfile::tempdir().unwrap();
		let records = Records::open(folder.path()).unwrap();
		let record = record();
		records.save(&record).unwrap();
		let path = path(folder.path(), record.channel);
		fs::write(path.with_extension("draft"), "{").unwrap();
		assert_eq!(records.load(record.channel).unwrap(), record);
		fs::write(&path, "{").unwrap();
		assert!(matches!(
			records.load(record.channel),
			Err(Error::Malformed { .. })
		));
	}
}
