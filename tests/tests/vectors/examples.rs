//! A small example of everything that is signed. They belong together: the message makes up the last window of the
//! round under the terms.

use codec::{Compact, Encode};
use serde_json::{json, Value};
use sp_core::{sr25519, H256};
use syngraph_joint::{KeyShare, Membership, Nonces, Randomness};
use syngraph_primitives::{
	commitment_set, AgreementId, Amount, Assent, Complaint, Consent, Contribution, Heartbeat,
	IntermediaryId, KeyProof, Lack, Message, OnFailure, Progress, QualityOfService, Receipt,
	ResultValue, Reveal, Role, Roster, RoundId, RoundTerms, Secret, SensorId, SignedCommitment,
	SignedMessage, Source, SourceVersion, Span, TimeLimits, Utterance, Value as Reading,
	WindowIndex, WindowShape,
};
use syngraph_protocol::{path, Ask, Bundle, Challenge, Showing, Shown, SignedBundle, Window};
use syngraph_runtime::{AccountId, Balance, BlockNumber, SYN};
use syngraph_test_kit::{
	bounded, bytes,
	claims::{Claim, WindowClaim},
	pipeline,
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
/// The round: nothing but what is the same in all of its attempts.
pub fn round(agreement: AgreementId) -> RoundId {
	let version = SourceVersion {
		changes: 2,
		facts: H256::repeat_byte(0x11),
	};
	let progress = Progress {
		base: FIRST,
		rounds: ROUNDS,
	};
	RoundId::new(agreement, &roster(), &progress, version)
}

/// How many rounds were decided before.
pub const ROUNDS: u64 = 3;

/// Who takes part.
pub fn roster() -> Roster {
	Roster {
		number: 4,
		since: FIRST,
		members: bounded(MEMBERS.to_vec()),
	}
}

/// The first window of the round. Its messages are lacking for good.
pub const FIRST: WindowIndex = 0;
/// The last one, which holds the message.
pub const WINDOW: WindowIndex = 1;
/// How many messages that holds.
pub const RESULT: ResultValue = 1;
/// The members' secrets.
pub const SECRETS: [Secret; 2] = [[0x22; 32], [0x23; 32]];
/// The randomness of their shares of the joint key.
pub const KEY_SHARES: [Secret; 2] = [[0x24; 32], [0x25; 32]];
/// The randomness of their nonces.
const NONCES: [[Secret; 2]; 2] = [[[0x26; 32], [0x27; 32]], [[0x28; 32], [0x29; 32]]];
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
	let utterance = sign_round(&mut book, agreement);
	sign_bundle(&mut book, utterance);
	sign_complaint(&mut book, agreement);
	sign_lack(&mut book, agreement);
	sign_challenge(&mut book, agreement);
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
		rounds: RoundTerms {
			most: 64,
			patience: 5,
			leader: Some(1),
			kept: 24,
		},
		limits: TimeLimits {
			sign_by: 200,
			starts_at: 100,
			ends_at: 1_100,
			notice: 10,
			payout: 110,
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
			rounds,
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

/// The range of the first attempt at the round.
pub fn span(agreement: AgreementId) -> Span {
	Span {
		round: round(agreement),
		attempt: 0,
		end: WINDOW + 1,
	}
}

/// What the member in a place claims of the windows, which is true.
pub fn claim(agreement: AgreementId, place: usize) -> Claim {
	let Shown { root, digest, .. } = Shown::dead();
	let dead = WindowClaim {
		result: None,
		root,
		digest,
	};
	let window = Window::new([&message()]);
	let last = WindowClaim {
		result: Some(RESULT),
		root: window.root(),
		digest: window.digest(),
	};
	Claim {
		span: span(agreement),
		before: None,
		member: MEMBERS[place],
		secret: SECRETS[place],
		windows: vec![dead, last],
	}
}

/// The seals of all members.
pub fn seals(agreement: AgreementId) -> [H256; 2] {
	[0, 1].map(|place| claim(agreement, place).seal())
}

/// The share of the joint key of the member in a place.
pub fn key_share(place: usize) -> KeyShare {
	KeyShare::new(Randomness::new(KEY_SHARES[place])).expect("it is not zero")
}

/// The nonces of the member in a place.
pub fn nonces(place: usize) -> Nonces {
	let [hiding, binding] = NONCES[place].map(Randomness::new);
	Nonces::new(&key_share(place), hiding, binding).expect("they are not zero")
}

/// As what the member in a place publishes its share of the joint key.
pub fn membership(agreement: AgreementId, place: usize) -> Membership {
	Membership {
		genesis: GENESIS.0,
		agreement: agreement.0,
		roster: roster().number,
		intermediary: MEMBERS[place],
	}
}

/// What the member in a place contributes to a joint signature.
pub fn contribution(agreement: AgreementId, place: usize) -> Contribution {
	Contribution {
		share: key_share(place).public_share(&membership(agreement, place)),
		nonces: nonces(place).commitments(),
	}
}

/// All that a member says in an attempt at a round.
fn sign_round(book: &mut Book<'_>, agreement: AgreementId) -> Utterance {
	let claim = claim(agreement, 0);
	let commitments = commitment_set(&seals(agreement));
	let (commitment, settlement) = (claim.commitment(), claim.settlement(commitments));
	let signature = book.add(Example {
		name: "commitment",
		signed_by: MEMBER,
		key: INTERMEDIARY,
		payload: &commitment,
		fields: fields!(
			commitment,
			span,
			intermediary,
			seal,
			data_root,
			possession,
			before,
			contribution
		),
		value: None,
	});
	let assent = book.add(Example {
		name: "settlement",
		signed_by: "every intermediary, all the same bytes",
		key: INTERMEDIARY,
		payload: &settlement,
		fields: fields!(settlement, span, outcomes, data_root, commitments, key),
		value: None,
	});
	Utterance {
		commit: SignedCommitment {
			commitment,
			signature: signature.into(),
		},
		reveal: Some(Reveal {
			outcomes: settlement.outcomes,
			secret: claim.secret,
			commitments,
			assent: Assent::plain(assent.into()),
		}),
	}
}

fn sign_bundle(book: &mut Book<'_>, utterance: Utterance) {
	let key = sr25519::Public::from_raw(INTERMEDIARY.public());
	assert!(utterance.verify(&GENESIS, &key));
	let RoundId {
		agreement, roster, ..
	} = utterance.span().round;
	let bundle = Bundle {
		agreement,
		intermediary: utterance.author(),
		roster,
		ready: utterance.span().end,
		utterances: vec![utterance],
		asks: vec![Ask {
			sensor: SENSOR_ID,
			from: 4,
			to: 6,
		}],
	};
	assert!(bundle.is_sound());
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
			ready,
			utterances,
			asks
		),
		value: None,
	});
	let signature = signature.into();
	assert!(SignedBundle { bundle, signature }.verify(&GENESIS, &key));
}

