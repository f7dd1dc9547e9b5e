//! What the members of a roster say about a round.
//!
//! Everything follows from who they are and which round it is, so that what somebody says today fits
//! what it said yesterday. Most of them are honest.

use codec::Encode;
use pallet_disputes::DisputeOf;
use pallet_registry::Sensors;
use sp_core::H256;
use sp_io::hashing::blake2_256;
use syngraph_primitives::{
	commitment_set, AgreementId, Agreements as _, Assent, Directory, Fate, Feeds, IntermediaryId,
	Message, Progress, ResultValue, Roster, RoundId, Schema, Secret, SensorId, Sequence,
	SourceVersion, Span, Timestamp, Utterance, Value, VariableType, WindowIndex,
};
use syngraph_protocol::{path, root_of, Docket, Fold, Path, Shown, Sources, Subject, BLOCK};
use syngraph_runtime::{Agreements, BlockNumber, Registry, Runtime};
use syngraph_test_kit::{
	bounded,
	claims::{Claim, WindowClaim},
};
use syngraph_tests::actors::{name, ChainTerms};

use crate::cast::{now, Cast, Deal};

/// How a member behaves in a round.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Manner {
	/// As it should.
	Honest,
	/// It heard other messages, which the sensors signed as well.
	Misled,
	/// It commits to a window that there is not.
	Inventor,
	/// It commits to a window that it does not have.
	Copycat,
	/// It finds another result.
	Miscounter,
	/// It reveals what it did not commit to.
	Swindler,
	/// It reveals a set of commitments that nobody made.
	Dreamer,
	/// It begins before there is more than one window.
	Hasty,
	/// It lacks messages of all windows but the first, until they are shown.
	Poor,
}

/// Which attempt at a round it is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Demand {
	/// Its number.
	pub attempt: u8,
	/// The first window after the range; none if each member chooses its own.
	pub end: Option<WindowIndex>,
	/// The commitments of the attempt before.
	pub before: Option<H256>,
}

impl Demand {
	/// The first attempt.
	pub fn first() -> Self {
		Self {
			attempt: 0,
			end: None,
			before: None,
		}
	}

	/// The one that a dispute waits for.
	pub fn of(docket: &Docket<BlockNumber>) -> Self {
		Self {
			attempt: docket.attempt,
			end: docket.end,
			before: docket.before,
		}
	}

	/// One that members make without the chain.
	pub fn chosen(cast: &mut Cast) -> Self {
		match cast.rng.one_in(4) {
			true => Self {
				attempt: 1,
				end: None,
				before: Some(H256::repeat_byte(1)),
			},
			false => Self::first(),
		}
	}
}

/// A round of an agreement, and the roster whose members compute it.
pub struct Round {
	/// The agreement.
	pub agreement: AgreementId,
	/// Its terms.
	pub terms: ChainTerms,
	/// The first window.
	pub first: WindowIndex,
	/// The roster.
	pub roster: Roster,
	/// The version of the sources.
	pub version: SourceVersion,
	/// The last block whose end tells what is known of them.
	pub known: BlockNumber,
	sources: Sources<BlockNumber>,
	schemas: Vec<Schema>,
	fold: Fold,
	/// The times of messages that count.
	times: (Timestamp, Timestamp),
}

impl Round {
	/// The next round, by the members of today.
	pub fn of(deal: &Deal) -> Option<Self> {
		Self::at(deal, deal.state.progress.base)
	}

	/// A round that is not the next one.
	pub fn far_of(deal: &Deal, cast: &mut Cast) -> Option<Self> {
		let ahead = WindowIndex::from(cast.rng.between(0, 8));
		let base = deal.state.progress.base;
		Self::at(deal, (base + ahead).saturating_sub(2))
	}

	fn at(deal: &Deal, first: WindowIndex) -> Option<Self> {
		Self::new(
			deal.id,
			deal.terms.clone(),
			first,
			deal.state.roster.clone(),
			Agreements::version(&deal.id)?,
			now(),
			&deal.state.feeds,
			deal.state.times,
		)
	}

