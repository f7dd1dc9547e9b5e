//! Who takes part in the measurements.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::{Context, Error, Result};
use pallet_agreements::{Call, Pallet as Agreements};
use pallet_registry::{Config as RegistryConfig, OfferOf};
use sp_core::{ed25519, sr25519, Get, Pair};
use sp_runtime::{
	traits::{BlakeTwo256, Hash},
	BoundedVec, MultiSignature,
};
use syngraph_client::{
	account,
	secret::{self, ensure_development, WellKnown},
	Client, Device, Head,
};
use syngraph_primitives::{
	AgreementId, Amount, Function, IntermediaryId, Kind, MessageEncoding, Offer, OnFailure, Party,
	Payload, QualityOfService, RoundTerms, Schema, Source, Step, Terms, TimeLimits, Variable,
	VariableType, WindowShape, INTERMEDIARY_KEY_TYPE, MAX_INTERMEDIARIES, MAX_WINDOW_MESSAGES,
};
use syngraph_runtime::{
	AccountId, Balance, BlockNumber, Runtime, RuntimeCall, DAYS, HOURS, MILLI_SYN, MINUTES, SYN,
};

/// The smallest window: what is measured is the protocol and not the function.
pub const WINDOW: u32 = 2;
/// How long to wait for the node to answer.
const TIMEOUT: Duration = Duration::from_secs(60);
/// What each user is given.
const FUNDS: Balance = 10_000 * SYN;
/// What a lie costs an intermediary, unless a dispute can cost more.
const PENALTY: Balance = SYN;
/// What an intermediary stakes: enough for as many agreements as it can be in.
const BOND: Balance = 1_024 * PENALTY;

/// How many agreements are created in one transaction.
const BATCH: usize = 8;

/// The terms of an agreement on this chain.
pub type ChainTerms = Terms<AccountId, Balance, BlockNumber>;

/// What an agreement is wanted for.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
	/// How many intermediaries it has.
	pub intermediaries: usize,
	/// How many windows are to settle.
	pub windows: u32,
	/// How many of them settle at once.
	pub round: u32,
	/// For how many blocks a round waits until it is full.
	pub patience: BlockNumber,
	/// How many messages of each sensor a window holds.
	pub size: u32,
	/// How many sensors it is about.
	pub sensors: usize,
}

/// Two intermediaries, and no window. Rounds of one of the smallest; larger ones do not begin before they are full.
pub const PLAIN: Plan = Plan {
	intermediaries: 2,
	windows: 0,
	round: 1,
	patience: DAYS,
	size: WINDOW,
	sensors: 1,
};

/// An agreement that the node computes for.
pub struct Deal {
	/// Its id.
	pub id: AgreementId,
	/// Its terms.
	pub terms: ChainTerms,
	/// Its sensors.
	pub devices: Vec<Device>,
}

/// The node that is measured, and everybody who takes part.
pub struct Testbed {
	/// The node.
	pub client: Client,
	/// An account with money.
	pub funder: sr25519::Pair,
	users: [sr25519::Pair; 2],
	/// The intermediaries, whose keys the node has, in the order of their registration.
	pub intermediaries: Vec<(IntermediaryId, sr25519::Pair)>,
}

impl Testbed {
	/// Connects to the node, puts the intermediaries' keys into its keystore and registers everybody.
	pub async fn prepare(url: &str, suri: &str) -> Result<Self> {
		let client = Client::connect(url, TIMEOUT).await?;
		ensure_development(&client).await?;
		let mut testbed = Self {
			client,
			funder: key(suri)?,
			users: [key("//Bench//first-user")?, key("//Bench//second-user")?],
			intermediaries: Vec::new(),
		};
		testbed.fund().await?;
		for user in &testbed.users {
			testbed.client.ensure_user(user, "bench").await?;
		}
		for index in 0..MAX_INTERMEDIARIES {
			testbed.add_intermediary(index).await?;
		}
		testbed.offer().await?;
		println!(
			"{} intermediaries are registered; waiting for their signs of life ...",
			testbed.intermediaries.len()
		);
		for (id, _) in &testbed.intermediaries {
			testbed.client.wait_alive(*id, TIMEOUT).await?;
		}
		Ok(testbed)
	}

