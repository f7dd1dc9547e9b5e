//! What happened besides settlements, and what it cost whom.

use std::collections::{BTreeMap, BTreeSet};

use pallet_agreements::Event as AgreementsEvent;
use pallet_disputes::{Cause, Event as DisputesEvent};
use serde::Serialize;
use syngraph_primitives::{AgreementId, IntermediaryId, WindowIndex};
use syngraph_runtime::{Balance, Runtime, RuntimeEvent};

use crate::{
	deals::{Deal, INSURER, RENTAL},
	report::{as_text, syn},
};

/// What complaints and disputes there were about the agreements of this run.
#[derive(Clone, Debug, Default)]
pub struct Incidents {
	/// Why each was opened, by agreement and the first window of its round.
	opened: BTreeMap<(AgreementId, WindowIndex), Vec<Incident>>,
	/// How many have been closed.
	closed: u64,
	/// Who did not answer in time, and how often.
	absent: BTreeMap<IntermediaryId, u64>,
	/// What was taken from their bonds, all together.
	absence_fees: Balance,
	/// Who was proven wrong, and what was taken from its bond.
	convicted: BTreeMap<IntermediaryId, Balance>,
	/// What each user bore, by agreement, in the order of its terms.
	charged: BTreeMap<AgreementId, Vec<Balance>>,
}

/// Why a dispute was opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Incident {
	/// An intermediary complained that another is silent.
	Complaint,
	/// Utterances contradict each other.
	Conflict,
}

/// The sums, as they are shown and written. Amounts are in the smallest unit, as decimal text.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Summary {
	/// Complaints about silence.
	pub complaints: u64,
	/// Disputes about contradictions.
	pub disputes: u64,
	/// How many of both were still open at the end.
	pub open: u64,
	/// How many agreements either was about.
	pub agreements: u64,
	/// Who did not answer in time, and how often.
	pub absent: BTreeMap<IntermediaryId, u64>,
	/// What was taken from their bonds, all together.
	#[serde(serialize_with = "as_text")]
	pub absence_fees: Balance,
	/// Who was proven wrong, and what was taken from its bond.
	#[serde(serialize_with = "amounts_as_text")]
	pub convicted: BTreeMap<IntermediaryId, Balance>,
	/// What the rental service bore of the fees.
	#[serde(serialize_with = "as_text")]
	pub rental_bore: Balance,
	/// What the insurer bore.
	#[serde(serialize_with = "as_text")]
	pub insurer_bore: Balance,
}

fn amounts_as_text<S: serde::Serializer>(
	amounts: &BTreeMap<IntermediaryId, Balance>,
	serializer: S,
) -> Result<S::Ok, S::Error> {
	serializer.collect_map(
		amounts
			.iter()
			.map(|(who, amount)| (who, amount.to_string())),
	)
}

impl Incidents {
	/// Takes in what happened, if it is about one of these agreements.
	pub fn take(&mut self, deals: &[Deal], event: &RuntimeEvent) {
		let ours = |agreement: &AgreementId| deals.iter().any(|deal| deal.id == *agreement);
		match event {
			RuntimeEvent::Disputes(event) => self.take_dispute(ours, event),
			RuntimeEvent::Agreements(AgreementsEvent::Charged {
				agreement, shares, ..
			}) if ours(agreement) => self.charge(*agreement, shares),
			_ => (),
		}
	}

	fn take_dispute(
		&mut self,
		ours: impl Fn(&AgreementId) -> bool,
		event: &DisputesEvent<Runtime>,
	) {
		use DisputesEvent::*;
		match event {
			Opened {
				agreement,
				first,
				cause,
				..
			} if ours(agreement) => {
				let incident = match cause {
					Cause::Silence { .. } => Incident::Complaint,
					Cause::Conflict { .. } => Incident::Conflict,
				};
				let place = (*agreement, *first);
				self.opened.entry(place).or_default().push(incident);
			},
			Judged { agreement, .. } | Reconciled { agreement, .. } if ours(agreement) => {
				self.closed += 1;
			},
			Absent {
				agreement,
				intermediary,
				fee,
				..
			} if ours(agreement) => {
				*self.absent.entry(*intermediary).or_default() += 1;
				self.absence_fees += fee;
			},
			Convicted {
				agreement,
				intermediary,
				taken,
				..
			} if ours(agreement) => *self.convicted.entry(*intermediary).or_default() += taken,
			_ => (),
		}
	}

	fn charge(&mut self, agreement: AgreementId, shares: &[Balance]) {
		let charged = self.charged.entry(agreement).or_default();
		charged.resize(shares.len().max(charged.len()), 0);
		for (sum, share) in charged.iter_mut().zip(shares) {
			*sum += share;
		}
	}

	/// What a user of an agreement bore of the fees of disputes.
	pub fn charged(&self, agreement: &AgreementId, user: usize) -> Balance {
		let shares = self.charged.get(agreement);
		let share = shares.and_then(|shares| shares.get(user));
		share.copied().unwrap_or(0)
	}

