use super::*;

const HEADER: &str = "bike_id,start_time,end_time,duration_sec\n";
const GOOD: &str = "1,2019-02-27 10:00:00,2019-02-27 10:00:01,1\n";

fn trips(rows: &str) -> Result<Trips> {
	read(format!("{HEADER}{rows}").as_bytes())
}

fn error(file: impl AsRef<[u8]>) -> String {
	format!("{:#}", read(file.as_ref()).unwrap_err())
}

/// What is said of the rows that are not trips.
fn left_out(rows: &str) -> Vec<String> {
	let left_out = trips(rows).unwrap().left_out;
	left_out.iter().map(LeftOut::to_string).collect()
}

/// The lines of a bicycle's trips.
fn lines(bike: &Bike) -> Vec<u64> {
	bike.trips.iter().map(|trip| trip.line).collect()
}

#[test]
fn a_row_is_a_trip() {
	let trips = trips("7,1970-01-01 00:00:01.2340,1970-01-01 00:01:02.2399,61\n").unwrap();
	let trip = Trip {
		start: 1_234,
		end: 62_239,
		seconds: 61,
		line: 2,
	};
	assert_eq!(trips.bikes[0].id, "7");
	assert_eq!(trips.bikes[0].trips, [trip]);
	assert_eq!(trips.left_out, []);
	assert_eq!(trip.elapsed(), 61);
	assert_eq!(
		trip.to_string(),
		"1970-01-01 00:00:01 to 1970-01-01 00:01:02"
	);
}

#[test]
fn columns_are_found_by_name() {
	let file = "city,duration_sec,end_time, start_time ,bike_id\n\
		\"Oakland, CA\",5,2019-02-27 10:00:05,2019-02-27 10:00:00,x1\n";
	let bikes = read(file.as_bytes()).unwrap().bikes;
	assert_eq!((bikes[0].id.as_str(), bikes[0].trips[0].seconds), ("x1", 5));
}

#[test]
fn the_busiest_come_first_and_their_trips_in_order() {
	let bikes = trips(
		"10,2019-02-27 10:00:00,2019-02-27 10:00:01,1\n\
		 9,2019-02-27 10:00:00,2019-02-27 10:00:01,1\n\
		 8,2019-02-27 11:00:00,2019-02-27 11:00:01,1\n\
		 8,2019-02-27 10:00:00,2019-02-27 10:00:01,1\n",
	)
	.unwrap()
	.bikes;
	let ids: Vec<_> = bikes.iter().map(|bike| bike.id.as_str()).collect();
	assert_eq!(ids, ["8", "9", "10"]);
	assert_eq!(lines(&bikes[0]), [5, 4]);
}

#[test]
fn a_bad_row_is_named_and_left_out() {
	for (row, complaint) in [
		(
			"1,yesterday,2019-02-27 10:00:01,1",
			"`start_time` is not a time like 2019-02-28 17:05:09.1230, but `yesterday`",
		),
		(
			"1,2019-02-27 10:00:00,2019-13-27 10:00:01,1",
			"`end_time` is not a time like 2019-02-28 17:05:09.1230, but `2019-13-27 10:00:01`",
		),
		(
			"1,1969-02-27 10:00:00,2019-12-27 10:00:01,1",
			"`start_time` is not a time like 2019-02-28 17:05:09.1230, but `1969-02-27 10:00:00`",
		),
		(
			"1,2019-02-27 11:00:00,2019-02-27 11:00:01,-1",
			"`duration_sec` is not a whole number of seconds, but `-1`",
		),
		(
			"1,2019-02-27 11:00:00,2019-02-27 11:00:01,1.0",
			"`duration_sec` is not a whole number of seconds, but `1.0`",
		),
		(
			"1,2019-02-27 11:00:01,2019-02-27 11:00:00,1",
			"the trip ends before it starts",
		),
		(
			"1,2019-02-27 11:00:00,2019-02-27 11:00:05,4",
			"the trip took 5 s by its times, but 4 s by `duration_sec`",
		),
		(
			"1,2019-02-27 11:00:00,2019-02-27 11:00:05,6",
			"the trip took 5 s by its times, but 6 s by `duration_sec`",
		),
		(
			",2019-02-27 11:00:00,2019-02-27 11:00:01,1",
			"`bike_id` is empty",
		),
		("1,2019-02-27 11:00:00", "2 fields instead of 4"),
		(
			"1,2019-02-27 11:00:00,2019-02-27 11:00:01,1,1",
			"5 fields instead of 4",
		),
		// A quotation that does not end takes no other row with it.
		(
			"\"1,2019-02-27 11:00:00,2019-02-27 11:00:01,1",
			"1 fields instead of 4",
		),
	] {
		let rows = format!("{GOOD}{row}\n\n2,2019-02-27 10:00:00,2019-02-27 10:00:01,1\n");
		assert_eq!(left_out(&rows), [format!("line 3: {complaint}")]);
		let bikes = trips(&rows).unwrap().bikes;
		let rest: Vec<_> = bikes.iter().map(|bike| (&*bike.id, lines(bike))).collect();
		assert_eq!(rest, [("1", vec![2]), ("2", vec![5])], "the rest: {row}");
	}
}

