//! Everything that the pallet knows of the rest of the chain: who exists, one agreement, and its money.

use std::collections::BTreeMap;

use codec::{Decode, Encode};
use sp_core::{sr25519, Pair, H256};
use syngraph_primitives::{
	AgreementId, DisputeCosts, DisputeSize, Failure, Feed, IntermediaryId, KeyHistory, Progress,
	Roster, Ruling, Schema, SensorId, SensorKeys, Source, Terms, TimeLimits, Timestamp,
	VariableType, WindowShape,
};
use syngraph_test_kit::{bounded, pipeline, terms as kit};

use super::{pair, people::*, read, sensor_pair};

/// How a dispute was closed.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
pub struct Closed {
	/// Who was proven wrong.
	pub convicted: Vec<IntermediaryId>,
	/// Who did not answer in time.
	pub absent: Vec<IntermediaryId>,
	/// What each user bears.
	pub bears: Vec<u64>,
	/// What settled with it.
	pub ruling: Option<Ruling>,
}

/// What the agreement's users and the intermediaries own, and how far the agreement has come.
#[derive(Clone, Default, PartialEq, Debug, Encode, Decode)]
pub struct MockState {
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
	/// Which windows are decided.
	pub progress: Progress,
	/// Whether a dispute is open.
	pub disputed: bool,
	/// How disputes were closed.
	pub closed: Vec<Closed>,
	/// What it costs that what the chain computed settles, if the terms let it.
	pub ruling: Option<u64>,
	/// Who failed how.
	pub failures: Vec<(IntermediaryId, Failure)>,
}

impl MockState {
	/// The state at the beginning of a test.
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
			// It is Ann's turn to lead.
			progress: Progress {
				base: FIRST,
				rounds: 2,
			},
			roster: Roster {
				number: ROSTER,
				since: 0,
				members: bounded(MEMBERS.to_vec()),
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
	pub fn take(&mut self, member: IntermediaryId, amount: u64) -> u64 {
		let bond = self.bonds.get_mut(&member).unwrap();
		let liable = self.liable.entry(member).or_default();
		let part = amount.min(*bond).min(*liable);
		*bond -= part;
		*liable -= part;
		part
	}
}

/// What the sensors declare.
pub fn schema() -> Schema {
	syngraph_test_kit::schema("lock", &[("level", VariableType::Integer)])
}

/// A sensor of the terms.
fn feed(sensor: SensorId) -> Source {
	Source { sensor, start: 10 }
}

/// The terms of the only agreement there is: three users with an intermediary each, two sensors, and the
/// sum of three messages of each.
pub fn terms() -> Terms<u64, u64, u64> {
	let party = |user, intermediary| kit::party(user, &[intermediary], &[], ESCROW);
	let users = vec![party(1, ANN), party(2, BOB), party(3, CID)];
	let json = r#"{"take": {"values": "level"}, "aggregate": "sum", "emit_if": {"at_least": 1}}"#;
	let size = read(|books| books.size);
	Terms {
		window: WindowShape { size, slide: size },
		function: pipeline(json),
		reward: 1,
		penalty: PENALTY,
		absence_fee: ABSENCE_FEE,
		limits: TimeLimits {
			starts_at: START,
			ends_at: 1_000,
			answer: ANSWER,
			..kit::limits()
		},
		..kit::terms(users, SENSORS.map(feed).into())
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

/// The only agreement there is.
pub const AGREEMENT: AgreementId = H256::repeat_byte(7);
