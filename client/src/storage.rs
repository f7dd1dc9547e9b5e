//! Reading the chain's state by the pallets' own storage types.

use codec::{Decode, FullCodec};
use frame_support::{
	storage::{
		generator,
		types::{self, QueryKindTrait},
		StoragePrefixedMap,
	},
	traits::{Get, StorageInstance},
	ReversibleStorageHasher, StorageDoubleMap, StorageMap, StorageValue,
};
use jsonrpsee::rpc_params;
use sp_core::Bytes;
use syngraph_runtime::Hash;

use crate::{Client, Error};

/// How many keys are asked for at once.
const PAGE: u32 = 512;

/// A map whose keys can be read back from their place in storage, so that it can be listed.
pub trait Listed {
	/// What is looked up.
	type Key;
	/// What is found.
	type Value: Decode;

	/// What all its places in storage begin with.
	fn prefix() -> [u8; 32];

	/// The key of a place in storage, given without the prefix.
	fn key(place: &[u8]) -> Option<Self::Key>;
}

impl<Prefix, Hasher, Key, Value, Kind, Default, Max> Listed
	for types::StorageMap<Prefix, Hasher, Key, Value, Kind, Default, Max>
where
	Prefix: StorageInstance,
	Hasher: ReversibleStorageHasher,
	Key: FullCodec,
	Value: FullCodec,
	Kind: QueryKindTrait<Value, Default>,
	Default: Get<Kind::Query> + 'static,
	Max: Get<Option<u32>>,
	Self: StoragePrefixedMap<Value>,
{
	type Key = Key;
	type Value = Value;

	fn prefix() -> [u8; 32] {
		Self::final_prefix()
	}

	fn key(place: &[u8]) -> Option<Key> {
		Key::decode(&mut Hasher::reverse(place)).ok()
	}
}

impl<Prefix, Hasher1, Key1, Hasher2, Key2, Value, Kind, Default, Max> Listed
	for types::StorageDoubleMap<Prefix, Hasher1, Key1, Hasher2, Key2, Value, Kind, Default, Max>
where
	Prefix: StorageInstance,
	Hasher1: ReversibleStorageHasher,
	Hasher2: ReversibleStorageHasher,
	Key1: FullCodec,
	Key2: FullCodec,
	Value: FullCodec,
	Kind: QueryKindTrait<Value, Default>,
	Default: Get<Kind::Query> + 'static,
	Max: Get<Option<u32>>,
	Self: StoragePrefixedMap<Value>,
{
	type Key = (Key1, Key2);
	type Value = Value;

	fn prefix() -> [u8; 32] {
		Self::final_prefix()
	}

	fn key(place: &[u8]) -> Option<(Key1, Key2)> {
		let mut rest = Hasher1::reverse(place);
		let first = Key1::decode(&mut rest).ok()?;
		let second = Key2::decode(&mut Hasher2::reverse(rest)).ok()?;
		Some((first, second))
	}
}

/// Reads the state as it was after a block, or after the best block if none is given.
impl Client {
	/// Reads a storage value.
	pub async fn value<S, V>(&self, at: Option<Hash>) -> Result<Option<V>, Error>
	where
		S: StorageValue<V> + generator::StorageValue<V>,
		V: FullCodec,
	{
		self.read(&<S as StorageValue<V>>::hashed_key(), at).await
	}

	/// Reads an entry of a map.
	pub async fn map<S, K, V>(&self, key: &K, at: Option<Hash>) -> Result<Option<V>, Error>
	where
		S: StorageMap<K, V>,
		K: FullCodec,
		V: FullCodec,
	{
		self.read(&S::hashed_key_for(key), at).await
	}

	/// Reads an entry of a double map.
	pub async fn double_map<S, K1, K2, V>(
		&self,
		first: &K1,
		second: &K2,
		at: Option<Hash>,
	) -> Result<Option<V>, Error>
	where
		S: StorageDoubleMap<K1, K2, V>,
		K1: FullCodec,
		K2: FullCodec,
		V: FullCodec,
	{
		self.read(&S::hashed_key_for(first, second), at).await
	}

	/// Lists all entries of a map.
	pub async fn list<S: Listed>(
		&self,
		at: Option<Hash>,
	) -> Result<Vec<(S::Key, S::Value)>, Error> {
		let prefix = S::prefix();
		let mut entries = Vec::new();
		let mut last: Option<Bytes> = None;
		loop {
			let params = rpc_params![Bytes(prefix.to_vec()), PAGE, &last, at];
			let page: Vec<Bytes> = self
				.connection()
				.request("state_getKeysPaged", params)
				.await?;
			for place in &page {
				let key = place.get(prefix.len()..).and_then(S::key);
				let key = key.ok_or(Error::Unreadable("key of a map"))?;
				// An entry may be gone when the state is that of an ever newer best block.
				if let Some(value) = self.read(place, at).await? {
					entries.push((key, value));
				}
			}
			if page.len() < PAGE as usize {
				return Ok(entries);
			}
			last = page.last().cloned();
		}
	}

	/// Reads and decodes what lies at a place in storage.
	pub async fn read<V: Decode>(
		&self,
		place: &[u8],
		at: Option<Hash>,
	) -> Result<Option<V>, Error> {
		let params = rpc_params![Bytes(place.to_vec()), at];
		let found: Option<Bytes> = self
			.connection()
			.request("state_getStorage", params)
			.await?;
		found
			.map(|bytes| V::decode(&mut &bytes[..]))
			.transpose()
			.map_err(|_| Error::Unreadable("value of the expected type"))
	}
}
