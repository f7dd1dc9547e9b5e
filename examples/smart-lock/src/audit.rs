//! Whether what the chain holds is what the trip file says, to the last unit.

use std::{collections::BTreeMap, time::Duration};

use anyhow::{ensure, Context, Result};
use pallet_agreements::{AgreementOf, Agreements, HoldReason, Phase, Rounds, Terms};
use syngraph_client::{account, Head};
use syngraph_primitives::{AgreementId, IntermediaryId, ResultValue, WindowIndex};
use syngraph_runtime::{AccountId, Balance, BlockNumber, Hash, Runtime, RuntimeHoldReason};

use crate::{
	check::Check,
	deals::{Deal, INSURER, RENTAL},
	figures,
	network::{Network, REWARD},
	settled::{Payout, Settlement, Settlements},
};

/// The money of the users at one point in time.
pub struct Snapshot {
	/// The block after which it was taken.
	pub block: BlockNumber,
	agreements: BTreeMap<AgreementId, AgreementOf<Runtime>>,
	users: Vec<Wealth>,
}

/// The money of one user.
struct Wealth {
	free: Balance,
	/// What its account holds for escrow and for stored rounds.
	held: [Balance; 2],
	/// What the agreements account for.
	accounted: [Balance; 2],
}

impl Snapshot {
	/// Waits until what has happened so far is final, and takes a snapshot of it.
	pub async fn take(network: &Network) -> Result<Self> {
		let (reached, _) = network.client.head(Head::Best).await?;
		let (block, hash) = loop {
			let (number, hash) = network.client.head(Head::Finalized).await?;
			if number >= reached {
				break (number, hash);
			}
			tokio::time::sleep(Duration::from_millis(250)).await;
		};
		Self::at(network, block, hash).await
	}

	/// Takes a snapshot after a block.
	pub async fn after(network: &Network, block: BlockNumber) -> Result<Self> {
		let hash = network.client.block_hash(block).await?;
		Self::at(network, block, hash.context("a final block is gone")?).await
	}

	async fn at(network: &Network, block: BlockNumber, hash: Hash) -> Result<Self> {
		let client = &network.client;
		let listed = client.list::<Agreements<Runtime>>(Some(hash)).await?;
		let mut users = Vec::new();
		for key in [&network.rental, &network.insurer] {
			users.push(Wealth::read(network, account(key), hash).await?);
		}
		for (id, agreement) in &listed {
			let terms = client.map::<Terms<Runtime>, _, _>(id, Some(hash)).await?;
			let terms = terms.context("an agreement has no terms")?;
			for (wealth, key) in users.iter_mut().zip([&network.rental, &network.insurer]) {
				if let Some(index) = terms.user_index(&account(key)) {
					let rounds = match agreement.came_into_force() {
						true => agreement.prices.storage_share,
						false => 0,
					};
					let [funds, disputes] = in_escrow(agreement, index);
					wealth.accounted[0] += funds;
					wealth.accounted[1] += rounds + disputes;
				}
			}
		}
		Ok(Self {
			block,
			agreements: listed.into_iter().collect(),
			users,
		})
	}

	/// Makes sure that the agreements are in force.
	pub fn ensure_active(&self, deals: &[Deal]) -> Result<()> {
		for deal in deals {
			let phase = self
				.agreements
				.get(&deal.id)
				.map(|agreement| &agreement.phase);
			ensure!(
				matches!(phase, Some(Phase::Active { .. })),
				"agreement {:?} is not in force: {phase:?}",
				deal.id
			);
		}
		Ok(())
	}

	/// What a user has in the escrow of an agreement, with what an open dispute has taken aside.
	pub fn escrow(&self, deal: &Deal, user: usize) -> Balance {
		let agreement = self.agreements.get(&deal.id);
		let escrow = agreement.map(|agreement| in_escrow(agreement, user));
		escrow.unwrap_or_default().iter().sum()
	}

