//! The command `syngraph-pay`, as people use it.

use std::{
	env,
	fs::{self, OpenOptions},
	io::{self, Write},
	os::unix::fs::OpenOptionsExt,
	path::{Path, PathBuf},
	process::{Child, Command, Stdio},
};

use anyhow::{ensure, Context, Result};
use serde_json::Value;
use syngraph_primitives::ChannelId;
use syngraph_runtime::AccountId;

use crate::{args::Args, parties::Party};

/// The command with a key.
pub struct Payer {
	program: PathBuf,
	node: String,
	server: String,
	key: PathBuf,
}

impl Payer {
	/// The command that lies beside this one, with the key in a file of this name.
	pub fn new(args: &Args, name: &str, key: &str) -> Result<Self> {
		let program = env::current_exe()?.with_file_name("syngraph-pay");
		ensure!(program.exists(), "there is no {}", program.display());
		fs::create_dir_all(&args.records)?;
		let file = args.records.join(format!("{name}.key"));
		write_private(&file, key).with_context(|| file.display().to_string())?;
		Ok(Self {
			program,
			node: args.node.clone(),
			server: args.server.clone(),
			key: file,
		})
	}

	/// Begins to pay for a slot and to use it.
	pub fn pay(&self, party: &Party, records: &Path) -> Result<Child> {
		let service = &party.service;
		let mut command = self.command("pay");
		command
			.arg(format!("{:?}", party.channel))
			.args([&service.device, &service.service])
			.args(["--server", &self.server, "--device", &party.device])
			.args(["--at-most", &service.price.to_string()])
			.arg("--records")
			.arg(records);
		let silent = command.stdout(Stdio::null()).stderr(Stdio::null());
		silent.spawn().context("syngraph-pay")
	}

	/// Opens a channel for so many blocks. The payee is named: with a server, the command would open none so short that
	/// the server sells nothing for it.
	pub fn open(&self, payee: &AccountId, funds: u128, blocks: u32) -> Result<ChannelId> {
		let mut command = self.command("open");
		command
			.args(["--payee", &payee.to_string()])
			.args(["--funds", &funds.to_string()])
			.args(["--blocks", &blocks.to_string()])
			.arg("--records")
			.arg(self.key.with_extension("records"));
		let opened = answer(command)?;
		let channel = opened["channel"].as_str().context("no channel")?;
		Ok(channel.parse()?)
	}

	/// Claims what is left in a channel, and tells how much it was.
	pub fn claim(&self, channel: ChannelId) -> Result<u128> {
		let mut command = self.command("claim");
		command.arg(format!("{channel:?}"));
		let claimed = answer(command)?;
		let returned = claimed["returned"].as_str().context("no amount")?;
		Ok(returned.parse()?)
	}

	fn command(&self, what: &str) -> Command {
		let mut command = Command::new(&self.program);
		command
			.args(["--json", what, "--dev-keys", "--node", &self.node, "--key"])
			.arg(&self.key);
		command
	}
}

/// Writes a file that only its owner can read.
fn write_private(path: &Path, content: &str) -> io::Result<()> {
	let mut file = OpenOptions::new()
		.write(true)
		.create(true)
		.truncate(true)
		.mode(0o600)
		.open(path)?;
	file.write_all(content.as_bytes())
}

/// What a command says, if it succeeds.
fn answer(mut command: Command) -> Result<Value> {
	let output = command.output().context("syngraph-pay")?;
	let complaint = String::from_utf8_lossy(&output.stderr);
	ensure!(output.status.success(), "{}", complaint.trim());
	Ok(serde_json::from_slice(&output.stdout)?)
}
