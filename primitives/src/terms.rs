//! What users sign: the terms of an agreement.

use alloc::collections::BTreeSet;
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;
use sp_core::{ConstU32, H256};
use sp_runtime::{traits::AtLeast32BitUnsigned, BoundedVec};

use crate::{
	AgreementId, GenesisHash, IntermediaryId, Payload, ResultValue, SensorId, Sequence, Text,
	WindowIndex, MAX_ROUND_RESULTS, MAX_SPAN,
};

/// The most users of an agreement.
pub const MAX_USERS: u32 = 8;
/// The most intermediaries of an agreement, of all its users together.
pub const MAX_INTERMEDIARIES: u32 = 16;
/// The most agreements that a user or an intermediary can be part of at a time: an agreement for each device of a fleet
/// has room. They are counted, and nothing goes through all of them but the rotation of an intermediary's key, which
/// removes their joint keys.
pub const MAX_AGREEMENTS: u32 = 2_048;
/// The most sensors of an agreement.
pub const MAX_SENSORS: u32 = 32;
/// The most steps of a reaction.
pub const MAX_STEPS: u32 = 8;
/// The most rounds of an agreement that the chain keeps at a time.
pub const MAX_KEPT: u32 = 256;
/// The most bytes of a function.
pub const MAX_FUNCTION: u32 = 2048;
/// The most messages of a window, of all its sensors together.
pub const MAX_WINDOW_MESSAGES: u32 = 4096;
/// The most messages of one sensor that a node keeps until its agreements have used them up: what is further ahead has
/// to wait, so that nobody can fill the node's disk.
pub const MAX_BACKLOG: u64 = 8192;
/// At which absence a member without a spare has to leave, if each came within a day of the one before.
pub const MAX_ABSENCES: u8 = 3;

/// A user's part in an agreement.
#[derive(
	Clone, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub struct Party<AccountId, Balance> {
	/// Who it is.
	pub user: AccountId,
	/// The intermediaries that compute on this user's behalf, rewarded from its escrow.
	pub intermediaries: BoundedVec<IntermediaryId, ConstU32<MAX_INTERMEDIARIES>>,
	/// Those that step in, one after the other, when one of this user's intermediaries fails.
	pub spares: BoundedVec<IntermediaryId, ConstU32<MAX_INTERMEDIARIES>>,
	/// What the user puts into escrow when it signs.
	pub escrow: Balance,
}

/// A sensor's part in an agreement.
#[derive(
	Clone,
	Copy,
	PartialEq,
	Eq,
	Debug,
	Encode,
	Decode,
	DecodeWithMemTracking,
	MaxEncodedLen,
	TypeInfo,
)]
pub struct Source {
	/// Which sensor.
	pub sensor: SensorId,
	/// The sequence number of the first message of window zero.
	pub start: Sequence,
}

/// Which messages make up a window.
#[derive(
	Clone,
	Copy,
	PartialEq,
	Eq,
	Debug,
	Encode,
	Decode,
	DecodeWithMemTracking,
	MaxEncodedLen,
	TypeInfo,
)]
pub struct WindowShape {
	/// How many messages of each sensor a window holds.
	pub size: u32,
	/// By how many messages the next window is further on.
	pub slide: u32,
}

/// A sensor's part in an agreement from a window on: that of the terms, or one that all users consented to
/// have in its place.
#[derive(
	Clone,
	Copy,
	PartialEq,
	Eq,
	Debug,
	Encode,
	Decode,
	DecodeWithMemTracking,
	MaxEncodedLen,
	TypeInfo,
)]
pub struct Feed {
	/// Which sensor.
	pub sensor: SensorId,
	/// The first window that holds its messages.
	pub since: WindowIndex,
	/// The sequence number of that window's first message.
	pub start: Sequence,
}

impl From<Source> for Feed {
	fn from(source: Source) -> Self {
		Self {
			sensor: source.sensor,
			since: 0,
			start: source.start,
		}
	}
}

impl Feed {
	/// The sequence numbers of the sensor's messages in window `t`, first inclusive, last exclusive.
	///
	/// None if they would exceed the largest sequence number, or if the window is before its first.
	pub fn range(&self, shape: &WindowShape, t: WindowIndex) -> Option<core::ops::Range<Sequence>> {
		shape.range(self.start, t.checked_sub(self.since)?)
	}
}

