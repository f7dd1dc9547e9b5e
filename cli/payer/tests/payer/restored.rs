//! Records that were restored from a backup, lost, or written by another version.

use std::fs;

use serde_json::{json, Value};
use syngraph_payer::{Error, Records, Signer};
use syngraph_primitives::Payer;

use crate::machine::{channel, key, pay, Machine, PRICE};

fn paid_three_times() -> (Machine, Signer) {
	let machine = Machine::new(Payer::Direct);
	let signer = Signer::alone(key("Client"));
	for _ in 0..3 {
		pay(&mut machine.client(&signer, "records")).unwrap();
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
	pay(&mut machine.client(&signer, "records")).unwrap();
	assert_eq!((machine.owed(), machine.served.get()), (4 * PRICE, 4));
}

#[test]
fn a_server_restored_from_a_backup_is_told_what_is_owed() {
	for lost in 1..=3 {
		let machine = Machine::new(Payer::Direct);
		let signer = Signer::alone(key("Client"));
		let mut backup = Vec::new();
		pay(&mut machine.client(&signer, "records")).unwrap();
		machine.tamper(|records| backup = fs::read(records).unwrap());
		for _ in 0..lost {
			pay(&mut machine.client(&signer, "records")).unwrap();
		}
		machine.tamper(|records| fs::write(records, &backup).unwrap());
		assert_eq!(machine.owed(), PRICE);
		pay(&mut machine.client(&signer, "records")).unwrap();
		let slots = lost + 2;
		assert_eq!(machine.owed(), PRICE * u128::from(slots));
		assert_eq!(machine.served.get(), slots);
	}
}

#[test]
fn an_old_wallet_costs_nothing_more() {
	let (machine, signer) = paid_three_times();
	let record = machine.client(&signer, "records").record().clone();
	pay(&mut machine.client(&signer, "records")).unwrap();
	let path = machine.folder().join("records");
	Records::open(&path).unwrap().save(&record).unwrap();
	assert_eq!(Records::peek(&path, channel()).unwrap().paid(), 3 * PRICE);
	pay(&mut machine.client(&signer, "records")).unwrap();
	assert_eq!((machine.owed(), machine.served.get()), (5 * PRICE, 5));
}

#[test]
fn a_record_of_another_version_is_refused_by_name() {
	let (machine, signer) = paid_three_times();
	let folder = machine.folder().join("records");
	let path = folder.join(format!("{:?}.json", channel()));
	let written = fs::read(&path).unwrap();
	let mut record: Value = serde_json::from_slice(&written).unwrap();
	assert_eq!(record["version"], 2);
	for (version, found) in [
		(None, "no version"),
		(Some(json!(0)), "version 0"),
		(Some(json!(3)), "version 3"),
		(Some(json!("1")), "version \"1\""),
	] {
		// Whatever else stands there.
		let mut other = json!({ "last": "in another form" });
		if let Some(version) = version {
			other["version"] = version;
		}
		fs::write(&path, other.to_string()).unwrap();
		let refused = Records::peek(&folder, channel()).unwrap_err();
		assert!(matches!(refused, Error::OtherVersion { .. }), "{refused}");
		let text = refused.to_string();
		for told in [
			path.to_str().unwrap(),
			found,
			"version 1 to 2",
			"move the file away",
		] {
			assert!(text.contains(told), "{text}");
		}
	}
	// The first one had the same form.
	record["version"] = json!(1);
	fs::write(&path, record.to_string()).unwrap();
	pay(&mut machine.client(&signer, "records")).unwrap();
	assert_eq!((machine.owed(), machine.served.get()), (4 * PRICE, 4));
}
