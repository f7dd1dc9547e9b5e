//! The chain behind a connection.

use std::{sync::Arc, time::Duration};

use codec::{DecodeAll, Encode};
use jsonrpsee::rpc_params;
use serde::Deserialize;
use sp_core::{crypto::KeyTypeId, Bytes};
use syngraph_primitives::GenesisHash;
use syngraph_runtime::{configs::EXISTENTIAL_DEPOSIT, AccountId, Balance, Hash, Nonce, Runtime};

use crate::{nonces::Nonces, runtime::runtime, Connection, Error, KnownRuntime};

/// A client of one node and of its chain. Clones share the connection.
#[derive(Clone)]
pub struct Client(Arc<Inner>);

struct Inner {
	connection: Connection,
	genesis: GenesisHash,
	nonces: Nonces,
}

impl Client {
	/// Connects to the node at `url`, a `ws://` or `wss://` address, retrying for `patience`.
	///
	/// Fails if the node's runtime is none that this program knows ([`Self::runtime`]), and so does later whatever
	/// would have to know the runtime. The same patience applies whenever the node goes away. If one of another chain
	/// answers then, everything fails with [`Error::OtherChain`].
	pub async fn connect(url: impl Into<String>, patience: Duration) -> Result<Self, Error> {
		let connection = Connection::new(url, patience);
		runtime(&connection).await?;
		let genesis: Option<Hash> = connection
			.request("chain_getBlockHash", rpc_params![0])
			.await?;
		let genesis = genesis.ok_or(Error::Unreadable("first block"))?;
		connection.keep_to(genesis);
		Ok(Self(Arc::new(Inner {
			connection,
			genesis,
			nonces: Default::default(),
		})))
	}

	/// The connection to the node.
	pub fn connection(&self) -> &Connection {
		&self.0.connection
	}

	/// The hash of the chain's first block, which names the chain in everything that is signed.
	pub fn genesis(&self) -> GenesisHash {
		self.0.genesis
	}

	/// The runtime of the node's best block. Fails with [`Error::OtherRuntime`] if its calls or events are not those
	/// of the runtime that this program was built with. A chain can be upgraded at any time, so this is asked of the
	/// node and not remembered.
	pub async fn runtime(&self) -> Result<KnownRuntime, Error> {
		runtime(self.connection()).await
	}

	/// All that an account can spend, after the best block.
	pub async fn spendable(&self, account: &AccountId) -> Result<Balance, Error> {
		let account = self.map::<frame_system::Account<Runtime>, _, _>(account, None);
		let data = account.await?.unwrap_or_default().data;
		// An account keeps at least the existential deposit, or what is frozen, if that is more.
		let frozen = data.frozen.saturating_sub(data.reserved);
		let kept = frozen.max(EXISTENTIAL_DEPOSIT);
		Ok(data.free.saturating_sub(kept))
	}

	/// Calls a function of the runtime's API on the state after a block, or after the best one.
	pub async fn call_api<R: DecodeAll>(
		&self,
		function: &str,
		arguments: impl Encode,
		at: Option<Hash>,
	) -> Result<R, Error> {
		let params = rpc_params![function, Bytes(arguments.encode()), at];
		let answer: Bytes = self.connection().request("state_call", params).await?;
		self.decode(function, &answer).await
	}

	/// Puts a key into the node's keystore. The node must allow unsafe calls.
	pub async fn insert_key(&self, ty: KeyTypeId, suri: &str, public: &[u8]) -> Result<(), Error> {
		let ty = String::from_utf8_lossy(&ty.0).into_owned();
		let params = rpc_params![ty, suri, Bytes(public.to_vec())];
		self.connection().request("author_insertKey", params).await
	}

	/// The extrinsics of a block, as they were encoded.
	pub async fn extrinsics(&self, block: Hash) -> Result<Vec<Bytes>, Error> {
		#[derive(Deserialize)]
		struct Signed {
			block: Body,
		}
		#[derive(Deserialize)]
		struct Body {
			extrinsics: Vec<Bytes>,
		}
		let signed: Option<Signed> = self
			.connection()
			.request("chain_getBlock", rpc_params![block])
			.await?;
		let body = signed.ok_or(Error::Unreadable("block of that hash"))?.block;
		Ok(body.extrinsics)
	}

	/// The number of an account's next transaction.
	pub(crate) async fn next_nonce(&self, from: &AccountId) -> Result<Nonce, Error> {
		let counted = self.counted_nonce(from).await?;
		let generation = self.connection().generation();
		Ok(self.nonces().next(from, counted, generation))
	}

	/// The same as the node has it, its pool included.
	pub(crate) async fn counted_nonce(&self, from: &AccountId) -> Result<Nonce, Error> {
		self.connection()
			.request("system_accountNextIndex", rpc_params![from])
			.await
	}

	pub(crate) fn nonces(&self) -> &Nonces {
		&self.0.nonces
	}
}
