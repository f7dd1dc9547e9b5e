//! What disputes cost, and that the reserve covers it.

use codec::{Encode, MaxEncodedLen};
use frame_support::{
	dispatch::{DispatchClass, GetDispatchInfo},
	traits::Get,
	weights::Weight,
};
use frame_system::{limits::BlockWeights, offchain::CreateAuthorizedTransaction};
use syngraph_primitives::{DisputeCosts, DisputeSize};

use super::*;

impl<LocalCall> frame_system::offchain::CreateTransactionBase<LocalCall> for Test
where
	RuntimeCall: From<LocalCall>,
{
	type RuntimeCall = RuntimeCall;
	type Extrinsic = Extrinsic;
}

impl<LocalCall> frame_system::offchain::CreateTransaction<LocalCall> for Test
where
	RuntimeCall: From<LocalCall>,
{
	type Extension = frame_system::AuthorizeCall<Test>;

	fn create_transaction(call: RuntimeCall, extension: Self::Extension) -> Extrinsic {
		Extrinsic::new_transaction(call, extension)
	}
}

impl<LocalCall> frame_system::offchain::CreateAuthorizedTransaction<LocalCall> for Test
where
	RuntimeCall: From<LocalCall>,
{
	fn create_extension() -> Self::Extension {
		frame_system::AuthorizeCall::new()
	}
}

/// What a call weighs. What a ruling weighs is given back where there is none, and has a price of its own.
fn dispatch_weight(call: &RuntimeCall) -> Weight {
	match call {
		RuntimeCall::Disputes(Call::judge { .. }) => <() as crate::WeightInfo>::judge(),
		_ => call.get_dispatch_info().call_weight,
	}
}

/// What a signed transaction of the same weight and length costs.
fn price(call: RuntimeCall) -> u64 {
	let limits: BlockWeights = <Test as frame_system::Config>::BlockWeights::get();
	let base = limits.get(DispatchClass::Normal).base_extrinsic;
	let weight = base + call.weight_of_authorize() + dispatch_weight(&call);
	let transaction =
		<Test as CreateAuthorizedTransaction<Call<Test>>>::create_authorized_transaction(call);
	weight.ref_time() + transaction.encoded_size() as u64
}

#[test]
fn fees_are_those_of_a_signed_transaction_of_that_length() {
	run(|| {
		let [ann, bob, cid] = all_honest();
		let all = all_honest();
		let message = message(SENSORS[0], 9, 9);
		let far = ann.until(FIRST + 100);
		let calls = [
			report(&bob.reveal(&all), &ann.reveal(&all)),
			report(&ann.commit(), &bob.commit()),
			file(&bob.commit()),
			file(&bob.reveal(&all)),
			lack(BOB),
			challenge(ann, BOB),
			lay_open(0, ann.hashes(Kind::Data, Level::Leaves { block: 0 })),
			lay_open(1, far.hashes(Kind::Data, Level::Leaves { block: 0 })),
			show_first(ann),
			show_last(ann),
			judge(),
			accuse(&message, &message),
			complain(vec![ann.commit()], heads(WINDOW)),
			complain(
				all.map(|stance| stance.reveal(&all)).to_vec(),
				heads(WINDOW),
			),
			complain(vec![cid.reveal(&all)], vec![]),
		];
		for call in calls {
			let (price, fee) = (price(call.clone()), fee(&call));
			// Never less, and more only by what extensions and the length of all can take.
			assert!((price..price + 20).contains(&fee), "{price} {fee} {call:?}");
		}
	});
}

