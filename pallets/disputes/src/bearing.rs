//! Who bears what of a dispute's cost.
//!
//! Nobody advances anything: what a dispute costs is added up, and divided when it closes, among those by
//! whom it falls on. Whoever is proven wrong pays for all of it, as far as its bond is liable; what is left
//! falls on users, and on an honest one only if nobody's failure is known.

use alloc::{vec, vec::Vec};
use sp_runtime::traits::AtLeast32BitUnsigned;
use syngraph_primitives::Failure;

/// What matters of a member.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Member<Balance> {
	/// The index of the user that named it.
	pub user: usize,
	/// What its bond is still liable for.
	pub liability: Balance,
	/// How it failed, if it did.
	pub failure: Option<Failure>,
	/// What it had to do with how the dispute came about.
	pub part: Part,
}

/// What a member had to do with how a dispute came about.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Part {
	/// It asked for something: it complained, or lacked messages, or had the dispute opened by what it and another
	/// said.
	Asks,
	/// It was asked: others complained, or lacked messages to which it had committed.
	IsAsked,
	/// Neither.
	None,
}

/// What a dispute cost, and all that tells on whom it falls. Users are told by their index in the terms.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Bill<Balance> {
	/// What it cost.
	pub spent: Balance,
	/// How many users there are.
	pub users: usize,
	/// The members that were heard, in the order of the roster.
	pub members: Vec<Member<Balance>>,
	/// What an absence costs a member.
	pub absence_fee: Balance,
	/// The users on whom it falls because of a sensor: those whose sensors are to blame, since one signed different
	/// messages with one number, or its keys changed while the dispute was open; all of them, if it is one
	/// that does not answer for what was signed.
	pub owners: Vec<usize>,
}

/// Who bears what. The sum of all parts is what the dispute cost.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Shares<Balance> {
	/// What is taken from the bond of each member, by place: no more than it is liable for.
	pub bonds: Vec<Balance>,
	/// What each user bears, by index.
	pub users: Vec<Balance>,
}

impl<Balance: AtLeast32BitUnsigned + Copy> Bill<Balance> {
	/// Divides the cost.
	pub(crate) fn shares(&self) -> Shares<Balance> {
		let (bonds, rest) = self.bonds();
		let mut users = vec![Balance::zero(); self.users];
		let failed = self.named(|member| member.failure.is_some());
		if !self.owners.is_empty() {
			divide(rest, &self.owners, &mut users);
		} else if !failed.is_empty() {
			divide(rest, &distinct(failed), &mut users);
		} else {
			self.halve(rest, &mut users);
		}
		Shares { bonds, users }
	}

	/// What is taken from the bond of each member, and what it leaves: whoever is proven wrong comes first,
	/// then who was absent.
	fn bonds(&self) -> (Vec<Balance>, Balance) {
		let mut rest = self.spent;
		let mut bonds = vec![Balance::zero(); self.members.len()];
		for due in [Self::due_for_lie, Self::due_for_absence] {
			for (bond, member) in bonds.iter_mut().zip(&self.members) {
				let most = member.liability.saturating_sub(*bond);
				let part = due(self, member).min(rest).min(most);
				*bond = bond.saturating_add(part);
				rest = rest.saturating_sub(part);
			}
		}
		(bonds, rest)
	}

	fn due_for_lie(&self, member: &Member<Balance>) -> Balance {
		match member.failure {
			Some(Failure::Lie) => self.spent,
			_ => Balance::zero(),
		}
	}

	/// If a sensor is to blame, its owner bears all that liars leave.
	fn due_for_absence(&self, member: &Member<Balance>) -> Balance {
		match member.failure {
			Some(Failure::Absence) if self.owners.is_empty() => self.absence_fee,
			_ => Balance::zero(),
		}
	}

	/// Divides what is left if nobody failed: nobody can tell who did not hear whom. One half falls on the
	/// users of those that asked, the other on the users of those that were asked; all of it on the former if
	/// there is nobody else. If nobody asked for anything, it falls on all users equally.
	fn halve(&self, rest: Balance, users: &mut [Balance]) {
		let asking = self.named(|member| member.part == Part::Asks);
		let asked = self.named(|member| member.part == Part::IsAsked);
		if asking.is_empty() {
			let all: Vec<usize> = (0..self.users).collect();
			return divide(rest, &all, users);
		}
		let half = match asked.is_empty() {
			true => Balance::zero(),
			false => rest / 2u32.into(),
		};
		divide(rest.saturating_sub(half), &asking, users);
		divide(half, &asked, users);
	}

