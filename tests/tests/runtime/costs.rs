//! What disputes and accusations cost falls on those who cause it, and an agreement can always afford another
//! one.

use sp_core::{sr25519, H256};
use syngraph_primitives::{Entity, IntermediaryId, OnFailure, SignedMessage, Source, WindowShape};
use syngraph_runtime::{Balance, Runtime, RuntimeEvent, SYN};
use syngraph_test_kit::{
	bounded,
	claims::Claim,
	people::{ed25519_key, sr25519_key},
};
use syngraph_tests::{
	actors::{account, agreement_terms, endow, enter, register_intermediary, register_lock},
	chain::general,
	Actors, Chain,
};

use crate::{
	cast::{
		apply, bond, both, code, complain, convicted, file, judge, lock_key, made_up, message_of,
		messages, open, report, revealed, show, window_of, Claimant,
	},
	pool::least,
};

type AgreementsCall = pallet_agreements::Call<Runtime>;
type Call = pallet_disputes::Call<Runtime>;

/// How many messages a window has: as many as are shown at once.
const SIZE: u32 = 1_024;

/// An agreement about large windows, in which the second user has a spare, and every bond is exactly what its
/// intermediary answers with.
struct Scene {
	chain: Chain,
	actors: Actors,
	agreement: H256,
	spare: IntermediaryId,
	spare_key: sr25519::Pair,
}

impl Scene {
	fn new() -> Self {
		let mut chain = Chain::new();
		let actors = Actors::register(&mut chain);
		let [operator, spare_key] = [200, 100].map(sr25519_key);
		endow(&mut chain, &operator);
		let spare = register_intermediary(&mut chain, &operator, &spare_key);
		let mut terms = agreement_terms(&chain, &actors);
		terms.window = WindowShape {
			size: SIZE,
			slide: SIZE,
		};
		terms.reaction = Default::default();
		// As little as may be.
		terms.penalty = chain.read(|| {
			let schemas = [syngraph_tests::actors::lock_schema()];
			pallet_agreements::Pallet::<Runtime>::prices(&terms, &schemas).dispute
		});
		terms.users[1].spares = vec![spare].try_into().expect("one is allowed");
		terms.users[1].escrow = 200 * SYN;
		terms.limits.ends_at = chain.number() + 1_000;
		let penalty = terms.penalty;
		for (operator, intermediary) in actors.operators.iter().zip(actors.intermediaries) {
			let unbond = pallet_registry::Call::<Runtime>::unbond {
				intermediary,
				amount: 100 * SYN - penalty,
			};
			chain.call(operator, unbond).expect("it is free");
		}
		let agreement = enter(&mut chain, &actors, terms);
		Self {
			chain,
			actors,
			agreement,
			spare,
			spare_key,
		}
	}

	/// What a member claims of the first window, if it has these messages.
	fn claim(&mut self, member: IntermediaryId, messages: &[SignedMessage]) -> Claim {
		let window = match messages {
			[] => made_up(9),
			some => window_of(some, Some(1)),
		};
		let claimant = Claimant {
			member,
			secret: member as u8,
		};
		claimant.claims(&mut self.chain, self.agreement, 0, &[window])
	}

	/// Two members contradict each other about the first window: that is reported, and both lay open what they claim.
	fn differ(&mut self, claims: [&Claim; 2], keys: [&sr25519::Pair; 2]) {
		let genesis = self.chain.genesis();
		let [left, right] = [0, 1].map(|place| claims[place].committed(keys[place], &genesis));
		apply(&mut self.chain, report(left, right));
		for (claim, place) in claims.into_iter().zip(0..) {
			apply(&mut self.chain, open(claim, place));
		}
	}

	/// The first member and its peer contradict each other about the first window, which the peer made up; and the
	/// first shows it.
	fn lie(&mut self) {
		let genesis = self.chain.genesis();
		let [victim, liar] = self.actors.intermediaries;
		let all = messages(genesis, self.actors.lock, SIZE.into(), 0);
		let (good, bad) = (self.claim(victim, &all), self.claim(liar, &[]));
		let [key, other] = self.actors.keys.clone();
		self.differ([&good, &bad], [&key, &other]);
		apply(&mut self.chain, show(genesis, &key, &good, &all));
	}

	fn bonds(&mut self) -> [Balance; 3] {
		let [first, second] = self.actors.intermediaries;
		[first, second, self.spare].map(|id| bond(&mut self.chain, id))
	}
}

/// Who bore what of a dispute, by the events of the last block.
fn borne(chain: &mut Chain) -> Vec<(Entity<syngraph_runtime::AccountId>, Balance)> {
	let events = chain.events().into_iter();
	events
		.filter_map(|event| match event {
			RuntimeEvent::Disputes(pallet_disputes::Event::Borne { shares, .. }) => Some(shares),
			_ => None,
		})
		.flatten()
		.collect()
}

#[test]
fn users_that_void_a_dispute_pay_for_what_was_shown_in_it() {
	let mut scene = Scene::new();
	let before = scene.bonds();
	scene.lie();
	let users = [&scene.actors.rental, &scene.actors.insurer].map(Clone::clone);
	for user in &users {
		let call = Call::reconcile {
			agreement: scene.agreement,
			roster: 0,
		};
		scene.chain.call(user, call).expect("both consent");
	}
	let shares = borne(&mut scene.chain);
	assert_eq!(scene.bonds(), before);
	let paid: Vec<_> = shares.iter().map(|(who, _)| who.clone()).collect();
	assert_eq!(
		paid,
		users.map(|user| Entity::User(account(&user))).to_vec()
	);
	let [first, second] = [shares[0].1, shares[1].1];
	assert!(first > 0 && first.abs_diff(second) <= 1, "{shares:?}");
}

