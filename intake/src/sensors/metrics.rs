//! Counters for Prometheus.

use substrate_prometheus_endpoint::{
	register, CounterVec, Histogram, HistogramOpts, Opts, PrometheusError, Registry, U64,
};

use super::answer::Answer;

/// What is counted of the messages that devices hand over.
pub struct Metrics {
	messages: CounterVec<U64>,
	turned_away: CounterVec<U64>,
	/// How long batches take.
	pub seconds: Histogram,
}

impl Metrics {
	/// Makes the counters, and shows them in `registry` if there is one.
	pub fn register(registry: Option<&Registry>) -> Result<Self, PrometheusError> {
		let counters = |name: &str, help: &str, label: &str| {
			let counters = CounterVec::new(Opts::new(name, help), &[label])?;
			registry.map_or(Ok(counters.clone()), |registry| {
				register(counters, registry)
			})
		};
		let seconds = Histogram::with_opts(HistogramOpts::new(
			"syngraph_sensor_batch_seconds",
			"Time that a batch of sensor messages takes, with the wait for a processor",
		))?;
		Ok(Self {
			messages: counters(
				"syngraph_sensor_messages_total",
				"Messages of sensors, by what became of them",
				"status",
			)?,
			turned_away: counters(
				"syngraph_sensor_requests_turned_away_total",
				"Requests of devices that were not looked at, by the limit that they exceeded",
				"limit",
			)?,
			seconds: match registry {
				Some(registry) => register(seconds, registry)?,
				None => seconds,
			},
		})
	}

	/// Counts what became of a batch.
	pub fn count(&self, answers: &[Answer]) {
		for answer in answers {
			self.messages.with_label_values(&[answer.status()]).inc();
		}
	}

	/// Counts a request that exceeded a limit.
	pub fn turn_away(&self, limit: &str) {
		self.turned_away.with_label_values(&[limit]).inc();
	}
}
