//! What a sound function does on windows of a shape, and few would expect.
//!
//! Windows are cut by counting messages. So in which windows something counts depends on how many messages
//! came before it, and one message more than was expected, say a state that a device reports twice, moves
//! everything after it by one place for good. Where each number counts in equally many windows, wherever it
//! stands, that does no harm. Where it does not, the agreement can go wrong from one message on without
//! anybody being at fault.

use alloc::{string::String, vec, vec::Vec};
use codec::{Decode, Encode};
use core::fmt;
use scale_info::TypeInfo;
use syngraph_primitives::{Schema, WindowShape, MAX_WINDOW_MESSAGES};

use super::language::{Aggregate, Durations, Pipeline, Scalar, Take};

/// Something about a function and the shape of its windows that its users should know before they sign.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, TypeInfo)]
pub enum Warning {
	/// A window holds one message of each sensor, and never both ends of a duration: its result is that
	/// of no durations.
	NoDurations,
	/// By where it stands among the messages, a number counts in more windows or in fewer, or in none:
	/// one message too many, and other numbers count.
	Shifts {
		/// Whether the numbers are durations, not those of single messages.
		durations: bool,
		/// In how many windows a number counts at least.
		least: u32,
		/// In how many it counts at most.
		most: u32,
		/// Whether one message can move all durations, of a device that reports nothing twice otherwise, to
		/// where they count in no window.
		all: bool,
		/// The size with which each counts once, if a window may be as large.
		better: Option<u32>,
	},
	/// Other messages may lie between the two ends of a duration, because the variable has more values
	/// than two, or because `where` passes over messages: so a window may end between them, whatever its
	/// shape, and the duration counts in none.
	Apart {
		/// The variable.
		variable: String,
	},
}

/// What the users of an agreement should know, before they sign, about what the function does with windows
/// of this shape.
///
/// The function must have passed [`Pipeline::check`] for these sensors. That nothing is warned of does not
/// mean that it computes what was wanted.
pub fn warnings(function: &Pipeline, schemas: &[Schema], window: &WindowShape) -> Vec<Warning> {
	let warning = match &function.take {
		Take::Durations(_) if window.size < 2 => Some(Warning::NoDurations),
		Take::Durations(durations) if !has_neighbouring_ends(function, durations) => {
			Some(Warning::Apart {
				variable: durations.variable.clone(),
			})
		},
		_ => shifts(function, schemas.len(), window),
	};
	warning.map_or_else(Vec::new, |warning| vec![warning])
}

/// Whether a duration's ends are always two messages of which one follows the other: each message is an
/// end then.
fn has_neighbouring_ends(function: &Pipeline, durations: &Durations) -> bool {
	function.select.condition.is_none() && matches!(durations.from, Scalar::Bool(_))
}

fn shifts(function: &Pipeline, sensors: usize, window: &WindowShape) -> Option<Warning> {
	let durations = matches!(function.take, Take::Durations(_));
	// How many messages in a row make a number, less one.
	let more = u32::from(durations);
	// At how many of the places in a window a number can begin. With each window they move on by `slide`.
	let places = window.size.saturating_sub(more);
	let least = places.checked_div(window.slide)?;
	let most = places.div_ceil(window.slide);
	// That a number counts twice here and once there does no harm to the least, the greatest or the mean.
	let adds_up = matches!(function.aggregate, Aggregate::Count | Aggregate::Sum);
	if least == most || (least > 0 && !adds_up) {
		return None;
	}
	let better = window.slide.saturating_add(more);
	let all = better.saturating_mul(sensors as u32);
	Some(Warning::Shifts {
		durations,
		least,
		most,
		// Every other message of such a device begins a duration.
		all: durations && places == 1 && window.slide.is_multiple_of(2),
		better: (all <= MAX_WINDOW_MESSAGES).then_some(better),
	})
}

impl fmt::Display for Warning {
	fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
		match self {
			Self::NoDurations => {
				f.write_str("windows of one message never hold both ends of a duration")
			},
			Self::Shifts {
				durations,
				least,
				most,
				all,
				better,
			} => {
				let what = if *durations { "duration" } else { "message" };
				write!(
					f,
					"by its place among the messages, a {what} counts in {least} or in {most} windows; one \
					 message too many moves all later ones for good"
				)?;
				if *all {
					f.write_str(", so that none may count any more")?;
				}
				match better {
					Some(size) => write!(f, "; with a window size of {size} each counts once"),
					None => Ok(()),
				}
			},
			Self::Apart { variable } => write!(
				f,
				"other messages may lie between the ends of a duration of `{variable}`; it counts in no \
				 window if one ends between them"
			),
		}
	}
}
