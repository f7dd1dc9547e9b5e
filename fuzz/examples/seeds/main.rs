//! Writes the first inputs of each target to its corpus.

mod chain;
mod device;

use codec::Encode;
use sp_core::{crypto::AccountId32, sr25519, H256};
use std::{fs, io, path::Path};
use syngraph_fuzz::message;
use syngraph_primitives::{
	seal, Amount, Commitment, Done, Function, Reveal, SignedDone, SignedStatement, Source,
	SourceVersion, Statement, Terms, TimeLimits,
};
use syngraph_protocol::{
	Ask, Bundle, Past, Proof, Publication, Repair, Revealed, SignedBundle, Utterance, Window,
};
use syngraph_test_kit::{
	bounded,
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
	let (commit, reveal) = (commit(), reveal());
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
	let bundle = Publication::Bundle(bundle(&commit, &reveal));
	let repair = Publication::Repair(Repair {
		agreement: H256::zero(),
		messages: window.to_vec(),
	});
	write("publication", &[bundle.encode(), repair.encode()])?;
	write(
		"statement",
		&[(&commit, &reveal).encode(), (&reveal, &reveal).encode()],
	)?;
	write("terms", &[terms().encode()])?;
	write("proof", &[proof().encode()])?;
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

fn signed(statement: Statement) -> SignedStatement {
	SignedStatement {
		statement,
		signature: signature(),
	}
}

fn commit() -> SignedStatement {
	signed(Statement::Commit(Commitment {
		agreement: H256::zero(),
		window: 0,
		roster: 0,
		version: SourceVersion::bare(0),
		intermediary: 1,
		seal: seal(
			&H256::zero(),
			0,
			0,
			SourceVersion::bare(0),
			1,
			Some(5),
			&[1; 32],
		),
		root: H256::zero(),
		possession: H256::zero(),
	}))
}

fn reveal() -> SignedStatement {
	signed(Statement::Reveal(Reveal {
		agreement: H256::zero(),
		window: 0,
		roster: 0,
		version: SourceVersion::bare(0),
		intermediary: 1,
		result: Some(5),
		secret: [1; 32],
		commitments: H256::zero(),
	}))
}

fn bundle(commit: &SignedStatement, reveal: &SignedStatement) -> SignedBundle {
	let revealed = Revealed {
		statement: reveal.clone(),
		settlement: Some(signature()),
	};
	SignedBundle {
		bundle: Bundle {
			agreement: H256::zero(),
			intermediary: 1,
			roster: 0,
			done: SignedDone {
				done: Done {
					agreement: H256::zero(),
					roster: 0,
					intermediary: 1,
					below: 0,
					at: 0,
					replaced: 0,
				},
				signature: signature(),
			},
			heard: vec![],
			past: Past {
				next: 1,
				..Default::default()
			},
			utterances: vec![Utterance {
				commit: commit.clone(),
				reveal: Some(revealed),
			}],
			asks: vec![Ask {
				sensor: 1,
				from: 0,
				to: 1,
			}],
		},
		signature: signature(),
	}
}

fn proof() -> Proof {
	Proof {
		result: 5,
		root: H256::zero(),
		secrets: bounded(vec![[1; 32], [2; 32]]),
		signatures: bounded(vec![signature(); 2]),
		former: 0,
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
			retention: 9,
			answer: 24,
			..kit::limits()
		},
		..kit::terms(vec![party(1), party(2)], vec![source])
	}
}
