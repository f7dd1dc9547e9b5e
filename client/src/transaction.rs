//! Signing transactions and waiting for what comes of them.

use codec::Encode;
use frame_system::Phase;
use jsonrpsee::{core::client::Subscription, rpc_params};
use serde::Deserialize;
use sp_core::{sr25519, Bytes, Pair};
use sp_runtime::{
	generic::{Era, SignedPayload},
	traits::{IdentifyAccount, TransactionExtension},
	DispatchError, MultiAddress, MultiSignature, MultiSigner,
};
use syngraph_runtime::{
	transactions, AccountId, Hash, Nonce, RuntimeCall, RuntimeEvent, TxExtension,
	UncheckedExtrinsic,
};

use crate::{Client, Error};

/// What is signed with a transaction's extension without being sent.
type Implicit = <TxExtension as TransactionExtension<RuntimeCall>>::Implicit;

/// The account that the holder of a key acts for.
pub fn account(key: &sr25519::Pair) -> AccountId {
	MultiSigner::from(key.public()).into_account()
}

/// A transaction in a block.
#[derive(Clone, Debug)]
pub struct Included {
	/// The block's hash.
	pub block: Hash,
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
enum PoolStatus {
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

/// A transaction in the pool.
pub struct Pending {
	client: Client,
	bytes: Bytes,
	statuses: Subscription<PoolStatus>,
}

impl Client {
	/// Signs a call and hands it to the pool.
	///
	/// Transactions of one account that are submitted one after the other, without waiting, take
	/// effect in this order.
	pub async fn submit(
		&self,
		key: &sr25519::Pair,
		call: impl Into<RuntimeCall>,
	) -> Result<Pending, Error> {
		let mut nonces = self.nonces().lock().await;
		let from = account(key);
		let next: Nonce = self
			.connection()
			.request("system_accountNextIndex", rpc_params![&from])
			.await?;
		// The pool may take a moment to count what was submitted just now.
		let nonce = nonces.get(&from).map_or(next, |counted| next.max(*counted));
		let bytes = Bytes(self.sign(key, call.into(), nonce).encode());
		let params = rpc_params![&bytes];
		let statuses = self
			.connection()
			.subscribe(
				"author_submitAndWatchExtrinsic",
				params,
				"author_unwatchExtrinsic",
			)
			.await
			.inspect_err(|_| {
				nonces.remove(&from);
			})?;
		nonces.insert(from, nonce + 1);
		Ok(Pending {
			client: self.clone(),
			bytes,
			statuses,
		})
	}

	/// Signs a call, hands it to the pool, and waits until a block includes it. Fails if the call does.
	pub async fn execute(
		&self,
		key: &sr25519::Pair,
		call: impl Into<RuntimeCall>,
	) -> Result<Included, Error> {
		self.submit(key, call).await?.in_block().await
	}

	/// Makes a signed transaction.
	pub fn sign(&self, key: &sr25519::Pair, call: RuntimeCall, nonce: Nonce) -> UncheckedExtrinsic {
		let (extension, implicit) = self.extension(nonce);
		let payload = SignedPayload::from_raw(call.clone(), extension.clone(), implicit);
		let signature = payload.using_encoded(|bytes| key.sign(bytes));
		UncheckedExtrinsic::new_signed(
			call,
			MultiAddress::Id(account(key)),
			MultiSignature::Sr25519(signature),
			extension,
		)
	}

	/// The transaction's extension, and what is signed with it without being sent.
	fn extension(&self, nonce: Nonce) -> (TxExtension, Implicit) {
		let extension = transactions::extension(Era::Immortal, nonce, 0);
		let (version, genesis) = (syngraph_runtime::VERSION, self.genesis());
		let implicit = (
			(),
			(),
			version.spec_version,
			version.transaction_version,
			genesis,
			// An immortal transaction is signed for the chain from its first block on.
			genesis,
			(),
			(),
			(),
			(),
		);
		(extension, implicit)
	}
}

impl Pending {
	/// Waits until a block includes the transaction. Fails if the call does.
	pub async fn in_block(mut self) -> Result<Included, Error> {
		loop {
			if let PoolStatus::InBlock(block) | PoolStatus::Finalized(block) = self.next().await? {
				return self.included(block).await;
			}
		}
	}

	/// Waits until the transaction is final. Fails if the call does.
	pub async fn finalized(mut self) -> Result<Included, Error> {
		loop {
			if let PoolStatus::Finalized(block) = self.next().await? {
				return self.included(block).await;
			}
		}
	}

	/// The next thing that the pool says, unless it gave the transaction up.
	async fn next(&mut self) -> Result<PoolStatus, Error> {
		let status = self
			.statuses
			.next()
			.await
			.ok_or(Error::GivenUp("lost with the connection"))?
			.map_err(|_| Error::Unreadable("status of a transaction"))?;
		match status {
			PoolStatus::Invalid => Err(Error::GivenUp("invalid")),
			PoolStatus::Dropped => Err(Error::GivenUp("dropped")),
			PoolStatus::Usurped(_) => Err(Error::GivenUp("replaced by another one")),
			PoolStatus::FinalityTimeout(_) => Err(Error::GivenUp("not made final in time")),
			status => Ok(status),
		}
	}

	/// What happened in the transaction in this block.
	async fn included(&self, block: Hash) -> Result<Included, Error> {
		let extrinsics = self.client.extrinsics(block).await?;
		let index = extrinsics
			.iter()
			.position(|bytes| *bytes == self.bytes)
			.ok_or(Error::Unreadable("transaction in its block"))? as u32;
		let events = self.client.events(block).await?;
		let included = Included {
			block,
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
