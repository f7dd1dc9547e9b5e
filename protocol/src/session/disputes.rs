//! The open dispute: hearing what is on file, and doing what is to be done about it.

use alloc::{collections::BTreeMap, vec::Vec};
use codec::{Decode, Encode};
use sp_core::{sr25519, H256};
use syngraph_primitives::{BlockNumber, GenesisHash, Lack, RoundId, Span, Utterance, WindowIndex};

use super::{
	duties::{DisputeState, Duty},
	Output, Session, RETRY,
};
use crate::{
	docket::{Challenge, Hashes, Kind, Level, Stage},
	round::{Attempt, Computed, Plan},
	tree::{outcome_leaf, path, Path},
	Docket,
};

/// An open dispute and what has been done about it.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
pub(super) struct Case {
	pub(super) round: RoundId,
	pub(super) opened: BlockNumber,
	/// The last block in which it waits for what it waits for now.
	pub(super) deadline: BlockNumber,
	/// The attempt of which commitments are put on file.
	pub(super) attempt: u8,
	/// Whether it waits for commitments.
	pub(super) hears: bool,
	/// What that is about, unless everybody chooses.
	pub(super) demands: Option<Plan>,
	/// What is laid open.
	opening: Option<(Kind, Level)>,
	/// The blocks in which duties were last done.
	tried: BTreeMap<Duty, BlockNumber>,
}

impl Case {
	fn new(docket: &Docket<BlockNumber>) -> Self {
		let (round, attempt) = (docket.round(), docket.attempt);
		let span = |end| Span {
			round,
			attempt,
			end,
		};
		Self {
			round,
			opened: docket.opened,
			deadline: docket.deadline,
			attempt,
			hears: matches!(docket.stage, Stage::Commitments | Stage::Messages { .. }),
			demands: docket.end.map(|end| Plan {
				span: span(end),
				before: docket.before,
			}),
			opening: match docket.stage {
				Stage::Opening { kind, level } => Some((kind, level)),
				_ => None,
			},
			tried: BTreeMap::new(),
		}
	}

	/// Whether a duty is due, which is then taken for done in block `now`.
	fn is_due(&mut self, duty: Duty, now: BlockNumber) -> bool {
		let tried = self.tried.get(&duty);
		let due = tried.is_none_or(|at| now >= at.saturating_add(RETRY));
		if due {
			self.tried.insert(duty, now);
		}
		due
	}
}

impl Session {
	pub(super) fn open_case(&mut self, dispute: Option<&DisputeState>) {
		let known = self.case.take();
		let Some(DisputeState { docket, .. }) = dispute else {
			return;
		};
		let mut case = Case::new(docket);
		let known = known.filter(|known| {
			// What was done in one attempt, or at one level, has to be done again in the next.
			let same = (known.round, known.opened) == (case.round, case.opened);
			same && (known.attempt, known.opening) == (case.attempt, case.opening)
		});
		case.tried = known.map(|known| known.tried).unwrap_or_default();
		self.case = Some(case);
	}

	/// Takes in what is on file as if it had been heard from the peers.
	pub(super) fn read(&mut self, dispute: &DisputeState) {
		let docket = &dispute.docket;
		for (place, testimony) in docket.testimonies.iter().enumerate() {
			let first = docket.first(place).into_iter();
			for said in first.chain(testimony.said.clone()) {
				if said.author() == self.intermediary {
					self.recall(&said);
				} else if let Some(entry) = self.rounds.get_mut(&docket.round()) {
					// Without possession: the dispute is the place to say so.
					let _ = entry.round.receive(place, &said);
				} else {
					self.note_call(place, &said);
				}
			}
		}
	}

	/// Does what is to be done about a dispute. `over` tells that nobody has to answer any more.
	pub(super) fn attend(&mut self, dispute: &DisputeState, over: bool, outputs: &mut Vec<Output>) {
		let duties = self.duties(dispute, over);
		let now = self.now;
		let Some(mut case) = self.case.take() else {
			return;
		};
		for duty in duties {
			if !case.is_due(duty, now) {
				continue;
			}
			outputs.push(match duty {
				Duty::File(place) => Output::File(place),
				Duty::Show(window, root, position) => Output::Show(window, root, position),
				Duty::Open(place) => Output::Open(place),
				Duty::Challenge(place) => Output::Challenge(place),
				Duty::Lack(window) => Output::Lack(window),
				Duty::Judge => Output::Judge,
				Duty::Report(round) => Output::Report(round),
			});
		}
		self.case = Some(case);
	}

	/// The present attempt of the disputed round, if it was begun here.
	pub(super) fn disputed(&self) -> Option<&Attempt> {
		let case = self.case.as_ref()?;
		let round = &self.rounds.get(&case.round)?.round;
		round.attempt(case.attempt, case.demands.as_ref())
	}

	/// What is known of what the member at `place` said in the disputed attempt.
	pub fn testimony(
		&self,
		place: u32,
		genesis: &GenesisHash,
		sign: &impl Fn(&[u8]) -> Option<sr25519::Signature>,
	) -> Option<Utterance> {
		let case = self.case.as_ref()?;
		let round = &self.rounds.get(&case.round)?.round;
		round.testimony(self.disputed()?, place as usize, genesis, sign)
	}

	/// What is to be signed to say that messages are missing here from a window on.
	pub fn lack(&self, window: WindowIndex) -> Option<Lack> {
		Some(Lack {
			round: self.case.as_ref()?.round,
			window,
			intermediary: self.intermediary,
		})
	}

	/// What is to be signed to challenge the member at `place`.
	pub fn challenge(&self, place: u32) -> Option<Challenge> {
		let attempt = self.disputed()?;
		Some(Challenge {
			span: attempt.span(),
			intermediary: self.intermediary,
			accused: *self.roster.members.get(place as usize)?,
			digests: attempt.digests(),
		})
	}

	/// The hashes to be laid open, of the tree that this intermediary has.
	pub fn opening(&self) -> Option<Hashes> {
		let (kind, level) = self.case.as_ref()?.opening?;
		let windows = self.windows_of(self.disputed()?.span().end)?;
		let leaf = |window: &Computed| match kind {
			Kind::Data => window.root,
			Kind::Digests => window.digest,
			Kind::Outcomes => outcome_leaf(window.result),
		};
		let leaves: Vec<H256> = windows.iter().map(leaf).collect();
		kind.hashes(level, &leaves)
	}

	/// What shows that a window is part of a range of the disputed round to which this intermediary committed, which
	/// ends before window `end`.
	pub fn path(&self, window: WindowIndex, end: WindowIndex) -> Option<Path> {
		let roots: Vec<H256> = self.windows_of(end)?.iter().map(|it| it.root).collect();
		let place = window.checked_sub(self.case.as_ref()?.round.first)?;
		path(&roots, u32::try_from(place).ok()?)
	}

	/// The windows of the disputed round up to one that is none of them.
	pub(super) fn windows_of(&self, end: WindowIndex) -> Option<Vec<Computed>> {
		self.ready.windows(self.case.as_ref()?.round.first, end)
	}
}
