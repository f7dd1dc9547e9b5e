//! A test vector: one payload, who signs it, and how it is written down.

use scale_info::{MetaType, TypeInfo};
use serde_json::{json, Value};
use sp_core::{ed25519, sr25519, Pair, H256, H512};
use syngraph_primitives::{GenesisHash, Payload};

use crate::types::{self, hex, joined, Part};

/// Names the chain of all vectors.
pub const GENESIS: GenesisHash = H256::repeat_byte(7);

/// Who signs, and thereby with which scheme and in which form.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Signer {
	/// A sensor.
	Sensor,
	/// An intermediary.
	Intermediary,
	/// An account, perhaps in a wallet that puts `<Bytes>` around what it signs.
	Account,
	/// A client, named as an account is, whose signatures are over the bytes alone.
	Client,
}

impl Signer {
	/// The scheme of its vectors.
	fn scheme(self) -> &'static str {
		match self {
			Signer::Sensor => "ed25519",
			_ => "sr25519",
		}
	}

	/// All schemes that are accepted of it.
	fn accepted(self) -> &'static str {
		match self {
			Signer::Sensor | Signer::Intermediary => self.scheme(),
			Signer::Account => "any that an account may use, also between `<Bytes>` and `</Bytes>`",
			Signer::Client => "any that an account may use",
		}
	}
}

/// A signer's key, whose seed is one byte repeated.
#[derive(Clone, Copy)]
pub struct Key {
	/// Whose it is.
	pub signer: Signer,
	/// The byte.
	pub byte: u8,
}

impl Key {
	/// The secret seed.
	fn seed(&self) -> [u8; 32] {
		[self.byte; 32]
	}

	/// The public key.
	pub fn public(&self) -> [u8; 32] {
		match self.signer {
			Signer::Sensor => ed25519::Pair::from_seed(&self.seed()).public().0,
			_ => sr25519::Pair::from_seed(&self.seed()).public().0,
		}
	}

	/// A signature over the bytes. Those of sr25519 differ each time: it is the `known` one if that is good.
	pub fn sign(&self, bytes: &[u8], known: Option<[u8; 64]>) -> [u8; 64] {
		if self.signer == Signer::Sensor {
			return ed25519::Pair::from_seed(&self.seed()).sign(bytes).0;
		}
		let pair = sr25519::Pair::from_seed(&self.seed());
		let is_good = |signature: &[u8; 64]| {
			let signature = sr25519::Signature::from_raw(*signature);
			sr25519::Pair::verify(&signature, bytes, &pair.public())
		};
		known.filter(is_good).unwrap_or_else(|| pair.sign(bytes).0)
	}
}

/// A payload, and what is to be told of it.
pub struct Example<'a, P> {
	/// What it is called.
	pub name: &'static str,
	/// Who signs it.
	pub signed_by: &'static str,
	/// The key that signs it.
	pub key: Key,
	/// What is signed.
	pub payload: &'a P,
	/// Its fields, in the order of its encoding.
	pub fields: Vec<Part>,
	/// The payload as polkadot.js takes it, if `docs/how-to/polkadot-js.types.json` or the chain's metadata has its
	/// type.
	pub value: Option<Value>,
}

/// An example that is signed.
pub struct Vector {
	name: &'static str,
	signed_by: &'static str,
	key: Key,
	tag: String,
	ty: MetaType,
	fields: Vec<Part>,
	value: Option<Value>,
	payload: Vec<u8>,
	bytes: Vec<u8>,
	signature: [u8; 64],
}

impl Vector {
	/// The domain tag.
	pub fn tag(&self) -> &str {
		&self.tag
	}

	/// The type of its payload.
	pub fn ty(&self) -> &MetaType {
		&self.ty
	}

	/// What is published of it.
	pub fn json(&self) -> Value {
		let fields: Vec<_> = self.fields.iter().map(Part::json).collect();
		let mut vector = json!({
			"bytes": hex(&self.bytes),
			"fields": fields,
			"name": self.name,
			"payload": hex(&self.payload),
			"public": hex(&self.key.public()),
			"scheme": self.key.signer.scheme(),
			"seed": hex(&self.key.seed()),
			"signature": hex(&self.signature),
			"signed_by": self.signed_by,
			"tag": self.tag,
			"type": types::name(&self.ty),
		});
		if let Some(value) = &self.value {
			vector["value"] = value.clone();
		}
		vector
	}

	/// Its row of the table, with a link to the source file of its type.
	pub fn row(&self, file: &str) -> String {
		format!(
			"| [{}](../{file}) | `{}` | {} | {} | `{}` |\n",
			self.name,
			self.tag,
			self.signed_by,
			self.key.signer.accepted(),
			types::name(&self.ty),
		)
	}
}

/// Vectors in the making.
pub struct Book<'a> {
	/// Those that are published: a list.
	known: &'a Value,
	/// Those that are made.
	pub vectors: Vec<Vector>,
}

impl<'a> Book<'a> {
	/// A book without vectors. Good signatures are taken from the list of those that are published.
	pub fn new(known: &'a Value) -> Self {
		let vectors = Vec::new();
		Self { known, vectors }
	}

	/// Signs an example. Returns the signature.
	pub fn add<P: Payload + TypeInfo + 'static>(&mut self, example: Example<'_, P>) -> [u8; 64] {
		let Example { name, key, .. } = example;
		let payload = example.payload.encode();
		let whole = joined(&example.fields);
		assert_eq!(whole, payload, "{name}: its fields in their order");
		let bytes = example.payload.signing_bytes(&GENESIS);
		let signature = key.sign(&bytes, self.known(name));
		self.vectors.push(Vector {
			name,
			signed_by: example.signed_by,
			key,
			tag: String::from_utf8(P::TAG.to_vec()).expect("a tag is a text"),
			ty: MetaType::new::<P>(),
			fields: example.fields,
			value: example.value,
			payload,
			bytes,
			signature,
		});
		signature
	}

	/// The signature that is published with the vector of this name.
	fn known(&self, name: &str) -> Option<[u8; 64]> {
		let mut known = self.known.as_array()?.iter();
		let vector = known.find(|vector| vector["name"].as_str() == Some(name))?;
		let signature: H512 = vector["signature"].as_str()?.parse().ok()?;
		Some(signature.0)
	}
}
