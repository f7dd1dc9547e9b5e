//! What adversaries do about the ranges of rounds, and about how far they have come.

use syngraph_primitives::{BlockNumber, WindowIndex};
use syngraph_protocol::{Bundle, Standing};
use syngraph_runtime::RuntimeCall;
use syngraph_tests::{Forger, Mischief, To};
use syngraph_worker::AgreementInfo;

/// Goes by other terms than all others.
pub struct Goes(pub fn(&mut Standing, &Forger));

impl Mischief for Goes {
	fn see(&self, mut agreement: AgreementInfo, own: &Forger) -> AgreementInfo {
		(self.0)(&mut agreement.standing, own);
		agreement
	}
}

/// Whether it is a member's turn to lead.
fn leads(standing: &Standing, own: &Forger) -> bool {
	let leader = standing
		.roster
		.leader(&standing.rounds, standing.progress.rounds);
	standing.roster.place(own.id) == Some(leader as usize)
}

/// Whenever it leads it has a round of each window, so that the users pay for as many.
pub fn single(standing: &mut Standing, own: &Forger) {
	if leads(standing, own) {
		standing.rounds.most = 1;
	}
}

/// Commits to one window, whoever leads: it takes itself for the leader.
pub fn stubborn(standing: &mut Standing, own: &Forger) {
	standing.rounds.most = 1;
	let count = standing.roster.members.len() as u32;
	let place = standing.roster.place(own.id).unwrap_or_default() as u32;
	let turn = standing.roster.number % count;
	standing.rounds.leader = Some(((place + count - turn) % count) as u8);
}

/// Never begins a round.
pub fn idle(standing: &mut Standing, own: &Forger) {
	if leads(standing, own) {
		standing.rounds.patience = BlockNumber::MAX;
		standing.rounds.most = 256;
	}
}

/// Begins rounds with more results than the terms allow.
pub fn greedy(standing: &mut Standing, _: &Forger) {
	standing.rounds.most = 256;
}

/// How far one says that it has come.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Progress {
	/// It has computed nothing.
	None,
	/// It has computed everything that is yet to come, and has nothing to say about it.
	Everything,
	/// It has computed one more window in every block, and has nothing to say about it.
	EverMore,
}

/// Says that it has come further than it has, or less far.
pub struct Boaster(pub Progress);

impl Mischief for Boaster {
	fn say(&mut self, mut bundle: Bundle, _: &Forger, _: BlockNumber) -> Vec<(To, Bundle)> {
		match self.0 {
			Progress::None => {
				bundle.ready = 0;
				vec![(To::All, bundle)]
			},
			_ => Vec::new(),
		}
	}

	fn submit(&mut self, call: RuntimeCall, _: &Forger, _: BlockNumber) -> Vec<RuntimeCall> {
		match self.0 {
			Progress::None => vec![call],
			_ => Vec::new(),
		}
	}

	fn act(
		&mut self,
		heard: &[Bundle],
		own: &Forger,
		now: BlockNumber,
	) -> (Vec<(To, Bundle)>, Vec<RuntimeCall>) {
		let ready = match self.0 {
			Progress::None => return Default::default(),
			Progress::Everything => WindowIndex::MAX,
			Progress::EverMore => now.into(),
		};
		let mine = heard.iter().filter(|bundle| bundle.intermediary == own.id);
		let say = |bundle: &Bundle| Bundle {
			ready,
			utterances: Vec::new(),
			..bundle.clone()
		};
		let said = mine.map(|bundle| (To::All, say(bundle)));
		(said.collect(), Vec::new())
	}
}
