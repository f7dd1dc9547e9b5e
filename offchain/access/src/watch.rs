//! The chain as the server last saw it.

use std::{
	collections::HashMap,
	sync::Arc,
	time::{Duration, Instant},
};

use parking_lot::Mutex;
use syngraph_primitives::{ChannelId, GenesisHash};
use tokio::sync::{watch, Semaphore};

use crate::{Chain, Heads, Problem, Seen};

/// How often the node is asked how far the chain has come.
const PAUSE: Duration = Duration::from_millis(500);
/// How many channels are read at a time: requests for channels that do not exist must not bury the node.
const READS: usize = 32;
/// How many may wait for that.
const WAITING: usize = 8192;
/// How many channels are remembered between two blocks.
const REMEMBERED: usize = 100_000;

/// Reads every channel at most once per block, and refuses to say anything while the chain stands still.
pub struct Watch<C> {
	chain: C,
	patience: Duration,
	known: Mutex<Known>,
	reads: Semaphore,
	waiting: Semaphore,
	heads: watch::Sender<Heads>,
}

#[derive(Default)]
struct Known {
	/// How far the chain has come, and when the server noticed.
	heads: Option<(Heads, Instant)>,
	/// The channels as they are there.
	channels: HashMap<ChannelId, Arc<Seen>>,
}

impl<C: Chain> Watch<C> {
	/// Watches a chain, which is taken for unreachable when it has stood still for `patience`.
	pub fn new(chain: C, patience: Duration) -> Self {
		Self {
			chain,
			patience,
			known: Mutex::default(),
			reads: Semaphore::new(READS),
			waiting: Semaphore::new(READS + WAITING),
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

	/// Tells of every new block.
	pub fn subscribe(&self) -> watch::Receiver<Heads> {
		self.heads.subscribe()
	}

	/// Follows the chain for ever.
	pub async fn follow(&self) {
		loop {
			if let Err(error) = self.look().await {
				tracing::warn!("the chain cannot be reached: {error:#}");
			}
			tokio::time::sleep(PAUSE).await;
		}
	}

	/// Notices how far the chain has come, and forgets what was true before.
	pub async fn look(&self) -> anyhow::Result<()> {
		let heads = self.chain.heads().await?;
		let mut known = self.known.lock();
		if known.heads.map(|(known, _)| known) != Some(heads) {
			known.heads = Some((heads, Instant::now()));
			known.channels.clear();
			self.heads.send_replace(heads);
		}
		Ok(())
	}

	/// How far the chain has come, unless it stands still.
	pub fn heads(&self) -> Result<Heads, Problem> {
		match self.known.lock().heads {
			Some((heads, since)) if since.elapsed() <= self.patience => Ok(heads),
			_ => Err(Problem::Unavailable("the chain cannot be reached")),
		}
	}

	/// A channel.
	pub async fn channel(&self, id: ChannelId) -> Result<Arc<Seen>, Problem> {
		let heads = self.heads()?;
		if let Some(seen) = self.known.lock().channels.get(&id) {
			return Ok(seen.clone());
		}
		let busy = Problem::Unavailable("too many channels are asked for");
		let _place = self.waiting.try_acquire().map_err(|_| busy.clone())?;
		let _read = self.reads.acquire().await.map_err(|_| busy)?;
		let read = self.chain.channel(id).await;
		let seen = Arc::new(read.map_err(|error| {
			tracing::warn!("a channel cannot be read: {error:#}");
			Problem::Unavailable("the chain cannot be reached")
		})?);
		self.remember(id, &seen, heads);
		Ok(seen)
	}

	fn remember(&self, id: ChannelId, seen: &Arc<Seen>, heads: Heads) {
		let mut known = self.known.lock();
		// The chain may have gone on meanwhile.
		let current = known.heads.is_some_and(|(known, _)| known == heads);
		if current && known.channels.len() < REMEMBERED {
			known.channels.insert(id, seen.clone());
		}
	}
}
