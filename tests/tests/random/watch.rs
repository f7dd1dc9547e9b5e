//! What every step may do to bonds: an intermediary is bound only if its operator agreed, and nothing is
//! taken from it but for what it did itself, and never more than it was liable for.
//!
//! All of it is told by events and held against what was stored before and is stored after.

use std::collections::{BTreeMap, BTreeSet};

use pallet_agreements::Terms;
use pallet_disputes::{DisputeOf, Disputes};
use pallet_registry::{Bindings, Intermediaries, LastSeen, Named, OfferOf, Offers};
use sp_core::Get;
use sp_runtime::traits::Verify;
use syngraph_primitives::{AgreementId, Consent, Entity, IntermediaryId, Payload};
use syngraph_runtime::{
	AccountId, Balance, BlockNumber, Runtime, RuntimeCall, RuntimeEvent, Signature, System,
};
use syngraph_tests::actors::ChainTerms;

use crate::cast::{now, Move};

type Bound = (AgreementId, IntermediaryId);

/// What an agreement may take from a bond, and what it has taken.
struct Account {
	liable: Balance,
	taken: Balance,
}

/// All that was agreed and taken since the chain began.
#[derive(Default)]
pub struct Watch {
	accounts: BTreeMap<Bound, Account>,
	accepted: BTreeSet<Bound>,
}

/// What there was before a step.
pub struct Stand {
	bonds: BTreeMap<IntermediaryId, Balance>,
	/// What those that are bound are liable for.
	liabilities: BTreeMap<Bound, Balance>,
	disputes: BTreeMap<AgreementId, DisputeOf<Runtime>>,
}

/// What a step took from bonds, and why.
#[derive(Default)]
struct Takings {
	taken: BTreeMap<Bound, Balance>,
	/// What was put in or, if negative, withdrawn.
	moved: BTreeMap<IntermediaryId, i128>,
	convicted: BTreeMap<Bound, Balance>,
	absent: BTreeMap<Bound, Balance>,
	failed_showings: BTreeMap<Bound, Balance>,
	/// What disputes cost, and how much of that each user bore.
	costs: BTreeMap<AgreementId, Balance>,
	borne: BTreeMap<(AgreementId, AccountId), Balance>,
	/// Those in which a sensor was at fault.
	exposed: BTreeSet<AgreementId>,
}

impl Stand {
	/// How it is now.
	pub fn now() -> Self {
		let records = Intermediaries::<Runtime>::iter();
		Self {
			bonds: records.map(|(id, record)| (id, record.bonded())).collect(),
			liabilities: liabilities(),
			disputes: Disputes::<Runtime>::iter().collect(),
		}
	}
}

/// Who is bound to what, and liable for how much.
fn liabilities() -> BTreeMap<Bound, Balance> {
	let all = Bindings::<Runtime>::iter();
	all.map(|(intermediary, agreement, bound)| ((agreement, intermediary), bound.liability))
		.collect()
}

fn operator(intermediary: IntermediaryId) -> Option<AccountId> {
	Some(Intermediaries::<Runtime>::get(intermediary)?.operator)
}

impl Watch {
	/// Checks what a step did, by the events that it caused.
	pub fn check(&mut self, before: &Stand, step: &Move, events: &[RuntimeEvent]) {
		self.check_consents(step, events);
		self.check_withdrawals(step, events);
		self.check_bindings(before, events);
		let takings = Takings::of(events);
		for (bound, amount) in &takings.taken {
			self.check_taken(*bound, *amount);
			takings.check_reason(before, *bound, *amount);
		}
		takings.check_sums(before);
		takings.check_users(before);
	}

	/// Only the operator lets its intermediary be named.
	fn check_consents(&mut self, step: &Move, events: &[RuntimeEvent]) {
		for event in events {
			let RuntimeEvent::Agreements(pallet_agreements::Event::Accepted {
				agreement,
				intermediary,
			}) = event
			else {
				continue;
			};
			let operator = operator(*intermediary).expect("it is registered");
			let consent = Consent {
				agreement: *agreement,
				intermediary: *intermediary,
			};
			assert!(
				is_consent(step, &consent, &operator),
				"another than the operator consented"
			);
			self.accepted.insert((*agreement, *intermediary));
		}
	}

	/// Only the operator takes back that its intermediary may be named, and only what it had said. Then it may not.
	fn check_withdrawals(&mut self, step: &Move, events: &[RuntimeEvent]) {
		for event in events {
			let RuntimeEvent::Agreements(pallet_agreements::Event::ConsentWithdrawn {
				agreement,
				intermediary,
			}) = event
			else {
				continue;
			};
			let operator = operator(*intermediary).expect("it is registered");
			assert!(
				matches!(step, Move::Signed(who, _) if *who == operator),
				"another than the operator took a consent back"
			);
			assert!(
				self.accepted.remove(&(*agreement, *intermediary)),
				"what nobody had consented to was taken back"
			);
		}
	}

