//! Random sequences of attempts, faults and losses of power against what must always hold.

mod common;

use common::{secret, Fault, Memory};
use proptest::prelude::*;
use syngraph_device::{hotp, Config, Digits, Verifier, VerifyError};

/// Eight digits, so that one password hardly ever passes for another.
const CONFIG: Config = Config {
	digits: Digits::Eight,
	reach: 12,
	max_failures: 4,
	lock_out: 5,
};

/// One step. Counters are relative to the lowest one that is still good, less ten.
#[derive(Clone, Debug)]
enum Step {
	Check(u64),
	/// The password of one number, shown as that of another.
	Confuse(u64, u64),
	Pair(u64, u64),
	Guess(u32),
	Garbage(String),
	Wait(u64),
	PowerCycle,
	Fault(Fault),
}

fn step() -> impl Strategy<Value = Step> {
	prop_oneof![
		6 => (0..30u64).prop_map(Step::Check),
		1 => (0..30u64, 0..30u64).prop_map(|(number, of)| Step::Confuse(number, of)),
		3 => (0..60u64).prop_map(|counter| Step::Pair(counter, counter + 1)),
		1 => (0..30u64, 0..30u64).prop_map(|(first, second)| Step::Pair(first, second)),
		1 => (0..100_000_000u32).prop_map(Step::Guess),
		1 => "[0-9a+ ]{0,10}".prop_map(Step::Garbage),
		3 => (1..8u64).prop_map(Step::Wait),
		1 => Just(Step::PowerCycle),
		1 => prop_oneof![Just(Step::Fault(Fault::Before)), Just(Step::Fault(Fault::After))],
	]
}

/// The device under test, and what is known about it from outside.
struct Model {
	memory: Memory,
	device: Verifier<Memory>,
	now: u64,
	/// Below this no password may be accepted any more.
	floor: u64,
	/// How many attempts failed since the last success, and when the last did or the device started.
	failures: u8,
	failed_at: u64,
}

impl Model {
	fn new() -> Self {
		let memory = Memory::default();
		let device = memory.open(CONFIG, 0);
		Self {
			memory,
			device,
			now: 0,
			floor: 0,
			failures: 0,
			failed_at: 0,
		}
	}

	fn locked(&self) -> bool {
		self.failures >= CONFIG.max_failures && self.now < self.failed_at + CONFIG.lock_out
	}

	fn counter(&self, relative: u64) -> u64 {
		(self.floor + relative).saturating_sub(10)
	}

	fn take(&mut self, step: Step) {
		let fault = self.memory.0.borrow().fault;
		let show = |counter| hotp(&secret(), counter, CONFIG.digits).to_string();
		match step {
			Step::Check(relative) => {
				let counter = self.counter(relative);
				let result = self.device.check(counter, &show(counter), self.now);
				self.judge(result, counter, Some(CONFIG.reach), true, 1, fault);
			},
			Step::Confuse(number, of) => {
				let (number, of) = (self.counter(number), self.counter(of));
				let is_right = show(number) == show(of);
				let result = self.device.check(number, &show(of), self.now);
				self.judge(result, number, Some(CONFIG.reach), is_right, 1, fault);
			},
			Step::Pair(first, second) => {
				let (first, second) = (self.counter(first), self.counter(second));
				let is_right = second == first + 1;
				let codes = [show(first), show(second)];
				let codes = codes.each_ref().map(String::as_str);
				let result = self.device.check_pair(first, codes, self.now);
				self.judge(result, first, None, is_right, 2, fault);
			},
			Step::Guess(number) => {
				let code = format!("{number:08}");
				let counter = self.floor;
				let is_right = show(counter) == code;
				let result = self.device.check(counter, &code, self.now);
				self.judge(result, counter, Some(CONFIG.reach), is_right, 1, fault);
			},
			Step::Garbage(text) => {
				let counter = self.floor;
				let result = self.device.check(counter, &text, self.now);
				if text.len() != 8 || text.parse::<u32>().is_err() || text.starts_with('+') {
					assert!(matches!(
						result,
						Err(VerifyError::Malformed | VerifyError::Locked(_))
					));
				} else {
					let is_right = show(counter) == text;
					self.judge(result, counter, Some(CONFIG.reach), is_right, 1, fault);
				}
			},
			Step::Wait(ticks) => self.now += ticks,
			Step::PowerCycle => self.restart(),
			Step::Fault(fault) => self.memory.0.borrow_mut().fault = Some(fault),
		}
		assert!(
			self.device.state().counter >= self.floor,
			"the counter never goes backwards"
		);
		assert!(
			self.memory.0.borrow().state.counter >= self.floor,
			"nor does the record"
		);
	}

	/// Compares the device's answer with the one that is right, given the number of the first password
	/// shown, how far ahead it may be, and whether it is that number's.
	fn judge(
		&mut self,
		result: Result<(), VerifyError<Fault>>,
		counter: u64,
		reach: Option<u32>,
		is_right: bool,
		passwords: u64,
		fault: Option<Fault>,
	) {
		if self.locked() {
			let left = self.failed_at + CONFIG.lock_out - self.now;
			return assert_eq!(result, Err(VerifyError::Locked(left)));
		}
		if counter < self.floor {
			return assert_eq!(result, Err(VerifyError::Passed(self.floor)));
		}
		if reach.is_some_and(|reach| counter - self.floor > u64::from(reach)) {
			return assert_eq!(result, Err(VerifyError::TooFar(self.floor)));
		}
		let writes = is_right || self.failures < CONFIG.max_failures;
		if !is_right {
			self.failures = self.failures.saturating_add(1).min(CONFIG.max_failures);
			self.failed_at = self.now;
		}
		if let Some(fault) = fault.filter(|_| writes) {
			assert_eq!(result, Err(VerifyError::Store(fault)));
			// A device that cannot trust its memory starts again.
			return self.restart();
		}
		if !is_right {
			return assert_eq!(result, Err(VerifyError::Wrong));
		}
		assert_eq!(result, Ok(()));
		self.floor = counter + passwords;
		self.failures = 0;
	}

	/// Power goes off and on: what is known from outside is what is on record.
	fn restart(&mut self) {
		self.now = 0;
		self.failed_at = 0;
		let state = self.memory.0.borrow().state;
		assert!(state.counter >= self.floor);
		(self.floor, self.failures) = (state.counter, state.failures);
		self.device = self.memory.open(CONFIG, self.now);
	}
}

proptest! {
	#![proptest_config(ProptestConfig::with_cases(8 * ProptestConfig::default().cases))]

	#[test]
	fn no_sequence_of_events_makes_a_password_good_twice(
		steps in proptest::collection::vec(step(), 1..80),
	) {
		let mut model = Model::new();
		for step in steps {
			model.take(step);
		}
	}

	#[test]
	fn every_password_within_reach_is_good_once(
		start in 0..u64::MAX - 100,
		skipped in 0..=CONFIG.reach,
	) {
		let memory = Memory::default();
		memory.0.borrow_mut().state.counter = start;
		let mut device = memory.open(CONFIG, 0);
		let counter = start + u64::from(skipped);
		let code = hotp(&secret(), counter, CONFIG.digits).to_string();
		prop_assert_eq!(device.check(counter, &code, 0), Ok(()));
		prop_assert_eq!(device.check(counter, &code, 0), Err(VerifyError::Passed(counter + 1)));
	}
}
