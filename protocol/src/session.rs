//! All rounds of one agreement at one intermediary.
//!
//! A session is the state machine that an off-chain worker drives: inputs go in, outputs come out, and
//! nothing else happens. Its state is what must be saved between the two: an output may be acted on
//! only once the state that it came from is safely stored.
//!
//! One round is open at a time, that of the lowest window which is not decided; and the one after it as soon as that is
//! agreed, so that nobody has to wait for a block.

use alloc::{collections::BTreeMap, vec, vec::Vec};
use codec::{Decode, Encode};
use sp_core::{ed25519, sr25519, H256};
use syngraph_joint::SignatureShare;
use syngraph_primitives::{
	AgreementId, BlockNumber, Contribution, GenesisHash, IntermediaryId, Outcomes, Progress,
	Roster, RoundId, RoundTerms, Secret, Settlement, SourceVersion, Span, Utterance, WindowIndex,
};

use crate::{
	round::{Computed, Exhibit, Phase, Rejection, Round, Seat, Unsigned},
	wire::{Ask, Bundle, MAX_UTTERANCES},
	Proof,
};

mod complaints;
mod computed;
mod disputes;
mod duties;
mod entry;
mod hearing;
mod joint;
mod memory;
mod plans;
mod ready;
mod submissions;
mod wakes;

pub use complaints::PATIENCE_FACTOR;
pub use computed::Dated;
pub use duties::DisputeState;

use complaints::{Pace, Stalled};
use disputes::Case;
use entry::Entry;
use hearing::{Behind, Calls};
use joint::Caution;
use memory::Memory;
use ready::Ready;

/// After how many blocks without change a bundle is published again, since gossip may lose it.
pub const REPUBLISH: BlockNumber = 8;
/// After how many blocks something that was submitted and is not on chain yet is submitted again.
pub const RETRY: BlockNumber = 4;
/// How many blocks each member leaves to those whose turn comes before its own.
pub const TURN: BlockNumber = 2;
/// How many blocks a session listens before it says anything, whenever its node was started: time to learn
/// from its peers, and from what it said itself, that its state was lost or is an old one.
pub const LISTEN: BlockNumber = 2;
/// For how many blocks a round is kept after it was decided, in case the block is retracted.
pub const KEEP: BlockNumber = 8;
/// For how many blocks it is kept at most, if the block is not final by then.
pub const KEEP_UNTIL_FINAL: BlockNumber = 64;
/// For how many blocks messages that a peer has already are waited for before they are asked for.
pub const ASK_AFTER: BlockNumber = 2;

/// What the chain says about an agreement in one block.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Standing {
	/// Whether results still settle. If not, only open disputes are seen to their end.
	pub in_force: bool,
	/// The first block in which a round may settle.
	pub starts_at: BlockNumber,
	/// Whether the end is near, so that nobody waits for more windows.
	pub closing: bool,
	/// Which windows are decided.
	pub progress: Progress,
	/// Who computes for it.
	pub roster: Roster,
	/// How many blocks an intermediary has to answer.
	pub answer: BlockNumber,
	/// How large rounds are, and how long windows wait for others.
	pub rounds: RoundTerms<BlockNumber>,
	/// How many windows a round has at most, null or not, see
	/// [`WindowShape::longest_round`](syngraph_primitives::WindowShape::longest_round).
	pub longest: u32,
	/// What is known of the messages.
	pub version: SourceVersion,
	/// The key by which the members of the roster can sign jointly.
	pub joint: Option<ed25519::Public>,
	/// The open dispute, if there is one.
	pub dispute: Option<DisputeState>,
}

