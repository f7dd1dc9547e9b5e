//! The cases in which users, sensors or the chain itself have a part.

use syngraph_runtime::{DAYS, SYN};

use crate::{
	afar::{Distant, Withholder},
	cases::{all_but_one, case, Case, Expect},
	scene::{Data, Scene},
	tricks::{Liar, Other, WrongFunction},
};

/// All of them.
pub fn cases() -> Vec<Case> {
	let mut all = users();
	all.extend(far_away());
	all.extend(keys());
	all.extend(just_enough());
	all
}

/// What users do.
fn users() -> Vec<Case> {
	use Expect::{Convicts, Nothing, Refused};
	let lying = |name, expect, happens| Case {
		happens: Some(happens),
		..case(name, "disputes", expect, |_, _, _, member| {
			member.mischief = Box::new(WrongFunction)
		})
	};
	vec![
		lying(
			"computes another function, and the users void the dispute when the window is shown",
			Nothing,
			Scene::reconcile,
		),
		lying(
			"computes another function, and the users end the agreement during the dispute",
			Convicts,
			Scene::end_in_dispute,
		),
		Case {
			liars: |_| 0,
			terms: |terms| terms.penalty = 101 * SYN,
			..case(
				"the users name operators that offered to answer with less",
				"signing",
				Refused,
				|_, _, _, _| (),
			)
		},
		Case {
			liars: |_| 0,
			terms: |terms| terms.limits.ends_at += DAYS,
			..case(
				"the users name operators that offered to be bound for less time",
				"signing",
				Refused,
				|_, _, _, _| (),
			)
		},
	]
}

/// What is said about windows that nobody can have reached, and about others that have not been.
fn far_away() -> Vec<Case> {
	use Expect::{Convicts, Settles};
	vec![
		case(
			"contradicts itself about a window out of reach",
			"disputes",
			Settles,
			|data, _, _, member| member.mischief = Box::new(distant_from(data, 1_000_000, true)),
		),
		case(
			"complains of a window out of reach",
			"disputes",
			Settles,
			|data, _, _, member| member.mischief = Box::new(distant_from(data, 1_000_000, false)),
		),
		case(
			"contradicts itself about a window far ahead",
			"disputes",
			Convicts,
			|data, _, _, member| member.mischief = Box::new(distant_from(data, 100, true)),
		),
	]
}

fn distant_from(data: &Data, window: u64, reports: bool) -> Distant {
	Distant {
		window,
		reports,
		head: data.message(2 * window + 1, 0),
	}
}

/// Keys that are rotated, and messages that are missing.
fn keys() -> Vec<Case> {
	use Expect::{Absent, Convicts, Nothing, Settles};
	let lying = |name, happens| Case {
		happens: Some(happens),
		..case(name, "disputes", Convicts, |_, _, _, member| {
			member.mischief = Box::new(WrongFunction)
		})
	};
	let withheld = |name, expect, equip| Case {
		liars: all_but_one,
		withheld: true,
		..case(name, "commit", expect, equip)
	};
	vec![
		lying(
			"computes another function, and an honest one rotates its key in the dispute",
			Scene::rotate_member,
		),
		lying(
			"computes another function, and the sensor's key is rotated in the dispute",
			Scene::rotate_sensor,
		),
		withheld(
			"the sensor tells one nothing, and nobody passes messages on to it",
			Settles,
			|_, _, _, member| member.mischief = Box::new(Withholder { shows: true }),
		),
		withheld(
			"the sensor tells one nothing, and nobody shows it on chain",
			Absent,
			|_, _, _, member| member.mischief = Box::new(Withholder { shows: false }),
		),
		Case {
			liars: |_| 0,
			happens: Some(Scene::suspend_sensor),
			..case(
				"the sensor is suspended in the middle",
				"sensor",
				Nothing,
				|_, _, _, _| (),
			)
		},
	]
}

/// Spares, bonds and blocks that are just enough.
fn just_enough() -> Vec<Case> {
	use Expect::Convicts;
	vec![
		Case {
			spares: 2,
			..case(
				"commits to a made-up window, and so does its spare after it",
				"commit",
				Convicts,
				|_, _, _, member| member.mischief = Box::new(Liar(Other::Root)),
			)
		},
		Case {
			exact: true,
			..case(
				"computes another function, and all bonds are just large enough",
				"compute",
				Convicts,
				|_, _, _, member| member.mischief = Box::new(WrongFunction),
			)
		},
		Case {
			happens: Some(Scene::flood),
			..case(
				"computes another function, and the pool is full of settlements",
				"disputes",
				Convicts,
				|_, _, _, member| member.mischief = Box::new(WrongFunction),
			)
		},
	]
}
