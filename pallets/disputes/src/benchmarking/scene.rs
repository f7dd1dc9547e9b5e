//! What the benchmarks act on: an agreement, and what its members and sensors say.

use alloc::{boxed::Box, vec, vec::Vec};
use codec::Decode;
use core::{fmt::Debug, marker::PhantomData};
use frame_system::{pallet_prelude::BlockNumberFor, RawOrigin};
use sp_core::{crypto::KeyTypeId, ed25519, sr25519, H256};
use sp_io::crypto::{ed25519_sign, sr25519_sign};
use sp_runtime::traits::{One, Saturating};
use syngraph_primitives::{
	blinding, commitment_set, seal, AgreementId, Agreements, Assent, Commitment, Complaint,
	Contribution, Directory, IntermediaryId, Lack, Message, Payload, ResultValue, Reveal, RoundId,
	Schema, SensorId, Sequence, SignedCommitment, SignedMessage, Span, Utterance, Value,
	VariableType, WindowIndex, MAX_TEXT,
};
use syngraph_protocol::{
	outcome_leaf, path, possession, Challenge, Docket, Fault, Fold, Hashes, Kind, Level, Part,
	Showing, Shown, Side, Stage, Subject, Trial, Window,
};

use crate::{
	ChunkOf, Config, DisputeOf, Disputes, Exposure, Heads, Hearing, Pallet, TermsOf, Trials,
	Utterances,
};

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
	/// there may be, with windows of at least 1024 messages, each as long as can be, and rounds of more windows than a
	/// block of a tree has. Everybody is owed something, and once a dispute is closed, a spare steps in for each member
	/// but the last, whether they failed or their notice has run out, and the agreement ends.
	fn agreement() -> Disputable;

	/// The same, and if the first three quarters of the members are proven wrong, what the chain computed settles.
	fn judging() -> Disputable;

	/// Has the chain forget keys of the agreement's sensors: the first window of the next round, and no later one,
	/// lacks messages for good.
	fn forget_keys(parties: &Disputable);
}

/// An agreement that is disputed about. Its round is as long as can be, and one window of it is real, the first one.
pub struct Scene<T: Config> {
	parties: Disputable,
	terms: TermsOf<T>,
	round: RoundId,
	/// That of all messages of the first window. To make them takes long.
	window: Window,
	_config: PhantomData<T>,
}

/// In what a member says something else than others do of the first window.
#[derive(Clone, Copy, PartialEq)]
enum Odd {
	Nothing,
	Data,
	Digests,
	Outcomes,
}

impl<T: Config> Scene<T> {
	/// An agreement about which nothing has been said.
	pub fn new() -> Self {
		Self::about(T::BenchmarkHelper::agreement())
	}

	/// The same, and what the chain computes settles if most members are proven wrong by it.
	pub fn judging() -> Self {
		Self::about(T::BenchmarkHelper::judging())
	}

	/// The same, but its first window lacks messages for good: as soon as it is asked for them, nobody has to show any.
	pub fn dead() -> Self {
		let parties = T::BenchmarkHelper::agreement();
		T::BenchmarkHelper::forget_keys(&parties);
		Self::about(parties)
	}

	fn about(parties: Disputable) -> Self {
		let agreement = parties.agreement;
		let terms = T::Agreements::terms(&agreement).expect("it is in force");
		let now = Pallet::<T>::now().max(terms.limits.starts_at);
		frame_system::Pallet::<T>::set_block_number(now);
		let progress = T::Agreements::progress(&agreement).expect("it is in force");
		let roster = T::Agreements::roster(&agreement).expect("it is in force");
		let version = T::Agreements::version(&agreement).expect("its sensors are registered");
		let round = RoundId::new(agreement, &roster, &progress, version);
		let mut scene = Self {
			parties,
			terms,
			round,
			window: Window::new(&[]),
			_config: PhantomData,
		};
		scene.window = Window::new(&scene.messages());
		scene
	}

	pub fn agreement(&self) -> AgreementId {
		self.parties.agreement
	}

	/// What is on file.
	pub fn docket(&self) -> Docket<BlockNumberFor<T>> {
		let dispute = Disputes::<T>::get(self.agreement());
		dispute.expect("a dispute is open").docket
	}

	fn last(&self) -> usize {
		self.parties.members.len() - 1
	}

	/// How many members are at fault, the first ones, if most are.
	///
	/// The penalty of each is divided among all users but one and the operators of those who are not at fault. So there
	/// are most payments if some are left: of sixteen members with eight users, four.
	fn most(&self) -> usize {
		self.parties.members.len() * 3 / 4
	}

	/// What two members that differ have committed to and revealed.
	pub fn contradiction(&self) -> (Box<Utterance>, Box<Utterance>) {
		let said = |place, odd| Box::new(self.reveal(place, odd, H256::zero()));
		(said(0, Odd::Nothing), said(1, Odd::Data))
	}