/// What happened.
#[derive(Clone, Debug)]
pub enum Input<'a> {
	/// There is a new best block. The second number is that of the last block which no fork can take back, as far as
	/// the node knows.
	Block(BlockNumber, BlockNumber, &'a Standing),
	/// A window was computed, as it is known now. It counts only if it is the one that [`Session::wanted`] named.
	Computed(Computed),
	/// The next attempt that [`Session::plan`] named can begin, with this secret: it must come from a secure random
	/// source and be used for nothing else. If [`Session::contributes`] says so, with what this member contributes to a
	/// joint signature, of which the same goes for the nonces.
	Open(Secret, Option<Contribution>),
	/// The own share of the joint signature that [`Session::joining`] named; none if it cannot be made any more. What
	/// it was made of must be gone for good.
	Share(Span, Option<SignatureShare>),
	/// A peer's bundle came. Its signatures have been verified, and it is sound ([`Bundle::is_sound`]).
	Received(&'a Bundle),
	/// All that peers have published so far has been taken in, since the last block came: whoever is silent
	/// now is.
	CaughtUp,
	/// What is missing of the messages of the windows that [`Session::lacks`] named.
	Missing(Vec<Ask>),
}

/// What is to be done about it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Output {
	/// Publish what [`Session::bundle`] makes anew.
	Publish,
	/// Submit the settlement of a round, see [`Session::proof`].
	Settle(RoundId),
	/// Report to the chain that two utterances about a round contradict each other, see [`Session::exhibits`].
	Report(RoundId),
	/// Complain to the chain that members are silent about a round, see [`Session::utterances`].
	Complain(RoundId),
	/// Put on file what the member at a place said in the disputed attempt, see [`Session::testimony`].
	File(u32),
	/// Put on file that messages of the disputed round are missing here, from this window on.
	Lack(WindowIndex),
	/// Challenge the member at a place to show that it has the windows that it committed to.
	Challenge(u32),
	/// Lay open what the member at a place says of the windows, see [`Session::opening`].
	Open(u32),
	/// Show the chain the messages of the window in question, which has this root, from a position on.
	Show(WindowIndex, H256, u32),
	/// Have the dispute judged.
	Judge,
	/// Something that a peer said was not taken in. Worth a line in the log.
	Rejected(RoundId, usize, Rejection),
}

/// The last block that a session has heard of, and the last one that no fork could take back then.
pub type Clock = (BlockNumber, BlockNumber);

/// The state of one agreement at one intermediary.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
pub struct Session {
	genesis: GenesisHash,
	agreement: AgreementId,
	intermediary: IntermediaryId,
	roster: Roster,
	in_force: bool,
	starts_at: BlockNumber,
	closing: bool,
	progress: Progress,
	version: SourceVersion,
	/// The joint key in force.
	joint: Option<ed25519::Public>,
	answer: BlockNumber,
	terms: RoundTerms<BlockNumber>,
	longest: u32,
	ready: Ready,
	rounds: BTreeMap<RoundId, Entry>,
	/// What was said that the state does not know of. Nothing more is said about it.
	memory: Memory,
	/// See [`Session::take_estrangement`].
	estranged: bool,
	/// How joint signatures have gone.
	caution: Caution,
	calls: Calls,
	/// How far every other member has come, by place.
	paces: Vec<Option<Pace>>,
	/// The first block it heard of since its node was started, or had stood still.
	began: Option<BlockNumber>,
	/// Whether it is too early to speak, however many blocks have come since.
	is_early: bool,
	/// How many blocks were full since the round that is to settle next has been as it is.
	full: BlockNumber,
	now: BlockNumber,
	finalized: BlockNumber,
	published: Option<BlockNumber>,
	/// The lowest window that it had not computed then.
	told: WindowIndex,
	complained: Option<BlockNumber>,
	stalled: Option<Stalled>,
	behind: Option<Behind>,
	asks: Vec<Ask>,
	case: Option<Case>,
}

impl Session {
	/// A session that has heard nothing yet.
	pub fn new(seat: Seat) -> Self {
		Self {
			genesis: seat.genesis,
			agreement: seat.agreement,
			intermediary: seat.intermediary,
			paces: Vec::new(),
			roster: seat.roster,
			in_force: false,
			starts_at: 0,
			closing: false,
			progress: Progress::default(),
			version: SourceVersion::default(),
			joint: None,
			answer: 0,
			terms: RoundTerms::default(),
			longest: 0,
			ready: Ready::default(),
			rounds: BTreeMap::new(),
			memory: Memory::default(),
			estranged: false,
			caution: Caution::default(),
			calls: Calls::default(),
			began: None,
			is_early: false,
			full: 0,
			now: 0,
			finalized: 0,
			published: None,
			told: 0,
			complained: None,
			stalled: None,
			behind: None,
			asks: Vec::new(),
			case: None,
		}
	}

	/// Whose session it is, and who else takes part.
	pub fn seat(&self) -> Seat {
		Seat {
			genesis: self.genesis,
			agreement: self.agreement,
			intermediary: self.intermediary,
			roster: self.roster.clone(),
		}
	}

	/// The blocks of which it has heard.
	pub fn clock(&self) -> Clock {
		(self.now, self.finalized)
	}

