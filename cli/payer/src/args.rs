//! The command line.

use std::path::PathBuf;

use clap::{value_parser, ArgGroup, Args as Arguments, Parser, Subcommand};
use syngraph_client::secret::WellKnown;
use syngraph_primitives::{ChannelId, ClientId};
use syngraph_runtime::{AccountId, Balance, BlockNumber};

/// Pays for devices out of channels, a slot at a time.
///
/// Amounts are in the smallest unit (10^-12 SYN). A file of a key can be read by its owner only and holds
/// one line, `<secret>` or `<scheme> <secret>`: the scheme is sr25519, ed25519 or secp256k1, the secret a
/// phrase, or a seed of 0x and 64 hexadecimal digits, and may end with a derivation path. A file of a group
/// holds its clients, one in each line.
#[derive(Parser, Debug)]
#[command(name = "syngraph-pay", version)]
pub struct Args {
	/// Print JSON.
	#[arg(long, global = true)]
	pub json: bool,

	/// What to do.
	#[command(subcommand)]
	pub command: Command,
}

/// What can be done.
#[derive(Subcommand, Debug)]
pub enum Command {
	/// Print the client that a key makes: what `--delegate` and files of groups are made of.
	Client(Client),
	/// Open a channel and print its id. The key's own receipts count, unless it is for others. Whoever is cut off
	/// gets the same channel by the same command.
	#[command(group = ArgGroup::new("whom").required(true).args(["payee", "server"]))]
	Open(Open),
	/// Put more into a channel, or make it expire later. Whoever is cut off finishes it by the same command.
	#[command(group = ArgGroup::new("more").required(true).multiple(true).args(["amount", "blocks"]))]
	TopUp(TopUp),
	/// Buy one slot. Whatever happens, the same command again goes on with the same slot.
	Pay(Pay),
	/// Show channels: what is in them, what was paid, what is pending.
	#[command(group = ArgGroup::new("which").required(true).args(["channel", "account"]))]
	Status(Status),
	/// Ask for a channel to be closed early: its payee gets some time to bring its last receipt.
	Close(Close),
	/// Get back what is left in a channel that has expired.
	Claim(Close),
}

/// The node of the chain.
#[derive(Arguments, Debug)]
pub struct Node {
	/// The address of a node.
	#[arg(
		long = "node",
		value_name = "URL",
		default_value = "ws://127.0.0.1:9944"
	)]
	pub url: String,
}

/// Who vouches for the access server.
#[derive(Arguments, Debug)]
pub struct Authorities {
	/// The file with the certificates, in PEM, that vouch for an access server at an https address; without
	/// it, the system's do.
	#[arg(long = "ca", value_name = "FILE")]
	pub authorities: Option<PathBuf>,
}

/// A key.
#[derive(Arguments, Debug)]
pub struct Secret {
	/// The file of the key.
	#[arg(long = "key", value_name = "FILE")]
	pub file: PathBuf,
	/// Take a key that everybody knows, such as `//Alice`: on development chains.
	#[arg(long)]
	pub dev_keys: bool,
}

impl Secret {
	/// What is done with a key that everybody knows.
	pub fn well_known(&self) -> WellKnown {
		WellKnown::accepted_if(self.dev_keys)
	}
}

/// The arguments of `client`.
#[derive(Arguments, Debug)]
pub struct Client {
	/// The key.
	#[command(flatten)]
	pub key: Secret,
}

