//! What this intermediary and its peers have done with.

use alloc::vec::Vec;
use sp_core::sr25519;
use syngraph_primitives::{
	BlockNumber, Done, GenesisHash, Payload, RosterNumber, SignedDone, WindowIndex,
};

use super::{Session, Tenure};
use crate::Docket;

impl Session {
	/// The lowest window with which this intermediary has not declared itself done.
	pub fn below(&self) -> WindowIndex {
		self.tenure.declared
	}

	/// Declares all windows done with that are. One in dispute is not, unless it was before: to declare so
	/// would be to let those off who are wrong about it.
	pub(super) fn declare(&mut self) {
		let number = self.tenure.roster.number;
		let mut cases = self.cases.iter();
		let disputed = cases.find(|(_, case)| case.roster == number);
		self.tenure.declare(disputed.map(|(window, _)| *window));
	}

	/// What this intermediary declares under a roster, signed with the help of `sign`.
	pub(super) fn declaration(
		&self,
		tenure: &Tenure,
		genesis: &GenesisHash,
		sign: &impl Fn(&[u8]) -> Option<sr25519::Signature>,
	) -> Option<SignedDone> {
		let done = Done {
			agreement: self.agreement,
			roster: tenure.roster.number,
			intermediary: self.intermediary,
			below: tenure.declared,
		};
		Some(SignedDone {
			signature: sign(&done.signing_bytes(genesis))?,
			done,
		})
	}

	/// The declarations of all members that the dispute about a window hears, in the order of the roster;
	/// the own one is signed with the help of `sign`. None if one is missing.
	pub fn declarations(
		&self,
		window: WindowIndex,
		genesis: &GenesisHash,
		sign: &impl Fn(&[u8]) -> Option<sr25519::Signature>,
	) -> Option<Vec<SignedDone>> {
		let tenure = self.tenure_of(self.cases.get(&window)?.roster)?;
		let own = tenure.roster.place(self.intermediary)?;
		let all = tenure.done.iter().enumerate();
		all.map(|(place, signed)| match place == own {
			true => self.declaration(tenure, genesis, sign),
			false => signed.clone(),
		})
		.collect()
	}

	/// Whether all members that a dispute hears, this one included, have done with its window, and nothing
	/// is known about it here any more.
	pub(super) fn is_void(&self, docket: &Docket<BlockNumber>) -> bool {
		let Some(tenure) = self.tenure_of(docket.roster.number) else {
			return false;
		};
		let window = docket.window;
		let own = tenure.roster.place(self.intermediary);
		own.is_some()
			&& tenure.declared > window
			&& tenure.others_below(own) > window
			&& !tenure.rounds.contains_key(&window)
	}

	/// What is done under the roster with the number.
	pub(super) fn tenure_of(&self, roster: RosterNumber) -> Option<&Tenure> {
		match self.tenure.roster.number == roster {
			true => Some(&self.tenure),
			false => self.former.get(&roster),
		}
	}
}
