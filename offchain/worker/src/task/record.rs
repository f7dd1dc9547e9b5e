//! What is stored of an agreement from one run to the next.

use alloc::{
	collections::{BTreeMap, BTreeSet, VecDeque},
	vec::Vec,
};
use codec::{Decode, Encode};
use sp_core::{sr25519, H256};
use sp_io::hashing::blake2_256;
use syngraph_primitives::{BlockNumber, GenesisHash, IntermediaryId, SensorId, WindowIndex};
use syngraph_protocol::{Session, SignedBundle, KEEP};

use super::{served::Served, signatures};
use crate::{
	chunks::Chunks, retention::session_key, state, store::LocalStore, traces::Looked, turns::Name,
};

/// The state of an agreement at an intermediary.
///
/// All of it is stored in one piece: what was verified or taken in counts for the session that it was taken into.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
pub struct Record {
	/// What the protocol knows.
	pub session: Session,
	/// What was verified.
	pub(super) verified: Verified,
	/// The passed-on messages from which nothing more can be learnt as long as none are missing, by the hash of the
	/// publication.
	pub(super) used_up: BTreeSet<H256>,
	/// By what the session last took in the bundles of all peers, see [`super::Task::view`].
	pub(super) view: H256,
	/// Stands for the keys by which what others said was last found to count, see [`super::Task::unhear`].
	pub(super) keys: H256,
	/// Which messages are kept.
	pub(super) needs: Needs,
	/// Of each sensor the messages that were looked through for those that do not count.
	pub(super) looked: BTreeMap<SensorId, Looked>,
	/// What was published of what others lack.
	pub(super) served: Served,
	/// The windows that the session has computed, but for the last ones, which are part of it.
	pub(super) chunks: Chunks,
}

impl Record {
	/// That of a session that has heard nothing yet.
	pub fn new(session: Session) -> Self {
		Self {
			session,
			verified: Verified::default(),
			used_up: BTreeSet::new(),
			view: H256::zero(),
			keys: H256::zero(),
			needs: Needs::default(),
			looked: BTreeMap::new(),
			served: Served::default(),
			chunks: Chunks::default(),
		}
	}

	/// Reads the state of an agreement from its bytes, and its windows from where they are stored. None if it is lost.
	pub(super) fn read(store: &impl LocalStore, name: &Name, bytes: &[u8]) -> Option<Self> {
		let (intermediary, agreement) = name;
		let key = session_key(*intermediary, agreement);
		let mut record: Self = state::interpret(store, &key, bytes)?;
		let windows = record.chunks.read(store, name);
		record.session.lay_back(windows);
		Some(record)
	}

	/// Its bytes, without the windows that are stored apart.
	pub(super) fn bytes(&mut self) -> Vec<u8> {
		let windows = self.session.lift(self.chunks.end());
		let bytes = state::encode(&*self);
		self.session.lay_back(windows);
		bytes
	}
}

/// Removes what is stored of an agreement besides its state. That is still there: it names it.
pub fn forget(store: &impl LocalStore, name: &Name) {
	let (intermediary, agreement) = name;
	let stored = store.get(&session_key(*intermediary, agreement));
	let record = stored.and_then(|bytes| state::decode::<Record>(&bytes).ok());
	if let Some(record) = record {
		record.chunks.remove(store, name);
	}
	signatures::forget(store, name);
}

/// The last bundle of each member and each of its keys whose signatures were verified: a signature costs more than
/// anything else that is done about a bundle, and what a peer says is read from gossip in every run.
#[derive(Clone, Default, PartialEq, Eq, Debug, Encode, Decode)]
pub struct Verified(BTreeMap<(IntermediaryId, sr25519::Public), Known>);

/// What was verified of one bundle.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
struct Known {
	/// The hash of its publication.
	publication: H256,
	/// The hashes of what is signed apart in it: a member says most of it again in its next bundle.
	parts: Vec<H256>,
}

impl Verified {
	/// Whether it is news that a bundle, and all that is said in it, is signed with this key of its author; none if it
	/// is not. `publication` is the hash of what it was read from.
	pub fn check(
		&mut self,
		genesis: &GenesisHash,
		key: &sr25519::Public,
		publication: H256,
		signed: &SignedBundle,
	) -> Option<bool> {
		let place = (signed.bundle.intermediary, *key);
		let known = self.0.get(&place);
		if known.is_some_and(|known| known.publication == publication) {
			return Some(false);
		}
		if !signed.verify(genesis, key) {
			return None;
		}
		let known = known.map_or(&[][..], |known| &known.parts);
		let mut parts = Vec::new();
		for utterance in &signed.bundle.utterances {
			let commit = hash(&utterance.commit);
			let assent = utterance.reveal.as_ref().map(|_| hash(utterance));
			let is_known = |part: &H256| known.contains(part);
			let verified = (is_known(&commit) || utterance.commit.verify(genesis, key))
				&& (assent.as_ref().is_none_or(is_known) || utterance.is_assented(genesis, key));
			if !verified {
				return None;
			}
			parts.extend([commit].into_iter().chain(assent));
		}
		self.0.insert(place, Known { publication, parts });
		Some(true)
	}

	/// Forgets what is signed with keys that do not count any more.
	pub fn retain(&mut self, counts: impl Fn(IntermediaryId, &sr25519::Public) -> bool) {
		self.0.retain(|(author, key), _| counts(*author, key));
	}
}

fn hash(part: &impl Encode) -> H256 {
	H256(blake2_256(&part.encode()))
}

/// The lowest window whose messages were needed, in the last blocks in which that changed: should a block be retracted,
/// they are needed again.
#[derive(Clone, Default, PartialEq, Eq, Debug, Encode, Decode)]
pub struct Needs(VecDeque<(BlockNumber, WindowIndex)>);

