//! What two signed statements prove when they cannot both be right.
//!
//! The worker looks for conflicts with the same code by which the chain checks what it is told.

use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;
use syngraph_primitives::{seal, Commitment, IntermediaryId, Reveal, Statement};

/// How two statements about one window of one agreement contradict each other.
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
	/// Two intermediaries committed to windows with different data.
	InputMismatch,
	/// Two intermediaries revealed different results.
	ResultMismatch,
	/// Two intermediaries revealed the same result, but saw different sets of commitments.
	CommitmentMismatch,
	/// One intermediary made two different statements of the same sort, or assented to what it neither
	/// committed to nor revealed.
	Equivocation {
		/// Who did.
		author: IntermediaryId,
	},
	/// One intermediary revealed what does not open its commitment.
	FalseReveal {
		/// Who did.
		author: IntermediaryId,
	},
}

impl Conflict {
	/// Whether it takes the window's messages to tell who is wrong.
	pub(crate) fn is_shown_by_messages(self) -> bool {
		matches!(self, Self::InputMismatch | Self::ResultMismatch)
	}
}

/// How the two statements contradict each other, if they do. The order does not matter.
///
/// What was said under different rosters, or when different things were known of the window's sources, never
/// does: everybody had to commit anew.
pub fn conflict(left: &Statement, right: &Statement) -> Option<Conflict> {
	if left.agreement() != right.agreement()
		|| left.window() != right.window()
		|| left.roster() != right.roster()
		|| left.version() != right.version()
	{
		return None;
	}
	let author = left.intermediary();
	if author == right.intermediary() {
		return conflict_of_one(left, right, author);
	}
	match (left, right) {
		(Statement::Commit(left), Statement::Commit(right)) => {
			(left.root != right.root).then_some(Conflict::InputMismatch)
		},
		(Statement::Reveal(left), Statement::Reveal(right)) => {
			if left.result != right.result {
				Some(Conflict::ResultMismatch)
			} else {
				(left.commitments != right.commitments).then_some(Conflict::CommitmentMismatch)
			}
		},
		_ => None,
	}
}

fn conflict_of_one(
	left: &Statement,
	right: &Statement,
	author: IntermediaryId,
) -> Option<Conflict> {
	match (left, right) {
		(Statement::Commit(commitment), Statement::Reveal(reveal))
		| (Statement::Reveal(reveal), Statement::Commit(commitment)) => {
			(!opens(reveal, commitment)).then_some(Conflict::FalseReveal { author })
		},
		(Statement::Commit(commitment), Statement::Assent(assent))
		| (Statement::Assent(assent), Statement::Commit(commitment)) => {
			(assent.settlement.root != commitment.root).then_some(Conflict::Equivocation { author })
		},
		(Statement::Reveal(reveal), Statement::Assent(assent))
		| (Statement::Assent(assent), Statement::Reveal(reveal)) => {
			let settlement = &assent.settlement;
			let same = reveal.result == Some(settlement.result)
				&& reveal.commitments == settlement.commitments;
			(!same).then_some(Conflict::Equivocation { author })
		},
		(Statement::Commit(_), Statement::Commit(_))
		| (Statement::Reveal(_), Statement::Reveal(_))
		| (Statement::Assent(_), Statement::Assent(_)) => {
			(left != right).then_some(Conflict::Equivocation { author })
		},
	}
}

/// Whether `reveal` holds what its author's `commitment` was made from.
pub(crate) fn opens(reveal: &Reveal, commitment: &Commitment) -> bool {
	let sealed = seal(
		&reveal.agreement,
		reveal.window,
		reveal.roster,
		reveal.version,
		reveal.intermediary,
		reveal.result,
		&reveal.secret,
	);
	sealed == commitment.seal
}

#[cfg(test)]
mod tests {
	use super::*;
	use alloc::{vec, vec::Vec};
	use sp_core::H256;
	use syngraph_primitives::{Assent, Settlement, SourceVersion};

	fn commitment() -> Commitment {
		let (agreement, window, intermediary) = (H256::repeat_byte(1), 7, 1);
		let version = SourceVersion::bare(0);
		Commitment {
			agreement,
			window,
			intermediary,
			roster: 0,
			version,
			seal: seal(
				&agreement,
				window,
				0,
				version,
				intermediary,
				Some(5),
				&[9; 32],
			),
			root: H256::repeat_byte(2),
			possession: H256::repeat_byte(3),
		}
	}

