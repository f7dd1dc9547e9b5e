//! What intermediaries sign in a round: commit, reveal, settle.

use alloc::vec::Vec;
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;
use sp_core::{ed25519, sr25519, H256};
use sp_io::hashing::{blake2_128, blake2_256};
use sp_runtime::traits::Verify;
use syngraph_joint::{NonceCommitments, PublicShare, SignatureShare};

use crate::{
	AgreementId, GenesisHash, IntermediaryId, Payload, Progress, Roster, RosterNumber,
	SourceVersion, WindowIndex, MAX_SPAN,
};

/// What hides outcomes until they are revealed. Drawn afresh for every attempt and never used again.
pub type Secret = [u8; 32];

/// What hides outcomes in a seal, see [`blinding`].
pub type Blinding = [u8; 12];

/// Tells apart the rounds of one agreement: those under other rosters, those that begin with other windows, and those
/// in which other things were known of the sensors.
#[derive(
	Clone,
	Copy,
	PartialEq,
	Eq,
	PartialOrd,
	Ord,
	Debug,
	Encode,
	Decode,
	DecodeWithMemTracking,
	MaxEncodedLen,
	TypeInfo,
)]
pub struct RoundId {
	/// The agreement.
	pub agreement: AgreementId,
	/// The number of the roster whose members take part, see [`crate::Roster`].
	pub roster: RosterNumber,
	/// The first window.
	pub first: WindowIndex,
	/// What was known of the messages of the agreement's sensors.
	pub version: SourceVersion,
	/// Who takes part, and who leads, see [`lineup`]: on another branch of the chain, others may under the same number.
	pub lineup: H256,
}

impl RoundId {
	/// The round of an agreement that is to settle next.
	pub fn new(
		agreement: AgreementId,
		roster: &Roster,
		progress: &Progress,
		version: SourceVersion,
	) -> Self {
		Self {
			agreement,
			roster: roster.number,
			first: progress.base,
			version,
			lineup: lineup(roster, progress.rounds),
		}
	}
}

/// Stands for all that the members of a round depend on beside what they compute: who they are, in order, and how many
/// rounds were decided before, by which they take turns to lead.
///
/// Numbers alone are not enough: a short fork can give one number to two rosters. Whoever spoke with the members of the
/// one would be taken to contradict itself by what it says to those of the other.
pub fn lineup(roster: &Roster, rounds: u64) -> H256 {
	let tag: &[u8] = b"syngraph/lineup/1";
	H256(blake2_256(&(tag, roster, rounds).encode()))
}

/// What everything that is signed about an attempt at a round names.
#[derive(
	Clone,
	Copy,
	PartialEq,
	Eq,
	PartialOrd,
	Ord,
	Debug,
	Encode,
	Decode,
	DecodeWithMemTracking,
	MaxEncodedLen,
	TypeInfo,
)]
pub struct Span {
	/// The round.
	pub round: RoundId,
	/// Which attempt at it, counted from zero.
	pub attempt: u8,
	/// The first window after it. There are [`MAX_SPAN`] windows at most, and no more than those of the agreement
	/// allow: [`WindowShape::longest_round`](crate::WindowShape::longest_round).
	pub end: WindowIndex,
}

impl Span {
	/// How many windows it has.
	pub fn len(&self) -> u32 {
		let windows = self.end.saturating_sub(self.round.first);
		u32::try_from(windows).unwrap_or(u32::MAX)
	}

	/// Whether it has no window, so that nothing can be said about it.
	pub fn is_empty(&self) -> bool {
		self.end <= self.round.first
	}

	/// The place of a window in it, counted from zero.
	pub fn place(&self, window: WindowIndex) -> Option<u32> {
		let place = window.checked_sub(self.round.first)?;
		u32::try_from(place)
			.ok()
			.filter(|place| *place < self.len())
	}

	/// Whether it has at least one window, and no more than any round can have.
	pub fn is_sound(&self) -> bool {
		!self.is_empty() && self.len() <= MAX_SPAN
	}
}

