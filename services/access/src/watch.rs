//! The chain as the server last saw it.

use std::{
	collections::{BTreeMap, HashMap},
	iter,
	sync::Arc,
	time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use parking_lot::Mutex;
use syngraph_client::Error::{OtherChain, OtherRuntime, OtherStorage};
use syngraph_primitives::{ChannelId, GenesisHash};
use tokio::sync::watch;

use crate::{chain::UPGRADING, Chain, Heads, Lag, Lane, Problem, Seen, Upgrading};

/// How often the node is asked how far the chain has come.
const PAUSE: Duration = Duration::from_millis(500);
/// How many channels are read with one request: whoever asks for some that do not exist buries nobody.
const READS: usize = 512;
/// How many may wait for that.
const WAITING: usize = 8192;
/// How many channels are remembered between two blocks.
const REMEMBERED: usize = 100_000;

/// Reads every channel at most once per block, and refuses to say anything while the chain stands still.
pub struct Watch<C> {
	chain: C,
	patience: Duration,
	known: Mutex<Known>,
	/// Which channels are asked for and not read yet.
	waiting: Mutex<Queue>,
	/// Held by who reads, for all that wait.
	turn: tokio::sync::Mutex<()>,
	heads: watch::Sender<Heads>,
}

/// Channels that are asked for, by the order in which they were.
#[derive(Default)]
struct Queue {
	ids: BTreeMap<u64, ChannelId>,
	/// The number of the next one.
	next: u64,
}

/// The place of somebody who waits. Whoever goes away before its turn gives it up: nobody else would take it away
/// while the node does not answer, and no place would be left.
struct Place<'a> {
	waiting: &'a Mutex<Queue>,
	number: u64,
}

impl Drop for Place<'_> {
	fn drop(&mut self) {
		self.waiting.lock().ids.remove(&self.number);
	}
}

#[derive(Default)]
struct Known {
	/// How far the chain has come.
	heads: Option<Heads>,
	/// When its best block changed last,
	best_since: Option<Instant>,
	/// and when its last final one did.
	final_since: Option<Instant>,
	/// Why nothing is sold, whatever else it says, if that is so.
	trouble: Option<&'static str>,
	/// The channels as they are there.
	channels: HashMap<ChannelId, Arc<Seen>>,
}

impl<C: Chain> Watch<C> {
	/// Watches a chain, which is taken for unreachable when its best block or its last final one has stood
	/// still for `patience`, or its best block is older than that.
	pub fn new(chain: C, patience: Duration) -> Self {
		Self {
			chain,
			patience,
			known: Mutex::default(),
			waiting: Mutex::default(),
			turn: Default::default(),
			heads: watch::Sender::default(),
		}
	}

	/// The chain.
	pub fn chain(&self) -> &C {
		&self.chain
	}

	/// The hash of its first block.
	pub fn genesis(&self) -> GenesisHash {
		self.chain.genesis()
	}

	/// How long the chain may stand still.
	pub(crate) fn patience(&self) -> Duration {
		self.patience
	}

	/// Tells of every new block.
	pub fn subscribe(&self) -> watch::Receiver<Heads> {
		self.heads.subscribe()
	}

	/// Follows the chain for ever.
	pub async fn follow(&self) {
		loop {
			if let Err(error) = self.look().await {
				tracing::warn!("the chain cannot be followed: {error:#}");
			}
			tokio::time::sleep(PAUSE).await;
		}
	}

	/// Notices how far the chain has come, and forgets what was true before. Who closes channels is told also if
	/// the node is behind, which ends sales only.
	pub async fn look(&self) -> anyhow::Result<()> {
		let heads = match self.chain.heads().await {
			Ok(heads) => heads,
			Err(error) => {
				let mut known = self.known.lock();
				known.trouble = trouble(&error).or(known.trouble);
				return Err(error);
			},
		};
		let lag = self.chain.lag().await;
		let mut known = self.known.lock();
		known.trouble = match &lag {
			Ok(lag) => self.behind(lag),
			Err(_) => Some("the node does not say whether it is behind"),
		};
		if known.heads != Some(heads) {
			known.note(heads);
			self.heads.send_replace(heads);
		}
		lag.map(drop)
	}

