//! Who pays for a settlement, and who gets it.

use codec::Encode;
use frame_support::weights::{Weight, WeightToFee as _};
use sp_keyring::Sr25519Keyring;
use syngraph_runtime::{
	configs::{LengthToFee, WeightToFee},
	Runtime, RuntimeEvent,
};
use syngraph_tests::{
	actors::{account, proof},
	chain::general,
};

use crate::agreements::active;

type Call = pallet_agreements::Call<Runtime>;

#[test]
fn the_escrow_pays_the_author_as_much_as_a_fee_payer_would() {
	let (mut chain, actors, id) = active();
	let users = [account(&actors.rental), account(&actors.insurer)];
	let free = users.each_ref().map(|user| chain.balance(user));
	// These take turns at making blocks.
	let authors = [
		Sr25519Keyring::Alice,
		Sr25519Keyring::Bob,
		Sr25519Keyring::Charlie,
	];
	let authors = authors.map(|who| who.to_account_id());
	let before = authors.each_ref().map(|author| chain.balance(author));

	let call = Call::settle {
		agreement: id,
		first: 0,
		proof: proof(&mut chain, &actors, id, 0, &[Some(0)]),
	};
	let transaction = general(call);
	let length = Weight::from_parts(transaction.encoded_size() as u64, 0);
	assert_eq!(chain.block(vec![transaction]), vec![Ok(Ok(()))]);

	let events = chain.events();
	let cost = events.iter().find_map(|event| match event {
		RuntimeEvent::Agreements(pallet_agreements::Event::PaidOut { fees, .. }) => Some(*fees),
		_ => None,
	});
	// That of the settlement, and of the payout that came with it.
	let cost = cost.expect("it settled and paid");
	let after = authors.each_ref().map(|author| chain.balance(author));
	let earned: u128 = after.iter().sum::<u128>() - before.iter().sum::<u128>();
	assert_eq!(earned, cost);
	// What the block was charged for it, and its length, at the price of any transaction.
	let weight = events.iter().rev().find_map(|event| match event {
		RuntimeEvent::System(frame_system::Event::ExtrinsicSuccess { dispatch_info }) => {
			Some(dispatch_info.weight)
		},
		_ => None,
	});
	let weight = weight.expect("it succeeded");
	let fee = WeightToFee::weight_to_fee(&weight) + LengthToFee::weight_to_fee(&length);
	assert!(cost.abs_diff(fee) * 10 < fee, "{cost} is not about {fee}");
	let unspent = users.each_ref().map(|user| chain.balance(user));
	assert_eq!(free, unspent, "nothing but the escrow pays");
}
