//! Disputes: what members of an agreement's roster signed and cannot all be right about, or did not sign
//! in time.
//!
//! A dispute is about one window of one agreement. It is opened by two signed statements that contradict
//! each other ([`Call::report`]), or by a member to whom others do not answer ([`Call::complain`]). What
//! members signed is then put on file ([`Call::file`]), and the window's messages are shown
//! ([`Call::show`]), so that the chain can run the function itself. Whoever is proven wrong loses a part
//! of its bond ([`Call::judge`]); whoever did not answer in time loses nothing but its place. The users
//! may instead agree to leave it at that ([`Call::reconcile`]).
//!
//! The state of a dispute is a [`Docket`] of the protocol, with which workers judge for themselves
//! beforehand. This pallet loads it, steps it, stores it, and moves the money.
//!
//! Nearly all calls are general transactions that nobody signs: what they carry speaks for itself, and
//! the fee comes out of what the agreement reserves for disputes. What proves nothing is not even let
//! into the pool, and costs nobody anything: see [`Refusal`].
#![cfg_attr(not(feature = "std"), no_std)]

extern crate alloc;

mod accuse;
mod authorize;
mod complain;
mod costs;
mod dismiss;
mod file;
mod judge;
mod reconcile;
mod refusal;
mod report;
mod show;
mod try_state;
mod types;
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
pub use refusal::Refusal;
pub use types::{Cause, Dispute, Hearing, Outcome};
pub use weights::WeightInfo;

use alloc::boxed::Box;
use frame_support::{pallet_prelude::*, traits::tokens, weights::WeightToFee};
use frame_system::pallet_prelude::*;
use sp_core::{sr25519, H256};
use sp_runtime::traits::Zero;
use syngraph_primitives::{
	AgreementId, Agreements, Directory, GenesisHash, IntermediaryId, SensorId, Sequence,
	SignedDone, SignedMessage, SignedStatement, Terms, WindowIndex, MAX_INTERMEDIARIES,
	MAX_SENSORS,
};
use syngraph_protocol::{Docket, Effect, Fault, Showing, Stage, Utterance};

/// An open dispute.
pub type DisputeOf<T> = Dispute<BlockNumberFor<T>>;
/// The terms of an agreement.
pub type TermsOf<T> =
	Terms<<T as frame_system::Config>::AccountId, <T as Config>::Balance, BlockNumberFor<T>>;
/// Messages that a member shows at once.
pub type ChunkOf<T> = BoundedVec<SignedMessage, <T as Config>::MaxShown>;
/// The last message of a window of each sensor of an agreement.
pub type Heads = BoundedVec<SignedMessage, ConstU32<MAX_SENSORS>>;

/// What each member of a roster declares to have done with, in the order of the roster.
pub type Declarations = BoundedVec<SignedDone, ConstU32<MAX_INTERMEDIARIES>>;

/// Disputes about windows of agreements: evidence, deadlines and verdicts.
#[frame_support::pallet]
pub mod pallet {
	use super::*;

	#[pallet::pallet]
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
		/// as the longest dispute lasts, so that nobody escapes by rotating its key.
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

	/// The open disputes, by agreement and window: why each was opened, what is on file about every
	/// member, which windows were shown, what it waits for (`stage`) and until which block (`deadline`).
	/// A dispute that is judged or reconciled is removed.
	#[pallet::storage]
	pub type Disputes<T: Config> =
		StorageDoubleMap<_, Identity, AgreementId, Twox64Concat, WindowIndex, DisputeOf<T>>;

	/// The windows that members show, by dispute and by the place of the member in the roster: how far
	/// each has come, and what it has advanced. They go with their dispute.
	#[pallet::storage]
	pub type Trials<T: Config> = StorageDoubleMap<
		_,
		Blake2_128Concat,
		(AgreementId, WindowIndex),
		Twox64Concat,
		u8,
		Hearing<T::Balance>,
	>;

