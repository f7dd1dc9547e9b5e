//! What clients have bought: of each client of a channel the last slot, so that it can be told its password again.

use codec::{Decode, Encode};
use redb::{
	ReadOnlyTable, ReadTransaction, ReadableTable, ReadableTableMetadata, Table, TableDefinition,
	WriteTransaction,
};
use sp_core::H256;
use sp_runtime::traits::{BlakeTwo256, Hash};
use syngraph_primitives::{BlockNumber, ChannelId, ClientId};
use syngraph_runtime::DAYS;

use crate::{
	config::Offer,
	tables::{decode, find, pair, to_bytes, Bytes32, Pair},
	Broken, SignedReceipt,
};

/// By channel and client.
const PURCHASES: TableDefinition<Pair, &[u8]> = TableDefinition::new("purchases");
/// The client of each purchase, by channel and hash of the receipt.
const RECEIPTS: TableDefinition<Pair, Bytes32> = TableDefinition::new("receipts");
/// The purchases out of channels that are closed.
const CLOSED: TableDefinition<Row, ()> = TableDefinition::new("closed");
/// The block in which a purchase may be forgotten, its channel, and its client.
type Row = (BlockNumber, Bytes32, Bytes32);

/// For how many blocks a purchase is remembered after its channel was closed: a day, unless slots stay empty.
pub const KEPT: BlockNumber = DAYS;
/// How many purchases are remembered at most whose channels are closed: some 300 MB.
const MOST_KEPT: u64 = 1_000_000;
/// How many may be forgotten with each channel that is closed, besides as many as come.
const MORE: usize = 1024;

/// The last slot that a client has bought out of a channel.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
pub struct Purchase {
	/// The hash of the receipt that bought it.
	pub receipt: H256,
	/// The device.
	pub device: String,
	/// Its service.
	pub service: String,
	/// The number of the password.
	pub counter: u64,
	/// The hash of what must be shown to be told the password again, if anything.
	pub key: Option<H256>,
}

impl Purchase {
	/// What a purchase knows its receipt by.
	pub fn hash(receipt: &SignedReceipt) -> H256 {
		BlakeTwo256::hash_of(receipt)
	}

	/// Whether this very receipt has bought it, from this service, and what is shown is what was shown then:
	/// receipts are no secret.
	pub(crate) fn is_of(&self, offer: &Offer, receipt: &SignedReceipt, key: Option<H256>) -> bool {
		self.device == offer.device
			&& self.service == offer.service
			&& self.key.is_some()
			&& self.key == key
			&& self.receipt == Self::hash(receipt)
	}
}

/// The tables while entries are made.
pub(crate) struct Purchases<'a> {
	all: Table<'a, Pair, &'static [u8]>,
	receipts: Table<'a, Pair, Bytes32>,
	closed: Table<'a, Row, ()>,
}

impl<'a> Purchases<'a> {
	/// Opens the tables, and makes those that are not there.
	pub(crate) fn open(transaction: &'a WriteTransaction) -> Result<Self, Broken> {
		Ok(Self {
			all: transaction.open_table(PURCHASES)?,
			receipts: transaction.open_table(RECEIPTS)?,
			closed: transaction.open_table(CLOSED)?,
		})
	}

	/// Notes the receipts of what was bought from a server that did not note them yet.
	pub(crate) fn note_receipts(&mut self) -> Result<(), Broken> {
		if self.receipts.len()? == self.all.len()? {
			return Ok(());
		}
		for row in self.all.iter()? {
			let (key, known) = row?;
			let (channel, client) = key.value();
			let known: Purchase = decode(known.value())?;
			self.receipts.insert((channel, known.receipt.0), client)?;
		}
		Ok(())
	}

	/// What a client has bought last out of a channel.
	pub(crate) fn last(
		&self,
		id: ChannelId,
		client: &ClientId,
	) -> Result<Option<Purchase>, Broken> {
		find(&self.all, pair(id, client))
	}

	/// Remembers what a client has bought out of a channel, in the place of what it bought before.
	pub(crate) fn put(
		&mut self,
		id: ChannelId,
		client: &ClientId,
		purchase: &Purchase,
	) -> Result<(), Broken> {
		let key = pair(id, client);
		self.remove(key)?;
		self.all.insert(key, &purchase.encode()[..])?;
		self.receipts
			.insert((id.0, purchase.receipt.0), to_bytes(client))?;
		Ok(())
	}

	/// A channel is closed: what was bought out of it may be forgotten some time later.
	pub(crate) fn close(&mut self, id: ChannelId, now: BlockNumber) -> Result<(), Broken> {
		let until = now.saturating_add(KEPT);
		let all = (id.0, [0; 32])..=(id.0, [u8::MAX; 32]);
		let mut count: usize = 0;
		for row in self.all.range(all)? {
			let (key, _) = row?;
			let (channel, client) = key.value();
			self.closed.insert((until, channel, client), ())?;
			count = count.saturating_add(1);
		}
		self.clear(now, MOST_KEPT, count.saturating_add(MORE))
	}

	/// Forgets those whose time is over, and those that come first as long as there are more than are `kept`; but
	/// not more than so many.
	fn clear(&mut self, now: BlockNumber, kept: u64, most: usize) -> Result<(), Broken> {
		for _ in 0..most {
			let first = self.closed.first()?.map(|(row, _)| row.value());
			let is_crowded = self.closed.len()? > kept;
			let Some(row) = first.filter(|(until, ..)| *until <= now || is_crowded) else {
				break;
			};
			self.closed.remove(row)?;
			let (_, channel, client) = row;
			self.remove((channel, client))?;
		}
		Ok(())
	}

