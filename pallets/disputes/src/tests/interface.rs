//! The way by which an off-chain worker reports.

use codec::Decode;
use sp_core::offchain::{testing::TestTransactionPoolExt, TransactionPoolExt};
use syngraph_primitives::Conflicts;

use crate::mock::*;

#[test]
fn a_worker_hands_a_report_to_the_pool() {
	let mut externalities = externalities();
	let (pool, state) = TestTransactionPoolExt::new();
	externalities.register_extension(TransactionPoolExt::new(pool));
	externalities.execute_with(|| {
		let (left, right) = (commit(ANN, 3, 1), commit(BOB, 3, 2));
		<Disputes as Conflicts>::report(left.clone(), right.clone());
		let submitted = state.write().transactions.pop().unwrap();
		let extrinsic = Extrinsic::decode(&mut &submitted[..]).unwrap();
		assert_eq!(extrinsic.function, report(&left, &right));
		assert_eq!(apply(extrinsic.function), Ok(Ok(())));
		Disputes::do_try_state().unwrap();
	});
}
