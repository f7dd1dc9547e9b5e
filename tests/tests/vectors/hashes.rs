//! An example of each hash: what it is made over, and what it is, as the code makes it.

use codec::Encode;
use pallet_channels::Channel;
use serde_json::{json, Value};
use sp_core::{ed25519, H256};
use sp_io::hashing::{blake2_128, blake2_256};
use syngraph_primitives::{
	blinding, commitment_set, lineup, sealed, ClientId, Feed, Group, Message, Outcomes, Payer,
	Payload, Schema, SensorKeys, SettledRound, SignedMessage, VariableType,
};
use syngraph_protocol::{
	grounds, outcomes_root, possession, prove_round, round_leaf, History, Showing, Sources, Window,
};
use syngraph_runtime::{AccountId, Balance, BlockNumber, SYN};
use syngraph_tests::actors::ChainTerms;

use crate::{
	examples::{
		account, claim, contribution, message, roster, seals, span, terms, BLOCK, CLIENT, FIRST,
		MEMBERS, RESULT, ROUNDS, SECRETS, SENSOR, USERS,
	},
	types::{self, hex, joined, Part},
	vector::GENESIS,
};

/// Something that is hashed.
pub struct Hashed {
	/// What the hash is.
	name: &'static str,
	/// The tag before what is hashed, if there is one.
	pub tag: Option<&'static str>,
	/// What follows the tag.
	pub parts: Vec<Part>,
	/// How many bytes the hash has.
	length: usize,
}

impl Hashed {
	/// An example that the code hashes, too: to `hash`.
	fn new(name: &'static str, tag: Option<&'static str>, parts: Vec<Part>, hash: H256) -> Self {
		Self::to(name, tag, parts, hash.as_bytes())
	}

	/// An example that is hashed to as many bytes as these.
	fn to(name: &'static str, tag: Option<&'static str>, parts: Vec<Part>, hash: &[u8]) -> Self {
		let hashed = Self {
			name,
			tag,
			parts,
			length: hash.len(),
		};
		assert_eq!(hashed.hash(), hash, "{name}");
		hashed
	}

	/// The bytes that are hashed.
	fn bytes(&self) -> Vec<u8> {
		let tag = self.tag.map(|tag| tag.as_bytes().encode());
		[tag.unwrap_or_default(), joined(&self.parts)].concat()
	}

	fn hash(&self) -> Vec<u8> {
		match self.length {
			32 => blake2_256(&self.bytes()).into(),
			length => blake2_128(&self.bytes())[..length].into(),
		}
	}

	/// What is published of it.
	pub fn json(&self) -> Value {
		let fields: Value = self.parts.iter().map(Part::json).collect();
		json!({
			"bytes": hex(&self.bytes()),
			"fields": fields,
			"hash": hex(&self.hash()),
			"name": self.name,
			"tag": self.tag,
		})
	}

	/// Its row of the table.
	pub fn row(&self) -> String {
		let tag = self.tag.map(|tag| format!("`{tag}`"));
		let part = |part: &Part| format!("{} `{}`", part.name, types::name(&part.ty));
		let parts: Vec<_> = self.parts.iter().map(part).collect();
		let parts = match parts.is_empty() {
			true => "nothing".into(),
			false => parts.join(", "),
		};
		format!(
			"| {} | {} | {parts} |\n",
			self.name,
			tag.unwrap_or("none".into())
		)
	}
}

/// All examples.
pub fn hashes() -> Vec<Hashed> {
	let all = [
		of_terms(),
		of_messages(),
		of_window(),
		of_round(),
		of_version(),
		of_lineup(),
		of_history(),
		of_channel(),
	];
	all.into_iter().flatten().collect()
}

/// So many messages of the sensor, the first of which is that of the window.
pub fn messages(count: u64) -> Vec<Message> {
	let first = message();
	let later = |by: u64| Message {
		sequence: first.sequence + by,
		timestamp: first.timestamp + 1_000 * by,
		..first.clone()
	};
	(0..count).map(later).collect()
}

/// The members of a group.
pub fn clients() -> [ClientId; 3] {
	[CLIENT, USERS[0], USERS[1]].map(account)
}

fn of_terms() -> Vec<Hashed> {
	let terms = terms();
	let parts = vec![
		Part::new("tag", ChainTerms::TAG),
		Part::new("genesis", &GENESIS),
		Part::new("terms", &terms),
	];
	let id = terms.id(&GENESIS);
	vec![Hashed::new(
		"id of an agreement: of the bytes that its users sign",
		None,
		parts,
		id,
	)]
}

