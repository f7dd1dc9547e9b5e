//! What every step may do about rounds that settle: they follow one another without a gap, what they bring about is
//! owed and then paid, to the last unit, and each of them can be shown for good.
//!
//! All of it is told by events and held against what is stored.

use std::collections::BTreeMap;

use pallet_agreements::{AgreementOf, Agreements, Event, Finals, Pallet, Phase, Terms};
use sp_core::H256;
use syngraph_primitives::{AgreementId, Outcomes, Step, WindowIndex};
use syngraph_protocol::{prove_round, round_leaf, verify_round, History};
use syngraph_runtime::{Balance, Runtime, RuntimeEvent};
use syngraph_tests::actors::ChainTerms;

use crate::cast::now;

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
				self.take_in(before, event);
			}
		}
		for (id, state) in Agreements::<Runtime>::iter() {
			let page = self.0.entry(id).or_default();
			page.check(&Terms::<Runtime>::get(id).expect("they are stored"), &state);
		}
	}

	fn take_in(&mut self, before: &Ledger, event: &Event<Runtime>) {
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
				page.settle(agreement, outcomes, terms);
				let more = outcomes.results().count().saturating_sub(1) as Balance;
				let price = state.prices.settlement + more * state.prices.window;
				assert_eq!(*cost, price, "a round costs what was agreed");
				page.owing.fees += cost;
				if state.paid_at + terms.limits.payout <= now() {
					page.owing.fees += state.prices.payout;
				}
			},
			Event::Unpaid {
				agreement, amount, ..
			} => self.0.entry(*agreement).or_default().unpaid += amount,
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
				let members = state.roster.members.len() as Balance;
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
	/// A round has settled: the last one that is kept.
	fn settle(&mut self, agreement: &AgreementId, outcomes: &Outcomes, terms: &ChainTerms) {
		let kept = Pallet::<Runtime>::last_rounds(agreement);
		let kept = kept.last().expect("the last round is kept");
		assert_eq!((kept.first, &kept.outcomes), (self.end, outcomes));
		assert!(!outcomes.is_empty() && kept.signed >= outcomes.len());
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