	/// The round that a dispute is about.
	pub fn disputed(dispute: &DisputeOf<Runtime>) -> Option<Self> {
		let docket = &dispute.docket;
		let agreement = docket.agreement;
		Self::new(
			agreement,
			Agreements::terms(&agreement)?,
			docket.first,
			docket.roster.clone(),
			docket.version,
			docket.opened,
			&Agreements::feeds(&agreement)?,
			Agreements::times(&agreement),
		)
	}

	#[allow(clippy::too_many_arguments)]
	fn new(
		agreement: AgreementId,
		terms: ChainTerms,
		first: WindowIndex,
		roster: Roster,
		version: SourceVersion,
		known: BlockNumber,
		feeds: &Feeds,
		times: (Timestamp, Timestamp),
	) -> Option<Self> {
		let keys = feeds.iter().map(|feed| Registry::sensor_keys(feed.sensor));
		let schema = |sensor| Some(Sensors::<Runtime>::get(sensor)?.schema);
		let schemas = feeds.iter().map(|feed| schema(feed.sensor));
		let schemas = schemas.collect::<Option<Vec<_>>>()?;
		Some(Self {
			agreement,
			first,
			roster,
			version,
			known,
			sources: Sources {
				keys: keys.collect::<Option<_>>()?,
				feeds: feeds.to_vec(),
				shape: terms.window,
				replaced: 0,
				grounds: H256::zero(),
			},
			fold: Fold::prepare(&terms.function, &schemas).ok()?,
			schemas,
			times,
			terms,
		})
	}

	/// What tells it apart from others.
	pub fn id(&self) -> RoundId {
		let progress = Progress {
			base: self.first,
			..Agreements::progress(&self.agreement).unwrap_or_default()
		};
		RoundId::new(self.agreement, &self.roster, &progress, self.version)
	}

	/// How a member behaves.
	pub fn manner(&self, member: IntermediaryId) -> Manner {
		match self.draw(b"manner", member)[0] % 24 {
			0 => Manner::Misled,
			1 => Manner::Inventor,
			2 | 11 | 12 => Manner::Copycat,
			3 | 9 | 10 => Manner::Miscounter,
			4 => Manner::Swindler,
			5 => Manner::Dreamer,
			6 | 13 | 14 => Manner::Hasty,
			7 | 8 => Manner::Poor,
			_ => Manner::Honest,
		}
	}

	/// With what a member seals the outcomes.
	pub fn secret(&self, member: IntermediaryId, demand: &Demand) -> Secret {
		let Demand {
			attempt,
			end,
			before,
		} = demand;
		blake2_256(&(b"secret", self.id(), member, attempt, end, before).encode())
	}

	fn draw(&self, what: &[u8], member: IntermediaryId) -> [u8; 32] {
		blake2_256(&(what, self.id(), member).encode())
	}

	/// What is the same for all members.
	fn drawn(&self, what: &[u8]) -> u8 {
		self.draw(what, IntermediaryId::MAX)[0]
	}

	/// Where a range ends that nobody shortens: with so many windows as have come, or when the round is full. None if
	/// of the first window nobody can tell what counts.
	fn reach(&self) -> Option<WindowIndex> {
		let count = match self.drawn(b"length") % 16 {
			// It takes two steps to tell which of them is in question.
			0 => u64::from(BLOCK) + 2,
			length => u64::from(length) % 4 + 1,
		};
		let told = |window: &WindowIndex| self.sources.fate(*window) != Fate::Waiting;
		let mut results = 0;
		let mut end = self.first;
		for window in (self.first..self.first + count).take_while(told) {
			if results == self.terms.rounds.most {
				break;
			}
			results += u32::from(self.window(window, 0)?.result.is_some());
			end = window + 1;
		}
		(end > self.first).then_some(end)
	}

	/// Where the range of all ends in an attempt.
	pub fn end(&self, demand: &Demand) -> Option<WindowIndex> {
		demand.end.or_else(|| self.reach())
	}

