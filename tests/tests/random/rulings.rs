//! What every step may do by the chain's own word: what it computed in a dispute settles with the verdict if, and only
//! if, the terms and all that was said and shown call for it; and whoever bears the dispute bears what that costs.
//!
//! Whether it must settle is told here by what others can see: the docket before the step, and who was convicted.

use std::collections::BTreeMap;

use codec::MaxEncodedLen;
use frame_support::{dispatch::DispatchClass, weights::WeightToFee};
use pallet_agreements::{Agreements, Pallet, Terms, WeightInfo as _};
use pallet_disputes::{DisputeOf, Disputes, Event, WeightInfo as _};
use syngraph_primitives::{
	unsigned, AgreementId, Agreements as _, Directory, IntermediaryId, OnFailure, Ruling,
	SettledRound, SourceVersion, Step,
};
use syngraph_protocol::{outcome_leaf, root_of, Fault, Kind, Shown, Stage};
use syngraph_runtime::{Balance, BlockNumber, Registry, Runtime, RuntimeEvent};

use crate::cast::{now, Deal, Move};

type Parts = <Runtime as pallet_agreements::Config>::WeightInfo;
type Weights = <Runtime as pallet_disputes::Config>::WeightInfo;
type Fee = <Runtime as pallet_disputes::Config>::WeightToFee;
type LengthFee = <Runtime as pallet_disputes::Config>::LengthToFee;

/// The open disputes before a step.
pub struct Open(BTreeMap<AgreementId, Case>);

/// A dispute, and its agreement.
struct Case {
	deal: Deal,
	dispute: DisputeOf<Runtime>,
	/// What is known of the sensors.
	version: Option<SourceVersion>,
}

/// Who was proven wrong in the dispute of an agreement that a step closed, and how.
pub fn convicted(events: &[RuntimeEvent], agreement: &AgreementId) -> Vec<(IntermediaryId, Fault)> {
	let convicted = events.iter().filter_map(|event| match event {
		RuntimeEvent::Disputes(Event::Convicted {
			agreement: of,
			intermediary,
			fault,
			..
		}) if of == agreement => Some((*intermediary, *fault)),
		_ => None,
	});
	convicted.collect()
}

/// The agreements of which a step closed a dispute by a verdict.
fn judged(events: &[RuntimeEvent]) -> Vec<AgreementId> {
	let judged = events.iter().filter_map(|event| match event {
		RuntimeEvent::Disputes(Event::Judged { agreement, .. }) => Some(*agreement),
		_ => None,
	});
	judged.collect()
}

/// The agreements of which something settled at no cost.
fn ruled(events: &[RuntimeEvent]) -> Vec<AgreementId> {
	let ruled = events.iter().filter_map(|event| match event {
		RuntimeEvent::Agreements(pallet_agreements::Event::Settled {
			agreement, cost: 0, ..
		}) => Some(*agreement),
		_ => None,
	});
	ruled.collect()
}

/// What a dispute cost in all, as events tell who bore it.
fn borne(events: &[RuntimeEvent], agreement: &AgreementId) -> Balance {
	let shares = events.iter().filter_map(|event| match event {
		RuntimeEvent::Disputes(Event::Borne {
			agreement: of,
			shares,
			..
		}) if of == agreement => Some(shares),
		_ => None,
	});
	shares.flatten().map(|(_, share)| share).sum()
}

impl Open {
	/// How it is now.
	pub fn now() -> Self {
		let all = Disputes::<Runtime>::iter().map(|(id, dispute)| {
			let terms = Terms::<Runtime>::get(id).expect("they are stored");
			let state = Agreements::<Runtime>::get(id).expect("it is stored");
			let case = Case {
				deal: Deal { id, terms, state },
				dispute,
				version: syngraph_runtime::Agreements::version(&id),
			};
			(id, case)
		});
		Self(all.collect())
	}

	/// Checks what a step did, by the events that it caused.
	pub fn check(&self, step: &Move, events: &[RuntimeEvent]) {
		let (judged, ruled) = (judged(events), ruled(events));
		assert!(
			ruled.iter().all(|id| judged.contains(id)),
			"the chain ruled without a verdict"
		);
		for id in judged {
			let case = self.0.get(&id).expect("it was open before");
			let due = case.due(&convicted(events, &id));
			let settled = ruled.contains(&id).then(|| last_round(&id)).flatten();
			assert_eq!(settled, due, "the chain rules where it must");
			let cost = case.cost(step, due.is_some());
			assert_eq!(borne(events, &id), cost, "all that it cost is borne");
		}
	}
}

fn last_round(id: &AgreementId) -> Option<SettledRound<BlockNumber>> {
	Pallet::<Runtime>::last_rounds(id).pop()
}

