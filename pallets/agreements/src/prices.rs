//! What an agreement costs, and what its escrows must cover.
//!
//! An active agreement can always afford what it owes its intermediaries for being bound until its last
//! block, one settlement with any result, one pass over null windows, its own end, and one dispute.

use codec::MaxEncodedLen;
use frame_support::{
	dispatch::DispatchClass,
	traits::Get,
	weights::{Weight, WeightToFee},
};
use frame_system::pallet_prelude::BlockNumberFor;
use sp_runtime::{
	traits::{CheckedDiv, Saturating},
	DispatchError, SaturatedConversion,
};
use syngraph_primitives::{api::Quote, unsigned, DisputeCosts, DisputeSize, Schema};
use syngraph_protocol::{longest_message, Proof};

use crate::{
	escrow::equal_share, AgreementOf, BalanceOf, Config, Declarations, Pallet, Prices, TermsOf,
	WeightInfo,
};

/// The most settlements of an agreement that wait for a block at the same time.
const MAX_WAITING: u32 = 16;

impl<T: Config> Pallet<T> {
	/// What an agreement on these terms would cost and demand if it came into force now, whatever penalty, absence fee,
	/// time to answer and escrows they state. It costs as much work as a proposal, and is for runtime APIs only.
	pub fn quote(terms: &TermsOf<T>) -> Result<Quote<BalanceOf<T>>, DispatchError> {
		Self::check_form(terms)?;
		let (prices, now) = (Self::priced(terms)?, Self::now());
		let users = 0..terms.users.len();
		Ok(Quote {
			settlement: prices.settlement,
			penalty: prices.dispute,
			answer: Self::least_answer(terms).saturated_into(),
			escrows: users
				.map(|index| Self::least_escrow(terms, &prices, index, now))
				.collect(),
		})
	}

	/// What an agreement on these terms would cost if it came into force now.
	pub fn prices(terms: &TermsOf<T>, schemas: &[Schema]) -> Prices<BalanceOf<T>> {
		Prices {
			settlement: Self::settlement_fee(terms),
			pass: Self::pass_fee(terms),
			ending: T::WeightToFee::weight_to_fee(&Self::ending_weight(terms)),
			dispute: T::Disputes::dispute(&dispute_size(terms, schemas)),
			storage_share: Self::share_of_deposit(terms, T::ResultDeposit::get()),
			dispute_share: Self::share_of_deposit(terms, T::DisputeDeposit::get()),
		}
	}

	fn settlement_fee(terms: &TermsOf<T>) -> BalanceOf<T> {
		let intermediaries = terms.intermediaries().count() as u32;
		let (sensors, steps) = (terms.sensors.len() as u32, terms.reaction.len() as u32);
		let weight = T::WeightInfo::authorize_settle(intermediaries, sensors)
			.saturating_add(T::WeightInfo::settle(intermediaries, steps));
		Self::fee(weight, Proof::encoded_length(intermediaries) as usize)
	}

	fn pass_fee(terms: &TermsOf<T>) -> BalanceOf<T> {
		let intermediaries = terms.intermediaries().count() as u32;
		let weight = T::WeightInfo::authorize_pass(intermediaries)
			.saturating_add(T::WeightInfo::pass(intermediaries));
		Self::fee(weight, Declarations::max_encoded_len())
	}

	/// What a transaction of this weight costs, whose call has so many bytes besides the agreement and the
	/// window.
	fn fee(weight: Weight, bytes: usize) -> BalanceOf<T> {
		let base = T::BlockWeights::get()
			.get(DispatchClass::Normal)
			.base_extrinsic;
		let bytes = unsigned::SUBJECT_LENGTH.saturating_add(bytes);
		unsigned::fee::<T::WeightToFee, T::LengthToFee>(base, weight, bytes)
	}

	pub(crate) fn ending_weight(terms: &TermsOf<T>) -> Weight {
		let intermediaries = terms.intermediaries().chain(terms.spares()).count() as u32;
		T::WeightInfo::end(intermediaries, terms.sensors.len() as u32)
	}

	/// What each user bears of a deposit. All the same: as much as the one who bears most.
	fn share_of_deposit(terms: &TermsOf<T>, deposit: BalanceOf<T>) -> BalanceOf<T> {
		equal_share(deposit, terms.users.len(), 0)
	}

	/// The least that the user at `index` must put into escrow, if the agreement comes into force in block
	/// `now`.
	pub fn least_escrow(
		terms: &TermsOf<T>,
		prices: &Prices<BalanceOf<T>>,
		index: usize,
		now: BlockNumberFor<T>,
	) -> BalanceOf<T> {
		let party = terms.users.get(index);
		let count = |members: usize| BalanceOf::<T>::from(members as u32);
		let members = party.map_or(0, |party| party.intermediaries.len());
		let spares = party.map_or(0, |party| party.spares.len());
		let blocks = terms.limits.ends_at.saturating_sub(now);
		let retainers = Self::for_blocks(terms.retainer, blocks)
			.saturating_mul(count(members))
			.saturating_add(
				Self::for_blocks(terms.spare_retainer, blocks).saturating_mul(count(spares)),
			);
		retainers
			.saturating_add(Self::most_for_settlement(terms, prices, index))
			.saturating_add(most_for_dispute(prices))
	}

