//! What must hold after every step, and when everything is over.

use std::collections::BTreeMap;

use codec::Encode;
use frame_support::storage::storage_prefix;
use pallet_agreements::{AgreementOf, Agreements, Phase, Terms};
use pallet_registry::{Intermediaries, Sensors, Users};
use sp_io::hashing::twox_128;
use syngraph_primitives::{Amount, IntermediaryId, Step};
use syngraph_runtime::{Balance, Balances, Runtime, RuntimeEvent, RuntimeHoldReason, System, DAYS};
use syngraph_tests::{actors::ChainTerms, chain::check_invariants};

type Holds = BTreeMap<Vec<u8>, Balance>;

/// How much money there is, and how many events there have been in the block.
#[derive(Clone, Copy)]
pub struct Before {
	issuance: Balance,
	events: usize,
}

impl Before {
	/// How it is now.
	pub fn now() -> Self {
		Self {
			issuance: Balances::total_issuance(),
			events: System::read_events_no_consensus().count(),
		}
	}

	/// The same in another block, which has had no events yet.
	pub fn another_block(self) -> Self {
		Self { events: 0, ..self }
	}

	/// The events since.
	pub fn events(&self) -> impl Iterator<Item = RuntimeEvent> {
		let events = System::read_events_no_consensus().skip(self.events);
		events.map(|record| record.event)
	}

	/// Checks that money was neither made nor lost since, but for the dust of accounts that are no more.
	///
	/// Fees are not lost: they go to the author of the block.
	fn check_issuance(&self) {
		let lost: Balance = self
			.events()
			.map(|event| match event {
				RuntimeEvent::Balances(pallet_balances::Event::DustLost { amount, .. }) => amount,
				_ => 0,
			})
			.sum();
		assert_eq!(
			Balances::total_issuance() + lost,
			self.issuance,
			"money was made or lost"
		);
	}

	/// Checks all that must hold after a step.
	pub fn check(&self) {
		self.check_issuance();
		check_invariants();
		check_holds();
		check_escrows();
	}
}

/// Every agreement in force can pay, out of each escrow, for what is owed and for what comes next: the retainers until
/// its last block, a round of one window with any result and a payout, its end, and a dispute unless there is one that
/// has what it needs. All of it is added up here from terms and prices, in another way than the pallet does.
fn check_escrows() {
	for (id, agreement) in Agreements::<Runtime>::iter() {
		let Phase::Active { ends, .. } = agreement.phase else {
			continue;
		};
		let terms = Terms::<Runtime>::get(id).expect("they are stored");
		let blocks = ends.saturating_sub(agreement.retained);
		for (index, funds) in agreement.funds.iter().enumerate() {
			let needed = owed(&terms, &agreement, index)
				+ retainers(&terms, &agreement, index, blocks.into())
				+ settlement(&terms, &agreement, index)
				+ match agreement.is_disputed() {
					false => agreement.prices.dispute + agreement.prices.dispute_share,
					true => 0,
				};
			assert!(
				*funds >= needed,
				"user {index} has {funds} in escrow and may have to pay {needed}"
			);
		}
	}
}

/// What a user will owe to those whom it named, for so many blocks.
fn retainers(
	terms: &ChainTerms,
	agreement: &AgreementOf<Runtime>,
	index: usize,
	blocks: Balance,
) -> Balance {
	let party = &terms.users[index];
	let named = party.intermediaries.iter().chain(&party.spares);
	let bound = named.filter(|named| !agreement.left.contains(named));
	bound
		.map(|named| {
			let works = agreement.roster.members.contains(named);
			let per_day = if works {
				terms.retainer
			} else {
				terms.spare_retainer
			};
			per_day * blocks / Balance::from(DAYS)
		})
		.sum()
}

/// What a user owes its members for what has settled, other users, and as its share of fees.
fn owed(terms: &ChainTerms, agreement: &AgreementOf<Runtime>, index: usize) -> Balance {
	let accrued = &agreement.accrued;
	let own = |member: &&IntermediaryId| terms.named_by(**member) == Some(index);
	let members = agreement.roster.members.iter().filter(own).count();
	let steps = terms.reaction.iter().zip(&accrued.steps);
	let transfers = steps.map(|(step, sum)| match step {
		Step::Transfer { from, .. } if usize::from(*from) == index => *sum,
		_ => 0,
	});
	terms.reward * members as Balance * Balance::from(accrued.windows)
		+ transfers.sum::<Balance>()
		+ share(terms, accrued.fees, index)
}

/// A user's equal share of something.
fn share(terms: &ChainTerms, total: Balance, index: usize) -> Balance {
	let users = terms.users.len() as Balance;
	total / users + Balance::from((index as Balance) < total % users)
}

