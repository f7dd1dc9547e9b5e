//! # Agreements
//!
//! Users who do not trust each other agree on what is computed from their sensors' messages, by whom,
//! and what the chain does with the results.
//!
//! An agreement is *proposed* by one of its users and signed by the others, each putting its escrow in,
//! or *created* in one go with everybody's signatures over the terms. When all have signed it is
//! *active*: its intermediaries compute one result per window, and settle the windows in *rounds*, each a range that
//! follows the one before, with a proof of computation. A settlement is an authorised general transaction: nobody signs
//! it or pays for it; its cost, the intermediaries' rewards and the reaction's transfers come out of the escrow. They
//! accrue, and a *payout* moves all of it at once: when somebody asks for it, at an interval that the terms state,
//! before anybody leaves the roster, and at the end.
//! The agreement ends by consent of all users, by notice, when its time has run out, when an escrow can no
//! longer pay for another window and a dispute, or, if the terms say so, when an intermediary fails for which
//! there is no spare. After its last block by consent, notice or time, the round that is under way can still settle for
//! as many blocks as intermediaries have to answer. All escrow is then back with the users, at once, but for what open
//! disputes may cost.
//!
//! No intermediary is bound without its operator's consent: its *offer* fits the terms, or the operator
//! accepts them ([`Call::accept`]); and it must have shown lately that it is alive. It is paid a *retainer* for
//! each day that it is bound. It can resign with notice.
//!
//! The intermediaries that compute are the members of the agreement's *roster*. When one fails in a dispute,
//! resigns or dies, a spare of the same user takes its place. The agreement goes on without it only if its user has
//! another member. Whenever that changes the roster, and after every dispute, it has a new number, and all commit anew.
//!
//! What an agreement costs is fixed when it comes into force ([`Prices`]).
//!
//! Escrow never leaves a user's account before it is paid out: it is held there, and what each agreement
//! holds of it is accounted for in [`Agreements`].
//!
//! - [`lifecycle`]: what an agreement can go through, without any storage
//! - `signing`, `ending`: how it comes about, and how it ends and is forgotten
//! - `settle`, `reaction`: what a settlement must prove, and what follows from it at once
//! - `joint`: by which key all members can sign together, and until when
//! - `rounds`: which rounds are kept, and how older ones are shown
//! - `accrual`, `payout`: what users owe, and how it is paid
//! - `disputes`: what disputes reserve, and how they are closed
//! - `ruling`: how the chain's own outcome settles
//! - `roster`: who is bound, what that costs, how members leave and spares step in
//! - `notice`: how operators resign
//! - `sensors`: how a sensor is replaced
//! - `escrow`, `prices`: every movement of money, and what must be there for it
//! - `interface`, `queries`: what other pallets and users may know and do
//! - `reading`: how terms are read that may be none
#![cfg_attr(not(feature = "std"), no_std)]
#![cfg_attr(
	not(any(test, feature = "runtime-benchmarks")),
	warn(
		clippy::unwrap_used,
		clippy::expect_used,
		clippy::indexing_slicing,
		clippy::arithmetic_side_effects
	)
)]

extern crate alloc;

mod accrual;
#[cfg(feature = "runtime-benchmarks")]
pub mod benchmarking;
mod disputes;
mod ending;
mod errors;
mod escrow;
mod interface;
mod joint;
pub mod lifecycle;
#[cfg(test)]
mod mock;
mod notice;
mod payout;
mod prices;
mod queries;
mod reaction;
mod reading;
mod roster;
mod rounds;
mod ruling;
mod sensors;
mod settle;
mod signing;
mod state;
#[cfg(test)]
mod tests;
mod try_state;
mod user_set;
pub mod weights;

pub use accrual::{Accrued, Prices};
pub use lifecycle::{
	Absences, Agreement, EndReason, MaxNamed, Phase, Replacement, Resignation, Shares,
};
pub use pallet::*;
pub use settle::ValidityError;
pub use user_set::UserSet;
pub use weights::WeightInfo;

use frame_support::traits::fungible;
use frame_system::pallet_prelude::BlockNumberFor;

/// The currency's type of amounts.
pub type BalanceOf<T> =
	<<T as Config>::Currency as fungible::Inspect<<T as frame_system::Config>::AccountId>>::Balance;

/// Money that was taken from an escrow and belongs to nobody yet.
pub type CreditOf<T> =
	fungible::Credit<<T as frame_system::Config>::AccountId, <T as Config>::Currency>;

/// The terms of an agreement on this chain.
pub type TermsOf<T> = syngraph_primitives::Terms<
	<T as frame_system::Config>::AccountId,
	BalanceOf<T>,
	BlockNumberFor<T>,
>;

/// The state of an agreement on this chain.
pub type AgreementOf<T> =
	Agreement<<T as frame_system::Config>::AccountId, BalanceOf<T>, BlockNumberFor<T>>;

