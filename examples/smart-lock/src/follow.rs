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

use crate::{deals::Deal, incidents::Incidents, network::Network, play::Played, report::syn};

/// How often to say how far things are.
const PAUSE: Duration = Duration::from_secs(2);

/// After how long to say it again, although nothing has changed.
const REMINDER: Duration = Duration::from_secs(10);

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
	/// Who computed.
	pub members: Vec<IntermediaryId>,
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
	/// What happened besides.
	pub incidents: Incidents,
	/// Who computes now, where it is not those that the terms name.
	rosters: BTreeMap<AgreementId, Vec<IntermediaryId>>,
	/// The last block that was looked at.
	pub last: BlockNumber,
}

/// Follows the chain from a block on until every node has every message and every full window of the
/// agreements is settled.
///
/// Fails if nothing happens for longer than `patience`, if a window is frozen, or if an agreement ends; and
/// says what has happened until then.
pub async fn follow(
	network: &Network,
	deals: &[Deal],
	from: BlockNumber,
	patience: Duration,
	played: watch::Receiver<Played>,
) -> Result<Settlements> {
	let mut blocks = network.client.blocks(Head::Finalized, from);
	let mut settlements = Settlements {
		last: from.saturating_sub(1),
		..Default::default()
	};
	let mut watchdog = Watchdog::new(patience);
	let total = deals.iter().map(|deal| deal.windows).sum();
	loop {
		if let Ok(block) = tokio::time::timeout(PAUSE, blocks.next()).await {
			if let Err(error) = settlements.take(deals, block?) {
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
			return Ok(settlements);
		}
	}
}

/// Which window of which agreement an event is about, if it is part of a settlement.
fn place(event: &Event<Runtime>) -> Option<(AgreementId, WindowIndex)> {
	use Event::*;
	match event {
		Settled {
			agreement, window, ..
		}
		| Paid {
			agreement, window, ..
		}
		| Rewarded {
			agreement, window, ..
		}
		| Logged {
			agreement, window, ..
		}
		| Unpaid {
			agreement, window, ..
		} => Some((*agreement, *window)),
		_ => None,
	}
}

/// Fails if the event says that not every window of the agreements can settle any more.
fn check_in_force(deals: &[Deal], event: &Event<Runtime>) -> Result<()> {
	let ours = |agreement: &AgreementId| deals.iter().any(|deal| deal.id == *agreement);
	match event {
		Event::Frozen { agreement, window } if ours(agreement) => {
			bail!(
				"window {window} of agreement {agreement:?} is frozen: its intermediaries disagree"
			)
		},
		Event::Ended { agreement, reason } if ours(agreement) => {
			bail!("agreement {agreement:?} ended: {reason:?}")
		},
		_ => Ok(()),
	}
}

impl Settlement {
	/// Takes in what happened in a block.
	fn take(&mut self, block: BlockNumber, event: Event<Runtime>) {
		match event {
			Event::Settled { result, cost, .. } => {
				(self.result, self.cost) = (result, cost);
				self.block = block;
				self.times += 1;
			},
			Event::Paid {
				from, to, amount, ..
			} => self.paid.push((from, to, amount)),
			Event::Rewarded {
				intermediary,
				amount,
				..
			} => {
				self.rewards.push((intermediary, amount));
			},
			Event::Logged { label, .. } => {
				self.logged
					.push(String::from_utf8_lossy(&label).into_owned());
			},
			Event::Unpaid { amount, .. } => self.unpaid += amount,
			_ => (),
		}
	}
}

impl Settlements {
	fn take(&mut self, deals: &[Deal], block: Block) -> Result<()> {
		self.last = block.number;
		for record in &block.events {
			self.incidents.take(deals, &record.event);
		}
		for record in block.events {
			let RuntimeEvent::Agreements(event) = record.event else {
				continue;
			};
			check_in_force(deals, &event)?;
			if let Event::RosterChanged { agreement, roster } = &event {
				self.rosters
					.insert(*agreement, roster.members.clone().into_inner());
			}
			let Some(place) = place(&event) else {
				continue;
			};
			if let Some(deal) = deals.iter().find(|deal| deal.id == place.0) {
				let settlement = self.windows.entry(place).or_default();
				if matches!(event, Event::Settled { .. }) {
					let roster = self.rosters.get(&deal.id).cloned();
					settlement.members =
						roster.unwrap_or_else(|| deal.terms.intermediaries().collect());
				}
				settlement.take(block.number, event);
			}
		}
		Ok(())
	}

	/// What has happened, in some lines, if so many windows were to settle.
	pub fn story(&self, total: u64) -> String {
		let blocks = self.windows.values().map(|settlement| settlement.block);
		let mut windows = format!("windows: {} of {total} settled", self.windows.len());
		if let (Some(first), Some(last)) = (blocks.clone().min(), blocks.max()) {
			windows += &format!(", in blocks {first} to {last}");
		}
		let cost = self
			.windows
			.values()
			.map(|settlement| settlement.cost)
			.sum();
		windows += &format!("; they cost the users {} SYN together", syn(cost));
		let incidents = self.incidents.summary().lines();
		let lines = [windows].into_iter().chain(incidents);
		lines.fold("What happened:".into(), |story, line| {
			story + "\n  " + &line
		})
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
