//! Until when each of very many has something to make up for.

use std::{collections::HashMap, hash::Hash, time::Duration};

/// How many are remembered at most.
pub const MANY: usize = 32_768;

/// A time for each of those that have one, since a beginning. One that is over may be forgotten.
pub struct Times<K>(HashMap<K, Duration>);

impl<K> Default for Times<K> {
	fn default() -> Self {
		Self(HashMap::new())
	}
}

impl<K: Eq + Hash> Times<K> {
	/// The time of one of them, if it is remembered.
	pub fn get(&self, one: &K) -> Option<Duration> {
		self.0.get(one).copied()
	}

	/// Notes the time of one of them, and forgets others should there be too many.
	pub fn set(&mut self, one: K, time: Duration, now: Duration) {
		if self.0.len() >= MANY {
			self.forget(now);
		}
		self.0.insert(one, time);
	}

	/// How many are remembered.
	pub fn count(&self) -> usize {
		self.0.len()
	}

	/// Forgets those whose time is over. If that is too few, the half of all goes whose time is over first: so many
	/// must neither fill the memory nor keep others out.
	fn forget(&mut self, now: Duration) {
		self.0.retain(|_, time| *time > now);
		let mut left: Vec<_> = self.0.values().copied().collect();
		if left.len() < MANY / 2 {
			return;
		}
		let half = left.len() / 2;
		let (_, middle, _) = left.select_nth_unstable(half);
		let middle = *middle;
		self.0.retain(|_, time| *time > middle);
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	const SECOND: Duration = Duration::from_secs(1);

	#[test]
	fn who_has_the_longest_time_is_remembered() {
		let mut times = Times::default();
		times.set(0, 1_000 * SECOND, SECOND);
		for one in 1..200_000_u32 {
			times.set(one, 2 * SECOND, SECOND);
			assert!(times.count() <= MANY);
		}
		assert_eq!(times.get(&0), Some(1_000 * SECOND));
	}

	#[test]
	fn what_is_over_is_forgotten_first() {
		let mut times = Times::default();
		for one in 0..MANY {
			let seconds: u32 = if one % 4 == 0 { 9 } else { 2 };
			times.set(one, seconds * SECOND, SECOND);
		}
		times.set(MANY, 9 * SECOND, 3 * SECOND);
		assert_eq!(times.count(), MANY / 4 + 1);
		assert_eq!(times.get(&4), Some(9 * SECOND));
		assert_eq!(times.get(&5), None);
	}
}
