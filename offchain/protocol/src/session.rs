//! All windows of one agreement at one intermediary.
//!
//! A session is the state machine that an off-chain worker drives: inputs go in, outputs come out, and
//! nothing else happens. Its state is what must be saved between the two: an output may be acted on
//! only once the state that it came from is safely stored.

use alloc::{boxed::Box, collections::BTreeMap, vec::Vec};
use codec::{Decode, Encode};
use sp_core::sr25519;
use syngraph_primitives::{
	AgreementId, BlockNumber, GenesisHash, IntermediaryId, Progress, Roster, RosterNumber,
	Settlement, WindowIndex,
};

use crate::{
	round::{Computed, Exhibit, Phase, Rejection, Round, Seat, Sort},
	wire::{Ask, Bundle, Said, Utterance},
	Proof,
};

mod declarations;
mod disputes;
mod duties;
mod hearing;
mod tenure;

pub use duties::DocketView;

use disputes::Case;
use hearing::Behind;
use tenure::{Entry, Tenure};

/// How many windows are worked on at once. Bounds what one bundle says.
pub const MAX_OPEN: usize = 16;
/// After how many blocks without change a bundle is published again, since gossip may lose it.
pub const HEARTBEAT: BlockNumber = 8;
/// After how many blocks something that was submitted and is not on chain yet is submitted again.
pub const RETRY: BlockNumber = 4;
/// How many blocks each member leaves to those whose turn to submit comes before its own.
pub const TURN: BlockNumber = 2;
/// How many blocks a session listens before it says anything, whenever its node was started: time to learn
/// from its peers, and from what it said itself, that its state was lost or is an old one.
pub const LISTEN: BlockNumber = 3;
/// For how many blocks a round is kept after its window was decided, in case the block is retracted.
pub const KEEP: BlockNumber = 8;
/// For how many blocks messages that a peer has already are waited for before they are asked for.
pub const PATIENCE: BlockNumber = 2;

/// What the chain says about an agreement in one block.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Standing {
	/// Whether results still settle. If not, only open disputes are seen to their end.
	pub in_force: bool,
	/// Which windows are decided.
	pub progress: Progress,
	/// Who computes for it.
	pub roster: Roster,
	/// How many blocks an intermediary has to answer.
	pub answer: BlockNumber,
	/// The open disputes.
	pub dockets: Vec<DocketView>,
}

/// What happened.
#[derive(Clone, Debug)]
pub enum Input<'a> {
	/// There is a new best block.
	Block(BlockNumber, &'a Standing),
	/// A window was computed. It counts only if it is the one that [`Session::wanted`] named.
	Computed(Computed),
	/// A peer's bundle came. Its signatures have been verified, and it keeps of what others declared only
	/// what this intermediary did, see [`Bundle::keep_heard_of`].
	Received(&'a Bundle),
	/// What is missing of the messages of the windows that [`Session::lacks`] named.
	Missing(Vec<Ask>),
}

/// What is to be done about it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Output {
	/// Publish what [`Session::bundle`] makes anew.
	Publish,
	/// Submit the settlement of a window, see [`Session::proof`].
	Settle(WindowIndex),
	/// Report to the chain that two statements contradict each other.
	Report(Box<(Exhibit, Exhibit)>),
	/// Complain to the chain that members are silent about a window, see [`Session::utterance`].
	Complain(WindowIndex),
	/// Put on file what the member at a place said about a disputed window, see [`Session::testimony`].
	File(WindowIndex, u32, Sort),
	/// Show the chain the messages of a disputed window from a position on.
	Show(WindowIndex, u32),
	/// Have a dispute judged.
	Judge(WindowIndex),
	/// Have a dispute dismissed, see [`Session::declarations`].
	Dismiss(WindowIndex),
	/// A peer's utterance was not taken in. Worth a line in the log.
	Rejected(WindowIndex, usize, Rejection),
}

/// The state of one agreement at one intermediary.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
pub struct Session {
	agreement: AgreementId,
	intermediary: IntermediaryId,
	tenure: Tenure,
	/// What was done under other rosters.
	former: BTreeMap<RosterNumber, Tenure>,
	in_force: bool,
	progress: Progress,
	answer: BlockNumber,
	/// What tells apart the starts of its node.
	boot: Option<Vec<u8>>,
	/// The first block it heard of since its node was started.
	began: Option<BlockNumber>,
	now: BlockNumber,
	published: Option<BlockNumber>,
	complained: Option<BlockNumber>,
	behind: Option<Behind>,
	asks: Vec<Ask>,
	cases: BTreeMap<WindowIndex, Case>,
}

