//! Decides what becomes of a message.

use codec::{DecodeAll, MaxEncodedLen};
use parking_lot::{Mutex, MutexGuard};
use std::{cmp::Ordering, collections::BTreeMap, sync::Arc};
use syngraph_primitives::{
	Fate, GenesisHash, Message, SchemaError, SensorId, SensorInfo, Sequence, SignedMessage, Value,
};
use syngraph_worker::{
	store::LocalStore,
	traces::{AppendError, Appender, Rules, Traces},
};

use super::{
	answer::{Answer, Refusal},
	registered::{Sensors, Unavailable},
};

/// How many sensors may be worked on at a time at most.
const LOCKS: usize = 64;

/// Bears what a batch costs.
pub trait Account {
	/// Whether the signature of one more message may be checked now. It counts if it may.
	fn allow(&self) -> bool;

	/// Whether so much was for nothing that no sensor is to be looked up either.
	fn owes(&self) -> bool;

	/// Counts something that was for nothing: no key of the sensor fits a signature, or nobody registered the sensor.
	fn waste(&self);
}

/// Bears everything: the worker has verified what it hands over.
struct Worker;

impl Account for Worker {
	fn allow(&self) -> bool {
		true
	}

	fn owes(&self) -> bool {
		false
	}

	fn waste(&self) {}
}

/// Takes in messages of sensors: checks them, stores them, and says what became of each.
pub struct Intake<D, S> {
	genesis: GenesisHash,
	sensors: D,
	traces: Traces<S>,
	/// Whoever appends to a sensor's trace holds the lock that the sensor shares with some others.
	locks: [Mutex<()>; LOCKS],
}

impl<D: Sensors, S: LocalStore> Intake<D, S> {
	/// An intake for the sensors of one chain.
	pub fn new(genesis: GenesisHash, sensors: D, store: S) -> Self {
		let locks = std::array::from_fn(|_| Mutex::new(()));
		Self {
			genesis,
			sensors,
			traces: Traces::new(store),
			locks,
		}
	}

	/// Where messages are stored.
	pub fn store(&self) -> &S {
		self.traces.store()
	}

