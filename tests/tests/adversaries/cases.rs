//! The cases.

use syngraph_tests::{actors::ChainTerms, network::Member};

use crate::{
	accomplices::Accomplice,
	circumstances,
	memory::{Clinging, Foregone, Hoarder},
	scene::{Data, Scene, ANSWER, NULL},
	tricks::{
		sight, Complainer, Copycat, HalfShown, Late, Liar, Other, Replay, Silent, Step, TwoTongues,
		WrongFunction,
	},
};

/// What must become of the adversaries.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Expect {
	/// Nothing: every window settles.
	Settles,
	/// All of them are convicted.
	Convicts,
	/// None is convicted, all are found absent.
	Absent,
	/// Each of them is convicted or found absent.
	Fails,
	/// Nobody is convicted, the sensor is at fault.
	Sensor,
	/// Nobody fails, whatever settles.
	Nothing,
	/// The agreement does not come into force.
	Refused,
}

/// A misbehaviour.
pub struct Case {
	pub name: &'static str,
	pub step: &'static str,
	/// How many of so many misbehave: those at the first places.
	pub liars: fn(usize) -> usize,
	/// The least number of intermediaries for which it makes sense.
	pub least: usize,
	/// Whether the sensor says different things to members at even and at odd places.
	pub split: bool,
	/// For how many blocks the agreement goes on when all is done.
	pub linger: u32,
	/// Whether the sensor tells the last member nothing.
	pub withheld: bool,
	/// How many spares the first user has. All of them misbehave like those that do at first, but the last.
	pub spares: usize,
	/// Whether every bond is exactly what its intermediary answers with.
	pub exact: bool,
	/// What the terms say otherwise.
	pub terms: fn(&mut ChainTerms),
	/// What happens after a block that no member brings about.
	pub happens: Option<fn(&mut Scene)>,
	pub equip: fn(&mut Data, usize, usize, &mut Member),
	pub expect: Expect,
}

fn one(_: usize) -> usize {
	1
}

fn two(_: usize) -> usize {
	2
}

pub(crate) fn all_but_one(size: usize) -> usize {
	size - 1
}

/// A case of one adversary.
pub(crate) fn case(
	name: &'static str,
	step: &'static str,
	expect: Expect,
	equip: fn(&mut Data, usize, usize, &mut Member),
) -> Case {
	Case {
		name,
		step,
		liars: one,
		least: 2,
		split: false,
		linger: 0,
		withheld: false,
		spares: 0,
		exact: false,
		terms: |_| (),
		happens: None,
		equip,
		expect,
	}
}

/// All cases.
pub fn cases() -> Vec<Case> {
	let mut all = silence();
	all.extend(lies());
	all.extend(collusion());
	all.extend(nuisance());
	all.extend(circumstances::cases());
	all
}

fn silence() -> Vec<Case> {
	use Expect::{Absent, Settles};
	vec![
		case("none", "—", Settles, |_, _, _, _| ()),
		case("is down", "all", Absent, |_, _, _, member| {
			member.is_up = false
		}),
		case("is silent", "commit", Absent, |_, _, _, member| {
			member.mischief = Box::new(Silent(Step::Commit))
		}),
		case("is silent", "reveal", Absent, |_, _, _, member| {
			member.mischief = Box::new(Silent(Step::Reveal))
		}),
		case(
			"withholds its assent",
			"settle",
			Absent,
			|_, _, _, member| member.mischief = Box::new(Silent(Step::Settle)),
		),
		case(
			"submits nothing",
			"settle, disputes",
			Settles,
			|_, _, _, member| member.mischief = Box::new(Silent(Step::Evidence)),
		),
		case(
			"is late, but answers in time",
			"all",
			Settles,
			|_, _, _, member| {
				member.mischief = Box::new(Late {
					by: ANSWER / 3,
					..Default::default()
				})
			},
		),
		case("is too late", "all", Absent, |_, _, _, member| {
			member.mischief = Box::new(Late {
				by: ANSWER * 5 / 2,
				..Default::default()
			})
		}),
		case("drops the messages", "commit", Absent, |_, _, _, member| {
			*member.machine.sight.borrow_mut() = Some(Box::new(sight::nothing))
		}),
		case(
			"loses the messages until they are shown on chain",
			"commit",
			Settles,
			|_, _, _, member| *member.machine.sight.borrow_mut() = Some(Box::new(sight::lost)),
		),
	]
}

