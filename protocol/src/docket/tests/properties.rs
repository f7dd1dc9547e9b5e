//! What holds whatever liars do.
//!
//! Some members are honest and react, a block later, to what is on file. All others file, contest and show
//! whatever they like, in any order, and have the dispute judged as soon as that is possible.

use super::*;
use alloc::boxed::Box;
use proptest::{collection::vec, prelude::*};

/// As little time as there can be, so that much happens in the last block of a stage.
const ANSWER: u32 = 2;

/// Decisions of the liars and of chance; zero once there are no more.
struct Choices(std::vec::IntoIter<u8>);

impl Choices {
	fn below(&mut self, count: usize) -> usize {
		usize::from(self.0.next().unwrap_or(0)) % count
	}

	fn flip(&mut self) -> bool {
		self.below(2) == 1
	}
}

/// An honest member.
struct Honest {
	place: usize,
	/// The window, once it has all messages of it.
	window: Option<Shown>,
	/// What it heard of everyone's commitments first, its own excepted.
	heard: Vec<Option<Claim>>,
	/// What else it holds of what liars signed.
	held: Vec<SignedStatement>,
}

/// What a member brings on chain.
enum Call {
	File(SignedStatement, bool),
	Contest(Box<(SignedStatement, SignedStatement)>),
	Lack(usize),
	Show(Shown),
	/// A part of another window than one that was shown.
	Expose,
}

impl Honest {
	fn own(&self) -> Option<Claim> {
		let window = self.window.clone()?;
		Some(claim(self.place, |claim| claim.window = window.clone()))
	}

	/// The set of commitments that it reveals with, once it has heard all, to its own window.
	fn set(&self) -> Option<H256> {
		let own = self.own()?;
		let credible = |said: &Claim| {
			let (window, own) = (&said.window, &own.window);
			window.root == own.root && window.digest == own.digest
		};
		let heard = self.heard.iter().enumerate();
		let heard = heard.map(|(place, said)| match place == self.place {
			true => Some(own.clone()),
			false => said.clone().filter(credible),
		});
		Some(set_of(&heard.collect::<Option<Vec<Claim>>>()?))
	}

	fn reveal(&self) -> Option<SignedStatement> {
		Some(self.own()?.reveal(self.set()?))
	}

	/// What it holds of commitments, its own too, and of what liars signed.
	fn holds(&self) -> impl Iterator<Item = SignedStatement> + '_ {
		let heard = self.heard.iter().flatten().map(Claim::commit);
		let own = self.own().map(|own| own.commit());
		own.into_iter()
			.chain(heard)
			.chain(self.held.iter().cloned())
	}

	/// Hears from the chain what gossip did not deliver: messages, and commitments.
	fn listen(&mut self, docket: &TestDocket, claims: &[Claim]) {
		self.window = self.window.take().or_else(|| docket.shown.first().cloned());
		for (place, heard) in self.heard.iter_mut().enumerate() {
			let filed = |claim: &&Claim| docket.commitment(place) == Some(&claim.commitment());
			if heard.is_none() && place != self.place {
				*heard = claims.iter().find(filed).cloned();
			}
		}
	}

	/// Whether messages are asked for, or anything is on file that contradicts its own window.
	fn must_show(&self, docket: &TestDocket, own: &Shown) -> bool {
		let others = (0..docket.roster.members.len()).filter(|place| *place != self.place);
		let doubted = |place: usize| {
			let claim = claim(place, |claim| claim.window = own.clone());
			let right = claim.commitment();
			let wrong = |filed: &Commitment| {
				filed.root != right.root || filed.possession != right.possession
			};
			docket.commitment(place).is_some_and(wrong)
				|| docket
					.reveal(place)
					.is_some_and(|filed| filed.result != own.result)
		};
		docket.stage == Stage::Messages
			|| others.into_iter().any(doubted)
			|| docket.shown.iter().any(|shown| shown != own)
	}

	/// What it does about what is on file. It may take its time with what it does to the chain for others'
	/// sake, as long as there is any left.
	fn react(
		&mut self,
		docket: &TestDocket,
		now: u32,
		claims: &[Claim],
		choices: &mut Choices,
	) -> Vec<Call> {
		self.listen(docket, claims);
		let waits = now < docket.deadline && choices.flip();
		let on_file = |signed: &SignedStatement| {
			let all = docket.testimonies.iter();
			all.flat_map(|testimony| testimony.said.statements())
				.any(|known| known == signed)
		};
		let mut calls: Vec<_> = self
			.holds()
			.filter(|signed| !on_file(signed))
			.map(|signed| Call::File(signed, false))
			.collect();
		let Some(own) = &self.window else {
			calls.extend((!waits).then_some(Call::Lack(self.place)));
			return calls;
		};
		if docket.commitment(self.place).is_some() {
			calls.extend(self.reveal().map(|signed| Call::File(signed, true)));
			let may_show = docket.may_show(&own.root, self.place, now);
			if self.must_show(docket, own) && may_show && !waits {
				calls.push(Call::Show(own.clone()));
			}
		}
		calls
	}
}

