//! Paying out of one channel, a slot at a time.

use sp_core::H256;
use syngraph_primitives::Payer;
use syngraph_runtime::Balance;

use crate::{
	Answer, ChannelInfo, ChannelState, Environment, Error, Hex, Info, Kept, Order, Password,
	Pending, Problem, Record, SignedReceipt, Signer, Stage,
};

/// How often a receipt is signed anew because other members of the group were faster.
const ATTEMPTS: usize = 16;

/// What became of a password that was shown to a device.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Handover {
	/// The device serves for so many seconds.
	Accepted(u64),
	/// An earlier run had shown the password already, and the device had accepted it.
	AcceptedBefore,
}

/// Pays out of one channel.
pub struct Payments<W> {
	environment: W,
	signer: Signer,
	record: Record,
}

impl<W: Environment> Payments<W> {
	/// Payments that go on from a record.
	pub fn new(environment: W, signer: Signer, record: Record) -> Self {
		Self {
			environment,
			signer,
			record,
		}
	}

	/// What is remembered.
	pub fn record(&self) -> &Record {
		&self.record
	}

	/// Buys a slot for not more than `at_most`, or goes on with the one that is pending.
	///
	/// The same password is returned until the slot is [handed over](Self::hand_over) or
	/// [completed](Self::complete).
	pub async fn buy(&mut self, order: &Order, at_most: Balance) -> Result<Password, Error> {
		if let Some(password) = self.bought(order)? {
			return Ok(password);
		}
		let mut refused: Option<((Hex<SignedReceipt>, Balance), Problem)> = None;
		for _ in 0..ATTEMPTS {
			self.prepare(order, at_most).await?;
			let pending = self.pending()?;
			// A receipt over the same amount may be signed anew for another price.
			let sent = (pending.receipt.clone(), pending.price);
			if let Some((_, problem)) = refused.filter(|(before, _)| *before == sent) {
				return Err(Error::Withheld(problem));
			}
			match self.environment.buy(self.pending()?).await {
				Ok(password) => {
					self.advance(Stage::Bought(password.clone()))?;
					return Ok(password);
				},
				Err(Error::Refused(problem)) if is_refused(&problem) => {
					self.advance(Stage::Refused)?;
					if !is_outrun(&problem) {
						return Err(Error::Refused(problem));
					}
					refused = Some((sent, problem));
				},
				Err(error) => return Err(error),
			}
		}
		Err(Error::Contended(ATTEMPTS))
	}

	/// Shows the password that was bought to the device at an address, and completes the slot.
	pub async fn hand_over(&mut self, address: &str) -> Result<Handover, Error> {
		let pending = self.pending()?.clone();
		let (password, shown) = match pending.stage {
			Stage::Bought(password) => (password, false),
			Stage::Shown(password) => (password, true),
			Stage::Signed | Stage::Refused => return Err(Error::NothingPending),
		};
		self.advance(Stage::Shown(password.clone()))?;
		let answer = self.show(address, &pending.order, &password).await;
		self.conclude(answer, &pending.order, password, shown)
	}

	/// Puts on record what a device said of a password, which an earlier run may have shown as well.
	fn conclude(
		&mut self,
		answer: Result<Answer, Error>,
		order: &Order,
		password: Password,
		shown: bool,
	) -> Result<Handover, Error> {
		let counter = password.counter;
		match answer {
			Ok(Answer::Accepted(seconds)) => {
				self.finish(None)?;
				Ok(Handover::Accepted(seconds))
			},
			Ok(Answer::Passed(_)) if shown => {
				self.finish(None)?;
				Ok(Handover::AcceptedBefore)
			},
			Ok(Answer::Passed(next)) => {
				self.finish(None)?;
				Err(Error::PasswordPassed { counter, next })
			},
			Ok(Answer::TooFar(next)) => {
				let order = order.clone();
				self.finish(Some(Kept { order, password }))?;
				Err(Error::OutOfReach { counter, next })
			},
			Ok(Answer::Wrong) => {
				self.finish(None)?;
				Err(Error::PasswordRefused(password.password))
			},
			Ok(Answer::NotNow(reason)) => {
				self.put_back(password, shown)?;
				Err(Error::DeviceRefuses(reason))
			},
			Err(error @ Error::DeviceAway { .. }) => {
				self.put_back(password, shown)?;
				Err(error)
			},
			Err(error) => Err(error),
		}
	}

