//! Merkle trees over the windows of a round, and over the messages of a window; and lists of outcomes.
//!
//! The form of the trees is that of the crate `binary-merkle-tree`: a leaf is hashed, and a node without a sibling is
//! promoted. So every run of leaves that begins at a multiple of its length, a power of two, is a subtree, and the
//! trees over *blocks* of [`BLOCK`] leaves make up the whole.
//!
//! Nobody ever shows the outcome of one window by a path, but the chain makes up the root over the outcomes of each
//! round that settles. So that is a hash over blocks, and each of these a hash of what it takes to write its outcomes
//! down.

use alloc::vec::Vec;
use binary_merkle_tree::{merkle_proof, verify_proof};
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;
use sp_core::{ConstU32, H256};
use sp_runtime::{
	traits::{BlakeTwo256, Hash},
	BoundedVec,
};
use syngraph_primitives::{Outcomes, ResultValue, Run, MAX_SPAN, MAX_WINDOW_MESSAGES};

/// The most subtrees of a tree.
pub(crate) const SUBTREES: u32 = 13;
const _: () = assert!(MAX_WINDOW_MESSAGES < 1 << SUBTREES && MAX_SPAN < 1 << SUBTREES);

/// The level of the tree over a block.
const BLOCK_LEVEL: u32 = 6;
/// How many leaves a block has. A tree has as many blocks at most, so that two steps lead from the root to a leaf.
pub const BLOCK: u32 = 1 << BLOCK_LEVEL;
const _: () = assert!(MAX_SPAN <= BLOCK * BLOCK);

/// The most hashes of a [`path`].
pub const MAX_PATH: u32 = 12;
const _: () = assert!(MAX_SPAN <= 1 << MAX_PATH);

/// Hashes that show that a leaf is in its place in a tree, see [`path`].
pub type Path = BoundedVec<H256, ConstU32<MAX_PATH>>;

/// A tree that grows leaf by leaf. Only the roots of its complete subtrees are kept: as many as there are ones in the
/// binary number of leaves.
#[derive(
	Clone,
	Default,
	PartialEq,
	Eq,
	Debug,
	Encode,
	Decode,
	DecodeWithMemTracking,
	MaxEncodedLen,
	TypeInfo,
)]
pub(crate) struct Tree {
	count: u32,
	/// The complete subtrees, largest first, no two of one size.
	subtrees: BoundedVec<H256, ConstU32<SUBTREES>>,
}

impl Tree {
	/// The tree over some leaves.
	pub(crate) fn over(leaves: impl IntoIterator<Item = H256>) -> Self {
		let mut tree = Self::default();
		leaves.into_iter().for_each(|leaf| tree.push(leaf));
		tree
	}

	/// How many leaves there are.
	pub(crate) fn count(&self) -> u32 {
		self.count
	}

	/// Takes in the next leaf.
	pub(crate) fn push(&mut self, leaf: H256) {
		self.add(BlakeTwo256::hash(leaf.as_bytes()), 0);
	}

	/// Takes in the next complete subtree, which has as many leaves as its level says: two to that power. Their number
	/// must divide that of the leaves so far.
	pub(crate) fn add(&mut self, mut subtree: H256, level: u32) {
		// As in a binary counter: every subtree that has the size of the new one is joined with it.
		let same = self.count.checked_shr(level).unwrap_or(0).trailing_ones();
		for _ in 0..same {
			if let Some(left) = self.subtrees.pop() {
				subtree = join(left, subtree);
			}
		}
		// Fails only beyond all trees there can be.
		let _ = self.subtrees.try_push(subtree);
		let size = 1u32.checked_shl(level).unwrap_or(0);
		self.count = self.count.saturating_add(size);
	}

	/// The root. Zero if there is no leaf.
	pub(crate) fn root(&self) -> H256 {
		// A subtree without a sibling of its size is promoted until it finds one to its left.
		let joined = self.subtrees.iter().copied().rev();
		joined
			.reduce(|right, left| join(left, right))
			.unwrap_or_default()
	}
}

