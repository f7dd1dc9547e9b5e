//! What the server remembers, by tables.

use codec::{Decode, Encode};
use redb::{
	AccessGuard, Database, ReadOnlyTable, ReadableDatabase, ReadableTable, ReadableTableMetadata,
	Table, TableDefinition, WriteTransaction,
};
use sp_core::H256;
use syngraph_primitives::{BlockNumber, ChannelId, ClientId, Payer};

use crate::{
	purchases::{Purchase, Purchases, Sold},
	tables::{decode, find, to_bytes, Bytes32},
	Broken, SignedReceipt,
};

/// A period and a client.
type Quota = (u64, Bytes32);

const CHANNELS: TableDefinition<Bytes32, &[u8]> = TableDefinition::new("channels");
const COUNTERS: TableDefinition<(&str, &str), u64> = TableDefinition::new("counters");
const QUOTAS: TableDefinition<Quota, u32> = TableDefinition::new("quotas");

/// What is remembered of a channel.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
pub struct Entry {
	/// The receipt over the most.
	pub receipt: SignedReceipt,
	/// Whose receipts counted when it was accepted.
	pub payer: Payer,
	/// When the channel was to expire when the receipt was accepted: if it now expires earlier, its
	/// depositor has asked to close.
	pub expires: BlockNumber,
	/// A final block in which the channel was open: if it is not there in a later one, it is closed for
	/// good.
	pub seen: BlockNumber,
	/// The server closes the channel with this receipt, and accepts no other.
	pub closing: bool,
}

/// What is remembered when a client comes with a receipt.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Page {
	/// Of the channel.
	pub entry: Option<Entry>,
	/// What the client has bought last out of it.
	pub purchase: Option<Purchase>,
	/// How many slots the client has bought in this period, out of any channel.
	pub bought: u32,
}

/// The tables while entries are made.
pub struct Entries<'a> {
	channels: Table<'a, Bytes32, &'static [u8]>,
	purchases: Purchases<'a>,
	counters: Table<'a, (&'static str, &'static str), u64>,
	quotas: Table<'a, Quota, u32>,
}

impl<'a> Entries<'a> {
	/// Opens the tables, and makes those that are not there.
	pub(crate) fn open(transaction: &'a WriteTransaction) -> Result<Self, Broken> {
		Ok(Self {
			channels: transaction.open_table(CHANNELS)?,
			purchases: Purchases::open(transaction)?,
			counters: transaction.open_table(COUNTERS)?,
			quotas: transaction.open_table(QUOTAS)?,
		})
	}

	/// Takes over what a server of before has written.
	pub(crate) fn take_over(&mut self) -> Result<(), Broken> {
		self.purchases.note_receipts()
	}

	/// What is remembered of a channel.
	pub fn entry(&self, id: ChannelId) -> Result<Option<Entry>, Broken> {
		find(&self.channels, id.0)
	}

	/// What is remembered when a client comes with a receipt of a channel.
	pub fn page(&self, id: ChannelId, client: &ClientId, period: u64) -> Result<Page, Broken> {
		Ok(Page {
			entry: find(&self.channels, id.0)?,
			purchase: self.purchases.last(id, client)?,
			bought: bought(&self.quotas, client, period)?,
		})
	}

	/// Remembers a channel.
	pub fn put(&mut self, entry: &Entry) -> Result<(), Broken> {
		let id = entry.receipt.receipt.channel;
		self.channels.insert(id.0, &entry.encode()[..])?;
		Ok(())
	}

	/// Remembers what a client has bought out of a channel, in the place of what it bought before.
	pub fn sell(
		&mut self,
		id: ChannelId,
		client: &ClientId,
		purchase: &Purchase,
	) -> Result<(), Broken> {
		self.purchases.put(id, client, purchase)
	}