/// What a member contributes to a joint signature before anything is signed
/// (`docs/decisions/0019-joint-signatures.md`).
#[derive(
	Clone,
	Copy,
	PartialEq,
	Eq,
	Debug,
	Encode,
	Decode,
	DecodeWithMemTracking,
	MaxEncodedLen,
	TypeInfo,
)]
pub struct Contribution {
	/// Its share of the joint key, with the proof that it knows the secret to it.
	pub share: PublicShare,
	/// What it publishes of the nonces that it drew for this attempt, and for no other.
	pub nonces: NonceCommitments,
}

/// What hides outcomes in a seal: a hash of the secret, and of what the commitment contributes to a joint signature.
///
/// The chain is told this and not the secret. So a seal, and the set of all seals, are bound to the nonces of a joint
/// signature, and the chain need not know them.
///
/// It has as many bits as nobody can guess, and no more: each byte is paid for. For a seal that opens to two outcomes
/// it takes a collision of [`seal`], however short this is. By a collision of this an author would have two
/// contributions under one seal, and must sign both of them. It has to be found for each attempt anew, in the time that
/// one takes: the hash is of the attempt, too.
pub fn blinding(span: &Span, secret: &Secret, contribution: &Option<Contribution>) -> Blinding {
	let tag: &[u8] = b"syngraph/blinding/3";
	let hash = blake2_128(&(tag, span, secret, contribution).encode());
	let mut blinding = Blinding::default();
	blinding
		.iter_mut()
		.zip(hash)
		.for_each(|(to, from)| *to = from);
	blinding
}

/// Binds an intermediary to outcomes without telling them: `c_i` of the protocol.
///
/// The hash covers who commits to what, so that nobody can pass another's commitment off as its own, in this or in any
/// other round or attempt. `outcomes` is the root of [`outcomes_root`](../syngraph_protocol/fn.outcomes_root.html).
pub fn seal(
	span: &Span,
	intermediary: IntermediaryId,
	outcomes: &H256,
	blinding: &Blinding,
) -> H256 {
	seal_of(
		&sealed(span, outcomes),
		intermediary,
		blinding,
		&mut Vec::new(),
	)
}

/// The seals of several that have the same outcomes.
pub fn seals<'a>(
	span: &Span,
	outcomes: &H256,
	blindings: impl Iterator<Item = (IntermediaryId, &'a Blinding)>,
) -> Vec<H256> {
	let sealed = sealed(span, outcomes);
	// The chain does this for each settlement: to ask for memory takes longer than to hash.
	let mut bytes = Vec::new();
	blindings
		.map(|(intermediary, blinding)| {
			bytes.clear();
			seal_of(&sealed, intermediary, blinding, &mut bytes)
		})
		.collect()
}

/// What is sealed by all alike.
pub fn sealed(span: &Span, outcomes: &H256) -> H256 {
	let tag: &[u8] = b"syngraph/sealed/1";
	H256(blake2_256(&(tag, span, outcomes).encode()))
}

/// A seal, by way of some empty bytes.
fn seal_of(
	sealed: &H256,
	intermediary: IntermediaryId,
	blinding: &Blinding,
	bytes: &mut Vec<u8>,
) -> H256 {
	let tag: &[u8] = b"syngraph/seal/7";
	(tag, sealed, intermediary, blinding).encode_to(bytes);
	H256(blake2_256(bytes))
}

/// Condenses the seals of all members, in the roster's order: `C` of the protocol.
pub fn commitment_set(seals: &[H256]) -> H256 {
	let tag: &[u8] = b"syngraph/commitments/1";
	H256(blake2_256(&(tag, seals).encode()))
}

