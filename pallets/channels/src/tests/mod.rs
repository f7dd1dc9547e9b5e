//! One file per call, one for money whatever is called, and one for the invariants themselves.

mod change_payer;
mod claim;
mod close;
mod close_batch;
mod money;
mod open;
mod redeem;
mod request_close;
mod rescue;
mod top_up;
mod try_state;

use frame_support::{assert_noop, assert_ok};
use sp_runtime::{DispatchError, TokenError};
use syngraph_primitives::{Group, Payer, MAX_GROUP_MEMBERS};

use crate::{mock::*, Channel, Channels as Stored, PayerChange};

type Error = crate::Error<Test>;
type Event = crate::Event<Test>;

/// A group without members, and one with too many.
fn unsound() -> [Payer; 2] {
	[0, MAX_GROUP_MEMBERS + 1].map(|members| {
		let root = Default::default();
		Payer::Group(Group { root, members })
	})
}
