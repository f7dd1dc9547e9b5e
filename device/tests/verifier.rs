//! What a verifier accepts, refuses and writes down.

mod common;

use common::{secret, Fault, Memory};
use syngraph_device::{hotp, Config, Digits, Secret, State, Verifier, VerifyError};

const CONFIG: Config = Config {
	digits: Digits::Six,
	reach: 1000,
	max_failures: 3,
	lock_out: 60,
};

fn code(counter: u64) -> String {
	hotp(&secret(), counter, CONFIG.digits).to_string()
}

fn pair(counter: u64) -> [String; 2] {
	[code(counter), code(counter + 1)]
}

/// Shows two passwords with the number of the first.
fn check_pair(
	device: &mut Verifier<Memory>,
	counter: u64,
	codes: [String; 2],
) -> Result<(), VerifyError<Fault>> {
	device.check_pair(counter, codes.each_ref().map(String::as_str), 0)
}

#[test]
fn a_password_is_good_once_and_only_forwards() {
	let memory = Memory::default();
	let mut device = memory.open(CONFIG, 0);
	assert_eq!(device.check(0, &code(0), 0), Ok(()));
	assert_eq!(device.check(0, &code(0), 0), Err(VerifyError::Passed(1)));
	assert_eq!(device.check(3, &code(3), 0), Ok(()));
	for behind in [1, 2, 3] {
		let refused = device.check(behind, &code(behind), 0);
		assert_eq!(refused, Err(VerifyError::Passed(4)));
	}
	assert_eq!(device.check(4, &code(4), 0), Ok(()));
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
fn a_password_counts_under_its_own_number_only() {
	let mut device = Memory::default().open(CONFIG, 0);
	for other in [0, 6, 8] {
		assert_eq!(device.check(other, &code(7), 0), Err(VerifyError::Wrong));
		device = Memory::default().open(CONFIG, 0);
	}
	assert_eq!(device.check(7, &code(7), 0), Ok(()));
}

#[test]
fn however_many_were_never_shown_the_next_is_good() {
	let mut device = Memory::default().open(Config::default(), 0);
	let mut counter = 0;
	for unused in [10, 255, 300, 10_000, 100_000] {
		counter += unused;
		assert_eq!(device.check(counter, &code(counter), 0), Ok(()), "{unused}");
		counter += 1;
	}
}

#[test]
fn the_reach_is_kept_to_the_last_password() {
	let mut device = Memory::default().open(CONFIG, 0);
	assert_eq!(
		device.check(1001, &code(1001), 0),
		Err(VerifyError::TooFar(0))
	);
	assert_eq!(
		device.check(u64::MAX, "000000", 0),
		Err(VerifyError::TooFar(0))
	);
	assert_eq!(device.state().failures, 0);
	assert_eq!(device.check(1000, &code(1000), 0), Ok(()));
	let mut strict = Memory::default().open(Config { reach: 0, ..CONFIG }, 0);
	assert_eq!(strict.check(1, &code(1), 0), Err(VerifyError::TooFar(0)));
	assert_eq!(strict.check(0, &code(0), 0), Ok(()));
}

#[test]
fn two_that_follow_each_other_lead_back_from_anywhere() {
	for far in [20, 1001, 1 << 40, u64::MAX - 2] {
		let mut device = Memory::default().open(CONFIG, 0);
		let [first, second] = pair(far);
		let swapped = check_pair(&mut device, far, [second.clone(), first.clone()]);
		assert_eq!(swapped, Err(VerifyError::Wrong));
		let gap = check_pair(&mut device, far, [first.clone(), code(far.wrapping_add(2))]);
		assert_eq!(gap, Err(VerifyError::Wrong));
		assert_eq!(check_pair(&mut device, far, [first, second]), Ok(()));
		assert_eq!(
			device.state(),
			State {
				counter: far + 2,
				failures: 0
			}
		);
		let again = check_pair(&mut device, far, pair(far));
		assert_eq!(again, Err(VerifyError::Passed(far + 2)));
	}
}

#[test]
fn a_pair_that_straddles_the_counter_is_refused() {
	let mut device = Memory::default().open(CONFIG, 0);
	assert_eq!(device.check(0, &code(0), 0), Ok(()));
	let straddles = check_pair(&mut device, 0, pair(0));
	assert_eq!(straddles, Err(VerifyError::Passed(1)));
	assert_eq!(check_pair(&mut device, 1, pair(1)), Ok(()));
}

/// Whoever asks for numbers that are behind or far ahead neither locks the device nor wears out its memory.
#[test]
fn a_number_out_of_range_is_no_attempt() {
	let memory = Memory::default();
	let mut device = memory.open(CONFIG, 0);
	assert_eq!(device.check(5, &code(5), 0), Ok(()));
	let writes = memory.0.borrow().writes;
	for _ in 0..100 {
		assert_eq!(device.check(5, "000000", 0), Err(VerifyError::Passed(6)));
		assert_eq!(device.check(2000, "000000", 0), Err(VerifyError::TooFar(6)));
	}
	assert_eq!(memory.0.borrow().writes, writes);
	assert_eq!(device.check(6, &code(6), 0), Ok(()));
}

/// A guess is right by one chance in all passwords, whatever number it is for: a wrong attempt looks at no
/// other number.
#[test]
fn a_guess_is_compared_with_one_password() {
	let mut device = Memory::default().open(CONFIG, 0);
	let config = Config {
		max_failures: u8::MAX,
		..CONFIG
	};
	for near in 1..=20 {
		let mut fresh = Memory::default().open(config, 0);
		assert_eq!(fresh.check(0, &code(near), 0), Err(VerifyError::Wrong));
	}
	assert_eq!(device.check(0, &code(0), 0), Ok(()));
}

#[test]
fn a_flood_locks_the_device_and_hardly_writes() {
	let memory = Memory::default();
	let mut device = memory.open(CONFIG, 0);
	for _ in 0..3 {
		assert_eq!(device.check(0, &code(1000), 10), Err(VerifyError::Wrong));
	}
	for now in 10..70 {
		assert_eq!(
			device.check(0, &code(0), now),
			Err(VerifyError::Locked(70 - now))
		);
		assert_eq!(
			device.check_pair(0, [&code(0), &code(1)], now),
			Err(VerifyError::Locked(70 - now))
		);
	}
	// One attempt, then locked again; none of it reaches the memory.
	assert_eq!(device.check(0, &code(1000), 70), Err(VerifyError::Wrong));
	assert_eq!(device.check(0, &code(0), 71), Err(VerifyError::Locked(59)));
	assert_eq!(memory.0.borrow().writes, 3);
	assert_eq!(device.check(0, &code(0), 130), Ok(()));
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
		assert_eq!(device.check(0, "000000", 50), Err(VerifyError::Wrong));
	}
	drop(device);
	let mut device = memory.open(CONFIG, 0);
	assert_eq!(device.check(0, &code(0), 59), Err(VerifyError::Locked(1)));
	assert_eq!(device.check(0, &code(0), 60), Ok(()));
}

