//! What the off-chain worker sees of the chain, and its way into the transaction pool.

use alloc::{boxed::Box, vec::Vec};
use frame_support::traits::Get;
use frame_system::offchain::{CreateAuthorizedTransaction, SubmitTransaction};
use pallet_agreements::{
	Agreements as AgreementStates, AgreementsOf, AgreementsOfSensor, Phase, Terms,
};
use pallet_disputes::{Call as DisputesCall, Config as DisputesConfig, Trials};
use pallet_registry::{Intermediaries, Sensors};
use sp_core::{sr25519, H256};
use sp_runtime::{BoundedVec, Perbill};
use syngraph_primitives::{
	AgreementId, ChannelId, Directory, GenesisHash, IntermediaryId, Lack, SensorId, SignedMessage,
	TimeLimits, Utterance, WindowIndex, HEARING,
};
use syngraph_protocol::{
	Challenge, DisputeState, Docket, Hashes, Proof, Showing, Sources, Standing,
};
use syngraph_worker::{
	tower::{self, SignedReceipt},
	AgreementInfo, Chain, Happened, Keys, Node,
};

use crate::{
	happened, migrations, shares, Aura, BlockNumber, Channels, Disputes, Header, Registry, Runtime,
	RuntimeCall, System,
};

/// What is left at least of a block's share for what is no answer if it is not full: room for any settlement.
const LITTLE_ROOM: Perbill = Perbill::from_percent(20);

/// How many times as long as an answer before an agreement's last block rounds wait for no more windows.
const HURRY: BlockNumber = 2;

/// Runs watchtower and worker on the state of a block, as far as the runtime can read that: what is misread must
/// not be signed.
pub fn run(header: &Header) {
	let block = BestBlock(header.number, header.hash());
	if migrations::are_channels_readable() {
		tower::run(&block, &Node);
	}
	if migrations::is_readable() {
		syngraph_worker::run(&block, &Node);
	}
}

/// The state of the block with the number and the hash, to which a run of the worker belongs.
pub struct BestBlock(pub BlockNumber, pub H256);

impl Chain for BestBlock {
	fn number(&self) -> BlockNumber {
		self.0
	}

	fn hashes(&self) -> [H256; 2] {
		[self.1, System::parent_hash()]
	}

	fn happened(&self) -> Option<Happened> {
		happened::happened()
	}

	fn genesis(&self) -> GenesisHash {
		System::block_hash(0)
	}

	fn slot_millis(&self) -> u64 {
		Aura::slot_duration()
	}

	fn is_full(&self) -> bool {
		let little = LITTLE_ROOM * shares::ordinary_room().weight;
		!little.all_lte(shares::room_left().weight)
	}

	fn max_shown(&self) -> u32 {
		<Runtime as DisputesConfig>::MaxShown::get()
	}

	fn intermediary(&self, key: &sr25519::Public) -> Option<IntermediaryId> {
		Registry::intermediary_by_key(key)
	}

	fn keys(&self, intermediary: IntermediaryId, lookback: BlockNumber) -> Option<Keys> {
		let keys = Intermediaries::<Runtime>::get(intermediary)?.keys;
		let former = |blocks: BlockNumber| {
			let since = self.0.saturating_sub(blocks);
			let mut counting = keys.between(since, System::block_number());
			counting.nth(1).copied()
		};
		Some(Keys {
			now: *keys.at(self.0)?,
			former: former(lookback),
			is_recent: former(lookback / HEARING).is_some(),
		})
	}

	fn heartbeat_due(&self, intermediary: IntermediaryId) -> bool {
		Registry::heartbeat_is_due(intermediary)
	}

	fn heartbeat(
		&self,
		intermediary: IntermediaryId,
		at: BlockNumber,
		signature: sr25519::Signature,
	) {
		submit(pallet_registry::Call::<Runtime>::heartbeat {
			intermediary,
			at,
			signature,
		});
	}

	fn agreements(&self, intermediary: IntermediaryId) -> Vec<AgreementId> {
		AgreementsOf::<Runtime>::iter_key_prefix(intermediary).collect()
	}

	fn agreement(&self, id: &AgreementId) -> Option<AgreementInfo> {
		let state = AgreementStates::<Runtime>::get(id)?;
		let terms = Terms::<Runtime>::get(id)?;
		let in_force = state.phase.check_settling(&terms.limits, self.0).is_ok();
		if !in_force && !state.is_disputed() {
			return None;
		}
		let (mut schemas, mut keys) = (Vec::new(), Vec::new());
		for feed in &state.feeds {
			let sensor = Sensors::<Runtime>::get(feed.sensor)?;
			schemas.push(sensor.schema);
			keys.push(sensor.keys);
		}
		let sources = Sources {
			replaced: state.replaced,
			grounds: state.grounds,
			shape: terms.window,
			keys,
			feeds: state.feeds.into_inner(),
		};
		let dispute = Disputes::of(id);
		// Should a member fall silent, a round can settle without it after a complaint and a dispute about that, each
		// of which takes as long as an answer. What waits for other windows until the end could not.
		let ahead = HURRY.saturating_mul(terms.limits.answer);
		let then = self.0.saturating_add(ahead);
		// As disputes do. Settlements look back at least as far.
		let from = dispute
			.as_ref()
			.map_or(self.0, |dispute| dispute.docket.opened);
		let since = from.saturating_sub(terms.limits.lookback());
		Some(AgreementInfo {
			lookback: self.0.saturating_sub(since),
			changes: changes(&state.phase, &terms.limits, ahead, self.0),
			schemas,
			function: terms.function,
			times: state.times,
			standing: Standing {
				in_force,
				starts_at: terms.limits.starts_at,
				closing: state.phase.check_in_force(then).is_err(),
				progress: state.progress,
				roster: state.roster,
				answer: terms.limits.answer,
				rounds: terms.rounds,
				longest: sources.shape.longest_round(),
				version: sources.version(),
				joint: pallet_agreements::Pallet::<Runtime>::joint_key(id),
				dispute: dispute.map(|dispute| dispute_state(dispute.docket)),
			},
			sources,
		})
	}

