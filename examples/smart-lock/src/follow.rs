//! What the chain makes of the messages.

use std::time::{Duration, Instant};

use anyhow::{bail, Result};
use pallet_agreements::Event;
use syngraph_client::{Block, Head};
use syngraph_primitives::AgreementId;
use syngraph_runtime::{BlockNumber, RuntimeEvent};
use tokio::sync::watch;

use crate::{deals::Deal, network::Network, play::Played, settled::Settlements};

/// How often to say how far things are.
const PAUSE: Duration = Duration::from_secs(2);

/// After how long to say it again, although nothing has changed.
const REMINDER: Duration = Duration::from_secs(10);

/// Follows the chain from a block on until every node has every message and every full window of the
/// agreements is settled.
///
/// Fails if nothing happens for longer than `patience`, or if an agreement ends; and says what has happened until then.
pub async fn follow(
	network: &Network,
	deals: &[Deal],
	from: BlockNumber,
	patience: Duration,
	played: watch::Receiver<Played>,
) -> Result<Settlements> {
	let mut blocks = network.client.blocks(Head::Finalized, from);
	let mut settlements = Settlements::after(from.saturating_sub(1));
	let mut watchdog = Watchdog::new(patience);
	let total = deals.iter().map(|deal| deal.windows).sum();
	loop {
		if let Ok(block) = tokio::time::timeout(PAUSE, blocks.next()).await {
			let block = block?;
			settlements.take(deals, &block);
			if let Err(error) = check_in_force(deals, &block) {
				bail!("{error:#}\n{}", settlements.story(total));
			}
		}
		let played = played.borrow().clone();
		let settled = settlements.windows.len() as u64;
		if !watchdog.check(&settlements, &played, total) {
			bail!(
				"nothing happened for {} s; {}\n{}",
				patience.as_secs(),
				settlements.missing(deals),
				settlements.story(total)
			);
		}
		if settled >= total && played.is_delivered() {
			watchdog.say(&settlements, &played, total);
			settlements.last_message = played.last_message;
			return Ok(settlements);
		}
	}
}

/// Follows the chain further, up to a block that is final or will be.
pub async fn catch_up(
	network: &Network,
	deals: &[Deal],
	settlements: &mut Settlements,
	until: BlockNumber,
) -> Result<()> {
	let mut blocks = network.client.blocks(Head::Finalized, settlements.last + 1);
	while settlements.last < until {
		settlements.take(deals, &blocks.next().await?);
	}
	Ok(())
}

/// Fails if the block says that not every window of the agreements can settle any more.
fn check_in_force(deals: &[Deal], block: &Block) -> Result<()> {
	let ours = |agreement: &AgreementId| deals.iter().any(|deal| deal.id == *agreement);
	for record in &block.events {
		let RuntimeEvent::Agreements(event) = &record.event else {
			continue;
		};
		match event {
			Event::Ended {
				agreement, reason, ..
			} if ours(agreement) => bail!("agreement {agreement:?} ended: {reason:?}"),
			Event::WindsUp {
				agreement,
				intermediary,
				..
			} if ours(agreement) => {
				bail!("agreement {agreement:?} does not go on without intermediary {intermediary}")
			},
			_ => (),
		}
	}
	Ok(())
}

/// Says how far things are, and notices when nothing happens.
struct Watchdog {
	patience: Duration,
	moved: Instant,
	/// What was said last, and when.
	said: (String, Instant),
	/// What was sent, received and settled when something last happened.
	last: (usize, usize, usize),
}

impl Watchdog {
	fn new(patience: Duration) -> Self {
		let now = Instant::now();
		Self {
			patience,
			moved: now,
			said: (String::new(), now),
			last: Default::default(),
		}
	}

	/// Whether something happened not too long ago.
	fn check(&mut self, settlements: &Settlements, played: &Played, total: u64) -> bool {
		let state = (played.sent, played.waiting, settlements.windows.len());
		// Between two trips there may be nothing to do for long.
		let resting = played.sent < played.total && played.waiting == 0;
		if state != self.last || resting {
			self.last = state;
			self.moved = Instant::now();
		}
		if self.said.1.elapsed() >= PAUSE {
			self.say(settlements, played, total);
		}
		self.moved.elapsed() < self.patience
	}

	/// Says how far things are, unless nothing has changed since this was said a moment ago.
	fn say(&mut self, settlements: &Settlements, played: &Played, total: u64) {
		let Played {
			sent,
			total: messages,
			waiting,
			troubles,
			..
		} = played;
		let mut line = format!(
			"{sent} of {messages} messages sent, {waiting} under way; {} of {total} windows settled",
			settlements.windows.len()
		);
		for trouble in troubles {
			line += &format!("\n             {trouble}");
		}
		let (before, when) = &self.said;
		if *before != line || when.elapsed() >= REMINDER {
			println!("block {:>5}: {line}", settlements.last);
			self.said = (line, Instant::now());
		}
	}
}
