//! The server on a real chain.
//!
//! Needs a node of a development chain, whose address is in `SYNGRAPH_NODE`:
//! `scripts/beside.sh cargo test --workspace --test access -- --ignored node::`

use std::{env, sync::Arc, time::Duration};

use pallet_channels::{Call, Event};
use pallet_transaction_payment::Event::TransactionFeePaid;
use sp_core::{sr25519, Pair};
use syngraph_access::{
	Balance, Chain, Collector, Identity, Lane, Ledger, Metrics, Node, Problem, Request, Server,
	SignedReceipt, Watch,
};
use syngraph_client::{account, Client, Head, Postage};
use syngraph_primitives::{ChannelId, Payer, Payload};
use syngraph_runtime::{Runtime, RuntimeEvent};
use tempfile::TempDir;

use crate::common::{self, id, key, terms, MARGIN, PRICE};

const FUNDS: Balance = 100 * 1_000_000_000_000;

struct Real {
	client: Client,
	depositor: sr25519::Pair,
	payee: sr25519::Pair,
	server: Arc<Server<Node>>,
	_folder: TempDir,
}

impl Real {
	async fn new() -> Self {
		let url = env::var("SYNGRAPH_NODE").expect("the address of a node");
		let patience = Duration::from_secs(10);
		let client = Client::connect(&url, patience).await.unwrap();
		let named = |name| sr25519::Pair::from_string(name, None).unwrap();
		let (depositor, payee) = (named("//Alice"), named("//Bob"));
		let folder = TempDir::new().unwrap();
		let metrics = Arc::new(Metrics::new().unwrap());
		let node = Node::connect(&url, patience, payee.clone()).await.unwrap();
		let identity = Identity {
			genesis: node.genesis(),
			payee: account(&payee),
		};
		let ledger = Ledger::create(folder.path(), &identity, metrics.clone()).unwrap();
		let watch = Watch::new(node, Duration::from_secs(30));
		let (mut terms, payee_account) = (terms(100), account(&payee));
		// The prices are far below a fee.
		terms.closing.at_loss = true;
		let server = Server::new(terms, payee_account, 42u16.into(), watch, ledger, metrics);
		let server = Arc::new(server.unwrap());
		let followed = server.clone();
		tokio::spawn(async move { followed.watch().follow().await });
		tokio::spawn(Collector::new(server.clone()).run());
		Self {
			client,
			depositor,
			payee,
			server,
			_folder: folder,
		}
	}

	/// Opens a channel for the client with key 1, for so many blocks.
	async fn open(&self, blocks: u32) -> ChannelId {
		let (best, _) = self.client.head(Head::Best).await.unwrap();
		let call = Call::<Runtime>::open {
			payee: account(&self.payee),
			payer: Payer::Delegated(common::client(&key(1))),
			funds: FUNDS,
			expires: best + blocks,
		};
		let opened = self.client.execute(&self.depositor, call).await.unwrap();
		let opened = opened.events.iter().find_map(|event| match event {
			RuntimeEvent::Channels(Event::Opened { channel, .. }) => Some(*channel),
			_ => None,
		});
		opened.unwrap()
	}

	/// Buys as a client does, which waits for the channel to be final.
	async fn buy(&self, channel: ChannelId, amount: Balance) -> u64 {
		let request = Request {
			device: "door".into(),
			service: "open".into(),
			receipt: self.receipt(channel, amount),
			price: None,
			key: None,
		};
		loop {
			match self.server.sell(request.clone()).await {
				Ok(slot) => return slot.counter,
				Err(Problem::UnknownChannel | Problem::Unavailable(_)) => {},
				Err(problem) => panic!("{problem}"),
			}
			tokio::time::sleep(Duration::from_millis(300)).await;
		}
	}

	fn receipt(&self, channel: ChannelId, amount: Balance) -> SignedReceipt {
		let receipt = syngraph_primitives::Receipt { channel, amount };
		let signature = key(1)
			.sign(&receipt.signing_bytes(&self.client.genesis()))
			.into();
		SignedReceipt {
			receipt,
			signature,
			membership: None,
		}
	}

	/// Waits until the server has seen that all its channels are closed for good.
	async fn all_closed(&self) {
		while !self.server.ledger().entries().unwrap().is_empty() {
			tokio::time::sleep(Duration::from_millis(300)).await;
		}
	}

	/// What the payee was paid in the blocks from this one on, by channel, and what fees it paid.
	async fn paid(&self, from: u32) -> (Vec<(ChannelId, Balance)>, Vec<Balance>) {
		let (last, _) = self.client.head(Head::Finalized).await.unwrap();
		let mut blocks = self.client.blocks(Head::Finalized, from);
		let (mut all, mut fees) = (Vec::new(), Vec::new());
		for _ in from..=last {
			for record in blocks.next().await.unwrap().events {
				match record.event {
					RuntimeEvent::Channels(Event::Closed { channel, paid, .. }) => {
						all.push((channel, paid));
					},
					RuntimeEvent::TransactionPayment(TransactionFeePaid {
						who,
						actual_fee,
						..
					}) if who == account(&self.payee) => fees.push(actual_fee),
					_ => (),
				}
			}
		}
		(all, fees)
	}
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs a node"]
async fn from_deposit_to_close() {
	let real = Real::new().await;
	let (from, _) = real.client.head(Head::Best).await.unwrap();
	// Two that will expire, one whose depositor asks to close, and one of which the same changes nothing but
	// that it happens: it expires before the payee's time would be over.
	let expiring = [real.open(MARGIN + 12).await, real.open(MARGIN + 12).await];
	let asked = real.open(10_000).await;
	let soon = real.open(MARGIN + 1000).await;
	assert_eq!(real.buy(soon, PRICE).await, 0);
	assert_eq!(real.buy(asked, PRICE).await, 1);
	assert_eq!(real.buy(asked, 2 * PRICE).await, 2);
	for channel in expiring {
		real.buy(channel, PRICE).await;
	}
	let node = real.server.watch().chain();
	let receipt = real.receipt(asked, PRICE);
	let costs = node.costs(&receipt).await.unwrap();
	let redeemed = node.redeem(vec![receipt.clone()], Postage::default());
	assert!(redeemed.await.unwrap().refused.is_empty());
	// What does not count any more, because it was redeemed, keeps no other from it.
	let other = real.receipt(soon, PRICE / 2);
	let redeemed = node.redeem(vec![receipt, other], Postage::default()).await;
	let refused = redeemed.unwrap().refused;
	assert_eq!((refused.len(), refused[0].0), (1, asked));
	let unknown = node.channels(Lane::Public, &[id(1)]).await.unwrap();
	assert!(unknown[0].safe_state().is_none());
	for channel in [asked, soon] {
		let call = Call::<Runtime>::request_close { channel };
		real.client.execute(&real.depositor, call).await.unwrap();
	}
	tokio::time::timeout(Duration::from_secs(300), real.all_closed())
		.await
		.unwrap();
	let (mut paid, fees) = real.paid(from).await;
	// It reckoned with what it paid for one receipt, or a little more.
	assert!(
		(fees[0]..fees[0] / 10 * 11).contains(&costs.alone),
		"{costs:?}, {fees:?}"
	);
	let mut expected = vec![
		(asked, 2 * PRICE),
		(soon, PRICE),
		(expiring[0], PRICE),
		(expiring[1], PRICE),
	];
	paid.sort_unstable();
	expected.sort_unstable();
	assert_eq!(paid, expected);
}
