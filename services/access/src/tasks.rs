//! Tasks that run as long as the server does.

use std::{collections::HashMap, future::Future, sync::Arc};

use tokio::task::{Id, JoinSet};

use crate::{Chain, Server};

/// Tasks none of which should ever end. If one does, or panics, the server is not well any more and should be
/// started anew.
///
/// They are aborted when this is dropped.
pub struct Tasks<C> {
	server: Arc<Server<C>>,
	all: JoinSet<()>,
	names: HashMap<Id, &'static str>,
}

impl<C: Chain> Tasks<C> {
	/// None yet.
	pub fn new(server: Arc<Server<C>>) -> Self {
		Self {
			server,
			all: JoinSet::new(),
			names: HashMap::new(),
		}
	}

	/// Starts one.
	pub fn run(&mut self, name: &'static str, task: impl Future<Output = ()> + Send + 'static) {
		let id = self.all.spawn(task).id();
		self.names.insert(id, name);
	}

	/// Waits for one to end, and tells which. From then on the server sells nothing and says that it is not
	/// well.
	pub async fn ended(&mut self) -> &'static str {
		let Some(ended) = self.all.join_next_with_id().await else {
			return std::future::pending().await;
		};
		let (id, reason) = match ended {
			Ok((id, ())) => (id, "it returned".into()),
			Err(error) => (error.id(), error.to_string()),
		};
		let name = self.names.remove(&id).unwrap_or("task");
		tracing::error!("the {name} has ended: {reason}");
		self.server.note_end(name);
		name
	}
}
