//! `file`: what is put on file, what follows from it, and what is refused.

use codec::DecodeAll;
use frame_support::assert_noop;
use sp_core::H256;
use sp_runtime::DispatchError;
use syngraph_primitives::{Assent, KeyHistory, SourceVersion};
use syngraph_protocol::{Fault, Stage};

use super::*;
use crate::Event;

#[test]
fn when_all_have_committed_all_must_reveal() {
	run(|| {
		open_complaint();
		let complaint = spent();
		wait(4);
		let first = applied(file(&honest(BOB).commit()));
		assert_eq!(waits_for(), (Stage::Commitments, START + ANSWER));
		wait(4);
		let second = applied(file(&honest(CID).commit()));
		let deadline = START + 8 + ANSWER;
		assert_eq!(waits_for(), (Stage::Reveals, deadline));
		System::assert_has_event(
			Event::Advanced {
				agreement: AGREEMENT,
				first: FIRST,
				attempt: 0,
				end: None,
				stage: Stage::Reveals,
				deadline,
			}
			.into(),
		);
		System::assert_has_event(
			Event::Filed {
				agreement: AGREEMENT,
				first: FIRST,
				intermediary: CID,
			}
			.into(),
		);
		assert_eq!(spent(), complaint + first + second);
		wait(2);
		for stance in all_honest() {
			assert_applied(file(&stance.reveal(&all_honest())));
		}
		// There is time to settle.
		let deadline = START + 10 + ANSWER;
		assert_eq!(waits_for(), (Stage::Settlement, deadline));
	});
}

#[test]
fn the_last_commitment_is_put_on_file_with_its_reveal() {
	run(|| {
		let all = all_honest();
		open_complaint();
		// Of a reveal that comes too early no notice is taken.
		assert_applied(file(&all[1].reveal(&all)));
		assert_eq!(docket().reveal(1), None);
		assert_applied(file(&all[2].reveal(&all)));
		assert!(docket().reveal(2).is_some());
		assert_applied(file(&all[1].reveal(&all)));
		assert!(docket().reveal(1).is_some());
	});
}

#[test]
fn members_that_differ_have_their_trees_opened() {
	run(|| {
		open_complaint();
		wait(4);
		assert_applied(file(&honest(BOB).seeing(2).commit()));
		let stage = Stage::Opening {
			kind: Kind::Data,
			level: Level::Leaves { block: 0 },
		};
		assert_eq!(waits_for(), (stage, START + 4 + ANSWER));
		// From then on nobody commits to anything.
		let third = honest(CID).seeing(3).commit();
		assert_refused(file(&third), ValidityError::NotAwaited);
	});
}

#[test]
fn a_member_that_contradicts_itself_is_at_fault() {
	run(|| {
		open_complaint();
		assert_applied(file(&honest(BOB).commit()));
		assert_applied(file(&honest(BOB).claiming(None).commit()));
		assert_eq!(docket().testimonies[1].fault, Some(Fault::Equivocation));
		// Then nothing it says counts.
		let other = honest(BOB).claiming(Some(7)).commit();
		assert_refused(file(&other), ValidityError::NothingNew);
		let reveal = honest(BOB).reveal(&all_honest());
		assert_refused(file(&reveal), ValidityError::NotAwaited);
	});
}

#[test]
fn to_assent_to_two_sets_is_equivocation() {
	run(|| {
		let all = all_honest();
		open_complaint();
		answer(&all[1..]);
		assert_applied(file(&all[1].reveal(&all)));
		assert_applied(file(&all[1].reveal(&all[1..])));
		assert_eq!(docket().testimonies[1].fault, Some(Fault::Equivocation));
	});
}

#[test]
fn a_reveal_is_about_the_commitments_on_file() {
	run(|| {
		let all = all_honest();
		open_complaint();
		for stance in all {
			let _ = apply(file(&stance.commit()));
		}
		let other = all[1].reveal(&all[1..]);
		assert_refused(file(&other), ValidityError::WrongSet);
		assert_applied(file(&all[1].reveal(&all)));
		assert_refused(file(&all[1].reveal(&all)), ValidityError::NothingNew);
	});
}

#[test]
fn a_reveal_comes_with_the_assent_that_follows_from_it() {
	run(|| {
		let all = all_honest();
		open_complaint();
		for stance in all {
			let _ = apply(file(&stance.commit()));
		}
		let whole = all[1].reveal(&all);
		let with = |assent| {
			let mut other = whole.clone();
			other.reveal.as_mut().unwrap().assent = assent;
			file(&other)
		};
		let theirs = all[2].reveal(&all).reveal.unwrap().assent;
		assert_refused(with(theirs), ValidityError::BadSignature);
		let share = DecodeAll::decode_all(&mut &[1u8; 32][..]).unwrap();
		assert_refused(with(Assent::Joint(share)), ValidityError::NotSingle);
		let another = all[1].seeing(2).reveal(&all).reveal.unwrap().assent;
		assert_refused(with(another), ValidityError::BadSignature);
		let mut unopened = whole.clone();
		unopened.reveal.as_mut().unwrap().secret = [9; 32];
		assert_refused(file(&unopened), ValidityError::Malformed);
		assert_applied(file(&whole));
		assert_eq!(docket().reveal(1), whole.reveal.as_ref());
	});
}

