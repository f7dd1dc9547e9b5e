//! How many passwords per second one core computes and checks.

use std::{
	convert::Infallible,
	hint::black_box,
	time::{Duration, Instant},
};

use syngraph_device::{hotp, Config, CounterStore, Digits, Secret, State, Verifier};

/// A memory that costs nothing, so that only the checks are measured.
struct Memory;

impl CounterStore for Memory {
	type Error = Infallible;

	fn load(&mut self) -> Result<State, Infallible> {
		Ok(State::default())
	}

	fn store(&mut self, state: &State) -> Result<(), Infallible> {
		black_box(state);
		Ok(())
	}
}

fn secret() -> Secret {
	Secret::new(&[7; 20]).expect("twenty bytes")
}

/// Prints how often per second something can be done, for two seconds.
fn measure(what: &str, mut work: impl FnMut(u64)) {
	let start = Instant::now();
	let mut done = 0;
	while start.elapsed() < Duration::from_secs(2) {
		for _ in 0..100 {
			work(done);
			done += 1;
		}
	}
	println!(
		"{what}: {:.0} per second",
		done as f64 / start.elapsed().as_secs_f64()
	);
}

fn main() {
	// Never locked, so that wrong passwords can be measured.
	let config = Config {
		lock_out: 0,
		..Config::default()
	};
	let Ok(mut device) = Verifier::open(secret(), config, Memory, 0);
	let secret = secret();
	measure("passwords computed", |counter| {
		black_box(hotp(&secret, black_box(counter), Digits::Six));
	});
	// Made beforehand: more than two seconds can use up.
	let codes: Vec<String> = (0..10_000_000)
		.map(|counter| hotp(&secret, counter, Digits::Six).to_string())
		.collect();
	measure("right passwords checked", |counter| {
		let code = codes.get(counter as usize).expect("enough codes");
		device.check(counter, code, 0).expect("the next password");
	});
	let next = device.state().counter;
	measure("wrong passwords checked", |_| {
		black_box(device.check(next, "000000", 0)).ok();
	});
	measure("wrong pairs checked", |_| {
		black_box(device.check_pair(next, ["000000", "000000"], 0)).ok();
	});
}