// The code that the attributes generate expects things.
#[allow(clippy::expect_used)]
#[frame_support::pallet]
pub mod pallet {
	use super::*;
	use frame_support::{
		pallet_prelude::*,
		traits::{
			fungible::{BalancedHold, Mutate, MutateHold},
			OnUnbalanced, Time,
		},
		weights::WeightToFee,
	};
	use frame_system::{ensure_authorized, pallet_prelude::*};
	use sp_core::{ed25519, H256};
	use sp_runtime::{
		traits::{IdentifyAccount, Verify},
		transaction_validity::{TransactionLongevity, TransactionPriority},
	};
	use syngraph_primitives::{
		AgreementId, Directory, DisputeCosts, IntermediaryId, Outcomes, ResultValue, Roster,
		SensorId, Sequence, SettledRound, Source, Text, Timestamp, WindowIndex, MAX_INTERMEDIARIES,
		MAX_KEPT, MAX_SENSORS, MAX_STEPS, MAX_USERS,
	};
	use syngraph_protocol::Proof;

	/// The version of the form of what is stored.
	const STORAGE_VERSION: StorageVersion = StorageVersion::new(4);

	#[pallet::pallet]
	#[pallet::storage_version(STORAGE_VERSION)]
	pub struct Pallet<T>(_);

	/// What the pallet needs of the runtime.
	#[pallet::config]
	pub trait Config: frame_system::Config<Hash = H256, RuntimeEvent: From<Event<Self>>> {
		/// The currency of escrows, rewards and deposits.
		type Currency: MutateHold<Self::AccountId, Reason = Self::RuntimeHoldReason>
			+ BalancedHold<Self::AccountId>
			+ Mutate<Self::AccountId>;
		/// The runtime's reasons for holding funds.
		type RuntimeHoldReason: From<HoldReason>;
		/// Who gets what settlements cost.
		type Fees: OnUnbalanced<CreditOf<Self>>;
		/// What weight costs. Should be what the runtime charges for other transactions.
		type WeightToFee: WeightToFee<Balance = BalanceOf<Self>>;
		/// What a transaction's length costs. Should be what the runtime charges for others.
		type LengthToFee: WeightToFee<Balance = BalanceOf<Self>>;
		/// Who is registered, and with which keys.
		type Directory: Directory<Self::AccountId, BalanceOf<Self>, BlockNumberFor<Self>>;
		/// What disputes cost, which escrows and bonds must cover.
		type Disputes: DisputeCosts<BalanceOf<Self>>;
		/// How a user's signer signs terms off-chain.
		type Signature: Verify<Signer = Self::SigningKey> + Parameter;
		/// The public key of a user's signer.
		type SigningKey: IdentifyAccount<AccountId = Self::AccountId>;
		/// The deposit for an agreement, on top of the bytes of its terms.
		#[pallet::constant]
		type ProposalDeposit: Get<BalanceOf<Self>>;
		/// The deposit for a byte of terms; and, of all users together, for a byte of the results that are kept.
		#[pallet::constant]
		type ByteDeposit: Get<BalanceOf<Self>>;
		/// The deposit, of all users together, for each round that is kept, on top of the bytes of its results.
		#[pallet::constant]
		type RoundDeposit: Get<BalanceOf<Self>>;
		/// What is kept for good of the deposit for an agreement when it is forgotten and has settled anything: the
		/// root of its history stays.
		#[pallet::constant]
		type FinalDeposit: Get<BalanceOf<Self>>;
		/// The deposit, of all users together, for an open dispute.
		#[pallet::constant]
		type DisputeDeposit: Get<BalanceOf<Self>>;
		/// The time of the present block, in milliseconds.
		type Time: Time<Moment = Timestamp>;
		/// How many milliseconds lie between two blocks.
		type SlotMillis: Get<u64>;
		/// How many blocks a day has.
		#[pallet::constant]
		type Day: Get<BlockNumberFor<Self>>;
		/// The fewest blocks that terms may give an intermediary to answer, if a window is shown by one
		/// transaction.
		#[pallet::constant]
		type MinAnswer: Get<BlockNumberFor<Self>>;
		/// How many more blocks they must give for each further transaction by which a window is shown.
		#[pallet::constant]
		type AnswerPerChunk: Get<BlockNumberFor<Self>>;
		/// The most blocks that terms may give an intermediary to answer.
		#[pallet::constant]
		type MaxAnswer: Get<BlockNumberFor<Self>>;
		/// The most blocks between the signing of an agreement and its end.
		#[pallet::constant]
		type MaxDuration: Get<BlockNumberFor<Self>>;
		/// The priority of settlements among the transactions that wait for a block.
		#[pallet::constant]
		type SettlementPriority: Get<TransactionPriority>;
		/// After how many blocks a settlement that waits for a block is examined anew.
		#[pallet::constant]
		type SettlementLongevity: Get<TransactionLongevity>;
		/// The weights of the calls.
		type WeightInfo: WeightInfo;
		/// Registers whom the benchmarks need.
		#[cfg(feature = "runtime-benchmarks")]
		type BenchmarkHelper: syngraph_primitives::DirectoryBenchmarkHelper<Self::AccountId>;
	}

