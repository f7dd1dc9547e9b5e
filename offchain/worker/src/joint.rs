//! What a machine signs jointly with, in memory only.
//!
//! Whoever sees two shares that were made with one nonce for different messages has the key share. So what nonces are
//! made of must neither outlive the process nor be found twice. It lies under keys that the node keeps in memory and
//! never writes: no disk, no backup and no copy of one has it. A machine that was started again finds nothing, brings
//! another share of the joint key, and signs singly until that is in force. Where a node does not say that it keeps
//! these keys so, nothing is kept under them, and nothing is signed jointly.
//!
//! The rules are those of `docs/decisions/0019-joint-signatures.md`. Randomness is drawn for one attempt. It is in
//! memory before the state is saved that says so, and the state is saved before anything is published. Before a share
//! is made the randomness is taken away, by comparing and setting: only the run that succeeds has it. The share is
//! saved before it is published, and what was published is published again, never made again.

use alloc::{collections::BTreeMap, vec::Vec};
use codec::{Decode, Encode};
use sp_core::sr25519;
use syngraph_joint::{KeyShare, Nonces, Randomness, SignatureShare};
use syngraph_primitives::{Contribution, RosterNumber, Secret, Span};
use syngraph_protocol::{Joining, Seat};

use crate::{host::Host, presence::BOOT_KEY, state, store::LocalStore, turns::Name};

/// What is stored under keys that begin so is in memory only, and gone with the process.
pub const VOLATILE: &[u8] = b"syngraph/volatile/";
/// Where a node that keeps such keys in memory says so: by the same as under [`BOOT_KEY`]. A node that does not would
/// have to have written that itself.
pub const VOLATILE_KEY: &[u8] = b"syngraph/volatile/boot";

/// What an intermediary signs jointly with in an agreement.
#[derive(Encode, Decode)]
struct Secrets {
	/// The registered key with which it signs: whoever has another one is somebody else, as far as anybody knows.
	key: sr25519::Public,
	/// The roster for which the share is.
	roster: RosterNumber,
	/// What the share of the joint key is made of.
	share: Secret,
	/// What the nonces are made of of each attempt in which it contributed and has not signed. What is missing was
	/// used.
	nonces: BTreeMap<Span, [Secret; 2]>,
}

impl Secrets {
	fn key_share(&self) -> Option<KeyShare> {
		KeyShare::new(Randomness::new(self.share)).ok()
	}
}

/// Where an intermediary keeps what it signs jointly with in an agreement.
pub struct Purse<'a, H> {
	host: &'a H,
	at: Vec<u8>,
}

impl<'a, H: Host> Purse<'a, H> {
	/// That of an intermediary in an agreement.
	pub fn new(host: &'a H, (intermediary, agreement): &Name) -> Self {
		let name = (b"joint/", intermediary, agreement).encode();
		let at = [VOLATILE, &name].concat();
		Self { host, at }
	}

	/// What is contributed to a joint signature in an attempt that begins. Randomness of attempts that `keeps` does not
	/// name is dropped. None if it would not be in memory alone, or if another run is at work.
	pub fn contribute(
		&self,
		key: sr25519::Public,
		seat: &Seat,
		span: Span,
		keeps: impl Fn(&Span) -> bool,
	) -> Option<Contribution> {
		if !is_volatile(self.host) {
			return None;
		}
		let stored = self.host.get(&self.at);
		let roster = seat.roster.number;
		let known = stored.as_deref().and_then(read);
		let known = known.filter(|known| known.key == key && known.roster == roster);
		let mut secrets = known.unwrap_or_else(|| Secrets {
			key,
			roster,
			share: self.host.secret(),
			nonces: BTreeMap::new(),
		});
		secrets.nonces.retain(|span, _| keeps(span));
		let drawn = [self.host.secret(), self.host.secret()];
		secrets.nonces.insert(span, drawn);
		self.put(stored.as_deref(), &secrets)?;
		let share = secrets.key_share()?;
		let nonces = nonces(&share, drawn)?;
		Some(Contribution {
			share: share.public_share(&seat.membership()),
			nonces: nonces.commitments(),
		})
	}

	/// The own share of a joint signature. None if it cannot be made; whatever comes of it, it cannot be made again.
	pub fn sign(&self, seat: &Seat, joining: &Joining) -> Option<SignatureShare> {
		let stored = self.host.get(&self.at)?;
		let mut secrets = read(&stored)?;
		let drawn = secrets.nonces.remove(&joining.span)?;
		// Another run may have found the same: one of the two takes it.
		self.put(Some(&stored), &secrets)?;
		let share = secrets.key_share()?;
		let nonces = nonces(&share, drawn)?;
		joining.sign(seat, &share, nonces)
	}

	/// Drops everything. What is contributed next is made of other randomness.
	pub fn forget(&self) {
		self.host.remove(&self.at);
	}

	/// Puts secrets in the place of what was found. None if something else is there.
	fn put(&self, found: Option<&[u8]>, secrets: &Secrets) -> Option<()> {
		let put = self.host.replace(&self.at, found, &state::encode(secrets));
		put.then_some(())
	}
}

/// What was kept. What cannot be read is not set aside: that would write it to a disk.
fn read(bytes: &[u8]) -> Option<Secrets> {
	state::decode(bytes).ok()
}

fn nonces(share: &KeyShare, [hiding, binding]: [Secret; 2]) -> Option<Nonces> {
	Nonces::new(share, Randomness::new(hiding), Randomness::new(binding)).ok()
}

/// Whether the node keeps in memory only what has to be.
fn is_volatile(store: &impl LocalStore) -> bool {
	let mark = store.get(VOLATILE_KEY);
	mark.is_some() && mark == store.get(BOOT_KEY)
}
