//! Nothing that anybody can do cheaply, and nothing that the node does, keeps the collector from its work unseen.

use std::time::{Duration, Instant};

use pallet_channels::PayerChange;
use redb::{Database, ReadableDatabase, TableDefinition};
use syngraph_access::{Balance, Closing, Collector, Costs, Entry, Ledger, Metrics, News};
use syngraph_primitives::{BlockNumber, ChannelId, Payer};
use tempfile::TempDir;

use crate::common::{keeping::*, *};

/// The others: as many as there is room for in a block, if two channels are closed in one.
const OTHERS: std::ops::RangeInclusive<u64> = 2..=193;

/// A scene with a channel that owes three slots, and with many others, each of which owes one and expires in
/// this block.
async fn crowd(costs: Costs, expire: BlockNumber) -> (Scene, Collector<Fake>, TempDir) {
	let folder = TempDir::new().unwrap();
	let closing = Closing {
		per_block: 2,
		..Closing::default()
	};
	let scene = Scene::closing(folder.path(), closing).await;
	scene.chain.0.lock().costs = costs;
	scene.chain.open(id(1), delegated(&key(1)));
	for number in 1..=3 {
		buy(&scene, number).await;
	}
	for number in OTHERS {
		let payer = key(number as u8);
		scene.chain.open(id(number), delegated(&payer));
		scene
			.chain
			.change(id(number), |channel| channel.expires = expire);
		scene.reach(10).await;
		let (status, _) = scene.buy(&receipt(&payer, id(number), PRICE)).await;
		assert_eq!(status, 200);
	}
	let collector = Collector::new(scene.server.clone());
	(scene, collector, folder)
}

/// In every block something happens to all others, of which nothing is worth closing.
async fn news_keep_nobody_from_what_is_due(news: fn(ChannelId, BlockNumber) -> News) {
	let costs = Costs {
		alone: 2 * PRICE,
		share: PRICE,
	};
	let expire = 1000;
	let (scene, mut collector, _folder) = crowd(costs, expire).await;
	for block in 78..=EXPIRES - MARGIN {
		scene.chain.0.lock().news = OTHERS.map(|number| news(id(number), expire)).collect();
		assert_eq!(closed(&scene), [0; 0], "before block {block}");
		round(&scene, &mut collector, block).await;
	}
	assert_eq!(closed(&scene), [3 * PRICE]);
}

#[tokio::test]
async fn news_of_others_do_not_keep_the_collector_from_what_is_due() {
	news_keep_nobody_from_what_is_due(News::ToppedUp).await;
	news_keep_nobody_from_what_is_due(|id, _| News::Changed(id)).await;
	news_keep_nobody_from_what_is_due(News::CloseRequested).await;
}

#[tokio::test]
async fn what_waits_for_others_does_not_keep_the_collector_from_what_is_due() {
	// 64 of the others owe one each beyond their share, and one less than the first of them costs more.
	let costs = Costs {
		alone: PRICE - 1 + 65,
		share: PRICE - 1,
	};
	// They expire first.
	let (scene, mut collector, _folder) = crowd(costs, EXPIRES - 10).await;
	for number in 4..=10 {
		buy(&scene, number).await;
	}
	for block in 60..=EXPIRES - MARGIN {
		assert_eq!(closed(&scene), [0; 0], "before block {block}");
		round(&scene, &mut collector, block).await;
	}
	// At once, with as many of those that waited as there is room for in the same transaction.
	let mut expected = vec![PRICE; 63];
	expected.push(10 * PRICE);
	assert_eq!((closed(&scene), attempts(&scene)), (expected, 1));
}

/// A channel that owes 900 and is not closed, by a payee that has so much; the tips that were offered, by block.
async fn offered(spendable: Balance) -> Vec<(BlockNumber, Balance)> {
	let (scene, mut collector, _folder) = scene().await;
	let amount = 900;
	let body = priced("open", &receipt(&key(1), id(1), amount), amount - PRICE);
	assert_eq!(scene.post(&body, None).await.0, 200);
	scene.chain.0.lock().refuses = true;
	scene.chain.0.lock().funds.spendable = spendable;
	let mut offered = Vec::new();
	for block in 79..EXPIRES {
		round(&scene, &mut collector, block).await;
		let sent = std::mem::take(&mut scene.chain.0.lock().sent);
		offered.extend(sent.iter().map(|(_, postage)| (block, postage.tip)));
	}
	offered
}