	/// Why the pallet holds funds.
	#[pallet::composite_enum]
	pub enum HoldReason {
		/// The terms of an agreement are stored.
		Proposal,
		/// To pay for settlements and disputes of an agreement.
		Escrow,
		/// Rounds of an agreement are stored, or disputes about it are open.
		Storage,
	}

	/// The terms of every agreement. Written once.
	#[pallet::storage]
	pub type Terms<T: Config> = StorageMap<_, Identity, AgreementId, TermsOf<T>>;

	/// The state of every agreement.
	#[pallet::storage]
	pub type Agreements<T: Config> = StorageMap<_, Identity, AgreementId, AgreementOf<T>>;

	/// The keys by which all members of an agreement's roster can sign jointly, where there is one in force.
	#[pallet::storage]
	pub type JointKeys<T> = StorageMap<_, Identity, AgreementId, ed25519::Public>;

	/// The last rounds of each agreement, by place: the number of a round among all rounds of its agreement, modulo
	/// the number of rounds that its terms keep. They stay until the agreement is forgotten.
	#[pallet::storage]
	pub type Rounds<T: Config> = StorageDoubleMap<
		_,
		Identity,
		AgreementId,
		Twox64Concat,
		u32,
		SettledRound<BlockNumberFor<T>>,
	>;

	/// The root of the history of each agreement that was forgotten, and how many rounds it is over, if any has
	/// settled: by these, each of them can be shown for good.
	#[pallet::storage]
	pub type Finals<T> = StorageMap<_, Identity, AgreementId, (H256, u64)>;

	/// The agreements for which an intermediary computes, or for which it may have to step in as a spare:
	/// those that are active, and those that have ended and about which disputes are open.
	#[pallet::storage]
	pub type AgreementsOf<T> =
		StorageDoubleMap<_, Twox64Concat, IntermediaryId, Identity, AgreementId, ()>;

	/// The agreements about a sensor, with the sequence number of their window zero's beginning: those that
	/// are active, and those that have ended and about which disputes are open.
	#[pallet::storage]
	pub type AgreementsOfSensor<T> =
		StorageDoubleMap<_, Twox64Concat, SensorId, Identity, AgreementId, Sequence>;