impl WindowShape {
	/// The sequence numbers of one sensor's messages in window `t`, first inclusive, last exclusive.
	///
	/// None if they would exceed the largest sequence number.
	pub fn range(&self, start: Sequence, t: WindowIndex) -> Option<core::ops::Range<Sequence>> {
		let first = t.checked_mul(self.slide.into())?.checked_add(start)?;
		Some(first..first.checked_add(self.size.into())?)
	}

	/// How many windows a round has at most, null or not.
	///
	/// Their messages are half of those that a node keeps of a sensor at most ([`MAX_BACKLOG`]), so that there is room
	/// for two rounds: one that is to settle, and the next. Whoever commits to more has others wait for messages that
	/// they cannot take in; so nobody listens to that, neither members nor the chain.
	pub fn longest_round(&self) -> u32 {
		let more = (MAX_BACKLOG / 2).saturating_sub(self.size.into());
		let more = more.checked_div(self.slide.into()).unwrap_or(0);
		u32::try_from(more)
			.unwrap_or(u32::MAX)
			.saturating_add(1)
			.min(MAX_SPAN)
	}
}

/// The off-chain code `f`: takes a window, gives a result or null.
#[derive(
	Clone, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub enum Function {
	/// A declarative pipeline in JSON: select, take, keep, aggregate, emit. See `docs/functions.md`.
	Pipeline(BoundedVec<u8, ConstU32<MAX_FUNCTION>>),
}

/// What the intermediaries owe the users about the data of a window.
#[derive(
	Clone,
	Copy,
	PartialEq,
	Eq,
	Debug,
	Encode,
	Decode,
	DecodeWithMemTracking,
	MaxEncodedLen,
	TypeInfo,
)]
pub enum QualityOfService {
	/// Nothing: data is dropped once its window is settled.
	NoProof,
	/// The intermediaries keep it and can be challenged to show it.
	OffChainProof,
	/// It is stored on chain for results that are not null, and for disputes.
	OnChainProof,
}

/// How much a transfer moves.
#[derive(
	Clone, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub enum Amount<Balance> {
	/// The same for every settled window with a result.
	Fixed(Balance),
	/// A rate for each unit of the result, but never more than `at_most`. Nothing if the result is
	/// negative.
	PerUnit {
		/// What one unit of the result costs.
		rate: Balance,
		/// The most that one window can cost, whatever its result.
		at_most: Balance,
	},
}

impl<Balance: AtLeast32BitUnsigned + Copy> Amount<Balance> {
	/// What the transfer moves for `result`.
	pub fn of(&self, result: ResultValue) -> Balance {
		match self {
			Amount::Fixed(amount) => *amount,
			Amount::PerUnit { rate, at_most } => Balance::try_from(result.max(0) as u128)
				.ok()
				.and_then(|units| rate.checked_mul(&units))
				.map_or(*at_most, |amount| amount.min(*at_most)),
		}
	}

	/// The most that the transfer moves, whatever the result.
	pub fn most(&self) -> Balance {
		match self {
			Amount::Fixed(amount) => *amount,
			Amount::PerUnit { at_most, .. } => *at_most,
		}
	}
}

/// One thing the chain does with a settled result.
#[derive(
	Clone, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub enum Step<Balance> {
	/// Pays one party from the escrow of another.
	Transfer {
		/// The index, among the agreement's users, of the one who pays.
		from: u8,
		/// The index, among the agreement's users, of the one who is paid.
		to: u8,
		/// How much.
		amount: Amount<Balance>,
	},
	/// Writes the result to the log of events under a label.
	Log {
		/// The label.
		label: Text,
	},
	/// Asks a device of the agreement to do something, by an event that its owner listens for.
	Actuate {
		/// The device.
		sensor: SensorId,
		/// What it is to do, in the device's own words.
		command: Text,
	},
}

/// When things may, must or can no longer happen, in blocks.
#[derive(
	Clone, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub struct TimeLimits<BlockNumber> {
	/// The last block in which a user may sign.
	pub sign_by: BlockNumber,
	/// The first block in which a round may settle.
	pub starts_at: BlockNumber,
	/// The last block. The round that is open may settle in the `answer` blocks after it.
	pub ends_at: BlockNumber,
	/// How many blocks lie between a user's notice and the agreement's end, and between an operator's notice
	/// and the release of its intermediary.
	pub notice: BlockNumber,
	/// How many blocks after the last payout a settlement pays out all that has accrued, at the users' cost. Anybody
	/// may have it paid out earlier, at its own.
	pub payout: BlockNumber,
	/// How many blocks an intermediary has to answer, in a round and at each stage of a dispute.
	pub answer: BlockNumber,
	/// By how many milliseconds a message's time may lie before the time at which the agreement came into
	/// force, or after that of its last block: a message that says anything else is left out of what is
	/// computed, for its sensor did not know the time. [`u64::MAX`] is any time.
	pub drift: u64,
}

