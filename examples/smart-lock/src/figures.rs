//! What the trip file says must be settled.
//!
//! Counted from the file's column of durations and from nothing else: neither from the messages' points
//! in time nor by the function that the intermediaries compute.

use std::ops::Range;

use syngraph_primitives::{WindowIndex, WindowShape};

use crate::trips::Trip;

/// How many messages a trip makes: unlocked, locked.
const MESSAGES: u64 = 2;

/// How many windows are full once a lock has sent the messages of so many trips.
pub fn full_windows(shape: WindowShape, trips: usize) -> u64 {
	let (size, slide) = (u64::from(shape.size), u64::from(shape.slide).max(1));
	(trips as u64 * MESSAGES)
		.checked_sub(size)
		.map_or(0, |rest| rest / slide + 1)
}

/// Which of a lock's trips lie in a window with both their messages.
pub fn trips_in(shape: WindowShape, window: WindowIndex) -> Range<usize> {
	let messages = shape.range(0, window).unwrap_or_default();
	let (first, end) = (messages.start.div_ceil(MESSAGES), messages.end / MESSAGES);
	// An odd window too small for a trip would end before it starts.
	first as usize..end.max(first) as usize
}

/// How many rental seconds a window of one lock holds.
pub fn seconds_in(shape: WindowShape, window: WindowIndex, trips: &[Trip]) -> u64 {
	trips
		.get(trips_in(shape, window))
		.unwrap_or_default()
		.iter()
		.map(|trip| trip.seconds)
		.sum()
}

/// The trips of a lock that none of the first so many windows holds.
pub fn left_over(shape: WindowShape, windows: u64, trips: &[Trip]) -> Vec<Trip> {
	let mut settled = vec![false; trips.len()];
	for trip in (0..windows).flat_map(|window| trips_in(shape, window)) {
		settled[trip] = true;
	}
	let unsettled = trips.iter().zip(settled).filter(|(_, settled)| !settled);
	unsettled.map(|(trip, _)| *trip).collect()
}

#[cfg(test)]
mod tests {
	use super::*;

	fn shape(size: u32, slide: u32) -> WindowShape {
		WindowShape { size, slide }
	}

	/// Trips that last 1, 10, 100, ... seconds.
	fn trips(count: u32) -> Vec<Trip> {
		(0..count)
			.map(|i| Trip {
				start: 0,
				end: 0,
				seconds: 10u64.pow(i),
				line: i.into(),
			})
			.collect()
	}

	/// The seconds of each full window.
	fn seconds(shape: WindowShape, count: u32) -> Vec<u64> {
		let trips = trips(count);
		(0..full_windows(shape, trips.len()))
			.map(|window| seconds_in(shape, window, &trips))
			.collect()
	}

	#[test]
	fn two_trips_fill_a_window_of_four() {
		assert_eq!(seconds(shape(4, 4), 5), [11, 1_100]);
		assert!(seconds(shape(4, 4), 1).is_empty());
		assert!(seconds(shape(4, 4), 0).is_empty());
	}

	#[test]
	fn windows_that_share_one_message_hold_every_trip_once() {
		assert_eq!(seconds(shape(5, 4), 5), [11, 1_100]);
		assert_eq!(seconds(shape(3, 2), 4), [1, 10, 100]);
		let lines = left_over(shape(5, 4), 2, &trips(5));
		assert_eq!(lines.iter().map(|trip| trip.line).collect::<Vec<_>>(), [4]);
	}

	#[test]
	fn overlapping_windows_count_a_trip_twice() {
		assert_eq!(seconds(shape(4, 2), 4), [11, 110, 1_100]);
	}

	#[test]
	fn a_trip_that_is_cut_does_not_count() {
		// Messages 0-2, 3-5, 6-8: the second trip's are 2 and 3.
		assert_eq!(seconds(shape(3, 3), 5), [1, 100, 1_000]);
		assert_eq!(seconds(shape(2, 1), 2), [1, 0, 10]);
		assert_eq!(seconds(shape(1, 1), 1), [0, 0]);
	}

	#[test]
	fn trips_that_no_full_window_holds_are_left_over() {
		let lines = |shape, count| {
			let windows = full_windows(shape, count as usize);
			left_over(shape, windows, &trips(count))
				.iter()
				.map(|trip| trip.line)
				.collect::<Vec<_>>()
		};
		assert_eq!(lines(shape(4, 4), 5), [4]);
		assert!(lines(shape(4, 4), 4).is_empty());
		assert!(lines(shape(4, 2), 5).is_empty());
		assert_eq!(lines(shape(4, 4), 1), [0]);
		// Windows with gaps between them pass trips over.
		assert_eq!(lines(shape(2, 4), 4), [1, 3]);
	}
}
