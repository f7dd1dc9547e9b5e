//! What intermediaries publish to their peers.
#![no_main]

use libfuzzer_sys::fuzz_target;
use sp_core::{ed25519, sr25519};
use syngraph_fuzz::{read, GENESIS};
use syngraph_protocol::{Publication, SignedBundle};

fuzz_target!(|data: &[u8]| match read::<Publication>(&mut &data[..]) {
	Some(Publication::Bundle(signed)) => bundle(&signed),
	Some(Publication::Repair(repair)) => {
		for signed in &repair.messages {
			let _ = signed.verify(&GENESIS, &ed25519::Public::from_raw([7; 32]));
		}
	},
	None => (),
});

fn bundle(signed: &SignedBundle) {
	let key = sr25519::Public::from_raw([7; 32]);
	let _ = signed.verify(&GENESIS, &key);
	let sound = signed.bundle.is_sound();
	for utterance in &signed.bundle.utterances {
		assert!(!sound || utterance.author() == signed.bundle.intermediary);
		let _ = utterance.verify(&GENESIS, &key);
		let _ = utterance.settlement();
	}
}
