//! Disputes: what members of an agreement's roster signed and cannot all be right about, or did not sign
//! in time.
//!
//! A dispute is about the round of one agreement that is to settle next, and an agreement has one at a time. It is
//! opened by two signed utterances that contradict each other ([`Call::report`]), or by a member to whom others do not
//! answer ([`Call::complain`]). What members said is then put on file ([`Call::file`]), and whoever lacks
//! messages that others have says so ([`Call::lack`]). If two of them differ, or one says that another copied what it
//! committed to ([`Call::challenge`]), their trees are opened until it is known in which window ([`Call::open`]). The
//! messages of a window in question are shown ([`Call::show`]), so that the chain can run the function itself. Whoever
//! is proven wrong loses a part of its bond ([`Call::judge`]); whoever did not answer in time pays a small fee, and
//! loses its place to a spare. The users may instead agree to leave it at that ([`Call::reconcile`]). Whatever it comes
//! to, no window is lost: what has not settled is computed anew, under a roster with another number.
//!
//! The state of a dispute is a [`Docket`] of the protocol, with which workers judge for themselves
//! beforehand. This pallet loads it, steps it, stores it, and moves the money.
//!
//! Whoever is to answer has a number of blocks for it. Each block keeps some room for answers ([`Config::AnswerRoom`]),
//! and blocks that had none left do not count: see `room.rs`.
//!
//! Nearly all calls are general transactions that nobody signs: what they carry speaks for itself. What they
//! cost is added up, and paid when the dispute closes, by those on whom it falls: see `bearing.rs`. What
//! proves nothing is not even let into the pool, and costs nobody anything: see [`ValidityError`].
#![cfg_attr(not(feature = "std"), no_std)]

extern crate alloc;

mod accuse;
mod authorize;
mod bearing;
mod challenge;
mod closing;
mod complain;
mod costs;
mod file;
mod heads;
mod judge;
mod lack;
mod lifecycle;
mod open;
mod penalty;
mod reconcile;
mod report;
mod room;
mod show;
mod try_state;
mod types;
mod validity;
pub mod weights;

#[cfg(feature = "runtime-benchmarks")]
mod benchmarking;
#[cfg(test)]
mod mock;
#[cfg(test)]
mod tests;

#[cfg(feature = "runtime-benchmarks")]
pub use benchmarking::{BenchmarkHelper, Disputable};
pub use pallet::*;
pub use types::{Cause, Dispute, Exposure, Hearing, Outcome, Room};
pub use validity::ValidityError;
pub use weights::WeightInfo;

use alloc::{boxed::Box, vec::Vec};
use frame_support::{pallet_prelude::*, traits::tokens, weights::WeightToFee};
use frame_system::pallet_prelude::*;
use sp_core::{sr25519, H256};
use sp_runtime::traits::Zero;
use syngraph_primitives::{
	AgreementId, Agreements, Conviction, Directory, Entity, GenesisHash, IntermediaryId, Lack,
	ResultValue, RosterNumber, SensorId, Sequence, SignedMessage, Terms, Utterance, WindowIndex,
	MAX_INTERMEDIARIES, MAX_SENSORS,
};
use syngraph_protocol::{Challenge, Fault, Hashes, Showing, Stage};

#[cfg(doc)]
use syngraph_protocol::Docket;

/// An open dispute.
pub type DisputeOf<T> = Dispute<<T as Config>::Balance, BlockNumberFor<T>>;
/// The terms of an agreement.
pub type TermsOf<T> =
	Terms<<T as frame_system::Config>::AccountId, <T as Config>::Balance, BlockNumberFor<T>>;
/// Messages that a member shows at once.
pub type ChunkOf<T> = BoundedVec<SignedMessage, <T as Config>::MaxShown>;
/// Of each sensor of an agreement the last message of a window, or a later one.
pub type Heads = BoundedVec<SignedMessage, ConstU32<MAX_SENSORS>>;
/// What the members of a roster said, each once.
pub type Utterances = BoundedVec<Utterance, ConstU32<MAX_INTERMEDIARIES>>;
/// Who bears how much of what a dispute cost.
pub type SharesOf<T> = Vec<(
	Entity<<T as frame_system::Config>::AccountId>,
	<T as Config>::Balance,
)>;

/// Disputes about rounds of agreements: evidence, deadlines and verdicts.
#[frame_support::pallet]
pub mod pallet {
	use super::*;

	/// The version of the form of what is stored.
	const STORAGE_VERSION: StorageVersion = StorageVersion::new(4);

