//! What members of agreements and sensors say in these tests.

use sp_core::{ed25519, sr25519, H256};
use sp_runtime::transaction_validity::{InvalidTransaction, TransactionValidityError};
use syngraph_primitives::{
	commitment_set, IntermediaryId, ResultValue, SignedMessage, Span, Utterance, WindowIndex,
};
use syngraph_protocol::{path, Showing, Window};
use syngraph_runtime::{Agreements, Balance, Runtime, RuntimeEvent};
use syngraph_test_kit::{
	bounded,
	claims::{Claim, WindowClaim},
	people::{ed25519_key, sign, signed_message},
};
use syngraph_tests::{
	actors::{lock_message, round},
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

/// What a member takes for a window of these messages, and for its result.
pub fn window_of(messages: &[SignedMessage], result: Option<ResultValue>) -> WindowClaim {
	let contents = contents(messages);
	WindowClaim {
		result,
		root: contents.root(),
		digest: contents.digest(),
	}
}

/// What a member takes for a window that there is not.
pub fn made_up(seed: u8) -> WindowClaim {
	WindowClaim {
		result: Some(1),
		root: H256::repeat_byte(seed),
		digest: H256::zero(),
	}
}

/// Who claims something of windows, with which secret.
#[derive(Clone, Copy)]
pub struct Claimant {
	pub member: IntermediaryId,
	pub secret: u8,
}

impl Claimant {
	/// What it claims of these windows of an agreement in the first attempt at their round.
	pub fn claims(
		self,
		chain: &mut Chain,
		agreement: H256,
		first: WindowIndex,
		windows: &[WindowClaim],
	) -> Claim {
		Claim {
			span: Span {
				round: round(chain, agreement, first),
				attempt: 0,
				end: first + windows.len() as u64,
			},
			before: None,
			member: self.member,
			secret: [self.secret; 32],
			windows: windows.to_vec(),
		}
	}
}

/// What both members claim of a window of two messages.
pub fn both(
	chain: &mut Chain,
	actors: &Actors,
	agreement: H256,
	window: WindowIndex,
	result: Option<ResultValue>,
) -> [Claim; 2] {
	let messages = messages(chain.genesis(), actors.lock, 2, window);
	let windows = [window_of(&messages, result)];
	[0, 1].map(|place| {
		let claimant = Claimant {
			member: actors.intermediaries[place],
			secret: place as u8 + 1,
		};
		claimant.claims(chain, agreement, window, &windows)
	})
}

/// What both reveal to each other, each with its key.
pub fn revealed(genesis: H256, claims: &[Claim; 2], keys: [&sr25519::Pair; 2]) -> [Utterance; 2] {
	let set = commitment_set(&claims.each_ref().map(Claim::seal));
	[0, 1].map(|place| claims[place].revealed(keys[place], &genesis, set))
}

/// Puts an utterance on file.
pub fn file(utterance: Utterance) -> Call {
	Call::file {
		utterance: Box::new(utterance),
	}
}

/// A complaint of the first member, which claims something of windows of two messages.
pub fn complain(chain: &Chain, actors: &Actors, claim: &Claim) -> Call {
	let genesis = chain.genesis();
	let head = message(genesis, actors.lock, 2 * claim.span.end - 1);
	Call::complain {
		utterances: bounded(vec![claim.committed(&actors.keys[0], &genesis)]),
		heads: bounded(vec![head]),
		signature: claim.complains(&actors.keys[0], &genesis),
	}
}

/// A report of what two utterances prove.
pub fn report(left: Utterance, right: Utterance) -> Call {
	Call::report {
		left: Box::new(left),
		right: Box::new(right),
	}
}

/// Lays open the roots of the windows that the member at a place claims, which are no more than a block has.
pub fn open(claim: &Claim, place: u8) -> Call {
	let roots = claim.windows.iter().map(|window| window.root);
	Call::open {
		agreement: claim.span.round.agreement,
		place,
		hashes: bounded(roots.collect()),
	}
}

/// Shows the whole of a window that a member committed to, the first one of its round.
pub fn show(genesis: H256, key: &sr25519::Pair, claim: &Claim, messages: &[SignedMessage]) -> Call {
	let round = claim.span.round;
	let roots: Vec<_> = claim.windows.iter().map(|window| window.root).collect();
	let showing = Showing {
		round,
		window: round.first,
		intermediary: claim.member,
		root: roots[0],
		path: path(&roots, 0).expect("there is a window"),
		position: 0,
		messages: Showing::hash(messages),
		rest: Default::default(),
	};
	Call::show {
		signature: sign(key, &genesis, &showing),
		showing,
		messages: bounded(messages.to_vec()),
	}
}

/// Applies a call that brings its own authorisation, in a block of its own.
pub fn apply(chain: &mut Chain, call: impl Into<syngraph_runtime::RuntimeCall>) {
	assert_eq!(chain.block(vec![general(call)]), vec![Ok(Ok(()))]);
}

/// The open dispute of an agreement.
pub fn dispute(chain: &mut Chain, agreement: H256) -> Option<pallet_disputes::DisputeOf<Runtime>> {
	chain.read(|| pallet_disputes::Disputes::<Runtime>::get(agreement))
}

/// Has a dispute judged once its deadline has passed.
pub fn judge(chain: &mut Chain, agreement: H256) {
	let open = dispute(chain, agreement).expect("it is open");
	chain.run_to(open.docket.deadline);
	apply(chain, Call::judge { agreement });
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

/// How many windows are decided.
pub fn settled(chain: &mut Chain, agreement: H256) -> WindowIndex {
	let known = chain.agreement(&agreement);
	known.map_or(0, |agreement| agreement.progress.base)
}

/// What the windows came to that are kept, in order.
pub fn outcomes(chain: &mut Chain, agreement: H256) -> Vec<Option<ResultValue>> {
	let rounds = chain.read(|| Agreements::last_rounds(&agreement));
	let outcomes = rounds.iter().flat_map(|round| round.outcomes.iter());
	outcomes.collect()
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
