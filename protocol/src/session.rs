//! All windows of one agreement at one intermediary.
//!
//! A session is the state machine that an off-chain worker drives: inputs go in, outputs come out, and
//! nothing else happens. Its state is what must be saved between the two: an output may be acted on
//! only once the state that it came from is safely stored.

use alloc::{boxed::Box, collections::BTreeMap, vec::Vec};
use codec::{Decode, Encode};
use sp_core::{sr25519, H256};
use syngraph_primitives::{
	AgreementId, BlockNumber, GenesisHash, IntermediaryId, Progress, Roster, RosterNumber,
	Settlement, SourceVersion, WindowIndex,
};

use crate::{
	round::{Computed, Exhibit, Phase, Rejection, Round, Seat, Sort},
	wire::{Ask, Bundle, Said, Utterance},
	Proof,
};

mod complaints;
mod declarations;
mod disputes;
mod duties;
mod entry;
mod epoch;
mod hearing;
mod spoken;
mod submissions;
mod versions;
mod windows;

pub use complaints::PATIENCE_FACTOR;
pub use duties::DisputeState;
pub use versions::Sources;

use complaints::Front;
use disputes::Case;
use entry::Entry;
use epoch::Epoch;
use hearing::Behind;
use versions::{Stand, Versions};

/// How many windows are worked on at once, beside one in dispute, and the most that one bundle speaks of.
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
	/// What its windows are made of.
	pub sources: Sources,
	/// The open dispute, if there is one.
	pub dispute: Option<DisputeState>,
}

/// What happened.
#[derive(Clone, Debug)]
pub enum Input<'a> {
	/// There is a new best block.
	Block(BlockNumber, &'a Standing),
	/// A window was computed. It counts only if it is one that [`Session::wanted`] named, from sources of the
	/// version that the last block gave it.
	Computed(Computed),
	/// A peer's bundle came. Its signatures have been verified, and it keeps of what others declared only
	/// what this intermediary did, see [`Bundle::keep_heard_of`].
	Received(&'a Bundle),
	/// All that peers have published so far has been taken in, since the last block came: whoever is silent
	/// now is.
	CaughtUp,
	/// What is missing of the messages of the windows that [`Session::lacks`] named.
	Missing(Vec<Ask>),
	/// Messages of the window that [`Session::disputed`] named are missing.
	Lacking(WindowIndex),
	/// The messages of all windows below one were dropped, because all members were done with them.
	Gone(WindowIndex),
}

/// What is to be done about it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Output {
	/// Publish what [`Session::bundle`] makes anew.
	Publish,
	/// Submit the settlement of a window, see [`Session::proof`].
	Settle(WindowIndex),
	/// Have those windows passed over that all members of a roster are done with, see
	/// [`Session::declarations`].
	Pass(RosterNumber),
	/// Report to the chain that two statements contradict each other.
	Report(Box<(Exhibit, Exhibit)>),
	/// Complain to the chain that members are silent about a window, see [`Session::utterance`].
	Complain(WindowIndex),
	/// Put on file what the member at a place said about the disputed window, see [`Session::testimony`].
	File(WindowIndex, u32, Sort),
	/// Put on file that messages of the disputed window are missing here.
	Lack(WindowIndex),
	/// Show the chain the messages of the disputed window, which has this root, from a position on.
	Show(WindowIndex, H256, u32),
	/// Have the dispute about a window judged.
	Judge(WindowIndex),
	/// Have the dispute about a window dismissed, by what the members of the roster with this number
	/// declared, see [`Session::declarations`].
	Dismiss(WindowIndex, RosterNumber),
	/// A peer's utterance was not taken in. Worth a line in the log.
	Rejected(WindowIndex, usize, Rejection),
}

/// The state of one agreement at one intermediary.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
pub struct Session {
	agreement: AgreementId,
	intermediary: IntermediaryId,
	epoch: Epoch,
	/// What was done under other rosters.
	former: BTreeMap<RosterNumber, Epoch>,
	in_force: bool,
	progress: Progress,
	versions: Versions,
	answer: BlockNumber,
	/// What tells apart the starts of its node.
	boot: Option<Vec<u8>>,
	/// The first block it heard of since its node was started.
	began: Option<BlockNumber>,
	now: BlockNumber,
	published: Option<BlockNumber>,
	complained: Option<BlockNumber>,
	passed: Option<BlockNumber>,
	front: Option<Front>,
	behind: Option<Behind>,
	asks: Vec<Ask>,
	case: Option<Case>,
}

impl Session {
	/// A session that has heard nothing yet.
	pub fn new(seat: Seat) -> Self {
		Self {
			agreement: seat.agreement,
			intermediary: seat.intermediary,
			epoch: Epoch::new(seat.roster),
			former: BTreeMap::new(),
			in_force: false,
			progress: Progress::default(),
			versions: Versions::default(),
			answer: 0,
			boot: None,
			began: None,
			now: 0,
			published: None,
			complained: None,
			passed: None,
			front: None,
			behind: None,
			asks: Vec::new(),
			case: None,
		}
	}

	/// Whose session it is, and who else takes part.
	pub fn seat(&self) -> Seat {
		Seat {
			agreement: self.agreement,
			intermediary: self.intermediary,
			roster: self.epoch.roster.clone(),
		}
	}

