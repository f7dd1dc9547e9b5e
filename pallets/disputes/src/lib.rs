//! Disputes: what members of an agreement's roster signed and cannot all be right about, or did not sign
//! in time.
//!
//! A dispute is about one window of one agreement, and an agreement has one at a time. It is opened by two
//! signed statements that contradict each other ([`Call::report`]), or by a member to whom others do not
//! answer ([`Call::complain`]). What members signed is then put on file ([`Call::file`]), whoever lacks
//! messages that others have says so ([`Call::lack`]), and the window's messages are shown ([`Call::show`]),
//! so that the chain can run the function itself. Whoever is proven wrong loses a part of its bond
//! ([`Call::judge`]); whoever did not answer in time pays a small fee, and loses its place to a spare. The
//! users may instead agree to leave it at that ([`Call::reconcile`]).
//!
//! The state of a dispute is a [`Docket`] of the protocol, with which workers judge for themselves
//! beforehand. This pallet loads it, steps it, stores it, and moves the money.
//!
//! Nearly all calls are general transactions that nobody signs: what they carry speaks for itself. What they
//! cost is added up, and paid when the dispute closes, by those on whom it falls: see `bearing.rs`. What
//! proves nothing is not even let into the pool, and costs nobody anything: see [`ValidityError`].
#![cfg_attr(not(feature = "std"), no_std)]

extern crate alloc;

mod accuse;
mod authorize;
mod bearing;
mod closing;
mod complain;
mod costs;
mod dismiss;
mod file;
mod heads;
mod judge;
mod lack;
mod open;
mod penalty;
mod reconcile;
mod report;
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
pub use types::{Cause, Dispute, Hearing, Outcome};
pub use validity::ValidityError;
pub use weights::WeightInfo;

use alloc::{boxed::Box, vec::Vec};
use frame_support::{pallet_prelude::*, traits::tokens, weights::WeightToFee};
use frame_system::pallet_prelude::*;
use sp_core::{sr25519, H256};
use sp_runtime::traits::Zero;
use syngraph_primitives::{
	AgreementId, Agreements, Conviction, Directory, Entity, GenesisHash, IntermediaryId, Lack,
	ResultValue, SensorId, Sequence, SignedDone, SignedMessage, SignedStatement, Terms,
	WindowIndex, MAX_INTERMEDIARIES, MAX_SENSORS,
};
use syngraph_protocol::{Fault, Showing, Stage, Utterance};

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

/// What each member of a roster declares itself done with, in the order of the roster.
pub type Declarations = BoundedVec<SignedDone, ConstU32<MAX_INTERMEDIARIES>>;
/// Who bears how much of what a dispute cost.
pub type SharesOf<T> = Vec<(
	Entity<<T as frame_system::Config>::AccountId>,
	<T as Config>::Balance,
)>;

/// Disputes about windows of agreements: evidence, deadlines and verdicts.
#[frame_support::pallet]
pub mod pallet {
	use super::*;

	/// The version of the form of what is stored.
	const STORAGE_VERSION: StorageVersion = StorageVersion::new(1);

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

		/// The agreements whose windows are disputed.
		type Agreements: Agreements<Self::AccountId, Self::Balance, BlockNumberFor<Self>>;

		/// What a transaction's weight costs.
		type WeightToFee: WeightToFee<Balance = Self::Balance>;

		/// What a transaction's length costs.
		type LengthToFee: WeightToFee<Balance = Self::Balance>;

		/// For how many blocks before a dispute was opened the keys of that time count: at least as many
		/// as the longest dispute lasts, five times as long as members may have to answer, so that nobody
		/// escapes by rotating its key.
		#[pallet::constant]
		type Lookback: Get<BlockNumberFor<Self>>;

		/// The most messages that are shown at once.
		#[pallet::constant]
		type MaxShown: Get<u32>;

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
	#[pallet::storage]
	pub type Disputes<T: Config> = StorageMap<_, Identity, AgreementId, DisputeOf<T>>;

	/// The windows that are shown in disputes, by agreement and by the Merkle root to which members
	/// committed: how far each has come. They go with their dispute.
	#[pallet::storage]
	pub type Trials<T: Config> =
		StorageDoubleMap<_, Identity, AgreementId, Identity, H256, Hearing>;