/// How many stages a dispute has at most, in each of which intermediaries have the time to answer: two attempts at the
/// round, reveals, two levels of a tree, a window that is shown; and for each member but one the messages that it
/// lacks, and another attempt.
pub const DISPUTE_STAGES: u32 = 6 + 2 * (MAX_INTERMEDIARIES - 1);
/// By which share of the time to answer, as a divisor, a stage of a dispute is prolonged at most, see
/// [`longest_stage`].
pub const PROLONGATION: u32 = 2;
/// How many times as long as intermediaries have to answer a dispute lasts at most, however much each of its stages is
/// prolonged.
pub const DISPUTE_ANSWERS: u32 = DISPUTE_STAGES + DISPUTE_STAGES.div_ceil(PROLONGATION);
/// For which share of the time for which the key counts that an intermediary has replaced, as a divisor, other members
/// take in what is signed with it. The rest is left to have what they took in put on file.
pub const HEARING: u32 = 3;

/// The most blocks that a stage of a dispute lasts. It is prolonged by those blocks that had no room for answers, and
/// by no more than a share of the time that there is for them.
pub fn longest_stage<BlockNumber: AtLeast32BitUnsigned + Copy>(answer: BlockNumber) -> BlockNumber {
	answer.saturating_add(answer / PROLONGATION.into())
}

impl<BlockNumber: AtLeast32BitUnsigned + Copy> TimeLimits<BlockNumber> {
	/// For how many blocks the key that an intermediary has replaced is still good for what it signed with it: as long
	/// as the longest dispute lasts, so that nobody escapes by rotating its key. It is no longer, since whoever stole
	/// that key can use it against its owner for as long.
	pub fn lookback(&self) -> BlockNumber {
		self.answer.saturating_mul(DISPUTE_ANSWERS.into())
	}
}

/// How many windows settle at once.
#[derive(
	Clone,
	Copy,
	Default,
	PartialEq,
	Eq,
	Debug,
	Encode,
	Decode,
	DecodeWithMemTracking,
	MaxEncodedLen,
	TypeInfo,
)]
pub struct RoundTerms<BlockNumber> {
	/// The most windows of a round that are not null: from 1 to [`MAX_ROUND_RESULTS`]. A round that has so many begins
	/// at once.
	pub most: u32,
	/// How many blocks the first window that is not null waits for others. With 0 nothing waits.
	pub patience: BlockNumber,
	/// The place of the member that begins every round and submits it, in the order of the terms; none if they take
	/// turns. Where it fails to, the next ones step in; after a dispute the next one leads, see
	/// [`Roster::leader`](crate::Roster::leader).
	pub leader: Option<u8>,
	/// How many rounds the chain keeps, the last ones: from 1 to [`MAX_KEPT`]. Older ones can be shown by their
	/// history.
	pub kept: u32,
}

/// What becomes of an agreement when an intermediary fails, by a lie or by silence, or leaves, and its user
/// has no spare to take its place.
#[derive(
	Clone,
	Copy,
	PartialEq,
	Eq,
	Debug,
	Encode,
	Decode,
	DecodeWithMemTracking,
	MaxEncodedLen,
	TypeInfo,
)]
pub enum OnFailure {
	/// It goes on as long as every user has a member: one that lied or left is missing from then on, one
	/// that was silent stays until its third absence of which each came within a day of the one before.
	GoOn,
	/// It ends, and all escrow goes back to the users.
	End,
	/// It goes on as with [`Self::GoOn`]. If a member is proven wrong by what the chain itself computed of the first
	/// window that is not decided, that outcome settles, see [`Ruling`](crate::Ruling): as a part of the dispute it
	/// costs the member's bond, and its user what that does not pay.
	Judge,
}

