//! What transactions weigh and cost.

use anyhow::{Context, Result};
use frame_support::dispatch::DispatchClass;
use serde::Serialize;
use sp_core::sr25519;
use sp_runtime::Weight;
use syngraph_runtime::{Balance, Hash, Runtime, RuntimeCall, RuntimeEvent};

use crate::testbed::Testbed;

/// What a transaction weighs and costs.
#[derive(Clone, Debug, Serialize)]
pub struct Cost {
	/// The time it takes, in microseconds, as the runtime reckons: with its share of the block's
	/// overhead, its validation and its execution.
	pub microseconds: f64,
	/// The state that it reads at most, in bytes.
	pub proof_size: u64,
	/// Its length in bytes.
	pub length: usize,
	/// Its fee, in the smallest unit.
	#[serde(serialize_with = "as_text")]
	pub fee: Balance,
}

/// Writes an amount as decimal text.
pub fn as_text<S: serde::Serializer>(amount: &Balance, serializer: S) -> Result<S::Ok, S::Error> {
	serializer.collect_str(amount)
}

/// The length of a transaction in a block.
pub async fn length(testbed: &Testbed, block: Hash, index: u32) -> Result<usize> {
	let extrinsics = testbed.client.extrinsics(block).await?;
	let extrinsic = extrinsics
		.get(index as usize)
		.context("a block lacks a transaction")?;
	Ok(extrinsic.len())
}

/// What a transaction weighed, as its last event says.
pub fn weight_of<'a>(mut events: impl Iterator<Item = &'a RuntimeEvent>) -> Option<Weight> {
	events.find_map(|event| match event {
		RuntimeEvent::System(frame_system::Event::ExtrinsicSuccess { dispatch_info }) => {
			Some(dispatch_info.weight)
		},
		_ => None,
	})
}

impl Cost {
	/// What a call costs its signer, as a block includes it, and what happened.
	pub async fn paid(
		testbed: &Testbed,
		signer: &sr25519::Pair,
		call: impl Into<RuntimeCall>,
	) -> Result<(Self, Vec<RuntimeEvent>)> {
		let included = testbed.client.execute(signer, call).await?;
		let fee = included.events.iter().find_map(|event| match event {
			RuntimeEvent::TransactionPayment(
				pallet_transaction_payment::Event::TransactionFeePaid { actual_fee, .. },
			) => Some(*actual_fee),
			_ => None,
		});
		let weight = weight_of(included.events.iter()).context("the transaction has no weight")?;
		let fee = fee.context("the transaction cost nothing")?;
		let length = length(testbed, included.block, included.index).await?;
		Ok((Self::new(weight, length, fee), included.events))
	}

	/// Its fee against another's.
	pub fn fee_ratio(&self, other: &Self) -> f64 {
		self.fee as f64 / other.fee as f64
	}

	/// `weight` is that of the call and of the transaction's extensions.
	pub fn new(weight: Weight, length: usize, fee: Balance) -> Self {
		let base = <Runtime as frame_system::Config>::BlockWeights::get()
			.get(DispatchClass::Normal)
			.base_extrinsic;
		let weight = weight.saturating_add(base);
		Self {
			microseconds: weight.ref_time() as f64 / 1e6,
			proof_size: weight.proof_size(),
			length,
			fee,
		}
	}
}
