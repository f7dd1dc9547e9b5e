//! Everything that the pallet knows of the world: who exists, one agreement, and its money.

use std::collections::{BTreeMap, BTreeSet};

use codec::{Decode, Encode};
use sp_core::{ed25519, sr25519, Pair, H256};
use sp_runtime::{DispatchError, DispatchResult};
use syngraph_primitives::{
	AgreementId, Agreements, Directory, Entity, Failure, Function, IntermediaryId, KeyHistory,
	MessageEncoding, OnFailure, Party, QualityOfService, Roster, Schema, SensorId, Sequence,
	Source, Terms, TimeLimits, Variable, VariableType, WindowIndex, WindowShape,
};

use super::{alter, pair, people::*, read, sensor_pair, System};

/// What the agreement's users and the intermediaries own, and what became of windows.
#[derive(Clone, Default, PartialEq, Debug, Encode, Decode)]
pub struct Ledger {
	/// The keys of intermediaries.
	pub keys: BTreeMap<IntermediaryId, KeyHistory<sr25519::Public, u64>>,
	/// The keys of sensors.
	pub sensors: BTreeMap<SensorId, KeyHistory<ed25519::Public, Sequence, u64>>,
	/// The bonds of intermediaries.
	pub bonds: BTreeMap<IntermediaryId, u64>,
	/// What was paid to accounts.
	pub paid: BTreeMap<u64, u64>,
	/// The escrow of the agreement.
	pub escrow: u64,
	/// What was taken out of the escrow, and out of bonds, in fees.
	pub fees: u64,
	/// The roster.
	pub roster: Roster,
	/// How many messages of each sensor a window has.
	pub size: u32,
	/// Whether the agreement has ended.
	pub ended: bool,
	/// The windows with an open dispute, and whether they are frozen.
	pub open: BTreeMap<WindowIndex, bool>,
	/// The windows that are frozen for good.
	pub frozen: BTreeSet<WindowIndex>,
	/// The windows that have settled.
	pub settled: BTreeSet<WindowIndex>,
	/// Which disputes were closed how: who failed, and whether the window stays open.
	pub closed: Vec<(WindowIndex, Vec<IntermediaryId>, bool)>,
	/// Who failed how.
	pub failures: Vec<(IntermediaryId, Failure)>,
}

impl Ledger {
	/// The ledger at the beginning of a test.
	pub fn new() -> Self {
		let everyone = [ANN, BOB, CID, EVE];
		let sensors = SENSORS.into_iter();
		Self {
			keys: everyone
				.map(|id| (id, KeyHistory::new(0, 0, pair(id).public())))
				.into(),
			sensors: sensors
				.map(|id| (id, KeyHistory::new(0, 0, sensor_pair(id).public())))
				.collect(),
			bonds: everyone.map(|id| (id, BOND)).into(),
			escrow: ESCROW,
			size: 3,
			roster: Roster {
				number: ROSTER,
				since: 0,
				members: vec![ANN, BOB, CID].try_into().unwrap(),
			},
			..Default::default()
		}
	}

	/// All the money there is.
	pub fn total(&self) -> u64 {
		self.bonds.values().sum::<u64>() + self.paid.values().sum::<u64>() + self.escrow + self.fees
	}
}

/// What the sensors declare.
pub fn schema() -> Schema {
	Schema {
		kind: b"lock".to_vec().try_into().unwrap(),
		variables: vec![Variable {
			name: b"level".to_vec().try_into().unwrap(),
			ty: VariableType::Integer,
		}]
		.try_into()
		.unwrap(),
		encoding: MessageEncoding::Scale,
	}
}

