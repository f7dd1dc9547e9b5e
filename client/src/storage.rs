//! Reading the chain's state by the pallets' own storage types.

use std::collections::HashMap;

use codec::{DecodeAll, FullCodec};
use frame_support::{
	storage::{
		generator,
		types::{self, QueryKindTrait},
		StoragePrefixedMap,
	},
	traits::{Get, StorageInstance, StorageVersion},
	ReversibleStorageHasher, StorageDoubleMap, StorageMap, StorageValue,
};
use jsonrpsee::rpc_params;
use serde::Deserialize;
use sp_core::Bytes;
use syngraph_runtime::{migrations::storage_version, Hash};

use crate::{Client, Error};

/// How many keys are asked for at once.
const PAGE: u32 = 512;

/// A map whose keys can be read back from their place in storage, so that it can be listed.
pub trait Listed {
	/// What is looked up.
	type Key;
	/// What is found.
	type Value: DecodeAll;

	/// Its name, with the pallet's.
	fn name() -> String;

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

	fn name() -> String {
		map_name::<Self, Value>()
	}

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

	fn name() -> String {
		map_name::<Self, Value>()
	}

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
///
/// What is found is decoded strictly: what this program does not know to its last byte is an error that
/// names it. If the chain was upgraded, it is [`Error::OtherStorage`] or [`Error::OtherRuntime`].
impl Client {
	/// Reads a storage value.
	pub async fn value<S, V>(&self, at: Option<Hash>) -> Result<Option<V>, Error>
	where
		S: StorageValue<V> + generator::StorageValue<V>,
		V: FullCodec,
	{
		let name = name(S::pallet_prefix(), S::storage_prefix());
		self.read(&name, &<S as StorageValue<V>>::hashed_key(), at)
			.await
	}

	/// Reads an entry of a map.
	pub async fn map<S, K, V>(&self, key: &K, at: Option<Hash>) -> Result<Option<V>, Error>
	where
		S: StorageMap<K, V> + StoragePrefixedMap<V>,
		K: FullCodec,
		V: FullCodec,
	{
		self.read(&map_name::<S, V>(), &S::hashed_key_for(key), at)
			.await
	}

	/// Reads entries of a map, in the order of their keys: as many as there may be with a single request.
	pub async fn map_all<S, K, V>(
		&self,
		keys: &[K],
		at: Option<Hash>,
	) -> Result<Vec<Option<V>>, Error>
	where
		S: StorageMap<K, V> + StoragePrefixedMap<V>,
		K: FullCodec,
		V: FullCodec,
	{
		let places: Vec<_> = keys.iter().map(S::hashed_key_for).collect();
		self.read_all(&map_name::<S, V>(), &places, at).await
	}

	/// Reads an entry of a double map.
	pub async fn double_map<S, K1, K2, V>(
		&self,
		first: &K1,
		second: &K2,
		at: Option<Hash>,
	) -> Result<Option<V>, Error>
	where
		S: StorageDoubleMap<K1, K2, V> + StoragePrefixedMap<V>,
		K1: FullCodec,
		K2: FullCodec,
		V: FullCodec,
	{
		let place = S::hashed_key_for(first, second);
		self.read(&map_name::<S, V>(), &place, at).await
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
			let places: Vec<_> = page.iter().map(|place| place.0.clone()).collect();
			let values = self.read_all(&S::name(), &places, at).await?;
			for (place, value) in places.iter().zip(values) {
				let key = place.get(prefix.len()..).and_then(S::key);
				let key = key.ok_or(Error::Unreadable("key of a map"))?;
				// An entry may be gone when the state is that of an ever newer best block.
				entries.extend(value.map(|value| (key, value)));
			}
			if page.len() < PAGE as usize {
				return Ok(entries);
			}
			last = page.last().cloned();
		}
	}

	/// Reads and decodes what lies at a place in storage, which is called `name`: the pallet, a dot, and the item.
	pub async fn read<V: DecodeAll>(
		&self,
		name: &str,
		place: &[u8],
		at: Option<Hash>,
	) -> Result<Option<V>, Error> {
		if storage_version(pallet_of(name)).is_some() {
			let mut values = self.read_all(name, &[place.to_vec()], at).await?;
			return Ok(values.pop().flatten());
		}
		let params = rpc_params![Bytes(place.to_vec()), at];
		let found: Option<Bytes> = self
			.connection()
			.request("state_getStorage", params)
			.await?;
		match found {
			Some(bytes) => self.decode(name, &bytes).await.map(Some),
			None => Ok(None),
		}
	}