	/// What a payout costs the users of an agreement if a settlement brings it about.
	fn payout_price(&self, deal: &Deal) -> Balance {
		let agreement = self.agreements.get(&deal.id);
		agreement.map_or(0, |agreement| agreement.prices.payout)
	}
}

/// What is a user's of an agreement's escrow, and of the deposit for an open dispute.
fn in_escrow(agreement: &AgreementOf<Runtime>, index: usize) -> [Balance; 2] {
	let funds = agreement.funds.get(index).copied().unwrap_or(0);
	match agreement.is_disputed() {
		// As much is set aside from each user as the whole dispute can cost.
		true => [
			funds + agreement.prices.dispute,
			agreement.prices.dispute_share,
		],
		false => [funds, 0],
	}
}

impl Wealth {
	async fn read(network: &Network, who: AccountId, at: Hash) -> Result<Self> {
		let client = &network.client;
		let account = client
			.map::<frame_system::Account<Runtime>, _, _>(&who, Some(at))
			.await?;
		let holds = client
			.map::<pallet_balances::Holds<Runtime>, _, _>(&who, Some(at))
			.await?;
		let holds = holds.unwrap_or_default();
		let held = [HoldReason::Escrow, HoldReason::Storage].map(|reason| {
			let reason = RuntimeHoldReason::Agreements(reason);
			holds
				.iter()
				.filter(|hold| hold.id == reason)
				.map(|hold| hold.amount)
				.sum()
		});
		Ok(Self {
			free: account.unwrap_or_default().data.free,
			held,
			accounted: [0, 0],
		})
	}
}

/// How many rental seconds a window of an agreement holds, as the trip file says.
pub fn seconds_by_trips(network: &Network, deal: &Deal, window: WindowIndex) -> u64 {
	deal.locks
		.iter()
		.map(|lock| &network.locks[*lock].bike.trips)
		.map(|trips| figures::seconds_in(deal.terms.window, window, trips))
		.sum()
}

/// Everything that an audit looks at.
pub struct Audit<'a> {
	/// Who took part.
	pub network: &'a Network,
	/// The agreements.
	pub deals: &'a [Deal],
	/// What was settled.
	pub settlements: &'a Settlements,
	/// The money before the first message.
	pub before: &'a Snapshot,
	/// The money after everything was paid.
	pub after: &'a Snapshot,
	/// The outcomes as they stand in the chain's storage.
	pub stored: Outcomes,
}

/// What windows came to, by agreement and window.
pub type Outcomes = BTreeMap<(AgreementId, WindowIndex), Option<ResultValue>>;

/// Reads the outcomes of all rounds that are kept in the chain's storage.
pub async fn stored_outcomes(
	network: &Network,
	deals: &[Deal],
	after: &Snapshot,
) -> Result<Outcomes> {
	let hash = network.client.block_hash(after.block).await?;
	let mut stored = Outcomes::new();
	for deal in deals {
		for place in 0..deal.terms.rounds.kept {
			let round = network
				.client
				.double_map::<Rounds<Runtime>, _, _, _>(&deal.id, &place, hash)
				.await?;
			// Places are taken in the order in which rounds settle.
			let Some(round) = round else { break };
			let windows = (round.first..).zip(round.outcomes.iter());
			stored.extend(windows.map(|(window, outcome)| ((deal.id, window), outcome)));
		}
	}
	Ok(stored)
}

