//! Who puts money in, and who pays out of it.

use anyhow::{anyhow, ensure, Context, Result};
use pallet_balances::Call as Balances;
use sp_core::sr25519;
use syngraph_client::{
	secret::{self, WellKnown},
	Client,
};
use syngraph_payer::{Chain, Info, Key, Opening, Records, Service, Signer};
use syngraph_primitives::{ChannelId, Group, Payer};
use syngraph_runtime::{AccountId, Balance, BlockNumber, Hash, Runtime, RuntimeCall, SYN};

use crate::args::Args;

/// What each account has at first.
const ENDOWMENT: Balance = 100 * SYN;
/// How many slots more than are used each channel could pay for, those for which somebody dies included.
const SPARE: u32 = 100;
/// The key of the client that has no account.
pub const VAN: &str = "secp256k1 //Fleet//Van";
/// After how many blocks the channels expire.
const BLOCKS: BlockNumber = 2_000;

/// A channel, with those who pay out of it.
pub struct Party {
	/// Of which kind it is.
	pub kind: &'static str,
	/// The channel.
	pub channel: ChannelId,
	/// The account that put the funds in.
	pub depositor: Key,
	/// How much it put in.
	pub funds: Balance,
	/// Who takes turns in paying.
	pub clients: Vec<PayingClient>,
	/// What is paid for.
	pub service: Service,
	/// Where the device listens.
	pub device: String,
}

/// A client that pays, with a name for its records.
pub struct PayingClient {
	/// The name.
	pub name: String,
	/// How it signs.
	pub signer: Signer,
}

/// The three that put money in.
pub struct Depositors {
	driver: Key,
	fleet: Key,
	campus: Key,
}

impl Depositors {
	/// Always the same ones.
	pub fn new() -> Result<Self> {
		Ok(Self {
			driver: key("sr25519", "//Driver")?,
			fleet: key("sr25519", "//Fleet")?,
			campus: key("sr25519", "//Campus")?,
		})
	}

	/// Their accounts.
	pub fn accounts(&self) -> [AccountId; 3] {
		[&self.driver, &self.fleet, &self.campus].map(Key::client)
	}
}

/// Opens the three channels.
pub async fn open_channels(
	args: &Args,
	depositors: Depositors,
	chain: &Chain,
	info: &Info,
) -> Result<Vec<Party>> {
	let van = read_key(VAN)?;
	let (group, members) = group(args.members)?;
	let plans = [
		Plan::direct("direct", depositors.driver),
		Plan {
			kind: "delegated",
			depositor: depositors.fleet,
			payer: Payer::Delegated(van.client()),
			clients: vec![alone("van", van)],
			sold: ("lock", "open"),
		},
		Plan {
			kind: "group",
			depositor: depositors.campus,
			payer: Payer::Group(group),
			clients: members,
			sold: ("charger", "slow"),
		},
	];
	let mut parties = Vec::new();
	for plan in plans {
		parties.push(plan.open(args, chain, info).await?);
	}
	Ok(parties)
}

/// Opens one more channel of the first depositor, for the charger.
pub async fn open_another(args: &Args, chain: &Chain, info: &Info) -> Result<Party> {
	let plan = Plan::direct("another", Depositors::new()?.driver);
	plan.open(args, chain, info).await
}

/// A channel that is to be opened.
struct Plan {
	kind: &'static str,
	depositor: Key,
	payer: Payer,
	clients: Vec<PayingClient>,
	/// The device and its service.
	sold: (&'static str, &'static str),
}

impl Plan {
	/// A channel of the driver, who pays out of it for fast charging.
	fn direct(kind: &'static str, driver: Key) -> Self {
		Self {
			kind,
			depositor: driver.clone(),
			payer: Payer::Direct,
			clients: vec![alone("driver", driver)],
			sold: ("charger", "fast"),
		}
	}

	async fn open(self, args: &Args, chain: &Chain, info: &Info) -> Result<Party> {
		let (device, name) = self.sold;
		let mut services = info.services.iter();
		let service = services
			.find(|one| one.device == device && one.service == name)
			.with_context(|| format!("the access server does not offer `{name}` at `{device}`"))?;
		let slots = Balance::from(args.slots.saturating_add(SPARE));
		let funds = service.price.saturating_mul(slots);
		let records = Records::open(&args.records.join(format!("depositor-{}", self.kind)))?;
		let opening = Opening {
			payee: info.payee.clone(),
			payer: self.payer,
			funds,
			blocks: BLOCKS,
			asked: None,
		};
		let opened = chain.open(&records, &self.depositor, &opening);
		let opened = opened
			.await
			.with_context(|| format!("the {} channel", self.kind))?;
		let channel = opened.told()?;
		println!("{:<10} channel {channel:?}", self.kind);
		Ok(Party {
			kind: self.kind,
			channel,
			depositor: self.depositor,
			funds,
			clients: self.clients,
			service: service.clone(),
			device: match device {
				"charger" => args.charger.clone(),
				_ => args.lock.clone(),
			},
		})
	}
}

/// Who gives them money.
pub fn funder(args: &Args) -> Result<sr25519::Pair> {
	// What was meant as a secret is not repeated.
	let key = secret::key(&args.suri, WellKnown::Accepted);
	key.map(|key| key.pair)
		.map_err(|reason| anyhow!("--suri: {reason}"))
}

/// Gives accounts money, in one transaction. Returns the block in which they have it.
pub async fn fund(args: &Args, client: &Client, accounts: &[AccountId]) -> Result<Hash> {
	let funder = funder(args)?;
	let transfer = |account: &AccountId| {
		RuntimeCall::Balances(Balances::transfer_keep_alive {
			dest: account.clone().into(),
			value: ENDOWMENT,
		})
	};
	let calls = accounts.iter().map(transfer).collect();
	let batch = pallet_utility::Call::<Runtime>::batch_all { calls };
	let pending = client.submit(&funder, batch).await?;
	let funded = pending.finalized().await;
	Ok(funded.context("cannot fund the accounts")?.block)
}

/// A group whose members have keys of all schemes in turn.
fn group(count: u32) -> Result<(Group, Vec<PayingClient>)> {
	let schemes = ["sr25519", "ed25519", "secp256k1"].iter().cycle();
	let keys = schemes
		.zip(0..count)
		.map(|(scheme, index)| key(scheme, &format!("//Campus//{index}")))
		.collect::<Result<Vec<_>>>()?;
	let clients: Vec<_> = keys.iter().map(Key::client).collect();
	let group = Group::new(&clients).context("a group of this size cannot be")?;
	let mut members = Vec::new();
	for (key, index) in keys.into_iter().zip(0..) {
		members.push(PayingClient {
			name: format!("member-{index}"),
			signer: Signer::member(key, &clients, index).context("a member without a place")?,
		});
	}
	ensure!(!members.is_empty(), "the group is empty");
	Ok((group, members))
}

fn alone(name: &str, key: Key) -> PayingClient {
	PayingClient {
		name: name.into(),
		signer: Signer::alone(key),
	}
}

fn key(scheme: &str, secret: &str) -> Result<Key> {
	read_key(&format!("{scheme} {secret}"))
}

fn read_key(text: &str) -> Result<Key> {
	// Known to all: the example is for development chains.
	Key::parse(text, WellKnown::Accepted).map_err(|reason| anyhow!("{text} {reason}"))
}
