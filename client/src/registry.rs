//! Registering users, sensors and intermediaries, unless they are registered already, and seeing to it that
//! agreements can name the intermediaries.

use std::time::{Duration, Instant};

use frame_support::{traits::Get, BoundedVec};
use pallet_registry::{
	Call, Config, Intermediaries, Keys, LastSeen, NewSensor, OfferOf, Offers, RegisteredKey,
	Sensors, Users,
};
use sp_core::{ed25519, sr25519, Pair};
use syngraph_primitives::{Entity, IntermediaryId, KeyProof, Payload, Role, Schema, SensorId};
use syngraph_runtime::{AccountId, Balance, BlockNumber, Runtime};

use crate::{account, Client, Error, Head};

/// How often to ask whether an intermediary is alive.
const PAUSE: Duration = Duration::from_millis(500);

impl Client {
	/// Registers the holder of a key as a user called `name`, who signs terms in its own name.
	pub async fn ensure_user(&self, key: &sr25519::Pair, name: &str) -> Result<(), Error> {
		let user = account(key);
		if self
			.map::<Users<Runtime>, _, _>(&user, None)
			.await?
			.is_some()
		{
			return Ok(());
		}
		let call = Call::<Runtime>::register_user {
			name: BoundedVec::truncate_from(name.into()),
			signer: user,
			proof: None,
		};
		self.execute(key, call).await.map(|_| ())
	}

	/// Registers an intermediary with a protocol key and a bond. It is operated by the account of
	/// `operator`.
	///
	/// Fails if the key is registered by another operator.
	pub async fn ensure_intermediary(
		&self,
		operator: &sr25519::Pair,
		key: &sr25519::Pair,
		endpoint: &str,
		bond: Balance,
	) -> Result<IntermediaryId, Error> {
		let owner = account(operator);
		if let Some(id) = self.intermediary_of(&key.public()).await? {
			let found = self
				.map::<Intermediaries<Runtime>, _, _>(&id, None)
				.await?
				.map(|intermediary| intermediary.operator);
			return expect_owner(id, found, &owner);
		}
		let proof = key.sign(&self.key_proof(Role::Intermediary, owner));
		let call = Call::<Runtime>::register_intermediary {
			key: key.public(),
			proof,
			endpoint: BoundedVec::truncate_from(endpoint.into()),
			bond,
		};
		self.execute(operator, call).await?;
		self.intermediary_of(&key.public())
			.await?
			.ok_or(Error::Unreadable("intermediary that was registered"))
	}

	/// Lets an intermediary of `operator` be named on the terms of an offer, in place of any other that it
	/// has published.
	pub async fn ensure_offer(
		&self,
		operator: &sr25519::Pair,
		intermediary: IntermediaryId,
		offer: OfferOf<Runtime>,
	) -> Result<(), Error> {
		let published = self
			.map::<Offers<Runtime>, _, _>(&intermediary, None)
			.await?;
		if published.as_ref() == Some(&offer) {
			return Ok(());
		}
		let call = Call::<Runtime>::publish_offer {
			intermediary,
			offer,
		};
		self.execute(operator, call).await.map(|_| ())
	}

	/// Sees to it that the bond of an intermediary of `operator` covers so much on top of what it is liable
	/// for already.
	pub async fn ensure_bond(
		&self,
		operator: &sr25519::Pair,
		intermediary: IntermediaryId,
		more: Balance,
	) -> Result<(), Error> {
		let record = self
			.map::<Intermediaries<Runtime>, _, _>(&intermediary, None)
			.await?
			.ok_or(Error::Unreadable("intermediary that was registered"))?;
		let needed = record.liable.saturating_add(more);
		let amount = needed.saturating_sub(record.bond);
		if amount == 0 {
			return Ok(());
		}
		let call = Call::<Runtime>::bond {
			intermediary,
			amount,
		};
		self.execute(operator, call).await.map(|_| ())
	}