#[tokio::test]
async fn the_closer_the_deadline_the_more_is_offered_for_being_in_time() {
	// Nothing while half of the margin is left, and then up to a tenth.
	let tips = [(80, 0), (81, 0), (83, 0), (87, 0), (92, 18), (97, 63)];
	assert_eq!(offered(1000).await, tips);
	// Half of what the payee has is left for fees.
	let tips = [(80, 0), (81, 0), (83, 0), (87, 0), (92, 15), (97, 15)];
	assert_eq!(offered(30).await, tips);
}

#[tokio::test]
async fn what_presses_is_closed_in_small_batches() {
	let (scene, mut collector, _folder) = crowd(Costs::default(), EXPIRES).await;
	round(&scene, &mut collector, EXPIRES - MARGIN / 2).await;
	let sizes = |scene: &Scene| {
		let state = scene.chain.0.lock();
		let sizes: Vec<_> = state.sent.iter().map(|(channels, _)| *channels).collect();
		sizes
	};
	// There is room for as many channels as with large ones.
	assert_eq!(sizes(&scene), [16; 12]);
	round(&scene, &mut collector, EXPIRES - MARGIN / 2 + 1).await;
	assert_eq!(sizes(&scene)[12..], [1]);
	assert_eq!(closed(&scene).len(), 193);
}

/// How many change their payers in one block,
const CHANGED: u64 = 600;
/// when that takes effect,
const CHANGE: BlockNumber = 60;
/// and when the server begins to redeem, 64 in a block: with what is left of ten blocks' worth.
const BEGIN: BlockNumber = CHANGE - MARGIN - 9;

/// A scene in which so many have bought a slot, and change their payers all at once.
async fn changing() -> (Scene, Collector<Fake>, TempDir) {
	let folder = TempDir::new().unwrap();
	let closing = Closing {
		per_block: 64,
		..Closing::default()
	};
	let scene = Scene::closing(folder.path(), closing).await;
	let mut entries = Vec::new();
	for number in 1..=CHANGED {
		let mut channel = delegated(&key(1));
		entries.push(Entry {
			receipt: receipt(&key(1), id(number), PRICE),
			payer: channel.payer.clone(),
			expires: EXPIRES,
			seen: 10,
			closing: false,
		});
		channel.change = Some(PayerChange {
			payer: Payer::Delegated(client(&key(2))),
			from: CHANGE,
		});
		scene.chain.open(id(number), channel);
	}
	let ledger = scene.server.ledger();
	let written =
		ledger.write(move |ledger| entries.iter().try_for_each(|entry| ledger.put(entry)));
	written.await.unwrap();
	let collector = Collector::new(scene.server.clone());
	(scene, collector, folder)
}

#[tokio::test]
async fn very_many_changes_of_payers_are_redeemed_as_planned_while_others_buy() {
	let (scene, mut collector, _folder) = changing().await;
	let other = id(CHANGED + 1);
	scene.chain.open(other, delegated(&key(3)));
	scene.chain.change(other, |channel| channel.expires = 1000);
	let path = format!("/v1/channels/{:?}", id(1));
	for block in 11..CHANGE {
		round(&scene, &mut collector, block).await;
		let redeemed = scene.chain.0.lock().redeemed.len() as u64;
		let planned = match block.checked_sub(BEGIN) {
			Some(blocks) => CHANGED.min(CHANGED % 64 + 64 * u64::from(blocks)),
			None => 0,
		};
		assert_eq!(redeemed, planned, "in block {block}");
		assert_eq!(scene.get("/healthz").await.0, 200, "in block {block}");
		let next = receipt(&key(3), other, Balance::from(block - 10) * PRICE);
		assert_eq!(scene.buy(&next).await.0, 200, "in block {block}");
		if block < BEGIN {
			let (_, told) = scene.get(&path).await;
			assert_eq!(told["accepts_until"], BEGIN, "in block {block}");
		}
	}
	round(&scene, &mut collector, CHANGE).await;
	assert_eq!(metric(&scene, "channels_lost_total"), 0);
	// Ten transactions, and none for what was redeemed already.
	assert_eq!(attempts(&scene), 10);
}

