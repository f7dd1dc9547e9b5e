use super::*;
use codec::Encode;
use frame_support::traits::Authorize;
use sp_runtime::transaction_validity::{
	InvalidTransaction, TransactionSource, TransactionValidityError, ValidTransaction,
};

/// What the pool says to a heartbeat with a signature of the n-th key.
fn check(n: u8, intermediary: u64, at: u64) -> Result<ValidTransaction, TransactionValidityError> {
	let signature = heartbeat_signature(n, intermediary, at);
	let call = RuntimeCall::Registry(Call::heartbeat {
		intermediary,
		at,
		signature,
	});
	let checked = call.authorize(TransactionSource::External);
	checked.expect("anyone can send it").map(|(valid, _)| valid)
}

/// Sends a heartbeat of the first key, from the pool into a block.
fn beat(intermediary: u64, at: u64) -> Result<(), TransactionValidityError> {
	check(1, intermediary, at)?;
	let signature = heartbeat_signature(1, intermediary, at);
	let authorized = frame_system::RawOrigin::Authorized.into();
	assert_ok!(Registry::heartbeat(authorized, intermediary, at, signature));
	Ok(())
}

fn code(error: ValidityError) -> TransactionValidityError {
	InvalidTransaction::Custom(error as u8).into()
}

fn refused(n: u8, intermediary: u64, at: u64, error: ValidityError) {
	assert_eq!(check(n, intermediary, at), Err(code(error)));
}

#[test]
fn who_was_seen_is_alive_for_two_intervals() {
	run(|| {
		let id = register_offering(0);
		assert!(!Registry::is_alive(id) && Registry::heartbeat_is_due(id));
		assert_eq!(beat(id, 1), Ok(()));
		assert_eq!(LastSeen::<Test>::get(id), Some(1));
		assert!(Registry::is_alive(id) && !Registry::heartbeat_is_due(id));
		advance(2 * HEARTBEAT_INTERVAL);
		assert!(Registry::is_alive(id) && Registry::heartbeat_is_due(id));
		assert!(Registry::is_recent(1));
		advance(1);
		assert!(!Registry::is_alive(id));
		assert!(!Registry::is_recent(1) && Registry::is_recent(2));
		assert_eq!(beat(id, System::block_number()), Ok(()));
		assert!(Registry::is_alive(id));
	});
}

#[test]
fn each_refusal_has_its_code() {
	run(|| {
		advance(500);
		let now = System::block_number();
		refused(1, 0, now, ValidityError::NotRegistered);
		let id = register_intermediary();
		refused(1, id, now + 1, ValidityError::OutOfTime);
		let earliest = now - u64::from(HEARTBEAT_REACH);
		refused(1, id, earliest - 1, ValidityError::OutOfTime);
		// A registration alone does not let anybody put something on the chain for nothing.
		refused(1, id, now, ValidityError::NotNeeded);
		assert!(!Registry::heartbeat_is_due(id));
		assert_ok!(Registry::publish_offer(origin(alice()), id, offer()));
		refused(2, id, now, ValidityError::BadSignature);
		assert!(check(1, id, earliest).is_ok());
		assert_eq!(beat(id, now), Ok(()));
		refused(1, id, now, ValidityError::TooSoon);
		assert_ok!(Registry::revoke_intermediary(origin(alice()), id, now + 1));
		advance(HEARTBEAT_INTERVAL);
		refused(1, id, System::block_number(), ValidityError::NoKey);
		assert!(!Registry::heartbeat_is_due(id));
	});
}

#[test]
fn codes_never_change() {
	for (error, code) in [
		(ValidityError::NotRegistered, 50),
		(ValidityError::OutOfTime, 51),
		(ValidityError::TooSoon, 52),
		(ValidityError::NotNeeded, 53),
		(ValidityError::NoKey, 54),
		(ValidityError::BadSignature, 55),
	] {
		assert_eq!(error as u8, code);
	}
}

#[test]
fn it_is_due_from_half_an_interval_on_and_none_counts_twice() {
	run(|| {
		let id = register_offering(0);
		advance(99);
		assert_eq!(beat(id, 100), Ok(()));
		advance(HEARTBEAT_INTERVAL / 2 - 1);
		assert!(!Registry::heartbeat_is_due(id));
		refused(1, id, System::block_number(), ValidityError::TooSoon);
		advance(1);
		assert!(Registry::heartbeat_is_due(id));
		// One that tells of an earlier block.
		refused(1, id, System::block_number() - 1, ValidityError::TooSoon);
		assert_eq!(beat(id, System::block_number()), Ok(()));
	});
}

#[test]
fn who_is_bound_is_needed_without_an_offer() {
	run(|| {
		let id = register_offering(0);
		assert_ok!(Registry::bind(&binding(1, id), 0));
		assert_ok!(Registry::withdraw_offer(origin(alice()), id));
		assert_eq!(beat(id, 1), Ok(()));
		Registry::release(&agreement(1), id);
		advance(HEARTBEAT_INTERVAL);
		refused(1, id, System::block_number(), ValidityError::NotNeeded);
	});
}

#[test]
fn the_present_key_signs_on_this_chain_and_for_this_intermediary() {
	run(|| {
		let id = register_offering(0);
		let (key, proof) = (
			intermediary_key(2).public(),
			intermediary_proof(2, &alice()),
		);
		let rotate = Registry::rotate_intermediary_key;
		assert_ok!(rotate(origin(alice()), id, 3, key, proof));
		advance(1);
		refused(2, id, 2, ValidityError::BadSignature);
		assert!(check(1, id, 2).is_ok());
		advance(1);
		refused(1, id, 3, ValidityError::BadSignature);
		assert!(check(2, id, 3).is_ok());
		let foreign = heartbeat_signature(2, id + 1, 3);
		let checked = Registry::authorize_heartbeat(id, 3, &foreign);
		assert_eq!(checked.map(drop), Err(code(ValidityError::BadSignature)));
		// Another chain's first block.
		frame_system::BlockHash::<Test>::insert(0, sp_core::H256::repeat_byte(1));
		let elsewhere = heartbeat_signature(2, id, 3);
		frame_system::BlockHash::<Test>::insert(0, sp_core::H256::repeat_byte(2));
		let checked = Registry::authorize_heartbeat(id, 3, &elsewhere);
		assert_eq!(checked.map(drop), Err(code(ValidityError::BadSignature)));
	});
}

#[test]
fn the_pool_keeps_one_of_an_intermediary_for_as_long_as_it_is_valid() {
	run(|| {
		let id = register_offering(0);
		advance(99);
		let valid = check(1, id, 90).unwrap();
		assert_eq!(valid.priority, HEARTBEAT_PRIORITY);
		assert_eq!(valid.longevity, u64::from(HEARTBEAT_REACH) - 10);
		assert_eq!(valid.provides, [("syngraph/heartbeat", id).encode()]);
		assert_eq!(check(1, id, 100).unwrap().provides, valid.provides);
		assert!(valid.requires.is_empty() && valid.propagate);
		assert_eq!(check(1, id, 100 - 64).unwrap().longevity, 1);
	});
}

#[test]
fn nobody_beats_for_another() {
	run(|| {
		let id = register_offering(0);
		let signature = heartbeat_signature(1, id, 1);
		for from in [
			origin(alice()),
			RuntimeOrigin::root(),
			RuntimeOrigin::none(),
		] {
			let beat = Registry::heartbeat(from, id, 1, signature);
			assert_eq!(beat, Err(sp_runtime::DispatchError::BadOrigin));
		}
		assert_eq!(LastSeen::<Test>::get(id), None);
	});
}
