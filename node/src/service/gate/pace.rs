//! How fast authors may replace what they have published.
//!
//! A node checks the signature of what it takes, writes it to its disk and passes it on to all its peers; and whoever
//! may publish at all replaces what it said before for nothing, as often as it likes. So an agreement among the
//! accounts of one person would have every node do as much work as that person can ask for.
//!
//! What an author may have in the store grows with the agreements that it is bound to, and so does what it may replace:
//! all of it once in a second. In a block a worker publishes about an agreement what it commits to, what it reveals,
//! and one repair. In two seconds that is seven quarters of what it may have, even if all are as large as they can be.

use parking_lot::Mutex;
use sp_statement_store::{AccountId, StatementAllowance};
use std::time::{Duration, Instant};
use syngraph_intake::times::Times;

/// How long an author takes to replace all that it may have.
const TURN: Duration = Duration::from_secs(1);
/// For how long what it does not use of that is kept for it: blocks come in bursts to who was cut off.
const RESERVE: Duration = Duration::from_secs(16);

/// What authors have published lately.
pub struct Pace {
	begun: Instant,
	/// When each author may publish as much at once as ever.
	full: Mutex<Times<AccountId>>,
}

impl Pace {
	/// Nobody has published anything.
	pub fn begin() -> Self {
		Self {
			begun: Instant::now(),
			full: Mutex::default(),
		}
	}

	/// The time since the beginning.
	pub fn now(&self) -> Duration {
		self.begun.elapsed()
	}

	/// Whether an author may publish something now.
	///
	/// What was published a while ago leaves half of the reserve to what is said now. Otherwise whoever has kept what
	/// an author published could send all of it to a node that was away, and the node would not listen to what the
	/// author says now.
	pub fn allows(&self, author: &AccountId, is_fresh: bool, now: Duration) -> bool {
		let reserve = if is_fresh { RESERVE } else { RESERVE / 2 };
		let full = self.full.lock().get(author);
		full.is_none_or(|full| full <= now.saturating_add(reserve))
	}

	/// Counts what an author has published: so much as [`cost`] says.
	///
	/// Nothing counts but what the store has taken for new. It has a good signature then, so that nobody uses up the
	/// pace of another; and its author may publish something, so that not everybody is remembered.
	pub fn count(&self, author: AccountId, cost: Duration, now: Duration) {
		let mut times = self.full.lock();
		let full = times.get(&author).map_or(now, |full| full.max(now));
		times.set(author, full.saturating_add(cost), now);
	}
}

/// What a publication of so many bytes counts for an author that may have so much: the time in which it may replace
/// that part of it, by number or by bytes.
pub fn cost(bytes: usize, allowed: &StatementAllowance) -> Duration {
	let bytes = u32::try_from(bytes).unwrap_or(u32::MAX);
	let by_number = TURN / allowed.max_count.max(1);
	let by_bytes = TURN.saturating_mul(bytes) / allowed.max_size.max(1);
	by_number.max(by_bytes)
}

#[cfg(test)]
mod tests {
	use super::*;
	use syngraph_intake::times::MANY;
	use syngraph_runtime::configs::{STATEMENTS, STATEMENT_BYTES};

	const BLOCK: Duration = Duration::from_secs(2);

	fn author(number: u32) -> AccountId {
		let mut author = [0; 32];
		author[..4].copy_from_slice(&number.to_le_bytes());
		author
	}

	fn allowance(agreements: u32) -> StatementAllowance {
		StatementAllowance {
			max_count: STATEMENTS * agreements,
			max_size: STATEMENT_BYTES * agreements,
		}
	}

	/// Publishes something of so many bytes if the pace allows it, for an author with so many agreements.
	fn publish(pace: &Pace, who: u32, agreements: u32, kib: usize, now: Duration) -> bool {
		let allowed = pace.allows(&author(who), true, now);
		if allowed {
			let cost = cost(kib * 1024, &allowance(agreements));
			pace.count(author(who), cost, now);
		}
		allowed
	}

	/// How many of so many publications are taken at a time.
	fn taken(pace: &Pace, who: u32, agreements: u32, kib: usize, now: Duration) -> usize {
		let tries = 0..100_000;
		tries
			.filter(|_| publish(pace, who, agreements, kib, now))
			.count()
	}

	#[test]
	fn whoever_publishes_as_much_as_it_can_in_every_block_is_always_heard() {
		for agreements in [1, 3, 256] {
			let pace = Pace::begin();
			for block in 0..1_000 {
				let now = BLOCK * block;
				for _ in 0..agreements {
					assert!(publish(&pace, 1, agreements, 16, now));
					assert!(publish(&pace, 1, agreements, 48, now));
				}
			}
		}
	}

	#[test]
	fn who_was_away_says_what_it_has_to_say_at_once() {
		let pace = Pace::begin();
		for _ in 0..12 {
			assert!(publish(&pace, 1, 1, 16, BLOCK));
			assert!(publish(&pace, 1, 1, 48, BLOCK));
		}
	}

	#[test]
	fn a_flood_is_refused_and_nobody_else_suffers() {
		for agreements in [1, 256] {
			let pace = Pace::begin();
			let each = agreements as usize;
			let small = taken(&pace, 1, agreements, 0, BLOCK);
			assert!((32 * each..34 * each).contains(&small), "{small}");
			let small = taken(&pace, 1, agreements, 0, BLOCK + TURN);
			assert!((2 * each..=2 * each + 1).contains(&small), "{small}");
			// The largest ones are as much as all that is allowed for an agreement.
			let large = taken(&pace, 2, agreements, 64, BLOCK);
			assert!((16 * each..=16 * each + 1).contains(&large), "{large}");
			assert!(publish(&pace, 3, 1, 48, BLOCK));
		}
	}

	#[test]
	fn what_was_said_long_ago_does_not_keep_out_what_is_said_now() {
		let pace = Pace::begin();
		let mut old = 0;
		while pace.allows(&author(1), false, BLOCK) {
			pace.count(author(1), cost(48 * 1024, &allowance(1)), BLOCK);
			old += 1;
		}
		assert_eq!(old, 11);
		assert!(publish(&pace, 1, 1, 48, BLOCK));
	}

	#[test]
	fn what_nobody_may_publish_counts_for_all() {
		assert_eq!(cost(0, &StatementAllowance::default()), TURN);
	}

	#[test]
	fn very_many_authors_do_not_fill_the_memory() {
		let pace = Pace::begin();
		for who in 0..200_000 {
			assert!(publish(&pace, who, 1, 1, BLOCK));
			assert!(pace.full.lock().count() <= MANY);
		}
	}
}