fn lies() -> Vec<Case> {
	use Expect::{Absent, Convicts};
	vec![
		case(
			"makes two commitments",
			"commit",
			Convicts,
			|_, _, members, member| {
				member.mischief = Box::new(TwoTongues {
					other: Other::Seal,
					members,
				})
			},
		),
		case(
			"commits to two windows",
			"commit",
			Convicts,
			|_, _, members, member| {
				member.mischief = Box::new(TwoTongues {
					other: Other::Root,
					members,
				})
			},
		),
		Case {
			least: 3,
			..case(
				"reveals two sets of commitments",
				"reveal",
				Convicts,
				|_, _, members, member| {
					member.mischief = Box::new(TwoTongues {
						other: Other::Set,
						members,
					})
				},
			)
		},
		case(
			"reveals a set of commitments that nobody made",
			"reveal",
			Absent,
			|_, _, _, member| member.mischief = Box::new(Liar(Other::Set)),
		),
		case(
			"reveals two results",
			"reveal",
			Convicts,
			|_, _, members, member| {
				member.mischief = Box::new(TwoTongues {
					other: Other::Result,
					members,
				})
			},
		),
		case(
			"reveals something else",
			"reveal",
			Convicts,
			|_, _, _, member| member.mischief = Box::new(Liar(Other::Result)),
		),
		case(
			"commits to a made-up window",
			"commit",
			Convicts,
			|_, _, _, member| member.mischief = Box::new(Liar(Other::Root)),
		),
		case(
			"copies a seal, and then the reveal",
			"commit",
			Convicts,
			|_, _, _, member| member.mischief = Box::new(Copycat { seal: true }),
		),
		case(
			"copies the root of a window it lacks",
			"commit",
			Convicts,
			|_, _, _, member| member.mischief = Box::new(Copycat { seal: false }),
		),
		case(
			"computes another function",
			"compute",
			Convicts,
			|_, _, _, member| member.mischief = Box::new(WrongFunction),
		),
		case(
			"computes another function, half shows its window",
			"evidence",
			Convicts,
			|_, _, _, member| member.mischief = Box::new(HalfShown),
		),
		case("invents messages", "commit", Convicts, |_, _, _, member| {
			*member.machine.sight.borrow_mut() = Some(Box::new(sight::invented))
		}),
	]
}

fn collusion() -> Vec<Case> {
	use Expect::{Absent, Convicts, Fails};
	let wrong = |name, liars, least| Case {
		liars,
		least,
		..case(name, "compute", Convicts, |_, _, _, member| {
			member.mischief = Box::new(WrongFunction)
		})
	};
	let inventing = |name, liars, least| Case {
		liars,
		least,
		..case(name, "commit", Convicts, |_, _, _, member| {
			*member.machine.sight.borrow_mut() = Some(Box::new(sight::invented))
		})
	};
	vec![
		wrong("two compute another function", two, 3),
		wrong("all but one compute another function", all_but_one, 5),
		inventing("two invent the same messages", two, 3),
		inventing("all but one invent the same messages", all_but_one, 5),
		Case {
			liars: two,
			least: 3,
			..case(
				"two contradict each other about windows that nobody has",
				"commit",
				Fails,
				|data, _, _, member| {
					let heads = data.heads();
					member.mischief = Box::new(Accomplice { heads })
				},
			)
		},
		Case {
			liars: all_but_one,
			least: 3,
			..case(
				"all but one are silent",
				"commit",
				Absent,
				|_, _, _, member| member.mischief = Box::new(Silent(Step::Commit)),
			)
		},
		Case {
			liars: all_but_one,
			..case(
				"all but one declare themselves done with all that is yet to come",
				"commit",
				Absent,
				|_, _, _, member| member.mischief = Box::new(Foregone),
			)
		},
	]
}

fn nuisance() -> Vec<Case> {
	use Expect::{Absent, Sensor, Settles};
	vec![
		case(
			"says it for another agreement",
			"all",
			Absent,
			|_, _, _, member| member.mischief = Box::new(Replay { agreement: true }),
		),
		case(
			"says it for another chain",
			"all",
			Absent,
			|_, _, _, member| member.mischief = Box::new(Replay { agreement: false }),
		),
		case(
			"complains although all is well",
			"disputes",
			Settles,
			|data, _, _, member| {
				member.mischief = Box::new(Complainer {
					heads: data.heads(),
				})
			},
		),
		case(
			"never declares itself done",
			"null window",
			Settles,
			|_, _, _, member| member.mischief = Box::new(Clinging),
		),
		Case {
			linger: 2 * ANSWER,
			..case(
				"complains of what all have forgotten",
				"null window",
				Settles,
				|data, _, members, member| {
					member.mischief = Box::new(hoarder(data, members, false))
				},
			)
		},
		Case {
			linger: 2 * ANSWER,
			..case(
				"reports what all have forgotten",
				"null window",
				Settles,
				|data, _, members, member| member.mischief = Box::new(hoarder(data, members, true)),
			)
		},
		Case {
			split: true,
			liars: |_| 0,
			..case(
				"the sensor signs two messages with one number",
				"sensor",
				Sensor,
				|_, _, _, _| (),
			)
		},
	]
}

fn hoarder(data: &Data, members: usize, reports: bool) -> Hoarder {
	Hoarder {
		reports,
		members,
		window: NULL,
		head: data.heads()[NULL as usize].clone(),
		kept: Default::default(),
		done: None,
	}
}
