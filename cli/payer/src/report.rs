//! What the commands print.

use std::fmt::{self, Display, Formatter};

use serde::Serialize;
use serde_json::json;
use syngraph_payer::{decimal, Channel, ChannelInfo, Error, Pending, Record, Stage};
use syngraph_primitives::{ChannelId, ClientId, Payer};
use syngraph_runtime::{AccountId, Balance, BlockNumber};

/// Prints something.
pub fn print(report: &(impl Serialize + Display), json: bool) {
	match serde_json::to_string(report) {
		Ok(text) if json => println!("{text}"),
		_ => println!("{report}"),
	}
}

/// An error with the problem that the access server named, if it did.
pub fn error_as_json(error: &Error) -> String {
	let problem = match error {
		Error::Refused(problem) => Some(problem),
		_ => None,
	};
	json!({ "error": error.to_string(), "problem": problem }).to_string()
}

/// A client's id.
#[derive(Serialize)]
pub struct Id {
	pub client: ClientId,
}

impl Display for Id {
	fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
		self.client.fmt(f)
	}
}

/// A channel was opened.
#[derive(Serialize)]
pub struct Opened {
	pub channel: ChannelId,
}

impl Display for Opened {
	fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
		write!(f, "{:?}", self.channel)
	}
}

/// A channel holds more, or longer.
#[derive(Serialize)]
pub struct ToppedUp {
	#[serde(with = "decimal")]
	pub funds: Balance,
	pub expires: BlockNumber,
}

impl Display for ToppedUp {
	fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
		let Self { funds, expires } = self;
		write!(f, "{funds} put in so far, expires in block {expires}")
	}
}

/// A slot was paid for.
#[derive(Serialize)]
pub struct Paid {
	/// The password, unless the device has it. The device is shown its number with it.
	pub password: Option<String>,
	pub counter: u64,
	#[serde(with = "decimal")]
	pub amount: Balance,
	/// How long the slot is, as the device says if it was shown the password.
	pub seconds: u64,
	/// How long it is, as the access server says.
	pub slot_seconds: u64,
	/// Whether an earlier run had used the password.
	pub used_before: bool,
}

impl Display for Paid {
	fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
		match &self.password {
			Some(password) => write!(f, "{} {password}", self.counter),
			None if self.used_before => {
				write!(f, "an earlier run's slot: the device had accepted it")
			},
			None => {
				write!(f, "accepted for {} s", self.seconds)?;
				if self.seconds < self.slot_seconds {
					let sold = self.slot_seconds;
					write!(f, ", but the access server sells slots of {sold} s")?;
				}
				write!(f, "; paid {} so far", self.amount)
			},
		}
	}
}

/// A channel will be closed.
#[derive(Serialize)]
pub struct Closing {
	pub expires: BlockNumber,
}

impl Display for Closing {
	fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
		write!(
			f,
			"closed by its payee, or expires in block {}",
			self.expires
		)
	}
}

/// What is left was claimed.
#[derive(Serialize)]
pub struct Claimed {
	#[serde(with = "decimal")]
	pub returned: Balance,
}

impl Display for Claimed {
	fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
		write!(f, "{} returned", self.returned)
	}
}

/// How a channel is doing. Amounts are decimal text.
#[derive(Serialize)]
pub struct State {
	channel: ChannelId,
	depositor: AccountId,
	payee: AccountId,
	payer: &'static str,
	/// All that was put in.
	#[serde(with = "decimal")]
	funds: Balance,
	/// What the chain has paid out of it.
	#[serde(with = "decimal")]
	redeemed: Balance,
	/// The best receipt, as far as these records and the access server know.
	#[serde(with = "decimal")]
	paid: Balance,
	/// The last receipt of these records.
	#[serde(with = "decimal")]
	last_receipt: Balance,
	expires: BlockNumber,
	block: BlockNumber,
	/// The first block in which no receipt counts any more, if the channel is being closed.
	closing: Option<BlockNumber>,
	pending: Option<Pending>,
}

impl State {
	/// The state of a channel after a block.
	pub fn new(
		block: BlockNumber,
		channel: &Channel,
		record: Record,
		channel_info: Option<ChannelInfo>,
	) -> Self {
		let best = channel_info
			.as_ref()
			.map_or(0, |channel_info| channel_info.amount);
		Self {
			channel: record.channel,
			depositor: channel.depositor.clone(),
			payee: channel.payee.clone(),
			payer: match channel.payer_at(block.saturating_add(1)) {
				Payer::Direct => "direct",
				Payer::Delegated(_) => "delegated",
				Payer::Group(_) => "group",
			},
			funds: channel.funds,
			redeemed: channel.paid,
			paid: best.max(record.paid()).max(channel.paid),
			last_receipt: record.paid(),
			expires: channel.expires,
			block,
			closing: channel_info.and_then(|channel_info| channel_info.closing),
			pending: record.pending,
		}
	}
}

impl Display for State {
	fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
		writeln!(f, "channel       {:?} ({})", self.channel, self.payer)?;
		writeln!(f, "depositor     {}", self.depositor)?;
		writeln!(f, "payee         {}", self.payee)?;
		writeln!(f, "funds         {}", self.funds)?;
		writeln!(
			f,
			"paid so far   {} ({} on chain)",
			self.paid, self.redeemed
		)?;
		writeln!(f, "last receipt  {}", self.last_receipt)?;
		writeln!(
			f,
			"expires       block {}, now {}",
			self.expires, self.block
		)?;
		if let Some(block) = self.closing {
			writeln!(f, "closing       no receipt counts from block {block} on")?;
		}
		match &self.pending {
			Some(pending) => write!(f, "pending       {}", describe(pending)),
			None => write!(f, "pending       nothing"),
		}
	}
}

fn describe(pending: &Pending) -> String {
	let stage = match pending.stage {
		Stage::Signed => "the receipt is signed",
		Stage::Refused => "the receipt was refused",
		Stage::Bought(_) => "the password is here",
		Stage::Shown(_) => "the password may have been shown",
	};
	let amount = pending.receipt.0.receipt.amount;
	format!("{}, a receipt over {amount}: {stage}", pending.order)
}

/// Several channels.
#[derive(Serialize)]
#[serde(transparent)]
pub struct States(pub Vec<State>);

impl Display for States {
	fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
		let states: Vec<_> = self.0.iter().map(State::to_string).collect();
		match states.is_empty() {
			true => write!(f, "no channels"),
			false => write!(f, "{}", states.join("\n\n")),
		}
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn a_device_that_gives_less_than_was_sold_is_told_of() {
		let paid = |seconds| Paid {
			password: None,
			counter: 1,
			amount: 50,
			seconds,
			slot_seconds: 60,
			used_before: false,
		};
		let less = "accepted for 5 s, but the access server sells slots of 60 s; paid 50 so far";
		assert_eq!(paid(5).to_string(), less);
		// Two passwords that were shown together are good for two slots.
		for enough in [60, 120] {
			let expected = format!("accepted for {enough} s; paid 50 so far");
			assert_eq!(paid(enough).to_string(), expected);
		}
	}
}
