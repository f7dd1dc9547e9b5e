//! Numbers that look random and follow from a seed: SplitMix64.

use syngraph_runtime::Balance;

/// The source of all choices.
pub struct Rng(u64);

impl Rng {
	/// Begins with a seed.
	pub fn new(seed: u64) -> Self {
		Self(seed)
	}

	/// The next number.
	pub fn next(&mut self) -> u64 {
		self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
		let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
		let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
		mixed ^ (mixed >> 31)
	}

	/// A number below `limit`.
	pub fn below(&mut self, limit: u64) -> u64 {
		self.next() % limit
	}

	/// A number from `least` to `most`.
	pub fn between(&mut self, least: u32, most: u32) -> u32 {
		least + self.below(u64::from(most - least) + 1) as u32
	}

	/// True once in so many times.
	pub fn one_in(&mut self, times: u64) -> bool {
		self.below(times) == 0
	}

	/// An amount up to `most`, often a small one, sometimes all of it.
	pub fn amount(&mut self, most: Balance) -> Balance {
		match self.below(8) {
			0 => most,
			1 => most / 2,
			_ => most / 1_000 * Balance::from(self.below(100)),
		}
	}

	/// One of these, if there is any.
	pub fn pick<T>(&mut self, items: impl IntoIterator<Item = T>) -> Option<T> {
		let mut items: Vec<T> = items.into_iter().collect();
		match items.len() {
			0 => None,
			count => Some(items.swap_remove(self.below(count as u64) as usize)),
		}
	}

	/// These in another order.
	pub fn shuffled<T>(&mut self, items: impl IntoIterator<Item = T>) -> Vec<T> {
		let mut items: Vec<T> = items.into_iter().collect();
		for last in (1..items.len()).rev() {
			items.swap(last, self.below(last as u64 + 1) as usize);
		}
		items
	}
}
