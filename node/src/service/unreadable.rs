//! What of the node's database could not be read.

use sc_service::{config::Configuration, Error, TaskManager};
use std::time::Duration;
use substrate_prometheus_endpoint::{register, Gauge, PrometheusError, Registry, U64};
use syngraph_intake::store::Persistent;
use syngraph_worker::state::unreadable;

use super::Core;
use crate::store::Store;

/// How often it is looked up.
const PERIOD: Duration = Duration::from_secs(10);

/// Shows operators how many values could not be read, beyond the lines in the log.
pub fn show(config: &Configuration, tasks: &TaskManager, core: &Core) -> Result<(), Error> {
	let Some(registry) = config.prometheus_registry() else {
		return Ok(());
	};
	let count = Count::register(registry, core.store.clone())
		.map_err(|error| Error::Application(error.into()))?;
	let show = async move {
		loop {
			count.show();
			tokio::time::sleep(PERIOD).await;
		}
	};
	tasks
		.spawn_handle()
		.spawn_blocking("unreadable", "off-chain-worker", show);
	Ok(())
}

/// How many there are.
struct Count {
	gauge: Gauge<U64>,
	persistent: Persistent<Store>,
}

impl Count {
	fn register(registry: &Registry, store: Store) -> Result<Self, PrometheusError> {
		let gauge = Gauge::new(
			"syngraph_unreadable_values",
			"Values of the node's database that could not be read since it was begun",
		)?;
		Ok(Self {
			gauge: register(gauge, registry)?,
			persistent: Persistent::new(store),
		})
	}

	fn show(&self) {
		self.gauge.set(unreadable(&self.persistent));
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use syngraph_primitives::GenesisHash;
	use syngraph_worker::state::interpret;

	#[test]
	fn what_could_not_be_read_is_shown_also_after_a_restart() {
		let folder = tempfile::tempdir().unwrap();
		let open = || {
			let store = Store::open(folder.path(), GenesisHash::repeat_byte(7)).unwrap();
			Count::register(&Registry::new(), store).unwrap()
		};
		let count = open();
		count.show();
		assert_eq!(count.gauge.get(), 0);
		let unread: Option<u64> = interpret(&count.persistent, b"syngraph/key", b"");
		assert_eq!(unread, None);
		count.show();
		assert_eq!(count.gauge.get(), 1);
		drop(count);
		let count = open();
		count.show();
		assert_eq!(count.gauge.get(), 1);
	}
}
