//! Where cases are played: an agreement of two users about a lock, and so many intermediaries.

use std::collections::BTreeSet;

use crate::cases::{Case, Expect};
use pallet_agreements::{Agreements, EndReason, Event, Pallet, Phase};
use pallet_registry::Intermediaries;
use sp_core::{sr25519, H256};
use syngraph_primitives::{
	BlockNumber, IntermediaryId, Message, ResultValue, RoundTerms, SignedMessage, WindowIndex,
};
use syngraph_protocol::{Fault, Session};
use syngraph_runtime::{AccountId, Balance, Runtime, RuntimeEvent, SYN};
use syngraph_test_kit::{
	people::{ed25519_key, signed_message, sr25519_key},
	Memory,
};
use syngraph_tests::{
	actors::{
		account, agreement_terms, endow, enter, lock_message, register_intermediary, ChainTerms,
	},
	Actors, Chain, Network,
};
use syngraph_worker::{session_key, state, store::LocalStore, Record};

type Call = pallet_agreements::Call<Runtime>;

/// How many windows have results, which settle if nobody lies or is silent.
pub const WINDOWS: usize = 3;
/// The window among them in which the lock is locked again at once: its result is null.
pub const NULL: WindowIndex = 2;
/// How many windows the lock's messages fill.
const ALL_WINDOWS: u64 = WINDOWS as u64 + 1;
/// How many results a round has at most, so that it takes two of two windows each.
pub const MOST: u32 = 2;
/// How many blocks members have to answer.
pub const ANSWER: BlockNumber = 24;
/// For how many blocks the agreement is in force.
const DURATION: BlockNumber = 500;

/// What the lock says.
pub struct Data {
	pub genesis: H256,
	pub lock: u64,
}

impl Data {
	/// Unlocked and locked again, each rental longer than the last; `late` by so many seconds.
	pub fn message(&self, sequence: u64, late: u64) -> SignedMessage {
		let rental = sequence / 2;
		let length = if rental == NULL {
			0
		} else {
			60 + rental + late
		};
		let seconds = rental * 10_000 + sequence % 2 * length;
		self.sign(lock_message(self.lock, sequence, seconds * 1_000), 9)
	}

	/// Signs a message with the key of a seed.
	pub fn sign(&self, message: Message, seed: u8) -> SignedMessage {
		signed_message(&ed25519_key(seed), &self.genesis, message)
	}

	pub fn messages(&self, late: u64) -> Vec<SignedMessage> {
		(0..2 * ALL_WINDOWS)
			.map(|sequence| self.message(sequence, late))
			.collect()
	}

	/// The last message of every window.
	pub fn heads(&self) -> Vec<SignedMessage> {
		self.messages(0).into_iter().skip(1).step_by(2).collect()
	}
}

/// What became of a case.
#[derive(Debug, Default)]
pub struct Outcome {
	pub settled: usize,
	/// In how many rounds.
	pub rounds: usize,
	/// The windows that settled with something that is not true.
	pub wrong: Vec<WindowIndex>,
	/// The windows on which the chain ruled.
	pub ruled: Vec<WindowIndex>,
	/// Those that were rewarded after they were proven wrong. What settles is paid at once here.
	pub rewarded: BTreeSet<usize>,
	pub convicted: BTreeSet<(usize, Name)>,
	pub absent: BTreeSet<usize>,
	pub sensor: bool,
	/// Whether the agreement ended because it could not go on without those that failed.
	pub failure: bool,
	/// Whether somebody lacked messages, and said so on chain.
	pub lacked: bool,
	/// Whether what no member brings about has happened.
	pub happened: bool,
	/// What is still held for the agreement at the end.
	pub bound: Balance,
	/// Those that neither lied nor were silent and have less than before.
	pub honest_losses: Vec<usize>,
}

/// A fault, by its name.
pub type Name = String;

/// An agreement and its intermediaries.
pub struct Scene {
	pub network: Network,
	pub data: Data,
	pub agreement: H256,
	pub actors: Actors,
	/// The operators' keys, by place.
	pub operators: Vec<sr25519::Pair>,
	pub intermediaries: Vec<(IntermediaryId, AccountId)>,
	/// Whether what happens only once has happened.
	pub happened: bool,
	/// What was on the disk of the first member at first.
	pub backup: Memory,
	/// The window of which a message was found not to count, if there is one.
	pub void: Option<WindowIndex>,
	/// The agreements of others, and who works for them.
	pub others: Option<(Vec<H256>, Actors)>,
	/// Those that do not follow the protocol.
	liars: BTreeSet<usize>,
	deadline: BlockNumber,
	wealth: Vec<Balance>,
}

