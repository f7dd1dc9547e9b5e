//! What is sent to the chain.

use codec::Encode;
use sp_core::Pair;
use sp_runtime::{BoundedVec, MultiSignature};
use syngraph_fuzz::{
	cast::Cast,
	step::{Claim, Said, Step},
	world::World,
};
use syngraph_primitives::{Payer, Payload, Receipt, Role, SignedReceipt};
use syngraph_runtime::{Runtime, RuntimeCall, SYN};
use syngraph_test_kit::people::{ed25519_key, key_proof, sr25519_key};
use syngraph_tests::{
	actors::{account, lock_schema, name},
	chain::general,
};

type Agreements = pallet_agreements::Call<Runtime>;
type Channels = pallet_channels::Call<Runtime>;
type Disputes = pallet_disputes::Call<Runtime>;
type Registry = pallet_registry::Call<Runtime>;

/// How long the members have to answer.
const ANSWER: u32 = 24;
/// How long it takes to unbond.
const UNBONDING: u32 = 45_000;

/// Disputes from their beginning to their end, and every call that an account can sign.
pub fn games() -> Vec<Vec<u8>> {
	let cast = World::new().cast;
	let mut games = vec![
		evidence(),
		long(),
		answered(),
		parted(),
		copied(),
		wrong(),
		unanswered(),
		contradictory(),
		reconciled(&cast),
		raw(&cast),
	];
	games.extend([
		users(&cast),
		sensors(&cast),
		intermediaries(&cast),
		channels(&cast),
	]);
	games.extend([signing(&cast), ending(&cast)]);
	games
		.iter()
		.map(|steps| steps.iter().flat_map(Step::encode).collect())
		.collect()
}

fn claim(who: u8) -> Claim {
	Claim {
		who,
		more: 1,
		..Default::default()
	}
}

/// What a member claims that has the messages of the other trace.
fn other(who: u8) -> Claim {
	Claim {
		trace: 1,
		..claim(who)
	}
}

/// What a claim commits to.
fn commit(claim: Claim) -> Said {
	Said { claim, reveals: 0 }
}

/// What it reveals.
fn reveal(claim: Claim) -> Said {
	Said { claim, reveals: 1 }
}

fn sign(who: u8, call: impl Into<RuntimeCall>) -> Step {
	Step::Sign(who, call.into().encode())
}

fn show(claim: Claim, from: u8, count: u8) -> Step {
	Step::Show {
		claim,
		window: 0,
		from,
		count,
	}
}

fn complain(claim: Claim, others: u8) -> Step {
	Step::Complain {
		said: commit(claim),
		others,
		heads: 0,
	}
}

/// Both members lay open what they claim of the windows, and show the first; then they are judged.
fn evidence() -> Vec<Step> {
	vec![
		Step::Open(claim(0), 0),
		Step::Open(other(1), 1),
		show(claim(0), 0, 2),
		show(claim(0), 0, 4),
		show(other(1), 0, 4),
		Step::Wait(2 * ANSWER),
		Step::Judge,
	]
}

/// The open dispute ends.
fn begin_anew() -> Vec<Step> {
	vec![Step::Wait(2 * ANSWER), Step::Judge]
}

/// Two members differ about a round of so many windows that it takes two steps to find out in which.
fn long() -> Vec<Step> {
	let long = |who| Claim {
		more: 80,
		..claim(who)
	};
	let lie = Claim {
		lie: 4,
		place: 70,
		..long(1)
	};
	let mut steps = begin_anew();
	steps.extend([
		Step::Report(commit(long(0)), commit(lie)),
		Step::Open(long(0), 0),
		Step::Open(lie, 1),
		Step::Open(long(0), 0),
		Step::Open(lie, 1),
		show(long(0), 0, 4),
		Step::Wait(ANSWER),
		Step::Judge,
	]);
	steps
}

/// A complaint is answered, by one that lacked messages at first, and the round settles.
fn answered() -> Vec<Step> {
	let mut steps = begin_anew();
	steps.extend([
		complain(claim(1), 0),
		Step::Lack(claim(0), 0),
		show(claim(1), 0, 4),
		Step::File(commit(claim(0))),
		Step::File(commit(claim(1))),
		Step::File(reveal(claim(0))),
		Step::File(reveal(claim(1))),
		Step::Settle(claim(0)),
		Step::Wait(ANSWER),
		Step::Judge,
	]);
	steps
}

/// Members commit to different ranges, and then to that of the leader.
fn parted() -> Vec<Step> {
	let short = Claim {
		more: 0,
		..claim(0)
	};
	let mut steps = begin_anew();
	steps.extend([
		complain(claim(1), 0),
		Step::File(commit(short)),
		Step::File(commit(claim(0))),
		Step::File(commit(claim(1))),
		Step::File(reveal(claim(0))),
		Step::Settle(claim(0)),
		Step::Wait(ANSWER),
		Step::Judge,
	]);
	steps
}

