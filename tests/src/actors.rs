//! Who takes part in the tests, and what they sign.

use sp_core::{crypto::Pair as _, sr25519, H256};
use sp_keyring::Sr25519Keyring;
use sp_runtime::{ApplyExtrinsicResult, MultiSignature};
use syngraph_primitives::{
	AgreementId, Agreements as _, Amount, Heartbeat, IntermediaryId, Message, Offer, Outcomes,
	Progress, QualityOfService, ResultValue, Role, RoundId, RoundTerms, Schema, SensorId, Sequence,
	Source, Step, Terms, TimeLimits, Timestamp, Value, VariableType, WindowIndex,
	MAX_WINDOW_MESSAGES,
};
use syngraph_protocol::Proof;
use syngraph_runtime::{
	AccountId, Agreements, Balance, BlockNumber, Runtime, RuntimeEvent, UncheckedExtrinsic, DAYS,
	SYN,
};
use syngraph_test_kit::{
	bounded, bytes,
	people::{ed25519_key, key_proof, sign, sr25519_key},
	pipeline,
	proofs::singly,
	schema,
	terms::{self as kit, transfer},
};

use crate::{chain::general, Chain};

type AgreementsCall = pallet_agreements::Call<Runtime>;
type RegistryCall = pallet_registry::Call<Runtime>;

/// The terms of agreements on the real chain.
pub type ChainTerms = Terms<AccountId, Balance, BlockNumber>;

/// Two users, a lock of the first, and an intermediary for each.
pub struct Actors {
	/// Owns the lock and pays.
	pub rental: sr25519::Pair,
	/// Is paid.
	pub insurer: sr25519::Pair,
	/// The operators' accounts.
	pub operators: [sr25519::Pair; 2],
	/// The intermediaries' keys.
	pub keys: [sr25519::Pair; 2],
	/// The intermediaries.
	pub intermediaries: [IntermediaryId; 2],
	/// The lock.
	pub lock: SensorId,
}

/// The account of a key.
pub fn account(pair: &sr25519::Pair) -> AccountId {
	AccountId::from(pair.public())
}

/// A name.
pub fn name(text: &str) -> sp_runtime::BoundedVec<u8, sp_core::ConstU32<32>> {
	bytes(text)
}

/// What a lock declares.
pub fn lock_schema() -> Schema {
	schema("lock", &[("locked", VariableType::Bool)])
}

/// What a lock says: that it is unlocked with an even number, that it is locked with an odd one.
pub fn lock_message(lock: SensorId, sequence: Sequence, timestamp: Timestamp) -> Message {
	Message {
		sensor: lock,
		kind: lock_schema().kind,
		sequence,
		timestamp,
		values: bounded(vec![Value::Bool(sequence % 2 == 1)]),
	}
}

impl Actors {
	/// Registers all of them.
	pub fn register(chain: &mut Chain) -> Self {
		let [rental, insurer] = [Sr25519Keyring::Dave, Sr25519Keyring::Eve].map(|who| who.pair());
		let operators = [Sr25519Keyring::Ferdie, Sr25519Keyring::One].map(|who| who.pair());
		let keys = [1, 2].map(sr25519_key);
		for (user, text) in [(&rental, "rental"), (&insurer, "insurer")] {
			let call = RegistryCall::register_user {
				name: name(text),
				signer: account(user),
				proof: None,
			};
			chain.call(user, call).expect("the user registers");
		}
		let lock = register_lock(chain, &rental, 9);
		let mut intermediaries = [0; 2];
		for ((operator, key), id) in operators.iter().zip(&keys).zip(&mut intermediaries) {
			*id = register_intermediary(chain, operator, key);
		}
		Self {
			rental,
			insurer,
			operators,
			keys,
			intermediaries,
			lock,
		}
	}
}

/// Registers a lock whose key comes from `seed`.
pub fn register_lock(chain: &mut Chain, owner: &sr25519::Pair, seed: u8) -> SensorId {
	let key = ed25519_key(seed);
	let sensor = pallet_registry::NewSensor {
		schema: lock_schema(),
		key: key.public(),
		proof: key_proof(&key, &chain.genesis(), Role::Sensor, &account(owner)),
	};
	let sensors = bounded(vec![sensor]);
	let events = chain
		.call(owner, RegistryCall::register_sensors { sensors })
		.expect("the lock registers");
	events
		.iter()
		.find_map(|event| match event {
			RuntimeEvent::Registry(pallet_registry::Event::SensorRegistered { sensor, .. }) => {
				Some(*sensor)
			},
			_ => None,
		})
		.expect("there is an event")
}

/// Registers an intermediary.
pub fn register_intermediary(
	chain: &mut Chain,
	operator: &sr25519::Pair,
	key: &sr25519::Pair,
) -> IntermediaryId {
	let (genesis, owner) = (chain.genesis(), account(operator));
	let call = RegistryCall::register_intermediary {
		key: key.public(),
		proof: key_proof(key, &genesis, Role::Intermediary, &owner),
		endpoint: Default::default(),
		bond: 100 * SYN,
	};
	let events = chain
		.call(operator, call)
		.expect("the intermediary registers");
	let intermediary = events
		.iter()
		.find_map(|event| match event {
			RuntimeEvent::Registry(pallet_registry::Event::IntermediaryRegistered {
				intermediary,
				..
			}) => Some(*intermediary),
			_ => None,
		})
		.expect("there is an event");
	let offer = RegistryCall::publish_offer {
		intermediary,
		offer: offer(),
	};
	chain.call(operator, offer).expect("the offer is sound");
	assert_eq!(beat(chain, intermediary, key), Ok(Ok(())));
	intermediary
}