/// Those that work for an agreement, with their keys, and their operators.
type Cast = (Vec<(IntermediaryId, sr25519::Pair)>, Vec<sr25519::Pair>);

impl Scene {
	/// A scene with so many intermediaries, each user naming half of them, and as many spares as the case asks
	/// for. If it is split, the lock tells those at odd places something else.
	pub fn new(size: usize, case: &Case, liars: &BTreeSet<usize>) -> Self {
		let mut chain = Chain::new();
		let actors = Actors::register(&mut chain);
		let (members, operators) = Self::cast(&mut chain, &actors, size + case.spares);
		let terms = Self::terms(&chain, &actors, &members, size, case);
		if case.exact {
			Self::unbond(&mut chain, &members, &operators, 100 * SYN - terms.penalty);
		}
		let agreement = terms.id(&chain.genesis());
		// The longest dispute begins when the last round could have settled.
		let longest = 6 + 2 * (size as BlockNumber - 1);
		let deadline = terms.limits.ends_at + (1 + longest) * ANSWER;
		let data = Data {
			genesis: chain.genesis(),
			lock: actors.lock,
		};
		Self::enter(&mut chain, &actors, terms, case);
		let ids = members.iter().map(|(id, _)| *id);
		let intermediaries: Vec<_> = ids.zip(operators.iter().map(account)).collect();
		let network = Network::new(chain, &members);
		for (place, member) in network.members.iter().enumerate() {
			if case.withheld && place + 1 == size {
				continue;
			}
			let late = if case.split && place % 2 == 1 { 1 } else { 0 };
			member.machine.receive(&data.messages(late));
		}
		let backup = network.members[0].machine.backup();
		let mut scene = Self {
			network,
			data,
			agreement,
			actors,
			operators,
			intermediaries,
			happened: false,
			backup,
			void: None,
			others: None,
			liars: liars.clone(),
			deadline,
			wealth: Vec::new(),
		};
		let all = 0..scene.intermediaries.len();
		scene.wealth = all.map(|place| scene.wealth_of(place)).collect();
		scene
	}

	fn cast(chain: &mut Chain, actors: &Actors, count: usize) -> Cast {
		let known = actors.intermediaries.into_iter();
		let mut members: Vec<_> = known.zip(actors.keys.clone()).collect();
		let mut operators = actors.operators.to_vec();
		while members.len() < count {
			let seed = members.len() as u8;
			let (key, operator) = (sr25519_key(100 + seed), sr25519_key(200 + seed));
			endow(chain, &operator);
			members.push((register_intermediary(chain, &operator, &key), key));
			operators.push(operator);
		}
		(members, operators)
	}

	fn terms(
		chain: &Chain,
		actors: &Actors,
		members: &[(IntermediaryId, sr25519::Pair)],
		size: usize,
		case: &Case,
	) -> ChainTerms {
		let mut terms = agreement_terms(chain, actors);
		let ids: Vec<_> = members.iter().map(|(id, _)| *id).collect();
		let (named, spares) = ids.split_at(size);
		let (first, second) = named.split_at(size.div_ceil(2));
		for (party, own) in terms.users.iter_mut().zip([first, second]) {
			party.intermediaries = own.to_vec().try_into().expect("so many are allowed");
			party.escrow = 1_000 * SYN;
		}
		terms.users[0].spares = spares.to_vec().try_into().expect("so many are allowed");
		terms.rounds = RoundTerms {
			most: MOST,
			..terms.rounds
		};
		// What a dispute among sixteen costs.
		terms.penalty = 60 * SYN;
		terms.limits.answer = ANSWER;
		terms.limits.ends_at = chain.number() + DURATION;
		(case.terms)(&mut terms);
		terms
	}

