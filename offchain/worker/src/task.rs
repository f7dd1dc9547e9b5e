//! One agreement at one intermediary, during one run.

use alloc::{
	collections::{BTreeMap, BTreeSet},
	vec::Vec,
};
use codec::{DecodeLimit, Encode};
use core::cell::OnceCell;
use sp_core::{sr25519, H256};
use sp_io::hashing::blake2_256;
use syngraph_primitives::{
	AgreementId, BlockNumber, GenesisHash, IntermediaryId, SensorId, Sequence, Utterance,
	WindowIndex,
};
use syngraph_protocol::{
	Bundle, Clock, Dated, Fold, Input, Output, Publication, Seat, Session, SignedBundle, Sources,
	MAX_UTTERANCES,
};

use crate::{
	chain::{AgreementInfo, Chain, Keys},
	chunks,
	host::{Host, MAX_PUBLICATION_BYTES},
	presence::Presence,
	retention::{self, session_key},
	turns::Name,
	LOG,
};

mod actions;
mod joint;
mod record;
mod repairs;
mod served;
mod signatures;
mod wakes;
mod windows;

pub use record::{forget, Record};
pub use wakes::Rest;

/// How often at most a session goes on in a turn because of what it heard in the same turn: it begins and ends
/// attempts.
const MAX_STEPS: usize = 2 * MAX_UTTERANCES;

/// Whether something is signed with its author's present key.
type IsPresent = bool;

/// The latest verified bundle of each member; apart from it the latest that is signed with the key before its present
/// one.
type Bundles = BTreeMap<(IntermediaryId, IsPresent), Bundle>;

/// Those that count for the intermediary that is called `own`. What was signed with a key that was rotated since does
/// only if there is nothing of the present one; but whatever was said here, nothing else must be said instead.
fn counting(bundles: &Bundles, own: IntermediaryId) -> impl Iterator<Item = &Bundle> {
	let counts = move |author: IntermediaryId, is_present: IsPresent| {
		is_present || author == own || !bundles.contains_key(&(author, true))
	};
	let all = bundles.iter();
	all.filter(move |((author, is_present), _)| counts(*author, *is_present))
		.map(|(_, bundle)| bundle)
}

/// Drives one session.
pub struct Task<'a, C, H> {
	chain: &'a C,
	host: &'a H,
	genesis: GenesisHash,
	key: sr25519::Public,
	intermediary: IntermediaryId,
	agreement: AgreementId,
	info: AgreementInfo,
	/// What is computed; nothing before it is needed.
	fold: OnceCell<Option<Fold>>,
	record: Record,
	/// The record as it is stored: what has been said was said by this state or an earlier one.
	stored: Option<Vec<u8>>,
	/// The blocks of which it says that it has heard.
	clock: Clock,
	/// Whether it had a turn in this run before, so that what is done once in a run was done.
	again: bool,
	/// Whether the session was told about the block to which the run belongs.
	told: bool,
	/// What peers say.
	bundles: Bundles,
	/// The keys by which what is published was last listened to.
	authors: Vec<sr25519::Public>,
	/// What was read from the transport in this run.
	seen: BTreeSet<H256>,
	/// Whether messages that others lack were published in this run.
	repaired: bool,
	/// Whether all that peers had published was taken in in this run.
	caught_up: bool,
	/// What follows from the state and is not due as long as that is not stored.
	pending: Vec<Output>,
	/// What follows from the stored state and is not done yet.
	due: Vec<Output>,
	/// Whether its state was changed by its last turn.
	moved: bool,
	/// The window that its last turn found lacking messages, if it came to one.
	stuck: Option<WindowIndex>,
	/// Whether it has more to do than fits into a turn.
	unfinished: bool,
	/// Whether another run changed the state.
	outrun: bool,
	/// Whether other messages are needed than before.
	needs_moved: bool,
}

