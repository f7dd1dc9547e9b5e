//! Which of the last blocks had hardly any room.
//!
//! A round on which all agree and that does not settle is complained of: something is wrong with it. But the blocks may
//! be full, and then nothing is: disputes would cost users money, and fill blocks further.

use alloc::vec::Vec;
use syngraph_primitives::BlockNumber;

use crate::{chain::Chain, host::Host, state};

/// Where the blocks are noted.
const KEY: &[u8] = b"syngraph/congestion";
/// How many of them are.
const MOST: usize = 256;

/// The full blocks among those that this machine has seen, in their order. Nothing is written for any other.
pub fn note(chain: &impl Chain, host: &impl Host) -> Vec<BlockNumber> {
	let mut full: Vec<BlockNumber> = state::read(host, KEY).unwrap_or_default();
	let block = chain.number();
	let is_new = full.last().is_none_or(|last| *last < block);
	if is_new && chain.is_full() {
		full.push(block);
		full.drain(..full.len().saturating_sub(MOST));
		state::write(host, KEY, &full);
	}
	full
}
