//! What holds whatever liars do.
//!
//! Some members are honest and react, a block later, to what is on file. Before the dispute they have made attempts
//! without the chain, in which they heard what liars told each of them. All others file, contest, open, challenge, lack
//! and show whatever they like, in any order, and have the dispute judged as soon as that is possible. Now and then a
//! block has room for nobody's answers but theirs.

use super::*;
use alloc::boxed::Box;
use proptest::{collection::vec, prelude::*};

/// As little time as there can be, so that much happens in the last block of a stage.
const ANSWER: u32 = 2;

/// Decisions of the liars and of chance; zero once there are no more.
struct Choices(std::vec::IntoIter<u8>);

impl Choices {
	fn below(&mut self, count: usize) -> usize {
		usize::from(self.0.next().unwrap_or(0)) % count.max(1)
	}

	fn flip(&mut self) -> bool {
		self.below(2) == 1
	}

	fn one<'a, T>(&mut self, all: &'a [T]) -> Option<&'a T> {
		let index = self.below(all.len());
		all.get(index)
	}
}

/// A claim with its commitment, which takes many hashes.
#[derive(Clone)]
struct Made {
	claim: Claim,
	commit: Utterance,
}

impl Made {
	fn new(claim: Claim) -> Self {
		let commit = claim.commit();
		Self { claim, commit }
	}

	fn reveal(&self, set: H256) -> Utterance {
		let mut said = self.commit.clone();
		said.reveal = self.claim.reveal(set).reveal;
		said
	}

	fn commitment(&self) -> &Commitment {
		self.commit.commitment()
	}
}

/// An honest member.
struct Honest {
	place: usize,
	/// The windows that it has, from the first on, each as it got it.
	windows: Vec<Shown>,
	/// How it gets the windows after them unless the chain shows them first.
	later: Vec<Shown>,
	/// What it has said, with its reveals.
	own: Vec<Made>,
	/// With which sets it revealed.
	sets: Vec<(Span, H256)>,
	/// What it holds of others.
	held: Vec<Utterance>,
}

/// What is brought on chain.
#[expect(clippy::large_enum_variant, reason = "there are few")]
enum Call {
	File(Utterance),
	Contest(Box<(Utterance, Utterance)>),
	Lack(usize, WindowIndex),
	Challenge(Challenge),
	Open(usize, Hashes),
	Show(usize, Shown, Path),
	Expose,
}

impl Honest {
	/// What it says in an attempt from `before` on about a range, if it has that and said nothing else there.
	fn say(&mut self, attempt: u8, before: Option<H256>, end: WindowIndex) -> Option<Made> {
		let known = self.own.iter().find(|made| {
			let said = made.commitment();
			said.span.attempt == attempt
				&& (attempt < 2 || (said.before, said.span.end) == (before, end))
		});
		if let Some(known) = known {
			return Some(known.clone());
		}
		let count = (end - FIRST) as usize;
		let windows = self.windows.get(..count)?.to_vec();
		let made = Made::new(Claim {
			place: self.place,
			attempt,
			before,
			windows,
			secret: [self.own.len() as u8; 32],
		});
		self.own.push(made.clone());
		Some(made)
	}

	/// The end of what it has.
	fn end(&self) -> WindowIndex {
		FIRST + self.windows.len() as u64
	}

	/// Whether it reveals to who says this.
	fn believes(&self, own: &Made, said: &Commitment) -> bool {
		let digests = own.claim.root(Kind::Digests);
		said.data_root == own.commitment().data_root
			&& said.possession == possession(&said.span, said.intermediary, &digests)
	}

	/// What it reveals with a set of commitments, unless it has with another one.
	fn reveal(&mut self, own: &Made, set: H256) -> Option<Utterance> {
		let span = own.claim.span();
		let known = self.sets.iter().find(|(known, _)| *known == span);
		match known {
			Some((_, known)) if *known != set => return None,
			Some(_) => (),
			None => self.sets.push((span, set)),
		}
		Some(own.reveal(set))
	}

