//! What ends sales, and who is told.

use std::{
	panic,
	sync::Arc,
	time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use syngraph_access::{Heads, Problem, Tasks, Watch};
use tempfile::TempDir;

use crate::common::{self, *};

/// A scene with a channel of key 1.
async fn scene() -> (Scene, TempDir) {
	let folder = TempDir::new().unwrap();
	let scene = Scene::new(folder.path()).await;
	scene.chain.open(id(1), delegated(&key(1)));
	(scene, folder)
}

async fn is_well(scene: &Scene) -> bool {
	scene.get("/healthz").await.0 == 200
}

fn metric(scene: &Scene, line: &str) -> bool {
	let text = String::from_utf8(scene.metrics.render().unwrap()).unwrap();
	text.lines().any(|found| found == line)
}

async fn ends(task: impl std::future::Future<Output = ()> + Send + 'static) {
	let (scene, _folder) = scene().await;
	let mut tasks = Tasks::new(scene.server.clone());
	tasks.run("clock", std::future::pending());
	tasks.run("collector", task);
	let name = tokio::time::timeout(Duration::from_secs(5), tasks.ended()).await;
	assert_eq!(name, Ok("collector"));
	assert!(!is_well(&scene).await);
	assert!(metric(&scene, "access_tasks_ended_total 1"));
	let (_, answer) = scene.buy(&receipt(&key(1), id(1), PRICE)).await;
	assert_eq!(name_of(&answer), "unavailable");
}

fn name_of(answer: &serde_json::Value) -> &str {
	common::name(answer)
}

#[tokio::test]
async fn a_task_that_returns_ends_sales() {
	ends(async {}).await;
}

#[tokio::test]
async fn a_task_that_panics_ends_sales() {
	ends(async { panic::panic_any("as it may happen") }).await;
}

#[tokio::test]
async fn as_long_as_all_tasks_run_nothing_ends() {
	let (scene, _folder) = scene().await;
	let mut tasks = Tasks::new(scene.server.clone());
	tasks.run("collector", std::future::pending());
	let ended = tokio::time::timeout(Duration::from_millis(100), tasks.ended()).await;
	assert!(ended.is_err());
	assert!(is_well(&scene).await);
}

#[tokio::test]
async fn a_chain_that_makes_nothing_final_is_not_believed() {
	let chain = Fake::default();
	chain.reach(10);
	let patience = Duration::from_millis(400);
	let watch = Watch::new(chain.clone(), patience);
	watch.look().await.unwrap();
	let begun = Instant::now();
	let mut best = 10;
	while begun.elapsed() < 2 * patience {
		best += 1;
		chain.0.lock().heads = Heads {
			finalized: 10,
			best,
		};
		watch.look().await.unwrap();
		let refused = watch.heads().err();
		match begun.elapsed() {
			short if short < patience / 2 => assert_eq!(refused, None),
			long if long > patience + patience / 4 => {
				let what = Problem::Unavailable("no new block becomes final");
				assert_eq!(refused, Some(what));
			},
			_ => {},
		}
		tokio::time::sleep(Duration::from_millis(20)).await;
	}
	// The collector goes on all the same.
	assert_eq!(watch.subscribe().borrow().best, best);
	chain.reach(best);
	watch.look().await.unwrap();
	assert!(watch.heads().is_ok());
}

#[tokio::test]
async fn a_chain_with_another_runtime_ends_sales_at_once() {
	let (scene, _folder) = scene().await;
	scene.chain.0.lock().is_strange = true;
	assert!(scene.server.watch().look().await.is_err());
	let (status, answer) = scene.get("/healthz").await;
	assert_eq!(status, 503);
	assert!(
		answer["detail"].as_str().unwrap().contains("upgraded"),
		"{answer}"
	);
	let (_, answer) = scene.buy(&receipt(&key(1), id(1), PRICE)).await;
	assert_eq!(name_of(&answer), "unavailable");
	scene.chain.0.lock().is_strange = false;
	scene.server.watch().look().await.unwrap();
	assert_eq!(scene.buy(&receipt(&key(1), id(1), PRICE)).await.0, 200);
}

#[tokio::test]
async fn an_upgrade_that_is_not_final_ends_sales_at_once() {
	let (scene, _folder) = scene().await;
	scene.chain.0.lock().is_upgrading = true;
	scene.server.watch().look().await.unwrap();
	let (status, answer) = scene.get("/healthz").await;
	let reason = "the chain was upgraded, and that is not final yet";
	assert_eq!((status, &answer["detail"]), (503, &reason.into()));
	scene.chain.0.lock().is_upgrading = false;
	scene.server.watch().look().await.unwrap();
	assert!(is_well(&scene).await);
}

#[tokio::test]
async fn a_node_that_is_catching_up_ends_sales_at_once() {
	let (scene, _folder) = scene().await;
	scene.chain.0.lock().is_syncing = true;
	scene.server.watch().look().await.unwrap();
	let (status, answer) = scene.get("/healthz").await;
	let reason = "the node is catching up with the others";
	assert_eq!((status, &answer["detail"]), (503, &reason.into()));
	let first = receipt(&key(1), id(1), PRICE);
	assert_eq!(name_of(&scene.buy(&first).await.1), "unavailable");
	// That it is away then makes it no better.
	scene.chain.0.lock().is_away = true;
	assert!(scene.server.watch().look().await.is_err());
	assert!(!is_well(&scene).await);
	scene.chain.0.lock().is_away = false;
	scene.chain.0.lock().is_syncing = false;
	scene.server.watch().look().await.unwrap();
	assert_eq!(scene.buy(&first).await.0, 200);
}

#[tokio::test]
async fn a_best_block_that_is_old_by_the_clock_ends_sales_at_once() {
	let folder = TempDir::new().unwrap();
	let patience = Duration::from_secs(60);
	let scene = Scene::patient(folder.path(), patience).await;
	scene.chain.open(id(1), delegated(&key(1)));
	let now = || SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
	let first = receipt(&key(1), id(1), PRICE);
	// However fast blocks come.
	for (block, age) in (11..).zip([61, 3600]) {
		scene.chain.0.lock().time = Some(now() - Duration::from_secs(age));
		scene.reach(block).await;
		let (status, answer) = scene.get("/healthz").await;
		let reason = "the node's best block is old by this server's clock";
		assert_eq!((status, &answer["detail"]), (503, &reason.into()));
		assert_eq!(name_of(&scene.buy(&first).await.1), "unavailable");
		assert_eq!(scene.server.watch().subscribe().borrow().best, block);
	}
	// A clock that is somewhat off does not matter.
	for time in [now() - patience / 2, now() + patience] {
		scene.chain.0.lock().time = Some(time);
		scene.server.watch().look().await.unwrap();
		assert!(is_well(&scene).await);
	}
	assert_eq!(scene.buy(&first).await.0, 200);
	// Who does not know it does not sell, and who closes is told all the same.
	scene.chain.0.lock().is_mute = true;
	scene.chain.reach(20);
	assert!(scene.server.watch().look().await.is_err());
	assert!(!is_well(&scene).await);
	assert_eq!(scene.server.watch().subscribe().borrow().best, 20);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_many_ask_for_at_a_time_is_read_together() {
	let (scene, _folder) = scene().await;
	let watch = Arc::new(Watch::new(scene.chain.clone(), Duration::from_secs(60)));
	watch.look().await.unwrap();
	let gate = scene.chain.1.clone();
	let blocked = gate.public.write().await;
	let asking: Vec<_> = (0..2000)
		.map(|number| {
			let watch = watch.clone();
			tokio::spawn(async move { watch.channel(id(number)).await })
		})
		.collect();
	tokio::time::sleep(Duration::from_millis(300)).await;
	drop(blocked);
	for (number, asked) in asking.into_iter().enumerate() {
		let seen = asked.await.unwrap().unwrap();
		assert_eq!(seen.best.is_some(), number == 1);
	}
	let requests = scene.chain.0.lock().read.len();
	assert!(requests < 20, "{requests} requests for 2000 channels");
}