	/// The window about which a member complained, for each agreement with an open complaint. There is
	/// no other until the dispute about it is closed.
	#[pallet::storage]
	pub type Complaints<T: Config> = StorageMap<_, Identity, AgreementId, WindowIndex>;

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
		/// A member showed all messages of the window that it committed to.
		Shown {
			/// The agreement.
			agreement: AgreementId,
			/// The window.
			window: WindowIndex,
			/// The member.
			intermediary: IntermediaryId,
			/// What the function gives for the window.
			result: Option<syngraph_primitives::ResultValue>,
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
			/// What was taken from its bond.
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
		},
		/// Different windows were shown: a sensor signed two messages with one number. It is not valid any
		/// more from the window's first message on, and its owner pays for the showing.
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
		/// A sensor signed two different messages with one number: later ones are not valid any more.
		SensorConvicted {
			/// The agreement that paid for the proof.
			agreement: AgreementId,
			/// The sensor.
			sensor: SensorId,
			/// The number of the two messages.
			sequence: Sequence,
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
		/// and freezes the window. If a dispute is open, it adds to it that one member contradicts
		/// itself; what several members said is then put on file with `file`.
		///
		/// Sent as a general transaction without a signer; the agreement pays.
		///
		/// - `left`: one statement, signed by its author.
		/// - `right`: another statement about the same window, signed by its author.
		///
		/// Emits [`Event::Opened`], or [`Event::Filed`].
		#[pallet::call_index(0)]
		#[pallet::weight(T::WeightInfo::report())]
		#[pallet::weight_of_authorize(T::WeightInfo::authorize_report())]
		#[pallet::authorize(|_source, left, right| Self::authorize_report(left, right))]
		pub fn report(
			origin: OriginFor<T>,
			left: Box<SignedStatement>,
			right: Box<SignedStatement>,
		) -> DispatchResult {
			ensure_authorized(origin)?;
			Self::do_report(&left, &right)
		}

		/// Complains that other members are silent about a window: opens a dispute in which each of them
		/// has to answer. The window can still settle.
		///
		/// Sent as a general transaction without a signer; the agreement pays. There is one complaint of
		/// an agreement at a time, and it is open for at least as long as members have to answer.
		///
		/// - `utterance`: what the member who complains said about the window.
		/// - `heads`: of each sensor of the agreement, in the order of the terms, the last message of the
		///   window: it shows that the window exists.
		///
		/// Emits [`Event::Opened`].
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
		/// Sent as a general transaction without a signer; the agreement pays.
		///
		/// - `statement`: the statement, signed by the member.
		/// - `assent`: with a reveal that is not null, the member's signature over the settlement that
		///   follows from it; otherwise none. The member's commitment must be on file before.
		///
		/// Emits [`Event::Filed`], and [`Event::Advanced`] if that is what the dispute waited for.
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
		/// shown yet. With the last of them, the chain knows what the function gives for the window.
		///
		/// Sent as a general transaction without a signer. The member pays out of its bond; if it has
		/// shown the whole window and somebody else is convicted, it gets that back from the penalty.
		///
		/// - `showing`: which messages of which window are shown by whom.
		/// - `messages`: the messages, each signed by its sensor: sensor after sensor in the order of the
		///   terms, each sensor's in sequence.
		/// - `signature`: the member's signature over `showing`.
		///
		/// Emits [`Event::Shown`] with the window's last message.
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

		/// Judges a dispute that waits for nothing more: members who are proven wrong pay the penalty of
		/// the terms, members who did not answer in time lose their place, and the dispute is closed.
		///
		/// Anyone may call it, who then pays for it; sent as a general transaction without a signer, the
		/// agreement pays.
		///
		/// - `agreement`: the agreement.
		/// - `window`: the window that the dispute is about.
		///
		/// Emits [`Event::Judged`], and [`Event::Convicted`] or [`Event::Absent`] for every member that
		/// failed.
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
		/// closed: nobody is punished, nobody gets an advance back, and the window is void.
		///
		/// - `agreement`: the agreement.
		/// - `window`: the window that the dispute is about.
		///
		/// Emits [`Event::Consented`], and [`Event::Reconciled`] once all users have consented.
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

		/// Shows that a sensor of an agreement signed two different messages with one number. Its later
		/// messages are not valid any more.
		///
		/// Sent as a general transaction without a signer; the agreement pays.
		///
		/// - `agreement`: an agreement in force that the sensor belongs to.
		/// - `left`: one message, signed by the sensor.
		/// - `right`: another message with the same number, signed by the sensor.
		///
		/// Emits [`Event::SensorConvicted`].
		#[pallet::call_index(7)]
		#[pallet::weight(T::WeightInfo::accuse())]
		#[pallet::weight_of_authorize(T::WeightInfo::authorize_accuse())]
		#[pallet::authorize(|_source, agreement, left, right| {
			Self::authorize_accuse(agreement, left, right)
		})]
		pub fn accuse(
			origin: OriginFor<T>,
			agreement: AgreementId,
			left: Box<SignedMessage>,
			right: Box<SignedMessage>,
		) -> DispatchResult {
			ensure_authorized(origin)?;
			Self::do_accuse(agreement, &left, &right)
		}

		/// Dismisses a dispute about a window that all members have declared themselves done with: they need
		/// not remember what was said about it. The window is void, and nobody fails but who contradicted
		/// itself.
		///
		/// Sent as a general transaction without a signer; the agreement pays.
		///
		/// - `agreement`: the agreement.
		/// - `window`: the window that the dispute is about.
		/// - `declarations`: what every member of the roster that the dispute hears declares, in the order
		///   of the roster.
		///
		/// Emits [`Event::Judged`], and [`Event::Convicted`] for every member that contradicted itself.
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
	}
}