	/// Takes in what the chain tells.
	fn listen(&mut self, docket: &TestDocket) {
		for (place, testimony) in docket.testimonies.iter().enumerate() {
			let said = docket.first(place).into_iter();
			for said in said.chain(testimony.said.clone()) {
				if !self.held.contains(&said) {
					self.held.push(said);
				}
			}
		}
	}

	/// Two things of which it holds that one author said both, about which nothing is known.
	fn contradiction(&self, docket: &TestDocket) -> Option<(Utterance, Utterance)> {
		let proven = |author| {
			let place = docket.roster.place(author).unwrap();
			docket.testimonies[place].fault.is_some()
		};
		let news = self.held.iter().filter(|said| !proven(said.author()));
		let news: Vec<_> = news.collect();
		news.iter().enumerate().find_map(|(index, left)| {
			let mut later = news.iter().skip(index + 1);
			let right = later
				.find(|right| left.author() == right.author() && conflict(left, right).is_some())?;
			Some(((*left).clone(), (*right).clone()))
		})
	}

	/// What it does about what is on file. It may take its time with what it does for others, as long as there is any
	/// left.
	fn react(&mut self, docket: &TestDocket, now: u32, choices: &mut Choices) -> Vec<Call> {
		self.listen(docket);
		let mut calls = vec![];
		if let Some(both) = self.contradiction(docket) {
			calls.push(Call::Contest(Box::new(both)));
		}
		if now < docket.deadline && choices.flip() {
			return calls;
		}
		match docket.stage {
			Stage::Commitments => self.commit(docket, now, &mut calls),
			Stage::Messages { window } => {
				if docket.owes(self.place) {
					self.show_for(docket, window, &mut calls);
				}
				self.commit(docket, now, &mut calls);
			},
			Stage::Reveals => self.answer(docket, &mut calls),
			Stage::Settlement => (),
			Stage::Opening { kind, level } => self.open_sides(docket, kind, level, &mut calls),
			Stage::Evidence { window, .. } => {
				let claim = docket.claim(self.place);
				let mut shown = docket.shown.iter();
				let borne_out = shown.any(|shown| Some(shown.root) == claim);
				if claim.is_some() && !borne_out {
					self.show_for(docket, window, &mut calls);
				}
			},
		}
		calls
	}

	fn commit(&mut self, docket: &TestDocket, now: u32, calls: &mut Vec<Call>) {
		let is_due = |said: &&Utterance| docket.check(said, now).is_ok();
		let held: Vec<_> = self.held.iter().filter(is_due).cloned().collect();
		calls.extend(held.into_iter().map(Call::File));
		let end = docket.end.unwrap_or(self.end());
		let said = match end > FIRST {
			true => self.say(docket.attempt, docket.before, end),
			false => None,
		};
		match said {
			Some(made) => calls.push(Call::File(made.commit)),
			None => calls.push(Call::Lack(self.place, self.end())),
		}
	}

	/// Its commitment on file.
	fn filed(&self, docket: &TestDocket) -> Option<Made> {
		let filed = docket.commitment(self.place)?;
		let own = self.own.iter().find(|made| made.commitment() == filed);
		Some(own.expect("nobody else can sign it").clone())
	}

	/// It reveals, or says to whom it does not.
	fn answer(&mut self, docket: &TestDocket, calls: &mut Vec<Call>) {
		let held = self.held.iter().filter(|said| said.reveal.is_some());
		calls.extend(held.cloned().map(Call::File));
		let own = self.filed(docket).expect("all have committed");
		let count = docket.roster.members.len();
		let doubted = (0..count).find(|place| {
			let said = docket.commitment(*place).expect("all have committed");
			*place != self.place && !self.believes(&own, said)
		});
		match doubted {
			Some(place) => calls.push(Call::Challenge(own.claim.challenge(place))),
			None => {
				let reveal = self.reveal(&own, docket.commitments());
				calls.extend(reveal.map(Call::File));
			},
		}
	}

	fn open_sides(&self, docket: &TestDocket, kind: Kind, level: Level, calls: &mut Vec<Call>) {
		if !docket.owes(self.place) {
			return;
		}
		let own = self.filed(docket).expect("it has a tree");
		let hashes = own.claim.hashes(kind, level);
		let sides = docket.sides.iter().flatten();
		calls.extend(sides.map(|side| Call::Open(side.place.into(), hashes.clone())));
	}

