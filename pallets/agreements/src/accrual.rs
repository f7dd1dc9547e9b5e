//! What the users of an agreement owe and have not paid out yet, without any storage.
//!
//! To move money takes most of the work of a settlement. So settled rounds only add up here; a payout moves all of it
//! at once, each sum from the user that owes it to whoever is to receive it.

use alloc::{vec, vec::Vec};
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;
use sp_core::ConstU32;
use sp_runtime::{traits::AtLeast32BitUnsigned, BoundedVec};
use syngraph_primitives::{IntermediaryId, ResultValue, Step, Terms, MAX_STEPS};

/// What an agreement costs, as it was when it came into force: a later upgrade of the chain can neither
/// exhaust its escrows nor make a penalty too small.
#[derive(
	Clone,
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
pub struct Prices<Balance> {
	/// What it costs the users together to settle a round of one window, or of null windows alone, apart from rewards
	/// and the reaction, by the signatures of all members, which may bring a joint key into force.
	pub settlement: Balance,
	/// What it costs them if all members have signed jointly. They must be able to pay whichever of the two is more.
	pub joint: Balance,
	/// What each further window of a round that is not null adds to that, if its result is as long as can be.
	pub window: Balance,
	/// By how much less it adds for each byte by which it is shorter.
	pub byte: Balance,
	/// What it costs them together that a settlement, or an exhausted escrow, has paid out what has accrued.
	pub payout: Balance,
	/// What it costs them together to end the agreement when an escrow is exhausted, besides a payout.
	pub ending: Balance,
	/// The most that one dispute costs, whoever bears it.
	pub dispute: Balance,
	/// What each user deposits for the rounds that are kept, all of them together.
	pub storage_share: Balance,
	/// What each user deposits for an open dispute.
	pub dispute_share: Balance,
}

/// What the user at `index` bears of `total`, which `users` share equally; of what cannot be divided, the
/// first ones bear a unit each.
pub(crate) fn equal_share<Balance>(total: Balance, users: usize, index: usize) -> Balance
where
	Balance: AtLeast32BitUnsigned + Copy,
{
	let users = Balance::from(users.max(1) as u32);
	let share = total.checked_div(&users).unwrap_or(total);
	let undivided = total.saturating_sub(share.saturating_mul(users));
	match Balance::from(index as u32) < undivided {
		true => share.saturating_add(Balance::one()),
		false => share,
	}
}

/// What has accrued since the last payout. The roster is the same all the while: nobody leaves before it is paid.
///
/// Sums saturate, but never have to: the escrows cover them.
#[derive(
	Clone, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub struct Accrued<Balance> {
	/// What each step of the reaction is to move, in their order. Only transfers move anything.
	pub steps: BoundedVec<Balance, ConstU32<MAX_STEPS>>,
	/// For how many windows the members are to be rewarded.
	pub windows: u32,
	/// What all users owe in equal parts: the fees of settlements and a payout.
	pub fees: Balance,
}

/// Who receives something.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Receiver {
	/// The operator of a member.
	Member(IntermediaryId),
	/// The user at an index of the terms.
	User(usize),
}

/// What a user owes somebody.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Due<Balance> {
	/// The index of the user in the terms.
	pub from: usize,
	/// Who is to receive it.
	pub to: Receiver,
	/// How much.
	pub amount: Balance,
}

impl<Balance: AtLeast32BitUnsigned + Copy> Accrued<Balance> {
	/// Nothing, under a reaction of so many steps.
	pub fn nothing(steps: usize) -> Self {
		Self {
			steps: BoundedVec::truncate_from(vec![Balance::zero(); steps]),
			windows: 0,
			fees: Balance::zero(),
		}
	}

	/// Whether nothing is to be paid.
	pub fn is_nothing(&self) -> bool {
		self.windows == 0 && self.fees.is_zero()
	}

