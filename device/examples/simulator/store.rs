//! A record in a file, replaced as a whole.

use std::{
	fs::{self, File},
	io::{self, Write},
	path::{Path, PathBuf},
};

use syngraph_device::{CounterStore, State};

/// The record of one service: `<counter> <failures>`.
pub struct FileStore {
	folder: PathBuf,
	service: String,
}

impl FileStore {
	/// The record of a service in a folder. `provision` writes the first one if there is none.
	pub fn new(folder: &Path, service: &str, provision: bool) -> io::Result<Self> {
		let mut store = Self {
			folder: folder.into(),
			service: service.into(),
		};
		if provision && !store.path("counter").try_exists()? {
			store.store(&State::default())?;
		}
		Ok(store)
	}

	fn path(&self, extension: &str) -> PathBuf {
		self.folder.join(format!("{}.{extension}", self.service))
	}
}

impl CounterStore for FileStore {
	type Error = io::Error;

	fn load(&mut self) -> io::Result<State> {
		let path = self.path("counter");
		let explain = |reason: String| io::Error::other(format!("{}: {reason}", path.display()));
		let text = fs::read_to_string(&path).map_err(|error| match error.kind() {
			// To begin anew would make spent passwords good once more.
			io::ErrorKind::NotFound => explain(
				"there is no such record: --provision begins one, for a new device; one that has lost its record \
				 gets a new secret"
					.into(),
			),
			_ => explain(error.to_string()),
		})?;
		text.trim()
			.split_once(' ')
			.and_then(|(counter, failures)| {
				Some(State {
					counter: counter.parse().ok()?,
					failures: failures.parse().ok()?,
				})
			})
			.ok_or_else(|| explain("not a record".into()))
	}

	fn store(&mut self, state: &State) -> io::Result<()> {
		let draft = self.path("draft");
		let mut file = File::create(&draft)?;
		writeln!(file, "{} {}", state.counter, state.failures)?;
		file.sync_all()?;
		fs::rename(&draft, self.path("counter"))?;
		// The name, too, has to survive.
		File::open(&self.folder)?.sync_all()
	}
}
