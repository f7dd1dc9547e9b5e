//! What the benchmarks act on: the largest terms, and the keys of everybody who signs something.

use alloc::{format, string::String, vec, vec::Vec};
use core::fmt::Debug;
use frame_support::traits::{
	fungible::{Inspect, Mutate},
	Get,
};
use frame_system::{pallet_prelude::BlockNumberFor, RawOrigin};
use sp_core::{crypto::KeyTypeId, ed25519, sr25519, H256};
use sp_io::{
	crypto::{ed25519_generate, ed25519_sign, sr25519_generate, sr25519_sign},
	hashing::blake2_256,
};
use sp_runtime::traits::{IdentifyAccount, Saturating};
use syngraph_primitives::{
	AgreementId, Amount, Consent, Directory, DirectoryBenchmarkHelper, Function, IntermediaryId,
	OnFailure, Outcomes, Party, Payload, QualityOfService, ResultValue, Role, RoundId, RoundTerms,
	Schema, SensorId, SettledRound, Source, Step, TimeLimits, Variable, VariableType, WindowShape,
	MAX_FUNCTION, MAX_INTERMEDIARIES, MAX_KEPT, MAX_NAME, MAX_ROUND_RESULTS, MAX_SENSORS, MAX_SPAN,
	MAX_STEPS, MAX_TEXT, MAX_USERS, MAX_VARIABLES, MAX_WINDOW_MESSAGES,
};
use syngraph_protocol::{Assents, Proof, Singles};

use crate::{
	AgreementOf, Agreements, AgreementsOf, AgreementsOfSensor, BalanceOf, Config, JointKeys,
	Pallet, Phase, Resignation, Terms, TermsOf,
};

/// The keystore's type of the benchmarks' keys.
pub const KEYS: KeyTypeId = KeyTypeId(*b"bnch");
/// A result of the largest payments.
const LARGE_RESULT: ResultValue = 1_000_000_000_000_000;
/// How many rounds have settled before.
const BEFORE: u32 = (1 << 12) - 1;
/// For how many blocks an agreement is in force.
pub const DURATION: u32 = 100;

/// How large terms are.
#[derive(Clone, Copy)]
pub struct Size {
	/// How many users there are. Each has an intermediary: there are no more of them.
	pub users: u32,
	pub intermediaries: u32,
	pub spares: u32,
	pub sensors: u32,
	pub steps: u32,
}

impl Size {
	/// There can be no larger ones.
	pub const LARGEST: Self = Self {
		users: MAX_USERS,
		intermediaries: MAX_INTERMEDIARIES,
		spares: MAX_INTERMEDIARIES,
		sensors: MAX_SENSORS,
		steps: MAX_STEPS,
	};
}

/// Terms, and the keys of everybody who signs something.
pub struct Scene<T: Config> {
	pub terms: TermsOf<T>,
	users: Vec<sr25519::Public>,
	/// In the order of the terms.
	intermediaries: Vec<(IntermediaryId, sr25519::Public)>,
	/// In the order of the terms.
	sensors: Vec<(SensorId, ed25519::Public)>,
}

