//! A small example of everything that is signed. They belong together: the message makes up the window of the round
//! under the terms.

use codec::{Compact, Encode};
use serde_json::{json, Value};
use sp_core::{sr25519, H256};
use syngraph_primitives::{
	commitment_set, seal, AgreementId, Amount, Commitment, Consent, Done, Heartbeat,
	IntermediaryId, KeyProof, Lack, Message, OnFailure, QualityOfService, Receipt, ResultValue,
	Reveal, Role, RosterNumber, Secret, SensorId, SignedDone, SignedMessage, SignedStatement,
	Source, SourceVersion, Statement, TimeLimits, Value as Reading, WindowIndex, WindowShape,
};
use syngraph_protocol::{
	possession, settlement_of, Ask, Bundle, Past, Revealed, Showing, SignedBundle, Utterance,
	Window,
};
use syngraph_runtime::{AccountId, Balance, BlockNumber, SYN};
use syngraph_test_kit::{
	bounded, bytes, pipeline,
	terms::{party, transfer},
};
use syngraph_tests::actors::{name, ChainTerms};

use crate::{
	types::{hex, Part},
	vector::{Book, Example, Key, Signer, Vector, GENESIS},
};

/// The key of the device whose message `docs/how-to/device.md` shows.
pub const SENSOR: Key = key(Signer::Sensor, 0x2a);
/// The users.
pub const USERS: [Key; 2] = [key(Signer::Account, 1), key(Signer::Account, 2)];
/// Signs terms for the first user.
const SIGNER: Key = key(Signer::Account, 3);
const OPERATOR: Key = key(Signer::Account, 4);
const INTERMEDIARY: Key = key(Signer::Intermediary, 5);
/// The payer of the channel.
pub const CLIENT: Key = key(Signer::Client, 6);

const SENSOR_ID: SensorId = 7;
/// The members of the roster.
pub const MEMBERS: [IntermediaryId; 2] = [5, 6];
/// The window of the round.
pub const WINDOW: WindowIndex = 1;
/// The number of the roster.
pub const ROSTER: RosterNumber = 4;
/// The version of the window's sources.
pub const VERSION: SourceVersion = SourceVersion {
	changes: 2,
	facts: H256::repeat_byte(0x11),
};
/// How many messages the window holds.
pub const RESULT: ResultValue = 1;
/// The members' secrets.
pub const SECRETS: [Secret; 2] = [[0x22; 32], [0x23; 32]];
/// The block in which all of it happens.
pub const BLOCK: BlockNumber = 100;

/// Who signs what an intermediary says.
const MEMBER: &str = "an intermediary";

const fn key(signer: Signer, byte: u8) -> Key {
	Key { signer, byte }
}

/// Some fields of a struct.
macro_rules! fields {
	($of:expr, $($name:ident),+) => {
		vec![$(Part::new(stringify!($name), &$of.$name)),+]
	};
}

/// All vectors. Signatures that are good are taken from the list of those that are published.
pub fn vectors(known: &Value) -> Vec<Vector> {
	let mut book = Book::new(known);
	sign_keys(&mut book);
	let message = sign_message(&mut book);
	let agreement = sign_terms(&mut book);
	sign_consent(&mut book, agreement);
	sign_heartbeat(&mut book);
	let utterance = sign_round(&mut book, agreement, &message.message);
	let done = sign_done(&mut book, agreement);
	sign_bundle(&mut book, done, utterance);
	sign_lack(&mut book, agreement);
	sign_showing(&mut book, agreement, message);
	sign_receipt(&mut book);
	book.vectors
}

/// The account of a key.
pub fn account(key: Key) -> AccountId {
	key.public().into()
}

fn sign_keys(book: &mut Book<'_>) {
	let proofs = [
		(
			"key proof of a user's signer",
			"the signer",
			SIGNER,
			Role::User,
			USERS[0],
		),
		(
			"key proof of a sensor",
			"the sensor",
			SENSOR,
			Role::Sensor,
			USERS[0],
		),
		(
			"key proof of an intermediary",
			"the intermediary",
			INTERMEDIARY,
			Role::Intermediary,
			OPERATOR,
		),
	];
	for (name, signed_by, key, role, owner) in proofs {
		let owner = account(owner);
		let value = json!({ "owner": hex(&owner.encode()), "role": format!("{role:?}") });
		let payload = KeyProof { role, owner };
		book.add(Example {
			name,
			signed_by,
			key,
			payload: &payload,
			fields: fields!(payload, role, owner),
			value: Some(value),
		});
	}
}

/// The message of the window: the one with the sequence number 3.
pub fn message() -> Message {
	Message {
		sensor: SENSOR_ID,
		kind: name("lock"),
		sequence: 3,
		timestamp: 1_700_000_000_000,
		values: bounded(vec![
			Reading::Bool(true),
			Reading::Integer(80),
			Reading::Text(bytes("quay")),
		]),
	}
}

