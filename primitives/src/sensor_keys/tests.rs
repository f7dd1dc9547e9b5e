use super::*;
use alloc::vec;
use proptest::{collection::vec, prelude::*};

fn key(n: u8) -> ed25519::Public {
	ed25519::Public::from_raw([n; 32])
}

#[test]
fn a_number_that_was_signed_twice_counts_as_never_sent() {
	let mut keys = SensorKeys::new(0u32, key(1));
	assert!(keys.can_convict(5));
	assert_eq!(keys.convict(5, 10), Conviction::Suspended);
	assert_eq!(keys.key(5), None);
	assert_eq!([keys.key(4), keys.key(6)], [Some(&key(1)); 2]);
	assert_eq!(
		[keys.key_at(5, 9), keys.key_at(5, 10)],
		[Some(&key(1)), None]
	);
	assert!(!keys.is_live() && !keys.can_convict(6));
}

#[test]
fn a_rotation_ends_a_suspension_and_the_old_key_convicts_nobody() {
	let mut keys = SensorKeys::new(0u32, key(1));
	keys.convict(5, 10);
	keys.rotate(8, 11, key(2)).unwrap();
	assert!(keys.is_live());
	assert!(!keys.can_convict(7) && keys.can_convict(8));
	assert_eq!([keys.key(7), keys.key(8)], [None, Some(&key(2))]);
}

#[test]
fn a_rotation_does_not_shield_what_the_key_before_signs() {
	let mut keys = SensorKeys::new(0u32, key(1));
	// Signed twice, and rotated right after.
	keys.rotate_in_use(8, 1, key(2), Some(5..100)).unwrap();
	assert!([0, 7, 8].into_iter().all(|number| keys.can_convict(number)));
	// The key before that one is out of use, and may have been stolen.
	keys.rotate_in_use(20, 2, key(3), Some(12..100)).unwrap();
	assert!(!keys.can_convict(7) && keys.can_convict(8) && keys.can_convict(20));
}

#[test]
fn a_revocation_far_ahead_shields_nothing() {
	let revoked = || {
		let mut keys = SensorKeys::new(0u32, key(1));
		keys.revoke(1 << 60, 1).unwrap();
		keys
	};
	let mut keys = revoked();
	assert!(keys.can_convict(5) && !keys.can_convict(1 << 60));
	assert_eq!(keys.convict(5, 2), Conviction::Revoked);
	assert_eq!([4, 5].map(|number| keys.key(number)), [Some(&key(1)), None]);
	assert!(!keys.can_convict(5) && keys.can_convict(4));
	assert_eq!(keys.suspended(), None);
	let mut keys = revoked();
	keys.suspend(7, 2);
	keys.suspend(9, 3);
	assert_eq!([6, 7].map(|number| keys.key(number)), [Some(&key(1)), None]);
	assert_eq!(keys.suspended(), None);
}

/// A sensor that is convicted for the fourth time, of its first number.
fn convicted_of_the_first_number() -> SensorKeys<u32> {
	let mut keys = SensorKeys::new(0u32, key(1));
	for n in 0..u64::from(MAX_VOID) {
		let number = u64::from(MAX_VOID) - n;
		assert_eq!(keys.convict(number, 1), Conviction::Suspended);
		keys.rotate_in_use((1 << 60) + n, 1, key(2 + n as u8), Some(0..100))
			.unwrap();
	}
	assert!(keys.can_convict(0));
	assert_eq!(keys.convict(0, 2), Conviction::Revoked);
	keys
}

#[test]
fn not_even_the_first_number_counts_once_it_was_signed_twice() {
	let revoked = || {
		let mut keys = SensorKeys::new(0u32, key(1));
		keys.revoke(1, 1).unwrap();
		keys
	};
	let (mut accused, mut shown) = (revoked(), revoked());
	assert!(accused.can_convict(0));
	assert_eq!(accused.convict(0, 2), Conviction::Revoked);
	shown.suspend(0, 2);
	for keys in [accused, shown, convicted_of_the_first_number()] {
		// A window of this message alone is disputed no more, nor is it accused again.
		assert_eq!(keys.fate(&(0..1)), Fate::Waiting);
		assert!(keys.altered_since(&(0..1), 1) && !keys.altered_since(&(0..1), 2));
		assert!(keys.key(0).is_none() && !keys.can_convict(0));
		assert_eq!(keys.key_at(0, 1), Some(&key(1)));
		assert_eq!(keys.outlook().revoked, Some(0));
	}
}