	/// What is to be published: with which windows this intermediary is done, what it says about each window, and
	/// what it lacks. All but the bundle itself is signed, with the help of `sign`.
	pub fn bundle(
		&self,
		genesis: &GenesisHash,
		sign: &impl Fn(&[u8]) -> Option<sr25519::Signature>,
	) -> Option<Bundle> {
		let said = self.open().take(MAX_OPEN);
		let utterances: Option<Vec<_>> = said
			.map(|(_, entry)| entry.round.says().sign(genesis, sign))
			.collect();
		Some(Bundle {
			agreement: self.agreement,
			intermediary: self.intermediary,
			roster: self.epoch.roster.number,
			done: self.declaration(&self.epoch, genesis, sign)?,
			heard: self.epoch.done.iter().flatten().cloned().collect(),
			past: self.epoch.past(),
			utterances: utterances?,
			asks: self.asks.clone(),
		})
	}

	/// The proof that settles a window on which all agree, as if all had signed with their present keys.
	/// `sign` makes the own signature.
	pub fn proof(
		&self,
		window: WindowIndex,
		sign: impl FnOnce(&Settlement) -> Option<sr25519::Signature>,
	) -> Option<Proof> {
		self.epoch.rounds.get(&window)?.round.proof(sign)
	}

	/// What this intermediary says about a window, signed with the help of `sign`.
	pub fn utterance(
		&self,
		window: WindowIndex,
		genesis: &GenesisHash,
		sign: &impl Fn(&[u8]) -> Option<sr25519::Signature>,
	) -> Option<Utterance> {
		let entry = self.epoch.rounds.get(&window)?;
		entry.round.says().sign(genesis, sign)
	}

	/// What is known of what the member at `place` said about the disputed window.
	pub fn testimony(
		&self,
		window: WindowIndex,
		place: u32,
		genesis: &GenesisHash,
		sign: &impl Fn(&[u8]) -> Option<sr25519::Signature>,
	) -> Option<Said> {
		let case = self.case.as_ref().filter(|case| case.window == window)?;
		let round = self.round_of(case)?;
		round.testimony(place as usize, genesis, sign)
	}

	/// How far the round of a window has come, if there is one.
	pub fn phase(&self, window: WindowIndex) -> Option<Phase> {
		Some(self.epoch.rounds.get(&window)?.round.phase())
	}

	/// The windows that are being worked on.
	pub fn open_windows(&self) -> impl Iterator<Item = WindowIndex> + '_ {
		self.open().map(|(window, _)| window)
	}

	/// Takes an input in. The state must be saved before the outputs are acted on.
	pub fn step(&mut self, input: Input<'_>) -> Vec<Output> {
		let mut outputs = Vec::new();
		let before = self.speech();
		match input {
			Input::Block(number, standing) => self.on_block(number, standing, &mut outputs),
			Input::Computed(computed) => self.on_computed(computed),
			Input::Received(bundle) => self.on_received(bundle, &mut outputs),
			Input::CaughtUp => self.complain(&mut outputs),
			Input::Missing(asks) => self.asks = asks,
			Input::Lacking(window) => self.lack(window, &mut outputs),
			Input::Gone(below) => self.epoch.gone = self.epoch.gone.max(below),
		}
		let now = self.now;
		self.epoch.look(now, &self.versions);
		self.watch();
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
		!(self.epoch.rounds.is_empty() && self.asks.is_empty() && self.case.is_none())
	}

	/// The rounds whose windows are neither decided nor frozen.
	fn open(&self) -> impl Iterator<Item = (WindowIndex, &Entry)> {
		let frozen = self.frozen();
		let open = self.epoch.open();
		open.filter(move |(window, _)| Some(*window) != frozen)
	}

	/// The place among the members, if this intermediary is one.
	fn place(&self) -> Option<usize> {
		self.epoch.roster.place(self.intermediary)
	}

	/// The round that a dispute is about.
	fn round_of(&self, case: &Case) -> Option<&Round> {
		let entry = self.epoch_of(case.roster)?.rounds.get(&case.window)?;
		(entry.round.version() == case.version).then_some(&entry.round)
	}

	/// What [`Session::bundle`] depends on: a cheap way to see whether it changed.
	fn speech(&self) -> Speech {
		let spoken = self.open().take(MAX_OPEN);
		let spoken = spoken.map(|(window, entry)| {
			let round = &entry.round;
			(window, round.version(), round.is_revealed())
		});
		Speech {
			roster: self.epoch.roster.number,
			declared: self.epoch.stand(),
			spoken: spoken.collect(),
			asks: self.asks.clone(),
		}
	}

	fn on_block(&mut self, number: BlockNumber, standing: &Standing, outputs: &mut Vec<Output>) {
		self.now = number;
		self.began.get_or_insert(number);
		self.in_force = standing.in_force;
		self.answer = standing.answer;
		self.progress = standing.progress.clone();
		let reach = self.progress.base()..self.progress.end();
		self.versions = Versions::new(reach, &standing.sources);
		self.enter(&standing.roster);
		let dispute = standing.dispute.as_ref();
		self.open_case(dispute);
		self.epoch.decide(&self.progress, number);
		self.forget();
		self.renew();
		if let Some(dispute) = dispute {
			self.read(dispute);
		}
		if self.is_listening() {
			return;
		}
		if let Some(dispute) = dispute {
			self.attend(dispute, standing.is_over(dispute), outputs);
		}
		self.pass(outputs);
	}
}

/// See [`Session::speech`].
#[derive(PartialEq, Eq)]
struct Speech {
	roster: RosterNumber,
	declared: Stand,
	spoken: Vec<(WindowIndex, SourceVersion, bool)>,
	asks: Vec<Ask>,
}

impl Standing {
	/// Whether nobody has to answer in a dispute any more: a result of its window has settled, or the
	/// window's sources are of another version than when it was opened.
	fn is_over(&self, dispute: &DisputeState) -> bool {
		let docket = &dispute.docket;
		dispute.settled || self.sources.version(docket.window) != Some(docket.version)
	}
}
