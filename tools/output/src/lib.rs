//! A file that a program writes at its end, in one piece or not at all.
//!
//! A program that works for minutes and keeps its figures for the end has to know at its beginning whether
//! it will be able to write them, without touching what is there: an earlier run's figures, or by a slip
//! of the hand its own input. So [`Output::new`] only finds out, and [`Output::write`] writes a new file
//! beside the old one and puts it in its place when it is complete.

use std::{
	fs::{self, OpenOptions, Permissions},
	io::{self, Write},
	os::unix::fs::PermissionsExt,
	path::{Path, PathBuf},
};

use anyhow::{ensure, Context, Result};
use tempfile::{Builder, NamedTempFile};

/// Where a program will write, as it was found to be possible.
#[derive(Clone, Debug)]
pub struct Output {
	/// As it was given.
	path: PathBuf,
	place: Place,
}

#[derive(Clone, Debug)]
enum Place {
	/// A file in a folder, there already or not.
	File {
		/// The folder.
		folder: PathBuf,
		/// The file itself, if `path` is a link to it.
		file: PathBuf,
		/// Who may read and write it.
		permissions: Permissions,
	},
	/// What cannot be replaced and holds nothing that could be lost: a pipe, a terminal, `/dev/null`.
	Stream,
}

impl Output {
	/// Finds out whether `path` can be written, and leaves it as it is.
	///
	/// Fails if it is one of the program's `inputs`, under whatever name; if it is a folder or may not be
	/// written; or if no file can be made in its folder.
	pub fn new(path: impl Into<PathBuf>, inputs: &[&Path]) -> Result<Self> {
		let path = path.into();
		for input in inputs {
			ensure!(
				!same_file::is_same_file(&path, input).unwrap_or(false),
				"cannot write {}: it is the input {}, which would be lost",
				path.display(),
				input.display()
			);
		}
		let place = Place::find(&path).with_context(|| cannot_write(&path))?;
		Ok(Self { path, place })
	}

	/// As it was given.
	pub fn path(&self) -> &Path {
		&self.path
	}

	/// Puts `contents` in the place of all that was there. Until that is done, nothing has changed.
	pub fn write(&self, contents: impl AsRef<[u8]>) -> Result<()> {
		let written = match &self.place {
			Place::File {
				folder,
				file,
				permissions,
			} => replace(folder, file, permissions, contents.as_ref()),
			Place::Stream => OpenOptions::new()
				.write(true)
				.open(&self.path)
				.and_then(|mut stream| stream.write_all(contents.as_ref())),
		};
		written.with_context(|| cannot_write(&self.path))
	}
}

impl Place {
	fn find(path: &Path) -> io::Result<Self> {
		let (file, permissions) = match fs::metadata(path) {
			Ok(found) if found.is_dir() => return Err(io::ErrorKind::IsADirectory.into()),
			Ok(found) if !found.is_file() => return Ok(Self::Stream),
			Ok(found) if found.permissions().readonly() => {
				return Err(io::ErrorKind::PermissionDenied.into())
			},
			Ok(found) => (path.canonicalize()?, Some(found.permissions())),
			Err(error) if error.kind() == io::ErrorKind::NotFound => (path.to_owned(), None),
			Err(error) => return Err(error),
		};
		if file.file_name().is_none() {
			return Err(io::ErrorKind::InvalidFilename.into());
		}
		let folder = match file.parent() {
			Some(parent) if parent != Path::new("") => parent.to_owned(),
			_ => PathBuf::from("."),
		};
		// The surest way to find out. It is gone again at once, so that nothing is left of a program that
		// is stopped in the middle of its work.
		let draft = draft(&folder)?;
		Ok(Self::File {
			folder,
			file,
			// Of a new file, as the process makes any.
			permissions: permissions.map_or_else(|| permissions_of(&draft), Ok)?,
		})
	}
}

/// A new file in the folder, which is gone when this is dropped.
fn draft(folder: &Path) -> io::Result<NamedTempFile> {
	Builder::new()
		.prefix(".output-")
		.permissions(Permissions::from_mode(0o666))
		.tempfile_in(folder)
}

fn permissions_of(draft: &NamedTempFile) -> io::Result<Permissions> {
	Ok(draft.as_file().metadata()?.permissions())
}

fn replace(
	folder: &Path,
	file: &Path,
	permissions: &Permissions,
	contents: &[u8],
) -> io::Result<()> {
	let mut draft = draft(folder)?;
	draft.write_all(contents)?;
	draft.as_file().set_permissions(permissions.clone())?;
	draft.as_file().sync_all()?;
	draft.persist(file)?;
	Ok(())
}

fn cannot_write(path: &Path) -> String {
	format!("cannot write {}", path.display())
}

#[cfg(test)]
mod tests;
