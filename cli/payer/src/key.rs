//! Clients' keys, and what they sign.

use std::{fs, path::Path, str::FromStr};

use sp_core::{ecdsa, ed25519, sr25519, Pair};
use sp_runtime::{traits::IdentifyAccount, MultiSignature, MultiSigner};
use syngraph_client::secret::{self, Scheme, WellKnown};
use syngraph_primitives::{ChannelId, ClientId, GenesisHash, Membership, Payload, Receipt};
use syngraph_runtime::Balance;

use crate::{Error, SignedReceipt};

/// A client's key, of any of the schemes that receipts are signed with.
#[derive(Clone)]
pub struct Key {
	pair: KeyPair,
	is_well_known: bool,
}

#[derive(Clone)]
enum KeyPair {
	/// An sr25519 key, which can sign transactions as well.
	Sr25519(Box<sr25519::Pair>),
	/// An ed25519 key.
	Ed25519(Box<ed25519::Pair>),
	/// A secp256k1 key.
	Secp256k1(Box<ecdsa::Pair>),
}

impl Key {
	/// The key that a line makes: `<secret>` or `<scheme> <secret>`, as [`secret`] says.
	pub fn parse(line: &str, well_known: WellKnown) -> Result<Self, String> {
		let (scheme, secret) = secret::scheme(line);
		Self::of(scheme, secret, well_known)
	}

	/// Reads the key in a file.
	pub fn read(path: &Path, well_known: WellKnown) -> Result<Self, Error> {
		let key = secret::read_key(path, |scheme, secret| Self::of(scheme, secret, well_known));
		Ok(key?)
	}

	fn of(scheme: Scheme, secret: &str, well_known: WellKnown) -> Result<Self, String> {
		fn make<P: Pair>(
			secret: &str,
			well_known: WellKnown,
			wrap: impl FnOnce(Box<P>) -> KeyPair,
		) -> Result<Key, String> {
			let key = secret::key::<P>(secret, well_known)?;
			Ok(Key {
				pair: wrap(Box::new(key.pair)),
				is_well_known: key.is_well_known,
			})
		}
		match scheme {
			Scheme::Sr25519 => make(secret, well_known, KeyPair::Sr25519),
			Scheme::Ed25519 => make(secret, well_known, KeyPair::Ed25519),
			Scheme::Secp256k1 => make(secret, well_known, KeyPair::Secp256k1),
		}
	}

	/// Whether everybody knows the key, so that it is for development chains only.
	pub fn is_well_known(&self) -> bool {
		self.is_well_known
	}

	/// The client that the key makes.
	pub fn client(&self) -> ClientId {
		match &self.pair {
			KeyPair::Sr25519(key) => MultiSigner::from(key.public()),
			KeyPair::Ed25519(key) => MultiSigner::from(key.public()),
			KeyPair::Secp256k1(key) => MultiSigner::from(key.public()),
		}
		.into_account()
	}

	/// The key as one that signs transactions.
	pub fn for_transactions(&self) -> Result<&sr25519::Pair, Error> {
		match &self.pair {
			KeyPair::Sr25519(key) => Ok(key),
			_ => Err(Error::CannotTransact),
		}
	}

	fn sign(&self, bytes: &[u8]) -> MultiSignature {
		match &self.pair {
			KeyPair::Sr25519(key) => key.sign(bytes).into(),
			KeyPair::Ed25519(key) => key.sign(bytes).into(),
			KeyPair::Secp256k1(key) => key.sign(bytes).into(),
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
	pub fn sign(
		&self,
		genesis: &GenesisHash,
		channel: ChannelId,
		amount: Balance,
	) -> SignedReceipt {
		let receipt = Receipt { channel, amount };
		SignedReceipt {
			signature: self.key.sign(&receipt.signing_bytes(genesis)),
			membership: self.membership.clone(),
			receipt,
		}
	}

	/// Whether everybody knows the key.
	pub fn is_well_known(&self) -> bool {
		self.key.is_well_known
	}

	/// Whether a receipt was signed by somebody else, provided that it is valid.
	pub fn is_of_another(&self, receipt: &SignedReceipt) -> bool {
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
				.map_err(|error| malformed(path, format!("line {number}: not a client: {error}")))
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
		Key::parse(text, WellKnown::Accepted).unwrap_or_else(|error| panic!("{error}"))
	}

	#[test]
	fn keys_of_every_scheme_sign_receipts_that_count() {
		for scheme in ["sr25519", "ed25519", "secp256k1"] {
			let key = key(&format!("{scheme} //Client"));
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
		for text in [
			"",
			"sr25519",
			"rsa //Alice",
			"ed25519 0x12",
			"ed25519 //Client # mine",
		] {
			assert!(Key::parse(text, WellKnown::Accepted).is_err(), "{text}");
		}
		assert!(Key::parse("ed25519 //Client", WellKnown::Refused).is_err());
		assert!(key("ed25519 //Client").is_well_known());
	}
}
