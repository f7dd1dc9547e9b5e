//! What a session's outputs come to: publications and transactions.

use alloc::vec::Vec;
use codec::Encode;
use sp_core::sr25519;
use syngraph_primitives::{Payload, SignedStatement, WindowIndex};
use syngraph_protocol::{Exhibit, Output, Publication, Showing, SignedBundle, Sort, RETRY};

use super::Task;
use crate::{
	chain::Chain,
	host::{Channel, Host},
	traces::Traces,
	LOG,
};

impl<C: Chain, H: Host> Task<'_, C, H> {
	/// Does what a session asks for, but for publishing its bundle. What cannot be done now is asked for
	/// again.
	pub(super) fn act(&self, output: Output) {
		match output {
			Output::Publish => (),
			Output::Settle(window) => self.settle(window),
			Output::Report(exhibits) => self.report(*exhibits),
			Output::Complain(window) => {
				self.complain(window);
			},
			Output::File(window, place, sort) => {
				self.file(window, place, sort);
			},
			Output::Show(window, position) => {
				self.show(window, position);
			},
			Output::Judge(window) => self.chain.judge(self.agreement, window),
			Output::Dismiss(window) => {
				self.dismiss(window);
			},
			Output::Rejected(window, from, why) => log::warn!(
				target: LOG, "{:?}: window {window}: commitment of member {from} not taken: {why:?}",
				self.agreement,
			),
		}
	}

	pub(super) fn publish(&self) {
		let sign = |bytes: &[u8]| self.sign(bytes);
		let Some(bundle) = self.session.bundle(&self.genesis, &sign) else {
			return;
		};
		let Some(signature) = self.sign(&bundle.signing_bytes(&self.genesis)) else {
			return;
		};
		let said = bundle.utterances.iter();
		for reveal in said.filter_map(|utterance| utterance.parts()?.1) {
			log::debug!(target: LOG, "{:?}: window {} revealed", self.agreement, reveal.window);
		}
		let bundle = SignedBundle { bundle, signature };
		self.say(Channel::Bundles, Publication::Bundle(bundle));
	}

	pub(super) fn say(&self, channel: Channel, publication: Publication) {
		let data = publication.encode();
		if !self.host.publish(&self.agreement, channel, &self.key, data) {
			log::warn!(target: LOG, "{:?}: the statement store took no statement", self.agreement);
		}
	}

	/// Accuses sensors that signed two messages with one number. Nobody has to wait for it: it need not
	/// be in the session's state that it was done.
	pub(super) fn accuse(&self) {
		if !self.view.standing.in_force || !self.chain.number().is_multiple_of(RETRY) {
			return;
		}
		let traces = Traces::new(self.host);
		for sensor in self.sensors() {
			let Some((left, right)) = traces.contradiction(sensor) else {
				continue;
			};
			if self.chain.is_valid(sensor) {
				log::warn!(
					target: LOG, "sensor {sensor} signed two messages with number {}, accusing it",
					left.message.sequence,
				);
				self.chain.accuse(self.agreement, left, right);
			}
		}
	}

	fn settle(&self, window: WindowIndex) {
		let proof = self.session.proof(window, |settlement| {
			self.sign(&settlement.signing_bytes(&self.genesis))
		});
		let roster = &self.view.standing.roster;
		let members = roster.members.iter();
		let keys: Option<Vec<_>> = members
			.map(|member| Some((*member, self.chain.key(*member)?)))
			.collect();
		let (Some(proof), Some(keys)) = (proof, keys) else {
			return;
		};
		let (genesis, agreement) = (&self.genesis, &self.agreement);
		if let Err(error) = proof.verify(genesis, agreement, window, roster.number, &keys) {
			// A peer rotated its key since; it will sign again.
			log::warn!(target: LOG, "{agreement:?}: window {window}: not settled: {error:?}");
			return;
		}
		log::info!(
			target: LOG, "{agreement:?}: window {window}: all agree on {}, settling", proof.result,
		);
		self.chain.settle(*agreement, window, proof);
	}

	fn report(&self, (left, right): (Exhibit, Exhibit)) {
		let sign = |bytes: &[u8]| self.sign(bytes);
		let signed = |exhibit: Exhibit| exhibit.sign(&self.genesis, &sign);
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

	fn complain(&self, window: WindowIndex) -> Option<()> {
		let sign = |bytes: &[u8]| self.sign(bytes);
		let utterance = self.session.utterance(window, &self.genesis, &sign)?;
		let messages = self.messages(window)?;
		let heads = messages.into_iter().map(|mut trace| trace.pop());
		let heads = heads.collect::<Option<_>>()?;
		log::warn!(target: LOG, "{:?}: window {window}: complaining of silence", self.agreement);
		self.chain.complain(utterance, heads);
		Some(())
	}

	fn file(&self, window: WindowIndex, place: u32, sort: Sort) -> Option<()> {
		let sign = |bytes: &[u8]| self.sign(bytes);
		let said = self
			.session
			.testimony(window, place, &self.genesis, &sign)?;
		let (statement, assent): (SignedStatement, Option<sr25519::Signature>) = match sort {
			Sort::Commitment => (said.commit?, None),
			Sort::Reveal => {
				let revealed = said.reveal?;
				(revealed.statement, revealed.settlement)
			},
		};
		log::info!(
			target: LOG, "{:?}: window {window}: putting the {sort:?} of member {place} on file",
			self.agreement,
		);
		self.chain.file(statement, assent);
		Some(())
	}

	fn show(&self, window: WindowIndex, position: u32) -> Option<()> {
		let dockets = &self.view.standing.dockets;
		let view = dockets.iter().find(|view| view.docket.window == window)?;
		let messages: Vec<_> = self
			.messages(window)?
			.into_iter()
			.flatten()
			.skip(position as usize)
			.take(self.chain.max_shown() as usize)
			.collect();
		let showing = Showing {
			agreement: self.agreement,
			window,
			roster: view.docket.roster.number,
			intermediary: self.intermediary,
			position,
			messages: Showing::hash(&messages),
		};
		let signature = self.sign(&showing.signing_bytes(&self.genesis))?;
		log::info!(
			target: LOG, "{:?}: window {window}: showing messages from {position} on", self.agreement,
		);
		self.chain.show(showing, messages, signature);
		Some(())
	}

	fn dismiss(&self, window: WindowIndex) -> Option<()> {
		let sign = |bytes: &[u8]| self.sign(bytes);
		let declarations = self.session.declarations(window, &self.genesis, &sign)?;
		log::info!(
			target: LOG, "{:?}: window {window}: all have done with it, dismissing the dispute",
			self.agreement,
		);
		self.chain.dismiss(self.agreement, window, declarations);
		Some(())
	}

	fn sign(&self, bytes: &[u8]) -> Option<sr25519::Signature> {
		self.host.sign(&self.key, bytes)
	}
}