	/// A complaint with what so many members have committed to and revealed.
	pub fn complaint(&self, count: u32) -> (Utterances, Heads, sr25519::Signature) {
		let places = (0..self.parties.members.len()).take(count as usize);
		let said = places.map(|place| self.reveal(place, Odd::Nothing, H256::zero()));
		(bounded(said.collect()), self.heads(), self.complains())
	}

	/// The signature by which the first member complains.
	fn complains(&self) -> sr25519::Signature {
		let (intermediary, key) = self.parties.members[0];
		let complaint = Complaint {
			round: self.round,
			intermediary,
		};
		self.sign(&key, &complaint)
	}

	/// The last message of each sensor in the range.
	fn heads(&self) -> Heads {
		let heads = self.terms.sensors.iter().map(|source| {
			let range = self.terms.window.range(source.start, self.span().end - 1);
			let last = range.expect("the window exists").end - 1;
			self.signed(self.message(source.sensor, last))
		});
		bounded(heads.collect())
	}

	/// Opens a complaint of the first member, which has heard all others commit. The last one has to something else.
	fn committed(&self, odd: Odd) {
		let last = self.last();
		let all = (0..=last).map(|place| match place == last {
			true => self.commit(place, odd),
			false => self.commit(place, Odd::Nothing),
		});
		let origin = RawOrigin::Authorized.into();
		let all = bounded(all.collect());
		Pallet::<T>::complain(origin, all, self.heads(), self.complains())
			.expect("a dispute can be opened");
	}

	/// Opens a dispute in which all has been put on file but the last member's reveal.
	fn revealed(&self) {
		self.committed(Odd::Outcomes);
		let set = self.docket().commitments();
		self.change(|dispute| {
			for place in 0..self.last() {
				self.put(dispute, self.reveal(place, Odd::Nothing, set));
			}
		});
	}

	/// Opens a complaint in which all but the last member have committed and are asked for the messages of a window.
	/// Each shows a window of its own.
	fn asked(&self, window: WindowIndex) {
		let (utterances, heads, signature) = self.complaint(self.last() as u32);
		let origin = RawOrigin::Authorized.into();
		Pallet::<T>::complain(origin, utterances, heads, signature)
			.expect("a dispute can be opened");
		self.ask(window);
		self.hear_all(&Trial::new());
	}

	/// Has an open dispute wait for the messages of a window.
	fn ask(&self, window: WindowIndex) {
		self.change(|dispute| dispute.docket.stage = Stage::Messages { window });
	}

	/// Opens a complaint in which members are asked for messages, and the last one has not committed. Once it has, what
	/// the others have shown is forgotten, and it has also revealed.
	pub fn last_utterance(&self) -> Box<Utterance> {
		self.asked(self.round.first);
		let (docket, last) = (self.docket(), self.last());
		let seal_of = |place| docket.commitment(place).expect("it is on file").seal;
		let own = self.commitment(last, Odd::Nothing).seal;
		let seals: Vec<_> = (0..last).map(seal_of).chain([own]).collect();
		Box::new(self.reveal(last, Odd::Nothing, commitment_set(&seals)))
	}

	/// Opens a complaint in which the last member lacks messages of a lower window than that which is being shown.
	pub fn missing_messages(&self) -> (Lack, sr25519::Signature) {
		let window = self.round.first;
		self.asked(window + 1);
		let (intermediary, key) = self.parties.members[self.last()];
		let lack = Lack {
			round: self.round,
			window,
			intermediary,
		};
		(lack, self.sign(&key, &lack))
	}

	/// Opens a dispute in which all have committed, the last member without having the windows.
	pub fn copied(&self) -> (Challenge, sr25519::Signature) {
		self.committed(Odd::Digests);
		let (intermediary, key) = self.parties.members[0];
		let (accused, _) = self.parties.members[self.last()];
		let challenge = Challenge {
			span: self.span(),
			intermediary,
			accused,
			digests: self.root(Kind::Digests, Odd::Nothing),
		};
		(challenge, self.sign(&key, &challenge))
	}

	/// Opens a dispute in which two members differ, and all is open but one block.
	pub fn last_hashes(&self) -> (u8, Hashes) {
		let last = self.last();
		self.committed(Odd::Data);
		let hashes = |odd, level| {
			let hashes = Kind::Data.hashes(level, &self.leaves(Kind::Data, odd));
			hashes.expect("there are as many")
		};
		let leaves = Level::Leaves { block: 0 };
		self.change(|dispute| {
			for (place, odd, level) in [
				(0, Odd::Nothing, Level::Blocks),
				(last, Odd::Data, Level::Blocks),
				(0, Odd::Nothing, leaves),
			] {
				let (now, answer) = (Pallet::<T>::now(), self.terms.limits.answer);
				let opened = dispute.docket.open(place, hashes(odd, level), now, answer);
				opened.expect("they are the right ones");
			}
		});
		(last as u8, hashes(Odd::Data, leaves))
	}