/// The arguments of `open`.
#[derive(Arguments, Debug)]
pub struct Open {
	/// The chain.
	#[command(flatten)]
	pub node: Node,
	/// The depositor's key.
	#[command(flatten)]
	pub key: Secret,
	/// The account of the access server, which the channel pays. It is what the server at `--server`
	/// says if it is not given.
	#[arg(long, value_name = "ACCOUNT")]
	pub payee: Option<AccountId>,
	/// The address of the access server.
	#[arg(long, value_name = "URL")]
	pub server: Option<String>,
	/// Who vouches for it.
	#[command(flatten)]
	pub ca: Authorities,
	/// The folder of records, in which is kept what must not be done twice.
	#[command(flatten)]
	pub records: Folder,
	/// How much to put in; not nothing.
	#[arg(long, value_name = "AMOUNT", value_parser = funds)]
	pub funds: Balance,
	/// After how many blocks the channel expires.
	#[arg(long, value_name = "N", value_parser = value_parser!(BlockNumber).range(1..))]
	pub blocks: BlockNumber,
	/// The client whose receipts count.
	#[arg(long, value_name = "CLIENT", conflicts_with = "group")]
	pub delegate: Option<ClientId>,
	/// The file of the group whose members' receipts count.
	#[arg(long, value_name = "FILE")]
	pub group: Option<PathBuf>,
	/// First give up the same that was cut off, if nothing shows any more what came of it. If it took effect after
	/// all, it is done twice.
	#[arg(long)]
	pub write_off: bool,
}

/// The arguments of `top-up`.
#[derive(Arguments, Debug)]
pub struct TopUp {
	/// The channel.
	pub channel: ChannelId,
	/// The chain.
	#[command(flatten)]
	pub node: Node,
	/// The depositor's key.
	#[command(flatten)]
	pub key: Secret,
	/// The folder of records, in which is kept what must not be done twice.
	#[command(flatten)]
	pub records: Folder,
	/// How much more to put in; nothing if only `--blocks` is given.
	#[arg(long, value_name = "AMOUNT")]
	pub amount: Option<Balance>,
	/// After how many blocks from now the channel expires, unless it does later anyway.
	#[arg(long, value_name = "N", value_parser = value_parser!(BlockNumber).range(1..))]
	pub blocks: Option<BlockNumber>,
	/// First give up the same that was cut off, if nothing shows any more what came of it. If it took effect after
	/// all, it is done twice.
	#[arg(long)]
	pub write_off: bool,
}

/// The arguments of `pay`.
#[derive(Arguments, Debug)]
pub struct Pay {
	/// The channel.
	pub channel: ChannelId,
	/// The name of the device.
	#[arg(value_name = "DEVICE")]
	pub name: String,
	/// The service.
	pub service: String,
	/// The address of the access server.
	#[arg(long, value_name = "URL")]
	pub server: String,
	/// Who vouches for it.
	#[command(flatten)]
	pub ca: Authorities,
	/// The most that the slot may cost.
	#[arg(long, value_name = "AMOUNT")]
	pub at_most: Balance,
	/// Where the device listens; without it, the password is printed.
	#[arg(long, value_name = "HOST:PORT")]
	pub device: Option<String>,
	/// The chain.
	#[command(flatten)]
	pub node: Node,
	/// The client's key.
	#[command(flatten)]
	pub key: Secret,
	/// The file of the group that the client is a member of.
	#[arg(long, value_name = "FILE", requires = "index")]
	pub group: Option<PathBuf>,
	/// The client's place in the group, counted from zero.
	#[arg(long, value_name = "N", requires = "group")]
	pub index: Option<u32>,
	/// The folder of records.
	#[command(flatten)]
	pub records: Folder,
	/// First give up the slot that is pending, because the access server has a receipt for it and gives
	/// no password.
	#[arg(long)]
	pub write_off: bool,
}

/// A folder of records.
#[derive(Arguments, Debug)]
pub struct Folder {
	/// The folder in which receipts are kept.
	#[arg(long = "records", value_name = "FOLDER", default_value = "records")]
	pub folder: PathBuf,
}

/// The arguments of `status`.
#[derive(Arguments, Debug)]
pub struct Status {
	/// The channel; or all that an account has opened, by `--account`.
	pub channel: Option<ChannelId>,
	/// The account.
	#[arg(long)]
	pub account: Option<AccountId>,
	/// The address of the access server, to ask how the channel stands there as well.
	#[arg(long, value_name = "URL")]
	pub server: Option<String>,
	/// Who vouches for it.
	#[command(flatten)]
	pub ca: Authorities,
	/// The chain.
	#[command(flatten)]
	pub node: Node,
	/// The folder of records.
	#[command(flatten)]
	pub records: Folder,
}

