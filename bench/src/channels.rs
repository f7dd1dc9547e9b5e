//! What it costs to open and close payment channels, against a plain transfer.

use anyhow::{Context, Result};
use codec::Encode;
use frame_support::weights::{Weight, WeightToFee as _};
use pallet_channels::WeightInfo;
use serde::Serialize;
use sp_core::{ecdsa, ed25519, sr25519, Pair, H256};
use sp_runtime::{traits::IdentifyAccount, AccountId32, MultiSignature, MultiSigner};
use syngraph_client::{account, Head};
use syngraph_primitives::{Group, Membership, Payer, Payload, Receipt, SignedReceipt};
use syngraph_runtime::{
	configs::{LengthToFee, WeightToFee},
	Balance, Runtime, RuntimeEvent, HOURS, SYN,
};

use crate::{
	cost::{as_text, Cost},
	testbed::Testbed,
};

type Call = pallet_channels::Call<Runtime>;
type Weights = <Runtime as pallet_channels::Config>::WeightInfo;

/// How many members the groups have.
const GROUPS: [u32; 3] = [2, 1_000, 1_000_000];
/// What opening and closing cost as a smart contract of Ethereum, as multiples of a plain transfer.
const DIRECT_CONTRACT: [f64; 2] = [2.08, 1.73];
const OTHER_CONTRACT: [f64; 2] = [2.40, 1.73];

/// What a channel costs.
#[derive(Debug, Serialize)]
pub struct Channel {
	/// Whose receipts count.
	pub kind: String,
	/// Opening it.
	pub open: Cost,
	/// Closing it with one receipt.
	pub close: Cost,
	/// What of the fee for closing is for the proof that the client is a member of the group.
	#[serde(serialize_with = "as_text")]
	pub proof_fee: Balance,
	/// What a smart contract's opening and closing cost, against a transfer.
	pub to_beat: [f64; 2],
}

impl Channel {
	/// The fee for closing, but for the proof of membership, against another's.
	pub fn close_ratio_without_proof(&self, other: &Cost) -> f64 {
		self.close.fee.saturating_sub(self.proof_fee) as f64 / other.fee as f64
	}
}

/// Signs bytes.
type Sign = Box<dyn Fn(&[u8]) -> MultiSignature>;

/// Who signs receipts.
struct Client {
	id: AccountId32,
	sign: Sign,
}

impl Client {
	fn new<Key>(key: Key) -> Self
	where
		Key: Pair + 'static,
		MultiSigner: From<Key::Public>,
		MultiSignature: From<Key::Signature>,
	{
		Self {
			id: MultiSigner::from(key.public()).into_account(),
			sign: Box::new(move |bytes| key.sign(bytes).into()),
		}
	}

	/// Of a key of sr25519, as most are.
	fn usual() -> Self {
		Self::new(sr25519::Pair::from_seed(&[7; 32]))
	}
}

/// Opens and closes one channel of each kind, and with a key of each scheme.
pub async fn measure(testbed: &Testbed) -> Result<Vec<Channel>> {
	let funder = Client::new(testbed.funder.clone());
	let direct = channel(testbed, "direct", Payer::Direct, &funder, None).await?;
	let mut channels = vec![direct];
	let others = [
		("delegated", Client::usual()),
		(
			"delegated, ed25519",
			Client::new(ed25519::Pair::from_seed(&[7; 32])),
		),
		(
			"delegated, secp256k1",
			Client::new(ecdsa::Pair::from_seed(&[7; 32])),
		),
	];
	for (kind, client) in others {
		let payer = Payer::Delegated(client.id.clone());
		channels.push(channel(testbed, kind, payer, &client, None).await?);
	}
	for members in GROUPS {
		channels.push(group(testbed, members).await?);
	}
	Ok(channels)
}

async fn group(testbed: &Testbed, members: u32) -> Result<Channel> {
	let client = Client::usual();
	let others = (1..members).map(|index| {
		let mut bytes = [0; 32];
		bytes[..4].copy_from_slice(&index.to_le_bytes());
		AccountId32::from(bytes)
	});
	let clients: Vec<_> = [client.id.clone()].into_iter().chain(others).collect();
	let group = Group::new(&clients).context("no such group")?;
	let membership = Membership::new(&clients, 0).context("no such member")?;
	let kind = format!("group of {members}");
	channel(
		testbed,
		&kind,
		Payer::Group(group),
		&client,
		Some(membership),
	)
	.await
}

async fn channel(
	testbed: &Testbed,
	kind: &str,
	payer: Payer,
	client: &Client,
	membership: Option<Membership>,
) -> Result<Channel> {
	let payee = &testbed.intermediaries[0].1;
	let (now, _) = testbed.client.head(Head::Best).await?;
	let to_beat = match payer {
		Payer::Direct => DIRECT_CONTRACT,
		_ => OTHER_CONTRACT,
	};
	let call = Call::open {
		payee: account(payee),
		payer,
		funds: 10 * SYN,
		expires: now + HOURS,
	};
	let (open, events) = Cost::paid(testbed, &testbed.funder, call).await?;
	let channel = events.iter().find_map(|event| match event {
		RuntimeEvent::Channels(pallet_channels::Event::Opened { channel, .. }) => Some(*channel),
		_ => None,
	});
	let proof_fee = membership.as_ref().map_or(0, proof_fee);
	let channel = channel.context("no channel was opened")?;
	let receipt = receipt(testbed, channel, client, membership);
	let (close, _) = Cost::paid(testbed, payee, Call::close { receipt }).await?;
	Ok(Channel {
		kind: kind.into(),
		open,
		close,
		proof_fee,
		to_beat,
	})
}

/// What a proof of membership costs: its bytes, and the hashing.
fn proof_fee(membership: &Membership) -> Balance {
	let bytes = Weight::from_parts(membership.encoded_size() as u64, 0);
	let hashes = membership.siblings.len() as u32 + 1;
	let hashing = Weights::close_sr25519(hashes).saturating_sub(Weights::close_sr25519(0));
	LengthToFee::weight_to_fee(&bytes) + WeightToFee::weight_to_fee(&hashing)
}

fn receipt(
	testbed: &Testbed,
	channel: H256,
	client: &Client,
	membership: Option<Membership>,
) -> SignedReceipt<Balance> {
	let receipt = Receipt {
		channel,
		amount: 5 * SYN,
	};
	let signature = (client.sign)(&receipt.signing_bytes(&testbed.client.genesis()));
	SignedReceipt {
		receipt,
		signature,
		membership,
	}
}
