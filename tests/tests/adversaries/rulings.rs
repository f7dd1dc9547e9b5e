//! The cases in which the terms have the chain rule: if a member is proven wrong about the first window of a round, and
//! its user has no spare, what the chain computed of it settles.

use syngraph_primitives::{OnFailure, WindowIndex};
use syngraph_protocol::Kind;

use crate::{
	accomplices::Framing,
	cases::{all_but_one, case, fabricator, two, Case, Expect},
	scene::Scene,
	tricks::{sight, Silent, Step, WrongFunction, WrongLater},
};

/// All of them.
pub fn cases() -> Vec<Case> {
	let mut all = lies();
	all.extend(silence_and_later_lies());
	all.extend(owners());
	let judge = |case: Case| Case {
		terms: |terms| terms.on_failure = OnFailure::Judge,
		..case
	};
	all.into_iter().map(judge).collect()
}

/// The chain rules on the first window.
fn first(_: usize) -> Vec<WindowIndex> {
	vec![0]
}

/// Lies about all windows.
fn lies() -> Vec<Case> {
	use Expect::Convicts;
	let wrong = |name, step| Case {
		rules: first,
		..case(name, step, Convicts, |_, _, _, member| {
			member.mischief = Box::new(WrongFunction)
		})
	};
	vec![
		wrong(
			"computes another function, where the chain rules",
			"compute",
		),
		Case {
			liars: all_but_one,
			least: 3,
			// Of sixteen, some are not heard before it is known that two differ, and lie once more.
			rules: |size| match size {
				16 => vec![0, 1],
				_ => vec![0],
			},
			..wrong(
				"all but one compute another function, where the chain rules",
				"compute",
			)
		},
		Case {
			happens: Some(Scene::end_in_dispute),
			..wrong(
				"computes another function, and the users end the agreement during the dispute, where the chain rules",
				"disputes",
			)
		},
		Case {
			rules: first,
			..case(
				"copies the roots of windows it lacks, and makes up what it should know of them, where the chain rules",
				"commit",
				Convicts,
				|_, _, _, member| member.mischief = Box::new(fabricator(Kind::Digests)),
			)
		},
		Case {
			// Of more than two, not all are heard before it is known that two differ. There are others to go on.
			rules: |size| match size {
				2 => vec![0],
				_ => Vec::new(),
			},
			..case(
				"invents messages, where the chain rules",
				"commit",
				Convicts,
				|_, _, _, member| {
					*member.machine.sight.borrow_mut() = Some(Box::new(sight::invented))
				},
			)
		},
	]
}

/// What the chain does not rule on.
fn silence_and_later_lies() -> Vec<Case> {
	use Expect::{Absent, Convicts};
	vec![
		case(
			"computes something else of all windows but the first, where the chain rules",
			"compute",
			Convicts,
			|_, _, _, member| member.mischief = Box::new(WrongLater),
		),
		case(
			"invents messages of all windows but the first, where the chain rules",
			"commit",
			Convicts,
			|_, _, _, member| {
				*member.machine.sight.borrow_mut() = Some(Box::new(sight::invented_later))
			},
		),
		case(
			"is silent, where the chain rules",
			"commit",
			Absent,
			|_, _, _, member| member.mischief = Box::new(Silent::from(Step::Commit)),
		),
	]
}

/// What the user can do that owns the sensor, with members of its own.
fn owners() -> Vec<Case> {
	use Expect::{Scapegoat, Sensor};
	vec![
		case(
			"shows what the sensor signed for it alone, where the chain rules",
			"sensor",
			Sensor,
			|data, _, _, member| {
				let other = sight::others(data.messages(1));
				*member.machine.sight.borrow_mut() = Some(other)
			},
		),
		Case {
			liars: two,
			least: 3,
			..case(
				"one shows what the sensor signed for it alone, another takes the blame, where the chain rules",
				"sensor",
				Scapegoat,
				|data, place, _, member| {
					member.mischief = Box::new(Framing);
					if place > 0 {
						let other = sight::others(data.messages(1));
						*member.machine.sight.borrow_mut() = Some(other)
					}
				},
			)
		},
	]
}
