//! Whether a pipeline makes sense for an agreement's sensors.

use alloc::{collections::BTreeSet, vec::Vec};
use syngraph_primitives::{Schema, VariableType};

use super::{
	language::{Bounds, Condition, Durations, Pipeline, Select, Take},
	FunctionError,
};

/// See [`Pipeline::check`].
pub(super) fn check(pipeline: &Pipeline, schemas: &[Schema]) -> Result<(), FunctionError> {
	check_sensors(&pipeline.select, schemas.len())?;
	let selected = selected(&pipeline.select, schemas)?;
	if let Some(condition) = &pipeline.select.condition {
		check_condition(condition, &selected)?;
	}
	check_take(&pipeline.take, &selected)?;
	check_bounds(&pipeline.keep)?;
	check_bounds(&pipeline.emit_if)
}

fn check_sensors(select: &Select, count: usize) -> Result<(), FunctionError> {
	let mut seen = BTreeSet::new();
	for &index in select.sensors.iter().flatten() {
		if usize::from(index) >= count {
			return Err(FunctionError::NoSuchSensor(index));
		}
		if !seen.insert(index) {
			return Err(FunctionError::DuplicateSensor(index));
		}
	}
	Ok(())
}

fn selected<'a>(select: &Select, schemas: &'a [Schema]) -> Result<Vec<&'a Schema>, FunctionError> {
	let selected: Vec<_> = schemas
		.iter()
		.enumerate()
		.filter(|(index, schema)| select.selects(*index, schema))
		.map(|(_, schema)| schema)
		.collect();
	if selected.is_empty() {
		return Err(FunctionError::NothingSelected);
	}
	Ok(selected)
}

fn check_condition(condition: &Condition, selected: &[&Schema]) -> Result<(), FunctionError> {
	let bounds = condition.bounds();
	check_bounds(&bounds)?;
	let name = &condition.variable;
	check_variable(name, None, selected)?;
	if let Some(scalar) = &condition.is {
		check_variable(name, Some(scalar.ty()), selected)?;
	}
	if bounds != Bounds::default() {
		check_variable(name, Some(VariableType::Integer), selected)?;
	}
	Ok(())
}

fn check_take(take: &Take, selected: &[&Schema]) -> Result<(), FunctionError> {
	match take {
		Take::Messages => Ok(()),
		Take::Values(name) => check_variable(name, Some(VariableType::Integer), selected),
		Take::Durations(Durations {
			variable, from, to, ..
		}) => {
			if from == to {
				return Err(FunctionError::SameEnds);
			}
			check_variable(variable, Some(from.ty()), selected)?;
			check_variable(variable, Some(to.ty()), selected)
		},
	}
}

/// Whether every selected sensor has a variable called `name`, of type `needed` if one is needed.
fn check_variable(
	name: &str,
	needed: Option<VariableType>,
	selected: &[&Schema],
) -> Result<(), FunctionError> {
	for schema in selected {
		match schema.variable(name.as_bytes()) {
			None => return Err(FunctionError::NoSuchVariable(name.into())),
			Some((_, ty)) if needed.is_some_and(|needed| needed != ty) => {
				return Err(FunctionError::WrongType(name.into()))
			},
			Some(_) => (),
		}
	}
	Ok(())
}

fn check_bounds(bounds: &Bounds) -> Result<(), FunctionError> {
	match (bounds.at_least, bounds.at_most) {
		(Some(at_least), Some(at_most)) if at_least > at_most => Err(FunctionError::CrossedBounds),
		_ => Ok(()),
	}
}
