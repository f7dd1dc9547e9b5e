//! Who may take up how much of a block.
//!
//! Answers in disputes have a quarter of each block to themselves, and take half of it at most. Whoever fills all the
//! rest, by money or by agreements of its own, keeps no answer out, and a block that holds more of anything else is not
//! valid. What an answer is, is known from its call, and from its being authorised by what it carries: a signed call is
//! bought, and one that wraps others can hold any. Why it is so, and what follows where answers themselves fill the
//! quarter, stands in `docs/decisions/0021-where-the-chain-rules.md`.
//!
//! A block has a weight for each class of calls, and one count of bytes for all of them.

use codec::{Decode, DecodeWithMemTracking, Encode};
use frame_support::{
	dispatch::{DispatchClass, DispatchInfo, PostDispatchInfo},
	traits::OriginTrait,
	weights::Weight,
};
use frame_system::{calculate_consumed_extrinsic_weight, CheckWeight, RawOrigin};
use pallet_disputes::Room;
use pallet_transaction_payment::WeightInfo as _;
use scale_info::{Type, TypeInfo};
use sp_runtime::{
	traits::{Implication, TransactionExtension, ValidateResult},
	transaction_validity::{
		InvalidTransaction, TransactionSource, TransactionValidity, TransactionValidityError,
	},
	DispatchResult,
};

use crate::{
	configs::{open_room, operational_bytes, AnswerRoom, Length, Weights},
	Disputes, Runtime, RuntimeCall, RuntimeOrigin,
};

/// What it does besides, and what clients take it for.
type Inner = CheckWeight<Runtime>;

/// Refuses what has no room in a block, as [`CheckWeight`] does; and what would take the room that the block keeps for
/// answers in disputes, if it is none.
///
/// Signed payloads, metadata and transactions are the same as with [`CheckWeight`].
#[derive(Encode, Decode, DecodeWithMemTracking, Clone, Default, PartialEq, Eq, Debug)]
pub struct CheckShares(Inner);

impl TypeInfo for CheckShares {
	type Identity = Inner;

	fn type_info() -> Type {
		Inner::type_info()
	}
}

impl TransactionExtension<RuntimeCall> for CheckShares {
	const IDENTIFIER: &'static str = <Inner as TransactionExtension<RuntimeCall>>::IDENTIFIER;
	type Implicit = ();
	type Val = <Inner as TransactionExtension<RuntimeCall>>::Val;
	/// How full the block was before an answer.
	type Pre = Option<Room>;

	fn weight(&self, call: &RuntimeCall) -> Weight {
		// It looks at the block once more. What it reads and writes has been paid for when the block began.
		self.0.weight(call).saturating_mul(2)
	}

	fn validate(
		&self,
		origin: RuntimeOrigin,
		call: &RuntimeCall,
		info: &DispatchInfo,
		len: usize,
		implicit: Self::Implicit,
		implication: &impl Implication,
		source: TransactionSource,
	) -> ValidateResult<Self::Val, RuntimeCall> {
		if !is_answer(&origin, call) {
			check_length(info.class, len)?;
		}
		self.0
			.validate(origin, call, info, len, implicit, implication, source)
	}

	fn prepare(
		self,
		next: Self::Val,
		origin: &RuntimeOrigin,
		call: &RuntimeCall,
		info: &DispatchInfo,
		len: usize,
	) -> Result<Self::Pre, TransactionValidityError> {
		let answers = is_answer(origin, call);
		match answers {
			true => check_answer(info, len)?,
			false => check_room(info, len)?,
		}
		let before = Disputes::filled();
		self.0.prepare(next, origin, call, info, len)?;
		Ok(answers.then_some(before))
	}

	fn post_dispatch_details(
		before: Self::Pre,
		info: &DispatchInfo,
		post_info: &PostDispatchInfo,
		len: usize,
		result: &DispatchResult,
	) -> Result<Weight, TransactionValidityError> {
		let unspent = <Inner as TransactionExtension<RuntimeCall>>::post_dispatch_details(
			(),
			info,
			post_info,
			len,
			result,
		)?;
		if let Some(before) = before {
			let taken = Disputes::filled().saturating_sub(before);
			Disputes::note_used(taken.saturating_sub(given_back_later()));
		}
		Ok(unspent)
	}

