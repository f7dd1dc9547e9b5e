//! Joint signatures: one ordinary Ed25519 signature that all members of a roster make together.
//!
//! It is FROST(Ed25519, SHA-512) of RFC 9591, n of n, by the crates of its authors. But nobody deals out keys, and
//! there is no ceremony: every member draws a key share of its own, and the joint key is the sum of the public ones.
//!
//! 1. Each member draws a [`KeyShare`] and publishes its [`PublicShare`], which proves that the member knows it.
//! 2. The public shares of all members, in the order of their roster, make the [`JointKey`].
//! 3. For each signature, each member draws [`Nonces`] and publishes its [`NonceCommitments`] (round one of the RFC,
//!    section 5.1).
//! 4. Once all of these and the message are known, each member makes its [`SignatureShare`] with [`Signing::sign`]
//!    (round two, section 5.2).
//! 5. Whoever has the shares of all adds them up with [`Signing::aggregate`] to a [`Signature`] (section 5.3). A bad
//!    share names its author (section 5.4).
//!
//! Nothing here has randomness of its own: secrets are made of [`Randomness`] that the caller brings. What must be kept
//! in mind when doing so, and why all this is safe, is written down in `docs/decisions/0019-joint-signatures.md`.
//!
//! What travels is bytes of a fixed length, which are decoded as they are. They are looked at when they are used:
//! points must be canonical, of prime order and not the identity, scalars canonical (`DeserializeElement` and
//! `DeserializeScalar`, sections 3.1 and 6.1), and what is not names its author.
//!
//! ```
//! use syngraph_joint::{JointKey, KeyShare, Nonces, Randomness, Signers, Signing};
//!
//! # fn main() -> Result<(), syngraph_joint::Error> {
//! # let random = |n: u8| Randomness::new([n; 32]);
//! let signers = Signers { genesis: [1; 32], agreement: [2; 32], roster: 0, members: &[10, 20] };
//! let (alice, bob) = (KeyShare::new(random(1))?, KeyShare::new(random(2))?);
//! let public = [
//!     alice.public_share(&signers.membership(10)),
//!     bob.public_share(&signers.membership(20)),
//! ];
//! let key = JointKey::new(&signers, &public)?;
//!
//! let of_alice = Nonces::new(&alice, random(3), random(4))?;
//! let of_bob = Nonces::new(&bob, random(5), random(6))?;
//! let commitments = [of_alice.commitments(), of_bob.commitments()];
//!
//! let signing = Signing::new(&key, &commitments, b"settled")?;
//! let shares = [signing.sign(&alice, of_alice)?, signing.sign(&bob, of_bob)?];
//! let signature = signing.aggregate(&shares)?;
//! # let verifying = ed25519_zebra::VerificationKey::try_from(key.to_bytes()).unwrap();
//! # verifying.verify(&signature.to_bytes().into(), b"settled").unwrap();
//! # Ok(())
//! # }
//! ```
#![cfg_attr(not(feature = "std"), no_std)]

extern crate alloc;

mod error;
mod group;
mod key;
mod nonces;
mod public;
mod share;
mod signing;
#[cfg(test)]
mod tests;

pub use error::Error;
pub use key::{JointKey, Signers, MAX_SIGNERS, MIN_SIGNERS};
pub use nonces::{NonceCommitments, Nonces};
pub use public::{Membership, PublicShare};
pub use share::{KeyShare, Randomness};
pub use signing::{Signature, SignatureShare, Signing};

/// The number under which an intermediary is registered, as everywhere in the project.
pub type IntermediaryId = u64;