	/// Makes it the state that it would be if it had heard of other blocks, and nothing else: it is told anew of the
	/// present ones before anything depends on them.
	pub fn set_clock(&mut self, (now, finalized): Clock) {
		(self.now, self.finalized) = (now, finalized);
	}

	/// What is to be published: what this intermediary says about the rounds that are open, and what it lacks. All but
	/// the bundle itself is signed, with the help of `sign`.
	pub fn bundle(
		&self,
		genesis: &GenesisHash,
		sign: &impl Fn(&[u8]) -> Option<sr25519::Signature>,
	) -> Option<Bundle> {
		let roster = self.roster.number;
		let open: Vec<RoundId> = self.open().map(|entry| entry.round.id()).collect();
		// Others wait for the last ones. All else is for this intermediary, if it loses its state: first of all what it
		// does not know of already.
		let waiting: Vec<_> = self.open().flat_map(|entry| entry.round.says()).collect();
		let rest = self.rounds.iter().rev();
		let rest = rest.filter(|(id, _)| id.roster == roster && !open.contains(id));
		let rest = rest.flat_map(|(_, entry)| entry.round.says());
		let unknown = self.memory.said(roster);
		let unknown = unknown.map(|said| memory::signed_anew(said, genesis, sign));
		let signed = |said: Unsigned| said.sign(genesis, sign);
		let all = waiting.into_iter().rev().map(signed);
		let all = all.chain(unknown).chain(rest.map(signed));
		let all = all.take(MAX_UTTERANCES);
		let mut utterances = all.collect::<Option<Vec<_>>>()?;
		utterances.reverse();
		Some(Bundle {
			agreement: self.agreement,
			intermediary: self.intermediary,
			roster,
			ready: self.ready.end(),
			utterances,
			asks: self.asks.clone(),
		})
	}

	/// The proof that settles a round on which all agree, as if all had signed with their present keys. `sign` makes
	/// the own signature.
	pub fn proof(
		&self,
		round: &RoundId,
		sign: impl FnOnce(&Settlement) -> Option<sr25519::Signature>,
	) -> Option<Proof> {
		let entry = self.rounds.get(round)?;
		entry.round.proof(entry.outcomes.clone()?, sign)
	}

	/// What is known of what members said in the first attempt at a round, signed with the help of `sign` where it is
	/// the own: what a complaint begins with.
	pub fn utterances(
		&self,
		round: &RoundId,
		genesis: &GenesisHash,
		sign: &impl Fn(&[u8]) -> Option<sr25519::Signature>,
	) -> Option<Vec<Utterance>> {
		let Some(entry) = self.rounds.get(round) else {
			let said = self.memory.said_first(round)?;
			return Some(vec![memory::signed_anew(said, genesis, sign)?]);
		};
		let round = &entry.round;
		let (places, first) = (0..self.roster.members.len(), round.attempt(0, None)?);
		let said = places.filter_map(|place| round.testimony(first, place, genesis, sign));
		Some(said.collect())
	}

	/// The two utterances that contradict each other, signed with the help of `sign` where one is the own.
	pub fn exhibits(
		&self,
		round: &RoundId,
		genesis: &GenesisHash,
		sign: &impl Fn(&[u8]) -> Option<sr25519::Signature>,
	) -> Option<(Utterance, Utterance)> {
		let round = &self.rounds.get(round)?.round;
		let (left, right) = round.exhibits()?;
		let signed = |exhibit: &Exhibit| round.exhibit(exhibit, genesis, sign);
		Some((signed(left)?, signed(right)?))
	}

	/// How far a round has come, if it is known here.
	pub fn phase(&self, round: &RoundId) -> Option<Phase> {
		Some(self.rounds.get(round)?.round.phase())
	}

	/// Takes for unheard what members said if it does not count any more, because it is signed with keys that were
	/// replaced too long ago. They are waited for, and can say it again with their present keys.
	pub fn unhear(&mut self, counts: impl Fn(&Utterance) -> bool) {
		let rounds = self.rounds.values_mut();
		rounds.for_each(|entry| entry.round.unhear(&counts));
	}

	/// The rounds that are open.
	pub fn open_rounds(&self) -> impl Iterator<Item = &Round> {
		self.open().map(|entry| &entry.round)
	}

	/// What was last found missing of the messages of the windows that [`Session::lacks`] names.
	pub fn asks(&self) -> &[Ask] {
		&self.asks
	}

