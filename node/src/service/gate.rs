//! What comes into the statement store: publications of intermediaries, no faster than they have to come, and nothing
//! else.
//!
//! The store lets whoever has an allowance write about anything. The worker reads what there is about its agreements in
//! one piece, many times a block: a stranger could fill it, or publish what others said before and hide what they say
//! now.

mod allowances;
mod pace;

use codec::Decode;
use sc_client_api::StorageProvider;
use sc_statement_store::Store;
use sp_blockchain::HeaderBackend;
use sp_core::{hexdisplay::HexDisplay, storage::StorageKey};
use sp_statement_store::{
	statement_allowance_key, AccountId, AdmittedBatch, FilterDecision, Hash, RejectionReason,
	Result, Statement, StatementAllowance, StatementSource, StatementStore, SubmitResult, Topic,
};
use std::{
	sync::Arc,
	time::{SystemTime, UNIX_EPOCH},
};
use substrate_prometheus_endpoint::{register, Counter, PrometheusError, Registry, U64};
use syngraph_worker::{arrival, is_publication, LIFETIME_SECONDS};

use crate::{client::Client, store::Store as OwnStore};
use allowances::Allowances;
use pace::{cost, Pace};

/// How long ago something was published at most that counts as said now. In that time a worker publishes less than half
/// of what may come at once, so that nobody uses all of it up who sends that again.
const FRESH_SECONDS: u64 = 8;

/// A statement store that takes nothing but publications, and of each author only so many.
pub struct Gate {
	store: Arc<Store>,
	client: Arc<Client>,
	/// Where it is noted for the worker what came in.
	own: OwnStore,
	allowances: Allowances,
	pace: Pace,
	refused: Counter<U64>,
}

impl Gate {
	/// Stands before `store`. What is refused is counted in `registry`, if there is one.
	pub fn new(
		store: Arc<Store>,
		client: Arc<Client>,
		own: OwnStore,
		registry: Option<&Registry>,
	) -> std::result::Result<Self, PrometheusError> {
		let refused = Counter::<U64>::new(
			"syngraph_publications_refused_total",
			"Publications of intermediaries that were not taken because they came too fast",
		)?;
		Ok(Self {
			store,
			client,
			own,
			allowances: Allowances::default(),
			pace: Pace::begin(),
			refused: match registry {
				Some(registry) => register(refused, registry)?,
				None => refused,
			},
		})
	}

	/// Takes what a peer passes on, unless its author may publish nothing, or is too fast: before anything is done
	/// about it that costs more than to know that.
	fn take(&self, author: AccountId, statement: Statement) -> SubmitResult {
		let Some(allowance) = self.allowance(&author) else {
			return refused();
		};
		let (now, bytes) = (self.pace.now(), statement.data_len());
		if !self.pace.allows(&author, is_fresh(&statement), now) {
			self.refused.inc();
			log::debug!(
				target: "syngraph", "the intermediary with the key {} publishes too much",
				HexDisplay::from(&author),
			);
			return refused();
		}
		let result = self.store.submit(statement, StatementSource::Network);
		if result == SubmitResult::New {
			self.pace.count(author, cost(bytes, &allowance), now);
		}
		result
	}

	/// Takes a publication, and no other statement.
	fn admit(&self, statement: Statement, source: StatementSource) -> SubmitResult {
		let author = statement.account_id();
		let Some(author) = author.filter(|_| is_publication(&statement)) else {
			return refused();
		};
		match source {
			StatementSource::Network => self.take(author, statement),
			// This node's own worker, which says no more than it has to: nobody else can reach the store from here.
			StatementSource::Chain | StatementSource::Local => self.store.submit(statement, source),
		}
	}

	/// What an author may have in the store as of the best block, as the store itself looks it up.
	fn allowance(&self, author: &AccountId) -> Option<StatementAllowance> {
		let best = self.client.info().best_hash;
		self.allowances.of(author, best, || {
			let key = StorageKey(statement_allowance_key(author));
			let value = self.client.storage(best, &key).ok()??;
			StatementAllowance::decode(&mut &value.0[..]).ok()
		})
	}
}

/// What is said of a statement that is not taken. Were it called invalid, the peer that passes it on would be cut off
/// in the end: but that may be a node of another version, or one to which less of it came than to this one.
fn refused() -> SubmitResult {
	SubmitResult::Rejected(RejectionReason::NoAllowance)
}

