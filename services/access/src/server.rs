//! A request's way from the receipt to the password.

use std::{
	io, mem,
	sync::Arc,
	time::{Instant, SystemTime, UNIX_EPOCH},
};

use codec::Encode;
use parking_lot::Mutex;
use serde::Serialize;
use sp_core::{
	crypto::{AccountId32, Ss58AddressFormat, Ss58Codec},
	H256,
};
use syngraph_primitives::{ChannelId, Payer};

use crate::{
	config::{Offer, Rules, Terms},
	decision::{self, Step},
	order::{decimal, Order, Slot, Unknown},
	pool::Pool,
	Balance, Broken, Chain, Coming, Funds, Ledger, Metrics, Problem, Purchase, SafeState,
	SignedReceipt, State, Watch,
};

/// Someone wants a slot.
#[derive(Clone, Debug)]
pub struct Request {
	/// Of which device.
	pub device: String,
	/// Which of its services.
	pub service: String,
	/// What it pays with.
	pub receipt: SignedReceipt,
	/// What it takes for the price. None if the receipt adds just the price now.
	pub price: Option<Balance>,
	/// The hash of what it will show, should it have to ask again. Without it, it is told its password once.
	pub key: Option<H256>,
}

/// A channel, as clients are told.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct ChannelInfo {
	/// Its id.
	pub channel: ChannelId,
	/// Of which kind it is.
	pub payer: &'static str,
	/// What was put in.
	#[serde(serialize_with = "decimal")]
	pub deposit: Balance,
	/// The amount to go on from.
	#[serde(serialize_with = "decimal")]
	pub amount: Balance,
	/// The receipt over it, in hexadecimal. None if there is none, or the chain has paid more.
	pub receipt: Option<String>,
	/// The first block in which no receipt counts.
	pub expires: u32,
	/// The same, and none unless the channel is being closed.
	pub closing: Option<u32>,
	/// The first block in which no receipt is accepted here.
	pub accepts_until: u32,
}

/// The payee's account cannot pay the fees of closing all channels that owe it something.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error(
	"the payee's account can spend {spendable}, but closing its channels takes {needed}: put more in"
)]
pub struct Shortage {
	/// What it can spend.
	pub spendable: Balance,
	/// What it needs.
	pub needed: Balance,
}

/// What serving takes.
pub struct Server<C> {
	terms: Terms,
	payee: AccountId32,
	ss58: Ss58AddressFormat,
	watch: Watch<C>,
	ledger: Ledger,
	pool: Pool,
	metrics: Arc<Metrics>,
	shortage: Mutex<Option<Shortage>>,
	/// The last one since the start.
	unknown: Mutex<Option<Unknown>>,
	keeping: Mutex<Keeping>,
}

/// What the collector has told last.
#[derive(Default)]
struct Keeping {
	state: State,
	/// When it was last known to have done all that it had to. None before it begins.
	alive: Option<Instant>,
	/// A task that has ended and should not have.
	ended: Option<&'static str>,
}

impl<C: Chain> Server<C> {
	/// A server that has read nothing of the chain yet: see [`Watch::follow`]. Fails if there can
	/// be no more threads.
	pub fn new(
		terms: Terms,
		payee: AccountId32,
		ss58: Ss58AddressFormat,
		watch: Watch<C>,
		ledger: Ledger,
		metrics: Arc<Metrics>,
	) -> io::Result<Self> {
		let named = payee.to_ss58check_with_version(ss58);
		metrics.identify(&named, &ledger.instance());
		Ok(Self {
			terms,
			payee,
			ss58,
			watch,
			ledger,
			pool: Pool::new()?,
			metrics,
			shortage: Mutex::default(),
			unknown: Mutex::default(),
			keeping: Mutex::default(),
		})
	}

	/// The chain.
	pub fn watch(&self) -> &Watch<C> {
		&self.watch
	}

	/// What must not be forgotten.
	pub fn ledger(&self) -> &Ledger {
		&self.ledger
	}

	/// What the operator can watch.
	pub fn metrics(&self) -> &Metrics {
		&self.metrics
	}

	/// What the operator decided.
	pub fn terms(&self) -> &Terms {
		&self.terms
	}

	/// The account that is paid, as people write it.
	pub fn payee(&self) -> String {
		self.payee.to_ss58check_with_version(self.ss58)
	}

