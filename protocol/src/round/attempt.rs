//! One attempt at a round.

use super::*;

/// What was said in one attempt at a round.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
pub struct Attempt {
	own: Commitment,
	/// The root over the digests of the windows, which is never sent.
	digests: H256,
	/// The root of the outcomes, and what they are sealed with.
	outcomes: H256,
	secret: Secret,
	/// The own place.
	place: Option<u32>,
	/// What each member said first, by place; the own place stays empty.
	heard: Vec<Option<Utterance>>,
	/// The set of all commitments, once all had committed to the same before anything contradicted: since then the own
	/// reveal is out, with that set and no other.
	revealed: Option<H256>,
}

impl Attempt {
	/// Begins an attempt about windows that were computed, of which there are as many as the plan says.
	pub(super) fn new(seat: &Seat, plan: Plan, windows: &[Computed], secret: Secret) -> Self {
		let Plan { span, before } = plan;
		// There may be more results than can settle, if the leader's range counts: then it takes a dispute to begin
		// anew.
		let outcomes = root_of(windows.iter().map(|it| outcome_leaf(it.result)));
		let digests = root_of(windows.iter().map(|it| it.digest));
		let intermediary = seat.intermediary;
		Self {
			own: Commitment {
				span,
				intermediary,
				seal: seal(&span, intermediary, &outcomes, &secret),
				data_root: root_of(windows.iter().map(|it| it.root)),
				possession: possession(&span, intermediary, &digests),
				before,
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

	/// Whether all had committed to the same, so that the own reveal is out.
	pub fn is_revealed(&self) -> bool {
		self.revealed.is_some()
	}

	/// What the member at `place` said, as far as it was heard; nothing for the own place.
	pub fn said(&self, place: usize) -> Option<&Utterance> {
		self.heard.get(place)?.as_ref()
	}

	/// What there is to say.
	pub fn says(&self) -> Unsigned {
		Unsigned {
			commitment: self.own.clone(),
			opening: self.revealed.map(|set| (self.secret, self.outcomes, set)),
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
		let mut others = self.others();
		if self.is_revealed() {
			return match others.all(|said| said.is_some_and(|said| self.agrees(said))) {
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
			reveal: said.reveal.clone().or(reveal),
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
			self.revealed = self.set();
		}
	}

	/// What this member says, with signatures that nobody looks at.
	fn claims(&self) -> Option<Utterance> {
		let none = |_: &[u8]| Some(sr25519::Signature::default());
		self.says().sign(&H256::zero(), &none)
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

	fn has_own_root(&self, said: &Utterance) -> bool {
		let theirs = said.commitment();
		theirs.span == self.own.span
			&& theirs.before == self.own.before
			&& theirs.data_root == self.own.data_root
	}

	/// Whether a member revealed the own outcomes, for the own set of commitments.
	fn agrees(&self, said: &Utterance) -> bool {
		let same = |reveal: &Reveal| {
			reveal.outcomes == self.outcomes && Some(reveal.commitments) == self.revealed
		};
		self.has_own_root(said) && said.reveal.as_ref().is_some_and(same)
	}

	pub(super) fn proof(
		&self,
		outcomes: Outcomes,
		sign: impl FnOnce(&Settlement) -> Option<sr25519::Signature>,
	) -> Option<Proof> {
		let settlement = self.claims()?.settlement()?;
		let own = sign(&settlement).filter(|_| outcomes_root(&outcomes) == self.outcomes)?;
		let (mut secrets, mut signatures) = (Vec::new(), Vec::new());
		for place in 0..self.heard.len() {
			let (secret, signature) = match self.is_own(place) {
				true => (self.secret, own),
				false => {
					let reveal = self.said(place)?.reveal.as_ref()?;
					(reveal.secret, reveal.assent)
				},
			};
			secrets.push(secret);
			signatures.push(signature);
		}
		Some(Proof {
			attempt: self.span().attempt,
			outcomes,
			data_root: self.own.data_root,
			secrets: secrets.try_into().ok()?,
			signatures: signatures.try_into().ok()?,
			former: 0,
		})
	}

	fn is_own(&self, place: usize) -> bool {
		self.place.is_some_and(|own| own as usize == place)
	}

	/// What each of the others said.
	fn others(&self) -> impl Iterator<Item = Option<&Utterance>> {
		let all = self.heard.iter().enumerate();
		all.filter(|(place, _)| !self.is_own(*place))
			.map(|(_, said)| said.as_ref())
	}
}