impl Session {
	/// A session that has heard nothing yet.
	pub fn new(seat: Seat) -> Self {
		Self {
			agreement: seat.agreement,
			intermediary: seat.intermediary,
			tenure: Tenure::new(seat.roster),
			former: BTreeMap::new(),
			in_force: false,
			progress: Progress::default(),
			answer: 0,
			boot: None,
			began: None,
			now: 0,
			published: None,
			complained: None,
			behind: None,
			asks: Vec::new(),
			cases: BTreeMap::new(),
		}
	}

	/// Whose session it is, and who else takes part.
	pub fn seat(&self) -> Seat {
		Seat {
			agreement: self.agreement,
			intermediary: self.intermediary,
			roster: self.tenure.roster.clone(),
		}
	}

	/// The window that is to be computed next, if there is room for another round.
	///
	/// Windows that are decided are passed over, but not those that all others claim to have done with: they
	/// would only have to claim it of windows that are yet to come.
	pub fn wanted(&self) -> Option<WindowIndex> {
		let full = self.tenure.open().count() >= MAX_OPEN;
		if self.place().is_none() || !self.in_force || self.is_listening() || full {
			return None;
		}
		let mut window = self.tenure.next.max(self.progress.base());
		while self.progress.is_decided(window) {
			window = window.checked_add(1)?;
		}
		Some(window)
	}

	/// The windows, first and last, whose missing messages are to be asked for: a peer has them, and the
	/// sensors had the time to send them here, too.
	pub fn lacks(&self) -> Option<(WindowIndex, WindowIndex)> {
		let behind = self.behind.as_ref()?;
		let waited = self.now >= behind.since.saturating_add(PATIENCE);
		(waited && self.wanted() == Some(behind.window)).then_some((behind.window, behind.last))
	}

	/// The lowest window whose messages may still be needed, if any. A spare needs those with which it
	/// would begin if it stepped in.
	pub fn needs(&self) -> Option<WindowIndex> {
		let own = match self.place() {
			Some(_) => self.tenure.needs(),
			None => self.tenure.roster.since,
		};
		let own = self.in_force.then(|| own.max(self.progress.base()));
		let disputed = self.cases.keys().next().copied();
		own.into_iter().chain(disputed).min()
	}

	/// What is to be published: with what this intermediary has done, what it says about each window, and
	/// what it lacks. All but the bundle itself is signed, with the help of `sign`.
	pub fn bundle(
		&self,
		genesis: &GenesisHash,
		sign: &impl Fn(&[u8]) -> Option<sr25519::Signature>,
	) -> Option<Bundle> {
		let said = self.tenure.open();
		let utterances: Option<Vec<_>> = said
			.map(|(_, entry)| entry.round.says().sign(genesis, sign))
			.collect();
		Some(Bundle {
			agreement: self.agreement,
			intermediary: self.intermediary,
			roster: self.tenure.roster.number,
			done: self.declaration(&self.tenure, genesis, sign)?,
			heard: self.tenure.done.iter().flatten().cloned().collect(),
			next: self.tenure.next,
			utterances: utterances?,
			asks: self.asks.clone(),
		})
	}

	/// The proof that settles a window on which all agree. `sign` makes the own signature.
	pub fn proof(
		&self,
		window: WindowIndex,
		sign: impl FnOnce(&Settlement) -> Option<sr25519::Signature>,
	) -> Option<Proof> {
		self.tenure.rounds.get(&window)?.round.proof(sign)
	}

	/// What this intermediary says about a window, signed with the help of `sign`.
	pub fn utterance(
		&self,
		window: WindowIndex,
		genesis: &GenesisHash,
		sign: &impl Fn(&[u8]) -> Option<sr25519::Signature>,
	) -> Option<Utterance> {
		let entry = self.tenure.rounds.get(&window)?;
		entry.round.says().sign(genesis, sign)
	}

	/// What is known of what the member at `place` said about a disputed window.
	pub fn testimony(
		&self,
		window: WindowIndex,
		place: u32,
		genesis: &GenesisHash,
		sign: &impl Fn(&[u8]) -> Option<sr25519::Signature>,
	) -> Option<Said> {
		let round = self.round_of(window, self.cases.get(&window)?.roster)?;
		round.testimony(place as usize, genesis, sign)
	}

	/// How far the round of a window has come, if there is one.
	pub fn phase(&self, window: WindowIndex) -> Option<Phase> {
		Some(self.tenure.rounds.get(&window)?.round.phase())
	}

