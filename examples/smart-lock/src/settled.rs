//! What settled, and what was paid for it, as the chain's events tell.

use std::collections::BTreeMap;

use frame_system::Phase;
use pallet_agreements::Event;
use syngraph_client::Block;
use syngraph_primitives::{AgreementId, IntermediaryId, Outcomes, ResultValue, WindowIndex};
use syngraph_runtime::{AccountId, Balance, BlockNumber, Runtime, RuntimeEvent};

use crate::{deals::Deal, incidents::Incidents, report::syn};

/// What became of a window.
#[derive(Clone, Debug, Default)]
pub struct Settlement {
	/// The result; none if the window is null, or has not settled.
	pub result: Option<ResultValue>,
	/// The number of its round among those of its agreement.
	pub round: u64,
	/// The block.
	pub block: BlockNumber,
	/// The labels under which the result was logged.
	pub logged: Vec<String>,
	/// How often it settled. Once, if all is well.
	pub times: u32,
}

/// A round that settled.
#[derive(Clone, Debug)]
pub struct Round {
	/// Its number among those of its agreement.
	pub number: u64,
	/// Its first window.
	pub first: WindowIndex,
	/// How many windows it has.
	pub windows: u32,
	/// The block.
	pub block: BlockNumber,
	/// What the settlement costs the users together.
	pub cost: Balance,
}

/// What was paid at once for all windows that had settled since the last time.
#[derive(Clone, Debug, Default)]
pub struct Payout {
	/// The block.
	pub block: BlockNumber,
	/// The windows that had results.
	pub windows: Vec<WindowIndex>,
	/// For how many windows the members were rewarded.
	pub rewarded: u32,
	/// Who computed them.
	pub members: Vec<IntermediaryId>,
	/// What their settlements cost.
	pub costs: Balance,
	/// Whether a settlement brought it about, at the users' cost, and not somebody who asked for it.
	pub by_settlement: bool,
	/// What settlements and payout themselves cost the users together.
	pub fees: Balance,
	/// What was paid, from whom and to whom.
	pub paid: Vec<(AccountId, AccountId, Balance)>,
	/// What the intermediaries were rewarded with.
	pub rewards: Vec<(IntermediaryId, Balance)>,
	/// What could not be received.
	pub unpaid: Balance,
}

/// What settled in one agreement.
#[derive(Clone, Debug, Default)]
pub struct Account {
	/// Its rounds, in order.
	pub rounds: Vec<Round>,
	/// What was paid for them.
	pub payouts: Vec<Payout>,
	/// What has settled since.
	pub owed: Payout,
	/// Who computes now.
	members: Vec<IntermediaryId>,
	/// Where the last round settled.
	last: Option<(BlockNumber, Phase)>,
}

/// All that settled in this run's agreements.
#[derive(Default)]
pub struct Settlements {
	/// The windows, by agreement and number.
	pub windows: BTreeMap<(AgreementId, WindowIndex), Settlement>,
	/// The agreements.
	accounts: BTreeMap<AgreementId, Account>,
	/// What happened besides.
	pub incidents: Incidents,
	/// The last block that was looked at.
	pub last: BlockNumber,
	/// The best block right after the last message was sent.
	pub last_message: Option<BlockNumber>,
}

impl Account {
	/// An account of an agreement in which nothing has settled, with these members.
	fn new(members: Vec<IntermediaryId>) -> Self {
		Self {
			members,
			..Default::default()
		}
	}

	/// Takes in what happened in a block, in a phase of it.
	fn take(&mut self, block: BlockNumber, phase: &Phase, event: &Event<Runtime>) {
		match event {
			Event::Settled {
				number,
				first,
				outcomes,
				cost,
				..
			} => {
				let round = Round {
					number: *number,
					first: *first,
					windows: outcomes.len(),
					block,
					cost: *cost,
				};
				self.settle(round, outcomes);
				self.last = Some((block, phase.clone()));
			},
			Event::Paid {
				from, to, amount, ..
			} => self.owed.paid.push((from.clone(), to.clone(), *amount)),
			Event::Rewarded {
				intermediary,
				amount,
				..
			} => self.owed.rewards.push((*intermediary, *amount)),
			Event::Unpaid { amount, .. } => self.owed.unpaid += amount,
			Event::PaidOut { windows, fees, .. } => {
				let by_settlement = self.last == Some((block, phase.clone()));
				self.payouts.push(Payout {
					block,
					rewarded: *windows,
					by_settlement,
					fees: *fees,
					..std::mem::take(&mut self.owed)
				});
			},
			Event::RosterChanged { roster, .. } => {
				self.members = roster.members.clone().into_inner();
			},
			_ => (),
		}
	}

