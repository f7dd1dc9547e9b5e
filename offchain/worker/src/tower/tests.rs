use super::*;
use crate::testing::Memory;
use sp_core::{sr25519::Signature, H256};
use syngraph_primitives::{Receipt, SignedReceipt};

fn id(number: u64) -> ChannelId {
	H256::from_low_u64_be(number)
}

fn watched(channel: u64, amount: u128) -> Watched {
	let receipt = Receipt {
		channel: id(channel),
		amount,
	};
	Watched {
		receipt: SignedReceipt {
			receipt,
			signature: Signature::default().into(),
			membership: None,
		},
		until: 9,
		payee: [3; 32],
		worth: amount,
	}
}

#[test]
fn one_receipt_is_kept_of_each_channel() {
	let memory = Memory::default();
	let tower = Tower::new(&memory);
	assert!(tower.channels().is_empty());
	assert_eq!(tower.watched(&id(1)), None);
	for kept in [watched(1, 5), watched(2, 7), watched(1, 6)] {
		assert_eq!(tower.watch(&kept), Ok(()));
		assert_eq!(tower.watched(&kept.receipt.receipt.channel), Some(kept));
	}
	assert_eq!(tower.channels(), [id(1), id(2)]);
	assert_eq!(tower.watched(&id(2)), Some(watched(2, 7)));
}

#[test]
fn what_is_not_kept_leaves_nothing_behind() {
	let memory = Memory::default();
	let tower = Tower::new(&memory);
	for channel in 1..=3 {
		tower.watch(&watched(channel, 5)).unwrap();
	}
	tower.retain(|channel| *channel == id(2));
	assert_eq!(tower.channels(), [id(2)]);
	assert_eq!(memory.0.borrow().len(), 2, "the list and one receipt");
}

#[test]
fn the_tower_has_room_for_so_many_channels() {
	let memory = Memory::default();
	let tower = Tower::new(&memory);
	let many: Vec<_> = (1..=MAX_WATCHED as u64).map(id).collect();
	tower.write(LIST_KEY, &many);
	assert_eq!(tower.watch(&watched(0, 5)), Err(Full));
	assert_eq!(tower.watched(&id(0)), None);
	assert_eq!(tower.watch(&watched(1, 5)), Ok(()));
	tower.retain(|channel| *channel != id(2));
	assert_eq!(tower.watch(&watched(0, 5)), Ok(()));
	assert_eq!(tower.channels().len(), MAX_WATCHED);
}

#[test]
fn what_cannot_be_read_is_none() {
	let memory = Memory::default();
	let tower = Tower::new(&memory);
	tower.watch(&watched(1, 5)).unwrap();
	memory.set(&receipt_key(&id(1)), b"x");
	assert_eq!(tower.watched(&id(1)), None);
	memory.set(LIST_KEY, b"\xff");
	assert!(tower.channels().is_empty());
}
