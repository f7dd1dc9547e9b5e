//! Waiting for what comes of transactions.

use std::time::Duration;

use codec::{Decode, Encode};
use frame_system::Phase;
use jsonrpsee::core::client::Subscription;
use serde::Deserialize;
use sp_runtime::DispatchError;
use syngraph_runtime::{AccountId, BlockNumber, Hash, Nonce, Runtime, RuntimeEvent};
use tokio::time::{sleep, timeout};

use crate::{Client, Error, Head};

/// After how long a silence of the pool the chain is asked what became of a transaction.
const SILENCE: Duration = Duration::from_secs(8);
/// How often it is asked if the pool says nothing.
const PAUSE: Duration = Duration::from_secs(1);

/// A signed transaction, which can be kept until it is known what became of it.
///
/// Whoever writes it down before it is submitted can find out after a crash whether it took effect, with
/// [`Client::resume`], instead of making it twice.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
pub struct Signed {
	/// As it is sent.
	pub(crate) bytes: Vec<u8>,
	/// Whose it is.
	pub(crate) from: AccountId,
	/// Its number among those of its account: the chain takes no other with the same.
	pub(crate) nonce: Nonce,
	/// The last block of which it is certain that it does not include it.
	pub(crate) born: BlockNumber,
	/// The first block that cannot include it any more.
	pub(crate) dies: BlockNumber,
}

impl Signed {
	/// The first block that cannot include it any more.
	pub fn dies(&self) -> BlockNumber {
		self.dies
	}
}

/// A transaction in a block.
#[derive(Clone, Debug)]
pub struct Included {
	/// The block's hash.
	pub block: Hash,
	/// The block's number.
	pub number: BlockNumber,
	/// The transaction's place in the block.
	pub index: u32,
	/// What happened in the transaction, in order.
	pub events: Vec<RuntimeEvent>,
}

impl Included {
	/// The error with which the transaction failed, if it did.
	pub fn failure(&self) -> Option<DispatchError> {
		self.events.iter().find_map(|event| match event {
			RuntimeEvent::System(frame_system::Event::ExtrinsicFailed {
				dispatch_error, ..
			}) => Some(*dispatch_error),
			_ => None,
		})
	}
}

/// What a pool says of a transaction.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
#[expect(
	dead_code,
	reason = "what is not looked at must be decoded all the same"
)]
pub(crate) enum PoolStatus {
	Future,
	Ready,
	Broadcast(Vec<String>),
	InBlock(Hash),
	Retracted(Hash),
	FinalityTimeout(Hash),
	Finalized(Hash),
	Usurped(Hash),
	Dropped,
	Invalid,
}

/// A transaction of which it is not known yet what becomes of it.
pub struct Pending {
	client: Client,
	signed: Signed,
	/// What the pool says. None if it says nothing any more.
	statuses: Option<Subscription<PoolStatus>>,
	/// Whether a block has included it.
	included: bool,
}

impl Drop for Pending {
	fn drop(&mut self) {
		// Nobody will learn of it if it is lost: so its number must not be relied on.
		if !self.included {
			self.client.nonces().forget(&self.signed.from);
		}
	}
}

impl Pending {
	pub(crate) fn new(
		client: Client,
		signed: Signed,
		statuses: Option<Subscription<PoolStatus>>,
	) -> Self {
		Self {
			client,
			signed,
			statuses,
			included: false,
		}
	}

	/// Waits until a block includes the transaction. Fails if the call does, and with [`Error::GivenUp`] if
	/// no block of this chain will.
	///
	/// This ends at the latest when the transaction's lifetime does, provided that the node can be reached;
	/// and soon if the node was restarted and has lost it.
	pub async fn in_block(self) -> Result<Included, Error> {
		self.wait(Head::Best).await
	}

	/// The same for a final block.
	pub async fn finalized(self) -> Result<Included, Error> {
		self.wait(Head::Finalized).await
	}