	fn settle(&mut self, round: Round, outcomes: &Outcomes) {
		let results = outcomes.results();
		let windows = results.map(|(place, _)| round.first + WindowIndex::from(place));
		self.owed.windows.extend(windows);
		self.owed.costs += round.cost;
		// Nobody leaves before everything is paid.
		self.owed.members = self.members.clone();
		self.rounds.push(round);
	}
}

impl Settlements {
	/// Those after a block: none yet.
	pub fn after(block: BlockNumber) -> Self {
		Self {
			last: block,
			..Default::default()
		}
	}

	/// Takes in what happened in a block.
	pub fn take(&mut self, deals: &[Deal], block: &Block) {
		self.last = block.number;
		for record in &block.events {
			self.incidents.take(deals, &record.event);
			let RuntimeEvent::Agreements(event) = &record.event else {
				continue;
			};
			let Some(deal) = deals
				.iter()
				.find(|deal| Some(deal.id) == agreement_of(event))
			else {
				continue;
			};
			self.note(deal.id, block.number, event);
			let members = || deal.terms.intermediaries().collect();
			let account = self.accounts.entry(deal.id);
			let account = account.or_insert_with(|| Account::new(members()));
			account.take(block.number, &record.phase, event);
		}
	}

	/// Notes what became of windows.
	fn note(&mut self, id: AgreementId, block: BlockNumber, event: &Event<Runtime>) {
		match event {
			Event::Settled {
				number,
				first,
				outcomes,
				..
			} => {
				for (window, result) in (*first..).zip(outcomes.iter()) {
					let settlement = self.windows.entry((id, window)).or_default();
					settlement.result = result;
					settlement.round = *number;
					settlement.block = block;
					settlement.times += 1;
				}
			},
			Event::Logged { window, label, .. } => {
				let settlement = self.windows.entry((id, *window)).or_default();
				let label = String::from_utf8_lossy(label).into_owned();
				settlement.logged.push(label);
			},
			_ => (),
		}
	}

	/// What settled in an agreement, and was paid.
	pub fn account(&self, agreement: &AgreementId) -> Account {
		self.accounts.get(agreement).cloned().unwrap_or_default()
	}

	/// How many blocks after the last message the last window settled, once all messages are sent.
	pub fn lag(&self) -> Option<BlockNumber> {
		let blocks = self.windows.values().map(|settlement| settlement.block);
		Some(blocks.max()?.saturating_sub(self.last_message?))
	}

	/// What has happened, in some lines, if so many windows were to settle.
	pub fn story(&self, total: u64) -> String {
		let blocks = self.windows.values().map(|settlement| settlement.block);
		let rounds = self.accounts.values().map(|account| account.rounds.len());
		let mut windows = format!(
			"windows: {} of {total} settled, in {} rounds",
			self.windows.len(),
			rounds.sum::<usize>()
		);
		if let (Some(first), Some(last)) = (blocks.clone().min(), blocks.max()) {
			windows += &format!(" and blocks {first} to {last}");
		}
		if let Some(lag) = self.lag() {
			windows += &format!(", the last one {lag} blocks after the last message");
		}
		let cost = |account: &Account| {
			let fees = account.payouts.iter().map(|payout| payout.fees);
			fees.sum::<Balance>() + account.owed.costs
		};
		let cost = self.accounts.values().map(cost).sum();
		windows += &format!("; they cost the users {} SYN together", syn(cost));
		let incidents = self.incidents.summary().lines();
		let lines = [windows].into_iter().chain(incidents);
		lines.fold("What happened:".into(), |story, line| {
			story + "\n  " + &line
		})
	}

	/// Which windows have not settled.
	pub fn missing(&self, deals: &[Deal]) -> String {
		let lines: Vec<_> = deals
			.iter()
			.filter_map(|deal| {
				let missing: Vec<_> = (0..deal.windows)
					.filter(|window| !self.windows.contains_key(&(deal.id, *window)))
					.map(|window| window.to_string())
					.collect();
				let windows = missing.join(", ");
				(!missing.is_empty()).then(|| format!("  agreement {:?}: {windows}", deal.id))
			})
			.collect();
		format!("these windows are not settled:\n{}", lines.join("\n"))
	}
}