impl<T: Config> Scene<T>
where
	T::Signature: From<sr25519::Signature>,
	T::SigningKey: From<sr25519::Public>,
{
	/// Terms of which there can be no larger.
	pub fn largest() -> Self {
		Self::new(Size::LARGEST)
	}

	/// Terms of a size.
	pub fn new(size: Size) -> Self {
		let Size {
			users,
			intermediaries,
			spares,
			sensors,
			steps,
		} = size;
		let keys: Vec<_> = (0..users.min(intermediaries))
			.map(|index| sr25519_generate(KEYS, seed(Role::User, index)))
			.collect();
		let users: Vec<_> = keys.iter().map(|key| user::<T>(*key)).collect();
		let all = intermediaries.saturating_add(spares);
		let intermediaries: Vec<_> = (0..intermediaries).map(intermediary::<T>).collect();
		let spares = (intermediaries.len() as u32..all).map(intermediary::<T>);
		let parties = parties::<T>(
			&users,
			&ids(&intermediaries),
			&ids(&spares.collect::<Vec<_>>()),
		);
		let sensors: Vec<_> = (0..sensors)
			.map(|index| sensor::<T>(&users[0], index))
			.collect();
		let steps = (0..steps).map(|index| step::<T>(index, users.len() as u32));
		let mut terms = TermsOf::<T> {
			users: bounded(parties),
			sensors: bounded(sensors.iter().map(|(sensor, _)| source(*sensor)).collect()),
			window: WindowShape { size: 1, slide: 1 },
			function: function(sensors.len() as u32),
			quality_of_service: QualityOfService::NoProof,
			reaction: bounded(steps.collect()),
			reward: T::Currency::minimum_balance(),
			retainer: T::Currency::minimum_balance().saturating_mul(10_000u32.into()),
			spare_retainer: T::Currency::minimum_balance().saturating_mul(10_000u32.into()),
			penalty: 0u32.into(),
			absence_fee: 0u32.into(),
			on_failure: OnFailure::End,
			rounds: RoundTerms {
				most: MAX_ROUND_RESULTS,
				patience: 0u32.into(),
				leader: None,
				kept: MAX_KEPT,
			},
			limits: limits::<T>(),
			nonce: 0,
		};
		endow::<T>(&mut terms);
		Self {
			terms,
			users: keys,
			intermediaries,
			sensors,
		}
	}

	/// Terms of the most sensors whose reaction asks the last one of them for something, in as many words as it can.
	pub fn telling() -> Self {
		let mut scene = Self::new(Size {
			steps: 0,
			..Size::LARGEST
		});
		let (sensor, _) = scene.sensors[scene.sensors.len() - 1];
		let command = bounded(vec![b'x'; MAX_TEXT as usize]);
		scene.terms.reaction = bounded(vec![Step::Actuate { sensor, command }]);
		endow::<T>(&mut scene.terms);
		scene
	}

	/// The largest terms, by which all spares are the first user's: each of them may have to be looked at before one
	/// steps in.
	pub fn spared() -> Self {
		let mut scene = Self::largest();
		let spares: Vec<_> = scene.terms.spares().collect();
		for party in scene.terms.users.iter_mut() {
			party.spares = Default::default();
		}
		scene.terms.users[0].spares = bounded(spares);
		scene
	}

	pub fn id(&self) -> AgreementId {
		self.terms.id(&Pallet::<T>::genesis())
	}

	/// How many users there are.
	pub fn users(&self) -> usize {
		self.users.len()
	}

	pub fn user(&self, index: usize) -> RawOrigin<T::AccountId> {
		RawOrigin::Signed(self.terms.users[index].user.clone())
	}

	/// Proposes the terms, and lets so many users sign.
	pub fn signed_by(&self, users: usize) -> AgreementId {
		for (index, party) in self.terms.users.iter().take(users).enumerate() {
			let user = party.user.clone();
			let signed = match index {
				0 => Pallet::<T>::do_propose(user, self.terms.clone()),
				_ => Pallet::<T>::do_sign(user, self.id()),
			};
			signed.expect("the terms are sound");
		}
		self.id()
	}

	/// Proposes the terms, as if all operators had accepted them.
	pub fn accepted(&self) -> AgreementId {
		let id = self.signed_by(1);
		let named = self.terms.intermediaries().chain(self.terms.spares());
		let named: Vec<_> = named.collect();
		change::<T>(&id, |agreement| agreement.consented = bounded(named));
		id
	}

	/// Brings the agreement into force.
	pub fn active(&self) -> AgreementId {
		self.signed_by(self.users())
	}

	/// Brings the agreement into force, and lets so many rounds settle that the next one is joined with all peaks of
	/// the history.
	pub fn lasting(&self) -> AgreementId {
		let id = self.active();
		change::<T>(&id, |agreement| {
			for _ in 0..BEFORE {
				agreement.history.append(H256::repeat_byte(1));
			}
		});
		id
	}

	/// The same, and everybody is owed something.
	pub fn accrued(&self) -> AgreementId {
		let id = self.lasting();
		change::<T>(&id, |agreement| {
			let (reaction, fee) = (&self.terms.reaction, agreement.prices.settlement);
			agreement.accrued.settle(reaction, LARGE_RESULT);
			agreement.accrued.charge(fee);
		});
		id
	}

	/// Brings so many copies of the agreement into force. Gives their last sensor, which nothing else needs.
	pub fn copies(&self, count: u32) -> SensorId {
		let id = self.accrued();
		let agreement = Agreements::<T>::get(id).expect("it is active");
		let (sensor, _) = self.sensors[self.sensors.len() - 1];
		AgreementsOfSensor::<T>::remove(sensor, id);
		for index in 0..count {
			let copy = AgreementId::from(blake2_256(&index.to_le_bytes()));
			Terms::<T>::insert(copy, self.terms.clone());
			Agreements::<T>::insert(copy, agreement.clone());
			AgreementsOfSensor::<T>::insert(sensor, copy, 0u64);
		}
		sensor
	}

	/// Binds an intermediary to so many agreements in which it has a part of the joint key.
	pub fn joint_keys(&self, count: u32) -> IntermediaryId {
		let (intermediary, _) = intermediary::<T>(u32::from(u16::MAX));
		for index in 0..count {
			let agreement = AgreementId::from(blake2_256(&index.to_le_bytes()));
			AgreementsOf::<T>::insert(intermediary, agreement, ());
			JointKeys::<T>::insert(agreement, ed25519::Public::default());
		}
		intermediary
	}

	/// Everybody's signature over the terms, wrapped as wallets do, so that it is verified twice.
	pub fn signatures(&self) -> Vec<T::Signature> {
		let bytes = self.terms.signing_bytes(&Pallet::<T>::genesis());
		let wrapped = [b"<Bytes>", &bytes[..], b"</Bytes>"].concat();
		self.users
			.iter()
			.map(|key| {
				sr25519_sign(KEYS, key, &wrapped)
					.expect("the key exists")
					.into()
			})
			.collect()
	}

	/// The consent of all operators, wrapped as wallets do, so that it is verified twice.
	pub fn consents(&self) -> Vec<(IntermediaryId, T::Signature)> {
		let named = self.terms.intermediaries().chain(self.terms.spares());
		let consent = |(index, intermediary): (usize, IntermediaryId)| {
			let consent = Consent {
				agreement: self.id(),
				intermediary,
			};
			let bytes = consent.signing_bytes(&Pallet::<T>::genesis());
			let wrapped = [b"<Bytes>", &bytes[..], b"</Bytes>"].concat();
			let signature = sr25519_sign(KEYS, &operator(index as u32), &wrapped);
			(intermediary, signature.expect("the key exists").into())
		};
		named.enumerate().map(consent).collect()
	}

	/// An intermediary, and who operates it.
	pub fn operated(&self) -> (IntermediaryId, T::AccountId) {
		let operator = T::SigningKey::from(operator(0)).into_account();
		(self.intermediaries[0].0, operator)
	}

	/// Gives the last spare, the only one that is still alive.
	pub fn last_spare(&self) -> IntermediaryId {
		let spares: Vec<_> = self.terms.spares().collect();
		let (last, others) = spares.split_last().expect("there are some");
		others.iter().copied().for_each(silence::<T>);
		*last
	}

	/// The last sensor, and another one that may take its place.
	pub fn another_sensor(&self) -> (SensorId, Source) {
		let (old, _) = self.sensors[self.sensors.len() - 1];
		let (new, _) = sensor::<T>(&self.terms.users[0].user, MAX_SENSORS);
		(old, source(new))
	}

	/// Goes to the first block in which the agreement can be closed.
	pub fn wait_out(&self) {
		let limits = &self.terms.limits;
		let last = limits.ends_at.saturating_add(limits.answer);
		frame_system::Pallet::<T>::set_block_number(last.saturating_add(1u32.into()));
	}

	/// Goes to a block in which nobody counts as alive for what happened in this one, and lets the agreement be in
	/// force then.
	pub fn outlast(&self) {
		let now = Pallet::<T>::now();
		while T::Directory::is_recent(now) {
			wait::<T>(DURATION);
		}
		change::<T>(&self.id(), |agreement| {
			if let Phase::Active { ends, .. } = &mut agreement.phase {
				*ends = Pallet::<T>::now();
			}
		});
	}

	/// The same proof as [`Self::proof`], signed by a joint key in the place of all members, which is in force.
	pub fn joint_proof(&self, windows: u32) -> Proof {
		let mut proof = self.proof_by(windows, Assents::Joint(Default::default()));
		let key: ed25519::Public = ed25519_generate(KEYS, seed(Role::Sensor, MAX_SENSORS));
		JointKeys::<T>::insert(self.id(), key);
		let bytes = self.signed(&proof);
		let signature = ed25519_sign(KEYS, &key, &bytes).expect("the key exists");
		proof.assents = Assents::Joint(signature);
		proof
	}

	/// A proof of the largest payments, for so many windows. Null ones lie before and after each of them, as many as
	/// there can be in a round of the most. A joint key comes into force by it.
	pub fn proof(&self, windows: u32) -> Proof {
		let mut singles = Singles {
			key: Some(ed25519::Public::default()),
			..Default::default()
		};
		let mut proof = self.proof_by(windows, Assents::Single(singles.clone()));
		let bytes = self.signed(&proof);
		let signatures = self
			.intermediaries
			.iter()
			.map(|(_, key)| sr25519_sign(KEYS, key, &bytes).expect("the key exists"));
		singles.signatures = bounded(signatures.collect());
		proof.assents = Assents::Single(singles);
		proof
	}

	/// What all members sign.
	fn signed(&self, proof: &Proof) -> Vec<u8> {
		let ids: Vec<_> = self.terms.intermediaries().collect();
		let agreement = Agreements::<T>::get(self.id()).expect("it is active");
		let sources = Pallet::<T>::sources_of(&self.terms, &agreement);
		let version = sources.expect("they are registered").version();
		let round = RoundId::new(self.id(), &agreement.roster, &agreement.progress, version);
		let settlement = proof.settlement(&round, &ids);
		settlement.signing_bytes(&Pallet::<T>::genesis())
	}

	fn proof_by(&self, windows: u32, assents: Assents) -> Proof {
		// So that there are results in as many blocks as there can be.
		let nulls = (MAX_SPAN - windows) / (windows + 1);
		let nulls = core::iter::repeat_n(None, nulls as usize);
		let each = nulls.clone().chain([Some(LARGE_RESULT)]);
		let outcomes = core::iter::repeat_n(each, windows as usize).flatten();
		let outcomes = Outcomes::new(outcomes.chain(nulls)).expect("a round can have them");
		let members = self.terms.intermediaries().count();
		Proof {
			attempt: 0,
			outcomes,
			data_root: H256::repeat_byte(1),
			blindings: bounded(vec![[1; 12]; members]),
			assents,
		}
	}

	/// What is kept of a round of the most windows that settles now.
	pub fn settled(&self) -> SettledRound<BlockNumberFor<T>> {
		let proof = self.proof(MAX_ROUND_RESULTS);
		SettledRound {
			first: 0,
			signed: proof.outcomes.len(),
			data_root: proof.data_root,
			proof: proof.hash(),
			outcomes: proof.outcomes,
			at: Pallet::<T>::now(),
		}
	}
}

