//! What the benchmarks act on: the largest terms, and the keys of everybody who signs something.

use alloc::{format, vec, vec::Vec};
use core::fmt::Debug;
use frame_support::traits::{
	fungible::{Inspect, Mutate},
	Get,
};
use frame_system::{pallet_prelude::BlockNumberFor, RawOrigin};
use sp_core::{crypto::KeyTypeId, ed25519, sr25519, H256};
use sp_io::crypto::{ed25519_generate, sr25519_generate, sr25519_sign};
use sp_runtime::traits::{IdentifyAccount, Saturating};
use syngraph_primitives::{
	AgreementId, Amount, DirectoryBenchmarkHelper, Function, IntermediaryId, Party, Payload,
	QualityOfService, Role, Schema, Source, Step, TimeLimits, Variable, VariableType, WindowIndex,
	WindowShape, MAX_FUNCTION, MAX_INTERMEDIARIES, MAX_NAME, MAX_SENSORS, MAX_STEPS, MAX_USERS,
	MAX_VARIABLES,
};
use syngraph_protocol::Proof;

use crate::{BalanceOf, Config, Pallet, TermsOf};

/// The keystore's type of the benchmarks' keys.
const KEYS: KeyTypeId = KeyTypeId(*b"bnch");
/// For how many blocks an agreement is in force.
pub const DURATION: u32 = 100;

/// Terms, and the keys of everybody who signs something.
pub struct Scene<T: Config> {
	pub terms: TermsOf<T>,
	users: Vec<sr25519::Public>,
	/// In the order of the terms.
	intermediaries: Vec<(IntermediaryId, sr25519::Public)>,
}

