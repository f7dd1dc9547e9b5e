//! Every misbehaviour, at every step, among 2, 3, 5 and 16 intermediaries: the real worker on the real
//! runtime, with adversaries that override its outputs.
//!
//! Whatever they do, no wrong outcome settles; whoever is proven wrong is convicted, and nobody else; no window is lost
//! as long as the agreement goes on; and all money is free at the stated deadline. What became of each case is the
//! table in `docs/adversaries.md`: `UPDATE=1 cargo test -p syngraph-tests --test adversaries` writes it. `ALL=1` plays
//! among 16 as well, which takes longer than all the rest: a bundle of each is verified by each. `ONLY=TEXT` plays only
//! the cases in whose names the text occurs.

mod accomplices;
mod afar;
mod cases;
mod circumstances;
mod events;
mod joint;
mod ranges;
mod rulings;
mod scene;
mod trials;
mod tricks;

use std::{
	collections::{BTreeMap, BTreeSet},
	path::Path,
	sync::atomic::{AtomicUsize, Ordering},
};

use parking_lot::Mutex;

use cases::{cases, Case, Expect};
use scene::{Outcome, Scene};

/// How many intermediaries there are, if all is played.
const SIZES: [usize; 4] = [2, 3, 5, 16];

/// Plays a case out, and checks what must hold of all of them and of this one. Says what does not.
fn play(case: &Case, size: usize) -> Result<Outcome, String> {
	let liars = (case.liars)(size);
	// The spares stand after all others.
	let all: BTreeSet<_> = (0..liars)
		.chain(size..size + case.spares.saturating_sub(1))
		.collect();
	let mut scene = Scene::new(size, case, &all);
	for place in all.iter().copied() {
		let member = &mut scene.network.members[place];
		(case.equip)(&mut scene.data, place, size, member);
	}
	let outcome = scene.play(case);
	let convicted: BTreeSet<_> = outcome.convicted.iter().map(|(place, _)| *place).collect();
	let no_fault = convicted.is_empty() && outcome.absent.is_empty();
	let expected = match case.expect {
		Expect::Settles => no_fault && outcome.settled == scene::WINDOWS,
		Expect::Convicts => convicted == all,
		// It ends once a user has nobody left. After that nobody is heard.
		Expect::ConvictsMost => {
			let half = size.div_ceil(2);
			let mut users = [0..half, half..size].into_iter();
			let is_alone = users.any(|mut own| own.all(|place| convicted.contains(&place)));
			outcome.failure && convicted.is_subset(&all) && is_alone
		},
		Expect::Absent => convicted.is_empty() && outcome.absent == all,
		Expect::Fails => &convicted | &outcome.absent == all,
		Expect::Sensor => no_fault && outcome.sensor,
		Expect::Scapegoat => {
			let first = convicted == BTreeSet::from([0]) && outcome.absent.is_empty();
			first && outcome.sensor && outcome.settled == 0
		},
		Expect::Nothing => no_fault,
		Expect::Refused => no_fault && outcome.settled == 0,
	};
	let goes_on = case.happens.is_none() && !outcome.failure;
	let all_settle = matches!(
		case.expect,
		Expect::Settles | Expect::Convicts | Expect::ConvictsMost | Expect::Absent | Expect::Fails
	);
	let demands = [
		(outcome.wrong.is_empty(), "a wrong outcome settled"),
		(
			outcome.settled == scene::WINDOWS || !goes_on || !all_settle,
			"a window was lost",
		),
		(outcome.bound == 0, "money is still bound"),
		(
			outcome.honest_losses.is_empty(),
			"an honest member lost something",
		),
		(
			outcome.rewarded.is_empty(),
			"one that was proven wrong is rewarded",
		),
		(
			outcome.ruled == (case.rules)(size),
			"the chain ruled otherwise",
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
	let list = |faults: BTreeSet<String>| Vec::from_iter(faults).join(", ");
	let verdict = match case.expect {
		Expect::Settles => "settles".into(),
		Expect::Convicts | Expect::ConvictsMost => format!("at fault: {}", list(faults)),
		Expect::Absent => "absent".into(),
		Expect::Fails if faults.is_empty() => "absent".into(),
		Expect::Fails => format!("at fault, or absent: {}", list(faults)),
		Expect::Sensor => "the sensor is at fault".into(),
		Expect::Scapegoat => format!("the first is at fault: {}, then the sensor", list(faults)),
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
fn rows(cases: &[Case], sizes: &[usize]) -> Vec<Result<String, String>> {
	let scenes: Vec<(usize, usize)> = cases
		.iter()
		.enumerate()
		.flat_map(|(index, case)| {
			let sizes = sizes.iter().filter(|size| **size >= case.least);
			sizes.map(move |size| (index, *size))
		})
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
	let update = std::env::var_os("UPDATE").is_some();
	let all = update || only.is_some() || std::env::var_os("ALL").is_some();
	let sizes = if all { &SIZES[..] } else { &SIZES[..3] };
	let rows = rows(&cases, sizes);
	let failed: Vec<_> = rows.iter().filter_map(|row| row.as_ref().err()).collect();
	assert!(failed.is_empty(), "{failed:#?}");
	if only.is_some() {
		return;
	}
	let rows: Vec<_> = rows.into_iter().flatten().collect();
	let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/adversaries.md");
	if update {
		let table = format!("{HEAD}{}\n", rows.join("\n"));
		std::fs::write(&path, table).expect("the table can be written");
	}
	let known = std::fs::read_to_string(&path).unwrap_or_default();
	let rest = known.strip_prefix(HEAD).unwrap_or_default();
	let played = |row: &&str| {
		let among = row.split(" | ").nth(2).unwrap_or_default();
		sizes
			.iter()
			.any(|size| among.ends_with(&format!(" of {size}")))
	};
	let known: Vec<_> = rest.lines().filter(played).collect();
	assert_eq!(
		known, rows,
		"docs/adversaries.md is out of date: run with UPDATE=1"
	);
}

const HEAD: &str = "# Adversaries

Written by `UPDATE=1 cargo test -p syngraph-tests --test adversaries`; do not edit. The real worker runs on the
real runtime; adversaries override what comes out of it or goes into it, at the step that is named. In every case no wrong
outcome settled, no window was lost as long as the agreement went on, and all escrow was free when the last dispute's deadline had
passed. No intermediary but the adversaries was found at fault, and none that was neither at fault nor absent had less at the end
than at the beginning, bond and account together. The users did pay: fees, rewards and transfers, and their part of what disputes
cost.

| What | Step | Adversaries | What becomes of them | Windows settled |
|---|---|---|---|---|
";