	/// Takes in a batch. The answers are in the order of the messages.
	///
	/// Before the signature of a message is checked, which is what takes time, the account has to allow it; whatever
	/// is refused or passed over for another reason is not asked for. What is not allowed is to be sent again.
	pub fn take<'a>(
		&self,
		batch: impl ExactSizeIterator<Item = &'a [u8]>,
		account: &dyn Account,
	) -> Vec<Answer> {
		self.take_decoded(batch.map(decode), account)
	}

	/// Takes in what the worker handed over: messages that peers passed on. They are checked as if the
	/// sensors had sent them. Returns how many were news.
	pub fn take_repairs(&self) -> usize {
		let Some(messages) = self.traces.handed_over() else {
			return 0;
		};
		let answers = self.take_decoded(messages.iter().cloned().map(Ok), &Worker);
		// Last, so that nothing is lost if the node stops in between; nor what the worker hands over meanwhile.
		self.traces.take_over(&messages);
		let news = |answer: &&Answer| **answer == Answer::Accepted;
		answers.iter().filter(news).count()
	}

	fn take_decoded(
		&self,
		batch: impl ExactSizeIterator<Item = Result<SignedMessage, Refusal>>,
		account: &dyn Account,
	) -> Vec<Answer> {
		let mut answers = vec![Answer::from(Refusal::NotAMessage); batch.len()];
		let mut by_sensor = BTreeMap::<SensorId, Vec<(&mut Answer, SignedMessage)>>::new();
		for (decoded, answer) in batch.zip(&mut answers) {
			match decoded {
				Ok(signed) => by_sensor
					.entry(signed.message.sensor)
					.or_default()
					.push((answer, signed)),
				Err(refusal) => *answer = refusal.into(),
			}
		}
		for (sensor, messages) in by_sensor {
			// First, so that nobody appends by what the chain said before.
			let _guard = self.lock(sensor);
			match self.look_up(sensor, account) {
				Ok((info, first)) => self.take_from(sensor, &info, first, messages, account),
				Err(refusal) => messages
					.into_iter()
					.for_each(|(answer, _)| *answer = refusal.into()),
			}
		}
		answers
	}

	/// The sequence number of the message that has to come next from a sensor.
	pub fn head(&self, sensor: SensorId, account: &dyn Account) -> Result<Sequence, Refusal> {
		let _guard = self.lock(sensor);
		let (info, first) = self.look_up(sensor, account)?;
		let head = self.open(sensor, &info, first).head();
		refuse_convicted(&info, head)?;
		Ok(head)
	}

	/// Keeps all others from a sensor's trace.
	fn lock(&self, sensor: SensorId) -> MutexGuard<'_, ()> {
		self.locks[(sensor % LOCKS as u64) as usize].lock()
	}

	/// The trace of a sensor, where the next message has to come.
	fn open<'a>(
		&'a self,
		sensor: SensorId,
		info: &'a SensorInfo,
		first: Sequence,
	) -> Appender<'a, S> {
		let rules = Rules::new(&info.keys, &info.schema);
		self.traces.appender(sensor, first, rules)
	}

	/// The same as [`Self::wanted`], at the expense of an account.
	fn look_up(
		&self,
		sensor: SensorId,
		account: &dyn Account,
	) -> Result<(Arc<SensorInfo>, Sequence), Refusal> {
		if account.owes() {
			return Err(Refusal::TooFast);
		}
		self.wanted(sensor).inspect_err(|refusal| {
			if *refusal == Refusal::UnknownSensor {
				account.waste();
			}
		})
	}

	/// The sensor, and the first of its messages that an agreement needs: by the agreements' terms, or
	/// later, if the worker of this node knows that it can do without those before.
	fn wanted(&self, sensor: SensorId) -> Result<(Arc<SensorInfo>, Sequence), Refusal> {
		let info = self
			.sensors
			.sensor(sensor)
			.map_err(|Unavailable| Refusal::Unavailable)?
			.ok_or(Refusal::UnknownSensor)?;
		let first = info.first.ok_or(Refusal::Unneeded)?;
		let needed = self.traces.needed(sensor).unwrap_or(first);
		Ok((info, first.max(needed)))
	}

	/// Takes in messages of one sensor, whose lock is held.
	fn take_from(
		&self,
		sensor: SensorId,
		info: &SensorInfo,
		first: Sequence,
		messages: Vec<(&mut Answer, SignedMessage)>,
		account: &dyn Account,
	) {
		let mut trace = self.open(sensor, info, first);
		for (answer, signed) in messages {
			*answer = self
				.decide(info, &mut trace, &signed, account)
				.unwrap_or_else(Answer::from);
		}
		trace.commit();
	}

	/// Decides on one message, the cheap questions first.
	fn decide(
		&self,
		info: &SensorInfo,
		trace: &mut Appender<'_, S>,
		signed: &SignedMessage,
		account: &dyn Account,
	) -> Result<Answer, Refusal> {
		check_form(info, &signed.message).map_err(Refusal::Schema)?;
		let sequence = signed.message.sequence;
		match sequence.cmp(&trace.head()) {
			Ordering::Greater => Ok(Answer::Gap {
				expected: trace.head(),
			}),
			Ordering::Less => self.compare(info, trace, signed, account),
			Ordering::Equal => {
				if trace.is_full() {
					return Err(Refusal::BacklogFull);
				}
				refuse_convicted(info, sequence)?;
				if !account.allow() {
					// From here on it is to be sent again.
					return Ok(Answer::Gap { expected: sequence });
				}
				self.check(info, signed, account)?;
				trace.append(signed).map_err(|error| match error {
					AppendError::Full => Refusal::BacklogFull,
					AppendError::OutOfOrder | AppendError::OtherSensor => Refusal::LastSequence,
					AppendError::NoKey => Refusal::NoKey,
				})?;
				Ok(Answer::Accepted)
			},
		}
	}

	/// Decides on a message with a number of which there is one already.
	fn compare(
		&self,
		info: &SensorInfo,
		trace: &mut Appender<'_, S>,
		signed: &SignedMessage,
		account: &dyn Account,
	) -> Result<Answer, Refusal> {
		let sequence = signed.message.sequence;
		if info.keys.is_void(sequence) {
			return Err(Refusal::Void);
		}
		let Some(stored) = trace.message(sequence) else {
			if trace.miss(sequence) {
				return Ok(Answer::Gap { expected: sequence });
			}
			// A trace that has not gone on from a later number yet may still go on from this one: an agreement that
			// this node does not know of may need it.
			let tail = self.traces.tail(signed.message.sensor);
			return match tail.is_some_and(|tail| sequence < tail) {
				true => Err(Refusal::Old),
				false => Err(Refusal::Unneeded),
			};
		};
		if stored == *signed {
			return Ok(Answer::Duplicate);
		}
		if !account.allow() {
			return Err(Refusal::TooFast);
		}
		self.check(info, signed, account)?;
		// One message may have many signatures.
		if stored.message != signed.message {
			// The worker accuses the sensor.
			self.traces
				.contradict(&stored, signed, &self.genesis, &info.keys);
			return Err(Refusal::Conflict);
		}
		Ok(Answer::Duplicate)
	}

	/// Checks the signature of a message that was sent, at the expense of an account.
	fn check(
		&self,
		info: &SensorInfo,
		signed: &SignedMessage,
		account: &dyn Account,
	) -> Result<(), Refusal> {
		let verified = self.verify(info, signed);
		verified.inspect_err(|_| account.waste())
	}

	/// Checks the signature, by the rules of the chain.
	fn verify(&self, info: &SensorInfo, signed: &SignedMessage) -> Result<(), Refusal> {
		let sequence = signed.message.sequence;
		let key = info.keys.key(sequence).ok_or_else(|| {
			if is_revoked(info, sequence) {
				Refusal::Revoked
			} else {
				Refusal::NoKey
			}
		})?;
		if signed.verify(&self.genesis, key) {
			return Ok(());
		}
		match may_get_key(info, sequence) {
			true => Err(Refusal::UnknownKey),
			false => Err(Refusal::BadSignature),
		}
	}
}

