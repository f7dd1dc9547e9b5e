//! Clients' keys, and what they sign.

use std::{fs, path::Path, str::FromStr};

use sp_core::{ecdsa, ed25519, sr25519, Pair};
use sp_runtime::{traits::IdentifyAccount, MultiSignature, MultiSigner};
use syngraph_primitives::{
	ChannelId, ClientId, GenesisHash, Membership, Payload, Receipt as Unsigned,
};
use syngraph_runtime::Balance;

use crate::{Error, Receipt};

/// A client's key, of any of the schemes that receipts are signed with.
#[derive(Clone)]
pub enum Key {
	/// An sr25519 key, which can sign transactions as well.
	Sr25519(Box<sr25519::Pair>),
	/// An ed25519 key.
	Ed25519(Box<ed25519::Pair>),
	/// A secp256k1 key.
	Secp256k1(Box<ecdsa::Pair>),
}

impl FromStr for Key {
	type Err = String;

	/// Reads `<scheme> <secret>`, where the secret is a seed in hexadecimal or a phrase.
	fn from_str(text: &str) -> Result<Self, String> {
		let (scheme, secret) = text
			.trim()
			.split_once(char::is_whitespace)
			.ok_or("a key is `<scheme> <secret>`")?;
		let secret = secret.trim();
		match scheme {
			"sr25519" => pair(secret).map(Self::Sr25519),
			"ed25519" => pair(secret).map(Self::Ed25519),
			"secp256k1" => pair(secret).map(Self::Secp256k1),
			_ => Err("the scheme is sr25519, ed25519 or secp256k1".into()),
		}
	}
}

fn pair<P: Pair>(secret: &str) -> Result<Box<P>, String> {
	P::from_string(secret, None)
		.map(Box::new)
		.map_err(|error| format!("no secret of a key: {error}"))
}

impl Key {
	/// Reads the key in a file.
	pub fn read(path: &Path) -> Result<Self, Error> {
		read(path)?
			.parse()
			.map_err(|reason| malformed(path, reason))
	}

	/// The client that the key makes.
	pub fn client(&self) -> ClientId {
		match self {
			Self::Sr25519(key) => MultiSigner::from(key.public()),
			Self::Ed25519(key) => MultiSigner::from(key.public()),
			Self::Secp256k1(key) => MultiSigner::from(key.public()),
		}
		.into_account()
	}

	/// The key as one that signs transactions.
	pub fn for_transactions(&self) -> Result<&sr25519::Pair, Error> {
		match self {
			Self::Sr25519(key) => Ok(key),
			_ => Err(Error::CannotTransact),
		}
	}

	fn sign(&self, bytes: &[u8]) -> MultiSignature {
		match self {
			Self::Sr25519(key) => key.sign(bytes).into(),
			Self::Ed25519(key) => key.sign(bytes).into(),
			Self::Secp256k1(key) => key.sign(bytes).into(),
		}
	}
}

/// Who signs receipts.
#[derive(Clone)]
pub struct Signer {
	key: Key,
	membership: Option<Membership>,
}

impl Signer {
	/// A client that pays alone.
	pub fn alone(key: Key) -> Self {
		Self {
			key,
			membership: None,
		}
	}

	/// The member with this index of the group of these clients. None if it is not the key's place.
	pub fn member(key: Key, clients: &[ClientId], index: u32) -> Option<Self> {
		let membership = Membership::new(clients, index)?;
		(membership.client == key.client()).then_some(Self {
			key,
			membership: Some(membership),
		})
	}

	/// Signs for what the channel owes in all.
	pub fn sign(&self, genesis: &GenesisHash, channel: ChannelId, amount: Balance) -> Receipt {
		let receipt = Unsigned { channel, amount };
		Receipt {
			signature: self.key.sign(&receipt.signing_bytes(genesis)),
			membership: self.membership.clone(),
			receipt,
		}
	}

	/// Whether a receipt was signed by somebody else, provided that it is valid.
	pub fn is_of_another(&self, receipt: &Receipt) -> bool {
		match &receipt.membership {
			Some(membership) => membership.client != self.key.client(),
			None => false,
		}
	}
}

/// Reads the clients of a group: one in each line, as an address or in hexadecimal.
pub fn read_group(path: &Path) -> Result<Vec<ClientId>, Error> {
	let text = read(path)?;
	let lines = text.lines().map(str::trim).zip(1..);
	lines
		.map(|(line, number)| {
			ClientId::from_str(line)
				.map_err(|error| malformed(path, format!("line {number}: no client: {error}")))
		})
		.collect()
}

fn read(path: &Path) -> Result<String, Error> {
	fs::read_to_string(path).map_err(|reason| Error::Disk {
		path: path.into(),
		reason,
	})
}

fn malformed(path: &Path, reason: String) -> Error {
	Error::Malformed {
		path: path.into(),
		reason,
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use syngraph_primitives::{Group, Payer};

	const GENESIS: GenesisHash = GenesisHash::repeat_byte(1);

	fn key(text: &str) -> Key {
		text.parse().unwrap_or_else(|error| panic!("{error}"))
	}

	#[test]
	fn keys_of_every_scheme_sign_receipts_that_count() {
		for scheme in ["sr25519", "ed25519", "secp256k1"] {
			let key = key(&format!("{scheme} //Client\n"));
			let payer = Payer::Delegated(key.client());
			let receipt = Signer::alone(key).sign(&GENESIS, ChannelId::zero(), 7);
			let depositor = ClientId::new([0; 32]);
			assert_eq!(
				receipt.verify(&payer, &depositor, &GENESIS),
				Ok(()),
				"{scheme}"
			);
		}
	}

	#[test]
	fn a_member_signs_in_its_place_only() {
		let keys = ["//A", "//B"].map(|secret| key(&format!("ed25519 {secret}")));
		let clients = keys.clone().map(|key| key.client());
		let [_, second] = keys;
		assert!(Signer::member(second.clone(), &clients, 0).is_none());
		assert!(Signer::member(second.clone(), &clients, 2).is_none());
		let signer = Signer::member(second, &clients, 1).unwrap();
		let receipt = signer.sign(&GENESIS, ChannelId::zero(), 7);
		let payer = Payer::Group(Group::new(&clients).unwrap());
		assert_eq!(receipt.verify(&payer, &clients[0], &GENESIS), Ok(()));
		assert!(!signer.is_of_another(&receipt));
	}

	#[test]
	fn what_is_no_key_is_refused() {
		for text in ["", "sr25519", "rsa //Alice", "ed25519 0x12"] {
			assert!(text.parse::<Key>().is_err(), "{text}");
		}
	}
}