impl Case {
	/// The round that must settle if these members are proven wrong.
	fn due(&self, wrong: &[(IntermediaryId, Fault)]) -> Option<SettledRound<BlockNumber>> {
		let (docket, terms) = (&self.dispute.docket, &self.deal.terms);
		let base = self.deal.state.progress.base;
		let (Stage::Evidence { kind, window }, [shown]) = (docket.stage, docket.shown.as_slice())
		else {
			return None;
		};
		let calls = terms.on_failure == OnFailure::Judge
			&& self.deal.settles_at(docket.opened)
			&& (window, docket.first) == (base, base)
			&& self.version == Some(docket.version)
			&& !docket.is_sensor_at_fault()
			&& self.is_refuted(kind, shown, wrong)
			// Whoever steps in too late has nothing settle.
			&& (!self.deal.is_settling() || self.lacks_spare(wrong));
		let ruling = Ruling {
			outcome: shown.result,
			data_root: root_of([shown.root]),
		};
		calls.then(|| ruling.settled(window, now()))
	}

	/// Whether what was shown refutes one of those that are wrong. If they differ in data, it must be too late to show
	/// anything else, and all others must have claimed that.
	fn is_refuted(&self, kind: Kind, shown: &Shown, wrong: &[(IntermediaryId, Fault)]) -> bool {
		let docket = &self.dispute.docket;
		let is_wrong = |member: IntermediaryId| wrong.iter().any(|(other, _)| *other == member);
		let members = docket.roster.members.iter().copied().enumerate();
		let claims = members.map(|(place, member)| (is_wrong(member), docket.claim(place)));
		let (wrongs, others): (Vec<_>, Vec<_>) = claims.partition(|(is_wrong, _)| *is_wrong);
		let right = match kind {
			Kind::Data => shown.root,
			Kind::Digests => shown.digest,
			Kind::Outcomes => outcome_leaf(shown.result),
		};
		let refuted = wrongs
			.iter()
			.any(|(_, claim)| claim.is_some_and(|claim| claim != right));
		let is_last = wrong.iter().any(|(_, fault)| *fault == Fault::WrongWindow);
		let agreed = others.iter().all(|(_, claim)| *claim == Some(right));
		refuted && (kind != Kind::Data || (is_last && agreed))
	}

	/// Whether a user named more of those that are wrong than it has spares that step in.
	fn lacks_spare(&self, wrong: &[(IntermediaryId, Fault)]) -> bool {
		let terms = &self.deal.terms;
		let named = |index: usize| {
			let all = wrong.iter().map(|(member, _)| terms.named_by(*member));
			all.filter(|by| *by == Some(index)).count()
		};
		let mut parties = terms.users.iter().enumerate();
		parties.any(|(index, party)| {
			let able = party.spares.iter().filter(|spare| self.is_able(**spare));
			named(index) > able.count()
		})
	}

	/// Whether a spare steps in for a member that leaves. One whose notice has run out leaves before, as long as the
	/// agreement is in force.
	fn is_able(&self, spare: IntermediaryId) -> bool {
		let state = &self.deal.state;
		let mut notices = state.resignations.iter();
		let is_due = notices.any(|it| it.intermediary == spare && it.due <= now());
		!state.left.contains(&spare)
			&& state.roster.place(spare).is_none()
			&& !(is_due && self.deal.is_in_force())
			&& Registry::is_alive(spare)
			&& Registry::intermediary_key(spare, now()).is_some()
	}

	/// What the dispute cost: all before the verdict, the verdict unless somebody signed for it, and a ruling; no more
	/// than is reserved.
	fn cost(&self, step: &Move, rules: bool) -> Balance {
		let verdict = match step {
			Move::General(_) => judge_fee(),
			_ => 0,
		};
		let ruling = match rules {
			true => self.ruling_fee(),
			false => 0,
		};
		let cost = self.dispute.spent + verdict + ruling;
		cost.min(self.deal.state.prices.dispute)
	}

	/// What it costs that a window settles which nobody has signed, and is paid out.
	fn ruling_fee(&self) -> Balance {
		let terms = &self.deal.terms;
		let members = terms.intermediaries().count() as u32;
		let (users, steps) = (terms.users.len() as u32, terms.reaction.len() as u32);
		let moves = |step: &&Step<Balance>| matches!(step, Step::Transfer { .. });
		let told = steps - terms.reaction.iter().filter(moves).count() as u32;
		let reacted = match told {
			0 => Default::default(),
			_ => Parts::react(told),
		};
		let weight = Parts::settle(members, users, 1)
			.saturating_add(reacted)
			.saturating_add(Parts::payout(members, users, steps));
		Fee::weight_to_fee(&weight)
	}
}

/// What a verdict costs for which nobody signed.
fn judge_fee() -> Balance {
	let weights = <Runtime as frame_system::Config>::BlockWeights::get();
	let base = weights.get(DispatchClass::Normal).base_extrinsic;
	let weight = Weights::authorize_judge().saturating_add(Weights::judge());
	unsigned::fee::<Fee, LengthFee>(base, weight, AgreementId::max_encoded_len())
}