	/// Fails unless the chain and the disk are there, every task runs, and channels are collected from in time.
	pub fn ensure_healthy(&self) -> Result<(), Problem> {
		self.watch.heads()?;
		self.ledger.ensure_whole()?;
		self.ensure_kept()
	}

	/// Fails if what is sold might not be collected.
	fn ensure_kept(&self) -> Result<(), Problem> {
		let keeping = self.keeping.lock();
		let reason = if keeping.ended.is_some() {
			"a task of the server has ended: it is about to stop"
		} else if self.is_neglected(&keeping) {
			"channels cannot be looked after"
		} else if keeping.state.overdue > 0 {
			"channels cannot be closed in time"
		} else {
			return Ok(());
		};
		Err(Problem::Unavailable(reason))
	}

	/// Whether the collector has got nothing done for as long as the chain may stand still.
	fn is_neglected(&self, keeping: &Keeping) -> bool {
		let patience = self.watch.patience();
		keeping.alive.is_some_and(|at| at.elapsed() > patience)
	}

	/// Takes down how far collecting has come. While some of it is overdue, nothing is sold.
	pub(crate) fn note_plan(&self, state: State) {
		let now = state.overdue;
		let before = mem::replace(&mut self.keeping.lock().state, state).overdue;
		match (before, now) {
			(0, 1..) => tracing::error!("{now} channels should be closed by now: nothing is sold"),
			(1.., 0) => tracing::info!("channels are closed in time again"),
			_ => {},
		}
	}

	/// The collector has done all that it had to, or begins.
	pub(crate) fn note_life(&self) {
		self.keeping.lock().alive = Some(Instant::now());
	}

	/// Takes down that a task has ended that should not have.
	pub(crate) fn note_end(&self, task: &'static str) {
		self.metrics.ended.inc();
		self.keeping.lock().ended = Some(task);
	}

	/// What the operator allows about a channel: its margin is longer if there is so much to close before
	/// that another closing has to begin earlier.
	fn rules(&self, state: &SafeState) -> Rules {
		let deadline = state.deadline();
		let latest = deadline.saturating_sub(self.terms.rules.margin);
		let until = self.keeping.lock().state.plan.room(latest);
		Rules {
			margin: deadline.saturating_sub(until),
			..self.terms.rules.clone()
		}
	}

	/// What the operator should look at.
	pub fn warnings(&self) -> Vec<String> {
		let unknown = *self.unknown.lock();
		let shortage = self.shortage().map(|shortage| shortage.to_string());
		shortage
			.into_iter()
			.chain(unknown.map(|unknown| unknown.to_string()))
			.collect()
	}

	/// Takes down that the chain has paid by receipts that were never accepted here.
	fn note_unknown(&self, unknown: Unknown) {
		let before = self.unknown.lock().replace(unknown);
		if before != Some(unknown) {
			self.metrics.unknown.inc();
			tracing::warn!("{unknown}");
		}
	}

	/// What the payee's account lacks, if anything.
	pub fn shortage(&self) -> Option<Shortage> {
		*self.shortage.lock()
	}

	/// Takes down what the payee has, while so many channels owe it something. It should be able to pay for
	/// closing one at any time.
	pub fn note_funds(&self, funds: Funds, owed: u32) {
		let Funds { spendable, fee } = funds;
		let needed = fee.saturating_mul(owed.max(1).into());
		self.metrics.funds.set(spendable as f64);
		self.metrics.needed.set(needed as f64);
		let shortage = (spendable < needed).then_some(Shortage { spendable, needed });
		let before = mem::replace(&mut *self.shortage.lock(), shortage);
		match (before, shortage) {
			(None, Some(shortage)) => tracing::warn!("{shortage}"),
			(Some(_), None) => tracing::info!("the payee's account can pay for closing again"),
			_ => {},
		}
	}

	/// Sells a slot. When this returns it is safely on disk that it was.
	pub async fn sell(&self, request: Request) -> Result<Slot, Problem> {
		let slot = self.try_sell(request).await;
		if let Err(problem) = &slot {
			self.metrics.refuse(problem);
		}
		slot
	}

