//! What can go wrong between a program and a node.

use std::time::Duration;

use frame_support::traits::StorageVersion;
use jsonrpsee::core::ClientError;
use sp_runtime::{transaction_validity::InvalidTransaction, DispatchError};
use syngraph_runtime::{AccountId, BlockNumber, Hash, RuntimeError};

/// Why a request to a node came to nothing.
#[derive(Debug, thiserror::Error)]
pub enum Error {
	/// The node could not be reached in time.
	#[error("no node answers at {url}: {reason}")]
	Unreachable {
		/// Where it was looked for.
		url: String,
		/// What went wrong last.
		reason: String,
	},
	/// The node that answers now is one of another chain than before.
	#[error("the node at {url} is one of another chain now: its first block is {theirs:?}, and not {ours:?}")]
	OtherChain {
		/// Where it is.
		url: String,
		/// The hash of its chain's first block.
		theirs: Hash,
		/// That of the chain that it was before.
		ours: Hash,
	},
	/// The node refused a request.
	#[error("{method}: {}", explain(.reason))]
	Refused {
		/// The method that was asked for.
		method: String,
		/// What the node said.
		reason: ClientError,
	},
	/// The node's answer is not what it should be.
	#[error("the node's answer holds no {0}")]
	Unreadable(&'static str),
	/// Something in the chain's state is not what this program takes it for, although the node's runtime calls
	/// itself by the same version.
	#[error("the node's {what} cannot be read by this program: {reason}")]
	Undecodable {
		/// The pallet and its item.
		what: String,
		/// What is wrong with it.
		reason: codec::Error,
	},
	/// The node's runtime has other calls or events than the one that this program was built with.
	#[error(
		"the node runs {theirs}, but this program was built for {ours}: use the program of the release that the \
		 chain runs"
	)]
	OtherRuntime {
		/// What the node runs.
		theirs: String,
		/// What this program knows.
		ours: String,
	},
	/// A pallet of the chain stores things in another form than this program reads.
	#[error(
		"the node's pallet {pallet} stores things in the form of {theirs:?}, but this program reads {ours:?}: use \
		 the program of the release that the chain runs"
	)]
	OtherStorage {
		/// What the pallet is called.
		pallet: String,
		/// The version of its storage.
		theirs: StorageVersion,
		/// The one that this program reads.
		ours: StorageVersion,
	},
	/// The transaction was included and failed.
	#[error("the transaction failed: {}", describe(.0))]
	Failed(DispatchError),
	/// The transaction was included, and its block has events that this program does not know: whether the call failed
	/// only the state tells.
	#[error(
		"the transaction is in block {block}, but it is not known whether it failed: {reason}"
	)]
	Unseen {
		/// The number of the block.
		block: BlockNumber,
		/// Why its events cannot be read.
		reason: Box<Error>,
	},
	/// The transaction was not included, and will not be.
	#[error("the transaction was given up: it was {0}")]
	GivenUp(&'static str),
	/// A key cannot be registered, because another account did.
	#[error("the key is registered by another account, {owner}")]
	KeyTaken {
		/// The account.
		owner: AccountId,
	},
	/// An intermediary did not show in time that it is alive.
	#[error(
		"intermediary {intermediary} has not shown within {} s that it is alive: does a node with its key in \
		 the keystore run, and is that node in step with the chain?",
		.patience.as_secs()
	)]
	NotAlive {
		/// The intermediary.
		intermediary: u64,
		/// For how long it was waited for.
		patience: Duration,
	},
	/// Every node to which a device's messages go was given up.
	#[error("no node is left to take the messages: {}", .0.join("; "))]
	NoNodeLeft(
		/// Where each is, and why it was given up.
		Vec<String>,
	),
}

impl Error {
	/// Whether the node refused a transaction because its account cannot pay the fee.
	pub fn is_unpaid(&self) -> bool {
		let unpaid: &str = InvalidTransaction::Payment.into();
		match self {
			Error::Refused {
				reason: ClientError::Call(error),
				..
			} => error.data().is_some_and(|data| data.get().contains(unpaid)),
			_ => false,
		}
	}
}

/// What a node said, without the wrapping.
fn explain(reason: &ClientError) -> String {
	let ClientError::Call(error) = reason else {
		return reason.to_string();
	};
	match error.data() {
		Some(data) => format!("{}: {}", error.message(), data.get().trim_matches('"')),
		None => error.message().into(),
	}
}

/// What a dispatch error means: the pallet and its error's name where it has them.
pub fn describe(error: &DispatchError) -> String {
	match RuntimeError::from_dispatch_error(*error) {
		Some(known) => format!("{known:?}"),
		None => format!("{error:?}"),
	}
}
