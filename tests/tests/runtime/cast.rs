//! What members of agreements and sensors say in these tests.

use sp_core::{ed25519, sr25519, H256};
use sp_runtime::transaction_validity::{InvalidTransaction, TransactionValidityError};
use syngraph_primitives::{
	commitment_set, Commitment, IntermediaryId, ResultValue, Reveal, RosterNumber, SignedMessage,
	SignedStatement, Statement, WindowIndex,
};
use syngraph_protocol::{settlement_of, Revealed, Showing, Utterance, Window};
use syngraph_runtime::{Balance, Runtime, RuntimeEvent};
use syngraph_test_kit::{
	bounded,
	claims::Claim,
	people::{ed25519_key, sign as sign_payload, signed_message, signed_statement},
};
use syngraph_tests::{
	actors::{lock_message, version},
	chain::general,
	Actors, Chain,
};

type Call = pallet_disputes::Call<Runtime>;

/// The lock's key.
pub fn lock_key() -> ed25519::Pair {
	ed25519_key(9)
}

/// What a lock says: unlocked and locked again, each rental longer than the last, and each message `late` by so
/// many milliseconds.
pub fn message_of(
	genesis: H256,
	lock: u64,
	key: &ed25519::Pair,
	sequence: u64,
	late: u64,
) -> SignedMessage {
	let rental = sequence / 2;
	let seconds = rental * 10_000 + sequence % 2 * (60 + rental);
	let message = lock_message(lock, sequence, seconds * 1_000 + late);
	signed_message(key, &genesis, message)
}

/// What the lock says.
pub fn message(genesis: H256, lock: u64, sequence: u64) -> SignedMessage {
	message_of(genesis, lock, &lock_key(), sequence, 0)
}

/// The messages of a window of so many.
pub fn messages(genesis: H256, lock: u64, size: u64, window: WindowIndex) -> Vec<SignedMessage> {
	let numbers = window * size..(window + 1) * size;
	numbers
		.map(|sequence| message(genesis, lock, sequence))
		.collect()
}

/// What a window of these messages is.
pub fn contents(messages: &[SignedMessage]) -> Window {
	Window::new(messages.iter().map(|signed| &signed.message))
}

/// Signs a statement.
pub fn sign(genesis: H256, key: &sr25519::Pair, statement: Statement) -> SignedStatement {
	signed_statement(key, &genesis, statement)
}

/// Who commits to what.
pub struct Promise {
	pub agreement: H256,
	pub window: WindowIndex,
	pub roster: RosterNumber,
	pub member: IntermediaryId,
	pub result: Option<ResultValue>,
	pub secret: u8,
}

impl Promise {
	fn claim(&self, chain: &mut Chain, root: H256, digest: H256) -> Claim {
		Claim {
			agreement: self.agreement,
			window: self.window,
			roster: self.roster,
			version: version(chain, self.agreement, self.window),
			member: self.member,
			result: self.result,
			secret: [self.secret; 32],
			root,
			digest,
		}
	}

	/// The commitment to a window with this root and digest.
	pub fn to(&self, chain: &mut Chain, root: H256, digest: H256) -> Commitment {
		self.claim(chain, root, digest).commitment()
	}

	/// The commitment to a window of these messages.
	pub fn to_window(&self, chain: &mut Chain, messages: &[SignedMessage]) -> Commitment {
		let contents = contents(messages);
		self.to(chain, contents.root(), contents.digest())
	}
}

/// What a member says about a window.
pub struct Said {
	pub commit: Commitment,
	pub reveal: Reveal,
}

impl Said {
	/// Its reveal, signed, with its assent.
	pub fn revealed(&self, genesis: H256, key: &sr25519::Pair) -> Revealed {
		let settlement = settlement_of(&self.commit, &self.reveal);
		Revealed {
			statement: sign(genesis, key, Statement::Reveal(self.reveal.clone())),
			settlement: settlement.map(|what| sign_payload(key, &genesis, &what)),
		}
	}
}