	/// Where the range of a member ends in an attempt. None if it lacks messages for it, or nobody can tell what
	/// counts.
	fn end_of(&self, member: IntermediaryId, demand: &Demand) -> Option<WindowIndex> {
		let has = match self.manner(member) {
			Manner::Poor if demand.attempt < 2 => self.first + 1,
			_ => WindowIndex::MAX,
		};
		match (demand.end, self.manner(member)) {
			(Some(end), _) => (end <= has && end > self.first).then_some(end),
			(None, Manner::Hasty) => Some(self.first + 1),
			(None, _) => Some(self.reach()?.min(has)),
		}
	}

	/// The messages of a window as those hear them whom the sensors tell version `ear` of it.
	pub fn messages(&self, window: WindowIndex, ear: u8) -> Option<Vec<Message>> {
		let parts = self.sources.parts(window, self.known)?;
		let pairs = parts.iter().zip(&self.schemas);
		let messages = pairs.flat_map(|(part, schema)| {
			let numbers = part.numbers();
			numbers.map(move |number| message(part.sensor, schema, number, ear))
		});
		Some(messages.collect())
	}

	/// What a window is to those who hear that version of it.
	fn window(&self, window: WindowIndex, ear: u8) -> Option<WindowClaim> {
		let shown = match self.sources.fate(window) {
			Fate::Dead => Shown::dead(),
			_ => {
				let parts = self.sources.parts(window, self.known)?;
				let subject = Subject {
					fold: &self.fold,
					parts: &parts,
					schemas: &self.schemas,
					times: self.times,
				};
				subject.compute(&self.messages(window, ear)?)?
			},
		};
		let Shown {
			root,
			digest,
			result,
		} = shown;
		Some(WindowClaim {
			result,
			root,
			digest,
		})
	}

	/// The windows up to one that is none of them, as they are.
	fn windows(&self, end: WindowIndex) -> Option<Vec<WindowClaim>> {
		(self.first..end)
			.map(|window| self.window(window, 0))
			.collect()
	}

	/// What they come to.
	pub fn outcomes(&self, end: WindowIndex) -> Option<Vec<Option<ResultValue>>> {
		let windows = self.windows(end)?.into_iter();
		Some(windows.map(|window| window.result).collect())
	}

	/// The root over their roots.
	pub fn data_root(&self, end: WindowIndex) -> Option<H256> {
		Some(root_of(self.windows(end)?.iter().map(|window| window.root)))
	}

	/// The last message of each sensor in the last window of a range that is not void. None are needed if that window
	/// lacks messages for good.
	pub fn heads(&self, end: WindowIndex) -> Option<Vec<Message>> {
		let window = end.checked_sub(1)?;
		if self.sources.fate(window) == Fate::Dead {
			return Some(vec![]);
		}
		let parts = self.sources.parts(window, self.known)?;
		let pairs = parts.iter().zip(&self.schemas);
		// All numbers may be void: then none has to be shown.
		let heads = pairs.filter_map(|(part, schema)| {
			let last = part.last()?;
			Some(message(part.sensor, schema, last, 0))
		});
		Some(heads.collect())
	}

	/// Which version of the windows a member heard.
	pub fn ear(&self, member: IntermediaryId) -> u8 {
		u8::from(self.manner(member) == Manner::Misled)
	}

	/// The window that a member makes something else of, if it lies about one: often the first, on which the chain may
	/// rule.
	fn lied(&self, member: IntermediaryId) -> Option<WindowIndex> {
		let count = self.reach()? - self.first;
		let [place, coin, ..] = self.draw(b"place", member);
		let place = match coin % 2 {
			0 => 0,
			_ => u64::from(place) % count,
		};
		Some(self.first + place)
	}

	/// What a member takes for the windows up to one that is none of them.
	fn claimed(&self, member: IntermediaryId, end: WindowIndex) -> Option<Vec<WindowClaim>> {
		let (manner, lied) = (self.manner(member), self.lied(member));
		let all = (self.first..end).map(|window| {
			let mut claim = self.window(window, self.ear(member))?;
			if lied != Some(window) {
				return Some(claim);
			}
			match manner {
				Manner::Inventor => claim.root = self.lie(member),
				Manner::Copycat => claim.digest = self.lie(member),
				Manner::Miscounter => claim.result = Some(claim.result.unwrap_or(0) + 1),
				_ => (),
			}
			Some(claim)
		});
		all.collect()
	}