/// An inner node.
pub(crate) fn join(left: H256, right: H256) -> H256 {
	BlakeTwo256::hash_of(&(left, right))
}

/// The root over the roots of windows, in order; or over their digests.
pub fn root_of(leaves: impl IntoIterator<Item = H256>) -> H256 {
	Tree::over(leaves).root()
}

/// What stands for an outcome among others: itself, written in 32 bytes.
pub fn outcome_leaf(outcome: Option<ResultValue>) -> H256 {
	let bytes = outcome.map(|result| (result, 1u128).encode());
	bytes.map_or_else(H256::zero, |bytes| H256::from_slice(&bytes))
}

/// What stands there. None if it stands for nothing.
pub(crate) fn outcome_of(leaf: &H256) -> Option<Option<ResultValue>> {
	let (result, tag) = <(ResultValue, u128)>::decode(&mut leaf.as_bytes()).ok()?;
	match tag {
		0 => leaf.is_zero().then_some(None),
		1 => Some(Some(result)),
		_ => None,
	}
}

/// The hash of a block of outcomes.
fn outcomes_block(runs: &[Run]) -> H256 {
	let tag: &[u8] = b"syngraph/outcomes/2";
	BlakeTwo256::hash_of(&(tag, runs))
}

/// The root over blocks of outcomes, of which there are no more than outcomes in a block: that of the only one, or a
/// hash of all. Zero if there is none.
pub(crate) fn root_of_outcome_blocks(blocks: &[H256]) -> H256 {
	let tag: &[u8] = b"syngraph/blocks/1";
	match blocks {
		[] => H256::zero(),
		[only] => *only,
		_ => BlakeTwo256::hash_of(&(tag, blocks)),
	}
}

/// The root over outcomes, in the order of the windows. It takes as many hashes as there are blocks in which there are
/// results, and two more.
pub fn outcomes_root(outcomes: &Outcomes) -> H256 {
	let mut list = OutcomeList::default();
	for run in outcomes.runs() {
		match run {
			Run::Result(result) => list.push(Some(*result)),
			Run::Nulls(count) => list.push_nulls(*count),
		}
	}
	list.root()
}

/// The root over the same, one by one. There may be more of them than a round can have results.
pub fn outcomes_root_of(outcomes: impl IntoIterator<Item = Option<ResultValue>>) -> H256 {
	let mut list = OutcomeList::default();
	outcomes.into_iter().for_each(|outcome| list.push(outcome));
	list.root()
}

/// Outcomes, block by block.
#[derive(Default)]
struct OutcomeList {
	/// The complete blocks.
	blocks: Vec<H256>,
	/// The outcomes after them, written as runs in the one way there is.
	rest: Vec<Run>,
	/// How many these are.
	len: u16,
	/// A block of nulls, once there is one.
	null: Option<H256>,
}

/// How many outcomes a block has.
const OUTCOMES: u16 = BLOCK as u16;

impl OutcomeList {
	fn push(&mut self, outcome: Option<ResultValue>) {
		match outcome {
			Some(result) => self.add(Run::Result(result), 1),
			None => self.push_nulls(1),
		}
	}

	fn push_nulls(&mut self, mut count: u16) {
		while count > 0 {
			let fit = count.min(OUTCOMES.saturating_sub(self.len));
			count = count.saturating_sub(fit);
			match self.rest.last_mut() {
				Some(Run::Nulls(before)) => {
					let all = before.saturating_add(fit);
					self.rest.pop();
					self.add(Run::Nulls(all), fit);
				},
				_ => self.add(Run::Nulls(fit), fit),
			}
		}
	}

	/// Adds a run by which there are so many outcomes more, no more than the block has room for.
	fn add(&mut self, run: Run, more: u16) {
		self.rest.push(run);
		self.len = self.len.saturating_add(more);
		if self.len >= OUTCOMES {
			self.complete();
		}
	}

	fn complete(&mut self) {
		let block = match &self.rest[..] {
			[Run::Nulls(OUTCOMES)] => *self
				.null
				.get_or_insert_with(|| outcomes_block(&[Run::Nulls(OUTCOMES)])),
			runs => outcomes_block(runs),
		};
		self.blocks.push(block);
		self.rest.clear();
		self.len = 0;
	}