	async fn fund(&self) -> Result<()> {
		let calls = self.users.iter().map(|user| {
			let call = pallet_balances::Call::<Runtime>::transfer_keep_alive {
				dest: account(user).into(),
				value: FUNDS,
			};
			call.into()
		});
		self.execute_all(calls.collect()).await
	}

	async fn add_intermediary(&mut self, index: u32) -> Result<()> {
		let suri = format!("//Bench//intermediary-{index}");
		let key = key(&suri)?;
		self.client
			.insert_key(INTERMEDIARY_KEY_TYPE, &suri, &key.public().0)
			.await
			.context("the node does not take keys")?;
		let id = self
			.client
			.ensure_intermediary(&self.funder, &key, "", BOND)
			.await?;
		self.intermediaries.push((id, key));
		Ok(())
	}

	/// Lets the two users name all intermediaries.
	async fn offer(&self) -> Result<()> {
		let offer = offer(self.users.each_ref().map(account));
		let publish = |(id, _): &(IntermediaryId, _)| {
			let call = pallet_registry::Call::<Runtime>::publish_offer {
				intermediary: *id,
				offer: offer.clone(),
			};
			call.into()
		};
		self.execute_all(self.intermediaries.iter().map(publish).collect())
			.await
	}

	/// Executes calls of the account with money in one transaction.
	pub async fn execute_all(&self, calls: Vec<RuntimeCall>) -> Result<()> {
		let batch = pallet_utility::Call::<Runtime>::batch_all { calls };
		self.client.execute(&self.funder, batch).await?;
		Ok(())
	}

	/// Registers sensors that nobody has used before.
	async fn sensors(&self, count: usize) -> Result<Vec<Device>> {
		let run = nonce();
		let keys: Vec<_> = (0..count)
			.map(|index| ed25519::Pair::from_seed(&BlakeTwo256::hash_of(&(run, index as u64)).0))
			.collect();
		let sensors = self
			.client
			.ensure_sensors(&self.users[0], &schema(), &keys)
			.await?;
		let genesis = self.client.genesis();
		let device = |(sensor, key)| Device::new(sensor, kind(), genesis, key, 0);
		Ok(sensors.into_iter().zip(keys).map(device).collect())
	}

	/// Concludes agreements, each about new sensors.
	pub async fn conclude(&self, plans: &[Plan]) -> Result<Vec<Deal>> {
		let (now, _) = self.client.head(Head::Best).await?;
		let count = plans.iter().map(|plan| plan.sensors).sum();
		let mut all = self.sensors(count).await?.into_iter();
		let mut deals = Vec::new();
		let mut calls = Vec::new();
		for plan in plans {
			let devices: Vec<_> = all.by_ref().take(plan.sensors).collect();
			let terms = self.terms(&devices, *plan, now);
			calls.push(self.create(&terms));
			deals.push(Deal {
				id: terms.id(&self.client.genesis()),
				terms,
				devices,
			});
		}
		for batch in calls.chunks(BATCH) {
			let done = self.execute_all(batch.to_vec()).await;
			done.context("cannot create the agreements")?;
		}
		Ok(deals)
	}

	/// The call that creates an agreement with both users' signatures.
	fn create(&self, terms: &ChainTerms) -> RuntimeCall {
		let bytes = terms.signing_bytes(&self.client.genesis());
		let signatures = self
			.users
			.iter()
			.map(|key| MultiSignature::Sr25519(key.sign(&bytes)));
		let create = Call::<Runtime>::create {
			terms: terms.clone(),
			signatures: BoundedVec::truncate_from(signatures.collect()),
			consents: BoundedVec::new(),
		};
		create.into()
	}

