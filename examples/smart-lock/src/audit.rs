//! Whether what the chain holds is what the trip file says, to the last unit.

use std::{collections::BTreeMap, time::Duration};

use anyhow::{ensure, Context, Result};
use pallet_agreements::{AgreementOf, Agreements, HoldReason, Phase, Results, Terms};
use syngraph_client::{account, Head};
use syngraph_primitives::{AgreementId, IntermediaryId, ResultValue, WindowIndex};
use syngraph_runtime::{AccountId, Balance, BlockNumber, Hash, Runtime, RuntimeHoldReason};

use crate::{
	check::Check,
	deals::{Deal, INSURER, RENTAL},
	figures,
	follow::{Settlement, Settlements},
	network::{Network, REWARD},
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
	/// What its account holds for escrow and for stored results.
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
					let share = agreement.prices.storage_share;
					let results = share * Balance::from(agreement.results);
					let [funds, disputes] = in_escrow(agreement, index);
					wealth.accounted[0] += funds;
					wealth.accounted[1] += results + disputes;
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

	fn storage_share(&self, deal: &Deal) -> Balance {
		self.agreements
			.get(&deal.id)
			.map_or(0, |agreement| agreement.prices.storage_share)
	}
}

/// What is a user's of an agreement's escrow, and of the deposit for an open dispute.
fn in_escrow(agreement: &AgreementOf<Runtime>, index: usize) -> [Balance; 2] {
	let funds = agreement.funds.get(index).copied().unwrap_or(0);
	match agreement.dispute {
		// As much is set aside from each user as the whole dispute can cost.
		Some(_) => [
			funds + agreement.prices.dispute,
			agreement.prices.dispute_share,
		],
		None => [funds, 0],
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
	/// The money after the last settlement.
	pub after: &'a Snapshot,
	/// The results as they stand in the chain's storage, by agreement and window.
	pub stored: BTreeMap<(AgreementId, WindowIndex), ResultValue>,
}

/// Reads the results of all windows from the chain's storage.
pub async fn stored_results(
	network: &Network,
	deals: &[Deal],
	after: &Snapshot,
) -> Result<BTreeMap<(AgreementId, WindowIndex), ResultValue>> {
	let hash = network.client.block_hash(after.block).await?;
	let mut stored = BTreeMap::new();
	for deal in deals {
		for window in 0..deal.windows {
			let result = network
				.client
				.double_map::<Results<Runtime>, _, _, _>(&deal.id, &window, hash)
				.await?;
			stored.extend(result.map(|result| ((deal.id, window), result.result)));
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
			self.check_payments(),
			self.check_rewards(),
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

	fn check_results(&self) -> Check {
		let mut check = Check::new("every full window settled once, with the trip file's seconds");
		for (deal, window, settlement) in self.windows() {
			let subject = self.subject(deal, window);
			let expected = seconds_by_trips(self.network, deal, window);
			check.equal(&subject, settlement.result, expected.into());
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
		for (deal, window, settlement) in self.windows() {
			let stored = self.stored.get(&(deal.id, window));
			let stored = stored.map_or("nothing".into(), ResultValue::to_string);
			check.equal(
				self.subject(deal, window),
				stored,
				settlement.result.to_string(),
			);
		}
		check
	}

	fn check_payments(&self) -> Check {
		let mut check = Check::new("the insurer was paid the rate for every rental second");
		let users = (
			account(&self.network.rental),
			account(&self.network.insurer),
		);
		for (deal, window, settlement) in self.windows() {
			let subject = self.subject(deal, window);
			let expected = deal.payment(seconds_by_trips(self.network, deal, window));
			let paid = settlement
				.paid
				.iter()
				.filter(|(from, to, _)| (from, to) == (&users.0, &users.1));
			check.equal(&subject, paid.map(|(_, _, amount)| *amount).sum(), expected);
			check.equal(
				format!("what could not be paid for {subject}"),
				settlement.unpaid,
				0,
			);
		}
		check
	}

	fn check_rewards(&self) -> Check {
		let mut check =
			Check::new("every intermediary was rewarded for every window that it was a member for");
		for (deal, window, settlement) in self.windows() {
			for intermediary in settlement.members.iter().copied() {
				let rewards = settlement
					.rewards
					.iter()
					.filter(|(who, _)| *who == intermediary);
				let subject = format!(
					"intermediary {intermediary}, {}",
					self.subject(deal, window)
				);
				check.equal(subject, rewards.map(|(_, amount)| *amount).sum(), REWARD);
			}
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
			"what left each escrow is what was paid, rewarded, charged, deposited and borne of disputes",
		);
		for deal in self.deals {
			for user in [RENTAL, INSURER] {
				let settled: Balance = (0..deal.windows)
					.map(|window| self.spent(deal, window, user))
					.sum();
				let spent = settled + self.settlements.incidents.charged(&deal.id, user);
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

	/// What one window must have taken out of a user's escrow.
	fn spent(&self, deal: &Deal, window: WindowIndex, user: usize) -> Balance {
		let settlement = self.settlements.windows.get(&(deal.id, window));
		let cost = settlement.map_or(0, |settlement| settlement.cost);
		let members = settlement.map_or(&[][..], |settlement| &settlement.members);
		let seconds = seconds_by_trips(self.network, deal, window);
		// The cost is shared equally; the first user takes what cannot be shared.
		let half = cost / 2;
		let (share, paid) = match user {
			RENTAL => (cost - half, deal.payment(seconds)),
			_ => (half, 0),
		};
		let own = |member: &&IntermediaryId| deal.terms.named_by(**member) == Some(user);
		let rewards = REWARD * members.iter().filter(own).count() as Balance;
		paid + share + rewards + self.before.storage_share(deal)
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
}