fn of_messages() -> Vec<Hashed> {
	let two = messages(2);
	let first = &two[0];
	let window = Window::new(&two);
	let leaf = |position: u32| window.proof(position).expect("it has two messages").leaf;
	let above = |message: &Message| Window::new([message]).root();
	let children = vec![
		Part::new("left", &above(&two[0])),
		Part::new("right", &above(&two[1])),
	];
	let signed: Vec<_> = two.iter().cloned().map(sign).collect();
	vec![
		Hashed::new(
			"leaf of a window's Merkle tree",
			Some("syngraph/leaf/1"),
			vec![Part::new("message", first)],
			leaf(0),
		),
		Hashed::new(
			"lowest node of a Merkle tree",
			None,
			vec![Part::new("leaf", &leaf(0))],
			above(first),
		),
		Hashed::new(
			"any other node of a Merkle tree",
			None,
			children,
			window.root(),
		),
		Hashed::new(
			"messages in a showing",
			None,
			vec![Part::new("messages", &signed)],
			Showing::hash(&signed),
		),
	]
}

fn sign(message: Message) -> SignedMessage {
	let signature = SENSOR.sign(&message.signing_bytes(&GENESIS), None);
	SignedMessage {
		message,
		signature: signature.into(),
	}
}

fn of_window() -> Vec<Hashed> {
	let (agreement, message) = (terms().id(&GENESIS), message());
	let before = Window::new(&[]).digest();
	let digest = Window::new([&message]).digest();
	let (span, [intermediary, _]) = (span(agreement), MEMBERS);
	let digests = claim(agreement, 0).digests();
	let parts = vec![
		Part::new("span", &span),
		Part::new("intermediary", &intermediary),
		Part::new("digests", &digests),
	];
	vec![
		Hashed::new(
			"digest of a window before its first message",
			Some("syngraph/window/2"),
			Vec::new(),
			before,
		),
		Hashed::new(
			"digest of a window after its next message",
			None,
			vec![Part::new("digest", &before), Part::new("message", &message)],
			digest,
		),
		Hashed::new(
			"possession: of the root over the digests of the windows",
			Some("syngraph/possession/2"),
			parts,
			possession(&span, intermediary, &digests),
		),
	]
}

fn of_round() -> Vec<Hashed> {
	let agreement = terms().id(&GENESIS);
	let (span, seals) = (span(agreement), seals(agreement));
	let outcomes = outcomes_root(&claim(agreement, 0).outcomes());
	let two = Outcomes::new([None, Some(RESULT)]).expect("they are few");
	let block = Hashed::new(
		"block of outcomes",
		Some("syngraph/outcomes/2"),
		vec![Part::new("runs", &two)],
		outcomes,
	);
	let blocks = [H256::repeat_byte(1), H256::repeat_byte(2)];
	let all = H256(blake2_256(
		&(b"syngraph/blocks/1".to_vec(), blocks.to_vec()).encode(),
	));
	let whole = Hashed::new(
		"outcomes of a round that has several blocks",
		Some("syngraph/blocks/1"),
		vec![Part::new("blocks", &blocks[..])],
		all,
	);
	let seal_of = |place: usize| {
		let parts = vec![
			Part::new("sealed", &sealed(&span, &outcomes)),
			Part::new("intermediary", &MEMBERS[place]),
			Part::new("blinding", &claim(agreement, place).blinding()),
		];
		Hashed::new("seal", Some("syngraph/seal/7"), parts, seals[place])
	};
	let parts = vec![Part::new("span", &span), Part::new("outcomes", &outcomes)];
	let subject = Hashed::new(
		"what all members seal",
		Some("syngraph/sealed/1"),
		parts,
		sealed(&span, &outcomes),
	);
	let blinded = |name, place: usize, contribution| {
		let blinding = blinding(&span, &SECRETS[place], &contribution);
		let parts = vec![
			Part::new("span", &span),
			Part::new("secret", &SECRETS[place]),
			Part::new("contribution", &contribution),
		];
		Hashed::to(name, Some("syngraph/blinding/3"), parts, &blinding)
	};
	let set = Hashed::new(
		"commitment set: of the seals of all members, in the order of the roster",
		Some("syngraph/commitments/1"),
		vec![Part::new("seals", &seals[..])],
		commitment_set(&seals),
	);
	vec![
		block,
		whole,
		blinded(
			"blinding, the first 12 bytes of 16: of the secret of a seal",
			0,
			None,
		),
		blinded(
			"blinding, the first 12 bytes of 16: of the secret of a seal",
			1,
			Some(contribution(agreement, 0)),
		),
		subject,
		seal_of(0),
		seal_of(1),
		set,
	]
}

/// What the sensor declares.
fn schema() -> Schema {
	let variables = [
		("locked", VariableType::Bool),
		("battery", VariableType::Integer),
		("place", VariableType::Text),
	];
	let schema = syngraph_test_kit::schema("lock", &variables);
	assert_eq!(schema.check(), Ok(()));
	assert_eq!(schema.check_message(&message()), Ok(()));
	schema
}

