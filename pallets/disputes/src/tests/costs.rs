//! What disputes cost, and that the reserve covers it.

use codec::Encode;
use frame_support::{
	dispatch::{DispatchClass, GetDispatchInfo},
	traits::Get,
};
use frame_system::{limits::BlockWeights, offchain::CreateAuthorizedTransaction};
use syngraph_primitives::{DisputeCosts, MAX_SENSORS};

use super::*;
use crate::Call;

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
fn fees_are_those_of_a_signed_transaction() {
	run(|| {
		let [ann, bob, _] = all_honest();
		let all = all_honest();
		let longest = bob.revealed(&all);
		let message = message(SENSORS[0], 9, 9);
		let calls = [
			(
				report(&longest.statement, &ann.revealed(&all).statement),
				Disputes::report_fee(),
			),
			(file_reveal(&longest), Disputes::file_fee()),
			(judge(), Disputes::judge_fee()),
			(dismiss(all_done(4)), Disputes::dismiss_fee()),
			(accuse(&message, &message), Disputes::accuse_fee()),
			(
				complain(ann.utterance(Some(&all)), heads(WINDOW)),
				Disputes::complain_fee(2),
			),
		];
		for (call, fee) in calls {
			let price = price(call);
			// Never less, and more only by what could be longer.
			assert!((price..price + 4_000).contains(&fee), "{price} {fee}");
		}
	});
}

#[test]
fn the_reserve_covers_the_most_expensive_dispute() {
	run(|| {
		assert_applied(complain(honest(ANN).utterance(None), heads(WINDOW)));
		answer(&all_honest(), &[]);
		for view in all_honest() {
			let other = view.claiming(Some(9));
			assert_applied(report(&view.commit(), &other.commit()));
		}
		assert_applied(judge());
		let cost = <Disputes as DisputeCosts<u64>>::dispute(3);
		let fees = read(|books| books.fees);
		assert!(fees <= cost);
		// Ann's commitment came with the complaint, and nothing was dismissed.
		let dearer = Disputes::dismiss_fee().saturating_sub(Disputes::judge_fee());
		let unused =
			Disputes::complain_fee(MAX_SENSORS) - Disputes::complain_fee(2) + Disputes::file_fee();
		assert_eq!(cost - fees, unused + dearer);
		assert_all_gone();
	});
}

#[test]
fn showing_costs_what_its_chunks_cost() {
	run(|| {
		let showing = <Disputes as DisputeCosts<u64>>::showing;
		assert_eq!(showing(3, 300), Disputes::show_fee(3, 300));
		let full = Disputes::show_fee(MAX_SHOWN, 0);
		assert_eq!(
			showing(2 * MAX_SHOWN, 9),
			2 * full + Disputes::show_fee(0, 9)
		);
		assert_eq!(
			showing(2 * MAX_SHOWN + 1, 9),
			2 * full + Disputes::show_fee(1, 9)
		);
		open_by_inputs(honest(ANN), honest(BOB).seeing(2));
		assert_applied(show(ANN, 0, &messages(WINDOW, 1)));
		let bytes: usize = messages(WINDOW, 1).iter().map(Encode::encoded_size).sum();
		assert_eq!(
			BOND - read(|books| books.bonds[&ANN]),
			showing(6, bytes as u32)
		);
	});
}