	async fn try_sell(&self, request: Request) -> Result<Slot, Problem> {
		let offer = self.offer(&request.device, &request.service)?;
		if let Some(slot) = self.repeat(&offer, &request)? {
			return Ok(slot);
		}
		self.ensure_kept()?;
		let state = self.state(decision::channel(&request.receipt)).await?;
		let client = decision::client(&state, &request.receipt)?.clone();
		let order = Order {
			rules: self.rules(&state),
			period: self.terms.period,
			client,
			seconds: seconds(),
			state,
			price: request.price,
			offer,
			receipt: request.receipt,
			key: request.key,
		};
		let (ledger, genesis) = (self.ledger.clone(), self.watch.genesis());
		let screen = move || -> Result<_, Problem> {
			let page = order.page(&ledger)?;
			let step = order.decide(&page)?;
			if !matches!(step, Step::Repeat(_)) {
				order.verify(&genesis)?;
			}
			Ok((order.unknown(&page), order, step))
		};
		let coming = self.ledger.announce();
		let (unknown, order, step) = self.pool.run(screen).await??;
		if let Some(unknown) = unknown {
			self.note_unknown(unknown);
		}
		match step {
			Step::Repeat(counter) => {
				self.metrics.repeated.inc();
				Ok(order.slot(counter))
			},
			Step::Sell(_) => self.record(order, coming).await,
		}
	}

	/// The slot that this very request has bought before: it is paid for, whatever has become of the channel and
	/// the chain since.
	fn repeat(&self, offer: &Offer, request: &Request) -> Result<Option<Slot>, Problem> {
		let Request { receipt, key, .. } = request;
		let hash = Purchase::hash(receipt);
		let known = self.ledger.purchase(decision::channel(receipt), hash)?;
		let known = known.filter(|known| known.is_of(offer, receipt, *key));
		Ok(known.map(|known| {
			self.metrics.repeated.inc();
			Slot::new(offer, receipt, known.counter)
		}))
	}

	/// Decides once more, now that everything before this order is recorded, and records what comes of
	/// it.
	async fn record(&self, order: Order, coming: Coming) -> Result<Slot, Problem> {
		let recorded = self.ledger.write(move |entries| {
			let counter = order.execute(entries)?;
			Ok(counter.map(|counter| order.slot(counter)))
		});
		drop(coming);
		let slot = recorded.await??;
		self.metrics.sold.inc();
		Ok(slot)
	}

	/// What there is to know about a channel.
	pub async fn channel(&self, id: ChannelId) -> Result<ChannelInfo, Problem> {
		let state = self.state(id).await?;
		let entry = self.ledger.entry(id)?;
		let entry = entry.as_ref();
		let amount = decision::known(&state, entry);
		let last = entry
			.filter(|entry| entry.payer == state.payer && entry.receipt.receipt.amount == amount);
		let closing = decision::is_closing(&state, entry);
		Ok(ChannelInfo {
			channel: id,
			payer: match state.payer {
				Payer::Direct => "direct",
				Payer::Delegated(_) => "delegated",
				Payer::Group(_) => "group",
			},
			deposit: state.funds,
			amount,
			receipt: last.map(|entry| to_hex(&entry.receipt)),
			expires: state.expires,
			closing: closing.then_some(state.expires),
			accepts_until: decision::accepts_until(&state, &self.rules(&state)),
		})
	}

	fn offer(&self, device: &str, service: &str) -> Result<Arc<Offer>, Problem> {
		let mut offers = self.terms.offers.iter();
		let found = offers.find(|offer| offer.device == device && offer.service == service);
		found.cloned().ok_or(Problem::UnknownService)
	}

	/// A channel that pays this server.
	async fn state(&self, id: ChannelId) -> Result<SafeState, Problem> {
		let seen = self.watch.channel(id).await?;
		let state = seen.safe_state().ok_or(Problem::UnknownChannel)?;
		match state.payee == self.payee {
			true => Ok(state),
			false => Err(Problem::ForeignPayee),
		}
	}
}

impl From<Broken> for Problem {
	fn from(_: Broken) -> Self {
		Self::Unavailable("the disk cannot be reached")
	}
}

/// Bytes as they are written in answers.
fn to_hex(value: &impl Encode) -> String {
	array_bytes::bytes2hex("0x", value.encode())
}

fn seconds() -> u64 {
	let since = SystemTime::now().duration_since(UNIX_EPOCH);
	since.map_or(0, |since| since.as_secs())
}
