//! What people do with their money, and how time passes.

use sp_core::Get;
use syngraph_runtime::{Balances, BlockNumber, Runtime, HOURS, SYN};

use crate::cast::{now, signed, Act, Cast, Move};

type Call = pallet_balances::Call<Runtime>;

/// What somebody who has too little to go on is given.
const GIFT: u128 = 1_000 * SYN;

/// What is done, and how often.
pub const ACTS: &[Act] = &[
	(20, give),
	(3, transfer_allow_death),
	(3, transfer_keep_alive),
	(1, transfer_all),
	(34, pass),
	(1, wait),
	(3, outlast),
];

fn give(cast: &mut Cast) -> Option<Move> {
	let dest = cast.person();
	if Balances::free_balance(&dest) >= GIFT / 4 {
		return None;
	}
	let value = cast.rng.amount(2 * GIFT);
	let dest = dest.into();
	signed(Cast::rich(), Call::transfer_allow_death { dest, value })
}

fn transfer_allow_death(cast: &mut Cast) -> Option<Move> {
	let who = cast.person();
	let dest = cast.person().into();
	let value = cast.rng.amount(Balances::free_balance(&who));
	signed(who, Call::transfer_allow_death { dest, value })
}

fn transfer_keep_alive(cast: &mut Cast) -> Option<Move> {
	let who = cast.person();
	let dest = cast.person().into();
	let value = cast.rng.amount(Balances::free_balance(&who));
	signed(who, Call::transfer_keep_alive { dest, value })
}

fn transfer_all(cast: &mut Cast) -> Option<Move> {
	let dest = cast.person().into();
	let keep_alive = cast.rng.one_in(2);
	signed(cast.person(), Call::transfer_all { dest, keep_alive })
}

/// A few blocks pass.
fn pass(cast: &mut Cast) -> Option<Move> {
	Some(Move::Pass(cast.rng.between(1, 3)))
}

/// An hour passes, or as long as it takes to withdraw a bond.
fn wait(cast: &mut Cast) -> Option<Move> {
	let unbonding: BlockNumber = <Runtime as pallet_registry::Config>::UnbondingPeriod::get();
	Some(Move::Pass(match cast.rng.one_in(2) {
		true => cast.rng.between(10, 2 * HOURS),
		false => unbonding + 1,
	}))
}

/// As long passes as it takes until who is not heard of is taken for dead, if an agreement is in force then.
fn outlast(cast: &mut Cast) -> Option<Move> {
	let interval: BlockNumber = <Runtime as pallet_registry::Config>::HeartbeatInterval::get();
	let blocks = 2 * interval + 1;
	cast.deal(|deal| {
		let phase = &deal.state.phase;
		phase.check_in_force(now() + blocks).is_ok()
	})?;
	Some(Move::Pass(blocks))
}
