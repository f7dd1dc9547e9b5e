//! What every step may do about rounds that settle: they follow one another without a gap, what they bring about is
//! owed and then paid, to the last unit, and each of them can be shown for good.
//!
//! All of it is told by events and held against what is stored.

use std::collections::BTreeMap;

use pallet_agreements::{AgreementOf, Agreements, Event, Finals, Pallet, Phase, Terms};
use sp_core::H256;
use syngraph_primitives::{
	AgreementId, IntermediaryId, Outcomes, Step, WindowIndex, MAX_RESULT_BYTES,
};
use syngraph_protocol::{prove_round, round_leaf, verify_round, History};
use syngraph_runtime::{Balance, Runtime, RuntimeEvent};
use syngraph_tests::actors::ChainTerms;

use crate::{cast::now, rulings::convicted};

/// The agreements before a step.
pub struct Ledger(BTreeMap<AgreementId, (ChainTerms, AgreementOf<Runtime>)>);

impl Ledger {
	/// How it is now.
	pub fn now() -> Self {
		let all = Agreements::<Runtime>::iter();
		let all = all.map(|(id, state)| {
			let terms = Terms::<Runtime>::get(id).expect("they are stored");
			(id, (terms, state))
		});
		Self(all.collect())
	}
}

/// All that has settled since the chain began.
#[derive(Default)]
pub struct Book(BTreeMap<AgreementId, Page>);

/// What has settled of one agreement.
#[derive(Clone, Default)]
struct Page {
	/// The first window that has not.
	end: WindowIndex,
	leaves: Vec<H256>,
	owing: Owing,
	/// What of it could not be received.
	unpaid: Balance,
	/// Who is rewarded by the next payout, if not all members are.
	earners: Option<Vec<IntermediaryId>>,
	/// Who has been since the last one.
	rewarded: Vec<IntermediaryId>,
}

/// What is owed and was not paid out.
#[derive(Clone, Default, PartialEq, Eq, Debug)]
struct Owing {
	windows: u32,
	transfers: Vec<Balance>,
	fees: Balance,
}

impl Book {
	/// Checks what a step did, by the events that it caused.
	pub fn check(&mut self, before: &Ledger, events: &[RuntimeEvent]) {
		for event in events {
			if let RuntimeEvent::Agreements(event) = event {
				self.take_in(before, event, events);
			}
		}
		for (id, state) in Agreements::<Runtime>::iter() {
			let page = self.0.entry(id).or_default();
			page.check(&Terms::<Runtime>::get(id).expect("they are stored"), &state);
		}
	}

	fn take_in(&mut self, before: &Ledger, event: &Event<Runtime>, all: &[RuntimeEvent]) {
		let of = |id: &AgreementId| before.0.get(id).expect("it was there before");
		match event {
			Event::Settled {
				agreement,
				number,
				first,
				outcomes,
				cost,
			} => {
				let (terms, state) = of(agreement);
				let page = self.0.entry(*agreement).or_default();
				assert_eq!(
					(*number, *first),
					(page.leaves.len() as u64, page.end),
					"a round out of order"
				);
				if page.settle(agreement, outcomes, terms) {
					page.charge(*cost, outcomes, terms, state);
				} else {
					assert_eq!(*cost, 0, "what nobody has signed is a part of a dispute");
					let wrong = convicted(all, agreement);
					let is_right =
						|member: &IntermediaryId| !wrong.iter().any(|(it, _)| it == member);
					let members = state.roster.members.iter().copied();
					page.rule(members.filter(is_right).collect());
				}
			},
			Event::Unpaid {
				agreement, amount, ..
			} => self.0.entry(*agreement).or_default().unpaid += amount,
			Event::Rewarded {
				agreement,
				intermediary,
				..
			} => {
				let page = self.0.entry(*agreement).or_default();
				page.rewarded.push(*intermediary);
			},
			Event::PaidOut {
				agreement,
				windows,
				rewards,
				transfers,
				fees,
			} => {
				let (terms, state) = of(agreement);
				let page = self.0.entry(*agreement).or_default();
				let Owing {
					windows: owed,
					transfers: sums,
					fees: owed_fees,
				} = std::mem::take(&mut page.owing);
				assert_eq!((*windows, *fees), (owed, owed_fees));
				let all = || state.roster.members.to_vec();
				let earners = page.earners.take().unwrap_or_else(all);
				let mut rewarded = std::mem::take(&mut page.rewarded).into_iter();
				assert!(
					rewarded.all(|member| earners.contains(&member)),
					"somebody is rewarded for what it was wrong about"
				);
				let members = earners.len() as Balance;
				let due =
					terms.reward * members * Balance::from(owed) + sums.iter().sum::<Balance>();
				let unpaid = std::mem::take(&mut page.unpaid);
				assert_eq!(rewards + transfers + unpaid, due, "all that is due is paid");
			},
			Event::Ended {
				agreement,
				rounds,
				root,
				..
			} => {
				let page = self.0.entry(*agreement).or_default();
				assert_eq!((*rounds, *root), (page.leaves.len() as u64, page.root()));
			},
			Event::Removed { agreement } => {
				let page = self.0.remove(agreement).unwrap_or_default();
				page.check_forgotten(agreement);
			},
			_ => (),
		}
	}
}

