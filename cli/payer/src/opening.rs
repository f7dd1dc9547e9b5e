//! What is looked at before a channel is opened: whether one is under way already, and whether it buys anything.

use pallet_channels::Call;
use sp_core::H256;
use syngraph_primitives::Payer;
use syngraph_runtime::{AccountId, Balance, BlockNumber};

use crate::{intent, recovery, Chain, Error, Key, Wallet};

/// How many blocks it may take until a channel that was opened is final, and is worth something.
const UNTIL_FINAL: BlockNumber = 16;

/// A channel that is to be opened.
pub struct Opening {
	/// Whom it is to pay.
	pub payee: AccountId,
	/// Whose receipts are to count.
	pub payer: Payer,
	/// What is to be put in.
	pub funds: Balance,
	/// After how many blocks it is to expire.
	pub blocks: BlockNumber,
	/// In how many of its last blocks nothing is sold for it. None if no access server was asked, neither for
	/// this nor for the payee.
	pub margin: Option<BlockNumber>,
}

impl Chain {
	/// Sees to it that [`Chain::open`] goes on with what was cut off, or opens a channel that buys something. If it
	/// is to be written off, that is [given up](Chain::give_up_open) first, and another is opened then.
	///
	/// Fails if the same was begun for another payee than the access server tells now, and is not to be written off:
	/// it would be another channel.
	pub async fn prepare_open(
		&self,
		wallet: &Wallet,
		key: &Key,
		opening: &Opening,
		write_off: bool,
	) -> Result<(), Error> {
		let Opening {
			payee,
			payer,
			funds,
			blocks,
			margin,
		} = opening;
		let purpose = self.purpose_of_open(key, payee, payer, *funds, *blocks);
		// What is under way is finished whatever the server says meanwhile.
		if !write_off && wallet.intent(purpose)?.is_some() {
			return Ok(());
		}
		// If nobody was asked, the payee was given on purpose.
		let others = match margin {
			Some(_) => self.begun_for_others(wallet, key, opening)?,
			None => Vec::new(),
		};
		if let Some((_, begun)) = others.first().filter(|_| !write_off) {
			return Err(Error::BegunForAnother {
				begun: begun.clone(),
				told: payee.clone(),
			});
		}
		opening.ensure_long_enough()?;
		if write_off {
			for purpose in others.iter().map(|(other, _)| *other).chain([purpose]) {
				intent::give_up(self.client(), wallet, purpose).await?;
			}
		}
		Ok(())
	}

	/// What was begun that is the same in everything but the payee: its purpose, and whom it pays.
	fn begun_for_others(
		&self,
		wallet: &Wallet,
		key: &Key,
		opening: &Opening,
	) -> Result<Vec<(H256, AccountId)>, Error> {
		let Opening {
			payer,
			funds,
			blocks,
			..
		} = opening;
		let intents = wallet.intents()?.into_iter();
		let begun = intents.filter_map(|(purpose, intent)| match recovery::call(&intent)? {
			Call::open { payee, .. } => Some((purpose, payee)),
			_ => None,
		});
		let is_same = |(purpose, payee): &(H256, AccountId)| {
			*payee != opening.payee
				&& *purpose == self.purpose_of_open(key, payee, payer, *funds, *blocks)
		};
		Ok(begun.filter(is_same).collect())
	}
}

impl Opening {
	/// Fails if the access server would sell nothing for a channel that is opened now.
	fn ensure_long_enough(&self) -> Result<(), Error> {
		let blocks = self.blocks;
		match self.margin {
			Some(margin) if blocks <= margin.saturating_add(UNTIL_FINAL) => {
				Err(Error::TooShort { blocks, margin })
			},
			_ => Ok(()),
		}
	}
}
