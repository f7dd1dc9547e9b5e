//! Which agreements need a turn.
//!
//! One needs a turn if something happened to it on the chain, if messages of its sensors came in, if a member published
//! something about it, or if the block has come for which it said so at the end of its last turn. All others rest: they
//! are not read, neither from the disk nor from the chain, however many there are.
//!
//! If blocks were retracted, those are due to which something happened in them, or which did something. All are if it
//! is not known what happened: when the node was started, when the blocks of two runs do not follow one another, when
//! the machine has listened for long enough to speak. What is noted here only saves work: if it is lost nothing is
//! lost.

use alloc::{
	collections::{BTreeMap, BTreeSet},
	vec::Vec,
};
use codec::{Decode, Encode};
use sp_core::{sr25519, H256};
use sp_io::hashing::blake2_256;
use syngraph_primitives::{AgreementId, BlockNumber, IntermediaryId, SensorId};

use crate::{
	bulletin::Arrival,
	chain::{Chain, Happened},
	host::Host,
	presence::{Presence, BOOT_KEY},
	retention, state,
	task::{self, Rest},
	turns::Name,
};

/// Where it is noted when agreements are due.
const AGENDA_KEY: &[u8] = b"syngraph/agenda";
/// Where it is noted what is known of them. It changes rarely.
const INDEX_KEY: &[u8] = b"syngraph/index";
/// So many of the last blocks are known. If more are retracted all are due.
const BLOCKS: usize = 16;
/// For how many blocks an agreement rests at most, twice that included, though it wants nothing. They do not all wake
/// at once.
const LONGEST_REST: BlockNumber = 1_800;

/// The keys of a machine that are present keys of intermediaries.
pub type Own = Vec<(sr25519::Public, IntermediaryId)>;

/// When agreements are due, and as of when that is known.
#[derive(Clone, PartialEq, Eq, Debug, Default, Encode, Decode)]
struct Notes {
	/// What tells apart the starts of the node.
	boot: Option<Vec<u8>>,
	/// For whom it works.
	own: Own,
	/// The blocks of the last runs, each of which follows the one before.
	blocks: Vec<(BlockNumber, H256)>,
	/// The block in which agreements were listed last.
	listed: BlockNumber,
	/// Since when the machine hears of all that happens, and whether it listens still.
	presence: (BlockNumber, bool),
	/// What came in by this moment is taken into account.
	moment: u64,
	/// Stands for the keys of each intermediary that agreements go by, as far as they look back.
	keys: BTreeMap<(IntermediaryId, BlockNumber), H256>,
	/// Stands for the index.
	index: H256,
	/// When each agreement is due, in the order of the index.
	times: Vec<Times>,
}

/// When an agreement is due.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Encode, Decode)]
struct Times {
	/// From which block on.
	due: BlockNumber,
	/// The last block in which something happened to it, or in which it did something.
	touched: BlockNumber,
}

/// What is known of an agreement.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
struct Entry {
	name: Name,
	/// The key with which is signed for it.
	key: sr25519::Public,
	/// The sensors whose messages it waits for.
	sensors: Vec<SensorId>,
	/// Those by whose keys it goes.
	members: Vec<IntermediaryId>,
	/// The keys by which they publish what it listens to. What others publish about it is nothing to it: else whoever
	/// has an allowance could keep everybody busy.
	authors: Vec<sr25519::Public>,
	/// For how many blocks the key that one of them has replaced counts.
	lookback: BlockNumber,
}

/// When the agreements of this machine need a turn.
pub struct Agenda<'a, C, H> {
	chain: &'a C,
	host: &'a H,
	number: BlockNumber,
	notes: Notes,
	/// What is known of each agreement, in the order of their names. It is read once it is needed.
	index: Option<Vec<Entry>>,
	/// Whether it is another one than what is stored.
	is_new: bool,
	/// The sensors of which other messages may be needed now.
	moved: BTreeSet<SensorId>,
}