#[test]
fn keys_that_are_announced_far_ahead_shield_nothing_that_is_needed() {
	let mut keys = SensorKeys::new(0u32, key(1));
	keys.rotate_in_use(1 << 60, 1, key(2), Some(5..100))
		.unwrap();
	keys.rotate_in_use(1 << 61, 2, key(3), Some(5..100))
		.unwrap();
	assert!(keys.can_convict(5) && !keys.can_convict(4));
	// Nor does one that ends a suspension: of what the old key signed, nothing after the number counts, and for
	// what is before it goes on to answer.
	for n in 0..MAX_VOID {
		let number = 9 - u64::from(n);
		assert_eq!(keys.convict(number, 3), Conviction::Suspended);
		let from = (1 << 61) + 10 - number;
		keys.rotate_in_use(from, 4, key(4 + n as u8), Some(5..100))
			.unwrap();
		assert!(keys.can_convict(number - 1) && !keys.can_convict(number + 1));
	}
	assert_eq!(keys.convict(6, 5), Conviction::Revoked);
}

#[test]
fn a_key_within_reach_ends_a_suspension_and_what_the_stolen_one_signs() {
	let mut keys = SensorKeys::new(0u32, key(1));
	keys.convict(6, 1);
	keys.rotate_in_use(100, 2, key(2), Some(5..100)).unwrap();
	assert_eq!(keys.answers_from(), 100);
	// It never answers again for what it does not any more.
	keys.rotate_in_use(200, 3, key(3), Some(50..150)).unwrap();
	assert_eq!(keys.answers_from(), 100);
}

#[test]
fn what_a_sensor_does_not_answer_for_can_count_as_never_sent() {
	let mut keys = SensorKeys::new(0u32, key(1));
	keys.convict(50, 1);
	keys.rotate_in_use(60, 2, key(2), Some(5..100)).unwrap();
	assert_eq!(keys.answers_from(), 60);
	let before = keys.outlook();
	keys.disown(20, 3);
	assert!(before.changes < keys.outlook().changes);
	assert_eq!(keys.outlook().void, [(20, 60)]);
	assert_eq!(
		[19, 60].map(|number| keys.key(number)),
		[Some(&key(1)), Some(&key(2))]
	);
	assert_eq!(keys.key_at(20, 2), Some(&key(1)));
	keys.disown(10, 4);
	assert_eq!(keys.outlook().void, [(10, 60)]);
	// It answers for what comes after that.
	let now = keys.outlook();
	keys.disown(60, 5);
	assert_eq!(keys.outlook(), now);
}

#[test]
fn there_is_room_for_all_that_is_disowned() {
	let mut keys = SensorKeys::new(0u32, key(1));
	for n in 1..40u8 {
		let at = 100 * u64::from(n);
		keys.suspend(at, n.into());
		keys.rotate_in_use(at + 10, n.into(), key(n + 1), Some(0..at + 100))
			.unwrap();
		keys.disown(at - 20, n.into());
		assert!([at - 20, at + 9]
			.into_iter()
			.all(|number| keys.is_void(number)));
	}
}

#[test]
fn who_does_it_again_and_again_is_revoked() {
	let mut keys = SensorKeys::new(0u32, key(1));
	for n in 0..MAX_VOID {
		let at = 10 * u64::from(n);
		assert_eq!(keys.convict(at, n), Conviction::Suspended);
		keys.rotate(at + 5, n, key(n as u8 + 2)).unwrap();
	}
	assert_eq!(keys.convict(100, 50), Conviction::Revoked);
	assert_eq!((keys.key(99).is_some(), keys.key(100)), (true, None));
}

#[test]
fn whatever_becomes_known_is_seen() {
	let mut keys = SensorKeys::new(0u32, key(1));
	let mut seen = vec![keys.outlook()];
	let mut note = |keys: &SensorKeys<u32>| {
		let now = keys.outlook();
		assert!(seen.iter().all(|before| *before != now));
		assert!(seen.last().unwrap().changes < now.changes);
		seen.push(now);
	};
	keys.convict(5, 1);
	note(&keys);
	keys.rotate(6, 2, key(2)).unwrap();
	note(&keys);
	keys.suspend(7, 3);
	note(&keys);
	keys.rotate(9, 4, key(3)).unwrap();
	note(&keys);
	keys.revoke(12, 5).unwrap();
	note(&keys);
	let known = keys.outlook();
	assert_eq!(known.keys, [(0, key(1)), (6, key(2)), (9, key(3))]);
	assert_eq!(known.void, [(5, 6), (7, 9)]);
	assert_eq!((known.suspended, known.revoked), (None, Some(12)));
}

