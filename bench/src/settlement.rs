//! What the settlement of a round costs, against a plain transfer.

use std::time::Duration;

use anyhow::{ensure, Context, Result};
use codec::Encode;
use frame_support::dispatch::GetDispatchInfo;
use frame_system::offchain::CreateAuthorizedTransaction;
use serde::Serialize;
use sp_core::{ed25519, Bytes, Pair, H256};
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

/// Measures a transfer, and settlements of different numbers of windows by different numbers of intermediaries.
pub async fn measure(testbed: &Testbed, patience: Duration) -> Result<(Cost, Vec<SettlementCost>)> {
	let transfer = transfer(testbed).await?;
	let watcher = Watcher::start(&testbed.client).await?;
	// Of two rounds the first one is signed singly, and brings the joint key by which the second one is signed.
	let plan = |intermediaries, windows| Plan {
		intermediaries,
		windows: 2 * windows,
		round: windows,
		size: WINDOW,
	};
	let of_count = |count| ROUNDS.map(|windows| plan(count, windows));
	let plans = COUNTS.map(of_count).concat();
	let mut deals = testbed.conclude(&plans).await?;
	let mut settlements = Vec::new();
	for jointly in [false, true] {
		for (deal, plan) in deals.iter_mut().zip(&plans) {
			fill(testbed, deal, plan.round).await?;
		}
		for (deal, plan) in deals.iter().zip(&plans) {
			let first = u64::from(if jointly { plan.round } else { 0 });
			let place = watcher.settled(deal.id, first, patience).await?;
			ensure!(
				place.windows == plan.round,
				"{} windows settled at once, not {}",
				place.windows,
				plan.round
			);
			settlements.push(of_round(testbed, deal, &place, jointly, &transfer).await?);
		}
	}
	Ok((transfer, settlements))
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
	let computed = compute(testbed, deal, windows, jointly)?;
	let included = included(testbed, place).await?;
	ensure!(
		included.fee == computed.fee && included.length == computed.length,
		"a settlement that was included differs from what was computed: {included:?}, {computed:?}"
	);
	Ok(SettlementCost {
		intermediaries: deal.terms.intermediaries().count(),
		windows,
		jointly,
		weight_ratio: included.microseconds / transfer.microseconds / f64::from(windows),
		fee_ratio: included.fee as f64 / transfer.fee as f64 / f64::from(windows),
		computed,
		included,
	})
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
fn compute(testbed: &Testbed, deal: &Deal, windows: u32, jointly: bool) -> Result<Cost> {
	let call: RuntimeCall = pallet_agreements::Call::<Runtime>::settle {
		agreement: deal.id,
		first: 0,
		proof: proof(testbed, deal, windows, jointly)?,
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
	let round = match jointly {
		false => prices.settlement,
		true => prices.joint,
	};
	Ok(Cost::new(weight, length, round + further))
}

/// A proof by all intermediaries of the agreement about so many windows, made here.
fn proof(testbed: &Testbed, deal: &Deal, windows: u32, jointly: bool) -> Result<Proof> {
	let ids: Vec<IntermediaryId> = deal.terms.intermediaries().collect();
	let signers: Vec<_> = testbed
		.intermediaries
		.iter()
		.filter(|(id, _)| ids.contains(id))
		.collect();
	let outcomes = (0..windows).map(|_| Some(WINDOW.into()));
	// It stands for the sum of the shares of all.
	let joint = ed25519::Pair::from_seed(&[1; 32]);
	let mut singles = Singles {
		key: Some(joint.public()),
		..Default::default()
	};
	let mut proof = Proof {
		attempt: 0,
		outcomes: Outcomes::new(outcomes).context("a round has no room for so many windows")?,
		data_root: H256::repeat_byte(1),
		secrets: BoundedVec::truncate_from((0..ids.len()).map(|i| [i as u8; 32]).collect()),
		assents: match jointly {
			false => Assents::Single(singles.clone()),
			true => Assents::Joint(Default::default()),
		},
	};
	let roster = Roster {
		members: BoundedVec::truncate_from(ids.clone()),
		..Default::default()
	};
	let round = RoundId::new(deal.id, &roster, &Progress::default(), VERSION);
	let genesis = testbed.client.genesis();
	let bytes = proof.settlement(&round, &ids).signing_bytes(&genesis);
	let verified = match jointly {
		true => {
			proof.assents = Assents::Joint(joint.sign(&bytes));
			proof.verify_jointly(&genesis, &round, &ids, &joint.public())
		},
		false => {
			let signatures = signers.iter().map(|(_, key)| key.sign(&bytes));
			singles.signatures = BoundedVec::truncate_from(signatures.collect());
			proof.assents = Assents::Single(singles);
			let keys = signers.iter().map(|(id, key)| (*id, key.public()));
			proof.verify(&genesis, &round, &keys.collect::<Vec<_>>())
		},
	};
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
