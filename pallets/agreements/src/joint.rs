//! Joint keys: how they come into force, and how they fall.
//!
//! A joint key is one of a roster, and of the registered keys of its members. It comes into force with a settlement by
//! which all of them ask for it, and falls when the roster gets another number, when one of them rotates its key, and
//! at the end. It lies beside the agreement's record, so that a rotation touches 32 bytes of each agreement and reads
//! none of them; and a settlement that is signed jointly reads this one item, and no member's keys.
//!
//! Since nobody looks at the members' keys then, none comes into force in which a key has a part that its owner has
//! replaced or is about to replace: whoever stole that key could ask for it, and would be part of it for long after the
//! stolen key has ceased to count.

use frame_support::{traits::Get, weights::Weight};
use frame_system::pallet_prelude::BlockNumberFor;
use sp_core::ed25519;
use sp_runtime::traits::Bounded;
use syngraph_primitives::{AgreementId, Directory, IntermediaryId};
use syngraph_protocol::{Assents, Proof};

use crate::{AgreementsOf, BalanceOf, Config, JointKeys, Pallet, Prices};

impl<T: Config> Pallet<T> {
	/// The key by which the members of an agreement's roster can sign jointly.
	pub fn joint_key(id: &AgreementId) -> Option<ed25519::Public> {
		JointKeys::<T>::get(id)
	}

	/// Brings the joint key into force that all `members` ask for by a settlement, if they do, each by a key that it
	/// keeps. If one does not, the one that was in force, if any, stays: it had fallen if that key had a part in it.
	pub(crate) fn install_joint_key(id: &AgreementId, members: &[IntermediaryId], proof: &Proof) {
		let Some(singles) = proof.singles() else {
			return;
		};
		let lasting = || {
			let mut members = members.iter();
			singles.former == 0 && members.all(|member| Self::keeps_key(*member))
		};
		if let Some(key) = singles.key.filter(|_| lasting()) {
			JointKeys::<T>::insert(id, key);
		}
	}

	/// Whether an intermediary has announced no other key than the one that it signs with now.
	pub(crate) fn keeps_key(intermediary: IntermediaryId) -> bool {
		let key = |at| T::Directory::intermediary_key(intermediary, at);
		key(Self::now()) == key(BlockNumberFor::<T>::max_value())
	}

	/// Takes the joint key of an agreement out of force.
	pub(crate) fn drop_joint_key(id: &AgreementId) {
		JointKeys::<T>::remove(id);
	}

	/// Takes the joint keys out of force in which an intermediary may have a part: its registered key is going to be
	/// another one, and somebody else may be at work. All at once, since each that stayed for a while could be used
	/// meanwhile: there are no more of them than agreements that it can be bound to, and whoever rotates the key pays
	/// for each.
	pub fn drop_joint_keys_of(intermediary: IntermediaryId) {
		let all = AgreementsOf::<T>::iter_key_prefix(intermediary);
		all.for_each(|id| Self::drop_joint_key(&id));
	}
}

/// What it weighs that a settlement brings a joint key into force, if it does.
pub(crate) fn installation_weight<T: Config>(proof: &Proof) -> Weight {
	match proof.key() {
		Some(_) => installation_by::<T>(proof.blindings.len()),
		None => Weight::zero(),
	}
}

/// The same, if so many members ask for it: their keys are looked at, and the joint one is written.
pub(crate) fn installation_by<T: Config>(members: usize) -> Weight {
	T::DbWeight::get().reads_writes(members as u64, 1)
}

/// What it costs to settle a round of one window by this proof.
pub(crate) fn fee<T: Config>(prices: &Prices<BalanceOf<T>>, proof: &Proof) -> BalanceOf<T> {
	match proof.assents {
		Assents::Single(_) => prices.settlement,
		Assents::Joint(_) => prices.joint,
	}
}
