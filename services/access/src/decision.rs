//! The decision about a receipt, from what is known and nothing else.

use syngraph_primitives::{BlockNumber, ChannelId, ClientId, Payer};

use crate::{
	config::{Offer, Rules},
	Balance, Entry, Page, Problem, SafeState, SignedReceipt,
};

/// All that a decision depends on.
pub struct Basis<'a> {
	/// What the operator allows.
	pub rules: &'a Rules,
	/// The channel on the chain.
	pub state: &'a SafeState,
	/// What is remembered of it and of the client.
	pub page: &'a Page,
	/// The service that is asked for.
	pub offer: &'a Offer,
	/// The receipt.
	pub receipt: &'a SignedReceipt,
	/// What the client takes for the price: the receipt adds that to what the client knows to be owed. If it
	/// does not say, the receipt has to add just the price now.
	pub price: Option<Balance>,
	/// The hash of what the client shows to be told a password again. Without it, it is told once.
	pub key: Option<sp_core::H256>,
	/// In how many seconds the next period begins.
	pub period_ends: u64,
}

/// What is to be done with a receipt.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Step {
	/// It has bought this password already: tell it again.
	Repeat(u64),
	/// It buys a slot. Before that, so many passwords are to be left out: the chain or the receipt shows
	/// that as many slots were sold that this ledger does not know, which was restored from a backup.
	Sell(u64),
}

/// How many passwords are left out at most because of one receipt. Each was paid for, and a device does not
/// mind how many were never shown.
pub const MOST_LEFT_OUT: u64 = 100;

/// Decides about a receipt whose signature is valid, or will be checked if the decision is not to
/// refuse or to repeat.
pub fn decide(basis: &Basis) -> Result<Step, Problem> {
	if let Some(counter) = repeated(basis) {
		return Ok(Step::Repeat(counter));
	}
	ensure_open(basis)?;
	let known = known(basis.state, basis.page.entry.as_ref());
	let amount = basis.receipt.receipt.amount;
	let Some(added) = amount.checked_sub(known).filter(|added| *added > 0) else {
		return Err(Problem::StaleAmount { amount: known });
	};
	if amount > basis.state.funds {
		return Err(Problem::Overdrawn {
			funds: basis.state.funds,
		});
	}
	let Some(price) = price(basis, added) else {
		return Err(Problem::WrongPrice {
			amount: known,
			price: basis.offer.price,
		});
	};
	if basis.page.bought >= basis.rules.quota {
		return Err(Problem::QuotaExceeded {
			retry_after: basis.period_ends,
		});
	}
	Ok(Step::Sell(left_out(basis, price)))
}

/// What the slot costs, if the receipt may add so much. Whoever does not say what it takes for the price may
/// not add more: nobody knows whether it meant to pay it, or is ahead of the server.
fn price(basis: &Basis, added: Balance) -> Option<Balance> {
	let now = basis.offer.price;
	match basis.price {
		Some(price) => (now <= price && price <= added).then_some(price),
		None => (added == now).then_some(now),
	}
}

/// What the chain has paid out of a channel by receipts that were never accepted here.
pub fn unknown(state: &SafeState, entry: Option<&Entry>) -> Balance {
	state.paid.saturating_sub(remembered(state, entry))
}

/// The amount to go on from: what has been accepted here or paid on the chain, whichever is more.
pub fn known(state: &SafeState, entry: Option<&Entry>) -> Balance {
	state.paid.max(remembered(state, entry))
}

/// Whether the depositor has asked to close the channel, or the server closes it.
pub fn is_closing(state: &SafeState, entry: Option<&Entry>) -> bool {
	entry.is_some_and(|entry| {
		let closes = entry.closing && entry.payer == state.payer;
		closes || state.expires < entry.expires
	})
}

/// The first block in which no receipt is accepted any more.
pub fn accepts_until(state: &SafeState, rules: &Rules) -> BlockNumber {
	state.deadline().saturating_sub(rules.margin)
}

/// The client that must have signed a receipt.
pub fn client<'a>(
	state: &'a SafeState,
	receipt: &'a SignedReceipt,
) -> Result<&'a ClientId, Problem> {
	match (&state.payer, &receipt.membership) {
		(Payer::Direct, None) => Ok(&state.depositor),
		(Payer::Delegated(client), None) => Ok(client),
		(Payer::Group(_), Some(membership)) => Ok(&membership.client),
		_ => Err(Problem::BadMembership),
	}
}

/// The channel of a receipt.
pub fn channel(receipt: &SignedReceipt) -> ChannelId {
	receipt.receipt.channel
}

/// What is remembered to be owed. A receipt counts for the payer under which it was accepted: what a former one
/// owed is what the chain has paid of it, and no other payer can be asked for the rest.
fn remembered(state: &SafeState, entry: Option<&Entry>) -> Balance {
	let Some(entry) = entry else {
		return 0;
	};
	let amount = entry.receipt.receipt.amount;
	match entry.payer == state.payer {
		true => amount,
		false => amount.min(state.paid),
	}
}

/// The password that this very request has bought. It does not matter how many others have bought since.
fn repeated(basis: &Basis) -> Option<u64> {
	let purchase = basis.page.purchase.as_ref()?;
	let is_same = purchase.is_of(basis.offer, basis.receipt, basis.key);
	is_same.then_some(purchase.counter)
}

/// Nothing is sold when the receipt might not be redeemed.
fn ensure_open(basis: &Basis) -> Result<(), Problem> {
	let entry = basis.page.entry.as_ref();
	let seen = entry.map_or(0, |entry| entry.seen);
	if basis.state.heads.finalized < seen {
		return Err(Problem::Unavailable("the chain is behind what it was"));
	}
	if is_closing(basis.state, entry) {
		return Err(Problem::Closing);
	}
	let accepts_until = accepts_until(basis.state, basis.rules);
	if basis.state.heads.best >= accepts_until {
		return Err(Problem::Expiring { accepts_until });
	}
	Ok(())
}

/// How many slots must have been sold to get from what is remembered to where this one begins. Their
/// passwords may have been used, so they are not handed out again.
fn left_out(basis: &Basis, price: Balance) -> u64 {
	let begins = basis.receipt.receipt.amount.saturating_sub(price);
	let unknown = begins.saturating_sub(remembered(basis.state, basis.page.entry.as_ref()));
	let slots = unknown.div_ceil(basis.offer.price.max(1));
	u64::try_from(slots).map_or(MOST_LEFT_OUT, |slots| slots.min(MOST_LEFT_OUT))
}
