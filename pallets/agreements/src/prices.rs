//! What an agreement costs, and what its escrows must cover.
//!
//! An active agreement can always afford what it owes already, what it will owe its intermediaries for being bound
//! until its last block, a round of one window with any result and a payout, its own end, and one dispute. Of a round
//! that it cannot afford as a whole, it settles the front that it can.

use alloc::{vec, vec::Vec};
use codec::Encode;
use frame_support::{
	dispatch::DispatchClass,
	traits::Get,
	weights::{Weight, WeightToFee},
};
use frame_system::pallet_prelude::BlockNumberFor;
use sp_runtime::{
	traits::{AtLeast32BitUnsigned, CheckedDiv, Saturating},
	BoundedVec, DispatchError, SaturatedConversion,
};
use syngraph_primitives::{
	api::Quote, unsigned, DisputeCosts, DisputeSize, Outcomes, ResultValue, Schema, Step,
	MAX_INTERMEDIARIES, MAX_RESULT_BYTES,
};
use syngraph_protocol::{longest_message, Assents, Proof, Singles};

use crate::{
	accrual::equal_share, joint, settle::authorization_by, AgreementOf, BalanceOf, Config, Pallet,
	Prices, Shares, TermsOf, WeightInfo,
};

impl<T: Config> Pallet<T> {
	/// What an agreement on these terms would cost and demand if it came into force now, whatever penalty, absence fee,
	/// time to answer and escrows they state. It costs as much work as a proposal, and is for runtime APIs only.
	pub fn quote(terms: &TermsOf<T>) -> Result<Quote<BalanceOf<T>>, DispatchError> {
		Self::check_form(terms)?;
		let (prices, now) = (Self::priced(terms)?, Self::now());
		let users = 0..terms.users.len();
		Ok(Quote {
			settlement: prices.settlement,
			window: prices.window,
			payout: prices.payout,
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
			joint: Self::joint_fee(terms),
			window: Self::window_fee(terms),
			byte: unsigned::length_fee::<T::LengthToFee>(1),
			payout: T::WeightToFee::weight_to_fee(&Self::payout_weight(terms)),
			ending: T::WeightToFee::weight_to_fee(&Self::ending_weight(terms)),
			dispute: T::Disputes::dispute(&dispute_size(terms, schemas))
				.saturating_add(Self::price_of_ruling(terms)),
			storage_share: Self::most_of(terms, Self::rounds_deposit(terms)),
			dispute_share: Self::most_of(terms, T::DisputeDeposit::get()),
		}
	}

	/// What a round of one window costs that all members sign by themselves, by which they bring a joint key into
	/// force.
	fn settlement_fee(terms: &TermsOf<T>) -> BalanceOf<T> {
		let members = terms.intermediaries().count();
		Self::round_fee(
			terms,
			singles(members),
			joint::installation_by::<T>(members),
		)
	}

	/// What a round of one window costs that they sign jointly.
	fn joint_fee(terms: &TermsOf<T>) -> BalanceOf<T> {
		Self::round_fee(terms, jointly(), Weight::zero())
	}

	/// What a round of one window costs that is signed like this, if it weighs so much more than what it settles.
	fn round_fee(terms: &TermsOf<T>, assents: Assents, more: Weight) -> BalanceOf<T> {
		let weight = Self::round_weight(terms, &assents, 1).saturating_add(more);
		let members = terms.intermediaries().count();
		Self::fee(weight, proof_length(assents, members, 1))
	}

	/// What another window that is not null adds to it, with the longest result.
	fn window_fee(terms: &TermsOf<T>) -> BalanceOf<T> {
		let members = terms.intermediaries().count();
		let weight = |assents: Assents| {
			let weight = |windows| Self::round_weight(terms, &assents, windows);
			weight(2).saturating_sub(weight(1))
		};
		let length = |windows| proof_length(singles(members), members, windows);
		let bytes = unsigned::length_fee::<T::LengthToFee>(length(2).saturating_sub(length(1)));
		let weight = weight(singles(members)).max(weight(jointly()));
		T::WeightToFee::weight_to_fee(&weight).saturating_add(bytes)
	}

	/// What a round with so many results weighs that is signed like this, without what may follow from it.
	fn round_weight(terms: &TermsOf<T>, assents: &Assents, windows: u32) -> Weight {
		let (members, sensors) = (terms.intermediaries().count(), terms.sensors.len());
		authorization_by::<T>(assents, members, sensors as u32, windows)
			.saturating_add(Self::settlement_weight(terms, windows))
	}

	/// What it weighs once it is authorised.
	pub(crate) fn settlement_weight(terms: &TermsOf<T>, windows: u32) -> Weight {
		let tells = |step: &&Step<_>| !matches!(step, Step::Transfer { .. });
		let told = terms.reaction.iter().filter(tells).count() as u32;
		let settle = T::WeightInfo::settle(
			terms.intermediaries().count() as u32,
			terms.users.len() as u32,
			windows,
		);
		match told {
			0 => settle,
			_ => settle.saturating_add(T::WeightInfo::react(told.saturating_mul(windows))),
		}
	}

	/// What a transaction of this weight costs, whose call has so many bytes besides the agreement and the
	/// first window.
	fn fee(weight: Weight, bytes: usize) -> BalanceOf<T> {
		let base = T::BlockWeights::get()
			.get(DispatchClass::Normal)
			.base_extrinsic;
		// The number of runs of a round of many windows takes a byte more.
		let bytes = unsigned::SUBJECT_LENGTH
			.saturating_add(bytes)
			.saturating_add(1);
		unsigned::fee::<T::WeightToFee, T::LengthToFee>(base, weight, bytes)
	}

	/// What an end weighs, without the payout that may come with it. It may have been looked for how much of the
	/// largest round the escrows still cover.
	pub(crate) fn ending_weight(terms: &TermsOf<T>) -> Weight {
		let intermediaries = terms.intermediaries().chain(terms.spares()).count() as u32;
		T::WeightInfo::end(intermediaries, terms.sensors.len() as u32).saturating_add(
			search_weight::<T>(terms.users.len() as u32, terms.rounds.most),
		)
	}

	/// The most that a user bears of what all share; of a deposit each bears so much. Of amounts that are added up
	/// before they are shared, no user bears more than so much of each.
	fn most_of(terms: &TermsOf<T>, total: BalanceOf<T>) -> BalanceOf<T> {
		equal_share(total, terms.users.len(), 0)
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
			.saturating_add(prices.storage_share)
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

	/// The most that the user at `index` pays for a round of one window, in whichever way it is signed, and for what
	/// may have to follow it.
	fn most_for_settlement(
		terms: &TermsOf<T>,
		prices: &Prices<BalanceOf<T>>,
		index: usize,
	) -> BalanceOf<T> {
		// The latter should be less, but that depends on what was measured.
		let settlement = prices.settlement.max(prices.joint);
		terms
			.highest_cost(index)
			.saturating_add(Self::most_of(terms, settlement))
			.saturating_add(Self::most_for_sequel(terms, prices))
	}

	/// The most that a user pays for what may have to follow a round: a payout, and the agreement's end.
	fn most_for_sequel(terms: &TermsOf<T>, prices: &Prices<BalanceOf<T>>) -> BalanceOf<T> {
		Self::most_of(terms, prices.payout).saturating_add(Self::most_of(terms, prices.ending))
	}

	/// Whether every escrow covers what a dispute can cost, with the deposit for it.
	pub(crate) fn covers_dispute(terms: &TermsOf<T>, agreement: &AgreementOf<T>) -> bool {
		Self::covers(terms, agreement, |_| most_for_dispute(&agreement.prices))
	}

	/// Whether an escrow does not cover both a round of one window and a dispute. What is reserved for a dispute
	/// that is open is enough for the latter.
	pub(crate) fn is_exhausted(terms: &TermsOf<T>, agreement: &AgreementOf<T>) -> bool {
		!Self::covers(terms, agreement, |index| {
			Self::most_for_settlement(terms, &agreement.prices, index)
				.saturating_add(Self::for_next_dispute(agreement))
		})
	}

	/// Has so much of a round accrue as the escrows cover, in the order of its windows, besides what may have to follow
	/// it and the next dispute. Returns that front.
	pub(crate) fn accrue_front(
		terms: &TermsOf<T>,
		agreement: &mut AgreementOf<T>,
		proof: &Proof,
	) -> Outcomes {
		let outcomes = &proof.outcomes;
		let kept = Self::for_next_dispute(agreement)
			.saturating_add(Self::most_for_sequel(terms, &agreement.prices));
		let kept = Self::besides_retainers(terms, agreement, |_| kept);
		let (members, funds) = (&agreement.roster.members, &agreement.funds);
		let covered = |owed: &[BalanceOf<T>]| cover(funds, owed, &kept);
		let (accrued, prices) = (&mut agreement.accrued, &agreement.prices);
		let results = outcomes.lengths();
		let results = results.map(|(result, length)| (result, prices.of_window(length)));
		let (fee, results) = (joint::fee::<T>(prices, proof), results.collect::<Vec<_>>());
		let settled = accrued.settle_front(terms, members, fee, &results, covered);
		outcomes.front(settled)
	}

	/// What each escrow must keep for the next dispute.
	fn for_next_dispute(agreement: &AgreementOf<T>) -> BalanceOf<T> {
		match agreement.is_disputed() {
			false => most_for_dispute(&agreement.prices),
			true => 0u32.into(),
		}
	}

	/// Whether every escrow covers so much, besides what its user owes already, and will owe for being served until the
	/// end.
	fn covers(
		terms: &TermsOf<T>,
		agreement: &AgreementOf<T>,
		needed: impl Fn(usize) -> BalanceOf<T>,
	) -> bool {
		let owed = Self::owed(terms, agreement);
		let needed = Self::besides_retainers(terms, agreement, needed);
		cover(&agreement.funds, &owed, &needed)
	}

	/// What each escrow must cover: so much, and what its user will owe for being served until the end.
	fn besides_retainers(
		terms: &TermsOf<T>,
		agreement: &AgreementOf<T>,
		needed: impl Fn(usize) -> BalanceOf<T>,
	) -> Vec<BalanceOf<T>> {
		let users = 0..terms.users.len();
		let both = users.map(|index| {
			let retainers = Self::outstanding(terms, agreement, index);
			needed(index).saturating_add(retainers)
		});
		both.collect()
	}
}

impl<Balance: AtLeast32BitUnsigned + Copy> Prices<Balance> {
	/// What a further window of a round costs whose result takes so many bytes, with the null windows after it.
	pub fn of_window(&self, bytes: u32) -> Balance {
		let unused = Balance::from(MAX_RESULT_BYTES.saturating_sub(bytes));
		self.window.saturating_sub(self.byte.saturating_mul(unused))
	}
}

/// What it weighs to look for how many of so many results some escrows cover: as often as they can be halved.
pub(crate) fn search_weight<T: Config>(users: u32, results: u32) -> Weight {
	let settle = |results| T::WeightInfo::settle(MAX_INTERMEDIARIES, users, results);
	let halvings = results.checked_ilog2().unwrap_or(0).saturating_add(1);
	let pass = settle(results).saturating_sub(settle(0));
	pass.saturating_mul(halvings.into())
}

/// Whether every escrow covers what its user owes, and so much besides.
fn cover<Balance: Saturating + Copy + Ord>(
	funds: &Shares<Balance>,
	owed: &[Balance],
	besides: &[Balance],
) -> bool {
	let mut all = funds.iter().zip(owed.iter().zip(besides));
	all.all(|(funds, (owed, besides))| *funds >= owed.saturating_add(*besides))
}

/// The signatures of so many members, with a joint key.
fn singles(members: usize) -> Assents {
	Assents::Single(Singles {
		key: Some(Default::default()),
		signatures: BoundedVec::truncate_from(vec![Default::default(); members]),
		former: 0,
	})
}

/// A joint signature.
fn jointly() -> Assents {
	Assents::Joint(Default::default())
}

/// How many bytes a proof by so many members has, at most, if it is about so few windows that are not null: each of
/// them has the longest result, and as many null ones before and after it as take more than one byte to count.
fn proof_length(assents: Assents, members: usize, windows: usize) -> usize {
	let nulls = || [None; 64].into_iter();
	let each = || nulls().chain([Some(ResultValue::MIN)]);
	let outcomes = (0..windows).flat_map(|_| each());
	let proof = Proof {
		attempt: 0,
		outcomes: Outcomes::new(outcomes.chain(nulls())).unwrap_or_default(),
		data_root: Default::default(),
		blindings: BoundedVec::truncate_from(vec![[0; 12]; members]),
		assents,
	};
	proof.encoded_size()
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
