//! What the benchmarks act on: an agreement, and what its members and sensors say.

use alloc::{vec, vec::Vec};
use core::{fmt::Debug, marker::PhantomData};
use frame_system::{pallet_prelude::BlockNumberFor, RawOrigin};
use sp_core::{crypto::KeyTypeId, ed25519, sr25519, H256};
use sp_io::crypto::{ed25519_sign, sr25519_sign};
use sp_runtime::traits::{One, Saturating};
use syngraph_primitives::{
	commitment_set, seal, AgreementId, Agreements, Commitment, Directory, Done, IntermediaryId,
	Message, Payload, ResultValue, Reveal, Schema, SensorId, Sequence, SignedDone, SignedMessage,
	SignedStatement, Statement, Value, VariableType, WindowIndex, MAX_TEXT,
};
use syngraph_protocol::{
	possession, prepare, settlement_of, Docket, Fault, Revealed, Showing, Subject, Trial,
	Utterance, Window,
};

use crate::{
	ChunkOf, Config, Declarations, DisputeOf, Disputes, Heads, Hearing, Pallet, TermsOf, Trials,
};

/// The window that everything is about.
pub const WINDOW: WindowIndex = 0;
/// The result that most members claim.
const RESULT: Option<ResultValue> = Some(-1);

/// An agreement in force, and the keys of all who sign something.
pub struct Disputable {
	/// The agreement.
	pub agreement: AgreementId,
	/// The members of its roster, each with the key by which it signs.
	pub members: Vec<(IntermediaryId, sr25519::Public)>,
	/// Its sensors, each with the key by which it signs.
	pub sensors: Vec<(SensorId, ed25519::Public)>,
	/// Under which all keys are in the keystore.
	pub keys: KeyTypeId,
}

/// Brings an agreement into being that benchmarks can dispute about.
pub trait BenchmarkHelper {
	/// An agreement in force: for the worst case with as many users, members, spares and sensors as
	/// there may be, with windows of at least 1024 messages, each as long as can be.
	fn agreement() -> Disputable;
}

/// An agreement that is disputed about.
pub struct Scene<T: Config> {
	parties: Disputable,
	terms: TermsOf<T>,
	_config: PhantomData<T>,
}

impl<T: Config> Scene<T> {
	/// An agreement about which nothing has been said.
	pub fn new() -> Self {
		let parties = T::BenchmarkHelper::agreement();
		let terms = T::Agreements::terms(&parties.agreement).expect("it is in force");
		let now = Pallet::<T>::now().max(terms.limits.starts_at);
		frame_system::Pallet::<T>::set_block_number(now);
		Self {
			parties,
			terms,
			_config: PhantomData,
		}
	}

	pub fn agreement(&self) -> AgreementId {
		self.parties.agreement
	}

	/// What is on file.
	pub fn docket(&self) -> Docket<BlockNumberFor<T>> {
		let dispute = Disputes::<T>::get(self.agreement(), WINDOW);
		dispute.expect("a dispute is open").docket
	}

	/// Two reveals that contradict each other.
	pub fn contradiction(&self) -> (SignedStatement, SignedStatement) {
		let reveal = |place, result| self.revealed(place, &self.root(), result).statement;
		(reveal(0, RESULT), reveal(1, Some(1)))
	}

	/// A complaint of the first member, which has revealed.
	pub fn complaint(&self) -> (Utterance, Heads) {
		let root = self.root();
		let utterance = Utterance {
			commit: self.commit(0, &root, RESULT),
			reveal: Some(self.revealed(0, &root, RESULT)),
		};
		let heads = self.terms.sensors.iter().map(|source| {
			let range = self.terms.window.range(source.start, WINDOW);
			let last = range.expect("the window exists").end - 1;
			self.signed(self.message(source.sensor, last))
		});
		(utterance, bounded(heads.collect()))
	}

	/// Opens a dispute in which all is on file but the last member's reveal: that contradicts the others.
	pub fn last_statement(&self) -> (SignedStatement, Option<sr25519::Signature>) {
		let last = self.parties.members.len() - 1;
		let root = self.root();
		self.open();
		self.change(|dispute| {
			for place in 1..=last {
				let result = if place == last { Some(1) } else { RESULT };
				self.put(dispute, self.commit(place, &root, result), None);
			}
			for place in 1..last {
				let Revealed {
					statement,
					settlement,
				} = self.revealed(place, &root, RESULT);
				self.put(dispute, statement, settlement);
			}
		});
		let reveal = self.revealed(last, &root, Some(1));
		(reveal.statement, reveal.settlement)
	}