fn sign_message(book: &mut Book<'_>) -> SignedMessage {
	let message = message();
	let signature = book.add(Example {
		name: "message",
		signed_by: "the sensor",
		key: SENSOR,
		payload: &message,
		fields: fields!(message, sensor, kind, sequence, timestamp, values),
		value: Some(json!({
			"kind": "lock",
			"sensor": message.sensor,
			"sequence": message.sequence,
			"timestamp": message.timestamp,
			"values": [{ "Bool": true }, { "Integer": 80 }, { "Text": "quay" }],
		})),
	});
	SignedMessage {
		message,
		signature: signature.into(),
	}
}

/// What the users sign.
pub fn terms() -> ChainTerms {
	let party = |place: usize, spares: &[IntermediaryId]| {
		party(account(USERS[place]), &[MEMBERS[place]], spares, 100 * SYN)
	};
	let function = r#"{"take":"messages","aggregate":"count"}"#;
	let source = Source {
		sensor: SENSOR_ID,
		start: 2,
	};
	ChainTerms {
		users: bounded(vec![party(0, &[8]), party(1, &[])]),
		sensors: bounded(vec![source]),
		window: WindowShape { size: 1, slide: 1 },
		function: pipeline(function),
		quality_of_service: QualityOfService::NoProof,
		reaction: bounded(vec![transfer(Amount::Fixed(SYN / 1_000))]),
		reward: SYN / 100,
		retainer: SYN / 50,
		spare_retainer: SYN / 200,
		penalty: 5 * SYN,
		absence_fee: SYN / 10,
		on_failure: OnFailure::GoOn,
		limits: TimeLimits {
			sign_by: 200,
			starts_at: 100,
			ends_at: 1_100,
			notice: 10,
			retention: 110,
			answer: 30,
			drift: 60_000,
		},
		nonce: 9,
	}
}

fn sign_terms(book: &mut Book<'_>) -> AgreementId {
	let terms = terms();
	assert_eq!(terms.check(), Ok(()));
	book.add(Example {
		name: "terms",
		signed_by: "every user's signer",
		key: SIGNER,
		payload: &terms,
		fields: fields!(
			terms,
			users,
			sensors,
			window,
			function,
			quality_of_service,
			reaction,
			reward,
			retainer,
			spare_retainer,
			penalty,
			absence_fee,
			on_failure,
			limits,
			nonce
		),
		value: None,
	});
	terms.id(&GENESIS)
}

fn sign_consent(book: &mut Book<'_>, agreement: AgreementId) {
	let [intermediary, _] = MEMBERS;
	let consent = Consent {
		agreement,
		intermediary,
	};
	let value = json!({ "agreement": hex(&agreement.0), "intermediary": intermediary });
	book.add(Example {
		name: "consent that an intermediary is named in an agreement",
		signed_by: "its operator",
		key: OPERATOR,
		payload: &consent,
		fields: fields!(consent, agreement, intermediary),
		value: Some(value),
	});
}

fn sign_heartbeat(book: &mut Book<'_>) {
	let heartbeat = Heartbeat {
		intermediary: MEMBERS[0],
		at: BLOCK,
	};
	book.add(Example {
		name: "heartbeat: an intermediary is alive in a block",
		signed_by: "the intermediary",
		key: INTERMEDIARY,
		payload: &heartbeat,
		fields: fields!(heartbeat, intermediary, at),
		value: None,
	});
}

/// The seal of the member in a place.
pub fn seal_of(agreement: &AgreementId, place: usize) -> H256 {
	let (member, secret) = (MEMBERS[place], &SECRETS[place]);
	seal(
		agreement,
		WINDOW,
		ROSTER,
		VERSION,
		member,
		Some(RESULT),
		secret,
	)
}

fn commitment(agreement: AgreementId, message: &Message) -> Commitment {
	let window = Window::new([message]);
	let [intermediary, _] = MEMBERS;
	Commitment {
		agreement,
		window: WINDOW,
		roster: ROSTER,
		version: VERSION,
		intermediary,
		seal: seal_of(&agreement, 0),
		root: window.root(),
		possession: possession(&agreement, WINDOW, intermediary, &window.digest()),
	}
}

fn reveal(agreement: AgreementId) -> Reveal {
	Reveal {
		agreement,
		window: WINDOW,
		roster: ROSTER,
		version: VERSION,
		intermediary: MEMBERS[0],
		result: Some(RESULT),
		secret: SECRETS[0],
		commitments: commitment_set(&[seal_of(&agreement, 0), seal_of(&agreement, 1)]),
	}
}

/// Signs a statement, whose variant has an index and these fields.
fn sign_statement(
	book: &mut Book<'_>,
	name: &'static str,
	statement: Statement,
	index: u8,
	fields: Vec<Part>,
) -> SignedStatement {
	let variant = Part::new("variant", &index);
	let signature = book.add(Example {
		name,
		signed_by: MEMBER,
		key: INTERMEDIARY,
		payload: &statement,
		fields: [variant].into_iter().chain(fields).collect(),
		value: None,
	});
	SignedStatement {
		statement,
		signature: signature.into(),
	}
}