	/// It shows a window as part of what it committed to.
	fn show_for(&self, docket: &TestDocket, window: WindowIndex, calls: &mut Vec<Call>) {
		let pledge = docket.testimonies[self.place]
			.pledge
			.expect("it has committed");
		let made = match docket.stage {
			Stage::Messages { .. } => self.own.iter().rfind(|made| {
				let said = made.commitment();
				(said.span.end, said.data_root) == (pledge.end, pledge.data_root)
			}),
			_ => self
				.own
				.iter()
				.find(|made| docket.commitment(self.place) == Some(made.commitment())),
		};
		let claim = &made.expect("nobody else can sign it").claim;
		calls.push(Call::Show(
			self.place,
			claim.window(window).clone(),
			claim.path(window),
		));
	}
}

/// A dispute, and the members of its agreement.
struct Dispute {
	docket: TestDocket,
	now: u32,
	/// How many blocks had no room for what honest members say.
	halted: u32,
	honest: Vec<Honest>,
	liars: Vec<usize>,
	/// What liars may say, and have said.
	lies: Vec<Made>,
	/// Whether the sensors sign other windows for the liars.
	collusion: bool,
	settled: bool,
	/// Whether the round's sources are not what they were any more.
	stale: bool,
	/// The windows that were shown.
	shown: Vec<(WindowIndex, Shown)>,
	/// Who is known to have contradicted itself.
	contradicted: Vec<IntermediaryId>,
}

/// What a liar may claim of a range: the truth, too.
fn lie(claim: &mut Claim, choices: &mut Choices) {
	let at = choices.below(claim.windows.len());
	let window = FIRST + at as u64;
	match choices.below(7) {
		0 => claim.windows[at] = second(window),
		1 => claim.windows[at] = invented(window),
		2 => claim.windows[at].digest = H256::zero(),
		3 => claim.windows[at].result = Some(99),
		4 => claim.secret = [99; 32],
		_ => (),
	}
}

impl Dispute {
	fn new(choices: &mut Choices) -> Self {
		let members = 2 + choices.below(4);
		let sure = choices.below(members);
		let all = 0..members;
		let (honest_places, liars): (Vec<_>, Vec<_>) =
			all.partition(|place| *place == sure || choices.flip());
		// Most ranges are opened at once, and some block by block.
		let most = match choices.below(8) {
			7 => BLOCK as usize + 2,
			_ => 4,
		};
		let collusion = choices.flip();
		let mut docket = opened(members);
		docket.deadline = OPENED + ANSWER;
		docket.latest = OPENED + longest_stage(ANSWER);
		docket.leader = choices.below(members) as u8;
		let mut dispute = Self {
			docket,
			now: OPENED,
			halted: 0,
			honest: vec![],
			liars,
			lies: vec![],
			collusion,
			settled: false,
			stale: false,
			shown: vec![],
			contradicted: vec![],
		};
		for place in honest_places {
			let honest = dispute.arrive(place, most, choices);
			dispute.honest.push(honest);
		}
		dispute.talk(0, choices);
		dispute.talk(1, choices);
		dispute.begin(choices);
		dispute
	}

	/// An honest member with some windows.
	fn arrive(&self, place: usize, most: usize, choices: &mut Choices) -> Honest {
		let windows = (FIRST..).take(most);
		let twice = self.collusion && choices.flip();
		let at = FIRST + choices.below(most) as u64;
		let windows = windows.map(|window| match twice && window == at {
			true => second(window),
			false => genuine(window),
		});
		let mut windows: Vec<_> = windows.collect();
		let missing = most.min(choices.below(6).saturating_sub(1));
		let later = windows.split_off(most - missing);
		Honest {
			place,
			windows,
			later,
			own: vec![],
			sets: vec![],
			held: vec![],
		}
	}

