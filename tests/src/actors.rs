//! Who takes part in the tests, and what they sign.

use sp_core::{crypto::Pair as _, ed25519, sr25519, H256};
use sp_keyring::Sr25519Keyring;
use sp_runtime::{ApplyExtrinsicResult, MultiSignature};
use syngraph_primitives::{
	Agreements as _, Amount, Function, Heartbeat, IntermediaryId, KeyProof, MessageEncoding, Offer,
	OnFailure, Party, Payload, QualityOfService, ResultValue, Role, Schema, SensorId, Source,
	SourceVersion, Step, Terms, TimeLimits, Variable, VariableType, WindowIndex, WindowShape,
	MAX_WINDOW_MESSAGES,
};
use syngraph_protocol::Proof;
use syngraph_runtime::{
	AccountId, Agreements, Balance, BlockNumber, Runtime, RuntimeEvent, UncheckedExtrinsic, DAYS,
	SYN,
};

use crate::{chain::general, Chain};

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
	text.as_bytes().to_vec().try_into().expect("it is short")
}

/// What a lock declares.
pub fn lock_schema() -> Schema {
	Schema {
		kind: name("lock"),
		variables: vec![Variable {
			name: name("locked"),
			ty: VariableType::Bool,
		}]
		.try_into()
		.expect("one is allowed"),
		encoding: MessageEncoding::Scale,
	}
}

impl Actors {
	/// Registers all of them.
	pub fn register(chain: &mut Chain) -> Self {
		let [rental, insurer] = [Sr25519Keyring::Dave, Sr25519Keyring::Eve].map(|who| who.pair());
		let operators = [Sr25519Keyring::Ferdie, Sr25519Keyring::One].map(|who| who.pair());
		let keys = [1, 2].map(|seed| sr25519::Pair::from_seed(&[seed; 32]));
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
	let key = ed25519::Pair::from_seed(&[seed; 32]);
	let claim = KeyProof {
		role: Role::Sensor,
		owner: account(owner),
	};
	let sensor = pallet_registry::NewSensor {
		schema: lock_schema(),
		key: key.public(),
		proof: key.sign(&claim.signing_bytes(&chain.genesis())),
	};
	let sensors = vec![sensor].try_into().expect("one is allowed");
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
	let claim = KeyProof {
		role: Role::Intermediary,
		owner: account(operator),
	};
	let call = RegistryCall::register_intermediary {
		key: key.public(),
		proof: key.sign(&claim.signing_bytes(&chain.genesis())),
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
		qualities: vec![QualityOfService::NoProof]
			.try_into()
			.expect("one is allowed"),
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
	let heartbeat = Heartbeat { intermediary, at };
	let signature = key.sign(&heartbeat.signing_bytes(&chain.genesis()));
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
	let party = |user: &sr25519::Pair, intermediary, escrow| Party {
		user: account(user),
		intermediaries: vec![intermediary].try_into().expect("one is allowed"),
		spares: Default::default(),
		escrow,
	};
	let function = br#"{
		"take": {"durations": {"variable": "locked", "from": false, "to": true, "unit": "second"}},
		"aggregate": "sum",
		"emit_if": {"at_least": 1}
	}"#;
	Terms {
		users: vec![
			party(&actors.rental, actors.intermediaries[0], 1_000 * SYN),
			party(&actors.insurer, actors.intermediaries[1], 10 * SYN),
		]
		.try_into()
		.expect("two are allowed"),
		sensors: vec![Source {
			sensor: actors.lock,
			start: 0,
		}]
		.try_into()
		.expect("one is allowed"),
		window: WindowShape { size: 2, slide: 2 },
		function: Function::Pipeline(function.to_vec().try_into().expect("it is short")),
		quality_of_service: QualityOfService::NoProof,
		reaction: vec![
			Step::Transfer {
				from: 0,
				to: 1,
				amount: Amount::PerUnit {
					rate: SYN / 1_000,
					at_most: 100 * SYN,
				},
			},
			Step::Log {
				label: b"rental seconds".to_vec().try_into().expect("it is short"),
			},
		]
		.try_into()
		.expect("two are allowed"),
		reward: SYN / 100,
		retainer: 0,
		spare_retainer: 0,
		penalty: 10 * SYN,
		absence_fee: SYN / 100,
		on_failure: OnFailure::GoOn,
		limits: TimeLimits {
			sign_by: chain.number() + 20,
			starts_at: chain.number() + 1,
			ends_at: chain.number() + 100,
			notice: 5,
			retention: 10,
			answer: 24,
			drift: u64::MAX,
		},
		nonce: 0,
	}
}

/// Signs terms off-chain.
pub fn sign_terms(chain: &Chain, terms: &ChainTerms, user: &sr25519::Pair) -> MultiSignature {
	user.sign(&terms.signing_bytes(&chain.genesis())).into()
}

/// The version of a window's sources.
pub fn version(chain: &mut Chain, agreement: H256, window: WindowIndex) -> SourceVersion {
	let version = chain.read(|| Agreements::version(&agreement, window));
	version.expect("the window can settle")
}

/// The proof of computation that both intermediaries make for a result.
pub fn proof(
	chain: &mut Chain,
	actors: &Actors,
	agreement: H256,
	window: WindowIndex,
	result: ResultValue,
) -> Proof {
	let secrets = vec![[1; 32], [2; 32]].try_into().expect("two are allowed");
	let root = H256::repeat_byte(7);
	let mut proof = Proof {
		result,
		root,
		secrets,
		signatures: Default::default(),
		former: 0,
	};
	let version = chain.read(|| Agreements::version(&agreement, window));
	let version = version.unwrap_or_default();
	let bytes = proof
		.settlement(&agreement, window, 0, version, &actors.intermediaries)
		.signing_bytes(&chain.genesis());
	for key in &actors.keys {
		proof
			.signatures
			.try_push(key.sign(&bytes))
			.expect("two are allowed");
	}
	proof
}