/// An agreement in force that disputes can be about. All keys are in the keystore, under [`KEYS`].
pub struct Disputable {
	/// The agreement.
	pub agreement: AgreementId,
	/// The members of its roster, each with the key by which it signs.
	pub members: Vec<(IntermediaryId, sr25519::Public)>,
	/// Its sensors, each with the key by which it signs.
	pub sensors: Vec<(SensorId, ed25519::Public)>,
}

/// The largest agreement, with the largest window and as long rounds as such windows allow, in which all that disputes
/// can bring about is possible at once. Everybody is owed something. The notice of all members has run out, and of the
/// one spare for which there is no place: whoever fails, that one is released, another one steps in for each member but
/// the last, and the agreement winds up for that. And then it ends, since the escrows do not cover another round.
pub fn disputable<T: Config>() -> Disputable
where
	T::Signature: From<sr25519::Signature>,
	T::SigningKey: From<sr25519::Public>,
{
	ready_for_dispute(Scene::<T>::largest())
}

/// The same, by terms that have the chain rule. If all members of the first user are proven wrong, there is no spare
/// for one of them: the first of its spares is not alive, and is looked at for each. That member leaves without another
/// in its place, since its user has those that stepped in for the others.
pub fn judging<T: Config>() -> Disputable
where
	T::Signature: From<sr25519::Signature>,
	T::SigningKey: From<sr25519::Public>,
{
	let mut scene = Scene::<T>::largest();
	scene.terms.on_failure = OnFailure::Judge;
	let silent = scene.terms.users[0].spares[0];
	let found = ready_for_dispute(scene);
	silence::<T>(silent);
	found
}