/// A dispute, and the members of its agreement.
struct Dispute {
	docket: TestDocket,
	now: u32,
	honest: Vec<Honest>,
	liars: Vec<usize>,
	/// Everything that anyone may have computed.
	claims: Vec<Claim>,
	/// Whether the sensors sign a second window for the liars.
	collusion: bool,
	settled: bool,
	/// Whether the window's sources are not what they were any more.
	stale: bool,
	/// Who is known to have signed contradicting statements.
	contradicted: Vec<IntermediaryId>,
	/// Whether an honest member has shown its window.
	shown: bool,
}

/// Whether what is on file of two members contradicts each other. Of sets of commitments nobody can tell if somebody
/// committed to two things.
fn contradict(docket: &TestDocket, left: usize, right: usize) -> bool {
	let sound = docket.testimonies.iter().all(|other| other.fault.is_none());
	let [left, right] = [left, right].map(|place| &docket.testimonies[place].said);
	left.statements().any(|left| {
		let mut found = right
			.statements()
			.filter_map(|right| conflict(&left.statement, &right.statement));
		found.any(|found| sound || found != Conflict::CommitmentMismatch)
	})
}

/// What a liar may claim: the truth, too.
fn lies(place: usize) -> Vec<Claim> {
	let false_possession = Shown {
		digest: INVENTED.digest,
		..GENUINE
	};
	let wrong_result = Shown {
		result: Some(99),
		..GENUINE
	};
	let null = Shown {
		result: None,
		..GENUINE
	};
	let windows = [
		GENUINE,
		SECOND,
		INVENTED,
		false_possession,
		wrong_result,
		null,
	];
	let claims = windows.map(|window| claim(place, |claim| claim.window = window.clone()));
	let other = claim(place, |claim| claim.secret = [99; 32]);
	claims.into_iter().chain([other]).collect()
}

impl Dispute {
	fn new(choices: &mut Choices) -> Self {
		let members = 2 + choices.below(4);
		let sure = choices.below(members);
		let (mut honest_places, mut liars) = (vec![sure], vec![]);
		for place in (0..members).filter(|place| *place != sure) {
			let side = if choices.flip() {
				&mut liars
			} else {
				&mut honest_places
			};
			side.push(place);
		}
		let second = |place| claim(place, |claim| claim.window = SECOND);
		let told = honest_places
			.iter()
			.flat_map(|place| [honest(*place), second(*place)]);
		let claims: Vec<_> = told
			.chain(liars.iter().flat_map(|place| lies(*place)))
			.collect();
		let mut docket = opened(members, OPENED);
		docket.deadline = OPENED + ANSWER;
		let mut dispute = Self {
			docket,
			now: OPENED,
			honest: vec![],
			liars,
			claims,
			collusion: choices.flip(),
			settled: false,
			stale: false,
			contradicted: vec![],
			shown: false,
		};
		for place in honest_places {
			let honest = dispute.arrive(place, members, choices);
			dispute.honest.push(honest);
		}
		dispute.begin(choices);
		dispute
	}

	/// It begins with a complaint, or with statements that contradict each other.
	fn begin(&mut self, choices: &mut Choices) {
		if self.liars.is_empty() || choices.flip() {
			return self.complain(choices);
		}
		let (left, right) = (self.any_known(choices), self.any_known(choices));
		self.note(&left.statement, &right.statement);
		if self.docket.contest(left, right, OPENED, ANSWER).is_err() {
			self.complain(choices);
		}
	}

	/// A complaint begins with a commitment of the one who complains.
	fn complain(&mut self, choices: &mut Choices) {
		let commitment = if self.liars.is_empty() || choices.flip() {
			let honest = &mut self.honest[0];
			honest.window = Some(GENUINE);
			honest.own().map(|own| own.commit())
		} else {
			let liar = self.liars[choices.below(self.liars.len())];
			let lies = lies(liar);
			Some(lies[choices.below(lies.len())].commit())
		};
		let filed = commitment.map(|signed| self.docket.file(signed, None, OPENED, ANSWER));
		assert_eq!(filed, Some(Ok(Effect::None)));
	}

