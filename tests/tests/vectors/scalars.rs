//! What is hashed to scalars, for joint keys: Blake2b-512 of SCALE(tag, parts), as a little-endian number modulo the
//! order of the group of Ed25519.

use codec::Encode;
use curve25519_dalek::{edwards::EdwardsPoint, scalar::Scalar};
use serde_json::{json, Value};

use crate::{
	examples::{key_share, membership, terms, KEY_SHARES},
	types::{self, hex, joined, Part},
	vector::GENESIS,
};

/// Something that is hashed to a scalar.
pub struct Scalared {
	/// What the scalar is.
	name: &'static str,
	/// The tag before what is hashed.
	pub tag: &'static str,
	/// What follows the tag.
	pub parts: Vec<Part>,
}

impl Scalared {
	fn bytes(&self) -> Vec<u8> {
		[self.tag.as_bytes().encode(), joined(&self.parts)].concat()
	}

	fn scalar(&self) -> Scalar {
		let hash = blake2b_simd::blake2b(&self.bytes());
		Scalar::from_bytes_mod_order_wide(hash.as_array())
	}

	/// What is published of it.
	pub fn json(&self) -> Value {
		let fields: Value = self.parts.iter().map(Part::json).collect();
		json!({
			"bytes": hex(&self.bytes()),
			"fields": fields,
			"name": self.name,
			"scalar": hex(&self.scalar().to_bytes()),
			"tag": self.tag,
		})
	}

	/// Its row of the table.
	pub fn row(&self) -> String {
		let part = |part: &Part| format!("{} `{}`", part.name, types::name(&part.ty));
		let parts: Vec<_> = self.parts.iter().map(part).collect();
		format!(
			"| {} | `{}` | {} |\n",
			self.name,
			self.tag,
			parts.join(", ")
		)
	}
}

/// All examples: those of the first member's share of the joint key, as the code makes it.
pub fn scalars() -> Vec<Scalared> {
	let agreement = terms().id(&GENESIS);
	let membership = membership(agreement, 0);
	let public = key_share(0).public_share(&membership).encode();
	let part = |at: usize| -> [u8; 32] { public[32 * at..32 * (at + 1)].try_into().expect("32") };
	let [key, commitment, response] = [0, 1, 2].map(part);
	let member = || {
		vec![
			Part::new("genesis", &membership.genesis),
			Part::new("agreement", &membership.agreement),
			Part::new("roster", &membership.roster),
			Part::new("intermediary", &membership.intermediary),
		]
	};
	let share = Scalared {
		name: "share of a joint key, a scalar",
		tag: "syngraph/joint/key-share/1",
		parts: vec![Part::new("randomness", &KEY_SHARES[0])],
	};
	let secret = share.scalar();
	let mut parts = vec![Part::new("share", &secret.to_bytes())];
	parts.extend(member());
	let nonce = Scalared {
		name: "nonce of the proof of a share, a scalar",
		tag: "syngraph/joint/proof-nonce/1",
		parts,
	};
	let mut parts = member();
	parts.push(Part::new("key", &key));
	parts.push(Part::new("commitment", &commitment));
	let challenge = Scalared {
		name: "challenge of the proof of a share, a scalar",
		tag: "syngraph/joint/share-proof/1",
		parts,
	};
	let point = |scalar: Scalar| EdwardsPoint::mul_base(&scalar).compress().to_bytes();
	assert_eq!(point(secret), key);
	assert_eq!(point(nonce.scalar()), commitment);
	let answer = nonce.scalar() + challenge.scalar() * secret;
	assert_eq!(answer.to_bytes(), response);
	vec![share, nonce, challenge]
}