#[test]
fn what_comes_after_a_suspension_or_a_revocation_waits() {
	let mut keys = SensorKeys::new(0u32, key(1));
	let fates = |keys: &SensorKeys<u32>| [0..4, 4..8, 8..12].map(|range| keys.fate(&range));
	assert_eq!(fates(&keys), [Fate::Live; 3]);
	keys.convict(5, 1);
	// Nobody knows yet which key signs what comes after it.
	assert_eq!(fates(&keys), [Fate::Live, Fate::Waiting, Fate::Waiting]);
	keys.rotate(6, 2, key(2)).unwrap();
	assert_eq!(fates(&keys), [Fate::Live; 3]);
	keys.revoke(8, 3).unwrap();
	assert_eq!(fates(&keys), [Fate::Live, Fate::Live, Fate::Waiting]);
}

#[test]
fn a_window_whose_key_was_forgotten_is_dead() {
	let mut keys = SensorKeys::new(0u32, key(1));
	for n in 1..crate::MAX_KEYS {
		keys.rotate(10 * u64::from(n), n, key(1 + n as u8)).unwrap();
	}
	assert_eq!(keys.fate(&(9..11)), Fate::Live);
	assert_eq!(keys.rotate(1_000, 50, key(100)), Ok(Some(key(1))));
	let fates = [9..11, 10..11].map(|range| keys.fate(&range));
	assert_eq!(fates, [Fate::Dead, Fate::Live]);
	let altered = [9..11, 10..11].map(|range| keys.altered_since(&range, 49));
	assert_eq!(altered, [true, false]);
}

#[test]
fn only_what_concerns_a_window_alters_it() {
	let mut keys = SensorKeys::new(0u32, key(1));
	let altered = |keys: &SensorKeys<u32>, block| {
		[0..4, 4..8, 8..12].map(|range| keys.altered_since(&range, block))
	};
	keys.convict(5, 1);
	assert_eq!(altered(&keys, 0), [false, true, true]);
	keys.rotate(6, 2, key(2)).unwrap();
	assert_eq!(altered(&keys, 1), [false, true, true]);
	keys.revoke(8, 3).unwrap();
	assert_eq!(altered(&keys, 2), [false, false, true]);
	assert_eq!(altered(&keys, 3), [false; 3]);
}

#[test]
fn what_a_sensor_or_its_owner_changes_is_told_from_what_is_disowned() {
	let mut keys = SensorKeys::new(1u32, key(1));
	assert_eq!([0, 1].map(|block| keys.changed_since(block)), [true, false]);
	keys.convict(5, 2);
	assert_eq!([1, 2].map(|block| keys.changed_since(block)), [true, false]);
	keys.rotate(1_000, 3, key(2)).unwrap();
	assert_eq!([2, 3].map(|block| keys.changed_since(block)), [true, false]);
	keys.revoke(2_000, 4).unwrap();
	assert_eq!([3, 4].map(|block| keys.changed_since(block)), [true, false]);
	let changes = keys.changes();
	assert!(!keys.is_void(3));
	keys.disown(3, 5);
	assert!(keys.is_void(3) && keys.changes() > changes);
	assert!(!keys.changed_since(4));
}

#[test]
fn what_is_left_out_is_known_as_it_was_in_each_block() {
	let mut keys = SensorKeys::new(0u32, key(1));
	keys.convict(7, 1);
	keys.rotate(10, 3, key(2)).unwrap();
	let end = |block| keys.void_within(&(5..12), block).pop().map(|run| run.end);
	assert_eq!([0, 1, 2, 3].map(end), [None, Some(8), Some(8), Some(10)]);
	assert_eq!(
		[2, 3].map(|block| keys.key_at(8, block)),
		[Some(&key(1)), None]
	);
	assert!(keys.sent(5..12).eq([5, 6, 10, 11]));
}

#[test]
fn nobody_goes_through_what_is_left_out_number_by_number() {
	let mut keys = SensorKeys::new(0u32, key(1));
	keys.convict(7, 1);
	keys.rotate(1 << 62, 2, key(2)).unwrap();
	let last = Sequence::MAX;
	keys.convict(last, 3);
	assert!(keys.sent(6..(1 << 62) + 2).eq([6, 1 << 62, (1 << 62) + 1]));
	assert_eq!(keys.sent(last..last).next(), None);
}

#[test]
fn there_is_room_for_as_many_gaps_as_there_are_keys() {
	let mut keys = SensorKeys::new(0u32, key(0));
	for n in 0..4 * u64::from(MAX_KEYS) {
		keys.suspend(10 * n + 2, 2 * n as u32);
		keys.rotate(10 * n + 5, 2 * n as u32 + 1, key(1 + n as u8))
			.unwrap();
		let gaps = |number: u64| !keys.is_void(number + 1) && keys.is_void(number + 4);
		let kept = n.saturating_sub(u64::from(MAX_KEYS) - 2)..=n;
		assert!(kept.into_iter().all(|n| gaps(10 * n)), "{n}");
	}
}

