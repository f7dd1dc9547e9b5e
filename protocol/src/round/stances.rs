//! How a member assents once all have committed to the same.
//!
//! Jointly, if all contribute to the joint key in force: then it says its share of a joint signature. If a share is
//! missing for too long, or bad, or the key in force is another one, by a signature of its own, which asks for the
//! joint key that all contribute to. If not all do, or a dispute is open, or others ask for something else, by one that
//! asks for nothing: that one is the same for everybody. A member goes from one to the next, and follows whoever has
//! gone further: so all meet in the end, whatever each of them saw of the chain.
//!
//! Nothing secret is here: whoever drives the state machine makes the share, see [`Joining`].

use syngraph_joint::{
	Error, JointKey, KeyShare, Membership, NonceCommitments, Nonces, PublicShare, Signers, Signing,
};

use super::{
	form::{Form, Revealed, Stance},
	*,
};

/// By what a member decides how to assent.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Footing {
	/// The joint key in force.
	pub key: Option<ed25519::Public>,
	/// Whether others' shares have been waited for for long enough.
	pub late: bool,
	/// Whether a dispute about the round is open.
	pub disputed: bool,
}

/// A joint signature to which this member has to add its share.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Joining {
	/// What it is about.
	pub span: Span,
	/// The joint key.
	pub key: ed25519::Public,
	/// What each member contributes, by place.
	pub contributions: Vec<Contribution>,
	/// What is signed.
	pub settlement: Settlement,
}

impl Joining {
	/// The own share, made of what a member keeps secret: whose these are the nonces with which it contributes, and of
	/// which it has seen to it that nobody uses them again. They are used up, also if it fails.
	pub fn sign(&self, seat: &Seat, share: &KeyShare, nonces: Nonces) -> Option<SignatureShare> {
		let (public, commitments) = split(&self.contributions);
		let key = JointKey::known(&seat.signers(), &public, &self.key.0).ok()?;
		let message = self.settlement.signing_bytes(&seat.genesis);
		let signing = Signing::new(&key, &commitments, &message).ok()?;
		signing.sign(share, nonces).ok()
	}
}

impl Seat {
	/// As what its holder publishes its share of a joint key.
	pub fn membership(&self) -> Membership {
		self.signers().membership(self.intermediary)
	}

	/// Who signs jointly.
	fn signers(&self) -> Signers<'_> {
		Signers {
			genesis: self.genesis.0,
			agreement: self.agreement.0,
			roster: self.roster.number,
			members: &self.roster.members,
		}
	}
}

/// The shares of a joint key, and the nonces, that members contribute.
fn split(contributions: &[Contribution]) -> (Vec<PublicShare>, Vec<NonceCommitments>) {
	let parts = contributions.iter().map(|it| (it.share, it.nonces));
	parts.unzip()
}

impl Attempt {
	/// Decides how to assent, as far as that can be told now. Returns the place of a member whose share is bad.
	pub(super) fn take_stance(&mut self, seat: &Seat, footing: &Footing) -> Option<usize> {
		let mut stance = self.revealed?.stance;
		let mut spoilt = None;
		if stance == Stance::Open {
			stance = self.first_stance(seat, footing);
		}
		if let Some(key) = stance
			.hopes_for()
			.filter(|key| self.gives_up(*key, footing))
		{
			stance = Stance::Single(Some(key));
		}
		if let Stance::Joint {
			key,
			share,
			signature: None,
		} = stance
		{
			if self
				.others()
				.all(|said| said.is_some_and(|said| self.joins(said)))
			{
				stance = match self.add_up(seat, key, share) {
					Ok(sum) => Stance::Joint {
						key,
						share,
						signature: Some(sum),
					},
					Err(culprit) => {
						spoilt = culprit;
						Stance::Single(Some(key))
					},
				};
			}
		}
		if let Stance::Single(Some(key)) = stance {
			if footing.disputed || self.asks_otherwise(key) {
				stance = Stance::Single(None);
			}
		}
		if let Some(revealed) = self.revealed.as_mut() {
			revealed.stance = stance;
		}
		spoilt
	}

	/// How it can assent if nothing has gone wrong.
	fn first_stance(&self, seat: &Seat, footing: &Footing) -> Stance {
		let Some(contributions) = self.contributions().filter(|_| !footing.disputed) else {
			return Stance::Single(None);
		};
		let (shares, _) = split(&contributions);
		match footing.key {
			Some(key) if JointKey::is_sum(&key.0, &shares) => Stance::Asked(key),
			// Whoever asks for a key has looked at all proofs.
			_ => {
				let made = JointKey::new(&seat.signers(), &shares);
				let key = made.map(|key| ed25519::Public::from_raw(key.to_bytes()));
				Stance::Single(key.ok())
			},
		}
	}

	/// Whether there is no hope for a joint signature by this key.
	fn gives_up(&self, key: ed25519::Public, footing: &Footing) -> bool {
		let revealed = self.revealed.as_ref();
		let complete = revealed.is_some_and(|revealed| revealed.stance.is_complete());
		let declines = |said: &Utterance| said.reveal.is_some() && !self.joins(said);
		footing.disputed
			|| footing.key != Some(key)
			|| (footing.late && !complete)
			|| self.others().flatten().any(declines)
	}

