//! What a sound pipeline computes.

use super::*;

#[test]
fn durations_are_counted_in_full_units() {
	for (unit, sum) in [
		("millisecond", 13_500),
		("second", 13),
		("minute", 0),
		("hour", 0),
	] {
		let json = trips(r#""aggregate": "sum""#).replace("second", unit);
		assert_eq!(two_trips(&json), Some(sum), "{unit}");
	}
	let long = [(0, false, 0, ""), (7_260_000, true, 0, "")];
	for (unit, sum) in [("minute", 121), ("hour", 2)] {
		let json = trips(r#""aggregate": "sum""#).replace("second", unit);
		assert_eq!(evaluate(&json, &[(lock(), locks(&long))]), Some(sum));
	}
}

#[test]
fn each_aggregate_condenses_the_numbers() {
	for (aggregate, result) in [
		("count", 2),
		("sum", 13),
		("min", 3),
		("max", 10),
		("mean", 6),
	] {
		let json = trips(&alloc::format!(r#""aggregate": "{aggregate}""#));
		assert_eq!(two_trips(&json), Some(result), "{aggregate}");
	}
}

#[test]
fn nothing_counts_and_sums_to_zero_and_has_no_extremes() {
	for (aggregate, result) in [
		("count", Some(0)),
		("sum", Some(0)),
		("min", None),
		("max", None),
		("mean", None),
	] {
		let json = trips(&alloc::format!(r#""aggregate": "{aggregate}""#));
		assert_eq!(evaluate(&json, &[(lock(), vec![])]), result, "{aggregate}");
	}
}

#[test]
fn a_mean_is_rounded_down_even_below_zero() {
	let json = r#"{"take": {"values": "temperature"}, "aggregate": "mean"}"#;
	let mean = |values| evaluate(json, &[(thermometer(), temperatures(values))]);
	assert_eq!(mean(&[3, 4]), Some(3));
	assert_eq!(mean(&[-3, -4]), Some(-4));
}

#[test]
fn extreme_values_do_not_overflow() {
	let of = |aggregate: &str, values| {
		let json = alloc::format!(
			r#"{{"take": {{"values": "temperature"}}, "aggregate": "{aggregate}"}}"#
		);
		evaluate(&json, &[(thermometer(), temperatures(values))])
	};
	let (least, most) = (i128::from(i64::MIN), i128::from(i64::MAX));
	assert_eq!(of("sum", &[i64::MAX; 3]), Some(3 * most));
	assert_eq!(of("sum", &[i64::MIN; 3]), Some(3 * least));
	assert_eq!(of("mean", &[i64::MIN; 3]), Some(least));
	let json = trips(r#""aggregate": "sum""#).replace("second", "millisecond");
	let states = [(0, false, 0, ""), (u64::MAX, true, 0, "")];
	assert_eq!(
		evaluate(&json, &[(lock(), locks(&states))]),
		Some(u64::MAX.into())
	);
}

#[test]
fn only_neighbouring_ends_make_a_duration() {
	let sum = |states: &[(u64, bool)]| {
		let states: Vec<_> = states
			.iter()
			.map(|(seconds, locked)| (seconds * 1_000, *locked, 0, ""))
			.collect();
		let window = [(lock(), locks(&states))];
		["count", "sum"].map(|aggregate| {
			let json = trips(&alloc::format!(r#""aggregate": "{aggregate}""#));
			evaluate(&json, &window).unwrap()
		})
	};
	assert_eq!(sum(&[(0, true), (1, true)]), [0, 0], "never opened");
	assert_eq!(sum(&[(0, false)]), [0, 0], "never closed");
	assert_eq!(
		sum(&[(0, false), (4, false), (5, true)]),
		[1, 1],
		"reopened"
	);
	assert_eq!(
		sum(&[(0, false), (4, true), (9, true)]),
		[1, 4],
		"closed twice"
	);
	assert_eq!(
		sum(&[(9, false), (4, true)]),
		[1, 0],
		"the clock was set back"
	);
}

#[test]
fn durations_do_not_reach_from_one_sensor_to_another() {
	let json = trips(r#""aggregate": "count""#);
	let (opened, closed) = ([(0, false, 0, "")], [(1_000, true, 0, "")]);
	assert_eq!(
		evaluate(&json, &[(lock(), locks(&opened)), (lock(), locks(&closed))]),
		Some(0)
	);
}

#[test]
fn durations_may_run_between_texts_or_integers() {
	let json = r#"{
		"take": {"durations": {"variable": "tenant", "from": "ann", "to": "bob", "unit": "second"}},
		"aggregate": "sum"
	}"#;
	assert_eq!(two_trips(json), Some(8));
	let json = r#"{
		"take": {"durations": {"variable": "battery", "from": 90, "to": 60, "unit": "second"}},
		"aggregate": "sum"
	}"#;
	assert_eq!(two_trips(json), Some(20));
}

#[test]
fn all_selected_sensors_are_taken_together() {
	let json = r#"{"take": {"values": "temperature"}, "aggregate": "sum"}"#;
	let window = [1, 20, 300].map(|value| (thermometer(), temperatures(&[value])));
	assert_eq!(evaluate(json, &window), Some(321));
	let json = r#"{
		"select": {"sensors": [2, 0]}, "take": {"values": "temperature"}, "aggregate": "sum"
	}"#;
	assert_eq!(evaluate(json, &window), Some(301));
}

#[test]
fn sensors_are_selected_by_kind_and_by_index() {
	let window = [
		(lock(), locks(&[(0, true, 1, "")])),
		(thermometer(), temperatures(&[5, 6])),
		(lock(), locks(&[(0, true, 1, ""); 4])),
	];
	let count = |select: &str| {
		let json =
			alloc::format!(r#"{{"select": {select}, "take": "messages", "aggregate": "count"}}"#);
		evaluate(&json, &window)
	};
	assert_eq!(count("{}"), Some(7));
	assert_eq!(count(r#"{"kind": "lock"}"#), Some(5));
	assert_eq!(count(r#"{"sensors": [1]}"#), Some(2));
	assert_eq!(count(r#"{"kind": "lock", "sensors": [1, 2]}"#), Some(4));
}

#[test]
fn messages_are_selected_by_comparing_a_variable() {
	for (condition, count) in [
		(r#"{"variable": "locked", "is": true}"#, 3),
		(r#"{"variable": "tenant", "is": "bob"}"#, 2),
		(r#"{"variable": "battery", "is": 60}"#, 1),
		(r#"{"variable": "battery", "at_least": 70}"#, 3),
		(r#"{"variable": "battery", "at_most": 60}"#, 2),
		(
			r#"{"variable": "battery", "at_least": 60, "at_most": 80}"#,
			3,
		),
		(r#"{"variable": "battery", "is": 90, "at_most": 80}"#, 0),
		(r#"{"variable": "battery"}"#, 5),
	] {
		let json = alloc::format!(
			r#"{{"select": {{"where": {condition}}}, "take": "messages", "aggregate": "sum"}}"#
		);
		assert_eq!(two_trips(&json), Some(count), "{condition}");
	}
}

#[test]
fn durations_pair_only_the_selected_messages() {
	let json =
		trips(r#""select": {"where": {"variable": "tenant", "is": "bob"}}, "aggregate": "sum""#);
	assert_eq!(two_trips(&json), Some(3));
}

#[test]
fn numbers_outside_the_bounds_are_not_kept() {
	for (keep, count) in [
		("{}", 2),
		(r#"{"at_least": 4}"#, 1),
		(r#"{"at_most": 3}"#, 1),
		(r#"{"at_least": 3, "at_most": 10}"#, 2),
		(r#"{"at_least": 11}"#, 0),
	] {
		let json = trips(&alloc::format!(r#""keep": {keep}, "aggregate": "count""#));
		assert_eq!(two_trips(&json), Some(count), "{keep}");
	}
}

#[test]
fn results_outside_the_bounds_are_null() {
	for (emit_if, result) in [
		("{}", Some(13)),
		(r#"{"at_least": 13}"#, Some(13)),
		(r#"{"at_least": 14}"#, None),
		(r#"{"at_most": 13}"#, Some(13)),
		(r#"{"at_most": 12}"#, None),
	] {
		let json = trips(&alloc::format!(
			r#""aggregate": "sum", "emit_if": {emit_if}"#
		));
		assert_eq!(two_trips(&json), result, "{emit_if}");
	}
}

#[test]
fn messages_that_do_not_fit_are_passed_over() {
	let schema = lock();
	let messages = [
		message(&schema, 0, vec![]),
		message(&schema, 0, vec![text("x"), text("x"), text("x")]),
	];
	let window = [Trace {
		schema: &schema,
		messages: &messages,
	}];
	let json = r#"{"take": {"values": "battery"}, "aggregate": "count"}"#;
	assert_eq!(parse(json).evaluate(&window), Some(0));
	assert_eq!(
		parse(&trips(r#""aggregate": "count""#)).evaluate(&window),
		Some(0)
	);
}