/// An offer that most terms of the tests fit.
pub fn offer() -> Offer<AccountId, Balance, BlockNumber> {
	Offer {
		reward: SYN / 1_000,
		retainer: 0,
		spare_retainer: 0,
		penalty: 100 * SYN,
		absence_fee: SYN,
		window_messages: MAX_WINDOW_MESSAGES,
		duration: DAYS,
		notice: DAYS,
		answer: 1,
		agreements: 100,
		agreements_per_user: 100,
		qualities: bounded(vec![QualityOfService::NoProof]),
		users: None,
	}
}

/// What shows that an intermediary is alive.
pub fn heartbeat(
	chain: &Chain,
	intermediary: IntermediaryId,
	key: &sr25519::Pair,
) -> UncheckedExtrinsic {
	let at = chain.number();
	let signature = sign(key, &chain.genesis(), &Heartbeat { intermediary, at });
	let call = RegistryCall::heartbeat {
		intermediary,
		at,
		signature,
	};
	general(call)
}

/// An intermediary shows that it is alive.
pub fn beat(
	chain: &mut Chain,
	intermediary: IntermediaryId,
	key: &sr25519::Pair,
) -> ApplyExtrinsicResult {
	let heartbeat = heartbeat(chain, intermediary, key);
	chain.block(vec![heartbeat]).remove(0)
}

/// Terms by which the insurer gets a thousandth of a SYN per second of rental.
pub fn agreement_terms(chain: &Chain, actors: &Actors) -> ChainTerms {
	let party = |user: &sr25519::Pair, place: usize, escrow| {
		kit::party(account(user), &[actors.intermediaries[place]], &[], escrow)
	};
	let function = r#"{
		"take": {"durations": {"variable": "locked", "from": false, "to": true, "unit": "second"}},
		"aggregate": "sum",
		"emit_if": {"at_least": 1}
	}"#;
	let users = vec![
		party(&actors.rental, 0, 1_000 * SYN),
		party(&actors.insurer, 1, 10 * SYN),
	];
	let source = Source {
		sensor: actors.lock,
		start: 0,
	};
	let pay = transfer(Amount::PerUnit {
		rate: SYN / 1_000,
		at_most: 100 * SYN,
	});
	let log = Step::Log {
		label: bytes("rental seconds"),
	};
	Terms {
		function: pipeline(function),
		reaction: bounded(vec![pay, log]),
		reward: SYN / 100,
		penalty: 10 * SYN,
		absence_fee: SYN / 100,
		// More are kept than settle in most tests.
		rounds: RoundTerms {
			kept: 16,
			..kit::rounds()
		},
		limits: TimeLimits {
			sign_by: chain.number() + 20,
			starts_at: chain.number() + 1,
			ends_at: chain.number() + 100,
			// At once, so that a block shows all that a settlement brings about.
			payout: 0,
			answer: 24,
			..kit::limits()
		},
		..kit::terms(users, vec![source])
	}
}

/// Gives an account enough to be an operator.
pub fn endow(chain: &mut Chain, who: &sr25519::Pair) {
	let call = pallet_balances::Call::<Runtime>::transfer_keep_alive {
		dest: account(who).into(),
		value: 1_000 * SYN,
	};
	let rich = Sr25519Keyring::Alice.pair();
	chain.call(&rich, call).expect("it has enough");
}

/// Brings an agreement into force.
pub fn enter(chain: &mut Chain, actors: &Actors, terms: ChainTerms) -> AgreementId {
	let agreement = terms.id(&chain.genesis());
	chain
		.call(&actors.rental, AgreementsCall::propose { terms })
		.expect("the rental proposes");
	chain
		.call(&actors.insurer, AgreementsCall::sign { agreement })
		.expect("the insurer signs");
	agreement
}

/// Signs terms off-chain.
pub fn sign_terms(chain: &Chain, terms: &ChainTerms, user: &sr25519::Pair) -> MultiSignature {
	sign(user, &chain.genesis(), terms).into()
}

/// The round of an agreement that begins with a window, under the roster and with what is known of the sensors now.
pub fn round(chain: &mut Chain, agreement: AgreementId, first: WindowIndex) -> RoundId {
	chain.read(|| {
		let roster = Agreements::roster(&agreement).unwrap_or_default();
		let progress = Progress {
			base: first,
			..Agreements::progress(&agreement).unwrap_or_default()
		};
		let version = Agreements::version(&agreement).unwrap_or_default();
		RoundId::new(agreement, &roster, &progress, version)
	})
}

/// The proof of computation that both intermediaries make for the outcomes of a round.
pub fn proof(
	chain: &mut Chain,
	actors: &Actors,
	agreement: AgreementId,
	first: WindowIndex,
	outcomes: &[Option<ResultValue>],
) -> Proof {
	let outcomes = Outcomes::new(outcomes.iter().copied());
	let mut proof = Proof {
		attempt: 0,
		outcomes: outcomes.expect("a round can have so many"),
		data_root: H256::repeat_byte(7),
		blindings: bounded(vec![[1; 12], [2; 12]]),
		assents: singly(Vec::new()),
	};
	let round = round(chain, agreement, first);
	let settlement = proof.settlement(&round, &actors.intermediaries);
	let signatures = actors.keys.iter();
	let signatures = signatures.map(|key| sign(key, &chain.genesis(), &settlement));
	proof.assents = singly(signatures.collect());
	proof
}
