//! Every misbehaviour, at every step, among 2, 3, 5 and 16 intermediaries: the real worker on the real
//! runtime, with adversaries that override its outputs.
//!
//! Whatever they do, no wrong result settles; whoever is proven wrong is convicted, and nobody else; and all
//! money is free at the stated deadline. What became of each case is the table in `docs/adversaries.md`:
//! `UPDATE=1 cargo test -p syngraph-tests --test adversaries` writes it.

mod cases;
mod memory;
mod scene;
mod tricks;

use std::{collections::BTreeSet, fmt::Write, path::Path};

use cases::{cases, Case, Expect};
use scene::{Outcome, Scene};

/// How many intermediaries there are.
const SIZES: [usize; 4] = [2, 3, 5, 16];

/// Plays a case out, and checks what must hold of all of them and of this one.
fn play(case: &Case, size: usize) -> Outcome {
	let liars = (case.liars)(size);
	let mut scene = Scene::new(size, case.split);
	for place in 0..liars {
		let member = &mut scene.network.members[place];
		(case.equip)(&mut scene.data, place, size, member);
	}
	let outcome = scene.play(case.linger);
	let what = format!("{}, {} of {size}", case.name, liars);
	assert!(
		outcome.wrong.is_empty(),
		"{what}: a wrong result settled: {outcome:?}"
	);
	assert!(
		outcome.bound == 0,
		"{what}: money is still bound: {outcome:?}"
	);
	assert!(
		outcome.honest_losses.is_empty(),
		"{what}: an honest member lost something: {outcome:?}"
	);
	let convicted: BTreeSet<_> = outcome.convicted.iter().map(|(place, _)| *place).collect();
	let all: BTreeSet<_> = (0..liars).collect();
	match case.expect {
		Expect::Settles => {
			assert!(convicted.is_empty(), "{what}: {outcome:?}");
			assert!(outcome.absent.is_empty(), "{what}: {outcome:?}");
			assert_eq!(outcome.settled, scene::WINDOWS, "{what}: {outcome:?}");
			assert_eq!(outcome.disputed, case.linger > 0, "{what}: {outcome:?}");
		},
		Expect::Convicts => assert_eq!(convicted, all, "{what}: {outcome:?}"),
		Expect::Absent => {
			assert!(convicted.is_empty(), "{what}: {outcome:?}");
			assert_eq!(outcome.absent, all, "{what}: {outcome:?}");
		},
		Expect::Sensor => {
			assert!(convicted.is_empty(), "{what}: {outcome:?}");
			assert!(outcome.sensor, "{what}: {outcome:?}");
		},
	}
	outcome
}

fn row(case: &Case, size: usize, outcome: &Outcome) -> String {
	let faults: BTreeSet<_> = outcome
		.convicted
		.iter()
		.map(|(_, fault)| format!("`{fault}`"))
		.collect();
	let verdict = match case.expect {
		Expect::Settles => "settles".into(),
		Expect::Convicts => format!(
			"at fault: {}",
			faults.into_iter().collect::<Vec<_>>().join(", ")
		),
		Expect::Absent => "absent".into(),
		Expect::Sensor => "the sensor is at fault".into(),
	};
	format!(
		"| {} | {} | {} of {size} | {verdict} | {} of {} |",
		case.name,
		case.step,
		(case.liars)(size),
		outcome.settled,
		scene::WINDOWS,
	)
}

#[test]
fn no_lie_settles_and_no_silence_blocks() {
	let mut table = String::from(HEAD);
	for case in cases() {
		for size in SIZES.into_iter().filter(|size| *size >= case.least) {
			let outcome = play(&case, size);
			writeln!(table, "{}", row(&case, size, &outcome)).expect("a string takes it");
		}
	}
	let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/adversaries.md");
	if std::env::var_os("UPDATE").is_some() {
		std::fs::write(&path, &table).expect("the table can be written");
	}
	let known = std::fs::read_to_string(&path).unwrap_or_default();
	assert_eq!(
		known, table,
		"docs/adversaries.md is out of date: run with UPDATE=1"
	);
}

const HEAD: &str = "# Adversaries

Written by `UPDATE=1 cargo test -p syngraph-tests --test adversaries`; do not edit. The real worker runs on the
real runtime; adversaries override what comes out of it or goes into it, at the step that is named. In every case no wrong
result settled, nobody else was found at fault or lost anything, and all escrow was free when the last dispute's
deadline had passed.

| What | Step | Adversaries | What becomes of them | Windows settled |
|---|---|---|---|---|
";
