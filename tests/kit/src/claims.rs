//! What a member of a roster says about a window, as it has to say it.

use sp_core::H256;
use syngraph_primitives::{
	seal, AgreementId, Commitment, IntermediaryId, ResultValue, Reveal, RosterNumber, Secret,
	Settlement, SourceVersion, WindowIndex,
};
use syngraph_protocol::{possession, settlement_of};

/// What a member takes for a window, and for its result.
#[derive(Clone, Debug)]
pub struct Claim {
	/// The agreement.
	pub agreement: AgreementId,
	/// The window.
	pub window: WindowIndex,
	/// The number of the roster.
	pub roster: RosterNumber,
	/// The version of the window's sources.
	pub version: SourceVersion,
	/// Who claims it.
	pub member: IntermediaryId,
	/// The result; none is null.
	pub result: Option<ResultValue>,
	/// With what it seals the result.
	pub secret: Secret,
	/// The root of the window's Merkle tree.
	pub root: H256,
	/// The digest of the window.
	pub digest: H256,
}

impl Claim {
	/// The seal of the result.
	pub fn seal(&self) -> H256 {
		seal(
			&self.agreement,
			self.window,
			self.roster,
			self.version,
			self.member,
			self.result,
			&self.secret,
		)
	}

	/// What it commits to.
	pub fn commitment(&self) -> Commitment {
		Commitment {
			agreement: self.agreement,
			window: self.window,
			roster: self.roster,
			version: self.version,
			intermediary: self.member,
			seal: self.seal(),
			root: self.root,
			possession: possession(&self.agreement, self.window, self.member, &self.digest),
		}
	}

	/// What it reveals, to members who made this set of commitments.
	pub fn reveal(&self, commitments: H256) -> Reveal {
		Reveal {
			agreement: self.agreement,
			window: self.window,
			roster: self.roster,
			version: self.version,
			intermediary: self.member,
			result: self.result,
			secret: self.secret,
			commitments,
		}
	}

	/// The settlement that its reveal leads to, if its result is not null.
	pub fn settlement(&self, commitments: H256) -> Option<Settlement> {
		settlement_of(&self.commitment(), &self.reveal(commitments))
	}
}
