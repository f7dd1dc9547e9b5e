//! Records that were restored from a backup, or lost.

use std::fs;

use syngraph_payer::{Signer, Wallet};
use syngraph_primitives::Payer;

use crate::machine::{channel, key, pay, Machine, PRICE};

fn paid_three_times() -> (Machine, Signer) {
	let machine = Machine::new(Payer::Direct);
	let signer = Signer::alone(key("Client"));
	for _ in 0..3 {
		pay(&mut machine.client(&signer, "wallet")).unwrap();
	}
	(machine, signer)
}

#[test]
fn a_lost_wallet_goes_on_from_its_own_receipt() {
	let (machine, signer) = paid_three_times();
	pay(&mut machine.client(&signer, "new")).unwrap();
	assert_eq!((machine.owed(), machine.served.get()), (4 * PRICE, 4));
}

#[test]
fn a_server_that_has_lost_everything_is_told_what_is_owed() {
	let (machine, signer) = paid_three_times();
	machine.tamper(|records| fs::remove_file(records).unwrap());
	assert_eq!(machine.owed(), 0);
	pay(&mut machine.client(&signer, "wallet")).unwrap();
	assert_eq!((machine.owed(), machine.served.get()), (4 * PRICE, 4));
}

#[test]
fn a_server_restored_from_a_backup_is_told_what_is_owed() {
	for lost in 1..=3 {
		let machine = Machine::new(Payer::Direct);
		let signer = Signer::alone(key("Client"));
		let mut backup = Vec::new();
		pay(&mut machine.client(&signer, "wallet")).unwrap();
		machine.tamper(|records| backup = fs::read(records).unwrap());
		for _ in 0..lost {
			pay(&mut machine.client(&signer, "wallet")).unwrap();
		}
		machine.tamper(|records| fs::write(records, &backup).unwrap());
		assert_eq!(machine.owed(), PRICE);
		pay(&mut machine.client(&signer, "wallet")).unwrap();
		let slots = lost + 2;
		assert_eq!(machine.owed(), PRICE * u128::from(slots));
		assert_eq!(machine.served.get(), slots);
	}
}

#[test]
fn an_old_wallet_costs_nothing_more() {
	let (machine, signer) = paid_three_times();
	let record = machine.client(&signer, "wallet").record().clone();
	pay(&mut machine.client(&signer, "wallet")).unwrap();
	let path = machine.folder().join("wallet");
	Wallet::open(&path).unwrap().save(&record).unwrap();
	assert_eq!(Wallet::peek(&path, channel()).unwrap().paid(), 3 * PRICE);
	pay(&mut machine.client(&signer, "wallet")).unwrap();
	assert_eq!((machine.owed(), machine.served.get()), (5 * PRICE, 5));
}
