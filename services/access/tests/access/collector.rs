//! The collector collects in time, whatever happens.

use pallet_channels::PayerChange;
use syngraph_access::{Balance, Closing, Collector, Costs, Funds, Lane};
use syngraph_primitives::{BlockNumber, Payer};
use tempfile::TempDir;

use crate::common::{keeping::*, *};

#[tokio::test]
async fn it_closes_before_the_channel_expires() {
	let (scene, mut collector, _folder) = scene().await;
	round(&scene, &mut collector, EXPIRES - MARGIN - 1).await;
	assert_eq!(attempts(&scene), 0);
	buy(&scene, 2).await;
	round(&scene, &mut collector, EXPIRES - MARGIN).await;
	assert_eq!(closed(&scene), [2 * PRICE]);
	// When that is final, the channel is forgotten, and not closed again.
	assert_eq!(scene.server.ledger().entries().unwrap().len(), 1);
	round(&scene, &mut collector, EXPIRES - MARGIN + 1).await;
	assert!(scene.server.ledger().entries().unwrap().is_empty());
	assert_eq!(attempts(&scene), 1);
}

#[tokio::test]
async fn it_redeems_before_the_payer_changes() {
	let (scene, mut collector, _folder) = scene().await;
	let change = PayerChange {
		payer: Payer::Delegated(client(&key(2))),
		from: 60,
	};
	scene
		.chain
		.change(id(1), |channel| channel.change = Some(change));
	round(&scene, &mut collector, 39).await;
	assert_eq!(attempts(&scene), 0);
	round(&scene, &mut collector, 40).await;
	assert_eq!(scene.chain.0.lock().redeemed.len(), 1);
	round(&scene, &mut collector, 50).await;
	assert_eq!(attempts(&scene), 1);
	// The channel stays open for the new payer.
	round(&scene, &mut collector, 60).await;
	let (status, _) = scene.buy(&receipt(&key(2), id(1), 2 * PRICE)).await;
	assert_eq!(status, 200);
	round(&scene, &mut collector, EXPIRES - MARGIN).await;
	assert_eq!(closed(&scene), [2 * PRICE]);
}

#[tokio::test]
async fn it_tries_again_ever_less_often() {
	let (scene, mut collector, _folder) = scene().await;
	scene.chain.0.lock().refuses = true;
	let mut tried = Vec::new();
	for block in 80..EXPIRES {
		let before = attempts(&scene);
		round(&scene, &mut collector, block).await;
		tried.extend((attempts(&scene) > before).then_some(block));
	}
	assert_eq!(tried, [80, 81, 83, 87, 92, 97]);
	// Too late: an attempt would cost a fee for nothing.
	round(&scene, &mut collector, EXPIRES + 10).await;
	assert_eq!(attempts(&scene), tried.len());
}

#[tokio::test]
async fn it_closes_again_when_the_block_is_retracted() {
	let (scene, mut collector, _folder) = scene().await;
	scene.reach(80).await;
	let channel = scene.chain.0.lock().best[&id(1)].clone();
	round(&scene, &mut collector, 80).await;
	assert_eq!(closed(&scene), [PRICE]);
	scene.chain.open(id(1), channel);
	round(&scene, &mut collector, 81).await;
	assert_eq!(closed(&scene), [PRICE, PRICE]);
}

#[tokio::test]
async fn it_goes_on_after_a_restart() {
	let (scene, mut collector, folder) = scene().await;
	scene.chain.0.lock().refuses = true;
	round(&scene, &mut collector, 80).await;
	let chain = scene.chain.clone();
	drop((scene, collector));
	chain.0.lock().refuses = false;
	let scene = loop {
		let metrics = std::sync::Arc::new(syngraph_access::Metrics::new().unwrap());
		let opened = syngraph_access::Ledger::open(folder.path(), &identity(), metrics.clone());
		match opened {
			Ok(ledger) => break Scene::on(ledger, chain.clone(), 100, metrics).await,
			Err(_) => tokio::time::sleep(std::time::Duration::from_millis(1)).await,
		}
	};
	// It had decided to close: nothing is sold meanwhile.
	let (_, answer) = scene.buy(&receipt(&key(1), id(1), 2 * PRICE)).await;
	assert_eq!(name(&answer), "closing");
	round(&scene, &mut Collector::new(scene.server.clone()), 81).await;
	assert_eq!(closed(&scene), [PRICE]);
}

