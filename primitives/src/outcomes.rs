//! What a function gives for the windows of a round.

use alloc::vec::Vec;
use codec::{
	Compact, Decode, DecodeWithMemTracking, Encode, EncodeLike, Input, MaxEncodedLen, Output,
};
use scale_info::{Type, TypeInfo};
use sp_core::ConstU32;
use sp_runtime::BoundedVec;

use crate::ResultValue;

/// The most windows of a round, null ones included, whatever windows are made of. Those of most agreements have fewer,
/// see [`WindowShape::longest_round`](crate::WindowShape::longest_round).
pub const MAX_SPAN: u32 = 4096;
/// The most windows of a round whose results are not null.
pub const MAX_ROUND_RESULTS: u32 = 256;

/// The most bytes that a result takes with the null windows after it, see [`Outcomes::lengths`].
pub const MAX_RESULT_BYTES: u32 = 21;

/// The most runs of outcomes: one before, between and after results.
const MAX_RUNS: u32 = 2 * MAX_ROUND_RESULTS + 1;

/// A part of the outcomes of a round.
#[derive(Clone, Copy, PartialEq, Eq, Debug, DecodeWithMemTracking)]
pub enum Run {
	/// So many windows have none: null.
	Nulls(u16),
	/// A window has this result.
	Result(ResultValue),
}

/// How a run is written. Each byte of a settlement is paid for: numbers take as few as they can, and since those of
/// SCALE that do have no sign, results below zero are a variant of their own.
mod written {
	use super::*;

	#[derive(Encode, Decode, TypeInfo)]
	pub enum Run {
		/// So many windows have none: null.
		Nulls(#[codec(compact)] u16),
		/// A window has this result.
		Result(#[codec(compact)] u128),
		/// A window has a result that is so much less than zero.
		Negative(#[codec(compact)] u128),
	}
}

impl From<Run> for written::Run {
	fn from(run: Run) -> Self {
		match run {
			Run::Nulls(count) => Self::Nulls(count),
			Run::Result(result) if result < 0 => Self::Negative(result.unsigned_abs()),
			Run::Result(result) => Self::Result(result.unsigned_abs()),
		}
	}
}

impl Encode for Run {
	fn size_hint(&self) -> usize {
		written::Run::from(*self).size_hint()
	}

	fn encode_to<W: Output + ?Sized>(&self, output: &mut W) {
		written::Run::from(*self).encode_to(output);
	}
}

impl EncodeLike for Run {}

impl Decode for Run {
	fn decode<I: Input>(input: &mut I) -> Result<Self, codec::Error> {
		// There is no zero below zero, and nothing that is no result.
		let below = |size: u128| {
			0i128
				.checked_sub_unsigned(size)
				.filter(|result| *result < 0)
		};
		Ok(match written::Run::decode(input)? {
			written::Run::Nulls(count) => Self::Nulls(count),
			written::Run::Result(size) => {
				Self::Result(size.try_into().map_err(|_| "the result is too large")?)
			},
			written::Run::Negative(size) => Self::Result(
				below(size).ok_or("the result is not below zero, or too far below it")?,
			),
		})
	}
}

impl MaxEncodedLen for Run {
	fn max_encoded_len() -> usize {
		// Its variant, and the longest number: what is derived takes that for a plain one.
		u8::max_encoded_len().saturating_add(Compact::<u128>::max_encoded_len())
	}
}

impl TypeInfo for Run {
	type Identity = Self;

	fn type_info() -> Type {
		written::Run::type_info()
	}
}

/// The outcomes of a round in the order of its windows: a result, or null.
#[derive(
	Clone,
	Default,
	PartialEq,
	Eq,
	Debug,
	Encode,
	Decode,
	DecodeWithMemTracking,
	MaxEncodedLen,
	TypeInfo,
)]
pub struct Outcomes(BoundedVec<Run, ConstU32<MAX_RUNS>>);

impl Outcomes {
	/// Those of successive windows; none if there are more than a round can have.
	pub fn new(outcomes: impl IntoIterator<Item = Option<ResultValue>>) -> Option<Self> {
		let mut runs = Vec::new();
		for outcome in outcomes {
			match (outcome, runs.last_mut()) {
				(Some(result), _) => runs.push(Run::Result(result)),
				(None, Some(Run::Nulls(count))) => *count = count.checked_add(1)?,
				(None, _) => runs.push(Run::Nulls(1)),
			}
		}
		let outcomes = Self(runs.try_into().ok()?);
		outcomes.is_sound().then_some(outcomes)
	}

