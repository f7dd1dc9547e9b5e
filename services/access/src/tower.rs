//! Hands receipts over to a watchtower: a node that redeems them if this server is away when it should.

use std::{
	collections::HashMap,
	sync::Arc,
	time::{Duration, Instant},
};

use codec::Encode;
use jsonrpsee::{core::ClientError, rpc_params, types::error::INVALID_PARAMS_CODE};
use sp_core::Bytes;
use syngraph_client::{Connection, Error};
use syngraph_primitives::{BlockNumber, ChannelId};

use crate::{Balance, Chain, Lane, SafeState, Server, SignedReceipt};

/// How often a channel's last receipt is handed over at most.
const PAUSE: Duration = Duration::from_secs(5);
/// After which time one is handed over again, changed or not: the watchtower may have forgotten it.
const REPEAT: Duration = Duration::from_secs(600);
/// How many channels are looked at with one request.
const PAGE: usize = 1024;
/// How long the watchtower may be away before a receipt counts as not handed over.
const PATIENCE: Duration = Duration::from_secs(5);

/// By the codes of a watchtower: what it says of the chain as it knows it, which may be behind. It does not know the
/// channel yet, what was put into it last, or its new payer.
const NOT_YET: [i32; 4] = [7103, 7106, 7108, 7109];
/// And what it would say again of the same receipt, for as long as it is worth asking often: that it is none, of
/// another payee, too late, no more than it has, worth less than all others, or too little.
const REFUSED_FOR_GOOD: [i32; 6] = [INVALID_PARAMS_CODE, 7104, 7105, 7107, 7110, 7112];

/// What a watchtower did with a receipt.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Answer {
	/// It took it.
	Taken,
	/// It would refuse it again.
	Refused,
	/// It may take it soon.
	NotYet,
}

/// The way to a watchtower.
///
/// What it knows is not kept: after a restart, everything is handed over anew.
pub struct Tower<C> {
	server: Arc<Server<C>>,
	node: Connection,
	/// What was handed over of each channel, taken or refused for good, and when.
	told: HashMap<ChannelId, (Balance, Instant)>,
}

impl<C: Chain> Tower<C> {
	/// The way from a server to the node at `url`, which watches for the server's payee.
	pub fn new(server: Arc<Server<C>>, url: &str) -> Self {
		Self {
			server,
			node: Connection::new(url, PATIENCE),
			told: HashMap::new(),
		}
	}

	/// Hands receipts over for ever.
	pub async fn run(mut self) {
		loop {
			if let Err(error) = self.round().await {
				self.server.metrics().not_handed_over.inc();
				tracing::warn!("receipts could not be handed to the watchtower: {error:#}");
			}
			tokio::time::sleep(PAUSE).await;
		}
	}

	/// Hands over what the watchtower does not know.
	pub async fn round(&mut self) -> anyhow::Result<()> {
		let entries = self.server.ledger().entries()?;
		let all: HashMap<_, _> = entries.into_iter().collect();
		self.told.retain(|id, _| all.contains_key(id));
		let unknown = all
			.into_iter()
			.filter(|(id, entry)| !self.is_known(*id, entry.receipt.receipt.amount));
		let unknown: Vec<_> = unknown.collect();
		for page in unknown.chunks(PAGE) {
			let ids: Vec<_> = page.iter().map(|(id, _)| *id).collect();
			let chain = self.server.watch().chain();
			let seen = chain.channels(Lane::Collector, &ids).await?;
			for ((id, entry), seen) in page.iter().zip(seen) {
				let amount = entry.receipt.receipt.amount;
				// Unless the chain has paid so much, or it was a former payer's.
				let counts = |state: SafeState| entry.payer == state.payer && amount > state.paid;
				if seen.safe_state().is_some_and(counts) {
					let answer = self.hand_over(*id, &entry.receipt).await?;
					if answer != Answer::NotYet {
						self.told.insert(*id, (amount, Instant::now()));
					}
				}
			}
		}
		Ok(())
	}

	/// Whether the watchtower knows a receipt over so much.
	fn is_known(&self, id: ChannelId, amount: Balance) -> bool {
		let told = self.told.get(&id);
		told.is_some_and(|(last, at)| *last == amount && at.elapsed() < REPEAT)
	}

	/// Hands over one receipt. Fails if the watchtower can take none now: it cannot be reached, is busy or in trouble,
	/// or is none.
	async fn hand_over(&self, id: ChannelId, receipt: &SignedReceipt) -> anyhow::Result<Answer> {
		let params = rpc_params![Bytes(receipt.encode())];
		let metrics = self.server.metrics();
		let error = match self.node.request("channels_watch", params).await {
			Ok(until) => {
				let until: BlockNumber = until;
				tracing::debug!("the watchtower watches over channel {id:?} until block {until}");
				metrics.handed_over.inc();
				return Ok(Answer::Taken);
			},
			Err(error) => error,
		};
		let answer = match code(&error) {
			Some(code) if NOT_YET.contains(&code) => Answer::NotYet,
			Some(code) if REFUSED_FOR_GOOD.contains(&code) => Answer::Refused,
			_ => return Err(error.into()),
		};
		metrics.not_handed_over.inc();
		tracing::warn!("the watchtower refuses the receipt of channel {id:?}: {error}");
		Ok(answer)
	}
}

/// The code with which a node refused a request.
fn code(error: &Error) -> Option<i32> {
	match error {
		Error::Refused {
			reason: ClientError::Call(error),
			..
		} => Some(error.code()),
		_ => None,
	}
}
