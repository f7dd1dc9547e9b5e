//! What two utterances prove that cannot both be right.
//!
//! The worker looks for conflicts with the same code by which the chain checks what it is told.

use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;
use syngraph_primitives::{Commitment, IntermediaryId, Reveal, Utterance};

/// How two utterances about one attempt at a round contradict each other.
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
pub enum Conflict {
	/// Two intermediaries committed to different data of the same windows.
	InputMismatch,
	/// Two intermediaries committed to the same data and revealed different outcomes.
	ResultMismatch,
	/// One intermediary made two different commitments, or assented to two different sets of them.
	Equivocation {
		/// Who did.
		author: IntermediaryId,
	},
}

/// How the two utterances contradict each other, if they do. The order does not matter. Both must be sound
/// ([`Utterance::is_sound`]).
///
/// What was said under different rosters, or when different things were known of the sensors, or in different attempts,
/// never does: everybody had to commit anew. Nor does it if two intermediaries end their rounds with different windows,
/// or one of them names other commitments of the attempt before. In attempts that only the chain begins one
/// intermediary may say both of that: another branch of the chain may have asked for another range. Nor does it if two
/// revealed the same outcomes for different sets of commitments: whoever made them see different ones is found out as
/// soon as all that they saw is on file.
///
/// A reveal with a share of a joint signature proves nothing: it is not signed. Whoever disagrees with it asks for
/// signatures.
pub fn conflict(left: &Utterance, right: &Utterance) -> Option<Conflict> {
	let (one, other) = (left.commitment(), right.commitment());
	let reveals = signed(left).zip(signed(right));
	if one.span.round != other.span.round || one.span.attempt != other.span.attempt {
		return None;
	}
	if one.intermediary == other.intermediary {
		let author = one.intermediary;
		let begins = |it: &Commitment| (it.span.end, it.before);
		if one.span.attempt > 1 && begins(one) != begins(other) {
			return None;
		}
		let same = one == other && reveals.is_none_or(|(left, right)| have_one_set(left, right));
		return (!same).then_some(Conflict::Equivocation { author });
	}
	if one.span.end != other.span.end || one.before != other.before {
		return None;
	}
	if one.data_root != other.data_root {
		return Some(Conflict::InputMismatch);
	}
	let (left, right) = reveals?;
	(left.outcomes != right.outcomes).then_some(Conflict::ResultMismatch)
}

/// What an utterance reveals, if its author has signed that.
fn signed(said: &Utterance) -> Option<&Reveal> {
	let reveal = said.reveal.as_ref();
	reveal.filter(|reveal| reveal.assent.is_single())
}

fn have_one_set(left: &Reveal, right: &Reveal) -> bool {
	left.commitments == right.commitments
}

#[cfg(test)]
mod tests {
	use super::*;
	use codec::DecodeAll;
	use sp_core::{sr25519, H256};
	use syngraph_primitives::{
		blinding, seal, Assent, RoundId, SignedCommitment, SourceVersion, Span,
	};

	const OTHER: H256 = H256::repeat_byte(0xff);

	fn commitment(author: IntermediaryId, outcomes: H256) -> Commitment {
		let span = Span {
			round: RoundId {
				agreement: H256::repeat_byte(1),
				roster: 0,
				first: 3,
				version: SourceVersion::bare(0),
				lineup: H256::zero(),
			},
			attempt: 0,
			end: 7,
		};
		Commitment {
			span,
			intermediary: author,
			seal: seal(
				&span,
				author,
				&outcomes,
				&blinding(&span, &[author as u8; 32], &None),
			),
			data_root: H256::repeat_byte(2),
			possession: H256::repeat_byte(author as u8),
			before: None,
			contribution: None,
		}
	}

	fn said(commitment: Commitment, reveal: Option<Reveal>) -> Utterance {
		let signature = sr25519::Signature::default();
		let commit = SignedCommitment {
			commitment,
			signature,
		};
		Utterance { commit, reveal }
	}

	/// A commitment alone, after `change`.
	fn committed(author: IntermediaryId, change: impl Fn(&mut Commitment)) -> Utterance {
		let mut changed = commitment(author, H256::repeat_byte(4));
		change(&mut changed);
		said(changed, None)
	}

	/// A commitment and what opens it.
	fn revealed(author: IntermediaryId, outcomes: H256, commitments: H256) -> Utterance {
		let reveal = Reveal {
			outcomes,
			secret: [author as u8; 32],
			commitments,
			assent: Assent::plain(sr25519::Signature::default()),
		};
		let said = said(commitment(author, outcomes), Some(reveal));
		assert!(said.is_sound());
		said
	}

	/// What the two prove, in both orders.
	fn both(left: &Utterance, right: &Utterance) -> Option<Conflict> {
		let found = conflict(left, right);
		assert_eq!(found, conflict(right, left));
		found
	}

