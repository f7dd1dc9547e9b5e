//! What the settlement of a round costs, against a plain transfer.

use std::time::Duration;

use anyhow::{ensure, Context, Result};
use serde::Serialize;
use syngraph_client::account;
use syngraph_runtime::{Runtime, SYN};

use crate::{
	computed,
	cost::{length, weight_of, Cost},
	ingestion::{encode, hand_over, trace},
	payout::Payout,
	testbed::{Deal, Plan, Testbed, PLAIN, WINDOW},
	watcher::{Place, Watcher},
};

/// How many intermediaries agree.
const COUNTS: [usize; 4] = [2, 4, 8, 16];
/// How many windows settle at once.
const ROUNDS: [u32; 3] = [1, USUAL, 256];
/// How many windows settle at once where nothing else is said.
pub const USUAL: u32 = 64;
/// Larger windows, of two intermediaries: how many settle at once, how many messages each has of a sensor, and how many
/// sensors there are. A round holds 4,096 messages of a sensor at most: with more in it, windows are of several
/// sensors.
const LARGER: [(u32, u32, usize); 3] = [(USUAL, 20, 1), (4, 1_000, 1), (USUAL, 63, 16)];

/// What a settlement weighs and costs.
#[derive(Debug, Serialize)]
pub struct SettlementCost {
	/// How many intermediaries agreed.
	pub intermediaries: usize,
	/// How many windows the round has.
	pub windows: u32,
	/// How many messages each window has.
	pub messages: u32,
	/// Of how many sensors they are.
	pub sensors: usize,
	/// Whether they signed it jointly; if not, they brought a joint key into force by it.
	pub jointly: bool,
	/// Computed from the runtime's own weights and fees for an encoded settlement with real signatures.
	pub computed: Cost,
	/// As a block included one that this node's worker brought about.
	pub included: Cost,
	/// Its weight for each window against the transfer's.
	pub weight_ratio: f64,
	/// Its fee for each window against the transfer's.
	pub fee_ratio: f64,
}

/// What was measured.
#[derive(Debug)]
pub struct Costs {
	/// Of a transfer.
	pub transfer: Cost,
	/// Of settlements of different numbers of windows by different numbers of intermediaries.
	pub settlements: Vec<SettlementCost>,
	/// Of payouts by different numbers of intermediaries.
	pub payouts: Vec<Payout>,
}

/// Measures it.
pub async fn measure(testbed: &Testbed, patience: Duration) -> Result<Costs> {
	let transfer = transfer(testbed).await?;
	let watcher = Watcher::start(&testbed.client).await?;
	let plans = plans();
	let mut deals = testbed.conclude(&plans).await?;
	let mut settlements = Vec::new();
	// Of two rounds the first one is signed singly, and brings the joint key by which the second one is signed.
	for (deal, plan) in deals.iter_mut().zip(&plans) {
		fill(testbed, deal, plan.round).await?;
	}
	for (deal, plan) in deals.iter().zip(&plans) {
		let place = round(&watcher, deal, plan, 0, patience).await?;
		settlements.push(of_round(testbed, deal, &place, false, &transfer).await?);
	}
	// One at a time: a machine that has to sign for all at once takes longer than members wait for shares.
	for (deal, plan) in deals.iter_mut().zip(&plans) {
		fill(testbed, deal, plan.round).await?;
		let place = round(&watcher, deal, plan, plan.round, patience).await?;
		settlements.push(of_round(testbed, deal, &place, true, &transfer).await?);
	}
	let mut payouts = Vec::new();
	let usual = |plan: &Plan| plan.round == USUAL && plan.size == WINDOW;
	for (deal, _) in deals.iter().zip(&plans).filter(|(_, plan)| usual(plan)) {
		payouts.push(Payout::measure(testbed, deal, &transfer).await?);
	}
	Ok(Costs {
		transfer,
		settlements,
		payouts,
	})
}

/// Agreements, each with two rounds.
fn plans() -> Vec<Plan> {
	let of_count = |intermediaries| {
		ROUNDS.map(|round| Plan {
			intermediaries,
			windows: 2 * round,
			round,
			..PLAIN
		})
	};
	let larger = LARGER.map(|(round, size, sensors)| Plan {
		windows: 2 * round,
		round,
		size,
		sensors,
		..PLAIN
	});
	[&COUNTS.map(of_count).concat()[..], &larger].concat()
}

/// Where the round that begins with a window settled, as a whole.
async fn round(
	watcher: &Watcher,
	deal: &Deal,
	plan: &Plan,
	first: u32,
	patience: Duration,
) -> Result<Place> {
	let place = watcher.settled(deal.id, first.into(), patience).await?;
	ensure!(
		place.windows == plan.round,
		"{} windows settled at once, not {}",
		place.windows,
		plan.round
	);
	Ok(place)
}

/// What it cost that a round settled there.
async fn of_round(
	testbed: &Testbed,
	deal: &Deal,
	place: &Place,
	jointly: bool,
	transfer: &Cost,
) -> Result<SettlementCost> {
	let windows = place.windows;
	let computed = computed::settlement(testbed, deal, windows, jointly)?;
	let included = included(testbed, place).await?;
	ensure!(
		included.fee == computed.fee && included.length == computed.length,
		"a settlement that was included differs from what was computed: {included:?}, {computed:?}"
	);
	Ok(SettlementCost {
		intermediaries: deal.terms.intermediaries().count(),
		windows,
		messages: deal.terms.window_messages(),
		sensors: deal.terms.sensors.len(),
		jointly,
		weight_ratio: included.microseconds / transfer.microseconds / f64::from(windows),
		fee_ratio: included.fee as f64 / transfer.fee as f64 / f64::from(windows),
		computed,
		included,
	})
}

/// Sends the messages of so many windows.
async fn fill(testbed: &Testbed, deal: &mut Deal, windows: u32) -> Result<()> {
	let each = windows * deal.terms.window.size;
	for device in &mut deal.devices {
		let trace = trace(device, each as usize).context("no more sequence numbers")?;
		hand_over(testbed.client.connection(), &encode(&trace)).await?;
	}
	Ok(())
}

/// A transfer that a block included.
async fn transfer(testbed: &Testbed) -> Result<Cost> {
	let call = pallet_balances::Call::<Runtime>::transfer_keep_alive {
		dest: account(&testbed.intermediaries[0].1).into(),
		value: SYN,
	};
	Ok(Cost::paid(testbed, &testbed.funder, call).await?.0)
}

/// A settlement in a block.
async fn included(testbed: &Testbed, place: &Place) -> Result<Cost> {
	let events = testbed.client.events(place.hash).await?;
	let own = events
		.iter()
		.filter(|record| record.phase == frame_system::Phase::ApplyExtrinsic(place.index))
		.map(|record| &record.event);
	let weight = weight_of(own).context("the settlement has no weight")?;
	let length = length(testbed, place.hash, place.index).await?;
	Ok(Cost::new(weight, length, place.cost))
}
