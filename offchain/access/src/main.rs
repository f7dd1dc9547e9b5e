//! `syngraph-access`: the access server as a daemon.

mod status;

use std::{
	fs,
	io::{self, IsTerminal},
	path::{Path, PathBuf},
	sync::Arc,
	time::Duration,
};

use anyhow::{bail, Context};
use clap::{Args, Parser, Subcommand};
use sp_core::crypto::Ss58AddressFormat;
use syngraph_access::{
	config::Config, http, listen, Chain, Identity, Keeper, Ledger, Metrics, Node, Server, Tasks,
	Tower, Watch,
};
use syngraph_client::account;
use syngraph_runtime::configs::SS58_PREFIX;
use tokio::{
	net::TcpListener,
	signal::unix::{signal, SignalKind},
};
use tracing_subscriber::EnvFilter;

/// How long a node may be away before a request to it fails.
const PATIENCE: Duration = Duration::from_secs(20);

/// Sells one-time passwords of devices for receipts of payment channels.
#[derive(Parser)]
#[command(name = "syngraph-access", version)]
struct Cli {
	#[command(subcommand)]
	command: Command,
}

#[derive(Subcommand)]
enum Command {
	/// Serve until SIGINT or SIGTERM, and close channels before they expire. RUST_LOG says how much to log
	Serve(ConfigFile),
	/// Check the configuration, the secrets and the certificate, and say what is sold
	Check(ConfigFile),
	/// Ask the running server how it is. Fails if it is not well
	Status(ConfigFile),
	/// Leave out passwords of every service, after the data folder was restored from a backup: at least as
	/// many as were sold since. Not while the server runs
	Skip {
		#[command(flatten)]
		config: ConfigFile,
		/// How many
		#[arg(long)]
		slots: u64,
	},
}

#[derive(Args)]
struct ConfigFile {
	/// The configuration, in TOML
	#[arg(long, value_name = "FILE", default_value = "access.toml")]
	config: PathBuf,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
	let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
	tracing_subscriber::fmt()
		.with_env_filter(filter)
		.with_ansi(io::stderr().is_terminal())
		.with_writer(io::stderr)
		.init();
	match Cli::parse().command {
		Command::Serve(file) => serve(Config::load(&file.config)?).await,
		Command::Check(file) => check(&Config::load(&file.config)?),
		Command::Status(file) => status::print(&Config::load(&file.config)?).await,
		Command::Skip { config, slots } => skip(Config::load(&config.config)?, slots).await,
	}
}

fn check(config: &Config) -> anyhow::Result<()> {
	let terms = config.terms()?;
	if let Some(tls) = &config.tls {
		listen::tls(tls)?;
	}
	println!("payee {}", account(&config.payee()?));
	for offer in &terms.offers {
		println!(
			"{} {}: {} for {} s",
			offer.device, offer.service, offer.price, offer.slot_seconds
		);
	}
	Ok(())
}

async fn serve(config: Config) -> anyhow::Result<()> {
	let tls = config.tls.as_ref().map(listen::tls).transpose()?;
	let server = start(&config).await?;
	let listener = TcpListener::bind(config.listen)
		.await
		.with_context(|| format!("cannot listen on {}", config.listen))?;
	let scheme = if tls.is_some() { "https" } else { "http" };
	let address = listener.local_addr()?;
	tracing::info!("serving {} at {scheme}://{address}", server.payee());
	let mut tasks = tasks(&config, &server);
	let app = http::router(server.clone());
	let stopped = stopped(server.ledger().clone())?;
	let mut ended = None;
	let stop = async {
		tokio::select! {
			() = stopped => {},
			task = tasks.ended() => ended = Some(task),
		}
		tracing::info!("stopping");
	};
	listen::serve(listener, tls, app, config.connections, stop).await;
	let whole = server.ledger().ensure_whole();
	whole.context("the disk has failed: start again when it is well")?;
	if let Some(task) = ended {
		bail!("the {task} has ended: start again");
	}
	tracing::info!("stopped");
	Ok(())
}

/// What runs beside the serving.
fn tasks(config: &Config, server: &Arc<Server<Node>>) -> Tasks<Node> {
	let mut tasks = Tasks::new(server.clone());
	let followed = server.clone();
	tasks.run("watch", async move { followed.watch().follow().await });
	tasks.run("keeper", Keeper::new(server.clone()).run());
	if let Some(tower) = &config.tower {
		tasks.run(
			"way to the watchtower",
			Tower::new(server.clone(), tower).run(),
		);
	}
	tasks
}

async fn start(config: &Config) -> anyhow::Result<Arc<Server<Node>>> {
	let terms = config.terms()?;
	let payee = account(&config.payee()?);
	let node = connect(config).await?;
	let metrics = Arc::new(Metrics::new()?);
	let ledger = open(config, &node, metrics.clone())?;
	let watch = Watch::new(node, config.patience());
	let ss58 = Ss58AddressFormat::custom(SS58_PREFIX);
	let server = Server::new(terms, payee, ss58, watch, ledger, metrics)?;
	Ok(Arc::new(server))
}

async fn skip(config: Config, slots: u64) -> anyhow::Result<()> {
	let terms = config.terms()?;
	let node = connect(&config).await?;
	let ledger = open(&config, &node, Arc::new(Metrics::new()?))?;
	for offer in terms.offers {
		let (device, service) = (offer.device.clone(), offer.service.clone());
		let next = ledger
			.write(move |books| books.skip(&device, &service, slots))
			.await?;
		println!(
			"{} {}: the next password is number {next}",
			offer.device, offer.service
		);
	}
	Ok(())
}

async fn connect(config: &Config) -> anyhow::Result<Node> {
	Ok(Node::connect(&config.node, PATIENCE, config.payee()?).await?)
}

fn open(config: &Config, node: &Node, metrics: Arc<Metrics>) -> anyhow::Result<Ledger> {
	let folder: &Path = &config.data;
	fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
	let identity = Identity {
		genesis: node.genesis(),
		payee: account(&config.payee()?),
	};
	Ledger::open(folder, &identity, metrics)
}

/// Waits for a signal to stop, or for the disk to fail.
fn stopped(ledger: Ledger) -> anyhow::Result<impl std::future::Future<Output = ()>> {
	let mut interrupt = signal(SignalKind::interrupt())?;
	let mut terminate = signal(SignalKind::terminate())?;
	Ok(async move {
		tokio::select! {
			_ = interrupt.recv() => {},
			_ = terminate.recv() => {},
			() = ledger.failed() => {},
		}
	})
}
