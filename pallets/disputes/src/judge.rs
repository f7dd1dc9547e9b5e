//! `judge`: the verdict.

use frame_support::{dispatch::DispatchResult, ensure, pallet_prelude::*};
use sp_runtime::traits::{AtLeast32BitUnsigned, Saturating};
use syngraph_primitives::{AgreementId, Agreements, WindowIndex};
use syngraph_protocol::{Docket, Verdict};

use crate::{
	authorize::Tag, closing::Ground, Cause, Config, DisputeOf, Error, Event, Outcome, Pallet,
	ValidityError,
};

impl<T: Config> Pallet<T> {
	pub(crate) fn authorize_judge(
		agreement: &AgreementId,
		window: &WindowIndex,
	) -> TransactionValidityWithRefund {
		Self::verdict(agreement, *window)?;
		Self::valid(Tag::Verdict(*agreement))
	}

	/// A dispute that waits for nothing more, and the verdict about it.
	fn verdict(
		agreement: &AgreementId,
		window: WindowIndex,
	) -> Result<(DisputeOf<T>, Verdict, Outcome), ValidityError> {
		let dispute = Self::about(agreement, window)?;
		let (docket, now) = (&dispute.docket, Self::now());
		let settled = T::Agreements::is_settled(agreement, window);
		let stale = !settled && T::Agreements::version(agreement, window) != Some(docket.version);
		let over = settled || stale;
		ensure!(docket.is_ripe(now, over), ValidityError::NotRipe);
		let verdict = docket.judge(now, over);
		let outcome = match verdict.faults.is_empty() && verdict.absent.is_empty() {
			false => Outcome::Failed,
			true if settled => Outcome::Settled,
			true if stale => Outcome::Stale,
			true if is_null(docket) => Outcome::Null,
			true => Outcome::Unproven,
		};
		ensure!(!Self::is_held(&dispute, outcome)?, ValidityError::NotRipe);
		Ok((dispute, verdict, outcome))
	}

	/// Whether a dispute must stay open although there is nothing more to wait for.
	///
	/// A complaint that was answered takes up its agreement's only place for disputes until its first
	/// deadline could have passed: else a member could complain of every window, at the users' expense.
	fn is_held(dispute: &DisputeOf<T>, outcome: Outcome) -> Result<bool, ValidityError> {
		let docket = &dispute.docket;
		let complaint = matches!(dispute.cause, Cause::Silence { .. });
		let answered = !matches!(outcome, Outcome::Failed | Outcome::Stale);
		let answer = Self::terms(&docket.agreement)?.limits.answer;
		let over = Self::now() > docket.opened.saturating_add(answer)
			|| T::Agreements::has_ended(&docket.agreement);
		Ok(complaint && answered && !over)
	}

	pub(crate) fn do_judge(
		agreement: AgreementId,
		window: WindowIndex,
		authorized: bool,
	) -> DispatchResult {
		let (mut dispute, verdict, outcome) =
			Self::verdict(&agreement, window).map_err(Error::<T>::from)?;
		if authorized {
			Self::spend(&mut dispute, Self::judge_fee());
		}
		let ground = match outcome {
			Outcome::Stale => Ground::Stale,
			_ => Ground::Verdict,
		};
		Self::carry_out(&dispute, &verdict, outcome, ground)
	}

	/// Carries out a verdict, and closes the dispute.
	pub(crate) fn carry_out(
		dispute: &DisputeOf<T>,
		verdict: &Verdict,
		outcome: Outcome,
		ground: Ground,
	) -> DispatchResult {
		Self::close(dispute, verdict, ground)?;
		Self::deposit_event(Event::Judged {
			agreement: dispute.docket.agreement,
			window: dispute.docket.window,
			outcome,
		});
		Ok(())
	}
}

/// Whether all members revealed null.
fn is_null<BlockNumber: AtLeast32BitUnsigned + Copy>(docket: &Docket<BlockNumber>) -> bool {
	(0..docket.roster.members.len()).all(|place| {
		docket
			.reveal(place)
			.is_some_and(|reveal| reveal.result.is_none())
	})
}
