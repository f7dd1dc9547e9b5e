//! The least firmware that uses the whole crate: what size.sh measures.
//!
//! On a machine with an operating system it does nothing.

#![cfg_attr(target_os = "none", no_std, no_main)]

#[cfg(not(target_os = "none"))]
fn main() {}

#[cfg(target_os = "none")]
mod firmware {
	use core::{hint::black_box, panic::PanicInfo};

	use syngraph_device::{Config, CounterStore, Secret, State, Verifier};

	/// In the place of a driver for the device's memory.
	struct Memory;

	impl CounterStore for Memory {
		type Error = ();

		fn load(&mut self) -> Result<State, ()> {
			black_box(Ok(State::default()))
		}

		fn store(&mut self, state: &State) -> Result<(), ()> {
			black_box(state);
			Ok(())
		}
	}

	/// Where the linker begins: nothing else is kept than what is reached from here.
	#[no_mangle]
	#[allow(unsafe_code)] // The linker has to find it by its name.
	extern "C" fn _start() -> ! {
		if let Some(secret) = Secret::new(black_box(&[7; 20])) {
			if let Ok(mut verifier) = Verifier::open(secret, Config::default(), Memory, 0) {
				let counter = black_box(7);
				black_box(verifier.check(counter, black_box("755224"), 1).is_ok());
				let pair = black_box(["755224", "287082"]);
				black_box(verifier.check_pair(counter, pair, 2).is_ok());
			}
		}
		loop {}
	}

	#[panic_handler]
	fn panic(_: &PanicInfo) -> ! {
		loop {}
	}
}