#[tokio::test]
async fn changes_of_payers_that_press_are_redeemed_in_small_batches() {
	let (scene, mut collector, _folder) = changing().await;
	scene.chain.0.lock().refuses = true;
	round(&scene, &mut collector, 11).await;
	assert_eq!(attempts(&scene), 0);
	// Half of the margin is over.
	scene.chain.0.lock().refuses = false;
	for block in CHANGE - MARGIN / 2..CHANGE {
		round(&scene, &mut collector, block).await;
	}
	let state = scene.chain.0.lock();
	let mut sizes: Vec<_> = state.sent.iter().map(|(channels, _)| *channels).collect();
	sizes.sort_unstable();
	assert_eq!(sizes, [vec![8], vec![16; CHANGED as usize / 16]].concat());
	assert_eq!(state.redeemed.len() as u64, CHANGED);
}

#[tokio::test]
async fn a_collector_that_cannot_look_is_told_in_time_and_ends_sales() {
	let (scene, mut collector, _folder) = scene().await;
	scene.chain.open(id(2), delegated(&key(1)));
	scene.chain.change(id(2), |channel| channel.expires = 1000);
	scene.chain.0.lock().hides_channels = true;
	for block in 80..=85 {
		assert_eq!(scene.get("/healthz").await.0, 200, "before block {block}");
		scene.reach(block).await;
		let heads = scene.server.watch().heads().unwrap();
		assert!(collector.round(heads).await.is_err());
	}
	scene.chain.0.lock().hides_channels = false;
	assert_eq!(scene.get("/healthz").await.0, 503);
	assert_eq!(metric(&scene, "channels_overdue"), 1);
	let other = receipt(&key(1), id(2), PRICE);
	assert_eq!(name(&scene.buy(&other).await.1), "unavailable");
	round(&scene, &mut collector, 86).await;
	round(&scene, &mut collector, 87).await;
	assert_eq!(closed(&scene), [PRICE]);
	assert_eq!(scene.get("/healthz").await.0, 200);
}

/// Makes blocks until the server is well, or not.
async fn until(scene: &Scene, is_well: bool) {
	let begun = Instant::now();
	while (scene.get("/healthz").await.0 == 200) != is_well {
		assert!(begun.elapsed() < Duration::from_secs(60));
		let best = scene.chain.0.lock().heads.best;
		scene.reach(best + 1).await;
		tokio::time::sleep(Duration::from_millis(20)).await;
	}
}

#[tokio::test]
async fn a_collector_that_gets_nothing_done_does_not_live() {
	let folder = TempDir::new().unwrap();
	let scene = Scene::patient(folder.path(), Duration::from_millis(400)).await;
	scene.chain.open(id(1), delegated(&key(1)));
	let change = |channel: &mut syngraph_access::Channel| channel.expires = 1_000_000;
	scene.chain.change(id(1), change);
	scene.reach(11).await;
	buy(&scene, 1).await;
	let keeping = tokio::spawn(Collector::new(scene.server.clone()).run());
	until(&scene, true).await;
	scene.chain.0.lock().hides_channels = true;
	until(&scene, false).await;
	let (_, problem) = scene.get("/healthz").await;
	assert_eq!(problem["detail"], "channels cannot be looked after");
	// When it goes again, the collector does by itself.
	scene.chain.0.lock().hides_channels = false;
	until(&scene, true).await;
	keeping.abort();
}

/// A ledger's file, as soon as its server has let go of it.
async fn database(folder: &TempDir) -> Database {
	loop {
		match Database::open(folder.path().join("access.redb")) {
			Ok(database) => break database,
			Err(_) => tokio::time::sleep(Duration::from_millis(1)).await,
		}
	}
}

#[tokio::test]
async fn a_ledger_that_cannot_be_read_is_broken() {
	let (scene, collector, folder) = scene().await;
	let chain = scene.chain.clone();
	drop((scene, collector));
	const CHANNELS: TableDefinition<[u8; 32], &[u8]> = TableDefinition::new("channels");
	let file = database(&folder).await;
	let transaction = file.begin_write().unwrap();
	let mut channels = transaction.open_table(CHANNELS).unwrap();
	channels.insert(id(2).0, &[1, 2, 3][..]).unwrap();
	drop(channels);
	transaction.commit().unwrap();
	drop(file);
	let scene = Scene::with(folder.path(), chain, 100).await;
	assert_eq!(scene.get("/healthz").await.0, 200);
	let heads = scene.server.watch().heads().unwrap();
	let mut collector = Collector::new(scene.server.clone());
	assert!(collector.round(heads).await.is_err());
	assert_eq!(scene.get("/healthz").await.0, 503);
	scene.server.ledger().failed().await;
}

