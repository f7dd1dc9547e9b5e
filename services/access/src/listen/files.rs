//! How many files the process may have open: a connection is one.

use anyhow::{ensure, Context};
use rustix::process::{getrlimit, setrlimit, Resource, Rlimit};

use super::Limits;

/// How many files are open besides connections of the public: those of operators, 64 at most, the ways to nodes, the
/// ledger, and what the runtime needs.
const RESERVE: u64 = 128;

impl Limits {
	/// Makes sure that the process may have as many files open as so many connections take. Otherwise whoever holds
	/// them would keep operators from asking, and the server from its node.
	///
	/// The limit that the process can raise by itself is often lower than what it may raise it to, so it is raised as
	/// far as is needed. Fails if that is too little.
	pub fn ensure_files(&self) -> anyhow::Result<()> {
		let needed = u64::from(self.connections).saturating_add(RESERVE);
		let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
		let most = maximum.unwrap_or(u64::MAX);
		ensure!(
			needed <= most,
			"connections = {}: takes {needed} open files, and this process may have {most} (ulimit -H -n): it must \
			 be at most {}",
			self.connections,
			most.saturating_sub(RESERVE)
		);
		if current.is_some_and(|current| current < needed) {
			let raised = Rlimit {
				current: Some(needed),
				maximum,
			};
			setrlimit(Resource::Nofile, raised)
				.context("the limit of open files cannot be raised")?;
		}
		Ok(())
	}
}
