//! Everything that the pallet knows of the world: who exists, one agreement, and its money.

use std::collections::{BTreeMap, BTreeSet};

use codec::{Decode, Encode};
use sp_core::{sr25519, Pair, H256};
use sp_runtime::{DispatchError, DispatchResult};
use syngraph_primitives::{
	AgreementId, Agreements, Binding, Closing, Conviction, Directory, DisputeCosts, DisputeSize,
	Entity, Failure, Feed, Feeds, Function, IntermediaryId, KeyHistory, MessageEncoding, Offer,
	OnFailure, Party, QualityOfService, Roster, Schema, SensorId, SensorKeys, Sequence, Source,
	SourceVersion, Terms, TimeLimits, Timestamp, Variable, VariableType, WindowIndex, WindowShape,
	PROGRESS_REACH,
};

use super::{alter, pair, people::*, read, sensor_pair, System};

/// How a dispute was closed.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
pub struct Closed {
	/// The window.
	pub window: WindowIndex,
	/// Who was proven wrong.
	pub convicted: Vec<IntermediaryId>,
	/// Who did not answer in time.
	pub absent: Vec<IntermediaryId>,
	/// Whether the window stays open.
	pub reopen: bool,
	/// What each user bears.
	pub bears: Vec<u64>,
}

/// What the agreement's users and the intermediaries own, and what became of windows.
#[derive(Clone, Default, PartialEq, Debug, Encode, Decode)]
pub struct Ledger {
	/// The keys of intermediaries.
	pub keys: BTreeMap<IntermediaryId, KeyHistory<sr25519::Public, u64>>,
	/// The keys of sensors.
	pub sensors: BTreeMap<SensorId, SensorKeys<u64>>,
	/// The deposits of sensors.
	pub deposits: BTreeMap<SensorId, u64>,
	/// The bonds of intermediaries.
	pub bonds: BTreeMap<IntermediaryId, u64>,
	/// What the agreement can still take from each bond.
	pub liable: BTreeMap<IntermediaryId, u64>,
	/// What was paid to accounts.
	pub paid: BTreeMap<u64, u64>,
	/// What each user has in the agreement, without what is reserved.
	pub escrows: Vec<u64>,
	/// What is reserved out of each user's escrow for the open dispute.
	pub reserved: u64,
	/// What was taken out of escrows, bonds and deposits, in fees.
	pub fees: u64,
	/// The roster.
	pub roster: Roster,
	/// How many messages of each sensor a window has.
	pub size: u32,
	/// The feeds of the agreement.
	pub feeds: Vec<Feed>,
	/// How often a sensor of it was replaced.
	pub replaced: u32,
	/// The earliest and the latest time of a message that counts.
	pub times: (Timestamp, Timestamp),
	/// Whether the agreement has ended.
	pub ended: bool,
	/// The lowest window that is not decided.
	pub base: WindowIndex,
	/// The window that the open dispute is about, and whether it is frozen.
	pub open: Option<(WindowIndex, bool)>,
	/// The windows that are frozen for good.
	pub frozen: BTreeSet<WindowIndex>,
	/// The windows that have settled.
	pub settled: BTreeSet<WindowIndex>,
	/// How disputes were closed.
	pub closed: Vec<Closed>,
	/// Who failed how.
	pub failures: Vec<(IntermediaryId, Failure)>,
}

impl Ledger {
	/// The ledger at the beginning of a test.
	pub fn new() -> Self {
		let everyone = [ANN, BOB, CID, EVE];
		let keys = |sensor| SensorKeys::new(0, sensor_pair(sensor).public());
		Self {
			keys: everyone
				.map(|id| (id, KeyHistory::new(0, 0, pair(id).public())))
				.into(),
			sensors: SENSORS.map(|sensor| (sensor, keys(sensor))).into(),
			deposits: SENSORS.map(|sensor| (sensor, DEPOSIT)).into(),
			bonds: everyone.map(|id| (id, BOND)).into(),
			liable: MEMBERS.map(|id| (id, LIABILITY)).into(),
			escrows: vec![ESCROW; 3],
			size: 3,
			feeds: SENSORS.map(|sensor| feed(sensor).into()).into(),
			times: (0, Timestamp::MAX),
			roster: Roster {
				number: ROSTER,
				since: 0,
				members: MEMBERS.to_vec().try_into().unwrap(),
			},
			..Default::default()
		}
	}

	/// All the money there is.
	pub fn total(&self) -> u64 {
		let bonds = self.bonds.values().chain(self.deposits.values());
		let escrows = self.escrows.iter().map(|escrow| escrow + self.reserved);
		bonds.sum::<u64>() + self.paid.values().sum::<u64>() + escrows.sum::<u64>() + self.fees
	}