/// One copied the root of a window, and is challenged.
fn copied() -> Vec<Step> {
	let copied = Claim { lie: 3, ..claim(1) };
	let mut steps = begin_anew();
	steps.extend([
		complain(claim(0), 0),
		Step::File(commit(copied)),
		Step::Challenge(claim(0), 1),
		Step::Open(claim(0), 0),
		Step::Open(copied, 1),
		show(claim(0), 0, 4),
		Step::Judge,
	]);
	steps
}

/// One reveals another outcome.
fn wrong() -> Vec<Step> {
	let wrong = Claim {
		lie: 1,
		place: 1,
		..claim(1)
	};
	let mut steps = begin_anew();
	steps.extend([
		complain(claim(0), 0),
		Step::File(commit(wrong)),
		Step::File(reveal(claim(0))),
		Step::Report(reveal(claim(0)), reveal(wrong)),
		Step::Wait(ANSWER),
		Step::Judge,
	]);
	steps
}

/// A complaint is not answered: a spare steps in, and complains in its turn.
fn unanswered() -> Vec<Step> {
	let mut steps = begin_anew();
	steps.extend([
		complain(claim(1), 0),
		Step::Wait(ANSWER),
		Step::Judge,
		Step::Settle(claim(2)),
		complain(claim(2), 1),
		Step::File(commit(claim(1))),
		Step::Report(commit(claim(1)), commit(other(1))),
		Step::Wait(3 * ANSWER),
		Step::Judge,
		Step::Beat(claim(0), 0),
	]);
	steps
}

/// A member and the lock contradict themselves.
fn contradictory() -> Vec<Step> {
	let elsewhere = Claim {
		first: 2,
		attempt: 1,
		..claim(0)
	};
	let twice = Claim {
		secret: 1,
		..elsewhere
	};
	vec![
		Step::Report(commit(elsewhere), commit(twice)),
		Step::Accuse(5, [0, 1]),
		Step::Judge,
		Step::Report(commit(claim(1)), commit(other(1))),
		Step::Judge,
	]
}

/// The users close the dispute.
fn reconciled(cast: &Cast) -> Vec<Step> {
	let agreement = cast.agreement;
	let consent = |who| {
		let roster = 0;
		sign(who, Disputes::reconcile { agreement, roster })
	};
	let judge = Disputes::judge { agreement };
	vec![consent(0), consent(1), Step::Wait(ANSWER), sign(2, judge)]
}

/// Whole transactions, and calls of other pallets.
fn raw(cast: &Cast) -> Vec<Step> {
	let judge: RuntimeCall = Disputes::judge {
		agreement: cast.agreement,
	}
	.into();
	let transfer: RuntimeCall = pallet_balances::Call::<Runtime>::transfer_keep_alive {
		dest: account(&cast.signers[1]).into(),
		value: SYN,
	}
	.into();
	let all = pallet_utility::Call::<Runtime>::batch_all {
		calls: vec![transfer.clone(), judge.clone()],
	};
	vec![
		Step::Send(general(judge.clone()).encode()),
		Step::Call(judge.encode()),
		Step::Call(transfer.encode()),
		sign(0, transfer),
		sign(0, all),
	]
}

/// Another agreement is proposed and signed in every way.
fn signing(cast: &Cast) -> Vec<Step> {
	let terms = cast.proposed.clone();
	let agreement = terms.id(&cast.genesis);
	let bytes = terms.signing_bytes(&cast.genesis);
	let users = cast.signers[..2].iter();
	let signatures: Vec<MultiSignature> = users.map(|user| user.sign(&bytes).into()).collect();
	let create = Agreements::create {
		terms: terms.clone(),
		signatures: signatures.try_into().unwrap_or_default(),
		consents: Default::default(),
	};
	let propose = Agreements::propose { terms };
	vec![
		sign(0, propose.clone()),
		sign(0, Agreements::cancel { agreement }),
		sign(0, create),
		sign(0, propose),
		sign(1, Agreements::sign { agreement }),
	]
}

/// The agreement in force is ended, its dispute is judged, and it is forgotten.
fn ending(cast: &Cast) -> Vec<Step> {
	let (agreement, amount) = (cast.agreement, SYN);
	vec![
		sign(0, Agreements::top_up { agreement, amount }),
		sign(2, Agreements::payout { agreement }),
		sign(0, Agreements::give_notice { agreement }),
		sign(0, Agreements::consent_to_end { agreement }),
		sign(1, Agreements::consent_to_end { agreement }),
		Step::Settle(Claim::default()),
		Step::Wait(3 * ANSWER),
		sign(2, Agreements::close { agreement }),
		Step::Judge,
		Step::Wait(ANSWER),
		sign(2, Agreements::forget { agreement }),
	]
}

