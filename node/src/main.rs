//! The Syngraph node: it makes and checks blocks, receives the messages of sensors, and runs the
//! off-chain worker of intermediaries.

mod chain_spec;
mod cli;
mod command;
mod rpc;
mod service;

fn main() -> sc_cli::Result<()> {
	command::run()
}
