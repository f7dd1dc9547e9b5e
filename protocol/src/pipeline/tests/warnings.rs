//! What is warned of, and that it is so.

use syngraph_primitives::WindowShape;

use super::*;
use crate::{warnings, Warning};

fn shape(size: u32, slide: u32) -> WindowShape {
	WindowShape { size, slide }
}

fn of(json: &str, window: WindowShape) -> Vec<Warning> {
	let schemas = [lock()];
	let pipeline = parse(json);
	assert_eq!(pipeline.check(&schemas), Ok(()));
	warnings(&pipeline, &schemas, &window)
}

/// What each full window of a lock gives that says these states at these seconds.
fn settled(json: &str, window: WindowShape, states: &[(bool, u64)]) -> Vec<ResultValue> {
	let states: Vec<_> = states
		.iter()
		.map(|(locked, second)| (second * 1_000, *locked, 0, ""))
		.collect();
	let messages = locks(&states);
	(0..)
		.map_while(|t| window.range(0, t))
		.map_while(|range| messages.get(range.start as usize..range.end as usize))
		.map(|messages| evaluate(json, &[(lock(), messages.to_vec())]).unwrap())
		.collect()
}

/// A lock's trips of ten minutes, perhaps with one message said twice.
fn rides(trips: u64, twice: Option<usize>) -> Vec<(bool, u64)> {
	let mut states: Vec<_> = (0..trips)
		.flat_map(|trip| [(false, 601 * trip), (true, 601 * trip + 600)])
		.collect();
	if let Some(twice) = twice {
		let (locked, second) = states[twice];
		states.insert(twice, (locked, second.saturating_sub(1)));
	}
	states
}

#[test]
fn one_message_more_makes_every_window_zero() {
	let json = trips(r#""aggregate": "sum""#);
	let states = [
		(false, 0),
		(false, 1),
		(true, 601),
		(false, 602),
		(true, 1202),
		(false, 1203),
		(true, 1803),
		(false, 1804),
		(true, 2404),
		(false, 2405),
		(true, 3005),
	];
	assert_eq!(settled(&json, shape(2, 2), &states), [0; 5]);
	let warning = Warning::Shifts {
		durations: true,
		least: 0,
		most: 1,
		all: true,
		better: Some(3),
	};
	assert_eq!(of(&json, shape(2, 2)), std::slice::from_ref(&warning));
	assert_eq!(
		alloc::format!("{warning}"),
		"by its place among the messages, a duration counts in 0 or in 1 windows; one message too many \
		 moves all later ones for good, so that none may count any more; with a window size of 3 each \
		 counts once"
	);
	// What it advises helps.
	assert_eq!(of(&json, shape(3, 2)), []);
	assert_eq!(settled(&json, shape(3, 2), &states), [600; 5]);
}

#[test]
fn durations_are_warned_of_if_and_only_if_a_message_can_move_them() {
	let json = trips(r#""aggregate": "sum""#);
	for size in 2..9 {
		for slide in 1..9 {
			let window = shape(size, slide);
			// Over many windows, so that what the first and the last cut off does not matter.
			let sum =
				|twice| -> ResultValue { settled(&json, window, &rides(200, twice)).iter().sum() };
			let sums: Vec<_> = (0..8).map(Some).chain([None]).map(sum).collect();
			let spread = sums.iter().max().unwrap() - sums.iter().min().unwrap();
			let edges = ResultValue::from(600 * 2 * size * size.div_ceil(slide));
			let warned = of(&json, window);
			let moved = (size - 1) % slide;
			assert_eq!(warned.is_empty(), moved == 0, "{window:?}");
			// Where the sum hardly changes although other durations count, there are as many of these: of
			// two windows one makes up for the other, or of two places in a window.
			let evens_out = slide % 2 == 1 || moved % 2 == 0;
			assert_eq!(spread <= edges, evens_out, "{window:?}: {sums:?}");
			if let [Warning::Shifts { all: true, .. }] = warned[..] {
				assert!(sums.iter().any(|sum| *sum <= 600), "{window:?}: {sums:?}");
			}
		}
	}
}

#[test]
fn windows_of_one_message_hold_no_duration() {
	let json = trips(r#""aggregate": "sum""#);
	assert_eq!(of(&json, shape(1, 1)), [Warning::NoDurations]);
	assert_eq!(settled(&json, shape(1, 1), &rides(3, Some(0))), [0; 7]);
}

#[test]
fn ends_that_are_no_neighbours_are_warned_of_whatever_the_shape() {
	let apart = |variable: &str| {
		[Warning::Apart {
			variable: variable.into(),
		}]
	};
	let tenants = r#"{
		"take": {"durations": {"variable": "tenant", "from": "ann", "to": "", "unit": "second"}},
		"aggregate": "sum"
	}"#;
	let chosen =
		trips(r#""select": {"where": {"variable": "battery", "at_least": 5}}, "aggregate": "sum""#);
	for window in [shape(2, 2), shape(3, 2), shape(100, 1)] {
		assert_eq!(of(tenants, window), apart("tenant"));
		assert_eq!(of(&chosen, window), apart("locked"));
	}
}

#[test]
fn single_messages_are_warned_of_where_windows_overlap_or_leave_gaps() {
	let count = |aggregate: &str| {
		alloc::format!(r#"{{"take": {{"values": "battery"}}, "aggregate": "{aggregate}"}}"#)
	};
	let shifts = |least, most, better| {
		vec![Warning::Shifts {
			durations: false,
			least,
			most,
			all: false,
			better: Some(better),
		}]
	};
	for (window, sum, max) in [
		(shape(4, 4), vec![], vec![]),
		(shape(1, 1), vec![], vec![]),
		(shape(4, 2), vec![], vec![]),
		(shape(4, 3), shifts(1, 2, 3), vec![]),
		(shape(3, 4), shifts(0, 1, 4), shifts(0, 1, 4)),
	] {
		assert_eq!(of(&count("sum"), window), sum, "{window:?}");
		assert_eq!(of(&count("count"), window), sum, "{window:?}");
		assert_eq!(of(&count("max"), window), max, "{window:?}");
	}
}

#[test]
fn no_size_is_advised_that_no_window_may_have() {
	let json = trips(r#""aggregate": "sum""#);
	let better = |sensors: usize, slide| {
		let schemas = vec![lock(); sensors];
		match &warnings(&parse(&json), &schemas, &shape(slide, slide))[..] {
			[Warning::Shifts { better, .. }] => *better,
			other => panic!("{other:?}"),
		}
	};
	assert_eq!(better(1, 4_095), Some(4_096));
	assert_eq!(better(1, 4_096), None);
	assert_eq!(better(3, 1_364), Some(1_365));
	assert_eq!(better(3, 1_365), None);
}
