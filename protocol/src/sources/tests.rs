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

fn sources(replaced: u32, feeds: &[Feed], keys: &[SensorKeys<u32>]) -> Sources<u32> {
	Sources {
		feeds: feeds.to_vec(),
		keys: keys.to_vec(),
		shape: SHAPE,
		replaced,
		grounds: GROUNDS,
	}
}

fn version_of(replaced: u32, keys: &[SensorKeys<u32>]) -> SourceVersion {
	sources(replaced, &vec![feed(); keys.len()], keys).version()
}

fn fates(keys: &[SensorKeys<u32>]) -> [Fate; 3] {
	let sources = sources(0, &vec![feed(); keys.len()], keys);
	[1, 2, 3].map(|window| sources.fate(window))
}

#[test]
fn a_version_tells_apart_what_was_known_of_the_sources() {
	let mut keys = [keys(), keys()];
	let mut seen = vec![version_of(0, &keys)];
	let mut note = |keys: &[SensorKeys<u32>]| {
		let version = version_of(0, keys);
		assert!(version.changes > seen.last().unwrap().changes);
		seen.push(version);
	};
	keys[1].convict(13, 5);
	note(&keys);
	keys[1].rotate(15, 6, key(2)).unwrap();
	note(&keys);
	keys[0].revoke(16, 7).unwrap();
	note(&keys);
}

#[test]
fn windows_wait_for_keys() {
	let mut keys = [keys(), keys()];
	assert_eq!(fates(&keys), [Fate::Live; 3]);
	keys[1].convict(13, 5);
	// The second window needs number 15, of which nobody can tell.
	assert_eq!(fates(&keys), [Fate::Live, Fate::Waiting, Fate::Waiting]);
	keys[1].rotate(15, 6, key(2)).unwrap();
	assert_eq!(fates(&keys), [Fate::Live; 3]);
	keys[0].revoke(16, 7).unwrap();
	assert_eq!(fates(&keys), [Fate::Live, Fate::Live, Fate::Waiting]);
}

#[test]
fn a_version_never_shrinks_when_a_sensor_is_replaced() {
	let mut old = keys();
	for n in 0..6 {
		old.rotate(u64::from(n) + 1, n, key(n as u8 + 2)).unwrap();
	}
	let before = version_of(0, &[old]);
	let after = version_of(1, &[keys()]);
	assert!(after > before);
	assert!(version_of(2, &[keys()]) > after);
	assert_eq!((replacements(before), replacements(after)), (0, 1));
}

#[test]
fn what_lacks_a_message_for_good_is_dead() {
	let fate = |window, keys: &SensorKeys<u32>| {
		sources(0, &[feed()], core::slice::from_ref(keys)).fate(window)
	};
	assert_eq!(fate(0, &keys()), Fate::Dead, "before its first window");
	assert_eq!(
		fate(u64::MAX, &keys()),
		Fate::Waiting,
		"no trace is long enough"
	);
	// The oldest keys are forgotten in the end: what they signed cannot be shown any more.
	let mut forgotten = keys();
	for n in 1..=8 {
		assert_eq!(fate(1, &forgotten), Fate::Live);
		forgotten
			.rotate(11 + u64::from(n), n, key(n as u8 + 1))
			.unwrap();
	}
	assert_eq!(
		[1, 2].map(|window| fate(window, &forgotten)),
		[Fate::Dead, Fate::Live]
	);
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
		let both = [left, right].map(|keys| version_of(0, keys));
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
	let left = version_of(0, &[learnt([5, 6], [11, 12])]);
	assert_eq!(left, version_of(0, &[learnt([7, 9], [12, 11])]));
}

/// One replacement of a sensor is completed before and after a settlement: the feed begins with another window,
/// so that every window holds other messages.
#[test]
fn a_replacement_that_begins_elsewhere_has_another_version() {
	let of = |since: WindowIndex| {
		let feed = Feed { since, ..feed() };
		let numbers = Part::new(&feed, &SHAPE, 6, &keys(), 0).unwrap();
		let numbers: Vec<_> = numbers.numbers().collect();
		(sources(1, &[feed], &[keys()]).version(), numbers)
	};
	let (left, right) = (of(4), of(5));
	assert_ne!(left.1, right.1);
	assert_eq!(left.0.changes, right.0.changes);
	assert_ne!(left.0, right.0);
	let other = Feed {
		sensor: 8,
		..feed()
	};
	let other = sources(1, &[other], &[keys()]).version();
	assert_ne!(other, version_of(1, &[keys()]));
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
	let of = |grounds| Sources {
		grounds,
		..sources(0, &[feed()], &[keys()])
	};
	let [left, right] = [known, GROUNDS].map(|grounds| of(grounds).version());
	assert_eq!(left.changes, right.changes);
	assert_ne!(left, right);
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

/// The version, and whether a window is live, with its messages and their keys.
type Seen = (
	SourceVersion,
	Fate,
	Vec<(Sequence, Option<ed25519::Public>)>,
);

fn seen(keys: &SensorKeys<u32>, window: WindowIndex, now: u32) -> Seen {
	let part = Part::new(&feed(), &SHAPE, window, keys, now).unwrap();
	let messages = part.numbers();
	let messages = messages.map(|number| (number, keys.key(number).cloned()));
	let sources = sources(0, &[feed()], core::slice::from_ref(keys));
	(sources.version(), sources.fate(window), messages.collect())
}

proptest! {
	/// Whatever becomes known, a version tells whether a window has the messages that it had.
	#[test]
	fn what_has_one_version_has_the_same_messages(
		events in vec((0u8..3, 0u64..30), 0..12),
		window in 1u64..8,
	) {
		let mut keys = keys();
		for (now, (event, number)) in (1u32..).zip(events) {
			let (before, fate, messages) = seen(&keys, window, now - 1);
			learn(&mut keys, event, number, now);
			let (after, later, others) = seen(&keys, window, now);
			prop_assert!(after.changes >= before.changes);
			let moved = after.changes > before.changes;
			prop_assert_eq!(moved, after != before);
			prop_assert!(moved || (fate, &messages) == (later, &others));
			// Nothing that is dead comes to life.
			prop_assert!(fate != Fate::Dead || later == Fate::Dead);
			// What was known before is known as it was.
			let then = Part::new(&feed(), &SHAPE, window, &keys, now - 1).unwrap();
			let numbers = messages.iter().map(|(number, _)| *number);
			prop_assert!(then.numbers().eq(numbers));
		}
	}

	/// Below some window all are dead, and from some window on all wait: between the two they are live.
	#[test]
	fn live_windows_are_a_range(
		left in vec((0u8..3, 0u64..30), 0..12),
		right in vec((0u8..3, 0u64..30), 0..12),
	) {
		let keys = [left, right].map(|events| {
			let mut keys = keys();
			for (now, (event, number)) in (1u32..).zip(events) {
				learn(&mut keys, event, number, now);
			}
			keys
		});
		let sources = sources(0, &[feed(), feed()], &keys);
		let order = |window| match sources.fate(window) {
			Fate::Dead => 0,
			Fate::Live => 1,
			Fate::Waiting => 2,
		};
		prop_assert!((0..20).map(order).is_sorted());
	}

	/// Whatever two branches have learnt since they parted, a window has the same messages on both if they have one
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
		let [(left, fate, messages), (right, other, others)] = branches;
		prop_assert!(left != right || (fate, messages) == (other, others));
	}
}