/// An intermediary's promise of outcomes. See [`seal`].
#[derive(
	Clone, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub struct Commitment {
	/// What it is about.
	pub span: Span,
	/// Who commits.
	pub intermediary: IntermediaryId,
	/// The sealed outcomes.
	pub seal: H256,
	/// The Merkle root over the roots of the windows, in order.
	pub data_root: H256,
	/// A hash of the windows' messages keyed by the intermediary: shows to everyone who has the windows that the
	/// sender has them too, and did not copy the root.
	pub possession: H256,
	/// The commitments of the attempt before ([`commitment_set`]), which make this one necessary; none in the first.
	pub before: Option<H256>,
	/// What it contributes to a joint signature, if it can make one.
	pub contribution: Option<Contribution>,
}

impl Commitment {
	/// What hides the outcomes in its seal, if that was made with this secret.
	pub fn blinding(&self, secret: &Secret) -> Blinding {
		blinding(&self.span, secret, &self.contribution)
	}
}

impl Payload for Commitment {
	const TAG: &'static [u8] = b"syngraph/commitment/6";
}

/// A commitment with its author's signature.
#[derive(
	Clone, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub struct SignedCommitment {
	/// What is promised.
	pub commitment: Commitment,
	/// The author's signature over it.
	pub signature: sr25519::Signature,
}

impl SignedCommitment {
	/// Whether the holder of `key` signed the commitment for the chain that `genesis` names.
	pub fn verify(&self, genesis: &GenesisHash, key: &sr25519::Public) -> bool {
		let bytes: Vec<u8> = self.commitment.signing_bytes(genesis);
		self.signature.verify(&bytes[..], key)
	}
}

/// How a member assents to the [`Settlement`] that follows from a commitment and from what opens it.
#[derive(
	Clone, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub enum Assent {
	/// By a signature of its own.
	Single {
		/// The joint key that is to be in force from then on, if there is to be one.
		key: Option<ed25519::Public>,
		/// The signature.
		signature: sr25519::Signature,
	},
	/// By its share of a joint signature. Nothing is signed apart: the chain hears of it only once all shares are added
	/// up.
	Joint(SignatureShare),
}

impl Assent {
	/// The signature of its own of a member that asks for no joint key: what disputes hear.
	pub fn plain(signature: sr25519::Signature) -> Self {
		let key = None;
		Self::Single { key, signature }
	}

	/// Whether it is a signature of its own.
	pub fn is_single(&self) -> bool {
		matches!(self, Self::Single { .. })
	}

	/// Whether it is a signature of its own over what everybody who revealed the same can sign as well, whatever else
	/// it knows.
	pub fn is_plain(&self) -> bool {
		matches!(self, Self::Single { key: None, .. })
	}

	/// The joint key that is to be in force from then on.
	pub fn key(&self) -> Option<ed25519::Public> {
		match self {
			Self::Single { key, .. } => *key,
			Self::Joint(_) => None,
		}
	}

	/// How far it is from what was hoped for: a member goes from one to the next, and never back.
	pub fn rank(&self) -> u8 {
		match self {
			Self::Joint(_) => 0,
			Self::Single { key: Some(_), .. } => 1,
			Self::Single { key: None, .. } => 2,
		}
	}
}

/// What opens a commitment, with what helps to settle.
///
/// Nobody has to sign the opening: only who committed knows the secret.
#[derive(
	Clone, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub struct Reveal {
	/// The root of the outcomes.
	pub outcomes: H256,
	/// The secret that the seal was made with.
	pub secret: Secret,
	/// The set of commitments that were in when this was sent.
	pub commitments: H256,
	/// How the author assents to the [`Settlement`] that follows.
	pub assent: Assent,
}

impl Reveal {
	/// Whether it opens a commitment.
	pub fn opens(&self, commitment: &Commitment) -> bool {
		let Commitment {
			span, intermediary, ..
		} = commitment;
		let blinding = commitment.blinding(&self.secret);
		commitment.seal == seal(span, *intermediary, &self.outcomes, &blinding)
	}

	/// The settlement that follows from it and the commitment that it opens.
	pub fn settlement(&self, commitment: &Commitment) -> Settlement {
		Settlement {
			span: commitment.span,
			outcomes: self.outcomes,
			data_root: commitment.data_root,
			commitments: self.commitments,
			key: self.assent.key(),
		}
	}
}

