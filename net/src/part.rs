//! What somebody is counted by who comes from an address.

use std::{
	net::{IpAddr, Ipv6Addr},
	num::NonZeroU32,
};

/// The bits of an IPv6 address that its network has: within it, everybody takes addresses at will,
const NETWORK: u32 = 64;
/// and that its site has: so many networks are given to one customer, or fewer.
const SITE: u32 = 48;
/// The bits of a whole address.
const ADDRESS: u32 = 128;

/// How many times as much a site of IPv6 may do as each of its networks.
pub const SITE_TIMES: NonZeroU32 = NonZeroU32::new(4).unwrap();

/// A part of all addresses: what they begin with, and how many bits of it count.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Part(Ipv6Addr, u32);

impl Part {
	/// An address of IPv4, or the network of 64 bits to which one of IPv6 belongs.
	pub fn network(address: IpAddr) -> Self {
		match address.to_canonical() {
			IpAddr::V4(address) => Self(address.to_ipv6_mapped(), ADDRESS),
			IpAddr::V6(address) => Self::of(address, NETWORK),
		}
	}

	/// The site of 48 bits to which an address of IPv6 belongs, within which somebody may have very many networks.
	/// One of IPv4 belongs to none.
	pub fn site(address: IpAddr) -> Option<Self> {
		match address.to_canonical() {
			IpAddr::V4(_) => None,
			IpAddr::V6(address) => Some(Self::of(address, SITE)),
		}
	}

	fn of(address: Ipv6Addr, bits: u32) -> Self {
		let rest = u128::MAX.checked_shr(bits).unwrap_or(0);
		Self((u128::from(address) & !rest).into(), bits)
	}
}