	/// What happened to agreements.
	#[pallet::event]
	#[pallet::generate_deposit(pub(super) fn deposit_event)]
	pub enum Event<T: Config> {
		/// The terms of an agreement were put on chain.
		Proposed {
			/// The agreement.
			agreement: AgreementId,
			/// Who paid the deposit for the terms.
			proposer: T::AccountId,
		},
		/// A user signed an agreement, and its escrow was taken.
		Signed {
			/// The agreement.
			agreement: AgreementId,
			/// The user.
			user: T::AccountId,
		},
		/// All users have signed: rounds settle from the block on that the terms state.
		Activated {
			/// The agreement.
			agreement: AgreementId,
		},
		/// A user added to its escrow.
		ToppedUp {
			/// The agreement.
			agreement: AgreementId,
			/// The user.
			user: T::AccountId,
			/// How much it added.
			amount: BalanceOf<T>,
		},
		/// A user gave notice.
		NoticeGiven {
			/// The agreement.
			agreement: AgreementId,
			/// The user.
			user: T::AccountId,
			/// The agreement's last block from now on.
			ends: BlockNumberFor<T>,
		},
		/// A user consented to end an agreement.
		Consented {
			/// The agreement.
			agreement: AgreementId,
			/// The user.
			user: T::AccountId,
		},
		/// An agreement ended, and all that was left in escrow is back with its users, but for what open
		/// disputes may still cost: that goes back when they are closed.
		Ended {
			/// The agreement.
			agreement: AgreementId,
			/// Why.
			reason: EndReason,
			/// How many rounds settled in all.
			rounds: u64,
			/// The root of the history of all rounds, by which each of them can be shown for good. Zero if there are
			/// none.
			root: H256,
		},
		/// A round was accepted. Nothing is transferred by that: what it costs, the rewards and what the reaction
		/// moves are owed from now on, and paid with the next payout.
		Settled {
			/// The agreement.
			agreement: AgreementId,
			/// The round's number among all rounds of the agreement, counted from zero.
			number: u64,
			/// Its first window.
			first: WindowIndex,
			/// What its windows came to, in order: as many as the escrows cover.
			outcomes: Outcomes,
			/// What the settlement itself costs the users together. Nothing if it is what the chain computed itself in
			/// a dispute (its round has no proof): that is a part of what the dispute cost.
			cost: BalanceOf<T>,
		},
		/// What the users owed was paid out.
		PaidOut {
			/// The agreement.
			agreement: AgreementId,
			/// How many windows had settled since the last time.
			windows: u32,
			/// What members have received, all together.
			rewards: BalanceOf<T>,
			/// What the reactions have moved from user to user, all together.
			transfers: BalanceOf<T>,
			/// What the users have paid for settlements and the payout itself.
			fees: BalanceOf<T>,
		},
		/// A dispute was closed, and the users bore what it cost.
		Charged {
			/// The agreement.
			agreement: AgreementId,
			/// What each of them bore, in the order of the terms.
			shares: Shares<BalanceOf<T>>,
		},
		/// An intermediary was rewarded for all windows that had settled since the last time.
		Rewarded {
			/// The agreement.
			agreement: AgreementId,
			/// The intermediary.
			intermediary: IntermediaryId,
			/// The account that received the reward.
			operator: T::AccountId,
			/// How much it received.
			amount: BalanceOf<T>,
		},
		/// One user was paid from the escrow of another, for all results that had settled since the last time.
		Paid {
			/// The agreement.
			agreement: AgreementId,
			/// From whose escrow.
			from: T::AccountId,
			/// To whom.
			to: T::AccountId,
			/// How much.
			amount: BalanceOf<T>,
		},
		/// What was to be paid was too little to bring its account into existence. It stays in escrow, and is not
		/// owed any more.
		Unpaid {
			/// The agreement.
			agreement: AgreementId,
			/// In whose escrow it stays.
			from: T::AccountId,
			/// Who could not receive it.
			to: T::AccountId,
			/// How much.
			amount: BalanceOf<T>,
		},
		/// The reaction to a settled result logged it.
		Logged {
			/// The agreement.
			agreement: AgreementId,
			/// The window.
			window: WindowIndex,
			/// The label that the terms give it.
			label: Text,
			/// The result.
			result: ResultValue,
		},
		/// The reaction to a settled result asks a device to do something.
		ActuationRequested {
			/// The agreement.
			agreement: AgreementId,
			/// The window.
			window: WindowIndex,
			/// The device.
			sensor: SensorId,
			/// What it is to do, in its own words.
			command: Text,
		},
		/// The operator of an intermediary lets it be named in the agreement, whatever it offers.
		Accepted {
			/// The agreement.
			agreement: AgreementId,
			/// The intermediary.
			intermediary: IntermediaryId,
		},
		/// The operator of an intermediary took back that it may be named in the agreement, whatever it offers.
		ConsentWithdrawn {
			/// The agreement.
			agreement: AgreementId,
			/// The intermediary.
			intermediary: IntermediaryId,
		},
		/// The operator of an intermediary gave notice.
		Resigned {
			/// The agreement.
			agreement: AgreementId,
			/// The intermediary.
			intermediary: IntermediaryId,
			/// The first block in which it can be released.
			due: BlockNumberFor<T>,
		},
		/// An intermediary is not bound to the agreement any more: it failed, resigned, or is not alive.
		Released {
			/// The agreement.
			agreement: AgreementId,
			/// The intermediary.
			intermediary: IntermediaryId,
		},
		/// Members left, and spares took the places that were not lost; or a dispute was closed. All commit anew to
		/// what has not settled.
		RosterChanged {
			/// The agreement.
			agreement: AgreementId,
			/// Who computes, from which window on.
			roster: Roster,
		},
		/// A member leaves without whom the agreement cannot go on: this is its last block. What was begun may still
		/// settle in the `answer` blocks after it.
		WindsUp {
			/// The agreement.
			agreement: AgreementId,
			/// Who leaves, as soon as the agreement is closed.
			intermediary: IntermediaryId,
			/// The last block.
			ends: BlockNumberFor<T>,
		},
		/// An intermediary was paid for having been bound.
		Retained {
			/// The agreement.
			agreement: AgreementId,
			/// The intermediary.
			intermediary: IntermediaryId,
			/// The account that received it.
			operator: T::AccountId,
			/// How much it received.
			amount: BalanceOf<T>,
		},
		/// A user consents to replace a sensor.
		SensorReplacementConsented {
			/// The agreement.
			agreement: AgreementId,
			/// The user.
			user: T::AccountId,
			/// The sensor that is to be replaced.
			sensor: SensorId,
			/// Which one takes its place, and the number with which it begins.
			replacement: Source,
			/// The last block in which the others can consent.
			until: BlockNumberFor<T>,
		},
		/// A sensor was replaced, by consent of all users.
		SensorReplaced {
			/// The agreement.
			agreement: AgreementId,
			/// The sensor that was replaced.
			sensor: SensorId,
			/// The sensor in its place.
			replacement: SensorId,
			/// The first window that holds its messages.
			since: WindowIndex,
		},
		/// An ended agreement was forgotten with its rounds, and proposer and users have their deposits back, but for
		/// what the root of its history costs.
		Removed {
			/// The agreement.
			agreement: AgreementId,
		},
	}