#[test]
fn who_is_right_pays_nothing_also_twice_in_a_row() {
	let mut scene = Scene::new();
	let genesis = scene.chain.genesis();
	let victim = scene.actors.intermediaries[0];
	let before = scene.bonds();
	scene.lie();
	judge(&mut scene.chain, scene.agreement);
	let liar = scene.actors.intermediaries[1];
	assert_eq!(convicted(&mut scene.chain), vec![liar]);
	assert_eq!(scene.bonds(), [before[0], 0, before[2]]);

	// The window is computed anew. Then the sensor signs twice.
	let all = messages(genesis, scene.actors.lock, SIZE.into(), 0);
	let other: Vec<_> = (0..u64::from(SIZE))
		.map(|number| message_of(genesis, scene.actors.lock, &lock_key(), number, 1))
		.collect();
	let spare = scene.spare;
	let (left, right) = (scene.claim(victim, &all), scene.claim(spare, &other));
	let (key, spare_key) = (scene.actors.keys[0].clone(), scene.spare_key.clone());
	scene.differ([&left, &right], [&key, &spare_key]);
	apply(&mut scene.chain, show(genesis, &spare_key, &right, &other));
	apply(&mut scene.chain, show(genesis, &key, &left, &all));
	judge(&mut scene.chain, scene.agreement);
	assert!(convicted(&mut scene.chain).is_empty());
	assert_eq!(scene.bonds(), [before[0], 0, before[2]]);
	// The owner of the sensor bears it all.
	let owner = Entity::User(account(&scene.actors.rental));
	let shares = borne(&mut scene.chain);
	assert!(
		matches!(&shares[..], [(who, _)] if *who == owner),
		"{shares:?}"
	);
}

#[test]
fn an_agreement_that_cannot_afford_another_dispute_ends() {
	let mut chain = Chain::new();
	let actors = Actors::register(&mut chain);
	let genesis = chain.genesis();
	let mut terms = agreement_terms(&chain, &actors);
	terms.on_failure = OnFailure::End;
	least(&mut chain, &mut terms);
	terms.users[0].escrow = 1_000 * SYN;
	let agreement = enter(&mut chain, &actors, terms);
	let claims = both(&mut chain, &actors, agreement, 0, None);
	let complaint = complain(&chain, &actors, &claims[0]);
	let [first, second] = &actors.keys;
	apply(&mut chain, complaint);
	apply(&mut chain, file(claims[1].committed(second, &genesis)));
	for said in revealed(genesis, &claims, [first, second]) {
		apply(&mut chain, file(said));
	}
	judge(&mut chain, agreement);
	let phase = chain.agreement(&agreement).expect("it is known").phase;
	let reason = pallet_agreements::EndReason::EscrowExhausted;
	assert!(
		matches!(phase, pallet_agreements::Phase::Ended { reason: why, .. } if why == reason),
		"{phase:?}"
	);
}

#[test]
fn accusations_are_paid_by_the_owner_of_the_sensor() {
	let mut chain = Chain::new();
	let actors = Actors::register(&mut chain);
	let genesis = chain.genesis();
	let locks: Vec<_> = (0..31)
		.map(|n| register_lock(&mut chain, &actors.rental, 20 + n))
		.collect();
	let mut terms = agreement_terms(&chain, &actors);
	terms.reaction = Default::default();
	terms.penalty = 20 * SYN;
	terms.users[1].escrow = 100 * SYN;
	let sources = locks.iter().map(|sensor| Source {
		sensor: *sensor,
		start: 0,
	});
	terms.sensors = sources.collect::<Vec<_>>().try_into().expect("so many are");
	let agreement = enter(&mut chain, &actors, terms);
	let of = |n: usize, number, late| {
		message_of(genesis, locks[n], &ed25519_key(20 + n as u8), number, late)
	};
	let [ann, bob] = both(&mut chain, &actors, agreement, 0, Some(60));
	let heads: Vec<_> = (0..31).map(|n| of(n, 1, 0)).collect();
	apply(
		&mut chain,
		Call::complain {
			utterances: bounded(vec![ann.committed(&actors.keys[0], &genesis)]),
			heads: bounded(heads),
			signature: ann.complains(&actors.keys[0], &genesis),
		},
	);
	let funds = |chain: &mut Chain| chain.agreement(&agreement).expect("it is known").funds;
	let deposits = |chain: &mut Chain| -> Balance {
		let sensors = || pallet_registry::Sensors::<Runtime>::iter_values();
		chain.read(|| sensors().map(|sensor| sensor.deposit).sum())
	};
	let before = (funds(&mut chain), deposits(&mut chain));
	let accusations = (0..31).map(|n| {
		let [left, right] = [0, 1].map(|late| Box::new(of(n, 7, late)));
		general(Call::accuse { left, right })
	});
	let results = chain.block(accusations.collect());
	assert_eq!(results, vec![Ok(Ok(())); 31]);
	assert_eq!(funds(&mut chain), before.0);
	assert!(deposits(&mut chain) < before.1);
	for user in [&actors.rental, &actors.insurer] {
		let consent = AgreementsCall::consent_to_end { agreement };
		chain.call(user, consent).expect("both consent");
	}
	let answer = general(file(bob.committed(&actors.keys[1], &genesis)));
	let validity = chain.validate(answer);
	assert_eq!(code(&validity), None, "the dispute can go on: {validity:?}");
}
