//! What it costs to have the chain run a window's function again, and how large a window one block can
//! check. By the runtime's own weights and fees, which benchmarks measured.

use frame_support::dispatch::DispatchClass;
use pallet_disputes::WeightInfo;
use serde::Serialize;
use sp_core::Get;
use sp_runtime::Weight;
use syngraph_primitives::{DisputeCosts, DisputeSize, Schema, MAX_WINDOW_MESSAGES};
use syngraph_protocol::longest_message;
use syngraph_runtime::{Balance, Runtime};

use crate::{
	cost::{as_text, Cost},
	testbed::{schema, WINDOW},
};

type Disputes = pallet_disputes::Pallet<Runtime>;
type Weights = <Runtime as pallet_disputes::Config>::WeightInfo;

/// How many messages the windows have.
const SIZES: [u32; 7] = [2, 16, 64, 256, 1_024, 2_048, MAX_WINDOW_MESSAGES];

/// What it costs to show a window.
#[derive(Debug, Serialize)]
pub struct Showing {
	/// How many messages it has.
	pub messages: u32,
	/// How many transactions that takes, each in a block of its own.
	pub blocks: u32,
	/// Their weight in microseconds, with their share of the block's overhead.
	pub microseconds: f64,
	/// Their fee, in the smallest unit.
	#[serde(serialize_with = "as_text")]
	pub fee: Balance,
	/// Their fee against a plain transfer's.
	pub fee_ratio: f64,
}

/// What disputes cost.
#[derive(Debug, Serialize)]
pub struct DisputeCost {
	/// Showing windows of a lock's messages.
	pub showings: Vec<Showing>,
	/// The most that a whole dispute about the smallest window costs, by the number of members, against a
	/// plain transfer: as much as every user sets aside for it.
	pub whole: Vec<(u32, f64)>,
	/// The most messages of a lock that one block can check.
	pub largest: u32,
	/// The most messages of any sensor, each as long as a message can be, that one block can check.
	pub largest_of_longest: u32,
}

/// Computes it.
pub fn measure(transfer: &Cost) -> DisputeCost {
	let bytes = longest_message(&schema());
	let ratio = |fee: Balance| fee as f64 / transfer.fee as f64;
	let showing = |messages: u32| {
		let most: u32 = <Runtime as pallet_disputes::Config>::MaxShown::get();
		let full = messages / most;
		let rest = messages % most;
		let weight = chunk(most)
			.saturating_mul(full.into())
			.saturating_add(if rest > 0 {
				chunk(rest)
			} else {
				Weight::zero()
			});
		// What a dispute costs more because of it.
		let fee = dispute(1, messages, bytes).saturating_sub(dispute(1, 0, 0));
		Showing {
			messages,
			blocks: messages.div_ceil(most),
			microseconds: weight.ref_time() as f64 / 1e6,
			fee,
			fee_ratio: ratio(fee),
		}
	};
	let whole = |members: u32| (members, ratio(dispute(members, WINDOW, bytes)));
	DisputeCost {
		showings: SIZES.into_iter().map(showing).collect(),
		whole: [2, 3, 5, 16].map(whole).into(),
		largest: largest(bytes),
		largest_of_longest: largest(longest_message(&longest_schema())),
	}
}

/// The most that a dispute costs about a window of so many messages of one sensor, each of so many bytes.
fn dispute(members: u32, messages: u32, bytes: u32) -> Balance {
	Disputes::dispute(&DisputeSize {
		members,
		sensors: 1,
		messages,
		bytes: messages.saturating_mul(bytes),
	})
}

/// The weight of a transaction that shows so many messages.
fn chunk(messages: u32) -> Weight {
	let weights = <Runtime as frame_system::Config>::BlockWeights::get();
	weights
		.get(DispatchClass::Normal)
		.base_extrinsic
		.saturating_add(Weights::authorize_show(messages))
		.saturating_add(Weights::show(messages))
}

/// The most messages of so many bytes that fit into one block, all chunks together.
fn largest(bytes: u32) -> u32 {
	let weights = <Runtime as frame_system::Config>::BlockWeights::get();
	let weight = weights
		.get(DispatchClass::Normal)
		.max_total
		.unwrap_or(weights.max_block);
	let length = *<Runtime as frame_system::Config>::BlockLength::get()
		.max
		.get(DispatchClass::Normal);
	let most: u32 = <Runtime as pallet_disputes::Config>::MaxShown::get();
	let fits = |messages: &u32| {
		let (full, rest) = (messages / most, messages % most);
		let needed = chunk(most)
			.saturating_mul(full.into())
			.saturating_add(if rest > 0 {
				chunk(rest)
			} else {
				Weight::zero()
			});
		needed.all_lte(weight) && messages.saturating_mul(bytes) <= length
	};
	let (mut low, mut high): (u32, u32) = (0, u16::MAX.into());
	while low < high {
		let middle = (low + high).div_ceil(2);
		match fits(&middle) {
			true => low = middle,
			false => high = middle - 1,
		}
	}
	low
}

/// A schema with as many and as long values as there can be.
fn longest_schema() -> Schema {
	use sp_runtime::BoundedVec;
	use syngraph_primitives::{Variable, VariableType, MAX_NAME, MAX_VARIABLES};
	let variable = |index: u32| Variable {
		name: BoundedVec::truncate_from(vec![index as u8; MAX_NAME as usize]),
		ty: VariableType::Text,
	};
	Schema {
		kind: BoundedVec::truncate_from(vec![b'x'; MAX_NAME as usize]),
		variables: BoundedVec::truncate_from((0..MAX_VARIABLES).map(variable).collect()),
		..schema()
	}
}
