//! The off-chain worker's view of the chain, and its way into the transaction pool.

use alloc::{boxed::Box, vec::Vec};
use frame_system::offchain::{CreateAuthorizedTransaction, SubmitTransaction};
use pallet_agreements::{Agreements as AgreementStates, AgreementsOf, AgreementsOfSensor, Terms};
use sp_core::sr25519;
use syngraph_primitives::{
	AgreementId, Directory, GenesisHash, IntermediaryId, SensorId, SignedStatement, WindowIndex,
};
use syngraph_protocol::Proof;
use syngraph_worker::{Chain, Node, View};

use crate::{Aura, BlockNumber, Registry, Runtime, RuntimeCall, System};

/// Runs the worker on the state of block `number`.
pub fn run(number: BlockNumber) {
	syngraph_worker::run(&BestBlock(number), &Node)
}

/// The state of the block to which the run belongs.
struct BestBlock(BlockNumber);

impl Chain for BestBlock {
	fn number(&self) -> u64 {
		self.0.into()
	}

	fn genesis(&self) -> GenesisHash {
		System::block_hash(0)
	}

	fn slot_millis(&self) -> u64 {
		Aura::slot_duration()
	}

	fn intermediary(&self, key: &sr25519::Public) -> Option<IntermediaryId> {
		Registry::intermediary_by_key(key)
	}

	fn key(&self, intermediary: IntermediaryId) -> Option<sr25519::Public> {
		Registry::intermediary_key(intermediary, self.0)
	}

	fn agreements(&self, intermediary: IntermediaryId) -> Vec<AgreementId> {
		AgreementsOf::<Runtime>::iter_key_prefix(intermediary).collect()
	}

	fn agreement(&self, id: &AgreementId) -> Option<View> {
		let state = AgreementStates::<Runtime>::get(id)?;
		state.phase.check_in_force(self.0).ok()?;
		let terms = Terms::<Runtime>::get(id)?;
		let sources = terms
			.sensors
			.iter()
			.map(|source| Some((*source, Registry::sensor_schema(source.sensor)?)))
			.collect::<Option<_>>()?;
		Some(View {
			members: terms.intermediaries().collect(),
			sources,
			shape: terms.window,
			function: terms.function,
			progress: state.progress,
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

	fn settle(&self, agreement: AgreementId, window: WindowIndex, proof: Proof) {
		submit(pallet_agreements::Call::<Runtime>::settle {
			agreement,
			window,
			proof,
		});
	}

	fn report(&self, left: SignedStatement, right: SignedStatement) {
		submit(pallet_disputes::Call::<Runtime>::report {
			left: Box::new(left),
			right: Box::new(right),
		});
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