fn channels(cast: &Cast) -> Vec<Step> {
	let channel = cast.channel;
	let receipt = |amount| {
		let receipt = Receipt { channel, amount };
		let bytes = receipt.signing_bytes(&cast.genesis);
		SignedReceipt {
			signature: MultiSignature::from(cast.signers[0].sign(&bytes)),
			receipt,
			membership: None,
		}
	};
	let payer = Payer::Delegated(account(&cast.signers[2]));
	let open = Channels::open {
		payee: account(&cast.signers[1]),
		payer: payer.clone(),
		funds: SYN,
		expires: 5_000,
	};
	let top_up = Channels::top_up {
		channel,
		amount: SYN,
		expires: Some(6_000),
	};
	let receipts = BoundedVec::truncate_from(vec![receipt(3 * SYN)]);
	vec![
		sign(0, open),
		sign(0, top_up),
		sign(
			3,
			Channels::redeem {
				receipt: receipt(SYN),
			},
		),
		sign(0, Channels::change_payer { channel, payer }),
		sign(0, Channels::request_close { channel }),
		sign(
			1,
			Channels::redeem {
				receipt: receipt(2 * SYN),
			},
		),
		sign(1, Channels::close_batch { receipts }),
		sign(
			1,
			Channels::close {
				receipt: receipt(4 * SYN),
			},
		),
		sign(0, Channels::claim { channel }),
	]
}

fn users(cast: &Cast) -> Vec<Step> {
	let (signer, from_block) = (account(&cast.signers[2]), 40);
	let register = Registry::register_user {
		name: name("operator"),
		signer,
		proof: None,
	};
	let signer = account(&cast.signers[0]);
	let rotate = Registry::rotate_user_key {
		from_block,
		signer,
		proof: None,
	};
	vec![
		sign(2, register),
		sign(
			2,
			Registry::update_user {
				name: name("renamed"),
			},
		),
		sign(0, rotate),
		sign(0, Registry::revoke_user { from_block }),
		sign(2, Registry::deregister_user {}),
	]
}

fn sensors(cast: &Cast) -> Vec<Step> {
	let (key, owner) = (ed25519_key(77), account(&cast.signers[0]));
	let proof = key_proof(&key, &cast.genesis, Role::Sensor, &owner);
	let sensor = pallet_registry::NewSensor {
		schema: lock_schema(),
		key: key.public(),
		proof,
	};
	let sensors = vec![sensor].try_into().unwrap_or_default();
	let rotate = Registry::rotate_sensor_key {
		sensor: cast.lock,
		from_sequence: 10,
		key: key.public(),
		proof,
	};
	let update = Registry::update_sensor {
		sensor: cast.lock + 1,
		schema: lock_schema(),
	};
	let revoke = Registry::revoke_sensor {
		sensor: cast.lock,
		from_sequence: 12,
	};
	vec![
		sign(0, Registry::register_sensors { sensors }),
		sign(0, update),
		sign(0, rotate),
		sign(0, revoke),
		sign(
			0,
			Registry::deregister_sensor {
				sensor: cast.lock + 1,
			},
		),
	]
}

fn intermediaries(cast: &Cast) -> Vec<Step> {
	let (key, owner) = (sr25519_key(77), account(&cast.signers[2]));
	let proof = key_proof(&key, &cast.genesis, Role::Intermediary, &owner);
	let (intermediary, from_block, amount) = (cast.intermediaries[0].0, 40, SYN);
	let key = key.public();
	let register = Registry::register_intermediary {
		key,
		proof,
		endpoint: Default::default(),
		bond: 50 * SYN,
	};
	let update = Registry::update_intermediary {
		intermediary,
		endpoint: Default::default(),
	};
	let rotate = Registry::rotate_intermediary_key {
		intermediary,
		from_block,
		key,
		proof,
	};
	let revoke = Registry::revoke_intermediary {
		intermediary,
		from_block,
	};
	vec![
		sign(2, register),
		sign(2, update),
		sign(2, rotate),
		sign(
			2,
			Registry::bond {
				intermediary,
				amount,
			},
		),
		sign(
			2,
			Registry::unbond {
				intermediary,
				amount,
			},
		),
		Step::Wait(UNBONDING),
		sign(2, Registry::withdraw { intermediary }),
		sign(2, revoke),
		sign(2, Registry::deregister_intermediary { intermediary }),
	]
}
