//! What is wanted of the fees of settlements, against a plain transfer's.

use crate::{
	goals::Goal,
	payout::Payout,
	settlement::{Costs, SettlementCost, USUAL},
	testbed::WINDOW,
};

/// What the settlement of a window costs in the founding paper's own figures: it is signed by one, and nothing is
/// checked.
pub const PAPER: f64 = 1.14;
/// What it costs as a contract on an EVM chain that checks a signature of each member: of the fewest and of the most.
#[expect(clippy::approx_constant, reason = "it is no circle's")]
pub const EVM: [f64; 2] = [3.14, 8.46];
/// For so many windows there is one payout.
const PAID_AT_ONCE: f64 = 1_000.0;

impl Costs {
	/// What is wanted.
	pub fn goals(&self) -> Vec<Goal> {
		let mut goals = self.of_single_windows();
		for (windows, jointly, most) in
			[(USUAL, true, 0.03), (256, true, 0.015), (USUAL, false, 0.1)]
		{
			let how = if jointly { "" } else { ", signed singly" };
			goals.extend(self.smallest(windows, jointly).map(|cost| {
				let members = cost.intermediaries;
				let what = format!("fee of a window, {windows} a round{how}, {members} members");
				Goal::at_most(what, cost.fee_ratio, most)
			}));
		}
		goals.extend(self.payouts.iter().filter_map(|payout| self.all_in(payout)));
		goals.extend(self.per_message());
		goals
	}

	/// Settlements of windows of the smallest size, so many at once.
	fn smallest(&self, windows: u32, jointly: bool) -> impl Iterator<Item = &SettlementCost> {
		let all = self.settlements.iter();
		all.filter(move |cost| {
			(cost.windows, cost.messages, cost.jointly) == (windows, WINDOW, jointly)
		})
	}

	/// Rounds of one window: what each costs, and how much more the largest does than the smallest.
	fn of_single_windows(&self) -> Vec<Goal> {
		let single = || self.smallest(1, true);
		let fee = |cost: &SettlementCost| {
			let members = cost.intermediaries;
			let what = format!("fee of a window, one a round, {members} members");
			Goal::at_most(what, cost.fee_ratio, 1.25)
		};
		let fewest = single().min_by_key(|cost| cost.intermediaries);
		let most = single().max_by_key(|cost| cost.intermediaries);
		let spread = fewest.zip(most).map(|(fewest, most)| {
			let what = "fee of a window, one a round, of the most members against the fewest";
			Goal::at_most(what, most.fee_ratio / fewest.fee_ratio, 1.5)
		});
		single().map(fee).chain(spread).collect()
	}

	/// A window with its part of a payout.
	fn all_in(&self, payout: &Payout) -> Option<Goal> {
		let members = payout.intermediaries;
		let mut costs = self.smallest(USUAL, true);
		let cost = costs.find(|cost| cost.intermediaries == members)?;
		let what =
			format!("fee of a window, {USUAL} a round, with a payout for 1,000, {members} members");
		let figure = cost.fee_ratio + payout.fee_ratio / PAID_AT_ONCE;
		Some(Goal::at_most(what, figure, 0.035))
	}

	/// A message in the largest windows, of which as many settle at once as of others: they are of several sensors.
	fn per_message(&self) -> Vec<Goal> {
		let large = self.settlements.iter();
		let large =
			large.filter(|cost| cost.jointly && cost.windows == USUAL && cost.messages >= 1_000);
		let goal = |cost: &SettlementCost| {
			let SettlementCost {
				messages,
				sensors,
				windows,
				..
			} = cost;
			let what = format!(
				"fee of a message, {messages} a window, {sensors} sensors, {windows} windows a round"
			);
			Goal::at_most(what, cost.fee_per_message(), 3.5e-5)
		};
		large.map(goal).collect()
	}
}

impl SettlementCost {
	/// Its fee for each message against the transfer's.
	pub fn fee_per_message(&self) -> f64 {
		self.fee_ratio / f64::from(self.messages)
	}
}
