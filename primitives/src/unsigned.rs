//! Transactions that nobody signs.
//!
//! An intermediary or a watchtower needs no account: the call authorises itself by what it carries, and an escrow, a
//! bond or the payee pays as much as for a transaction that somebody signs. What the pallets' calls of this kind have
//! in common is here, so that they agree: how they are told apart in the pool, with which codes they are refused, and
//! what they cost.

use codec::Encode;
use sp_runtime::{
	transaction_validity::{
		InvalidTransaction, TransactionLongevity, TransactionPriority, TransactionValidityError,
		TransactionValidityWithRefund, ValidTransaction,
	},
	SaturatedConversion, Saturating,
};
use sp_weights::{Weight, WeightToFee};

/// The bytes of a general transaction that are not its call's parameters: length, version, transaction extensions,
/// the index of pallet and call.
const ENVELOPE_LENGTH: usize = 18;
/// The bytes of agreement and window, by which a call says what it is about.
pub const SUBJECT_LENGTH: usize = 32 + 8;

/// A kind of calls. No two of them get in each other's way in the pool, and the code of a call that is not valid says
/// of which kind it was.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum CallKind {
	/// A round settles.
	Settle,
	/// A step of a dispute.
	Dispute,
	/// An intermediary shows that it is alive.
	Heartbeat,
	/// A receipt is redeemed for a payee that seems to be away.
	Rescue,
}

impl CallKind {
	/// What the pool knows it by.
	fn tag(self) -> &'static str {
		match self {
			Self::Settle => "syngraph/settle",
			Self::Dispute => "syngraph/dispute",
			Self::Heartbeat => "syngraph/heartbeat",
			Self::Rescue => "syngraph/rescue",
		}
	}
}

/// Lets a call into the pool, and into a block. Of those of a kind that provide the same, one is kept: that of the
/// highest priority. `unspent` is what the check weighed less than was declared.
pub fn accept(
	kind: CallKind,
	provides: impl Encode,
	priority: TransactionPriority,
	longevity: TransactionLongevity,
	unspent: Weight,
) -> TransactionValidityWithRefund {
	ValidTransaction::with_tag_prefix(kind.tag())
		.and_provides(provides)
		.priority(priority)
		.longevity(longevity)
		.propagate(true)
		.build()
		.map(|validity| (validity, unspent))
}

/// What the pool and a block make of a call that is not valid, with a code.
///
/// There is nothing but a number to tell why. A code never changes its meaning, and no two pallets have the same:
/// agreements have those from 1 on, the registry from 50, disputes from 100, channels from 200.
pub fn invalid(code: u8) -> TransactionValidityError {
	InvalidTransaction::Custom(code).into()
}

/// What a call costs of which checking and dispatch have this `weight`, and whose parameters have so many bytes. `base`
/// is what any transaction weighs.
pub fn fee<W, L>(base: Weight, weight: Weight, parameters: usize) -> W::Balance
where
	W: WeightToFee,
	L: WeightToFee<Balance = W::Balance>,
{
	let bytes = ENVELOPE_LENGTH.saturating_add(parameters);
	let fee = W::weight_to_fee(&base.saturating_add(weight));
	fee.saturating_add(length_fee::<L>(bytes))
}

/// What so many bytes cost.
pub fn length_fee<L: WeightToFee>(bytes: usize) -> L::Balance {
	L::weight_to_fee(&Weight::from_parts(bytes.saturated_into(), 0))
}
