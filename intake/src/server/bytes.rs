//! How much memory requests take up.

use parking_lot::Mutex;
use std::{collections::HashMap, sync::Arc};
use syngraph_net::{Part, SITE_TIMES};

use crate::{limits::MAX_REQUEST_BYTES, peers::Peer};

/// The most bytes of one peer: several of the largest requests.
pub const PEER_BYTES: usize = 8 * MAX_REQUEST_BYTES as usize;
/// The most bytes of one site of IPv6.
const SITE_BYTES: usize = SITE_TIMES.get() as usize * PEER_BYTES;
/// The most bytes of all peers together.
const ALL_BYTES: usize = 32 * PEER_BYTES;

/// The bytes that are held, of requests and of answers to them. Clones share it.
#[derive(Clone, Default)]
pub struct Bytes(Arc<Mutex<Held>>);

#[derive(Default)]
struct Held {
	all: usize,
	parts: HashMap<Part, usize>,
}

/// What the bytes of a peer are counted by, and the most of each.
fn bounds(peer: Peer) -> impl Iterator<Item = (Part, usize)> {
	let (network, site) = peer.parts();
	let site = site.map(|site| (site, SITE_BYTES));
	std::iter::once((network, PEER_BYTES)).chain(site)
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
		let all = held.all.saturating_add(more);
		let with_more = |part| {
			let before = held.parts.get(&part).copied().unwrap_or(0);
			before.saturating_add(more)
		};
		let owns = bounds(self.peer).map(|(part, most)| (part, with_more(part), most));
		let owns: Vec<_> = owns.collect();
		if all > ALL_BYTES || owns.iter().any(|(_, own, most)| own > most) {
			return false;
		}
		held.all = all;
		let owns = owns.into_iter().map(|(part, own, _)| (part, own));
		held.parts.extend(owns);
		self.held = self.held.saturating_add(more);
		true
	}

	/// Gives back all but so many bytes.
	pub fn shrink_to(&mut self, rest: usize) {
		let less = self.held.saturating_sub(rest);
		let mut held = self.bytes.0.lock();
		held.all = held.all.saturating_sub(less);
		for (part, _) in bounds(self.peer) {
			if let Some(own) = held.parts.get_mut(&part) {
				*own = own.saturating_sub(less);
				if *own == 0 {
					held.parts.remove(&part);
				}
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
		assert!(held.parts.is_empty() && held.all == 0);
	}

	#[test]
	fn a_site_of_ipv6_does_not_take_all_bytes() {
		let bytes = Bytes::default();
		let take = |site: u16, network: u16| {
			let address = format!("2001:db8:{site:x}:{network:x}::1");
			let peer = Peer::new(address.parse().expect("an address"));
			let mut share = bytes.share(peer);
			share.grow(PEER_BYTES).then_some(share)
		};
		let shares: Vec<_> = (0..99).filter_map(|network| take(1, network)).collect();
		assert_eq!(shares.len() * PEER_BYTES, SITE_BYTES);
		assert!(take(2, 0).is_some() && bytes.share(peer(1)).grow(1));
		drop(shares);
		assert!(take(1, 98).is_some());
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
