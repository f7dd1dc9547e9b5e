//! What disputes cost, and that the reserve covers it.

use codec::Encode;
use frame_support::{
	dispatch::{DispatchClass, GetDispatchInfo},
	traits::Get,
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

/// What a signed transaction of the same weight and length costs.
fn price(call: RuntimeCall) -> u64 {
	let limits: BlockWeights = <Test as frame_system::Config>::BlockWeights::get();
	let base = limits.get(DispatchClass::Normal).base_extrinsic;
	let weight = base + call.weight_of_authorize() + call.get_dispatch_info().call_weight;
	let transaction =
		<Test as CreateAuthorizedTransaction<Call<Test>>>::create_authorized_transaction(call);
	weight.ref_time() + transaction.encoded_size() as u64
}

#[test]
fn fees_are_those_of_a_signed_transaction_of_that_length() {
	run(|| {
		let [ann, bob, _] = all_honest();
		let all = all_honest();
		let revealed = bob.revealed(&all);
		let message = message(SENSORS[0], 9, 9);
		let calls = [
			report(&revealed.statement, &ann.revealed(&all).statement),
			report(&ann.commit(), &bob.commit()),
			file(&bob.commit()),
			file_reveal(&revealed),
			lack(BOB),
			show_first(ann),
			show_last(ann),
			judge(),
			dismiss(all_done(4)),
			dismiss(all_done(4_000_000)),
			accuse(&message, &message),
			complain(ann.utterance(None), heads(WINDOW)),
			complain(ann.utterance(Some(&all)), heads(WINDOW)),
		];
		for call in calls {
			let (price, fee) = (price(call.clone()), fee(&call));
			// Never less, and more only by what extensions and the length of all can take.
			assert!((price..price + 20).contains(&fee), "{price} {fee}");
		}
	});
}

#[test]
fn the_reserve_covers_the_most_expensive_dispute() {
	run(|| {
		let [ann, bob, cid] = all_honest();
		let mut fees = applied(complain(ann.utterance(None), heads(WINDOW)));
		fees += applied(lack(BOB)) + applied(lack(CID));
		fees += applied(show_first(ann)) + applied(show_last(ann));
		fees += applied(file(&bob.commit())) + applied(file(&cid.commit()));
		for stance in all_honest() {
			fees += applied(file_reveal(&stance.revealed(&all_honest())));
		}
		for stance in all_honest() {
			let other = stance.claiming(Some(9));
			fees += applied(report(&stance.commit(), &other.commit()));
		}
		assert_eq!(spent(), fees);
		fees += applied(judge());
		assert_eq!(read(|books| books.fees), fees);
		assert!(fees <= reserve());
		// Of three members, one needed no file for its commitment and lacked nothing, and two showed
		// nothing; it was opened by a complaint, and judged; and nothing was as long as can be.
		let opening = fee(&report(&ann.commit(), &bob.commit()));
		let complaint = fee(&complain(ann.utterance(None), heads(WINDOW)));
		let unused = [
			opening.saturating_sub(complaint),
			fee(&file(&ann.commit())),
			fee(&lack(ANN)),
			2 * (fee(&show_first(ann)) + fee(&show_last(ann))),
			fee(&dismiss(all_done(4))).saturating_sub(fee(&judge())),
		];
		assert!(reserve() - fees - unused.iter().sum::<u64>() < 30_000);
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
		let each =
			cost(&DisputeSize { members: 1, ..size }) - cost(&DisputeSize { members: 0, ..size });
		assert_eq!(more(DisputeSize { members: 5, ..size }), 2 * each);
		// With so many sensors, a complaint is as long as can be.
		let many = DisputeSize {
			sensors: 1 << 25,
			..size
		};
		assert!(more(many) > 0);
		// Each member shows a window.
		assert_eq!(more(DisputeSize { bytes: 601, ..size }), 3);
		let chunk = |messages| Disputes::showing_fee(messages, 0);
		assert_eq!(
			more(DisputeSize {
				messages: 7,
				..size
			}),
			3 * (chunk(7) - chunk(6))
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
		// Only what follows a chunk can be longer, and the length of a list.
		assert!((most - 2 * 1_000..most).contains(&shown), "{most} {shown}");
	});
}

#[test]
fn a_window_has_as_many_chunks_as_it_needs() {
	run(|| {
		let chunks = <Disputes as DisputeCosts<u64>>::chunks;
		assert_eq!([0, 1, 4, 5, 8, 9].map(chunks), [0, 1, 1, 2, 2, 3]);
	});
}
