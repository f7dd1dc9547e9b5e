//! The device's side: which password is accepted, once, and what is on record before it is.

use core::fmt;

use subtle::ConstantTimeEq;

use crate::{hotp, Code, Digits, Secret};

/// How strict a verifier is. Every value has a meaning; none has to be checked.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Config {
	/// How many digits a password has.
	pub digits: Digits,
	/// How far beyond the next password one may be that is shown alone. Two that follow each other may be
	/// any distance ahead.
	///
	/// It costs nothing to check a password far ahead. The bound is for a password that was guessed: it
	/// takes no more than so many from those that were paid for.
	pub reach: u32,
	/// After so many wrong attempts in a row the verifier locks.
	pub max_failures: u8,
	/// For how many ticks it then refuses to look at anything.
	pub lock_out: u64,
}

impl Default for Config {
	/// Six digits; if a tick is a second, guessing one takes two years on average.
	fn default() -> Self {
		Self {
			digits: Digits::Six,
			reach: 100_000,
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
pub enum VerifyError<E> {
	/// This is not a password of so many digits. Does not count as an attempt.
	Malformed,
	/// Too many wrong attempts: nothing is looked at for so many ticks more.
	Locked(u64),
	/// This number was used, or a later one: this is the lowest that is still good. Does not count as an
	/// attempt.
	Passed(u64),
	/// This number is beyond [`Config::reach`] from the lowest that is still good, which this is: the password
	/// after it has to be shown as well. Does not count as an attempt.
	TooFar(u64),
	/// Not the password of this number and service.
	Wrong,
	/// The record could not be written, so nothing may be accepted.
	Store(E),
}

impl<E: fmt::Display> fmt::Display for VerifyError<E> {
	fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
		match self {
			Self::Malformed => f.write_str("malformed"),
			Self::Locked(ticks) => write!(f, "locked {ticks}"),
			Self::Passed(next) => write!(f, "passed {next}"),
			Self::TooFar(next) => write!(f, "ahead {next}"),
			Self::Wrong => f.write_str("wrong"),
			Self::Store(error) => write!(f, "store: {error}"),
		}
	}
}

impl<E: fmt::Debug + fmt::Display> core::error::Error for VerifyError<E> {}

/// Checks the passwords of one service.
///
/// A password comes with its number, its *counter*, which is no secret: only this one is computed and compared.
/// So it does not matter how many passwords before it were never shown, and a guess has one chance in all
/// passwords that there are, not several.
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

	/// Accepts the password with this number, good for one slot.
	///
	/// It is spent, on record, before this returns: who loses power in between has lost one slot.
	pub fn check(
		&mut self,
		counter: u64,
		code: &str,
		now: u64,
	) -> Result<(), VerifyError<S::Error>> {
		let code = self.attempt(code, now)?;
		let next = self.after(counter, 1)?;
		let ahead = counter.saturating_sub(self.state.counter);
		if ahead > u64::from(self.config.reach) {
			return Err(VerifyError::TooFar(self.state.counter));
		}
		let is_right = self.password(counter).ct_eq(&code);
		self.conclude(is_right.into(), next, now)
	}

	/// Accepts the password with this number and the one that follows it, each good for one slot, however
	/// far ahead they are: the way back for a device that is out of [`Config::reach`].
	pub fn check_pair(
		&mut self,
		counter: u64,
		codes: [&str; 2],
		now: u64,
	) -> Result<(), VerifyError<S::Error>> {
		let [first, second] = codes;
		let (first, second) = (self.attempt(first, now)?, self.attempt(second, now)?);
		let next = self.after(counter, 2)?;
		// Both comparisons are always made: how long it takes does not tell that one was right.
		let is_right = self.password(counter).ct_eq(&first)
			& self.password(next.saturating_sub(1)).ct_eq(&second);
		self.conclude(is_right.into(), next, now)
	}

	/// What must hold before any password is looked at.
	fn attempt(&self, code: &str, now: u64) -> Result<Code, VerifyError<S::Error>> {
		match self.locked_for(now) {
			0 => Code::parse(code, self.config.digits).ok_or(VerifyError::Malformed),
			ticks => Err(VerifyError::Locked(ticks)),
		}
	}

	/// The lowest counter that is good when so many passwords from this one on are spent. The very last of
	/// all is never accepted, for none comes after it.
	fn after(&self, counter: u64, passwords: u64) -> Result<u64, VerifyError<S::Error>> {
		let next = self.state.counter;
		if counter < next {
			return Err(VerifyError::Passed(next));
		}
		counter
			.checked_add(passwords)
			.ok_or(VerifyError::TooFar(next))
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

	fn password(&self, counter: u64) -> Code {
		hotp(&self.secret, counter, self.config.digits)
	}

	/// Puts on record how an attempt ended, and only then tells.
	///
	/// A right and a wrong attempt write alike, once: who cuts the power to escape the count of
	/// failures escapes success as well. At the most failures nothing is written, so that no flood
	/// wears out the memory.
	fn conclude(
		&mut self,
		is_right: bool,
		next: u64,
		now: u64,
	) -> Result<(), VerifyError<S::Error>> {
		if is_right {
			let next = State {
				counter: next,
				failures: 0,
			};
			self.store.store(&next).map_err(VerifyError::Store)?;
			self.state = next;
			return Ok(());
		}
		self.failed_at = now;
		if self.state.failures < self.config.max_failures {
			self.state.failures = self.state.failures.saturating_add(1);
			self.store.store(&self.state).map_err(VerifyError::Store)?;
		}
		Err(VerifyError::Wrong)
	}
}
