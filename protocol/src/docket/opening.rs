//! Two members that differ: their trees are opened until it is known in which window.

use alloc::vec::Vec;
use sp_core::H256;
use sp_runtime::traits::AtLeast32BitUnsigned;
use syngraph_primitives::WindowIndex;

use super::{Challenge, Docket, Effect, FileError, Hashes, Kind, Level, Side, Stage};
use crate::{
	tree::{
		block_count, block_len, outcome_of, outcomes_root_of, root_of, root_of_blocks,
		root_of_outcome_blocks, BLOCK,
	},
	window::possession,
};

impl<BlockNumber: AtLeast32BitUnsigned + Copy> Docket<BlockNumber> {
	/// Takes in that a member has not got the windows to whose roots it committed. The challenger's signature must have
	/// been verified.
	///
	/// That is heard only once all have committed: the digests that are opened would help others to pretend the same.
	pub fn challenge(
		&mut self,
		challenge: &Challenge,
		now: BlockNumber,
		answer: BlockNumber,
	) -> Result<Effect, FileError> {
		let [challenger, accused] = self.check_challenge(challenge, now)?;
		let sides = [
			Side::new(challenger, Some(challenge.digests)),
			Side::new(accused, None),
		];
		Ok(self.oppose(Kind::Digests, sides, now, answer))
	}

	/// The places of who challenges and who is accused, if there is anything to it.
	fn check_challenge(
		&self,
		challenge: &Challenge,
		now: BlockNumber,
	) -> Result<[usize; 2], FileError> {
		self.check_open(now)?;
		if challenge.span.round != self.round() {
			return Err(FileError::OtherRound);
		}
		if self.stage != Stage::Reveals {
			return Err(FileError::NotAwaited);
		}
		let has_windows = |member| {
			let place = self.roster.place(member).ok_or(FileError::NotAMember)?;
			let commitment = self.commitment(place).ok_or(FileError::NotAwaited)?;
			if commitment.span != challenge.span {
				return Err(FileError::OtherAttempt);
			}
			let right = possession(&challenge.span, member, &challenge.digests);
			Ok((place, commitment.possession == right))
		};
		match (
			has_windows(challenge.intermediary)?,
			has_windows(challenge.accused)?,
		) {
			((challenger, true), (accused, false)) => Ok([challenger, accused]),
			_ => Err(FileError::NoConflict),
		}
	}

	/// Has two members that differ open their trees.
	pub(super) fn oppose(
		&mut self,
		kind: Kind,
		sides: [Side; 2],
		now: BlockNumber,
		answer: BlockNumber,
	) -> Effect {
		let [left, _] = &sides;
		let windows = self
			.commitment(left.place.into())
			.map_or(0, |it| it.span.len());
		let level = match block_count(windows) {
			0 | 1 => Level::Leaves { block: 0 },
			_ => Level::Blocks,
		};
		self.sides = Some(sides);
		self.wait_for(Stage::Opening { kind, level }, now, answer)
	}

	/// Takes in the next hashes of the tree of the side at `place`. It does not matter who has them put on file: only
	/// the right ones can be.
	pub fn open(
		&mut self,
		place: usize,
		hashes: Hashes,
		now: BlockNumber,
		answer: BlockNumber,
	) -> Result<Effect, FileError> {
		self.check_open(now)?;
		let Stage::Opening { kind, level } = self.stage else {
			return Err(FileError::NotAwaited);
		};
		let commitment = self.commitment(place).ok_or(FileError::NotAwaited)?;
		let (span, author) = (commitment.span, commitment.intermediary);
		let possessed = commitment.possession;
		let mut sides = self.sides.iter_mut().flatten();
		let side = sides.find(|side| side.is_at(place));
		let side = side.ok_or(FileError::NotAwaited)?;
		if side.hashes.is_some() {
			return Err(FileError::NothingNew);
		}
		let root = kind
			.root_over(&hashes, level, span.len())
			.ok_or(FileError::WrongHashes)?;
		let fits = match side.root {
			Some(expected) => root == expected,
			None => possession(&span, author, &root) == possessed,
		};
		if !fits {
			return Err(FileError::WrongHashes);
		}
		side.hashes = Some(hashes);
		Ok(self.narrow(now, answer))
	}

	/// Goes on with the first part in which the sides differ, once both are open. There is one, as their roots differ.
	fn narrow(&mut self, now: BlockNumber, answer: BlockNumber) -> Effect {
		let (Stage::Opening { kind, level }, Some([left, right])) = (self.stage, &mut self.sides)
		else {
			return Effect::None;
		};
		let Some((index, roots)) = difference(left, right) else {
			return Effect::None;
		};
		for (side, root) in [left, right].into_iter().zip(roots) {
			side.root = Some(root);
			side.hashes = None;
		}
		match level {
			Level::Blocks => {
				let level = Level::Leaves { block: index };
				self.wait_for(Stage::Opening { kind, level }, now, answer)
			},
			Level::Leaves { block } => {
				let place = block.saturating_mul(BLOCK).saturating_add(index);
				let window = self.first.saturating_add(WindowIndex::from(place));
				self.ask_for(Stage::Evidence { kind, window }, now, answer)
			},
		}
	}
}

/// Where two sides that are both open differ first, and what they have there.
fn difference(left: &Side, right: &Side) -> Option<(u32, [H256; 2])> {
	let mut pairs = (0u32..).zip(
		left.hashes
			.iter()
			.flatten()
			.zip(right.hashes.iter().flatten()),
	);
	let (index, (left, right)) = pairs.find(|(_, (left, right))| left != right)?;
	Some((index, [*left, *right]))
}

impl Kind {
	/// The root over what stands for the windows of a round. None if one stands for nothing of this kind.
	pub fn root(self, leaves: &[H256]) -> Option<H256> {
		match self {
			Kind::Data | Kind::Digests => Some(root_of(leaves.iter().copied())),
			Kind::Outcomes => {
				let outcomes = leaves.iter().map(outcome_of).collect::<Option<Vec<_>>>()?;
				Some(outcomes_root_of(outcomes))
			},
		}
	}

	/// The hashes that open it at a level. None if there is no such block.
	pub fn hashes(self, level: Level, leaves: &[H256]) -> Option<Hashes> {
		let mut blocks = leaves.chunks(BLOCK as usize);
		let hashes: Vec<H256> = match level {
			Level::Blocks => blocks
				.map(|block| self.root(block))
				.collect::<Option<_>>()?,
			Level::Leaves { block } => blocks.nth(usize::try_from(block).ok()?)?.to_vec(),
		};
		hashes.try_into().ok()
	}

	/// The root over hashes that are opened at a level, if there are as many as in a tree of so many leaves.
	fn root_over(self, hashes: &[H256], level: Level, leaves: u32) -> Option<H256> {
		let count = match level {
			Level::Blocks => block_count(leaves),
			Level::Leaves { block } => block_len(leaves, block),
		};
		if u32::try_from(hashes.len()) != Ok(count) {
			return None;
		}
		match (level, self) {
			(Level::Leaves { .. }, _) => self.root(hashes),
			(Level::Blocks, Kind::Outcomes) => Some(root_of_outcome_blocks(hashes)),
			(Level::Blocks, Kind::Data | Kind::Digests) => Some(root_of_blocks(hashes)),
		}
	}
}