	/// An honest member, who has heard from others what chance delivers.
	fn arrive(&self, place: usize, members: usize, choices: &mut Choices) -> Honest {
		let mut member = Honest {
			place,
			window: (choices.below(4) != 3).then_some(GENUINE),
			heard: vec![None; members],
			held: vec![],
		};
		for other in 0..members {
			if other == place || choices.below(4) == 0 {
				continue;
			}
			let said = if self.liars.contains(&other) {
				let lies = lies(other);
				let said = lies[choices.below(lies.len())].clone();
				member.held.push(said.commit());
				if choices.flip() {
					member.held.push(self.any_statement(other, choices));
				}
				said
			} else {
				let told = self.honest.iter().find(|honest| honest.place == other);
				match told.and_then(Honest::own) {
					Some(said) => said,
					None => continue,
				}
			};
			member.heard[other] = Some(said);
		}
		member
	}

	/// Something that a liar signs.
	fn any_statement(&self, liar: usize, choices: &mut Choices) -> SignedStatement {
		let lies = lies(liar);
		let said = &lies[choices.below(lies.len())];
		let mut sets = vec![OTHER_SET];
		sets.extend(self.honest.iter().filter_map(Honest::set));
		let set = sets[choices.below(sets.len())];
		let signed = match choices.below(5) {
			0 | 1 => said.commit(),
			2 | 3 => said.reveal(set),
			_ => said.assent(set),
		};
		match choices.below(8) {
			7 => elsewhere(signed.statement),
			_ => signed,
		}
	}

	/// Something that a liar signs, or that it heard an honest member say.
	fn any_known(&self, choices: &mut Choices) -> SignedStatement {
		if choices.flip() {
			let liar = self.liars[choices.below(self.liars.len())];
			return self.any_statement(liar, choices);
		}
		let told = &self.honest[choices.below(self.honest.len())];
		let reveal = told.reveal().filter(|_| choices.flip());
		let commit = || told.own().map(|own| own.commit());
		let liar = self.liars[choices.below(self.liars.len())];
		reveal
			.or_else(commit)
			.unwrap_or_else(|| self.any_statement(liar, choices))
	}

	fn any_call(&self, choices: &mut Choices) -> Call {
		let (left, right) = (self.any_known(choices), self.any_known(choices));
		match choices.below(6) {
			0..=2 => Call::File(left, choices.flip()),
			3 => Call::Contest(Box::new((left, right))),
			4 => Call::Lack(self.liars[choices.below(self.liars.len())]),
			_ if self.collusion => match choices.below(4) {
				0 => Call::Expose,
				1 | 2 => Call::Show(SECOND),
				_ => Call::Show(GENUINE),
			},
			_ => Call::Show(GENUINE),
		}
	}

	/// Whether everybody's signature over one settlement can be had.
	fn can_settle(&self) -> bool {
		let sets: Option<Vec<_>> = self.honest.iter().map(Honest::set).collect();
		let one = sets.is_some_and(|sets| sets.windows(2).all(|pair| pair[0] == pair[1]));
		let heard = self.honest.iter().flat_map(|honest| honest.heard.iter());
		let same = heard.flatten().all(|said| said.window == GENUINE);
		self.docket.stage != Stage::Evidence && one && same
	}

	/// Notes that somebody contradicts itself, if these statements show it in time.
	fn note(&mut self, left: &Statement, right: &Statement) {
		let author = left.intermediary();
		let one = author == right.intermediary() && conflict(left, right).is_some();
		if one && self.now <= self.docket.deadline {
			self.contradicted.push(author);
		}
	}

	fn call(&mut self, call: Call) {
		let now = self.now;
		match call {
			Call::File(signed, assented) => {
				for testimony in self.docket.testimonies.clone() {
					for known in testimony.said.statements() {
						self.note(&known.statement, &signed.statement);
					}
				}
				let assent = assented.then(signature);
				let _ = self.docket.file(signed, assent, now, ANSWER);
			},
			Call::Contest(both) => {
				let (left, right) = *both;
				self.note(&left.statement, &right.statement);
				let _ = self.docket.contest(left, right, now, ANSWER);
			},
			Call::Lack(place) => {
				let _ = self.docket.lack(&lacks(place), now, ANSWER);
			},
			Call::Show(shown) => {
				let mut places = 0..self.docket.roster.members.len();
				if places.any(|place| self.docket.may_show(&shown.root, place, now)) {
					self.docket.show(shown, now, ANSWER);
				}
			},
			Call::Expose => self.docket.expose(0),
		}
	}

