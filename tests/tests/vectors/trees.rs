//! Merkle trees, with what shows that something belongs to them; and lists of outcomes.

use codec::Encode;
use serde_json::{json, Value};
use sp_core::H256;
use syngraph_primitives::{Group, Membership, Outcomes, ResultValue};
use syngraph_protocol::{
	outcome_leaf, outcomes_root, outcomes_root_of, path, root_of, verify_message, verify_path,
	Kind, Level, Window, BLOCK,
};

use crate::{
	hashes::{clients, messages},
	types::hex,
};

/// A Merkle tree.
pub struct Tree {
	name: String,
	/// The tag of its leaves; none if they are hashes themselves.
	tag: Option<&'static str>,
	/// What follows the tag in each leaf.
	items: Vec<Vec<u8>>,
	root: H256,
	/// The siblings on the way from each leaf to the root.
	proofs: Option<Vec<Vec<H256>>>,
	/// Of a window: what a showing states that ends before each of its messages.
	rests: Option<Vec<Vec<H256>>>,
	/// Of the windows of a round: the roots of the tree's blocks, which are opened first in a dispute.
	blocks: Option<Vec<H256>>,
}

impl Tree {
	/// What is published of it.
	pub fn json(&self) -> Value {
		let items: Vec<_> = self.items.iter().map(|item| hex(item)).collect();
		let mut tree = json!({
			"items": items,
			"name": self.name,
			"root": hex(&self.root.0),
			"tag": self.tag,
		});
		let lists = |all: &[Vec<H256>]| -> Value { all.iter().map(|all| list(all)).collect() };
		if let Some(proofs) = &self.proofs {
			tree["proofs"] = lists(proofs);
		}
		if let Some(rests) = &self.rests {
			tree["rests"] = lists(rests);
		}
		if let Some(blocks) = &self.blocks {
			tree["blocks"] = list(blocks);
		}
		tree
	}
}

/// A list of hashes as it is published.
fn list(list: &[H256]) -> Value {
	list.iter().map(|hash| hex(&hash.0)).collect()
}

/// All examples.
pub fn trees() -> Vec<Tree> {
	let windows = [0, 1, 2, 3, 5].map(window);
	let rounds = [1, 3, 5, BLOCK + 2].map(data);
	windows.into_iter().chain(rounds).chain([group()]).collect()
}

/// A window of so many messages.
fn window(count: u32) -> Tree {
	let messages = messages(count.into());
	let window = Window::new(&messages);
	let root = window.root();
	let proof = |(position, message)| {
		let proof = window.proof(position).expect("it has that message").proof;
		assert!(verify_message(&root, &proof, count, position, message));
		proof
	};
	Tree {
		name: format!("window of {count}"),
		tag: Some("syngraph/leaf/1"),
		items: messages.iter().map(Encode::encode).collect(),
		root,
		proofs: Some((0..).zip(&messages).map(proof).collect()),
		rests: Some((0..count).map(|from| window.rest(from)).collect()),
		blocks: None,
	}
}

/// The data of a round of so many windows: the first has no messages, each other one more than the one before.
fn data(count: u32) -> Tree {
	let root_of_window = |messages: u32| Window::new(&self::messages(messages.into())).root();
	let roots: Vec<H256> = (0..count).map(root_of_window).collect();
	let root = root_of(roots.iter().copied());
	let proof = |(place, window): (u32, &H256)| {
		let path = path(&roots, place).expect("it has that window");
		assert!(verify_path(&root, &path, count, place, *window));
		path.into_inner()
	};
	Tree {
		name: format!("data of {count} windows"),
		tag: None,
		items: roots.iter().map(Encode::encode).collect(),
		root,
		proofs: Some((0..).zip(&roots).map(proof).collect()),
		rests: None,
		blocks: Some(blocks(Kind::Data, &roots)),
	}
}

/// What is opened first in a dispute about a round of windows with these leaves.
fn blocks(kind: Kind, leaves: &[H256]) -> Vec<H256> {
	let blocks = kind.hashes(Level::Blocks, leaves);
	blocks.expect("a round has no more").into_inner()
}

/// The outcomes of the windows of a round.
pub struct OutcomeList {
	name: String,
	outcomes: Vec<Option<ResultValue>>,
	leaves: Vec<H256>,
	root: H256,
}

impl OutcomeList {
	/// Those of so many windows, of which every third has a result, be it zero.
	fn of(count: u32) -> Self {
		let outcome = |window: u32| {
			let result = ResultValue::from(window);
			window.is_multiple_of(3).then_some(result)
		};
		let all: Vec<_> = (0..count).map(outcome).collect();
		let leaves: Vec<H256> = all.iter().map(|outcome| outcome_leaf(*outcome)).collect();
		let root = outcomes_root_of(all.iter().copied());
		assert_eq!(Kind::Outcomes.root(&leaves), Some(root));
		// Whoever checks a proof of computation makes it of runs.
		let outcomes = Outcomes::new(all.iter().copied()).expect("they fit into a round");
		assert_eq!(outcomes_root(&outcomes), root);
		Self {
			name: format!("outcomes of {count} windows"),
			outcomes: all,
			leaves,
			root,
		}
	}

	/// What is published of it.
	pub fn json(&self) -> Value {
		let items: Vec<_> = self
			.outcomes
			.iter()
			.map(|item| hex(&item.encode()))
			.collect();
		json!({
			"blocks": list(&blocks(Kind::Outcomes, &self.leaves)),
			"items": items,
			"leaves": list(&self.leaves),
			"name": self.name,
			"root": hex(&self.root.0),
		})
	}
}

/// Examples of outcomes: more of them than a block holds, too.
pub fn outcome_lists() -> Vec<OutcomeList> {
	[1, 6, BLOCK + 2].map(OutcomeList::of).into()
}

/// A group of clients.
fn group() -> Tree {
	let clients = clients();
	let group = Group::new(&clients).expect("it has members");
	let (items, proofs) = (0..group.members)
		.map(|index| {
			let membership = Membership::new(&clients, index).expect("it has that member");
			assert!(group.includes(&membership));
			let item = (index, &membership.client).encode();
			(item, membership.siblings.into_inner())
		})
		.unzip();
	Tree {
		name: format!("group of {}", group.members),
		tag: Some("syngraph/client/1"),
		items,
		root: group.root,
		proofs: Some(proofs),
		rests: None,
		blocks: None,
	}
}
