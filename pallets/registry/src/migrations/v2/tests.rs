use super::*;
use alloc::vec::Vec;
use sp_core::Pair;

use crate::mock::*;

/// A record as version 1 stored it.
fn as_before(record: IntermediaryOf<Test>) -> v1::IntermediaryOf<Test> {
	let IntermediaryOf::<Test> {
		operator,
		keys,
		endpoint,
		uses,
		deposit,
		bond,
		liable,
		unbonding,
		lies,
		absences,
		registered: _,
	} = record;
	v1::IntermediaryOf::<Test> {
		operator,
		keys,
		endpoint,
		uses,
		deposit,
		bond,
		liable,
		unbonding,
		lies,
		absences,
	}
}

/// Has the registry store its intermediaries as version 1 did.
fn take_back() {
	for (id, record) in all() {
		v1::Intermediaries::<Test>::insert(id, as_before(record));
	}
	StorageVersion::new(FROM).put::<Registry>();
}

/// Registers so many intermediaries, each in a block of its own.
fn register(count: u8) {
	for n in 1..=count {
		advance(1);
		let operator = alice();
		let (key, proof) = (
			intermediary_key(n).public(),
			intermediary_proof(n, &operator),
		);
		Registry::register_intermediary(origin(operator), key, proof, endpoint("tcp"), 7)
			.expect("valid");
	}
}

fn all() -> Vec<(IntermediaryId, IntermediaryOf<Test>)> {
	Intermediaries::<Test>::iter().collect()
}

/// A block's worth of steps, of which each migrates so many.
fn migrate(records: u64) -> u32 {
	let mut cursor = None;
	let before = Migrate::<Test>::count_before();
	for block in 1.. {
		let mut meter = WeightMeter::with_limit(Migrate::<Test>::weight().saturating_mul(records));
		cursor = Migrate::<Test>::transactional_step(cursor, &mut meter).expect("it goes on");
		if cursor.is_none() {
			Migrate::<Test>::check_after(before).expect("nothing is lost");
			return block;
		}
		assert_eq!(
			Registry::on_chain_storage_version(),
			StorageVersion::new(UNDER_WAY)
		);
	}
	unreachable!("it ends")
}

#[test]
fn every_record_is_migrated_however_little_a_block_takes() {
	for (records, blocks) in [(1, 6), (2, 3), (5, 2), (6, 1), (100, 1)] {
		run(|| {
			register(5);
			let before = all();
			take_back();
			assert_ne!(all(), before);
			assert_eq!(migrate(records), blocks);
			assert_eq!(all(), before);
			assert_eq!(
				Registry::on_chain_storage_version(),
				StorageVersion::new(TO)
			);
		});
	}
}

#[test]
fn it_takes_no_step_that_the_weight_does_not_allow() {
	run(|| {
		register(1);
		take_back();
		let mut meter =
			WeightMeter::with_limit(Migrate::<Test>::weight() - Weight::from_parts(1, 0));
		let required = Migrate::<Test>::weight();
		assert_eq!(
			Migrate::<Test>::step(None, &mut meter),
			Err(SteppedMigrationError::InsufficientWeight { required })
		);
		assert_eq!(migrate(1), 2);
	});
}

#[test]
fn one_that_was_broken_off_is_taken_up_by_whoever_begins_anew() {
	run(|| {
		register(5);
		let mut before = all();
		take_back();
		let mut meter = WeightMeter::with_limit(Migrate::<Test>::weight().saturating_mul(3));
		let cursor = Migrate::<Test>::step(None, &mut meter).expect("it goes on");
		assert!(cursor.is_some());
		// One of those that have the new form says what no key tells.
		let (id, _) = before.first_mut().expect("there is one");
		Intermediaries::<Test>::mutate_extant(*id, |record| record.registered = 1_000);
		before[0].1.registered = 1_000;
		assert_eq!(migrate(100), 1);
		assert_eq!(all(), before);
	});
}

#[test]
fn a_chain_that_has_no_intermediaries_or_is_new_is_done_at_once() {
	run(|| {
		take_back();
		assert_eq!(migrate(1), 1);
		register(2);
		let before = all();
		assert_eq!(migrate(1), 1);
		assert_eq!(all(), before, "it runs once");
	});
}

#[test]
fn of_whoever_has_had_many_keys_it_says_since_when_the_oldest_that_is_known_is() {
	run(|| {
		register(1);
		let (_, mut record) = all().pop().expect("there is one");
		for n in 1..=syngraph_primitives::MAX_KEYS {
			let at = u64::from(1_000 * n);
			let key = intermediary_key(100 + n as u8).public();
			record
				.keys
				.rotate(at, at - 500, key)
				.expect("it lies ahead");
		}
		assert_eq!(Migrate::<Test>::migrated(as_before(record)).registered, 500);
	});
}
