//! What can be wrong with a request, as clients are told (RFC 9457).

use serde_json::{json, Value};
use syngraph_primitives::BlockNumber;

use crate::Balance;

/// The most bytes of a request's body. The longest receipt, of a group of a million, takes half of it.
pub(crate) const MAX_BODY: usize = 4096;

/// Why a request is refused. Nothing has changed.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum Problem {
	/// This is not a request of the expected form.
	#[error("{0}")]
	Malformed(String),
	/// The chain has no such channel, or not in a final block yet.
	#[error("the channel is not open in any final block")]
	UnknownChannel,
	/// The channel pays somebody else.
	#[error("the channel pays another account")]
	ForeignPayee,
	/// There is no such device, or it has no such service.
	#[error("there is no such device, or it has no such service")]
	UnknownService,
	/// The receipt was not signed by a client whose receipts count, for this channel and chain.
	#[error("the receipt is not signed by the channel's client, for this channel and chain")]
	BadSignature,
	/// The proof of membership is missing, wrong, or out of place.
	#[error("the proof of membership is missing, wrong, or out of place")]
	BadMembership,
	/// As much as the receipt is for has been accepted already.
	#[error("receipts for {amount} have been accepted already")]
	StaleAmount {
		/// The amount to go on from.
		amount: Balance,
	},
	/// The receipt adds less than the price, or than its client says.
	#[error("the receipt must be for {amount} plus the price, {price}")]
	WrongPrice {
		/// The amount to go on from.
		amount: Balance,
		/// What is to be added.
		price: Balance,
	},
	/// The receipt is for more than was put into the channel.
	#[error("the channel holds {funds} in all")]
	Overdrawn {
		/// What was put in.
		funds: Balance,
	},
	/// The channel is being closed.
	#[error("the channel is being closed")]
	Closing,
	/// Receipts of this client will soon not count any more: too soon for the server to redeem another.
	#[error("receipts are accepted before block {accepts_until} only")]
	Expiring {
		/// The first block in which none is accepted.
		accepts_until: BlockNumber,
	},
	/// The client has bought as many slots as it may for now.
	#[error("no more slots for this client for now")]
	QuotaExceeded {
		/// After how many seconds it may buy again.
		retry_after: u64,
	},
	/// The request is larger than any that makes sense.
	#[error("a request has at most {} bytes", MAX_BODY)]
	TooLarge,
	/// The chain or the disk cannot be reached, or there is too much to do.
	#[error("{0}")]
	Unavailable(&'static str),
}

/// After how many seconds it may be worth trying again what was not available.
const RETRY_AFTER: u64 = 2;

impl Problem {
	/// The names of all problems, as they end the `type`.
	pub const NAMES: [&'static str; 14] = [
		"malformed",
		"unknown-channel",
		"foreign-payee",
		"unknown-service",
		"bad-signature",
		"bad-membership",
		"stale-amount",
		"wrong-price",
		"overdrawn",
		"closing",
		"expiring",
		"quota-exceeded",
		"too-large",
		"unavailable",
	];

	/// Its name and the status of the response.
	pub fn kind(&self) -> (&'static str, u16) {
		match self {
			Self::Malformed(_) => ("malformed", 400),
			Self::UnknownChannel => ("unknown-channel", 404),
			Self::ForeignPayee => ("foreign-payee", 422),
			Self::UnknownService => ("unknown-service", 404),
			Self::BadSignature => ("bad-signature", 422),
			Self::BadMembership => ("bad-membership", 422),
			Self::StaleAmount { .. } => ("stale-amount", 409),
			Self::WrongPrice { .. } => ("wrong-price", 422),
			Self::Overdrawn { .. } => ("overdrawn", 402),
			Self::Closing => ("closing", 409),
			Self::Expiring { .. } => ("expiring", 409),
			Self::QuotaExceeded { .. } => ("quota-exceeded", 429),
			Self::TooLarge => ("too-large", 413),
			Self::Unavailable(_) => ("unavailable", 503),
		}
	}

	/// After how many seconds the same request may be made again, if it may.
	pub fn retry_after(&self) -> Option<u64> {
		match self {
			Self::QuotaExceeded { retry_after } => Some(*retry_after),
			Self::Unavailable(_) => Some(RETRY_AFTER),
			_ => None,
		}
	}

	/// The body of the response.
	pub fn body(&self) -> Value {
		let (name, status) = self.kind();
		let mut body = json!({
			"type": format!("/problems/{name}"),
			"title": name.replace('-', " "),
			"status": status,
			"detail": self.to_string(),
		});
		match self {
			Self::StaleAmount { amount } => body["amount"] = json!(amount.to_string()),
			Self::WrongPrice { amount, price } => {
				body["amount"] = json!(amount.to_string());
				body["price"] = json!(price.to_string());
			},
			Self::Overdrawn { funds } => body["deposit"] = json!(funds.to_string()),
			Self::Expiring { accepts_until } => body["accepts_until"] = json!(accepts_until),
			_ => {},
		}
		body
	}
}
