//! Merkle trees, with what shows that something belongs to them.

use codec::Encode;
use serde_json::{json, Value};
use sp_core::H256;
use syngraph_primitives::{Group, Membership};
use syngraph_protocol::{verify_message, Window};

use crate::{
	hashes::{clients, messages},
	types::hex,
};

/// A Merkle tree.
pub struct Tree {
	name: String,
	/// The tag of its leaves.
	tag: &'static str,
	/// What follows the tag in each leaf.
	items: Vec<Vec<u8>>,
	root: H256,
	/// The siblings on the way from each leaf to the root.
	proofs: Vec<Vec<H256>>,
	/// Of a window: what a showing states that ends before each of its messages.
	rests: Option<Vec<Vec<H256>>>,
}

impl Tree {
	/// What is published of it.
	pub fn json(&self) -> Value {
		let items: Vec<_> = self.items.iter().map(|item| hex(item)).collect();
		let mut tree = json!({
			"items": items,
			"name": self.name,
			"proofs": lists(&self.proofs),
			"root": hex(&self.root.0),
			"tag": self.tag,
		});
		if let Some(rests) = &self.rests {
			tree["rests"] = lists(rests);
		}
		tree
	}
}

/// Lists of hashes as they are published.
fn lists(lists: &[Vec<H256>]) -> Value {
	let list = |list: &Vec<H256>| -> Value { list.iter().map(|hash| hex(&hash.0)).collect() };
	lists.iter().map(list).collect()
}

/// All examples.
pub fn trees() -> Vec<Tree> {
	let windows = [0, 1, 2, 3, 5].map(window);
	windows.into_iter().chain([group()]).collect()
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
		tag: "syngraph/leaf/1",
		items: messages.iter().map(Encode::encode).collect(),
		root,
		proofs: (0..).zip(&messages).map(proof).collect(),
		rests: Some((0..count).map(|from| window.rest(from)).collect()),
	}
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
		tag: "syngraph/client/1",
		items,
		root: group.root,
		proofs,
		rests: None,
	}
}