	fn is_forgotten(&self, agreement: &AgreementId) -> bool {
		!AgreementStates::<Runtime>::contains_key(agreement)
	}

	fn is_needed(&self, sensor: SensorId) -> bool {
		AgreementsOfSensor::<Runtime>::iter_key_prefix(sensor)
			.next()
			.is_some()
	}

	fn counts_until(&self, channel: &ChannelId) -> Option<BlockNumber> {
		let channel = pallet_channels::Channels::<Runtime>::get(channel)?;
		let until = channel.deadline(self.0);
		(self.0 < until).then_some(until)
	}

	fn is_rescuable(&self, receipt: &SignedReceipt) -> bool {
		Channels::check_rescue(receipt).is_ok()
	}

	fn rescue(&self, receipt: SignedReceipt) {
		submit(pallet_channels::Call::<Runtime>::rescue { receipt });
	}

	fn settle(&self, agreement: AgreementId, first: WindowIndex, proof: Proof) {
		submit(pallet_agreements::Call::<Runtime>::settle {
			agreement,
			first,
			proof,
		});
	}

	fn report(&self, left: Utterance, right: Utterance) {
		submit(DisputesCall::<Runtime>::report {
			left: Box::new(left),
			right: Box::new(right),
		});
	}

	fn complain(
		&self,
		utterances: Vec<Utterance>,
		heads: Vec<SignedMessage>,
		signature: sr25519::Signature,
	) {
		submit(DisputesCall::<Runtime>::complain {
			utterances: BoundedVec::truncate_from(utterances),
			heads: BoundedVec::truncate_from(heads),
			signature,
		});
	}

	fn file(&self, utterance: Utterance) {
		submit(DisputesCall::<Runtime>::file {
			utterance: Box::new(utterance),
		});
	}

	fn lack(&self, lack: Lack, signature: sr25519::Signature) {
		submit(DisputesCall::<Runtime>::lack { lack, signature });
	}

	fn challenge(&self, challenge: Challenge, signature: sr25519::Signature) {
		submit(DisputesCall::<Runtime>::challenge {
			challenge,
			signature,
		});
	}

	fn open(&self, agreement: AgreementId, place: u8, hashes: Hashes) {
		submit(DisputesCall::<Runtime>::open {
			agreement,
			place,
			hashes,
		});
	}

	fn show(&self, showing: Showing, messages: Vec<SignedMessage>, signature: sr25519::Signature) {
		submit(DisputesCall::<Runtime>::show {
			showing,
			messages: BoundedVec::truncate_from(messages),
			signature,
		});
	}

	fn judge(&self, agreement: AgreementId) {
		submit(DisputesCall::<Runtime>::judge { agreement });
	}

	fn accuse(&self, left: SignedMessage, right: SignedMessage) {
		submit(DisputesCall::<Runtime>::accuse {
			left: Box::new(left),
			right: Box::new(right),
		});
	}
}

/// The next block in which an agreement stands otherwise for the sole reason that it has come: from then on its end is
/// near, or its rounds settle no more.
fn changes(
	phase: &Phase<BlockNumber>,
	limits: &TimeLimits<BlockNumber>,
	ahead: BlockNumber,
	now: BlockNumber,
) -> Option<BlockNumber> {
	let Phase::Active { ends, .. } = phase else {
		return None;
	};
	let closing = ends.saturating_sub(ahead).saturating_add(1);
	let over = ends.saturating_add(limits.answer).saturating_add(1);
	[closing, over].into_iter().find(|block| *block > now)
}

/// What the chain knows about a dispute.
fn dispute_state(docket: Docket<BlockNumber>) -> DisputeState {
	let trials = Trials::<Runtime>::iter_prefix(docket.agreement);
	DisputeState {
		trials: trials
			.map(|(root, hearing)| (root, hearing.trial.position()))
			.collect(),
		docket,
	}
}

/// Hands a call that brings its own authorisation to the transaction pool.
///
/// The pool's answer means nothing: it may say yes to what it later refuses, and no to what a peer
/// submitted first. The worker looks at the chain's state, and tries again.
fn submit<C>(call: C)
where
	RuntimeCall: From<C>,
	Runtime: CreateAuthorizedTransaction<
		C,
		Extrinsic = crate::UncheckedExtrinsic,
		RuntimeCall = RuntimeCall,
	>,
{
	let transaction =
		<Runtime as CreateAuthorizedTransaction<C>>::create_authorized_transaction(call.into());
	let _ = SubmitTransaction::<Runtime, C>::submit_transaction(transaction);
}