	fn lie(&self, member: IntermediaryId) -> H256 {
		H256(self.draw(b"lie", member))
	}

	/// What a member claims in an attempt; none if it cannot commit to the range.
	pub fn claim(&self, member: IntermediaryId, demand: &Demand) -> Option<Claim> {
		let end = self.end_of(member, demand)?;
		Some(Claim {
			span: Span {
				round: self.id(),
				attempt: demand.attempt,
				end,
			},
			before: demand.before,
			member,
			secret: self.secret(member, demand),
			windows: self.claimed(member, end)?,
		})
	}

	/// The set of the commitments of all members, as far as they make any.
	pub fn commitments(&self, demand: &Demand) -> H256 {
		let members = self.roster.members.iter();
		let seals = members.filter_map(|member| Some(self.claim(*member, demand)?.seal()));
		commitment_set(&seals.collect::<Vec<_>>())
	}

	/// What a member says in an attempt: its commitment, and, if there is a set of commitments, its reveal.
	pub fn utterance(
		&self,
		cast: &Cast,
		member: IntermediaryId,
		demand: &Demand,
		set: Option<H256>,
	) -> Option<Utterance> {
		let (claim, key) = (self.claim(member, demand)?, cast.key_of(member)?);
		let pair = cast.pair(&key);
		let Some(set) = set else {
			return Some(claim.committed(pair, &cast.genesis));
		};
		let set = match self.manner(member) {
			Manner::Dreamer => self.lie(member),
			_ => set,
		};
		let mut said = claim.revealed(pair, &cast.genesis, set);
		if let (Manner::Swindler, Some(reveal)) = (self.manner(member), &mut said.reveal) {
			reveal.secret = self.lie(member).0;
		}
		Some(said)
	}

	/// The root of a window in a range to which a member committed, and what shows that it is there.
	pub fn pledged(
		&self,
		member: IntermediaryId,
		end: WindowIndex,
		window: WindowIndex,
	) -> Option<(H256, Path)> {
		let claimed = self.claimed(member, end)?;
		let roots: Vec<H256> = claimed.iter().map(|window| window.root).collect();
		let place = u32::try_from(window.checked_sub(self.first)?).ok()?;
		Some((*roots.get(place as usize)?, path(&roots, place)?))
	}
}

/// Something else that the author of an utterance says in the same attempt.
pub fn contradiction(cast: &mut Cast, said: &Utterance) -> Option<Utterance> {
	let (mut other, key) = (said.clone(), cast.key_of(said.author())?);
	match &mut other.reveal {
		Some(reveal) if cast.rng.one_in(2) => {
			reveal.commitments = H256::repeat_byte(1);
			let settlement = reveal.settlement(&other.commit.commitment);
			reveal.assent = Assent::plain(cast.sign(&key, &settlement));
		},
		_ => {
			other.reveal = None;
			other.commit.commitment.seal = H256::repeat_byte(1);
			other.commit.signature = cast.sign(&key, &other.commit.commitment);
		},
	}
	Some(other)
}

/// A message. Of odd ones, those with another ear hear something else.
pub fn message(sensor: SensorId, schema: &Schema, sequence: Sequence, ear: u8) -> Message {
	let drawn = blake2_256(&(sensor, sequence).encode())[0] % 5;
	let number = i64::from(drawn + ear * (sequence % 2) as u8);
	let value = |ty| match ty {
		VariableType::Bool => Value::Bool(false),
		VariableType::Integer => Value::Integer(number),
		VariableType::Text => Value::Text(Default::default()),
	};
	let values: Vec<_> = schema
		.variables
		.iter()
		.map(|variable| value(variable.ty))
		.collect();
	Message {
		sensor,
		kind: name("meter"),
		sequence,
		timestamp: sequence * 1_000,
		values: bounded(values),
	}
}
