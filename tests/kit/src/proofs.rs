//! Proofs of computation whose members have signed by themselves.

use sp_core::sr25519;
use syngraph_protocol::{Assents, Proof, Singles};

use crate::bounded;

/// The assents of members who made these signatures, and ask for no joint key.
pub fn singly(signatures: Vec<sr25519::Signature>) -> Assents {
	Assents::Single(Singles {
		signatures: bounded(signatures),
		..Default::default()
	})
}

/// The signatures of all members. Panics if they have signed jointly.
pub fn singles(proof: &mut Proof) -> &mut Singles {
	match &mut proof.assents {
		Assents::Single(singles) => singles,
		Assents::Joint(_) => panic!("all have signed jointly"),
	}
}