impl Page {
	/// A round has settled: the last one that is kept. Tells whether its members have signed it.
	fn settle(&mut self, agreement: &AgreementId, outcomes: &Outcomes, terms: &ChainTerms) -> bool {
		let kept = Pallet::<Runtime>::last_rounds(agreement);
		let kept = kept.last().expect("the last round is kept");
		assert_eq!((kept.first, &kept.outcomes), (self.end, outcomes));
		assert!(!outcomes.is_empty() && kept.signed >= outcomes.len());
		let signed = !kept.proof.is_zero();
		// What was owed before is paid before the chain rules.
		assert!(signed || (self.owing.windows, self.owing.fees) == (0, 0));
		self.leaves.push(round_leaf(agreement, kept));
		self.end = kept.end();
		self.owing.transfers.resize(terms.reaction.len(), 0);
		let results: Vec<_> = outcomes.results().map(|(_, result)| result).collect();
		assert!(
			results.len() <= terms.rounds.most as usize,
			"a round of too many results"
		);
		for result in results {
			self.owing.windows += 1;
			for (sum, step) in self.owing.transfers.iter_mut().zip(&terms.reaction) {
				if let Step::Transfer { amount, .. } = step {
					*sum += amount.of(result);
				}
			}
		}
		signed
	}

	/// Fees accrue for a round that members have signed, and for a payout if that is due.
	fn charge(
		&mut self,
		cost: Balance,
		outcomes: &Outcomes,
		terms: &ChainTerms,
		state: &AgreementOf<Runtime>,
	) {
		let prices = &state.prices;
		let further = outcomes.lengths().skip(1).map(|(_, bytes)| {
			let unused = Balance::from(MAX_RESULT_BYTES - bytes);
			prices.window - unused * prices.byte
		});
		let price = prices.settlement + further.sum::<Balance>();
		assert_eq!(cost, price, "a round costs what was agreed");
		self.owing.fees += cost;
		if state.paid_at + terms.limits.payout <= now() {
			self.owing.fees += prices.payout;
		}
	}

	/// The chain has ruled on a window. If anything follows from that, these members are rewarded at once.
	fn rule(&mut self, right: Vec<IntermediaryId>) {
		self.earners = (self.owing.windows > 0).then_some(right);
	}

	fn root(&self) -> H256 {
		History::of(&self.leaves).root()
	}

	/// What is stored is what has settled.
	fn check(&mut self, terms: &ChainTerms, state: &AgreementOf<Runtime>) {
		assert_eq!(state.progress.base, self.end);
		assert_eq!(state.history, History::of(&self.leaves));
		self.owing.transfers.resize(terms.reaction.len(), 0);
		let accrued = &state.accrued;
		let stored = Owing {
			windows: accrued.windows,
			transfers: accrued.steps.to_vec(),
			fees: accrued.fees,
		};
		assert_eq!(stored, self.owing, "what is owed is what has settled");
		assert_eq!(self.earners, None, "a ruling is not paid at once");
		let over = matches!(state.phase, Phase::Ended { .. });
		assert!(!over || accrued.is_nothing(), "nothing is owed in the end");
	}

	/// What is left of a forgotten agreement shows every round that it had.
	fn check_forgotten(&self, agreement: &AgreementId) {
		let Some((root, count)) = Finals::<Runtime>::get(agreement) else {
			return assert!(self.leaves.is_empty(), "a root was lost");
		};
		assert_eq!(count, self.leaves.len() as u64);
		for (number, leaf) in (0..count).zip(&self.leaves) {
			let proof = prove_round(&self.leaves, number).expect("there is such a round");
			assert!(verify_round(&root, count, number, *leaf, &proof));
		}
	}
}