	/// Whether they are written in the only way there is, and are no more than a round can have. What was decoded need
	/// not be.
	pub fn is_sound(&self) -> bool {
		let empty = self.0.contains(&Run::Nulls(0));
		let split = self.0.windows(2).any(|pair| {
			let null = |run: &Run| matches!(run, Run::Nulls(_));
			pair.iter().all(null)
		});
		let fits = self.len() <= MAX_SPAN && self.results().count() <= MAX_ROUND_RESULTS as usize;
		fits && !empty && !split
	}

	/// The runs.
	pub fn runs(&self) -> &[Run] {
		&self.0
	}

	/// How many windows there are.
	pub fn len(&self) -> u32 {
		let length = |run: &Run| match run {
			Run::Nulls(count) => u32::from(*count),
			Run::Result(_) => 1,
		};
		self.0.iter().map(length).fold(0, u32::saturating_add)
	}

	/// Whether there is no window.
	pub fn is_empty(&self) -> bool {
		self.0.is_empty()
	}

	/// The results that are not null, each with the place of its window, counted from zero.
	pub fn results(&self) -> impl Iterator<Item = (u32, ResultValue)> + '_ {
		let mut place = 0u32;
		self.0.iter().filter_map(move |run| {
			let here = place;
			let (step, result) = match run {
				Run::Nulls(count) => (u32::from(*count), None),
				Run::Result(result) => (1, Some((here, *result))),
			};
			place = place.saturating_add(step);
			result
		})
	}

