//! What was said about a window, as far as that must never be forgotten.

use alloc::collections::BTreeSet;
use codec::{Decode, Encode};
use syngraph_primitives::SourceVersion;

/// Of which versions of a window's sources something was said.
#[derive(Clone, Default, PartialEq, Eq, Debug, Encode, Decode)]
pub struct Spoken {
	/// Of all versions with fewer changes than that, something may have been said. By what they say of the
	/// sources they cannot be told apart here: there may have been any.
	below: u32,
	versions: BTreeSet<SourceVersion>,
	/// Whether all were done with it. It is opened anew only if it is disputed: if it turns out to be made of other
	/// messages, one who kept them may complain of it, and nobody else remembers any more than this.
	over: bool,
}

impl Spoken {
	/// Whether something may have been said of a version.
	pub fn contains(&self, version: SourceVersion) -> bool {
		version.changes < self.below || self.versions.contains(&version)
	}

	/// Notes that something is said of a version: the window is opened anew. Tells whether it is the first time.
	pub fn insert(&mut self, version: SourceVersion) -> bool {
		self.over = false;
		self.versions.insert(version)
	}

	/// Notes that all are done with the window.
	pub fn close(&mut self) {
		self.over = true;
	}

	/// Whether all were done with the window.
	pub fn is_over(&self) -> bool {
		self.over
	}

	/// Forbids all versions with no more than so many changes.
	pub fn forbid(&mut self, changes: u32) {
		self.below = self.below.max(changes.saturating_add(1));
	}
}