/// Everything that can be done in a dispute of three members: two of them lack messages, one after the other, all
/// contradict themselves, one is challenged, and the trees have blocks.
#[test]
fn the_reserve_covers_the_most_expensive_dispute() {
	run(|| {
		// The windows of which messages are lacking; that which somebody copied is another.
		let (high, low) = (FIRST + 69, FIRST + 66);
		let [ann, bob, cid] = all_honest();
		let first = [
			ann.until(high + 1),
			bob.until(FIRST + 1),
			cid.until(FIRST + 2),
		];
		let heard = first.map(|stance| stance.commit()).to_vec();
		let mut fees = applied(complain(heard, heads(high)));

		// In the second attempt two commit to a window that nobody signed as a whole.
		let second = first.map(|stance| {
			let stance = stance.again(1, set_of(&first), high + 1);
			stance.about(low).seeing_last(2)
		});
		fees += applied(file(&second[0].commit())) + applied(lack_of(BOB, high));
		fees += applied(file(&second[1].commit()));
		for chunk in chunks(second[0], high) {
			fees += applied(chunk);
		}
		// In the third one commits to the right one, and each shows its own, as far as it can.
		let third = first[0].again(2, set_of(&second[..2]), high + 1);
		fees += applied(file(&third.commit())) + applied(lack_of(CID, low));
		fees += applied(chunks(second[1], low).swap_remove(0));
		for chunk in chunks(third, low) {
			fees += applied(chunk);
		}
		// In the last one, one copied a window, and is challenged by another that has revealed.
		let mut last = first.map(|stance| stance.again(3, set_of(&[third]), low + 1));
		last[1] = last[1].copying();
		for stance in last {
			fees += applied(file(&stance.commit()));
		}
		for stance in [last[0], last[2]] {
			fees += applied(file(&stance.reveal(&last)));
		}
		fees += applied(challenge(last[0], BOB));
		while let Stage::Opening { kind, level } = waits_for().0 {
			for place in [0, 1] {
				fees += applied(open_side(&last, place, kind, level));
			}
		}
		for author in [CID, ANN, BOB] {
			if author == ANN {
				for chunk in chunks(last[0], WINDOW) {
					fees += applied(chunk);
				}
			}
			let (left, right) = equivocation(author);
			fees += applied(report(&left, &right));
		}
		assert_eq!(spent(), fees);
		fees += applied(judge());
		assert_eq!(read(|books| books.fees), fees);
		assert!(fees <= reserve());

		// What can be said once more in each of five attempts, and shown nine times, was said and shown less often; and
		// not everything was as long as can be.
		let (said, chunks) = (file(&last[0].reveal(&last)), chunks(last[0], WINDOW));
		let [first, last] = [0, 1].map(|index| fee(&chunks[index]));
		let unused = 7 * fee(&said) + 5 * first + 6 * last;
		// Nobody contributed to a joint signature by its commitments, as three can in each of five attempts.
		let contributions = 15 * syngraph_primitives::Contribution::max_encoded_len() as u64;
		let rest = reserve() - fees - unused - contributions;
		assert!(rest < 30_000, "{rest}");
		assert_all_gone();
	});
}

#[test]
fn a_larger_dispute_costs_more() {
	run(|| {
		let size = DisputeSize {
			members: 3,
			sensors: 2,
			messages: 6,
			bytes: 600,
		};
		let cost = <Disputes as DisputeCosts<u64>>::dispute;
		let more = |larger| cost(&larger) - cost(&size);
		let longest = <Utterance as MaxEncodedLen>::max_encoded_len();
		let heads = 2 * <syngraph_primitives::SignedMessage as MaxEncodedLen>::max_encoded_len();
		let complaint = |members: u32| {
			let bytes = longest * members as usize + heads;
			Disputes::complain_fee(members, bytes)
		};
		// Five instead of three members: there are seven instead of five attempts, and 25 instead of nine showings.
		let members = DisputeSize { members: 5, ..size };
		let expected = complaint(5) - complaint(3)
			+ 20 * Disputes::file_fee(longest)
			+ 2 * Disputes::report_fee(2 * longest)
			+ 2 * Disputes::lack_fee()
			+ 16 * Disputes::showing_fee(6, 600);
		assert_eq!(more(members), expected);
		// With so many sensors, a complaint is as long as can be.
		let many = DisputeSize {
			sensors: 1 << 25,
			..size
		};
		assert!(more(many) > 0);
		// Each member shows a window, whenever somebody lacks messages and in the end.
		assert_eq!(more(DisputeSize { bytes: 601, ..size }), 9);
		let chunk = |messages| Disputes::showing_fee(messages, 0);
		assert_eq!(
			more(DisputeSize {
				messages: 7,
				..size
			}),
			9 * (chunk(7) - chunk(6))
		);
	});
}

#[test]
fn showing_costs_what_its_chunks_cost() {
	run(|| {
		let (full, showing) = (Disputes::showing_fee(4, 0), Disputes::showing_fee);
		assert_eq!(showing(0, 9), 9);
		assert_eq!(showing(8, 9), 2 * full + 9);
		assert_eq!(showing(9, 9), 2 * full + showing(1, 0) + 9);
		open_by_inputs(honest(ANN), honest(BOB).seeing(2));
		let shown = applied(show_first(honest(ANN))) + applied(show_last(honest(ANN)));
		let bytes: usize = messages(WINDOW, 1).iter().map(Encode::encoded_size).sum();
		let most = showing(6, bytes as u32);
		// Only what follows a chunk can be longer, and the path, and the length of a list.
		assert!((most - 2 * 1_500..most).contains(&shown), "{most} {shown}");
	});
}

#[test]
fn a_window_has_as_many_chunks_as_it_needs() {
	run(|| {
		let chunks = <Disputes as DisputeCosts<u64>>::chunks;
		assert_eq!([0, 1, 4, 5, 8, 9].map(chunks), [0, 1, 1, 2, 2, 3]);
	});
}
