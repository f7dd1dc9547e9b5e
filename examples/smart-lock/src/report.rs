//! What is shown and written at the end.

use anyhow::Result;
use serde::Serialize;
use syngraph_client::account;
use syngraph_primitives::ResultValue;
use syngraph_runtime::{Balance, BlockNumber, SYN};

use crate::{
	audit::{seconds_by_trips, Audit},
	check::Check,
	deals::{Deal, Signing, INSURER, RENTAL},
	figures,
	incidents::Summary,
	settled::{Payout, Round},
	trips::LeftOut,
};

/// All figures of a run. Amounts are in the smallest unit (10^-12 SYN), as decimal text, since JSON's
/// numbers are too small for them.
#[derive(Serialize)]
pub struct Report {
	/// Whether every check holds.
	ok: bool,
	genesis: String,
	/// The last block before the first message, and the last one that was looked at.
	blocks: [BlockNumber; 2],
	/// How many blocks after the last message the last window settled.
	blocks_after_last_message: Option<BlockNumber>,
	accounts: Accounts,
	window: Shape,
	/// What the insurer is paid per rental second.
	rate: String,
	agreements: Vec<Row>,
	total: Figures,
	left_over: Vec<LeftOver>,
	/// The rows of the trip file that are not trips.
	left_out: Vec<LeftOut>,
	incidents: Summary,
	/// What happened, in some lines.
	#[serde(skip)]
	story: String,
	checks: Vec<Check>,
}

#[derive(Serialize)]
struct Accounts {
	rental: String,
	insurer: String,
}

#[derive(Serialize)]
struct Shape {
	size: u32,
	slide: u32,
}

/// One agreement.
#[derive(Serialize)]
struct Row {
	agreement: String,
	signed: &'static str,
	/// The bicycles, and their locks' ids on chain.
	bikes: Vec<String>,
	sensors: Vec<u64>,
	/// The number of each lock's first message.
	starts: Vec<u64>,
	#[serde(flatten)]
	figures: Figures,
	/// What is left of each user's escrow.
	escrow: [String; 2],
	settlements: Vec<Window>,
	rounds: Vec<Settled>,
	payouts: Vec<Paid>,
}

#[derive(Default, Serialize)]
struct Figures {
	windows: u64,
	/// How many rounds have settled. An agreement's row lists them besides, as `rounds`.
	settled_rounds: u64,
	seconds_settled: ResultValue,
	seconds_by_trips: u64,
	#[serde(serialize_with = "as_text")]
	paid: Balance,
	/// What the users paid for settlements and payouts.
	#[serde(serialize_with = "as_text")]
	fees: Balance,
}

/// One settled window.
#[derive(Serialize)]
struct Window {
	window: u64,
	/// The number of its round.
	round: u64,
	block: BlockNumber,
	seconds_settled: Option<ResultValue>,
	seconds_stored: Option<ResultValue>,
	seconds_by_trips: u64,
	/// What the insurer gets for it.
	#[serde(serialize_with = "as_text")]
	payment: Balance,
}

/// One round.
#[derive(Serialize)]
struct Settled {
	number: u64,
	first: u64,
	windows: u32,
	block: BlockNumber,
	#[serde(serialize_with = "as_text")]
	cost: Balance,
}

/// One payout.
#[derive(Serialize)]
struct Paid {
	block: BlockNumber,
	windows: Vec<u64>,
	by_settlement: bool,
	#[serde(serialize_with = "as_text")]
	paid: Balance,
	#[serde(serialize_with = "as_text")]
	fees: Balance,
}

/// A trip that no full window of an agreement holds.
#[derive(Serialize)]
struct LeftOver {
	/// The bicycles of the agreement.
	agreement: String,
	bike: String,
	trip: String,
	seconds: u64,
	line: u64,
}

/// An amount as decimal text.
pub fn as_text<S: serde::Serializer>(amount: &Balance, serializer: S) -> Result<S::Ok, S::Error> {
	serializer.collect_str(amount)
}

