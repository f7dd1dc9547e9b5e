//! What becomes of transactions when a node is restarted, hangs or is upgraded.

use std::time::Duration;

use codec::Encode;
use sp_core::{sr25519, Pair};
use sp_runtime::{
	generic::{Preamble, SignedPayload},
	MultiSignature,
};
use syngraph_client::{account, Client, Error, Included, Lifetime, Pending, Postage, Signed};
use syngraph_runtime::{
	migrations::storage_version, Hash, RuntimeCall, UncheckedExtrinsic, VERSION,
};
use tokio::time::timeout;

use crate::node::{Node, State};

const TIMEOUT: Duration = Duration::from_secs(10);

fn key() -> sr25519::Pair {
	sr25519::Pair::from_seed(&[1; 32])
}

fn remark(text: &str) -> RuntimeCall {
	RuntimeCall::System(frame_system::Call::remark {
		remark: text.into(),
	})
}

async fn client(node: &Node) -> Client {
	Client::connect(node.url(), TIMEOUT).await.unwrap()
}

async fn submit(client: &Client, text: &str) -> Pending {
	client.submit(&key(), remark(text)).await.unwrap()
}

/// Signs what can be included in so many of the next blocks.
async fn sign(client: &Client, text: &str, blocks: u32) -> Signed {
	let postage = Postage {
		blocks,
		..Postage::default()
	};
	let signed = client.sign_next(&key(), remark(text), postage).await;
	signed.unwrap()
}

/// What comes of a transaction, soon.
async fn outcome(pending: Pending) -> Result<Included, Error> {
	let waiting = timeout(Duration::from_secs(30), pending.in_block());
	waiting.await.expect("it is known in time")
}

fn nonces(state: &State) -> Vec<u32> {
	state.pool.keys().map(|(_, nonce)| *nonce).collect()
}

#[tokio::test]
async fn what_is_submitted_without_waiting_takes_effect_in_this_order() {
	let node = Node::start().await;
	let client = client(&node).await;
	let mut all = Vec::new();
	for text in ["one", "two", "three"] {
		all.push(submit(&client, text).await);
	}
	assert_eq!(nonces(&node.state.lock()), [0, 1, 2]);
	node.state.lock().produce();
	let mut places = Vec::new();
	for pending in all {
		places.push(outcome(pending).await.unwrap().index);
	}
	assert_eq!(places, [0, 1, 2]);
}

#[tokio::test]
async fn a_number_that_was_lost_with_the_pool_is_used_again() {
	let mut node = Node::start().await;
	let client = client(&node).await;
	let lost = [submit(&client, "one").await, submit(&client, "two").await];
	node.lose_pool().await;
	// What is lost is known to be long before its time is over.
	for pending in lost {
		assert!(matches!(outcome(pending).await, Err(Error::GivenUp(_))));
	}
	let next = submit(&client, "three").await;
	assert_eq!(nonces(&node.state.lock()), [0]);
	node.state.lock().produce();
	outcome(next).await.unwrap();
}

#[tokio::test]
async fn a_transaction_is_found_although_the_connection_broke() {
	let mut node = Node::start().await;
	let client = client(&node).await;
	let pending = submit(&client, "one").await;
	node.stop().await;
	node.state.lock().produce();
	node.state.lock().skip(3);
	node.restart().await;
	assert_eq!(outcome(pending).await.unwrap().number, 1);
}

#[tokio::test]
async fn one_that_is_still_in_the_pool_is_waited_for() {
	let mut node = Node::start().await;
	let client = client(&node).await;
	let pending = submit(&client, "one").await;
	node.stop().await;
	node.restart().await;
	let waiting = tokio::spawn(outcome(pending));
	tokio::time::sleep(Duration::from_secs(3)).await;
	assert!(!waiting.is_finished());
	node.state.lock().produce();
	waiting.await.unwrap().unwrap();
}

#[tokio::test]
async fn one_that_is_swallowed_is_known_to_be_lost_when_its_lifetime_is_over() {
	let node = Node::start().await;
	let client = client(&node).await;
	node.state.lock().swallows = true;
	let pending = submit(&client, "one").await;
	let waiting = tokio::spawn(outcome(pending));
	node.state.lock().skip(64);
	node.state.lock().swallows = false;
	let lost = waiting.await.unwrap();
	assert!(
		matches!(lost, Err(Error::GivenUp("not included while it could be"))),
		"{lost:?}"
	);
	// And the next one does not wait for it.
	let next = submit(&client, "two").await;
	assert_eq!(nonces(&node.state.lock()), [0]);
	node.state.lock().produce();
	outcome(next).await.unwrap();
}

