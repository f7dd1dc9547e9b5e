//! The trip file.

use std::{
	collections::BTreeMap,
	fmt,
	io::{self, Read},
};

use anyhow::{bail, ensure, Context, Result};
use chrono::NaiveDateTime;
use csv::StringRecord;
use syngraph_primitives::Timestamp;

/// The columns that a trip file must have, in any order and among any others.
const COLUMNS: [&str; 4] = ["bike_id", "start_time", "end_time", "duration_sec"];
/// How the file writes points in time.
const TIME: &str = "%Y-%m-%d %H:%M:%S%.f";

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

/// Reads a trip file: all its bicycles, the busiest first.
pub fn read(file: impl Read) -> Result<Vec<Bike>> {
	let mut reader = csv::Reader::from_reader(file);
	let columns = find_columns(reader.headers()?)?;
	let mut bikes: BTreeMap<String, Vec<Trip>> = BTreeMap::new();
	for record in reader.records() {
		let record = record.map_err(explain)?;
		let line = record.position().map_or(0, csv::Position::line);
		let (bike, trip) =
			parse(&record, &columns, line).with_context(|| format!("line {line}"))?;
		bikes.entry(bike).or_default().push(trip);
	}
	ensure!(!bikes.is_empty(), "the file holds no trips");
	let mut bikes: Vec<Bike> = bikes
		.into_iter()
		.map(|(id, trips)| in_order(id, trips))
		.collect::<Result<_>>()?;
	// By length first, so that numbers are in the order of numbers.
	bikes.sort_by(|a, b| {
		let key = |bike: &Bike| (usize::MAX - bike.trips.len(), bike.id.len());
		key(a).cmp(&key(b)).then_with(|| a.id.cmp(&b.id))
	});
	Ok(bikes)
}

fn find_columns(headers: &StringRecord) -> Result<[usize; 4]> {
	let mut columns = [0; 4];
	for (column, name) in columns.iter_mut().zip(COLUMNS) {
		*column = headers
			.iter()
			.position(|header| header.trim() == name)
			.with_context(|| format!("line 1: there is no column `{name}`"))?;
	}
	Ok(columns)
}

fn parse(record: &StringRecord, columns: &[usize; 4], line: u64) -> Result<(String, Trip)> {
	let field = |i: usize| record.get(columns[i]).unwrap_or_default().trim();
	let time = |i: usize| {
		let millis = NaiveDateTime::parse_from_str(field(i), TIME)
			.map(|time| time.and_utc().timestamp_millis());
		let timestamp = millis
			.ok()
			.and_then(|millis| Timestamp::try_from(millis).ok());
		timestamp.with_context(|| {
			let (name, found) = (COLUMNS[i], field(i));
			format!("`{name}` is not a time like 2019-02-28 17:05:09.1230, but `{found}`")
		})
	};
	ensure!(!field(0).is_empty(), "`bike_id` is empty");
	let seconds = field(3).parse().ok().with_context(|| {
		format!(
			"`duration_sec` is not a whole number of seconds, but `{}`",
			field(3)
		)
	})?;
	let trip = Trip {
		start: time(1)?,
		end: time(2)?,
		seconds,
		line,
	};
	ensure!(trip.start <= trip.end, "the trip ends before it starts");
	Ok((field(0).into(), trip))
}

/// Puts a bicycle's trips in order, and refuses any that overlap.
fn in_order(id: String, mut trips: Vec<Trip>) -> Result<Bike> {
	trips.sort_by_key(|trip| (trip.start, trip.end));
	for (one, next) in trips.iter().zip(trips.iter().skip(1)) {
		if next.start < one.end {
			let (later, earlier) = (next.line.max(one.line), next.line.min(one.line));
			bail!("line {later}: the trip overlaps the one in line {earlier} of bicycle {id}");
		}
	}
	Ok(Bike { id, trips })
}