/// What the users of an agreement sign.
#[derive(
	Clone, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub struct Terms<AccountId, Balance, BlockNumber> {
	/// The users, in the order in which a reaction refers to them.
	pub users: BoundedVec<Party<AccountId, Balance>, ConstU32<MAX_USERS>>,
	/// The sensors, in the order in which a window holds their messages.
	pub sensors: BoundedVec<Source, ConstU32<MAX_SENSORS>>,
	/// Which messages make up a window.
	pub window: WindowShape,
	/// What is computed from a window.
	pub function: Function,
	/// What becomes of a window's data.
	pub quality_of_service: QualityOfService,
	/// What the chain does with a settled result.
	pub reaction: BoundedVec<Step<Balance>, ConstU32<MAX_STEPS>>,
	/// What each intermediary gets for each settled window with a result.
	pub reward: Balance,
	/// What each member gets for each day that it is bound, whatever it does. Paid out of the escrow of the
	/// user that named it.
	pub retainer: Balance,
	/// What each spare gets for each day that it is bound.
	pub spare_retainer: Balance,
	/// What a lie costs an intermediary, out of its bond; and the most that the agreement can take from it
	/// in all.
	pub penalty: Balance,
	/// What an absence costs an intermediary, out of its bond, towards what the dispute costs. The user that
	/// named it bears the rest.
	pub absence_fee: Balance,
	/// What happens when an intermediary fails for which there is no spare.
	pub on_failure: OnFailure,
	/// How many windows settle at once, and which of them the chain keeps.
	pub rounds: RoundTerms<BlockNumber>,
	/// When things may, must or can no longer happen.
	pub limits: TimeLimits<BlockNumber>,
	/// Tells apart agreements that are alike in everything else.
	pub nonce: u64,
}

/// What makes terms meaningless, whatever the state of the chain.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum TermsError {
	/// Fewer than two users.
	TooFewUsers,
	/// A user occurs twice.
	DuplicateUser,
	/// A user names no intermediary.
	NoIntermediary,
	/// An intermediary occurs twice, be it as a spare.
	DuplicateIntermediary,
	/// More than [`MAX_INTERMEDIARIES`] intermediaries, or as many spares, in all.
	TooManyIntermediaries,
	/// No sensors.
	NoSensors,
	/// A sensor occurs twice.
	DuplicateSensor,
	/// The window's size is zero.
	ZeroSize,
	/// The window's slide is zero.
	ZeroSlide,
	/// A window of all sensors holds more than [`MAX_WINDOW_MESSAGES`] messages.
	WindowTooLarge,
	/// A transfer's party is not among the users, or pays itself.
	InvalidTransfer,
	/// An actuation's device is not among the sensors.
	InvalidActuation,
	/// The blocks of the time limits are not in order.
	InvalidLimits,
	/// A round has no result or more than [`MAX_ROUND_RESULTS`], or no round is kept, or more than [`MAX_KEPT`]; or its
	/// leader has a place that none of the intermediaries has.
	InvalidRounds,
}

impl<AccountId, Balance, BlockNumber> Payload for Terms<AccountId, Balance, BlockNumber>
where
	Self: Encode,
{
	const TAG: &'static [u8] = b"syngraph/terms/4";
}

