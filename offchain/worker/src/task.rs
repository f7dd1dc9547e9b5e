//! One agreement at one intermediary, during one run.

use alloc::{
	collections::{BTreeMap, BTreeSet},
	vec::Vec,
};
use codec::{DecodeLimit, Encode};
use sp_core::{sr25519, H256};
use sp_io::hashing::blake2_256;
use syngraph_primitives::{
	AgreementId, GenesisHash, IntermediaryId, SensorId, Sequence, MAX_INTERMEDIARIES,
};
use syngraph_protocol::{
	Bundle, Fold, Input, Output, Publication, Seat, Session, SignedBundle, Sources, MAX_ASKS,
	MAX_OPEN,
};

use crate::{
	chain::{AgreementInfo, Chain, Keys},
	host::{Host, MAX_PUBLICATION_BYTES},
	state, LOG,
};

mod actions;
mod repairs;
mod windows;

/// Where a node keeps something that is another one after every start: random, and written before the first
/// run. A worker that sees it for the first time knows that its state may be older than what it said.
pub const BOOT_KEY: &[u8] = b"syngraph/boot";

/// Where the state of an agreement at an intermediary is stored.
pub fn session_key(intermediary: IntermediaryId, agreement: &AgreementId) -> Vec<u8> {
	(b"syngraph/session/", intermediary, agreement).encode()
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
	fold: Fold,
	session: Session,
	/// The session as it is stored: what has been said was said by this state or an earlier one.
	stored: Option<Vec<u8>>,
	/// The latest verified bundle of each member, and whether it is signed with the present key.
	bundles: BTreeMap<IntermediaryId, (bool, Bundle)>,
	/// What was read from the transport before, so that nothing is verified twice.
	seen: BTreeSet<H256>,
	/// Whether messages that others lack were published in this run.
	repaired: bool,
	/// Whether all that peers had published was taken in in this run.
	caught_up: bool,
	/// What follows from the stored state and is not done yet.
	due: Vec<Output>,
}

impl<'a, C: Chain, H: Host> Task<'a, C, H> {
	/// Takes up an agreement where the last run left it. None if there is nothing to do for it.
	pub fn load(
		chain: &'a C,
		host: &'a H,
		key: sr25519::Public,
		intermediary: IntermediaryId,
		agreement: AgreementId,
	) -> Option<Self> {
		let info = chain.agreement(&agreement)?;
		let fold = Fold::prepare(&info.function, &info.schemas).ok()?;
		let key_of_state = session_key(intermediary, &agreement);
		let stored = host.get(&key_of_state);
		// One that cannot be read is lost. The new one listens before it says anything.
		let read = stored
			.as_ref()
			.and_then(|bytes| state::interpret(host, &key_of_state, bytes));
		let mut session: Session = read.unwrap_or_else(|| {
			Session::new(Seat {
				agreement,
				intermediary,
				roster: info.standing.roster.clone(),
			})
		});
		session.start(host.get(BOOT_KEY));
		Some(Self {
			chain,
			host,
			genesis: chain.genesis(),
			key,
			intermediary,
			agreement,
			info,
			fold,
			session,
			stored,
			bundles: BTreeMap::new(),
			seen: BTreeSet::new(),
			repaired: false,
			caught_up: false,
			due: Vec::new(),
		})
	}

	/// Tells the session about the block to which the run belongs.
	pub fn on_block(&mut self) {
		let number = self.chain.number();
		let block = Input::Block(number, &self.info.standing);
		let mut outputs = self.session.step(block);
		if let Some((first, last)) = self.session.lacks() {
			let missing = self.missing(first, last);
			self.hand_over(self.shown(&missing));
			outputs.extend(self.session.step(Input::Missing(missing)));
		}
		let disputed = self.session.disputed();
		if let Some(window) = disputed.filter(|window| self.messages(*window).is_none()) {
			outputs.extend(self.session.step(Input::Lacking(window)));
		}
		self.commit(outputs);
		self.accuse();
	}

	/// Computes what can be computed and takes in what peers have published since.
	pub fn poll(&mut self) {
		let mut outputs = self.pass_over();
		let opened = self.open(&mut outputs);
		let fresh = self.listen();
		// What was said about a window before it was computed here counts only now.
		let Self {
			session, bundles, ..
		} = self;
		let heard = bundles
			.iter()
			.filter(|(author, _)| opened || fresh.contains(author));
		for (_, (_, bundle)) in heard {
			outputs.extend(session.step(Input::Received(bundle)));
		}
		let first = !core::mem::replace(&mut self.caught_up, true);
		if first {
			outputs.extend(self.session.step(Input::CaughtUp));
		}
		if first || opened || !fresh.is_empty() {
			self.commit(outputs);
		}
		self.repair();
	}

