//! Writes the first inputs of each target to its corpus.

mod chain;
mod device;

use codec::Encode;
use sp_core::{crypto::AccountId32, sr25519, H256};
use std::{fs, io, path::Path};
use syngraph_fuzz::{message, GENESIS};
use syngraph_primitives::{
	Amount, Function, Outcomes, RoundId, Source, SourceVersion, Span, Terms, TimeLimits, Utterance,
};
use syngraph_protocol::{Ask, Assents, Bundle, Proof, Publication, Repair, SignedBundle, Window};
use syngraph_test_kit::{
	bounded,
	claims::{Claim, WindowClaim},
	people::sr25519_key,
	proofs::singly,
	terms::{self as kit, party, transfer},
};

const PIPELINE: &[u8] = br#"{
"select": {"kind": "lock", "sensors": [0], "where": {"variable": "battery", "at_least": 1}},
"take": {"durations": {"variable": "locked", "from": false, "to": true, "unit": "second"}},
"keep": {"at_least": 0, "at_most": 9}, "aggregate": "sum", "emit_if": {"at_least": 1}}"#;
const VALUES: &[u8] = br#"{"take": {"values": "battery"}, "aggregate": "mean"}"#;
const MESSAGES: &[u8] = br#"{"select": {"where": {"variable": "tenant", "is": "ann"}},
"take": "messages", "aggregate": "count"}"#;

fn main() -> io::Result<()> {
	let (committed, revealed) = utterances();
	let window = [
		message_of(1, 0),
		message_of(1, 1),
		message_of(2, 0),
		message_of(2, 1),
	];
	write(
		"signed_message",
		&[message(0).encode(), message(1).encode()],
	)?;
	let bundle = Publication::Bundle(bundle(&revealed));
	let repair = Publication::Repair(Repair {
		agreement: H256::zero(),
		messages: window.to_vec(),
	});
	write("publication", &[bundle.encode(), repair.encode()])?;
	write(
		"utterance",
		&[
			(&committed, &revealed).encode(),
			(&revealed, &revealed).encode(),
		],
	)?;
	write("terms", &[terms().encode()])?;
	write(
		"proof",
		&[
			proof(&[Some(5)]).encode(),
			proof(&MANY).encode(),
			joint_proof(&MANY).encode(),
		],
	)?;
	let spoken = [PIPELINE, &[0], &message(1).message.encode()].concat();
	write("pipeline", &[spoken, VALUES.to_vec(), MESSAGES.to_vec()])?;
	// Each chunk comes with the window's root, and with what follows it.
	let whole = Window::new(window.iter().map(|signed| &signed.message));
	let chunk = |from: usize, to: usize| {
		let rest = whole.rest(to as u32);
		(window[from..to].to_vec(), whole.root(), rest).encode()
	};
	let halves = [chunk(0, 2), chunk(2, 4)].concat();
	write("trial", &[chunk(0, 4), halves])?;
	// Its inputs are decisions, not encodings.
	write("docket", &[(0..=255).collect(), vec![1; 64]])?;
	write("receipt", &device::receipts())?;
	write("sensor_submit", &device::events())?;
	write("transaction", &chain::games())
}

fn write(target: &str, inputs: &[Vec<u8>]) -> io::Result<()> {
	let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
		.join("corpus")
		.join(target);
	fs::create_dir_all(&folder)?;
	for (index, input) in inputs.iter().enumerate() {
		fs::write(folder.join(format!("seed-{index}")), input)?;
	}
	Ok(())
}

fn message_of(sensor: u64, sequence: u64) -> syngraph_primitives::SignedMessage {
	let mut signed = message(sequence);
	signed.message.sensor = sensor;
	signed
}

fn signature() -> sr25519::Signature {
	sr25519::Signature::from_raw([0; 64])
}

/// What a member says of a round of two windows: its commitment, and that with what opens it.
fn utterances() -> (Utterance, Utterance) {
	let window = |result| WindowClaim {
		result,
		root: H256::repeat_byte(2),
		digest: H256::repeat_byte(3),
	};
	let claim = Claim {
		span: Span {
			round: RoundId {
				agreement: H256::zero(),
				roster: 0,
				first: 0,
				version: SourceVersion::bare(0),
				lineup: H256::zero(),
			},
			attempt: 0,
			end: 2,
		},
		before: None,
		member: 1,
		secret: [1; 32],
		windows: vec![window(None), window(Some(5))],
	};
	let (key, genesis, set) = (sr25519_key(1), GENESIS, H256::zero());
	let committed = claim.committed(&key, &genesis);
	(committed, claim.revealed(&key, &genesis, set))
}

fn bundle(said: &Utterance) -> SignedBundle {
	SignedBundle {
		bundle: Bundle {
			agreement: H256::zero(),
			intermediary: 1,
			roster: 0,
			ready: 2,
			utterances: vec![said.clone()],
			asks: vec![Ask {
				sensor: 1,
				from: 0,
				to: 1,
			}],
		},
		signature: signature(),
	}
}

/// Outcomes with null windows before, between and after results.
const MANY: [Option<i128>; 8] = [None, None, Some(1), Some(-2), None, Some(0), None, None];

fn proof(outcomes: &[Option<i128>]) -> Proof {
	Proof {
		attempt: 0,
		outcomes: Outcomes::new(outcomes.iter().copied()).unwrap_or_default(),
		data_root: H256::zero(),
		blindings: bounded(vec![[1; 16], [2; 16]]),
		// No two are the same.
		assents: singly(vec![signature(), sr25519::Signature::from_raw([1; 64])]),
	}
}

/// The same, signed jointly.
fn joint_proof(outcomes: &[Option<i128>]) -> Proof {
	Proof {
		assents: Assents::Joint(Default::default()),
		..proof(outcomes)
	}
}

fn terms() -> Terms<AccountId32, u128, u32> {
	let party = |user: u8| {
		let (account, id) = (AccountId32::new([user; 32]), u64::from(user));
		party(account, &[id], &[id + 10], 100)
	};
	let pay = transfer(Amount::PerUnit {
		rate: 2,
		at_most: 50,
	});
	let source = Source {
		sensor: 1,
		start: 0,
	};
	Terms {
		function: Function::Pipeline(bounded(VALUES.to_vec())),
		reaction: bounded(vec![pay]),
		reward: 3,
		retainer: 2,
		spare_retainer: 1,
		penalty: 100,
		absence_fee: 5,
		limits: TimeLimits {
			payout: 9,
			answer: 24,
			..kit::limits()
		},
		..kit::terms(vec![party(1), party(2)], vec![source])
	}
}