	/// Shows a password to a device; if it is too far ahead for it and the one before is here as well, shows
	/// both.
	async fn show(
		&self,
		address: &str,
		order: &Order,
		password: &Password,
	) -> Result<Answer, Error> {
		let service = &order.service;
		let answer = self
			.environment
			.show(address, service, password, None)
			.await?;
		let before = self.record.kept.iter().find(|kept| {
			kept.order == *order && kept.password.counter.checked_add(1) == Some(password.counter)
		});
		match (&answer, before) {
			(Answer::TooFar(_), Some(before)) => {
				let first = &before.password;
				self.environment
					.show(address, service, first, Some(password))
					.await
			},
			_ => Ok(answer),
		}
	}

	/// Marks the pending slot as paid for and completed: its password was used, or is given up.
	pub fn complete(&mut self) -> Result<(), Error> {
		let order = &self.pending()?.order;
		let kept = self.record.kept.iter().find(|kept| kept.order == *order);
		self.finish(kept.cloned())
	}

	/// The same, with what is kept of the service from now on.
	fn finish(&mut self, kept: Option<Kept>) -> Result<(), Error> {
		let pending = self.pending()?;
		let mut record = Record::new(self.record.channel);
		let others = self.record.kept.iter();
		let others = others.filter(|kept| kept.order != pending.order);
		record.kept = others.cloned().chain(kept).collect();
		record.last = match &self.record.last {
			// The access server may have forgotten more than one slot.
			Some(last) if last.0.receipt.amount > pending.receipt.0.receipt.amount => {
				Some(last.clone())
			},
			_ => Some(pending.receipt.clone()),
		};
		self.save(record)
	}

	/// The password of the pending slot, if it is here already.
	fn bought(&self, order: &Order) -> Result<Option<Password>, Error> {
		let Some(pending) = &self.record.pending else {
			return Ok(None);
		};
		match &pending.stage {
			Stage::Refused => Ok(None),
			_ if pending.order != *order => Err(Error::PendingElsewhere(pending.order.clone())),
			Stage::Signed => Ok(None),
			Stage::Bought(password) | Stage::Shown(password) => Ok(Some(password.clone())),
		}
	}

	/// Makes the pending receipt one that can buy the slot: the one that is there, or a new one.
	async fn prepare(&mut self, order: &Order, at_most: Balance) -> Result<(), Error> {
		let pending = self.record.pending.as_ref();
		let pending = pending.filter(|pending| pending.order == *order);
		// It may have been accepted, and the answer lost, whatever has become of the channel since.
		if pending.is_some_and(|pending| pending.stage == Stage::Signed) {
			return Ok(());
		}
		let channel_info = match self.channel_info(order).await {
			// It may be closed, and have had this receipt before: then the password is told still.
			Err(Error::Refused(problem)) if pending.is_some() && is_unknown(&problem) => {
				return Ok(());
			},
			channel_info => channel_info?,
		};
		if pending.is_some_and(|pending| channel_info.receipt.as_ref() == Some(&pending.receipt)) {
			return Ok(());
		}
		let info = self.environment.info().await?;
		let price = info.price(order)?;
		if price > at_most {
			return Err(Error::TooExpensive { price, at_most });
		}
		let amount = channel_info.amount.saturating_add(price);
		// It has not been accepted yet. With another price it never would be.
		let is_good = |pending: &Pending| {
			pending.receipt.0.receipt.amount == amount && pending.price == price
		};
		if pending.is_some_and(is_good) {
			return Ok(());
		}
		let state = self.state(&info).await?;
		let known = self.known(&channel_info, &state);
		if channel_info.amount > known {
			let claimed = channel_info.amount;
			return Err(Error::Unproven { claimed, known });
		}
		let receipt = self.sign(amount, &state)?;
		let mut record = self.record.clone();
		record.pending = Some(Pending {
			order: order.clone(),
			base: known,
			price,
			receipt: Hex(receipt),
			key: H256::random(),
			stage: Stage::Signed,
		});
		// Before anybody sees it.
		self.save(record)
	}

