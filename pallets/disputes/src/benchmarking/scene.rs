//! What the benchmarks act on: an agreement, and what its members and sensors say.

use alloc::{vec, vec::Vec};
use core::{fmt::Debug, marker::PhantomData};
use frame_system::{pallet_prelude::BlockNumberFor, RawOrigin};
use sp_core::{crypto::KeyTypeId, ed25519, sr25519, H256};
use sp_io::crypto::{ed25519_sign, sr25519_sign};
use sp_runtime::traits::{One, Saturating};
use syngraph_primitives::{
	commitment_set, seal, AgreementId, Agreements, Commitment, Directory, Done, IntermediaryId,
	Lack, Message, Payload, ResultValue, Reveal, Schema, SensorId, Sequence, SignedDone,
	SignedMessage, SignedStatement, SourceVersion, Statement, Value, VariableType, WindowIndex,
	MAX_TEXT,
};
use syngraph_protocol::{
	possession, settlement_of, Docket, Fault, Fold, Part, Revealed, Showing, Shown, Stage, Subject,
	Trial, Utterance, Window,
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
	/// Under which all keys, those of its sensors too, are in the keystore.
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
		let dispute = Disputes::<T>::get(self.agreement());
		dispute.expect("a dispute is open").docket
	}

	/// Opens a complaint in which every member has committed to the same and shown something. Gives two reveals
	/// about the next window, of two members that contradict each other, with the heads of all sensors.
	pub fn contradiction(&self) -> (SignedStatement, SignedStatement, Heads) {
		self.all_showing();
		let window = WINDOW + 1;
		let version = self.version(window);
		let reveal = |place, result| {
			let statement = self
				.revealed(place, &self.window(), result)
				.statement
				.statement;
			let Statement::Reveal(reveal) = statement else {
				unreachable!("it is a reveal")
			};
			let reveal = Reveal {
				window,
				version,
				..reveal
			};
			self.statement(place, Statement::Reveal(reveal))
		};
		(reveal(0, RESULT), reveal(1, Some(1)), self.heads(window))
	}

	/// Opens a complaint in which nothing is contradicted, but for which every member has shown something.
	pub fn all_showing(&self) {
		self.open();
		let window = self.window();
		self.change(|dispute| {
			for place in 1..self.parties.members.len() {
				self.put(dispute, self.commit(place, &window, RESULT), None);
			}
			for shown in dispute.shown_by.iter_mut() {
				*shown = 1u32.into();
				dispute.spent = dispute.spent.saturating_add(1u32.into());
			}
		});
		self.hear_all(&self.trial(&[]));
	}

	/// A complaint of the first member, which has revealed.
	pub fn complaint(&self) -> (Utterance, Heads) {
		let window = self.window();
		let utterance = Utterance {
			commit: self.commit(0, &window, RESULT),
			reveal: Some(self.revealed(0, &window, RESULT)),
		};
		(utterance, self.heads(WINDOW))
	}

	/// The last message of each sensor in a window.
	fn heads(&self, window: WindowIndex) -> Heads {
		let heads = self.terms.sensors.iter().map(|source| {
			let range = self.terms.window.range(source.start, window);
			let last = range.expect("the window exists").end - 1;
			self.signed(self.message(source.sensor, last))
		});
		bounded(heads.collect())
	}

	/// Opens a dispute in which all is on file but the last member's reveal: that contradicts the others.
	pub fn last_statement(&self) -> (SignedStatement, Option<sr25519::Signature>) {
		let last = self.parties.members.len() - 1;
		let window = self.window();
		self.open();
		self.change(|dispute| {
			for place in 1..=last {
				let result = if place == last { Some(1) } else { RESULT };
				self.put(dispute, self.commit(place, &window, result), None);
			}
			for place in 1..last {
				let Revealed {
					statement,
					settlement,
				} = self.revealed(place, &window, RESULT);
				self.put(dispute, statement, settlement);
			}
		});
		let reveal = self.revealed(last, &window, Some(1));
		(reveal.statement, reveal.settlement)
	}

	/// Opens a complaint that the last member could not answer, since it lacks messages.
	pub fn missing_messages(&self) -> (Lack, sr25519::Signature) {
		self.open();
		let window = self.window();
		let last = self.parties.members.len() - 1;
		self.change(|dispute| {
			for place in 1..last {
				self.put(dispute, self.commit(place, &window, RESULT), None);
			}
		});
		let (intermediary, key) = self.parties.members[last];
		let lack = Lack {
			agreement: self.agreement(),
			window: WINDOW,
			roster: 0,
			intermediary,
		};
		(lack, self.sign(&key, &lack))
	}

	/// Opens a dispute in which all but the last `count` messages of the window have been shown: those are
	/// left, or all if the window has fewer. As many other windows are being shown as there are members.
	pub fn last_chunk(&self, count: u32) -> (Showing, ChunkOf<T>, sr25519::Signature) {
		let _ = self.last_statement();
		let mut messages = self.messages();
		let last = messages.split_off(messages.len().saturating_sub(count as usize));
		let trial = self.trial(&messages);
		self.hear_all(&trial);
		let window = self.window();
		self.hear(window.root(), trial, false);
		let last: Vec<_> = last
			.into_iter()
			.map(|message| self.signed(message))
			.collect();
		let (intermediary, key) = self.parties.members[0];
		let showing = Showing {
			agreement: self.agreement(),
			window: WINDOW,
			roster: self.docket().roster.number,
			version: self.docket().version,
			intermediary,
			root: window.root(),
			position: messages.len() as u32,
			messages: Showing::hash(&last),
			rest: bounded(vec![]),
		};
		let signature = self.sign(&key, &showing);
		(showing, bounded(last), signature)
	}

	/// Opens a dispute in which all members but one are at fault, all show a window of their own, a sensor is
	/// at fault, and the deadline has passed.
	pub fn all_proven(&self) {
		let _ = self.last_statement();
		self.hear_all(&self.trial(&self.messages()));
		self.change(|dispute| {
			dispute.exposed = self.terms.sensors.first().map(|source| source.sensor);
			let docket = &mut dispute.docket;
			docket.stage = Stage::Evidence;
			docket.expose(0);
			for testimony in docket.testimonies.iter_mut().skip(1) {
				testimony.fault = Some(Fault::Equivocation);
			}
		});
		let late = self.docket().deadline.saturating_add(One::one());
		frame_system::Pallet::<T>::set_block_number(late);
	}

	/// Opens a dispute in which everything is known, before the deadline: the last member is at fault, the
	/// window has been shown, and all others agree about it.
	pub fn all_known(&self) {
		let (reveal, assent) = self.last_statement();
		let window = self.window();
		self.change(|dispute| {
			let place = dispute.docket.testimonies.len() - 1;
			self.put(dispute, reveal, assent);
			let first = self.revealed(0, &window, RESULT);
			let docket = &mut dispute.docket;
			docket.testimonies[place].fault = Some(Fault::Equivocation);
			docket.testimonies[0].said.reveal = Some(first);
			docket.shown = bounded(vec![Shown {
				root: window.root(),
				digest: window.digest(),
				result: RESULT,
			}]);
		});
	}

	/// What all members declare, who are done with the window.
	pub fn declarations(&self) -> Declarations {
		let members = self.parties.members.iter();
		let declared = members.map(|(intermediary, key)| {
			let done = Done {
				agreement: self.agreement(),
				roster: self.docket().roster.number,
				intermediary: *intermediary,
				below: WINDOW + 1,
				at: u32::MAX,
				replaced: 0,
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
		// A number of its present key.
		let mut message = self.message(source.sensor, source.start + 2);
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
		Disputes::<T>::mutate(self.agreement(), |dispute| {
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

	/// Stores how far the window with a root has come.
	fn hear(&self, root: H256, trial: Trial, complete: bool) {
		Trials::<T>::insert(self.agreement(), root, Hearing { trial, complete });
	}

	/// As many windows have come so far as there are members.
	fn hear_all(&self, trial: &Trial) {
		for place in 0..self.parties.members.len() {
			self.hear(H256::repeat_byte(place as u8), trial.clone(), true);
		}
	}

	/// The trial after these messages.
	fn trial(&self, messages: &[Message]) -> Trial {
		let sensors = self.terms.sensors.iter();
		let schemas: Vec<_> = sensors.map(|source| schema::<T>(source.sensor)).collect();
		let fold = Fold::prepare(&self.terms.function, &schemas).expect("the function is sound");
		let feeds = T::Agreements::feeds(&self.agreement()).expect("it is in force");
		let parts: Vec<_> = feeds
			.iter()
			.map(|feed| {
				let keys = T::Directory::sensor_keys(feed.sensor).expect("it is registered");
				let (shape, now) = (&self.terms.window, Pallet::<T>::now());
				Part::new(feed, shape, WINDOW, &keys, now).expect("the window exists")
			})
			.collect();
		let subject = Subject {
			fold: &fold,
			parts: &parts,
			schemas: &schemas,
			times: T::Agreements::times(&self.agreement()),
		};
		let signed: Vec<_> = messages
			.iter()
			.map(|message| SignedMessage {
				message: message.clone(),
				signature: ed25519::Signature::default(),
			})
			.collect();
		let window = self.window();
		let rest = window.rest(messages.len() as u32);
		let trial = Trial::new().step(&subject, &window.root(), &rest, &signed, |_| true);
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

	fn window(&self) -> Window {
		Window::new(&self.messages())
	}

	/// The version of a window's sources.
	fn version(&self, window: WindowIndex) -> SourceVersion {
		let version = T::Agreements::version(&self.agreement(), window);
		version.expect("its messages are valid")
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

	/// Signs a message with the key that is its sensor's for this number.
	fn signed(&self, message: Message) -> SignedMessage {
		let keys = T::Directory::sensor_keys(message.sensor).expect("it is registered");
		let key = keys.key(message.sequence).expect("it is valid");
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
		let version = self.version(WINDOW);
		seal(
			&self.agreement(),
			WINDOW,
			0,
			version,
			member,
			result,
			&secret,
		)
	}

	fn commitment(&self, place: usize, window: &Window, result: Option<ResultValue>) -> Commitment {
		let (intermediary, _) = self.parties.members[place];
		let agreement = self.agreement();
		Commitment {
			agreement,
			window: WINDOW,
			roster: 0,
			version: self.version(WINDOW),
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
			version: self.version(WINDOW),
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
