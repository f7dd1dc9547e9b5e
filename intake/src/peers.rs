//! From where requests come, and how many messages each may send.

use jsonrpsee::server::HttpRequest;
use parking_lot::Mutex;
use std::{
	collections::HashMap,
	net::IpAddr,
	num::NonZeroU32,
	sync::{
		atomic::{AtomicU32, Ordering::Relaxed},
		Arc,
	},
	time::{Duration, Instant},
};
use syngraph_net::{Connections, Held, Limits, Part, SITE_TIMES};

use crate::limits::{MAX_BATCH, MAX_REQUEST_BYTES};

/// The largest request counts as as many messages as it may hold.
const BYTES_PER_MESSAGE: usize = MAX_REQUEST_BYTES.div_ceil(MAX_BATCH.get()) as usize;
/// As how many messages it counts for its sender, besides the message itself, that a signature was checked and is bad,
/// or that a sensor was looked up that nobody registered.
///
/// By default an address may send a twentieth of the messages of which the signatures are checked for all, and a site a
/// fifth. By bad ones alone, the one uses up less than a four-hundredth of that, and the other less than a hundredth:
/// it takes a hundred sites to keep the good ones out. A device that waits for its new key to become known, and tries
/// one message a second until then, notices nothing, unless others of its site waste very much more.
pub const WASTE: u32 = 20;
/// For how long a network that had something checked for nothing answers for what its whole site had. Others of the
/// site do not: many mobile phones, each with a network of its own, share one. Unless so many networks are suspected
/// that not all can be remembered: then whoever takes another one of a site's 65,536 each time must not be taken for
/// new.
const SUSPICION: Duration = Duration::from_secs(600);
/// How many parts are remembered at most that have sent something lately.
const MANY: usize = 32_768;

/// From where a request comes: an address, or with IPv6 a network and its site.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Peer {
	network: Part,
	site: Option<Part>,
}

impl Peer {
	/// The peer at an address.
	pub fn new(address: IpAddr) -> Self {
		Self {
			network: Part::network(address),
			site: Part::site(address),
		}
	}

	/// What it is counted by: all that is bounded for the first, and for the second, if there is one, so many times as
	/// much as [`SITE_TIMES`] says.
	pub fn parts(&self) -> (Part, Option<Part>) {
		(self.network, self.site)
	}
}

/// The address for which a proxy says that it forwards: the last one, since it put it there itself.
pub fn forwarded_for<B>(request: &HttpRequest<B>) -> Option<IpAddr> {
	let headers = request.headers().get_all("x-forwarded-for");
	let last = headers.iter().next_back()?.to_str().ok()?;
	last.rsplit(',').next()?.trim().parse().ok()
}

/// How many messages a part may send.
#[derive(Clone, Copy)]
struct Limit {
	/// After how long it may send one more.
	each: Duration,
	/// After how long it may send as many at once as ever, if it has sent all that it may.
	all: Duration,
}

impl Limit {
	/// So many in a second, and as many at once as `burst` if that is more.
	fn new(rate: NonZeroU32, burst: NonZeroU32) -> Self {
		let each = Duration::from_secs(1) / rate.get();
		Self {
			each,
			all: each.saturating_mul(rate.max(burst).get()),
		}
	}

	/// When a part may send as many at once as ever that sends so many now, if it was at `full` before.
	fn after(&self, full: Option<&Duration>, messages: u32, now: Duration) -> Duration {
		let full = full.map_or(now, |full| now.max(*full));
		full.saturating_add(self.each.saturating_mul(messages))
	}
}

/// How many messages each peer may send in a second, and each site of IPv6.
pub struct Rates {
	network: Limit,
	site: Limit,
	begun: Instant,
	used: Mutex<Used>,
}

/// What is remembered of parts, each with a time since the beginning.
#[derive(Default)]
struct Used {
	/// When each that has sent something may send as many at once as ever.
	sent: HashMap<Part, Duration>,
	/// When what each site had checked for nothing is made up for.
	wasted: HashMap<Part, Duration>,
	/// Until when each network answers for its site.
	suspects: HashMap<Part, Duration>,
}

impl Rates {
	/// Allows `rate` messages in a second, and as many at once as `burst` if that is more; to a site several times as
	/// many.
	pub fn new(rate: NonZeroU32, burst: NonZeroU32) -> Self {
		let of_site = |one: NonZeroU32| one.saturating_mul(SITE_TIMES);
		Self {
			network: Limit::new(rate, burst),
			site: Limit::new(of_site(rate), of_site(burst)),
			begun: Instant::now(),
			used: Mutex::default(),
		}
	}

	/// Whether a peer may send so many messages now. They count if it may, for it and for its site.
	pub fn allow(&self, peer: Peer, messages: NonZeroU32) -> bool {
		self.count(peer, messages.get(), self.begun.elapsed())
	}