fn of_version() -> Vec<Hashed> {
	let terms = terms();
	let feed = Feed::from(terms.sensors[0]);
	let keys = SensorKeys::new(BLOCK, ed25519::Public::from_raw(SENSOR.public()));
	let outlook = keys.outlook();
	let times = (1_600_000_000_000, 1_800_000_000_000);
	let schemas = vec![schema()];
	let grounds = grounds(times, &schemas);
	let sources = Sources {
		feeds: vec![feed],
		keys: vec![keys],
		shape: terms.window,
		replaced: 0,
		grounds,
	};
	let (earliest, latest) = times;
	vec![
		Hashed::new(
			"grounds of a version: the earliest and the latest time of a message that counts, and what the sensors declared",
			Some("syngraph/grounds/1"),
			vec![
				Part::new("earliest", &earliest),
				Part::new("latest", &latest),
				Part::new("schemas", &schemas),
			],
			grounds,
		),
		Hashed::new(
			"facts of a version: its grounds, and of each sensor where its messages begin and which are valid",
			Some("syngraph/sources/2"),
			vec![
				Part::new("grounds", &grounds),
				Part::new("sensors", &vec![(feed, outlook)]),
			],
			sources.version().facts,
		),
	]
}

fn of_lineup() -> Vec<Hashed> {
	let roster = roster();
	vec![Hashed::new(
		"line-up of a round: the roster, and how many rounds were decided before",
		Some("syngraph/lineup/1"),
		vec![Part::new("roster", &roster), Part::new("rounds", &ROUNDS)],
		lineup(&roster, ROUNDS),
	)]
}

/// Of three rounds, of which the first two are a mountain.
fn of_history() -> Vec<Hashed> {
	let agreement = terms().id(&GENESIS);
	let settled = SettledRound {
		first: FIRST,
		outcomes: Outcomes::new([None, Some(RESULT)]).expect("they are few"),
		data_root: claim(agreement, 0).commitment().data_root,
		signed: 2,
		proof: H256::repeat_byte(0x72),
		at: BLOCK,
	};
	let leaf = round_leaf(&agreement, &settled);
	let leaves = [leaf, H256::repeat_byte(0x73), H256::repeat_byte(0x74)];
	let [first, second, third] = leaves;
	let node = prove_round(&leaves, 2).expect("there are three")[0];
	// The code does not give the bag of three leaves away, but for a proof about four more before them.
	let more = [&[first; 4][..], &leaves[..]].concat();
	let proof = prove_round(&more, 0).expect("there are seven");
	let bag = *proof.last().expect("there are peaks behind it");
	vec![
		Hashed::new(
			"leaf of a history: of a round that settled",
			Some("syngraph/round/1"),
			vec![
				Part::new("agreement", &agreement),
				Part::new("settled", &settled),
			],
			leaf,
		),
		Hashed::new(
			"node of a mountain of a history",
			Some("syngraph/node/1"),
			vec![Part::new("left", &first), Part::new("right", &second)],
			node,
		),
		Hashed::new(
			"bag of peaks of a history, with the next one to their left",
			Some("syngraph/peaks/1"),
			vec![Part::new("right", &third), Part::new("left", &node)],
			bag,
		),
		Hashed::new(
			"root of a history: of the number of its leaves and the bag of all its peaks",
			Some("syngraph/history/1"),
			vec![Part::new("count", &3u64), Part::new("bag", &bag)],
			History::of(&leaves).root(),
		),
	]
}

fn of_channel() -> Vec<Hashed> {
	let [client, ..] = clients();
	let leaf = Hashed {
		name: "leaf of a group's Merkle tree",
		tag: Some("syngraph/client/1"),
		parts: vec![Part::new("index", &0u32), Part::new("client", &client)],
		length: 32,
	};
	// The code does not give the leaf away, but the root of the tree that has no other.
	let group = Group::new(&[client]).expect("it has a member");
	assert_eq!(group.root, H256(blake2_256(&leaf.hash())));
	let channel: Channel<AccountId, Balance, BlockNumber> = Channel {
		depositor: account(USERS[0]),
		payee: account(USERS[1]),
		payer: Payer::Delegated(account(CLIENT)),
		change: None,
		funds: 100 * SYN,
		paid: 0,
		expires: 1_100,
		deposit: SYN / 10,
	};
	let events: u32 = 2;
	let parts = vec![
		Part::new("channel", &channel),
		Part::new("block", &BLOCK),
		Part::new("events", &events),
	];
	let id = channel.id(BLOCK, events);
	let id = Hashed::new(
		"id of a channel: of the channel as it is opened, the block, and the number of events before it in the block",
		Some("syngraph/channel/1"),
		parts,
		id,
	);
	vec![leaf, id]
}