	/// The lowest window that was not computed yet.
	pub fn ready(&self) -> WindowIndex {
		self.ready.end()
	}

	/// Takes an input in. The state must be saved before the outputs are acted on.
	pub fn step(&mut self, input: Input<'_>) -> Vec<Output> {
		let mut outputs = Vec::new();
		let before = self.speech();
		let caught_up = matches!(input, Input::CaughtUp);
		match input {
			Input::Block(number, finalized, standing) => {
				self.finalized = finalized;
				self.on_block(number, standing, &mut outputs);
			},
			Input::Computed(computed) => self.on_computed(computed),
			Input::Open(secret, contribution) => self.on_open(secret, contribution),
			Input::Share(span, share) => self.on_share(&span, share),
			Input::Received(bundle) => self.on_received(bundle, &mut outputs),
			Input::CaughtUp => self.complain(&mut outputs),
			Input::Missing(asks) => self.asks = asks,
		}
		self.look();
		self.take_stances(caught_up, &mut outputs);
		self.look();
		self.keep_outcomes();
		self.watch();
		self.fall_behind();
		if self.is_listening() {
			return outputs;
		}
		if self.lacks().is_none() {
			self.asks.clear();
		}
		let now = self.now;
		let silent = self
			.published
			.is_none_or(|at| now >= at.saturating_add(REPUBLISH));
		let after = self.speech();
		let due = before != after || (silent && self.is_busy()) || self.shows_progress();
		if self.place().is_some() && due {
			self.published = Some(now);
			self.told = self.ready.end();
			outputs.push(Output::Publish);
		}
		self.submissions(&mut outputs);
		outputs
	}

	/// Notes how far each round has come.
	fn look(&mut self) {
		let now = self.now;
		self.rounds.values_mut().for_each(|entry| entry.look(now));
	}

	/// Whether peers may need what there is to say, so that it is repeated.
	fn is_busy(&self) -> bool {
		self.open().next().is_some() || !self.asks.is_empty() || self.case.is_some()
	}

	/// Whether peers wait for this intermediary to begin what they have begun, and it has come further since it last
	/// published anything, in an earlier block: else they would take it for silent.
	fn shows_progress(&self) -> bool {
		let parted = self
			.current()
			.is_some_and(|entry| entry.round.phase() == Phase::Parted);
		let fresh = self.id(self.fresh());
		let called = self.calls.of(&fresh).is_some() && !self.rounds.contains_key(&fresh);
		(parted || called) && self.told < self.ready.end() && self.published != Some(self.now)
	}

	/// The rounds that are neither decided nor of another roster or version than the present ones, in order.
	fn open(&self) -> impl Iterator<Item = &Entry> {
		let first = self.current().into_iter();
		let next = first.clone().filter_map(|entry| self.after(entry));
		first.chain(next)
	}

	/// The round that is to settle next.
	fn current(&self) -> Option<&Entry> {
		self.rounds.get(&self.id(self.progress.base))
	}

	/// The one after a round that is agreed.
	fn after(&self, entry: &Entry) -> Option<&Entry> {
		let agreed = entry.round.phase() == Phase::Agreed;
		let next = self.id(entry.round.span().end);
		self.rounds.get(&next).filter(|_| agreed)
	}

	/// What a round is called that begins with this window, as things are now.
	fn id(&self, first: WindowIndex) -> RoundId {
		let ahead = u64::from(first > self.progress.base);
		let progress = Progress {
			base: first,
			rounds: self.progress.rounds.saturating_add(ahead),
		};
		RoundId::new(self.agreement, &self.roster, &progress, self.version)
	}

	/// The place among the members, if this intermediary is one.
	fn place(&self) -> Option<usize> {
		self.roster.place(self.intermediary)
	}

	/// What [`Session::bundle`] depends on: a cheap way to see whether it changed. That a window was computed does not
	/// count: nobody waits for it.
	fn speech(&self) -> Speech {
		let spoken = self.open().map(|entry| {
			let attempts = entry.round.attempts();
			let revealed: u32 = attempts.map(|attempt| u32::from(attempt.progress())).sum();
			(entry.round.id(), entry.round.span().attempt, revealed)
		});
		Speech {
			spoken: spoken.collect(),
			asks: self.asks.clone(),
		}
	}