	/// The sums.
	pub fn summary(&self) -> Summary {
		let all = || self.opened.values().flatten();
		let count = |incident: Incident| all().filter(|opened| **opened == incident).count() as u64;
		let agreements: BTreeSet<_> = self.opened.keys().map(|(agreement, _)| agreement).collect();
		let bore = |user: usize| {
			let agreements = self.charged.keys();
			agreements
				.map(|agreement| self.charged(agreement, user))
				.sum()
		};
		Summary {
			complaints: count(Incident::Complaint),
			disputes: count(Incident::Conflict),
			open: (all().count() as u64).saturating_sub(self.closed),
			agreements: agreements.len() as u64,
			absent: self.absent.clone(),
			absence_fees: self.absence_fees,
			convicted: self.convicted.clone(),
			rental_bore: bore(RENTAL),
			insurer_bore: bore(INSURER),
		}
	}
}

impl Summary {
	/// What happened, line by line.
	pub fn lines(&self) -> Vec<String> {
		let Self {
			complaints,
			disputes,
			open,
			agreements,
			..
		} = self;
		let mut lines = vec![format!("complaints: {complaints}, disputes: {disputes}")];
		if complaints + disputes > 0 {
			lines[0] += &format!(", about {agreements} agreements, {open} of them still open");
		}
		for (who, times) in &self.absent {
			lines.push(format!(
				"intermediary {who} did not answer in time: {times} times"
			));
		}
		if self.absence_fees > 0 {
			let fees = syn(self.absence_fees);
			lines.push(format!(
				"absences cost the intermediaries {fees} SYN of their bonds"
			));
		}
		for (who, taken) in &self.convicted {
			let taken = syn(*taken);
			lines.push(format!(
				"intermediary {who} was proven wrong: {taken} SYN of its bond"
			));
		}
		lines.push(format!(
			"they cost the rental service {} SYN and the insurer {} SYN",
			syn(self.rental_bore),
			syn(self.insurer_bore)
		));
		lines
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use syngraph_runtime::SYN;

	fn opened(n: u8, first: WindowIndex, cause: Cause) -> DisputesEvent<Runtime> {
		DisputesEvent::Opened {
			agreement: AgreementId::repeat_byte(n),
			first,
			cause,
			stage: syngraph_protocol::Stage::Commitments,
			deadline: 1,
		}
	}

	#[test]
	fn a_quiet_run_cost_nothing() {
		assert_eq!(
			Incidents::default().summary().lines(),
			[
				"complaints: 0, disputes: 0",
				"they cost the rental service 0 SYN and the insurer 0 SYN"
			]
		);
	}

	#[test]
	fn all_is_added_up() {
		let mut incidents = Incidents::default();
		let ours = |agreement: &AgreementId| *agreement != AgreementId::repeat_byte(9);
		let silence = Cause::Silence { by: 4 };
		let conflict = Cause::Conflict {
			conflict: syngraph_protocol::Conflict::ResultMismatch,
			authors: [3, 4],
		};
		for event in [
			opened(1, 0, silence),
			opened(1, 0, silence),
			opened(2, 5, conflict),
			opened(9, 0, silence),
			DisputesEvent::Judged {
				agreement: AgreementId::repeat_byte(1),
				first: 0,
				outcome: pallet_disputes::Outcome::Settled,
			},
			DisputesEvent::Absent {
				agreement: AgreementId::repeat_byte(1),
				first: 0,
				intermediary: 3,
				fee: SYN / 4,
			},
			DisputesEvent::Reconciled {
				agreement: AgreementId::repeat_byte(1),
				first: 0,
			},
			DisputesEvent::Convicted {
				agreement: AgreementId::repeat_byte(2),
				first: 5,
				intermediary: 4,
				fault: syngraph_protocol::Fault::WrongResult,
				taken: SYN,
			},
		] {
			incidents.take_dispute(ours, &event);
		}
		incidents.charge(AgreementId::repeat_byte(1), &[SYN, SYN / 2]);
		incidents.charge(AgreementId::repeat_byte(1), &[SYN, 0]);
		incidents.charge(AgreementId::repeat_byte(2), &[0, 1]);
		assert_eq!(
			incidents.charged(&AgreementId::repeat_byte(1), RENTAL),
			2 * SYN
		);
		assert_eq!(incidents.charged(&AgreementId::repeat_byte(3), RENTAL), 0);
		assert_eq!(
			incidents.summary().lines(),
			[
				"complaints: 2, disputes: 1, about 2 agreements, 1 of them still open",
				"intermediary 3 did not answer in time: 1 times",
				"absences cost the intermediaries 0.25 SYN of their bonds",
				"intermediary 4 was proven wrong: 1 SYN of its bond",
				"they cost the rental service 2 SYN and the insurer 0.500000000001 SYN",
			]
		);
		let json = serde_json::to_value(incidents.summary()).unwrap();
		assert_eq!(json["convicted"]["4"], "1000000000000");
		assert_eq!(json["rental_bore"], "2000000000000");
	}
}