#[tokio::test]
async fn what_became_of_a_transaction_is_known_after_a_crash() {
	let node = Node::start().await;
	let first = client(&node).await;
	let signed = sign(&first, "one", 15).await;
	drop(first.send(signed.clone()).await.unwrap());
	drop(first);
	node.state.lock().produce();
	let again = client(&node).await;
	let found = outcome(again.resume(signed)).await.unwrap();
	assert_eq!(found.number, 1);
	// One that never left is known not to have taken effect.
	let never = sign(&again, "two", 15).await;
	assert_eq!(never.dies(), 17);
	node.state.lock().skip(16);
	let waiting = timeout(TIMEOUT, again.resume(never).finalized());
	let outcome = waiting.await.unwrap();
	assert!(matches!(outcome, Err(Error::GivenUp(_))), "{outcome:?}");
}

/// An era begins with a block that is final, or deep enough.
#[tokio::test]
async fn a_short_lifetime_is_counted_from_the_best_block() {
	let node = Node::start().await;
	let client = client(&node).await;
	node.state.lock().skip(20);
	for (lag, dies) in [(0, 36), (1, 35), (6, 30), (7, 29), (8, 44), (20, 44)] {
		node.state.lock().lag = lag;
		let signed = sign(&client, "one", 8).await;
		// In each of the eight blocks after the best one, at least.
		assert!(signed.dies() >= 20 + 1 + 8, "with a lag of {lag}");
		assert_eq!(signed.dies(), dies, "with a lag of {lag}");
	}
	// What is asked for is what an era can say.
	node.state.lock().lag = 3;
	assert_eq!(sign(&client, "one", 60).await.dies(), 17 + 64);
}

#[tokio::test]
async fn one_in_a_block_that_the_node_lacks_is_not_taken_for_replaced() {
	let node = Node::start().await;
	let client = client(&node).await;
	let signed = sign(&client, "one", 15).await;
	drop(client.send(signed.clone()).await.unwrap());
	node.state.lock().produce();
	node.state.lock().skip(1);
	node.state.lock().lacks = vec![1];
	let unknown = outcome(client.resume(signed.clone())).await;
	assert!(matches!(unknown, Err(Error::Unreadable(_))), "{unknown:?}");
	node.state.lock().lacks.clear();
	assert_eq!(outcome(client.resume(signed)).await.unwrap().number, 1);
}

#[tokio::test]
async fn a_tip_is_paid_if_it_is_asked_for() {
	let node = Node::start().await;
	let client = client(&node).await;
	let genesis = Lifetime::after(0, client.genesis(), 16);
	let runtime = client.runtime().await.unwrap();
	for tip in [0, 7, u128::MAX] {
		let signed = client.sign(runtime, &key(), remark("one"), 0, &genesis, tip);
		let Preamble::Signed(_, _, extension) = signed.preamble else {
			panic!("it is signed");
		};
		assert_eq!(extension.8.tip(), tip);
	}
}

#[tokio::test]
async fn another_one_with_its_number_is_not_taken_for_it() {
	let node = Node::start().await;
	let client = client(&node).await;
	let signed = sign(&client, "one", 15).await;
	submit(&client, "two").await;
	node.state.lock().produce();
	let outcome = outcome(client.resume(signed)).await;
	assert!(
		matches!(outcome, Err(Error::GivenUp("replaced by another one"))),
		"{outcome:?}"
	);
}

#[tokio::test]
async fn nothing_is_signed_for_a_runtime_that_is_not_known() {
	let node = Node::start().await;
	let client = client(&node).await;
	node.state.lock().transaction_version += 1;
	let refused = client.submit(&key(), remark("one")).await.err().unwrap();
	let text = refused.to_string();
	let theirs = format!("transactions {}", VERSION.transaction_version + 1);
	assert!(text.contains(&theirs), "{text}");
	assert!(node.state.lock().pool.is_empty());
	// A new program is needed, and no program connects that does not know the runtime.
	assert!(matches!(
		Client::connect(node.url(), TIMEOUT).await,
		Err(Error::OtherRuntime { .. })
	));
}

