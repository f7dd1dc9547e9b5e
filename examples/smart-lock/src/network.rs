//! Who takes part, registered on chain.

use std::{
	collections::BTreeSet,
	time::{Duration, Instant},
};

use anyhow::{bail, Context, Result};
use futures::future::try_join_all;
use pallet_agreements::AgreementsOfSensor;
use pallet_registry::{Config as RegistryConfig, OfferOf};
use sp_core::{ed25519, sr25519, Get, Pair};
use sp_runtime::{
	traits::{BlakeTwo256, Hash},
	BoundedVec,
};
use syngraph_client::{account, secret::ensure_development, Client, Connection, Device};
use syngraph_primitives::{
	IntermediaryId, Kind, MessageEncoding, Offer, QualityOfService, Schema, SensorId, Sequence,
	Text, Variable, VariableType, MAX_WINDOW_MESSAGES,
};
use syngraph_runtime::{AccountId, Balance, Runtime, RuntimeCall, DAYS, MILLI_SYN, MINUTES, SYN};

use crate::{
	args::{secret, Args},
	trips::Bike,
};

/// What each intermediary asks for a settled window.
pub const REWARD: Balance = MILLI_SYN;
/// What a lie costs an intermediary at least.
pub const PENALTY: Balance = SYN;
/// The most that a lie may cost it.
const HIGHEST_PENALTY: Balance = 1_000 * SYN;
/// What an absence costs an intermediary, towards what the dispute costs.
pub const ABSENCE_FEE: Balance = MILLI_SYN;
/// What a user has at least besides what it puts into escrow: for deposits and fees.
const ALLOWANCE: Balance = 100 * SYN;
/// How many calls one transaction makes at most.
const BATCH: usize = 8;
/// How long to wait for a node to answer or to catch up.
const TIMEOUT: Duration = Duration::from_secs(60);
/// How often to ask a node whether it has caught up.
const PAUSE: Duration = Duration::from_millis(250);

/// A lock of a bicycle.
pub struct Lock {
	/// The bicycle and its trips.
	pub bike: Bike,
	/// The lock as a sensor.
	pub sensor: SensorId,
	/// The number of its first message in this run.
	pub start: Sequence,
	key: ed25519::Pair,
}

/// Everybody who takes part.
pub struct Network {
	/// For transactions, storage and blocks.
	pub client: Client,
	/// The nodes that receive the locks' messages.
	pub nodes: Vec<Connection>,
	/// Pays the users, and for the agreements it creates.
	pub funder: sr25519::Pair,
	/// The rental service, which owns the locks.
	pub rental: sr25519::Pair,
	/// Its insurer.
	pub insurer: sr25519::Pair,
	/// The intermediaries, each with the account that operates it.
	pub intermediaries: Vec<(IntermediaryId, sr25519::Pair)>,
	/// The locks, the busiest first.
	pub locks: Vec<Lock>,
}

impl Network {
	/// Connects to the nodes, and registers everybody who is not registered yet.
	pub async fn prepare(args: &Args, bikes: Vec<Bike>) -> Result<Self> {
		let client = Client::connect(&args.nodes[0], args.patience()).await?;
		// The users' keys, at least, are known to everybody.
		ensure_development(&client).await?;
		let nodes: Vec<_> = args
			.nodes
			.iter()
			.map(|url| Connection::new(url, TIMEOUT))
			.collect();
		for node in &nodes {
			node.open().await?;
		}
		println!(
			"connected to {} nodes, chain {:?}",
			nodes.len(),
			client.genesis()
		);
		let mut network = Self {
			client,
			nodes,
			funder: secret(&args.suri)?,
			rental: secret("//Rental")?,
			insurer: secret("//Insurer")?,
			intermediaries: Vec::new(),
			locks: Vec::new(),
		};
		network.fund(ALLOWANCE, ALLOWANCE).await?;
		network.register(args, bikes).await?;
		network.wait_alive(args.patience()).await?;
		Ok(network)
	}

