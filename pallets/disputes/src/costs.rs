//! What disputes cost.

use codec::{Encode, MaxEncodedLen};
use frame_support::{dispatch::DispatchClass, traits::Get, weights::Weight};
use sp_core::sr25519;
use sp_runtime::traits::{Saturating, Zero};
use syngraph_primitives::{
	unsigned::{self, SUBJECT_LENGTH},
	DisputeCosts, DisputeSize, Lack, SignedMessage, SignedStatement,
};
use syngraph_protocol::{Showing, Utterance};

use crate::{Config, Declarations, Pallet, WeightInfo};

/// The most bytes by which the length of a list is encoded.
const PREFIX_LENGTH: usize = 4;

/// How many bytes the parameters of a call take.
pub(crate) fn bytes(parameters: &impl Encode) -> usize {
	parameters.encoded_size()
}

impl<T: Config> Pallet<T> {
	/// What a transaction costs whose authorisation and dispatch have this weight and whose parameters
	/// have so many bytes: as much as a signed one.
	fn fee(weight: Weight, parameters: usize) -> T::Balance {
		let base = T::BlockWeights::get()
			.get(DispatchClass::Normal)
			.base_extrinsic;
		unsigned::fee::<T::WeightToFee, T::LengthToFee>(base, weight, parameters)
	}

	/// What `report` costs with so many bytes.
	pub(crate) fn report_fee(bytes: usize) -> T::Balance {
		let weight = T::WeightInfo::authorize_report().saturating_add(T::WeightInfo::report());
		Self::fee(weight, bytes)
	}

	/// What `complain` costs with so many bytes.
	pub(crate) fn complain_fee(bytes: usize) -> T::Balance {
		let weight = T::WeightInfo::authorize_complain().saturating_add(T::WeightInfo::complain());
		Self::fee(weight, bytes)
	}

	/// What `file` costs with so many bytes.
	pub(crate) fn file_fee(bytes: usize) -> T::Balance {
		let weight = T::WeightInfo::authorize_file().saturating_add(T::WeightInfo::file());
		Self::fee(weight, bytes)
	}

	/// What `lack` costs.
	pub(crate) fn lack_fee() -> T::Balance {
		let weight = T::WeightInfo::authorize_lack().saturating_add(T::WeightInfo::lack());
		let bytes = Lack::max_encoded_len().saturating_add(sr25519::Signature::max_encoded_len());
		Self::fee(weight, bytes)
	}

	/// What `show` costs with so many messages, which together with what is around them have so many bytes.
	pub(crate) fn show_fee(messages: u32, bytes: usize) -> T::Balance {
		let weight =
			T::WeightInfo::authorize_show(messages).saturating_add(T::WeightInfo::show(messages));
		Self::fee(weight, bytes)
	}

	/// What `judge` costs.
	pub(crate) fn judge_fee() -> T::Balance {
		let weight = T::WeightInfo::authorize_judge().saturating_add(T::WeightInfo::judge());
		Self::fee(weight, SUBJECT_LENGTH)
	}

	/// What `dismiss` costs with declarations of so many bytes.
	pub(crate) fn dismiss_fee(bytes: usize) -> T::Balance {
		let weight = T::WeightInfo::authorize_dismiss().saturating_add(T::WeightInfo::dismiss());
		Self::fee(weight, SUBJECT_LENGTH.saturating_add(bytes))
	}

	/// What `accuse` costs with so many bytes.
	pub(crate) fn accuse_fee(bytes: usize) -> T::Balance {
		let weight = T::WeightInfo::authorize_accuse().saturating_add(T::WeightInfo::accuse());
		Self::fee(weight, bytes)
	}

	/// What it costs at most to show so many messages, in chunks that are as large as they may be.
	pub(crate) fn showing_fee(messages: u32, bytes: u32) -> T::Balance {
		let around = Showing::max_encoded_len()
			.saturating_add(sr25519::Signature::max_encoded_len())
			.saturating_add(PREFIX_LENGTH);
		let chunk = T::MaxShown::get();
		let full = messages.checked_div(chunk).unwrap_or(0);
		let last = match messages.checked_rem(chunk).unwrap_or(0) {
			0 => T::Balance::zero(),
			rest => Self::show_fee(rest, around),
		};
		Self::show_fee(chunk, around)
			.saturating_mul(full.into())
			.saturating_add(last)
			.saturating_add(unsigned::length_fee::<T::LengthToFee>(bytes as usize))
	}
}

impl<T: Config> DisputeCosts<T::Balance> for Pallet<T> {
	/// The dispute is opened; of each member, commitment and reveal are put on file, at most one report that
	/// it contradicts itself, and at most once that it lacks messages; each has a window of its own that it
	/// shows; and the dispute is judged or dismissed.
	fn dispute(size: &DisputeSize) -> T::Balance {
		let statements = SignedStatement::max_encoded_len()
			.saturating_mul(2)
			.saturating_add(PREFIX_LENGTH);
		let heads = SignedMessage::max_encoded_len().saturating_mul(size.sensors as usize);
		let complaint = Utterance::max_encoded_len()
			.saturating_add(PREFIX_LENGTH)
			.saturating_add(heads);
		let conflict = Self::report_fee(statements.saturating_add(heads));
		let opening = conflict.max(Self::complain_fee(complaint));
		let report = Self::report_fee(statements);
		let assent = Option::<sr25519::Signature>::max_encoded_len();
		let file = Self::file_fee(SignedStatement::max_encoded_len().saturating_add(assent));
		let each = file
			.saturating_add(file)
			.saturating_add(report)
			.saturating_add(Self::lack_fee())
			.saturating_add(Self::showing_fee(size.messages, size.bytes));
		let dismissal = Self::dismiss_fee(Declarations::max_encoded_len());
		opening
			.saturating_add(each.saturating_mul(size.members.into()))
			.saturating_add(Self::judge_fee().max(dismissal))
	}

	/// In chunks that are as large as they may be.
	fn chunks(messages: u32) -> u32 {
		messages.div_ceil(T::MaxShown::get().max(1))
	}
}