	/// Makes an attempt without the chain: honest members commit, hear what is delivered, and reveal if they have heard
	/// all.
	fn talk(&mut self, attempt: u8, choices: &mut Choices) {
		let (members, leader) = (self.docket.roster.members.len(), self.docket.leader);
		for honest in &mut self.honest {
			let begins = match attempt {
				0 => (honest.end() > FIRST).then_some((None, honest.end())),
				_ => honest.parted(members, leader.into()),
			};
			if let Some((before, end)) = begins {
				honest.say(attempt, before, end);
			}
		}
		let told: Vec<Made> = self
			.honest
			.iter()
			.flat_map(|honest| honest.own.clone())
			.collect();
		for index in 0..self.honest.len() {
			let own = self.honest[index].of(attempt);
			for place in 0..members {
				if choices.below(4) == 0 || self.honest[index].place == place {
					continue;
				}
				let heard = match self.liars.contains(&place) {
					true => Some(self.tell(place, attempt, own.as_ref(), choices).commit),
					false => {
						let mut all = told.iter();
						let said = all.find(|made| {
							(made.claim.place, made.claim.attempt) == (place, attempt)
						});
						said.map(|made| made.commit.clone())
					},
				};
				self.honest[index].held.extend(heard);
			}
			if let Some(own) = own {
				self.honest[index].agree(&own, members);
			}
		}
	}

	/// What a liar tells a member that said something in an attempt: mostly about the same range.
	fn tell(
		&mut self,
		place: usize,
		attempt: u8,
		to: Option<&Made>,
		choices: &mut Choices,
	) -> Made {
		let any = 1 + choices.below(5) as u64;
		let mut claim = match to {
			Some(made) if choices.below(4) != 3 => made.claim.clone(),
			_ => honest(place, any),
		};
		claim.place = place;
		claim.secret = [place as u8; 32];
		claim.attempt = attempt;
		claim.before = match attempt {
			0 => None,
			_ => Some(to.and_then(|made| made.claim.before).unwrap_or(OTHER_SET)),
		};
		if choices.below(4) == 0 {
			lie(&mut claim, choices);
		}
		let made = Made::new(claim);
		self.lies.push(made.clone());
		made
	}

	/// It begins with a commitment of the one who complains, or with what contradicts each other.
	fn begin(&mut self, choices: &mut Choices) {
		let of_honest = self.honest.iter().flat_map(|honest| honest.own.iter());
		let known = of_honest
			.chain(&self.lies)
			.filter(|made| made.claim.attempt == 0);
		let known: Vec<_> = known.cloned().collect();
		let first = choices.one(&known).cloned();
		let first = first.unwrap_or_else(|| {
			let place = self.liars.first().copied().unwrap_or(0);
			match self.liars.is_empty() {
				true => {
					// Somebody has the first window, or nobody complains.
					let first = &mut self.honest[0];
					first.windows = vec![genuine(FIRST)];
					first.later = vec![];
					first.say(0, None, FIRST + 1).unwrap()
				},
				false => Made::new(honest(place, 1)),
			}
		});
		let filed = self.docket.file(first.commit, OPENED, ANSWER);
		assert!(filed.is_ok(), "{filed:?}");
	}

	/// What a liar says now, or said before, or has heard an honest member say.
	fn any_said(&mut self, choices: &mut Choices) -> Utterance {
		let place = self.liars[choices.below(self.liars.len())];
		let set = match choices.below(4) {
			0 => OTHER_SET,
			_ => self.docket.commitments(),
		};
		let made = match choices.below(4) {
			0 | 1 => self.any_claim(place, choices),
			2 => match choices.one(&self.lies) {
				Some(made) => made.clone(),
				None => self.any_claim(place, choices),
			},
			_ => {
				let honest = &self.honest[choices.below(self.honest.len())];
				let said = honest.own.iter().map(|made| made.commit.clone());
				let revealed = honest.sets.iter().filter_map(|(span, set)| {
					let made = honest.own.iter().find(|made| made.claim.span() == *span)?;
					Some(made.reveal(*set))
				});
				let said: Vec<_> = said.chain(revealed).collect();
				if let Some(said) = choices.one(&said) {
					return said.clone();
				}
				self.any_claim(place, choices)
			},
		};
		match choices.flip() {
			true => made.commit,
			false => made.reveal(set),
		}
	}

