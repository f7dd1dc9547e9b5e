//! What adversaries do together.

use pallet_disputes::Call;
use sp_core::H256;
use syngraph_primitives::{BlockNumber, Commitment, SignedMessage, SignedStatement, Statement};
use syngraph_protocol::Bundle;
use syngraph_runtime::{Runtime, RuntimeCall};
use syngraph_tests::{Forger, Mischief, To};

use crate::tricks::said_by;

/// Contradicts an accomplice about windows that both make up, and says nothing to anybody else.
///
/// All but the first tell the first alone, which takes the contradiction to the chain.
pub struct Accomplice {
	/// The last message of every window.
	pub heads: Vec<SignedMessage>,
}

impl Accomplice {
	/// The same commitment to a window that nobody has.
	fn made_up(said: &SignedStatement, own: &Forger) -> Option<SignedStatement> {
		let Statement::Commit(commit) = &said.statement else {
			return None;
		};
		let root = H256::repeat_byte(0x70 + own.place as u8);
		Some(own.sign(Statement::Commit(Commitment {
			root,
			..commit.clone()
		})))
	}
}

impl Mischief for Accomplice {
	fn say(&mut self, mut bundle: Bundle, own: &Forger, _: BlockNumber) -> Vec<(To, Bundle)> {
		for said in &mut bundle.utterances {
			said.reveal = None;
			said.commit = Self::made_up(&said.commit, own).expect("it is a commitment");
		}
		match own.place {
			0 => Vec::new(),
			_ => vec![(To::Some(vec![0]), own.sign_bundle(&bundle))],
		}
	}

	fn submit(&mut self, _: RuntimeCall, _: &Forger, _: BlockNumber) -> Vec<RuntimeCall> {
		Vec::new()
	}

	fn act(
		&mut self,
		heard: &[Bundle],
		own: &Forger,
		_: BlockNumber,
	) -> (Vec<(To, Bundle)>, Vec<RuntimeCall>) {
		if own.place > 0 {
			return Default::default();
		}
		let peers = heard.iter().filter(|bundle| bundle.intermediary != own.id);
		let theirs: Vec<_> = peers.flat_map(|bundle| &bundle.utterances).collect();
		let mine = said_by(heard, own).filter_map(|said| Self::made_up(&said.commit, own));
		let conflicts = mine.flat_map(|mine| {
			let window = mine.statement.window();
			let same = theirs
				.iter()
				.map(|said| said.commit.clone())
				.filter(move |commit| commit.statement.window() == window);
			same.map(move |theirs| (mine.clone(), theirs))
		});
		let report = |(left, right): (SignedStatement, SignedStatement)| {
			let head = self.heads.get(left.statement.window() as usize)?;
			let heads = vec![head.clone()].try_into().ok()?;
			let (left, right) = (Box::new(left), Box::new(right));
			Some(Call::<Runtime>::report { left, right, heads }.into())
		};
		(Vec::new(), conflicts.filter_map(report).collect())
	}
}
