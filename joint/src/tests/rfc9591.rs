//! The test vectors of RFC 9591 for FROST(Ed25519, SHA-512), appendix E.1, by the very code that members run.
//!
//! There, a dealer has split a key among three, of whom the first and the third sign. These two are a group of two for
//! us: the dealer's `sk_i` times `λ_i` is what a member would have drawn.

use zeroize::Zeroizing;

use super::*;
use crate::{
	group::{point, scalar},
	key::factor,
};

/// A participant, with what it draws, and what comes of it.
struct Participant {
	identifier: u16,
	share: &'static str,
	hiding_randomness: &'static str,
	binding_randomness: &'static str,
	hiding_commitment: &'static str,
	binding_commitment: &'static str,
	signature_share: &'static str,
}

const PARTICIPANTS: [Participant; 2] = [
	Participant {
		identifier: 1,
		share: "929dcc590407aae7d388761cddb0c0db6f5627aea8e217f4a033f2ec83d93509",
		hiding_randomness: "06894e04ee4aceec8619d5f6a0a180e2f47194d2ac306cba586b555e7c48d765",
		binding_randomness: "40d6f879ff22e22409f7d808fed81f37118e7d3e4af71c0f44c60207553bcbce",
		hiding_commitment: "9b116f12589591a7e23fe8048059ab10ab48e67739e7a2fb3890f61a7999478c",
		binding_commitment: "c39b66b7dfccb122da24f13587f9a08c4347cae70046ca15169adf90ba65854d",
		signature_share: "60997f0142e43e8005027fe5ab7447dac00d22c2d7ddd9571a02613ba7d81c08",
	},
	Participant {
		identifier: 3,
		share: "d3cb090a075eb154e82fdb4b3cb507f110040905468bb9c46da8bdea643a9a02",
		hiding_randomness: "fa5d950626782aade9e33fa781376d4888c2d1de7c37518bc248eb818ed0cdde",
		binding_randomness: "7459a4d14ded0e365b085271be8dc6600d5b88f3978a2174297ffa32001a5afc",
		hiding_commitment: "e679a2a971748ccfaabead4dbe8ac1def61275c186c79d471e1e45091ad1e687",
		binding_commitment: "b2a942478453fabb6bd3181c56ba657413447b4136e1daea2484d396d1a516b3",
		signature_share: "79390e78bc59699c7af831f8f5fb478ec871a85f561a8641b5670ac4443f720f",
	},
];

const GROUP_KEY: &str = "15d21ccd7ee42959562fc8aa63224c8851fb3ec85a3faf66040d380fb9738673";
const SIGNED: &[u8] = b"test";
const SIGNATURE: &str = "154fb694ee7fcb37bf2381d94488c2a84b03b3352ad085feca81ad26d45852b7\
                         ecfe971ce4da95c4a95db93ac376b053897fca212ef85f99cf696bffeb178f07";

impl Participant {
	/// What a member would have drawn, for this to be its share.
	fn key_share(&self) -> KeyShare {
		let identifiers = PARTICIPANTS.map(|participant| participant.identifier);
		let share = scalar(&hex(self.share)).unwrap();
		let factor = factor(&identifiers, self.identifier);
		KeyShare::of(Zeroizing::new(share * factor.invert())).unwrap()
	}

	fn nonces(&self) -> Nonces {
		let hiding = Randomness::new(hex(self.hiding_randomness));
		let binding = Randomness::new(hex(self.binding_randomness));
		Nonces::of(&scalar(&hex(self.share)).unwrap(), hiding, binding).unwrap()
	}
}

fn joint_key() -> JointKey {
	let part = |participant: &Participant| {
		let key = point(participant.key_share().public()).unwrap();
		(participant.identifier, participant.identifier.into(), key)
	};
	JointKey::of(&PARTICIPANTS.each_ref().map(part)).unwrap()
}

#[test]
fn the_sum_of_what_members_would_have_drawn_is_the_dealers_key() {
	assert_eq!(digits(&joint_key().to_bytes()), GROUP_KEY);
}

#[test]
fn round_one() {
	for participant in &PARTICIPANTS {
		let expected = [
			participant.hiding_commitment,
			participant.binding_commitment,
		]
		.concat();
		let commitments = participant.nonces().commitments();
		assert_eq!(digits(&commitments.encode()), expected);
	}
}

#[test]
fn round_two_and_aggregation() {
	let key = joint_key();
	let commitments = PARTICIPANTS.each_ref().map(|p| p.nonces().commitments());
	let signing = Signing::new(&key, &commitments, SIGNED).unwrap();
	let mut shares = Vec::new();
	for participant in &PARTICIPANTS {
		let share = signing.sign(&participant.key_share(), participant.nonces());
		let share = share.unwrap();
		assert_eq!(digits(&share.encode()), participant.signature_share);
		let verified = signing.verify_share(participant.identifier.into(), &share);
		assert_eq!(verified, Ok(()));
		shares.push(share);
	}
	let signature = signing.aggregate(&shares).unwrap();
	assert_eq!(digits(&signature.to_bytes()), SIGNATURE);
	assert!(verifies(&key, SIGNED, &signature));
}