	#[pallet::pallet]
	#[pallet::storage_version(STORAGE_VERSION)]
	pub struct Pallet<T>(_);

	/// What the pallet needs.
	#[pallet::config]
	pub trait Config: frame_system::Config<RuntimeEvent: From<Event<Self>>, Hash = H256> {
		/// What escrows, bonds and fees are counted in.
		type Balance: tokens::Balance;

		/// Who exists, with which keys and bonds.
		type Directory: Directory<Self::AccountId, Self::Balance, BlockNumberFor<Self>>;

		/// The agreements whose rounds are disputed.
		type Agreements: Agreements<Self::AccountId, Self::Balance, BlockNumberFor<Self>>;

		/// What a transaction's weight costs.
		type WeightToFee: WeightToFee<Balance = Self::Balance>;

		/// What a transaction's length costs.
		type LengthToFee: WeightToFee<Balance = Self::Balance>;

		/// The most messages that are shown at once.
		#[pallet::constant]
		type MaxShown: Get<u32>;

		/// The room that each block keeps for answers. The runtime has nothing else take it.
		#[pallet::constant]
		type AnswerRoom: Get<Room>;

		/// The most room that answers take in a block. What is beyond it is for all else that anybody may send: rounds
		/// have a last block in which they settle, too.
		#[pallet::constant]
		type AnswerLimit: Get<Room>;

		/// As much room as any single answer needs: no deadline runs in a block that had less left at its end.
		#[pallet::constant]
		type EnoughRoom: Get<Room>;

		/// The priority of what nobody signs among the transactions that wait for a block.
		#[pallet::constant]
		type Priority: Get<TransactionPriority>;

		/// After how many blocks what waits for a block is examined anew.
		#[pallet::constant]
		type Longevity: Get<TransactionLongevity>;

		/// The weights of the calls.
		type WeightInfo: WeightInfo;

		/// Brings agreements into being that benchmarks can dispute about.
		#[cfg(feature = "runtime-benchmarks")]
		type BenchmarkHelper: BenchmarkHelper;
	}

	/// The open dispute of each agreement that has one: what it is about, why it was opened, what is on file
	/// about every member, which windows were shown, what it waits for (`stage`) and until which block
	/// (`deadline`), and what it has cost so far. A dispute that is judged or reconciled is removed.
	///
	/// Its deadline is as of when it was stored. [`Pallet::of`] gives it as it is now: put off by as many blocks
	/// as [`Halted`] is greater than `halted`, but to no later block than `latest`.
	#[pallet::storage]
	pub type Disputes<T: Config> = StorageMap<_, Identity, AgreementId, DisputeOf<T>>;

	/// The windows in question that are shown in disputes, by agreement and by the Merkle root to which members
	/// committed: how far each has come. They go as soon as another window is in question, or none.
	#[pallet::storage]
	pub type Trials<T: Config> =
		StorageDoubleMap<_, Identity, AgreementId, Identity, H256, Hearing>;

	/// How much of the present block answers have taken up.
	#[pallet::storage]
	#[pallet::whitelist_storage]
	pub type Used<T: Config> = StorageValue<_, Room, ValueQuery>;

	/// How many blocks had no room left for answers since the chain began. No deadline has run in these.
	#[pallet::storage]
	#[pallet::whitelist_storage]
	pub type Halted<T: Config> = StorageValue<_, BlockNumberFor<T>, ValueQuery>;

