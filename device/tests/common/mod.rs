//! A memory that outlives its verifier and can be told to fail.

use std::{cell::RefCell, rc::Rc};

use syngraph_device::{Config, CounterStore, Secret, State, Verifier};

/// When power is lost, or the memory fails, in the middle of a write.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Fault {
	/// The old record stays.
	Before,
	/// The new record is there, but the writer does not learn of it.
	After,
}

/// What the memory holds.
#[derive(Default)]
pub struct Cell {
	/// The record.
	pub state: State,
	/// How often it was written.
	pub writes: usize,
	/// What befalls the next write.
	pub fault: Option<Fault>,
}

/// A memory that the test keeps a handle of.
#[derive(Clone, Default)]
pub struct Memory(pub Rc<RefCell<Cell>>);

impl CounterStore for Memory {
	type Error = Fault;

	fn load(&mut self) -> Result<State, Fault> {
		Ok(self.0.borrow().state)
	}

	fn store(&mut self, state: &State) -> Result<(), Fault> {
		let mut cell = self.0.borrow_mut();
		let fault = cell.fault.take();
		if fault != Some(Fault::Before) {
			cell.state = *state;
			cell.writes += 1;
		}
		fault.map_or(Ok(()), Err)
	}
}

impl Memory {
	/// A device that starts with this memory at tick `now`.
	pub fn open(&self, config: Config, now: u64) -> Verifier<Self> {
		Verifier::open(secret(), config, self.clone(), now).expect("the memory is read")
	}
}

/// The secret of the tests.
pub fn secret() -> Secret {
	Secret::new(b"12345678901234567890").expect("twenty bytes")
}