	/// The users that named members of a sort, once for each of these.
	fn named(&self, is: impl Fn(&Member<Balance>) -> bool) -> Vec<usize> {
		let members = self.members.iter().filter(|member| is(member));
		let users = members.map(|member| member.user);
		users.filter(|user| *user < self.users).collect()
	}
}

/// Each user once.
fn distinct(mut users: Vec<usize>) -> Vec<usize> {
	users.sort_unstable();
	users.dedup();
	users
}

/// Adds equal parts of an amount to what these users bear. What cannot be divided falls on the first.
fn divide<Balance: AtLeast32BitUnsigned + Copy>(
	amount: Balance,
	among: &[usize],
	users: &mut [Balance],
) {
	let count = Balance::from(among.len() as u32);
	let each = amount.checked_div(&count).unwrap_or_else(Balance::zero);
	let mut odd = amount.saturating_sub(each.saturating_mul(count));
	for index in among {
		if let Some(share) = users.get_mut(*index) {
			*share = share.saturating_add(each).saturating_add(odd);
			odd = Balance::zero();
		}
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use proptest::prelude::*;

	const LIABILITY: u64 = 1_000;
	const FEE: u64 = 30;

	fn member(user: usize) -> Member<u64> {
		Member {
			user,
			liability: LIABILITY,
			failure: None,
			part: Part::None,
		}
	}

	/// A dispute between two members of the first user, one of the second and one of the third.
	fn bill(spent: u64) -> Bill<u64> {
		Bill {
			spent,
			users: 3,
			members: [0, 0, 1, 2].map(member).to_vec(),
			absence_fee: FEE,
			owners: vec![],
		}
	}

	#[track_caller]
	fn assert_shares(bill: &Bill<u64>, bonds: [u64; 4], users: [u64; 3]) {
		let (bonds, users) = (bonds.to_vec(), users.to_vec());
		assert_eq!(bill.shares(), Shares { bonds, users });
	}

	#[test]
	fn what_nobody_is_to_blame_for_falls_on_all_users() {
		assert_shares(&bill(302), [0; 4], [102, 100, 100]);
		assert_shares(&bill(0), [0; 4], [0; 3]);
	}

	#[test]
	fn who_is_proven_wrong_pays_for_everything() {
		let mut bill = bill(300);
		bill.members[2].failure = Some(Failure::Lie);
		bill.members[0].part = Part::Asks;
		bill.members[3].failure = Some(Failure::Absence);
		bill.owners = vec![0];
		assert_shares(&bill, [0, 0, 300, 0], [0; 3]);
	}

	#[test]
	fn one_liar_after_the_other_pays_as_far_as_its_bond_is_liable() {
		let mut bill = bill(1_500);
		for place in [1, 3] {
			bill.members[place].failure = Some(Failure::Lie);
		}
		assert_shares(&bill, [0, 1_000, 0, 500], [0; 3]);
	}

	#[test]
	fn what_liars_cannot_pay_falls_on_those_who_named_them() {
		let mut bill = bill(300);
		for place in [0, 1, 2] {
			bill.members[place].failure = Some(Failure::Lie);
			bill.members[place].liability = 10;
		}
		assert_shares(&bill, [10, 10, 10, 0], [135, 135, 0]);
	}

	#[test]
	fn an_absence_falls_on_who_named_the_absent() {
		let mut bill = bill(300);
		bill.members[2].failure = Some(Failure::Absence);
		bill.members[0].part = Part::Asks;
		assert_shares(&bill, [0, 0, FEE, 0], [0, 270, 0]);
		// Both of a user's members count once.
		for place in [0, 1] {
			bill.members[place].failure = Some(Failure::Absence);
		}
		assert_shares(&bill, [FEE, FEE, FEE, 0], [105, 105, 0]);
		// No more than there is to pay.
		bill.spent = 40;
		assert_shares(&bill, [FEE, 10, 0, 0], [0; 3]);
	}

	#[test]
	fn an_answered_complaint_is_halved() {
		let mut bill = bill(600);
		bill.members[0].part = Part::Asks;
		for place in [1, 2, 3] {
			bill.members[place].part = Part::IsAsked;
		}
		assert_shares(&bill, [0; 4], [300 + 100, 100, 100]);
		bill.spent = 601;
		assert_shares(&bill, [0; 4], [301 + 100, 100, 100]);
	}

	#[test]
	fn who_asks_where_there_is_nobody_else_bears_it_all() {
		let mut bill = bill(601);
		bill.members[2].part = Part::Asks;
		assert_shares(&bill, [0; 4], [0, 601, 0]);
	}

	#[test]
	fn two_that_contradict_each_other_about_nothing_bear_it_all() {
		for (places, users) in [([0, 1], [601, 0, 0]), ([0, 3], [301, 0, 300])] {
			let mut bill = bill(601);
			for place in places {
				bill.members[place].part = Part::Asks;
			}
			assert_shares(&bill, [0; 4], users);
		}
	}

	#[test]
	fn who_lacked_messages_bears_half_and_who_had_them_the_other() {
		let mut bill = bill(600);
		bill.members[2].part = Part::Asks;
		bill.members[3].part = Part::Asks;
		bill.members[0].part = Part::IsAsked;
		assert_shares(&bill, [0; 4], [300, 150, 150]);
	}

	#[test]
	fn an_owner_bears_all_that_its_sensor_caused() {
		let mut bill = bill(300);
		bill.owners = vec![1];
		bill.members[0].failure = Some(Failure::Absence);
		assert_shares(&bill, [0; 4], [0, 300, 0]);
		bill.owners = vec![1, 2];
		assert_shares(&bill, [0; 4], [0, 150, 150]);
	}

	fn any_failure() -> impl Strategy<Value = Option<Failure>> {
		prop_oneof![
			2 => Just(None),
			1 => Just(Some(Failure::Lie)),
			1 => Just(Some(Failure::Absence)),
		]
	}

	fn any_part() -> impl Strategy<Value = Part> {
		prop_oneof![Just(Part::None), Just(Part::Asks), Just(Part::IsAsked)]
	}

	fn any_member(users: usize) -> impl Strategy<Value = Member<u64>> {
		(0..users, 0u64..2_000, any_failure(), any_part()).prop_map(
			|(user, liability, failure, part)| Member {
				user,
				liability,
				failure,
				part,
			},
		)
	}

	fn any_bill() -> impl Strategy<Value = Bill<u64>> {
		(2usize..8).prop_flat_map(|users| {
			let members = prop::collection::vec(any_member(users), users..16);
			let owners = prop::collection::btree_set(0..users, 0..3);
			let rest = (0u64..5_000, 0u64..100);
			(members, owners, rest).prop_map(move |(members, owners, (spent, absence_fee))| Bill {
				spent,
				users,
				members,
				absence_fee,
				owners: owners.into_iter().collect(),
			})
		})
	}

	proptest! {
		/// The dispute is paid for to the last unit, no bond pays more than it is liable for, and no user
		/// more than was reserved, which covers all that the dispute cost.
		#[test]
		fn everything_is_paid_and_nobody_pays_too_much(bill in any_bill(), more in 0u64..1_000) {
			let reserve = bill.spent + more;
			let shares = bill.shares();
			let total: u64 = shares.bonds.iter().chain(&shares.users).sum();
			prop_assert_eq!(total, bill.spent);
			prop_assert!(shares.users.iter().all(|share| *share <= reserve));
			for (bond, member) in shares.bonds.iter().zip(&bill.members) {
				prop_assert!(*bond <= member.liability);
			}
		}

		/// Where somebody failed or a sensor is to blame, users bear something only for their own.
		#[test]
		fn no_user_pays_for_what_others_failed_in(bill in any_bill()) {
			let failed = |member: &&Member<u64>| member.failure.is_some();
			let at_fault = |user| {
				let mut all = bill.members.iter().filter(failed);
				bill.owners.contains(&user) || all.any(|member| member.user == user)
			};
			let shares = bill.shares();
			if !bill.owners.is_empty() || bill.members.iter().any(|member| failed(&member)) {
				for (user, share) in shares.users.iter().enumerate() {
					prop_assert!(*share == 0 || at_fault(user));
				}
			}
		}

		/// As long as the liability of those who lied covers the cost, nobody else pays anything.
		#[test]
		fn liars_pay_for_everybody(mut bill in any_bill(), spent in any::<prop::sample::Index>()) {
			let lied = |member: &&Member<u64>| member.failure == Some(Failure::Lie);
			let liable: u64 = bill.members.iter().filter(lied).map(|member| member.liability).sum();
			bill.spent = spent.index(liable as usize + 1) as u64;
			let shares = bill.shares();
			prop_assert!(shares.users.iter().all(|share| *share == 0));
			for (bond, member) in shares.bonds.iter().zip(&bill.members) {
				prop_assert!(*bond == 0 || lied(&member));
			}
		}

		/// A member that neither lied nor was absent pays nothing.
		#[test]
		fn an_honest_bond_pays_nothing(bill in any_bill()) {
			for (bond, member) in bill.shares().bonds.iter().zip(&bill.members) {
				let most = match member.failure {
					Some(Failure::Lie) => bill.spent,
					Some(Failure::Absence) => bill.absence_fee,
					None => 0,
				};
				prop_assert!(*bond <= most);
			}
		}
	}
}