impl<'a, C: Chain, H: Host> Agenda<'a, C, H> {
	/// Finds out what happened on the chain since the last run.
	pub fn open(chain: &'a C, host: &'a H, own: Own) -> Self {
		let known = state::read::<Notes>(host, AGENDA_KEY);
		let (boot, number) = (host.get(BOOT_KEY), chain.number());
		let [hash, parent] = chain.hashes();
		let known = known.filter(|notes| notes.boot == boot && notes.own == own);
		let mut notes = known.unwrap_or_default();
		(notes.boot, notes.own) = (boot, own);
		let mut agenda = Self {
			chain,
			host,
			number,
			notes,
			index: None,
			is_new: false,
			moved: BTreeSet::new(),
		};
		match agenda.follow((number, hash), parent) {
			Some(happened) => agenda.take_in(&happened),
			None => agenda.begin_anew(),
		}
		let blocks = &mut agenda.notes.blocks;
		if blocks.last() != Some(&(number, hash)) {
			blocks.push((number, hash));
			blocks.drain(..blocks.len().saturating_sub(BLOCKS));
		}
		agenda
	}

	/// Goes back to the block before one, if it is known. Gives what happened in that one.
	fn follow(&mut self, block: (BlockNumber, H256), parent: H256) -> Option<Happened> {
		let blocks = &mut self.notes.blocks;
		if blocks.last() == Some(&block) {
			// It had a run before.
			return Some(Happened::default());
		}
		let (number, _) = block;
		let before = (number.saturating_sub(1), parent);
		let Some(place) = blocks.iter().rposition(|known| *known == before) else {
			blocks.clear();
			return None;
		};
		let retracted = blocks.split_off(place.saturating_add(1));
		if !retracted.is_empty() {
			self.go_back(before.0);
		}
		self.chain.happened()
	}

	/// What happened in blocks after the one with this number is undone.
	fn go_back(&mut self, number: BlockNumber) {
		let undone = self.notes.times.iter_mut();
		let undone = undone.filter(|times| times.touched > number);
		undone.for_each(|times| times.due = 0);
		if self.notes.listed > number {
			self.list();
		}
	}

	/// Takes in what happened in a block.
	fn take_in(&mut self, happened: &Happened) {
		if happened.bindings {
			self.list();
		}
		let Happened {
			agreements,
			sensors,
			..
		} = happened;
		if !agreements.is_empty() || !sensors.is_empty() {
			let touched = self.wake(|entry| {
				let (_, agreement) = &entry.name;
				agreements.contains(agreement) || entry.has_any(sensors)
			});
			for place in touched {
				if let Some(times) = self.notes.times.get_mut(place) {
					times.touched = self.number;
				}
			}
		}
		let changed = self.changed_keys();
		if !changed.is_empty() {
			self.wake(|entry| entry.keys().any(|keys| changed.contains(&keys)));
		}
	}

	/// The intermediaries whose keys are others than before, and how far that is to be looked back for.
	fn changed_keys(&mut self) -> BTreeSet<(IntermediaryId, BlockNumber)> {
		let chain = self.chain;
		let mut changed = BTreeSet::new();
		for (whose, known) in &mut self.notes.keys {
			let now = keys_hash(chain, *whose);
			if core::mem::replace(known, now) != now {
				changed.insert(*whose);
			}
		}
		changed
	}

	/// Takes all agreements for due.
	fn begin_anew(&mut self) {
		self.changed_keys();
		// No host knows of so late a moment, and each tells which one it is.
		self.notes.moment = self.host.news(u64::MAX).moment;
		self.list();
		self.wake_all();
	}

	/// Lists the agreements anew. What is stored for those that have left the chain is removed. Those that are new are
	/// due.
	fn list(&mut self) {
		let (chain, host) = (self.chain, self.host);
		let index = self
			.index
			.take()
			.or_else(|| self.read())
			.unwrap_or_default();
		self.notes.listed = self.number;
		let known = index.iter().zip(core::mem::take(&mut self.notes.times));
		let known = known.map(|(entry, times)| (entry.name, (entry, times)));
		let mut known: BTreeMap<_, _> = known.collect();
		let mut listed = Vec::new();
		for (key, id) in &self.notes.own {
			let agreements = chain.agreements(*id);
			retention::forget_ended(chain, host, *id, &agreements, |name| {
				task::forget(host, name)
			});
			listed.extend(
				agreements
					.into_iter()
					.map(|agreement| ((*id, agreement), *key)),
			);
		}
		listed.sort_by_key(|(name, _)| *name);
		let all = listed
			.into_iter()
			.map(|(name, key)| match known.remove(&name) {
				Some((entry, times)) => {
					let entry = entry.clone();
					(Entry { key, ..entry }, times)
				},
				None => (Entry::new(chain, name, key), Times::default()),
			});
		let (all, times): (Vec<_>, Vec<_>) = all.unzip();
		self.is_new |= all != index;
		self.notes.times = times;
		self.index = Some(all);
	}

