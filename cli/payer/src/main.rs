//! Pays for devices out of channels, from the command line.

use std::process::ExitCode;

use clap::Parser;

mod args;
mod commands;
mod report;

use args::Args;

#[tokio::main]
async fn main() -> ExitCode {
	let args = Args::parse();
	let Err(error) = commands::run(&args).await else {
		return ExitCode::SUCCESS;
	};
	match args.json {
		true => eprintln!("{}", report::error_as_json(&error)),
		false => eprintln!("error: {error}"),
	}
	ExitCode::FAILURE
}
