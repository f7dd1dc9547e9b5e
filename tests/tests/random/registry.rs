//! What is done with the registry.

use pallet_registry::{
	Intermediaries, IntermediaryOf, Name, NewSensor, OfferOf, Offers, Pallet, SensorOf, Sensors,
	UserOf, Users,
};
use syngraph_primitives::{
	Heartbeat, IntermediaryId, Offer, QualityOfService, Role, Schema, SensorId, VariableType,
	MAX_WINDOW_MESSAGES,
};
use syngraph_runtime::{AccountId, Runtime, Signature, DAYS, MILLI_SYN, SYN};
use syngraph_tests::actors::name;

use crate::cast::{general, now, signed, Act, Cast, Move};

type Call = pallet_registry::Call<Runtime>;

/// How many sensors are registered at a time, and how many intermediaries.
const ENOUGH: usize = 8;

/// What is done, and how often.
pub const ACTS: &[Act] = &[
	(12, register_user),
	(2, update_user),
	(3, rotate_user_key),
	(1, revoke_user),
	(4, deregister_user),
	(12, register_sensors),
	(2, update_sensor),
	(2, rotate_sensor_key),
	(1, revoke_sensor),
	(4, deregister_sensor),
	(14, register_intermediary),
	(2, update_intermediary),
	(2, rotate_intermediary_key),
	(1, revoke_intermediary),
	(4, deregister_intermediary),
	(5, bond),
	(4, unbond),
	(4, withdraw),
	(10, publish_offer),
	(1, withdraw_offer),
	(30, heartbeat),
];

/// A name of some length, or by mistake none.
fn text(cast: &mut Cast) -> Name {
	let length = match cast.is_careless() {
		true => 0,
		false => cast.rng.between(1, 32),
	};
	name(&"n".repeat(length as usize))
}

/// What a meter declares: a number, and perhaps a note.
fn schema(cast: &mut Cast) -> Schema {
	let variables = [("v", VariableType::Integer), ("note", VariableType::Text)];
	let count = if cast.rng.one_in(3) { 2 } else { 1 };
	syngraph_test_kit::schema("meter", &variables[..count])
}

fn a_user(cast: &mut Cast) -> Option<(AccountId, UserOf<Runtime>)> {
	cast.rng.pick(Users::<Runtime>::iter())
}

fn a_sensor(cast: &mut Cast) -> Option<(SensorId, SensorOf<Runtime>)> {
	cast.rng.pick(Sensors::<Runtime>::iter())
}

fn an_intermediary(cast: &mut Cast) -> Option<(IntermediaryId, IntermediaryOf<Runtime>)> {
	cast.rng.pick(Intermediaries::<Runtime>::iter())
}

fn register_user(cast: &mut Cast) -> Option<Move> {
	let who = cast.person();
	cast.only_if(!Users::<Runtime>::contains_key(&who))?;
	let name = text(cast);
	let (mut signer, mut proof) = (who.clone(), None);
	if cast.rng.one_in(3) {
		let key = cast.new_key();
		signer = key.0.into();
		proof = Some(Signature::from(cast.prove(&key.0, Role::User, &who)));
	}
	let call = Call::register_user {
		name,
		signer,
		proof,
	};
	signed(who, call)
}

fn update_user(cast: &mut Cast) -> Option<Move> {
	let name = text(cast);
	signed(cast.person(), Call::update_user { name })
}

fn rotate_user_key(cast: &mut Cast) -> Option<Move> {
	let (who, record) = a_user(cast)?;
	cast.only_if(!record.signer.is_revoked())?;
	let key = cast.new_key();
	let call = Call::rotate_user_key {
		from_block: now() + cast.rng.between(0, 5),
		signer: key.0.into(),
		proof: Some(cast.prove(&key.0, Role::User, &who).into()),
	};
	signed(who, call)
}

fn revoke_user(cast: &mut Cast) -> Option<Move> {
	let (who, _) = a_user(cast)?;
	let from_block = now() + cast.rng.between(0, 5);
	signed(who, Call::revoke_user { from_block })
}

fn deregister_user(cast: &mut Cast) -> Option<Move> {
	let (who, record) = a_user(cast)?;
	let useless = record.uses == 0 && (record.signer.is_revoked() || cast.rng.one_in(4));
	cast.only_if(useless)?;
	signed(who, Call::deregister_user {})
}