	/// A claim about what the docket is at, or nearly so.
	fn any_claim(&mut self, place: usize, choices: &mut Choices) -> Made {
		let length = match self.docket.end {
			Some(end) if choices.below(8) != 7 => end - FIRST,
			_ => 1 + choices.below(5) as u64,
		};
		let mut claim = honest(place, length);
		(claim.attempt, claim.before) = (self.docket.attempt, self.docket.before);
		if choices.flip() {
			lie(&mut claim, choices);
		}
		let known = self.lies.iter().find(|made| made.claim == claim).cloned();
		known.unwrap_or_else(|| {
			let made = Made::new(claim);
			self.lies.push(made.clone());
			made
		})
	}

	/// Everything that anyone may have on file.
	fn made(&self) -> impl Iterator<Item = &Made> {
		let of_honest = self.honest.iter().flat_map(|honest| honest.own.iter());
		self.lies.iter().chain(of_honest)
	}

	fn any_call(&mut self, choices: &mut Choices) -> Call {
		let place = self.liars[choices.below(self.liars.len())];
		// What is asked for comes more often than what is not.
		let helpful = choices.flip();
		match self.docket.stage {
			Stage::Opening { kind, level } if helpful => {
				let sides = sides(&self.docket);
				let side = sides[choices.below(2)];
				let filed = self.docket.commitment(side).cloned();
				let made = self
					.made()
					.find(|made| Some(made.commitment()) == filed.as_ref());
				let hashes = made.map(|made| made.claim.hashes(kind, level));
				return Call::Open(side, hashes.unwrap_or_default());
			},
			Stage::Messages { window } | Stage::Evidence { window, .. } if helpful => {
				if let Some(call) = self.any_showing(window, choices) {
					return call;
				}
			},
			Stage::Reveals if choices.below(4) == 3 => {
				let filed = self.docket.commitment(place).cloned();
				let made = self
					.made()
					.find(|made| Some(made.commitment()) == filed.as_ref());
				if let Some(made) = made {
					let accused = choices.below(self.docket.roster.members.len());
					return Call::Challenge(made.claim.challenge(accused));
				}
			},
			_ => (),
		}
		match choices.below(8) {
			0..=3 => Call::File(self.any_said(choices)),
			4 | 5 => {
				let both = (self.any_said(choices), self.any_said(choices));
				Call::Contest(Box::new(both))
			},
			_ => Call::Lack(place, FIRST + choices.below(5) as u64),
		}
	}

	/// A window that sensors signed, as part of what somebody committed to.
	fn any_showing(&self, window: WindowIndex, choices: &mut Choices) -> Option<Call> {
		if self.collusion && choices.below(8) == 7 {
			return Some(Call::Expose);
		}
		let signed = |claim: &Claim| {
			let shown = claim.windows.get((window - FIRST) as usize);
			let roots = [genuine(window).root, second(window).root];
			let known = match self.collusion {
				true => &roots[..],
				false => &roots[..1],
			};
			shown.is_some_and(|shown| known.contains(&shown.root))
		};
		let all: Vec<_> = self.made().filter(|made| signed(&made.claim)).collect();
		let claim = &choices.one(&all)?.claim;
		let genuine = [genuine(window), second(window)];
		let shown = genuine
			.into_iter()
			.find(|it| it.root == claim.window(window).root)?;
		Some(Call::Show(claim.place, shown, claim.path(window)))
	}

	/// Notes that somebody contradicts itself, if these utterances show it in time.
	fn note(&mut self, left: &Utterance, right: &Utterance) {
		let author = left.author();
		let one = author == right.author() && conflict(left, right).is_some();
		if one && self.now <= self.docket.deadline {
			self.contradicted.push(author);
		}
	}

