//! Work that takes the processor and not the network: as much at a time as there are cores.

use std::{
	sync::atomic::{AtomicUsize, Ordering},
	thread::available_parallelism,
};

use tokio::{sync::Semaphore, task::spawn_blocking};

use crate::Problem;

/// How many requests may wait per core. At more than ten thousand signatures a second, they wait for less
/// than a tenth of one.
const QUEUE: usize = 1024;

/// As many workers as there are cores, and a queue before them that has an end.
pub(crate) struct Pool {
	cores: Semaphore,
	queued: AtomicUsize,
	most: usize,
}

impl Pool {
	/// A pool of the size of the machine.
	pub(crate) fn new() -> Self {
		let cores = available_parallelism().map_or(1, usize::from);
		Self {
			cores: Semaphore::new(cores),
			queued: AtomicUsize::new(0),
			most: cores.saturating_mul(QUEUE),
		}
	}

	/// Does a piece of work when its turn comes. Refuses if too many wait already.
	pub(crate) async fn run<R: Send + 'static>(
		&self,
		work: impl FnOnce() -> R + Send + 'static,
	) -> Result<R, Problem> {
		let _place = self
			.enter()
			.ok_or(Problem::Unavailable("too many requests wait"))?;
		let stopped = Problem::Unavailable("the server stops");
		let _core = self.cores.acquire().await.map_err(|_| stopped.clone())?;
		spawn_blocking(work).await.map_err(|_| stopped)
	}

	/// A place in the queue, given back when dropped.
	fn enter(&self) -> Option<Place<'_>> {
		let place = Place(self);
		let before = self.queued.fetch_add(1, Ordering::Relaxed);
		(before < self.most).then_some(place)
	}
}

struct Place<'a>(&'a Pool);

impl Drop for Place<'_> {
	fn drop(&mut self) {
		self.0.queued.fetch_sub(1, Ordering::Relaxed);
	}
}
