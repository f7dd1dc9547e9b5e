//! What the runs of the off-chain worker come to.

use sc_service::{config::Configuration, Error, TaskManager};
use std::time::Duration;
use substrate_prometheus_endpoint::{register, Gauge, PrometheusError, Registry, U64};
use syngraph_intake::store::Persistent;
use syngraph_worker::RunReport;

use super::Core;

/// How often it is looked up.
const PERIOD: Duration = Duration::from_secs(2);

/// Shows operators how many agreements need work, and how long that takes.
pub fn show(config: &Configuration, tasks: &TaskManager, core: &Core) -> Result<(), Error> {
	let Some(registry) = config.prometheus_registry() else {
		return Ok(());
	};
	let gauges = Gauges::register(registry).map_err(|error| Error::Application(error.into()))?;
	let store = Persistent::new(core.store.clone());
	let show = async move {
		loop {
			gauges.show(&RunReport::last(&store).unwrap_or_default());
			tokio::time::sleep(PERIOD).await;
		}
	};
	tasks
		.spawn_handle()
		.spawn_blocking("worker-runs", "off-chain-worker", show);
	Ok(())
}

/// What is shown of a run.
struct Gauges {
	agreements: Gauge<U64>,
	turns: Gauge<U64>,
	millis: Gauge<U64>,
}

impl Gauges {
	fn register(registry: &Registry) -> Result<Self, PrometheusError> {
		let gauge = |name: &str, help: &str| register(Gauge::new(name, help)?, registry);
		Ok(Self {
			agreements: gauge(
				"syngraph_worker_agreements",
				"Agreements that the off-chain worker computes for",
			)?,
			turns: gauge(
				"syngraph_worker_turns",
				"Turns of agreements in the last run of the off-chain worker",
			)?,
			millis: gauge(
				"syngraph_worker_milliseconds",
				"Time for which the last run of the off-chain worker was at work",
			)?,
		})
	}

	fn show(&self, run: &RunReport) {
		self.agreements.set(run.agreements.into());
		self.turns.set(run.turns.into());
		self.millis.set(run.millis);
	}
}
