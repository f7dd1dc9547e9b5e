//! What devices and clients send.

use codec::Encode;
use sp_core::{crypto::AccountId32, ecdsa, sr25519, H256};
use sp_runtime::MultiSignature;
use syngraph_fuzz::{
	device::{Event, Letter},
	message,
};
use syngraph_primitives::{ClientId, Group, Membership, Payer, Receipt, SignedReceipt};

fn signed(sequence: u8, variant: u8, flaw: u8) -> Letter {
	Letter::Signed {
		sensor: 1,
		sequence,
		variant,
		flaw,
	}
}

/// Batches in order, twice, with gaps, contradictions and flaws, and what a worker does in between.
pub fn events() -> Vec<Vec<u8>> {
	let all = || Event::Submit((0..14).map(|sequence| signed(sequence, 0, 0)).collect());
	let wrong = Event::Submit(vec![
		signed(0, 1, 0),
		signed(9, 0, 0),
		signed(1, 0, 1),
		signed(2, 0, 2),
		signed(u8::MAX, 0, 0),
		Letter::Bytes(message(0).encode()),
	]);
	let others = |sensor| Letter::Signed {
		sensor,
		sequence: 3,
		variant: 0,
		flaw: 0,
	};
	vec![
		(all(), all(), wrong).encode(),
		(
			all(),
			Event::Drop(1, 4),
			Event::Need(1, Some(7)),
			all(),
			Event::Forget(1),
		)
			.encode(),
		(Event::Repair(vec![signed(0, 0, 0), signed(0, 1, 0)]), all()).encode(),
		(Event::Need(1, Some(5)), all(), Event::Need(1, None)).encode(),
		Event::Submit((0..5).map(others).collect()).encode(),
	]
}

/// Receipts with every kind of payer.
pub fn receipts() -> Vec<Vec<u8>> {
	let clients: Vec<ClientId> = (0..5)
		.map(|client| AccountId32::new([client; 32]))
		.collect();
	let group = Group::new(&clients).map_or(Payer::Direct, Payer::Group);
	let receipt = |signature: MultiSignature, membership| SignedReceipt {
		receipt: Receipt {
			channel: H256::zero(),
			amount: 5u128,
		},
		signature,
		membership,
	};
	let sr25519 = || sr25519::Signature::from_raw([1; 64]).into();
	let ecdsa = ecdsa::Signature::from_raw([1; 65]).into();
	vec![
		(receipt(sr25519(), None), Payer::Direct).encode(),
		(receipt(ecdsa, None), Payer::Delegated(clients[0].clone())).encode(),
		(receipt(sr25519(), Membership::new(&clients, 3)), group).encode(),
	]
}
