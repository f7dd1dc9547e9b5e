//! What a settlement costs, against a plain transfer.

use std::time::Duration;

use anyhow::{ensure, Context, Result};
use codec::Encode;
use frame_support::dispatch::GetDispatchInfo;
use frame_system::offchain::CreateAuthorizedTransaction;
use serde::Serialize;
use sp_core::{Pair, H256};
use sp_runtime::{traits::TransactionExtension, BoundedVec};
use syngraph_client::account;
use syngraph_primitives::{IntermediaryId, Payload, SourceVersion, Value};
use syngraph_protocol::Proof;
use syngraph_runtime::{Runtime, RuntimeCall, UncheckedExtrinsic, SYN};

use crate::{
	cost::{length, weight_of, Cost},
	testbed::{schema, Deal, Plan, Testbed, WINDOW},
	watcher::{Place, Watcher},
};

/// Any version of the sources: it is signed, not compared with what a chain knows.
const VERSION: SourceVersion = SourceVersion::bare(1);
/// How many intermediaries agree.
const COUNTS: [usize; 4] = [2, 4, 8, 16];

/// What a settlement weighs and costs.
#[derive(Debug, Serialize)]
pub struct SettlementCost {
	/// How many intermediaries agreed.
	pub intermediaries: usize,
	/// Computed from the runtime's own weights and fees for an encoded settlement with real signatures.
	pub computed: Cost,
	/// As a block included one that this node's worker brought about.
	pub included: Cost,
	/// Its weight against the transfer's.
	pub weight_ratio: f64,
	/// Its fee against the transfer's.
	pub fee_ratio: f64,
}

/// Measures a transfer, and settlements by different numbers of intermediaries.
pub async fn measure(testbed: &Testbed, patience: Duration) -> Result<(Cost, Vec<SettlementCost>)> {
	let transfer = transfer(testbed).await?;
	let watcher = Watcher::start(&testbed.client).await?;
	let plans = COUNTS.map(|intermediaries| Plan {
		intermediaries,
		windows: 1,
		size: WINDOW,
	});
	let mut deals = testbed.conclude(&plans).await?;
	for deal in &mut deals {
		fill_window(testbed, deal).await?;
	}
	let mut settlements = Vec::new();
	for deal in &deals {
		let computed = compute(testbed, deal)?;
		let place = watcher.settled(deal.id, 0, patience).await?;
		let included = included(testbed, &place).await?;
		ensure!(
			included.fee == computed.fee && included.length == computed.length,
			"a settlement that was included differs from what was computed: {included:?}, {computed:?}"
		);
		settlements.push(SettlementCost {
			intermediaries: deal.terms.intermediaries().count(),
			weight_ratio: included.microseconds / transfer.microseconds,
			fee_ratio: included.fee as f64 / transfer.fee as f64,
			computed,
			included,
		});
	}
	Ok((transfer, settlements))
}

/// Sends the messages of one window.
async fn fill_window(testbed: &Testbed, deal: &mut Deal) -> Result<()> {
	for timestamp in 0..u64::from(WINDOW) {
		let message = deal.device.say(timestamp, vec![Value::Bool(true)]);
		let bytes = message.context("no more sequence numbers")?.encode().into();
		testbed.hand_over(&[&bytes]).await?;
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

/// What a settlement with real secrets and signatures costs, by the runtime's own weights and fees.
fn compute(testbed: &Testbed, deal: &Deal) -> Result<Cost> {
	let call: RuntimeCall = pallet_agreements::Call::<Runtime>::settle {
		agreement: deal.id,
		window: 0,
		proof: proof(testbed, deal)?,
	}
	.into();
	let extension = <Runtime as CreateAuthorizedTransaction<RuntimeCall>>::create_extension();
	let weight = call
		.get_dispatch_info()
		.call_weight
		.saturating_add(extension.weight(&call));
	let length = UncheckedExtrinsic::new_transaction(call, extension).encoded_size();
	let prices = pallet_agreements::Pallet::<Runtime>::prices(&deal.terms, &[schema()]);
	Ok(Cost::new(weight, length, prices.settlement))
}

/// A proof by all intermediaries of the agreement, made here.
fn proof(testbed: &Testbed, deal: &Deal) -> Result<Proof> {
	let ids: Vec<IntermediaryId> = deal.terms.intermediaries().collect();
	let signers: Vec<_> = testbed
		.intermediaries
		.iter()
		.filter(|(id, _)| ids.contains(id))
		.collect();
	let mut proof = Proof {
		result: WINDOW.into(),
		root: H256::repeat_byte(1),
		secrets: BoundedVec::truncate_from((0..ids.len()).map(|i| [i as u8; 32]).collect()),
		signatures: Default::default(),
		former: 0,
	};
	let genesis = testbed.client.genesis();
	let bytes = proof
		.settlement(&deal.id, 0, 0, VERSION, &ids)
		.signing_bytes(&genesis);
	let signatures = signers.iter().map(|(_, key)| key.sign(&bytes));
	proof.signatures = BoundedVec::truncate_from(signatures.collect());
	let keys: Vec<_> = signers
		.iter()
		.map(|(id, key)| (*id, key.public()))
		.collect();
	let verified = proof.verify(&genesis, &deal.id, 0, 0, VERSION, &keys);
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
