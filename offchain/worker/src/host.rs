//! What the worker needs of the machine it runs on.

use alloc::vec::Vec;
use codec::{DecodeAll, Encode};
use sp_core::{
	offchain::{StorageKind, Timestamp},
	sr25519,
};
use sp_io::{crypto, hashing::blake2_256, offchain};
use sp_statement_store::{
	runtime_api::{statement_store, SubmitResult},
	Proof, Statement, Topic,
};
use syngraph_primitives::{AgreementId, Secret, INTERMEDIARY_KEY_TYPE};

use crate::{
	bulletin::{Arrival, News, NEWS_KEY},
	state,
	store::LocalStore,
	LOG,
};

/// What one publication replaces.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Channel {
	/// What an intermediary has to say.
	Bundles,
	/// Messages that others lack.
	Repairs,
}

impl Channel {
	fn name(self) -> &'static [u8] {
		match self {
			Channel::Bundles => b"syngraph/bundle",
			Channel::Repairs => b"syngraph/repair",
		}
	}

	/// The statement store's channel for what is published about an agreement.
	fn of(self, agreement: &AgreementId) -> [u8; 32] {
		blake2_256(&(self.name(), agreement).encode())
	}
}

/// The most bytes that are published at once. Larger publications are nobody's.
pub const MAX_PUBLICATION_BYTES: usize = 64 * 1024;

/// Whether a statement is a publication: about one agreement, in one of its two channels, by the author that its topics
/// name.
///
/// The store keeps one statement of each author in a channel. So what there is to read of an author about an agreement
/// is bounded, whatever others write; and nobody can say for another what that one said before.
pub fn is_publication(statement: &Statement) -> bool {
	let (&[agreement, author], Some(Proof::Sr25519 { signer, .. })) =
		(statement.topics(), statement.proof())
	else {
		return false;
	};
	let about = AgreementId::from(agreement.0);
	let channels = [Channel::Bundles, Channel::Repairs];
	let mut channels = channels.into_iter().map(|channel| channel.of(&about));
	author.0 == *signer
		&& channels.any(|channel| statement.channel() == Some(channel))
		&& statement.decryption_key().is_none()
		&& statement.data_len() <= MAX_PUBLICATION_BYTES
}

/// Keys, randomness, time, local storage and gossip.
pub trait Host: LocalStore {
	/// The intermediary keys that this machine holds.
	fn keys(&self) -> Vec<sr25519::Public>;
	/// Signs with one of them.
	fn sign(&self, key: &sr25519::Public, bytes: &[u8]) -> Option<sr25519::Signature>;
	/// A fresh secret from a secure source.
	fn secret(&self) -> Secret;
	/// Milliseconds of this machine's clock. Used for pacing only, never in what is signed.
	fn now(&self) -> u64;
	/// Waits.
	fn sleep_until(&self, time: u64);
	/// Waits until what was stored before is safely on disk. Tells whether it is: the disk may have failed.
	fn sync(&self) -> bool;
	/// Publishes `data` about an agreement, in place of what `author` published in the same channel
	/// before.
	fn publish(
		&self,
		agreement: &AgreementId,
		channel: Channel,
		author: &sr25519::Public,
		data: Vec<u8>,
	) -> bool;
	/// What `author` has published about an agreement: the last of each channel.
	fn published(&self, agreement: &AgreementId, author: &sr25519::Public) -> Vec<Vec<u8>>;
	/// What came in since a moment, all of which is there by now.
	fn news(&self, since: u64) -> News;
}

/// How long what is published is kept by peers: long enough for one that was down to catch up.
pub const LIFETIME_SECONDS: u64 = 24 * 60 * 60;
/// Where the rank of the last publication is stored.
const RANK_KEY: &[u8] = b"syngraph/published";

/// By what a publication outranks the one before it in the statement store: the second in which it expires,
/// and a number that tells apart those of one second. `now` in milliseconds. Ranks rise even if the clock
/// was set back. None if the clock shows a year that cannot be written so, 2106 or later.
fn rank(now: u64, last: Option<u64>) -> Option<u64> {
	let expires = u32::try_from((now / 1_000).checked_add(LIFETIME_SECONDS)?).ok()?;
	let by_clock = u64::from(expires) << 32 | (now % 1_000);
	Some(last.map_or(by_clock, |last| by_clock.max(last.saturating_add(1))))
}

/// A key under which nothing is stored: whoever replaces nothing there waits until all that was written before is on
/// disk, and learns whether it is.
pub const SYNC_KEY: &[u8] = b"syngraph/sync";

/// The node that executes the off-chain worker: persistent local storage, keystore, statement store.
pub struct Node;

impl LocalStore for Node {
	fn get(&self, key: &[u8]) -> Option<Vec<u8>> {
		offchain::local_storage_get(StorageKind::PERSISTENT, key)
	}

	fn set(&self, key: &[u8], value: &[u8]) {
		offchain::local_storage_set(StorageKind::PERSISTENT, key, value)
	}

	fn remove(&self, key: &[u8]) {
		offchain::local_storage_clear(StorageKind::PERSISTENT, key)
	}

	fn replace(&self, key: &[u8], old: Option<&[u8]>, new: &[u8]) -> bool {
		let old = old.map(<[u8]>::to_vec);
		offchain::local_storage_compare_and_set(StorageKind::PERSISTENT, key, old, new)
	}
}

impl Host for Node {
	fn keys(&self) -> Vec<sr25519::Public> {
		crypto::sr25519_public_keys(INTERMEDIARY_KEY_TYPE)
	}