	/// The results that are not null, each with how many bytes it takes, together with the null windows after it.
	pub fn lengths(&self) -> impl Iterator<Item = (ResultValue, u32)> + '_ {
		let next = |place: usize| self.0.get(place.saturating_add(1));
		self.0.iter().enumerate().filter_map(move |(place, run)| {
			let Run::Result(result) = run else {
				return None;
			};
			let nulls = next(place).filter(|run| matches!(run, Run::Nulls(_)));
			let nulls = nulls.map_or(0, Encode::encoded_size);
			Some((*result, run.encoded_size().saturating_add(nulls) as u32))
		})
	}

	/// The outcome of the window at a place; none beyond the last.
	pub fn at(&self, place: u32) -> Option<Option<ResultValue>> {
		let found = self.results().find(|(at, _)| *at == place);
		let found = found.map(|(_, result)| result);
		(place < self.len()).then_some(found)
	}

	/// All of them, one by one.
	pub fn iter(&self) -> impl Iterator<Item = Option<ResultValue>> + '_ {
		self.0.iter().flat_map(|run| {
			let (outcome, count) = match run {
				Run::Nulls(count) => (None, usize::from(*count)),
				Run::Result(result) => (Some(*result), 1),
			};
			core::iter::repeat_n(outcome, count)
		})
	}

	/// Those of the first windows: as many results as that, and the nulls before the next one.
	pub fn front(&self, results: usize) -> Self {
		let mut seen = 0usize;
		let kept = self.0.iter().take_while(|run| {
			seen = seen.saturating_add(matches!(run, Run::Result(_)).into());
			seen <= results
		});
		Self(BoundedVec::truncate_from(kept.copied().collect()))
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use proptest::prelude::*;

	fn outcomes(runs: &[Run]) -> Outcomes {
		Outcomes(runs.to_vec().try_into().unwrap())
	}

	#[test]
	fn a_run_takes_a_byte_and_as_few_more_as_its_number_does() {
		let all = Outcomes::new(core::iter::repeat_n(None, 4096)).unwrap();
		assert_eq!(all.encode().len(), 1 + 3);
		assert_eq!(all.len(), MAX_SPAN);
		for (result, length) in [
			(0, 2),
			(63, 2),
			(-63, 2),
			(64, 3),
			(-16_383, 3),
			(16_384, 5),
			(-(1 << 30), 6),
			(i128::MAX, 18),
			(i128::MIN, 18),
		] {
			assert_eq!(Run::Result(result).encoded_size(), length, "{result}");
		}
		assert_eq!(Run::max_encoded_len(), 18);
	}

	#[test]
	fn a_result_takes_so_many_bytes_with_the_nulls_after_it() {
		let longest = outcomes(&[Run::Nulls(1), Run::Result(i128::MIN), Run::Nulls(4094)]);
		let lengths = |it: &Outcomes| it.lengths().collect::<Vec<_>>();
		assert_eq!(lengths(&longest), [(i128::MIN, MAX_RESULT_BYTES)]);
		let runs = [
			Run::Result(3),
			Run::Result(-70),
			Run::Nulls(2),
			Run::Result(4),
		];
		assert_eq!(lengths(&outcomes(&runs)), [(3, 2), (-70, 3 + 2), (4, 2)]);
		assert_eq!(lengths(&outcomes(&[Run::Nulls(2)])), []);
	}

	#[test]
	fn a_number_is_written_in_one_way_only() {
		let refused = |run: written::Run| Run::decode(&mut &run.encode()[..]).is_err();
		assert!(refused(written::Run::Negative(0)));
		assert!(refused(written::Run::Negative(
			i128::MIN.unsigned_abs() + 1
		)));
		assert!(refused(written::Run::Result(i128::MIN.unsigned_abs())));
		// Five, in two bytes.
		assert!(Run::decode(&mut &[1, 5 << 2 | 1, 0][..]).is_err());
		assert_eq!(Run::decode(&mut &[1, 5 << 2][..]), Ok(Run::Result(5)));
		assert_eq!(Run::decode(&mut &[2, 5 << 2][..]), Ok(Run::Result(-5)));
	}

	#[test]
	fn there_are_no_more_than_a_round_can_have() {
		assert!(Outcomes::new(core::iter::repeat_n(None, 4097)).is_none());
		assert!(Outcomes::new(core::iter::repeat_n(Some(1), 256)).is_some());
		assert!(Outcomes::new(core::iter::repeat_n(Some(1), 257)).is_none());
		let alternating = [None, Some(1)].into_iter().cycle();
		assert!(Outcomes::new(alternating.clone().take(513)).is_some());
		assert!(Outcomes::new(alternating.take(514)).is_none());
	}

	#[test]
	fn there_is_one_way_to_write_them() {
		for runs in [
			&[Run::Nulls(0)][..],
			&[Run::Nulls(1), Run::Nulls(1)],
			&[Run::Nulls(4096), Run::Result(1)],
		] {
			assert!(!outcomes(runs).is_sound());
		}
		assert!(outcomes(&[Run::Nulls(2), Run::Result(0), Run::Nulls(1)]).is_sound());
	}

	#[test]
	fn the_front_ends_before_the_next_result() {
		let all = outcomes(&[
			Run::Nulls(2),
			Run::Result(7),
			Run::Nulls(1),
			Run::Result(8),
			Run::Nulls(3),
		]);
		assert_eq!(all.front(0), outcomes(&[Run::Nulls(2)]));
		assert_eq!(
			all.front(1),
			outcomes(&[Run::Nulls(2), Run::Result(7), Run::Nulls(1)])
		);
		for most in [2, 3] {
			assert_eq!(all.front(most), all);
		}
	}

	proptest! {
		#[test]
		fn they_are_what_they_were_made_of(all in prop::collection::vec(any::<Option<i128>>(), 0..200)) {
			let outcomes = Outcomes::new(all.iter().copied()).unwrap();
			prop_assert!(outcomes.is_sound());
			prop_assert_eq!(outcomes.len() as usize, all.len());
			prop_assert_eq!(outcomes.is_empty(), all.is_empty());
			prop_assert_eq!(outcomes.iter().collect::<Vec<_>>(), all.clone());
			let results = outcomes.results().map(|(place, result)| (place as usize, result));
			let expected = all.iter().enumerate().filter_map(|(at, it)| Some((at, (*it)?)));
			prop_assert!(results.eq(expected));
			for place in 0..=all.len() {
				prop_assert_eq!(outcomes.at(place as u32), all.get(place).copied());
			}
			let bytes = outcomes.encode();
			prop_assert_eq!(Outcomes::decode(&mut &bytes[..]), Ok(outcomes));
		}
	}
}