	/// Why a call was refused. Refused settlements have codes of their own.
	#[pallet::error]
	pub enum Error<T> {
		/// There is no such agreement.
		NotFound,
		/// There is an agreement with these terms already, or was until recently.
		AlreadyExists,
		/// The caller is not a user of the agreement.
		NotAUser,
		/// The terms name fewer than two users.
		TooFewUsers,
		/// The terms name a user twice.
		DuplicateUser,
		/// The terms give a user no intermediary.
		NoIntermediary,
		/// The terms name an intermediary twice.
		DuplicateIntermediary,
		/// The terms name too many intermediaries.
		TooManyIntermediaries,
		/// The terms name no sensor.
		NoSensors,
		/// The terms name a sensor twice.
		DuplicateSensor,
		/// The size of a window is zero.
		ZeroSize,
		/// The slide of the window is zero.
		ZeroSlide,
		/// A window of all sensors holds too many messages.
		WindowTooLarge,
		/// A transfer of the reaction is from or to nobody, or from a user to itself.
		InvalidTransfer,
		/// An actuation of the reaction asks a device that is not among the sensors.
		InvalidActuation,
		/// The blocks of the time limits are not in order.
		InvalidLimits,
		/// The terms allow a round to have no result or too many, keep no round or too many, or have a leader whose
		/// place nobody has.
		InvalidRounds,
		/// The agreement would last for too many blocks.
		TooLong,
		/// The terms give an intermediary too many blocks to answer, or too few to show the largest window.
		InvalidAnswer,
		/// Only the quality of service `NoProof` is offered.
		UnsupportedQualityOfService,
		/// A user of the terms is not registered.
		UnregisteredUser,
		/// A sensor of the terms is not registered.
		UnknownSensor,
		/// A sensor of the terms belongs to none of the users.
		ForeignSensor,
		/// An intermediary or a spare of the terms is not registered.
		UnknownIntermediary,
		/// An intermediary or a spare offers nothing, and its operator did not accept the terms.
		NoOffer,
		/// The reward is less than what an intermediary or a spare asks for.
		RewardTooLow,
		/// The retainer is less than what an intermediary or a spare asks for.
		RetainerTooLow,
		/// The penalty is higher than what an intermediary or a spare offers to answer with.
		PenaltyTooHigh,
		/// The fee for an absence is higher than the penalty, or than what an intermediary or a spare offers.
		AbsenceFeeTooHigh,
		/// A window has more messages than an intermediary or a spare offers to compute.
		WindowNotOffered,
		/// The agreement lasts longer than an intermediary or a spare offers to be bound.
		DurationNotOffered,
		/// The notice is longer than an intermediary or a spare offers.
		NoticeNotOffered,
		/// There is less time to answer than an intermediary or a spare asks for.
		AnswerNotOffered,
		/// An intermediary or a spare does not provide the quality of service.
		QualityNotOffered,
		/// An intermediary or a spare does not work for one of the users.
		UserNotWelcome,
		/// An intermediary or a spare has not shown lately that it is alive.
		NotAlive,
		/// The intermediary has shown lately that it is alive, by a heartbeat or, as a member, by a round that settled.
		Alive,
		/// The intermediary is not bound to the agreement.
		NotBound,
		/// Only the operator of the intermediary can do this.
		NotOperator,
		/// The operator has given notice already.
		AlreadyResigned,
		/// The operator has not given notice.
		NotResigned,
		/// The notice has not run out.
		NoticeRunning,
		/// The sensor declares something else about its messages than the one that it would replace.
		OtherSchema,
		/// The penalty is less than what a dispute can cost. The runtime API `agreementsApi.quote` tells what it must
		/// be.
		PenaltyTooLow,
		/// The escrow of a user does not cover the retainers and the most that one settlement and one dispute can cost
		/// it. The runtime API `agreementsApi.quote` tells what it must be.
		EscrowTooSmall,
		/// A user cannot put its escrow in: its free balance is too low.
		InsufficientFunds,
		/// The caller cannot pay the deposit for the terms: its free balance is too low.
		CannotPayDeposit,
		/// The function is not JSON.
		FunctionNotJson,
		/// The function has an operation or a field that the language does not know.
		FunctionUnknown,
		/// A field of the function is missing, occurs twice or has a value of the wrong sort.
		FunctionMalformed,
		/// The function names a sensor by an index that the terms do not have.
		FunctionNoSuchSensor,
		/// The function names a sensor twice.
		FunctionDuplicateSensor,
		/// The function selects none of the sensors.
		FunctionNothingSelected,
		/// The function uses a variable that a selected sensor does not have.
		FunctionNoSuchVariable,
		/// The function uses a variable as if it were of another type.
		FunctionWrongType,
		/// The function has a lower bound above the upper bound beside it.
		FunctionCrossedBounds,
		/// The function measures durations that begin and end with the same value.
		FunctionSameEnds,
		/// There is not exactly one signature for each user.
		WrongSignatureCount,
		/// A user's signing key was revoked.
		SignerRevoked,
		/// A signature is not the user's over these terms.
		BadSignature,
		/// The agreement is not waiting for signatures.
		NotProposed,
		/// The agreement is not active.
		NotActive,
		/// The agreement has ended already.
		AlreadyEnded,
		/// The last block in which a user may sign has passed.
		SigningOver,
		/// The user has signed already.
		AlreadySigned,
		/// The agreement's last block has passed: what was begun may still settle, and then it can only be closed.
		Over,
		/// The agreement's time has not run out.
		NotOver,
		/// A notice, or that somebody leaves without whom the agreement cannot go on, would not end it any earlier than
		/// it ends anyway.
		NoEarlierEnd,
		/// The user has consented to the end already.
		AlreadyConsented,
		/// The round does not begin with the lowest window that is not decided.
		OutOfOrder,
		/// The escrow cannot pay for this.
		EscrowExhausted,
		/// No dispute about the agreement is open.
		NoDispute,
		/// A dispute about the agreement is open.
		Disputed,
		/// Nothing has accrued since the last payout.
		NothingAccrued,
		/// The agreement cannot be forgotten: it has not ended, a dispute about it is open, or its terms could still be
		/// signed.
		StillNeeded,
		/// A sensor does not answer for the first of its messages: their key was replaced, or another one was
		/// announced.
		NotAnswered,
		/// The operator has not accepted the agreement for this intermediary, or has taken that back already.
		NotConsented,
		/// The terms of which the price is asked have more users than terms can have, or one of these has more
		/// intermediaries or spares.
		TooManyUsers,
		/// The terms of which the price is asked have more sensors than terms can have.
		TooManySensors,
		/// The terms of which the price is asked have a longer function than terms can have.
		FunctionTooLong,
		/// The terms of which the price is asked have a reaction of more steps than terms can have, or a longer label
		/// or command.
		ReactionTooLong,
		/// What the price is asked of does not encode any terms.
		NotTerms,
	}