#[tokio::test]
async fn it_forgets_nothing_while_the_node_is_behind() {
	let (scene, mut collector, _folder) = scene().await;
	let channel = scene.chain.0.lock().best.remove(&id(1)).unwrap();
	round(&scene, &mut collector, 9).await;
	assert_eq!(scene.server.ledger().entries().unwrap().len(), 1);
	scene.chain.open(id(1), channel);
	round(&scene, &mut collector, 80).await;
	assert_eq!(closed(&scene), [PRICE]);
}

#[tokio::test]
async fn it_closes_many_in_batches() {
	let folder = TempDir::new().unwrap();
	let scene = Scene::new(folder.path()).await;
	for number in 1..=100 {
		scene.chain.open(id(number), delegated(&key(1)));
		let (status, _) = scene.buy(&receipt(&key(1), id(number), PRICE)).await;
		assert_eq!(status, 200);
	}
	let mut collector = Collector::new(scene.server.clone());
	round(&scene, &mut collector, 80).await;
	assert_eq!((closed(&scene).len(), attempts(&scene)), (100, 2));
}

/// What the server says in a block when its payee has so much, and a closing costs 7.
async fn health(
	scene: &Scene,
	collector: &mut Collector<Fake>,
	spendable: Balance,
	block: BlockNumber,
) -> serde_json::Value {
	scene.chain.0.lock().funds = Funds { spendable, fee: 7 };
	round(scene, collector, block).await;
	scene.get("/healthz").await.1
}

#[tokio::test]
async fn it_warns_when_the_payee_cannot_pay_for_closing() {
	let (scene, mut collector, _folder) = scene().await;
	scene.chain.open(id(2), delegated(&key(1)));
	let (status, _) = scene.buy(&receipt(&key(1), id(2), PRICE)).await;
	assert_eq!(status, 200);
	// Two channels at seven each.
	assert_eq!(health(&scene, &mut collector, 14, 11).await, "ok\n");
	let warning = health(&scene, &mut collector, 13, 12).await;
	let warning = warning.as_str().unwrap();
	assert!(warning.contains("can spend 13"), "{warning}");
	assert!(warning.contains("takes 14"), "{warning}");
	let metrics = String::from_utf8(scene.metrics.render().unwrap()).unwrap();
	assert!(metrics.contains("access_payee_funds 13"), "{metrics}");
	assert!(
		metrics.contains("access_payee_funds_needed 14"),
		"{metrics}"
	);
	assert_eq!(health(&scene, &mut collector, 14, 13).await, "ok\n");
}

#[tokio::test]
async fn nothing_is_closed_twice_while_the_chain_does_not_show_it() {
	let (scene, mut collector, _folder) = scene().await;
	scene.chain.0.lock().lag = 3;
	for block in 80..=84 {
		round(&scene, &mut collector, block).await;
		assert_eq!(attempts(&scene), 1, "in block {block}");
	}
	assert!(scene.server.ledger().entries().unwrap().is_empty());
}

#[tokio::test]
async fn what_owes_less_than_the_fee_is_not_closed() {
	let (scene, mut collector, _folder) = scene().await;
	// Not by itself, and not together with others either.
	scene.chain.0.lock().costs = Costs {
		alone: 2 * PRICE,
		share: PRICE,
	};
	round(&scene, &mut collector, 80).await;
	assert_eq!(attempts(&scene), 0);
	// Nobody has to be called for that.
	round(&scene, &mut collector, 99).await;
	assert_eq!(scene.get("/healthz").await.0, 200);
	round(&scene, &mut collector, 101).await;
	assert_eq!(
		(attempts(&scene), metric(&scene, "channels_lost_total")),
		(0, 0)
	);
}

#[tokio::test]
async fn what_owes_less_than_the_fee_is_closed_together_with_others() {
	let (scene, mut collector, _folder) = scene().await;
	scene.chain.0.lock().costs = Costs {
		alone: 2 * PRICE,
		share: PRICE - 1,
	};
	round(&scene, &mut collector, 80).await;
	assert_eq!(attempts(&scene), 0);
	// Each adds one more than its share, and the first costs eleven more.
	for number in 2..=12 {
		scene.chain.open(id(number), delegated(&key(1)));
		scene.reach(79).await;
		let (status, _) = scene.buy(&receipt(&key(1), id(number), PRICE)).await;
		assert_eq!(status, 200);
	}
	round(&scene, &mut collector, 81).await;
	assert_eq!((closed(&scene).len(), attempts(&scene)), (12, 1));
}

