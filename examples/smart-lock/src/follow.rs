//! What the chain makes of the messages.

use std::{
	collections::BTreeMap,
	time::{Duration, Instant},
};

use anyhow::{bail, Result};
use pallet_agreements::Event;
use syngraph_client::{Block, Head};
use syngraph_primitives::{AgreementId, IntermediaryId, ResultValue, WindowIndex};
use syngraph_runtime::{AccountId, Balance, BlockNumber, Runtime, RuntimeEvent};
use tokio::sync::watch;

use crate::{deals::Deal, network::Network, play::Played};

/// How often to say how far things are.
const PAUSE: Duration = Duration::from_secs(2);

/// What happened when a window settled.
#[derive(Clone, Debug, Default)]
pub struct Settlement {
	/// The result.
	pub result: ResultValue,
	/// What the settlement itself cost the users together.
	pub cost: Balance,
	/// The block.
	pub block: BlockNumber,
	/// What was paid, from whom and to whom.
	pub paid: Vec<(AccountId, AccountId, Balance)>,
	/// What the intermediaries were rewarded with.
	pub rewards: Vec<(IntermediaryId, Balance)>,
	/// The labels under which the result was logged.
	pub logged: Vec<String>,
	/// What could not be received.
	pub unpaid: Balance,
	/// How often it settled. Once, if all is well.
	pub times: u32,
}

/// All settlements of this run's agreements.
#[derive(Default)]
pub struct Settlements {
	/// By agreement and window.
	pub windows: BTreeMap<(AgreementId, WindowIndex), Settlement>,
	/// The last block that was looked at.
	pub last: BlockNumber,
}

/// Follows the chain from a block on until every full window of the agreements is settled.
///
/// Fails if nothing happens for longer than `patience`, if a window is frozen, or if an agreement ends.
pub async fn follow(
	network: &Network,
	deals: &[Deal],
	from: BlockNumber,
	patience: Duration,
	played: watch::Receiver<Played>,
) -> Result<Settlements> {
	let mut blocks = network.client.blocks(Head::Finalized, from);
	let mut settlements = Settlements::default();
	let mut watchdog = Watchdog::new(patience);
	let total: u64 = deals.iter().map(|deal| deal.windows).sum();
	while (settlements.windows.len() as u64) < total {
		if let Ok(block) = tokio::time::timeout(PAUSE, blocks.next()).await {
			settlements.take(deals, block?)?;
		}
		let played = played.borrow().clone();
		if !watchdog.check(&settlements, &played, total) {
			bail!(
				"nothing happened for {} s; {}",
				patience.as_secs(),
				settlements.missing(deals)
			);
		}
	}
	watchdog.say(&settlements, &played.borrow(), total);
	Ok(settlements)
}

impl Settlements {
	fn take(&mut self, deals: &[Deal], block: Block) -> Result<()> {
		self.last = block.number;
		for record in block.events {
			if let RuntimeEvent::Agreements(event) = record.event {
				self.take_event(deals, block.number, event)?;
			}
		}
		Ok(())
	}

	fn take_event(
		&mut self,
		deals: &[Deal],
		block: BlockNumber,
		event: Event<Runtime>,
	) -> Result<()> {
		let ours = |agreement: &AgreementId| deals.iter().any(|deal| deal.id == *agreement);
		match event {
			Event::Settled {
				agreement,
				window,
				result,
				cost,
			} if ours(&agreement) => {
				let settlement = self.of(agreement, window);
				(settlement.result, settlement.cost) = (result, cost);
				settlement.block = block;
				settlement.times += 1;
			},
			Event::Paid {
				agreement,
				window,
				from,
				to,
				amount,
			} if ours(&agreement) => {
				self.of(agreement, window).paid.push((from, to, amount));
			},
			Event::Rewarded {
				agreement,
				window,
				intermediary,
				amount,
				..
			} if ours(&agreement) => {
				self.of(agreement, window)
					.rewards
					.push((intermediary, amount));
			},
			Event::Logged {
				agreement,
				window,
				label,
				..
			} if ours(&agreement) => {
				let label = String::from_utf8_lossy(&label).into_owned();
				self.of(agreement, window).logged.push(label);
			},
			Event::Unpaid {
				agreement,
				window,
				amount,
				..
			} if ours(&agreement) => {
				self.of(agreement, window).unpaid += amount;
			},
			Event::Frozen { agreement, window } if ours(&agreement) => {
				bail!("window {window} of agreement {agreement:?} is frozen: its intermediaries disagree");
			},
			Event::Ended { agreement, reason } if ours(&agreement) => {
				bail!("agreement {agreement:?} ended: {reason:?}");
			},
			_ => (),
		}
		Ok(())
	}

	fn of(&mut self, agreement: AgreementId, window: WindowIndex) -> &mut Settlement {
		self.windows.entry((agreement, window)).or_default()
	}

	/// Which windows are not settled.
	fn missing(&self, deals: &[Deal]) -> String {
		let lines: Vec<_> = deals
			.iter()
			.filter_map(|deal| {
				let missing: Vec<_> = (0..deal.windows)
					.filter(|window| !self.windows.contains_key(&(deal.id, *window)))
					.map(|window| window.to_string())
					.collect();
				let windows = missing.join(", ");
				(!missing.is_empty()).then(|| format!("  agreement {:?}: {windows}", deal.id))
			})
			.collect();
		format!("these windows are not settled:\n{}", lines.join("\n"))
	}
}

/// Says how far things are, and notices when nothing happens.
struct Watchdog {
	patience: Duration,
	moved: Instant,
	said: Instant,
	/// What was sent, received and settled when something last happened.
	last: (usize, u64, usize),
}

impl Watchdog {
	fn new(patience: Duration) -> Self {
		let now = Instant::now();
		Self {
			patience,
			moved: now,
			said: now,
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
		if self.said.elapsed() >= PAUSE {
			self.said = Instant::now();
			self.say(settlements, played, total);
		}
		self.moved.elapsed() < self.patience
	}

	fn say(&self, settlements: &Settlements, played: &Played, total: u64) {
		let Played {
			sent,
			total: messages,
			waiting,
			..
		} = played;
		println!(
			"block {:>5}: {sent} of {messages} messages sent, {waiting} under way; {} of {total} windows settled",
			settlements.last,
			settlements.windows.len()
		);
		for trouble in &played.troubles {
			println!("  {trouble}");
		}
	}
}
