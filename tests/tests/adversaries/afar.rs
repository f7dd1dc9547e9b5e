//! What adversaries do about messages that others lack, and about rounds far away.

use pallet_disputes::Call;
use sp_core::H256;
use syngraph_primitives::{BlockNumber, Commitment, SignedMessage, Utterance, WindowIndex};
use syngraph_protocol::Bundle;
use syngraph_runtime::{Runtime, RuntimeCall};
use syngraph_tests::{Forger, Mischief, To};

use crate::tricks::{complaint, said_by};

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

/// Contradicts itself about another round than the next one, or complains of it, in every block after some.
pub struct Distant {
	/// The first window of the round.
	pub first: WindowIndex,
	pub reports: bool,
	/// The last message of every window.
	pub heads: Vec<SignedMessage>,
	/// How many blocks it lets pass.
	pub wait: BlockNumber,
	/// What it said last.
	pub said: Option<Utterance>,
}

impl Distant {
	/// What it commits to in the distant round, one of many things.
	fn commit(&self, own: &Forger, seal: u8) -> Option<Utterance> {
		let said = self.said.as_ref()?.commitment();
		let mut commitment = Commitment {
			seal: H256::repeat_byte(seal),
			before: None,
			..said.clone()
		};
		commitment.span.attempt = 0;
		commitment.span.round.first = self.first;
		commitment.span.end = self.first + 1;
		Some(Utterance {
			commit: own.sign_commitment(commitment),
			reveal: None,
		})
	}

	fn call(&self, own: &Forger) -> Option<RuntimeCall> {
		let (left, right) = (self.commit(own, 1)?, self.commit(own, 2)?);
		match self.reports {
			true => Some(
				Call::<Runtime>::report {
					left: Box::new(left),
					right: Box::new(right),
				}
				.into(),
			),
			false => complaint(&left, &self.heads, own),
		}
	}
}

impl Mischief for Distant {
	fn act(
		&mut self,
		heard: &[Bundle],
		own: &Forger,
		_: BlockNumber,
	) -> (Vec<(To, Bundle)>, Vec<RuntimeCall>) {
		let last = said_by(heard, own).last().cloned();
		self.said = last.or(self.said.take());
		let waits = self.wait > 0;
		self.wait = self.wait.saturating_sub(1);
		let call = self.call(own).filter(|_| !waits);
		(Vec::new(), call.into_iter().collect())
	}
}
