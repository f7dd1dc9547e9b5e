//! The chain of the virtual network: it checks with the code of the real one, and keeps as much of its
//! rules as the protocol can notice.

use std::collections::{BTreeMap, BTreeSet};

use sp_core::{ed25519, sr25519, H256};
use sp_runtime::traits::{BlakeTwo256, Hash};
use syngraph_primitives::{
	BlockNumber, Fate, Feed, IntermediaryId, Lack, Outcomes, Progress, ResultValue, Roster,
	RoundId, RoundTerms, SensorId, SensorKeys, SourceVersion, Utterance, WindowIndex, WindowShape,
	MAX_SPAN,
};
use syngraph_protocol::{
	Assents, Challenge, Computed, DisputeState, Docket, Hashes, Path, Proof, Sources, Standing,
	Verdict,
};

use crate::world::{agreement, genesis};

/// How many blocks the members have to answer.
pub const ANSWER: BlockNumber = 10;
/// How many messages a window has. They are shown one by one.
pub const MESSAGES: u32 = 2;
/// The one sensor there is.
pub const SENSOR: SensorId = 7;
/// How often something is known of sources that never changed.
pub fn first() -> u32 {
	Chain::default().version().changes
}

/// What nodes submit.
#[expect(clippy::large_enum_variant, reason = "there are few")]
#[derive(Clone)]
pub enum Transaction {
	Settle(RoundId, Proof),
	Report(RoundId, Box<(Utterance, Utterance)>),
	Complain(RoundId, Vec<Utterance>),
	File(Utterance),
	Lack(Lack, sr25519::Signature),
	Challenge(Challenge, sr25519::Signature),
	Open(u32, Hashes),
	/// By whom. Whoever shows a window has the messages that all have.
	Show(WindowIndex, H256, u32, IntermediaryId, Path),
	Judge,
}

/// A round that has settled.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Settled {
	pub round: RoundId,
	pub attempt: u8,
	pub outcomes: Outcomes,
	/// Whether it was signed jointly.
	pub jointly: bool,
	/// Of which of its windows the messages were lacking for good then.
	pub dead: BTreeSet<WindowIndex>,
}

impl Settled {
	/// The first window after it.
	pub fn end(&self) -> WindowIndex {
		self.round.first + u64::from(self.outcomes.len())
	}
}

/// Tells of which windows the result is null.
type Nulls = fn(WindowIndex) -> bool;

/// The chain's state.
#[derive(Clone)]
pub struct Chain {
	pub number: BlockNumber,
	pub progress: Progress,
	pub terms: RoundTerms<BlockNumber>,
	/// How many windows a round has at most.
	pub longest: u32,
	pub closing: bool,
	/// Whether blocks have no room for settlements.
	pub congested: bool,
	/// Whether blocks have no room for reports.
	pub unreported: bool,
	/// Whether blocks have no room for answers, since others fill it: only what anybody signs gets in.
	pub crowded: bool,
	/// How many blocks had none.
	pub halted: BlockNumber,
	pub roster: Roster,
	/// The joint key, and the number of the roster whose it is.
	pub joint: Option<(u32, ed25519::Public)>,
	pub spares: Vec<IntermediaryId>,
	/// Whether what it computes itself settles where there is no spare.
	pub rules: bool,
	pub sources: Sources<BlockNumber>,
	/// The block in which it last learnt something of them, or closed a dispute.
	pub moved: Option<BlockNumber>,
	/// The rounds that have settled, in order.
	pub settled: Vec<Settled>,
	/// How many settlements failed to be the first.
	pub wasted: u64,
	pub complaints: u32,
	pub docket: Option<Docket<BlockNumber>>,
	/// How much of which windows was shown.
	pub trials: BTreeMap<H256, u32>,
	/// Who showed something.
	pub showers: Vec<IntermediaryId>,
	/// The windows that were shown as a whole, by now or ever.
	pub shown: BTreeSet<WindowIndex>,
	/// Those of whose messages the sensor signed two.
	pub doubled: BTreeSet<WindowIndex>,
	pub verdicts: Vec<(RoundId, Verdict)>,
	/// How often members were absent.
	pub absences: BTreeMap<IntermediaryId, u32>,
	pub keys: BTreeMap<IntermediaryId, sr25519::Public>,
	pub nulls: Nulls,
}

/// Whether the messages of a window give null: those of some do.
fn usual(window: WindowIndex) -> bool {
	window % 5 == 3
}

/// The key of the sensor's `n`th period.
fn sensor_key(n: u8) -> ed25519::Public {
	ed25519::Public::from_raw([n; 32])
}

