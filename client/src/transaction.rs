//! Signing transactions and handing them to the pool.

use codec::Encode;
use futures::try_join;
use jsonrpsee::rpc_params;
use sp_core::{sr25519, Bytes, Pair};
use sp_runtime::{
	generic::{Era, SignedPayload},
	traits::{IdentifyAccount, TransactionExtension},
	MultiAddress, MultiSignature, MultiSigner,
};
use syngraph_runtime::{
	transactions, AccountId, Balance, BlockNumber, Hash, Nonce, RuntimeCall, TxExtension,
	UncheckedExtrinsic, VERSION,
};

use crate::{Client, Error, Head, Included, KnownRuntime, Pending, Signed};

/// In how many of the next blocks a transaction can be included, unless something else is asked for: two minutes.
pub const LIFETIME: BlockNumber = 60;
/// How many blocks before the best one a transaction's lifetime begins at most, if finality lags: should the
/// chain change its mind about the first of them, the transaction is void.
const DEPTH: BlockNumber = 8;

/// What is signed with a transaction's extension without being sent.
type Implicit = <TxExtension as TransactionExtension<RuntimeCall>>::Implicit;

/// The account that the holder of a key acts for.
pub fn account(key: &sr25519::Pair) -> AccountId {
	MultiSigner::from(key.public()).into_account()
}

/// How a transaction is sent.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Postage {
	/// In how many of the next blocks it can be included.
	pub blocks: BlockNumber,
	/// What is paid beyond the fee, to be included before others.
	pub tip: Balance,
}

impl Default for Postage {
	/// [`LIFETIME`], and no tip.
	fn default() -> Self {
		Self {
			blocks: LIFETIME,
			tip: 0,
		}
	}
}

/// The blocks in which a transaction can be included. When they are over, it is known what became of it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Lifetime {
	era: Era,
	/// The block before the first of them,
	born: BlockNumber,
	/// and its hash.
	hash: Hash,
}

impl Lifetime {
	/// At least so many blocks, of which the first is the one with this number and hash, which exists already: a
	/// power of two, from 4 to 2048.
	pub fn after(born: BlockNumber, hash: Hash, blocks: BlockNumber) -> Self {
		let blocks = blocks.clamp(4, 2048).next_power_of_two();
		Self {
			era: Era::mortal(blocks.into(), born.into()),
			born,
			hash,
		}
	}

	/// The first block that cannot include the transaction any more.
	fn dies(&self) -> BlockNumber {
		let dies = self.era.death(self.born.into());
		BlockNumber::try_from(dies).unwrap_or(BlockNumber::MAX)
	}
}

impl Client {
	/// Signs a call and hands it to the pool. It can be included in the next [`LIFETIME`] blocks.
	///
	/// Transactions of one account that are submitted one after the other, without waiting, take
	/// effect in this order.
	pub async fn submit(
		&self,
		key: &sr25519::Pair,
		call: impl Into<RuntimeCall>,
	) -> Result<Pending, Error> {
		self.submit_as(key, call, Postage::default()).await
	}

	/// The same with another lifetime or a tip.
	pub async fn submit_as(
		&self,
		key: &sr25519::Pair,
		call: impl Into<RuntimeCall>,
		postage: Postage,
	) -> Result<Pending, Error> {
		let _turn = self.nonces().turn.lock().await;
		let signed = self.sign_next(key, call, postage).await?;
		self.send(signed).await
	}

	/// Signs a call, hands it to the pool, and waits until a block includes it. Fails if the call does.
	pub async fn execute(
		&self,
		key: &sr25519::Pair,
		call: impl Into<RuntimeCall>,
	) -> Result<Included, Error> {
		self.submit(key, call).await?.in_block().await
	}

	/// Signs a call as the account's next transaction, and does nothing with it yet.
	///
	/// It can be included in as many of the blocks after the best one as it is to be, or in more: an era is as
	/// long as a power of two, and begins with a block that is final or deep enough.
	///
	/// Fails with [`Error::OtherRuntime`] if the chain has other calls: what was signed might mean something else
	/// there.
	pub async fn sign_next(
		&self,
		key: &sr25519::Pair,
		call: impl Into<RuntimeCall>,
		postage: Postage,
	) -> Result<Signed, Error> {
		let from = account(key);
		let (nonce, lifetime, runtime) = try_join!(
			self.next_nonce(&from),
			self.lifetime(postage.blocks),
			self.runtime()
		)?;
		let signed = self.sign(runtime, key, call.into(), nonce, &lifetime, postage.tip);
		Ok(Signed {
			bytes: signed.encode(),
			from,
			nonce,
			born: lifetime.born,
			dies: lifetime.dies(),
		})
	}

	/// Hands a signed transaction to the pool.
	pub async fn send(&self, signed: Signed) -> Result<Pending, Error> {
		let statuses = self
			.connection()
			.subscribe(
				"author_submitAndWatchExtrinsic",
				rpc_params![Bytes(signed.bytes.clone())],
				"author_unwatchExtrinsic",
			)
			.await
			.inspect_err(|_| self.nonces().forget(&signed.from))?;
		let generation = self.connection().generation();
		self.nonces()
			.note(signed.from.clone(), signed.nonce, generation);
		Ok(Pending::new(self.clone(), signed, Some(statuses)))
	}

	/// Takes up a transaction that was perhaps submitted before: it is not submitted again, but what has
	/// become of it will be known at the end of its lifetime at the latest.
	pub fn resume(&self, signed: Signed) -> Pending {
		Pending::new(self.clone(), signed, None)
	}

	/// Makes a signed transaction for a runtime.
	pub fn sign(
		&self,
		runtime: KnownRuntime,
		key: &sr25519::Pair,
		call: RuntimeCall,
		nonce: Nonce,
		lifetime: &Lifetime,
		tip: Balance,
	) -> UncheckedExtrinsic {
		let (extension, implicit) = self.extension(runtime, nonce, lifetime, tip);
		let payload = SignedPayload::from_raw(call.clone(), extension.clone(), implicit);
		let signature = payload.using_encoded(|bytes| key.sign(bytes));
		UncheckedExtrinsic::new_signed(
			call,
			MultiAddress::Id(account(key)),
			MultiSignature::Sr25519(signature),
			extension,
		)
	}

	/// So many blocks after the best one, with those before it from the last final one on, or from one that is
	/// deep enough.
	async fn lifetime(&self, blocks: BlockNumber) -> Result<Lifetime, Error> {
		let (finalized, best) = try_join!(self.head(Head::Finalized), self.head(Head::Best))?;
		let deep = best.0.saturating_sub(DEPTH);
		let (born, hash) = match finalized.0 >= deep {
			true => finalized,
			false => (deep, self.block_at(deep).await?),
		};
		let gone = best.0.saturating_sub(born).saturating_add(1);
		Ok(Lifetime::after(born, hash, blocks.saturating_add(gone)))
	}

	/// The transaction's extension, and what is signed with it without being sent.
	fn extension(
		&self,
		runtime: KnownRuntime,
		nonce: Nonce,
		lifetime: &Lifetime,
		tip: Balance,
	) -> (TxExtension, Implicit) {
		let extension = transactions::extension(lifetime.era, nonce, tip);
		let implicit = (
			(),
			(),
			runtime.spec_version,
			VERSION.transaction_version,
			self.genesis(),
			lifetime.hash,
			(),
			(),
			(),
			(),
		);
		(extension, implicit)
	}
}
