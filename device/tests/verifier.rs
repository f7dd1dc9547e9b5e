//! What a verifier accepts, refuses and writes down.

mod common;

use common::{secret, Fault, Memory};
use syngraph_device::{hotp, Config, Digits, Refusal, Secret, State};

const CONFIG: Config = Config {
	digits: Digits::Six,
	look_ahead: 3,
	resync: 20,
	max_failures: 3,
	lock_out: 60,
};

fn code(counter: u64) -> String {
	hotp(&secret(), counter, CONFIG.digits).to_string()
}

#[test]
fn a_password_is_good_once_and_only_forwards() {
	let memory = Memory::default();
	let mut device = memory.open(CONFIG, 0);
	assert_eq!(device.check(&code(0), 0), Ok(0));
	assert_eq!(device.check(&code(0), 0), Err(Refusal::Wrong));
	assert_eq!(device.check(&code(3), 0), Ok(3));
	for behind in [1, 2] {
		assert_eq!(device.check(&code(behind), 0), Err(Refusal::Wrong));
	}
	assert_eq!(device.check(&code(4), 0), Ok(4));
	assert_eq!(
		device.state(),
		State {
			counter: 5,
			failures: 0
		}
	);
	assert_eq!(memory.0.borrow().state, device.state());
}

#[test]
fn the_look_ahead_is_kept_to_the_last_password() {
	let mut device = Memory::default().open(CONFIG, 0);
	assert_eq!(device.check(&code(4), 0), Err(Refusal::Wrong));
	assert_eq!(device.check(&code(3), 0), Ok(3));
	let mut strict = Memory::default().open(
		Config {
			look_ahead: 0,
			..CONFIG
		},
		0,
	);
	assert_eq!(strict.check(&code(1), 0), Err(Refusal::Wrong));
	assert_eq!(strict.check(&code(0), 0), Ok(0));
}

#[test]
fn two_consecutive_passwords_lead_back_from_beyond_the_look_ahead() {
	let mut device = Memory::default().open(CONFIG, 0);
	assert_eq!(device.check(&code(20), 0), Err(Refusal::Wrong));
	assert_eq!(device.resync(&code(20), &code(22), 0), Err(Refusal::Wrong));
	assert_eq!(device.resync(&code(20), &code(21), 0), Ok(20));
	assert_eq!(
		device.state(),
		State {
			counter: 22,
			failures: 0
		}
	);
	assert_eq!(device.resync(&code(20), &code(21), 0), Err(Refusal::Wrong));
	assert_eq!(device.resync(&code(43), &code(44), 0), Err(Refusal::Wrong));
	assert_eq!(device.check(&code(22), 0), Ok(22));
	assert_eq!(device.resync(&code(23), &code(24), 0), Ok(23));
}

#[test]
fn a_pair_that_straddles_the_counter_is_refused() {
	let mut device = Memory::default().open(CONFIG, 0);
	assert_eq!(device.check(&code(0), 0), Ok(0));
	assert_eq!(device.resync(&code(0), &code(1), 0), Err(Refusal::Wrong));
	assert_eq!(device.resync(&code(2), &code(1), 0), Err(Refusal::Wrong));
}

#[test]
fn a_flood_locks_the_device_and_hardly_writes() {
	let memory = Memory::default();
	let mut device = memory.open(CONFIG, 0);
	for _ in 0..3 {
		assert_eq!(device.check(&code(1000), 10), Err(Refusal::Wrong));
	}
	for now in 10..70 {
		assert_eq!(device.check(&code(0), now), Err(Refusal::Locked(70 - now)));
		assert_eq!(
			device.resync(&code(0), &code(1), now),
			Err(Refusal::Locked(70 - now))
		);
	}
	// One attempt, then locked again; none of it reaches the memory.
	assert_eq!(device.check(&code(1000), 70), Err(Refusal::Wrong));
	assert_eq!(device.check(&code(0), 71), Err(Refusal::Locked(59)));
	assert_eq!(memory.0.borrow().writes, 3);
	assert_eq!(device.check(&code(0), 130), Ok(0));
	assert_eq!(
		device.state(),
		State {
			counter: 1,
			failures: 0
		}
	);
}

