//! Devices and access servers that are out of step.

use syngraph_payer::{Error, Handover, Payments, Signer};
use syngraph_primitives::Payer;

use crate::machine::{block_on, key, order, pay, Client, Machine, PRICE};

fn machine() -> (Machine, Signer) {
	let machine = Machine::new(Payer::Direct);
	(machine, Signer::alone(key("Client")))
}

/// Buys slots that nobody uses.
fn waste(machine: &Machine, signer: &Signer, slots: u32) {
	for _ in 0..slots {
		let mut payments = machine.client(signer, "records");
		block_on(payments.buy(&order(), PRICE)).unwrap();
		payments.complete().unwrap();
	}
}

fn hand_over(payments: &mut Payments<Client<'_>>) -> Result<Handover, Error> {
	block_on(async {
		payments.buy(&order(), PRICE).await?;
		payments.hand_over("device").await
	})
}

#[test]
fn passwords_that_were_never_used_keep_nobody_out() {
	let (machine, signer) = machine();
	for unused in [10, 40] {
		waste(&machine, &signer, unused);
		let before = machine.served.get();
		pay(&mut machine.client(&signer, "records")).unwrap();
		assert_eq!(machine.served.get(), before + 1, "after {unused}");
	}
}

#[test]
fn a_device_that_is_far_behind_takes_two_passwords_together() {
	let (machine, signer) = machine();
	machine.reach.set(5);
	waste(&machine, &signer, 8);
	let first = hand_over(&mut machine.client(&signer, "records"));
	assert!(
		matches!(
			first,
			Err(Error::OutOfReach {
				counter: 8,
				next: 0
			})
		),
		"{first:?}"
	);
	// The password is kept, over a crash and whatever else is shown.
	let record = machine.client(&signer, "records").record().clone();
	assert_eq!((record.pending, record.kept.len()), (None, 1));
	let second = hand_over(&mut machine.client(&signer, "records"));
	// Both slots are served.
	assert_eq!(second.unwrap(), Handover::Accepted(10));
	assert_eq!((machine.served.get(), machine.next()), (2, 10));
	assert_eq!(machine.owed(), 10 * PRICE);
	pay(&mut machine.client(&signer, "records")).unwrap();
	let record = machine.client(&signer, "records").record().clone();
	assert_eq!((machine.served.get(), record.kept), (3, Vec::new()));
}

/// Whoever is overtaken between its two has to buy two that follow each other.
#[test]
fn two_that_do_not_follow_each_other_do_not_count_together() {
	let (machine, signer) = machine();
	machine.reach.set(5);
	waste(&machine, &signer, 8);
	assert!(hand_over(&mut machine.client(&signer, "records")).is_err());
	waste(&machine, &signer, 1);
	let between = hand_over(&mut machine.client(&signer, "records"));
	assert!(matches!(
		between,
		Err(Error::OutOfReach { counter: 10, .. })
	));
	let last = hand_over(&mut machine.client(&signer, "records"));
	assert_eq!(last.unwrap(), Handover::Accepted(10));
	assert_eq!(machine.served.get(), 2);
}

#[test]
fn a_client_that_dies_while_it_shows_two_gets_both_slots_once() {
	for steps in 0.. {
		let (machine, signer) = machine();
		machine.reach.set(5);
		waste(&machine, &signer, 8);
		assert!(hand_over(&mut machine.client(&signer, "records")).is_err());
		machine.fuse.set(Some(steps));
		let died = hand_over(&mut machine.client(&signer, "records")).is_err();
		machine.fuse.set(None);
		let half_done = died
			&& machine
				.client(&signer, "records")
				.record()
				.pending
				.is_some();
		if half_done || machine.served.get() == 0 {
			hand_over(&mut machine.client(&signer, "records")).unwrap();
		}
		assert_eq!(machine.served.get(), 2, "after {steps} steps");
		assert_eq!(machine.owed(), 10 * PRICE, "after {steps} steps");
		if !died {
			assert!(steps > 10, "only {steps} steps");
			break;
		}
	}
}

/// The device was brought ahead of the server: the client is told so, and by how much, and its next is good as
/// soon as the server has been told.
#[test]
fn a_device_that_is_ahead_says_where_it_is() {
	let (machine, signer) = machine();
	machine.turn(3);
	let refused = hand_over(&mut machine.client(&signer, "records"));
	assert!(
		matches!(
			refused,
			Err(Error::PasswordPassed {
				counter: 0,
				next: 3
			})
		),
		"{refused:?}"
	);
	let record = machine.client(&signer, "records").record().clone();
	assert_eq!(record.pending, None);
	waste(&machine, &signer, 2);
	pay(&mut machine.client(&signer, "records")).unwrap();
	assert_eq!((machine.served.get(), machine.next()), (1, 4));
}
