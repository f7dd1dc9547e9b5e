//! Why a receipt is not taken.

use jsonrpsee::types::{error::INVALID_PARAMS_CODE, ErrorObjectOwned};
use std::fmt;
use syngraph_primitives::ReceiptError;

use crate::codes::{error, Retry};

/// Why a receipt is not taken. Each has a code, which never changes its meaning.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Refusal {
	/// Its bytes are not those of a receipt.
	NotAReceipt,
	/// The node decides about as many receipts as it can. The access server may try again.
	Busy,
	/// The node could not read the chain's state. The access server may try again.
	Unavailable,
	/// There is no such channel.
	UnknownChannel,
	/// The channel pays an account for which this node does not watch.
	OtherPayee,
	/// The channel has expired.
	Expired,
	/// It is for more than was put in.
	Overdrawn,
	/// As much has been paid, or a receipt for more was handed over.
	Stale,
	/// Its proof of membership is missing, wrong, or out of place.
	InvalidMembership,
	/// It was not signed by the client whose receipts count now, for this channel and chain.
	InvalidSignature,
	/// The node watches as many channels of the payee as it can, and none of them is worth less.
	Full,
	/// It adds less to what has been paid than a receipt must to be rescued.
	TooSmall,
	/// The node could not store it, and is about to stop.
	NotStored,
}

impl Refusal {
	/// The code of the reason.
	pub fn code(self) -> i32 {
		match self {
			Refusal::NotAReceipt => INVALID_PARAMS_CODE,
			Refusal::Busy => 7101,
			Refusal::Unavailable => 7102,
			Refusal::UnknownChannel => 7103,
			Refusal::OtherPayee => 7104,
			Refusal::Expired => 7105,
			Refusal::Overdrawn => 7106,
			Refusal::Stale => 7107,
			Refusal::InvalidMembership => 7108,
			Refusal::InvalidSignature => 7109,
			Refusal::Full => 7110,
			Refusal::NotStored => 7111,
			Refusal::TooSmall => 7112,
		}
	}

	/// What to do with the receipt. Never is only what no block that is yet to come can change: the best block of this
	/// node may be older than that of the access server's node.
	pub fn retry(self) -> Retry {
		match self {
			Refusal::Busy | Refusal::Unavailable => Retry::Soon,
			// The channel may be opened, topped up, prolonged, or change its payer; a block in which it was paid may be
			// retracted, and another runtime rescue less; room comes with every one that is closed.
			Refusal::UnknownChannel
			| Refusal::Expired
			| Refusal::Overdrawn
			| Refusal::InvalidMembership
			| Refusal::InvalidSignature
			| Refusal::Stale
			| Refusal::TooSmall
			| Refusal::Full
			| Refusal::NotStored => Retry::Later,
			// Whom a channel pays does not change.
			Refusal::NotAReceipt | Refusal::OtherPayee => Retry::Never,
		}
	}
}

impl fmt::Display for Refusal {
	fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
		f.write_str(match self {
			Refusal::NotAReceipt => "not the encoding of a signed receipt",
			Refusal::Busy => "the node is busy, try again",
			Refusal::Unavailable => "the state of the chain is not available, try again",
			Refusal::UnknownChannel => "there is no such channel",
			Refusal::OtherPayee => "the node does not watch for the channel's payee",
			Refusal::Expired => "the channel has expired",
			Refusal::Overdrawn => "the receipt is for more than was put in",
			Refusal::Stale => "as much has been paid, or a receipt for more was handed over",
			Refusal::InvalidMembership => {
				"the proof of membership is missing, wrong or out of place"
			},
			Refusal::InvalidSignature => "the signature does not verify",
			Refusal::Full => {
				"the node watches as many channels of the payee as it can, none of them worth less"
			},
			Refusal::TooSmall => "the receipt adds too little to what has been paid to be rescued",
			Refusal::NotStored => "the node could not store the receipt",
		})
	}
}

impl From<Refusal> for ErrorObjectOwned {
	fn from(refusal: Refusal) -> Self {
		error(refusal.code(), &refusal.to_string(), refusal.retry())
	}
}

impl From<ReceiptError> for Refusal {
	fn from(error: ReceiptError) -> Self {
		match error {
			ReceiptError::InvalidMembership => Self::InvalidMembership,
			ReceiptError::InvalidSignature => Self::InvalidSignature,
		}
	}
}
