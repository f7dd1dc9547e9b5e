//! Prices that change between the signing of a receipt and its arrival.

use syngraph_payer::{Error, Signer};
use syngraph_primitives::Payer;
use syngraph_runtime::Balance;

use crate::machine::{key, pay, pay_up_to, Machine, PRICE};

/// A receipt over [`PRICE`] was signed and the client died, after so many steps; meanwhile, the price has
/// become another.
fn signed(steps: u32, price: Balance) -> (Machine, Signer) {
	let machine = Machine::new(Payer::Direct);
	let signer = Signer::alone(key("Client"));
	machine.fuse.set(Some(steps));
	assert!(pay(&mut machine.client(&signer, "records")).is_err());
	machine.fuse.set(None);
	machine.price.set(price);
	machine.restart();
	(machine, signer)
}

/// Channel info, info, channel, two around the save.
const NOT_SENT: u32 = 5;
/// And the purchase, whose answer is lost.
const SENT: u32 = 6;

#[test]
fn a_price_that_fell_costs_what_was_signed_and_nothing_more() {
	for price in [PRICE - 1, PRICE / 2, 1] {
		for steps in [NOT_SENT, SENT] {
			let (machine, signer) = signed(steps, price);
			pay(&mut machine.client(&signer, "records")).unwrap();
			assert_eq!((machine.owed(), machine.served.get()), (PRICE, 1));
			pay(&mut machine.client(&signer, "records")).unwrap();
			assert_eq!((machine.owed(), machine.served.get()), (PRICE + price, 2));
		}
	}
}

#[test]
fn a_price_that_rose_is_paid_instead_if_the_client_agrees() {
	let (machine, signer) = signed(NOT_SENT, 3 * PRICE);
	let outcome = pay(&mut machine.client(&signer, "records"));
	assert!(matches!(outcome, Err(Error::TooExpensive { .. })));
	assert_eq!((machine.owed(), machine.served.get()), (0, 0));
	pay_up_to(&mut machine.client(&signer, "records"), 3 * PRICE).unwrap();
	assert_eq!((machine.owed(), machine.served.get()), (3 * PRICE, 1));
}

#[test]
fn a_price_that_rose_after_the_sale_does_not_matter() {
	let (machine, signer) = signed(SENT, 3 * PRICE);
	pay(&mut machine.client(&signer, "records")).unwrap();
	assert_eq!((machine.owed(), machine.served.get()), (PRICE, 1));
}