/// The terms of the only agreement there is: three users with an intermediary each, two sensors, and the
/// sum of three messages of each.
pub fn terms() -> Terms<u64, u64, u64> {
	let party = |user, intermediary| Party {
		user,
		intermediaries: vec![intermediary].try_into().unwrap(),
		spares: Default::default(),
		escrow: ESCROW,
	};
	let json = br#"{"take": {"values": "level"}, "aggregate": "sum", "emit_if": {"at_least": 1}}"#;
	let size = read(|books| books.size);
	Terms {
		users: vec![party(1, ANN), party(2, BOB), party(3, CID)]
			.try_into()
			.unwrap(),
		sensors: SENSORS
			.map(|sensor| Source { sensor, start: 10 })
			.to_vec()
			.try_into()
			.unwrap(),
		window: WindowShape { size, slide: size },
		function: Function::Pipeline(json.to_vec().try_into().unwrap()),
		quality_of_service: QualityOfService::NoProof,
		reaction: Default::default(),
		reward: 1,
		penalty: PENALTY,
		on_failure: OnFailure::GoOn,
		limits: TimeLimits {
			sign_by: 1,
			starts_at: START,
			ends_at: 1_000,
			notice: 1,
			retention: 1,
			answer: ANSWER,
		},
		nonce: 0,
	}
}

/// The user who owns the sensors.
pub const OWNER: u64 = 1;

/// The world, as it is written down in the ledger.
pub struct World;

impl Agreements<u64, u64, u64> for World {
	fn terms(agreement: &AgreementId) -> Option<Terms<u64, u64, u64>> {
		(*agreement == AGREEMENT).then(terms)
	}

	fn roster(agreement: &AgreementId) -> Option<Roster> {
		(*agreement == AGREEMENT).then(|| read(|books| books.roster.clone()))
	}

	fn can_open(agreement: &AgreementId, window: WindowIndex, _frozen: bool) -> bool {
		let least =
			<crate::Pallet<super::Test> as syngraph_primitives::DisputeCosts<u64>>::dispute(3);
		*agreement == AGREEMENT
			&& read(|books| {
				let disputes = books.open.len() as u64 + 1;
				!books.ended
					&& !books.open.contains_key(&window)
					&& !books.frozen.contains(&window)
					&& !books.settled.contains(&window)
					&& books.escrow >= disputes * least
			})
	}

	fn open_dispute(agreement: &AgreementId, window: WindowIndex, frozen: bool) -> DispatchResult {
		if !Self::can_open(agreement, window, frozen) {
			return Err(DispatchError::Other("cannot open"));
		}
		alter(|books| books.open.insert(window, frozen));
		Ok(())
	}

	fn freeze(_: &AgreementId, window: WindowIndex) -> DispatchResult {
		alter(|books| match books.open.insert(window, true) {
			Some(false) => Ok(()),
			_ => Err(DispatchError::Other("cannot freeze")),
		})
	}

	fn charge(_: &AgreementId, fee: u64) -> DispatchResult {
		alter(|books| {
			let left = books.escrow.checked_sub(fee);
			books.escrow = left.ok_or(DispatchError::Other("escrow exhausted"))?;
			books.fees += fee;
			Ok(())
		})
	}

	fn compensate(_: &AgreementId, user: &u64, payees: &[(u64, u64)]) {
		assert_eq!(*user, OWNER);
		alter(|books| {
			for (who, amount) in payees {
				let part = books.escrow.min(*amount);
				books.escrow -= part;
				*books.paid.entry(*who).or_default() += part;
			}
		})
	}

	fn is_settled(_: &AgreementId, window: WindowIndex) -> bool {
		read(|books| books.settled.contains(&window))
	}

	fn close_dispute(
		_: &AgreementId,
		window: WindowIndex,
		failed: &[IntermediaryId],
		reopen: bool,
	) -> DispatchResult {
		alter(|books| {
			books.open.remove(&window).expect("the dispute is open");
			if !reopen && !books.settled.contains(&window) {
				books.frozen.insert(window);
			}
			books.closed.push((window, failed.to_vec(), reopen));
		});
		Ok(())
	}

	fn has_ended(_: &AgreementId) -> bool {
		read(|books| books.ended)
	}
}

impl Directory<u64, u64, u64> for World {
	fn sensor_schema(sensor: SensorId) -> Option<Schema> {
		SENSORS.contains(&sensor).then(schema)
	}

	fn sensor_key(sensor: SensorId, sequence: Sequence) -> Option<ed25519::Public> {
		read(|books| books.sensors.get(&sensor)?.at(sequence).copied())
	}

	fn sensor_keys(sensor: SensorId, sequence: Sequence, since: u64) -> Vec<ed25519::Public> {
		let known =
			|keys: &KeyHistory<_, _, u64>| keys.known_since(sequence, since).copied().collect();
		read(|books| books.sensors.get(&sensor).map(known).unwrap_or_default())
	}

