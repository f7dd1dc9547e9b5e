//! Whom the collector looks at first.

use sp_core::{sr25519, H256};
use syngraph_primitives::{Payer, Receipt, SignedReceipt};

use super::*;
use crate::{Channel, Heads};

const MARGIN: BlockNumber = 20;
const COSTS: Costs = Costs {
	alone: 100,
	share: 10,
};

fn id(number: u64) -> ChannelId {
	H256::from_low_u64_be(number)
}

/// Looks at a channel, in this block, that owes so much and expires then.
fn look(cases: &mut Cases, number: u64, now: BlockNumber, amount: Balance, expires: BlockNumber) {
	let entry = Entry {
		receipt: SignedReceipt {
			receipt: Receipt {
				channel: id(number),
				amount,
			},
			signature: sr25519::Signature::default().into(),
			membership: None,
		},
		payer: Payer::Direct,
		expires,
		seen: 1,
		closing: false,
	};
	let channel = Channel {
		depositor: [1; 32].into(),
		payee: [2; 32].into(),
		payer: Payer::Direct,
		change: None,
		funds: 1_000_000,
		paid: 0,
		expires,
		deposit: 1,
	};
	let seen = Seen {
		heads: Heads {
			finalized: now,
			best: now,
		},
		finalized: Some(channel.clone()),
		best: Some(channel),
	};
	cases.all.insert(id(number), Case::new(&entry, MARGIN));
	cases.duty(id(number), &entry, &seen, COSTS);
}

/// Channel 1 owes enough to be closed by itself, and expires in block 100.
fn cases() -> Cases {
	let mut cases = Cases::new(MARGIN, Closing::default());
	look(&mut cases, 1, 50, 200, 100);
	cases
}

fn numbers(ids: Vec<ChannelId>) -> Vec<u64> {
	ids.iter().map(H256::to_low_u64_be).collect()
}

#[test]
fn what_may_need_nothing_takes_no_room() {
	let mut cases = cases();
	// What owes nothing that is worth closing for, and what has time.
	look(&mut cases, 2, 50, 10, 90);
	look(&mut cases, 3, 50, 5_000, 1_000);
	for number in [2, 3] {
		cases.hear(News::ToppedUp(id(number), 1_000));
		cases.hear(News::Changed(id(number)));
	}
	cases.hear(News::CloseRequested(id(2), 90));
	assert_eq!(numbers(cases.to_look_at(80, 2, 0)), [1]);
	// A request to close is for what owes something.
	cases.hear(News::CloseRequested(id(3), 500));
	assert_eq!(numbers(cases.to_look_at(80, 2, 0)), [3, 1]);
	// It stands if the channel does not expire later than by the request.
	cases.hear(News::ToppedUp(id(3), 500));
	assert_eq!(numbers(cases.to_look_at(80, 2, 0)), [3, 1]);
	cases.hear(News::ToppedUp(id(3), 501));
	assert_eq!(numbers(cases.to_look_at(80, 2, 0)), [1]);
}

#[test]
fn what_waits_for_others_takes_no_room_of_what_does_not() {
	let mut cases = cases();
	// It would be next by its deadline.
	look(&mut cases, 2, 50, 99, 85);
	assert_eq!(numbers(cases.to_look_at(80, 1, 0)), [1]);
	assert_eq!(numbers(cases.to_look_at(80, 2, 0)), [1, 2]);
	assert_eq!(numbers(cases.to_look_at(79, 2, 0)), [2]);
}

#[test]
fn what_there_was_no_room_for_has_its_turn_among_the_others() {
	let mut cases = cases();
	look(&mut cases, 2, 60, 5_000, 100);
	look(&mut cases, 3, 70, 50, 1_000);
	assert_eq!(numbers(cases.to_look_at(80, 1, 0)), [2]);
	assert_eq!(numbers(cases.to_look_at(80, 1, 1)), [2, 1]);
	assert_eq!(numbers(cases.to_look_at(80, 0, 9)), [1, 2, 3]);
}

#[test]
fn news_have_half_of_the_others_at_most_and_wait_their_turn() {
	let mut cases = Cases::new(MARGIN, Closing::default());
	for number in 1..=8 {
		look(&mut cases, number, 10 + number as BlockNumber, 200, 1_000);
	}
	for number in [4, 5, 6, 7, 8] {
		cases.hear(News::Changed(id(number)));
	}
	// Those first that were looked at longest ago.
	assert_eq!(numbers(cases.to_look_at(30, 0, 4)), [4, 5, 1, 2]);
	// If there are no others, all of them.
	assert_eq!(numbers(cases.to_look_at(30, 0, 7)), [4, 5, 6, 1, 2, 3, 7]);
}

#[test]
fn what_was_missed_may_have_happened_to_any_channel() {
	let mut cases = cases();
	look(&mut cases, 2, 50, 10, 1_000);
	cases.hear(News::ToppedUp(id(2), 1_000));
	look(&mut cases, 2, 50, 10, 1_000);
	assert!(cases.to_look_at(50, 0, 9).is_empty());
	cases.hear(News::Missed);
	assert_eq!(numbers(cases.to_look_at(50, 0, 9)), [1, 2]);
	// If it expires earlier now, its depositor may have asked for that.
	assert!(cases.topped_up.is_empty());
}

#[test]
fn what_does_not_count_any_more_is_not_due() {
	for at_loss in [false, true] {
		let closing = Closing {
			at_loss,
			..Closing::default()
		};
		let mut cases = Cases::new(MARGIN, closing);
		// It expired, and owes less than its share.
		look(&mut cases, 1, 100, 5, 100);
		assert!(cases.to_look_at(101, 1, 0).is_empty());
		assert_eq!(cases.plan(101).owed, 0);
	}
}

#[test]
fn what_is_redeemed_takes_as_much_room_as_what_is_closed() {
	for duty in [Duty::Close, Duty::Redeem] {
		let mut cases = Cases::new(MARGIN, Closing::default());
		let mut due = Vec::new();
		for number in 1..=200 {
			look(&mut cases, number, 50, 200, 100);
			due.push((id(number), duty));
		}
		let sizes = |now, room| {
			let batches = cases.batches(&due, now, room);
			assert!(batches.iter().all(|batch| batch.duty == duty));
			let sizes = batches.iter().map(|batch| batch.ids.len());
			sizes.collect::<Vec<_>>()
		};
		assert_eq!(sizes(80, 1_000), [64, 64, 64, 8]);
		assert_eq!(sizes(80, 128), [64, 64]);
		// With half of the time over.
		assert_eq!(sizes(90, 1_000), [vec![16; 12], vec![8]].concat());
		assert_eq!(sizes(90, 47), [16, 16]);
	}
}

#[test]
fn one_transaction_does_one_thing() {
	let mut cases = Cases::new(MARGIN, Closing::default());
	let mut due = Vec::new();
	for number in 1..=200 {
		look(&mut cases, number, 50, 200, 100);
		let is_even = number % 2 == 0;
		due.push((id(number), if is_even { Duty::Redeem } else { Duty::Close }));
	}
	let due: HashMap<_, _> = due.into_iter().collect();
	let all: Vec<_> = due.iter().map(|(id, duty)| (*id, *duty)).collect();
	let batches = cases.batches(&all, 80, 1_000);
	let mut sizes: Vec<_> = batches.iter().map(|batch| batch.ids.len()).collect();
	sizes.sort_unstable();
	assert_eq!(sizes, [36, 36, 64, 64]);
	for batch in batches {
		assert!(batch.ids.iter().all(|id| due[id] == batch.duty));
	}
}
