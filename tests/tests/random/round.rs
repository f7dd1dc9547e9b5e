//! What the members of a roster say about a window.
//!
//! Everything follows from who they are and which window it is, so that what somebody says today fits
//! what it said yesterday. Most of them are honest.

use codec::Encode;
use pallet_disputes::DisputeOf;
use pallet_registry::Sensors;
use sp_core::H256;
use sp_io::hashing::blake2_256;
use syngraph_primitives::{
	commitment_set, AgreementId, Agreements as _, Commitment, Directory, Feeds, IntermediaryId,
	Message, ResultValue, Reveal, Roster, Schema, Secret, SensorId, Sequence, Settlement,
	SourceVersion, Statement, Timestamp, Value, VariableType, WindowIndex,
};
use syngraph_protocol::{settlement_of, Fold, Part, Shown, Subject};
use syngraph_runtime::{Agreements, BlockNumber, Registry, Runtime};
use syngraph_test_kit::{bounded, claims::Claim};
use syngraph_tests::actors::{name, ChainTerms};

use crate::cast::{now, Deal};

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
	/// It reveals another result.
	Miscounter,
	/// It reveals what it did not commit to.
	Swindler,
	/// It reveals a set of commitments that nobody made.
	Dreamer,
}

/// A window of an agreement, and the roster whose members compute it.
pub struct Round {
	/// The agreement.
	pub agreement: AgreementId,
	/// Its terms.
	pub terms: ChainTerms,
	/// The window.
	pub window: WindowIndex,
	/// The roster.
	pub roster: Roster,
	/// The version of the window's sources.
	pub version: SourceVersion,
	/// The last block whose end tells what is known of them.
	pub known: BlockNumber,
	/// The sensors.
	pub feeds: Feeds,
	/// The times of messages that count.
	times: (Timestamp, Timestamp),
}

/// The version that no window has.
const NONE: SourceVersion = SourceVersion::bare(u32::MAX);

impl Round {
	/// The round about a window by the members of today. A window that cannot settle any more has the version
	/// that none has.
	pub fn of(deal: &Deal, window: WindowIndex) -> Self {
		Self {
			agreement: deal.id,
			terms: deal.terms.clone(),
			window,
			roster: deal.state.roster.clone(),
			version: Agreements::version(&deal.id, window).unwrap_or(NONE),
			known: now(),
			feeds: deal.state.feeds.clone(),
			times: deal.state.times,
		}
	}

	/// The round that a dispute is about.
	pub fn disputed(dispute: &DisputeOf<Runtime>) -> Option<Self> {
		let docket = &dispute.docket;
		Some(Self {
			agreement: docket.agreement,
			terms: Agreements::terms(&docket.agreement)?,
			window: docket.window,
			roster: docket.roster.clone(),
			version: docket.version,
			known: docket.opened,
			feeds: Agreements::feeds(&docket.agreement)?,
			times: Agreements::times(&docket.agreement),
		})
	}

	/// How a member behaves.
	pub fn manner(&self, member: IntermediaryId) -> Manner {
		match self.draw(b"manner", member)[0] % 16 {
			0 => Manner::Misled,
			1 => Manner::Inventor,
			2 => Manner::Copycat,
			3 => Manner::Miscounter,
			4 => Manner::Swindler,
			5 => Manner::Dreamer,
			_ => Manner::Honest,
		}
	}

	/// With what a member seals its result.
	pub fn secret(&self, member: IntermediaryId) -> Secret {
		self.draw(b"secret", member)
	}

	fn draw(&self, what: &[u8], member: IntermediaryId) -> [u8; 32] {
		let round = (
			self.agreement,
			self.window,
			self.roster.number,
			self.version,
		);
		blake2_256(&(what, round, member).encode())
	}

	/// The messages of each sensor in the window.
	fn parts(&self) -> Option<Vec<Part>> {
		let part = |feed: &syngraph_primitives::Feed| {
			let keys = Registry::sensor_keys(feed.sensor)?;
			Part::new(feed, &self.terms.window, self.window, &keys, self.known)
		};
		self.feeds.iter().map(part).collect()
	}

	fn schemas(&self) -> Option<Vec<Schema>> {
		let sensors = self.feeds.iter();
		let schemas = sensors.map(|feed| Some(Sensors::<Runtime>::get(feed.sensor)?.schema));
		schemas.collect()
	}

