//! The cases.

use syngraph_primitives::WindowIndex;
use syngraph_protocol::Kind;
use syngraph_tests::{actors::ChainTerms, network::Member};

use crate::{
	accomplices::Accomplice,
	circumstances, joint,
	ranges::{self, Boaster, Goes, Progress},
	rulings,
	scene::{Data, Scene, ANSWER},
	trials::{Challenger, Fabricator, Lacking},
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
	/// Those adversaries are convicted that are heard before the agreement ends for want of members.
	ConvictsMost,
	/// None is convicted, all are found absent.
	Absent,
	/// Each of them is convicted or found absent.
	Fails,
	/// Nobody is convicted, the sensor is at fault.
	Sensor,
	/// The first of them is convicted, and nobody else; then the sensor is at fault, and nothing settles.
	Scapegoat,
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
	/// On which windows the chain rules, among so many.
	pub rules: fn(usize) -> Vec<WindowIndex>,
	/// What happens after a block that no member brings about.
	pub happens: Option<fn(&mut Scene)>,
	pub equip: Equip,
	pub expect: Expect,
}

/// Makes an adversary of a member: told are the scene's data, its place, and how many members there are.
pub type Equip = fn(&mut Data, usize, usize, &mut Member);

fn one(_: usize) -> usize {
	1
}

pub(crate) fn two(_: usize) -> usize {
	2
}

pub(crate) fn all_but_one(size: usize) -> usize {
	size - 1
}

/// A case of one adversary.
pub(crate) fn case(name: &'static str, step: &'static str, expect: Expect, equip: Equip) -> Case {
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
		rules: |_| Vec::new(),
		happens: None,
		equip,
		expect,
	}
}

/// All cases.
pub fn cases() -> Vec<Case> {
	let mut all = silence();
	all.extend(lies());
	all.extend(two_tongues());
	all.extend(ranges());
	all.extend(trials());
	all.extend(collusion());
	all.extend(nuisance());
	all.extend(joint::cases());
	all.extend(circumstances::cases());
	all.extend(rulings::cases());
	all
}

