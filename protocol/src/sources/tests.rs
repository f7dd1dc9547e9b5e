//! What remains of windows, and the versions of their sources.

use super::*;
use alloc::vec;
use proptest::{collection::vec, prelude::*};
use sp_core::{ed25519, H256};
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
	keys.convict(13, 20);
	keys.rotate(14, 21, key(2)).unwrap();
	keys.convict(15, 30);
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
	keys.convict(10, 1);
	keys.rotate(11, 1, key(2)).unwrap();
	keys.convict(11, 1);
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

/// What is seen in messages that say anything.
const GROUNDS: H256 = H256([3; 32]);

fn version(
	replaced: u32,
	feeds: &[Feed],
	window: WindowIndex,
	keys: &[SensorKeys<u32>],
) -> Option<SourceVersion> {
	let facts = Facts::new(replaced, GROUNDS, feeds, &SHAPE, window, keys);
	facts.map(|facts| facts.version())
}

fn version_of(
	replaced: u32,
	window: WindowIndex,
	keys: &[SensorKeys<u32>],
) -> Option<SourceVersion> {
	version(replaced, &vec![feed(); keys.len()], window, keys)
}

fn changes(window: WindowIndex, keys: &[SensorKeys<u32>]) -> Option<u32> {
	Some(version_of(0, window, keys)?.changes)
}

