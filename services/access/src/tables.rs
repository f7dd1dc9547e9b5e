//! How keys and values lie in the ledger's tables.

use codec::{Decode, DecodeAll};
use redb::ReadableTable;
use syngraph_primitives::{ChannelId, ClientId};

use crate::Broken;

/// A hash or a key.
pub(crate) type Bytes32 = [u8; 32];
/// A channel and something of it.
pub(crate) type Pair = (Bytes32, Bytes32);

pub(crate) fn find<K: redb::Key + 'static, V: Decode>(
	table: &impl ReadableTable<K, &'static [u8]>,
	key: K::SelfType<'_>,
) -> Result<Option<V>, Broken> {
	let found = table.get(key)?;
	found.map(|bytes| decode(bytes.value())).transpose()
}

pub(crate) fn pair(id: ChannelId, client: &ClientId) -> Pair {
	(id.0, to_bytes(client))
}

pub(crate) fn to_bytes(client: &ClientId) -> Bytes32 {
	client.clone().into()
}

pub(crate) fn decode<V: Decode>(bytes: &[u8]) -> Result<V, Broken> {
	V::decode_all(&mut &*bytes).map_err(|error| {
		tracing::error!("an entry of the ledger cannot be read: {error}");
		Broken
	})
}
