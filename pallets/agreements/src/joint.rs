//! Joint keys: how they come into force, and how they fall.
//!
//! A joint key is one of a roster, and of the registered keys of its members. It comes into force with a settlement by
//! which all of them ask for it, and falls when the roster gets another number, when one of them rotates its key, and
//! at the end. It lies beside the agreement's record, so that a rotation touches 32 bytes of each agreement and reads
//! none of them; and a settlement that is signed jointly reads this one item, and no member's keys.

use frame_support::{traits::Get, weights::Weight};
use sp_core::ed25519;
use syngraph_primitives::{AgreementId, IntermediaryId};
use syngraph_protocol::{Assents, Proof};

use crate::{AgreementsOf, BalanceOf, Config, JointKeys, Pallet, Prices};

impl<T: Config> Pallet<T> {
	/// The key by which the members of an agreement's roster can sign jointly.
	pub fn joint_key(id: &AgreementId) -> Option<ed25519::Public> {
		JointKeys::<T>::get(id)
	}

	/// Brings the joint key into force that all members ask for by a settlement, if they do.
	pub(crate) fn install_joint_key(id: &AgreementId, proof: &Proof) {
		if let Some(key) = proof.key() {
			JointKeys::<T>::insert(id, key);
		}
	}

	/// Takes the joint key of an agreement out of force.
	pub(crate) fn drop_joint_key(id: &AgreementId) {
		JointKeys::<T>::remove(id);
	}

	/// Takes the joint keys out of force in which an intermediary may have a part: its registered key is going to be
	/// another one, and somebody else may be at work.
	pub fn drop_joint_keys_of(intermediary: IntermediaryId) {
		let all = AgreementsOf::<T>::iter_key_prefix(intermediary);
		all.for_each(|id| Self::drop_joint_key(&id));
	}
}

/// What it weighs that a settlement brings a joint key into force, if it does.
pub(crate) fn installation_weight<T: Config>(proof: &Proof) -> Weight {
	let writes = u64::from(proof.key().is_some());
	T::DbWeight::get().writes(writes)
}

/// What it costs to settle a round of one window by this proof.
pub(crate) fn fee<T: Config>(prices: &Prices<BalanceOf<T>>, proof: &Proof) -> BalanceOf<T> {
	match proof.assents {
		Assents::Single(_) => prices.settlement,
		Assents::Joint(_) => prices.joint,
	}
}