	/// The windows that are being worked on.
	pub fn open_windows(&self) -> impl Iterator<Item = WindowIndex> + '_ {
		self.tenure.open().map(|(window, _)| window)
	}

	/// Takes an input in. The state must be saved before the outputs are acted on.
	pub fn step(&mut self, input: Input<'_>) -> Vec<Output> {
		let mut outputs = Vec::new();
		let before = self.speech();
		match input {
			Input::Block(number, standing) => self.on_block(number, standing, &mut outputs),
			Input::Computed(computed) => self.on_computed(computed),
			Input::Received(bundle) => self.on_received(bundle, &mut outputs),
			Input::Missing(asks) => self.asks = asks,
		}
		let now = self.now;
		self.tenure.look(now);
		if self.is_listening() {
			return outputs;
		}
		self.declare();
		if self.lacks().is_none() {
			self.asks.clear();
		}
		let silent = self
			.published
			.is_none_or(|at| now >= at.saturating_add(HEARTBEAT));
		let after = self.speech();
		if self.place().is_some() && (before != after || (silent && self.is_busy())) {
			self.published = Some(now);
			outputs.push(Output::Publish);
		}
		self.submissions(&mut outputs);
		outputs
	}

	/// Whether peers may need what there is to say, so that it is repeated.
	fn is_busy(&self) -> bool {
		!(self.tenure.rounds.is_empty() && self.asks.is_empty() && self.cases.is_empty())
	}

	/// The place among the members, if this intermediary is one.
	fn place(&self) -> Option<usize> {
		self.tenure.roster.place(self.intermediary)
	}

	/// The round of a window under the roster with the number.
	fn round_of(&self, window: WindowIndex, roster: RosterNumber) -> Option<&Round> {
		Some(&self.tenure_of(roster)?.rounds.get(&window)?.round)
	}

	/// What [`Session::bundle`] depends on: a cheap way to see whether it changed.
	fn speech(
		&self,
	) -> (
		RosterNumber,
		WindowIndex,
		Vec<(WindowIndex, bool)>,
		Vec<Ask>,
	) {
		let spoken = self.tenure.open();
		let spoken = spoken.map(|(window, entry)| (window, entry.round.is_revealed()));
		let number = self.tenure.roster.number;
		(
			number,
			self.tenure.declared,
			spoken.collect(),
			self.asks.clone(),
		)
	}

	fn on_block(&mut self, number: BlockNumber, standing: &Standing, outputs: &mut Vec<Output>) {
		self.now = number;
		self.began.get_or_insert(number);
		self.in_force = standing.in_force;
		self.answer = standing.answer;
		self.progress = standing.progress.clone();
		self.enter(&standing.roster);
		self.open_cases(&standing.dockets);
		self.tenure.decide(&self.progress, number);
		for view in &standing.dockets {
			self.read(view);
		}
		self.forget();
		if self.is_listening() {
			return;
		}
		for view in &standing.dockets {
			self.attend(view, outputs);
		}
		self.complain(&standing.dockets, outputs);
	}

	fn on_computed(&mut self, computed: Computed) {
		let window = computed.window;
		if self.wanted() != Some(window) {
			return;
		}
		let Some(next) = window.checked_add(1) else {
			return;
		};
		let round = Round::open(self.seat(), computed);
		self.tenure.next = next;
		let entry = Entry::new(round, self.now);
		self.tenure.rounds.insert(window, entry);
	}

	/// What is due to be submitted about windows that are not disputed yet.
	///
	/// Members take turns, window by window, so that not all of them submit the same settlement.
	fn submissions(&mut self, outputs: &mut Vec<Output>) {
		let Some(place) = self.place().filter(|_| self.in_force) else {
			return;
		};
		let now = self.now;
		let count = self.tenure.roster.members.len().max(1) as u64;
		for (window, entry) in &mut self.tenure.rounds {
			let reported = entry.phase == Phase::Disputed && !self.cases.contains_key(window);
			if entry.decided.is_some() || !(entry.phase == Phase::Agreed || reported) {
				continue;
			}
			let turn = (place as u64 + count - window % count) % count;
			let wait = TURN.saturating_mul(turn as BlockNumber);
			let due = match entry.tried {
				None => now >= entry.since.saturating_add(wait),
				Some(at) => now >= at.saturating_add(RETRY),
			};
			if !due {
				continue;
			}
			entry.tried = Some(now);
			outputs.extend(match entry.round.exhibits() {
				Some(exhibits) => Some(Output::Report(Box::new(exhibits.clone()))),
				None => Some(Output::Settle(*window)),
			});
		}
	}
}