	#[pallet::event]
	#[pallet::generate_deposit(pub(super) fn deposit_event)]
	pub enum Event<T: Config> {
		/// A dispute was opened.
		Opened {
			/// The agreement.
			agreement: AgreementId,
			/// The first window of the round.
			first: WindowIndex,
			/// Why.
			cause: Cause,
			/// What it waits for.
			stage: Stage,
			/// The last block in which it waits for that, unless blocks have no room for answers until then.
			deadline: BlockNumberFor<T>,
		},
		/// What a member signed was put on file.
		Filed {
			/// The agreement.
			agreement: AgreementId,
			/// The first window of the round.
			first: WindowIndex,
			/// The member.
			intermediary: IntermediaryId,
		},
		/// A dispute waits for something else from now on, or longer.
		Advanced {
			/// The agreement.
			agreement: AgreementId,
			/// The first window of the round.
			first: WindowIndex,
			/// The attempt at it of which utterances are put on file.
			attempt: u8,
			/// The first window after the range of the attempt; none if each member chooses its own.
			end: Option<WindowIndex>,
			/// What it waits for.
			stage: Stage,
			/// The last block in which it waits for that, unless blocks have no room for answers until then.
			deadline: BlockNumberFor<T>,
		},
		/// A member lacks messages of the window: those that committed to it have to show them.
		Lacked {
			/// The agreement.
			agreement: AgreementId,
			/// The first window of the round.
			first: WindowIndex,
			/// The window.
			window: WindowIndex,
			/// The member.
			intermediary: IntermediaryId,
		},
		/// A member says that another has not got the windows to which it committed.
		Challenged {
			/// The agreement.
			agreement: AgreementId,
			/// The first window of the round.
			first: WindowIndex,
			/// The member.
			intermediary: IntermediaryId,
			/// The other.
			accused: IntermediaryId,
		},
		/// The tree of a member was opened one level further.
		LaidOpen {
			/// The agreement.
			agreement: AgreementId,
			/// The first window of the round.
			first: WindowIndex,
			/// The member.
			intermediary: IntermediaryId,
		},
		/// All messages of a window that members committed to have been shown.
		Shown {
			/// The agreement.
			agreement: AgreementId,
			/// The first window of the round.
			first: WindowIndex,
			/// The window.
			window: WindowIndex,
			/// The member that showed the last of them.
			intermediary: IntermediaryId,
			/// What the function gives for the window.
			result: Option<ResultValue>,
		},
		/// What a member showed was not the next part of the window that it committed to. It pays for that, as
		/// far as it is liable, it counts as never shown, and the member shows nothing more in the dispute.
		ShowingFailed {
			/// The agreement.
			agreement: AgreementId,
			/// The first window of the round.
			first: WindowIndex,
			/// The window.
			window: WindowIndex,
			/// The member.
			intermediary: IntermediaryId,
			/// What was taken from its bond.
			fee: T::Balance,
		},
		/// A member was proven wrong.
		Convicted {
			/// The agreement.
			agreement: AgreementId,
			/// The first window of the round.
			first: WindowIndex,
			/// The member.
			intermediary: IntermediaryId,
			/// How it was wrong.
			fault: Fault,
			/// What was taken from its bond: its part of what the dispute cost, and the penalty.
			taken: T::Balance,
		},
		/// A member did not answer in time.
		Absent {
			/// The agreement.
			agreement: AgreementId,
			/// The first window of the round.
			first: WindowIndex,
			/// The member.
			intermediary: IntermediaryId,
			/// What was taken from its bond.
			fee: T::Balance,
		},
		/// Different windows were shown: a sensor signed two messages with one number. It is suspended, and
		/// its owner bears what the dispute cost.
		SensorAtFault {
			/// The agreement.
			agreement: AgreementId,
			/// The first window of the round.
			first: WindowIndex,
			/// The window.
			window: WindowIndex,
			/// The sensor.
			sensor: SensorId,
		},
		/// A dispute was judged and closed.
		Judged {
			/// The agreement.
			agreement: AgreementId,
			/// The first window of the round.
			first: WindowIndex,
			/// What it came to.
			outcome: Outcome,
		},
		/// A dispute is paid for.
		Borne {
			/// The agreement.
			agreement: AgreementId,
			/// The first window of the round.
			first: WindowIndex,
			/// Who bore how much of what it cost: intermediaries out of their bonds, users out of what was
			/// reserved.
			shares: SharesOf<T>,
		},
		/// A user consents to close a dispute without a verdict.
		Consented {
			/// The agreement.
			agreement: AgreementId,
			/// The first window of the round.
			first: WindowIndex,
			/// The user.
			user: T::AccountId,
		},
		/// All users consented: a dispute was closed without a verdict.
		Reconciled {
			/// The agreement.
			agreement: AgreementId,
			/// The first window of the round.
			first: WindowIndex,
		},
		/// A sensor signed two different messages with one number.
		SensorConvicted {
			/// The sensor.
			sensor: SensorId,
			/// The number of the two messages.
			sequence: Sequence,
			/// What its owner pays for the proof.
			fee: T::Balance,
			/// What became of the sensor.
			conviction: Conviction,
		},
	}

	#[pallet::error]
	pub enum Error<T> {
		/// No dispute of the agreement is open, or another one.
		NotOpen,
		/// The dispute waits for something, or for its deadline. One that came to nothing, such as a complaint that was
		/// answered, stays open for as long as members had to answer at first.
		NotRipe,
		/// Only a user of the agreement can consent.
		NotAUser,
		/// The user has consented already.
		AlreadyConsented,
		/// What was submitted does not hold, or no longer.
		Refused,
	}