#[tokio::test]
async fn a_ledger_of_another_format_is_refused_by_name_and_stays_as_it_is() {
	let (scene, collector, folder) = scene().await;
	drop((scene, collector));
	const ABOUT: TableDefinition<&str, &[u8]> = TableDefinition::new("about");
	let cases: [(Option<&[u8]>, &str); 4] = [
		(Some(&[1, 0, 0, 0]), "is in format 1,"),
		(Some(&[3, 0, 0, 0]), "is in format 3,"),
		(
			Some(&[2, 0, 0, 0, 0]),
			"is in a format that this server does not know",
		),
		(None, "is in a format that this server does not know"),
	];
	for (format, found) in cases {
		let file = database(&folder).await;
		let transaction = file.begin_write().unwrap();
		let mut about = transaction.open_table(ABOUT).unwrap();
		about.remove("format").unwrap();
		if let Some(format) = format {
			about.insert("format", format).unwrap();
		}
		// Nothing else of it is looked at.
		about.remove("identity").unwrap();
		drop(about);
		transaction.commit().unwrap();
		drop(file);
		let metrics = std::sync::Arc::new(Metrics::new().unwrap());
		let refused = Ledger::open(folder.path(), &identity(), metrics).err();
		let text = format!("{:#}", refused.unwrap());
		for told in [
			"access.redb",
			found,
			"needs format 2",
			"version that wrote it",
		] {
			assert!(text.contains(told), "{text}");
		}
		let file = database(&folder).await;
		let about = file.begin_read().unwrap().open_table(ABOUT).unwrap();
		let left = about.get("format").unwrap();
		assert_eq!(left.as_ref().map(|left| left.value()), format);
		assert!(about.get("identity").unwrap().is_none());
	}
}

#[tokio::test]
async fn what_a_former_payer_owed_too_little_to_redeem_is_not_asked_of_the_next() {
	let (scene, mut collector, _folder) = scene().await;
	scene.chain.0.lock().costs = Costs {
		alone: 5 * PRICE,
		share: 4 * PRICE,
	};
	let change = PayerChange {
		payer: Payer::Delegated(client(&key(2))),
		from: 60,
	};
	scene
		.chain
		.change(id(1), |channel| channel.change = Some(change));
	for block in [39, 40, 50, 60, 61] {
		round(&scene, &mut collector, block).await;
	}
	// It was not worth the fee.
	assert!(scene.chain.0.lock().redeemed.is_empty());
	// What can be proven to the new payer: what the chain has paid, which is nothing.
	let path = format!("/v1/channels/{:?}", id(1));
	let (_, told) = scene.get(&path).await;
	assert_eq!(
		(&told["amount"], told["receipt"].as_str()),
		(&"0".into(), None)
	);
	assert_eq!(scene.buy(&receipt(&key(2), id(1), PRICE)).await.0, 200);
	// And what it owes then is collected.
	for number in 2..=10 {
		assert_eq!(
			scene.buy(&receipt(&key(2), id(1), number * PRICE)).await.0,
			200
		);
	}
	round(&scene, &mut collector, EXPIRES - MARGIN).await;
	assert_eq!(closed(&scene), [10 * PRICE]);
	let lost = metric(&scene, "channels_lost_total");
	assert_eq!((lost, metric(&scene, "unknown_receipts_total")), (0, 0));
}

#[tokio::test]
async fn what_was_bought_in_other_periods_is_forgotten() {
	let (scene, _collector, _folder) = scene().await;
	let ledger = scene.server.ledger();
	let clients: Vec<_> = (1..=5).map(|number| client(&key(number))).collect();
	let all = clients.clone();
	// Whether the clock goes on, or the length of the period was changed.
	let kept = ledger.write(move |entries| {
		let mut kept = Vec::new();
		for period in [1000, 1001, 1000, 1002, 7, 8, 9] {
			for client in &all {
				entries.count(client, period, 3)?;
			}
			kept.push(entries.quotas()?);
		}
		Ok(kept)
	});
	// Those of this period, and of the one that has perhaps begun.
	assert_eq!(kept.await.unwrap(), [5, 5, 10, 5, 5, 5, 5]);
	let bought = |period| ledger.page(id(1), &clients[0], period).unwrap().bought;
	assert_eq!([7, 8, 9].map(bought), [0, 0, 3]);
}