	/// The part of a fee for a day that so many blocks cost.
	pub(crate) fn for_blocks(per_day: BalanceOf<T>, blocks: BlockNumberFor<T>) -> BalanceOf<T> {
		let amount = |blocks: BlockNumberFor<T>| {
			BalanceOf::<T>::from(SaturatedConversion::saturated_into::<u32>(blocks))
		};
		let (blocks, day) = (amount(blocks), amount(T::Day::get()));
		let total = per_day.saturating_mul(blocks);
		total.checked_div(&day).unwrap_or(total)
	}

	/// The most that the user at `index` pays for a settlement, and for what may have to follow it: a pass
	/// over null windows, and the agreement's end.
	fn most_for_settlement(
		terms: &TermsOf<T>,
		prices: &Prices<BalanceOf<T>>,
		index: usize,
	) -> BalanceOf<T> {
		let share = |total| equal_share(total, terms.users.len(), index);
		terms
			.highest_cost(index)
			.saturating_add(share(prices.settlement))
			.saturating_add(share(prices.pass))
			.saturating_add(share(prices.ending))
			.saturating_add(prices.storage_share)
	}

	/// Whether every escrow covers one more settlement with any result.
	pub(crate) fn covers_settlement(terms: &TermsOf<T>, agreement: &AgreementOf<T>) -> bool {
		Self::covers(terms, agreement, |index| {
			Self::most_for_settlement(terms, &agreement.prices, index)
		})
	}

	/// Whether every escrow covers what a dispute can cost, with the deposit for it.
	pub(crate) fn covers_dispute(terms: &TermsOf<T>, agreement: &AgreementOf<T>) -> bool {
		Self::covers(terms, agreement, |_| most_for_dispute(&agreement.prices))
	}

	/// Whether an escrow does not cover both a settlement and a dispute. What is reserved for a dispute
	/// that is open is enough for the latter.
	pub(crate) fn is_exhausted(terms: &TermsOf<T>, agreement: &AgreementOf<T>) -> bool {
		!Self::covers(terms, agreement, |index| {
			Self::most_for_settlement(terms, &agreement.prices, index)
				.saturating_add(Self::for_next_dispute(agreement))
		})
	}

	/// How many settlements the escrows cover, as far as it matters to how many may wait for a block at the
	/// same time.
	pub(crate) fn affordable(terms: &TermsOf<T>, agreement: &AgreementOf<T>) -> u32 {
		let most = BalanceOf::<T>::from(MAX_WAITING);
		let funds = agreement.funds.iter().enumerate();
		let counts = funds.map(|(index, funds)| {
			let free = funds
				.saturating_sub(Self::outstanding(terms, agreement, index))
				.saturating_sub(Self::for_next_dispute(agreement));
			let each = Self::most_for_settlement(terms, &agreement.prices, index);
			free.checked_div(&each).unwrap_or(most).min(most)
		});
		let least = counts.min().unwrap_or(most);
		least.saturated_into::<u32>().max(1)
	}

	/// What each escrow must keep for the next dispute.
	fn for_next_dispute(agreement: &AgreementOf<T>) -> BalanceOf<T> {
		match agreement.dispute {
			None => most_for_dispute(&agreement.prices),
			Some(_) => 0u32.into(),
		}
	}

	/// Whether every escrow covers so much, on top of what its user still owes for being served until the
	/// end.
	fn covers(
		terms: &TermsOf<T>,
		agreement: &AgreementOf<T>,
		needed: impl Fn(usize) -> BalanceOf<T>,
	) -> bool {
		let mut funds = agreement.funds.iter().enumerate();
		funds.all(|(index, funds)| {
			*funds >= needed(index).saturating_add(Self::outstanding(terms, agreement, index))
		})
	}
}

/// What each escrow must cover for a dispute.
fn most_for_dispute<Balance: Saturating + Copy>(prices: &Prices<Balance>) -> Balance {
	prices.dispute.saturating_add(prices.dispute_share)
}

/// How large a dispute about an agreement on these terms can be.
fn dispute_size<AccountId, Balance, BlockNumber>(
	terms: &syngraph_primitives::Terms<AccountId, Balance, BlockNumber>,
	schemas: &[Schema],
) -> DisputeSize
where
	AccountId: Ord + codec::Encode,
	Balance: sp_runtime::traits::AtLeast32BitUnsigned + Copy + codec::Encode,
	BlockNumber: sp_runtime::traits::AtLeast32BitUnsigned + Copy + codec::Encode,
{
	let bytes = schemas
		.iter()
		.map(|schema| longest_message(schema).saturating_mul(terms.window.size))
		.fold(0, u32::saturating_add);
	DisputeSize {
		members: terms.intermediaries().count() as u32,
		sensors: terms.sensors.len() as u32,
		messages: terms.window_messages(),
		bytes,
	}
}
