//! The trips in a trip file.
//!
//! A file that is no table with the columns of trips is refused. A row that says nothing, or contradicts
//! itself or another row, is left out, and whoever reads the file is told which and why: what it says must
//! not be settled, and the other rows are none the worse for it.

use std::{collections::BTreeMap, fmt, io::Read};

use anyhow::{bail, ensure, Context, Result};
use chrono::NaiveDateTime;
use serde::Serialize;
use syngraph_primitives::Timestamp;

mod table;
#[cfg(test)]
mod tests;

use table::{Table, COLUMNS};

/// How the file writes points in time.
const TIME: &str = "%Y-%m-%d %H:%M:%S%.f";
/// The most characters of a bicycle's name.
const MAX_ID: usize = 64;

/// A trip of a bicycle.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Trip {
	/// When it was unlocked: the file's local time, read as if it were UTC.
	pub start: Timestamp,
	/// When it was locked again.
	pub end: Timestamp,
	/// How long the trip was, as the file says.
	pub seconds: u64,
	/// Where it stands in the file.
	pub line: u64,
}

impl Trip {
	/// How many full seconds lie between the two points in time.
	pub fn elapsed(&self) -> u64 {
		self.end.saturating_sub(self.start) / 1_000
	}
}

impl fmt::Display for Trip {
	fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
		let time = |timestamp: Timestamp| {
			i64::try_from(timestamp)
				.ok()
				.and_then(chrono::DateTime::from_timestamp_millis)
				.map_or_else(String::new, |time| {
					time.format("%Y-%m-%d %H:%M:%S").to_string()
				})
		};
		write!(f, "{} to {}", time(self.start), time(self.end))
	}
}

/// A bicycle and its trips in the order of time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bike {
	/// Its name in the file.
	pub id: String,
	/// Its trips; at least one.
	pub trips: Vec<Trip>,
}

/// A row that is no trip.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct LeftOut {
	/// Where it stands in the file.
	pub line: u64,
	/// What is wrong with it.
	pub reason: String,
}

impl fmt::Display for LeftOut {
	fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
		write!(f, "line {}: {}", self.line, self.reason)
	}
}

/// What a trip file holds.
#[derive(Debug, PartialEq, Eq)]
pub struct Trips {
	/// Its bicycles, the busiest first; at least one.
	pub bikes: Vec<Bike>,
	/// The rows that are not trips, in the order of the file.
	pub left_out: Vec<LeftOut>,
}

/// Reads a trip file.
///
/// Fails, with the line, if it is no table in UTF-8 with each of the columns once, or if no row is a trip.
pub fn read(file: impl Read) -> Result<Trips> {
	let table = Table::read(file)?;
	let mut left_out = Vec::new();
	let mut bikes: BTreeMap<String, Vec<Trip>> = BTreeMap::new();
	for (line, row) in table.rows()? {
		match row.and_then(|row| parse(&row, line)) {
			Ok((bike, trip)) => bikes.entry(bike).or_default().push(trip),
			Err(reason) => left_out.push(LeftOut {
				line,
				reason: format!("{reason:#}"),
			}),
		}
	}
	let mut bikes: Vec<Bike> = bikes
		.into_iter()
		.map(|(id, trips)| in_order(id, trips, &mut left_out))
		.collect();
	left_out.sort();
	if bikes.is_empty() {
		match left_out.first() {
			Some(first) => bail!("no row of the file is a trip, {first}"),
			None => bail!("the file holds no trips"),
		}
	}
	// By length first, so that numbers are in the order of numbers.
	bikes.sort_by(|a, b| {
		let key = |bike: &Bike| (usize::MAX - bike.trips.len(), bike.id.len());
		key(a).cmp(&key(b)).then_with(|| a.id.cmp(&b.id))
	});
	Ok(Trips { bikes, left_out })
}

/// Reads the fields of a row, in the order of [`COLUMNS`].
fn parse([id, start, end, duration]: &[String; 4], line: u64) -> Result<(String, Trip)> {
	check_id(id)?;
	let seconds = duration.parse().ok().with_context(|| {
		format!("`duration_sec` is not a whole number of seconds, but `{duration}`")
	})?;
	let trip = Trip {
		start: time(COLUMNS[1], start)?,
		end: time(COLUMNS[2], end)?,
		seconds,
		line,
	};
	ensure!(trip.start <= trip.end, "the trip ends before it starts");
	// As on a night when the clocks are changed, if the file's times are those on the wall.
	ensure!(
		trip.elapsed() == trip.seconds,
		"the trip took {} s by its times, but {} s by `duration_sec`",
		trip.elapsed(),
		trip.seconds
	);
	Ok((id.clone(), trip))
}

/// Whether a bicycle may be called this. What a spreadsheet makes of an id, such as `5862.0` or `5.86E+03`,
/// would be another bicycle.
fn check_id(id: &str) -> Result<()> {
	ensure!(!id.is_empty(), "`bike_id` is empty");
	let is_number = id.bytes().all(|byte| byte.is_ascii_digit());
	ensure!(
		is_number || id.parse::<f64>().is_err(),
		"`bike_id` is `{id}`: a number that is not whole, or not written as an id is"
	);
	let is_id = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
	ensure!(
		id.bytes().all(is_id) && id.len() <= MAX_ID,
		"`bike_id` is `{id}`, not up to {MAX_ID} letters and digits of ASCII, `-` and `_`"
	);
	Ok(())
}

fn time(column: &str, text: &str) -> Result<Timestamp> {
	NaiveDateTime::parse_from_str(text, TIME)
		.ok()
		.and_then(|time| Timestamp::try_from(time.and_utc().timestamp_millis()).ok())
		.with_context(|| {
			format!("`{column}` is not a time like 2019-02-28 17:05:09.1230, but `{text}`")
		})
}

/// Puts a bicycle's trips in order. Of two that overlap, the one that starts later is left out.
fn in_order(id: String, mut trips: Vec<Trip>, left_out: &mut Vec<LeftOut>) -> Bike {
	trips.sort_by_key(|trip| (trip.start, trip.end, trip.line));
	let mut kept: Vec<Trip> = Vec::with_capacity(trips.len());
	for trip in trips {
		match kept.last() {
			Some(before) if trip.start < before.end => left_out.push(LeftOut {
				line: trip.line,
				reason: format!(
					"the trip overlaps the one in line {} of bicycle {id}",
					before.line
				),
			}),
			_ => kept.push(trip),
		}
	}
	Bike { id, trips: kept }
}
