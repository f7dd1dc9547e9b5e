//! What a round is about, and whom it waits for.

use sp_core::H256;
use syngraph_primitives::{RosterNumber, SourceVersion};

use super::{Computed, Phase, Round};

impl Round {
	/// The version of the window's sources that it is about.
	pub fn version(&self) -> SourceVersion {
		self.computed.version
	}

	/// The window's Merkle root, as computed here.
	pub fn root(&self) -> H256 {
		self.computed.root
	}

	/// The number of the roster under which it takes place.
	pub fn roster(&self) -> RosterNumber {
		self.seat.roster.number
	}

	/// Whether the window was computed to the same end.
	pub fn is_same(&self, computed: &Computed) -> bool {
		let own = &self.computed;
		(own.window, own.version, own.root, own.digest, own.result)
			== (
				computed.window,
				computed.version,
				computed.root,
				computed.digest,
				computed.result,
			)
	}

	/// Whether the round waits for the member at `place`, which has not said what comes next.
	pub fn waits_for(&self, place: usize) -> bool {
		self.said(place).is_some_and(|said| match self.phase() {
			Phase::Committing => !self.is_credible(said),
			Phase::Revealing => !said.is_revealed(),
			Phase::Agreed | Phase::Null | Phase::Disputed => false,
		})
	}

	/// How many statements of the member at `place` were heard.
	pub fn heard_from(&self, place: usize) -> usize {
		self.said(place).map_or(0, |said| said.statements().count())
	}
}
