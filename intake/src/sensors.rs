//! How devices hand over the messages of sensors.
//!
//! The method may be reached by anybody: a batch is bounded, the node takes so many messages in a
//! second of each address, checks the signatures of so many of all together, and works on so many batches at
//! a time, few of them from one address; and a message is stored only once everything about it was checked. It is
//! answered only once it is on disk, and what waits for that keeps nobody out. What is refused before its signature is
//! checked counts for its sender alone, and a bad signature counts for its sender many times: so junk does not use up
//! what is there for the sensors that are needed.

mod answer;
mod intake;
mod metrics;
mod registered;

#[cfg(test)]
mod tests;

pub use answer::{Answer, Refusal};
pub use intake::{Account, Intake};
pub use metrics::Metrics;
pub use registered::{Sensors, Unavailable};

use governor::{DefaultDirectRateLimiter, Quota, RateLimiter};
use jsonrpsee::{
	core::{async_trait, RpcResult},
	proc_macros::rpc,
	types::{
		error::{INTERNAL_ERROR_CODE, INVALID_PARAMS_CODE},
		ErrorObjectOwned,
	},
	Extensions,
};
use sp_core::Bytes;
use std::{cell::Cell, num::NonZeroU32, sync::Arc, thread::available_parallelism};
use syngraph_net::{Connections, Limits};
use syngraph_primitives::{SensorId, Sequence};
use syngraph_worker::store::LocalStore;
use tokio::{sync::Semaphore, task::spawn_blocking};

use crate::{
	codes::{error, Retry, BUSY, TOO_FAST},
	limits::MAX_BATCH,
	params::Lenient,
	peers::Guest,
	store::{Broken, Durable},
};

/// The most batches that the node holds before it has decided about them; most of them wait for a processor.
const MAX_CONCURRENT: usize = 64;
/// The most of them from one address, and from one site: a handful of addresses must not take all places.
const EACH: Limits = Limits {
	per_address: MAX_CONCURRENT as u32 / 8,
	per_site: MAX_CONCURRENT as u32 / 2,
};

/// The node could not store the messages. It is about to stop; keep them, and ask its operator.
const NOT_STORED: i32 = 7006;

/// The methods for devices.
#[rpc(server, namespace = "sensor")]
pub trait SensorApi {
	/// Hands over messages, each the hex of a SCALE-encoded signed message. A sensor's messages must be
	/// in order, those of different sensors may be mixed. Answers what became of each, once all that was
	/// accepted is on disk.
	#[method(name = "submit", with_extensions)]
	async fn submit(&self, messages: Option<Lenient<Vec<Bytes>>>) -> RpcResult<Vec<Answer>>;

	/// The sequence number of the message that the node expects next from a sensor. An error if it expects
	/// none, since the sensor is suspended or revoked.
	#[method(name = "head", with_extensions)]
	async fn head(&self, sensor: Option<Lenient<SensorId>>) -> RpcResult<Sequence>;
}

/// Bears what a batch costs: of what is checked for all devices, and of what who sent it may send, if that is known.
struct Bill {
	rate: Arc<DefaultDirectRateLimiter>,
	guest: Option<Guest>,
	/// Whether something was not allowed.
	is_cut: Cell<bool>,
}

impl Account for Bill {
	fn allow(&self) -> bool {
		let allowed = !self.owes() && self.rate.check().is_ok();
		self.is_cut.set(self.is_cut.get() || !allowed);
		allowed
	}

	fn owes(&self) -> bool {
		self.guest.as_ref().is_some_and(Guest::owes)
	}

	fn waste(&self) {
		if let Some(guest) = &self.guest {
			guest.waste();
		}
	}
}

/// Answers devices.
pub struct SensorRpc<D, S> {
	intake: Arc<Intake<D, S>>,
	/// How many signatures are checked, of all devices together.
	rate: Arc<DefaultDirectRateLimiter>,
	/// One permit for every request that may be held.
	admission: Arc<Semaphore>,
	/// The requests that are held, by where they come from.
	held: Connections,
	/// One permit for every request that may be worked on.
	processors: Arc<Semaphore>,
	metrics: Arc<Metrics>,
}

impl<D, S> Clone for SensorRpc<D, S> {
	fn clone(&self) -> Self {
		Self {
			intake: self.intake.clone(),
			rate: self.rate.clone(),
			admission: self.admission.clone(),
			held: self.held.clone(),
			processors: self.processors.clone(),
			metrics: self.metrics.clone(),
		}
	}
}