	async fn wait(mut self, head: Head) -> Result<Included, Error> {
		loop {
			if let Some(block) = self.listen(head).await? {
				return self.at(block).await;
			}
			if let Some(block) = self.search(head).await? {
				return self.at(block).await;
			}
		}
	}

	/// Listens to the pool, until it has been silent for a while.
	async fn listen(&mut self, head: Head) -> Result<Option<Hash>, Error> {
		let Some(statuses) = &mut self.statuses else {
			sleep(PAUSE).await;
			return Ok(None);
		};
		while let Ok(status) = timeout(SILENCE, statuses.next()).await {
			let Some(status) = status else {
				self.statuses = None;
				break;
			};
			match status.map_err(|_| Error::Unreadable("status of a transaction"))? {
				PoolStatus::InBlock(block) if head == Head::Best => return Ok(Some(block)),
				PoolStatus::Finalized(block) => return Ok(Some(block)),
				PoolStatus::Invalid => return Err(Error::GivenUp("invalid")),
				PoolStatus::Dropped => return Err(Error::GivenUp("dropped")),
				PoolStatus::Usurped(_) => return Err(Error::GivenUp("replaced by another one")),
				PoolStatus::FinalityTimeout(_) => {
					return Err(Error::GivenUp("not made final in time"))
				},
				_ => {},
			}
		}
		Ok(None)
	}

	/// Asks the chain for the block that has the transaction. Fails if none ever will.
	async fn search(&self, head: Head) -> Result<Option<Hash>, Error> {
		let from = &self.signed.from;
		// Before the chain is looked at: a transaction goes from the pool into a block.
		let in_pool = self.client.counted_nonce(from).await?;
		let (newest, hash) = self.client.head(head).await?;
		let account = self
			.client
			.map::<frame_system::Account<Runtime>, _, _>(from, Some(hash))
			.await?;
		if account.unwrap_or_default().nonce > self.signed.nonce {
			return match self.find(newest).await? {
				Some(block) => Ok(Some(block)),
				None => Err(Error::GivenUp("replaced by another one")),
			};
		}
		if newest.saturating_add(1) >= self.signed.dies {
			return Err(Error::GivenUp("not included while it could be"));
		}
		// The pool that told of it is gone, and the one that is there now has nothing with its number.
		if self.statuses.is_none() && head == Head::Best && in_pool <= self.signed.nonce {
			return Err(Error::GivenUp("lost by the node"));
		}
		Ok(None)
	}

	/// The block up to this one that has the transaction.
	async fn find(&self, newest: BlockNumber) -> Result<Option<Hash>, Error> {
		let last = newest.min(self.signed.dies);
		for number in self.signed.born.saturating_add(1)..=last {
			// Without one of them, it is not known whether it has the transaction.
			let block = self.client.block_at(number).await?;
			let extrinsics = self.client.extrinsics(block).await?;
			if extrinsics.iter().any(|bytes| bytes.0 == self.signed.bytes) {
				return Ok(Some(block));
			}
		}
		Ok(None)
	}

	/// What happened in the transaction in this block.
	async fn at(mut self, block: Hash) -> Result<Included, Error> {
		self.included = true;
		let extrinsics = self.client.extrinsics(block).await?;
		let index = extrinsics
			.iter()
			.position(|bytes| bytes.0 == self.signed.bytes)
			.ok_or(Error::Unreadable("transaction in its block"))? as u32;
		let number = self.client.header(block).await?.number;
		let events = match self.client.events(block).await {
			Err(reason @ Error::Undecodable { .. }) => {
				return Err(Error::Unseen {
					block: number,
					reason: Box::new(reason),
				})
			},
			events => events?,
		};
		let included = Included {
			block,
			number,
			index,
			events: events
				.into_iter()
				.filter(|record| record.phase == Phase::ApplyExtrinsic(index))
				.map(|record| record.event)
				.collect(),
		};
		match included.failure() {
			Some(error) => Err(Error::Failed(error)),
			None => Ok(included),
		}
	}
}