impl Default for Chain {
	fn default() -> Self {
		let feed = Feed {
			sensor: SENSOR,
			since: 0,
			start: 0,
		};
		Self {
			number: 0,
			progress: Progress::default(),
			terms: RoundTerms {
				most: 16,
				patience: 0,
				leader: None,
				kept: 4,
			},
			longest: MAX_SPAN,
			closing: false,
			congested: false,
			unreported: false,
			crowded: false,
			halted: 0,
			roster: Roster::default(),
			joint: None,
			spares: Vec::new(),
			rules: false,
			sources: Sources {
				feeds: vec![feed],
				keys: vec![SensorKeys::new(0, sensor_key(0))],
				shape: WindowShape {
					size: MESSAGES,
					slide: MESSAGES,
				},
				replaced: 0,
				grounds: H256::zero(),
			},
			moved: None,
			settled: Vec::new(),
			wasted: 0,
			complaints: 0,
			docket: None,
			trials: BTreeMap::new(),
			showers: Vec::new(),
			shown: BTreeSet::new(),
			doubled: BTreeSet::new(),
			verdicts: Vec::new(),
			absences: BTreeMap::new(),
			keys: BTreeMap::new(),
			nulls: usual,
		}
	}
}

impl Chain {
	/// What a node hears of it.
	pub fn standing(&self) -> Standing {
		let state = |docket: &Docket<BlockNumber>| {
			let mut docket = docket.clone();
			docket.put_off(self.halted);
			DisputeState {
				docket,
				trials: self.trials.iter().map(|(root, at)| (*root, *at)).collect(),
			}
		};
		Standing {
			in_force: true,
			starts_at: 0,
			closing: self.closing,
			progress: self.progress,
			roster: self.roster.clone(),
			answer: ANSWER,
			rounds: self.terms,
			longest: self.longest,
			version: self.version(),
			joint: self.joint_key(),
			dispute: self.docket.as_ref().map(state),
		}
	}

	/// The joint key in force.
	pub fn joint_key(&self) -> Option<ed25519::Public> {
		let (roster, key) = self.joint?;
		(roster == self.roster.number).then_some(key)
	}

	/// How many rounds in a row were signed jointly in the end.
	pub fn jointly(&self) -> usize {
		let settled = self.settled.iter().rev();
		settled.take_while(|it| it.jointly).count()
	}

	/// What tells apart what is known of the messages now.
	pub fn version(&self) -> SourceVersion {
		self.sources.version()
	}

	/// Whether the messages of a window can be told to be valid.
	pub fn fate(&self, window: WindowIndex) -> Fate {
		self.sources.fate(window)
	}

	/// What a window gives whose messages are valid, as far as its sources are known now: null for some. What is null
	/// now may not be so once more is known.
	pub fn expected(&self, window: WindowIndex) -> Option<ResultValue> {
		self.expected_at(window, self.version())
	}

	/// The same, as far as its sources were known then.
	fn expected_at(&self, window: WindowIndex, version: SourceVersion) -> Option<ResultValue> {
		let moved = u64::from(version.changes - first());
		let null = (self.nulls)(window + moved);
		(!null).then_some(i128::from(window * 10 + moved))
	}

	/// A window as it is computed now, from the first or from the second messages if a sensor signed two.
	pub fn computed(&self, window: WindowIndex, second: bool) -> Computed {
		self.computed_at(window, self.version(), second)
	}

	/// The same, as far as its sources were known then.
	pub fn computed_at(
		&self,
		window: WindowIndex,
		version: SourceVersion,
		second: bool,
	) -> Computed {
		let hash = |what: &str| BlakeTwo256::hash_of(&(what, window, version, second));
		Computed {
			window,
			result: match second {
				false => self.expected_at(window, version),
				true => Some(-1),
			},
			root: hash("root"),
			digest: hash("digest"),
		}
	}

	/// The round that is to settle next.
	pub fn next_round(&self) -> RoundId {
		RoundId::new(agreement(), &self.roster, &self.progress, self.version())
	}

	/// The place of its leader.
	pub fn leader(&self) -> u32 {
		self.roster.leader(&self.terms, self.progress.rounds)
	}

	/// What settled of a window.
	pub fn outcome(&self, window: WindowIndex) -> Option<Option<ResultValue>> {
		let round = self.settled.iter().find(|it| window < it.end())?;
		round.outcomes.at((window - round.round.first) as u32)
	}

	/// What has settled is what the windows gave, in order and without a gap.
	pub fn assert_right(&self) {
		let mut base = 0;
		for settled in &self.settled {
			assert_eq!(settled.round.first, base);
			for (window, outcome) in (base..).zip(settled.outcomes.iter()) {
				let expected = self.expected_at(window, settled.round.version);
				let expected = expected.filter(|_| !settled.dead.contains(&window));
				assert_eq!(outcome, expected, "a wrong outcome of window {window}");
			}
			base = settled.end();
		}
		assert_eq!(self.progress.base, base);
	}

	/// Learns that the sensor signed two messages with the last number of a window: it counts as never sent. The owner
	/// gives it a new key from the next window on that can begin with one.
	pub fn convict(&mut self, window: WindowIndex) {
		self.suspend(window);
		self.end_suspension(window);
	}

