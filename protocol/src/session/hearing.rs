//! What peers say.

use alloc::vec::Vec;
use codec::{Decode, Encode};
use syngraph_primitives::{BlockNumber, WindowIndex};

use super::{Output, Session, LISTEN};
use crate::wire::{Bundle, Said};

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
	/// Tells what tells apart the starts of the node. If it was started again since the session was last told,
	/// the state may be older than what was said: a disk may lose what it was given last. Then the session
	/// listens before it says anything.
	pub fn start(&mut self, boot: Option<Vec<u8>>) {
		if self.boot != boot {
			self.boot = boot;
			self.began = None;
			self.published = None;
		}
	}

	/// Whether it is too early to say anything.
	pub(super) fn is_listening(&self) -> bool {
		self.began
			.is_none_or(|began| self.now < began.saturating_add(LISTEN))
	}

	pub(super) fn on_received(&mut self, bundle: &Bundle, outputs: &mut Vec<Output>) {
		let place = self.epoch.roster.place(bundle.intermediary);
		let same = bundle.agreement == self.agreement && bundle.roster == self.epoch.roster.number;
		let Some(from) = place.filter(|_| same) else {
			return;
		};
		if bundle.intermediary == self.intermediary {
			return self.on_own(bundle);
		}
		if bundle.below().is_some() {
			self.epoch.hear_done(from, &bundle.done);
		}
		if let Some(below) = bundle.heard_of(self.intermediary) {
			self.epoch.recall_done(below);
		}
		let mut news = false;
		for utterance in &bundle.utterances {
			let Some((commit, _)) = utterance.parts() else {
				continue;
			};
			let same = commit.agreement == bundle.agreement
				&& commit.intermediary == bundle.intermediary
				&& commit.roster == bundle.roster;
			if !same || self.version(commit.window) != Some(commit.version) {
				continue;
			}
			self.fall_behind(commit.window);
			let Some(entry) = self.epoch.rounds.get_mut(&commit.window) else {
				continue;
			};
			let before = entry.round.heard_from(from);
			if let Err(rejection) = entry.round.receive(from, utterance) {
				outputs.push(Output::Rejected(commit.window, from, rejection));
			}
			news |= entry.round.heard_from(from) > before;
		}
		self.follow(from, bundle, news);
	}

	/// Notes that a peer has committed to a window, if this one waits for the messages of one up to it.
	fn fall_behind(&mut self, last: WindowIndex) {
		let Some(window) = self.lowest().filter(|lowest| *lowest <= last) else {
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

	/// The own bundle came back. It tells nothing new, unless the state was lost since it was made, or is an
	/// old one: what was said then must not be said otherwise.
	fn on_own(&mut self, bundle: &Bundle) {
		self.epoch.recall_past(&bundle.past);
		for utterance in &bundle.utterances {
			let Some((commit, _)) = utterance.parts() else {
				continue;
			};
			let said = Said {
				commit: Some(utterance.commit.clone()),
				reveal: utterance.reveal.clone(),
			};
			self.epoch.recall(commit.window, &said);
		}
		if let Some(below) = bundle.below() {
			self.epoch.recall_done(below);
		}
	}
}