/// Checks that a message is what the sensor declared. What no sensor can declare comes first: that stays wrong,
/// whatever this node does not know yet.
fn check_form(info: &SensorInfo, message: &Message) -> Result<(), SchemaError> {
	let is_legible =
		|value: &Value| !matches!(value, Value::Text(text) if std::str::from_utf8(text).is_err());
	if !message.values.iter().all(is_legible) {
		return Err(SchemaError::InvalidText);
	}
	info.schema.check_message(message)
}

/// Refuses a message that comes next if its number is not valid any more, or if it waits for a new key, since the
/// sensor signed two messages with an earlier one.
fn refuse_convicted(info: &SensorInfo, next: Sequence) -> Result<(), Refusal> {
	if is_revoked(info, next) {
		return Err(Refusal::Revoked);
	}
	match info.keys.fate(&(next..next.saturating_add(1))) {
		Fate::Waiting => Err(Refusal::Suspended),
		Fate::Live | Fate::Dead => Ok(()),
	}
}

/// Whether a number can get another key than the one that is known. Only one that begins after the last can come.
fn may_get_key(info: &SensorInfo, sequence: Sequence) -> bool {
	let history = &info.keys.history;
	let newest = history.periods().last();
	!history.is_revoked() && newest.is_some_and(|newest| newest.from < sequence)
}

/// Whether the message with a number is not valid any more, nor any after it.
fn is_revoked(info: &SensorInfo, sequence: Sequence) -> bool {
	let revoked = info.keys.history.revoked();
	revoked.is_some_and(|end| end.from <= sequence)
}

fn decode(bytes: &[u8]) -> Result<SignedMessage, Refusal> {
	if bytes.len() > SignedMessage::max_encoded_len() {
		return Err(Refusal::TooLarge);
	}
	SignedMessage::decode_all(&mut &bytes[..]).map_err(|_| Refusal::NotAMessage)
}
