//! What a member of a roster says in an attempt at a round, as it has to say it.

use sp_core::{sr25519, H256};
use syngraph_primitives::{
	blinding, seal, Assent, Blinding, Commitment, Complaint, GenesisHash, IntermediaryId, Outcomes,
	ResultValue, Reveal, Secret, Settlement, SignedCommitment, Span, Utterance,
};
use syngraph_protocol::{outcomes_root, possession, root_of};

use crate::people::sign;

/// What a member takes for a window, and for its result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WindowClaim {
	/// The result; none is null.
	pub result: Option<ResultValue>,
	/// The root of the window's Merkle tree.
	pub root: H256,
	/// The digest of the window.
	pub digest: H256,
}

/// What a member takes for the windows of a round.
#[derive(Clone, Debug)]
pub struct Claim {
	/// What it is about.
	pub span: Span,
	/// The commitments of the attempt before; none in the first.
	pub before: Option<H256>,
	/// Who claims it.
	pub member: IntermediaryId,
	/// With what it seals the outcomes.
	pub secret: Secret,
	/// The windows, in order.
	pub windows: Vec<WindowClaim>,
}

impl Claim {
	/// What the windows come to. Panics if there are more than a round can have.
	pub fn outcomes(&self) -> Outcomes {
		Outcomes::new(self.windows.iter().map(|window| window.result)).expect("a round's windows")
	}

	/// The root over the digests of the windows.
	pub fn digests(&self) -> H256 {
		root_of(self.windows.iter().map(|window| window.digest))
	}

	/// The seal of the outcomes.
	pub fn seal(&self) -> H256 {
		let outcomes = outcomes_root(&self.outcomes());
		seal(&self.span, self.member, &outcomes, &self.blinding())
	}

	/// What hides the outcomes in it, if it contributes nothing to a joint signature.
	pub fn blinding(&self) -> Blinding {
		blinding(&self.span, &self.secret, &None)
	}

	/// What it commits to.
	pub fn commitment(&self) -> Commitment {
		Commitment {
			span: self.span,
			intermediary: self.member,
			seal: self.seal(),
			data_root: root_of(self.windows.iter().map(|window| window.root)),
			possession: possession(&self.span, self.member, &self.digests()),
			before: self.before,
			contribution: None,
		}
	}

	/// The settlement that it assents to with members who made this set of commitments.
	pub fn settlement(&self, commitments: H256) -> Settlement {
		Settlement {
			span: self.span,
			outcomes: outcomes_root(&self.outcomes()),
			data_root: self.commitment().data_root,
			commitments,
			key: None,
		}
	}

	/// Its commitment, signed.
	pub fn committed(&self, key: &sr25519::Pair, genesis: &GenesisHash) -> Utterance {
		let commitment = self.commitment();
		Utterance {
			commit: SignedCommitment {
				signature: sign(key, genesis, &commitment),
				commitment,
			},
			reveal: None,
		}
	}

	/// The signature by which the member complains about the round.
	pub fn complains(&self, key: &sr25519::Pair, genesis: &GenesisHash) -> sr25519::Signature {
		let complaint = Complaint {
			round: self.span.round,
			intermediary: self.member,
		};
		sign(key, genesis, &complaint)
	}

	/// Its commitment and what it reveals, to members who made this set of commitments.
	pub fn revealed(
		&self,
		key: &sr25519::Pair,
		genesis: &GenesisHash,
		commitments: H256,
	) -> Utterance {
		let settlement = self.settlement(commitments);
		Utterance {
			reveal: Some(Reveal {
				outcomes: settlement.outcomes,
				secret: self.secret,
				commitments,
				assent: Assent::plain(sign(key, genesis, &settlement)),
			}),
			..self.committed(key, genesis)
		}
	}
}