	/// Whether the node is behind: by the clock of the chain, by its own word, or in what is final.
	fn behind(&self, lag: &Lag) -> Option<&'static str> {
		let now = SystemTime::now().duration_since(UNIX_EPOCH);
		let now = now.unwrap_or_default();
		let is_old = |time: Duration| now.saturating_sub(time) > self.patience;
		if lag.time.is_some_and(is_old) {
			Some("the node's best block is old by this server's clock")
		} else if lag.is_catching_up {
			Some("the node is catching up with the others")
		} else if lag.is_upgrading {
			Some(UPGRADING)
		} else {
			None
		}
	}

	/// How far the chain has come, unless it stands still, its node is behind, or it is not the one that this
	/// server knows: as far as it is to be relied on in sales.
	pub fn heads(&self) -> Result<Heads, Problem> {
		let known = self.known.lock();
		if let Some(trouble) = known.trouble {
			return Err(Problem::Unavailable(trouble));
		}
		let recent = |since: Option<Instant>| since.is_some_and(|at| at.elapsed() <= self.patience);
		match known.heads {
			Some(_) if !recent(known.best_since) => {
				Err(Problem::Unavailable("the chain stands still"))
			},
			Some(_) if !recent(known.final_since) => {
				Err(Problem::Unavailable("no new block becomes final"))
			},
			Some(heads) => Ok(heads),
			None => Err(UNREACHABLE),
		}
	}

	/// A channel.
	pub async fn channel(&self, id: ChannelId) -> Result<Arc<Seen>, Problem> {
		self.heads()?;
		if let Some(seen) = self.remembered(id) {
			return Ok(seen);
		}
		let place = self.wait_for(id)?;
		let _turn = self.turn.lock().await;
		drop(place);
		// Whoever had the turn before may have read it.
		if let Some(seen) = self.remembered(id) {
			return Ok(seen);
		}
		let mut ids = self.next_to_read();
		ids.retain(|other| *other != id);
		ids.push(id);
		self.read(&ids).await?.pop().ok_or(UNREACHABLE)
	}

	/// Waits for a channel to be read, unless too many do.
	fn wait_for(&self, id: ChannelId) -> Result<Place<'_>, Problem> {
		let mut waiting = self.waiting.lock();
		if waiting.ids.len() >= WAITING {
			let busy = "too many channels are asked for";
			return Err(Problem::Unavailable(busy));
		}
		let number = waiting.next;
		waiting.next = number.wrapping_add(1);
		waiting.ids.insert(number, id);
		Ok(Place {
			waiting: &self.waiting,
			number,
		})
	}

	fn remembered(&self, id: ChannelId) -> Option<Arc<Seen>> {
		self.known.lock().channels.get(&id).cloned()
	}

	/// Those that have waited longest.
	fn next_to_read(&self) -> Vec<ChannelId> {
		let mut waiting = self.waiting.lock();
		let longest = iter::from_fn(|| waiting.ids.pop_first()).take(READS - 1);
		let mut next: Vec<_> = longest.map(|(_, id)| id).collect();
		next.sort_unstable();
		next.dedup();
		next
	}

	/// Reads channels and remembers them.
	async fn read(&self, ids: &[ChannelId]) -> Result<Vec<Arc<Seen>>, Problem> {
		let heads = self.known.lock().heads;
		let read = self.chain.channels(Lane::Public, ids).await;
		let read = read.map_err(|error| {
			tracing::warn!("channels cannot be read: {error:#}");
			trouble(&error).map_or(UNREACHABLE, Problem::Unavailable)
		})?;
		let all: Vec<_> = read.into_iter().map(Arc::new).collect();
		let mut known = self.known.lock();
		// The chain may have gone on meanwhile.
		let free = match known.heads == heads {
			true => REMEMBERED.saturating_sub(known.channels.len()),
			false => 0,
		};
		let read = ids.iter().copied().zip(all.iter().cloned());
		known.channels.extend(read.take(free));
		Ok(all)
	}
}

impl Known {
	fn note(&mut self, heads: Heads) {
		let now = Instant::now();
		let before = self.heads.replace(heads);
		if before.is_none_or(|before| before.best != heads.best) {
			self.best_since = Some(now);
		}
		if before.is_none_or(|before| before.finalized != heads.finalized) {
			self.final_since = Some(now);
		}
		self.channels.clear();
	}
}

/// What an error says of the chain that is true until it says something else.
fn trouble(error: &anyhow::Error) -> Option<&'static str> {
	if error.is::<Upgrading>() {
		return Some(UPGRADING);
	}
	match error.downcast_ref() {
		Some(OtherRuntime { .. } | OtherStorage { .. }) => {
			Some("the chain was upgraded, and this server does not know its runtime")
		},
		Some(OtherChain { .. }) => Some("the node is one of another chain now"),
		_ => None,
	}
}

const UNREACHABLE: Problem = Problem::Unavailable("the chain cannot be reached");