impl Report {
	/// Draws up the report.
	pub fn new(audit: &Audit<'_>, rate: Balance, left_out: Vec<LeftOut>) -> Self {
		let total = audit.deals.iter().map(|deal| deal.windows).sum();
		let checks = audit.audit();
		let agreements: Vec<_> = audit
			.deals
			.iter()
			.map(|deal| Row::new(audit, deal))
			.collect();
		let shape = audit.deals.first().map(|deal| deal.terms.window);
		let (size, slide) = shape.map_or((0, 0), |shape| (shape.size, shape.slide));
		Self {
			ok: checks.iter().all(Check::holds),
			genesis: format!("{:?}", audit.network.client.genesis()),
			blocks: [audit.before.block, audit.after.block],
			blocks_after_last_message: audit.settlements.lag(),
			accounts: Accounts {
				rental: account(&audit.network.rental).to_string(),
				insurer: account(&audit.network.insurer).to_string(),
			},
			window: Shape { size, slide },
			rate: rate.to_string(),
			total: agreements
				.iter()
				.fold(Figures::default(), |sum, row| sum.plus(&row.figures)),
			agreements,
			left_over: left_over(audit),
			left_out,
			incidents: audit.settlements.incidents.summary(),
			story: audit.settlements.story(total),
			checks,
		}
	}

	/// Whether every check holds.
	pub fn is_ok(&self) -> bool {
		self.ok
	}

	/// Everything as JSON.
	pub fn to_json(&self) -> Result<String> {
		Ok(serde_json::to_string_pretty(self)? + "\n")
	}

	/// Prints what happened in a few lines: the last ones, when all has been said.
	pub fn conclude(&self) {
		println!("\n{}", self.story);
		let claims = self.checks.len();
		let figures: u64 = self.checks.iter().map(|check| check.figures).sum();
		let differ = |check: &Check| check.differences.len();
		let different: usize = self.checks.iter().map(differ).sum();
		println!("  figures: {figures} compared for {claims} claims, {different} differ");
		if !self.left_out.is_empty() {
			println!(
				"  trip file: {} rows are not trips and were left out",
				self.left_out.len()
			);
		}
	}

	/// Prints the table and what follows from it.
	pub fn print(&self) {
		println!("\n{}", line(HEADINGS.map(String::from)));
		for row in &self.agreements {
			println!("{}", row.figures.line(&row.bikes.join("+")));
		}
		println!("{}", self.total.line("all"));
		println!(
			"Amounts are in SYN; paid at {} SYN per rental second.",
			syn_of(&self.rate)
		);
		self.print_left_over();
		println!();
		for check in &self.checks {
			let mark = if check.holds() { "ok" } else { "DIFFERS" };
			println!("{mark:<7}  {} ({} figures)", check.claim, check.figures);
			for difference in &check.differences {
				println!("         {difference}");
			}
		}
	}

	fn print_left_over(&self) {
		if self.left_over.is_empty() {
			println!("\nEvery trip is in a full window.");
			return;
		}
		println!("\nTrips that do not fill a window yet:");
		for left in &self.left_over {
			println!(
				"  lock {:<16} bicycle {}, {}, {} s (line {})",
				left.agreement, left.bike, left.trip, left.seconds, left.line
			);
		}
	}
}

impl Row {
	fn new(audit: &Audit<'_>, deal: &Deal) -> Self {
		let settlements: Vec<_> = (0..deal.windows)
			.map(|window| Window::new(audit, deal, window))
			.collect();
		let locks = || deal.locks.iter().map(|lock| &audit.network.locks[*lock]);
		let account = audit.settlements.account(&deal.id);
		let payouts: Vec<_> = account.payouts.iter().map(Paid::new).collect();
		let settled = settlements.iter().map(|window| window.seconds_settled);
		let figures = Figures {
			windows: settlements.len() as u64,
			settled_rounds: account.rounds.len() as u64,
			seconds_settled: settled.flatten().sum(),
			seconds_by_trips: settlements
				.iter()
				.map(|window| window.seconds_by_trips)
				.sum(),
			paid: payouts.iter().map(|payout| payout.paid).sum(),
			fees: payouts.iter().map(|payout| payout.fees).sum(),
		};
		Self {
			agreement: format!("{:?}", deal.id),
			signed: match deal.signing {
				Signing::OnChain => "by transactions",
				Signing::OffChain => "off-chain",
			},
			bikes: locks().map(|lock| lock.bike.id.clone()).collect(),
			sensors: locks().map(|lock| lock.sensor).collect(),
			starts: locks().map(|lock| lock.start).collect(),
			figures,
			escrow: [RENTAL, INSURER].map(|user| audit.after.escrow(deal, user).to_string()),
			settlements,
			rounds: account.rounds.iter().map(Settled::new).collect(),
			payouts,
		}
	}
}