	#[pallet::hooks]
	impl<T: Config> Hooks<BlockNumberFor<T>> for Pallet<T> {
		#[cfg(feature = "try-runtime")]
		fn try_state(_: BlockNumberFor<T>) -> Result<(), sp_runtime::TryRuntimeError> {
			Self::do_try_state()
		}
	}

	#[pallet::call]
	impl<T: Config> Pallet<T> {
		/// Proposes an agreement. The caller is one of its users, and signs it by this; its escrow and the
		/// deposit for the terms are held. The others sign by `sign`.
		///
		/// Emits `Proposed` and `Signed`.
		#[pallet::call_index(0)]
		#[pallet::weight(T::WeightInfo::propose())]
		pub fn propose(origin: OriginFor<T>, terms: TermsOf<T>) -> DispatchResult {
			Self::do_propose(ensure_signed(origin)?, terms)
		}

		/// Signs a proposed agreement as one of its users, whose escrow is held. The last one activates it.
		///
		/// Emits `Signed`, and `Activated` when all have signed.
		#[pallet::call_index(1)]
		#[pallet::weight(T::WeightInfo::sign())]
		pub fn sign(origin: OriginFor<T>, agreement: AgreementId) -> DispatchResult {
			Self::do_sign(ensure_signed(origin)?, agreement)
		}

		/// Creates an agreement that all users have signed off-chain, with their signatures over the
		/// terms' signing bytes in the order of the terms, and the consent of the operators of those
		/// intermediaries and spares whose offers do not fit. The caller pays the deposit for the terms, the
		/// escrow of every user is held, and the agreement is active at once.
		///
		/// Emits `Proposed`, `Accepted` for every consent, `Signed` for every user, and `Activated`.
		#[pallet::call_index(2)]
		#[pallet::weight(T::WeightInfo::create())]
		pub fn create(
			origin: OriginFor<T>,
			terms: TermsOf<T>,
			signatures: BoundedVec<T::Signature, ConstU32<MAX_USERS>>,
			consents: BoundedVec<(IntermediaryId, T::Signature), MaxNamed>,
		) -> DispatchResult {
			Self::do_create(ensure_signed(origin)?, terms, signatures, consents)
		}

		/// Cancels an agreement that not all users have signed, as one of its users.
		///
		/// Emits `Ended`.
		#[pallet::call_index(3)]
		#[pallet::weight(T::WeightInfo::cancel())]
		pub fn cancel(origin: OriginFor<T>, agreement: AgreementId) -> DispatchResult {
			Self::do_cancel(ensure_signed(origin)?, agreement)
		}

		/// Adds to the caller's escrow in an active agreement.
		///
		/// Emits `ToppedUp`.
		#[pallet::call_index(4)]
		#[pallet::weight(T::WeightInfo::top_up())]
		pub fn top_up(
			origin: OriginFor<T>,
			agreement: AgreementId,
			amount: BalanceOf<T>,
		) -> DispatchResult {
			Self::do_top_up(ensure_signed(origin)?, agreement, amount)
		}

