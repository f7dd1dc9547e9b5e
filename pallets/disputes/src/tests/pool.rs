//! What waits for a block: no more than can take effect in it.

use syngraph_protocol::Utterance;

use super::*;
use crate::authorize::{Sort, Tag};

#[test]
fn what_opens_a_dispute_waits_once_for_each_agreement() {
	run(|| {
		let (left, right) = inputs();
		let first = validity(&report(&left, &right));
		assert!(first.propagate);
		assert_eq!((first.priority, first.longevity), (7, 8));
		assert!(first.requires.is_empty());
		assert_eq!(first.provides, [tag(Tag::Dispute(AGREEMENT))]);
		let complaint = complain(honest(ANN).utterance(None), heads(WINDOW));
		assert_exclusive(&report(&left, &right), &complaint, true);
		// An agreement has one dispute at a time, whatever windows there are.
		let elsewhere = [ANN, BOB].map(|author| {
			let level = author as i64 + 1;
			commit_to(honest(author).seeing(level), WINDOW + 1)
		});
		let other = report(&elsewhere[0], &elsewhere[1]);
		assert_exclusive(&report(&left, &right), &other, true);
	});
}

#[test]
fn the_pool_keeps_one_contradiction_of_each_member() {
	run(|| {
		open_complaint();
		let of = |author| {
			let (left, right) = equivocation(author);
			report(&left, &right)
		};
		let (left, right) = equivocation(BOB);
		assert_eq!(
			validity(&of(BOB)).provides,
			[tag(Tag::Fault(AGREEMENT, BOB))]
		);
		assert_exclusive(&of(BOB), &of(CID), false);
		assert_exclusive(&of(BOB), &report(&right, &left), true);
		let elsewhere = [1, 2].map(|level| commit_to(honest(BOB).seeing(level), WINDOW + 1));
		assert_exclusive(&of(BOB), &report(&elsewhere[0], &elsewhere[1]), true);
	});
}

#[test]
fn the_pool_keeps_one_complaint_of_an_agreement() {
	run(|| {
		let call = complain(honest(ANN).utterance(None), heads(WINDOW));
		assert_eq!(validity(&call).provides, [tag(Tag::Dispute(AGREEMENT))]);
		let other = Utterance {
			commit: commit_to(honest(BOB), WINDOW + 1),
			reveal: None,
		};
		assert_exclusive(&call, &complain(other, heads(WINDOW + 1)), true);
	});
}

#[test]
fn the_pool_keeps_one_of_each_statement() {
	run(|| {
		open_complaint();
		let [_, bob, cid] = all_honest();
		// Two signatures over one statement are one.
		assert_exclusive(&file(&bob.commit()), &file(&bob.commit()), true);
		assert_exclusive(&file(&bob.commit()), &file(&cid.commit()), false);
		// Nor can its author flood the pool with different ones.
		assert_exclusive(&file(&bob.commit()), &file(&bob.seeing(2).commit()), true);
		let false_reveal = |result| {
			let revealed = bob.claiming(Some(result)).revealed(&all_honest());
			file(&revealed.statement)
		};
		assert_applied(file(&bob.commit()));
		assert_exclusive(&false_reveal(7), &false_reveal(8), true);
	});
}

#[test]
fn the_pool_keeps_one_of_each_chunk() {
	run(|| {
		open_by_inputs(honest(ANN), honest(BOB).seeing(2));
		let [ann, bob, cid] = all_honest();
		assert_applied(file(&cid.commit()));
		// Of each member: a bad one of another must not keep it out.
		assert_exclusive(&show_first(ann), &show_first(cid), false);
		assert_exclusive(&show_first(ann), &show_first(bob.seeing(2)), false);
		let first = show_first(ann);
		assert_applied(first.clone());
		assert_refused(first, ValidityError::WrongPosition);
	});
}

#[test]
fn the_pool_keeps_one_verdict() {
	run(|| {
		open_complaint();
		miss_deadline();
		assert_exclusive(&judge(), &judge(), true);
		assert_exclusive(&judge(), &dismiss(all_done(WINDOW + 1)), true);
	});
}

#[test]
fn the_pool_keeps_one_dismissal() {
	run(|| {
		open_complaint();
		let (left, right) = (all_done(WINDOW + 1), all_done(WINDOW + 2));
		assert_exclusive(&dismiss(left), &dismiss(right), true);
	});
}

#[test]
fn the_pool_keeps_one_accusation_of_a_sensor() {
	run(|| {
		let of = |sensor, number| accuse(&message(sensor, number, 1), &message(sensor, number, 2));
		let [first, second] = SENSORS;
		let provides = validity(&of(first, 40)).provides;
		assert_eq!(provides, [tag(Tag::Sensor(first))]);
		assert_exclusive(&of(first, 40), &of(first, 41), true);
		assert_exclusive(&of(first, 40), &of(second, 40), false);
	});
}

#[test]
fn the_pool_keeps_one_of_each_lacking_member() {
	run(|| {
		open_complaint();
		let tags = validity(&lack(BOB)).provides;
		assert_eq!(tags, [tag(Tag::File(AGREEMENT, BOB, Sort::Lack))]);
		assert_exclusive(&lack(BOB), &lack(CID), false);
		assert_exclusive(&lack(BOB), &lack(BOB), true);
	});
}