/// What every member signs once all have committed: outcomes settle only with the signatures of all of them, and the
/// secrets that open their commitments.
///
/// It names nobody: all sign the same bytes.
#[derive(
	Clone, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub struct Settlement {
	/// What it is about.
	pub span: Span,
	/// The root of the outcomes.
	pub outcomes: H256,
	/// The Merkle root over the roots of the windows, in order.
	pub data_root: H256,
	/// The set of commitments.
	pub commitments: H256,
	/// The joint key by which its members can sign from then on, if all of them sign that: each has looked at what all
	/// contributed to it. None in what is signed jointly.
	pub key: Option<ed25519::Public>,
}

impl Payload for Settlement {
	const TAG: &'static [u8] = b"syngraph/settlement/6";
}

/// What an intermediary says in an attempt at a round: its commitment, and its reveal once it knows that everyone has
/// committed. It can be held to both.
#[derive(
	Clone, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub struct Utterance {
	/// Its commitment.
	pub commit: SignedCommitment,
	/// Its reveal.
	pub reveal: Option<Reveal>,
}

impl Utterance {
	/// The commitment, without its signature.
	pub fn commitment(&self) -> &Commitment {
		&self.commit.commitment
	}

	/// What it is about.
	pub fn span(&self) -> &Span {
		&self.commitment().span
	}

	/// Who says it.
	pub fn author(&self) -> IntermediaryId {
		self.commitment().intermediary
	}

	/// The settlement that it assents to.
	pub fn settlement(&self) -> Option<Settlement> {
		Some(self.reveal.as_ref()?.settlement(self.commitment()))
	}

	/// Whether it is about a possible span, and the reveal opens the commitment. Looks at no signature.
	pub fn is_sound(&self) -> bool {
		let commitment = self.commitment();
		let mut reveal = self.reveal.iter();
		let first = commitment.span.attempt == 0;
		commitment.span.is_sound()
			&& first == commitment.before.is_none()
			&& reveal.all(|reveal| reveal.opens(commitment))
	}

	/// Whether the holder of `key` signed the commitment and the assent, if there is one, for the chain that `genesis`
	/// names.
	pub fn verify(&self, genesis: &GenesisHash, key: &sr25519::Public) -> bool {
		self.commit.verify(genesis, key) && self.is_assented(genesis, key)
	}

	/// Whether the holder of `key` signed the assent, if there is one that is signed. A share of a joint signature is
	/// not: what it is good for is seen when all are added up, and whoever sends it signs that with all else.
	pub fn is_assented(&self, genesis: &GenesisHash, key: &sr25519::Public) -> bool {
		self.reveal.as_ref().is_none_or(|reveal| {
			let Assent::Single { signature, .. } = &reveal.assent else {
				return true;
			};
			let bytes = reveal.settlement(self.commitment()).signing_bytes(genesis);
			signature.verify(&bytes[..], key)
		})
	}

	/// The same, without a share of a joint signature: what the chain can be told of it.
	pub fn told(mut self) -> Self {
		self.reveal = self.reveal.filter(|reveal| reveal.assent.is_single());
		self
	}
}

/// What a member of a roster signs to complain that others are silent about a round: it may have to pay for that.
#[derive(
	Clone,
	Copy,
	PartialEq,
	Eq,
	Debug,
	Encode,
	Decode,
	DecodeWithMemTracking,
	MaxEncodedLen,
	TypeInfo,
)]
pub struct Complaint {
	/// The round.
	pub round: RoundId,
	/// Who complains.
	pub intermediary: IntermediaryId,
}

impl Complaint {
	/// That of the author of what was said about a round.
	pub fn of(said: &Utterance) -> Self {
		Self {
			round: said.span().round,
			intermediary: said.author(),
		}
	}
}

impl Payload for Complaint {
	const TAG: &'static [u8] = b"syngraph/complaint/1";
}

