//! What comes into the statement store: publications of intermediaries, and nothing else.
//!
//! The store lets whoever has an allowance write about anything. The worker reads what there is about its agreements in
//! one piece, many times a block: a stranger could fill it, or publish what others said before and hide what they say
//! now.

use sc_statement_store::Store;
use sp_statement_store::{
	AdmittedBatch, FilterDecision, Hash, RejectionReason, Result, Statement, StatementSource,
	StatementStore, SubmitResult, Topic,
};
use std::sync::Arc;
use syngraph_worker::is_publication;

/// A statement store that takes nothing but publications.
pub struct Gate(pub Arc<Store>);

impl StatementStore for Gate {
	fn submit(&self, statement: Statement, source: StatementSource) -> SubmitResult {
		match is_publication(&statement) {
			true => self.0.submit(statement, source),
			// Whoever passes it on may be a node of another version.
			false => SubmitResult::Rejected(RejectionReason::NoAllowance),
		}
	}

	fn statements(&self) -> Result<Vec<(Hash, Statement)>> {
		self.0.statements()
	}

	fn take_recent_statements(&self) -> Result<Vec<(u64, Hash, Statement)>> {
		self.0.take_recent_statements()
	}

	fn statement(&self, hash: &Hash) -> Result<Option<Statement>> {
		self.0.statement(hash)
	}

	fn has_statement(&self, hash: &Hash) -> bool {
		self.0.has_statement(hash)
	}

	fn statements_by_hashes(
		&self,
		hashes: &[Hash],
		filter: &mut dyn FnMut(&Hash, &[u8], &Statement) -> FilterDecision,
	) -> Result<(Vec<(Hash, Statement)>, usize)> {
		self.0.statements_by_hashes(hashes, filter)
	}

	fn admission_watermark(&self) -> Result<u64> {
		self.0.admission_watermark()
	}

	fn admitted_statements(
		&self,
		cursor: u64,
		watermark: u64,
		scan_limit: usize,
		filter: &mut dyn FnMut(&Hash, &[u8], &Statement) -> FilterDecision,
	) -> Result<AdmittedBatch> {
		self.0
			.admitted_statements(cursor, watermark, scan_limit, filter)
	}

	fn broadcasts(&self, topics: &[Topic]) -> Result<Vec<Vec<u8>>> {
		self.0.broadcasts(topics)
	}

	fn posted(&self, topics: &[Topic], dest: [u8; 32]) -> Result<Vec<Vec<u8>>> {
		self.0.posted(topics, dest)
	}

	fn posted_clear(&self, topics: &[Topic], dest: [u8; 32]) -> Result<Vec<Vec<u8>>> {
		self.0.posted_clear(topics, dest)
	}

	fn broadcasts_stmt(&self, topics: &[Topic]) -> Result<Vec<Vec<u8>>> {
		self.0.broadcasts_stmt(topics)
	}

	fn posted_stmt(&self, topics: &[Topic], dest: [u8; 32]) -> Result<Vec<Vec<u8>>> {
		self.0.posted_stmt(topics, dest)
	}

	fn posted_clear_stmt(&self, topics: &[Topic], dest: [u8; 32]) -> Result<Vec<Vec<u8>>> {
		self.0.posted_clear_stmt(topics, dest)
	}

	fn remove(&self, hash: &Hash) -> Result<()> {
		self.0.remove(hash)
	}

	fn remove_by(&self, who: [u8; 32]) -> Result<()> {
		self.0.remove_by(who)
	}
}