impl<T: Config> Scene<T>
where
	T::Signature: From<sr25519::Signature>,
	T::SigningKey: From<sr25519::Public>,
{
	/// Terms of which there can be no larger.
	pub fn largest() -> Self {
		Self::new(MAX_INTERMEDIARIES, MAX_SENSORS, MAX_STEPS)
	}

	/// Terms with so many intermediaries, sensors and steps, and as many users as there can be then.
	pub fn new(intermediaries: u32, sensors: u32, steps: u32) -> Self {
		let keys: Vec<_> = (0..intermediaries.min(MAX_USERS))
			.map(|index| sr25519_generate(KEYS, seed(Role::User, index)))
			.collect();
		let users: Vec<_> = keys.iter().map(|key| user::<T>(*key)).collect();
		let intermediaries: Vec<_> = (0..intermediaries).map(intermediary::<T>).collect();
		let mut terms = TermsOf::<T> {
			users: bounded(parties::<T>(&users, &intermediaries)),
			sensors: bounded(
				(0..sensors)
					.map(|index| source::<T>(&users[0], index))
					.collect(),
			),
			window: WindowShape { size: 1, slide: 1 },
			function: function(sensors),
			quality_of_service: QualityOfService::NoProof,
			reaction: bounded(
				(0..steps)
					.map(|index| step::<T>(index, users.len() as u32))
					.collect(),
			),
			reward: T::Currency::minimum_balance(),
			limits: limits::<T>(),
			nonce: 0,
		};
		endow::<T>(&mut terms);
		Self {
			terms,
			users: keys,
			intermediaries,
		}
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

	/// Brings the agreement into force.
	pub fn active(&self) -> AgreementId {
		self.signed_by(self.users())
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

	/// A proof of the largest payments.
	pub fn proof(&self, window: WindowIndex) -> Proof {
		let ids: Vec<_> = self.terms.intermediaries().collect();
		let mut proof = Proof {
			result: 1_000_000_000_000_000,
			root: H256::repeat_byte(1),
			secrets: bounded(vec![[1; 32]; ids.len()]),
			signatures: Default::default(),
		};
		let settlement = proof.settlement(&self.id(), window, &ids);
		let bytes = settlement.signing_bytes(&Pallet::<T>::genesis());
		let signatures = self
			.intermediaries
			.iter()
			.map(|(_, key)| sr25519_sign(KEYS, key, &bytes).expect("the key exists"));
		proof.signatures = bounded(signatures.collect());
		proof
	}
}

/// The largest agreement, in force, with escrows that the first dispute exhausts. Two of its
/// intermediaries sign with these keys.
pub fn disputable<T: Config>(keys: [sr25519::Public; 2]) -> (AgreementId, [IntermediaryId; 2])
where
	T::Signature: From<sr25519::Signature>,
	T::SigningKey: From<sr25519::Public>,
{
	let mut scene = Scene::<T>::largest();
	let operator = frame_benchmarking::account("operator", MAX_INTERMEDIARIES, 0);
	let ids = keys.map(|key| T::BenchmarkHelper::register_intermediary(&operator, key));
	let others = scene.terms.users.iter_mut().skip(1);
	for (party, id) in others.zip(ids) {
		party.intermediaries = bounded(vec![id]);
	}
	let share = Pallet::<T>::storage_share(&scene.terms);
	for index in 0..scene.users() {
		scene.terms.users[index].escrow = Pallet::<T>::least_escrow(&scene.terms, share, index);
	}
	(scene.active(), ids)
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

/// An intermediary whose operator has no account yet.
fn intermediary<T: Config>(index: u32) -> (IntermediaryId, sr25519::Public) {
	let key = sr25519_generate(KEYS, seed(Role::Intermediary, index));
	let operator = frame_benchmarking::account("operator", index, 0);
	let id = T::BenchmarkHelper::register_intermediary(&operator, key);
	(id, key)
}

/// One intermediary for every user, and all that are left for the first.
fn parties<T: Config>(
	users: &[T::AccountId],
	intermediaries: &[(IntermediaryId, sr25519::Public)],
) -> Vec<Party<T::AccountId, BalanceOf<T>>> {
	let of_first = intermediaries.len() - users.len() + 1;
	let (first, others) = intermediaries.split_at(of_first);
	let own = core::iter::once(first).chain(others.chunks(1));
	let party = |(user, own): (&T::AccountId, &[(IntermediaryId, _)])| Party {
		user: user.clone(),
		intermediaries: bounded(own.iter().map(|(id, _)| *id).collect()),
		escrow: 0u32.into(),
	};
	users.iter().zip(own).map(party).collect()
}

fn source<T: Config>(owner: &T::AccountId, index: u32) -> Source {
	let key: ed25519::Public = ed25519_generate(KEYS, seed(Role::Sensor, index));
	let sensor = T::BenchmarkHelper::register_sensor(owner, schema(), key);
	Source { sensor, start: 0 }
}

/// A transfer from one user to the next.
fn step<T: Config>(index: u32, users: u32) -> Step<BalanceOf<T>> {
	Step::Transfer {
		from: (index % users) as u8,
		to: ((index + 1) % users) as u8,
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
		retention: 10u32.into(),
	}
}

/// Gives every user enough to settle many windows, and lets it put most of that into escrow.
fn endow<T: Config>(terms: &mut TermsOf<T>) {
	let share = Pallet::<T>::storage_share(terms);
	let least = (0..terms.users.len())
		.map(|index| Pallet::<T>::least_escrow(terms, share, index))
		.fold(T::Currency::minimum_balance(), Ord::max);
	for party in terms.users.iter_mut() {
		party.escrow = least.saturating_mul(1_000u32.into());
		let money = party.escrow.saturating_add(riches::<T>());
		T::Currency::set_balance(&party.user, money);
	}
}

/// A name as long as allowed.
fn name(index: u32) -> Vec<u8> {
	format!("{index:>width$}", width = MAX_NAME as usize).into_bytes()
}

/// The largest schema.
fn schema() -> Schema {
	let variable = |index| Variable {
		name: bounded(name(index)),
		ty: VariableType::Integer,
	};
	Schema {
		kind: bounded(name(0)),
		variables: bounded((0..MAX_VARIABLES).map(variable).collect()),
		encoding: Default::default(),
	}
}

/// The longest function, about the last variable of all sensors.
fn function(sensors: u32) -> Function {
	let indices: Vec<_> = (0..sensors).collect();
	let variable = format!("{:>width$}", MAX_VARIABLES - 1, width = MAX_NAME as usize);
	let json = format!(
		r#"{{"select": {{"sensors": {indices:?},
			"where": {{"variable": "{variable}", "at_least": 0}}}},
			"take": {{"values": "{variable}"}}, "aggregate": "sum"}}"#
	);
	let padded = format!("{json:<width$}", width = MAX_FUNCTION as usize);
	Function::Pipeline(bounded(padded.into_bytes()))
}
