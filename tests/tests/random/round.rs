//! What the members of a roster say about a window.
//!
//! Everything follows from who they are and which window it is, so that what somebody says today fits
//! what it said yesterday. Most of them are honest.

use codec::Encode;
use pallet_registry::Sensors;
use sp_core::{ed25519, H256};
use sp_io::hashing::blake2_256;
use syngraph_primitives::{
	commitment_set, seal, AgreementId, Commitment, IntermediaryId, Message, ResultValue, Reveal,
	Roster, Schema, Secret, Settlement, SignedMessage, Source, Statement, Value, VariableType,
	WindowIndex,
};
use syngraph_protocol::{possession, prepare, settlement_of, Shown, Subject, Trial};
use syngraph_runtime::Runtime;
use syngraph_tests::actors::{name, ChainTerms};

use crate::cast::Deal;

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
}

impl Round {
	/// The round about a window by the members of today.
	pub fn of(deal: &Deal, window: WindowIndex) -> Self {
		Self {
			agreement: deal.id,
			terms: deal.terms.clone(),
			window,
			roster: deal.state.roster.clone(),
		}
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
		let round = (self.agreement, self.window, self.roster.number);
		blake2_256(&(what, round, member).encode())
	}

	/// The window's messages, without signatures, as those hear them whom the sensors tell version
	/// `ear` of it.
	pub fn messages(&self, ear: u8) -> Option<Vec<SignedMessage>> {
		let mut messages = Vec::new();
		for source in &self.terms.sensors {
			let schema = Sensors::<Runtime>::get(source.sensor)?.schema;
			let range = self.terms.window.range(source.start, self.window)?;
			messages.extend(range.map(|sequence| message(source, &schema, sequence, ear)));
		}
		Some(messages)
	}

	/// What the chain finds when it is shown that version.
	pub fn shown(&self, ear: u8) -> Option<Shown> {
		let sensors = self.terms.sensors.iter();
		let schemas: Option<Vec<Schema>> = sensors
			.map(|source| Some(Sensors::<Runtime>::get(source.sensor)?.schema))
			.collect();
		let schemas = schemas?;
		let pipeline = prepare(&self.terms.function, &schemas).ok()?;
		let subject = Subject {
			pipeline: &pipeline,
			sources: &self.terms.sensors,
			schemas: &schemas,
			shape: self.terms.window,
			window: self.window,
		};
		let trial = Trial::new().step(&subject, &self.messages(ear)?, |_| true);
		Some(trial.ok()?.finish(&pipeline))
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

	/// What a member commits to.
	pub fn commitment(&self, member: IntermediaryId) -> Option<Commitment> {
		let (agreement, window, number) = (self.agreement, self.window, self.roster.number);
		let shown = self.shown(self.ear(member))?;
		let (result, secret) = (self.result(member, &shown), self.secret(member));
		let possessed = possession(&agreement, window, member, &shown.digest);
		let lie = H256(self.draw(b"lie", member));
		Some(Commitment {
			agreement,
			window,
			roster: number,
			intermediary: member,
			seal: seal(&agreement, window, number, member, result, &secret),
			root: match self.manner(member) {
				Manner::Inventor => lie,
				_ => shown.root,
			},
			possession: match self.manner(member) {
				Manner::Copycat => lie,
				_ => possessed,
			},
		})
	}

	/// What a member reveals.
	pub fn reveal(&self, member: IntermediaryId) -> Option<Reveal> {
		let shown = self.shown(self.ear(member))?;
		let lie = self.draw(b"lie", member);
		let members = self.roster.members.iter();
		let seals: Option<Vec<H256>> = members
			.map(|other| Some(self.commitment(*other)?.seal))
			.collect();
		Some(Reveal {
			agreement: self.agreement,
			window: self.window,
			roster: self.roster.number,
			intermediary: member,
			result: self.result(member, &shown),
			secret: match self.manner(member) {
				Manner::Swindler => lie,
				_ => self.secret(member),
			},
			commitments: match self.manner(member) {
				Manner::Dreamer => H256(lie),
				_ => commitment_set(&seals?),
			},
		})
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

/// A message, without a signature. Of odd ones, those with another ear hear something else.
pub fn message(source: &Source, schema: &Schema, sequence: u64, ear: u8) -> SignedMessage {
	let drawn = blake2_256(&(source.sensor, sequence).encode())[0] % 5;
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
	SignedMessage {
		message: Message {
			sensor: source.sensor,
			kind: name("meter"),
			sequence,
			timestamp: sequence * 1_000,
			values: values.try_into().expect("as many as variables"),
		},
		signature: ed25519::Signature::default(),
	}
}
