//! From where requests come, and what each may take up.

use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};
use jsonrpsee::server::HttpRequest;
use parking_lot::Mutex;
use std::{
	collections::HashMap,
	net::{IpAddr, Ipv6Addr},
	num::NonZeroU32,
	sync::Arc,
};

/// The most connections of one address.
const MAX_CONNECTIONS: usize = 64;
/// With how many addresses those are forgotten that have not sent anything for a while.
const MANY: usize = 16_384;

/// From where a request comes: an address, or with IPv6 the network of it that one customer has.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Peer(IpAddr);

impl Peer {
	/// The peer at an address.
	pub fn new(address: IpAddr) -> Self {
		Self(match address.to_canonical() {
			IpAddr::V4(address) => IpAddr::V4(address),
			IpAddr::V6(address) => {
				let network = u128::from(address) >> 64 << 64;
				IpAddr::V6(Ipv6Addr::from(network))
			},
		})
	}
}

/// The address for which a proxy says that it forwards: the last one, since it put it there itself.
pub fn forwarded_for<B>(request: &HttpRequest<B>) -> Option<IpAddr> {
	let headers = request.headers().get_all("x-forwarded-for");
	let last = headers.iter().next_back()?.to_str().ok()?;
	last.rsplit(',').next()?.trim().parse().ok()
}

/// How many messages each peer may send in a second.
pub struct Rates(DefaultKeyedRateLimiter<Peer>);

impl Rates {
	/// Allows `rate` messages in a second, and as many at once as `burst` if that is more.
	pub fn new(rate: NonZeroU32, burst: NonZeroU32) -> Self {
		let quota = Quota::per_second(rate).allow_burst(rate.max(burst));
		Self(RateLimiter::keyed(quota))
	}

	/// Whether a peer may send so many messages now. They count if it may.
	pub fn allow(&self, peer: Peer, messages: NonZeroU32) -> bool {
		if self.0.len() >= MANY {
			self.0.retain_recent();
		}
		matches!(self.0.check_key_n(&peer, messages), Ok(Ok(())))
	}
}

/// How many connections each peer has.
#[derive(Clone, Default)]
pub struct Connections(Arc<Mutex<HashMap<Peer, usize>>>);

impl Connections {
	/// Counts one more, until what is returned is dropped; none if the peer has too many.
	pub fn hold(&self, peer: Peer) -> Option<Held> {
		let mut all = self.0.lock();
		let count = all.entry(peer).or_default();
		if *count >= MAX_CONNECTIONS {
			return None;
		}
		*count += 1;
		Some(Held(self.clone(), peer))
	}
}

/// A connection that is counted.
pub struct Held(Connections, Peer);

impl Drop for Held {
	fn drop(&mut self) {
		let mut all = self.0 .0.lock();
		if let Some(count) = all.get_mut(&self.1) {
			*count -= 1;
			if *count == 0 {
				all.remove(&self.1);
			}
		}
	}
}