fn register_sensors(cast: &mut Cast) -> Option<Move> {
	if Sensors::<Runtime>::iter_keys().count() >= ENOUGH {
		return None;
	}
	let (owner, _) = a_user(cast)?;
	let sensors: Vec<_> = (0..cast.rng.between(1, 3))
		.map(|_| {
			let key = cast.new_sensor_key();
			let prover = cast.usually(owner.clone());
			NewSensor {
				schema: schema(cast),
				key,
				proof: cast.prove_sensor(&key, &prover),
			}
		})
		.collect();
	let sensors = sensors.try_into().expect("so many are allowed");
	signed(owner, Call::register_sensors { sensors })
}

fn update_sensor(cast: &mut Cast) -> Option<Move> {
	let (sensor, record) = a_sensor(cast)?;
	let owner = cast.usually(record.owner);
	let schema = schema(cast);
	signed(owner, Call::update_sensor { sensor, schema })
}

fn rotate_sensor_key(cast: &mut Cast) -> Option<Move> {
	let careless = cast.is_careless();
	let all = Sensors::<Runtime>::iter();
	let mut all: Vec<_> = all
		.filter(|(_, record)| careless || !record.keys.history.is_revoked())
		.collect();
	// Whoever is suspended needs it most.
	let suspended = |(_, record): &(SensorId, SensorOf<Runtime>)| !record.keys.is_live();
	if !careless && all.iter().any(suspended) {
		all.retain(suspended);
	}
	let (sensor, record) = cast.rng.pick(all)?;
	let last = record.keys.history.periods().last()?.from;
	let key = cast.new_sensor_key();
	let call = Call::rotate_sensor_key {
		sensor,
		from_sequence: last + cast.rng.below(10),
		key,
		proof: cast.prove_sensor(&key, &record.owner),
	};
	signed(record.owner, call)
}

fn revoke_sensor(cast: &mut Cast) -> Option<Move> {
	let (sensor, record) = a_sensor(cast)?;
	let call = Call::revoke_sensor {
		sensor,
		from_sequence: cast.rng.below(20),
	};
	signed(cast.usually(record.owner), call)
}

fn deregister_sensor(cast: &mut Cast) -> Option<Move> {
	let (sensor, record) = a_sensor(cast)?;
	let revoked = record.keys.history.is_revoked();
	let useless = record.uses == 0 && (revoked || cast.rng.one_in(4));
	cast.only_if(useless)?;
	signed(
		cast.usually(record.owner),
		Call::deregister_sensor { sensor },
	)
}

fn register_intermediary(cast: &mut Cast) -> Option<Move> {
	if Intermediaries::<Runtime>::iter_keys().count() >= ENOUGH {
		return None;
	}
	let operator = cast.person();
	let prover = cast.usually(operator.clone());
	let key = cast.new_key();
	let call = Call::register_intermediary {
		key,
		proof: cast.prove(&key.0, Role::Intermediary, &prover),
		endpoint: Default::default(),
		bond: SYN * u128::from(cast.rng.below(100)),
	};
	signed(operator, call)
}

fn update_intermediary(cast: &mut Cast) -> Option<Move> {
	let (intermediary, record) = an_intermediary(cast)?;
	let call = Call::update_intermediary {
		intermediary,
		endpoint: vec![b'e'; cast.rng.between(0, 128) as usize]
			.try_into()
			.expect("it is short enough"),
	};
	signed(cast.usually(record.operator), call)
}

fn rotate_intermediary_key(cast: &mut Cast) -> Option<Move> {
	let (intermediary, record) = an_intermediary(cast)?;
	cast.only_if(!record.keys.is_revoked())?;
	let key = cast.new_key();
	let call = Call::rotate_intermediary_key {
		intermediary,
		from_block: now() + cast.rng.between(0, 5),
		key,
		proof: cast.prove(&key.0, Role::Intermediary, &record.operator),
	};
	signed(record.operator, call)
}

fn revoke_intermediary(cast: &mut Cast) -> Option<Move> {
	let (intermediary, record) = an_intermediary(cast)?;
	cast.only_if(record.uses == 0)?;
	let call = Call::revoke_intermediary {
		intermediary,
		from_block: now() + cast.rng.between(0, 5),
	};
	signed(cast.usually(record.operator), call)
}

fn deregister_intermediary(cast: &mut Cast) -> Option<Move> {
	let (intermediary, record) = an_intermediary(cast)?;
	let empty = record.uses == 0 && record.bonded() == 0;
	cast.only_if(empty)?;
	signed(
		cast.usually(record.operator),
		Call::deregister_intermediary { intermediary },
	)
}