#[test]
fn a_version_tells_apart_what_was_known_of_the_sources() {
	let mut keys = [keys(), keys()];
	let versions = |keys: &[_]| [1, 2, 3].map(|window| changes(window, keys));
	assert_eq!(versions(&keys), [Some(2); 3]);
	keys[1].convict(13, 5);
	assert_eq!(versions(&keys), [Some(3), None, None]);
	keys[1].rotate(15, 6, key(2)).unwrap();
	assert_eq!(versions(&keys), [Some(3), Some(5), Some(4)]);
	keys[0].revoke(16, 7).unwrap();
	assert_eq!(versions(&keys), [Some(3), Some(5), None]);
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
	assert_eq!(version(0, &feeds, 1, &[keys()]), None);
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

/// A sensor of which one thing became known in one block, whatever that is.
fn branch(learn: impl FnOnce(&mut SensorKeys<u32>)) -> SensorKeys<u32> {
	let mut keys = keys();
	learn(&mut keys);
	keys
}

#[test]
fn what_two_branches_know_has_two_versions() {
	let apart = |left: &[SensorKeys<u32>], right: &[SensorKeys<u32>]| {
		let both = [left, right].map(|keys| version_of(0, 1, keys).unwrap());
		assert_eq!(both[0].changes, both[1].changes);
		assert_ne!(both[0], both[1]);
	};
	// Each makes another number void.
	let void = |number| {
		branch(|keys| {
			keys.convict(number, 5);
			keys.rotate(9, 5, key(9)).unwrap();
		})
	};
	assert_ne!(part(1, &void(11), 5), part(1, &void(12), 5));
	apart(&[void(11)], &[void(12)]);
	// Each takes another rotation of those that one account signed with one nonce.
	let rotated = |from, to| {
		branch(|keys| {
			keys.rotate(from, 5, key(to)).unwrap();
		})
	};
	apart(&[rotated(11, 2)], &[rotated(12, 2)]);
	apart(&[rotated(11, 2)], &[rotated(11, 3)]);
	apart(&[rotated(9, 2)], &[rotated(9, 3)]);
	// Each makes a number of one sensor void, and not of the other.
	apart(&[void(11), keys()], &[keys(), void(11)]);
	let twice = branch(|keys| {
		keys.rotate(9, 5, key(9)).unwrap();
		keys.rotate(11, 5, key(2)).unwrap();
	});
	apart(&[void(11)], &[twice]);
	// Each makes other numbers void, up to a key that begins later.
	let until = |number| {
		branch(|keys| {
			keys.convict(number, 5);
			keys.rotate(20, 5, key(9)).unwrap();
		})
	};
	apart(&[until(10)], &[until(11)]);
}

#[test]
fn what_two_branches_know_alike_has_one_version_whenever_they_learnt_it() {
	let learnt = |blocks: [u32; 2], numbers: [u64; 2]| {
		branch(|keys| {
			keys.convict(numbers[0], blocks[0]);
			keys.convict(numbers[1], blocks[0]);
			keys.rotate(13, blocks[1], key(2)).unwrap();
		})
	};
	let left = version_of(0, 1, &[learnt([5, 6], [11, 12])]);
	assert_eq!(left, version_of(0, 1, &[learnt([7, 9], [12, 11])]));
}

/// One replacement of a sensor is completed before and after a settlement: the feed begins with another window,
/// so that every window holds other messages.
#[test]
fn a_replacement_that_begins_elsewhere_has_another_version() {
	let of = |since: WindowIndex| {
		let feed = Feed { since, ..feed() };
		let numbers = Part::new(&feed, &SHAPE, 6, &keys(), 0).unwrap();
		let numbers: Vec<_> = numbers.numbers().collect();
		(version(1, &[feed], 6, &[keys()]).unwrap(), numbers)
	};
	let (left, right) = (of(4), of(5));
	assert_ne!(left.1, right.1);
	assert_eq!(left.0.changes, right.0.changes);
	assert_ne!(left.0, right.0);
	let other = Feed {
		sensor: 8,
		..feed()
	};
	assert_ne!(
		version(1, &[other], 6, &[keys()]),
		version_of(1, 6, &[keys()])
	);
}

#[test]
fn an_agreement_that_came_into_force_otherwise_has_other_versions() {
	let schema = |kind: &[u8]| Schema {
		kind: kind.to_vec().try_into().unwrap(),
		variables: Default::default(),
		encoding: Default::default(),
	};
	let (times, schemas) = ((1_000, 2_000), [schema(b"lock"), schema(b"meter")]);
	let known = grounds(times, &schemas);
	assert_eq!(known, grounds(times, &schemas));
	assert_ne!(known, grounds((1_001, 2_000), &schemas));
	assert_ne!(known, grounds((1_000, 2_001), &schemas));
	assert_ne!(known, grounds(times, &schemas[..1]));
	assert_ne!(
		known,
		grounds(times, &[schemas[1].clone(), schemas[0].clone()])
	);
	let of = |grounds| Facts::new(0, grounds, &[feed()], &SHAPE, 1, &[keys()]).unwrap();
	let [left, right] = [known, GROUNDS].map(|grounds| of(grounds).version());
	assert_eq!(left.changes, right.changes);
	assert_ne!(left, right);
}

#[test]
fn what_concerns_other_windows_changes_no_version() {
	let versions = |keys: &SensorKeys<u32>| {
		[1, 2, 3, 4].map(|window| version_of(0, window, core::slice::from_ref(keys)))
	};
	let first = versions(&keys());
	assert!(first.iter().all(|version| *version == first[0]));
	let mut keys = keys();
	// A number of windows 2 and 3 alone: what comes after it is in doubt.
	keys.convict(15, 5);
	let void = versions(&keys);
	assert_eq!([void[0], void[2], void[3]], [first[0], None, None]);
	assert!(void[1] > first[1]);
	// Of no window but the last. Of the numbers of windows 3 and 4, others do not count any more.
	keys.rotate(18, 6, key(2)).unwrap();
	let rotated = versions(&keys);
	assert_eq!(rotated[..2], void[..2]);
	assert!(rotated[2] > void[1] && rotated[3] > first[3]);
	keys.revoke(20, 7).unwrap();
	assert_eq!(versions(&keys), rotated);
}

/// Something that becomes known of a sensor.
fn learn(keys: &mut SensorKeys<u32>, event: u8, number: Sequence, now: u32) {
	let _ = match event {
		0 => {
			keys.convict(number, now);
			Ok(None)
		},
		1 => keys.rotate(number, now, key(number as u8 + 1)),
		_ => keys.revoke(number, now).map(|()| None),
	};
}

/// The version of a window, and its messages with their keys.
fn seen(
	keys: &SensorKeys<u32>,
	window: WindowIndex,
	now: u32,
) -> (
	Option<SourceVersion>,
	Vec<(Sequence, Option<ed25519::Public>)>,
) {
	let part = Part::new(&feed(), &SHAPE, window, keys, now).unwrap();
	let messages = part.numbers();
	let messages = messages.map(|number| (number, keys.key(number).cloned()));
	let version = version_of(0, window, core::slice::from_ref(keys));
	(version, messages.collect())
}

proptest! {
	/// Whatever becomes known, a version tells whether a window has the messages that it had.
	#[test]
	fn what_has_one_version_has_the_same_messages(
		events in vec((0u8..3, 0u64..30), 0..12),
		window in 1u64..8,
	) {
		let mut keys = keys();
		let mut last = seen(&keys, window, 0);
		for (now, (event, number)) in (1u32..).zip(events) {
			let (_, messages) = seen(&keys, window, now - 1);
			learn(&mut keys, event, number, now);
			let (after, others) = seen(&keys, window, now);
			if let (Some(before), Some(after)) = (last.0, after) {
				prop_assert!(after.changes >= before.changes);
				let moved = after.changes > before.changes;
				prop_assert_eq!(moved, after != before);
				prop_assert!(moved || others == last.1);
			}
			let revoked = keys.history.revoked().is_some_and(|end| end.from < 14 + 2 * (window - 1));
			prop_assert!(after.is_none() || !revoked);
			if after.is_some() {
				last = (after, others);
			}
			// What was known before is known as it was.
			let then = Part::new(&feed(), &SHAPE, window, &keys, now - 1).unwrap();
			let numbers = messages.iter().map(|(number, _)| *number);
			prop_assert!(then.numbers().eq(numbers));
		}
	}

	/// Whatever two branches have learnt since they parted, a window has the same messages on both if it has one
	/// version.
	#[test]
	fn what_has_one_version_on_two_branches_has_the_same_messages(
		common in vec((0u8..2, 0u64..30), 0..3),
		left in vec((0u8..3, 8u64..24), 0..4),
		right in vec((0u8..3, 8u64..24), 0..4),
		window in 1u64..8,
	) {
		let mut parted = keys();
		let mut now = 0;
		for (event, number) in common {
			now += 1;
			learn(&mut parted, event, number, now);
		}
		let branches = [left, right].map(|events| {
			let (mut keys, mut now) = (parted.clone(), now);
			for (event, number) in events {
				now += 1;
				learn(&mut keys, event, number, now);
			}
			seen(&keys, window, now)
		});
		let [(left, messages), (right, others)] = branches;
		prop_assert!(left.is_none() || left != right || messages == others);
	}
}