	fn reveal() -> Reveal {
		Reveal {
			agreement: H256::repeat_byte(1),
			window: 7,
			roster: 0,
			version: SourceVersion::bare(0),
			intermediary: 1,
			result: Some(5),
			secret: [9; 32],
			commitments: H256::repeat_byte(4),
		}
	}

	fn committed(change: impl Fn(&mut Commitment)) -> Statement {
		let mut changed = commitment();
		change(&mut changed);
		Statement::Commit(changed)
	}

	fn revealed(change: impl Fn(&mut Reveal)) -> Statement {
		let mut changed = reveal();
		change(&mut changed);
		Statement::Reveal(changed)
	}

	/// The assent that follows from the commitment and the reveal, after `change`.
	fn assented(change: impl Fn(&mut Assent)) -> Statement {
		let mut changed = Assent {
			intermediary: 1,
			settlement: Settlement {
				agreement: H256::repeat_byte(1),
				window: 7,
				roster: 0,
				version: SourceVersion::bare(0),
				result: 5,
				root: commitment().root,
				commitments: reveal().commitments,
			},
		};
		change(&mut changed);
		Statement::Assent(changed)
	}

	/// What the two statements prove, in both orders.
	fn both(left: &Statement, right: &Statement) -> Option<Conflict> {
		let found = conflict(left, right);
		assert_eq!(found, conflict(right, left));
		found
	}

	const OTHER: H256 = H256::repeat_byte(0xff);

	#[test]
	fn statements_of_one_author_differ_in_nothing() {
		let author = 1;
		let first = committed(|_| ());
		assert_eq!(both(&first, &first), None);
		for second in [
			committed(|c| c.seal = OTHER),
			committed(|c| c.root = OTHER),
			committed(|c| c.possession = OTHER),
		] {
			assert_eq!(
				both(&first, &second),
				Some(Conflict::Equivocation { author })
			);
		}
		let first = revealed(|_| ());
		assert_eq!(both(&first, &first), None);
		for second in [
			revealed(|r| r.result = Some(6)),
			revealed(|r| r.result = None),
			revealed(|r| r.secret = [8; 32]),
			revealed(|r| r.commitments = OTHER),
		] {
			assert_eq!(
				both(&first, &second),
				Some(Conflict::Equivocation { author })
			);
		}
	}

	#[test]
	fn a_reveal_opens_the_commitment_of_its_author() {
		let author = 1;
		let first = committed(|_| ());
		for second in [revealed(|_| ()), revealed(|r| r.commitments = OTHER)] {
			assert_eq!(both(&first, &second), None);
		}
		for second in [
			revealed(|r| r.result = Some(6)),
			revealed(|r| r.result = None),
			revealed(|r| r.secret = [8; 32]),
		] {
			assert_eq!(
				both(&first, &second),
				Some(Conflict::FalseReveal { author })
			);
		}
	}

	#[test]
	fn an_assent_is_to_what_its_author_committed_to_and_revealed() {
		let equivocation = Some(Conflict::Equivocation { author: 1 });
		let fitting = assented(|_| ());
		for first in [committed(|_| ()), revealed(|_| ()), assented(|_| ())] {
			assert_eq!(both(&first, &fitting), None);
		}
		let other_root = assented(|a| a.settlement.root = OTHER);
		assert_eq!(both(&committed(|_| ()), &other_root), equivocation);
		// A reveal says nothing of the root, and a commitment hides the rest.
		assert_eq!(both(&revealed(|_| ()), &other_root), None);
		for second in [
			assented(|a| a.settlement.result = 6),
			assented(|a| a.settlement.commitments = OTHER),
		] {
			assert_eq!(both(&revealed(|_| ()), &second), equivocation);
			assert_eq!(both(&committed(|_| ()), &second), None);
			assert_eq!(both(&fitting, &second), equivocation);
		}
		assert_eq!(both(&fitting, &other_root), equivocation);
	}

	#[test]
	fn whoever_revealed_null_assents_to_nothing() {
		let null = revealed(|r| r.result = None);
		assert_eq!(
			both(&null, &assented(|_| ())),
			Some(Conflict::Equivocation { author: 1 })
		);
	}

	#[test]
	fn assents_of_two_authors_prove_nothing() {
		let second = assented(|a| {
			a.intermediary = 2;
			a.settlement.result = 6;
			a.settlement.root = OTHER;
			a.settlement.commitments = OTHER;
		});
		for first in [committed(|_| ()), revealed(|_| ()), assented(|_| ())] {
			assert_eq!(both(&first, &second), None);
		}
	}