fn bond(cast: &mut Cast) -> Option<Move> {
	let (intermediary, record) = an_intermediary(cast)?;
	let amount = SYN * u128::from(cast.rng.below(50));
	let call = Call::bond {
		intermediary,
		amount,
	};
	signed(cast.usually(record.operator), call)
}

fn unbond(cast: &mut Cast) -> Option<Move> {
	let (intermediary, record) = an_intermediary(cast)?;
	let spare = record.bond.saturating_sub(record.liable);
	let amount = match record.keys.is_revoked() {
		true => spare,
		false => cast.rng.amount(spare),
	};
	let more = u128::from(cast.is_careless());
	let call = Call::unbond {
		intermediary,
		amount: amount + more,
	};
	signed(cast.usually(record.operator), call)
}

fn withdraw(cast: &mut Cast) -> Option<Move> {
	let (intermediary, record) = an_intermediary(cast)?;
	let due = record.unbonding.iter().any(|part| part.due <= now());
	cast.only_if(due)?;
	signed(
		cast.usually(record.operator),
		Call::withdraw { intermediary },
	)
}

/// Terms on which an operator lets its intermediary be named: most terms fit most offers.
fn offer(cast: &mut Cast) -> OfferOf<Runtime> {
	let milli = |cast: &mut Cast, below| MILLI_SYN * u128::from(cast.rng.below(below));
	let users = cast.rng.one_in(8).then(|| {
		let mut users = cast.rng.shuffled(cast.people.clone());
		users.truncate(cast.rng.between(2, 8) as usize);
		users.try_into().expect("so many are allowed")
	});
	Offer {
		reward: milli(cast, 10),
		retainer: milli(cast, 60),
		spare_retainer: milli(cast, 60),
		penalty: SYN * u128::from(cast.rng.between(15, 60)),
		absence_fee: MILLI_SYN * u128::from(cast.rng.between(80, 500)),
		window_messages: match cast.rng.one_in(6) {
			true => cast.rng.between(0, 6),
			false => MAX_WINDOW_MESSAGES,
		},
		duration: cast.rng.between(100, DAYS),
		notice: cast.rng.between(7, 30),
		answer: cast.rng.between(1, 26),
		agreements: cast.rng.between(2, 8),
		agreements_per_user: cast.rng.between(1, 6),
		qualities: vec![QualityOfService::NoProof]
			.try_into()
			.expect("one is allowed"),
		users,
	}
}

fn publish_offer(cast: &mut Cast) -> Option<Move> {
	let (intermediary, record) = an_intermediary(cast)?;
	let new = !Offers::<Runtime>::contains_key(intermediary);
	let sense = !record.keys.is_revoked() && (new || cast.rng.one_in(4));
	cast.only_if(sense)?;
	let offer = offer(cast);
	signed(
		cast.usually(record.operator),
		Call::publish_offer {
			intermediary,
			offer,
		},
	)
}

fn withdraw_offer(cast: &mut Cast) -> Option<Move> {
	let (intermediary, record) = an_intermediary(cast)?;
	cast.only_if(Offers::<Runtime>::contains_key(intermediary))?;
	signed(
		cast.usually(record.operator),
		Call::withdraw_offer { intermediary },
	)
}

/// An intermediary shows that it is alive; by mistake at the wrong time, or in another's name.
fn heartbeat(cast: &mut Cast) -> Option<Move> {
	let careless = cast.is_careless();
	// Every eighth is not heard of again once it is bound.
	let dies = |id: IntermediaryId, uses| id % 8 == 7 && uses > 0;
	let due = |id: IntermediaryId| careless || Pallet::<Runtime>::heartbeat_is_due(id);
	let all = Intermediaries::<Runtime>::iter();
	let all = all.filter(|(id, record)| due(*id) && !dies(*id, record.uses));
	let intermediary = cast.rng.pick(all.map(|(id, _)| id))?;
	let at = match careless {
		true => now().saturating_sub(40) + cast.rng.between(0, 60),
		false => now(),
	};
	let signer = match careless && cast.rng.one_in(3) {
		true => an_intermediary(cast)?.0,
		false => intermediary,
	};
	let signature = cast.sign(&cast.key_of(signer)?, &Heartbeat { intermediary, at });
	general(Call::heartbeat {
		intermediary,
		at,
		signature,
	})
}
