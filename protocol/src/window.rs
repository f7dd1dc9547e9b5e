//! Windows: what is computed on, and how its contents are shown to be the same everywhere.

use alloc::vec::Vec;
use binary_merkle_tree::{merkle_proof, MerkleProof};
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;
use sp_core::H256;
use sp_runtime::traits::{BlakeTwo256, Hash};
use syngraph_primitives::{IntermediaryId, Message, Span};

use crate::tree::{root_of, verify_path, Tree, SUBTREES};

/// The messages of a window as leaves of a Merkle tree: sensor after sensor in the order of the terms,
/// each sensor's messages in sequence.
///
/// A leaf is the hash of a message without its signature, because a sensor can make any number of
/// valid signatures over one message.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Window {
	leaves: Vec<H256>,
	contents: Contents,
}

impl Window {
	/// The window that holds `messages`, of which there are
	/// [`MAX_WINDOW_MESSAGES`](syngraph_primitives::MAX_WINDOW_MESSAGES) at most.
	pub fn new<'a>(messages: impl IntoIterator<Item = &'a Message>) -> Self {
		let mut contents = Contents::default();
		let leaves = messages
			.into_iter()
			.map(|message| contents.push(message))
			.collect();
		Self { leaves, contents }
	}

	/// The Merkle root: `H(w[t])`.
	pub fn root(&self) -> H256 {
		self.contents.root()
	}

	/// A hash over the messages themselves. It is never sent: who knows it has, or was given it by
	/// someone who has, the window.
	pub fn digest(&self) -> H256 {
		self.contents.digest()
	}

	/// What is needed besides the messages before position `from` to tell the root: that of each subtree
	/// of the messages from there on, the largest ones first that are complete and begin where the last
	/// ended. There are [`MAX_REST`] at most.
	pub fn rest(&self, from: u32) -> Vec<H256> {
		let (mut from, count) = (from, self.contents.count());
		let mut rest = Vec::new();
		while let Some(level) = level(from, count) {
			let end = from.saturating_add(1 << level);
			let leaves = self.leaves.get(from as usize..end as usize);
			rest.push(root_of(leaves.unwrap_or_default().iter().copied()));
			from = end;
		}
		rest
	}

	/// What shows that the message at `position` belongs to the window. None beyond its end.
	pub fn proof(&self, position: u32) -> Option<MerkleProof<H256, H256>> {
		((position as usize) < self.leaves.len())
			.then(|| merkle_proof::<BlakeTwo256, _, _>(self.leaves.iter().copied(), position))
	}
}

/// The Merkle root and the digest of messages that come one after the other.
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
pub(crate) struct Contents {
	tree: Tree,
	/// None as long as there are no messages.
	digest: Option<H256>,
}

/// The most hashes of a [`Window::rest`]: the subtrees grow up to the largest one, and shrink after it.
pub const MAX_REST: u32 = 2 * (SUBTREES - 1);

/// The level of the largest complete subtree that begins with the message at `from`, of `count` messages.
/// None beyond the end.
fn level(from: u32, count: u32) -> Option<u32> {
	let left = count.checked_sub(from)?.checked_ilog2()?;
	Some(left.min(from.trailing_zeros()))
}

impl Contents {
	/// How many messages were taken in.
	pub(crate) fn count(&self) -> u32 {
		self.tree.count()
	}

	/// Takes in the next message and gives its leaf.
	pub(crate) fn push(&mut self, message: &Message) -> H256 {
		let leaf = leaf(message);
		self.tree.push(leaf);
		self.digest = Some(BlakeTwo256::hash_of(&(self.digest(), message)));
		leaf
	}

	/// The root of the window of `count` messages that begins with these, if `rest` holds what is missing of
	/// it, see [`Window::rest`].
	pub(crate) fn root_with(&self, rest: &[H256], count: u32) -> Option<H256> {
		let mut whole = self.tree.clone();
		for subtree in rest {
			whole.add(*subtree, level(whole.count(), count)?);
		}
		(whole.count() == count).then(|| whole.root())
	}

	/// The Merkle root.
	pub(crate) fn root(&self) -> H256 {
		self.tree.root()
	}

	/// The digest: a hash chain over the messages.
	pub(crate) fn digest(&self) -> H256 {
		let tag: &[u8] = b"syngraph/window/2";
		self.digest.unwrap_or_else(|| BlakeTwo256::hash_of(&tag))
	}
}

/// Whether `message` is the one at `position` of a window of `count` messages with the `root`.
pub fn verify_message(
	root: &H256,
	siblings: &[H256],
	count: u32,
	position: u32,
	message: &Message,
) -> bool {
	verify_path(root, siblings, count, position, leaf(message))
}

/// Shows, to whoever has the windows of a round, that `intermediary` has them too. `digests` is the root over their
/// digests ([`crate::root_of`]), which is never sent.
///
/// The root of the data alone would not: a lazy intermediary could copy it from a peer's commitment.
pub fn possession(span: &Span, intermediary: IntermediaryId, digests: &H256) -> H256 {
	let tag: &[u8] = b"syngraph/possession/2";
	BlakeTwo256::hash_of(&(tag, span, intermediary, digests))
}

/// Leaves are hashes, so that the tree's own hash of a leaf has 32 bytes of input where that of an
/// inner node has 64: one can never be taken for the other.
fn leaf(message: &Message) -> H256 {
	let tag: &[u8] = b"syngraph/leaf/1";
	BlakeTwo256::hash_of(&(tag, message))
}

