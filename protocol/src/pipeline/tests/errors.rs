//! What is refused, and by which error.

use super::*;

/// What reading a function says.
fn read(json: &str) -> FunctionError {
	Pipeline::parse(json.as_bytes()).unwrap_err()
}

#[test]
fn what_is_not_json_has_its_error() {
	let trailing = trips(r#""aggregate": "sum""#) + "}";
	for json in ["", "{", "{,}", "lock", r#"{"take": "messages" "#, &trailing] {
		let error = read(json);
		assert!(
			matches!(error, FunctionError::NotJson(_)),
			"{json}: {error}"
		);
	}
	assert!(matches!(
		Pipeline::parse(b"{\"take\": {\"values\": \"\xff\"}, \"aggregate\": \"sum\"}"),
		Err(FunctionError::NotJson(_))
	));
}

#[test]
fn unknown_words_have_their_error() {
	for (json, word) in [
		(r#"{"take": "messages", "aggregate": "median"}"#, "median"),
		(r#"{"take": {"speeds": "x"}, "aggregate": "sum"}"#, "speeds"),
		(
			r#"{"take": "messages", "aggregate": "sum", "sort": 1}"#,
			"sort",
		),
		(
			r#"{"select": {"owner": 1}, "take": "messages", "aggregate": "sum"}"#,
			"owner",
		),
		(
			r#"{"select": {"where": {"variable": "x", "not": 1}}, "take": "messages", "aggregate": "sum"}"#,
			"not",
		),
		(
			r#"{"take": "messages", "keep": {"above": 1}, "aggregate": "sum"}"#,
			"above",
		),
		(
			&trips(r#""aggregate": "sum""#).replace("second", "day"),
			"day",
		),
		(&trips(r#""aggregate": "sum""#).replace("unit", "in"), "in"),
	] {
		match read(json) {
			FunctionError::Unknown(reason) => assert!(reason.contains(&alloc::format!("`{word}`"))),
			other => panic!("{json}: {other}"),
		}
	}
}

#[test]
fn misplaced_values_have_their_error() {
	for json in [
		r#"{"take": "messages"}"#,
		r#"{"aggregate": "sum"}"#,
		r#"{"take": "messages", "take": "messages", "aggregate": "sum"}"#,
		r#"{"take": "values", "aggregate": "sum"}"#,
		r#"{"take": {"values": 1}, "aggregate": "sum"}"#,
		r#"{"select": {"sensors": [256]}, "take": "messages", "aggregate": "sum"}"#,
		r#"{"select": {"sensors": [-1]}, "take": "messages", "aggregate": "sum"}"#,
		r#"{"select": {"where": {"is": true}}, "take": "messages", "aggregate": "sum"}"#,
		r#"{"take": "messages", "aggregate": "sum", "keep": {"at_most": "9"}}"#,
		r#"{"take": "messages", "aggregate": "sum", "keep": {"at_most": 9223372036854775808}}"#,
		"7",
		"\"sum\"",
	] {
		let error = read(json);
		assert!(
			matches!(error, FunctionError::Malformed(_)),
			"{json}: {error}"
		);
	}
}

/// Fails if any of these is not refused as malformed.
fn malformed<'a>(cases: impl IntoIterator<Item = &'a str>) {
	for json in cases {
		let error = read(json);
		assert!(
			matches!(error, FunctionError::Malformed(_)),
			"{json}: {error}"
		);
	}
}

#[test]
fn null_is_no_value_of_any_field() {
	// What JSON makes of a bound that is not a number.
	assert_eq!(
		read(r#"{"take":{"values":"wh"},"aggregate":"sum","emit_if":{"at_least":null}}"#),
		FunctionError::Malformed("invalid type: null, expected i64 at line 1 column 68".into())
	);
	malformed([
		r#"{"take": null, "aggregate": "sum"}"#,
		r#"{"take": "messages", "aggregate": null}"#,
		r#"{"take": "messages", "aggregate": "sum", "select": null}"#,
		r#"{"take": "messages", "aggregate": "sum", "keep": null}"#,
		r#"{"take": "messages", "aggregate": "sum", "emit_if": null}"#,
		r#"{"take": "messages", "aggregate": "sum", "keep": {"at_least": null}}"#,
		r#"{"take": "messages", "aggregate": "sum", "keep": {"at_most": null}}"#,
		r#"{"take": "messages", "aggregate": "sum", "emit_if": {"at_least": null}}"#,
		r#"{"take": "messages", "aggregate": "sum", "emit_if": {"at_most": null}}"#,
		r#"{"take": "messages", "aggregate": "sum", "select": {"kind": null}}"#,
		r#"{"take": "messages", "aggregate": "sum", "select": {"sensors": null}}"#,
		r#"{"take": "messages", "aggregate": "sum", "select": {"sensors": [null]}}"#,
		r#"{"take": "messages", "aggregate": "sum", "select": {"where": null}}"#,
		r#"{"take": "messages", "aggregate": "sum", "select": {"where": {"variable": null}}}"#,
		r#"{"take": "messages", "aggregate": "sum", "select": {"where": {"variable": "x", "is": null}}}"#,
		r#"{"take": "messages", "aggregate": "sum", "select": {"where": {"variable": "x", "at_least": null}}}"#,
		r#"{"take": "messages", "aggregate": "sum", "select": {"where": {"variable": "x", "at_most": null}}}"#,
		r#"{"take": {"values": null}, "aggregate": "sum"}"#,
		r#"{"take": {"durations": null}, "aggregate": "sum"}"#,
		r#"{"take": {"durations": {"variable": "x", "from": null, "to": 1, "unit": "hour"}}, "aggregate": "sum"}"#,
		r#"{"take": {"durations": {"variable": "x", "from": 0, "to": 1, "unit": null}}, "aggregate": "sum"}"#,
		"null",
	]);
}

#[test]
fn an_array_is_no_object() {
	malformed([
		r#"[{}, "messages", {}, "sum", {}]"#,
		r#"{"take": "messages", "aggregate": "sum", "select": ["lock", [0], null]}"#,
		r#"{"take": "messages", "aggregate": "sum", "select": []}"#,
		r#"{"take": "messages", "aggregate": "sum", "keep": [1, 2]}"#,
		r#"{"take": "messages", "aggregate": "sum", "emit_if": [1, 2]}"#,
		r#"{"take": "messages", "aggregate": "sum", "emit_if": []}"#,
		r#"{"take": "messages", "aggregate": "sum", "select": {"where": ["x", 1, 2, 3]}}"#,
		r#"{"take": {"durations": ["locked", false, true, "second"]}, "aggregate": "sum"}"#,
		r#"{"take": ["messages"], "aggregate": "sum"}"#,
		r#"{"take": ["values", "x"], "aggregate": "sum"}"#,
		r#"{"take": "messages", "aggregate": ["sum"]}"#,
		r#"{"take": {"values": ["x"]}, "aggregate": "sum"}"#,
	]);
}

#[test]
fn an_object_is_no_word_or_value() {
	malformed([
		r#"{"take": "messages", "aggregate": {"sum": null}}"#,
		r#"{"take": "messages", "aggregate": {"sum": {}}}"#,
		r#"{"take": {"messages": null}, "aggregate": "sum"}"#,
		r#"{"take": {"messages": {}}, "aggregate": "sum"}"#,
		r#"{"take": {}, "aggregate": "sum"}"#,
		r#"{"take": "durations", "aggregate": "sum"}"#,
		r#"{"take": {"durations": {"variable": "x", "from": 0, "to": 1, "unit": {"hour": null}}}, "aggregate": "sum"}"#,
		r#"{"take": "messages", "aggregate": "sum", "select": {"sensors": {"0": 0}}}"#,
		r#"{"take": "messages", "aggregate": "sum", "select": {"where": {"variable": "x", "is": {"true": null}}}}"#,
		r#"{"take": "messages", "aggregate": "sum", "select": {"where": {"variable": "x", "is": [true]}}}"#,
	]);
}

#[test]
fn nothing_is_stated_twice() {
	malformed([
		r#"{"take": "messages", "aggregate": "sum", "aggregate": "sum"}"#,
		r#"{"take": "messages", "aggregate": "sum", "keep": {}, "keep": {"at_least": 1}}"#,
		r#"{"take": "messages", "aggregate": "sum", "keep": {"at_least": 1, "at_least": 2}}"#,
		r#"{"take": "messages", "aggregate": "sum", "emit_if": {"at_most": 1, "at_m\u006fst": 2}}"#,
		r#"{"take": "messages", "aggregate": "sum", "select": {"kind": "a", "kind": "b"}}"#,
		r#"{"take": "messages", "aggregate": "sum", "select": {"where": {"variable": "x", "variable": "y"}}}"#,
		r#"{"take": {"values": "x", "values": "y"}, "aggregate": "sum"}"#,
		r#"{"take": {"values": "x", "messages": 1}, "aggregate": "sum"}"#,
		r#"{"take": {"values": "x", "durations": {"variable": "x", "from": 0, "to": 1, "unit": "hour"}}, "aggregate": "sum"}"#,
		r#"{"take": {"durations": {"variable": "x", "from": 0, "from": 2, "to": 1, "unit": "hour"}}, "aggregate": "sum"}"#,
	]);
}

#[test]
fn nothing_stands_beside_the_pipeline() {
	let sound = r#"{"take": "messages", "aggregate": "sum"}"#;
	assert!(Pipeline::parse(sound.as_bytes()).is_ok());
	for (before, after) in [
		("", " x"),
		("", ","),
		("", "null"),
		("", "\0"),
		("", " // a comment"),
		("", sound),
		("\u{feff}", ""),
		("\0", ""),
		("\u{a0}", ""),
	] {
		let json = alloc::format!("{before}{sound}{after}");
		let error = read(&json);
		assert!(
			matches!(error, FunctionError::NotJson(_)),
			"{json:?}: {error}"
		);
	}
}

#[test]
fn there_are_no_floats() {
	for number in [
		"1.5",
		"1.0",
		"1e3",
		"1E0",
		"-0",
		"1e400",
		"9223372036854775808",
		"-9223372036854775809",
		"123456789012345678901234567890",
	] {
		for json in [
			r#"{"take": "messages", "aggregate": "sum", "keep": {"at_least": #}}"#,
			r#"{"take": "messages", "aggregate": "sum", "emit_if": {"at_most": #}}"#,
			r#"{"take": "messages", "aggregate": "sum", "select": {"sensors": [#]}}"#,
			r#"{"take": "messages", "aggregate": "sum", "select": {"where": {"variable": "x", "is": #}}}"#,
			r#"{"take": "messages", "aggregate": "sum", "select": {"where": {"variable": "x", "at_most": #}}}"#,
			r#"{"take": {"durations": {"variable": "x", "from": #, "to": 1, "unit": "hour"}}, "aggregate": "sum"}"#,
		] {
			let json = json.replace('#', number);
			let error = read(&json);
			assert!(
				matches!(error, FunctionError::Malformed(_)),
				"{json}: {error}"
			);
		}
	}
}

/// What the check says of a function for a lock and a thermometer.
fn check(json: &str) -> FunctionError {
	parse(json).check(&[lock(), thermometer()]).unwrap_err()
}

/// What the check says of a selection.
fn select(select: &str) -> FunctionError {
	check(&alloc::format!(
		r#"{{"select": {select}, "take": "messages", "aggregate": "sum"}}"#
	))
}

#[test]
fn selected_sensors_must_exist() {
	assert_eq!(
		select(r#"{"sensors": [0, 2]}"#),
		FunctionError::NoSuchSensor(2)
	);
	assert_eq!(
		select(r#"{"sensors": [1, 1]}"#),
		FunctionError::DuplicateSensor(1)
	);
	for nothing in [
		r#"{"sensors": []}"#,
		r#"{"kind": "door"}"#,
		r#"{"kind": "lock", "sensors": [1]}"#,
	] {
		assert_eq!(select(nothing), FunctionError::NothingSelected);
	}
}

#[test]
fn compared_variables_must_fit() {
	for (condition, name) in [
		(r#"{"variable": "temperature"}"#, "temperature"),
		(r#"{"variable": "", "is": 1}"#, ""),
	] {
		assert_eq!(
			select(&alloc::format!(r#"{{"where": {condition}}}"#)),
			FunctionError::NoSuchVariable(name.into())
		);
	}
	for condition in [
		r#"{"variable": "locked", "is": 1}"#,
		r#"{"variable": "locked", "is": "true"}"#,
		r#"{"variable": "locked", "at_least": 1}"#,
		r#"{"variable": "tenant", "at_most": 1}"#,
		r#"{"variable": "battery", "is": true}"#,
	] {
		let error = select(&alloc::format!(
			r#"{{"kind": "lock", "where": {condition}}}"#
		));
		assert!(
			matches!(error, FunctionError::WrongType(_)),
			"{condition}: {error}"
		);
	}
	assert_eq!(
		select(
			r#"{"kind": "lock", "where": {"variable": "battery", "at_least": 2, "at_most": 1}}"#
		),
		FunctionError::CrossedBounds
	);
}

#[test]
fn what_is_taken_must_fit_every_selected_sensor() {
	let take = |take: &str| {
		check(&alloc::format!(
			r#"{{"select": {{"kind": "lock"}}, "take": {take}, "aggregate": "sum"}}"#
		))
	};
	assert_eq!(
		take(r#"{"values": "temperature"}"#),
		FunctionError::NoSuchVariable("temperature".into())
	);
	assert_eq!(
		take(r#"{"values": "locked"}"#),
		FunctionError::WrongType("locked".into())
	);
	let durations = |from: &str, to: &str| {
		take(&alloc::format!(
			r#"{{"durations": {{"variable": "locked", "from": {from}, "to": {to}, "unit": "hour"}}}}"#
		))
	};
	assert_eq!(durations("true", "true"), FunctionError::SameEnds);
	assert_eq!(
		durations("true", "1"),
		FunctionError::WrongType("locked".into())
	);
	assert_eq!(
		durations("0", "true"),
		FunctionError::WrongType("locked".into())
	);
	assert_eq!(
		check(r#"{"take": {"values": "battery"}, "aggregate": "sum"}"#),
		FunctionError::NoSuchVariable("battery".into()),
		"the thermometer has no battery"
	);
	for bounds in ["keep", "emit_if"] {
		let json = alloc::format!(
			r#"{{"take": "messages", "aggregate": "sum", "{bounds}": {{"at_least": 2, "at_most": 1}}}}"#
		);
		assert_eq!(check(&json), FunctionError::CrossedBounds);
	}
}

#[test]
fn a_function_is_prepared_for_its_sensors() {
	let function = |json: &str| Function::Pipeline(json.as_bytes().to_vec().try_into().unwrap());
	let sound = trips(r#""aggregate": "sum""#);
	assert_eq!(
		Fold::prepare(&function(&sound), &[lock()]),
		Ok(Fold::Pipeline(parse(&sound)))
	);
	assert_eq!(
		Fold::prepare(&function(&sound), &[thermometer()]),
		Err(FunctionError::NoSuchVariable("locked".into()))
	);
	assert!(matches!(
		Fold::prepare(&function("{,"), &[lock()]),
		Err(FunctionError::NotJson(_))
	));
}
