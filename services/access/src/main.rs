//! `syngraph-access`: the access server as a daemon.

mod offline;
mod serve;
mod status;

use std::{
	io::{self, IsTerminal},
	path::PathBuf,
	process::ExitCode,
	time::Duration,
};

use clap::{ArgGroup, Args, Parser, Subcommand};
use sp_core::sr25519;
use syngraph_access::{
	config::{Config, Terms},
	listen, Chain, Identity, Node,
};
use syngraph_client::{
	account,
	secret::{self, Key},
};
use tokio_rustls::TlsAcceptor;
use tracing_subscriber::EnvFilter;

use offline::Services;

/// How long a node may be away before a request to it fails.
const TIMEOUT: Duration = Duration::from_secs(20);

/// Sells one-time passwords of devices for receipts of payment channels.
#[derive(Parser)]
#[command(name = "syngraph-access", version)]
struct Cli {
	#[command(subcommand)]
	command: Command,
}

#[derive(Subcommand)]
enum Command {
	/// Begin: make the data folder of a server that has not sold anything yet
	Init(ConfigFile),
	/// Serve until SIGINT or SIGTERM, and close channels before they expire. RUST_LOG says how much to log
	Serve(ConfigFile),
	/// Check the configuration, the secrets and the certificate, and say what is sold
	Check(ConfigFile),
	/// Ask the running server how it is. Fails if it is not well
	Status(ConfigFile),
	/// Leave out passwords: after the data folder was restored from a backup, at least as many as were sold
	/// since; or up to the number at which a device says that it is. Not while the server runs
	#[command(group = ArgGroup::new("passwords").required(true))]
	Skip {
		#[command(flatten)]
		config: ConfigFile,
		#[command(flatten)]
		services: Services,
		/// How many
		#[arg(long, group = "passwords")]
		slots: Option<u64>,
		/// Up to this number, which is the next one then
		#[arg(long, group = "passwords", requires = "service")]
		to: Option<u64>,
	},
	/// Print two passwords that follow each other, for nothing: shown together, they bring a device back into
	/// step that is far behind. Not while the server runs
	Pair {
		#[command(flatten)]
		config: ConfigFile,
		/// The device
		#[arg(long)]
		device: String,
		/// Its service
		#[arg(long)]
		service: String,
	},
}

#[derive(Args)]
struct ConfigFile {
	/// The configuration, in TOML
	#[arg(long, value_name = "FILE", default_value = "access.toml")]
	config: PathBuf,
}

impl ConfigFile {
	fn load(&self) -> anyhow::Result<Config> {
		Config::load(&self.config)
	}
}

#[tokio::main]
async fn main() -> ExitCode {
	let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
	tracing_subscriber::fmt()
		.with_env_filter(filter)
		.with_ansi(io::stderr().is_terminal())
		.with_writer(io::stderr)
		.init();
	match run(Cli::parse().command).await {
		Ok(()) => ExitCode::SUCCESS,
		Err(error) => {
			// As text: a result of `main` would be shown with a backtrace.
			eprintln!("error: {error:#}");
			ExitCode::FAILURE
		},
	}
}

async fn run(command: Command) -> anyhow::Result<()> {
	match command {
		Command::Init(file) => offline::init(&file.load()?).await,
		Command::Serve(file) => serve::serve(file.load()?).await,
		Command::Check(file) => check(&file.load()?),
		Command::Status(file) => status::print(&file.load()?).await,
		Command::Skip {
			config,
			services,
			slots,
			to,
		} => offline::skip(&config.load()?, &services, slots, to).await,
		Command::Pair {
			config,
			device,
			service,
		} => offline::pair(&config.load()?, &device, &service).await,
	}
}

/// Everything that can be wrong without a node: whatever begins with a configuration checks it alike.
struct Checked {
	terms: Terms,
	payee: Key<sr25519::Pair>,
	tls: Option<TlsAcceptor>,
}

impl Checked {
	fn new(config: &Config) -> anyhow::Result<Self> {
		Ok(Self {
			terms: config.terms()?,
			payee: config.payee()?,
			tls: config.tls.as_ref().map(listen::tls).transpose()?,
		})
	}
}

fn check(config: &Config) -> anyhow::Result<()> {
	config.limits().ensure_files()?;
	let Checked { terms, payee, .. } = Checked::new(config)?;
	println!("payee {}", account(&payee.pair));
	for offer in &terms.offers {
		println!(
			"{} {}: {} for {} s",
			offer.device, offer.service, offer.price, offer.slot_seconds
		);
	}
	Ok(())
}

/// The node, if the payee's key may be used on its chain.
async fn connect(config: &Config, payee: &Key<sr25519::Pair>) -> anyhow::Result<Node> {
	let node = Node::connect(&config.node, TIMEOUT, payee.pair.clone()).await?;
	if payee.is_well_known {
		secret::ensure_development(node.client()).await?;
	}
	Ok(node)
}

/// What the ledger belongs to.
fn identity(node: &Node, payee: &Key<sr25519::Pair>) -> Identity {
	Identity {
		genesis: node.genesis(),
		payee: account(&payee.pair),
	}
}