	#[pallet::event]
	#[pallet::generate_deposit(pub(super) fn deposit_event)]
	pub enum Event<T: Config> {
		/// A dispute was opened.
		Opened {
			/// The agreement.
			agreement: AgreementId,
			/// The window.
			window: WindowIndex,
			/// Why.
			cause: Cause,
			/// What it waits for.
			stage: Stage,
			/// The last block in which it waits for that.
			deadline: BlockNumberFor<T>,
		},
		/// What a member signed was put on file.
		Filed {
			/// The agreement.
			agreement: AgreementId,
			/// The window.
			window: WindowIndex,
			/// The member.
			intermediary: IntermediaryId,
		},
		/// A dispute waits for something else from now on.
		Advanced {
			/// The agreement.
			agreement: AgreementId,
			/// The window.
			window: WindowIndex,
			/// What it waits for.
			stage: Stage,
			/// The last block in which it waits for that.
			deadline: BlockNumberFor<T>,
		},
		/// A complaint about this window gave way to a conflict about another: it can still settle.
		GaveWay {
			/// The agreement.
			agreement: AgreementId,
			/// The window.
			window: WindowIndex,
		},
		/// A member lacks messages of the window: those that committed to it have to show them.
		Lacked {
			/// The agreement.
			agreement: AgreementId,
			/// The window.
			window: WindowIndex,
			/// The member.
			intermediary: IntermediaryId,
		},
		/// All messages of a window that members committed to have been shown.
		Shown {
			/// The agreement.
			agreement: AgreementId,
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
			/// The window.
			window: WindowIndex,
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
			/// The window.
			window: WindowIndex,
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
			/// The window.
			window: WindowIndex,
			/// The sensor.
			sensor: SensorId,
		},
		/// A dispute was judged and closed.
		Judged {
			/// The agreement.
			agreement: AgreementId,
			/// The window.
			window: WindowIndex,
			/// What it came to.
			outcome: Outcome,
		},
		/// A dispute is paid for.
		Borne {
			/// The agreement.
			agreement: AgreementId,
			/// The window.
			window: WindowIndex,
			/// Who bore how much of what it cost: intermediaries out of their bonds, users out of what was
			/// reserved.
			shares: SharesOf<T>,
		},
		/// A user consents to close a dispute without a verdict.
		Consented {
			/// The agreement.
			agreement: AgreementId,
			/// The window.
			window: WindowIndex,
			/// The user.
			user: T::AccountId,
		},
		/// All users consented: a dispute was closed without a verdict.
		Reconciled {
			/// The agreement.
			agreement: AgreementId,
			/// The window.
			window: WindowIndex,
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
		/// No dispute about this window is open.
		NotOpen,
		/// The dispute waits for something, or for its deadline. A complaint that was answered stays
		/// open for as long as its members had to answer.
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
		#[cfg(feature = "try-runtime")]
		fn try_state(_now: BlockNumberFor<T>) -> Result<(), sp_runtime::TryRuntimeError> {
			Self::do_try_state()
		}
	}