fn silence() -> Vec<Case> {
	use Expect::{Absent, Convicts, Settles};
	vec![
		case("none", "—", Settles, |_, _, _, _| ()),
		case("is down", "all", Absent, |_, _, _, member| {
			member.is_up = false
		}),
		case("is silent", "commit", Absent, |_, _, _, member| {
			member.mischief = Box::new(Silent::from(Step::Commit))
		}),
		case("is silent", "reveal", Absent, |_, _, _, member| {
			member.mischief = Box::new(Silent::from(Step::Reveal))
		}),
		case(
			"withholds its assent",
			"reveal",
			Absent,
			|_, _, _, member| member.mischief = Box::new(Liar::new(Other::Assent)),
		),
		case(
			"speaks to the chain alone",
			"commit, reveal",
			Settles,
			|_, _, _, member| member.mischief = Box::new(Silent::from(Step::Peers)),
		),
		case(
			"submits nothing",
			"settle, disputes",
			Settles,
			|_, _, _, member| member.mischief = Box::new(Silent::from(Step::Chain)),
		),
		case(
			"computes another function, and does not lay open what it claims",
			"opening",
			Absent,
			|_, _, _, member| {
				member.mischief = Box::new(Silent {
					step: Step::Opening,
					lies: true,
				})
			},
		),
		case(
			"computes another function, and shows nothing",
			"evidence",
			Convicts,
			|_, _, _, member| {
				member.mischief = Box::new(Silent {
					step: Step::Evidence,
					lies: true,
				})
			},
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
			"reveals a set of commitments that nobody made",
			"reveal",
			Absent,
			|_, _, _, member| member.mischief = Box::new(Liar::new(Other::Set)),
		),
		case(
			"reveals what it did not commit to",
			"reveal",
			Absent,
			|_, _, _, member| member.mischief = Box::new(Liar::new(Other::Outcomes)),
		),
		case(
			"commits to made-up windows",
			"commit",
			Convicts,
			|_, _, _, member| member.mischief = Box::new(fabricator(Kind::Data)),
		),
		case(
			"commits to made-up windows, and opens a tree that is not theirs",
			"opening",
			Absent,
			|_, _, _, member| {
				member.mischief = Box::new(Fabricator {
					opens: false,
					..fabricator(Kind::Data)
				})
			},
		),
		case(
			"copies a seal, and then the reveal",
			"commit",
			Absent,
			|_, _, _, member| member.mischief = Box::new(Copycat { seal: true }),
		),
		case(
			"copies the roots of windows it lacks",
			"commit",
			Absent,
			|_, _, _, member| member.mischief = Box::new(Copycat { seal: false }),
		),
		case(
			"copies the roots of windows it lacks, and makes up what it should know of them",
			"commit",
			Convicts,
			|_, _, _, member| member.mischief = Box::new(fabricator(Kind::Digests)),
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

pub(crate) fn fabricator(kind: Kind) -> Fabricator {
	Fabricator {
		kind,
		opens: true,
		challenges: false,
	}
}

/// One thing to some, another thing to others.
fn two_tongues() -> Vec<Case> {
	use Expect::{Convicts, Settles};
	vec![
		case(
			"makes two commitments",
			"commit",
			Convicts,
			|_, _, members, member| member.mischief = tongues(Other::Seal, members),
		),
		case(
			"commits to two sets of windows",
			"commit",
			Convicts,
			|_, _, members, member| member.mischief = tongues(Other::Root, members),
		),
		case(
			"sends different ranges to different peers",
			"commit",
			Convicts,
			|_, _, members, member| member.mischief = tongues(Other::Range, members),
		),
		case(
			"reveals one set of commitments to its peers, and another to the chain",
			"reveal",
			Convicts,
			|_, _, members, member| {
				member.mischief = Box::new(TwoTongues {
					alike: true,
					..*tongues(Other::Set, members)
				})
			},
		),
		Case {
			// Those that hear the right one settle the round.
			least: 3,
			..case(
				"reveals two sets of commitments",
				"reveal",
				Settles,
				|_, _, members, member| member.mischief = tongues(Other::Set, members),
			)
		},
		case(
			"reveals to some what it did not commit to",
			"reveal",
			Settles,
			|_, _, members, member| member.mischief = tongues(Other::Outcomes, members),
		),
	]
}

fn tongues(other: Other, members: usize) -> Box<TwoTongues> {
	Box::new(TwoTongues {
		other,
		members,
		alike: false,
		said: Vec::new(),
	})
}

/// Ranges that are too short, too long, or too late.
fn ranges() -> Vec<Case> {
	use Expect::{Absent, Settles};
	vec![
		case(
			"has a round of each window whenever it leads",
			"range",
			Settles,
			|_, _, _, member| member.mischief = Box::new(Goes(ranges::single)),
		),
		case(
			"always commits to a single window",
			"range",
			Settles,
			|_, _, _, member| member.mischief = Box::new(Goes(ranges::stubborn)),
		),
		case(
			"commits to another range than it goes by",
			"range",
			Absent,
			|_, _, _, member| member.mischief = Box::new(Liar::new(Other::Range)),
		),
		case(
			"leads, and never begins",
			"range",
			Settles,
			|_, _, _, member| member.mischief = Box::new(Goes(ranges::idle)),
		),
		case(
			"leads with a range that nobody can follow",
			"range",
			Absent,
			|_, _, _, member| member.mischief = Box::new(Liar::new(Other::Far)),
		),
		case(
			"leads with more results than a round can have",
			"range",
			Settles,
			|_, _, _, member| member.mischief = Box::new(Goes(ranges::greedy)),
		),
		case(
			"never says how far it has come",
			"range",
			Settles,
			|_, _, _, member| member.mischief = Box::new(Boaster(Progress::None)),
		),
		case(
			"says that it gets on, and commits to nothing",
			"commit",
			Absent,
			|_, _, _, member| member.mischief = Box::new(Boaster(Progress::EverMore)),
		),
	]
}

/// What can be done in disputes.
fn trials() -> Vec<Case> {
	use Expect::{Absent, Convicts, Settles};
	vec![
		case(
			"lacks messages that it has",
			"commit",
			Settles,
			|_, _, _, member| member.mischief = Box::new(Lacking { commits: true }),
		),
		case(
			"lacks messages that it has, and then others",
			"commit",
			Absent,
			|_, _, _, member| member.mischief = Box::new(Lacking { commits: false }),
		),
		case(
			"challenges those that are right",
			"disputes",
			Settles,
			|data, _, _, member| {
				member.mischief = Box::new(Challenger {
					heads: data.heads(),
				})
			},
		),
		case(
			"challenges those that are right by what it made up",
			"disputes",
			Convicts,
			|_, _, _, member| {
				member.mischief = Box::new(Fabricator {
					challenges: true,
					..fabricator(Kind::Digests)
				})
			},
		),
		case(
			"complains although all is well",
			"disputes",
			Settles,
			|data, _, _, member| {
				member.mischief = Box::new(Complainer {
					heads: data.heads(),
					as_others: false,
				})
			},
		),
		case(
			"complains in the names of others although all is well",
			"disputes",
			Settles,
			|data, _, _, member| {
				member.mischief = Box::new(Complainer {
					heads: data.heads(),
					as_others: true,
				})
			},
		),
	]
}

fn collusion() -> Vec<Case> {
	use Expect::{Absent, Convicts, ConvictsMost, Fails};
	let wrong = |name, liars, least| Case {
		liars,
		least,
		..case(name, "compute", Convicts, |_, _, _, member| {
			member.mischief = Box::new(WrongFunction)
		})
	};
	let inventing = |name, expect, liars, least| Case {
		liars,
		least,
		..case(name, "commit", expect, |_, _, _, member| {
			*member.machine.sight.borrow_mut() = Some(Box::new(sight::invented))
		})
	};
	vec![
		wrong("two compute another function", two, 3),
		wrong("all but one compute another function", all_but_one, 5),
		inventing("two invent the same messages", Convicts, two, 3),
		inventing(
			"all but one invent the same messages",
			ConvictsMost,
			all_but_one,
			5,
		),
		Case {
			liars: two,
			least: 3,
			..case(
				"two contradict each other about windows that nobody has",
				"commit",
				Fails,
				|_, _, _, member| member.mischief = Box::new(Accomplice),
			)
		},
		Case {
			liars: all_but_one,
			least: 3,
			..case(
				"all but one are silent",
				"commit",
				Absent,
				|_, _, _, member| member.mischief = Box::new(Silent::from(Step::Commit)),
			)
		},
		Case {
			liars: all_but_one,
			..case(
				"all but one say that they have computed all that is yet to come, and nothing else",
				"commit",
				Absent,
				|_, _, _, member| member.mischief = Box::new(Boaster(Progress::Everything)),
			)
		},
	]
}

fn nuisance() -> Vec<Case> {
	use Expect::{Absent, Convicts, Sensor, Settles};
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
		Case {
			happens: Some(Scene::restore),
			..case(
				"has begun a round, and restores an old database",
				"commit",
				Absent,
				|_, _, _, _| (),
			)
		},
		Case {
			happens: Some(Scene::double),
			..case(
				"has a clone that speaks, too, and hears it",
				"all",
				Settles,
				|_, _, _, _| (),
			)
		},
		Case {
			least: 3,
			happens: Some(Scene::split),
			..case(
				"has a clone that speaks, too, and does not hear it",
				"all",
				Convicts,
				|_, _, _, _| (),
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