		/// Gives notice as a user of an active agreement: it lasts only for as many more blocks as the terms state.
		///
		/// Emits `NoticeGiven`.
		#[pallet::call_index(5)]
		#[pallet::weight(T::WeightInfo::give_notice())]
		pub fn give_notice(origin: OriginFor<T>, agreement: AgreementId) -> DispatchResult {
			Self::do_give_notice(ensure_signed(origin)?, agreement)
		}

		/// Consents, as a user of an active agreement, to end it. Once all users have consented, it is past its last
		/// block, and can be closed as soon as the round that is under way had the time to settle.
		///
		/// Emits `Consented`.
		#[pallet::call_index(6)]
		#[pallet::weight(T::WeightInfo::consent_to_end())]
		pub fn consent_to_end(origin: OriginFor<T>, agreement: AgreementId) -> DispatchResult {
			Self::do_consent_to_end(ensure_signed(origin)?, agreement)
		}

		/// Ends an agreement that was not signed in time, or is past its last block and the blocks after it that its
		/// intermediaries have to answer. Anybody may do so. Under `Judge`, not while a dispute is open.
		///
		/// Emits `Ended`.
		#[pallet::call_index(7)]
		#[pallet::weight(T::WeightInfo::close())]
		pub fn close(origin: OriginFor<T>, agreement: AgreementId) -> DispatchResult {
			ensure_signed(origin)?;
			Self::do_close(agreement)
		}

