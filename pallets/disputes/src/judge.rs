//! `judge`: the verdict.

use frame_support::{ensure, pallet_prelude::*};
use sp_runtime::traits::Saturating;
use syngraph_primitives::{longest_stage, AgreementId, Agreements};
use syngraph_protocol::Verdict;

use crate::{
	authorize::Tag, closing::Ground, Cause, Config, DisputeOf, Error, Event, Halted, Outcome,
	Pallet, ValidityError,
};

impl<T: Config> Pallet<T> {
	pub(crate) fn authorize_judge(agreement: &AgreementId) -> TransactionValidityWithRefund {
		Self::verdict(agreement)?;
		Self::valid(Tag::Verdict(*agreement))
	}

	/// A dispute that waits for nothing more, and the verdict about it.
	fn verdict(agreement: &AgreementId) -> Result<(DisputeOf<T>, Verdict, Outcome), ValidityError> {
		let dispute = Self::dispute_of(agreement)?;
		let (docket, now) = (&dispute.docket, Self::now());
		let settled = Self::is_settled(docket);
		let stale = !settled && Self::is_stale(docket);
		let over = settled || stale;
		ensure!(docket.is_ripe(now, over), ValidityError::NotRipe);
		let verdict = docket.judge(now, over);
		let outcome = match verdict.faults.is_empty() && verdict.absent.is_empty() {
			false => Outcome::Failed,
			true if settled => Outcome::Settled,
			true if stale => Outcome::Stale,
			true => Outcome::Unproven,
		};
		let idle = !verdict.sensor_at_fault && !matches!(outcome, Outcome::Failed | Outcome::Stale);
		ensure!(!idle || !Self::is_held(&dispute)?, ValidityError::NotRipe);
		Ok((dispute, verdict, outcome))
	}

	/// Whether a dispute that came to nothing must stay open although there is nothing more to wait for.
	///
	/// It takes up its agreement's only place for disputes until its first deadline could have passed: else members
	/// could open one about every round, by a complaint that is answered or by a contradiction about nothing, at the
	/// users' expense. Until then whoever holds that one of them contradicted itself can report it, so that it is put
	/// off as deadlines are. After its end an agreement has no more rounds to be complained of.
	fn is_held(dispute: &DisputeOf<T>) -> Result<bool, ValidityError> {
		let docket = &dispute.docket;
		let answer = Self::terms(&docket.agreement)?.limits.answer;
		let silent = matches!(dispute.cause, Cause::Silence { .. });
		let more = Halted::<T>::get().saturating_sub(dispute.halted);
		let held = answer.saturating_add(more).min(longest_stage(answer));
		let over = Self::now() > docket.opened.saturating_add(held)
			|| (silent && T::Agreements::has_ended(&docket.agreement));
		Ok(!over)
	}

	/// Carries out the verdict. Tells whether a ruling has settled with it.
	pub(crate) fn do_judge(
		agreement: AgreementId,
		authorized: bool,
	) -> Result<bool, DispatchError> {
		let verdict = Self::verdict(&agreement);
		let (mut dispute, verdict, outcome) = verdict.map_err(Error::<T>::from)?;
		if authorized {
			Self::spend(&mut dispute, Self::judge_fee());
		}
		let ground = match outcome {
			Outcome::Stale => Ground::Stale,
			_ => Ground::Verdict,
		};
		let ruling = Self::ruling(&dispute.docket, &verdict);
		if let Some((_, fee)) = ruling {
			Self::spend(&mut dispute, fee);
		}
		let ruling = ruling.map(|(ruling, _)| ruling);
		Self::close(&dispute, &verdict, ground, ruling)?;
		Self::deposit_event(Event::Judged {
			agreement,
			first: dispute.docket.first,
			outcome,
		});
		Ok(ruling.is_some())
	}
}
