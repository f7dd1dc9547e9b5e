//! `challenge`: a member says that another has not got the windows to which it committed.

use frame_support::{dispatch::DispatchResult, pallet_prelude::*};
use sp_core::sr25519;
use syngraph_protocol::{Challenge, Effect};

use crate::{authorize::Tag, Config, DisputeOf, Error, Event, Pallet, ValidityError};

impl<T: Config> Pallet<T> {
	pub(crate) fn authorize_challenge(
		challenge: &Challenge,
		signature: &sr25519::Signature,
	) -> TransactionValidityWithRefund {
		let (dispute, _) = Self::challenged(challenge)?;
		let (agreement, member) = (dispute.docket.agreement, challenge.intermediary);
		let since = Self::looks_back(&dispute.docket)?;
		Self::verify_payload(challenge, signature, member, since)?;
		Self::valid(Tag::Challenge(agreement, member))
	}

	/// Takes a challenge in, if there is anything to it. Looks at no signature.
	fn challenged(challenge: &Challenge) -> Result<(DisputeOf<T>, Effect), ValidityError> {
		let round = &challenge.span.round;
		let mut dispute = Self::unsettled(&round.agreement)?;
		let answer = Self::terms(&round.agreement)?.limits.answer;
		let docket = &mut dispute.docket;
		Self::check_version(docket, round)?;
		let effect = docket.challenge(challenge, Self::now(), answer)?;
		Ok((dispute, effect))
	}

	pub(crate) fn do_challenge(challenge: &Challenge) -> DispatchResult {
		let (mut dispute, effect) = Self::challenged(challenge).map_err(Error::<T>::from)?;
		Self::deposit_event(Event::Challenged {
			agreement: dispute.docket.agreement,
			first: dispute.docket.first,
			intermediary: challenge.intermediary,
			accused: challenge.accused,
		});
		Self::spend(&mut dispute, Self::challenge_fee());
		Self::update(dispute, effect);
		Ok(())
	}
}