	/// Takes from a bond, as far as what it is liable for in the agreement goes.
	fn take(&mut self, member: IntermediaryId, amount: u64) -> u64 {
		let bond = self.bonds.get_mut(&member).unwrap();
		let liable = self.liable.entry(member).or_default();
		let part = amount.min(*bond).min(*liable);
		*bond -= part;
		*liable -= part;
		part
	}

	/// Whether a window can be disputed.
	fn is_undecided(&self, window: WindowIndex) -> bool {
		(self.base..self.base + PROGRESS_REACH).contains(&window)
			&& !self.frozen.contains(&window)
			&& !self.settled.contains(&window)
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

/// A sensor of the terms.
fn feed(sensor: SensorId) -> Source {
	Source { sensor, start: 10 }
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
		sensors: SENSORS.map(feed).to_vec().try_into().unwrap(),
		window: WindowShape { size, slide: size },
		function: Function::Pipeline(json.to_vec().try_into().unwrap()),
		quality_of_service: QualityOfService::NoProof,
		reaction: Default::default(),
		reward: 1,
		retainer: 0,
		spare_retainer: 0,
		penalty: PENALTY,
		absence_fee: ABSENCE_FEE,
		on_failure: OnFailure::GoOn,
		limits: TimeLimits {
			sign_by: 1,
			starts_at: START,
			ends_at: 1_000,
			notice: 1,
			retention: 1,
			answer: ANSWER,
			drift: u64::MAX,
		},
		nonce: 0,
	}
}

/// How large a dispute can be.
pub fn size() -> DisputeSize {
	let messages = 2 * read(|books| books.size);
	DisputeSize {
		members: 3,
		sensors: 2,
		messages,
		bytes: messages * syngraph_protocol::longest_message(&schema()),
	}
}

/// What a dispute can cost.
pub fn reserve() -> u64 {
	<crate::Pallet<super::Test> as DisputeCosts<u64>>::dispute(&size())
}

/// The world, as it is written down in the ledger.
pub struct World;

impl Agreements<u64, u64, u64> for World {
	fn terms(agreement: &AgreementId) -> Option<Terms<u64, u64, u64>> {
		(*agreement == AGREEMENT).then(terms)
	}

	fn roster(agreement: &AgreementId) -> Option<Roster> {
		(*agreement == AGREEMENT).then(|| read(|books| books.roster.clone()))
	}

	fn feeds(agreement: &AgreementId) -> Option<Feeds> {
		let feeds = read(|books| books.feeds.clone());
		(*agreement == AGREEMENT).then(|| feeds.try_into().unwrap())
	}

	fn version(agreement: &AgreementId, window: WindowIndex) -> Option<SourceVersion> {
		let (feeds, shape) = (Self::feeds(agreement)?, terms().window);
		let sensors = feeds.iter();
		let keys: Option<Vec<_>> = sensors.map(|feed| Self::sensor_keys(feed.sensor)).collect();
		let replaced = read(|books| books.replaced);
		syngraph_protocol::version(replaced, &feeds, &shape, window, &keys?)
	}

	fn times(_: &AgreementId) -> (Timestamp, Timestamp) {
		read(|books| books.times)
	}

	fn can_open(agreement: &AgreementId, window: WindowIndex) -> bool {
		let least = reserve();
		*agreement == AGREEMENT
			&& read(|books| {
				!books.ended
					&& books.open.is_none()
					&& books.is_undecided(window)
					&& books.escrows.iter().all(|escrow| *escrow >= least)
			})
	}

	fn open_dispute(agreement: &AgreementId, window: WindowIndex) -> DispatchResult {
		if !Self::can_open(agreement, window) {
			return Err(DispatchError::Other("cannot open"));
		}
		let least = reserve();
		alter(|books| {
			books.open = Some((window, false));
			books.escrows.iter_mut().for_each(|escrow| *escrow -= least);
			books.reserved = least;
		});
		Ok(())
	}

	fn freeze(_: &AgreementId, window: WindowIndex) -> DispatchResult {
		alter(|books| match &mut books.open {
			Some((open, frozen)) if *open == window => {
				*frozen = !books.settled.contains(&window);
				Ok(())
			},
			_ => Err(DispatchError::Other("no dispute about the window is open")),
		})
	}

	fn reserve(_: &AgreementId) -> u64 {
		read(|books| books.reserved)
	}

	fn is_settled(_: &AgreementId, window: WindowIndex) -> bool {
		read(|books| books.settled.contains(&window))
	}

