//! Members of one group, who pay out of one channel.

use syngraph_payer::{Error, Signer};
use syngraph_primitives::{Group, Payer};

use crate::machine::{block_on, key, order, pay, Machine, PRICE};

fn members(count: u32) -> (Payer, Vec<Signer>) {
	let keys: Vec<_> = (0..count).map(|index| key(&index.to_string())).collect();
	let clients: Vec<_> = keys.iter().map(|key| key.client()).collect();
	let signers = keys.into_iter().zip(0..);
	let signers = signers
		.map(|(key, index)| Signer::member(key, &clients, index).unwrap())
		.collect();
	(Payer::Group(Group::new(&clients).unwrap()), signers)
}

#[test]
fn each_signs_on_top_of_the_last() {
	let (payer, signers) = members(5);
	let machine = Machine::new(payer);
	for (slot, member) in [0, 3, 3, 1, 0, 4].into_iter().enumerate() {
		pay(&mut machine.client(&signers[member], &member.to_string())).unwrap();
		assert_eq!(machine.owed(), PRICE * (slot as u128 + 1));
	}
	assert_eq!(machine.served.get(), 6);
}

#[test]
fn whoever_is_outrun_signs_anew() {
	let (payer, signers) = members(2);
	let machine = Machine::new(payer);
	// Dies with a receipt that was not sent.
	machine.fuse.set(Some(5));
	assert!(pay(&mut machine.client(&signers[0], "0")).is_err());
	machine.fuse.set(None);
	pay(&mut machine.client(&signers[1], "1")).unwrap();
	pay(&mut machine.client(&signers[0], "0")).unwrap();
	assert_eq!(machine.served.get(), 2);
	assert_eq!(machine.owed(), 2 * PRICE);
}

#[test]
fn whoever_is_outrun_by_as_much_as_the_price_fell_signs_anew_over_the_same_amount() {
	let (payer, signers) = members(2);
	let machine = Machine::new(payer);
	machine.fuse.set(Some(5));
	assert!(pay(&mut machine.client(&signers[0], "0")).is_err());
	machine.fuse.set(None);
	machine.price.set(PRICE / 2);
	machine.restart();
	pay(&mut machine.client(&signers[1], "1")).unwrap();
	pay(&mut machine.client(&signers[0], "0")).unwrap();
	assert_eq!((machine.owed(), machine.served.get()), (PRICE, 2));
}

#[test]
fn whoever_is_overtaken_after_it_has_paid_still_gets_its_slot() {
	let (payer, signers) = members(2);
	let machine = Machine::new(payer);
	// The receipt is accepted, and the answer is lost.
	machine.fuse.set(Some(6));
	assert!(pay(&mut machine.client(&signers[0], "0")).is_err());
	machine.fuse.set(None);
	let mut other = machine.client(&signers[1], "1");
	block_on(other.buy(&order(), PRICE)).unwrap();
	assert_eq!(machine.owed(), 2 * PRICE);
	// The server is asked again, and dies in between.
	machine.restart();
	pay(&mut machine.client(&signers[0], "0")).unwrap();
	pay(&mut other).unwrap();
	assert_eq!((machine.owed(), machine.served.get()), (2 * PRICE, 2));
}

#[test]
fn nobody_is_told_anothers_password() {
	let (payer, signers) = members(2);
	let machine = Machine::new(payer);
	let mut victim = machine.client(&signers[0], "0");
	block_on(victim.buy(&order(), PRICE)).unwrap();
	// The receipt is there for all to see.
	let mut thief = victim.record().clone();
	thief.pending.as_mut().unwrap().key = Default::default();
	thief.pending.as_mut().unwrap().stage = syngraph_payer::Stage::Signed;
	let mut thief = machine.imposter(&signers[0], thief);
	assert!(matches!(
		block_on(thief.buy(&order(), PRICE)),
		Err(Error::Withheld(_))
	));
}

#[test]
fn a_stranger_does_not_pay() {
	let (payer, signers) = members(3);
	let (_, strangers) = members(4);
	let machine = Machine::new(payer);
	let outcome = pay(&mut machine.client(&strangers[0], "0"));
	assert!(matches!(outcome, Err(Error::NotPayer { group: true })));
	let outcome = pay(&mut machine.client(&Signer::alone(key("0")), "1"));
	assert!(matches!(outcome, Err(Error::NotPayer { group: true })));
	pay(&mut machine.client(&signers[0], "2")).unwrap();
}