	/// Opens a dispute in which all but the last `count` messages of the window have been shown: those are
	/// left, or all if the window has fewer.
	pub fn last_chunk(&self, count: u32) -> (Showing, ChunkOf<T>, sr25519::Signature) {
		let _ = self.last_statement();
		let mut messages = self.messages();
		let last = messages.split_off(messages.len().saturating_sub(count as usize));
		let unsigned = |message| SignedMessage {
			message,
			signature: ed25519::Signature::default(),
		};
		let shown: Vec<_> = messages.into_iter().map(unsigned).collect();
		let position = shown.len() as u32;
		self.hear(0, self.trial(&shown), false);
		let last: Vec<_> = last
			.into_iter()
			.map(|message| self.signed(message))
			.collect();
		let (intermediary, key) = self.parties.members[0];
		let showing = Showing {
			agreement: self.agreement(),
			window: WINDOW,
			roster: self.docket().roster.number,
			intermediary,
			position,
			messages: Showing::hash(&last),
		};
		let signature = self.sign(&key, &showing);
		(showing, bounded(last), signature)
	}

	/// Opens a dispute in which two thirds of the members are at fault, all others have shown the window,
	/// and the deadline has passed.
	pub fn all_proven(&self) {
		let _ = self.last_statement();
		let members = self.parties.members.len();
		let honest = members / 3;
		for place in 0..members {
			self.hear(place as u8, Trial::new(), place < honest);
		}
		self.change(|dispute| {
			for testimony in dispute.docket.testimonies.iter_mut().skip(honest) {
				testimony.fault = Some(Fault::Equivocation);
			}
		});
		let late = self.docket().deadline.saturating_add(One::one());
		frame_system::Pallet::<T>::set_block_number(late);
	}

	/// What all members declare, who have done with the window.
	pub fn declarations(&self) -> Declarations {
		let members = self.parties.members.iter();
		let declared = members.map(|(intermediary, key)| {
			let done = Done {
				agreement: self.agreement(),
				roster: self.docket().roster.number,
				intermediary: *intermediary,
				below: WINDOW + 1,
			};
			SignedDone {
				signature: self.sign(key, &done),
				done,
			}
		});
		bounded(declared.collect())
	}

	/// All users but one have consented: that one is left.
	pub fn all_but_one_consent(&self) -> T::AccountId {
		let last = self.terms.users.len() - 1;
		self.change(|dispute| dispute.consents = ((1u16 << last) - 1) as u8);
		self.terms.users[last].user.clone()
	}

	/// Two messages of one sensor with one number.
	pub fn contradictory_messages(&self) -> (SignedMessage, SignedMessage) {
		let source = self.terms.sensors[0];
		let mut message = self.message(source.sensor, source.start + 1);
		let left = self.signed(message.clone());
		message.timestamp += 1;
		(left, self.signed(message))
	}

	fn open(&self) {
		let (utterance, heads) = self.complaint();
		let origin = RawOrigin::Authorized.into();
		Pallet::<T>::complain(origin, utterance.into(), heads).expect("a dispute can be opened");
	}

	fn change(&self, change: impl FnOnce(&mut DisputeOf<T>)) {
		Disputes::<T>::mutate(self.agreement(), WINDOW, |dispute| {
			change(dispute.as_mut().expect("a dispute is open"))
		});
	}

	fn put(
		&self,
		dispute: &mut DisputeOf<T>,
		statement: SignedStatement,
		assent: Option<sr25519::Signature>,
	) {
		let answer = self.terms.limits.answer;
		let filed = dispute
			.docket
			.file(statement, assent, Pallet::<T>::now(), answer);
		filed.expect("it is not on file");
	}

	/// Stores how far the member at `place` has come.
	fn hear(&self, place: u8, trial: Trial, complete: bool) {
		let hearing = Hearing {
			trial,
			advance: 1u32.into(),
			complete,
		};
		Trials::<T>::insert((self.agreement(), WINDOW), place, hearing);
	}