	fn intermediary_keys(intermediary: IntermediaryId, since: u64) -> Vec<sr25519::Public> {
		let now = System::block_number();
		let known = |keys: &KeyHistory<_, u64>| keys.between(since, now).copied().collect();
		read(|books| books.keys.get(&intermediary).map(known).unwrap_or_default())
	}

	fn operator(intermediary: IntermediaryId) -> Option<u64> {
		Some(operator(intermediary))
	}

	fn slash(intermediary: IntermediaryId, payees: &[(u64, u64)]) -> Vec<u64> {
		alter(|books| {
			let bond = books.bonds.get_mut(&intermediary).unwrap();
			let mut pay = |(who, amount): &(u64, u64)| {
				let part = (*bond).min(*amount);
				*bond -= part;
				*books.paid.entry(*who).or_default() += part;
				part
			};
			payees.iter().map(&mut pay).collect()
		})
	}

	fn charge(intermediary: IntermediaryId, fee: u64) -> DispatchResult {
		alter(|books| {
			let bond = books.bonds.get_mut(&intermediary).unwrap();
			*bond = bond
				.checked_sub(fee)
				.ok_or(DispatchError::Other("no bond"))?;
			books.fees += fee;
			Ok(())
		})
	}

	fn can_charge(intermediary: IntermediaryId, fee: u64) -> bool {
		read(|books| books.bonds[&intermediary] >= fee)
	}

	fn record_failure(intermediary: IntermediaryId, failure: Failure) {
		alter(|books| books.failures.push((intermediary, failure)));
	}

	fn convict_sensor(sensor: SensorId, from: Sequence) -> bool {
		let now = System::block_number();
		alter(|books| {
			let keys = books.sensors.get_mut(&sensor).unwrap();
			keys.revoke(from, now).is_ok()
		})
	}

	fn is_user(_: &u64) -> bool {
		unimplemented!()
	}

	fn user_signer(_: &u64, _: u64) -> Option<u64> {
		unimplemented!()
	}

	fn sensor_owner(sensor: SensorId) -> Option<u64> {
		SENSORS.contains(&sensor).then_some(OWNER)
	}

	fn asked_reward(_: IntermediaryId) -> Option<u64> {
		unimplemented!()
	}

	fn intermediary_key(_: IntermediaryId, _: u64) -> Option<sr25519::Public> {
		unimplemented!()
	}

	fn intermediary_by_key(_: &sr25519::Public) -> Option<IntermediaryId> {
		unimplemented!()
	}

	fn acquire(_: &Entity<u64>, _: u64) -> DispatchResult {
		unimplemented!()
	}

	fn release(_: &Entity<u64>, _: u64) {
		unimplemented!()
	}
}

#[cfg(feature = "runtime-benchmarks")]
impl crate::BenchmarkHelper for World {
	fn agreement() -> crate::Disputable {
		use sp_io::crypto::{ed25519_generate, sr25519_generate};
		let keys = sp_core::crypto::KeyTypeId(*b"test");
		let members = MEMBERS.map(|id| (id, sr25519_generate(keys, None)));
		let sensors = SENSORS.map(|id| (id, ed25519_generate(keys, None)));
		// Every measurement begins afresh.
		let _ = crate::Disputes::<super::Test>::clear(u32::MAX, None);
		let _ = crate::Trials::<super::Test>::clear(u32::MAX, None);
		let _ = crate::Complaints::<super::Test>::clear(u32::MAX, None);
		super::Books::set(&Ledger::new());
		alter(|books| {
			books.size = 8;
			books.roster.number = 0;
			for (id, key) in members {
				books.keys.insert(id, KeyHistory::new(0, 0, key));
			}
			for (id, key) in sensors {
				books.sensors.insert(id, KeyHistory::new(0, 0, key));
			}
		});
		crate::Disputable {
			agreement: AGREEMENT,
			members: members.to_vec(),
			sensors: sensors.to_vec(),
			keys,
		}
	}
}

/// The only agreement there is.
pub const AGREEMENT: AgreementId = H256::repeat_byte(7);
