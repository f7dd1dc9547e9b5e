use super::*;
use crate::codes::Retry;
use syngraph_worker::tower::MAX_WATCHED;

fn take(intake: &TestIntake, receipt: &tower::SignedReceipt) -> Result<BlockNumber, Refusal> {
	intake.take(&receipt.encode())
}

#[test]
fn the_best_receipt_is_kept() {
	let (intake, _, store) = setup();
	for amount in [5, 9, 9, FUNDS] {
		assert_eq!(take(&intake, &receipt(1, id(1), amount)), Ok(EXPIRES));
		assert_eq!(kept(&store, id(1)), Some(amount));
	}
	assert_eq!(take(&intake, &receipt(1, id(1), 9)), Err(Refusal::Stale));
	assert_eq!(kept(&store, id(1)), Some(FUNDS));
}

#[test]
fn each_bad_receipt_is_refused_and_changes_nothing() {
	let (intake, chain, store) = setup();
	let mut foreign = channel(Payer::Delegated(account(1)));
	foreign.payee = account(3);
	chain.open(id(2), foreign);
	chain.change(id(1), |channel| channel.paid = 4 * SYN);
	let raised = tower::SignedReceipt {
		receipt: receipt(1, id(1), 8).receipt,
		..receipt(1, id(1), 7)
	};
	let out_of_place = tower::SignedReceipt {
		membership: Membership::new(&[account(1)], 0),
		..receipt(1, id(1), 7)
	};
	let expected = [
		(receipt(1, id(3), 5), Refusal::UnknownChannel),
		(receipt(1, id(2), 5), Refusal::OtherPayee),
		(receipt(1, id(1), FUNDS + 1), Refusal::Overdrawn),
		(receipt(1, id(1), 4), Refusal::Stale),
		(receipt(2, id(1), 5), Refusal::InvalidSignature),
		(raised, Refusal::InvalidSignature),
		(out_of_place, Refusal::InvalidMembership),
	];
	for (receipt, refusal) in expected {
		assert_eq!(take(&intake, &receipt), Err(refusal));
	}
	let encoded = receipt(1, id(1), 5).encode();
	let (head, tail) = (&encoded[..encoded.len() - 1], [&encoded[..], &[0]].concat());
	for bytes in [&b""[..], b"{}", head, &tail, &[0; 2048]] {
		assert_eq!(intake.take(bytes), Err(Refusal::NotAReceipt));
	}
	assert_eq!(kept(&store, id(1)), None);
}

#[test]
fn a_receipt_must_count_in_the_next_block() {
	let (intake, chain, _) = setup();
	chain.change(id(1), |channel| channel.expires = BEST + 2);
	assert_eq!(take(&intake, &receipt(1, id(1), 5)), Ok(BEST + 2));
	chain.change(id(1), |channel| channel.expires = BEST + 1);
	assert_eq!(take(&intake, &receipt(1, id(1), 6)), Err(Refusal::Expired));
}

#[test]
fn when_the_payer_has_changed_its_receipts_take_the_place_of_the_old() {
	let (intake, chain, store) = setup();
	let change = |from| {
		let payer = Payer::Delegated(account(2));
		let change = Some(pallet_channels::PayerChange { payer, from });
		chain.change(id(1), |channel| channel.change = change);
	};
	change(BEST + 5);
	assert_eq!(take(&intake, &receipt(1, id(1), 9)), Ok(BEST + 5));
	change(BEST + 1);
	let late = take(&intake, &receipt(1, id(1), 10));
	assert_eq!(late, Err(Refusal::InvalidSignature));
	assert_eq!(take(&intake, &receipt(2, id(1), 8)), Ok(EXPIRES));
	assert_eq!(kept(&store, id(1)), Some(8));
}

/// Which is worth something as soon as this node knows that the payer has changed, whatever the former one signed.
#[test]
fn what_a_new_payer_may_have_signed_is_not_refused_for_good() {
	let (intake, chain, store) = setup();
	assert_eq!(take(&intake, &receipt(1, id(1), 9)), Ok(EXPIRES));
	let new = receipt(2, id(1), 8);
	assert_eq!(take(&intake, &new), Err(Refusal::InvalidSignature));
	assert_eq!(Refusal::InvalidSignature.retry(), Retry::Later);
	let payer = Payer::Delegated(account(2));
	chain.change(id(1), |channel| channel.payer = payer);
	assert_eq!(take(&intake, &new), Ok(EXPIRES));
	assert_eq!(kept(&store, id(1)), Some(8));
}

