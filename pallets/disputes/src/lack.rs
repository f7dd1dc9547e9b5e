//! `lack`: a member says that messages of a window are missing here.

use frame_support::{dispatch::DispatchResult, pallet_prelude::*};
use sp_core::sr25519;
use syngraph_primitives::Lack;
use syngraph_protocol::Effect;

use crate::{
	authorize::{Item, Tag},
	Config, DisputeOf, Error, Event, Pallet, ValidityError,
};

impl<T: Config> Pallet<T> {
	pub(crate) fn authorize_lack(
		lack: &Lack,
		signature: &sr25519::Signature,
	) -> TransactionValidityWithRefund {
		let (dispute, _) = Self::lacked(lack)?;
		let (docket, member) = (&dispute.docket, lack.intermediary);
		Self::verify_payload(lack, signature, member, Self::looks_back(docket)?)?;
		let (agreement, attempt) = (docket.agreement, docket.attempt);
		Self::valid(Tag::File(agreement, member, attempt, Item::Lack))
	}

	/// Takes in that a member lacks messages, if it can be heard. Looks at no signature.
	fn lacked(lack: &Lack) -> Result<(DisputeOf<T>, Effect), ValidityError> {
		let agreement = &lack.round.agreement;
		let mut dispute = Self::unsettled(agreement)?;
		let answer = Self::terms(agreement)?.limits.answer;
		let docket = &mut dispute.docket;
		Self::check_version(docket, &lack.round)?;
		let effect = docket.lack(lack, Self::now(), answer)?;
		Ok((dispute, effect))
	}

	pub(crate) fn do_lack(lack: &Lack) -> DispatchResult {
		let (mut dispute, effect) = Self::lacked(lack).map_err(Error::<T>::from)?;
		Self::deposit_event(Event::Lacked {
			agreement: lack.round.agreement,
			first: lack.round.first,
			window: lack.window,
			intermediary: lack.intermediary,
		});
		Self::spend(&mut dispute, Self::lack_fee());
		Self::update(dispute, effect);
		Ok(())
	}
}
