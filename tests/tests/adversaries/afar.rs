//! What adversaries do about messages that others lack, and about windows far away.

use pallet_disputes::Call;
use sp_core::H256;
use syngraph_primitives::{BlockNumber, Commitment, SignedMessage, Statement};
use syngraph_protocol::{Bundle, Utterance};
use syngraph_runtime::{Runtime, RuntimeCall};
use syngraph_tests::{Forger, Mischief, To};

use crate::tricks::said_by;

/// Passes no messages on to those that lack some, and perhaps does not show them on chain either.
pub struct Withholder {
	pub shows: bool,
}

impl Mischief for Withholder {
	fn passes_on(&self) -> bool {
		false
	}

	fn submit(&mut self, call: RuntimeCall, _: &Forger, _: BlockNumber) -> Vec<RuntimeCall> {
		match call {
			RuntimeCall::Disputes(Call::show { .. }) if !self.shows => Vec::new(),
			call => vec![call],
		}
	}
}

/// Contradicts itself about a window far away, or complains of it, in every block.
pub struct Distant {
	pub window: u64,
	pub reports: bool,
	/// A message of that window.
	pub head: SignedMessage,
}

impl Mischief for Distant {
	fn act(
		&mut self,
		heard: &[Bundle],
		own: &Forger,
		_: BlockNumber,
	) -> (Vec<(To, Bundle)>, Vec<RuntimeCall>) {
		let mut said = said_by(heard, own).map(|said| said.commit.statement.clone());
		let Some(Statement::Commit(said)) = said.next() else {
			return (Vec::new(), Vec::new());
		};
		let commit = |seal| {
			own.sign(Statement::Commit(Commitment {
				window: self.window,
				seal: H256::repeat_byte(seal),
				..said.clone()
			}))
		};
		let call = match self.reports {
			true => Call::<Runtime>::report {
				left: Box::new(commit(1)),
				right: Box::new(commit(2)),
				heads: Default::default(),
			},
			false => Call::complain {
				utterance: Box::new(Utterance {
					commit: commit(1),
					reveal: None,
				}),
				heads: vec![self.head.clone()].try_into().expect("one is allowed"),
			},
		};
		(Vec::new(), vec![call.into()])
	}
}
