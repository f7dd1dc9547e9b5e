//! What adversaries do together.

use pallet_disputes::Call;
use sp_core::H256;
use syngraph_primitives::{BlockNumber, Utterance};
use syngraph_protocol::Bundle;
use syngraph_runtime::{Runtime, RuntimeCall};
use syngraph_tests::{Forger, Mischief, To};

use crate::tricks::said_by;

/// Contradicts an accomplice about windows that both make up, and says nothing to anybody else.
///
/// All but the first tell the first alone, which takes the contradiction to the chain.
pub struct Accomplice;

impl Accomplice {
	/// The same commitment to windows that nobody has.
	fn made_up(said: &Utterance, own: &Forger) -> Utterance {
		let mut commitment = said.commitment().clone();
		commitment.data_root = H256::repeat_byte(0x70 + own.place as u8);
		Utterance {
			commit: own.sign_commitment(commitment),
			reveal: None,
		}
	}
}

impl Mischief for Accomplice {
	fn say(&mut self, mut bundle: Bundle, own: &Forger, _: BlockNumber) -> Vec<(To, Bundle)> {
		for said in &mut bundle.utterances {
			*said = Self::made_up(said, own);
		}
		match own.place {
			0 => Vec::new(),
			_ => vec![(To::Some(vec![0]), bundle)],
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
		let mine = said_by(heard, own).map(|said| Self::made_up(said, own));
		let conflicts = mine.flat_map(|mine| {
			let span = *mine.span();
			let same = theirs.iter().filter(move |said| *said.span() == span);
			same.map(move |theirs| (mine.clone(), (*theirs).clone()))
		});
		let report = |(left, right): (Utterance, Utterance)| {
			let (left, right) = (Box::new(left), Box::new(right));
			Call::<Runtime>::report { left, right }.into()
		};
		(Vec::new(), conflicts.map(report).collect())
	}
}

/// Two of a user that owns the sensor. The second has other messages than all others, which the sensor signed for it
/// alone.
///
/// The second tells the first alone what it commits to, and the first tells nobody: it reports that they differ before
/// anybody else has heard of that, and then shows nothing. So what the second shows is all that the chain sees, and the
/// first takes the blame. All others have said nothing by which they could show what they have.
pub struct Framing;

impl Mischief for Framing {
	fn say(&mut self, bundle: Bundle, own: &Forger, _: BlockNumber) -> Vec<(To, Bundle)> {
		match own.place {
			0 => Vec::new(),
			_ => vec![(To::Some(vec![0]), bundle)],
		}
	}

	fn submit(&mut self, call: RuntimeCall, own: &Forger, _: BlockNumber) -> Vec<RuntimeCall> {
		let is_kept_back = match &call {
			RuntimeCall::Disputes(Call::show { .. }) => own.place == 0,
			// It would have the chain hear others.
			RuntimeCall::Disputes(Call::report { .. }) => own.place > 0,
			_ => false,
		};
		match is_kept_back {
			true => Vec::new(),
			false => vec![call],
		}
	}
}