impl Needs {
	/// Takes in what is needed in a block.
	pub fn push(&mut self, now: BlockNumber, window: WindowIndex) {
		if self.0.back().is_none_or(|(_, last)| *last != window) {
			self.0.push_back((now, window));
		}
		// The first one counts until the second has done so for long enough.
		let settled = |(at, _): &(BlockNumber, WindowIndex)| at.saturating_add(KEEP) <= now;
		while self.0.get(1).is_some_and(settled) {
			self.0.pop_front();
		}
	}

	/// The block in which messages are not needed any more that are now, if nothing else changes.
	pub fn settles(&self) -> Option<BlockNumber> {
		let (at, _) = self.0.get(1)?;
		Some(at.saturating_add(KEEP))
	}

	/// The lowest window whose messages are kept.
	pub fn lowest(&self) -> Option<WindowIndex> {
		self.0.iter().map(|(_, window)| *window).min()
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use sp_core::Pair;
	use syngraph_primitives::{
		Commitment, Payload, RoundId, SignedCommitment, SourceVersion, Span, Utterance,
	};
	use syngraph_protocol::Bundle;

	fn pair(seed: u8) -> sr25519::Pair {
		sr25519::Pair::from_seed(&[seed; 32])
	}

	/// What member 7 says, signed, with a commitment that is not.
	fn bundle(ready: WindowIndex) -> SignedBundle {
		let commitment = Commitment {
			span: Span {
				round: RoundId {
					agreement: H256::zero(),
					roster: 0,
					first: 0,
					version: SourceVersion::bare(0),
					lineup: H256::zero(),
				},
				attempt: 0,
				end: 1,
			},
			intermediary: 7,
			seal: H256::zero(),
			data_root: H256::zero(),
			possession: H256::zero(),
			before: None,
			contribution: None,
		};
		let bundle = Bundle {
			agreement: H256::zero(),
			intermediary: 7,
			roster: 0,
			ready,
			utterances: vec![Utterance {
				commit: SignedCommitment {
					commitment,
					signature: sr25519::Signature::default(),
				},
				reveal: None,
			}],
			asks: Vec::new(),
		};
		signed(bundle)
	}

	fn signed(bundle: Bundle) -> SignedBundle {
		SignedBundle {
			signature: pair(1).sign(&bundle.signing_bytes(&H256::zero())),
			bundle,
		}
	}

	/// The same, with a commitment that is signed.
	fn sound(ready: WindowIndex) -> SignedBundle {
		let mut bundle = bundle(ready).bundle;
		let commit = &mut bundle.utterances[0].commit;
		commit.signature = pair(1).sign(&commit.commitment.signing_bytes(&H256::zero()));
		signed(bundle)
	}

	fn check(verified: &mut Verified, name: u8, bundle: &SignedBundle) -> Option<bool> {
		let (key, publication) = (pair(1).public(), H256::repeat_byte(name));
		verified.check(&H256::zero(), &key, publication, bundle)
	}

	#[test]
	fn what_was_verified_is_known_by_its_publication() {
		let (mut verified, good) = (Verified::default(), sound(1));
		assert_eq!(check(&mut verified, 1, &good), Some(true));
		let mut stored = Verified::decode(&mut &verified.encode()[..]).unwrap();
		// Nobody looks at it any more.
		let other = bundle(1);
		assert_eq!(check(&mut stored, 1, &other), Some(false));
		assert_eq!(check(&mut stored, 2, &other), None);
		let key = pair(2).public();
		let name = H256::repeat_byte(1);
		assert_eq!(stored.check(&H256::zero(), &key, name, &good), None);
		stored.retain(|author, _| author != 7);
		assert_eq!(check(&mut stored, 1, &other), None);
	}

	#[test]
	fn what_is_said_again_is_known() {
		let (mut verified, good) = (Verified::default(), sound(1));
		assert_eq!(check(&mut verified, 1, &good), Some(true));
		let mut next = good.bundle.clone();
		next.ready = 2;
		assert_eq!(check(&mut verified, 2, &signed(next.clone())), Some(true));
		// Neither the bundle nor what is new in it counts without a signature.
		let unsigned = SignedBundle {
			signature: sr25519::Signature::default(),
			bundle: next,
		};
		assert_eq!(check(&mut verified, 3, &unsigned), None);
		assert_eq!(check(&mut verified, 3, &bundle(3)), None);
		assert_eq!(check(&mut verified, 2, &bundle(3)), Some(false));
	}

	#[test]
	fn what_is_needed_stays_for_some_blocks() {
		let mut needs = Needs::default();
		assert_eq!(needs.lowest(), None);
		needs.push(5, 3);
		needs.push(6, 3);
		assert_eq!(needs.lowest(), Some(3));
		needs.push(10, 7);
		needs.push(12, 9);
		needs.push(9 + KEEP, 9);
		assert_eq!(needs.lowest(), Some(3));
		needs.push(10 + KEEP, 9);
		assert_eq!(needs.lowest(), Some(7));
		needs.push(12 + KEEP, 9);
		assert_eq!(needs.lowest(), Some(9));
	}

	#[test]
	fn what_is_needed_again_is_needed_at_once() {
		let mut needs = Needs::default();
		needs.push(1, 9);
		needs.push(20, 4);
		assert_eq!(needs.lowest(), Some(4));
		needs.push(21, 9);
		assert_eq!(needs.lowest(), Some(4));
		needs.push(21 + KEEP, 9);
		assert_eq!(needs.lowest(), Some(9));
	}
}
