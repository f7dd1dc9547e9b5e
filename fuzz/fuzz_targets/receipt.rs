//! What clients pay with: receipts of channels.
#![no_main]

use libfuzzer_sys::fuzz_target;
use sp_core::{crypto::AccountId32, sr25519, Pair};
use syngraph_fuzz::{read, GENESIS};
use syngraph_primitives::{ClientId, Group, Membership, Payer, Payload, SignedReceipt};

fuzz_target!(|data: &[u8]| {
	let mut data = data;
	let Some(receipt) = read::<SignedReceipt<u128>>(&mut data) else {
		return;
	};
	let key = sr25519::Pair::from_seed(&[1; 32]);
	let client = AccountId32::from(key.public());
	if let Some(payer) = read::<Payer>(&mut data) {
		let _ = receipt.verify(&payer, &client, &GENESIS);
	}
	if let Some(membership) = &receipt.membership {
		check_membership(membership);
	}
	// Whatever it is about, its signer pays, and only alone.
	let bytes = receipt.receipt.signing_bytes(&GENESIS);
	let own = SignedReceipt {
		signature: key.sign(&bytes).into(),
		..receipt
	};
	let paid = own.verify(&Payer::Direct, &client, &GENESIS);
	assert_eq!(paid.is_ok(), own.membership.is_none());
	let stranger = AccountId32::new([2; 32]);
	assert!(own.verify(&Payer::Direct, &stranger, &GENESIS).is_err());
});

/// Nobody is a member of a group but by its own proof in its own place.
fn check_membership(membership: &Membership) {
	let clients: Vec<ClientId> = (0..5).map(|client| [client; 32].into()).collect();
	for count in 1..=clients.len() {
		let clients = &clients[..count];
		let group = Group::new(clients).expect("there are members");
		let genuine = Membership::new(clients, membership.index);
		assert_eq!(
			group.includes(membership),
			genuine.as_ref() == Some(membership)
		);
	}
}