/// Whether something was published a moment ago, by its author's clock.
fn is_fresh(statement: &Statement) -> bool {
	let now = SystemTime::now().duration_since(UNIX_EPOCH);
	let now = now.map_or(0, |now| now.as_secs());
	let expires = u64::from(statement.get_expiration_timestamp_secs());
	expires.saturating_add(FRESH_SECONDS) >= now.saturating_add(LIFETIME_SECONDS)
}

impl StatementStore for Gate {
	fn submit(&self, statement: Statement, source: StatementSource) -> SubmitResult {
		let arrival = arrival(&statement, source == StatementSource::Chain);
		let result = self.admit(statement, source);
		// Only now does the worker find it.
		if let Some(arrival) = arrival.filter(|_| result == SubmitResult::New) {
			self.own.note(arrival);
		}
		result
	}

	fn statements(&self) -> Result<Vec<(Hash, Statement)>> {
		self.store.statements()
	}

	fn take_recent_statements(&self) -> Result<Vec<(u64, Hash, Statement)>> {
		self.store.take_recent_statements()
	}

	fn statement(&self, hash: &Hash) -> Result<Option<Statement>> {
		self.store.statement(hash)
	}

	fn has_statement(&self, hash: &Hash) -> bool {
		self.store.has_statement(hash)
	}

	fn statements_by_hashes(
		&self,
		hashes: &[Hash],
		filter: &mut dyn FnMut(&Hash, &[u8], &Statement) -> FilterDecision,
	) -> Result<(Vec<(Hash, Statement)>, usize)> {
		self.store.statements_by_hashes(hashes, filter)
	}

	fn admission_watermark(&self) -> Result<u64> {
		self.store.admission_watermark()
	}

	fn admitted_statements(
		&self,
		cursor: u64,
		watermark: u64,
		scan_limit: usize,
		filter: &mut dyn FnMut(&Hash, &[u8], &Statement) -> FilterDecision,
	) -> Result<AdmittedBatch> {
		self.store
			.admitted_statements(cursor, watermark, scan_limit, filter)
	}

	fn broadcasts(&self, topics: &[Topic]) -> Result<Vec<Vec<u8>>> {
		self.store.broadcasts(topics)
	}

	fn posted(&self, topics: &[Topic], dest: [u8; 32]) -> Result<Vec<Vec<u8>>> {
		self.store.posted(topics, dest)
	}

	fn posted_clear(&self, topics: &[Topic], dest: [u8; 32]) -> Result<Vec<Vec<u8>>> {
		self.store.posted_clear(topics, dest)
	}

	fn broadcasts_stmt(&self, topics: &[Topic]) -> Result<Vec<Vec<u8>>> {
		self.store.broadcasts_stmt(topics)
	}

	fn posted_stmt(&self, topics: &[Topic], dest: [u8; 32]) -> Result<Vec<Vec<u8>>> {
		self.store.posted_stmt(topics, dest)
	}

	fn posted_clear_stmt(&self, topics: &[Topic], dest: [u8; 32]) -> Result<Vec<Vec<u8>>> {
		self.store.posted_clear_stmt(topics, dest)
	}

	fn remove(&self, hash: &Hash) -> Result<()> {
		self.store.remove(hash)
	}

	fn remove_by(&self, who: [u8; 32]) -> Result<()> {
		self.store.remove_by(who)
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	/// What somebody published some seconds ago.
	fn published(before: u64) -> Statement {
		let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
		let expires = now.as_secs() - before + LIFETIME_SECONDS;
		let mut statement = Statement::new();
		statement.set_expiry(expires << 32);
		statement
	}

	#[test]
	fn what_was_published_a_moment_ago_is_fresh() {
		assert!(is_fresh(&published(0)));
		assert!(is_fresh(&published(FRESH_SECONDS - 3)));
		assert!(!is_fresh(&published(FRESH_SECONDS + 1)));
		assert!(!is_fresh(&published(3_600)));
	}

	#[test]
	fn a_peer_that_passes_on_too_much_is_not_blamed() {
		assert!(matches!(refused(), SubmitResult::Rejected(_)));
	}
}
