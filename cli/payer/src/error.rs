//! What can go wrong when paying.

use std::{io, path::PathBuf};

use syngraph_client::secret::SecretError;
use syngraph_primitives::ChannelId;
use syngraph_runtime::{AccountId, Balance, BlockNumber};

use crate::{Order, Problem};

/// Why something came to nothing. Unless it says otherwise, nothing was paid, or the receipt is kept
/// and the same command goes on with it.
#[derive(Debug, thiserror::Error)]
pub enum Error {
	/// Another process uses the folder of records.
	#[error("the records in {} are in use by another process", .0.display())]
	RecordsInUse(PathBuf),
	/// A file cannot be read or written.
	#[error("{}: {reason}", path.display())]
	Disk {
		/// The file.
		path: PathBuf,
		/// What the system said.
		reason: io::Error,
	},
	/// A file does not hold what it should.
	#[error("{}: {reason}", path.display())]
	Malformed {
		/// The file.
		path: PathBuf,
		/// What is wrong with it.
		reason: String,
	},
	/// A record was written by another version of the program.
	#[error(
		"{}: it has {found}, but this program reads version {first} to {last} alone. Finish what is under way with the program \
		 that wrote it, and then move the file away",
		path.display()
	)]
	OtherVersion {
		/// The file.
		path: PathBuf,
		/// What it says of its version.
		found: String,
		/// The first version that is read.
		first: u64,
		/// The last one.
		last: u64,
	},
	/// A file does not hold a secret, or not one that is taken.
	#[error(transparent)]
	Secret(#[from] SecretError),
	/// An address that is not one of a web server.
	#[error("`{0}` is not an http or https address")]
	Address(String),
	/// The access server did not answer, or not as it should.
	#[error("{url}: {reason}")]
	Unreachable {
		/// What was asked for.
		url: String,
		/// What happened instead.
		reason: String,
	},
	/// The access server refuses.
	#[error("the access server refuses: {0}")]
	Refused(Problem),
	/// The node refuses, or cannot be reached.
	#[error(transparent)]
	Node(#[from] syngraph_client::Error),
	/// The account that signs has too little.
	#[error(
		"the account {account} can spend {spendable}, which is not enough for {takes} and the fee: put more into it"
	)]
	TooPoor {
		/// The account.
		account: AccountId,
		/// What it can spend.
		spendable: Balance,
		/// What the transaction takes besides the fee.
		takes: Balance,
	},
	/// The channel would buy nothing.
	#[error(
		"a channel that lasts {blocks} blocks buys nothing: it takes some blocks until it is final, and in its last {margin} \
		 the access server sells nothing for it"
	)]
	TooShort {
		/// How long the channel was to last.
		blocks: BlockNumber,
		/// How long before its end nothing is sold.
		margin: BlockNumber,
	},
	/// The same channel was begun for another payee, whom the same access server named.
	#[error(
		"this was begun and cut off when the channel was to pay {begun}, but the access server names {told} now. Finish \
		 that one with `--payee {begun}` in place of `--server`; or give it up with `--write-off`, and open one that pays \
		 {told}"
	)]
	BegunForAnother {
		/// Whom the channel pays that was begun.
		begun: AccountId,
		/// Whom the access server says that channels pay.
		told: AccountId,
	},
	/// What was to be given up has opened a channel, which pays another than the one that is to be opened.
	#[error(
		"what was to be given up has opened the channel {channel:?}, which pays {begun}. Finish that with \
		 `--payee {begun}` in place of `--server`, and without `--write-off`; then this opens another"
	)]
	OpenForAnother {
		/// The channel.
		channel: ChannelId,
		/// Whom it pays.
		begun: AccountId,
	},
	/// The channel has not expired.
	#[error(
		"what is left in the channel can be claimed from block {expires} on, and it is block {block} now; `close` may \
		 make it expire sooner"
	)]
	NotExpired {
		/// The first block in which it can be claimed.
		expires: BlockNumber,
		/// The newest block.
		block: BlockNumber,
	},
	/// There is no such channel on the chain.
	#[error("the chain has no channel {0:?}: it may be closed")]
	UnknownChannel(ChannelId),
	/// The chain's node did not report what it should.
	#[error("the transaction did not result in {0}")]
	NoEffect(&'static str),
	/// It cannot be found out any more what came of a transaction.
	#[error(
		"the transaction was in block {block}, of which it cannot be found out any more what happened in it \
		 ({reason}), and {found}. If the node has dropped that state, one that keeps all (`--state-pruning archive`) \
		 can say it. Or look at `status`, and give it up with `--write-off`: then the same is done once more"
	)]
	Forgotten {
		/// The block.
		block: BlockNumber,
		/// Why it cannot.
		reason: String,
		/// What the chain's state says now.
		found: &'static str,
	},
	/// A transaction may still take effect.
	#[error(
		"the transaction can still get into a block up to number {0}: try again without `--write-off`, or later"
	)]
	StillComing(BlockNumber),
	/// Only accounts of sr25519 keys can sign transactions here.
	#[error("transactions need an sr25519 key; keys of other schemes sign receipts only")]
	CannotTransact,
	/// The access server is of another chain.
	#[error("the access server belongs to a different chain from the node")]
	OtherChain,
	/// The access server is not the one that the channel pays.
	#[error("the channel does not pay this access server")]
	OtherPayee,
	/// The key is not one whose receipts count for the channel.
	#[error("the channel does not count receipts of this key{}", if *.group { ": check the group's file and the index" } else { "" })]
	NotPayer {
		/// Whether a group pays.
		group: bool,
	},
	/// The access server does not sell this.
	#[error("the access server does not offer `{service}` at `{device}`, but {offered}")]
	NotOffered {
		/// The device.
		device: String,
		/// The service.
		service: String,
		/// What it does offer.
		offered: String,
	},
	/// The price is too high.
	#[error("a slot costs {price}, more than {at_most}")]
	TooExpensive {
		/// What a slot costs.
		price: Balance,
		/// What was to be paid at most.
		at_most: Balance,
	},
	/// The channel's funds are used up.
	#[error("the next receipt would be for {amount}, but the channel holds {funds}: top it up")]
	Overdrawn {
		/// What the receipt would be over.
		amount: Balance,
		/// What was put in.
		funds: Balance,
	},
	/// The access server claims more than it can show.
	#[error(
		"the access server claims {claimed}, but only {known} is known to be owed; if it has a \
		 receipt of these records and gives no password for it, `--write-off` gives up that slot"
	)]
	Unproven {
		/// What it claims.
		claimed: Balance,
		/// What is known of the channel.
		known: Balance,
	},
	/// The access server refuses a receipt that is just what it asks for.
	#[error(
		"the access server refuses a receipt over just what it asks for: {0}; `--write-off` gives up the \
		 slot"
	)]
	Withheld(Problem),
	/// Another purchase has to be finished first.
	#[error("a slot of {} is not finished: pay for it again first, or give it up with `--write-off`", .0)]
	PendingElsewhere(Order),
	/// Nothing is pending.
	#[error("there is no pending receipt")]
	NothingPending,
	/// Others of the group were faster again and again.
	#[error("other members of the group were faster {0} times: try again")]
	Contended(usize),
	/// The device cannot be reached; the password is kept.
	#[error("the device at {address} cannot be reached: {reason}; the password is kept")]
	DeviceAway {
		/// Where it should be.
		address: String,
		/// What happened.
		reason: String,
	},
	/// The device did not answer; the password is kept.
	#[error("the device at {address} did not answer: {reason}; the password is kept")]
	DeviceSilent {
		/// Where it is.
		address: String,
		/// What happened.
		reason: String,
	},
	/// The device does not look at passwords now; the password is kept.
	#[error("the device says `{0}`; the password is kept")]
	DeviceRefuses(String),
	/// The device says that the password is not the one of its number.
	#[error(
		"the device refuses the password `{0}`: it does not share the secret of the access server's service"
	)]
	PasswordRefused(String),
	/// The device is ahead of the access server.
	#[error(
		"the device has gone on to password number {next} and does not take number {counter} any more: others \
		 were faster, or the access server is behind. Then its operator has to leave out passwords up to there"
	)]
	PasswordPassed {
		/// The number of the password.
		counter: u64,
		/// The lowest number that the device takes.
		next: u64,
	},
	/// The device is far behind the access server; the password is kept.
	#[error(
		"the device is at password number {next}, so far behind that it does not take number {counter} alone. The \
		 password is kept: buy one more, and both are shown together, each for its slot"
	)]
	OutOfReach {
		/// The number of the password.
		counter: u64,
		/// The lowest number that the device takes.
		next: u64,
	},
}
