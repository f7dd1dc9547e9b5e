//! In which form a member assents.

use codec::{Decode, Encode};
use sp_core::{ed25519, H256};
use syngraph_joint::SignatureShare;

/// In which form a member assents.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Encode, Decode)]
pub enum Form {
	/// By its share of a joint signature.
	Joint(SignatureShare),
	/// By a signature of its own, which asks for this joint key to be in force from then on.
	Single(Option<ed25519::Public>),
}

/// How this member assents in an attempt.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Encode, Decode)]
pub(super) enum Stance {
	/// It has not been decided.
	Open,
	/// Jointly, by this key: the own share is to be made.
	Asked(ed25519::Public),
	/// Jointly.
	Joint {
		/// The key in force.
		key: ed25519::Public,
		/// The own share.
		share: SignatureShare,
		/// What the shares of all make, once they are there.
		signature: Option<ed25519::Signature>,
	},
	/// By a signature of its own, which asks for this joint key.
	Single(Option<ed25519::Public>),
}

impl Stance {
	/// What is said, if anything is.
	pub(super) fn form(&self) -> Option<Form> {
		match self {
			Self::Open | Self::Asked(_) => None,
			Self::Joint { share, .. } => Some(Form::Joint(*share)),
			Self::Single(key) => Some(Form::Single(*key)),
		}
	}

	/// The key by which it is hoped to sign jointly.
	pub(super) fn hopes_for(&self) -> Option<ed25519::Public> {
		match self {
			Self::Asked(key) | Self::Joint { key, .. } => Some(*key),
			_ => None,
		}
	}

	/// Whether nothing is missing here, if all others say the same.
	pub(super) fn is_complete(&self) -> bool {
		match self {
			Self::Open | Self::Asked(_) => false,
			Self::Joint { signature, .. } => signature.is_some(),
			Self::Single(_) => true,
		}
	}
}

/// What a member has revealed, or will, as soon as it is known in which form it assents.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Encode, Decode)]
pub(super) struct Revealed {
	/// The set of all commitments.
	pub set: H256,
	/// How it assents.
	pub stance: Stance,
}