/// The arguments of `close` and `claim`.
#[derive(Arguments, Debug)]
pub struct Close {
	/// The channel.
	pub channel: ChannelId,
	/// The chain.
	#[command(flatten)]
	pub node: Node,
	/// The depositor's key; to claim, anyone's.
	#[command(flatten)]
	pub key: Secret,
}

/// A channel without funds pays for nothing, and takes a deposit.
fn funds(text: &str) -> Result<Balance, String> {
	match text.parse() {
		Ok(0) => Err("it must be more than zero".into()),
		Ok(funds) => Ok(funds),
		Err(error) => Err(format!("no amount: {error}")),
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use clap::CommandFactory;

	#[test]
	fn the_command_line_is_sound() {
		Args::command().debug_assert();
	}

	#[test]
	fn a_channel_is_not_opened_with_nothing_in_it() {
		let open = |funds: &str| {
			let words = "syngraph-pay open --key k --server https://a --blocks 1 --funds";
			Args::try_parse_from(words.split(' ').chain([funds])).map_err(|error| error.to_string())
		};
		let refused = open("0").unwrap_err();
		assert!(refused.contains("'0' for '--funds <AMOUNT>': it must be more than zero"));
		for bad in ["00", "-1", "1.5", "", "1e3"] {
			assert!(open(bad).is_err(), "{bad}");
		}
		assert!(open("1").is_ok());
	}

	#[test]
	fn who_leaves_out_a_choice_is_told_all_there_is_to_choose() {
		let channel = format!("{:?}", ChannelId::zero());
		let parse = |command: &str| {
			let command = command.replace("CHANNEL", &channel);
			let words = ["syngraph-pay"].into_iter().chain(command.split(' '));
			Args::try_parse_from(words).map_err(|error| error.to_string())
		};
		for (command, choices, ways) in [
			(
				"open --key k --funds 1 --blocks 1",
				"<--payee <ACCOUNT>|--server <URL>>",
				&["--server https://a"][..],
			),
			(
				"top-up CHANNEL --key k",
				"<--amount <AMOUNT>|--blocks <N>>",
				&["--amount 1", "--blocks 1", "--amount 1 --blocks 1"],
			),
			(
				"status",
				"<CHANNEL|--account <ACCOUNT>>",
				&[
					&*channel,
					"--account 5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY",
				],
			),
		] {
			let refused = parse(command).unwrap_err();
			assert!(refused.contains(choices), "{refused}");
			for way in ways {
				let parsed = parse(&format!("{command} {way}"));
				assert!(parsed.is_ok(), "{parsed:?}");
			}
		}
	}

	#[test]
	fn a_group_needs_a_place_in_it() {
		let channel = format!("{:?}", ChannelId::zero());
		let pay = "syngraph-pay pay --server http://a --at-most 1 --key k --group g";
		let words = pay.split(' ').chain([&*channel, "charger", "fast"]);
		assert!(Args::try_parse_from(words.clone()).is_err());
		assert!(Args::try_parse_from(words.chain(["--index", "3"])).is_ok());
	}

	#[test]
	fn an_authority_can_be_named_wherever_a_server_is() {
		let channel = format!("{:?}", ChannelId::zero());
		for command in [
			"open --key k --server https://a --funds 1 --blocks 1",
			"pay CHANNEL charger fast --key k --server https://a --at-most 1",
			"status CHANNEL --server https://a",
		] {
			let command = command.replace("CHANNEL", &channel);
			let words = ["syngraph-pay"].into_iter().chain(command.split(' '));
			let args = Args::try_parse_from(words.chain(["--ca", "ca.pem"]));
			assert!(args.is_ok(), "{command}");
		}
	}
}
