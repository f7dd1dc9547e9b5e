//! What came in since the worker last looked.
//!
//! A node notes of which sensors messages came and about which agreements something was published, so that its worker
//! need not ask for each. It only remembers when each of them last had something: whoever asks for all that came since
//! a moment misses nothing, whoever else asks, and however often. What is noted lies in memory: after a start, a worker
//! looks at everything anyway.

use alloc::{collections::BTreeMap, vec::Vec};
use codec::{Decode, Encode};
use syngraph_primitives::{AgreementId, SensorId};

use crate::traces;

/// How a worker asks its node's local storage what came since a moment: by a key that begins so and goes on with the
/// moment.
pub const NEWS_KEY: &[u8] = b"syngraph/news/";
/// How many sensors and agreements are remembered. Whoever looks again after more of them had something looks at
/// everything.
const MOST: usize = 65_536;

/// Something that came.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Encode, Decode)]
pub enum Arrival {
	/// Messages of a sensor, or the proof that it signed two with one number.
	Messages(SensorId),
	/// A publication.
	Publication {
		/// The agreement that it is about.
		agreement: AgreementId,
		/// The key of its author.
		author: [u8; 32],
		/// Whether this node's own worker made it: its author knows what it says.
		is_own: bool,
	},
}

impl Arrival {
	/// What comes with a value that is written under a key of local storage.
	pub fn written(key: &[u8]) -> Option<Self> {
		traces::written(key).map(Self::Messages)
	}
}

/// What came since a moment.
#[derive(Clone, PartialEq, Eq, Debug, Default, Encode, Decode)]
pub struct News {
	/// The moment up to which it is told.
	pub moment: u64,
	/// What came. None if that is not known: it may be anything.
	pub arrivals: Option<Vec<Arrival>>,
}

/// Where it is noted what comes.
#[derive(Clone, Debug, Default)]
pub struct Bulletin {
	/// How much has been noted.
	moment: u64,
	/// The last moment of which it is not remembered what came.
	forgotten: u64,
	moments: BTreeMap<Arrival, u64>,
	arrivals: BTreeMap<u64, Arrival>,
}

impl Bulletin {
	/// Notes that something has come. It must be there already for whoever looks.
	pub fn note(&mut self, arrival: Arrival) {
		self.moment = self.moment.saturating_add(1);
		if let Some(before) = self.moments.insert(arrival, self.moment) {
			self.arrivals.remove(&before);
		}
		self.arrivals.insert(self.moment, arrival);
		if self.arrivals.len() > MOST {
			if let Some((moment, oldest)) = self.arrivals.pop_first() {
				self.moments.remove(&oldest);
				self.forgotten = moment;
			}
		}
	}

	/// What came since a moment.
	pub fn since(&self, moment: u64) -> News {
		let is_known = (self.forgotten..=self.moment).contains(&moment);
		let later = self.arrivals.range(moment.saturating_add(1)..);
		let later = later.map(|(_, arrival)| *arrival);
		News {
			moment: self.moment,
			arrivals: is_known.then(|| later.collect()),
		}
	}

	/// What local storage answers to a key, if that asks what came.
	pub fn answer(&self, key: &[u8]) -> Option<Vec<u8>> {
		let moment = key.strip_prefix(NEWS_KEY)?;
		let moment = u64::from_le_bytes(moment.try_into().ok()?);
		Some(self.since(moment).encode())
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use alloc::vec;
	use Arrival::Messages;

	#[test]
	fn whoever_asks_hears_of_all_that_came_since_once() {
		let mut bulletin = Bulletin::default();
		let before = bulletin.since(0);
		assert_eq!(before.arrivals, Some(vec![]));
		for sensor in [1, 2, 1] {
			bulletin.note(Messages(sensor));
		}
		let news = bulletin.since(before.moment);
		assert_eq!(news.arrivals, Some(vec![Messages(2), Messages(1)]));
		assert_eq!(bulletin.since(news.moment).arrivals, Some(vec![]));
		assert_eq!(bulletin.since(0), news, "also whoever asks later");
	}

	#[test]
	fn of_what_is_forgotten_and_of_the_future_nothing_is_known() {
		let mut bulletin = Bulletin::default();
		assert_eq!(bulletin.since(1).arrivals, None);
		(0..=MOST as u64).for_each(|sensor| bulletin.note(Messages(sensor)));
		assert_eq!(bulletin.since(0).arrivals, None);
		let known = bulletin.since(1).arrivals.unwrap();
		assert_eq!(known.len(), MOST);
		assert!(!known.contains(&Messages(0)));
	}

	#[test]
	fn it_answers_to_a_key() {
		let mut bulletin = Bulletin::default();
		bulletin.note(Messages(7));
		let key = [NEWS_KEY, &0u64.to_le_bytes()].concat();
		let answer = bulletin.answer(&key).unwrap();
		assert_eq!(News::decode(&mut &answer[..]), Ok(bulletin.since(0)));
		assert_eq!(bulletin.answer(b"syngraph/newest"), None);
		assert_eq!(bulletin.answer(NEWS_KEY), None);
	}
}
