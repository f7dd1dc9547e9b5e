//! How many connections each address has.

use std::{
	collections::HashMap,
	net::{IpAddr, Ipv6Addr},
	sync::Arc,
};

use parking_lot::Mutex;

/// The bits of an IPv6 address that its network has: within it, everybody takes addresses at will.
const NETWORK: u32 = 64;

/// The addresses that are connected. Clones share it.
#[derive(Clone, Default)]
pub(super) struct Peers(Arc<Mutex<HashMap<IpAddr, u32>>>);

/// A connection of an address, until this is dropped.
pub(super) struct Guest {
	peers: Peers,
	network: IpAddr,
}

impl Peers {
	/// One more connection from an address, unless it has so many already.
	pub(super) fn admit(&self, address: IpAddr, most: u32) -> Option<Guest> {
		let network = network(address);
		let mut connections = self.0.lock();
		let count = connections.entry(network).or_default();
		if *count >= most {
			return None;
		}
		*count = count.saturating_add(1);
		Some(Guest {
			peers: self.clone(),
			network,
		})
	}
}

impl Drop for Guest {
	fn drop(&mut self) {
		let mut connections = self.peers.0.lock();
		if let Some(count) = connections.get_mut(&self.network) {
			*count = count.saturating_sub(1);
			if *count == 0 {
				connections.remove(&self.network);
			}
		}
	}
}

/// What connections are counted by.
fn network(address: IpAddr) -> IpAddr {
	match address.to_canonical() {
		IpAddr::V6(address) => {
			let host = u128::MAX.checked_shr(NETWORK).unwrap_or(0);
			Ipv6Addr::from(u128::from(address) & !host).into()
		},
		address => address,
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	fn address(text: &str) -> IpAddr {
		text.parse().unwrap()
	}

	#[test]
	fn each_address_has_so_many_and_gets_them_back() {
		let peers = Peers::default();
		let here = address("192.0.2.1");
		let first = peers.admit(here, 2);
		let second = peers.admit(here, 2);
		assert!(first.is_some() && second.is_some());
		assert!(peers.admit(here, 2).is_none());
		assert!(peers.admit(address("::ffff:192.0.2.1"), 2).is_none());
		let other = peers.admit(address("192.0.2.2"), 2);
		assert!(other.is_some());
		drop(first);
		assert!(peers.admit(here, 2).is_some());
		drop((second, other));
		assert!(peers.0.lock().is_empty());
	}

	#[test]
	fn a_network_of_ipv6_counts_as_one_address() {
		let peers = Peers::default();
		let _first = peers.admit(address("2001:db8:1:2::1"), 1).unwrap();
		assert!(peers.admit(address("2001:db8:1:2:ffff::9"), 1).is_none());
		assert!(peers.admit(address("2001:db8:1:3::1"), 1).is_some());
	}
}
