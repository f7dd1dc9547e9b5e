//! Prices that have changed since a client was told them.

use tempfile::TempDir;

use crate::common::*;

#[tokio::test]
async fn a_price_of_before_is_good_if_it_is_not_less() {
	let folder = TempDir::new().unwrap();
	let scene = Scene::new(folder.path()).await;
	scene.chain.open(id(1), delegated(&key(1)));
	let dear = body("open", &receipt(&key(1), id(1), 30 * PRICE));
	let dear = dear.replacen('{', "{\"price\":\"300\",", 1);
	let (status, slot) = scene.post(&dear, None).await;
	// No password is left out: it was one slot.
	assert_eq!((status, &slot["password"]), (200, &PASSWORDS[0].into()));
	assert_eq!(slot["amount"], "300");
}
