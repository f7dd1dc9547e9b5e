//! Disputes: what two intermediaries, or one of them twice, signed and cannot both be right about.
//!
//! Whoever holds two signed [`Statement`]s about one window that contradict each other can report them,
//! with a transaction that nobody signs and nobody pays for: the evidence speaks for itself, and the
//! fee comes out of the escrow of the agreement's users. The chain finds out with the code of the
//! workers ([`conflict`]) what the two statements prove, freezes the window, so that no result of it can
//! settle any more, and remembers the dispute until its deadline.
//!
//! A report that proves nothing is not even let into the pool: see [`Refusal`].
#![cfg_attr(not(feature = "std"), no_std)]

extern crate alloc;

mod refusal;
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
pub use benchmarking::BenchmarkHelper;
pub use pallet::*;
pub use refusal::Refusal;
pub use types::{Dispute, Evidence};
pub use weights::WeightInfo;

use alloc::boxed::Box;
use codec::Encode;
use frame_support::{
	dispatch::DispatchClass, pallet_prelude::*, traits::tokens, weights::WeightToFee,
};
use frame_system::pallet_prelude::*;
use sp_core::H256;
use sp_runtime::{
	traits::{Saturating, Zero},
	SaturatedConversion,
};
use syngraph_primitives::{
	AgreementId, Agreements, Directory, IntermediaryId, SignedStatement, Statement, WindowIndex,
};
use syngraph_protocol::{conflict, Conflict};

/// The bytes of a general transaction that are not its call's parameters: length, version, transaction
/// extensions, the index of pallet and call.
const ENVELOPE_LENGTH: u64 = 18;

/// Disputes about windows for which intermediaries signed what cannot all be right.
#[frame_support::pallet]
pub mod pallet {
	use super::*;

	#[pallet::pallet]
	pub struct Pallet<T>(_);

	/// What the pallet needs.
	#[pallet::config]
	pub trait Config: frame_system::Config<RuntimeEvent: From<Event<Self>>, Hash = H256> {
		/// What escrow and fees are counted in.
		type Balance: tokens::Balance;

		/// Who exists, with which keys.
		type Directory: Directory<Self::AccountId, Self::Balance, BlockNumberFor<Self>>;

		/// The agreements whose windows are disputed.
		type Agreements: Agreements<Self::Balance>;

		/// What a report's weight costs.
		type WeightToFee: WeightToFee<Balance = Self::Balance>;

		/// What a report's length costs.
		type LengthToFee: WeightToFee<Balance = Self::Balance>;

		/// For how many blocks a dispute stays open.
		#[pallet::constant]
		type DisputePeriod: Get<BlockNumberFor<Self>>;

		/// The priority of reports among the transactions that wait for a block.
		#[pallet::constant]
		type ReportPriority: Get<TransactionPriority>;

		/// After how many blocks a report that waits for a block is examined anew.
		#[pallet::constant]
		type ReportLongevity: Get<TransactionLongevity>;

		/// The weights of the calls.
		type WeightInfo: WeightInfo;

		/// Brings an agreement into being that benchmarks can dispute about.
		#[cfg(feature = "runtime-benchmarks")]
		type BenchmarkHelper: BenchmarkHelper;
	}

	/// The open disputes, by agreement and window.
	#[pallet::storage]
	pub type Disputes<T: Config> = StorageDoubleMap<
		_,
		Identity,
		AgreementId,
		Twox64Concat,
		WindowIndex,
		Dispute<BlockNumberFor<T>>,
	>;

	#[pallet::event]
	#[pallet::generate_deposit(pub(super) fn deposit_event)]
	pub enum Event<T: Config> {
		/// Two statements were reported that cannot both be right. The window is frozen: no result of it
		/// will settle.
		Opened {
			/// The agreement.
			agreement: AgreementId,
			/// The window.
			window: WindowIndex,
			/// How the statements contradict each other.
			conflict: Conflict,
			/// Whose statement came first in the report.
			left: IntermediaryId,
			/// Whose statement came second in the report.
			right: IntermediaryId,
			/// The last block in which the dispute is open.
			deadline: BlockNumberFor<T>,
		},
		/// A dispute was forgotten after its deadline or the agreement's end, and the deposit for it
		/// given back to the agreement's users. The window stays frozen.
		Expired {
			/// The agreement.
			agreement: AgreementId,
			/// The window.
			window: WindowIndex,
		},
	}

	#[pallet::error]
	pub enum Error<T> {
		/// The two statements do not contradict each other.
		NoConflict,
		/// There is no dispute about this window.
		NotFound,
		/// The dispute's deadline has not passed, and the agreement has not ended.
		NotYetDue,
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
		/// Reports two signed statements about one window that contradict each other, and opens a
		/// dispute about it.
		///
		/// Sent as a general transaction without a signer: whoever signed the two statements
		/// authorises it, and the agreement's users pay the fee out of their escrow. Statements that
		/// prove nothing are refused before they cost anybody anything.
		///
		/// - `left`: one statement, signed by its author.
		/// - `right`: another statement about the same window, signed by its author.
		///
		/// Emits [`Event::Opened`].
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

