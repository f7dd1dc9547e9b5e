//! What it costs to pay out what has accrued, as somebody asks for it.

use anyhow::Result;
use serde::Serialize;
use syngraph_runtime::Runtime;

use crate::{
	cost::Cost,
	testbed::{Deal, Testbed},
};

/// What a payout weighs and costs. That does not depend on how many windows it is for.
#[derive(Debug, Serialize)]
pub struct Payout {
	/// How many intermediaries are rewarded.
	pub intermediaries: usize,
	/// As a block included it.
	pub included: Cost,
	/// Its fee against a transfer's.
	pub fee_ratio: f64,
}

impl Payout {
	/// Asks for a payout of an agreement that has settled something.
	pub async fn measure(testbed: &Testbed, deal: &Deal, transfer: &Cost) -> Result<Self> {
		let call = pallet_agreements::Call::<Runtime>::payout { agreement: deal.id };
		let (included, _) = Cost::paid(testbed, &testbed.funder, call).await?;
		Ok(Self {
			intermediaries: deal.terms.intermediaries().count(),
			fee_ratio: included.fee_ratio(transfer),
			included,
		})
	}
}