	/// Nobody is bound who did not agree, or is not alive; and all that are bound are liable for the penalty.
	fn check_bindings(&mut self, before: &Stand, events: &[RuntimeEvent]) {
		let all = liabilities().into_iter();
		for (bound, liable) in all.filter(|(bound, _)| !before.liabilities.contains_key(bound)) {
			let (agreement, intermediary) = bound;
			let activated = |event: &RuntimeEvent| {
				*event == pallet_agreements::Event::Activated { agreement }.into()
			};
			assert!(events.iter().any(activated), "bound, but not by all users");
			let terms = Terms::<Runtime>::get(agreement).expect("they are stored");
			assert!(is_alive(intermediary), "bound, but not alive");
			assert!(
				self.accepted.contains(&bound) || fits(&terms, intermediary),
				"bound without having agreed"
			);
			assert_eq!(liable, terms.penalty, "liable for another amount");
			let known = self.accounts.insert(bound, Account { liable, taken: 0 });
			assert!(known.is_none(), "bound to one agreement twice");
		}
	}

	/// No bond pays more than it was liable for.
	fn check_taken(&mut self, bound: Bound, amount: Balance) {
		let account = self.accounts.get_mut(&bound);
		let account = account.expect("nothing is taken from who was never bound");
		account.taken += amount;
		assert!(
			account.taken <= account.liable,
			"more was taken than somebody was liable for"
		);
	}
}

/// Whether a step shows that the operator lets its intermediary be named.
fn is_consent(step: &Move, consent: &Consent, operator: &AccountId) -> bool {
	use pallet_agreements::Call;
	let Move::Signed(who, RuntimeCall::Agreements(call)) = step else {
		return false;
	};
	match call {
		Call::accept {
			agreement,
			intermediary,
		} => {
			let same = (*agreement, *intermediary) == (consent.agreement, consent.intermediary);
			same && who == operator
		},
		Call::create { consents, .. } => {
			let bytes = consent.signing_bytes(&System::block_hash(0));
			let signed = |(intermediary, signature): &(IntermediaryId, Signature)| {
				*intermediary == consent.intermediary && signature.verify(&bytes[..], operator)
			};
			consents.iter().any(signed)
		},
		_ => false,
	}
}

/// Whether an intermediary was seen in the last two intervals.
fn is_alive(intermediary: IntermediaryId) -> bool {
	let interval: BlockNumber = <Runtime as pallet_registry::Config>::HeartbeatInterval::get();
	let seen = LastSeen::<Runtime>::get(intermediary);
	seen.is_some_and(|seen| now() - seen <= 2 * interval)
}

/// Whether an intermediary that was just bound offered the terms.
fn fits(terms: &ChainTerms, intermediary: IntermediaryId) -> bool {
	let offer: Option<OfferOf<Runtime>> = Offers::<Runtime>::get(intermediary);
	let (Some(offer), Some(index)) = (offer, terms.named_by(intermediary)) else {
		return false;
	};
	let party = &terms.users[index];
	let (retainer, least) = match party.spares.contains(&intermediary) {
		true => (terms.spare_retainer, offer.spare_retainer),
		false => (terms.retainer, offer.retainer),
	};
	let messages = terms.window.size * terms.sensors.len() as u32;
	let limits = &terms.limits;
	let uses = Bindings::<Runtime>::iter_prefix(intermediary).count();
	let users = terms.users.iter().map(|party| &party.user);
	let strangers = users.filter(|user| {
		let known = offer.users.as_ref();
		known.is_some_and(|known| !known.contains(user))
	});
	terms.reward >= offer.reward
		&& retainer >= least
		&& terms.retainer >= offer.retainer
		&& terms.penalty <= offer.penalty
		&& terms.absence_fee <= offer.absence_fee
		&& messages <= offer.window_messages
		&& limits.ends_at <= now() + offer.duration
		&& limits.notice <= offer.notice
		&& limits.answer >= offer.answer
		&& offer.qualities.contains(&terms.quality_of_service)
		&& strangers.count() == 0
		&& uses <= offer.agreements as usize
		&& Named::<Runtime>::get(intermediary, &party.user) <= offer.agreements_per_user
}

impl Takings {
	/// What the events tell.
	fn of(events: &[RuntimeEvent]) -> Self {
		let mut takings = Self::default();
		for event in events {
			match event {
				RuntimeEvent::Registry(event) => takings.note_bond(event),
				RuntimeEvent::Disputes(event) => takings.note_reason(event),
				_ => (),
			}
		}
		takings
	}

