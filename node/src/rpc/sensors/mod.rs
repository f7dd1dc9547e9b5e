//! How devices hand over the messages of sensors.
//!
//! The method may be reached by anybody: a batch is bounded, the node takes so many messages in a
//! second and works on so many batches at a time, and a message is stored only once everything about
//! it was checked.

mod chain;
mod intake;
mod metrics;
mod receipt;
mod shelf;

#[cfg(test)]
mod tests;

pub use chain::ChainSensors;
pub use intake::Intake;
pub use metrics::Metrics;
pub use shelf::Shelf;

use governor::{DefaultDirectRateLimiter, Quota, RateLimiter};
use jsonrpsee::{
	core::{async_trait, RpcResult},
	proc_macros::rpc,
	types::{
		error::{INTERNAL_ERROR_CODE, INVALID_PARAMS_CODE},
		ErrorObjectOwned,
	},
};
use sp_core::Bytes;
use std::{num::NonZeroU32, sync::Arc, thread::available_parallelism};
use syngraph_primitives::{SensorId, Sequence};
use syngraph_worker::traces::LocalStore;
use tokio::{sync::Semaphore, task::spawn_blocking};

use chain::Sensors;
use receipt::{Receipt, Refusal};

/// The most messages of a batch.
const MAX_BATCH: NonZeroU32 = NonZeroU32::new(256).unwrap();
/// The most batches that the node holds at a time; most of them wait for a processor.
const MAX_CONCURRENT: usize = 64;

/// The node has taken as many messages in this second as it takes. Try again in a moment.
const TOO_FAST: i32 = 7001;
/// The node works on as many batches as it can. Try again in a moment.
const BUSY: i32 = 7002;
/// The sensor is not registered.
const UNKNOWN_SENSOR: i32 = 7003;
/// No agreement in force needs the sensor's messages.
const UNNEEDED: i32 = 7004;
/// The node could not read the state of the chain.
const UNAVAILABLE: i32 = 7005;

/// The methods for devices.
#[rpc(server, namespace = "sensor")]
pub trait SensorApi {
	/// Hands over messages, each the hex of a SCALE-encoded signed message. A sensor's messages must be
	/// in order, those of different sensors may be mixed. Answers what became of each.
	#[method(name = "submit")]
	async fn submit(&self, messages: Vec<Bytes>) -> RpcResult<Vec<Receipt>>;

	/// The sequence number of the message that the node expects next from a sensor.
	#[method(name = "head")]
	async fn head(&self, sensor: SensorId) -> RpcResult<Sequence>;
}

/// Answers devices.
pub struct SensorRpc<D, S> {
	intake: Arc<Intake<D, S>>,
	rate: Arc<DefaultDirectRateLimiter>,
	/// One permit for every request that may be held.
	admission: Arc<Semaphore>,
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
			processors: self.processors.clone(),
			metrics: self.metrics.clone(),
		}
	}
}

impl<D, S> SensorRpc<D, S>
where
	D: Sensors,
	S: LocalStore + Send + Sync + 'static,
{
	/// Takes `rate` messages in a second.
	pub fn new(intake: Arc<Intake<D, S>>, rate: NonZeroU32, metrics: Metrics) -> Self {
		// A full batch must fit, however low the rate.
		let quota = Quota::per_second(rate).allow_burst(rate.max(MAX_BATCH));
		let processors = available_parallelism().map_or(1, |count| count.get());
		Self {
			intake,
			rate: Arc::new(RateLimiter::direct(quota)),
			admission: Arc::new(Semaphore::new(MAX_CONCURRENT)),
			processors: Arc::new(Semaphore::new(processors)),
			metrics: Arc::new(metrics),
		}
	}

	/// Lets `work` have a thread of its own, within the limits of the node. It counts as `messages`.
	async fn run<T: Send + 'static>(
		&self,
		messages: NonZeroU32,
		work: impl FnOnce(&Intake<D, S>) -> T + Send + 'static,
	) -> RpcResult<T> {
		let busy = |_| self.turn_away(BUSY, "concurrency", "the node is busy, try again");
		let admitted = self.admission.clone().try_acquire_owned().map_err(busy)?;
		if !matches!(self.rate.check_n(messages), Ok(Ok(()))) {
			return Err(self.turn_away(
				TOO_FAST,
				"rate",
				"too many messages in a second, try again",
			));
		}
		let processor = self.processors.clone().acquire_owned().await;
		let intake = self.intake.clone();
		// The permits go with the work, which goes on even if the device hangs up.
		let run = move || {
			let _permits = (admitted, processor);
			work(&intake)
		};
		spawn_blocking(run)
			.await
			.map_err(|_| error(INTERNAL_ERROR_CODE, "the work was interrupted"))
	}

	fn turn_away(&self, code: i32, limit: &str, message: &str) -> ErrorObjectOwned {
		self.metrics.turn_away(limit);
		error(code, message)
	}
}

#[async_trait]
impl<D, S> SensorApiServer for SensorRpc<D, S>
where
	D: Sensors,
	S: LocalStore + Send + Sync + 'static,
{
	async fn submit(&self, messages: Vec<Bytes>) -> RpcResult<Vec<Receipt>> {
		let count = u32::try_from(messages.len()).unwrap_or(u32::MAX);
		if count > MAX_BATCH.get() {
			let message = format!("a batch has at most {MAX_BATCH} messages");
			return Err(error(INVALID_PARAMS_CODE, &message));
		}
		let Some(count) = NonZeroU32::new(count) else {
			return Ok(vec![]);
		};
		let _timer = self.metrics.seconds.start_timer();
		let receipts = self
			.run(count, move |intake| {
				intake.take(messages.iter().map(|bytes| &bytes[..]))
			})
			.await?;
		self.metrics.count(&receipts);
		Ok(receipts)
	}

	async fn head(&self, sensor: SensorId) -> RpcResult<Sequence> {
		let head = self
			.run(NonZeroU32::MIN, move |intake| intake.head(sensor))
			.await?;
		head.map_err(|refusal| {
			let code = match refusal {
				Refusal::UnknownSensor => UNKNOWN_SENSOR,
				Refusal::Unneeded => UNNEEDED,
				_ => UNAVAILABLE,
			};
			error(code, &refusal.to_string())
		})
	}
}

fn error(code: i32, message: &str) -> ErrorObjectOwned {
	ErrorObjectOwned::owned(code, message, None::<()>)
}