	/// Forgets what a client has bought last out of a channel.
	fn remove(&mut self, key: Pair) -> Result<(), Broken> {
		let known: Option<Purchase> = find(&self.all, key)?;
		if let Some(known) = known {
			self.receipts.remove((key.0, known.receipt.0))?;
			self.all.remove(key)?;
		}
		Ok(())
	}
}

/// The tables as they are on disk.
pub(crate) struct Sold {
	all: ReadOnlyTable<Pair, &'static [u8]>,
	receipts: ReadOnlyTable<Pair, Bytes32>,
}

impl Sold {
	pub(crate) fn open(transaction: &ReadTransaction) -> Result<Self, Broken> {
		Ok(Self {
			all: transaction.open_table(PURCHASES)?,
			receipts: transaction.open_table(RECEIPTS)?,
		})
	}

	/// The same as [`Purchases::last`].
	pub(crate) fn last(
		&self,
		id: ChannelId,
		client: &ClientId,
	) -> Result<Option<Purchase>, Broken> {
		find(&self.all, pair(id, client))
	}

	/// What was bought out of a channel with the receipt of this hash, whether the channel is still there or not.
	pub(crate) fn with(&self, id: ChannelId, receipt: H256) -> Result<Option<Purchase>, Broken> {
		let client = self.receipts.get((id.0, receipt.0))?;
		match client {
			Some(client) => find(&self.all, (id.0, client.value())),
			None => Ok(None),
		}
	}
}

#[cfg(test)]
mod tests {
	use redb::{backends::InMemoryBackend, Builder, Database, ReadableDatabase};

	use super::*;

	fn id(number: u8) -> ChannelId {
		ChannelId::repeat_byte(number)
	}

	fn client(number: u8) -> ClientId {
		[number; 32].into()
	}

	fn purchase(number: u8) -> Purchase {
		Purchase {
			receipt: H256::repeat_byte(number),
			device: "door".into(),
			service: "open".into(),
			counter: number.into(),
			key: None,
		}
	}

	fn database() -> Database {
		let builder = Builder::new();
		builder.create_with_backend(InMemoryBackend::new()).unwrap()
	}

	fn write<R>(database: &Database, entry: impl FnOnce(&mut Purchases) -> R) -> R {
		let transaction = database.begin_write().unwrap();
		let made = entry(&mut Purchases::open(&transaction).unwrap());
		transaction.commit().unwrap();
		made
	}

	/// The number of the password that was bought with a receipt.
	fn bought(database: &Database, channel: u8, receipt: u8) -> Option<u64> {
		let sold = Sold::open(&database.begin_read().unwrap()).unwrap();
		let found = sold.with(id(channel), H256::repeat_byte(receipt)).unwrap();
		found.map(|found| found.counter)
	}

	/// How many rows there are: of purchases, of receipts, and of what is to be forgotten.
	fn rows(database: &Database) -> [u64; 3] {
		write(database, |purchases| {
			[
				purchases.all.len().unwrap(),
				purchases.receipts.len().unwrap(),
				purchases.closed.len().unwrap(),
			]
		})
	}

	#[test]
	fn a_purchase_takes_the_place_of_the_one_before() {
		let database = database();
		write(&database, |purchases| {
			purchases.put(id(1), &client(1), &purchase(1)).unwrap();
			purchases.put(id(1), &client(2), &purchase(2)).unwrap();
			purchases.put(id(1), &client(1), &purchase(3)).unwrap();
			// The same once more is the same.
			purchases.put(id(1), &client(1), &purchase(3)).unwrap();
		});
		let found = [1, 2, 3].map(|receipt| bought(&database, 1, receipt));
		assert_eq!(found, [None, Some(2), Some(3)]);
		assert_eq!(bought(&database, 2, 2), None);
		assert_eq!(rows(&database), [2, 2, 0]);
	}

	#[test]
	fn it_is_remembered_for_a_day_after_the_channel_was_closed() {
		let database = database();
		write(&database, |purchases| {
			for number in 1..=3 {
				let client = client(number);
				purchases
					.put(id(number), &client, &purchase(number))
					.unwrap();
			}
			purchases.close(id(1), 100).unwrap();
			purchases.close(id(2), 100 + KEPT - 1).unwrap();
		});
		assert_eq!(bought(&database, 1, 1), Some(1));
		assert_eq!(rows(&database), [3, 3, 2]);
		write(&database, |purchases| {
			purchases.close(id(9), 100 + KEPT).unwrap();
		});
		let found = [1, 2, 3].map(|number| bought(&database, number, number));
		assert_eq!(found, [None, Some(2), Some(3)]);
		assert_eq!(rows(&database), [2, 2, 1]);
	}

	#[test]
	fn there_is_an_end_to_how_many_are_remembered_and_to_how_many_are_forgotten_at_once() {
		let database = database();
		write(&database, |purchases| {
			for number in 1..=10 {
				let client = client(number);
				purchases
					.put(id(number), &client, &purchase(number))
					.unwrap();
				purchases.close(id(number), number.into()).unwrap();
			}
			purchases.put(id(11), &client(11), &purchase(11)).unwrap();
			// Those that were closed first are forgotten first.
			purchases.clear(10, 4, 3).unwrap();
		});
		assert_eq!(rows(&database), [8, 8, 7]);
		write(&database, |purchases| purchases.clear(10, 4, 100).unwrap());
		assert_eq!(rows(&database), [5, 5, 4]);
		let found = [6, 7, 10, 11].map(|number| bought(&database, number, number));
		assert_eq!(found, [None, Some(7), Some(10), Some(11)]);
	}
}