	#[test]
	fn statements_under_different_rosters_prove_nothing() {
		let first = [committed(|_| ()), revealed(|_| ()), assented(|_| ())];
		for author in [1, 2] {
			for second in [
				committed(|c| (c.intermediary, c.roster, c.root) = (author, 1, OTHER)),
				revealed(|r| (r.intermediary, r.roster, r.result) = (author, 1, Some(6))),
				assented(|a| {
					a.intermediary = author;
					(a.settlement.roster, a.settlement.root) = (1, OTHER);
					a.settlement.result = 6;
				}),
			] {
				for first in &first {
					assert_eq!(both(first, &second), None);
				}
			}
		}
	}

	#[test]
	fn statements_about_different_versions_of_the_sources_prove_nothing() {
		let first = [committed(|_| ()), revealed(|_| ()), assented(|_| ())];
		// As many changes as the first, but others.
		let forked = SourceVersion {
			facts: OTHER,
			..SourceVersion::bare(0)
		};
		let versions = [SourceVersion::bare(1), forked];
		let all = versions.map(|version| [1, 2].map(|author| (author, version)));
		for (author, version) in all.into_iter().flatten() {
			for second in [
				committed(|c| (c.intermediary, c.version, c.root) = (author, version, OTHER)),
				revealed(|r| (r.intermediary, r.version, r.result) = (author, version, Some(6))),
				assented(|a| {
					a.intermediary = author;
					(a.settlement.version, a.settlement.root) = (version, OTHER);
					a.settlement.result = 6;
				}),
			] {
				for first in &first {
					assert_eq!(both(first, &second), None);
				}
			}
		}
	}

	#[test]
	fn commitments_of_two_authors_have_one_root() {
		let first = committed(|_| ());
		let second = |root| {
			committed(move |c| {
				c.intermediary = 2;
				c.seal = OTHER;
				c.root = root;
				c.possession = OTHER;
			})
		};
		assert_eq!(both(&first, &second(commitment().root)), None);
		assert_eq!(both(&first, &second(OTHER)), Some(Conflict::InputMismatch));
	}

	#[test]
	fn reveals_of_two_authors_have_one_result_and_one_set() {
		let first = revealed(|_| ());
		let second = |result, commitments| {
			revealed(move |r| {
				r.intermediary = 2;
				r.result = result;
				r.secret = [8; 32];
				r.commitments = commitments;
			})
		};
		let set = reveal().commitments;
		assert_eq!(both(&first, &second(Some(5), set)), None);
		assert_eq!(
			both(&first, &second(Some(5), OTHER)),
			Some(Conflict::CommitmentMismatch)
		);
		for result in [None, Some(6)] {
			for commitments in [set, OTHER] {
				assert_eq!(
					both(&first, &second(result, commitments)),
					Some(Conflict::ResultMismatch)
				);
			}
		}
	}

	#[test]
	fn two_nulls_agree() {
		let null = |intermediary| {
			revealed(move |r| {
				r.intermediary = intermediary;
				r.result = None;
			})
		};
		assert_eq!(both(&null(1), &null(2)), None);
	}

	#[test]
	fn a_commitment_and_a_reveal_of_two_authors_prove_nothing() {
		let second = revealed(|r| {
			r.intermediary = 2;
			r.result = None;
			r.commitments = OTHER;
		});
		assert_eq!(both(&committed(|_| ()), &second), None);
	}

	#[test]
	fn statements_about_different_windows_or_agreements_prove_nothing() {
		/// Statements of both sorts and both authors about one window, each in conflict with some
		/// statement of the default window if only the window were the same.
		fn about(agreement: H256, window: u64) -> Vec<Statement> {
			let mut statements = vec![];
			for author in [1, 2] {
				statements.push(committed(|c| {
					(c.agreement, c.window, c.intermediary) = (agreement, window, author);
					c.root = OTHER;
				}));
				statements.push(revealed(|r| {
					(r.agreement, r.window, r.intermediary) = (agreement, window, author);
					r.result = None;
				}));
			}
			statements
		}
		for left in [committed(|_| ()), revealed(|_| ())] {
			for right in about(OTHER, 7)
				.iter()
				.chain(&about(H256::repeat_byte(1), 8))
			{
				assert_eq!(both(&left, right), None);
			}
			assert!(about(H256::repeat_byte(1), 7)
				.iter()
				.any(|right| both(&left, right).is_some()));
		}
	}
}