#[test]
fn an_id_that_was_made_a_number_is_no_id() {
	for id in ["5862.0", "5.862E+03", "1e5", "-5", "+5", "nan", "inf", ".5"] {
		let row = format!("{id},2019-02-27 11:00:00,2019-02-27 11:00:01,1\n");
		assert_eq!(
			left_out(&format!("{GOOD}{row}")),
			[format!(
				"line 3: `bike_id` is `{id}`: a number that is not whole, or not written as an id is"
			)]
		);
	}
	for id in [
		"\"5,862\"",
		"5 862",
		"5862\u{200b}",
		"\u{661}",
		"caf\u{e9}",
		&"x".repeat(65),
	] {
		let row = format!("{id},2019-02-27 11:00:00,2019-02-27 11:00:01,1\n");
		let complaint = left_out(&format!("{GOOD}{row}")).concat();
		assert!(
			complaint.contains("not up to 64 letters and digits"),
			"{complaint}"
		);
	}
	for id in ["0", "007", "18446744073709551616", "x-1_b"] {
		let bikes = trips(&GOOD.replacen('1', id, 1)).unwrap().bikes;
		assert_eq!(bikes[0].id, id);
	}
}

#[test]
fn of_trips_that_overlap_the_first_counts() {
	let overlap = "1,2019-02-27 10:00:00,2019-02-27 10:10:00,600\n\
		2,2019-02-27 10:05:00,2019-02-27 10:10:00,300\n\
		1,2019-02-27 10:09:59,2019-02-27 10:20:00,601\n\
		1,2019-02-27 10:15:00,2019-02-27 10:20:00,300\n\
		2,2019-02-27 10:05:00,2019-02-27 10:10:00,300\n";
	assert_eq!(
		left_out(overlap),
		[
			"line 4: the trip overlaps the one in line 2 of bicycle 1",
			"line 6: the trip overlaps the one in line 3 of bicycle 2",
		]
	);
	let bikes = trips(overlap).unwrap().bikes;
	assert_eq!(
		bikes.iter().map(lines).collect::<Vec<_>>(),
		[vec![2, 5], vec![3]]
	);
	let touching = "1,2019-02-27 10:00:00,2019-02-27 10:10:00,600\n\
		1,2019-02-27 10:10:00,2019-02-27 10:20:00,600\n";
	assert_eq!(trips(touching).unwrap().bikes[0].trips.len(), 2);
}

#[test]
fn a_night_on_which_clocks_change_costs_the_trips_of_that_hour() {
	// Times are those on the wall: at two they are set to three, or back to one.
	let spring = "1,2019-03-10 01:00:00.0000,2019-03-10 01:10:00.0000,600\n\
		1,2019-03-10 01:50:00.0000,2019-03-10 03:10:00.0000,1200\n\
		1,2019-03-10 10:00:00.0000,2019-03-10 10:05:00.0000,300\n\
		1,2019-03-10 11:00:00.0000,2019-03-10 11:05:00.0000,300\n";
	assert_eq!(
		left_out(spring),
		["line 3: the trip took 4800 s by its times, but 1200 s by `duration_sec`"]
	);
	assert_eq!(lines(&trips(spring).unwrap().bikes[0]), [2, 4, 5]);
	let fall = "1,2019-11-03 01:50:00.0000,2019-11-03 01:10:00.0000,1200\n\
		1,2019-11-03 10:00:00.0000,2019-11-03 10:05:00.0000,300\n";
	assert_eq!(left_out(fall), ["line 2: the trip ends before it starts"]);
	assert_eq!(lines(&trips(fall).unwrap().bikes[0]), [3]);
}