/// What a member of a roster signs when others have committed to a window and messages of it are missing here, so that
/// it cannot.
///
/// It asks for the messages on chain. Whoever has committed to the window has them; whoever says so wrongly has no
/// excuse any more once they are shown.
#[derive(
	Clone,
	Copy,
	PartialEq,
	Eq,
	Debug,
	Encode,
	Decode,
	DecodeWithMemTracking,
	MaxEncodedLen,
	TypeInfo,
)]
pub struct Lack {
	/// The round.
	pub round: RoundId,
	/// The lowest window of it of which messages are missing.
	pub window: WindowIndex,
	/// Who lacks messages.
	pub intermediary: IntermediaryId,
}

impl Payload for Lack {
	const TAG: &'static [u8] = b"syngraph/lack/2";
}

#[cfg(test)]
mod tests {
	use super::*;
	use sp_core::Pair;

	fn span() -> Span {
		Span {
			round: RoundId {
				agreement: H256::repeat_byte(1),
				roster: 2,
				first: 5,
				version: SourceVersion::bare(0),
				lineup: H256::repeat_byte(3),
			},
			attempt: 0,
			end: 9,
		}
	}

	fn changed(change: impl Fn(&mut Span)) -> Span {
		let mut span = span();
		change(&mut span);
		span
	}

	#[test]
	fn a_seal_depends_on_everything_it_binds() {
		let (outcomes, other) = (H256::repeat_byte(1), H256::repeat_byte(2));
		let blinding = [3; 12];
		let base = seal(&span(), 1, &outcomes, &blinding);
		for span in [
			changed(|span| span.round.agreement = other),
			changed(|span| span.round.roster = 3),
			changed(|span| span.round.first = 4),
			changed(|span| span.round.version.changes = 1),
			changed(|span| span.round.version.facts = other),
			changed(|span| span.round.lineup = other),
			changed(|span| span.attempt = 1),
			changed(|span| span.end = 10),
		] {
			assert_ne!(base, seal(&span, 1, &outcomes, &blinding));
		}
		assert_ne!(base, seal(&span(), 2, &outcomes, &blinding));
		assert_ne!(base, seal(&span(), 1, &other, &blinding));
		assert_ne!(base, seal(&span(), 1, &outcomes, &[4; 12]));
		let pairs = [(1, &blinding), (2, &[4; 12])];
		let one_by_one = pairs.map(|(id, blinding)| seal(&span(), id, &outcomes, blinding));
		assert_eq!(seals(&span(), &outcomes, pairs.into_iter()), one_by_one);
	}

	#[test]
	fn the_set_depends_on_the_order() {
		let (a, b) = (H256::repeat_byte(1), H256::repeat_byte(2));
		assert_ne!(commitment_set(&[a, b]), commitment_set(&[b, a]));
	}

	#[test]
	fn a_span_knows_the_places_of_its_windows() {
		assert_eq!(span().len(), 4);
		let places = [4, 5, 8, 9].map(|window| span().place(window));
		assert_eq!(places, [None, Some(0), Some(3), None]);
		assert!(span().is_sound());
		let limit = 5 + u64::from(MAX_SPAN);
		assert!(changed(|span| span.end = limit).is_sound());
		for end in [0, 4, 5, limit + 1, u64::MAX] {
			assert!(!changed(|span| span.end = end).is_sound(), "{end}");
		}
	}

	/// What nobody has looked at.
	fn contribution(byte: u8) -> Option<Contribution> {
		Contribution::decode(&mut &[byte; 160][..]).ok()
	}

	fn utterance(pair: &sr25519::Pair, genesis: &H256) -> Utterance {
		let (outcomes, secret) = (H256::repeat_byte(4), [5; 32]);
		let mut commitment = Commitment {
			span: span(),
			intermediary: 1,
			seal: H256::zero(),
			data_root: H256::repeat_byte(6),
			possession: H256::repeat_byte(7),
			before: None,
			contribution: contribution(1),
		};
		commitment.seal = seal(&span(), 1, &outcomes, &commitment.blinding(&secret));
		let mut reveal = Reveal {
			outcomes,
			secret,
			commitments: H256::repeat_byte(8),
			assent: Assent::plain(sr25519::Signature::default()),
		};
		let bytes = reveal.settlement(&commitment).signing_bytes(genesis);
		reveal.assent = Assent::plain(pair.sign(&bytes));
		Utterance {
			commit: SignedCommitment {
				signature: pair.sign(&commitment.signing_bytes(genesis)),
				commitment,
			},
			reveal: Some(reveal),
		}
	}