fn ready_for_dispute<T: Config>(mut scene: Scene<T>) -> Disputable
where
	T::Signature: From<sr25519::Signature>,
	T::SigningKey: From<sr25519::Public>,
{
	let size = MAX_WINDOW_MESSAGES / MAX_SENSORS;
	scene.terms.window = WindowShape { size, slide: 1 };
	endow::<T>(&mut scene.terms);
	let agreement = scene.accrued();
	let spare = scene.terms.users[0].spares.last().copied();
	change::<T>(&agreement, |agreement| {
		// A dispute can be opened nevertheless: for that alone they are large enough.
		agreement.prices.settlement = agreement.funds[0].saturating_mul(MAX_USERS.into());
		let leaving = agreement.roster.members.iter().copied().chain(spare);
		let due = Pallet::<T>::now();
		let notices: Vec<_> = leaving
			.map(|intermediary| Resignation { intermediary, due })
			.collect();
		agreement.resignations = bounded(notices);
	});
	Disputable {
		agreement,
		members: scene.intermediaries,
		sensors: scene.sensors,
	}
}

/// Enough for any deposit.
pub fn riches<T: Config>() -> BalanceOf<T> {
	let bytes = T::ByteDeposit::get().saturating_mul(100_000u32.into());
	let living = T::Currency::minimum_balance().saturating_mul(1_000u32.into());
	T::ProposalDeposit::get()
		.saturating_add(bytes)
		.saturating_add(living)
}

