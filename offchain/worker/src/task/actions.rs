//! What a session's outputs come to: publications and transactions.

use alloc::vec::Vec;
use codec::Encode;
use sp_core::{sr25519, H256};
use sp_runtime::{traits::Verify, BoundedVec};
use syngraph_primitives::{Lack, Payload, RosterNumber, SignedStatement, WindowIndex};
use syngraph_protocol::{
	Exhibit, Output, Proof, Publication, Showing, SignedBundle, Sort, Window, RETRY,
};

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
	pub(super) fn carry_out(&self, output: Output) {
		match output {
			Output::Publish => (),
			Output::Settle(window) => self.settle(window),
			Output::Report(exhibits) => {
				self.report(*exhibits);
			},
			Output::Complain(window) => {
				self.complain(window);
			},
			Output::File(window, place, sort) => {
				self.file(window, place, sort);
			},
			Output::Lack(window) => {
				self.lack(window);
			},
			Output::Show(window, root, position) => {
				self.show(window, root, position);
			},
			Output::Judge(window) => self.chain.judge(self.agreement, window),
			Output::Pass(roster) => {
				self.pass(roster);
			},
			Output::Dismiss(window, roster) => {
				self.dismiss(window, roster);
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
			log::warn!(target: LOG, "{:?}: the statement store did not take what was published", self.agreement);
		}
	}

	/// Accuses sensors that signed two messages with one number. Nobody has to wait for it: it need not
	/// be in the session's state that it was done.
	pub(super) fn accuse(&self) {
		if !self.info.standing.in_force || !self.chain.number().is_multiple_of(RETRY) {
			return;
		}
		let traces = Traces::new(self.host);
		let sources = self.sources();
		for (feed, keys) in sources.feeds.iter().zip(&sources.keys) {
			let Some((left, right)) = traces.evidence(feed.sensor, &self.genesis, keys) else {
				continue;
			};
			log::warn!(
				target: LOG, "sensor {} signed two messages with number {}, accusing it",
				feed.sensor, left.message.sequence,
			);
			self.chain.accuse(left, right);
		}
	}

	fn settle(&self, window: WindowIndex) {
		let proof = self.session.proof(window, |settlement| {
			self.sign(&settlement.signing_bytes(&self.genesis))
		});
		let agreement = &self.agreement;
		let Some(proof) = proof.and_then(|proof| self.with_keys(window, proof)) else {
			// A peer rotated its key long since; it will sign again.
			log::warn!(target: LOG, "{agreement:?}: window {window}: not settled: not all signatures count");
			return;
		};
		log::info!(
			target: LOG, "{agreement:?}: window {window}: all agree on {}, settling", proof.result,
		);
		self.chain.settle(*agreement, window, proof);
	}

	/// A proof that tells whose signature is made with the key that its author had before. None if a
	/// signature counts with neither key.
	fn with_keys(&self, window: WindowIndex, mut proof: Proof) -> Option<Proof> {
		let roster = &self.info.standing.roster;
		let version = self.sources().version(window)?;
		let agreement = &self.agreement;
		let settlement =
			proof.settlement(agreement, window, roster.number, version, &roster.members);
		let signed = settlement.signing_bytes(&self.genesis);
		for (place, member) in roster.members.iter().enumerate() {
			let keys = self.chain.keys(*member)?;
			let signature = proof.signatures.get(place)?;
			let mut all = keys.all().into_iter();
			let key = all.find(|key| signature.verify(&signed[..], key))?;
			if key != keys.now {
				proof.former |= 1u16.checked_shl(place as u32)?;
			}
		}
		Some(proof)
	}

	fn report(&self, (left, right): (Exhibit, Exhibit)) -> Option<()> {
		let sign = |bytes: &[u8]| self.sign(bytes);
		let left = left.sign(&self.genesis, &sign)?;
		let right = right.sign(&self.genesis, &sign)?;
		let window = left.statement.window();
		let members = [&left, &right].map(|signed| signed.statement.intermediary());
		let heads = match members[0] == members[1] {
			true => Vec::new(),
			false => self.heads(window)?,
		};
		log::warn!(
			target: LOG, "{:?}: window {window}: members {} and {} contradict each other, reporting",
			self.agreement, members[0], members[1],
		);
		self.chain.report(left, right, heads);
		Some(())
	}

	fn complain(&self, window: WindowIndex) -> Option<()> {
		let sign = |bytes: &[u8]| self.sign(bytes);
		let utterance = self.session.utterance(window, &self.genesis, &sign)?;
		let heads = self.heads(window)?;
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

	fn lack(&self, window: WindowIndex) -> Option<()> {
		let lack = Lack {
			agreement: self.agreement,
			window,
			roster: self.info.standing.roster.number,
			intermediary: self.intermediary,
		};
		let signature = self.sign(&lack.signing_bytes(&self.genesis))?;
		log::warn!(
			target: LOG, "{:?}: window {window}: messages are missing, asking the chain for them",
			self.agreement,
		);
		self.chain.lack(lack, signature);
		Some(())
	}

	fn show(&self, window: WindowIndex, root: H256, position: u32) -> Option<()> {
		let dispute = self.info.standing.dispute.as_ref();
		let docket = &dispute
			.filter(|dispute| dispute.docket.window == window)?
			.docket;
		let all: Vec<_> = self.messages(window)?.into_iter().flatten().collect();
		let contents = Window::new(all.iter().map(|signed| &signed.message));
		if contents.root() != root {
			// The chain would hear no other chunk from here.
			log::error!(
				target: LOG, "{:?}: window {window}: not showing other messages than were committed to",
				self.agreement,
			);
			return None;
		}
		let most = self.chain.max_shown() as usize;
		let messages: Vec<_> = all.into_iter().skip(position as usize).take(most).collect();
		let end = position.checked_add(messages.len() as u32)?;
		let showing = Showing {
			agreement: self.agreement,
			window,
			roster: docket.roster.number,
			version: docket.version,
			intermediary: self.intermediary,
			root,
			position,
			messages: Showing::hash(&messages),
			rest: BoundedVec::truncate_from(contents.rest(end)),
		};
		let signature = self.sign(&showing.signing_bytes(&self.genesis))?;
		log::info!(
			target: LOG, "{:?}: window {window}: showing messages from {position} on", self.agreement,
		);
		self.chain.show(showing, messages, signature);
		Some(())
	}

	fn pass(&self, roster: RosterNumber) -> Option<()> {
		let sign = |bytes: &[u8]| self.sign(bytes);
		let declarations = self.session.declarations(roster, &self.genesis, &sign)?;
		log::info!(target: LOG, "{:?}: passing over windows that all are done with", self.agreement);
		self.chain.pass(self.agreement, declarations);
		Some(())
	}

	fn dismiss(&self, window: WindowIndex, roster: RosterNumber) -> Option<()> {
		let sign = |bytes: &[u8]| self.sign(bytes);
		let declarations = self.session.declarations(roster, &self.genesis, &sign)?;
		log::info!(
			target: LOG, "{:?}: window {window}: all are done with it, dismissing the dispute",
			self.agreement,
		);
		self.chain.dismiss(self.agreement, window, declarations);
		Some(())
	}

	fn sign(&self, bytes: &[u8]) -> Option<sr25519::Signature> {
		self.host.sign(&self.key, bytes)
	}
}
