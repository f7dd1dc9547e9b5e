//! Does what the command line says.

use sc_cli::{Result, SubstrateCli};
use sc_service::ChainSpec;
use std::path::PathBuf;
use syngraph_runtime::OpaqueBlock as Block;

use crate::{
	chain_spec,
	cli::{Cli, Subcommand},
	service,
};

impl SubstrateCli for Cli {
	fn impl_name() -> String {
		"Syngraph Node".into()
	}

	fn impl_version() -> String {
		env!("CARGO_PKG_VERSION").into()
	}

	fn description() -> String {
		env!("CARGO_PKG_DESCRIPTION").into()
	}

	fn author() -> String {
		"The Syngraph developers".into()
	}

	fn support_url() -> String {
		"the issue tracker of the project".into()
	}

	fn copyright_start_year() -> i32 {
		2025
	}

	fn load_spec(&self, id: &str) -> std::result::Result<Box<dyn ChainSpec>, String> {
		Ok(Box::new(match id {
			"dev" => chain_spec::dev()?,
			"" | "local" => chain_spec::local()?,
			path => chain_spec::ChainSpec::from_json_file(PathBuf::from(path))?,
		}))
	}
}

/// Parses the command line and does what it says.
pub fn run() -> Result<()> {
	let cli = Cli::from_args();
	let Some(subcommand) = &cli.subcommand else {
		return run_node(&cli);
	};
	match subcommand {
		Subcommand::Key(cmd) => cmd.run(&cli),
		Subcommand::BuildSpec(cmd) => cli
			.create_runner(cmd)?
			.sync_run(|config| cmd.run(config.chain_spec, config.network)),
		Subcommand::ExportChainSpec(cmd) => cmd.run(cli.load_spec(&cmd.chain)?),
		Subcommand::PurgeChain(cmd) => cli
			.create_runner(cmd)?
			.sync_run(|config| cmd.run(config.database)),
		Subcommand::ChainInfo(cmd) => cli
			.create_runner(cmd)?
			.sync_run(|config| cmd.run::<Block>(&config)),
		with_chain => run_with_chain(&cli, with_chain),
	}
}

fn run_node(cli: &Cli) -> Result<()> {
	cli.create_runner(&cli.run)?
		.run_node_until_exit(|config| async move {
			service::start(config, cli.node.clone()).map_err(explain)
		})
}

/// What is the node's own speaks for itself, without the name of a kind of error before it.
fn explain(error: sc_service::Error) -> sc_cli::Error {
	match error {
		sc_service::Error::Application(error) => sc_cli::Error::Application(error),
		sc_service::Error::Other(reason) => sc_cli::Error::Application(reason.into()),
		other => sc_cli::Error::Service(other),
	}
}

/// The subcommands that work on the chain's database with the node's own code.
fn run_with_chain(cli: &Cli, subcommand: &Subcommand) -> Result<()> {
	match subcommand {
		Subcommand::CheckBlock(cmd) => cli.create_runner(cmd)?.async_run(|config| {
			let parts = service::new_partial(&config)?;
			Ok((
				cmd.run(parts.client, parts.import_queue),
				parts.task_manager,
			))
		}),
		Subcommand::ExportBlocks(cmd) => cli.create_runner(cmd)?.async_run(|config| {
			let parts = service::new_partial(&config)?;
			Ok((cmd.run(parts.client, config.database), parts.task_manager))
		}),
		Subcommand::ExportState(cmd) => cli.create_runner(cmd)?.async_run(|config| {
			let parts = service::new_partial(&config)?;
			Ok((cmd.run(parts.client, config.chain_spec), parts.task_manager))
		}),
		Subcommand::ImportBlocks(cmd) => cli.create_runner(cmd)?.async_run(|config| {
			let parts = service::new_partial(&config)?;
			Ok((
				cmd.run(parts.client, parts.import_queue),
				parts.task_manager,
			))
		}),
		Subcommand::Revert(cmd) => cli.create_runner(cmd)?.async_run(|config| {
			let parts = service::new_partial(&config)?;
			let revert_finality = Box::new(|client, _, blocks| {
				sc_consensus_grandpa::revert(client, blocks)?;
				Ok(())
			});
			let run = cmd.run(parts.client, parts.backend, Some(revert_finality));
			Ok((run, parts.task_manager))
		}),
		_ => unreachable!("handled by the caller"),
	}
}
