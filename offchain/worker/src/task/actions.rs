//! What a session's outputs come to: publications and transactions.

use alloc::vec::Vec;
use codec::Encode;
use sp_core::{sr25519, H256};
use sp_runtime::{traits::Verify, BoundedVec};
use syngraph_primitives::{Complaint, Payload, RoundId, WindowIndex};
use syngraph_protocol::{
	Assents, Output, Proof, Publication, Showing, SignedBundle, Window, RETRY,
};

use super::{signatures::Signatures, Task};
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
			Output::Settle(round) => self.settle(&round),
			Output::Report(round) => {
				self.report(&round);
			},
			Output::Complain(round) => {
				self.complain(&round);
			},
			Output::File(place) => {
				self.file(place);
			},
			Output::Lack(window) => {
				self.lack(window);
			},
			Output::Challenge(place) => {
				self.challenge(place);
			},
			Output::Open(place) => {
				self.open(place);
			},
			Output::Show(window, root, position) => {
				self.show(window, root, position);
			},
			Output::Judge => self.chain.judge(self.agreement),
			Output::Rejected(round, from, why) => log::warn!(
				target: LOG, "{:?}: round from window {}: what member {from} said was not taken: {why:?}",
				self.agreement, round.first,
			),
		}
	}

	pub(super) fn publish(&self) {
		let signatures = Signatures::load(self.host, &self.name(), self.key);
		let sign = |bytes: &[u8]| signatures.sign(bytes);
		let Some(bundle) = self.session().bundle(&self.genesis, &sign) else {
			return;
		};
		signatures.keep();
		let Some(signature) = self.sign(&bundle.signing_bytes(&self.genesis)) else {
			return;
		};
		let said = bundle.utterances.iter();
		for utterance in said.filter(|utterance| utterance.reveal.is_some()) {
			let span = utterance.span();
			log::debug!(
				target: LOG, "{:?}: windows {}..{} revealed",
				self.agreement, span.round.first, span.end,
			);
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

	fn settle(&self, round: &RoundId) {
		let proof = self.session().proof(round, |settlement| {
			self.sign(&settlement.signing_bytes(&self.genesis))
		});
		let (agreement, first) = (self.agreement, round.first);
		let Some(proof) = proof.and_then(|proof| self.with_keys(round, proof)) else {
			// A peer rotated its key long since; it will sign again.
			log::warn!(
				target: LOG, "{agreement:?}: round from window {first}: not settled: not all signatures count",
			);
			return;
		};
		log::info!(
			target: LOG, "{agreement:?}: windows {first}..{}: all agree, settling {} results, signed {}",
			proof.span(round).end, proof.outcomes.results().count(),
			if proof.singles().is_some() { "singly" } else { "jointly" },
		);
		self.chain.settle(agreement, first, proof);
	}

	/// A proof that tells whose signature is made with the key that its author had before, if it has any of members.
	/// None if a signature counts with neither key.
	fn with_keys(&self, round: &RoundId, mut proof: Proof) -> Option<Proof> {
		let roster = &self.info.standing.roster;
		let settlement = proof.settlement(round, &roster.members);
		let signed = settlement.signing_bytes(&self.genesis);
		let singles = match &mut proof.assents {
			Assents::Joint(_) => return Some(proof),
			Assents::Single(singles) => singles,
		};
		for (place, member) in roster.members.iter().enumerate() {
			let keys = self.member_keys(*member)?;
			let signature = singles.signatures.get(place)?;
			let mut all = keys.all().into_iter();
			let key = all.find(|key| signature.verify(&signed[..], key))?;
			if key != keys.now {
				singles.former |= 1u16.checked_shl(place as u32)?;
			}
		}
		Some(proof)
	}

	fn report(&self, round: &RoundId) -> Option<()> {
		let sign = |bytes: &[u8]| self.sign(bytes);
		let (left, right) = self.session().exhibits(round, &self.genesis, &sign)?;
		log::warn!(
			target: LOG, "{:?}: round from window {}: members {} and {} contradict each other, reporting",
			self.agreement, round.first, left.author(), right.author(),
		);
		self.chain.report(left, right);
		Some(())
	}

	fn complain(&self, round: &RoundId) -> Option<()> {
		let sign = |bytes: &[u8]| self.sign(bytes);
		let mut said = self.session().utterances(round, &self.genesis, &sign)?;
		// The own one comes first: that is how the chain knows whose messages it is shown.
		said.sort_by_key(|said| said.author() != self.intermediary);
		let own = said
			.first()
			.filter(|said| said.author() == self.intermediary);
		let heads = self.heads(own?.span().end.checked_sub(1)?)?;
		let signature = self.sign(&Complaint::of(own?).signing_bytes(&self.genesis))?;
		log::warn!(
			target: LOG, "{:?}: round from window {}: complaining of silence",
			self.agreement, round.first,
		);
		self.chain.complain(said, heads, signature);
		Some(())
	}

	fn file(&self, place: u32) -> Option<()> {
		let sign = |bytes: &[u8]| self.sign(bytes);
		let said = self.session().testimony(place, &self.genesis, &sign)?;
		log::info!(
			target: LOG, "{:?}: round from window {}: putting on file what member {place} said",
			self.agreement, said.span().round.first,
		);
		self.chain.file(said);
		Some(())
	}

	fn lack(&self, window: WindowIndex) -> Option<()> {
		if self.messages(window).is_some() {
			// They have just come.
			return None;
		}
		let lack = self.session().lack(window)?;
		let signature = self.sign(&lack.signing_bytes(&self.genesis))?;
		log::warn!(
			target: LOG, "{:?}: window {window}: messages are missing, asking the chain for them",
			self.agreement,
		);
		self.chain.lack(lack, signature);
		Some(())
	}

	fn challenge(&self, place: u32) -> Option<()> {
		let challenge = self.session().challenge(place)?;
		let signature = self.sign(&challenge.signing_bytes(&self.genesis))?;
		log::warn!(
			target: LOG, "{:?}: round from window {}: member {} has not got the windows, challenging it",
			self.agreement, challenge.span.round.first, challenge.accused,
		);
		self.chain.challenge(challenge, signature);
		Some(())
	}

	fn open(&self, place: u32) -> Option<()> {
		let (at, hashes) = (u8::try_from(place).ok()?, self.session().opening()?);
		log::info!(target: LOG, "{:?}: laying open the tree of member {place}", self.agreement);
		self.chain.open(self.agreement, at, hashes);
		Some(())
	}

	fn show(&self, window: WindowIndex, root: H256, position: u32) -> Option<()> {
		let docket = &self.info.standing.dispute.as_ref()?.docket;
		let place = docket.roster.place(self.intermediary)?;
		let path = self.session().path(window, docket.pledged(place)?.end)?;
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
			round: docket.round(),
			window,
			intermediary: self.intermediary,
			root,
			path,
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

	fn sign(&self, bytes: &[u8]) -> Option<sr25519::Signature> {
		self.host.sign(&self.key, bytes)
	}
}