	#[pallet::call]
	impl<T: Config> Pallet<T> {
		/// Reports two signed statements about one window that contradict each other. It opens a dispute
		/// and freezes the window.
		///
		/// If a dispute of the agreement is open, that one member contradicts itself is added to it,
		/// whatever window it did so about. What several members said about the same window is then put on
		/// file with `file`; what they said about another takes the place of a complaint that nothing
		/// contradicts, and otherwise has to wait.
		///
		/// Sent as a general transaction without a signer; the dispute pays.
		///
		/// - `left`: one statement, signed by its author.
		/// - `right`: another statement about the same window, signed by its author.
		/// - `heads`: if they are of two members, what `complain` takes: it shows that the window has been
		///   sent. Otherwise none.
		///
		/// Emits `Opened`, or `Filed`.
		#[pallet::call_index(0)]
		#[pallet::weight(T::WeightInfo::report())]
		#[pallet::weight_of_authorize(T::WeightInfo::authorize_report())]
		#[pallet::authorize(|_source, left, right, heads| {
			Self::authorize_report(left, right, heads)
		})]
		pub fn report(
			origin: OriginFor<T>,
			left: Box<SignedStatement>,
			right: Box<SignedStatement>,
			heads: Heads,
		) -> DispatchResult {
			ensure_authorized(origin)?;
			Self::do_report(&left, &right, &heads)
		}

		/// Complains that other members are silent about a window: opens a dispute in which each of them
		/// has to answer. The window can still settle.
		///
		/// Sent as a general transaction without a signer; the dispute pays. There is one dispute of an
		/// agreement at a time, and a complaint is open for at least as long as members have to answer.
		///
		/// - `utterance`: what the member who complains said about the window.
		/// - `heads`: of each sensor of the agreement, in the order of the terms, the last message of the
		///   window that is not void, or a later one: it shows that the window exists. Sensors of which all
		///   messages in the window are void are left out.
		///
		/// Emits `Opened`.
		#[pallet::call_index(2)]
		#[pallet::weight(T::WeightInfo::complain())]
		#[pallet::weight_of_authorize(T::WeightInfo::authorize_complain())]
		#[pallet::authorize(|_source, utterance, heads| {
			Self::authorize_complain(utterance, heads)
		})]
		pub fn complain(
			origin: OriginFor<T>,
			utterance: Box<Utterance>,
			heads: Heads,
		) -> DispatchResult {
			ensure_authorized(origin)?;
			Self::do_complain(&utterance, &heads)
		}

		/// Puts on file what a member signed about a window in dispute. Anyone who holds it can do so.
		///
		/// Sent as a general transaction without a signer; the dispute pays.
		///
		/// - `statement`: the statement, signed by the member.
		/// - `assent`: with a reveal that is not null, the member's signature over the settlement that
		///   follows from it; otherwise none. The member's commitment must be on file before.
		///
		/// Emits `Filed`, and `Advanced` if that is what the dispute waited for.
		#[pallet::call_index(3)]
		#[pallet::weight(T::WeightInfo::file())]
		#[pallet::weight_of_authorize(T::WeightInfo::authorize_file())]
		#[pallet::authorize(|_source, statement, assent| Self::authorize_file(statement, assent))]
		pub fn file(
			origin: OriginFor<T>,
			statement: Box<SignedStatement>,
			assent: Option<sr25519::Signature>,
		) -> DispatchResult {
			ensure_authorized(origin)?;
			Self::do_file(*statement, assent)
		}

		/// Shows messages of the window that a member committed to, beginning with those that were not
		/// shown yet: as many as can be shown at once, or all that are left. With the last of them, the
		/// chain knows what the function gives for the window.
		///
		/// Sent as a general transaction without a signer; the dispute pays. The messages are checked when
		/// they are in a block: if they are not what the member says, it pays, out of its bond, and shows nothing
		/// more in the dispute. What is
		/// shown is also written to the local storage of nodes that keep such, for members that lack it.
		///
		/// - `showing`: which messages of which window are shown by whom.
		/// - `messages`: the messages, each signed by its sensor: sensor after sensor in the order of the
		///   terms, each sensor's in sequence.
		/// - `signature`: the member's signature over `showing`.
		///
		/// Emits `Shown` with the window's last message, or `ShowingFailed`.
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
		/// - `agreement`: the agreement.
		/// - `window`: the window that the dispute is about.
		///
		/// Emits `Judged` and `Borne`, and `Convicted` or `Absent` for
		/// every member that failed.
		#[pallet::call_index(5)]
		#[pallet::weight(T::WeightInfo::judge())]
		#[pallet::weight_of_authorize(T::WeightInfo::authorize_judge())]
		#[pallet::authorize(|_source, agreement, window| Self::authorize_judge(agreement, window))]
		pub fn judge(
			origin: OriginFor<T>,
			agreement: AgreementId,
			window: WindowIndex,
		) -> DispatchResult {
			let authorized = ensure_authorized(origin.clone()).is_ok();
			if !authorized {
				ensure_signed(origin)?;
			}
			Self::do_judge(agreement, window, authorized)
		}

		/// Consents to close a dispute without a verdict. Once all users of the agreement have, it is
		/// closed: nobody is punished, the users bear what it cost in equal parts, and the window is void.
		///
		/// - `agreement`: the agreement.
		/// - `window`: the window that the dispute is about.
		///
		/// Emits `Consented`, and `Reconciled` and `Borne` once all users have
		/// consented.
		#[pallet::call_index(6)]
		#[pallet::weight(T::WeightInfo::reconcile())]
		pub fn reconcile(
			origin: OriginFor<T>,
			agreement: AgreementId,
			window: WindowIndex,
		) -> DispatchResult {
			let user = ensure_signed(origin)?;
			Self::do_reconcile(user, agreement, window)
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

		/// Dismisses a dispute about a window that all members have declared themselves done with: they need
		/// not remember what was said about it. The window is void, and nobody fails but who is proven wrong
		/// whatever others could show. If something became known of the window's messages after one of the
		/// declarations, they dismiss nothing.
		///
		/// Sent as a general transaction without a signer; the dispute pays.
		///
		/// - `agreement`: the agreement.
		/// - `window`: the window that the dispute is about.
		/// - `declarations`: what every member of the roster that the dispute hears declares, in the order
		///   of the roster.
		///
		/// Emits `Judged` and `Borne`, and `Convicted` for every member that
		/// failed.
		#[pallet::call_index(8)]
		#[pallet::weight(T::WeightInfo::dismiss())]
		#[pallet::weight_of_authorize(T::WeightInfo::authorize_dismiss())]
		#[pallet::authorize(|_source, agreement, window, declarations| {
			Self::authorize_dismiss(agreement, window, declarations)
		})]
		pub fn dismiss(
			origin: OriginFor<T>,
			agreement: AgreementId,
			window: WindowIndex,
			declarations: Declarations,
		) -> DispatchResult {
			ensure_authorized(origin)?;
			Self::do_dismiss(agreement, window, &declarations)
		}

		/// Says that a member has not committed to the window in dispute because messages of it are missing:
		/// those that committed have to show them, or they are the ones who do not answer.
		///
		/// Sent as a general transaction without a signer; the dispute pays.
		///
		/// - `lack`: who lacks messages of which window.
		/// - `signature`: that member's signature over `lack`.
		///
		/// Emits `Lacked`, and `Advanced` if the dispute waits for the messages from now
		/// on.
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
