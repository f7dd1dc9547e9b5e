//! One attempt at a round.

use super::{form::Revealed, *};
use crate::settlement::{Assents, Singles};

/// What was said in one attempt at a round.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
pub struct Attempt {
	pub(super) own: Commitment,
	/// The root over the digests of the windows, which is never sent.
	digests: H256,
	/// The root of the outcomes, and the secret that opens their seal.
	pub(super) outcomes: H256,
	secret: Secret,
	/// The own place.
	place: Option<u32>,
	/// What each member said first, by place; the own place stays empty.
	pub(super) heard: Vec<Option<Utterance>>,
	/// The set of all commitments, once all had committed to the same before anything contradicted: since then the own
	/// outcomes are revealed with that set and no other; and how this member assents.
	pub(super) revealed: Option<Revealed>,
}

impl Attempt {
	/// Begins an attempt about windows that were computed, of which there are as many as the plan says.
	pub(super) fn new(
		seat: &Seat,
		plan: Plan,
		windows: &[Computed],
		secret: Secret,
		contribution: Option<Contribution>,
	) -> Self {
		let Plan { span, before } = plan;
		// There may be more results than can settle, if the leader's range counts: then it takes a dispute to begin
		// anew.
		let outcomes = outcomes_root_of(windows.iter().map(|it| it.result));
		let digests = root_of(windows.iter().map(|it| it.digest));
		let intermediary = seat.intermediary;
		let blinding = blinding(&span, &secret, &contribution);
		Self {
			own: Commitment {
				span,
				intermediary,
				seal: seal(&span, intermediary, &outcomes, &blinding),
				data_root: root_of(windows.iter().map(|it| it.root)),
				possession: possession(&span, intermediary, &digests),
				before,
				contribution,
			},
			digests,
			outcomes,
			secret,
			place: seat.place().and_then(|place| u32::try_from(place).ok()),
			heard: vec![None; seat.roster.members.len()],
			revealed: None,
		}
	}

	/// What it is about.
	pub fn span(&self) -> Span {
		self.own.span
	}

	/// Whether it has this number; of those that only the chain begins there may be several, on different branches.
	pub(super) fn is(&self, number: u8, begins: Option<&Plan>) -> bool {
		let like = |plan: &Plan| plan.span == self.span() && plan.before == self.own.before;
		number == self.span().attempt && (number < 2 || begins.is_some_and(like))
	}

	/// The own commitment.
	pub fn commitment(&self) -> &Commitment {
		&self.own
	}

	/// The root over the digests of the windows.
	pub fn digests(&self) -> H256 {
		self.digests
	}

	/// The root of the own outcomes.
	pub fn outcomes(&self) -> H256 {
		self.outcomes
	}

	/// Whether these are the own outcomes.
	pub(super) fn came_to(&self, outcomes: &Outcomes) -> bool {
		outcomes_root(outcomes) == self.outcomes
	}

	/// Whether all had committed to the same, so that the own outcomes are revealed.
	pub fn is_revealed(&self) -> bool {
		self.revealed.is_some()
	}

	/// What the member at `place` said, as far as it was heard; nothing for the own place.
	pub fn said(&self, place: usize) -> Option<&Utterance> {
		self.heard.get(place)?.as_ref()
	}

	/// What there is to say.
	pub fn says(&self) -> Unsigned {
		self.opened(self.revealed.and_then(|revealed| revealed.stance.form()))
	}

	/// What there is to put on file: the chain hears signatures that ask for nothing.
	pub fn files(&self) -> Unsigned {
		self.opened(Some(Form::Single(None)))
	}

	/// The commitment, and the reveal if there is any, with an assent in this form.
	fn opened(&self, form: Option<Form>) -> Unsigned {
		let opening = self.revealed.zip(form).map(|(revealed, form)| Opening {
			secret: self.secret,
			outcomes: self.outcomes,
			commitments: revealed.set,
			form,
		});
		Unsigned {
			commitment: self.own.clone(),
			opening,
		}
	}

	/// The set of all commitments, if all are in.
	pub(super) fn set(&self) -> Option<H256> {
		let places = 0..self.heard.len();
		let seals = places.map(|place| Some(self.commitment_at(place)?.seal));
		Some(commitment_set(&seals.collect::<Option<Vec<H256>>>()?))
	}

	/// The commitment of the member at `place`.
	pub(super) fn commitment_at(&self, place: usize) -> Option<&Commitment> {
		match self.is_own(place) {
			true => Some(&self.own),
			false => Some(self.said(place)?.commitment()),
		}
	}

	pub(super) fn phase(&self) -> Phase {
		if self.is_revealed() {
			return match self.is_agreed() {
				true => Phase::Agreed,
				false => Phase::Revealing,
			};
		}
		let ends = |said: &Utterance| said.span().end != self.span().end;
		let all = self.others().all(|said| said.is_some());
		let parted = self.others().flatten().any(ends);
		// In later attempts there is one range: who commits to another one has been told another.
		match all && parted && self.span().attempt == 0 {
			true => Phase::Parted,
			false => Phase::Committing,
		}
	}

	pub(super) fn waits_for(&self, place: usize) -> bool {
		if self.is_own(place) {
			return false;
		}
		match (self.phase(), self.said(place)) {
			(Phase::Committing, Some(said)) => {
				let first = self.span().attempt == 0;
				let parted = first && said.span().end != self.span().end;
				!parted && !self.is_credible(said)
			},
			(Phase::Committing, None) => true,
			(Phase::Revealing, said) => !said.is_some_and(|said| self.agrees(said)),
			_ => false,
		}
	}

