//! Who takes part in an agreement, and everything that they could sign.

use sp_core::{ed25519, sr25519, H256};
use sp_keyring::Sr25519Keyring;
use syngraph_primitives::{
	AgreementId, Function, GenesisHash, IntermediaryId, Payer, Roster, SensorId, SignedMessage,
	WindowShape,
};
use syngraph_protocol::{Pipeline, Shown, Trace, Window};
use syngraph_runtime::{Runtime, RuntimeEvent, SYN};
use syngraph_test_kit::people::{ed25519_key, signed_message, sr25519_key};
use syngraph_tests::{
	actors::{
		account, agreement_terms, enter, lock_message, lock_schema, register_intermediary,
		ChainTerms,
	},
	Actors, Chain,
};

/// How many windows the lock's messages fill.
pub const WINDOWS: usize = 4;
/// How many messages a window has.
pub const SIZE: usize = 4;
/// What the lock says, and what it says otherwise under the same numbers.
pub const TRACES: usize = 2;

/// The members of an agreement, each with a spare, its users and its sensor.
pub struct Cast {
	/// Stands for the chain in everything that is signed.
	pub genesis: GenesisHash,
	/// The agreement in force.
	pub agreement: AgreementId,
	/// Its terms, for another one that only the first user has signed.
	pub proposed: ChainTerms,
	/// The first user's channel to the second.
	pub channel: H256,
	/// The members of the agreement's first roster, then the spares of each.
	pub intermediaries: Vec<(IntermediaryId, sr25519::Pair)>,
	/// The accounts that sign transactions: the users', then the operators'.
	pub signers: Vec<sr25519::Pair>,
	/// The sensor.
	pub lock: SensorId,
	/// Its key.
	pub key: ed25519::Pair,
	messages: [Vec<SignedMessage>; TRACES],
	shown: [Vec<Shown>; TRACES],
}

impl Cast {
	/// Registers everybody, and puts their agreement in force.
	pub fn introduce(chain: &mut Chain) -> Self {
		let actors = Actors::register(chain);
		let spares = [3u8, 4].map(|seed| {
			let key = sr25519_key(seed);
			let id = register_intermediary(chain, &Sr25519Keyring::Two.pair(), &key);
			(id, key)
		});
		let terms = terms(chain, &actors, spares.each_ref().map(|(id, _)| *id));
		let (agreement, channel) = open(chain, &actors, &terms);
		let mut cast = Self {
			genesis: chain.genesis(),
			agreement,
			proposed: ChainTerms { nonce: 1, ..terms },
			channel,
			intermediaries: std::iter::zip(actors.intermediaries, actors.keys)
				.chain(spares)
				.collect(),
			signers: [actors.rental, actors.insurer]
				.into_iter()
				.chain(actors.operators)
				.chain([Sr25519Keyring::Two.pair()])
				.collect(),
			lock: actors.lock,
			key: ed25519_key(9),
			messages: Default::default(),
			shown: Default::default(),
		};
		cast.messages = [0, 1].map(|late| cast.trace(late));
		let Function::Pipeline(json) = &cast.proposed.function;
		let pipeline = Pipeline::parse(json).expect("it is a function");
		cast.shown = cast.messages.each_ref().map(|trace| {
			let windows = trace.chunks(SIZE);
			windows.map(|window| shown(&pipeline, window)).collect()
		});
		cast
	}

	/// The messages of a window.
	pub fn messages(&self, window: usize, trace: usize) -> &[SignedMessage] {
		&self.messages[trace][window * SIZE..][..SIZE]
	}

	/// What the chain finds when it is shown them. None for a window that is yet to come.
	pub fn shown(&self, window: usize, trace: usize) -> Option<&Shown> {
		self.shown[trace].get(window)
	}

	/// The agreement's roster, as it is or as it was at the beginning.
	pub fn roster(&self, first: bool) -> Roster {
		let current = pallet_agreements::Agreements::<Runtime>::get(self.agreement);
		match current {
			Some(agreement) if !first => agreement.roster,
			_ => {
				let members = self.intermediaries.iter().map(|(id, _)| *id).take(2);
				Roster {
					members: members.collect::<Vec<_>>().try_into().unwrap_or_default(),
					..Default::default()
				}
			},
		}
	}

	/// The key of an intermediary.
	pub fn key_of(&self, intermediary: IntermediaryId) -> &sr25519::Pair {
		let mut all = self.intermediaries.iter();
		let found = all.find(|(id, _)| *id == intermediary);
		found.map_or(&self.intermediaries[0].1, |(_, key)| key)
	}

	/// All messages of the lock, which is unlocked and locked again, `late` by so many seconds.
	fn trace(&self, late: u64) -> Vec<SignedMessage> {
		let message = |sequence: u64| {
			let seconds = 60 * sequence + sequence % 2 * (sequence + late);
			let message = lock_message(self.lock, sequence, 1_000 * seconds);
			signed_message(&self.key, &self.genesis, message)
		};
		(0..(WINDOWS * SIZE) as u64).map(message).collect()
	}
}

/// Terms by which every user names an intermediary and a spare.
fn terms(chain: &Chain, actors: &Actors, spares: [IntermediaryId; 2]) -> ChainTerms {
	let mut terms = agreement_terms(chain, actors);
	for (party, spare) in terms.users.iter_mut().zip(spares) {
		party.spares = vec![spare].try_into().expect("one is allowed");
		party.escrow = 1_000 * SYN;
	}
	terms.window = WindowShape {
		size: SIZE as u32,
		slide: SIZE as u32,
	};
	terms.limits.ends_at = chain.number() + 500;
	terms
}

/// Puts the agreement in force, and opens a channel.
fn open(chain: &mut Chain, actors: &Actors, terms: &ChainTerms) -> (AgreementId, H256) {
	let agreement = enter(chain, actors, terms.clone());
	let open = pallet_channels::Call::<Runtime>::open {
		payee: account(&actors.insurer),
		payer: Payer::Direct,
		funds: 10 * SYN,
		expires: chain.number() + 5_000,
	};
	let events = chain.call(&actors.rental, open).expect("it is opened");
	let channel = events.iter().find_map(|event| match event {
		RuntimeEvent::Channels(pallet_channels::Event::Opened { channel, .. }) => Some(*channel),
		_ => None,
	});
	(agreement, channel.expect("there is an event"))
}

fn shown(pipeline: &Pipeline, signed: &[SignedMessage]) -> Shown {
	let messages: Vec<_> = signed.iter().map(|signed| signed.message.clone()).collect();
	let window = Window::new(&messages);
	let trace = Trace {
		schema: &lock_schema(),
		messages: &messages,
	};
	Shown {
		root: window.root(),
		digest: window.digest(),
		result: pipeline.evaluate(&[trace]),
	}
}