	#[pallet::hooks]
	impl<T: Config> Hooks<BlockNumberFor<T>> for Pallet<T> {
		fn on_initialize(_now: BlockNumberFor<T>) -> Weight {
			Used::<T>::kill();
			// Both counters are read and written in each block at most once: here, by the first that asks for them, or
			// in `on_finalize`.
			T::DbWeight::get().reads_writes(2, 2)
		}

		fn on_finalize(_now: BlockNumberFor<T>) {
			Self::halt();
		}

		#[cfg(feature = "try-runtime")]
		fn try_state(_now: BlockNumberFor<T>) -> Result<(), sp_runtime::TryRuntimeError> {
			Self::do_try_state()
		}
	}

	#[pallet::call]
	impl<T: Config> Pallet<T> {
		/// Reports two signed utterances that contradict each other. It opens a dispute about the round that is to
		/// settle next, which must be what they are about if they are of two members.
		///
		/// If a dispute of the agreement is open, that one member contradicts itself is added to it, whichever round
		/// under the roster it did so about. What several members said is then put on file with `file`.
		///
		/// If two members contradict each other, and neither fails in the end, the users that named them bear the cost.
		///
		/// Sent as a general transaction without a signer; the dispute pays.
		///
		/// - `left`: one utterance, signed by its author.
		/// - `right`: another utterance about the same attempt, signed by its author.
		///
		/// Emits `Opened`, or `Filed` and `Advanced`.
		#[pallet::call_index(0)]
		#[pallet::weight(T::WeightInfo::report())]
		#[pallet::weight_of_authorize(T::WeightInfo::authorize_report())]
		#[pallet::authorize(|_source, left, right| Self::authorize_report(left, right))]
		pub fn report(
			origin: OriginFor<T>,
			left: Box<Utterance>,
			right: Box<Utterance>,
		) -> DispatchResult {
			ensure_authorized(origin)?;
			Self::do_report(&left, &right)
		}

