//! From where requests come, and how many messages each may send.

use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};
use jsonrpsee::server::HttpRequest;
use std::{
	net::{IpAddr, Ipv6Addr},
	num::NonZeroU32,
	sync::{
		atomic::{AtomicU32, Ordering::Relaxed},
		Arc,
	},
};

use crate::limits::{MAX_BATCH, MAX_REQUEST_BYTES};

/// The largest request counts as as many messages as it may hold.
const BYTES_PER_MESSAGE: usize = MAX_REQUEST_BYTES.div_ceil(MAX_BATCH.get()) as usize;
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

/// Who sent a request, and how many messages are paid for with the request itself.
#[derive(Clone)]
pub struct Guest {
	peer: Peer,
	rates: Arc<Rates>,
	paid: Arc<AtomicU32>,
}

impl Guest {
	/// Lets a request of so many bytes in, if the peer may send one. It counts as as many messages as fit into
	/// so many bytes, and as one at least: so nothing is for free, whatever becomes of it.
	pub fn admit(peer: Peer, rates: &Arc<Rates>, bytes: usize) -> Option<Self> {
		let messages = u32::try_from(bytes.div_ceil(BYTES_PER_MESSAGE)).unwrap_or(u32::MAX);
		let messages = NonZeroU32::new(messages).unwrap_or(NonZeroU32::MIN);
		rates.allow(peer, messages).then(|| Self {
			peer,
			rates: rates.clone(),
			paid: Arc::new(messages.get().into()),
		})
	}

	/// Whether so many messages of the request are within the limit. Those count in addition that exceed what
	/// the request itself counts as.
	pub fn pay(&self, messages: NonZeroU32) -> bool {
		let less = |paid: u32| Some(paid.saturating_sub(messages.get()));
		let paid = self.paid.fetch_update(Relaxed, Relaxed, less).unwrap_or(0);
		let rest = NonZeroU32::new(messages.get().saturating_sub(paid));
		rest.is_none_or(|rest| self.rates.allow(self.peer, rest))
	}
}
