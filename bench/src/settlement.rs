//! What the settlement of a round costs, against a plain transfer.

use std::time::Duration;

use anyhow::{ensure, Context, Result};
use codec::Encode;
use frame_support::dispatch::GetDispatchInfo;
use frame_system::offchain::CreateAuthorizedTransaction;
use serde::Serialize;
use sp_core::{Bytes, Pair, H256};
use sp_runtime::{traits::TransactionExtension, BoundedVec};
use syngraph_client::account;
use syngraph_primitives::{
	IntermediaryId, Outcomes, Payload, Progress, Roster, RoundId, SourceVersion, Value,
};
use syngraph_protocol::{Assents, Proof, Singles};
use syngraph_runtime::{Balance, Runtime, RuntimeCall, UncheckedExtrinsic, SYN};

use crate::{
	cost::{length, weight_of, Cost},
	ingestion::BATCH,
	testbed::{schema, Deal, Plan, Testbed, WINDOW},
	watcher::{Place, Watcher},
};

/// Any version of the sources: it is signed, not compared with what a chain knows.
const VERSION: SourceVersion = SourceVersion::bare(1);
/// How many intermediaries agree.
const COUNTS: [usize; 4] = [2, 4, 8, 16];
/// How many windows settle at once.
const ROUNDS: [u32; 3] = [1, 10, 100];

/// What a settlement weighs and costs.
#[derive(Debug, Serialize)]
pub struct SettlementCost {
	/// How many intermediaries agreed.
	pub intermediaries: usize,
	/// How many windows the round has.
	pub windows: u32,
	/// Computed from the runtime's own weights and fees for an encoded settlement with real signatures.
	pub computed: Cost,
	/// As a block included one that this node's worker brought about.
	pub included: Cost,
	/// Its weight for each window against the transfer's.
	pub weight_ratio: f64,
	/// Its fee for each window against the transfer's.
	pub fee_ratio: f64,
}

/// Measures a transfer, and settlements of different numbers of windows by different numbers of intermediaries.
pub async fn measure(testbed: &Testbed, patience: Duration) -> Result<(Cost, Vec<SettlementCost>)> {
	let transfer = transfer(testbed).await?;
	let watcher = Watcher::start(&testbed.client).await?;
	let plan = |intermediaries, windows| Plan {
		intermediaries,
		windows,
		round: windows,
		size: WINDOW,
	};
	let of_count = |count| ROUNDS.map(|windows| plan(count, windows));
	let plans = COUNTS.map(of_count).concat();
	let mut deals = testbed.conclude(&plans).await?;
	for (deal, plan) in deals.iter_mut().zip(&plans) {
		fill(testbed, deal, plan.windows).await?;
	}
	let mut settlements = Vec::new();
	for (deal, Plan { windows, .. }) in deals.iter().zip(plans) {
		let computed = compute(testbed, deal, windows)?;
		let place = watcher.settled(deal.id, 0, patience).await?;
		ensure!(
			place.windows == windows,
			"{} windows settled at once, not {windows}",
			place.windows
		);
		let included = included(testbed, &place).await?;
		ensure!(
			included.fee == computed.fee && included.length == computed.length,
			"a settlement that was included differs from what was computed: {included:?}, {computed:?}"
		);
		settlements.push(SettlementCost {
			intermediaries: deal.terms.intermediaries().count(),
			windows,
			weight_ratio: included.microseconds / transfer.microseconds / f64::from(windows),
			fee_ratio: included.fee as f64 / transfer.fee as f64 / f64::from(windows),
			computed,
			included,
		});
	}
	Ok((transfer, settlements))
}

/// Sends the messages of so many windows.
async fn fill(testbed: &Testbed, deal: &mut Deal, windows: u32) -> Result<()> {
	let mut messages = Vec::<Bytes>::new();
	for timestamp in 0..u64::from(windows * WINDOW) {
		let message = deal.device.say(timestamp, vec![Value::Bool(true)]);
		messages.push(message.context("no more sequence numbers")?.encode().into());
	}
	for batch in messages.chunks(BATCH) {
		testbed.hand_over(&batch.iter().collect::<Vec<_>>()).await?;
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

/// What a settlement of so many windows with real secrets and signatures costs, by the runtime's own weights and fees.
fn compute(testbed: &Testbed, deal: &Deal, windows: u32) -> Result<Cost> {
	let call: RuntimeCall = pallet_agreements::Call::<Runtime>::settle {
		agreement: deal.id,
		first: 0,
		proof: proof(testbed, deal, windows)?,
	}
	.into();
	let extension = <Runtime as CreateAuthorizedTransaction<RuntimeCall>>::create_extension();
	let weight = call
		.get_dispatch_info()
		.call_weight
		.saturating_add(extension.weight(&call));
	let length = UncheckedExtrinsic::new_transaction(call, extension).encoded_size();
	let prices = pallet_agreements::Pallet::<Runtime>::prices(&deal.terms, &[schema()]);
	let further = prices.window * Balance::from(windows.saturating_sub(1));
	Ok(Cost::new(weight, length, prices.settlement + further))
}

/// A proof by all intermediaries of the agreement about so many windows, made here.
fn proof(testbed: &Testbed, deal: &Deal, windows: u32) -> Result<Proof> {
	let ids: Vec<IntermediaryId> = deal.terms.intermediaries().collect();
	let signers: Vec<_> = testbed
		.intermediaries
		.iter()
		.filter(|(id, _)| ids.contains(id))
		.collect();
	let outcomes = (0..windows).map(|_| Some(WINDOW.into()));
	let mut proof = Proof {
		attempt: 0,
		outcomes: Outcomes::new(outcomes).context("a round has no room for so many windows")?,
		data_root: H256::repeat_byte(1),
		secrets: BoundedVec::truncate_from((0..ids.len()).map(|i| [i as u8; 32]).collect()),
		assents: Assents::Single(Singles::default()),
	};
	let roster = Roster {
		members: BoundedVec::truncate_from(ids.clone()),
		..Default::default()
	};
	let round = RoundId::new(deal.id, &roster, &Progress::default(), VERSION);
	let genesis = testbed.client.genesis();
	let bytes = proof.settlement(&round, &ids).signing_bytes(&genesis);
	let signatures = signers.iter().map(|(_, key)| key.sign(&bytes));
	proof.assents = Assents::Single(Singles {
		signatures: BoundedVec::truncate_from(signatures.collect()),
		..Default::default()
	});
	let keys: Vec<_> = signers
		.iter()
		.map(|(id, key)| (*id, key.public()))
		.collect();
	let verified = proof.verify(&genesis, &round, &keys);
	ensure!(
		verified.is_ok(),
		"the proof that was made here is wrong: {verified:?}"
	);
	Ok(proof)
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