		/// Forgets a dispute whose deadline has passed or whose agreement has ended. Anyone may call it;
		/// the deposit for the dispute goes back to the agreement's users.
		///
		/// - `agreement`: the agreement.
		/// - `window`: the window that the dispute is about.
		///
		/// Emits [`Event::Expired`].
		#[pallet::call_index(1)]
		#[pallet::weight(T::WeightInfo::expire())]
		pub fn expire(
			origin: OriginFor<T>,
			agreement: AgreementId,
			window: WindowIndex,
		) -> DispatchResult {
			ensure_signed(origin)?;
			Self::do_expire(agreement, window)
		}
	}
}

impl<T: Config> Pallet<T> {
	/// What reporting these statements costs the agreement's users: as much as a signed transaction of
	/// the same weight and length.
	pub fn fee(left: &SignedStatement, right: &SignedStatement) -> T::Balance {
		let base = T::BlockWeights::get()
			.get(DispatchClass::Normal)
			.base_extrinsic;
		let weight = base
			.saturating_add(T::WeightInfo::authorize_report())
			.saturating_add(T::WeightInfo::report());
		let statements: u64 = (left, right).encoded_size().saturated_into();
		let length = Weight::from_parts(ENVELOPE_LENGTH.saturating_add(statements), 0);
		T::WeightToFee::weight_to_fee(&weight)
			.saturating_add(T::LengthToFee::weight_to_fee(&length))
	}

	/// Whether a report may enter the pool and a block.
	fn authorize_report(
		left: &SignedStatement,
		right: &SignedStatement,
	) -> TransactionValidityWithRefund {
		Self::examine(left, right)?;
		let (agreement, window) = (left.statement.agreement(), left.statement.window());
		ValidTransaction::with_tag_prefix("syngraph/dispute")
			.and_provides((agreement, window))
			.priority(T::ReportPriority::get())
			.longevity(T::ReportLongevity::get())
			.propagate(true)
			.build()
			.map(|validity| (validity, Weight::zero()))
	}

	/// Whether a report proves something about a window that can be frozen. What is cheap to check
	/// comes first.
	fn examine(left: &SignedStatement, right: &SignedStatement) -> Result<(), Refusal> {
		conflict(&left.statement, &right.statement).ok_or(Refusal::NoConflict)?;
		let (agreement, window) = (left.statement.agreement(), left.statement.window());
		let computes = |statement: &Statement| {
			T::Agreements::is_intermediary(&agreement, statement.intermediary())
		};
		ensure!(
			computes(&left.statement) && computes(&right.statement),
			Refusal::NotIntermediary
		);
		ensure!(
			T::Agreements::can_freeze(&agreement, window, Self::fee(left, right)),
			Refusal::CannotFreeze
		);
		Self::verify(left)?;
		Self::verify(right)
	}

	/// Whether a statement is signed with the key that its author has now.
	fn verify(signed: &SignedStatement) -> Result<(), Refusal> {
		let author = signed.statement.intermediary();
		let now = frame_system::Pallet::<T>::block_number();
		let key = T::Directory::intermediary_key(author, now).ok_or(Refusal::UnknownKey)?;
		let genesis = frame_system::Pallet::<T>::block_hash(BlockNumberFor::<T>::zero());
		ensure!(signed.verify(&genesis, &key), Refusal::BadSignature);
		Ok(())
	}

	fn do_report(left: &SignedStatement, right: &SignedStatement) -> DispatchResult {
		let conflict = conflict(&left.statement, &right.statement).ok_or(Error::<T>::NoConflict)?;
		let (agreement, window) = (left.statement.agreement(), left.statement.window());
		T::Agreements::freeze(&agreement, window, Self::fee(left, right))?;

		let opened = frame_system::Pallet::<T>::block_number();
		let dispute = Dispute {
			conflict,
			left: Evidence::of(left),
			right: Evidence::of(right),
			opened,
			deadline: opened.saturating_add(T::DisputePeriod::get()),
		};
		Self::deposit_event(Event::Opened {
			agreement,
			window,
			conflict,
			left: dispute.left.author,
			right: dispute.right.author,
			deadline: dispute.deadline,
		});
		Disputes::<T>::insert(agreement, window, dispute);
		Ok(())
	}

	fn do_expire(agreement: AgreementId, window: WindowIndex) -> DispatchResult {
		let dispute = Disputes::<T>::get(agreement, window).ok_or(Error::<T>::NotFound)?;
		let now = frame_system::Pallet::<T>::block_number();
		ensure!(
			now > dispute.deadline || T::Agreements::has_ended(&agreement),
			Error::<T>::NotYetDue
		);
		Disputes::<T>::remove(agreement, window);
		T::Agreements::forget(&agreement);
		Self::deposit_event(Event::Expired { agreement, window });
		Ok(())
	}
}
