//! The rest of the chain as the pallet sees it.

use sp_core::{sr25519, H256};
use sp_runtime::{DispatchError, DispatchResult};
use syngraph_primitives::{
	AgreementId, Agreements, Binding, Closing, Conviction, Directory, Entity, Failure, Fate, Feeds,
	IntermediaryId, KeyHistory, Offer, Progress, Roster, Schema, SensorId, SensorKeys, Sequence,
	SourceVersion, Terms, Timestamp, WindowIndex,
};
use syngraph_protocol::Sources;

use super::{
	alter,
	people::*,
	read,
	state::{reserve, schema, terms, Closed},
	System,
};

/// The rest of the chain, as its state says.
pub struct MockChain;

/// What is known of the messages of the agreement's sensors.
fn sources() -> Sources<u64> {
	let (feeds, replaced) = read(|books| (books.feeds.clone(), books.replaced));
	let sensors = feeds.iter();
	let keys = sensors.map(|feed| MockChain::sensor_keys(feed.sensor).unwrap());
	Sources {
		keys: keys.collect(),
		feeds,
		shape: terms().window,
		replaced,
		grounds: H256::zero(),
	}
}

impl Agreements<u64, u64, u64> for MockChain {
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

	fn version(agreement: &AgreementId) -> Option<SourceVersion> {
		(*agreement == AGREEMENT).then(|| sources().version())
	}

	fn fate(agreement: &AgreementId, window: WindowIndex) -> Fate {
		assert_eq!(*agreement, AGREEMENT);
		sources().fate(window)
	}

	fn progress(agreement: &AgreementId) -> Option<Progress> {
		(*agreement == AGREEMENT).then(|| read(|books| books.progress))
	}

	fn times(_: &AgreementId) -> (Timestamp, Timestamp) {
		read(|books| books.times)
	}

	fn can_open(agreement: &AgreementId) -> bool {
		let least = reserve();
		*agreement == AGREEMENT
			&& read(|books| {
				!books.ended
					&& !books.disputed
					&& books.escrows.iter().all(|escrow| *escrow >= least)
			})
	}

	fn open_dispute(agreement: &AgreementId) -> DispatchResult {
		if !Self::can_open(agreement) {
			return Err(DispatchError::Other("cannot open"));
		}
		let least = reserve();
		alter(|books| {
			books.disputed = true;
			books.escrows.iter_mut().for_each(|escrow| *escrow -= least);
			books.reserved = least;
		});
		Ok(())
	}

	fn reserve(_: &AgreementId) -> u64 {
		read(|books| books.reserved)
	}

	fn ruling_fee(agreement: &AgreementId, convicted: &[IntermediaryId]) -> Option<u64> {
		assert!(*agreement == AGREEMENT && !convicted.is_empty());
		read(|books| books.ruling)
	}

	fn close_dispute(_: &AgreementId, closing: &Closing<u64>) -> DispatchResult {
		alter(|books| {
			assert!(core::mem::take(&mut books.disputed), "a dispute is open");
			assert_eq!(closing.bears.len(), books.escrows.len());
			for (escrow, share) in books.escrows.iter_mut().zip(&closing.bears) {
				*escrow += books.reserved.checked_sub(*share).expect("it is reserved");
				books.fees += share;
			}
			books.reserved = 0;
			if closing.ruling.is_some() {
				let end = books.progress.base + 1;
				books.progress.decide(end);
			}
			// All commit anew, whoever failed.
			books.roster.number += 1;
			books.roster.since = books.progress.base;
			let Closing {
				convicted,
				absent,
				bears,
				ruling,
			} = closing.clone();
			books.closed.push(Closed {
				convicted,
				absent,
				bears,
				ruling,
			});
		});
		Ok(())
	}

	fn has_ended(_: &AgreementId) -> bool {
		read(|books| books.ended)
	}
}

impl Directory<u64, u64, u64> for MockChain {
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
		sequence: Sequence,
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

	fn suspend_sensor(sensor: SensorId, from: Sequence) {
		let now = System::block_number();
		alter(|books| books.sensors.get_mut(&sensor).unwrap().suspend(from, now));
	}

	fn disown_sensor(sensor: SensorId, from: Sequence) {
		let now = System::block_number();
		alter(|books| books.sensors.get_mut(&sensor).unwrap().disown(from, now));
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

	fn is_recent(_: u64) -> bool {
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
impl crate::BenchmarkHelper for MockChain {
	fn agreement() -> crate::Disputable {
		use sp_io::crypto::{ed25519_generate, sr25519_generate};
		let keys = sp_core::crypto::KeyTypeId(*b"test");
		let members = MEMBERS.map(|id| (id, sr25519_generate(keys, None)));
		let sensors = SENSORS.map(|id| (id, ed25519_generate(keys, None)));
		// Every measurement begins afresh.
		let _ = crate::Disputes::<super::Test>::clear(u32::MAX, None);
		let _ = crate::Trials::<super::Test>::clear(u32::MAX, None);
		super::Books::set(&super::MockState::new());
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
			keys,
		}
	}

	fn judging() -> crate::Disputable {
		let parties = <Self as crate::BenchmarkHelper>::agreement();
		alter(|books| books.ruling = Some(1));
		parties
	}

	fn forget_keys(parties: &crate::Disputable) {
		let now = System::block_number();
		alter(|books| {
			let first = 10 + FIRST * u64::from(books.size);
			for keys in books.sensors.values_mut() {
				for number in 1..=u64::from(syngraph_primitives::MAX_KEYS) {
					let key = sp_io::crypto::ed25519_generate(parties.keys, None);
					let rotated = keys.rotate(first + number, now, key);
					rotated.expect("each begins after the one before");
				}
			}
		});
	}
}