	/// The window's messages as those hear them whom the sensors tell version `ear` of it.
	pub fn messages(&self, ear: u8) -> Option<Vec<Message>> {
		let (parts, schemas) = (self.parts()?, self.schemas()?);
		let pairs = parts.iter().zip(&schemas);
		let messages = pairs.flat_map(|(part, schema)| {
			let numbers = part.numbers();
			numbers.map(move |number| message(part.sensor, schema, number, ear))
		});
		Some(messages.collect())
	}

	/// What the chain finds when it is shown that version.
	pub fn shown(&self, ear: u8) -> Option<Shown> {
		let (parts, schemas) = (self.parts()?, self.schemas()?);
		let fold = Fold::prepare(&self.terms.function, &schemas).ok()?;
		let subject = Subject {
			fold: &fold,
			parts: &parts,
			schemas: &schemas,
			times: self.times,
		};
		subject.compute(&self.messages(ear)?)
	}

	/// Of each sensor, the last message of the window, or if that number is void, the next that is not.
	pub fn heads(&self) -> Option<Vec<Message>> {
		let schemas = self.schemas()?;
		let mut heads = vec![];
		for (feed, schema) in self.feeds.iter().zip(&schemas) {
			let keys = Registry::sensor_keys(feed.sensor)?;
			let range = feed.range(&self.terms.window, self.window)?;
			// All numbers may be void: then none has to be shown.
			if let Some(last) = range.rev().find(|number| !keys.is_void(*number)) {
				heads.push(message(feed.sensor, schema, last, 0));
			}
		}
		Some(heads)
	}

	/// Which version of the window a member heard.
	pub fn ear(&self, member: IntermediaryId) -> u8 {
		u8::from(self.manner(member) == Manner::Misled)
	}

	fn result(&self, member: IntermediaryId, shown: &Shown) -> Option<ResultValue> {
		match self.manner(member) {
			Manner::Miscounter => Some(shown.result.unwrap_or(0) + 1),
			_ => shown.result,
		}
	}

	/// What a member claims of the window that it heard.
	fn claim(&self, member: IntermediaryId) -> Option<Claim> {
		let shown = self.shown(self.ear(member))?;
		Some(Claim {
			agreement: self.agreement,
			window: self.window,
			roster: self.roster.number,
			version: self.version,
			member,
			result: self.result(member, &shown),
			secret: self.secret(member),
			root: match self.manner(member) {
				Manner::Inventor => self.lie(member),
				_ => shown.root,
			},
			digest: shown.digest,
		})
	}

	fn lie(&self, member: IntermediaryId) -> H256 {
		H256(self.draw(b"lie", member))
	}

	/// What a member commits to.
	pub fn commitment(&self, member: IntermediaryId) -> Option<Commitment> {
		let mut commitment = self.claim(member)?.commitment();
		if self.manner(member) == Manner::Copycat {
			commitment.possession = self.lie(member);
		}
		Some(commitment)
	}

	/// What a member reveals.
	pub fn reveal(&self, member: IntermediaryId) -> Option<Reveal> {
		let members = self.roster.members.iter();
		let seals: Option<Vec<H256>> = members
			.map(|other| Some(self.claim(*other)?.seal()))
			.collect();
		let commitments = match self.manner(member) {
			Manner::Dreamer => self.lie(member),
			_ => commitment_set(&seals?),
		};
		let mut reveal = self.claim(member)?.reveal(commitments);
		if self.manner(member) == Manner::Swindler {
			reveal.secret = self.lie(member).0;
		}
		Some(reveal)
	}

	/// What a member assents to.
	pub fn settlement(&self, member: IntermediaryId) -> Option<Settlement> {
		settlement_of(&self.commitment(member)?, &self.reveal(member)?)
	}
}

/// Another statement of the same sort by the same author.
pub fn contradiction(statement: &Statement) -> Statement {
	let mut other = statement.clone();
	match &mut other {
		Statement::Commit(commitment) => commitment.seal = H256::repeat_byte(1),
		Statement::Reveal(reveal) => reveal.commitments = H256::repeat_byte(1),
		Statement::Assent(assent) => assent.settlement.result += 1,
	}
	other
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
