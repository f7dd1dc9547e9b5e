//! Transactions on the real runtime: whatever is sent, nothing breaks, and what is refused changes nothing.
#![no_main]

use std::cell::RefCell;

use codec::Decode;
use libfuzzer_sys::fuzz_target;
use syngraph_fuzz::{step::Step, world::World};

thread_local! {
	static WORLD: RefCell<World> = RefCell::default();
}

fuzz_target!(|data: &[u8]| {
	let mut data = data;
	let steps = std::iter::from_fn(|| Step::decode(&mut data).ok());
	WORLD.with_borrow_mut(|world| world.play(steps));
});
