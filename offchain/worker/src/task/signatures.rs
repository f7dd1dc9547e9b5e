//! Signatures that were made once.
//!
//! A bundle says again most of what the one before it said. Whoever has verified that knows it by its hash, and need
//! not do so again: as long as it is signed by the same bytes. A signature that is made anew has others. So those of
//! the last bundle are kept.

use alloc::{collections::BTreeMap, vec::Vec};
use codec::Encode;
use core::cell::RefCell;
use sp_core::{sr25519, H256};
use sp_io::hashing::blake2_256;

use crate::{host::Host, state, store::LocalStore, turns::Name};

/// Signatures by what stands for their key and what is signed.
type Known = BTreeMap<H256, sr25519::Signature>;

/// What signs a bundle.
pub struct Signatures<'a, H> {
	host: &'a H,
	key: sr25519::Public,
	/// Where those of the last bundle are stored.
	place: Vec<u8>,
	known: Known,
	used: RefCell<Known>,
}

impl<'a, H: Host> Signatures<'a, H> {
	/// Begins with those of the last bundle.
	pub fn load(host: &'a H, name: &Name, key: sr25519::Public) -> Self {
		let place = place(name);
		Self {
			known: state::read(host, &place).unwrap_or_default(),
			used: RefCell::default(),
			host,
			key,
			place,
		}
	}

	/// Signs something, or finds that it was signed.
	pub fn sign(&self, bytes: &[u8]) -> Option<sr25519::Signature> {
		let name = H256(blake2_256(&(&self.key, bytes).encode()));
		let known = self.known.get(&name).copied();
		let signature = known.or_else(|| self.host.sign(&self.key, bytes))?;
		self.used.borrow_mut().insert(name, signature);
		Some(signature)
	}

	/// Keeps those that were asked for, and no others.
	pub fn keep(self) {
		let used = self.used.into_inner();
		if used != self.known {
			state::write(self.host, &self.place, &used);
		}
	}
}

/// Removes those of an agreement's last bundle.
pub fn forget(store: &impl LocalStore, name: &Name) {
	store.remove(&place(name));
}

/// Where those of an agreement's last bundle are stored.
fn place(name: &Name) -> Vec<u8> {
	(b"syngraph/signatures/", name).encode()
}
