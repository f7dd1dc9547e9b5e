//! What waits for a block: no more than can take effect in it.

use super::*;
use crate::authorize::{Item, Tag};

#[test]
fn what_opens_a_dispute_waits_once_for_each_agreement() {
	run(|| {
		let (left, right) = inputs();
		let first = validity(&report(&left, &right));
		assert!(first.propagate);
		assert_eq!((first.priority, first.longevity), (7, 8));
		assert!(first.requires.is_empty());
		assert_eq!(first.provides, [tag(Tag::Dispute(AGREEMENT))]);
		let complaint = complain(vec![honest(ANN).commit()], heads(WINDOW));
		assert_exclusive(&report(&left, &right), &complaint, true);
		// An agreement has one dispute at a time, whatever there is to dispute about.
		let (left, right) = equivocation(CID);
		assert_exclusive(&report(&left, &right), &complaint, true);
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
		let (left, right) = contradiction(honest(BOB).until(END + 1));
		assert_exclusive(&of(BOB), &report(&left, &right), true);
	});
}

#[test]
fn the_pool_keeps_one_complaint_of_an_agreement() {
	run(|| {
		let call = complain(vec![honest(ANN).commit()], heads(WINDOW));
		assert_eq!(validity(&call).provides, [tag(Tag::Dispute(AGREEMENT))]);
		let other = vec![honest(BOB).until(END + 1).commit()];
		assert_exclusive(&call, &complain(other, heads(END)), true);
	});
}

#[test]
fn the_pool_keeps_one_of_what_each_member_says() {
	run(|| {
		open_complaint();
		let [_, bob, cid] = all_honest();
		// Two signatures over one commitment are one.
		assert_exclusive(&file(&bob.commit()), &file(&bob.commit()), true);
		assert_exclusive(&file(&bob.commit()), &file(&cid.commit()), false);
		// Nor can its author flood the pool with different ones.
		assert_exclusive(&file(&bob.commit()), &file(&bob.seeing(2).commit()), true);
		assert_applied(file(&bob.commit()));
		let another = |result| file(&bob.claiming(Some(result)).commit());
		assert_exclusive(&another(7), &another(8), true);
		assert_applied(file(&cid.commit()));
		let reveal = bob.reveal(&all_honest());
		let tags = validity(&file(&reveal)).provides;
		assert_eq!(tags, [tag(Tag::File(AGREEMENT, BOB, 0, Item::Reveal))]);
		assert_exclusive(&file(&reveal), &file(&cid.reveal(&all_honest())), false);
	});
}

#[test]
fn the_pool_keeps_one_of_each_chunk() {
	run(|| {
		let ([ann, cid], bob) = (open_with_cid(), honest(BOB));
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
	});
}

#[test]
fn the_pool_keeps_what_is_said_in_each_attempt() {
	run(|| {
		let [ann, bob, cid] = all_honest();
		let first = [ann, bob.until(END + 1), cid];
		open_complaint();
		assert_applied(file(&first[2].commit()));
		// Until a block is made, what belongs to the next attempt need not wait for what belongs to this one to be
		// gone.
		let before = validity(&file(&first[1].commit())).provides;
		assert_applied(file(&first[1].commit()));
		let second = first[1].again(1, set_of(&first), END);
		let after = validity(&file(&second.commit())).provides;
		assert_eq!(
			before,
			[tag(Tag::File(AGREEMENT, BOB, 0, Item::Commitment))]
		);
		assert_eq!(after, [tag(Tag::File(AGREEMENT, BOB, 1, Item::Commitment))]);
	});
}

#[test]
fn the_pool_keeps_one_challenge_of_each_member() {
	run(|| {
		let [ann, bob, cid] = all_honest();
		let all = [ann, bob.copying(), cid];
		let heard = all.map(|stance| stance.commit()).to_vec();
		assert_applied(complain(heard, heads(WINDOW)));
		let tags = validity(&challenge(ann, BOB)).provides;
		assert_eq!(tags, [tag(Tag::Challenge(AGREEMENT, ANN))]);
		assert_exclusive(&challenge(ann, BOB), &challenge(cid, BOB), false);
	});
}

#[test]
fn the_pool_keeps_one_opening_of_each_side() {
	run(|| {
		let sides = [honest(ANN), honest(BOB).seeing(2)];
		assert_applied(report(&sides[0].commit(), &sides[1].commit()));
		let level = Level::Leaves { block: 0 };
		let of = |place| open_side(&sides, place, Kind::Data, level);
		let stage = waits_for().0;
		let tags = validity(&of(0)).provides;
		assert_eq!(tags, [tag(Tag::Hashes(AGREEMENT, 0, stage))]);
		assert_exclusive(&of(0), &of(0), true);
		assert_exclusive(&of(0), &of(1), false);
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
		assert_eq!(tags, [tag(Tag::File(AGREEMENT, BOB, 0, Item::Lack))]);
		assert_exclusive(&lack(BOB), &lack(CID), false);
		assert_exclusive(&lack(BOB), &lack(BOB), true);
	});
}