	#[test]
	fn nobody_commits_twice_in_one_attempt() {
		let first = committed(1, |_| ());
		assert_eq!(both(&first, &first), None);
		for second in [
			committed(1, |it| it.seal = OTHER),
			committed(1, |it| it.data_root = OTHER),
			committed(1, |it| it.possession = OTHER),
			committed(1, |it| it.before = Some(OTHER)),
			committed(1, |it| it.span.end = 8),
			committed(1, |it| {
				it.contribution = DecodeAll::decode_all(&mut &[1u8; 160][..]).ok();
			}),
		] {
			let found = both(&first, &second);
			assert_eq!(found, Some(Conflict::Equivocation { author: 1 }));
		}
	}

	#[test]
	fn what_two_branches_ask_for_may_be_answered_on_both() {
		let later = |end, before| {
			committed(1, move |it| {
				(it.span.attempt, it.span.end, it.before) = (2, end, Some(before));
				it.seal = before;
			})
		};
		let first = later(5, OTHER);
		assert_eq!(both(&first, &later(4, OTHER)), None);
		assert_eq!(both(&first, &later(5, H256::zero())), None);
		let again = committed(1, |it| {
			(it.span.attempt, it.span.end, it.before) = (2, 5, Some(OTHER));
		});
		assert_eq!(
			both(&first, &again),
			Some(Conflict::Equivocation { author: 1 })
		);
	}

	#[test]
	fn nobody_assents_to_two_sets() {
		let (outcomes, set) = (H256::repeat_byte(4), H256::repeat_byte(5));
		let first = revealed(1, outcomes, set);
		assert_eq!(both(&first, &first), None);
		assert_eq!(both(&first, &committed(1, |_| ())), None);
		let found = both(&first, &revealed(1, outcomes, OTHER));
		assert_eq!(found, Some(Conflict::Equivocation { author: 1 }));
	}

	#[test]
	fn a_signature_can_be_made_again() {
		let first = committed(1, |_| ());
		let mut again = first.clone();
		again.commit.signature = sr25519::Signature::from_raw([7; 64]);
		assert_eq!(both(&first, &again), None);
	}

	#[test]
	fn two_commit_to_one_root() {
		let first = committed(1, |_| ());
		assert_eq!(both(&first, &committed(2, |it| it.seal = OTHER)), None);
		let found = both(&first, &committed(2, |it| it.data_root = OTHER));
		assert_eq!(found, Some(Conflict::InputMismatch));
	}

	#[test]
	fn two_that_end_elsewhere_or_begin_from_elsewhere_prove_nothing() {
		let first = committed(1, |_| ());
		for second in [
			committed(2, |it| (it.span.end, it.data_root) = (8, OTHER)),
			committed(2, |it| (it.before, it.data_root) = (Some(OTHER), OTHER)),
		] {
			assert_eq!(both(&first, &second), None);
		}
	}

	#[test]
	fn two_reveal_one_vector_whatever_their_sets() {
		let (outcomes, set) = (H256::repeat_byte(4), H256::repeat_byte(5));
		let first = revealed(1, outcomes, set);
		assert_eq!(both(&first, &committed(2, |_| ())), None);
		for set in [set, OTHER] {
			assert_eq!(both(&first, &revealed(2, outcomes, set)), None);
			let found = both(&first, &revealed(2, OTHER, set));
			assert_eq!(found, Some(Conflict::ResultMismatch));
		}
	}

	#[test]
	fn what_is_not_signed_proves_nothing() {
		let (outcomes, set) = (H256::repeat_byte(4), H256::repeat_byte(5));
		let first = revealed(1, outcomes, set);
		for (author, outcomes, set) in [(1, outcomes, OTHER), (2, OTHER, set)] {
			let mut second = revealed(author, outcomes, set);
			assert!(both(&first, &second).is_some());
			let share = DecodeAll::decode_all(&mut &[6u8; 32][..]).unwrap();
			second.reveal.as_mut().unwrap().assent = Assent::Joint(share);
			assert_eq!(both(&first, &second), None);
		}
	}

	#[test]
	fn rounds_and_attempts_are_worlds_apart() {
		let first = committed(1, |_| ());
		for author in [1, 2] {
			for second in [
				committed(author, |it| {
					(it.span.round.agreement, it.data_root) = (OTHER, OTHER)
				}),
				committed(author, |it| {
					(it.span.round.roster, it.data_root) = (1, OTHER)
				}),
				committed(author, |it| {
					(it.span.round.first, it.data_root) = (2, OTHER)
				}),
				committed(author, |it| {
					(it.span.round.version.changes, it.data_root) = (1, OTHER)
				}),
				committed(author, |it| {
					(it.span.round.version.facts, it.data_root) = (OTHER, OTHER)
				}),
				committed(author, |it| (it.span.attempt, it.data_root) = (1, OTHER)),
			] {
				assert_eq!(both(&first, &second), None);
			}
		}
	}
}
