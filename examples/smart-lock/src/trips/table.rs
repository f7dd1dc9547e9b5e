//! The file as a table: lines of UTF-8, in which commas separate fields.

use std::io::Read;

use anyhow::{anyhow, bail, ensure, Context, Result};

/// The columns that a trip file must have, in any order and among any others.
pub const COLUMNS: [&str; 4] = ["bike_id", "start_time", "end_time", "duration_sec"];
/// The most bytes of a file.
const MAX_BYTES: u64 = 256 * 1024 * 1024;
/// What some programs put before UTF-8, and what means nothing anywhere else.
const BYTE_ORDER_MARK: char = '\u{feff}';

/// The text of a file.
pub struct Table(String);

impl Table {
	/// Reads a file. Fails, with the line, if it is not text in UTF-8. A byte order mark at its beginning
	/// is passed over.
	pub fn read(file: impl Read) -> Result<Self> {
		let mut bytes = Vec::new();
		file.take(MAX_BYTES + 1).read_to_end(&mut bytes)?;
		ensure!(
			bytes.len() as u64 <= MAX_BYTES,
			"the file is larger than {MAX_BYTES} bytes"
		);
		if bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]) {
			bail!("line 1: the file is in UTF-16 or UTF-32: save it in UTF-8");
		}
		let text = String::from_utf8(bytes).map_err(|error| {
			let before = &error.as_bytes()[..error.utf8_error().valid_up_to()];
			let line = 1 + before.iter().filter(|byte| **byte == b'\n').count();
			anyhow!("line {line}: this is not UTF-8")
		})?;
		let text = match text.strip_prefix(BYTE_ORDER_MARK) {
			Some(rest) => rest.to_owned(),
			None => text,
		};
		for (index, line) in text.lines().enumerate() {
			check_line(line).with_context(|| format!("line {}", index + 1))?;
		}
		Ok(Self(text))
	}

	/// Each row's line, and its fields in the order of [`COLUMNS`] or what is wrong with them. Empty lines
	/// are none.
	///
	/// Fails if the first line does not name each of the columns once.
	pub fn rows(&self) -> Result<impl Iterator<Item = (u64, Result<[String; 4]>)> + '_> {
		let mut lines = self.0.lines().zip(1..);
		let (header, _) = lines.next().unwrap_or_default();
		let header = split(header).context("line 1")?;
		let columns = find_columns(&header).context("line 1")?;
		let rows = lines.filter(|(line, _)| !line.trim().is_empty());
		Ok(rows.map(move |(line, number)| (number, fields(line, header.len(), &columns))))
	}
}

/// Tells what is no part of a text, but passes for a part of a field: the zeros of another encoding, for
/// one, or the ends of lines of another machine.
fn check_line(line: &str) -> Result<()> {
	let is_odd = |c: &char| (c.is_control() && *c != '\t') || *c == BYTE_ORDER_MARK;
	match line.chars().find(is_odd) {
		Some('\0') => bail!("a NUL byte: the file is damaged, or not in UTF-8"),
		Some(odd) => bail!("the control character U+{:04X}", u32::from(odd)),
		None => Ok(()),
	}
}

/// The fields of one line. A quotation that it does not end ends with it.
fn split(line: &str) -> Result<Vec<String>> {
	let mut reader = csv::ReaderBuilder::new()
		.has_headers(false)
		.trim(csv::Trim::All)
		.buffer_capacity(line.len() + 1)
		.from_reader(line.as_bytes());
	let record = reader.records().next().transpose()?.unwrap_or_default();
	Ok(record.iter().map(str::to_owned).collect())
}

fn find_columns(header: &[String]) -> Result<[usize; 4]> {
	let mut columns = [0; 4];
	for (column, name) in columns.iter_mut().zip(COLUMNS) {
		let mut places = (0..).zip(header).filter(|(_, header)| *header == name);
		let (place, _) = places
			.next()
			.with_context(|| format!("there is no column `{name}`"))?;
		ensure!(places.next().is_none(), "the column `{name}` occurs twice");
		*column = place;
	}
	Ok(columns)
}

fn fields(line: &str, count: usize, columns: &[usize; 4]) -> Result<[String; 4]> {
	let fields = split(line)?;
	ensure!(
		fields.len() == count,
		"{} fields instead of {count}",
		fields.len()
	);
	Ok(columns.map(|column| fields.get(column).cloned().unwrap_or_default()))
}
