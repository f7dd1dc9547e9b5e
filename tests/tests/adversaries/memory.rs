//! What adversaries do about null windows, which leave no trace on chain.

use std::collections::BTreeMap;

use pallet_disputes::Call;
use sp_core::H256;
use syngraph_primitives::{
	commitment_set, seal, BlockNumber, Commitment, IntermediaryId, Reveal, Secret, SignedMessage,
	Statement, WindowIndex,
};
use syngraph_protocol::{Bundle, Revealed, Utterance};
use syngraph_runtime::{Runtime, RuntimeCall};
use syngraph_tests::{Forger, Mischief, To};

/// For how many blocks an adversary lets the others forget.
const PATIENCE: BlockNumber = 4;
/// The secret of its second commitment.
const SECOND: Secret = [7; 32];

/// Never declares itself done with anything.
pub struct Clinging;

impl Mischief for Clinging {
	fn say(&mut self, mut bundle: Bundle, own: &Forger, _: BlockNumber) -> Vec<(To, Bundle)> {
		bundle.done.done.below = 0;
		vec![(To::All, own.sign_bundle(&bundle))]
	}
}

/// Declares itself done with everything that is yet to come, and says nothing else.
pub struct Foregone;

impl Mischief for Foregone {
	fn say(&mut self, mut bundle: Bundle, own: &Forger, _: BlockNumber) -> Vec<(To, Bundle)> {
		bundle.done.done.below = WindowIndex::MAX;
		bundle.utterances.clear();
		vec![(To::All, own.sign_bundle(&bundle))]
	}

	fn submit(&mut self, _: RuntimeCall, _: &Forger, _: BlockNumber) -> Vec<RuntimeCall> {
		Vec::new()
	}
}

/// Keeps what was said about a null window until all others have forgotten it. Then it begins a dispute in
/// which it commits to something else, so that what the others said does not fit any more.
pub struct Hoarder {
	/// Whether it reports a conflict; if not, it complains of silence.
	pub reports: bool,
	/// How many members there are.
	pub members: usize,
	/// The window, and its last message.
	pub window: WindowIndex,
	pub head: SignedMessage,
	/// What everyone said about it.
	pub kept: BTreeMap<IntermediaryId, Utterance>,
	/// The block in which all were done with it.
	pub done: Option<BlockNumber>,
}

impl Hoarder {
	fn keep(&mut self, heard: &[Bundle], now: BlockNumber) {
		for said in heard.iter().flat_map(|bundle| &bundle.utterances) {
			let Some((commit, Some(_))) = said.parts() else {
				continue;
			};
			if commit.window == self.window {
				let kept = self.kept.entry(commit.intermediary);
				kept.or_insert_with(|| said.clone());
			}
		}
		let mut below = heard.iter().map(|bundle| bundle.done.done.below);
		if heard.len() == self.members && below.all(|below| below > self.window) {
			self.done.get_or_insert(now);
		}
	}

	/// Its second utterance, with a set of commitments that fits.
	fn second(&self, own: &Forger) -> Option<Utterance> {
		let (commit, reveal) = self.kept.get(&own.id)?.parts()?;
		let seal = seal(
			&commit.agreement,
			self.window,
			commit.roster,
			commit.version,
			own.id,
			None,
			&SECOND,
		);
		let seals: Option<Vec<H256>> = self
			.kept
			.values()
			.map(|said| said.parts())
			.map(|parts| parts.map(|(commit, _)| (commit.intermediary, commit.seal)))
			.map(|said| said.map(|(id, other)| if id == own.id { seal } else { other }))
			.collect();
		let commit = Commitment {
			seal,
			..commit.clone()
		};
		let reveal = Reveal {
			secret: SECOND,
			commitments: commitment_set(&seals?),
			..reveal?.clone()
		};
		Some(Utterance {
			commit: own.sign(Statement::Commit(commit)),
			reveal: Some(Revealed {
				statement: own.sign(Statement::Reveal(reveal)),
				settlement: None,
			}),
		})
	}

	/// Begins the dispute, and puts on file what fits.
	fn calls(&self, own: &Forger) -> Option<Vec<RuntimeCall>> {
		let second = self.second(own)?;
		let peers = self.kept.iter().filter(|(id, _)| **id != own.id);
		let peers: Vec<_> = peers.map(|(_, said)| said).collect();
		let reveal = |said: &Utterance| Some(said.reveal.as_ref()?.statement.clone());
		let heads = vec![self.head.clone()].try_into().ok()?;
		let begin = match self.reports {
			true => Call::<Runtime>::report {
				left: Box::new(reveal(peers.first()?)?),
				right: Box::new(reveal(&second)?),
				heads,
			},
			false => Call::complain {
				utterance: Box::new(second.clone()),
				heads,
			},
		};
		let all = || peers.iter().copied().chain([&second]);
		let commits = all().map(|said| said.commit.clone());
		let files = commits.chain(all().filter_map(reveal)).map(|statement| {
			let statement = Box::new(statement);
			Call::file {
				statement,
				assent: None,
			}
		});
		Some([begin].into_iter().chain(files).map(Into::into).collect())
	}
}

impl Mischief for Hoarder {
	fn submit(&mut self, call: RuntimeCall, _: &Forger, _: BlockNumber) -> Vec<RuntimeCall> {
		match call {
			RuntimeCall::Disputes(Call::dismiss { .. }) => Vec::new(),
			call => vec![call],
		}
	}

	fn act(
		&mut self,
		heard: &[Bundle],
		own: &Forger,
		now: BlockNumber,
	) -> (Vec<(To, Bundle)>, Vec<RuntimeCall>) {
		self.keep(heard, now);
		let due = self.done.is_some_and(|done| now >= done + PATIENCE);
		let calls = self.calls(own).filter(|_| due);
		(Vec::new(), calls.unwrap_or_default())
	}
}