	/// A round settles: its fee accrues, and its results one after the other, of which each but the first adds the fee
	/// that stands beside it, as long as what each user then owes is covered. Returns how many.
	pub fn settle_front<AccountId, BlockNumber>(
		&mut self,
		terms: &Terms<AccountId, Balance, BlockNumber>,
		members: &[IntermediaryId],
		fee: Balance,
		results: &[(ResultValue, Balance)],
		covered: impl Fn(&[Balance]) -> bool,
	) -> usize
	where
		AccountId: Ord + Encode,
		Balance: Encode,
		BlockNumber: AtLeast32BitUnsigned + Copy + Encode,
	{
		let named = named_by_each(terms, members);
		self.charge(fee);
		let front = |count: usize| {
			let mut next = self.clone();
			for (place, (result, further)) in results.iter().take(count).enumerate() {
				next.settle(&terms.reaction, *result);
				if place > 0 {
					next.charge(*further);
				}
			}
			let covered = covered(&next.owed_if_named(terms, &named));
			covered.then_some(next)
		};
		// Almost always all of them are covered. If not: each adds to what is owed, so that what is covered is a front.
		let (mut settled, mut beyond) = (0usize, results.len().saturating_add(1));
		let mut accrued = None;
		let mut tried = results.len();
		while tried > settled {
			match front(tried) {
				Some(next) => (settled, accrued) = (tried, Some(next)),
				None => beyond = tried,
			}
			tried = settled.midpoint(beyond);
		}
		if let Some(accrued) = accrued {
			*self = accrued;
		}
		settled
	}

	/// A result has settled: its reward, and what the reaction moves for it.
	pub fn settle(&mut self, reaction: &[Step<Balance>], result: ResultValue) {
		for (sum, step) in self.steps.iter_mut().zip(reaction) {
			if let Step::Transfer { amount, .. } = step {
				*sum = sum.saturating_add(amount.of(result));
			}
		}
		self.windows = self.windows.saturating_add(1);
	}

	/// All users owe a fee.
	pub fn charge(&mut self, fee: Balance) {
		self.fees = self.fees.saturating_add(fee);
	}

	/// Takes everything for a payout.
	pub fn take(&mut self) -> Self {
		let nothing = Self::nothing(self.steps.len());
		core::mem::replace(self, nothing)
	}

	/// What each user owes in all, in the order of the terms, if these are the members.
	pub fn owed<AccountId, BlockNumber>(
		&self,
		terms: &Terms<AccountId, Balance, BlockNumber>,
		members: &[IntermediaryId],
	) -> Vec<Balance>
	where
		AccountId: Ord + Encode,
		Balance: Encode,
		BlockNumber: AtLeast32BitUnsigned + Copy + Encode,
	{
		self.owed_if_named(terms, &named_by_each(terms, members))
	}

	/// The same, if each user named so many of the members.
	fn owed_if_named<AccountId, BlockNumber>(
		&self,
		terms: &Terms<AccountId, Balance, BlockNumber>,
		named: &[u32],
	) -> Vec<Balance> {
		let reward = self.reward(terms.reward);
		let fixed = named.iter().enumerate().map(|(index, own)| {
			let rewards = reward.saturating_mul(Balance::from(*own));
			rewards.saturating_add(self.fee_of(named.len(), index))
		});
		let mut owed: Vec<Balance> = fixed.collect();
		for (sum, step) in self.steps.iter().zip(&terms.reaction) {
			let Step::Transfer { from, .. } = step else {
				continue;
			};
			if let Some(owed) = owed.get_mut(usize::from(*from)) {
				*owed = owed.saturating_add(*sum);
			}
		}
		owed
	}

	/// What the user at `index`, of so many, bears of the fees.
	pub fn fee_of(&self, users: usize, index: usize) -> Balance {
		equal_share(self.fees, users, index)
	}

