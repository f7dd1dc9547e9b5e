//! How access servers hand over receipts, so that this node is their watchtower.
//!
//! Only receipts for the payees that the operator names are taken, and only when everything about them was
//! checked. The off-chain worker rescues them.

mod channels;
mod intake;
mod metrics;
mod refusal;

#[cfg(test)]
mod tests;

pub use channels::{Channel, Channels, Head};
pub use intake::Intake;
pub use metrics::Metrics;
pub use refusal::Refusal;
pub use syngraph_worker::tower::SignedReceipt;

use jsonrpsee::{
	core::{async_trait, RpcResult},
	proc_macros::rpc,
	types::error::INTERNAL_ERROR_CODE,
};
use sp_core::Bytes;
use std::sync::Arc;
use syngraph_primitives::BlockNumber;
use syngraph_worker::store::LocalStore;
use tokio::{sync::Semaphore, task::spawn_blocking};

use crate::{
	codes::{error, Retry},
	params::Lenient,
	store::Durable,
};

/// The most receipts that the node holds at a time before it has decided about them.
const MAX_CONCURRENT: usize = 64;

/// The methods for access servers.
#[rpc(server, namespace = "channels")]
pub trait TowerApi {
	/// Hands over the last receipt of a channel, the hex of a SCALE-encoded signed receipt: from now on, and
	/// after a crash, the node rescues it if nobody else redeems it in time. Answers in which block it will be too late
	/// for that. To hand over a receipt again shows that the access server is there, and knows how the channel
	/// stands: the node then waits for the last blocks.
	#[method(name = "watch")]
	async fn watch(&self, receipt: Option<Lenient<Bytes>>) -> RpcResult<BlockNumber>;
}

/// Answers access servers.
pub struct TowerRpc<C, S> {
	intake: Arc<Intake<C, S>>,
	/// One permit for every receipt that may be held.
	admission: Arc<Semaphore>,
}

impl<C, S> Clone for TowerRpc<C, S> {
	fn clone(&self) -> Self {
		Self {
			intake: self.intake.clone(),
			admission: self.admission.clone(),
		}
	}
}

impl<C, S> TowerRpc<C, S> {
	/// The methods, on top of an intake.
	pub fn new(intake: Arc<Intake<C, S>>) -> Self {
		Self {
			intake,
			admission: Arc::new(Semaphore::new(MAX_CONCURRENT)),
		}
	}
}

#[async_trait]
impl<C, S> TowerApiServer for TowerRpc<C, S>
where
	C: Channels,
	S: LocalStore + Durable + Send + Sync + 'static,
{
	async fn watch(&self, receipt: Option<Lenient<Bytes>>) -> RpcResult<BlockNumber> {
		let receipt = Lenient::right(receipt).ok_or(Refusal::NotAReceipt)?;
		let admitted = self.admission.clone().try_acquire_owned();
		let permit = admitted.map_err(|_| Refusal::Busy)?;
		let intake = self.intake.clone();
		// The permit goes with the work, which goes on even if the access server hangs up. Who waits for the disk takes
		// no place.
		let work = move || {
			let _permit = permit;
			intake.take(&receipt)
		};
		let interrupted = |_| error(INTERNAL_ERROR_CODE, "the work was interrupted", Retry::Soon);
		let until = spawn_blocking(work).await.map_err(interrupted)??;
		self.intake.durable().await?;
		Ok(until)
	}
}