	fn unbond(
		chain: &mut Chain,
		members: &[(IntermediaryId, sr25519::Pair)],
		operators: &[sr25519::Pair],
		amount: Balance,
	) {
		for ((intermediary, _), operator) in members.iter().zip(operators) {
			let call = pallet_registry::Call::<Runtime>::unbond {
				intermediary: *intermediary,
				amount,
			};
			chain.call(operator, call).expect("it is free");
		}
	}

	/// Brings the agreement into force, or finds that this cannot be.
	fn enter(chain: &mut Chain, actors: &Actors, terms: ChainTerms, case: &Case) {
		if case.expect != Expect::Refused {
			enter(chain, actors, terms);
			return;
		}
		let agreement = terms.id(&chain.genesis());
		let proposed = chain.call(&actors.rental, Call::propose { terms });
		let signed = proposed.and_then(|_| chain.call(&actors.insurer, Call::sign { agreement }));
		assert!(signed.is_err(), "they cannot be bound");
		let _ = chain.call(&actors.rental, Call::cancel { agreement });
	}

	/// Lets everything happen until the last deadline has passed, or nothing more can happen; when all is
	/// done, the agreement goes on for some blocks.
	pub fn play(mut self, case: &Case) -> Outcome {
		let mut outcome = Outcome::default();
		let mut since = None;
		while self.network.chain.number() <= self.deadline {
			self.network.block();
			self.note(&mut outcome);
			if let Some(happens) = case.happens {
				happens(&mut self);
			}
			let now = self.network.chain.number();
			if self.is_done() {
				let since = *since.get_or_insert(now);
				if now >= since + case.linger {
					self.close();
				}
				if self.has_ended() && self.bound() == 0 {
					break;
				}
			}
		}
		self.close();
		outcome.bound = self.bound();
		outcome.happened = self.happened;
		self.compare(&mut outcome);
		outcome
	}

	/// Ends the agreement as far as that is possible now: by consent before its time, or because its time has come.
	fn close(&mut self) {
		let agreement = self.agreement;
		let users = [self.actors.rental.clone(), self.actors.insurer.clone()];
		let state = self.network.chain.agreement(&agreement);
		let now = self.network.chain.number();
		let Some(Phase::Active { ends, .. }) = state.map(|state| state.phase) else {
			return;
		};
		if now < ends {
			for user in &users {
				// They may have consented before.
				let call = Call::consent_to_end { agreement };
				let _ = self.network.chain.call(user, call);
			}
		} else if now > ends + ANSWER {
			let call = Call::close { agreement };
			let closed = self.network.chain.call(&users[0], call);
			closed.expect("its last block has passed, and the time to settle after it");
		}
	}

	fn has_ended(&mut self) -> bool {
		let id = self.agreement;
		let state = self.network.chain.agreement(&id);
		state.is_none_or(|state| matches!(state.phase, Phase::Ended { .. }))
	}

	/// Whether all windows with results are decided, nothing is in dispute, and nobody who follows the protocol has
	/// anything under way.
	fn is_done(&mut self) -> bool {
		if self.has_ended() {
			return true;
		}
		let id = self.agreement;
		let state = self.network.chain.agreement(&id);
		let state = state.expect("it has not ended");
		let over = matches!(state.phase, Phase::Active { ends, .. } if self.network.chain.number() > ends + ANSWER);
		(over || (state.progress.base >= ALL_WINDOWS && self.is_at_rest())) && !state.is_disputed()
	}

	/// Whether, as far as those know that work and follow the protocol, no round is open.
	fn is_at_rest(&self) -> bool {
		(0..self.intermediaries.len()).all(|place| {
			let works = self.network.members[place].is_up && !self.liars.contains(&place);
			!works
				|| self
					.session(place)
					.is_none_or(|session| session.open_rounds().next().is_none())
		})
	}

	/// What the worker at a place has stored of the protocol's state.
	pub fn session(&self, place: usize) -> Option<Session> {
		let (id, _) = self.intermediaries[place];
		let stored = self.network.members[place]
			.machine
			.get(&session_key(id, &self.agreement));
		let record = state::decode::<Record>(&stored?);
		Some(record.expect("the worker can read it").session)
	}

	/// What is held for the agreement and is not the deposit for its rounds.
	fn bound(&mut self) -> Balance {
		let id = self.agreement;
		let Some(state) = self.network.chain.agreement(&id) else {
			return 0;
		};
		let reserved: Balance = state.funds.iter().sum();
		reserved + Balance::from(state.is_disputed())
	}

