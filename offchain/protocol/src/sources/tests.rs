//! What remains of windows, and the versions of their sources.

use super::*;
use alloc::vec;
use proptest::{collection::vec, prelude::*};
use sp_core::ed25519;
use syngraph_primitives::Kind;

const SHAPE: WindowShape = WindowShape { size: 4, slide: 2 };

fn key(n: u8) -> ed25519::Public {
	ed25519::Public::from_raw([n; 32])
}

fn keys() -> SensorKeys<u32> {
	SensorKeys::new(0, key(1))
}

/// A feed that begins with number 10 in window 1.
fn feed() -> Feed {
	Feed {
		sensor: 7,
		since: 1,
		start: 10,
	}
}

fn part(window: WindowIndex, keys: &SensorKeys<u32>, known: u32) -> Option<Vec<Sequence>> {
	let part = Part::new(&feed(), &SHAPE, window, keys, known)?;
	let numbers: Vec<_> = part.numbers().collect();
	assert_eq!(part.sensor, 7);
	assert_eq!(part.count() as usize, numbers.len());
	Some(numbers)
}

#[test]
fn void_numbers_are_left_out_from_when_the_chain_knew() {
	let mut keys = keys();
	keys.convict(Some(13), 20);
	keys.rotate(14, 21, key(2)).unwrap();
	keys.convict(Some(15), 30);
	assert_eq!(part(2, &keys, 19), Some(vec![12, 13, 14, 15]));
	assert_eq!(part(2, &keys, 20), Some(vec![12, 14, 15]));
	assert_eq!(part(2, &keys, 30), Some(vec![12, 14]));
	assert_eq!(part(1, &keys, 30), Some(vec![10, 11, 12]));
	assert_eq!(part(4, &keys, 30), Some(vec![16, 17, 18, 19]));
}

#[test]
fn a_part_can_be_empty() {
	let shape = WindowShape { size: 2, slide: 2 };
	let mut keys = keys();
	keys.convict(Some(10), 1);
	keys.rotate(11, 1, key(2)).unwrap();
	keys.convict(Some(11), 1);
	let part = Part::new(&feed(), &shape, 1, &keys, 1).unwrap();
	assert_eq!((part.count(), part.numbers().next()), (0, None));
}

#[test]
fn there_is_no_part_before_the_first_window_or_beyond_the_last_number() {
	assert_eq!(part(0, &keys(), 0), None);
	assert_eq!(part(u64::MAX, &keys(), 0), None);
	let feed = Feed {
		start: Sequence::MAX - 3,
		..feed()
	};
	assert!(Part::new(&feed, &SHAPE, 1, &keys(), 0).is_none());
}

#[test]
fn a_message_counts_if_its_time_lies_within_both_bounds() {
	let at = |timestamp| Message {
		sensor: 7,
		kind: Kind::default(),
		sequence: 0,
		timestamp,
		values: Default::default(),
	};
	let timely = |time| is_timely((1_000, 2_000), &at(time));
	assert!([1_000, 1_500, 2_000].into_iter().all(timely));
	// A device that had no time yet says 1970.
	assert!(![0, 999, 2_001, u64::MAX].into_iter().any(timely));
	assert!([0, u64::MAX]
		.into_iter()
		.all(|time| is_timely((0, u64::MAX), &at(time))));
}

fn version_of(replaced: u32, window: WindowIndex, keys: &[SensorKeys<u32>]) -> Option<u32> {
	let feeds = vec![feed(); keys.len()];
	version(replaced, &feeds, &SHAPE, window, keys)
}

#[test]
fn a_version_tells_apart_what_was_known_of_the_sources() {
	let mut keys = [keys(), keys()];
	let versions = |keys: &[_]| [1, 2, 3].map(|window| version_of(0, window, keys));
	assert_eq!(versions(&keys), [Some(2); 3]);
	keys[1].convict(Some(11), 5);
	assert_eq!(versions(&keys), [Some(3), Some(2), Some(2)]);
	keys[1].rotate(15, 6, key(2)).unwrap();
	assert_eq!(versions(&keys), [Some(3), Some(3), Some(3)]);
	keys[0].revoke(16, 7).unwrap();
	assert_eq!(versions(&keys), [Some(3), Some(3), None]);
}

#[test]
fn a_version_never_shrinks_when_a_sensor_is_replaced() {
	let mut old = keys();
	for n in 0..6 {
		old.rotate(u64::from(n) + 1, n, key(n as u8 + 2)).unwrap();
	}
	let before = version_of(0, 1, &[old]).unwrap();
	let after = version_of(1, 1, &[keys()]).unwrap();
	assert!(after > before);
	let again = version_of(2, 1, &[keys()]).unwrap();
	assert!(again > after);
}

#[test]
fn nothing_settles_that_lacks_a_message_for_good() {
	assert_eq!(version_of(0, 0, &[keys()]), None, "before its first window");
	assert_eq!(version_of(0, u64::MAX, &[keys()]), None);
	assert_eq!(version_of(u32::MAX, 1, &[keys()]), None);
	let feeds = [feed(), feed()];
	assert_eq!(version(0, &feeds, &SHAPE, 1, &[keys()]), None);
	// The oldest keys are forgotten in the end: what they signed cannot be shown any more.
	let mut forgotten = keys();
	for n in 1..=8 {
		assert!(version_of(0, 1, &[forgotten.clone()]).is_some());
		forgotten
			.rotate(11 + u64::from(n), n, key(n as u8 + 1))
			.unwrap();
	}
	assert_eq!(version_of(0, 1, &[forgotten.clone()]), None);
	assert!(version_of(0, 2, &[forgotten]).is_some());
}

#[test]
fn what_was_shown_has_a_key_of_its_own() {
	let key = shown_key(1, 2);
	assert_ne!(key, shown_key(2, 1));
	assert_eq!(key.len(), b"syngraph/shown/".len() + 16);
	assert!(key.starts_with(b"syngraph/shown/"));
}

proptest! {
	/// Whatever becomes known, a version tells whether a window has the messages that it had.
	#[test]
	fn what_has_one_version_has_the_same_messages(
		events in vec((0u8..3, 0u64..30), 0..12),
		window in 1u64..8,
	) {
		let mut keys = keys();
		let seen = |keys: &SensorKeys<u32>, now| {
			let part = Part::new(&feed(), &SHAPE, window, keys, now).unwrap();
			let messages: Vec<_> =
				part.numbers().map(|number| (number, keys.key(number).cloned())).collect();
			(version_of(0, window, core::slice::from_ref(keys)), messages)
		};
		for (now, (event, number)) in (1u32..).zip(events) {
			let (before, messages) = seen(&keys, now - 1);
			match event {
				0 => drop(keys.convict(Some(number), now)),
				1 => drop(keys.rotate(number, now, key(now as u8 + 1))),
				_ => drop(keys.revoke(number, now)),
			}
			let (after, others) = seen(&keys, now);
			match (before, after) {
				(Some(before), Some(after)) => {
					prop_assert!(after >= before);
					prop_assert!(after > before || others == messages);
				},
				(None, after) => prop_assert_eq!(after, None),
				(Some(_), None) => (),
			}
			// What was known before is known as it was.
			let then = Part::new(&feed(), &SHAPE, window, &keys, now - 1).unwrap();
			let numbers = messages.iter().map(|(number, _)| *number);
			prop_assert!(then.numbers().eq(numbers));
		}
	}
}
