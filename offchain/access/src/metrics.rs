//! What the operator can watch.

use prometheus::{
	exponential_buckets, Encoder, Histogram, HistogramOpts, IntCounter, IntCounterVec, IntGauge,
	Opts, Registry, TextEncoder,
};

use crate::Problem;

/// The server's metrics.
pub struct Metrics {
	registry: Registry,
	/// Slots that were sold.
	pub(crate) sold: IntCounter,
	/// Passwords that were told again.
	pub(crate) repeated: IntCounter,
	/// Requests that were refused, by problem.
	refused: IntCounterVec,
	/// Entries of the ledger per transaction.
	pub(crate) batch: Histogram,
	/// Seconds that a transaction of the ledger took.
	pub(crate) commit: Histogram,
	/// Channels with receipts.
	pub(crate) channels: IntGauge,
	/// The best block.
	pub(crate) block: IntGauge,
	/// Channels that the keeper closed, or whose receipts it redeemed.
	pub(crate) collected: IntCounter,
	/// Attempts at it that failed.
	pub(crate) failed: IntCounter,
}

impl Metrics {
	/// All at zero.
	pub fn new() -> Result<Self, prometheus::Error> {
		let registry = Registry::new_custom(Some("access".into()), None)?;
		let counter = |name, help| -> Result<IntCounter, prometheus::Error> {
			let metric = IntCounter::new(name, help)?;
			registry.register(Box::new(metric.clone()))?;
			Ok(metric)
		};
		let gauge = |name, help| -> Result<IntGauge, prometheus::Error> {
			let metric = IntGauge::new(name, help)?;
			registry.register(Box::new(metric.clone()))?;
			Ok(metric)
		};
		let histogram = |name: &str, help: &str, least| -> Result<Histogram, prometheus::Error> {
			let buckets = exponential_buckets(least, 2.0, 13)?;
			let metric = Histogram::with_opts(HistogramOpts::new(name, help).buckets(buckets))?;
			registry.register(Box::new(metric.clone()))?;
			Ok(metric)
		};
		let refused = Opts::new("refused_total", "Requests refused, by problem");
		let refused = IntCounterVec::new(refused, &["problem"])?;
		registry.register(Box::new(refused.clone()))?;
		Ok(Self {
			sold: counter("slots_sold_total", "Slots sold")?,
			repeated: counter("slots_repeated_total", "Passwords told again")?,
			refused,
			batch: histogram("ledger_batch", "Entries per transaction", 1.0)?,
			commit: histogram("ledger_commit_seconds", "Seconds per transaction", 0.0005)?,
			channels: gauge("channels", "Channels with receipts")?,
			block: gauge("best_block", "Number of the best block")?,
			collected: counter("channels_collected_total", "Channels closed or redeemed")?,
			failed: counter("collect_failures_total", "Failures to close or redeem")?,
			registry,
		})
	}

	/// Counts a request that was refused.
	pub(crate) fn refuse(&self, problem: &Problem) {
		self.refused.with_label_values(&[problem.kind().0]).inc();
	}

	/// All of them, as Prometheus reads them.
	pub fn render(&self) -> Result<Vec<u8>, prometheus::Error> {
		let mut text = Vec::new();
		TextEncoder::new().encode(&self.registry.gather(), &mut text)?;
		Ok(text)
	}
}
