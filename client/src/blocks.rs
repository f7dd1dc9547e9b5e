//! Following the chain.

use std::{collections::VecDeque, time::Duration};

use frame_support::storage::storage_prefix;
use frame_system::EventRecord;
use jsonrpsee::rpc_params;
use syngraph_runtime::{BlockNumber, Hash, Header, RuntimeEvent};
use tokio::time::timeout;

use crate::{Client, Error};

/// How often a node is asked whether there is a new block.
const PAUSE: Duration = Duration::from_millis(250);
/// How long a node may take for what is asked only to see whether it answers.
const SIGN_OF_LIFE: Duration = Duration::from_secs(10);
/// How many blocks are remembered in order to notice that the chain changed its mind.
const TRAIL: usize = 64;

/// An event with the place where it happened.
pub type Event = EventRecord<RuntimeEvent, Hash>;

/// A block and what happened in it.
#[derive(Clone, Debug)]
pub struct Block {
	/// Its number.
	pub number: BlockNumber,
	/// Its hash.
	pub hash: Hash,
	/// What happened in it.
	pub events: Vec<Event>,
}

/// Which blocks are followed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Head {
	/// The best ones, which may turn out not to be part of the chain.
	Best,
	/// The final ones.
	Finalized,
}

impl Client {
	/// The number and the hash of the newest block.
	pub async fn head(&self, head: Head) -> Result<(BlockNumber, Hash), Error> {
		let hash: Hash = match head {
			Head::Best => {
				self.connection()
					.request("chain_getBlockHash", rpc_params![])
					.await?
			},
			Head::Finalized => {
				self.connection()
					.request("chain_getFinalizedHead", rpc_params![])
					.await?
			},
		};
		Ok((self.header(hash).await?.number, hash))
	}

	/// Whether the node answers: then it is not away, and what broke the connection was what it was asked for before.
	pub async fn answers(&self) -> bool {
		matches!(
			timeout(SIGN_OF_LIFE, self.head(Head::Best)).await,
			Ok(Ok(_))
		)
	}

	/// The header of a block.
	pub async fn header(&self, hash: Hash) -> Result<Header, Error> {
		let header: Option<Header> = self
			.connection()
			.request("chain_getHeader", rpc_params![hash])
			.await?;
		header.ok_or(Error::Unreadable("header of the block"))
	}

	/// The hash of the block with this number in the best chain, if there is one yet.
	pub async fn block_hash(&self, number: BlockNumber) -> Result<Option<Hash>, Error> {
		self.connection()
			.request("chain_getBlockHash", rpc_params![number])
			.await
	}

	/// The same of a block that there is. Fails if the node does not have it.
	pub async fn block_at(&self, number: BlockNumber) -> Result<Hash, Error> {
		let hash = self.block_hash(number).await?;
		hash.ok_or(Error::Unreadable("block that the chain has"))
	}

	/// What happened in a block.
	pub async fn events(&self, block: Hash) -> Result<Vec<Event>, Error> {
		let place = storage_prefix(b"System", b"Events");
		let events = self.read("System.Events", &place, Some(block)).await?;
		Ok(events.unwrap_or_default())
	}

	/// Follows the chain from the block with number `from` on.
	pub fn blocks(&self, head: Head, from: BlockNumber) -> Blocks {
		Blocks {
			client: self.clone(),
			head,
			next: from,
			trail: VecDeque::new(),
		}
	}
}

/// The blocks of a chain, one after the other and none left out, even if the node was away meanwhile.
///
/// When best blocks are followed and the chain changes its mind, they go on from the fork.
pub struct Blocks {
	client: Client,
	head: Head,
	next: BlockNumber,
	trail: VecDeque<Hash>,
}

impl Blocks {
	/// The number of the next block, unless the chain changes its mind.
	pub fn coming(&self) -> BlockNumber {
		self.next
	}

	/// Leaves out the next block, of which the node does not tell what happened. If the chain changes its mind about
	/// what is before that, it is not noticed.
	pub fn leave_out(&mut self) {
		self.next = self.next.saturating_add(1);
		self.trail.clear();
	}

	/// Waits for the next block.
	pub async fn next(&mut self) -> Result<Block, Error> {
		loop {
			let (newest, _) = self.client.head(self.head).await?;
			if newest >= self.next {
				if let Some(block) = self.take().await? {
					return Ok(block);
				}
			} else {
				tokio::time::sleep(PAUSE).await;
			}
		}
	}

	/// The next block if it follows the last one; otherwise goes one block back.
	async fn take(&mut self) -> Result<Option<Block>, Error> {
		let Some(hash) = self.client.block_hash(self.next).await? else {
			return Ok(None);
		};
		let parent = self.client.header(hash).await?.parent_hash;
		if self.trail.back().is_some_and(|last| *last != parent) {
			self.trail.pop_back();
			self.next = self.next.saturating_sub(1);
			return Ok(None);
		}
		let block = Block {
			number: self.next,
			hash,
			events: self.client.events(hash).await?,
		};
		self.next += 1;
		self.trail.push_back(hash);
		if self.trail.len() > TRAIL {
			self.trail.pop_front();
		}
		Ok(Some(block))
	}
}