impl<'a, C: Chain, H: Host> Task<'a, C, H> {
	/// Takes up an agreement where its last turn left it; `again` if it had that in the same run. None if there is
	/// nothing to do for it.
	pub fn load(
		chain: &'a C,
		host: &'a H,
		presence: &Presence,
		full: &[BlockNumber],
		key: sr25519::Public,
		name: Name,
		again: bool,
	) -> Option<Self> {
		let (intermediary, agreement) = name;
		let info = chain.agreement(&agreement)?;
		let stored = host.get(&session_key(intermediary, &agreement));
		// One that cannot be read is lost. The new one listens before it says anything.
		let read = stored
			.as_ref()
			.and_then(|bytes| Record::read(host, &name, bytes));
		let mut record = read.unwrap_or_else(|| {
			Record::new(Session::new(Seat {
				genesis: chain.genesis(),
				agreement,
				intermediary,
				roster: info.standing.roster.clone(),
			}))
		});
		let clock = record.session.clock();
		let is_early = presence.is_early(&agreement);
		record.session.start(presence.since(), is_early, full);
		Some(Self {
			chain,
			host,
			genesis: chain.genesis(),
			key,
			intermediary,
			agreement,
			info,
			fold: OnceCell::new(),
			record,
			stored,
			clock,
			again,
			told: false,
			bundles: BTreeMap::new(),
			authors: Vec::new(),
			seen: BTreeSet::new(),
			repaired: again,
			caught_up: false,
			pending: Vec::new(),
			due: Vec::new(),
			moved: false,
			stuck: None,
			unfinished: false,
			outrun: false,
			needs_moved: false,
		})
	}

	/// Takes its turn. What comes of it is due, see [`Self::act`].
	pub fn turn(&mut self, finalized: BlockNumber) {
		if !core::mem::replace(&mut self.told, true) {
			self.on_block(finalized);
		}
		self.poll();
	}

	/// Tells the session about the block to which the run belongs.
	fn on_block(&mut self, finalized: BlockNumber) {
		self.unhear();
		let number = self.chain.number();
		let block = Input::Block(number, finalized, &self.info.standing);
		self.pending.extend(self.record.session.step(block));
		if let Some((first, last)) = self.session().lacks() {
			let missing = self.missing(first, last);
			let shown = self.shown(&missing);
			self.step(Input::Missing(missing));
			self.hand_over(&shown);
		}
		if let Some(needs) = self.session().needs() {
			self.record.needs.push(number, needs);
		}
		let needs: Vec<_> = self.needs().collect();
		self.needs_moved |= retention::note_needs(self.host, &self.name(), &needs);
		if !self.again {
			self.accuse();
		}
	}

	/// Computes what can be computed, takes in what peers have published since, and begins the rounds that can begin.
	fn poll(&mut self) {
		let first = !core::mem::replace(&mut self.caught_up, true);
		(self.moved, self.unfinished) = (false, false);
		let computed = self.compute_all();
		let fresh = self.listen(first);
		let went_on = self.go_on(&fresh);
		if first {
			self.step(Input::CaughtUp);
		}
		let repaired = self.repair();
		if first || computed || went_on || repaired || !fresh.is_empty() {
			self.commit();
		}
	}

	/// Takes in bundles of which the session has not heard in its present state, and begins what can be begun, as long
	/// as there is anything new. Tells whether there was.
	fn go_on(&mut self, fresh: &BTreeSet<IntermediaryId>) -> bool {
		self.hear(|author| fresh.contains(&author));
		let mut went_on = self.sign_jointly();
		for _ in 0..MAX_STEPS {
			let view = self.view();
			let heard = self.record.view == view;
			let begins = self.session().plan().is_some();
			if heard && !begins {
				break;
			}
			went_on = true;
			if !heard {
				self.record.view = view;
				self.hear(|_| true);
			}
			if let Some(plan) = self.session().plan() {
				let secret = self.host.secret();
				let contribution = self.contribute(&plan);
				self.step(Input::Open(secret, contribution));
			}
			self.sign_jointly();
		}
		went_on
	}

	/// Tells the session what some members say.
	fn hear(&mut self, whom: impl Fn(IntermediaryId) -> bool) {
		let Self {
			record,
			bundles,
			pending,
			..
		} = self;
		let heard = counting(bundles, self.intermediary);
		for bundle in heard.filter(|bundle| whom(bundle.intermediary)) {
			pending.extend(record.session.step(Input::Received(bundle)));
		}
	}

	/// Stands for all by which the session decides what to take in of the peers' bundles: what was said of a round
	/// before it was begun here, for instance, counts only then. As long as this is the same nothing new is in a bundle
	/// that was taken in.
	fn view(&self) -> H256 {
		let standing = &self.info.standing;
		let rounds = self.session().open_rounds();
		let rounds: Vec<_> = rounds.map(|round| (round.span(), round.phase())).collect();
		let (roster, base) = (&standing.roster, standing.progress.base);
		H256(blake2_256(
			&(roster, base, standing.version, rounds).encode(),
		))
	}

