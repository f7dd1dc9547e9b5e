//! What an intermediary can be held to, and what two such utterances prove.
#![no_main]

use libfuzzer_sys::fuzz_target;
use sp_core::sr25519;
use syngraph_fuzz::{read, GENESIS};
use syngraph_primitives::Utterance;
use syngraph_protocol::{conflict, Conflict};

fuzz_target!(|data: &[u8]| {
	let mut data = data;
	let Some(left) = read::<Utterance>(&mut data) else {
		return;
	};
	assert_eq!(conflict(&left, &left), None);
	let _ = left.is_sound();
	let _ = left.verify(&GENESIS, &sr25519::Public::from_raw([7; 32]));
	let Some(right) = read::<Utterance>(&mut data) else {
		return;
	};
	let found = conflict(&left, &right);
	assert_eq!(found, conflict(&right, &left));
	if let Some(Conflict::Equivocation { author }) = found {
		assert_eq!([left.author(), right.author()], [author; 2]);
	}
	if found.is_some() {
		let (one, other) = (left.span(), right.span());
		assert_eq!((one.round, one.attempt), (other.round, other.attempt));
	}
});
