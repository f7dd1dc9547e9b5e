//! What each call does and refuses, and what holds whatever is called.

mod cancel;
mod close;
mod consent_to_end;
mod create;
mod freeze;
mod give_notice;
mod money;
mod propose;
mod prune;
mod reaction;
mod settle;
mod sign;
mod top_up;
mod try_state;

use crate::{mock::Test, Error as PalletError, Event};

type Error = PalletError<Test>;

/// The last event of the pallet.
fn last_event() -> Event<Test> {
	crate::mock::events().pop().expect("an event was emitted")
}