	fn close_dispute(_: &AgreementId, closing: &Closing<u64>) -> DispatchResult {
		alter(|books| {
			let (open, _) = books.open.take().expect("a dispute is open");
			assert_eq!(open, closing.window);
			assert_eq!(closing.bears.len(), books.escrows.len());
			for (escrow, share) in books.escrows.iter_mut().zip(&closing.bears) {
				*escrow += books.reserved.checked_sub(*share).expect("it is reserved");
				books.fees += share;
			}
			books.reserved = 0;
			if !closing.reopen && !books.settled.contains(&open) {
				books.frozen.insert(open);
			}
			let Closing {
				window,
				convicted,
				absent,
				reopen,
				bears,
			} = closing.clone();
			books.closed.push(Closed {
				window,
				convicted,
				absent,
				reopen,
				bears,
			});
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

	fn sensor_keys(sensor: SensorId) -> Option<SensorKeys<u64>> {
		read(|books| books.sensors.get(&sensor).cloned())
	}

	fn intermediary_keys(intermediary: IntermediaryId, since: u64) -> Vec<sr25519::Public> {
		let now = System::block_number();
		let known = |keys: &KeyHistory<_, u64>| keys.between(since, now).copied().collect();
		read(|books| books.keys.get(&intermediary).map(known).unwrap_or_default())
	}

	fn operator(intermediary: IntermediaryId) -> Option<u64> {
		Some(operator(intermediary))
	}

	fn liability(agreement: &AgreementId, intermediary: IntermediaryId) -> u64 {
		assert_eq!(*agreement, AGREEMENT);
		read(|books| books.liable.get(&intermediary).copied().unwrap_or(0))
	}

	fn slash(
		agreement: &AgreementId,
		intermediary: IntermediaryId,
		payees: &[(u64, u64)],
	) -> Vec<u64> {
		assert_eq!(*agreement, AGREEMENT);
		alter(|books| {
			let mut pay = |(who, amount): &(u64, u64)| {
				let part = books.take(intermediary, *amount);
				*books.paid.entry(*who).or_default() += part;
				part
			};
			payees.iter().map(&mut pay).collect()
		})
	}

	fn charge(agreement: &AgreementId, intermediary: IntermediaryId, fee: u64) -> u64 {
		assert_eq!(*agreement, AGREEMENT);
		alter(|books| {
			let taken = books.take(intermediary, fee);
			books.fees += taken;
			taken
		})
	}

	fn record_failure(intermediary: IntermediaryId, failure: Failure) {
		alter(|books| books.failures.push((intermediary, failure)));
	}

	fn convict_sensor(
		sensor: SensorId,
		sequence: Option<Sequence>,
		fee: u64,
	) -> Result<Conviction, DispatchError> {
		let now = System::block_number();
		alter(|books| {
			let deposit = books.deposits.get_mut(&sensor).unwrap();
			let left = deposit.checked_sub(fee);
			*deposit = left.ok_or(DispatchError::Other("the deposit is used up"))?;
			books.fees += fee;
			Ok(books
				.sensors
				.get_mut(&sensor)
				.unwrap()
				.convict(sequence, now))
		})
	}

	fn sensor_owner(sensor: SensorId) -> Option<u64> {
		let index = SENSORS.iter().position(|other| *other == sensor)?;
		Some(OWNERS[index])
	}

	fn is_user(_: &u64) -> bool {
		unimplemented!()
	}

	fn user_signer(_: &u64, _: u64) -> Option<u64> {
		unimplemented!()
	}

	fn offer(_: IntermediaryId) -> Option<Offer<u64, u64, u64>> {
		unimplemented!()
	}

	fn is_alive(_: IntermediaryId) -> bool {
		unimplemented!()
	}

	fn intermediary_key(_: IntermediaryId, _: u64) -> Option<sr25519::Public> {
		unimplemented!()
	}

	fn intermediary_by_key(_: &sr25519::Public) -> Option<IntermediaryId> {
		unimplemented!()
	}

	fn acquire(_: &Entity<u64>) -> DispatchResult {
		unimplemented!()
	}

	fn relinquish(_: &Entity<u64>) {
		unimplemented!()
	}

	fn bind(_: &Binding<u64>, _: u64) -> DispatchResult {
		unimplemented!()
	}

	fn release(_: &AgreementId, _: IntermediaryId) {
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
		super::Books::set(&Ledger::new());
		super::MaxShown::set(&1024);
		alter(|books| {
			books.size = 8;
			books.roster.number = 0;
			for (id, key) in members {
				books.keys.insert(id, KeyHistory::new(0, 0, key));
			}
			for (id, key) in sensors {
				books.sensors.insert(id, SensorKeys::new(0, key));
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