impl Audit<'_> {
	/// All checks.
	pub fn audit(&self) -> Vec<Check> {
		vec![
			self.check_results(),
			self.check_storage(),
			self.check_payouts(),
			self.check_payments(),
			self.check_rewards(),
			self.check_fees(),
			self.check_balances(),
			self.check_escrow(),
			self.check_holds(),
		]
	}

	/// All windows that must be settled, with what happened.
	fn windows(&self) -> impl Iterator<Item = (&Deal, WindowIndex, Settlement)> + '_ {
		self.deals.iter().flat_map(move |deal| {
			(0..deal.windows).map(move |window| {
				let settlement = self.settlements.windows.get(&(deal.id, window));
				(deal, window, settlement.cloned().unwrap_or_default())
			})
		})
	}

	/// All payouts.
	fn payouts(&self) -> impl Iterator<Item = (&Deal, Payout)> + '_ {
		self.deals.iter().flat_map(|deal| {
			let account = self.settlements.account(&deal.id);
			account
				.payouts
				.into_iter()
				.map(move |payout| (deal, payout))
		})
	}

	fn check_results(&self) -> Check {
		let mut check = Check::new("every full window settled once, with the trip file's seconds");
		for (deal, window, settlement) in self.windows() {
			let subject = self.subject(deal, window);
			let expected = seconds_by_trips(self.network, deal, window);
			check.equal(&subject, told(settlement.result), expected.to_string());
			check.equal(format!("settlements of {subject}"), settlement.times, 1);
			check.equal(
				format!("log entries of {subject}"),
				settlement.logged.len(),
				1,
			);
		}
		check
	}

	fn check_storage(&self) -> Check {
		let mut check = Check::new("the results in the chain's storage are those that settled");
		// The chain keeps the last rounds only.
		let kept = |deal: &Deal| {
			let rounds = self.settlements.account(&deal.id).rounds.len();
			rounds <= deal.terms.rounds.kept as usize
		};
		for (deal, window, settlement) in self.windows().filter(|(deal, ..)| kept(deal)) {
			let stored = self.stored.get(&(deal.id, window)).copied().flatten();
			check.equal(
				self.subject(deal, window),
				told(stored),
				told(settlement.result),
			);
		}
		check
	}

	fn check_payouts(&self) -> Check {
		let mut check = Check::new("every window with a result was paid for, and once");
		for deal in self.deals {
			let account = self.settlements.account(&deal.id);
			let mut times = BTreeMap::<WindowIndex, u32>::new();
			for window in account.payouts.iter().flat_map(|payout| &payout.windows) {
				*times.entry(*window).or_default() += 1;
			}
			for window in 0..deal.windows {
				let times = times.get(&window).copied().unwrap_or(0);
				check.equal(self.subject(deal, window), times, 1);
			}
			let open = format!("windows of lock {} not paid for", self.name(deal));
			check.equal(open, account.owed.windows.len(), 0);
		}
		for (deal, payout) in self.payouts() {
			let windows = format!("windows in {}", self.of(deal, &payout));
			check.equal(windows, payout.rewarded, payout.windows.len() as u32);
		}
		check
	}

	fn check_payments(&self) -> Check {
		let mut check = Check::new("the insurer was paid the rate for every rental second");
		let users = (
			account(&self.network.rental),
			account(&self.network.insurer),
		);
		for (deal, payout) in self.payouts() {
			let subject = self.of(deal, &payout);
			let paid = payout
				.paid
				.iter()
				.filter(|(from, to, _)| (from, to) == (&users.0, &users.1));
			let paid = paid.map(|(_, _, amount)| *amount).sum();
			check.equal(&subject, paid, self.payment(deal, &payout));
			check.equal(
				format!("what could not be paid in {subject}"),
				payout.unpaid,
				0,
			);
		}
		check
	}

	/// What the insurer must get of a payout.
	fn payment(&self, deal: &Deal, payout: &Payout) -> Balance {
		let windows = payout.windows.iter();
		let payment =
			|window: &WindowIndex| deal.payment(seconds_by_trips(self.network, deal, *window));
		windows.map(payment).sum()
	}

	fn check_rewards(&self) -> Check {
		let mut check =
			Check::new("every intermediary was rewarded for every window that it was a member for");
		for (deal, payout) in self.payouts() {
			for intermediary in payout.members.iter().copied() {
				let rewards = payout
					.rewards
					.iter()
					.filter(|(who, _)| *who == intermediary);
				let rewards = rewards.map(|(_, amount)| *amount).sum();
				let subject = format!("intermediary {intermediary}, {}", self.of(deal, &payout));
				check.equal(subject, rewards, reward(&payout));
			}
		}
		check
	}

	fn check_fees(&self) -> Check {
		let mut check = Check::new(
			"the users pay what settlements cost, and for payouts that nobody asked for",
		);
		for (deal, payout) in self.payouts() {
			let own = match payout.by_settlement {
				true => self.before.payout_price(deal),
				false => 0,
			};
			check.equal(self.of(deal, &payout), payout.fees, payout.costs + own);
		}
		check
	}

	fn check_balances(&self) -> Check {
		let mut check = Check::new(
			"the insurer has what it was paid, and the rental service lost no more than its escrow",
		);
		let free = |user: usize| (self.after.users[user].free, self.before.users[user].free);
		let (after, before) = free(INSURER);
		check.equal("the insurer's balance", after, before + self.paid());
		let (after, before) = free(RENTAL);
		check.equal("the rental service's balance", after, before);
		check
	}

	/// All that the insurer must have been paid.
	fn paid(&self) -> Balance {
		self.windows()
			.map(|(deal, window, _)| deal.payment(seconds_by_trips(self.network, deal, window)))
			.sum()
	}

	fn check_escrow(&self) -> Check {
		let mut check = Check::new(
			"what left each escrow is what was paid, rewarded, charged and borne of disputes",
		);
		for deal in self.deals {
			let payouts = self.settlements.account(&deal.id).payouts;
			for user in [RENTAL, INSURER] {
				let payouts = payouts.iter();
				let paid: Balance = payouts.map(|payout| self.spent(deal, payout, user)).sum();
				let spent = paid + self.settlements.incidents.charged(&deal.id, user);
				let (before, after) = (
					self.before.escrow(deal, user),
					self.after.escrow(deal, user),
				);
				let name = ["the rental service", "the insurer"][user];
				let subject = format!("escrow of {name}, {}", self.name(deal));
				check.equal(subject, after + spent, before);
			}
		}
		check
	}

	/// What a payout must have taken out of a user's escrow.
	fn spent(&self, deal: &Deal, payout: &Payout, user: usize) -> Balance {
		// The fees are shared equally; the first user takes what cannot be shared.
		let half = payout.fees / 2;
		let (share, paid) = match user {
			RENTAL => (payout.fees - half, self.payment(deal, payout)),
			_ => (half, 0),
		};
		let own = |member: &&IntermediaryId| deal.terms.named_by(**member) == Some(user);
		let rewards = reward(payout) * payout.members.iter().filter(own).count() as Balance;
		paid + share + rewards
	}

	fn check_holds(&self) -> Check {
		let mut check = Check::new("each account holds what the agreements account for");
		for snapshot in [self.before, self.after] {
			for (user, name) in snapshot
				.users
				.iter()
				.zip(["the rental service", "the insurer"])
			{
				for (index, reason) in ["escrow", "deposits"].into_iter().enumerate() {
					let subject = format!("{reason} of {name} after block {}", snapshot.block);
					check.equal(subject, user.held[index], user.accounted[index]);
				}
			}
		}
		check
	}

	/// What an agreement is called in a report.
	pub fn name(&self, deal: &Deal) -> String {
		let bikes: Vec<_> = deal
			.locks
			.iter()
			.map(|lock| self.network.locks[*lock].bike.id.as_str())
			.collect();
		bikes.join("+")
	}

	fn subject(&self, deal: &Deal, window: WindowIndex) -> String {
		format!("lock {}, window {window}", self.name(deal))
	}

	/// What a payout is called.
	fn of(&self, deal: &Deal, payout: &Payout) -> String {
		let name = self.name(deal);
		format!("the payout of lock {name} in block {}", payout.block)
	}
}

/// What each member must get of a payout.
fn reward(payout: &Payout) -> Balance {
	REWARD * payout.windows.len() as Balance
}

/// A result in words.
fn told(result: Option<ResultValue>) -> String {
	result.map_or("nothing".into(), |result| result.to_string())
}
