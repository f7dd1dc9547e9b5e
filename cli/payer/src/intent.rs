//! Transactions that must not be made twice.
//!
//! What is about to be sent is on disk before it is, whole: a signed transaction that can get into one of a few
//! blocks only. Whoever was cut off goes on with the very same, and makes another only when the chain is
//! final beyond those blocks and does not have it.

use std::{
	task::Poll,
	time::{Duration, Instant},
};

use codec::Encode;
use frame_system::Phase;
use jsonrpsee::{core::ClientError, rpc_params};
use sp_core::{sr25519, Bytes, H256};
use sp_runtime::DispatchError;
use syngraph_client::{account, Client, Head, Lifetime};
use syngraph_runtime::{BlockNumber, Nonce, Runtime, RuntimeCall, RuntimeEvent};
use tokio::time::sleep;

use crate::{record::Known, Error, Intent, Records};

/// For how many blocks a transaction may get into one.
const LIFE: BlockNumber = 64;
/// How often to look whether it did.
const PAUSE: Duration = Duration::from_millis(500);
/// How often it is sent again meanwhile: a node that was started again has forgotten it.
const AGAIN: Duration = Duration::from_secs(10);

/// Where a transaction is.
struct Found {
	number: BlockNumber,
	block: H256,
	index: u32,
}

/// What came of a transaction.
pub enum Executed {
	/// What happened in it, which was no failure.
	Done(Vec<RuntimeEvent>),
	/// What happened in it is not known any more: only the state after it can tell.
	Forgotten {
		/// What was sent.
		intent: Intent,
		/// The block that has it.
		block: BlockNumber,
		/// Why it is not.
		reason: String,
	},
}

/// What was found, unless it cannot be found out.
pub(crate) fn found<T>(result: Result<T, Error>) -> Result<Option<T>, Error> {
	match result {
		Err(Error::Forgotten { .. }) => Ok(None),
		result => result.map(Some),
	}
}

/// Executes a call for a purpose, once, and waits until it is final. The intent stays on record until the caller
/// has told what came of it, and [forgets](Records::forget) it.
///
/// Fails if the node refuses the transaction, or lacks a block that may have it: it stays on record then, since
/// another node may have it. Fails, and nothing stays, if the call does.
pub async fn execute(
	client: &Client,
	records: &Records,
	purpose: H256,
	key: &sr25519::Pair,
	call: RuntimeCall,
	known: Known,
) -> Result<Executed, Error> {
	loop {
		let intent = match records.intent(purpose)? {
			Some(intent) if intent.genesis == client.genesis() => intent,
			_ => {
				let intent = sign(client, key, call.clone(), known.clone()).await?;
				records.intend(purpose, &intent)?;
				intent
			},
		};
		let Some(found) = follow(client, &intent).await? else {
			// It cannot come any more.
			records.forget(purpose)?;
			continue;
		};
		let executed = executed(client, intent, &found).await;
		if let Err(Error::Node(syngraph_client::Error::Failed(_))) = executed {
			records.forget(purpose)?;
		}
		return executed;
	}
}

/// What came of what was sent for a purpose. None if nothing was, if no block will ever have it, or if the call failed.
///
/// Fails as long as it may still get into a block. After that, a node that has dropped the blocks that may have it
/// cannot say what came of it: then that is none.
pub async fn look_back(
	client: &Client,
	records: &Records,
	purpose: H256,
) -> Result<Option<Executed>, Error> {
	let intent = records.intent(purpose)?;
	let Some(intent) = intent.filter(|intent| intent.genesis == client.genesis()) else {
		return Ok(None);
	};
	let mut next = intent.after.saturating_add(1);
	let looked = match look(client, &intent, &mut next).await {
		Err(Error::Node(syngraph_client::Error::Unreadable(_)))
			if client.head(Head::Finalized).await?.0 >= intent.until =>
		{
			Poll::Ready(None)
		},
		looked => looked?,
	};
	match looked {
		Poll::Pending => Err(Error::StillComing(intent.until)),
		Poll::Ready(None) => Ok(None),
		Poll::Ready(Some(found)) => match executed(client, intent, &found).await {
			Err(Error::Node(syngraph_client::Error::Failed(_))) => Ok(None),
			executed => executed.map(Some),
		},
	}
}

/// What came of a transaction that a final block has. Fails if the call did.
async fn executed(client: &Client, intent: Intent, found: &Found) -> Result<Executed, Error> {
	let mut result = events(client, found).await;
	if matches!(result, Err(syngraph_client::Error::Unreachable { .. })) {
		// It is asked once more: a node that was away, and is back, answers everything else as well.
		result = events(client, found).await;
	}
	let error = match result {
		Ok(events) => match failure(&events) {
			Some(error) => return Err(syngraph_client::Error::Failed(error).into()),
			None => return Ok(Executed::Done(events)),
		},
		Err(error) => error,
	};
	match cannot_tell(client, &error).await {
		true => Ok(Executed::Forgotten {
			intent,
			block: found.number,
			reason: error.to_string(),
		}),
		false => Err(error.into()),
	}
}

/// Whether the node will never tell what happened in a block, which it was asked for in vain.
async fn cannot_tell(client: &Client, error: &syngraph_client::Error) -> bool {
	use syngraph_client::Error::{Refused, Undecodable, Unreachable};
	match error {
		// A node keeps the states of a few blocks only, unless it is told to keep all. And a runtime of before, or one
		// that has got new events, may have made the block.
		Refused { .. } | Undecodable { .. } => true,
		// Who answers everything else has more to say about the block than is taken at once.
		Unreachable { .. } => client.answers().await,
		_ => false,
	}
}

