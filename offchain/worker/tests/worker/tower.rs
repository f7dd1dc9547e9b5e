//! The watchtower: when it acts, and when it leaves that to others.

use sp_core::{sr25519, H256};
use syngraph_primitives::{BlockNumber, ChannelId, Receipt, SignedReceipt};
use syngraph_worker::tower::{Tower, Watched, LAST_BLOCKS, MAX_WATCHED};

use crate::{
	accounts::{Account, TOWER_PERIOD},
	machine::{advance, machines, Machine},
	Shared,
};

/// The machine of a node that computes for nobody.
fn tower() -> (Shared, Vec<Machine>) {
	let (world, mut machines) = machines(2);
	machines.truncate(1);
	world.borrow_mut().keys.clear();
	(world, machines)
}

fn id(number: u64) -> ChannelId {
	H256::from_low_u64_be(number)
}

fn receipt(channel: ChannelId, amount: u128) -> SignedReceipt<u128> {
	SignedReceipt {
		receipt: Receipt { channel, amount },
		signature: sr25519::Signature::default().into(),
		membership: None,
	}
}

/// Opens a channel and hands the node a receipt over 5.
fn open(world: &Shared, node: &Machine, channel: ChannelId, until: BlockNumber) {
	let account = Account { until, paid: 0 };
	world
		.borrow_mut()
		.accounts
		.channels
		.insert(channel, account);
	watch(node, channel, 5, until);
}

/// Hands the node a receipt.
fn watch(node: &Machine, channel: ChannelId, amount: u128, until: BlockNumber) {
	let receipt = receipt(channel, amount);
	let watched = Watched {
		worth: receipt.receipt.amount,
		payee: [3; 32],
		receipt,
		until,
	};
	Tower::new(node).watch(&watched).unwrap();
}

fn set_until(world: &Shared, channel: ChannelId, until: BlockNumber) {
	world
		.borrow_mut()
		.accounts
		.channels
		.get_mut(&channel)
		.unwrap()
		.until = until;
}

fn paid(world: &Shared, channel: ChannelId) -> u128 {
	world.borrow().accounts.channels[&channel].paid
}

#[test]
fn a_receipt_is_rescued_shortly_before_its_channel_expires() {
	let (world, node) = tower();
	open(&world, &node[0], id(1), 200);
	advance(&world, &node, u64::from(200 - LAST_BLOCKS));
	assert_eq!(paid(&world, id(1)), 0, "the payee may do it itself");
	advance(&world, &node, 1);
	assert_eq!(paid(&world, id(1)), 5);
	advance(&world, &node, 60);
	assert_eq!(world.borrow().accounts.rescues, 1);
}

#[test]
fn a_receipt_is_rescued_when_the_depositor_asks_to_close() {
	let (world, node) = tower();
	open(&world, &node[0], id(1), 10_000);
	advance(&world, &node, 20);
	let until = 20 + TOWER_PERIOD + 10;
	set_until(&world, id(1), until);
	advance(&world, &node, 10);
	assert_eq!(paid(&world, id(1)), 0, "the payee has a head start");
	advance(&world, &node, 1);
	assert_eq!(paid(&world, id(1)), 5);
}

#[test]
fn a_payee_that_is_there_is_left_alone() {
	let (world, node) = tower();
	open(&world, &node[0], id(1), 10_000);
	let until = 10 + TOWER_PERIOD;
	set_until(&world, id(1), until);
	// It says what it knows.
	watch(&node[0], id(1), 6, until);
	advance(&world, &node, u64::from(until - LAST_BLOCKS));
	assert_eq!(paid(&world, id(1)), 0);
	advance(&world, &node, 1);
	assert_eq!(paid(&world, id(1)), 6);
}

#[test]
fn what_gets_lost_is_tried_again() {
	let (world, node) = tower();
	open(&world, &node[0], id(1), 100);
	world.borrow_mut().accounts.loses = true;
	advance(&world, &node, 99);
	assert_eq!(paid(&world, id(1)), 0);
	assert_eq!(world.borrow().accounts.rescues, LAST_BLOCKS);
	world.borrow_mut().accounts.loses = false;
	advance(&world, &node, 1);
	// What was submitted in the last block is too late.
	assert_eq!(paid(&world, id(1)), 0);
	open(&world, &node[0], id(2), 120);
	advance(&world, &node, 2);
	assert_eq!(paid(&world, id(2)), 5);
}

#[test]
fn what_is_paid_or_gone_is_left_alone() {
	let (world, node) = tower();
	open(&world, &node[0], id(1), 30);
	open(&world, &node[0], id(2), 30);
	world
		.borrow_mut()
		.accounts
		.channels
		.get_mut(&id(1))
		.unwrap()
		.paid = 5;
	world.borrow_mut().accounts.channels.remove(&id(2));
	advance(&world, &node, 40);
	assert_eq!(world.borrow().accounts.rescues, 0);
}

#[test]
fn all_channels_have_their_turn() {
	let (world, node) = tower();
	for number in 0..MAX_WATCHED as u64 {
		open(&world, &node[0], id(number), 50);
	}
	advance(&world, &node, 49);
	let world = world.borrow();
	assert!(world
		.accounts
		.channels
		.values()
		.all(|channel| channel.paid == 5));
}