#[tokio::test]
async fn what_owes_less_than_the_fee_is_redeemed_together_with_others() {
	let (scene, mut collector, _folder) = scene().await;
	scene.chain.0.lock().costs = Costs {
		alone: 2 * PRICE,
		share: PRICE - 1,
	};
	// Each adds one more than its share, and the first costs eleven more.
	for number in 2..=12 {
		scene.chain.open(id(number), delegated(&key(1)));
		let (status, _) = scene.buy(&receipt(&key(1), id(number), PRICE)).await;
		assert_eq!(status, 200);
	}
	for number in 1..=12 {
		scene.chain.change(id(number), |channel| {
			channel.change = Some(PayerChange {
				payer: Payer::Delegated(client(&key(2))),
				from: 60,
			});
		});
	}
	round(&scene, &mut collector, 39).await;
	assert_eq!(attempts(&scene), 0);
	round(&scene, &mut collector, 40).await;
	let redeemed = scene.chain.0.lock().redeemed.len();
	assert_eq!((redeemed, attempts(&scene)), (12, 1));
}

#[tokio::test]
async fn it_closes_at_a_loss_if_it_is_told_to() {
	let folder = TempDir::new().unwrap();
	let closing = Closing {
		at_loss: true,
		..Closing::default()
	};
	let scene = Scene::closing(folder.path(), closing).await;
	scene.chain.open(id(1), delegated(&key(1)));
	buy(&scene, 1).await;
	scene.chain.0.lock().costs = Costs {
		alone: 2 * PRICE,
		share: 2 * PRICE,
	};
	let mut collector = Collector::new(scene.server.clone());
	round(&scene, &mut collector, 80).await;
	assert_eq!(closed(&scene), [PRICE]);
}

#[tokio::test]
async fn collecting_that_is_stuck_is_told_in_time_and_ends_sales() {
	let (scene, mut collector, _folder) = scene().await;
	scene.chain.open(id(2), delegated(&key(1)));
	scene.chain.change(id(2), |channel| channel.expires = 1000);
	scene.chain.0.lock().refuses = true;
	for block in 80..85 {
		round(&scene, &mut collector, block).await;
		assert_eq!(scene.get("/healthz").await.0, 200, "in block {block}");
		assert_eq!(metric(&scene, "channels_overdue"), 0);
	}
	// A quarter of the margin is over, three quarters are left.
	round(&scene, &mut collector, 85).await;
	let (status, text) = scene.get("/healthz").await;
	assert_eq!((status, name(&text)), (503, "unavailable"));
	assert!(
		text["detail"].as_str().unwrap().contains("closed in time"),
		"{text}"
	);
	assert_eq!(metric(&scene, "channels_overdue"), 1);
	let other = receipt(&key(1), id(2), PRICE);
	assert_eq!(name(&scene.buy(&other).await.1), "unavailable");
	// When it goes again, so do sales.
	scene.chain.0.lock().refuses = false;
	round(&scene, &mut collector, 88).await;
	assert_eq!(closed(&scene), [PRICE]);
	round(&scene, &mut collector, 89).await;
	assert_eq!(scene.get("/healthz").await.0, 200);
	assert_eq!(scene.buy(&other).await.0, 200);
	assert_eq!(metric(&scene, "channels_lost_total"), 0);
}

#[tokio::test]
async fn what_was_lost_is_told_and_not_tried_for_a_fee() {
	let (scene, mut collector, _folder) = scene().await;
	scene.chain.0.lock().refuses = true;
	round(&scene, &mut collector, 80).await;
	let before = attempts(&scene);
	round(&scene, &mut collector, EXPIRES).await;
	round(&scene, &mut collector, EXPIRES + 1).await;
	assert_eq!(attempts(&scene), before);
	assert_eq!(metric(&scene, "channels_lost_total"), 1);
	// It was no use to say so for ever.
	assert_eq!(scene.get("/healthz").await.0, 200);
}

#[tokio::test]
async fn a_receipt_of_a_former_payer_is_not_tried_for_a_fee() {
	let (scene, mut collector, _folder) = scene().await;
	scene.chain.change(id(1), |channel| {
		channel.payer = Payer::Delegated(client(&key(2)));
	});
	round(&scene, &mut collector, 80).await;
	assert_eq!(
		(attempts(&scene), metric(&scene, "channels_lost_total")),
		(0, 1)
	);
}

