//! Work that takes the processor and not the network: as many threads as there are cores, and a queue
//! before them that has an end.

use std::{
	io,
	panic::{self, AssertUnwindSafe},
	sync::{
		mpsc::{sync_channel, Receiver, SyncSender},
		Arc,
	},
	thread::{self, available_parallelism},
};

use parking_lot::Mutex;
use tokio::sync::oneshot;

use crate::Problem;

/// How many pieces of work may wait per core. At more than ten thousand signatures a second, they wait for
/// less than a fifth of one.
const QUEUE: usize = 2048;

type Job = Box<dyn FnOnce() + Send>;

/// The threads. They end with the pool, when the queue is empty.
pub(crate) struct Pool(SyncSender<Job>);

impl Pool {
	/// A pool of the size of the machine.
	pub(crate) fn new() -> io::Result<Self> {
		let cores = available_parallelism().map_or(1, usize::from);
		let (jobs, waiting) = sync_channel(cores.saturating_mul(QUEUE));
		let waiting = Arc::new(Mutex::new(waiting));
		for _ in 0..cores {
			let waiting = waiting.clone();
			let name = thread::Builder::new().name("pool".into());
			name.spawn(move || work(&waiting))?;
		}
		Ok(Self(jobs))
	}

	/// Does a piece of work when its turn comes. Refuses if too many wait already.
	pub(crate) async fn run<R: Send + 'static>(
		&self,
		work: impl FnOnce() -> R + Send + 'static,
	) -> Result<R, Problem> {
		let (tell, told) = oneshot::channel();
		// Who asked may have gone.
		let job: Job = Box::new(move || drop(tell.send(work())));
		let queued = self.0.try_send(job);
		queued.map_err(|_| Problem::Unavailable("too many requests wait"))?;
		told.await
			.map_err(|_| Problem::Unavailable("the server stops"))
	}
}

fn work(waiting: &Mutex<Receiver<Job>>) {
	loop {
		let next = waiting.lock().recv();
		match next {
			// Whoever asked is told that there is no answer; the thread goes on.
			Ok(job) => {
				if panic::catch_unwind(AssertUnwindSafe(job)).is_err() {
					tracing::error!("a piece of work broke off");
				}
			},
			Err(_) => return,
		}
	}
}