	/// Makes sure that the rental service and the insurer have so much besides their allowance.
	pub async fn fund(&self, rental: Balance, insurer: Balance) -> Result<()> {
		let mut calls = Vec::new();
		for (user, needed) in [(&self.rental, rental), (&self.insurer, insurer)] {
			let user = account(user);
			let needed = needed.saturating_add(ALLOWANCE);
			let missing = needed.saturating_sub(self.free_balance(&user).await?);
			if missing > 0 {
				calls.push(RuntimeCall::Balances(
					pallet_balances::Call::transfer_keep_alive {
						dest: user.into(),
						value: missing,
					},
				));
			}
		}
		let paid = self.execute_all(&self.funder, calls).await;
		paid.context("cannot fund the rental service and the insurer")
	}

	/// What an account can spend.
	pub async fn free_balance(&self, who: &AccountId) -> Result<Balance> {
		let account = self
			.client
			.map::<frame_system::Account<Runtime>, _, _>(who, None)
			.await?;
		Ok(account.unwrap_or_default().data.free)
	}

	/// Executes calls in as few transactions as is reasonable.
	pub async fn execute_all(&self, key: &sr25519::Pair, calls: Vec<RuntimeCall>) -> Result<()> {
		let batch = |calls| pallet_utility::Call::<Runtime>::batch_all { calls };
		self.execute(key, calls, batch).await
	}

	/// The same of calls that may have become needless meanwhile, so that some of them fail.
	pub async fn try_all(&self, key: &sr25519::Pair, calls: Vec<RuntimeCall>) -> Result<()> {
		let batch = |calls| pallet_utility::Call::<Runtime>::force_batch { calls };
		self.execute(key, calls, batch).await
	}

	async fn execute(
		&self,
		key: &sr25519::Pair,
		calls: Vec<RuntimeCall>,
		batch: impl Fn(Vec<RuntimeCall>) -> pallet_utility::Call<Runtime>,
	) -> Result<()> {
		let mut pending = Vec::new();
		for calls in calls.chunks(BATCH) {
			pending.push(self.client.submit(key, batch(calls.to_vec())).await?);
		}
		for transaction in pending {
			transaction.in_block().await?;
		}
		Ok(())
	}

	async fn register(&mut self, args: &Args, bikes: Vec<Bike>) -> Result<()> {
		tokio::try_join!(
			self.client.ensure_user(&self.rental, "rental"),
			self.client.ensure_user(&self.insurer, "insurer"),
		)?;
		println!(
			"users: rental service {}, insurer {}",
			account(&self.rental),
			account(&self.insurer)
		);
		self.intermediaries = self.register_intermediaries(args).await?;
		self.register_locks(bikes).await
	}

	/// Registers all intermediaries at once: each signs for itself, so that none has to wait for another's block.
	async fn register_intermediaries(
		&self,
		args: &Args,
	) -> Result<Vec<(IntermediaryId, sr25519::Pair)>> {
		let all = args.intermediaries.iter().enumerate();
		let all = all.map(|(index, suri)| async move {
			let (key, endpoint) = (secret(suri)?, args.nodes.get(index).or(args.nodes.first()));
			let endpoint = endpoint.map_or("", String::as_str);
			let operator = account(&key);
			let id = self
				.register_intermediary(&key, endpoint)
				.await
				.with_context(|| format!("the intermediary of {operator}"))?;
			println!("intermediary {id} of {operator}, for devices at {endpoint}");
			Ok((id, key))
		});
		try_join_all(all).await
	}

	/// Registers an intermediary that its own key's account operates, and lets the two users name it.
	async fn register_intermediary(
		&self,
		key: &sr25519::Pair,
		endpoint: &str,
	) -> Result<IntermediaryId> {
		let client = &self.client;
		// Its bond is whatever the agreements need, see `bond`.
		let id = client.ensure_intermediary(key, key, endpoint, 0).await?;
		let users = [&self.rental, &self.insurer].map(account);
		client.ensure_offer(key, id, offer(users)).await?;
		Ok(id)
	}

	/// Waits until every intermediary has shown that it is alive: otherwise no agreement can name it.
	async fn wait_alive(&self, patience: Duration) -> Result<()> {
		for (id, _) in &self.intermediaries {
			if !self.client.is_alive(*id).await? {
				println!("waiting for a sign of life of intermediary {id} ...");
				self.client.wait_alive(*id, patience).await?;
			}
		}
		println!("all intermediaries are alive");
		Ok(())
	}

