//! What every signed payload has in common.

use alloc::vec::Vec;
use codec::Encode;
use sp_runtime::traits::{IdentifyAccount, Verify};

use crate::GenesisHash;

/// Something that is signed.
///
/// The signature is made over [`Payload::signing_bytes`]: a domain tag of its own, the chain's genesis
/// hash, and the SCALE encoding of the payload, so that bytes signed for one purpose or one chain mean
/// nothing to another.
pub trait Payload: Encode {
	/// The domain tag. Unique among payloads, and changed with every change of their encoding.
	const TAG: &'static [u8];

	/// The bytes that are signed: the length-prefixed tag, the genesis hash, the payload.
	fn signing_bytes(&self, genesis: &GenesisHash) -> Vec<u8> {
		(Self::TAG, genesis, self).encode()
	}
}

/// Verifies a signature over `bytes` or over `<Bytes>bytes</Bytes>`.
///
/// Wallets wrap raw bytes so before a user signs them, lest they be a transaction in disguise.
pub fn verify_wrapped<S: Verify>(
	signature: &S,
	bytes: &[u8],
	signer: &<S::Signer as IdentifyAccount>::AccountId,
) -> bool {
	signature.verify(bytes, signer) || {
		let wrapped = [b"<Bytes>", bytes, b"</Bytes>"].concat();
		signature.verify(&wrapped[..], signer)
	}
}
