//! What an intermediary can be held to, and what two such statements prove.
#![no_main]

use libfuzzer_sys::fuzz_target;
use sp_core::sr25519;
use syngraph_fuzz::{read, GENESIS};
use syngraph_primitives::SignedStatement;
use syngraph_protocol::conflict;

fuzz_target!(|data: &[u8]| {
	let mut data = data;
	let Some(left) = read::<SignedStatement>(&mut data) else {
		return;
	};
	assert_eq!(conflict(&left.statement, &left.statement), None);
	let _ = left.verify(&GENESIS, &sr25519::Public::from_raw([7; 32]));
	let Some(right) = read::<SignedStatement>(&mut data) else {
		return;
	};
	let found = conflict(&left.statement, &right.statement);
	assert_eq!(found, conflict(&right.statement, &left.statement));
});