	fn call(&mut self, call: Call) {
		let now = self.now;
		let docket = &mut self.docket;
		match call {
			Call::File(said) => {
				let place = docket.roster.place(said.author()).unwrap();
				if let Some(known) = docket.said(place).cloned() {
					if docket.check(&said, now).is_ok() {
						self.note(&known, &said);
					}
				}
				let _ = self.docket.file(said, now, ANSWER);
			},
			Call::Contest(both) => {
				let (left, right) = *both;
				self.note(&left, &right);
				let _ = self.docket.contest(left, right, now, ANSWER);
			},
			Call::Lack(place, window) => {
				let _ = docket.lack(&lacks(place, window), now, ANSWER);
			},
			Call::Challenge(challenge) => {
				let _ = docket.challenge(&challenge, now, ANSWER);
			},
			Call::Open(place, hashes) => {
				let _ = docket.open(place, hashes, now, ANSWER);
			},
			Call::Show(place, shown, path) => self.show(place, shown, &path),
			Call::Expose if docket.window().is_some() => docket.expose(0),
			Call::Expose => (),
		}
	}

	fn show(&mut self, place: usize, shown: Shown, path: &[H256]) {
		let window = self.docket.window();
		if !self.docket.may_show(&shown.root, path, place, self.now) {
			return;
		}
		self.docket.show(shown.clone(), self.now, ANSWER);
		self.shown.extend(window.map(|window| (window, shown)));
		self.read_shown();
	}

	/// Whoever lacks a window that was ever shown finds it on chain.
	fn read_shown(&mut self) {
		for honest in &mut self.honest {
			let shown = |end| self.shown.iter().find(|(window, _)| *window == end);
			while let Some((_, found)) = shown(honest.end()) {
				// It may be one that it would never have got otherwise.
				honest.later.drain(..honest.later.len().min(1));
				honest.windows.push(found.clone());
			}
		}
	}

	/// Brings one call on chain after the other, until the dispute is ripe.
	fn block(&mut self, patient: bool, choices: &mut Choices) -> Option<Verdict> {
		self.docket.put_off(self.halted);
		let (docket, now) = (self.docket.clone(), self.now);
		// Honest members are safe as long as the stage can be prolonged.
		let full = docket.deadline < docket.latest && choices.below(4) == 3;
		self.stale |= choices.below(64) == 63;
		let mut calls = vec![];
		for honest in &mut self.honest {
			// What nobody asked for may come as well.
			if !honest.later.is_empty() && choices.below(8) == 7 {
				let next = honest.later.remove(0);
				honest.windows.push(next);
			}
		}
		self.read_shown();
		// Who commits anew has nothing more to say about an old version.
		let over = self.settled || self.stale;
		for honest in self
			.honest
			.iter_mut()
			.filter(|_| !over && !full && now <= docket.deadline)
		{
			calls.extend(honest.react(&docket, now, choices));
		}
		let mut others = match self.liars.is_empty() {
			true => 0,
			false => choices.below(4),
		};
		loop {
			let over = self.settled || self.stale;
			let waits = patient && self.now <= self.docket.deadline;
			if self.docket.is_ripe(self.now, over) && !waits {
				return Some(self.docket.judge(self.now, over));
			}
			if others > 0 && (calls.is_empty() || choices.flip()) {
				others -= 1;
				let call = self.any_call(choices);
				self.call(call);
			} else if !calls.is_empty() {
				// In the order in which it makes sense to who makes them, or not.
				let at = match choices.flip() {
					true => 0,
					false => choices.below(calls.len()),
				};
				let call = calls.remove(at);
				self.call(call);
			} else {
				self.halted += u32::from(full);
				return None;
			}
			self.settled |= self.docket.stage == Stage::Settlement && choices.below(4) == 3;
		}
	}

	/// Whether a window that an honest member had to show refutes what the member at `place` claims of it.
	fn lied(&self, place: usize) -> bool {
		let docket = &self.docket;
		let Stage::Evidence { kind, window } = docket.stage else {
			return false;
		};
		let Some(claim) = docket.claim(place) else {
			return false;
		};
		let right = self
			.honest
			.iter()
			.find(|honest| docket.claim(honest.place).is_some());
		right.is_some_and(|right| {
			let window = &right.windows[(window - FIRST) as usize];
			let given = match kind {
				Kind::Data => window.root,
				Kind::Digests => window.digest,
				Kind::Outcomes => outcome_leaf(window.result),
			};
			claim != given
		})
	}
}