	fn root(mut self) -> H256 {
		if !self.rest.is_empty() {
			self.complete();
		}
		root_of_outcome_blocks(&self.blocks)
	}
}

/// What shows that the leaf at `place` is one of these. None beyond the last.
pub fn path(leaves: &[H256], place: u32) -> Option<Path> {
	if place as usize >= leaves.len() {
		return None;
	}
	let proof = merkle_proof::<BlakeTwo256, _, _>(leaves.iter().copied(), place);
	proof.proof.try_into().ok()
}

/// Whether `leaf` is the one at `place` of a tree of `count` leaves with the `root`.
///
/// The crate's own check takes a path of any length: whoever makes up a tree could have several leaves in one place.
pub fn verify_path(root: &H256, path: &[H256], count: u32, place: u32, leaf: H256) -> bool {
	place < count
		&& path.len() == path_len(count, place)
		&& verify_proof::<BlakeTwo256, _, _>(root, path.iter().copied(), count, place, &leaf)
}

/// How many nodes between a leaf and the root have a sibling.
fn path_len(mut count: u32, mut place: u32) -> usize {
	let mut length = 0usize;
	while count > 1 {
		// The last node of a level is promoted if its place is even.
		if place | 1 < count {
			length = length.saturating_add(1);
		}
		(count, place) = (count.div_ceil(2), place >> 1);
	}
	length
}

/// How many blocks a tree of so many leaves has.
pub fn block_count(leaves: u32) -> u32 {
	leaves.div_ceil(BLOCK)
}

/// How many leaves the block at an index has, in a tree of so many.
pub fn block_len(leaves: u32, block: u32) -> u32 {
	leaves
		.saturating_sub(block.saturating_mul(BLOCK))
		.min(BLOCK)
}

/// The root of a tree, from the roots of its blocks.
pub fn root_of_blocks(blocks: &[H256]) -> H256 {
	let Some((last, complete)) = blocks.split_last() else {
		return H256::zero();
	};
	let mut tree = Tree::default();
	for block in complete {
		tree.add(*block, BLOCK_LEVEL);
	}
	// The last one may have fewer leaves, and is promoted as it is.
	let left = tree.subtrees.iter().copied().rev();
	left.fold(*last, |right, left| join(left, right))
}

#[cfg(test)]
mod tests {
	use super::*;
	use binary_merkle_tree::merkle_root;
	use proptest::prelude::*;

	fn leaves(count: u32) -> Vec<H256> {
		let leaf = |index: u32| BlakeTwo256::hash_of(&index);
		(0..count).map(leaf).collect()
	}

	fn expected(leaves: &[H256]) -> H256 {
		merkle_root::<BlakeTwo256, _>(leaves)
	}

	const COUNTS: [u32; 14] = [
		0, 1, 2, 3, 63, 64, 65, 127, 128, 129, 200, 1000, 4095, MAX_SPAN,
	];

	#[test]
	fn the_root_is_that_of_the_library() {
		for count in COUNTS {
			let leaves = leaves(count);
			assert_eq!(
				root_of(leaves.iter().copied()),
				expected(&leaves),
				"{count}"
			);
		}
	}

	#[test]
	fn blocks_make_up_the_whole() {
		for count in COUNTS {
			let leaves = leaves(count);
			let blocks = leaves.chunks(BLOCK as usize);
			let blocks: Vec<_> = blocks.map(|block| root_of(block.iter().copied())).collect();
			assert_eq!(blocks.len() as u32, block_count(count));
			assert_eq!(root_of_blocks(&blocks), expected(&leaves), "{count}");
			let lengths = (0..block_count(count)).map(|block| block_len(count, block));
			assert_eq!(lengths.sum::<u32>(), count);
		}
		assert_eq!(block_len(64, 1), 0);
	}