	fn session(&self) -> &Session {
		&self.record.session
	}

	fn step(&mut self, input: Input<'_>) {
		self.pending.extend(self.record.session.step(input));
	}

	/// What tells it apart from others.
	fn name(&self) -> Name {
		(self.intermediary, self.agreement)
	}

	/// How many bytes the state takes up where it is stored, all windows included.
	pub fn size(&self) -> usize {
		let computed = self.session().computed();
		let windows = computed.end.saturating_sub(computed.start) as usize;
		let state = self.stored.as_ref().map_or(0, Vec::len);
		state.saturating_add(windows.saturating_mul(core::mem::size_of::<Dated>()))
	}

	/// For each sensor, the first message that is still needed.
	fn needs(&self) -> impl Iterator<Item = (SensorId, Sequence)> + '_ {
		let below = self.record.needs.lowest();
		let sources = self.sources();
		sources.feeds.iter().filter_map(move |feed| {
			let range = feed.range(&sources.shape, below?.max(feed.since))?;
			Some((feed.sensor, range.start))
		})
	}

	/// What its windows are made of.
	fn sources(&self) -> &Sources<BlockNumber> {
		&self.info.sources
	}

	/// Saves the state. What came out of it is due from then on. Nothing is if the state was changed by another run
	/// in the meantime: this one must not go on from what it knows.
	fn commit(&mut self) {
		let name = self.name();
		let gone = self
			.record
			.chunks
			.fill(self.host, &name, &self.record.session);
		if !self.is_stored() {
			let encoded = self.record.bytes();
			let key = session_key(self.intermediary, &self.agreement);
			if !self.host.replace(&key, self.stored.as_deref(), &encoded) {
				log::warn!(target: LOG, "{:?}: another run changed the state", self.agreement);
				self.pending.clear();
				self.due.clear();
				self.outrun = true;
				return;
			}
			self.stored = Some(encoded);
			self.moved = true;
			self.clock = self.record.session.clock();
			// Not before: until then the state needed them.
			gone.into_iter()
				.for_each(|number| chunks::remove(self.host, &name, number));
		}
		self.due.append(&mut self.pending);
	}

	/// Whether the state is stored, but for the blocks of which it has heard: it is told of these in each turn, and
	/// would be written again in each.
	fn is_stored(&mut self) -> bool {
		let clock = self.record.session.clock();
		self.record.session.set_clock(self.clock);
		let encoded = self.record.bytes();
		self.record.session.set_clock(clock);
		self.stored.as_ref() == Some(&encoded)
	}

	/// Whether something is due.
	pub fn has_to_act(&self) -> bool {
		!self.due.is_empty()
	}

	/// Does what is due. The state from which it follows must be safely on disk ([`Host::sync`]).
	pub fn act(&mut self) {
		if self.due.contains(&Output::Publish) {
			self.publish();
		}
		for output in core::mem::take(&mut self.due) {
			self.carry_out(output);
		}
	}

	/// Reads and verifies what was published, and keeps the latest bundle of each member. Returns the
	/// members of whom there is one that was not there in the last run either. `first` tells that this run reads for
	/// the first time.
	fn listen(&mut self, first: bool) -> BTreeSet<IntermediaryId> {
		let mut fresh = BTreeSet::new();
		let mut members = self.info.standing.roster.members.to_vec();
		// What was said here counts also under other rosters.
		if !members.contains(&self.intermediary) {
			members.push(self.intermediary);
		}
		self.authors.clear();
		for author in members {
			for key in self.keys_heard(author) {
				self.authors.push(key);
				for data in self.host.published(&self.agreement, &key) {
					let is_new = self.read(author, &key, &data);
					fresh.extend(is_new.then_some(author));
				}
			}
		}
		if first {
			let seen = &self.seen;
			self.record.used_up.retain(|hash| seen.contains(hash));
		}
		fresh
	}

	/// The keys by which a member's signatures count.
	fn member_keys(&self, author: IntermediaryId) -> Option<Keys> {
		self.chain.keys(author, self.info.lookback)
	}

	/// The keys by which what an author publishes is taken in. Whatever was said here, nothing else must be said
	/// instead.
	fn keys_heard(&self, author: IntermediaryId) -> Vec<sr25519::Public> {
		let Some(keys) = self.member_keys(author) else {
			return Vec::new();
		};
		match author == self.intermediary {
			true => keys.all(),
			false => keys.heard(),
		}
	}

	/// Takes for unheard what members said by keys that do not count any more: the chain would refuse it, and all that
	/// comes with it. Signatures are looked at only when keys are other ones than before.
	fn unhear(&mut self) {
		let members = self.info.standing.roster.members.iter();
		let keys = members.map(|member| Some(self.member_keys(*member)?.all()));
		let keys = keys.collect::<Vec<Option<Vec<_>>>>();
		let keys = H256(blake2_256(&keys.encode()));
		if keys == core::mem::replace(&mut self.record.keys, keys) {
			return;
		}
		let (chain, genesis, lookback) = (self.chain, self.genesis, self.info.lookback);
		let counts = |said: &Utterance| is_taken(chain, lookback, &genesis, said);
		self.record.session.unhear(counts);
		// They may have said it again long since.
		self.record.view = H256::zero();
	}

	/// Reads what a member published under one of its keys. Tells whether it is a bundle that was not there in an
	/// earlier run.
	fn read(&mut self, author: IntermediaryId, key: &sr25519::Public, data: &[u8]) -> bool {
		// Whoever publishes the same bytes in its own name hides nothing by that.
		let hash = H256(blake2_256(&(key, data).encode()));
		let helpless = self.session().lacks().is_some();
		let used_up = self.record.used_up.contains(&hash) && !helpless;
		if data.len() > MAX_PUBLICATION_BYTES || !self.seen.insert(hash) || used_up {
			return false;
		}
		match Publication::decode_all_with_depth_limit(16, &mut &data[..]) {
			Ok(Publication::Bundle(signed)) => return self.take(author, key, hash, signed),
			Ok(Publication::Repair(repair)) if repair.agreement == self.agreement => {
				self.take_repair(hash, &repair.messages);
			},
			_ => log::debug!(target: LOG, "{:?}: a publication is not valid", self.agreement),
		}
		false
	}

	/// Keeps a bundle, if it counts. Tells whether it was not there in an earlier run.
	fn take(
		&mut self,
		author: IntermediaryId,
		key: &sr25519::Public,
		publication: H256,
		signed: SignedBundle,
	) -> bool {
		let is_new = self.verify(author, key, publication, &signed);
		if is_new.is_some() {
			let is_present = self
				.member_keys(author)
				.is_some_and(|keys| keys.now == *key);
			self.bundles.insert((author, is_present), signed.bundle);
		}
		is_new.unwrap_or(false)
	}

	/// Whether it is news what a bundle says, if all of it is signed with this key of its author and it counts: it is
	/// an own one, or one of a member.
	fn verify(
		&mut self,
		author: IntermediaryId,
		key: &sr25519::Public,
		publication: H256,
		signed: &SignedBundle,
	) -> Option<bool> {
		let (bundle, own) = (&signed.bundle, self.intermediary);
		let roster = &self.info.standing.roster;
		let counts = author == own || bundle.roster == roster.number;
		let of_author = bundle.agreement == self.agreement && bundle.intermediary == author;
		if !counts || !of_author || !bundle.is_sound() {
			return None;
		}
		let verified = &mut self.record.verified;
		let is_new = verified.check(&self.genesis, key, publication, signed)?;
		if is_new {
			let keys = self.chain.keys(author, self.info.lookback)?;
			let members = &roster.members;
			verified.retain(|other, key| match other == author {
				true => keys.all().contains(key),
				false => members.contains(&other) || other == own,
			});
		}
		Some(is_new)
	}
}

/// Whether the chain takes what a member said: its author may have rotated its key between commitment and reveal.
fn is_taken(
	chain: &impl Chain,
	lookback: BlockNumber,
	genesis: &GenesisHash,
	said: &Utterance,
) -> bool {
	let keys = chain.keys(said.author(), lookback);
	let keys = keys.map(|keys| keys.all()).unwrap_or_default();
	let committed = keys.iter().any(|key| said.commit.verify(genesis, key));
	committed && keys.iter().any(|key| said.is_assented(genesis, key))
}
