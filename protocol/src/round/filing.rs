//! What of a round can be put on file when it is disputed.

use sp_core::sr25519;
use syngraph_primitives::{GenesisHash, Utterance};

use super::{author, Attempt, Exhibit, Opening, Plan, Round};

impl Round {
	/// The utterance that an exhibit is, signed with the help of `sign` if it is this intermediary's own. The chain
	/// hears no share of a joint signature: else whoever gives one could contradict itself by what it committed to, and
	/// nobody could prove it.
	pub fn exhibit(
		&self,
		exhibit: &Exhibit,
		genesis: &GenesisHash,
		sign: &impl Fn(&[u8]) -> Option<sr25519::Signature>,
	) -> Option<Utterance> {
		match exhibit {
			Exhibit::Peer(said) => Some(said.clone().told()),
			Exhibit::Own(plan) => {
				let attempt = self.attempt(plan.span.attempt, Some(plan))?;
				attempt.files().sign(genesis, sign)
			},
		}
	}

	/// The place of the one member who contradicted itself, if the round is disputed for that.
	pub fn contradictory(&self) -> Option<usize> {
		self.seat.roster.place(author(self.exhibits()?)?)
	}

	/// Whether what the round is disputed for can be put on file at once: what one member said twice, and what is of
	/// the first attempt. Everything else is, once the chain has come to its attempt.
	pub fn is_reportable(&self) -> bool {
		self.contradictory().is_some() || self.span().attempt == 0
	}

	/// What is known of what the member at `place` said in an attempt, as far as the chain hears it. `sign` signs what
	/// is the own.
	pub fn testimony(
		&self,
		attempt: &Attempt,
		place: usize,
		genesis: &GenesisHash,
		sign: &impl Fn(&[u8]) -> Option<sr25519::Signature>,
	) -> Option<Utterance> {
		match self.seat.place() == Some(place) {
			true => attempt.files().sign(genesis, sign),
			false => Some(plain(attempt.said(place)?)),
		}
	}

	/// Whether this round says all that was said from here before, and nothing else in its stead.
	///
	/// It does not if the state that the round comes from is older than what was said.
	pub fn covers(&self, said: &Utterance) -> bool {
		let plan = Plan {
			span: *said.span(),
			before: said.commitment().before,
		};
		let Some(attempt) = self.attempt(plan.span.attempt, Some(&plan)) else {
			return false;
		};
		let own = attempt.files();
		let set = own.opening.map(|Opening { commitments, .. }| commitments);
		let mut reveal = said.reveal.iter();
		*said.commitment() == own.commitment && reveal.all(|reveal| Some(reveal.commitments) == set)
	}

	/// Whether more of what the member at `place` said in an attempt is known than is on file.
	pub fn adds(&self, attempt: &Attempt, place: usize, on_file: Option<&Utterance>) -> bool {
		let reveals = match self.seat.place() == Some(place) {
			true => Some(attempt.is_revealed()),
			false => attempt.said(place).map(|said| plain(said).reveal.is_some()),
		};
		match (reveals, on_file) {
			(None, _) => false,
			(Some(_), None) => true,
			(Some(reveals), Some(filed)) => reveals && filed.reveal.is_none(),
		}
	}
}

/// What was said, without an assent that the chain does not hear while a dispute is open.
fn plain(said: &Utterance) -> Utterance {
	let mut said = said.clone();
	said.reveal = said.reveal.filter(|reveal| reveal.assent.is_plain());
	said
}