	/// The index that is stored, if it is that of the notes.
	fn read(&self) -> Option<Vec<Entry>> {
		let stored = self.host.get(INDEX_KEY)?;
		let index: Vec<Entry> = state::interpret(self.host, INDEX_KEY, &stored)?;
		let fits = hash(&stored) == self.notes.index && index.len() == self.notes.times.len();
		fits.then_some(index)
	}

	/// The index. If the one that is stored cannot be read all agreements are listed anew, and due.
	fn index(&mut self) -> &[Entry] {
		if self.index.is_none() {
			self.index = self.read();
		}
		if self.index.is_none() {
			self.begin_anew();
		}
		self.index.as_deref().unwrap_or_default()
	}

	/// Takes those agreements for due that `wakes` picks. Gives their places.
	fn wake(&mut self, wakes: impl Fn(&Entry) -> bool) -> Vec<usize> {
		let index = self.index().iter().enumerate();
		let woken = index.filter(|(_, entry)| wakes(entry));
		let woken: Vec<_> = woken.map(|(place, _)| place).collect();
		for place in &woken {
			if let Some(times) = self.notes.times.get_mut(*place) {
				times.due = 0;
			}
		}
		woken
	}

	fn wake_all(&mut self) {
		let times = self.notes.times.iter_mut();
		times.for_each(|times| times.due = 0);
	}

	/// The agreements there are.
	pub fn agreements(&mut self) -> Vec<AgreementId> {
		self.index().iter().map(|entry| entry.name.1).collect()
	}

	/// How many there are.
	pub fn count(&self) -> u32 {
		u32::try_from(self.notes.times.len()).unwrap_or(u32::MAX)
	}

	/// Takes in since when the machine hears of all that happens. What it may say depends on that.
	pub fn attend(&mut self, presence: &Presence) {
		let now = (presence.since(), presence.listens());
		if core::mem::replace(&mut self.notes.presence, now) != now {
			self.wake_all();
		}
	}

	/// Takes in what has come in since it was last asked.
	pub fn hear(&mut self) {
		let news = self.host.news(self.notes.moment);
		self.notes.moment = news.moment;
		let Some(arrivals) = news.arrivals else {
			return self.wake_all();
		};
		if arrivals.is_empty() {
			return;
		}
		let mut sensors = BTreeSet::new();
		let mut published = BTreeMap::<AgreementId, Vec<_>>::new();
		for arrival in arrivals {
			match arrival {
				Arrival::Messages(sensor) => {
					sensors.insert(sensor);
				},
				Arrival::Publication {
					agreement,
					author,
					is_own,
				} => published
					.entry(agreement)
					.or_default()
					.push((author, is_own)),
			}
		}
		self.wake(|entry| {
			let (_, agreement) = &entry.name;
			let mut about = published.get(agreement).into_iter().flatten();
			about.any(|(author, is_own)| entry.hears(author, *is_own)) || entry.has_any(&sensors)
		});
	}

	/// The agreements that are due, by place, with the keys with which is signed for them.
	pub fn due(&mut self) -> Vec<(usize, Name, sr25519::Public)> {
		let number = self.number;
		let mut times = self.notes.times.iter();
		if !times.any(|times| times.due <= number) {
			return Vec::new();
		}
		// First, since it may find that all are.
		self.index();
		let index = self.index.iter().flatten();
		let index = index.zip(&self.notes.times).enumerate();
		let due = index.filter(|(_, (_, times))| times.due <= number);
		due.map(|(place, (entry, _))| (place, entry.name, entry.key))
			.collect()
	}

