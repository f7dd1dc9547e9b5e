//! How much memory requests take up.

use parking_lot::Mutex;
use std::{collections::HashMap, sync::Arc};

use crate::{limits::MAX_REQUEST_BYTES, peers::Peer};

/// The most bytes of one peer: several of the largest requests.
pub const PEER_BYTES: usize = 8 * MAX_REQUEST_BYTES as usize;
/// The most bytes of all peers together.
const ALL_BYTES: usize = 32 * PEER_BYTES;

/// The bytes that are held, of requests and of answers to them. Clones share it.
#[derive(Clone, Default)]
pub struct Bytes(Arc<Mutex<Held>>);

#[derive(Default)]
struct Held {
	all: usize,
	peers: HashMap<Peer, usize>,
}

impl Bytes {
	/// What a peer takes up with one request: nothing to begin with.
	pub fn share(&self, peer: Peer) -> Share {
		Share {
			bytes: self.clone(),
			peer,
			held: 0,
		}
	}
}

/// What one request takes up, until this is dropped.
pub struct Share {
	bytes: Bytes,
	peer: Peer,
	held: usize,
}

impl Share {
	/// Takes so many bytes more, if there is room for them.
	pub fn grow(&mut self, more: usize) -> bool {
		let mut held = self.bytes.0.lock();
		let own = held.peers.get(&self.peer).copied().unwrap_or(0);
		let (all, own) = (held.all.saturating_add(more), own.saturating_add(more));
		if all > ALL_BYTES || own > PEER_BYTES {
			return false;
		}
		held.all = all;
		held.peers.insert(self.peer, own);
		self.held = self.held.saturating_add(more);
		true
	}

	/// Gives back all but so many bytes.
	pub fn shrink_to(&mut self, rest: usize) {
		let less = self.held.saturating_sub(rest);
		let mut held = self.bytes.0.lock();
		held.all = held.all.saturating_sub(less);
		if let Some(own) = held.peers.get_mut(&self.peer) {
			*own = own.saturating_sub(less);
			if *own == 0 {
				held.peers.remove(&self.peer);
			}
		}
		self.held = self.held.saturating_sub(less);
	}
}

impl Drop for Share {
	fn drop(&mut self) {
		self.shrink_to(0);
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	fn peer(number: u8) -> Peer {
		Peer::new([192, 0, 2, number].into())
	}

	#[test]
	fn each_peer_has_so_many_bytes_and_gets_them_back() {
		let bytes = Bytes::default();
		let (mut one, mut other) = (bytes.share(peer(1)), bytes.share(peer(1)));
		assert!(one.grow(PEER_BYTES - 1) && other.grow(1));
		assert!(!one.grow(1) && !other.grow(1));
		assert!(bytes.share(peer(2)).grow(PEER_BYTES));
		one.shrink_to(10);
		assert!(other.grow(PEER_BYTES - 11) && !other.grow(1));
		drop((one, other));
		let held = bytes.0.lock();
		assert!(held.peers.is_empty() && held.all == 0);
	}

	#[test]
	fn all_peers_together_have_so_many() {
		let bytes = Bytes::default();
		let take = |number| {
			let mut share = bytes.share(peer(number));
			share.grow(PEER_BYTES).then_some(share)
		};
		let shares: Vec<_> = (0..32).map_while(take).collect();
		assert_eq!(shares.len(), 32);
		assert!(!bytes.share(peer(99)).grow(1));
		drop(shares);
		assert!(take(99).is_some());
	}
}