	#[test]
	fn a_path_leads_to_one_place() {
		for count in [1, 2, 5, 64, 65, 4096] {
			let leaves = leaves(count);
			let root = expected(&leaves);
			for place in [0, 1, 4, 63, 64, 4095] {
				let Some(path) = path(&leaves, place) else {
					assert!(place >= count);
					continue;
				};
				let leaf = leaves[place as usize];
				assert!(verify_path(&root, &path, count, place, leaf));
				assert!(!verify_path(&root, &path, count, place, H256::zero()));
				let other = (place + 1) % count;
				assert!(other == place || !verify_path(&root, &path, count, other, leaf));
			}
		}
	}

	/// Whoever makes up a tree hangs other leaves into it where an inner node belongs, or another level.
	#[test]
	fn a_tree_that_was_made_up_has_one_leaf_in_a_place() {
		for count in 1..70 {
			let leaves = leaves(count);
			for place in 0..count {
				let (root, path) = (expected(&leaves), path(&leaves, place).unwrap());
				assert_eq!(path.len(), path_len(count, place));
				let leaf = leaves[place as usize];
				for cut in 0..path.len() {
					// The node on the way to the root at this height, as if it were the leaf.
					assert!(!verify_path(
						&root,
						&path[cut + 1..],
						count,
						place,
						path[cut]
					));
				}
				let longer = [&path[..], &[root]].concat();
				let above = join(root, root);
				assert!(!verify_path(&above, &longer, count, place, leaf));
				assert!(!verify_path(&root, &path, count, count, leaf));
			}
		}
	}

	fn plain(outcomes: &[Option<ResultValue>]) -> H256 {
		let block = |block: &[Option<ResultValue>]| {
			let runs = Outcomes::new(block.iter().copied()).unwrap();
			let tag = b"syngraph/outcomes/2".to_vec();
			BlakeTwo256::hash(&(tag, runs.runs().to_vec()).encode())
		};
		let blocks: Vec<H256> = outcomes.chunks(64).map(block).collect();
		match blocks.len() {
			0 => H256::zero(),
			1 => blocks[0],
			_ => BlakeTwo256::hash(&(b"syngraph/blocks/1".to_vec(), blocks).encode()),
		}
	}

	#[test]
	fn null_is_no_zero() {
		assert_ne!(outcome_leaf(None), outcome_leaf(Some(0)));
	}

	#[test]
	fn each_outcome_is_another_leaf() {
		let all = [
			None,
			Some(0),
			Some(1),
			Some(-1),
			Some(i128::MIN),
			Some(i128::MAX),
		];
		let leaves: std::collections::BTreeSet<_> = all.map(outcome_leaf).into();
		assert_eq!(leaves.len(), all.len());
		assert_eq!(all.map(|it| outcome_of(&outcome_leaf(it))), all.map(Some));
	}

	#[test]
	fn what_stands_for_no_outcome_is_none() {
		for bytes in [(5i128, 0u128), (5, 2), (0, u128::MAX)] {
			let leaf = bytes.using_encoded(H256::from_slice);
			assert_eq!(outcome_of(&leaf), None, "{bytes:?}");
		}
	}

	#[test]
	fn long_runs_of_nulls_are_as_long_as_they_are() {
		for count in [1, 63, 64, 65, 127, 128, 129, 1_000, 4_095, 4_096] {
			let all = vec![None; count];
			let outcomes = Outcomes::new(all.iter().copied()).unwrap();
			assert_eq!(outcomes_root(&outcomes), plain(&all), "{count}");
		}
	}

	proptest! {
		#[test]
		fn outcomes_have_the_root_of_their_leaves(
			runs in prop::collection::vec((0usize..150, any::<Option<i128>>()), 0..12),
		) {
			let mut all = Vec::new();
			for (nulls, outcome) in runs {
				all.extend(core::iter::repeat_n(None, nulls));
				all.push(outcome);
			}
			let outcomes = Outcomes::new(all.iter().copied()).unwrap();
			prop_assert_eq!(outcomes_root(&outcomes), plain(&all));
			prop_assert_eq!(outcomes_root_of(all.iter().copied()), plain(&all));
		}
	}
}
