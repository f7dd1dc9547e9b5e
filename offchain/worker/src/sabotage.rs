//! Wrong results on demand, for tests of what becomes of them. Not part of a release build.

use syngraph_primitives::ResultValue;

use crate::traces::LocalStore;

/// Where local storage holds something if results are to be wrong.
pub const KEY: &[u8] = b"syngraph/sabotage";

/// One more than the result, if results are to be wrong here.
pub fn spoil(store: &impl LocalStore, result: Option<ResultValue>) -> Option<ResultValue> {
	match store.get(KEY) {
		Some(_) => Some(result.unwrap_or_default().saturating_add(1)),
		None => result,
	}
}
