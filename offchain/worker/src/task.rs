//! One agreement at one intermediary, during one run.

use alloc::{
	collections::{BTreeMap, BTreeSet},
	vec::Vec,
};
use codec::{Decode, DecodeLimit, Encode};
use sp_core::{sr25519, H256};
use sp_io::hashing::blake2_256;
use syngraph_primitives::{
	AgreementId, GenesisHash, IntermediaryId, Message, Payload, SensorId, Sequence,
	SignedStatement, WindowIndex,
};
use syngraph_protocol::{
	prepare, Bundle, Computed, Exhibit, Input, Output, Pipeline, Roster, Session, SignedBundle,
	Trace, Window, MAX_OPEN,
};

use crate::{
	chain::{Chain, View},
	host::Host,
	traces::Traces,
	LOG,
};

/// Larger publications are nobody's bundle.
const MAX_BUNDLE_BYTES: usize = 64 * 1024;

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
}

impl<'a, C: Chain, H: Host> Task<'a, C, H> {
	/// Takes up an agreement where the last run left it. None if it is not for this intermediary.
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
		let stored = host.get(&session_key(intermediary, &agreement));
		let session = match &stored {
			Some(bytes) => Session::decode(&mut &bytes[..])
				.inspect_err(|_| log::error!(target: LOG, "{agreement:?}: state is unreadable"))
				.ok()?,
			None => {
				let me = view
					.members
					.iter()
					.position(|member| *member == intermediary)?;
				let members = view.members.clone();
				Session::new(Roster {
					agreement,
					members,
					me: me as u32,
				})
			},
		};
		Some(Self {
			chain,
			host,
			genesis: chain.genesis(),
			key,
			agreement,
			view,
			pipeline,
			session,
			stored,
			bundles: BTreeMap::new(),
			seen: BTreeSet::new(),
		})
	}

	/// Tells the session about the block to which the run belongs.
	pub fn on_block(&mut self) {
		let number = self.chain.number();
		let progress = self.view.progress.clone();
		let outputs = self.session.step(Input::Block { number, progress });
		self.commit(outputs);
	}

	/// Computes what can be computed and takes in what peers have published since.
	pub fn poll(&mut self) {
		let mut outputs = Vec::new();
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
		}
		self.listen();
		for bundle in self.bundles.values() {
			outputs.extend(self.session.step(Input::Received(bundle.clone())));
		}
		self.commit(outputs);
	}

	/// The agreement.
	pub fn agreement(&self) -> AgreementId {
		self.agreement
	}

	/// Its sensors.
	pub fn sensors(&self) -> impl Iterator<Item = SensorId> + '_ {
		self.view.sources.iter().map(|(source, _)| source.sensor)
	}

	/// For each sensor, the first message that is still needed.
	pub fn needs(&self) -> impl Iterator<Item = (SensorId, Sequence)> + '_ {
		let below = self.session.below();
		self.view.sources.iter().filter_map(move |(source, _)| {
			Some((
				source.sensor,
				self.view.shape.range(source.start, below)?.start,
			))
		})
	}

	/// Saves the state, then does what came out of it. Nothing is done if the state was changed by
	/// another run in the meantime: this one must not go on from what it knows.
	fn commit(&mut self, outputs: Vec<Output>) {
		let encoded = self.session.encode();
		if self.stored.as_ref() != Some(&encoded) {
			let key = session_key(self.session.roster().own_id(), &self.agreement);
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
			match output {
				Output::Publish => (),
				Output::Settle(window) => self.settle(window),
				Output::Report(exhibits) => self.report(*exhibits),
				Output::Rejected(window, from, why) => log::warn!(
					target: LOG, "{:?}: window {window}: commitment of member {from} not taken: {why:?}",
					self.agreement,
				),
			}
		}
	}

	fn publish(&self) {
		let (below, said) = self.session.says();
		let sign = |bytes: &[u8]| self.host.sign(&self.key, bytes);
		let utterances: Option<Vec<_>> = said
			.into_iter()
			.map(|unsigned| unsigned.sign(&self.genesis, &sign))
			.collect();
		let Some(utterances) = utterances else { return };
		let intermediary = self.session.roster().own_id();
		let bundle = Bundle {
			agreement: self.agreement,
			intermediary,
			below,
			utterances,
		};
		let Some(signature) = sign(&bundle.signing_bytes(&self.genesis)) else {
			return;
		};
		let data = SignedBundle { bundle, signature }.encode();
		if !self.host.publish(&self.agreement, &self.key, data) {
			log::warn!(target: LOG, "{:?}: the statement store took no statement", self.agreement);
		}
	}

	fn settle(&self, window: WindowIndex) {
		let sign = |bytes: &[u8]| self.host.sign(&self.key, bytes);
		let proof = self.session.proof(window, |settlement| {
			sign(&settlement.signing_bytes(&self.genesis))
		});
		let keys: Option<Vec<_>> = self
			.view
			.members
			.iter()
			.map(|member| Some((*member, self.chain.key(*member)?)))
			.collect();
		let (Some(proof), Some(keys)) = (proof, keys) else {
			return;
		};
		if let Err(error) = proof.verify(&self.genesis, &self.agreement, window, &keys) {
			// A peer rotated its key since; it will sign again.
			log::warn!(target: LOG, "{:?}: window {window}: not settled: {error:?}", self.agreement);
			return;
		}
		log::info!(
			target: LOG, "{:?}: window {window}: all agree on {}, settling", self.agreement, proof.result,
		);
		self.chain.settle(self.agreement, window, proof);
	}

	fn report(&self, (left, right): (Exhibit, Exhibit)) {
		let signed = |exhibit| match exhibit {
			Exhibit::Peer(statement) => Some(statement),
			Exhibit::Own(statement) => {
				let signature = self
					.host
					.sign(&self.key, &statement.signing_bytes(&self.genesis))?;
				Some(SignedStatement {
					statement,
					signature,
				})
			},
		};
		let (Some(left), Some(right)) = (signed(left), signed(right)) else {
			return;
		};
		log::warn!(
			target: LOG, "{:?}: window {}: members {} and {} contradict each other, reporting",
			self.agreement, left.statement.window(),
			left.statement.intermediary(), right.statement.intermediary(),
		);
		self.chain.report(left, right);
	}

	/// Reads and verifies what was published, and keeps the latest bundle of each member.
	fn listen(&mut self) {
		for data in self.host.published(&self.agreement) {
			if !self.seen.insert(H256(blake2_256(&data))) || data.len() > MAX_BUNDLE_BYTES {
				continue;
			}
			let Some(bundle) = self.verified(&data) else {
				log::debug!(target: LOG, "{:?}: a publication is no valid bundle", self.agreement);
				continue;
			};
			self.bundles.insert(bundle.intermediary, bundle);
		}
	}

	fn verified(&self, data: &[u8]) -> Option<Bundle> {
		let signed = SignedBundle::decode_all_with_depth_limit(16, &mut &data[..]).ok()?;
		let bundle = &signed.bundle;
		let known = bundle.agreement == self.agreement
			&& self.view.members.contains(&bundle.intermediary)
			&& bundle.utterances.len() <= MAX_OPEN;
		let key = self.chain.key(bundle.intermediary).filter(|_| known)?;
		let valid = signed.verify(&self.genesis, &key)
			&& bundle
				.utterances
				.iter()
				.all(|utterance| utterance.verify(&self.genesis, &key));
		valid.then_some(signed.bundle)
	}

	/// Computes a window, if all its messages are here.
	fn compute(&self, window: WindowIndex) -> Option<Computed> {
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
		let messages: Option<Vec<Vec<Message>>> = ranges?
			.into_iter()
			.map(|(sensor, range)| {
				range
					.map(|at| traces.message(sensor, at).map(|signed| signed.message))
					.collect()
			})
			.collect();
		let messages = messages?;
		let contents = Window::new(messages.iter().flatten());
		let inputs: Vec<Trace<'_>> = self
			.view
			.sources
			.iter()
			.zip(&messages)
			.map(|((_, schema), messages)| Trace { schema, messages })
			.collect();
		Some(Computed {
			window,
			result: self.pipeline.evaluate(&inputs),
			root: contents.root(),
			digest: contents.digest(),
			secret: self.host.secret(),
		})
	}
}
