//! The Syngraph node: it makes and checks blocks, receives the messages of sensors, and runs the
//! off-chain worker of intermediaries.
// The SDK's error type is large, and is returned once in the life of a node.
#![allow(clippy::result_large_err)]

mod chain_spec;
mod cli;
mod client;
mod command;
mod rpc;
mod service;
mod state;
mod store;

use std::process::ExitCode;

fn main() -> ExitCode {
	match command::run() {
		Ok(()) => ExitCode::SUCCESS,
		Err(error) => {
			// As text: a result of `main` would be shown by the names of its types.
			eprintln!("error: {error}");
			ExitCode::FAILURE
		},
	}
}