/// All that a member says about a window.
fn sign_round(book: &mut Book<'_>, agreement: AgreementId, message: &Message) -> Utterance {
	let (commit, reveal) = (commitment(agreement, message), reveal(agreement));
	let settlement = settlement_of(&commit, &reveal).expect("there is a result");
	let fields = fields!(
		commit,
		agreement,
		window,
		roster,
		version,
		intermediary,
		seal,
		root,
		possession
	);
	let commit = sign_statement(
		book,
		"statement: commitment",
		Statement::Commit(commit),
		0,
		fields,
	);
	let fields = fields!(
		reveal,
		agreement,
		window,
		roster,
		version,
		intermediary,
		result,
		secret,
		commitments
	);
	let statement = sign_statement(
		book,
		"statement: reveal",
		Statement::Reveal(reveal),
		1,
		fields,
	);
	let signature = book.add(Example {
		name: "settlement",
		signed_by: "every intermediary, all the same bytes",
		key: INTERMEDIARY,
		payload: &settlement,
		fields: fields!(
			settlement,
			agreement,
			window,
			roster,
			version,
			result,
			root,
			commitments
		),
		value: None,
	});
	Utterance {
		commit,
		reveal: Some(Revealed {
			statement,
			settlement: Some(signature.into()),
		}),
	}
}

fn sign_done(book: &mut Book<'_>, agreement: AgreementId) -> SignedDone {
	let done = Done {
		agreement,
		roster: ROSTER,
		intermediary: MEMBERS[0],
		below: WINDOW,
		at: BLOCK,
		replaced: 0,
	};
	let signature = book.add(Example {
		name: "declaration: all windows below one are done with, as of a block",
		signed_by: MEMBER,
		key: INTERMEDIARY,
		payload: &done,
		fields: fields!(done, agreement, roster, intermediary, below, at, replaced),
		value: None,
	});
	SignedDone {
		done,
		signature: signature.into(),
	}
}

fn sign_bundle(book: &mut Book<'_>, done: SignedDone, utterance: Utterance) {
	let Done {
		agreement,
		roster,
		intermediary,
		..
	} = done.done;
	let key = sr25519::Public::from_raw(INTERMEDIARY.public());
	assert!(utterance.verify(&GENESIS, &key));
	let bundle = Bundle {
		agreement,
		intermediary,
		roster,
		done,
		heard: Vec::new(),
		past: Past {
			next: WINDOW + 1,
			reopened: 0,
			spoken: VERSION.changes,
		},
		utterances: vec![utterance],
		asks: vec![Ask {
			sensor: SENSOR_ID,
			from: 4,
			to: 6,
		}],
	};
	let signature = book.add(Example {
		name: "bundle",
		signed_by: MEMBER,
		key: INTERMEDIARY,
		payload: &bundle,
		fields: fields!(
			bundle,
			agreement,
			intermediary,
			roster,
			done,
			heard,
			past,
			utterances,
			asks
		),
		value: None,
	});
	let signature = signature.into();
	assert!(SignedBundle { bundle, signature }.verify(&GENESIS, &key));
}

fn sign_lack(book: &mut Book<'_>, agreement: AgreementId) {
	let lack = Lack {
		agreement,
		window: WINDOW,
		roster: ROSTER,
		intermediary: MEMBERS[0],
	};
	book.add(Example {
		name: "lack: messages of a window are missing",
		signed_by: MEMBER,
		key: INTERMEDIARY,
		payload: &lack,
		fields: fields!(lack, agreement, window, roster, intermediary),
		value: None,
	});
}

fn sign_showing(book: &mut Book<'_>, agreement: AgreementId, message: SignedMessage) {
	let showing = Showing {
		agreement,
		window: WINDOW,
		roster: ROSTER,
		version: VERSION,
		intermediary: MEMBERS[0],
		root: Window::new([&message.message]).root(),
		position: 0,
		messages: Showing::hash(&[message]),
		rest: Default::default(),
	};
	book.add(Example {
		name: "showing: a chunk of a window",
		signed_by: MEMBER,
		key: INTERMEDIARY,
		payload: &showing,
		fields: fields!(
			showing,
			agreement,
			window,
			roster,
			version,
			intermediary,
			root,
			position,
			messages,
			rest
		),
		value: None,
	});
}

fn sign_receipt(book: &mut Book<'_>) {
	let receipt: Receipt<Balance> = Receipt {
		channel: H256::repeat_byte(0x33),
		amount: 5 * SYN,
	};
	let Receipt { channel, amount } = receipt;
	book.add(Example {
		name: "receipt",
		signed_by: "the payer of a channel",
		key: CLIENT,
		payload: &receipt,
		fields: vec![
			Part::new("channel", &channel),
			Part::new("amount", &Compact(amount)),
		],
		value: Some(json!({ "amount": amount.to_string(), "channel": hex(&channel.0) })),
	});
}
