//! A channel that nobody pays out of expires, and everything in it is claimed from the command line.

use anyhow::{ensure, Result};
use pallet_channels::Config;
use sp_core::Get;
use syngraph_payer::Chain;
use syngraph_primitives::ChannelId;
use syngraph_runtime::{AccountId, Balance, BlockNumber, Runtime, SYN};
use tokio::time::{sleep, Duration};

use crate::{args::Args, command::Payer};

/// What is put in.
const FUNDS: Balance = SYN;
/// After how many blocks it expires: so soon that no access server would accept receipts.
const BLOCKS: BlockNumber = 10;

/// A channel that expires.
pub struct Expiring {
	payer: Payer,
	channel: ChannelId,
}

impl Expiring {
	/// Opens it, and sees that nothing can be claimed yet.
	pub fn open(args: &Args, payee: &AccountId) -> Result<Self> {
		let payer = Payer::new(args, "funder", &format!("sr25519 {}", args.suri))?;
		let channel = payer.open(payee, FUNDS, BLOCKS)?;
		let claimed = payer.claim(channel).map_err(|error| error.to_string());
		ensure!(
			claimed
				.as_ref()
				.is_err_and(|error| error.contains("can be claimed from block")),
			"what is left was not to be claimed yet: {claimed:?}"
		);
		Ok(Self { payer, channel })
	}

	/// Waits until it has expired, and claims everything.
	pub async fn claim(self, chain: &Chain) -> Result<()> {
		let expires = chain.state(self.channel).await?.channel.expires;
		while chain.block().await? < expires {
			sleep(Duration::from_millis(500)).await;
		}
		let returned = self.payer.claim(self.channel)?;
		let deposit: Balance = <Runtime as Config>::ChannelDeposit::get();
		ensure!(returned == FUNDS + deposit, "only {returned} came back");
		println!("a channel that had expired was claimed: {returned} came back");
		Ok(())
	}
}
