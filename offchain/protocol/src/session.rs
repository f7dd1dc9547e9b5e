//! All windows of one agreement at one intermediary.
//!
//! A session is the state machine that an off-chain worker drives: inputs go in, outputs come out, and
//! nothing else happens. Its state is what must be saved between the two: an output may be acted on
//! only once the state that it came from is safely stored.

use alloc::{boxed::Box, collections::BTreeMap, vec::Vec};
use codec::{Decode, Encode};
use sp_core::sr25519;
use syngraph_primitives::{Progress, Settlement, WindowIndex};

use crate::{
	round::{Computed, Exhibit, Phase, Rejection, Roster, Round},
	wire::{Bundle, Unsigned},
	Proof,
};

/// How many windows are worked on at once. Bounds what one bundle says.
pub const MAX_OPEN: usize = 16;
/// After how many blocks without change a bundle is published again, since gossip may lose it.
pub const HEARTBEAT: u64 = 8;
/// After how many blocks a settlement or a report that is not on chain yet is submitted again.
pub const RETRY: u64 = 4;
/// How many blocks each member leaves to those whose turn to submit comes before its own.
pub const TURN: u64 = 2;
/// How many blocks a session that knows of no earlier one listens before it says anything: time to learn
/// from its peers, and from what it said itself, that its state was lost.
pub const LISTEN: u64 = 3;
/// For how many blocks a round is kept after its window was decided, in case the block is retracted.
pub const KEEP: u64 = 8;

/// What happened.
#[derive(Clone, Debug)]
pub enum Input {
	/// There is a new best block.
	Block {
		/// Its number.
		number: u64,
		/// Which of the agreement's windows are decided in its state.
		progress: Progress,
	},
	/// A window was computed. It counts only if it is the one that [`Session::wanted`] named.
	Computed(Computed),
	/// A peer's bundle came. Its signatures have been verified.
	Received(Bundle),
}

/// What is to be done about it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Output {
	/// Publish what [`Session::says`] anew.
	Publish,
	/// Submit the settlement of a window, see [`Session::proof`].
	Settle(WindowIndex),
	/// Report to the chain that two statements contradict each other.
	Report(Box<(Exhibit, Exhibit)>),
	/// A peer's utterance was not taken in. Worth a line in the log.
	Rejected(WindowIndex, usize, Rejection),
}

/// A round and what has been done about it.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
struct Entry {
	round: Round,
	/// The block since which there is something to submit.
	due_since: Option<u64>,
	/// The block in which it was last submitted.
	tried: Option<u64>,
	/// The block in which the window was first seen to be decided.
	decided: Option<u64>,
}

impl Entry {
	/// Whether its author still needs others' statements about it.
	fn is_done(&self) -> bool {
		self.decided.is_some() || *self.round.phase() == Phase::Null
	}
}

/// The state of one agreement at one intermediary.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
pub struct Session {
	roster: Roster,
	/// The lowest window that was never opened.
	next: WindowIndex,
	/// For every member, the window below which it has done with all.
	below: Vec<WindowIndex>,
	progress: Progress,
	/// The first block it heard of.
	began: Option<u64>,
	now: u64,
	published: Option<u64>,
	rounds: BTreeMap<WindowIndex, Entry>,
}

impl Session {
	/// A session that has heard nothing yet.
	pub fn new(roster: Roster) -> Self {
		let below = alloc::vec![0; roster.members.len()];
		Self {
			roster,
			next: 0,
			below,
			progress: Progress::default(),
			began: None,
			now: 0,
			published: None,
			rounds: BTreeMap::new(),
		}
	}

	/// Who takes part.
	pub fn roster(&self) -> &Roster {
		&self.roster
	}

	/// The window that is to be computed next, if there is room for another round.
	///
	/// Windows that are decided are passed over, and so are those that all others have done with: a
	/// result of such a window can no longer become unanimous.
	pub fn wanted(&self) -> Option<WindowIndex> {
		let open = self
			.rounds
			.values()
			.filter(|entry| entry.decided.is_none())
			.count();
		let listening = self
			.began
			.is_none_or(|began| self.now < began.saturating_add(LISTEN));
		if open >= MAX_OPEN || listening {
			return None;
		}
		let mut window = self.next.max(self.progress.base()).max(self.others_below());
		while self.progress.is_decided(window) {
			window = window.checked_add(1)?;
		}
		Some(window)
	}

	/// The lowest window that is not done with: data of the ones below it is no longer needed.
	pub fn below(&self) -> WindowIndex {
		self.rounds
			.iter()
			.find(|(_, entry)| !entry.is_done())
			.map_or(self.next, |(window, _)| *window)
	}

	/// What is to be published: how far this intermediary is, and what it says about each window.
	pub fn says(&self) -> (WindowIndex, Vec<Unsigned>) {
		let said = self
			.rounds
			.values()
			.filter(|entry| entry.decided.is_none())
			.map(|entry| entry.round.says(&self.roster))
			.collect();
		(self.below(), said)
	}