		/// Settles a round, which begins with the lowest window that is not decided. Nobody signs this transaction: the
		/// proof of computation alone authorises it, and the users' escrow pays for it. Refused with a code, before it
		/// costs anybody anything, if the proof does not hold or comes at the wrong time.
		///
		/// The proof has the signatures of all members, or one by their joint key. By the former they can bring a joint
		/// key into force: it stays so until the roster has another number, or a member rotates its key.
		///
		/// If the escrows do not cover all of its windows, as many settle as they cover, in order, and the agreement
		/// ends.
		///
		/// What it costs, the rewards and what the reaction moves accrue. If so many blocks have passed since the last
		/// payout as the terms state, all of it is paid out, and that payout's price too.
		///
		/// Emits, for each window that is not null, an event for every step of the reaction that is no transfer, and
		/// `Settled`; then what `payout` does, if it is due; and `Ended` if an escrow is exhausted.
		#[pallet::call_index(8)]
		#[pallet::weight(
			T::WeightInfo::settle(MAX_INTERMEDIARIES, MAX_USERS, settle::count(&proof.outcomes))
				.saturating_add(joint::installation_weight::<T>(proof))
				.saturating_add(T::WeightInfo::react(
					settle::count(&proof.outcomes).saturating_mul(MAX_STEPS)
				))
				.saturating_add(T::WeightInfo::payout(MAX_INTERMEDIARIES, MAX_USERS, MAX_STEPS))
				.saturating_add(
					T::WeightInfo::end(MAX_INTERMEDIARIES.saturating_mul(2), MAX_SENSORS)
				)
				.saturating_add(
					prices::search_weight::<T>(MAX_USERS, settle::count(&proof.outcomes))
				)
		)]
		#[pallet::weight_of_authorize(settle::authorization_weight::<T>(proof, MAX_SENSORS))]
		#[pallet::authorize(Self::authorize_settle)]
		pub fn settle(
			origin: OriginFor<T>,
			agreement: AgreementId,
			first: WindowIndex,
			proof: Proof,
		) -> DispatchResultWithPostInfo {
			ensure_authorized(origin)?;
			Self::do_settle(agreement, first, proof)
		}

		/// Forgets an agreement that has ended, with the rounds that are kept of it, once no dispute about it is
		/// open and the last block in which a user may sign has passed. The deposit for its terms goes back to the
		/// proposer, that for rounds to the users. If any round has settled, the root of their history is kept for
		/// good, at the cost of the proposer's deposit. Anybody may do so.
		///
		/// Emits `Removed`.
		#[pallet::call_index(9)]
		#[pallet::weight(T::WeightInfo::forget(MAX_KEPT))]
		pub fn forget(origin: OriginFor<T>, agreement: AgreementId) -> DispatchResultWithPostInfo {
			ensure_signed(origin)?;
			Self::do_forget(agreement)
		}

		/// Lets an intermediary of the caller, who operates it, be named in a proposed agreement, whatever it
		/// offers. It answers with its bond for the penalty of the terms once all users have signed. Until then it can
		/// take that back by `withdraw_consent`.
		///
		/// Emits `Accepted`.
		#[pallet::call_index(10)]
		#[pallet::weight(T::WeightInfo::accept())]
		pub fn accept(
			origin: OriginFor<T>,
			agreement: AgreementId,
			intermediary: IntermediaryId,
		) -> DispatchResult {
			Self::do_accept(ensure_signed(origin)?, agreement, intermediary)
		}

		/// Takes back, as long as not all users have signed, that an intermediary of the caller, who operates it, may
		/// be named in an agreement whatever it offers. Its offer counts again.
		///
		/// Emits `ConsentWithdrawn`.
		#[pallet::call_index(18)]
		#[pallet::weight(T::WeightInfo::withdraw_consent())]
		pub fn withdraw_consent(
			origin: OriginFor<T>,
			agreement: AgreementId,
			intermediary: IntermediaryId,
		) -> DispatchResult {
			Self::do_withdraw_consent(ensure_signed(origin)?, agreement, intermediary)
		}

		/// Gives notice for an intermediary of the caller, who operates it, in an agreement in force. After as
		/// many blocks as the terms state it can be released.
		///
		/// Emits `Resigned`.
		#[pallet::call_index(11)]
		#[pallet::weight(T::WeightInfo::resign())]
		pub fn resign(
			origin: OriginFor<T>,
			agreement: AgreementId,
			intermediary: IntermediaryId,
		) -> DispatchResult {
			Self::do_resign(ensure_signed(origin)?, agreement, intermediary)
		}

		/// Releases an intermediary whose operator's notice has run out: a spare steps in, or the agreement goes
		/// on without it or winds up, as the terms say. It winds up in any case if its user would have nobody left:
		/// then this is its last block, and who leaves is bound until it is closed. Anybody may do so while the
		/// agreement is in force, unless a dispute is open: when that closes, it happens by itself. In what is its last
		/// block already, nobody is released without whom it cannot go on.
		///
		/// Emits what `payout` does, if anything has accrued, `Retained` for everyone who is paid, and `Released`; then
		/// `RosterChanged` if others compute from now on. If the agreement winds up, it emits `WindsUp` and nothing
		/// else.
		#[pallet::call_index(12)]
		#[pallet::weight(T::WeightInfo::release())]
		pub fn release(
			origin: OriginFor<T>,
			agreement: AgreementId,
			intermediary: IntermediaryId,
		) -> DispatchResult {
			ensure_signed(origin)?;
			Self::do_release(agreement, intermediary)
		}

		/// Releases a member or spare that has not shown lately that it is alive, as if its notice had run out. A
		/// member shows it also by a round of this agreement that it has signed, as of the block in which that settled.
		/// Anybody may do so, unless a dispute is open.
		///
		/// Emits what `release` does.
		#[pallet::call_index(13)]
		#[pallet::weight(T::WeightInfo::vacate())]
		pub fn vacate(
			origin: OriginFor<T>,
			agreement: AgreementId,
			intermediary: IntermediaryId,
		) -> DispatchResult {
			ensure_signed(origin)?;
			Self::do_vacate(agreement, intermediary)
		}

		/// Pays members and spares for having been bound since they were last paid. Anybody may do so.
		///
		/// Emits `Retained` for everyone who is paid.
		#[pallet::call_index(14)]
		#[pallet::weight(T::WeightInfo::pay_retainers())]
		pub fn pay_retainers(origin: OriginFor<T>, agreement: AgreementId) -> DispatchResult {
			ensure_signed(origin)?;
			Self::do_pay_retainers(agreement)
		}

		/// Consents, as a user of an active agreement, to let another sensor take a sensor's place in all
		/// windows that are not decided, beginning with its message number `replacement.start`. It declares the same
		/// about its messages, and belongs to a user. It happens when all users have consented to the same
		/// within a day: nobody could foresee with which windows a later one begins. To consent to something
		/// else takes the place of what is pending.
		///
		/// Emits `SensorReplacementConsented`, and `SensorReplaced` when all have.
		#[pallet::call_index(15)]
		#[pallet::weight(T::WeightInfo::replace_sensor())]
		pub fn replace_sensor(
			origin: OriginFor<T>,
			agreement: AgreementId,
			sensor: SensorId,
			replacement: Source,
		) -> DispatchResult {
			Self::do_replace_sensor(ensure_signed(origin)?, agreement, sensor, replacement)
		}

		/// Pays out what has accrued in an active agreement: the fees of settlements, the rewards of the
		/// members, and what the reactions moved. Anybody may ask for it, and pays for it; the terms state after how
		/// many blocks a settlement does it at the users' cost.
		///
		/// Emits `Rewarded` for every member that is rewarded, `Paid` for every user that another one owes something,
		/// `Unpaid` for every amount that could not be received, and `PaidOut`.
		#[pallet::call_index(17)]
		#[pallet::weight(T::WeightInfo::payout(MAX_INTERMEDIARIES, MAX_USERS, MAX_STEPS))]
		pub fn payout(origin: OriginFor<T>, agreement: AgreementId) -> DispatchResultWithPostInfo {
			ensure_signed(origin)?;
			Self::do_payout(agreement)
		}
	}
}