fn sign_complaint(book: &mut Book<'_>, agreement: AgreementId) {
	let complaint = Complaint {
		round: round(agreement),
		intermediary: MEMBERS[0],
	};
	book.add(Example {
		name: "complaint: others are silent",
		signed_by: MEMBER,
		key: INTERMEDIARY,
		payload: &complaint,
		fields: fields!(complaint, round, intermediary),
		value: None,
	});
}

fn sign_lack(book: &mut Book<'_>, agreement: AgreementId) {
	let lack = Lack {
		round: round(agreement),
		window: WINDOW,
		intermediary: MEMBERS[0],
	};
	book.add(Example {
		name: "lack: messages of a window are missing",
		signed_by: MEMBER,
		key: INTERMEDIARY,
		payload: &lack,
		fields: fields!(lack, round, window, intermediary),
		value: None,
	});
}

fn sign_challenge(book: &mut Book<'_>, agreement: AgreementId) {
	let [intermediary, accused] = MEMBERS;
	let challenge = Challenge {
		span: span(agreement),
		intermediary,
		accused,
		digests: claim(agreement, 0).digests(),
	};
	book.add(Example {
		name: "challenge: another has not got the windows to which it committed",
		signed_by: MEMBER,
		key: INTERMEDIARY,
		payload: &challenge,
		fields: fields!(challenge, span, intermediary, accused, digests),
		value: None,
	});
}

fn sign_showing(book: &mut Book<'_>, agreement: AgreementId, message: SignedMessage) {
	let claim = claim(agreement, 0);
	let roots: Vec<H256> = claim.windows.iter().map(|window| window.root).collect();
	let place = (WINDOW - FIRST) as u32;
	let showing = Showing {
		round: round(agreement),
		window: WINDOW,
		intermediary: MEMBERS[0],
		root: Window::new([&message.message]).root(),
		path: path(&roots, place).expect("it is one of them"),
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
			round,
			window,
			intermediary,
			root,
			path,
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