/// The most that a user pays for a round of one window, and for the payout and the end that may follow it.
fn settlement(terms: &ChainTerms, agreement: &AgreementOf<Runtime>, index: usize) -> Balance {
	let own = |member: &&IntermediaryId| terms.named_by(**member) == Some(index);
	let members = agreement.roster.members.iter().filter(own).count();
	let transfers = terms.reaction.iter().map(|step| match step {
		Step::Transfer { from, amount, .. } if usize::from(*from) == index => match amount {
			Amount::Fixed(amount) => *amount,
			Amount::PerUnit { at_most, .. } => *at_most,
		},
		_ => 0,
	});
	let prices = &agreement.prices;
	let fees = [prices.settlement, prices.payout, prices.ending];
	terms.reward * members as Balance
		+ transfers.sum::<Balance>()
		+ fees
			.map(|fee| share(terms, fee, index))
			.iter()
			.sum::<Balance>()
}

/// All that is on hold, of all accounts together, by reason.
fn on_hold() -> Holds {
	let mut holds = Holds::new();
	for (who, held) in pallet_balances::Holds::<Runtime>::iter() {
		for hold in &held {
			*holds.entry(hold.id.encode()).or_default() += hold.amount;
		}
		let sum: Balance = held.iter().map(|hold| hold.amount).sum();
		assert_eq!(
			System::account(&who).data.reserved,
			sum,
			"all that is reserved is held"
		);
	}
	holds
}

/// All that is on hold is accounted for: of each owner, the pallets check it for themselves, but not that
/// nobody else has anything on hold.
fn check_holds() {
	use pallet_agreements::HoldReason as Agreement;
	use pallet_registry::HoldReason as Registry;

	let mut recorded = Holds::new();
	let mut record = |reason: RuntimeHoldReason, amount: Balance| {
		if amount > 0 {
			*recorded.entry(reason.encode()).or_default() += amount;
		}
	};
	for user in Users::<Runtime>::iter_values() {
		record(Registry::User.into(), user.deposit);
	}
	for sensor in Sensors::<Runtime>::iter_values() {
		record(Registry::Sensor.into(), sensor.deposit);
	}
	for intermediary in Intermediaries::<Runtime>::iter_values() {
		record(Registry::Intermediary.into(), intermediary.deposit);
		record(Registry::Bond.into(), intermediary.bonded());
	}
	for agreement in Agreements::<Runtime>::iter_values() {
		let users = agreement.funds.len() as Balance;
		let (prices, disputes) = (&agreement.prices, Balance::from(agreement.is_disputed()));
		let rounds = match agreement.came_into_force() {
			true => prices.storage_share,
			false => 0,
		};
		let stored = rounds + prices.dispute_share * disputes;
		let escrow: Balance = agreement.funds.iter().sum();
		let reserved = prices.dispute * disputes * users;
		record(Agreement::Proposal.into(), agreement.deposit);
		record(Agreement::Escrow.into(), escrow + reserved);
		record(Agreement::Storage.into(), stored * users);
	}
	assert_eq!(on_hold(), recorded, "every hold is accounted for");
}

/// Checks that nothing is left when everybody has gone.
pub fn check_empty() {
	assert_eq!(
		pallet_balances::Holds::<Runtime>::iter().count(),
		0,
		"something is on hold"
	);
	for (who, account) in frame_system::Account::<Runtime>::iter() {
		assert_eq!(account.consumers, 0, "something needs {who}");
		assert_eq!(account.data.reserved, 0, "something of {who} is reserved");
	}
	// The numbers of the next sensor and intermediary stay, the versions of the pallets, and the roots of what has
	// settled.
	let kept = [
		pallet_registry::NextSensor::<Runtime>::hashed_key(),
		pallet_registry::NextIntermediary::<Runtime>::hashed_key(),
		storage_prefix(b"Agreements", b"Finals"),
	];
	for pallet in ["Registry", "Agreements", "Disputes", "Channels"] {
		check_prefix(&twox_128(pallet.as_bytes()), &kept);
	}
	check_prefix(b":statement_allowance:", &[]);
}

/// Checks that nothing is stored under a prefix but what is kept.
fn check_prefix(prefix: &[u8], kept: &[[u8; 32]]) {
	let version = [prefix, &twox_128(b":__STORAGE_VERSION__:")].concat();
	let mut key = prefix.to_vec();
	while let Some(next) = sp_io::storage::next_key(&key).filter(|key| key.starts_with(prefix)) {
		let known = next == version || kept.iter().any(|kept| next.starts_with(kept));
		assert!(known, "something is left: {next:?}");
		key = next;
	}
}
