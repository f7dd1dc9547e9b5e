//! `open`: the tree of one of two members that differ is opened.

use frame_support::{dispatch::DispatchResult, pallet_prelude::*};
use syngraph_primitives::AgreementId;
use syngraph_protocol::{Effect, Hashes};

use crate::{authorize::Tag, costs::bytes, Config, DisputeOf, Error, Event, Pallet, ValidityError};

impl<T: Config> Pallet<T> {
	/// There is no signature: none but the right hashes give the root that the member is held to.
	pub(crate) fn authorize_open(
		agreement: &AgreementId,
		place: u8,
		hashes: &Hashes,
	) -> TransactionValidityWithRefund {
		let stage = Self::dispute_of(agreement)?.docket.stage;
		Self::laid_open(agreement, place, hashes)?;
		Self::valid(Tag::Hashes(*agreement, place, stage))
	}

	/// Takes hashes in, if they are those of the tree of the member at `place`.
	fn laid_open(
		agreement: &AgreementId,
		place: u8,
		hashes: &Hashes,
	) -> Result<(DisputeOf<T>, Effect), ValidityError> {
		let mut dispute = Self::unsettled(agreement)?;
		let answer = Self::terms(agreement)?.limits.answer;
		let docket = &mut dispute.docket;
		let effect = docket.open(place.into(), hashes.clone(), Self::now(), answer)?;
		Ok((dispute, effect))
	}

	pub(crate) fn do_open(agreement: AgreementId, place: u8, hashes: &Hashes) -> DispatchResult {
		let laid_open = Self::laid_open(&agreement, place, hashes);
		let (mut dispute, effect) = laid_open.map_err(Error::<T>::from)?;
		let member = dispute.docket.roster.members.get(usize::from(place));
		Self::deposit_event(Event::LaidOpen {
			agreement,
			first: dispute.docket.first,
			intermediary: member.copied().unwrap_or_default(),
		});
		Self::spend(
			&mut dispute,
			Self::open_fee(bytes(&(agreement, place, hashes))),
		);
		Self::update(dispute, effect);
		Ok(())
	}
}
