//! The history of an agreement's rounds: a Merkle mountain range, by whose root any of them can be shown.
//!
//! Rounds are leaves in the order in which they settled. Beneath each *peak* lies a complete binary tree of them, a
//! mountain; from left to right mountains shrink, and no two have one size. To append a leaf takes the peaks alone, as
//! many as there are ones in the binary number of leaves: the chain keeps those, and whoever wants to show an old
//! round keeps the leaves. Peaks are *bagged* from right to left: the last two are joined, then that and the one before
//! them, and so on. Trees, bags and proofs have the form of the crate `ckb-merkle-mountain-range`; the hash is BLAKE2b
//! of 256 bits. Leaves, inner nodes and bags have tags of their own, so that none of them can be taken for another. The
//! root is the hash of the bag and of the number of leaves: without that, who states another one could give a leaf
//! another place.

use alloc::vec::Vec;
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;
use sp_core::{ConstU32, H256};
use sp_runtime::{
	traits::{BlakeTwo256, Hash},
	BoundedVec,
};
use syngraph_primitives::{AgreementId, SettledRound};

/// The most peaks: one for each bit of the number of leaves.
const MAX_PEAKS: u32 = u64::BITS;

/// What is needed of a history to append to it.
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
pub struct History {
	/// How many leaves there are.
	count: u64,
	/// The peaks, the largest mountain's first.
	peaks: BoundedVec<H256, ConstU32<MAX_PEAKS>>,
}

impl History {
	/// The history of these leaves.
	pub fn of(leaves: &[H256]) -> Self {
		let mut history = Self::default();
		for leaf in leaves {
			history.append(*leaf);
		}
		history
	}

	/// How many leaves there are.
	pub fn count(&self) -> u64 {
		self.count
	}

	/// Appends a leaf. There is no end to it that anybody could reach.
	pub fn append(&mut self, leaf: H256) {
		let Some(count) = self.count.checked_add(1) else {
			return;
		};
		let mut peak = leaf;
		// As in a binary counter: every mountain that has the size of the new one is joined with it.
		for _ in 0..self.count.trailing_ones() {
			if let Some(left) = self.peaks.pop() {
				peak = join(left, peak);
			}
		}
		// There is room for as many as a number has bits.
		let _ = self.peaks.try_push(peak);
		self.count = count;
	}

	/// The root. Zero as long as there are no leaves.
	pub fn root(&self) -> H256 {
		let bag = self.bag();
		bag.map_or_else(H256::zero, |bag| root(self.count, bag))
	}

	/// The bag of all peaks: of a complete tree, its only peak.
	fn bag(&self) -> Option<H256> {
		self.peaks.iter().copied().rev().reduce(bag)
	}

	/// Whether there are as many peaks as there must be.
	pub fn is_sound(&self) -> bool {
		self.peaks.len() == self.count.count_ones() as usize
	}
}

/// The leaf of a round of an agreement.
pub fn round_leaf<BlockNumber: Encode>(
	agreement: &AgreementId,
	settled: &SettledRound<BlockNumber>,
) -> H256 {
	let tag: &[u8] = b"syngraph/round/1";
	BlakeTwo256::hash_of(&(tag, agreement, settled))
}

/// What shows that the leaf with this number, counted from zero, is one of these: the peaks before its mountain, its
/// siblings from below, and the bag of all peaks behind its mountain, if there are any. None if there is no such leaf.
pub fn prove_round(leaves: &[H256], number: u64) -> Option<Vec<H256>> {
	let mountain = Mountain::of(leaves.len() as u64, number)?;
	let start = usize::try_from(number.checked_sub(mountain.offset)?).ok()?;
	let (before, rest) = leaves.split_at_checked(start)?;
	let (own, behind) = rest.split_at_checked(1usize.checked_shl(mountain.height)?)?;
	let mut proof = History::of(before).peaks.into_inner();
	for level in 0..mountain.height {
		let place = usize::try_from(mountain.offset.checked_shr(level)?).ok()?;
		let size = 1usize.checked_shl(level)?;
		proof.push(History::of(own.chunks(size).nth(place ^ 1)?).bag()?);
	}
	proof.extend(History::of(behind).bag());
	Some(proof)
}

/// Whether the leaf with this number, counted from zero, belongs to the history of `count` leaves with the `root`.
pub fn verify_round(root: &H256, count: u64, number: u64, leaf: H256, proof: &[H256]) -> bool {
	root_of(count, number, leaf, proof) == Some(*root)
}

