//! One agreement at one intermediary, during one run.

use alloc::{
	collections::{BTreeMap, BTreeSet},
	vec::Vec,
};
use codec::{DecodeLimit, Encode};
use core::ops::Range;
use sp_core::{sr25519, H256};
use sp_io::hashing::blake2_256;
use syngraph_primitives::{
	AgreementId, GenesisHash, IntermediaryId, Message, SensorId, Sequence, SignedMessage,
	WindowIndex, MAX_INTERMEDIARIES,
};
use syngraph_protocol::{
	prepare, Bundle, Computed, Input, Output, Pipeline, Publication, Seat, Session, SignedBundle,
	Trace, Window, MAX_ASKS, MAX_OPEN,
};

use crate::{
	chain::{Chain, View},
	host::Host,
	state,
	traces::Traces,
	LOG,
};

mod actions;
mod repairs;

/// Larger publications are nobody's.
const MAX_PUBLICATION_BYTES: usize = 64 * 1024;

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
	view: View,
	pipeline: Pipeline,
	session: Session,
	/// The session as it is stored: what has been said was said by this state or an earlier one.
	stored: Option<Vec<u8>>,
	/// The latest verified bundle of each member.
	bundles: BTreeMap<IntermediaryId, Bundle>,
	/// What was read from the transport before, so that nothing is verified twice.
	seen: BTreeSet<H256>,
	/// Whether messages that others lack were published in this run.
	repaired: bool,
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
		let view = chain.agreement(&agreement)?;
		let schemas: Vec<_> = view
			.sources
			.iter()
			.map(|(_, schema)| schema.clone())
			.collect();
		let pipeline = prepare(&view.function, &schemas).ok()?;
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
				roster: view.standing.roster.clone(),
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
			view,
			pipeline,
			session,
			stored,
			bundles: BTreeMap::new(),
			seen: BTreeSet::new(),
			repaired: false,
		})
	}

	/// Tells the session about the block to which the run belongs.
	pub fn on_block(&mut self) {
		let number = self.chain.number();
		let block = Input::Block(number, &self.view.standing);
		let mut outputs = self.session.step(block);
		if let Some((first, last)) = self.session.lacks() {
			let missing = self.missing(first, last);
			outputs.extend(self.session.step(Input::Missing(missing)));
		}
		self.commit(outputs);
		self.accuse();
	}

	/// Computes what can be computed and takes in what peers have published since.
	pub fn poll(&mut self) {
		let mut outputs = Vec::new();
		let mut opened = false;
		while let Some(computed) = self
			.session
			.wanted()
			.and_then(|window| self.compute(window))
		{
			log::debug!(
				target: LOG, "{:?}: window {} computed: {:?}",
				self.agreement, computed.window, computed.result,
			);
			outputs.extend(self.session.step(Input::Computed(computed)));
			opened = true;
		}
		let fresh = self.listen();
		// What was said about a window before it was computed here counts only now.
		let Self {
			session, bundles, ..
		} = self;
		let heard = bundles
			.iter()
			.filter(|(author, _)| opened || fresh.contains(author));
		for (_, bundle) in heard {
			outputs.extend(session.step(Input::Received(bundle)));
		}
		if opened || !fresh.is_empty() {
			self.commit(outputs);
		}
		self.repair();
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
		self.view.sources.iter().map(|(source, _)| source.sensor)
	}

	/// For each sensor, the first message that is still needed.
	pub fn needs(&self) -> impl Iterator<Item = (SensorId, Sequence)> + '_ {
		let below = self.session.needs();
		self.view.sources.iter().filter_map(move |(source, _)| {
			Some((
				source.sensor,
				self.view.shape.range(source.start, below?)?.start,
			))
		})
	}

	/// Saves the state, then does what came out of it. Nothing is done if the state was changed by
	/// another run in the meantime: this one must not go on from what it knows.
	fn commit(&mut self, outputs: Vec<Output>) {
		let encoded = state::encode(&self.session);
		if self.stored.as_ref() != Some(&encoded) {
			let key = session_key(self.intermediary, &self.agreement);
			if !self.host.replace(&key, self.stored.as_deref(), &encoded) {
				log::warn!(target: LOG, "{:?}: another run changed the state", self.agreement);
				return;
			}
			self.stored = Some(encoded);
		}
		if outputs.contains(&Output::Publish) {
			self.publish();
		}
		for output in outputs {
			self.act(output);
		}
	}

	/// Reads and verifies what was published, and keeps the latest bundle of each member. Returns the
	/// members of whom there is a new one.
	fn listen(&mut self) -> BTreeSet<IntermediaryId> {
		let mut fresh = BTreeSet::new();
		for data in self.host.published(&self.agreement) {
			let hash = H256(blake2_256(&data));
			if !self.seen.insert(hash) || data.len() > MAX_PUBLICATION_BYTES {
				continue;
			}
			match Publication::decode_all_with_depth_limit(16, &mut &data[..]) {
				Ok(Publication::Bundle(signed)) if self.verify(&signed) => {
					let mut bundle = signed.bundle;
					bundle.keep_heard_of(self.intermediary, &self.genesis, &self.key);
					fresh.insert(bundle.intermediary);
					self.bundles.insert(bundle.intermediary, bundle);
				},
				Ok(Publication::Repair(repair)) if repair.agreement == self.agreement => {
					if !self.hand_over(repair.messages) {
						self.seen.remove(&hash);
					}
				},
				_ => log::debug!(target: LOG, "{:?}: a publication is not valid", self.agreement),
			}
		}
		fresh
	}

	fn verify(&self, signed: &SignedBundle) -> bool {
		let bundle = &signed.bundle;
		let roster = &self.view.standing.roster;
		let known = bundle.agreement == self.agreement
			&& bundle.roster == roster.number
			&& roster.members.contains(&bundle.intermediary)
			&& bundle.heard.len() <= MAX_INTERMEDIARIES as usize
			&& bundle.utterances.len() <= MAX_OPEN
			&& bundle.asks.len() <= MAX_ASKS;
		let key = self.chain.key(bundle.intermediary).filter(|_| known);
		key.is_some_and(|key| {
			let mut utterances = bundle.utterances.iter();
			signed.verify(&self.genesis, &key)
				&& utterances.all(|utterance| utterance.verify(&self.genesis, &key))
		})
	}

	/// Computes a window, if all its messages are here.
	fn compute(&self, window: WindowIndex) -> Option<Computed> {
		let messages: Vec<Vec<Message>> = self
			.messages(window)?
			.into_iter()
			.map(|trace| trace.into_iter().map(|signed| signed.message).collect())
			.collect();
		let contents = Window::new(messages.iter().flatten());
		let inputs: Vec<Trace<'_>> = self
			.view
			.sources
			.iter()
			.zip(&messages)
			.map(|((_, schema), messages)| Trace { schema, messages })
			.collect();
		let result = self.pipeline.evaluate(&inputs);
		#[cfg(feature = "sabotage")]
		let result = crate::sabotage::spoil(self.host, result);
		Some(Computed {
			window,
			result,
			root: contents.root(),
			digest: contents.digest(),
			secret: self.host.secret(),
		})
	}

	/// The messages of a window by sensor, if all of them are here.
	fn messages(&self, window: WindowIndex) -> Option<Vec<Vec<SignedMessage>>> {
		let traces = Traces::new(self.host);
		let ranges: Option<Vec<_>> = self
			.view
			.sources
			.iter()
			.map(|(source, _)| {
				let range = self.view.shape.range(source.start, window)?;
				(traces.head(source.sensor)? >= range.end).then_some((source.sensor, range))
			})
			.collect();
		let trace = |(sensor, range): (SensorId, Range<Sequence>)| {
			range.map(|at| traces.message(sensor, at)).collect()
		};
		ranges?.into_iter().map(trace).collect()
	}
}