		/// Complains that other members are silent about the round that is to settle next: opens a dispute in which
		/// each of them has to answer. The round can still settle.
		///
		/// Sent as a general transaction without a signer; the dispute pays. There is one dispute of an
		/// agreement at a time, and one that comes to nothing is open for at least as long as members have to answer.
		///
		/// - `utterances`: what the member who complains said in the first attempt at the round, and after that what it
		///   has heard of others in it, of each once.
		/// - `heads`: of each sensor of the agreement, in the order of the terms, the last message that is not void of
		///   the last window of the range to which the member who complains committed, or a later one: it shows that
		///   the range exists. Sensors of which all messages in the window are void are left out, and all if the window
		///   lacks messages for good.
		/// - `signature`: that of the member who complains, over its complaint (round and member). If it is answered,
		///   its user bears a part of what that costs.
		///
		/// Emits `Opened`.
		#[pallet::call_index(2)]
		#[pallet::weight(T::WeightInfo::complain(utterances.len() as u32))]
		#[pallet::weight_of_authorize(T::WeightInfo::authorize_complain(utterances.len() as u32))]
		#[pallet::authorize(|_source, utterances, heads, signature| {
			Self::authorize_complain(utterances, heads, signature)
		})]
		pub fn complain(
			origin: OriginFor<T>,
			utterances: Utterances,
			heads: Heads,
			_signature: sr25519::Signature,
		) -> DispatchResult {
			ensure_authorized(origin)?;
			Self::do_complain(&utterances, &heads)
		}

		/// Puts on file what a member said in the attempt at the disputed round that is waited for: its commitment, or
		/// with it what opens it. Anyone who holds it can do so.
		///
		/// Sent as a general transaction without a signer; the dispute pays.
		///
		/// - `utterance`: what the member said, signed by it. Of a reveal no notice is taken before all have committed.
		///
		/// Emits `Filed`, and `Advanced` if the dispute waits for something else from now on.
		#[pallet::call_index(3)]
		#[pallet::weight(T::WeightInfo::file())]
		#[pallet::weight_of_authorize(T::WeightInfo::authorize_file())]
		#[pallet::authorize(|_source, utterance| Self::authorize_file(utterance))]
		pub fn file(origin: OriginFor<T>, utterance: Box<Utterance>) -> DispatchResult {
			ensure_authorized(origin)?;
			Self::do_file(&utterance)
		}

		/// Shows messages of the window in question as a member committed to it, beginning with those that were not
		/// shown yet: as many as can be shown at once, or all that are left. With the last of them, the
		/// chain knows what the function gives for the window.
		///
		/// Sent as a general transaction without a signer; the dispute pays. The messages are checked when
		/// they are in a block: if they are not what the member says, it pays, out of its bond, and shows nothing
		/// more in the dispute. What is
		/// shown is also written to the local storage of nodes that keep such, for members that lack it.
		///
		/// - `showing`: which messages of which window are shown by whom, and the path from the window to the root that
		///   the member committed to.
		/// - `messages`: the messages, each signed by its sensor: sensor after sensor in the order of the
		///   terms, each sensor's in sequence.
		/// - `signature`: the member's signature over `showing`.
		///
		/// Emits `Shown` with the window's last message, and `Advanced` if the dispute waits for something else from
		/// now on; or `ShowingFailed`.
		#[pallet::call_index(4)]
		#[pallet::weight(T::WeightInfo::show(messages.len() as u32))]
		#[pallet::weight_of_authorize(T::WeightInfo::authorize_show(messages.len() as u32))]
		#[pallet::authorize(|_source, showing, messages, signature| {
			Self::authorize_show(showing, messages, signature)
		})]
		pub fn show(
			origin: OriginFor<T>,
			showing: Showing,
			messages: ChunkOf<T>,
			signature: sr25519::Signature,
		) -> DispatchResult {
			ensure_authorized(origin)?;
			// Verified when the call was authorised.
			let _ = signature;
			Self::do_show(&showing, &messages)
		}

		/// Judges a dispute that waits for nothing more: members who are proven wrong pay for it, and the
		/// penalty of the terms, members who did not answer in time pay a small fee and lose their places to
		/// spares, if there are any, and the dispute is closed.
		///
		/// Anyone may call it, who then pays for it; sent as a general transaction without a signer, the
		/// dispute pays.
		///
		/// If the terms let what the chain itself computed settle in place of what the members could not agree on, it
		/// does so, and the dispute costs that much more.
		///
		/// - `agreement`: the agreement.
		///
		/// Emits `Judged` and `Borne`, and `Convicted` or `Absent` for
		/// every member that failed; and what `agreements.settle` and `agreements.payout` do if the chain's own outcome
		/// settles.
		#[pallet::call_index(5)]
		#[pallet::weight(T::WeightInfo::judge().max(T::WeightInfo::judge_with_ruling()))]
		#[pallet::weight_of_authorize(T::WeightInfo::authorize_judge())]
		#[pallet::authorize(|_source, agreement| Self::authorize_judge(agreement))]
		pub fn judge(origin: OriginFor<T>, agreement: AgreementId) -> DispatchResultWithPostInfo {
			let authorized = ensure_authorized(origin.clone()).is_ok();
			if !authorized {
				ensure_signed(origin)?;
			}
			let weight = match Self::do_judge(agreement, authorized)? {
				true => T::WeightInfo::judge_with_ruling(),
				false => T::WeightInfo::judge(),
			};
			Ok(Some(weight).into())
		}

		/// Consents to close a dispute without a verdict. Once all users of the agreement have, it is
		/// closed: nobody is punished, and the users bear what it cost in equal parts.
		///
		/// - `agreement`: the agreement.
		/// - `roster`: the number of the roster whose members the dispute hears. No other dispute has the same.
		///
		/// Emits `Consented`, and `Reconciled` and `Borne` once all users have
		/// consented.
		#[pallet::call_index(6)]
		#[pallet::weight(T::WeightInfo::reconcile())]
		pub fn reconcile(
			origin: OriginFor<T>,
			agreement: AgreementId,
			roster: RosterNumber,
		) -> DispatchResult {
			let user = ensure_signed(origin)?;
			Self::do_reconcile(user, agreement, roster)
		}

		/// Shows that a sensor signed two different messages with one number. That number is void from now
		/// on, and the sensor is suspended until its owner gives it a new key; if it happens again and
		/// again, it is revoked.
		///
		/// Sent as a general transaction without a signer; the owner pays, out of the sensor's deposit.
		///
		/// - `left`: one message, signed by the sensor's present key.
		/// - `right`: another message with the same number, signed by it too.
		///
		/// Emits `SensorConvicted`.
		#[pallet::call_index(7)]
		#[pallet::weight(T::WeightInfo::accuse())]
		#[pallet::weight_of_authorize(T::WeightInfo::authorize_accuse())]
		#[pallet::authorize(|_source, left, right| Self::authorize_accuse(left, right))]
		pub fn accuse(
			origin: OriginFor<T>,
			left: Box<SignedMessage>,
			right: Box<SignedMessage>,
		) -> DispatchResult {
			ensure_authorized(origin)?;
			Self::do_accuse(&left, &right)
		}

		/// Says that a member has not committed to the range that is waited for because messages are missing: those
		/// that committed to the window have to show it, or they are the ones who do not answer. Once it was shown, all
		/// commit anew to a range that ends with it.
		///
		/// Sent as a general transaction without a signer; the dispute pays.
		///
		/// - `lack`: who lacks messages, and of which window: the lowest one of which it does.
		/// - `signature`: that member's signature over `lack`.
		///
		/// Emits `Lacked` and `Advanced`.
		#[pallet::call_index(9)]
		#[pallet::weight(T::WeightInfo::lack())]
		#[pallet::weight_of_authorize(T::WeightInfo::authorize_lack())]
		#[pallet::authorize(|_source, lack, signature| Self::authorize_lack(lack, signature))]
		pub fn lack(
			origin: OriginFor<T>,
			lack: Lack,
			signature: sr25519::Signature,
		) -> DispatchResult {
			ensure_authorized(origin)?;
			// Verified when the call was authorised.
			let _ = signature;
			Self::do_lack(&lack)
		}

		/// Says that another member has not got the windows to which it committed, since it copied their roots. Both
		/// open the tree over the windows' digests, until it is known in which window they differ.
		///
		/// Sent as a general transaction without a signer; the dispute pays.
		///
		/// - `challenge`: who says so of whom, and the root over the digests, by which the possession of the one is
		///   right and that of the other is not.
		/// - `signature`: the signature over `challenge` of who says so.
		///
		/// Emits `Challenged` and `Advanced`.
		#[pallet::call_index(10)]
		#[pallet::weight(T::WeightInfo::challenge())]
		#[pallet::weight_of_authorize(T::WeightInfo::authorize_challenge())]
		#[pallet::authorize(|_source, challenge, signature| {
			Self::authorize_challenge(challenge, signature)
		})]
		pub fn challenge(
			origin: OriginFor<T>,
			challenge: Challenge,
			signature: sr25519::Signature,
		) -> DispatchResult {
			ensure_authorized(origin)?;
			// Verified when the call was authorised.
			let _ = signature;
			Self::do_challenge(&challenge)
		}

		/// Opens the tree of one of two members that differ: the roots of its blocks, or the leaves of the first block
		/// in which it is not that of the other.
		///
		/// Sent as a general transaction without a signer, by anyone who has the tree; the dispute pays. The hashes are
		/// checked against the root to which the member is held: there are no others that give it.
		///
		/// - `agreement`: the agreement.
		/// - `place`: the place of the member in the roster.
		/// - `hashes`: the hashes, in order.
		///
		/// Emits `LaidOpen`, and `Advanced` once both trees are open.
		#[pallet::call_index(11)]
		#[pallet::weight(T::WeightInfo::open())]
		#[pallet::weight_of_authorize(T::WeightInfo::authorize_open())]
		#[pallet::authorize(|_source, agreement, place, hashes| {
			Self::authorize_open(agreement, *place, hashes)
		})]
		pub fn open(
			origin: OriginFor<T>,
			agreement: AgreementId,
			place: u8,
			hashes: Hashes,
		) -> DispatchResult {
			ensure_authorized(origin)?;
			Self::do_open(agreement, place, &hashes)
		}
	}
}

impl<T: Config> From<ValidityError> for Error<T> {
	fn from(error: ValidityError) -> Self {
		match error {
			ValidityError::NotOpen => Self::NotOpen,
			ValidityError::NotRipe => Self::NotRipe,
			_ => Self::Refused,
		}
	}
}

impl<T: Config> Pallet<T> {
	fn now() -> BlockNumberFor<T> {
		frame_system::Pallet::<T>::block_number()
	}

	/// Names the chain in everything that is signed.
	fn genesis() -> GenesisHash {
		frame_system::Pallet::<T>::block_hash(BlockNumberFor::<T>::zero())
	}

	/// The terms of an agreement.
	fn terms(agreement: &AgreementId) -> Result<TermsOf<T>, ValidityError> {
		T::Agreements::terms(agreement).ok_or(ValidityError::NotIntermediary)
	}
}
