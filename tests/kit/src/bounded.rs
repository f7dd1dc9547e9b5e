//! Values with bounds, from what a test writes down. All of them panic if it is too much.

use syngraph_primitives::{Function, MessageEncoding, Schema, Variable, VariableType};

/// A bounded list.
pub fn bounded<T, L: TryFrom<Vec<T>>>(items: Vec<T>) -> L {
	items.try_into().ok().expect("they are few")
}

/// The bytes of a text: a name, a label, an endpoint.
pub fn bytes<L: TryFrom<Vec<u8>>>(text: &str) -> L {
	bounded(text.as_bytes().to_vec())
}

/// A function in JSON.
pub fn pipeline(json: &str) -> Function {
	Function::Pipeline(bytes(json))
}

/// What a sensor of a kind declares, with variables of these names and types.
pub fn schema(kind: &str, variables: &[(&str, VariableType)]) -> Schema {
	let variable = |(name, ty): &(&str, VariableType)| Variable {
		name: bytes(name),
		ty: *ty,
	};
	Schema {
		kind: bytes(kind),
		variables: bounded(variables.iter().map(variable).collect()),
		encoding: MessageEncoding::Scale,
	}
}
