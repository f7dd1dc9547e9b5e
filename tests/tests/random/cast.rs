//! Who acts, and what can be done next.

use std::collections::BTreeMap;

use pallet_agreements::{AgreementOf, Agreements, Phase, Terms};
use sp_core::{crypto::Pair as _, ed25519, sr25519, H256};
use sp_io::hashing::blake2_256;
use sp_keyring::Sr25519Keyring;
use syngraph_primitives::{
	AgreementId, ClientId, Directory, IntermediaryId, Message, Payload, Role, SignedMessage,
};
use syngraph_runtime::{AccountId, BlockNumber, Registry, Runtime, RuntimeCall, System};
use syngraph_test_kit::people::{key_proof, sign, signed_message};
use syngraph_tests::actors::{account, ChainTerms};

use crate::{agreements, bound, channels, disputes, money, registry, rng::Rng};

/// How many people there are.
const PEOPLE: u64 = 8;
/// How many clients of channels there are.
const CLIENTS: u64 = 4;

/// What happens next.
#[derive(Clone, Debug)]
pub enum Move {
	/// An account signs a call.
	Signed(AccountId, RuntimeCall),
	/// A call that nobody signs.
	General(RuntimeCall),
	/// So many blocks pass.
	Pass(BlockNumber),
}

/// A move that an account signs.
pub fn signed(who: AccountId, call: impl Into<RuntimeCall>) -> Option<Move> {
	Some(Move::Signed(who, call.into()))
}

/// A move that nobody signs.
pub fn general(call: impl Into<RuntimeCall>) -> Option<Move> {
	Some(Move::General(call.into()))
}

/// How often something is tried, and what. It gives nothing if the state has no place for it.
pub type Act = (u64, fn(&mut Cast) -> Option<Move>);

/// All that can be done.
const ACTS: [&[Act]; 6] = [
	registry::ACTS,
	agreements::ACTS,
	bound::ACTS,
	disputes::ACTS,
	channels::ACTS,
	money::ACTS,
];

/// An agreement.
pub struct Deal {
	/// Its name.
	pub id: AgreementId,
	/// Its terms.
	pub terms: ChainTerms,
	/// Its state.
	pub state: AgreementOf<Runtime>,
}

impl Deal {
	/// Whether its last block has not passed.
	pub fn is_in_force(&self) -> bool {
		self.state.phase.check_in_force(now()).is_ok()
	}

	/// Whether rounds can settle, and be disputed.
	pub fn is_settling(&self) -> bool {
		self.settles_at(now())
	}

	/// Whether they can in a block, as far as is known now.
	pub fn settles_at(&self, block: BlockNumber) -> bool {
		let Self { terms, state, .. } = self;
		state.phase.check_settling(&terms.limits, block).is_ok()
	}

	/// Whether it waits for signatures.
	pub fn is_proposed(&self) -> bool {
		matches!(self.state.phase, Phase::Proposed { .. })
	}

	/// Whether it has not ended, though its time may be over.
	pub fn is_active(&self) -> bool {
		matches!(self.state.phase, Phase::Active { .. })
	}

	/// The members and spares that have not left.
	pub fn bound(&self) -> impl Iterator<Item = IntermediaryId> + '_ {
		let named = self.terms.intermediaries().chain(self.terms.spares());
		named.filter(|intermediary| !self.state.left.contains(intermediary))
	}
}

/// The number of the block that is being made.
pub fn now() -> BlockNumber {
	System::block_number()
}

/// The people, and all keys that anybody holds. Everything else is read from the chain.
pub struct Cast {
	/// Decides.
	pub rng: Rng,
	/// The chain.
	pub genesis: H256,
	/// The accounts of those who act.
	pub people: Vec<AccountId>,
	/// Those who sign receipts and have no account.
	pub clients: Vec<ClientId>,
	/// The groups of clients for which channels were opened, by their roots.
	pub groups: BTreeMap<H256, Vec<ClientId>>,
	keys: BTreeMap<[u8; 32], sr25519::Pair>,
	sensor_keys: BTreeMap<[u8; 32], ed25519::Pair>,
}

impl Cast {
	/// Those who act on the chain that `genesis` names.
	pub fn new(genesis: H256, rng: Rng) -> Self {
		let rich = Sr25519Keyring::Alice.pair();
		let mut cast = Self {
			rng,
			genesis,
			people: Vec::new(),
			clients: Vec::new(),
			groups: BTreeMap::new(),
			keys: BTreeMap::from([(rich.public().0, rich)]),
			sensor_keys: BTreeMap::new(),
		};
		cast.people = (0..PEOPLE).map(|_| cast.new_key().0.into()).collect();
		cast.clients = (0..CLIENTS).map(|_| cast.new_key().0.into()).collect();
		cast
	}

