//! The description says what the server does.

use std::collections::BTreeSet;

use serde_json::Value;
use syngraph_access::{http, Problem};

use crate::common::Fake;

fn description() -> Value {
	serde_json::from_str(http::OPENAPI).unwrap()
}

#[test]
fn it_has_every_path() {
	let description = description();
	let described: BTreeSet<_> = description["paths"].as_object().unwrap().keys().collect();
	let served = http::routes::<Fake>();
	assert_eq!(
		described,
		served
			.iter()
			.map(|route| route.0.to_string())
			.collect::<Vec<_>>()
			.iter()
			.collect()
	);
}

#[test]
fn it_has_every_problem() {
	let description = description();
	let described = &description["components"]["schemas"]["Problem"]["properties"]["type"]["enum"];
	let names = Problem::NAMES.map(|name| Value::from(format!("/problems/{name}")));
	assert_eq!(described.as_array().unwrap(), &names);
}

#[test]
fn it_refers_to_nothing_that_is_missing() {
	let description = description();
	let mut rest = vec![&description];
	while let Some(value) = rest.pop() {
		match value {
			Value::Object(members) => {
				if let Some(Value::String(path)) = members.get("$ref") {
					let pointer = path.strip_prefix('#').unwrap();
					assert!(description.pointer(pointer).is_some(), "{path}");
				}
				rest.extend(members.values());
			},
			Value::Array(items) => rest.extend(items),
			_ => {},
		}
	}
}
