//! Death at every step, of the client alone and of both sides.

use syngraph_payer::{Error, Signer, Stage};
use syngraph_primitives::Payer;

use crate::machine::{block_on, key, order, pay, Machine, PRICE, SERVICE};

/// Pays for some slots, and dies once, after `steps` steps. Tells whether it got so far.
fn run(steps: u32, slots: u32, and_then: impl Fn(&Machine)) -> bool {
	let machine = Machine::new(Payer::Direct);
	let signer = Signer::alone(key("Client"));
	machine.fuse.set(Some(steps));
	let mut died = false;
	for slot in 1..=slots {
		// A client that has died does not know whether it was done.
		while pay(&mut machine.client(&signer, "records")).is_err() {
			assert!(!died, "stuck after {steps} steps");
			died = true;
			machine.fuse.set(None);
			and_then(&machine);
			let record = machine.client(&signer, "records").record().clone();
			if record.pending.is_none() && machine.served.get() == slot {
				break;
			}
		}
		assert_eq!(machine.served.get(), slot, "after {steps} steps");
		assert_eq!(
			machine.owed(),
			PRICE * u128::from(slot),
			"after {steps} steps"
		);
		let payments = machine.client(&signer, "records");
		assert_eq!(payments.record().pending, None);
		assert_eq!(payments.record().paid(), machine.owed());
	}
	died
}

/// Runs until the fuse is longer than all the steps there are.
fn at_every_step(slots: u32, and_then: impl Fn(&Machine)) {
	let deaths = (0..)
		.take_while(|steps| run(*steps, slots, &and_then))
		.count();
	assert!(deaths >= 15, "only {deaths} steps");
}

#[test]
fn a_client_that_dies_anywhere_gets_each_slot_once_and_pays_for_it_once() {
	at_every_step(2, |_| {});
}

#[test]
fn and_so_it_does_when_the_server_dies_with_it() {
	at_every_step(1, Machine::restart);
}

#[test]
fn nothing_is_signed_twice_over_the_same_slot() {
	let machine = Machine::new(Payer::Direct);
	let signer = Signer::alone(key("Client"));
	let mut payments = machine.client(&signer, "records");
	// The answer to the purchase is lost: channel info, info, channel, two around the save, one before.
	machine.fuse.set(Some(6));
	assert!(pay(&mut payments).is_err());
	let pending = payments.record().pending.clone().unwrap();
	assert_eq!(pending.stage, Stage::Signed);
	drop(payments);
	// It is sent again at once, and the answer is lost once more.
	machine.fuse.set(Some(1));
	let mut payments = machine.client(&signer, "records");
	assert!(pay(&mut payments).is_err());
	let again = payments.record().pending.clone().unwrap();
	assert_eq!(again.receipt, pending.receipt);
}

/// Whether the server does not know the channel.
fn is_unknown(outcome: Result<(), Error>) -> bool {
	matches!(outcome, Err(Error::Refused(problem)) if problem.name() == "unknown-channel")
}

#[test]
fn an_answer_that_was_lost_is_told_after_the_channel_was_closed() {
	let machine = Machine::new(Payer::Direct);
	let signer = Signer::alone(key("Client"));
	machine.fuse.set(Some(6));
	assert!(pay(&mut machine.client(&signer, "records")).is_err());
	machine.fuse.set(None);
	machine.close();
	pay(&mut machine.client(&signer, "records")).unwrap();
	assert_eq!(machine.served.get(), 1);
	let mut payments = machine.client(&signer, "records");
	assert_eq!(payments.record().pending, None);
	assert_eq!(payments.record().paid(), PRICE);
	// There is no other slot.
	assert!(is_unknown(pay(&mut payments)));
	assert_eq!(payments.record().pending, None);
}

#[test]
fn a_receipt_that_may_have_been_accepted_is_kept_while_the_channel_is_not_known() {
	let machine = Machine::new(Payer::Direct);
	let signer = Signer::alone(key("Client"));
	// It was not sent.
	machine.fuse.set(Some(5));
	assert!(pay(&mut machine.client(&signer, "records")).is_err());
	machine.fuse.set(None);
	let signed = machine.client(&signer, "records").record().clone();
	assert_eq!(signed.pending.as_ref().unwrap().stage, Stage::Signed);
	machine.close();
	for _ in 0..2 {
		let mut payments = machine.client(&signer, "records");
		assert!(is_unknown(pay(&mut payments)));
		assert_eq!(*payments.record(), signed);
	}
}

#[test]
fn an_answer_that_was_lost_is_told_although_the_service_was_off_the_list_meanwhile() {
	let machine = Machine::new(Payer::Direct);
	let signer = Signer::alone(key("Client"));
	machine.fuse.set(Some(6));
	assert!(pay(&mut machine.client(&signer, "records")).is_err());
	machine.fuse.set(None);
	let signed = machine.client(&signer, "records").record().clone();
	machine.service.set("mistyped");
	machine.restart();
	let mut payments = machine.client(&signer, "records");
	let refused = pay(&mut payments);
	assert!(
		matches!(&refused, Err(Error::Refused(problem)) if problem.name() == "unknown-service"),
		"{refused:?}"
	);
	assert_eq!(*payments.record(), signed);
	drop(payments);
	machine.service.set(SERVICE);
	machine.close();
	// Also if it was taken for refused.
	let mut refused = signed.clone();
	refused.pending.as_mut().unwrap().stage = Stage::Refused;
	for record in [signed, refused] {
		let mut payments = machine.client(&signer, "records");
		let password = block_on(payments.buy(&order(), PRICE)).unwrap();
		assert_eq!(password.amount, PRICE);
		let mut payments = machine.imposter(&signer, record);
		assert_eq!(block_on(payments.buy(&order(), PRICE)).unwrap(), password);
	}
}