/// The first number of each run, and the one after its last, that counted as never sent at the end of a block.
fn runs(keys: &SensorKeys<u32>, block: u32) -> Vec<(Sequence, Sequence)> {
	let runs = keys.void_within(&(0..2_000), block).into_iter();
	runs.map(|run| (run.start, run.end)).collect()
}

#[test]
fn what_a_later_gap_covers_was_known_before() {
	let mut keys = SensorKeys::new(0u32, key(1));
	keys.convict(5, 1);
	keys.rotate(13, 2, key(2)).unwrap();
	keys.suspend(1, 3);
	keys.rotate(14, 4, key(3)).unwrap();
	let at = |block| runs(&keys, block);
	assert_eq!([at(0), at(1)], [vec![], vec![(5, 6)]]);
	assert_eq!([at(2), at(3)], [vec![(5, 13)], vec![(5, 13)]]);
	assert_eq!(at(4), [(1, 14)]);
}

#[test]
fn there_is_room_however_often_more_is_disowned() {
	let mut keys = SensorKeys::new(0u32, key(1));
	keys.suspend(999, 1);
	keys.rotate(1_000, 1, key(2)).unwrap();
	assert_eq!(keys.answers_from(), 1_000);
	for n in 1..5 * MAX_GAPS {
		let from = 1_000 - 10 * u64::from(n);
		keys.disown(from, n + 1);
		assert_eq!(runs(&keys, n + 1), [(from, 1_000)]);
	}
}

/// How many messages of a window count, if that can be told.
fn counted(keys: &SensorKeys<u32>, window: &Range<Sequence>) -> usize {
	match keys.fate(window) {
		Fate::Live => keys.sent(window.clone()).count(),
		Fate::Waiting | Fate::Dead => 0,
	}
}

/// Takes in that two messages with one number of a window were shown, as the chain does when it closes the dispute
/// about it, if there can be one.
fn dispute(keys: &mut SensorKeys<u32>, window: &Range<Sequence>, now: u32) {
	if counted(keys, window) == 0 {
		return;
	}
	let answers = keys
		.sent(window.clone())
		.all(|number| keys.answers_from() <= number);
	match answers {
		true => keys.suspend(window.start, now),
		false => keys.disown(window.start, now),
	}
}

/// Something that becomes known of a sensor.
fn learn(keys: &mut SensorKeys<u32>, event: u8, number: Sequence, now: u32) {
	let fresh = key(now as u8 + 1);
	let needed = number.saturating_sub(9)..number + 9;
	let _ = match event {
		0 => keys.rotate(number, now, fresh),
		1 => keys.rotate_in_use(number, now, fresh, Some(needed)),
		2 => keys.revoke(number, now).map(|()| None),
		3 => {
			dispute(keys, &(number..number + 1), now);
			Ok(None)
		},
		_ => {
			if keys.can_convict(number) {
				keys.convict(number, now);
			}
			Ok(None)
		},
	};
}

proptest! {
	/// After a dispute in which a sensor was exposed its window waits, or fewer of its messages count.
	#[test]
	fn no_dispute_comes_to_the_same_twice(
		events in vec((0u8..5, 0u64..20), 0..12),
		start in 0u64..20,
		size in 1u64..4,
	) {
		let mut keys = SensorKeys::new(0u32, key(1));
		for (now, (event, number)) in (1u32..).zip(events) {
			learn(&mut keys, event, number, now);
		}
		let window = start..start + size;
		let before = counted(&keys, &window);
		dispute(&mut keys, &window, 100);
		prop_assert!(before == 0 || counted(&keys, &window) < before);
	}

	/// A number of which a sensor is convicted never counts again, whatever becomes known.
	#[test]
	fn no_number_is_accused_twice(
		events in vec((0u8..5, 0u64..20), 0..12),
		later in vec((0u8..5, 0u64..20), 0..6),
		number in 0u64..20,
	) {
		let mut keys = SensorKeys::new(0u32, key(1));
		for (now, (event, other)) in (1u32..).zip(events) {
			learn(&mut keys, event, other, now);
		}
		if keys.can_convict(number) {
			keys.convict(number, 50);
			for (now, (event, other)) in (51u32..).zip(later) {
				prop_assert!(!keys.can_convict(number) && keys.key(number).is_none());
				learn(&mut keys, event, other, now);
			}
			prop_assert!(!keys.can_convict(number) && keys.key(number).is_none());
		}
	}
}