/// The root that a proof leads to, if it has the form of one.
fn root_of(count: u64, number: u64, leaf: H256, proof: &[H256]) -> Option<H256> {
	let mountain = Mountain::of(count, number)?;
	let (before, rest) = proof.split_at_checked(mountain.before)?;
	let (siblings, behind) = rest.split_at_checked(mountain.height as usize)?;
	let peak = climb(leaf, mountain.offset, siblings);
	let last = match (behind, mountain.is_last) {
		([], true) => peak,
		([behind], false) => bag(*behind, peak),
		_ => return None,
	};
	Some(root(count, before.iter().copied().rev().fold(last, bag)))
}

/// The peak above a leaf, whose place in its mountain is `offset`.
fn climb(leaf: H256, offset: u64, siblings: &[H256]) -> H256 {
	let step = |(node, place): (H256, u64), sibling: &H256| {
		let joined = match place & 1 {
			0 => join(node, *sibling),
			_ => join(*sibling, node),
		};
		(joined, place >> 1)
	};
	let (peak, _) = siblings.iter().fold((leaf, offset), step);
	peak
}

/// The root of a history of `count` leaves.
fn root(count: u64, bag: H256) -> H256 {
	let tag: &[u8] = b"syngraph/history/1";
	BlakeTwo256::hash_of(&(tag, count, bag))
}

/// An inner node of a mountain.
fn join(left: H256, right: H256) -> H256 {
	let tag: &[u8] = b"syngraph/node/1";
	BlakeTwo256::hash_of(&(tag, left, right))
}

/// Peaks to the right, bagged, with the next one to their left.
fn bag(right: H256, left: H256) -> H256 {
	let tag: &[u8] = b"syngraph/peaks/1";
	BlakeTwo256::hash_of(&(tag, right, left))
}

/// The mountain that holds a leaf.
struct Mountain {
	/// How many mountains lie before it.
	before: usize,
	/// How many levels lie between its leaves and its peak.
	height: u32,
	/// The leaf's place among its leaves.
	offset: u64,
	/// Whether none lies behind it.
	is_last: bool,
}