	fn note_bond(&mut self, event: &pallet_registry::Event<Runtime>) {
		use pallet_registry::Event;
		let (bound, amount, sign) = match event {
			Event::Slashed {
				intermediary,
				agreement,
				amount,
			}
			| Event::Charged {
				intermediary,
				agreement,
				fee: amount,
			} => {
				*self.taken.entry((*agreement, *intermediary)).or_default() += amount;
				(intermediary, amount, -1)
			},
			Event::Withdrawn {
				intermediary,
				amount,
			} => (intermediary, amount, -1),
			Event::Bonded {
				intermediary,
				amount,
			}
			| Event::IntermediaryRegistered {
				intermediary,
				bond: amount,
				..
			} => (intermediary, amount, 1),
			_ => return,
		};
		*self.moved.entry(*bound).or_default() += sign * *amount as i128;
	}

	fn note_reason(&mut self, event: &pallet_disputes::Event<Runtime>) {
		use pallet_disputes::Event;
		let (reasons, agreement, intermediary, amount) = match event {
			Event::Convicted {
				agreement,
				intermediary,
				taken,
				..
			} => (&mut self.convicted, agreement, intermediary, taken),
			Event::Absent {
				agreement,
				intermediary,
				fee,
				..
			} => (&mut self.absent, agreement, intermediary, fee),
			Event::ShowingFailed {
				agreement,
				intermediary,
				fee,
				..
			} => (&mut self.failed_showings, agreement, intermediary, fee),
			Event::Borne {
				agreement, shares, ..
			} => return self.note_shares(*agreement, shares),
			Event::SensorAtFault { agreement, .. } => {
				self.exposed.insert(*agreement);
				return;
			},
			_ => return,
		};
		*reasons.entry((*agreement, *intermediary)).or_default() += amount;
	}

	fn note_shares(&mut self, agreement: AgreementId, shares: &pallet_disputes::SharesOf<Runtime>) {
		for (entity, share) in shares {
			*self.costs.entry(agreement).or_default() += share;
			if let Entity::User(user) = entity {
				*self.borne.entry((agreement, user.clone())).or_default() += share;
			}
		}
	}

	/// No user bears what those at fault are liable for; nor, if some were absent and nobody and nothing else was at
	/// fault, any but those that named them.
	fn check_users(&self, before: &Stand) {
		for (agreement, user) in self.borne.keys() {
			let of = |reasons: &BTreeMap<Bound, Balance>| -> Vec<Bound> {
				let all = reasons.keys().copied();
				all.filter(|(of, _)| of == agreement).collect()
			};
			let (convicted, absent) = (of(&self.convicted), of(&self.absent));
			let liable = convicted
				.iter()
				.filter_map(|bound| before.liabilities.get(bound));
			assert!(
				convicted.is_empty() || liable.sum::<Balance>() < self.costs[agreement],
				"a user bears what another's bond covers"
			);
			if absent.is_empty() || !convicted.is_empty() || self.exposed.contains(agreement) {
				continue;
			}
			let terms = Terms::<Runtime>::get(agreement).expect("they are stored");
			let index = terms.user_index(user);
			assert!(
				absent
					.iter()
					.any(|(_, member)| terms.named_by(*member) == index),
				"a user bears what those failed to do whom others named"
			);
		}
	}

	/// Nobody pays but a member that was proven wrong, was absent, or showed what was wrong; and events tell how much.
	fn check_reason(&self, before: &Stand, bound: Bound, amount: Balance) {
		let (agreement, intermediary) = bound;
		let dispute = before.disputes.get(&agreement);
		let dispute = dispute.expect("nothing is taken without a dispute");
		let place = dispute.docket.roster.place(intermediary);
		assert!(place.is_some(), "nothing is taken but from members");
		if let Some(told) = self.convicted.get(&bound) {
			return assert_eq!(amount, *told, "another amount was taken for a lie");
		}
		if let Some(told) = self.failed_showings.get(&bound) {
			return assert_eq!(amount, *told, "another amount was taken for a showing");
		}
		let told = self.absent.get(&bound);
		let told = told.expect("something was taken from who did nothing wrong");
		assert_eq!(amount, *told, "another amount was taken for an absence");
		let terms = Terms::<Runtime>::get(agreement).expect("they are stored");
		assert!(
			amount <= terms.absence_fee,
			"an absence cost more than it may"
		);
	}

	/// Bonds change by what events tell, and by nothing else.
	fn check_sums(&self, before: &Stand) {
		let after = Stand::now().bonds;
		let all: BTreeSet<_> = before.bonds.keys().chain(after.keys()).collect();
		for intermediary in all {
			let at = |bonds: &BTreeMap<_, Balance>| {
				let bond = bonds.get(intermediary).copied();
				bond.unwrap_or(0) as i128
			};
			let moved = self.moved.get(intermediary).copied().unwrap_or(0);
			assert_eq!(
				at(&after),
				at(&before.bonds) + moved,
				"the bond of {intermediary} changed without a reason"
			);
		}
	}
}