	/// The seconds of rental in a window.
	fn truth(&self, window: WindowIndex) -> Option<ResultValue> {
		let ended = window != NULL && self.void != Some(window);
		ended.then_some(60 + ResultValue::from(window))
	}

	/// What the operator has, and has staked, for the one at `place`.
	fn wealth_of(&mut self, place: usize) -> Balance {
		let (id, operator) = self.intermediaries[place].clone();
		let free = self.network.chain.balance(&operator);
		let bond = self
			.network
			.chain
			.read(|| Intermediaries::<Runtime>::get(id).map(|record| record.bond));
		// Those of one operator are told apart by their bonds only.
		let shared = self
			.intermediaries
			.iter()
			.filter(|(_, other)| *other == operator)
			.count() > 1;
		bond.unwrap_or_default() + if shared { 0 } else { free }
	}

	/// The place of an intermediary.
	fn place(&self, id: IntermediaryId) -> Option<usize> {
		let mut known = self.intermediaries.iter();
		known.position(|(known, _)| *known == id)
	}

	/// Notes what happened in the last block.
	fn note(&mut self, outcome: &mut Outcome) {
		for event in self.network.chain.events() {
			match event {
				RuntimeEvent::Disputes(event) => self.note_dispute(event, outcome),
				RuntimeEvent::Agreements(event) => self.note_agreement(event, outcome),
				_ => (),
			}
		}
	}

	fn note_agreement(&self, event: Event<Runtime>, outcome: &mut Outcome) {
		match event {
			Event::Ended {
				agreement,
				reason: EndReason::Failure,
				..
			} => outcome.failure |= agreement == self.agreement,
			Event::Settled {
				agreement,
				first,
				cost: 0,
				..
			} if agreement == self.agreement => outcome.ruled.push(first),
			Event::Rewarded {
				agreement,
				intermediary,
				..
			} if agreement == self.agreement => {
				let place = self.place(intermediary).expect("it is a member");
				let mut convicted = outcome.convicted.iter();
				if convicted.any(|(convicted, _)| *convicted == place) {
					outcome.rewarded.insert(place);
				}
			},
			_ => (),
		}
	}

	fn note_dispute(&self, event: pallet_disputes::Event<Runtime>, outcome: &mut Outcome) {
		use pallet_disputes::Event;
		let place = |id| self.place(id).expect("it is a member");
		match event {
			Event::Convicted {
				intermediary,
				fault,
				..
			} => {
				let fault: Fault = fault;
				let convicted = (place(intermediary), format!("{fault:?}"));
				outcome.convicted.insert(convicted);
			},
			Event::Absent { intermediary, .. } => {
				outcome.absent.insert(place(intermediary));
			},
			Event::SensorAtFault { .. } => outcome.sensor = true,
			Event::Lacked { .. } => outcome.lacked = true,
			_ => (),
		}
	}

	/// Compares the end with the beginning.
	fn compare(&mut self, outcome: &mut Outcome) {
		let id = self.agreement;
		let rounds = self
			.network
			.chain
			.read(|| Pallet::<Runtime>::last_rounds(&id));
		let outcomes = rounds.iter().flat_map(|round| {
			let windows = round.first..;
			windows.zip(round.outcomes.iter())
		});
		let outcomes: Vec<_> = outcomes.collect();
		let results = outcomes.iter().filter(|(_, outcome)| outcome.is_some());
		outcome.settled = results.count();
		outcome.rounds = rounds.len();
		outcome.wrong = outcomes
			.into_iter()
			.filter(|(window, outcome)| self.truth(*window) != *outcome)
			.map(|(window, _)| window)
			.collect();
		for place in 0..self.intermediaries.len() {
			let lied = outcome
				.convicted
				.iter()
				.any(|(convicted, _)| *convicted == place);
			let failed = lied || outcome.absent.contains(&place);
			if !failed && self.wealth_of(place) < self.wealth[place] {
				outcome.honest_losses.push(place);
			}
		}
		let ended = self.network.chain.read(|| Agreements::<Runtime>::get(id));
		assert!(ended.is_none_or(|state| matches!(state.phase, Phase::Ended { .. })));
	}
}