#[test]
fn a_lock_out_starts_anew_with_the_device() {
	let memory = Memory::default();
	let mut device = memory.open(CONFIG, 0);
	for _ in 0..3 {
		assert_eq!(device.check("000000", 50), Err(Refusal::Wrong));
	}
	drop(device);
	let mut device = memory.open(CONFIG, 0);
	assert_eq!(device.check(&code(0), 59), Err(Refusal::Locked(1)));
	assert_eq!(device.check(&code(0), 60), Ok(0));
}

#[test]
fn failures_are_counted_over_a_loss_of_power() {
	let memory = Memory::default();
	for _ in 0..3 {
		assert_eq!(
			memory.open(CONFIG, 0).check("000000", 0),
			Err(Refusal::Wrong)
		);
	}
	assert_eq!(
		memory.open(CONFIG, 0).check(&code(0), 0),
		Err(Refusal::Locked(60))
	);
}

#[test]
fn what_is_no_password_is_no_attempt() {
	let memory = Memory::default();
	let mut device = memory.open(CONFIG, 0);
	for text in ["", "12345", "1234567", "12345x", "+12345"] {
		assert_eq!(device.check(text, 0), Err(Refusal::Malformed));
		assert_eq!(device.resync(&code(0), text, 0), Err(Refusal::Malformed));
	}
	assert_eq!(memory.0.borrow().writes, 0);
	assert_eq!(device.check(&code(0), 0), Ok(0));
}

#[test]
fn nothing_is_accepted_that_is_not_on_record() {
	let memory = Memory::default();
	let mut device = memory.open(CONFIG, 0);
	memory.0.borrow_mut().fault = Some(Fault::Before);
	assert_eq!(
		device.check(&code(0), 0),
		Err(Refusal::Store(Fault::Before))
	);
	assert_eq!(
		device.check(&code(0), 0),
		Ok(0),
		"not spent: nothing was written"
	);

	// Power is lost between the write and the answer: the slot is lost, the password spent.
	memory.0.borrow_mut().fault = Some(Fault::After);
	assert_eq!(device.check(&code(1), 0), Err(Refusal::Store(Fault::After)));
	let mut device = memory.open(CONFIG, 0);
	assert_eq!(device.check(&code(1), 0), Err(Refusal::Wrong));
	assert_eq!(device.check(&code(2), 0), Ok(2));
}

/// A memory that fails must not tell a right guess from a wrong one.
#[test]
fn a_failing_memory_tells_nothing_about_a_password() {
	let memory = Memory::default();
	let mut device = memory.open(CONFIG, 0);
	for guess in [code(0), "000000".into()] {
		memory.0.borrow_mut().fault = Some(Fault::Before);
		assert_eq!(device.check(&guess, 0), Err(Refusal::Store(Fault::Before)));
	}
	assert_eq!(
		device.state().failures,
		1,
		"the wrong one counts all the same"
	);
}

#[test]
fn the_password_of_another_service_is_wrong() {
	let other = Secret::new(b"the secret of another one").expect("a good length");
	let mut device = Memory::default().open(CONFIG, 0);
	let code = hotp(&other, 0, CONFIG.digits).to_string();
	assert_eq!(device.check(&code, 0), Err(Refusal::Wrong));
}

#[test]
fn the_counter_ends_without_turning_over() {
	let memory = Memory::default();
	memory.0.borrow_mut().state.counter = u64::MAX - 3;
	let mut device = memory.open(CONFIG, 0);
	assert_eq!(
		device.resync(&code(u64::MAX - 3), &code(u64::MAX - 2), 0),
		Ok(u64::MAX - 3)
	);
	assert_eq!(
		device.resync(&code(u64::MAX - 1), &code(u64::MAX), 0),
		Err(Refusal::Wrong)
	);
	assert_eq!(device.check(&code(u64::MAX - 1), 0), Ok(u64::MAX - 1));
	assert_eq!(device.state().counter, u64::MAX);
	assert_eq!(device.check(&code(u64::MAX), 0), Err(Refusal::Wrong));
}