impl Honest {
	/// What it said in an attempt.
	fn of(&self, attempt: u8) -> Option<Made> {
		self.own
			.iter()
			.find(|made| made.claim.attempt == attempt)
			.cloned()
	}

	/// What it holds that was said in an attempt, one of each member, its own too. None if anybody's is missing.
	fn heard(&self, own: &Made, members: usize) -> Option<Vec<Commitment>> {
		let said = |place: usize| {
			let mut held = self.held.iter().map(Utterance::commitment);
			match place == self.place {
				true => Some(own.commitment().clone()),
				false => held
					.find(|said| {
						said.intermediary == id(place)
							&& said.span.attempt == own.claim.attempt
							&& said.before == own.claim.before
					})
					.cloned(),
			}
		};
		(0..members).map(said).collect()
	}

	/// From what it begins the second attempt, and the end of its range, if it takes one.
	fn parted(&self, members: usize, leader: usize) -> Option<(Option<H256>, WindowIndex)> {
		let heard = self.heard(&self.of(0)?, members)?;
		let end = heard[leader].span.end;
		let parted = heard.iter().any(|said| said.span.end != end);
		let seals: Vec<_> = heard.iter().map(|said| said.seal).collect();
		parted.then(|| (Some(commitment_set(&seals)), end))
	}

	/// It reveals if all have committed as it did.
	fn agree(&mut self, own: &Made, members: usize) {
		let Some(heard) = self.heard(own, members) else {
			return;
		};
		let span = own.claim.span();
		let agreed = heard
			.iter()
			.all(|said| said.span == span && self.believes(own, said));
		if agreed {
			let seals: Vec<_> = heard.iter().map(|said| said.seal).collect();
			self.reveal(own, commitment_set(&seals));
		}
	}
}

proptest! {
	#![proptest_config(ProptestConfig::with_cases(16 * ProptestConfig::default().cases))]

	#[test]
	fn honest_members_are_never_blamed_and_proven_liars_always(
		choices in vec(any::<u8>(), 0..400),
	) {
		let mut choices = Choices(choices.into_iter());
		let mut dispute = Dispute::new(&mut choices);
		let patient = choices.flip();
		let members = dispute.docket.roster.members.len();
		let bound = OPENED + (6 + 2 * (members as u32 - 1)) * longest_stage(ANSWER);
		let verdict = loop {
			prop_assert!(dispute.docket.deadline <= bound);
			if let Some(verdict) = dispute.block(patient, &mut choices) {
				break verdict;
			}
			dispute.now += 1;
		};
		let docket = &dispute.docket;
		let faulty = |id| verdict.faults.iter().any(|(member, _)| *member == id);
		for honest in &dispute.honest {
			let member = id(honest.place);
			let blamed = faulty(member) || verdict.absent.contains(&member);
			prop_assert!(!blamed, "{member}: {verdict:?} {:?}", docket.stage);
			// Nor could it be elsewhere.
			let pairs = honest.own.iter().flat_map(|left| honest.own.iter().map(move |right| (left, right)));
			for (left, right) in pairs {
				let found = conflict(&left.commit, &right.commit);
				prop_assert!(found.is_none());
			}
		}
		for contradicted in &dispute.contradicted {
			prop_assert!(faulty(*contradicted));
		}
		let over = dispute.settled || dispute.stale;
		if dispute.now > docket.deadline && !over {
			// Nobody loses the time for nothing.
			let failed = !verdict.faults.is_empty() || !verdict.absent.is_empty();
			let fair = failed || verdict.sensor_at_fault || docket.stage == Stage::Settlement;
			prop_assert!(fair, "{:?}", docket.stage);
			// If one of many that share a lie contradicts itself, the others are held to it all the same.
			let excused = verdict.sensor_at_fault || docket.is_released();
			for liar in dispute.liars.iter().filter(|_| !excused) {
				prop_assert!(faulty(id(*liar)) || !dispute.lied(*liar), "{liar}: {verdict:?}");
			}
		}
	}
}
