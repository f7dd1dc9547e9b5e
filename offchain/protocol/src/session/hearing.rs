//! What peers say.

use alloc::vec::Vec;
use codec::{Decode, Encode};
use syngraph_primitives::{BlockNumber, WindowIndex};

use super::{Output, Session};
use crate::wire::Bundle;

/// A window that a peer has committed to and that cannot be computed here.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
pub(super) struct Behind {
	pub(super) window: WindowIndex,
	/// The block in which that was first seen.
	pub(super) since: BlockNumber,
	/// The highest window that a peer has committed to.
	pub(super) last: WindowIndex,
}

impl Session {
	pub(super) fn on_received(&mut self, bundle: &Bundle, outputs: &mut Vec<Output>) {
		let place = self.tenure.roster.place(bundle.intermediary);
		let same = bundle.agreement == self.agreement && bundle.roster == self.tenure.roster.number;
		let Some(from) = place.filter(|_| same) else {
			return;
		};
		if bundle.intermediary == self.intermediary {
			return self.on_own(bundle);
		}
		if let Some(below) = self.tenure.below.get_mut(from) {
			*below = bundle.below.max(*below);
		}
		for utterance in &bundle.utterances {
			let Some((commit, _)) = utterance.parts() else {
				continue;
			};
			let same = commit.agreement == bundle.agreement
				&& commit.intermediary == bundle.intermediary
				&& commit.roster == bundle.roster;
			if !same {
				continue;
			}
			self.fall_behind(commit.window);
			let Some(entry) = self.tenure.rounds.get_mut(&commit.window) else {
				continue;
			};
			if let Err(rejection) = entry.round.receive(from, utterance) {
				outputs.push(Output::Rejected(commit.window, from, rejection));
			}
		}
	}

	/// Notes that a peer has committed to a window, if this one waits for the messages of one up to it.
	fn fall_behind(&mut self, last: WindowIndex) {
		let Some(window) = self.wanted().filter(|wanted| *wanted <= last) else {
			return;
		};
		let since = self.now;
		match &mut self.behind {
			Some(behind) if behind.window == window => behind.last = behind.last.max(last),
			behind => {
				*behind = Some(Behind {
					window,
					since,
					last,
				})
			},
		}
	}

	/// The own bundle came back. It tells nothing new, unless the state was lost since it was made: what
	/// was committed to then can no longer be revealed, and must not be committed to again.
	fn on_own(&mut self, bundle: &Bundle) {
		let said = bundle
			.utterances
			.iter()
			.filter_map(|utterance| utterance.parts());
		let said = said
			.map(|(commit, _)| commit.window.saturating_add(1))
			.max()
			.unwrap_or(0);
		self.tenure.next = self.tenure.next.max(bundle.below).max(said);
	}
}