	/// Whether another member assents singly, and does not ask for this key.
	fn asks_otherwise(&self, key: ed25519::Public) -> bool {
		let reveals = self
			.others()
			.flatten()
			.filter_map(|said| said.reveal.as_ref());
		let mut single = reveals.filter(|reveal| reveal.assent.is_single());
		single.any(|reveal| reveal.assent.key() != Some(key))
	}

	/// What all contribute, if all do.
	fn contributions(&self) -> Option<Vec<Contribution>> {
		let places = 0..self.heard.len();
		let all = places.map(|place| self.commitment_at(place)?.contribution);
		all.collect()
	}

	/// The settlement that follows, with this joint key.
	pub(super) fn settlement(&self, key: Option<ed25519::Public>) -> Option<Settlement> {
		Some(Settlement {
			span: self.span(),
			outcomes: self.outcomes,
			data_root: self.own.data_root,
			commitments: self.revealed?.set,
			key,
		})
	}

	/// Whether a member revealed the own outcomes, for the own set of commitments.
	fn reveals_same(&self, said: &Utterance) -> bool {
		let set = self.revealed.map(|revealed| revealed.set);
		let same =
			|reveal: &Reveal| reveal.outcomes == self.outcomes && Some(reveal.commitments) == set;
		self.has_own_root(said) && said.reveal.as_ref().is_some_and(same)
	}

	/// Whether a member revealed the same, and assents jointly.
	fn joins(&self, said: &Utterance) -> bool {
		let share = |reveal: &Reveal| matches!(reveal.assent, Assent::Joint(_));
		self.reveals_same(said) && said.reveal.as_ref().is_some_and(share)
	}

	/// Whether a member revealed the same, and assents in the same form.
	pub(super) fn agrees(&self, said: &Utterance) -> bool {
		let single = |reveal: &Reveal| reveal.assent.is_single().then(|| reveal.assent.key());
		match self.revealed.map(|revealed| revealed.stance) {
			Some(Stance::Single(key)) => {
				self.reveals_same(said) && said.reveal.as_ref().and_then(single) == Some(key)
			},
			Some(_) => self.joins(said),
			None => false,
		}
	}

	/// Whether all members say the same and nothing is missing, so that the round can settle.
	pub(super) fn is_agreed(&self) -> bool {
		let complete = |revealed: &Revealed| revealed.stance.is_complete();
		self.revealed.as_ref().is_some_and(complete)
			&& self
				.others()
				.all(|said| said.is_some_and(|said| self.agrees(said)))
	}

	/// How far it has come with its reveal: the more, the further.
	pub fn progress(&self) -> u8 {
		let form = self.revealed.and_then(|revealed| revealed.stance.form());
		match form {
			None => 0,
			Some(Form::Joint(_)) => 1,
			Some(Form::Single(Some(_))) => 2,
			Some(Form::Single(None)) => 3,
		}
	}

	/// Whether it is hoped that it can be signed jointly.
	pub(super) fn hopes(&self) -> bool {
		let stance = self.revealed.map(|revealed| revealed.stance);
		stance.is_some_and(|stance| stance.hopes_for().is_some())
	}

	/// The joint signature to which the own share is to be added.
	pub(super) fn joining(&self) -> Option<Joining> {
		let Stance::Asked(key) = self.revealed?.stance else {
			return None;
		};
		Some(Joining {
			span: self.span(),
			key,
			contributions: self.contributions()?,
			settlement: self.settlement(None)?,
		})
	}

	/// Takes in the own share, if there is one. From here on nothing else is said jointly in this attempt.
	pub(super) fn take_share(&mut self, share: Option<SignatureShare>) {
		let Some(revealed) = self.revealed.as_mut() else {
			return;
		};
		if let Stance::Asked(key) = revealed.stance {
			revealed.stance = match share {
				None => Stance::Single(Some(key)),
				Some(share) => Stance::Joint {
					key,
					share,
					signature: None,
				},
			};
		}
	}

	/// Adds the shares of all up. If the sum is no signature, gives the place of the first member whose share is bad.
	fn add_up(
		&self,
		seat: &Seat,
		key: ed25519::Public,
		own: SignatureShare,
	) -> Result<ed25519::Signature, Option<usize>> {
		let contributions = self.contributions().ok_or(None::<usize>)?;
		let settlement = self.settlement(None).ok_or(None::<usize>)?;
		let (public, nonces) = split(&contributions);
		let culprit = |error: Error| match error {
			Error::BadSignatureShare { intermediary }
			| Error::BadNonceCommitment { intermediary } => seat.roster.place(intermediary),
			_ => None,
		};
		let key = JointKey::known(&seat.signers(), &public, &key.0).map_err(culprit)?;
		let message = settlement.signing_bytes(&seat.genesis);
		let signing = Signing::new(&key, &nonces, &message).map_err(culprit)?;
		let shares = (0..self.heard.len()).map(|place| self.share_at(place, own));
		let shares = shares.collect::<Option<Vec<_>>>().ok_or(None::<usize>)?;
		let sum = signing.aggregate(&shares).map_err(culprit)?;
		Ok(ed25519::Signature::from_raw(sum.to_bytes()))
	}

	/// The share of the member at `place`.
	fn share_at(&self, place: usize, own: SignatureShare) -> Option<SignatureShare> {
		if self.is_own(place) {
			return Some(own);
		}
		match self.said(place)?.reveal.as_ref()?.assent {
			Assent::Joint(share) => Some(share),
			Assent::Single { .. } => None,
		}
	}
}