/// A scene that closes two channels per block at most, with so many that owe 1, 2, ... prices.
async fn crowd(count: u64) -> (Scene, Collector<Fake>, TempDir) {
	let folder = TempDir::new().unwrap();
	let closing = Closing {
		per_block: 2,
		..Closing::default()
	};
	let scene = Scene::closing(folder.path(), closing).await;
	for number in 1..=count {
		scene.chain.open(id(number), delegated(&key(1)));
		let amount = Balance::from(number) * PRICE;
		let body = priced("open", &receipt(&key(1), id(number), amount), amount);
		assert_eq!(scene.post(&body, None).await.0, 200);
	}
	let collector = Collector::new(scene.server.clone());
	(scene, collector, folder)
}

#[tokio::test]
async fn closing_begins_the_earlier_the_more_there_is_to_close() {
	let (scene, mut collector, _folder) = crowd(10).await;
	round(&scene, &mut collector, 75).await;
	assert_eq!(attempts(&scene), 0);
	// Five blocks' worth have to begin by block 80; what is worth most comes first.
	for block in 76..=80 {
		round(&scene, &mut collector, block).await;
		let done = (block - 75) as usize * 2;
		let expected: Vec<_> = (0..done).map(|i| (10 - i as Balance) * PRICE).collect();
		assert_eq!(closed(&scene), expected, "in block {block}");
	}
}

#[tokio::test]
async fn sales_stop_at_what_can_still_be_closed_in_time() {
	let (scene, mut collector, _folder) = crowd(10).await;
	scene.chain.open(id(11), delegated(&key(1)));
	round(&scene, &mut collector, 74).await;
	let (_, info) = scene.get(&format!("/v1/channels/{:?}", id(11))).await;
	assert_eq!(info["accepts_until"], 75);
	let more = receipt(&key(1), id(11), PRICE);
	assert_eq!(scene.buy(&more).await.0, 200);
	let mut collector = {
		round(&scene, &mut collector, 75).await;
		collector
	};
	scene.chain.open(id(12), delegated(&key(1)));
	let late = receipt(&key(1), id(12), PRICE);
	assert_eq!(name(&scene.buy(&late).await.1), "expiring");
	for block in 76..EXPIRES {
		round(&scene, &mut collector, block).await;
	}
	assert_eq!(closed(&scene).len(), 11);
	assert_eq!(metric(&scene, "channels_lost_total"), 0);
}

#[tokio::test]
async fn several_transactions_are_under_way_at_a_time() {
	let folder = TempDir::new().unwrap();
	let scene = Scene::new(folder.path()).await;
	for number in 1..=256 {
		let key = key(number as u8);
		scene.chain.open(id(number), delegated(&key));
		let (status, _) = scene.buy(&receipt(&key, id(number), PRICE)).await;
		assert_eq!(status, 200);
	}
	let mut collector = Collector::new(scene.server.clone());
	let gate = scene.chain.1.clone();
	let closed_gate = gate.transactions.write().await;
	scene.reach(80).await;
	let heads = scene.server.watch().heads().unwrap();
	collector.round(heads).await.unwrap();
	while attempts(&scene) < 4 {
		tokio::task::yield_now().await;
	}
	assert_eq!((attempts(&scene), closed(&scene).len()), (4, 0));
	// None is sent again while it is under way.
	scene.reach(81).await;
	let heads = scene.server.watch().heads().unwrap();
	collector.round(heads).await.unwrap();
	assert_eq!(attempts(&scene), 4);
	drop(closed_gate);
	collector.drain(heads).await;
	assert_eq!(closed(&scene).len(), 256);
}

#[tokio::test]
async fn it_does_not_wait_for_what_the_public_asks_for() {
	let (scene, mut collector, _folder) = scene().await;
	scene.reach(80).await;
	let gate = scene.chain.1.clone();
	let blocked = gate.public.write().await;
	let anybody: Vec<_> = (100..200)
		.map(|number| {
			let app = scene.app.clone();
			let path = format!("/v1/channels/{:?}", id(number));
			tokio::spawn(async move {
				let request = axum::http::Request::get(path).body(axum::body::Body::empty());
				let answer = tower::ServiceExt::oneshot(app, request.unwrap()).await;
				answer.unwrap().status().as_u16()
			})
		})
		.collect();
	tokio::task::yield_now().await;
	round(&scene, &mut collector, 80).await;
	assert_eq!(closed(&scene), [PRICE]);
	drop(blocked);
	for asked in anybody {
		assert_eq!(asked.await.unwrap(), 404);
	}
	// All that waited together are read together: one, and then the rest.
	let state = scene.chain.0.lock();
	let public: Vec<_> = state
		.read
		.iter()
		.filter(|read| read.0 == Lane::Public)
		.collect();
	assert!(public.len() <= 4, "{public:?}");
}
