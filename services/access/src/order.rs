//! A request for a slot, from what is known about it to its entries in the ledger.

use std::{num::NonZeroU64, sync::Arc};

use serde::Serialize;
use sp_core::H256;
use syngraph_device::hotp;
use syngraph_primitives::{ChannelId, ClientId, ReceiptError};

use crate::{
	config::{Offer, Rules},
	decision::{self, Basis, Step},
	Balance, Broken, Entries, Entry, Ledger, Page, Problem, Purchase, SafeState, SignedReceipt,
};

/// A slot, as it is sold.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Slot {
	/// What the device accepts, once.
	pub password: String,
	/// The number of the password.
	pub counter: u64,
	/// What the channel has been charged in all.
	#[serde(serialize_with = "decimal")]
	pub amount: Balance,
	/// How long the slot lasts.
	pub slot_seconds: u32,
}

impl Slot {
	/// The slot of the password with this number, which was bought with a receipt.
	pub(crate) fn new(offer: &Offer, receipt: &SignedReceipt, counter: u64) -> Self {
		Self {
			password: hotp(&offer.secret, counter, offer.digits).to_string(),
			counter,
			amount: receipt.receipt.amount,
			slot_seconds: offer.slot_seconds,
		}
	}
}

/// The chain has paid by a receipt that was never accepted here.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error(
	"channel {channel:?} has paid {amount} by receipts that this server never accepted: another server may use \
	 its payee, or its data be older than it should be"
)]
pub struct Unknown {
	/// The channel.
	pub channel: ChannelId,
	/// How much.
	pub amount: Balance,
}

/// A request with all that is known about it but what others change at the same time.
pub(crate) struct Order {
	/// What the operator allows about this channel.
	pub(crate) rules: Rules,
	/// The length of a quota's period in seconds.
	pub(crate) period: NonZeroU64,
	pub(crate) client: ClientId,
	/// The time of the day, in seconds since the epoch.
	pub(crate) seconds: u64,
	pub(crate) state: SafeState,
	pub(crate) offer: Arc<Offer>,
	pub(crate) receipt: SignedReceipt,
	pub(crate) price: Option<Balance>,
	pub(crate) key: Option<H256>,
}

impl Order {
	/// What is on disk now.
	pub(crate) fn page(&self, ledger: &Ledger) -> Result<Page, Broken> {
		ledger.page(self.channel(), &self.client, self.period())
	}

	/// What the chain knows and the ledger does not.
	pub(crate) fn unknown(&self, page: &Page) -> Option<Unknown> {
		let amount = decision::unknown(&self.state, page.entry.as_ref());
		(amount > 0).then(|| Unknown {
			channel: self.channel(),
			amount,
		})
	}

	pub(crate) fn verify(&self, genesis: &H256) -> Result<(), Problem> {
		let SafeState {
			payer, depositor, ..
		} = &self.state;
		self.receipt
			.verify(payer, depositor, genesis)
			.map_err(|error| match error {
				ReceiptError::InvalidMembership => Problem::BadMembership,
				ReceiptError::InvalidSignature => Problem::BadSignature,
			})
	}

	/// Makes the entries that the decision calls for, and gives the number of the password. The decision may
	/// be a [`Problem`]: that is no failure of the ledger.
	pub(crate) fn execute(&self, entries: &mut Entries) -> Result<Result<u64, Problem>, Broken> {
		let page = entries.page(self.channel(), &self.client, self.period())?;
		let left_out = match self.decide(&page) {
			Ok(Step::Sell(left_out)) => left_out,
			Ok(Step::Repeat(counter)) => return Ok(Ok(counter)),
			Err(problem) => return Ok(Err(problem)),
		};
		let (device, service) = (&self.offer.device, &self.offer.service);
		let counter = entries.next(device, service, left_out)?;
		entries.put(&self.entry())?;
		entries.sell(self.channel(), &self.client, &self.purchase(counter))?;
		let bought = page.bought.saturating_add(1);
		entries.count(&self.client, self.period(), bought)?;
		Ok(Ok(counter))
	}

	pub(crate) fn decide(&self, page: &Page) -> Result<Step, Problem> {
		let period = self.period.get();
		decision::decide(&Basis {
			rules: &self.rules,
			state: &self.state,
			page,
			offer: &self.offer,
			receipt: &self.receipt,
			price: self.price,
			key: self.key,
			period_ends: period - self.seconds % period,
		})
	}

	fn entry(&self) -> Entry {
		Entry {
			receipt: self.receipt.clone(),
			payer: self.state.payer.clone(),
			expires: self.state.expires,
			seen: self.state.heads.finalized,
			closing: false,
		}
	}

	fn purchase(&self, counter: u64) -> Purchase {
		Purchase {
			receipt: Purchase::hash(&self.receipt),
			device: self.offer.device.clone(),
			service: self.offer.service.clone(),
			counter,
			key: self.key,
		}
	}

	fn channel(&self) -> ChannelId {
		decision::channel(&self.receipt)
	}

	/// The quota's period.
	fn period(&self) -> u64 {
		self.seconds / self.period
	}

	pub(crate) fn slot(&self, counter: u64) -> Slot {
		Slot::new(&self.offer, &self.receipt, counter)
	}
}

pub(crate) fn decimal<S: serde::Serializer>(
	amount: &Balance,
	serializer: S,
) -> Result<S::Ok, S::Error> {
	serializer.collect_str(amount)
}
