//! What settles a window.
#![no_main]

use codec::Encode;
use libfuzzer_sys::fuzz_target;
use sp_core::{sr25519, H256};
use syngraph_fuzz::{read, GENESIS};
use syngraph_primitives::SourceVersion;
use syngraph_protocol::Proof;

fuzz_target!(|data: &[u8]| {
	let Some(proof) = read::<Proof>(&mut &data[..]) else {
		return;
	};
	let members = proof.signatures.len();
	let keys: Vec<_> = (0..members as u64)
		.map(|member| (member, sr25519::Public::from_raw([member as u8; 32])))
		.collect();
	if proof.check_form(members).is_ok() {
		assert_eq!(
			proof.encoded_size() as u32,
			Proof::encoded_length(members as u32)
		);
	}
	let _ = proof.verify(&GENESIS, &H256::zero(), 0, 0, SourceVersion::bare(0), &keys);
	let _ = proof.hash();
});