/// Says in which line the file is no table.
fn explain(error: csv::Error) -> anyhow::Error {
	let line = error.position().map_or(0, csv::Position::line);
	match error.kind() {
		csv::ErrorKind::UnequalLengths {
			expected_len, len, ..
		} => anyhow::anyhow!("line {line}: {len} fields instead of {expected_len}"),
		csv::ErrorKind::Utf8 { .. } => anyhow::anyhow!("line {line}: not UTF-8"),
		csv::ErrorKind::Io(error) if error.kind() == io::ErrorKind::IsADirectory => {
			anyhow::anyhow!("it is a folder")
		},
		_ => error.into(),
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	const HEADER: &str = "bike_id,start_time,end_time,duration_sec\n";

	fn bikes(rows: &str) -> Result<Vec<Bike>> {
		read(format!("{HEADER}{rows}").as_bytes())
	}

	fn error(rows: &str) -> String {
		format!("{:#}", bikes(rows).unwrap_err())
	}

	#[test]
	fn a_row_is_a_trip() {
		let bikes = bikes("7,1970-01-01 00:00:01.2340,1970-01-01 00:01:02.2399,61\n").unwrap();
		let trip = Trip {
			start: 1_234,
			end: 62_239,
			seconds: 61,
			line: 2,
		};
		assert_eq!(bikes[0].id, "7");
		assert_eq!(bikes[0].trips, [trip]);
		assert_eq!(trip.elapsed(), 61);
		assert_eq!(
			trip.to_string(),
			"1970-01-01 00:00:01 to 1970-01-01 00:01:02"
		);
	}

	#[test]
	fn columns_are_found_by_name() {
		let file = "city,duration_sec,end_time,start_time,bike_id\n\
			Oakland,5,2019-02-27 10:00:05,2019-02-27 10:00:00,x1\n";
		let bikes = read(file.as_bytes()).unwrap();
		assert_eq!((bikes[0].id.as_str(), bikes[0].trips[0].seconds), ("x1", 5));
	}

	#[test]
	fn the_busiest_come_first_and_their_trips_in_order() {
		let bikes = bikes(
			"10,2019-02-27 10:00:00,2019-02-27 10:00:01,1\n\
			 9,2019-02-27 10:00:00,2019-02-27 10:00:01,1\n\
			 8,2019-02-27 11:00:00,2019-02-27 11:00:01,1\n\
			 8,2019-02-27 10:00:00,2019-02-27 10:00:01,1\n",
		)
		.unwrap();
		let ids: Vec<_> = bikes.iter().map(|bike| bike.id.as_str()).collect();
		assert_eq!(ids, ["8", "9", "10"]);
		assert_eq!(
			bikes[0]
				.trips
				.iter()
				.map(|trip| trip.line)
				.collect::<Vec<_>>(),
			[5, 4]
		);
	}

	#[test]
	fn a_bad_row_is_named() {
		let good = "1,2019-02-27 10:00:00,2019-02-27 10:00:01,1\n";
		for (row, complaint) in [
			("1,yesterday,2019-02-27 10:00:01,1", "line 3: `start_time` is not a time like 2019-02-28 17:05:09.1230, but `yesterday`"),
			("1,2019-02-27 10:00:00,2019-13-27 10:00:01,1", "line 3: `end_time` is not a time like 2019-02-28 17:05:09.1230, but `2019-13-27 10:00:01`"),
			("1,1969-02-27 10:00:00,2019-12-27 10:00:01,1", "line 3: `start_time` is not a time like 2019-02-28 17:05:09.1230, but `1969-02-27 10:00:00`"),
			("1,2019-02-27 11:00:00,2019-02-27 11:00:01,-1", "line 3: `duration_sec` is not a whole number of seconds, but `-1`"),
			("1,2019-02-27 11:00:01,2019-02-27 11:00:00,1", "line 3: the trip ends before it starts"),
			(",2019-02-27 11:00:00,2019-02-27 11:00:01,1", "line 3: `bike_id` is empty"),
			("1,2019-02-27 11:00:00", "line 3: 2 fields instead of 4"),
		] {
			assert_eq!(error(&format!("{good}{row}\n")), complaint);
		}
	}

	#[test]
	fn overlapping_trips_of_a_bicycle_are_refused() {
		let overlap = "1,2019-02-27 10:00:00,2019-02-27 10:10:00,600\n\
			2,2019-02-27 10:05:00,2019-02-27 10:10:00,300\n\
			1,2019-02-27 10:09:59,2019-02-27 10:20:00,601\n";
		assert_eq!(
			error(overlap),
			"line 4: the trip overlaps the one in line 2 of bicycle 1"
		);
		let touching = "1,2019-02-27 10:00:00,2019-02-27 10:10:00,600\n\
			1,2019-02-27 10:10:00,2019-02-27 10:20:00,600\n";
		assert_eq!(bikes(touching).unwrap()[0].trips.len(), 2);
	}

	#[test]
	fn a_file_without_trips_or_columns_is_refused() {
		assert_eq!(error(""), "the file holds no trips");
		let other = read("bike,start_time,end_time,duration_sec\n".as_bytes());
		assert_eq!(
			other.unwrap_err().to_string(),
			"line 1: there is no column `bike_id`"
		);
	}

	#[test]
	fn the_trips_that_come_with_the_example_are_sound() {
		let bikes = read(&include_bytes!("../data/trips.csv")[..]).unwrap();
		assert_eq!(bikes.len(), 24);
		assert_eq!((bikes[0].id.as_str(), bikes[0].trips.len()), ("5862", 19));
		assert!(bikes
			.iter()
			.flat_map(|bike| &bike.trips)
			.all(|trip| trip.elapsed() == trip.seconds));
	}
}
