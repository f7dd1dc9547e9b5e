//! What disputes cost.

use codec::MaxEncodedLen;
use frame_support::{
	dispatch::DispatchClass,
	traits::Get,
	weights::{Weight, WeightToFee},
};
use sp_core::sr25519;
use sp_runtime::{traits::Saturating, SaturatedConversion};
use syngraph_primitives::{
	AgreementId, DisputeCosts, SignedMessage, SignedStatement, WindowIndex, MAX_SENSORS,
};
use syngraph_protocol::{Showing, Utterance};

use crate::{Config, Declarations, Pallet, WeightInfo};

/// The bytes of a general transaction that are not its call's parameters: length, version, transaction
/// extensions, the index of pallet and call.
const ENVELOPE_LENGTH: usize = 18;
/// The most bytes by which the length of a list is encoded.
const PREFIX_LENGTH: usize = 4;

impl<T: Config> Pallet<T> {
	/// What a transaction costs whose authorisation and dispatch have this weight and whose parameters
	/// have so many bytes: as much as a signed one.
	fn fee(weight: Weight, parameters: usize) -> T::Balance {
		let base = T::BlockWeights::get()
			.get(DispatchClass::Normal)
			.base_extrinsic;
		let bytes = ENVELOPE_LENGTH.saturating_add(parameters).saturated_into();
		T::WeightToFee::weight_to_fee(&base.saturating_add(weight))
			.saturating_add(T::LengthToFee::weight_to_fee(&Weight::from_parts(bytes, 0)))
	}

	/// What `report` costs.
	pub(crate) fn report_fee() -> T::Balance {
		let weight = T::WeightInfo::authorize_report().saturating_add(T::WeightInfo::report());
		Self::fee(weight, SignedStatement::max_encoded_len().saturating_mul(2))
	}

	/// What `complain` costs with messages of so many sensors.
	pub(crate) fn complain_fee(sensors: u32) -> T::Balance {
		let weight = T::WeightInfo::authorize_complain().saturating_add(T::WeightInfo::complain());
		let heads = SignedMessage::max_encoded_len().saturating_mul(sensors as usize);
		let utterance = Utterance::max_encoded_len();
		let bytes = heads
			.saturating_add(utterance)
			.saturating_add(PREFIX_LENGTH);
		Self::fee(weight, bytes)
	}

	/// What `file` costs.
	pub(crate) fn file_fee() -> T::Balance {
		let weight = T::WeightInfo::authorize_file().saturating_add(T::WeightInfo::file());
		let assent = Option::<sr25519::Signature>::max_encoded_len();
		Self::fee(
			weight,
			SignedStatement::max_encoded_len().saturating_add(assent),
		)
	}

	/// What `show` costs with so many messages, which together have so many bytes.
	pub(crate) fn show_fee(messages: u32, bytes: u32) -> T::Balance {
		let weight =
			T::WeightInfo::authorize_show(messages).saturating_add(T::WeightInfo::show(messages));
		let around = Showing::max_encoded_len()
			.saturating_add(sr25519::Signature::max_encoded_len())
			.saturating_add(PREFIX_LENGTH);
		Self::fee(weight, around.saturating_add(bytes as usize))
	}

	/// What `judge` costs.
	pub(crate) fn judge_fee() -> T::Balance {
		let weight = T::WeightInfo::authorize_judge().saturating_add(T::WeightInfo::judge());
		let bytes = AgreementId::max_encoded_len().saturating_add(WindowIndex::max_encoded_len());
		Self::fee(weight, bytes)
	}

	/// What `dismiss` costs.
	pub(crate) fn dismiss_fee() -> T::Balance {
		let weight = T::WeightInfo::authorize_dismiss().saturating_add(T::WeightInfo::dismiss());
		let subject = AgreementId::max_encoded_len().saturating_add(WindowIndex::max_encoded_len());
		Self::fee(
			weight,
			subject.saturating_add(Declarations::max_encoded_len()),
		)
	}

	/// What `accuse` costs.
	pub(crate) fn accuse_fee() -> T::Balance {
		let weight = T::WeightInfo::authorize_accuse().saturating_add(T::WeightInfo::accuse());
		let messages = SignedMessage::max_encoded_len().saturating_mul(2);
		Self::fee(
			weight,
			AgreementId::max_encoded_len().saturating_add(messages),
		)
	}
}

impl<T: Config> DisputeCosts<T::Balance> for Pallet<T> {
	/// The dispute is opened; of each member, commitment and reveal are put on file, and at most one
	/// report that it contradicts itself; and the dispute is judged or dismissed.
	fn dispute(members: u32) -> T::Balance {
		let opening = Self::report_fee().max(Self::complain_fee(MAX_SENSORS));
		let each = Self::file_fee()
			.saturating_add(Self::file_fee())
			.saturating_add(Self::report_fee());
		opening
			.saturating_add(each.saturating_mul(members.into()))
			.saturating_add(Self::judge_fee().max(Self::dismiss_fee()))
	}

	/// In chunks that are as large as they may be.
	fn showing(messages: u32, bytes: u32) -> T::Balance {
		let chunk = T::MaxShown::get();
		let full = messages.checked_div(chunk).unwrap_or(0);
		let rest = messages.checked_rem(chunk).unwrap_or(0);
		// The bytes are paid once, wherever they are.
		let fulls = Self::show_fee(chunk, 0).saturating_mul(full.into());
		let last = Self::show_fee(rest, bytes);
		fulls.saturating_add(last)
	}
}
