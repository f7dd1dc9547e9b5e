//! The agreements that a run works for.
//!
//! Their states may be large, and there may be very many of them: more than a run has memory for. So each is read when
//! it has its turn, and stays only as long as there is room.

use alloc::{
	collections::{BTreeMap, BTreeSet},
	vec::Vec,
};
use sp_core::sr25519;
use syngraph_primitives::BlockNumber;

use crate::{
	chain::Chain,
	host::Host,
	presence::Presence,
	retention,
	task::{Rest, Task},
	turns::{self, Name},
};

/// For how many agreements it is waited for the disk at once: few enough that nobody's word is held back for long.
const TOGETHER: usize = 32;
/// For how many bytes of states there is room between their turns, of 128 MiB that a run has. What is read takes up a
/// few times as much.
pub const ROOM: usize = 24 << 20;
/// As how many bytes of a state all else counts that is read with it.
const BESIDES: usize = 64 << 10;

/// The agreements of a run.
pub struct Scheduler<'a, C, H> {
	chain: &'a C,
	host: &'a H,
	presence: &'a Presence,
	/// The last blocks that were full.
	full: &'a [BlockNumber],
	/// The last block that no fork can take back.
	finalized: BlockNumber,
	/// For how many bytes there is room.
	room: usize,
	/// Those that were read, by place.
	tasks: BTreeMap<usize, Task<'a, C, H>>,
	/// The places of those that had a turn.
	had: BTreeSet<usize>,
	/// The places of those that have had a turn, and have not done yet what follows from it.
	waiting: Vec<usize>,
}

impl<'a, C: Chain, H: Host> Scheduler<'a, C, H> {
	/// A run with room for so many bytes of states.
	pub fn new(
		chain: &'a C,
		host: &'a H,
		presence: &'a Presence,
		full: &'a [BlockNumber],
		room: usize,
	) -> Self {
		Self {
			chain,
			host,
			presence,
			full,
			finalized: turns::finalized(host),
			room,
			tasks: BTreeMap::new(),
			had: BTreeSet::new(),
			waiting: Vec::new(),
		}
	}

	/// Gives the agreement at a place, for which is signed with this key, its turn. What follows from it is done with
	/// what follows from others' turns. Gives what is to be known until its next one.
	pub fn turn(&mut self, place: usize, name: Name, key: sr25519::Public) -> Rest {
		let (host, finalized) = (self.host, self.finalized);
		let Some(task) = self.take_up(place, name, key) else {
			return Rest::over(retention::forget_needs(host, &name));
		};
		task.turn(finalized);
		let rest = task.rest();
		self.waiting.push(place);
		if self.waiting.len() >= TOGETHER {
			self.act();
		}
		rest
	}

	/// The agreement at a place, if there is anything to do for it.
	fn take_up(
		&mut self,
		place: usize,
		name: Name,
		key: sr25519::Public,
	) -> Option<&mut Task<'a, C, H>> {
		if !self.tasks.contains_key(&place) {
			let again = !self.had.insert(place);
			let (chain, host) = (self.chain, self.host);
			let task = Task::load(chain, host, self.presence, self.full, key, name, again)?;
			self.tasks.insert(place, task);
		}
		self.tasks.get_mut(&place)
	}

	/// Has agreements do what their turns came to, once the state from which it follows is on disk: a machine that dies
	/// right then finds the secrets of what others have heard, and goes on. One wait serves all of them.
	pub fn act(&mut self) {
		let places = core::mem::take(&mut self.waiting);
		let has_to_act = |place: &usize| self.tasks.get(place).is_some_and(Task::has_to_act);
		if places.iter().any(has_to_act) {
			if !self.host.sync() {
				// It is tried again, whatever else comes.
				self.waiting = places;
				return;
			}
			for place in &places {
				let task = self.tasks.get_mut(place);
				task.into_iter().for_each(Task::act);
			}
		}
		self.make_room(&places);
	}

	/// Puts away those for which there is no room: first of all those that rest, and then of those at the places given.
	/// They are read again in their next turn.
	fn make_room(&mut self, places: &[usize]) {
		let size = |task: &Task<'a, C, H>| task.size().saturating_add(BESIDES);
		let mut bytes: usize = self.tasks.values().map(size).sum();
		if bytes <= self.room {
			return;
		}
		let resting = self.tasks.keys().filter(|place| !places.contains(place));
		let resting: Vec<_> = resting.copied().collect();
		for place in resting.iter().chain(places) {
			if bytes <= self.room {
				return;
			}
			let task = self.tasks.remove(place);
			bytes = bytes.saturating_sub(task.as_ref().map_or(0, size));
		}
	}
}
