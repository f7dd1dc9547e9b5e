//! The cases in which users, sensors or the chain itself have a part.

use syngraph_primitives::{BlockNumber, WindowIndex};
use syngraph_runtime::{DAYS, SYN};

use crate::{
	afar::{Distant, Withholder},
	cases::{all_but_one, case, Case, Expect},
	scene::{Data, Scene, ANSWER},
	tricks::WrongFunction,
};

/// After how many blocks all has settled, if nobody does otherwise.
const SETTLED: BlockNumber = 30;

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

/// What is said about rounds that are yet to come, and about those that are decided.
fn far_away() -> Vec<Case> {
	use Expect::{Convicts, Settles};
	let past = |name, equip| Case {
		linger: 2 * ANSWER,
		..case(name, "disputes", Settles, equip)
	};
	vec![
		case(
			"contradicts itself about a round far ahead",
			"disputes",
			Convicts,
			|data, _, _, member| member.mischief = Box::new(distant(data, 1_000_000, true)),
		),
		case(
			"complains of another round than the next one",
			"disputes",
			Settles,
			|data, _, _, member| member.mischief = Box::new(distant(data, 3, false)),
		),
		past(
			"contradicts itself about a round that is decided",
			|data, _, _, member| member.mischief = Box::new(past_round(data, true)),
		),
		past(
			"complains of a round that is decided",
			|data, _, _, member| member.mischief = Box::new(past_round(data, false)),
		),
	]
}

fn distant(data: &Data, first: WindowIndex, reports: bool) -> Distant {
	Distant {
		first,
		reports,
		heads: data.heads(),
		wait: 0,
		said: None,
	}
}

/// Waits until all is settled.
fn past_round(data: &Data, reports: bool) -> Distant {
	Distant {
		wait: SETTLED,
		..distant(data, 0, reports)
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
				"computes another function, and so does its spare after it",
				"compute",
				Convicts,
				|_, _, _, member| member.mischief = Box::new(WrongFunction),
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