pub fn wait<T: Config>(blocks: u32) {
	let then = Pallet::<T>::now().saturating_add(blocks.into());
	frame_system::Pallet::<T>::set_block_number(then);
}

/// Takes back that an intermediary is alive.
pub fn silence<T: Config>(intermediary: IntermediaryId) {
	T::BenchmarkHelper::silence(intermediary);
}

fn change<T: Config>(id: &AgreementId, change: impl FnOnce(&mut AgreementOf<T>)) {
	Agreements::<T>::mutate(id, |agreement| {
		change(agreement.as_mut().expect("it exists"))
	});
}

fn bounded<Item: Debug, Bounded: TryFrom<Vec<Item>, Error: Debug>>(items: Vec<Item>) -> Bounded {
	items.try_into().expect("no more than allowed")
}

/// The secret of a key. A key from a random phrase would take a hundred times as long to make.
fn seed(role: Role, index: u32) -> Option<Vec<u8>> {
	Some(format!("0x{:032x}{index:032x}", role as u8 + 1).into_bytes())
}

fn user<T: Config>(key: sr25519::Public) -> T::AccountId
where
	T::SigningKey: From<sr25519::Public>,
{
	let account = T::SigningKey::from(key).into_account();
	T::BenchmarkHelper::register_user(&account);
	account
}

fn intermediary<T: Config>(index: u32) -> (IntermediaryId, sr25519::Public)
where
	T::SigningKey: From<sr25519::Public>,
{
	let key = sr25519_generate(KEYS, seed(Role::Intermediary, index));
	let operator = T::SigningKey::from(operator(index)).into_account();
	let id = T::BenchmarkHelper::register_intermediary(&operator, key);
	(id, key)
}

/// The key of the account that operates an intermediary: each has its own, so that each is paid by itself.
fn operator(index: u32) -> sr25519::Public {
	sr25519_generate(KEYS, seed(Role::User, MAX_USERS + index))
}

fn ids(intermediaries: &[(IntermediaryId, sr25519::Public)]) -> Vec<IntermediaryId> {
	intermediaries.iter().map(|(id, _)| *id).collect()
}

/// The parties of users with these intermediaries and spares. The last user has no spare, so that it may
/// happen that none is left.
fn parties<T: Config>(
	users: &[T::AccountId],
	intermediaries: &[IntermediaryId],
	spares: &[IntermediaryId],
) -> Vec<Party<T::AccountId, BalanceOf<T>>> {
	let own = split(intermediaries, users.len());
	let spares = split(spares, users.len() - 1).chain([&[][..]]);
	let party = |((user, own), spares): ((&T::AccountId, &[_]), &[_])| Party {
		user: user.clone(),
		intermediaries: bounded(own.to_vec()),
		spares: bounded(spares.to_vec()),
		escrow: 0u32.into(),
	};
	users.iter().zip(own).zip(spares).map(party).collect()
}

