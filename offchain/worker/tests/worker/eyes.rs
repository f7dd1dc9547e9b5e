//! The chain as a machine sees it.

use std::{cell::RefCell, rc::Rc};

use sp_core::{sr25519, Pair, H256};
use syngraph_primitives::{
	AgreementId, BlockNumber, ChannelId, Complaint, GenesisHash, Heartbeat, IntermediaryId, Lack,
	Payload, SensorId, SignedMessage, Utterance, WindowIndex,
};
use syngraph_protocol::{Challenge, Hashes, Proof, Showing};
use syngraph_worker::{tower::SignedReceipt, AgreementInfo, Chain, Happened, Keys};

use crate::{
	machine::{agreement, genesis, schema, SENSOR},
	world::{function, Transaction, World, MAX_SHOWN, SLOT},
};
/// The world through the eyes of one machine.
#[derive(Clone)]
pub struct Eyes {
	pub world: Rc<RefCell<World>>,
	/// Whether it computes another function than all others.
	pub wrong: bool,
	/// Whether nobody tells it what happened, so that it looks at everything.
	pub is_blind: bool,
	/// How the agreement stood when it was last asked what had happened, and whom it bound.
	pub seen: Rc<RefCell<(String, String)>>,
}

impl Eyes {
	fn submit(&self, transaction: Transaction) {
		self.world.borrow_mut().pool.push(transaction);
	}

	fn verify(&self, author: IntermediaryId, signed: &[u8], signature: &sr25519::Signature) {
		let key = self.keys(author, 0).unwrap().now;
		assert!(sr25519::Pair::verify(signature, signed, &key));
	}
}

impl Chain for Eyes {
	fn number(&self) -> BlockNumber {
		self.world.borrow().number
	}
	fn is_full(&self) -> bool {
		self.world.borrow().is_full
	}
	fn hashes(&self) -> [H256; 2] {
		let number = self.number();
		[number, number.saturating_sub(1)].map(|number| self.world.borrow().hash(number))
	}
	fn happened(&self) -> Option<Happened> {
		if self.is_blind {
			return None;
		}
		let now = {
			let world = self.world.borrow();
			let stands = (world.standing(), &world.sources, world.shown.len());
			let bound = (
				world.in_force || world.docket.is_some(),
				world.forgotten,
				&world.strangers,
			);
			(format!("{stands:?}"), format!("{bound:?}"))
		};
		let before = self.seen.replace(now.clone());
		let moved = before.0 != now.0;
		Some(Happened {
			agreements: moved.then(agreement).into_iter().collect(),
			sensors: moved.then_some(SENSOR).into_iter().collect(),
			bindings: before.1 != now.1,
		})
	}
	fn genesis(&self) -> GenesisHash {
		genesis()
	}
	fn slot_millis(&self) -> u64 {
		SLOT
	}
	fn max_shown(&self) -> u32 {
		MAX_SHOWN
	}
	fn intermediary(&self, key: &sr25519::Public) -> Option<IntermediaryId> {
		let world = self.world.borrow();
		let place = world.keys.iter().position(|pair| pair.public() == *key);
		let mut former = world.former.iter();
		let former = former.find(|(_, pair)| pair.public() == *key);
		place
			.map(|place| place as u64)
			.or(former.map(|(id, _)| *id))
	}
	fn keys(&self, intermediary: IntermediaryId, _: BlockNumber) -> Option<Keys> {
		let world = self.world.borrow();
		Some(Keys {
			now: world.keys.get(intermediary as usize)?.public(),
			former: world.former.get(&intermediary).map(|pair| pair.public()),
			is_recent: world.is_recent,
		})
	}
	fn heartbeat_due(&self, intermediary: IntermediaryId) -> bool {
		let heartbeats = &self.world.borrow().heartbeats;
		!heartbeats.iter().any(|(alive, _)| *alive == intermediary)
	}
	fn heartbeat(
		&self,
		intermediary: IntermediaryId,
		at: BlockNumber,
		signature: sr25519::Signature,
	) {
		let signed = Heartbeat { intermediary, at }.signing_bytes(&genesis());
		self.verify(intermediary, &signed, &signature);
		self.world.borrow_mut().heartbeats.push((intermediary, at));
	}
	fn agreements(&self, intermediary: IntermediaryId) -> Vec<AgreementId> {
		let world = self.world.borrow();
		let there = world.in_force || world.docket.is_some();
		let there = there && !world.strangers.contains(&intermediary);
		there.then(agreement).into_iter().collect()
	}
	fn agreement(&self, id: &AgreementId) -> Option<AgreementInfo> {
		let world = self.world.borrow();
		(*id == agreement()).then(|| AgreementInfo {
			sources: world.sources.clone(),
			schemas: vec![schema()],
			function: function(self.wrong),
			times: world.times,
			lookback: 0,
			standing: world.standing(),
			changes: None,
		})
	}
	fn is_forgotten(&self, _: &AgreementId) -> bool {
		self.world.borrow().forgotten
	}
	fn is_needed(&self, _: SensorId) -> bool {
		self.world.borrow().in_force
	}
	fn counts_until(&self, channel: &ChannelId) -> Option<BlockNumber> {
		self.world.borrow().accounts.counts_until(channel)
	}
	fn is_rescuable(&self, receipt: &SignedReceipt) -> bool {
		self.world.borrow().accounts.is_rescuable(receipt)
	}
	fn rescue(&self, receipt: SignedReceipt) {
		self.world.borrow_mut().accounts.rescue(receipt);
	}
	fn settle(&self, _: AgreementId, first: WindowIndex, proof: Proof) {
		self.submit(Transaction::Settle(first, proof));
	}
	fn report(&self, left: Utterance, right: Utterance) {
		self.submit(Transaction::Report(Box::new([left, right])));
	}
	fn complain(
		&self,
		utterances: Vec<Utterance>,
		heads: Vec<SignedMessage>,
		signature: sr25519::Signature,
	) {
		let complaint = Complaint::of(&utterances[0]);
		let signed = complaint.signing_bytes(&genesis());
		self.verify(complaint.intermediary, &signed, &signature);
		self.submit(Transaction::Complain(utterances, heads));
	}
	fn file(&self, utterance: Utterance) {
		self.submit(Transaction::File(Box::new(utterance)));
	}
	fn lack(&self, lack: Lack, signature: sr25519::Signature) {
		let signed = lack.signing_bytes(&genesis());
		self.verify(lack.intermediary, &signed, &signature);
		self.submit(Transaction::Lack(lack));
	}
	fn challenge(&self, challenge: Challenge, signature: sr25519::Signature) {
		let signed = challenge.signing_bytes(&genesis());
		self.verify(challenge.intermediary, &signed, &signature);
		self.submit(Transaction::Challenge(challenge));
	}
	fn open(&self, _: AgreementId, place: u8, hashes: Hashes) {
		self.submit(Transaction::Open(place, hashes));
	}
	fn show(&self, showing: Showing, messages: Vec<SignedMessage>, signature: sr25519::Signature) {
		let signed = showing.signing_bytes(&genesis());
		self.verify(showing.intermediary, &signed, &signature);
		self.submit(Transaction::Show(showing, messages));
	}
	fn judge(&self, _: AgreementId) {
		self.submit(Transaction::Judge);
	}
	fn accuse(&self, left: SignedMessage, right: SignedMessage) {
		let mut world = self.world.borrow_mut();
		let (number, now) = (left.message.sequence, world.number);
		let keys = &mut world.sources.keys[0];
		assert!(keys.can_convict(number), "it proves nothing");
		keys.convict(number, now);
		world.accusations.push((left, right));
	}
}