	/// Counts so many messages for a peer, whether or not it may send them. It may send nothing until that is made up
	/// for, by itself and by its site.
	pub fn charge(&self, peer: Peer, messages: u32) {
		let (now, mut used) = (self.begun.elapsed(), self.used.lock());
		let sent = self
			.network
			.after(used.sent.get(&peer.network), messages, now);
		remember(&mut used.sent, [(peer.network, sent)], now);
		let Some(site) = peer.site else { return };
		let wasted = self.site.after(used.wasted.get(&site), messages, now);
		remember(&mut used.wasted, [(site, wasted)], now);
		let until = now.saturating_add(SUSPICION);
		remember(&mut used.suspects, [(peer.network, until)], now);
	}

	/// Whether a peer was charged with more than it may send, or was charged lately and its site with more than that
	/// may.
	pub fn owes(&self, peer: Peer) -> bool {
		let (now, used) = (self.begun.elapsed(), self.used.lock());
		let is_over = |full: Option<&Duration>, limit: Limit| {
			full.is_some_and(|full| *full > now.saturating_add(limit.all))
		};
		let suspected = used.suspects.get(&peer.network);
		let is_suspect =
			used.suspects.len() >= MANY / 2 || suspected.is_some_and(|until| *until > now);
		let wasted = peer.site.and_then(|site| used.wasted.get(&site));
		is_over(used.sent.get(&peer.network), self.network)
			|| is_suspect && is_over(wasted, self.site)
	}

	/// Counts so many messages for a peer and its site at a time since the beginning, if they are within the limits of
	/// both. Tells whether they are.
	fn count(&self, peer: Peer, messages: u32, now: Duration) -> bool {
		let mut used = self.used.lock();
		let site = peer.site.map(|site| (site, self.site));
		let parts = std::iter::once((peer.network, self.network)).chain(site);
		let fulls = parts.map(|(part, limit)| {
			let full = limit.after(used.sent.get(&part), messages, now);
			(full <= now.saturating_add(limit.all)).then_some((part, full))
		});
		let fulls: Option<Vec<_>> = fulls.collect();
		let is_within = fulls.is_some();
		remember(&mut used.sent, fulls.into_iter().flatten(), now);
		is_within
	}
}

/// Notes the times of parts, and forgets others should there be too many.
fn remember(
	times: &mut HashMap<Part, Duration>,
	more: impl IntoIterator<Item = (Part, Duration)>,
	now: Duration,
) {
	if times.len() >= MANY {
		forget(times, now);
	}
	times.extend(more);
}