#[test]
fn what_is_on_file_or_of_elsewhere_is_refused() {
	run(|| {
		assert_refused(file(&honest(BOB).commit()), ValidityError::NotOpen);
		open_complaint();
		assert_refused(file(&honest(ANN).commit()), ValidityError::NothingNew);
		assert_refused(file(&honest(EVE).commit()), ValidityError::NotIntermediary);
		let bob = honest(BOB);
		let other = bob.spanning(|span| span.round.agreement = H256::repeat_byte(8));
		assert_refused(file(&other.commit()), ValidityError::NotOpen);
		let other = bob.spanning(|span| span.round.first += 1);
		assert_refused(file(&other.commit()), ValidityError::OtherRound);
		let other = bob.spanning(|span| span.round.roster += 1);
		assert_refused(file(&other.commit()), ValidityError::OtherRound);
		let other = bob.again(1, set_of(&all_honest()), END);
		assert_refused(file(&other.commit()), ValidityError::OtherAttempt);
		// As many changes, but others.
		let forked = SourceVersion {
			facts: H256::repeat_byte(1),
			..version()
		};
		let later = SourceVersion {
			changes: version().changes + 1,
			..version()
		};
		for version in [forked, later] {
			let other = bob.spanning(|span| span.round.version = version);
			assert_refused(file(&other.commit()), ValidityError::OtherVersion);
		}
	});
}

#[test]
fn signatures_are_checked() {
	run(|| {
		open_complaint();
		let good = honest(BOB).commit();
		let signed_by = |signer, genesis| {
			let mut other = good.clone();
			other.commit.signature = sign(&pair(signer), &genesis, good.commitment());
			file(&other)
		};
		assert_refused(signed_by(CID, genesis()), ValidityError::BadSignature);
		assert_refused(signed_by(BOB, H256::zero()), ValidityError::BadSignature);
		alter(|books| books.keys.remove(&BOB));
		assert_refused(file(&good), ValidityError::UnknownKey);
	});
}

/// Else all could reveal the same, and nothing could settle.
#[test]
fn nobody_asks_for_a_joint_key_in_a_dispute() {
	run(|| {
		let all = all_honest();
		open_complaint();
		for stance in all {
			let _ = apply(file(&stance.commit()));
		}
		let plain = all[1].reveal(&all);
		let mut asking = plain.clone();
		let mut settlement = plain.settlement().unwrap();
		settlement.key = Some(Default::default());
		asking.reveal.as_mut().unwrap().assent = Assent::Single {
			key: settlement.key,
			signature: sign(&pair(BOB), &genesis(), &settlement),
		};
		assert_refused(file(&asking), ValidityError::NotSingle);
		assert_applied(file(&plain));
	});
}

#[test]
fn a_key_may_have_been_rotated_between_commitment_and_reveal() {
	run(|| {
		let all = all_honest();
		open_complaint();
		for stance in all {
			let _ = apply(file(&stance.commit()));
		}
		let fresh = pair(77);
		alter(|books| {
			let mut keys = KeyHistory::new(0, 0, sp_core::Pair::public(&pair(BOB)));
			keys.rotate(START, START, sp_core::Pair::public(&fresh))
				.unwrap();
			books.keys.insert(BOB, keys)
		});
		let mut whole = all[1].reveal(&all);
		let settlement = whole.settlement().unwrap();
		let signature = sign(&fresh, &genesis(), &settlement);
		whole.reveal.as_mut().unwrap().assent = Assent::plain(signature);
		assert_applied(file(&whole));
	});
}

#[test]
fn the_deadline_is_the_last_block_for_an_answer() {
	run(|| {
		open_complaint();
		wait(ANSWER);
		assert_applied(file(&honest(BOB).commit()));
		wait(1);
		assert_refused(file(&honest(CID).commit()), ValidityError::TooLate);
	});
}

#[test]
fn a_settled_round_needs_no_answer() {
	run(|| {
		open_complaint();
		let bob = honest(BOB).commit();
		settle();
		assert_refused(file(&bob), ValidityError::Settled);
	});
}

#[test]
fn only_an_authorised_transaction_files() {
	run(|| {
		open_complaint();
		let said = Box::new(honest(BOB).commit());
		assert_noop!(
			Disputes::file(RuntimeOrigin::signed(1), said),
			DispatchError::BadOrigin
		);
	});
}

#[test]
fn what_is_on_file_never_costs_more_than_was_reserved() {
	run(|| {
		open_complaint();
		let complaint = spent();
		// As if weights had grown since the agreement was made.
		let reserve = complaint + 7;
		alter(|books| {
			let less = books.reserved - reserve;
			books.reserved = reserve;
			books.escrows.iter_mut().for_each(|escrow| *escrow += less);
		});
		assert_applied(file(&honest(BOB).commit()));
		assert_eq!(spent(), reserve);
		assert_applied(file(&honest(CID).commit()));
		assert_eq!(spent(), reserve);
		Disputes::do_try_state().unwrap();
		miss_deadline();
		assert_applied(judge());
		assert_all_gone();
	});
}

#[test]
fn an_exhausted_escrow_hinders_no_answer() {
	run(|| {
		open_complaint();
		alter(|books| {
			books.fees += books.escrows.iter().sum::<u64>();
			books.escrows = vec![0; 3];
		});
		let bob = honest(BOB).seeing(2);
		assert_applied(file(&bob.commit()));
		narrow(&[honest(ANN), bob]);
		let (left, right) = equivocation(CID);
		assert_applied(report(&left, &right));
		show_all(honest(ANN));
		miss_deadline();
		assert_applied(judge());
		assert_all_gone();
	});
}