#[tokio::test]
async fn one_in_a_block_with_unknown_events_is_told_to_be_there() {
	let node = Node::start().await;
	let client = client(&node).await;
	let pending = submit(&client, "one").await;
	node.state.lock().has_strange_events = true;
	node.state.lock().produce();
	let unseen = outcome(pending).await;
	assert!(
		matches!(unseen, Err(Error::Unseen { block: 1, .. })),
		"{unseen:?}"
	);
}

#[tokio::test]
async fn what_does_not_decode_to_its_last_byte_is_refused_by_name() {
	type Users = pallet_registry::Users<syngraph_runtime::Runtime>;
	let node = Node::start().await;
	let client = client(&node).await;
	let user = account(&key());
	let place = <Users as frame_support::StorageMap<_, _>>::hashed_key_for(&user);
	for bytes in [vec![], vec![0; 500]] {
		node.state.lock().storage.insert(place.clone(), bytes);
		let one = client.map::<Users, _, _>(&user, None).await;
		let several = client
			.map_all::<Users, _, _>(std::slice::from_ref(&user), None)
			.await;
		for refused in [one.err().unwrap(), several.err().unwrap()] {
			let text = refused.to_string();
			assert!(text.contains("Registry.Users"), "{text}");
		}
	}
	// If the chain was upgraded, this is why.
	node.state.lock().transaction_version += 1;
	assert!(matches!(
		client.map::<Users, _, _>(&user, None).await,
		Err(Error::OtherRuntime { .. })
	));
}

/// Whether a transaction whose lifetime begins with the first block is taken by a runtime of this version.
fn is_good_for(signed: &UncheckedExtrinsic, spec_version: u32, genesis: Hash) -> bool {
	let Preamble::Signed(_, MultiSignature::Sr25519(signature), extension) = &signed.preamble
	else {
		panic!("it is signed with an sr25519 key");
	};
	let implicit = (
		(),
		(),
		spec_version,
		VERSION.transaction_version,
		genesis,
		genesis,
		(),
		(),
		(),
		(),
	);
	let call = signed.function.clone();
	let payload = SignedPayload::from_raw(call, extension.clone(), implicit);
	payload.using_encoded(|bytes| sr25519::Pair::verify(signature, bytes, &key().public()))
}

#[tokio::test]
async fn an_upgrade_that_changes_no_call_is_lived_through() {
	let node = Node::start().await;
	let client = client(&node).await;
	let genesis = Lifetime::after(0, client.genesis(), 16);
	for more in 0..3 {
		let theirs = VERSION.spec_version + more;
		node.state.lock().spec_version = theirs;
		submit(&client, "one").await;
		node.state.lock().produce();
		let runtime = client.runtime().await.unwrap();
		let one = client.sign(runtime, &key(), remark("one"), 0, &genesis, 0);
		for other in 0..4 {
			let spec_version = VERSION.spec_version + other;
			let is_good = is_good_for(&one, spec_version, client.genesis());
			assert_eq!(
				is_good,
				spec_version == theirs,
				"{theirs} and {spec_version}"
			);
		}
	}
	Client::connect(node.url(), TIMEOUT).await.unwrap();
}

#[tokio::test]
async fn what_a_pallet_stores_in_another_form_is_not_read() {
	type Users = pallet_registry::Users<syngraph_runtime::Runtime>;
	let node = Node::start().await;
	let client = client(&node).await;
	let (place, ours) = storage_version("Registry").unwrap();
	let theirs = ours + 1;
	node.state
		.lock()
		.storage
		.insert(place.to_vec(), theirs.encode());
	let user = account(&key());
	let one = client.map::<Users, _, _>(&user, None).await.err();
	let several = client
		.map_all::<Users, _, _>(std::slice::from_ref(&user), None)
		.await
		.err();
	let no_more = client.ensure_storage("Registry", None).await.err();
	// Where nothing is found, it may be elsewhere.
	let listed = client.list::<Users>(None).await.err();
	assert!(several.is_some());
	for refused in [one, no_more, listed] {
		let Some(Error::OtherStorage { pallet, .. }) = refused else {
			panic!("{refused:?}");
		};
		assert_eq!(pallet, "Registry");
	}
	client.ensure_storage("Channels", None).await.unwrap();
	assert_eq!(
		client.spendable(&user).await.unwrap(),
		0,
		"other pallets can be read"
	);
}