#[test]
fn failures_are_counted_over_a_loss_of_power() {
	let memory = Memory::default();
	for _ in 0..3 {
		assert_eq!(
			memory.open(CONFIG, 0).check(0, "000000", 0),
			Err(VerifyError::Wrong)
		);
	}
	assert_eq!(
		memory.open(CONFIG, 0).check(0, &code(0), 0),
		Err(VerifyError::Locked(60))
	);
}

#[test]
fn what_is_no_password_is_no_attempt() {
	let memory = Memory::default();
	let mut device = memory.open(CONFIG, 0);
	for text in ["", "12345", "1234567", "12345x", "+12345"] {
		assert_eq!(device.check(0, text, 0), Err(VerifyError::Malformed));
		assert_eq!(
			device.check_pair(0, [&code(0), text], 0),
			Err(VerifyError::Malformed)
		);
	}
	assert_eq!(memory.0.borrow().writes, 0);
	assert_eq!(device.check(0, &code(0), 0), Ok(()));
}

#[test]
fn nothing_is_accepted_that_is_not_on_record() {
	let memory = Memory::default();
	let mut device = memory.open(CONFIG, 0);
	memory.0.borrow_mut().fault = Some(Fault::Before);
	assert_eq!(
		device.check(0, &code(0), 0),
		Err(VerifyError::Store(Fault::Before))
	);
	assert_eq!(
		device.check(0, &code(0), 0),
		Ok(()),
		"not spent: nothing was written"
	);

	// Power is lost between the write and the answer: the slot is lost, the password spent.
	memory.0.borrow_mut().fault = Some(Fault::After);
	assert_eq!(
		device.check(1, &code(1), 0),
		Err(VerifyError::Store(Fault::After))
	);
	let mut device = memory.open(CONFIG, 0);
	assert_eq!(device.check(1, &code(1), 0), Err(VerifyError::Passed(2)));
	assert_eq!(device.check(2, &code(2), 0), Ok(()));
}

/// A memory that fails must not tell a right guess from a wrong one.
#[test]
fn a_failing_memory_tells_nothing_about_a_password() {
	let memory = Memory::default();
	let mut device = memory.open(CONFIG, 0);
	for guess in [code(0), "000000".into()] {
		memory.0.borrow_mut().fault = Some(Fault::Before);
		assert_eq!(
			device.check(0, &guess, 0),
			Err(VerifyError::Store(Fault::Before))
		);
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
	assert_eq!(device.check(0, &code, 0), Err(VerifyError::Wrong));
}

#[test]
fn the_counter_ends_without_turning_over() {
	let memory = Memory::default();
	memory.0.borrow_mut().state.counter = u64::MAX - 3;
	let mut device = memory.open(CONFIG, 0);
	let first = check_pair(&mut device, u64::MAX - 3, pair(u64::MAX - 3));
	assert_eq!(first, Ok(()));
	let last = device.check_pair(u64::MAX - 1, ["000000", "000000"], 0);
	assert_eq!(last, Err(VerifyError::TooFar(u64::MAX - 1)));
	assert_eq!(device.check(u64::MAX - 1, &code(u64::MAX - 1), 0), Ok(()));
	assert_eq!(device.state().counter, u64::MAX);
	let after = device.check(u64::MAX, &code(u64::MAX), 0);
	assert_eq!(after, Err(VerifyError::TooFar(u64::MAX)));
}