	/// The same, but the owner does not do that yet.
	pub fn suspend(&mut self, window: WindowIndex) {
		self.moved = Some(self.number);
		let last = (window + 1) * u64::from(MESSAGES) - 1;
		self.sources.keys[0].convict(last, self.number);
	}

	/// Learns of the new key.
	pub fn end_suspension(&mut self, window: WindowIndex) {
		self.moved = Some(self.number);
		let (now, messages) = (self.number, u64::from(MESSAGES));
		let keys = &mut self.sources.keys[0];
		let next = (window + 1) * messages;
		let last = keys.history.periods().last().map_or(0, |last| last.from);
		let count = keys.history.periods().len() as u8;
		let _ = keys.rotate(next.max(last + messages), now, sensor_key(count));
	}

	/// Learns one of two things about the first window, by which the version moves as far.
	pub fn learn_either(&mut self, second: bool) {
		match second {
			false => self.convict(0),
			true => self.convict(1),
		}
	}

	/// Learns that the sensor signs with another key from a window on.
	pub fn rotate(&mut self, from: WindowIndex) {
		self.moved = Some(self.number);
		let keys = &mut self.sources.keys[0];
		let key = sensor_key(keys.history.periods().len() as u8);
		let rotated = keys.rotate(from * u64::from(MESSAGES), self.number, key);
		assert_eq!(rotated, Ok(None));
	}

	/// Learns that the sensor's messages are not valid from a window on.
	pub fn revoke(&mut self, from: WindowIndex) {
		self.moved = Some(self.number);
		let revoked = self.sources.keys[0].revoke(from * u64::from(MESSAGES), self.number);
		assert_eq!(revoked, Ok(()));
	}

	/// Forgets what it learnt since it knew this.
	pub fn unlearn(&mut self, sources: Sources<BlockNumber>) {
		self.moved = Some(self.number);
		self.sources = sources;
	}

	/// Begins the next block.
	pub fn begin(&mut self) {
		self.number += 1;
		if let Some(docket) = &mut self.docket {
			docket.put_off(self.halted);
		}
	}

	/// Ends the block.
	pub fn end(&mut self) {
		self.halted += u32::from(self.crowded);
	}

	/// Whether the block has room for a transaction. What it has none for stays in the pool.
	pub fn has_room_for(&self, transaction: &Transaction) -> bool {
		let is_answer = !matches!(transaction, Transaction::Settle(..) | Transaction::Judge);
		!(self.crowded && is_answer)
	}

	pub fn apply(&mut self, transaction: Transaction) {
		match transaction {
			Transaction::Settle(..) if self.congested => (),
			Transaction::Report(..) if self.unreported => (),
			Transaction::Settle(round, proof) => self.settle(round, proof),
			Transaction::Report(round, both) => self.report(&round, both.0, both.1),
			Transaction::Complain(round, said) => self.complain(&round, said),
			Transaction::File(said) => self.file(said),
			Transaction::Lack(lack, signature) => self.lack(&lack, &signature),
			Transaction::Challenge(challenge, signature) => self.challenge(&challenge, &signature),
			Transaction::Open(place, hashes) => self.open(place, hashes),
			Transaction::Show(window, root, at, member, path) => {
				self.show(window, root, at, member, &path)
			},
			Transaction::Judge => self.judge(),
		}
	}

	fn settle(&mut self, round: RoundId, proof: Proof) {
		if round != self.next_round() {
			self.wasted += 1;
			return;
		}
		let members = self.roster.members.to_vec();
		let jointly = matches!(proof.assents, Assents::Joint(_));
		let verified = match (jointly, self.joint_key()) {
			(true, Some(key)) => proof.verify_jointly(&genesis(), &round, &members, &key),
			// The key fell when it was in the pool.
			(true, None) => {
				self.wasted += 1;
				return;
			},
			(false, _) => {
				let keys = members.iter().map(|member| (*member, self.keys[member]));
				proof.verify(&genesis(), &round, &keys.collect::<Vec<_>>())
			},
		};
		assert_eq!(
			verified,
			Ok(()),
			"a node submitted a proof that does not hold"
		);
		let end = proof.span(&round).end;
		let results: Vec<_> = proof.outcomes.results().collect();
		let window = |(place, _): &(u32, ResultValue)| round.first + u64::from(*place);
		let ends = results.first().into_iter().chain(results.last());
		let live = ends
			.map(window)
			.all(|window| self.fate(window) == Fate::Live);
		let short = proof.outcomes.len() <= self.longest;
		let fits = short && results.len() <= self.terms.most as usize;
		if !live || !fits || self.fate(end - 1) == Fate::Waiting {
			self.wasted += 1;
			return;
		}
		let dead = (round.first..end).filter(|window| self.fate(*window) == Fate::Dead);
		let dead = dead.collect();
		self.progress.decide(end);
		if let Some(key) = proof.key() {
			self.joint = Some((self.roster.number, key));
		}
		self.settled.push(Settled {
			jointly,
			round,
			attempt: proof.attempt,
			outcomes: proof.outcomes,
			dead,
		});
	}
}