	/// Reads and decodes what lies at several places in the storage of a pallet, after it is certain that it is stored
	/// in a form that this program reads: the pallet says which it is, in the same state.
	async fn read_all<V: DecodeAll>(
		&self,
		name: &str,
		places: &[Vec<u8>],
		at: Option<Hash>,
	) -> Result<Vec<Option<V>>, Error> {
		let pallet = pallet_of(name);
		let version = storage_version(pallet);
		// Who finds no place has looked for them where they are in that form.
		if places.is_empty() {
			self.ensure_storage(pallet, at).await?;
		}
		let mut values = Vec::with_capacity(places.len());
		for page in places.chunks(PAGE as usize) {
			let version_at = version.map(|(place, _)| place.to_vec());
			let all = page.iter().cloned().chain(version_at);
			let found = self.found(all.collect(), at).await?;
			if let Some((place, ours)) = version {
				compare(pallet, found.get(&place[..]).map(Vec::as_slice), ours)?;
			}
			for place in page {
				values.push(match found.get(place) {
					Some(bytes) => Some(self.decode(name, bytes).await?),
					None => None,
				});
			}
		}
		Ok(values)
	}

	/// Fails with [`Error::OtherStorage`] if one of our pallets stores things in another form than this program reads.
	pub async fn ensure_storage(&self, pallet: &str, at: Option<Hash>) -> Result<(), Error> {
		let Some((place, ours)) = storage_version(pallet) else {
			return Ok(());
		};
		let found = self.found(vec![place.to_vec()], at).await?;
		compare(pallet, found.values().next().map(Vec::as_slice), ours)
	}

	/// What lies at several places in storage, as far as there is anything.
	async fn found(
		&self,
		places: Vec<Vec<u8>>,
		at: Option<Hash>,
	) -> Result<HashMap<Vec<u8>, Vec<u8>>, Error> {
		let keys: Vec<_> = places.into_iter().map(Bytes).collect();
		let changes: Vec<Changes> = self
			.connection()
			.request("state_queryStorageAt", rpc_params![keys, at])
			.await?;
		let changes = changes.into_iter().flat_map(|changes| changes.changes);
		let found = changes.filter_map(|(place, value)| Some((place.0, value?.0)));
		Ok(found.collect())
	}

	/// Decodes something of the chain, to its last byte.
	pub(crate) async fn decode<V: DecodeAll>(&self, name: &str, bytes: &[u8]) -> Result<V, Error> {
		match V::decode_all(&mut &*bytes) {
			Ok(value) => Ok(value),
			Err(reason) => {
				self.runtime().await?;
				Err(Error::Undecodable {
					what: name.into(),
					reason,
				})
			},
		}
	}
}

/// What lay at several places.
#[derive(Deserialize)]
struct Changes {
	changes: Vec<(Bytes, Option<Bytes>)>,
}

/// Fails unless the version that was found with a pallet's storage is the one that this program reads.
fn compare(pallet: &str, found: Option<&[u8]>, ours: StorageVersion) -> Result<(), Error> {
	// A pallet that notes none has the first one.
	let theirs = match found {
		Some(bytes) => StorageVersion::decode_all(&mut &*bytes)
			.map_err(|_| Error::Unreadable("version of a pallet's storage"))?,
		None => StorageVersion::new(0),
	};
	if theirs == ours {
		return Ok(());
	}
	Err(Error::OtherStorage {
		pallet: pallet.into(),
		theirs,
		ours,
	})
}

/// The pallet in the name of a place in storage.
fn pallet_of(name: &str) -> &str {
	name.split_once('.').map_or(name, |(pallet, _)| pallet)
}

fn map_name<S: StoragePrefixedMap<V>, V: FullCodec>() -> String {
	name(S::pallet_prefix(), S::storage_prefix())
}

fn name(pallet: &[u8], item: &[u8]) -> String {
	let text = String::from_utf8_lossy;
	format!("{}.{}", text(pallet), text(item))
}
