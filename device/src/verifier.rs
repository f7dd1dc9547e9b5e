//! The device's side: which password is accepted, once, and what is on record before it is.

use core::{fmt, ops::Range};

use subtle::{Choice, ConstantTimeEq};

use crate::{hotp::password, Code, Digits, Secret};

/// How strict a verifier is. Every value has a meaning; none has to be checked.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Config {
	/// How many digits a password has.
	pub digits: Digits,
	/// How many passwords that were handed out may go unused in a row before the next is refused.
	pub look_ahead: u16,
	/// The same for two consecutive passwords shown together.
	pub resync: u16,
	/// After so many wrong attempts in a row the verifier locks.
	pub max_failures: u8,
	/// For how many ticks it then refuses to look at anything.
	pub lock_out: u64,
}

impl Default for Config {
	/// Six digits; if a tick is a second, guessing one takes seventy days on average.
	fn default() -> Self {
		Self {
			digits: Digits::Six,
			look_ahead: 9,
			resync: 255,
			max_failures: 5,
			lock_out: 60,
		}
	}
}

/// What a verifier remembers over a loss of power.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct State {
	/// The lowest counter whose password is still good.
	pub counter: u64,
	/// How many attempts in a row were wrong.
	pub failures: u8,
}

/// Where a [`State`] survives a loss of power.
///
/// The record of a new device is `State::default()`, written once by whoever sets the device up. A
/// store that finds none must fail: starting at zero again would make all old passwords good.
pub trait CounterStore {
	/// Why the record could not be read or written.
	type Error;

	/// The record written last.
	fn load(&mut self) -> Result<State, Self::Error>;

	/// Replaces the record. When this returns, the new one survives a loss of power; if power is
	/// lost before, either the old or the new one does, whole.
	fn store(&mut self, state: &State) -> Result<(), Self::Error>;
}

/// Why a password is not accepted. The counter has not moved.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Refusal<E> {
	/// This is not a password of so many digits. Does not count as an attempt.
	Malformed,
	/// Too many wrong attempts: nothing is looked at for so many ticks more.
	Locked(u64),
	/// Wrong, used already, of another service, or too far ahead.
	Wrong,
	/// The record could not be written, so nothing may be accepted.
	Store(E),
}

impl<E: fmt::Display> fmt::Display for Refusal<E> {
	fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
		match self {
			Self::Malformed => f.write_str("malformed"),
			Self::Locked(ticks) => write!(f, "locked {ticks}"),
			Self::Wrong => f.write_str("wrong"),
			Self::Store(error) => write!(f, "store: {error}"),
		}
	}
}

impl<E: fmt::Debug + fmt::Display> core::error::Error for Refusal<E> {}

/// Checks the passwords of one service.
///
/// Time is a tick of the caller's choice, such as seconds since the device started. It must not go
/// down while the verifier lives, and it may begin anew with every start.
pub struct Verifier<S> {
	secret: Secret,
	config: Config,
	store: S,
	state: State,
	/// The tick of the last wrong attempt; at first that of the start, so that turning a locked
	/// device off and on again only makes it wait longer.
	failed_at: u64,
}

impl<S: CounterStore> Verifier<S> {
	/// Takes up the record where it was left.
	pub fn open(secret: Secret, config: Config, mut store: S, now: u64) -> Result<Self, S::Error> {
		let state = store.load()?;
		Ok(Self {
			secret,
			config,
			store,
			state,
			failed_at: now,
		})
	}

	/// What is remembered.
	pub fn state(&self) -> State {
		self.state
	}

	/// Accepts one password, good for one slot, and gives its number.
	///
	/// It is spent, on record, before this returns: who loses power in between has lost one slot.
	pub fn check(&mut self, code: &str, now: u64) -> Result<u64, Refusal<S::Error>> {
		let code = self.attempt(code, now)?;
		let mac = self.secret.mac();
		let found = self.window(self.config.look_ahead).find(|counter| {
			password(&mac, *counter, self.config.digits)
				.ct_eq(&code)
				.into()
		});
		self.conclude(found, 1, now)
	}

	/// Accepts two consecutive passwords, each good for one slot, and gives the number of the
	/// first: the way back when more passwords went unused than [`Config::look_ahead`] allows.
	pub fn resync(
		&mut self,
		first: &str,
		second: &str,
		now: u64,
	) -> Result<u64, Refusal<S::Error>> {
		let (first, second) = (self.attempt(first, now)?, self.attempt(second, now)?);
		let found = self.find_pair(&first, &second);
		self.conclude(found, 2, now)
	}

	/// What must hold before any password is looked at.
	fn attempt(&self, code: &str, now: u64) -> Result<Code, Refusal<S::Error>> {
		match self.locked_for(now) {
			0 => Code::parse(code, self.config.digits).ok_or(Refusal::Malformed),
			ticks => Err(Refusal::Locked(ticks)),
		}
	}

	/// For how many ticks more the verifier is locked.
	///
	/// Only a right password takes the failures back. So each lock-out is followed by one attempt,
	/// and not by as many as led to the first.
	fn locked_for(&self, now: u64) -> u64 {
		if self.state.failures < self.config.max_failures {
			return 0;
		}
		self.config
			.lock_out
			.saturating_sub(now.saturating_sub(self.failed_at))
	}

	/// The counters to try when so many may have been skipped. The very last of all is never
	/// accepted, for none comes after it.
	fn window(&self, skipped: u16) -> Range<u64> {
		let start = self.state.counter;
		start..start.saturating_add(u64::from(skipped)).saturating_add(1)
	}

	/// The counter of the first of two consecutive passwords.
	///
	/// Both comparisons are always made: how long a search takes does not tell that one was right.
	fn find_pair(&self, first: &Code, second: &Code) -> Option<u64> {
		let mac = self.secret.mac();
		let mut first_found = Choice::from(0);
		// One more than the window, where the second of the last pair is.
		self.window(self.config.resync.saturating_add(1))
			.find(|counter| {
				let code = password(&mac, *counter, self.config.digits);
				let pair_found = first_found & code.ct_eq(second);
				first_found = code.ct_eq(first);
				pair_found.into()
			})
			.and_then(|counter| counter.checked_sub(1))
	}

	/// Puts on record how an attempt ended, and only then tells.
	///
	/// A right and a wrong attempt write alike, once: who cuts the power to escape the count of
	/// failures escapes success as well. At the most failures nothing is written, so that no flood
	/// wears out the memory.
	fn conclude(
		&mut self,
		found: Option<u64>,
		passwords: u64,
		now: u64,
	) -> Result<u64, Refusal<S::Error>> {
		// The windows end before the last counter, so that this never saturates.
		if let Some(counter) = found {
			let next = State {
				counter: counter.saturating_add(passwords),
				failures: 0,
			};
			self.store.store(&next).map_err(Refusal::Store)?;
			self.state = next;
			return Ok(counter);
		}
		self.failed_at = now;
		if self.state.failures < self.config.max_failures {
			self.state.failures = self.state.failures.saturating_add(1);
			self.store.store(&self.state).map_err(Refusal::Store)?;
		}
		Err(Refusal::Wrong)
	}
}