/// Which agreement an event is about, if it tells of what settles or is paid for it.
fn agreement_of(event: &Event<Runtime>) -> Option<AgreementId> {
	use Event::*;
	match event {
		Settled { agreement, .. }
		| Logged { agreement, .. }
		| Paid { agreement, .. }
		| Rewarded { agreement, .. }
		| Unpaid { agreement, .. }
		| PaidOut { agreement, .. }
		| RosterChanged { agreement, .. } => Some(*agreement),
		_ => None,
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use syngraph_primitives::Roster;

	const AGREEMENT: AgreementId = AgreementId::repeat_byte(1);

	fn settled(
		number: u64,
		first: WindowIndex,
		outcomes: &[Option<ResultValue>],
	) -> Event<Runtime> {
		Event::Settled {
			agreement: AGREEMENT,
			number,
			first,
			outcomes: Outcomes::new(outcomes.iter().copied()).unwrap(),
			cost: 100 + outcomes.len() as Balance,
		}
	}

	fn paid_out(windows: u32, fees: Balance) -> Event<Runtime> {
		Event::PaidOut {
			agreement: AGREEMENT,
			windows,
			rewards: 0,
			transfers: 0,
			fees,
		}
	}

	fn rewarded(intermediary: IntermediaryId) -> Event<Runtime> {
		Event::Rewarded {
			agreement: AGREEMENT,
			intermediary,
			operator: AccountId::new([1; 32]),
			amount: 7,
		}
	}

	#[test]
	fn what_has_settled_since_is_paid_for_at_once() {
		let mut account = Account::new(vec![3, 4]);
		let (first, second) = (Phase::ApplyExtrinsic(1), Phase::ApplyExtrinsic(2));
		account.take(5, &first, &settled(0, 0, &[Some(1), None, Some(0)]));
		account.take(6, &first, &settled(1, 3, &[Some(2)]));
		for event in [rewarded(3), rewarded(4), paid_out(3, 250)] {
			account.take(6, &first, &event);
		}
		// That others compute from now on changes nothing about what settled before.
		account.take(7, &first, &settled(2, 4, &[Some(5)]));
		account.take(7, &second, &paid_out(1, 101));
		let roster = Roster {
			members: vec![3, 9].try_into().unwrap(),
			..Default::default()
		};
		let agreement = AGREEMENT;
		account.take(7, &second, &Event::RosterChanged { agreement, roster });
		account.take(8, &first, &settled(3, 5, &[None]));

		let [due, asked] = &account.payouts[..] else {
			panic!("two payouts: {:?}", account.payouts);
		};
		assert_eq!((&due.windows[..], due.rewarded), (&[0, 2, 3][..], 3));
		assert_eq!((due.costs, due.fees, due.block), (103 + 101, 250, 6));
		assert_eq!((&due.members[..], due.rewards.len()), (&[3, 4][..], 2));
		assert_eq!((due.by_settlement, asked.by_settlement), (true, false));
		assert_eq!(
			(&asked.windows[..], &asked.members[..]),
			(&[4][..], &[3, 4][..])
		);
		assert_eq!(
			(account.owed.costs, &account.owed.members[..]),
			(101, &[3, 9][..])
		);
		let rounds = account.rounds.iter().map(|round| round.windows);
		assert_eq!(rounds.collect::<Vec<_>>(), [3, 1, 1, 1]);
	}

	#[test]
	fn each_window_has_its_own_result() {
		let mut settlements = Settlements::default();
		let logged = Event::Logged {
			agreement: AGREEMENT,
			window: 9,
			label: b"seconds".to_vec().try_into().unwrap(),
			result: 4,
		};
		settlements.note(AGREEMENT, 5, &logged);
		settlements.note(AGREEMENT, 5, &settled(2, 8, &[None, Some(4)]));
		let of = |window| &settlements.windows[&(AGREEMENT, window)];
		let results = [8, 9].map(|window| (of(window).result, of(window).times, of(window).round));
		assert_eq!(results, [(None, 1, 2), (Some(4), 1, 2)]);
		assert_eq!(of(9).logged, ["seconds"]);
		assert_eq!(settlements.windows.len(), 2);
	}

	#[test]
	fn the_lag_is_that_of_the_last_window() {
		let mut settlements = Settlements {
			last_message: Some(7),
			..Default::default()
		};
		assert_eq!(settlements.lag(), None);
		settlements.note(AGREEMENT, 6, &settled(0, 0, &[Some(1)]));
		assert_eq!(settlements.lag(), Some(0));
		settlements.note(AGREEMENT, 11, &settled(1, 1, &[Some(4)]));
		settlements.note(AGREEMENT, 9, &settled(2, 2, &[None]));
		assert_eq!(settlements.lag(), Some(4));
	}
}