	/// What happens next.
	pub fn next(&mut self) -> Move {
		let total: u64 = ACTS
			.iter()
			.copied()
			.flatten()
			.map(|(weight, _)| weight)
			.sum();
		loop {
			let mut left = self.rng.below(total);
			let mut acts = ACTS.iter().copied().flatten();
			let chosen = acts.find(|(weight, _)| {
				let found = left < *weight;
				left = left.saturating_sub(*weight);
				found
			});
			if let Some(next) = chosen.and_then(|(_, act)| act(self)) {
				return next;
			}
		}
	}

	/// Whether this time somebody does what makes no sense.
	pub fn is_careless(&mut self) -> bool {
		self.rng.one_in(12)
	}

	/// Goes on if this makes sense, or by mistake.
	pub fn only_if(&mut self, sense: bool) -> Option<()> {
		(sense || self.is_careless()).then_some(())
	}

	/// Anybody.
	pub fn person(&mut self) -> AccountId {
		self.rng
			.pick(self.people.clone())
			.expect("there are people")
	}

	/// This one, or by mistake anybody.
	pub fn usually(&mut self, who: AccountId) -> AccountId {
		match self.is_careless() {
			true => self.person(),
			false => who,
		}
	}

	/// An agreement of which this holds.
	pub fn deal(&mut self, fits: impl Fn(&Deal) -> bool) -> Option<Deal> {
		let all = Agreements::<Runtime>::iter().filter_map(|(id, state)| {
			let terms = Terms::<Runtime>::get(id)?;
			Some(Deal { id, terms, state })
		});
		self.rng.pick(all.filter(fits))
	}

	/// A user of the terms.
	pub fn user(&mut self, terms: &ChainTerms) -> AccountId {
		let users = terms.users.iter().map(|party| party.user.clone());
		let user = self.rng.pick(users).expect("there are users");
		self.usually(user)
	}

	/// A key that nobody had before.
	pub fn new_key(&mut self) -> sr25519::Public {
		let pair = sr25519::Pair::from_seed(&self.seed());
		self.keys.insert(pair.public().0, pair.clone());
		pair.public()
	}

	/// A key for a sensor that none had before.
	pub fn new_sensor_key(&mut self) -> ed25519::Public {
		let pair = ed25519::Pair::from_seed(&self.seed());
		self.sensor_keys.insert(pair.public().0, pair);
		pair.public()
	}

	fn seed(&mut self) -> [u8; 32] {
		blake2_256(&self.rng.next().to_le_bytes())
	}

	/// The pair of a key.
	pub fn pair(&self, key: &[u8; 32]) -> &sr25519::Pair {
		&self.keys[key]
	}

	/// Signs with a key.
	pub fn sign(&self, key: &[u8; 32], payload: &impl Payload) -> sr25519::Signature {
		sign(self.pair(key), &self.genesis, payload)
	}

	/// Signs that a key belongs to an owner.
	pub fn prove(&self, key: &[u8; 32], role: Role, owner: &AccountId) -> sr25519::Signature {
		key_proof(self.pair(key), &self.genesis, role, owner)
	}

	/// Signs that a sensor's key belongs to an owner.
	pub fn prove_sensor(&self, key: &ed25519::Public, owner: &AccountId) -> ed25519::Signature {
		key_proof(
			&self.sensor_keys[&key.0],
			&self.genesis,
			Role::Sensor,
			owner,
		)
	}

	/// The key by which an intermediary signs now.
	pub fn key_of(&self, intermediary: IntermediaryId) -> Option<[u8; 32]> {
		let record = pallet_registry::Intermediaries::<Runtime>::get(intermediary)?;
		Some(record.keys.at(now())?.0)
	}

	/// The key by which an intermediary signed before it rotated it in the last `lookback` blocks.
	pub fn former_key_of(
		&self,
		intermediary: IntermediaryId,
		lookback: BlockNumber,
	) -> Option<[u8; 32]> {
		let since = now().saturating_sub(lookback);
		let keys = Registry::intermediary_keys(intermediary, since);
		Some(keys.get(1)?.0)
	}

	/// Signs a message with the key that its sensor had for it as was known in a block, or, if it had none any
	/// more, the last one that it had.
	pub fn sign_message(&self, message: Message, known: BlockNumber) -> Option<SignedMessage> {
		let keys = Registry::sensor_keys(message.sensor)?;
		let mut periods = keys.history.periods().iter().rev();
		let last = periods.find(|period| period.from <= message.sequence);
		let key = keys.key_at(message.sequence, known);
		let key = key.or(last.map(|period| &period.key))?;
		let pair = &self.sensor_keys[&key.0];
		Some(signed_message(pair, &self.genesis, message))
	}

	/// The account that has more money than it needs.
	pub fn rich() -> AccountId {
		account(&Sr25519Keyring::Alice.pair())
	}
}