	/// Opens the rounds of all windows that can be computed. Tells whether there are any.
	fn open(&mut self, outputs: &mut Vec<Output>) -> bool {
		let mut opened = false;
		for _ in 0..=MAX_OPEN {
			let mut wanted = self.session.wanted();
			let Some(computed) = wanted.find_map(|window| self.compute(window)) else {
				break;
			};
			log::debug!(
				target: LOG, "{:?}: window {} computed: {:?}",
				self.agreement, computed.window, computed.result,
			);
			outputs.extend(self.session.step(Input::Computed(computed)));
			opened = true;
		}
		opened
	}

	/// The agreement.
	pub fn agreement(&self) -> AgreementId {
		self.agreement
	}

	/// What tells it apart from others.
	pub fn name(&self) -> (IntermediaryId, AgreementId) {
		(self.intermediary, self.agreement)
	}

	/// Whether it never had a turn.
	pub fn is_new(&self) -> bool {
		self.stored.is_none()
	}

	/// Its sensors.
	pub fn sensors(&self) -> impl Iterator<Item = SensorId> + '_ {
		self.sources().feeds.iter().map(|feed| feed.sensor)
	}

	/// For each sensor, the first message that is still needed.
	pub fn needs(&self) -> impl Iterator<Item = (SensorId, Sequence)> + '_ {
		let below = self.session.needs();
		let sources = self.sources();
		sources.feeds.iter().filter_map(move |feed| {
			let range = feed.range(&sources.shape, below?.max(feed.since))?;
			Some((feed.sensor, range.start))
		})
	}

	/// What its windows are made of.
	fn sources(&self) -> &Sources {
		&self.info.standing.sources
	}

	/// Saves the state. What came out of it is due from then on. Nothing is if the state was changed by another run
	/// in the meantime: this one must not go on from what it knows.
	fn commit(&mut self, outputs: Vec<Output>) {
		let encoded = state::encode(&self.session);
		if self.stored.as_ref() != Some(&encoded) {
			let key = session_key(self.intermediary, &self.agreement);
			if !self.host.replace(&key, self.stored.as_deref(), &encoded) {
				log::warn!(target: LOG, "{:?}: another run changed the state", self.agreement);
				self.due.clear();
				return;
			}
			self.stored = Some(encoded);
		}
		self.due.extend(outputs);
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
	/// members of whom there is a new one.
	fn listen(&mut self) -> BTreeSet<IntermediaryId> {
		let mut fresh = BTreeSet::new();
		for member in self.info.standing.roster.members.clone() {
			let keys = self.chain.keys(member);
			for key in keys.iter().flat_map(Keys::all) {
				for data in self.host.published(&self.agreement, &key) {
					let is_new = self.read(member, &key, &data);
					fresh.extend(is_new.then_some(member));
				}
			}
		}
		fresh
	}

	/// Reads what a member published under one of its keys. Tells whether it is a bundle that was not there before.
	fn read(&mut self, author: IntermediaryId, key: &sr25519::Public, data: &[u8]) -> bool {
		let hash = H256(blake2_256(data));
		if data.len() > MAX_PUBLICATION_BYTES || !self.seen.insert(hash) {
			return false;
		}
		match Publication::decode_all_with_depth_limit(16, &mut &data[..]) {
			Ok(Publication::Bundle(signed)) => return self.take(author, key, signed).is_some(),
			Ok(Publication::Repair(repair)) if repair.agreement == self.agreement => {
				if !self.hand_over(repair.messages) {
					self.seen.remove(&hash);
				}
			},
			_ => log::debug!(target: LOG, "{:?}: a publication is not valid", self.agreement),
		}
		false
	}

	/// Keeps a bundle, if it is its author's. What was signed with a key that was rotated since counts only if nothing of
	/// the present one is there.
	fn take(
		&mut self,
		author: IntermediaryId,
		key: &sr25519::Public,
		signed: SignedBundle,
	) -> Option<()> {
		let is_present = self.chain.keys(author)?.now == *key;
		let known = self.bundles.get(&author);
		let outdated = known.is_some_and(|(known_is_present, _)| *known_is_present && !is_present);
		if outdated || !self.verify(author, key, &signed) {
			return None;
		}
		let mut bundle = signed.bundle;
		let own = self.chain.keys(self.intermediary)?.all();
		bundle.keep_heard_of(self.intermediary, &self.genesis, &own);
		self.bundles.insert(author, (is_present, bundle));
		Some(())
	}

	/// Whether a bundle is a member's, and all that is said in it is signed with this key of its.
	fn verify(&self, author: IntermediaryId, key: &sr25519::Public, signed: &SignedBundle) -> bool {
		let bundle = &signed.bundle;
		let mut utterances = bundle.utterances.iter();
		bundle.agreement == self.agreement
			&& bundle.intermediary == author
			&& bundle.roster == self.info.standing.roster.number
			&& bundle.heard.len() <= MAX_INTERMEDIARIES as usize
			&& bundle.utterances.len() <= MAX_OPEN
			&& bundle.asks.len() <= MAX_ASKS
			&& signed.verify(&self.genesis, key)
			&& utterances.all(|utterance| utterance.verify(&self.genesis, key))
	}
}