	/// What is due to whom, without the fees: the rewards in the order of the members, then what each user owes each
	/// other one, in the order of the reaction.
	pub fn dues<AccountId, BlockNumber>(
		&self,
		terms: &Terms<AccountId, Balance, BlockNumber>,
		members: &[IntermediaryId],
	) -> Vec<Due<Balance>>
	where
		AccountId: Ord + Encode,
		Balance: Encode,
		BlockNumber: AtLeast32BitUnsigned + Copy + Encode,
	{
		let amount = self.reward(terms.reward);
		let reward = |member: &IntermediaryId| {
			let (from, to) = (terms.named_by(*member)?, Receiver::Member(*member));
			Some(Due { from, to, amount })
		};
		let mut dues: Vec<_> = members.iter().filter_map(reward).collect();
		for (sum, step) in self.steps.iter().zip(&terms.reaction) {
			if let Step::Transfer { from, to, .. } = step {
				let to = Receiver::User((*to).into());
				add(&mut dues, (*from).into(), to, *sum);
			}
		}
		dues.retain(|due| !due.amount.is_zero());
		dues
	}

	/// What each member gets, of which one gets so much for a window.
	fn reward(&self, each: Balance) -> Balance {
		each.saturating_mul(Balance::from(self.windows))
	}
}

/// How many of these members each user named, in the order of the terms.
fn named_by_each<AccountId, Balance, BlockNumber>(
	terms: &Terms<AccountId, Balance, BlockNumber>,
	members: &[IntermediaryId],
) -> Vec<u32>
where
	AccountId: Ord + Encode,
	Balance: AtLeast32BitUnsigned + Copy + Encode,
	BlockNumber: AtLeast32BitUnsigned + Copy + Encode,
{
	let mut named = vec![0u32; terms.users.len()];
	for member in members {
		let user = terms.named_by(*member);
		if let Some(count) = user.and_then(|user| named.get_mut(user)) {
			*count = count.saturating_add(1);
		}
	}
	named
}

/// Adds an amount to what one owes another.
fn add<Balance: AtLeast32BitUnsigned + Copy>(
	dues: &mut Vec<Due<Balance>>,
	from: usize,
	to: Receiver,
	amount: Balance,
) {
	let mut all = dues.iter_mut();
	if let Some(due) = all.find(|due| due.from == from && due.to == to) {
		due.amount = due.amount.saturating_add(amount);
		return;
	}
	dues.push(Due { from, to, amount });
}

#[cfg(test)]
mod tests {
	use super::*;
	use proptest::prelude::*;
	use syngraph_primitives::{Amount, Party};
	use syngraph_test_kit::{bounded, terms as kit};

	type TestTerms = Terms<u64, u64, u64>;

	const REWARD: u64 = 5;

	fn transfer(from: u8, to: u8, amount: Amount<u64>) -> Step<u64> {
		Step::Transfer { from, to, amount }
	}

	/// Terms of so many users, with two members each, of which the first is numbered ten times as high as its user.
	fn terms(users: u64, reaction: Vec<Step<u64>>) -> TestTerms {
		let party = |user: u64| -> Party<u64, u64> {
			let members = [10 * user, 10 * user + 1];
			kit::party(user, &members, &[], 0)
		};
		Terms {
			reaction: bounded(reaction),
			reward: REWARD,
			..kit::terms((0..users).map(party).collect(), vec![])
		}
	}

	fn members(terms: &TestTerms) -> Vec<IntermediaryId> {
		terms.intermediaries().collect()
	}

	/// The first user pays the second two for each unit, and the second pays it back seven.
	fn back_and_forth() -> TestTerms {
		let each = Amount::PerUnit {
			rate: 2,
			at_most: 100,
		};
		let log = Step::Log {
			label: Default::default(),
		};
		let back = transfer(1, 0, Amount::Fixed(7));
		let tip = transfer(0, 1, Amount::Fixed(1));
		terms(2, vec![transfer(0, 1, each), log, back, tip])
	}

	fn due(from: usize, to: Receiver, amount: u64) -> Due<u64> {
		Due { from, to, amount }
	}