	/// Has every intermediary stake so much for the agreements that are to be made.
	pub async fn bond(&self, amount: Balance) -> Result<()> {
		let bonds = self.intermediaries.iter().map(|(id, key)| async move {
			let bonded = self.client.ensure_bond(key, *id, amount).await;
			bonded.with_context(|| format!("the bond of intermediary {id}"))
		});
		try_join_all(bonds).await?;
		Ok(())
	}

	async fn register_locks(&mut self, bikes: Vec<Bike>) -> Result<()> {
		let keys: Vec<_> = bikes.iter().map(|bike| lock_key(&bike.id)).collect();
		let sensors = self
			.client
			.ensure_sensors(&self.rental, &schema(), &keys)
			.await?;
		let needed = self.needed().await?;
		for ((bike, key), sensor) in bikes.into_iter().zip(keys).zip(sensors) {
			// A lock of an earlier run goes on where it stopped.
			let start = match needed.contains(&sensor) {
				true => self.head(sensor, 0).await?,
				false => 0,
			};
			self.locks.push(Lock {
				bike,
				sensor,
				start,
				key,
			});
		}
		println!("{} locks are registered", self.locks.len());
		Ok(())
	}

	/// The sensors whose messages are needed by agreements that are in force.
	async fn needed(&self) -> Result<BTreeSet<SensorId>> {
		let agreements = self
			.client
			.list::<AgreementsOfSensor<Runtime>>(None)
			.await?;
		Ok(agreements
			.into_iter()
			.map(|((sensor, _), _)| sensor)
			.collect())
	}

	/// Waits until every node expects a message of the sensor that is not before `start`. Returns the
	/// number of the sensor's next message, after all that any node has.
	async fn head(&self, sensor: SensorId, start: Sequence) -> Result<Sequence> {
		let begun = Instant::now();
		let mut head = start;
		for node in &self.nodes {
			loop {
				match node.sensor_head(sensor).await {
					Ok(found) if found >= start => break head = head.max(found),
					// It does not have the block yet with which it needs the messages.
					_ if begun.elapsed() < TIMEOUT => tokio::time::sleep(PAUSE).await,
					Ok(found) => bail!("{} waits for message {found} of sensor {sensor}, which comes before {start}", node.url()),
					Err(error) => return Err(error.into()),
				}
			}
		}
		Ok(head)
	}

	/// Waits until every node expects the locks' messages. Tells whether the locks can start where they
	/// want to; if not, some node has messages of an earlier run, and the locks' starts are moved.
	pub async fn agree_on_starts(&mut self) -> Result<bool> {
		let mut agreed = true;
		for index in 0..self.locks.len() {
			let lock = &self.locks[index];
			let head = self.head(lock.sensor, lock.start).await?;
			agreed &= head == lock.start;
			self.locks[index].start = head;
		}
		Ok(agreed)
	}
}

impl Lock {
	/// The lock as it sends its messages.
	pub fn device(&self, client: &Client) -> Device {
		Device::new(self.sensor, kind(), client.genesis(), self.key, self.start)
	}
}

/// On which terms an intermediary may be named in the agreements of two users.
fn offer(users: [AccountId; 2]) -> OfferOf<Runtime> {
	let most: u32 = <Runtime as RegistryConfig>::MaxAgreements::get();
	Offer {
		reward: REWARD,
		retainer: 0,
		spare_retainer: 0,
		penalty: HIGHEST_PENALTY,
		absence_fee: ABSENCE_FEE,
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

/// How many locks the chain lets one user have agreements about.
pub fn most_locks() -> u32 {
	// One place is for the agreement that covers several.
	let most: u32 = <Runtime as RegistryConfig>::MaxAgreements::get();
	most.saturating_sub(1)
}

/// A lock's key. A real lock draws its own; here it follows from the bicycle's name, so that another
/// run finds the same lock again.
fn lock_key(bike: &str) -> ed25519::Pair {
	ed25519::Pair::from_seed(&BlakeTwo256::hash_of(&("smart-lock example", bike)).0)
}

/// The kind of the locks.
fn kind() -> Kind {
	Kind::truncate_from(b"lock".to_vec())
}

/// What a lock says: whether it is locked.
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

/// A short text for the chain.
pub fn text(text: &str) -> Text {
	Text::truncate_from(text.into())
}
