//! Counters for Prometheus.

use substrate_prometheus_endpoint::{
	register, CounterVec, Gauge, Opts, PrometheusError, Registry, U64,
};

/// What is counted of the receipts that access servers hand over.
pub struct Metrics {
	receipts: CounterVec<U64>,
	channels: Gauge<U64>,
}

impl Metrics {
	/// Makes the counters, and shows them in `registry` if there is one.
	pub fn register(registry: Option<&Registry>) -> Result<Self, PrometheusError> {
		let opts = Opts::new(
			"syngraph_tower_receipts_total",
			"Receipts of access servers, by what became of them",
		);
		let receipts = CounterVec::new(opts, &["status"])?;
		let channels = Gauge::new(
			"syngraph_tower_channels",
			"Channels that the watchtower watches",
		)?;
		let Some(registry) = registry else {
			return Ok(Self { receipts, channels });
		};
		Ok(Self {
			receipts: register(receipts, registry)?,
			channels: register(channels, registry)?,
		})
	}

	/// Counts a receipt that was taken or refused.
	pub fn count(&self, taken: bool) {
		let status = if taken { "accepted" } else { "refused" };
		self.receipts.with_label_values(&[status]).inc();
	}

	/// Shows how many channels are watched.
	pub fn watch(&self, channels: usize) {
		self.channels.set(channels as u64);
	}
}