impl Mountain {
	/// That of the leaf with this number, of `count` leaves.
	fn of(count: u64, number: u64) -> Option<Self> {
		let (mut rest, mut offset, mut before) = (count, number, 0usize);
		loop {
			let height = rest.checked_ilog2()?;
			let size = 1u64.checked_shl(height)?;
			rest = rest.checked_sub(size)?;
			if offset < size {
				let is_last = rest == 0;
				return Some(Self {
					before,
					height,
					offset,
					is_last,
				});
			}
			offset = offset.checked_sub(size)?;
			before = before.checked_add(1)?;
		}
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use proptest::prelude::*;
	use syngraph_primitives::Outcomes;

	fn leaves(count: u64) -> Vec<H256> {
		(0..count).map(H256::from_low_u64_be).collect()
	}

	/// The peak of a complete tree, level by level.
	fn naive_peak(leaves: &[H256]) -> H256 {
		let mut level = leaves.to_vec();
		while level.len() > 1 {
			let pairs = level.chunks(2);
			level = pairs.map(|pair| join(pair[0], pair[1])).collect();
		}
		level[0]
	}

	/// The bag of the peaks above all leaves, if there are any.
	fn naive_bag(leaves: &[H256]) -> Option<H256> {
		let (first, rest) = leaves.split_at(1 << leaves.len().checked_ilog2()?);
		let peak = naive_peak(first);
		Some(naive_bag(rest).map_or(peak, |behind| bag(behind, peak)))
	}

	fn naive_root(leaves: &[H256]) -> H256 {
		let bag = naive_bag(leaves);
		bag.map_or_else(H256::zero, |bag| root(leaves.len() as u64, bag))
	}

	#[test]
	fn a_history_without_leaves_has_a_root_and_shows_nothing() {
		let empty = History::default();
		assert_eq!((empty.count(), empty.root()), (0, H256::zero()));
		assert_eq!(prove_round(&[], 0), None);
		assert!(!verify_round(&empty.root(), 0, 0, H256::zero(), &[]));
	}

	#[test]
	fn it_takes_nothing_to_show_the_only_leaf() {
		let leaf = H256::repeat_byte(1);
		let only = History::of(&[leaf]).root();
		assert_eq!(only, root(1, leaf));
		assert_eq!(prove_round(&[leaf], 0), Some(vec![]));
		assert!(verify_round(&only, 1, 0, leaf, &[]));
	}

	#[test]
	fn the_root_is_that_of_all_leaves_at_once() {
		let all = leaves(300);
		let mut history = History::default();
		for (count, leaf) in all.iter().enumerate() {
			assert_eq!(history.root(), naive_root(&all[..count]), "{count}");
			assert_eq!(history.count(), count as u64);
			assert!(history.is_sound());
			history.append(*leaf);
		}
	}

	/// Of seven leaves there are mountains of four, of two and of one.
	#[test]
	fn a_proof_is_peaks_siblings_and_a_bag() {
		let all = leaves(7);
		let pair = |place: usize| join(all[place], all[place + 1]);
		let proof = prove_round(&all, 5).unwrap();
		assert_eq!(proof, [join(pair(0), pair(2)), all[4], all[6]]);
		let proof = prove_round(&all, 1).unwrap();
		assert_eq!(proof, [all[0], pair(2), bag(all[6], pair(4))]);
		let proof = prove_round(&all, 6).unwrap();
		assert_eq!(proof, [join(pair(0), pair(2)), pair(4)]);
	}

	#[test]
	fn no_number_is_too_large() {
		for (count, number) in [(u64::MAX, u64::MAX), (u64::MAX, 0), (0, u64::MAX)] {
			let zero = H256::zero();
			assert!(!verify_round(&zero, count, number, zero, &[]));
		}
		let mut full = History {
			count: u64::MAX,
			..Default::default()
		};
		let before = full.clone();
		full.append(H256::zero());
		assert_eq!(full, before);
	}

	#[test]
	fn a_leaf_tells_agreement_and_round() {
		let settled = SettledRound {
			first: 1,
			outcomes: Outcomes::new([None, Some(2)]).unwrap(),
			data_root: H256::repeat_byte(3),
			signed: 2,
			proof: H256::repeat_byte(4),
			at: 5u32,
		};
		let other = SettledRound {
			outcomes: Outcomes::new([Some(2), None]).unwrap(),
			..settled.clone()
		};
		let agreement = H256::repeat_byte(6);
		let leaf = round_leaf(&agreement, &settled);
		assert_ne!(leaf, round_leaf(&agreement, &other));
		assert_ne!(leaf, round_leaf(&H256::zero(), &settled));
	}

	proptest! {
		#[test]
		fn a_proof_shows_one_leaf_in_one_place_of_one_history(
			count in 1u64..200,
			pick in any::<u64>(),
			other in any::<u64>(),
			spoilt in any::<usize>(),
		) {
			let all = leaves(count);
			let (number, root) = (pick % count, History::of(&all).root());
			let leaf = all[number as usize];
			let proof = prove_round(&all, number).unwrap();
			prop_assert!(verify_round(&root, count, number, leaf, &proof));
			prop_assert!(!verify_round(&root, count, number, H256::repeat_byte(9), &proof));
			prop_assert!(!verify_round(&H256::repeat_byte(9), count, number, leaf, &proof));
			for number in [other, other % count].into_iter().filter(|other| *other != number) {
				prop_assert!(!verify_round(&root, count, number, leaf, &proof));
			}
			for longer in [&[leaf, root][..1], &[leaf, root][..]] {
				let longer = [&proof[..], longer].concat();
				prop_assert!(!verify_round(&root, count, number, leaf, &longer));
			}
			if !proof.is_empty() {
				let shorter = &proof[..proof.len() - 1];
				prop_assert!(!verify_round(&root, count, number, leaf, shorter));
				let mut changed = proof.clone();
				changed[spoilt % proof.len()] = H256::repeat_byte(9);
				prop_assert!(!verify_round(&root, count, number, leaf, &changed));
			}
		}

		#[test]
		fn there_is_no_proof_beyond_the_end(count in 0u64..100, more in 0u64..1_000) {
			prop_assert_eq!(prove_round(&leaves(count), count + more), None);
		}

		/// Neither a leaf nor an inner node, whatever place in whatever history is claimed for it.
		#[test]
		fn nothing_is_shown_elsewhere(count in 2u64..16, pick in any::<u64>()) {
			let all = leaves(count);
			let number = pick % (count - 1);
			let root = History::of(&all).root();
			let leaf = all[number as usize];
			let inner = join(leaf, all[number as usize + 1]);
			let proof = prove_round(&all, number).unwrap();
			for (other, place) in (1..20).flat_map(|other| (0..other).map(move |place| (other, place))) {
				for from in 0..=proof.len() {
					let shown = |leaf| verify_round(&root, other, place, leaf, &proof[from..]);
					prop_assert_eq!(shown(leaf), (other, place, from) == (count, number, 0));
					prop_assert!(!shown(inner));
				}
			}
		}
	}
}
