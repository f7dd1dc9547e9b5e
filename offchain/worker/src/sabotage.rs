//! Wrong results, for tests of what becomes of them.

use syngraph_primitives::ResultValue;

/// One more than the result.
pub fn spoil(result: Option<ResultValue>) -> Option<ResultValue> {
	log::warn!(target: crate::LOG, "syngraph-liar: this worker computes wrong results on purpose");
	Some(result.unwrap_or_default().saturating_add(1))
}
