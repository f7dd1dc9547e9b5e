//! What a settlement weighs and costs by the runtime's own functions, made here with real secrets and signatures.

use anyhow::{ensure, Context, Result};
use codec::Encode;
use frame_support::dispatch::GetDispatchInfo;
use frame_system::offchain::CreateAuthorizedTransaction;
use sp_core::{ed25519, Pair, H256};
use sp_runtime::{traits::TransactionExtension, BoundedVec};
use syngraph_primitives::{
	IntermediaryId, Outcomes, Payload, Progress, Roster, RoundId, SourceVersion,
};
use syngraph_protocol::{Assents, Proof, Singles};
use syngraph_runtime::{Balance, Runtime, RuntimeCall, UncheckedExtrinsic};

use crate::{
	cost::Cost,
	testbed::{schema, Deal, Testbed},
};

/// Any version of the sources: it is signed, not compared with what a chain knows.
const VERSION: SourceVersion = SourceVersion::bare(1);

/// What it costs to settle so many windows of an agreement.
pub fn settlement(testbed: &Testbed, deal: &Deal, windows: u32, jointly: bool) -> Result<Cost> {
	let proof = proof(testbed, deal, windows, jointly)?;
	let schemas = vec![schema(); deal.terms.sensors.len()];
	let prices = pallet_agreements::Pallet::<Runtime>::prices(&deal.terms, &schemas);
	let further = proof.outcomes.lengths().skip(1);
	let further: Balance = further.map(|(_, bytes)| prices.of_window(bytes)).sum();
	let call: RuntimeCall = pallet_agreements::Call::<Runtime>::settle {
		agreement: deal.id,
		first: 0,
		proof,
	}
	.into();
	let extension = <Runtime as CreateAuthorizedTransaction<RuntimeCall>>::create_extension();
	let weight = call
		.get_dispatch_info()
		.call_weight
		.saturating_add(extension.weight(&call));
	let length = UncheckedExtrinsic::new_transaction(call, extension).encoded_size();
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
	let result = deal.terms.window_messages();
	let outcomes = (0..windows).map(|_| Some(result.into()));
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
		blindings: BoundedVec::truncate_from((0..ids.len()).map(|i| [i as u8; 12]).collect()),
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