	/// Brings one call on chain after the other, until the dispute is ripe.
	fn block(&mut self, patient: bool, choices: &mut Choices) -> Option<Verdict> {
		let (docket, now) = (self.docket.clone(), self.now);
		self.stale |= choices.below(64) == 63;
		let over = self.settled || self.stale;
		let mut calls = vec![];
		for honest in &mut self.honest {
			// What nobody asked for may come as well.
			if honest.window.is_none() && choices.below(4) == 3 {
				honest.window = Some(GENUINE);
			}
		}
		// Who commits anew has nothing more to say about an old version.
		let engaged = self.honest.iter_mut().filter(|_| !over);
		for honest in engaged {
			calls.extend(honest.react(&docket, now, &self.claims, choices));
		}
		let mut others = match self.liars.is_empty() {
			true => 0,
			false => choices.below(4),
		};
		loop {
			let waits = patient && self.now <= self.docket.deadline;
			if self.docket.is_ripe(self.now, over || self.settled) && !waits {
				return Some(self.docket.judge(self.now, over || self.settled));
			}
			if others > 0 && (calls.is_empty() || choices.flip()) {
				others -= 1;
				let call = self.any_call(choices);
				self.call(call);
			} else if let Some(call) = calls.pop() {
				let before = self.docket.shown.len();
				self.call(call);
				self.shown |= self.docket.shown.len() > before;
			} else {
				return None;
			}
			self.settled |= self.can_settle() && choices.below(8) == 7;
		}
	}

	/// Whether what is on file about a liar can be proven to be a lie, since an honest member has had the
	/// time to show its window.
	fn lied(&self, place: usize) -> bool {
		let docket = &self.docket;
		let early = matches!(docket.stage, Stage::Commitments | Stage::Messages);
		let mut on_file = self.honest.iter().filter_map(|honest| {
			docket.commitment(honest.place)?;
			honest.window.as_ref()
		});
		let (Some(right), Some(commitment)) = (on_file.next(), docket.commitment(place)) else {
			return false;
		};
		if commitment.root != right.root {
			let mut shown = docket.shown.iter();
			let unseen = shown.all(|shown| shown.root != commitment.root);
			return !early && unseen && !docket.is_sensor_at_fault();
		}
		let own = claim(place, |claim| claim.window = right.clone());
		let wrong = |reveal: &Reveal| reveal.result != right.result;
		let lies = commitment.possession != own.commitment().possession
			|| docket.reveal(place).is_some_and(wrong);
		!early && lies
	}
}

/// What a liar signs about another window.
fn elsewhere(mut statement: Statement) -> SignedStatement {
	match &mut statement {
		Statement::Commit(commitment) => commitment.window += 1,
		Statement::Reveal(reveal) => reveal.window += 1,
		Statement::Assent(assent) => assent.settlement.window += 1,
	}
	sign(statement)
}

proptest! {
	#![proptest_config(ProptestConfig::with_cases(16 * ProptestConfig::default().cases))]

	#[test]
	fn honest_members_are_never_blamed_and_proven_liars_always(
		choices in vec(any::<u8>(), 0..300),
	) {
		let mut choices = Choices(choices.into_iter());
		let mut dispute = Dispute::new(&mut choices);
		let patient = choices.flip();
		let verdict = loop {
			if let Some(verdict) = dispute.block(patient, &mut choices) {
				break verdict;
			}
			dispute.now += 1;
			prop_assert!(dispute.now <= OPENED + 5 * ANSWER + 1);
		};
		let faulty = |id| verdict.faults.iter().any(|(member, _)| *member == id);
		for honest in &dispute.honest {
			let member = id(honest.place);
			prop_assert!(!faulty(member) && !verdict.absent.contains(&member), "{verdict:?}");
		}
		// Nobody can say that it did so for nothing.
		let lackers = dispute.docket.lackers().count();
		prop_assert!(!dispute.shown || lackers > 0 || dispute.docket.is_contradicted());
		for contradicted in &dispute.contradicted {
			prop_assert!(faulty(*contradicted));
		}
		if dispute.now > dispute.docket.deadline && !dispute.settled && !dispute.stale {
			for liar in &dispute.liars {
				prop_assert!(faulty(id(*liar)) || !dispute.lied(*liar), "{liar}: {verdict:?}");
			}
		}
		let over = dispute.settled || dispute.stale;
		let late = dispute.now > dispute.docket.deadline;
		if dispute.docket.stage == Stage::Evidence && late && !over {
			let failed = |place: usize| faulty(id(place)) || verdict.absent.contains(&id(place));
			let count = dispute.docket.roster.members.len();
			// Nobody loses a window without anybody's failure.
			prop_assert!((0..count).any(failed) || verdict.sensor_at_fault, "{verdict:?}");
			for (left, right) in (0..count).flat_map(|left| (0..left).map(move |right| (left, right))) {
				let excused = failed(left) || failed(right) || verdict.sensor_at_fault;
				prop_assert!(excused || !contradict(&dispute.docket, left, right), "{verdict:?}");
			}
			for place in 0..count {
				let bare = dispute.docket.reveal(place).is_some()
					&& dispute.docket.commitment(place).is_none();
				prop_assert!(!bare || failed(place), "{verdict:?}");
			}
		}
	}
}