	#[test]
	fn an_utterance_is_signed_in_both_parts() {
		let (pair, genesis) = (sr25519::Pair::from_seed(&[1; 32]), H256::repeat_byte(9));
		let good = utterance(&pair, &genesis);
		assert!(good.is_sound() && good.verify(&genesis, &pair.public()));
		assert!(!good.verify(&H256::zero(), &pair.public()));
		let other = sr25519::Pair::from_seed(&[2; 32]);
		assert!(!good.verify(&genesis, &other.public()));
		for spoil in [
			|it: &mut Utterance| it.commit.commitment.seal = H256::zero(),
			|it: &mut Utterance| it.reveal.as_mut().unwrap().outcomes = H256::zero(),
			|it: &mut Utterance| it.reveal.as_mut().unwrap().commitments = H256::zero(),
			|it: &mut Utterance| {
				let reveal = it.reveal.as_mut().unwrap();
				reveal.assent = Assent::plain(it.commit.signature);
			},
			|it: &mut Utterance| {
				let reveal = it.reveal.as_mut().unwrap();
				let Assent::Single { key, .. } = &mut reveal.assent else {
					unreachable!("it is plain");
				};
				*key = Some(ed25519::Public::default());
			},
		] {
			let mut spoilt = good.clone();
			spoil(&mut spoilt);
			assert!(!spoilt.verify(&genesis, &pair.public()));
		}
	}

	#[test]
	fn only_a_later_attempt_names_commitments_before_it() {
		let (pair, genesis) = (sr25519::Pair::from_seed(&[1; 32]), H256::repeat_byte(9));
		let mut utterance = utterance(&pair, &genesis);
		utterance.reveal = None;
		for (attempt, before, sound) in [
			(0, None, true),
			(0, Some(H256::zero()), false),
			(1, None, false),
			(1, Some(H256::zero()), true),
		] {
			utterance.commit.commitment.span.attempt = attempt;
			utterance.commit.commitment.before = before;
			assert_eq!(utterance.is_sound(), sound);
		}
	}

	#[test]
	fn a_share_is_not_signed_and_the_chain_does_not_hear_it() {
		let (pair, genesis) = (sr25519::Pair::from_seed(&[1; 32]), H256::repeat_byte(9));
		let single = utterance(&pair, &genesis);
		let mut joint = single.clone();
		let share = SignatureShare::decode(&mut &[3u8; 32][..]).unwrap();
		joint.reveal.as_mut().unwrap().assent = Assent::Joint(share);
		assert!(joint.is_sound() && joint.verify(&genesis, &pair.public()));
		assert_eq!(joint.settlement().unwrap().key, None);
		assert_eq!(joint.told().reveal, None);
		assert_eq!(single.clone().told(), single);
	}

	#[test]
	fn a_seal_is_bound_to_what_is_contributed() {
		let (pair, genesis) = (sr25519::Pair::from_seed(&[1; 32]), H256::repeat_byte(9));
		let good = utterance(&pair, &genesis);
		for other in [None, contribution(2)] {
			let mut changed = good.clone();
			changed.commit.commitment.contribution = other;
			assert!(!changed.is_sound());
		}
	}

	#[test]
	fn a_reveal_opens_what_it_was_sealed_for() {
		let (pair, genesis) = (sr25519::Pair::from_seed(&[1; 32]), H256::repeat_byte(9));
		let good = utterance(&pair, &genesis);
		let mut other = good.clone();
		other.reveal.as_mut().unwrap().secret = [6; 32];
		assert!(!other.is_sound());
	}
}