	fn bare_validate(call: &RuntimeCall, info: &DispatchInfo, len: usize) -> TransactionValidity {
		check_length(info.class, len)?;
		Inner::bare_validate(call, info, len)
	}

	fn bare_validate_and_prepare(
		call: &RuntimeCall,
		info: &DispatchInfo,
		len: usize,
	) -> Result<(), TransactionValidityError> {
		check_room(info, len)?;
		Inner::bare_validate_and_prepare(call, info, len)
	}

	fn bare_post_dispatch(
		info: &DispatchInfo,
		post_info: &mut PostDispatchInfo,
		len: usize,
		result: &DispatchResult,
	) -> Result<(), TransactionValidityError> {
		<Inner as TransactionExtension<RuntimeCall>>::bare_post_dispatch(
			info, post_info, len, result,
		)
	}
}

/// Whether there is room kept for a call.
fn is_answer(origin: &RuntimeOrigin, call: &RuntimeCall) -> bool {
	let authorized = matches!(origin.as_system_ref(), Some(RawOrigin::Authorized));
	matches!(call, RuntimeCall::Disputes(call) if authorized && Disputes::is_answer(call))
}

/// What is open in each block to all that anybody may send but answers.
pub fn ordinary_room() -> Room {
	open_room().saturating_sub(AnswerRoom::get())
}

/// What of that is left in the present block.
pub fn room_left() -> Room {
	left_of(open_room())
}

/// What is left of some room if all of it is used that the present block keeps for answers.
fn left_of(room: Room) -> Room {
	let taken = Disputes::filled().saturating_add(Disputes::room_left());
	room.saturating_sub(taken)
}

/// The bytes of a block that are open to a class of calls, with answers.
fn open_bytes(class: DispatchClass) -> u32 {
	match class {
		DispatchClass::Normal => open_room().bytes,
		DispatchClass::Operational => operational_bytes(),
		DispatchClass::Mandatory => *Length::get().max.get(class),
	}
}

/// Whether what is no answer finds room in an empty block. What never does shall not wait for one.
fn check_length(class: DispatchClass, len: usize) -> Result<(), TransactionValidityError> {
	let most = open_bytes(class).saturating_sub(AnswerRoom::get().bytes);
	ensure_room(bytes(len) <= most)
}

/// What a call takes of a block at most.
fn needed(info: &DispatchInfo, len: usize) -> Room {
	Room {
		weight: calculate_consumed_extrinsic_weight::<RuntimeCall>(&Weights::get(), info, len),
		bytes: bytes(len),
	}
}

/// Whether the answers of the present block leave room for this one.
fn check_answer(info: &DispatchInfo, len: usize) -> Result<(), TransactionValidityError> {
	ensure_room(Disputes::has_room_for(needed(info, len)))
}

/// Whether the present block has room for what is no answer.
fn check_room(info: &DispatchInfo, len: usize) -> Result<(), TransactionValidityError> {
	let needed = needed(info, len);
	let left = left_of(Room {
		weight: open_room().weight,
		bytes: open_bytes(info.class),
	});
	ensure_room(match info.class {
		DispatchClass::Normal => needed.fits_into(left),
		// Its weight is counted apart.
		DispatchClass::Operational => needed.bytes <= left.bytes,
		// What a block must hold comes before everything else, and is little.
		DispatchClass::Mandatory => true,
	})
}

fn ensure_room(is_left: bool) -> Result<(), TransactionValidityError> {
	match is_left {
		true => Ok(()),
		false => Err(InvalidTransaction::ExhaustsResources.into()),
	}
}

fn bytes(len: usize) -> u32 {
	u32::try_from(len).unwrap_or(u32::MAX)
}

/// What the block gets back of an answer's weight after this has seen what it took: nobody has to pay for it by a fee.
fn given_back_later() -> Room {
	type Payment = <Runtime as pallet_transaction_payment::Config>::WeightInfo;
	Room {
		weight: Payment::charge_transaction_payment(),
		bytes: 0,
	}
}

#[cfg(test)]
mod tests;