#[test]
fn what_may_be_put_in_or_prolonged_is_not_refused_for_good() {
	let (intake, chain, _) = setup();
	let more = receipt(1, id(1), FUNDS + 1);
	assert_eq!(take(&intake, &more), Err(Refusal::Overdrawn));
	chain.change(id(1), |channel| channel.expires = BEST);
	assert_eq!(take(&intake, &more), Err(Refusal::Expired));
	for refusal in [Refusal::Overdrawn, Refusal::Expired] {
		assert_eq!(refusal.retry(), Retry::Later);
	}
	chain.change(id(1), |channel| {
		channel.expires = EXPIRES;
		channel.funds += SYN;
	});
	assert_eq!(take(&intake, &more), Ok(EXPIRES));
}

#[test]
fn members_of_a_group_follow_each_other() {
	let (intake, chain, store) = setup();
	let clients = [account(1), account(2)];
	let group = Group::new(&clients).expect("there are members");
	chain.open(id(2), channel(Payer::Group(group)));
	let by = |client: u8, amount| tower::SignedReceipt {
		membership: Membership::new(&clients, u32::from(client) - 1),
		..receipt(client, id(2), amount)
	};
	assert_eq!(take(&intake, &by(1, 5)), Ok(EXPIRES));
	assert_eq!(take(&intake, &by(2, 6)), Ok(EXPIRES));
	assert_eq!(kept(&store, id(2)), Some(6));
	assert_eq!(
		take(&intake, &receipt(2, id(2), 7)),
		Err(Refusal::InvalidMembership)
	);
}

#[test]
fn what_has_ended_for_good_is_dropped() {
	let (intake, chain, store) = setup();
	for number in [2, 3, 4] {
		chain.open(id(number), channel(Payer::Delegated(account(1))));
	}
	for number in 1..=4 {
		assert_eq!(take(&intake, &receipt(1, id(number), 5)), Ok(EXPIRES));
	}
	// One is closed for good, one perhaps, and one not yet final.
	chain.0.lock().best.remove(&id(2));
	chain.0.lock().finalized.remove(&id(2));
	chain.0.lock().best.remove(&id(3));
	chain.0.lock().finalized.remove(&id(4));
	chain.0.lock().unavailable = true;
	intake.drop_ended();
	assert_eq!(kept(&store, id(2)), Some(5), "the node knows nothing");
	chain.0.lock().unavailable = false;
	intake.drop_ended();
	let all = |store| [1, 2, 3, 4].map(|number| kept(store, id(number)).is_some());
	assert_eq!(all(&store), [true, false, true, true]);
	// All expire; but the last blocks may be retracted.
	chain.0.lock().number = EXPIRES + 1;
	intake.drop_ended();
	assert_eq!(all(&store), [true, false, true, false]);
	chain.0.lock().number = EXPIRES + 2;
	intake.drop_ended();
	assert_eq!(all(&store), [false; 4]);
}

/// A receipt over so much more than what has been paid, in the smallest unit.
fn small(channel: ChannelId, worth: u128) -> tower::SignedReceipt {
	let mut small = receipt(1, channel, 0);
	small.receipt.amount = worth;
	small.signature = key(1).sign(&small.receipt.signing_bytes(&GENESIS)).into();
	small
}

#[test]
fn what_could_never_be_rescued_is_refused() {
	type Channels = pallet_channels::Pallet<syngraph_runtime::Runtime>;
	let (intake, _, store) = setup();
	// What a receipt costs depends on its length, and so does what it must be worth.
	let fee = |worth| Channels::rescue_fee(&small(id(1), worth));
	let least = u128::from(pallet_channels::MIN_FEES) * fee(SYN);
	assert_eq!(fee(least), fee(SYN));
	for worth in [1, fee(SYN), least - 1] {
		assert_eq!(take(&intake, &small(id(1), worth)), Err(Refusal::TooSmall));
	}
	assert_eq!(kept(&store, id(1)), None);
	assert_eq!(take(&intake, &small(id(1), least)), Ok(EXPIRES));
}

#[test]
fn what_cannot_be_rescued_any_more_is_dropped() {
	let (intake, chain, store) = setup();
	assert_eq!(take(&intake, &receipt(1, id(1), 5)), Ok(EXPIRES));
	chain.change(id(1), |channel| channel.paid = 5 * SYN);
	intake.drop_ended();
	assert_eq!(kept(&store, id(1)), Some(5), "that may be retracted");
	let paid = channel(Payer::Delegated(account(1)));
	chain.open(
		id(1),
		Channel {
			paid: 5 * SYN,
			..paid
		},
	);
	intake.drop_ended();
	assert_eq!(kept(&store, id(1)), None);
}

/// An intake with the store of another, for other payees.
fn intake_for(
	payees: Vec<AccountId>,
	chain: &FakeChain,
	store: &TestPersistentOffchainDB,
) -> TestIntake {
	let metrics = Metrics::register(None).expect("the names are good");
	let persistent = Persistent::new(store.clone());
	Intake::new(GENESIS, payees, chain.clone(), persistent, metrics)
}