impl Window {
	fn new(audit: &Audit<'_>, deal: &Deal, window: u64) -> Self {
		let settlement = audit
			.settlements
			.windows
			.get(&(deal.id, window))
			.cloned()
			.unwrap_or_default();
		let seconds_by_trips = seconds_by_trips(audit.network, deal, window);
		Self {
			window,
			round: settlement.round,
			block: settlement.block,
			seconds_settled: settlement.result,
			seconds_stored: audit.stored.get(&(deal.id, window)).copied().flatten(),
			seconds_by_trips,
			payment: deal.payment(seconds_by_trips),
		}
	}
}

impl Settled {
	fn new(round: &Round) -> Self {
		Self {
			number: round.number,
			first: round.first,
			windows: round.windows,
			block: round.block,
			cost: round.cost,
		}
	}
}

impl Paid {
	fn new(payout: &Payout) -> Self {
		Self {
			block: payout.block,
			windows: payout.windows.clone(),
			by_settlement: payout.by_settlement,
			paid: payout.paid.iter().map(|(_, _, amount)| amount).sum(),
			fees: payout.fees,
		}
	}
}

const HEADINGS: [&str; 7] = [
	"lock",
	"windows",
	"rounds",
	"rental s settled",
	"rental s by trips",
	"paid to insurer",
	"fees",
];

impl Figures {
	fn plus(self, other: &Self) -> Self {
		Self {
			windows: self.windows + other.windows,
			settled_rounds: self.settled_rounds + other.settled_rounds,
			seconds_settled: self.seconds_settled + other.seconds_settled,
			seconds_by_trips: self.seconds_by_trips + other.seconds_by_trips,
			paid: self.paid + other.paid,
			fees: self.fees + other.fees,
		}
	}

	fn line(&self, name: &str) -> String {
		line([
			name.into(),
			self.windows.to_string(),
			self.settled_rounds.to_string(),
			self.seconds_settled.to_string(),
			self.seconds_by_trips.to_string(),
			syn(self.paid),
			syn(self.fees),
		])
	}
}

/// A line of the table.
fn line([name, rest @ ..]: [String; 7]) -> String {
	rest.iter().fold(format!("{name:<16}"), |line, cell| {
		format!("{line} {cell:>18}")
	})
}

/// An amount in SYN, without needless zeros.
pub fn syn(amount: Balance) -> String {
	let (whole, part) = (amount / SYN, amount % SYN);
	let part = format!("{part:012}");
	match part.trim_end_matches('0') {
		"" => whole.to_string(),
		part => format!("{whole}.{part}"),
	}
}

fn syn_of(amount: &str) -> String {
	amount.parse().map(syn).unwrap_or_default()
}

fn left_over(audit: &Audit<'_>) -> Vec<LeftOver> {
	let mut all = Vec::new();
	for deal in audit.deals {
		for lock in &deal.locks {
			let bike = &audit.network.locks[*lock].bike;
			let trips = figures::left_over(deal.terms.window, deal.windows, &bike.trips);
			all.extend(trips.into_iter().map(|trip| LeftOver {
				agreement: audit.name(deal),
				bike: bike.id.clone(),
				trip: trip.to_string(),
				seconds: trip.seconds,
				line: trip.line,
			}));
		}
	}
	all
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn amounts_are_shown_exactly() {
		assert_eq!(syn(0), "0");
		assert_eq!(syn(SYN), "1");
		assert_eq!(syn(1), "0.000000000001");
		assert_eq!(syn(12 * SYN + SYN / 2), "12.5");
	}

	#[test]
	fn the_table_is_aligned() {
		let figures = Figures {
			windows: 3,
			..Default::default()
		};
		assert_eq!(
			line(HEADINGS.map(String::from)).len(),
			figures.line("5862").len()
		);
	}
}