	fn on_block(&mut self, number: BlockNumber, standing: &Standing, outputs: &mut Vec<Output>) {
		if number < self.now {
			self.go_back();
		}
		self.now = number;
		self.began.get_or_insert(number);
		self.in_force = standing.in_force;
		self.starts_at = standing.starts_at;
		self.closing = standing.closing;
		self.answer = standing.answer;
		self.terms = standing.rounds;
		self.longest = standing.longest;
		self.joint = standing.joint;
		let moved = self.progress.base != standing.progress.base;
		self.progress = standing.progress;
		self.enter(&standing.roster);
		self.ready.begin(self.progress.base);
		if self.version != standing.version {
			self.version = standing.version;
			self.ready.renew();
		}
		let dispute = standing.dispute.as_ref();
		self.open_case(dispute);
		self.decide();
		self.forget();
		if moved {
			let current = self.id(self.progress.base);
			let current = self.rounds.get_mut(&current);
			// It waits, and is waited for, from here on.
			current.into_iter().for_each(|entry| entry.since = number);
		}
		if let Some(dispute) = dispute {
			self.read(dispute);
		}
		if self.is_listening() {
			return;
		}
		if let Some(dispute) = dispute {
			self.attend(dispute, standing.is_over(dispute), outputs);
		}
	}

	/// Blocks were retracted, and with them what was submitted: it is due again.
	fn go_back(&mut self) {
		(self.published, self.complained) = (None, None);
		self.rounds
			.values_mut()
			.for_each(|entry| entry.tried = None);
		self.case = None;
	}

	/// Goes on under a roster.
	fn enter(&mut self, roster: &Roster) {
		if self.roster != *roster {
			self.roster = roster.clone();
			self.behind = None;
			self.paces.clear();
		}
		self.paces.resize(self.roster.members.len(), None);
		self.memory.enter(roster.number);
	}

	/// Notes which rounds nothing more is to be said about.
	fn decide(&mut self) {
		let (now, base) = (self.now, self.progress.base);
		let rounds = self.rounds.keys();
		let open: Vec<_> = rounds
			.map(|id| id.first >= base && *id == self.id(id.first))
			.collect();
		for (entry, open) in self.rounds.values_mut().zip(open) {
			entry.closed = match open {
				true => None,
				false => entry.closed.or(Some(now)),
			};
		}
	}

	/// Forgets the rounds that nobody needs any more. What is in dispute is kept, and so is what was said, should the
	/// block that decided it be retracted; or, about windows that are not decided, for as long as they are not: on
	/// another branch of the chain other things may be known of the messages, and become known here.
	fn forget(&mut self) {
		let (now, finalized) = (self.now, self.finalized);
		let kept = |at: BlockNumber| {
			let long = now < at.saturating_add(KEEP_UNTIL_FINAL);
			now < at.saturating_add(KEEP) || (at > finalized && long)
		};
		let present = (self.roster.number, self.progress.base);
		let disputed = self.case.as_ref().map(|case| case.round);
		let Self { rounds, memory, .. } = self;
		rounds.retain(|id, entry| {
			let needed = disputed == Some(*id) || (id.roster, id.first) >= present;
			let stays = needed || entry.closed.is_none_or(kept);
			if !stays {
				let said = entry.round.attempts();
				said.for_each(|attempt| memory.pass(attempt.commitment()));
			}
			stays
		});
		self.memory.forget(present, now, kept);
	}

	/// Notes the outcomes of rounds that are agreed: should a block be retracted, such a round settles again, though
	/// its windows are gone. One that is closed may be agreed only when its windows have been computed anew, with what
	/// has become known since.
	fn keep_outcomes(&mut self) {
		let ready = &self.ready;
		for entry in self.rounds.values_mut() {
			let span = entry.round.span();
			if entry.outcomes.is_none() && entry.round.is_agreed() {
				let windows = ready.windows(span.round.first, span.end);
				let outcomes =
					windows.and_then(|all| Outcomes::new(all.iter().map(|it| it.result)));
				entry.outcomes = outcomes.filter(|all| entry.round.came_to(all));
			}
		}
	}
}

/// See [`Session::speech`].
#[derive(PartialEq, Eq)]
struct Speech {
	spoken: Vec<(RoundId, u8, u32)>,
	asks: Vec<Ask>,
}

impl Standing {
	/// Whether nobody has to answer in a dispute any more: its round has settled, or everybody commits anew, for the
	/// roster or what is known of the messages has changed since it was opened.
	fn is_over(&self, dispute: &DisputeState) -> bool {
		let round = dispute.docket.round();
		self.progress.base > round.first || self.version != round.version
	}
}