#[test]
fn a_column_is_there_once() {
	let twice = "bike_id,start_time,end_time,duration_sec,bike_id\n\
		1,2019-11-03 10:00:00,2019-11-03 10:05:00,300,2\n";
	assert_eq!(error(twice), "line 1: the column `bike_id` occurs twice");
	let spaced = "end_time,bike_id,start_time,end_time ,duration_sec\n";
	assert_eq!(error(spaced), "line 1: the column `end_time` occurs twice");
	let harmless = "note,bike_id,start_time,end_time,duration_sec,note\n\
		a,1,2019-11-03 10:00:00,2019-11-03 10:05:00,300,b\n";
	assert_eq!(read(harmless.as_bytes()).unwrap().bikes[0].id, "1");
}

#[test]
fn a_text_in_another_encoding_is_refused() {
	let text = format!("{HEADER}{GOOD}");
	let utf16 = |to_bytes: fn(u16) -> [u8; 2], mark: &str| {
		let text = format!("{mark}{text}");
		text.encode_utf16().flat_map(to_bytes).collect::<Vec<_>>()
	};
	for to_bytes in [u16::to_le_bytes as fn(u16) -> [u8; 2], u16::to_be_bytes] {
		assert_eq!(
			error(utf16(to_bytes, "\u{feff}")),
			"line 1: the file is in UTF-16 or UTF-32: save it in UTF-8"
		);
		assert_eq!(
			error(utf16(to_bytes, "")),
			"line 1: a NUL byte: the file is damaged, or not in UTF-8"
		);
	}
	let latin = [text.as_bytes(), b"Z\xfcrich,,,\n"].concat();
	assert_eq!(error(latin), "line 3: this is not UTF-8");
}

#[test]
fn what_is_no_text_is_refused() {
	let nul = format!("{HEADER}{}{GOOD}", GOOD.replacen('1', "1\0", 1));
	assert_eq!(
		error(nul),
		"line 2: a NUL byte: the file is damaged, or not in UTF-8"
	);
	for (odd, name) in [
		("\r", "000D"),
		("\u{1b}", "001B"),
		("\u{85}", "0085"),
		("\u{feff}", "FEFF"),
	] {
		let file = format!("{HEADER}{GOOD}2{odd},2019-02-27 10:00:00,2019-02-27 10:00:01,1\n");
		assert_eq!(
			error(file),
			format!("line 3: the control character U+{name}")
		);
	}
	// As old machines ended their lines, the file would be one line.
	let old = format!("{HEADER}{GOOD}").replace('\n', "\r");
	assert_eq!(error(old), "line 1: the control character U+000D");
	assert!(error(format!("\u{feff}\u{feff}{HEADER}{GOOD}")).contains("U+FEFF"));
}

#[test]
fn a_byte_order_mark_and_other_ends_of_lines_mean_nothing() {
	let plain = trips(GOOD).unwrap();
	let file = format!("\u{feff}{HEADER}{GOOD}").replace('\n', "\r\n");
	assert_eq!(read(file.as_bytes()).unwrap(), plain);
	let cut = format!("{HEADER}{GOOD}");
	assert_eq!(read(cut.trim_end().as_bytes()).unwrap(), plain);
}

#[test]
fn a_file_without_trips_or_columns_is_refused() {
	assert_eq!(error(HEADER), "the file holds no trips");
	assert_eq!(error(""), "line 1: there is no column `bike_id`");
	assert_eq!(
		error("bike,start_time,end_time,duration_sec\n"),
		"line 1: there is no column `bike_id`"
	);
	assert_eq!(
		error(format!("{HEADER}\n,,,\n")),
		"no row of the file is a trip, line 3: `bike_id` is empty"
	);
}

#[test]
fn the_trips_that_come_with_the_example_are_sound() {
	let trips = read(&include_bytes!("../../data/trips.csv")[..]).unwrap();
	let bikes = trips.bikes;
	assert_eq!(trips.left_out, []);
	assert_eq!(bikes.len(), 24);
	assert_eq!((bikes[0].id.as_str(), bikes[0].trips.len()), ("5862", 19));
	assert!(bikes
		.iter()
		.flat_map(|bike| &bike.trips)
		.all(|trip| trip.elapsed() == trip.seconds));
}