	/// Whether an intermediary has shown lately that it is alive: only then can new agreements name it.
	///
	/// Its node does so by itself, within a few blocks after it has an offer or is bound.
	pub async fn is_alive(&self, intermediary: IntermediaryId) -> Result<bool, Error> {
		let seen = self
			.map::<LastSeen<Runtime>, _, _>(&intermediary, None)
			.await?;
		let (now, _) = self.head(Head::Best).await?;
		let interval: BlockNumber = <Runtime as Config>::HeartbeatInterval::get();
		let reach = interval.saturating_mul(2);
		Ok(seen.is_some_and(|seen| now.saturating_sub(seen) <= reach))
	}

	/// Waits until an intermediary is alive.
	///
	/// Fails with [`Error::NotAlive`] if it is not after `patience`.
	pub async fn wait_alive(
		&self,
		intermediary: IntermediaryId,
		patience: Duration,
	) -> Result<(), Error> {
		let begun = Instant::now();
		while !self.is_alive(intermediary).await? {
			if begun.elapsed() >= patience {
				return Err(Error::NotAlive {
					intermediary,
					patience,
				});
			}
			tokio::time::sleep(PAUSE).await;
		}
		Ok(())
	}

	/// Registers sensors, as many at a time as the chain allows, and returns their ids in the order of
	/// their keys.
	///
	/// Fails if a key is registered by another owner.
	pub async fn ensure_sensors(
		&self,
		owner: &sr25519::Pair,
		schema: &Schema,
		keys: &[ed25519::Pair],
	) -> Result<Vec<SensorId>, Error> {
		let mut new = Vec::new();
		for key in keys {
			if self.sensor_of(&key.public()).await?.is_none() {
				new.push(NewSensor {
					schema: schema.clone(),
					key: key.public(),
					proof: key.sign(&self.key_proof(Role::Sensor, account(owner))),
				});
			}
		}
		let most: u32 = <Runtime as Config>::MaxBatch::get();
		for batch in new.chunks(most as usize) {
			let sensors = BoundedVec::truncate_from(batch.to_vec());
			self.execute(owner, Call::<Runtime>::register_sensors { sensors })
				.await?;
		}
		let mut sensors = Vec::new();
		for key in keys {
			let sensor = self.sensor_of(&key.public()).await?;
			let sensor = sensor.ok_or(Error::Unreadable("sensor that was registered"))?;
			let found = self
				.map::<Sensors<Runtime>, _, _>(&sensor, None)
				.await?
				.map(|sensor| sensor.owner);
			sensors.push(expect_owner(sensor, found, &account(owner))?);
		}
		Ok(sensors)
	}

	/// The sensor that a key is registered for.
	pub async fn sensor_of(&self, key: &ed25519::Public) -> Result<Option<SensorId>, Error> {
		let key = RegisteredKey::<AccountId>::Sensor(*key);
		let entity = self.map::<Keys<Runtime>, _, _>(&key, None).await?;
		Ok(match entity {
			Some(Entity::Sensor(sensor)) => Some(sensor),
			_ => None,
		})
	}

	/// The intermediary that a key is registered for.
	pub async fn intermediary_of(
		&self,
		key: &sr25519::Public,
	) -> Result<Option<IntermediaryId>, Error> {
		let key = RegisteredKey::<AccountId>::Intermediary(*key);
		let entity = self.map::<Keys<Runtime>, _, _>(&key, None).await?;
		Ok(match entity {
			Some(Entity::Intermediary(intermediary)) => Some(intermediary),
			_ => None,
		})
	}

	/// What a key signs so that `owner` can register it.
	fn key_proof(&self, role: Role, owner: AccountId) -> Vec<u8> {
		KeyProof { role, owner }.signing_bytes(&self.genesis())
	}
}

/// The id, provided that it belongs to `owner`.
fn expect_owner(id: u64, found: Option<AccountId>, owner: &AccountId) -> Result<u64, Error> {
	match found {
		Some(found) if found == *owner => Ok(id),
		Some(found) => Err(Error::KeyTaken { owner: found }),
		None => Err(Error::Unreadable("owner of a registered key")),
	}
}
