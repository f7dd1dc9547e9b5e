use super::*;
use crate::ChannelOf;

/// Breaks the state of a chain with one channel and expects it to be noticed.
fn notices(fault: &'static str, break_it: impl FnOnce(&mut ChannelOf<Test>)) {
	new_test_ext().execute_with(|| {
		System::set_block_number(1);
		let id = open(Payer::Direct);
		check_state();
		Stored::<Test>::mutate_extant(id, break_it);
		assert_eq!(Channels::do_try_state(), Err(fault.into()));
	});
}

#[test]
fn every_fault_is_noticed() {
	notices("more in channels than there is", |channel| {
		channel.funds = 4 * ENDOWMENT;
	});
	notices("more in channels than there is", |channel| {
		channel.deposit = 4 * ENDOWMENT;
	});
	notices("more paid than put in", |channel| channel.paid = FUNDS + 1);
	let [payer, other] = unsound();
	notices("nobody can sign", |channel| channel.payer = payer);
	notices("nobody can sign", |channel| {
		let from = 5;
		channel.change = Some(PayerChange { payer: other, from });
	});
}

#[test]
fn the_deposit_suffices_for_an_account() {
	use frame_support::traits::Hooks;
	<Channels as Hooks<u64>>::integrity_test();
}
