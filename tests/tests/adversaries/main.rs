//! Every misbehaviour, at every step, among 2, 3, 5 and 16 intermediaries: the real worker on the real
//! runtime, with adversaries that override its outputs.
//!
//! Whatever they do, no wrong result settles; whoever is proven wrong is convicted, and nobody else; and all
//! money is free at the stated deadline. What became of each case is the table in `docs/adversaries.md`:
//! `UPDATE=1 cargo test -p syngraph-tests --test adversaries` writes it. `ONLY=TEXT` plays only the cases in whose
//! names the text occurs.

mod afar;
mod cases;
mod circumstances;
mod events;
mod memory;
mod scene;
mod tricks;

use std::{
	collections::{BTreeMap, BTreeSet},
	fmt::Write,
	path::Path,
	sync::atomic::{AtomicUsize, Ordering},
};

use parking_lot::Mutex;

use cases::{cases, Case, Expect};
use scene::{Outcome, Scene};

/// How many intermediaries there are.
const SIZES: [usize; 4] = [2, 3, 5, 16];

/// Plays a case out, and checks what must hold of all of them and of this one. Says what does not.
fn play(case: &Case, size: usize) -> Result<Outcome, String> {
	let liars = (case.liars)(size);
	let mut scene = Scene::new(size, case);
	// The spares stand after all others.
	let all: BTreeSet<_> = (0..liars)
		.chain(size..size + case.spares.saturating_sub(1))
		.collect();
	for place in all.iter().copied() {
		let member = &mut scene.network.members[place];
		(case.equip)(&mut scene.data, place, size, member);
	}
	let outcome = scene.play(case);
	let convicted: BTreeSet<_> = outcome.convicted.iter().map(|(place, _)| *place).collect();
	let no_fault = convicted.is_empty() && outcome.absent.is_empty();
	let expected = match case.expect {
		Expect::Settles => {
			no_fault && outcome.settled == scene::WINDOWS && outcome.disputed == (case.linger > 0)
		},
		Expect::Convicts => convicted == all,
		Expect::Absent => convicted.is_empty() && outcome.absent == all,
		Expect::Sensor => no_fault && outcome.sensor,
		Expect::Nothing => no_fault,
		Expect::Refused => no_fault && outcome.settled == 0,
	};
	let demands = [
		(outcome.wrong.is_empty(), "a wrong result settled"),
		(outcome.bound == 0, "money is still bound"),
		(
			outcome.honest_losses.is_empty(),
			"an honest member lost something",
		),
		(
			outcome.happened == case.happens.is_some(),
			"what should happen did not",
		),
		(
			outcome.lacked || !case.withheld,
			"nobody lacked any messages",
		),
		(expected, "it came otherwise"),
	];
	match demands.iter().find(|(met, _)| !met) {
		Some((_, fault)) => Err(format!(
			"{}, {liars} of {size}: {fault}: {outcome:?}",
			case.name
		)),
		None => Ok(outcome),
	}
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
		Expect::Nothing => "nobody is at fault".into(),
		Expect::Refused => "nobody is bound".into(),
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

/// The rows of the table, in its order; of a case that came otherwise, what did. As many are played at a time
/// as the machine has cores, the largest first.
fn rows(cases: &[Case]) -> Vec<Result<String, String>> {
	let scenes: Vec<(usize, usize)> = cases
		.iter()
		.enumerate()
		.flat_map(|(index, case)| SIZES.map(|size| (index, size, size >= case.least)))
		.filter(|(_, _, makes_sense)| *makes_sense)
		.map(|(index, size, _)| (index, size))
		.collect();
	let next = AtomicUsize::new(0);
	let mut order: Vec<usize> = (0..scenes.len()).collect();
	order.sort_by_key(|at| std::cmp::Reverse(scenes[*at].1));
	let rows = Mutex::new(BTreeMap::new());
	let work = || {
		while let Some(at) = order.get(next.fetch_add(1, Ordering::Relaxed)) {
			let (index, size) = scenes[*at];
			let case = &cases[index];
			let played = play(case, size).map(|outcome| row(case, size, &outcome));
			println!("{played:?}");
			rows.lock().insert(*at, played);
		}
	};
	let threads = std::thread::available_parallelism().map_or(1, usize::from);
	std::thread::scope(|scope| {
		(0..threads).for_each(|_| {
			scope.spawn(work);
		});
	});
	rows.into_inner().into_values().collect()
}

#[test]
fn no_lie_settles_and_no_silence_blocks() {
	let mut cases = cases();
	let only = std::env::var("ONLY").ok();
	if let Some(only) = &only {
		cases.retain(|case| case.name.contains(only));
	}
	let rows = rows(&cases);
	let failed: Vec<_> = rows.iter().filter_map(|row| row.as_ref().err()).collect();
	assert!(failed.is_empty(), "{failed:#?}");
	if only.is_some() {
		return;
	}
	let mut table = String::from(HEAD);
	for row in rows.iter().flatten() {
		writeln!(table, "{row}").expect("a string takes it");
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
