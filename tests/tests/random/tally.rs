//! What was tried, and what became of it.

use std::{collections::BTreeMap, fmt};

use frame_support::traits::{GetCallMetadata, GetCallName};
use pallet_agreements::EndReason;
use sp_runtime::ApplyExtrinsicResult;
use syngraph_protocol::{Kind, Level, Stage};
use syngraph_runtime::{Runtime, RuntimeCall, RuntimeEvent};

/// How often calls of one sort were tried.
#[derive(Clone, Copy, Default)]
struct Count {
	succeeded: u64,
	failed: u64,
	refused: u64,
}

/// How often calls of each sort were tried, by pallet and name.
#[derive(Default)]
pub struct Tally {
	counts: BTreeMap<(&'static str, &'static str), Count>,
	events: BTreeMap<&'static str, u64>,
	/// How many blocks were made.
	pub blocks: u64,
	/// How many steps there were.
	pub steps: u64,
}

impl Tally {
	/// Notes what became of a call.
	pub fn note(&mut self, call: &RuntimeCall, result: &ApplyExtrinsicResult) {
		let name = call.get_call_metadata();
		let key = (name.pallet_name, name.function_name);
		let count = self.counts.entry(key).or_default();
		match result {
			Ok(Ok(())) => count.succeeded += 1,
			Ok(Err(_)) => count.failed += 1,
			Err(_) => count.refused += 1,
		}
	}

	/// Notes what happened beyond what was tried.
	pub fn note_events(&mut self, events: &[RuntimeEvent]) {
		for name in events.iter().filter_map(notable) {
			*self.events.entry(name).or_default() += 1;
		}
	}

	/// Adds what another one notes.
	pub fn add(&mut self, other: Self) {
		for (call, count) in other.counts {
			let all = self.counts.entry(call).or_default();
			all.succeeded += count.succeeded;
			all.failed += count.failed;
			all.refused += count.refused;
		}
		for (name, count) in other.events {
			*self.events.entry(name).or_default() += count;
		}
		self.blocks += other.blocks;
		self.steps += other.steps;
	}

	/// The calls of our pallets that never succeeded, and what never happened.
	pub fn missing(&self) -> Vec<String> {
		let calls = [
			(
				"Registry",
				pallet_registry::Call::<Runtime>::get_call_names(),
			),
			(
				"Agreements",
				pallet_agreements::Call::<Runtime>::get_call_names(),
			),
			(
				"Disputes",
				pallet_disputes::Call::<Runtime>::get_call_names(),
			),
			(
				"Channels",
				pallet_channels::Call::<Runtime>::get_call_names(),
			),
		];
		let succeeded = |pallet, name| {
			let count = self.counts.get(&(pallet, name));
			count.is_some_and(|count| count.succeeded > 0)
		};
		let mut missing = Vec::new();
		for (pallet, names) in calls {
			let never = names.iter().filter(|name| !succeeded(pallet, **name));
			missing.extend(never.map(|name| format!("{pallet}.{name}")));
		}
		let never = NOTABLE
			.iter()
			.filter(|name| !self.events.contains_key(*name));
		missing.extend(never.map(|name| name.to_string()));
		missing
	}
}

/// What must happen, besides that calls succeed.
const NOTABLE: [&str; 14] = [
	"a round of several results",
	"a second attempt",
	"an attempt that the chain begins",
	"an end for want of money",
	"two that differ in their outcomes",
	"two that differ in their windows",
	"an absence",
	"a conviction",
	"a failed showing",
	"a new roster",
	"a retainer",
	"a ruling",
	"a sensor in another's place",
	"a suspension",
];

/// What an event tells that no call alone brings about.
fn notable(event: &RuntimeEvent) -> Option<&'static str> {
	use pallet_agreements::Event as Agreement;
	use pallet_disputes::Event as Dispute;
	use pallet_registry::Event as Registry;
	match event {
		RuntimeEvent::Disputes(event) => match event {
			Dispute::Absent { .. } => Some("an absence"),
			Dispute::Convicted { .. } => Some("a conviction"),
			Dispute::ShowingFailed { .. } => Some("a failed showing"),
			Dispute::Advanced {
				attempt: 1,
				stage: Stage::Commitments,
				..
			} => Some("a second attempt"),
			Dispute::Advanced {
				attempt: 2..,
				stage: Stage::Commitments,
				..
			} => Some("an attempt that the chain begins"),
			Dispute::Opened {
				stage: Stage::Opening { kind, level },
				..
			}
			| Dispute::Advanced {
				stage: Stage::Opening { kind, level },
				..
			} => Some(match (kind, level) {
				(_, Level::Blocks) => "two that differ about many windows",
				(Kind::Data, _) => "two that differ in their windows",
				(Kind::Digests, _) => "two of which one copied",
				(Kind::Outcomes, _) => "two that differ in their outcomes",
			}),
			Dispute::SensorAtFault { .. } => Some("a sensor at fault"),
			_ => None,
		},
		RuntimeEvent::Agreements(event) => match event {
			Agreement::Settled { outcomes, .. } if outcomes.results().count() > 1 => {
				Some("a round of several results")
			},
			// A round that members have signed costs something.
			Agreement::Settled { cost: 0, .. } => Some("a ruling"),
			Agreement::Ended {
				reason: EndReason::EscrowExhausted,
				..
			} => Some("an end for want of money"),
			Agreement::Unpaid { .. } => Some("what could not be received"),
			Agreement::RosterChanged { .. } => Some("a new roster"),
			Agreement::Retained { .. } => Some("a retainer"),
			Agreement::SensorReplaced { .. } => Some("a sensor in another's place"),
			_ => None,
		},
		RuntimeEvent::Registry(Registry::SensorSuspended { .. }) => Some("a suspension"),
		_ => None,
	}
}

impl fmt::Display for Tally {
	fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
		writeln!(f, "{} steps in {} blocks", self.steps, self.blocks)?;
		writeln!(
			f,
			"{:<40}{:>10}{:>10}{:>10}",
			"call", "succeeded", "failed", "refused"
		)?;
		for ((pallet, name), count) in &self.counts {
			let call = format!("{pallet}.{name}");
			let Count {
				succeeded,
				failed,
				refused,
			} = count;
			writeln!(f, "{call:<40}{succeeded:>10}{failed:>10}{refused:>10}")?;
		}
		for (name, count) in &self.events {
			writeln!(f, "{name:<40}{count:>10}")?;
		}
		Ok(())
	}
}
