//! How many connections each address has, or whatever else is to be counted in the same way.

use std::{collections::HashMap, net::IpAddr, sync::Arc};

use parking_lot::Mutex;

use crate::Part;

/// How many connections there may be.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Limits {
	/// From one address, or one network of IPv6 of 64 bits.
	pub per_address: u32,
	/// From one site of IPv6, of 48 bits, within which somebody may have very many networks.
	pub per_site: u32,
}

/// The parts that are connected. Clones share it.
#[derive(Clone, Default)]
pub struct Connections(Arc<Mutex<HashMap<Part, u32>>>);

/// A connection that is counted, until this is dropped.
pub struct Held {
	all: Connections,
	parts: Vec<Part>,
}

impl Connections {
	/// Counts one more connection from an address, unless it, or what it is part of, has so many already.
	pub fn hold(&self, address: IpAddr, limits: &Limits) -> Option<Held> {
		self.hold_for(Part::network(address), Part::site(address), limits)
	}

	/// The same for an address of IPv4 or a network, and the site that it is part of, if it is of one.
	pub fn hold_for(&self, network: Part, site: Option<Part>, limits: &Limits) -> Option<Held> {
		let bounds = bounds(network, site, limits);
		let mut connections = self.0.lock();
		let count = |part| connections.get(part).copied().unwrap_or(0);
		if bounds.iter().any(|(part, most)| count(part) >= *most) {
			return None;
		}
		let parts: Vec<_> = bounds.into_iter().map(|(part, _)| part).collect();
		for part in &parts {
			let count = connections.entry(*part).or_default();
			*count = count.saturating_add(1);
		}
		Some(Held {
			all: self.clone(),
			parts,
		})
	}

	/// Whether nobody has any.
	pub fn is_empty(&self) -> bool {
		self.0.lock().is_empty()
	}
}

impl Drop for Held {
	fn drop(&mut self) {
		let mut connections = self.all.0.lock();
		for part in &self.parts {
			if let Some(count) = connections.get_mut(part) {
				*count = count.saturating_sub(1);
				if *count == 0 {
					connections.remove(part);
				}
			}
		}
	}
}

/// What a connection is counted by, and how many there may be of each.
fn bounds(network: Part, site: Option<Part>, limits: &Limits) -> Vec<(Part, u32)> {
	let site = site.map(|site| (site, limits.per_site));
	let network = (network, limits.per_address);
	std::iter::once(network).chain(site).collect()
}

#[cfg(test)]
mod tests {
	use super::*;

	fn address(text: &str) -> IpAddr {
		text.parse().unwrap()
	}

	fn limits(per_address: u32) -> Limits {
		Limits {
			per_address,
			per_site: crate::SITE_TIMES.get() * per_address,
		}
	}

	#[test]
	fn each_address_has_so_many_and_gets_them_back() {
		let (all, limits) = (Connections::default(), limits(2));
		let here = address("192.0.2.1");
		let first = all.hold(here, &limits);
		let second = all.hold(here, &limits);
		assert!(first.is_some() && second.is_some());
		assert!(all.hold(here, &limits).is_none());
		let mapped = address("::ffff:192.0.2.1");
		assert!(all.hold(mapped, &limits).is_none());
		let other = all.hold(address("192.0.2.2"), &limits);
		assert!(other.is_some());
		drop(first);
		assert!(all.hold(here, &limits).is_some());
		drop((second, other));
		assert!(all.is_empty());
	}

	#[test]
	fn a_network_of_ipv6_counts_as_one_address() {
		let (all, limits) = (Connections::default(), limits(1));
		let _first = all.hold(address("2001:db8:1:2::1"), &limits).unwrap();
		let same = address("2001:db8:1:2:ffff::9");
		assert!(all.hold(same, &limits).is_none());
		assert!(all.hold(address("2001:db8:1:3::1"), &limits).is_some());
	}

	#[test]
	fn a_site_of_ipv6_does_not_take_all_places() {
		for (per_address, per_site) in [(1, 4), (64, 256), (300, 512), (511, 512), (512, 512)] {
			let all = Connections::default();
			let limits = Limits {
				per_address,
				per_site,
			};
			// As many networks as a customer is given, or more.
			let networks =
				(0..=u16::MAX).map(|network| address(&format!("2001:db8:1:{network:x}::1")));
			let held: Vec<_> = networks
				.filter_map(|network| all.hold(network, &limits))
				.collect();
			assert_eq!(held.len() as u32, per_site);
			assert!(all.hold(address("2001:db8:2::1"), &limits).is_some());
			assert!(all.hold(address("192.0.2.1"), &limits).is_some());
			drop(held);
			assert!(all.is_empty());
		}
	}

	#[test]
	fn each_network_has_its_own_as_long_as_the_site_has_any_left() {
		let (all, limits) = (Connections::default(), limits(64));
		let hold = |text: String| all.hold(address(&text), &limits);
		let mut held = Vec::new();
		for network in 0..8 {
			for host in 0..80 {
				held.extend(hold(format!("2001:db8:1:{network:x}::{host:x}")));
			}
			assert_eq!(held.len(), 256.min(64 * (network + 1)));
		}
		assert!(hold("2001:db8:1:ffff::1".into()).is_none());
		assert!(hold("2001:db8:2::1".into()).is_some(), "another site");
		assert!(hold("1.2.3.4".into()).is_some());
		held.pop();
		assert!(hold("2001:db8:1:ffff::1".into()).is_some());
		drop(held);
		assert!(all.is_empty(), "nothing is remembered of who is gone");
	}
}