impl<AccountId, Balance, BlockNumber> Terms<AccountId, Balance, BlockNumber>
where
	AccountId: Ord + Encode,
	Balance: AtLeast32BitUnsigned + Copy + Encode,
	BlockNumber: AtLeast32BitUnsigned + Copy + Encode,
{
	/// The agreement's id: the hash of what its users sign.
	pub fn id(&self, genesis: &GenesisHash) -> AgreementId {
		H256(sp_io::hashing::blake2_256(&self.signing_bytes(genesis)))
	}

	/// All intermediaries, in the order in which secrets and signatures are listed: users in their
	/// order, each one's intermediaries in theirs.
	pub fn intermediaries(&self) -> impl Iterator<Item = IntermediaryId> + '_ {
		self.users
			.iter()
			.flat_map(|party| party.intermediaries.iter().copied())
	}

	/// All spares, of the users in their order.
	pub fn spares(&self) -> impl Iterator<Item = IntermediaryId> + '_ {
		self.users
			.iter()
			.flat_map(|party| party.spares.iter().copied())
	}

	/// The index of the user that names an intermediary, as a member or as a spare.
	pub fn named_by(&self, intermediary: IntermediaryId) -> Option<usize> {
		self.users.iter().position(|party| {
			party.intermediaries.contains(&intermediary) || party.spares.contains(&intermediary)
		})
	}

	/// How many messages a window has, of all sensors together.
	pub fn window_messages(&self) -> u32 {
		self.window.size.saturating_mul(self.sensors.len() as u32)
	}

	/// The place of `user` among the agreement's users.
	pub fn user_index(&self, user: &AccountId) -> Option<usize> {
		self.users.iter().position(|party| party.user == *user)
	}

	/// What the user at `index` pays for `result`: its transfers and its intermediaries' rewards.
	pub fn cost(&self, index: usize, result: ResultValue) -> Balance {
		self.cost_with(index, |amount| amount.of(result))
	}

	/// The most that the user at `index` pays for any result.
	pub fn highest_cost(&self, index: usize) -> Balance {
		self.cost_with(index, Amount::most)
	}

	fn cost_with(&self, index: usize, of: impl Fn(&Amount<Balance>) -> Balance) -> Balance {
		let rewards = self.users.get(index).map_or(Balance::zero(), |party| {
			self.reward
				.saturating_mul(Balance::from(party.intermediaries.len() as u32))
		});
		self.reaction.iter().fold(rewards, |sum, step| match step {
			Step::Transfer { from, amount, .. } if usize::from(*from) == index => {
				sum.saturating_add(of(amount))
			},
			_ => sum,
		})
	}

	/// Whether the terms make sense by themselves.
	pub fn check(&self) -> Result<(), TermsError> {
		self.check_users()?;
		self.check_windows()?;
		self.check_reaction()?;
		let limits = &self.limits;
		let ordered = limits.sign_by <= limits.ends_at && limits.starts_at <= limits.ends_at;
		if !ordered {
			return Err(TermsError::InvalidLimits);
		}
		self.check_rounds()
	}

	fn check_rounds(&self) -> Result<(), TermsError> {
		let rounds = &self.rounds;
		let bounded =
			(1..=MAX_ROUND_RESULTS).contains(&rounds.most) && (1..=MAX_KEPT).contains(&rounds.kept);
		let members = self.intermediaries().count();
		let led = rounds
			.leader
			.is_none_or(|place| usize::from(place) < members);
		(bounded && led)
			.then_some(())
			.ok_or(TermsError::InvalidRounds)
	}

	fn check_users(&self) -> Result<(), TermsError> {
		if self.users.len() < 2 {
			return Err(TermsError::TooFewUsers);
		}
		let users: BTreeSet<_> = self.users.iter().map(|party| &party.user).collect();
		if users.len() != self.users.len() {
			return Err(TermsError::DuplicateUser);
		}
		if self
			.users
			.iter()
			.any(|party| party.intermediaries.is_empty())
		{
			return Err(TermsError::NoIntermediary);
		}
		let count = self.intermediaries().count();
		if count > MAX_INTERMEDIARIES as usize {
			return Err(TermsError::TooManyIntermediaries);
		}
		let spares = self.spares().count();
		if spares > MAX_INTERMEDIARIES as usize {
			return Err(TermsError::TooManyIntermediaries);
		}
		let all: BTreeSet<_> = self.intermediaries().chain(self.spares()).collect();
		if all.len() != count.saturating_add(spares) {
			return Err(TermsError::DuplicateIntermediary);
		}
		Ok(())
	}

	fn check_windows(&self) -> Result<(), TermsError> {
		if self.sensors.is_empty() {
			return Err(TermsError::NoSensors);
		}
		let sensors: BTreeSet<_> = self.sensors.iter().map(|source| source.sensor).collect();
		if sensors.len() != self.sensors.len() {
			return Err(TermsError::DuplicateSensor);
		}
		if self.window.size == 0 {
			return Err(TermsError::ZeroSize);
		}
		if self.window.slide == 0 {
			return Err(TermsError::ZeroSlide);
		}
		if self.window_messages() > MAX_WINDOW_MESSAGES {
			return Err(TermsError::WindowTooLarge);
		}
		Ok(())
	}

	fn check_reaction(&self) -> Result<(), TermsError> {
		let is_user = |index: &u8| usize::from(*index) < self.users.len();
		for step in &self.reaction {
			match step {
				Step::Transfer { from, to, .. } if !is_user(from) || !is_user(to) || from == to => {
					return Err(TermsError::InvalidTransfer)
				},
				Step::Actuate { sensor, .. }
					if !self.sensors.iter().any(|source| source.sensor == *sensor) =>
				{
					return Err(TermsError::InvalidActuation)
				},
				_ => (),
			}
		}
		Ok(())
	}
}

#[cfg(test)]
mod tests;