/// What both members say about a window of two messages.
pub fn both(
	chain: &mut Chain,
	actors: &Actors,
	agreement: H256,
	window: WindowIndex,
	result: Option<ResultValue>,
) -> [Said; 2] {
	let contents = contents(&messages(chain.genesis(), actors.lock, 2, window));
	let claims = [0, 1].map(|place| {
		let promise = Promise {
			agreement,
			window,
			roster: 0,
			member: actors.intermediaries[place],
			result,
			secret: place as u8 + 1,
		};
		promise.claim(chain, contents.root(), contents.digest())
	});
	let set = commitment_set(&[claims[0].seal(), claims[1].seal()]);
	claims.map(|claim| Said {
		commit: claim.commitment(),
		reveal: claim.reveal(set),
	})
}

/// Puts a statement on file.
pub fn file(statement: SignedStatement, assent: Option<sr25519::Signature>) -> Call {
	Call::file {
		statement: Box::new(statement),
		assent,
	}
}

/// A complaint of the first member about a window.
pub fn complain(chain: &Chain, actors: &Actors, window: WindowIndex, said: &Said) -> Call {
	let genesis = chain.genesis();
	let head = message(genesis, actors.lock, 2 * window + 1);
	let commit = Statement::Commit(said.commit.clone());
	Call::complain {
		utterance: Box::new(Utterance {
			commit: sign(genesis, &actors.keys[0], commit),
			reveal: None,
		}),
		heads: bounded(vec![head]),
	}
}

/// A report of two commitments, with what shows that the window has been sent.
pub fn report(
	genesis: H256,
	left: (&sr25519::Pair, Commitment),
	right: (&sr25519::Pair, Commitment),
	heads: Vec<SignedMessage>,
) -> Call {
	let signed = |(key, commit): (&sr25519::Pair, Commitment)| {
		Box::new(sign(genesis, key, Statement::Commit(commit)))
	};
	Call::report {
		left: signed(left),
		right: signed(right),
		heads: bounded(heads),
	}
}

/// Shows the whole of a window that a member committed to.
pub fn show(
	genesis: H256,
	key: &sr25519::Pair,
	commit: &Commitment,
	messages: &[SignedMessage],
) -> Call {
	let showing = Showing {
		agreement: commit.agreement,
		window: commit.window,
		roster: commit.roster,
		version: commit.version,
		intermediary: commit.intermediary,
		root: contents(messages).root(),
		position: 0,
		messages: Showing::hash(messages),
		rest: Default::default(),
	};
	Call::show {
		signature: sign_payload(key, &genesis, &showing),
		showing,
		messages: bounded(messages.to_vec()),
	}
}

/// Applies a call that brings its own authorisation, in a block of its own.
pub fn apply(chain: &mut Chain, call: impl Into<syngraph_runtime::RuntimeCall>) {
	assert_eq!(chain.block(vec![general(call)]), vec![Ok(Ok(()))]);
}

/// Has a dispute judged once its deadline has passed.
pub fn judge(chain: &mut Chain, agreement: H256, window: WindowIndex) {
	let open = chain.read(|| pallet_disputes::Disputes::<Runtime>::get(agreement));
	chain.run_to(open.expect("it is open").docket.deadline);
	apply(chain, Call::judge { agreement, window });
}

/// The number with which something was refused.
pub fn code<T: std::fmt::Debug>(result: &Result<T, TransactionValidityError>) -> Option<u8> {
	match result {
		Err(TransactionValidityError::Invalid(InvalidTransaction::Custom(code))) => Some(*code),
		_ => None,
	}
}

/// What an intermediary can be liable with.
pub fn bond(chain: &mut Chain, id: IntermediaryId) -> Balance {
	chain.read(|| {
		let record = pallet_registry::Intermediaries::<Runtime>::get(id);
		record.expect("it is registered").bond
	})
}

/// How many results have settled.
pub fn settled(chain: &mut Chain, agreement: H256) -> usize {
	chain.read(|| pallet_agreements::Results::<Runtime>::iter_prefix(agreement).count())
}

/// Who was proven wrong in the last block.
pub fn convicted(chain: &mut Chain) -> Vec<IntermediaryId> {
	let events = chain.events().into_iter();
	events
		.filter_map(|event| match event {
			RuntimeEvent::Disputes(pallet_disputes::Event::Convicted { intermediary, .. }) => {
				Some(intermediary)
			},
			_ => None,
		})
		.collect()
}