	#[test]
	fn shares_are_equal_and_add_up_and_only_grow_with_the_total() {
		for users in 1..=8usize {
			let mut before = vec![0; users];
			for total in (0u128..100).chain([1_000_003, u128::MAX]) {
				let shares: Vec<_> = (0..users).map(|i| equal_share(total, users, i)).collect();
				assert_eq!(shares.iter().sum::<u128>(), total);
				assert!(shares[0] - shares[users - 1] <= 1);
				assert!(shares.iter().zip(&before).all(|(now, then)| now >= then));
				before = shares;
			}
		}
	}

	#[test]
	fn results_add_up() {
		let terms = back_and_forth();
		let mut accrued = Accrued::nothing(terms.reaction.len());
		assert!(accrued.is_nothing());
		for result in [10, -3, 1_000] {
			accrued.settle(&terms.reaction, result);
			accrued.charge(101);
		}
		assert_eq!(accrued.steps.to_vec(), [120, 0, 21, 3]);
		assert_eq!((accrued.windows, accrued.fees), (3, 303));
		let members = members(&terms);
		let owed = accrued.owed(&terms, &members);
		assert_eq!(owed, [30 + 123 + 152, 30 + 21 + 151]);
	}

	#[test]
	fn each_receiver_is_paid_once_by_each_payer() {
		let terms = back_and_forth();
		let mut accrued = Accrued::nothing(terms.reaction.len());
		accrued.settle(&terms.reaction, 10);
		accrued.settle(&terms.reaction, 20);
		let reward = |from, member| due(from, Receiver::Member(member), 2 * REWARD);
		let expected = [
			reward(0, 0),
			reward(1, 10),
			reward(1, 11),
			due(0, Receiver::User(1), 62),
			due(1, Receiver::User(0), 14),
		];
		// One that has left is not among the members any more.
		assert_eq!(accrued.dues(&terms, &[0, 10, 11]), expected);
	}

	#[test]
	fn what_is_taken_is_not_owed_any_more() {
		let terms = back_and_forth();
		let mut accrued = Accrued::nothing(terms.reaction.len());
		accrued.settle(&terms.reaction, 10);
		accrued.charge(3);
		let before = accrued.clone();
		assert_eq!(accrued.take(), before);
		assert_eq!(accrued, Accrued::nothing(terms.reaction.len()));
		assert!(accrued.is_nothing());
		assert_eq!(accrued.dues(&terms, &members(&terms)), []);
		// A round of null windows is to be paid as well.
		accrued.charge(1);
		assert!(!accrued.is_nothing());
	}

	/// What a round costs, and each further window.
	const FEES: (u64, u64) = (100, 10);

	/// Results that settle, and what the second user owes then at most.
	fn front(terms: &TestTerms, results: &[ResultValue], most: u64) -> (usize, Accrued<u64>) {
		let mut accrued = Accrued::nothing(terms.reaction.len());
		let (fee, further) = FEES;
		let results: Vec<_> = results.iter().map(|result| (*result, further)).collect();
		let covered = |owed: &[u64]| owed[1] <= most;
		let settled = accrued.settle_front(terms, &members(terms), fee, &results, covered);
		(settled, accrued)
	}

	#[test]
	fn a_round_has_one_fee_and_every_further_result_adds_to_it() {
		let terms = back_and_forth();
		for (count, fees) in [(0, 100), (1, 100), (2, 110), (256, 2_650)] {
			let (settled, accrued) = front(&terms, &vec![10; count], u64::MAX);
			assert_eq!((settled, accrued.fees), (count, fees));
			assert_eq!(accrued.windows as usize, count);
			let expected = [20, 0, 7, 1].map(|each| each * count as u64);
			assert_eq!(accrued.steps.to_vec(), expected);
		}
	}