	/// Remembers how many slots a client has bought in a period, and forgets what was bought in others. Of two
	/// orders, the later one may be carried out first: so the next period may have begun.
	pub fn count(&mut self, client: &ClientId, period: u64, bought: u32) -> Result<(), Broken> {
		let kept = period..=period.saturating_add(1);
		let (first, last) = (
			period_of(self.quotas.first()?),
			period_of(self.quotas.last()?),
		);
		let are_kept = [first, last].iter().flatten().all(|one| kept.contains(one));
		if !are_kept {
			self.quotas.retain(|quota, _| kept.contains(&quota.0))?;
		}
		self.quotas.insert((period, to_bytes(client)), bought)?;
		Ok(())
	}

	/// Of how many clients it is remembered what they have bought.
	pub fn quotas(&self) -> Result<u64, Broken> {
		Ok(self.quotas.len()?)
	}

	/// Forgets a channel that is closed for good, as of block `now`. What was bought out of it is remembered for
	/// [`KEPT`](crate::KEPT) blocks more.
	pub fn forget(&mut self, id: ChannelId, now: BlockNumber) -> Result<(), Broken> {
		self.channels.remove(id.0)?;
		self.purchases.close(id, now)
	}

	/// The number of the next password of a service, after so many that are left out. It is never given out
	/// again.
	pub fn next(&mut self, device: &str, service: &str, left_out: u64) -> Result<u64, Broken> {
		let next = self.skip(device, service, left_out.saturating_add(1))?;
		Ok(next.saturating_sub(1))
	}

	/// Leaves so many passwords of a service out, and tells the number of the next. Fails if there are not so many: a
	/// number that is given out twice would be worse than none.
	pub fn skip(&mut self, device: &str, service: &str, slots: u64) -> Result<u64, Broken> {
		let next = self.counters.get((device, service))?;
		let next = next.map_or(0, |next| next.value()).checked_add(slots);
		let next = next.ok_or_else(|| {
			tracing::error!("{device} {service} has not so many passwords left");
			Broken
		})?;
		if slots > 0 {
			self.counters.insert((device, service), next)?;
		}
		Ok(next)
	}
}

/// The tables as they are on disk.
pub(crate) struct Snapshot {
	channels: ReadOnlyTable<Bytes32, &'static [u8]>,
	purchases: Sold,
	quotas: ReadOnlyTable<Quota, u32>,
}

impl Snapshot {
	/// As they are now.
	pub(crate) fn open(database: &Database) -> Result<Self, Broken> {
		let transaction = database.begin_read()?;
		Ok(Self {
			channels: transaction.open_table(CHANNELS)?,
			purchases: Sold::open(&transaction)?,
			quotas: transaction.open_table(QUOTAS)?,
		})
	}

	/// What is on disk about a channel.
	pub(crate) fn entry(&self, id: ChannelId) -> Result<Option<Entry>, Broken> {
		find(&self.channels, id.0)
	}

	/// What was bought out of a channel with the receipt of this hash.
	pub(crate) fn purchase(
		&self,
		id: ChannelId,
		receipt: H256,
	) -> Result<Option<Purchase>, Broken> {
		self.purchases.with(id, receipt)
	}

	/// All channels on disk.
	pub(crate) fn entries(&self) -> Result<Vec<(ChannelId, Entry)>, Broken> {
		let all = self.channels.iter()?.map(|row| {
			let (id, bytes) = row?;
			Ok((H256(id.value()), decode(bytes.value())?))
		});
		all.collect()
	}

	/// The same as [`Entries::page`].
	pub(crate) fn page(
		&self,
		id: ChannelId,
		client: &ClientId,
		period: u64,
	) -> Result<Page, Broken> {
		Ok(Page {
			entry: find(&self.channels, id.0)?,
			purchase: self.purchases.last(id, client)?,
			bought: bought(&self.quotas, client, period)?,
		})
	}
}

fn bought(
	quotas: &impl ReadableTable<Quota, u32>,
	client: &ClientId,
	period: u64,
) -> Result<u32, Broken> {
	let bought = quotas.get((period, to_bytes(client)))?;
	Ok(bought.map_or(0, |bought| bought.value()))
}

/// The period of a row.
fn period_of(row: Option<(AccessGuard<Quota>, AccessGuard<u32>)>) -> Option<u64> {
	row.map(|(quota, _)| quota.value().0)
}
