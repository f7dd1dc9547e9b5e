//! The room that blocks have for answers, and what it means if there is none.
//!
//! Whoever does not answer in time is absent, so nobody must be able to keep an answer out of the blocks that there are
//! for it. Each block keeps room for answers ([`Config::AnswerRoom`]), which the runtime has nothing else take. Answers
//! of other disputes can use it up, as the only ones: who opens many has to have an agreement for each, and the cost of
//! all that is put on file falls on its own side. They take no more than a part of each block
//! ([`Config::AnswerLimit`]), so that they keep nothing else out. So a block that has no room for another answer at its
//! end, however large that may be ([`Config::EnoughRoom`]), is counted ([`Halted`]), and no deadline runs in it: see
//! [`Docket::put_off`](syngraph_protocol::Docket::put_off). What can be delayed by that is bounded: no stage of a
//! dispute is prolonged by more than a share of the time to answer.
//!
//! An author that leaves answers out of its block leaves the room for them empty: the time goes on.

use frame_support::{dispatch::DispatchClass, traits::Get};
use sp_runtime::traits::{One, Saturating};

use crate::{Call, Config, Halted, Pallet, Room, Used};

impl<T: Config> Pallet<T> {
	/// Whether a call that nobody signs belongs to a dispute, so that there is room kept for it. What a sensor is
	/// accused of belongs to none, and has no deadline.
	pub fn is_answer(call: &Call<T>) -> bool {
		!matches!(call, Call::accuse { .. })
	}

	/// How much of the present block is taken up: by all that anybody may send, and in bytes by everything.
	pub fn filled() -> Room {
		Room {
			weight: *frame_system::Pallet::<T>::block_weight().get(DispatchClass::Normal),
			bytes: frame_system::Pallet::<T>::block_size(),
		}
	}

	/// What is left of the room that the present block keeps for answers.
	pub fn room_left() -> Room {
		T::AnswerRoom::get().saturating_sub(Used::<T>::get())
	}

	/// Takes in how much of the present block an answer has taken up.
	pub fn note_used(taken: Room) {
		Used::<T>::mutate(|used| *used = used.saturating_add(taken));
	}

	/// Whether an answer that needs so much finds room beside the other answers of the present block.
	pub fn has_room_for(answer: Room) -> bool {
		let answers = Used::<T>::get().saturating_add(answer);
		answers.fits_into(T::AnswerLimit::get())
	}

	/// Counts the block that ends if it had no room for another answer.
	pub(crate) fn halt() {
		let enough = T::EnoughRoom::get();
		let needed = Self::filled().saturating_add(enough);
		if !needed.fits_into(Self::limit()) || !Self::has_room_for(enough) {
			Halted::<T>::mutate(|halted| *halted = halted.saturating_add(One::one()));
		}
	}

	/// How much room a block has for answers and all else that anybody may send.
	fn limit() -> Room {
		let weights = T::BlockWeights::get();
		let normal = weights.get(DispatchClass::Normal).max_total;
		Room {
			weight: normal.unwrap_or(weights.max_block),
			bytes: *T::BlockLength::get().max.get(DispatchClass::Normal),
		}
	}
}
