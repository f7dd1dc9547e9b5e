//! What users propose and sign.
#![no_main]

use libfuzzer_sys::fuzz_target;
use sp_core::crypto::AccountId32;
use syngraph_fuzz::{lock, read, GENESIS};
use syngraph_primitives::Terms;
use syngraph_protocol::Fold;

fuzz_target!(|data: &[u8]| {
	let Some(terms) = read::<Terms<AccountId32, u128, u32>>(&mut &data[..]) else {
		return;
	};
	let _ = terms.id(&GENESIS);
	let _ = Fold::prepare(&terms.function, &vec![lock(); terms.sensors.len()]);
	for index in 0..=terms.users.len() {
		for result in [i128::MIN, -1, 0, 1, i128::MAX] {
			assert!(terms.cost(index, result) <= terms.highest_cost(index));
		}
	}
	if terms.check().is_ok() {
		let mut named = terms.intermediaries().chain(terms.spares());
		assert!(named.all(|intermediary| terms.named_by(intermediary).is_some()));
	}
});
