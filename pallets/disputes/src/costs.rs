//! What disputes cost.

use codec::{Encode, MaxEncodedLen};
use frame_support::{dispatch::DispatchClass, traits::Get, weights::Weight};
use sp_core::sr25519;
use sp_runtime::traits::{Saturating, Zero};
use syngraph_primitives::{
	unsigned, AgreementId, DisputeCosts, DisputeSize, Lack, SignedMessage, Utterance,
};
use syngraph_protocol::{Challenge, Hashes, Showing};

use crate::{Config, Pallet, WeightInfo};

/// The most bytes by which the length of a list is encoded.
const PREFIX_LENGTH: usize = 4;

/// How often the trees of two members that differ are opened: two of them, on two levels.
const OPENINGS: u32 = 4;

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

	/// What `complain` costs with so many utterances, which together with all else have so many bytes.
	pub(crate) fn complain_fee(utterances: u32, bytes: usize) -> T::Balance {
		let weight = T::WeightInfo::authorize_complain(utterances)
			.saturating_add(T::WeightInfo::complain(utterances));
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

	/// What `challenge` costs.
	pub(crate) fn challenge_fee() -> T::Balance {
		let weight =
			T::WeightInfo::authorize_challenge().saturating_add(T::WeightInfo::challenge());
		let signature = sr25519::Signature::max_encoded_len();
		let bytes = Challenge::max_encoded_len().saturating_add(signature);
		Self::fee(weight, bytes)
	}

	/// What `open` costs with so many bytes.
	pub(crate) fn open_fee(bytes: usize) -> T::Balance {
		let weight = T::WeightInfo::authorize_open().saturating_add(T::WeightInfo::open());
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
		Self::fee(weight, AgreementId::max_encoded_len())
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

	/// What it costs at most to open a dispute: two report it, or one complains and has heard of all.
	fn beginning_fee(size: &DisputeSize) -> T::Balance {
		let heads = SignedMessage::max_encoded_len()
			.saturating_mul(size.sensors as usize)
			.saturating_add(PREFIX_LENGTH);
		let complaint = Utterance::max_encoded_len()
			.saturating_mul(size.members as usize)
			.saturating_add(PREFIX_LENGTH)
			.saturating_add(heads)
			.saturating_add(sr25519::Signature::max_encoded_len());
		Self::report_fee(report_length()).max(Self::complain_fee(size.members, complaint))
	}

	/// What it costs at most to open the trees of two members that differ.
	fn opening_fee() -> T::Balance {
		let hashes = Hashes::max_encoded_len();
		let bytes = AgreementId::max_encoded_len()
			.saturating_add(u8::max_encoded_len())
			.saturating_add(hashes);
		Self::open_fee(bytes).saturating_mul(OPENINGS.into())
	}
}

impl<T: Config> DisputeCosts<T::Balance> for Pallet<T> {
	/// The dispute is opened, and judged. In between:
	///
	/// - all members but one, which has what the others ask for, lack messages. Each time another attempt follows,
	///   beside the two that there are anyhow: all commit in each of them. In the last one all reveal;
	/// - of each member is reported that it contradicts itself;
	/// - one challenges another, and two trees are opened;
	/// - whenever somebody lacks messages, and in the end, each member shows a window of its own.
	fn dispute(size: &DisputeSize) -> T::Balance {
		let members = size.members;
		let lacks = members.saturating_sub(1);
		let attempts = lacks.saturating_add(2);
		let files = members.saturating_mul(attempts.saturating_add(1));
		let windows = members.saturating_mul(lacks.saturating_add(1));
		let times = |fee: T::Balance, count: u32| fee.saturating_mul(count.into());
		let parts = [
			Self::beginning_fee(size),
			times(Self::file_fee(Utterance::max_encoded_len()), files),
			times(Self::report_fee(report_length()), members),
			times(Self::lack_fee(), lacks),
			Self::challenge_fee(),
			Self::opening_fee(),
			times(Self::showing_fee(size.messages, size.bytes), windows),
			Self::judge_fee(),
		];
		parts
			.into_iter()
			.fold(Zero::zero(), |sum: T::Balance, part| {
				sum.saturating_add(part)
			})
	}

	/// In chunks that are as large as they may be.
	fn chunks(messages: u32) -> u32 {
		messages.div_ceil(T::MaxShown::get().max(1))
	}
}

/// The most bytes of a report.
fn report_length() -> usize {
	Utterance::max_encoded_len().saturating_mul(2)
}