/// Signs a call as the account's next transaction, good from the last final block on.
async fn sign(
	client: &Client,
	key: &sr25519::Pair,
	call: RuntimeCall,
	known: Known,
) -> Result<Intent, Error> {
	let runtime = client.runtime().await?;
	let from = account(key);
	let nonce: Nonce = client
		.connection()
		.request("system_accountNextIndex", rpc_params![&from])
		.await?;
	let (after, hash) = client.head(Head::Finalized).await?;
	let lifetime = Lifetime::after(after, hash, LIFE);
	let signed = client.sign(runtime, key, call, nonce, &lifetime, 0);
	Ok(Intent {
		genesis: client.genesis(),
		account: from,
		nonce,
		after,
		until: after.saturating_add(LIFE - 1),
		transaction: Bytes(signed.encode()),
		known,
	})
}

/// Sends a transaction until it is in a final block. None if no block will ever have it.
async fn follow(client: &Client, intent: &Intent) -> Result<Option<Found>, Error> {
	let mut next = intent.after.saturating_add(1);
	let mut sent: Option<Instant> = None;
	loop {
		if let Poll::Ready(found) = look(client, intent, &mut next).await? {
			return Ok(found);
		}
		if sent.is_none_or(|sent| sent.elapsed() >= AGAIN) {
			let is_first = sent.is_none();
			sent = Some(Instant::now());
			if let Err(error) = send(client, intent).await {
				let is_coming = is_in_best(client, intent, next).await?;
				if is_first && !is_coming {
					return Err(error);
				}
			}
		}
		sleep(PAUSE).await;
	}
}

/// Looks for a transaction in the final blocks from the `next` one on. None if no block will ever have it.
async fn look(
	client: &Client,
	intent: &Intent,
	next: &mut BlockNumber,
) -> Result<Poll<Option<Found>>, Error> {
	let (finalized, hash) = client.head(Head::Finalized).await?;
	// Before the blocks are looked through, so that it is in one of them if it is its own.
	let is_over = finalized >= intent.until || nonce_at(client, intent, hash).await? > intent.nonce;
	while *next <= finalized.min(intent.until) {
		if let Some(found) = find(client, intent, *next).await? {
			return Ok(Poll::Ready(Some(found)));
		}
		*next = next.saturating_add(1);
	}
	Ok(match is_over {
		true => Poll::Ready(None),
		false => Poll::Pending,
	})
}

/// How many transactions the account has sent up to a block.
async fn nonce_at(client: &Client, intent: &Intent, block: H256) -> Result<Nonce, Error> {
	let account = client
		.map::<frame_system::Account<Runtime>, _, _>(&intent.account, Some(block))
		.await?;
	Ok(account.unwrap_or_default().nonce)
}

/// Hands a transaction to the node, which may have it.
async fn send(client: &Client, intent: &Intent) -> Result<(), Error> {
	let params = rpc_params![&intent.transaction];
	let sent: Result<H256, _> = client
		.connection()
		.request("author_submitExtrinsic", params)
		.await;
	match sent {
		Ok(_) => Ok(()),
		Err(error) if is_known(&error) => Ok(()),
		Err(error) => Err(error.into()),
	}
}

/// Whether the pool has the transaction already.
fn is_known(error: &syngraph_client::Error) -> bool {
	const ALREADY_IMPORTED: i32 = 1013;
	match error {
		syngraph_client::Error::Refused {
			reason: ClientError::Call(call),
			..
		} => call.code() == ALREADY_IMPORTED,
		_ => false,
	}
}

/// Whether a block that is not final yet has the transaction.
async fn is_in_best(client: &Client, intent: &Intent, from: BlockNumber) -> Result<bool, Error> {
	let (best, _) = client.head(Head::Best).await?;
	for number in from..=best.min(intent.until) {
		if find(client, intent, number).await?.is_some() {
			return Ok(true);
		}
	}
	Ok(false)
}

/// The transaction in the block with this number, if it is there. Fails if the node does not have the block: then
/// it is not known whether the transaction is in it.
async fn find(
	client: &Client,
	intent: &Intent,
	number: BlockNumber,
) -> Result<Option<Found>, Error> {
	let block = client.block_at(number).await?;
	let extrinsics = client.extrinsics(block).await?;
	let place = extrinsics.iter().position(|one| *one == intent.transaction);
	let index = place.and_then(|place| u32::try_from(place).ok());
	Ok(index.map(|index| Found {
		number,
		block,
		index,
	}))
}

/// What happened in the transaction.
async fn events(
	client: &Client,
	found: &Found,
) -> Result<Vec<RuntimeEvent>, syngraph_client::Error> {
	let events = client.events(found.block).await?.into_iter();
	let own = events.filter(|record| record.phase == Phase::ApplyExtrinsic(found.index));
	Ok(own.map(|record| record.event).collect())
}

/// The error with which it failed, if it did.
fn failure(events: &[RuntimeEvent]) -> Option<DispatchError> {
	events.iter().find_map(|event| match event {
		RuntimeEvent::System(frame_system::Event::ExtrinsicFailed { dispatch_error, .. }) => {
			Some(*dispatch_error)
		},
		_ => None,
	})
}