/// What is kept of a channel, whose receipt is worth so much.
fn watched(number: u64, payee: AccountId, worth: u128) -> tower::Watched {
	tower::Watched {
		receipt: receipt(1, id(number), worth),
		until: EXPIRES,
		payee: payee.into(),
		worth: worth * SYN,
	}
}

/// Fills the tower for two payees in turn, with what is worth far more than anything else here.
fn fill(
	store: &TestPersistentOffchainDB,
	payees: [u8; 2],
) -> Tower<Persistent<TestPersistentOffchainDB>> {
	let tower = Tower::new(Persistent::new(store.clone()));
	let payees = payees.map(|payee| account(payee).into());
	let mut watched = watched(0, account(7), 500);
	for number in 0..MAX_WATCHED {
		watched.receipt.receipt.channel = id(1_000 + number as u64);
		watched.payee = payees[number % 2];
		watched.worth = (500 - u128::from(number == 77)) * SYN;
		tower.watch(&watched).expect("there is room");
	}
	tower
}

#[test]
fn payees_that_are_not_named_any_more_keep_nobody_out() {
	let (_, chain, store) = setup();
	let tower = fill(&store, [7, 8]);
	let intake = intake_for(vec![payee()], &chain, &store);
	assert_eq!(take(&intake, &receipt(1, id(1), 1)), Ok(EXPIRES));
	assert_eq!(kept(&store, id(1)), Some(1));
	assert_eq!(kept(&store, id(1_077)), None, "the one worth least");
	// They keep what is in nobody's way.
	assert_eq!(tower.channels().len(), MAX_WATCHED);
	assert_eq!(take(&intake, &receipt(1, id(1), 2)), Ok(EXPIRES));
	assert_eq!(tower.channels().len(), MAX_WATCHED);
}

#[test]
fn who_had_the_tower_alone_gives_others_their_share() {
	let (_, chain, store) = setup();
	fill(&store, [7, 7]);
	let intake = intake_for(vec![account(7), payee()], &chain, &store);
	assert_eq!(take(&intake, &receipt(1, id(1), 1)), Ok(EXPIRES));
	assert_eq!(kept(&store, id(1_077)), None, "the one worth least");
	// What its own share holds is worth more.
	let mut own = channel(Payer::Delegated(account(1)));
	own.payee = account(7);
	chain.open(id(2), own);
	assert_eq!(take(&intake, &receipt(1, id(2), 2)), Err(Refusal::Full));
}

#[test]
fn the_table_of_errors_says_of_every_code_what_to_do() {
	let table = include_str!("../../../../docs/errors.md");
	let (_, table) = table.split_once("## channels_watch").expect("it is there");
	let rows = table.lines().filter_map(|row| {
		let mut cells = row.split('|').map(str::trim).skip(1);
		let code: i32 = cells.next()?.parse().ok()?;
		Some((code, cells.next()?.to_string()))
	});
	let told: BTreeMap<_, _> = rows.collect();
	let reasons = [
		Refusal::NotAReceipt,
		Refusal::Busy,
		Refusal::Unavailable,
		Refusal::UnknownChannel,
		Refusal::OtherPayee,
		Refusal::Expired,
		Refusal::Overdrawn,
		Refusal::Stale,
		Refusal::InvalidMembership,
		Refusal::InvalidSignature,
		Refusal::Full,
		Refusal::TooSmall,
		Refusal::NotStored,
	];
	let right = reasons.map(|reason| {
		let retry = format!("{:?}", reason.retry()).to_lowercase();
		(reason.code(), retry)
	});
	assert_eq!(told, BTreeMap::from(right));
}

#[test]
fn no_payee_fills_the_tower_and_the_worth_decides_who_stays() {
	let (_, chain, store) = setup();
	let intake = intake_for(vec![payee(), account(7)], &chain, &store);
	// Half of the tower is the other payee's, who is about to fill it all.
	let share = MAX_WATCHED as u64 / 2;
	let tower = Tower::new(Persistent::new(store.clone()));
	for number in 0..share {
		let worth = 10 + u128::from(number == 77);
		let watched = watched(1_000 + number, account(7), worth);
		tower.watch(&watched).expect("there is room");
	}
	let other = |number| {
		let mut other = channel(Payer::Delegated(account(1)));
		other.payee = account(7);
		chain.open(id(number), other);
	};
	other(5);
	assert_eq!(take(&intake, &receipt(1, id(5), 10)), Err(Refusal::Full));
	assert_eq!(take(&intake, &receipt(1, id(5), 11)), Ok(EXPIRES));
	assert_eq!(kept(&store, id(1_000)), None, "one of those worth least");
	assert_eq!(tower.channels().len() as u64, share);
	assert_eq!(
		take(&intake, &receipt(1, id(1), 1)),
		Ok(EXPIRES),
		"the rest is others'"
	);
	assert_eq!(kept(&store, id(1_077)), Some(11));
}