	/// Notes what is to be known of an agreement until its next turn.
	pub fn rest(&mut self, place: usize, rest: Rest) {
		let longest = self.number.saturating_add(LONGEST_REST);
		let entry = self.index.as_mut().and_then(|index| index.get_mut(place));
		let (Some(entry), Some(times)) = (entry, self.notes.times.get_mut(place)) else {
			return;
		};
		times.due = rest.until.min(longest.saturating_add(entry.share()));
		if rest.moved {
			// Should the block be retracted, what it did may be due again.
			times.touched = self.number;
		}
		if rest.needs_moved {
			self.moved.extend(&entry.sensors);
			self.moved.extend(&rest.sensors);
		}
		let known = Entry {
			sensors: rest.sensors,
			members: rest.members,
			authors: rest.authors,
			lookback: rest.lookback,
			..*entry
		};
		if *entry != known {
			*entry = known;
			self.is_new = true;
		}
	}

	/// Drops the messages that are not needed any more since the needs of some agreements have changed.
	pub fn drop_data(&mut self) {
		let moved = core::mem::take(&mut self.moved);
		if !moved.is_empty() {
			let host = self.host;
			let index = self.index().iter();
			let agreements = index.map(|entry| (&entry.name, &entry.sensors[..]));
			retention::drop_data(host, &moved, agreements);
		}
	}

	/// Notes all of it for the next run.
	pub fn close(mut self) {
		if let Some(index) = self.index.take().filter(|_| self.is_new) {
			let encoded = state::encode(&index);
			self.host.set(INDEX_KEY, &encoded);
			self.notes.index = hash(&encoded);
			self.notes.keys = self.keys(&index);
		}
		state::write(self.host, AGENDA_KEY, &self.notes);
	}

	/// What stands for the keys of each intermediary that agreements go by.
	fn keys(&self, index: &[Entry]) -> BTreeMap<(IntermediaryId, BlockNumber), H256> {
		let all: BTreeSet<_> = index.iter().flat_map(Entry::keys).collect();
		let keys = all.into_iter().map(|whose| {
			let known = self.notes.keys.get(&whose).copied();
			let keys = known.unwrap_or_else(|| keys_hash(self.chain, whose));
			(whose, keys)
		});
		keys.collect()
	}
}

impl Entry {
	/// That of an agreement that had no turn yet.
	fn new(chain: &impl Chain, name: Name, key: sr25519::Public) -> Self {
		let (_, agreement) = &name;
		Self {
			sensors: retention::sensors(chain, agreement),
			members: Vec::new(),
			authors: Vec::new(),
			lookback: 0,
			name,
			key,
		}
	}

	/// By whose keys it goes, and for how many blocks those count that were replaced.
	fn keys(&self) -> impl Iterator<Item = (IntermediaryId, BlockNumber)> + '_ {
		let members = self.members.iter();
		members.map(|member| (*member, self.lookback))
	}

	/// Whether it listens to what somebody publishes. Whoever says something itself knows what it says.
	fn hears(&self, author: &[u8; 32], is_own: bool) -> bool {
		let is_known = is_own && self.key.0 == *author;
		!is_known && self.authors.iter().any(|key| key.0 == *author)
	}

	/// Whether it waits for messages of one of these sensors.
	fn has_any(&self, sensors: &BTreeSet<SensorId>) -> bool {
		self.sensors.iter().any(|sensor| sensors.contains(sensor))
	}

	/// How much longer than others it rests, so that they do not all wake in the same block.
	fn share(&self) -> BlockNumber {
		let (_, agreement) = &self.name;
		let [.., high, low] = agreement.0;
		let share = BlockNumber::from(u16::from_be_bytes([high, low]));
		share.checked_rem(LONGEST_REST).unwrap_or(0)
	}
}

/// Stands for the keys of an intermediary, of which those count that were replaced so many blocks ago at most.
fn keys_hash(chain: &impl Chain, whose: (IntermediaryId, BlockNumber)) -> H256 {
	let (intermediary, lookback) = whose;
	let keys = chain.keys(intermediary, lookback);
	let keys = keys.map(|keys| (keys.now, keys.former, keys.is_recent));
	hash(&keys.encode())
}

fn hash(bytes: &[u8]) -> H256 {
	H256(blake2_256(bytes))
}