	/// The terms of an agreement about these sensors, with the escrow that the plan needs at most.
	fn terms(&self, devices: &[Device], plan: Plan, now: BlockNumber) -> ChainTerms {
		let sources = devices.iter().map(|device| Source {
			sensor: device.sensor(),
			start: 0,
		});
		let mut terms = Terms {
			users: BoundedVec::truncate_from(self.parties(plan.intermediaries)),
			sensors: BoundedVec::truncate_from(sources.collect()),
			window: WindowShape {
				size: plan.size,
				slide: plan.size,
			},
			function: Function::Pipeline(BoundedVec::truncate_from(
				r#"{"take": "messages", "aggregate": "count"}"#.into(),
			)),
			quality_of_service: QualityOfService::NoProof,
			reaction: BoundedVec::truncate_from(reaction()),
			reward: MILLI_SYN,
			retainer: 0,
			spare_retainer: 0,
			penalty: PENALTY,
			absence_fee: 0,
			on_failure: OnFailure::GoOn,
			rounds: RoundTerms {
				most: plan.round,
				patience: plan.patience,
				leader: None,
				kept: 16,
			},
			limits: TimeLimits {
				sign_by: now + 10 * MINUTES,
				starts_at: now,
				ends_at: now + DAYS,
				notice: MINUTES,
				payout: HOURS,
				answer: MINUTES,
				// Messages tell of no particular time.
				drift: u64::MAX,
			},
			nonce: nonce(),
		};
		let schemas = vec![schema(); plan.sensors];
		let prices = Agreements::<Runtime>::prices(&terms, &schemas);
		terms.penalty = terms.penalty.max(prices.dispute);
		terms.limits.answer = Agreements::<Runtime>::least_answer(&terms).max(MINUTES);
		for index in 0..terms.users.len() {
			let least = Agreements::<Runtime>::least_escrow(&terms, &prices, index, now);
			let each = terms.highest_cost(index) + prices.settlement;
			terms.users[index].escrow = least + each * Balance::from(plan.windows);
		}
		terms
	}

	/// The two users, each with half of the intermediaries.
	fn parties(&self, count: usize) -> Vec<Party<AccountId, Balance>> {
		let ids: Vec<_> = self
			.intermediaries
			.iter()
			.take(count)
			.map(|(id, _)| *id)
			.collect();
		self.users
			.iter()
			.zip(ids.chunks(count.div_ceil(2).max(1)))
			.map(|(user, ids)| Party {
				user: account(user),
				intermediaries: BoundedVec::truncate_from(ids.to_vec()),
				spares: BoundedVec::new(),
				escrow: 0,
			})
			.collect()
	}
}

/// On which terms the intermediaries may be named in the agreements of two users.
fn offer(users: [AccountId; 2]) -> OfferOf<Runtime> {
	let most: u32 = <Runtime as RegistryConfig>::MaxAgreements::get();
	Offer {
		reward: MILLI_SYN,
		retainer: 0,
		spare_retainer: 0,
		penalty: BOND,
		absence_fee: 0,
		window_messages: MAX_WINDOW_MESSAGES,
		duration: DAYS,
		notice: MINUTES,
		answer: MINUTES,
		agreements: most,
		agreements_per_user: most,
		qualities: BoundedVec::truncate_from(vec![QualityOfService::NoProof]),
		users: Some(BoundedVec::truncate_from(users.into())),
	}
}

/// A reaction as the smart lock's: a transfer per unit of the result, and a log entry.
fn reaction() -> Vec<Step<Balance>> {
	let amount = Amount::PerUnit {
		rate: MILLI_SYN,
		at_most: SYN,
	};
	vec![
		Step::Transfer {
			from: 0,
			to: 1,
			amount,
		},
		Step::Log {
			label: BoundedVec::truncate_from(b"count".to_vec()),
		},
	]
}

/// The key of a secret, which everybody may know: the bench is for development chains.
pub fn key(suri: &str) -> Result<sr25519::Pair> {
	// What was meant as a secret is not repeated.
	let key = secret::key(suri, WellKnown::Accepted);
	key.map(|key| key.pair).map_err(Error::msg)
}

fn kind() -> Kind {
	Kind::truncate_from(b"lock".to_vec())
}

/// What the sensors declare.
pub fn schema() -> Schema {
	let locked = Variable {
		name: Kind::truncate_from(b"locked".to_vec()),
		ty: VariableType::Bool,
	};
	Schema {
		kind: kind(),
		variables: BoundedVec::truncate_from(vec![locked]),
		encoding: MessageEncoding::Scale,
	}
}

/// A number that was not used before.
pub fn nonce() -> u64 {
	SystemTime::now()
		.duration_since(UNIX_EPOCH)
		.map_or(0, |elapsed| elapsed.as_micros() as u64)
}