impl<D, S> SensorRpc<D, S>
where
	D: Sensors,
	S: LocalStore + Durable + Send + Sync + 'static,
{
	/// Checks the signatures of so many messages in a second, of all devices together.
	pub fn new(intake: Arc<Intake<D, S>>, rate: NonZeroU32, metrics: Metrics) -> Self {
		// A full batch must fit, however low the rate.
		let quota = Quota::per_second(rate).allow_burst(rate.max(MAX_BATCH));
		let processors = available_parallelism().map_or(1, |count| count.get());
		Self {
			intake,
			rate: Arc::new(RateLimiter::direct(quota)),
			admission: Arc::new(Semaphore::new(MAX_CONCURRENT)),
			held: Connections::default(),
			processors: Arc::new(Semaphore::new(processors)),
			metrics: Arc::new(metrics),
		}
	}

	/// What is counted.
	pub fn metrics(&self) -> Arc<Metrics> {
		self.metrics.clone()
	}

	/// Lets `work` have a thread of its own, within the limits of who asks, for whom it counts as `messages`, and
	/// as soon as the node has a processor for it. From then on the request takes no place any more, whatever its
	/// answer waits for.
	async fn run<T: Send + 'static>(
		&self,
		from: &Extensions,
		messages: NonZeroU32,
		work: impl FnOnce(&Intake<D, S>) -> T + Send + 'static,
	) -> RpcResult<T> {
		// Only the server for devices knows from where a request comes.
		let guest = from.get::<Guest>();
		if guest.is_some_and(|guest| !guest.pay(messages)) {
			return Err(self.turn_away(
				TOO_FAST,
				"peer",
				"too many messages in a second from this address, try again",
			));
		}
		let own = guest.map(|guest| guest.hold(&self.held, &EACH));
		let admitted = self.admission.clone().try_acquire_owned();
		let (false, Ok(admitted)) = (own.as_ref().is_some_and(Option::is_none), admitted) else {
			return Err(self.turn_away(BUSY, "concurrency", "the node is busy, try again"));
		};
		let processor = self.processors.clone().acquire_owned().await;
		let intake = self.intake.clone();
		// The permits go with the work, which goes on even if the device hangs up.
		let run = move || {
			let _permits = (processor, admitted, own);
			work(&intake)
		};
		spawn_blocking(run)
			.await
			.map_err(|_| error(INTERNAL_ERROR_CODE, "the work was interrupted", Retry::Soon))
	}

	/// Who pays for what somebody asks for.
	fn bill(&self, from: &Extensions) -> Bill {
		Bill {
			rate: self.rate.clone(),
			guest: from.get().cloned(),
			is_cut: Cell::new(false),
		}
	}

	fn turn_away(&self, code: i32, limit: &str, message: &str) -> ErrorObjectOwned {
		self.metrics.turn_away(limit);
		error(code, message, Retry::Soon)
	}

	/// Takes in a batch.
	async fn take(&self, from: &Extensions, messages: Vec<Bytes>) -> RpcResult<Vec<Answer>> {
		let count = u32::try_from(messages.len()).unwrap_or(u32::MAX);
		if count > MAX_BATCH.get() {
			return Err(invalid(&format!(
				"a batch has at most {MAX_BATCH} messages"
			)));
		}
		let Some(count) = NonZeroU32::new(count) else {
			return Ok(vec![]);
		};
		let _timer = self.metrics.seconds.start_timer();
		let bill = self.bill(from);
		let take = move |intake: &Intake<D, S>| {
			let answers = intake.take(messages.iter().map(|bytes| &bytes[..]), &bill);
			(answers, bill.is_cut.get())
		};
		let (answers, is_cut) = self.run(from, count, take).await?;
		if is_cut && !answers.iter().any(Answer::is_stored) {
			return Err(self.turn_away(
				TOO_FAST,
				"rate",
				"too many messages in a second, try again",
			));
		}
		// One that had been stored before may be on its way to the disk, too.
		if answers.iter().any(Answer::is_stored) {
			self.intake.store().durable().await.map_err(|Broken| {
				let message = "the node could not store the messages, keep them";
				error(NOT_STORED, message, Retry::Later)
			})?;
		}
		self.metrics.count(&answers);
		Ok(answers)
	}

	/// Says which message of a sensor comes next.
	async fn ask_head(&self, from: &Extensions, sensor: SensorId) -> RpcResult<Sequence> {
		let bill = self.bill(from);
		let ask = move |intake: &Intake<D, S>| intake.head(sensor, &bill);
		let head = self.run(from, NonZeroU32::MIN, ask).await?;
		head.map_err(|refusal| error(refusal.code(), &refusal.to_string(), refusal.retry()))
	}
}

/// What was asked for is not what the method takes.
fn invalid(message: &str) -> ErrorObjectOwned {
	error(INVALID_PARAMS_CODE, message, Retry::Never)
}

#[async_trait]
impl<D, S> SensorApiServer for SensorRpc<D, S>
where
	D: Sensors,
	S: LocalStore + Durable + Send + Sync + 'static,
{
	async fn submit(
		&self,
		from: &Extensions,
		messages: Option<Lenient<Vec<Bytes>>>,
	) -> RpcResult<Vec<Answer>> {
		let messages = Lenient::right(messages)
			.ok_or_else(|| invalid("the parameters are not one list of messages in hex"))?;
		self.take(from, messages).await
	}

	async fn head(
		&self,
		from: &Extensions,
		sensor: Option<Lenient<SensorId>>,
	) -> RpcResult<Sequence> {
		let sensor = Lenient::right(sensor)
			.ok_or_else(|| invalid("the parameters are not the number of one sensor"))?;
		self.ask_head(from, sensor).await
	}
}