	/// Takes in what a member says, and gives two utterances that contradict each other if there are any.
	pub(super) fn hear(&mut self, from: usize, said: &Utterance) -> Option<(Exhibit, Exhibit)> {
		let known = self.heard.get_mut(from)?;
		if let Some(known) = known {
			if matches!(conflict(known, said), Some(Conflict::Equivocation { .. })) {
				return Some((Exhibit::Peer(known.clone()), Exhibit::Peer(said.clone())));
			}
		}
		// The key may have been rotated since: of two that say the same, the later one counts.
		let reveal = known.take().and_then(|known| known.reveal);
		*known = Some(Utterance {
			commit: said.commit.clone(),
			reveal: further(reveal, said.reveal.clone()),
		});
		self.advance();
		let said = self.said(from)?;
		let own = self.claims()?;
		conflict(&own, said)?;
		let plan = Plan {
			span: self.span(),
			before: self.own.before,
		};
		Some((Exhibit::Own(plan), Exhibit::Peer(said.clone())))
	}

	/// Takes for unheard what members said that does not count any more. A reveal that is out stays out.
	pub(super) fn unhear(&mut self, counts: &impl Fn(&Utterance) -> bool) {
		for said in &mut self.heard {
			*said = said.take().filter(counts);
		}
	}

	/// Reveals as soon as all others are seen to have committed to the same, and to have the windows.
	fn advance(&mut self) {
		let credible = |said: Option<&Utterance>| said.is_some_and(|said| self.is_credible(said));
		if self.revealed.is_none() && self.others().all(credible) {
			let stance = Stance::Open;
			self.revealed = self.set().map(|set| Revealed { set, stance });
		}
	}

	/// What this member says, with signatures that nobody looks at.
	fn claims(&self) -> Option<Utterance> {
		let none = |_: &[u8]| Some(sr25519::Signature::default());
		self.files().sign(&H256::zero(), &none)
	}

	/// Whether a member committed to the same range and data as this one, and showed that it has the windows.
	pub fn is_credible(&self, said: &Utterance) -> bool {
		let theirs = said.commitment();
		let possession = possession(&theirs.span, theirs.intermediary, &self.digests);
		self.has_own_root(said) && theirs.possession == possession
	}

	/// Whether the member at `place` committed to the own root without having the windows.
	pub fn is_copied(&self, place: usize) -> bool {
		let copied = |said: &Utterance| self.has_own_root(said) && !self.is_credible(said);
		self.said(place).is_some_and(copied)
	}

	pub(super) fn has_own_root(&self, said: &Utterance) -> bool {
		let theirs = said.commitment();
		theirs.span == self.own.span
			&& theirs.before == self.own.before
			&& theirs.data_root == self.own.data_root
	}

	pub(super) fn proof(
		&self,
		outcomes: Outcomes,
		sign: impl FnOnce(&Settlement) -> Option<sr25519::Signature>,
	) -> Option<Proof> {
		let assents = match self.revealed?.stance {
			Stance::Joint { signature, .. } => Assents::Joint(signature?),
			Stance::Single(key) => Assents::Single(self.singles(key, sign)?),
			_ => return None,
		};
		let same = self.came_to(&outcomes);
		let blindings = (0..self.heard.len()).map(|place| self.blinding_at(place));
		let blindings = blindings.collect::<Option<Vec<_>>>()?;
		same.then_some(Proof {
			attempt: self.span().attempt,
			outcomes,
			data_root: self.own.data_root,
			blindings: blindings.try_into().ok()?,
			assents,
		})
	}

	/// What hides the outcomes in the seal of the member at `place`.
	fn blinding_at(&self, place: usize) -> Option<Blinding> {
		let secret = match self.is_own(place) {
			true => self.secret,
			false => self.said(place)?.reveal.as_ref()?.secret,
		};
		Some(self.commitment_at(place)?.blinding(&secret))
	}

	/// The signatures of all over the settlement with this joint key.
	fn singles(
		&self,
		key: Option<ed25519::Public>,
		sign: impl FnOnce(&Settlement) -> Option<sr25519::Signature>,
	) -> Option<Singles> {
		let own = sign(&self.settlement(key)?)?;
		let signature = |place: usize| match self.is_own(place) {
			true => Some(own),
			false => match self.said(place)?.reveal.as_ref()?.assent {
				Assent::Single { signature, .. } => Some(signature),
				Assent::Joint(_) => None,
			},
		};
		let signatures = (0..self.heard.len()).map(signature);
		let signatures = signatures.collect::<Option<Vec<_>>>()?;
		Some(Singles {
			key,
			signatures: signatures.try_into().ok()?,
			former: 0,
		})
	}

	pub(super) fn is_own(&self, place: usize) -> bool {
		self.place.is_some_and(|own| own as usize == place)
	}

	/// What each of the others said.
	pub(super) fn others(&self) -> impl Iterator<Item = Option<&Utterance>> {
		let all = self.heard.iter().enumerate();
		all.filter(|(place, _)| !self.is_own(*place))
			.map(|(_, said)| said.as_ref())
	}
}

/// Of two reveals of one member the one that is further from what was hoped for; of two that are as far, the later one.
fn further(earlier: Option<Reveal>, later: Option<Reveal>) -> Option<Reveal> {
	match (earlier, later) {
		(Some(earlier), Some(later)) if earlier.assent.rank() > later.assent.rank() => {
			Some(earlier)
		},
		(earlier, later) => later.or(earlier),
	}
}
