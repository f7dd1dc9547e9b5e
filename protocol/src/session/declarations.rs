//! What this intermediary and its peers are done with.

use alloc::vec::Vec;
use sp_core::sr25519;
use syngraph_primitives::{
	BlockNumber, Done, GenesisHash, Payload, RosterNumber, SignedDone, WindowIndex,
};

use super::{
	versions::{Stand, Versions},
	Epoch, Session,
};
use crate::Docket;

impl Session {
	/// The lowest window with which this intermediary has not declared itself done.
	pub fn below(&self) -> WindowIndex {
		self.epoch.declared
	}

	/// Declares all windows done with that are. One in dispute is not, unless it was before: to declare so
	/// would be to let those off who are wrong about it. Neither is one that can be computed anew, or will be when a
	/// sensor has another key.
	pub(super) fn declare(&mut self) {
		let number = self.epoch.roster.number;
		let case = self.case.as_ref().filter(|case| case.roster == number);
		let disputed = case.map(|case| case.window);
		let pending = disputed.into_iter().chain(self.unfinished()).min();
		self.epoch.declare(pending, self.now, &self.versions);
	}

	/// What this intermediary declares under a roster, signed with the help of `sign`.
	pub(super) fn declaration(
		&self,
		epoch: &Epoch,
		genesis: &GenesisHash,
		sign: &impl Fn(&[u8]) -> Option<sr25519::Signature>,
	) -> Option<SignedDone> {
		let done = Done {
			agreement: self.agreement,
			roster: epoch.roster.number,
			intermediary: self.intermediary,
			below: epoch.declared,
			at: epoch.at,
			replaced: epoch.replaced,
		};
		Some(SignedDone {
			signature: sign(&done.signing_bytes(genesis))?,
			done,
		})
	}

	/// The declarations of all members of a roster, in its order; the own one is signed with the help of
	/// `sign`. None if one is missing.
	pub fn declarations(
		&self,
		roster: RosterNumber,
		genesis: &GenesisHash,
		sign: &impl Fn(&[u8]) -> Option<sr25519::Signature>,
	) -> Option<Vec<SignedDone>> {
		let epoch = self.epoch_of(roster)?;
		let own = epoch.roster.place(self.intermediary);
		let all = epoch.done.iter().enumerate();
		all.map(|(place, signed)| match Some(place) == own {
			true => self.declaration(epoch, genesis, sign),
			false => signed.clone(),
		})
		.collect()
	}

	/// What all members of a roster, this one included, declare together.
	pub(super) fn all_done(&self, epoch: &Epoch) -> Stand {
		let own = epoch.roster.place(self.intermediary);
		let others = epoch.others(own);
		own.map_or(others, |_| epoch.stand().least(others))
	}

	/// Whether all members that a dispute hears are done with its window as it is now, and nothing is known about
	/// it here any more.
	pub(super) fn is_void(&self, docket: &Docket<BlockNumber>) -> bool {
		let Some(epoch) = self.epoch_of(docket.roster.number) else {
			return false;
		};
		let window = docket.window;
		let over = self.versions.is_over(window, self.all_done(epoch));
		over && !epoch.rounds.contains_key(&window)
	}

	/// What is done under the roster with the number.
	pub(super) fn epoch_of(&self, roster: RosterNumber) -> Option<&Epoch> {
		match self.epoch.roster.number == roster {
			true => Some(&self.epoch),
			false => self.former.get(&roster),
		}
	}

	/// The same, to go on with it, and the versions of its windows.
	pub(super) fn epoch_mut(&mut self, roster: RosterNumber) -> Option<(&mut Epoch, &Versions)> {
		let epoch = match self.epoch.roster.number == roster {
			true => &mut self.epoch,
			false => self.former.get_mut(&roster)?,
		};
		Some((epoch, &self.versions))
	}
}
