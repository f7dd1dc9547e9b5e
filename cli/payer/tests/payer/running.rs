//! A real access server, on a chain that stands still.

use std::{
	num::NonZeroU64,
	path::Path,
	sync::{Arc, Mutex},
	time::Duration,
};

use sp_core::crypto::Ss58AddressFormat;
use syngraph_access::{
	config::{Offer, Rules, Terms},
	http,
	listen::{self, Limits, Tls},
	Chain, Closing, Collected, Costs, Funds, Heads, Identity, Lane, Ledger, Metrics, News, Seen,
	Server, Watch,
};
use syngraph_client::Postage;
use syngraph_device::Digits;
use syngraph_payer::{Channel, SignedReceipt};
use syngraph_primitives::{ChannelId, GenesisHash};
use syngraph_runtime::Balance;
use tokio::{net::TcpListener, runtime::Runtime, sync::oneshot};

use crate::machine::{channel, payee, secret, BLOCK, GENESIS};

/// A chain that stands still, with one channel, unless it is closed.
#[derive(Clone)]
pub struct Still(pub Arc<Mutex<Option<Channel>>>);

impl Chain for Still {
	fn genesis(&self) -> GenesisHash {
		GENESIS
	}

	async fn heads(&self) -> anyhow::Result<Heads> {
		Ok(heads())
	}

	async fn channels(&self, _: Lane, ids: &[ChannelId]) -> anyhow::Result<Vec<Seen>> {
		let seen = ids.iter().map(|id| {
			let there = self.0.lock().unwrap().clone();
			let channel = there.filter(|_| *id == channel());
			Seen {
				heads: heads(),
				finalized: channel.clone(),
				best: channel,
			}
		});
		Ok(seen.collect())
	}

	async fn news(&self) -> anyhow::Result<Vec<News>> {
		Ok(Vec::new())
	}

	async fn funds(&self) -> anyhow::Result<Funds> {
		Ok(Funds::default())
	}

	async fn costs(&self, _: &SignedReceipt) -> anyhow::Result<Costs> {
		Ok(Costs::default())
	}

	async fn close(&self, _: Vec<SignedReceipt>, _: Postage) -> anyhow::Result<Collected> {
		Ok(Collected::default())
	}

	async fn redeem(&self, _: Vec<SignedReceipt>, _: Postage) -> anyhow::Result<Collected> {
		Ok(Collected::default())
	}
}

fn heads() -> Heads {
	Heads {
		finalized: BLOCK,
		best: BLOCK,
	}
}

/// An access server that is running.
pub struct Running {
	pub url: String,
	stop: Option<oneshot::Sender<()>>,
	runtime: Option<Runtime>,
}

impl Running {
	/// The server whose records are in a folder, and that sells this, in a runtime of its own, so that nothing outlives
	/// it.
	pub fn start(
		folder: &Path,
		chain: Still,
		(service, price): (&str, Balance),
		tls: Option<&Tls>,
	) -> Self {
		let runtime = tokio::runtime::Builder::new_multi_thread()
			.worker_threads(1)
			.enable_all()
			.build()
			.unwrap();
		let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
		let address = listener.local_addr().unwrap();
		let url = match tls {
			Some(_) => format!("https://localhost:{}", address.port()),
			None => format!("http://{address}"),
		};
		let metrics = Arc::new(Metrics::new().unwrap());
		let identity = Identity {
			genesis: GENESIS,
			payee: payee(),
		};
		let ledger = match Ledger::ensure_there(folder) {
			Ok(_) => Ledger::open(folder, &identity, metrics.clone()),
			Err(_) => Ledger::create(folder, &identity, metrics.clone()),
		};
		let ledger = ledger.unwrap();
		let watch = Watch::new(chain, Duration::from_secs(600));
		runtime.block_on(watch.look()).unwrap();
		let ss58 = Ss58AddressFormat::custom(42);
		let server =
			Server::new(terms(service, price), payee(), ss58, watch, ledger, metrics).unwrap();
		let (stop, stopped) = oneshot::channel();
		runtime.spawn(listen::serve(
			listener,
			tls.map(|files| listen::tls(files).unwrap()),
			http::router(Arc::new(server)),
			Limits {
				connections: 64,
				per_address: 64,
			},
			async { stopped.await.unwrap_or_default() },
		));
		Self {
			url,
			stop: Some(stop),
			runtime: Some(runtime),
		}
	}
}

impl Drop for Running {
	fn drop(&mut self) {
		drop(self.stop.take());
		if let Some(runtime) = self.runtime.take() {
			runtime.shutdown_timeout(Duration::from_secs(5));
		}
	}
}

fn terms(service: &str, price: Balance) -> Terms {
	let offer = Offer {
		device: "charger".into(),
		service: service.into(),
		price,
		slot_seconds: 5,
		secret: secret(),
		digits: Digits::Six,
	};
	Terms {
		rules: Rules {
			margin: 10,
			quota: 1_000,
		},
		period: NonZeroU64::new(3600).unwrap(),
		closing: Closing::default(),
		offers: vec![Arc::new(offer)],
	}
}