	/// Opens a dispute in which the first and the last member differ in the first window, to which they committed by
	/// these roots.
	fn differ(&self, first: H256, last: H256) {
		self.revealed();
		let side = |place: usize, root| Side {
			place: place as u8,
			root: Some(root),
			hashes: None,
		};
		let sides = [side(0, first), side(self.last(), last)];
		self.change(|dispute| {
			dispute.docket.sides = Some(sides);
			dispute.docket.stage = Stage::Evidence {
				kind: Kind::Data,
				window: self.round.first,
			};
		});
	}

	/// Opens a dispute in which somebody lacked messages, and all but the last `count` of the window have been shown:
	/// those are left, or all if the window has fewer. As many other windows are being shown as there are members. With
	/// the last message, all of that is forgotten.
	pub fn last_chunk(&self, count: u32) -> (Showing, ChunkOf<T>, sr25519::Signature) {
		self.committed(Odd::Nothing);
		self.ask(self.round.first);
		let mut messages = self.messages();
		let last = messages.split_off(messages.len().saturating_sub(count as usize));
		let trial = self.trial(&messages);
		self.hear_all(&trial);
		let root = self.window.root();
		self.hear(root, trial, false);
		let last: Vec<_> = last
			.into_iter()
			.map(|message| self.signed(message))
			.collect();
		let (intermediary, key) = self.parties.members[0];
		let leaves = self.leaves(Kind::Data, Odd::Nothing);
		let showing = Showing {
			round: self.round,
			window: self.round.first,
			intermediary,
			root,
			path: path(&leaves, 0).expect("it is there"),
			position: messages.len() as u32,
			messages: Showing::hash(&last),
			rest: bounded(vec![]),
		};
		let signature = self.sign(&key, &showing);
		(showing, bounded(last), signature)
	}

	/// Opens a dispute in which most members are at fault, all show a window of their own, a sensor is at fault, and
	/// the deadline has passed.
	pub fn all_proven(&self) {
		self.differ(self.window.root(), H256::zero());
		self.hear_all(&self.trial(&self.messages()));
		self.change(|dispute| {
			let sensor = self.terms.sensors.first().map(|source| source.sensor);
			dispute.exposed = sensor.map(|sensor| Exposure {
				sensor,
				window: self.round.first,
				answers: true,
			});
			let docket = &mut dispute.docket;
			docket.expose(0);
			for testimony in docket.testimonies.iter_mut().take(self.most()) {
				testimony.fault = Some(Fault::Equivocation);
			}
		});
		self.miss_deadline();
	}

	/// Opens a dispute in which all but the first member committed to the window that was shown, most contradict
	/// themselves, all show a window of their own, and the deadline has passed. What the chain computed settles: a
	/// result of the largest payments.
	pub fn all_refuted(&self) {
		self.differ(H256::zero(), self.window.root());
		self.hear_all(&self.trial(&self.messages()));
		let shown = Shown {
			root: self.window.root(),
			digest: self.window.digest(),
			result: Some(ResultValue::MAX),
		};
		self.change(|dispute| {
			let docket = &mut dispute.docket;
			docket.shown = bounded(vec![shown]);
			let wrong = docket.testimonies.iter_mut().take(self.most());
			for (place, testimony) in wrong.enumerate() {
				match (place, &mut testimony.said) {
					(0, Some(said)) => said.commit.commitment.data_root = H256::zero(),
					_ => testimony.fault = Some(Fault::Equivocation),
				}
			}
		});
		self.miss_deadline();
	}

	fn miss_deadline(&self) {
		let late = self.docket().deadline.saturating_add(One::one());
		frame_system::Pallet::<T>::set_block_number(late);
	}

	/// Opens a dispute in which all members show a window of their own, and all users but one have consented: that one
	/// is left.
	pub fn all_but_one_consent(&self) -> T::AccountId {
		self.differ(self.window.root(), H256::zero());
		self.hear_all(&self.trial(&[]));
		let last = self.terms.users.len() - 1;
		self.change(|dispute| {
			dispute.consents = ((1u16 << last) - 1) as u8;
		});
		self.terms.users[last].user.clone()
	}

	/// Two messages of one sensor with one number.
	pub fn contradictory_messages(&self) -> (Box<SignedMessage>, Box<SignedMessage>) {
		let source = self.terms.sensors[0];
		let mut message = self.message(source.sensor, source.start + 2);
		let left = self.signed(message.clone());
		message.timestamp += 1;
		(Box::new(left), Box::new(self.signed(message)))
	}