	/// The trial after these messages.
	fn trial(&self, messages: &[SignedMessage]) -> Trial {
		let sensors = self.terms.sensors.iter();
		let schemas: Vec<_> = sensors.map(|source| schema::<T>(source.sensor)).collect();
		let pipeline = prepare(&self.terms.function, &schemas).expect("the function is sound");
		let subject = Subject {
			pipeline: &pipeline,
			sources: &self.terms.sensors,
			schemas: &schemas,
			shape: self.terms.window,
			window: WINDOW,
		};
		let trial = Trial::new().step(&subject, messages, |_| true);
		trial.expect("they belong to the window")
	}

	/// All messages of the window.
	fn messages(&self) -> Vec<Message> {
		let sources = self.terms.sensors.iter();
		sources
			.flat_map(|source| {
				let range = self.terms.window.range(source.start, WINDOW);
				let range = range.expect("the window exists");
				range.map(|sequence| self.message(source.sensor, sequence))
			})
			.collect()
	}

	fn root(&self) -> Window {
		Window::new(&self.messages())
	}

	/// The longest message of a sensor.
	fn message(&self, sensor: SensorId, sequence: Sequence) -> Message {
		let schema = schema::<T>(sensor);
		let values = schema.variables.iter().map(|variable| match variable.ty {
			VariableType::Bool => Value::Bool(true),
			VariableType::Integer => Value::Integer(i64::MAX),
			VariableType::Text => Value::Text(bounded(vec![b'x'; MAX_TEXT as usize])),
		});
		Message {
			sensor,
			kind: schema.kind.clone(),
			sequence,
			timestamp: sequence,
			values: bounded(values.collect()),
		}
	}

	fn signed(&self, message: Message) -> SignedMessage {
		let mut sensors = self.parties.sensors.iter();
		let (_, key) = sensors
			.find(|(sensor, _)| *sensor == message.sensor)
			.expect("it is a sensor of the agreement");
		let bytes = message.signing_bytes(&Pallet::<T>::genesis());
		let signature = ed25519_sign(self.parties.keys, key, &bytes);
		SignedMessage {
			message,
			signature: signature.expect("the key exists"),
		}
	}

	fn sign(&self, key: &sr25519::Public, payload: &impl Payload) -> sr25519::Signature {
		let bytes = payload.signing_bytes(&Pallet::<T>::genesis());
		sr25519_sign(self.parties.keys, key, &bytes).expect("the key exists")
	}

	fn statement(&self, place: usize, statement: Statement) -> SignedStatement {
		let (_, key) = self.parties.members[place];
		SignedStatement {
			signature: self.sign(&key, &statement),
			statement,
		}
	}

	/// The seal of a member, whose secret is its place.
	fn seal(&self, place: usize, result: Option<ResultValue>) -> H256 {
		let (member, _) = self.parties.members[place];
		let secret = [place as u8; 32];
		seal(&self.agreement(), WINDOW, 0, member, result, &secret)
	}

	fn commitment(&self, place: usize, window: &Window, result: Option<ResultValue>) -> Commitment {
		let (intermediary, _) = self.parties.members[place];
		let agreement = self.agreement();
		Commitment {
			agreement,
			window: WINDOW,
			roster: 0,
			intermediary,
			seal: self.seal(place, result),
			root: window.root(),
			possession: possession(&agreement, WINDOW, intermediary, &window.digest()),
		}
	}

	fn commit(
		&self,
		place: usize,
		window: &Window,
		result: Option<ResultValue>,
	) -> SignedStatement {
		let commitment = self.commitment(place, window, result);
		self.statement(place, Statement::Commit(commitment))
	}

	fn revealed(&self, place: usize, window: &Window, result: Option<ResultValue>) -> Revealed {
		let (intermediary, key) = self.parties.members[place];
		let reveal = Reveal {
			agreement: self.agreement(),
			window: WINDOW,
			roster: 0,
			intermediary,
			result,
			secret: [place as u8; 32],
			commitments: commitment_set(&[]),
		};
		let commitment = self.commitment(place, window, result);
		let settlement = settlement_of(&commitment, &reveal).expect("the result is not null");
		Revealed {
			statement: self.statement(place, Statement::Reveal(reveal)),
			settlement: Some(self.sign(&key, &settlement)),
		}
	}
}

fn schema<T: Config>(sensor: SensorId) -> Schema {
	T::Directory::sensor_schema(sensor).expect("it is registered")
}

fn bounded<Item: Debug, Bounded: TryFrom<Vec<Item>, Error: Debug>>(items: Vec<Item>) -> Bounded {
	items.try_into().expect("no more than allowed")
}
