//! What is looked at before a channel is opened: whether one is under way already, and whether it buys anything.

use pallet_channels::Call;
use sp_core::H256;
use syngraph_primitives::ChannelId;
use syngraph_runtime::AccountId;

use crate::{
	intent::{self, found},
	recovery, Chain, Error, Key, Opening, Records,
};

impl Chain {
	/// Sees to it that [`Chain::open`] goes on with what was cut off, or opens a channel that buys something. If it
	/// is to be written off, what came of it is looked up, and it is given up if that cannot be found out: another is
	/// opened then.
	///
	/// Fails if the same was begun for another payee than the same access server tells now: it would be another
	/// channel. If it is to be written off, that fails only as long as it may still come, or if it has come.
	pub async fn prepare_open(
		&self,
		records: &Records,
		key: &Key,
		opening: &Opening,
		write_off: bool,
	) -> Result<(), Error> {
		let purpose = self.purpose_of_open(key, opening, &opening.payee);
		// What is under way is finished whatever the server says meanwhile, and what is there is told.
		let is_begun = records.intent(purpose)?.is_some();
		if is_begun && (!write_off || self.opened(records, purpose).await?.is_some()) {
			return Ok(());
		}
		let others = self.begun_for_others(records, key, opening)?;
		for (other, begun) in others.iter().cloned() {
			if !write_off {
				let told = opening.payee.clone();
				return Err(Error::BegunForAnother { begun, told });
			}
			if let Some(channel) = self.opened(records, other).await? {
				return Err(Error::OpenForAnother { channel, begun });
			}
		}
		opening.ensure_long_enough()?;
		if write_off {
			let mut all = others.iter().map(|(other, _)| *other).chain([purpose]);
			all.try_for_each(|purpose| records.forget(purpose))?;
		}
		Ok(())
	}

	/// The channel that was opened for a purpose, as far as that can be found out. Fails as long as it may still come.
	async fn opened(&self, records: &Records, purpose: H256) -> Result<Option<ChannelId>, Error> {
		match intent::look_back(self.client(), records, purpose).await? {
			Some(executed) => found(self.channel_of(executed).await),
			None => Ok(None),
		}
	}

	/// What was begun with the same access server and is the same in everything but the payee: its purpose, and whom it
	/// pays. If no server was asked, the payee was given on purpose.
	fn begun_for_others(
		&self,
		records: &Records,
		key: &Key,
		opening: &Opening,
	) -> Result<Vec<(H256, AccountId)>, Error> {
		let Some(server) = opening.server() else {
			return Ok(Vec::new());
		};
		let intents = records.intents()?.into_iter();
		let intents = intents.filter(|(_, intent)| intent.known.server.as_ref() == Some(server));
		let begun = intents.filter_map(|(purpose, intent)| match recovery::call(&intent)? {
			Call::open { payee, .. } => Some((purpose, payee)),
			_ => None,
		});
		let is_same = |(purpose, payee): &(H256, AccountId)| {
			*payee != opening.payee && *purpose == self.purpose_of_open(key, opening, payee)
		};
		Ok(begun.filter(is_same).collect())
	}
}
