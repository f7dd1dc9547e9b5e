//! The calls about users.

use frame_support::{ensure, traits::Get};
use frame_system::pallet_prelude::BlockNumberFor;
use sp_runtime::DispatchResult;
use syngraph_primitives::{Entity, KeyHistory};

use crate::{
	BalanceOf, Config, Error, Event, HoldReason, Keys, Name, Pallet, RegisteredKey, User, UserOf,
	Users,
};

impl<T: Config> Pallet<T> {
	pub(crate) fn do_register_user(
		user: T::AccountId,
		name: Name,
		signer: T::AccountId,
		proof: Option<T::Signature>,
	) -> DispatchResult {
		ensure!(
			!Users::<T>::contains_key(&user),
			Error::<T>::AlreadyRegistered
		);
		let deposit = Self::user_deposit(&name)?;
		Self::insert_user(&user, name, signer.clone(), deposit)?;
		Self::hold_deposit(HoldReason::User, &user, deposit)?;
		Self::ensure_signer(&user, &signer, proof)?;
		Self::deposit_event(Event::UserRegistered { user, signer });
		Ok(())
	}

	pub(crate) fn do_update_user(user: T::AccountId, name: Name) -> DispatchResult {
		let record = Self::user(&user)?;
		let deposit = Self::user_deposit(&name)?;
		Self::adjust_deposit(HoldReason::User, &user, record.deposit, deposit)?;
		Users::<T>::insert(
			&user,
			User {
				name,
				deposit,
				..record
			},
		);
		Self::deposit_event(Event::UserUpdated { user });
		Ok(())
	}

	pub(crate) fn do_rotate_user_key(
		user: T::AccountId,
		from_block: BlockNumberFor<T>,
		signer: T::AccountId,
		proof: Option<T::Signature>,
	) -> DispatchResult {
		let mut record = Self::user(&user)?;
		Self::ensure_future(from_block)?;
		let forgotten = record
			.signer
			.rotate(from_block, Self::now(), signer.clone())
			.map_err(Error::<T>::from)?;
		Self::claim(
			RegisteredKey::User(signer.clone()),
			Entity::User(user.clone()),
		)?;
		Self::ensure_signer(&user, &signer, proof)?;
		if let Some(old) = forgotten {
			Keys::<T>::remove(RegisteredKey::User(old));
		}
		Users::<T>::insert(&user, record);
		Self::deposit_event(Event::UserKeyRotated {
			user,
			from_block,
			signer,
		});
		Ok(())
	}

	pub(crate) fn do_revoke_user(
		user: T::AccountId,
		from_block: BlockNumberFor<T>,
	) -> DispatchResult {
		let mut record = Self::user(&user)?;
		Self::ensure_future(from_block)?;
		record
			.signer
			.revoke(from_block, Self::now())
			.map_err(Error::<T>::from)?;
		Users::<T>::insert(&user, record);
		Self::deposit_event(Event::UserRevoked { user, from_block });
		Ok(())
	}

	pub(crate) fn do_deregister_user(user: T::AccountId) -> DispatchResult {
		let record = Self::user(&user)?;
		ensure!(record.uses == 0, Error::<T>::InUse);
		for signer in record.signer.keys() {
			Keys::<T>::remove(RegisteredKey::User(signer.clone()));
		}
		Users::<T>::remove(&user);
		Self::return_deposit(HoldReason::User, &user, record.deposit)?;
		Self::deposit_event(Event::UserDeregistered { user });
		Ok(())
	}

	/// Records a new user, whatever it deposited and proved.
	pub(crate) fn insert_user(
		user: &T::AccountId,
		name: Name,
		signer: T::AccountId,
		deposit: BalanceOf<T>,
	) -> Result<(), Error<T>> {
		Self::claim(
			RegisteredKey::User(signer.clone()),
			Entity::User(user.clone()),
		)?;
		let now = Self::now();
		let signer = KeyHistory::new(now, now, signer);
		Users::<T>::insert(
			user,
			User {
				name,
				signer,
				uses: 0,
				deposit,
			},
		);
		Ok(())
	}

	fn user(user: &T::AccountId) -> Result<UserOf<T>, Error<T>> {
		Users::<T>::get(user).ok_or(Error::NotRegistered)
	}

	/// The deposit for a user with this name, if it is one.
	fn user_deposit(name: &Name) -> Result<BalanceOf<T>, Error<T>> {
		let text = core::str::from_utf8(name).map_err(|_| Error::InvalidName)?;
		let is_name = !text.is_empty() && !text.contains(char::is_control);
		ensure!(is_name, Error::InvalidName);
		Ok(Self::deposit(T::UserDeposit::get(), name.len()))
	}
}
