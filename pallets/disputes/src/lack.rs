//! `lack`: a member says that messages of the window are missing here.

use frame_support::{dispatch::DispatchResult, pallet_prelude::*};
use sp_core::sr25519;
use syngraph_primitives::Lack;
use syngraph_protocol::Effect;

use crate::{
	authorize::{Sort, Tag},
	Config, DisputeOf, Error, Event, Pallet, ValidityError,
};

impl<T: Config> Pallet<T> {
	pub(crate) fn authorize_lack(
		lack: &Lack,
		signature: &sr25519::Signature,
	) -> TransactionValidityWithRefund {
		let (dispute, _) = Self::lacked(lack)?;
		let member = lack.intermediary;
		Self::verify_payload(lack, signature, member, dispute.docket.opened)?;
		Self::valid(Tag::File(lack.agreement, member, Sort::Lack))
	}

	/// Takes in that a member lacks messages, if it can be heard. Looks at no signature.
	fn lacked(lack: &Lack) -> Result<(DisputeOf<T>, Effect), ValidityError> {
		let mut dispute = Self::unsettled(&lack.agreement, lack.window)?;
		let answer = Self::terms(&lack.agreement)?.limits.answer;
		let effect = dispute.docket.lack(lack, Self::now(), answer)?;
		Ok((dispute, effect))
	}

	pub(crate) fn do_lack(lack: &Lack) -> DispatchResult {
		let (mut dispute, effect) = Self::lacked(lack).map_err(Error::<T>::from)?;
		Self::deposit_event(Event::Lacked {
			agreement: lack.agreement,
			window: lack.window,
			intermediary: lack.intermediary,
		});
		Self::spend(&mut dispute, Self::lack_fee());
		Self::update(dispute, effect)
	}
}