	fn sign(&self, key: &sr25519::Public, bytes: &[u8]) -> Option<sr25519::Signature> {
		let signature = crypto::sr25519_sign(INTERMEDIARY_KEY_TYPE, key, bytes);
		if signature.is_none() {
			// A node takes any secret for any key, and notices only now.
			log::error!(
				target: LOG,
				"the keystore cannot sign with the intermediary's key {key:?}: is the secret that was inserted for it \
				 another one's? Nothing is said to other members until that is mended",
			);
		}
		signature
	}

	fn secret(&self) -> Secret {
		offchain::random_seed()
	}

	fn now(&self) -> u64 {
		offchain::timestamp().unix_millis()
	}

	fn sleep_until(&self, time: u64) {
		offchain::sleep_until(Timestamp::from_unix_millis(time))
	}

	fn sync(&self) -> bool {
		self.replace(SYNC_KEY, None, &[])
	}

	fn publish(
		&self,
		agreement: &AgreementId,
		channel: Channel,
		author: &sr25519::Public,
		data: Vec<u8>,
	) -> bool {
		let last = state::read(self, RANK_KEY);
		let Some(rank) = rank(self.now(), last) else {
			return false;
		};
		state::write(self, RANK_KEY, &rank);
		let mut statement = Statement::new();
		statement.set_expiry(rank);
		statement.set_channel(channel.of(agreement));
		statement.set_topic(0, Topic(agreement.0));
		statement.set_topic(1, Topic(author.0));
		statement.set_plain_data(data);
		// What is signed is the statement's encoding without the count of its fields.
		let encoded = statement.encode();
		let Some(signature) = self.sign(author, encoded.get(1..).unwrap_or_default()) else {
			return false;
		};
		statement.set_proof(Proof::Sr25519 {
			signature: signature.0,
			signer: author.0,
		});
		matches!(
			statement_store::submit_statement(statement),
			SubmitResult::OkNew | SubmitResult::OkKnown
		)
	}

	fn published(&self, agreement: &AgreementId, author: &sr25519::Public) -> Vec<Vec<u8>> {
		statement_store::broadcasts(&[Topic(agreement.0), Topic(author.0)])
	}

	fn news(&self, since: u64) -> News {
		let answer = self.get(&[NEWS_KEY, &since.to_le_bytes()].concat());
		let news = answer.and_then(|answer| News::decode_all(&mut &answer[..]).ok());
		news.unwrap_or_default()
	}
}

/// What a publication brings: it is about the agreement that its first topic names, and its second one names its
/// author. `own` tells that this node's worker made it.
pub fn arrival(statement: &Statement, own: bool) -> Option<Arrival> {
	let &[agreement, author] = statement.topics() else {
		return None;
	};
	Some(Arrival::Publication {
		agreement: AgreementId::from(agreement.0),
		author: author.0,
		is_own: own,
	})
}

#[cfg(test)]
mod tests {
	use super::*;
	use alloc::vec;

	const NOW: u64 = 1_790_000_000_250;
	const HOUR: u64 = 3_600_000;

	#[test]
	fn a_later_publication_outranks_an_earlier_one() {
		let first = rank(NOW, None).unwrap();
		assert_eq!(first >> 32, NOW / 1_000 + LIFETIME_SECONDS);
		let same = rank(NOW, Some(first)).unwrap();
		let next = rank(NOW + 1, Some(first)).unwrap();
		assert!(same > first && next > first);
		assert_eq!(rank(NOW + HOUR, Some(first)), rank(NOW + HOUR, None));
	}

	#[test]
	fn a_clock_that_is_set_back_does_not_silence_anybody() {
		let ahead = rank(NOW + HOUR, None).unwrap();
		assert_eq!(rank(NOW, Some(ahead)), Some(ahead + 1));
	}

	/// What an author publishes about an agreement.
	fn publication(agreement: u8, author: u8) -> Statement {
		let agreement = AgreementId::repeat_byte(agreement);
		let mut statement = Statement::new();
		statement.set_channel(Channel::Bundles.of(&agreement));
		statement.set_topic(0, Topic(agreement.0));
		statement.set_topic(1, Topic([author; 32]));
		statement.set_plain_data(vec![0; MAX_PUBLICATION_BYTES]);
		statement.set_proof(Proof::Sr25519 {
			signature: [0; 64],
			signer: [author; 32],
		});
		statement
	}

	#[test]
	fn a_publication_is_its_authors_and_about_one_agreement() {
		let changed = |change: fn(&mut Statement)| {
			let mut statement = publication(1, 2);
			change(&mut statement);
			is_publication(&statement)
		};
		assert!(changed(|_| ()));
		assert!(changed(
			|it| it.set_channel(Channel::Repairs.of(&AgreementId::repeat_byte(1)))
		));
		// One that another one signed would hide what its author said; of those in other channels there could be many.
		assert!(!changed(|it| it.set_topic(1, Topic([3; 32]))));
		assert!(!changed(|it| it.set_topic(0, Topic([3; 32]))));
		assert!(!changed(|it| it.set_topic(2, Topic([3; 32]))));
		assert!(!changed(|it| it.set_channel([3; 32])));
		assert!(!changed(|it| it.set_decryption_key([3; 32])));
		assert!(!changed(|it| it.set_plain_data(vec![
			0;
			MAX_PUBLICATION_BYTES
				+ 1
		])));
		assert!(!changed(|it| it.set_proof(Proof::Ed25519 {
			signature: [0; 64],
			signer: [2; 32],
		})));
		assert!(!is_publication(&Statement::new()));
	}

	#[test]
	fn there_are_no_ranks_after_2105() {
		assert_eq!(rank((1 << 32) * 1_000, None), None);
	}
}