	fn change(&self, change: impl FnOnce(&mut DisputeOf<T>)) {
		Disputes::<T>::mutate(self.agreement(), |dispute| {
			change(dispute.as_mut().expect("a dispute is open"))
		});
	}

	fn put(&self, dispute: &mut DisputeOf<T>, said: Utterance) {
		let (now, answer) = (Pallet::<T>::now(), self.terms.limits.answer);
		let filed = dispute.docket.file(said, now, answer);
		filed.expect("it is not on file");
	}

	/// Stores how far the window with a root has come.
	fn hear(&self, root: H256, trial: Trial, complete: bool) {
		Trials::<T>::insert(self.agreement(), root, Hearing { trial, complete });
	}

	/// As many windows have come so far as there are members.
	fn hear_all(&self, trial: &Trial) {
		for place in 0..self.parties.members.len() {
			self.hear(H256::repeat_byte(place as u8), trial.clone(), false);
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
				Part::new(feed, shape, self.round.first, &keys, now).expect("the window exists")
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
		let (root, rest) = (self.window.root(), self.window.rest(messages.len() as u32));
		let trial = Trial::new().step(&subject, &root, &rest, &signed, |_| true);
		trial.expect("they belong to the window")
	}

	/// All messages of the first window.
	fn messages(&self) -> Vec<Message> {
		let sources = self.terms.sensors.iter();
		sources
			.flat_map(|source| {
				let range = self.terms.window.range(source.start, self.round.first);
				let range = range.expect("the window exists");
				range.map(|sequence| self.message(source.sensor, sequence))
			})
			.collect()
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

	fn span(&self) -> Span {
		Span {
			round: self.round,
			attempt: 0,
			end: self.round.first + WindowIndex::from(self.terms.window.longest_round()),
		}
	}

	/// What a member's trees are made of. Only the first window of all is real.
	fn leaves(&self, kind: Kind, odd: Odd) -> Vec<H256> {
		let (first, differs) = match kind {
			Kind::Data => (self.window.root(), odd == Odd::Data),
			Kind::Digests => (self.window.digest(), odd == Odd::Digests),
			Kind::Outcomes => (H256::zero(), odd == Odd::Outcomes),
		};
		let windows = self.terms.window.longest_round() as usize;
		let leaf = |number: u8| match kind {
			Kind::Data | Kind::Digests => H256::repeat_byte(number),
			Kind::Outcomes => outcome_leaf(Some(number.into())),
		};
		let mut leaves = vec![leaf(1); windows];
		leaves[0] = if differs { leaf(2) } else { first };
		leaves
	}

	/// The root over these.
	fn root(&self, kind: Kind, odd: Odd) -> H256 {
		kind.root(&self.leaves(kind, odd))
			.expect("they stand for something")
	}

	/// What somebody contributes to a joint signature. The chain does not look at it.
	fn contribution() -> Option<Contribution> {
		Contribution::decode(&mut &[1u8; 160][..]).ok()
	}

	/// The secret of a member is its place.
	fn commitment(&self, place: usize, odd: Odd) -> Commitment {
		let (intermediary, _) = self.parties.members[place];
		let span = self.span();
		let root = |kind| self.root(kind, odd);
		let (outcomes, contribution) = (root(Kind::Outcomes), Self::contribution());
		let blinding = blinding(&span, &[place as u8; 32], &contribution);
		Commitment {
			span,
			intermediary,
			seal: seal(&span, intermediary, &outcomes, &blinding),
			data_root: root(Kind::Data),
			possession: possession(&span, intermediary, &root(Kind::Digests)),
			before: None,
			contribution,
		}
	}

	fn commit(&self, place: usize, odd: Odd) -> Utterance {
		let (_, key) = self.parties.members[place];
		let commitment = self.commitment(place, odd);
		Utterance {
			commit: SignedCommitment {
				signature: self.sign(&key, &commitment),
				commitment,
			},
			reveal: None,
		}
	}

	/// What a member commits to and reveals, to those that made this set of commitments.
	fn reveal(&self, place: usize, odd: Odd, set: H256) -> Utterance {
		let (_, key) = self.parties.members[place];
		let mut said = self.commit(place, odd);
		let mut reveal = Reveal {
			outcomes: self.root(Kind::Outcomes, odd),
			secret: [place as u8; 32],
			commitments: set,
			assent: Assent::plain(Default::default()),
		};
		let settlement = reveal.settlement(said.commitment());
		reveal.assent = Assent::plain(self.sign(&key, &settlement));
		said.reveal = Some(reveal);
		said
	}
}

fn schema<T: Config>(sensor: SensorId) -> Schema {
	T::Directory::sensor_schema(sensor).expect("it is registered")
}

fn bounded<Item: Debug, Bounded: TryFrom<Vec<Item>, Error: Debug>>(items: Vec<Item>) -> Bounded {
	items.try_into().expect("no more than allowed")
}