#[cfg(test)]
mod tests {
	use super::*;
	use binary_merkle_tree::merkle_root;
	use proptest::prelude::*;
	use syngraph_primitives::{RoundId, SourceVersion, MAX_WINDOW_MESSAGES};

	fn message(sequence: u64) -> Message {
		Message {
			sensor: 1,
			kind: b"lock".to_vec().try_into().unwrap(),
			sequence,
			timestamp: 7,
			values: Default::default(),
		}
	}

	fn messages(count: u64) -> Vec<Message> {
		(0..count).map(message).collect()
	}

	#[test]
	fn root_and_digest_depend_on_every_message_and_their_order() {
		let window = Window::new(&messages(3));
		let mut swapped = messages(3);
		swapped.swap(0, 1);
		for other in [messages(2), messages(4), swapped] {
			let other = Window::new(&other);
			assert_ne!(window.root(), other.root());
			assert_ne!(window.digest(), other.digest());
		}
		assert_ne!(window.root(), window.digest());
	}

	#[test]
	fn the_root_is_that_of_all_leaves_at_once() {
		let all = messages(u64::from(MAX_WINDOW_MESSAGES));
		let leaves: Vec<H256> = all.iter().map(leaf).collect();
		let mut contents = Contents::default();
		for (count, message) in all.iter().enumerate() {
			if count <= 300 || count % 509 == 0 {
				let root = merkle_root::<BlakeTwo256, _>(&leaves[..count]);
				assert_eq!(contents.root(), root, "{count}");
			}
			assert_eq!(contents.push(message), leaves[count]);
		}
		assert_eq!(contents.root(), merkle_root::<BlakeTwo256, _>(&leaves));
		assert_eq!(contents.count(), MAX_WINDOW_MESSAGES);
	}

	fn contents(messages: &[Message]) -> Contents {
		let mut contents = Contents::default();
		for message in messages {
			contents.push(message);
		}
		contents
	}

	#[test]
	fn whatever_comes_first_and_the_rest_make_up_the_root() {
		let most = MAX_WINDOW_MESSAGES;
		for count in (0..40).chain([most - 1, most]) {
			let all = messages(count.into());
			let window = Window::new(&all);
			let step = if count < 40 { 1 } else { 509 };
			let sizes = (0..count).step_by(step).chain([count]);
			for first in sizes {
				let rest = window.rest(first);
				assert!(rest.len() <= MAX_REST as usize);
				let contents = contents(&all[..first as usize]);
				let root = contents.root_with(&rest, count);
				assert_eq!(root, Some(window.root()), "{first} of {count}");
			}
		}
	}

	#[test]
	fn no_other_messages_come_first() {
		let all = messages(9);
		let window = Window::new(&all);
		for first in 0..9u32 {
			let mut other = all[..first as usize].to_vec();
			let rest = window.rest(first);
			other.iter_mut().for_each(|message| message.timestamp += 1);
			let root = contents(&other).root_with(&rest, 9);
			assert_eq!(root == Some(window.root()), first == 0);
			// Nor with another rest.
			let contents = contents(&all[..first as usize]);
			assert_eq!(contents.root_with(&rest[1..], 9), None);
			let longer = [&rest[..], &[window.root()]].concat();
			assert_eq!(contents.root_with(&longer, 9), None);
		}
		assert!(window.rest(9).is_empty() && window.rest(10).is_empty());
	}

	#[test]
	fn a_window_without_messages_has_a_root_and_a_digest() {
		let window = Window::new(&[]);
		assert_eq!(
			window.root(),
			merkle_root::<BlakeTwo256, _>(Vec::<H256>::new())
		);
		assert_eq!(Contents::default().root_with(&[], 0), Some(window.root()));
		assert_ne!(window.digest(), window.root());
	}

	#[test]
	fn the_digest_is_a_hash_chain_over_the_messages() {
		let tag: &[u8] = b"syngraph/window/2";
		let expected = messages(3)
			.iter()
			.fold(BlakeTwo256::hash_of(&tag), |digest, message| {
				BlakeTwo256::hash_of(&(digest, message))
			});
		assert_eq!(Window::new(&messages(3)).digest(), expected);
	}

	#[test]
	fn possession_is_personal() {
		let digests = H256::repeat_byte(1);
		let span = Span {
			round: RoundId {
				agreement: H256::repeat_byte(2),
				roster: 0,
				first: 0,
				version: SourceVersion::bare(0),
				lineup: H256::zero(),
			},
			attempt: 0,
			end: 1,
		};
		let longer = Span { end: 2, ..span };
		let base = possession(&span, 1, &digests);
		assert_ne!(base, possession(&span, 2, &digests));
		assert_ne!(base, possession(&longer, 1, &digests));
		assert_ne!(base, possession(&span, 1, &H256::zero()));
	}

	#[test]
	fn there_is_no_proof_beyond_the_end() {
		assert!(Window::new(&messages(2)).proof(2).is_none());
		assert!(Window::new(&[]).proof(0).is_none());
	}

	proptest! {
		#[test]
		fn a_proof_fits_one_message_in_one_place(count in 1u64..40, pick in any::<u64>()) {
			let all = messages(count);
			let position = (pick % count) as u32;
			let window = Window::new(&all);
			let proof = window.proof(position).unwrap();
			let check = |at: u32, message: &Message| {
				verify_message(&window.root(), &proof.proof, count as u32, at, message)
			};
			prop_assert!(check(position, &all[position as usize]));
			prop_assert!(!check(position, &message(count)));
			if count > 1 {
				let elsewhere = (position + 1) % count as u32;
				prop_assert!(!check(elsewhere, &all[position as usize]));
			}
		}
	}
}