impl<T: Config> From<Refusal> for Error<T> {
	fn from(refusal: Refusal) -> Self {
		match refusal {
			Refusal::NotOpen => Self::NotOpen,
			Refusal::NotRipe => Self::NotRipe,
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
	fn terms(agreement: &AgreementId) -> Result<TermsOf<T>, Refusal> {
		T::Agreements::terms(agreement).ok_or(Refusal::NotIntermediary)
	}

	/// An open dispute about a window that has not settled. Once it has, there is nothing to prove.
	fn unsettled(agreement: &AgreementId, window: WindowIndex) -> Result<DisputeOf<T>, Refusal> {
		let dispute = Disputes::<T>::get(agreement, window).ok_or(Refusal::NotOpen)?;
		let settled = T::Agreements::is_settled(agreement, window);
		ensure!(!settled, Refusal::Settled);
		Ok(dispute)
	}

	/// A dispute about a window, as it is before anything is on file, if one can be opened.
	///
	/// Whatever it begins with, the window may have to be frozen later.
	fn fresh(
		agreement: AgreementId,
		window: WindowIndex,
		terms: &TermsOf<T>,
		cause: Cause,
	) -> Result<DisputeOf<T>, Refusal> {
		let roster = T::Agreements::roster(&agreement).ok_or(Refusal::NotIntermediary)?;
		// Earlier windows are none of its members' concern: they compute from that one on.
		ensure!(window >= roster.since, Refusal::CannotOpen);
		let can_open = T::Agreements::can_open(&agreement, window, true);
		ensure!(can_open, Refusal::CannotOpen);
		let answer = terms.limits.answer;
		Ok(Dispute {
			docket: Docket::new(agreement, window, roster, Self::now(), answer),
			cause,
			consents: 0,
		})
	}

	/// Opens a dispute with what is on file at its beginning.
	fn open(dispute: DisputeOf<T>, fee: T::Balance) -> DispatchResult {
		let docket = &dispute.docket;
		let (agreement, window) = (docket.agreement, docket.window);
		let frozen = docket.stage == Stage::Evidence;
		T::Agreements::open_dispute(&agreement, window, frozen)?;
		T::Agreements::charge(&agreement, fee)?;
		Self::deposit_event(Event::Opened {
			agreement,
			window,
			cause: dispute.cause,
			stage: docket.stage,
			deadline: docket.deadline,
		});
		Disputes::<T>::insert(agreement, window, dispute);
		Ok(())
	}

	/// Stores a dispute after something had an effect on it.
	fn update(dispute: DisputeOf<T>, effect: Effect) -> DispatchResult {
		let docket = &dispute.docket;
		let (agreement, window) = (docket.agreement, docket.window);
		if effect == Effect::Contested {
			T::Agreements::freeze(&agreement, window)?;
		}
		if effect != Effect::None {
			Self::deposit_event(Event::Advanced {
				agreement,
				window,
				stage: docket.stage,
				deadline: docket.deadline,
			});
		}
		Disputes::<T>::insert(agreement, window, dispute);
		Ok(())
	}

	/// Closes a dispute and forgets everything about it.
	fn close(dispute: &DisputeOf<T>, failed: &[IntermediaryId], reopen: bool) -> DispatchResult {
		let docket = &dispute.docket;
		let (agreement, window) = (docket.agreement, docket.window);
		T::Agreements::close_dispute(&agreement, window, failed, reopen)?;
		Disputes::<T>::remove(agreement, window);
		let members = docket.roster.members.len() as u32;
		let _ = Trials::<T>::clear_prefix((agreement, window), members, None);
		if matches!(dispute.cause, Cause::Silence { .. }) {
			Complaints::<T>::remove(agreement);
		}
		Ok(())
	}
}
