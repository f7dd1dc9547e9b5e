//! What a device hands to `sensor_submit`.
#![no_main]

use codec::{Encode, MaxEncodedLen};
use libfuzzer_sys::fuzz_target;
use sp_core::ed25519;
use syngraph_fuzz::{lock, read, GENESIS};
use syngraph_primitives::SignedMessage;
use syngraph_protocol::longest_message;

fuzz_target!(|data: &[u8]| {
	let Some(signed) = read::<SignedMessage>(&mut &data[..]) else {
		return;
	};
	assert!(signed.encoded_size() <= SignedMessage::max_encoded_len());
	if lock().check_message(&signed.message).is_ok() {
		assert!(signed.encoded_size() as u32 <= longest_message(&lock()));
	}
	let _ = signed.verify(&GENESIS, &ed25519::Public::from_raw([7; 32]));
});