/// Forgets the parts whose time is over. If that is too few, the half of all goes whose time is over first: so many
/// parts must neither fill the memory nor keep others out.
fn forget(times: &mut HashMap<Part, Duration>, now: Duration) {
	times.retain(|_, time| *time > now);
	let mut left: Vec<_> = times.values().copied().collect();
	if left.len() < MANY / 2 {
		return;
	}
	let half = left.len() / 2;
	let (_, middle, _) = left.select_nth_unstable(half);
	let middle = *middle;
	times.retain(|_, time| *time > middle);
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

	/// Counts the request among those of its peer, unless there are so many already.
	pub fn hold(&self, requests: &Connections, limits: &Limits) -> Option<Held> {
		let (network, site) = self.peer.parts();
		requests.hold_for(network, site, limits)
	}

	/// Counts that something was checked or looked up for the request, and for nothing.
	pub fn waste(&self) {
		self.rates.charge(self.peer, WASTE);
	}

	/// Whether so much was for nothing that nothing more is to be done for whom it comes from now.
	pub fn owes(&self) -> bool {
		self.rates.owes(self.peer)
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	fn peer(text: &str) -> Peer {
		Peer::new(text.parse().expect("an address"))
	}

	/// A network of a site of IPv6.
	fn network(site: u16, network: u16) -> Peer {
		peer(&format!("2001:db8:{site:x}:{network:x}::1"))
	}

	fn rates(rate: u32, burst: u32) -> Rates {
		let number = |number| NonZeroU32::new(number).expect("not zero");
		Rates::new(number(rate), number(burst))
	}

	/// How many single messages of a peer are allowed at a time, up to so many.
	fn allowed(rates: &Rates, peer: Peer, most: u32, now: Duration) -> u32 {
		let sent = (0..most).filter(|_| rates.count(peer, 1, now));
		sent.count() as u32
	}

	#[test]
	fn a_network_of_ipv6_is_one_peer() {
		assert_eq!(peer("2001:db8::1"), peer("2001:db8::ffff:1:2:3"));
		assert_ne!(peer("2001:db8::1"), peer("2001:db8:0:1::1"));
		assert_eq!(peer("::ffff:1.2.3.4"), peer("1.2.3.4"));
		assert_ne!(peer("1.2.3.4"), peer("1.2.3.5"));
	}

	#[test]
	fn a_peer_may_send_so_many_at_once_and_then_so_many_in_a_second() {
		let (rates, here) = (rates(10, 50), peer("192.0.2.1"));
		assert_eq!(allowed(&rates, here, 60, Duration::ZERO), 50);
		assert_eq!(allowed(&rates, here, 60, Duration::from_secs(1)), 10);
		assert_eq!(allowed(&rates, here, 60, Duration::from_secs(100)), 50);
		let most = Duration::from_secs(200);
		assert!(!rates.count(here, 51, most), "as a whole or not");
		assert!(rates.count(here, 50, most));
		assert!(rates.count(peer("192.0.2.2"), 50, most));
	}

	/// Whoever has a site has more networks than anybody could count one by one.
	#[test]
	fn all_networks_of_a_site_have_as_much_as_four() {
		for rate in [1, 100, 1000] {
			let rates = rates(rate, 256);
			let burst = rate.max(256);
			let total = |now| -> u32 {
				let networks = (0..100).map(|number| network(1, number));
				networks
					.map(|network| allowed(&rates, network, 2 * burst, now))
					.sum()
			};
			assert_eq!(total(Duration::ZERO), 4 * burst);
			assert_eq!(total(Duration::from_secs(1)), 4 * rate);
			// Others have their own.
			let others = [network(2, 0), peer("192.0.2.1")];
			for other in others {
				assert_eq!(allowed(&rates, other, 2 * burst, Duration::ZERO), burst);
			}
		}
	}

	#[test]
	fn what_one_network_is_refused_does_not_count_for_its_site() {
		let rates = rates(1, 10);
		assert_eq!(allowed(&rates, network(1, 0), 1_000, Duration::ZERO), 10);
		assert_eq!(allowed(&rates, network(1, 1), 1_000, Duration::ZERO), 10);
	}

	#[test]
	fn who_was_charged_sends_nothing_until_that_is_made_up_for() {
		let (rates, bad) = (rates(10, 50), network(1, 0));
		assert!(!rates.owes(bad));
		rates.charge(bad, 50);
		assert!(!rates.owes(bad), "so much it may send");
		rates.charge(bad, 20);
		assert!(rates.owes(bad));
		let after = |seconds| rates.begun.elapsed() + Duration::from_secs(seconds);
		assert_eq!(allowed(&rates, bad, 1, after(1)), 0);
		assert_eq!(allowed(&rates, bad, 1, after(3)), 1);
	}

	#[test]
	fn only_who_wasted_something_itself_answers_for_its_site() {
		let rates = rates(1, 50);
		for number in 0..10 {
			rates.charge(network(1, number), 21);
		}
		// None of them alone has had too much, all together have.
		assert!((0..10).all(|number| rates.owes(network(1, number))));
		let neighbour = network(1, 10);
		assert!(!rates.owes(neighbour));
		assert_eq!(allowed(&rates, neighbour, 100, rates.begun.elapsed()), 50);
		rates.charge(neighbour, 21);
		assert!(rates.owes(neighbour));
		assert!(!rates.owes(network(2, 0)));
	}

	#[test]
	fn who_takes_another_network_of_its_site_each_time_is_not_taken_for_new() {
		let rates = rates(1, 256);
		let mut checked = 0;
		for number in 0..200_000_u32 {
			let one = network(1, number as u16);
			if !rates.owes(one) {
				rates.charge(one, 21);
				checked += 1;
			}
		}
		assert!(checked <= MANY as u32, "{checked}");
		assert!(!rates.owes(network(2, 0)), "another site");
	}

	#[test]
	fn who_sends_from_very_many_networks_neither_fills_the_memory_nor_keeps_others_out() {
		let rates = rates(1, 256);
		let now = Duration::from_secs(1);
		let worst = peer("192.0.2.1");
		assert!(rates.count(worst, 256, now));
		for number in 0..200_000_u32 {
			let (site, of_it) = ((number >> 8) as u16, (number & 0xff) as u16);
			assert!(rates.count(network(site, of_it), 1, now));
			rates.charge(network(site, of_it), 1);
			let used = rates.used.lock();
			for times in [&used.sent, &used.wasted, &used.suspects] {
				assert!(times.len() <= MANY + 1);
			}
		}
		assert!(!rates.count(worst, 1, now), "it is remembered");
		// What has been made up for is forgotten.
		let later = now + Duration::from_secs(3600);
		forget(&mut rates.used.lock().sent, later);
		assert!(rates.used.lock().sent.is_empty());
	}
}
