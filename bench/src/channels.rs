//! What it costs to open and close payment channels, against a plain transfer.

use anyhow::{Context, Result};
use serde::Serialize;
use sp_core::{sr25519, Pair, H256};
use sp_runtime::{AccountId32, MultiSignature};
use syngraph_client::{account, Head};
use syngraph_primitives::{Group, Membership, Payer, Payload, Receipt, SignedReceipt};
use syngraph_runtime::{Runtime, RuntimeEvent, HOURS, SYN};

use crate::{cost::Cost, world::World};

type Call = pallet_channels::Call<Runtime>;

/// How many members the groups have.
const GROUPS: [u32; 3] = [2, 1_000, 1_000_000];

/// What a channel costs.
#[derive(Debug, Serialize)]
pub struct Channel {
	/// Whose receipts count.
	pub kind: String,
	/// Opening it.
	pub open: Cost,
	/// Closing it with one receipt.
	pub close: Cost,
}

/// Opens and closes one channel of each kind.
pub async fn measure(world: &World) -> Result<Vec<Channel>> {
	let client = sr25519::Pair::from_seed(&[7; 32]);
	let delegated = Payer::Delegated(account(&client));
	let mut channels = vec![
		channel(world, "direct", Payer::Direct, &world.funder, None).await?,
		channel(world, "delegated", delegated, &client, None).await?,
	];
	for members in GROUPS {
		let others = (1..members).map(|index| {
			let mut bytes = [0; 32];
			bytes[..4].copy_from_slice(&index.to_le_bytes());
			AccountId32::from(bytes)
		});
		let clients: Vec<_> = [account(&client)].into_iter().chain(others).collect();
		let group = Group::new(&clients).context("no such group")?;
		let membership = Membership::new(&clients, 0).context("no such member")?;
		let kind = format!("group of {members}");
		let payer = Payer::Group(group);
		channels.push(channel(world, &kind, payer, &client, Some(membership)).await?);
	}
	Ok(channels)
}

async fn channel(
	world: &World,
	kind: &str,
	payer: Payer,
	client: &sr25519::Pair,
	membership: Option<Membership>,
) -> Result<Channel> {
	let payee = &world.intermediaries[0].1;
	let (now, _) = world.client.head(Head::Best).await?;
	let call = Call::open {
		payee: account(payee),
		payer,
		funds: 10 * SYN,
		expires: now + HOURS,
	};
	let (open, events) = Cost::paid(world, &world.funder, call).await?;
	let channel = events.iter().find_map(|event| match event {
		RuntimeEvent::Channels(pallet_channels::Event::Opened { channel, .. }) => Some(*channel),
		_ => None,
	});
	let receipt = receipt(
		world,
		channel.context("no channel was opened")?,
		client,
		membership,
	);
	let (close, _) = Cost::paid(world, payee, Call::close { receipt }).await?;
	Ok(Channel {
		kind: kind.into(),
		open,
		close,
	})
}

fn receipt(
	world: &World,
	channel: H256,
	client: &sr25519::Pair,
	membership: Option<Membership>,
) -> SignedReceipt<u128> {
	let receipt = Receipt {
		channel,
		amount: 5 * SYN,
	};
	let signature = client.sign(&receipt.signing_bytes(&world.client.genesis()));
	SignedReceipt {
		receipt,
		signature: MultiSignature::Sr25519(signature),
		membership,
	}
}
