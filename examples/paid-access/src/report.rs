//! The table, and whether it adds up.

use std::{fs, path::Path};

use anyhow::{Context, Result};
use serde::Serialize;
use syngraph_payer::decimal;
use syngraph_runtime::{Balance, SYN};

/// All figures of a run. Amounts are in the smallest unit (10^-12 SYN), as decimal text.
#[derive(Serialize)]
pub struct Report {
	/// The channels.
	pub rows: Vec<Row>,
	/// What was compared with the chain.
	pub checks: Vec<Check>,
}

/// One channel.
#[derive(Clone, Default, Serialize)]
pub struct Row {
	/// Its kind.
	pub kind: &'static str,
	/// What was put in.
	#[serde(with = "decimal")]
	pub deposit: Balance,
	/// How many slots the device served.
	pub slots: u32,
	/// What the access server was paid.
	#[serde(with = "decimal")]
	pub paid: Balance,
	/// What the depositor got back of what it had put in.
	#[serde(with = "decimal")]
	pub refunded: Balance,
	/// The depositor's fees: to open the channel, and to have it closed.
	#[serde(with = "decimal")]
	pub depositor_cost: Balance,
	/// The access server's fee.
	#[serde(with = "decimal")]
	pub payee_cost: Balance,
}

/// Two figures that must be equal.
#[derive(Serialize)]
pub struct Check {
	/// What they are.
	pub claim: String,
	/// What it should be.
	#[serde(with = "decimal")]
	pub expected: Balance,
	/// What the chain says.
	#[serde(with = "decimal")]
	pub found: Balance,
}

impl Check {
	/// Compares two figures.
	pub fn new(claim: impl Into<String>, expected: Balance, found: Balance) -> Self {
		Self {
			claim: claim.into(),
			expected,
			found,
		}
	}

	/// Whether they are equal.
	pub fn holds(&self) -> bool {
		self.expected == self.found
	}
}

impl Report {
	/// Whether every figure adds up.
	pub fn is_ok(&self) -> bool {
		self.checks.iter().all(Check::holds)
	}

	/// Writes everything as JSON: beside what is there, which is replaced at the end.
	pub fn write(&self, path: &Path) -> Result<()> {
		let json = serde_json::to_string_pretty(self)?;
		let mut draft = path.as_os_str().to_owned();
		draft.push(".draft");
		let written = fs::write(&draft, json + "\n").and_then(|()| fs::rename(&draft, path));
		written.with_context(|| format!("cannot write {}", path.display()))
	}

	/// Prints the table and the checks.
	pub fn print(&self) {
		println!("\n{}", line(HEADINGS.map(String::from)));
		let all = self.rows.iter().fold(Row::all(), Row::plus);
		for row in self.rows.iter().chain([&all]) {
			println!("{}", row.line());
		}
		println!("Amounts are in SYN. Costs are fees: the depositor's for opening and closing, the server's for closing.\n");
		for check in &self.checks {
			let mark = if check.holds() { "ok" } else { "DIFFERS" };
			println!("{mark:<8}{}", check.claim);
			if !check.holds() {
				println!("        {} expected, {} found", check.expected, check.found);
			}
		}
	}
}

const HEADINGS: [&str; 7] = [
	"channel",
	"deposit",
	"slots used",
	"paid",
	"refunded",
	"depositor's cost",
	"server's cost",
];

impl Row {
	fn all() -> Self {
		Self {
			kind: "all",
			..Default::default()
		}
	}

	fn plus(self, other: &Self) -> Self {
		Self {
			kind: self.kind,
			deposit: self.deposit + other.deposit,
			slots: self.slots + other.slots,
			paid: self.paid + other.paid,
			refunded: self.refunded + other.refunded,
			depositor_cost: self.depositor_cost + other.depositor_cost,
			payee_cost: self.payee_cost + other.payee_cost,
		}
	}

	fn line(&self) -> String {
		line([
			self.kind.into(),
			syn(self.deposit),
			self.slots.to_string(),
			syn(self.paid),
			syn(self.refunded),
			syn(self.depositor_cost),
			syn(self.payee_cost),
		])
	}
}

/// A line of the table.
fn line([name, rest @ ..]: [String; 7]) -> String {
	rest.iter().fold(format!("{name:<10}"), |line, cell| {
		format!("{line} {cell:>16}")
	})
}

/// An amount in SYN, without needless zeros.
fn syn(amount: Balance) -> String {
	let part = format!("{:012}", amount % SYN);
	match part.trim_end_matches('0') {
		"" => (amount / SYN).to_string(),
		part => format!("{}.{part}", amount / SYN),
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn amounts_are_shown_exactly() {
		assert_eq!(syn(0), "0");
		assert_eq!(syn(1), "0.000000000001");
		assert_eq!(syn(12 * SYN + SYN / 2), "12.5");
	}

	#[test]
	fn what_was_written_before_is_replaced_as_a_whole() {
		let folder = std::env::temp_dir().join(format!("paid-access-{}", std::process::id()));
		fs::create_dir_all(&folder).unwrap();
		let path = folder.join("figures.json");
		fs::write(&path, "before").unwrap();
		// What cannot be written leaves what is there.
		let blocked = folder.join("figures.json.draft");
		fs::create_dir(&blocked).unwrap();
		let report = Report {
			rows: Vec::new(),
			checks: Vec::new(),
		};
		assert!(report.write(&path).is_err());
		assert_eq!(fs::read_to_string(&path).unwrap(), "before");
		fs::remove_dir(&blocked).unwrap();
		report.write(&path).unwrap();
		assert!(fs::read_to_string(&path).unwrap().contains("rows"));
		assert!(!blocked.exists());
		fs::remove_dir_all(&folder).unwrap();
	}

	#[test]
	fn the_table_is_aligned() {
		let heading = line(HEADINGS.map(String::from));
		assert_eq!(heading.len(), Row::all().line().len());
	}
}
