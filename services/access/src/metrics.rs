//! What the operator can watch.

use prometheus::{
	core::Collector, exponential_buckets, Encoder, Gauge, Histogram, HistogramOpts, IntCounter,
	IntCounterVec, IntGauge, IntGaugeVec, Opts, Registry, TextEncoder,
};

use sp_core::H256;

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
	/// The last final one.
	pub(crate) final_block: IntGauge,
	/// Channels that are to be collected from now.
	pub(crate) due: IntGauge,
	/// Those of which that is overdue.
	pub(crate) overdue: IntGauge,
	/// Channels whose receipts stopped counting before they were collected.
	pub(crate) lost: IntCounter,
	/// Tasks that ended and should not have.
	pub(crate) ended: IntCounter,
	/// Channels that the collector closed, or whose receipts it redeemed.
	pub(crate) collected: IntCounter,
	/// Attempts at it that failed.
	pub(crate) failed: IntCounter,
	/// Receipts that the watchtower took.
	pub(crate) handed_over: IntCounter,
	/// Failures to hand one over.
	pub(crate) not_handed_over: IntCounter,
	/// Payments of the chain by receipts that were never accepted here.
	pub(crate) unknown: IntCounter,
	/// Who this server is.
	info: IntGaugeVec,
	/// What the payee can spend.
	pub(crate) funds: Gauge,
	/// What it needs to close all channels that owe it something.
	pub(crate) needed: Gauge,
}

impl Metrics {
	/// All at zero.
	pub fn new() -> Result<Self, prometheus::Error> {
		let registry = Registry::new_custom(Some("access".into()), None)?;
		let counter = |name, help| add(&registry, IntCounter::new(name, help));
		let gauge = |name, help| add(&registry, IntGauge::new(name, help));
		let amount = |name, help| add(&registry, Gauge::new(name, help));
		let histogram = |name: &str, help: &str, least| {
			let buckets = exponential_buckets(least, 2.0, 13)?;
			let options = HistogramOpts::new(name, help).buckets(buckets);
			add(&registry, Histogram::with_opts(options))
		};
		let refused = Opts::new("refused_total", "Requests refused, by problem");
		let refused = add(&registry, IntCounterVec::new(refused, &["problem"]))?;
		let info = Opts::new("info", "The payee, and the ledger of this server");
		let info = add(&registry, IntGaugeVec::new(info, &["payee", "instance"]))?;
		Ok(Self {
			info,
			sold: counter("slots_sold_total", "Slots sold")?,
			repeated: counter("slots_repeated_total", "Passwords told again")?,
			refused,
			batch: histogram("ledger_batch", "Entries per transaction", 1.0)?,
			commit: histogram("ledger_commit_seconds", "Seconds per transaction", 0.0005)?,
			channels: gauge("channels", "Channels with receipts")?,
			block: gauge("best_block", "Number of the best block")?,
			final_block: gauge("final_block", "Number of the last final block")?,
			due: gauge("channels_due", "Channels to be closed or redeemed now")?,
			overdue: gauge(
				"channels_overdue",
				"Channels not closed or redeemed for too long",
			)?,
			lost: counter(
				"channels_lost_total",
				"Channels not closed or redeemed in time",
			)?,
			ended: counter("tasks_ended_total", "Tasks that ended and should not have")?,
			collected: counter("channels_collected_total", "Channels closed or redeemed")?,
			failed: counter("collect_failures_total", "Failures to close or redeem")?,
			handed_over: counter("tower_receipts_total", "Receipts that the watchtower took")?,
			not_handed_over: counter("tower_failures_total", "Failures to hand receipts over")?,
			unknown: counter(
				"unknown_receipts_total",
				"Payments on the chain by receipts never accepted here",
			)?,
			funds: amount("payee_funds", "What the payee's account can spend")?,
			needed: amount("payee_funds_needed", "What closing all channels costs")?,
			registry,
		})
	}

	/// Counts a request that was refused.
	pub(crate) fn refuse(&self, problem: &Problem) {
		self.refused.with_label_values(&[problem.kind().0]).inc();
	}

	/// Says who this server is: two that run for one payee show it by two instances.
	pub(crate) fn identify(&self, payee: &str, instance: &H256) {
		let labels = [payee, &format!("{instance:?}")];
		self.info.with_label_values(&labels).set(1);
	}

	/// All of them, as Prometheus reads them.
	pub fn render(&self) -> Result<Vec<u8>, prometheus::Error> {
		let mut text = Vec::new();
		TextEncoder::new().encode(&self.registry.gather(), &mut text)?;
		Ok(text)
	}
}

/// Lets a new metric be among those that are rendered.
fn add<M: Collector + Clone + 'static>(
	registry: &Registry,
	metric: Result<M, prometheus::Error>,
) -> Result<M, prometheus::Error> {
	let metric = metric?;
	registry.register(Box::new(metric.clone()))?;
	Ok(metric)
}