/// One item for each of so many users, as far as they go, and all that are left for the first.
fn split(items: &[IntermediaryId], users: usize) -> impl Iterator<Item = &[IntermediaryId]> {
	let of_first = items.len().saturating_sub(users - 1);
	let (first, others) = items.split_at(of_first);
	let others = others.chunks(1).chain(core::iter::repeat(&[][..]));
	core::iter::once(first).chain(others).take(users)
}

fn sensor<T: Config>(owner: &T::AccountId, index: u32) -> (SensorId, ed25519::Public) {
	let key: ed25519::Public = ed25519_generate(KEYS, seed(Role::Sensor, index));
	(
		T::BenchmarkHelper::register_sensor(owner, schema(), key),
		key,
	)
}

fn source(sensor: SensorId) -> Source {
	Source { sensor, start: 0 }
}

/// A transfer from one user to another. With four users or more no two of a reaction have both in common: each
/// is paid by itself then.
fn step<T: Config>(index: u32, users: u32) -> Step<BalanceOf<T>> {
	let from = index % users;
	let further = 1 + (index / users) % (users - 1);
	Step::Transfer {
		from: from as u8,
		to: ((from + further) % users) as u8,
		amount: Amount::PerUnit {
			rate: 1u32.into(),
			at_most: T::Currency::minimum_balance(),
		},
	}
}

fn limits<T: Config>() -> TimeLimits<BlockNumberFor<T>> {
	let now = Pallet::<T>::now();
	TimeLimits {
		sign_by: now.saturating_add(DURATION.into()),
		starts_at: now,
		ends_at: now.saturating_add(DURATION.into()),
		notice: 10u32.into(),
		payout: DURATION.into(),
		answer: T::MinAnswer::get(),
		drift: u64::MAX,
	}
}

/// Sets the least penalty and time to answer, gives every user enough for many settlements and disputes, and
/// lets it put most of that into escrow.
fn endow<T: Config>(terms: &mut TermsOf<T>) {
	let schemas: Vec<_> = terms.sensors.iter().map(|_| schema()).collect();
	let prices = Pallet::<T>::prices(terms, &schemas);
	terms.penalty = prices.dispute;
	terms.limits.answer = Pallet::<T>::least_answer(terms);
	let now = Pallet::<T>::now();
	let least = (0..terms.users.len())
		.map(|index| Pallet::<T>::least_escrow(terms, &prices, index, now))
		.fold(T::Currency::minimum_balance(), Ord::max);
	for party in terms.users.iter_mut() {
		party.escrow = least.saturating_mul(1_000u32.into());
		let money = party.escrow.saturating_add(riches::<T>());
		T::Currency::set_balance(&party.user, money);
	}
}

/// A name as long as allowed.
fn name(index: u32) -> Vec<u8> {
	format!("v{index:0>width$}", width = MAX_NAME as usize - 1).into_bytes()
}

/// The schema with the largest messages: texts, and one integer to compute with.
fn schema() -> Schema {
	let variable = |index| Variable {
		name: bounded(name(index)),
		ty: match index + 1 < MAX_VARIABLES {
			true => VariableType::Text,
			false => VariableType::Integer,
		},
	};
	Schema {
		kind: bounded(name(0)),
		variables: bounded((0..MAX_VARIABLES).map(variable).collect()),
		encoding: Default::default(),
	}
}

/// The longest function, with everything a function can have, about the last variable of all sensors.
fn function(sensors: u32) -> Function {
	let indices: Vec<_> = (0..sensors).collect();
	let variable = String::from_utf8(name(MAX_VARIABLES - 1)).expect("it is ASCII");
	let json = format!(
		r#"{{"select": {{"sensors": {indices:?},
			"where": {{"variable": "{variable}", "at_least": 0}}}},
			"take": {{"values": "{variable}"}}, "keep": {{"at_least": 0}},
			"aggregate": "mean", "emit_if": {{"at_least": 0}}}}"#
	);
	let padded = format!("{json:<width$}", width = MAX_FUNCTION as usize);
	Function::Pipeline(bounded(padded.into_bytes()))
}
