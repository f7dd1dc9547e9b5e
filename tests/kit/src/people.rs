//! Who takes part in tests, with which keys, and what they sign.

use codec::Encode;
use sp_core::{ed25519, sr25519, Pair};
use sp_keyring::Sr25519Keyring;
use sp_runtime::AccountId32;
use syngraph_primitives::{GenesisHash, KeyProof, Message, Payload, Role, SignedMessage};

/// The account of a user.
pub fn alice() -> AccountId32 {
	Sr25519Keyring::Alice.to_account_id()
}

/// The account of another user.
pub fn bob() -> AccountId32 {
	Sr25519Keyring::Bob.to_account_id()
}

/// The account of a third one.
pub fn charlie() -> AccountId32 {
	Sr25519Keyring::Charlie.to_account_id()
}

/// The key of an intermediary or an account.
pub fn sr25519_key(seed: u8) -> sr25519::Pair {
	sr25519::Pair::from_seed(&[seed; 32])
}

/// The key of a sensor.
pub fn ed25519_key(seed: u8) -> ed25519::Pair {
	ed25519::Pair::from_seed(&[seed; 32])
}

/// The signature of a payload.
pub fn sign<P: Pair>(key: &P, genesis: &GenesisHash, payload: &impl Payload) -> P::Signature {
	key.sign(&payload.signing_bytes(genesis))
}

/// What a key signs so that `owner` can register it.
pub fn key_proof<P: Pair>(
	key: &P,
	genesis: &GenesisHash,
	role: Role,
	owner: &(impl Encode + Clone),
) -> P::Signature {
	let owner = owner.clone();
	sign(key, genesis, &KeyProof { role, owner })
}

/// A message, signed.
pub fn signed_message(
	key: &ed25519::Pair,
	genesis: &GenesisHash,
	message: Message,
) -> SignedMessage {
	SignedMessage {
		signature: sign(key, genesis, &message),
		message,
	}
}