	#[test]
	fn results_settle_as_far_as_the_escrows_go() {
		let terms = back_and_forth();
		// Two rewards and seven for each, half of the fees.
		let owed = [50, 67, 89, 111];
		for most in 50..120 {
			let (settled, accrued) = front(&terms, &[-1, 0, 1], most);
			let covered = owed[1..].iter().filter(|owed| **owed <= most);
			assert_eq!(settled, covered.count(), "{most}");
			assert_eq!(accrued.owed(&terms, &members(&terms))[1], owed[settled]);
		}
	}

	#[test]
	fn nothing_is_due_where_nothing_is_moved() {
		let free = TestTerms {
			reward: 0,
			..back_and_forth()
		};
		let mut accrued = Accrued::nothing(free.reaction.len());
		accrued.settle(&free.reaction[..2], -1);
		assert_eq!(accrued.dues(&free, &members(&free)), []);
	}

	fn any_terms() -> impl Strategy<Value = TestTerms> {
		(2u64..=8).prop_flat_map(|users| {
			let any_amount = prop_oneof![
				(0u64..1_000).prop_map(Amount::Fixed),
				(0u64..10, 0u64..1_000)
					.prop_map(|(rate, at_most)| Amount::PerUnit { rate, at_most }),
			];
			let user = 0..users as u8;
			let step = (user.clone(), user, any_amount)
				.prop_filter("nobody pays itself", |(from, to, _)| from != to)
				.prop_map(|(from, to, amount)| transfer(from, to, amount));
			let reaction = prop::collection::vec(step, 0..=MAX_STEPS as usize);
			reaction.prop_map(move |reaction| terms(users, reaction))
		})
	}

	proptest! {
		/// Whatever settles: each user pays what it owes, which is what its windows cost it, and its equal part of the
		/// fees up to one unit.
		#[test]
		fn all_that_is_owed_is_paid_and_nothing_else(
			terms in any_terms(),
			results in prop::collection::vec((any::<i16>(), 0u64..100), 0..20),
			payout in 0u64..100,
		) {
			let (members, users) = (members(&terms), terms.users.len());
			let mut accrued = Accrued::nothing(terms.reaction.len());
			for (result, fee) in &results {
				accrued.settle(&terms.reaction, (*result).into());
				accrued.charge(*fee);
			}
			accrued.charge(payout);
			let fees = results.iter().map(|(_, fee)| fee).sum::<u64>() + payout;
			let owed = accrued.owed(&terms, &members);
			let taken = accrued.take();
			let mut shared = 0;
			for (index, owed) in owed.into_iter().enumerate() {
				let dues = taken.dues(&terms, &members).into_iter();
				let paid: u64 = dues.filter(|due| due.from == index).map(|due| due.amount).sum();
				let fee = taken.fee_of(users, index);
				prop_assert_eq!(owed, paid + fee);
				let cost: u64 = results
					.iter()
					.map(|(result, _)| terms.cost(index, (*result).into()))
					.sum();
				prop_assert_eq!(paid, cost);
				prop_assert!(fee == fees / users as u64 || fee == fees.div_ceil(users as u64));
				shared += fee;
			}
			prop_assert_eq!(shared, fees);
		}

		/// Each settlement adds no more to what a user owes than what is kept ready for it.
		#[test]
		fn no_settlement_costs_more_than_is_foreseen(
			terms in any_terms(),
			results in prop::collection::vec((any::<i16>(), 0u64..100), 0..20),
		) {
			let (members, users) = (members(&terms), terms.users.len());
			let mut accrued = Accrued::nothing(terms.reaction.len());
			for (result, fee) in results {
				let before = accrued.owed(&terms, &members);
				accrued.settle(&terms.reaction, result.into());
				accrued.charge(fee);
				let after = accrued.owed(&terms, &members);
				for (index, before) in before.into_iter().enumerate() {
					let most = terms.highest_cost(index) + equal_share(fee, users, 0);
					prop_assert!(after[index] <= before + most);
				}
			}
		}
	}
}