	/// How the channel stands with the access server, which is first reminded of the last receipt if it
	/// has forgotten it. Else it would hand out passwords that were used already.
	async fn channel_info(&self, order: &Order) -> Result<ChannelInfo, Error> {
		let channel = self.record.channel;
		let channel_info = self.environment.channel_info(channel).await?;
		let last = self.record.last.as_ref().map(|last| &last.0);
		let Some(last) = last.filter(|last| last.receipt.amount > channel_info.amount) else {
			return Ok(channel_info);
		};
		let price = self.environment.info().await?.price(order)?;
		match self.environment.remind(order, last, price).await {
			Ok(()) | Err(Error::Refused(_)) => self.environment.channel_info(channel).await,
			Err(error) => Err(error),
		}
	}

	/// The channel, which must pay this access server.
	async fn state(&self, info: &Info) -> Result<ChannelState, Error> {
		let state = self.environment.channel(self.record.channel).await?;
		if info.genesis != state.genesis {
			return Err(Error::OtherChain);
		}
		match info.payee == state.channel.payee {
			true => Ok(state),
			false => Err(Error::OtherPayee),
		}
	}

	/// What is known to be owed.
	///
	/// While a receipt is pending, nothing counts that the access server can have by that very receipt:
	/// or it could, by withholding passwords, collect one receipt after the other.
	fn known(&self, channel_info: &ChannelInfo, state: &ChannelState) -> Balance {
		let shown = channel_info.receipt.as_ref().map(|receipt| &receipt.0);
		let proven = shown
			.filter(|shown| shown.receipt.channel == self.record.channel && state.counts(shown));
		let amount = |receipt: Option<&SignedReceipt>| receipt.map_or(0, |one| one.receipt.amount);
		match &self.record.pending {
			Some(pending) => {
				let others = proven.filter(|proven| self.signer.is_of_another(proven));
				pending.base.max(amount(others))
			},
			None => {
				let paid = self.record.paid().max(state.channel.paid);
				paid.max(amount(proven))
			},
		}
	}

	/// Signs a receipt that the channel can pay and that counts.
	fn sign(&self, amount: Balance, state: &ChannelState) -> Result<SignedReceipt, Error> {
		let funds = state.channel.funds;
		if amount > funds {
			return Err(Error::Overdrawn { amount, funds });
		}
		let receipt = self
			.signer
			.sign(&state.genesis, self.record.channel, amount);
		match state.counts(&receipt) {
			true => Ok(receipt),
			false => Err(Error::NotPayer {
				group: matches!(state.payer(), Payer::Group(_)),
			}),
		}
	}

	fn pending(&self) -> Result<&Pending, Error> {
		self.record.pending.as_ref().ok_or(Error::NothingPending)
	}

	/// The device has not looked at the password, unless it did in an earlier run.
	fn put_back(&mut self, password: Password, shown: bool) -> Result<(), Error> {
		match shown {
			true => Ok(()),
			false => self.advance(Stage::Bought(password)),
		}
	}

	fn advance(&mut self, stage: Stage) -> Result<(), Error> {
		let mut record = self.record.clone();
		let pending = record.pending.as_mut().ok_or(Error::NothingPending)?;
		pending.stage = stage;
		self.save(record)
	}

	fn save(&mut self, record: Record) -> Result<(), Error> {
		self.environment.save(&record)?;
		self.record = record;
		Ok(())
	}
}

/// Whether the receipt was refused for good. What a server says before it has looked for the receipt is not: it may
/// have it all the same. A server whose node is behind does not know the channel, and one that was started with other
/// services does not know the service.
fn is_refused(problem: &Problem) -> bool {
	let is_before = matches!(
		problem.name(),
		"unknown-service" | "malformed" | "too-large"
	);
	problem.is_final() && !is_before && !is_unknown(problem)
}

/// Whether the server does not know the channel.
fn is_unknown(problem: &Problem) -> bool {
	problem.name() == "unknown-channel"
}

/// Whether the receipt came too late: another was faster, or the price has changed.
fn is_outrun(problem: &Problem) -> bool {
	matches!(problem.name(), "stale-amount" | "wrong-price")
}
