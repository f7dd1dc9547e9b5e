//! The running server: its ports are open at once, and it sells as soon as the chain is there.

use std::{future::Future, net::SocketAddr, pin::pin, sync::Arc, time::Duration};

use anyhow::{anyhow, Context};
use sp_core::{crypto::Ss58AddressFormat, sr25519};
use syngraph_access::{
	config::{Config, Terms},
	http::{self, Door},
	listen::{self, Limits},
	Collector, Ledger, Metrics, Node, Server, Tasks, Tower, Watch,
};
use syngraph_client::secret::Key;
use syngraph_runtime::configs::SS58_PREFIX;
use tokio::{
	net::TcpListener,
	signal::unix::{signal, SignalKind},
	sync::watch,
	time::sleep,
};

use crate::{connect, identity, Checked};

/// How often a node is tried that is away.
const PAUSE: Duration = Duration::from_secs(2);
/// Operators are few, and their questions short.
const ADMIN: Limits = Limits {
	connections: 64,
	per_address: 32,
};

/// Where people come in: everybody, and operators.
#[derive(Default)]
struct Doors {
	public: Door,
	admin: Door,
}

/// Serves until a signal to stop, or until the disk fails or a task ends.
pub async fn serve(config: Config) -> anyhow::Result<()> {
	let limits = config.limits();
	limits.ensure_files()?;
	let Checked { terms, payee, tls } = Checked::new(&config)?;
	Ledger::ensure_there(&config.data)?;
	let scheme = if tls.is_some() { "https" } else { "http" };
	let (public, admin) = (bind(config.listen).await?, bind(config.admin()).await?);
	tracing::info!("listening at {scheme}://{}", config.listen);
	tracing::info!("listening for operators at http://{}", config.admin());
	let (doors, stop) = (Doors::default(), watch::Sender::new(false));
	let waiting = format!("the node at {} has not answered yet", config.node);
	doors.admin.explain(waiting);
	let public = listen::serve(public, tls, doors.public.router(), limits, stopped(&stop));
	let admin = listen::serve(admin, None, doors.admin.router(), ADMIN, stopped(&stop));
	let listening = tokio::spawn(async move { tokio::join!(public, admin) });
	// It is held to the end: what serves the last requests needs the tasks.
	let mut running = pin!(run(&config, terms, &payee, &doors));
	let ended = tokio::select! {
		ended = &mut running => ended,
		signal = signalled()? => Ok(signal),
	};
	tracing::info!("stopping");
	stop.send_replace(true);
	listening.await?;
	ended
}

async fn bind(address: SocketAddr) -> anyhow::Result<TcpListener> {
	let listener = TcpListener::bind(address).await;
	listener.with_context(|| format!("cannot listen on {address}"))
}

/// Serves until the disk fails or a task ends: both are failures.
async fn run(
	config: &Config,
	terms: Terms,
	payee: &Key<sr25519::Pair>,
	doors: &Doors,
) -> anyhow::Result<()> {
	let node = reach(config, payee, &doors.admin).await;
	let server = start(config, terms, payee, node)?;
	let mut tasks = tasks(config, &server);
	doors.public.open(http::router(server.clone()));
	doors.admin.open(http::admin(server.clone()));
	let instance = server.ledger().instance();
	tracing::info!("serving {} as {instance:?}", server.payee());
	let ended = tokio::select! {
		task = tasks.ended() => Err(anyhow!("the {task} has ended: start again")),
		() = server.ledger().failed() => Ok(()),
	};
	let whole = server.ledger().ensure_whole();
	whole.context("the disk has failed: start again when it is well")?;
	ended
}

/// What runs beside the serving.
fn tasks(config: &Config, server: &Arc<Server<Node>>) -> Tasks<Node> {
	let mut tasks = Tasks::new(server.clone());
	let followed = server.clone();
	tasks.run("watch", async move { followed.watch().follow().await });
	tasks.run("collector", Collector::new(server.clone()).run());
	if let Some(tower) = &config.tower {
		tasks.run(
			"way to the watchtower",
			Tower::new(server.clone(), tower).run(),
		);
	}
	tasks
}

/// Waits for the node, which may be started after the server. Until then nothing is sold, and clients are told;
/// operators are told why.
async fn reach(config: &Config, payee: &Key<sr25519::Pair>, operators: &Door) -> Node {
	tracing::info!("nothing is sold until the node at {} answers", config.node);
	loop {
		match connect(config, payee).await {
			Ok(node) => return node,
			Err(error) => {
				let reason = format!("{error:#}");
				tracing::warn!("nothing is sold: {reason}");
				operators.explain(reason);
			},
		}
		sleep(PAUSE).await;
	}
}

fn start(
	config: &Config,
	terms: Terms,
	payee: &Key<sr25519::Pair>,
	node: Node,
) -> anyhow::Result<Arc<Server<Node>>> {
	let identity = identity(&node, payee);
	let metrics = Arc::new(Metrics::new()?);
	let ledger = Ledger::open(&config.data, &identity, metrics.clone())?;
	let watch = Watch::new(node, config.patience());
	let ss58 = Ss58AddressFormat::custom(SS58_PREFIX);
	let server = Server::new(terms, identity.payee, ss58, watch, ledger, metrics)?;
	Ok(Arc::new(server))
}

/// Waits until everything is to stop.
fn stopped(stop: &watch::Sender<bool>) -> impl Future<Output = ()> {
	let mut stop = stop.subscribe();
	async move {
		// If nobody can say so any more, it is time as well.
		let _ = stop.wait_for(|stop| *stop).await;
	}
}

/// Waits for a signal to stop.
fn signalled() -> anyhow::Result<impl Future<Output = ()>> {
	let mut interrupt = signal(SignalKind::interrupt())?;
	let mut terminate = signal(SignalKind::terminate())?;
	Ok(async move {
		tokio::select! {
			_ = interrupt.recv() => {},
			_ = terminate.recv() => {},
		}
	})
}