	/// The proof that settles a window on which all agree. `sign` makes the own signature.
	pub fn proof(
		&self,
		window: WindowIndex,
		sign: impl FnOnce(&Settlement) -> Option<sr25519::Signature>,
	) -> Option<Proof> {
		self.rounds.get(&window)?.round.proof(&self.roster, sign)
	}

	/// How far the round of a window has come, if there is one.
	pub fn phase(&self, window: WindowIndex) -> Option<&Phase> {
		Some(self.rounds.get(&window)?.round.phase())
	}

	/// The windows that are being worked on.
	pub fn open_windows(&self) -> impl Iterator<Item = WindowIndex> + '_ {
		self.rounds
			.iter()
			.filter(|(_, entry)| entry.decided.is_none())
			.map(|(window, _)| *window)
	}

	/// Takes an input in. The state must be saved before the outputs are acted on.
	pub fn step(&mut self, input: Input) -> Vec<Output> {
		let mut outputs = Vec::new();
		let before = self.speech();
		match input {
			Input::Block { number, progress } => self.on_block(number, progress),
			Input::Computed(computed) => self.on_computed(computed),
			Input::Received(bundle) => self.on_received(bundle, &mut outputs),
		}
		let silent = self
			.published
			.is_none_or(|at| self.now >= at.saturating_add(HEARTBEAT));
		if before != self.speech() || (silent && !self.rounds.is_empty()) {
			self.published = Some(self.now);
			outputs.push(Output::Publish);
		}
		self.submissions(&mut outputs);
		outputs
	}

	/// What [`Session::says`] depends on: a cheap way to see whether it changed.
	fn speech(&self) -> (WindowIndex, Vec<(WindowIndex, bool)>) {
		let spoken = self
			.rounds
			.iter()
			.filter(|(_, entry)| entry.decided.is_none());
		let spoken =
			spoken.map(|(window, entry)| (*window, *entry.round.phase() != Phase::Committing));
		(self.below(), spoken.collect())
	}

	/// The lowest window that some other member has not done with.
	fn others_below(&self) -> WindowIndex {
		let others = self.below.iter().enumerate();
		let others = others.filter(|(place, _)| *place != self.roster.me as usize);
		others.map(|(_, below)| *below).min().unwrap_or(0)
	}

	fn on_block(&mut self, number: u64, progress: Progress) {
		self.now = number;
		self.began.get_or_insert(number);
		self.progress = progress;
		for (window, entry) in &mut self.rounds {
			entry.decided = match self.progress.is_decided(*window) {
				true => entry.decided.or(Some(number)),
				false => None,
			};
		}
		let others_below = self.others_below();
		self.rounds.retain(|window, entry| match entry.decided {
			Some(at) => number < at.saturating_add(KEEP),
			None => *entry.round.phase() != Phase::Null || *window >= others_below,
		});
	}

	fn on_computed(&mut self, computed: Computed) {
		let window = computed.window;
		if self.wanted() != Some(window) {
			return;
		}
		let Some(next) = window.checked_add(1) else {
			return;
		};
		self.next = next;
		let round = Round::open(&self.roster, computed);
		let entry = Entry {
			round,
			due_since: None,
			tried: None,
			decided: None,
		};
		self.rounds.insert(window, entry);
	}

	fn on_received(&mut self, bundle: Bundle, outputs: &mut Vec<Output>) {
		let Some(from) = self.roster.place(bundle.intermediary) else {
			return;
		};
		if bundle.agreement != self.roster.agreement {
			return;
		}
		if from == self.roster.me as usize {
			return self.on_own(&bundle);
		}
		if let Some(below) = self.below.get_mut(from) {
			*below = bundle.below.max(*below);
		}
		for utterance in &bundle.utterances {
			let Some((commit, _)) = utterance.parts() else {
				continue;
			};
			if commit.agreement != bundle.agreement || commit.intermediary != bundle.intermediary {
				continue;
			}
			let Some(entry) = self.rounds.get_mut(&commit.window) else {
				continue;
			};
			if let Err(rejection) = entry.round.receive(&self.roster, from, utterance) {
				outputs.push(Output::Rejected(commit.window, from, rejection));
			}
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
		self.next = self.next.max(bundle.below).max(said);
	}

	/// What is due to be submitted.
	///
	/// Members take turns, window by window, so that not all of them submit the same settlement.
	fn submissions(&mut self, outputs: &mut Vec<Output>) {
		let now = self.now;
		let count = self.roster.members.len().max(1) as u64;
		for (window, entry) in &mut self.rounds {
			let agreed = *entry.round.phase() == Phase::Agreed;
			if entry.decided.is_some()
				|| !(agreed || matches!(entry.round.phase(), Phase::Disputed(_)))
			{
				continue;
			}
			let since = *entry.due_since.get_or_insert(now);
			let turn = (u64::from(self.roster.me) + count - window % count) % count;
			let due = match entry.tried {
				None => now >= since.saturating_add(TURN * turn),
				Some(at) => now >= at.saturating_add(RETRY),
			};
			if !due {
				continue;
			}
			entry.tried = Some(now);
			outputs.push(match entry.round.phase() {
				Phase::Disputed(exhibits) => Output::Report(exhibits.clone()),
				_ => Output::Settle(*window),
			});
		}
	}
}
